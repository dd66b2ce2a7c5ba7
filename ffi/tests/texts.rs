//! Texts over the C ABI: PEM, config.json, the bodies of login requests, the words for a status.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a panic is how a test fails"
)]

mod common;

use cba_core::ErrorKind;
use cba_ffi::*;
use common::{Memory, NO_FAULT, NOWHERE, Pki, STALE, span, status_text, whole};
use std::ptr;

// -- statuses --

#[test]
fn every_status_has_a_text_of_its_own() {
    let misuse = CBA_OK..=CBA_STATUS_ALREADY_USED;
    let core = ErrorKind::ALL.iter().map(|kind| cba_status::from(kind.code()));
    let mut texts = Vec::new();
    for status in misuse.chain(core) {
        let text = status_text(status);
        assert!(!text.is_empty() && text != "unknown status", "{status}");
        assert!(!texts.contains(&text), "{text}");
        texts.push(text);
    }
    for kind in ErrorKind::ALL {
        assert!(kind.code() >= 100);
        assert_eq!(status_text(kind.code().into()), kind.to_string());
    }
}

#[test]
fn a_number_that_is_no_status_is_said_to_be_unknown() {
    let known = |status: &u32| ErrorKind::ALL.iter().any(|kind| u32::from(kind.code()) == *status);
    for status in (11..1100).filter(|status| !known(status)).chain([65_636, 1 << 31, u32::MAX]) {
        assert_eq!(status_text(status), "unknown status", "{status}");
    }
}

#[test]
fn the_library_says_its_versions() {
    assert_eq!((cba_version(), cba_abi_version()), (CBA_VERSION_NUMBER, CBA_ABI_VERSION));
    let parts: Vec<u32> = env!("CARGO_PKG_VERSION").split('.').map(|part| part.parse().unwrap()).collect();
    assert_eq!(parts.iter().fold(0, |number, part| number << 8 | part), CBA_VERSION_NUMBER);
}

// -- PEM --

/// The next certificate of what is left of a bundle, in memory of this capacity.
fn next(pem: &mut cba_span, capacity: usize) -> Result<Vec<u8>, cba_status> {
    let memory = Memory::new(capacity);
    let mut len = 77;
    let before = (pem.ptr, pem.len);
    // SAFETY: everything lives.
    match unsafe { cba_pem_decode(pem, memory.ptr, capacity, &raw mut len) } {
        CBA_OK => Ok(common::bytes(memory.span())[..len].to_vec()),
        status => {
            assert_eq!((len, (pem.ptr, pem.len)), (0, before));
            Err(status)
        }
    }
}

#[test]
fn the_certificates_of_a_bundle_come_out_one_after_the_other() {
    let pki = Pki::new();
    let (root, issuing) = (pki.root_der(), pki.issuing_der());
    let bundle = format!(
        "text\n{}{}more text\n{}end\n",
        test_pki::pem(&root),
        test_pki::pem_block("X509 CRL", b"passed over"),
        test_pki::pem(&issuing),
    );
    let bundle = Memory::of(bundle.as_bytes());
    let mut pem = bundle.span();
    let ders: Vec<_> = (0..5).map(|_| next(&mut pem, 4096).unwrap()).collect();
    assert_eq!(ders, [root, issuing, Vec::new(), Vec::new(), Vec::new()]);
    // What is left is the end of the bundle.
    assert_eq!((pem.ptr, pem.len), (bundle.ptr.cast_const().wrapping_add(bundle.len), 0));
}

#[test]
fn a_certificate_is_decoded_into_exactly_its_own_length_or_not_at_all() {
    let der = Pki::new().root_der();
    let bundle = Memory::of(test_pki::pem(&der).as_bytes());
    for capacity in 0..der.len() + 3 {
        let wanted = if capacity < der.len() { Err(CBA_STATUS_MEMORY_TOO_SMALL) } else { Ok(der.clone()) };
        assert_eq!(next(&mut bundle.span(), capacity), wanted, "{capacity} of {}", der.len());
    }
}

#[test]
fn an_empty_or_broken_block_does_not_pass_for_the_end_of_the_bundle() {
    let der = Pki::new().root_der();
    for (block, status) in [
        (test_pki::pem_block("CERTIFICATE", b""), 800),
        ("-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n".into(), 800),
        ("-----BEGIN CERTIFICATE-----\nMA==\n".into(), 800),
        ("-----END CERTIFICATE-----\n".into(), 800),
        ("-----BEGIN CERTIFICATE-----\nM*==\n-----END CERTIFICATE-----\n".into(), 801),
    ] {
        let bundle = test_pki::pem(&der) + &block;
        let mut pem = span(bundle.as_bytes());
        assert_eq!(next(&mut pem, 4096), Ok(der.clone()));
        let left = pem.len;
        assert_eq!(next(&mut pem, 4096), Err(status), "{block:?}");
        assert_eq!((pem.len, next(&mut pem, 4096)), (left, Err(status)));
    }
}

#[test]
fn every_pointer_of_a_text_function_is_checked() {
    let (mut len, mut out, mut pem) = (77, [0_u8; 64], span(b"none"));
    let mut mode = 77;
    let body = span(b"{\"a\":\"b\"}");
    let name = span(b"a");
    let mut nowhere = NOWHERE;
    // SAFETY: NULL is refused.
    unsafe {
        let (out, len) = (out.as_mut_ptr(), &raw mut len);
        assert_eq!(cba_pem_decode(ptr::null_mut(), out, 64, len), CBA_STATUS_NULL_POINTER);
        assert_eq!(cba_pem_decode(&raw mut pem, ptr::null_mut(), 64, len), CBA_STATUS_NULL_POINTER);
        assert_eq!(cba_pem_decode(&raw mut pem, out, 64, ptr::null_mut()), CBA_STATUS_NULL_POINTER);
        assert_eq!(cba_pem_decode(&raw mut nowhere, out, 64, len), CBA_STATUS_NULL_POINTER);
        let crooked = [0_usize; 3];
        let crooked = crooked.as_ptr().cast::<u8>().wrapping_add(1).cast_mut().cast();
        assert_eq!(cba_pem_decode(crooked, out, 64, len), CBA_STATUS_INVALID_ARGUMENT);
        for read in [cba_json_string, cba_form_field] {
            assert_eq!(read(NOWHERE, name, out, 64, len), CBA_STATUS_NULL_POINTER);
            assert_eq!(read(body, NOWHERE, out, 64, len), CBA_STATUS_NULL_POINTER);
            assert_eq!(read(body, name, ptr::null_mut(), 64, len), CBA_STATUS_NULL_POINTER);
            assert_eq!(read(body, name, out, 64, ptr::null_mut()), CBA_STATUS_NULL_POINTER);
            assert_eq!(read(body, name, out, usize::MAX, len), CBA_STATUS_INVALID_ARGUMENT);
            for no_name in [&b""[..], b"\xff", "é".as_bytes()] {
                assert_eq!(read(body, span(no_name), out, 64, len), CBA_STATUS_INVALID_ARGUMENT);
            }
        }
        assert_eq!(*len, 0);
        assert_eq!(cba_mode_from_config(NOWHERE, &raw mut mode, ptr::null_mut()), CBA_STATUS_NULL_POINTER);
        assert_eq!(mode, CBA_MODE_UNSET);
        assert_eq!(
            cba_mode_from_config(span(b"{}"), ptr::null_mut(), ptr::null_mut()),
            CBA_STATUS_NULL_POINTER
        );
    }
}

#[test]
fn a_text_is_not_decoded_in_its_own_place() {
    let bundle = Memory::of(test_pki::pem(&Pki::new().root_der()).as_bytes());
    let mut len = 77;
    for (from, out, capacity) in [(0, 0, bundle.len), (0, bundle.len - 1, 1), (1, 0, 2)] {
        // SAFETY: what overlaps is refused.
        unsafe {
            let text = cba_span { ptr: bundle.ptr.add(from), len: bundle.len - from };
            let (mut pem, out) = (text, bundle.ptr.add(out));
            let status = cba_pem_decode(&raw mut pem, out, capacity, &raw mut len);
            assert_eq!((status, len, pem.ptr), (CBA_STATUS_INVALID_ARGUMENT, 0, text.ptr));
            for read in [cba_json_string, cba_form_field] {
                let status = read(text, span(b"a"), out, capacity, &raw mut len);
                assert_eq!((status, len), (CBA_STATUS_INVALID_ARGUMENT, 0));
                let status = read(span(b"a=b"), cba_span { len: 2, ..text }, out, capacity, &raw mut len);
                assert_eq!(status == CBA_STATUS_INVALID_ARGUMENT, out == bundle.ptr);
            }
        }
    }
}

// -- config.json --

fn mode_of(json: &[u8]) -> (cba_status, u32, cba_fault) {
    let (mut mode, mut fault) = (77, STALE);
    let json = Memory::of(json);
    // SAFETY: everything lives.
    let status = unsafe { cba_mode_from_config(json.span(), &raw mut mode, &raw mut fault) };
    (status, mode, fault)
}

#[test]
fn the_mode_is_read_out_of_config_json() {
    let json = |enable: &str, check: &str| {
        format!(
            r#"{{"ExperimentalSettings":{{"ClientSideCertEnable":{enable},"ClientSideCertCheck":"{check}"}}}}"#
        )
    };
    for (enable, check, mode) in [
        ("true", "primary", CBA_MODE_PRIMARY),
        ("true", "secondary", CBA_MODE_SECONDARY),
        ("false", "primary", CBA_MODE_OFF),
        ("false", "secondary", CBA_MODE_OFF),
    ] {
        assert_eq!(mode_of(json(enable, check).as_bytes()), (CBA_OK, mode, NO_FAULT), "{enable} {check}");
    }
}

#[test]
fn a_configuration_that_is_wrong_gives_no_mode_and_says_at_which_byte() {
    for (json, status) in [
        (&b""[..], 709),
        (b"{", 700),
        (b"{}", 702),
        (b"\xff", 708),
        (br#"{"ExperimentalSettings":{"ClientSideCertEnable":1}}"#, 703),
        (br#"{"ExperimentalSettings":{"ClientSideCertEnable":true,"ClientSideCertCheck":"both"}}"#, 704),
    ] {
        let (found, mode, fault) = mode_of(json);
        assert_eq!((found, mode), (status, CBA_MODE_UNSET));
        assert_eq!(fault, cba_fault { offset: fault.offset, ..whole(status) });
    }
    let (.., fault) = mode_of(br#"{"ExperimentalSettings":{"ClientSideCertEnable":1}}"#);
    assert_eq!(fault.offset, 48);
}

// -- login requests --

type Reader = unsafe extern "C" fn(cba_span, cba_span, *mut u8, usize, *mut usize) -> cba_status;

fn read(reader: Reader, body: &str, capacity: usize) -> Result<String, cba_status> {
    let (body, out) = (Memory::of(body.as_bytes()), Memory::new(capacity));
    let mut len = 77;
    // SAFETY: everything lives.
    match unsafe { reader(body.span(), span(b"login_id"), out.ptr, capacity, &raw mut len) } {
        CBA_OK => Ok(String::from_utf8(common::bytes(cba_span { len, ..out.span() })).unwrap()),
        status => {
            assert_eq!(len, 0);
            Err(status)
        }
    }
}

#[test]
fn the_typed_email_is_read_out_of_json_and_forms() {
    let json = |body| read(cba_json_string, body, 254);
    assert_eq!(json(r#"{"login_id":"a\u0040b.example","x":1}"#), Ok("a@b.example".into()));
    assert_eq!(json(r#"{"login_id":null}"#), Ok(String::new()));
    assert_eq!(json("{}"), Ok(String::new()));
    assert_eq!(json(r#"{"login_id":"a","LOGIN_ID":"b"}"#), Err(607));
    assert_eq!(json(r#"{"login_id":1}"#), Err(608));
    assert_eq!(json(""), Err(608));
    let form = |body| read(cba_form_field, body, 254);
    assert_eq!(form("x=1&login_id=a%40b.example"), Ok("a@b.example".into()));
    assert_eq!(form("x=1"), Ok(String::new()));
    assert_eq!(form(""), Ok(String::new()));
    assert_eq!(form("login_id=a&login[id=b"), Err(607));
    assert_eq!(form("login_id=%"), Err(608));
}

#[test]
fn a_typed_email_that_does_not_fit_is_not_cut_off() {
    let typed = "alice@example.com";
    for capacity in 0..typed.len() + 2 {
        let wanted = if capacity < typed.len() { Err(609) } else { Ok(typed.into()) };
        let json = format!(r#"{{"login_id":"{typed}"}}"#);
        assert_eq!(read(cba_json_string, &json, capacity), wanted, "{capacity}");
        assert_eq!(read(cba_form_field, &format!("login_id={typed}"), capacity), wanted, "{capacity}");
    }
}
