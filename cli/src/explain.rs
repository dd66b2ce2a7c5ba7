//! What a refusal means: which check it was, what was found, what would have been accepted.

use crate::{describe, text};
use cba_core::certificate::{Certificate, Extension, GeneralName, SubjectPublicKeyInfo};
use cba_core::identity::IdentityOptions;
use cba_core::limits::Limits;
use cba_core::path::{PathOptions, TrustAnchor};
use cba_core::signature::PublicKey;
use cba_core::time::UnixTime;
use cba_core::{Error, ErrorKind};

/// Everything that a refusal may have been about.
pub(crate) struct Context<'c> {
    /// The refused path from the leaf upwards; empty if the leaf could not be read.
    pub(crate) path: &'c [&'c Certificate<'c>],
    pub(crate) anchors: &'c [TrustAnchor<'c>],
    /// How many certificates the issuer was looked for among, besides the anchors.
    pub(crate) intermediates: usize,
    pub(crate) time: UnixTime,
    pub(crate) options: PathOptions<'c>,
    pub(crate) limits: Limits,
    pub(crate) identity: IdentityOptions,
    pub(crate) login_id: Option<&'c str>,
}

/// A refusal in words.
pub(crate) struct Explanation {
    /// The rule, with its place in the standard.
    pub(crate) check: &'static str,
    pub(crate) found: String,
    /// What would have passed this check.
    pub(crate) wanted: String,
}

fn explanation(check: &'static str, found: impl Into<String>, wanted: impl Into<String>) -> Explanation {
    Explanation { check, found: found.into(), wanted: wanted.into() }
}

/// A refusal over revocation.
fn revocation(error: Error, certificate: Option<&Certificate<'_>>) -> Explanation {
    let wanted = match error.kind {
        ErrorKind::Revoked => "a certificate that its issuer has not revoked".into(),
        ErrorKind::CrlTooOld => "a CRL within --max-crl-age".into(),
        ErrorKind::CrlWithoutNextUpdate => "a CRL with nextUpdate, or --max-crl-age".into(),
        ErrorKind::CrlVersion1 => "a version 2 CRL".into(),
        _ => {
            let issuer = certificate.map_or_else(
                || "the certificate's issuer".into(),
                |certificate| text::name(&certificate.issuer()),
            );
            format!("a current CRL by {issuer} (--crls), or --accept-undetermined")
        }
    };
    explanation("revocation (RFC 5280 6.3.3)", error.kind.to_string(), wanted)
}

impl Context<'_> {
    /// The certificate that the error is about, if it is about one.
    pub(crate) fn certificate(&self, error: Error) -> Option<&Certificate<'_>> {
        // A limit is about the search as a whole.
        if error.kind.is_limit() { None } else { self.path.get(usize::from(error.depth)).copied() }
    }

    /// The root that the error is about, if it is about one: it stands above the path.
    pub(crate) fn root(&self, error: Error) -> Option<&TrustAnchor<'_>> {
        let issuer = self.path.last()?.issuer();
        let above = !error.kind.is_limit() && usize::from(error.depth) == self.path.len();
        let mut named = self.anchors.iter().filter(|anchor| above && anchor.subject().matches(&issuer));
        let first = named.clone().next();
        let is_weak = |anchor: &&TrustAnchor<'_>| {
            let key = PublicKey::from_spki(anchor.subject_public_key_info());
            key.and_then(|key| key.require_strength(&self.options.strength)).err() == Some(error.kind)
        };
        named.find(is_weak).or(first)
    }

    /// Says what the error means.
    pub(crate) fn explain(&self, error: Error) -> Explanation {
        let explained = match self.certificate(error) {
            Some(certificate) => match error.kind.code() {
                300..=399 => self.strength(error, certificate),
                500..=699 => self.login(error, certificate),
                1000..=1099 => Some(revocation(error, self.certificate(error))),
                _ => self.form(error, certificate).or_else(|| self.path(error, certificate)),
            },
            None => self.root(error).and_then(|root| self.of_root(error, root)),
        };
        explained.or_else(|| self.without_certificate(error)).unwrap_or_else(|| {
            let found = match error.offset {
                0 => error.kind.to_string(),
                offset => format!("{} (at byte {offset})", error.kind),
            };
            explanation("encoding (X.690, RFC 5280 section 4)", found, "DER in the form of RFC 5280")
        })
    }

    fn form(&self, error: Error, certificate: &Certificate<'_>) -> Option<Explanation> {
        let validity = certificate.validity();
        let (not_before, not_after) = (text::time(validity.not_before), text::time(validity.not_after));
        let serial = certificate.serial();
        let judged = text::time(self.time);
        Some(match error.kind {
            ErrorKind::Version1 => explanation(
                "version (RFC 5280 4.1.2.1)",
                "X.509 version 1, which can hold no extensions: nothing limits what it may be used for",
                "version 3",
            ),
            ErrorKind::NegativeSerial => explanation(
                "serial number (RFC 5280 4.1.2.2)",
                format!("a negative number, {}", text::hex_some(serial.as_bytes())),
                "a positive number",
            ),
            ErrorKind::SerialTooLong => explanation(
                "serial number (RFC 5280 4.1.2.2)",
                format!("{} bytes", serial.as_bytes().len()),
                "at most 20 bytes",
            ),
            ErrorKind::EmptyIssuer => {
                explanation("issuer (RFC 5280 4.1.2.4)", "an empty name", "the name of the CA")
            }
            ErrorKind::InvertedValidity => explanation(
                "validity (RFC 5280 4.1.2.5)",
                format!("notBefore {not_before} after notAfter {not_after}"),
                "notBefore before notAfter",
            ),
            ErrorKind::NotYetValid => explanation(
                "validity (RFC 5280 6.1.3 (a)(2))",
                format!("notBefore {not_before}; judged at {judged}"),
                format!("a time from {not_before} to {not_after}"),
            ),
            ErrorKind::Expired => explanation(
                "validity (RFC 5280 6.1.3 (a)(2))",
                format!("notAfter {not_after}; judged at {judged}"),
                format!("a time from {not_before} to {not_after}"),
            ),
            ErrorKind::UnknownCriticalExtension => explanation(
                "extensions (RFC 5280 4.2)",
                extension_at(certificate, error.offset).map_or(error.kind.to_string(), |extension| {
                    let criticality = if extension.critical { "critical" } else { "not critical" };
                    format!("{}, {criticality}, which is not processed", text::extension(extension.oid))
                }),
                "a certificate without it",
            ),
            _ => return None,
        })
    }

    fn path(&self, error: Error, certificate: &Certificate<'_>) -> Option<Explanation> {
        let usage = match certificate.extensions().key_usage() {
            Ok(Some(usage)) => describe::key_usage(usage),
            _ => "absent".into(),
        };
        let purpose = describe::purpose(self.options.purpose);
        Some(match error.kind {
            ErrorKind::UnknownIssuer => explanation(
                "issuer (RFC 5280 6.1.3 (a)(4))",
                format!(
                    "issuer {}, which is the subject of none of {} and {}",
                    text::name(&certificate.issuer()),
                    count(self.anchors.len(), "root"),
                    count(self.intermediates, "intermediate"),
                ),
                "a chain of issuers that ends at a root",
            ),
            ErrorKind::MissingBasicConstraints => explanation(
                "basicConstraints (RFC 5280 6.1.4 (k))",
                "absent, in a certificate that stands as an issuer",
                "basicConstraints with cA TRUE",
            ),
            ErrorKind::NotACa => explanation(
                "basicConstraints (RFC 5280 6.1.4 (k))",
                "cA FALSE, in a certificate that stands as an issuer",
                "basicConstraints with cA TRUE",
            ),
            ErrorKind::PathLenConstraintExceeded => {
                explanation("pathLenConstraint (RFC 5280 4.2.1.9)", self.path_len(), "a shorter path")
            }
            ErrorKind::MissingKeyCertSign => explanation(
                "keyUsage (RFC 5280 6.1.4 (n))",
                format!("{usage}, in a certificate that stands as an issuer"),
                "keyCertSign among them",
            ),
            ErrorKind::PurposeNotAllowed => explanation(
                "extendedKeyUsage (RFC 5280 4.2.1.12)",
                describe::extended_key_usage(certificate),
                format!("{purpose} among them"),
            ),
            ErrorKind::MissingExtendedKeyUsage => explanation(
                "extendedKeyUsage (RFC 5280 4.2.1.12)",
                "absent: nothing says what the certificate is for",
                format!("extendedKeyUsage with {purpose}"),
            ),
            ErrorKind::NameNotPermitted => explanation(
                "nameConstraints (RFC 5280 6.1.3 (b))",
                format!("{}, outside every permitted subtree of its form", self.name_at(error, certificate)),
                "a name within a permitted subtree of every CA above",
            ),
            ErrorKind::NameExcluded => explanation(
                "nameConstraints (RFC 5280 6.1.3 (c))",
                format!("{}, inside an excluded subtree", self.name_at(error, certificate)),
                "a name outside the excluded subtrees of every CA above",
            ),
            ErrorKind::UnsupportedNameConstraint => explanation(
                "nameConstraints (RFC 5280 4.2.1.10)",
                format!(
                    "{}, of a form that is constrained and not compared",
                    self.name_at(error, certificate)
                ),
                "no name of that form, or no constraint on it",
            ),
            ErrorKind::MalformedNameConstraints => explanation(
                "nameConstraints (RFC 5280 4.2.1.10)",
                "a subtree with minimum or maximum, without anything in it, or with a base that is none",
                "well-formed subtrees",
            ),
            ErrorKind::PolicyRequired => explanation(
                "certificatePolicies (RFC 5280 6.1.5 (g))",
                "an explicit policy is required, and the path is valid for none that is asked for",
                "a policy that every certificate of the path carries",
            ),
            ErrorKind::AnyPolicyMapped => explanation(
                "policyMappings (RFC 5280 4.2.1.5)",
                "anyPolicy is mapped",
                "other policies alone",
            ),
            ErrorKind::PathTooLong => explanation(
                "limit on the length of the path",
                format!("more than {}", count(usize::from(self.limits.intermediates), "intermediate")),
                format!("at most {}", count(usize::from(self.limits.intermediates), "intermediate")),
            ),
            _ => return None,
        })
    }

    /// The name that an error about name constraints points to.
    fn name_at(&self, error: Error, certificate: &Certificate<'_>) -> String {
        let starts_here = |part: &[u8]| {
            let offset = (part.as_ptr() as usize).wrapping_sub(certificate.der().as_ptr() as usize);
            usize::try_from(error.offset) == Ok(offset)
        };
        if starts_here(certificate.subject().der()) {
            return format!("subject {}", text::name(&certificate.subject()));
        }
        if let Some(email) =
            certificate.subject().attributes().find(|attribute| starts_here(attribute.value()))
        {
            return format!("{} in the subject", text::printable_bytes(email.value()));
        }
        let names = certificate.extensions().subject_alt_name().ok().flatten();
        let names = names.iter().flat_map(|names| names.iter()).filter_map(Result::ok);
        let texts = names.filter_map(|name| match name {
            GeneralName::Rfc822(bytes) | GeneralName::Dns(bytes) | GeneralName::Uri(bytes) => Some(bytes),
            _ => None,
        });
        let found = texts.into_iter().find(|bytes| starts_here(bytes));
        found.map_or("a name of subjectAltName".into(), |bytes| {
            format!("{} in subjectAltName", text::printable_bytes(bytes))
        })
    }

    /// The constraints of the path that it does not keep.
    fn path_len(&self) -> String {
        let mut exceeded = Vec::new();
        for (depth, certificate) in self.path.iter().enumerate().skip(1) {
            let Ok(Some(constraints)) = certificate.extensions().basic_constraints() else { continue };
            let Some(limit) = constraints.path_len_constraint else { continue };
            let intermediates = self.path.iter().take(depth).skip(1);
            let below = intermediates.filter(|certificate| !certificate.is_self_issued()).count();
            if usize::try_from(limit).is_ok_and(|limit| below > limit) {
                exceeded.push(format!(
                    "pathLenConstraint {limit} in certificate {depth} ({}), below which stand {}",
                    text::name(&certificate.subject()),
                    count(below, "intermediate"),
                ));
            }
        }
        if exceeded.is_empty() { "more intermediates than allowed".into() } else { exceeded.join("; ") }
    }

    fn strength(&self, error: Error, certificate: &Certificate<'_>) -> Option<Explanation> {
        if let Some(explained) = self.key(error.kind, "", certificate.subject_public_key_info()) {
            return Some(explained);
        }
        let algorithm = describe::signature_algorithm(certificate.signature_algorithm());
        Some(match error.kind {
            ErrorKind::UnsupportedSignatureAlgorithm | ErrorKind::Md5Signature | ErrorKind::Sha1Signature => {
                explanation(
                    "signature algorithm",
                    algorithm,
                    "ECDSA, RSA (PKCS #1 v1.5 or PSS) with SHA-256, SHA-384 or SHA-512, or Ed25519",
                )
            }
            ErrorKind::KeyAlgorithmMismatch => explanation(
                "signature algorithm",
                format!("{algorithm}, which {} cannot have made", self.issuer_key(error)),
                "a signature of the issuer's kind of key",
            ),
            ErrorKind::BadSignature => explanation(
                "signature (RFC 5280 6.1.3 (a)(1))",
                format!(
                    "not made with the key of {}: the certificate was altered, or another CA of that name issued it",
                    text::name(&certificate.issuer()),
                ),
                "the issuer's signature",
            ),
            _ => return None,
        })
    }

    /// A rule that a key breaks, the leaf's, an issuer's or, as `holder` then says, the root's.
    fn key(&self, kind: ErrorKind, holder: &str, spki: SubjectPublicKeyInfo<'_>) -> Option<Explanation> {
        const KEYS: &str = "RSA, ECDSA on P-256 or P-384 (named curve, uncompressed point), or Ed25519";
        let strength = &self.options.strength;
        let key = format!("{holder}{}", describe::key_phrase(spki));
        Some(match kind {
            ErrorKind::UnsupportedPublicKey | ErrorKind::MalformedPublicKey => {
                explanation("public key", key, KEYS)
            }
            ErrorKind::RsaModulusTooShort => {
                explanation("RSA key length", key, format!("at least {} bits", strength.min_rsa_bits))
            }
            ErrorKind::RsaModulusTooLong => {
                explanation("RSA key length", key, format!("at most {} bits", strength.max_rsa_bits))
            }
            ErrorKind::RsaModulusEven => {
                explanation("RSA modulus", format!("{key}, an even modulus"), "an odd modulus")
            }
            ErrorKind::RsaExponentOutOfRange => explanation(
                "RSA public exponent",
                format!("{holder}{}", describe::rsa_exponent(spki).unwrap_or_default()),
                "an odd number from 65537 to 2^33 - 1",
            ),
            _ => return None,
        })
    }

    fn of_root(&self, error: Error, root: &TrustAnchor<'_>) -> Option<Explanation> {
        match error.kind {
            ErrorKind::AnchorConstraintsUndecided => Some(explanation(
                "extensions (RFC 5937)",
                "the root constrains the names or policies of the certificates below it",
                "--check-anchor, or a root without constraints",
            )),
            kind => self.key(kind, "the root's key: ", root.subject_public_key_info()),
        }
    }

    fn issuer_key(&self, error: Error) -> String {
        let issuer = usize::from(error.depth).checked_add(1).and_then(|depth| self.path.get(depth));
        issuer.map_or("the root's kind of key".into(), |issuer| {
            format!("the issuer's key ({})", describe::key_phrase(issuer.subject_public_key_info()))
        })
    }

    fn login(&self, error: Error, certificate: &Certificate<'_>) -> Option<Explanation> {
        const GRAMMAR: &str = "an ASCII address of letters, digits and ! $ % & ' * - ? ^ _ ` { | } ~ with single dots \
             between, @, and a domain of at least two labels; 64 bytes before the @, 254 in all";
        let emails = describe::emails_phrase(certificate);
        Some(match error.kind {
            ErrorKind::EmailMissing => explanation(
                "identity",
                emails,
                match describe::sources(self.identity.sources) {
                    "subject" => "emailAddress in the subject",
                    "san" => "rfc822Name in subjectAltName",
                    _ => "emailAddress in the subject, or rfc822Name in subjectAltName",
                },
            ),
            ErrorKind::AmbiguousIdentity => {
                explanation("identity", emails, "one address, in however many places")
            }
            ErrorKind::InvalidEmail => explanation("identity", emails, GRAMMAR),
            ErrorKind::UnsupportedEmailStringType => {
                explanation("identity", emails, "IA5String, UTF8String, PrintableString or TeletexString")
            }
            ErrorKind::LeafIsCa => explanation(
                "login: not a CA",
                "basicConstraints with cA TRUE",
                "a client's certificate, which is no CA",
            ),
            ErrorKind::MissingDigitalSignature => explanation(
                "login: keyUsage (RFC 5280 4.2.1.3)",
                match certificate.extensions().key_usage() {
                    Ok(Some(usage)) => describe::key_usage(usage),
                    _ => "absent".into(),
                },
                "digitalSignature among them, or no keyUsage at all",
            ),
            ErrorKind::LoginIdMismatch => explanation(
                "login: secondary",
                format!("typed: {}; the certificate: {emails}", text::printable(self.login_id.unwrap_or(""))),
                "the address of the certificate",
            ),
            ErrorKind::LoginIdMissing => missing_login_id(),
            _ => return None,
        })
    }

    fn without_certificate(&self, error: Error) -> Option<Explanation> {
        let limits = &self.limits;
        Some(match error.kind {
            ErrorKind::NoCertificate => {
                explanation("certificate", "no certificate in the file", "a certificate in PEM or DER")
            }
            ErrorKind::LoginIdMissing => missing_login_id(),
            ErrorKind::MalformedPem | ErrorKind::MalformedBase64 => explanation(
                "PEM (RFC 7468)",
                format!("{} (at byte {} of the file)", error.kind, error.offset),
                "a whole CERTIFICATE block, or DER",
            ),
            ErrorKind::InputTooLong => {
                explanation("length", "more bytes than any certificate has", "at most 1 MiB of DER")
            }
            ErrorKind::SignatureBudgetExhausted => explanation(
                "limit on the search for a path",
                "too many signatures: certificates with the right names and wrong keys",
                format!("the length of the path and {} more", limits.extra_signatures),
            ),
            ErrorKind::CandidateBudgetExhausted => explanation(
                "limit on the search for a path",
                "too many possible issuers",
                format!("at most {}", limits.candidates),
            ),
            ErrorKind::NameBudgetExhausted => explanation(
                "limit on the search for a path",
                "too many names to compare",
                format!("at most {}", limits.name_comparisons),
            ),
            _ => return None,
        })
    }
}

fn missing_login_id() -> Explanation {
    explanation(
        "login: secondary",
        "no e-mail address that the user typed",
        "the address of the certificate, given with --login-id",
    )
}

/// The extension whose value begins at that byte of the certificate.
fn extension_at<'c>(certificate: &Certificate<'c>, offset: u32) -> Option<Extension<'c>> {
    let start = certificate.der().as_ptr().addr();
    certificate.extensions().iter().find(|extension| {
        let at = extension.value().as_ptr().addr().checked_sub(start);
        at.is_some_and(|at| u32::try_from(at) == Ok(offset))
    })
}

/// `1 root`, `2 roots`.
pub(crate) fn count(number: usize, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}
