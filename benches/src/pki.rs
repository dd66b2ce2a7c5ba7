//! What the cases present and trust.

use test_pki::crl::many_entries;
use test_pki::{Authority, Key, Name, SignatureScheme, general_name, key_usage, odd_modulus, oid};

/// The time of every verification: within the validity of all that is minted.
pub const TIME: i64 = 1_780_000_000;

/// The user of every leaf.
pub const EMAIL: &str = "alice@example.com";

const UTF8_STRING: u8 = 0x0c;

/// A policy of the example.
const POLICY: &str = "1.3.6.1.4.1.99999.1";

/// Certificates in DER, as they come from a peer and from a configuration.
pub struct Pki {
    /// The certificates of the trust anchors.
    pub anchors: Vec<Vec<u8>>,
    /// The client's certificate.
    pub leaf: Vec<u8>,
    /// What it sends along, from the leaf upwards.
    pub intermediates: Vec<Vec<u8>>,
    /// CRLs of all CAs, if the status is asked.
    pub crls: Vec<Vec<u8>>,
}

impl Pki {
    /// A chain whose CAs hold these keys, the root's first, and sign as CAs with such keys do.
    #[must_use]
    pub fn chain(authorities: &[Key], leaf: Key) -> Self {
        let scheme = authorities.last().unwrap().default_scheme();
        Self::chain_signed(authorities, leaf, scheme)
    }

    /// The same, with one scheme for all signatures.
    #[must_use]
    pub fn chain_signed(authorities: &[Key], leaf: Key, scheme: SignatureScheme) -> Self {
        let (root, below) = authorities.split_first().unwrap();
        let root = Authority::root(name("Example Root CA"), root.clone());
        let mut intermediates = Vec::new();
        let mut issuer = root.clone();
        for (number, key) in below.iter().enumerate() {
            let subject = name(&format!("Example Issuing CA {number}"));
            issuer = issuer.issue_ca(subject, key.clone()).scheme(scheme).build_authority();
            intermediates.insert(0, issuer.certificate_der().to_vec());
        }
        Self {
            anchors: vec![root.certificate_der().to_vec()],
            leaf: client(&issuer, leaf, scheme),
            intermediates,
            crls: Vec::new(),
        }
    }

    /// A root, one intermediate and a leaf on P-256.
    #[must_use]
    pub fn p256() -> Self {
        Self::chain(&[Key::p256(1), Key::p256(2)], Key::p256(3))
    }

    /// The same under a constraint on e-mail domains, with a policy, and with CRLs of a thousand entries.
    #[must_use]
    pub fn full() -> Self {
        let root = Authority::root(name("Example Root CA"), Key::p256(1));
        let issuer = root
            .issue_ca(name("Example Issuing CA 0"), Key::p256(2))
            .name_constraints(&[general_name::email("example.com")], &[])
            .certificate_policies(&[POLICY])
            .policy_constraints(Some(0), None)
            .build_authority();
        let leaf = issuer
            .issue(Key::p256(3))
            .subject(name("Alice Example").email(EMAIL))
            .key_usage(key_usage::DIGITAL_SIGNATURE)
            .certificate_policies(&[POLICY]);
        let crls = [&root, &issuer].map(|ca| ca.crl().entries_raw(many_entries(1000)).build());
        Self {
            anchors: vec![root.certificate_der().to_vec()],
            leaf: leaf.build(),
            intermediates: vec![issuer.certificate_der().to_vec()],
            crls: crls.to_vec(),
        }
    }

    /// The same on P-384.
    #[must_use]
    pub fn p384() -> Self {
        Self::chain(&[Key::p384(1), Key::p384(2)], Key::p384(3))
    }

    /// The same with RSA of 2048 bits, PKCS #1 v1.5 over SHA-256.
    #[must_use]
    pub fn rsa_2048() -> Self {
        let leaf = Key::rsa_public(&odd_modulus(2048), &[1, 0, 1]);
        Self::chain(&[Key::rsa(2048), Key::rsa_2048_other()], leaf)
    }

    /// Five signatures on P-256.
    #[must_use]
    pub fn depth_5() -> Self {
        Self::chain(&[1, 2, 3, 4, 5].map(Key::p256), Key::p256(6))
    }

    /// The chain of [`Pki::p256`] with its anchor in the middle of so many.
    #[must_use]
    pub fn among_anchors(count: usize) -> Self {
        let mut pki = Self::p256();
        let others = (1..count).map(|number| {
            let seed = 1000 + u64::try_from(number).unwrap();
            let subject = name(&format!("Other Root CA {number}"));
            Authority::root(subject, Key::p256(seed)).certificate_der().to_vec()
        });
        pki.anchors.extend(others);
        pki.anchors.swap(0, count / 2);
        pki
    }

    /// A leaf, and so many intermediates with the name and the key identifier of its issuer that the
    /// root never signed; on P-384.
    #[must_use]
    pub fn forged(count: u64) -> Self {
        let root = Authority::root(name("Example Root CA"), Key::p384(1));
        let subject = name("Example Issuing CA 0");
        let issuer = root.issue_ca(subject.clone(), Key::p384(2)).build_authority();
        let forger = Key::p384(99);
        let forged = (0..count).map(|number| {
            root.issue_ca(subject.clone(), Key::p384(100 + number))
                .subject_key_id(issuer.key_id().unwrap())
                .signed_by(&forger)
                .build()
        });
        Self {
            anchors: vec![root.certificate_der().to_vec()],
            leaf: client(&issuer, Key::p384(3), issuer.key().default_scheme()),
            intermediates: forged.collect(),
            crls: Vec::new(),
        }
    }
}

fn name(common_name: &str) -> Name {
    Name::new().attribute(oid::ORGANIZATION, UTF8_STRING, b"Example Ltd").common_name(common_name)
}

fn client(issuer: &Authority, key: Key, scheme: SignatureScheme) -> Vec<u8> {
    issuer
        .issue(key)
        .subject(name("Alice Example").email(EMAIL))
        .key_usage(key_usage::DIGITAL_SIGNATURE)
        .scheme(scheme)
        .build()
}
