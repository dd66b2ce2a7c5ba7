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
    if y.len() != len {
        return None;
    }
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

    /// a - b, and the order more if that is negative.
    fn subtract(a: &mut [u8], b: &[u8], order: &[u8]) {
        let mut borrow = 0;
        for (a, &b) in a.iter_mut().zip(b).rev() {
            let difference = i16::from(*a) - i16::from(b) - borrow;
            borrow = i16::from(difference < 0);
            *a = u8::try_from(difference.rem_euclid(256)).unwrap();
        }
        let mut carry = 0;
        for (a, &n) in a.iter_mut().zip(order).rev().filter(|_| borrow == 1) {
            let sum = u16::from(*a) + u16::from(n) + carry;
            carry = sum >> 8;
            *a = u8::try_from(sum & 0xff).unwrap();
        }
    }

    /// Of a number whose last byte is not 0xff.
    fn plus_one(number: &[u8]) -> Vec<u8> {
        let mut sum = number.to_vec();
        *sum.last_mut().unwrap() += 1;
        sum
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
            // s = n + 1 is as good as 1 where it is not refused: e = 1 - r.
            let one = {
                let mut one = zero.clone();
                one[len - 1] = 1;
                one
            };
            let mut digest = one.clone();
            let above = plus_one(&order);
            subtract(&mut digest, x, &order);
            assert!(accepts(&digest, x, &one));
            assert!(!accepts(&digest, x, &above));
            assert!(!accepts(&zero, &order, x));
            assert!(!accepts(&zero, &zero, x));
            assert!(!accepts(&zero, x, &zero));
            assert!(!accepts(&zero, &[&[1], &zero[..]].concat(), x));
            // -s is as good as s.
            let mut negated = zero.clone();
            subtract(&mut negated, x, &order);
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

    fn bytes(hex: &str) -> Vec<u8> {
        (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
    }

    /// A key, and what a signature of a digest of zero by it would be, with s = 1: r times the key is a point whose x
    /// is known.
    struct Known {
        r: &'static str,
        x: &'static str,
        y: &'static str,
    }

    impl Known {
        fn accepts<const N: usize>(&self, curve: &Curve<N>) -> bool {
            let point = [vec![4], bytes(self.x), bytes(self.y)].concat();
            let r = bytes(self.r);
            let r = &r[r.iter().take_while(|&&byte| byte == 0).count()..];
            accept(curve, &point, &vec![0; LIMB_LEN * N], r, &[1]).is_some()
        }
    }

    #[test]
    fn an_x_that_is_not_less_than_the_order_is_compared_modulo_the_order() {
        // The x of r times the key is the order and r.
        let p256 = Known {
            r: "03",
            x: "02bc847e19ebbe40a367ced648068511bbc24dba56322fd52885604eddc09eaf",
            y: "815556a7b1bb4d14f4f42197daf62b07c1f30ffbbd9df15047f2b29c56da405e",
        };
        let p384 = Known {
            r: "02",
            x: "cd9bce751308912b0ef495c6b6b41c61c21bf0d08d74761f6c90dd1aafa4bdb71456d571cb606d081ca725ef3732b722",
            y: "b1c571c09089ad6add6149271a4075961422700cd68b0b79f108a874c76fd5e0e35e2f4f4e96635ed1b5429216e0a806",
        };
        assert!(p256.accepts(&P256));
        assert!(p384.accepts(&P384));
    }

    #[test]
    fn an_x_that_is_equal_modulo_the_field_is_not_enough() {
        // The x of r times the key is zero, and the order and r are the field's modulus.
        let p256 = Known {
            r: "000000000000000000000000000000004319055358e8617b0c46353d039cdaae",
            x: "4b31d62fd9e3334146b7e206f7f4ba3520dd8494bee06d5c946ae5f7475f9d8a",
            y: "18d8418cfff46fa7c77af96d72c673921fe1f79385f93aab3492b84f30ec2222",
        };
        let p384 = Known {
            r: "000000000000000000000000000000000000000000000000389cb27e0bc8d21fa7e5f24cb74f58851313e696333ad68c",
            x: "cc381c968f341e18f34369e97dac35564c01ef47d8d2f02132aae6191bf0bd47efb68728501b67a5db9bc0f0cd56775e",
            y: "ffc8633bd54cb37d2143c82465d3559236ee4057a1e287f19abddb43261b3ff9286bff4357ae37e648a3d9ddad0c19f2",
        };
        assert!(!p256.accepts(&P256));
        assert!(!p384.accepts(&P384));
    }

    #[test]
    fn a_coordinate_keeps_its_leading_zero_bytes() {
        // SEC 1 2.3.4: a point is as long as its curve says.
        fn check<const N: usize>(curve: &Curve<N>, x: &str, y: &str) {
            let (x, y, zero) = (bytes(x), bytes(y), vec![0; LIMB_LEN * N]);
            assert_eq!(y[0], 0);
            assert!(accept(curve, &[&[4], &x[..], &y].concat(), &zero, &x, &x).is_some());
            assert!(accept(curve, &[&[4], &x[..], &y[1..]].concat(), &zero, &x, &x).is_none());
            assert!(accept(curve, &[&[4], &x[..], &[0], &y].concat(), &zero, &x, &x).is_none());
        }
        check(
            &P256,
            "986ae2506f1ff104d04230861d8f4b498f4bc4c6d009b30f7544dc129b82d28d",
            "003cccc0a6460e0ae328a4d97d3c7b61d86fc6289c189f2525110c441bb07e97",
        );
        check(
            &P384,
            "d03aa748f5f48eb3e0c54b683f25d2e2d7d7e3201282a95b57a59ffb8f94cf4c43b1107ca944b9211c351112de16ed18",
            "000a08c602dc5e0031dad088c19305f6b252a2bc3f245f7a5b80b484c7b99f6981c32374c714a7683255f5331f66bb06",
        );
    }
}
