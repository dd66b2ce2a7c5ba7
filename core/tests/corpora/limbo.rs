//! C2SP x509-limbo.

use super::suite::Refusal;
use super::suite::limbo::{Case, agrees};
use cba_core::UnixTime;
use cba_core::certificate::Certificate;
use cba_core::limits::Limits;
use cba_core::path::{
    AnchorConstraints, DenyList, PathOptions, TrustAnchor, TrustAnchors, Verifier, Workspace,
};
use cba_core::revocation::{Crl, Revocation, RevocationOptions, Scope};
use cba_core::signature::Ring;

#[test]
fn agrees_with_x509_limbo() {
    agrees("x509-limbo", verify);
}

fn verify(case: &Case) -> Result<(), Refusal> {
    let roots: Vec<_> = case.roots.iter().filter_map(|der| Certificate::from_der(der).ok()).collect();
    let mut anchors: Vec<_> = roots.iter().map(TrustAnchor::from_certificate).collect();
    let presented: Vec<_> =
        case.intermediates.iter().filter_map(|der| Certificate::from_der(der).ok()).collect();
    let mut limits = Limits::default();
    if let Some(depth) = case.max_intermediates {
        limits.intermediates = limits.intermediates.min(depth);
    }
    let verifier = Verifier {
        anchors: TrustAnchors::new(&mut anchors),
        intermediates: &[],
        denied: DenyList::EMPTY,
        options: PathOptions {
            purpose: case.purpose,
            accept_missing_extended_key_usage: true,
            anchor_constraints: AnchorConstraints::Enforce,
            check_anchor_validity: true,
            ..PathOptions::default()
        },
        limits,
        signatures: &Ring,
        status: None,
    };
    let time = UnixTime(case.time);
    let leaf = Certificate::from_der(&case.leaf).map_err(|error| error.kind)?;
    let mut workspace = Workspace::new();
    let verified_crls: Vec<_> = case
        .crls
        .iter()
        .filter_map(|der| {
            Crl::from_der(der).and_then(|crl| crl.verify(&verifier, &presented, time, &mut workspace)).ok()
        })
        .collect();
    let options = RevocationOptions { scope: Scope::Leaf, ..RevocationOptions::default() };
    let revocation = Revocation { crls: &verified_crls, ocsp: &[], nonce: None, options };
    let verifier = Verifier { status: (!case.crls.is_empty()).then_some(&revocation as _), ..verifier };
    verifier.verify(&leaf, &presented, time, &mut workspace).map_err(|error| error.kind)?;
    Ok(())
}
