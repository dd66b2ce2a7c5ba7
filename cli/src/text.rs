//! What certificates hold, as text for people: every byte a stranger chose is made harmless first.
//!
//! Names follow RFC 4514 in form. They are for reading; no decision rests on them.

use cba_core::certificate::{Attribute, Name};
use cba_core::der::{oid, tag};
use cba_core::time::UnixTime;
use jiff::{SignedDuration, civil};
use std::fmt::Write;

/// Most characters of one value that are shown.
const MAX_SHOWN: usize = 256;
/// Most attributes of one name that are shown.
const MAX_ATTRIBUTES: usize = 64;

/// The text with everything a terminal might obey, or a reader not see, as hexadecimal bytes `\1B`.
pub(crate) fn printable(text: &str) -> String {
    let mut shown = String::new();
    for (count, character) in text.chars().enumerate() {
        if count == MAX_SHOWN {
            shown.push('…');
            break;
        }
        push_printable(&mut shown, character);
    }
    shown
}

/// As [`printable`], for bytes that need not be UTF-8.
pub(crate) fn printable_bytes(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => printable(text),
        Err(_) => {
            let mut shown = String::new();
            for &byte in bytes.iter().take(MAX_SHOWN) {
                if byte.is_ascii() {
                    push_printable(&mut shown, char::from(byte));
                } else {
                    push_hex_pairs(&mut shown, &[byte]);
                }
            }
            if bytes.len() > MAX_SHOWN {
                shown.push('…');
            }
            shown
        }
    }
}

fn push_printable(shown: &mut String, character: char) {
    // `escape_debug` leaves alone what prints by itself: no control, format, private or unassigned
    // character, and no mark that would join the one before.
    let prints = matches!(character, '"' | '\'') || character.escape_debug().nth(1).is_none();
    if character == '\\' {
        shown.push_str("\\\\");
    } else if prints {
        shown.push(character);
    } else {
        push_hex_pairs(shown, character.encode_utf8(&mut [0; 4]).as_bytes());
    }
}

fn push_hex_pairs(shown: &mut String, bytes: &[u8]) {
    for byte in bytes {
        // Writing to a String does not fail.
        let _ = write!(shown, "\\{byte:02X}");
    }
}

/// A distinguished name in the form of RFC 4514: the last RDN first.
pub(crate) fn name(name: &Name<'_>) -> String {
    if name.is_empty() {
        return "(empty name)".into();
    }
    let mut shown = 0_usize;
    let mut rdns: Vec<String> = Vec::new();
    for rdn in name.rdns() {
        let mut attributes = Vec::new();
        for attribute in rdn {
            shown = shown.saturating_add(1);
            if shown <= MAX_ATTRIBUTES {
                attributes.push(self::attribute(&attribute));
            }
        }
        if !attributes.is_empty() {
            rdns.push(attributes.join("+"));
        }
    }
    rdns.reverse();
    let left_out = if shown > MAX_ATTRIBUTES { "…," } else { "" };
    format!("{left_out}{}", rdns.join(","))
}

fn attribute(attribute: &Attribute<'_>) -> String {
    let kind = attribute_type(attribute.oid);
    let Some(text) = string(attribute.tag, attribute.value()) else {
        return format!("{kind}=#{}", hex_some(attribute.value()));
    };
    let mut value = String::new();
    for (index, character) in text.chars().take(MAX_SHOWN).enumerate() {
        match character {
            // RFC 4514 2.4
            ',' | '+' | '"' | ';' | '<' | '>' | '=' => {
                value.push('\\');
                value.push(character);
            }
            '#' | ' ' if index == 0 => {
                value.push('\\');
                value.push(character);
            }
            other => push_printable(&mut value, other),
        }
    }
    if text.chars().nth(MAX_SHOWN).is_some() {
        value.push('…');
    }
    format!("{kind}={value}")
}

/// The characters of a string of one of the types of DirectoryString, or `None`.
fn string(string_type: u8, value: &[u8]) -> Option<String> {
    match string_type {
        tag::UTF8_STRING => std::str::from_utf8(value).ok().map(str::to_owned),
        tag::PRINTABLE_STRING
        | tag::TELETEX_STRING
        | tag::IA5_STRING
        | tag::NUMERIC_STRING
        | tag::VISIBLE_STRING => Some(value.iter().map(|&byte| char::from(byte)).collect()),
        tag::BMP_STRING => {
            let (units, []) = value.as_chunks::<2>() else { return None };
            units.iter().map(|unit| char::from_u32(u32::from(u16::from_be_bytes(*unit)))).collect()
        }
        tag::UNIVERSAL_STRING => {
            let (units, []) = value.as_chunks::<4>() else { return None };
            units.iter().map(|unit| char::from_u32(u32::from_be_bytes(*unit))).collect()
        }
        _ => None,
    }
}

/// The name of a string type.
pub(crate) fn string_type(string_type: u8) -> String {
    match string_type {
        tag::UTF8_STRING => "UTF8String".into(),
        tag::PRINTABLE_STRING => "PrintableString".into(),
        tag::TELETEX_STRING => "TeletexString".into(),
        tag::IA5_STRING => "IA5String".into(),
        tag::NUMERIC_STRING => "NumericString".into(),
        tag::VISIBLE_STRING => "VisibleString".into(),
        tag::BMP_STRING => "BMPString".into(),
        tag::UNIVERSAL_STRING => "UniversalString".into(),
        other => format!("tag 0x{other:02x}"),
    }
}

fn attribute_type(content: &[u8]) -> String {
    let short = match content {
        oid::COMMON_NAME => "CN",
        oid::SERIAL_NUMBER => "SERIALNUMBER",
        oid::EMAIL_ADDRESS => "emailAddress",
        [0x55, 0x04, 4] => "SN",
        [0x55, 0x04, 6] => "C",
        [0x55, 0x04, 7] => "L",
        [0x55, 0x04, 8] => "ST",
        [0x55, 0x04, 9] => "STREET",
        [0x55, 0x04, 10] => "O",
        [0x55, 0x04, 11] => "OU",
        [0x55, 0x04, 12] => "title",
        [0x55, 0x04, 42] => "GN",
        [0x09, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 0x64, 0x01, 1] => "UID",
        [0x09, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 0x64, 0x01, 25] => "DC",
        _ => return oid(content),
    };
    short.into()
}

/// The name of an extension, or its number.
pub(crate) fn extension(content: &[u8]) -> String {
    let known = match content {
        [0x55, 0x1d, 9] => "subjectDirectoryAttributes",
        [0x55, 0x1d, 14] => "subjectKeyIdentifier",
        [0x55, 0x1d, 15] => "keyUsage",
        [0x55, 0x1d, 17] => "subjectAltName",
        [0x55, 0x1d, 18] => "issuerAltName",
        [0x55, 0x1d, 19] => "basicConstraints",
        [0x55, 0x1d, 30] => "nameConstraints",
        [0x55, 0x1d, 31] => "cRLDistributionPoints",
        [0x55, 0x1d, 32] => "certificatePolicies",
        [0x55, 0x1d, 33] => "policyMappings",
        [0x55, 0x1d, 35] => "authorityKeyIdentifier",
        [0x55, 0x1d, 36] => "policyConstraints",
        [0x55, 0x1d, 37] => "extendedKeyUsage",
        [0x55, 0x1d, 46] => "freshestCRL",
        [0x55, 0x1d, 54] => "inhibitAnyPolicy",
        [0x2b, 6, 1, 5, 5, 7, 1, 1] => "authorityInfoAccess",
        [0x2b, 6, 1, 5, 5, 7, 1, 24] => "tlsFeature",
        [0x60, 0x86, 0x48, 0x01, 0x86, 0xf8, 0x42, 1, 1] => "nsCertType",
        [0x60, 0x86, 0x48, 0x01, 0x86, 0xf8, 0x42, 1, 13] => "nsComment",
        _ => return oid(content),
    };
    known.into()
}

/// The name of a purpose in extendedKeyUsage, or its number.
pub(crate) fn purpose(content: &[u8]) -> String {
    let known = match content {
        oid::CLIENT_AUTH => "clientAuth",
        oid::SERVER_AUTH => "serverAuth",
        oid::ANY_EXTENDED_KEY_USAGE => "anyExtendedKeyUsage",
        [0x2b, 6, 1, 5, 5, 7, 3, 3] => "codeSigning",
        [0x2b, 6, 1, 5, 5, 7, 3, 4] => "emailProtection",
        [0x2b, 6, 1, 5, 5, 7, 3, 8] => "timeStamping",
        [0x2b, 6, 1, 5, 5, 7, 3, 9] => "OCSPSigning",
        _ => return oid(content),
    };
    known.into()
}

/// An OBJECT IDENTIFIER in dotted form, from the contents of its DER.
pub(crate) fn oid(content: &[u8]) -> String {
    let mut arcs: Vec<String> = Vec::new();
    let mut arc: u128 = 0;
    for &byte in content.iter().take(MAX_SHOWN) {
        // An arc that would overflow is shown as bytes.
        if arc >> 120 != 0 {
            return format!("OID #{}", hex_some(content));
        }
        arc = arc << 7 | u128::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            if arcs.is_empty() {
                let first = (arc.checked_div(40).unwrap_or(0)).min(2);
                let second = arc.saturating_sub(first.saturating_mul(40));
                arcs.push(first.to_string());
                arcs.push(second.to_string());
            } else {
                arcs.push(arc.to_string());
            }
            arc = 0;
        }
    }
    arcs.join(".")
}

/// The contents of the DER of an OBJECT IDENTIFIER in dotted form, or `None` if it is none.
pub(crate) fn parse_oid(dotted: &str) -> Option<Vec<u8>> {
    let mut content = vec![0; dotted.len()];
    oid::from_dotted(dotted, &mut content).map(<[u8]>::to_vec)
}

/// Bytes in lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// As [`hex`], but no more than a line of it.
pub(crate) fn hex_some(bytes: &[u8]) -> String {
    match bytes.split_at_checked(32) {
        Some((head, rest)) if !rest.is_empty() => format!("{}… ({} bytes)", hex(head), bytes.len()),
        _ => hex(bytes),
    }
}

/// A time in the form of RFC 3339, in UTC.
pub(crate) fn time(time: UnixTime) -> String {
    civil::date(1970, 1, 1)
        .at(0, 0, 0, 0)
        .checked_add(SignedDuration::from_secs(time.0))
        .map_or_else(|_| format!("{} seconds after 1970", time.0), |shown| format!("{shown}Z"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_and_writes_object_identifiers() {
        for dotted in ["1.3.6.1.5.5.7.3.2", "2.5.29.37.0", "2.999.1", "0.0", "1.39.128.16384"] {
            assert_eq!(parse_oid(dotted).map(|content| oid(&content)).as_deref(), Some(dotted));
        }
        assert_eq!(parse_oid("1.3.6.1.5.5.7.3.2").as_deref(), Some(oid::CLIENT_AUTH));
        for bad in ["", "1", "3.1", "1.40", "1..2", "1.02", "1.+2", "1.2.", "a.b", "1.2.-3"] {
            assert_eq!(parse_oid(bad), None, "{bad}");
        }
        assert_eq!(parse_oid("1.2.99999999999999999999999999999999999999999"), None);
    }

    #[test]
    fn makes_controls_and_invisible_characters_harmless() {
        assert_eq!(printable("a\x1b[2Jb\r\n\u{202e}c\\"), "a\\1B[2Jb\\0D\\0A\\E2\\80\\AEc\\\\");
        assert_eq!(printable("Zoë Müller 名前 \"x\""), "Zoë Müller 名前 \"x\"");
        assert_eq!(printable_bytes(b"a\xff\x07"), "a\\FF\\07");
        assert_eq!(printable(&"x".repeat(300)).chars().count(), 257);
    }

    #[test]
    fn shows_the_last_second_of_the_year_9999() {
        assert_eq!(time(UnixTime(253_402_300_799)), "9999-12-31T23:59:59Z");
        assert_eq!(time(UnixTime(-62_167_219_200)), "0000-01-01T00:00:00Z");
        assert_eq!(time(UnixTime(i64::MAX)), "9223372036854775807 seconds after 1970");
    }
}
