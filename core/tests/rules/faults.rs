//! The faults of the original, one test each: what Mattermost's experimental certificate-based
//! authentication let through must not come back.

use crate::common::{Login, Outcome, Pki, Setup};
use cba_core::config::{CertificateCheck, Settings};
use cba_core::identity::IdentityOptions;
use cba_core::login::{Possession, Verdict};
use cba_core::path::Denied;
use cba_core::{ErrorKind, sha256};
use test_pki::{Authority, Key, SignatureScheme, attribute, der, oid};

/// Fault 1: a common name that spells `/emailAddress=boss@…` was the boss.
#[test]
fn text_in_a_common_name_is_nobodys_email() {
    let pki = Pki::new();
    for name in [
        "x/emailAddress=boss@example.com",
        "/emailAddress=boss@example.com",
        "x,emailAddress=boss@example.com",
        "emailAddress=boss@example.com",
        "x+1.2.840.113549.1.9.1=#1610626f7373406578616d706c652e636f6d",
    ] {
        let alone = pki.client().common_name(name).build();
        assert_eq!(pki.primary().decide(&alone), Outcome::Refused(ErrorKind::EmailMissing), "{name}");
        let before = pki.client().common_name(name).email("alice@example.com").build();
        assert_eq!(pki.primary().decide(&before), Outcome::Login("alice@example.com".into()), "{name}");
        let after = pki.client().email("alice@example.com").common_name(name).build();
        assert_eq!(pki.primary().decide(&after), Outcome::Login("alice@example.com".into()), "{name}");
    }
}

/// Fault 1: the e-mail was found in one spelling of the name's text only.
#[test]
fn the_email_is_found_wherever_in_the_name_it_stands() {
    let pki = Pki::new();
    let email = attribute(oid::EMAIL_ADDRESS, der::tag::IA5_STRING, b"alice@example.com");
    let name = attribute(oid::COMMON_NAME, der::tag::UTF8_STRING, b"alice");
    for leaf in [
        pki.client().email("alice@example.com").common_name("alice"),
        pki.client().common_name("alice").email("alice@example.com"),
        pki.client().rdn([email, name]),
    ] {
        assert_eq!(pki.primary().decide(&leaf.build()), Outcome::Login("alice@example.com".into()));
    }
}

/// Fault 1: an address could carry a second one into the text of a name.
#[test]
fn an_address_that_holds_the_text_of_another_is_refused() {
    let pki = Pki::new();
    let leaf = pki.client().email("x/emailAddress=boss@example.com").build();
    assert_eq!(pki.primary().decide(&leaf), Outcome::Refused(ErrorKind::InvalidEmail));
}

/// Fault 2: `secondary` never compared, so that any certificate went with any user's password.
#[test]
fn secondary_compares_the_certificates_email_with_the_typed_one() {
    let pki = Pki::new();
    let leaf = pki.alice().build();
    let secondary = pki.secondary();
    let typed = |login_id| secondary.clone().typing(login_id).decide(&leaf);
    assert_eq!(typed("alice@example.com"), Outcome::Password("alice@example.com".into()));
    assert_eq!(typed("boss@example.com"), Outcome::Refused(ErrorKind::LoginIdMismatch));
    assert_eq!(typed("alice"), Outcome::Refused(ErrorKind::LoginIdMismatch));
    assert_eq!(typed(""), Outcome::Refused(ErrorKind::LoginIdMissing));
    assert_eq!(secondary.decide(&leaf), Outcome::Refused(ErrorKind::LoginIdMissing));
}

/// Fault 3: `primary` logged in whomever another field of the request named.
#[test]
fn primary_lets_in_the_certificates_user_whatever_the_request_names() {
    let pki = Pki::new();
    let leaf = pki.alice().build();
    for login_id in ["boss@example.com", "", "8xyz7s3k5pd3bkmh9wg1o6mnfe"] {
        let outcome = pki.primary().typing(login_id).decide(&leaf);
        assert_eq!(outcome, Outcome::Login("alice@example.com".into()), "{login_id}");
    }
}

/// Fault 4: of several addresses the last won.
#[test]
fn of_two_addresses_neither_wins() {
    let pki = Pki::new();
    let (alice, boss) = ("alice@example.com", "boss@example.com");
    for leaf in [
        pki.client().email(alice).email(boss),
        pki.client().email(boss).email(alice),
        pki.client().rdn(
            [alice, boss].map(|email| attribute(oid::EMAIL_ADDRESS, der::tag::IA5_STRING, email.as_bytes())),
        ),
        pki.client().email(alice).san_email(boss),
        pki.client().email(alice).san_email(alice).san_email(boss),
    ] {
        let leaf = leaf.build();
        assert_eq!(pki.primary().decide(&leaf), Outcome::Refused(ErrorKind::AmbiguousIdentity));
        let secondary = pki.secondary().typing("boss@example.com");
        assert_eq!(secondary.decide(&leaf), Outcome::Refused(ErrorKind::AmbiguousIdentity));
    }
}

/// Fault 5: an unknown `ClientSideCertCheck` behaved as `secondary`.
#[test]
fn an_unknown_check_is_a_configuration_error() {
    let read = |check: &str| {
        let json = format!(
            r#"{{"ExperimentalSettings": {{"ClientSideCertEnable": true, "ClientSideCertCheck": {check}}}}}"#
        );
        Settings::from_json(json.as_bytes()).map(|loaded| loaded.settings.check).map_err(|error| error.kind)
    };
    assert_eq!(read(r#""primary""#), Ok(CertificateCheck::Primary));
    assert_eq!(read(r#""secondary""#), Ok(CertificateCheck::Secondary));
    for unknown in [r#""Primary""#, r#""primary ""#, r#""both""#, r#""none""#, r#""""#] {
        assert_eq!(read(unknown), Err(ErrorKind::UnknownSettingValue), "{unknown}");
    }
    for other_type in ["null", "true", "1", "[]", "{}"] {
        assert_eq!(read(other_type), Err(ErrorKind::WrongSettingType), "{other_type}");
    }
}

/// Fault 6: the certificate was never looked at, and the proxy's header was believed.
#[test]
fn whatever_is_wrong_with_the_certificate_keeps_its_user_out() {
    let pki = Pki::new();
    let stranger = Authority::root("Root", Key::p256(66));
    let denied = pki.alice().build();
    let refused = |leaf: &[u8]| pki.primary().decide(leaf);
    assert_eq!(
        refused(&stranger.issue(Key::p256(3)).email("alice@example.com").build()),
        Outcome::Refused(ErrorKind::BadSignature)
    );
    assert_eq!(
        refused(&pki.alice().signed_by(&Key::p256(66)).build()),
        Outcome::Refused(ErrorKind::BadSignature)
    );
    assert_eq!(refused(&pki.alice().validity(0, 86_400).build()), Outcome::Refused(ErrorKind::Expired));
    assert_eq!(refused(&pki.alice().server_auth().build()), Outcome::Refused(ErrorKind::PurposeNotAllowed));
    let denying = pki.primary().with(|login| login.setup.denied = vec![Denied::Certificate(sha256(&denied))]);
    assert_eq!(denying.decide(&denied), Outcome::Refused(ErrorKind::Denied));
    let unproven = pki.primary().with(|login| login.possession = || Possession::Unproven);
    assert_eq!(unproven.decide(&denied), Outcome::Refused(ErrorKind::PossessionNotProven));
}

/// Fault 7: refusals left no trace.
#[test]
fn a_refusal_is_audited_with_its_reason_and_its_certificate() {
    let pki = Pki::new();
    let leaf = pki.alice().serial(0x1234).validity(0, 86_400).build();
    let (decision, audit) = pki.primary().authenticate(Some(&leaf));
    assert_eq!(Outcome::of(&decision), Outcome::Refused(ErrorKind::Expired));
    assert_eq!(audit.verdict, Verdict::Refused);
    assert_eq!((audit.reason, audit.depth), (Some(ErrorKind::Expired), 0));
    assert_eq!(audit.fingerprint, Some(sha256(&leaf)));
    assert_eq!(audit.issuer, Some(sha256(pki.issuing.subject_der())));
    assert_eq!(audit.serial(), [0x12, 0x34]);
}

/// Fault 8: the published recipe made version 1 certificates.
#[test]
fn a_version_1_certificate_is_refused_for_being_one() {
    let root = Authority::root("Root", Key::rsa(2048));
    let leaf = root.issue(Key::rsa_2048_other()).email("alice@example.com").v1().build();
    let login = Login::new(Setup::new(&[&root]), CertificateCheck::Primary);
    assert_eq!(login.decide(&leaf), Outcome::Refused(ErrorKind::Version1));
}

/// Fault 8: the published recipe made keys of RSA-1024.
#[test]
fn a_key_of_1024_bits_is_refused_for_its_length_in_leaf_and_root() {
    let root = Authority::root("Root", Key::rsa(2048));
    let leaf = root.issue(Key::rsa(1024)).email("alice@example.com").build();
    let login = Login::new(Setup::new(&[&root]), CertificateCheck::Primary);
    assert_eq!(login.decide(&leaf), Outcome::Refused(ErrorKind::RsaModulusTooShort));

    let root = Authority::root("Root", Key::rsa(1024));
    let leaf = root.issue(Key::rsa(2048)).email("alice@example.com").build();
    let login = Login::new(Setup::new(&[&root]), CertificateCheck::Primary);
    assert_eq!(login.decide(&leaf), Outcome::Refused(ErrorKind::RsaModulusTooShort));
}

/// Fault 8: the published recipe signed by SHA-1 where OpenSSL was old enough.
#[test]
fn a_sha_1_signature_is_refused_for_its_hash() {
    let root = Authority::root("Root", Key::rsa(2048));
    let leaf = root
        .issue(Key::rsa_2048_other())
        .email("alice@example.com")
        .scheme(SignatureScheme::Pkcs1(test_pki::Hash::Sha1))
        .build();
    let login = Login::new(Setup::new(&[&root]), CertificateCheck::Primary);
    assert_eq!(login.decide(&leaf), Outcome::Refused(ErrorKind::Sha1Signature));
}

/// Fault 8: the published recipe gave everyone the same serial number.
#[test]
fn two_users_with_one_serial_number_are_told_apart() {
    let pki = Pki::new();
    let leaf = |email| pki.client().email(email).serial(1).build();
    let (alice, bob) = (leaf("alice@example.com"), leaf("bob@example.com"));
    let denying = pki.primary().with(|login| login.setup.denied = vec![Denied::Certificate(sha256(&alice))]);
    assert_eq!(denying.decide(&alice), Outcome::Refused(ErrorKind::Denied));
    assert_eq!(denying.decide(&bob), Outcome::Login("bob@example.com".into()));
    let audited = |leaf: &[u8]| pki.primary().authenticate(Some(leaf)).1;
    assert_eq!(audited(&alice).serial(), audited(&bob).serial());
    assert_ne!(audited(&alice).fingerprint, audited(&bob).fingerprint);
}

/// Fault 9: "a user or a device" was promised, and no device was ever told from another.
#[test]
fn one_user_on_two_devices_has_two_device_identities() {
    let pki = Pki::new();
    let device = |seed, host: &str| {
        let leaf = pki.issuing.issue(Key::p256(seed)).email("alice@example.com").san_dns(host).build();
        pki.setup().run(&leaf, &mut cba_core::path::Workspace::new(), |path| {
            let path = path.unwrap();
            let identity =
                cba_core::identity::Identity::from_path(&path, &IdentityOptions::default()).unwrap();
            assert_eq!(identity.email().as_str(), "alice@example.com");
            let device = identity.device();
            let host: Vec<_> = device.dns_names().unwrap().map(<[u8]>::to_vec).collect();
            (device.fingerprint(), device.public_key_hash(), host)
        })
    };
    let (laptop, phone) = (device(3, "laptop.example.com"), device(4, "phone.example.com"));
    assert_ne!(laptop.0, phone.0);
    assert_ne!(laptop.1, phone.1);
    assert_eq!(
        (laptop.2, phone.2),
        (vec![b"laptop.example.com".to_vec()], vec![b"phone.example.com".to_vec()])
    );
}
