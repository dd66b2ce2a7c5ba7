#![no_std]
//! The C ABI.

/// The version of the library, as `CBA_VERSION_NUMBER` was when it was built.
#[unsafe(no_mangle)]
pub extern "C" fn cba_version() -> u32 {
    1
}
