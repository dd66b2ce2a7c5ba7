//! The CRL under construction (RFC 5280 section 5).

use crate::authority::Authority;
use crate::der;
use crate::extensions::extension;
use crate::key::Key;
use crate::name::Name;
use crate::oid;
use crate::signature::{SignatureScheme, signed};

/// thisUpdate of a CRL that is not asked for another: 2026-01-01.
pub const DEFAULT_THIS_UPDATE: i64 = 1_767_225_600;
/// nextUpdate of a CRL that is not asked for another: 2036-01-01.
pub const DEFAULT_NEXT_UPDATE: i64 = 2_082_758_400;

/// A CRL: version 2 with number 1 and the issuer's key identifier, and nothing revoked.
#[derive(Clone)]
#[must_use]
pub struct CrlBuilder {
    version: Option<Vec<u8>>,
    issuer: Vec<u8>,
    key: Key,
    scheme: SignatureScheme,
    this_update: Vec<u8>,
    next_update: Option<Vec<u8>>,
    entries: Vec<u8>,
    extensions: Vec<(String, Vec<u8>)>,
    signature: Option<Vec<u8>>,
}

impl Authority {
    /// A CRL of this authority.
    pub fn crl(&self) -> CrlBuilder {
        let crl = CrlBuilder {
            version: Some(der::integer(1)),
            issuer: self.subject.clone(),
            key: self.key.clone(),
            scheme: self.key.default_scheme(),
            this_update: der::time(DEFAULT_THIS_UPDATE),
            next_update: Some(der::time(DEFAULT_NEXT_UPDATE)),
            entries: Vec::new(),
            extensions: Vec::new(),
            signature: None,
        };
        let crl = match &self.key_id {
            Some(key_id) => {
                let value = der::sequence([der::context_primitive(0, key_id)]);
                crl.extension(oid::AUTHORITY_KEY_IDENTIFIER, false, &value)
            }
            None => crl,
        };
        crl.number(1)
    }
}

impl CrlBuilder {
    /// Version 1: no version field and no extensions.
    pub fn v1(mut self) -> Self {
        self.version = None;
        self.extensions.clear();
        self
    }

    /// The version field as a number: 1 for version 2.
    pub fn version(mut self, version: u64) -> Self {
        self.version = Some(der::integer(version));
        self
    }

    /// Another issuer's name.
    pub fn issuer(mut self, name: impl Into<Name>) -> Self {
        self.issuer = name.into().der();
        self
    }

    /// Signed with another key.
    pub fn signed_by(mut self, key: &Key) -> Self {
        self.key = key.clone();
        self.scheme = key.default_scheme();
        self
    }

    /// Signed with another algorithm.
    pub fn scheme(mut self, scheme: SignatureScheme) -> Self {
        self.scheme = scheme;
        self
    }

    /// The bytes of the signature.
    pub fn signature_raw(mut self, signature: &[u8]) -> Self {
        self.signature = Some(signature.to_vec());
        self
    }

    /// thisUpdate.
    pub fn this_update(mut self, unix: i64) -> Self {
        self.this_update = der::time(unix);
        self
    }

    /// nextUpdate.
    pub fn next_update(mut self, unix: i64) -> Self {
        self.next_update = Some(der::time(unix));
        self
    }

    /// No nextUpdate.
    pub fn without_next_update(mut self) -> Self {
        self.next_update = None;
        self
    }

    /// cRLNumber.
    pub fn number(self, number: u64) -> Self {
        self.extension(oid::CRL_NUMBER, false, &der::integer(number))
    }

    /// deltaCRLIndicator: a delta CRL on the one with this number.
    pub fn delta(self, base: u64) -> Self {
        self.extension(oid::DELTA_CRL_INDICATOR, true, &der::integer(base))
    }

    /// issuingDistributionPoint with these fields, such as [`full_name`] and [`flag`] make.
    pub fn issuing_distribution_point(self, fields: impl IntoIterator<Item = Vec<u8>>) -> Self {
        self.extension(oid::ISSUING_DISTRIBUTION_POINT, true, &der::sequence(fields))
    }

    /// Sets an extension to a value in DER, in place of the one with that identifier.
    pub fn extension(mut self, oid: &str, critical: bool, value: &[u8]) -> Self {
        self.extensions.retain(|(present, _)| present != oid);
        self.extensions.push((oid.to_owned(), extension(oid, critical, value)));
        self
    }

    /// Removes an extension.
    pub fn without(mut self, oid: &str) -> Self {
        self.extensions.retain(|(present, _)| present != oid);
        self
    }

    /// An entry for a certificate, with its extensions.
    pub fn entry(self, certificate: &[u8], extensions: impl IntoIterator<Item = Vec<u8>>) -> Self {
        self.entry_for(&serial_of(certificate), extensions)
    }

    /// An entry for a serial number with its tag.
    pub fn entry_for(mut self, serial: &[u8], extensions: impl IntoIterator<Item = Vec<u8>>) -> Self {
        let extensions = der::concat(extensions);
        let extensions = if extensions.is_empty() { extensions } else { der::sequence([extensions]) };
        let date = der::time(DEFAULT_THIS_UPDATE);
        self.entries.extend(der::sequence([serial, &date, &extensions]));
        self
    }

    /// An entry for a certificate, for no reason.
    pub fn revoke(self, certificate: &[u8]) -> Self {
        self.entry(certificate, [])
    }

    /// An entry for a certificate, for this reason.
    pub fn revoke_for(self, certificate: &[u8], reason: u8) -> Self {
        self.entry(certificate, [reason_code(reason)])
    }

    /// All entries as they stand in the list.
    pub fn entries_raw(mut self, entries: Vec<u8>) -> Self {
        self.entries = entries;
        self
    }

    /// The CRL in DER.
    #[must_use]
    pub fn build(&self) -> Vec<u8> {
        let entries = if self.entries.is_empty() { Vec::new() } else { der::sequence([&self.entries]) };
        let extensions = der::concat(self.extensions.iter().map(|(_, extension)| extension));
        let extensions =
            if extensions.is_empty() { extensions } else { der::context(0, &der::sequence([extensions])) };
        let tbs = der::sequence([
            self.version.as_deref().unwrap_or_default(),
            &self.scheme.identifier(),
            &self.issuer,
            &self.this_update,
            self.next_update.as_deref().unwrap_or_default(),
            &entries,
            &extensions,
        ]);
        match &self.signature {
            Some(bytes) => der::sequence([tbs, self.scheme.identifier(), der::bit_string(bytes)]),
            None => signed(&tbs, &self.key, self.scheme),
        }
    }
}

/// So many entries with serial numbers of sixteen bytes that look random: the same at each call.
#[must_use]
pub fn many_entries(count: usize) -> Vec<u8> {
    let date = der::utc_time(DEFAULT_THIS_UPDATE);
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut random = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_be_bytes()
    };
    let mut entries = Vec::new();
    for _ in 0..count {
        let mut serial = [random(), random()].concat();
        serial[0] = serial[0] & 0x3f | 0x40;
        entries.extend(der::sequence([&der::tlv(der::tag::INTEGER, &serial), &date]));
    }
    entries
}

/// reasonCode, an extension of an entry.
#[must_use]
pub fn reason_code(reason: u8) -> Vec<u8> {
    extension(oid::REASON_CODE, false, &der::tlv(der::tag::ENUMERATED, &[reason]))
}

/// certificateIssuer, an extension of an entry: a list of general names.
#[must_use]
pub fn certificate_issuer(names: &[Vec<u8>]) -> Vec<u8> {
    extension(oid::CERTIFICATE_ISSUER, true, &der::sequence(names))
}

/// DistributionPointName: general names in full.
#[must_use]
pub fn full_name(names: &[Vec<u8>]) -> Vec<u8> {
    der::context(0, &der::context(0, &der::concat(names)))
}

/// DistributionPointName: attributes that are added to the name of the CRL's issuer.
#[must_use]
pub fn relative_name(attributes: &[Vec<u8>]) -> Vec<u8> {
    der::context(0, &der::context(1, &der::concat(attributes)))
}

/// A BOOLEAN TRUE field of issuingDistributionPoint: 1 onlyContainsUserCerts, 2 onlyContainsCACerts,
/// 4 indirectCRL, 5 onlyContainsAttributeCerts.
#[must_use]
pub fn flag(number: u8) -> Vec<u8> {
    der::context_primitive(number, &[0xff])
}

/// ReasonFlags under a tag: 1 in a distribution point, 3 in issuingDistributionPoint.
#[must_use]
pub fn reasons(number: u8, bits: u16) -> Vec<u8> {
    // The contents of a BIT STRING, whose own header is two bytes here.
    der::context_primitive(number, &der::named_bits(bits)[2..])
}

/// cRLIssuer of a distribution point.
#[must_use]
pub fn crl_issuer(names: &[Vec<u8>]) -> Vec<u8> {
    der::context(2, &der::concat(names))
}

/// The serialNumber of a certificate, with its tag.
#[must_use]
pub fn serial_of(certificate: &[u8]) -> Vec<u8> {
    let contents = |der: &[u8]| match der[1] {
        length @ 0..=0x7f => (2, usize::from(length)),
        0x81 => (3, usize::from(der[2])),
        _ => (4, usize::from(der[2]) << 8 | usize::from(der[3])),
    };
    let (outer, _) = contents(certificate);
    let tbs = &certificate[outer..];
    let (inner, _) = contents(tbs);
    let fields = &tbs[inner..];
    let version = if fields[0] == 0xa0 { 2 + usize::from(fields[1]) } else { 0 };
    let (header, length) = contents(&fields[version..]);
    fields[version..version + header + length].to_vec()
}
