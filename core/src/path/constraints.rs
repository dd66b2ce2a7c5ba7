//! Name constraints (RFC 5280 4.2.1.10; 6.1.3 (b), (c); 6.1.4 (g)): each name of a path against the constraints
//! of every CA above it, which is the same as against their intersection and needs no memory.
//!
//! Constraints on e-mail hold for rfc822Name, for SmtpUTF8Mailbox (RFC 9598 section 6) and for emailAddress in
//! the subject. What cannot be compared is refused wherever a constraint of its form stands, critical or not:
//! registeredID, x400Address, ediPartyName, other kinds of otherName, a URI without a host name. An exclusion
//! does not look at the case of local parts, nor at a dot at the end of a domain; a permission does.

use crate::certificate::{Certificate, Extensions, GeneralName, Name, NameMatch};
use crate::der::{Reader, oid, tag};
use crate::error::{ErrorKind, Result};

/// Requires that every name of the path is permitted by all CAs above it. `certificates` begin with the leaf;
/// `above` are the extensions of the anchor's certificates, if they count. Each comparison is taken from `left`.
pub(super) fn require_permitted_names<'a>(
    certificates: &[&Certificate<'_>],
    above: impl Iterator<Item = &'a Extensions<'a>>,
    left: &mut u32,
) -> Result<()> {
    for anchor in above {
        require_permitted_below(anchor, certificates, left)?;
    }
    let mut rest = certificates;
    while let Some((issuer, below)) = rest.split_last() {
        require_permitted_below(issuer.extensions(), below, left)?;
        rest = below;
    }
    Ok(())
}

/// Requires that the constraints of one issuer permit the names of all `below` it.
fn require_permitted_below(
    issuer: &Extensions<'_>,
    below: &[&Certificate<'_>],
    left: &mut u32,
) -> Result<()> {
    // The issuer stands above them.
    let depth = u8::try_from(below.len()).unwrap_or(u8::MAX);
    let read = NameConstraints::read(issuer, left).map_err(|error| error.with_depth(depth))?;
    let Some(constraints) = read else { return Ok(()) };
    constraints.require_permitted(below, left).map_err(|error| match error.kind {
        // What is wrong stands in the constraint, not in the name that met it.
        ErrorKind::MalformedNameConstraints => error.with_depth(depth),
        _ => error,
    })
}

fn spend(left: &mut u32, cost: u32) -> Result<()> {
    *left = left.checked_sub(cost).ok_or(ErrorKind::ConstraintBudgetExhausted)?;
    Ok(())
}

/// nameConstraints: subtrees of names.
#[derive(Clone, Copy)]
struct NameConstraints<'a> {
    permitted: Reader<'a>,
    excluded: Reader<'a>,
    /// How many subtrees there are.
    count: u32,
}

/// On which side of nameConstraints a subtree stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Permitted,
    Excluded,
}

impl<'a> NameConstraints<'a> {
    /// Reads the extension and every subtree in it, needed or not.
    fn read(extensions: &Extensions<'a>, left: &mut u32) -> Result<Option<Self>> {
        let Some(extension) = extensions.find(30) else { return Ok(None) };
        let mut content = extension.sequence()?;
        if content.is_empty() {
            return Err(content.error(ErrorKind::MalformedNameConstraints));
        }
        let mut subtrees = |number| match content.read_optional(tag::context_constructed(number))? {
            Some(list) if list.is_empty() => Err(list.error(ErrorKind::EmptySequence)),
            list => Ok(list.unwrap_or(Reader::EMPTY)),
        };
        let mut constraints = Self { permitted: subtrees(0)?, excluded: subtrees(1)?, count: 0 };
        content.finish()?;
        for mut list in [constraints.permitted, constraints.excluded] {
            while !list.is_empty() {
                spend(left, 1)?;
                Subtree::read(&mut list)?;
                constraints.count = constraints.count.saturating_add(1);
            }
        }
        Ok(Some(constraints))
    }

    /// Requires the names of all certificates below: of a self-issued one only if it is the leaf.
    fn require_permitted(&self, below: &[&Certificate<'_>], left: &mut u32) -> Result<()> {
        for (depth, certificate) in (0_u8..).zip(below) {
            if depth > 0 {
                spend(left, cost(certificate.subject()))?;
                if certificate.is_self_issued() {
                    continue;
                }
            }
            self.require_names(certificate, left).map_err(|error| error.with_depth(depth))?;
        }
        Ok(())
    }

    fn require_names(&self, certificate: &Certificate<'_>, left: &mut u32) -> Result<()> {
        let subject = certificate.subject();
        let mut require = |name: ConstrainedName<'_>, place: &[u8]| {
            self.require(name, left).map_err(|error| match error.kind {
                ErrorKind::NameNotPermitted
                | ErrorKind::NameExcluded
                | ErrorKind::UnsupportedNameConstraint => certificate.error_at(error.kind, place),
                _ => error,
            })
        };
        if !subject.is_empty() {
            require(ConstrainedName::Directory(subject), subject.der())?;
        }
        for attribute in subject.attributes().filter(|attribute| attribute.oid == oid::EMAIL_ADDRESS) {
            // In a string type that is none of ASCII there is no address to compare.
            require(ConstrainedName::Mailbox(attribute.ascii_bytes().unwrap_or(&[])), attribute.value())?;
        }
        let Some(names) = certificate.extensions().subject_alt_name()? else { return Ok(()) };
        for name in names.iter() {
            let name = name?;
            require(ConstrainedName::of(name), ConstrainedName::place(&name))?;
        }
        Ok(())
    }

    /// 6.1.3 (b), (c): one name. It is charged for every subtree beforehand, so that the order of neither decides
    /// whether the budget suffices.
    fn require(&self, name: ConstrainedName<'_>, left: &mut u32) -> Result<()> {
        spend(left, self.count)?;
        let (mut constrained, mut permitted) = (false, false);
        let mut list = self.permitted;
        while !list.is_empty() && !permitted {
            let base = Subtree::read(&mut list)?;
            if let Some(matches) = name.is_within(&base, Side::Permitted, left)? {
                constrained = true;
                permitted = matches;
            }
        }
        if constrained && !permitted {
            return Err(ErrorKind::NameNotPermitted.into());
        }
        let mut list = self.excluded;
        while !list.is_empty() {
            let base = Subtree::read(&mut list)?;
            if name.is_within(&base, Side::Excluded, left)? == Some(true) {
                return Err(ErrorKind::NameExcluded.into());
            }
        }
        Ok(())
    }
}

/// A GeneralSubtree.
struct Subtree<'a> {
    base: GeneralName<'a>,
    start: Reader<'a>,
}

impl<'a> Subtree<'a> {
    fn read(list: &mut Reader<'a>) -> Result<Self> {
        let mut content = list.read(tag::SEQUENCE)?;
        let start = content;
        let base = GeneralName::read(&mut content)?;
        // minimum is 0 by DEFAULT and therefore absent; maximum must be (RFC 5280 4.2.1.10).
        if !content.is_empty() {
            return Err(start.error(ErrorKind::MalformedNameConstraints));
        }
        Ok(Self { base, start })
    }
}

/// Whether a name is a constraint of its form.
fn is_base(base: &GeneralName<'_>) -> bool {
    match base {
        GeneralName::Rfc822(base) => match split_mailbox(base) {
            Some((_, domain)) => base.is_ascii() && is_domain(domain),
            None => is_domain(base.strip_prefix(b".").unwrap_or(base)),
        },
        // The empty one is the root: every name is below it.
        GeneralName::Dns(base) => base.is_empty() || is_domain(base.strip_prefix(b".").unwrap_or(base)),
        GeneralName::Uri(base) => is_domain(base.strip_prefix(b".").unwrap_or(base)),
        GeneralName::Ip(base) => match base.len() {
            8 => is_prefix_mask(base.split_at_checked(4)),
            32 => is_prefix_mask(base.split_at_checked(16)),
            _ => false,
        },
        _ => true,
    }
}

/// Labels of ASCII letters, digits, hyphens and underscores, none of them empty.
fn is_domain(domain: &[u8]) -> bool {
    let is_letter = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    domain.split(|&byte| byte == b'.').all(|label| !label.is_empty() && label.iter().all(is_letter))
}

/// Whether the second half is a mask in the style of RFC 4632: ones, then zeros.
fn is_prefix_mask(halves: Option<(&[u8], &[u8])>) -> bool {
    halves.is_some_and(|(_, mask)| {
        let mut rest = mask.iter().skip_while(|&&byte| byte == 0xff);
        let first = rest.next().copied().unwrap_or(0);
        first.leading_ones().saturating_add(first.trailing_zeros()) == 8 && rest.all(|&byte| byte == 0)
    })
}

/// A name as constraints see it.
#[derive(Clone, Copy)]
enum ConstrainedName<'a> {
    Directory(Name<'a>),
    /// An e-mail address in the subject or an rfc822Name.
    Mailbox(&'a [u8]),
    /// The address of a SmtpUTF8Mailbox.
    Utf8Mailbox(&'a [u8]),
    General(GeneralName<'a>),
}

impl<'a> ConstrainedName<'a> {
    fn of(name: GeneralName<'a>) -> Self {
        match name {
            GeneralName::Directory(name) => Self::Directory(name),
            GeneralName::Rfc822(mailbox) => Self::Mailbox(mailbox),
            GeneralName::Other { type_id: oid::SMTP_UTF8_MAILBOX, value } => {
                // UTF8String; anything else is no address, and fits no constraint.
                let mailbox = Reader::new(value).and_then(|mut value| value.read(tag::UTF8_STRING));
                Self::Utf8Mailbox(mailbox.map_or(&[], |mailbox| mailbox.rest()))
            }
            name => Self::General(name),
        }
    }

    /// The bytes of a name, to say where it stands.
    fn place(name: &GeneralName<'a>) -> &'a [u8] {
        match name {
            GeneralName::Directory(name) => name.der(),
            GeneralName::Other { value: bytes, .. }
            | GeneralName::Rfc822(bytes)
            | GeneralName::Dns(bytes)
            | GeneralName::Uri(bytes)
            | GeneralName::Ip(bytes)
            | GeneralName::RegisteredId(bytes)
            | GeneralName::Unread(bytes) => bytes,
        }
    }

    /// Whether the name lies within the subtree; `None` if they are of different forms. A base that is no
    /// constraint of its form is an error where a name of that form meets it.
    fn is_within(&self, subtree: &Subtree<'_>, side: Side, left: &mut u32) -> Result<Option<bool>> {
        let base = subtree.base;
        let within = match (self, base) {
            (Self::Directory(name), GeneralName::Directory(base)) => {
                spend(left, cost(base))?;
                match name.is_below(&base) {
                    NameMatch::Yes => true,
                    NameMatch::No => false,
                    // Too long to be compared: neither permitted nor known to be outside.
                    NameMatch::Unknown => side == Side::Excluded,
                }
            }
            (Self::Mailbox(mailbox) | Self::Utf8Mailbox(mailbox), GeneralName::Rfc822(base)) => {
                match (split_mailbox(mailbox), split_mailbox(base)) {
                    // RFC 9598 6 compares the domains alone; of what is permitted, RFC 5280 asks for more.
                    (Some((_, domain)), Some((_, base)))
                        if side == Side::Excluded && matches!(self, Self::Utf8Mailbox(_)) =>
                    {
                        is_host_within(domain, base, side)
                    }
                    (Some((local, domain)), _) => is_mailbox_within(local, domain, base, side),
                    (None, _) => return Err(ErrorKind::NameNotPermitted.into()),
                }
            }
            // RFC 9598 6: it is constrained as an rfc822Name; a constraint of its own form is not compared.
            (Self::Utf8Mailbox(_), GeneralName::Other { type_id: oid::SMTP_UTF8_MAILBOX, .. }) => {
                return Err(ErrorKind::UnsupportedNameConstraint.into());
            }
            (Self::General(GeneralName::Dns(name)), GeneralName::Dns(base)) => {
                is_dns_within(name, base, side)
            }
            (Self::General(GeneralName::Uri(uri)), GeneralName::Uri(base)) => match host_of(uri) {
                Some(host) => is_host_within(host, base, side),
                None => return Err(ErrorKind::NameNotPermitted.into()),
            },
            (Self::General(GeneralName::Ip(address)), GeneralName::Ip(base)) => {
                is_address_within(address, base)
            }
            (Self::General(name), base) if is_unsupported(name, &base) => {
                return Err(ErrorKind::UnsupportedNameConstraint.into());
            }
            _ => return Ok(None),
        };
        if is_base(&base) {
            Ok(Some(within))
        } else {
            Err(subtree.start.error(ErrorKind::MalformedNameConstraints))
        }
    }
}

/// What the comparison of a directory name costs: four, and one for every 64 bytes.
fn cost(name: Name<'_>) -> u32 {
    u32::try_from(name.der().len() >> 6).map_or(u32::MAX, |steps| steps.saturating_add(4))
}

/// Whether both are of the same form, and the form is one that is not compared.
fn is_unsupported(name: &GeneralName<'_>, base: &GeneralName<'_>) -> bool {
    match (name, base) {
        (GeneralName::Other { type_id: a, .. }, GeneralName::Other { type_id: b, .. }) => a == b,
        (GeneralName::Unread(a), GeneralName::Unread(b)) => a.first() == b.first(),
        (GeneralName::RegisteredId(_), GeneralName::RegisteredId(_)) => true,
        _ => false,
    }
}

/// Local part and domain, parted at the last @; `None` if it is no mailbox. A quoted local part may hold another
/// @, and is judged by what follows it.
fn split_mailbox(mailbox: &[u8]) -> Option<(&[u8], &[u8])> {
    let at = mailbox.iter().rposition(|&byte| byte == b'@')?;
    let (local, domain) = mailbox.split_at_checked(at)?;
    let domain = domain.get(1..)?;
    let is_quoted = matches!(local, [b'"', .., b'"']);
    let is_mailbox = !local.is_empty() && !domain.is_empty() && (is_quoted || !local.contains(&b'@'));
    is_mailbox.then_some((local, domain))
}

fn is_mailbox_within(local: &[u8], domain: &[u8], base: &[u8], side: Side) -> bool {
    let Some((base_local, base_domain)) = split_mailbox(base) else {
        return is_host_within(domain, base, side);
    };
    let same_local = match side {
        Side::Permitted => local == base_local,
        Side::Excluded => local.eq_ignore_ascii_case(base_local),
    };
    same_local && domain_on(side, domain).eq_ignore_ascii_case(base_domain)
}

/// A host by itself, or with a dot in front every host below it.
fn is_host_within(host: &[u8], base: &[u8], side: Side) -> bool {
    let host = domain_on(side, host);
    match base {
        [b'.', ..] => is_below(host, base),
        _ => host.eq_ignore_ascii_case(base),
    }
}

/// dNSName: the base and everything below it; with a dot in front only what is below.
fn is_dns_within(name: &[u8], base: &[u8], side: Side) -> bool {
    let name = domain_on(side, name);
    let domain = base.strip_prefix(b".").unwrap_or(base);
    if side == Side::Excluded
        && let Some(rest) = name.strip_prefix(b"*")
        && let Some(label) = domain.len().checked_sub(rest.len()).and_then(|at| domain.split_at_checked(at))
        && label.1.eq_ignore_ascii_case(rest)
        && !label.0.contains(&b'.')
    {
        // A wildcard that would serve the excluded name.
        return true;
    }
    base.is_empty()
        || (domain == base || side == Side::Excluded) && name.eq_ignore_ascii_case(base)
        || name.len() > domain.len() && is_below(name, base) && ends_in_label(name, domain)
}

/// Whether `host` ends with `suffix`, and more stands before it.
fn is_below(host: &[u8], suffix: &[u8]) -> bool {
    let parts = host.len().checked_sub(suffix.len()).and_then(|at| host.split_at_checked(at));
    parts.is_some_and(|(front, tail)| !front.is_empty() && tail.eq_ignore_ascii_case(suffix))
}

/// Whether a dot stands before the last `domain.len()` bytes of `name`.
fn ends_in_label(name: &[u8], domain: &[u8]) -> bool {
    let dot = name.len().checked_sub(domain.len()).and_then(|at| at.checked_sub(1));
    dot.and_then(|at| name.get(at)) == Some(&b'.')
}

/// A domain as it is compared: an exclusion is not escaped by the dot of an absolute name.
fn domain_on(side: Side, domain: &[u8]) -> &[u8] {
    match side {
        Side::Permitted => domain,
        Side::Excluded => domain.strip_suffix(b".").unwrap_or(domain),
    }
}

/// The host name of a URI (RFC 3986 3.2); `None` if it has none, or an address instead.
fn host_of(uri: &[u8]) -> Option<&[u8]> {
    let colon = uri.iter().position(|&byte| byte == b':')?;
    let rest = uri.get(colon..)?.strip_prefix(b"://")?;
    let authority = rest.split(|byte| matches!(byte, b'/' | b'?' | b'#')).next()?;
    let host = authority.rsplit(|&byte| byte == b'@').next()?;
    let host = host.split(|&byte| byte == b':').next()?;
    let last = host.strip_suffix(b".").unwrap_or(host).rsplit(|&byte| byte == b'.').next()?;
    // A last label of digits is that of an IPv4 address; a bracket is no letter of a domain.
    let is_name = is_domain(host.strip_suffix(b".").unwrap_or(host)) && !last.iter().all(u8::is_ascii_digit);
    is_name.then_some(host)
}

/// An address under a network with its mask. Of the other family it is outside.
fn is_address_within(address: &[u8], base: &[u8]) -> bool {
    let Some((network, mask)) = base.split_at_checked(address.len()) else { return false };
    mask.len() == network.len()
        && address
            .iter()
            .zip(network)
            .zip(mask)
            .all(|((address, network), mask)| (address ^ network) & mask == 0)
}
