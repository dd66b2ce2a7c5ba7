//! Roots of `cba_core::login`.

use crate::keep;
use cba_core::certificate::Certificate;
use cba_core::config::Settings;
use cba_core::identity::Identity;
use cba_core::login::{
    Answer, AuditRecord, Authenticator, Challenge, ChallengeInput, Credential, Decision, Possession,
    Principal, ProofOfPossession, Request, decide, login_id,
};
use cba_core::path::{VerifiedPath, Workspace};
use cba_core::signature::{Hash, SignatureVerifier};
use cba_core::time::UnixTime;

#[unsafe(no_mangle)]
fn cba_root_credential(identity: &Identity<'_>, credential: &Credential) {
    keep(Credential::from_identity(identity));
    keep(Credential::fingerprint(credential));
    keep(Credential::not_before(credential));
    keep(Credential::not_after(credential));
}

#[unsafe(no_mangle)]
fn cba_root_decide(
    settings: &Settings,
    credential: &Credential,
    possession: Possession,
    time: UnixTime,
    login_id: Option<&str>,
) {
    keep(decide(settings, credential, possession, time, login_id));
}

#[unsafe(no_mangle)]
fn cba_root_challenge_new(path: &VerifiedPath<'_>, credential: &Credential, input: &ChallengeInput<'_>) {
    keep(Challenge::of_path(path, input));
    keep(Challenge::of_credential(credential, input));
}

#[unsafe(no_mangle)]
fn cba_root_challenge(challenge: &Challenge, proof: &ProofOfPossession, hash: Hash) {
    keep(Challenge::message(challenge));
    keep(Challenge::digest(challenge, hash));
    keep(Challenge::fingerprint(challenge));
    keep(Challenge::expiry(challenge));
    keep(ProofOfPossession::fingerprint(proof));
    keep(ProofOfPossession::expiry(proof));
}

/// The backend is a virtual table of which nothing is known.
#[unsafe(no_mangle)]
fn cba_root_challenge_answer(
    challenge: Challenge,
    leaf: &Certificate<'_>,
    signatures: &dyn SignatureVerifier,
    time: UnixTime,
    answer: Answer<'_>,
) {
    keep(Challenge::answer(challenge, leaf, signatures, time, answer));
}

#[unsafe(no_mangle)]
fn cba_root_login_id(body: &[u8], name: &str, out: &mut [u8]) {
    keep(login_id::from_json(body, name, out));
    keep(login_id::from_form(body, name, out));
}

#[unsafe(no_mangle)]
fn cba_root_authenticate(authenticator: &Authenticator<'_>, request: Request<'_>, workspace: &mut Workspace) {
    keep(Authenticator::authenticate(authenticator, request, workspace));
}

#[unsafe(no_mangle)]
fn cba_root_decision(decision: &Decision, principal: &Principal, record: &AuditRecord) {
    keep(Decision::principal(decision));
    keep(Principal::email(principal));
    keep(AuditRecord::serial(record));
}

#[unsafe(no_mangle)]
fn cba_root_audit(
    record: &mut AuditRecord,
    decision: &Decision,
    der: Option<&[u8]>,
    leaf: Option<&Certificate<'_>>,
) {
    keep(AuditRecord::new(der, leaf));
    AuditRecord::record(record, decision);
}
