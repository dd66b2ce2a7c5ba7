//! Structures that cross the border: their sizes, NULL, and outputs wherever they lie.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    reason = "a panic is how a test fails"
)]

mod common;

use cba_ffi::*;
use common::{
    Answer, Memory, NO_FAULT, NOWHERE, Pki, STALE, Space, audited, authenticate, image, logs_in, refused,
    whole,
};
use std::mem::{offset_of, size_of};
use std::ptr;

/// A structure with what a newer header appended.
#[repr(C)]
struct Longer<T> {
    known: T,
    appended: [u8; 64],
}

#[test]
fn a_request_may_lack_what_comes_last_but_never_its_mode() {
    let pki = Pki::new();
    let verifier = pki.setup().init().unwrap();
    let space = Space::new(0);
    let size = size_of::<cba_request>();
    pki.attempt().request(|request| {
        for struct_size in 0..=size + 64 {
            let longer = Longer { known: cba_request { struct_size, ..*request }, appended: [0; 64] };
            let outcome = authenticate(verifier.at, (&raw const longer).cast(), space.at).outcome();
            let ends = [
                offset_of!(cba_request, login_id),
                offset_of!(cba_request, ocsp),
                offset_of!(cba_request, nonce),
                offset_of!(cba_request, proof),
            ];
            let known = ends.contains(&struct_size)
                || struct_size >= size && struct_size % align_of::<cba_request>() == 0;
            let wanted = if known { logs_in(common::ALICE) } else { refused(CBA_STATUS_STRUCT_SIZE) };
            assert_eq!(outcome, wanted, "{struct_size}");
        }
    });
}

#[test]
fn a_missing_login_id_is_none() {
    let pki = Pki::new();
    let verifier = pki.setup().init().unwrap();
    pki.attempt().typing(common::ALICE).request(|request| {
        let older = cba_request { struct_size: offset_of!(cba_request, login_id), ..*request };
        assert_eq!(authenticate(verifier.at, &raw const older, Space::new(0).at).outcome(), refused(601));
    });
}

#[test]
fn what_a_newer_header_appended_is_refused_unless_it_is_zero() {
    let pki = Pki::new();
    let setup = pki.setup();
    let verifier = setup.init().unwrap();
    let space = Space::new(0);
    for at in 0..64 {
        let mut appended = [0; 64];
        appended[at] = 1;
        pki.attempt().request(|request| {
            let struct_size = size_of::<Longer<cba_request>>();
            let longer = Longer { known: cba_request { struct_size, ..*request }, appended };
            let outcome = authenticate(verifier.at, (&raw const longer).cast(), space.at).outcome();
            assert_eq!(outcome, refused(CBA_STATUS_STRUCT_SIZE));
        });
        setup.config(|config| {
            let struct_size = size_of::<Longer<cba_verifier_config>>();
            let longer = Longer { known: cba_verifier_config { struct_size, ..*config }, appended };
            let (mut size, mut fault) = (77, STALE);
            // SAFETY: everything lives, and is as long as it says.
            let status =
                unsafe { cba_verifier_size((&raw const longer).cast(), &raw mut size, &raw mut fault) };
            assert_eq!((status, size, fault), (CBA_STATUS_STRUCT_SIZE, 0, whole(CBA_STATUS_STRUCT_SIZE)));
        });
    }
}

#[test]
fn a_size_that_is_garbage_is_refused_before_anything_behind_it_is_read() {
    let pki = Pki::new();
    let verifier = pki.setup().init().unwrap();
    let space = Space::new(0);
    for size in [0, 1, 7, 8, 4097, 4104, usize::MAX / 2, usize::MAX & !7, usize::MAX] {
        // Its size is all there is.
        let memory = Memory::of(&size.to_ne_bytes());
        let aligned = Memory::new(size_of::<usize>());
        // SAFETY: so many bytes.
        unsafe { ptr::copy_nonoverlapping(memory.ptr, aligned.ptr, memory.len) };
        let outcome = authenticate(verifier.at, aligned.ptr.cast(), space.at).outcome();
        assert_eq!(outcome, refused(CBA_STATUS_STRUCT_SIZE), "{size}");
    }
}

#[test]
fn a_configuration_may_end_behind_any_field_that_can_end_a_structure() {
    let setup = Pki::new().setup();
    let full = setup.init().unwrap();
    drop(full);
    setup.config(|config| {
        let mut accepted = Vec::new();
        for struct_size in 0..size_of::<cba_verifier_config>() {
            let config = cba_verifier_config { struct_size, ..*config };
            match common::size_of_config(&config) {
                Ok(_) => accepted.push(struct_size),
                // What is missing is zero: nobody is trusted.
                Err(fault) if struct_size == offset_of!(cba_verifier_config, trusted) => {
                    assert_eq!(fault, whole(CBA_STATUS_NO_CERTIFICATES));
                }
                Err(fault) => assert_eq!(fault, whole(CBA_STATUS_STRUCT_SIZE), "{struct_size}"),
            }
        }
        assert!(accepted.contains(&offset_of!(cba_verifier_config, intermediates)));
        assert!(accepted.contains(&offset_of!(cba_verifier_config, denied)));
        assert!(accepted.iter().all(|size| size % align_of::<cba_verifier_config>() == 0));
    });
}

#[test]
fn a_structure_at_a_wrong_alignment_is_not_read() {
    let pki = Pki::new();
    let setup = pki.setup();
    let verifier = setup.init().unwrap();
    let space = Space::new(0);
    let memory = Memory::new(size_of::<cba_request>().max(size_of::<cba_verifier_config>()) + 4);
    pki.attempt().request(|request| {
        // SAFETY: there is room.
        let at = unsafe {
            let at = memory.ptr.add(1).cast::<cba_request>();
            at.write_unaligned(*request);
            at
        };
        let outcome = authenticate(verifier.at, at, space.at).outcome();
        assert_eq!(outcome, refused(CBA_STATUS_INVALID_ARGUMENT));
    });
    setup.config(|config| {
        let mut size = 77;
        // SAFETY: there is room.
        let status = unsafe {
            let at = memory.ptr.add(4).cast::<cba_verifier_config>();
            at.write_unaligned(*config);
            cba_verifier_size(at, &raw mut size, ptr::null_mut())
        };
        assert_eq!((status, size), (CBA_STATUS_INVALID_ARGUMENT, 0));
    });
}

#[test]
fn outputs_at_a_wrong_alignment_are_written_all_the_same() {
    let pki = Pki::new();
    let verifier = pki.setup().init().unwrap();
    let space = Space::new(0);
    for (attempt, wanted) in [
        (pki.attempt(), logs_in(common::ALICE)),
        (pki.attempt().with(|attempt| attempt.leaf.clear()), refused(605)),
    ] {
        let expected = attempt.authenticate(&verifier);
        let memory = Memory::new(4096);
        // SAFETY: there is room for each; a login as somebody else stands there.
        unsafe {
            let decision = memory.ptr.add(1).cast::<cba_decision>();
            let device = memory.ptr.add(1025).cast::<cba_device>();
            let audit = memory.ptr.add(2049).cast::<cba_audit>();
            let credential = memory.ptr.add(3073).cast::<cba_credential>();
            let write = || {
                let stale = Answer::stale();
                decision.write_unaligned(stale.decision);
                device.write_unaligned(stale.device);
                audit.write_unaligned(stale.audit);
            };
            let read = || Answer {
                decision: decision.read_unaligned(),
                device: device.read_unaligned(),
                audit: audit.read_unaligned(),
            };
            attempt.request(|request| {
                write();
                cba_authenticate(verifier.at, request, space.at, decision, device, audit);
                let answer = read();
                assert_eq!(answer.outcome(), wanted);
                assert_eq!(image(&answer.device), image(&expected.device));
                assert_eq!(audited(&answer.audit), audited(&expected.audit));
                // Nobody can tell a login from it where it lies.
                assert_eq!(cba_login_email(decision).len, 0);
                write();
                cba_identify(verifier.at, request, space.at, credential, device, audit);
                let good = credential.read_unaligned();
                cba_decide(&raw const good, request, decision, audit);
                let answer = read();
                assert_eq!(answer.outcome(), wanted);
                assert_eq!(audited(&answer.audit), audited(&expected.audit));
                // A credential that is not aligned is not read.
                cba_decide(credential, request, decision, audit);
                assert_eq!(read().outcome(), refused(CBA_STATUS_INVALID_ARGUMENT));
            });
        }
    }
}

#[test]
fn every_output_but_the_result_may_be_null() {
    let pki = Pki::new();
    let setup = pki.setup();
    let verifier = setup.init().unwrap();
    let space = Space::new(0);
    let (mut size, mut credential) = (0, cba_credential::default());
    let mut decision = Answer::stale().decision;
    let nothing = ptr::null_mut();
    setup.config(|config| {
        let memory = Memory::new(setup.size().unwrap());
        let mut verifier = ptr::null();
        // SAFETY: everything lives; NULL is refused or left out.
        unsafe {
            assert_eq!(cba_verifier_size(config, &raw mut size, ptr::null_mut()), CBA_OK);
            assert_eq!(cba_verifier_size(config, ptr::null_mut(), ptr::null_mut()), CBA_STATUS_NULL_POINTER);
            let init =
                |memory, config, verifier| cba_verifier_init(memory, size, config, verifier, ptr::null_mut());
            assert_eq!(init(memory.ptr.cast(), config, &raw mut verifier), CBA_OK);
            assert_eq!(init(memory.ptr.cast(), config, ptr::null_mut()), CBA_STATUS_NULL_POINTER);
            assert_eq!(init(ptr::null_mut(), config, &raw mut verifier), CBA_STATUS_NULL_POINTER);
            assert!(verifier.is_null());
            assert_eq!(init(memory.ptr.cast(), ptr::null(), &raw mut verifier), CBA_STATUS_NULL_POINTER);
            assert_eq!(cba_workspace_init(memory.ptr.cast(), size, ptr::null_mut()), CBA_STATUS_NULL_POINTER);
            let mut workspace = ptr::dangling_mut();
            assert_eq!(
                cba_workspace_init(ptr::null_mut(), 9000, &raw mut workspace),
                CBA_STATUS_NULL_POINTER
            );
            assert!(workspace.is_null());
        }
    });
    pki.attempt().request(|request| {
        // SAFETY: as above.
        unsafe {
            let at = verifier.at;
            cba_authenticate(at, request, space.at, ptr::null_mut(), ptr::null_mut(), ptr::null_mut());
            cba_authenticate(at, request, space.at, &raw mut decision, ptr::null_mut(), ptr::null_mut());
            assert_eq!(decision.verdict, CBA_LOGIN);
            cba_identify(at, request, space.at, nothing, ptr::null_mut(), ptr::null_mut());
            cba_identify(at, request, space.at, &raw mut credential, ptr::null_mut(), ptr::null_mut());
            cba_decide(&raw const credential, request, ptr::null_mut(), ptr::null_mut());
            cba_decide(&raw const credential, request, &raw mut decision, ptr::null_mut());
            assert_eq!(decision.verdict, CBA_LOGIN);
            for (credential, request) in
                [(ptr::null(), ptr::from_ref(request)), (&raw const credential, ptr::null())]
            {
                decision = Answer::stale().decision;
                cba_decide(credential, request, &raw mut decision, ptr::null_mut());
                assert_eq!((decision.verdict, decision.reason), (CBA_REFUSED, CBA_STATUS_NULL_POINTER));
            }
            for empty in [cba_login_email(ptr::null()), cba_password_email(ptr::null())] {
                assert_eq!((empty.ptr, empty.len), (ptr::null(), 0));
            }
            assert_eq!(cba_verifier_anchors(ptr::null()), 0);
        }
    });
}

#[test]
fn misuse_is_a_refusal_with_its_reason_and_outputs_that_are_zero() {
    let pki = Pki::new();
    let verifier = pki.setup().init().unwrap();
    let space = Space::new(4);
    let presented = [NOWHERE];
    pki.attempt().request(|good| {
        let misused = |request: *const cba_request, verifier, space, reason| {
            let answer = authenticate(verifier, request, space);
            assert_eq!(answer.outcome(), refused(reason));
            assert_eq!(image(&answer.device), image(&Answer { device: none(), ..Answer::stale() }.device));
            assert_eq!((answer.audit.verdict, answer.audit.reason), (CBA_REFUSED, reason));
        };
        let null = CBA_STATUS_NULL_POINTER;
        misused(ptr::null(), verifier.at, space.at, null);
        misused(good, ptr::null(), space.at, null);
        misused(good, verifier.at, ptr::null_mut(), null);
        let bad = |request: cba_request, reason| misused(&raw const request, verifier.at, space.at, reason);
        bad(cba_request { leaf: NOWHERE, ..*good }, null);
        bad(cba_request { presented: ptr::null(), presented_len: 1, ..*good }, null);
        bad(cba_request { presented: presented.as_ptr(), presented_len: 1, ..*good }, null);
        let invalid = CBA_STATUS_INVALID_ARGUMENT;
        bad(cba_request { leaf: cba_span { len: usize::MAX, ..good.leaf }, ..*good }, invalid);
        bad(cba_request { presented: presented.as_ptr(), presented_len: usize::MAX, ..*good }, invalid);
        bad(
            cba_request { presented_len: usize::MAX / 16 + 1, presented: presented.as_ptr(), ..*good },
            invalid,
        );
        let misaligned = presented.as_ptr().wrapping_byte_add(1);
        bad(cba_request { presented: misaligned, presented_len: 1, ..*good }, invalid);
        for mode in [CBA_MODE_UNSET, 4, u32::MAX] {
            bad(cba_request { mode, ..*good }, invalid);
        }
        for possession in [3, 4, u32::MAX] {
            bad(cba_request { possession, ..*good }, invalid);
        }
        bad(cba_request { reserved_at_end: 1, ..*good }, invalid);
        bad(cba_request { mode: CBA_MODE_SECONDARY, login_id: NOWHERE, ..*good }, null);
        // A list of nothing may be anywhere.
        let request = cba_request { presented: misaligned, presented_len: 0, ..*good };
        assert_eq!(authenticate(verifier.at, &raw const request, space.at).outcome(), logs_in(common::ALICE));
    });
}

/// A device of which nothing is known.
fn none() -> cba_device {
    let empty = cba_span { ptr: ptr::null(), len: 0 };
    cba_device {
        fingerprint: [0; 32],
        public_key_hash: [0; 32],
        not_after: 0,
        serial: empty,
        issuer: empty,
        subject: empty,
        name_kind: CBA_DEVICE_NONE,
        name: empty,
    }
}

#[test]
fn an_empty_request_lets_nobody_in() {
    let pki = Pki::new();
    let verifier = pki.setup().init().unwrap();
    let space = Space::new(0);
    let empty = cba_request::default();
    assert_eq!(
        authenticate(verifier.at, &raw const empty, space.at).outcome(),
        (CBA_REFUSED, CBA_STATUS_INVALID_ARGUMENT, String::new())
    );
    for mode in [CBA_MODE_PRIMARY, CBA_MODE_SECONDARY] {
        let request = cba_request { mode, ..empty };
        assert_eq!(authenticate(verifier.at, &raw const request, space.at).outcome(), refused(605));
        pki.attempt().request(|good| {
            let request = cba_request { mode, leaf: good.leaf, time: good.time, ..empty };
            assert_eq!(authenticate(verifier.at, &raw const request, space.at).outcome(), refused(600));
        });
    }
    assert_eq!(NO_FAULT.status, CBA_OK);
}

#[test]
fn a_decision_that_the_library_did_not_write_gives_no_email_beyond_its_array() {
    let stale = Answer::stale().decision;
    for email_len in [257, 1000, u32::MAX] {
        let decision = cba_decision { email_len, ..stale };
        // SAFETY: the decision lives.
        assert_eq!(unsafe { cba_login_email(&raw const decision) }.len, 0);
    }
    for verdict in [CBA_REFUSED, CBA_DISABLED, 4, u32::MAX] {
        let decision = cba_decision { verdict, ..stale };
        // SAFETY: as above.
        unsafe {
            assert_eq!(cba_login_email(&raw const decision).len, 0);
            assert_eq!(cba_password_email(&raw const decision).len, 0);
        }
    }
}
