//! NIST PKITS: whole, as published, with its CRLs; and paths, policies and name constraints alone, also re-issued
//! on P-256.

use super::published::Row;
use super::{LONGEST, oid, pkits, reason, timed, user_constrained};
use cba_core::certificate::Certificate;
use cba_core::path::{
    DenyList, PathOptions, PolicyInputs, Purpose, TrustAnchor, TrustAnchors, Verifier, Workspace,
};
use cba_core::revocation::{Crl, Revocation, RevocationOptions};
use cba_core::signature::Ring;
use cba_core::{ErrorKind, UnixTime, limits::Limits};
use std::path::Path;

const ANY_POLICY: &str = "2.5.29.32.0";

#[test]
fn agrees_with_pkits_on_paths() {
    let Some((folder, cases)) = pkits() else { return };
    for (keys, certificates) in [("RSA", "certs"), ("P-256", "p256")] {
        let certificates = folder.join(certificates);
        if !certificates.is_dir() {
            println!("PKITS, paths, {keys}: not run, {} is not there", certificates.display());
            continue;
        }
        let (mut ran, mut aside, mut wrong) = (0, Vec::new(), Vec::new());
        for row in &cases {
            if let Some(reason) = reason("pkits", &row["number"]) {
                aside.push(format!("{reason}: {}", row["title"]));
                continue;
            }
            if keys == "P-256" && row["p256"] != "1" {
                aside.push(format!("{}, not re-issued", row["title"]));
                continue;
            }
            let (outcome, took) = timed(|| verify(row, &certificates, None));
            assert!(took < 2 * LONGEST, "{}: {took:?}", row["title"]);
            ran += 1;
            let expected = row["path_only_expected"] == "SUCCESS";
            if outcome.is_ok() != expected {
                wrong.push(format!("{}: expected {expected}, got {outcome:?}", row["title"]));
            } else if let Ok(policies) = outcome
                && row["expected"] == "SUCCESS"
                // The re-issued leaf of 4.9.6 has a policy that the published one has not.
                && keys == "RSA"
            {
                let mut wanted: Vec<_> = row["user_constrained_policy_set"]
                    .split(',')
                    .filter(|p| !p.is_empty() && *p != ANY_POLICY)
                    .collect();
                wanted.sort_unstable();
                if policies != wanted {
                    wrong.push(format!("{}: expected {wanted:?}, got {policies:?}", row["title"]));
                }
            }
        }
        println!("PKITS, paths, {keys}: {ran} judged, {} disagreements", wrong.len());
        for case in aside {
            println!("PKITS, paths, {keys}: left aside: {case}");
        }
        assert!(wrong.is_empty(), "{wrong:#?}");
        assert!(ran > 100, "only {ran} cases were judged");
    }
}

#[test]
fn agrees_with_pkits() {
    let Some((folder, cases)) = pkits() else { return };
    let (mut ran, mut aside, mut wrong) = (0, Vec::new(), Vec::new());
    for row in &cases {
        if let Some(reason) = reason("pkits", &row["number"]) {
            aside.push(format!("{reason}: {}", row["title"]));
            continue;
        }
        ran += 1;
        let expected = row["expected"] == "SUCCESS";
        let outcome = verify(row, &folder.join("certs"), Some(&folder.join("crls")));
        if outcome.is_ok() != expected {
            wrong.push(format!("{}: expected {expected}, got {outcome:?}", row["title"]));
        }
    }
    println!("PKITS: {ran} judged, {} disagreements", wrong.len());
    for case in aside {
        println!("PKITS: left aside: {case}");
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(ran > 100, "only {ran} cases were judged");
}

fn verify(row: &Row, folder: &Path, crls: Option<&Path>) -> Result<Vec<String>, ErrorKind> {
    let files: Vec<_> =
        row["certs"].split(',').map(|file| std::fs::read(folder.join(file)).unwrap()).collect();
    let (root, rest) = files.split_first().unwrap();
    let (leaf, presented) = rest.split_last().unwrap();
    let root = Certificate::from_der(root).unwrap();
    let mut anchors = [TrustAnchor::from_certificate(&root)];
    let presented: Vec<_> = presented.iter().filter_map(|der| Certificate::from_der(der).ok()).collect();
    let policies: Vec<_> =
        row["initial_policy_set"].split(',').filter(|p| *p != ANY_POLICY).map(oid).collect();
    let policies: Vec<_> = policies.iter().map(Vec::as_slice).collect();
    let verifier = Verifier {
        anchors: TrustAnchors::new(&mut anchors),
        intermediates: &[],
        denied: DenyList::EMPTY,
        options: PathOptions {
            purpose: Purpose::Any,
            // 4.4.15 has one; what it tests is the CRL.
            accept_negative_serial: true,
            policies: PolicyInputs {
                user_initial_policy_set: (!policies.is_empty()).then_some(&policies),
                initial_explicit_policy: row["initial_explicit_policy"] == "1",
                initial_policy_mapping_inhibit: row["initial_policy_mapping_inhibit"] == "1",
                initial_any_policy_inhibit: row["initial_any_policy_inhibit"] == "1",
            },
            ..PathOptions::default()
        },
        limits: Limits { intermediates: 15, ..Limits::default() },
        signatures: &Ring,
        status: None,
    };
    let time = UnixTime(row["time"].parse().unwrap());
    let leaf = Certificate::from_der(leaf).map_err(|error| error.kind)?;
    let mut workspace = Workspace::new();
    let read = |folder: &Path| -> Vec<_> {
        let names = row["crls"].split(',').filter(|name| !name.is_empty());
        names.map(|name| std::fs::read(folder.join(name)).unwrap()).collect()
    };
    let files = crls.map(read).unwrap_or_default();
    let crls: Vec<_> = files
        .iter()
        .filter_map(|der| {
            Crl::from_der(der).and_then(|crl| crl.verify(&verifier, &presented, time, &mut workspace)).ok()
        })
        .collect();
    let revocation =
        Revocation { crls: &crls, ocsp: &[], nonce: None, options: RevocationOptions::default() };
    let verifier = Verifier { status: (!files.is_empty()).then_some(&revocation as _), ..verifier };
    let path = verifier.verify(&leaf, &presented, time, &mut workspace).map_err(|error| error.kind)?;
    Ok(user_constrained(&path))
}
