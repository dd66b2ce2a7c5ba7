//! The hash functions of signatures (FIPS 180-4).

use super::super::Hash;
use sha2::{Sha256, Sha384, Sha512};

/// A digest of any of the hash functions.
pub(super) enum Digest {
    Sha256([u8; 32]),
    Sha384([u8; 48]),
    Sha512([u8; 64]),
}

impl Digest {
    /// The digest of the parts one after another.
    pub(super) fn of(hash: Hash, parts: &[&[u8]]) -> Self {
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

    pub(super) fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Sha256(bytes) => bytes,
            Self::Sha384(bytes) => bytes,
            Self::Sha512(bytes) => bytes,
        }
    }
}
