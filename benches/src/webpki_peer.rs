//! rustls-webpki.

use std::hint::black_box;
use std::time::Duration;

use rustls_pki_types::{CertificateDer, TrustAnchor, UnixTime};
use webpki::{ALL_VERIFICATION_ALGS, EndEntityCert, KeyUsage, anchor_from_trusted_cert};

use crate::case::Run;
use crate::pki::{Pki, TIME};

/// Reads what was presented and verifies the path.
pub(crate) fn verify(pki: &'static Pki) -> Run {
    let anchors: Vec<_> = pki.anchors.iter().map(|der| CertificateDer::from(der.as_slice())).collect();
    let anchors: Vec<TrustAnchor<'static>> =
        anchors.iter().map(|der| anchor_from_trusted_cert(der).unwrap().to_owned()).collect();
    let leaf = CertificateDer::from(pki.leaf.as_slice());
    let intermediates: Vec<_> =
        pki.intermediates.iter().map(|der| CertificateDer::from(der.as_slice())).collect();
    Box::new(move || verify_once(black_box(&anchors), black_box(&leaf), black_box(&intermediates)))
}

#[inline(never)]
fn verify_once(
    anchors: &[TrustAnchor<'_>],
    leaf: &CertificateDer<'_>,
    intermediates: &[CertificateDer<'_>],
) -> bool {
    let Ok(leaf) = EndEntityCert::try_from(leaf) else {
        return false;
    };
    let time = UnixTime::since_unix_epoch(Duration::from_secs(TIME.unsigned_abs()));
    let usage = KeyUsage::client_auth();
    let path = leaf.verify_for_usage(ALL_VERIFICATION_ALGS, anchors, intermediates, time, usage, None, None);
    black_box(&path).is_ok()
}

/// Reads the leaf.
pub(crate) fn parse(pki: &'static Pki) -> Run {
    let leaf = CertificateDer::from(pki.leaf.as_slice());
    Box::new(move || black_box(EndEntityCert::try_from(black_box(&leaf))).is_ok())
}
