//! From a request to a decision, in one step and in two; the audit record; the device.
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
    ALICE, Answer, Attempt, NOW, Pki, Space, asks_password, audited, bytes, image, logs_in, refused, text,
};
use std::mem::MaybeUninit;
use test_pki::{Key, key_usage, oid};

const DAY: i64 = 86_400;

/// Certificates good and bad, each with what presents it.
fn leaves(pki: &Pki) -> Vec<Attempt> {
    let stranger =
        Pki { root: pki.root.clone(), issuing: pki.root.issue_ca("Else", Key::p256(9)).build_authority() };
    let forged = pki.alice().signed_by(&Key::p256(7)).build();
    let mut broken = pki.alice().build();
    broken.truncate(200);
    let leaves = [
        pki.alice().build(),
        pki.client().email("Bob@Example.COM").build(),
        pki.client().common_name("nobody").build(),
        pki.client().email("a@example.com").email("b@example.com").build(),
        pki.alice().san_email("boss@example.com").build(),
        pki.client().email("x/emailAddress=boss@example.com").build(),
        pki.alice().validity(NOW - 2 * DAY, NOW - DAY).build(),
        pki.alice().validity(NOW + DAY, NOW + 2 * DAY).build(),
        pki.alice().server_auth().build(),
        pki.alice().without(oid::EXTENDED_KEY_USAGE).build(),
        pki.alice().key_usage(key_usage::KEY_ENCIPHERMENT).build(),
        pki.alice().basic_constraints(true, None, true).build(),
        pki.alice().extra_extension("1.2.3.4", true, &[5, 0]).build(),
        pki.alice().serial_raw(&[1; 40]).build(),
        pki.alice().v1().build(),
        stranger.alice().build(),
        forged,
        broken,
        b"\x30\x80garbage".to_vec(),
        Vec::new(),
    ];
    let alone = leaves.map(|leaf| Attempt::new(leaf, Vec::new()));
    let presenting = alone.clone().map(|attempt| {
        let leaf = attempt.leaf.clone();
        attempt.with(|attempt| attempt.presented = vec![stranger.issuing_der(), leaf, pki.root_der()])
    });
    let broken =
        pki.attempt().with(|attempt| attempt.presented = vec![pki.issuing_der(), vec![0x30, 3, 2, 1]]);
    alone.into_iter().chain(presenting).chain([broken]).collect()
}

/// What a server may ask of each.
fn questions(attempt: &Attempt) -> Vec<Attempt> {
    let mut questions = Vec::new();
    for mode in [CBA_MODE_UNSET, CBA_MODE_PRIMARY, CBA_MODE_SECONDARY, CBA_MODE_OFF, 4] {
        for possession in [CBA_POSSESSION_UNPROVEN, CBA_POSSESSION_PROVEN_BY_TLS, 3] {
            for login_id in [&b""[..], b"ALICE@example.com", b"bob@example.com", b"boss@example.com", b"\xff"]
            {
                for time in [NOW, NOW + 20 * 365 * DAY] {
                    questions.push(attempt.clone().with(|attempt| {
                        attempt.options = cba_request { mode, possession, time, ..attempt.options };
                        attempt.login_id = login_id.to_vec();
                    }));
                }
            }
        }
    }
    questions
}

#[test]
fn two_steps_decide_as_one_whatever_is_presented_and_asked() {
    let pki = Pki::new();
    let verifier = pki.setup().init().unwrap();
    let mut seen = Vec::new();
    for leaf in leaves(&pki) {
        for question in questions(&leaf) {
            let one = question.authenticate(&verifier);
            let (credential, device, mut audit) = question.identify(&verifier);
            assert_eq!(audit.verdict, CBA_REFUSED);
            let two = Answer { decision: question.decide(&credential, &mut audit), device, audit };
            assert_eq!(one.outcome(), two.outcome());
            assert_eq!((one.decision.depth, one.decision.offset), (two.decision.depth, two.decision.offset));
            assert_eq!(audited(&one.audit), audited(&two.audit));
            if matches!(one.decision.verdict, CBA_LOGIN | CBA_CONTINUE_WITH_PASSWORD) {
                assert_eq!(image(&one.device), image(&two.device));
            } else {
                assert_eq!(
                    image(&one.device),
                    image(&pki.attempt().with(|a| a.leaf.clear()).authenticate(&verifier).device)
                );
            }
            let (verdict, reason, _) = one.outcome();
            if !seen.contains(&(verdict, reason)) {
                seen.push((verdict, reason));
            }
        }
    }
    for wanted in [
        (CBA_LOGIN, CBA_OK),
        (CBA_CONTINUE_WITH_PASSWORD, CBA_OK),
        (CBA_DISABLED, CBA_OK),
        (CBA_REFUSED, CBA_STATUS_INVALID_ARGUMENT),
        (CBA_REFUSED, 309),
        (CBA_REFUSED, 400),
        (CBA_REFUSED, 401),
        (CBA_REFUSED, 402),
        (CBA_REFUSED, 500),
        (CBA_REFUSED, 501),
        (CBA_REFUSED, 600),
        (CBA_REFUSED, 601),
        (CBA_REFUSED, 602),
        (CBA_REFUSED, 605),
    ] {
        assert!(seen.contains(&wanted), "{wanted:?} is not among {seen:?}");
    }
}

#[test]
fn decisions_of_every_kind_speak_of_the_certificates_user_alone() {
    let pki = Pki::new();
    let verifier = pki.setup().init().unwrap();
    assert_eq!(pki.attempt().outcome(&verifier), logs_in(ALICE));
    assert_eq!(pki.attempt().typing("ALICE@example.com").outcome(&verifier), asks_password(ALICE));
    for typed in ["boss@example.com", "alice@example.com\0", "alice@example.com ", "?"] {
        assert_eq!(pki.attempt().typing(typed).outcome(&verifier), refused(602), "{typed:?}");
    }
    assert_eq!(pki.attempt().typing("").outcome(&verifier), refused(601));
    let off = pki.attempt().with(|attempt| attempt.options.mode = CBA_MODE_OFF);
    assert_eq!(off.outcome(&verifier), (CBA_DISABLED, CBA_OK, String::new()));
    let unproven = pki.attempt().with(|attempt| attempt.options.possession = CBA_POSSESSION_UNPROVEN);
    assert_eq!(unproven.outcome(&verifier), refused(600));
}

#[test]
fn a_refusal_says_which_certificate_is_to_blame_and_at_which_byte() {
    let pki = Pki::new();
    let verifier = pki.setup().init().unwrap();
    let old = pki.root.issue_ca("Issuing", Key::p256(2)).validity(0, DAY).build();
    let setup = Pki::new().setup().with(|setup| setup.intermediates = vec![old]);
    let expired = pki.attempt().authenticate(&setup.init().unwrap()).decision;
    assert_eq!((expired.reason, expired.depth), (402, 1));
    let broken =
        pki.attempt().with(|attempt| attempt.presented = vec![pki.issuing_der(), vec![0x30, 3, 2, 1]]);
    let decision =
        broken.clone().with(|attempt| attempt.presented.swap(0, 1)).authenticate(&verifier).decision;
    assert_eq!((decision.reason, decision.depth), (100, 1));
    assert_eq!(broken.authenticate(&verifier).decision.depth, 2);
    let mut leaf = pki.alice().build();
    leaf[4] = 0x31;
    let decision = Attempt::new(leaf, Vec::new()).authenticate(&verifier).decision;
    assert_eq!((decision.reason, decision.depth, decision.offset), (104, 0, 4));
}

// -- the credential --

#[test]
fn a_credential_holds_for_the_dates_of_its_path_alone() {
    let pki = Pki::new();
    let issuing = pki.root.issue_ca("Issuing", Key::p256(2)).not_after(NOW + 5 * DAY).build();
    for (leaf_end, end) in [(NOW + 3 * DAY, NOW + 3 * DAY), (NOW + 9 * DAY, NOW + 5 * DAY)] {
        let verifier = pki.setup().with(|setup| setup.intermediates = vec![issuing.clone()]).init().unwrap();
        let attempt = Attempt::new(pki.alice().not_after(leaf_end).build(), Vec::new());
        let (credential, device, mut audit) = attempt.identify(&verifier);
        assert_eq!(device.not_after, end);
        let mut at = |time, mode| {
            let later = attempt.clone().typing(ALICE).with(|attempt| {
                attempt.options = cba_request { time, mode, ..attempt.options };
            });
            let decision = later.decide(&credential, &mut audit);
            Answer { decision, ..Answer::stale() }.outcome()
        };
        assert_eq!(at(end, CBA_MODE_PRIMARY), logs_in(ALICE));
        assert_eq!(at(end, CBA_MODE_SECONDARY), asks_password(ALICE));
        for time in [end + 1, end + DAY, i64::MAX] {
            assert_eq!(at(time, CBA_MODE_PRIMARY), refused(402));
            assert_eq!(at(time, CBA_MODE_SECONDARY), refused(402));
        }
        // Zero is what a program hands over that forgot the time.
        for time in [test_pki::DEFAULT_NOT_BEFORE - 1, 0, i64::MIN] {
            assert_eq!(at(time, CBA_MODE_PRIMARY), refused(401));
            assert_eq!(at(time, CBA_MODE_SECONDARY), refused(401));
        }
        assert_eq!(at(i64::MAX, CBA_MODE_OFF).0, CBA_DISABLED);
    }
}

#[test]
fn a_credential_may_be_copied_and_outlives_verifier_workspace_and_leaf() {
    let pki = Pki::new();
    let attempt = pki.attempt();
    let (credential, _, mut audit) = {
        let verifier = pki.setup().init().unwrap();
        pki.attempt().identify(&verifier)
    };
    let moved = Box::new(credential);
    for copy in [&credential, &*moved] {
        let decision = attempt.decide(copy, &mut audit);
        assert_eq!(Answer { decision, ..Answer::stale() }.outcome(), logs_in(ALICE));
    }
}

#[test]
fn a_credential_that_is_zero_or_garbage_lets_nobody_in() {
    let pki = Pki::new();
    let (good, _, mut audit) = pki.attempt().identify(&pki.setup().init().unwrap());
    let mut shifted = good;
    shifted.opaque.rotate_left(1);
    let garbage = [0, 1, 0xa5a5_a5a5_a5a5_a5a5, u64::MAX]
        .map(|word| cba_credential { opaque: [MaybeUninit::new(word); CBA_CREDENTIAL_WORDS] });
    for credential in garbage.iter().chain([&shifted, &cba_credential::default()]) {
        for attempt in [pki.attempt(), pki.attempt().typing(ALICE)] {
            let decision = attempt.decide(credential, &mut audit);
            let outcome = Answer { decision, ..Answer::stale() }.outcome();
            assert_eq!(outcome, refused(CBA_STATUS_NOT_INITIALIZED));
            assert_eq!((audit.verdict, audit.reason), (CBA_REFUSED, CBA_STATUS_NOT_INITIALIZED));
        }
    }
}

#[test]
fn misuse_in_the_first_step_is_the_reason_in_the_second() {
    let pki = Pki::new();
    let verifier = pki.setup().init().unwrap();
    let mut credential = pki.attempt().identify(&verifier).0;
    let Answer { mut device, mut audit, .. } = Answer::stale();
    // SAFETY: NULL is refused.
    pki.attempt().request(|request| unsafe {
        let nowhere = std::ptr::null_mut();
        cba_identify(verifier.at, request, nowhere, &raw mut credential, &raw mut device, &raw mut audit);
    });
    assert_eq!((audit.verdict, audit.reason), (CBA_REFUSED, CBA_STATUS_NULL_POINTER));
    assert_eq!((device.not_after, device.name_kind), (0, CBA_DEVICE_NONE));
    let decision = pki.attempt().decide(&credential, &mut audit);
    assert_eq!((decision.verdict, decision.reason), (CBA_REFUSED, CBA_STATUS_NULL_POINTER));
}

// -- audit and device --

#[test]
fn the_audit_record_names_the_certificate_on_every_outcome() {
    let pki = Pki::new();
    let verifier = pki.setup().init().unwrap();
    let leaf = pki.alice().serial_raw(&[0, 0x91, 2, 3]).build();
    let issuer = cba_core::sha256(pki.issuing.subject_der());
    for (mode, verdict) in
        [(CBA_MODE_PRIMARY, CBA_LOGIN), (CBA_MODE_OFF, CBA_DISABLED), (CBA_MODE_SECONDARY, CBA_REFUSED)]
    {
        let attempt = Attempt::new(leaf.clone(), Vec::new()).with(|attempt| attempt.options.mode = mode);
        let Answer { audit, decision, .. } = attempt.authenticate(&verifier);
        assert_eq!((audit.verdict, audit.reason), (verdict, decision.reason));
        assert_eq!((audit.has_fingerprint, audit.fingerprint), (1, cba_core::sha256(&leaf)));
        assert_eq!((audit.has_issuer, audit.issuer), (1, issuer));
        assert_eq!((audit.serial_len, &audit.serial[..5]), (4, &[0, 0x91, 2, 3, 0][..]));
    }
    let garbage = Attempt::new(b"garbage".to_vec(), Vec::new()).authenticate(&verifier).audit;
    assert_eq!((garbage.has_fingerprint, garbage.fingerprint), (1, cba_core::sha256(b"garbage")));
    assert_eq!((garbage.has_issuer, garbage.issuer, garbage.serial_len), (0, [0; 32], 0));
    let none = Attempt::new(Vec::new(), Vec::new()).authenticate(&verifier).audit;
    assert_eq!((none.reason, none.has_fingerprint, none.fingerprint), (605, 0, [0; 32]));
    let long =
        Attempt::new(pki.alice().serial_raw(&[1; 40]).build(), Vec::new()).authenticate(&verifier).audit;
    assert_eq!(
        (long.serial_len, long.serial),
        (21, [[1; 21].as_slice(), &[0; 3]].concat().try_into().unwrap())
    );
}

#[test]
fn the_device_is_what_the_leaf_says_and_borrows_from_it_alone() {
    let pki = Pki::new();
    let verifier = pki.setup().init().unwrap();
    let leaf = pki
        .alice()
        .attribute(oid::SERIAL_NUMBER, test_pki::der::tag::PRINTABLE_STRING, b"SN-1")
        .serial(0x1234)
        .not_after(NOW + DAY)
        .build();
    let attempt = Attempt::new(leaf.clone(), vec![pki.issuing_der()]);
    attempt.request(|request| {
        let space = Space::new(1);
        let device = common::authenticate(verifier.at, request, space.at).device;
        drop(space);
        assert_eq!(device.fingerprint, cba_core::sha256(&leaf));
        assert_eq!(device.public_key_hash, cba_core::sha256(&Key::p256(3).spki_der()));
        assert_eq!(device.not_after, NOW + DAY);
        assert_eq!(bytes(device.serial), [0x12, 0x34]);
        assert_eq!(bytes(device.issuer), pki.issuing.subject_der());
        assert!(bytes(device.subject).windows(4).any(|part| part == b"SN-1"));
        assert_eq!((device.name_kind, text(device.name)), (CBA_DEVICE_SERIAL_NUMBER, "SN-1".into()));
        let range = request.leaf.ptr.addr()..request.leaf.ptr.addr() + request.leaf.len;
        for span in [device.serial, device.issuer, device.subject, device.name] {
            assert!(range.contains(&span.ptr.addr()) && span.ptr.addr() + span.len <= range.end);
        }
    });
}

#[test]
fn every_kind_of_device_name_has_its_number() {
    let pki = Pki::new();
    let verifier = pki.setup().init().unwrap();
    let name = |leaf: Vec<u8>| {
        let attempt = Attempt::new(leaf, Vec::new());
        attempt.request(|request| {
            let device = common::authenticate(verifier.at, request, Space::new(0).at).device;
            (device.name_kind, text(device.name))
        })
    };
    assert_eq!(name(pki.alice().build()), (CBA_DEVICE_COMMON_NAME, "alice".into()));
    assert_eq!(name(pki.alice().san_dns("pc.example").build()), (CBA_DEVICE_DNS_NAME, "pc.example".into()));
    let uri = pki.alice().san_dns("pc.example").san_uri("urn:pc:1").build();
    assert_eq!(name(uri), (CBA_DEVICE_URI, "urn:pc:1".into()));
    assert_eq!(name(pki.client().email(ALICE).build()), (CBA_DEVICE_NONE, String::new()));
}
