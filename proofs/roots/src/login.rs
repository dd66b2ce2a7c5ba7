//! Roots of `cba_core::login`.

use crate::keep;
use cba_core::config::Settings;
use cba_core::identity::Identity;
use cba_core::login::{AuditRecord, Authenticator, Decision, Possession, Principal, Request, decide};
use cba_core::path::Workspace;

#[unsafe(no_mangle)]
fn cba_root_decide(
    settings: &Settings,
    identity: &Identity<'_>,
    possession: Possession,
    login_id: Option<&str>,
) {
    keep(decide(settings, identity, possession, login_id));
}

#[unsafe(no_mangle)]
fn cba_root_authenticate(
    authenticator: &Authenticator<'_>,
    request: &Request<'_>,
    workspace: &mut Workspace,
) {
    keep(Authenticator::authenticate(authenticator, request, workspace));
}

#[unsafe(no_mangle)]
fn cba_root_decision(decision: &Decision, principal: &Principal, record: &AuditRecord) {
    keep(Decision::principal(decision));
    keep(Principal::email(principal));
    keep(AuditRecord::serial(record));
}
