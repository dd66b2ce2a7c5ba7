//! What a verifier is prepared from: bundles, domains, deny lists, options; and where it is wrong.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    reason = "a panic is how a test fails"
)]

mod common;

use cba_ffi::*;
use common::{
    ALICE, Attempt, NO_FAULT, NOW, NOWHERE, Pki, STALE, Setup, Trusted, asks_password, fault, logs_in,
    refused, span, whole,
};
use std::ptr;
use test_pki::{Authority, CertificateBuilder, Key, key_usage, oid};

fn trusting(certificates: Vec<u8>, domains: Option<&[&str]>) -> Trusted {
    let domains = domains.map(|domains| domains.iter().map(|domain| domain.as_bytes().to_vec()).collect());
    Trusted { certificates, domains }
}

fn primary(leaf: &CertificateBuilder, setup: &Setup) -> (cba_verdict, cba_status, String) {
    Attempt::new(leaf.build(), Vec::new()).outcome(&setup.init().unwrap())
}

fn optioned(change: impl FnOnce(&mut cba_verifier_config)) -> Setup {
    Pki::new().setup().with(|setup| change(&mut setup.options))
}

// -- bundles --

#[test]
fn bundles_are_taken_in_pem_and_in_der_one_certificate_or_many() {
    let pki = Pki::new();
    let other = Authority::root("Other", Key::p256(5));
    let (root, issuing) = (pki.root_der(), pki.issuing_der());
    let ders = [other.certificate_der(), &root].concat();
    let pem =
        format!("a root\n{}another\r\n{}", test_pki::pem(other.certificate_der()), test_pki::pem(&root));
    let attempt = pki.attempt();
    for trusted in [ders.clone(), pem.clone().into_bytes(), pem.replace('\n', "\r\n").into_bytes()] {
        for intermediates in
            [issuing.clone(), test_pki::pem(&issuing).into_bytes(), [ders.clone(), issuing.clone()].concat()]
        {
            for borrow in [0, CBA_BORROW_DER] {
                let setup = Setup::new(&[&trusted]).with(|setup| {
                    setup.intermediates = vec![intermediates.clone()];
                    setup.options.borrow = borrow;
                });
                let verifier = setup.init().unwrap();
                // SAFETY: the verifier lives.
                assert_eq!(unsafe { cba_verifier_anchors(verifier.at) }, 2);
                assert_eq!(attempt.outcome(&verifier), logs_in(ALICE));
            }
        }
    }
}

#[test]
fn anchors_and_intermediates_may_stand_in_any_number_of_bundles() {
    let pki = Pki::new();
    let others: Vec<_> = (10..20).map(|seed| Authority::root("Other", Key::p256(seed))).collect();
    for place in 0..=others.len() {
        let mut roots: Vec<_> = others.iter().map(|other| other.certificate_der().to_vec()).collect();
        let mut intermediates = roots.clone();
        roots.insert(place, pki.root_der());
        intermediates.insert(others.len() - place, pki.issuing_der());
        let roots: Vec<_> = roots.iter().map(Vec::as_slice).collect();
        let setup = Setup::new(&roots).with(|setup| setup.intermediates = intermediates);
        assert_eq!(primary(&pki.alice(), &setup), logs_in(ALICE), "{place}");
    }
}

#[test]
fn a_bundle_without_a_certificate_is_refused_where_it_stands() {
    let pki = Pki::new();
    let crl = test_pki::pem_block("X509 CRL", b"no certificate");
    for nothing in [&b""[..], b"\n", b"text", crl.as_bytes(), b"\x31\x82\x01\x00", b"\x02\x01\x01"] {
        let status = CBA_STATUS_NO_CERTIFICATES;
        let setup = pki.setup().with(|setup| setup.trusted.push(trusting(nothing.to_vec(), None)));
        assert_eq!(setup.size(), Err(fault(status, CBA_PART_TRUSTED, 1, 0, 0)));
        let setup = pki.setup().with(|setup| setup.intermediates.insert(0, nothing.to_vec()));
        assert_eq!(setup.fault(), fault(status, CBA_PART_INTERMEDIATES, 0, 0, 0));
    }
    assert_eq!(Setup::new(&[]).fault(), whole(CBA_STATUS_NO_CERTIFICATES));
}

#[test]
fn a_fault_points_at_the_bundle_the_certificate_in_it_and_the_byte() {
    let pki = Pki::new();
    let root = pki.root_der();
    let mut broken = root.clone();
    broken[4] = 0x31;
    let der = [root.clone(), broken.clone(), root.clone()].concat();
    let pem = test_pki::pem(&root) + &test_pki::pem(&broken);
    for bundle in [der, pem.into_bytes()] {
        let trusted = pki.setup().with(|setup| setup.trusted.push(trusting(bundle.clone(), None)));
        assert_eq!(trusted.fault(), fault(104, CBA_PART_TRUSTED, 1, 1, 4));
        let intermediates = pki.setup().with(|setup| setup.intermediates.push(bundle));
        assert_eq!(intermediates.fault(), fault(104, CBA_PART_INTERMEDIATES, 1, 1, 4));
    }
    let trailing = pki.setup().with(|setup| setup.trusted[0].certificates.extend(b"\nmore"));
    assert_eq!(
        trailing.fault(),
        fault(trailing.fault().status, CBA_PART_TRUSTED, 0, 1, trailing.fault().offset)
    );
    let cut = pki.setup().with(|setup| {
        setup.intermediates[0].pop();
    });
    assert_eq!(cut.fault(), fault(100, CBA_PART_INTERMEDIATES, 0, 0, cut.fault().offset));
    let good = test_pki::pem(&root);
    for (block, status, offset) in [
        (" -----BEGIN CERTIFICATE-----\n", 800, 0),
        ("-----BEGIN CERTIFICATE-----\nM*==\n-----END CERTIFICATE-----\n", 801, 29),
        ("-----BEGIN CERTIFICATE-----\nMAMCAQE=\n", 800, 0),
    ] {
        let bundle = format!("{good}{block}");
        let setup = pki.setup().with(|setup| setup.trusted[0].certificates = bundle.into_bytes());
        assert_eq!(setup.fault(), fault(status, CBA_PART_TRUSTED, 0, 1, good.len() as u32 + offset));
    }
}

#[test]
fn every_span_and_list_of_a_configuration_is_checked() {
    let pki = Pki::new();
    pki.setup().config(|good| {
        let found = |config: cba_verifier_config| common::size_of_config(&config).unwrap_err();
        let null = CBA_STATUS_NULL_POINTER;
        let bad = [NOWHERE];
        let list = bad.as_ptr();
        assert_eq!(found(cba_verifier_config { trusted: ptr::null(), ..*good }), whole(null));
        assert_eq!(found(cba_verifier_config { intermediates: ptr::null(), ..*good }), whole(null));
        assert_eq!(found(cba_verifier_config { denied: ptr::null(), denied_len: 1, ..*good }), whole(null));
        let config = cba_verifier_config { intermediates: list, intermediates_len: 1, ..*good };
        assert_eq!(found(config), fault(null, CBA_PART_INTERMEDIATES, 0, 0, 0));
        let config = cba_verifier_config { denied: list, denied_len: 1, ..*good };
        assert_eq!(found(config), fault(null, CBA_PART_DENIED, 0, 0, 0));
        // SAFETY: the setup trusts one bundle.
        let trusted = unsafe { *good.trusted };
        let with = |trusted: cba_trusted| {
            let trusted = [trusted];
            found(cba_verifier_config { trusted: trusted.as_ptr(), ..*good })
        };
        assert_eq!(
            with(cba_trusted { certificates: NOWHERE, ..trusted }),
            fault(null, CBA_PART_TRUSTED, 0, 0, 0)
        );
        let part = CBA_PART_EMAIL_DOMAINS;
        assert_eq!(
            with(cba_trusted { email_domains: list, email_domains_len: 1, ..trusted }),
            fault(null, part, 0, 0, 0)
        );
        assert_eq!(with(cba_trusted { email_domains_len: 1, ..trusted }), fault(null, part, 0, 0, 0));
        // A list that was meant to limit, and is empty, does not become no limit.
        let invalid = CBA_STATUS_INVALID_ARGUMENT;
        assert_eq!(with(cba_trusted { email_domains: list, ..trusted }), fault(invalid, part, 0, 0, 0));
        for len in [usize::MAX, usize::MAX / 16] {
            assert_eq!(found(cba_verifier_config { trusted_len: len, ..*good }), whole(invalid));
            assert_eq!(found(cba_verifier_config { denied: list, denied_len: len, ..*good }), whole(invalid));
        }
        assert_eq!(
            found(cba_verifier_config { denied: list.wrapping_byte_add(1), denied_len: 1, ..*good }),
            whole(invalid)
        );
        let mut size = 77;
        let mut fault = STALE;
        // SAFETY: NULL is refused.
        let status = unsafe { cba_verifier_size(ptr::null(), &raw mut size, &raw mut fault) };
        assert_eq!((status, size, fault), (null, 0, whole(null)));
    });
}

// -- domains --

#[test]
fn an_anchor_speaks_for_its_own_domains_alone() {
    let ours = Authority::root("Ours", Key::p256(1));
    let partner = Authority::root("Partner", Key::p256(2));
    let setup = Setup::new(&[]).with(|setup| {
        let certificates = |root: &Authority| root.certificate_der().to_vec();
        setup.trusted.push(trusting(certificates(&partner), Some(&["partner.example", ".partner.example"])));
        setup.trusted.push(trusting(certificates(&ours), Some(&["OURS.example"])));
    });
    let outcome = |root: &Authority, email: &str| primary(&root.issue(Key::p256(3)).email(email), &setup);
    for (root, email) in
        [(&ours, "boss@ours.example"), (&partner, "a@partner.example"), (&partner, "a@b.partner.example")]
    {
        assert_eq!(outcome(root, email), logs_in(email));
    }
    for (root, email) in [
        (&partner, "boss@ours.example"),
        (&partner, "boss@xpartner.example"),
        (&ours, "boss@b.ours.example"),
        (&ours, "a@partner.example"),
    ] {
        assert_eq!(outcome(root, email), refused(504), "{email}");
    }
}

#[test]
fn domains_of_one_anchor_hold_for_its_whole_bundle_and_for_a_second_entry_of_it() {
    let pki = Pki::new();
    let other = Authority::root("Other", Key::p256(5));
    let bundle = [other.certificate_der(), pki.root.certificate_der()].concat();
    let limited = Setup::new(&[]).with(|setup| {
        setup.trusted.push(trusting(bundle, Some(&["partner.example"])));
        setup.intermediates.push(pki.issuing_der());
    });
    assert_eq!(primary(&pki.alice(), &limited), refused(504));
    let twice = limited.with(|setup| setup.trusted.push(trusting(pki.root_der(), None)));
    assert_eq!(primary(&pki.alice(), &twice), refused(504));
}

#[test]
fn a_domain_that_is_none_is_refused_where_it_stands() {
    let pki = Pki::new();
    for domain in [
        &b""[..],
        b".",
        b"com",
        b"*.example.com",
        b"a@example.com",
        b"example.com\0",
        b"ex\xc3\xa4.com",
        b"\xff.com",
    ] {
        let setup = pki.setup().with(|setup| {
            setup.trusted.push(trusting(pki.root_der(), Some(&["example.com"])));
            setup.trusted[1].domains.as_mut().unwrap().push(domain.to_vec());
        });
        assert_eq!(setup.fault(), fault(505, CBA_PART_EMAIL_DOMAINS, 1, 1, 0), "{domain:?}");
    }
}

// -- deny lists --

#[test]
fn what_is_on_any_deny_list_is_refused_wherever_it_stands_in_the_path() {
    let pki = Pki::new();
    let leaf = pki.alice().build();
    use common::hex;
    let certificate = |der: &[u8]| format!("certificate {}", hex(cba_core::sha256(der)));
    let key = |key: &Key| format!("key {}", hex(cba_core::sha256(&key.spki_der())));
    let decision = |lists: &[String]| {
        let setup =
            pki.setup().with(|setup| setup.denied = lists.iter().map(|list| list.clone().into()).collect());
        let decision = Attempt::new(leaf.clone(), Vec::new()).authenticate(&setup.init().unwrap()).decision;
        (decision.verdict, decision.reason, decision.depth)
    };
    let other = format!("# nobody\n\ncertificate {} # lost\r\n", "0F:".repeat(31) + "0f");
    assert_eq!(decision(&[other.clone(), String::new()]), (CBA_LOGIN, CBA_OK, 0));
    for (line, depth) in [
        (certificate(&leaf), 0),
        (key(&Key::p256(3)), 0),
        (certificate(pki.issuing.certificate_der()), 1),
        (key(pki.issuing.key()), 1),
        (certificate(pki.root.certificate_der()), 2),
        (key(pki.root.key()), 2),
    ] {
        let denied = (CBA_REFUSED, 413, depth);
        assert_eq!(decision(std::slice::from_ref(&line)), denied, "{line}");
        assert_eq!(
            decision(&[other.clone(), String::from("\n"), format!("{other}{line}")]),
            denied,
            "{line}"
        );
        assert_eq!(decision(&[format!("# lines of old\r{line}\r")]), denied, "{line}");
    }
}

#[test]
fn a_line_that_is_no_entry_is_refused_where_it_stands() {
    let pki = Pki::new();
    let good = format!("key {}\n", "0f".repeat(32));
    for line in ["nonsense", "key 0f", "serial 01", "\u{feff}key", "\0"] {
        let setup = pki.setup().with(|setup| {
            setup.denied = vec![good.clone().into(), format!("# two\n{good}{good}{line}\n{good}").into()];
        });
        let wanted = fault(710, CBA_PART_DENIED, 1, 2, 6 + 2 * good.len() as u32);
        assert_eq!((setup.size(), setup.fault()), (Err(wanted), wanted), "{line}");
    }
}

// -- options --

#[test]
fn a_number_or_flag_without_a_meaning_is_refused() {
    let changes: &[fn(&mut cba_verifier_config)] = &[
        |config| config.email_sources = 4,
        |config| config.email_sources = u32::MAX,
        |config| config.local_part = 2,
        |config| config.local_part_case = 2,
        |config| config.accept = 512,
        |config| config.accept = u32::MAX,
        |config| config.borrow = 4,
        |config| config.borrow = 5,
        |config| config.revocation = 4,
        |config| config.anchor_constraints = 3,
        |config| config.require = 16,
        |config| config.reserved = 1,
        |config| config.reserved_at_end = 1,
        |config| config.max_rsa_bits = 8193,
        |config| config.min_rsa_bits = 8193,
        |config| (config.min_rsa_bits, config.max_rsa_bits) = (4096, 2048),
        |config| config.max_rsa_bits = 1024,
        |config| config.max_intermediates = 16,
        |config| config.max_intermediates = u8::MAX,
        |config| config.max_extra_signatures = 17,
    ];
    for (number, change) in changes.iter().enumerate() {
        assert_eq!(optioned(change).fault(), whole(CBA_STATUS_INVALID_ARGUMENT), "change {number}");
    }
    for limits in [
        |config: &mut cba_verifier_config| config.max_rsa_bits = 8192,
        |config: &mut cba_verifier_config| config.max_intermediates = 15,
        |config: &mut cba_verifier_config| config.max_extra_signatures = 16,
        |config: &mut cba_verifier_config| config.max_candidates = u32::MAX,
        |config: &mut cba_verifier_config| config.max_name_comparisons = u32::MAX,
    ] {
        assert_eq!(optioned(limits).fault(), NO_FAULT);
        assert_eq!(primary(&Pki::new().alice(), &optioned(limits)), logs_in(ALICE));
    }
}

#[test]
fn the_email_is_taken_from_where_the_configuration_says() {
    let pki = Pki::new();
    let from = |sources, leaf: &CertificateBuilder| {
        primary(leaf, &optioned(|config| config.email_sources = sources))
    };
    let subject = pki.client().email(ALICE);
    let san = pki.client().san_email("bob@example.com");
    let same = pki.alice().san_email("Alice@Example.com");
    let differ = pki.alice().san_email("bob@example.com");
    let (alice, bob) = (logs_in(ALICE), logs_in("bob@example.com"));
    for (sources, of_subject, of_san) in [
        (CBA_EMAIL_SUBJECT, alice.clone(), refused(500)),
        (CBA_EMAIL_SAN, refused(500), bob.clone()),
        (CBA_EMAIL_SUBJECT_THEN_SAN, alice.clone(), bob.clone()),
        (CBA_EMAIL_SAN_THEN_SUBJECT, alice.clone(), bob),
    ] {
        assert_eq!(from(sources, &subject), of_subject, "{sources}");
        assert_eq!(from(sources, &san), of_san, "{sources}");
        assert_eq!(from(sources, &same), alice, "{sources}");
        assert_eq!(from(sources, &differ), refused(501), "{sources}");
    }
}

#[test]
fn case_and_grammar_of_the_local_part_are_options() {
    let pki = Pki::new();
    let leaf = pki.client().email("Alice@Example.com").build();
    let outcome = |case, typed: &str| {
        let setup = optioned(|config| config.local_part_case = case);
        Attempt::new(leaf.clone(), Vec::new()).typing(typed).outcome(&setup.init().unwrap())
    };
    assert_eq!(outcome(CBA_CASE_FOLD, "aLICE@example.COM"), asks_password(ALICE));
    assert_eq!(outcome(CBA_CASE_EXACT, "Alice@example.COM"), asks_password("Alice@example.com"));
    assert_eq!(outcome(CBA_CASE_EXACT, ALICE), refused(602));
    let tagged = pki.client().email("a+b@example.com");
    assert_eq!(primary(&tagged, &pki.setup()), refused(502));
    let wide = optioned(|config| config.local_part = CBA_LOCAL_PART_DOT_ATOM);
    assert_eq!(primary(&tagged, &wide), logs_in("a+b@example.com"));
}

#[test]
fn each_flag_accepts_what_it_says_and_nothing_else() {
    let pki = Pki::new();
    let small = Key::rsa_public(&test_pki::odd_modulus(2048), &[3]);
    let missing = CBA_ACCEPT_MISSING_EXTENDED_KEY_USAGE;
    let cases = [
        (missing, pki.alice().without(oid::EXTENDED_KEY_USAGE), 409),
        (
            CBA_ACCEPT_ANY_EXTENDED_KEY_USAGE,
            pki.alice().extended_key_usage(&[oid::ANY_EXTENDED_KEY_USAGE]),
            408,
        ),
        (missing | CBA_ACCEPT_VERSION_1_LEAF, pki.alice().v1(), 200),
        (CBA_ACCEPT_NEGATIVE_SERIAL, pki.alice().serial_raw(&[0xff]), 203),
        (CBA_ACCEPT_LONG_SERIAL, pki.alice().serial_raw(&[1; 21]), 204),
        (CBA_ACCEPT_SMALL_RSA_EXPONENT, pki.issuing.issue(small).email(ALICE), 307),
    ];
    for (accept, leaf, status) in &cases {
        assert_eq!(primary(leaf, &pki.setup()), refused(*status));
        assert_eq!(primary(leaf, &optioned(|config| config.accept = *accept)), logs_in(ALICE), "{accept}");
        let others = 63 & !accept;
        assert_eq!(primary(leaf, &optioned(|config| config.accept = others)).0, CBA_REFUSED, "{accept}");
    }
    // No flag forgives what a login asks.
    let unsigned = pki.alice().key_usage(key_usage::KEY_ENCIPHERMENT);
    assert_eq!(primary(&unsigned, &optioned(|config| config.accept = 63)), refused(604));
}

const SMART_CARD_LOGON: &str = "1.3.6.1.4.1.311.20.2.2";

#[test]
fn another_purpose_is_asked_beside_client_authentication() {
    let asking = |purpose: &'static str, leaf: &[&str]| {
        let leaf = Pki::new().alice().extended_key_usage(leaf);
        primary(&leaf, &optioned(|config| config.purpose = span(purpose.as_bytes())))
    };
    for purpose in ["", oid::CLIENT_AUTH, oid::ANY_EXTENDED_KEY_USAGE, SMART_CARD_LOGON] {
        assert_eq!(asking(purpose, &[SMART_CARD_LOGON, oid::CLIENT_AUTH]), logs_in(ALICE), "{purpose}");
        assert_eq!(asking(purpose, &[SMART_CARD_LOGON]), refused(408), "{purpose}");
        let without = if purpose == SMART_CARD_LOGON { refused(408) } else { logs_in(ALICE) };
        assert_eq!(asking(purpose, &[oid::CLIENT_AUTH]), without, "{purpose}");
    }
}

#[test]
fn a_purpose_that_is_no_object_identifier_is_a_fault_with_its_place() {
    let with = |purpose| optioned(|config| config.purpose = purpose).fault();
    let at = |status| fault(status, CBA_PART_PURPOSE, 0, 0, 0);
    for text in ["nonsense", "1", "1.2.", "3.1", " 1.2.3", "1.2.3\0", "\u{ff11}.2", "clientAuth"] {
        assert_eq!(with(span(text.as_bytes())), at(CBA_STATUS_INVALID_ARGUMENT), "{text}");
    }
    assert_eq!(with(span(b"1.2.\xff")), at(CBA_STATUS_INVALID_ARGUMENT));
    assert_eq!(with(NOWHERE), at(CBA_STATUS_NULL_POINTER));
}

#[test]
fn a_leaf_that_is_itself_trusted_logs_in_only_by_option() {
    let alice = Pki::new().alice().build();
    let with = |accept, trusted: &[u8], leaf: &[u8]| {
        let setup = Setup::new(&[trusted]).with(|setup| setup.options.accept = accept);
        Attempt::new(leaf.to_vec(), Vec::new()).outcome(&setup.init().unwrap())
    };
    assert_eq!(with(0, &alice, &alice), refused(400));
    assert_eq!(with(CBA_ACCEPT_TRUSTED_LEAF, &alice, &alice), logs_in(ALICE));
    let another = Pki::new().alice().serial_raw(&[2]).build();
    assert_eq!(with(CBA_ACCEPT_TRUSTED_LEAF, &alice, &another), refused(400));
    let ca = Authority::root_builder("CA", Key::p256(9)).email(ALICE).extended_key_usage(&[oid::CLIENT_AUTH]);
    assert_eq!(with(CBA_ACCEPT_TRUSTED_LEAF, &ca.build(), &ca.build()), refused(603));
}

#[test]
fn the_limits_are_those_of_the_configuration() {
    let pki = Pki::new();
    let leaf =
        |bits| pki.issuing.issue(Key::rsa_public(&test_pki::odd_modulus(bits), &[1, 0, 1])).email(ALICE);
    let rsa = |bits, min, max| {
        primary(&leaf(bits), &optioned(|config| (config.min_rsa_bits, config.max_rsa_bits) = (min, max)))
    };
    assert_eq!(rsa(2047, 0, 0), refused(304));
    assert_eq!(rsa(2047, 1024, 0), logs_in(ALICE));
    assert_eq!(rsa(2048, 2049, 0), refused(304));
    assert_eq!(rsa(4096, 0, 3072), refused(305));
    let deep = pki.root.issue_ca("A", Key::p256(5)).build_authority();
    let deeper = deep.issue_ca("B", Key::p256(6)).build_authority();
    let leaf = deeper.issue(Key::p256(3)).email(ALICE);
    let bundle = [deep.certificate_der(), deeper.certificate_der()].concat();
    let of = |change: fn(&mut cba_verifier_config)| {
        primary(&leaf, &optioned(change).with(|setup| setup.intermediates.push(bundle.clone())))
    };
    assert_eq!(of(|_| ()), logs_in(ALICE));
    assert_eq!(of(|config| config.max_intermediates = 2), logs_in(ALICE));
    assert_eq!(of(|config| config.max_intermediates = 1), refused(900));
    assert_eq!(of(|config| config.max_candidates = 1), refused(902));
    assert_eq!(of(|config| config.max_name_comparisons = 1), refused(903));
    assert_eq!(NOW % 60, 0);
}
