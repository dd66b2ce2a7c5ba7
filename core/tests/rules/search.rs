//! Finding a path (RFC 4158): orders, cross-certificates, twins, loops; and which refusal is reported
//! where there is no path.

use crate::common::{Pki, Refusal, Setup, ders, refusal};
use cba_core::ErrorKind;
use cba_core::path::Workspace;
use test_pki::{Authority, Key, oid};

/// A root, and CAs each below the one before.
fn chain(cas: u64) -> Vec<Authority> {
    let mut chain = vec![Authority::root("Root", Key::p256(100))];
    for at in 1..=cas {
        let ca = chain.last().unwrap().issue_ca(format!("CA {at}").as_str(), Key::p256(100 + at));
        chain.push(ca.build_authority());
    }
    chain
}

/// The same verdict in every order of the presented certificates.
fn in_any_order(setup: &Setup, leaf: &[u8]) -> Result<(), Refusal> {
    let mut orders = vec![setup.presented.clone()];
    let mut order = setup.presented.clone();
    for at in 0..order.len() {
        order.rotate_left(1);
        orders.push(order.clone());
        order.swap(0, at);
        orders.push(order.clone());
    }
    order.reverse();
    orders.push(order);
    let mut verdicts: Vec<_> = orders
        .into_iter()
        .map(|order| setup.clone().with(|setup| setup.presented = order).verify(leaf))
        .collect();
    verdicts.dedup();
    assert_eq!(verdicts.len(), 1, "{verdicts:?}");
    verdicts.remove(0)
}

#[test]
fn intermediates_are_found_in_any_order() {
    let chain = chain(5);
    let leaf = chain[5].issue(Key::p256(3)).build();
    let setup = Setup::new(&[&chain[0]]).presenting(&chain[1..].iter().collect::<Vec<_>>());
    assert_eq!(in_any_order(&setup, &leaf), Ok(()));
}

#[test]
fn what_a_peer_presents_beside_the_path_does_no_harm() {
    let pki = Pki::new();
    let leaf = pki.alice().build();
    let stranger = Authority::root("Stranger", Key::p256(50));
    let setup = pki.setup().with(|setup| {
        setup.presented.push(leaf.clone());
        setup.presented.push(pki.root.certificate_der().to_vec());
        setup.presented.push(pki.issuing.certificate_der().to_vec());
        setup.presented.push(stranger.certificate_der().to_vec());
        setup.presented.push(stranger.issue(Key::p256(51)).build());
    });
    assert_eq!(in_any_order(&setup, &leaf), Ok(()));
}

#[test]
fn intermediates_are_found_configured_presented_or_some_of_each() {
    let chain = chain(3);
    let leaf = chain[3].issue(Key::p256(3)).build();
    for configured in 0..8usize {
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        for at in 0..3 {
            let side = if configured & 1 << at == 0 { &mut theirs } else { &mut ours };
            side.push(chain[at + 1].certificate_der().to_vec());
        }
        let setup = Setup::new(&[&chain[0]]).with(|setup| {
            setup.intermediates = ours;
            setup.presented = theirs;
        });
        assert_eq!(setup.verify(&leaf), Ok(()), "{configured:03b}");
    }
}

#[test]
fn a_missing_intermediate_is_an_unknown_issuer_at_its_subject() {
    let chain = chain(3);
    let leaf = chain[3].issue(Key::p256(3)).build();
    let without = |missing: usize| {
        let presented: Vec<_> = (1..=3).filter(|at| *at != missing).map(|at| &chain[at]).collect();
        Setup::new(&[&chain[0]]).presenting(&presented).verify(&leaf)
    };
    assert_eq!(without(3), Err((ErrorKind::UnknownIssuer, 0)));
    assert_eq!(without(2), Err((ErrorKind::UnknownIssuer, 1)));
    assert_eq!(without(1), Err((ErrorKind::UnknownIssuer, 2)));
    assert_eq!(Setup::new(&[]).verify(&leaf), Err((ErrorKind::UnknownIssuer, 0)));
}

#[test]
fn an_anchor_is_trusted_and_an_intermediate_is_not() {
    let pki = Pki::new();
    let leaf = pki.alice().build();
    // The issuing CA as anchor ends the path at once; the root as intermediate ends none.
    assert_eq!(Setup::new(&[&pki.issuing]).verify(&leaf), Ok(()));
    let root_presented = Setup::new(&[]).presenting(&[&pki.issuing, &pki.root]);
    assert!(root_presented.verify(&leaf).is_err());
    let root_configured = Setup::new(&[]).with(|setup| {
        setup.intermediates = ders(&[&pki.issuing, &pki.root]);
    });
    assert!(root_configured.verify(&leaf).is_err());
}

// -- cross-certificates, twins, namesakes --

#[test]
fn of_two_cross_certificates_the_one_below_the_trusted_root_is_found() {
    let (old, new) = (Authority::root("Old", Key::p256(1)), Authority::root("New", Key::p256(2)));
    let issuing = old.issue_ca("Issuing", Key::p256(3)).build_authority();
    let crossed = new.cross_certify(&issuing).build();
    let leaf = issuing.issue(Key::p256(4)).build();
    for root in [&old, &new] {
        let setup = Setup::new(&[root]).with(|setup| {
            setup.presented = vec![issuing.certificate_der().to_vec(), crossed.clone()];
        });
        assert_eq!(in_any_order(&setup, &leaf), Ok(()));
    }
}

#[test]
fn an_untrusted_root_that_a_trusted_one_certified_is_passed_through() {
    let (old, new) = (Authority::root("Old", Key::p256(1)), Authority::root("New", Key::p256(2)));
    let issuing = new.issue_ca("Issuing", Key::p256(3)).build_authority();
    let leaf = issuing.issue(Key::p256(4)).build();
    let setup = Setup::new(&[&old]).with(|setup| {
        // The new root's own certificate is a dead end beside the cross-certificate.
        setup.presented = ders(&[&issuing, &new]);
        setup.presented.push(old.cross_certify(&new).build());
    });
    assert_eq!(in_any_order(&setup, &leaf), Ok(()));
}

#[test]
fn an_expired_twin_does_not_hide_the_good_one() {
    let pki = Pki::new();
    let expired = pki.root.issue_ca("Issuing", Key::p256(2)).validity(0, 86_400).build();
    let leaf = pki.alice().build();
    let setup = pki.setup().with(|setup| setup.presented.push(expired.clone()));
    assert_eq!(in_any_order(&setup, &leaf), Ok(()));
    let configured = pki.setup().with(|setup| setup.intermediates = vec![expired]);
    assert_eq!(configured.verify(&leaf), Ok(()));
}

#[test]
fn a_twin_that_any_cheap_rule_refuses_does_not_hide_the_good_one() {
    let pki = Pki::new();
    let ca = || pki.root.issue_ca("Issuing", Key::p256(2));
    let leaf = pki.alice().build();
    for twin in [
        ca().without(oid::BASIC_CONSTRAINTS),
        ca().key_usage(1),
        ca().extra_extension("1.2.3", true, &[]),
        ca().extended_key_usage(&[oid::SERVER_AUTH]),
        ca().name_constraints(&[], &[]),
        ca().issuer("Nobody"),
        ca().spki_raw(Key::ec_public(oid::P521, &[4; 133]).spki_der()),
        ca().signed_by(&Key::p256(66)),
        ca().v1(),
    ] {
        let setup = pki.setup().with(|setup| setup.presented.push(twin.build()));
        assert_eq!(in_any_order(&setup, &leaf), Ok(()));
    }
}

#[test]
fn a_namesake_with_another_key_does_not_hide_the_good_one_whatever_key_identifiers_say() {
    let root = Authority::root("Root", Key::p256(1));
    let (good, other) = (Key::p256(2), Key::p256(3));
    let ca = |key: &Key| root.issue_ca("Issuing", key.clone());
    let leaf_of = |key_id: Option<&[u8]>| {
        let leaf = ca(&good).build_authority().issue(Key::p256(4));
        match key_id {
            Some(key_id) => leaf.authority_key_id(key_id).build(),
            None => leaf.without(oid::AUTHORITY_KEY_IDENTIFIER).build(),
        }
    };
    let without = |key: &Key| ca(key).without(oid::SUBJECT_KEY_IDENTIFIER).build();
    let claiming = |key: &Key, claimed: &Key| ca(key).subject_key_id(&claimed.key_id()).build();
    for presented in [
        // As they should be; absent; both the good one's; exchanged.
        [ca(&good).build(), ca(&other).build()],
        [without(&good), without(&other)],
        [claiming(&good, &good), claiming(&other, &good)],
        [claiming(&good, &other), claiming(&other, &good)],
        [without(&good), claiming(&other, &good)],
        [claiming(&good, &other), without(&other)],
    ] {
        let setup = Setup::new(&[&root]).with(|setup| setup.presented = presented.to_vec());
        for key_id in [Some(good.key_id()), Some(other.key_id()), Some(vec![]), None] {
            assert_eq!(in_any_order(&setup, &leaf_of(key_id.as_deref())), Ok(()));
        }
    }
}

#[test]
fn a_key_identifier_that_fits_no_issuer_does_not_make_the_issuer_unknown() {
    let root = Authority::root("Root", Key::p256(1));
    let leaf = root.issue(Key::p256(2)).authority_key_id(b"misleading").build();
    assert_eq!(Setup::new(&[&root]).verify(&leaf), Ok(()));
}

#[test]
fn roots_of_one_name_and_different_keys_are_all_tried() {
    let roots: Vec<_> = (1..=4).map(|seed| Authority::root("Root", Key::p256(seed))).collect();
    let setup = Setup::new(&roots.iter().collect::<Vec<_>>());
    for root in &roots {
        assert_eq!(setup.verify(&root.issue(Key::p256(9)).build()), Ok(()));
        let blind = root.issue(Key::p256(9)).without(oid::AUTHORITY_KEY_IDENTIFIER).build();
        assert_eq!(setup.verify(&blind), Ok(()));
    }
    let stranger = Authority::root("Root", Key::p256(5)).issue(Key::p256(9)).build();
    assert_eq!(setup.verify(&stranger), Err((ErrorKind::BadSignature, 0)));
}

// -- loops --

#[test]
fn loops_end() {
    let root = Authority::root("Root", Key::p256(1));
    let a = Authority::root("A", Key::p256(2));
    let b = Authority::root("B", Key::p256(3));
    let c = Authority::root("C", Key::p256(4));
    let leaf = a.issue(Key::p256(5)).build();
    let setup = Setup::new(&[&root]).with(|setup| {
        setup.presented = ders(&[&a, &b, &c]);
        for (issuer, subject) in [(&a, &b), (&b, &a), (&b, &c), (&c, &b), (&c, &a), (&a, &c)] {
            setup.presented.push(issuer.cross_certify(subject).build());
        }
    });
    let (kind, _) = in_any_order(&setup, &leaf).map_err(|(kind, _)| (kind, 0)).unwrap_err();
    assert!(!kind.is_limit());
    let with_exit = setup.with(|setup| setup.presented.push(root.cross_certify(&c).build()));
    assert_eq!(in_any_order(&with_exit, &leaf), Ok(()));
}

#[test]
fn a_certificate_that_names_itself_as_issuer_ends() {
    let pki = Pki::new();
    let selfish = Authority::root("Selfish", Key::p256(9));
    let leaf = selfish.issue(Key::p256(3)).build();
    let setup = Setup::new(&[&pki.root]).presenting(&[&selfish]);
    assert!(!setup.verify(&leaf).unwrap_err().0.is_limit());
    assert!(setup.verify(selfish.certificate_der()).is_err());
}

#[test]
fn a_ca_that_changed_its_key_is_followed_through_its_own_name() {
    // The new key certified by the old one: subject and issuer are the same name.
    let root = Authority::root("Root", Key::p256(1));
    let old = root.issue_ca("Issuing", Key::p256(2)).build_authority();
    let new = old.issue_ca("Issuing", Key::p256(3)).build_authority();
    let leaf = new.issue(Key::p256(4)).build();
    let setup = Setup::new(&[&root]).presenting(&[&old, &new]);
    assert_eq!(in_any_order(&setup, &leaf), Ok(()));
}

// -- many anchors --

#[test]
fn each_of_150_anchors_is_found_by_its_name() {
    let roots: Vec<_> = (0..150)
        .map(|at| Authority::root(format!("Root CA number {at}").as_str(), Key::p256(1000 + at)))
        .collect();
    let setup = Setup::new(&roots.iter().collect::<Vec<_>>());
    for root in roots.iter().step_by(7) {
        assert_eq!(setup.verify(&root.issue(Key::p256(1)).build()), Ok(()));
    }
    let stranger = Authority::root("Root CA number 150", Key::p256(1150)).issue(Key::p256(1)).build();
    assert_eq!(setup.verify(&stranger), Err((ErrorKind::UnknownIssuer, 0)));
}

#[test]
fn each_of_150_anchors_of_one_name_is_found_by_its_key_identifier() {
    let roots: Vec<_> = (0..150).map(|at| Authority::root("Root CA", Key::p256(1000 + at))).collect();
    let setup = Setup::new(&roots.iter().collect::<Vec<_>>());
    for root in roots.iter().step_by(7) {
        assert_eq!(setup.verify(&root.issue(Key::p256(1)).build()), Ok(()));
    }
    let stranger = Authority::root("Root CA", Key::p256(1150)).issue(Key::p256(1)).build();
    assert_eq!(setup.verify(&stranger).unwrap_err().0, ErrorKind::SignatureBudgetExhausted);
}

#[test]
fn anchors_that_end_in_the_same_letters_are_told_apart() {
    let roots: Vec<_> = (0..150)
        .map(|at| Authority::root(format!("{at} Certification Authority").as_str(), Key::p256(1000 + at)))
        .collect();
    let setup = Setup::new(&roots.iter().collect::<Vec<_>>());
    for root in roots.iter().step_by(7) {
        assert_eq!(setup.verify(&root.issue(Key::p256(1)).build()), Ok(()));
    }
}

// -- the refusal that is reported --

#[test]
fn the_refusal_of_the_path_that_came_furthest_is_reported() {
    let pki = Pki::new();
    let leaf = pki.alice().build();
    // Not fit for its place < no anchor above < refused as a whole < bad signature.
    let expired = pki.root.issue_ca("Issuing", Key::p256(2)).validity(0, 86_400).build();
    let orphan = Authority::root("Nobody", Key::p256(9)).issue_ca("Issuing", Key::p256(2)).build();
    let misfit = test_pki::algorithm_identifier(oid::ED25519, &[]);
    let mismatched = pki.root.issue_ca("Issuing", Key::p256(2)).algorithm(misfit).build();
    let forged = pki.root.issue_ca("Issuing", Key::p256(2)).signed_by(&Key::p256(66)).build();
    let verdict = |presented: &[&Vec<u8>]| {
        let presented: Vec<_> = presented.iter().map(|der| der.to_vec()).collect();
        in_any_order(&pki.setup().with(|setup| setup.presented = presented), &leaf)
    };
    assert_eq!(verdict(&[]), Err((ErrorKind::UnknownIssuer, 0)));
    assert_eq!(verdict(&[&expired]), Err((ErrorKind::Expired, 1)));
    assert_eq!(verdict(&[&expired, &orphan]), Err((ErrorKind::UnknownIssuer, 1)));
    assert_eq!(verdict(&[&expired, &orphan, &mismatched]), Err((ErrorKind::KeyAlgorithmMismatch, 1)));
    assert_eq!(verdict(&[&expired, &orphan, &mismatched, &forged]), Err((ErrorKind::BadSignature, 1)));
}

#[test]
fn a_bad_signature_is_reported_where_it_is() {
    let chain = chain(2);
    let presented = |forged: usize| {
        let certificate = |at: usize| {
            let name = format!("CA {at}");
            let ca = chain[at - 1].issue_ca(name.as_str(), Key::p256(100 + at as u64));
            if at == forged { ca.signed_by(&Key::p256(66)).build() } else { ca.build() }
        };
        Setup::new(&[&chain[0]]).with(|setup| setup.presented = vec![certificate(1), certificate(2)])
    };
    let leaf = chain[2].issue(Key::p256(3));
    assert_eq!(presented(0).verify(&leaf.clone().build()), Ok(()));
    assert_eq!(presented(1).verify(&leaf.clone().build()), Err((ErrorKind::BadSignature, 2)));
    assert_eq!(presented(2).verify(&leaf.clone().build()), Err((ErrorKind::BadSignature, 1)));
    let forged = leaf.signed_by(&Key::p256(66)).build();
    assert_eq!(presented(0).verify(&forged), Err((ErrorKind::BadSignature, 0)));
}

#[test]
fn of_refusals_that_came_equally_far_the_one_nearest_the_leaf_is_reported() {
    // Both paths reach an anchor and are refused as a whole: one at depth 1, the other at depth 2.
    let root = Authority::root("Root", Key::p256(1));
    let misfit = || test_pki::algorithm_identifier(oid::ED25519, &[]);
    let near = root.issue_ca("Issuing", Key::p256(2)).algorithm(misfit()).build();
    let upper = root.issue_ca("Upper", Key::p256(3)).algorithm(misfit()).build_authority();
    let far = upper.cross_certify(&root.issue_ca("Issuing", Key::p256(2)).build_authority()).build();
    let leaf = root.issue_ca("Issuing", Key::p256(2)).build_authority().issue(Key::p256(4)).build();
    let verdict = |presented: Vec<Vec<u8>>| {
        in_any_order(&Setup::new(&[&root]).with(|setup| setup.presented = presented), &leaf)
    };
    let upper = upper.certificate_der().to_vec();
    let only_far = verdict(vec![far.clone(), upper.clone()]);
    assert_eq!(only_far, Err((ErrorKind::KeyAlgorithmMismatch, 2)));
    assert_eq!(verdict(vec![far, upper, near]), Err((ErrorKind::KeyAlgorithmMismatch, 1)));
}

#[test]
fn the_leafs_own_fault_is_reported_before_any_search() {
    let pki = Pki::new();
    let leaf = pki.alice().validity(0, 86_400).build();
    assert_eq!(pki.setup().verify(&leaf), Err((ErrorKind::Expired, 0)));
    assert_eq!(Setup::new(&[]).verify(&leaf), Err((ErrorKind::Expired, 0)));
}

#[test]
fn the_refused_path_names_the_issuers_of_the_reported_error() {
    let chain = chain(2);
    let leaf = chain[2].issue(Key::p256(3)).build();
    let refused = |setup: &Setup| {
        let mut workspace = Workspace::new();
        let verdict = setup.run(&leaf, &mut workspace, |path| path.map(drop).map_err(refusal));
        (verdict, workspace.refused_path().collect::<Vec<_>>())
    };
    let stranger = Authority::root("Stranger", Key::p256(50));
    let forged = chain[0].issue_ca("CA 1", Key::p256(101)).signed_by(&Key::p256(66)).build();
    // Positions: the configured ones first, then the presented ones.
    let setup = Setup::new(&[&chain[0]]).with(|setup| {
        setup.intermediates = vec![stranger.certificate_der().to_vec(), forged.clone()];
        setup.presented = ders(&[&stranger, &chain[2]]);
    });
    assert_eq!(refused(&setup), (Err((ErrorKind::BadSignature, 2)), vec![3, 1]));
    let orphan = setup.clone().with(|setup| setup.intermediates.clear());
    assert_eq!(refused(&orphan), (Err((ErrorKind::UnknownIssuer, 1)), vec![1]));
    let expired = chain[0].issue_ca("CA 1", Key::p256(101)).validity(0, 86_400).build();
    let expired = setup.clone().with(|setup| setup.intermediates = vec![expired]);
    assert_eq!(refused(&expired), (Err((ErrorKind::Expired, 2)), vec![2, 0]));
    let good = setup.with(|setup| setup.presented.push(chain[1].certificate_der().to_vec()));
    assert_eq!(refused(&good), (Ok(()), vec![]));
    assert_eq!(refused(&Setup::new(&[])), (Err((ErrorKind::UnknownIssuer, 0)), vec![]));
}

#[test]
fn a_verified_path_says_what_it_consists_of() {
    let chain = chain(2);
    let leaf = chain[2].issue(Key::p256(3)).not_after(crate::common::NOW + 10).build();
    let setup = Setup::new(&[&chain[0]]).presenting(&[&chain[1], &chain[2]]);
    setup.run(&leaf, &mut Workspace::new(), |path| {
        let path = path.unwrap();
        let found: Vec<_> = path.certificates().iter().map(|certificate| certificate.der()).collect();
        assert_eq!(found, [&leaf[..], chain[2].certificate_der(), chain[1].certificate_der()]);
        assert_eq!(path.leaf().der(), leaf);
        assert_eq!(path.anchor().subject().der(), chain[0].subject_der());
        assert_eq!(path.time().0, crate::common::NOW);
        assert_eq!(path.not_after().0, crate::common::NOW + 10);
    });
}

#[test]
fn a_path_holds_as_long_as_the_first_of_its_certificates() {
    let pki = Pki::new();
    let ca = pki.root.issue_ca("Issuing", Key::p256(2)).not_after(crate::common::NOW + 5).build();
    let setup = pki.setup().with(|setup| setup.presented = vec![ca]);
    let leaf = pki.alice().not_after(crate::common::NOW + 10).build();
    setup.run(&leaf, &mut Workspace::new(), |path| {
        assert_eq!(path.unwrap().not_after().0, crate::common::NOW + 5);
    });
}

// -- a workspace used again --

#[test]
fn a_workspace_carries_no_verdict_from_one_call_to_the_next() {
    let pki = Pki::new();
    let good = pki.alice().build();
    let forged = pki.alice().signed_by(&Key::p256(66)).build();
    let mut workspace = Workspace::new();
    let mut verify = |setup: &Setup, leaf: &[u8]| {
        let verdict = setup.run(leaf, &mut workspace, |path| path.map(drop).map_err(refusal));
        (verdict, workspace.refused_path().count())
    };
    let setup = pki.setup();
    // The leaf has the same place in both calls: a remembered signature would let the forged one in.
    for _ in 0..3 {
        assert_eq!(verify(&setup, &good), (Ok(()), 0));
        assert_eq!(verify(&setup, &forged), (Err((ErrorKind::BadSignature, 0)), 1));
    }
    // So has the intermediate.
    let forged_ca = pki.root.issue_ca("Issuing", Key::p256(2)).signed_by(&Key::p256(66)).build();
    let other = setup.clone().with(|setup| setup.presented = vec![forged_ca]);
    for _ in 0..3 {
        assert_eq!(verify(&setup, &good), (Ok(()), 0));
        assert_eq!(verify(&other, &good), (Err((ErrorKind::BadSignature, 1)), 1));
    }
    // So has the anchor.
    let stranger = Setup::new(&[&Authority::root("Root", Key::p256(66))]).presenting(&[&pki.issuing]);
    for _ in 0..3 {
        assert_eq!(verify(&setup, &good), (Ok(()), 0));
        assert_eq!(verify(&stranger, &good), (Err((ErrorKind::BadSignature, 1)), 1));
    }
    // A refusal before any search leaves no path of an earlier one.
    assert_eq!(verify(&setup, &forged).1, 1);
    let expired = pki.alice().validity(0, 86_400).build();
    assert_eq!(verify(&setup, &expired), (Err((ErrorKind::Expired, 0)), 0));
}

#[test]
fn a_workspace_gets_its_budgets_back_with_each_call() {
    let pki = Pki::new();
    let leaf = pki.alice().build();
    let mut workspace = Workspace::new();
    let forged = pki.root.issue_ca("Issuing", Key::p256(2)).signed_by(&Key::p256(66)).build();
    let spent = pki.setup().with(|setup| {
        setup.presented = vec![forged];
        setup.limits.extra_signatures = 0;
        setup.limits.candidates = 2;
        setup.limits.name_comparisons = 3;
    });
    for _ in 0..10 {
        spent.run(&leaf, &mut workspace, |path| assert!(path.is_err()));
        pki.setup().run(&leaf, &mut workspace, |path| assert!(path.is_ok()));
    }
}
