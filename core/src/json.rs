//! A strict pull scanner of JSON (RFC 8259), without memory of its own beyond one bit a level.
//!
//! It accepts exactly the grammar of RFC 8259 in UTF-8, up to [`MAX_JSON_DEPTH`] levels: no comments,
//! no trailing commas, no lone surrogates. Numbers are checked for their form and never evaluated,
//! so that a setting of any size passes. What the values mean is left to the caller.

use crate::limits::MAX_JSON_DEPTH;
use crate::{Error, ErrorKind, Result};

// One bit of `Scanner::objects` for each level.
const _: () = assert!(MAX_JSON_DEPTH <= 64);

/// One step through the document.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Event<'a> {
    BeginObject,
    EndObject,
    BeginArray,
    EndArray,
    Key(Text<'a>),
    String(Text<'a>),
    Number,
    Bool(bool),
    Null,
}

/// An event, and the byte at which it begins.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Item<'a> {
    pub(crate) event: Event<'a>,
    pub(crate) offset: usize,
}

/// A string that was scanned to its end: what follows the opening quote.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Text<'a>(&'a str);

/// How a string relates to a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Likeness {
    Same,
    DiffersInCase,
    Other,
}

impl<'a> Text<'a> {
    /// The unescaped characters in order.
    pub(crate) fn characters(self) -> impl Iterator<Item = char> + use<'a> {
        let mut rest = self.0;
        core::iter::from_fn(move || {
            let (character, behind) = split_character(rest)?;
            rest = behind;
            character
        })
    }

    /// Compares the unescaped string with a name in ASCII.
    pub(crate) fn likeness(self, name: &str) -> Likeness {
        let mut rest = self.0;
        let mut likeness = Likeness::Same;
        let mut expected = name.chars();
        loop {
            let Some((found, behind)) = split_character(rest) else {
                return Likeness::Other;
            };
            match (found, expected.next()) {
                (None, None) => return likeness,
                (Some(found), Some(expected)) if found == expected => {}
                (Some(found), Some(expected)) if fold(found) == fold(expected) => {
                    likeness = Likeness::DiffersInCase;
                }
                _ => return Likeness::Other,
            }
            rest = behind;
        }
    }
}

/// Unicode's simple case folding, restricted to what meets ASCII: beside the letters themselves,
/// LONG S folds to `s` and KELVIN SIGN to `k`. Go's `encoding/json`, which is what Mattermost reads
/// the file with, takes keys that differ only so for the same.
fn fold(character: char) -> char {
    match character {
        '\u{17F}' => 's',
        '\u{212A}' => 'k',
        other => other.to_ascii_lowercase(),
    }
}

/// What may stand at the current place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Expected {
    Value,
    FirstElement,
    FirstMember,
    Member,
    CommaOrEnd,
    Nothing,
}

/// A pass over one document.
#[derive(Debug)]
pub(crate) struct Scanner<'a> {
    rest: &'a str,
    len: usize,
    expected: Expected,
    depth: usize,
    /// Whether each open level is an object; the innermost is the lowest bit.
    objects: u64,
}

impl<'a> Scanner<'a> {
    /// A scanner before the document. A byte order mark is passed over (RFC 8259 section 8.1).
    pub(crate) fn new(text: &'a str) -> Self {
        Self {
            rest: text.strip_prefix('\u{FEFF}').unwrap_or(text),
            len: text.len(),
            expected: Expected::Value,
            depth: 0,
            objects: 0,
        }
    }

    /// The next event, or `None` once behind a complete document.
    pub(crate) fn next(&mut self) -> Result<Option<Item<'a>>> {
        self.skip_whitespace();
        if self.expected == Expected::CommaOrEnd && self.take(",") {
            self.skip_whitespace();
            self.expected = if self.in_object() { Expected::Member } else { Expected::Value };
        }
        let offset = self.offset();
        let event = match (self.expected, self.rest.as_bytes().first()) {
            (Expected::Nothing, None) => return Ok(None),
            (Expected::FirstMember | Expected::Member, Some(b'"')) => self.key()?,
            (Expected::FirstMember | Expected::CommaOrEnd, Some(b'}')) if self.in_object() => {
                self.close("}", Event::EndObject)?
            }
            (Expected::FirstElement | Expected::CommaOrEnd, Some(b']')) if !self.in_object() => {
                self.close("]", Event::EndArray)?
            }
            (Expected::Value | Expected::FirstElement, Some(&first)) => self.value(first)?,
            _ => return Err(self.malformed()),
        };
        Ok(Some(Item { event, offset }))
    }

    /// The next event, where the document cannot be complete.
    pub(crate) fn require_next(&mut self) -> Result<Item<'a>> {
        self.next()?.ok_or_else(|| self.malformed())
    }

    /// Passes over the value that comes next, whatever it holds.
    pub(crate) fn skip_value(&mut self) -> Result<()> {
        let outside = self.depth;
        loop {
            self.require_next()?;
            if self.depth <= outside {
                return Ok(());
            }
        }
    }

    /// Whether nothing but white space is left.
    pub(crate) fn is_blank(&mut self) -> bool {
        self.skip_whitespace();
        self.rest.is_empty()
    }

    fn offset(&self) -> usize {
        self.len.saturating_sub(self.rest.len())
    }

    fn malformed(&self) -> Error {
        Error::new(ErrorKind::MalformedJson).at(self.offset())
    }

    fn in_object(&self) -> bool {
        self.objects & 1 == 1
    }

    fn skip_whitespace(&mut self) {
        self.rest = self.rest.trim_start_matches([' ', '\t', '\n', '\r']);
    }

    fn take(&mut self, token: &str) -> bool {
        let behind = self.rest.strip_prefix(token);
        self.rest = behind.unwrap_or(self.rest);
        behind.is_some()
    }

    fn require(&mut self, token: &str) -> Result<()> {
        if self.take(token) { Ok(()) } else { Err(self.malformed()) }
    }

    fn key(&mut self) -> Result<Event<'a>> {
        let text = self.string()?;
        self.skip_whitespace();
        self.require(":")?;
        self.expected = Expected::Value;
        Ok(Event::Key(text))
    }

    fn value(&mut self, first: u8) -> Result<Event<'a>> {
        let event = match first {
            b'{' => return self.open("{", Event::BeginObject, Expected::FirstMember),
            b'[' => return self.open("[", Event::BeginArray, Expected::FirstElement),
            b'"' => Event::String(self.string()?),
            b't' => self.literal("true", Event::Bool(true))?,
            b'f' => self.literal("false", Event::Bool(false))?,
            b'n' => self.literal("null", Event::Null)?,
            _ => self.number()?,
        };
        self.end_value();
        Ok(event)
    }

    fn end_value(&mut self) {
        self.expected = if self.depth == 0 { Expected::Nothing } else { Expected::CommaOrEnd };
    }

    fn open(&mut self, token: &str, event: Event<'a>, expected: Expected) -> Result<Event<'a>> {
        if self.depth >= MAX_JSON_DEPTH {
            return Err(Error::new(ErrorKind::JsonTooDeep).at(self.offset()));
        }
        self.require(token)?;
        self.depth = self.depth.saturating_add(1);
        self.objects = (self.objects << 1) | u64::from(expected == Expected::FirstMember);
        self.expected = expected;
        Ok(event)
    }

    fn close(&mut self, token: &str, event: Event<'a>) -> Result<Event<'a>> {
        self.require(token)?;
        self.depth = self.depth.saturating_sub(1);
        self.objects >>= 1;
        self.end_value();
        Ok(event)
    }

    fn literal(&mut self, token: &str, event: Event<'a>) -> Result<Event<'a>> {
        self.require(token)?;
        Ok(event)
    }

    /// RFC 8259 section 6. A zero with digits behind it ends here, and the next event refuses them.
    fn number(&mut self) -> Result<Event<'a>> {
        self.take("-");
        if !self.take("0") {
            self.digits()?;
        }
        if self.take(".") {
            self.digits()?;
        }
        if self.take("e") || self.take("E") {
            let _sign = self.take("+") || self.take("-");
            self.digits()?;
        }
        Ok(Event::Number)
    }

    fn digits(&mut self) -> Result<()> {
        let behind = self.rest.trim_start_matches(|character: char| character.is_ascii_digit());
        if behind.len() == self.rest.len() {
            return Err(self.malformed());
        }
        self.rest = behind;
        Ok(())
    }

    fn string(&mut self) -> Result<Text<'a>> {
        self.require("\"")?;
        let text = Text(self.rest);
        loop {
            let Some((character, behind)) = split_character(self.rest) else {
                return Err(self.malformed());
            };
            self.rest = behind;
            if character.is_none() {
                return Ok(text);
            }
        }
    }
}

/// Splits the first character, unescaped, from the inside of a string (RFC 8259 section 7); the closing
/// quote is no character. `None` if no string can continue so.
fn split_character(text: &str) -> Option<(Option<char>, &str)> {
    let mut characters = text.chars();
    let character = match characters.next()? {
        '"' => None,
        '\\' => return split_escape(characters.as_str()),
        '\0'..='\x1F' => return None,
        other => Some(other),
    };
    Some((character, characters.as_str()))
}

fn split_escape(text: &str) -> Option<(Option<char>, &str)> {
    let mut characters = text.chars();
    let character = match characters.next()? {
        plain @ ('"' | '\\' | '/') => plain,
        'b' => '\x08',
        'f' => '\x0C',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'u' => return split_utf16(characters.as_str()),
        _ => return None,
    };
    Some((Some(character), characters.as_str()))
}

/// One unit of UTF-16, or a pair of surrogates.
fn split_utf16(text: &str) -> Option<(Option<char>, &str)> {
    let (first, rest) = split_hex(text)?;
    if let Some(character) = char::from_u32(u32::from(first)) {
        return Some((Some(character), rest));
    }
    let (second, rest) = split_hex(rest.strip_prefix("\\u")?)?;
    // A low surrogate in front, or anything but one behind, does not decode.
    let character = char::decode_utf16([first, second]).next()?.ok()?;
    Some((Some(character), rest))
}

fn split_hex(text: &str) -> Option<(u16, &str)> {
    let (digits, rest) = text.split_at_checked(4)?;
    // `from_str_radix` alone would take a sign.
    if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    Some((u16::from_str_radix(digits, 16).ok()?, rest))
}

#[cfg(test)]
#[allow(clippy::panic, clippy::arithmetic_side_effects)]
mod tests {
    extern crate std;

    use std::string::{String, ToString};
    use std::vec::Vec;

    use super::*;

    fn scan(json: &str) -> Result<()> {
        let mut scanner = Scanner::new(json);
        while scanner.next()?.is_some() {}
        Ok(())
    }

    fn first_likeness(json: &str, name: &str) -> Likeness {
        match Scanner::new(json).require_next() {
            Ok(Item { event: Event::String(text), .. }) => text.likeness(name),
            other => panic!("{json:?} begins with {other:?}"),
        }
    }

    /// `None` where the oracle refuses a number for its size, which is no matter of grammar. It takes
    /// no byte order mark.
    fn accepted_by_serde(json: &str) -> Option<bool> {
        let json = json.strip_prefix('\u{feff}').unwrap_or(json);
        match serde_json::from_str::<serde_json::Value>(json) {
            Ok(_) => Some(true),
            Err(error) if error.to_string().contains("number out of range") => None,
            Err(_) => Some(false),
        }
    }

    const WELL_FORMED: &[&str] = &[
        "{}",
        "[]",
        " \t\r\n{ } ",
        "0",
        "-0",
        "-0.0e-0",
        "1.5",
        "1E5",
        "1e+5",
        "10.25E-17",
        "123456789012345678901234567890123456789",
        "-9223372036854775809",
        "true",
        "false",
        "null",
        "\"\"",
        r#""\"\\\/\b\f\n\r\t""#,
        r#""\u0000\u001f\uFFFF\uabCD""#,
        r#""\ud83d\ude00 \uDBFF\uDFFF""#,
        "\"\u{7f}\u{80}\u{2028}\u{1F600}\"",
        r#"{"":{"":[[],{},[{}]]}}"#,
        r#"{"a":1,"a":2}"#,
        "[1 , 2\n,\t3 ]",
        r#"{ "a" : [ true , false , null , -1.5e3 , "x" , { } ] , "b" : 0 }"#,
    ];

    const MALFORMED: &[&str] = &[
        "",
        " ",
        "{",
        "}",
        "[",
        "]",
        "[}",
        "{]",
        "[1}",
        r#"{"a":1]"#,
        r#"{"a":[1}}"#,
        r#"{"a":{]}"#,
        r#"{"a""#,
        r#"{"a":"#,
        r#"{"a":1"#,
        r#"{"a":1,"#,
        r#"{"a":1,}"#,
        r#"{"a":,}"#,
        r#"{"a"::1}"#,
        r#"{"a" 1}"#,
        r#"{"a",1}"#,
        r#"{"a":1 "b":2}"#,
        r#"{"a":1;"b":2}"#,
        "{,}",
        "{1:2}",
        "{null:1}",
        "{'a':1}",
        "{a:1}",
        "[1,]",
        "[,1]",
        "[1,,2]",
        "[1 2]",
        "[1:2]",
        "[true false]",
        "[truefalse]",
        r#"["a" "b"]"#,
        r#""a""b""#,
        "{}{}",
        "{},",
        "{} x",
        "{}]",
        "1 2",
        "01",
        "-01",
        "00",
        "+1",
        "-",
        "[-]",
        "--1",
        "- 1",
        "1.",
        "1.e1",
        "[1.]",
        ".5",
        "1e",
        "1e+",
        "1e1.5",
        "1.5e3x",
        "0x10",
        "1_000",
        "1a",
        "\u{661}",
        "NaN",
        "nan",
        "Infinity",
        "-Infinity",
        "undefined",
        "True",
        "tru",
        "truex",
        "nul",
        "\"",
        "\"a",
        "\"\\",
        "\"\\\"",
        r#""\x41""#,
        r#""\'""#,
        r#""\u""#,
        r#""\u12""#,
        r#""\u12g4""#,
        r#""\u+123""#,
        r#""\U0041""#,
        "\"\\u00e\u{e9}\"",
        r#""\ud800""#,
        r#""\udc00""#,
        r#""\udc00\ud800""#,
        r#""\ud800\ud800""#,
        r#""\ud800\u0041""#,
        r#""\udc00\u0041""#,
        r#""\ud83dx""#,
        r#""\ud83d\n""#,
        r#""\ud83d\u""#,
        r#""\ud83d\u12""#,
        "\"\u{0}\"",
        "\"\u{1f}\"",
        "\"\n\"",
        "\"\t\"",
        "// c\n{}",
        "/* c */{}",
        "{} // c",
        "# c\n{}",
        "\u{c}{}",
        "\u{b}{}",
        "\u{a0}{}",
        "\u{2028}{}",
        "{}\u{0}",
        "{}\u{1a}",
        "{\u{feff}}",
        "{}\u{feff}",
    ];

    #[test]
    fn accepts_what_is_well_formed() {
        for json in WELL_FORMED {
            assert_eq!(scan(json), Ok(()), "{json:?}");
            assert_ne!(accepted_by_serde(json), Some(false), "{json:?}");
        }
    }

    #[test]
    fn rejects_what_is_malformed() {
        for json in MALFORMED {
            assert_eq!(scan(json).map_err(|error| error.kind), Err(ErrorKind::MalformedJson), "{json:?}");
            assert_ne!(accepted_by_serde(json), Some(true), "{json:?}");
        }
    }

    #[test]
    fn rejects_every_document_that_is_cut_off() {
        let json = r#"{ "a" : [ true , null , -1.5e+3 , "x\u00e9\ud83d\ude00" , {} ] , "b" : 0 }"#;
        for (end, _) in json.char_indices() {
            let cut = json.get(..end).unwrap_or_default();
            let error = Error::new(ErrorKind::MalformedJson);
            let found = scan(cut).map_err(|error| error.at(0));
            assert_eq!(found, Err(error), "{cut:?}");
        }
        assert_eq!(scan(json), Ok(()));
    }

    #[test]
    fn agrees_with_serde_json_on_damaged_documents() {
        let seeds: Vec<&str> = WELL_FORMED.iter().chain(MALFORMED).copied().collect();
        let alphabet: Vec<char> = "{}[]:,\"\\/ubfnrteE+-.0123456789aldsD8C \n\u{1}\u{e9}x".chars().collect();
        let mut state = 0x9E37_79B9_7F4A_7C15_u64;
        let mut random = |below: usize| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            usize::try_from(state >> 33).unwrap_or(0) % below.max(1)
        };
        let (mut ran, mut accepted, mut left_aside) = (0, 0, 0);
        for _ in 0..60_000 {
            let mut json: Vec<char> =
                seeds.get(random(seeds.len())).map(|seed| seed.chars().collect()).unwrap_or_default();
            for _ in 0..=random(3) {
                let place = random(json.len() + 1);
                let character = alphabet.get(random(alphabet.len())).copied().unwrap_or('x');
                match random(4) {
                    0 if place < json.len() => drop(json.remove(place)),
                    1 => json.insert(place, character),
                    2 => {
                        let tail: Vec<char> = json.iter().skip(place).copied().collect();
                        json.extend(tail);
                    }
                    _ => {
                        if let Some(old) = json.get_mut(place) {
                            *old = character;
                        }
                    }
                }
            }
            let json: String = json.into_iter().collect();
            let ours = scan(&json);
            let Some(theirs) = accepted_by_serde(&json) else {
                left_aside += 1;
                continue;
            };
            ran += 1;
            accepted += usize::from(theirs);
            assert_eq!(ours.is_ok(), theirs, "{json:?}: {ours:?}");
        }
        std::println!(
            "{ran} documents compared, {accepted} of them well-formed; \
             {left_aside} left aside (a number beyond f64, which serde_json refuses)"
        );
        assert!(accepted > 1000, "{accepted}");
    }

    #[test]
    fn nests_to_the_limit_and_no_deeper() {
        for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
            let nested = |depth: usize| open.repeat(depth) + "1" + &close.repeat(depth);
            assert_eq!(scan(&nested(MAX_JSON_DEPTH)), Ok(()));
            assert_eq!(
                scan(&nested(MAX_JSON_DEPTH + 1)),
                Err(Error::new(ErrorKind::JsonTooDeep).at(open.len() * MAX_JSON_DEPTH))
            );
        }
    }

    #[test]
    fn keeps_objects_and_arrays_apart_at_every_depth() {
        let alternating = "[{\"a\":".repeat(MAX_JSON_DEPTH / 2);
        let closed = alternating.clone() + "0" + &"}]".repeat(MAX_JSON_DEPTH / 2);
        assert_eq!(scan(&closed), Ok(()));
        let crossed = alternating + "0" + &"]}".repeat(MAX_JSON_DEPTH / 2);
        assert!(scan(&crossed).is_err());
    }

    #[test]
    fn points_at_the_byte_where_the_grammar_breaks() {
        for (json, offset) in [
            ("{\"a\":1,}", 7),
            ("[1}", 2),
            ("\u{feff} [01]", 6),
            ("[\"\u{e9}\\q\"]", 4),
            ("{\"a\":1", 6),
            ("{} x", 3),
        ] {
            let error = Error::new(ErrorKind::MalformedJson).at(offset);
            assert_eq!(scan(json), Err(error), "{json:?}");
        }
    }

    #[test]
    fn passes_over_one_whole_value() -> Result<()> {
        for value in ["1", "\"]\"", "[]", "{}", "[[{\"a\":[1]}],2]"] {
            let json = String::from("[") + value + ",null]";
            let mut scanner = Scanner::new(&json);
            scanner.require_next()?;
            scanner.skip_value()?;
            let next = scanner.require_next()?;
            assert!(matches!(next.event, Event::Null), "{json:?}");
            assert_eq!(next.offset, value.len() + 2);
        }
        Ok(())
    }

    #[test]
    fn compares_strings_unescaped() {
        for json in [r#""Side""#, r#""\u0053ide""#, r#""\u0053\u0069\u0064\u0065""#] {
            assert_eq!(first_likeness(json, "Side"), Likeness::Same, "{json}");
        }
    }

    #[test]
    fn folds_as_go_does() {
        for json in
            [r#""SIDECHECK""#, "\"\u{17F}ideCheck\"", "\"SideChec\u{212A}\"", r#""\u017fideChec\u212a""#]
        {
            assert_eq!(first_likeness(json, "SideCheck"), Likeness::DiffersInCase, "{json}");
        }
        for json in [r#""Side""#, r#""SideCheckk""#, r#""S\u0131deCheck""#, r#""SideCheck\u0000""#, r#""""#] {
            assert_eq!(first_likeness(json, "SideCheck"), Likeness::Other, "{json}");
        }
    }
}
