//! Memory of the caller, given out piece by piece.

use core::mem::MaybeUninit;
use core::slice;

/// What is left of a piece of memory. What it gives out is never given out again; whoever takes it says for
/// how long the caller keeps the memory.
pub(crate) struct Arena {
    free: *mut u8,
    left: usize,
}

impl Arena {
    /// # Safety
    /// 1. Nobody else uses the `len` bytes at `memory` until the caller of the library takes the memory back.
    /// 2. `len` [is a length](crate::span::is_length).
    pub(crate) const unsafe fn new(memory: *mut u8, len: usize) -> Self {
        Self { free: memory, left: len }
    }

    /// Room for `len` values, or `None` if there is not enough left.
    pub(crate) fn take<'m, T>(&mut self, len: usize) -> Option<&'m mut [MaybeUninit<T>]> {
        let padding = self.free.align_offset(align_of::<T>());
        let size = len.checked_mul(size_of::<T>())?;
        let end = padding.checked_add(size)?;
        let left = self.left.checked_sub(end)?;
        // SAFETY: `end` bytes are left, by the subtraction; they are ours alone by `new`'s 1., aligned by
        // `padding`, and MaybeUninit asks nothing of what is in them.
        unsafe {
            let start = self.free.add(padding).cast::<MaybeUninit<T>>();
            self.free = self.free.add(end);
            self.left = left;
            Some(slice::from_raw_parts_mut(start, len))
        }
    }

    /// Room for `len` bytes, zeroed.
    pub(crate) fn take_bytes<'m>(&mut self, len: usize) -> Option<&'m mut [u8]> {
        let bytes: &'m mut [MaybeUninit<u8>] = self.take(len)?;
        for byte in bytes.iter_mut() {
            byte.write(0);
        }
        // SAFETY: each byte was written.
        Some(unsafe { slice::from_raw_parts_mut(bytes.as_mut_ptr().cast::<u8>(), bytes.len()) })
    }
}

/// Values written one after the other into room for them.
pub(crate) struct Filling<'m, T> {
    slots: &'m mut [MaybeUninit<T>],
    len: usize,
}

impl<'m, T> Filling<'m, T> {
    pub(crate) const fn new(slots: &'m mut [MaybeUninit<T>]) -> Self {
        Self { slots, len: 0 }
    }

    /// `None` if there is no room left.
    pub(crate) fn push(&mut self, value: T) -> Option<()> {
        self.slots.get_mut(self.len)?.write(value);
        self.len = self.len.checked_add(1)?;
        Some(())
    }

    /// The values written.
    pub(crate) fn finish(self) -> &'m mut [T] {
        // SAFETY: the first `len` slots were written, by `push`.
        unsafe { slice::from_raw_parts_mut(self.slots.as_mut_ptr().cast::<T>(), self.len) }
    }
}
