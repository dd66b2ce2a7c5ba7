//! Certificates and chains that others made, judged through the C ABI: NIST PKITS, with its CRLs and policies, here; the
//! others in modules of their own.
//!
//! The corpora are looked for as by the tests of the core. Where they are not, that is printed.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a panic is how a test fails"
)]

#[path = "corpora/boringssl.rs"]
mod boringssl;
mod common;
#[path = "corpora/limbo.rs"]
mod limbo;
#[path = "corpora/paths.rs"]
mod paths;
#[path = "../../core/tests/corpora/published.rs"]
mod published;
#[path = "../../core/tests/corpora/suite/mod.rs"]
mod suite;

use cba_ffi::*;
use common::{Attempt, Setup};
use published::{Row, pkits, reason};
use std::path::Path;

/// The status with which the path was refused; CBA_OK if it was accepted, whatever is said of the identity.
fn judge(row: &Row, folder: &Path) -> cba_status {
    let certificates: Vec<Vec<u8>> =
        row["certs"].split(',').map(|file| std::fs::read(folder.join("certs").join(file)).unwrap()).collect();
    let (root, rest) = certificates.split_first().unwrap();
    let (leaf, others) = rest.split_last().unwrap();
    let crl = |file: &str| std::fs::read(folder.join("crls").join(file)).unwrap();
    let given: Vec<Vec<u8>> = row["crls"].split(',').filter(|file| !file.is_empty()).map(crl).collect();
    let asked = |column: &str, flag: u32| if row[column] == "1" { flag } else { 0 };
    let mut setup = Setup::new(&[root]).with(|setup| {
        // CRL issuers must be among the intermediates; what is malformed cannot be there.
        setup.intermediates = others.to_vec();
        setup.policies = row["initial_policy_set"]
            .split(',')
            .filter(|policy| *policy != "2.5.29.32.0")
            .map(|policy| policy.as_bytes().to_vec())
            .collect();
        setup.options.time = row["time"].parse().unwrap();
        setup.options.index_key = [9; 16];
        setup.options.accept = CBA_ACCEPT_MISSING_EXTENDED_KEY_USAGE | CBA_ACCEPT_NEGATIVE_SERIAL;
        setup.options.max_intermediates = 15;
        setup.options.revocation = CBA_REVOCATION_CHAIN;
        setup.options.require = asked("initial_explicit_policy", CBA_REQUIRE_EXPLICIT_POLICY)
            | asked("initial_policy_mapping_inhibit", CBA_REQUIRE_NO_POLICY_MAPPING)
            | asked("initial_any_policy_inhibit", CBA_REQUIRE_NO_ANY_POLICY);
    });
    setup.intermediates.retain(|der| {
        let alone = Setup::new(&[root]).with(|setup| setup.intermediates = vec![der.clone()]);
        alone.fault().status == CBA_OK
    });
    // A CRL that is none, or not signed by anybody at hand, is a fault of the configuration: without it, then.
    for der in given {
        setup.crls.push(der);
        if setup.fault().part == CBA_PART_CRLS {
            setup.crls.pop();
        }
    }
    let verifier = setup.init().unwrap();
    let attempt = Attempt::new(leaf.clone(), Vec::new())
        .with(|attempt| attempt.options.time = row["time"].parse().unwrap());
    let reason = attempt.authenticate(&verifier).decision.reason;
    // No certificate of the suite has an e-mail address where it is looked for; keyUsage is the login's matter.
    if (500..700).contains(&reason) { CBA_OK } else { reason }
}

#[test]
fn agrees_with_pkits() {
    let Some((folder, cases)) = pkits() else { return };
    let (mut ran, mut wrong) = (0, Vec::new());
    for row in &cases {
        if let Some(reason) = reason("pkits", &row["number"]) {
            println!("PKITS, C ABI: left aside: {reason}: {}", row["title"]);
            continue;
        }
        ran += 1;
        let expected = row["expected"] == "SUCCESS";
        let status = judge(row, &folder);
        if (status == CBA_OK) != expected {
            wrong.push(format!("{}: expected {expected}, got {}", row["title"], common::status_text(status)));
        }
    }
    println!("PKITS, C ABI: {ran} judged, {} disagreements", wrong.len());
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(ran > 100, "only {ran} cases were judged");
}
