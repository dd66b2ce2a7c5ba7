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

use published::{corpus, pkits, reason, table};
use std::time::{Duration, Instant};

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

/// Runs `case` and says how long it took. A run that seems too long is repeated: what counts is the
/// work of the case, not what else the machine was doing.
fn timed<T>(mut case: impl FnMut() -> T) -> (T, Duration) {
    let mut shortest = Duration::MAX;
    for _ in 0..20 {
        let start = Instant::now();
        case();
        shortest = shortest.min(start.elapsed());
        if shortest < LONGEST {
            break;
        }
    }
    (case(), shortest)
}

/// No hostile input may hold a server up for longer: 50 ms, and without optimization ten times that.
const LONGEST: Duration = Duration::from_millis(if cfg!(debug_assertions) { 500 } else { 50 });
