//! Seeds of fuzzers: whatever the bytes, no panic and no delay.

use super::{LONGEST, corpus, timed};
use cba_core::certificate::Certificate;
use cba_core::identity::emails;
use cba_core::path::{DenyList, PathOptions, TrustAnchor, TrustAnchors, Verifier, Workspace};
use cba_core::signature::Ring;
use cba_core::{UnixTime, limits::Limits};
use std::time::Duration;

/// Everything that can be asked of one certificate, and a path from it to itself.
pub(crate) fn exercise(der: &[u8]) -> bool {
    let Ok(certificate) = Certificate::from_der(der) else { return false };
    let extensions = certificate.extensions();
    let _ = extensions.require_processed();
    let _ = extensions.require_well_formed_names();
    let _ = extensions.basic_constraints();
    let _ = extensions.key_usage();
    let _ = extensions.extended_key_usage().map(|usage| usage.map(|usage| usage.iter().count()));
    let _ = extensions.iter().map(|extension| extension.value().len()).sum::<usize>();
    let _ = emails(&certificate).count();
    let _ = certificate.is_ca();
    assert!(certificate.subject().matches(&certificate.subject()));
    if certificate.is_self_issued() {
        assert_eq!(certificate.subject().key(), certificate.issuer().key());
    }
    let mut anchors = [TrustAnchor::from_certificate(&certificate)];
    let verifier = Verifier {
        anchors: TrustAnchors::new(&mut anchors),
        intermediates: &[certificate],
        denied: DenyList::EMPTY,
        options: PathOptions::default(),
        limits: Limits::default(),
        signatures: &Ring,
        status: None,
    };
    let time = UnixTime(certificate.validity().not_after.0);
    let presented = [certificate, certificate];
    let _ = verifier.verify(&certificate, &presented, time, &mut Workspace::new());
    true
}

#[test]
fn survives_the_seeds_of_fuzzers() {
    let Some(folder) = corpus("fuzz") else { return };
    let mut seeds = 0;
    for file in ["x509.bin", "crl.bin"] {
        let bytes = std::fs::read(folder.join(file)).unwrap();
        let mut rest = &bytes[..];
        let (mut ran, mut read, mut slowest) = (0, 0, Duration::ZERO);
        while let Some((len, tail)) = rest.split_first_chunk::<4>() {
            let (seed, tail) = tail.split_at(u32::from_be_bytes(*len) as usize);
            rest = tail;
            let (is_certificate, took) = timed(|| {
                let _ = super::crl::exercise(seed);
                exercise(seed)
            });
            assert!(took < LONGEST, "seed {ran} of {file}: {took:?}");
            slowest = slowest.max(took);
            ran += 1;
            read += usize::from(is_certificate);
        }
        println!("fuzz/{file}: {ran} seeds, {read} of them read as certificates, slowest {slowest:?}");
        seeds += ran;
    }
    assert_eq!(seeds, 2912);
}
