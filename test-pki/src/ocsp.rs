//! The OCSP response under construction (RFC 6960 section 4.2).

use sha1::Sha1;
use sha2::{Digest, Sha256};

use crate::authority::Authority;
use crate::crl::{DEFAULT_NEXT_UPDATE, DEFAULT_THIS_UPDATE, serial_of};
use crate::der;
use crate::extensions::extension;
use crate::key::Key;
use crate::oid;
use crate::signature::SignatureScheme;

/// certStatus: good.
pub const GOOD: &[u8] = &[0x80, 0];
/// certStatus: unknown.
pub const UNKNOWN: &[u8] = &[0x82, 0];

/// certStatus: revoked on 2026-01-01.
#[must_use]
pub fn revoked() -> Vec<u8> {
    der::context(1, &der::generalized_time(DEFAULT_THIS_UPDATE))
}

/// The hash function of a CertID.
#[derive(Clone, Copy)]
#[allow(missing_docs, reason = "each is the function of its name")]
pub enum CertIdHash {
    Sha1,
    Sha256,
}

/// An OCSP response: successful, basic, by the issuer itself and named by its key.
#[derive(Clone)]
#[must_use]
pub struct OcspBuilder {
    issuer: Authority,
    status: u8,
    response_type: String,
    responder: Vec<u8>,
    key: Key,
    scheme: SignatureScheme,
    hash: CertIdHash,
    produced_at: i64,
    this_update: i64,
    next_update: Option<i64>,
    singles: Vec<Vec<u8>>,
    single_extensions: Vec<u8>,
    extensions: Vec<u8>,
    certificates: Vec<Vec<u8>>,
    broken: bool,
}

fn by_key(key: &Key) -> Vec<u8> {
    der::context(2, &der::octet_string(&Sha1::digest(key.public_bytes())))
}

impl Authority {
    /// A response about certificates of this authority.
    pub fn ocsp(&self) -> OcspBuilder {
        OcspBuilder {
            issuer: self.clone(),
            status: 0,
            response_type: oid::OCSP_BASIC.to_owned(),
            responder: by_key(&self.key),
            key: self.key.clone(),
            scheme: self.key.default_scheme(),
            hash: CertIdHash::Sha256,
            produced_at: DEFAULT_THIS_UPDATE,
            this_update: DEFAULT_THIS_UPDATE,
            next_update: Some(DEFAULT_NEXT_UPDATE),
            singles: Vec::new(),
            single_extensions: Vec::new(),
            extensions: Vec::new(),
            certificates: Vec::new(),
            broken: false,
        }
    }
}

impl OcspBuilder {
    /// responseStatus; but for 0 there are no bytes behind it.
    pub fn status(mut self, status: u8) -> Self {
        self.status = status;
        self
    }

    /// responseType.
    pub fn response_type(mut self, oid: &str) -> Self {
        oid.clone_into(&mut self.response_type);
        self
    }

    /// The responder named by the subject of its certificate.
    pub fn by_name(mut self, responder: &Authority) -> Self {
        self.responder = der::context(1, &responder.subject);
        self
    }

    /// Signed by a delegate, whose certificate goes along.
    pub fn delegate(mut self, delegate: &Authority) -> Self {
        self.responder = by_key(&delegate.key);
        self.scheme = delegate.key.default_scheme();
        self.key = delegate.key.clone();
        self.certificates.push(delegate.certificate.clone());
        self
    }

    /// Signed with another key than that of the responder.
    pub fn signed_by(mut self, key: &Key) -> Self {
        self.scheme = key.default_scheme();
        self.key = key.clone();
        self
    }

    /// Signed with another algorithm.
    pub fn scheme(mut self, scheme: SignatureScheme) -> Self {
        self.scheme = scheme;
        self
    }

    /// A certificate that goes along.
    pub fn certificate(mut self, certificate: &[u8]) -> Self {
        self.certificates.push(certificate.to_vec());
        self
    }

    /// The hash function of the CertIDs that follow.
    pub fn hash(mut self, hash: CertIdHash) -> Self {
        self.hash = hash;
        self
    }

    /// producedAt.
    pub fn produced_at(mut self, unix: i64) -> Self {
        self.produced_at = unix;
        self
    }

    /// thisUpdate of the single responses that follow.
    pub fn this_update(mut self, unix: i64) -> Self {
        self.this_update = unix;
        self
    }

    /// nextUpdate of the single responses that follow.
    pub fn next_update(mut self, unix: impl Into<Option<i64>>) -> Self {
        self.next_update = unix.into();
        self
    }

    /// An extension of the single responses that follow.
    pub fn single_extension(mut self, oid: &str, critical: bool, value: &[u8]) -> Self {
        self.single_extensions.extend(extension(oid, critical, value));
        self
    }

    /// A single response with this certStatus.
    pub fn says(mut self, certificate: &[u8], status: impl AsRef<[u8]>) -> Self {
        let (name, key) = (&self.issuer.subject, self.issuer.key.public_bytes());
        let (oid, name, key) = match self.hash {
            CertIdHash::Sha1 => (oid::SHA1, Sha1::digest(name).to_vec(), Sha1::digest(key).to_vec()),
            CertIdHash::Sha256 => (oid::SHA256, Sha256::digest(name).to_vec(), Sha256::digest(key).to_vec()),
        };
        let id = der::sequence([
            der::sequence([der::oid(oid), der::null()]),
            der::octet_string(&name),
            der::octet_string(&key),
            serial_of(certificate),
        ]);
        let next = self.next_update.map(|unix| der::context(0, &der::generalized_time(unix)));
        let extensions = match &self.single_extensions[..] {
            [] => Vec::new(),
            extensions => der::context(1, &der::sequence([extensions])),
        };
        self.singles.push(der::sequence([
            &id,
            status.as_ref(),
            &der::generalized_time(self.this_update),
            &next.unwrap_or_default(),
            &extensions,
        ]));
        self
    }

    /// A nonce.
    pub fn nonce(self, nonce: &[u8]) -> Self {
        self.extension(oid::OCSP_NONCE, false, &der::octet_string(nonce))
    }

    /// An extension of the response.
    pub fn extension(mut self, oid: &str, critical: bool, value: &[u8]) -> Self {
        self.extensions.extend(extension(oid, critical, value));
        self
    }

    /// A signature that is none.
    pub fn break_signature(mut self) -> Self {
        self.broken = true;
        self
    }

    /// The response in DER.
    #[must_use]
    pub fn build(&self) -> Vec<u8> {
        let status = der::tlv(der::tag::ENUMERATED, &[self.status]);
        if self.status != 0 {
            return der::sequence([status]);
        }
        let extensions = match &self.extensions[..] {
            [] => Vec::new(),
            extensions => der::context(1, &der::sequence([extensions])),
        };
        let tbs = der::sequence([
            &self.responder,
            &der::generalized_time(self.produced_at),
            &der::sequence(&self.singles),
            &extensions,
        ]);
        let mut signature = self.key.sign(self.scheme, &tbs);
        if self.broken {
            *signature.last_mut().unwrap() ^= 1;
        }
        let certificates = match &self.certificates[..] {
            [] => Vec::new(),
            list => der::context(0, &der::sequence(list)),
        };
        let basic =
            der::sequence([&tbs, &self.scheme.identifier(), &der::bit_string(&signature), &certificates]);
        let bytes = der::sequence([der::oid(&self.response_type), der::octet_string(&basic)]);
        der::sequence([status, der::context(0, &bytes)])
    }
}
