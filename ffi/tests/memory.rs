//! Memory of the caller: how much is needed, how it must lie, and that nothing beyond it is touched. Run under
//! AddressSanitizer, each of these also shows that.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::missing_panics_doc,
    reason = "a panic is how a test fails"
)]

mod common;

use cba_ffi::*;
use common::{Memory, NO_FAULT, Pki, STALE, Setup, Space, Trusted, init, logs_in, refused, whole};
use std::ptr;

/// Everything that a verifier can hold, in PEM and in DER.
fn full(pki: &Pki) -> Setup {
    let pem = test_pki::pem(pki.root.certificate_der()) + &test_pki::pem(pki.issuing.certificate_der());
    pki.setup().with(|setup| {
        let domains = Some(vec![b"example.com".to_vec(), b".partner.example".to_vec()]);
        setup.trusted.push(Trusted { certificates: pem.into(), domains });
        setup.intermediates.push(test_pki::pem(pki.issuing.certificate_der()).into());
        setup.denied.push(format!("key {}\ncertificate {}\n", "0f".repeat(32), "f0".repeat(32)).into());
    })
}

#[test]
fn a_verifier_needs_exactly_what_cba_verifier_size_says() {
    let pki = Pki::new();
    for setup in [pki.setup(), full(&pki), full(&pki).with(|setup| setup.options.borrow = CBA_BORROW_DER)] {
        let needed = setup.size().unwrap();
        for len in 0..needed {
            let outcome = setup.init_in(Memory::new(len)).err();
            assert_eq!(outcome, Some(whole(CBA_STATUS_MEMORY_TOO_SMALL)), "{len} of {needed}");
        }
        for len in [needed, needed + 1, needed + 1000] {
            let verifier = setup.init_in(Memory::new(len)).unwrap();
            assert_eq!(pki.attempt().outcome(&verifier), logs_in(common::ALICE), "{len} of {needed}");
        }
    }
}

#[test]
fn too_little_memory_is_not_written_to() {
    let setup = full(&Pki::new());
    for len in [0, 1, 7, 8, 100, setup.size().unwrap() - 1] {
        let memory = Memory::new(len);
        assert!(setup.config(|config| init(&memory, config)).is_err());
        assert!(common::bytes(memory.span()).iter().all(|&byte| byte == 0xa5), "{len}");
    }
}

#[test]
fn the_bound_for_memory_set_aside_at_compile_time_holds() {
    let bound = |anchors: usize, intermediates: usize, denied: usize, domains: usize, bytes: usize| {
        CBA_VERIFIER_BASE_SIZE
            + anchors * CBA_VERIFIER_ANCHOR_SIZE
            + intermediates * CBA_CERTIFICATE_SIZE
            + denied * CBA_VERIFIER_DENIED_SIZE
            + domains * CBA_VERIFIER_DOMAIN_SIZE
            + bytes
    };
    let pki = Pki::new();
    let (root, issuing) = (pki.root_der(), pki.issuing_der());
    for anchors in [1, 2, 17] {
        for intermediates in [0, 1, 9] {
            for denied in [0, 1, 33] {
                for domains in [0, 1, 5] {
                    let setup = Setup::new(&[]).with(|setup| {
                        let domains = (domains > 0).then(|| vec![b"example.com".to_vec(); domains]);
                        setup.trusted.push(Trusted { certificates: root.repeat(anchors), domains });
                        setup.intermediates = vec![issuing.clone(); intermediates];
                        setup.denied.push(format!("key {}\n", "0f".repeat(32)).repeat(denied).into());
                    });
                    let names = domains * "example.com".len();
                    let ders = anchors * root.len() + intermediates * issuing.len();
                    let needed = setup.size().unwrap();
                    assert!(needed <= bound(anchors, intermediates, denied, domains, ders + names));
                    let pem = Setup::new(&[]).with(|pem| {
                        let text = test_pki::pem(&root).repeat(anchors);
                        let domains = setup.trusted[0].domains.clone();
                        pem.trusted.push(Trusted { certificates: text.into(), domains });
                        pem.intermediates =
                            vec![test_pki::pem(&issuing).replace('\n', "\r\n").into(); intermediates];
                        pem.denied = setup.denied.clone();
                    });
                    assert_eq!(pem.size().unwrap(), needed);
                    let borrowing = setup.with(|setup| setup.options.borrow = CBA_BORROW_DER);
                    let borrowed = borrowing.size().unwrap();
                    assert_eq!(borrowed, needed - ders);
                    assert!(borrowed <= bound(anchors, intermediates, denied, domains, names));
                    let verifier = borrowing.init().unwrap();
                    // SAFETY: the verifier lives.
                    assert_eq!(unsafe { cba_verifier_anchors(verifier.at) }, anchors);
                }
            }
        }
    }
}

#[test]
fn a_verifier_at_a_wrong_alignment_is_refused() {
    let setup = full(&Pki::new());
    let needed = setup.size().unwrap();
    let memory = Memory::new(needed + 16);
    for shift in 0..16 {
        let (mut verifier, mut fault) = (ptr::dangling(), STALE);
        let status = setup.config(|config| {
            // SAFETY: there is so much memory behind `shift`.
            unsafe {
                let at = memory.ptr.add(shift).cast();
                cba_verifier_init(at, needed, config, &raw mut verifier, &raw mut fault)
            }
        });
        let wanted = if shift % CBA_VERIFIER_ALIGN == 0 { CBA_OK } else { CBA_STATUS_MISALIGNED };
        assert_eq!((status, fault), (wanted, whole(wanted)), "{shift}");
        assert_eq!(verifier.is_null(), wanted != CBA_OK);
    }
}

#[test]
fn a_length_that_no_memory_has_is_refused() {
    let setup = full(&Pki::new());
    let memory = Memory::new(setup.size().unwrap());
    for len in [usize::MAX, usize::MAX / 2 + 1] {
        let (mut verifier, mut fault) = (ptr::dangling(), STALE);
        let status = setup.config(|config| {
            // SAFETY: the length is refused before anything is written.
            unsafe { cba_verifier_init(memory.ptr.cast(), len, config, &raw mut verifier, &raw mut fault) }
        });
        assert_eq!((status, fault), (CBA_STATUS_INVALID_ARGUMENT, whole(CBA_STATUS_INVALID_ARGUMENT)));
        assert!(verifier.is_null());
        let mut workspace = ptr::dangling_mut();
        // SAFETY: as above.
        let status = unsafe { cba_workspace_init(memory.ptr.cast(), len, &raw mut workspace) };
        assert_eq!(status, CBA_STATUS_INVALID_ARGUMENT);
        assert!(workspace.is_null());
    }
}

#[test]
fn what_the_configuration_points_to_may_go_once_the_verifier_is_prepared() {
    let pki = Pki::new();
    let root = Memory::of(pki.root.certificate_der());
    let issuing = Memory::of(test_pki::pem(pki.issuing.certificate_der()).as_bytes());
    let domain = Memory::of(b"example.com");
    let domains = [domain.span()];
    let denied = Memory::of(format!("key {}", "0f".repeat(32)).as_bytes());
    let memory = Memory::new(8192);
    let prepared = |borrow| {
        let trusted = [cba_trusted {
            certificates: root.span(),
            email_domains: domains.as_ptr(),
            email_domains_len: 1,
        }];
        let (intermediates, denied) = ([issuing.span()], [denied.span()]);
        let config = cba_verifier_config {
            trusted: trusted.as_ptr(),
            trusted_len: 1,
            intermediates: intermediates.as_ptr(),
            intermediates_len: 1,
            denied: denied.as_ptr(),
            denied_len: 1,
            borrow,
            ..cba_verifier_config::default()
        };
        init(&memory, &config).unwrap()
    };
    let space = Space::new(0);
    let borrowing = prepared(CBA_BORROW_DER);
    assert_eq!(pki.attempt().authenticate_in(borrowing, space.at).outcome(), logs_in(common::ALICE));
    let verifier = prepared(0);
    for gone in [&issuing, &domain, &denied, &root] {
        gone.overwrite(0xff);
        assert_eq!(pki.attempt().authenticate_in(verifier, space.at).outcome(), logs_in(common::ALICE));
    }
}

#[test]
fn certificates_in_der_are_borrowed_where_that_is_asked_for() {
    let pki = Pki::new();
    let setup = pki.setup().with(|setup| setup.options.borrow = CBA_BORROW_DER);
    let verifier = setup.init().unwrap();
    assert_eq!(pki.attempt().outcome(&verifier), logs_in(common::ALICE));
    // PEM is decoded into the verifier all the same.
    let pem = Setup::new(&[test_pki::pem(pki.root.certificate_der()).as_bytes()]);
    let borrowing = Setup::new(&[test_pki::pem(pki.root.certificate_der()).as_bytes()])
        .with(|setup| setup.options.borrow = CBA_BORROW_DER);
    assert_eq!(pem.size(), borrowing.size());
    assert_eq!(
        setup.size().unwrap() + pki.root_der().len() + pki.issuing_der().len(),
        pki.setup().size().unwrap()
    );
}

#[test]
fn a_workspace_has_room_for_as_many_certificates_as_its_size_says() {
    let pki = Pki::new();
    let verifier = Setup::new(&[pki.root.certificate_der()]).init().unwrap();
    for room in 0..5 {
        let space = Space::new(room);
        for presented in 0..=room {
            let attempt =
                pki.attempt().with(|attempt| attempt.presented = vec![pki.issuing_der(); presented]);
            let wanted = if presented == 0 { refused(400) } else { logs_in(common::ALICE) };
            assert_eq!(attempt.authenticate_in(verifier.at, space.at).outcome(), wanted);
        }
        let many = pki.attempt().with(|attempt| attempt.presented = vec![pki.issuing_der(); room + 100]);
        let outcome = many.authenticate_in(verifier.at, space.at).outcome();
        assert_eq!(outcome, refused(CBA_STATUS_TOO_MANY_CERTIFICATES));
    }
}

#[test]
fn a_workspace_of_any_length_works_within_it_or_is_refused() {
    let pki = Pki::new();
    let verifier = Setup::new(&[pki.root.certificate_der()]).init().unwrap();
    let attempt = pki.attempt().with(|attempt| attempt.presented = vec![pki.issuing_der(); 2]);
    let (mut least, mut fit) = (usize::MAX, usize::MAX);
    for len in 0..=CBA_WORKSPACE_BASE_SIZE + 2 * CBA_CERTIFICATE_SIZE {
        match Space::of(len) {
            Err(status) => {
                assert_eq!(status, CBA_STATUS_MEMORY_TOO_SMALL);
                assert_eq!(least, usize::MAX, "{len}");
            }
            Ok(space) => {
                least = least.min(len);
                let outcome = attempt.authenticate_in(verifier.at, space.at).outcome();
                if outcome == refused(CBA_STATUS_TOO_MANY_CERTIFICATES) {
                    assert_eq!(fit, usize::MAX, "{len}");
                } else {
                    assert_eq!(outcome, logs_in(common::ALICE));
                    fit = fit.min(len);
                }
            }
        }
    }
    assert!(least <= CBA_WORKSPACE_BASE_SIZE && fit <= CBA_WORKSPACE_BASE_SIZE + 2 * CBA_CERTIFICATE_SIZE);
}

#[test]
fn a_workspace_at_a_wrong_alignment_is_refused() {
    let memory = Memory::new(CBA_WORKSPACE_BASE_SIZE + 16);
    for shift in 0..16 {
        let mut workspace = ptr::dangling_mut();
        // SAFETY: there is so much memory behind `shift`.
        let status = unsafe {
            cba_workspace_init(memory.ptr.add(shift).cast(), CBA_WORKSPACE_BASE_SIZE, &raw mut workspace)
        };
        let wanted = if shift % CBA_WORKSPACE_ALIGN == 0 { CBA_OK } else { CBA_STATUS_MISALIGNED };
        assert_eq!(status, wanted, "{shift}");
        assert_eq!(workspace.is_null(), wanted != CBA_OK);
    }
}

#[test]
fn a_verifier_or_workspace_that_was_moved_or_never_was_is_refused() {
    let pki = Pki::new();
    let setup = pki.setup();
    let memory = Memory::new(setup.size().unwrap());
    let verifier = setup.config(|config| init(&memory, config)).unwrap();
    let space = Space::new(0);
    let copy = Memory::new(memory.len);
    // SAFETY: both are so long.
    unsafe { ptr::copy_nonoverlapping(memory.ptr, copy.ptr, memory.len) };
    let garbage = Memory::new(CBA_WORKSPACE_BASE_SIZE);
    let outcome = |verifier, space| pki.attempt().authenticate_in(verifier, space).outcome();
    assert_eq!(outcome(verifier, space.at), logs_in(common::ALICE));
    for no_verifier in [copy.ptr, garbage.ptr, memory.ptr.wrapping_add(1), memory.ptr.wrapping_add(8)] {
        assert_eq!(outcome(no_verifier.cast(), space.at), refused(CBA_STATUS_NOT_INITIALIZED));
        // SAFETY: so much can be read there.
        assert_eq!(unsafe { cba_verifier_anchors(no_verifier.cast()) }, 0);
    }
    for no_workspace in [garbage.ptr.cast(), memory.ptr.cast(), space.at.cast::<u8>().wrapping_add(4).cast()]
    {
        assert_eq!(outcome(verifier, no_workspace), refused(CBA_STATUS_NOT_INITIALIZED));
    }
    memory.overwrite(0);
    assert_eq!(outcome(verifier, space.at), refused(CBA_STATUS_NOT_INITIALIZED));
}

#[test]
fn memory_that_failed_to_become_a_verifier_is_none() {
    let pki = Pki::new();
    let setup = pki.setup();
    let memory = Memory::new(setup.size().unwrap() + 100);
    let old = setup.config(|config| init(&memory, config)).unwrap();
    // The fault shows only once the memory is being filled.
    let bad = pki.setup().with(|setup| setup.intermediates[0][60] ^= 0xff);
    let fault = bad.config(|config| init(&memory, config)).unwrap_err();
    assert_eq!((fault.part, fault != NO_FAULT), (CBA_PART_INTERMEDIATES, true));
    let outcome = pki.attempt().authenticate_in(old, Space::new(0).at).outcome();
    assert_eq!(outcome, refused(CBA_STATUS_NOT_INITIALIZED));
}
