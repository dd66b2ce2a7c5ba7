//! The negative control of `ffi/check.sh`: exported without being listed, it reaches an allocator and a panic.

unsafe extern "C" {
    safe fn malloc(size: usize) -> *const u8;
}

#[expect(clippy::indexing_slicing, reason = "what is to be found")]
#[unsafe(no_mangle)]
extern "C" fn cba_control(bytes: &[u8; 4], at: usize) -> *const u8 {
    malloc(usize::from(bytes[at]))
}
