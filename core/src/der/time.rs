//! UTCTime and GeneralizedTime in the forms of RFC 5280 4.1.2.5: seconds present, no fraction, `Z`.

use super::{Reader, tag};
use crate::error::{ErrorKind, Result};
use crate::time::UnixTime;

/// Reads a Time.
///
/// RFC 5280 asks CAs to write years up to 2049 as UTCTime; a GeneralizedTime before 2050 names
/// the same second without doubt and is accepted.
pub(crate) fn read_time(reader: &mut Reader<'_>) -> Result<UnixTime> {
    let (content, time) = match reader.peek_tag() {
        Some(tag::UTC_TIME) => {
            let content = reader.read(tag::UTC_TIME)?;
            (content, utc_time(content.rest()))
        }
        _ => {
            let content = reader.read(tag::GENERALIZED_TIME)?;
            (content, generalized_time(content.rest()))
        }
    };
    time.ok_or_else(|| content.error(ErrorKind::InvalidTime))
}

/// Whether these are the contents of a UTCTime in the form of RFC 5280.
pub(crate) fn is_utc_time(text: &[u8; 13]) -> bool {
    utc_time(text).is_some()
}

/// YYMMDDHHMMSSZ, where YY from 50 on is 19YY (RFC 5280 4.1.2.5.1).
fn utc_time(text: &[u8]) -> Option<UnixTime> {
    let (year, rest) = text.split_first_chunk::<2>()?;
    let year = two_digits(*year)?;
    seconds(if year >= 50 { 1900 } else { 2000 }, year, rest)
}

/// YYYYMMDDHHMMSSZ (RFC 5280 4.1.2.5.2).
fn generalized_time(text: &[u8]) -> Option<UnixTime> {
    let (century, rest) = text.split_first_chunk::<2>()?;
    let (year, rest) = rest.split_first_chunk::<2>()?;
    // Both are at most 99.
    seconds(two_digits(*century)?.wrapping_mul(100), two_digits(*year)?, rest)
}

fn seconds(century: u32, year: u32, rest: &[u8]) -> Option<UnixTime> {
    let &[mo0, mo1, d0, d1, h0, h1, mi0, mi1, s0, s1, b'Z'] = rest else {
        return None;
    };
    UnixTime::from_civil(
        century.wrapping_add(year),
        two_digits([mo0, mo1])?,
        two_digits([d0, d1])?,
        two_digits([h0, h1])?,
        two_digits([mi0, mi1])?,
        two_digits([s0, s1])?,
    )
}

#[inline]
fn two_digits([tens, ones]: [u8; 2]) -> Option<u32> {
    let (tens, ones) = (u32::from(tens ^ b'0'), u32::from(ones ^ b'0'));
    (tens <= 9 && ones <= 9).then_some(tens.wrapping_mul(10).wrapping_add(ones))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_both_forms() {
        assert_eq!(utc_time(b"700101000000Z"), Some(UnixTime(0)));
        assert_eq!(utc_time(b"491231235959Z"), Some(UnixTime(2_524_607_999)));
        assert_eq!(utc_time(b"500101000000Z"), Some(UnixTime(-631_152_000)));
        assert_eq!(generalized_time(b"19700101000001Z"), Some(UnixTime(1)));
        assert_eq!(generalized_time(b"20500101000000Z"), Some(UnixTime(2_524_608_000)));
        assert_eq!(generalized_time(b"99991231235959Z"), Some(UnixTime(253_402_300_799)));
        assert_eq!(generalized_time(b"00000101000000Z"), Some(UnixTime(-62_167_219_200)));
    }

    #[test]
    fn refuses_what_is_not_rfc_5280s_form() {
        for text in [
            &b""[..],
            b"7001010000Z",
            b"700101000000",
            b"700101000000+0000",
            b"700101000000ZZ",
            b"70010100000aZ",
            b"7 0101000000Z",
            b"700101000060Z",
            b"700101006000Z",
            b"700101240000Z",
            b"700132000000Z",
            b"700229000000Z",
            b"701301000000Z",
            b"700001000000Z",
            b"700100000000Z",
        ] {
            assert_eq!(utc_time(text), None, "{}", text.escape_ascii());
        }
        for text in [&b"20500101000000.5Z"[..], b"205001010000Z", b"21000229000000Z", b"-0010101000000Z"] {
            assert_eq!(generalized_time(text), None, "{}", text.escape_ascii());
        }
        assert!(generalized_time(b"20000229000000Z").is_some());
    }
}
