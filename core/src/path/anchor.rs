//! Trust anchors (RFC 5280 6.1.1 (d)): a name and a key, found by name through a sorted index.
//!
//! Of a root certificate only name, key and key identifier are taken, as RFC 5280 has it, unless its dates
//! and constraints are asked for (RFC 5937). Constraints on names or policies must not be overlooked by
//! accident: [`AnchorConstraints`](super::AnchorConstraints) says what becomes of them.

use super::{AnchorConstraints, PathOptions};
use crate::certificate::{Certificate, Extensions, Name, NameKey, SubjectPublicKeyInfo, Validity};
use crate::email::EmailDomains;
use crate::error::Result;
use crate::sort::shell_sort;

/// A name and a key that the caller trusts to begin paths.
#[derive(Clone, Copy, Debug)]
pub struct TrustAnchor<'a> {
    subject: Name<'a>,
    subject_public_key_info: SubjectPublicKeyInfo<'a>,
    key_identifier: Option<&'a [u8]>,
    email_domains: EmailDomains<'a>,
    name_key: NameKey,
    /// The certificate that the anchor was taken from: for the deny list, and for its constraints.
    certificate: Option<AnchorCertificate<'a>>,
    /// Whether the same name and key stand among the anchors once more.
    has_twin: bool,
}

/// What an anchor keeps of its certificate beyond name and key.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AnchorCertificate<'a> {
    pub(crate) der: &'a [u8],
    pub(crate) validity: Validity,
    pub(crate) extensions: Extensions<'a>,
}

impl<'a> TrustAnchor<'a> {
    /// The anchor that a certificate, self-signed or not, of any version, stands for.
    ///
    /// What becomes of constraints that the certificate carries is said by
    /// [`AnchorConstraints`](super::AnchorConstraints).
    #[must_use]
    pub fn from_certificate(certificate: &Certificate<'a>) -> Self {
        Self {
            // A malformed key identifier is none: it only orders candidates.
            key_identifier: certificate.extensions().subject_key_identifier().unwrap_or(None),
            certificate: Some(AnchorCertificate {
                der: certificate.der(),
                validity: certificate.validity(),
                extensions: *certificate.extensions(),
            }),
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
            certificate: None,
            has_twin: false,
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

    /// Whether the anchor's certificate constrains the names or the policies of the paths below it.
    #[must_use]
    pub fn carries_constraints(&self) -> bool {
        self.certificate.is_some_and(|certificate| certificate.extensions.constrain_names_or_policies())
    }

    /// Whether both are the same name with the same key.
    pub(crate) fn is_same(&self, other: &TrustAnchor<'_>) -> bool {
        self.subject_public_key_info.der() == other.subject_public_key_info.der()
            && self.subject.matches(&other.subject)
    }

    pub(crate) const fn certificate(&self) -> Option<&AnchorCertificate<'a>> {
        self.certificate.as_ref()
    }

    pub(crate) const fn key_identifier(&self) -> Option<&'a [u8]> {
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
        for anchor in &mut *anchors {
            anchor.has_twin = false;
        }
        let mut rest = &mut *anchors;
        while let Some((anchor, others)) = rest.split_first_mut() {
            for other in others.iter_mut().take_while(|other| other.name_key == anchor.name_key) {
                if other.is_same(anchor) {
                    anchor.has_twin = true;
                    other.has_twin = true;
                }
            }
            rest = others;
        }
        Self { sorted: anchors }
    }

    /// The anchors in the order of the index.
    #[must_use]
    pub const fn as_slice(&self) -> &'a [TrustAnchor<'a>] {
        self.sorted
    }

    /// `anchor`, which is one of these, and the others with its name and its key. What limits one of them limits
    /// the key, so that a second entry loosens nothing.
    pub(super) fn twins_of(
        &self,
        anchor: &'a TrustAnchor<'a>,
    ) -> impl Iterator<Item = &'a TrustAnchor<'a>> + Clone {
        let twins = if anchor.has_twin {
            let (start, len) = self.with_name_key(anchor.name_key);
            self.sorted.get(start..start.saturating_add(len)).unwrap_or_default()
        } else {
            core::slice::from_ref(anchor)
        };
        twins.iter().filter(move |twin| core::ptr::eq(*twin, anchor) || twin.is_same(anchor))
    }

    /// The extensions of the certificates of `anchor` and its twins, if what they demand of paths counts.
    pub(super) fn constraints_of(
        &self,
        anchor: &'a TrustAnchor<'a>,
        options: &PathOptions<'_>,
    ) -> impl Iterator<Item = &'a Extensions<'a>> + Clone {
        let most = match options.anchor_constraints {
            AnchorConstraints::Enforce => usize::MAX,
            AnchorConstraints::Refuse | AnchorConstraints::Ignore => 0,
        };
        let certificates = self.twins_of(anchor).take(most).filter_map(TrustAnchor::certificate);
        certificates.map(|certificate| &certificate.extensions)
    }

    /// The anchors with this name.
    pub(crate) fn named(&self, name: Name<'_>) -> impl Iterator<Item = &'a TrustAnchor<'a>> {
        let (start, len) = self.with_name_key(name.key());
        self.sorted.iter().skip(start).take(len).filter(move |anchor| anchor.subject.matches(&name))
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
