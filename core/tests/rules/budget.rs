//! What a search may cost: signatures, candidates and name comparisons are counted, whatever a peer
//! presents.

use crate::common::{Pki, Refusal, Setup, refusal};
use cba_core::ErrorKind;
use cba_core::certificate::Certificate;
use cba_core::limits::Limits;
use cba_core::path::Workspace;
use cba_core::signature::{InvalidSignature, PublicKey, SignatureAlgorithm, SignatureVerifier};
use std::collections::HashSet;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use test_pki::{Authority, Key, der, oid};

/// Says what it was told to say, and remembers what it was asked.
struct Stub {
    valid: fn(message: &[u8]) -> bool,
    asked: Mutex<Vec<Vec<u8>>>,
}

impl Stub {
    fn new(valid: fn(&[u8]) -> bool) -> Arc<Self> {
        Arc::new(Self { valid, asked: Mutex::default() })
    }

    /// How many signatures were verified.
    fn count(&self) -> usize {
        self.asked.lock().unwrap().len()
    }

    /// How many of them were different: another message, signature or key.
    fn different(&self) -> usize {
        self.asked.lock().unwrap().iter().collect::<HashSet<_>>().len()
    }
}

impl SignatureVerifier for Stub {
    fn supports(&self, _: SignatureAlgorithm, _: PublicKey<'_>) -> bool {
        true
    }

    fn verify(
        &self,
        _: SignatureAlgorithm,
        key: PublicKey<'_>,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), InvalidSignature> {
        let (PublicKey::P256(key) | PublicKey::P384(key)) = key else { panic!("{key:?}") };
        self.asked.lock().unwrap().push([key, message, signature].concat());
        if (self.valid)(message) { Ok(()) } else { Err(InvalidSignature) }
    }
}

/// The verdict on `leaf`, and the number of signatures that it cost.
fn judge(setup: &Setup, stub: &Arc<Stub>, leaf: &[u8]) -> (Result<(), Refusal>, usize) {
    let before = stub.count();
    let setup = setup.clone().with(|setup| setup.signatures = stub.clone());
    (setup.verify(leaf), stub.count() - before)
}

/// Intermediates that claim the name and the key identifier of `issuing`, each with a key of its own.
fn forgeries(root: &Authority, issuing: &Authority, count: u8) -> Vec<Vec<u8>> {
    let forger = Key::p384(99);
    (0..count)
        .map(|number| {
            // A point that nobody has to compute: only its form is looked at before a signature is.
            let mut point = [number; 97];
            point[0] = 4;
            root.issue_ca("Issuing", Key::ec_public(oid::P384, &point))
                .subject_key_id(issuing.key_id().unwrap())
                .signed_by(&forger)
                .build()
        })
        .collect()
}

#[test]
fn forged_intermediates_cost_four_signatures_beyond_the_path() {
    let pki = Pki::new();
    let leaf = pki.alice().build();
    let none_is_good = Stub::new(|_| false);
    let setup = pki.setup().with(|setup| setup.presented = forgeries(&pki.root, &pki.issuing, 90));
    let (verdict, cost) = judge(&setup, &none_is_good, &leaf);
    assert_eq!(verdict.unwrap_err().0, ErrorKind::SignatureBudgetExhausted);
    assert_eq!(cost, 2 + 4);
}

#[test]
fn forged_intermediates_cost_as_little_where_signatures_are_really_verified() {
    let pki = Pki::new();
    let leaf = pki.alice().build();
    let setup = pki.setup().with(|setup| setup.presented = forgeries(&pki.root, &pki.issuing, 90));
    assert_eq!(setup.verify(&leaf).unwrap_err().0, ErrorKind::SignatureBudgetExhausted);
}

#[test]
fn no_more_forgeries_than_the_budget_allows_do_not_hide_the_good_path() {
    let pki = Pki::new();
    let leaf = pki.alice().build();
    for (forged, found) in [(0, true), (4, true), (5, false)] {
        let setup = pki.setup().with(|setup| {
            setup.presented = forgeries(&pki.root, &pki.issuing, forged);
            setup.presented.push(pki.issuing.certificate_der().to_vec());
        });
        assert_eq!(setup.verify(&leaf).is_ok(), found, "{forged}");
    }
}

#[test]
fn a_configured_intermediate_is_tried_before_whatever_is_presented() {
    let pki = Pki::new();
    let leaf = pki.alice().build();
    let stub = Stub::new(|_| true);
    let setup = pki.setup().with(|setup| {
        setup.intermediates = crate::common::ders(&[&pki.issuing]);
        setup.presented = forgeries(&pki.root, &pki.issuing, 90);
    });
    assert_eq!(setup.verify(&leaf), Ok(()));
    assert_eq!(judge(&setup, &stub, &leaf), (Ok(()), 2));
}

#[test]
fn a_good_chain_costs_exactly_its_length() {
    let mut chain = vec![Authority::root("Root", Key::p256(100))];
    for depth in 0u8..8 {
        let stub = Stub::new(|_| true);
        let issuers: Vec<_> = chain[1..].iter().collect();
        let setup = Setup::new(&[&chain[0]]).presenting(&issuers);
        let leaf = chain.last().unwrap().issue(Key::p256(3)).build();
        assert_eq!(judge(&setup, &stub, &leaf), (Ok(()), usize::from(depth) + 1));
        let name = format!("CA {depth}");
        let below = chain.last().unwrap().issue_ca(name.as_str(), Key::p256(101 + u64::from(depth)));
        chain.push(below.build_authority());
    }
}

#[test]
fn a_bad_signature_at_the_top_costs_one() {
    let pki = Pki::new();
    let stub = Stub::new(|_| false);
    let (verdict, cost) = judge(&pki.setup(), &stub, &pki.alice().build());
    assert_eq!((verdict, cost), (Err((ErrorKind::BadSignature, 1)), 1));
}

#[test]
fn each_certificate_is_verified_once_under_each_key() {
    // Two roots and two intermediates that certify each other: many paths over few signatures, of which
    // only the leaf's is bad.
    let roots = [Authority::root("Root 1", Key::p256(1)), Authority::root("Root 2", Key::p256(2))];
    let a = roots[0].issue_ca("A", Key::p256(3)).build_authority();
    let b = roots[1].issue_ca("B", Key::p256(4)).build_authority();
    let presented = [
        a.certificate_der().to_vec(),
        b.certificate_der().to_vec(),
        roots[1].cross_certify(&a).build(),
        roots[0].cross_certify(&b).build(),
        a.cross_certify(&b).build(),
        b.cross_certify(&a).build(),
    ];
    let stub = Stub::new(|message| !message.windows(5).any(|window| window == b"alice"));
    let setup = Setup::new(&[&roots[0], &roots[1]]).with(|setup| {
        setup.presented = presented.to_vec();
        setup.limits.extra_signatures = 16;
    });
    let leaf = a.issue(Key::p256(5)).common_name("alice").build();
    let (verdict, cost) = judge(&setup, &stub, &leaf);
    assert_eq!(verdict, Err((ErrorKind::BadSignature, 0)));
    assert_eq!(cost, stub.different());
    assert_eq!(cost, 6);
}

#[test]
fn a_certificate_presented_many_times_is_verified_once() {
    let pki = Pki::new();
    let stub = Stub::new(|message| !message.windows(5).any(|window| window == b"alice"));
    let setup = pki.setup().with(|setup| setup.presented = vec![setup.presented[0].clone(); 50]);
    let (verdict, cost) = judge(&setup, &stub, &pki.alice().build());
    assert_eq!((verdict, cost), (Err((ErrorKind::BadSignature, 0)), 2));
}

#[test]
fn no_signature_is_spent_on_a_path_that_a_cheap_rule_refuses() {
    let pki = Pki::new();
    let leaf = pki.alice().build();
    let ca = || pki.root.issue_ca("Issuing", Key::p256(2));
    let stub = Stub::new(|_| true);
    let mut judged = 0;
    for issuing in [
        ca().validity(0, 86_400),
        ca().key_usage(1),
        ca().basic_constraints(false, None, true),
        ca().without(oid::BASIC_CONSTRAINTS),
        ca().name_constraints(&[], &[]),
        ca().extended_key_usage(&[oid::SERVER_AUTH]),
        ca().extra_extension("1.2.3", true, &[]),
        ca().spki_raw(Key::rsa(1024).spki_der()),
        ca().algorithm(test_pki::algorithm_identifier(oid::ECDSA_WITH_SHA1, &[])),
        ca().algorithm(test_pki::algorithm_identifier(oid::ED25519, &[])),
    ] {
        let setup = pki.setup().with(|setup| setup.presented = vec![issuing.build()]);
        assert!(setup.verify(&leaf).is_err());
        let (verdict, cost) = judge(&setup, &stub, &leaf);
        assert!(verdict.is_err());
        assert_eq!(cost, 0, "{verdict:?}");
        judged += 1;
    }
    assert_eq!(judged, 10);
}

#[test]
fn no_signature_is_spent_before_the_whole_path_is_known_to_be_fit() {
    // The leaf and two CAs are good; above them a pathLenConstraint, an unknown issuer, a weak root.
    let stub = Stub::new(|_| true);
    let cost = |root: &Authority, top: Authority| {
        let below = top.issue_ca("Below", Key::p256(3)).build_authority();
        let leaf = below.issue(Key::p256(4)).build();
        let setup = Setup::new(&[root]).presenting(&[&top, &below]);
        let (verdict, cost) = judge(&setup, &stub, &leaf);
        (verdict.unwrap_err().0, cost)
    };
    let root = Authority::root("Root", Key::p256(1));
    let constrained = root.issue_ca("Top", Key::p256(2)).path_len(0).build_authority();
    assert_eq!(cost(&root, constrained), (ErrorKind::PathLenConstraintExceeded, 0));
    let unknown = Authority::root("Other", Key::p256(9)).issue_ca("Top", Key::p256(2)).build_authority();
    assert_eq!(cost(&root, unknown), (ErrorKind::UnknownIssuer, 0));
    let weak = Authority::root("Root", Key::rsa(1024));
    let top = weak.issue_ca("Top", Key::p256(2)).build_authority();
    assert_eq!(cost(&weak, top), (ErrorKind::RsaModulusTooShort, 0));
}

// -- candidates and names --

#[test]
fn candidates_have_a_budget_and_an_error_of_their_own() {
    let pki = Pki::new();
    let leaf = pki.alice().build();
    let verify = |candidates| pki.setup().with(|s| s.limits.candidates = candidates).verify(&leaf);
    // The issuing CA and the root.
    assert_eq!(verify(2), Ok(()));
    assert_eq!(verify(1).unwrap_err().0, ErrorKind::CandidateBudgetExhausted);
    assert_eq!(verify(0).unwrap_err().0, ErrorKind::CandidateBudgetExhausted);
}

#[test]
fn name_comparisons_have_a_budget_and_an_error_of_their_own() {
    let pki = Pki::new();
    let leaf = pki.alice().build();
    let verify = |names| pki.setup().with(|s| s.limits.name_comparisons = names).verify(&leaf);
    // A look and a comparison for each of the two issuers.
    assert_eq!(verify(4), Ok(()));
    assert_eq!(verify(3).unwrap_err().0, ErrorKind::NameBudgetExhausted);
    assert_eq!(verify(0).unwrap_err().0, ErrorKind::NameBudgetExhausted);
}

#[test]
fn a_spent_budget_is_a_limit_and_other_refusals_are_not() {
    for kind in [
        ErrorKind::SignatureBudgetExhausted,
        ErrorKind::CandidateBudgetExhausted,
        ErrorKind::NameBudgetExhausted,
    ] {
        assert!(kind.is_limit());
    }
    for kind in
        [ErrorKind::BadSignature, ErrorKind::PathTooLong, ErrorKind::InputTooLong, ErrorKind::EmailMissing]
    {
        assert!(!kind.is_limit());
    }
}

/// Five CAs of which each certified each other, and one of them by a root.
fn mesh() -> (Authority, Vec<Authority>, Vec<Vec<u8>>) {
    let root = Authority::root("Root", Key::p256(10));
    let cas: Vec<_> =
        (0..5).map(|at| Authority::root(format!("Mesh CA {at}").as_str(), Key::p256(20 + at))).collect();
    let mut presented = Vec::new();
    for issuer in &cas {
        for subject in &cas {
            if issuer.subject_der() != subject.subject_der() {
                presented.push(issuer.cross_certify(subject).build());
            }
        }
    }
    (root, cas, presented)
}

#[test]
fn five_cas_that_all_certified_each_other_are_searched_within_the_default_limits() {
    let (root, cas, mut presented) = mesh();
    presented.push(root.cross_certify(&cas[4]).build());
    let leaf = cas[0].issue(Key::p256(3)).build();
    let setup = Setup::new(&[&root]).with(|setup| setup.presented = presented);
    assert_eq!(setup.verify(&leaf), Ok(()));
}

#[test]
fn five_cas_that_all_certified_each_other_without_a_root_are_given_up_within_the_default_limits() {
    let (root, cas, presented) = mesh();
    let leaf = cas[0].issue(Key::p256(3)).build();
    let setup = Setup::new(&[&root]).with(|setup| setup.presented = presented);
    let start = Instant::now();
    assert!(!setup.verify(&leaf).unwrap_err().0.is_limit());
    assert!(start.elapsed() < Duration::from_secs(1));
}

// -- limits beyond the capacity, and floods --

#[test]
fn limits_beyond_the_hard_capacity_are_the_capacity() {
    let limits = Limits {
        intermediates: u8::MAX,
        extra_signatures: u8::MAX,
        candidates: u32::MAX,
        name_comparisons: u32::MAX,
        ..Limits::default()
    };
    let pki = Pki::new();
    let setup = pki.setup().with(|setup| {
        setup.limits = limits;
        setup.presented = forgeries(&pki.root, &pki.issuing, 90);
    });
    let stub = Stub::new(|_| false);
    let (verdict, cost) = judge(&setup, &stub, &pki.alice().build());
    assert_eq!(verdict.unwrap_err().0, ErrorKind::SignatureBudgetExhausted);
    assert_eq!(cost, cba_core::limits::MAX_PATH_LEN + cba_core::limits::MAX_EXTRA_SIGNATURES);

    let mut chain = vec![Authority::root("Root", Key::p256(100))];
    for depth in 0..17 {
        let below = chain.last().unwrap().issue_ca(format!("CA {depth}").as_str(), Key::p256(101 + depth));
        chain.push(below.build_authority());
    }
    let verify = |intermediates: usize| {
        let issuers: Vec<_> = chain[1..].iter().collect();
        let setup = Setup::new(&[&chain[0]]).presenting(&issuers).with(|setup| setup.limits = limits);
        setup.verify(&chain[intermediates].issue(Key::p256(3)).build())
    };
    assert_eq!(verify(15), Ok(()));
    assert_eq!(verify(16), Err((ErrorKind::PathTooLong, 16)));
    assert_eq!(verify(17), Err((ErrorKind::PathTooLong, 16)));
}

#[test]
fn no_extra_signature_is_an_allowed_limit() {
    let pki = Pki::new();
    let setup = pki.setup().with(|setup| setup.limits.extra_signatures = 0);
    assert_eq!(setup.verify(&pki.alice().build()), Ok(()));
}

/// Runs in little time whatever the verdict is, and says the verdict.
fn quickly(setup: &Setup, leaf: &[u8]) -> Result<(), Refusal> {
    let leaf = Certificate::from_der(leaf).unwrap();
    setup.verifier(|verifier, presented| {
        let start = Instant::now();
        let time = cba_core::UnixTime(setup.time);
        let verdict = verifier.verify(&leaf, presented, time, &mut Workspace::new());
        assert!(start.elapsed() < Duration::from_millis(500), "{:?}", start.elapsed());
        verdict.map(drop).map_err(refusal)
    })
}

#[test]
fn ten_thousand_presented_certificates_end_quickly() {
    let pki = Pki::new();
    let leaf = pki.alice().build();
    let presented = |der: &[u8]| pki.setup().with(|setup| setup.presented = vec![der.to_vec(); 10_000]);
    // Copies of what is wanted, of what is not, and of what claims to be.
    assert_eq!(quickly(&presented(pki.issuing.certificate_der()), &leaf), Ok(()));
    let unrelated = Authority::root("Unrelated", Key::p256(9));
    assert!(quickly(&presented(unrelated.certificate_der()), &leaf).is_err());
    let forged = pki.root.issue_ca("Issuing", Key::p256(2)).signed_by(&Key::p256(9)).build();
    assert!(quickly(&presented(&forged), &leaf).is_err());
    let looping = pki.issuing.cross_certify(&pki.issuing).build();
    assert!(quickly(&presented(&looping), &leaf).is_err());
}

#[test]
fn ten_thousand_certificates_with_foreign_names_do_not_hide_the_configured_intermediate() {
    let pki = Pki::new();
    let unrelated = Authority::root("Unrelated", Key::p256(9));
    let setup = pki.setup().with(|setup| {
        setup.presented = vec![unrelated.certificate_der().to_vec(); 10_000];
        setup.intermediates = crate::common::ders(&[&pki.issuing]);
    });
    assert_eq!(quickly(&setup, &pki.alice().build()), Ok(()));
}

// -- names made to be compared --

/// A name of one RDN with `count` attributes, whose order says nothing.
fn set(count: usize, backwards: bool) -> Vec<u8> {
    let attribute = |at: usize| {
        let value = format!("{}{at:03}", "x".repeat(30));
        test_pki::attribute(oid::ORGANIZATION, der::tag::UTF8_STRING, value.as_bytes())
    };
    let mut values: Vec<_> = (0..count).map(attribute).collect();
    if backwards {
        values.reverse();
    }
    der::sequence([der::tlv(der::tag::SET, &values.concat())])
}

#[test]
fn names_made_to_be_compared_at_length_exhaust_the_budget_and_not_the_processor() {
    // Five CAs of one name in two spellings, each of which seems to have issued all others.
    let root = Authority::root("Root", Key::p256(1));
    let ca = |seed: u64, forwards: bool| {
        let builder =
            root.issue_ca("x", Key::p256(seed)).subject_raw(set(8, forwards)).issuer_raw(set(8, !forwards));
        builder.without(oid::SUBJECT_KEY_IDENTIFIER).without(oid::AUTHORITY_KEY_IDENTIFIER).build()
    };
    let presented: Vec<_> = (10..15).map(|seed| ca(seed, seed & 1 == 0)).collect();
    let leaf = root.issue(Key::p256(2)).email("a@example.com").issuer_raw(set(8, true)).build();
    let refused = Setup::new(&[&root]).with(|setup| setup.presented = presented).verify(&leaf).unwrap_err();
    assert_eq!(refused.0, ErrorKind::NameBudgetExhausted);
}

#[test]
fn an_rdn_of_many_attributes_is_equal_only_byte_for_byte() {
    let root =
        |count| Authority::root_builder("x", Key::p256(1)).subject_raw(set(count, false)).build_authority();
    let below = |count: usize, backwards| {
        let root = root(count);
        let leaf = root.issue(Key::p256(2)).email("a@example.com").issuer_raw(set(count, backwards)).build();
        Setup::new(&[&root]).verify(&leaf)
    };
    assert_eq!(below(8, true), Ok(()));
    assert_eq!(below(9, true), Err((ErrorKind::UnknownIssuer, 0)));
    assert_eq!(below(9, false), Ok(()));
}
