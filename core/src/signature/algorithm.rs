//! From the algorithm identifiers of a certificate to what a backend takes, and what is strong
//! enough (RFC 3279, RFC 4055, RFC 5480, RFC 5758, RFC 8410).

use super::{Hash, PublicKey, SignatureAlgorithm};
use crate::certificate::{AlgorithmIdentifier, SubjectPublicKeyInfo};
use crate::der::{Reader, oid, require_minimal_integer, small_unsigned, tag};
use crate::error::{ErrorKind, Result};
use crate::limits::MAX_RSA_MODULUS_LEN;

const NULL: &[u8] = &[tag::NULL, 0];

/// Which keys are strong enough. SHA-1 and MD5 signatures never are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Strength {
    /// Least length of an RSA modulus in bits; 2048.
    pub min_rsa_bits: u16,
    /// Greatest length of an RSA modulus in bits; 8192, beyond which nothing is verified.
    pub max_rsa_bits: u16,
    /// Accept odd RSA public exponents from 3 on, below 65537 (FIPS 186-5 5.4 asks for more than
    /// 2^16); false.
    pub accept_small_rsa_exponent: bool,
}

impl Default for Strength {
    fn default() -> Self {
        Self { min_rsa_bits: 2048, max_rsa_bits: 8192, accept_small_rsa_exponent: false }
    }
}

impl SignatureAlgorithm {
    /// The algorithm that an identifier names.
    ///
    /// # Errors
    /// [`ErrorKind::Md5Signature`] and [`ErrorKind::Sha1Signature`] for those;
    /// [`ErrorKind::UnsupportedSignatureAlgorithm`] for all others, and for parameters that are not
    /// exactly those of the algorithm.
    pub fn from_identifier(identifier: AlgorithmIdentifier<'_>) -> core::result::Result<Self, ErrorKind> {
        let parameters = identifier.parameters();
        let (algorithm, parameters_fit) = match identifier.oid() {
            // RFC 5758 3.2: parameters absent.
            oid::ECDSA_WITH_SHA256 => (Self::Ecdsa(Hash::Sha256), parameters.is_empty()),
            oid::ECDSA_WITH_SHA384 => (Self::Ecdsa(Hash::Sha384), parameters.is_empty()),
            oid::ECDSA_WITH_SHA512 => (Self::Ecdsa(Hash::Sha512), parameters.is_empty()),
            // RFC 8410 3: parameters absent.
            oid::ED25519 => (Self::Ed25519, parameters.is_empty()),
            // RFC 4055 5: NULL, and absence must be accepted too.
            oid::SHA256_WITH_RSA => (Self::RsaPkcs1(Hash::Sha256), is_null_or_absent(parameters)),
            oid::SHA384_WITH_RSA => (Self::RsaPkcs1(Hash::Sha384), is_null_or_absent(parameters)),
            oid::SHA512_WITH_RSA => (Self::RsaPkcs1(Hash::Sha512), is_null_or_absent(parameters)),
            oid::RSASSA_PSS => return pss(parameters).map(Self::RsaPss),
            oid::MD5_WITH_RSA => return Err(ErrorKind::Md5Signature),
            oid::SHA1_WITH_RSA | oid::ECDSA_WITH_SHA1 => return Err(ErrorKind::Sha1Signature),
            _ => return Err(ErrorKind::UnsupportedSignatureAlgorithm),
        };
        if parameters_fit { Ok(algorithm) } else { Err(ErrorKind::UnsupportedSignatureAlgorithm) }
    }

    /// Whether signatures of this algorithm are made by keys of this kind.
    #[must_use]
    pub const fn fits(self, key: PublicKey<'_>) -> bool {
        matches!(
            (self, key),
            (Self::Ecdsa(_), PublicKey::P256(_) | PublicKey::P384(_))
                | (Self::Ed25519, PublicKey::Ed25519(_))
                | (Self::RsaPkcs1(_) | Self::RsaPss(_), PublicKey::Rsa { .. })
        )
    }
}

fn is_null_or_absent(parameters: &[u8]) -> bool {
    parameters.is_empty() || parameters == NULL
}

/// RSASSA-PSS-params (RFC 4055 3.1) with one hash throughout, a salt as long as the hash, and the
/// one trailer there is.
fn pss(parameters: &[u8]) -> core::result::Result<Hash, ErrorKind> {
    // All fields absent means SHA-1 (RFC 4055 3.1).
    if parameters == [tag::SEQUENCE, 0] {
        return Err(ErrorKind::Sha1Signature);
    }
    let fields = |parameters| -> Result<Option<Hash>> {
        let mut reader = Reader::new(parameters)?;
        let mut params = reader.read(tag::SEQUENCE)?;
        reader.finish()?;
        let mut hash = params.read(tag::context_constructed(0))?;
        let message_hash = AlgorithmIdentifier::read(&mut hash)?;
        hash.finish()?;
        let mut mgf = params.read(tag::context_constructed(1))?;
        let mgf_function = AlgorithmIdentifier::read(&mut mgf)?;
        mgf.finish()?;
        let mut mgf_parameters = Reader::new(mgf_function.parameters())?;
        let mgf_hash = AlgorithmIdentifier::read(&mut mgf_parameters)?;
        mgf_parameters.finish()?;
        let mut salt = params.read(tag::context_constructed(2))?;
        let salt_len = salt.read_integer()?;
        salt.finish()?;
        // trailerField is 1 by DEFAULT and therefore absent.
        params.finish()?;
        let (Some(hash), Some(same)) = (sha2(message_hash), sha2(mgf_hash)) else {
            return Ok(None);
        };
        let fits = mgf_function.oid() == oid::MGF1
            && same == hash
            && small_unsigned(salt_len.rest()).and_then(|len| usize::try_from(len).ok())
                == Some(hash.output_len());
        Ok(fits.then_some(hash))
    };
    match fields(parameters) {
        Ok(Some(hash)) => Ok(hash),
        _ => Err(ErrorKind::UnsupportedSignatureAlgorithm),
    }
}

/// The hash function of RFC 4055 2.1, whose parameters are NULL or absent.
fn sha2(identifier: AlgorithmIdentifier<'_>) -> Option<Hash> {
    if !is_null_or_absent(identifier.parameters()) {
        return None;
    }
    match identifier.oid() {
        oid::SHA256 => Some(Hash::Sha256),
        oid::SHA384 => Some(Hash::Sha384),
        oid::SHA512 => Some(Hash::Sha512),
        _ => None,
    }
}

impl<'a> PublicKey<'a> {
    /// The key in a SubjectPublicKeyInfo, if it is of a supported kind.
    ///
    /// # Errors
    /// [`ErrorKind::UnsupportedPublicKey`] for other kinds, curves given by their numbers among
    /// them; [`ErrorKind::MalformedPublicKey`] if the key is not of its kind's form.
    pub fn from_spki(spki: SubjectPublicKeyInfo<'a>) -> core::result::Result<Self, ErrorKind> {
        let parameters = spki.algorithm().parameters();
        let key = spki.key();
        match spki.algorithm().oid() {
            oid::EC_PUBLIC_KEY => match parameters.split_first_chunk::<2>() {
                Some(([tag::OID, _], oid::PRIME256V1)) => uncompressed(key, 65).map(Self::P256),
                Some(([tag::OID, _], oid::SECP384R1)) => uncompressed(key, 97).map(Self::P384),
                _ => Err(ErrorKind::UnsupportedPublicKey),
            },
            // RFC 8410 3: parameters absent.
            oid::ED25519 if parameters.is_empty() => match key.len() {
                32 => Ok(Self::Ed25519(key)),
                _ => Err(ErrorKind::MalformedPublicKey),
            },
            // RFC 3279 2.3.1: NULL.
            oid::RSA_ENCRYPTION if parameters == NULL => rsa(key).map_err(|_| ErrorKind::MalformedPublicKey),
            _ => Err(ErrorKind::UnsupportedPublicKey),
        }
    }

    /// Requires that the key is strong enough.
    ///
    /// # Errors
    /// The kind of the first rule that an RSA key breaks; the other kinds of key have none.
    pub fn require_strength(self, strength: &Strength) -> core::result::Result<(), ErrorKind> {
        let Self::Rsa { modulus, exponent } = self else {
            return Ok(());
        };
        let bits = bit_len(modulus);
        if bits < usize::from(strength.min_rsa_bits) {
            return Err(ErrorKind::RsaModulusTooShort);
        }
        if bits > usize::from(strength.max_rsa_bits) || modulus.len() > MAX_RSA_MODULUS_LEN {
            return Err(ErrorKind::RsaModulusTooLong);
        }
        if modulus.last().is_none_or(|last| last & 1 == 0) {
            return Err(ErrorKind::RsaModulusEven);
        }
        let least = if strength.accept_small_rsa_exponent { 3 } else { 65537 };
        // 2^33 - 1 bounds the work; FIPS 186-5 would allow 2^256.
        let value = exponent.iter().try_fold(0u64, |value, &byte| {
            let value = value.checked_mul(256)?.checked_add(u64::from(byte))?;
            (value < 1 << 33).then_some(value)
        });
        match value {
            Some(value) if value >= least && value & 1 == 1 => Ok(()),
            _ => Err(ErrorKind::RsaExponentOutOfRange),
        }
    }
}

/// RFC 5480 2.2: the uncompressed form must be supported, the compressed one may be.
fn uncompressed(key: &[u8], len: usize) -> core::result::Result<&[u8], ErrorKind> {
    match key {
        [0x04, ..] if key.len() == len => Ok(key),
        [0x02 | 0x03, ..] => Err(ErrorKind::UnsupportedPublicKey),
        _ => Err(ErrorKind::MalformedPublicKey),
    }
}

/// RSAPublicKey (RFC 8017 A.1.1): two positive INTEGERs.
fn rsa(key: &[u8]) -> Result<PublicKey<'_>> {
    let mut reader = Reader::new(key)?;
    let mut numbers = reader.read(tag::SEQUENCE)?;
    reader.finish()?;
    let modulus = positive(&mut numbers)?;
    let exponent = positive(&mut numbers)?;
    numbers.finish()?;
    Ok(PublicKey::Rsa { modulus, exponent })
}

/// Reads a positive INTEGER without its leading zero byte.
pub(super) fn positive<'a>(reader: &mut Reader<'a>) -> Result<&'a [u8]> {
    let content = reader.read(tag::INTEGER)?;
    require_minimal_integer(content)?;
    match content.rest() {
        [0x00, number @ ..] if !number.is_empty() => Ok(number),
        [0x01..=0x7f, ..] => Ok(content.rest()),
        _ => Err(content.error(ErrorKind::MalformedPublicKey)),
    }
}

/// Bits of a big-endian number without leading zero bytes.
fn bit_len(number: &[u8]) -> usize {
    let leading = number.first().map_or(0, |first| first.leading_zeros());
    number.len().saturating_mul(8).saturating_sub(leading as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn identifier(content: &'static [u8]) -> AlgorithmIdentifier<'static> {
        AlgorithmIdentifier::read(&mut Reader::new(content).unwrap()).unwrap()
    }

    /// RSASSA-PSS-params for SHA-256 as OpenSSL writes them, but for the last byte: the salt's length.
    fn pss_sha256(salt: u8) -> std::vec::Vec<u8> {
        let mut params = std::vec![0x30, 0x34];
        params.extend([0xa0, 0x0f, 0x30, 0x0d, 0x06, 0x09]);
        params.extend(oid::SHA256);
        params.extend([0x05, 0x00, 0xa1, 0x1c, 0x30, 0x1a, 0x06, 0x09]);
        params.extend(oid::MGF1);
        params.extend([0x30, 0x0d, 0x06, 0x09]);
        params.extend(oid::SHA256);
        params.extend([0x05, 0x00, 0xa2, 0x03, 0x02, 0x01, salt]);
        params
    }

    #[test]
    fn reads_pss_parameters_of_one_hash_and_refuses_another_salt_length() {
        assert_eq!(pss(&pss_sha256(32)), Ok(Hash::Sha256));
        assert_eq!(pss(&pss_sha256(20)), Err(ErrorKind::UnsupportedSignatureAlgorithm));
    }

    #[test]
    fn refuses_pss_over_two_hashes_and_with_a_written_trailer() {
        let mut mixed = pss_sha256(32);
        let at = mixed.len() - 8;
        mixed[at] = 0x02; // MGF1 over SHA-384
        assert_eq!(pss(&mixed), Err(ErrorKind::UnsupportedSignatureAlgorithm));
        let mut trailer = pss_sha256(32);
        trailer.extend([0xa3, 0x03, 0x02, 0x01, 0x01]);
        trailer[1] += 5;
        assert_eq!(pss(&trailer), Err(ErrorKind::UnsupportedSignatureAlgorithm));
    }

    #[test]
    fn knows_that_pss_by_default_is_sha_1() {
        assert_eq!(pss(&[0x30, 0x00]), Err(ErrorKind::Sha1Signature));
        assert_eq!(pss(&[]), Err(ErrorKind::UnsupportedSignatureAlgorithm));
    }

    #[test]
    fn refuses_parameters_that_do_not_belong_to_the_algorithm() {
        // ecdsa-with-SHA256 with NULL.
        let ecdsa = identifier(&[0x30, 12, 6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2, 5, 0]);
        assert_eq!(SignatureAlgorithm::from_identifier(ecdsa), Err(ErrorKind::UnsupportedSignatureAlgorithm));
        // sha256WithRSAEncryption without parameters, which must be accepted.
        let rsa = identifier(&[0x30, 11, 6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 0x0b]);
        assert_eq!(SignatureAlgorithm::from_identifier(rsa), Ok(SignatureAlgorithm::RsaPkcs1(Hash::Sha256)));
    }

    #[test]
    fn bounds_the_rsa_key_by_length_parity_and_exponent() {
        let mut modulus = [0xff; 256];
        let check = |modulus: &[u8], exponent: &[u8]| {
            PublicKey::Rsa { modulus, exponent }.require_strength(&Strength::default())
        };
        assert_eq!(check(&modulus, &[1, 0, 1]), Ok(()));
        assert_eq!(check(&modulus[1..], &[1, 0, 1]), Err(ErrorKind::RsaModulusTooShort));
        assert_eq!(check(&[0xff; 1025], &[1, 0, 1]), Err(ErrorKind::RsaModulusTooLong));
        for exponent in [&[3][..], &[1, 0, 0], &[0xff, 0xff], &[2, 0, 0, 0, 1], &[1; 40], &[]] {
            assert_eq!(check(&modulus, exponent), Err(ErrorKind::RsaExponentOutOfRange));
        }
        modulus[0] = 0x7f;
        assert_eq!(check(&modulus, &[1, 0, 1]), Err(ErrorKind::RsaModulusTooShort));
        modulus[0] = 0xff;
        modulus[255] = 0xfe;
        assert_eq!(check(&modulus, &[1, 0, 1]), Err(ErrorKind::RsaModulusEven));
    }

    #[test]
    fn accepts_a_small_exponent_only_by_option() {
        let lenient = Strength { accept_small_rsa_exponent: true, ..Strength::default() };
        let key = |exponent| PublicKey::Rsa { modulus: &[0xff; 256], exponent };
        assert_eq!(key(&[3]).require_strength(&lenient), Ok(()));
        assert_eq!(key(&[1]).require_strength(&lenient), Err(ErrorKind::RsaExponentOutOfRange));
        assert_eq!(key(&[4]).require_strength(&lenient), Err(ErrorKind::RsaExponentOutOfRange));
    }
}
