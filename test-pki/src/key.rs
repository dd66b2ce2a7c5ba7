//! Keys: from a seed, from a file, or only a public half.

use std::sync::LazyLock;

use rsa::pkcs1::DecodeRsaPrivateKey;
use rsa::traits::PublicKeyParts;
use sha2::{Digest, Sha256, Sha384};

use crate::der;
use crate::oid;

/// A key pair, or a public key whose private half nobody has.
#[derive(Clone)]
pub struct Key {
    pub(crate) private: Private,
    algorithm: Vec<u8>,
    public: Vec<u8>,
}

#[derive(Clone)]
pub(crate) enum Private {
    P256(p256::ecdsa::SigningKey),
    P384(p384::ecdsa::SigningKey),
    Ed25519(ed25519_dalek::SigningKey),
    Rsa(&'static RsaFile),
    Unknown,
}

/// An RSAPrivateKey of the directory `keys`, parsed once.
pub(crate) struct RsaFile {
    pkcs1: &'static [u8],
    pub(crate) key: rsa::PrivateKey,
}

macro_rules! rsa_file {
    ($name:literal) => {{
        static FILE: LazyLock<RsaFile> = LazyLock::new(|| {
            let pkcs1 = include_bytes!(concat!("../keys/", $name));
            let key = rsa::PrivateKey::from_pkcs1_der(pkcs1).unwrap();
            RsaFile { pkcs1, key }
        });
        &*FILE
    }};
}

impl Key {
    /// The P-256 key of that seed.
    #[must_use]
    pub fn p256(seed: u64) -> Self {
        let key = p256::ecdsa::SigningKey::from_slice(&Sha256::digest(seed.to_be_bytes())).unwrap();
        let public = key.verifying_key().to_sec1_point(false).as_bytes().to_vec();
        Self::ec(Private::P256(key), oid::P256, public)
    }

    /// The P-384 key of that seed.
    #[must_use]
    pub fn p384(seed: u64) -> Self {
        let key = p384::ecdsa::SigningKey::from_slice(&Sha384::digest(seed.to_be_bytes())).unwrap();
        let public = key.verifying_key().to_sec1_point(false).as_bytes().to_vec();
        Self::ec(Private::P384(key), oid::P384, public)
    }

    /// The Ed25519 key of that seed.
    #[must_use]
    pub fn ed25519(seed: u64) -> Self {
        let secret = Sha256::digest(seed.to_be_bytes()).into();
        let key = ed25519_dalek::SigningKey::from_bytes(&secret);
        Self {
            algorithm: der::sequence([der::oid(oid::ED25519)]),
            public: key.verifying_key().to_bytes().to_vec(),
            private: Private::Ed25519(key),
        }
    }

    /// The RSA key of 1024, 2048, 3072 or 4096 bits; its exponent is 65537.
    ///
    /// # Panics
    ///
    /// For any other size: see [`Key::rsa_public`].
    #[must_use]
    pub fn rsa(bits: u32) -> Self {
        Self::rsa_from(match bits {
            1024 => rsa_file!("rsa-1024.der"),
            2048 => rsa_file!("rsa-2048.der"),
            3072 => rsa_file!("rsa-3072.der"),
            4096 => rsa_file!("rsa-4096.der"),
            _ => panic!("no RSA key of {bits} bits in test-pki/keys"),
        })
    }

    /// A second RSA key of 2048 bits.
    #[must_use]
    pub fn rsa_2048_other() -> Self {
        Self::rsa_from(rsa_file!("rsa-2048-other.der"))
    }

    /// An RSA public key of any modulus and exponent, big-endian. See also [`odd_modulus`].
    #[must_use]
    pub fn rsa_public(modulus: &[u8], exponent: &[u8]) -> Self {
        let algorithm = der::sequence([der::oid(oid::RSA_ENCRYPTION), der::null()]);
        let public = der::sequence([der::unsigned(modulus), der::unsigned(exponent)]);
        Self::public(algorithm, public)
    }

    /// An elliptic curve public key on the named curve, of any bytes.
    #[must_use]
    pub fn ec_public(curve: &str, point: &[u8]) -> Self {
        Self::ec(Private::Unknown, curve, point.to_vec())
    }

    /// A public key of any algorithm identifier (in DER) and any bytes in the BIT STRING.
    ///
    /// As an issuer, it "signs" with a constant.
    #[must_use]
    pub fn public(algorithm: Vec<u8>, public: Vec<u8>) -> Self {
        Self { private: Private::Unknown, algorithm, public }
    }

    /// The same key pair under another algorithm identifier, such as id-RSASSA-PSS.
    #[must_use]
    pub fn with_algorithm(mut self, algorithm: Vec<u8>) -> Self {
        self.algorithm = algorithm;
        self
    }

    /// The same private key beside other public bytes, such as a compressed point.
    #[must_use]
    pub fn with_public(mut self, public: Vec<u8>) -> Self {
        self.public = public;
        self
    }

    /// The contents of the BIT STRING of the SubjectPublicKeyInfo.
    #[must_use]
    pub fn public_bytes(&self) -> &[u8] {
        &self.public
    }

    /// SubjectPublicKeyInfo.
    #[must_use]
    pub fn spki_der(&self) -> Vec<u8> {
        der::sequence([self.algorithm.clone(), der::bit_string(&self.public)])
    }

    /// The key identifier of RFC 7093 section 2, method 1.
    #[must_use]
    pub fn key_id(&self) -> Vec<u8> {
        Sha256::digest(&self.public)[..20].to_vec()
    }

    /// PrivateKeyInfo (PKCS #8), for TLS clients: `pem_block("PRIVATE KEY", &key.pkcs8_der())`.
    ///
    /// # Panics
    ///
    /// If only the public half is known.
    #[must_use]
    pub fn pkcs8_der(&self) -> Vec<u8> {
        let ec = |scalar: &[u8]| {
            let public = der::context(1, &der::bit_string(&self.public));
            der::sequence([der::integer(1), der::octet_string(scalar), public])
        };
        let inner = match &self.private {
            Private::P256(key) => ec(&key.to_bytes()),
            Private::P384(key) => ec(&key.to_bytes()),
            Private::Ed25519(key) => der::octet_string(key.as_bytes()),
            Private::Rsa(file) => file.pkcs1.to_vec(),
            Private::Unknown => panic!("this key has no private half"),
        };
        let algorithm = self.algorithm.clone();
        der::sequence([der::integer(0), algorithm, der::octet_string(&inner)])
    }

    /// Whether the algorithm is rsaEncryption.
    pub(crate) fn is_rsa(&self) -> bool {
        let rsa = der::sequence([der::oid(oid::RSA_ENCRYPTION), der::null()]);
        matches!(self.private, Private::Rsa(_)) || self.algorithm == rsa
    }

    fn ec(private: Private, curve: &str, public: Vec<u8>) -> Self {
        Self { private, algorithm: der::sequence([der::oid(oid::EC_PUBLIC_KEY), der::oid(curve)]), public }
    }

    fn rsa_from(file: &'static RsaFile) -> Self {
        let (modulus, exponent) = (file.key.n_bytes(), file.key.e_bytes());
        Self { private: Private::Rsa(file), ..Self::rsa_public(&modulus, &exponent) }
    }
}

/// An odd number of exactly that many bits: a modulus whose factors do not matter.
#[must_use]
pub fn odd_modulus(bits: usize) -> Vec<u8> {
    let mut modulus = vec![0xa5; bits.div_ceil(8)];
    let top = (bits - 1) % 8;
    modulus[0] = 1 << top | modulus[0] & ((1 << top) - 1);
    modulus
}
