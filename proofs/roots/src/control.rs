//! Negative controls: a proof that does not find these proves nothing.

#[cfg(feature = "heap-control")]
extern crate alloc;

/// Panics if there is no such byte.
#[cfg(feature = "panic-control")]
#[unsafe(no_mangle)]
pub fn cba_root_panic_control(bytes: &[u8], at: usize) -> u8 {
    bytes[at]
}

/// Allocates.
#[cfg(feature = "heap-control")]
#[unsafe(no_mangle)]
pub fn cba_root_heap_control(byte: u8) -> alloc::boxed::Box<u8> {
    alloc::boxed::Box::new(byte)
}
