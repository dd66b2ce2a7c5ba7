//! A static library that links only if no panic can be reached: its panic handler calls a function
//! that does not exist, so whatever still panics after optimization leaves a symbol undefined.
#![no_std]

use roots as _;

unsafe extern "C" {
    /// Defined nowhere.
    safe fn cba_panic_is_reachable() -> !;
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    cba_panic_is_reachable()
}
