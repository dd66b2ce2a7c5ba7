//! ECDSA on P-256 and Ed25519 by ring, everything else by [`Compact`].
//!
//! ring is used without its `alloc` feature, behind which its own RSA verification lies. On P-384 it takes twice as
//! long as ours, and it has no ECDSA with SHA-512.

use ::ring::signature::{
    ECDSA_P256_SHA256_ASN1, ECDSA_P256_SHA384_ASN1, ED25519, UnparsedPublicKey, VerificationAlgorithm,
};

use super::{Compact, Hash, InvalidSignature, PublicKey, SignatureAlgorithm, SignatureVerifier};

/// Ed25519, and whatever [`Compact`] verifies.
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
        (Ed25519, PublicKey::Ed25519(key)) => (&ED25519, key),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const P256: PublicKey<'_> = PublicKey::P256(&[]);
    const P384: PublicKey<'_> = PublicKey::P384(&[]);
    const ED25519: PublicKey<'_> = PublicKey::Ed25519(&[]);
    const RSA: PublicKey<'_> = PublicKey::Rsa { modulus: &[], exponent: &[] };

    #[test]
    fn supports_exactly_the_pairs_of_algorithm_and_key_that_it_verifies() {
        use SignatureAlgorithm::{Ecdsa, Ed25519, RsaPkcs1, RsaPss};
        let supported = |algorithm| [P256, P384, ED25519, RSA].map(|k| Ring.supports(algorithm, k));
        assert_eq!(supported(Ed25519), [false, false, true, false]);
        for hash in [Hash::Sha256, Hash::Sha384, Hash::Sha512] {
            assert_eq!(supported(Ecdsa(hash)), [true, true, false, false]);
            assert_eq!(supported(RsaPkcs1(hash)), [false, false, false, true]);
            assert_eq!(supported(RsaPss(hash)), [false, false, false, true]);
        }
    }

    #[test]
    fn rejects_an_algorithm_that_does_not_fit_the_key() {
        let verify = |algorithm, key| Ring.verify(algorithm, key, &[], &[]);
        for (algorithm, key) in [
            (SignatureAlgorithm::Ecdsa(Hash::Sha256), RSA),
            (SignatureAlgorithm::Ecdsa(Hash::Sha512), P256),
            (SignatureAlgorithm::Ed25519, P256),
            (SignatureAlgorithm::RsaPss(Hash::Sha256), ED25519),
        ] {
            assert_eq!(verify(algorithm, key), Err(InvalidSignature));
        }
    }
}
