//! Texts that come with logins: config.json, PEM, the bodies of login requests.

use crate::config::cba_fault;
use crate::login::{CBA_MODE_OFF, CBA_MODE_PRIMARY, CBA_MODE_SECONDARY, CBA_MODE_UNSET};
use crate::span::{cba_span, is_length, store};
use crate::status::{
    CBA_OK, CBA_STATUS_INVALID_ARGUMENT, CBA_STATUS_MEMORY_TOO_SMALL, CBA_STATUS_NULL_POINTER, cba_status,
};
use cba_core::config::{CertificateCheck, Settings};
use cba_core::login::login_id;
use cba_core::pem::Blocks;
use cba_core::{Error, ErrorKind};
use core::slice;

/// Reads the mode out of a complete Mattermost config.json: `ExperimentalSettings.ClientSideCertEnable` and
/// `.ClientSideCertCheck`. What could be read in two ways is an error, and so is an unknown value.
///
/// Returns CBA_OK, or a status; `mode` is CBA_MODE_UNSET then, and `fault`, which may be NULL, says at which
/// byte of the file.
///
/// # Safety
/// `json` can be read; `mode` and `fault` can be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cba_mode_from_config(
    json: cba_span,
    mode: *mut u32,
    fault: *mut cba_fault,
) -> cba_status {
    // SAFETY: by the contract of this function.
    unsafe {
        store(mode, CBA_MODE_UNSET);
        let found = match json.bytes() {
            Err(status) => cba_fault::whole(status),
            Ok(_) if mode.is_null() => cba_fault::whole(CBA_STATUS_NULL_POINTER),
            Ok(json) => match Settings::from_json(json) {
                Ok(loaded) => {
                    store(mode, mode_of(loaded.settings));
                    cba_fault::NONE
                }
                Err(error) => {
                    cba_fault { offset: error.offset, ..cba_fault::whole(crate::status::of(error.kind)) }
                }
            },
        };
        store(fault, found);
        found.status
    }
}

fn mode_of(settings: Settings) -> u32 {
    match settings {
        Settings { enable: false, .. } => CBA_MODE_OFF,
        Settings { check: CertificateCheck::Primary, .. } => CBA_MODE_PRIMARY,
        Settings { check: CertificateCheck::Secondary, .. } => CBA_MODE_SECONDARY,
    }
}

/// Decodes the next certificate of a PEM bundle into `der`, and moves `pem` behind it. `len` says how many
/// bytes it has; 0, with CBA_OK, that there is none left. Three bytes for each four of the bundle always
/// suffice.
///
/// Returns CBA_OK, or a status; `len` is 0 then, and `pem` stays. A block with nothing in it is
/// CBA_STATUS_MALFORMED_PEM: it does not pass for the end.
///
/// # Safety
/// `pem` can be read and written, and what it spans can be read; `capacity` bytes at `der` can be written, and
/// are not among those that it spans.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cba_pem_decode(
    pem: *mut cba_span,
    der: *mut u8,
    capacity: usize,
    len: *mut usize,
) -> cba_status {
    // SAFETY: by the contract of this function.
    unsafe {
        store(len, 0);
        if pem.is_null() || len.is_null() {
            return CBA_STATUS_NULL_POINTER;
        }
        if !pem.is_aligned() {
            return CBA_STATUS_INVALID_ARGUMENT;
        }
        let bundle = pem.read();
        let outcome = bundle.bytes().and_then(|text| {
            let out = output(der, capacity, &[bundle])?;
            next_certificate(text, out).map_err(|error| match error.kind {
                ErrorKind::PemBufferTooSmall => CBA_STATUS_MEMORY_TOO_SMALL,
                kind => crate::status::of(kind),
            })
        });
        match outcome {
            Ok((decoded, rest)) => {
                let cba_span { ptr, len: whole } = bundle;
                store(len, decoded);
                store(pem, cba_span { ptr: ptr.wrapping_add(whole.saturating_sub(rest)), len: rest });
                CBA_OK
            }
            Err(status) => status,
        }
    }
}

/// The length of the next certificate once decoded, and of what follows its block.
fn next_certificate(text: &[u8], out: &mut [u8]) -> Result<(usize, usize), Error> {
    let mut blocks = Blocks::new(text);
    for block in blocks.by_ref() {
        let block = block?;
        if block.is_certificate() {
            let decoded = block.decode_into(out)?;
            if decoded == 0 {
                return Err(ErrorKind::MalformedPem.into());
            }
            return Ok((decoded, blocks.rest().len()));
        }
    }
    Ok((0, 0))
}

/// The string at `name` in the JSON object that is the whole of `body`, for `login_id` of a request: unescaped,
/// into `out`. `len` is its length; 0 with CBA_OK if the object has no such member, `null` there, or "".
///
/// The login that reads the same body must find the same value: a name that stands twice, in whatever case,
/// is refused, and so is a body that is not exactly one JSON object.
///
/// Returns CBA_OK, CBA_STATUS_AMBIGUOUS_LOGIN_ID, CBA_STATUS_MALFORMED_LOGIN_REQUEST,
/// CBA_STATUS_LOGIN_ID_TOO_LONG, or a status of misuse. `len` is 0 unless it is CBA_OK.
///
/// # Safety
/// The spans can be read; `capacity` bytes at `out`, and `len`, can be written, and are not among those of the
/// spans.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cba_json_string(
    body: cba_span,
    name: cba_span,
    out: *mut u8,
    capacity: usize,
    len: *mut usize,
) -> cba_status {
    // SAFETY: by the contract of this function.
    unsafe { login_id_from(login_id::from_json, body, name, out, capacity, len) }
}

/// The value of the field `name` in a form (application/x-www-form-urlencoded) that is the whole of
/// `body`, decoded into `out`; the rest as for cba_json_string. Names that some reader
/// could take for `name` count as it: the same letters and digits.
///
/// # Safety
/// As for cba_json_string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cba_form_field(
    body: cba_span,
    name: cba_span,
    out: *mut u8,
    capacity: usize,
    len: *mut usize,
) -> cba_status {
    // SAFETY: by the contract of this function.
    unsafe { login_id_from(login_id::from_form, body, name, out, capacity, len) }
}

type Reader = for<'o> fn(&[u8], &str, &'o mut [u8]) -> cba_core::Result<Option<&'o str>>;

/// # Safety
/// As for `cba_json_string`.
unsafe fn login_id_from(
    read: Reader,
    body: cba_span,
    name_span: cba_span,
    out: *mut u8,
    capacity: usize,
    len: *mut usize,
) -> cba_status {
    // SAFETY: by the contract of this function.
    unsafe {
        store(len, 0);
        if len.is_null() {
            return CBA_STATUS_NULL_POINTER;
        }
        let read = || {
            let name = core::str::from_utf8(name_span.bytes()?).unwrap_or_default();
            if name.is_empty() || !name.is_ascii() {
                return Err(CBA_STATUS_INVALID_ARGUMENT);
            }
            let out = output(out, capacity, &[body, name_span])?;
            let found = read(body.bytes()?, name, out);
            found.map_err(|error| crate::status::of(error.kind))
        };
        match read() {
            Ok(found) => {
                store(len, found.map_or(0, str::len));
                CBA_OK
            }
            Err(status) => status,
        }
    }
}

/// # Errors
/// Memory that is also read from: to decode a text in its own place is too near at hand to be left to the contract.
///
/// # Safety
/// 1. `capacity` bytes at `out` can be written, and are used by nobody else for as long as `'o`.
unsafe fn output<'o>(out: *mut u8, capacity: usize, inputs: &[cba_span]) -> Result<&'o mut [u8], cba_status> {
    if capacity == 0 {
        return Ok(&mut []);
    }
    if out.is_null() {
        return Err(CBA_STATUS_NULL_POINTER);
    }
    let overlaps = |input: &cba_span| {
        let (ours, theirs) = (out.addr(), input.ptr.addr());
        input.len > 0 && ours < theirs.saturating_add(input.len) && theirs < ours.saturating_add(capacity)
    };
    if !is_length(capacity) || inputs.iter().any(overlaps) {
        return Err(CBA_STATUS_INVALID_ARGUMENT);
    }
    // SAFETY: not NULL, the size is in range; what lies there may be anything but uninitialised in Rust's
    // sense, which memory that came over the C ABI is not. 1. gives the rest.
    Ok(unsafe { slice::from_raw_parts_mut(out, capacity) })
}
