//! RFC 5280 6.1, rule by rule, and which keys and signatures are strong enough.

use crate::common::{NOW, Pki, Refusal, Setup, certificates, refusal};
use cba_core::path::{
    AnchorConstraints, PathOptions, Purpose, TrustAnchor, TrustAnchors, Verifier, Workspace,
};
use cba_core::{ErrorKind, UnixTime};
use test_pki::{
    Authority, CertificateBuilder, Hash, Key, Name, SignatureScheme, algorithm_identifier, attribute, der,
    general_name, key_usage, odd_modulus, oid,
};

type Verdict = Result<(), Refusal>;

/// The verdict on a leaf below root and issuing CA.
fn leaf(change: impl FnOnce(CertificateBuilder) -> CertificateBuilder) -> Verdict {
    let pki = Pki::new();
    pki.setup().verify(&change(pki.alice()).build())
}

/// The verdict on a good leaf below an issuing CA that was changed.
fn issuer(change: impl FnOnce(CertificateBuilder) -> CertificateBuilder) -> Verdict {
    let pki = Pki::new();
    let issuing = change(pki.root.issue_ca("Issuing", Key::p256(2))).build();
    pki.setup().with(|setup| setup.presented = vec![issuing]).verify(&pki.alice().build())
}

/// The verdict on a good leaf directly below a root that was changed.
fn root(change: impl FnOnce(CertificateBuilder) -> CertificateBuilder) -> Verdict {
    let root = change(Authority::root_builder("Root", Key::p256(1))).build_authority();
    Setup::new(&[&root]).verify(&root.issue(Key::p256(2)).build())
}

fn refused(kind: ErrorKind, depth: u8) -> Verdict {
    Err((kind, depth))
}

// -- validity --

#[test]
fn both_ends_of_the_validity_belong_to_it() {
    let at = |from: i64, until: i64| leaf(|leaf| leaf.validity(NOW + from, NOW + until));
    assert_eq!(at(0, 0), Ok(()));
    assert_eq!(at(0, 1), Ok(()));
    assert_eq!(at(-1, 0), Ok(()));
    assert_eq!(at(1, 2), refused(ErrorKind::NotYetValid, 0));
    assert_eq!(at(-2, -1), refused(ErrorKind::Expired, 0));
    let at = |from: i64, until: i64| issuer(|ca| ca.validity(NOW + from, NOW + until));
    assert_eq!(at(0, 0), Ok(()));
    assert_eq!(at(1, 2), refused(ErrorKind::NotYetValid, 1));
    assert_eq!(at(-2, -1), refused(ErrorKind::Expired, 1));
}

#[test]
fn the_dates_of_an_anchor_are_not_looked_at() {
    assert_eq!(root(|root| root.validity(0, 86_400)), Ok(()));
}

#[test]
fn a_validity_that_ends_before_it_begins_is_refused_at_every_time() {
    for (from, until) in [(1, 0), (1, -1), (2, 1), (-1, -2)] {
        let verdict = leaf(|leaf| leaf.validity(NOW + from, NOW + until));
        assert_eq!(verdict, refused(ErrorKind::InvertedValidity, 0));
    }
}

#[test]
fn dates_far_away_are_compared_as_what_they_are() {
    // 9999-12-31T23:59:59Z: no well-defined end.
    assert_eq!(leaf(|leaf| leaf.not_after(253_402_300_799)), Ok(()));
    assert_eq!(leaf(|leaf| leaf.not_before(-631_152_000)), Ok(()));
    let pki = Pki::new();
    let good = pki.alice().build();
    for (time, kind) in [(i64::MIN, ErrorKind::NotYetValid), (i64::MAX, ErrorKind::Expired)] {
        let verdict = pki.setup().with(|setup| setup.time = time).verify(&good);
        assert_eq!(verdict, refused(kind, 0));
    }
}

// -- extensions that are not processed --

#[test]
fn an_unknown_extension_is_refused_if_critical_and_passed_over_if_not() {
    for oid in ["1.2.3.4", "2.5.29.99", "2.5.29.9", oid::AUTHORITY_INFO_ACCESS, oid::CRL_DISTRIBUTION_POINTS]
    {
        assert_eq!(leaf(|leaf| leaf.extension(oid, false, &[5, 0])), Ok(()));
        assert_eq!(issuer(|ca| ca.extension(oid, false, &[5, 0])), Ok(()));
        let critical = refused(ErrorKind::UnknownCriticalExtension, 0);
        assert_eq!(leaf(|leaf| leaf.extension(oid, true, &[5, 0])), critical);
        let critical = refused(ErrorKind::UnknownCriticalExtension, 1);
        assert_eq!(issuer(|ca| ca.extension(oid, true, &[5, 0])), critical);
    }
}

#[test]
fn known_extensions_may_be_critical_or_not() {
    for critical in [false, true] {
        let bits = |bits| der::named_bits(bits);
        assert_eq!(leaf(|leaf| leaf.extension(oid::KEY_USAGE, critical, &bits(1))), Ok(()));
        let usage = bits(key_usage::KEY_CERT_SIGN);
        assert_eq!(issuer(|ca| ca.extension(oid::KEY_USAGE, critical, &usage)), Ok(()));
        assert_eq!(issuer(|ca| ca.basic_constraints(true, None, critical)), Ok(()));
    }
    assert_eq!(leaf(|leaf| leaf.san_dns("a.example").san_critical()), Ok(()));
}

#[test]
fn constraints_of_an_anchor_must_be_decided_about() {
    let names = der::sequence([der::context(0, &der::sequence([general_name::dns("example.com")]))]);
    let policies = der::sequence([der::context_primitive(0, &[0])]);
    for (oid, value) in [
        (oid::NAME_CONSTRAINTS, names),
        (oid::POLICY_CONSTRAINTS, policies),
        (oid::INHIBIT_ANY_POLICY, der::integer(0)),
    ] {
        for critical in [false, true] {
            let verdict = root(|ca| ca.extension(oid, critical, &value));
            assert_eq!(verdict, refused(ErrorKind::AnchorConstraintsUndecided, 1));
        }
    }
}

#[test]
fn an_anchors_constraints_are_undecided_enforced_or_ignored() {
    use AnchorConstraints::{Enforce, Ignore, Refuse};
    let names = |host| der::sequence([der::context(0, &der::sequence([general_name::dns(host)]))]);
    let judge = |anchor, oid: &str, value: &[u8]| {
        let root = Authority::root_builder("Root", Key::p256(1)).extension(oid, true, value);
        let root = root.build_authority();
        let issuing = root.issue_ca("Issuing", Key::p256(2)).build_authority();
        let leaf = issuing.issue(Key::p256(3)).common_name("x").san_dns("a.example").build();
        let setup = Setup::new(&[&root]).presenting(&[&issuing]);
        setup.with(|setup| setup.options.anchor_constraints = anchor).verify(&leaf)
    };
    let undecided = refused(ErrorKind::AnchorConstraintsUndecided, 2);
    let require = der::sequence([der::context_primitive(0, &[0])]);
    let mapping = der::sequence([der::sequence([der::oid(oid::ANY_POLICY), der::oid("1.2.3")])]);
    let empty = der::sequence([[0_u8; 0]]);
    // Each with what becomes of it where nobody decided, and where it is enforced.
    for (id, value, refuse, enforce) in [
        (oid::NAME_CONSTRAINTS, names("example"), undecided, Ok(())),
        (oid::NAME_CONSTRAINTS, names("test"), undecided, refused(ErrorKind::NameNotPermitted, 0)),
        (oid::POLICY_CONSTRAINTS, require, undecided, refused(ErrorKind::PolicyRequired, 1)),
        (oid::INHIBIT_ANY_POLICY, der::integer(0), undecided, Ok(())),
        // What constrains nobody by itself needs no decision.
        (oid::CERTIFICATE_POLICIES, der::sequence([der::sequence([der::oid("1.2.3")])]), Ok(()), Ok(())),
        (oid::POLICY_MAPPINGS, mapping, Ok(()), refused(ErrorKind::AnyPolicyMapped, 2)),
        // What cannot be read cannot be enforced; elsewhere nobody reads it.
        (oid::NAME_CONSTRAINTS, empty.clone(), undecided, refused(ErrorKind::MalformedNameConstraints, 2)),
        (oid::POLICY_CONSTRAINTS, empty, undecided, refused(ErrorKind::EmptySequence, 2)),
        (oid::INHIBIT_ANY_POLICY, der::null(), undecided, refused(ErrorKind::UnexpectedTag, 2)),
        ("1.2.3.4", der::null(), Ok(()), refused(ErrorKind::UnknownCriticalExtension, 2)),
    ] {
        assert_eq!(judge(Refuse, id, &value), refuse, "{id}");
        assert_eq!(judge(Enforce, id, &value), enforce, "{id}");
        assert_eq!(judge(Ignore, id, &value), Ok(()), "{id}");
    }
}

#[test]
fn a_second_entry_of_the_same_anchor_loosens_nothing() {
    use AnchorConstraints::{Enforce, Ignore, Refuse};
    let plain = Authority::root_builder("Root", Key::p256(1)).build_authority();
    let issuing = plain.issue_ca("Issuing", Key::p256(2)).build_authority();
    let leaf = issuing.issue(Key::p256(3)).common_name("x").san_dns("a.example").build();
    let other_name = Authority::root_builder("Other", Key::p256(1)).build_authority();
    let names = der::sequence([der::context(0, &der::sequence([general_name::dns("test")]))]);
    let require = der::sequence([der::context_primitive(0, &[0])]);
    let undecided = refused(ErrorKind::AnchorConstraintsUndecided, 2);
    let no_ca = der::sequence([] as [Vec<u8>; 0]);
    for (id, value, refuse, enforce) in [
        (oid::NAME_CONSTRAINTS, names, undecided, refused(ErrorKind::NameNotPermitted, 0)),
        (oid::POLICY_CONSTRAINTS, require, undecided, refused(ErrorKind::PolicyRequired, 1)),
        (oid::BASIC_CONSTRAINTS, no_ca, Ok(()), refused(ErrorKind::NotACa, 2)),
        (
            oid::BASIC_CONSTRAINTS,
            der::sequence([der::boolean(true), der::integer(0)]),
            Ok(()),
            refused(ErrorKind::PathLenConstraintExceeded, 1),
        ),
    ] {
        let root =
            Authority::root_builder("Root", Key::p256(1)).extension(id, true, &value).build_authority();
        for anchors in [vec![&root, &plain], vec![&plain, &root], vec![&other_name, &plain, &root, &plain]] {
            let judge = |anchor| {
                let setup = Setup::new(&anchors).presenting(&[&issuing]);
                setup.with(|setup| setup.options.anchor_constraints = anchor).verify(&leaf)
            };
            assert_eq!(judge(Refuse), refuse, "{id}");
            assert_eq!(judge(Enforce), enforce, "{id}");
            assert_eq!(judge(Ignore), Ok(()), "{id}");
        }
    }
    // The same name with another key is another anchor, and so is the same key with another name.
    for (name, key) in [("Root", Key::p256(4)), ("Other", Key::p256(1))] {
        let other = Authority::root_builder(name, key).policy_constraints(Some(0), None).build_authority();
        for anchor in [Refuse, Enforce] {
            let setup = Setup::new(&[&other, &plain]).presenting(&[&issuing]);
            assert_eq!(setup.with(|setup| setup.options.anchor_constraints = anchor).verify(&leaf), Ok(()));
        }
    }
    // Of a CA that renewed its certificate, the old one's dates say nothing of the new one.
    let old = Authority::root_builder("Root", Key::p256(1)).validity(0, 1).build_authority();
    let check = |anchors: &[&Authority]| {
        let setup = Setup::new(anchors).presenting(&[&issuing]);
        setup.with(|setup| setup.options.check_anchor_validity = true).verify(&leaf)
    };
    assert_eq!(check(&[&old, &plain]), Ok(()));
    assert_eq!(check(&[&old, &old]), refused(ErrorKind::Expired, 2));
}

#[test]
fn the_dates_of_an_anchor_hold_where_that_is_asked() {
    let at = |from: i64, until: i64| {
        let root = Authority::root_builder("Root", Key::p256(1)).validity(NOW + from, NOW + until);
        let root = root.build_authority();
        let issuing = root.issue_ca("Issuing", Key::p256(2)).build_authority();
        let leaf = issuing.issue(Key::p256(3)).build();
        let setup = Setup::new(&[&root]).presenting(&[&issuing]);
        assert_eq!(setup.verify(&leaf), Ok(()));
        setup.with(|setup| setup.options.check_anchor_validity = true).verify(&leaf)
    };
    assert_eq!(at(0, 0), Ok(()));
    assert_eq!(at(1, 2), refused(ErrorKind::NotYetValid, 2));
    assert_eq!(at(-2, -1), refused(ErrorKind::Expired, 2));
    assert_eq!(at(1, -1), refused(ErrorKind::InvertedValidity, 2));
}

#[test]
fn an_anchor_of_name_and_key_has_neither_dates_nor_constraints() {
    let root = Authority::root_builder("Root", Key::p256(1))
        .validity(0, 1)
        .policy_constraints(Some(0), None)
        .build_authority();
    let leaf = root.issue(Key::p256(3)).build();
    let ders = [root.certificate_der().to_vec(), leaf];
    let certificates = certificates(&ders);
    let of_certificate = TrustAnchor::from_certificate(&certificates[0]);
    let of_parts =
        TrustAnchor::from_parts(certificates[0].subject(), certificates[0].subject_public_key_info());
    assert!(of_certificate.carries_constraints() && !of_parts.carries_constraints());
    let options = PathOptions {
        check_anchor_validity: true,
        anchor_constraints: AnchorConstraints::Enforce,
        ..PathOptions::default()
    };
    for (anchor, verdict) in [(of_certificate, refused(ErrorKind::Expired, 1)), (of_parts, Ok(()))] {
        Setup::new(&[&root]).verifier(|verifier, _| {
            let mut anchors = [anchor];
            let verifier = Verifier { anchors: TrustAnchors::new(&mut anchors), options, ..*verifier };
            let path = verifier.verify(&certificates[1], &[], UnixTime(NOW), &mut Workspace::new());
            assert_eq!(path.map(drop).map_err(refusal), verdict);
        });
    }
}

#[test]
fn constraints_and_policies_hold_critical_or_not() {
    let names = |host| der::sequence([der::context(0, &der::sequence([general_name::email(host)]))]);
    let policies = |policy| der::sequence([der::sequence([der::oid(policy)])]);
    let mappings = der::sequence([der::sequence([der::oid("1.2.3"), der::oid("1.2.4")])]);
    let require = der::sequence([der::context_primitive(0, &[0])]);
    // Each in the leaf, and in its issuer.
    let required = refused(ErrorKind::PolicyRequired, 0);
    for (id, value, in_leaf, in_issuer) in [
        (oid::NAME_CONSTRAINTS, names("example.com"), Ok(()), Ok(())),
        (oid::NAME_CONSTRAINTS, names("example.org"), Ok(()), refused(ErrorKind::NameNotPermitted, 0)),
        (oid::CERTIFICATE_POLICIES, policies("1.2.3"), Ok(()), Ok(())),
        (oid::CERTIFICATE_POLICIES, policies(oid::ANY_POLICY), Ok(()), Ok(())),
        (oid::POLICY_MAPPINGS, mappings, Ok(()), Ok(())),
        (oid::POLICY_CONSTRAINTS, require, required, required),
        (oid::INHIBIT_ANY_POLICY, der::integer(0), Ok(()), Ok(())),
    ] {
        for critical in [false, true] {
            assert_eq!(leaf(|leaf| leaf.extension(id, critical, &value)), in_leaf, "{id}");
            assert_eq!(issuer(|ca| ca.extension(id, critical, &value)), in_issuer, "{id}");
            let malformed = |ca: CertificateBuilder| ca.extension(id, critical, &der::null());
            assert_eq!(leaf(malformed), refused(ErrorKind::UnexpectedTag, 0), "{id}");
            assert_eq!(issuer(malformed), refused(ErrorKind::UnexpectedTag, 1), "{id}");
        }
    }
}

// -- issuers --

#[test]
fn an_issuer_without_basic_constraints_is_refused() {
    let verdict = issuer(|ca| ca.without(oid::BASIC_CONSTRAINTS));
    assert_eq!(verdict, refused(ErrorKind::MissingBasicConstraints, 1));
}

#[test]
fn an_issuer_that_is_no_ca_is_refused() {
    let verdict = issuer(|ca| ca.basic_constraints(false, None, true));
    assert_eq!(verdict, refused(ErrorKind::NotACa, 1));
}

#[test]
fn a_user_cannot_issue_certificates_for_others() {
    let pki = Pki::new();
    let alice = pki.alice().build_authority();
    let boss = alice.issue(Key::p256(9)).email("boss@example.com").build();
    let setup = pki.setup().presenting(&[&pki.issuing, &alice]);
    assert_eq!(setup.verify(&boss), refused(ErrorKind::MissingBasicConstraints, 1));
}

#[test]
fn an_issuer_whose_key_usage_lacks_key_cert_sign_is_refused() {
    for bits in [
        key_usage::DIGITAL_SIGNATURE,
        key_usage::CRL_SIGN,
        key_usage::DIGITAL_SIGNATURE | key_usage::CRL_SIGN,
    ] {
        assert_eq!(issuer(|ca| ca.key_usage(bits)), refused(ErrorKind::MissingKeyCertSign, 1));
    }
    assert_eq!(issuer(|ca| ca.without(oid::KEY_USAGE)), Ok(()));
}

#[test]
fn an_intermediate_of_version_1_is_refused() {
    assert_eq!(issuer(|ca| ca.v1()), refused(ErrorKind::Version1, 1));
    let pki = Pki::new();
    let issuing = pki.root.issue_ca("Issuing", Key::p256(2)).v1().build();
    let setup = pki.setup().with(|setup| {
        setup.presented = vec![issuing];
        setup.options.accept_version_1_leaf = true;
    });
    assert_eq!(setup.verify(&pki.alice().build()), refused(ErrorKind::Version1, 1));
}

#[test]
fn an_anchor_may_be_of_version_1_or_no_ca() {
    assert_eq!(root(|root| root.v1()), Ok(()));
    assert_eq!(root(|root| root.without(oid::BASIC_CONSTRAINTS)), Ok(()));
}

/// The verdict on a leaf below CAs of these pathLenConstraints, the anchor's child first. A CA of which
/// `self_issued` says so carries the name of the one before it.
fn below(path_lens: &[Option<u64>], self_issued: &[bool]) -> Verdict {
    let root = Authority::root("Root", Key::p256(1));
    let mut chain = vec![root.clone()];
    let mut name = String::new();
    for (at, (path_len, same)) in path_lens.iter().zip(self_issued).enumerate() {
        if !same {
            name = format!("CA {at}");
        }
        let ca = chain.last().unwrap().issue_ca(name.as_str(), Key::p256(10 + at as u64));
        chain.push(ca.basic_constraints(true, *path_len, true).build_authority());
    }
    let issuers: Vec<_> = chain[1..].iter().collect();
    Setup::new(&[&root]).presenting(&issuers).verify(&chain.last().unwrap().issue(Key::p256(3)).build())
}

#[test]
fn a_path_length_bounds_the_intermediates_below_and_not_the_leaf() {
    let exceeded = |depth| refused(ErrorKind::PathLenConstraintExceeded, depth);
    let not = |count| vec![false; count];
    assert_eq!(below(&[Some(0)], &not(1)), Ok(()));
    assert_eq!(below(&[Some(0), None], &not(2)), exceeded(1));
    assert_eq!(below(&[Some(1), None], &not(2)), Ok(()));
    assert_eq!(below(&[Some(1), Some(0)], &not(2)), Ok(()));
    assert_eq!(below(&[Some(1), None, None], &not(3)), exceeded(1));
    assert_eq!(below(&[None, Some(0), None], &not(3)), exceeded(1));
    assert_eq!(below(&[Some(0), None, None], &not(3)), exceeded(2));
}

#[test]
fn a_lower_ca_cannot_lengthen_what_a_higher_one_allowed() {
    let exceeded = refused(ErrorKind::PathLenConstraintExceeded, 1);
    assert_eq!(below(&[Some(1), Some(5), None], &[false; 3]), exceeded);
    assert_eq!(below(&[Some(1), Some(u64::from(u32::MAX)), None], &[false; 3]), exceeded);
    assert_eq!(below(&[Some(u64::from(u32::MAX)), None, None], &[false; 3]), Ok(()));
}

#[test]
fn self_issued_intermediates_do_not_count() {
    assert_eq!(below(&[Some(0), None], &[false, true]), Ok(()));
    assert_eq!(below(&[Some(0), None, None], &[false, true, true]), Ok(()));
    let exceeded = refused(ErrorKind::PathLenConstraintExceeded, 1);
    assert_eq!(below(&[Some(0), None, None], &[false, true, false]), exceeded);
}

#[test]
fn no_more_intermediates_than_the_limit() {
    let pki = Pki::new();
    let deeper = pki.issuing.issue_ca("Deeper", Key::p256(5)).build_authority();
    let verify = |intermediates, leaf: Vec<u8>| {
        let setup = pki.setup().presenting(&[&pki.issuing, &deeper]);
        setup.with(|setup| setup.limits.intermediates = intermediates).verify(&leaf)
    };
    let [direct, one, two] = [&pki.root, &pki.issuing, &deeper].map(|ca| ca.issue(Key::p256(3)).build());
    assert_eq!(verify(0, direct.clone()), Ok(()));
    assert_eq!(verify(0, one.clone()), refused(ErrorKind::PathTooLong, 1));
    assert_eq!(verify(1, direct), Ok(()));
    assert_eq!(verify(1, one), Ok(()));
    assert_eq!(verify(1, two.clone()), refused(ErrorKind::PathTooLong, 2));
    assert_eq!(verify(2, two), Ok(()));
}

#[test]
fn a_self_signed_leaf_is_its_own_anchor_where_it_is_trusted_and_nowhere_else() {
    let alice = Authority::root_builder("alice", Key::p256(3))
        .without(oid::BASIC_CONSTRAINTS)
        .client_auth()
        .build_authority();
    assert_eq!(Setup::new(&[&alice]).verify(alice.certificate_der()), Ok(()));
    let pki = Pki::new();
    let untrusted = pki.setup().presenting(&[&pki.issuing, &alice]).verify(alice.certificate_der());
    assert_eq!(untrusted, refused(ErrorKind::UnknownIssuer, 0));
}

// -- extendedKeyUsage --

#[test]
fn a_ca_that_names_purposes_passes_on_no_others() {
    assert_eq!(issuer(|ca| ca.extended_key_usage(&[oid::CLIENT_AUTH])), Ok(()));
    assert_eq!(issuer(|ca| ca.extended_key_usage(&[oid::SERVER_AUTH, oid::CLIENT_AUTH])), Ok(()));
    assert_eq!(issuer(|ca| ca.extended_key_usage(&[oid::ANY_EXTENDED_KEY_USAGE])), Ok(()));
    let kind = ErrorKind::PurposeNotAllowed;
    assert_eq!(issuer(|ca| ca.extended_key_usage(&[oid::SERVER_AUTH])), refused(kind, 1));
    assert_eq!(issuer(|ca| ca.extended_key_usage_critical(&[oid::OCSP_SIGNING])), refused(kind, 1));
}

#[test]
fn the_purpose_asked_is_the_one_that_must_be_allowed() {
    let pki = Pki::new();
    let email_protection = &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x04];
    let verify = |purpose, eku: &[&str]| {
        let leaf = pki.alice().extended_key_usage(eku).build();
        pki.setup().with(|setup| setup.options.purpose = purpose).verify(&leaf)
    };
    let no = refused(ErrorKind::PurposeNotAllowed, 0);
    assert_eq!(verify(Purpose::ServerAuth, &[oid::SERVER_AUTH]), Ok(()));
    assert_eq!(verify(Purpose::ServerAuth, &[oid::CLIENT_AUTH]), no);
    assert_eq!(verify(Purpose::Oid(email_protection), &[oid::EMAIL_PROTECTION]), Ok(()));
    assert_eq!(verify(Purpose::Oid(email_protection), &[oid::CLIENT_AUTH]), no);
    assert_eq!(verify(Purpose::Any, &[oid::OCSP_SIGNING]), Ok(()));
}

// -- name chaining (7.1) --

/// The verdict on a leaf whose issuer is `issuer`, below a root called `subject`.
fn chained(subject: &Name, issuer: &Name) -> Verdict {
    let root = Authority::root(subject.clone(), Key::p256(1));
    Setup::new(&[&root]).verify(&root.issue(Key::p256(2)).issuer(issuer.clone()).build())
}

/// A common name in any string type.
fn name(tag: u8, bytes: &[u8]) -> Name {
    Name::new().attribute(oid::COMMON_NAME, tag, bytes)
}

fn utf8(text: &str) -> Name {
    name(der::tag::UTF8_STRING, text.as_bytes())
}

#[test]
fn names_that_differ_in_case_white_space_or_string_type_chain() {
    let bmp: Vec<u8> = "Root CA".encode_utf16().flat_map(u16::to_be_bytes).collect();
    let universal: Vec<u8> = "Root CA".chars().flat_map(|c| u32::from(c).to_be_bytes()).collect();
    let spellings = [
        utf8("Root CA"),
        utf8("ROOT ca"),
        utf8("  Root   CA "),
        utf8("Root\tCA"),
        name(der::tag::PRINTABLE_STRING, b"Root CA"),
        name(der::tag::IA5_STRING, b"root ca"),
        name(der::tag::TELETEX_STRING, b"Root CA"),
        name(der::tag::BMP_STRING, &bmp),
        name(der::tag::UNIVERSAL_STRING, &universal),
    ];
    for subject in &spellings {
        for issuer in &spellings {
            assert_eq!(chained(subject, issuer), Ok(()));
        }
    }
}

#[test]
fn different_names_do_not_chain() {
    let organisation = |text: &[u8]| Name::new().attribute(oid::ORGANIZATION, der::tag::UTF8_STRING, text);
    for (subject, issuer) in [
        (utf8("Root CA"), utf8("RootCA")),
        (utf8("Root CA"), utf8("Root CA 2")),
        (utf8("Root CA"), utf8("Root C")),
        (utf8("Root CA"), utf8("Root CA\0")),
        (utf8("Root CA"), utf8("")),
        (utf8("Root CA"), organisation(b"Root CA")),
        (utf8("Root CA"), organisation(b"Example").common_name("Root CA")),
        (utf8("Root CA"), utf8("Root CA").common_name("Root CA")),
        (organisation(b"A").common_name("B"), utf8("B").attribute(oid::ORGANIZATION, 12, b"A")),
        (utf8("caf\u{e9}"), utf8("cafe")),
        (utf8("caf\u{e9}"), utf8("caf\u{c9}")),
        (utf8("cafe\u{301}"), utf8("caf\u{e9}")),
        (name(der::tag::OCTET_STRING, b"Root CA"), utf8("Root CA")),
        (name(der::tag::OCTET_STRING, b"Root CA"), name(der::tag::OCTET_STRING, b"root ca")),
        (name(der::tag::UTF8_STRING, b"\xff"), name(der::tag::TELETEX_STRING, b"\xff")),
    ] {
        assert_eq!(chained(&subject, &subject), Ok(()));
        assert_eq!(chained(&subject, &issuer), refused(ErrorKind::UnknownIssuer, 0), "{issuer:?}");
        assert_eq!(chained(&issuer, &subject), refused(ErrorKind::UnknownIssuer, 0), "{issuer:?}");
    }
}

#[test]
fn the_attributes_of_one_rdn_are_a_set_and_the_rdns_are_a_list() {
    let cn = || attribute(oid::COMMON_NAME, der::tag::UTF8_STRING, b"Root CA");
    let unit = |text: &[u8]| attribute(oid::ORGANIZATIONAL_UNIT, der::tag::UTF8_STRING, text);
    let raw = |attributes: &[Vec<u8>]| der::sequence([der::tlv(der::tag::SET, &der::concat(attributes))]);
    let root = Authority::root(Name::new().rdn([cn(), unit(b"Unit")]), Key::p256(1));
    let issued =
        |issuer: Vec<u8>| Setup::new(&[&root]).verify(&root.issue(Key::p256(2)).issuer_raw(issuer).build());
    assert_eq!(issued(raw(&[cn(), unit(b"Unit")])), Ok(()));
    assert_eq!(issued(raw(&[unit(b"Unit"), cn()])), Ok(()));
    assert_eq!(issued(raw(&[unit(b"unit"), cn()])), Ok(()));
    let unknown = refused(ErrorKind::UnknownIssuer, 0);
    assert_eq!(issued(raw(&[cn()])), unknown);
    assert_eq!(issued(raw(&[cn(), unit(b"Other")])), unknown);
    assert_eq!(issued(raw(&[cn(), cn()])), unknown);
    assert_eq!(issued(raw(&[cn(), unit(b"Unit"), unit(b"Other")])), unknown);
    assert_eq!(issued(Name::new().rdn([cn()]).rdn([unit(b"Unit")]).der()), unknown);
    // Each of the anchor's attributes is among the issuer's, and not the other way round.
    let twice = Name::new().rdn([cn(), attribute(oid::COMMON_NAME, der::tag::UTF8_STRING, b"root ca")]);
    assert_eq!(chained(&twice, &Name::new().rdn([cn(), unit(b"Root CA")])), unknown);
}

#[test]
fn an_empty_issuer_is_refused_even_below_a_nameless_anchor() {
    let nameless = Authority::root(Name::new(), Key::p256(1));
    let verdict = Setup::new(&[&nameless]).verify(&nameless.issue(Key::p256(2)).build());
    assert_eq!(verdict, refused(ErrorKind::EmptyIssuer, 0));
}

// -- keys --

fn leaf_key(key: &Key) -> Verdict {
    leaf(|leaf| leaf.spki_raw(key.spki_der()))
}

fn rsa_key(bits: usize, exponent: &[u8]) -> Key {
    Key::rsa_public(&odd_modulus(bits), exponent)
}

const F4: &[u8] = &[1, 0, 1];

#[test]
fn an_rsa_modulus_has_2048_to_8192_bits() {
    for bits in [2048, 2049, 3072, 4096, 8191, 8192] {
        assert_eq!(leaf_key(&rsa_key(bits, F4)), Ok(()), "{bits}");
    }
    for bits in [512, 1024, 2040, 2047] {
        assert_eq!(leaf_key(&rsa_key(bits, F4)), refused(ErrorKind::RsaModulusTooShort, 0), "{bits}");
    }
    for bits in [8193, 8200, 16384] {
        assert_eq!(leaf_key(&rsa_key(bits, F4)), refused(ErrorKind::RsaModulusTooLong, 0), "{bits}");
    }
}

#[test]
fn an_even_rsa_modulus_is_refused() {
    let mut modulus = odd_modulus(2048);
    *modulus.last_mut().unwrap() &= 0xfe;
    assert_eq!(leaf_key(&Key::rsa_public(&modulus, F4)), refused(ErrorKind::RsaModulusEven, 0));
}

#[test]
fn an_rsa_exponent_is_odd_from_65537_to_33_bits() {
    for exponent in [F4, &[1, 0, 3], &[1, 0xff, 0xff, 0xff, 0xff]] {
        assert_eq!(leaf_key(&rsa_key(2048, exponent)), Ok(()), "{exponent:?}");
    }
    let kind = ErrorKind::RsaExponentOutOfRange;
    for exponent in
        [&[1][..], &[3], &[17], &[0xff, 0xff], &[1, 0, 0], &[1, 0, 2], &[2, 0, 0, 0, 1], &[1; 256]]
    {
        assert_eq!(leaf_key(&rsa_key(2048, exponent)), refused(kind, 0), "{exponent:?}");
    }
}

#[test]
fn a_weak_key_is_refused_wherever_it_stands() {
    let weak = Key::rsa(1024);
    assert_eq!(leaf_key(&weak), refused(ErrorKind::RsaModulusTooShort, 0));
    let ca = issuer(|ca| ca.spki_raw(weak.spki_der()));
    assert_eq!(ca, refused(ErrorKind::RsaModulusTooShort, 1));
    let root = Authority::root("Root", weak);
    let below_root = Setup::new(&[&root]).verify(&root.issue(Key::p256(2)).build());
    assert_eq!(below_root, refused(ErrorKind::RsaModulusTooShort, 1));
}

#[test]
fn curves_other_than_p256_and_p384_are_refused() {
    let explicit = algorithm_identifier(oid::EC_PUBLIC_KEY, &der::sequence([der::integer(1)]));
    let implicit = algorithm_identifier(oid::EC_PUBLIC_KEY, &der::null());
    let absent = algorithm_identifier(oid::EC_PUBLIC_KEY, &[]);
    let point = Key::p256(3).public_bytes().to_vec();
    for key in [
        Key::ec_public(oid::P521, &[4; 133]),
        Key::ec_public(oid::SECP256K1, &point),
        Key::public(explicit, point.clone()),
        Key::public(implicit, point.clone()),
        Key::public(absent, point),
        Key::public(algorithm_identifier(oid::ED448, &[]), vec![1; 57]),
        Key::rsa(2048).with_algorithm(algorithm_identifier(oid::RSASSA_PSS, &[])),
        Key::rsa(2048).with_algorithm(algorithm_identifier(oid::RSA_ENCRYPTION, &[])),
        Key::ed25519(1).with_algorithm(algorithm_identifier(oid::ED25519, &der::null())),
    ] {
        assert_eq!(leaf_key(&key), refused(ErrorKind::UnsupportedPublicKey, 0));
    }
}

#[test]
fn a_compressed_point_is_unsupported_and_other_forms_are_malformed() {
    let point = Key::p256(3).public_bytes().to_vec();
    for first in [2, 3] {
        let compressed = der::concat([&[first][..], &point[1..33]]);
        let key = Key::p256(3).with_public(compressed);
        assert_eq!(leaf_key(&key), refused(ErrorKind::UnsupportedPublicKey, 0));
    }
    let longer = der::concat([&point[..], &[0]]);
    for bytes in
        [vec![], vec![0], vec![4], point[..64].to_vec(), longer, der::concat([&[6][..], &point[1..]])]
    {
        let key = Key::p256(3).with_public(bytes);
        assert_eq!(leaf_key(&key), refused(ErrorKind::MalformedPublicKey, 0));
    }
    let p384_point = Key::p384(3).public_bytes().to_vec();
    let swapped = Key::p256(3).with_public(p384_point);
    assert_eq!(leaf_key(&swapped), refused(ErrorKind::MalformedPublicKey, 0));
    let short = Key::ed25519(3).with_public(vec![1; 31]);
    assert_eq!(leaf_key(&short), refused(ErrorKind::MalformedPublicKey, 0));
}

#[test]
fn an_rsa_key_that_is_not_two_positive_numbers_is_malformed() {
    let (n, e) = (der::unsigned(&odd_modulus(2048)), der::unsigned(F4));
    let negative = der::tlv(der::tag::INTEGER, &[0x80, 1]);
    let padded = der::tlv(der::tag::INTEGER, &[0, 0, 0x80]);
    for bytes in [
        vec![],
        der::sequence([&n]),
        der::sequence([&n, &e, &e]),
        der::sequence([&n, &negative]),
        der::sequence([&negative, &e]),
        der::sequence([&padded, &e]),
        der::sequence([&n, &der::integer(0)]),
        der::concat([der::sequence([&n, &e]), vec![0]]),
    ] {
        let key = Key::rsa(2048).with_public(bytes);
        assert_eq!(leaf_key(&key), refused(ErrorKind::MalformedPublicKey, 0));
    }
}

// -- signatures --

/// Keys of a root and schemes by which it can sign.
fn schemes() -> Vec<(Key, SignatureScheme)> {
    let mut schemes = vec![(Key::ed25519(1), SignatureScheme::Ed25519)];
    for hash in [Hash::Sha256, Hash::Sha384, Hash::Sha512] {
        schemes.push((Key::p256(1), SignatureScheme::Ecdsa(hash)));
        schemes.push((Key::p384(1), SignatureScheme::Ecdsa(hash)));
        schemes.push((Key::rsa(2048), SignatureScheme::Pkcs1(hash)));
        schemes.push((Key::rsa(2048), SignatureScheme::pss(hash)));
    }
    schemes.push((Key::rsa(4096), SignatureScheme::Pkcs1(Hash::Sha256)));
    schemes
}

/// The verdict on a leaf below a root with this key.
fn signed(key: &Key, change: impl FnOnce(CertificateBuilder) -> CertificateBuilder) -> Verdict {
    let root = Authority::root("Root", key.clone());
    Setup::new(&[&root]).verify(&change(root.issue(Key::p256(2))).build())
}

#[test]
fn every_algorithm_signs_from_end_to_end() {
    for (key, scheme) in schemes() {
        assert_eq!(signed(&key, |leaf| leaf.scheme(scheme)), Ok(()), "{scheme:?}");
        let tampered = signed(&key, |leaf| {
            leaf.common_name("alice").scheme(scheme).tamper(|der| {
                let at = der.windows(5).position(|window| window == b"alice").unwrap();
                der[at] ^= 0x20;
            })
        });
        assert_eq!(tampered, refused(ErrorKind::BadSignature, 0), "{scheme:?}");
        let broken = signed(&key, |leaf| leaf.scheme(scheme).tamper(|der| *der.last_mut().unwrap() ^= 1));
        assert_eq!(broken, refused(ErrorKind::BadSignature, 0), "{scheme:?}");
    }
}

#[test]
fn every_kind_of_key_can_stand_in_leaf_intermediate_and_root() {
    let keys = |seed: u64| [Key::p256(seed), Key::p384(seed), Key::ed25519(seed), Key::rsa(2048)];
    for root in keys(1) {
        for issuing in keys(2) {
            for leaf in keys(3) {
                let root = Authority::root("Root", root.clone());
                let issuing = root.issue_ca("Issuing", issuing.clone()).build_authority();
                let setup = Setup::new(&[&root]).presenting(&[&issuing]);
                assert_eq!(setup.verify(&issuing.issue(leaf).build()), Ok(()));
            }
        }
    }
}

#[test]
fn md5_and_sha_1_are_refused_by_name() {
    let md5 = algorithm_identifier(oid::MD5_WITH_RSA, &der::null());
    assert_eq!(signed(&Key::rsa(2048), |leaf| leaf.algorithm(md5)), refused(ErrorKind::Md5Signature, 0));
    for (key, scheme) in [
        (Key::rsa(2048), SignatureScheme::Pkcs1(Hash::Sha1)),
        (Key::p256(1), SignatureScheme::Ecdsa(Hash::Sha1)),
        (Key::p384(1), SignatureScheme::Ecdsa(Hash::Sha1)),
        (Key::rsa(2048), SignatureScheme::Pss(Hash::Sha1, 20)),
    ] {
        let verdict = signed(&key, |leaf| leaf.scheme(scheme));
        assert_eq!(verdict, refused(ErrorKind::Sha1Signature, 0), "{scheme:?}");
    }
}

#[test]
fn the_anchors_own_signature_is_nobodys_concern() {
    assert_eq!(root(|root| root.signature_raw(b"none")), Ok(()));
    assert_eq!(root(|root| root.algorithm(algorithm_identifier(oid::MD5_WITH_RSA, &der::null()))), Ok(()));
}

/// RSASSA-PSS-params.
fn pss(hash: Hash, mgf: &str, mgf_hash: Hash, salt: u64, trailer: Option<u64>) -> Vec<u8> {
    let mgf = algorithm_identifier(mgf, &mgf_hash.identifier());
    let trailer = trailer.map(|trailer| der::context(3, &der::integer(trailer))).unwrap_or_default();
    let parameters = der::sequence([
        der::context(0, &hash.identifier()),
        der::context(1, &mgf),
        der::context(2, &der::integer(salt)),
        trailer,
    ]);
    algorithm_identifier(oid::RSASSA_PSS, &parameters)
}

#[test]
fn pss_has_one_hash_a_salt_as_long_and_the_one_trailer() {
    let verdict = |algorithm: Vec<u8>| {
        signed(&Key::rsa(2048), |leaf| leaf.scheme(SignatureScheme::pss(Hash::Sha256)).algorithm(algorithm))
    };
    let (sha256, sha384) = (Hash::Sha256, Hash::Sha384);
    assert_eq!(verdict(pss(sha256, oid::MGF1, sha256, 32, None)), Ok(()));
    for bad in [
        pss(sha256, oid::MGF1, sha384, 32, None),
        pss(sha384, oid::MGF1, sha256, 48, None),
        pss(sha256, oid::MGF1, sha256, 0, None),
        pss(sha256, oid::MGF1, sha256, 20, None),
        pss(sha256, oid::MGF1, sha256, 33, None),
        pss(sha256, oid::MGF1, sha256, 222, None),
        pss(sha256, oid::MGF1, sha256, 32, Some(1)),
        pss(sha256, oid::MGF1, sha256, 32, Some(2)),
        pss(sha256, oid::SHA256, sha256, 32, None),
        pss(Hash::Sha1, oid::MGF1, Hash::Sha1, 20, None),
        algorithm_identifier(oid::RSASSA_PSS, &[]),
        algorithm_identifier(oid::RSASSA_PSS, &der::null()),
        algorithm_identifier(oid::RSASSA_PSS, &der::sequence([der::context(2, &der::integer(32))])),
    ] {
        assert_eq!(verdict(bad), refused(ErrorKind::UnsupportedSignatureAlgorithm, 0));
    }
    let defaults = algorithm_identifier(oid::RSASSA_PSS, &der::sequence([[]; 0]));
    assert_eq!(verdict(defaults), refused(ErrorKind::Sha1Signature, 0));
}

#[test]
fn algorithms_with_parameters_that_are_not_theirs_are_unsupported() {
    let kind = ErrorKind::UnsupportedSignatureAlgorithm;
    for (key, algorithm) in [
        (Key::p256(1), algorithm_identifier(oid::ECDSA_WITH_SHA256, &der::null())),
        (Key::ed25519(1), algorithm_identifier(oid::ED25519, &der::null())),
        (Key::rsa(2048), algorithm_identifier(oid::SHA256_WITH_RSA, &der::integer(1))),
        (Key::rsa(2048), algorithm_identifier(oid::RSA_ENCRYPTION, &der::null())),
        (Key::p256(1), algorithm_identifier("1.2.3.4", &[])),
    ] {
        assert_eq!(signed(&key, |leaf| leaf.algorithm(algorithm)), refused(kind, 0));
    }
    let absent = algorithm_identifier(oid::SHA256_WITH_RSA, &[]);
    assert_eq!(signed(&Key::rsa(2048), |leaf| leaf.algorithm(absent)), Ok(()));
}

#[test]
fn an_algorithm_that_is_not_of_the_issuers_kind_of_key_is_a_mismatch() {
    let keys = [Key::p256(1), Key::ed25519(1), Key::rsa(2048)];
    let schemes = [
        SignatureScheme::Ecdsa(Hash::Sha256),
        SignatureScheme::Ed25519,
        SignatureScheme::Pkcs1(Hash::Sha256),
    ];
    for (at, key) in keys.iter().enumerate() {
        for (other, scheme) in schemes.iter().enumerate() {
            let verdict = signed(key, |leaf| leaf.algorithm(scheme.identifier()));
            let fits = if at == other { Ok(()) } else { refused(ErrorKind::KeyAlgorithmMismatch, 0) };
            assert_eq!(verdict, fits);
        }
    }
}

#[test]
fn a_signature_of_any_other_form_is_bad() {
    for signature in [&b""[..], &[0x30, 0x00], &[0x30, 0x06, 2, 1, 0, 2, 1, 0], &[0; 64], &[0xff; 4096]] {
        for key in [Key::p256(1), Key::p384(1), Key::ed25519(1), Key::rsa(2048)] {
            let verdict = signed(&key, |leaf| leaf.signature_raw(signature));
            assert_eq!(verdict, refused(ErrorKind::BadSignature, 0));
        }
    }
}

#[test]
fn a_signature_that_is_no_whole_number_of_bytes_is_bad() {
    // The length of an ECDSA signature differs; its BIT STRING is the last value.
    let verdict = signed(&Key::ed25519(1), |leaf| {
        leaf.tamper(|der| {
            let unused = der.len() - 65;
            der[unused] = 1;
            *der.last_mut().unwrap() &= 0xfe;
        })
    });
    assert_eq!(verdict, refused(ErrorKind::BadSignature, 0));
}

// -- options --

#[test]
fn each_option_loosens_its_own_rule_and_no_other() {
    type Change = fn(&mut PathOptions<'static>);
    let pki = Pki::new();
    let key = |key: Key| pki.alice().spki_raw(key.spki_der()).build();
    let rows: [(Change, Vec<u8>, ErrorKind); 7] = [
        (
            |options| options.accept_missing_extended_key_usage = true,
            pki.alice().without(oid::EXTENDED_KEY_USAGE).build(),
            ErrorKind::MissingExtendedKeyUsage,
        ),
        (
            |options| options.accept_any_extended_key_usage = true,
            pki.alice().extended_key_usage(&[oid::ANY_EXTENDED_KEY_USAGE]).build(),
            ErrorKind::PurposeNotAllowed,
        ),
        (
            |options| options.accept_negative_serial = true,
            pki.alice().serial_raw(&[0x80]).build(),
            ErrorKind::NegativeSerial,
        ),
        (
            |options| options.accept_long_serial = true,
            pki.alice().serial_raw(&[1; 21]).build(),
            ErrorKind::SerialTooLong,
        ),
        (
            |options| options.strength.min_rsa_bits = 1024,
            key(rsa_key(1024, F4)),
            ErrorKind::RsaModulusTooShort,
        ),
        (
            |options| options.strength.accept_small_rsa_exponent = true,
            key(rsa_key(2048, &[3])),
            ErrorKind::RsaExponentOutOfRange,
        ),
        (
            // A leaf of version 1 has no extendedKeyUsage either.
            |options| {
                options.accept_version_1_leaf = true;
                options.purpose = Purpose::Any;
            },
            pki.alice().v1().build(),
            ErrorKind::Version1,
        ),
    ];
    for (at, (change, ..)) in rows.iter().enumerate() {
        let setup = pki.setup().with(|setup| change(&mut setup.options));
        for (other, (_, leaf, kind)) in rows.iter().enumerate() {
            // Who asks for no purpose asks for no extendedKeyUsage.
            let unasked = at == 6 && other < 2;
            let expected = if at == other || unasked { Ok(()) } else { refused(*kind, 0) };
            assert_eq!(setup.verify(leaf), expected, "option {at}, leaf {other}");
        }
    }
}

#[test]
fn a_version_1_leaf_is_accepted_only_by_both_of_its_options() {
    let pki = Pki::new();
    let leaf = pki.alice().v1().build();
    let verify = |version_1, missing| {
        let setup = pki.setup().with(|setup| {
            setup.options.accept_version_1_leaf = version_1;
            setup.options.accept_missing_extended_key_usage = missing;
        });
        setup.verify(&leaf)
    };
    assert_eq!(verify(true, true), Ok(()));
    assert_eq!(verify(true, false), refused(ErrorKind::MissingExtendedKeyUsage, 0));
    assert_eq!(verify(false, true), refused(ErrorKind::Version1, 0));
}

#[test]
fn a_small_exponent_is_loosened_to_three_and_not_to_one_or_two() {
    let pki = Pki::new();
    let setup = pki.setup().with(|setup| setup.options.strength.accept_small_rsa_exponent = true);
    let verify =
        |exponent: &[u8]| setup.verify(&pki.alice().spki_raw(rsa_key(2048, exponent).spki_der()).build());
    assert_eq!(verify(&[3]), Ok(()));
    assert_eq!(verify(&[0xff, 0xff]), Ok(()));
    for exponent in [&[1][..], &[2], &[4], &[1, 0, 0], &[2, 0, 0, 0, 1]] {
        assert_eq!(verify(exponent), refused(ErrorKind::RsaExponentOutOfRange, 0));
    }
}

#[test]
fn no_option_lets_a_modulus_beyond_8192_bits_pass_and_one_can_lower_that() {
    let pki = Pki::new();
    let verify = |max, bits| {
        let setup = pki.setup().with(|setup| setup.options.strength.max_rsa_bits = max);
        setup.verify(&pki.alice().spki_raw(rsa_key(bits, F4).spki_der()).build())
    };
    assert_eq!(verify(u16::MAX, 8192), Ok(()));
    assert_eq!(verify(u16::MAX, 8200), refused(ErrorKind::RsaModulusTooLong, 0));
    assert_eq!(verify(2048, 2048), Ok(()));
    assert_eq!(verify(2048, 2049), refused(ErrorKind::RsaModulusTooLong, 0));
}

// -- a leaf among the anchors --

#[test]
fn a_leaf_that_is_an_anchor_is_accepted_by_option_alone() {
    let pki = Pki::new();
    let leaf = pki.alice().build();
    let among = |accept: bool, change: fn(&mut Setup)| {
        let setup = pki.setup().with(|setup| {
            setup.roots = vec![leaf.clone()];
            setup.presented.clear();
            setup.options.accept_trusted_leaf = accept;
        });
        setup.with(change).verify(&leaf)
    };
    assert_eq!(among(false, |_| {}), refused(ErrorKind::UnknownIssuer, 0));
    assert_eq!(among(true, |_| {}), Ok(()));
    // What the certificate says of itself still holds.
    assert_eq!(among(true, |setup| setup.time = i64::MAX), refused(ErrorKind::Expired, 0));
    assert_eq!(
        among(true, |setup| setup.options.purpose = Purpose::ServerAuth),
        refused(ErrorKind::PurposeNotAllowed, 0)
    );
    assert_eq!(
        among(true, |setup| setup.options.policies.initial_explicit_policy = true),
        refused(ErrorKind::PolicyRequired, 0)
    );
    // The whole certificate is compared, and another is not vouched for.
    let twin = pki.alice().serial(1).build();
    let setup = pki.setup().with(|setup| {
        setup.roots = vec![leaf.clone()];
        setup.options.accept_trusted_leaf = true;
    });
    assert_eq!(setup.verify(&twin), refused(ErrorKind::UnknownIssuer, 1));
}
