//! Structures that begin with their size: programs built with an older or a newer header go on working.

use crate::status::{
    CBA_STATUS_INVALID_ARGUMENT, CBA_STATUS_NULL_POINTER, CBA_STATUS_STRUCT_SIZE, cba_status,
};
use core::mem::MaybeUninit;
use core::{ptr, slice};

/// Greatest size that a newer header is believed to have: beyond it, struct_size is garbage.
const MAX_SIZE: usize = 4096;

/// A structure whose first field is `size_t struct_size`.
///
/// # Safety
/// 1. The type is `repr(C)`, its first field is a `usize`, and all its fields are integers and raw
///    pointers, so that every pattern of bits is a value.
/// 2. No padding follows its last field: a field that is appended there would be garbage in older programs.
pub(crate) unsafe trait SizedStruct: Copy {
    /// Where fields end: the sizes that an older header may have had, the present one among them. Zero is the
    /// safe default of whatever may be missing.
    const SIZES: &'static [usize];

    /// Copies the structure; fields that the caller's header does not have are zero.
    ///
    /// # Errors
    /// `CBA_STATUS_STRUCT_SIZE` if no compiler makes a structure of that size, or if what a newer header
    /// appended is not zero: it may ask for something that is not done here.
    ///
    /// # Safety
    /// 1. `from` is NULL or points to `struct_size` bytes that can be read.
    unsafe fn read(from: *const Self) -> Result<Self, cba_status> {
        if from.is_null() {
            return Err(CBA_STATUS_NULL_POINTER);
        }
        if !from.is_aligned() {
            return Err(CBA_STATUS_INVALID_ARGUMENT);
        }
        // SAFETY: aligned, not NULL; the first field can be read by 1.
        let size = unsafe { from.cast::<usize>().read() };
        let known = size.min(size_of::<Self>());
        let is_size = size <= MAX_SIZE && size.is_multiple_of(align_of::<Self>());
        if !is_size || !Self::SIZES.contains(&known) {
            return Err(CBA_STATUS_STRUCT_SIZE);
        }
        let from = from.cast::<u8>();
        // SAFETY: `size` bytes can be read by 1., and `known` is not more.
        let tail = unsafe { slice::from_raw_parts(from.add(known), size.saturating_sub(known)) };
        if tail.iter().any(|&byte| byte != 0) {
            return Err(CBA_STATUS_STRUCT_SIZE);
        }
        let mut copy = MaybeUninit::<Self>::zeroed();
        // SAFETY: `known` bytes can be read, and are not more than `Self` has; every pattern of bits is a value.
        unsafe {
            ptr::copy_nonoverlapping(from, copy.as_mut_ptr().cast::<u8>(), known);
            Ok(copy.assume_init())
        }
    }
}
