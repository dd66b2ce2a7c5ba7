//! Bytes and lists that C hands over, and the checks that each pointer gets.

use crate::status::{CBA_STATUS_INVALID_ARGUMENT, CBA_STATUS_NULL_POINTER, cba_status};
use core::slice;

/// Bytes somewhere else: where they begin, and how many there are. Nothing depends on a NUL at their end.
/// {NULL, 0} is empty; NULL with another length is refused.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct cba_span {
    /// The first byte.
    pub ptr: *const u8,
    /// The number of bytes.
    pub len: usize,
}

impl cba_span {
    pub(crate) const EMPTY: Self = Self { ptr: core::ptr::null(), len: 0 };

    pub(crate) const fn of(bytes: &[u8]) -> Self {
        Self { ptr: bytes.as_ptr(), len: bytes.len() }
    }

    /// The bytes.
    ///
    /// # Safety
    /// 1. `len` bytes at `ptr` can be read, and nobody writes to them, for as long as `'a`.
    pub(crate) unsafe fn bytes<'a>(self) -> Result<&'a [u8], cba_status> {
        // SAFETY: 1. by the contract of this function.
        unsafe { list(self.ptr, self.len) }
    }
}

/// A list of `len` elements at `ptr`.
///
/// # Safety
/// 1. `len` initialised elements at `ptr` can be read, and nobody writes to them, for as long as `'a`.
pub(crate) unsafe fn list<'a, T>(ptr: *const T, len: usize) -> Result<&'a [T], cba_status> {
    if len == 0 {
        return Ok(&[]);
    }
    if ptr.is_null() {
        return Err(CBA_STATUS_NULL_POINTER);
    }
    if !ptr.is_aligned() || !len.checked_mul(size_of::<T>()).is_some_and(is_length) {
        return Err(CBA_STATUS_INVALID_ARGUMENT);
    }
    // SAFETY: the pointer is aligned and not NULL, the size is in range; 1. gives the rest.
    Ok(unsafe { slice::from_raw_parts(ptr, len) })
}

/// Whether memory can be so long. What cannot be is a mistake, often a negative number.
pub(crate) fn is_length(len: usize) -> bool {
    isize::try_from(len).is_ok()
}

/// A pointer for reading.
///
/// # Safety
/// 1. `ptr` is NULL or points to an initialised `T` that nobody writes to for as long as `'a`.
pub(crate) unsafe fn reference<'a, T>(ptr: *const T) -> Result<&'a T, cba_status> {
    // SAFETY: 1. by the contract of this function.
    unsafe { list(ptr, 1) }?.first().ok_or(CBA_STATUS_NULL_POINTER)
}

/// Writes an output, unless the caller does not want it. One that is not aligned is written too: else an older
/// verdict would stay there.
///
/// # Safety
/// 1. `ptr` is NULL, or a `T` can be written there.
pub(crate) unsafe fn store<T>(ptr: *mut T, value: T) {
    if !ptr.is_null() {
        // SAFETY: not NULL; 1. gives the rest.
        unsafe { ptr.write_unaligned(value) };
    }
}
