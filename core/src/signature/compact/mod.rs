//! Verification in plain Rust, for every target: no heap, no panic site, a stack of a few kilobytes.
//!
//! Only verification, and so only public inputs: everything here runs in variable time, and none of
//! it may ever see a private key. RSA (RFC 8017) and ECDSA on P-256 and P-384 (FIPS 186-5), both by the same
//! multiplication after Montgomery, with hashes of FIPS 180-4; other algorithms are reported as not supported.

mod curve;
mod ecdsa;
mod montgomery;
mod rsa;
#[cfg(test)]
#[allow(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::unwrap_used,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a test may panic"
)]
mod tests;

use super::{InvalidSignature, PublicKey, SignatureAlgorithm, SignatureVerifier};

/// RSA signatures of either padding, with moduli of up to
/// [`MAX_RSA_MODULUS_LEN`](crate::limits::MAX_RSA_MODULUS_LEN) bytes and any odd exponent from 3 to
/// 2³³ − 1; ECDSA signatures over P-256 and P-384, with any hash.
///
/// How long a modulus must be to be trusted is not decided here.
#[derive(Clone, Copy, Debug, Default)]
pub struct Compact;

impl SignatureVerifier for Compact {
    fn supports(&self, algorithm: SignatureAlgorithm, key: PublicKey<'_>) -> bool {
        matches!(
            (algorithm, key),
            (SignatureAlgorithm::RsaPkcs1(_) | SignatureAlgorithm::RsaPss(_), PublicKey::Rsa { .. })
                | (SignatureAlgorithm::Ecdsa(_), PublicKey::P256(_) | PublicKey::P384(_))
        )
    }

    fn verify(
        &self,
        algorithm: SignatureAlgorithm,
        key: PublicKey<'_>,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), InvalidSignature> {
        match (algorithm, key) {
            (SignatureAlgorithm::RsaPkcs1(hash), PublicKey::Rsa { modulus, exponent }) => {
                rsa::verify(rsa::Padding::Pkcs1, hash, modulus, exponent, message, signature)
            }
            (SignatureAlgorithm::RsaPss(hash), PublicKey::Rsa { modulus, exponent }) => {
                rsa::verify(rsa::Padding::Pss, hash, modulus, exponent, message, signature)
            }
            (SignatureAlgorithm::Ecdsa(hash), PublicKey::P256(point)) => {
                ecdsa::verify(&curve::P256, hash, point, message, signature)
            }
            (SignatureAlgorithm::Ecdsa(hash), PublicKey::P384(point)) => {
                ecdsa::verify(&curve::P384, hash, point, message, signature)
            }
            _ => Err(InvalidSignature),
        }
    }
}
