//! The certificate under construction (RFC 5280 section 4.1); its extensions are in `extensions`.

use std::sync::Arc;

use sha2::{Digest, Sha256};

use crate::authority::Authority;
use crate::der;
use crate::key::Key;
use crate::name::Name;
use crate::signature::SignatureScheme;

/// 2025-01-01T00:00:00Z.
pub const DEFAULT_NOT_BEFORE: i64 = 1_735_689_600;
/// 2035-01-01T00:00:00Z.
pub const DEFAULT_NOT_AFTER: i64 = 2_051_222_400;

type Tamper = Arc<dyn Fn(&mut Vec<u8>) + Send + Sync>;

/// A certificate to be; [`Authority::issue`] and its like begin one, [`build`](Self::build) mints it.
#[derive(Clone)]
#[must_use]
pub struct CertificateBuilder {
    version: Option<Vec<u8>>,
    serial: Option<Vec<u8>>,
    issuer: Vec<u8>,
    issuer_key: Key,
    scheme: SignatureScheme,
    inner_algorithm: Option<Vec<u8>>,
    outer_algorithm: Option<Vec<u8>>,
    not_before: Vec<u8>,
    not_after: Vec<u8>,
    pub(crate) subject: Name,
    subject_raw: Option<Vec<u8>>,
    key: Key,
    spki_raw: Option<Vec<u8>>,
    unique_ids: Vec<u8>,
    /// Object identifier and Extension, in the order of the certificate.
    pub(crate) extensions: Vec<(String, Vec<u8>)>,
    pub(crate) key_id: Vec<u8>,
    pub(crate) subject_alt_names: Vec<Vec<u8>>,
    pub(crate) subject_alt_name_critical: bool,
    signature: Option<Vec<u8>>,
    tamper_tbs: Option<Tamper>,
    tamper: Option<Tamper>,
}

impl CertificateBuilder {
    pub(crate) fn new(issuer: Vec<u8>, issuer_key: Key, key: Key) -> Self {
        Self {
            version: Some(der::integer(2)),
            serial: None,
            issuer,
            scheme: issuer_key.default_scheme(),
            issuer_key,
            inner_algorithm: None,
            outer_algorithm: None,
            not_before: der::time(DEFAULT_NOT_BEFORE),
            not_after: der::time(DEFAULT_NOT_AFTER),
            subject: Name::new(),
            subject_raw: None,
            key_id: key.key_id(),
            key,
            spki_raw: None,
            unique_ids: Vec::new(),
            extensions: Vec::new(),
            subject_alt_names: Vec::new(),
            subject_alt_name_critical: false,
            signature: None,
            tamper_tbs: None,
            tamper: None,
        }
    }

    // -- version, serial, dates --

    /// A v1 certificate: no version field, and none of the extensions set so far.
    pub fn v1(mut self) -> Self {
        self.version = None;
        self.without_extensions()
    }

    /// The version as encoded: 0 is v1, 1 is v2, 2 is v3. Extensions stay.
    pub fn version(mut self, version: u64) -> Self {
        self.version = Some(der::integer(version));
        self
    }

    /// issuerUniqueID and subjectUniqueID, both of these bytes.
    pub fn unique_ids(mut self, bytes: &[u8]) -> Self {
        let bits = der::concat([&[0], bytes]);
        let ids = [der::context_primitive(1, &bits), der::context_primitive(2, &bits)];
        self.unique_ids = der::concat(ids);
        self
    }

    /// The serial number; by default a hash of everything else in the certificate.
    pub fn serial(mut self, serial: u64) -> Self {
        self.serial = Some(der::integer(serial));
        self
    }

    /// The contents of the serial's INTEGER as they are: negative, zero, too long, empty.
    pub fn serial_raw(mut self, contents: &[u8]) -> Self {
        self.serial = Some(der::tlv(der::tag::INTEGER, contents));
        self
    }

    /// Both dates, in Unix seconds.
    pub fn validity(self, not_before: i64, not_after: i64) -> Self {
        self.not_before(not_before).not_after(not_after)
    }

    /// notBefore, in Unix seconds.
    pub fn not_before(self, unix: i64) -> Self {
        self.not_before_raw(der::time(unix))
    }

    /// notAfter, in Unix seconds.
    pub fn not_after(self, unix: i64) -> Self {
        self.not_after_raw(der::time(unix))
    }

    /// notBefore in DER, such as [`der::generalized_time`] of a year that wants UTCTime.
    pub fn not_before_raw(mut self, time: Vec<u8>) -> Self {
        self.not_before = time;
        self
    }

    /// notAfter in DER.
    pub fn not_after_raw(mut self, time: Vec<u8>) -> Self {
        self.not_after = time;
        self
    }

    // -- subject --

    /// The whole subject; `Name::new()` empties it.
    pub fn subject(mut self, name: impl Into<Name>) -> Self {
        self.subject = name.into();
        self
    }

    /// The subject in DER, whatever it is.
    pub fn subject_raw(mut self, name: Vec<u8>) -> Self {
        self.subject_raw = Some(name);
        self
    }

    /// Adds an RDN of one attribute: object identifier, tag of its string type, bytes.
    pub fn attribute(mut self, oid: &str, tag: u8, bytes: &[u8]) -> Self {
        self.subject = self.subject.attribute(oid, tag, bytes);
        self
    }

    /// Adds an RDN of several attributes, made by [`attribute`](crate::attribute).
    pub fn rdn(mut self, attributes: impl IntoIterator<Item = Vec<u8>>) -> Self {
        self.subject = self.subject.rdn(attributes);
        self
    }

    /// Adds a commonName, UTF8String.
    pub fn common_name(mut self, name: &str) -> Self {
        self.subject = self.subject.common_name(name);
        self
    }

    /// Adds an emailAddress, IA5String.
    pub fn email(self, address: &str) -> Self {
        self.email_raw(der::tag::IA5_STRING, address.as_bytes())
    }

    /// Adds an emailAddress of any string type and bytes.
    pub fn email_raw(self, tag: u8, bytes: &[u8]) -> Self {
        self.attribute(crate::oid::EMAIL_ADDRESS, tag, bytes)
    }

    /// SubjectPublicKeyInfo in DER, whatever it is.
    pub fn spki_raw(mut self, spki: Vec<u8>) -> Self {
        self.spki_raw = Some(spki);
        self
    }

    // -- issuer and signature --

    /// Another issuer name than that of the authority.
    pub fn issuer(self, name: impl Into<Name>) -> Self {
        let name = name.into().der();
        self.issuer_raw(name)
    }

    /// The issuer in DER, whatever it is.
    pub fn issuer_raw(mut self, name: Vec<u8>) -> Self {
        self.issuer = name;
        self
    }

    /// Signs with another key and its default scheme, under the name and key identifier of the
    /// authority: a forgery.
    pub fn signed_by(mut self, key: &Key) -> Self {
        self.issuer_key = key.clone();
        self.scheme = key.default_scheme();
        self
    }

    /// Signs by another scheme, and says so.
    pub fn scheme(mut self, scheme: SignatureScheme) -> Self {
        self.scheme = scheme;
        self
    }

    /// Declares an AlgorithmIdentifier, inside and outside, whatever the signature really is.
    pub fn algorithm(self, identifier: Vec<u8>) -> Self {
        self.inner_algorithm(identifier.clone()).outer_algorithm(identifier)
    }

    /// The AlgorithmIdentifier in the TBSCertificate alone.
    pub fn inner_algorithm(mut self, identifier: Vec<u8>) -> Self {
        self.inner_algorithm = Some(identifier);
        self
    }

    /// The AlgorithmIdentifier beside the signature alone.
    pub fn outer_algorithm(mut self, identifier: Vec<u8>) -> Self {
        self.outer_algorithm = Some(identifier);
        self
    }

    /// The bytes of the signature.
    pub fn signature_raw(mut self, signature: &[u8]) -> Self {
        self.signature = Some(signature.to_vec());
        self
    }

    /// Changes the DER of the TBSCertificate before it is signed.
    pub fn tamper_tbs(mut self, change: impl Fn(&mut Vec<u8>) + Send + Sync + 'static) -> Self {
        self.tamper_tbs = Some(Arc::new(change));
        self
    }

    /// Changes the DER of the certificate after it is signed.
    pub fn tamper(mut self, change: impl Fn(&mut Vec<u8>) + Send + Sync + 'static) -> Self {
        self.tamper = Some(Arc::new(change));
        self
    }

    // -- minting --

    /// The certificate in DER.
    #[must_use]
    pub fn build(&self) -> Vec<u8> {
        let declared = |over: &Option<Vec<u8>>| over.clone().unwrap_or(self.scheme.identifier());
        let mut tbs = self.tbs_certificate(&declared(&self.inner_algorithm));
        if let Some(change) = &self.tamper_tbs {
            change(&mut tbs);
        }
        let signature = match &self.signature {
            Some(bytes) => bytes.clone(),
            None => self.issuer_key.sign(self.scheme, &tbs),
        };
        let algorithm = declared(&self.outer_algorithm);
        let mut certificate = der::sequence([tbs, algorithm, der::bit_string(&signature)]);
        if let Some(change) = &self.tamper {
            change(&mut certificate);
        }
        certificate
    }

    /// The certificate as PEM.
    #[must_use]
    pub fn build_pem(&self) -> String {
        crate::pem(&self.build())
    }

    /// The authority that holds the certificate and its key.
    #[must_use]
    pub fn build_authority(&self) -> Authority {
        let key_id = self.has_extension(crate::oid::SUBJECT_KEY_IDENTIFIER);
        Authority {
            certificate: self.build(),
            subject: self.subject_der(),
            key: self.key.clone(),
            key_id: key_id.then(|| self.key_id.clone()),
        }
    }

    fn subject_der(&self) -> Vec<u8> {
        self.subject_raw.clone().unwrap_or_else(|| self.subject.der())
    }

    fn tbs_certificate(&self, algorithm: &[u8]) -> Vec<u8> {
        let version = self.version.as_deref().map(|version| der::context(0, version));
        let after_serial = der::concat([
            algorithm,
            &self.issuer,
            &der::sequence([&self.not_before, &self.not_after]),
            &self.subject_der(),
            &self.spki_raw.clone().unwrap_or_else(|| self.key.spki_der()),
            &self.unique_ids,
            &self.extensions_der(),
        ]);
        let serial = self.serial.clone().unwrap_or_else(|| {
            let mut serial = Sha256::digest(&after_serial)[..16].to_vec();
            serial[0] = serial[0] & 0x3f | 0x40;
            der::unsigned(&serial)
        });
        der::sequence([version.unwrap_or_default(), serial, after_serial])
    }
}
