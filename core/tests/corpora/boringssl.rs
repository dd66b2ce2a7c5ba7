//! The chains of BoringSSL's verifier: the target first, the anchor last.

use super::{LONGEST, corpus, reason, table, timed, user_constrained};
use cba_core::certificate::Certificate;
use cba_core::path::{
    AnchorConstraints, DenyList, PathOptions, Purpose, TrustAnchor, TrustAnchors, Verifier, Workspace,
};
use cba_core::signature::Ring;
use cba_core::{ErrorKind, UnixTime, limits::Limits};
use std::collections::{BTreeMap, HashMap};
use std::path::Path;

/// Why a case is not judged, if it is not.
fn left_aside(row: &HashMap<String, String>) -> Option<&'static str> {
    match (row["last_cert_trust"].as_str(), row["key_purpose"].as_str()) {
        ("TRUSTED_LEAF_REQUIRE_SELF_SIGNED", _) => {
            Some("the leaf itself as the anchor, and only if it is self-signed: no rule of RFC 5280")
        }
        (trust, _) if trust.contains("REQUIRE_BASIC_CONSTRAINTS") => Some("an anchor that must be a CA"),
        (_, "MLS_CLIENT_AUTH" | "C2PA_MANIFEST" | "C2PA_TIMESTAMPING") => Some("another protocol's purpose"),
        _ => None,
    }
}

#[test]
fn agrees_with_the_chains_of_boringssl() {
    let Some(folder) = corpus("chains/boringssl") else { return };
    let (mut ran, mut wrong) = (0, Vec::new());
    let mut aside: BTreeMap<&str, usize> = BTreeMap::new();
    for row in table(&folder.join("index.tsv")) {
        let (outcome, took) = timed(|| verify(&row, &folder.join(&row["dir"])));
        assert!(took < LONGEST, "{}: {took:?}", row["id"]);
        if let Some(reason) = left_aside(&row) {
            *aside.entry(reason).or_default() += 1;
            continue;
        }
        ran += 1;
        let expected = row["expected"] == "SUCCESS";
        if let Some(reason) = reason("boringssl", &row["id"]) {
            assert_ne!(outcome.is_ok(), expected, "{}: no reason is needed", row["id"]);
            ran -= 1;
            *aside.entry(reason).or_default() += 1;
        } else if outcome.is_ok() != expected {
            wrong.push(format!(
                "{} {} {}: expected {expected} ({}), got {outcome:?}",
                row["id"], row["key_purpose"], row["last_cert_trust"], row["errors"]
            ));
        } else if let (Ok(policies), Some((_, wanted))) =
            (&outcome, row.get("other_settings").and_then(|other| other.split_once("policy_set=")))
        {
            let mut wanted: Vec<_> = wanted.split(", ").collect();
            wanted.sort_unstable();
            if *policies != wanted {
                wrong.push(format!("{}: expected {wanted:?}, got {policies:?}", row["id"]));
            }
        }
    }
    println!("boringssl: {ran} judged, {} disagreements", wrong.len());
    for (reason, count) in &aside {
        println!("boringssl: {count} left aside: {reason}");
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(ran > 100, "only {ran} cases were judged");
}

fn verify(row: &HashMap<String, String>, folder: &Path) -> Result<Vec<String>, ErrorKind> {
    let count: usize = row["n_certs"].parse().unwrap();
    let files: Vec<_> =
        (0..count).map(|n| std::fs::read(folder.join(format!("{n:02}.der"))).unwrap()).collect();
    let (root, rest) = files.split_last().unwrap();
    let (leaf, presented) = rest.split_first().unwrap_or((root, &[]));
    let root = Certificate::from_der(root).map_err(|error| error.kind)?;
    // Else the last certificate is no anchor, or one for itself alone.
    let trust = row["last_cert_trust"].as_str();
    let is_anchor = trust.contains("ANCHOR") || trust.contains("LEAF") && count == 1;
    let mut anchors: Vec<_> = is_anchor.then(|| TrustAnchor::from_certificate(&root)).into_iter().collect();
    let presented: Vec<_> = presented.iter().filter_map(|der| Certificate::from_der(der).ok()).collect();
    let enforce = row["last_cert_trust"].contains("CONSTRAINTS");
    let strict = row["key_purpose"].contains("STRICT");
    let verifier = Verifier {
        anchors: TrustAnchors::new(&mut anchors),
        intermediates: &[],
        denied: DenyList::EMPTY,
        options: PathOptions {
            purpose: match row["key_purpose"].split("_STRICT").next().unwrap() {
                "SERVER_AUTH" => Purpose::ServerAuth,
                "CLIENT_AUTH" => Purpose::ClientAuth,
                _ => Purpose::Any,
            },
            accept_missing_extended_key_usage: !strict,
            accept_any_extended_key_usage: !strict,
            accept_trusted_leaf: row["last_cert_trust"].contains("LEAF"),
            check_anchor_validity: row["last_cert_trust"].contains("EXPIRATION"),
            anchor_constraints: if enforce { AnchorConstraints::Enforce } else { AnchorConstraints::Ignore },
            ..PathOptions::default()
        },
        limits: Limits::default(),
        signatures: &Ring,
        status: None,
    };
    let time = UnixTime(row["time"].parse().unwrap());
    let leaf = Certificate::from_der(leaf).map_err(|error| error.kind)?;
    let mut workspace = Workspace::new();
    let path = verifier.verify(&leaf, &presented, time, &mut workspace).map_err(|error| error.kind)?;
    Ok(user_constrained(&path))
}
