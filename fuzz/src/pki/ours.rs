//! What ours says of a PKI.

use cba_core::path::{
    AnchorConstraints, DenyList, PathOptions, PolicyInputs, Purpose, TrustAnchor, TrustAnchors, Verifier,
    Workspace,
};
use cba_core::revocation::{Crl, Revocation, RevocationOptions};
use cba_core::signature::Ring;
use cba_core::{Certificate, Error, ErrorKind, UnixTime};

use super::{Class, Pki};

/// A path that ours accepts.
#[derive(Debug)]
pub struct Accepted {
    /// From the leaf to the certificate that the root issued.
    pub path: Vec<Vec<u8>>,
    /// user-constrained-policy-set, as contents of OBJECT IDENTIFIERs, sorted; `None` is any-policy.
    pub policies: Option<Vec<Vec<u8>>>,
}

/// A path that ours refuses.
#[derive(Debug)]
pub struct Refused {
    /// Why.
    pub error: Error,
    /// From the leaf as far as the search came.
    pub path: Vec<Vec<u8>>,
}

/// What ours says of the leaf with these certificates presented.
///
/// # Errors
/// Ours.
pub fn ask(pki: &Pki, presented: &[Vec<u8>]) -> Result<Accepted, Refused> {
    let unread = |error| Refused { error, path: vec![pki.leaf().to_vec()] };
    let root = Certificate::from_der(&pki.root).expect("the root is never changed");
    let leaf = Certificate::from_der(pki.leaf()).map_err(unread)?;
    // What cannot be read cannot be on a path.
    let presented: Vec<_> = presented.iter().filter_map(|der| Certificate::from_der(der).ok()).collect();
    let user: Option<Vec<Vec<u8>>> =
        pki.asked.user_policies.map(|policies| policies.iter().map(|oid| contents_of_oid(oid)).collect());
    let user: Option<Vec<&[u8]>> = user.as_ref().map(|policies| policies.iter().map(Vec::as_slice).collect());
    let time = UnixTime(pki.asked.time);
    let mut anchors = [TrustAnchor::from_certificate(&root)];
    let verifier = Verifier {
        anchors: TrustAnchors::new(&mut anchors),
        intermediates: &[],
        denied: DenyList::EMPTY,
        options: PathOptions {
            purpose: if pki.asked.client_auth { Purpose::ClientAuth } else { Purpose::Any },
            accept_missing_extended_key_usage: true,
            accept_any_extended_key_usage: false,
            anchor_constraints: AnchorConstraints::Ignore,
            policies: PolicyInputs {
                user_initial_policy_set: user.as_deref(),
                initial_explicit_policy: pki.asked.explicit,
                initial_policy_mapping_inhibit: pki.asked.inhibit_mapping,
                initial_any_policy_inhibit: pki.asked.inhibit_any,
            },
            ..PathOptions::default()
        },
        limits: cba_core::limits::Limits::default(),
        signatures: &Ring,
        status: None,
    };
    let mut workspace = Workspace::new();
    let crls = pki.crls.iter().flatten();
    let crls: Vec<_> = crls
        .filter_map(|der| Crl::from_der(der).ok()?.verify(&verifier, &presented, time, &mut workspace).ok())
        .collect();
    let revocation =
        Revocation { crls: &crls, ocsp: &[], nonce: None, options: RevocationOptions::default() };
    let verifier =
        if pki.crls.is_some() { Verifier { status: Some(&revocation), ..verifier } } else { verifier };
    let path = verifier.verify(&leaf, &presented, time, &mut workspace).map_err(|error| {
        let issuers = workspace.refused_path().map(|at| presented[at].der());
        Refused { error, path: [leaf.der()].into_iter().chain(issuers).map(<[u8]>::to_vec).collect() }
    })?;
    let policies = path.policies().expect("they were found when the path was verified");
    let is_any = policies.is_any() && pki.asked.user_policies.is_none();
    let mut named: Vec<_> = policies.user_constrained().map(<[u8]>::to_vec).collect();
    named.sort();
    Ok(Accepted {
        path: path.certificates().iter().map(|certificate| certificate.der().to_vec()).collect(),
        policies: (!is_any).then_some(named),
    })
}

/// The contents of an OBJECT IDENTIFIER in dotted form.
#[must_use]
pub fn contents_of_oid(dotted: &str) -> Vec<u8> {
    test_pki::der::oid(dotted)[2..].to_vec()
}

/// What an error of ours is about.
#[must_use]
pub fn class(error: &Error) -> Class {
    match error.kind {
        ErrorKind::Revoked => Class::Revoked,
        kind if (1000..1100).contains(&kind.code()) => Class::Undetermined,
        _ => Class::Path,
    }
}
