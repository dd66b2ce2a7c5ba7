//! Certificates and keys that the operator refuses, whoever signed them.

use super::TrustAnchor;
use crate::certificate::Certificate;
use crate::digest::sha256;
use crate::sort::shell_sort;

/// One entry of a deny list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Denied {
    /// The certificate with this SHA-256 fingerprint (of its whole DER), an anchor's included. The second
    /// way to write an ECDSA signature, which its holder has, does not get past it.
    Certificate([u8; 32]),
    /// Every certificate whose SubjectPublicKeyInfo has this SHA-256 hash, and an anchor with it.
    PublicKey([u8; 32]),
}

/// A deny list, sorted once, in the caller's memory. It holds for every certificate of a path.
#[derive(Clone, Copy, Debug, Default)]
pub struct DenyList<'a> {
    sorted: &'a [Denied],
}

impl<'a> DenyList<'a> {
    /// A list that denies nothing.
    pub const EMPTY: DenyList<'static> = DenyList { sorted: &[] };

    /// Sorts the entries in place.
    #[must_use]
    pub fn new(entries: &'a mut [Denied]) -> Self {
        shell_sort(entries, |a, b| a < b);
        Self { sorted: entries }
    }

    /// Whether the certificate or its key is on the list.
    #[must_use]
    pub fn denies(&self, certificate: &Certificate<'_>) -> bool {
        !self.sorted.is_empty()
            && (self.denies_der(certificate.der())
                || certificate
                    .mirrored_fingerprint()
                    .is_some_and(|hash| self.contains(&Denied::Certificate(hash)))
                || self.denies_key(certificate.subject_public_key_info().der()))
    }

    /// Whether the anchor's key, or the certificate that it was taken from, is on the list.
    #[must_use]
    pub fn denies_anchor(&self, anchor: &TrustAnchor<'_>) -> bool {
        anchor.certificate_der().is_some_and(|der| self.denies_der(der))
            || self.denies_key(anchor.subject_public_key_info().der())
    }

    fn denies_der(&self, der: &[u8]) -> bool {
        // Hashing is the price of a list; without one there is none.
        !self.sorted.is_empty() && self.contains(&Denied::Certificate(sha256(der)))
    }

    /// Whether the key with this SubjectPublicKeyInfo is on the list.
    #[must_use]
    pub fn denies_key(&self, spki: &[u8]) -> bool {
        !self.sorted.is_empty() && self.contains(&Denied::PublicKey(sha256(spki)))
    }

    fn contains(&self, entry: &Denied) -> bool {
        self.sorted.binary_search(entry).is_ok()
    }
}
