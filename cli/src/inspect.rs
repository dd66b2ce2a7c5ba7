//! `cba inspect`: what certificates hold, and what a login would refuse in them.

use crate::args::InspectArgs;
use crate::explain::{Context, count};
use crate::input::{self, Item};
use crate::{Failure, Outcome, describe, text, verify};
use cba_core::certificate::{Certificate, Extension, Version};
use cba_core::identity::{IdentityOptions, read_email};
use cba_core::limits::Limits;
use cba_core::path::{DenyList, PathOptions, Purpose, TrustAnchors, Verifier, Workspace};
use cba_core::signature::{PublicKey, Ring, Strength};
use cba_core::time::UnixTime;
use cba_core::{Error, ErrorKind, sha256};
use serde_json::{Value, json};
use std::fmt::Write;

/// Runs the command.
pub(crate) fn run(args: &InspectArgs) -> Result<Outcome, Failure> {
    let items = input::certificates(&input::read_own(&args.file)?);
    let time = verify::now()?;
    let file = input::display(&args.file);
    let mut text = String::new();
    if items.is_empty() {
        let _ = writeln!(text, "no certificate in {file}");
    }
    let mut certificates = Vec::new();
    let mut all_read = !items.is_empty();
    for (number, item) in (1_usize..).zip(&items) {
        if number > 1 {
            text.push('\n');
        }
        let _ = writeln!(text, "certificate {number} of {} in {file}", items.len());
        certificates.push(match read(item) {
            Ok(certificate) => inspect(&mut text, number, &certificate, time),
            Err(error) => {
                all_read = false;
                let _ = writeln!(
                    text,
                    "  malformed: {} ({}) at byte {}",
                    error.kind,
                    error.kind.code(),
                    error.offset
                );
                json!({
                    "number": number,
                    "error": {
                        "code": error.kind.code(),
                        "kind": format!("{:?}", error.kind),
                        "message": error.kind.to_string(),
                        "offset": error.offset,
                    },
                })
            }
        });
    }
    let json = json!({
        "command": "inspect",
        "result": if all_read { "read" } else { "malformed" },
        "at": text::time(time),
        "certificates": certificates,
    });
    Ok(Outcome { accepted: all_read, text, json, warnings: Vec::new() })
}

fn read(item: &Item) -> Result<Certificate<'_>, Error> {
    match item {
        Ok(der) => Certificate::from_der(der),
        Err(error) => Err(*error),
    }
}

fn line(report: &mut String, name: &str, value: &str) {
    // Writing to a String does not fail.
    let _ = writeln!(report, "  {name:<20}{value}");
}

fn inspect(report: &mut String, number: usize, certificate: &Certificate<'_>, time: UnixTime) -> Value {
    let version = match certificate.version() {
        Version::V1 => 1,
        Version::V2 => 2,
        Version::V3 => 3,
    };
    let serial = text::hex(certificate.serial().as_bytes());
    let (issuer, subject) = (text::name(&certificate.issuer()), text::name(&certificate.subject()));
    let validity = certificate.validity();
    let (not_before, not_after) = (text::time(validity.not_before), text::time(validity.not_after));
    let spki = certificate.subject_public_key_info();
    let (key_kind, key_bits) = describe::key(spki);
    let signature = describe::signature_algorithm(certificate.signature_algorithm());
    let fingerprint = text::hex(&sha256(certificate.der()));
    let spki_hash = text::hex(&sha256(spki.der()));
    let emails = describe::emails(certificate);
    line(report, "version", &version.to_string());
    line(report, "serial", &text::hex_some(certificate.serial().as_bytes()));
    line(report, "issuer", &issuer);
    line(report, "subject", &subject);
    line(report, "not before", &not_before);
    line(report, "not after", &not_after);
    line(report, "key", &describe::key_phrase(spki));
    line(report, "signature algorithm", &signature);
    line(report, "fingerprint SHA-256", &fingerprint);
    line(report, "SPKI SHA-256", &spki_hash);
    for (index, email) in emails.iter().enumerate() {
        let value = format!("{} in {} ({})", email.address, email.place, email.string_type);
        line(report, if index == 0 { "e-mail" } else { "" }, &value);
    }
    if emails.is_empty() {
        line(report, "e-mail", "none");
    }
    let mut extensions = Vec::new();
    for extension in certificate.extensions().iter() {
        let (name, value) = (text::extension(extension.oid), extension_value(certificate, &extension));
        let criticality = if extension.critical { "critical, " } else { "" };
        line(
            report,
            if extensions.is_empty() { "extensions" } else { "" },
            &format!("{name}: {criticality}{value}"),
        );
        extensions.push(json!({
            "oid": text::oid(extension.oid),
            "name": name,
            "critical": extension.critical,
            "value": value,
        }));
    }
    if extensions.is_empty() {
        line(report, "extensions", "none");
    }
    json!({
        "number": number,
        "error": null,
        "version": version,
        "serial": serial,
        "issuer": issuer,
        "subject": subject,
        "not_before": not_before,
        "not_after": not_after,
        "key": { "kind": key_kind, "bits": key_bits },
        "signature_algorithm": signature,
        "ca": certificate.is_ca(),
        "fingerprint_sha256": fingerprint,
        "spki_sha256": spki_hash,
        "emails": emails.iter().map(|email| json!({
            "address": email.address,
            "place": email.place,
            "string_type": email.string_type,
        })).collect::<Value>(),
        "extensions": extensions,
        "refusals": refusals(report, certificate, time),
    })
}

fn extension_value(certificate: &Certificate<'_>, extension: &Extension<'_>) -> String {
    let extensions = certificate.extensions();
    let read = match extension.oid {
        [0x55, 0x1d, 14] => extensions.subject_key_identifier().map(|id| id.map(text::hex_some)),
        [0x55, 0x1d, 15] => extensions.key_usage().map(|usage| usage.map(describe::key_usage)),
        [0x55, 0x1d, 17] => extensions.subject_alt_name().map(|names| {
            names.map(|names| {
                describe::listed(names.iter().map(|name| match name {
                    Ok(name) => describe::general_name(&name),
                    Err(error) => format!("malformed: {} (at byte {})", error.kind, error.offset),
                }))
            })
        }),
        [0x55, 0x1d, 19] => extensions.basic_constraints().map(|constraints| {
            constraints.map(|constraints| {
                let ca = if constraints.ca { "CA TRUE" } else { "CA FALSE" };
                let path_len = constraints.path_len_constraint;
                path_len.map_or(ca.into(), |limit| format!("{ca}, pathLenConstraint {limit}"))
            })
        }),
        [0x55, 0x1d, 35] => extensions
            .authority_key_identifier()
            .map(|id| Some(id.map_or("without keyIdentifier".into(), text::hex_some))),
        [0x55, 0x1d, 37] => Ok(Some(describe::extended_key_usage(certificate))),
        _ => Ok(None),
    };
    match read {
        Ok(Some(value)) => value,
        Ok(None) => text::hex_some(extension.value()),
        Err(error) => format!("malformed: {} (at byte {})", error.kind, error.offset),
    }
}

/// Says what a login would refuse, for people and for programs.
fn refusals(report: &mut String, certificate: &Certificate<'_>, time: UnixTime) -> Value {
    let path = [certificate];
    let context = Context {
        path: &path,
        anchors: &[],
        intermediates: 0,
        time,
        options: PathOptions::default(),
        limits: Limits::default(),
        identity: IdentityOptions::default(),
        login_id: None,
    };
    let errors = broken_rules(certificate, time);
    if errors.is_empty() {
        line(report, "a login", "refuses nothing in it by itself; issuer and signature were not looked at");
    } else {
        line(report, "a login refuses it", &format!("for {}", count(errors.len(), "reason")));
    }
    errors
        .into_iter()
        .map(|error| {
            let explained = context.explain(error);
            let reason = format!("- {} ({})", error.kind, error.kind.code());
            line(report, "", &reason);
            line(report, "", &format!("  found: {}", explained.found));
            line(report, "", &format!("  wanted: {}", explained.wanted));
            json!({
                "code": error.kind.code(),
                "kind": format!("{:?}", error.kind),
                "message": error.kind.to_string(),
                "check": explained.check,
                "found": explained.found,
                "wanted": explained.wanted,
                "offset": error.offset,
            })
        })
        .collect()
}

/// Every rule for a login's leaf that the certificate breaks by itself, as far as one does not hide
/// another: after a malformed extension nothing more is asked of the path.
fn broken_rules(certificate: &Certificate<'_>, time: UnixTime) -> Vec<Error> {
    let mut errors = broken_path_rules(certificate, time);
    let extensions = certificate.extensions();
    if certificate.is_ca() {
        errors.push(ErrorKind::LeafIsCa.into());
    }
    if let Ok(Some(usage)) = extensions.key_usage()
        && !usage.digital_signature()
    {
        errors.push(ErrorKind::MissingDigitalSignature.into());
    }
    errors.extend(read_email(certificate, &IdentityOptions::default()).err());
    let mut seen: Vec<ErrorKind> = Vec::new();
    errors.retain(|error| {
        let new = !seen.contains(&error.kind);
        seen.push(error.kind);
        new
    });
    errors
}

/// Asks the verifier, which stops at the first broken rule, again and again, each time forgiving what it
/// found. Without anchors, an unknown issuer is the sign that the certificate itself is fit.
fn broken_path_rules(certificate: &Certificate<'_>, time: UnixTime) -> Vec<Error> {
    let mut options = PathOptions::default();
    let mut judged_at = time;
    let mut errors: Vec<Error> = Vec::new();
    loop {
        let verifier = Verifier {
            anchors: TrustAnchors::new(&mut []),
            intermediates: &[],
            denied: DenyList::EMPTY,
            options,
            limits: Limits::default(),
            signatures: &Ring,
            status: None,
        };
        let Err(error) = verifier.verify(certificate, &[], judged_at, &mut Workspace::new()) else {
            return errors;
        };
        let hidden = errors.iter().any(|known| known.kind == error.kind);
        if error.kind == ErrorKind::UnknownIssuer || hidden {
            return errors;
        }
        errors.push(error);
        match error.kind {
            ErrorKind::Version1 => options.accept_version_1_leaf = true,
            ErrorKind::NegativeSerial => options.accept_negative_serial = true,
            ErrorKind::SerialTooLong => options.accept_long_serial = true,
            ErrorKind::NotYetValid | ErrorKind::Expired => judged_at = certificate.validity().not_before,
            ErrorKind::MissingExtendedKeyUsage | ErrorKind::PurposeNotAllowed => {
                options.purpose = Purpose::Any
            }
            ErrorKind::RsaModulusTooShort => options.strength.min_rsa_bits = 0,
            ErrorKind::RsaModulusTooLong => options.strength.max_rsa_bits = u16::MAX,
            ErrorKind::RsaExponentOutOfRange => options.strength.accept_small_rsa_exponent = true,
            ErrorKind::Sha1Signature | ErrorKind::Md5Signature | ErrorKind::UnsupportedSignatureAlgorithm => {
                // The key is asked about after the signature on it.
                let key = PublicKey::from_spki(certificate.subject_public_key_info());
                let weakness = key.and_then(|key| key.require_strength(&Strength::default()));
                errors.extend(weakness.err().map(Error::new));
                return errors;
            }
            _ => return errors,
        }
    }
}
