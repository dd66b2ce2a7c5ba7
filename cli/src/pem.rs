//! PEM (RFC 7468): the CERTIFICATE blocks of a text, whatever stands around them.

use crate::input::Item;
use cba_core::{Error, ErrorKind};

const BEGIN: &[u8] = b"-----BEGIN ";
const END: &[u8] = b"-----END ";
const CLOSE: &[u8] = b"-----";
const CERTIFICATE: &[u8] = b"CERTIFICATE";

/// The certificates of a text in order. Blocks with other labels are passed over.
pub(crate) fn certificates(text: &[u8]) -> Vec<Item> {
    let mut items = Vec::new();
    let mut block: Option<Block> = None;
    let mut offset: usize = 0;
    for line in text.split_inclusive(|&byte| byte == b'\n') {
        let trimmed = line.trim_ascii();
        if let Some(label) = label(trimmed, BEGIN) {
            // A block that another begins in has no end line.
            items.extend(block.take().and_then(Block::cut_off));
            block = Some(Block { wanted: label == CERTIFICATE, label, offset, base64: Vec::new() });
        } else if let Some(label) = label(trimmed, END) {
            items.extend(block.take().and_then(|block| block.finish(label)));
        } else if let Some(block) = &mut block
            && block.wanted
        {
            block.base64.extend(trimmed.iter().copied().filter(|byte| !byte.is_ascii_whitespace()));
        }
        offset = offset.saturating_add(line.len());
    }
    items.extend(block.and_then(Block::cut_off));
    items
}

fn label<'t>(line: &'t [u8], opening: &[u8]) -> Option<&'t [u8]> {
    line.strip_prefix(opening)?.strip_suffix(CLOSE)
}

struct Block<'t> {
    wanted: bool,
    label: &'t [u8],
    offset: usize,
    base64: Vec<u8>,
}

impl Block<'_> {
    fn finish(self, label: &[u8]) -> Option<Item> {
        if label != self.label {
            return self.cut_off();
        }
        self.wanted.then(|| decode(&self.base64).ok_or(Error::new(ErrorKind::MalformedBase64).at(self.offset)))
    }

    fn cut_off(self) -> Option<Item> {
        self.wanted.then(|| Err(Error::new(ErrorKind::MalformedPem).at(self.offset)))
    }
}

/// Base64 (RFC 4648 section 4), padded, without bits that say nothing.
fn decode(base64: &[u8]) -> Option<Vec<u8>> {
    let (quads, []) = base64.as_chunks::<4>() else { return None };
    let (last, full) = quads.split_last()?;
    let mut bytes = Vec::with_capacity(base64.len());
    for quad in full {
        bytes.extend(three_bytes(quad)?);
    }
    match *last {
        [a, b, b'=', b'='] => match three_bytes(&[a, b, b'A', b'A'])? {
            [first, 0, 0] => bytes.push(first),
            _ => return None,
        },
        [a, b, c, b'='] => match three_bytes(&[a, b, c, b'A'])? {
            [first, second, 0] => bytes.extend([first, second]),
            _ => return None,
        },
        _ => bytes.extend(three_bytes(last)?),
    }
    Some(bytes)
}

fn three_bytes(quad: &[u8; 4]) -> Option<[u8; 3]> {
    let mut bits: u32 = 0;
    for &symbol in quad {
        let digit = match symbol {
            b'A'..=b'Z' => symbol.wrapping_sub(b'A'),
            b'a'..=b'z' => symbol.wrapping_sub(b'a').wrapping_add(26),
            b'0'..=b'9' => symbol.wrapping_sub(b'0').wrapping_add(52),
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        bits = bits << 6 | u32::from(digit);
    }
    let [_, bytes @ ..] = bits.to_be_bytes();
    Some(bytes)
}
