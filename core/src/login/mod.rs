//! The decision: settings, a credential and possession of the key in, one of
//! four verdicts out.
//!
//! A certificate is public: without proof that the client holds its key nobody is let in. What is
//! decided here is who the client is; whether that account is active, locked, a bot, or owes a second
//! factor is the host's to ask before it opens a session.

mod audit;
mod challenge;
mod credential;
pub mod login_id;

pub use self::audit::{AuditRecord, Verdict};
pub use self::challenge::{Answer, AnswerForm, Challenge, ChallengeInput, ProofOfPossession};
pub use self::credential::Credential;

use crate::certificate::Certificate;
use crate::config::{CertificateCheck, Settings};
use crate::error::{Error, ErrorKind, Result};
use crate::identity::{Email, Identity, IdentityOptions};
use crate::path::{Verifier, Workspace};
use crate::time::UnixTime;

/// Whether the client has been seen to hold the private key of its certificate.
///
/// It is neither copied nor cloned: a proof counts once.
#[derive(Debug, PartialEq, Eq, Default)]
pub enum Possession {
    /// Nothing was proven: no decision lets anyone in.
    #[default]
    Unproven,
    /// The TLS handshake in which this very certificate was the client's is complete
    /// (CertificateVerify, RFC 8446 4.4.3), or the session was resumed from one that was. The caller
    /// says so and answers for it; data that arrives before the handshake is complete does not count.
    ProvenByTls,
    /// The client answered a [`Challenge`] with the key of this very certificate.
    ProvenByChallenge(ProofOfPossession),
}

/// The verdict. Every way in is a variant of its own, and none of them is a number or a boolean.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "a decision that is not looked at lets nobody in"]
pub enum Decision {
    /// Nobody is let in, for this reason.
    Refused(Error),
    /// Certificate-based authentication is switched off: the certificate says nothing, and the
    /// host goes on as if there were none.
    Disabled,
    /// `secondary`: the typed e-mail is the certificate's. The ordinary login with *this* principal's
    /// password goes on.
    ContinueWithPassword {
        /// The one account whose password may be asked.
        principal: Principal,
    },
    /// `primary`: this user is logged in without a password, once the host's own checks of the
    /// account (active, not locked, not a bot, second factor) pass.
    Login {
        /// The one account that may be logged in.
        principal: Principal,
    },
}

impl Decision {
    /// The principal, if the verdict lets one in or on.
    #[must_use]
    pub const fn principal(&self) -> Option<&Principal> {
        match self {
            Self::ContinueWithPassword { principal } | Self::Login { principal } => Some(principal),
            Self::Refused(_) | Self::Disabled => None,
        }
    }
}

/// The one account that a decision speaks of. Nothing else in a request may name another.
///
/// Only [`decide`] makes one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Principal(Email);

impl Principal {
    /// The e-mail address by which the host finds the account.
    #[must_use]
    pub const fn email(&self) -> &Email {
        &self.0
    }
}

/// Decides what the holder of a credential may do at `time`.
///
/// At a time outside the dates of the credential's path, or past what was said of its revocation, nobody is let in.
/// `login_id` is the e-mail that the user typed, and that the password login will really use; `primary` does not look
/// at it.
pub fn decide(
    settings: &Settings,
    credential: &Credential,
    possession: Possession,
    time: UnixTime,
    login_id: Option<&str>,
) -> Decision {
    if !settings.enable {
        return Decision::Disabled;
    }
    // A host that forgot to set the time must not have credentials that never end.
    if time < credential.not_before() {
        return Decision::Refused(ErrorKind::NotYetValid.into());
    }
    if time > credential.not_after() {
        return Decision::Refused(credential.why_over().into());
    }
    if let Err(error) = require_possession(credential, possession, time) {
        return Decision::Refused(error);
    }
    let principal = Principal(credential.email().clone());
    match settings.check {
        CertificateCheck::Primary => Decision::Login { principal },
        CertificateCheck::Secondary => match require_login_id(credential, login_id) {
            Ok(()) => Decision::ContinueWithPassword { principal },
            Err(error) => Decision::Refused(error),
        },
    }
}

/// Requires that the client was seen to hold the key of the credential's certificate, not that of another.
fn require_possession(credential: &Credential, possession: Possession, time: UnixTime) -> Result<()> {
    match possession {
        Possession::Unproven => Err(ErrorKind::PossessionNotProven.into()),
        Possession::ProvenByTls => Ok(()),
        Possession::ProvenByChallenge(proof) => {
            proof.require_certificate(credential.fingerprint())?;
            proof.require_time(time)
        }
    }
}

/// Requires that the typed e-mail is the certificate's, compared as addresses of certificates are.
fn require_login_id(credential: &Credential, login_id: Option<&str>) -> Result<()> {
    match login_id {
        None | Some("") => Err(ErrorKind::LoginIdMissing.into()),
        Some(login_id) if credential.is_email(login_id) => Ok(()),
        Some(_) => Err(ErrorKind::LoginIdMismatch.into()),
    }
}

/// One login attempt.
#[derive(Debug)]
pub struct Request<'r> {
    /// The DER of the client's certificate; `None` if it presented none.
    pub leaf: Option<&'r [u8]>,
    /// The certificates that the client sent along, in any order.
    pub presented: &'r [Certificate<'r>],
    /// The time of the attempt.
    pub time: UnixTime,
    /// Whether the client holds the leaf's key.
    pub possession: Possession,
    /// The e-mail that the user typed, for `secondary`.
    pub login_id: Option<&'r str>,
}

/// Everything a login is judged by: prepared once, then read by any number of threads.
#[derive(Clone, Copy, Debug)]
pub struct Authenticator<'v> {
    /// How paths are verified.
    pub verifier: Verifier<'v>,
    /// How the e-mail is taken from the certificate and compared.
    pub identity: IdentityOptions,
    /// The switches.
    pub settings: Settings,
}

impl Authenticator<'_> {
    /// Judges one login attempt: from the client's certificate to a decision, with its audit record.
    ///
    /// # Examples
    /// See the crate's page.
    pub fn authenticate(&self, request: Request<'_>, workspace: &mut Workspace) -> (Decision, AuditRecord) {
        let der = request.leaf;
        let leaf = der.map(Certificate::from_der);
        let decision = match &leaf {
            _ if !self.settings.enable => Decision::Disabled,
            None => Decision::Refused(ErrorKind::NoCertificate.into()),
            Some(Err(error)) => Decision::Refused(*error),
            Some(Ok(leaf)) => self.judge(leaf, request, workspace).unwrap_or_else(Decision::Refused),
        };
        let mut audit = AuditRecord::new(der, leaf.and_then(Result::ok).as_ref());
        audit.record(&decision);
        (decision, audit)
    }

    fn judge<'p>(
        &self,
        leaf: &'p Certificate<'p>,
        request: Request<'p>,
        workspace: &mut Workspace,
    ) -> Result<Decision> {
        let path = self.verifier.verify(leaf, request.presented, request.time, workspace)?;
        let credential = Credential::from_identity(&Identity::from_path(&path, &self.identity)?)?;
        Ok(decide(&self.settings, &credential, request.possession, request.time, request.login_id))
    }
}
