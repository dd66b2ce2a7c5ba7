//! The differences between ours and OpenSSL that have a reason. What stands in neither table is a finding.
//!
//! A row holds only where its condition does, read from what was minted by a parser that is neither's.

use cba_core::{Error, ErrorKind};
use openssl_sys as ffi;
use std::ffi::c_int;
use test_pki::der;

use super::Pki;
use super::theirs::{Fault, UNREAD};
use crate::tlv::{Node, Parts};

/// A path that both were asked about, and that one of them refuses.
pub struct Case<'c> {
    /// What was minted and asked.
    pub pki: &'c Pki,
    root: Node,
    path: Vec<Option<Node>>,
    signers: Vec<Option<Node>>,
    crls: Vec<Option<Node>>,
}

impl<'c> Case<'c> {
    /// The path as trees.
    #[must_use]
    pub fn new(pki: &'c Pki, path: &[Vec<u8>]) -> Self {
        let parse = |ders: &[Vec<u8>]| ders.iter().map(|der| Node::parse(der)).collect();
        Self {
            pki,
            root: Node::parse(&pki.root).expect("the root is never changed"),
            path: parse(path),
            signers: parse(&pki.crl_signers),
            crls: parse(pki.crls.as_deref().unwrap_or_default()),
        }
    }

    fn path(&self) -> impl Iterator<Item = Parts<'_>> {
        self.path.iter().flatten().filter_map(Parts::of)
    }

    fn signers(&self) -> impl Iterator<Item = Parts<'_>> {
        self.signers.iter().flatten().filter_map(Parts::of)
    }

    fn issuers(&self) -> impl Iterator<Item = Parts<'_>> {
        self.path().skip(1)
    }

    /// The certificates of the path, and those of the CRLs' signers.
    fn all(&self) -> impl Iterator<Item = Parts<'_>> {
        self.path().chain(self.signers())
    }

    /// Whether the certificate that a fault is about is like this; of the path of a signer, whether any is.
    fn is_about(&self, fault: &Fault, mut is_like: impl FnMut(&Parts<'_>) -> bool) -> bool {
        if fault.of_signer {
            return self.all().any(|certificate| is_like(&certificate));
        }
        let at = usize::try_from(fault.depth).unwrap_or(usize::MAX);
        let certificate = self.path.get(at).and_then(Option::as_ref).and_then(Parts::of);
        certificate.is_some_and(|certificate| is_like(&certificate))
    }

    /// The issuer of the certificate that a fault is about; of the path of a signer, all that may be.
    fn above(&self, fault: &Fault) -> impl Iterator<Item = Parts<'_>> {
        let at = usize::try_from(fault.depth).unwrap_or(usize::MAX);
        let root = Parts::of(&self.root);
        let all = self.path().chain(root).chain(self.signers());
        all.skip(if fault.of_signer { 0 } else { at + 1 }).take(if fault.of_signer { usize::MAX } else { 1 })
    }

    /// Whether a constraint on addresses is a mailbox.
    fn constrains_mailboxes(&self) -> bool {
        self.bases(EMAIL).iter().any(|base| base.contains('@'))
    }

    fn crls(&self) -> impl Iterator<Item = Crl<'_>> {
        self.crls.iter().flatten().filter_map(|crl| Some(Crl(crl.values().first()?.values())))
    }

    /// Whether a CRL says that another key signed it than any that a certificate names.
    fn has_crl_of_unknown_key(&self) -> bool {
        let certificates = self.all().chain(Parts::of(&self.root));
        let keys: Vec<_> = certificates.filter_map(|one| value(&one, SUBJECT_KEY_IDENTIFIER)).collect();
        let is_known = |identifier: &Node| {
            identifier.tag == 0x80 && keys.iter().any(|key| key[2..] == identifier.content())
        };
        let identifiers = self.crls().filter_map(|crl| crl.value(AUTHORITY_KEY_IDENTIFIER));
        identifiers.into_iter().any(|identifiers| !identifiers.values().iter().all(is_known))
    }

    /// Whether two CRLs have the same issuer, however it is spelled.
    fn has_several_crls(&self) -> bool {
        let issuers: Vec<_> = self.crls().filter_map(|crl| Some(folded(crl.issuer()?))).collect();
        issuers.iter().enumerate().any(|(at, issuer)| issuers[at + 1..].contains(issuer))
    }

    /// The time that is asked about, as it stands in a certificate.
    fn now(&self) -> Vec<u8> {
        der::time(self.pki.asked.time)
    }

    /// The bases of the issuers' constraints on names of this form.
    fn bases(&self, tag: u8) -> Vec<String> {
        let constraints = self.issuers().filter_map(|issuer| Node::parse(&value(&issuer, NAME_CONSTRAINTS)?));
        let text = |subtree: &Node| {
            let base = subtree.values().first().filter(|base| base.tag == tag)?;
            Some(String::from_utf8_lossy(&base.content()).into_owned())
        };
        let bases = |constraints: Node| -> Vec<_> {
            constraints.values().iter().flat_map(Node::values).filter_map(text).collect()
        };
        constraints.flat_map(bases).collect()
    }

    /// Whether an issuer constrains names of this form.
    fn constrains(&self, tag: u8) -> bool {
        !self.bases(tag).is_empty()
    }

    /// Whether the certificate at the depth of an error is like this.
    fn blames(&self, error: &Error, is_like: impl FnOnce(&Parts<'_>) -> bool) -> bool {
        let blamed = self.path.get(usize::from(error.depth)).and_then(Option::as_ref).and_then(Parts::of);
        blamed.is_some_and(|blamed| is_like(&blamed))
    }
}

/// The value of an extension of id-ce.
fn value(certificate: &Parts<'_>, number: u8) -> Option<Vec<u8>> {
    certificate.extension(&[0x55, 0x1d, number]).map(|(_, value)| value)
}

fn has(certificate: &Parts<'_>, number: u8) -> bool {
    value(certificate, number).is_some()
}

fn has_critical(certificate: &Parts<'_>, number: u8) -> bool {
    certificate.extension(&[0x55, 0x1d, number]).is_some_and(|(critical, _)| critical)
}

/// Whether basicConstraints say that it is a CA.
fn is_ca(certificate: &Parts<'_>) -> bool {
    value(certificate, BASIC_CONSTRAINTS).is_some_and(|value| value.get(2..5) == Some(&[1, 1, 0xff]))
}

/// The contents of the names of this form in subjectAltName.
fn names(certificate: &Parts<'_>, tag: u8) -> Vec<Vec<u8>> {
    let names = value(certificate, SUBJECT_ALT_NAME).and_then(|value| Node::parse(&value));
    let names = names.iter().flat_map(Node::values).filter(|name| name.tag == tag);
    names.map(Node::content).collect()
}

/// The points of cRLDistributionPoints.
fn points(certificate: &Parts<'_>) -> Vec<Node> {
    let points = value(certificate, CRL_DISTRIBUTION_POINTS).and_then(|value| Node::parse(&value));
    points.map(|points| points.values().to_vec()).unwrap_or_default()
}

fn has_point_of_reasons(certificate: &Parts<'_>) -> bool {
    points(certificate).iter().any(|point| point.values().iter().any(|field| field.tag == 0x81))
}

fn has_point_of_reasons_alone(certificate: &Parts<'_>) -> bool {
    points(certificate).iter().any(|point| point.values().iter().all(|field| field.tag == 0x81))
}

/// The values of emailAddress in the subject.
fn emails(certificate: &Parts<'_>) -> Vec<Vec<u8>> {
    let attributes = certificate.subject().into_iter().flat_map(Node::values).flat_map(Node::values);
    let is_email = |oid: &Node| oid.content() == [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 1];
    let pairs = attributes.filter_map(|attribute| attribute.values().split_first());
    pairs.filter(|(oid, _)| is_email(oid)).flat_map(|(_, value)| value).map(Node::content).collect()
}

/// The signed part of a CRL.
struct Crl<'n>(&'n [Node]);

impl<'n> Crl<'n> {
    fn next_update(&self) -> Option<&'n Node> {
        self.0.iter().filter(|node| matches!(node.tag, 0x17 | 0x18)).nth(1)
    }

    /// The value of an extension of id-ce.
    fn value(&self, number: u8) -> Option<Node> {
        let extensions = self.0.iter().filter(|node| node.tag == 0xa0).flat_map(Node::values);
        let mut extensions = extensions.flat_map(Node::values);
        let found = extensions
            .find(|one| one.values().first().is_some_and(|oid| oid.content() == [0x55, 0x1d, number]))?;
        Node::parse(&found.values().last()?.content())
    }

    fn issuer(&self) -> Option<&'n Node> {
        self.0.iter().filter(|node| node.tag == 0x30).nth(1)
    }

    /// The values of the extensions of entries with this number of id-ce.
    fn of_entries(&self, number: u8) -> Vec<Node> {
        fn collect(node: &Node, oid: &[u8], found: &mut Vec<Node>) {
            match node.values() {
                [first, .., last] if first.tag == 6 && first.content() == oid => {
                    found.extend(Node::parse(&last.content()))
                }
                values => values.iter().for_each(|value| collect(value, oid, found)),
            }
        }
        let mut found = Vec::new();
        let entries = self.0.iter().filter(|node| node.tag == 0x30).skip(2);
        entries.for_each(|entries| collect(entries, &[0x55, 0x1d, number], &mut found));
        found
    }

    fn is_delta_for_reasons(&self) -> bool {
        self.value(DELTA_CRL_INDICATOR).is_some() && self.scope(0x83).is_some()
    }

    /// Whether an entry gives a reason that does not exist, or an issuer though the CRL is not indirect.
    fn is_malformed(&self) -> bool {
        let is_odd = |reason: &Node| !matches!(reason.content().as_slice(), [0..=6 | 8..=10]);
        self.of_entries(21).iter().any(is_odd)
            || self.scope(0x84).is_none() && !self.of_entries(29).is_empty()
    }

    /// A field of issuingDistributionPoint.
    fn scope(&self, tag: u8) -> Option<Node> {
        self.value(28)?.values().iter().find(|field| field.tag == tag).cloned()
    }
}

/// What stands between `//` and the path of a URI.
fn authority(uri: &[u8]) -> String {
    let uri = String::from_utf8_lossy(uri);
    let authority = uri.split_once("://").map_or("", |(_, rest)| rest);
    authority.split(['/', '?', '#']).next().unwrap_or_default().to_owned()
}

fn has_user(uri: &[u8]) -> bool {
    authority(uri).contains('@')
}

fn has_host_name(uri: &[u8]) -> bool {
    let authority = authority(uri);
    let host = authority.rsplit('@').next().and_then(|host| host.split(':').next()).unwrap_or_default();
    host.contains(|letter: char| letter.is_ascii_alphabetic()) && !host.contains('[')
}

fn names_any_policy(certificate: &Parts<'_>) -> bool {
    let policies = value(certificate, CERTIFICATE_POLICIES).and_then(|value| Node::parse(&value));
    let names = policies.iter().flat_map(Node::values).filter_map(|policy| policy.values().first());
    names.map(Node::content).any(|policy| policy == [0x55, 0x1d, 32, 0])
}

/// The bits of keyUsage, the first of which is the highest; none if it is absent.
fn key_usage(certificate: &Parts<'_>) -> Option<u8> {
    value(certificate, KEY_USAGE).map(|value| value.get(3).copied().unwrap_or(0))
}

// Forms of general names.
/// The ASCII letters of a name, without case, spaces and string types (RFC 5280 7.1).
fn folded(name: &Node) -> Vec<u8> {
    if !name.values().is_empty() {
        return name.values().iter().flat_map(folded).collect();
    }
    let content = name.content();
    content.into_iter().filter(|byte| !b" \0".contains(byte)).map(|byte| byte.to_ascii_lowercase()).collect()
}

const OTHER: u8 = 0xa0;
const EMAIL: u8 = 0x81;
const DNS: u8 = 0x82;
const URI: u8 = 0x86;
const IP: u8 = 0x87;

const KEY_CERT_SIGN: u8 = 0x04;
const SUBJECT_KEY_IDENTIFIER: u8 = 14;
const KEY_USAGE: u8 = 15;
const SUBJECT_ALT_NAME: u8 = 17;
const BASIC_CONSTRAINTS: u8 = 19;
const DELTA_CRL_INDICATOR: u8 = 27;
const NAME_CONSTRAINTS: u8 = 30;
const CRL_DISTRIBUTION_POINTS: u8 = 31;
const CERTIFICATE_POLICIES: u8 = 32;
const POLICY_MAPPINGS: u8 = 33;
const AUTHORITY_KEY_IDENTIFIER: u8 = 35;
const EXTENDED_KEY_USAGE: u8 = 37;
const FRESHEST_CRL: u8 = 46;
const INHIBIT_ANY_POLICY: u8 = 54;

// Codes that openssl-sys does not declare.
const PATHLEN_WITHOUT_KU_KEY_CERT_SIGN: c_int = 81;
const KU_KEY_CERT_SIGN_INVALID_FOR_NON_CA: c_int = 82;
const SUBJECT_NAME_EMPTY: c_int = 84;
const MISSING_AUTHORITY_KEY_IDENTIFIER: c_int = 85;
const MISSING_SUBJECT_KEY_IDENTIFIER: c_int = 86;
const EMPTY_SUBJECT_SAN_NOT_CRITICAL: c_int = 88;
const CA_BCONS_NOT_CRITICAL: c_int = 89;
const AUTHORITY_KEY_IDENTIFIER_CRITICAL: c_int = 90;
const SUBJECT_KEY_IDENTIFIER_CRITICAL: c_int = 91;
const CA_CERT_MISSING_KEY_USAGE: c_int = 92;

/// Ours accepts, OpenSSL refuses.
pub struct TheyRefuse {
    /// A short name.
    pub name: &'static str,
    /// Their codes.
    pub codes: &'static [c_int],
    /// Why ours is right, or at least not wrong.
    pub reason: &'static str,
    /// Whether the row explains the fault in this path.
    pub explains: fn(&Case<'_>, &Fault) -> bool,
}

/// OpenSSL accepts, ours refuses.
pub struct WeRefuse {
    /// The kinds of ours.
    pub kinds: &'static [ErrorKind],
    /// Why ours refuses.
    pub reason: &'static str,
    /// Whether the row explains the error in this path.
    pub explains: fn(&Case<'_>, &Error) -> bool,
}

/// OpenSSL finds a path valid for other policies than ours does, and may therefore accept or refuse alone.
pub struct OtherPolicies {
    /// A short name.
    pub name: &'static str,
    /// Why ours is right.
    pub reason: &'static str,
    /// Whether the row explains that on this path.
    pub explains: fn(&Case<'_>) -> bool,
}

/// The rows of policies.
pub const OTHER_POLICIES: &[OtherPolicies] = &[
    OtherPolicies {
        name: "mappings-of-the-leaf",
        reason: "RFC 5280 6.1.4 (b) maps policies on the way to the next certificate, and there is none after the last; OpenSSL maps there too",
        explains: |case| case.path().next().is_some_and(|leaf| has(&leaf, POLICY_MAPPINGS)),
    },
    OtherPolicies {
        name: "mapping-of-any-policy",
        reason: "RFC 5280 6.1.4 (b) (1) maps what anyPolicy stands for, where there is a node of anyPolicy; OpenSSL 3.0 maps it although anyPolicy is inhibited, and where anyPolicy comes again it forgets from which policy the mapped one comes",
        explains: |case| {
            let inhibited =
                case.pki.asked.inhibit_any || case.issuers().any(|one| has(&one, INHIBIT_ANY_POLICY));
            let comes_again = case.path().filter(names_any_policy).count() > 1;
            (inhibited || comes_again)
                && case.issuers().any(|one| has(&one, POLICY_MAPPINGS) && names_any_policy(&one))
        },
    },
];

/// The rows of what only ours accepts.
pub const THEY_REFUSE: &[TheyRefuse] = &[
    TheyRefuse {
        name: "ca-without-critical-basic-constraints",
        codes: &[CA_BCONS_NOT_CRITICAL],
        reason: "RFC 5280 4.2.1.9 asks this of whoever issues the certificate; 6.1.4 (k) asks of a path that cA is there",
        explains: |case, fault| {
            case.is_about(fault, |one| is_ca(one) && !has_critical(one, BASIC_CONSTRAINTS))
        },
    },
    TheyRefuse {
        name: "ca-without-key-usage",
        codes: &[CA_CERT_MISSING_KEY_USAGE],
        reason: "RFC 5280 4.2.1.3 asks this of whoever issues the certificate; 6.1.4 (n) asks keyUsage if it is there",
        explains: |case, fault| case.is_about(fault, |one| is_ca(one) && !has(one, KEY_USAGE)),
    },
    TheyRefuse {
        name: "path-length-without-key-cert-sign",
        codes: &[PATHLEN_WITHOUT_KU_KEY_CERT_SIGN],
        reason: "RFC 5280 4.2.1.9 asks this of whoever issues the certificate; OpenSSL takes an absent keyUsage for one without keyCertSign",
        explains: |case, fault| {
            case.is_about(fault, |one| {
                is_ca(one) && key_usage(one).is_none_or(|usage| usage & KEY_CERT_SIGN == 0)
            })
        },
    },
    TheyRefuse {
        name: "key-cert-sign-without-ca",
        codes: &[KU_KEY_CERT_SIGN_INVALID_FOR_NON_CA, ffi::X509_V_ERR_INVALID_CA],
        reason: "RFC 5280 4.2.1.3 asks this of whoever issues the certificate; 6.1 does not look at the end entity's keyUsage",
        explains: |case, fault| {
            (fault.depth == 0 || fault.of_signer)
                && case.is_about(fault, |one| {
                    !is_ca(one) && key_usage(one).is_some_and(|usage| usage & KEY_CERT_SIGN != 0)
                })
        },
    },
    TheyRefuse {
        name: "no-key-identifiers",
        codes: &[MISSING_AUTHORITY_KEY_IDENTIFIER, MISSING_SUBJECT_KEY_IDENTIFIER],
        reason: "RFC 5280 4.2.1.1 and 4.2.1.2 ask them of whoever issues the certificate, to help building a path; 6.1 does not look at them",
        explains: |case, fault| {
            case.is_about(fault, |one| {
                let authority = value(one, AUTHORITY_KEY_IDENTIFIER);
                let names_a_key = authority.is_some_and(|value| value.get(2) == Some(&0x80));
                !names_a_key || is_ca(one) && !has(one, SUBJECT_KEY_IDENTIFIER)
            })
        },
    },
    TheyRefuse {
        name: "critical-key-identifier",
        codes: &[
            AUTHORITY_KEY_IDENTIFIER_CRITICAL,
            SUBJECT_KEY_IDENTIFIER_CRITICAL,
            ffi::X509_V_ERR_UNHANDLED_CRITICAL_EXTENSION,
            // It looks no further, and misses what stands behind it.
            CA_BCONS_NOT_CRITICAL,
        ],
        reason: "ours reads both key identifiers, so a critical one is processed (RFC 5280 4.2); that it is not critical is asked of whoever issues the certificate",
        explains: |case, fault| {
            case.is_about(fault, |one| {
                has_critical(one, SUBJECT_KEY_IDENTIFIER) || has_critical(one, AUTHORITY_KEY_IDENTIFIER)
            })
        },
    },
    TheyRefuse {
        name: "key-identifiers-differ",
        codes: &[ffi::X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY],
        reason: "RFC 4158 3.5.12: key identifiers that differ put an issuer last and do not rule it out; to OpenSSL it is none",
        explains: |case, fault| {
            let of_issuer = |certificate: &Parts<'_>| {
                (
                    value(certificate, SUBJECT_KEY_IDENTIFIER),
                    certificate.serial(),
                    certificate.issuer().map(Node::encode),
                )
            };
            let issuers: Vec<_> = case.above(fault).map(|issuer| of_issuer(&issuer)).collect();
            case.is_about(fault, |one| {
                let identifiers = value(one, AUTHORITY_KEY_IDENTIFIER).and_then(|value| Node::parse(&value));
                identifiers.iter().flat_map(Node::values).any(|identifier| {
                    issuers.iter().any(|(key, serial, name)| match identifier.tag {
                        0x80 => key.as_ref().is_some_and(|key| key[2..] != identifier.content()),
                        0x82 => serial.as_ref() != Some(&identifier.content()),
                        _ => identifier.values().first().map(Node::content) != *name,
                    })
                })
            })
        },
    },
    TheyRefuse {
        name: "empty-subject",
        codes: &[SUBJECT_NAME_EMPTY, EMPTY_SUBJECT_SAN_NOT_CRITICAL],
        reason: "RFC 5280 4.1.2.6 asks whoever issues the certificate for a name, or for a critical subjectAltName; 6.1 does not",
        explains: |case, fault| {
            case.is_about(fault, |one| {
                one.subject().is_some_and(|name| name.content().is_empty())
                    && (is_ca(one) || !has_critical(one, SUBJECT_ALT_NAME))
            })
        },
    },
    TheyRefuse {
        name: "key-usage-of-a-client",
        codes: &[ffi::X509_V_ERR_INVALID_PURPOSE],
        reason: "what a login asks of keyUsage, ours asks at the login (MissingDigitalSignature), not of the path",
        explains: |case, fault| {
            case.pki.asked.client_auth
                && fault.depth == 0
                && case.is_about(fault, |one| key_usage(one).is_some_and(|usage| usage & 0x88 == 0))
        },
    },
    TheyRefuse {
        name: "other-policies",
        codes: &[ffi::X509_V_ERR_NO_EXPLICIT_POLICY],
        reason: "a row of the table of policies holds",
        explains: |case, _| why_other_policies(case).is_some(),
    },
    TheyRefuse {
        name: "any-purpose-of-a-ca",
        codes: &[ffi::X509_V_ERR_INVALID_PURPOSE],
        reason: "anyExtendedKeyUsage in a CA allows every purpose (RFC 5280 4.2.1.12); OpenSSL wants the purpose itself",
        explains: |case, fault| {
            let any = der::oid(test_pki::oid::ANY_EXTENDED_KEY_USAGE);
            let names_any = |one: &Parts<'_>| {
                value(one, EXTENDED_KEY_USAGE)
                    .is_some_and(|value| value.windows(any.len()).any(|oid| oid == any))
            };
            case.pki.asked.client_auth && fault.depth > 0 && case.is_about(fault, names_any)
        },
    },
    TheyRefuse {
        name: "self-issued-without-key-identifiers",
        codes: &[ffi::X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN],
        reason: "RFC 5280 6.1: self-issued is not self-signed; OpenSSL takes it for that, unless key identifiers differ",
        explains: |case, fault| {
            case.is_about(fault, |one| {
                let is_self_issued = one.subject().map(Node::encode) == one.issuer().map(Node::encode);
                let key =
                    value(one, AUTHORITY_KEY_IDENTIFIER).is_some_and(|value| value.get(2) == Some(&0x80));
                is_self_issued && !(has(one, SUBJECT_KEY_IDENTIFIER) && key)
            })
        },
    },
    TheyRefuse {
        name: "namesake",
        codes: &[ffi::X509_V_ERR_CERT_SIGNATURE_FAILURE],
        reason: "where two CAs have one name, ours tries both keys; OpenSSL takes the first that key identifiers do not rule out",
        explains: |case, fault| {
            let issuers = || case.issuers().chain(Parts::of(&case.root)).chain(case.signers());
            case.is_about(fault, |one| {
                let name = one.issuer().map(Node::encode);
                issuers().filter(|issuer| issuer.subject().map(Node::encode) == name).count() > 1
            })
        },
    },
    TheyRefuse {
        name: "point-of-reasons-alone",
        codes: &[
            UNREAD,
            ffi::X509_V_ERR_INVALID_EXTENSION,
            ffi::X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY,
        ],
        reason: "RFC 5280 4.2.1.13: no distribution point is of reasons alone; ours looks where revocation is asked and a CRL is there, OpenSSL always",
        explains: |case, _| case.all().any(|one| has_point_of_reasons_alone(&one)),
    },
    TheyRefuse {
        name: "last-second",
        codes: &[ffi::X509_V_ERR_CERT_HAS_EXPIRED],
        reason: "RFC 5280 4.1.2.5: valid through notAfter, inclusive; OpenSSL 3.0 takes that second for the first that is too late",
        explains: |case, fault| {
            case.is_about(fault, |one| {
                one.times().nth(1).is_some_and(|(tag, text)| der::tlv(tag, &text) == case.now())
            })
        },
    },
    TheyRefuse {
        name: "last-second-of-a-crl",
        codes: &[ffi::X509_V_ERR_CRL_HAS_EXPIRED],
        reason: "RFC 5280 6.3.3 (a): a CRL is due for another when the time is after nextUpdate; OpenSSL 3.0 takes that second for too late",
        explains: |case, _| {
            case.crls().any(|crl| crl.next_update().is_some_and(|next| next.encode() == case.now()))
        },
    },
    TheyRefuse {
        name: "signer-of-its-own-status",
        codes: &[ffi::X509_V_ERR_CRL_PATH_VALIDATION_ERROR],
        reason: "the status of a CRL's signer may be said by CRLs that are signed apart from certificates too; OpenSSL validates no such path within another",
        explains: |case, fault| fault.of_signer && !case.signers.is_empty(),
    },
    TheyRefuse {
        name: "point-of-the-issuers-name",
        codes: &[ffi::X509_V_ERR_DIFFERENT_CRL_SCOPE, ffi::X509_V_ERR_UNABLE_TO_GET_CRL],
        reason: "RFC 5280 6.3.3, at the end: the issuer's name is a distribution point of every certificate; to OpenSSL a certificate without cRLDistributionPoints has none",
        explains: |case, _| case.crls().any(|crl| crl.scope(0xa0).is_some()),
    },
    TheyRefuse {
        name: "reasons-of-one-point",
        codes: &[ffi::X509_V_ERR_UNABLE_TO_GET_CRL],
        reason: "RFC 5280 6.3.3: every distribution point is asked, and that of the issuer's name for all reasons; OpenSSL takes the reasons of the first that fits",
        explains: |case, fault| case.is_about(fault, has_point_of_reasons),
    },
    TheyRefuse {
        name: "key-identifier-of-a-crl",
        codes: &[ffi::X509_V_ERR_UNABLE_TO_GET_CRL],
        reason: "a key identifier is a hint where a CRL's signer is looked for, too; to OpenSSL, one that differs rules it out",
        explains: |case, _| case.has_crl_of_unknown_key(),
    },
    TheyRefuse {
        name: "one-of-several-crls",
        codes: &[
            ffi::X509_V_ERR_CRL_SIGNATURE_FAILURE,
            ffi::X509_V_ERR_DIFFERENT_CRL_SCOPE,
            ffi::X509_V_ERR_UNABLE_TO_GET_CRL,
            ffi::X509_V_ERR_CRL_HAS_EXPIRED,
            ffi::X509_V_ERR_CRL_NOT_YET_VALID,
            ffi::X509_V_ERR_CRL_PATH_VALIDATION_ERROR,
            ffi::X509_V_ERR_UNHANDLED_CRITICAL_CRL_EXTENSION,
            ffi::X509_V_ERR_KEYUSAGE_NO_CRL_SIGN,
            ffi::X509_V_ERR_INVALID_PURPOSE,
        ],
        reason: "RFC 5280 6.3.3 asks all CRLs that speak of a certificate; OpenSSL takes the one that looks best before it looks closely",
        explains: |case, fault| {
            // The purpose of a signer is to sign CRLs.
            (fault.code != ffi::X509_V_ERR_INVALID_PURPOSE || fault.of_signer) && case.has_several_crls()
        },
    },
    TheyRefuse {
        name: "delta-crl-taken-for-complete",
        codes: &[ffi::X509_V_ERR_CERT_REVOKED],
        reason: "RFC 5280 5.2.4: a delta CRL says what changed and nothing more; OpenSSL 3.0 takes one with onlySomeReasons for a complete CRL, whatever its scope",
        explains: |case, _| case.crls().any(|crl| crl.is_delta_for_reasons()),
    },
    TheyRefuse {
        name: "malformed-crl",
        codes: &[ffi::X509_V_ERR_CERT_REVOKED],
        reason: "ours refuses to read the CRL, and whoever holds it is told; what is asked here is what the others say",
        explains: |case, _| case.crls().any(|crl| crl.is_malformed()),
    },
    TheyRefuse {
        name: "critical-freshest-crl",
        codes: &[ffi::X509_V_ERR_UNHANDLED_CRITICAL_EXTENSION],
        reason: "ours reads freshestCRL where revocation is asked, so a critical one is processed (RFC 5280 4.2)",
        explains: |case, fault| {
            case.pki.crls.is_some() && case.is_about(fault, |one| has_critical(one, FRESHEST_CRL))
        },
    },
    TheyRefuse {
        name: "mailbox-for-smtp-utf8-mailbox",
        codes: &[ffi::X509_V_ERR_PERMITTED_VIOLATION, ffi::X509_V_ERR_EXCLUDED_VIOLATION],
        reason: "of a constraint that is a mailbox, ours compares all with a SmtpUTF8Mailbox that is to be permitted, and the domain with one that may be excluded; OpenSSL takes it for a host",
        explains: |case, fault| {
            case.constrains_mailboxes() && case.is_about(fault, |one| !names(one, OTHER).is_empty())
        },
    },
    TheyRefuse {
        name: "dot-in-front-of-a-name",
        codes: &[ffi::X509_V_ERR_EXCLUDED_VIOLATION],
        reason: "a constraint with a dot in front holds for what is below it; OpenSSL takes a dNSName that begins with the dot, and is no host's, for one of these",
        explains: |case, fault| {
            case.constrains(DNS)
                && case.is_about(fault, |one| names(one, DNS).iter().any(|name| name.starts_with(b".")))
        },
    },
    TheyRefuse {
        name: "user-of-a-uri",
        codes: &[ffi::X509_V_ERR_PERMITTED_VIOLATION, ffi::X509_V_ERR_EXCLUDED_VIOLATION],
        reason: "RFC 5280 4.2.1.10: a constraint on URIs holds for the host; OpenSSL takes what stands before an @ for a part of it",
        explains: |case, fault| {
            case.constrains(URI)
                && case.is_about(fault, |one| names(one, URI).iter().any(|uri| has_user(uri)))
        },
    },
    TheyRefuse {
        name: "string-of-another-type",
        codes: &[UNREAD, ffi::X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY],
        reason: "the value of an attribute may be of any type (RFC 5280 4.1.2.4); OpenSSL reads no name with a VisibleString, say",
        explains: |case, fault| {
            // AttributeTypeAndValue with a value that is none of X.520's strings and no IA5String.
            fn is_odd(node: &Node) -> bool {
                let is_name = |tag| matches!(tag, 0x0c | 0x12..=0x14 | 0x16 | 0x1c | 0x1e);
                let has_odd = |pair: &Node| matches!(pair.values(), [_, value] if !is_name(value.tag));
                node.tag == 0x31 && node.values().iter().any(has_odd) || node.values().iter().any(is_odd)
            }
            // A string that was changed may be none of its type.
            let is_changed = case.pki.is_changed && fault.code == UNREAD;
            is_changed || case.path.iter().chain(&case.signers).flatten().any(is_odd)
        },
    },
];

/// What breaks the encoding or the form of a value.
const MALFORMED: &[ErrorKind] = &[
    ErrorKind::Truncated,
    ErrorKind::TrailingData,
    ErrorKind::UnexpectedTag,
    ErrorKind::InvalidBoolean,
    ErrorKind::InvalidInteger,
    ErrorKind::InvalidBitString,
    ErrorKind::InvalidOid,
    ErrorKind::InvalidTime,
    ErrorKind::EmptySequence,
    ErrorKind::EncodedDefault,
    ErrorKind::UnsupportedVersion,
    ErrorKind::FieldsBeyondVersion,
    ErrorKind::SignatureAlgorithmMismatch,
    ErrorKind::DuplicateExtension,
    ErrorKind::MalformedExtension,
    ErrorKind::MalformedGeneralName,
    ErrorKind::MalformedPublicKey,
    ErrorKind::UnsupportedPublicKey,
    ErrorKind::MalformedCrl,
];

/// The rows of what only OpenSSL accepts.
pub const WE_REFUSE: &[WeRefuse] = &[
    WeRefuse {
        kinds: MALFORMED,
        reason: "ours wants DER, and each value that it knows well-formed; OpenSSL reads BER, and does not look into what it does not need",
        explains: |case, _| case.pki.is_changed,
    },
    WeRefuse {
        kinds: &[ErrorKind::UnknownIssuer, ErrorKind::StatusUndetermined],
        reason: "a certificate or CRL that is not DER is not there for ours; OpenSSL reads it",
        explains: |case, _| {
            let certificates = case.pki.path.iter().map(|der| cba_core::Certificate::from_der(der).map(drop));
            let crls =
                case.pki.crls.iter().flatten().map(|der| cba_core::revocation::Crl::from_der(der).map(drop));
            let mut read = certificates.chain(crls);
            case.pki.is_changed && read.any(|read| read.is_err_and(|error| MALFORMED.contains(&error.kind)))
        },
    },
    WeRefuse {
        kinds: &[ErrorKind::Version1],
        reason: "no extension says what a version 1 certificate is for; an option of ours accepts it as leaf",
        explains: |case, error| case.blames(error, |one| one.extensions().next().is_none()),
    },
    WeRefuse {
        kinds: &[ErrorKind::NegativeSerial, ErrorKind::SerialTooLong],
        reason: "RFC 5280 4.1.2.2: positive, at most twenty bytes; an option of ours forgives each",
        explains: |case, error| {
            case.blames(error, |one| {
                one.serial().is_some_and(|serial| serial[0] >= 0x80 || serial.len() > 20)
            })
        },
    },
    WeRefuse {
        kinds: &[ErrorKind::UnknownCriticalExtension],
        reason: "RFC 5280 4.2: ours processes cRLDistributionPoints where revocation is asked and nowhere else, so a critical one is refused; OpenSSL takes it for known",
        explains: |case, error| {
            case.pki.crls.is_none() && case.blames(error, |one| has_critical(one, CRL_DISTRIBUTION_POINTS))
        },
    },
    WeRefuse {
        kinds: &[ErrorKind::UnsupportedNameConstraint],
        reason: "RFC 5280 4.2.1.10: a SmtpUTF8Mailbox under a constraint of its own form is refused, since that is not compared; OpenSSL passes over it",
        explains: |case, error| {
            case.constrains(OTHER) && case.blames(error, |one| !names(one, OTHER).is_empty())
        },
    },
    WeRefuse {
        kinds: &[ErrorKind::Revoked],
        reason: "what any CRL calls revoked is revoked to ours; OpenSSL takes the one CRL that looks best",
        explains: |case, _| case.has_several_crls(),
    },
    WeRefuse {
        kinds: &[ErrorKind::Revoked],
        reason: "a key identifier is a hint where a CRL's signer is looked for; to OpenSSL, one that differs rules it out, and it has not heard of the revocation",
        explains: |case, _| case.has_crl_of_unknown_key(),
    },
    WeRefuse {
        kinds: &[ErrorKind::Revoked],
        reason: "RFC 5280 6.3.3: every distribution point is asked; OpenSSL takes the reasons of the first that fits, and passes over a CRL for others",
        explains: |case, error| case.blames(error, has_point_of_reasons),
    },
    WeRefuse {
        kinds: &[ErrorKind::Revoked],
        reason: "RFC 5280 5.3.1: removeFromCRL stands in delta CRLs alone; in a complete one the certificate is revoked to ours, and released to OpenSSL",
        explains: |case, _| {
            case.crls().any(|crl| {
                let removes = crl.of_entries(21).iter().any(|reason| reason.content() == [8]);
                crl.value(DELTA_CRL_INDICATOR).is_none() && removes
            })
        },
    },
    WeRefuse {
        kinds: &[ErrorKind::StatusUndetermined],
        reason: "without any CRL to ask, ours does not look at distribution points; OpenSSL refuses one of reasons alone at once",
        explains: |case, _| case.path().any(|one| has_point_of_reasons_alone(&one)),
    },
    WeRefuse {
        kinds: &[ErrorKind::Revoked],
        reason: "what a delta CRL calls revoked is revoked to ours, whether or not a complete CRL fits it; OpenSSL passes over such a delta CRL",
        explains: |case, _| case.crls().any(|crl| crl.value(DELTA_CRL_INDICATOR).is_some()),
    },
    WeRefuse {
        kinds: &[ErrorKind::StatusUndetermined],
        reason: "RFC 5280 5.2.4: a delta CRL says what changed and nothing more; OpenSSL 3.0 takes one with onlySomeReasons for a complete CRL",
        explains: |case, _| case.crls().any(|crl| crl.is_delta_for_reasons()),
    },
    WeRefuse {
        kinds: &[ErrorKind::StatusUndetermined, ErrorKind::CrlNotYetValid, ErrorKind::CrlExpired],
        reason: "a CRL with a reason that does not exist, or with certificateIssuer though it is not indirect, is malformed (RFC 5280 5.3.1, 5.3.3)",
        explains: |case, _| case.crls().any(|crl| crl.is_malformed()),
    },
    WeRefuse {
        kinds: &[ErrorKind::CrlWithoutNextUpdate, ErrorKind::CrlNotYetValid, ErrorKind::CrlExpired],
        reason: "RFC 5280 5.1.2.5: nextUpdate must be there; an option of ours says how old a CRL without it may be",
        explains: |case, _| case.crls().any(|crl| crl.next_update().is_none()),
    },
    WeRefuse {
        kinds: &[ErrorKind::UnknownCriticalExtension],
        reason: "RFC 5280 4.2.1.4: whoever processes critical certificatePolicies knows its qualifiers, or refuses it; OpenSSL passes over them",
        explains: |case, error| {
            case.blames(error, |one| {
                let policies = value(one, CERTIFICATE_POLICIES).and_then(|value| Node::parse(&value));
                let mut policies = policies.iter().flat_map(Node::values);
                has_critical(one, CERTIFICATE_POLICIES) && policies.any(|policy| policy.values().len() > 1)
            })
        },
    },
    WeRefuse {
        kinds: &[ErrorKind::PolicyRequired],
        reason: "a row of the table of policies holds",
        explains: |case, _| why_other_policies(case).is_some(),
    },
    WeRefuse {
        kinds: &[ErrorKind::AnyPolicyMapped],
        reason: "RFC 5280 4.2.1.5: no mapping from or to anyPolicy; OpenSSL reads policyMappings beside certificatePolicies alone",
        explains: |case, error| {
            case.blames(error, |one| has(one, POLICY_MAPPINGS) && !has(one, CERTIFICATE_POLICIES))
        },
    },
    WeRefuse {
        kinds: &[ErrorKind::MalformedGeneralName],
        reason: "RFC 5280 4.2.1.6: an iPAddress has four or sixteen bytes; OpenSSL does not count them where no constraint meets it",
        explains: |case, error| {
            case.blames(error, |one| names(one, IP).iter().any(|address| !matches!(address.len(), 4 | 16)))
        },
    },
    WeRefuse {
        kinds: &[ErrorKind::NameExcluded, ErrorKind::NameNotPermitted],
        reason: "RFC 5280 4.2.1.10: a constraint on URIs holds for the host; OpenSSL takes what stands before an @ for a part of it, and lets pass what is excluded",
        explains: |case, error| {
            case.constrains(URI) && case.blames(error, |one| names(one, URI).iter().any(|uri| has_user(uri)))
        },
    },
    WeRefuse {
        kinds: &[ErrorKind::NameExcluded],
        reason: "an exclusion of ours holds for the wildcard that would serve the excluded name; OpenSSL compares its letters",
        explains: |case, error| {
            case.blames(error, |one| names(one, DNS).iter().any(|name| name.starts_with(b"*")))
        },
    },
    WeRefuse {
        kinds: &[ErrorKind::NameExcluded, ErrorKind::NameNotPermitted],
        reason: "of a constraint that is a mailbox, ours compares all with a SmtpUTF8Mailbox that is to be permitted, and the domain with one that may be excluded; OpenSSL takes it for a host",
        explains: |case, error| {
            case.constrains_mailboxes() && case.blames(error, |one| !names(one, OTHER).is_empty())
        },
    },
    WeRefuse {
        kinds: &[ErrorKind::NameExcluded],
        reason: "an exclusion of a mailbox does not look at the case of its local part; to OpenSSL another case is another mailbox",
        explains: |case, error| {
            case.blames(error, |one| {
                let addresses = [names(one, EMAIL), emails(one)].concat();
                let addresses = addresses.iter().map(|address| String::from_utf8_lossy(address));
                let bases = case.bases(EMAIL);
                addresses.into_iter().any(|address| {
                    let is_same = |base: &&String| base.contains('@') && base.eq_ignore_ascii_case(&address);
                    bases
                        .iter()
                        .filter(is_same)
                        .any(|base| base.split('@').next() != address.split('@').next())
                })
            })
        },
    },
    WeRefuse {
        kinds: &[ErrorKind::NameNotPermitted],
        reason: "a constraint with a dot in front permits what is below it; OpenSSL takes a dNSName that begins with the dot for one of these",
        explains: |case, error| {
            case.constrains(DNS)
                && case.blames(error, |one| names(one, DNS).iter().any(|name| name.starts_with(b".")))
        },
    },
    WeRefuse {
        kinds: &[ErrorKind::NameNotPermitted],
        reason: "where addresses are constrained, ours refuses what is none; OpenSSL compares what stands behind the @",
        explains: |case, error| {
            let is_none = |address: &Vec<u8>| {
                address.starts_with(b"@") || address.ends_with(b"@") || !address.contains(&b'@')
            };
            case.constrains(EMAIL)
                && case.blames(error, |one| [names(one, EMAIL), emails(one)].concat().iter().any(is_none))
        },
    },
    WeRefuse {
        kinds: &[ErrorKind::NameExcluded],
        reason: "an exclusion of ours is not escaped by the dot at the end of an absolute domain; to OpenSSL that is another name",
        explains: |case, error| {
            case.blames(error, |one| {
                let hosts = names(one, URI).iter().map(|uri| authority(uri).into_bytes()).collect();
                let all = [names(one, EMAIL), names(one, DNS), hosts, emails(one)].concat();
                all.iter().any(|name| name.ends_with(b"."))
            })
        },
    },
    WeRefuse {
        kinds: &[ErrorKind::NameNotPermitted],
        reason: "RFC 5280 4.2.1.10: where URIs are constrained, one without a host name is refused; OpenSSL compares addresses as text",
        explains: |case, error| {
            case.constrains(URI)
                && case.blames(error, |one| names(one, URI).iter().any(|uri| !has_host_name(uri)))
        },
    },
    WeRefuse {
        kinds: &[ErrorKind::MalformedNameConstraints],
        reason: "ours wants nameConstraints well-formed wherever they stand; OpenSSL reads them where they meet a name of their form",
        explains: |case, error| case.blames(error, |one| has(one, NAME_CONSTRAINTS)),
    },
];

/// The row that explains a fault of theirs.
#[must_use]
pub fn why_they_refuse(case: &Case<'_>, fault: &Fault) -> Option<&'static str> {
    let mut rows = THEY_REFUSE.iter();
    rows.find(|row| row.codes.contains(&fault.code) && (row.explains)(case, fault)).map(|row| row.name)
}

/// The row that explains that both accept a path, for different policies.
#[must_use]
pub fn why_other_policies(case: &Case<'_>) -> Option<&'static str> {
    OTHER_POLICIES.iter().find(|row| (row.explains)(case)).map(|row| row.name)
}

/// The reason of the row that explains an error of ours.
#[must_use]
pub fn why_we_refuse(case: &Case<'_>, error: &Error) -> Option<&'static str> {
    let mut rows = WE_REFUSE.iter();
    rows.find(|row| row.kinds.contains(&error.kind) && (row.explains)(case, error)).map(|row| row.reason)
}

/// The tables as they stand in `docs/fuzzing.md`.
#[must_use]
pub fn as_markdown() -> String {
    let mut text = String::from("| ours accepts, OpenSSL refuses | reason |\n| --- | --- |\n");
    for row in THEY_REFUSE {
        text += &format!("| {} | {} |\n", row.name, row.reason);
    }
    text += "\n| ours refuses, OpenSSL accepts | reason |\n| --- | --- |\n";
    for row in WE_REFUSE {
        let kinds: Vec<_> = row.kinds.iter().map(|kind| format!("`{kind:?}`")).collect();
        text += &format!("| {} | {} |\n", kinds.join(", "), row.reason);
    }
    text += "\n| both accept, for other policies | reason |\n| --- | --- |\n";
    for row in OTHER_POLICIES {
        text += &format!("| {} | {} |\n", row.name, row.reason);
    }
    text
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_documentation_holds_the_tables() {
        let tables = super::as_markdown();
        assert!(
            include_str!("../../../docs/fuzzing.md").contains(&tables),
            "docs/fuzzing.md should hold:\n\n{tables}"
        );
    }
}
