//! What the reports of `verify` and `login` have in common.

use crate::explain::Context;
use crate::{describe, text};
use cba_core::certificate::Certificate;
use cba_core::path::{TrustAnchor, Workspace};
use cba_core::{Error, sha256};
use serde_json::{Value, json};
use std::fmt::Write;

/// One line of a report: a name, and what there is to say.
pub(crate) fn line(report: &mut String, name: &str, value: &str) {
    // Writing to a String does not fail.
    let _ = writeln!(report, "  {name:<14}{value}");
}

/// The certificates of a path, for programs.
pub(crate) fn path_json(path: &[&Certificate<'_>]) -> Value {
    path.iter().enumerate().map(|(depth, certificate)| certificate_json(depth, certificate)).collect()
}

fn certificate_json(depth: usize, certificate: &Certificate<'_>) -> Value {
    json!({
        "depth": depth,
        "subject": text::name(&certificate.subject()),
        "issuer": text::name(&certificate.issuer()),
        "serial": text::hex(certificate.serial().as_bytes()),
        "not_before": text::time(certificate.validity().not_before),
        "not_after": text::time(certificate.validity().not_after),
        "fingerprint_sha256": text::hex(&sha256(certificate.der())),
    })
}

/// The anchor, for programs.
pub(crate) fn anchor_json(anchor: &TrustAnchor<'_>) -> Value {
    json!({
        "subject": text::name(&anchor.subject()),
        "spki_sha256": text::hex(&sha256(anchor.subject_public_key_info().der())),
    })
}

/// The certificates of a path, for people.
pub(crate) fn path_text(report: &mut String, path: &[&Certificate<'_>], anchor: &TrustAnchor<'_>) {
    for (depth, certificate) in path.iter().enumerate() {
        line(report, &format!("certificate {depth}"), &text::name(&certificate.subject()));
        let validity = certificate.validity();
        let serial = text::hex_some(certificate.serial().as_bytes());
        let (not_before, not_after) = (text::time(validity.not_before), text::time(validity.not_after));
        line(report, "", &format!("serial {serial}, valid from {not_before} to {not_after}"));
    }
    line(report, "root", &text::name(&anchor.subject()));
}

/// The certificates on the path of the reported refusal, from the leaf upwards.
pub(crate) fn refused_path<'c>(
    leaf: Option<&'c Certificate<'c>>,
    intermediates: &'c [Certificate<'c>],
    presented: &'c [Certificate<'c>],
    workspace: &Workspace,
) -> Vec<&'c Certificate<'c>> {
    let issuer = |position: usize| match position.checked_sub(intermediates.len()) {
        None => intermediates.get(position),
        Some(position) => presented.get(position),
    };
    leaf.into_iter().chain(workspace.refused_path().map_while(issuer)).collect()
}

/// A refusal, for people and for programs.
pub(crate) fn refusal(report: &mut String, context: &Context<'_>, error: Error) -> Value {
    let explained = context.explain(error);
    let certificate = context.certificate(error);
    let depth = usize::from(error.depth);
    if let Some(certificate) = certificate {
        line(report, "certificate", &format!("{depth}, {}", text::name(&certificate.subject())));
        let serial = text::hex_some(certificate.serial().as_bytes());
        line(report, "", &format!("serial {serial}, issued by {}", text::name(&certificate.issuer())));
    }
    if let Some(root) = context.root(error) {
        line(report, "root", &text::name(&root.subject()));
    }
    line(report, "check", explained.check);
    line(report, "found", &explained.found);
    line(report, "wanted", &explained.wanted);
    json!({
        "code": error.kind.code(),
        "kind": format!("{:?}", error.kind),
        "message": error.kind.to_string(),
        "check": explained.check,
        "found": explained.found,
        "wanted": explained.wanted,
        "offset": error.offset,
        "certificate": certificate.map(|certificate| certificate_json(depth, certificate)),
    })
}

/// Which addresses the leaf holds, and where, for people.
pub(crate) fn sources_phrase(leaf: &Certificate<'_>) -> String {
    let mut places: Vec<_> = describe::emails(leaf).iter().map(|email| email.place).collect();
    places.dedup();
    places.join(" and ")
}
