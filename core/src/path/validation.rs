//! What must hold of a path (RFC 5280 6.1): of each certificate by itself, and of the whole.
//!
//! The steps carry the letters of the RFC. Signatures (6.1.3 (a)(1)) and name chaining ((a)(4)) are
//! the search's; name constraints ((b), (c)) and policies ((d) to (f)) have modules of their own; revocation
//! ((a)(3)) is asked of a [`StatusCheck`](super::StatusCheck).

use super::TrustAnchor;
use super::policy::{self, PolicyInputs};
use crate::certificate::{
    BasicConstraints, Certificate, ExtendedKeyUsage, Extensions, KeyUsage, Validity, Version,
};
use crate::der::oid;
use crate::error::{ErrorKind, Result};
use crate::signature::{PublicKey, SignatureAlgorithm, Strength};
use crate::time::UnixTime;

/// What the leaf's key must be allowed to do (RFC 5280 4.2.1.12).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Purpose<'a> {
    /// TLS client authentication: what a login needs.
    #[default]
    ClientAuth,
    /// TLS server authentication.
    ServerAuth,
    /// The purpose with this OBJECT IDENTIFIER, given as the contents of its DER.
    Oid(&'a [u8]),
    /// Anything: extendedKeyUsage is not asked.
    Any,
}

impl<'a> Purpose<'a> {
    /// The purpose as it stands in extendedKeyUsage, or `None` if anything will do.
    #[must_use]
    pub const fn oid(&self) -> Option<&'a [u8]> {
        match self {
            Self::ClientAuth => Some(oid::CLIENT_AUTH),
            Self::ServerAuth => Some(oid::SERVER_AUTH),
            Self::Oid(oid) => Some(oid),
            Self::Any => None,
        }
    }
}

/// What is asked of a path beyond RFC 5280, and what is forgiven. The default forgives nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PathOptions<'a> {
    /// What the leaf must be allowed to do, and every CA that carries extendedKeyUsage with it. A login asks for
    /// TLS client authentication beside it.
    pub purpose: Purpose<'a>,
    /// Accept a leaf without extendedKeyUsage, which RFC 5280 lets serve every purpose; false.
    pub accept_missing_extended_key_usage: bool,
    /// Accept anyExtendedKeyUsage in a leaf for the purpose asked (RFC 5280 4.2.1.12 leaves that
    /// to the application); false.
    pub accept_any_extended_key_usage: bool,
    /// Accept a version 1 certificate as leaf; false. It names no purpose and no key usage.
    pub accept_version_1_leaf: bool,
    /// Accept negative serial numbers, as some old CAs made them; false.
    pub accept_negative_serial: bool,
    /// Accept serial numbers of more than twenty bytes; false.
    pub accept_long_serial: bool,
    /// Accept a leaf that is itself, byte for byte, the certificate of an anchor; false. It is a path of one
    /// certificate whose signature is not asked, nor its revocation: who put it among the anchors has vouched for it.
    pub accept_trusted_leaf: bool,
    /// What becomes of constraints in an anchor's own certificate.
    pub anchor_constraints: AnchorConstraints,
    /// Require that the dates in an anchor's own certificate hold; false.
    pub check_anchor_validity: bool,
    /// The certificate policies that are asked for.
    pub policies: PolicyInputs<'a>,
    /// Which keys are strong enough.
    pub strength: Strength,
}

/// What becomes of the constraints in the certificate that a trust anchor was taken from. To RFC
/// 5280 an anchor is a name and a key; RFC 5937 asks its certificate too. Where the same name and key stand among
/// the anchors more than once, all of their certificates are asked: a limit is not lost by a second entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum AnchorConstraints {
    /// Paths to an anchor whose certificate constrains names or policies are refused; nothing else in it is
    /// looked at. Nobody relies on a constraint that is not asked.
    #[default]
    Refuse,
    /// The anchor's basicConstraints, nameConstraints and policies are what the path begins with (RFC 5937
    /// section 3), and its certificate must be fit to issue others, as far as it says anything of that.
    Enforce,
    /// Name and key alone (RFC 5280 6.1.1 (d)): constraints in the anchor's certificate constrain nobody.
    Ignore,
}

impl Default for PathOptions<'_> {
    fn default() -> Self {
        Self {
            purpose: Purpose::ClientAuth,
            accept_missing_extended_key_usage: false,
            accept_any_extended_key_usage: false,
            accept_version_1_leaf: false,
            accept_negative_serial: false,
            accept_long_serial: false,
            accept_trusted_leaf: false,
            anchor_constraints: AnchorConstraints::Refuse,
            check_anchor_validity: false,
            policies: PolicyInputs::default(),
            strength: Strength::default(),
        }
    }
}

/// The place of a certificate in a path.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Leaf,
    Issuer,
}

/// Requires what can be said of one certificate wherever in a path it stands; gives the algorithm of its
/// signature.
pub(super) fn require_certificate(
    certificate: &Certificate<'_>,
    role: Role,
    time: UnixTime,
    options: &PathOptions<'_>,
    processes_status: bool,
) -> Result<SignatureAlgorithm> {
    require_form(certificate, role, options)?;
    // 6.1.3 (a)(2)
    require_dates(certificate.validity(), time)?;
    let extensions = certificate.extensions();
    // 6.1.4 (o), 6.1.5 (f)
    if processes_status {
        extensions.require_processed_with_status()?;
    } else {
        extensions.require_processed()?;
    }
    extensions.require_well_formed_names()?;
    policy::require_well_formed(extensions)?;
    // Read wherever they stand: a malformed one is refused, needed or not.
    let constraints = extensions.basic_constraints()?;
    let usage = extensions.key_usage()?;
    let purposes = extensions.extended_key_usage()?;
    if role == Role::Issuer {
        require_issuer(constraints, usage)?;
    }
    require_purpose(purposes, role, options)?;
    require_strength(certificate, &options.strength)
}

fn require_form(certificate: &Certificate<'_>, role: Role, options: &PathOptions<'_>) -> Result<()> {
    certificate.require_form()?;
    if certificate.version() == Version::V1 && !(role == Role::Leaf && options.accept_version_1_leaf) {
        return Err(ErrorKind::Version1.into());
    }
    let serial = certificate.serial();
    if serial.is_negative() && !options.accept_negative_serial {
        return Err(certificate.error_at(ErrorKind::NegativeSerial, serial.as_bytes()));
    }
    if serial.is_too_long() && !options.accept_long_serial {
        return Err(certificate.error_at(ErrorKind::SerialTooLong, serial.as_bytes()));
    }
    if certificate.issuer().is_empty() {
        return Err(certificate.error_at(ErrorKind::EmptyIssuer, certificate.issuer().der()));
    }
    Ok(())
}

fn require_dates(validity: Validity, time: UnixTime) -> Result<()> {
    if validity.not_after < validity.not_before {
        return Err(ErrorKind::InvertedValidity.into());
    }
    if time < validity.not_before {
        return Err(ErrorKind::NotYetValid.into());
    }
    if time > validity.not_after {
        return Err(ErrorKind::Expired.into());
    }
    Ok(())
}

/// 6.1.4 (k) and (n): the certificate may issue others.
fn require_issuer(constraints: Option<BasicConstraints>, usage: Option<KeyUsage>) -> Result<()> {
    // (k)
    match constraints {
        None => return Err(ErrorKind::MissingBasicConstraints.into()),
        Some(constraints) if !constraints.ca => return Err(ErrorKind::NotACa.into()),
        Some(_) => {}
    }
    // (n)
    match usage {
        Some(usage) if !usage.key_cert_sign() => Err(ErrorKind::MissingKeyCertSign.into()),
        _ => Ok(()),
    }
}

/// extendedKeyUsage of the leaf, and of the CAs that carry one: what a CA may not do, it cannot
/// pass on. RFC 5280 says nothing of the latter; every web browser does it.
pub(super) fn require_purpose(
    purposes: Option<ExtendedKeyUsage<'_>>,
    role: Role,
    options: &PathOptions<'_>,
) -> Result<()> {
    let Some(purpose) = options.purpose.oid() else {
        return Ok(());
    };
    let Some(purposes) = purposes else {
        return match role {
            Role::Leaf if !options.accept_missing_extended_key_usage => {
                Err(ErrorKind::MissingExtendedKeyUsage.into())
            }
            _ => Ok(()),
        };
    };
    let any_will_do = role == Role::Issuer || options.accept_any_extended_key_usage;
    if purposes.contains(purpose) || any_will_do && purposes.contains_any() {
        Ok(())
    } else {
        Err(ErrorKind::PurposeNotAllowed.into())
    }
}

fn require_strength(certificate: &Certificate<'_>, strength: &Strength) -> Result<SignatureAlgorithm> {
    let identifier = certificate.signature_algorithm();
    let algorithm = SignatureAlgorithm::from_identifier(identifier)
        .map_err(|kind| certificate.error_at(kind, identifier.oid()))?;
    let spki = certificate.subject_public_key_info();
    PublicKey::from_spki(spki)
        .and_then(|key| key.require_strength(strength))
        .map_err(|kind| certificate.error_at(kind, spki.der()))?;
    Ok(algorithm)
}

/// The part of the state of RFC 5280 6.1 that counts a path's length, while it is walked from the anchor to the leaf.
pub(super) struct PathLength {
    /// max_path_length: how many non-self-issued intermediates may still come. `None` is its initial
    /// value n, which no path of n certificates can use up (6.1.2 (k)).
    left: Option<u32>,
}

impl PathLength {
    /// 6.1.2 (k), with what the anchor's own certificates demand where they are asked.
    pub(super) fn below<'a>(above: impl Iterator<Item = &'a Extensions<'a>>) -> Result<Self> {
        let mut length = Self { left: None };
        for anchor in above {
            length.limit(anchor)?;
        }
        Ok(length)
    }

    /// 6.1.4 (l) and (m): one intermediate. Whether it is self-issued is asked only where that counts.
    pub(super) fn intermediate(
        &mut self,
        certificate: &Certificate<'_>,
        is_self_issued: impl FnOnce() -> Result<bool>,
    ) -> Result<()> {
        // (l)
        if let Some(left) = &mut self.left
            && !is_self_issued()?
        {
            *left = left.checked_sub(1).ok_or(ErrorKind::PathLenConstraintExceeded)?;
        }
        // (m)
        self.limit(certificate.extensions())
    }

    fn limit(&mut self, issuer: &Extensions<'_>) -> Result<()> {
        let constraints = issuer.basic_constraints()?;
        if let Some(limit) = constraints.and_then(|constraints| constraints.path_len_constraint) {
            self.left = Some(self.left.map_or(limit, |left| left.min(limit)));
        }
        Ok(())
    }
}

/// Requires that the dates in an anchor's own certificate hold, where that is asked.
pub(super) fn require_anchor_dates(
    anchor: &TrustAnchor<'_>,
    options: &PathOptions<'_>,
    time: UnixTime,
) -> Result<()> {
    match anchor.certificate() {
        Some(certificate) if options.check_anchor_validity => require_dates(certificate.validity, time),
        _ => Ok(()),
    }
}

/// Requires that the constraints in an anchor's own certificate are no obstacle.
pub(super) fn require_anchor_constraints(anchor: &TrustAnchor<'_>, options: &PathOptions<'_>) -> Result<()> {
    let Some(certificate) = anchor.certificate() else { return Ok(()) };
    match options.anchor_constraints {
        AnchorConstraints::Refuse if anchor.carries_constraints() => {
            Err(ErrorKind::AnchorConstraintsUndecided.into())
        }
        AnchorConstraints::Enforce => {
            let extensions = &certificate.extensions;
            extensions.require_processed()?;
            policy::require_well_formed(extensions)?;
            // To be an anchor, nobody needs to say so: what is absent forbids nothing.
            let usage = extensions.key_usage()?;
            if let Some(constraints) = extensions.basic_constraints()? {
                require_issuer(Some(constraints), usage)?;
            } else if usage.is_some_and(|usage| !usage.key_cert_sign()) {
                return Err(ErrorKind::MissingKeyCertSign.into());
            }
            require_purpose(extensions.extended_key_usage()?, Role::Issuer, options)
        }
        AnchorConstraints::Refuse | AnchorConstraints::Ignore => Ok(()),
    }
}
