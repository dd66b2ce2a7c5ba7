//! ring names the `alloc` crate, so there must be an allocator; we call nothing in ring that allocates. This
//! one calls a function that does not exist: a library in which it can be reached does not link.

use core::alloc::{GlobalAlloc, Layout};

unsafe extern "C" {
    /// Defined nowhere. It would return: an allocator that cannot lets the optimizer drop the call.
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
