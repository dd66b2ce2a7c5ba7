//! Roots of `cba_core::path`.

use crate::{keep, keep_all};
use cba_core::UnixTime;
use cba_core::certificate::{Certificate, Name, SubjectPublicKeyInfo};
use cba_core::email::Email;
use cba_core::path::{
    Denied, DenyList, EmailDomains, PathOptions, Purpose, TrustAnchor, TrustAnchors, ValidPolicies,
    VerifiedPath, Verifier, Workspace,
};
use core::fmt::{Debug, Formatter};

#[unsafe(no_mangle)]
fn cba_root_anchor_from<'a>(
    certificate: &Certificate<'a>,
    subject: Name<'a>,
    spki: SubjectPublicKeyInfo<'a>,
) {
    keep(TrustAnchor::from_certificate(certificate));
    keep(TrustAnchor::from_parts(subject, spki));
}

#[unsafe(no_mangle)]
fn cba_root_anchor<'a>(anchor: &TrustAnchor<'a>, domains: EmailDomains<'a>) {
    keep(TrustAnchor::with_email_domains(*anchor, domains));
    keep(TrustAnchor::subject(anchor));
    keep(TrustAnchor::subject_public_key_info(anchor));
    keep(TrustAnchor::email_domains(anchor));
    keep(TrustAnchor::carries_constraints(anchor));
}

#[unsafe(no_mangle)]
fn cba_root_anchors(anchors: &mut [TrustAnchor<'_>]) {
    let anchors = TrustAnchors::new(anchors);
    keep(TrustAnchors::as_slice(&anchors));
}

#[unsafe(no_mangle)]
fn cba_root_deny_list_new(entries: &mut [Denied]) {
    keep(DenyList::new(entries));
}

#[unsafe(no_mangle)]
fn cba_root_deny_list_text(text: &[u8]) {
    keep_all(Denied::parse(text));
}

#[unsafe(no_mangle)]
fn cba_root_deny_list(
    list: &DenyList<'_>,
    certificate: &Certificate<'_>,
    anchor: &TrustAnchor<'_>,
    spki: &[u8],
) {
    keep(DenyList::denies(list, certificate));
    keep(DenyList::denies_anchor(list, anchor));
    keep(DenyList::denies_key(list, spki));
}

/// The backend is a virtual table of which nothing is known.
#[unsafe(no_mangle)]
fn cba_root_verify<'p>(
    verifier: &Verifier<'p>,
    leaf: &'p Certificate<'p>,
    presented: &'p [Certificate<'p>],
    time: UnixTime,
    workspace: &mut Workspace,
) {
    keep(Verifier::verify(verifier, leaf, presented, time, workspace));
}

#[cfg(feature = "compact")]
#[unsafe(no_mangle)]
fn cba_root_verify_with_compact<'p>(
    verifier: &Verifier<'p>,
    leaf: &'p Certificate<'p>,
    presented: &'p [Certificate<'p>],
    time: UnixTime,
    workspace: &mut Workspace,
) {
    let verifier = Verifier { signatures: &cba_core::signature::Compact, ..*verifier };
    keep(Verifier::verify(&verifier, leaf, presented, time, workspace));
}

#[cfg(feature = "ring")]
#[unsafe(no_mangle)]
fn cba_root_verify_with_ring<'p>(
    verifier: &Verifier<'p>,
    leaf: &'p Certificate<'p>,
    presented: &'p [Certificate<'p>],
    time: UnixTime,
    workspace: &mut Workspace,
) {
    let verifier = Verifier { signatures: &cba_core::signature::Ring, ..*verifier };
    keep(Verifier::verify(&verifier, leaf, presented, time, workspace));
}

#[unsafe(no_mangle)]
fn cba_root_workspace(workspace: &Workspace, verifier: &Verifier<'_>, f: &mut Formatter<'_>) {
    keep(Workspace::new());
    keep_all(Workspace::refused_path(workspace));
    keep(<Verifier<'_> as Debug>::fmt(verifier, f));
}

#[unsafe(no_mangle)]
fn cba_root_policies(policies: &ValidPolicies<'_>) {
    keep(ValidPolicies::authority_constrained(policies));
    keep(ValidPolicies::is_any(policies));
    keep_all(ValidPolicies::user_constrained(policies));
}

#[unsafe(no_mangle)]
fn cba_root_path(path: &VerifiedPath<'_>, purpose: &Purpose<'_>, email: &Email) {
    keep(VerifiedPath::leaf(path));
    keep(VerifiedPath::certificates(path));
    keep(VerifiedPath::anchor(path));
    keep(VerifiedPath::time(path));
    keep(VerifiedPath::purpose(path));
    keep(VerifiedPath::not_before(path));
    keep(VerifiedPath::not_after(path));
    keep(VerifiedPath::status_until(path));
    keep(VerifiedPath::may_speak_for(path, email));
    keep(VerifiedPath::policies(path));
    keep(Purpose::oid(purpose));
    keep(<PathOptions<'_> as Default>::default());
}
