//! Negative controls: a proof that does not find these proves nothing.

/// Panics if there is no such byte.
#[cfg(feature = "panic-control")]
#[unsafe(no_mangle)]
pub fn cba_root_control(bytes: &[u8], at: usize) -> u8 {
    bytes[at]
}

#[cfg(feature = "heap-control")]
extern crate alloc;

/// Allocates.
#[cfg(feature = "heap-control")]
#[unsafe(no_mangle)]
pub fn cba_root_control(byte: u8) -> alloc::boxed::Box<u8> {
    alloc::boxed::Box::new(byte)
}
