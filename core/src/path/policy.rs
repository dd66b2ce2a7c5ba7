//! Certificate policies (RFC 5280 6.1, the policy steps), with the outcome of RFC 9618's policy graph.
//!
//! The graph itself is not kept. All that later certificates can ask of it is which policies may stand in
//! them, and all that the verdict asks is where those come from: each begins with a *domain policy*, one that
//! a certificate named below anyPolicy. So the state is a list of policies and, for each, the set of the domain
//! policies that it descends from. Neither can grow beyond [`MAX_POLICIES`], whatever the certificates map.

use crate::certificate::{Certificate, Extensions};
use crate::der::{Reader, oid, small_unsigned, tag};
use crate::error::{Error, ErrorKind, Result};
use crate::limits::MAX_POLICIES;
use heapless::Vec;

/// What the caller asks of the policies of a path (RFC 5280 6.1.1 (c), (e), (f), (g)). The default asks nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct PolicyInputs<'a> {
    /// user-initial-policy-set: the policies that will do, as contents of OBJECT IDENTIFIERs; `None` is
    /// any-policy.
    pub user_initial_policy_set: Option<&'a [&'a [u8]]>,
    /// initial-explicit-policy: the path must be valid for one of them.
    pub initial_explicit_policy: bool,
    /// initial-policy-mapping-inhibit: no policy stands for another.
    pub initial_policy_mapping_inhibit: bool,
    /// initial-any-policy-inhibit: anyPolicy stands for nothing but itself.
    pub initial_any_policy_inhibit: bool,
}

/// The policies that a verified path is valid for.
#[derive(Clone, Debug, Default)]
pub struct ValidPolicies<'p> {
    authority: Vec<&'p [u8], MAX_POLICIES>,
    any: bool,
    user: Option<&'p [&'p [u8]]>,
}

impl<'p> ValidPolicies<'p> {
    /// authorities-constrained-policy-set: what the CAs say, in the policies of the first of them, as contents
    /// of OBJECT IDENTIFIERs. anyPolicy is said by [`is_any`](Self::is_any).
    #[must_use]
    pub fn authority_constrained(&self) -> &[&'p [u8]] {
        &self.authority
    }

    /// Whether the CAs say anyPolicy.
    #[must_use]
    pub const fn is_any(&self) -> bool {
        self.any
    }

    /// user-constrained-policy-set: those of them that the caller asked for.
    pub fn user_constrained(&self) -> impl Iterator<Item = &'p [u8]> + '_ {
        let (asked, all) = match self.user {
            Some(asked) => (asked, &[][..]),
            None => (&[][..], &self.authority[..]),
        };
        let said = |policy: &&'p [u8]| self.any || self.authority.contains(policy);
        asked.iter().copied().filter(said).chain(all.iter().copied())
    }

    /// Whether any policy is left once the caller's wishes are looked at.
    fn is_empty(&self) -> bool {
        self.user_constrained().next().is_none() && !(self.any && self.user.is_none())
    }
}

/// Requires that the extensions about policies are well-formed, needed or not.
pub(super) fn require_well_formed(extensions: &Extensions<'_>) -> Result<()> {
    if extensions.have_policies() { PolicyExtensions::read(extensions).map(|_| ()) } else { Ok(()) }
}

/// What can come of policies: whether a path can be refused for want of one.
pub(super) fn can_be_required<'p>(
    inputs: &PolicyInputs<'_>,
    extensions: impl IntoIterator<Item = &'p Extensions<'p>>,
) -> bool {
    inputs.initial_explicit_policy || extensions.into_iter().any(Extensions::constrain_policies)
}

/// The policies of RFC 5280 6.1.2 to 6.1.5, from the anchor to the leaf. `above` are the extensions of the anchor's
/// certificates, if they count; `is_self_issued` is asked only where that counts.
pub(super) fn valid_policies<'p>(
    certificates: &[&'p Certificate<'p>],
    above: impl Iterator<Item = &'p Extensions<'p>>,
    inputs: &PolicyInputs<'p>,
    mut is_self_issued: impl FnMut(&Certificate<'p>) -> Result<bool>,
) -> Result<ValidPolicies<'p>> {
    let mut state = PolicyState::init(inputs);
    for anchor in above {
        // The anchor stands above the path.
        let depth = u8::try_from(certificates.len()).unwrap_or(u8::MAX);
        let begun = PolicyExtensions::read(anchor).and_then(|anchor| state.begin_with(&anchor));
        begun.map_err(|error| error.with_depth(depth))?;
    }
    let mut leaf = PolicyExtensions::default();
    for (index, certificate) in certificates.iter().enumerate().rev() {
        let depth = u8::try_from(index).unwrap_or(u8::MAX);
        let mut process = || {
            let extensions = PolicyExtensions::read(certificate.extensions())?;
            state.certificate(&extensions, index == 0, || is_self_issued(certificate))?;
            if index == 0 {
                leaf = extensions;
                return Ok(());
            }
            state.prepare_for_next(&extensions, || is_self_issued(certificate))
        };
        process().map_err(|error: Error| error.with_depth(depth))?;
    }
    state.wrap_up(&leaf)
}

/// The extensions about policies in one certificate, well-formed.
#[derive(Clone, Copy, Debug, Default)]
struct PolicyExtensions<'p> {
    /// The contents of certificatePolicies.
    policies: Option<Reader<'p>>,
    /// The contents of policyMappings.
    mappings: Option<Reader<'p>>,
    require_explicit_policy: Option<u32>,
    inhibit_policy_mapping: Option<u32>,
    inhibit_any_policy: Option<u32>,
}

impl<'p> PolicyExtensions<'p> {
    /// Reads certificatePolicies, policyMappings, policyConstraints and inhibitAnyPolicy (RFC 5280 4.2.1.4,
    /// 4.2.1.5, 4.2.1.11, 4.2.1.14).
    fn read(extensions: &Extensions<'p>) -> Result<Self> {
        let mut read = Self::default();
        if let Some(extension) = extensions.find(32) {
            let list = extension.sequence()?;
            require_policies(list, extension.critical)?;
            read.policies = Some(list);
        }
        if let Some(extension) = extensions.find(33) {
            let list = extension.sequence()?;
            require_mappings(list)?;
            read.mappings = Some(list);
        }
        if let Some(extension) = extensions.find(36) {
            let mut content = extension.sequence()?;
            if content.is_empty() {
                return Err(content.error(ErrorKind::EmptySequence));
            }
            read.require_explicit_policy =
                content.read_optional(tag::context(0))?.map(skip_certs).transpose()?;
            read.inhibit_policy_mapping =
                content.read_optional(tag::context(1))?.map(skip_certs).transpose()?;
            content.finish()?;
        }
        if let Some(extension) = extensions.find(54) {
            let mut value = extension.reader();
            read.inhibit_any_policy = Some(skip_certs(value.read(tag::INTEGER)?)?);
            value.finish()?;
        }
        Ok(read)
    }
}

/// SkipCerts ::= INTEGER (0..MAX); what is beyond `u32` is as good as no limit.
fn skip_certs(content: Reader<'_>) -> Result<u32> {
    crate::der::require_minimal_integer(content)?;
    match content.rest() {
        [0x80..=0xff, ..] => Err(content.error(ErrorKind::MalformedExtension)),
        number => Ok(small_unsigned(number).unwrap_or(u32::MAX)),
    }
}

/// The policies of certificatePolicies, once they were read without an error; qualifiers are read over.
fn policies(mut list: Reader<'_>) -> impl Iterator<Item = &[u8]> {
    core::iter::from_fn(move || read_policy(&mut list, false).ok())
}

/// A critical extension must be understood with its qualifiers (RFC 5280 4.2.1.4): the two that exist are.
fn read_policy<'p>(list: &mut Reader<'p>, is_critical: bool) -> Result<&'p [u8]> {
    let mut information = list.read(tag::SEQUENCE)?;
    let policy = information.read_oid()?.rest();
    if let Some(mut qualifiers) = information.read_optional(tag::SEQUENCE)? {
        if qualifiers.is_empty() {
            return Err(qualifiers.error(ErrorKind::EmptySequence));
        }
        while !qualifiers.is_empty() {
            let mut qualifier = qualifiers.read(tag::SEQUENCE)?;
            let id = qualifier.read_oid()?;
            if is_critical && !matches!(id.rest(), oid::CPS | oid::USER_NOTICE) {
                return Err(id.error(ErrorKind::UnknownCriticalExtension));
            }
            qualifier.read_any()?;
            qualifier.finish()?;
        }
    }
    information.finish()?;
    Ok(policy)
}

fn require_policies(list: Reader<'_>, is_critical: bool) -> Result<()> {
    if list.is_empty() {
        return Err(list.error(ErrorKind::EmptySequence));
    }
    let (mut rest, mut count) = (list, 0_usize);
    while !rest.is_empty() {
        let start = rest;
        let policy = read_policy(&mut rest, is_critical)?;
        if count >= MAX_POLICIES {
            return Err(start.error(ErrorKind::TooManyPolicies));
        }
        if policies(list).take(count).any(|earlier| earlier == policy) {
            return Err(start.error(ErrorKind::DuplicatePolicy));
        }
        count = count.saturating_add(1);
    }
    Ok(())
}

/// One pair of policyMappings.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Mapping<'p> {
    issuer_domain_policy: &'p [u8],
    subject_domain_policy: &'p [u8],
}

fn mappings(mut list: Reader<'_>) -> impl Iterator<Item = Mapping<'_>> {
    core::iter::from_fn(move || read_mapping(&mut list).ok())
}

fn read_mapping<'p>(list: &mut Reader<'p>) -> Result<Mapping<'p>> {
    let mut pair = list.read(tag::SEQUENCE)?;
    let issuer_domain_policy = pair.read_oid()?.rest();
    let subject_domain_policy = pair.read_oid()?.rest();
    pair.finish()?;
    Ok(Mapping { issuer_domain_policy, subject_domain_policy })
}

fn require_mappings(list: Reader<'_>) -> Result<()> {
    if list.is_empty() {
        return Err(list.error(ErrorKind::EmptySequence));
    }
    let (mut rest, mut count) = (list, 0_usize);
    while !rest.is_empty() {
        let start = rest;
        let mapping = read_mapping(&mut rest)?;
        if count >= MAX_POLICIES {
            return Err(start.error(ErrorKind::TooManyPolicies));
        }
        // 6.1.4 (a)
        if mapping.issuer_domain_policy == oid::ANY_POLICY || mapping.subject_domain_policy == oid::ANY_POLICY
        {
            return Err(start.error(ErrorKind::AnyPolicyMapped));
        }
        count = count.saturating_add(1);
    }
    Ok(())
}

/// Policies that may stand in a certificate, each with the domain policies that it descends from: bits that
/// number [`PolicyState::domain_policies`].
#[derive(Default)]
struct Level<'p>(Vec<(&'p [u8], u64), MAX_POLICIES>);

// A bit for each domain policy.
const _: () = assert!(MAX_POLICIES == 64);

impl<'p> Level<'p> {
    fn find(&self, policy: &[u8]) -> Option<u64> {
        self.0.iter().find(|(present, _)| *present == policy).map(|(_, domains)| *domains)
    }

    fn add(&mut self, policy: &'p [u8], domains: u64) -> Result<()> {
        match self.0.iter_mut().find(|(present, _)| *present == policy) {
            Some((_, present)) => *present |= domains,
            None => self.0.push((policy, domains)).map_err(|_| ErrorKind::TooManyPolicies)?,
        }
        Ok(())
    }
}

/// A count of certificates until something holds; `FOREVER` is RFC 5280's n + 1.
const FOREVER: u32 = u32::MAX;

/// The policy variables of RFC 5280 6.1.2.
struct PolicyState<'p> {
    user: Option<&'p [&'p [u8]]>,
    explicit_policy: u32,
    policy_mapping: u32,
    inhibit_any_policy: u32,
    /// The policies of the last certificate, or those it lets stand in the next.
    level: Level<'p>,
    /// Whether anyPolicy is among them.
    any: bool,
    domain_policies: Vec<&'p [u8], MAX_POLICIES>,
}

impl<'p> PolicyState<'p> {
    /// 6.1.2 (a), (d) to (f)
    fn init(inputs: &PolicyInputs<'p>) -> Self {
        let after = |now: bool| if now { 0 } else { FOREVER };
        Self {
            user: inputs.user_initial_policy_set,
            explicit_policy: after(inputs.initial_explicit_policy),
            policy_mapping: after(inputs.initial_policy_mapping_inhibit),
            inhibit_any_policy: after(inputs.initial_any_policy_inhibit),
            level: Level::default(),
            any: true,
            domain_policies: Vec::new(),
        }
    }

    /// Begins with the policies and the constraints of the trust anchor's certificate (RFC 5937 section 3): what
    /// it does not name, nothing below it is valid for.
    fn begin_with(&mut self, anchor: &PolicyExtensions<'p>) -> Result<()> {
        if let Some(list) = anchor.policies {
            self.take(list, true)?;
        }
        self.prepare_for_next(anchor, || Ok(true))
    }

    /// 6.1.3 (d) to (f)
    fn certificate(
        &mut self,
        certificate: &PolicyExtensions<'p>,
        is_last: bool,
        is_self_issued: impl FnOnce() -> Result<bool>,
    ) -> Result<()> {
        match certificate.policies {
            // (d)
            Some(list) => {
                let any_counts = self.inhibit_any_policy > 0 || !is_last && is_self_issued()?;
                self.take(list, any_counts)?;
            }
            // (e)
            None => {
                self.level.0.clear();
                self.any = false;
            }
        }
        // (f)
        if self.explicit_policy == 0 && self.level.0.is_empty() && !self.any {
            return Err(ErrorKind::PolicyRequired.into());
        }
        Ok(())
    }

    /// 6.1.3 (d): of what may stand here, what does.
    fn take(&mut self, list: Reader<'p>, any_counts: bool) -> Result<()> {
        let mut level = Level::default();
        let mut any = false;
        for policy in policies(list) {
            if policy == oid::ANY_POLICY {
                any = any_counts;
            } else if let Some(domains) = self.level.find(policy) {
                // (1) (i)
                level.add(policy, domains)?;
            } else if self.any {
                // (1) (ii)
                level.add(policy, self.domain(policy)?)?;
            }
        }
        if any {
            // (2)
            for &(policy, domains) in &self.level.0 {
                if level.find(policy).is_none() {
                    level.add(policy, domains)?;
                }
            }
        }
        self.any &= any;
        // (3) What has no child is gone: nothing in the level descends from it.
        self.level = level;
        Ok(())
    }

    /// The bit of a domain policy.
    fn domain(&mut self, policy: &'p [u8]) -> Result<u64> {
        let at = match self.domain_policies.iter().position(|present| *present == policy) {
            Some(at) => at,
            None => {
                self.domain_policies.push(policy).map_err(|_| ErrorKind::TooManyPolicies)?;
                self.domain_policies.len().saturating_sub(1)
            }
        };
        Ok(u32::try_from(at).ok().and_then(|at| 1_u64.checked_shl(at)).unwrap_or(0))
    }

    /// 6.1.4 (b), (h) to (j)
    fn prepare_for_next(
        &mut self,
        certificate: &PolicyExtensions<'p>,
        is_self_issued: impl FnOnce() -> Result<bool>,
    ) -> Result<()> {
        // (b)
        if let Some(list) = certificate.mappings {
            self.map(list)?;
        }
        // (h)
        let counts = |count: u32| count != 0 && count != FOREVER;
        if (counts(self.explicit_policy) || counts(self.policy_mapping) || counts(self.inhibit_any_policy))
            && !is_self_issued()?
        {
            for count in [&mut self.explicit_policy, &mut self.policy_mapping, &mut self.inhibit_any_policy] {
                if counts(*count) {
                    *count = count.saturating_sub(1);
                }
            }
        }
        self.constrain(certificate);
        Ok(())
    }

    /// 6.1.4 (i), (j)
    fn constrain(&mut self, certificate: &PolicyExtensions<'p>) {
        let at_most =
            |count: &mut u32, limit: Option<u32>| *count = limit.map_or(*count, |limit| limit.min(*count));
        at_most(&mut self.explicit_policy, certificate.require_explicit_policy);
        at_most(&mut self.policy_mapping, certificate.inhibit_policy_mapping);
        at_most(&mut self.inhibit_any_policy, certificate.inhibit_any_policy);
    }

    /// 6.1.4 (b)
    fn map(&mut self, list: Reader<'p>) -> Result<()> {
        let mut next = Level::default();
        for &(policy, domains) in &self.level.0 {
            let mut mapped = false;
            for mapping in mappings(list).filter(|mapping| mapping.issuer_domain_policy == policy) {
                mapped = true;
                if self.policy_mapping > 0 {
                    next.add(mapping.subject_domain_policy, domains)?;
                }
            }
            if !mapped {
                next.add(policy, domains)?;
            }
        }
        if self.any && self.policy_mapping > 0 {
            for mapping in mappings(list) {
                if self.level.find(mapping.issuer_domain_policy).is_none() {
                    let domain = self.domain(mapping.issuer_domain_policy)?;
                    next.add(mapping.subject_domain_policy, domain)?;
                }
            }
        }
        self.level = next;
        Ok(())
    }

    /// 6.1.5 (a), (b), (g)
    fn wrap_up(self, leaf: &PolicyExtensions<'p>) -> Result<ValidPolicies<'p>> {
        // (a)
        let left =
            if self.explicit_policy == FOREVER { FOREVER } else { self.explicit_policy.saturating_sub(1) };
        // (b)
        let left = if leaf.require_explicit_policy == Some(0) { 0 } else { left };
        // (g)
        let reached = self.level.0.iter().fold(0, |all, (_, domains)| all | domains);
        let mut valid = ValidPolicies { authority: Vec::new(), any: self.any, user: self.user };
        for (at, policy) in (0_u32..).zip(&self.domain_policies) {
            if reached.checked_shr(at).is_some_and(|bits| bits & 1 != 0) {
                // There is room: both have the same capacity.
                let _ = valid.authority.push(policy);
            }
        }
        if left == 0 && valid.is_empty() {
            return Err(ErrorKind::PolicyRequired.into());
        }
        Ok(valid)
    }
}
