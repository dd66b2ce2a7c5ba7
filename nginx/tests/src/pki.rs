//! The certification authorities of the tests, and the clients that they certify.

use openssl::sha::sha256;
use test_pki::{Authority, CertificateBuilder, Key};

/// The user of most tests.
pub const ALICE: &str = "alice@example.com";
/// The user that an attacker would like to be.
pub const BOSS: &str = "boss@example.com";

/// A root, and an issuing CA below it.
pub struct Pki {
    /// The trust anchor.
    pub root: Authority,
    /// The intermediate, which clients present.
    pub issuing: Authority,
}

impl Pki {
    /// The one that most tests use.
    #[must_use]
    pub fn new() -> Self {
        Self::seeded("Root CA", 1)
    }

    /// Another one, of its own name and keys.
    #[must_use]
    pub fn seeded(name: &str, seed: u64) -> Self {
        let root = Authority::root(name, Key::p256(seed));
        let issuing_name = format!("Issuing CA below {name}");
        let issuing = root.issue_ca(issuing_name.as_str(), Key::p256(seed + 1)).path_len(0).build_authority();
        Self { root, issuing }
    }

    /// A certificate of the issuing CA for [`Identity`]'s key; its subject is still empty.
    pub fn client(&self) -> CertificateBuilder {
        self.issuing.issue(Identity::key())
    }

    /// A certificate for that e-mail.
    pub fn user(&self, email: &str) -> CertificateBuilder {
        self.client().common_name("somebody").email(email)
    }

    /// The client that presents such a certificate and the issuing CA's.
    #[must_use]
    pub fn identity(&self, certificate: &CertificateBuilder) -> Identity {
        Identity::new(certificate.build()).presenting(&[&self.issuing])
    }

    /// Alice, as she should be.
    #[must_use]
    pub fn alice(&self) -> Identity {
        self.identity(&self.user(ALICE))
    }

    /// Alice, whose certificate has expired.
    #[must_use]
    pub fn expired(&self) -> Identity {
        self.identity(&self.user(ALICE).validity(0, 86_400))
    }
}

impl Default for Pki {
    fn default() -> Self {
        Self::new()
    }
}

/// What a client presents and proves: a certificate, those above it, and the key.
#[derive(Clone)]
pub struct Identity {
    /// The leaf, in DER.
    pub certificate: Vec<u8>,
    /// What is presented with it, in DER.
    pub chain: Vec<Vec<u8>>,
    /// The leaf's key.
    pub key: Key,
}

impl Identity {
    /// The key of every client, unless a test gives another.
    #[must_use]
    pub fn key() -> Key {
        Key::p256(100)
    }

    /// A leaf alone, for the key of every client.
    #[must_use]
    pub fn new(certificate: Vec<u8>) -> Self {
        Self { certificate, chain: Vec::new(), key: Self::key() }
    }

    /// With the certificates of these authorities beside it.
    #[must_use]
    pub fn presenting(self, authorities: &[&Authority]) -> Self {
        let chain = authorities.iter().map(|authority| authority.certificate_der().to_vec()).collect();
        Self { chain, ..self }
    }

    /// With another key.
    #[must_use]
    pub fn with_key(self, key: Key) -> Self {
        Self { key, ..self }
    }

    /// SHA-256 of the leaf, in hex.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        hex(&sha256(&self.certificate))
    }
}

/// Lower case, without separators.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Mattermost's config.json with these two settings.
#[must_use]
pub fn config_json(enable: bool, check: &str) -> String {
    format!(
        r#"{{"ExperimentalSettings": {{"ClientSideCertEnable": {enable}, "ClientSideCertCheck": "{check}"}}}}"#
    )
}
