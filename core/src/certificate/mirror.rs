//! The other encoding of an ECDSA-signed certificate.
//!
//! With (r, s) the pair (r, n - s) is a signature of the same message under the same key, n being the
//! order of the curve. Whoever holds such a certificate can therefore write it in a second way, with
//! another fingerprint, that is as good as the first. What is said of one must be said of both.

use super::Certificate;
use crate::der::{Reader, oid, push_positive_integer, require_minimal_integer, tag};
use crate::digest::sha256_of;
use heapless::Vec;

/// The order of P-256 (SP 800-186 3.2.1.3).
const P256_ORDER: [u8; 32] = [
    0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xbc,
    0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
];

/// The order of P-384 (SP 800-186 3.2.1.4).
const P384_ORDER: [u8; 48] = [
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xc7, 0x63, 0x4d, 0x81, 0xf4, 0x37, 0x2d, 0xdf, 0x58, 0x1a,
    0x0d, 0xb2, 0x48, 0xb0, 0xa7, 0x7a, 0xec, 0xec, 0x19, 0x6a, 0xcc, 0xc5, 0x29, 0x73,
];

impl Certificate<'_> {
    /// The SHA-256 fingerprint of the same certificate with n - s for the s of its ECDSA signature;
    /// `None` for other signatures, and for those that cannot be good.
    pub(crate) fn mirrored_fingerprint(&self) -> Option<[u8; 32]> {
        if !matches!(
            self.signature_algorithm().oid(),
            oid::ECDSA_WITH_SHA256 | oid::ECDSA_WITH_SHA384 | oid::ECDSA_WITH_SHA512
        ) {
            return None;
        }
        let mut outer = Reader::new(self.der()).ok()?.read(tag::SEQUENCE).ok()?;
        let tbs = outer.read_any().ok()?.der;
        let algorithm = outer.read_any().ok()?.der;
        // Ecdsa-Sig-Value (RFC 3279 2.2.3).
        let mut pair = Reader::new(self.signature()?).ok()?.read(tag::SEQUENCE).ok()?;
        let r = pair.read_tlv(tag::INTEGER).ok()?;
        let s = pair.read_integer().ok()?;
        require_minimal_integer(r.content).ok()?;

        let mut mirrored: Vec<u8, 51> = Vec::new();
        let len = r.content.rest().len().max(s.rest().len());
        // A number below the order has its length, or one byte more to keep it positive.
        if len <= P256_ORDER.len().saturating_add(1) {
            push_positive_integer(&mut mirrored, &subtract(P256_ORDER, s.rest())?)?;
        } else {
            push_positive_integer(&mut mirrored, &subtract(P384_ORDER, s.rest())?)?;
        }
        // SEQUENCE and BIT STRING are below 128 bytes.
        let sequence_len = u8::try_from(r.der.len().checked_add(mirrored.len())?).ok()?;
        let bits_len = sequence_len.checked_add(3)?;
        let signature = [tag::BIT_STRING, bits_len, 0, tag::SEQUENCE, sequence_len];
        let signature_len = usize::from(bits_len).checked_add(2)?;
        let content_len = tbs.len().checked_add(algorithm.len())?.checked_add(signature_len)?;
        let header = sequence_header(content_len)?;
        Some(sha256_of(&[&header, tbs, algorithm, &signature, r.der, &mirrored]))
    }
}

/// order - s, or `None` unless 0 < s < order.
fn subtract<const N: usize>(order: [u8; N], s: &[u8]) -> Option<[u8; N]> {
    let digits = match s {
        [0, digits @ ..] => digits,
        [0x01..=0x7f, ..] => s,
        _ => return None,
    };
    if digits.is_empty() || digits.len() > N {
        return None;
    }
    let mut difference = order;
    let mut borrow = false;
    for (byte, digit) in difference.iter_mut().rev().zip(digits.iter().rev().chain(core::iter::repeat(&0))) {
        let (partial, first) = byte.overflowing_sub(*digit);
        let (whole, second) = partial.overflowing_sub(u8::from(borrow));
        *byte = whole;
        borrow = first | second;
    }
    (!borrow && difference != [0; N]).then_some(difference)
}

/// SEQUENCE with its length, which is that of a certificate.
fn sequence_header(len: usize) -> Option<Vec<u8, 5>> {
    let [_, b2, b1, b0] = u32::try_from(len).ok()?.to_be_bytes();
    let length: &[u8] = match (b2, b1) {
        (0, 0) if b0 < 0x80 => &[b0],
        (0, 0) => &[0x81, b0],
        (0, _) => &[0x82, b1, b0],
        _ => &[0x83, b2, b1, b0],
    };
    let mut header = Vec::new();
    header.push(tag::SEQUENCE).ok()?;
    header.extend_from_slice(length).ok()?;
    Some(header)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sha256;
    use test_pki::{Authority, Key};

    /// The certificate with the other s, by the arithmetic of somebody else.
    fn mirror(der: &[u8], other: impl Fn(&[u8]) -> std::vec::Vec<u8>) -> std::vec::Vec<u8> {
        let certificate = Certificate::from_der(der).unwrap();
        let signature = certificate.signature().unwrap();
        let mirrored = other(signature);
        let mut bits = std::vec![0x03, u8::try_from(mirrored.len() + 1).unwrap(), 0];
        bits.extend(&mirrored);
        let mut outer = Reader::new(der).unwrap().read(tag::SEQUENCE).unwrap();
        let mut content = outer.read_any().unwrap().der.to_vec();
        content.extend(outer.read_any().unwrap().der);
        content.extend(bits);
        let mut whole = sequence_header(content.len()).unwrap().to_vec();
        whole.extend(content);
        whole
    }

    fn p256(signature: &[u8]) -> std::vec::Vec<u8> {
        let (r, s) = ::p256::ecdsa::Signature::from_der(signature).unwrap().split_scalars();
        ::p256::ecdsa::Signature::from_scalars(r, -s).unwrap().to_der().as_bytes().to_vec()
    }

    fn p384(signature: &[u8]) -> std::vec::Vec<u8> {
        let (r, s) = ::p384::ecdsa::Signature::from_der(signature).unwrap().split_scalars();
        ::p384::ecdsa::Signature::from_scalars(r, -s).unwrap().to_der().as_bytes().to_vec()
    }

    #[test]
    fn knows_the_fingerprint_of_the_other_encoding() {
        // Enough serials for every length that r and s have.
        for (key, other) in [(Key::p256(1), p256 as fn(&[u8]) -> _), (Key::p384(1), p384)] {
            let root = Authority::root("Root", key);
            for serial in 1..400 {
                let der = root.issue(Key::p256(2)).serial(serial).build();
                let twin = mirror(&der, other);
                assert_ne!(der, twin);
                let fingerprint = |der| Certificate::from_der(der).unwrap().mirrored_fingerprint();
                assert_eq!(fingerprint(&der), Some(sha256(&twin)));
                assert_eq!(fingerprint(&twin), Some(sha256(&der)));
            }
        }
    }

    #[test]
    fn has_nothing_to_say_of_other_signatures_and_of_impossible_ones() {
        let ed25519 = Authority::root("Root", Key::ed25519(1)).issue(Key::p256(2)).build();
        assert_eq!(Certificate::from_der(&ed25519).unwrap().mirrored_fingerprint(), None);
        let root = Authority::root("Root", Key::p256(1));
        let order = [&[0x30, 0x26, 2, 1, 1, 2, 0x21, 0][..], &P256_ORDER].concat();
        for signature in
            [&[][..], &[0x30, 0], &[0x30, 6, 2, 1, 1, 2, 1, 0], &[0x30, 6, 2, 1, 1, 2, 1, 0xff], &order]
        {
            let der = root.issue(Key::p256(2)).signature_raw(signature).build();
            assert_eq!(Certificate::from_der(&der).unwrap().mirrored_fingerprint(), None);
        }
    }
}
