//! `cba login`: the decisions, their settings, and what is refused.
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

use common::{AT, Pki, config};
use test_pki::key_usage::KEY_ENCIPHERMENT;
use test_pki::{Key, oid};

#[test]
fn primary_logs_the_certificates_user_in_and_looks_at_nothing_typed() {
    let pki = Pki::new();
    pki.login(&pki.alice(), "primary.json", "").says(0, &["log in alice@example.com", "without a password"]);
    let run = pki.login(&pki.alice(), "primary.json", "--login-id boss@example.com");
    run.says(0, &["log in alice@example.com"]);
    assert!(!run.stdout.contains("boss"));
}

#[test]
fn secondary_goes_on_only_with_the_certificates_own_address() {
    let pki = Pki::new();
    let login = |options: &str| pki.login(&pki.alice(), "secondary.json", options);
    login("--login-id Alice@EXAMPLE.com").says(0, &["go on with the password of alice@example.com"]);
    login("--login-id boss@example.com")
        .says(1, &["(602)", "typed: boss@example.com", "alice@example.com in subject"]);
    login("").says(1, &["(601)", "--login-id"]);
    login("--login-id=").says(1, &["(601)"]);
    login("--login-id alice@example.com\\0x").says(1, &["(602)"]);
}

#[test]
fn crls_are_asked_as_verify_asks_them() {
    let pki = Pki::new();
    let alice = pki.alice().build();
    let crl = |revoked: bool| if revoked { pki.issuing.crl().revoke(&alice) } else { pki.issuing.crl() };
    for (file, revoked) in [("good.crl", false), ("revoked.crl", true)] {
        let crls = [pki.root.crl().build(), crl(revoked).build()];
        pki.sandbox.write(file, crls.map(|der| test_pki::pem_block("X509 CRL", &der)).concat());
    }
    let login = |options: &str| pki.login(&pki.alice(), "primary.json", options);
    login("--crls good.crl").says(0, &["log in alice@example.com"]);
    login("--crls revoked.crl").says(1, &["refused: revoked (1000)", "certificate   0"]);
    login("--crls revoked.crl --revocation off").says(0, &["log in alice@example.com"]);
    login("--revocation leaf").says(1, &["undetermined (1001)"]);
    login("--json --crls good.crl").says(0, &["\"revocation\": \"chain\""]);
}

#[test]
fn says_that_possession_is_assumed_and_the_account_is_the_servers() {
    let pki = Pki::new();
    let words = ["possession", "assumed", "for the server to see", "second factor"];
    pki.login(&pki.alice(), "primary.json", "").says(0, &words);
    pki.sandbox.run("login --help").says(0, &["at rest", "private key", "assumed"]);
}

#[test]
fn says_which_settings_hold_and_which_are_defaults() {
    let pki = Pki::new();
    pki.login(&pki.alice(), "primary.json", "")
        .says(0, &["ClientSideCertEnable true\n", "ClientSideCertCheck \"primary\"\n"]);
    pki.sandbox.write("check-absent.json", config(r#""ClientSideCertEnable": true"#));
    let run = pki.login(&pki.alice(), "check-absent.json", "--login-id alice@example.com");
    run.says(
        0,
        &["go on with the password", "ClientSideCertCheck \"secondary\" (by default: not in the file)"],
    );
}

#[test]
fn switched_off_is_no_acceptance() {
    let pki = Pki::new();
    pki.sandbox
        .write("off.json", config(r#""ClientSideCertEnable": false, "ClientSideCertCheck": "primary""#));
    let run = pki.login(&pki.alice(), "off.json", "");
    run.says(1, &["disabled"]);
    assert!(!run.stdout.contains("alice@example.com"));
    pki.sandbox.write("empty.json", config(""));
    pki.login(&pki.alice(), "empty.json", "")
        .says(1, &["disabled", "ClientSideCertEnable false (by default"]);
}

#[test]
fn a_wrong_configuration_lets_nobody_be_judged() {
    let pki = Pki::new();
    let cases = [
        (String::new(), "(709)"),
        ("{".into(), "(700)"),
        ("{}".into(), "(702)"),
        ("\u{feff}{\"ExperimentalSettings\": []}".into(), "(703)"),
        (config(r#""ClientSideCertEnable": "true""#), "(703)"),
        (config(r#""ClientSideCertCheck": "tertiary""#), "(704)"),
        (config(r#""ClientSideCertEnable": true, "ClientSideCertEnable": true"#), "(705)"),
        (config(r#""clientsidecertenable": true"#), "(706)"),
        (format!("{}{}", "[".repeat(99), "]".repeat(99)), "(70"),
    ];
    for (json, code) in cases {
        pki.sandbox.write("wrong.json", &json);
        let run = pki.login(&pki.alice(), "wrong.json", "");
        run.says(2, &[code, "wrong.json", "line ", "byte "]);
        assert_eq!(run.stdout, "");
    }
    pki.sandbox.write("wrong.json", config(r#""ClientSideCertCheck": "tertiary""#));
    pki.login(&pki.alice(), "wrong.json", "").says(2, &["neither primary nor secondary", "line 3"]);
    pki.sandbox.write("wrong.json", b"{\0}\0");
    pki.login(&pki.alice(), "wrong.json", "").says(2, &["(708)"]);
}

#[test]
fn refuses_what_verify_lets_pass() {
    let pki = Pki::new();
    let login = |leaf| pki.login(&leaf, "primary.json", "");
    login(pki.alice().without(oid::EXTENDED_KEY_USAGE)).says(1, &["(409)"]);
    login(pki.alice().key_usage(KEY_ENCIPHERMENT))
        .says(1, &["(604)", "keyEncipherment", "digitalSignature among them"]);
    login(pki.alice().basic_constraints(true, None, true)).says(1, &["(603)", "cA TRUE"]);
    login(pki.alice().server_auth()).says(1, &["(408)", "serverAuth"]);
    login(pki.alice().v1()).says(1, &["(200)"]);
}

#[test]
fn a_common_name_that_looks_like_dn_text_is_nobodys_address() {
    let pki = Pki::new();
    let forged = |name| pki.issuing.issue(Key::p256(3)).common_name(name);
    let name = "Mallory/emailAddress=boss@example.com";
    let run = pki.login(&forged(name).email("mallory@example.com"), "primary.json", "");
    run.says(0, &["log in mallory@example.com"]);
    pki.login(&forged(name), "primary.json", "").says(1, &["(500)"]);
    pki.login(&forged("boss@example.com"), "primary.json", "").says(1, &["(500)"]);
}

#[test]
fn takes_the_identity_from_where_it_is_told() {
    let pki = Pki::new();
    let san = pki.issuing.issue(Key::p256(3)).common_name("Alice").san_email("alice@example.com");
    pki.login(&san, "primary.json", "").says(1, &["(500)"]);
    pki.login(&san, "primary.json", "--identity san").says(0, &["log in alice@example.com"]);
    pki.login(&san, "primary.json", "--identity none").says(2, &["--identity"]);
}

#[test]
fn fills_every_field_of_the_json_object() {
    let pki = Pki::new();
    let arguments = format!("login --at {AT} --roots root.pem --intermediates issuing.pem alice.pem");
    let (status, json) = pki.sandbox.json(&format!("{arguments} --config primary.json"));
    assert_eq!(status, 0);
    assert_eq!(json["command"], "login");
    assert_eq!(json["decision"], "login");
    assert_eq!(json["principal"], "alice@example.com");
    assert!(json["login_id"].is_null());
    assert_eq!(json["settings"]["ClientSideCertEnable"]["value"], true);
    assert_eq!(json["settings"]["ClientSideCertCheck"]["value"], "primary");
    assert_eq!(json["settings"]["ClientSideCertCheck"]["defaulted"], false);
    assert_eq!(json["at"], AT);
    assert_eq!(json["identity_sources"], "subject");
    assert!(json["possession"].as_str().unwrap().starts_with("assumed"));
    assert!(json["refusal"].is_null());
    for hash in ["fingerprint_sha256", "issuer_sha256"] {
        assert_eq!(json["audit"][hash].as_str().unwrap().len(), 64);
    }
    assert!(!json["audit"]["serial"].as_str().unwrap().is_empty());
    assert!(json["warnings"].as_array().unwrap().is_empty());

    let (status, json) =
        pki.sandbox.json(&format!("{arguments} --config secondary.json --login-id boss@example.com"));
    assert_eq!(status, 1);
    assert_eq!(json["decision"], "refused");
    assert!(json["principal"].is_null());
    assert_eq!(json["login_id"], "boss@example.com");
    assert_eq!(json["refusal"]["kind"], "LoginIdMismatch");
    assert_eq!(json["refusal"]["certificate"]["depth"], 0);

    let (status, json) =
        pki.sandbox.json(&format!("{arguments} --config secondary.json --login-id alice@example.com"));
    assert_eq!((status, json["decision"].as_str()), (0, Some("continue_with_password")));
    pki.sandbox.write("off.json", config(""));
    let (status, json) = pki.sandbox.json(&format!("{arguments} --config off.json"));
    assert_eq!((status, json["decision"].as_str()), (1, Some("disabled")));
    assert_eq!(json["settings"]["ClientSideCertEnable"]["defaulted"], true);
}
