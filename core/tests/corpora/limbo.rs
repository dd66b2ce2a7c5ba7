//! C2SP x509-limbo: path cases, most of them of server certificates.

use super::{LONGEST, corpus, table, timed};
use cba_core::certificate::Certificate;
use cba_core::path::{
    AnchorConstraints, DenyList, PathOptions, Purpose, TrustAnchor, TrustAnchors, Verifier, Workspace,
};
use cba_core::revocation::{Crl, Revocation, RevocationOptions, Scope};
use cba_core::signature::Ring;
use cba_core::{ErrorKind, UnixTime, limits::Limits};
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

fn files(folder: &Path) -> Vec<Vec<u8>> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.iter().map(|path| std::fs::read(path).unwrap()).collect()
}

#[test]
fn agrees_with_x509_limbo() {
    let Some(folder) = corpus("limbo") else { return };
    let mut aside: BTreeMap<&str, usize> = BTreeMap::new();
    let (mut ran, mut agreed) = (0, 0);
    let mut slowest = Duration::ZERO;
    let mut wrong = Vec::new();
    for row in table(&folder.join("index.tsv")) {
        let case = folder.join(row["dir"].split_once('/').unwrap().1);
        let leaf = std::fs::read(case.join("leaf.der")).unwrap();
        let roots = files(&case.join("roots"));
        let intermediates = files(&case.join("intermediates"));
        let crls = files(&case.join("crls"));
        let (outcome, took) = timed(|| verify(&row, &leaf, &roots, &intermediates, &crls));
        slowest = slowest.max(took);
        assert!(took < LONGEST, "{}: {took:?}", row["id"]);
        let expected = match row["path_expected"].as_str() {
            "SUCCESS" => true,
            "FAILURE" => false,
            _ => {
                *aside.entry("the suite's own outcome is not judged: ANY").or_default() += 1;
                continue;
            }
        };
        ran += 1;
        if outcome.is_ok() == expected {
            agreed += 1;
        } else {
            wrong.push(format!("{}: expected {expected}, got {outcome:?}", row["id"]));
        }
    }
    println!("x509-limbo: {ran} judged, {agreed} agreed, slowest {slowest:?}");
    for (reason, count) in &aside {
        println!("x509-limbo: {count} left aside: {reason}");
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(ran >= 369, "only {ran} cases were judged");
}

fn verify(
    row: &std::collections::HashMap<String, String>,
    leaf: &[u8],
    roots: &[Vec<u8>],
    intermediates: &[Vec<u8>],
    crls: &[Vec<u8>],
) -> Result<(), ErrorKind> {
    let roots: Vec<_> = roots.iter().filter_map(|der| Certificate::from_der(der).ok()).collect();
    let mut anchors: Vec<_> = roots.iter().map(TrustAnchor::from_certificate).collect();
    let presented: Vec<_> = intermediates.iter().filter_map(|der| Certificate::from_der(der).ok()).collect();
    let mut limits = Limits::default();
    if let Ok(depth) = row["max_chain_depth"].parse::<u8>() {
        limits.intermediates = limits.intermediates.min(depth);
    }
    let verifier = Verifier {
        anchors: TrustAnchors::new(&mut anchors),
        intermediates: &[],
        denied: DenyList::EMPTY,
        options: PathOptions {
            purpose: match row["required_eku"].as_str() {
                "serverAuth" => Purpose::ServerAuth,
                "clientAuth" => Purpose::ClientAuth,
                "" => Purpose::Any,
                other => panic!("unknown purpose {other}"),
            },
            accept_missing_extended_key_usage: true,
            anchor_constraints: AnchorConstraints::Enforce,
            check_anchor_validity: true,
            ..PathOptions::default()
        },
        limits,
        signatures: &Ring,
        status: None,
    };
    let time = UnixTime(row["validation_time"].parse().unwrap());
    let leaf = Certificate::from_der(leaf).map_err(|error| error.kind)?;
    let mut workspace = Workspace::new();
    let verified_crls: Vec<_> = crls
        .iter()
        .filter_map(|der| {
            Crl::from_der(der).and_then(|crl| crl.verify(&verifier, &presented, time, &mut workspace)).ok()
        })
        .collect();
    let options = RevocationOptions { scope: Scope::Leaf, ..RevocationOptions::default() };
    let revocation = Revocation { crls: &verified_crls, ocsp: &[], nonce: None, options };
    let verifier = Verifier { status: (!crls.is_empty()).then_some(&revocation as _), ..verifier };
    let verified = verifier.verify(&leaf, &presented, time, &mut workspace);
    verified.map(drop).map_err(|error| error.kind)
}
