//! From a verified identity to a decision: possession, settings, the typed e-mail, what a login asks
//! of a leaf, and the audit record of every outcome.

use crate::common::{Login, NOW, Outcome, Pki};
use cba_core::certificate::Certificate;
use cba_core::config::{CertificateCheck, Settings};
use cba_core::identity::{Identity, IdentityOptions, LocalPartCase};
use cba_core::login::{Credential, Decision, Possession, Verdict, decide};
use cba_core::path::{AnchorConstraints, Purpose, Workspace};
use cba_core::{ErrorKind, UnixTime, sha256};
use test_pki::{Authority, CertificateBuilder, Key, der, key_usage, oid};

const ALICE: &str = "alice@example.com";

fn refused(kind: ErrorKind) -> Outcome {
    Outcome::Refused(kind)
}

fn logs_in() -> Outcome {
    Outcome::Login(ALICE.into())
}

/// The decision of `primary` on this certificate.
fn primary(leaf: &CertificateBuilder) -> Outcome {
    Pki::new().primary().decide(&leaf.build())
}

/// The same under other options.
fn primary_with(leaf: &CertificateBuilder, change: impl FnOnce(&mut Login)) -> Outcome {
    Pki::new().primary().with(change).decide(&leaf.build())
}

// -- decisions --

#[test]
fn primary_logs_in_and_secondary_goes_on_to_the_password() {
    let pki = Pki::new();
    let leaf = pki.alice().build();
    assert_eq!(pki.primary().decide(&leaf), logs_in());
    assert_eq!(pki.secondary().typing(ALICE).decide(&leaf), Outcome::Password(ALICE.into()));
}

#[test]
fn switched_off_the_certificate_says_nothing_good_or_bad() {
    let pki = Pki::new();
    for login in [pki.primary(), pki.secondary()] {
        let off = login.with(|login| login.settings.enable = false);
        for leaf in [pki.alice().build(), pki.alice().validity(0, 1).build(), b"no certificate".to_vec()] {
            assert_eq!(off.decide(&leaf), Outcome::Disabled);
        }
        assert_eq!(Outcome::of(&off.authenticate(None).0), Outcome::Disabled);
    }
}

#[test]
fn without_a_certificate_nobody_is_let_in() {
    let pki = Pki::new();
    for login in [pki.primary(), pki.primary().typing(ALICE), pki.secondary().typing(ALICE)] {
        assert_eq!(Outcome::of(&login.authenticate(None).0), refused(ErrorKind::NoCertificate));
    }
}

#[test]
fn a_decision_names_its_principal_only_if_it_lets_one_in_or_on() {
    let pki = Pki::new();
    let principal = |login: Login| {
        let (decision, _) = login.authenticate(Some(&pki.alice().build()));
        decision.principal().map(|principal| principal.email().as_str().to_owned())
    };
    assert_eq!(principal(pki.primary()).as_deref(), Some(ALICE));
    assert_eq!(principal(pki.secondary().typing(ALICE)).as_deref(), Some(ALICE));
    assert_eq!(principal(pki.secondary().typing("boss@example.com")), None);
    assert_eq!(principal(pki.primary().with(|login| login.settings.enable = false)), None);
}

// -- possession --

#[test]
fn a_certificate_without_proof_of_its_key_lets_nobody_in() {
    let pki = Pki::new();
    assert_eq!(Possession::default(), Possession::Unproven);
    for login in [pki.primary(), pki.secondary().typing(ALICE)] {
        let unproven = login.with(|login| login.possession = || Possession::Unproven);
        assert_eq!(unproven.decide(&pki.alice().build()), refused(ErrorKind::PossessionNotProven));
    }
}

// -- the typed e-mail --

#[test]
fn secondary_refuses_a_missing_empty_or_different_login_id() {
    let pki = Pki::new();
    let leaf = pki.alice().build();
    assert_eq!(pki.secondary().decide(&leaf), refused(ErrorKind::LoginIdMissing));
    assert_eq!(pki.secondary().typing("").decide(&leaf), refused(ErrorKind::LoginIdMissing));
    for typed in [
        "bob@example.com",
        "alice",
        "alice@example.co",
        "alice@example.com ",
        " alice@example.com",
        "alice@example.com\0",
        "alice@example.com.",
        "alice@example.com,bob@example.com",
        "alice@EXAMPLE.com@example.com",
        "\u{212a}alice@example.com",
        "*",
    ] {
        let outcome = pki.secondary().typing(typed).decide(&leaf);
        assert_eq!(outcome, refused(ErrorKind::LoginIdMismatch), "{typed:?}");
    }
}

#[test]
fn the_typed_email_is_compared_without_regard_to_case_and_the_certificates_is_handed_out_folded() {
    let pki = Pki::new();
    let leaf = pki.client().email("Alice@Example.com").build();
    for typed in [ALICE, "ALICE@EXAMPLE.COM", "aLiCe@eXample.com"] {
        assert_eq!(pki.secondary().typing(typed).decide(&leaf), Outcome::Password(ALICE.into()), "{typed}");
    }
}

#[test]
fn by_option_the_local_part_is_compared_exactly_and_the_domain_still_is_not() {
    let pki = Pki::new();
    let leaf = pki.client().email("Alice@Example.com").build();
    let exact = |typed| {
        let login = pki.secondary().typing(typed);
        login.with(|login| login.identity.case = LocalPartCase::Exact).decide(&leaf)
    };
    assert_eq!(exact("Alice@EXAMPLE.com"), Outcome::Password("Alice@example.com".into()));
    assert_eq!(exact("alice@example.com"), refused(ErrorKind::LoginIdMismatch));
}

// -- what a login asks of a leaf --

#[test]
fn a_leaf_without_extended_key_usage_logs_in_only_by_option() {
    let leaf = Pki::new().alice().without(oid::EXTENDED_KEY_USAGE);
    assert_eq!(primary(&leaf), refused(ErrorKind::MissingExtendedKeyUsage));
    let accept = |login: &mut Login| login.setup.options.accept_missing_extended_key_usage = true;
    assert_eq!(primary_with(&leaf, accept), logs_in());
    let server = Pki::new().alice().server_auth();
    assert_eq!(primary_with(&server, accept), refused(ErrorKind::PurposeNotAllowed));
    let any = Pki::new().alice().extended_key_usage(&[oid::ANY_EXTENDED_KEY_USAGE]);
    assert_eq!(primary_with(&any, accept), refused(ErrorKind::PurposeNotAllowed));
}

#[test]
fn a_leaf_for_any_purpose_logs_in_only_by_option() {
    let leaf = Pki::new().alice().extended_key_usage(&[oid::ANY_EXTENDED_KEY_USAGE]);
    assert_eq!(primary(&leaf), refused(ErrorKind::PurposeNotAllowed));
    let accept = |login: &mut Login| login.setup.options.accept_any_extended_key_usage = true;
    assert_eq!(primary_with(&leaf, accept), logs_in());
    let server = Pki::new().alice().server_auth();
    assert_eq!(primary_with(&server, accept), refused(ErrorKind::PurposeNotAllowed));
    let absent = Pki::new().alice().without(oid::EXTENDED_KEY_USAGE);
    assert_eq!(primary_with(&absent, accept), refused(ErrorKind::MissingExtendedKeyUsage));
}

#[test]
fn client_auth_among_other_purposes_logs_in_and_other_purposes_alone_do_not() {
    let leaf = |purposes: &[&str]| Pki::new().alice().extended_key_usage(purposes);
    assert_eq!(primary(&leaf(&[oid::EMAIL_PROTECTION, oid::CLIENT_AUTH])), logs_in());
    let others = leaf(&[oid::EMAIL_PROTECTION, oid::SERVER_AUTH]);
    assert_eq!(primary(&others), refused(ErrorKind::PurposeNotAllowed));
    let critical = Pki::new().alice().extended_key_usage_critical(&[oid::CLIENT_AUTH]);
    assert_eq!(primary(&critical), logs_in());
}

#[test]
fn a_leaf_whose_key_usage_lacks_digital_signature_cannot_log_in() {
    for bits in [key_usage::KEY_ENCIPHERMENT, key_usage::KEY_AGREEMENT, key_usage::NON_REPUDIATION] {
        let leaf = Pki::new().alice().key_usage(bits);
        assert_eq!(primary(&leaf), refused(ErrorKind::MissingDigitalSignature));
    }
    let both = Pki::new().alice().key_usage(key_usage::DIGITAL_SIGNATURE | key_usage::KEY_ENCIPHERMENT);
    assert_eq!(primary(&both), logs_in());
    assert_eq!(primary(&Pki::new().alice().without(oid::KEY_USAGE)), logs_in());
}

#[test]
fn a_ca_cannot_log_in() {
    let ca = Pki::new().alice().basic_constraints(true, None, true);
    assert_eq!(primary(&ca), refused(ErrorKind::LeafIsCa));
    let no_ca = Pki::new().alice().basic_constraints(false, None, true);
    assert_eq!(primary(&no_ca), logs_in());
}

const EMAIL_PROTECTION: Purpose<'_> = Purpose::Oid(&[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x04]);

#[test]
fn another_purpose_is_asked_beside_client_auth_and_never_instead_of_it() {
    let client_auth = Purpose::Oid(cba_core::der::oid::CLIENT_AUTH);
    let others = [oid::SERVER_AUTH, oid::EMAIL_PROTECTION];
    let with = |purposes: &[&str], purpose| {
        let leaf = Pki::new().alice().extended_key_usage(purposes);
        primary_with(&leaf, |login| login.setup.options.purpose = purpose)
    };
    let not_allowed = refused(ErrorKind::PurposeNotAllowed);
    for purpose in [Purpose::ServerAuth, EMAIL_PROTECTION, Purpose::Any, client_auth] {
        assert_eq!(with(&[oid::CLIENT_AUTH, others[0], others[1]], purpose), logs_in());
        assert_eq!(with(&others, purpose), not_allowed);
        assert_eq!(with(&[others[0], others[1], oid::ANY_EXTENDED_KEY_USAGE], purpose), not_allowed);
    }
    for purpose in [Purpose::ServerAuth, EMAIL_PROTECTION] {
        assert_eq!(with(&[oid::CLIENT_AUTH], purpose), not_allowed);
    }
    let silent = Pki::new().alice().without(oid::EXTENDED_KEY_USAGE);
    for accept in [false, true] {
        let outcome = primary_with(&silent, |login| {
            login.setup.options.purpose = Purpose::Any;
            login.setup.options.accept_missing_extended_key_usage = accept;
        });
        let missing = refused(ErrorKind::MissingExtendedKeyUsage);
        assert_eq!(outcome, if accept { logs_in() } else { missing });
    }
}

#[test]
fn a_ca_or_an_anchor_that_is_not_for_client_auth_issues_no_login_for_another_purpose() {
    let others = [oid::SERVER_AUTH, oid::EMAIL_PROTECTION];
    let both = [oid::CLIENT_AUTH, oid::EMAIL_PROTECTION];
    for (root_purposes, twin_purposes, ca_purposes, depth) in [
        (&both, &both, &both, None),
        (&both, &both, &others, Some(1)),
        (&others, &both, &both, Some(2)),
        (&both, &others, &both, Some(2)),
    ] {
        let root = Authority::root_builder("Root", Key::p256(1)).extended_key_usage(root_purposes);
        let root = root.build_authority();
        let twin = Authority::root_builder("Root", Key::p256(1)).extended_key_usage(twin_purposes).build();
        let issuing = root.issue_ca("Issuing", Key::p256(2)).extended_key_usage(ca_purposes);
        let pki = Pki { root, issuing: issuing.build_authority() };
        let leaf = pki.alice().extended_key_usage(&both).build();
        for purpose in [EMAIL_PROTECTION, Purpose::Any] {
            let login = pki.primary().with(|login| {
                login.setup.options.purpose = purpose;
                login.setup.roots.push(twin.clone());
                login.setup.options.anchor_constraints = AnchorConstraints::Enforce;
            });
            let refusal = match login.authenticate(Some(&leaf)).0 {
                Decision::Refused(error) => Some((error.kind, error.depth)),
                _ => None,
            };
            assert_eq!(refusal, depth.map(|depth| (ErrorKind::PurposeNotAllowed, depth)));
        }
    }
}

// -- the credential --

/// The credential of this leaf, and what `decide` makes of it at a time.
fn decided_at(pki: &Pki, leaf: &[u8], check: CertificateCheck, time: i64) -> (i64, Outcome) {
    pki.setup().run(leaf, &mut Workspace::new(), |path| {
        let path = path.unwrap();
        let identity = Identity::from_path(&path, &IdentityOptions::default()).unwrap();
        let credential = Credential::from_identity(&identity).unwrap();
        let settings = Settings { enable: true, check };
        let decision = decide(&settings, &credential, Possession::ProvenByTls, UnixTime(time), Some(ALICE));
        (credential.not_after().0, Outcome::of(&decision))
    })
}

#[test]
fn a_credential_holds_to_the_last_second_of_the_certificate_that_ends_first() {
    let mut pki = Pki::new();
    let end = NOW + 500;
    pki.issuing = pki.root.issue_ca("Issuing", Key::p256(2)).not_after(end).build_authority();
    for leaf_end in [NOW + 100, end, NOW + 900] {
        let leaf = pki.alice().not_after(leaf_end).build();
        let end = leaf_end.min(end);
        for check in [CertificateCheck::Primary, CertificateCheck::Secondary] {
            let at = |time| {
                let (not_after, outcome) = decided_at(&pki, &leaf, check, time);
                assert_eq!(not_after, end);
                outcome
            };
            let good = match check {
                CertificateCheck::Primary => logs_in(),
                CertificateCheck::Secondary => Outcome::Password(ALICE.into()),
            };
            assert_eq!(at(NOW), good);
            assert_eq!(at(end), good);
            for late in [end + 1, end + 86_400, i64::MAX] {
                assert_eq!(at(late), refused(ErrorKind::Expired), "{late}");
            }
        }
    }
}

#[test]
fn a_credential_does_not_hold_before_the_last_certificate_of_its_path_begins() {
    let mut pki = Pki::new();
    let begin = NOW - 500;
    pki.issuing = pki.root.issue_ca("Issuing", Key::p256(2)).not_before(begin).build_authority();
    for leaf_begin in [NOW - 900, begin, NOW - 100] {
        let leaf = pki.alice().not_before(leaf_begin).build();
        let begin = leaf_begin.max(begin);
        for check in [CertificateCheck::Primary, CertificateCheck::Secondary] {
            let at = |time| decided_at(&pki, &leaf, check, time).1;
            let good = match check {
                CertificateCheck::Primary => logs_in(),
                CertificateCheck::Secondary => Outcome::Password(ALICE.into()),
            };
            assert_eq!(at(begin), good);
            // Zero is what a host hands over that forgot the time.
            for early in [begin - 1, 0, i64::MIN] {
                assert_eq!(at(early), refused(ErrorKind::NotYetValid), "{early}");
            }
        }
    }
}

#[test]
fn an_expired_credential_of_a_server_that_is_switched_off_says_nothing() {
    let pki = Pki::new();
    pki.setup().run(&pki.alice().build(), &mut Workspace::new(), |path| {
        let path = path.unwrap();
        let identity = Identity::from_path(&path, &IdentityOptions::default()).unwrap();
        let credential = Credential::from_identity(&identity).unwrap();
        let off = Settings { enable: false, check: CertificateCheck::Primary };
        let decision = decide(&off, &credential, Possession::ProvenByTls, UnixTime(i64::MAX), None);
        assert_eq!(Outcome::of(&decision), Outcome::Disabled);
    });
}

#[test]
fn a_credential_compares_as_the_options_of_its_identity_have_it() {
    let pki = Pki::new();
    let leaf = pki.client().email("Alice@Example.com").build();
    for (case, same) in [(LocalPartCase::Fold, true), (LocalPartCase::Exact, false)] {
        pki.setup().run(&leaf, &mut Workspace::new(), |path| {
            let path = path.unwrap();
            let options = IdentityOptions { case, ..IdentityOptions::default() };
            let credential =
                Credential::from_identity(&Identity::from_path(&path, &options).unwrap()).unwrap();
            let settings = Settings { enable: true, check: CertificateCheck::Secondary };
            let now = UnixTime(NOW);
            let decision = decide(&settings, &credential, Possession::ProvenByTls, now, Some(ALICE));
            assert_eq!(matches!(decision, Decision::ContinueWithPassword { .. }), same);
        });
    }
}

#[test]
fn of_a_leaf_that_is_unfit_for_a_login_there_is_no_credential() {
    let pki = Pki::new();
    for (leaf, kind) in [
        (pki.alice().basic_constraints(true, None, true), ErrorKind::LeafIsCa),
        (pki.alice().key_usage(key_usage::KEY_AGREEMENT), ErrorKind::MissingDigitalSignature),
    ] {
        pki.setup().run(&leaf.build(), &mut Workspace::new(), |path| {
            let path = path.unwrap();
            let identity = Identity::from_path(&path, &IdentityOptions::default()).unwrap();
            assert_eq!(Credential::from_identity(&identity).unwrap_err().kind, kind);
        });
    }
}

// -- audit --

#[test]
fn without_a_certificate_the_record_holds_the_reason_alone() {
    let (_, audit) = Pki::new().primary().authenticate(None);
    assert_eq!((audit.verdict, audit.reason), (Verdict::Refused, Some(ErrorKind::NoCertificate)));
    assert_eq!((audit.depth, audit.fingerprint, audit.issuer), (0, None, None));
    assert_eq!(audit.serial(), []);
}

#[test]
fn a_leaf_that_cannot_be_read_is_audited_by_its_fingerprint() {
    for der in [&b""[..], b"garbage", &[0x30, 0x80, 0, 0]] {
        let (_, audit) = Pki::new().primary().authenticate(Some(der));
        assert_eq!(audit.verdict, Verdict::Refused);
        assert_eq!(audit.reason, crate::common::read_error(der));
        assert_eq!((audit.fingerprint, audit.issuer), (Some(sha256(der)), None));
        assert_eq!(audit.serial(), []);
    }
}

#[test]
fn a_refused_path_is_audited_with_the_depth_of_the_certificate_to_blame() {
    let pki = Pki::new();
    let expired = pki.root.issue_ca("Issuing", Key::p256(2)).validity(0, 86_400).build_authority();
    let leaf = pki.alice().serial(5).build();
    let login = pki.primary().with(|login| login.setup = login.setup.clone().presenting(&[&expired]));
    let (_, audit) = login.authenticate(Some(&leaf));
    assert_eq!((audit.reason, audit.depth), (Some(ErrorKind::Expired), 1));
    assert_eq!(audit.fingerprint, Some(sha256(&leaf)));
    assert_eq!(audit.issuer, Some(sha256(pki.issuing.subject_der())));
    assert_eq!(audit.serial(), [5]);
}

#[test]
fn every_other_outcome_is_audited_with_its_certificate_and_no_reason() {
    let pki = Pki::new();
    let leaf = pki.alice().serial(7).build();
    let off = pki.primary().with(|login| login.settings.enable = false);
    for (login, verdict) in [
        (pki.primary(), Verdict::Login),
        (pki.secondary().typing(ALICE), Verdict::ContinueWithPassword),
        (off, Verdict::Disabled),
    ] {
        let (_, audit) = login.authenticate(Some(&leaf));
        assert_eq!((audit.verdict, audit.reason, audit.depth), (verdict, None, 0));
        assert_eq!(audit.fingerprint, Some(sha256(&leaf)));
        assert_eq!(audit.issuer, Some(sha256(pki.issuing.subject_der())));
        assert_eq!(audit.serial(), [7]);
    }
}

#[test]
fn refusals_of_identity_possession_and_login_id_are_audited_too() {
    let pki = Pki::new();
    let nobody = pki.client().common_name("alice").build();
    let leaf = pki.alice().build();
    let unproven = pki.primary().with(|login| login.possession = || Possession::Unproven);
    for (login, leaf, kind) in [
        (pki.primary(), &nobody, ErrorKind::EmailMissing),
        (unproven, &leaf, ErrorKind::PossessionNotProven),
        (pki.secondary().typing("boss@example.com"), &leaf, ErrorKind::LoginIdMismatch),
        (pki.secondary(), &leaf, ErrorKind::LoginIdMissing),
    ] {
        let (_, audit) = login.authenticate(Some(leaf));
        assert_eq!((audit.verdict, audit.reason), (Verdict::Refused, Some(kind)));
        assert_eq!(audit.fingerprint, Some(sha256(leaf)));
    }
}

#[test]
fn a_serial_number_of_any_length_is_audited_by_its_first_bytes() {
    let pki = Pki::new();
    let audited = |serial: &[u8]| {
        let leaf = pki.alice().serial_raw(serial).build();
        assert!(Certificate::from_der(&leaf).is_ok());
        let (_, audit) = pki.primary().authenticate(Some(&leaf));
        (audit.reason, audit.serial().to_vec())
    };
    let long: Vec<u8> = (1..=40).collect();
    assert_eq!(audited(&long[..20]), (None, long[..20].to_vec()));
    let signed = der::concat([&[0x00, 0x80][..], &long[..19]]);
    assert_eq!(audited(&signed), (None, signed));
    assert_eq!(audited(&long), (Some(ErrorKind::SerialTooLong), long[..21].to_vec()));
    assert_eq!(audited(&[0xff]), (Some(ErrorKind::NegativeSerial), vec![0xff]));
}
