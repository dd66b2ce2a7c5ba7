//! Roots of `cba_core::revocation`.

use crate::{keep, keep_all};
use cba_core::UnixTime;
use cba_core::certificate::Certificate;
use cba_core::limits::Limits;
use cba_core::path::{StatusBudget, StatusCheck, StatusRequest, Verifier, Workspace};
use cba_core::revocation::{
    Crl, CrlEntry, CrlNumber, IndexEntry, IndexKey, OcspResponse, Revocation, RevocationOptions, VerifiedCrl,
};
use core::fmt::{Debug, Formatter};

#[unsafe(no_mangle)]
fn cba_root_crl_from_der(der: &[u8]) {
    keep(Crl::from_der(der));
}

#[unsafe(no_mangle)]
fn cba_root_crl(crl: &Crl<'_>) {
    keep(Crl::tbs_cert_list(crl));
    keep(Crl::der(crl));
    keep(Crl::signature_algorithm(crl));
    keep(Crl::signature(crl));
    keep(Crl::is_version_1(crl));
    keep(Crl::issuer(crl));
    keep(Crl::this_update(crl));
    keep(Crl::next_update(crl));
    keep(Crl::len(crl));
    keep(Crl::is_empty(crl));
    keep(Crl::number(crl));
    keep(Crl::base(crl));
    keep(Crl::authority_key_identifier(crl));
    keep_all(Crl::entries(crl));
}

#[unsafe(no_mangle)]
fn cba_root_crl_values(entry: &CrlEntry<'_>, a: &CrlNumber<'_>, b: &CrlNumber<'_>) {
    keep(CrlEntry::serial(entry));
    keep(CrlEntry::reason(entry));
    keep(CrlEntry::revocation_date(entry));
    keep(CrlNumber::as_bytes(a));
    keep(<CrlNumber<'_> as Ord>::cmp(a, b));
    keep(<CrlNumber<'_> as PartialOrd>::partial_cmp(a, b));
}

#[unsafe(no_mangle)]
fn cba_root_crl_verify<'c>(
    crl: &Crl<'c>,
    verifier: &Verifier<'c>,
    certificates: &'c [Certificate<'c>],
    time: UnixTime,
    workspace: &mut Workspace,
) {
    keep(Crl::verify(crl, verifier, certificates, time, workspace));
}

#[unsafe(no_mangle)]
fn cba_root_verified_crl(crl: &VerifiedCrl<'_>, other: &VerifiedCrl<'_>, others: &[VerifiedCrl<'_>]) {
    keep(VerifiedCrl::crl(crl));
    keep(VerifiedCrl::anchor(crl));
    keep(VerifiedCrl::signer(crl));
    keep(VerifiedCrl::has_scope_of(crl, other));
    keep(VerifiedCrl::has_kind_of(crl, other));
    keep(VerifiedCrl::require_successor(crl, others, others));
}

#[unsafe(no_mangle)]
fn cba_root_verified_crl_in_force<'c>(
    crl: &VerifiedCrl<'c>,
    verifier: &Verifier<'c>,
    certificates: &'c [Certificate<'c>],
    options: &RevocationOptions,
    time: UnixTime,
    workspace: &mut Workspace,
) {
    keep(VerifiedCrl::valid_until(crl, time, options));
    keep(VerifiedCrl::is_trusted_by(crl, verifier, certificates, time, workspace));
}

#[unsafe(no_mangle)]
fn cba_root_crl_index<'c>(
    crl: &VerifiedCrl<'c>,
    memory: &'c mut [IndexEntry],
    key: IndexKey,
    f: &mut Formatter<'_>,
) {
    keep(<IndexKey as Debug>::fmt(&key, f));
    keep(VerifiedCrl::with_index(crl.clone(), memory, key));
}

#[unsafe(no_mangle)]
fn cba_root_ocsp(der: &[u8]) {
    keep(OcspResponse::from_der(der));
}

#[unsafe(no_mangle)]
fn cba_root_revocation(
    revocation: &Revocation<'_>,
    request: &StatusRequest<'_, '_>,
    limits: &Limits,
    budget: &mut StatusBudget,
) {
    keep(StatusBudget::new(limits));
    keep(StatusBudget::compare(budget, limits.status_comparisons));
    keep(StatusBudget::verify(budget));
    keep(<Revocation<'_> as StatusCheck>::require_good(revocation, request, budget));
}
