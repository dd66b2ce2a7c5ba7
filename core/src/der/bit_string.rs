//! BIT STRING (X.690 8.6, 11.2).

use super::Reader;
use crate::error::{ErrorKind, Result};

/// A BIT STRING whose unused bits are zero, as DER demands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BitString<'a> {
    unused_bits: u8,
    bytes: &'a [u8],
}

impl<'a> BitString<'a> {
    /// Reads the contents: the count of unused bits, then the bytes.
    pub(crate) fn from_content(content: Reader<'a>) -> Result<Self> {
        let invalid = || content.error(ErrorKind::InvalidBitString);
        let Some((&unused_bits, bytes)) = content.rest().split_first() else {
            return Err(invalid());
        };
        let padding = match (unused_bits, bytes.last()) {
            (0, _) => 0,
            (1..=7, Some(last)) => last & !(0xff << unused_bits),
            _ => return Err(invalid()),
        };
        if padding != 0 {
            return Err(invalid());
        }
        Ok(Self { unused_bits, bytes })
    }

    /// The bytes, if no bit of the last one is unused: keys and signatures.
    #[must_use]
    pub const fn as_bytes(&self) -> Option<&'a [u8]> {
        if self.unused_bits == 0 { Some(self.bytes) } else { None }
    }

    /// The first sixteen bits as flags, bit 0 lowest; trailing zero bits must have been removed
    /// (X.690 11.2.2). `None` if they were not, or if there are more than sixteen.
    #[must_use]
    pub fn named_bits(&self) -> Option<u16> {
        let flags = match *self.bytes {
            [] => return Some(0),
            [first] => u16::from(first) << 8,
            [first, second] => u16::from(first) << 8 | u16::from(second),
            _ => return None,
        };
        let last = *self.bytes.last()?;
        if last & (1 << self.unused_bits) == 0 {
            return None;
        }
        Some(flags.reverse_bits())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(content: &'static [u8]) -> Result<BitString<'static>> {
        BitString::from_content(Reader::new(content).unwrap())
    }

    #[test]
    fn refuses_bits_set_in_the_padding_and_impossible_counts() {
        for content in [&[][..], &[1], &[8, 0], &[1, 0x81], &[7, 0x81], &[255, 1]] {
            assert_eq!(parse(content).unwrap_err().kind, ErrorKind::InvalidBitString);
        }
        assert_eq!(parse(&[0]).unwrap().as_bytes(), Some(&[][..]));
        assert_eq!(parse(&[0, 1, 2]).unwrap().as_bytes(), Some(&[1, 2][..]));
        assert_eq!(parse(&[1, 2]).unwrap().as_bytes(), None);
    }

    #[test]
    fn numbers_named_bits_from_the_first() {
        assert_eq!(parse(&[7, 0x80]).unwrap().named_bits(), Some(1)); // bit 0: digitalSignature
        assert_eq!(parse(&[1, 0x06]).unwrap().named_bits(), Some(0b110_0000)); // bits 5 and 6
        assert_eq!(parse(&[7, 0x00, 0x80]).unwrap().named_bits(), Some(1 << 8)); // bit 8: decipherOnly
        assert_eq!(parse(&[0]).unwrap().named_bits(), Some(0));
    }

    #[test]
    fn refuses_named_bits_with_trailing_zeros() {
        assert_eq!(parse(&[0, 0x80]).unwrap().named_bits(), None);
        assert_eq!(parse(&[0, 0x81, 0x00]).unwrap().named_bits(), None);
        assert_eq!(parse(&[0, 1, 1, 1]).unwrap().named_bits(), None);
    }
}
