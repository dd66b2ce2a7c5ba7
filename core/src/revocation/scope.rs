//! Which certificates a CRL speaks of, and for which reasons (RFC 5280 5.2.5 and 6.3.3 (b), (d)): the
//! distribution points of a certificate against the issuing distribution point of a CRL.

use crate::certificate::{Certificate, Extension, GeneralName, GeneralNames, Name, Rdn};
use crate::der::{BitString, Reader, tag};
use crate::error::{ErrorKind, Result};
use crate::path::StatusBudget;

/// Reasons for a revocation, as the bits of ReasonFlags.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Reasons(u16);

impl Reasons {
    /// keyCompromise to aACompromise: bits 1 to 8 (6.3.1 (c)).
    pub(super) const ALL: Self = Self(0x1fe);
    pub(super) const NONE: Self = Self(0);
    /// How many bits there are, the unused bit 0 among them.
    pub(super) const BITS: usize = 9;

    fn read(content: Reader<'_>) -> Result<Self> {
        let flags = BitString::from_content(content)?.named_bits();
        let reasons = Self(flags.unwrap_or(0) & Self::ALL.0);
        // No reason at all is none that anybody could mean.
        if reasons == Self::NONE { Err(content.error(ErrorKind::InvalidBitString)) } else { Ok(reasons) }
    }

    pub(super) const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    pub(super) const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(super) const fn contains(self, bit: u32) -> bool {
        match self.0.checked_shr(bit) {
            Some(bits) => bits & 1 != 0,
            None => false,
        }
    }
}

/// Which certificates stand in a CRL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    All,
    User,
    Ca,
    Attribute,
}

/// issuingDistributionPoint.
#[derive(Clone, Copy, Debug)]
pub(super) struct IssuingDistributionPoint<'a> {
    name: Option<PointName<'a>>,
    kind: Kind,
    reasons: Reasons,
    indirect: bool,
    /// The contents, to tell whether two CRLs have the same scope.
    der: &'a [u8],
}

impl<'a> IssuingDistributionPoint<'a> {
    /// Where the extension is absent.
    pub(super) const EVERYTHING: IssuingDistributionPoint<'static> = IssuingDistributionPoint {
        name: None,
        kind: Kind::All,
        reasons: Reasons::ALL,
        indirect: false,
        der: &[],
    };

    pub(super) fn read(extension: &Extension<'a>) -> Result<Self> {
        let mut content = extension.sequence()?;
        let start = content;
        // 5.2.5: never empty.
        if start.is_empty() {
            return Err(start.error(ErrorKind::EmptySequence));
        }
        let name = PointName::read_optional(&mut content)?;
        let user = read_flag(&mut content, 1)?;
        let ca = read_flag(&mut content, 2)?;
        let reasons = match content.read_optional(tag::context(3))? {
            Some(reasons) => Reasons::read(reasons)?,
            None => Reasons::ALL,
        };
        let indirect = read_flag(&mut content, 4)?;
        let attribute = read_flag(&mut content, 5)?;
        content.finish()?;
        let kind = match (user, ca, attribute) {
            (false, false, false) => Kind::All,
            (true, false, false) => Kind::User,
            (false, true, false) => Kind::Ca,
            (false, false, true) => Kind::Attribute,
            _ => return Err(start.error(ErrorKind::MalformedCrl)),
        };
        Ok(Self { name, kind, reasons, indirect, der: start.rest() })
    }

    pub(super) const fn is_indirect(&self) -> bool {
        self.indirect
    }

    /// Whether both stand for the same scope: written the same, as they are by one issuer.
    pub(super) fn is_same(&self, other: &IssuingDistributionPoint<'_>) -> bool {
        self.der == other.der
    }

    /// 6.3.3 (b) and (d): the reasons for which a CRL of this scope, issued by `crl_issuer`, says whether the
    /// certificate is revoked, as far as `point` leads to it. Each comparison of names is taken from `budget`.
    pub(super) fn reasons_for(
        &self,
        crl_issuer: &Name<'_>,
        certificate: &Certificate<'_>,
        point: &DistributionPoint<'_>,
        budget: &mut StatusBudget,
    ) -> Result<Reasons> {
        budget.compare(1)?;
        // (b) (1)
        let speaks = match &point.crl_issuer {
            Some(names) => self.indirect && contain_name(names, crl_issuer, budget)?,
            None => are_same(crl_issuer, &certificate.issuer(), budget)?,
        };
        // (b) (2) (ii) to (iv)
        let fits = match self.kind {
            Kind::All => true,
            Kind::User => !certificate.is_ca(),
            Kind::Ca => certificate.is_ca(),
            Kind::Attribute => false,
        };
        if !speaks || !fits || !self.is_named_by(crl_issuer, certificate, point, budget)? {
            return Ok(Reasons::NONE);
        }
        // (d)
        Ok(self.reasons.and(point.reasons))
    }

    /// 6.3.3 (b) (2) (i): the distribution points share a name, if the CRL names one.
    fn is_named_by(
        &self,
        crl_issuer: &Name<'_>,
        certificate: &Certificate<'_>,
        point: &DistributionPoint<'_>,
        budget: &mut StatusBudget,
    ) -> Result<bool> {
        let Some(ours) = &self.name else { return Ok(true) };
        // What a relative name is relative to: cRLIssuer, which then has one directory name, or the issuer.
        let issuer = certificate.issuer();
        let base = match point.crl_issuer {
            Some(names) => names.iter().find_map(|name| match name {
                Ok(GeneralName::Directory(name)) => Some(name),
                _ => None,
            }),
            None => Some(issuer),
        };
        let theirs = point.name.or_else(|| point.crl_issuer.map(PointName::Full));
        let Some(theirs) = theirs else { return Ok(false) };
        for our in ours.names(Some(*crl_issuer), issuer) {
            for their in theirs.names(base, issuer) {
                if our.is_same(&their, budget)? {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }
}

/// Whether one of these is the directory name.
fn contain_name(names: &GeneralNames<'_>, name: &Name<'_>, budget: &mut StatusBudget) -> Result<bool> {
    for candidate in names.iter() {
        if let GeneralName::Directory(candidate) = candidate?
            && are_same(&candidate, name, budget)?
        {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether two names are equal: costs what it takes to find out.
fn are_same(a: &Name<'_>, b: &Name<'_>, budget: &mut StatusBudget) -> Result<bool> {
    let identical = a.is_identical(b);
    budget.compare(if identical { 1 } else { a.comparison_cost(b) })?;
    Ok(identical || a.matches(b))
}

/// `[number] BOOLEAN DEFAULT FALSE`.
fn read_flag(content: &mut Reader<'_>, number: u8) -> Result<bool> {
    let start = *content;
    match content.read_optional(tag::context(number))? {
        None => Ok(false),
        Some(value) => match value.rest() {
            [0xff] => Ok(true),
            [0x00] => Err(start.error(ErrorKind::EncodedDefault)),
            _ => Err(start.error(ErrorKind::InvalidBoolean)),
        },
    }
}

/// DistributionPointName.
#[derive(Clone, Copy, Debug)]
enum PointName<'a> {
    Full(GeneralNames<'a>),
    /// nameRelativeToCRLIssuer.
    Relative(Rdn<'a>),
    /// The name of the certificate's issuer, where no distribution point is given.
    Issuer,
}

/// One name of a distribution point.
enum FullName<'a> {
    /// A directory name, and the RDN that is added to it.
    Directory(Name<'a>, Option<Rdn<'a>>),
    Other(GeneralName<'a>),
}

impl<'a> PointName<'a> {
    /// `[0]` EXPLICIT, since it is a CHOICE.
    fn read_optional(content: &mut Reader<'a>) -> Result<Option<Self>> {
        let Some(mut choice) = content.read_optional(tag::context_constructed(0))? else { return Ok(None) };
        let start = choice;
        let name = if let Some(names) = choice.read_optional(tag::context_constructed(0))? {
            Self::Full(read_names(names)?)
        } else if let Some(rdn) = choice.read_optional(tag::context_constructed(1))? {
            Self::Relative(Rdn::read(rdn)?)
        } else {
            return Err(start.error(ErrorKind::UnexpectedTag));
        };
        choice.finish()?;
        Ok(Some(name))
    }

    /// The names, where a relative one is relative to `base`.
    fn names(
        &self,
        base: Option<Name<'a>>,
        issuer: Name<'a>,
    ) -> impl Iterator<Item = FullName<'a>> + use<'a> {
        let (names, single) = match *self {
            Self::Full(names) => (Some(names), None),
            Self::Relative(rdn) => (None, base.map(|base| FullName::Directory(base, Some(rdn)))),
            Self::Issuer => (None, Some(FullName::Directory(issuer, None))),
        };
        let names = names.into_iter().flat_map(|names| names.iter()).filter_map(|name| match name.ok()? {
            GeneralName::Directory(name) => Some(FullName::Directory(name, None)),
            name => Some(FullName::Other(name)),
        });
        names.chain(single)
    }
}

impl FullName<'_> {
    fn is_same(&self, other: &FullName<'_>, budget: &mut StatusBudget) -> Result<bool> {
        if let (Self::Directory(a, None), FullName::Directory(b, None)) = (self, other) {
            return are_same(a, b, budget);
        }
        budget.compare(self.cost())?;
        Ok(match (self, other) {
            (Self::Directory(a, last_of_a), FullName::Directory(b, last_of_b)) => {
                let mut others = b.rdns().chain(*last_of_b);
                a.rdns().chain(*last_of_a).all(|rdn| others.next().is_some_and(|other| rdn.matches(&other)))
                    && others.next().is_none()
            }
            (Self::Other(GeneralName::Uri(a)), FullName::Other(GeneralName::Uri(b)))
            | (Self::Other(GeneralName::Rfc822(a)), FullName::Other(GeneralName::Rfc822(b)))
            | (Self::Other(GeneralName::Dns(a)), FullName::Other(GeneralName::Dns(b)))
            | (Self::Other(GeneralName::Ip(a)), FullName::Other(GeneralName::Ip(b)))
            | (Self::Other(GeneralName::RegisteredId(a)), FullName::Other(GeneralName::RegisteredId(b)))
            | (Self::Other(GeneralName::Unread(a)), FullName::Other(GeneralName::Unread(b))) => a == b,
            _ => false,
        })
    }

    /// What the comparison with a name that is put together costs, or with one that is compared by its bytes.
    fn cost(&self) -> u32 {
        match self {
            Self::Directory(name, _) => name.spelling_cost(),
            Self::Other(_) => 1,
        }
    }
}

/// A distribution point of a certificate (RFC 5280 4.2.1.13).
#[derive(Clone, Copy, Debug)]
pub(super) struct DistributionPoint<'a> {
    name: Option<PointName<'a>>,
    reasons: Reasons,
    crl_issuer: Option<GeneralNames<'a>>,
}

impl<'a> DistributionPoint<'a> {
    /// What every certificate has besides those that it names: the CRLs of its issuer (6.3.3, last paragraph).
    pub(super) const IMPLICIT: DistributionPoint<'static> =
        DistributionPoint { name: Some(PointName::Issuer), reasons: Reasons::ALL, crl_issuer: None };

    fn read(list: &mut Reader<'a>) -> Result<Self> {
        let start = *list;
        let mut content = list.read(tag::SEQUENCE)?;
        let name = PointName::read_optional(&mut content)?;
        let reasons = match content.read_optional(tag::context(1))? {
            Some(reasons) => Reasons::read(reasons)?,
            None => Reasons::ALL,
        };
        let crl_issuer = content.read_optional(tag::context_constructed(2))?.map(read_names).transpose()?;
        content.finish()?;
        // 4.2.1.13: reasons alone are no distribution point.
        if name.is_none() && crl_issuer.is_none() {
            return Err(start.error(ErrorKind::MalformedExtension));
        }
        Ok(Self { name, reasons, crl_issuer })
    }

    /// Whether the point leads to CRLs of another issuer than the certificate's.
    pub(super) const fn is_indirect(&self) -> bool {
        self.crl_issuer.is_some()
    }
}

/// The distribution points of a certificate, and the implicit one at the end.
///
/// # Errors
/// A 1xx kind or [`ErrorKind::MalformedExtension`], of cRLDistributionPoints or freshestCRL.
pub(super) fn distribution_points<'a>(
    certificate: &Certificate<'a>,
) -> Result<impl Iterator<Item = DistributionPoint<'a>> + Clone + use<'a>> {
    let extensions = certificate.extensions();
    let mut points = Reader::EMPTY;
    // freshestCRL says where to find a delta CRL, and is well-formed or refused.
    for number in [46, 31] {
        points = Reader::EMPTY;
        let Some(extension) = extensions.find(number) else { continue };
        points = extension.sequence()?;
        if points.is_empty() {
            return Err(points.error(ErrorKind::EmptySequence));
        }
        let mut rest = points;
        while !rest.is_empty() {
            DistributionPoint::read(&mut rest)?;
        }
    }
    let named = core::iter::from_fn({
        let mut rest = points;
        move || DistributionPoint::read(&mut rest).ok()
    });
    // A closure is cloned with what it holds.
    Ok(named.chain(core::iter::once(DistributionPoint::IMPLICIT)))
}

fn read_names(content: Reader<'_>) -> Result<GeneralNames<'_>> {
    let names = GeneralNames::from_content(content)?;
    for name in names.iter() {
        name?;
    }
    Ok(names)
}
