//! Roots of `cba_core::der`.

use crate::keep;
use cba_core::der::{BitString, Serial, oid, tag};

#[unsafe(no_mangle)]
fn cba_root_der(bits: &BitString<'_>, serial: &Serial<'_>, number: u8) {
    keep(BitString::as_bytes(bits));
    keep(BitString::named_bits(bits));
    keep(Serial::as_bytes(serial));
    keep(Serial::is_negative(serial));
    keep(Serial::is_too_long(serial));
    keep(tag::context(number));
    keep(tag::context_constructed(number));
}

#[unsafe(no_mangle)]
fn cba_root_oid(dotted: &str, out: &mut [u8]) {
    keep(oid::from_dotted(dotted, out));
}
