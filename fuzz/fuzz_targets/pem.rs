//! PEM: what is decoded against base64ct and pem-rfc7468, and DER that is wrapped in any way against what
//! comes back.

#![no_main]

use base64ct::{Base64, Encoding};
use cba_core::ErrorKind;
use cba_core::pem::{Block, Blocks, is_pem};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    check_text(bytes);
    if let Some((&[shape, width], der)) = bytes.split_first_chunk() {
        check_round_trip(shape, usize::from(width).max(1), der);
    }
});

/// Whatever the bytes: the blocks, each decoded by us and by others.
fn check_text(text: &[u8]) {
    let mut blocks = Vec::new();
    let mut last = 0;
    let mut failed = false;
    for block in Blocks::new(text) {
        assert!(!failed, "nothing follows an error");
        match block {
            Ok(block) => {
                assert!(block.offset() >= last && block.offset() < text.len());
                last = block.offset();
                blocks.push(block);
            }
            Err(error) => {
                failed = true;
                assert_eq!(error.kind, ErrorKind::MalformedPem);
                assert!(error.offset as usize <= text.len());
            }
        }
    }
    if !blocks.is_empty() && !matches!(text, [0x30, 0x80..=0xff, ..]) {
        assert!(is_pem(text), "blocks, but no PEM");
    }
    let decoded: Vec<_> = blocks.iter().map(|block| check_block(block, text)).collect();

    // The strict reader sees one block and passes over what stands before it, a stray end line included, which
    // is an error for ours; CR alone ends no line for it.
    if !failed
        && let Ok((label, strict)) = pem_rfc7468::decode_vec(text)
        && !strict.is_empty()
    {
        let mut ours = blocks.iter().zip(&decoded);
        let same = |(block, ours): (&Block<'_>, &Option<Vec<u8>>)| {
            block.label() == label && ours.as_ref() == Some(&strict)
        };
        assert!(ours.any(same), "pem-rfc7468 reads a block that ours does not");
    }

    // All blocks side by side in one memory.
    let mut memory = vec![0; text.len()];
    let mut free = memory.as_mut_slice();
    for (block, expected) in blocks.iter().zip(&decoded) {
        let before = free.len();
        match (block.decode(&mut free), expected) {
            (Ok(bytes), Some(expected)) => assert_eq!(bytes, expected),
            (Err(_), None) => assert_eq!(free.len(), before),
            (result, _) => panic!("{result:?}, but {expected:?}"),
        }
    }
}

fn contains(text: &[u8], what: &[u8]) -> bool {
    text.windows(what.len()).any(|window| window == what)
}

/// The contents of a block, which are what base64ct reads out of its lines.
fn check_block(block: &Block<'_>, text: &[u8]) -> Option<Vec<u8>> {
    let label = block.label();
    assert!(
        !label.is_empty() && label.bytes().all(|byte| (b' '..=b'~').contains(&byte)) && !label.contains("--")
    );
    assert_eq!(block.is_certificate(), matches!(label, "CERTIFICATE" | "X509 CERTIFICATE"));
    let body = block.body();
    assert!(text[block.offset()..].starts_with(b"-----BEGIN "));
    assert!(!contains(body, b"\n-----"));

    // White space at the ends of lines is no part of them.
    let mut joined = Vec::new();
    for line in body.split(|byte| b"\r\n".contains(byte)) {
        let end = line.iter().rposition(|byte| !b" \t".contains(byte)).map_or(0, |last| last + 1);
        joined.extend(&line[..end]);
    }
    let oracle = std::str::from_utf8(&joined).ok().and_then(|text| Base64::decode_vec(text).ok());

    let mut out = vec![0; body.len() / 4 * 3 + 3];
    match block.decode_into(&mut out) {
        Ok(len) => {
            out.truncate(len);
            assert!(len <= body.len() / 4 * 3, "three bytes for four suffice");
            assert_eq!(Some(&out), oracle.as_ref());
            assert_eq!(block.decode_into(&mut vec![0; len]), Ok(len), "as much memory as is needed");
            if let Some(short) = len.checked_sub(1) {
                let error = block.decode_into(&mut vec![0; short]).expect_err("one byte is missing");
                assert_eq!(error.kind, ErrorKind::PemBufferTooSmall);
            }
            Some(out)
        }
        Err(error) => {
            assert!(matches!(error.kind, ErrorKind::MalformedPem | ErrorKind::MalformedBase64), "{error:?}");
            assert!(error.offset as usize <= text.len());
            assert_eq!(oracle, None, "{error:?}");
            None
        }
    }
}

/// DER in lines of any width, with any line end, blanks and company.
fn check_round_trip(shape: u8, width: usize, der: &[u8]) {
    let line_end = ["\n", "\r\n", "\r", " \t\n"][usize::from(shape & 3)];
    let label = ["CERTIFICATE", "X509 CERTIFICATE", "X509 CRL", "A-B c"][usize::from(shape >> 2 & 3)];
    let mut text = String::new();
    if shape & 0x10 != 0 {
        text.push('\u{feff}');
    }
    if shape & 0x20 != 0 {
        text += "subject=CN = A\n";
    }
    let copies = 1 + usize::from(shape >> 6);
    for _ in 0..copies {
        text += &format!("-----BEGIN {label}-----{line_end}");
        let base64 = Base64::encode_string(der);
        for line in base64.as_bytes().chunks(width) {
            text += std::str::from_utf8(line).expect("base64");
            text += line_end;
        }
        text += &format!("-----END {label}-----{line_end}");
    }
    assert!(is_pem(text.as_bytes()));
    let mut seen = 0;
    for block in Blocks::new(text.as_bytes()) {
        let block = block.expect("a block");
        assert_eq!(block.label(), label);
        let mut out = vec![0; der.len()];
        assert_eq!(block.decode_into(&mut out), Ok(der.len()));
        assert_eq!(out, der);
        seen += 1;
    }
    assert_eq!(seen, copies);
}
