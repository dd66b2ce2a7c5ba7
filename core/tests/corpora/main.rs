//! Certificates and chains that others made, judged through the public API.
//!
//! The corpora are looked for in `$CBA_CORPORA`, else in `../shared/corpora` beside the project. Where they
//! are not, that is printed, and the project's own cases stand alone; but NIST PKITS is taken from `$CBA_PKITS` then, if
//! that is set: a folder with NIST's `certs/` and `crls/`.
#![cfg(feature = "ring")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a panic is how a test fails"
)]

mod boringssl;
mod crl;
mod email;
mod fuzz;
mod limbo;
mod pkits;
mod published;
mod suite;

use published::{corpus, pkits, reason, table};
use suite::{LONGEST, timed};

/// Contents of an OBJECT IDENTIFIER.
fn oid(dotted: &str) -> Vec<u8> {
    x509_cert::der::asn1::ObjectIdentifier::new(dotted).unwrap().as_bytes().to_vec()
}

/// The policies that a path is valid for as the caller sees them, in dotted form and order.
fn user_constrained(path: &cba_core::path::VerifiedPath<'_>) -> Vec<String> {
    let dotted = |policy| x509_cert::der::asn1::ObjectIdentifier::from_bytes(policy).unwrap().to_string();
    let mut policies: Vec<_> = path.policies().unwrap().user_constrained().map(dotted).collect();
    policies.sort();
    policies
}
