//! Certificates and keys that the operator refuses, whoever signed them.

use super::TrustAnchor;
use crate::certificate::Certificate;
use crate::digest::sha256;
use crate::error::{Error, ErrorKind, Result};
use crate::sort::shell_sort;

/// One entry of a deny list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Denied {
    /// The certificate with this SHA-256 fingerprint (of its whole DER), an anchor's included. The second
    /// way to write an ECDSA signature, which its holder has, does not get past it.
    Certificate([u8; 32]),
    /// Every certificate whose SubjectPublicKeyInfo has this SHA-256 hash, and an anchor with it.
    PublicKey([u8; 32]),
}

impl Denied {
    /// The entries of a deny list as a text: a line is `certificate` or `key`, and the SHA-256 in 64
    /// hexadecimal digits, with or without colons. Empty lines and what follows a `#` are passed over.
    /// After an error, nothing.
    ///
    /// # Errors
    /// [`ErrorKind::MalformedDenyList`] at the first byte of any other line: nothing is overlooked.
    ///
    /// ```
    /// use cba_core::path::Denied;
    ///
    /// let text = "# lost on the train\nkey 00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\n";
    /// let entries: Result<Vec<_>, _> = Denied::parse(text.as_bytes()).collect();
    /// assert!(matches!(entries?[..], [Denied::PublicKey([0x00, 0x11, ..])]));
    /// # Ok::<(), cba_core::Error>(())
    /// ```
    pub fn parse(text: &[u8]) -> impl Iterator<Item = Result<Self>> + '_ {
        let mut offset = 0_usize;
        let mut lines = text.split(|&byte| matches!(byte, b'\n' | b'\r'));
        let mut failed = false;
        core::iter::from_fn(move || {
            while !failed {
                let line = lines.next()?;
                let start = offset;
                offset = offset.saturating_add(line.len()).saturating_add(1);
                let content = line.split(|&byte| byte == b'#').next().unwrap_or_default().trim_ascii();
                if !content.is_empty() {
                    let entry = Self::from_line(content);
                    failed = entry.is_none();
                    return Some(entry.ok_or(Error::new(ErrorKind::MalformedDenyList).at(start)));
                }
            }
            None
        })
    }

    fn from_line(line: &[u8]) -> Option<Self> {
        let blank = line.iter().position(u8::is_ascii_whitespace)?;
        let (what, hash) = line.split_at_checked(blank)?;
        let hash = sha256_from_hex(hash.trim_ascii())?;
        match what {
            b"certificate" => Some(Self::Certificate(hash)),
            b"key" => Some(Self::PublicKey(hash)),
            _ => None,
        }
    }
}

/// 32 bytes in hexadecimal; a colon may stand between two bytes.
fn sha256_from_hex(text: &[u8]) -> Option<[u8; 32]> {
    let mut hash = [0; 32];
    let mut rest = text;
    for (index, byte) in hash.iter_mut().enumerate() {
        if index > 0 {
            rest = rest.strip_prefix(b":").unwrap_or(rest);
        }
        let (digits, behind) = rest.split_at_checked(2)?;
        if !digits.iter().all(u8::is_ascii_hexdigit) {
            return None;
        }
        *byte = u8::from_str_radix(core::str::from_utf8(digits).ok()?, 16).ok()?;
        rest = behind;
    }
    rest.is_empty().then_some(hash)
}

/// A deny list, sorted once, in the caller's memory. It holds for every certificate of a path.
#[derive(Clone, Copy, Debug, Default)]
pub struct DenyList<'a> {
    sorted: &'a [Denied],
}

impl<'a> DenyList<'a> {
    /// A list that denies nothing.
    pub const EMPTY: DenyList<'static> = DenyList { sorted: &[] };

    /// Sorts the entries in place.
    #[must_use]
    pub fn new(entries: &'a mut [Denied]) -> Self {
        shell_sort(entries, |a, b| a < b);
        Self { sorted: entries }
    }

    /// Whether the certificate or its key is on the list.
    #[must_use]
    pub fn denies(&self, certificate: &Certificate<'_>) -> bool {
        !self.sorted.is_empty()
            && (self.denies_der(certificate.der())
                || certificate
                    .mirrored_fingerprint()
                    .is_some_and(|hash| self.contains(&Denied::Certificate(hash)))
                || self.denies_key(certificate.subject_public_key_info().der()))
    }

    /// Whether the anchor's key, or the certificate that it was taken from, is on the list.
    #[must_use]
    pub fn denies_anchor(&self, anchor: &TrustAnchor<'_>) -> bool {
        anchor.certificate().is_some_and(|certificate| self.denies_der(certificate.der))
            || self.denies_key(anchor.subject_public_key_info().der())
    }

    fn denies_der(&self, der: &[u8]) -> bool {
        // Hashing is the price of a list; without one there is none.
        !self.sorted.is_empty() && self.contains(&Denied::Certificate(sha256(der)))
    }

    /// Whether the key with this SubjectPublicKeyInfo is on the list.
    #[must_use]
    pub fn denies_key(&self, spki: &[u8]) -> bool {
        !self.sorted.is_empty() && self.contains(&Denied::PublicKey(sha256(spki)))
    }

    fn contains(&self, entry: &Denied) -> bool {
        self.sorted.binary_search(entry).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::format;
    use std::string::String;
    use std::vec::Vec;

    fn parse(text: &str) -> core::result::Result<Vec<Denied>, (ErrorKind, u32)> {
        Denied::parse(text.as_bytes()).collect::<Result<_>>().map_err(|error| (error.kind, error.offset))
    }

    #[test]
    fn reads_lines_with_comments_colons_and_either_case() {
        let digits = "0F".repeat(32);
        let colons: Vec<String> = (0..32).map(|_| String::from("0f")).collect();
        let text = format!("# both\r\n\n certificate\t{digits} # a\r\nkey {}", colons.join(":"));
        assert_eq!(parse(&text), Ok(std::vec![Denied::Certificate([15; 32]), Denied::PublicKey([15; 32])]));
        let text = format!("# after a comment\rkey {digits}\r#\r");
        assert_eq!(parse(&text), Ok(std::vec![Denied::PublicKey([15; 32])]));
        assert_eq!(parse(""), Ok(Vec::new()));
    }

    #[test]
    fn refuses_every_line_that_is_no_entry() {
        let digits = "0f".repeat(32);
        for line in [
            digits.clone(),
            format!("Key {digits}"),
            format!("serial {digits}"),
            format!("key{digits}"),
            format!("key {digits}0"),
            format!("key {digits}:"),
            format!("key :{digits}"),
            format!("key {digits} x"),
            format!("key {}", "0f".repeat(31)),
            format!("key +f{}", "0f".repeat(31)),
            String::from("key"),
        ] {
            assert_eq!(
                parse(&format!("#\n{line}\nkey {digits}")),
                Err((ErrorKind::MalformedDenyList, 2)),
                "{line}"
            );
        }
    }
}
