//! A static library with ring that links only if nothing can be allocated: its global allocator calls
//! functions that do not exist.
#![no_std]

use core::alloc::{GlobalAlloc, Layout};
use roots as _;

unsafe extern "C" {
    /// Defined nowhere.
    safe fn cba_heap_is_reachable() -> !;
}

struct Undefined;

// SAFETY: no method returns, so none returns memory that is not what was asked for.
unsafe impl GlobalAlloc for Undefined {
    unsafe fn alloc(&self, _: Layout) -> *mut u8 {
        cba_heap_is_reachable()
    }

    unsafe fn dealloc(&self, _: *mut u8, _: Layout) {
        cba_heap_is_reachable()
    }
}

#[global_allocator]
static HEAP: Undefined = Undefined;

/// ring has panic sites, which run.sh lists: the handler must exist.
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    loop {
        core::hint::spin_loop();
    }
}
