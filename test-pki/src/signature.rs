//! Signatures and their algorithm identifiers (RFC 3279, 4055, 5758, 8410).

use ed25519_dalek::Signer;
use p256::ecdsa::signature::hazmat::PrehashSigner;
use rsa::rand_core::{TryCryptoRng, TryRng};
use rsa::{Pkcs1v15Sign, Pss};
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha384, Sha512};

use crate::der;
use crate::key::{Key, Private};
use crate::oid;

/// The hash under a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "each is the hash of its name")]
pub enum Hash {
    Sha1,
    Sha256,
    Sha384,
    Sha512,
}

/// How a certificate is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignatureScheme {
    /// ECDSA; any hash goes with any curve.
    Ecdsa(Hash),
    /// RSASSA-PKCS1-v1_5.
    Pkcs1(Hash),
    /// RSASSA-PSS, MGF1 over the same hash, a salt of that many octets.
    Pss(Hash, usize),
    /// Ed25519.
    Ed25519,
}

/// AlgorithmIdentifier: parameters in DER, empty if absent.
#[must_use]
pub fn algorithm_identifier(oid: &str, parameters: &[u8]) -> Vec<u8> {
    der::sequence([&der::oid(oid), parameters])
}

/// `SEQUENCE { tbs, algorithm, signature }`: a certificate, or a CRL whose TBS is made elsewhere.
#[must_use]
pub fn signed(tbs: &[u8], key: &Key, scheme: SignatureScheme) -> Vec<u8> {
    let signature = der::bit_string(&key.sign(scheme, tbs));
    der::sequence([tbs, &scheme.identifier(), &signature])
}

impl SignatureScheme {
    /// PSS with a salt as long as the hash.
    #[must_use]
    pub fn pss(hash: Hash) -> Self {
        Self::Pss(hash, hash.digest(&[]).len())
    }

    /// The AlgorithmIdentifier that declares this scheme.
    #[must_use]
    pub fn identifier(self) -> Vec<u8> {
        match self {
            Self::Ecdsa(hash) => algorithm_identifier(
                match hash {
                    Hash::Sha1 => oid::ECDSA_WITH_SHA1,
                    Hash::Sha256 => oid::ECDSA_WITH_SHA256,
                    Hash::Sha384 => oid::ECDSA_WITH_SHA384,
                    Hash::Sha512 => oid::ECDSA_WITH_SHA512,
                },
                &[],
            ),
            Self::Pkcs1(hash) => algorithm_identifier(
                match hash {
                    Hash::Sha1 => oid::SHA1_WITH_RSA,
                    Hash::Sha256 => oid::SHA256_WITH_RSA,
                    Hash::Sha384 => oid::SHA384_WITH_RSA,
                    Hash::Sha512 => oid::SHA512_WITH_RSA,
                },
                &der::null(),
            ),
            Self::Pss(hash, salt) => algorithm_identifier(oid::RSASSA_PSS, &pss_parameters(hash, salt)),
            Self::Ed25519 => algorithm_identifier(oid::ED25519, &[]),
        }
    }
}

/// RSASSA-PSS-params; SHA-1 and a salt of 20 are defaults, which DER leaves out.
fn pss_parameters(hash: Hash, salt: usize) -> Vec<u8> {
    let mut fields = Vec::new();
    if hash != Hash::Sha1 {
        let mgf = algorithm_identifier(oid::MGF1, &hash.identifier());
        fields.push(der::context(0, &hash.identifier()));
        fields.push(der::context(1, &mgf));
    }
    if salt != 20 {
        fields.push(der::context(2, &der::integer(salt as u64)));
    }
    der::sequence(fields)
}

impl Hash {
    fn digest(self, message: &[u8]) -> Vec<u8> {
        match self {
            Self::Sha1 => Sha1::digest(message).to_vec(),
            Self::Sha256 => Sha256::digest(message).to_vec(),
            Self::Sha384 => Sha384::digest(message).to_vec(),
            Self::Sha512 => Sha512::digest(message).to_vec(),
        }
    }

    /// The AlgorithmIdentifier of the hash, with NULL parameters.
    #[must_use]
    pub fn identifier(self) -> Vec<u8> {
        let oid = match self {
            Self::Sha1 => oid::SHA1,
            Self::Sha256 => oid::SHA256,
            Self::Sha384 => oid::SHA384,
            Self::Sha512 => oid::SHA512,
        };
        algorithm_identifier(oid, &der::null())
    }
}

impl Key {
    /// The scheme that an issuer with this key uses unless told otherwise.
    #[must_use]
    pub fn default_scheme(&self) -> SignatureScheme {
        match self.private {
            Private::Ed25519(_) => SignatureScheme::Ed25519,
            Private::P384(_) => SignatureScheme::Ecdsa(Hash::Sha384),
            _ if self.is_rsa() => SignatureScheme::Pkcs1(Hash::Sha256),
            _ => SignatureScheme::Ecdsa(Hash::Sha256),
        }
    }

    /// The signature of `message`, ECDSA as DER; a constant if there is no private half.
    ///
    /// # Panics
    ///
    /// If the key cannot sign so.
    #[must_use]
    pub fn sign(&self, scheme: SignatureScheme, message: &[u8]) -> Vec<u8> {
        use SignatureScheme::{Ecdsa, Ed25519, Pkcs1};
        match (&self.private, scheme) {
            (Private::P256(key), Ecdsa(hash)) => {
                let digest = padded(&hash.digest(message), 32);
                let signature: p256::ecdsa::Signature = key.sign_prehash(&digest).unwrap();
                signature.to_der().as_bytes().to_vec()
            }
            (Private::P384(key), Ecdsa(hash)) => {
                let digest = padded(&hash.digest(message), 48);
                let signature: p384::ecdsa::Signature = key.sign_prehash(&digest).unwrap();
                signature.to_der().as_bytes().to_vec()
            }
            (Private::Ed25519(key), Ed25519) => key.sign(message).to_bytes().to_vec(),
            (Private::Rsa(file), Pkcs1(hash)) => {
                let padding = match hash {
                    Hash::Sha1 => Pkcs1v15Sign::new::<Sha1>(),
                    Hash::Sha256 => Pkcs1v15Sign::new::<Sha256>(),
                    Hash::Sha384 => Pkcs1v15Sign::new::<Sha384>(),
                    Hash::Sha512 => Pkcs1v15Sign::new::<Sha512>(),
                };
                file.key.sign(padding, &hash.digest(message)).unwrap()
            }
            (Private::Rsa(file), SignatureScheme::Pss(hash, salt)) => {
                let digest = hash.digest(message);
                match hash {
                    Hash::Sha1 => sign_pss::<Sha1>(&file.key, salt, &digest),
                    Hash::Sha256 => sign_pss::<Sha256>(&file.key, salt, &digest),
                    Hash::Sha384 => sign_pss::<Sha384>(&file.key, salt, &digest),
                    Hash::Sha512 => sign_pss::<Sha512>(&file.key, salt, &digest),
                }
            }
            (Private::Unknown, _) => vec![0x5a; 64],
            _ => panic!("this key cannot make a signature of {scheme:?}"),
        }
    }
}

fn sign_pss<D>(key: &rsa::PrivateKey, salt_len: usize, digest: &[u8]) -> Vec<u8>
where
    D: Digest + sha2::digest::FixedOutputReset,
{
    let padding = Pss { blinded: false, digest: D::new(), salt_len: Some(salt_len) };
    key.sign_with_rng(&mut FixedSalt, padding, digest).unwrap()
}

/// A digest as a number of at least `length` octets: the `ecdsa` crate refuses those much shorter
/// than the curve.
fn padded(digest: &[u8], length: usize) -> Vec<u8> {
    let mut number = vec![0; length.saturating_sub(digest.len())];
    number.extend_from_slice(digest);
    number
}

/// Makes PSS deterministic.
struct FixedSalt;

impl TryRng for FixedSalt {
    type Error = std::convert::Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
        Ok(0x5a5a_5a5a)
    }

    fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
        Ok(0x5a5a_5a5a_5a5a_5a5a)
    }

    fn try_fill_bytes(&mut self, salt: &mut [u8]) -> Result<(), Self::Error> {
        salt.fill(0x5a);
        Ok(())
    }
}

impl TryCryptoRng for FixedSalt {}
