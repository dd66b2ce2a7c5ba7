//! What the `status` target asks about: one issuer, one certificate, one genuine response.

use std::sync::LazyLock;
use test_pki::ocsp::GOOD;
use test_pki::{Authority, Key};

/// 2026-01-02T00:00:00Z.
pub const NOW: i64 = 1_767_312_000;

/// The issuer, which is the trust anchor.
pub static ISSUER: LazyLock<Authority> = LazyLock::new(|| Authority::root("Issuer", Key::p256(1)));

/// The key of certificates.
pub static KEY: LazyLock<Key> = LazyLock::new(|| Key::p256(2));

/// The certificate that responses are about.
pub static LEAF: LazyLock<Vec<u8>> = LazyLock::new(|| ISSUER.issue(KEY.clone()).common_name("alice").build());

/// The one response that says that it is good.
#[must_use]
pub fn response() -> Vec<u8> {
    static RESPONSE: LazyLock<Vec<u8>> = LazyLock::new(|| ISSUER.ocsp().says(&LEAF, GOOD).build());
    RESPONSE.clone()
}

/// The signed part of a response: the contents of its OCTET STRING begin with it.
///
/// # Panics
/// If it is no response of a test.
#[must_use]
pub fn tbs_of(response: &[u8]) -> Vec<u8> {
    // id-pkix-ocsp-basic, then OCTET STRING, then SEQUENCE, each with a length of two or three bytes.
    let oid = [0x2b, 6, 1, 5, 5, 7, 0x30, 1, 1];
    let at =
        response.windows(oid.len()).position(|window| window == oid).expect("a basic response") + oid.len();
    let header = |bytes: &[u8]| match bytes[1] {
        0..=0x7f => (2, usize::from(bytes[1])),
        0x81 => (3, usize::from(bytes[2])),
        _ => (4, usize::from(bytes[2]) << 8 | usize::from(bytes[3])),
    };
    let octets = &response[at..];
    let basic = &octets[header(octets).0..];
    let tbs = &basic[header(basic).0..];
    let (start, len) = header(tbs);
    tbs[..start + len].to_vec()
}
