//! A DER writer: each function gives one encoded value (X.690).
//!
//! Nothing is checked, so that what must be refused can be written too.

/// Identifier octets of the universal types that tests name.
pub mod tag {
    #![allow(missing_docs, reason = "each is the type of its name")]
    pub const BOOLEAN: u8 = 0x01;
    pub const INTEGER: u8 = 0x02;
    pub const BIT_STRING: u8 = 0x03;
    pub const OCTET_STRING: u8 = 0x04;
    pub const NULL: u8 = 0x05;
    pub const OBJECT_IDENTIFIER: u8 = 0x06;
    pub const ENUMERATED: u8 = 0x0a;
    pub const UTF8_STRING: u8 = 0x0c;
    pub const NUMERIC_STRING: u8 = 0x12;
    pub const PRINTABLE_STRING: u8 = 0x13;
    pub const TELETEX_STRING: u8 = 0x14;
    pub const IA5_STRING: u8 = 0x16;
    pub const UTC_TIME: u8 = 0x17;
    pub const GENERALIZED_TIME: u8 = 0x18;
    pub const VISIBLE_STRING: u8 = 0x1a;
    pub const UNIVERSAL_STRING: u8 = 0x1c;
    pub const BMP_STRING: u8 = 0x1e;
    pub const SEQUENCE: u8 = 0x30;
    pub const SET: u8 = 0x31;
}

/// Identifier, shortest length, contents.
#[must_use]
pub fn tlv(tag: u8, contents: &[u8]) -> Vec<u8> {
    let mut out = vec![tag];
    if contents.len() < 0x80 {
        out.push(contents.len() as u8);
    } else {
        let length = significant(&contents.len().to_be_bytes()).to_vec();
        out.push(0x80 | length.len() as u8);
        out.extend(length);
    }
    out.extend_from_slice(contents);
    out
}

/// The values one after another.
pub fn concat(values: impl IntoIterator<Item = impl AsRef<[u8]>>) -> Vec<u8> {
    let mut out = Vec::new();
    for value in values {
        out.extend_from_slice(value.as_ref());
    }
    out
}

/// SEQUENCE or SEQUENCE OF.
pub fn sequence(values: impl IntoIterator<Item = impl AsRef<[u8]>>) -> Vec<u8> {
    tlv(tag::SEQUENCE, &concat(values))
}

/// SET OF, its values in the order of DER (X.690 section 11.6).
pub fn set_of(values: impl IntoIterator<Item = Vec<u8>>) -> Vec<u8> {
    let mut values: Vec<_> = values.into_iter().collect();
    values.sort();
    tlv(tag::SET, &concat(values))
}

/// `[number]` constructed: EXPLICIT around one value, or IMPLICIT over a SEQUENCE's contents.
#[must_use]
pub fn context(number: u8, contents: &[u8]) -> Vec<u8> {
    tlv(0xa0 | number, contents)
}

/// `[number]` primitive: IMPLICIT over a string, an integer, …
#[must_use]
pub fn context_primitive(number: u8, contents: &[u8]) -> Vec<u8> {
    tlv(0x80 | number, contents)
}

/// BOOLEAN.
#[must_use]
pub fn boolean(value: bool) -> Vec<u8> {
    tlv(tag::BOOLEAN, &[if value { 0xff } else { 0 }])
}

/// NULL.
#[must_use]
pub fn null() -> Vec<u8> {
    tlv(tag::NULL, &[])
}

/// A non-negative INTEGER.
#[must_use]
pub fn integer(value: u64) -> Vec<u8> {
    unsigned(&value.to_be_bytes())
}

/// A non-negative INTEGER of any size, from big-endian bytes.
#[must_use]
pub fn unsigned(big_endian: &[u8]) -> Vec<u8> {
    let digits = significant(big_endian);
    let sign: &[u8] = if digits.first().is_none_or(|first| *first >= 0x80) { &[0] } else { &[] };
    tlv(tag::INTEGER, &concat([sign, digits]))
}

/// OCTET STRING.
#[must_use]
pub fn octet_string(contents: &[u8]) -> Vec<u8> {
    tlv(tag::OCTET_STRING, contents)
}

/// BIT STRING of whole octets.
#[must_use]
pub fn bit_string(contents: &[u8]) -> Vec<u8> {
    tlv(tag::BIT_STRING, &concat([&[0], contents]))
}

/// A named bit list: bit `n` of `bits` is bit `n` of the ASN.1 type; trailing zeros are left out.
#[must_use]
pub fn named_bits(bits: u16) -> Vec<u8> {
    let mut octets = bits.reverse_bits().to_be_bytes().to_vec();
    while octets.last() == Some(&0) {
        octets.pop();
    }
    let unused = octets.last().map_or(0, |last| last.trailing_zeros() as u8);
    tlv(tag::BIT_STRING, &concat([&[unused], octets.as_slice()]))
}

/// OBJECT IDENTIFIER from its dotted form, of any length.
#[must_use]
pub fn oid(dotted: &str) -> Vec<u8> {
    let arcs: Vec<u128> = dotted.split('.').map(|arc| arc.parse().unwrap()).collect();
    let mut contents = Vec::new();
    for arc in std::iter::once(arcs[0] * 40 + arcs[1]).chain(arcs[2..].iter().copied()) {
        let septets = (128 - arc.leading_zeros()).div_ceil(7).max(1);
        for k in (0..septets).rev() {
            let more = if k > 0 { 0x80 } else { 0 };
            contents.push(more | (arc >> (7 * k)) as u8 & 0x7f);
        }
    }
    tlv(tag::OBJECT_IDENTIFIER, &contents)
}

/// UTCTime of Unix seconds; a year outside 1950 to 2049 loses its century.
#[must_use]
pub fn utc_time(unix: i64) -> Vec<u8> {
    tlv(tag::UTC_TIME, &date(unix).as_bytes()[2..])
}

/// GeneralizedTime of Unix seconds.
#[must_use]
pub fn generalized_time(unix: i64) -> Vec<u8> {
    tlv(tag::GENERALIZED_TIME, date(unix).as_bytes())
}

/// Time as RFC 5280 section 4.1.2.5 wants it: UTCTime through 2049, then GeneralizedTime.
#[must_use]
pub fn time(unix: i64) -> Vec<u8> {
    const YEAR_1950: i64 = -631_152_000;
    const YEAR_2050: i64 = 2_524_608_000;
    if (YEAR_1950..YEAR_2050).contains(&unix) { utc_time(unix) } else { generalized_time(unix) }
}

/// `YYYYMMDDHHMMSSZ`.
fn date(unix: i64) -> String {
    const DAY: i64 = 86_400;
    let leap = |year: i64| year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let (mut days, second) = (unix.div_euclid(DAY), unix.rem_euclid(DAY));
    // The Gregorian calendar repeats every 400 years, which are 146097 days.
    let mut year = 1970 + 400 * days.div_euclid(146_097);
    days = days.rem_euclid(146_097);
    while days >= 365 + i64::from(leap(year)) {
        days -= 365 + i64::from(leap(year));
        year += 1;
    }
    let mut month = 1;
    for length in [31, 28 + i64::from(leap(year)), 31, 30, 31, 30, 31, 31, 30, 31, 30] {
        if days < length {
            break;
        }
        days -= length;
        month += 1;
    }
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    format!("{year:04}{month:02}{:02}{hour:02}{minute:02}{second:02}Z", days + 1)
}

/// Big-endian bytes without leading zeros.
fn significant(big_endian: &[u8]) -> &[u8] {
    let zeros = big_endian.iter().take_while(|octet| **octet == 0).count();
    &big_endian[zeros..]
}
