//! Roots of `cba_core::signature`.

use crate::keep;
use cba_core::certificate::{AlgorithmIdentifier, SubjectPublicKeyInfo};
#[cfg(feature = "ring")]
use cba_core::signature::Ring;
#[cfg(feature = "compact")]
use cba_core::signature::{Compact, SignatureVerifier};
use cba_core::signature::{Digest, Hash, InvalidSignature, PublicKey, SignatureAlgorithm, Strength};
use core::fmt::{Display, Formatter};

#[unsafe(no_mangle)]
fn cba_root_algorithm_from_identifier(identifier: AlgorithmIdentifier<'_>) {
    keep(SignatureAlgorithm::from_identifier(identifier));
}

#[unsafe(no_mangle)]
fn cba_root_key(
    spki: SubjectPublicKeyInfo<'_>,
    key: PublicKey<'_>,
    algorithm: SignatureAlgorithm,
    strength: &Strength,
    hash: Hash,
    message: &[u8],
    f: &mut Formatter<'_>,
) {
    keep(PublicKey::from_spki(spki));
    keep(PublicKey::require_strength(key, strength));
    keep(SignatureAlgorithm::fits(algorithm, key));
    keep(Hash::output_len(hash));
    keep(Digest::as_bytes(&Digest::of(hash, &[message])));
    keep(<Strength as Default>::default());
    keep(<InvalidSignature as Display>::fmt(&InvalidSignature, f));
}

#[cfg(feature = "compact")]
#[unsafe(no_mangle)]
fn cba_root_compact(algorithm: SignatureAlgorithm, key: PublicKey<'_>, message: &[u8], signature: &[u8]) {
    keep(<Compact as SignatureVerifier>::supports(&Compact, algorithm, key));
    keep(<Compact as SignatureVerifier>::verify(&Compact, algorithm, key, message, signature));
}

#[cfg(feature = "ring")]
#[unsafe(no_mangle)]
fn cba_root_ring(algorithm: SignatureAlgorithm, key: PublicKey<'_>, message: &[u8], signature: &[u8]) {
    keep(<Ring as SignatureVerifier>::supports(&Ring, algorithm, key));
    keep(<Ring as SignatureVerifier>::verify(&Ring, algorithm, key, message, signature));
}
