//! Certificate policies (RFC 5280 6.1, RFC 9618): what a path is valid for, and when it must be for something.

use crate::common::{NOW, Refusal, Setup, refusal};
use cba_core::ErrorKind;
use cba_core::path::{AnchorConstraints, PolicyInputs, Workspace};
use std::time::{Duration, Instant};
use test_pki::{Authority, CertificateBuilder, Key, der, oid};

const ANY: &str = oid::ANY_POLICY;
const A: &str = "1.2.3.1";
const B: &str = "1.2.3.2";
const C: &str = "1.2.3.3";
const D: &str = "1.2.3.4";

/// A path below a root, from the root downwards; the last is the leaf.
struct Chain {
    root: Authority,
    cas: Vec<Authority>,
}

type Change = fn(CertificateBuilder) -> CertificateBuilder;

/// What a path is valid for: whether any policy, the authority- and the user-constrained set.
type Valid = (bool, Vec<String>, Vec<String>);

impl Chain {
    fn new() -> Self {
        Self { root: Authority::root("Root", Key::p256(1)), cas: Vec::new() }
    }

    fn top(&self) -> &Authority {
        self.cas.last().unwrap_or(&self.root)
    }

    fn ca(self, change: impl FnOnce(CertificateBuilder) -> CertificateBuilder) -> Self {
        let number = self.cas.len() as u64;
        let name = format!("CA {number}");
        self.ca_named(&name, change)
    }

    fn ca_named(mut self, name: &str, change: impl FnOnce(CertificateBuilder) -> CertificateBuilder) -> Self {
        let ca = self.top().issue_ca(name, Key::p256(10 + self.cas.len() as u64));
        self.cas.push(change(ca).build_authority());
        self
    }

    fn setup(&self, inputs: PolicyInputs<'static>) -> Setup {
        let cas: Vec<_> = self.cas.iter().collect();
        Setup::new(&[&self.root]).presenting(&cas).with(|setup| {
            setup.options.policies = inputs;
            setup.options.anchor_constraints = AnchorConstraints::Enforce;
            setup.time = NOW;
        })
    }

    fn leaf(
        &self,
        inputs: PolicyInputs<'static>,
        change: impl FnOnce(CertificateBuilder) -> CertificateBuilder,
    ) -> Result<Valid, Refusal> {
        let leaf = change(self.top().issue(Key::p256(3)).common_name("alice")).build();
        let setup = self.setup(inputs);
        let dotted =
            |policy: &[u8]| x509_cert::der::asn1::ObjectIdentifier::from_bytes(policy).unwrap().to_string();
        setup.run(&leaf, &mut Workspace::new(), |path| {
            let path = path.map_err(refusal)?;
            let policies = path.policies().map_err(refusal)?;
            let mut authority: Vec<_> = policies.authority_constrained().iter().map(|p| dotted(p)).collect();
            let mut user: Vec<_> = policies.user_constrained().map(dotted).collect();
            authority.sort();
            user.sort();
            Ok((policies.is_any(), authority, user))
        })
    }
}

fn valid(any: bool, authority: &[&str], user: &[&str]) -> Result<Valid, Refusal> {
    let owned = |list: &[&str]| list.iter().map(|&policy| policy.to_owned()).collect();
    Ok((any, owned(authority), owned(user)))
}

fn refused(kind: ErrorKind, depth: u8) -> Result<Valid, Refusal> {
    Err((kind, depth))
}

/// The inputs by default: any policy, and nothing is required.
fn default() -> PolicyInputs<'static> {
    PolicyInputs::default()
}

fn explicit() -> PolicyInputs<'static> {
    PolicyInputs { initial_explicit_policy: true, ..PolicyInputs::default() }
}

/// A caller who asks for these policies.
fn asking(policies: &[&str]) -> PolicyInputs<'static> {
    let contents = |dotted: &&str| -> &'static [u8] { Vec::leak(der::oid(dotted)[2..].to_vec()) };
    let list: Vec<&'static [u8]> = policies.iter().map(contents).collect();
    PolicyInputs { user_initial_policy_set: Some(Vec::leak(list)), ..explicit() }
}

fn same(builder: CertificateBuilder) -> CertificateBuilder {
    builder
}

fn policies(list: &'static [&'static str]) -> impl Fn(CertificateBuilder) -> CertificateBuilder {
    move |builder| builder.certificate_policies(list)
}

#[test]
fn a_path_is_valid_for_what_all_its_certificates_say() {
    let chain = Chain::new().ca(policies(&[A, B]));
    assert_eq!(chain.leaf(default(), policies(&[B, C])), valid(false, &[B], &[B]));
    assert_eq!(chain.leaf(default(), policies(&[A, B])), valid(false, &[A, B], &[A, B]));
    assert_eq!(chain.leaf(default(), policies(&[C])), valid(false, &[], &[]));
    assert_eq!(chain.leaf(default(), same), valid(false, &[], &[]));
    assert_eq!(chain.leaf(default(), policies(&[ANY])), valid(false, &[A, B], &[A, B]));
    assert_eq!(chain.leaf(default(), policies(&[ANY, B])), valid(false, &[A, B], &[A, B]));
    let any = Chain::new().ca(policies(&[ANY]));
    assert_eq!(any.leaf(default(), policies(&[A])), valid(false, &[A], &[A]));
    assert_eq!(any.leaf(default(), policies(&[ANY])), valid(true, &[], &[]));
    assert_eq!(any.leaf(default(), policies(&[A, ANY])), valid(true, &[A], &[A]));
}

#[test]
fn what_one_certificate_leaves_out_nobody_below_can_say_again() {
    for silent in [same as Change, |ca| ca.certificate_policies(&[B]), |ca| ca.certificate_policies(&[C])] {
        let chain = Chain::new().ca(policies(&[A])).ca(silent);
        assert_eq!(chain.leaf(default(), policies(&[A, B, C, ANY])), valid(false, &[], &[]));
        assert_eq!(chain.leaf(explicit(), policies(&[A, B, C, ANY])), refused(ErrorKind::PolicyRequired, 1));
    }
    // anyPolicy neither adds to what stands above nor outlives a certificate without it.
    let narrowed = Chain::new().ca(policies(&[ANY])).ca(policies(&[A])).ca(policies(&[ANY]));
    assert_eq!(narrowed.leaf(default(), policies(&[A, B, ANY])), valid(false, &[A], &[A]));
    let any = Chain::new().ca(policies(&[ANY])).ca(policies(&[ANY, A]));
    assert_eq!(any.leaf(default(), policies(&[B])), valid(false, &[B], &[B]));
    assert_eq!(any.leaf(default(), policies(&[ANY])), valid(true, &[A], &[A]));
}

#[test]
fn an_explicit_policy_is_required_where_the_caller_says_so() {
    let chain = Chain::new().ca(policies(&[A]));
    assert_eq!(chain.leaf(explicit(), policies(&[A])), valid(false, &[A], &[A]));
    assert_eq!(chain.leaf(explicit(), policies(&[B])), refused(ErrorKind::PolicyRequired, 0));
    assert_eq!(chain.leaf(explicit(), same), refused(ErrorKind::PolicyRequired, 0));
    assert_eq!(Chain::new().ca(same).leaf(explicit(), policies(&[A])), refused(ErrorKind::PolicyRequired, 1));
    let any = Chain::new().ca(policies(&[ANY]));
    assert_eq!(any.leaf(explicit(), policies(&[ANY])), valid(true, &[], &[]));
    assert_eq!(Chain::new().leaf(explicit(), policies(&[A])), valid(false, &[A], &[A]));
}

#[test]
fn the_caller_may_ask_for_certain_policies() {
    let chain = Chain::new().ca(policies(&[A, B]));
    assert_eq!(chain.leaf(asking(&[A, C]), policies(&[A, B])), valid(false, &[A, B], &[A]));
    assert_eq!(chain.leaf(asking(&[C]), policies(&[A, B])), refused(ErrorKind::PolicyRequired, 0));
    assert_eq!(chain.leaf(asking(&[]), policies(&[A, B])), refused(ErrorKind::PolicyRequired, 0));
    let forgiving = PolicyInputs { initial_explicit_policy: false, ..asking(&[C]) };
    assert_eq!(chain.leaf(forgiving, policies(&[A, B])), valid(false, &[A, B], &[]));
    // anyPolicy of the CAs stands for what is asked.
    let any = Chain::new().ca(policies(&[ANY]));
    assert_eq!(any.leaf(asking(&[A, C]), policies(&[ANY])), valid(true, &[], &[A, C]));
}

#[test]
fn the_set_that_is_asked_for_holds_policies_and_no_any_policy() {
    // Any policy is `None`; its identifier in the list stands for no other.
    let chain = Chain::new().ca(policies(&[A]));
    assert_eq!(chain.leaf(asking(&[ANY]), policies(&[A])), refused(ErrorKind::PolicyRequired, 0));
    assert_eq!(chain.leaf(asking(&[ANY, A]), policies(&[A])), valid(false, &[A], &[A]));
    // Whoever does not require one is let in without those asked for, and is told of none.
    let forgiving = |list: &[&str]| PolicyInputs { initial_explicit_policy: false, ..asking(list) };
    assert_eq!(chain.leaf(forgiving(&[B]), policies(&[A])), valid(false, &[A], &[]));
    assert_eq!(chain.leaf(forgiving(&[A]), same), valid(false, &[], &[]));
    // Where a CA requires one, it is one of those asked for.
    let requiring = Chain::new().ca(|ca| ca.certificate_policies(&[A]).policy_constraints(Some(0), None));
    assert_eq!(requiring.leaf(forgiving(&[A]), policies(&[A])), valid(false, &[A], &[A]));
    assert_eq!(requiring.leaf(forgiving(&[B]), policies(&[A])), refused(ErrorKind::PolicyRequired, 0));
    let itself = |leaf: CertificateBuilder| leaf.certificate_policies(&[A]).policy_constraints(Some(0), None);
    assert_eq!(chain.leaf(forgiving(&[A]), itself), valid(false, &[A], &[A]));
    assert_eq!(chain.leaf(forgiving(&[B]), itself), refused(ErrorKind::PolicyRequired, 0));
}

#[test]
fn the_four_inputs_hold_together_and_each_by_itself() {
    let chain = Chain::new().ca(|ca| ca.certificate_policies(&[A, C]).policy_mappings(&[(C, B)]));
    let strict = PolicyInputs {
        initial_policy_mapping_inhibit: true,
        initial_any_policy_inhibit: true,
        ..asking(&[A, C])
    };
    let required = refused(ErrorKind::PolicyRequired, 0);
    assert_eq!(chain.leaf(strict, policies(&[A])), valid(false, &[A], &[A]));
    assert_eq!(chain.leaf(strict, policies(&[B])), required);
    assert_eq!(chain.leaf(strict, policies(&[ANY])), required);
    assert_eq!(chain.leaf(strict, same), required);
    let maps = PolicyInputs { initial_policy_mapping_inhibit: false, ..strict };
    assert_eq!(chain.leaf(maps, policies(&[B])), valid(false, &[C], &[C]));
    assert_eq!(chain.leaf(maps, policies(&[ANY])), required);
    let any = PolicyInputs { initial_any_policy_inhibit: false, ..strict };
    assert_eq!(chain.leaf(any, policies(&[ANY])), valid(false, &[A], &[A]));
    assert_eq!(chain.leaf(any, policies(&[B])), required);
    let forgiving = PolicyInputs { initial_explicit_policy: false, ..strict };
    assert_eq!(chain.leaf(forgiving, policies(&[B])), valid(false, &[], &[]));
    let everybody = PolicyInputs { user_initial_policy_set: None, ..strict };
    assert_eq!(chain.leaf(everybody, policies(&[A])), valid(false, &[A], &[A]));
}

#[test]
fn a_ca_may_require_a_policy_at_once_or_later() {
    let requiring = |skip: u8| {
        move |builder: CertificateBuilder| {
            builder.certificate_policies(&[A]).policy_constraints(Some(skip), None)
        }
    };
    let required = refused(ErrorKind::PolicyRequired, 0);
    let one = |skip: u8| Chain::new().ca(requiring(skip));
    assert_eq!(one(0).leaf(default(), same), required);
    assert_eq!(one(0).leaf(default(), policies(&[A])), valid(false, &[A], &[A]));
    assert_eq!(one(1).leaf(default(), same), required);
    assert_eq!(one(2).leaf(default(), same), valid(false, &[], &[]));
    // Every certificate below counts, but for a self-issued CA.
    let two = |skip: u8, name: &str| Chain::new().ca(requiring(skip)).ca_named(name, policies(&[A]));
    assert_eq!(two(2, "Other").leaf(default(), same), required);
    assert_eq!(two(3, "Other").leaf(default(), same), valid(false, &[], &[]));
    assert_eq!(two(2, "CA 0").leaf(default(), same), valid(false, &[], &[]));
    // The least of them counts.
    let later = Chain::new().ca(requiring(9)).ca(requiring(0));
    assert_eq!(later.leaf(default(), same), required);
    // A leaf may require one of itself.
    let itself = |builder: CertificateBuilder| builder.policy_constraints(Some(0), None);
    assert_eq!(Chain::new().leaf(default(), itself), required);
    let later = |builder: CertificateBuilder| builder.policy_constraints(Some(1), None);
    assert_eq!(Chain::new().leaf(default(), later), valid(false, &[], &[]));
}

#[test]
fn a_count_of_certificates_may_be_of_any_length() {
    let required = refused(ErrorKind::PolicyRequired, 0);
    let never = valid(false, &[], &[]);
    for (skip, verdict) in [
        (&[0][..], &required),
        (&[1], &required),
        (&[2], &never),
        (&[0x7f], &never),
        (&[0, 0x80], &never),
        (&[0, 0xff, 0xff, 0xff, 0xff], &never),
        (&[1, 0, 0, 0, 0], &never),
        (&[1, 0, 0, 0, 0, 0, 0, 0, 0], &never),
    ] {
        let value = der::sequence([der::context_primitive(0, skip)]);
        let ca = |ca: CertificateBuilder| ca.extension(oid::POLICY_CONSTRAINTS, true, &value);
        assert_eq!(&Chain::new().ca(ca).leaf(default(), same), verdict, "{skip:?}");
        // anyPolicy of the leaf below counts while the skip is not used up.
        let value = der::tlv(der::tag::INTEGER, skip);
        let ca = |ca: CertificateBuilder| {
            ca.certificate_policies(&[A]).extension(oid::INHIBIT_ANY_POLICY, true, &value)
        };
        let left = if skip == [0] { valid(false, &[], &[]) } else { valid(false, &[A], &[A]) };
        assert_eq!(Chain::new().ca(ca).leaf(default(), policies(&[ANY])), left, "{skip:?}");
    }
    for skip in [&[][..], &[0, 1]] {
        let value = der::sequence([der::context_primitive(1, skip)]);
        let ca = |ca: CertificateBuilder| ca.extension(oid::POLICY_CONSTRAINTS, true, &value);
        assert_eq!(Chain::new().ca(ca).leaf(default(), same), refused(ErrorKind::InvalidInteger, 1));
    }
}

#[test]
fn self_issued_cas_are_counted_against_none_of_the_skips() {
    // A CA with a skip of one, another certificate, then one that does what the skip is about.
    let chain = |first: Change, name: &str, last: Change| {
        Chain::new().ca(first).ca_named(name, |ca| ca.certificate_policies(&[A])).ca_named("Last", last)
    };
    let mapping: Change = |ca| ca.certificate_policies(&[A]).policy_mappings(&[(A, B)]);
    let first: Change = |ca| ca.certificate_policies(&[A]).policy_constraints(None, Some(1));
    assert_eq!(chain(first, "CA 0", mapping).leaf(default(), policies(&[B])), valid(false, &[A], &[A]));
    assert_eq!(chain(first, "Other", mapping).leaf(default(), policies(&[B])), valid(false, &[], &[]));
    let any: Change = |ca| ca.certificate_policies(&[ANY]);
    let first: Change = |ca| ca.certificate_policies(&[A]).inhibit_any_policy(1);
    assert_eq!(chain(first, "CA 0", any).leaf(default(), policies(&[A])), valid(false, &[A], &[A]));
    assert_eq!(chain(first, "Other", any).leaf(default(), policies(&[A])), valid(false, &[], &[]));
    let first: Change = |ca| ca.certificate_policies(&[A]).policy_constraints(Some(2), None);
    assert_eq!(chain(first, "CA 0", same).leaf(default(), same), refused(ErrorKind::PolicyRequired, 0));
    assert_eq!(chain(first, "Other", same).leaf(default(), same), refused(ErrorKind::PolicyRequired, 0));
    let first: Change = |ca| ca.certificate_policies(&[A]).policy_constraints(Some(3), None);
    assert_eq!(chain(first, "CA 0", same).leaf(default(), same), valid(false, &[], &[]));
    assert_eq!(chain(first, "Other", same).leaf(default(), same), refused(ErrorKind::PolicyRequired, 0));
    // A self-issued leaf is exempt from nothing.
    let inhibiting = Chain::new().ca(|ca| ca.certificate_policies(&[A]).inhibit_any_policy(0));
    let leaf = |leaf: CertificateBuilder| leaf.subject("CA 0").certificate_policies(&[ANY]);
    assert_eq!(inhibiting.leaf(default(), leaf), valid(false, &[], &[]));
}

#[test]
fn a_mapping_holds_for_what_is_named_and_for_what_any_policy_stands_for() {
    let both = |ca: CertificateBuilder| ca.certificate_policies(&[A, ANY]).policy_mappings(&[(A, B), (C, D)]);
    let chain = Chain::new().ca(both);
    assert_eq!(chain.leaf(default(), policies(&[B])), valid(false, &[A], &[A]));
    assert_eq!(chain.leaf(default(), policies(&[D])), valid(false, &[C], &[C]));
    // anyPolicy still lets every policy stand for itself.
    assert_eq!(chain.leaf(default(), policies(&[C])), valid(false, &[C], &[C]));
    assert_eq!(
        chain.leaf(default(), policies(&[B, D, "1.2.9"])),
        valid(false, &[A, C, "1.2.9"], &[A, C, "1.2.9"])
    );
    // Where mapping is inhibited, what is mapped is gone, and anyPolicy maps nothing.
    let inhibited = PolicyInputs { initial_policy_mapping_inhibit: true, ..default() };
    assert_eq!(chain.leaf(inhibited, policies(&[D])), valid(false, &[D], &[D]));
    // Mappings of mappings lead back to what the first CA named; what is not stated is not mapped.
    let twice = Chain::new()
        .ca(|ca| ca.certificate_policies(&[A]).policy_mappings(&[(A, B)]))
        .ca(|ca| ca.certificate_policies(&[B]).policy_mappings(&[(B, C), (A, D)]));
    assert_eq!(twice.leaf(asking(&[A]), policies(&[C])), valid(false, &[A], &[A]));
    assert_eq!(twice.leaf(asking(&[A]), policies(&[D])), refused(ErrorKind::PolicyRequired, 0));
    assert_eq!(twice.leaf(asking(&[C]), policies(&[C])), refused(ErrorKind::PolicyRequired, 0));
    // Two policies that change places.
    let swapped = Chain::new().ca(|ca| ca.certificate_policies(&[A, B]).policy_mappings(&[(A, B), (B, A)]));
    assert_eq!(swapped.leaf(default(), policies(&[A])), valid(false, &[B], &[B]));
    assert_eq!(swapped.leaf(default(), policies(&[A, B])), valid(false, &[A, B], &[A, B]));
}

#[test]
fn mappings_translate_policies() {
    let mapping = |pairs: &'static [(&'static str, &'static str)]| {
        move |builder: CertificateBuilder| builder.certificate_policies(&[A, C]).policy_mappings(pairs)
    };
    let chain = Chain::new().ca(mapping(&[(A, B)]));
    // Named as the CA next to the root names it.
    assert_eq!(chain.leaf(default(), policies(&[B])), valid(false, &[A], &[A]));
    assert_eq!(chain.leaf(default(), policies(&[A])), valid(false, &[], &[]));
    assert_eq!(chain.leaf(default(), policies(&[B, C])), valid(false, &[A, C], &[A, C]));
    assert_eq!(chain.leaf(asking(&[A]), policies(&[B])), valid(false, &[A], &[A]));
    assert_eq!(chain.leaf(asking(&[B]), policies(&[B])), refused(ErrorKind::PolicyRequired, 0));
    // One to two, two to one.
    let wide = Chain::new().ca(mapping(&[(A, B), (A, "1.2.3.9")]));
    assert_eq!(wide.leaf(default(), policies(&["1.2.3.9"])), valid(false, &[A], &[A]));
    let narrow = Chain::new().ca(mapping(&[(A, B), (C, B)]));
    assert_eq!(narrow.leaf(default(), policies(&[B])), valid(false, &[A, C], &[A, C]));
    // From anyPolicy of the same CA.
    let any = Chain::new().ca(|ca| ca.certificate_policies(&[ANY]).policy_mappings(&[(A, B)]));
    assert_eq!(any.leaf(default(), policies(&[B])), valid(false, &[A], &[A]));
}

#[test]
fn mappings_can_be_inhibited() {
    let mapping = |ca: CertificateBuilder| ca.certificate_policies(&[A]).policy_mappings(&[(A, B)]);
    let inhibited = PolicyInputs { initial_policy_mapping_inhibit: true, ..default() };
    assert_eq!(Chain::new().ca(mapping).leaf(inhibited, policies(&[B])), valid(false, &[], &[]));
    // What is mapped where that is inhibited, is gone (6.1.4 (b)(2)).
    assert_eq!(Chain::new().ca(mapping).leaf(inhibited, policies(&[A])), valid(false, &[], &[]));
    let above = |skip: u8| {
        let ca =
            move |ca: CertificateBuilder| ca.certificate_policies(&[A]).policy_constraints(None, Some(skip));
        Chain::new().ca(ca).ca(mapping)
    };
    assert_eq!(above(0).leaf(default(), policies(&[B])), valid(false, &[], &[]));
    assert_eq!(above(1).leaf(default(), policies(&[B])), valid(false, &[A], &[A]));
}

#[test]
fn any_policy_can_be_inhibited() {
    let inhibited = PolicyInputs { initial_any_policy_inhibit: true, ..default() };
    let chain = Chain::new().ca(policies(&[A]));
    assert_eq!(chain.leaf(inhibited, policies(&[ANY])), valid(false, &[], &[]));
    assert_eq!(chain.leaf(inhibited, policies(&[A])), valid(false, &[A], &[A]));
    let inhibiting =
        |skip: u64| move |ca: CertificateBuilder| ca.certificate_policies(&[A]).inhibit_any_policy(skip);
    assert_eq!(Chain::new().ca(inhibiting(0)).leaf(default(), policies(&[ANY])), valid(false, &[], &[]));
    assert_eq!(Chain::new().ca(inhibiting(1)).leaf(default(), policies(&[ANY])), valid(false, &[A], &[A]));
    // A self-issued CA may still say it.
    let rolled_over = Chain::new().ca(inhibiting(0)).ca_named("CA 0", policies(&[ANY]));
    assert_eq!(rolled_over.leaf(default(), policies(&[A])), valid(false, &[A], &[A]));
    let other = Chain::new().ca(inhibiting(0)).ca_named("Other", policies(&[ANY]));
    assert_eq!(other.leaf(default(), policies(&[A])), valid(false, &[], &[]));
}

#[test]
fn qualifiers_are_passed_over_if_they_are_well_formed() {
    let with = |qualifiers: &[u8], critical| {
        let value = der::sequence([der::sequence([der::oid(A), qualifiers.to_vec()])]);
        Chain::new().leaf(default(), |leaf| leaf.extension(oid::CERTIFICATE_POLICIES, critical, &value))
    };
    let cps = der::sequence([der::oid("1.3.6.1.5.5.7.2.1"), der::tlv(der::tag::IA5_STRING, b"x")]);
    let unknown = der::sequence([der::oid("1.2.3"), vec![5, 0]]);
    for critical in [false, true] {
        assert_eq!(with(&der::sequence([&cps]), critical), valid(false, &[A], &[A]));
        assert!(with(&der::sequence([[0_u8; 0]]), critical).is_err());
        assert!(with(&[5, 0], critical).is_err());
    }
    // A critical qualifier that nobody knows cannot be passed over (4.2.1.4).
    assert_eq!(with(&der::sequence([&unknown]), false), valid(false, &[A], &[A]));
    assert_eq!(with(&der::sequence([&unknown]), true).unwrap_err().0, ErrorKind::UnknownCriticalExtension);
}

#[test]
fn malformed_policies_are_refused() {
    let leaf = |oid: &str, value: &[u8]| {
        let chain = Chain::new();
        chain.leaf(default(), |leaf| leaf.extension(oid, false, value)).unwrap_err().0
    };
    assert_eq!(leaf(oid::CERTIFICATE_POLICIES, &[0x30, 0]), ErrorKind::EmptySequence);
    let twice = der::sequence([der::sequence([der::oid(A)]), der::sequence([der::oid(A)])]);
    assert_eq!(leaf(oid::CERTIFICATE_POLICIES, &twice), ErrorKind::DuplicatePolicy);
    let twice = der::sequence([ANY, A, ANY].map(|policy| der::sequence([der::oid(policy)])));
    assert_eq!(leaf(oid::CERTIFICATE_POLICIES, &twice), ErrorKind::DuplicatePolicy);
    assert_eq!(leaf(oid::POLICY_MAPPINGS, &[0x30, 0]), ErrorKind::EmptySequence);
    for pair in [(ANY, A), (A, ANY)] {
        let mapping = der::sequence([der::sequence([der::oid(pair.0), der::oid(pair.1)])]);
        assert_eq!(leaf(oid::POLICY_MAPPINGS, &mapping), ErrorKind::AnyPolicyMapped);
    }
    assert_eq!(leaf(oid::POLICY_CONSTRAINTS, &[0x30, 0]), ErrorKind::EmptySequence);
    let negative = der::sequence([der::context_primitive(0, &[0x80])]);
    assert_eq!(leaf(oid::POLICY_CONSTRAINTS, &negative), ErrorKind::MalformedExtension);
    assert_eq!(leaf(oid::INHIBIT_ANY_POLICY, &[2, 1, 0x80]), ErrorKind::MalformedExtension);
    assert_eq!(leaf(oid::INHIBIT_ANY_POLICY, &[5, 0]), ErrorKind::UnexpectedTag);
}

#[test]
fn malformed_policies_are_refused_in_whom_they_stand_whether_anybody_asks_or_not() {
    let twice = der::sequence([der::sequence([der::oid(A)]), der::sequence([der::oid(A)])]);
    let mapping = |from, to| der::sequence([der::sequence([der::oid(from), der::oid(to)])]);
    for (id, value, kind) in [
        (oid::CERTIFICATE_POLICIES, twice, ErrorKind::DuplicatePolicy),
        (oid::POLICY_MAPPINGS, mapping(ANY, B), ErrorKind::AnyPolicyMapped),
        (oid::POLICY_MAPPINGS, mapping(B, ANY), ErrorKind::AnyPolicyMapped),
        (oid::POLICY_MAPPINGS, mapping(ANY, ANY), ErrorKind::AnyPolicyMapped),
        (oid::POLICY_CONSTRAINTS, der::sequence([[0_u8; 0]]), ErrorKind::EmptySequence),
        (oid::INHIBIT_ANY_POLICY, der::null(), ErrorKind::UnexpectedTag),
    ] {
        for critical in [false, true] {
            for inputs in [default(), asking(&[A])] {
                let bad = |builder: CertificateBuilder| builder.extension(id, critical, &value);
                let below = Chain::new().ca(policies(&[A]));
                assert_eq!(below.leaf(inputs, bad), refused(kind, 0));
                let above = Chain::new().ca(bad).ca(policies(&[A]));
                assert_eq!(above.leaf(inputs, policies(&[A])), refused(kind, 2));
            }
        }
    }
}

#[test]
fn a_state_that_would_outgrow_its_room_is_refused_where_a_policy_is_required() {
    // Below anyPolicy each CA maps 64 policies that nobody named before: 128 domain policies.
    let mapping = |ca: u64| {
        let pair =
            |n| der::sequence([der::oid(&format!("1.2.4.{ca}.{n}")), der::oid(&format!("1.2.5.{ca}.{n}"))]);
        let value = der::sequence((0..64).map(pair));
        move |ca: CertificateBuilder| {
            ca.certificate_policies(&[ANY]).extension(oid::POLICY_MAPPINGS, true, &value)
        }
    };
    let one = Chain::new().ca(mapping(0));
    assert_eq!(one.leaf(explicit(), policies(&["1.2.5.0.7"])), valid(false, &["1.2.4.0.7"], &["1.2.4.0.7"]));
    let two = one.ca(mapping(1));
    let too_many = refused(ErrorKind::TooManyPolicies, 1);
    assert_eq!(two.leaf(explicit(), policies(&["1.2.5.0.7"])), too_many);
    // Where none is, the path is good, and only who asks for its policies is told.
    assert_eq!(two.leaf(default(), policies(&["1.2.5.0.7"])), too_many);
    let leaf = two.top().issue(Key::p256(3)).common_name("alice").build();
    assert_eq!(two.setup(default()).verify(&leaf), Ok(()));
    assert_eq!(two.setup(explicit()).verify(&leaf), Err((ErrorKind::TooManyPolicies, 1)));
}

#[test]
fn more_policies_than_there_is_room_for_are_refused() {
    let list =
        |count: u64| der::sequence((1..=count).map(|n| der::sequence([der::oid(&format!("1.2.4.{n}"))])));
    let with = |count| {
        Chain::new().leaf(default(), |leaf| leaf.extension(oid::CERTIFICATE_POLICIES, false, &list(count)))
    };
    assert_eq!(with(64).map(|(_, authority, _)| authority.len()), Ok(64));
    assert_eq!(with(65), refused(ErrorKind::TooManyPolicies, 0));
    let mappings = |count: u64| {
        let pair = |n| der::sequence([der::oid(A), der::oid(&format!("1.2.4.{n}"))]);
        der::sequence((1..=count).map(pair))
    };
    let with = |count| {
        let ca = move |ca: CertificateBuilder| {
            ca.certificate_policies(&[A]).extension(oid::POLICY_MAPPINGS, true, &mappings(count))
        };
        Chain::new().ca(ca).leaf(default(), policies(&["1.2.4.1"]))
    };
    assert_eq!(with(64), valid(false, &[A], &[A]));
    assert_eq!(with(65), refused(ErrorKind::TooManyPolicies, 1));
}

#[test]
fn a_tree_that_would_grow_exponentially_does_not() {
    // Each CA maps each of eight policies to all eight: 8^8 nodes in the tree of RFC 5280 before RFC 9618.
    const POLICIES: [&str; 8] =
        ["1.2.5.1", "1.2.5.2", "1.2.5.3", "1.2.5.4", "1.2.5.5", "1.2.5.6", "1.2.5.7", "1.2.5.8"];
    let pairs: Vec<_> =
        POLICIES.iter().flat_map(|from| POLICIES.iter().map(move |to| (*from, *to))).collect();
    let pairs: &'static [(&str, &str)] = Vec::leak(pairs);
    let explode: Change = |ca| ca.certificate_policies(&POLICIES);
    let chain = (0..8).fold(Chain::new(), |chain, _| chain.ca(|ca| explode(ca).policy_mappings(pairs)));
    assert_eq!(chain.leaf(explicit(), explode), valid(false, &POLICIES, &POLICIES));
    assert_eq!(chain.leaf(explicit(), same), refused(ErrorKind::PolicyRequired, 0));
}

#[test]
fn mappings_to_ever_new_names_take_no_more_room_and_little_time() {
    // Each CA maps each of eight policies to eight new ones of the next level.
    let names = |level: usize| (0..8).map(move |n| format!("1.2.6.{level}.{n}"));
    let state = |level: usize| der::sequence(names(level).map(|policy| der::sequence([der::oid(&policy)])));
    let explode = |level: usize| {
        let pairs = names(level)
            .flat_map(|from| names(level + 1).map(move |to| der::sequence([der::oid(&from), der::oid(&to)])));
        let pairs = der::sequence(pairs);
        move |ca: CertificateBuilder| {
            ca.extension(oid::CERTIFICATE_POLICIES, true, &state(level)).extension(
                oid::POLICY_MAPPINGS,
                true,
                &pairs,
            )
        }
    };
    let chain = (0..8).fold(Chain::new(), |chain, level| chain.ca(explode(level)));
    let start = Instant::now();
    let domain: Vec<_> = names(0).collect();
    let domain: Vec<_> = domain.iter().map(String::as_str).collect();
    let last = |leaf: CertificateBuilder| leaf.extension(oid::CERTIFICATE_POLICIES, true, &state(8));
    assert_eq!(chain.leaf(explicit(), last), valid(false, &domain, &domain));
    assert_eq!(chain.leaf(asking(&[domain[3]]), last), valid(false, &domain, &[domain[3]]));
    let first = |leaf: CertificateBuilder| leaf.extension(oid::CERTIFICATE_POLICIES, true, &state(0));
    assert_eq!(chain.leaf(explicit(), first), refused(ErrorKind::PolicyRequired, 0));
    assert!(start.elapsed() < Duration::from_secs(5));
}

#[test]
fn an_anchors_policies_count_where_that_is_asked() {
    let root = |change: Change| {
        let builder = Authority::root_builder("Root", Key::p256(1));
        Chain { root: change(builder).build_authority(), cas: Vec::new() }
    };
    let limited = root(|root| root.certificate_policies(&[A]));
    assert_eq!(limited.leaf(default(), policies(&[A, B])), valid(false, &[A], &[A]));
    let requiring = root(|root| root.certificate_policies(&[A]).policy_constraints(Some(0), None));
    assert_eq!(requiring.leaf(default(), policies(&[B])), refused(ErrorKind::PolicyRequired, 0));
    let mapping = root(|root| root.certificate_policies(&[A]).policy_mappings(&[(A, B)]));
    assert_eq!(mapping.leaf(default(), policies(&[B])), valid(false, &[A], &[A]));
    let inhibiting = root(|root| root.inhibit_any_policy(0));
    assert_eq!(inhibiting.leaf(default(), policies(&[ANY])), valid(false, &[], &[]));
}

#[test]
fn an_anchors_dates_and_fitness_count_where_that_is_asked() {
    let judge = |change: Change, enforce: bool, dates: bool| {
        let root = change(Authority::root_builder("Root", Key::p256(1))).build_authority();
        let leaf = root.issue(Key::p256(3)).common_name("alice").build();
        let setup = Setup::new(&[&root]).with(|setup| {
            if enforce {
                setup.options.anchor_constraints = AnchorConstraints::Enforce;
            }
            setup.options.check_anchor_validity = dates;
        });
        setup.verify(&leaf)
    };
    let expired: Change = |root| root.validity(0, NOW - 1);
    assert_eq!(judge(expired, true, false), Ok(()));
    assert_eq!(judge(expired, false, true), Err((ErrorKind::Expired, 1)));
    let no_ca: Change = |root| root.basic_constraints(false, None, true);
    assert_eq!(judge(no_ca, false, true), Ok(()));
    assert_eq!(judge(no_ca, true, true), Err((ErrorKind::NotACa, 1)));
    assert_eq!(judge(|root| root.without(oid::BASIC_CONSTRAINTS), true, true), Ok(()));
    assert_eq!(judge(|root| root.key_usage(1), true, true), Err((ErrorKind::MissingKeyCertSign, 1)));
    let no_purpose: Change = |root| root.extended_key_usage(&[oid::SERVER_AUTH]);
    assert_eq!(judge(no_purpose, true, true), Err((ErrorKind::PurposeNotAllowed, 1)));
    let unknown: Change = |root| root.extension("1.2.3", true, &[5, 0]);
    assert_eq!(judge(unknown, true, true), Err((ErrorKind::UnknownCriticalExtension, 1)));
    // pathLenConstraint 0: a leaf may follow, a CA may not.
    let root = Authority::root_builder("Root", Key::p256(1)).path_len(0).build_authority();
    let chain = Chain { root, cas: Vec::new() };
    assert!(chain.leaf(default(), same).is_ok());
    assert_eq!(chain.ca(same).leaf(default(), same), refused(ErrorKind::PathLenConstraintExceeded, 1));
}
