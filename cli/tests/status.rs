//! `cba verify` with policies, CRLs, OCSP responses and demands on the root.
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

use common::{AT, Pki, Run};
use test_pki::ocsp::{GOOD, revoked};
use test_pki::{Authority, Key, general_name, oid, pem_block};

/// Alice, with CRLs of both CAs in `crls.pem`: of the issuing CA's, `change` decides.
fn with_crls(
    change: impl FnOnce(test_pki::CrlBuilder, &[u8]) -> test_pki::CrlBuilder,
    arguments: &str,
) -> Run {
    let pki = Pki::new();
    let alice = pki.alice().build();
    let issuing = change(pki.issuing.crl(), &alice).build();
    let crls = pem_block("X509 CRL", &pki.root.crl().build()) + &pem_block("X509 CRL", &issuing);
    pki.sandbox.write("crls.pem", crls);
    pki.sandbox.write("issuing.crl", issuing);
    pki.sandbox.write("alice.pem", test_pki::pem(&alice));
    pki.sandbox
        .run(&format!("verify --at {AT} --roots root.pem --intermediates issuing.pem {arguments} alice.pem"))
}

#[test]
fn crls_are_asked_about_the_whole_chain() {
    with_crls(|crl, _| crl, "--crls crls.pem").says(0, &["accepted", "asked of every certificate"]);
    with_crls(|crl, _| crl, "").says(0, &["accepted", "revocation    not asked"]);
    let revoked = with_crls(|crl, alice| crl.revoke(alice), "--crls crls.pem");
    revoked.says(1, &["refused: revoked (1000)", "certificate   0", "RFC 5280 6.3.3"]);
    with_crls(|crl, alice| crl.revoke(alice), "--crls crls.pem --revocation off").says(0, &["accepted"]);
    with_crls(|crl, _| crl, "--crls issuing.crl").says(1, &["undetermined (1001)", "certificate   1"]);
    with_crls(|crl, _| crl, "--crls issuing.crl --revocation leaf").says(0, &["accepted"]);
    with_crls(|crl, _| crl, "--revocation chain").says(1, &["undetermined (1001)"]);
    with_crls(|crl, _| crl, "--revocation chain --accept-undetermined").says(0, &["accepted"]);
    let forgiven = with_crls(|crl, alice| crl.revoke(alice), "--crls crls.pem --accept-undetermined");
    forgiven.says(1, &["revoked (1000)"]);
}

#[test]
fn crls_must_be_current_authentic_and_young_enough() {
    let old = |crl: test_pki::CrlBuilder, _: &[u8]| crl.this_update(1_767_000_000);
    with_crls(old, "--crls crls.pem --max-crl-age 1d").says(1, &["older than the greatest", "--max-crl-age"]);
    with_crls(old, "--crls crls.pem --max-crl-age 1w").says(0, &["accepted"]);
    let expired = |crl: test_pki::CrlBuilder, _: &[u8]| crl.this_update(1).next_update(2);
    let words =
        ["CRL past its nextUpdate (1002)", "CRL 2 of crls.pem", "its nextUpdate was 1970-01-01T00:00:02Z"];
    with_crls(expired, "--crls crls.pem").says(1, &words);
    let forged = |crl: test_pki::CrlBuilder, _: &[u8]| crl.signed_by(&Key::p256(9));
    with_crls(forged, "--crls crls.pem").says(1, &["CRL 2 of crls.pem", "does not count", "undetermined"]);
    for age in ["7", "d", "1y", "-1d", "9999999999d"] {
        with_crls(|crl, _| crl, &format!("--crls crls.pem --max-crl-age={age}")).says(2, &["--max-crl-age"]);
    }
    with_crls(|crl, _| crl, "--revocation off --accept-undetermined").says(2, &["revocation is off"]);
    with_crls(|crl, _| crl, "--crls alice.pem").says(2, &["alice.pem: no CRL in it"]);
    with_crls(|crl, _| crl, "--crls missing.pem").says(2, &["missing.pem"]);
}

#[test]
fn ocsp_responses_are_asked_too() {
    let pki = Pki::new();
    let alice = pki.alice().build();
    pki.sandbox.write("alice.pem", test_pki::pem(&alice));
    pki.sandbox.write("good.ocsp", pki.issuing.ocsp().says(&alice, GOOD).build());
    pki.sandbox.write("revoked.ocsp", pki.issuing.ocsp().says(&alice, revoked()).build());
    pki.sandbox.write("try-later.ocsp", pki.issuing.ocsp().status(3).build());
    pki.sandbox.write("root.crl", pki.root.crl().build());
    let run = |arguments: &str| {
        let trust = "--roots root.pem --intermediates issuing.pem";
        pki.sandbox.run(&format!("verify --at {AT} {trust} {arguments} alice.pem"))
    };
    run("--ocsp good.ocsp").says(1, &["undetermined (1001)", "certificate   1"]);
    run("--ocsp good.ocsp --crls root.crl").says(0, &["accepted"]);
    run("--ocsp good.ocsp --revocation leaf").says(0, &["accepted"]);
    run("--ocsp good.ocsp --ocsp revoked.ocsp --revocation leaf").says(1, &["revoked (1000)"]);
    run("--ocsp try-later.ocsp --revocation leaf").says(1, &["responder reports an error", "undetermined"]);
}

#[test]
fn policies_are_asked_for_and_printed() {
    let pki = Pki::new();
    let issuing = pki.root.issue_ca("Issuing CA", Key::p256(2)).certificate_policies(&["1.2.3.4", "1.2.3.5"]);
    pki.sandbox.write("issuing.pem", issuing.build_pem());
    let leaf = pki.alice().certificate_policies(&["1.2.3.4"]);
    pki.verify(&leaf, "").says(0, &["policies      1.2.3.4\n"]);
    pki.verify(&pki.alice(), "").says(0, &["policies      none\n"]);
    pki.verify(&leaf, "--policy 1.2.3.4 --explicit-policy").says(0, &["accepted"]);
    let refused = pki.verify(&leaf, "--policy 1.2.3.5 --policy 1.2.3.6 --explicit-policy");
    refused.says(1, &["valid for none of the required policies (419)"]);
    pki.verify(&leaf, "--policy 1.2.3.5").says(0, &["policies      none\n"]);
    pki.verify(&leaf, "--policy nonsense").says(2, &["--policy"]);
    let any = pki.alice().certificate_policies(&[oid::ANY_POLICY]);
    pki.verify(&any, "").says(0, &["policies      1.2.3.4, 1.2.3.5\n"]);
    pki.verify(&any, "--inhibit-any-policy").says(0, &["policies      none\n"]);
    let (_, json) = pki.sandbox.json(&format!(
        "verify --at {AT} --roots root.pem --intermediates issuing.pem --policy 1.2.3.4 leaf.pem"
    ));
    assert_eq!(json["policies"]["any"], false);
}

#[test]
fn the_roots_own_certificate_counts_where_that_is_asked() {
    let pki = Pki::new();
    let root = Authority::root_builder("Limited", Key::p256(7))
        .name_constraints(&[general_name::email("example.org")], &[])
        .build_authority();
    pki.sandbox.write("limited.pem", test_pki::pem(root.certificate_der()));
    let leaf = root.issue(Key::p256(3)).common_name("Alice").email("alice@example.com");
    pki.sandbox.write("leaf.pem", leaf.build_pem());
    let run = |arguments: &str| {
        pki.sandbox.run(&format!("verify --at {AT} --roots limited.pem {arguments} leaf.pem"))
    };
    run("").says(0, &["accepted", "carries constraints, which count only with --check-anchor"]);
    let refused = run("--check-anchor");
    refused.says(1, &["name outside the permitted subtrees (415)", "alice@example.com in the subject"]);
    pki.sandbox.write("limited.pem", leaf.build_pem());
    run("").says(1, &["issuer not found"]);
    run("--trust-leaf").says(0, &["accepted", "is no CA's"]);
}
