//! `cba verify`: is there a good path from the leaf to a root, and whose certificate is it?

use crate::args::VerifyArgs;
use crate::explain::Context;
use crate::input::Material;
use crate::revocation::Sources;
use crate::{Failure, Outcome, describe, report, require_one_stdin, text};
use cba_core::Error;
use cba_core::identity::{Identity, IdentityOptions};
use cba_core::limits::Limits;
use cba_core::path::{
    AnchorConstraints, DenyList, PathOptions, PolicyInputs, Purpose, StatusCheck, TrustAnchors, VerifiedPath,
    Verifier, Workspace,
};
use cba_core::signature::Ring;
use cba_core::time::UnixTime;
use serde_json::{Value, json};
use std::time::{SystemTime, UNIX_EPOCH};

/// Runs the command.
pub(crate) fn run(args: &VerifyArgs) -> Result<Outcome, Failure> {
    let trust = &args.trust;
    let files = args.revocation.files();
    let paths = trust.roots.iter().chain(&trust.intermediates).chain(files).chain([&trust.leaf]);
    require_one_stdin(paths.map(std::path::PathBuf::as_path))?;
    if args.require_eku && args.eku.0.is_none() {
        return Err(Failure("--require-eku together with --eku any: the extension is not looked at".into()));
    }
    let material = Material::read(trust)?;
    let time = trust.at.map_or_else(now, Ok)?;
    let identity = args.identity.0.map(|sources| IdentityOptions { sources, ..IdentityOptions::default() });
    let policies: Vec<&[u8]> = args.policies.policies.iter().map(|policy| policy.0.as_slice()).collect();
    let options = PathOptions {
        purpose: args.eku.0.as_deref().map_or(Purpose::Any, known_purpose),
        accept_missing_extended_key_usage: !args.require_eku,
        accept_trusted_leaf: args.trust_leaf,
        anchor_constraints: if args.check_anchor {
            AnchorConstraints::Enforce
        } else {
            AnchorConstraints::Ignore
        },
        check_anchor_validity: args.check_anchor,
        policies: PolicyInputs {
            user_initial_policy_set: (!policies.is_empty()).then_some(&policies),
            initial_explicit_policy: args.policies.explicit_policy,
            initial_policy_mapping_inhibit: args.policies.inhibit_policy_mapping,
            initial_any_policy_inhibit: args.policies.inhibit_any_policy,
        },
        ..PathOptions::default()
    };
    let limits = Limits { intermediates: args.max_depth, ..Limits::default() };
    let sources = Sources::read(&args.revocation)?;
    Ok(judge(&material, &sources, time, options, limits, identity))
}

fn known_purpose(oid: &[u8]) -> Purpose<'_> {
    [Purpose::ClientAuth, Purpose::ServerAuth]
        .into_iter()
        .find(|purpose| purpose.oid() == Some(oid))
        .unwrap_or(Purpose::Oid(oid))
}

/// The system's time.
pub(crate) fn now() -> Result<UnixTime, Failure> {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).ok();
    since
        .and_then(|since| i64::try_from(since.as_secs()).ok())
        .map(UnixTime)
        .ok_or_else(|| Failure("the system's clock stands before 1970: say when with --at".into()))
}

fn judge(
    material: &Material,
    sources: &Sources,
    time: UnixTime,
    options: PathOptions<'_>,
    limits: Limits,
    identity: Option<IdentityOptions>,
) -> Outcome {
    let mut anchors = material.anchors();
    let intermediates = material.intermediate_certificates();
    let presented = material.presented_certificates();
    let verifier = Verifier {
        anchors: TrustAnchors::new(&mut anchors),
        intermediates: &intermediates,
        denied: DenyList::EMPTY,
        options,
        limits,
        signatures: &Ring,
        status: None,
    };
    let mut warnings = material.warnings.clone();
    let evidence = sources.evidence(&verifier, &presented, time, &mut warnings);
    let revocation = evidence.revocation();
    let status = revocation.as_ref().map(|revocation| revocation as &(dyn StatusCheck + Sync));
    let verifier = Verifier { status, ..verifier };
    let mut workspace = Workspace::new();
    let leaf = material.leaf();
    let verified = match &leaf {
        Ok(leaf) => verifier.verify(leaf, &presented, time, &mut workspace),
        Err(error) => Err(*error),
    };
    let judged = verified.as_ref().map_err(|error| *error).and_then(|path| {
        let email = identity.map(|options| Identity::from_path(path, &options)).transpose()?;
        Ok((path, email))
    });

    if let Ok(path) = &verified
        && options.anchor_constraints == AnchorConstraints::Ignore
        && path.anchor().carries_constraints()
    {
        let name = text::name(&path.anchor().subject());
        warnings.push(format!("the root {name} carries constraints, which count only with --check-anchor"));
    }
    let mut text = String::new();
    let mut json = json!({
        "command": "verify",
        "at": text::time(time),
        "purpose": describe::purpose(options.purpose),
        "identity_sources": identity.map_or("none", |options| describe::sources(options.sources)),
        "revocation": sources.scope(),
        "warnings": warnings,
    });
    let (result, details) = match judged {
        Ok((path, identity)) => ("accepted", accepted(&mut text, path, identity.as_ref(), sources)),
        Err(error) => {
            // Where the path is good and the identity is not, the path is the verified one.
            let path = match &verified {
                Ok(path) => path.certificates().to_vec(),
                Err(_) => report::refused_path(leaf.as_ref().ok(), &intermediates, &presented, &workspace),
            };
            let context = Context {
                path: &path,
                anchors: verifier.anchors.as_slice(),
                intermediates: intermediates.len().saturating_add(presented.len()),
                time,
                options,
                limits,
                identity: identity.unwrap_or_default(),
                login_id: None,
            };
            ("refused", refused(&mut text, &context, error))
        }
    };
    if let (Value::Object(json), Value::Object(details)) = (&mut json, details) {
        json.insert("result".into(), result.into());
        json.extend(details);
    }
    Outcome { accepted: result == "accepted", text, json, warnings }
}

fn accepted(
    report: &mut String,
    path: &VerifiedPath<'_>,
    identity: Option<&Identity<'_>>,
    sources: &Sources,
) -> Value {
    report.push_str("accepted\n");
    if let Some(identity) = identity {
        let places = report::sources_phrase(path.leaf());
        report::line(report, "identity", &format!("{} (in {places})", identity.email()));
    }
    report::path_text(report, path.certificates(), path.anchor());
    report::line(report, "purpose", &describe::purpose(path.purpose()));
    let policies = path.policies().ok().map(|policies| {
        let list: Vec<_> = policies.user_constrained().map(text::oid).collect();
        let phrase = match (policies.is_any(), list.is_empty()) {
            (true, true) => "any".into(),
            (true, false) => format!("any, and {}", list.join(", ")),
            (false, true) => "none".into(),
            (false, false) => list.join(", "),
        };
        report::line(report, "policies", &phrase);
        json!({ "any": policies.is_any(), "valid": list })
    });
    report::line(report, "revocation", sources.phrase());
    report::line(report, "judged at", &text::time(path.time()));
    report::line(report, "good until", &text::time(path.not_after()));
    json!({
        "identity": identity.map(|identity| identity.email().as_str()),
        "path": report::path_json(path.certificates()),
        "anchor": report::anchor_json(path.anchor()),
        "policies": policies,
        "not_after": text::time(path.not_after()),
        "refusal": null,
    })
}

fn refused(report: &mut String, context: &Context<'_>, error: Error) -> Value {
    report.push_str(&format!("refused: {} ({})\n", error.kind, error.kind.code()));
    let refusal = report::refusal(report, context, error);
    json!({
        "identity": null,
        "path": report::path_json(context.path),
        "anchor": null,
        "policies": null,
        "not_after": null,
        "refusal": refusal,
    })
}
