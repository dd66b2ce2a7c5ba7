//! The C library: `cba-ffi`, and what only a finished program may have, a panic handler.
//!
//! `ffi/build.sh` builds it with `--cfg cba_link`. Without, as in `cargo test --workspace`, where other crates
//! bring the standard library and its handler, it is an ordinary crate with nothing in it.
#![cfg_attr(cba_link, no_std)]

use cba_ffi as _;

#[cfg(cba_control)]
mod control;
#[cfg(all(cba_link, feature = "ring"))]
mod heap;

/// Reached from ring alone: with `compact` no panic is left, and neither is this function.
#[cfg(cba_link)]
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    #[cfg(not(target_os = "none"))]
    {
        unsafe extern "C" {
            safe fn abort() -> !;
        }
        abort()
    }
    #[cfg(target_os = "none")]
    loop {
        core::hint::spin_loop();
    }
}
