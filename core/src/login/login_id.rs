//! The e-mail that a user typed, out of the body of a login request: a member of a JSON object, or a
//! field of a form.
//!
//! The login behind us reads the same body with another reader. Whatever the two could take for different
//! values is refused: a name that stands twice, or once more in a spelling that some readers fold
//! (case; in forms also what is no letter or digit), and bodies that are not exactly in their format.

use crate::error::{Error, ErrorKind, Result};
use crate::json::{Event, Likeness, Scanner, Text};

/// The string at `name` in the JSON object that is the whole of `body` (RFC 8259), unescaped into `out`.
/// `None` if the object has no such member, or `null` there.
///
/// # Errors
/// [`ErrorKind::MalformedLoginRequest`] if the body is no JSON object, or if the member is no string;
/// [`ErrorKind::AmbiguousLoginId`] if the name stands twice, in whatever case;
/// [`ErrorKind::LoginIdTooLong`] if `out` is too short.
///
/// ```
/// use cba_core::login::login_id;
///
/// let body = br#"{"login_id": "alice@example.com", "password": "secret"}"#;
/// let mut memory = [0; 254];
/// assert_eq!(login_id::from_json(body, "login_id", &mut memory)?, Some("alice@example.com"));
/// assert_eq!(login_id::from_json(body, "id", &mut memory)?, None);
/// # Ok::<(), cba_core::Error>(())
/// ```
pub fn from_json<'o>(body: &[u8], name: &str, out: &'o mut [u8]) -> Result<Option<&'o str>> {
    let text = core::str::from_utf8(body)
        .map_err(|error| Error::new(ErrorKind::MalformedLoginRequest).at(error.valid_up_to()))?;
    let found = find_member(text, name).map_err(|error| match error.kind {
        ErrorKind::AmbiguousLoginId => error,
        _ => Error { kind: ErrorKind::MalformedLoginRequest, ..error },
    })?;
    let Some(found) = found else {
        return Ok(None);
    };
    let mut writer = Writer::new(out);
    for character in found.characters() {
        let mut utf8 = [0; 4];
        for byte in character.encode_utf8(&mut utf8).bytes() {
            writer.push(byte)?;
        }
    }
    writer.finish().map(Some)
}

fn find_member<'a>(text: &'a str, name: &str) -> Result<Option<Text<'a>>> {
    let malformed = |offset| Error::new(ErrorKind::MalformedLoginRequest).at(offset);
    let mut scanner = Scanner::new(text);
    let begin = scanner.require_next()?;
    if !matches!(begin.event, Event::BeginObject) {
        return Err(malformed(begin.offset));
    }
    let mut seen = false;
    let mut found = None;
    loop {
        let item = scanner.require_next()?;
        let Event::Key(key) = item.event else {
            break;
        };
        match key.likeness(name) {
            Likeness::Other => scanner.skip_value()?,
            Likeness::Same if !seen => {
                seen = true;
                let value = scanner.require_next()?;
                match value.event {
                    Event::String(text) => found = Some(text),
                    Event::Null => {}
                    _ => return Err(malformed(value.offset)),
                }
            }
            Likeness::Same | Likeness::DiffersInCase => {
                return Err(Error::new(ErrorKind::AmbiguousLoginId).at(item.offset));
            }
        }
    }
    // Behind the object the scanner gives nothing or an error.
    scanner.next()?;
    Ok(found)
}

/// The value of the field `name` in a form that is the whole of `body`
/// (`application/x-www-form-urlencoded`), decoded into `out`. `None` if the form has no such field.
///
/// # Errors
/// [`ErrorKind::MalformedLoginRequest`] for a `%` without two hexadecimal digits, for a `;` (some readers
/// take it for `&`), for controls and bytes beyond ASCII, and for a value that is no UTF-8;
/// [`ErrorKind::AmbiguousLoginId`] if the name stands twice, or once more as some readers would rewrite
/// it; [`ErrorKind::LoginIdTooLong`] if `out` is too short.
///
/// ```
/// use cba_core::login::login_id;
///
/// let mut memory = [0; 254];
/// let email = login_id::from_form(b"user=alice%40example.com&password=x", "user", &mut memory)?;
/// assert_eq!(email, Some("alice@example.com"));
/// # Ok::<(), cba_core::Error>(())
/// ```
pub fn from_form<'o>(body: &[u8], name: &str, out: &'o mut [u8]) -> Result<Option<&'o str>> {
    let mut found = None;
    let mut offset = 0_usize;
    for field in body.split(|&byte| byte == b'&') {
        let malformed = || Error::new(ErrorKind::MalformedLoginRequest).at(offset);
        let equals = field.iter().position(|&byte| byte == b'=').unwrap_or(field.len());
        let (encoded_name, value) = field.split_at_checked(equals).unwrap_or((field, &[]));
        let value = value.strip_prefix(b"=").unwrap_or(value);
        if !is_urlencoded(encoded_name) || !is_urlencoded(value) {
            return Err(malformed());
        }
        let written = decoded(encoded_name);
        if written.clone().eq(name.bytes()) {
            if found.replace(value).is_some() {
                return Err(Error::new(ErrorKind::AmbiguousLoginId).at(offset));
            }
        } else if folded(written.clone()).eq(folded(name.bytes()))
            || folded(before_bracket(written)).eq(folded(name.bytes()))
        {
            return Err(Error::new(ErrorKind::AmbiguousLoginId).at(offset));
        }
        offset = offset.saturating_add(field.len()).saturating_add(1);
    }
    let Some(value) = found else {
        return Ok(None);
    };
    let mut writer = Writer::new(out);
    for byte in decoded(value) {
        writer.push(byte)?;
    }
    writer.finish().map(Some)
}

/// Whether `text` can be decoded: printable ASCII without `;`, and two hexadecimal digits behind each `%`.
fn is_urlencoded(text: &[u8]) -> bool {
    let mut rest = text;
    while let [first, behind @ ..] = rest {
        rest = match (first, behind) {
            (b'%', [a, b, behind @ ..]) if a.is_ascii_hexdigit() && b.is_ascii_hexdigit() => behind,
            (b'%' | b';', _) => return false,
            (b'!'..=b'~', _) => behind,
            _ => return false,
        };
    }
    true
}

/// The bytes of a text that [`is_urlencoded`].
fn decoded(text: &[u8]) -> impl Iterator<Item = u8> + Clone + '_ {
    let mut rest = text;
    core::iter::from_fn(move || {
        let (first, behind) = rest.split_first()?;
        rest = behind;
        match (first, behind) {
            (b'%', [a, b, behind @ ..]) => {
                rest = behind;
                Some((hex_digit(*a)? << 4) | hex_digit(*b)?)
            }
            (b'+', _) => Some(b' '),
            (&byte, _) => Some(byte),
        }
    })
}

fn hex_digit(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

/// What is left of a field's name by its laxest readers: letters and digits, case folded. PHP drops blanks in
/// front, and writes an underscore for a dot, a blank or a bracket that is not closed.
fn folded(name: impl Iterator<Item = u8>) -> impl Iterator<Item = u8> {
    name.filter(u8::is_ascii_alphanumeric).map(|byte| byte.to_ascii_lowercase())
}

/// What stands before a bracket or a NUL: there some readers cut off, or take the rest for an index. Others pass
/// over brackets in front.
fn before_bracket(name: impl Iterator<Item = u8>) -> impl Iterator<Item = u8> {
    name.skip_while(|byte| !byte.is_ascii_alphanumeric()).take_while(|byte| !matches!(byte, b'[' | b']' | 0))
}

/// Writes text into memory of the caller.
struct Writer<'o> {
    out: &'o mut [u8],
    len: usize,
}

impl<'o> Writer<'o> {
    const fn new(out: &'o mut [u8]) -> Self {
        Self { out, len: 0 }
    }

    fn push(&mut self, byte: u8) -> Result<()> {
        let slot = self.out.get_mut(self.len).ok_or(ErrorKind::LoginIdTooLong)?;
        *slot = byte;
        self.len = self.len.saturating_add(1);
        Ok(())
    }

    fn finish(self) -> Result<&'o str> {
        let written = self.out.get(..self.len).unwrap_or_default();
        core::str::from_utf8(written).map_err(|_| ErrorKind::MalformedLoginRequest.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::String;

    type Outcome = core::result::Result<Option<String>, ErrorKind>;

    fn json(body: &str) -> Outcome {
        let mut memory = [0; 32];
        let found = from_json(body.as_bytes(), "login_id", &mut memory);
        found.map(|found| found.map(Into::into)).map_err(|error| error.kind)
    }

    fn form(body: &str) -> Outcome {
        let mut memory = [0; 32];
        let found = from_form(body.as_bytes(), "login_id", &mut memory);
        found.map(|found| found.map(Into::into)).map_err(|error| error.kind)
    }

    #[test]
    fn finds_the_member_of_the_outer_object_alone() {
        assert_eq!(json(r#"{"login_id":"a@b.example"}"#), Ok(Some("a@b.example".into())));
        assert_eq!(
            json(r#" { "x" : {"login_id":"c"}, "login_id" : "a\u0040b\n" } "#),
            Ok(Some("a@b\n".into()))
        );
        assert_eq!(json(r#"{"x":{"login_id":"c"},"y":["login_id"]}"#), Ok(None));
        assert_eq!(json(r#"{"login_id":null}"#), Ok(None));
        assert_eq!(json(r#"{"login_id":""}"#), Ok(Some(String::new())));
        assert_eq!(json(r#"{"l\u006fgin_id":"a"}"#), Ok(Some("a".into())));
    }

    #[test]
    fn refuses_a_member_that_another_reader_could_find_elsewhere() {
        for body in [
            r#"{"login_id":"a","login_id":"b"}"#,
            r#"{"login_id":"a","login_id":"a"}"#,
            r#"{"login_id":null,"login_id":"a"}"#,
            r#"{"login_id":"a","Login_ID":"b"}"#,
            r#"{"LOGIN_ID":"b"}"#,
            r#"{"login_id":"a","l\u006fgin_id":"b"}"#,
        ] {
            assert_eq!(json(body), Err(ErrorKind::AmbiguousLoginId), "{body}");
        }
    }

    #[test]
    fn refuses_a_body_that_is_no_json_object_to_its_end() {
        for body in [
            "",
            "null",
            "[]",
            r#""login_id""#,
            r#"[{"login_id":"a"}]"#,
            r#"{"login_id":1}"#,
            r#"{"login_id":{"login_id":"a"}}"#,
            r#"{"login_id":"a"} {}"#,
            r#"{"login_id":"a"}{"login_id":"b"}"#,
            r#"{"login_id":"a","#,
            "login_id=a",
        ] {
            assert_eq!(json(body), Err(ErrorKind::MalformedLoginRequest), "{body}");
        }
        assert_eq!(from_json(b"\xff{}", "a", &mut []).unwrap_err().kind, ErrorKind::MalformedLoginRequest);
    }

    #[test]
    fn decodes_the_field_of_a_form() {
        assert_eq!(form("login_id=a%40b.example&password=x"), Ok(Some("a@b.example".into())));
        assert_eq!(form("p=1&login%5Fid=a+b%2b"), Ok(Some("a b+".into())));
        assert_eq!(form("login_id"), Ok(Some(String::new())));
        assert_eq!(form("login_id=a=b"), Ok(Some("a=b".into())));
        assert_eq!(form(""), Ok(None));
        assert_eq!(form("login_idx=a&xlogin_id=b&login[x]=c&id[login]=d&=e"), Ok(None));
    }

    #[test]
    fn refuses_a_field_that_another_reader_could_find_elsewhere() {
        for body in [
            "login_id=a&login_id=b",
            "login_id&login_id=b",
            "login_id=a&LOGIN_ID=b",
            "login.id=b",
            "login_id=a&login%20id=b",
            "login_id=a&+login_id=b",
            "login_id=a&login_id%5B%5D=b",
            "login_id=a&login_id[]=b",
            "login_id=a&login[id=b",
            "login_id=a&[login_id]=b",
            "login_id=a&login_id]=b",
            "login_id=a&[login_id][0]=b",
            "login_id=a&login-id=b",
            "login_id=a&%09login_id%0a=b",
            "login_id=a&loginId=b",
            "login_id=a&login_id%00x=b",
            "login_id=a&log%69n_id=b",
        ] {
            assert_eq!(form(body), Err(ErrorKind::AmbiguousLoginId), "{body}");
        }
        for body in [
            "login_id=a;login_id=b",
            "login_id=%4",
            "login_id=%zz",
            "login_id=a\nb",
            "login_id=é",
            "login_id=%ff",
        ] {
            assert_eq!(form(body), Err(ErrorKind::MalformedLoginRequest), "{body}");
        }
    }

    #[test]
    fn refuses_what_does_not_fit() {
        let long = "a".repeat(33);
        assert_eq!(form(&std::format!("login_id={long}")), Err(ErrorKind::LoginIdTooLong));
        assert_eq!(json(&std::format!(r#"{{"login_id":"{long}"}}"#)), Err(ErrorKind::LoginIdTooLong));
        assert_eq!(form(&std::format!("login_id={}", "a".repeat(32))), Ok(Some("a".repeat(32))));
    }
}
