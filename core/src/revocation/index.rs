//! An index of a CRL's entries in memory of the caller: sixteen bytes an entry, built in linear time, asked in
//! logarithmic time.
//!
//! It is sorted by a keyed hash of the serial number. Hashes are spread evenly, so that a hash says nearly where in
//! the list it stands; who does not know the key cannot choose serial numbers that lie together. A hash is not a
//! serial number: whoever finds an entry compares the whole of it.

use super::crl::{Crl, CrlEntry};
use crate::certificate::Certificate;
use crate::error::{ErrorKind, Result};
use crate::sort::shell_sort;
use core::hash::Hasher;
use siphasher::sip::SipHasher13;

/// One entry of an index: memory for the caller to provide, without a meaning of its own.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct IndexEntry {
    hash: u64,
    /// Where the entry begins in the CRL.
    entry: u32,
    /// Where the entry begins that names the certificate issuer in force, or `NO_ISSUER`.
    issuer: u32,
}

const _: () = assert!(size_of::<IndexEntry>() == 16);

/// The CRL's own issuer is in force: no entry begins there.
const NO_ISSUER: u32 = u32::MAX;

/// The key of an index. Draw it at random, and keep it to yourself.
#[derive(Clone, Copy)]
pub struct IndexKey(pub [u8; 16]);

impl core::fmt::Debug for IndexKey {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("IndexKey")
    }
}

impl IndexKey {
    fn hash(&self, serial: &[u8]) -> u64 {
        let mut hasher = SipHasher13::new_with_key(&self.0);
        hasher.write(serial);
        hasher.finish()
    }
}

/// The index of one CRL.
#[derive(Clone, Copy, Debug)]
pub(super) struct Index<'m> {
    sorted: &'m [IndexEntry],
    key: IndexKey,
}

impl<'m> Index<'m> {
    /// Builds the index of a CRL in `memory`, an entry for each of [`Crl::len`].
    pub(super) fn build(crl: &Crl<'_>, memory: &'m mut [IndexEntry], key: IndexKey) -> Result<Self> {
        let mut slots = memory.iter_mut();
        let mut add = |serial: &[u8], entry: u32, issuer| {
            let slot = slots.next().ok_or(ErrorKind::CrlIndexTooSmall)?;
            *slot = IndexEntry { hash: key.hash(serial), entry, issuer };
            Ok::<(), ErrorKind>(())
        };
        if crl.scope().is_indirect() {
            let mut issuer = NO_ISSUER;
            for entry in crl.entries() {
                let offset = u32::try_from(entry.offset()).unwrap_or(NO_ISSUER);
                if entry.names_issuer() {
                    issuer = offset;
                }
                add(entry.serial().as_bytes(), offset, issuer)?;
            }
        } else {
            for (entry, serial) in crl.serials() {
                add(serial, u32::try_from(entry.offset()).unwrap_or(NO_ISSUER), NO_ISSUER)?;
            }
        }
        let left = slots.len();
        let used = memory.len().saturating_sub(left);
        let Some((list, _)) = memory.split_at_mut_checked(used) else {
            return Err(ErrorKind::CrlIndexTooSmall.into());
        };
        sort(list);
        Ok(Self { sorted: list, key })
    }

    /// The entries of the CRL that may be about the certificate: those whose serial numbers share its hash.
    pub(super) fn candidates<'c>(
        &self,
        crl: &Crl<'c>,
        certificate: &Certificate<'_>,
    ) -> impl Iterator<Item = CrlEntry<'c>> {
        let hash = self.key.hash(certificate.serial().as_bytes());
        let from = self.sorted.get(lower_bound(self.sorted, hash)..).unwrap_or(&[]);
        from.iter().take_while(move |entry| entry.hash == hash).filter_map(|found| {
            let issuer = (found.issuer != NO_ISSUER).then_some(found.issuer);
            crl.entry_at(found.entry, issuer)
        })
    }
}

/// How many entries have a lower hash. The hash says where to begin; from there in doubling steps, then by halves.
fn lower_bound(sorted: &[IndexEntry], hash: u64) -> usize {
    const STEP: usize = 64;
    let len = u64::try_from(sorted.len()).unwrap_or(u64::MAX);
    let guess = usize::try_from((hash >> 32).wrapping_mul(len) >> 32).unwrap_or(0);
    let is_below = |at: usize| sorted.get(at).is_some_and(|entry| entry.hash < hash);
    let (mut low, mut high, mut step) = (guess, guess, STEP);
    if is_below(guess) {
        loop {
            high = low.saturating_add(step);
            if !is_below(high) {
                break;
            }
            (low, step) = (high, step.saturating_mul(2));
        }
    } else {
        loop {
            low = high.saturating_sub(step);
            if low == 0 || is_below(low) {
                break;
            }
            (high, step) = (low, step.saturating_mul(2));
        }
    }
    let window = sorted.get(low..high.min(sorted.len())).unwrap_or(&[]);
    low.saturating_add(window.partition_point(|entry| entry.hash < hash))
}

/// Buckets of a pass: what a byte can be.
const BUCKETS: usize = 256;

/// Sorts by two passes over the leading bytes of the hashes, each entry moved once, and the small buckets that are
/// left by insertion. Large ones, which only repeated serial numbers make, by Shell's method.
fn sort(list: &mut [IndexEntry]) {
    let outer = partition(list, 0);
    for_buckets(list, &outer, |bucket| {
        let inner = partition(bucket, 1);
        for_buckets(bucket, &inner, |bucket| {
            if bucket.len() > 64 { shell_sort(bucket, |a, b| a < b) } else { insertion_sort(bucket) }
        });
    });
}

/// Puts the entries in the order of one byte of their hashes; gives where each bucket ends.
fn partition(list: &mut [IndexEntry], byte: usize) -> [u32; BUCKETS] {
    let digit = |entry: &IndexEntry| entry.hash.to_be_bytes().get(byte).map_or(0, |&byte| usize::from(byte));
    let mut ends = [0_u32; BUCKETS];
    for entry in list.iter() {
        if let Some(count) = ends.get_mut(digit(entry)) {
            *count = count.saturating_add(1);
        }
    }
    let mut next = [0_u32; BUCKETS];
    let mut sum = 0_u32;
    for (next, end) in next.iter_mut().zip(&mut ends) {
        *next = sum;
        sum = sum.saturating_add(*end);
        *end = sum;
    }
    for bucket in 0..BUCKETS {
        while let (Some(&at), Some(&end)) = (next.get(bucket), ends.get(bucket)) {
            let Some(mut entry) = (at < end).then(|| list.get(at as usize).copied()).flatten() else { break };
            // Carries each entry to its bucket, and on with the one that was there, until one belongs here.
            while digit(&entry) != bucket {
                let Some(there) = next.get_mut(digit(&entry)) else { break };
                let Some(slot) = list.get_mut(*there as usize) else { break };
                core::mem::swap(slot, &mut entry);
                *there = there.saturating_add(1);
            }
            if let (Some(slot), Some(next)) = (list.get_mut(at as usize), next.get_mut(bucket)) {
                *slot = entry;
                *next = at.saturating_add(1);
            }
        }
    }
    ends
}

fn for_buckets(list: &mut [IndexEntry], ends: &[u32; BUCKETS], mut with: impl FnMut(&mut [IndexEntry])) {
    let mut start = 0;
    for &end in ends {
        let end = end as usize;
        if let Some(bucket) = list.get_mut(start..end)
            && bucket.len() > 1
        {
            with(bucket);
        }
        start = end;
    }
}

fn insertion_sort(list: &mut [IndexEntry]) {
    for end in 1..list.len() {
        let Some(&entry) = list.get(end) else { return };
        let mut at = end;
        while let Some(before) = at.checked_sub(1)
            && let Some(&other) = list.get(before)
            && entry < other
            && let Some(slot) = list.get_mut(at)
        {
            *slot = other;
            at = before;
        }
        if let Some(slot) = list.get_mut(at) {
            *slot = entry;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec::Vec;

    fn random(count: usize, mask: u64) -> Vec<IndexEntry> {
        let mut state = 7_u64;
        let mut list = Vec::new();
        for entry in 0..count {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            let entry = u32::try_from(entry).unwrap();
            list.push(IndexEntry { hash: state & mask, entry, issuer: NO_ISSUER });
        }
        list
    }

    #[test]
    fn sorts_even_hashes_and_repeated_ones() {
        // All bits; few values, spread; few values, in one bucket; one value.
        for mask in [u64::MAX, 0x8080_0000_0000_0000, 0xff, 0] {
            for count in [0, 1, 2, 3, 63, 64, 65, 300, 5_000, 70_000] {
                let mut list = random(count, mask);
                let mut wanted = list.clone();
                wanted.sort_unstable();
                sort(&mut list);
                assert_eq!(list, wanted, "{count} of {mask:x}");
            }
        }
    }

    #[test]
    fn finds_the_first_of_a_hash_and_where_one_would_stand() {
        for mask in [u64::MAX, 0xffff_0000_0000_0000, 0xff, 0] {
            let mut list = random(3_000, mask);
            sort(&mut list);
            let hashes = list.iter().map(|entry| entry.hash);
            let asked = hashes.flat_map(|hash| [hash, hash.wrapping_add(1), hash.wrapping_sub(1), !hash]);
            for hash in asked.chain([0, 1, u64::MAX]) {
                assert_eq!(
                    lower_bound(&list, hash),
                    list.partition_point(|entry| entry.hash < hash),
                    "{hash:x}"
                );
            }
        }
        assert_eq!(lower_bound(&[], 5), 0);
    }
}
