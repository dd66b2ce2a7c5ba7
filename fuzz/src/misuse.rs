//! What no program may do, and what some program does: nobody is let in, nothing is prepared, and nothing is read
//! that is not there.

use crate::abi::{self, DIRTY_FAULT, Outputs, check_status, sized};
use crate::material::{self, Memory};
use cba_ffi::*;
use libfuzzer_sys::arbitrary::{Result, Unstructured};
use std::mem::MaybeUninit;
use std::ptr;

/// NULL with a length, or longer than any memory.
fn impossible(input: &mut Unstructured<'_>, memory: &Memory) -> Result<cba_span> {
    Ok(if input.arbitrary()? {
        cba_span { ptr: ptr::null(), len: input.int_in_range(1..=usize::MAX)? }
    } else {
        cba_span { ptr: memory.as_ptr(), len: input.int_in_range(usize::MAX / 2 + 1..=usize::MAX)? }
    })
}

/// The structure with something behind its end that a newer header put there.
fn newer<T: Copy>(input: &mut Unstructured<'_>, structure: &T) -> Result<Memory> {
    let beyond = 8 * input.int_in_range(1..=8)?;
    let memory = sized(structure, size_of::<T>() + beyond);
    let at = size_of::<T>() + input.choose_index(beyond)?;
    // SAFETY: before the end.
    unsafe { memory.as_ptr().add(at).write(input.int_in_range(1..=255)?) };
    Ok(memory)
}

fn copy(of: &Memory) -> Memory {
    let copy = Memory::new(of.len());
    copy.fill(of.bytes());
    copy
}

/// Of cba_authenticate: `request` with something wrong, or a verifier or workspace that is none.
///
/// # Errors
/// The input is over.
pub fn request(input: &mut Unstructured<'_>, good: &cba_request, prepared: &Memory) -> Result<()> {
    let mut request = *good;
    let memory = Memory::new(CBA_WORKSPACE_BASE_SIZE + 4 * CBA_CERTIFICATE_SIZE);
    let (mut verifier, mut workspace) = (prepared.as_ptr().cast_const().cast(), ptr::null_mut());
    assert_eq!(unsafe { cba_workspace_init(memory.as_ptr().cast(), memory.len(), &mut workspace) }, CBA_OK);
    let untouched = memory.bytes().to_vec();
    let (moved_verifier, moved_workspace) = (copy(prepared), copy(&memory));
    let span = impossible(input, &memory)?;
    let list = [span];
    let crooked = Memory::new(size_of::<cba_request>() + 1);
    let newer = newer(input, &request)?;
    let mut call = None;
    let kind = input.int_in_range(0..=9)?;
    match kind {
        0 => request.leaf = span,
        1 => (request.presented, request.presented_len) = (list.as_ptr(), 1),
        2 => (request.presented, request.presented_len) = (list.as_ptr(), span.len | 1 << 63),
        3 => (request.presented, request.presented_len) = (ptr::null(), span.len),
        4 => request.presented = request.presented.wrapping_byte_add(1),
        5 => request.login_id = span,
        6 => {
            let places = [ptr::null_mut(), memory.as_ptr(), moved_verifier.as_ptr()];
            verifier = input.choose(&places)?.cast_const().cast();
        }
        7 => {
            let places = [ptr::null_mut(), prepared.as_ptr(), moved_workspace.as_ptr()];
            workspace = input.choose(&places)?.cast();
        }
        8 => call = Some(crooked.as_ptr().wrapping_add(1).cast_const().cast()),
        _ => call = Some(newer.as_ptr().cast_const().cast()),
    }
    let call = call.unwrap_or(ptr::from_ref(&request));
    let outputs = Outputs::of(false, |decision, device, audit| unsafe {
        cba_authenticate(verifier, call, workspace, decision, device, audit);
    });
    outputs.check(&request);
    let off = request.mode == CBA_MODE_OFF && kind < 8;
    // A list of nothing may be anywhere.
    let harmless = kind == 4 && request.presented_len == 0;
    assert!(harmless || !outputs.lets_in(), "let in by misuse {kind}");
    assert!(harmless || off == (outputs.decision.verdict == CBA_DISABLED), "misuse {kind}");
    if matches!(kind, 0 | 2 | 3 | 6..) && !off && request.mode <= CBA_MODE_SECONDARY {
        let reasons: &[u32] = match kind {
            8 => &[CBA_STATUS_INVALID_ARGUMENT],
            9 => &[CBA_STATUS_STRUCT_SIZE],
            _ => &[CBA_STATUS_NULL_POINTER, CBA_STATUS_INVALID_ARGUMENT, CBA_STATUS_NOT_INITIALIZED],
        };
        assert!(reasons.contains(&outputs.decision.reason), "misuse {kind}");
        assert!(memory.bytes() == untouched, "misuse {kind} wrote to the workspace");
        assert!(moved_workspace.bytes() == untouched, "misuse {kind} wrote to a copy");
    }
    unidentified(input, &request)
}

/// Of cba_decide: a credential that nobody identified.
fn unidentified(input: &mut Unstructured<'_>, request: &cba_request) -> Result<()> {
    // The mark of a credential is even: forged ones are no mistake, and break a duty.
    let word = if input.arbitrary()? { 0 } else { input.arbitrary::<u64>()? | 1 };
    let memory = Memory::new(size_of::<cba_credential>() + 1);
    let credential = cba_credential { opaque: [MaybeUninit::new(word); CBA_CREDENTIAL_WORDS] };
    let crooked = memory.as_ptr().wrapping_add(1).cast_const().cast();
    let place = *input.choose(&[ptr::null(), ptr::from_ref(&credential), crooked])?;
    let outputs = Outputs::of(false, |decision, device, audit| unsafe {
        cba_identify(ptr::null(), request, ptr::null_mut(), ptr::null_mut(), device, audit);
        cba_decide(place, request, decision, audit);
    });
    outputs.check(request);
    assert!(!outputs.lets_in(), "let in with a credential that is none");
    let misused = [CBA_OK, CBA_STATUS_NULL_POINTER, CBA_STATUS_INVALID_ARGUMENT, CBA_STATUS_NOT_INITIALIZED];
    assert!(misused.contains(&outputs.decision.reason), "read out of a credential that is none");
    Ok(())
}

/// Of cba_verifier_size and cba_verifier_init: a configuration with something wrong, or no place for the verifier.
/// `size` is what the good one takes.
///
/// # Errors
/// The input is over.
pub fn configuration(input: &mut Unstructured<'_>, good: &cba_verifier_config, size: usize) -> Result<()> {
    let mut config = *good;
    let memory = Memory::new(size);
    let span = impossible(input, &memory)?;
    let list = [span];
    let trusted = [
        cba_trusted { certificates: span, email_domains: ptr::null(), email_domains_len: 0 },
        cba_trusted {
            email_domains: list.as_ptr(),
            email_domains_len: input.int_in_range(0..=1)?,
            // SAFETY: there is one at least.
            ..unsafe { *good.trusted }
        },
    ];
    let crooked = Memory::new(size_of::<cba_verifier_config>() + 1);
    let newer = newer(input, &config)?;
    let mut call = None;
    match input.int_in_range(0..=9)? {
        0 => (config.trusted, config.trusted_len) = (trusted.as_ptr(), 1),
        1 => (config.trusted, config.trusted_len) = (trusted[1..].as_ptr(), 1),
        2 => (config.trusted, config.trusted_len) = (ptr::null(), span.len),
        3 => (config.trusted, config.trusted_len) = (trusted.as_ptr(), span.len | 1 << 63),
        4 => (config.intermediates, config.intermediates_len) = (list.as_ptr(), 1),
        5 => (config.denied, config.denied_len) = (list.as_ptr(), 1),
        6 => config.trusted = config.trusted.wrapping_byte_add(1),
        7 => call = Some(ptr::null()),
        8 => call = Some(crooked.as_ptr().wrapping_add(1).cast_const().cast()),
        _ => call = Some(newer.as_ptr().cast_const().cast()),
    }
    let call = call.unwrap_or(ptr::from_ref(&config));
    let (mut needed, mut fault) = (1, DIRTY_FAULT);
    let status = unsafe { cba_verifier_size(call, &mut needed, &mut fault) };
    check_status(status);
    assert!(status < 100 && status != CBA_OK, "a size for a configuration that is none");
    assert_eq!((needed, fault.status), (0, status));
    let mut verifier = ptr::NonNull::<cba_verifier>::dangling().as_ptr().cast_const();
    let again = unsafe {
        cba_verifier_init(memory.as_ptr().cast(), memory.len(), call, &mut verifier, ptr::null_mut())
    };
    assert_eq!(again, status);
    assert!(verifier.is_null());

    // SAFETY: the good configuration can be read.
    let place = |memory: *mut u8, len, verifier| unsafe {
        cba_verifier_init(memory.cast(), len, good, verifier, ptr::null_mut())
    };
    assert_eq!(place(ptr::null_mut(), size, &mut verifier), CBA_STATUS_NULL_POINTER);
    assert_eq!(place(memory.as_ptr(), size, ptr::null_mut()), CBA_STATUS_NULL_POINTER);
    assert_eq!(place(memory.as_ptr(), size | 1 << 63, &mut verifier), CBA_STATUS_INVALID_ARGUMENT);
    assert!(verifier.is_null() && memory.bytes().iter().all(|&byte| byte == 0), "written to no purpose");
    again_in_its_place(good, size);
    Ok(())
}

/// Memory that holds a verifier is given to another: it is that one, or none.
fn again_in_its_place(good: &cba_verifier_config, size: usize) {
    let root = material::root();
    let older =
        [cba_trusted { certificates: abi::span(root), email_domains: ptr::null(), email_domains_len: 0 }];
    let older =
        cba_verifier_config { trusted: older.as_ptr(), trusted_len: 1, ..cba_verifier_config::default() };
    let memory = Memory::new(size.max(CBA_VERIFIER_BASE_SIZE + CBA_VERIFIER_ANCHOR_SIZE + root.len()));
    let mut verifier = ptr::null();
    // SAFETY: both configurations can be read, and the memory is used by nobody else.
    let mut place = |config| unsafe {
        let status =
            cba_verifier_init(memory.as_ptr().cast(), memory.len(), config, &mut verifier, ptr::null_mut());
        (status, verifier.is_null(), cba_verifier_anchors(memory.as_ptr().cast()))
    };
    assert_eq!(place(&older), (CBA_OK, false, 1));
    let (status, is_none, anchors) = place(good);
    assert_eq!(
        (is_none, anchors == 0),
        (status != CBA_OK, status != CBA_OK),
        "the older verifier is still there"
    );
}
