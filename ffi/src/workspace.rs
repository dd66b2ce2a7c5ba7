//! The workspace: what one call works in.

use crate::arena::{Arena, Filling};
use crate::sizes::{CBA_CERTIFICATE_SIZE, CBA_WORKSPACE_ALIGN, CBA_WORKSPACE_BASE_SIZE};
use crate::span::{cba_span, is_length, store};
use crate::status::{
    CBA_OK, CBA_STATUS_INVALID_ARGUMENT, CBA_STATUS_MEMORY_TOO_SMALL, CBA_STATUS_MISALIGNED,
    CBA_STATUS_NOT_INITIALIZED, CBA_STATUS_NULL_POINTER, CBA_STATUS_TOO_MANY_CERTIFICATES,
    CBA_STATUS_WORKSPACE_BUSY, cba_status,
};
use cba_core::path::Workspace;
use cba_core::{Certificate, Error};
use core::ffi::c_void;
use core::mem::MaybeUninit;
use core::ptr;
use core::sync::atomic::{AtomicU8, Ordering};

const _: () = assert!(align_of::<cba_workspace>() <= CBA_WORKSPACE_ALIGN);
const _: () = assert!(size_of::<cba_workspace>() <= CBA_WORKSPACE_BASE_SIZE);
const _: () = assert!(size_of::<Certificate<'_>>() <= CBA_CERTIFICATE_SIZE);
// The certificates that follow the header are aligned.
const _: () = assert!(size_of::<cba_workspace>().is_multiple_of(align_of::<Certificate<'_>>()));

const IDLE: u8 = 0;
const BUSY: u8 = 1;

/// Working memory. One serves one call at a time, of any verifier; it keeps nothing from one call to the
/// next. It lies in memory of the caller and must not be moved. On processors that cannot swap (ARMv6-M) a second
/// call is seen from an interrupt, but not from a thread that the first one is preempted by.
// cbindgen, which does not see the layout here, leaves the type opaque.
#[cfg_attr(true, repr(C))]
pub struct cba_workspace {
    /// First, so that nothing else is read of memory that is not a workspace, and may be smaller.
    tag: usize,
    in_use: AtomicU8,
    /// How many certificates there is room for behind this header.
    capacity: usize,
    search: MaybeUninit<Workspace>,
}

impl cba_workspace {
    fn tag_at(at: *const Self) -> usize {
        const TAG: u64 = 0x6362_615f_776f_726b;
        // The lower half is enough where pointers are short.
        #[allow(clippy::cast_possible_truncation, reason = "see above")]
        let tag = TAG as usize;
        at.addr() ^ tag
    }
}

/// Makes a workspace of `memory`, and gives it in `workspace`. CBA_WORKSPACE_SIZE(n) bytes have room for
/// n presented certificates; a client that presents more is refused.
///
/// `memory` is the caller's, and freed by the caller as it was allocated; there is nothing to release.
///
/// Returns CBA_OK, or a status of misuse; `workspace` is NULL then.
///
/// # Safety
/// `len` bytes at `memory` can be written and are used by nobody else.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cba_workspace_init(
    memory: *mut c_void,
    len: usize,
    workspace: *mut *mut cba_workspace,
) -> cba_status {
    // SAFETY: by the contract of this function.
    unsafe {
        store(workspace, ptr::null_mut());
        if memory.is_null() || workspace.is_null() {
            return CBA_STATUS_NULL_POINTER;
        }
        let made = memory.cast::<cba_workspace>();
        if !made.is_aligned() || memory.cast::<u8>().align_offset(CBA_WORKSPACE_ALIGN) != 0 {
            return CBA_STATUS_MISALIGNED;
        }
        if !is_length(len) {
            return CBA_STATUS_INVALID_ARGUMENT;
        }
        let Some(room) = len.checked_sub(size_of::<cba_workspace>()) else {
            return CBA_STATUS_MEMORY_TOO_SMALL;
        };
        made.write(cba_workspace {
            tag: cba_workspace::tag_at(made),
            in_use: AtomicU8::new(IDLE),
            capacity: room.checked_div(size_of::<Certificate<'_>>()).unwrap_or(0),
            search: MaybeUninit::new(Workspace::new()),
        });
        store(workspace, made);
        CBA_OK
    }
}

/// A workspace that this call has to itself until it is dropped.
pub(crate) struct Claim {
    at: *mut cba_workspace,
}

impl Claim {
    /// # Safety
    /// 1. `at` is NULL, or points to a workspace, or to other memory of which one word can be read.
    pub(crate) unsafe fn new(at: *mut cba_workspace) -> Result<Self, cba_status> {
        if at.is_null() {
            return Err(CBA_STATUS_NULL_POINTER);
        }
        if !at.is_aligned() {
            return Err(CBA_STATUS_NOT_INITIALIZED);
        }
        // SAFETY: not NULL, aligned, readable by 1.; the tag is written once, before the workspace is used.
        if unsafe { ptr::addr_of!((*at).tag).read() } != cba_workspace::tag_at(at) {
            return Err(CBA_STATUS_NOT_INITIALIZED);
        }
        // SAFETY: by the tag it is a workspace; the flag is atomic.
        if claim(unsafe { &*ptr::addr_of!((*at).in_use) }) {
            Ok(Self { at })
        } else {
            Err(CBA_STATUS_WORKSPACE_BUSY)
        }
    }

    /// Reads the certificates that a client presented, and gives them with the memory for a search.
    ///
    /// # Errors
    /// More than there is room for; a span that cannot be read; a certificate that cannot be, at its place in
    /// the list plus one.
    ///
    /// # Safety
    /// 1. The spans can be read for as long as `'p`.
    pub(crate) unsafe fn read<'p>(
        &mut self,
        presented: &[cba_span],
    ) -> Result<(&'p [Certificate<'p>], &mut Workspace), Refusal> {
        // SAFETY: the claim is exclusive; `capacity` certificates fit behind the header, aligned since the
        // header's size is a multiple of their alignment. What lies in them is written before it is read.
        let (mut certificates, search) = unsafe {
            let capacity = (*self.at).capacity;
            let mut arena =
                Arena::new(self.at.add(1).cast(), capacity.saturating_mul(size_of::<Certificate<'_>>()));
            let slots: &'p mut [MaybeUninit<Certificate<'p>>] = arena.take(capacity).unwrap_or_default();
            (Filling::new(slots), (*self.at).search.assume_init_mut())
        };
        for (index, span) in presented.iter().enumerate() {
            let depth = u8::try_from(index.saturating_add(1)).unwrap_or(u8::MAX);
            // SAFETY: 1. by the contract of this function.
            let der: &'p [u8] = unsafe { span.bytes() }.map_err(Refusal::misuse)?;
            let certificate =
                Certificate::from_der(der).map_err(|error| Refusal::of(error.with_depth(depth)))?;
            certificates.push(certificate).ok_or(Refusal::misuse(CBA_STATUS_TOO_MANY_CERTIFICATES))?;
        }
        Ok((certificates.finish(), search))
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        // SAFETY: the claim was made of a workspace.
        unsafe { &*ptr::addr_of!((*self.at).in_use) }.store(IDLE, Ordering::Release);
    }
}

/// Whether the flag was free, and is now ours.
#[cfg(target_has_atomic = "8")]
fn claim(in_use: &AtomicU8) -> bool {
    in_use.compare_exchange(IDLE, BUSY, Ordering::Acquire, Ordering::Relaxed).is_ok()
}

/// As above, for processors that cannot swap (ARMv6-M): they have one core, and a call in an interrupt ends
/// before the one that it interrupts goes on. A thread that is preempted between the two lines is not seen.
#[cfg(not(target_has_atomic = "8"))]
fn claim(in_use: &AtomicU8) -> bool {
    let free = in_use.load(Ordering::Acquire) == IDLE;
    if free {
        in_use.store(BUSY, Ordering::Relaxed);
    }
    free
}

/// Why nobody is let in.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Refusal {
    pub(crate) reason: cba_status,
    pub(crate) depth: u8,
    pub(crate) offset: u32,
}

impl Refusal {
    pub(crate) const fn misuse(reason: cba_status) -> Self {
        Self { reason, depth: 0, offset: 0 }
    }

    pub(crate) fn of(error: Error) -> Self {
        Self { reason: crate::status::of(error.kind), depth: error.depth, offset: error.offset }
    }
}
