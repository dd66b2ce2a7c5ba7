//! Roots of `cba_core::signature`.

use crate::keep;
use cba_core::certificate::{AlgorithmIdentifier, SubjectPublicKeyInfo};
use cba_core::signature::{InvalidSignature, PublicKey, SignatureAlgorithm, Strength};
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
    f: &mut Formatter<'_>,
) {
    keep(PublicKey::from_spki(spki));
    keep(PublicKey::require_strength(key, strength));
    keep(SignatureAlgorithm::fits(algorithm, key));
    keep(<Strength as Default>::default());
    keep(<InvalidSignature as Display>::fmt(&InvalidSignature, f));
}
