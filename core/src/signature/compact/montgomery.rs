//! Arithmetic modulo an odd number, after P. L. Montgomery (Math. Comp. 44 (1985), 519–521).
//!
//! Numbers are slices of limbs, least significant first, all as long as the modulus; R is 2 to the
//! number of bits in such a slice. Products are reduced limb by limb while they are taken ("FIOS" in Koç, Acar and
//! Kaliski, IEEE Micro 16(3), 1996): no double-length product is ever stored, and each step is one multiplication with
//! two additions, which Cortex-M4 has as one instruction. A square costs as much as a product; that the terms of a square
//! come in pairs is worth less than this loop. Variable time.

use core::cmp::Ordering;
use core::iter::repeat;
use core::mem::replace;

/// The digit in which this target counts: the widest whose product it has in hardware.
#[cfg(target_pointer_width = "64")]
pub(super) type Limb = u64;
#[cfg(target_pointer_width = "64")]
type Wide = u128;

/// The digit in which this target counts: the widest whose product it has in hardware.
#[cfg(not(target_pointer_width = "64"))]
pub(super) type Limb = u32;
#[cfg(not(target_pointer_width = "64"))]
type Wide = u64;

/// Bytes in a limb.
pub(super) const LIMB_LEN: usize = size_of::<Limb>();

#[allow(clippy::cast_possible_truncation, reason = "the low half is what is asked for")]
const fn low(wide: Wide) -> Limb {
    wide as Limb
}

const fn high(wide: Wide) -> Limb {
    low(wide >> Limb::BITS)
}

fn wide(high: Limb, low: Limb) -> Wide {
    (Wide::from(high) << Limb::BITS) | Wide::from(low)
}

fn product(a: Limb, b: Limb) -> Wide {
    Wide::from(a).wrapping_mul(Wide::from(b))
}

/// An odd modulus of at least two limbs, the most significant of them not zero: a slice of limbs, or an array where
/// their number is known beforehand.
#[derive(Clone, Copy, Debug)]
pub(super) struct Modulus<L> {
    limbs: L,
    lowest: Limb,
    /// −1/n modulo 2 to the bits of a limb.
    negated_inverse: Limb,
}

impl<'a> Modulus<&'a [Limb]> {
    /// `None` unless the number is odd, at least two limbs long and without a leading zero limb.
    pub(super) fn new(limbs: &'a [Limb]) -> Option<Self> {
        let [lowest, .., highest] = *limbs else {
            return None;
        };
        let negated_inverse = negated_inverse(lowest);
        (lowest & 1 == 1 && highest != 0).then_some(Self { limbs, lowest, negated_inverse })
    }
}

impl<const N: usize> Modulus<[Limb; N]> {
    /// For constants: does not compile unless the number is odd, at least two limbs long and without a leading zero
    /// limb.
    #[allow(clippy::indexing_slicing, clippy::arithmetic_side_effects, reason = "while compiling only")]
    pub(super) const fn constant(limbs: [Limb; N]) -> Self {
        let (lowest, highest) = (limbs[0], limbs[N - 1]);
        assert!(lowest & 1 == 1 && highest != 0);
        Self { limbs, lowest, negated_inverse: negated_inverse(lowest) }
    }

    pub(super) const fn array(&self) -> &[Limb; N] {
        &self.limbs
    }
}

/// −1/`lowest` modulo 2 to the bits of a limb.
const fn negated_inverse(lowest: Limb) -> Limb {
    // Newton's iteration: an odd number is its own inverse modulo 8, and each step doubles the
    // number of correct bits: 3, 6, 12, 24, 48, 96.
    let mut inverse = lowest;
    let mut correct = 3;
    while correct < Limb::BITS {
        let error = (2 as Limb).wrapping_sub(lowest.wrapping_mul(inverse));
        inverse = inverse.wrapping_mul(error);
        correct = correct.wrapping_mul(2);
    }
    inverse.wrapping_neg()
}

/// `a`·`b` + `c` + `d`, which never overflows: the lower limb, and the upper one.
#[inline(always)]
fn multiply_add(a: Limb, b: Limb, c: Limb, d: Limb) -> (Limb, Limb) {
    let sum = product(a, b).wrapping_add(Wide::from(c)).wrapping_add(Wide::from(d));
    (low(sum), high(sum))
}

impl<L: AsRef<[Limb]>> Modulus<L> {
    /// The number itself.
    pub(super) fn limbs(&self) -> &[Limb] {
        self.limbs.as_ref()
    }

    /// Sets `out` to `a`·`b`/R modulo n, less than n if `a` or `b` is, and less than R. Fails only if the lengths
    /// differ.
    ///
    /// Product and reduction are taken in one pass for each limb of `b`.
    #[must_use]
    pub(super) fn multiply(&self, out: &mut [Limb], a: &[Limb], b: &[Limb]) -> Option<()> {
        let len = self.limbs().len();
        if out.len() != len || a.len() != len || b.len() != len {
            return None;
        }
        let (&a_lowest, a) = a.split_first()?;
        let (_, n) = self.limbs().split_first()?;
        let mut top: Limb = 0;
        out.fill(0);
        for &b in b {
            let mut limbs = out.iter_mut();
            let mut at = limbs.next()?;
            let (sum, mut carry) = multiply_add(a_lowest, b, *at, 0);
            let quotient = sum.wrapping_mul(self.negated_inverse);
            let (_, mut reduction) = multiply_add(quotient, self.lowest, sum, 0);
            for ((next, &a), &n) in limbs.zip(a).zip(n) {
                let sum;
                (sum, carry) = multiply_add(a, b, *next, carry);
                (*at, reduction) = multiply_add(quotient, n, sum, reduction);
                at = next;
            }
            let sum = Wide::from(carry).wrapping_add(Wide::from(reduction)).wrapping_add(Wide::from(top));
            (*at, top) = (low(sum), high(sum));
        }
        // The result is below 2n if `a` or `b` is below n, and below R + n.
        if top != 0 || !self.is_above(out) {
            self.subtract_from(out);
        }
        Some(())
    }

    /// Sets `a` to `a` + `b` modulo n; both are less than n, and of its length.
    #[inline(always)]
    pub(super) fn add(&self, a: &mut [Limb], b: &[Limb]) {
        if add(a, b) || !self.is_above(a) {
            self.subtract_from(a);
        }
    }

    /// Sets `a` to `a` − `b` modulo n; both are less than n, and of its length.
    #[inline(always)]
    pub(super) fn subtract(&self, a: &mut [Limb], b: &[Limb]) {
        if subtract(a, b) {
            self.add_to(a);
        }
    }

    /// Whether `a` is less than n.
    pub(super) fn is_above(&self, a: &[Limb]) -> bool {
        a.iter().rev().cmp(self.limbs().iter().rev()) == Ordering::Less
    }

    /// Subtracts n modulo R.
    fn subtract_from(&self, a: &mut [Limb]) {
        subtract(a, self.limbs());
    }

    /// Adds n modulo R.
    fn add_to(&self, a: &mut [Limb]) {
        add(a, self.limbs());
    }

    /// Replaces `a`, less than n, by `a`·R modulo n.
    ///
    /// By long division (Knuth, TAOCP vol. 2, 4.3.1, algorithm D), one limb of R at a time: this
    /// costs as much as one reduction, where the usual way, a product with R², first has to find R².
    pub(super) fn multiply_by_r(&self, a: &mut [Limb]) -> Option<()> {
        if a.len() != self.limbs().len() {
            return None;
        }
        let divisor = Divisor::new(self.limbs());
        for _ in 0..self.limbs().len() {
            let quotient = divisor.quotient(a);
            self.shift_in_zero_and_subtract(a, quotient);
        }
        Some(())
    }

    /// Replaces `a` by `a` times the base of a limb, less `quotient` times n; `quotient` may be too
    /// large by one.
    fn shift_in_zero_and_subtract(&self, a: &mut [Limb], quotient: Limb) {
        let mut below: Limb = 0;
        let mut carry: Limb = 0;
        for (a, &n) in a.iter_mut().zip(self.limbs()) {
            let p = product(quotient, n).wrapping_add(Wide::from(carry));
            let (difference, borrow) = below.overflowing_sub(low(p));
            below = replace(a, difference);
            // No overflow: where the high half is at its greatest, the low half is zero.
            carry = high(p).wrapping_add(Limb::from(borrow));
        }
        if below < carry {
            self.add_to(a);
        }
    }
}

/// Adds `b` to `a`, and says whether the sum went beyond it.
#[inline(always)]
pub(super) fn add(a: &mut [Limb], b: &[Limb]) -> bool {
    let mut carry = false;
    for (a, &b) in a.iter_mut().zip(b) {
        let (sum, over) = a.overflowing_add(b);
        let (sum, over_again) = sum.overflowing_add(Limb::from(carry));
        *a = sum;
        carry = over | over_again;
    }
    carry
}

/// Subtracts `b` from `a`, and says whether it was greater.
#[inline(always)]
fn subtract(a: &mut [Limb], b: &[Limb]) -> bool {
    let mut borrow = false;
    for (a, &b) in a.iter_mut().zip(b) {
        let (difference, below) = a.overflowing_sub(b);
        let (difference, below_again) = difference.overflowing_sub(Limb::from(borrow));
        *a = difference;
        borrow = below | below_again;
    }
    borrow
}

/// The two leading limbs of a modulus, shifted so that the leading bit is set, with their
/// reciprocal (Möller and Granlund, "Improved division by invariant integers", IEEE Trans. Comput.
/// 60(2), 2011).
struct Divisor {
    shift: u32,
    leading: Wide,
    /// ⌊(β³ − 1) / leading⌋ − β, where β is the base of a limb.
    reciprocal: Limb,
}

impl Divisor {
    /// Expects a leading limb that is not zero.
    fn new(modulus: &[Limb]) -> Self {
        let shift = modulus.last().map_or(0, |limb| limb.leading_zeros() & Limb::BITS.wrapping_sub(1));
        let [first, second, _] = leading_limbs(modulus, shift);
        let mut divisor = Self { shift, leading: wide(first, second), reciprocal: 0 };
        divisor.reciprocal = divisor.reciprocal();
        divisor
    }

    /// Algorithm 6 of the paper.
    fn reciprocal(&self) -> Limb {
        let (first, second) = (high(self.leading), low(self.leading));
        // ⌊(β² − 1) / first⌋ is less than 2β; only its low limb is kept, which takes β away.
        let mut v = low(Wide::MAX.checked_div(Wide::from(first)).unwrap_or_default());
        let mut p = first.wrapping_mul(v).wrapping_add(second);
        if p < second {
            v = v.wrapping_sub(1);
            if p >= first {
                v = v.wrapping_sub(1);
                p = p.wrapping_sub(first);
            }
            p = p.wrapping_sub(first);
        }
        let t = product(v, second);
        let (p, over) = p.overflowing_add(high(t));
        if over {
            v = v.wrapping_sub(1);
            if wide(p, low(t)) >= self.leading {
                v = v.wrapping_sub(1);
            }
        }
        v
    }

    /// The next limb of the quotient of `a`, less than the modulus, shifted up by one limb. It is
    /// right or too large by one, since only the leading limbs are looked at.
    fn quotient(&self, a: &[Limb]) -> Limb {
        let [first, second, third] = leading_limbs(a, self.shift);
        let upper = wide(first, second);
        if upper >= self.leading {
            return Limb::MAX;
        }
        // Algorithm 4 of the paper.
        let estimate = product(self.reciprocal, first).wrapping_add(upper);
        let mut quotient = high(estimate).wrapping_add(1);
        let (d1, d0) = (high(self.leading), low(self.leading));
        let r1 = second.wrapping_sub(high(estimate).wrapping_mul(d1));
        let mut remainder =
            wide(r1, third).wrapping_sub(product(d0, high(estimate))).wrapping_sub(self.leading);
        if high(remainder) >= low(estimate) {
            quotient = quotient.wrapping_sub(1);
            remainder = remainder.wrapping_add(self.leading);
        }
        if remainder >= self.leading {
            quotient = quotient.wrapping_add(1);
        }
        quotient
    }
}

/// The three leading limbs of a number shifted left by less than a limb.
fn leading_limbs(number: &[Limb], shift: u32) -> [Limb; 3] {
    let mut limbs = number.iter().rev().copied();
    let mut next = || limbs.next().unwrap_or_default();
    let [a, b, c, d] = [next(), next(), next(), next()];
    [(a, b), (b, c), (c, d)].map(|(upper, lower)| high(wide(upper, lower).wrapping_shl(shift)))
}

/// Reads a big-endian number; `limbs` must be long enough to hold it.
pub(super) fn from_be_bytes(limbs: &mut [Limb], bytes: &[u8]) {
    let (head, chunks) = bytes.as_rchunks::<LIMB_LEN>();
    let head = head.iter().fold(0, |limb: Limb, &byte| (limb << 8) | Limb::from(byte));
    let values = chunks.iter().rev().map(|&chunk| Limb::from_be_bytes(chunk));
    for (limb, value) in limbs.iter_mut().zip(values.chain([head]).chain(repeat(0))) {
        *limb = value;
    }
}

/// Writes the lowest bytes of a number, big-endian.
pub(super) fn to_be_bytes(bytes: &mut [u8], limbs: &[Limb]) {
    let (head, chunks) = bytes.as_rchunks_mut::<LIMB_LEN>();
    let mut limbs = limbs.iter();
    for (chunk, limb) in chunks.iter_mut().rev().zip(&mut limbs) {
        *chunk = limb.to_be_bytes();
    }
    for (out, byte) in head.iter_mut().rev().zip(limbs.flat_map(|limb| limb.to_le_bytes())) {
        *out = byte;
    }
}

#[cfg(test)]
#[allow(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::unwrap_used,
    clippy::cast_possible_truncation,
    reason = "a test may panic"
)]
mod tests {
    extern crate std;
    use std::vec;
    use std::vec::Vec;

    use super::*;

    /// splitmix64: the same values in every run.
    struct Values(u64);

    impl Values {
        fn next(&mut self) -> Limb {
            self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut z = self.0;
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            (z ^ (z >> 31)) as Limb
        }

        fn number(&mut self, len: usize) -> Vec<Limb> {
            (0..len).map(|_| self.next()).collect()
        }
    }

    /// a·b modulo n bit by bit: too slow and too simple to be wrong.
    fn double_and_add(a: &[Limb], b: &[Limb], n: &[Limb]) -> Vec<Limb> {
        // One limb more, so that twice a remainder fits.
        let wider = |x: &[Limb]| [x, &[0]].concat();
        let (b, n) = (wider(b), wider(n));
        let add = |x: &[Limb], y: &[Limb]| {
            let mut carry: Wide = 0;
            let sum: Vec<Limb> = x
                .iter()
                .zip(y)
                .map(|(&x, &y)| {
                    carry += Wide::from(x) + Wide::from(y);
                    let limb = low(carry);
                    carry >>= Limb::BITS;
                    limb
                })
                .collect();
            if sum.iter().rev().cmp(n.iter().rev()) == Ordering::Less {
                return sum;
            }
            let mut borrow = false;
            sum.iter()
                .zip(&n)
                .map(|(&x, &y)| {
                    let (d, b1) = x.overflowing_sub(y);
                    let (d, b2) = d.overflowing_sub(Limb::from(borrow));
                    borrow = b1 | b2;
                    d
                })
                .collect()
        };
        let mut sum = vec![0; n.len()];
        for limb in a.iter().rev() {
            for bit in (0..Limb::BITS).rev() {
                sum = add(&sum, &sum);
                if limb >> bit & 1 == 1 {
                    sum = add(&sum, &b);
                }
            }
        }
        assert_eq!(sum.pop(), Some(0));
        sum
    }

    /// Odd moduli of `len` limbs whose leading limbs are of every awkward kind.
    fn moduli(len: usize, values: &mut Values) -> Vec<Vec<Limb>> {
        let leading =
            [values.next() | 1, 1, 2, Limb::MAX, 1 << (Limb::BITS - 1), (1 << (Limb::BITS - 1)) - 1];
        let mut moduli = vec![vec![Limb::MAX; len]];
        for first in leading {
            let mut n = values.number(len);
            n[0] |= 1;
            n[len - 1] = first;
            moduli.push(n.clone());
            n[len - 2] = 0;
            n[0] |= 1;
            moduli.push(n.clone());
            n[1..len - 1].fill(Limb::MAX);
            moduli.push(n);
        }
        moduli
    }

    /// Numbers below `n`: 0, 1, n − 1, and anything.
    fn operands(n: &[Limb], values: &mut Values) -> Vec<Vec<Limb>> {
        let mut one = vec![0; n.len()];
        one[0] = 1;
        let mut greatest = n.to_vec();
        greatest[0] -= 1;
        let any = double_and_add(&values.number(n.len()), &one, n);
        vec![vec![0; n.len()], one, greatest, any]
    }

    #[test]
    fn products_agree_with_double_and_add() {
        let mut values = Values(1);
        for len in [2, 3, 4, 5, 7, 8, 13, 33] {
            for n in moduli(len, &mut values) {
                let modulus = Modulus::new(&n).unwrap();
                for a in operands(&n, &mut values) {
                    for b in operands(&n, &mut values) {
                        let mut c = vec![0; len];
                        modulus.multiply(&mut c, &a, &b).unwrap();
                        modulus.multiply_by_r(&mut c).unwrap();
                        assert_eq!(c, double_and_add(&a, &b, &n), "{a:x?} {b:x?} {n:x?}");
                    }
                }
            }
        }
    }

    #[test]
    fn products_of_the_longest_numbers_agree_with_double_and_add() {
        let mut values = Values(2);
        for bytes in [256, 384, 512, crate::limits::MAX_RSA_MODULUS_LEN] {
            let mut n = values.number(bytes / LIMB_LEN);
            n[0] |= 1;
            let modulus = Modulus::new(&n).unwrap();
            let a = operands(&n, &mut values).pop().unwrap();
            let b = operands(&n, &mut values).pop().unwrap();
            let mut c = vec![0; n.len()];
            modulus.multiply(&mut c, &a, &b).unwrap();
            modulus.multiply_by_r(&mut c).unwrap();
            assert_eq!(c, double_and_add(&a, &b, &n));
        }
    }

    #[test]
    fn takes_factors_that_are_only_below_r() {
        // Squares of unreduced results, as an exponentiation chains them.
        let mut values = Values(3);
        for n in moduli(4, &mut values) {
            let modulus = Modulus::new(&n).unwrap();
            let mut power = vec![Limb::MAX; 4];
            let mut one = vec![0; 4];
            one[0] = 1;
            let mut expected = double_and_add(&power, &one, &n);
            let mut r_inverse = vec![0; 4];
            modulus.multiply(&mut r_inverse, &one, &one).unwrap();
            for _ in 0..8 {
                let mut square = vec![0; 4];
                modulus.multiply(&mut square, &power, &power).unwrap();
                power = square;
                expected = double_and_add(&expected, &expected, &n);
                expected = double_and_add(&expected, &r_inverse, &n);
                assert_eq!(double_and_add(&power, &one, &n), expected);
            }
        }
    }

    #[test]
    fn corrects_a_quotient_that_is_one_too_large() {
        // The leading limbs of a are three times those of n, but n is larger than its leading limbs
        // say: the true quotient is two.
        let half = 1 << (Limb::BITS - 1);
        let n = [Limb::MAX, Limb::MAX, Limb::MAX, 0, half];
        let a = [0, 0, 0, half, 1];
        let divisor = Divisor::new(&n);
        assert_eq!(divisor.quotient(&a), 3);
        let mut product = a;
        Modulus::new(&n).unwrap().multiply_by_r(&mut product).unwrap();
        let mut expected = a.to_vec();
        let mut base = [0; 5];
        base[1] = 1;
        for _ in 0..5 {
            expected = double_and_add(&expected, &base, &n);
        }
        assert_eq!(product[..], expected);
    }

    #[test]
    fn takes_the_greatest_quotient_where_the_leading_limbs_are_equal() {
        let n = [3, 2, 1, Limb::MAX];
        let a = [2, 2, 1, Limb::MAX];
        assert_eq!(Divisor::new(&n).quotient(&a), Limb::MAX);
        let mut product = a;
        Modulus::new(&n).unwrap().multiply_by_r(&mut product).unwrap();
        let mut expected = a.to_vec();
        for _ in 0..4 {
            expected = double_and_add(&expected, &[0, 1, 0, 0], &n);
        }
        assert_eq!(product[..], expected);
    }

    #[test]
    fn rejects_an_even_modulus() {
        assert!(Modulus::new(&[2, 1]).is_none());
        assert!(Modulus::new(&[0, 1]).is_none());
    }

    #[test]
    fn rejects_a_modulus_of_one_limb_or_with_a_leading_zero_limb() {
        assert!(Modulus::new(&[]).is_none());
        assert!(Modulus::new(&[3]).is_none());
        assert!(Modulus::new(&[3, 0]).is_none());
    }

    #[test]
    fn rejects_numbers_of_another_length_than_the_modulus() {
        let modulus = Modulus::new(&[3, 5]).unwrap();
        let [short, long] = [&[1][..], &[1, 1, 1]];
        let fits = &[1, 1][..];
        assert!(modulus.multiply(&mut [0; 2], fits, fits).is_some());
        for other in [short, long] {
            assert!(modulus.multiply(&mut [0; 2], fits, other).is_none());
            assert!(modulus.multiply(&mut [0; 2], other, fits).is_none());
            assert!(modulus.multiply(&mut other.to_vec(), fits, fits).is_none());
            assert!(modulus.multiply_by_r(&mut other.to_vec()).is_none());
        }
    }

    #[test]
    fn bytes_that_fill_no_limb_come_back() {
        for len in 0..40_u8 {
            let bytes: Vec<u8> = (1..=len).collect();
            let mut limbs = vec![Limb::MAX; 40 / LIMB_LEN + 1];
            from_be_bytes(&mut limbs, &bytes);
            let mut back = vec![0xff; 40];
            to_be_bytes(&mut back, &limbs);
            let (zeros, number) = back.split_at(40 - usize::from(len));
            assert!(zeros.iter().all(|&byte| byte == 0));
            assert_eq!(number, bytes);
        }
    }
}
