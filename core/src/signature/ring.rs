//! ECDSA and Ed25519 by ring, RSA by [`Compact`].
//!
//! ring is used without its `alloc` feature, behind which its own RSA verification lies.

use ::ring::signature::{
    ECDSA_P256_SHA256_ASN1, ECDSA_P256_SHA384_ASN1, ECDSA_P384_SHA256_ASN1, ECDSA_P384_SHA384_ASN1, ED25519,
    UnparsedPublicKey, VerificationAlgorithm,
};

use super::{Compact, Hash, InvalidSignature, PublicKey, SignatureAlgorithm, SignatureVerifier};

/// ECDSA over P-256 and P-384 with SHA-256 and SHA-384, Ed25519, and whatever [`Compact`] verifies.
///
/// ring has no ECDSA with SHA-512.
#[derive(Clone, Copy, Debug, Default)]
pub struct Ring;

impl SignatureVerifier for Ring {
    fn supports(&self, algorithm: SignatureAlgorithm, key: PublicKey<'_>) -> bool {
        by_ring(algorithm, key).is_some() || Compact.supports(algorithm, key)
    }

    fn verify(
        &self,
        algorithm: SignatureAlgorithm,
        key: PublicKey<'_>,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), InvalidSignature> {
        match by_ring(algorithm, key) {
            Some((algorithm, key)) => UnparsedPublicKey::new(algorithm, key)
                .verify(message, signature)
                .map_err(|_| InvalidSignature),
            None => Compact.verify(algorithm, key, message, signature),
        }
    }
}

/// ring's algorithm and key, if they are ring's to verify.
fn by_ring(
    algorithm: SignatureAlgorithm,
    key: PublicKey<'_>,
) -> Option<(&'static dyn VerificationAlgorithm, &[u8])> {
    use SignatureAlgorithm::{Ecdsa, Ed25519};
    Some(match (algorithm, key) {
        (Ecdsa(Hash::Sha256), PublicKey::P256(point)) => (&ECDSA_P256_SHA256_ASN1, point),
        (Ecdsa(Hash::Sha384), PublicKey::P256(point)) => (&ECDSA_P256_SHA384_ASN1, point),
        (Ecdsa(Hash::Sha256), PublicKey::P384(point)) => (&ECDSA_P384_SHA256_ASN1, point),
        (Ecdsa(Hash::Sha384), PublicKey::P384(point)) => (&ECDSA_P384_SHA384_ASN1, point),
        (Ed25519, PublicKey::Ed25519(key)) => (&ED25519, key),
        _ => return None,
    })
}
