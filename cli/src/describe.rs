//! The parts of a certificate, named for people.

use crate::text;
use cba_core::certificate::{
    AlgorithmIdentifier, Certificate, GeneralName, KeyUsage, Name, SubjectPublicKeyInfo,
};
use cba_core::der::oid;
use cba_core::identity::{self, EmailPlace, EmailSources};
use cba_core::path::Purpose;
use cba_core::signature::{Hash, PublicKey, SignatureAlgorithm};
use std::net::{Ipv4Addr, Ipv6Addr};

/// Most items of a list that are shown.
const MAX_LISTED: usize = 32;

/// The kind of a public key, and its size in bits if the kind is known.
pub(crate) fn key(spki: SubjectPublicKeyInfo<'_>) -> (String, Option<usize>) {
    match PublicKey::from_spki(spki) {
        Ok(PublicKey::P256(_)) => ("ECDSA P-256".into(), Some(256)),
        Ok(PublicKey::P384(_)) => ("ECDSA P-384".into(), Some(384)),
        Ok(PublicKey::Ed25519(_)) => ("Ed25519".into(), Some(256)),
        Ok(PublicKey::Rsa { modulus, .. }) => ("RSA".into(), Some(bits(modulus))),
        Ok(_) | Err(_) => match spki.algorithm().oid() {
            oid::EC_PUBLIC_KEY => ("ECDSA, curve or form not supported".into(), None),
            oid::RSA_ENCRYPTION => ("RSA, malformed".into(), None),
            other => (format!("algorithm {}", text::oid(other)), None),
        },
    }
}

/// As [`key`], in one phrase.
pub(crate) fn key_phrase(spki: SubjectPublicKeyInfo<'_>) -> String {
    match key(spki) {
        (kind, Some(bits)) => format!("{kind}, {bits} bits"),
        (kind, None) => kind,
    }
}

/// The public exponent of an RSA key in hexadecimal.
pub(crate) fn rsa_exponent(spki: SubjectPublicKeyInfo<'_>) -> Option<String> {
    match PublicKey::from_spki(spki) {
        Ok(PublicKey::Rsa { exponent, .. }) => Some(format!("0x{}", text::hex_some(exponent))),
        _ => None,
    }
}

/// Bits of a big-endian number without leading zero bytes.
fn bits(number: &[u8]) -> usize {
    let leading = number.first().map_or(0, |first| first.leading_zeros());
    number.len().saturating_mul(8).saturating_sub(usize::try_from(leading).unwrap_or(0))
}

/// A signature algorithm by the name that its standard gives it.
pub(crate) fn signature_algorithm(identifier: AlgorithmIdentifier<'_>) -> String {
    let sha = |hash: Hash| match hash {
        Hash::Sha256 => "SHA256",
        Hash::Sha384 => "SHA384",
        Hash::Sha512 => "SHA512",
    };
    match SignatureAlgorithm::from_identifier(identifier) {
        Ok(SignatureAlgorithm::Ecdsa(hash)) => format!("ecdsa-with-{}", sha(hash)),
        Ok(SignatureAlgorithm::Ed25519) => "Ed25519".into(),
        Ok(SignatureAlgorithm::RsaPkcs1(hash)) => format!("{}WithRSAEncryption", sha(hash).to_lowercase()),
        Ok(SignatureAlgorithm::RsaPss(hash)) => format!("RSASSA-PSS with {}", sha(hash)),
        Ok(_) | Err(_) => match identifier.oid() {
            oid::MD5_WITH_RSA => "md5WithRSAEncryption".into(),
            oid::SHA1_WITH_RSA => "sha1WithRSAEncryption".into(),
            oid::ECDSA_WITH_SHA1 => "ecdsa-with-SHA1".into(),
            oid::RSASSA_PSS => "RSASSA-PSS with parameters that are not supported".into(),
            other => format!("algorithm {}", text::oid(other)),
        },
    }
}

/// The bits of keyUsage by their names in RFC 5280 4.2.1.3.
pub(crate) fn key_usage(usage: KeyUsage) -> String {
    const NAMES: [&str; 9] = [
        "digitalSignature",
        "nonRepudiation",
        "keyEncipherment",
        "dataEncipherment",
        "keyAgreement",
        "keyCertSign",
        "cRLSign",
        "encipherOnly",
        "decipherOnly",
    ];
    let set = NAMES.iter().enumerate().filter(|(bit, _)| usage.bits() >> bit & 1 == 1);
    set.map(|(_, name)| *name).collect::<Vec<_>>().join(", ")
}

/// A purpose as it is asked for.
pub(crate) fn purpose(purpose: Purpose<'_>) -> String {
    purpose.oid().map_or("any".into(), text::purpose)
}

/// The purposes of extendedKeyUsage.
pub(crate) fn extended_key_usage(certificate: &Certificate<'_>) -> String {
    match certificate.extensions().extended_key_usage() {
        Ok(Some(usage)) => listed(usage.iter().map(text::purpose)),
        Ok(None) => "absent".into(),
        Err(error) => format!("malformed: {}", error.kind),
    }
}

/// Where the e-mail address is looked for.
pub(crate) fn sources(sources: EmailSources) -> &'static str {
    match sources {
        EmailSources::Subject => "subject",
        EmailSources::San => "san",
        EmailSources::SubjectThenSan => "subject,san",
        EmailSources::SanThenSubject => "san,subject",
    }
}

/// An e-mail address as it stands in a certificate.
pub(crate) struct Email {
    pub(crate) address: String,
    /// `subject` or `san`.
    pub(crate) place: &'static str,
    pub(crate) string_type: String,
}

/// All addresses of a certificate; a malformed subjectAltName ends the list.
pub(crate) fn emails(certificate: &Certificate<'_>) -> Vec<Email> {
    identity::emails(certificate)
        .map_while(Result::ok)
        .take(MAX_LISTED)
        .map(|email| {
            let (place, string_type) = match email.place {
                EmailPlace::Subject { tag } => ("subject", text::string_type(tag)),
                EmailPlace::San => ("san", "IA5String".into()),
            };
            Email { address: text::printable_bytes(email.bytes), place, string_type }
        })
        .collect()
}

/// As [`emails`], in one phrase.
pub(crate) fn emails_phrase(certificate: &Certificate<'_>) -> String {
    let emails = emails(certificate);
    if emails.is_empty() {
        return "no e-mail address, neither in subject nor in subjectAltName".into();
    }
    listed(emails.iter().map(|email| format!("{} in {} ({})", email.address, email.place, email.string_type)))
}

/// A GeneralName with its kind before it.
pub(crate) fn general_name(general_name: &GeneralName<'_>) -> String {
    match general_name {
        GeneralName::Other { type_id, .. } => format!("otherName {}", text::oid(type_id)),
        GeneralName::Rfc822(email) => format!("email:{}", text::printable_bytes(email)),
        GeneralName::Dns(host) => format!("DNS:{}", text::printable_bytes(host)),
        GeneralName::Directory(name) => format!("directory:{}", self::name(name)),
        GeneralName::Uri(uri) => format!("URI:{}", text::printable_bytes(uri)),
        GeneralName::Ip(octets) => {
            if let Ok(octets) = <[u8; 4]>::try_from(*octets) {
                format!("IP:{}", Ipv4Addr::from(octets))
            } else if let Ok(octets) = <[u8; 16]>::try_from(*octets) {
                format!("IP:{}", Ipv6Addr::from(octets))
            } else {
                format!("IP:#{}", text::hex_some(octets))
            }
        }
        GeneralName::RegisteredId(id) => format!("registeredID:{}", text::oid(id)),
        _ => "another kind of name".into(),
    }
}

fn name(name: &Name<'_>) -> String {
    text::name(name)
}

/// Items with commas between, and no endless line.
pub(crate) fn listed(items: impl Iterator<Item = String>) -> String {
    let mut listed: Vec<String> = items.take(MAX_LISTED.saturating_add(1)).collect();
    if listed.len() > MAX_LISTED {
        listed.truncate(MAX_LISTED);
        listed.push("…".into());
    }
    listed.join(", ")
}
