//! P-256 and P-384 (SP 800-186 section 3.2.1), brought into the form that is calculated with while compiling.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "evaluated while compiling: what is wrong does not compile"
)]

use super::{Curve, Field, Number};
use crate::signature::compact::montgomery::{LIMB_LEN, Limb, Modulus};

/// p, n, b, and the base point times 1, 3, 5, 7 and 9.
pub(in super::super) static P256: Curve<{ 32 / LIMB_LEN }> = Curve::constant(
    "ffffffff00000001000000000000000000000000ffffffffffffffffffffffff",
    "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551",
    "5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b",
    [
        [
            "6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296",
            "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5",
        ],
        [
            "5ecbe4d1a6330a44c8f7ef951d4bf165e6c6b721efada985fb41661bc6e7fd6c",
            "8734640c4998ff7e374b06ce1a64a2ecd82ab036384fb83d9a79b127a27d5032",
        ],
        [
            "51590b7a515140d2d784c85608668fdfef8c82fd1f5be52421554a0dc3d033ed",
            "e0c17da8904a727d8ae1bf36bf8a79260d012f00d4d80888d1d0bb44fda16da4",
        ],
        [
            "8e533b6fa0bf7b4625bb30667c01fb607ef9f8b8a80fef5b300628703187b2a3",
            "73eb1dbde03318366d069f83a6f5900053c73633cb041b21c55e1a86c1f400b4",
        ],
        [
            "ea68d7b6fedf0b71878938d51d71f8729e0acb8c2c6df8b3d79e8a4b90949ee0",
            "2a2744c972c9fce787014a964a8ea0c84d714feaa4de823fe85a224a4dd048fa",
        ],
    ],
);

/// As above.
pub(in super::super) static P384: Curve<{ 48 / LIMB_LEN }> = Curve::constant(
    "fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffeffffffff0000000000000000ffffffff",
    "ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973",
    "b3312fa7e23ee7e4988e056be3f82d19181d9c6efe8141120314088f5013875ac656398d8a2ed19d2a85c8edd3ec2aef",
    [
        [
            "aa87ca22be8b05378eb1c71ef320ad746e1d3b628ba79b9859f741e082542a385502f25dbf55296c3a545e3872760ab7",
            "3617de4a96262c6f5d9e98bf9292dc29f8f41dbd289a147ce9da3113b5f0b8c00a60b1ce1d7e819d7a431d7c90ea0e5f",
        ],
        [
            "077a41d4606ffa1464793c7e5fdc7d98cb9d3910202dcd06bea4f240d3566da6b408bbae5026580d02d7e5c70500c831",
            "c995f7ca0b0c42837d0bbe9602a9fc998520b41c85115aa5f7684c0edc111eacc24abd6be4b5d298b65f28600a2f1df1",
        ],
        [
            "11de24a2c251c777573cac5ea025e467f208e51dbff98fc54f6661cbe56583b037882f4a1ca297e60abcdbc3836d84bc",
            "8fa696c77440f92d0f5837e90a00e7c5284b447754d5dee88c986533b6901aeb3177686d0ae8fb33184414abe6c1713a",
        ],
        [
            "283c1d7365ce4788f29f8ebf234edffead6fe997fbea5ffa2d58cc9dfa7b1c508b05526f55b9ebb2040f05b48fb6d0e1",
            "9475c99061e41b88ba52efdb8c1690471a61d867ed799729d9c92cd01dbd225630d84ede32a78f9e64664cdac512ef8c",
        ],
        [
            "8f0a39a4049bcb3ef1bf29b8b025b78f2216f7291e6fd3bac6cb1ee285fb6e21c388528bfee2b9535c55e4461079118b",
            "62c77e1438b601d6452c4a5322c3a9799a9b3d7ca3c400c6b7678854aed9b3029e743efedfd51b68262da4f9ac664af8",
        ],
    ],
);

impl<const N: usize> Field<N> {
    const fn constant(hex: &str) -> Self {
        let prime: Number<N> = constant(hex);
        let mut one = [0; N];
        one[0] = 1;
        let one = times_r(one, prime);
        Self { modulus: Modulus::constant(prime), one, r_squared: times_r(one, prime) }
    }
}

impl<const N: usize> Curve<N> {
    const fn constant(p: &str, n: &str, b: &str, multiples: [[&str; 2]; 5]) -> Self {
        let prime = constant(p);
        let mut points = [[[0; N]; 2]; 5];
        let mut at = 0;
        while at < points.len() {
            points[at][0] = times_r(constant(multiples[at][0]), prime);
            points[at][1] = times_r(constant(multiples[at][1]), prime);
            at += 1;
        }
        Self {
            field: Field::constant(p),
            order: Field::constant(n),
            b: times_r(constant(b), prime),
            multiples: points,
        }
    }
}

/// Reads a number of `N` limbs in hexadecimal.
pub(super) const fn constant<const N: usize>(hex: &str) -> Number<N> {
    let digits = hex.as_bytes();
    assert!(digits.len() == 2 * LIMB_LEN * N);
    let mut number = [0; N];
    let mut at = 0;
    while at < digits.len() {
        let digit = match digits[at] {
            digit @ b'0'..=b'9' => digit - b'0',
            digit @ b'a'..=b'f' => digit - b'a' + 10,
            _ => panic!(),
        };
        let limb = &mut number[N - 1 - at / (2 * LIMB_LEN)];
        *limb = (*limb << 4) | digit as Limb;
        at += 1;
    }
    number
}

/// `a`·R modulo a prime, by doubling.
const fn times_r<const N: usize>(mut a: Number<N>, prime: Number<N>) -> Number<N> {
    let mut doublings = 0;
    while doublings < N * Limb::BITS as usize {
        let mut doubled = [0; N];
        let mut carry = 0;
        let mut at = 0;
        while at < N {
            doubled[at] = (a[at] << 1) | carry;
            carry = a[at] >> (Limb::BITS - 1);
            at += 1;
        }
        let mut reduced = [0; N];
        let mut borrow = false;
        at = 0;
        while at < N {
            let (difference, below) = doubled[at].overflowing_sub(prime[at]);
            let (difference, below_again) = difference.overflowing_sub(borrow as Limb);
            reduced[at] = difference;
            borrow = below | below_again;
            at += 1;
        }
        a = if carry == 0 && borrow { doubled } else { reduced };
        doublings += 1;
    }
    a
}
