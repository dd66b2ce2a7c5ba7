//! DER (X.690), read in place: a cursor over borrowed bytes and the few primitive types of X.509.
//!
//! Lengths are decoded by the `der` crate, for which `Reader` implements its trait; tags are
//! single bytes, since nothing in X.509 uses a tag number above 30. Nothing here copies, recurses
//! or panics, whatever the bytes.

mod bit_string;
pub mod oid;
mod serial;
mod time;

pub use self::bit_string::BitString;
pub use self::serial::Serial;
pub(crate) use self::time::{is_utc_time, read_time};

use crate::error::{Error, ErrorKind, Result};
use der::{Decode, EncodingRules, Length};
use heapless::Vec;

/// Identifier octets (X.690 8.1.2) that occur in X.509.
pub mod tag {
    /// BOOLEAN.
    pub const BOOLEAN: u8 = 0x01;
    /// INTEGER.
    pub const INTEGER: u8 = 0x02;
    /// BIT STRING.
    pub const BIT_STRING: u8 = 0x03;
    /// OCTET STRING.
    pub const OCTET_STRING: u8 = 0x04;
    /// ENUMERATED.
    pub const ENUMERATED: u8 = 0x0a;
    /// NULL.
    pub const NULL: u8 = 0x05;
    /// OBJECT IDENTIFIER.
    pub const OID: u8 = 0x06;
    /// UTF8String.
    pub const UTF8_STRING: u8 = 0x0c;
    /// NumericString.
    pub const NUMERIC_STRING: u8 = 0x12;
    /// PrintableString.
    pub const PRINTABLE_STRING: u8 = 0x13;
    /// TeletexString, also known as T61String.
    pub const TELETEX_STRING: u8 = 0x14;
    /// IA5String: ASCII.
    pub const IA5_STRING: u8 = 0x16;
    /// UTCTime.
    pub const UTC_TIME: u8 = 0x17;
    /// GeneralizedTime.
    pub const GENERALIZED_TIME: u8 = 0x18;
    /// VisibleString.
    pub const VISIBLE_STRING: u8 = 0x1a;
    /// UniversalString: UCS-4, big-endian.
    pub const UNIVERSAL_STRING: u8 = 0x1c;
    /// BMPString: UCS-2, big-endian.
    pub const BMP_STRING: u8 = 0x1e;
    /// SEQUENCE and SEQUENCE OF.
    pub const SEQUENCE: u8 = 0x30;
    /// SET and SET OF.
    pub const SET: u8 = 0x31;

    /// `[number]`, primitive: IMPLICIT over a primitive type.
    #[must_use]
    pub const fn context(number: u8) -> u8 {
        0x80 | number
    }

    /// `[number]`, constructed: EXPLICIT, or IMPLICIT over a constructed type.
    #[must_use]
    pub const fn context_constructed(number: u8) -> u8 {
        0xa0 | number
    }
}

/// One value with its tag: what was read, and all of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tlv<'a> {
    /// The identifier octet.
    pub(crate) tag: u8,
    /// A reader over the contents.
    pub(crate) content: Reader<'a>,
    /// Identifier, length and contents.
    pub(crate) der: &'a [u8],
}

/// A cursor over DER that knows where in the whole input it stands.
///
/// `end` is the absolute position of the end of `rest`: reading moves only one field, and the
/// position is derived where an error needs it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
    end: u32,
}

impl core::fmt::Debug for Reader<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Reader({} bytes at {})", self.rest.len(), self.offset())
    }
}

impl<'a> Reader<'a> {
    /// A reader over a whole input, which begins at offset 0.
    pub(crate) fn new(input: &'a [u8]) -> Result<Self> {
        let Ok(end) = u32::try_from(input.len()) else {
            return Err(ErrorKind::InputTooLong.into());
        };
        Ok(Self { rest: input, end })
    }

    /// A reader over no bytes.
    pub(crate) const EMPTY: Reader<'static> = Reader { rest: &[], end: 0 };

    /// Absolute position of the next byte.
    pub(crate) fn offset(&self) -> usize {
        (self.end as usize).saturating_sub(self.rest.len())
    }

    /// The bytes not yet read.
    pub(crate) const fn rest(&self) -> &'a [u8] {
        self.rest
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// An error at the next byte.
    #[cold]
    pub(crate) fn error(&self, kind: ErrorKind) -> Error {
        Error::new(kind).at(self.offset())
    }

    pub(crate) const fn peek_tag(&self) -> Option<u8> {
        match self.rest.first() {
            Some(tag) => Some(*tag),
            None => None,
        }
    }

    /// Reads a value of any tag.
    #[inline]
    pub(crate) fn read_any(&mut self) -> Result<Tlv<'a>> {
        let start = *self;
        let Some((&tag, rest)) = self.rest.split_first() else {
            return Err(start.error(ErrorKind::Truncated));
        };
        if tag & 0x1f == 0x1f {
            return Err(start.error(ErrorKind::HighTagNumber));
        }
        self.rest = rest;
        let length = self.read_length()?;
        let content = self.take(length).ok_or_else(|| start.error(ErrorKind::Truncated))?;
        let der_len = start.rest.len().saturating_sub(self.rest.len());
        let der = start.rest.get(..der_len).unwrap_or(&[]);
        Ok(Tlv { tag, content, der })
    }

    /// A reader over the next `length` bytes, which are passed.
    #[inline]
    fn take(&mut self, length: usize) -> Option<Self> {
        let (content, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        // What is left lies before `end`, whose type it therefore fits.
        #[allow(clippy::cast_possible_truncation, reason = "bounded by `end`")]
        let end = self.end.wrapping_sub(rest.len() as u32);
        Some(Self { rest: content, end })
    }

    /// Passes the next `length` bytes; `None` if there are not so many.
    pub(crate) fn skip(&mut self, length: usize) -> Option<()> {
        self.take(length).map(|_| ())
    }

    #[inline]
    fn read_length(&mut self) -> Result<usize> {
        // The forms below 65536 by hand, and only where they are the shortest; all others by the crate.
        let (length, rest) = match self.rest {
            [length @ 0..=0x7f, rest @ ..] => (usize::from(*length), rest),
            [0x81, length @ 0x80..=0xff, rest @ ..] => (usize::from(*length), rest),
            [0x82, high @ 1..=0xff, low, rest @ ..] => (usize::from(u16::from_be_bytes([*high, *low])), rest),
            _ => return self.read_long_length(),
        };
        self.rest = rest;
        Ok(length)
    }

    #[cold]
    fn read_long_length(&mut self) -> Result<usize> {
        let start = *self;
        let length = Length::decode(self).map_err(|error| {
            start.error(match error.kind() {
                der::ErrorKind::IndefiniteLength => ErrorKind::IndefiniteLength,
                der::ErrorKind::Overlength | der::ErrorKind::Overflow => ErrorKind::NonMinimalLength,
                _ => ErrorKind::Truncated,
            })
        })?;
        usize::try_from(length).map_err(|_| start.error(ErrorKind::Truncated))
    }

    /// Reads a value that must have this tag.
    #[inline]
    pub(crate) fn read_tlv(&mut self, tag: u8) -> Result<Tlv<'a>> {
        let start = *self;
        let tlv = self.read_any()?;
        if tlv.tag != tag {
            return Err(start.error(ErrorKind::UnexpectedTag));
        }
        Ok(tlv)
    }

    /// Reads a value that must have this tag, and gives a reader over its contents.
    #[inline]
    pub(crate) fn read(&mut self, tag: u8) -> Result<Reader<'a>> {
        // The common case in a few instructions; whatever is wrong is said by the general one.
        if let [first, length @ 0..=0x7f, rest @ ..] = self.rest
            && *first == tag
        {
            let mut ahead = Self { rest, ..*self };
            if let Some(content) = ahead.take(usize::from(*length)) {
                *self = ahead;
                return Ok(content);
            }
        }
        self.read_slowly(tag)
    }

    #[inline(never)]
    fn read_slowly(&mut self, tag: u8) -> Result<Reader<'a>> {
        Ok(self.read_tlv(tag)?.content)
    }

    /// Reads a value if the next one has this tag.
    #[inline]
    pub(crate) fn read_optional(&mut self, tag: u8) -> Result<Option<Reader<'a>>> {
        if self.peek_tag() == Some(tag) { self.read(tag).map(Some) } else { Ok(None) }
    }

    /// Requires that everything was read.
    #[inline]
    pub(crate) fn finish(self) -> Result<()> {
        if self.is_empty() { Ok(()) } else { Err(self.error(ErrorKind::TrailingData)) }
    }

    /// Reads a BOOLEAN (X.690 11.1).
    pub(crate) fn read_boolean(&mut self) -> Result<bool> {
        let content = self.read(tag::BOOLEAN)?;
        match content.rest {
            [0x00] => Ok(false),
            [0xff] => Ok(true),
            _ => Err(content.error(ErrorKind::InvalidBoolean)),
        }
    }

    /// Reads an OPTIONAL BOOLEAN that is FALSE by DEFAULT, and therefore never written as FALSE
    /// (X.690 11.5).
    #[inline]
    pub(crate) fn read_default_false(&mut self) -> Result<bool> {
        match self.rest {
            [tag::BOOLEAN, 1, 0xff, rest @ ..] => {
                self.rest = rest;
                Ok(true)
            }
            [tag::BOOLEAN, ..] => {
                let start = *self;
                // Not TRUE, so FALSE where it is a BOOLEAN at all.
                self.read_boolean()?;
                Err(start.error(ErrorKind::EncodedDefault))
            }
            _ => Ok(false),
        }
    }

    /// Reads the contents of an INTEGER in its shortest form (X.690 8.3.2): two's complement,
    /// big-endian, at least one byte.
    pub(crate) fn read_integer(&mut self) -> Result<Reader<'a>> {
        let content = self.read(tag::INTEGER)?;
        require_minimal_integer(content)?;
        Ok(content)
    }

    /// Reads the contents of an OBJECT IDENTIFIER.
    #[inline(always)]
    pub(crate) fn read_oid(&mut self) -> Result<Reader<'a>> {
        let content = self.read(tag::OID)?;
        require_oid(content)?;
        Ok(content)
    }

    /// Reads a BIT STRING.
    pub(crate) fn read_bit_string(&mut self) -> Result<BitString<'a>> {
        BitString::from_content(self.read(tag::BIT_STRING)?)
    }
}

/// Requires the shortest form of an INTEGER (X.690 8.3.2).
pub(crate) fn require_minimal_integer(content: Reader<'_>) -> Result<()> {
    if is_minimal_integer(content.rest) { Ok(()) } else { Err(content.error(ErrorKind::InvalidInteger)) }
}

/// Appends a positive INTEGER of at most 126 bytes in its shortest form; `None` if it is zero, or if there is no room.
pub(crate) fn push_positive_integer<const N: usize>(out: &mut Vec<u8, N>, number: &[u8]) -> Option<()> {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    let (_, digits) = number.split_at_checked(zeros)?;
    let sign: &[u8] = if digits.first()? & 0x80 == 0 { &[] } else { &[0] };
    let len = u8::try_from(digits.len().checked_add(sign.len())?).ok().filter(|len| *len < 0x80)?;
    for part in [&[tag::INTEGER, len], sign, digits] {
        out.extend_from_slice(part).ok()?;
    }
    Some(())
}

/// Whether these are the contents of an INTEGER in its shortest form.
pub(crate) const fn is_minimal_integer(content: &[u8]) -> bool {
    !matches!(content, [] | [0x00, 0x00..=0x7f, ..] | [0xff, 0x80..=0xff, ..])
}

/// The value of a non-negative INTEGER's contents, or `None` beyond `u32`.
pub(crate) fn small_unsigned(content: &[u8]) -> Option<u32> {
    let digits = match content {
        [0x80..=0xff, ..] | [] => return None,
        [0x00, digits @ ..] => digits,
        digits => digits,
    };
    if digits.len() > 4 {
        return None;
    }
    Some(digits.iter().fold(0, |value, &byte| value << 8 | u32::from(byte)))
}

/// Requires a well-formed OBJECT IDENTIFIER.
#[inline]
pub(crate) fn require_oid(content: Reader<'_>) -> Result<()> {
    if is_oid(content.rest) { Ok(()) } else { Err(content.error(ErrorKind::InvalidOid)) }
}

/// Whether these are the contents of an OBJECT IDENTIFIER: at least one byte, no arc with a superfluous
/// leading byte, the last arc complete (X.690 8.19.2).
#[inline]
pub(crate) fn is_oid(content: &[u8]) -> bool {
    match *content {
        // The attribute types and extensions of X.509: three arcs of one byte.
        [a, b, c] => (a | b | c) & 0x80 == 0 || is_long_oid(content),
        _ => is_long_oid(content),
    }
}

fn is_long_oid(content: &[u8]) -> bool {
    // Zero before the first arc and after the last byte of each.
    let mut inside_arc = 0;
    for &byte in content {
        if byte == 0x80 && inside_arc == 0 {
            return false;
        }
        inside_arc = byte & 0x80;
    }
    !content.is_empty() && inside_arc == 0
}

/// The `der` crate's view of the same cursor: what its decoders need and no more. Its own slice
/// reader keeps a panic site that the linker cannot remove.
impl<'a> der::Reader<'a> for Reader<'a> {
    const CAN_READ_SLICE: bool = true;

    fn encoding_rules(&self) -> EncodingRules {
        EncodingRules::Der
    }

    fn input_len(&self) -> Length {
        Length::new(self.end)
    }

    fn position(&self) -> Length {
        Length::new(u32::try_from(self.offset()).unwrap_or(u32::MAX))
    }

    fn read_nested<T, F, E>(&mut self, len: Length, f: F) -> core::result::Result<T, E>
    where
        E: From<der::Error>,
        F: FnOnce(&mut Self) -> core::result::Result<T, E>,
    {
        let rest = self.read_slice(len)?;
        let end = u32::try_from(self.offset()).unwrap_or(u32::MAX);
        let mut nested = Reader { rest, end };
        let value = f(&mut nested)?;
        der::Reader::finish(nested)?;
        Ok(value)
    }

    fn read_slice(&mut self, len: Length) -> core::result::Result<&'a [u8], der::Error> {
        let len = usize::try_from(len)?;
        let Some((head, rest)) = self.rest.split_at_checked(len) else {
            return Err(der::ErrorKind::Reader.into());
        };
        self.rest = rest;
        Ok(head)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ::der::Reader as _;

    fn read_any(der: &[u8]) -> core::result::Result<(u8, &[u8]), (ErrorKind, u32)> {
        let mut reader = Reader::new(der).map_err(|e| (e.kind, e.offset))?;
        let tlv = reader.read_any().map_err(|e| (e.kind, e.offset))?;
        reader.finish().map_err(|e| (e.kind, e.offset))?;
        Ok((tlv.tag, tlv.content.rest()))
    }

    #[test]
    fn reads_short_and_long_lengths() {
        assert_eq!(read_any(&[0x04, 0x02, 1, 2]), Ok((0x04, &[1, 2][..])));
        let mut long = [0x55; 3 + 0x80];
        long[..3].copy_from_slice(&[0x04, 0x81, 0x80]);
        assert_eq!(read_any(&long), Ok((0x04, &long[3..])));
        let mut longer = [0x55; 4 + 0x100];
        longer[..4].copy_from_slice(&[0x04, 0x82, 0x01, 0x00]);
        assert_eq!(read_any(&longer), Ok((0x04, &longer[4..])));
    }

    #[test]
    fn refuses_the_indefinite_length_of_ber() {
        assert_eq!(read_any(&[0x30, 0x80, 0x00, 0x00]), Err((ErrorKind::IndefiniteLength, 1)));
    }

    #[test]
    fn refuses_lengths_that_are_not_in_shortest_form() {
        for der in [&[0x04, 0x81, 0x01, 1][..], &[0x04, 0x82, 0x00, 0x01, 1]] {
            assert_eq!(read_any(der), Err((ErrorKind::NonMinimalLength, 1)));
        }
        assert_eq!(read_any(&[0x04, 0x85, 0, 0, 0, 0, 1, 1]), Err((ErrorKind::NonMinimalLength, 1)));
    }

    #[test]
    fn refuses_values_that_end_beyond_the_input() {
        for der in [&[][..], &[0x04], &[0x04, 0x01], &[0x04, 0x82, 0x01], &[0x04, 0x84, 255, 255, 255, 255]] {
            assert_eq!(read_any(der).map_err(|e| e.0), Err(ErrorKind::Truncated));
        }
    }

    #[test]
    fn refuses_multi_byte_tags_and_trailing_bytes() {
        assert_eq!(read_any(&[0x1f, 0x81, 0x01, 0x00]), Err((ErrorKind::HighTagNumber, 0)));
        assert_eq!(read_any(&[0x05, 0x00, 0x00]), Err((ErrorKind::TrailingData, 2)));
    }

    #[test]
    fn knows_the_offset_of_a_nested_value() {
        let der = [0x30, 0x05, 0x02, 0x01, 0x07, 0x01, 0x01];
        let mut inner = Reader::new(&der).unwrap().read(tag::SEQUENCE).unwrap();
        assert_eq!(inner.offset(), 2);
        inner.read_integer().unwrap();
        assert_eq!(inner.offset(), 5);
        assert_eq!(inner.read_boolean().unwrap_err(), Error::new(ErrorKind::Truncated).at(5));
    }

    #[test]
    fn refuses_booleans_other_than_00_and_ff_and_a_written_default() {
        let read = |der: &'static [u8]| Reader::new(der).unwrap().read_default_false().map_err(|e| e.kind);
        assert_eq!(read(&[]), Ok(false));
        assert_eq!(read(&[0x01, 0x01, 0xff]), Ok(true));
        assert_eq!(read(&[0x01, 0x01, 0x01]), Err(ErrorKind::InvalidBoolean));
        assert_eq!(read(&[0x01, 0x00]), Err(ErrorKind::InvalidBoolean));
        assert_eq!(read(&[0x01, 0x01, 0x00]), Err(ErrorKind::EncodedDefault));
    }

    #[test]
    fn refuses_integers_and_oids_not_in_shortest_form() {
        let integer = |der: &'static [u8]| {
            Reader::new(der).unwrap().read_integer().map(|r| small_unsigned(r.rest())).map_err(|e| e.kind)
        };
        assert_eq!(integer(&[2, 1, 5]), Ok(Some(5)));
        assert_eq!(integer(&[2, 2, 0, 0x80]), Ok(Some(128)));
        assert_eq!(integer(&[2, 5, 0, 0xff, 0xff, 0xff, 0xff]), Ok(Some(u32::MAX)));
        assert_eq!(integer(&[2, 5, 1, 0, 0, 0, 0]), Ok(None));
        assert_eq!(integer(&[2, 1, 0x80]), Ok(None));
        for bad in [&[2, 0][..], &[2, 2, 0, 1], &[2, 2, 0xff, 0x80]] {
            assert_eq!(integer(bad), Err(ErrorKind::InvalidInteger));
        }
        let oid =
            |der: &'static [u8]| Reader::new(der).unwrap().read_oid().map(|r| r.rest()).map_err(|e| e.kind);
        assert_eq!(oid(&[6, 3, 0x55, 0x1d, 0x0f]), Ok(&[0x55, 0x1d, 0x0f][..]));
        for bad in [&[6, 0][..], &[6, 2, 0x55, 0x80], &[6, 3, 0x55, 0x80, 0x01]] {
            assert_eq!(oid(bad), Err(ErrorKind::InvalidOid));
        }
    }

    #[test]
    fn serves_the_decoders_of_the_der_crate() {
        let mut reader = Reader::new(&[0x30, 0x03, 0x02, 0x01, 0x2a]).unwrap();
        let value: u8 = reader.sequence(|nested| nested.decode()).unwrap();
        assert_eq!(value, 42);
        let mut trailing = Reader::new(&[0x30, 0x03, 0x02, 0x01, 0x2a]).unwrap();
        trailing.sequence(|_| Ok::<_, der::Error>(())).unwrap_err();
    }
}
