//! Certification paths (RFC 5280 section 6): from a leaf and whatever certificates stand about to
//! a path that ends at a trust anchor.
//!
//! `search` looks for a path, `validation` says what must hold of each certificate and of the
//! whole. Cheap rules come first and signatures last, from the anchor downwards, each at most once.

mod anchor;
mod constraints;
mod deny;
mod policy;
mod search;
mod status;
mod validation;

pub use self::anchor::{TrustAnchor, TrustAnchors};
pub use self::deny::{Denied, DenyList};
pub use self::policy::{PolicyInputs, ValidPolicies};
pub use self::search::{Verifier, Workspace};
pub use self::status::{StatusBudget, StatusCheck, StatusRequest};
pub use self::validation::{AnchorConstraints, PathOptions, Purpose};
pub use crate::email::EmailDomains;

use crate::certificate::Certificate;
use crate::email::Email;
use crate::error::Result;
use crate::limits::MAX_PATH_LEN;
use crate::time::UnixTime;
use heapless::Vec;
use validation::{Role, require_purpose};

/// A path that was verified: every rule held at [`time`](Self::time), every signature was good.
///
/// Only [`Verifier::verify`] makes one.
#[derive(Clone, Debug)]
pub struct VerifiedPath<'p> {
    /// From the leaf to the certificate that the anchor issued. Never empty.
    certificates: Vec<&'p Certificate<'p>, MAX_PATH_LEN>,
    leaf: &'p Certificate<'p>,
    anchor: &'p TrustAnchor<'p>,
    anchors: TrustAnchors<'p>,
    time: UnixTime,
    options: PathOptions<'p>,
    status_until: Option<UnixTime>,
}

impl<'p> VerifiedPath<'p> {
    /// The certificate that was verified.
    #[must_use]
    pub const fn leaf(&self) -> &'p Certificate<'p> {
        self.leaf
    }

    /// The path from the leaf to the certificate that the anchor issued.
    #[must_use]
    pub fn certificates(&self) -> &[&'p Certificate<'p>] {
        &self.certificates
    }

    /// The anchor at which the path ends.
    #[must_use]
    pub const fn anchor(&self) -> &'p TrustAnchor<'p> {
        self.anchor
    }

    /// Whether the anchor may speak for the domain of this address. Where the same name and key stand
    /// among the anchors more than once, all of them must.
    #[must_use]
    pub fn may_speak_for(&self, email: &Email) -> bool {
        self.anchors.twins_of(self.anchor).all(|anchor| anchor.email_domains().contain(email))
    }

    /// The time for which the path was verified.
    #[must_use]
    pub const fn time(&self) -> UnixTime {
        self.time
    }

    /// The purpose for which the path was verified.
    #[must_use]
    pub const fn purpose(&self) -> Purpose<'p> {
        self.options.purpose
    }

    /// Requires that the path is fit for this purpose too, by the options that it was verified with.
    pub(crate) fn require_purpose(&self, purpose: Purpose<'_>) -> Result<()> {
        let options = PathOptions { purpose, ..self.options };
        let path = self.certificates.iter().map(|certificate| certificate.extensions());
        let above = self.anchors.constraints_of(self.anchor, &options);
        // The anchor stands above the path.
        let top = self.certificates.len();
        for (index, extensions) in path.chain(above).enumerate() {
            let role = if index == 0 { Role::Leaf } else { Role::Issuer };
            let depth = u8::try_from(index.min(top)).unwrap_or(u8::MAX);
            extensions
                .extended_key_usage()
                .and_then(|purposes| require_purpose(purposes, role, &options))
                .map_err(|error| error.with_depth(depth))?;
        }
        Ok(())
    }

    /// The certificate policies that the path is valid for, found when they are asked for. Whether it is valid
    /// for one where one is required, was asked when it was verified.
    ///
    /// # Errors
    /// [`ErrorKind::TooManyPolicies`](crate::ErrorKind::TooManyPolicies).
    pub fn policies(&self) -> Result<ValidPolicies<'p>> {
        let above = self.anchors.constraints_of(self.anchor, &self.options);
        let is_self_issued = |certificate: &Certificate<'p>| Ok(certificate.is_self_issued());
        policy::valid_policies(&self.certificates, above, &self.options.policies, is_self_issued)
    }

    /// The first second for which the dates of the whole path hold.
    #[must_use]
    pub fn not_before(&self) -> UnixTime {
        self.certificates
            .iter()
            .map(|certificate| certificate.validity().not_before)
            .max()
            .unwrap_or(self.leaf.validity().not_before)
    }

    /// The last second for which what was said of its revocation holds; `None` if nobody was asked.
    #[must_use]
    pub const fn status_until(&self) -> Option<UnixTime> {
        self.status_until
    }

    /// The last second for which the dates of the whole path hold, and what was said of its revocation: no
    /// session that rests on it should outlive this.
    #[must_use]
    pub fn not_after(&self) -> UnixTime {
        let dates = self.certificates.iter().map(|certificate| certificate.validity().not_after);
        dates.chain(self.status_until).min().unwrap_or(self.leaf.validity().not_after)
    }
}
