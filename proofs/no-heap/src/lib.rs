//! A static library with ring that links only if nothing can be allocated: its global allocator calls
//! a function that does not exist.
#![no_std]

use core::alloc::{GlobalAlloc, Layout};
use roots as _;

unsafe extern "C" {
    /// Defined nowhere. It would return: an allocator that cannot return lets the optimizer drop the
    /// call as well, and with it the proof.
    safe fn cba_heap_is_reachable(size: usize, align: usize) -> *mut u8;
}

struct Undefined;

// SAFETY: whatever calls it does not link.
unsafe impl GlobalAlloc for Undefined {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        cba_heap_is_reachable(layout.size(), layout.align())
    }

    unsafe fn dealloc(&self, _: *mut u8, layout: Layout) {
        cba_heap_is_reachable(layout.size(), layout.align());
    }
}

#[global_allocator]
static HEAP: Undefined = Undefined;

/// ring has panic sites: the handler must exist.
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    loop {
        core::hint::spin_loop();
    }
}
