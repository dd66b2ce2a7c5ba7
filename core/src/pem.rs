//! PEM (RFC 7468): the blocks of a bundle, and their base64 into memory of the caller.
//!
//! Text before, between and after the blocks is passed over. A line that looks like a boundary but is none
//! (indented, damaged, an end without a beginning) is an error, so that no certificate goes missing in
//! silence. Every byte is visited a bounded number of times, whatever the input. The decoder runs in
//! variable time: it is for certificates and CRLs, not for keys.

use crate::{Error, ErrorKind, Result};

const DASHES: &[u8] = b"-----";
const BEGIN: &[u8] = b"-----BEGIN";
const END: &[u8] = b"-----END";

/// Whether the input is PEM rather than DER: it holds a line that begins a block.
///
/// A certificate in DER begins with a SEQUENCE whose length takes several bytes, and is no PEM
/// whatever text it carries inside.
///
/// ```
/// assert!(cba_core::pem::is_pem(b"subject=CN = A\n-----BEGIN CERTIFICATE-----\n"));
/// assert!(!cba_core::pem::is_pem(b"\x30\x82\x01\x0A\n-----BEGIN CERTIFICATE-----\n"));
/// ```
#[must_use]
pub fn is_pem(input: &[u8]) -> bool {
    !matches!(input, [0x30, 0x80..=0xFF, ..])
        && Lines::new(input).any(|line| line.content.trim_ascii_start().starts_with(BEGIN))
}

/// The blocks of a bundle in their order, whatever their labels; after an error, nothing.
///
/// # Errors
///
/// [`ErrorKind::MalformedPem`], its offset being that of the line at fault: a boundary that is indented
/// or damaged, an end line without a beginning or with another label. Where a block has no end line at
/// all, the offset is that of its beginning.
///
/// ```
/// use cba_core::pem::Blocks;
///
/// let bundle = b"root\n-----BEGIN CERTIFICATE-----\nMAMCAQE=\n-----END CERTIFICATE-----\n\
///     leaf\n-----BEGIN CERTIFICATE-----\nMAMCAQI=\n-----END CERTIFICATE-----\n\
///     -----BEGIN X509 CRL-----\nMAA=\n-----END X509 CRL-----\n";
/// let mut memory = [0; 64];
/// let mut free = &mut memory[..];
/// let mut certificates = [&[][..]; 4];
/// let mut slots = certificates.iter_mut();
/// for block in Blocks::new(bundle) {
///     let block = block?;
///     if !block.is_certificate() {
///         assert_eq!(block.label(), "X509 CRL");
///     } else if let Some(slot) = slots.next() {
///         *slot = block.decode(&mut free)?;
///     }
/// }
/// assert_eq!(certificates[0], [0x30, 3, 2, 1, 1]);
/// assert_eq!(certificates[1], [0x30, 3, 2, 1, 2]);
/// # Ok::<(), cba_core::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Blocks<'a> {
    lines: Lines<'a>,
}

impl<'a> Blocks<'a> {
    /// The blocks of `pem`. A byte order mark of UTF-8 is passed over.
    #[must_use]
    pub fn new(pem: &'a [u8]) -> Self {
        Self { lines: Lines::new(pem) }
    }

    /// What follows the last block that was given.
    #[must_use]
    pub fn rest(&self) -> &'a [u8] {
        self.lines.rest
    }

    fn next_block(&mut self) -> Result<Option<Block<'a>>> {
        for line in &mut self.lines {
            let content = line.content.trim_ascii_start();
            if content.starts_with(BEGIN) {
                return self.block(&line).map(Some);
            }
            if content.starts_with(END) {
                return Err(malformed(line.offset));
            }
        }
        Ok(None)
    }

    /// The block that `begin` begins.
    fn block(&mut self, begin: &Line<'a>) -> Result<Block<'a>> {
        let label = label(begin.content, BEGIN).ok_or_else(|| malformed(begin.offset))?;
        let body = self.lines.clone();
        for line in &mut self.lines {
            if !line.content.trim_ascii_start().starts_with(DASHES) {
                continue;
            }
            if self::label(line.content, END) != Some(label) {
                return Err(malformed(line.offset));
            }
            return Ok(Block { label, offset: begin.offset, body: body.until(line.offset) });
        }
        Err(malformed(begin.offset))
    }
}

impl<'a> Iterator for Blocks<'a> {
    type Item = Result<Block<'a>>;

    fn next(&mut self) -> Option<Self::Item> {
        let block = self.next_block();
        if block.is_err() {
            self.lines.rest = &[];
        }
        block.transpose()
    }
}

impl core::iter::FusedIterator for Blocks<'_> {}

/// One block: its label, and its base64 not yet decoded.
#[derive(Clone, Debug)]
pub struct Block<'a> {
    label: &'a str,
    offset: usize,
    body: Lines<'a>,
}

impl<'a> Block<'a> {
    /// What the block says that it holds, such as `CERTIFICATE` or `X509 CRL`.
    #[must_use]
    pub fn label(&self) -> &'a str {
        self.label
    }

    /// Whether the label is that of a certificate: `CERTIFICATE`, or `X509 CERTIFICATE` of old
    /// (RFC 7468 section 5.1). `TRUSTED CERTIFICATE` is none: more than a certificate is in it.
    #[must_use]
    pub fn is_certificate(&self) -> bool {
        matches!(self.label.as_bytes(), b"CERTIFICATE" | b"X509 CERTIFICATE")
    }

    /// Where the block begins in the file.
    #[must_use]
    pub fn offset(&self) -> usize {
        self.offset
    }

    /// The base64 text between the two boundaries, line ends included.
    #[must_use]
    pub fn body(&self) -> &'a [u8] {
        self.body.rest
    }

    /// How many bytes the block decodes to. Of one that is malformed nothing beyond them is written before
    /// that shows.
    #[must_use]
    pub fn decoded_len(&self) -> usize {
        let is_sextet = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
        let sextets = self.body().iter().filter(is_sextet).count();
        // Four sextets are three bytes; two or three at the end are one or two.
        (sextets >> 2).saturating_mul(3).saturating_add((sextets & 3).saturating_sub(1))
    }

    /// Decodes into the front of `memory`, and leaves in `memory` what is behind: several blocks live
    /// side by side in one piece of memory. [`Self::decoded_len`] says how much of it one takes.
    ///
    /// # Errors
    ///
    /// As [`Self::decode_into`]; `memory` then is as long as before.
    pub fn decode<'b>(&self, memory: &mut &'b mut [u8]) -> Result<&'b [u8]> {
        let len = self.decode_into(memory)?;
        match core::mem::take(memory).split_at_mut_checked(len) {
            Some((decoded, free)) => {
                *memory = free;
                Ok(decoded)
            }
            None => Err(Error::new(ErrorKind::PemBufferTooSmall).at(self.offset)),
        }
    }

    /// Decodes into the front of `out` and returns how many bytes it took. Lines may have any width;
    /// blanks are accepted at their ends.
    ///
    /// # Errors
    ///
    /// What was written to `out` until then is of no use.
    ///
    /// - [`ErrorKind::MalformedPem`]: a header as of RFC 1421 (`Proc-Type: …`), which RFC 7468 abolishes.
    /// - [`ErrorKind::MalformedBase64`]: a byte outside the alphabet, padding that is missing, superfluous
    ///   or in the middle, bits set that belong to no byte (RFC 4648 section 3.5).
    /// - [`ErrorKind::PemBufferTooSmall`]: `out` is shorter than what the block holds.
    pub fn decode_into(&self, out: &mut [u8]) -> Result<usize> {
        let mut quantum = Quantum::default();
        let capacity = out.len();
        let mut slots = out.iter_mut();
        for line in self.body.clone() {
            if line.content.contains(&b':') {
                return Err(malformed(line.offset));
            }
            for (place, &byte) in line.content.iter().enumerate() {
                let Some(bytes) = quantum.push(byte) else {
                    return Err(malformed_base64(line.offset.saturating_add(place)));
                };
                for &byte in bytes.as_slice() {
                    let Some(slot) = slots.next() else {
                        return Err(Error::new(ErrorKind::PemBufferTooSmall).at(self.offset));
                    };
                    *slot = byte;
                }
            }
        }
        if !quantum.is_complete() {
            return Err(malformed_base64(self.body.end()));
        }
        Ok(capacity.saturating_sub(slots.len()))
    }
}

fn malformed(offset: usize) -> Error {
    Error::new(ErrorKind::MalformedPem).at(offset)
}

fn malformed_base64(offset: usize) -> Error {
    Error::new(ErrorKind::MalformedBase64).at(offset)
}

/// The label of a boundary line (RFC 7468 section 3): printable ASCII, no two hyphens in a row, no
/// hyphen or space at either end.
fn label<'a>(line: &'a [u8], boundary: &[u8]) -> Option<&'a str> {
    let label = line.strip_prefix(boundary)?.strip_prefix(b" ")?.strip_suffix(DASHES)?;
    if matches!(label, [] | [b' ' | b'-', ..] | [.., b' ' | b'-'])
        || !label.iter().all(|byte| matches!(byte, b' '..=b'~'))
        || label.windows(2).any(|pair| pair == b"--")
    {
        return None;
    }
    core::str::from_utf8(label).ok()
}

/// A line without its end and the blanks in front of that.
struct Line<'a> {
    content: &'a [u8],
    offset: usize,
}

/// Lines that end with CRLF, LF or CR.
#[derive(Clone, Debug)]
struct Lines<'a> {
    rest: &'a [u8],
    offset: usize,
}

impl<'a> Lines<'a> {
    fn new(text: &'a [u8]) -> Self {
        match text.strip_prefix(b"\xEF\xBB\xBF") {
            Some(rest) => Self { rest, offset: 3 },
            None => Self { rest: text, offset: 0 },
        }
    }

    /// The lines before `offset`.
    fn until(self, offset: usize) -> Self {
        let len = offset.saturating_sub(self.offset);
        Self { rest: self.rest.get(..len).unwrap_or_default(), ..self }
    }

    /// The offset behind the last line.
    fn end(&self) -> usize {
        self.offset.saturating_add(self.rest.len())
    }
}

impl<'a> Iterator for Lines<'a> {
    type Item = Line<'a>;

    fn next(&mut self) -> Option<Line<'a>> {
        if self.rest.is_empty() {
            return None;
        }
        let end = self.rest.iter().position(|byte| matches!(byte, b'\r' | b'\n')).unwrap_or(self.rest.len());
        let (mut content, rest) = self.rest.split_at_checked(end)?;
        while let [line @ .., b' ' | b'\t'] = content {
            content = line;
        }
        let line = Line { content, offset: self.offset };
        let behind = match rest {
            [b'\r', b'\n', behind @ ..] | [_, behind @ ..] | behind => behind,
        };
        self.offset = self.end().saturating_sub(behind.len());
        self.rest = behind;
        Some(line)
    }
}

/// Four characters of base64 in the making (RFC 4648 section 4).
#[derive(Default)]
struct Quantum {
    bits: u32,
    characters: u8,
    padding: u8,
}

/// The bytes that one more character completes: none, or up to three at the end of a quantum.
struct Completed {
    bytes: [u8; 3],
    len: usize,
}

impl Completed {
    const NONE: Self = Self { bytes: [0; 3], len: 0 };

    fn as_slice(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }
}

impl Quantum {
    /// Takes one more character; `None` if it may not stand here.
    fn push(&mut self, character: u8) -> Option<Completed> {
        let sextet = match character {
            // At most two, and for good.
            b'=' if matches!(self.characters, 2 | 3) => {
                self.padding = self.padding.saturating_add(1);
                0
            }
            _ if self.padding > 0 => return None,
            b'A'..=b'Z' => character.wrapping_sub(b'A'),
            b'a'..=b'z' => character.wrapping_sub(b'a').wrapping_add(26),
            b'0'..=b'9' => character.wrapping_sub(b'0').wrapping_add(52),
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        self.bits = (self.bits << 6) | u32::from(sextet);
        self.characters = self.characters.saturating_add(1);
        if self.characters < 4 {
            return Some(Completed::NONE);
        }
        self.complete()
    }

    /// The bytes of four characters. The padding stays, so that nothing can follow it.
    fn complete(&mut self) -> Option<Completed> {
        let [_, first, second, third] = self.bits.to_be_bytes();
        let (len, unused) = match self.padding {
            0 => (3, 0),
            1 => (2, third),
            _ => (1, second | third),
        };
        self.bits = 0;
        self.characters = 0;
        (unused == 0).then_some(Completed { bytes: [first, second, third], len })
    }

    fn is_complete(&self) -> bool {
        self.characters == 0
    }
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects)]
mod tests {
    extern crate std;

    use std::format;
    use std::string::String;
    use std::vec;
    use std::vec::Vec;

    use super::*;

    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    fn block(label: &str, body: &str) -> String {
        format!("-----BEGIN {label}-----\n{body}\n-----END {label}-----\n")
    }

    fn labels(pem: &str) -> Result<Vec<&str>> {
        Blocks::new(pem.as_bytes()).map(|block| block.map(|block| block.label())).collect()
    }

    /// Decodes the first block of `pem`.
    fn decode(pem: impl AsRef<[u8]>) -> Result<Vec<u8>> {
        let pem = pem.as_ref();
        let block = Blocks::new(pem).next().unwrap_or_else(|| Err(ErrorKind::MalformedPem.into()))?;
        let mut out = vec![0; pem.len()];
        let len = block.decode_into(&mut out)?;
        out.truncate(len);
        Ok(out)
    }

    fn decode_body(body: &str) -> Result<Vec<u8>> {
        decode(block("CERTIFICATE", body))
    }

    fn encode(bytes: &[u8]) -> String {
        let mut text = String::new();
        for chunk in bytes.chunks(3) {
            let mut bits = [0; 4];
            for (slot, byte) in bits.iter_mut().skip(1).zip(chunk) {
                *slot = *byte;
            }
            let bits = u32::from_be_bytes(bits);
            for place in 0..4 {
                let sextet = usize::try_from(bits >> (18 - 6 * place) & 63).unwrap_or(0);
                let character = ALPHABET.get(sextet).copied().unwrap_or(0);
                text.push(if place > chunk.len() { '=' } else { char::from(character) });
            }
        }
        text
    }

    fn kind<T>(result: Result<T>) -> core::result::Result<T, ErrorKind> {
        result.map_err(|error| error.kind)
    }

    #[test]
    fn decodes_the_vectors_of_rfc_4648() {
        for (text, bytes) in [
            ("", ""),
            ("Zg==", "f"),
            ("Zm8=", "fo"),
            ("Zm9v", "foo"),
            ("Zm9vYg==", "foob"),
            ("Zm9vYmE=", "fooba"),
            ("Zm9vYmFy", "foobar"),
        ] {
            assert_eq!(decode_body(text), Ok(bytes.as_bytes().to_vec()), "{text}");
        }
    }

    #[test]
    fn decodes_lines_of_any_width_and_ending() {
        let bytes: Vec<u8> = (0..=255).chain((0..=255).rev()).collect();
        for len in 0..bytes.len() {
            let bytes = bytes.get(..len).unwrap_or_default();
            let text = encode(bytes);
            for (width, ending) in
                [(1, "\n"), (3, "\r\n"), (63, "\r"), (64, " \t\r\n"), (65, "\n\n"), (usize::MAX, "\r\n")]
            {
                let mut pem = format!("-----BEGIN CERTIFICATE-----{ending}");
                for (place, character) in text.chars().enumerate() {
                    if place > 0 && place % width == 0 {
                        pem.push_str(ending);
                    }
                    pem.push(character);
                }
                pem += ending;
                pem += "-----END CERTIFICATE-----";
                assert_eq!(decode(&pem), Ok(bytes.to_vec()), "{pem:?}");
                let lens = Blocks::new(pem.as_bytes()).flatten().map(|block| block.decoded_len());
                assert_eq!(lens.collect::<Vec<_>>(), [len], "{pem:?}");
            }
        }
    }

    #[test]
    fn accepts_a_block_that_ends_with_the_file() {
        let pem = block("CERTIFICATE", "Zm9v");
        assert_eq!(decode(pem.trim_end()), Ok(b"foo".to_vec()));
    }

    #[test]
    fn accepts_a_byte_order_mark() {
        let pem = format!("\u{feff}{}", block("CERTIFICATE", "Zm9v"));
        assert!(is_pem(pem.as_bytes()));
        assert_eq!(decode(&pem), Ok(b"foo".to_vec()));
        let offset = Blocks::new(pem.as_bytes()).flatten().map(|block| block.offset());
        assert_eq!(offset.collect::<Vec<_>>(), [3]);
    }

    #[test]
    fn passes_over_text_around_the_blocks() {
        let pem = [
            "CONNECTED(00000003)\n---\nCertificate chain\n 0 s:CN = leaf\n   i:CN = root\n",
            &block("CERTIFICATE", "Zm9v"),
            "---\r\nsubject=CN = a-----BEGIN CERTIFICATE-----\n\n",
            &block("X509 CERTIFICATE", "Zm9v"),
            "-----\n----- text\n---- BEGIN SSH2 PUBLIC KEY ----\n\u{e9}\n",
        ]
        .concat();
        assert_eq!(labels(&pem), Ok(vec!["CERTIFICATE", "X509 CERTIFICATE"]));
    }

    #[test]
    fn hands_out_blocks_of_every_label() {
        let key = "Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\nZm9v";
        let pem = block("RSA PRIVATE KEY", key) + &block("CERTIFICATE", "Zm9v");
        let pem = pem + &block("TRUSTED CERTIFICATE", "Zm9v") + &block("X509 CRL", "Zm9v");
        let found: Result<Vec<(&str, bool)>> = Blocks::new(pem.as_bytes())
            .map(|block| block.map(|block| (block.label(), block.is_certificate())))
            .collect();
        assert_eq!(
            found,
            Ok(vec![
                ("RSA PRIVATE KEY", false),
                ("CERTIFICATE", true),
                ("TRUSTED CERTIFICATE", false),
                ("X509 CRL", false),
            ])
        );
    }

    #[test]
    fn says_where_a_block_begins_and_what_it_holds() -> Result<()> {
        let pem = "text\r\n-----BEGIN CERTIFICATE-----\r\nZm9v\r\n-----END CERTIFICATE-----\r\n";
        let mut blocks = Blocks::new(pem.as_bytes());
        let block = blocks.next().transpose()?;
        assert_eq!(block.as_ref().map(Block::offset), Some(6));
        assert_eq!(block.as_ref().map(Block::body), Some(&b"Zm9v\r\n"[..]));
        assert!(blocks.next().is_none());
        Ok(())
    }

    #[test]
    fn finds_nothing_where_there_is_no_block() {
        for text in ["", "\n", "text", "-----", "----BEGIN A----"] {
            assert_eq!(labels(text), Ok(vec![]), "{text:?}");
            assert!(!is_pem(text.as_bytes()), "{text:?}");
        }
    }

    #[test]
    fn tells_pem_from_der() {
        let pem = block("CERTIFICATE", "Zm9v");
        assert!(is_pem(pem.as_bytes()));
        assert!(is_pem(format!("0 s:CN = leaf\n{pem}").as_bytes()));
        assert!(is_pem(pem.replace('\n', "\r").as_bytes()));
        assert!(is_pem(format!(" {pem}").as_bytes()));
        for der in [[0x30, 0x81].as_slice(), &[0x30, 0x82], &[0x30, 0x80]] {
            assert!(!is_pem(&[der, b"\x02\x00\n", pem.as_bytes()].concat()));
        }
        let utf16: Vec<u8> = pem.encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert!(!is_pem(&utf16));
    }

    #[test]
    fn rejects_a_block_without_its_end() {
        for pem in [
            "text\n-----BEGIN CERTIFICATE-----",
            "text\n-----BEGIN CERTIFICATE-----\nZm9v\n",
            "text\n-----BEGIN CERTIFICATE-----\nZm9v-----END CERTIFICATE-----\n",
        ] {
            assert_eq!(labels(pem), Err(malformed(5)), "{pem:?}");
        }
    }

    #[test]
    fn rejects_a_wrong_line_where_the_end_should_stand() {
        for end in [
            "-----BEGIN CERTIFICATE-----",
            "-----END X509 CERTIFICATE-----",
            "-----END certificate-----",
            "-----END CERTIFICATE----",
            "-----END CERTIFICATE----- x",
            " -----END CERTIFICATE-----",
            "-----END-----",
            "-----",
        ] {
            let pem = format!("-----BEGIN CERTIFICATE-----\nZm9v\n{end}\n");
            let pem = pem + "-----END CERTIFICATE-----\n";
            assert_eq!(labels(&pem), Err(malformed(33)), "{end}");
        }
    }

    #[test]
    fn rejects_a_damaged_boundary_rather_than_losing_a_block() {
        for line in [
            "-----END CERTIFICATE-----",
            " -----BEGIN CERTIFICATE-----",
            "\t-----END CERTIFICATE-----",
            "-----BEGIN CERTIFICATE----",
            "-----BEGIN CERTIFICATE------",
            "-----BEGIN CERTIFICATE-----Zm9v-----END CERTIFICATE-----",
            "-----BEGIN CERTIFICATE -----",
            "-----BEGIN  CERTIFICATE-----",
            "-----BEGIN CERT\u{e9}-----",
            "-----BEGIN A\u{0}B-----",
            "-----BEGIN -----",
            "-----BEGIN-----",
            "-----BEGIN ",
            "-----END",
        ] {
            let pem = format!("text\n{line}\n{}", block("CERTIFICATE", "Zm9v"));
            let mut blocks = Blocks::new(pem.as_bytes());
            let first = blocks.next().map(|block| block.map(|block| block.offset));
            assert_eq!(first, Some(Err(malformed(5))), "{line:?}");
            assert!(blocks.next().is_none(), "{line:?}");
        }
    }

    #[test]
    fn rejects_headers_in_a_certificate() {
        let body = "Zm9v\nProc-Type: 4,ENCRYPTED\n\nZm9v";
        assert_eq!(decode_body(body), Err(malformed(33)));
    }

    #[test]
    fn rejects_every_byte_outside_the_alphabet() {
        for byte in 0..=u8::MAX {
            let accepted = ALPHABET.contains(&byte) || b"\r\n:=".contains(&byte);
            let mut pem = block("CERTIFICATE", "Zm9vZmZm").into_bytes();
            if let Some(slot) = pem.get_mut(30) {
                *slot = byte;
            }
            if !accepted {
                assert_eq!(decode(&pem), Err(malformed_base64(30)), "{byte}");
            } else if ALPHABET.contains(&byte) {
                assert_eq!(decode(&pem).map(|bytes| bytes.len()), Ok(6), "{byte}");
            }
        }
    }

    #[test]
    fn rejects_wrong_padding() {
        for body in [
            "Z",
            "Zg",
            "Zg=",
            "Zm8",
            "Zm9vZ",
            "Z===",
            "=",
            "====",
            "=Zg=",
            "Z=g=",
            "Zg=g",
            "Zg===",
            "Zm8==",
            "Zm9v=",
            "Zm9v====",
            "Zg==Zg==",
            "Zm8=Zm9v",
            "Zg==\nZg==",
            "Zg==\n=",
            "Zg= =",
        ] {
            assert_eq!(kind(decode_body(body)), Err(ErrorKind::MalformedBase64), "{body:?}");
        }
        assert_eq!(decode_body("Zg=\n="), Ok(b"f".to_vec()));
    }

    #[test]
    fn accepts_one_text_only_for_each_value() {
        let (mut one, mut two) = (0, 0);
        for &last in ALPHABET {
            let last = char::from(last);
            one += usize::from(decode_body(&format!("A{last}==")).is_ok());
            two += usize::from(decode_body(&format!("AA{last}=")).is_ok());
        }
        // Two and four bits of the last character belong to a byte.
        assert_eq!((one, two), (4, 16));
    }

    #[test]
    fn points_at_the_character_at_fault() {
        assert_eq!(decode_body("Zm9v\nZm.v"), Err(malformed_base64(35)));
        assert_eq!(decode_body("Zm9v Zm9v"), Err(malformed_base64(32)));
        assert_eq!(decode_body("Zm9v\nZm9"), Err(malformed_base64(37)));
    }

    #[test]
    fn what_is_wrong_with_a_block_shows_in_as_much_memory_as_it_is_said_to_take() {
        for body in ["Z", "Zg", "Zm8", "====", "Zg=g", "Zm9v=", "Zm9vZg==Zg==", "Zm9v:Zm9v", "Zm9vZm9v-"] {
            let pem = block("CERTIFICATE", body);
            for block in Blocks::new(pem.as_bytes()).flatten() {
                let error = kind(block.decode_into(&mut vec![0; block.decoded_len()]));
                assert_eq!(error, kind(block.decode_into(&mut [0; 64])), "{body:?}");
                assert_ne!(error, Err(ErrorKind::PemBufferTooSmall), "{body:?}");
            }
        }
    }

    #[test]
    fn rejects_memory_that_is_too_small() {
        let pem = block("CERTIFICATE", "Zm9vYmE=");
        for block in Blocks::new(pem.as_bytes()).flatten() {
            let too_small = Error::new(ErrorKind::PemBufferTooSmall);
            for len in 0..5 {
                assert_eq!(block.decode_into(&mut vec![0; len]), Err(too_small));
            }
            assert_eq!(block.decode_into(&mut [0; 5]), Ok(5));
        }
    }

    #[test]
    fn several_blocks_share_one_memory() -> Result<()> {
        let pem = block("CERTIFICATE", "Zm9v") + &block("CERTIFICATE", "YmFyYg==");
        let pem = pem + &block("CERTIFICATE", "Zm9v");
        let mut memory = [0; 8];
        let mut free = &mut memory[..];
        let mut blocks = Blocks::new(pem.as_bytes());
        let mut next = || blocks.next().transpose();
        let (first, second, third) = (next()?, next()?, next()?);
        let decode = |block: Option<Block<'_>>, free: &mut _| block.map(|block| block.decode(free));
        let first = decode(first, &mut free).transpose()?;
        let second = decode(second, &mut free).transpose()?;
        let third = decode(third, &mut free);
        assert_eq!((first, second), (Some(&b"foo"[..]), Some(&b"barb"[..])));
        assert!(matches!(third, Some(Err(error)) if error.kind == ErrorKind::PemBufferTooSmall));
        assert_eq!(free.len(), 1);
        Ok(())
    }

    /// At a megabyte, a scan that is quadratic would run for hours.
    #[test]
    fn hostile_bundles_take_linear_time() {
        let times = |text: &str| text.repeat((1 << 20) / text.len());
        for pem in [
            times("-----BEGIN "),
            times("-----BEGIN A-----\n"),
            times("-----BEGIN A-----"),
            times(" -----BEGIN A-----\n"),
            times("-----END A-----\n"),
            times("-----END "),
            times("-"),
            times(" "),
            times("\t\n"),
            times("\r"),
            String::from("-----BEGIN A-----\n") + &times("-"),
            String::from("-----BEGIN A-----\n") + &times("A A "),
            String::from("-----BEGIN A-----\n") + &times(" \n"),
            String::from("-----BEGIN ") + &times("- "),
            times(&block("A", "")),
        ] {
            let _ = is_pem(pem.as_bytes());
            for block in Blocks::new(pem.as_bytes()).flatten() {
                let _ = block.decode_into(&mut []);
            }
        }
        let long = block("CERTIFICATE", &times("Zm9v"));
        assert_eq!(decode(long).map(|bytes| bytes.len()), Ok((1 << 20) / 4 * 3));
    }
}
