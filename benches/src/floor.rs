//! The least that a verification costs: ring's verification of the very same signatures.

use std::hint::black_box;

use cba_core::Certificate;
use cba_core::signature::{Hash, SignatureAlgorithm};
use ring::signature::{self, UnparsedPublicKey, VerificationAlgorithm};

use crate::case::Run;
use crate::pki::Pki;

struct Signature {
    key: UnparsedPublicKey<&'static [u8]>,
    message: &'static [u8],
    signature: &'static [u8],
}

impl Signature {
    fn new(certificate: &Certificate<'static>, issuer: &Certificate<'static>) -> Self {
        let algorithm = SignatureAlgorithm::from_identifier(certificate.signature_algorithm()).unwrap();
        let algorithm: &dyn VerificationAlgorithm = match algorithm {
            SignatureAlgorithm::Ecdsa(Hash::Sha256) => &signature::ECDSA_P256_SHA256_ASN1,
            SignatureAlgorithm::Ecdsa(Hash::Sha384) => &signature::ECDSA_P384_SHA384_ASN1,
            SignatureAlgorithm::RsaPkcs1(Hash::Sha256) => &signature::RSA_PKCS1_2048_8192_SHA256,
            other => panic!("no case has {other:?}"),
        };
        Self {
            key: UnparsedPublicKey::new(algorithm, issuer.subject_public_key_info().key()),
            message: certificate.tbs_certificate(),
            signature: certificate.signature().unwrap(),
        }
    }
}

/// The signatures of the chain, from the anchor downwards.
pub(crate) fn signatures(pki: &'static Pki) -> Run {
    let leaf = certificate(&pki.leaf);
    let mut path = vec![leaf];
    path.extend(pki.intermediates.iter().map(|der| certificate(der)));
    let top = path.last().unwrap().issuer();
    path.push(pki.anchors.iter().map(|der| certificate(der)).find(|ca| ca.subject().matches(&top)).unwrap());
    let links = path.windows(2).rev();
    run(links.map(|link| Signature::new(&link[0], &link[1])).collect())
}

/// So many signatures of the forged intermediates.
pub(crate) fn forged(pki: &'static Pki, count: usize) -> Run {
    let root = certificate(&pki.anchors[0]);
    let forged = pki.intermediates.iter().take(count);
    run(forged.map(|der| Signature::new(&certificate(der), &root)).collect())
}

fn certificate(der: &'static [u8]) -> Certificate<'static> {
    Certificate::from_der(der).unwrap()
}

fn run(signatures: Vec<Signature>) -> Run {
    Box::new(move || verify_once(black_box(&signatures)))
}

#[inline(never)]
fn verify_once(signatures: &[Signature]) -> bool {
    let mut good = true;
    for Signature { key, message, signature } in signatures {
        good &= key.verify(message, signature).is_ok();
    }
    good
}
