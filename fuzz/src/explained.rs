//! The differences between ours and rustls-webpki that have a reason. What stands in neither table is
//! a finding.
//!
//! Both verifiers are asked again about the one path that the other accepted, so that a row speaks of a
//! path and not of the error that a search happened to keep. A row holds only where its condition does,
//! read from the bytes by a parser that is neither's.

use cba_core::limits::MAX_EXTENSIONS;
use cba_core::{Error, ErrorKind};

use crate::chain::{Input, Path};
use crate::tlv::{Node, Parts, Place, place};

/// A path that one accepts and the other does not.
pub struct Case<'c> {
    /// What was asked.
    pub input: &'c Input,
    /// The path.
    pub path: &'c Path,
    nodes: Vec<Option<Node>>,
}

impl<'c> Case<'c> {
    /// The path as trees.
    #[must_use]
    pub fn new(input: &'c Input, path: &'c Path) -> Self {
        Self { input, path, nodes: path.certificates.iter().map(|der| Node::parse(der)).collect() }
    }

    fn certificates(&self) -> impl Iterator<Item = Parts<'_>> {
        self.nodes.iter().flatten().filter_map(Parts::of)
    }

    fn issuers(&self) -> impl Iterator<Item = Parts<'_>> {
        self.certificates().skip(1)
    }

    /// Whether a certificate carries one of these extensions, of this criticality if one is given.
    fn has_extension(&self, oids: &[&[u8]], critical: Option<bool>) -> bool {
        self.certificates().any(|certificate| {
            certificate.extensions().any(|(oid, is, _)| {
                oids.contains(&oid.as_slice()) && critical.is_none_or(|critical| critical == is)
            })
        })
    }

    /// Whether each issuer field is, byte for byte, the name of the next certificate.
    fn names_are_equal_as_bytes(&self) -> bool {
        let issuers = self.certificates().map(|certificate| certificate.issuer().map(Node::encode));
        let subjects = self.issuers().map(|certificate| certificate.subject().map(Node::encode));
        issuers.eq(subjects.chain([Some(self.path.anchor.0.clone())]))
    }

    /// Whether an issuer constrains names, and with a base of one of these tags if any are given.
    fn constrains_names(&self, tags: &[u8]) -> bool {
        self.issuers().filter_map(|issuer| issuer.extension(NAME_CONSTRAINTS)).any(|(_, value)| {
            let constraints = Node::parse(&value);
            let lists = constraints.iter().flat_map(Node::values);
            let mut bases = lists.flat_map(Node::values).filter_map(|subtree| subtree.values().first());
            tags.is_empty() || bases.any(|base| tags.contains(&base.tag))
        })
    }

    /// Whether an error points at a part that is meant: what is empty, or ends too early, is pointed at by the
    /// byte behind it.
    fn is_at(&self, error: &Error, is_meant: impl Fn(Place) -> bool) -> bool {
        let certificate = self.nodes.get(usize::from(error.depth)).and_then(Option::as_ref);
        let offset = error.offset as usize;
        certificate.is_some_and(|certificate| {
            [offset, offset.saturating_sub(1)].into_iter().any(|offset| is_meant(place(certificate, offset)))
        })
    }

    /// The certificate at the depth of an error.
    fn blamed(&self, error: &Error) -> Option<Parts<'_>> {
        self.nodes.get(usize::from(error.depth))?.as_ref().and_then(Parts::of)
    }
}

/// Ours accepts, rustls-webpki refuses.
pub struct WeAccept {
    /// A short name.
    pub name: &'static str,
    /// Why ours is right, or at least not wrong.
    pub reason: &'static str,
    /// Whether the row explains the error on this path.
    pub explains: fn(&Case<'_>, &webpki::Error) -> bool,
}

const KEY_USAGE: &[u8] = &[0x55, 0x1d, 15];
const SUBJECT_ALT_NAME: &[u8] = &[0x55, 0x1d, 17];
const NAME_CONSTRAINTS: &[u8] = &[0x55, 0x1d, 30];
const SUBJECT_KEY_IDENTIFIER: &[u8] = &[0x55, 0x1d, 14];
const BASIC_CONSTRAINTS: &[u8] = &[0x55, 0x1d, 19];
const CRL_DISTRIBUTION_POINTS: &[u8] = &[0x55, 0x1d, 31];
const AUTHORITY_KEY_IDENTIFIER: &[u8] = &[0x55, 0x1d, 35];
const EXTENDED_KEY_USAGE: &[u8] = &[0x55, 0x1d, 37];
const ANY_EXTENDED_KEY_USAGE: &[u8] = &[0x55, 0x1d, 37, 0];
const POLICIES: [&[u8]; 4] = [CERTIFICATE_POLICIES, POLICY_MAPPINGS, POLICY_CONSTRAINTS, &[0x55, 0x1d, 54]];
const CERTIFICATE_POLICIES: &[u8] = &[0x55, 0x1d, 32];
const POLICY_MAPPINGS: &[u8] = &[0x55, 0x1d, 33];
const POLICY_CONSTRAINTS: &[u8] = &[0x55, 0x1d, 36];
const EMAIL_ADDRESS: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 1];
const RSASSA_PSS: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 10];
const SCT_LIST: &[u8] = &[0x2b, 6, 1, 4, 1, 0xd6, 0x79, 2, 4, 2];

/// The rows of what only ours accepts.
pub const WE_ACCEPT: &[WeAccept] = &[
    WeAccept {
        name: "leaf-is-ca",
        reason: "rustls-webpki refuses a CA as end entity; RFC 5280 6.1 does not. Ours refuses it where it matters: no login (LeafIsCa)",
        explains: |case, error| {
            // SEQUENCE { BOOLEAN TRUE …
            let leaf = case.certificates().next().and_then(|leaf| leaf.extension(BASIC_CONSTRAINTS));
            *error == webpki::Error::CaUsedAsEndEntity
                && leaf.is_some_and(|(_, value)| {
                    value.ends_with(&[1, 1, 0xff]) || value.get(2..5) == Some(&[1, 1, 0xff])
                })
        },
    },
    WeAccept {
        name: "unique-identifiers",
        reason: "RFC 5280 4.1.2.8: applications should read issuerUniqueID and subjectUniqueID; rustls-webpki does not know them",
        explains: |case, _| case.certificates().any(|certificate| certificate.has_unique_identifiers()),
    },
    WeAccept {
        name: "before-1970",
        reason: "UTCTime reaches back to 1950 (RFC 5280 4.1.2.5.1); rustls-webpki counts seconds without sign",
        explains: |case, error| {
            *error == webpki::Error::BadDerTime
                && case.certificates().flat_map(|certificate| certificate.times()).any(
                    |(tag, text)| match tag {
                        0x17 => (*b"50"..=*b"69").contains(&[text[0], text[1]]),
                        _ => text < b"1970".to_vec(),
                    },
                )
        },
    },
    WeAccept {
        name: "critical-key-identifier",
        reason: "ours reads both key identifiers, so a critical one is processed (RFC 5280 4.2); rustls-webpki does not know them",
        explains: |case, error| {
            *error == webpki::Error::UnsupportedCriticalExtension
                && case.has_extension(&[SUBJECT_KEY_IDENTIFIER, AUTHORITY_KEY_IDENTIFIER], Some(true))
        },
    },
    WeAccept {
        name: "unread-extension",
        reason: "not critical and of no meaning for the path: the values of cRLDistributionPoints and of the SCT list are not read by ours",
        explains: |case, _| {
            let malformed = |certificate: Parts<'_>, oid: &[u8], tag: u8| {
                certificate.extension(oid).is_some_and(|(critical, value)| {
                    !critical && Node::parse(&value).is_none_or(|node| node.tag != tag)
                })
            };
            case.certificates().any(|certificate| malformed(certificate, CRL_DISTRIBUTION_POINTS, 0x30))
                || case.certificates().any(|certificate| malformed(certificate, SCT_LIST, 0x04))
        },
    },
    WeAccept {
        name: "path-length-above-255",
        reason: "pathLenConstraint is an INTEGER (0..MAX); rustls-webpki keeps one byte",
        explains: |case, error| {
            *error == webpki::Error::BadDer
                && case.certificates().any(|certificate| {
                    // SEQUENCE { BOOLEAN TRUE, INTEGER of more than a byte }
                    certificate.extension(BASIC_CONSTRAINTS).is_some_and(|(_, value)| {
                        value.get(5) == Some(&2)
                            && value.len() > 8
                            && value.get(7..9).is_some_and(|number| number[0] != 0 || value.len() > 9)
                    })
                })
        },
    },
    WeAccept {
        name: "any-purpose-of-a-ca",
        reason: "anyExtendedKeyUsage in a CA allows every purpose (RFC 5280 4.2.1.12); rustls-webpki wants the purpose itself",
        explains: |case, error| {
            matches!(error, webpki::Error::RequiredEkuNotFoundContext(_))
                && case.issuers().any(|issuer| {
                    issuer.extension(EXTENDED_KEY_USAGE).is_some_and(|(_, value)| {
                        Node::parse(&value).is_some_and(|list| {
                            list.values().iter().any(|oid| oid.content() == ANY_EXTENDED_KEY_USAGE)
                        })
                    })
                })
        },
    },
    WeAccept {
        name: "self-issued-intermediate",
        reason: "RFC 5280 6.1.4 (l): self-issued certificates do not count against pathLenConstraint; rustls-webpki counts all",
        explains: |case, error| {
            *error == webpki::Error::PathLenConstraintViolated
                && case.path.certificates.iter().skip(1).any(|der| is_self_issued(der))
                && case.issuers().any(|issuer| {
                    issuer.extension(BASIC_CONSTRAINTS).is_some_and(|(_, value)| value.get(5) == Some(&2))
                })
        },
    },
    WeAccept {
        name: "names-equal-by-section-7.1",
        reason: "RFC 5280 7.1: case, spacing and string type do not tell names apart; rustls-webpki compares bytes",
        explains: |case, error| *error == webpki::Error::UnknownIssuer && !case.names_are_equal_as_bytes(),
    },
    WeAccept {
        name: "pss-parameters",
        reason: "RFC 4055 2.1: the NULL of a hash in the PSS parameters may be absent; rustls-webpki compares the identifier's bytes",
        explains: |case, error| {
            matches!(error, webpki::Error::UnsupportedSignatureAlgorithmContext(_))
                && case.certificates().any(|certificate| {
                    certificate
                        .algorithm()
                        .and_then(|algorithm| algorithm.values().first())
                        .is_some_and(|oid| oid.content() == RSASSA_PSS)
                })
        },
    },
    WeAccept {
        name: "critical-policies",
        reason: "ours processes certificatePolicies, policyMappings, policyConstraints and inhibitAnyPolicy; rustls-webpki knows none of them",
        explains: |case, error| {
            *error == webpki::Error::UnsupportedCriticalExtension && case.has_extension(&POLICIES, Some(true))
        },
    },
    WeAccept {
        name: "constraints-of-other-forms",
        reason: "ours compares directory names, e-mail addresses, URIs and the types of otherNames with constraints; rustls-webpki refuses all of a form that is constrained",
        explains: |case, error| {
            *error == webpki::Error::NameConstraintViolation
                && case.constrains_names(&[0xa0, 0x81, 0xa4, 0x86])
        },
    },
    WeAccept {
        name: "self-issued-below-constraints",
        reason: "RFC 5280 6.1.3 (b), (c): the names of a self-issued intermediate are not asked; rustls-webpki asks those of all",
        explains: |case, error| {
            matches!(
                error,
                webpki::Error::NameConstraintViolation
                    | webpki::Error::MalformedDnsIdentifier
                    | webpki::Error::MalformedNameConstraint
                    | webpki::Error::InvalidNetworkMaskConstraint
            ) && case.constrains_names(&[])
                && case.path.certificates.iter().skip(1).any(|der| is_self_issued(der))
        },
    },
    WeAccept {
        name: "names-that-are-no-host-names",
        reason: "where dNSNames are constrained, rustls-webpki wants host names; ours compares labels, of any ASCII letters in a name, and in a constraint of letters, digits, hyphens and underscores",
        explains: |case, error| {
            matches!(error, webpki::Error::MalformedDnsIdentifier | webpki::Error::MalformedNameConstraint)
                && case.constrains_names(&[0x82])
        },
    },
    WeAccept {
        name: "name-constraint-comparisons",
        reason: "rustls-webpki allows 250,000 comparisons of names with constraints; `constraint_comparisons` of ours is above a million",
        explains: |case, error| {
            *error == webpki::Error::MaximumNameConstraintComparisonsExceeded && case.constrains_names(&[])
        },
    },
    WeAccept {
        name: "longer-than-64-kib",
        reason: "rustls-webpki reads no value of 65535 bytes or more; the limit of ours is a MiB",
        explains: |case, _| case.path.certificates.iter().any(|der| der.len() >= 0xffff),
    },
];

fn is_self_issued(der: &[u8]) -> bool {
    cba_core::Certificate::from_der(der).is_ok_and(|certificate| certificate.is_self_issued())
}

/// rustls-webpki accepts, ours refuses.
pub struct WeRefuse {
    /// The kinds of ours.
    pub kinds: &'static [ErrorKind],
    /// Why ours refuses.
    pub reason: &'static str,
    /// Whether the row explains the error on this path.
    pub explains: fn(&Case<'_>, &Error) -> bool,
}

/// The rows of what only rustls-webpki accepts.
pub const WE_REFUSE: &[WeRefuse] = &[
    WeRefuse {
        kinds: &[
            ErrorKind::Truncated,
            ErrorKind::TrailingData,
            ErrorKind::IndefiniteLength,
            ErrorKind::NonMinimalLength,
            ErrorKind::UnexpectedTag,
            ErrorKind::HighTagNumber,
            ErrorKind::InvalidInteger,
            ErrorKind::InvalidBitString,
            ErrorKind::InvalidOid,
            ErrorKind::EmptySequence,
            ErrorKind::MalformedGeneralName,
            ErrorKind::MalformedExtension,
        ],
        reason: "ours wants well-formed what rustls-webpki does not look into: names, serial numbers, OIDs of extensions, keyUsage, key identifiers, alternative names, purposes behind the one sought, the key of the leaf",
        explains: |case, error| {
            case.is_at(error, |place| match place {
                Place::Serial | Place::Name | Place::Extensions => true,
                Place::Extension(oid) => oid != BASIC_CONSTRAINTS,
                Place::Key => error.depth == 0,
                Place::Other => false,
            })
        },
    },
    WeRefuse {
        kinds: &[ErrorKind::EncodedDefault],
        reason: "X.690 11.5: FALSE, being the default, is not written; rustls-webpki reads it, because such certificates exist",
        explains: |case, error| case.is_at(error, |place| matches!(place, Place::Extension(_))),
    },
    WeRefuse {
        kinds: &[ErrorKind::NegativeSerial, ErrorKind::SerialTooLong],
        reason: "RFC 5280 4.1.2.2: positive, at most twenty bytes; an option of ours forgives each",
        explains: |case, error| case.is_at(error, |place| place == Place::Serial),
    },
    WeRefuse {
        kinds: &[ErrorKind::EmptyIssuer],
        reason: "RFC 5280 4.1.2.4: the issuer's name is not empty",
        explains: |case, error| {
            case.blamed(error)
                .is_some_and(|blamed| blamed.issuer().is_some_and(|name| name.content().is_empty()))
        },
    },
    WeRefuse {
        kinds: &[ErrorKind::DuplicateExtension],
        reason: "RFC 5280 4.2: each extension once; rustls-webpki asks it of those that it knows",
        explains: |case, error| {
            let known = [
                KEY_USAGE,
                SUBJECT_ALT_NAME,
                BASIC_CONSTRAINTS,
                NAME_CONSTRAINTS,
                CRL_DISTRIBUTION_POINTS,
                EXTENDED_KEY_USAGE,
                SCT_LIST,
            ];
            case.is_at(
                error,
                |place| matches!(place, Place::Extension(oid) if !known.contains(&oid.as_slice())),
            )
        },
    },
    WeRefuse {
        kinds: &[ErrorKind::TooManyExtensions],
        reason: "MAX_EXTENSIONS bounds the search for duplicates",
        explains: |case, error| {
            case.blamed(error).is_some_and(|blamed| blamed.extensions().count() > MAX_EXTENSIONS)
        },
    },
    WeRefuse {
        kinds: &[ErrorKind::MalformedPublicKey, ErrorKind::UnsupportedPublicKey],
        reason: "ours asks every key of the path for its form, the leaf's too: a login will need it; rustls-webpki asks those that verify",
        explains: |_, error| error.depth == 0,
    },
    WeRefuse {
        kinds: &[
            ErrorKind::RsaModulusTooShort,
            ErrorKind::RsaModulusTooLong,
            ErrorKind::RsaModulusEven,
            ErrorKind::RsaExponentOutOfRange,
        ],
        reason: "strength is a rule of ours; with rustls-webpki it is the algorithm's, which here is a stub",
        explains: |_, _| true,
    },
    WeRefuse {
        kinds: &[ErrorKind::UnknownCriticalExtension],
        reason: "ours does not process cRLDistributionPoints nor SCT lists, so a critical one is refused; rustls-webpki knows both",
        explains: |case, _| case.has_extension(&[CRL_DISTRIBUTION_POINTS, SCT_LIST], Some(true)),
    },
    WeRefuse {
        kinds: &[ErrorKind::MissingKeyCertSign],
        reason: "RFC 5280 6.1.4 (n); rustls-webpki ignores keyUsage",
        explains: |case, error| {
            error.depth > 0 && case.blamed(error).is_some_and(|blamed| blamed.extension(KEY_USAGE).is_some())
        },
    },
    WeRefuse {
        kinds: &[ErrorKind::MissingExtendedKeyUsage],
        reason: "asked for by the input; rustls-webpki has no such option",
        explains: |case, error| {
            case.input.require_extended_key_usage
                && case.blamed(error).is_some_and(|blamed| blamed.extension(EXTENDED_KEY_USAGE).is_none())
        },
    },
    WeRefuse {
        kinds: &[ErrorKind::NameNotPermitted, ErrorKind::NameExcluded],
        reason: "constraints on rfc822Name hold for emailAddress in the subject (RFC 5280 4.2.1.10) and for SmtpUTF8Mailbox (RFC 9598 6) too; rustls-webpki looks at subjectAltName, form by form",
        explains: |case, error| {
            let contains =
                |node: &Node, bytes: &[u8]| node.encode().windows(bytes.len()).any(|window| window == bytes);
            case.constrains_names(&[0x81])
                && case.blamed(error).is_some_and(|blamed| {
                    let names = blamed.extension(SUBJECT_ALT_NAME).and_then(|(_, value)| Node::parse(&value));
                    blamed.subject().is_some_and(|subject| contains(subject, EMAIL_ADDRESS))
                        || names.is_some_and(|names| names.values().iter().any(|name| name.tag == 0xa0))
                })
        },
    },
    WeRefuse {
        kinds: &[ErrorKind::MalformedNameConstraints],
        reason: "ours wants nameConstraints well-formed wherever they stand, with at least one subtree; rustls-webpki reads them where they bind somebody, and of the bases those of the forms and the length that it compares",
        explains: |case, error| {
            case.blamed(error).is_some_and(|blamed| blamed.extension(NAME_CONSTRAINTS).is_some())
        },
    },
    WeRefuse {
        kinds: &[ErrorKind::PolicyRequired],
        reason: "policyConstraints (RFC 5280 6.1.3 (f), 6.1.5 (g)); rustls-webpki passes over those that are not critical",
        explains: |case, _| case.has_extension(&[POLICY_CONSTRAINTS], None),
    },
    WeRefuse {
        kinds: &[ErrorKind::AnyPolicyMapped, ErrorKind::DuplicatePolicy, ErrorKind::TooManyPolicies],
        reason: "ours wants policies and mappings that are well-formed and no more than MAX_POLICIES; rustls-webpki passes over those that are not critical",
        explains: |case, _| case.has_extension(&[CERTIFICATE_POLICIES, POLICY_MAPPINGS], None),
    },
    WeRefuse {
        kinds: &[ErrorKind::PathLenWithoutCa],
        reason: "RFC 5280 4.2.1.9: no pathLenConstraint without cA; rustls-webpki forgives it in an end entity",
        explains: |_, error| error.depth == 0,
    },
];

/// The reason why ours accepts what rustls-webpki refuses.
#[must_use]
pub fn why_we_accept(case: &Case<'_>, error: &webpki::Error) -> Option<&'static str> {
    WE_ACCEPT.iter().find(|row| (row.explains)(case, error)).map(|row| row.name)
}

/// The reason why ours refuses what rustls-webpki accepts.
#[must_use]
pub fn why_we_refuse(case: &Case<'_>, error: &Error) -> Option<&'static str> {
    WE_REFUSE
        .iter()
        .find(|row| row.kinds.contains(&error.kind) && (row.explains)(case, error))
        .map(|row| row.reason)
}

/// Both tables as they stand in `docs/fuzzing.md`.
#[must_use]
pub fn as_markdown() -> String {
    let mut text = String::from("| ours accepts, rustls-webpki refuses | reason |\n| --- | --- |\n");
    for row in WE_ACCEPT {
        text += &format!("| {} | {} |\n", row.name, row.reason);
    }
    text += "\n| ours refuses, rustls-webpki accepts | reason |\n| --- | --- |\n";
    for row in WE_REFUSE {
        let kinds: Vec<_> = row.kinds.iter().map(|kind| format!("`{kind:?}`")).collect();
        text += &format!("| {} | {} |\n", kinds.join(", "), row.reason);
    }
    text
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_documentation_holds_the_tables() {
        let tables = super::as_markdown();
        assert!(
            include_str!("../../docs/fuzzing.md").contains(&tables),
            "docs/fuzzing.md should hold:\n\n{tables}"
        );
    }
}
