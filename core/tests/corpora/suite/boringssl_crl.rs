//! The CRLs of BoringSSL's verifier: what one CRL says of one certificate.

use super::{Refusal, Tally};
use crate::published::{corpus, table};
use cba_core::ErrorKind;

/// A case. Keys have 1024 bits, and CRLs may be of version 1.
pub(crate) struct Case {
    pub(crate) leaf: Vec<u8>,
    pub(crate) issuer: Vec<u8>,
    /// The issuer of the issuer, which is the anchor then.
    pub(crate) above: Option<Vec<u8>>,
    pub(crate) crl: Vec<u8>,
    pub(crate) time: i64,
    pub(crate) max_age: u32,
}

pub(crate) fn agrees(title: &str, status: impl Fn(&Case) -> Result<(), Refusal>) {
    let Some(folder) = corpus("chains/boringssl-crl") else { return };
    let mut tally = Tally::new("boringssl-crl", title);
    for row in table(&folder.join("index.tsv")) {
        let read = |name: &str| std::fs::read(folder.join(&row["id"]).join(name));
        let case = Case {
            leaf: read("cert.der").unwrap(),
            issuer: read("issuer.der").unwrap(),
            above: read("issuer2.der").ok(),
            crl: read("crl.der").unwrap(),
            time: row["time"].parse().unwrap(),
            max_age: row["max_age_s"].parse().unwrap(),
        };
        let outcome = tally.run(&row["id"], || status(&case));
        let said = match &outcome {
            Ok(()) => "GOOD",
            Err(Refusal::Kind(ErrorKind::Revoked)) => "REVOKED",
            Err(Refusal::Kind(_)) => "UNKNOWN",
            Err(Refusal::NoOption(reason)) => {
                tally.leave_aside(reason);
                continue;
            }
        };
        let expected = &row["expected_status"];
        tally.count(&row["id"], said == expected, || format!("expected {expected}, got {outcome:?}"));
    }
    tally.conclude(41);
}
