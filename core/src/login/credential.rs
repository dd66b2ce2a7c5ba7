//! The credential: what is kept of an identity when its certificate is gone.

use crate::error::{ErrorKind, Result};
use crate::identity::{Email, Identity, IdentityOptions};
use crate::path::{Purpose, VerifiedPath};
use crate::time::UnixTime;

/// A verified identity whose certificate is fit for a login. It borrows nothing: a server that keeps a
/// connection verifies once, and asks [`decide`](super::decide) at each request.
///
/// Only [`Credential::from_identity`] makes one. It holds for the trust anchors, deny list, CRLs and options
/// of that verification: a host that changes those verifies again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credential {
    email: Email,
    options: IdentityOptions,
    fingerprint: [u8; 32],
    not_before: UnixTime,
    not_after: UnixTime,
    why_over: ErrorKind,
}

impl Credential {
    /// The credential of an identity.
    ///
    /// # Errors
    /// What a login asks of a leaf beyond RFC 5280: [`ErrorKind::PurposeNotAllowed`] or
    /// [`ErrorKind::MissingExtendedKeyUsage`] if the path is not fit for TLS client authentication, beside whatever
    /// purpose it was verified for; [`ErrorKind::LeafIsCa`], [`ErrorKind::MissingDigitalSignature`].
    pub fn from_identity(identity: &Identity<'_>) -> Result<Self> {
        let path = identity.path();
        require_login_leaf(path)?;
        let by_status = path.status_until() == Some(path.not_after());
        Ok(Self {
            email: identity.email().clone(),
            options: identity.options(),
            fingerprint: identity.device().fingerprint(),
            not_before: path.not_before(),
            not_after: path.not_after(),
            why_over: if by_status { ErrorKind::StatusUndetermined } else { ErrorKind::Expired },
        })
    }

    /// SHA-256 of the DER of its certificate.
    #[must_use]
    pub const fn fingerprint(&self) -> &[u8; 32] {
        &self.fingerprint
    }

    /// The first second for which it holds: the last beginning among the validities of its path.
    #[must_use]
    pub const fn not_before(&self) -> UnixTime {
        self.not_before
    }

    /// The last second for which it holds: the first end among the validities of its path and what was said of its
    /// revocation.
    #[must_use]
    pub const fn not_after(&self) -> UnixTime {
        self.not_after
    }

    /// Why it holds no longer: [`ErrorKind::Expired`], or [`ErrorKind::StatusUndetermined`].
    pub(super) const fn why_over(&self) -> ErrorKind {
        self.why_over
    }

    pub(super) const fn email(&self) -> &Email {
        &self.email
    }

    /// Whether an address that a user typed is this one's, compared as its options have it.
    pub(super) fn is_email(&self, typed: &str) -> bool {
        self.options.parse(typed.as_bytes()).is_ok_and(|typed| typed == self.email)
    }
}

/// The path is fit for TLS client authentication, the leaf is no CA, and its keyUsage, if there is one, lets it
/// sign, since TLS client authentication is a signature.
fn require_login_leaf(path: &VerifiedPath<'_>) -> Result<()> {
    // Another purpose is asked beside this one, never instead of it.
    if path.purpose().oid() != Purpose::ClientAuth.oid() {
        path.require_purpose(Purpose::ClientAuth)?;
    }
    let leaf = path.leaf();
    if leaf.is_ca() {
        return Err(ErrorKind::LeafIsCa.into());
    }
    match leaf.extensions().key_usage()? {
        Some(usage) if !usage.digital_signature() => Err(ErrorKind::MissingDigitalSignature.into()),
        _ => Ok(()),
    }
}
