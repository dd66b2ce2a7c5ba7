//! ECDSA verification (FIPS 186-5 section 6.4.2, SEC 1 section 4.1.4).

use super::super::algorithm::positive;
use super::super::{Digest, Hash, InvalidSignature};
use super::curve::Curve;
use super::montgomery::{self, LIMB_LEN};
use crate::der::{Reader, tag};

/// Verifies a signature in the form of an `ECDSA-Sig-Value` (RFC 3279 section 2.2.3) by an uncompressed point.
#[inline(never)]
pub(super) fn verify<const N: usize>(
    curve: &Curve<N>,
    hash: Hash,
    point: &[u8],
    message: &[u8],
    signature: &[u8],
) -> Result<(), InvalidSignature> {
    let (r, s) = sig_value(signature).ok_or(InvalidSignature)?;
    let digest = Digest::of(hash, &[message]);
    accept(curve, point, digest.as_bytes(), r, s).ok_or(InvalidSignature)
}

/// The two numbers, without leading zero bytes.
fn sig_value(der: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut reader = Reader::new(der).ok()?;
    let mut numbers = reader.read(tag::SEQUENCE).ok()?;
    reader.finish().ok()?;
    let (r, s) = (positive(&mut numbers).ok()?, positive(&mut numbers).ok()?);
    numbers.finish().ok()?;
    Some((r, s))
}

fn accept<const N: usize>(curve: &Curve<N>, point: &[u8], digest: &[u8], r: &[u8], s: &[u8]) -> Option<()> {
    let len = LIMB_LEN.wrapping_mul(N);
    let Some((0x04, coordinates)) = point.split_first().map(|(form, rest)| (*form, rest)) else {
        return None;
    };
    let (x, y) = coordinates.split_at_checked(len)?;
    let point = curve.point(x, y)?;
    let order = &curve.order;
    let (r, s) = (order.number(r)?, order.number(s)?);
    if r == [0; N] || s == [0; N] {
        return None;
    }
    // The leftmost bits of the digest, if it is longer than the order. It may be greater, which the product below
    // allows for.
    let mut e = [0; N];
    montgomery::from_be_bytes(&mut e, digest.get(..len).unwrap_or(digest));
    let w = order.invert(&order.enter(&s));
    let sum = curve.multiply_add(&order.multiply(&e, &w), &order.multiply(&r, &w), &point);
    // The coordinate modulo the order is r: it is r, or r and the order.
    let matches =
        curve.has_x(&sum, &r) || order.lift(&r, &curve.field).is_some_and(|r| curve.has_x(&sum, &r));
    matches.then_some(())
}

#[cfg(test)]
#[allow(clippy::cast_possible_truncation, reason = "a test may panic")]
mod tests {
    extern crate std;
    use super::super::curve::{P256, P384};
    use super::*;
    use std::vec;
    use std::vec::Vec;

    fn integer(number: &[u8]) -> Vec<u8> {
        let padded =
            [if number.first().is_some_and(|first| first & 0x80 != 0) { &[0][..] } else { &[] }, number]
                .concat();
        [&[0x02, padded.len() as u8][..], &padded].concat()
    }

    fn sequence(content: &[u8]) -> Vec<u8> {
        [&[0x30, content.len() as u8][..], content].concat()
    }

    #[test]
    fn reads_the_one_encoding_of_two_positive_numbers() {
        let numbers = |der: &[u8]| sig_value(der).map(|(r, s)| (r.to_vec(), s.to_vec()));
        let pair = sequence(&[integer(&[0x80]), integer(&[1])].concat());
        assert_eq!(numbers(&pair), Some((vec![0x80], vec![1])));
        for content in [
            [integer(&[1]), vec![]].concat(),
            [integer(&[1]), integer(&[1]), integer(&[1])].concat(),
            // Negative, zero, with a zero byte too many, empty.
            [vec![2, 1, 0x80], integer(&[1])].concat(),
            [integer(&[1]), vec![2, 1, 0]].concat(),
            [vec![2, 2, 0, 1], integer(&[1])].concat(),
            [integer(&[1]), vec![2, 0]].concat(),
        ] {
            assert_eq!(numbers(&sequence(&content)), None, "{content:x?}");
        }
        assert_eq!(numbers(&[&pair[..], &[0]].concat()), None);
        assert_eq!(numbers(&pair[..pair.len() - 1]), None);
        assert_eq!(numbers(&[]), None);
    }

    /// A key that anyone could make signatures for, had it been made so: the base point itself, with private key one.
    macro_rules! base_point {
        ($crate_name:ident) => {{
            use ::$crate_name::elliptic_curve::Group;
            use ::$crate_name::elliptic_curve::sec1::ToSec1Point;
            ::$crate_name::ProjectivePoint::generator().to_affine().to_sec1_point(false).as_bytes().to_vec()
        }};
    }

    #[test]
    fn refuses_numbers_out_of_range_and_takes_the_greatest_within() {
        // FIPS 186-5 6.4.2, step 1: both from 1 to n - 1. With the private key one and k = 1, r is the base point's x,
        // and s = e + r.
        fn check<const N: usize>(curve: &Curve<N>, point: &[u8]) {
            let len = LIMB_LEN * N;
            let x = &point[1..=len];
            let order: Vec<u8> =
                curve.order.prime().iter().rev().flat_map(|limb| limb.to_be_bytes()).collect();
            let accepts = |digest: &[u8], r: &[u8], s: &[u8]| accept(curve, point, digest, r, s).is_some();
            let zero = vec![0; len];
            // e = 0: u is zero, and of the base point nothing is added.
            assert!(accepts(&zero, x, x));
            // The order as a digest is zero as well.
            assert!(accepts(&order, x, x));
            assert!(!accepts(&zero, x, &order));
            assert!(!accepts(&zero, &order, x));
            assert!(!accepts(&zero, &zero, x));
            assert!(!accepts(&zero, x, &zero));
            assert!(!accepts(&zero, &[&[1], &zero[..]].concat(), x));
            // -s is as good as s.
            let mut negated = order.clone();
            let mut borrow = 0;
            for (digit, &of_x) in negated.iter_mut().zip(x).rev() {
                let difference = i16::from(*digit) - i16::from(of_x) - borrow;
                borrow = i16::from(difference < 0);
                *digit = u8::try_from(difference.rem_euclid(256)).unwrap();
            }
            assert!(accepts(&zero, x, &negated));
            // The sum is at infinity where e = -r.
            assert!(!accepts(&negated, x, x));
            // Another message, another key, half a key.
            assert!(!accepts(&[1; 32], x, x));
            assert!(accept(curve, &point[..point.len() - 1], &zero, x, x).is_none());
            assert!(accept(curve, &[point, &[0]].concat(), &zero, x, x).is_none());
            assert!(accept(curve, &[&[0x02], &point[1..]].concat(), &zero, x, x).is_none());
            assert!(accept(curve, &[], &zero, x, x).is_none());
        }
        check(&P256, &base_point!(p256));
        check(&P384, &base_point!(p384));
    }

    #[test]
    fn takes_the_leftmost_bits_of_a_long_digest_and_all_of_a_short_one() {
        let point = base_point!(p256);
        let x = &point[1..33];
        let long = [&[0; 32][..], &[0xff; 32]].concat();
        assert!(accept(&P256, &point, &long, x, x).is_some());
        assert!(accept(&P256, &point, &[&[0xff; 32][..], &[0; 32]].concat(), x, x).is_none());
        let point = base_point!(p384);
        let x = &point[1..49];
        assert!(accept(&P384, &point, &[0; 32], x, x).is_some());
    }
}
