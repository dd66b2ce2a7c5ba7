//! RSASSA-PKCS1-v1_5 and RSASSA-PSS verification (RFC 8017 sections 8.2.2 and 8.1.2).
//!
//! The encoded message of PKCS #1 v1.5 is built and compared whole, never parsed: parsers of its
//! padding are what Bleichenbacher's forgery of 2006 and its successors live on. The parameters of
//! its `AlgorithmIdentifier` are NULL; their absence is not accepted (RFC 8017 section 9.2, note 1).

use core::iter::repeat_n;

use super::super::{Digest, Hash, InvalidSignature};
use super::montgomery::{self, LIMB_LEN, Limb, Modulus};
use crate::limits::MAX_RSA_MODULUS_LEN;

/// How the hash is embedded in the number that was signed.
#[derive(Clone, Copy)]
pub(super) enum Padding {
    /// EMSA-PKCS1-v1_5.
    Pkcs1,
    /// EMSA-PSS.
    Pss,
}

/// Verifies a signature whose key has modulus and exponent without leading zero bytes.
pub(super) fn verify(
    padding: Padding,
    hash: Hash,
    modulus: &[u8],
    exponent: &[u8],
    message: &[u8],
    signature: &[u8],
) -> Result<(), InvalidSignature> {
    // Sizes in classes, so that a short key does not pay for the stack of the longest.
    let verify = match modulus.len() {
        0..=256 => verify_in::<{ 256 / LIMB_LEN }, 256>,
        257..=384 => verify_in::<{ 384 / LIMB_LEN }, 384>,
        385..=512 => verify_in::<{ 512 / LIMB_LEN }, 512>,
        _ => verify_in::<{ MAX_RSA_MODULUS_LEN / LIMB_LEN }, MAX_RSA_MODULUS_LEN>,
    };
    verify(padding, hash, modulus, exponent, message, signature).ok_or(InvalidSignature)
}

/// Verifies with a modulus of up to `LIMBS` limbs, which are `BYTES` bytes.
#[inline(never)]
fn verify_in<const LIMBS: usize, const BYTES: usize>(
    padding: Padding,
    hash: Hash,
    modulus: &[u8],
    exponent: &[u8],
    message: &[u8],
    signature: &[u8],
) -> Option<()> {
    let mut encoded = [0; BYTES];
    let encoded = encoded.get_mut(..modulus.len())?;
    recover::<LIMBS>(encoded, modulus, exponent, signature)?;
    let digest = Digest::of(hash, &[message]);
    match padding {
        Padding::Pkcs1 => require_pkcs1(encoded, hash, &digest),
        Padding::Pss => require_pss(encoded, modulus.first()?.leading_zeros(), hash, &digest),
    }
}

/// RSAVP1 (RFC 8017 section 5.2.2): the number that was signed, as long as the modulus.
#[inline(never)]
pub(super) fn recover<const LIMBS: usize>(
    encoded: &mut [u8],
    modulus: &[u8],
    exponent: &[u8],
    signature: &[u8],
) -> Option<()> {
    if signature.len() != modulus.len() || modulus.first() == Some(&0) {
        return None;
    }
    let exponent = read_exponent(exponent)?;
    let len = modulus.len().div_ceil(LIMB_LEN);

    let mut n = [0; LIMBS];
    let n = n.get_mut(..len)?;
    montgomery::from_be_bytes(n, modulus);
    let n = Modulus::new(n)?;

    let mut s = [0; LIMBS];
    let s = s.get_mut(..len)?;
    montgomery::from_be_bytes(s, signature);
    if !n.is_above(s) {
        return None;
    }

    // From here on `power` and `base` stand for power/R and base/R.
    let mut base: [Limb; LIMBS] = [0; LIMBS];
    let base = base.get_mut(..len)?;
    base.copy_from_slice(s);
    n.multiply_by_r(base)?;
    let mut power: [Limb; LIMBS] = [0; LIMBS];
    let mut power = power.get_mut(..len)?;
    power.copy_from_slice(base);
    let mut spare: [Limb; LIMBS] = [0; LIMBS];
    let mut spare = spare.get_mut(..len)?;

    // From the second bit down to the second last.
    let bits = u64::BITS.wrapping_sub(exponent.leading_zeros());
    for bit in (1..bits.wrapping_sub(1)).rev() {
        n.multiply(spare, power, power)?;
        if exponent.wrapping_shr(bit) & 1 == 1 {
            n.multiply(power, spare, base)?;
        } else {
            (power, spare) = (spare, power);
        }
    }
    // The last bit is one, and a factor of s instead of s·R takes the R away.
    n.multiply(spare, power, power)?;
    n.multiply(power, spare, s)?;
    montgomery::to_be_bytes(encoded, power);
    Some(())
}

/// An odd exponent from 3 to 2³³ − 1. The bound, the same as ring's, keeps the work small: an
/// exponent as long as the modulus would cost a hundred times as much.
fn read_exponent(bytes: &[u8]) -> Option<u64> {
    if bytes.len() > 5 || bytes.first() == Some(&0) {
        return None;
    }
    let exponent = bytes.iter().fold(0, |exponent: u64, &byte| (exponent << 8) | u64::from(byte));
    let in_range = (3..1 << 33).contains(&exponent);
    (in_range && exponent & 1 == 1).then_some(exponent)
}

/// The encoded message must be EMSA-PKCS1-v1_5 of the digest (RFC 8017 section 9.2).
fn require_pkcs1(encoded: &[u8], hash: Hash, digest: &Digest) -> Option<()> {
    let prefix = digest_info_prefix(hash);
    let digest = digest.as_bytes();
    // 0x00 0x01 before the padding string and 0x00 after it.
    let padding_len = encoded.len().checked_sub(prefix.len())?.checked_sub(digest.len())?.checked_sub(3)?;
    // "At least eight octets."
    if padding_len < 8 {
        return None;
    }
    let expected = [0, 1].iter().chain(repeat_n(&0xff, padding_len)).chain(&[0]).chain(prefix).chain(digest);
    encoded.iter().eq(expected).then_some(())
}

/// The DER of a `DigestInfo` up to the digest (RFC 8017 section 9.2, note 1).
fn digest_info_prefix(hash: Hash) -> &'static [u8; 19] {
    match hash {
        Hash::Sha256 => b"\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x04\x20",
        Hash::Sha384 => b"\x30\x41\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x02\x05\x00\x04\x30",
        Hash::Sha512 => b"\x30\x51\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x03\x05\x00\x04\x40",
    }
}

/// The encoded message must be consistent with the digest (RFC 8017 section 9.1.2), with a salt as
/// long as the hash.
///
/// `unused_bits` is the number of zero bits at the head of the modulus. The encoded message is one
/// bit shorter than the modulus, and where that bit stood alone in its byte, one byte shorter.
fn require_pss(encoded: &mut [u8], unused_bits: u32, hash: Hash, digest: &Digest) -> Option<()> {
    let (encoded, used_bits) = match unused_bits {
        7 => {
            let (&mut 0, encoded) = encoded.split_first_mut()? else {
                return None;
            };
            (encoded, 0xff)
        }
        _ => (encoded, 0x7f_u8.wrapping_shr(unused_bits)),
    };
    // 3., 4. and 5.: masked DB, H and the trailer.
    let (0xbc, encoded) = encoded.split_last_mut().map(|(trailer, rest)| (*trailer, rest))? else {
        return None;
    };
    let digest = digest.as_bytes();
    let db_len = encoded.len().checked_sub(digest.len())?;
    let (db, salted) = encoded.split_at_mut_checked(db_len)?;
    // 6.
    if db.first()? & !used_bits != 0 {
        return None;
    }
    // 7. and 8.
    unmask(db, hash, salted);
    // 9.
    if let Some(first) = db.first_mut() {
        *first &= used_bits;
    }
    // 10.
    let salt_at = db.len().checked_sub(digest.len())?;
    let (padding, salt) = db.split_at_checked(salt_at)?;
    let (1, zeros) = padding.split_last().map(|(one, zeros)| (*one, zeros))? else {
        return None;
    };
    if zeros.iter().any(|&byte| byte != 0) {
        return None;
    }
    // 12. to 14.
    let expected = Digest::of(hash, &[&[0; 8], digest, salt]);
    (expected.as_bytes() == salted).then_some(())
}

/// Exclusive or with MGF1 of `seed` (RFC 8017 appendix B.2.1).
fn unmask(masked: &mut [u8], hash: Hash, seed: &[u8]) {
    for (chunk, counter) in masked.chunks_mut(hash.output_len()).zip(0_u32..) {
        let mask = Digest::of(hash, &[seed, &counter.to_be_bytes()]);
        for (byte, mask) in chunk.iter_mut().zip(mask.as_bytes()) {
            *byte ^= mask;
        }
    }
}
