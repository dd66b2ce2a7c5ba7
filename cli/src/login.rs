//! `cba login`: what a server with this config.json would do with this certificate.

use crate::args::LoginArgs;
use crate::explain::Context;
use crate::input::{self, Material};
use crate::revocation::Sources;
use crate::{Failure, Outcome, describe, report, require_one_stdin, text, verify};
use cba_core::config::{CertificateCheck, LoadedSettings, Settings};
use cba_core::identity::IdentityOptions;
use cba_core::limits::Limits;
use cba_core::login::{Authenticator, Decision, Possession, Request};
use cba_core::path::{DenyList, PathOptions, StatusCheck, TrustAnchors, Verifier, Workspace};
use cba_core::signature::Ring;
use cba_core::time::UnixTime;
use serde_json::{Value, json};
use std::path::Path;

const POSSESSION: &str =
    "assumed: that the client holds the private key is for the server to see in the handshake";
const OWED: &str =
    "the server's own checks of the account (active, not locked, second factor) are still owed";

/// Runs the command.
pub(crate) fn run(args: &LoginArgs) -> Result<Outcome, Failure> {
    let trust = &args.trust;
    let files = args.revocation.files();
    let paths =
        trust.roots.iter().chain(&trust.intermediates).chain(files).chain([&trust.leaf, &args.config]);
    require_one_stdin(paths.map(std::path::PathBuf::as_path))?;
    let loaded = read_settings(&args.config)?;
    let material = Material::read(trust)?;
    let time = trust.at.map_or_else(verify::now, Ok)?;
    let identity = IdentityOptions { sources: args.identity, ..IdentityOptions::default() };
    let sources = Sources::read(&args.revocation)?;
    Ok(judge(&loaded, &material, &sources, time, identity, args.login_id.as_deref()))
}

fn read_settings(path: &Path) -> Result<LoadedSettings, Failure> {
    let json = input::read_own(path)?;
    Settings::from_json(&json).map_err(|error| {
        let offset = usize::try_from(error.offset).unwrap_or(usize::MAX);
        let before = json.get(..offset).unwrap_or(&json);
        let line = before.iter().filter(|&&byte| byte == b'\n').count().saturating_add(1);
        let path = input::display(path);
        Failure(format!("{path}: {} ({}), line {line}, byte {offset}", error.kind, error.kind.code()))
    })
}

fn judge(
    loaded: &LoadedSettings,
    material: &Material,
    sources: &Sources,
    time: UnixTime,
    identity: IdentityOptions,
    login_id: Option<&str>,
) -> Outcome {
    let mut anchors = material.anchors();
    let intermediates = material.intermediate_certificates();
    let presented = material.presented_certificates();
    let verifier = Verifier {
        anchors: TrustAnchors::new(&mut anchors),
        intermediates: &intermediates,
        denied: DenyList::EMPTY,
        options: PathOptions::default(),
        limits: Limits::default(),
        signatures: &Ring,
        status: None,
    };
    let mut warnings = material.warnings.clone();
    let evidence = sources.evidence(&verifier, &presented, time, &mut warnings);
    let revocation = evidence.revocation();
    let status = revocation.as_ref().map(|revocation| revocation as &(dyn StatusCheck + Sync));
    let verifier = Verifier { status, ..verifier };
    let authenticator = Authenticator { verifier, identity, settings: loaded.settings };
    let der = match &material.leaf {
        Some(Ok(der)) => Some(der.as_slice()),
        _ => None,
    };
    let request =
        Request { leaf: der, presented: &presented, time, possession: Possession::ProvenByTls, login_id };
    let mut workspace = Workspace::new();
    let (decision, audit) = authenticator.authenticate(request, &mut workspace);
    // What could not be taken out of its PEM block never became a request's certificate.
    let decision = match (&material.leaf, decision) {
        (Some(Err(error)), Decision::Refused(_)) => Decision::Refused(*error),
        (_, decision) => decision,
    };

    let mut text = String::new();
    headline(&mut text, &decision);
    let mut refusal = Value::Null;
    if let Decision::Refused(error) = &decision {
        let leaf = material.leaf();
        let path = report::refused_path(leaf.as_ref().ok(), &intermediates, &presented, &workspace);
        let context = Context {
            path: &path,
            anchors: verifier.anchors.as_slice(),
            intermediates: intermediates.len().saturating_add(presented.len()),
            time,
            options: verifier.options,
            limits: verifier.limits,
            identity,
            login_id,
        };
        refusal = report::refusal(&mut text, &context, *error);
    }
    let settings = settings_json(loaded);
    settings_text(&mut text, &settings);
    report::line(&mut text, "judged at", &text::time(time));
    report::line(&mut text, "revocation", sources.phrase());
    report::line(&mut text, "possession", POSSESSION);
    if decision.principal().is_some() {
        report::line(&mut text, "account", OWED);
    }
    let json = json!({
        "command": "login",
        "decision": name(&decision),
        "principal": decision.principal().map(|principal| principal.email().as_str()),
        "login_id": login_id,
        "settings": settings,
        "at": text::time(time),
        "identity_sources": describe::sources(identity.sources),
        "revocation": sources.scope(),
        "possession": POSSESSION,
        "refusal": refusal,
        "audit": {
            "fingerprint_sha256": audit.fingerprint.map(|hash| text::hex(&hash)),
            "issuer_sha256": audit.issuer.map(|hash| text::hex(&hash)),
            "serial": text::hex(audit.serial()),
        },
        "warnings": warnings,
    });
    Outcome { accepted: decision.principal().is_some(), text, json, warnings }
}

const fn name(decision: &Decision) -> &'static str {
    match decision {
        Decision::Refused(_) => "refused",
        Decision::Disabled => "disabled",
        Decision::ContinueWithPassword { .. } => "continue_with_password",
        Decision::Login { .. } => "login",
    }
}

fn headline(report: &mut String, decision: &Decision) {
    let headline = match decision {
        Decision::Refused(error) => format!("refused: {} ({})", error.kind, error.kind.code()),
        Decision::Disabled => "disabled: certificates are not asked for".into(),
        Decision::ContinueWithPassword { principal } => {
            format!("go on with the password of {}", principal.email())
        }
        Decision::Login { principal } => format!("log in {}, without a password", principal.email()),
    };
    report.push_str(&headline);
    report.push('\n');
}

fn settings_json(loaded: &LoadedSettings) -> Value {
    let check = match loaded.settings.check {
        CertificateCheck::Primary => "primary",
        CertificateCheck::Secondary => "secondary",
    };
    json!({
        "ClientSideCertEnable": { "value": loaded.settings.enable, "defaulted": loaded.enable_defaulted },
        "ClientSideCertCheck": { "value": check, "defaulted": loaded.check_defaulted },
    })
}

fn settings_text(report: &mut String, settings: &Value) {
    for (index, name) in ["ClientSideCertEnable", "ClientSideCertCheck"].into_iter().enumerate() {
        let setting = settings.get(name);
        let value = setting.and_then(|setting| setting.get("value")).unwrap_or(&Value::Null);
        let defaulted = setting.and_then(|setting| setting.get("defaulted")) == Some(&Value::Bool(true));
        let origin = if defaulted { " (by default: not in the file)" } else { "" };
        report::line(report, if index == 0 { "settings" } else { "" }, &format!("{name} {value}{origin}"));
    }
}
