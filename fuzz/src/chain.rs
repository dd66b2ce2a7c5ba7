//! The input of the `chain` target, and the two verifiers that it compares: ours and rustls-webpki,
//! both with the same stub in the place of cryptography.
//!
//! An input is a header of [`HEADER_LEN`] bytes and a list of certificates, each a u32 length
//! (big-endian) and its DER: the leaf, then the presented ones, the roots last.

use cba_core::path::{
    AnchorConstraints, PathOptions, Purpose, TrustAnchor, TrustAnchors, VerifiedPath, Verifier, Workspace,
};
use cba_core::signature::{InvalidSignature, PublicKey, SignatureAlgorithm, SignatureVerifier, Strength};
use cba_core::{Certificate, Error, UnixTime};
use rustls_pki_types::{AlgorithmIdentifier, CertificateDer, SignatureVerificationAlgorithm, alg_id};
use std::sync::Mutex;

use crate::tlv::Node;

/// Bytes before the first certificate.
pub const HEADER_LEN: usize = 11;

/// Bits of a time: what both verifiers take, and well beyond the year 9999.
const TIMES: u64 = 0xff_ffff_ffff;

/// As many intermediates as rustls-webpki allows.
pub const INTERMEDIATES: u8 = 6;

/// Signatures beyond the length of a path: the default of ours.
pub const EXTRA_SIGNATURES: u8 = 4;

/// What is asked of a chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Input {
    /// TLS server authentication instead of client authentication.
    pub server: bool,
    /// Ours refuses a leaf without extendedKeyUsage. rustls-webpki has no such option.
    pub require_extended_key_usage: bool,
    /// The stub refuses one signature in four, by a hash of key, message and signature.
    pub picky: bool,
    /// How many of the last certificates are roots: one to four.
    pub roots: usize,
    /// Where the time comes from: 0 is `time`; anything else an edge of the validity of a certificate.
    pub time_selector: u8,
    /// Unix seconds.
    pub time: u64,
    /// Leaf, presented, roots.
    pub certificates: Vec<Vec<u8>>,
}

impl Input {
    /// Reads an input; `None` without a leaf and a root.
    #[must_use]
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        let (&[flags, roots, time_selector], rest) = bytes.split_first_chunk()?;
        let (time, mut rest) = rest.split_first_chunk()?;
        let mut certificates = Vec::new();
        while let Some((len, after)) = rest.split_first_chunk() {
            let len = u32::from_be_bytes(*len) as usize;
            let (certificate, after) = after.split_at_checked(len).unwrap_or((after, &[]));
            certificates.push(certificate.to_vec());
            rest = after;
        }
        if certificates.len() < 2 {
            return None;
        }
        Some(Self {
            server: flags & 1 != 0,
            require_extended_key_usage: flags & 2 != 0,
            picky: flags & 4 != 0,
            roots: (1 + usize::from(roots & 3)).min(certificates.len() - 1),
            time_selector,
            // Within what both verifiers take.
            time: u64::from_be_bytes(*time) & TIMES,
            certificates,
        })
    }

    /// Writes an input.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let flags = u8::from(self.server)
            | u8::from(self.require_extended_key_usage) << 1
            | u8::from(self.picky) << 2;
        let mut bytes = vec![flags, (self.roots - 1) as u8, self.time_selector];
        bytes.extend(self.time.to_be_bytes());
        for certificate in &self.certificates {
            bytes.extend((certificate.len() as u32).to_be_bytes());
            bytes.extend(certificate);
        }
        bytes
    }

    /// The leaf.
    #[must_use]
    pub fn leaf(&self) -> &[u8] {
        &self.certificates[0]
    }

    /// What the peer sends along.
    #[must_use]
    pub fn presented(&self) -> &[Vec<u8>] {
        &self.certificates[1..self.certificates.len() - self.roots]
    }

    /// The certificates of the anchors.
    #[must_use]
    pub fn roots(&self) -> &[Vec<u8>] {
        &self.certificates[self.certificates.len() - self.roots..]
    }

    /// The time of the verification.
    #[must_use]
    pub fn at(&self) -> u64 {
        let selected = usize::from(self.time_selector >> 3) % self.certificates.len();
        let validity =
            Certificate::from_der(&self.certificates[selected]).map(|certificate| certificate.validity());
        let (Ok(validity), true) = (validity, self.time_selector != 0) else {
            return self.time;
        };
        let (first, last) = (validity.not_before.0, validity.not_after.0);
        let time = match self.time_selector & 7 {
            0 => first,
            1 => first.saturating_sub(1),
            2 => last,
            3 => last.saturating_add(1),
            4 => last.saturating_sub(1),
            _ => first.midpoint(last),
        };
        // A malformed time stands at the end of all times.
        u64::try_from(time).map_or(0, |time| time & TIMES)
    }
}

/// The judgement of the stub about a signature. Key material is given in parts.
#[must_use]
pub fn verdict(picky: bool, key: &[&[u8]], message: &[u8], signature: &[u8]) -> bool {
    if !picky {
        return true;
    }
    let bytes = key.iter().copied().chain([message, signature]).flatten();
    let hash = bytes.fold(0xcbf2_9ce4_8422_2325, |hash: u64, &byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    // Spread, so that the last bytes count too (Knuth, TAOCP 6.4: 2^64 / golden ratio).
    hash.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 62 != 0
}

/// Ours: counts, and remembers what it was asked.
#[derive(Default)]
pub struct Stub {
    picky: bool,
    /// Message, signature and key of every call.
    pub asked: Mutex<Vec<[Vec<u8>; 3]>>,
}

impl SignatureVerifier for Stub {
    fn supports(&self, algorithm: SignatureAlgorithm, key: PublicKey<'_>) -> bool {
        assert!(algorithm.fits(key), "asked about a pair that does not fit");
        true
    }

    fn verify(
        &self,
        algorithm: SignatureAlgorithm,
        key: PublicKey<'_>,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), InvalidSignature> {
        assert!(algorithm.fits(key), "asked to verify a pair that does not fit");
        let parts: &[&[u8]] = match key {
            PublicKey::P256(point) | PublicKey::P384(point) | PublicKey::Ed25519(point) => &[point],
            PublicKey::Rsa { modulus, exponent } => &[modulus, exponent],
            _ => panic!("a key of a kind unknown here"),
        };
        self.asked.lock().unwrap().push([message, signature, &parts.concat()].map(<[u8]>::to_vec));
        verdict(self.picky, parts, message, signature).then_some(()).ok_or(InvalidSignature)
    }
}

/// rustls-webpki's: one pair of algorithm identifiers.
#[derive(Debug)]
struct StubAlgorithm {
    picky: bool,
    key: AlgorithmIdentifier,
    signature: AlgorithmIdentifier,
}

impl SignatureVerificationAlgorithm for StubAlgorithm {
    fn verify_signature(
        &self,
        public_key: &[u8],
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), rustls_pki_types::InvalidSignature> {
        let valid = if self.key == alg_id::RSA_ENCRYPTION {
            rsa_numbers(public_key).is_some_and(|(modulus, exponent)| {
                verdict(self.picky, &[&modulus, &exponent], message, signature)
            })
        } else {
            let of_its_form = match self.key {
                alg_id::ECDSA_P256 => public_key.len() == 65 && public_key[0] == 4,
                alg_id::ECDSA_P384 => public_key.len() == 97 && public_key[0] == 4,
                _ => public_key.len() == 32,
            };
            of_its_form && verdict(self.picky, &[public_key], message, signature)
        };
        valid.then_some(()).ok_or(rustls_pki_types::InvalidSignature)
    }

    fn public_key_alg_id(&self) -> AlgorithmIdentifier {
        self.key
    }

    fn signature_alg_id(&self) -> AlgorithmIdentifier {
        self.signature
    }
}

/// Modulus and exponent of an RSAPublicKey, as a backend would take them.
fn rsa_numbers(key: &[u8]) -> Option<(Vec<u8>, Vec<u8>)> {
    let key = Node::parse(key).filter(|key| key.tag == 0x30)?;
    let [modulus, exponent] = key.values() else {
        return None;
    };
    let positive = |number: &Node| match number.content().as_slice() {
        _ if number.tag != 2 => None,
        [0, number @ ..] if number.first().is_some_and(|first| *first >= 0x80) => Some(number.to_vec()),
        number @ [1..=0x7f, ..] => Some(number.to_vec()),
        _ => None,
    };
    Some((positive(modulus)?, positive(exponent)?))
}

/// sha256WithRSAEncryption and its sisters without the NULL (RFC 4055 5).
const RSA_WITHOUT_NULL: [&[u8]; 3] = [
    &[6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 0x0b],
    &[6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 0x0c],
    &[6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 0x0d],
];

fn algorithms(picky: bool) -> Vec<StubAlgorithm> {
    let rsa = [
        alg_id::RSA_PKCS1_SHA256,
        alg_id::RSA_PKCS1_SHA384,
        alg_id::RSA_PKCS1_SHA512,
        alg_id::RSA_PSS_SHA256,
        alg_id::RSA_PSS_SHA384,
        alg_id::RSA_PSS_SHA512,
    ];
    let rsa = rsa.into_iter().chain(RSA_WITHOUT_NULL.map(AlgorithmIdentifier::from_slice));
    let ecdsa = [alg_id::ECDSA_SHA256, alg_id::ECDSA_SHA384, alg_id::ECDSA_SHA512];
    let mut algorithms: Vec<_> = rsa.map(|signature| (alg_id::RSA_ENCRYPTION, signature)).collect();
    for curve in [alg_id::ECDSA_P256, alg_id::ECDSA_P384] {
        algorithms.extend(ecdsa.map(|signature| (curve, signature)));
    }
    algorithms.push((alg_id::ED25519, alg_id::ED25519));
    algorithms.into_iter().map(|(key, signature)| StubAlgorithm { picky, key, signature }).collect()
}

/// A path: leaf first, then the intermediates upwards, and the name and key of the anchor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Path {
    /// From the leaf to the certificate that the anchor issued.
    pub certificates: Vec<Vec<u8>>,
    /// DER of the anchor's name and key.
    pub anchor: (Vec<u8>, Vec<u8>),
}

/// What rustls-webpki says of the leaf, with these certificates at hand.
///
/// # Errors
/// Its own.
pub fn webpki_verdict(
    input: &Input,
    presented: &[Vec<u8>],
    roots: &[Vec<u8>],
) -> Result<Path, webpki::Error> {
    let algorithms = algorithms(input.picky);
    let algorithms: Vec<&dyn SignatureVerificationAlgorithm> =
        algorithms.iter().map(|algorithm| algorithm as _).collect();
    let roots: Vec<_> = roots.iter().map(|root| CertificateDer::from(root.as_slice())).collect();
    let anchors: Vec<_> = roots
        .iter()
        .filter_map(|root| webpki::anchor_from_trusted_cert(root).ok())
        // Of a root, both take the name and the key and nothing else (RFC 5280 6.1.1 (d)).
        .map(|anchor| rustls_pki_types::TrustAnchor { name_constraints: None, ..anchor })
        .collect();
    let presented: Vec<_> = presented.iter().map(|der| CertificateDer::from(der.as_slice())).collect();
    let leaf = CertificateDer::from(input.leaf());
    let leaf = webpki::EndEntityCert::try_from(&leaf)?;
    let time = rustls_pki_types::UnixTime::since_unix_epoch(std::time::Duration::from_secs(input.at()));
    let usage = if input.server { webpki::KeyUsage::server_auth() } else { webpki::KeyUsage::client_auth() };
    let path = leaf.verify_for_usage(&algorithms, &anchors, &presented, time, usage, None, None)?;
    let intermediates = path.intermediate_certificates().map(|certificate| certificate.der().to_vec());
    let wrap = |content: &[u8]| Node { tag: 0x30, body: crate::tlv::Body::Bytes(content.to_vec()) }.encode();
    Ok(Path {
        certificates: [input.leaf().to_vec()].into_iter().chain(intermediates).collect(),
        anchor: (wrap(&path.anchor().subject), wrap(&path.anchor().subject_public_key_info)),
    })
}

/// Whether both sides take `root` as an anchor; others are left out for both.
#[must_use]
pub fn is_anchor(root: &[u8]) -> bool {
    Certificate::from_der(root).is_ok()
        && webpki::anchor_from_trusted_cert(&CertificateDer::from(root)).is_ok()
}

/// How the search ended, beside its result.
pub struct Traces {
    /// Message, signature and key of each verification.
    pub signatures: Vec<[Vec<u8>; 3]>,
    /// The certificates of the refused path, the leaf not among them.
    pub refused_path: Vec<Vec<u8>>,
}

/// What ours says of the leaf, with these certificates at hand; `look` sees the verified path.
///
/// # Errors
/// Ours, from reading the leaf too.
pub fn our_verdict(
    input: &Input,
    presented: &[Vec<u8>],
    roots: &[Vec<u8>],
    look: impl FnOnce(&VerifiedPath<'_>),
) -> (Result<Path, Error>, Traces) {
    let stub = Stub { picky: input.picky, asked: Mutex::default() };
    let mut traces = Traces { signatures: Vec::new(), refused_path: Vec::new() };
    let leaf = match Certificate::from_der(input.leaf()) {
        Ok(leaf) => leaf,
        Err(error) => return (Err(error), traces),
    };
    // What cannot be read cannot be on a path.
    let presented: Vec<_> = presented.iter().filter_map(|der| Certificate::from_der(der).ok()).collect();
    let roots: Vec<_> = roots.iter().filter_map(|der| Certificate::from_der(der).ok()).collect();
    let mut anchors: Vec<_> = roots.iter().map(TrustAnchor::from_certificate).collect();
    let verifier = Verifier {
        anchors: TrustAnchors::new(&mut anchors),
        intermediates: &[],
        denied: cba_core::path::DenyList::EMPTY,
        options: PathOptions {
            purpose: if input.server { Purpose::ServerAuth } else { Purpose::ClientAuth },
            accept_missing_extended_key_usage: !input.require_extended_key_usage,
            anchor_constraints: AnchorConstraints::Ignore,
            strength: Strength::default(),
            ..PathOptions::default()
        },
        limits: cba_core::limits::Limits {
            intermediates: INTERMEDIATES,
            extra_signatures: EXTRA_SIGNATURES,
            ..cba_core::limits::Limits::default()
        },
        signatures: &stub,
        status: None,
    };
    let mut workspace = Workspace::new();
    let time = UnixTime(i64::try_from(input.at()).unwrap_or(i64::MAX));
    let result = verifier.verify(&leaf, &presented, time, &mut workspace).map(|path| {
        look(&path);
        Path {
            certificates: path.certificates().iter().map(|certificate| certificate.der().to_vec()).collect(),
            anchor: (
                path.anchor().subject().der().to_vec(),
                path.anchor().subject_public_key_info().der().to_vec(),
            ),
        }
    });
    traces.refused_path = workspace.refused_path().map(|at| presented[at].der().to_vec()).collect();
    traces.signatures = stub.asked.into_inner().unwrap();
    (result, traces)
}
