//! A public key infrastructure for tests: mints certificates, right ones and wrong ones.
//!
//! Nothing is random: a key comes from a seed or a file, a date is fixed, a signature is
//! deterministic. The same calls give the same bytes. What is not set gets the value that a
//! careful CA would choose; every field can be set to what a careless or hostile one would.
//!
//! ```
//! use test_pki::{Authority, Key};
//!
//! let root = Authority::root("Root CA", Key::p256(1));
//! let ca = root.issue_ca("Issuing CA", Key::p256(2)).path_len(0).build_authority();
//! let leaf: Vec<u8> = ca.issue(Key::p256(3)).common_name("alice").email("alice@example.com").build();
//! let expired = ca.issue(Key::p256(3)).email("alice@example.com").validity(0, 86_400).build();
//! assert_ne!(leaf, expired);
//! ```
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    reason = "test code: a failure to mint is a failed test"
)]

mod authority;
mod builder;
pub mod crl;
pub mod der;
mod extensions;
pub mod general_name;
mod key;
mod name;
pub mod ocsp;
pub mod oid;
mod signature;

pub use authority::Authority;
pub use builder::{CertificateBuilder, DEFAULT_NOT_AFTER, DEFAULT_NOT_BEFORE};
pub use crl::CrlBuilder;
pub use extensions::{extension, key_usage};
pub use key::{Key, odd_modulus};
pub use name::{Name, attribute};
pub use ocsp::OcspBuilder;
pub use signature::{Hash, SignatureScheme, algorithm_identifier, signed};

/// A certificate as a PEM block.
#[must_use]
pub fn pem(certificate: &[u8]) -> String {
    pem_block("CERTIFICATE", certificate)
}

/// `der` as a PEM block (RFC 7468) with that label: `X509 CRL`, `PRIVATE KEY`, …
#[must_use]
pub fn pem_block(label: &str, der: &[u8]) -> String {
    use base64ct::{Base64, Encoding};
    let mut text = format!("-----BEGIN {label}-----\n");
    for line in der.chunks(48) {
        text.push_str(&Base64::encode_string(line));
        text.push('\n');
    }
    text + &format!("-----END {label}-----\n")
}

#[cfg(test)]
mod tests;
