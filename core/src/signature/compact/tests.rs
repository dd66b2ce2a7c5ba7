//! RSA keys whose primes are Mersenne primes need no key generation: any modulus length is a sum of
//! Mersenne exponents, and the private exponent follows. With the private key in hand, every test
//! signs exactly the encoded message that it is about.

extern crate std;
use std::vec;
use std::vec::Vec;

use rsa::hazmat::rsa_encrypt;
use rsa::{BoxedUint, PublicKey as Rsa};
use sha2::Digest as _;

use super::Compact;
use crate::signature::{Hash, InvalidSignature, PublicKey, SignatureAlgorithm, SignatureVerifier as _};

const MESSAGE: &[u8] = b"to be signed";
const HASHES: [Hash; 3] = [Hash::Sha256, Hash::Sha384, Hash::Sha512];
const F4: u64 = 65537;

/// The exponents of the Mersenne primes up to 2^4423 − 1.
const MERSENNE: [u32; 19] =
    [3, 5, 7, 13, 17, 19, 31, 61, 89, 107, 127, 521, 607, 1279, 2203, 2281, 3217, 4253, 4423];

/// A product of numbers given as digits of 32 bits, least significant first.
fn times(a: &[u32], b: &[u32]) -> Vec<u32> {
    let mut product = vec![0; a.len() + b.len()];
    for (i, &a) in a.iter().enumerate() {
        let mut carry = 0;
        for (j, &b) in b.iter().chain(&[0]).enumerate() {
            if i + j < product.len() {
                carry += u64::from(a) * u64::from(b) + u64::from(product[i + j]);
                product[i + j] = carry as u32;
                carry >>= 32;
            }
        }
    }
    product
}

fn divided_by(a: &[u32], divisor: u64) -> (Vec<u32>, u64) {
    let mut rest = 0;
    let mut quotient: Vec<u32> = a
        .iter()
        .rev()
        .map(|&digit| {
            let value = rest << 32 | u128::from(digit);
            rest = value % u128::from(divisor);
            (value / u128::from(divisor)) as u32
        })
        .collect();
    quotient.reverse();
    (quotient, rest as u64)
}

/// 2^`bits` − `minus`.
fn power_of_two_less(bits: u32, minus: u32) -> Vec<u32> {
    let mut digits = vec![u32::MAX; bits as usize / 32];
    digits.push((1 << (bits % 32)) - 1);
    digits[0] -= minus - 1;
    digits
}

fn to_be_bytes(digits: &[u32]) -> Vec<u8> {
    let bytes = digits.iter().rev().flat_map(|digit| digit.to_be_bytes());
    bytes.skip_while(|&byte| byte == 0).collect()
}

struct Key {
    modulus: Vec<u8>,
    exponent: Vec<u8>,
    /// (n, d): signing is encrypting with d.
    signer: Rsa,
}

fn number(bytes: &[u8], bits: u32) -> BoxedUint {
    BoxedUint::from_be_slice(bytes, bits.next_multiple_of(64)).unwrap()
}

impl Key {
    fn new(bits: u32, exponent: u64) -> Self {
        Self::try_new(bits, exponent).unwrap()
    }

    /// `None` if no set of primes whose φ is prime to the exponent makes a modulus of that length.
    fn try_new(bits: u32, exponent: u64) -> Option<Self> {
        let primes: Vec<u32> = MERSENNE
            .into_iter()
            .filter(|&prime| {
                let (_, rest) = divided_by(&power_of_two_less(prime, 2), exponent);
                let (mut a, mut b) = (exponent, rest);
                while b != 0 {
                    (a, b) = (b, a % b);
                }
                a == 1
            })
            .collect();
        let set = (0..1_u32 << primes.len())
            .map(|set| (0..primes.len()).filter(move |&i| set >> i & 1 == 1))
            .find(|set| set.clone().map(|i| primes[i]).sum::<u32>() == bits)?;
        let (mut n, mut phi) = (vec![1], vec![1]);
        for i in set {
            n = times(&n, &power_of_two_less(primes[i], 1));
            phi = times(&phi, &power_of_two_less(primes[i], 2));
        }
        // d = (1 + k·φ)/e, where k·φ ≡ −1 modulo e; Euclid's algorithm inverts φ modulo e.
        let (_, phi_mod_e) = divided_by(&phi, exponent);
        let e = i128::from(exponent);
        let (mut a, mut b) = ((e, 0), (i128::from(phi_mod_e), 1));
        while b.0 != 0 {
            (a, b) = (b, (a.0 % b.0, a.1 - a.0 / b.0 * b.1));
        }
        let k = (-a.1).rem_euclid(e) as u64;
        let mut k_phi = times(&phi, &[k as u32, (k >> 32) as u32]);
        // φ is even, so that adding one carries nowhere.
        k_phi[0] += 1;
        let (d, rest) = divided_by(&k_phi, exponent);
        assert_eq!(rest, 0);

        let modulus = to_be_bytes(&n);
        assert_eq!(modulus.len(), bits.div_ceil(8) as usize);
        assert_eq!(
            modulus[0].leading_zeros(),
            bits.next_multiple_of(8) - bits,
            "the modulus is as long as asked for"
        );
        let d = to_be_bytes(&d);
        let d_bits = 8 * d.len() as u32;
        Some(Self {
            signer: Rsa::new_unchecked(number(&modulus, bits), number(&d, d_bits)),
            exponent: exponent.to_be_bytes().into_iter().skip_while(|&byte| byte == 0).collect(),
            modulus,
        })
    }

    fn public(&self) -> PublicKey<'_> {
        PublicKey::Rsa { modulus: &self.modulus, exponent: &self.exponent }
    }

    /// The signature from which `encoded` is recovered.
    fn sign(&self, encoded: &[u8]) -> Vec<u8> {
        let encoded = number(encoded, 8 * self.modulus.len() as u32);
        let signature = rsa_encrypt(&self.signer, &encoded).unwrap().to_be_bytes();
        let (padding, signature) = signature.split_at(signature.len() - self.modulus.len());
        assert!(padding.iter().all(|&byte| byte == 0));
        signature.to_vec()
    }

    fn verify_pkcs1(&self, hash: Hash, signature: &[u8]) -> Result<(), InvalidSignature> {
        let algorithm = SignatureAlgorithm::RsaPkcs1(hash);
        Compact.verify(algorithm, self.public(), MESSAGE, signature)
    }

    fn verify_pss(&self, hash: Hash, signature: &[u8]) -> Result<(), InvalidSignature> {
        let algorithm = SignatureAlgorithm::RsaPss(hash);
        Compact.verify(algorithm, self.public(), MESSAGE, signature)
    }
}

fn digest(hash: Hash, parts: &[&[u8]]) -> Vec<u8> {
    let message = parts.concat();
    match hash {
        Hash::Sha256 => sha2::Sha256::digest(message).to_vec(),
        Hash::Sha384 => sha2::Sha384::digest(message).to_vec(),
        Hash::Sha512 => sha2::Sha512::digest(message).to_vec(),
    }
}

/// A `DigestInfo` written from its ASN.1: SEQUENCE { SEQUENCE { OID, parameters }, OCTET STRING }.
fn digest_info(hash: Hash, parameters: &[u8]) -> Vec<u8> {
    let arc = match hash {
        Hash::Sha256 => 1,
        Hash::Sha384 => 2,
        Hash::Sha512 => 3,
    };
    let tlv = |tag: u8, value: &[u8]| [&[tag, value.len() as u8], value].concat();
    let oid = tlv(0x06, &[0x60, 0x86, 0x48, 1, 101, 3, 4, 2, arc]);
    let algorithm = tlv(0x30, &[&oid, parameters].concat());
    let digest = tlv(0x04, &digest(hash, &[MESSAGE]));
    tlv(0x30, &[algorithm, digest].concat())
}

const NULL: &[u8] = &[0x05, 0x00];

/// EMSA-PKCS1-v1_5 with any `DigestInfo`.
fn encode_pkcs1(len: usize, digest_info: &[u8]) -> Vec<u8> {
    let padding = vec![0xff; len - 3 - digest_info.len()];
    [&[0, 1], &padding[..], &[0], digest_info].concat()
}

/// EMSA-PSS with any salt, its parts open to change before they are put together.
struct Pss {
    hash: Hash,
    encoded_bits: usize,
    salt: Vec<u8>,
    /// The byte between the zeros and the salt.
    separator: u8,
    /// Set in the byte after the first, which is among the zeros.
    padding: u8,
    trailer: u8,
    /// Set in the first byte once it is masked.
    unused_bits: u8,
}

impl Pss {
    fn new(hash: Hash, modulus_bits: u32) -> Self {
        Self {
            hash,
            encoded_bits: modulus_bits as usize - 1,
            salt: (0..digest(hash, &[]).len() as u8).collect(),
            separator: 1,
            padding: 0,
            trailer: 0xbc,
            unused_bits: 0,
        }
    }

    fn encode(&self) -> Vec<u8> {
        let len = self.encoded_bits.div_ceil(8);
        let h = digest(self.hash, &[&[0; 8], &digest(self.hash, &[MESSAGE]), &self.salt]);
        let mut db = vec![0; len - h.len() - 1];
        let salt_at = db.len() - self.salt.len();
        db[salt_at..].copy_from_slice(&self.salt);
        db[1] |= self.padding;
        db[salt_at - 1] = self.separator;
        let mask = (0_u32..).flat_map(|i| digest(self.hash, &[&h, &i.to_be_bytes()]));
        for (byte, mask) in db.iter_mut().zip(mask) {
            *byte ^= mask;
        }
        db[0] &= 0xff >> (8 * len - self.encoded_bits);
        db[0] |= self.unused_bits;
        [&db[..], &h, &[self.trailer]].concat()
    }
}

#[test]
fn accepts_every_hash_and_both_paddings() {
    let key = Key::new(2048, F4);
    for hash in HASHES {
        let encoded = encode_pkcs1(256, &digest_info(hash, NULL));
        assert!(key.verify_pkcs1(hash, &key.sign(&encoded)).is_ok());
        let encoded = Pss::new(hash, 2048).encode();
        assert!(key.verify_pss(hash, &key.sign(&encoded)).is_ok());
    }
}

#[test]
fn accepts_moduli_of_any_length_up_to_8192_bits() {
    // All residues modulo 8, since the encoded message of PSS is one bit shorter than the modulus:
    // 2049 and 2057 bits make it a byte shorter than the signature. 2081 and 2113 begin a limb.
    // About 3072, 4096 and 8192, the edges of the size classes.
    let lengths =
        (2048..=2057).chain([2081, 2113, 3071, 3072, 3073, 4095, 4096, 4097]).chain([6000, 8185, 8191, 8192]);
    for bits in lengths {
        let key = Key::new(bits, F4);
        let encoded = encode_pkcs1(key.modulus.len(), &digest_info(Hash::Sha256, NULL));
        let signature = key.sign(&encoded);
        assert!(key.verify_pkcs1(Hash::Sha256, &signature).is_ok(), "{bits} bits");
        let signature = key.sign(&Pss::new(Hash::Sha512, bits).encode());
        assert!(key.verify_pss(Hash::Sha512, &signature).is_ok(), "{bits} bits");
    }
}

#[test]
fn rejects_a_modulus_of_8200_bits() {
    let key = Key::new(8200, F4);
    let encoded = encode_pkcs1(key.modulus.len(), &digest_info(Hash::Sha256, NULL));
    assert!(key.verify_pkcs1(Hash::Sha256, &key.sign(&encoded)).is_err());
}

#[test]
fn accepts_odd_exponents_up_to_33_bits() {
    // Both bits of 3 are ends; here are exponents with ones between the ends, up to nearly only
    // ones. 3 divides p − 1 for all our primes: Wycheproof's vectors have it.
    for exponent in [5, 7, 11, 257, F4, F4 + 2, (1 << 33) - 9] {
        let key = (2048..).find_map(|bits| Key::try_new(bits, exponent)).unwrap();
        let encoded = encode_pkcs1(key.modulus.len(), &digest_info(Hash::Sha256, NULL));
        let signature = key.sign(&encoded);
        assert!(key.verify_pkcs1(Hash::Sha256, &signature).is_ok(), "{exponent}");
    }
}

#[test]
fn rejects_exponents_that_are_even_or_small_or_large_or_padded() {
    let key = Key::new(2048, F4);
    // With exponent 1 the encoded message is its own signature.
    let encoded = encode_pkcs1(256, &digest_info(Hash::Sha256, NULL));
    let signature = key.sign(&encoded);
    let exponents: [(&[u8], &[u8]); 9] = [
        (&[], &encoded),
        (&[0], &encoded),
        (&[1], &encoded),
        (&[2], &signature),
        (&[1, 0, 0], &signature),
        (&[0, 1, 0, 1], &signature),
        (&[2, 0, 0, 0, 1], &signature),
        (&[1, 0, 0, 0, 0, 1], &signature),
        (&[0xff; 256], &signature),
    ];
    for (exponent, signature) in exponents {
        let public = PublicKey::Rsa { modulus: &key.modulus, exponent };
        let algorithm = SignatureAlgorithm::RsaPkcs1(Hash::Sha256);
        assert!(Compact.verify(algorithm, public, MESSAGE, signature).is_err(), "{exponent:x?}");
    }
}

#[test]
fn rejects_a_modulus_that_is_even_or_empty_or_padded() {
    let key = Key::new(2048, F4);
    let signature = key.sign(&encode_pkcs1(256, &digest_info(Hash::Sha256, NULL)));
    let mut even = key.modulus.clone();
    even[255] &= 0xfe;
    let padded = [&[0], &key.modulus[..]].concat();
    let padded_signature = [&[0], &signature[..]].concat();
    let moduli: [(&[u8], &[u8]); 7] = [
        (&even, &signature),
        (&[0; 256], &signature),
        (&[], &[]),
        (&[0], &[0]),
        (&[15], &[1]),
        (&padded, &padded_signature),
        (&padded, &signature),
    ];
    for (modulus, signature) in moduli {
        let public = PublicKey::Rsa { modulus, exponent: &key.exponent };
        for algorithm in
            [SignatureAlgorithm::RsaPkcs1(Hash::Sha256), SignatureAlgorithm::RsaPss(Hash::Sha256)]
        {
            assert!(Compact.verify(algorithm, public, MESSAGE, signature).is_err());
        }
    }
}

#[test]
fn rejects_a_modulus_of_any_length_with_a_signature_of_ones_without_panic() {
    // What a parser might let through: short, of odd lengths, all bits set, or too long.
    for len in (0..=70).chain([255, 257, 383, 385, 511, 513, 1023, 1024, 1025, 5000]) {
        for fill in [0x01, 0x80, 0xff] {
            let modulus = vec![fill; len];
            let public = PublicKey::Rsa { modulus: &modulus, exponent: &[3] };
            for hash in HASHES {
                for algorithm in [SignatureAlgorithm::RsaPkcs1(hash), SignatureAlgorithm::RsaPss(hash)] {
                    for byte in [0, 1, fill] {
                        let mut signature = vec![byte; len];
                        if let Some(first) = signature.first_mut() {
                            *first = 0;
                        }
                        assert!(Compact.verify(algorithm, public, MESSAGE, &signature).is_err());
                    }
                }
            }
        }
    }
}

#[test]
fn rejects_a_signature_one_byte_short_or_long() {
    // A signature that begins with zero is still as long as the modulus (RFC 8017 section 8.1.2,
    // step 1). With 2049 bits about every other salt makes one.
    let key = Key::new(2049, F4);
    let signature = (0..)
        .map(|fill| Pss { salt: vec![fill; 32], ..Pss::new(Hash::Sha256, 2049) })
        .map(|pss| key.sign(&pss.encode()))
        .find(|signature| signature[0] == 0)
        .unwrap();
    let verify = |signature: &[u8]| key.verify_pss(Hash::Sha256, signature);
    assert!(verify(&signature).is_ok());
    assert!(verify(&signature[1..]).is_err());
    assert!(verify(&signature[..256]).is_err());
    assert!(verify(&[&[0], &signature[..]].concat()).is_err());
    assert!(verify(&[&signature[..], &[0]].concat()).is_err());
    assert!(verify(&[]).is_err());
}

#[test]
fn rejects_a_signature_not_less_than_the_modulus() {
    // s + n stands for the same residue as s (step 1 of RSAVP1). It must fit into the bytes of n:
    // with 2049 bits there is room.
    let key = Key::new(2049, F4);
    let signature = key.sign(&encode_pkcs1(257, &digest_info(Hash::Sha256, NULL)));
    let mut larger = signature.clone();
    let mut carry = 0;
    for (s, n) in larger.iter_mut().zip(&key.modulus).rev() {
        carry += u16::from(*s) + u16::from(*n);
        *s = carry as u8;
        carry >>= 8;
    }
    assert_eq!(carry, 0);
    assert!(key.verify_pkcs1(Hash::Sha256, &larger).is_err());
    assert!(key.verify_pkcs1(Hash::Sha256, &key.modulus).is_err());
    assert!(key.verify_pkcs1(Hash::Sha256, &[0xff; 257]).is_err());
}

#[test]
fn rejects_the_signatures_zero_one_and_minus_one() {
    // Fixed points of the public operation.
    for bits in [2048, 2049] {
        let key = Key::new(bits, F4);
        let zero = vec![0; key.modulus.len()];
        let mut one = zero.clone();
        *one.last_mut().unwrap() = 1;
        let mut minus_one = key.modulus.clone();
        *minus_one.last_mut().unwrap() -= 1;
        for signature in [zero, one, minus_one] {
            for hash in HASHES {
                assert!(key.verify_pkcs1(hash, &signature).is_err());
                assert!(key.verify_pss(hash, &signature).is_err());
            }
        }
    }
}

#[test]
fn rejects_another_message_and_another_hash() {
    let key = Key::new(2048, F4);
    let pkcs1 = key.sign(&encode_pkcs1(256, &digest_info(Hash::Sha256, NULL)));
    let pss = key.sign(&Pss::new(Hash::Sha256, 2048).encode());
    for (algorithm, signature) in [
        (SignatureAlgorithm::RsaPkcs1(Hash::Sha256), &pkcs1),
        (SignatureAlgorithm::RsaPss(Hash::Sha256), &pss),
    ] {
        let verify = |message| Compact.verify(algorithm, key.public(), message, signature);
        assert!(verify(MESSAGE).is_ok());
        assert!(verify(b"").is_err());
        assert!(verify(b"to be signed ").is_err());
    }
    for hash in [Hash::Sha384, Hash::Sha512] {
        assert!(key.verify_pkcs1(hash, &pkcs1).is_err());
        assert!(key.verify_pss(hash, &pss).is_err());
    }
    assert!(key.verify_pkcs1(Hash::Sha256, &pss).is_err());
    assert!(key.verify_pss(Hash::Sha256, &pkcs1).is_err());
}

#[test]
fn rejects_any_change_to_the_padding_of_pkcs1() {
    let key = Key::new(2048, F4);
    let right = encode_pkcs1(256, &digest_info(Hash::Sha256, NULL));
    // The high bits: the first byte is zero, but for what keeps the number below n.
    let changes = [(0, 0x01), (0, 0x40), (1, 0x01), (1, 0x03), (1, 0xff)];
    let padding = [(2, 0xff), (2, 0x01), (100, 0x80), (203, 0xff)];
    let info = [(204, 0x01), (205, 0x01), (206, 0x80), (220, 1), (255, 1)];
    for (at, flip) in changes.into_iter().chain(padding).chain(info) {
        let mut encoded = right.clone();
        encoded[at] ^= flip;
        assert!(key.verify_pkcs1(Hash::Sha256, &key.sign(&encoded)).is_err(), "byte {at}");
    }
}

#[test]
fn rejects_a_digest_info_other_than_with_null() {
    let key = Key::new(2048, F4);
    let sign = |info: &[u8]| key.sign(&encode_pkcs1(256, info));
    let verify = |info: &[u8]| key.verify_pkcs1(Hash::Sha256, &sign(info));
    let right = digest_info(Hash::Sha256, NULL);
    assert!(verify(&right).is_ok());
    // Parameters absent, empty but not NULL, NULL with content, and something else after NULL.
    assert!(verify(&digest_info(Hash::Sha256, &[])).is_err());
    assert!(verify(&digest_info(Hash::Sha256, &[0x30, 0x00])).is_err());
    assert!(verify(&digest_info(Hash::Sha256, &[0x05, 0x01, 0x00])).is_err());
    assert!(verify(&digest_info(Hash::Sha256, &[0x05, 0x00, 0x04, 0x00])).is_err());
    // The bare digest, and a length in the long form of BER.
    assert!(verify(&digest(Hash::Sha256, &[MESSAGE])).is_err());
    assert!(verify(&[&[0x30, 0x81], &right[1..]].concat()).is_err());
    // The digest under the name of another hash.
    let mut renamed = right.clone();
    renamed[14] = 2;
    assert!(verify(&renamed).is_err());
}

#[test]
fn rejects_padding_cut_short_with_garbage_behind_the_digest() {
    // Bleichenbacher's forgery of 2006 (CVE-2006-4339).
    let key = Key::new(2048, F4);
    let info = digest_info(Hash::Sha256, NULL);
    let mut encoded = vec![0x5a; 256];
    let head = [&[0, 1], &[0xff; 8][..], &[0], &info].concat();
    encoded[..head.len()].copy_from_slice(&head);
    assert!(key.verify_pkcs1(Hash::Sha256, &key.sign(&encoded)).is_err());
}

#[test]
fn requires_eight_bytes_of_padding() {
    // SHA-512 makes 83 bytes of DigestInfo: 94 bytes are the least, and 93 have room for seven.
    for (bits, accepted) in [(93 * 8, false), (94 * 8, true)] {
        let key = Key::new(bits, F4);
        let encoded = encode_pkcs1(key.modulus.len(), &digest_info(Hash::Sha512, NULL));
        let result = key.verify_pkcs1(Hash::Sha512, &key.sign(&encoded));
        assert_eq!(result.is_ok(), accepted, "{bits} bits");
    }
}

#[test]
fn rejects_a_salt_not_as_long_as_the_hash() {
    let key = Key::new(2048, F4);
    for hash in HASHES {
        let right = Pss::new(hash, 2048);
        let len = right.salt.len();
        for salt_len in [0, 20, len - 1, len + 1, 256 - 2 - len] {
            let pss = Pss { salt: vec![0x5a; salt_len], ..Pss::new(hash, 2048) };
            let signature = key.sign(&pss.encode());
            assert!(key.verify_pss(hash, &signature).is_err(), "{salt_len} bytes");
        }
    }
}

#[test]
fn rejects_any_change_to_the_padding_of_pss() {
    let key = Key::new(2048, F4);
    let right = || Pss::new(Hash::Sha256, 2048);
    let changed = [
        Pss { trailer: 0xcc, ..right() },
        Pss { trailer: 0xbd, ..right() },
        Pss { separator: 0, ..right() },
        Pss { separator: 0x81, ..right() },
        Pss { padding: 0x80, ..right() },
        Pss { padding: 1, ..right() },
    ];
    for pss in changed {
        assert!(key.verify_pss(Hash::Sha256, &key.sign(&pss.encode())).is_err());
    }
    let mut encoded = right().encode();
    // The last byte of H.
    encoded[254] ^= 1;
    assert!(key.verify_pss(Hash::Sha256, &key.sign(&encoded)).is_err());
}

#[test]
fn rejects_pss_with_a_bit_set_above_the_encoded_message() {
    // Step 6: 2050 to 2056 bits leave from seven to one unused bits in the first byte. The lowest
    // of them keeps the number below n.
    for bits in 2050..=2056 {
        let key = Key::new(bits, F4);
        let encoded_bits = bits - 1;
        let pss = Pss { unused_bits: 1 << (encoded_bits % 8), ..Pss::new(Hash::Sha256, bits) };
        let signature = key.sign(&pss.encode());
        assert!(key.verify_pss(Hash::Sha256, &signature).is_err(), "{bits} bits");
    }
    // 2049 bits: the whole first byte lies above.
    let key = Key::new(2049, F4);
    let encoded = [&[1], &Pss::new(Hash::Sha256, 2049).encode()[..]].concat();
    let mut least = encoded;
    // Small enough to be below n, whose leading byte is one too.
    least[1] = 0;
    assert!(key.verify_pss(Hash::Sha256, &key.sign(&least)).is_err());
}

#[test]
fn rejects_pss_in_a_modulus_too_short_for_hash_and_salt() {
    // Two SHA-512 and two bytes are 130 bytes: from 1034 bits on the encoded message has them.
    for bits in [1034, 1035, 1040] {
        let key = Key::new(bits, F4);
        let signature = key.sign(&Pss::new(Hash::Sha512, bits).encode());
        assert!(key.verify_pss(Hash::Sha512, &signature).is_ok(), "{bits} bits");
    }
    for bits in [600, 1016, 1024, 1025, 1032, 1033] {
        let key = Key::new(bits, F4);
        for fill in [0x00, 0x01, 0x3c, 0x7f] {
            let mut encoded = vec![fill; key.modulus.len()];
            encoded[0] = 0;
            *encoded.last_mut().unwrap() = 0xbc;
            let signature = key.sign(&encoded);
            assert!(key.verify_pss(Hash::Sha512, &signature).is_err());
        }
    }
}

#[test]
fn agrees_with_another_implementation_on_arbitrary_signatures() {
    // What is recovered from a random signature is checked by signing it anew.
    let key = Key::new(3072, F4);
    let other = Rsa::new_unchecked(number(&key.modulus, 3072), BoxedUint::from(F4));
    let mut signature = digest(Hash::Sha512, &[b"seed"]).repeat(6);
    signature[0] = 0;
    for _ in 0..20 {
        let recovered = rsa_encrypt(&other, &number(&signature, 3072)).unwrap();
        let recovered = recovered.to_be_bytes();
        assert_eq!(key.sign(&recovered), signature);
        let mut ours = vec![0; 384];
        super::rsa::recover::<{ 384 / super::montgomery::LIMB_LEN }>(
            &mut ours,
            &key.modulus,
            &key.exponent,
            &signature,
        )
        .unwrap();
        assert_eq!(ours[..], recovered[..]);
        signature = digest(Hash::Sha512, &[&recovered]).repeat(6);
        signature[0] = 0;
    }
}

#[test]
fn supports_exactly_the_pairs_of_algorithm_and_key_that_it_verifies() {
    let rsa = PublicKey::Rsa { modulus: &[], exponent: &[] };
    let keys = [rsa, PublicKey::P256(&[]), PublicKey::P384(&[]), PublicKey::Ed25519(&[])];
    let supported = |algorithm| keys.map(|key| Compact.supports(algorithm, key));
    for hash in HASHES {
        assert_eq!(supported(SignatureAlgorithm::RsaPkcs1(hash)), [true, false, false, false]);
        assert_eq!(supported(SignatureAlgorithm::RsaPss(hash)), [true, false, false, false]);
        assert_eq!(supported(SignatureAlgorithm::Ecdsa(hash)), [false, true, true, false]);
        for key in &keys[1..] {
            let verified = Compact.verify(SignatureAlgorithm::RsaPss(hash), *key, MESSAGE, &[]);
            assert_eq!(verified, Err(InvalidSignature));
        }
        assert_eq!(Compact.verify(SignatureAlgorithm::Ecdsa(hash), rsa, MESSAGE, &[]), Err(InvalidSignature));
    }
    assert_eq!(supported(SignatureAlgorithm::Ed25519), [false; 4]);
    let verified = Compact.verify(SignatureAlgorithm::Ed25519, rsa, MESSAGE, &[]);
    assert_eq!(verified, Err(InvalidSignature));
}
