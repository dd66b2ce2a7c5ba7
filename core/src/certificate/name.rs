//! Distinguished names (RFC 5280 4.1.2.4) and their comparison (section 7.1).
//!
//! Two names are equal if their RDNs are, in order; two RDNs if their attributes are, as sets. Two
//! values are equal if their bytes are, or if both are character strings that agree once ASCII
//! case is folded, white space at the ends is dropped and runs of it count as one. The string
//! types are reduced to code points first (TeletexString as Latin-1); beyond ASCII no case is
//! folded and nothing is normalised: RFC 5280's full stringprep could only make more names equal.

use crate::der::{Reader, is_oid, oid, tag};
use crate::error::{ErrorKind, Result};
use crate::limits::MAX_FOLDED_NAME_LEN;

/// Most attributes in one RDN that are compared as a set; larger ones are equal only as bytes.
const MAX_RDN_ATTRIBUTES: usize = 8;

/// A Name: the contents of its RDNSequence, well-formed.
#[derive(Clone, Copy, Debug)]
pub struct Name<'a> {
    content: Reader<'a>,
    der: &'a [u8],
    key: NameKey,
}

/// The outcome of a comparison that has bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NameMatch {
    Yes,
    No,
    /// The names are too long to tell.
    Unknown,
}

/// An attribute of an RDN.
#[derive(Clone, Copy, Debug)]
pub struct Attribute<'a> {
    /// Contents of the type's OBJECT IDENTIFIER.
    pub oid: &'a [u8],
    /// The tag of the value: which string type it is.
    pub tag: u8,
    value: Reader<'a>,
}

impl<'a> Attribute<'a> {
    fn read(rdn: &mut Reader<'a>) -> Result<Self> {
        let mut content = rdn.read(tag::SEQUENCE)?;
        let oid = content.read_oid()?.rest();
        let value = content.read_any()?;
        content.finish()?;
        Ok(Self { oid, tag: value.tag, value: value.content })
    }

    /// The bytes of the value, if its string type writes ASCII characters as their codes: two bytes of a
    /// BMPString that look like two letters are another character.
    pub(crate) fn ascii_bytes(&self) -> Option<&'a [u8]> {
        is_ascii_string(self.tag).then(|| self.value())
    }

    /// The bytes of the value, without its tag.
    #[must_use]
    pub const fn value(&self) -> &'a [u8] {
        self.value.rest()
    }

    pub(crate) fn error(&self, kind: ErrorKind) -> crate::Error {
        self.value.error(kind)
    }

    /// The value's code points folded for comparison, or `None` if it is no character string.
    fn folded(&self) -> Option<Folded<'a>> {
        Folded::new(self.tag, self.value())
    }

    fn matches(&self, other: &Self) -> bool {
        if self.oid != other.oid {
            return false;
        }
        if self.tag == other.tag && self.value() == other.value() {
            return true;
        }
        if is_other_letter(self.first_letter(), other.first_letter())
            || is_other_letter(self.last_letter(), other.last_letter())
        {
            return false;
        }
        match (self.folded(), other.folded()) {
            (Some(a), Some(b)) => a.eq(b),
            _ => false,
        }
    }

    fn first_letter(&self) -> Option<u8> {
        self.ascii_bytes().and_then(|bytes| bytes.first().copied())
    }

    fn last_letter(&self) -> Option<u8> {
        self.ascii_bytes().and_then(|bytes| bytes.last().copied())
    }
}

/// Whether two characters at the same end of two strings, in a string type where ASCII is written as its codes,
/// are surely different: both are visible ASCII, and no case folds one to the other.
fn is_other_letter(a: Option<u8>, b: Option<u8>) -> bool {
    matches!((a, b), (Some(a @ 0x21..=0x7e), Some(b @ 0x21..=0x7e)) if !a.eq_ignore_ascii_case(&b))
}

impl<'a> Name<'a> {
    /// Reads a Name that is the whole of `der`.
    ///
    /// # Errors
    /// A 1xx kind.
    pub fn from_der(der: &'a [u8]) -> Result<Self> {
        let mut reader = Reader::new(der)?;
        let name = Self::read(&mut reader)?;
        reader.finish()?;
        Ok(name)
    }

    pub(crate) fn read(reader: &mut Reader<'a>) -> Result<Self> {
        let tlv = reader.read_tlv(tag::SEQUENCE)?;
        let key = match plain_last_attribute(tlv.content.rest()) {
            Some((tag, value)) => NameKey(last_letters(tag, value)),
            None => read_rdns(tlv.content)?,
        };
        Ok(Self { content: tlv.content, der: tlv.der, key })
    }

    /// The name's DER.
    #[must_use]
    pub const fn der(&self) -> &'a [u8] {
        self.der
    }

    /// Whether the name has no RDN.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.content.is_empty()
    }

    /// The RDNs in order, each an iterator over its attributes.
    pub fn rdns(&self) -> impl Iterator<Item = Rdn<'a>> + use<'a> {
        let mut rest = self.content;
        core::iter::from_fn(move || rest.read(tag::SET).ok().map(Rdn))
    }

    /// All attributes in order, whichever RDN they stand in.
    pub fn attributes(&self) -> impl Iterator<Item = Attribute<'a>> + use<'a> {
        self.rdns().flatten()
    }

    /// The first commonName, for messages; never an identity.
    #[must_use]
    pub fn common_name(&self) -> Option<Attribute<'a>> {
        self.attributes().find(|attribute| attribute.oid == oid::COMMON_NAME)
    }

    /// Whether the two names are equal by RFC 5280 7.1; names beyond [`MAX_FOLDED_NAME_LEN`] are only if
    /// their bytes are.
    #[must_use]
    pub fn matches(&self, other: &Name<'_>) -> bool {
        self.key == other.key && (self.is_identical(other) || self.rdns_match(other))
    }

    /// Whether the two names are the same bytes.
    pub(crate) fn is_identical(&self, other: &Name<'_>) -> bool {
        self.content.rest() == other.content.rest()
    }

    /// What the comparison with a name of other bytes costs in the budget of a search: one, or where the
    /// spelling may be all that differs, one for every 64 bytes and each attribute that an RDN's attributes
    /// may be held against.
    pub(crate) fn comparison_cost(&self, other: &Name<'_>) -> u32 {
        if self.key == other.key { self.spelling_cost() } else { 1 }
    }

    /// What it costs to compare every attribute, whatever its spelling.
    pub(crate) fn spelling_cost(&self) -> u32 {
        let steps = (self.der.len().min(MAX_FOLDED_NAME_LEN) >> 6).saturating_add(1);
        u32::try_from(steps.saturating_mul(2 * MAX_RDN_ATTRIBUTES)).unwrap_or(u32::MAX)
    }

    fn rdns_match(&self, other: &Name<'_>) -> bool {
        if self.der.len() > MAX_FOLDED_NAME_LEN || other.der.len() > MAX_FOLDED_NAME_LEN {
            return false;
        }
        let mut others = other.rdns();
        self.rdns().all(|rdn| others.next().is_some_and(|other| rdn.matches(&other)))
            && others.next().is_none()
    }

    /// Whether the name lies below `base`: begins with its RDNs (RFC 5280 4.2.1.10), or is that name.
    pub(crate) fn is_below(&self, base: &Name<'_>) -> NameMatch {
        let mut rdns = self.rdns();
        let mut unknown = false;
        for wanted in base.rdns() {
            let Some(rdn) = rdns.next() else { return NameMatch::No };
            if !rdn.matches(&wanted) {
                // Beyond these bounds only bytes are compared.
                let is_long = |rdn: &Rdn<'_>| {
                    rdn.0.rest().len() > MAX_FOLDED_NAME_LEN || rdn.count() > MAX_RDN_ATTRIBUTES
                };
                if !is_long(&rdn) && !is_long(&wanted) {
                    return NameMatch::No;
                }
                unknown = true;
            }
        }
        if unknown { NameMatch::Unknown } else { NameMatch::Yes }
    }

    /// A number that equal names share: an index key, not a proof of equality.
    #[must_use]
    pub const fn key(&self) -> NameKey {
        self.key
    }
}

/// Requires well-formed RDNs, and gives the key of the last.
fn read_rdns(mut rdns: Reader<'_>) -> Result<NameKey> {
    let mut key: u64 = 0;
    while !rdns.is_empty() {
        let mut rdn = rdns.read(tag::SET)?;
        if rdn.is_empty() {
            return Err(rdn.error(ErrorKind::EmptySequence));
        }
        key = 0;
        while !rdn.is_empty() {
            let attribute = Attribute::read(&mut rdn)?;
            // Attributes are a set: their sum does not depend on their order.
            key = key.wrapping_add(last_letters(attribute.tag, attribute.value()));
        }
    }
    Ok(NameKey(key))
}

/// The last attribute of a name as nearly all are, in a fraction of the steps of [`read_rdns`]: one
/// attribute to an RDN, no length above 127. `None` says nothing but that the name is not such a one.
#[inline]
fn plain_last_attribute(mut rdns: &[u8]) -> Option<(u8, &[u8])> {
    let mut last = None;
    while let [tag::SET, set_len @ 0..=0x7f, tag::SEQUENCE, sequence_len, tag::OID, oid_len, rest @ ..] = rdns
    {
        let (oid, rest) = rest.split_at_checked(usize::from(*oid_len))?;
        let [value_tag, value_len, rest @ ..] = rest else { return None };
        let (value, rest) = rest.split_at_checked(usize::from(*value_len))?;
        // Both sums are lengths of one byte, as the length of the SET is.
        let nested = *set_len == sequence_len.checked_add(2)?
            && *sequence_len == oid_len.checked_add(*value_len)?.checked_add(4)?;
        if !nested || value_tag & 0x1f == 0x1f || !is_oid(oid) {
            return None;
        }
        last = Some((*value_tag, value));
        rdns = rest;
    }
    if rdns.is_empty() { last } else { None }
}

/// A number that equal names share; unequal ones rarely do. The index of trust anchors sorts by it.
///
/// It holds the last eight letters of the last RDN, where names differ most: case folded, white space
/// left out, so that all spellings which compare as equal have it in common. Names that share it are
/// still compared, and the number of comparisons is bounded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct NameKey(u64);

fn last_letters(tag: u8, value: &[u8]) -> u64 {
    if is_ascii_string(tag) {
        // Eight bytes that are all ASCII and no white space are the letters, whatever stands before.
        if let Some(&end) = value.last_chunk::<8>() {
            let word = u64::from_be_bytes(end);
            // The high bit of a byte says that it, or the one after it, is below 0x21.
            let below = word.wrapping_sub(0x2121_2121_2121_2121) & !word;
            if (word | below) & 0x8080_8080_8080_8080 == 0 {
                return word | 0x2020_2020_2020_2020;
            }
        }
        if value.is_ascii() {
            // From the end, so that only eight are looked at.
            let letters = value.iter().rev().filter(|&&byte| byte > b' ').take(8);
            return letters.zip(0u32..).fold(0, |key, (&byte, at)| key | u64::from(byte | 0x20) << (at << 3));
        }
    }
    let letter = |key: u64, unit: u32| match unit {
        0..=0x20 => key,
        0x21..=0x7f => key << 8 | u64::from(unit | 0x20),
        _ => key << 8 | u64::from(unit & 0xff),
    };
    match Folded::new(tag, value) {
        Some(units) => units.fold(0, letter),
        None => value.iter().map(|&byte| u32::from(byte)).fold(0, letter),
    }
}

/// Whether the string types' ASCII characters are their code points.
const fn is_ascii_string(tag: u8) -> bool {
    matches!(
        tag,
        tag::UTF8_STRING
            | tag::PRINTABLE_STRING
            | tag::TELETEX_STRING
            | tag::IA5_STRING
            | tag::NUMERIC_STRING
            | tag::VISIBLE_STRING
    )
}

/// A RelativeDistinguishedName: an iterator over its attributes.
#[derive(Clone, Copy, Debug)]
pub struct Rdn<'a>(Reader<'a>);

impl<'a> Iterator for Rdn<'a> {
    type Item = Attribute<'a>;

    fn next(&mut self) -> Option<Attribute<'a>> {
        Attribute::read(&mut self.0).ok()
    }
}

impl<'a> Rdn<'a> {
    /// Reads the contents of a RelativeDistinguishedName.
    pub(crate) fn read(content: Reader<'a>) -> Result<Self> {
        if content.is_empty() {
            return Err(content.error(ErrorKind::EmptySequence));
        }
        let mut rest = content;
        while !rest.is_empty() {
            Attribute::read(&mut rest)?;
        }
        Ok(Self(content))
    }

    pub(crate) fn matches(&self, other: &Rdn<'_>) -> bool {
        if self.0.rest() == other.0.rest() {
            return true;
        }
        if self.0.rest().len().max(other.0.rest().len()) > MAX_FOLDED_NAME_LEN {
            return false;
        }
        // Nearly all hold one attribute.
        let (mut ours, mut theirs) = (*self, *other);
        if let (Some(a), Some(b)) = (ours.next(), theirs.next())
            && ours.0.is_empty()
            && theirs.0.is_empty()
        {
            return a.matches(&b);
        }
        let count = self.take(MAX_RDN_ATTRIBUTES.saturating_add(1)).count();
        if count > MAX_RDN_ATTRIBUTES || count != other.take(count.saturating_add(1)).count() {
            return false;
        }
        let contained = |a: &Rdn<'_>, b: &Rdn<'_>| a.all_in(b);
        contained(self, other) && contained(other, self)
    }

    fn all_in(self, other: &Rdn<'_>) -> bool {
        let mut attributes = self;
        attributes.all(|attribute| {
            let mut others = *other;
            others.any(|candidate| attribute.matches(&candidate))
        })
    }
}

/// The code points of a character string, ASCII case folded, white space reduced.
#[derive(Clone)]
struct Folded<'a> {
    units: CodePoints<'a>,
    next: Option<u32>,
}

impl<'a> Folded<'a> {
    fn new(tag: u8, value: &'a [u8]) -> Option<Self> {
        let mut folded = Self { units: CodePoints::new(tag, value)?, next: None };
        folded.next = folded.after_space();
        Some(folded)
    }

    /// The next code point that is no white space.
    fn after_space(&mut self) -> Option<u32> {
        self.units.find(|&unit| !is_space(unit))
    }
}

impl Iterator for Folded<'_> {
    type Item = u32;

    #[inline]
    fn next(&mut self) -> Option<u32> {
        let unit = self.next?;
        self.next = self.units.next();
        if self.next.is_some_and(is_space) {
            // A run of white space is one, at the end none.
            self.next = self.after_space();
            if let Some(after) = self.next {
                self.units.put_back(after);
                self.next = Some(u32::from(b' '));
            }
        }
        Some(if (0x41..=0x5a).contains(&unit) { unit | 0x20 } else { unit })
    }
}

/// Space, and the control characters that RFC 4518 2.2 maps to it.
const fn is_space(unit: u32) -> bool {
    matches!(unit, 0x20 | 0x09..=0x0d | 0x85 | 0xa0)
}

/// The code points of a string of any of the types of DirectoryString.
#[derive(Clone)]
struct CodePoints<'a> {
    form: Form,
    rest: &'a [u8],
    returned: Option<u32>,
}

#[derive(Clone, Copy)]
enum Form {
    Latin1,
    Utf8,
    Ucs2,
    Ucs4,
}

impl<'a> CodePoints<'a> {
    /// `None` if the tag is no string type, or the bytes cannot be of it.
    fn new(tag: u8, value: &'a [u8]) -> Option<Self> {
        let form = match tag {
            // In ASCII, UTF-8 and Latin-1 are the same, and Latin-1 is quicker to walk.
            tag::UTF8_STRING if !value.is_ascii() => {
                core::str::from_utf8(value).ok()?;
                Form::Utf8
            }
            _ if is_ascii_string(tag) => Form::Latin1,
            tag::BMP_STRING if value.len() & 1 == 0 => Form::Ucs2,
            tag::UNIVERSAL_STRING if value.len() & 3 == 0 => Form::Ucs4,
            _ => return None,
        };
        Some(Self { form, rest: value, returned: None })
    }

    fn put_back(&mut self, unit: u32) {
        self.returned = Some(unit);
    }
}

impl Iterator for CodePoints<'_> {
    type Item = u32;

    #[inline]
    fn next(&mut self) -> Option<u32> {
        if let Some(unit) = self.returned.take() {
            return Some(unit);
        }
        match self.form {
            Form::Latin1 => {
                let (&unit, rest) = self.rest.split_first()?;
                self.rest = rest;
                Some(u32::from(unit))
            }
            Form::Utf8 => {
                let (&lead, rest) = self.rest.split_first()?;
                let (initial, continuation) = match lead {
                    0xf0.. => (lead & 0x07, 3),
                    0xe0.. => (lead & 0x0f, 2),
                    0xc0.. => (lead & 0x1f, 1),
                    _ => (lead, 0),
                };
                let (tail, rest) = rest.split_at_checked(continuation)?;
                self.rest = rest;
                Some(tail.iter().fold(u32::from(initial), |unit, &byte| unit << 6 | u32::from(byte & 0x3f)))
            }
            Form::Ucs2 => {
                let (&unit, rest) = self.rest.split_first_chunk::<2>()?;
                self.rest = rest;
                Some(u32::from(u16::from_be_bytes(unit)))
            }
            Form::Ucs4 => {
                let (&unit, rest) = self.rest.split_first_chunk::<4>()?;
                self.rest = rest;
                Some(u32::from_be_bytes(unit))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn equal(a: (u8, &[u8]), b: (u8, &[u8])) -> bool {
        match (Folded::new(a.0, a.1), Folded::new(b.0, b.1)) {
            (Some(a), Some(b)) => a.eq(b),
            _ => false,
        }
    }

    #[test]
    fn folds_ascii_case_and_white_space() {
        let utf8 = |text: &'static str| (tag::UTF8_STRING, text.as_bytes());
        assert!(equal(utf8("Example CA"), utf8("  eXAMPLE \t  ca ")));
        assert!(equal(utf8(""), utf8("   ")));
        assert!(!equal(utf8("Example CA"), utf8("ExampleCA")));
        assert!(!equal(utf8("a b c"), utf8("a bc")));
        assert!(equal(utf8("a  b  c"), utf8("a b c")));
    }

    #[test]
    fn reduces_every_string_type_to_code_points() {
        let all = [
            (tag::PRINTABLE_STRING, &b"Ab"[..]),
            (tag::UTF8_STRING, b"aB"),
            (tag::IA5_STRING, b"ab"),
            (tag::TELETEX_STRING, b"AB"),
            (tag::VISIBLE_STRING, b"ab"),
            (tag::BMP_STRING, b"\0a\0B"),
            (tag::UNIVERSAL_STRING, b"\0\0\0A\0\0\0b"),
        ];
        for a in all {
            for b in all {
                assert!(equal(a, b));
            }
        }
        assert!(equal((tag::TELETEX_STRING, b"\xe9"), (tag::UTF8_STRING, "é".as_bytes())));
        assert!(equal((tag::BMP_STRING, b"\x20\xac"), (tag::UTF8_STRING, "€".as_bytes())));
        assert!(equal((tag::UNIVERSAL_STRING, b"\0\x01\xf6\x00"), (tag::UTF8_STRING, "😀".as_bytes())));
    }

    #[test]
    fn gives_equal_names_the_same_key() {
        let spellings = [
            (tag::PRINTABLE_STRING, &b"Root CA  No 1"[..]),
            (tag::UTF8_STRING, b" root ca no 1 "),
            (tag::BMP_STRING, b"\0R\0O\0o\0t\0 \0C\0A\0 \0N\0o\0\t\0\x31"),
        ];
        for (tag, value) in spellings.into_iter().chain([(tag::UTF8_STRING, &b"RootCaNo1"[..])]) {
            assert_eq!(last_letters(tag, value), u64::from_be_bytes(*b"ootcano1"));
        }
        assert_eq!(last_letters(tag::UTF8_STRING, b""), last_letters(tag::BMP_STRING, b"\0 "));
        assert_eq!(
            last_letters(tag::TELETEX_STRING, b"caf\xe9"),
            last_letters(tag::UTF8_STRING, "Caf\u{e9}".as_bytes())
        );
    }

    #[test]
    fn does_not_fold_beyond_ascii_nor_read_broken_strings() {
        assert!(!equal((tag::UTF8_STRING, "É".as_bytes()), (tag::UTF8_STRING, "é".as_bytes())));
        assert!(!equal((tag::UTF8_STRING, b"\xff"), (tag::TELETEX_STRING, b"\xff")));
        assert!(Folded::new(tag::BMP_STRING, b"abc").is_none());
        assert!(Folded::new(tag::UNIVERSAL_STRING, b"abc").is_none());
        assert!(Folded::new(tag::OCTET_STRING, b"abc").is_none());
    }
}
