//! Roots of `cba_core::{error, limits, time}` and of what stands at the top of the crate.

use crate::keep;
use cba_core::limits::Limits;
use cba_core::{Error, ErrorKind, UnixTime, sha256};
use core::fmt::{Debug, Display, Formatter};

#[unsafe(no_mangle)]
fn cba_root_error(error: Error, kind: ErrorKind, depth: u8, offset: usize) {
    keep(Error::new(kind));
    keep(Error::at(error, offset));
    keep(Error::with_depth(error, depth));
    keep(ErrorKind::message(kind));
    keep(<Error as From<ErrorKind>>::from(kind));
    keep(ErrorKind::code(kind));
    keep(ErrorKind::is_limit(kind));
}

#[unsafe(no_mangle)]
fn cba_root_error_text(error: &Error, kind: &ErrorKind, f: &mut Formatter<'_>) {
    keep(<Error as Display>::fmt(error, f));
    keep(<Error as Debug>::fmt(error, f));
    keep(<ErrorKind as Display>::fmt(kind, f));
    keep(<ErrorKind as Debug>::fmt(kind, f));
}

#[unsafe(no_mangle)]
fn cba_root_values(bytes: &[u8], year: u32, month: u32, day: u32, hour: u32, minute: u32, second: u32) {
    keep(sha256(bytes));
    keep(UnixTime::from_civil(year, month, day, hour, minute, second));
    keep(<Limits as Default>::default());
}
