//! Status codes: those of the core, and below 100 those of misuse.

use cba_core::ErrorKind;
use core::ffi::{CStr, c_char};

/// What went wrong: CBA_OK, or one of the CBA_STATUS_ constants. Numbers are never reused.
///
/// Below 100 the library was used wrongly: a fault of the program. From 100 on they are reasons for which a
/// certificate, a configuration or a request is refused.
pub type cba_status = u32;

/// The call did what it should. No call that decides about a login returns this.
pub const CBA_OK: cba_status = 0;
/// A pointer that must not be NULL is, or a span is NULL and not empty.
pub const CBA_STATUS_NULL_POINTER: cba_status = 1;
/// struct_size is none that this structure ever had, or what the library does not know is not zero.
pub const CBA_STATUS_STRUCT_SIZE: cba_status = 2;
/// A number or flag that has no meaning here, or a length that no memory has.
pub const CBA_STATUS_INVALID_ARGUMENT: cba_status = 3;
/// The memory is too small for what is to be put into it.
pub const CBA_STATUS_MEMORY_TOO_SMALL: cba_status = 4;
/// The memory does not begin at a multiple of the required alignment.
pub const CBA_STATUS_MISALIGNED: cba_status = 5;
/// Memory that was never initialised, or was moved or overwritten since.
pub const CBA_STATUS_NOT_INITIALIZED: cba_status = 6;
/// The workspace is in use by another call.
pub const CBA_STATUS_WORKSPACE_BUSY: cba_status = 7;
/// More certificates than there is room for.
pub const CBA_STATUS_TOO_MANY_CERTIFICATES: cba_status = 8;
/// A bundle without a certificate, or a verifier without a trust anchor.
pub const CBA_STATUS_NO_CERTIFICATES: cba_status = 9;
/// A challenge that was answered before, or a proof that was decided on before.
pub const CBA_STATUS_ALREADY_USED: cba_status = 10;

/// The text of a status: English, static, never NULL, ended by NUL. Any thread may call it.
#[unsafe(no_mangle)]
pub extern "C" fn cba_status_str(status: cba_status) -> *const c_char {
    text(status).as_ptr()
}

fn text(status: cba_status) -> &'static CStr {
    match status {
        CBA_OK => c"no error",
        CBA_STATUS_NULL_POINTER => c"NULL pointer",
        CBA_STATUS_STRUCT_SIZE => c"struct_size does not fit",
        CBA_STATUS_INVALID_ARGUMENT => c"invalid argument",
        CBA_STATUS_MEMORY_TOO_SMALL => c"memory too small",
        CBA_STATUS_MISALIGNED => c"memory not aligned",
        CBA_STATUS_NOT_INITIALIZED => c"memory not initialised",
        CBA_STATUS_WORKSPACE_BUSY => c"workspace in use",
        CBA_STATUS_TOO_MANY_CERTIFICATES => c"too many certificates",
        CBA_STATUS_NO_CERTIFICATES => c"no certificate or CRL in it",
        CBA_STATUS_ALREADY_USED => c"challenge or proof used before",
        _ => ErrorKind::ALL
            .iter()
            .find(|kind| cba_status::from(kind.code()) == status)
            .map_or(c"unknown status", |kind| kind.message()),
    }
}

/// The status of a refusal.
pub(crate) fn of(kind: ErrorKind) -> cba_status {
    kind.code().into()
}
