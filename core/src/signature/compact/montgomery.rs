//! Arithmetic modulo an odd number, after P. L. Montgomery (Math. Comp. 44 (1985), 519–521).
//!
//! Numbers are slices of limbs, least significant first, all as long as the modulus; R is 2 to the
//! number of bits in such a slice. Products are taken column by column ("FIPS" in Koç, Acar and
//! Kaliski, IEEE Micro 16(3), 1996), so that no double-length product is ever stored. Variable time.

use core::cmp::Ordering;
use core::iter::repeat;
use core::mem::replace;
use core::ops::Range;

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

/// Products summed at a time in the inner loop: enough to hide the loop's own cost.
const UNROLL: usize = 4;

#[allow(
    clippy::cast_possible_truncation,
    reason = "the low half is what is asked for"
)]
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

/// A sum of products of limbs, the low and the high halves of the products summed apart: two
/// carry chains that do not wait for each other, where one sum of three limbs would make every
/// addition wait for the one before.
///
/// No sum overflows: the bound is 2 to the limb's bits of products, and a column has at most three
/// for each limb of the modulus.
#[derive(Clone, Copy, Default)]
struct Column {
    low: Wide,
    high: Wide,
}

impl Column {
    #[inline(always)]
    fn add_product(&mut self, a: Limb, b: Limb) {
        let p = product(a, b);
        self.low = self.low.wrapping_add(Wide::from(low(p)));
        self.high = self.high.wrapping_add(Wide::from(high(p)));
    }

    /// Adds the products of `a` read forward with `b` read backward.
    #[inline(always)]
    fn add_products(&mut self, a: &[Limb], b: &[Limb]) {
        let (a_chunks, a_rest) = a.as_chunks::<UNROLL>();
        let (b_rest, b_chunks) = b.as_rchunks::<UNROLL>();
        for (a, b) in a_chunks.iter().zip(b_chunks.iter().rev()) {
            for (&a, &b) in a.iter().zip(b.iter().rev()) {
                self.add_product(a, b);
            }
        }
        for (&a, &b) in a_rest.iter().zip(b_rest.iter().rev()) {
            self.add_product(a, b);
        }
    }

    #[inline(always)]
    fn add(&mut self, other: Self) {
        self.low = self.low.wrapping_add(other.low);
        self.high = self.high.wrapping_add(other.high);
    }

    #[inline(always)]
    fn double(&mut self) {
        self.low <<= 1;
        self.high <<= 1;
    }

    /// Takes the lowest limb out; what remains belongs to the next column.
    #[inline(always)]
    fn take_limb(&mut self) -> Limb {
        let limb = low(self.low);
        self.low = Wide::from(high(self.low)).wrapping_add(self.high);
        self.high = 0;
        limb
    }
}

/// The indices j for which both j and `i` − j lie in a number of `len` limbs.
#[inline(always)]
fn column_range(i: usize, len: usize) -> Range<usize> {
    i.saturating_add(1).saturating_sub(len)..len.min(i.saturating_add(1))
}

/// The limbs in `range`; none if the number is too short, which the callers have ruled out.
#[inline(always)]
fn part(number: &[Limb], range: Range<usize>) -> &[Limb] {
    number.get(range).unwrap_or_default()
}

/// Column `i` of the product of two numbers of one length.
#[inline(always)]
fn product_column(a: &[Limb], b: &[Limb], i: usize) -> Column {
    let range = column_range(i, a.len());
    let mut column = Column::default();
    column.add_products(part(a, range.clone()), part(b, range));
    column
}

/// Column `i` of the square of `a`: each product of two different limbs is taken once and doubled.
#[inline(always)]
fn square_column(a: &[Limb], i: usize) -> Column {
    let range = column_range(i, a.len());
    let half = i.saturating_add(1) >> 1;
    let mut column = Column::default();
    column.add_products(
        part(a, range.start..half),
        part(a, i.saturating_add(1).saturating_sub(half)..range.end),
    );
    column.double();
    if i & 1 == 0 {
        let middle = a.get(half).copied().unwrap_or_default();
        column.add_product(middle, middle);
    }
    column
}

/// An odd modulus of at least two limbs, the most significant of them not zero.
#[derive(Clone, Copy)]
pub(super) struct Modulus<'a> {
    limbs: &'a [Limb],
    lowest: Limb,
    /// −1/n modulo 2 to the bits of a limb.
    negated_inverse: Limb,
}

impl<'a> Modulus<'a> {
    /// `None` unless the number is odd, at least two limbs long and without a leading zero limb.
    pub(super) fn new(limbs: &'a [Limb]) -> Option<Self> {
        let [lowest, _, ..] = *limbs else {
            return None;
        };
        if lowest & 1 == 0 || limbs.last() == Some(&0) {
            return None;
        }
        // Newton's iteration: an odd number is its own inverse modulo 8, and each step doubles the
        // number of correct bits: 3, 6, 12, 24, 48, 96.
        let mut inverse = lowest;
        for _ in 0..5 {
            let error = (2 as Limb).wrapping_sub(lowest.wrapping_mul(inverse));
            inverse = inverse.wrapping_mul(error);
        }
        Some(Self {
            limbs,
            lowest,
            negated_inverse: inverse.wrapping_neg(),
        })
    }

    /// Sets `out` to `a`·`b`/R modulo n. Fails only if the lengths differ.
    ///
    /// `out` is less than R, and less than n if `a` or `b` is and [`reduce_once`](Self::reduce_once)
    /// follows.
    #[must_use]
    pub(super) fn multiply(&self, out: &mut [Limb], a: &[Limb], b: &[Limb]) -> Option<()> {
        self.require_lengths([out.len(), a.len(), b.len()])?;
        self.reduce_columns(out, |i| product_column(a, b, i))
    }

    /// Sets `out` to `a`²/R modulo n, less than R. Fails only if the lengths differ.
    #[must_use]
    pub(super) fn square(&self, out: &mut [Limb], a: &[Limb]) -> Option<()> {
        self.require_lengths([out.len(), a.len(), a.len()])?;
        self.reduce_columns(out, |i| square_column(a, i))
    }

    fn require_lengths(&self, lengths: [usize; 3]) -> Option<()> {
        lengths
            .iter()
            .all(|&len| len == self.limbs.len())
            .then_some(())
    }

    /// Montgomery's reduction of the number whose columns are given.
    ///
    /// In the lower half, each column determines the limb of the quotient that makes it vanish. The
    /// quotient is kept in `out`, where the result overwrites it limb by limb behind the last use.
    #[inline(always)]
    fn reduce_columns(&self, out: &mut [Limb], column: impl Fn(usize) -> Column) -> Option<()> {
        let len = self.limbs.len();
        let mut sum = Column::default();
        for i in 0..len {
            let mut reduction = Column::default();
            reduction.add_products(part(out, 0..i), part(self.limbs, 1..i.saturating_add(1)));
            sum.add(column(i));
            sum.add(reduction);
            let quotient = low(sum.low).wrapping_mul(self.negated_inverse);
            sum.add_product(quotient, self.lowest);
            sum.take_limb();
            *out.get_mut(i)? = quotient;
        }
        for i in 0..len {
            let above = i.saturating_add(1)..len;
            let mut reduction = Column::default();
            reduction.add_products(part(out, above.clone()), part(self.limbs, above));
            sum.add(column(i.saturating_add(len)));
            sum.add(reduction);
            *out.get_mut(i)? = sum.take_limb();
        }
        // The result is below R + n; below R is enough for the next product.
        if sum.low != 0 {
            self.subtract_from(out);
        }
        Some(())
    }

    /// Brings a number below 2n below n.
    pub(super) fn reduce_once(&self, a: &mut [Limb]) {
        if !self.exceeds(a) {
            self.subtract_from(a);
        }
    }

    /// Whether `a` is less than n.
    pub(super) fn exceeds(&self, a: &[Limb]) -> bool {
        a.iter().rev().cmp(self.limbs.iter().rev()) == Ordering::Less
    }

    /// Subtracts n modulo R.
    fn subtract_from(&self, a: &mut [Limb]) {
        let mut borrow = false;
        for (a, &n) in a.iter_mut().zip(self.limbs) {
            let (difference, below) = a.overflowing_sub(n);
            let (difference, below_again) = difference.overflowing_sub(Limb::from(borrow));
            *a = difference;
            borrow = below | below_again;
        }
    }

    /// Adds n modulo R.
    fn add_to(&self, a: &mut [Limb]) {
        let mut carry = false;
        for (a, &n) in a.iter_mut().zip(self.limbs) {
            let (sum, over) = a.overflowing_add(n);
            let (sum, over_again) = sum.overflowing_add(Limb::from(carry));
            *a = sum;
            carry = over | over_again;
        }
    }

    /// Replaces `a`, less than n, by `a`·R modulo n.
    ///
    /// By long division (Knuth, TAOCP vol. 2, 4.3.1, algorithm D), one limb of R at a time: this
    /// costs as much as one reduction, where the usual way, a product with R², first has to find R².
    pub(super) fn multiply_by_r(&self, a: &mut [Limb]) -> Option<()> {
        self.require_lengths([a.len(); 3])?;
        let divisor = Divisor::new(self.limbs);
        for _ in 0..self.limbs.len() {
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
        for (a, &n) in a.iter_mut().zip(self.limbs) {
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
        let shift = modulus
            .last()
            .map_or(0, |limb| limb.leading_zeros() & Limb::BITS.wrapping_sub(1));
        let [first, second, _] = leading_limbs(modulus, shift);
        let mut divisor = Self {
            shift,
            leading: wide(first, second),
            reciprocal: 0,
        };
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
        let mut remainder = wide(r1, third)
            .wrapping_sub(product(d0, high(estimate)))
            .wrapping_sub(self.leading);
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
    let chunks = bytes.rchunks(LIMB_LEN).chain(repeat(&[][..]));
    for (limb, chunk) in limbs.iter_mut().zip(chunks) {
        *limb = chunk
            .iter()
            .fold(0, |limb, &byte| (limb << 8) | Limb::from(byte));
    }
}

/// Writes the lowest bytes of a number, big-endian.
pub(super) fn to_be_bytes(bytes: &mut [u8], limbs: &[Limb]) {
    for (chunk, limb) in bytes.rchunks_mut(LIMB_LEN).zip(limbs) {
        for (out, byte) in chunk.iter_mut().rev().zip(limb.to_le_bytes()) {
            *out = byte;
        }
    }
}
