//! Sorting without a panic site: the standard library's sorts keep one that the linker cannot
//! remove.

/// Sorts in place by Shell's method over Ciura's gaps; equal elements may change their order.
pub(crate) fn shell_sort<T>(slice: &mut [T], less: impl Fn(&T, &T) -> bool) {
    // Ciura (2001), continued by the factor 2.25 for longer lists.
    const GAPS: [usize; 11] = [8861, 3938, 1750, 701, 301, 132, 57, 23, 10, 4, 1];
    for gap in GAPS {
        for start in gap..slice.len() {
            let mut at = start;
            while let Some(before) = at.checked_sub(gap) {
                match slice.get_disjoint_mut([before, at]) {
                    Ok([a, b]) if less(b, a) => core::mem::swap(a, b),
                    _ => break,
                }
                at = before;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sorts_whatever_the_order() {
        for len in [0, 1, 2, 3, 10, 100, 1000] {
            // A linear congruential sequence: fixed, and far from sorted.
            let mut numbers: std::vec::Vec<u32> = (0..len)
                .scan(7u32, |x, _| {
                    *x = x.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    Some(*x >> 16)
                })
                .collect();
            let mut expected = numbers.clone();
            expected.sort_unstable();
            shell_sort(&mut numbers, |a, b| a < b);
            assert_eq!(numbers, expected);
        }
    }
}
