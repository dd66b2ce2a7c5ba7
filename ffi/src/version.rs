//! Which library this is.

/// The version of the library that a program was compiled against: major * 65536 + minor * 256 + patch.
pub const CBA_VERSION_NUMBER: u32 = 0x0000_0100;
/// The version of the C ABI that a program was compiled against. Libraries of one ABI version can take each other's
/// place, newer for older.
pub const CBA_ABI_VERSION: u32 = 0;

/// The version of the library that is linked, as CBA_VERSION_NUMBER.
#[unsafe(no_mangle)]
pub extern "C" fn cba_version() -> u32 {
    CBA_VERSION_NUMBER
}

/// The version of the C ABI of the library that is linked, as CBA_ABI_VERSION.
#[unsafe(no_mangle)]
pub extern "C" fn cba_abi_version() -> u32 {
    CBA_ABI_VERSION
}
