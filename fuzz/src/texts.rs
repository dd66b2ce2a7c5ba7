//! What the C ABI reads out of texts, held against the core, called directly with the same bytes and room.

use crate::abi::{DIRTY_FAULT, check_status, span};
use crate::material::{self, Bundle, Memory};
use cba_core::config::{CertificateCheck, Settings};
use cba_core::login::login_id::{from_form, from_json};
use cba_core::pem::Blocks;
use cba_core::{Error, ErrorKind};
use cba_ffi::*;
use libfuzzer_sys::arbitrary::{Result, Unstructured};
use std::ptr;

/// One text for one of the readers.
///
/// # Errors
/// The input is over.
pub fn check(input: &mut Unstructured<'_>) -> Result<()> {
    match input.int_in_range(0..=3)? {
        0 => check_config(&material::text(input)?),
        1 | 2 => check_login_id(input)?,
        _ => {
            let text = if input.arbitrary()? {
                Bundle::draw(input)?.bytes().to_vec()
            } else {
                material::text(input)?
            };
            let room = input.int_in_range(0..=1000)?;
            check_pem(&text, room);
        }
    }
    Ok(())
}

fn status_of(error: Error) -> cba_status {
    error.kind.code().into()
}

fn check_config(json: &[u8]) {
    let (mut mode, mut fault) = (9, DIRTY_FAULT);
    let status = unsafe { cba_mode_from_config(span(json), &mut mode, &mut fault) };
    check_status(status);
    let (expected, expected_mode, offset) = match Settings::from_json(json) {
        Ok(loaded) if !loaded.settings.enable => (CBA_OK, CBA_MODE_OFF, 0),
        Ok(loaded) if loaded.settings.check == CertificateCheck::Primary => (CBA_OK, CBA_MODE_PRIMARY, 0),
        Ok(_) => (CBA_OK, CBA_MODE_SECONDARY, 0),
        Err(error) => (status_of(error), CBA_MODE_UNSET, error.offset),
    };
    assert_eq!((status, mode), (expected, expected_mode));
    assert_eq!(fault, cba_fault { status, part: CBA_PART_WHOLE, index: 0, item: 0, offset });
    let nowhere = unsafe { cba_mode_from_config(span(json), ptr::null_mut(), ptr::null_mut()) };
    assert_eq!(nowhere, CBA_STATUS_NULL_POINTER);
}

fn check_login_id(input: &mut Unstructured<'_>) -> Result<()> {
    let body = material::text(input)?;
    let name = if input.ratio(1, 8)? { input.bytes(3)?.to_vec() } else { b"login_id".to_vec() };
    let in_json = input.arbitrary()?;
    let read = if in_json { cba_json_string } else { cba_form_field };
    let room = Memory::new(input.int_in_range(0..=300)?);
    room.fill(&vec![0xa5; room.len()]);
    let mut len = 999;
    let status = unsafe { read(span(&body), span(&name), room.as_ptr(), room.len(), &mut len) };
    check_status(status);

    let mut memory = vec![0; room.len()];
    let name_text = std::str::from_utf8(&name).ok().filter(|name| !name.is_empty() && name.is_ascii());
    let found = name_text.map(|name| match in_json {
        true => from_json(&body, name, &mut memory),
        false => from_form(&body, name, &mut memory),
    });
    match found {
        None => assert_eq!((status, len), (CBA_STATUS_INVALID_ARGUMENT, 0)),
        Some(Err(error)) => assert_eq!((status, len), (status_of(error), 0)),
        Some(Ok(text)) => {
            assert_eq!(status, CBA_OK);
            assert_eq!(&room.bytes()[..len], text.unwrap_or_default().as_bytes());
        }
    }

    // In its own place, wholly or in part, and to nowhere.
    let place = Memory::new(body.len());
    place.fill(&body);
    if !body.is_empty() && name_text.is_some() {
        let at = input.choose_index(body.len())?;
        let own = cba_span { ptr: place.as_ptr(), len: body.len() };
        let out = place.as_ptr().wrapping_add(at);
        let status = unsafe { read(own, span(&name), out, body.len() - at, &mut len) };
        assert_eq!((status, len), (CBA_STATUS_INVALID_ARGUMENT, 0));
        assert_eq!(place.bytes(), body);
        let status = unsafe { read(own, span(&name), ptr::null_mut(), body.len(), &mut len) };
        assert_eq!((status, len), (CBA_STATUS_NULL_POINTER, 0));
    }
    Ok(())
}

/// Decodes certificate after certificate, as the core's iterator gives them.
fn check_pem(bundle: &[u8], capacity: usize) {
    let mut blocks = Blocks::new(bundle);
    let mut rest = span(bundle);
    let mut memory = vec![0; capacity];
    loop {
        let room = Memory::new(capacity);
        let (before, mut len) = (rest.len, 999);
        let status = unsafe { cba_pem_decode(&mut rest, room.as_ptr(), capacity, &mut len) };
        check_status(status);
        // What cannot be read may be a certificate.
        let next = blocks.find(|block| block.as_ref().map_or(true, |block| block.is_certificate()));
        let expected = match next {
            None => Ok(0),
            Some(block) => match block.and_then(|block| block.decode_into(&mut memory)) {
                Ok(0) => Err(CBA_STATUS_MALFORMED_PEM),
                Err(error) if error.kind == ErrorKind::PemBufferTooSmall => Err(CBA_STATUS_MEMORY_TOO_SMALL),
                decoded => decoded.map_err(status_of),
            },
        };
        match expected {
            Ok(decoded) => {
                assert_eq!((status, len), (CBA_OK, decoded));
                assert_eq!(room.bytes()[..len], memory[..len]);
                if len == 0 {
                    assert_eq!(rest.len, 0, "the end is the end");
                    break;
                }
                assert_eq!(rest.len, blocks.rest().len());
                assert!(rest.len < before, "the bundle does not end");
            }
            Err(expected) => {
                assert_eq!((status, len, rest.len), (expected, 0, before));
                break;
            }
        }
    }
}

const CBA_STATUS_MALFORMED_PEM: cba_status = 800;
