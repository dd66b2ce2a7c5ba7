//! `cba verify`: what is accepted, and what a refusal says.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    unreachable_pub,
    reason = "test code: a panic is how a test fails"
)]
#![allow(dead_code, reason = "each test crate uses a part of `common`")]

mod common;

use common::{AT, Pki};
use test_pki::key_usage::{CRL_SIGN, KEY_CERT_SIGN, KEY_ENCIPHERMENT};
use test_pki::{Authority, Hash, Key, SignatureScheme, oid};

#[test]
fn accepts_a_good_path_and_names_identity_path_and_root() {
    let pki = Pki::new();
    let run = pki.verify(&pki.alice(), "");
    run.says(0, &["accepted\n", "alice@example.com (in subject)", "CN=Issuing CA", "root", "CN=Root CA"]);
    run.says(0, &["judged at", AT, "good until", "2035-01-01T00:00:00Z"]);
    assert_eq!(run.stderr, "");
}

#[test]
fn fills_every_field_of_the_json_object() {
    let pki = Pki::new();
    let (status, json) =
        pki.sandbox.json(&format!("verify --at {AT} --roots root.pem --intermediates issuing.pem alice.pem"));
    assert_eq!(status, 0);
    assert_eq!(json["command"], "verify");
    assert_eq!(json["result"], "accepted");
    assert_eq!(json["at"], AT);
    assert_eq!(json["purpose"], "clientAuth");
    assert_eq!(json["identity_sources"], "subject");
    assert_eq!(json["identity"], "alice@example.com");
    assert_eq!(json["not_after"], "2035-01-01T00:00:00Z");
    assert_eq!(json["anchor"]["subject"], "CN=Root CA");
    assert_eq!(json["anchor"]["spki_sha256"].as_str().unwrap().len(), 64);
    assert_eq!(json["path"].as_array().unwrap().len(), 2);
    assert_eq!(json["path"][0]["subject"], "emailAddress=alice@example.com,CN=Alice");
    assert_eq!(json["path"][1]["depth"], 1);
    assert!(json["refusal"].is_null());
    assert_eq!(json["warnings"].as_array().unwrap().len(), 0);
}

#[test]
fn says_when_a_certificate_expired_and_when_it_was_judged() {
    let pki = Pki::new();
    let expired = pki.alice().not_after(1_760_000_000);
    pki.verify(&expired, "")
        .says(1, &["expired (402)", "notAfter 2025-10-09T08:53:20Z", &format!("judged at {AT}")]);
    let early = pki.alice().not_before(1_800_000_000);
    pki.verify(&early, "").says(1, &["not yet valid (401)", "notBefore 2027-01-15T08:00:00Z"]);
}

#[test]
fn takes_the_time_as_rfc_3339_and_as_unix_seconds() {
    let pki = Pki::new();
    let judge = |at: &str| {
        pki.sandbox.run(&format!("verify --roots root.pem --intermediates issuing.pem --at {at} alice.pem"))
    };
    judge("1767225600").says(0, &[AT]);
    judge("2026-01-01T01:00:00+01:00").says(0, &[AT]);
    judge("-1").says(1, &["1969-12-31T23:59:59Z", "not yet valid"]);
    judge("253402300799").says(1, &["9999-12-31T23:59:59Z", "expired"]);
    for garbage in [
        "253402300800",
        "-62167219201",
        "99999999999999999999",
        "yesterday",
        "2026-01-01",
        "2026-13-01T00:00:00Z",
    ] {
        judge(garbage).says(2, &["--at"]);
    }
}

#[test]
fn says_which_issuer_was_looked_for() {
    let pki = Pki::new();
    let stranger = Authority::root("Stranger", Key::p256(9));
    pki.sandbox.write("stranger.pem", test_pki::pem(stranger.certificate_der()));
    let run = pki.sandbox.run(&format!("verify --at {AT} --roots stranger.pem alice.pem"));
    run.says(1, &["issuer not found (400)", "CN=Issuing CA", "1 root and 0 intermediates"]);
}

#[test]
fn finds_the_certificate_at_the_depth_of_the_error() {
    let pki = Pki::new();
    let old = pki.root.issue_ca("Old CA", Key::p256(4)).not_after(1_750_000_000).build_authority();
    pki.sandbox.write("old.pem", test_pki::pem(old.certificate_der()));
    pki.sandbox.write("leaf.pem", old.issue(Key::p256(3)).email("alice@example.com").build_pem());
    let arguments = format!(
        "verify --at {AT} --roots root.pem --intermediates issuing.pem --intermediates old.pem leaf.pem"
    );
    pki.sandbox.run(&arguments).says(1, &["expired (402)", "1, CN=Old CA", "notAfter 2025-06-15T15:06:40Z"]);
    let (_, json) = pki.sandbox.json(&arguments);
    assert_eq!(json["result"], "refused");
    assert_eq!(json["refusal"]["kind"], "Expired");
    assert_eq!(json["refusal"]["code"], 402);
    assert_eq!(json["refusal"]["certificate"]["depth"], 1);
    assert_eq!(json["refusal"]["certificate"]["subject"], "CN=Old CA");
    assert!(json["refusal"]["check"].as_str().unwrap().contains("RFC 5280"));
    assert!(json["refusal"]["wanted"].as_str().unwrap().contains("2025-06-15T15:06:40Z"));
    assert_eq!(json["path"].as_array().unwrap().len(), 2);
    assert!(json["anchor"].is_null() && json["identity"].is_null());
}

#[test]
fn says_which_path_length_was_exceeded() {
    let pki = Pki::new();
    let third = pki.issuing.issue_ca("Third CA", Key::p256(5)).build_authority();
    pki.sandbox.write("third.pem", test_pki::pem(third.certificate_der()));
    pki.sandbox.write("leaf.pem", third.issue(Key::p256(3)).email("alice@example.com").build_pem());
    let run = pki.sandbox.run(&format!(
        "verify --at {AT} --roots root.pem --intermediates issuing.pem --intermediates third.pem leaf.pem"
    ));
    run.says(1, &["(406)", "pathLenConstraint 0 in certificate 2 (CN=Issuing CA)", "1 intermediate"]);
}

#[test]
fn lists_the_purposes_found_beside_the_one_wanted() {
    let pki = Pki::new();
    let server = pki.alice().server_auth();
    pki.verify(&server, "").says(1, &["(408)", "serverAuth", "clientAuth among them"]);
    pki.verify(&server, "--eku serverAuth").says(0, &["purpose       serverAuth"]);
    pki.verify(&server, "--eku any").says(0, &["purpose       any"]);
    pki.verify(&server, "--eku 1.3.6.1.5.5.7.3.1").says(0, &["serverAuth"]);
    pki.verify(&server, "--eku 1.3.6.1.5.5.7.3.4").says(1, &["emailProtection among them"]);
    let odd = pki.alice().extended_key_usage(&["1.2.3.4.5"]);
    pki.verify(&odd, "--eku 1.2.3.4.5").says(0, &["1.2.3.4.5"]);
    for wrong in ["--eku client", "--eku 1", "--eku 3.1", "--eku any --require-eku"] {
        pki.verify(&server, wrong).says(2, &["--"]);
    }
}

#[test]
fn accepts_an_absent_extended_key_usage_unless_it_is_required() {
    let pki = Pki::new();
    let leaf = pki.alice().without(oid::EXTENDED_KEY_USAGE);
    pki.verify(&leaf, "").says(0, &["accepted"]);
    pki.verify(&leaf, "--require-eku").says(1, &["(409)", "extendedKeyUsage with clientAuth"]);
}

#[test]
fn accepts_a_ca_and_a_leaf_without_digital_signature() {
    let pki = Pki::new();
    let arguments = format!("verify --at {AT} --identity none --roots root.pem issuing.pem");
    pki.sandbox.run(&arguments).says(0, &["accepted"]);
    pki.verify(&pki.alice().key_usage(KEY_ENCIPHERMENT), "").says(0, &["accepted"]);
}

#[test]
fn counts_intermediates_as_openssl_does() {
    let pki = Pki::new();
    pki.verify(&pki.alice(), "--max-depth 1").says(0, &["accepted"]);
    pki.verify(&pki.alice(), "--max-depth 0").says(1, &["(900)", "at most 0 intermediates"]);
    pki.verify(&pki.alice(), "--max-depth 15").says(0, &["accepted"]);
    for wrong in ["16", "-1", "x"] {
        pki.verify(&pki.alice(), &format!("--max-depth={wrong}")).says(2, &["--max-depth"]);
    }
}

#[test]
fn takes_the_identity_from_where_it_is_told() {
    let pki = Pki::new();
    let san = pki.issuing.issue(Key::p256(3)).common_name("Alice").san_email("alice@example.com");
    pki.verify(&san, "").says(1, &["(500)", "alice@example.com in san", "emailAddress in the subject"]);
    pki.verify(&san, "--identity san").says(0, &["alice@example.com (in san)"]);
    pki.verify(&san, "--identity subject,san").says(0, &["alice@example.com"]);
    pki.verify(&san, "--identity san,subject").says(0, &["alice@example.com"]);
    pki.verify(&pki.alice(), "--identity san").says(1, &["rfc822Name in subjectAltName"]);
    let nobody = pki.issuing.issue(Key::p256(3)).common_name("Nobody");
    pki.verify(&nobody, "").says(1, &["(500)", "no e-mail address, neither in"]);
    let run = pki.verify(&nobody, "--identity none");
    run.says(0, &["accepted"]);
    assert!(!run.stdout.contains("identity"));
    pki.verify(&nobody, "--identity email").says(2, &["--identity"]);
}

#[test]
fn shows_both_addresses_of_an_ambiguous_certificate() {
    let pki = Pki::new();
    let both = pki.alice().san_email("boss@example.com");
    pki.verify(&both, "").says(1, &["(501)", "alice@example.com in subject", "boss@example.com in san"]);
    pki.verify(&both, "--identity none").says(0, &["accepted"]);
}

#[test]
fn says_how_long_an_rsa_key_is_and_should_be() {
    let pki = Pki::new();
    let short = pki.issuing.issue(Key::rsa(1024)).email("alice@example.com");
    pki.verify(&short, "").says(1, &["(304)", "RSA, 1024 bits", "at least 2048 bits"]);
}

#[test]
fn says_that_it_is_the_root_whose_key_is_too_short() {
    let pki = Pki::new();
    let weak = Authority::root("Weak Root", Key::rsa(1024));
    pki.sandbox.write("weak.pem", test_pki::pem(weak.certificate_der()));
    pki.sandbox.write("leaf.pem", weak.issue(Key::p256(3)).email("a@example.com").build_pem());
    let run = pki.sandbox.run(&format!("verify --at {AT} --roots weak.pem leaf.pem"));
    run.says(1, &["(304)", "the root's key: RSA, 1024 bits"]);
}

#[test]
fn names_the_signature_algorithm_that_is_refused() {
    let pki = Pki::new();
    let root = Authority::root("RSA Root", Key::rsa(2048));
    pki.sandbox.write("rsa.pem", test_pki::pem(root.certificate_der()));
    let sha1 = root.issue(Key::p256(3)).email("a@example.com").scheme(SignatureScheme::Pkcs1(Hash::Sha1));
    pki.sandbox.write("leaf.pem", sha1.build_pem());
    let run = pki.sandbox.run(&format!("verify --at {AT} --roots rsa.pem leaf.pem"));
    run.says(1, &["(303)", "sha1WithRSAEncryption", "SHA-256"]);
}

#[test]
fn refuses_a_forged_signature_by_its_issuers_name() {
    let pki = Pki::new();
    pki.verify(&pki.alice().signed_by(&Key::p256(66)), "").says(1, &["(309)", "CN=Issuing CA"]);
}

#[test]
fn refuses_issuers_that_are_no_ca_and_says_why() {
    let pki = Pki::new();
    let cases = [
        (pki.root.issue_ca("Bad CA", Key::p256(7)).without(oid::BASIC_CONSTRAINTS), "(404)", "absent"),
        (pki.root.issue_ca("Bad CA", Key::p256(7)).basic_constraints(false, None, true), "(405)", "cA FALSE"),
        (pki.root.issue_ca("Bad CA", Key::p256(7)).key_usage(CRL_SIGN), "(407)", "cRLSign"),
        (
            pki.root.issue_ca("Bad CA", Key::p256(7)).key_usage(KEY_CERT_SIGN).name_constraints(&[], &[]),
            "(418)",
            "nameConstraints",
        ),
    ];
    for (ca, code, found) in cases {
        let ca = ca.build_authority();
        pki.sandbox.write("bad.pem", test_pki::pem(ca.certificate_der()));
        pki.sandbox.write("leaf.pem", ca.issue(Key::p256(3)).email("a@example.com").build_pem());
        let run =
            pki.sandbox.run(&format!("verify --at {AT} --roots root.pem --intermediates bad.pem leaf.pem"));
        run.says(1, &[code, found, "1, CN=Bad CA"]);
    }
}

#[test]
fn names_the_critical_extension_that_is_not_processed() {
    let pki = Pki::new();
    let leaf = pki.alice().extension("1.2.3.4.5.6", true, &[5, 0]);
    pki.verify(&leaf, "").says(1, &["(403)", "1.2.3.4.5.6, critical"]);
}

#[test]
fn judges_no_path_without_roots() {
    let pki = Pki::new();
    pki.sandbox.run("verify alice.pem").says(2, &["--roots <FILE>"]);
}

#[test]
fn warns_of_a_root_that_is_no_ca() {
    let pki = Pki::new();
    let pinned = Authority::root("Root", Key::p256(1)).issue(Key::p256(2)).common_name("Device");
    let leaf = pinned.build_authority().issue(Key::p256(3)).email("alice@example.com");
    pki.sandbox.write("device.pem", pinned.build_pem());
    pki.sandbox.write("pinned.pem", leaf.build_pem());
    let run = pki.sandbox.run(&format!("verify --at {AT} --roots device.pem pinned.pem"));
    run.says(0, &["accepted"]);
    assert!(run.stderr.contains("root certificate 1 of device.pem is no CA's"), "{}", run.stderr);
}
