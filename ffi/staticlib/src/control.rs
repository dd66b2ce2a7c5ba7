//! The negative control of `ffi/check.sh`: exported without being listed, it reaches an allocator and a panic.

unsafe extern "C" {
    fn malloc(size: usize) -> *const u8;
}

/// # Safety
///
/// None is asked for: it is called by nobody.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cba_control(bytes: &[u8; 4], at: usize) -> *const u8 {
    // SAFETY: any size will do.
    unsafe { malloc(usize::from(bytes[at])) }
}
