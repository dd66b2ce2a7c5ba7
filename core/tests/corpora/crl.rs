//! CRLs: those of BoringSSL's verifier, real ones of Amazon, odd ones of other suites, and long ones.

use super::suite::boringssl_crl;
use super::{LONGEST, corpus, table, timed};
use cba_core::certificate::Certificate;
use cba_core::path::{
    DenyList, PathOptions, Purpose, StatusBudget, StatusCheck, StatusRequest, TrustAnchor, TrustAnchors,
    Verifier, Workspace,
};
use cba_core::revocation::{Crl, Revocation, RevocationOptions};
use cba_core::signature::{Ring, Strength};
use cba_core::{ErrorKind, UnixTime, limits::Limits};
use std::collections::BTreeMap;
use std::time::Duration;

/// Everything that can be asked of one CRL.
pub(crate) fn exercise(der: &[u8]) -> Result<u32, ErrorKind> {
    let crl = Crl::from_der(der).map_err(|error| {
        assert!(error.offset as usize <= der.len());
        error.kind
    })?;
    assert_eq!(crl.entries().count(), crl.len() as usize, "every entry that was read is given");
    for entry in crl.entries() {
        let _ = (entry.serial(), entry.reason(), entry.revocation_date());
    }
    Ok(crl.len())
}

/// A path of one certificate below one anchor.
fn verifier<'v>(anchors: &'v mut [TrustAnchor<'v>], time: Option<&UnixTime>) -> (Verifier<'v>, UnixTime) {
    let verifier = Verifier {
        anchors: TrustAnchors::new(anchors),
        intermediates: &[],
        denied: DenyList::EMPTY,
        options: PathOptions {
            purpose: Purpose::Any,
            // BoringSSL's keys have 1024 bits.
            strength: Strength { min_rsa_bits: 1024, ..Strength::default() },
            ..PathOptions::default()
        },
        limits: Limits::default(),
        signatures: &Ring,
        status: None,
    };
    (verifier, time.copied().unwrap_or(UnixTime(0)))
}

/// What the CRL says of the leaf.
fn status(
    leaf: &[u8],
    issuer: &[u8],
    others: &[Vec<u8>],
    crl: &[u8],
    time: UnixTime,
    options: RevocationOptions,
) -> Result<(), ErrorKind> {
    let leaf = Certificate::from_der(leaf).unwrap();
    let issuer = Certificate::from_der(issuer).unwrap();
    let others: Vec<_> = others.iter().map(|der| Certificate::from_der(der).unwrap()).collect();
    let mut anchors = [TrustAnchor::from_certificate(&issuer)];
    let (verifier, time) = verifier(&mut anchors, Some(&time));
    let mut workspace = Workspace::new();
    let crl = Crl::from_der(crl).and_then(|crl| crl.verify(&verifier, &others, time, &mut workspace));
    let crls: Vec<_> = crl.into_iter().collect();
    let revocation = Revocation { crls: &crls, ocsp: &[], nonce: None, options };
    if let [above] = &others[..] {
        // No path for us: the issuer has no basicConstraints. The suite takes it as verified, and so do we here.
        let request = StatusRequest {
            certificates: &[&leaf, above],
            anchor: anchor_of(&verifier),
            time,
            verifier: &verifier,
        };
        return revocation
            .require_good(&request, &mut StatusBudget::new(&verifier.limits))
            .map(drop)
            .map_err(|error| error.kind);
    }
    let verifier = Verifier { status: Some(&revocation), ..verifier };
    verifier.verify(&leaf, &others, time, &mut workspace).map(drop).map_err(|error| error.kind)
}

fn anchor_of<'v>(verifier: &Verifier<'v>) -> &'v TrustAnchor<'v> {
    &verifier.anchors.as_slice()[0]
}

#[test]
fn agrees_with_the_crls_of_boringssl() {
    boringssl_crl::agrees("boringssl-crl", |case| {
        let (anchor, others) = match &case.above {
            Some(above) => (above, vec![case.issuer.clone()]),
            None => (&case.issuer, Vec::new()),
        };
        let options = RevocationOptions {
            max_age: Some(case.max_age),
            accept_version_1_crls: true,
            ..RevocationOptions::default()
        };
        Ok(status(&case.leaf, anchor, &others, &case.crl, UnixTime(case.time), options)?)
    });
}

#[test]
fn reads_the_crls_of_many_suites() {
    let Some(folder) = corpus("crls") else { return };
    let mut refused: BTreeMap<String, usize> = BTreeMap::new();
    let (mut ran, mut read, mut slowest) = (0, 0, Duration::ZERO);
    for row in table(&folder.join("index.tsv")) {
        let der = std::fs::read(folder.join("der").join(&row["file"])).unwrap();
        let (outcome, took) = timed(|| exercise(&der));
        assert!(took < LONGEST, "{}: {took:?}", row["file"]);
        slowest = slowest.max(took);
        ran += 1;
        match outcome {
            Ok(entries) => {
                read += 1;
                if let Ok(wanted) = row["entries"].parse::<u32>() {
                    assert_eq!(entries, wanted, "{}", row["file"]);
                }
            }
            Err(kind) => *refused.entry(format!("{kind:?}, pyca: {}", &row["pyca_parse"])).or_default() += 1,
        }
    }
    println!("crls: {ran} seen, {read} read, slowest {slowest:?}");
    for (kind, count) in refused {
        println!("crls: {count} refused: {kind}");
    }
    assert!(read > 280, "only {read} were read");
}

#[test]
fn verifies_the_crls_of_amazon() {
    let Some(folder) = corpus("crls/amazon") else { return };
    let mut verified = 0;
    for entry in std::fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "crl") {
            continue;
        }
        let der = std::fs::read(&path).unwrap();
        let issuer = std::fs::read(path.with_extension("cer")).unwrap();
        let issuer = Certificate::from_der(&issuer).unwrap();
        let mut anchors = [TrustAnchor::from_certificate(&issuer)];
        let (verifier, time) = verifier(&mut anchors, None);
        let crl = Crl::from_der(&der).unwrap();
        match crl.verify(&verifier, &[], time, &mut Workspace::new()) {
            Ok(_) => verified += 1,
            Err(error) => println!("{}: {error}", path.display()),
        }
    }
    println!("Amazon: {verified} CRLs verified");
    assert!(verified >= 2, "only {verified} were verified");
}

#[test]
fn finds_the_last_of_a_hundred_thousand() {
    let Some(folder) = corpus("crls/large") else { return };
    let read = |name: &str| std::fs::read(folder.join(name)).unwrap();
    let (issuer, crl) = (read("ca.der"), read("crl_100000.der"));
    for (leaf, revoked) in [
        ("leaf_first_revoked.der", true),
        ("leaf_last_of_1000_revoked.der", true),
        ("leaf_last_of_100000_revoked.der", true),
        ("leaf_not_revoked.der", false),
    ] {
        let outcome =
            status(&read(leaf), &issuer, &[], &crl, UnixTime(1_767_312_000), RevocationOptions::default());
        assert_eq!(outcome, if revoked { Err(ErrorKind::Revoked) } else { Ok(()) }, "{leaf}");
    }
}
