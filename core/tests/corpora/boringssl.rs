//! The chains of BoringSSL's verifier.

use super::suite::Refusal;
use super::suite::boringssl::{Case, agrees};
use super::user_constrained;
use cba_core::UnixTime;
use cba_core::certificate::Certificate;
use cba_core::limits::Limits;
use cba_core::path::{
    AnchorConstraints, DenyList, PathOptions, TrustAnchor, TrustAnchors, Verifier, Workspace,
};
use cba_core::signature::Ring;

#[test]
fn agrees_with_the_chains_of_boringssl() {
    agrees("boringssl", |case| verify(case).map(Some));
}

fn verify(case: &Case) -> Result<Vec<String>, Refusal> {
    let root = case.anchor.as_deref().map(Certificate::from_der);
    let root = root.transpose().map_err(|error| error.kind)?;
    let mut anchors: Vec<_> = root.iter().map(TrustAnchor::from_certificate).collect();
    let presented: Vec<_> = case.presented.iter().filter_map(|der| Certificate::from_der(der).ok()).collect();
    let enforce = case.enforce_anchor_constraints;
    let verifier = Verifier {
        anchors: TrustAnchors::new(&mut anchors),
        intermediates: &[],
        denied: DenyList::EMPTY,
        options: PathOptions {
            purpose: case.purpose,
            accept_missing_extended_key_usage: !case.strict,
            accept_any_extended_key_usage: !case.strict,
            accept_trusted_leaf: case.accept_trusted_leaf,
            check_anchor_validity: case.check_anchor_validity,
            anchor_constraints: if enforce { AnchorConstraints::Enforce } else { AnchorConstraints::Ignore },
            ..PathOptions::default()
        },
        limits: Limits::default(),
        signatures: &Ring,
        status: None,
    };
    let leaf = Certificate::from_der(&case.leaf).map_err(|error| error.kind)?;
    let mut workspace = Workspace::new();
    let path = verifier.verify(&leaf, &presented, UnixTime(case.time), &mut workspace);
    Ok(user_constrained(&path.map_err(|error| error.kind)?))
}
