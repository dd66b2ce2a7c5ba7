//! Short Weierstrass curves y² = x³ − 3x + b over prime fields, of prime order (SP 800-186, SEC 1).
//!
//! Points are kept in Jacobian coordinates: (X, Y, Z) stands for (X/Z², Y/Z³), and Z = 0 for the point at infinity.
//! The formulas are those of the Explicit-Formulas Database, "dbl-2001-b" and "madd" after Cohen, Miyaji and Ono
//! (ASIACRYPT 1998). Everything is public, and runs in variable time.

mod constants;

pub(super) use self::constants::{P256, P384};

use super::montgomery::{self, LIMB_LEN, Limb, Modulus};

/// A number as long as the field's, less than its modulus.
pub(super) type Number<const N: usize> = [Limb; N];

/// The numbers modulo a prime. Those handed in and out are multiplied by R.
#[derive(Debug)]
pub(super) struct Field<const N: usize> {
    modulus: Modulus<Number<N>>,
    /// R modulo the prime.
    one: Number<N>,
    /// R² modulo the prime.
    r_squared: Number<N>,
}

impl<const N: usize> Field<N> {
    /// The prime.
    pub(super) const fn prime(&self) -> &Number<N> {
        self.modulus.array()
    }

    /// Reads a big-endian number; `None` if it is not less than the modulus.
    pub(super) fn number(&self, bytes: &[u8]) -> Option<Number<N>> {
        let mut number = [0; N];
        if bytes.len() > LIMB_LEN.wrapping_mul(N) {
            return None;
        }
        montgomery::from_be_bytes(&mut number, bytes);
        self.modulus.is_above(&number).then_some(number)
    }

    /// a·b/R
    #[inline(never)]
    pub(super) fn multiply(&self, a: &Number<N>, b: &Number<N>) -> Number<N> {
        let mut product = [0; N];
        // The lengths are the same.
        let _ = self.modulus.multiply(&mut product, a, b);
        product
    }

    /// a²/R
    fn square(&self, a: &Number<N>) -> Number<N> {
        self.multiply(a, a)
    }

    /// a·R
    pub(super) fn enter(&self, a: &Number<N>) -> Number<N> {
        self.multiply(a, &self.r_squared)
    }

    fn add(&self, a: &Number<N>, b: &Number<N>) -> Number<N> {
        let mut sum = *a;
        self.modulus.add(&mut sum, b);
        sum
    }

    fn double(&self, a: &Number<N>) -> Number<N> {
        self.add(a, a)
    }

    fn subtract(&self, a: &Number<N>, b: &Number<N>) -> Number<N> {
        let mut difference = *a;
        self.modulus.subtract(&mut difference, b);
        difference
    }

    /// a + the modulus, unless that is not less than `bound`.
    pub(super) fn lift(&self, a: &Number<N>, bound: &Self) -> Option<Number<N>> {
        let mut sum = *a;
        let over = montgomery::add(&mut sum, self.prime());
        (!over && bound.modulus.is_above(&sum)).then_some(sum)
    }

    /// 1/a, as the power of Fermat's little theorem; of zero, zero.
    pub(super) fn invert(&self, a: &Number<N>) -> Number<N> {
        let mut exponent = *self.prime();
        // An odd prime's lowest limb is greater than two here.
        if let Some(lowest) = exponent.first_mut() {
            *lowest = lowest.wrapping_sub(2);
        }
        let mut power = *a;
        for at in (0..bits::<N>().wrapping_sub(1)).rev() {
            power = self.square(&power);
            if bit(&exponent, at) {
                power = self.multiply(&power, a);
            }
        }
        power
    }
}

const LIMB_BITS: usize = Limb::BITS as usize;

const fn bits<const N: usize>() -> usize {
    N.wrapping_mul(LIMB_BITS)
}

/// Bit `at` of a number.
fn bit(number: &[Limb], at: usize) -> bool {
    let limb = number.get(at >> LIMB_BITS.trailing_zeros()).copied().unwrap_or_default();
    limb >> (at & LIMB_BITS.wrapping_sub(1)) & 1 == 1
}

/// A point that is not at infinity, by its coordinates times R.
type Affine<const N: usize> = [Number<N>; 2];

/// A curve of a field whose bits are those of the limbs of its elements.
#[derive(Debug)]
pub(super) struct Curve<const N: usize> {
    pub(super) field: Field<N>,
    /// The numbers modulo the order of the base point.
    pub(super) order: Field<N>,
    b: Number<N>,
    /// The base point times 1, 3, 5, 7 and 9.
    multiples: [Affine<N>; 5],
}

impl<const N: usize> Curve<N> {
    /// Reads a point by its big-endian coordinates; `None` if it is not on the curve.
    pub(super) fn point(&self, x: &[u8], y: &[u8]) -> Option<Affine<N>> {
        let field = &self.field;
        let [x, y] = [field.enter(&field.number(x)?), field.enter(&field.number(y)?)];
        // x³ − 3x + b
        let cube = field.multiply(&field.square(&x), &x);
        let three_x = field.add(&field.double(&x), &x);
        let right = field.add(&field.subtract(&cube, &three_x), &self.b);
        (field.square(&y) == right).then_some([x, y])
    }

    /// `u`·G + `v`·`point`, where G is the base point.
    ///
    /// Both factors are read from their highest digit down in non-adjacent form, so that of `point` only itself and its
    /// negative are added; of G, up to four digits at a time.
    pub(super) fn multiply_add(&self, u: &Number<N>, v: &Number<N>, point: &Affine<N>) -> Jacobian<N> {
        let (u, v) = (NonAdjacent::new(u), NonAdjacent::new(v));
        let mut sum = Jacobian { x: [0; N], y: [0; N], z: [0; N] };
        let mut window = Window { end: 0, factor: 0 };
        for at in (0..=bits::<N>()).rev() {
            sum = self.double(&sum);
            let digit = v.digit(at);
            if digit != 0 {
                self.add(&mut sum, point, digit < 0);
            }
            if window.factor == 0 {
                window = u.window(at);
            }
            if window.factor != 0 && window.end == at {
                let multiple = usize::from(window.factor.unsigned_abs() >> 1);
                if let Some(multiple) = self.multiples.get(multiple) {
                    self.add(&mut sum, multiple, window.factor < 0);
                }
                window.factor = 0;
            }
        }
        sum
    }

    fn double(&self, point: &Jacobian<N>) -> Jacobian<N> {
        let field = &self.field;
        let delta = field.square(&point.z);
        let gamma = field.square(&point.y);
        let beta = field.multiply(&point.x, &gamma);
        let product = field.multiply(&field.subtract(&point.x, &delta), &field.add(&point.x, &delta));
        let alpha = field.add(&field.double(&product), &product);
        let beta4 = field.double(&field.double(&beta));
        let x = field.subtract(&field.square(&alpha), &field.double(&beta4));
        let gamma8 = field.double(&field.double(&field.double(&field.square(&gamma))));
        let y = field.subtract(&field.multiply(&alpha, &field.subtract(&beta4, &x)), &gamma8);
        // Zero for the point at infinity, which is its own double; no other point is of order two.
        let z = field.double(&field.multiply(&point.y, &point.z));
        Jacobian { x, y, z }
    }

    /// Adds a point, or its negative.
    fn add(&self, sum: &mut Jacobian<N>, [x, y]: &Affine<N>, negative: bool) {
        let field = &self.field;
        let y = if negative { &field.subtract(&[0; N], y) } else { y };
        if sum.is_infinite() {
            *sum = Jacobian { x: *x, y: *y, z: field.one };
            return;
        }
        let z_squared = field.square(&sum.z);
        let h = field.subtract(&field.multiply(x, &z_squared), &sum.x);
        let r = field.subtract(&field.multiply(y, &field.multiply(&z_squared, &sum.z)), &sum.y);
        if h == [0; N] {
            // Equal points double, opposite ones cancel out.
            *sum = match r == [0; N] {
                true => self.double(sum),
                false => Jacobian { z: [0; N], ..*sum },
            };
            return;
        }
        let h_squared = field.square(&h);
        let h_cubed = field.multiply(&h_squared, &h);
        let v = field.multiply(&sum.x, &h_squared);
        let x = field.subtract(&field.subtract(&field.square(&r), &h_cubed), &field.double(&v));
        let y =
            field.subtract(&field.multiply(&r, &field.subtract(&v, &x)), &field.multiply(&sum.y, &h_cubed));
        *sum = Jacobian { x, y, z: field.multiply(&sum.z, &h) };
    }

    /// Whether x, less than the field's modulus, is the coordinate of a point.
    pub(super) fn has_x(&self, point: &Jacobian<N>, x: &Number<N>) -> bool {
        let field = &self.field;
        !point.is_infinite() && field.multiply(&field.enter(x), &field.square(&point.z)) == point.x
    }
}

/// A point in Jacobian coordinates, times R.
pub(super) struct Jacobian<const N: usize> {
    x: Number<N>,
    y: Number<N>,
    z: Number<N>,
}

impl<const N: usize> Jacobian<N> {
    fn is_infinite(&self) -> bool {
        self.z == [0; N]
    }
}

/// A number as digits of −1, 0 and 1, no two neighbours of which differ from zero: the differences of the bits of its
/// triple and its own (Prodinger, Integers 0 (2000), A8).
struct NonAdjacent<const N: usize> {
    number: Number<N>,
    triple: Number<N>,
    /// What of the triple goes beyond its limbs.
    carry: Limb,
}

impl<const N: usize> NonAdjacent<N> {
    fn new(number: &Number<N>) -> Self {
        let mut triple = *number;
        let carries = [montgomery::add(&mut triple, number), montgomery::add(&mut triple, number)];
        let carry = Limb::from(carries[0]).wrapping_add(Limb::from(carries[1]));
        Self { number: *number, triple, carry }
    }

    /// The digit of 2 to the power `at`.
    fn digit(&self, at: usize) -> i8 {
        let at = at.wrapping_add(1);
        let of_triple = match at.checked_sub(bits::<N>()) {
            None => bit(&self.triple, at),
            Some(beyond) => bit(&[self.carry], beyond),
        };
        i8::from(of_triple).wrapping_sub(i8::from(bit(&self.number, at)))
    }

    /// The odd number of up to four digits from `at` down.
    fn window(&self, at: usize) -> Window {
        let mut window = Window { end: at, factor: 0 };
        let mut factor: i8 = 0;
        if self.digit(at) == 0 {
            return window;
        }
        for end in (at.saturating_sub(3)..=at).rev() {
            let digit = self.digit(end);
            factor = factor.wrapping_mul(2).wrapping_add(digit);
            if digit != 0 {
                window = Window { end, factor };
            }
        }
        window
    }
}

/// Digits of a number, from some on down to that of 2 to the power `end`, which is not zero.
struct Window {
    end: usize,
    /// Their value; 0: there are none.
    factor: i8,
}

#[cfg(test)]
#[allow(
    clippy::cast_possible_truncation,
    non_camel_case_types,
    reason = "a test may panic; oracles are called as their crates"
)]
mod tests {
    extern crate std;
    use super::constants::constant;
    use super::*;
    use std::vec::Vec;

    /// What a curve is compared with: sums of multiples, in big-endian coordinates, by other code.
    trait Oracle<const N: usize> {
        const CURVE: &'static Curve<N>;

        /// `u`·G + `v`·(`factor`·G), and `factor`·G; `None` at infinity.
        fn sum(u: &[u8], v: &[u8], factor: &[u8]) -> [Option<[Vec<u8>; 2]>; 2];
    }

    macro_rules! oracle {
        ($name:ident, $curve:ident, $limbs:expr) => {
            struct $name;

            impl Oracle<{ $limbs }> for $name {
                const CURVE: &'static Curve<{ $limbs }> = &$curve;

                fn sum(u: &[u8], v: &[u8], factor: &[u8]) -> [Option<[Vec<u8>; 2]>; 2] {
                    use ::$name::elliptic_curve::Group;
                    use ::$name::elliptic_curve::PrimeField;
                    use ::$name::elliptic_curve::sec1::ToSec1Point;
                    let scalar = |bytes: &[u8]| {
                        ::$name::Scalar::from_repr(bytes.try_into().unwrap()).into_option().unwrap()
                    };
                    let generator = ::$name::ProjectivePoint::generator();
                    let point = generator * scalar(factor);
                    [generator * scalar(u) + point * scalar(v), point].map(|point| {
                        let encoded = point.to_affine().to_sec1_point(false);
                        Some([encoded.x()?.to_vec(), encoded.y()?.to_vec()])
                    })
                }
            }
        };
    }

    oracle!(p256, P256, 32 / LIMB_LEN);
    oracle!(p384, P384, 48 / LIMB_LEN);

    fn bytes<const N: usize>(number: &Number<N>) -> Vec<u8> {
        number.iter().rev().flat_map(|limb| limb.to_be_bytes()).collect()
    }

    /// Whether the sum is what the oracle says; `factor`·G is not at infinity.
    fn check<const N: usize, O: Oracle<N>>(u: &Number<N>, v: &Number<N>, factor: &Number<N>) {
        let curve = O::CURVE;
        let [expected, point] = O::sum(&bytes(u), &bytes(v), &bytes(factor));
        let [x, y] = point.unwrap();
        let point = curve.point(&x, &y).unwrap();
        let sum = curve.multiply_add(u, v, &point);
        match expected {
            None => assert!(sum.is_infinite(), "{u:?} {v:?} {factor:?}"),
            Some([x, y]) => {
                assert!(!sum.is_infinite());
                let [expected_x, expected_y] = curve.point(&x, &y).unwrap();
                let field = &curve.field;
                let z_squared = field.square(&sum.z);
                assert_eq!(field.multiply(&expected_x, &z_squared), sum.x, "{u:?} {v:?} {factor:?}");
                let z_cubed = field.multiply(&z_squared, &sum.z);
                assert_eq!(field.multiply(&expected_y, &z_cubed), sum.y, "{u:?} {v:?} {factor:?}");
                assert!(curve.has_x(&sum, &field.number(&x).unwrap()));
                let another = field.number(&y).unwrap();
                assert!(!curve.has_x(&sum, &another));
            }
        }
    }

    fn small<const N: usize>(value: Limb) -> Number<N> {
        let mut number = [0; N];
        number[0] = value;
        number
    }

    /// The order less `value`.
    fn below_order<const N: usize>(curve: &Curve<N>, value: Limb) -> Number<N> {
        let mut number = *curve.order.prime();
        number[0] -= value;
        number
    }

    /// Points that meet on their way are equal or opposite, or at infinity.
    fn sums_of_small_multiples<const N: usize, O: Oracle<N>>() {
        let curve = O::CURVE;
        for factor in 1..=5 {
            for factor in [small(factor), below_order(curve, factor)] {
                for u in 0..=11 {
                    for v in 0..=11 {
                        check::<N, O>(&small(u), &small(v), &factor);
                    }
                    check::<N, O>(&below_order(curve, u.max(1)), &small(u), &factor);
                    check::<N, O>(&small(u), &below_order(curve, u.max(1)), &factor);
                }
            }
        }
    }

    fn sums_of_any_multiples<const N: usize, O: Oracle<N>>() {
        let order = O::CURVE.order.prime();
        let mut state: u64 = 7;
        let mut number = || {
            let mut number: Number<N> = core::array::from_fn(|_| {
                state = state.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(0x1405_7b7e_f767_814f);
                (state >> 24).wrapping_mul(0x9e37_79b9_7f4a_7c15) as Limb
            });
            // Below the order, whose highest limb is all ones.
            number[N - 1] &= order[N - 1] >> 1;
            // Long runs of equal bits now and then.
            if state.is_multiple_of(4) {
                number[N / 2] = if state.is_multiple_of(8) { 0 } else { Limb::MAX };
            }
            number
        };
        for _ in 0..100 {
            check::<N, O>(&number(), &number(), &number());
        }
    }

    #[test]
    fn adds_what_is_equal_opposite_or_at_infinity() {
        sums_of_small_multiples::<_, p256>();
        sums_of_small_multiples::<_, p384>();
    }

    #[test]
    fn adds_multiples_as_others_do() {
        sums_of_any_multiples::<_, p256>();
        sums_of_any_multiples::<_, p384>();
    }

    #[test]
    fn the_multiples_of_the_base_point_are_what_they_are_called() {
        fn check<const N: usize, O: Oracle<N>>() {
            for (multiple, factor) in O::CURVE.multiples.iter().zip((1..).step_by(2)) {
                let [factor, zero, one] = [factor, 0, 1].map(|value| bytes(&small::<N>(value)));
                let [multiple_of_base, _] = O::sum(&factor, &zero, &one);
                let [x, y] = multiple_of_base.unwrap();
                assert_eq!(O::CURVE.point(&x, &y).as_ref(), Some(multiple));
            }
        }
        check::<_, p256>();
        check::<_, p384>();
    }

    #[test]
    fn reads_points_of_the_curve_and_no_others() {
        fn check<const N: usize>(curve: &Curve<N>, x: &str, y: &str, root_of_b: &str) {
            let [x, y] = [constant::<N>(x), constant::<N>(y)].map(|number| bytes(&number));
            assert!(curve.point(&x, &y).is_some());
            assert!(curve.point(&y, &x).is_none());
            let zero = bytes(&[0; N]);
            for (x, y) in [(&zero, &zero), (&x, &zero), (&zero, &y)] {
                assert!(curve.point(x, y).is_none());
            }
            assert!(curve.point(&x, &[&[1], &y[..]].concat()).is_none());
            // The modulus is zero, but no coordinate.
            let (modulus, root) = (bytes(curve.field.prime()), bytes(&constant::<N>(root_of_b)));
            assert!(curve.point(&zero, &root).is_some());
            assert!(curve.point(&modulus, &root).is_none());
        }
        check(
            &P256,
            "6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296",
            "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5",
            "66485c780e2f83d72433bd5d84a06bb6541c2af31dae871728bf856a174f93f4",
        );
        check(
            &P384,
            "aa87ca22be8b05378eb1c71ef320ad746e1d3b628ba79b9859f741e082542a385502f25dbf55296c3a545e3872760ab7",
            "3617de4a96262c6f5d9e98bf9292dc29f8f41dbd289a147ce9da3113b5f0b8c00a60b1ce1d7e819d7a431d7c90ea0e5f",
            "c306610fb0ae5a159cf45c06069f22a6c5eb3641c602d42dea2c4b4f75550793406d80d2b91ad54f9048bd487af1ade1",
        );
    }

    #[test]
    fn digits_of_the_non_adjacent_form_add_up_and_have_no_neighbours() {
        let value = |number: Limb| {
            let digits = NonAdjacent::<4>::new(&[number, 0, 0, 0]);
            let mut value: i128 = 0;
            let mut last = 0;
            for at in (0..100).rev() {
                let digit = digits.digit(at);
                assert!(digit == 0 || last == 0);
                last = digit;
                value = 2 * value + i128::from(digit);
            }
            value
        };
        for number in (0..1000).chain([Limb::MAX, Limb::MAX - 1, Limb::MAX / 3]) {
            assert_eq!(value(number), i128::from(number));
        }
        // The highest digit stands one beyond the highest bit.
        assert_eq!(NonAdjacent::<2>::new(&[Limb::MAX; 2]).digit(2 * Limb::BITS as usize), 1);
    }
}
