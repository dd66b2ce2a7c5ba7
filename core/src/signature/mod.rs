//! Signatures behind one trait: which algorithms exist, which strengths are accepted, who verifies.
//!
//! A backend sees a key and an algorithm that belong together and were found strong enough; it
//! says yes or no and nothing else, so that a failure tells an attacker nothing (RFC 5280 6.1.3 (a)(1)).
//! Everything here is public data: backends may run in variable time.

mod algorithm;
#[cfg(feature = "compact")]
pub mod compact;
mod digest;
#[cfg(feature = "ring")]
mod ring;

pub use self::algorithm::Strength;
#[cfg(feature = "compact")]
pub use self::compact::Compact;
pub use self::digest::Digest;
#[cfg(feature = "ring")]
pub use self::ring::Ring;

/// The hash functions of the SHA-2 family that signatures may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Hash {
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
}

impl Hash {
    /// Bytes of a digest.
    #[must_use]
    pub const fn output_len(self) -> usize {
        match self {
            Self::Sha256 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
        }
    }
}

/// A signature algorithm together with everything its parameters fix, but for the key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SignatureAlgorithm {
    /// ECDSA with the signature as a DER `ECDSA-Sig-Value` (RFC 5758 section 3.2, RFC 3279 section 2.2.3).
    Ecdsa(Hash),
    /// Ed25519 (RFC 8410).
    Ed25519,
    /// RSASSA-PKCS1-v1_5 (RFC 8017 section 8.2, RFC 4055 section 5).
    RsaPkcs1(Hash),
    /// RSASSA-PSS with MGF1 over the same hash, a salt as long as the hash and trailer field 1
    /// (RFC 8017 section 8.1, RFC 4055 section 3.1).
    RsaPss(Hash),
}

/// A public key whose form was checked when its `SubjectPublicKeyInfo` was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PublicKey<'a> {
    /// A point of NIST P-256, uncompressed (SEC 1 section 2.3.3): 0x04, x, y; 65 bytes.
    P256(&'a [u8]),
    /// A point of NIST P-384, uncompressed: 97 bytes.
    P384(&'a [u8]),
    /// An Ed25519 key (RFC 8032): 32 bytes.
    Ed25519(&'a [u8]),
    /// An RSA key: both numbers big-endian, without leading zero bytes.
    Rsa {
        /// The modulus n.
        modulus: &'a [u8],
        /// The public exponent e.
        exponent: &'a [u8],
    },
}

/// The signature is not valid for this key and message. No detail, on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the signature is not valid")]
pub struct InvalidSignature;

/// Who verifies signatures: a backend of this crate, or a secure element of the caller.
///
/// Object-safe, so that a verifier can be chosen at run time. Implementations hold no mutable
/// state: one serves any number of threads if it is `Sync`.
pub trait SignatureVerifier {
    /// Whether this backend implements `algorithm` with keys of the kind of `key`.
    ///
    /// Asked before any signature of a path is verified: a path that needs what is not supported
    /// is refused without spending a signature.
    fn supports(&self, algorithm: SignatureAlgorithm, key: PublicKey<'_>) -> bool;

    /// Verifies `signature` over `message`.
    ///
    /// # Errors
    /// [`InvalidSignature`] if it is not valid, or if the algorithm does not fit the key or is not
    /// supported.
    fn verify(
        &self,
        algorithm: SignatureAlgorithm,
        key: PublicKey<'_>,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), InvalidSignature>;
}
