//! Certificates and chains that others made, judged through the public API.
//!
//! The corpora are looked for in `$CBA_CORPORA`, else in `../shared/corpora` beside the project. Where they
//! are not, that is printed, and the project's own cases stand alone.
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

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// The folder of a corpus, or `None` after saying that it is not run.
fn corpus(name: &str) -> Option<PathBuf> {
    let base = std::env::var_os("CBA_CORPORA")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/corpora"), PathBuf::from);
    let folder = base.join(name);
    if folder.is_dir() {
        return Some(folder);
    }
    println!("{name}: not run, {} is not there", folder.display());
    None
}

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

/// The rows of a tab-separated table whose first line names the columns.
fn table(path: &Path) -> Vec<HashMap<String, String>> {
    let text = std::fs::read_to_string(path).unwrap();
    let mut lines = text.lines();
    let columns: Vec<&str> = lines.next().unwrap().split('\t').collect();
    lines
        .map(|line| columns.iter().map(|&c| c.to_owned()).zip(line.split('\t').map(str::to_owned)).collect())
        .collect()
}

/// Why ours answers a case of a suite otherwise than the suite: a row of `reasons.tsv`. A case that has a row and is
/// answered as the suite does, is a row too many.
fn reason(suite: &str, case: &str) -> Option<&'static str> {
    include_str!("reasons.tsv").lines().skip(1).find_map(|line| {
        let mut columns = line.split('\t');
        (columns.next() == Some(suite) && columns.next() == Some(case)).then(|| columns.next()).flatten()
    })
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
