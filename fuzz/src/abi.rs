//! The C ABI as a program in C sees it: spans, structures that say their size, and outputs in memory of their own.

use crate::material::Memory;
use cba_ffi::*;
use std::ffi::CStr;
use std::marker::PhantomData;
use std::{ptr, slice};

/// A fault that no call leaves behind.
pub const DIRTY_FAULT: cba_fault = cba_fault { status: 1, part: 9, index: 9, item: 9, offset: 9 };

/// The bytes as C hands them over; nothing is NULL.
#[must_use]
pub fn span(bytes: &[u8]) -> cba_span {
    cba_span { ptr: if bytes.is_empty() { ptr::null() } else { bytes.as_ptr() }, len: bytes.len() }
}

/// The bytes that the library gave.
///
/// # Safety
/// They can be read for as long as `'a`.
#[must_use]
pub unsafe fn bytes<'a>(span: cba_span) -> &'a [u8] {
    if span.len == 0 {
        return &[];
    }
    // SAFETY: by the contract of this function.
    unsafe { slice::from_raw_parts(span.ptr, span.len) }
}

/// Whether a structure of that size is the present one, or a newer one that appended nothing but zeros.
#[must_use]
pub fn is_whole<T>(size: usize) -> bool {
    size >= size_of::<T>() && size.is_multiple_of(align_of::<T>())
}

/// A structure cut off or continued with zeros, in memory of exactly that size, saying that size of itself.
pub fn sized<T: Copy>(structure: &T, size: usize) -> Memory {
    let memory = Memory::new(size.max(size_of::<usize>()));
    let known = memory.len().min(size_of::<T>());
    // SAFETY: `known` bytes are in both; the size is the first field.
    unsafe {
        ptr::copy_nonoverlapping(ptr::from_ref(structure).cast::<u8>(), memory.as_ptr(), known);
        memory.as_ptr().cast::<usize>().write(size);
    }
    memory
}

/// Each status has a text.
pub fn check_status(status: cba_status) {
    // SAFETY: the text of a status is static and ends with NUL.
    let text = unsafe { CStr::from_ptr(cba_status_str(status)) };
    assert!(!text.is_empty() && text != c"unknown status", "{status}");
}

/// Memory of exactly an output's size, with what a caller left there; where C is careless, it is not aligned.
struct Room<T> {
    memory: Memory,
    crooked: bool,
    output: PhantomData<T>,
}

impl<T: Copy> Room<T> {
    fn dirty(crooked: bool) -> Self {
        let memory = Memory::new(size_of::<T>() + usize::from(crooked));
        memory.fill(&vec![0xa5; memory.len()]);
        Self { memory, crooked, output: PhantomData }
    }

    fn as_ptr(&self) -> *mut T {
        self.memory.as_ptr().wrapping_add(self.crooked.into()).cast()
    }

    fn read(&self) -> T {
        // SAFETY: the outputs are integers, arrays of those, and raw pointers; there is room for one.
        unsafe { self.as_ptr().read_unaligned() }
    }
}

/// What a call, or two of them, said.
pub struct Outputs {
    pub decision: cba_decision,
    pub device: cba_device,
    pub audit: cba_audit,
}

impl Outputs {
    /// Of a call that writes to these three.
    pub fn of(crooked: bool, call: impl FnOnce(*mut cba_decision, *mut cba_device, *mut cba_audit)) -> Self {
        let (decision, device, audit) = (Room::dirty(crooked), Room::dirty(crooked), Room::dirty(crooked));
        call(decision.as_ptr(), device.as_ptr(), audit.as_ptr());
        let outputs = Self { decision: decision.read(), device: device.read(), audit: audit.read() };
        if crooked {
            // SAFETY: the decision can be read.
            let emails =
                unsafe { [cba_login_email(decision.as_ptr()), cba_password_email(decision.as_ptr())] };
            assert!(emails.iter().all(|email| email.len == 0), "read out of memory that is not aligned");
        }
        outputs
    }

    #[must_use]
    pub fn lets_in(&self) -> bool {
        matches!(self.decision.verdict, CBA_CONTINUE_WITH_PASSWORD | CBA_LOGIN)
    }

    /// What holds of every decision about `request`.
    pub fn check(&self, request: &cba_request) {
        let decision = &self.decision;
        check_status(decision.reason);
        assert!(decision.verdict <= CBA_LOGIN);
        assert_eq!(decision.verdict == CBA_REFUSED, decision.reason != CBA_OK);
        assert_eq!(decision.email_len != 0, self.lets_in());
        let (email, rest) = decision.email.split_at(decision.email_len as usize);
        assert!(email.iter().all(u8::is_ascii_graphic) && !rest.is_empty());
        assert!(rest.iter().all(|&byte| byte == 0));
        if decision.verdict != CBA_REFUSED {
            assert_eq!((decision.depth, decision.offset), (0, 0));
        }
        let audit = &self.audit;
        assert_eq!((audit.verdict, audit.reason), (decision.verdict, decision.reason));
        assert_eq!((audit.depth, audit.offset), (decision.depth, decision.offset));
        assert!(audit.has_fingerprint <= 1 && audit.has_issuer <= audit.has_fingerprint);
        assert!(audit.serial_len <= 21);
        assert!(audit.serial[audit.serial_len as usize..].iter().all(|&byte| byte == 0));
        if self.lets_in() {
            assert_eq!(request.possession, CBA_POSSESSION_PROVEN_BY_TLS, "let in without possession");
            assert!(request.time <= self.device.not_after, "let in after the end");
        } else {
            self.check_no_device();
        }
        // SAFETY: the decision can be read.
        let [login, password] =
            unsafe { [cba_login_email(decision), cba_password_email(decision)].map(|email| bytes(email)) };
        assert_eq!(login, if decision.verdict == CBA_LOGIN { email } else { &[] });
        assert_eq!(password, if decision.verdict == CBA_CONTINUE_WITH_PASSWORD { email } else { &[] });
    }

    /// The device is zeroed.
    pub fn check_no_device(&self) {
        let device = &self.device;
        assert_eq!((device.fingerprint, device.public_key_hash), ([0; 32], [0; 32]));
        assert_eq!((device.not_after, device.name_kind), (0, CBA_DEVICE_NONE));
        for span in [device.serial, device.issuer, device.subject, device.name] {
            assert!(span.ptr.is_null() && span.len == 0);
        }
    }
}
