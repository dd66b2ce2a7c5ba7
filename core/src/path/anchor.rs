//! Trust anchors (RFC 5280 6.1.1 (d)): a name and a key, found by name through a sorted index.
//!
//! Of a root certificate only name, key and key identifier are taken; its dates and extensions are
//! not looked at, as RFC 5280 has it. One exception fails closed: constraints that the root lays on the
//! names or policies below it are not processed yet, and must not be overlooked.

use crate::certificate::{Certificate, Name, NameKey, SubjectPublicKeyInfo};
use crate::email::EmailDomains;
use crate::error::{ErrorKind, Result};
use crate::sort::shell_sort;

/// A name and a key that the caller trusts to begin paths.
#[derive(Clone, Copy, Debug)]
pub struct TrustAnchor<'a> {
    subject: Name<'a>,
    subject_public_key_info: SubjectPublicKeyInfo<'a>,
    key_identifier: Option<&'a [u8]>,
    email_domains: EmailDomains<'a>,
    name_key: NameKey,
    /// For the deny list alone.
    certificate_der: Option<&'a [u8]>,
    unprocessed: Option<ErrorKind>,
}

impl<'a> TrustAnchor<'a> {
    /// The anchor that a certificate, self-signed or not, of any version, stands for.
    ///
    /// Paths to it are refused if it carries nameConstraints or policyConstraints; who means the bare
    /// name and key takes [`from_parts`](Self::from_parts).
    #[must_use]
    pub fn from_certificate(certificate: &Certificate<'a>) -> Self {
        Self {
            // A malformed key identifier is none: it only orders candidates.
            key_identifier: certificate.extensions().subject_key_identifier().unwrap_or(None),
            certificate_der: Some(certificate.der()),
            unprocessed: certificate.extensions().refuses_as_anchor(),
            ..Self::from_parts(certificate.subject(), certificate.subject_public_key_info())
        }
    }

    /// The anchor of a name and a key.
    #[must_use]
    pub fn from_parts(subject: Name<'a>, subject_public_key_info: SubjectPublicKeyInfo<'a>) -> Self {
        Self {
            name_key: subject.key(),
            subject,
            subject_public_key_info,
            key_identifier: None,
            email_domains: EmailDomains::Any,
            certificate_der: None,
            unprocessed: None,
        }
    }

    /// The same anchor, speaking for these e-mail domains only.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidEmailDomain`](crate::ErrorKind::InvalidEmailDomain) if one is no domain.
    pub fn with_email_domains(self, email_domains: EmailDomains<'a>) -> Result<Self> {
        email_domains.require_well_formed()?;
        Ok(Self { email_domains, ..self })
    }

    /// The anchor's name.
    #[must_use]
    pub const fn subject(&self) -> Name<'a> {
        self.subject
    }

    /// The anchor's key.
    #[must_use]
    pub const fn subject_public_key_info(&self) -> SubjectPublicKeyInfo<'a> {
        self.subject_public_key_info
    }

    /// The e-mail domains for which the anchor may speak.
    #[must_use]
    pub const fn email_domains(&self) -> EmailDomains<'a> {
        self.email_domains
    }

    /// Requires that nothing in the anchor's certificate was overlooked.
    pub(super) fn require_processed(&self) -> Result<()> {
        self.unprocessed.map_or(Ok(()), |kind| Err(kind.into()))
    }

    pub(super) const fn certificate_der(&self) -> Option<&'a [u8]> {
        self.certificate_der
    }

    pub(super) const fn key_identifier(&self) -> Option<&'a [u8]> {
        self.key_identifier
    }
}

/// Trust anchors, sorted once, so that a search finds those of a name without walking all.
#[derive(Clone, Copy, Debug)]
pub struct TrustAnchors<'a> {
    sorted: &'a [TrustAnchor<'a>],
}

impl<'a> TrustAnchors<'a> {
    /// Sorts the anchors in place.
    #[must_use]
    pub fn new<'b: 'a>(anchors: &'a mut [TrustAnchor<'b>]) -> Self {
        shell_sort(anchors, |a, b| a.name_key < b.name_key);
        Self { sorted: anchors }
    }

    /// The anchors in the order of the index.
    #[must_use]
    pub const fn as_slice(&self) -> &'a [TrustAnchor<'a>] {
        self.sorted
    }

    /// The anchors with the name and the key of `anchor`, itself among them.
    pub(super) fn twins_of(&self, anchor: &'a TrustAnchor<'a>) -> impl Iterator<Item = &'a TrustAnchor<'a>> {
        let (start, len) = self.with_name_key(anchor.name_key);
        self.sorted.iter().skip(start).take(len).filter(|twin| {
            twin.subject_public_key_info.der() == anchor.subject_public_key_info.der()
                && twin.subject.matches(&anchor.subject)
        })
    }

    /// The anchors whose names have this key, those of the name and by rare chance others: their
    /// position and their number.
    pub(super) fn with_name_key(&self, key: NameKey) -> (usize, usize) {
        let start = self.sorted.partition_point(|anchor| anchor.name_key < key);
        let len = self
            .sorted
            .split_at_checked(start)
            .map_or(0, |(_, from)| from.partition_point(|anchor| anchor.name_key == key));
        (start, len)
    }
}
