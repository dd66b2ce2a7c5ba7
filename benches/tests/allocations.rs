//! No login allocates: from config.json and the DER of a client to the decision and its audit record, for
//! every algorithm, and the first time too.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a panic is how a test fails")]

use cba_benches::allocations::{Counting, count};
use cba_benches::{EMAIL, Login, Pki};
use cba_core::ErrorKind;
use cba_core::config::{CertificateCheck, Settings};
use cba_core::login::Decision;
use test_pki::{Hash, Key, SignatureScheme, odd_modulus};

#[global_allocator]
static ALLOCATOR: Counting = Counting;

const PRIMARY: &[u8] = br#"{
    "ServiceSettings": { "SiteURL": "https://chat.example.com", "ListenAddress": ":8065" },
    "PluginSettings": { "Plugins": { "com.example": { "list": [1, -2.5e3, null, "\u00e9\n"] } } },
    "ExperimentalSettings": { "ClientSideCertEnable": true, "ClientSideCertCheck": "primary" }
}"#;

const SECONDARY: &[u8] =
    br#"{"ExperimentalSettings": {"ClientSideCertEnable": true, "ClientSideCertCheck": "secondary"}}"#;

/// A chain of two signatures by such keys.
fn chain(root: Key, intermediate: Key) -> &'static Pki {
    Box::leak(Box::new(Pki::chain(&[root, intermediate], Key::p256(3))))
}

/// A chain of two signatures by RSA keys, its leaf's key being RSA too.
fn rsa_chain(root: Key, intermediate: Key, scheme: SignatureScheme) -> &'static Pki {
    let leaf = Key::rsa_public(&odd_modulus(2048), &[1, 0, 1]);
    Box::leak(Box::new(Pki::chain_signed(&[root, intermediate], leaf, scheme)))
}

/// Logs the client in by `primary` and by `secondary`, and refuses it once.
fn require_no_allocation(pki: &'static Pki) {
    let (mut login, allocations) = count(|| Login::new(pki, CertificateCheck::Primary));
    assert_ne!(allocations, 0, "preparation keeps its anchors on the heap");
    let ((primary, secondary, mismatch), allocations) = count(|| {
        login.configure(Settings::from_json(PRIMARY).unwrap().settings);
        let primary = login.authenticate(None);
        login.configure(Settings::from_json(SECONDARY).unwrap().settings);
        (primary, login.authenticate(Some("Alice@Example.com")), login.authenticate(Some("bob@example.com")))
    });
    assert_eq!(allocations, 0);
    assert!(matches!(&primary, Decision::Login { principal } if principal.email().as_str() == EMAIL));
    assert!(matches!(secondary, Decision::ContinueWithPassword { .. }));
    assert!(matches!(mismatch, Decision::Refused(error) if error.kind == ErrorKind::LoginIdMismatch));
}

#[test]
fn the_counter_counts() {
    let (number, allocations) = count(|| *std::hint::black_box(Box::new(7)));
    assert_eq!((number, allocations), (7, 1));
    let (list, allocations) = count(|| {
        let mut list = std::hint::black_box(Vec::with_capacity(1));
        list.extend([1, 2]);
        list
    });
    assert_eq!((list.len(), allocations), (2, 2));
}

#[test]
fn ecdsa_allocates_nothing() {
    require_no_allocation(chain(Key::p256(1), Key::p256(2)));
    require_no_allocation(chain(Key::p384(1), Key::p384(2)));
}

#[test]
fn ed25519_allocates_nothing() {
    require_no_allocation(chain(Key::ed25519(1), Key::ed25519(2)));
}

#[test]
fn rsa_pkcs1_allocates_nothing() {
    let pkcs1 = SignatureScheme::Pkcs1;
    require_no_allocation(rsa_chain(Key::rsa(2048), Key::rsa_2048_other(), pkcs1(Hash::Sha256)));
    require_no_allocation(rsa_chain(Key::rsa(3072), Key::rsa(3072), pkcs1(Hash::Sha384)));
    require_no_allocation(rsa_chain(Key::rsa(4096), Key::rsa(4096), pkcs1(Hash::Sha512)));
}

#[test]
fn rsa_pss_allocates_nothing() {
    let pss = SignatureScheme::pss;
    require_no_allocation(rsa_chain(Key::rsa(2048), Key::rsa_2048_other(), pss(Hash::Sha256)));
    require_no_allocation(rsa_chain(Key::rsa(3072), Key::rsa(3072), pss(Hash::Sha384)));
    require_no_allocation(rsa_chain(Key::rsa(4096), Key::rsa(4096), pss(Hash::Sha512)));
}

#[test]
fn a_refusal_allocates_nothing() {
    let pki = Box::leak(Box::new(Pki::forged(8)));
    let mut login = Login::new(pki, CertificateCheck::Primary);
    let (decision, allocations) = count(|| login.authenticate(None));
    assert_eq!(allocations, 0);
    assert!(
        matches!(decision, Decision::Refused(error) if error.kind == ErrorKind::SignatureBudgetExhausted)
    );
}
