//! cba-core.

use std::cell::Cell;
use std::hint::black_box;

use cba_core::config::{CertificateCheck, Settings};
use cba_core::identity::{Identity, IdentityOptions};
use cba_core::limits::Limits;
use cba_core::login::{Authenticator, Decision, Possession, Request};
use cba_core::path::{DenyList, PathOptions, TrustAnchor, TrustAnchors, Verifier, Workspace};
use cba_core::revocation::{Crl, IndexEntry, IndexKey, Revocation, RevocationOptions};
use cba_core::signature::{InvalidSignature, PublicKey, Ring, SignatureAlgorithm, SignatureVerifier};
use cba_core::{Certificate, ErrorKind, UnixTime};
use heapless::Vec as InlineVec;

use crate::case::Run;
use crate::pki::{EMAIL, Pki, TIME};

/// Most certificates beside the leaf in an honest handshake.
const PRESENTED: usize = 8;
/// Most in a hostile one.
const MANY_PRESENTED: usize = 96;

type Signatures = dyn SignatureVerifier + Sync;

fn verifier(pki: &'static Pki, signatures: &'static Signatures) -> Verifier<'static> {
    let anchors = pki.anchors.iter().map(|der| Certificate::from_der(der).unwrap());
    let anchors: Vec<_> = anchors.map(|anchor| TrustAnchor::from_certificate(&anchor)).collect();
    Verifier {
        anchors: TrustAnchors::new(anchors.leak()),
        intermediates: &[],
        denied: DenyList::EMPTY,
        options: PathOptions::default(),
        limits: Limits::default(),
        signatures,
        status: None,
    }
}

/// Reads what was presented, verifies the path, takes the e-mail address.
pub(crate) fn verify(pki: &'static Pki) -> Run {
    let verifier = verifier(pki, &Ring);
    let mut workspace = Workspace::new();
    Box::new(move || verify_once::<PRESENTED>(black_box(&verifier), black_box(pki), &mut workspace).is_ok())
}

/// The same with CRLs of all CAs, which were verified and indexed once.
pub(crate) fn verify_with_status(pki: &'static Pki) -> Run {
    let verifier = verifier(pki, &Ring);
    let mut workspace = Workspace::new();
    let certificates = pki.intermediates.iter().map(|der| Certificate::from_der(der).unwrap());
    let certificates: &'static [_] = certificates.collect::<Vec<_>>().leak();
    let verified = pki.crls.iter().map(|der| {
        let crl = Crl::from_der(der).unwrap();
        let memory = vec![IndexEntry::default(); crl.len() as usize].leak();
        let verified = crl.verify(&verifier, certificates, UnixTime(TIME), &mut workspace).unwrap();
        verified.with_index(memory, IndexKey([1; 16])).unwrap()
    });
    let crls: &'static [_] = verified.collect::<Vec<_>>().leak();
    let options = RevocationOptions::default();
    let revocation: &'static _ = Box::leak(Box::new(Revocation { crls, ocsp: &[], nonce: None, options }));
    let asking = Verifier { status: Some(revocation), ..verifier };
    Box::new(move || verify_once::<PRESENTED>(black_box(&asking), black_box(pki), &mut workspace).is_ok())
}

/// The same with room for many certificates.
pub(crate) fn verify_many(pki: &'static Pki) -> Run {
    let verifier = verifier(pki, &Ring);
    let mut workspace = Workspace::new();
    Box::new(move || {
        let outcome = verify_once::<MANY_PRESENTED>(black_box(&verifier), black_box(pki), &mut workspace);
        outcome != Err(ErrorKind::SignatureBudgetExhausted)
    })
}

#[inline(never)]
fn verify_once<const N: usize>(
    verifier: &Verifier<'_>,
    pki: &Pki,
    workspace: &mut Workspace,
) -> Result<(), ErrorKind> {
    let leaf = Certificate::from_der(&pki.leaf).map_err(|error| error.kind)?;
    let mut presented = InlineVec::<_, N>::new();
    for der in &pki.intermediates {
        let certificate = Certificate::from_der(der).map_err(|error| error.kind)?;
        presented.push(certificate).map_err(|_| ErrorKind::PathTooLong)?;
    }
    let path = verifier.verify(&leaf, &presented, UnixTime(TIME), workspace).map_err(|error| error.kind)?;
    let identity = Identity::from_path(&path, &IdentityOptions::default()).map_err(|error| error.kind)?;
    black_box(identity.email().as_str());
    Ok(())
}

/// Reads the leaf and its e-mail address, which without a path is only an address, not an identity.
pub(crate) fn parse(pki: &'static Pki) -> Run {
    let options = IdentityOptions::default();
    Box::new(move || parse_once(black_box(pki), black_box(&options)))
}

#[inline(never)]
fn parse_once(pki: &Pki, options: &IdentityOptions) -> bool {
    let Ok(leaf) = Certificate::from_der(&pki.leaf) else {
        return false;
    };
    let mut found = false;
    for attribute in leaf.subject().attributes() {
        if attribute.oid == EMAIL_ADDRESS {
            let Ok(email) = options.parse(attribute.value()) else {
                return false;
            };
            found |= black_box(email.as_str()) == EMAIL;
        }
    }
    found
}

/// 1.2.840.113549.1.9.1
const EMAIL_ADDRESS: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x01];

/// A login from DER to decision and audit record.
pub(crate) fn login(pki: &'static Pki) -> Run {
    let mut login = Login::new(pki, CertificateCheck::Primary);
    Box::new(move || matches!(login.authenticate(None), Decision::Login { .. }))
}

/// Everything that a host keeps to judge logins.
pub struct Login {
    authenticator: Authenticator<'static>,
    workspace: Workspace,
    pki: &'static Pki,
}

impl Login {
    /// A host with these anchors.
    #[must_use]
    pub fn new(pki: &'static Pki, check: CertificateCheck) -> Self {
        let settings = Settings { enable: true, check };
        let authenticator =
            Authenticator { verifier: verifier(pki, &Ring), identity: IdentityOptions::default(), settings };
        Self { authenticator, workspace: Workspace::new(), pki }
    }

    /// The same host with other settings.
    pub fn configure(&mut self, settings: Settings) {
        self.authenticator.settings = settings;
    }

    /// Judges one login of the client; the audit record is made and thrown away.
    #[inline(never)]
    pub fn authenticate(&mut self, login_id: Option<&str>) -> Decision {
        let pki = black_box(self.pki);
        let mut presented = InlineVec::<_, PRESENTED>::new();
        for der in &pki.intermediates {
            if let Ok(certificate) = Certificate::from_der(der) {
                let _ = presented.push(certificate);
            }
        }
        let request = Request {
            leaf: Some(&pki.leaf),
            presented: &presented,
            time: UnixTime(TIME),
            possession: Possession::ProvenByTls,
            login_id,
        };
        let (decision, audit) = self.authenticator.authenticate(request, &mut self.workspace);
        black_box(audit);
        decision
    }
}

/// How many signatures are verified before the client is let in or refused.
#[must_use]
pub fn signatures_verified(pki: &'static Pki) -> usize {
    thread_local! {
        static VERIFIED: Cell<usize> = const { Cell::new(0) };
    }
    struct Counting;
    impl SignatureVerifier for Counting {
        fn supports(&self, algorithm: SignatureAlgorithm, key: PublicKey<'_>) -> bool {
            Ring.supports(algorithm, key)
        }

        fn verify(
            &self,
            algorithm: SignatureAlgorithm,
            key: PublicKey<'_>,
            message: &[u8],
            signature: &[u8],
        ) -> Result<(), InvalidSignature> {
            VERIFIED.set(VERIFIED.get() + 1);
            Ring.verify(algorithm, key, message, signature)
        }
    }
    VERIFIED.set(0);
    let verifier = verifier(pki, &Counting);
    let _ = verify_once::<MANY_PRESENTED>(&verifier, pki, &mut Workspace::new());
    VERIFIED.get()
}
