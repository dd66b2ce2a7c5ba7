//! Certificate serial numbers (RFC 5280 4.1.2.2).

/// A serial number: the contents of an INTEGER in its shortest form, at least one byte.
///
/// Compared byte for byte; the shortest form makes that the same as comparing the numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Serial<'a>(pub(crate) &'a [u8]);

impl<'a> Serial<'a> {
    /// Most bytes that RFC 5280 lets a serial number have.
    pub const MAX_LEN: usize = 20;

    /// Two's complement, big-endian.
    #[must_use]
    pub const fn as_bytes(&self) -> &'a [u8] {
        self.0
    }

    /// Whether the number is below zero, which RFC 5280 forbids.
    #[must_use]
    pub const fn is_negative(&self) -> bool {
        matches!(self.0, [0x80..=0xff, ..])
    }

    /// Whether the number has more than twenty bytes, which RFC 5280 forbids. A zero byte that
    /// only keeps a number of twenty bytes positive is not counted: CAs draw twenty random bytes.
    #[must_use]
    pub const fn is_too_long(&self) -> bool {
        match self.0 {
            [0x00, number @ ..] => number.len() > Self::MAX_LEN,
            number => number.len() > Self::MAX_LEN,
        }
    }
}
