//! What issues certificates: a name, a key, and a certificate for them.

use crate::builder::CertificateBuilder;
use crate::extensions::key_usage::{CRL_SIGN, KEY_CERT_SIGN};
use crate::key::Key;
use crate::name::Name;

/// 2020-01-01T00:00:00Z and 2060-01-01T00:00:00Z: a root outlives what it issues.
const ROOT_VALIDITY: (i64, i64) = (1_577_836_800, 2_840_140_800);

/// A certification authority.
#[derive(Clone)]
pub struct Authority {
    pub(crate) certificate: Vec<u8>,
    pub(crate) subject: Vec<u8>,
    pub(crate) key: Key,
    pub(crate) key_id: Option<Vec<u8>>,
}

impl Authority {
    /// A self-signed v3 CA: the trust anchor of a test.
    #[must_use]
    pub fn root(name: impl Into<Name>, key: Key) -> Self {
        Self::root_builder(name, key).build_authority()
    }

    /// The certificate of [`Authority::root`], still to be changed.
    pub fn root_builder(name: impl Into<Name>, key: Key) -> CertificateBuilder {
        let name = name.into();
        let key_id = key.key_id();
        CertificateBuilder::new(name.der(), key.clone(), key)
            .subject(name)
            .validity(ROOT_VALIDITY.0, ROOT_VALIDITY.1)
            .basic_constraints(true, None, true)
            .key_usage(KEY_CERT_SIGN | CRL_SIGN)
            .subject_key_id(&key_id)
    }

    /// A CA below this one; end with [`CertificateBuilder::build_authority`].
    pub fn issue_ca(&self, name: impl Into<Name>, key: Key) -> CertificateBuilder {
        self.certificate_for(key)
            .subject(name)
            .basic_constraints(true, None, true)
            .key_usage(KEY_CERT_SIGN | CRL_SIGN)
    }

    /// Another certificate for the name and key of `other`.
    pub fn cross_certify(&self, other: &Self) -> CertificateBuilder {
        let cross = self.issue_ca(Name::new(), other.key.clone()).subject_raw(other.subject.clone());
        match &other.key_id {
            Some(key_id) => cross.subject_key_id(key_id),
            None => cross.without(crate::oid::SUBJECT_KEY_IDENTIFIER),
        }
    }

    /// A client's certificate: its subject is still empty.
    pub fn issue(&self, key: Key) -> CertificateBuilder {
        self.certificate_for(key).client_auth()
    }

    /// The certificate, in DER.
    #[must_use]
    pub fn certificate_der(&self) -> &[u8] {
        &self.certificate
    }

    /// The name, in DER.
    #[must_use]
    pub fn subject_der(&self) -> &[u8] {
        &self.subject
    }

    /// SubjectPublicKeyInfo of the key.
    #[must_use]
    pub fn spki_der(&self) -> Vec<u8> {
        self.key.spki_der()
    }

    /// The key, to sign what this crate does not mint, such as a CRL.
    #[must_use]
    pub fn key(&self) -> &Key {
        &self.key
    }

    /// The subjectKeyIdentifier, if the certificate has one.
    #[must_use]
    pub fn key_id(&self) -> Option<&[u8]> {
        self.key_id.as_deref()
    }

    fn certificate_for(&self, key: Key) -> CertificateBuilder {
        let key_id = key.key_id();
        let certificate =
            CertificateBuilder::new(self.subject.clone(), self.key.clone(), key).subject_key_id(&key_id);
        match &self.key_id {
            Some(key_id) => certificate.authority_key_id(key_id),
            None => certificate,
        }
    }
}
