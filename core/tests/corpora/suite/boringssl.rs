//! The chains of BoringSSL's verifier: the target first, the anchor last.

use super::{Refusal, Tally};
use crate::published::{Row, corpus, table};
use cba_core::path::Purpose;
use std::path::Path;

/// A case, with what its anchor and its purpose ask for.
pub(crate) struct Case {
    pub(crate) leaf: Vec<u8>,
    pub(crate) presented: Vec<Vec<u8>>,
    /// Else the last certificate is no anchor, or one for itself alone.
    pub(crate) anchor: Option<Vec<u8>>,
    pub(crate) accept_trusted_leaf: bool,
    pub(crate) enforce_anchor_constraints: bool,
    pub(crate) check_anchor_validity: bool,
    pub(crate) purpose: Purpose<'static>,
    /// The leaf must name the purpose.
    pub(crate) strict: bool,
    pub(crate) time: i64,
}

impl Case {
    fn read(row: &Row, folder: &Path) -> Self {
        let count: usize = row["n_certs"].parse().unwrap();
        let mut files: Vec<_> =
            (0..count).map(|n| std::fs::read(folder.join(format!("{n:02}.der"))).unwrap()).collect();
        let trust = row["last_cert_trust"].as_str();
        let is_anchor = trust.contains("ANCHOR") || trust.contains("LEAF") && count == 1;
        let last = files.last().unwrap().clone();
        let leaf = files.remove(0);
        files.pop();
        Self {
            leaf,
            presented: files,
            anchor: is_anchor.then_some(last),
            accept_trusted_leaf: trust.contains("LEAF"),
            enforce_anchor_constraints: trust.contains("CONSTRAINTS"),
            check_anchor_validity: trust.contains("EXPIRATION"),
            purpose: match row["key_purpose"].split("_STRICT").next().unwrap() {
                "SERVER_AUTH" => Purpose::ServerAuth,
                "CLIENT_AUTH" => Purpose::ClientAuth,
                _ => Purpose::Any,
            },
            strict: row["key_purpose"].contains("STRICT"),
            time: row["time"].parse().unwrap(),
        }
    }
}

/// Why a case is not judged, if it is not.
fn left_aside(row: &Row) -> Option<&'static str> {
    match (row["last_cert_trust"].as_str(), row["key_purpose"].as_str()) {
        ("TRUSTED_LEAF_REQUIRE_SELF_SIGNED", _) => {
            Some("the leaf itself as the anchor, and only if it is self-signed: no rule of RFC 5280")
        }
        (trust, _) if trust.contains("REQUIRE_BASIC_CONSTRAINTS") => Some("an anchor that must be a CA"),
        (_, "MLS_CLIENT_AUTH" | "C2PA_MANIFEST" | "C2PA_TIMESTAMPING") => Some("another protocol's purpose"),
        _ => None,
    }
}

/// `verify` gives the policies that the path is valid for, sorted, if it hands them out.
pub(crate) fn agrees(title: &str, verify: impl Fn(&Case) -> Result<Option<Vec<String>>, Refusal>) {
    let Some(folder) = corpus("chains/boringssl") else { return };
    let mut tally = Tally::new("boringssl", title);
    for row in table(&folder.join("index.tsv")) {
        let case = Case::read(&row, &folder.join(&row["dir"]));
        let outcome = tally.run(&row["id"], || verify(&case));
        if let Some(reason) = left_aside(&row) {
            tally.leave_aside(reason);
            continue;
        }
        let expected = row["expected"] == "SUCCESS";
        let wanted = row.get("other_settings").and_then(|other| other.split_once("policy_set="));
        let wanted = wanted.map(|(_, policies)| {
            let mut policies: Vec<_> = policies.split(", ").map(str::to_owned).collect();
            policies.sort_unstable();
            policies
        });
        let agrees = match (&outcome, &wanted) {
            (Err(Refusal::NoOption(reason)), _) => {
                tally.leave_aside(reason);
                continue;
            }
            (Ok(Some(policies)), Some(wanted)) => expected && policies == wanted,
            _ => outcome.is_ok() == expected,
        };
        tally.count(&row["id"], agrees, || {
            let asked = [&row["key_purpose"], &row["last_cert_trust"], &row["errors"]];
            format!("{asked:?}: expected {expected} {wanted:?}, got {outcome:?}")
        });
    }
    tally.conclude(101);
}
