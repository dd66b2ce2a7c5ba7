//! What the tests of the rules share: everything that a verdict depends on, as owned values that a
//! test changes before it asks.

use cba_core::certificate::Certificate;
use cba_core::config::{CertificateCheck, Settings};
use cba_core::identity::{Identity, IdentityOptions};
use cba_core::limits::Limits;
use cba_core::login::{AuditRecord, Authenticator, Decision, Possession, Request};
use cba_core::path::{
    Denied, DenyList, EmailDomains, PathOptions, TrustAnchor, TrustAnchors, VerifiedPath, Verifier, Workspace,
};
use cba_core::revocation::{Crl, IndexEntry, IndexKey, OcspResponse, Revocation, RevocationOptions};
use cba_core::signature::{Ring, SignatureVerifier};
use cba_core::{ErrorKind, Result, UnixTime};
use std::sync::Arc;
use test_pki::{Authority, CertificateBuilder, Key};

/// 2026-01-01T00:00:00Z: within the dates of everything that is minted by default.
pub(crate) const NOW: i64 = 1_767_225_600;

/// What failed, and on which certificate.
pub(crate) type Refusal = (ErrorKind, u8);

/// A verifier to be, and what a peer presents to it.
#[derive(Clone)]
pub(crate) struct Setup {
    pub(crate) roots: Vec<Vec<u8>>,
    pub(crate) email_domains: Option<Vec<&'static str>>,
    pub(crate) intermediates: Vec<Vec<u8>>,
    pub(crate) presented: Vec<Vec<u8>>,
    pub(crate) denied: Vec<Denied>,
    pub(crate) options: PathOptions<'static>,
    pub(crate) limits: Limits,
    pub(crate) time: i64,
    pub(crate) signatures: Arc<dyn SignatureVerifier + Sync + Send>,
    pub(crate) status: Option<Status>,
}

/// Sources of revocation status.
#[derive(Clone, Default)]
pub(crate) struct Status {
    /// Those whose signatures are not good are left out.
    pub(crate) crls: Vec<Vec<u8>>,
    pub(crate) indexed: bool,
    pub(crate) ocsp: Vec<Vec<u8>>,
    pub(crate) nonce: Option<&'static [u8]>,
    pub(crate) options: RevocationOptions,
}

impl Setup {
    pub(crate) fn new(roots: &[&Authority]) -> Self {
        Self {
            roots: ders(roots),
            email_domains: None,
            intermediates: Vec::new(),
            presented: Vec::new(),
            denied: Vec::new(),
            options: PathOptions::default(),
            limits: Limits::default(),
            time: NOW,
            signatures: Arc::new(Ring),
            status: None,
        }
    }

    pub(crate) fn presenting(mut self, authorities: &[&Authority]) -> Self {
        self.presented = ders(authorities);
        self
    }

    pub(crate) fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    /// Calls `with` with the verifier and the presented certificates.
    pub(crate) fn verifier<T>(&self, with: impl FnOnce(&Verifier<'_>, &[Certificate<'_>]) -> T) -> T {
        let roots = certificates(&self.roots);
        let domains = match &self.email_domains {
            None => EmailDomains::Any,
            Some(domains) => EmailDomains::Only(domains),
        };
        let mut anchors: Vec<_> = roots
            .iter()
            .map(|root| TrustAnchor::from_certificate(root).with_email_domains(domains).unwrap())
            .collect();
        let intermediates = certificates(&self.intermediates);
        let presented = certificates(&self.presented);
        let mut denied = self.denied.clone();
        let verifier = Verifier {
            anchors: TrustAnchors::new(&mut anchors),
            intermediates: &intermediates,
            denied: DenyList::new(&mut denied),
            options: self.options,
            limits: self.limits,
            signatures: &*self.signatures,
            status: None,
        };
        let Some(status) = &self.status else { return with(&verifier, &presented) };
        let mut workspace = Workspace::new();
        let crls: Vec<_> = status.crls.iter().filter_map(|der| Crl::from_der(der).ok()).collect();
        let mut indexes: Vec<_> =
            crls.iter().map(|crl| vec![IndexEntry::default(); crl.len() as usize]).collect();
        let mut verified = Vec::new();
        for (crl, memory) in crls.iter().zip(&mut indexes) {
            let Ok(crl) = crl.verify(&verifier, &presented, UnixTime(self.time), &mut workspace) else {
                continue;
            };
            verified.push(if status.indexed {
                crl.with_index(memory, IndexKey([7; 16])).unwrap()
            } else {
                crl
            });
        }
        let ocsp: Vec<_> = status.ocsp.iter().map(|der| OcspResponse::from_der(der).unwrap()).collect();
        let revocation =
            Revocation { crls: &verified, ocsp: &ocsp, nonce: status.nonce, options: status.options };
        with(&Verifier { status: Some(&revocation), ..verifier }, &presented)
    }

    /// Verifies `leaf` in `workspace`, and calls `with` with the outcome.
    pub(crate) fn run<T>(
        &self,
        leaf: &[u8],
        workspace: &mut Workspace,
        with: impl FnOnce(Result<VerifiedPath<'_>>) -> T,
    ) -> T {
        let leaf = Certificate::from_der(leaf).unwrap();
        self.verifier(|verifier, presented| {
            with(verifier.verify(&leaf, presented, UnixTime(self.time), workspace))
        })
    }

    /// The verdict on a path from `leaf`.
    pub(crate) fn verify(&self, leaf: &[u8]) -> std::result::Result<(), Refusal> {
        self.run(leaf, &mut Workspace::new(), |path| path.map(drop).map_err(refusal))
    }

    /// The user that a verified path from `leaf` speaks of.
    pub(crate) fn email(
        &self,
        leaf: &[u8],
        options: &IdentityOptions,
    ) -> std::result::Result<String, ErrorKind> {
        self.run(leaf, &mut Workspace::new(), |path| {
            let path = path.map_err(|error| error.kind)?;
            let identity = Identity::from_path(&path, options).map_err(|error| error.kind)?;
            Ok(identity.email().as_str().to_owned())
        })
    }
}

/// A login attempt to be.
#[derive(Clone)]
pub(crate) struct Login {
    pub(crate) setup: Setup,
    pub(crate) identity: IdentityOptions,
    pub(crate) settings: Settings,
    pub(crate) possession: fn() -> Possession,
    pub(crate) login_id: Option<&'static str>,
}

impl Login {
    pub(crate) fn new(setup: Setup, check: CertificateCheck) -> Self {
        Self {
            setup,
            identity: IdentityOptions::default(),
            settings: Settings { enable: true, check },
            possession: || Possession::ProvenByTls,
            login_id: None,
        }
    }

    pub(crate) fn typing(mut self, login_id: &'static str) -> Self {
        self.login_id = Some(login_id);
        self
    }

    pub(crate) fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    pub(crate) fn authenticate(&self, leaf: Option<&[u8]>) -> (Decision, AuditRecord) {
        self.setup.verifier(|verifier, presented| {
            let authenticator =
                Authenticator { verifier: *verifier, identity: self.identity, settings: self.settings };
            let request = Request {
                leaf,
                presented,
                time: UnixTime(self.setup.time),
                possession: (self.possession)(),
                login_id: self.login_id,
            };
            authenticator.authenticate(request, &mut Workspace::new())
        })
    }

    pub(crate) fn decide(&self, leaf: &[u8]) -> Outcome {
        Outcome::of(&self.authenticate(Some(leaf)).0)
    }
}

/// A decision in a form that a test can write down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Refused(ErrorKind),
    Disabled,
    Password(String),
    Login(String),
}

impl Outcome {
    pub(crate) fn of(decision: &Decision) -> Self {
        match decision {
            Decision::Refused(error) => Self::Refused(error.kind),
            Decision::Disabled => Self::Disabled,
            Decision::ContinueWithPassword { principal } => Self::Password(principal.email().to_string()),
            Decision::Login { principal } => Self::Login(principal.email().to_string()),
        }
    }
}

/// A root and an issuing CA below it.
pub(crate) struct Pki {
    pub(crate) root: Authority,
    pub(crate) issuing: Authority,
}

impl Pki {
    pub(crate) fn new() -> Self {
        let root = Authority::root("Root", Key::p256(1));
        let issuing = root.issue_ca("Issuing", Key::p256(2)).build_authority();
        Self { root, issuing }
    }

    /// Trusting the root, presented with the issuing CA.
    pub(crate) fn setup(&self) -> Setup {
        Setup::new(&[&self.root]).presenting(&[&self.issuing])
    }

    /// A client's certificate, still without a subject.
    pub(crate) fn client(&self) -> CertificateBuilder {
        self.issuing.issue(Key::p256(3))
    }

    /// Alice's certificate.
    pub(crate) fn alice(&self) -> CertificateBuilder {
        self.client().common_name("alice").email("alice@example.com")
    }

    pub(crate) fn primary(&self) -> Login {
        Login::new(self.setup(), CertificateCheck::Primary)
    }

    pub(crate) fn secondary(&self) -> Login {
        Login::new(self.setup(), CertificateCheck::Secondary)
    }
}

pub(crate) fn refusal(error: cba_core::Error) -> Refusal {
    (error.kind, error.depth)
}

pub(crate) fn ders(authorities: &[&Authority]) -> Vec<Vec<u8>> {
    authorities.iter().map(|authority| authority.certificate_der().to_vec()).collect()
}

pub(crate) fn certificates(ders: &[Vec<u8>]) -> Vec<Certificate<'_>> {
    ders.iter().map(|der| Certificate::from_der(der).unwrap()).collect()
}

/// What reading `der` gives.
pub(crate) fn read_error(der: &[u8]) -> Option<ErrorKind> {
    Certificate::from_der(der).err().map(|error| error.kind)
}
