//! C2SP x509-limbo: path cases, most of them of server certificates.

use super::{Refusal, Tally};
use crate::published::{corpus, table};
use cba_core::path::Purpose;
use std::path::Path;

/// A case: dates and constraints of the roots count, and CRLs, where there are any, speak of the leaf alone.
pub(crate) struct Case {
    pub(crate) leaf: Vec<u8>,
    pub(crate) roots: Vec<Vec<u8>>,
    pub(crate) intermediates: Vec<Vec<u8>>,
    pub(crate) crls: Vec<Vec<u8>>,
    pub(crate) purpose: Purpose<'static>,
    pub(crate) max_intermediates: Option<u8>,
    pub(crate) time: i64,
}

/// The files of a folder, if there is one.
fn files(folder: &Path) -> Vec<Vec<u8>> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.iter().map(|path| std::fs::read(path).unwrap()).collect()
}

pub(crate) fn agrees(title: &str, verify: impl Fn(&Case) -> Result<(), Refusal>) {
    let Some(folder) = corpus("limbo") else { return };
    let mut tally = Tally::new("limbo", title);
    for row in table(&folder.join("index.tsv")) {
        let at = folder.join(row["dir"].split_once('/').unwrap().1);
        let case = Case {
            leaf: std::fs::read(at.join("leaf.der")).unwrap(),
            roots: files(&at.join("roots")),
            intermediates: files(&at.join("intermediates")),
            crls: files(&at.join("crls")),
            purpose: match row["required_eku"].as_str() {
                "serverAuth" => Purpose::ServerAuth,
                "clientAuth" => Purpose::ClientAuth,
                "" => Purpose::Any,
                other => panic!("unknown purpose {other}"),
            },
            max_intermediates: row["max_chain_depth"].parse().ok(),
            time: row["validation_time"].parse().unwrap(),
        };
        let outcome = tally.run(&row["id"], || verify(&case));
        let expected = match row["path_expected"].as_str() {
            "SUCCESS" => true,
            "FAILURE" => false,
            _ => {
                tally.leave_aside("the suite's own outcome is not judged: ANY");
                continue;
            }
        };
        match outcome {
            Err(Refusal::NoOption(reason)) => tally.leave_aside(reason),
            _ => tally.count(&row["id"], outcome.is_ok() == expected, || {
                format!("expected {expected}, got {outcome:?}")
            }),
        }
    }
    tally.conclude(369);
}
