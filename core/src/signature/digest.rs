//! Digests of the hash functions that signatures use.

use super::Hash;
use sha2::{Sha256, Sha384, Sha512};

/// A digest of any of the hash functions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Digest {
    /// Of SHA-256.
    Sha256([u8; 32]),
    /// Of SHA-384.
    Sha384([u8; 48]),
    /// Of SHA-512.
    Sha512([u8; 64]),
}

impl Digest {
    /// The digest of the parts one after another.
    #[must_use]
    pub fn of(hash: Hash, parts: &[&[u8]]) -> Self {
        fn digest<D: sha2::Digest>(parts: &[&[u8]]) -> sha2::digest::Output<D> {
            let mut state = D::new();
            for part in parts {
                state.update(part);
            }
            state.finalize()
        }
        match hash {
            Hash::Sha256 => Self::Sha256(digest::<Sha256>(parts).into()),
            Hash::Sha384 => Self::Sha384(digest::<Sha384>(parts).into()),
            Hash::Sha512 => Self::Sha512(digest::<Sha512>(parts).into()),
        }
    }

    /// Its bytes, as many as [`Hash::output_len`] says.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Sha256(bytes) => bytes,
            Self::Sha384(bytes) => bytes,
            Self::Sha512(bytes) => bytes,
        }
    }
}
