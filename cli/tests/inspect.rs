//! `cba inspect`: what certificates hold, and every reason to refuse them.
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

use common::Pki;
use serde_json::Value;
use test_pki::key_usage::KEY_CERT_SIGN;
use test_pki::{Hash, Key, SignatureScheme, general_name, pem_block};

fn kinds(certificate: &Value) -> Vec<&str> {
    let refusals = certificate["refusals"].as_array().unwrap();
    refusals.iter().map(|refusal| refusal["kind"].as_str().unwrap()).collect()
}

fn inspect(pki: &Pki, bytes: impl AsRef<[u8]>) -> (i32, Value) {
    pki.sandbox.write("file", bytes);
    pki.sandbox.json("inspect file")
}

/// In the system's own time, which dates are judged by.
fn current(builder: test_pki::CertificateBuilder) -> test_pki::CertificateBuilder {
    builder.validity(1_577_836_800, 4_102_444_800)
}

#[test]
fn prints_every_field() {
    let pki = Pki::new();
    let leaf =
        current(pki.alice()).serial(0x1234).san_email("alice@example.com").san_dns("laptop.example.com");
    let (status, json) = inspect(&pki, leaf.build());
    assert_eq!(status, 0);
    assert_eq!(json["command"], "inspect");
    assert_eq!(json["result"], "read");
    let certificate = &json["certificates"][0];
    assert_eq!(certificate["number"], 1);
    assert!(certificate["error"].is_null());
    assert_eq!(certificate["version"], 3);
    assert_eq!(certificate["serial"], "1234");
    assert_eq!(certificate["issuer"], "CN=Issuing CA");
    assert_eq!(certificate["subject"], "emailAddress=alice@example.com,CN=Alice");
    assert_eq!(certificate["not_before"], "2020-01-01T00:00:00Z");
    assert_eq!(certificate["not_after"], "2100-01-01T00:00:00Z");
    assert_eq!(certificate["key"]["kind"], "ECDSA P-256");
    assert_eq!(certificate["key"]["bits"], 256);
    assert_eq!(certificate["signature_algorithm"], "ecdsa-with-SHA256");
    assert_eq!(certificate["ca"], false);
    assert_eq!(certificate["emails"][0]["place"], "subject");
    assert_eq!(certificate["emails"][0]["string_type"], "IA5String");
    assert_eq!(certificate["emails"][1]["place"], "san");
    assert_eq!(certificate["emails"][1]["address"], "alice@example.com");
    assert_eq!(certificate["fingerprint_sha256"].as_str().unwrap().len(), 64);
    assert_eq!(certificate["spki_sha256"].as_str().unwrap().len(), 64);
    assert_eq!(kinds(certificate), [""; 0]);
    let extensions = certificate["extensions"].as_array().unwrap();
    let extension = |name: &str| extensions.iter().find(|extension| extension["name"] == name).unwrap();
    assert_eq!(extension("keyUsage")["value"], "digitalSignature");
    assert_eq!(extension("keyUsage")["critical"], true);
    assert_eq!(extension("extendedKeyUsage")["oid"], "2.5.29.37");
    assert_eq!(extension("extendedKeyUsage")["value"], "clientAuth");
    assert_eq!(extension("subjectAltName")["value"], "email:alice@example.com, DNS:laptop.example.com");
    let run = pki.sandbox.run("inspect file");
    run.says(0, &["serial              1234", "keyUsage: critical, digitalSignature", "refuses nothing"]);
}

#[test]
fn names_each_reason_and_not_only_the_first() {
    let pki = Pki::new();
    let recipe = current(pki.issuing.issue(Key::rsa(1024)).email("alice@example.com")).v1();
    let (status, json) = inspect(&pki, recipe.build());
    assert_eq!(status, 0);
    assert_eq!(
        kinds(&json["certificates"][0]),
        ["Version1", "MissingExtendedKeyUsage", "RsaModulusTooShort"]
    );

    let bad = pki
        .issuing
        .issue(Key::rsa(1024))
        .serial_raw(&[0x80; 24])
        .not_after(1_750_000_000)
        .server_auth()
        .key_usage(KEY_CERT_SIGN)
        .basic_constraints(true, None, true)
        .email("a@example.com")
        .san_email("b@example.com");
    let (_, json) = inspect(&pki, bad.build());
    let expected = [
        "NegativeSerial",
        "SerialTooLong",
        "Expired",
        "PurposeNotAllowed",
        "RsaModulusTooShort",
        "LeafIsCa",
        "MissingDigitalSignature",
        "AmbiguousIdentity",
    ];
    assert_eq!(kinds(&json["certificates"][0]), expected);
    let refusal = &json["certificates"][0]["refusals"][2];
    assert_eq!(refusal["code"], 402);
    assert_eq!(refusal["message"], "expired");
    for field in ["check", "found", "wanted"] {
        assert!(!refusal[field].as_str().unwrap().is_empty());
    }
}

#[test]
fn sees_the_short_key_behind_the_sha_1_signature() {
    let pki = Pki::new();
    let root = test_pki::Authority::root("RSA", Key::rsa(2048));
    let leaf =
        current(root.issue(Key::rsa(1024)).email("a@example.com")).scheme(SignatureScheme::Pkcs1(Hash::Sha1));
    let (_, json) = inspect(&pki, leaf.build());
    assert_eq!(kinds(&json["certificates"][0]), ["Sha1Signature", "RsaModulusTooShort"]);
    assert_eq!(json["certificates"][0]["signature_algorithm"], "sha1WithRSAEncryption");
}

#[test]
fn prints_every_certificate_of_a_bundle_and_the_fault_of_a_malformed_one() {
    let pki = Pki::new();
    let bundle = pki.alice().build_pem()
        + &pem_block("CERTIFICATE", b"\x30\x80\x00\x00")
        + &test_pki::pem(pki.root.certificate_der());
    let (status, json) = inspect(&pki, &bundle);
    assert_eq!(status, 1);
    assert_eq!(json["result"], "malformed");
    assert_eq!(json["certificates"].as_array().unwrap().len(), 3);
    assert_eq!(json["certificates"][1]["error"]["kind"], "IndefiniteLength");
    assert_eq!(json["certificates"][1]["error"]["offset"], 1);
    assert_eq!(json["certificates"][2]["ca"], true);
    pki.sandbox
        .run("inspect file")
        .says(1, &["certificate 2 of 3", "malformed: indefinite length", "byte 1", "CA TRUE"]);
}

#[test]
fn prints_names_of_every_kind_and_malformed_extensions() {
    let pki = Pki::new();
    let leaf = pki
        .alice()
        .san_uri("https://example.com/\u{7}")
        .san_directory(&"A CA".into())
        .san_other("1.2.3", &[5, 0])
        .san_raw(general_name::ip(&[192, 0, 2, 1]))
        .san_raw(general_name::ip(&[0; 16]))
        .extension(test_pki::oid::BASIC_CONSTRAINTS, true, b"\x01");
    pki.sandbox.write("file", leaf.build());
    let run = pki.sandbox.run("inspect file");
    run.says(
        0,
        &["URI:https://example.com/\\07", "directory:CN=A CA", "otherName 1.2.3", "IP:192.0.2.1", "IP:::"],
    );
    run.says(0, &["basicConstraints: critical, malformed"]);
}

#[test]
fn says_that_a_file_holds_no_certificate() {
    let pki = Pki::new();
    let (status, json) = inspect(&pki, pem_block("PRIVATE KEY", &[5, 0]));
    assert_eq!(status, 1);
    assert!(json["certificates"].as_array().unwrap().is_empty());
    pki.sandbox.run("inspect file").says(1, &["no certificate in file"]);
}
