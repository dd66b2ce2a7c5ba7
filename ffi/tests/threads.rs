//! One verifier serves any number of threads; one workspace serves one call at a time.
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
use common::{ALICE, Attempt, Pki, Setup, Space, logs_in, refused};
use std::sync::Barrier;
use std::thread;
use test_pki::{Authority, Key};

/// A workspace that a test hands to several threads: what a program must not do.
struct Shared(Space);

// SAFETY: the library refuses whoever comes second.
unsafe impl Sync for Shared {}

#[test]
fn sixteen_threads_get_the_same_answers_from_one_verifier() {
    let pki = Pki::new();
    let verifier = pki.setup().init().unwrap();
    let mut forged = pki.alice().build();
    *forged.last_mut().unwrap() ^= 1;
    let attempts = [
        (pki.attempt(), logs_in(ALICE)),
        (pki.attempt().typing("bob@example.com"), refused(602)),
        (Attempt::new(forged, Vec::new()), refused(309)),
        (
            Attempt::new(pki.client().email("bob@example.com").build(), vec![pki.root_der()]),
            logs_in("bob@example.com"),
        ),
    ];
    let barrier = Barrier::new(16);
    let calls: usize = thread::scope(|scope| {
        let threads: Vec<_> = (0..16)
            .map(|thread| {
                let (attempts, verifier, barrier) = (&attempts, &verifier, &barrier);
                scope.spawn(move || {
                    let space = Space::new(1);
                    barrier.wait();
                    for round in 0..100 {
                        let (attempt, wanted) = &attempts[(thread + round) % attempts.len()];
                        assert_eq!(attempt.authenticate_in(verifier.at, space.at).outcome(), *wanted);
                    }
                    100
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).sum()
    });
    assert_eq!(calls, 1600);
}

#[test]
fn a_workspace_in_use_by_another_thread_is_refused_and_free_again_afterwards() {
    // Many certificates by one name, so that calls take long enough to meet.
    let pki = Pki::new();
    let twins: Vec<u8> =
        (10..40).flat_map(|seed| pki.root.issue_ca("Issuing", Key::p256(seed)).build()).collect();
    let verifier = pki.setup().with(|setup| setup.intermediates.insert(0, twins)).init().unwrap();
    let shared = Shared(Space::new(0));
    let mut busy = 0;
    // Which calls meet is up to the scheduler: as often as it takes, within reason.
    for _ in 0..100 {
        let barrier = Barrier::new(8);
        busy += thread::scope(|scope| {
            let threads: Vec<_> = (0..8)
                .map(|_| {
                    let (pki, verifier, shared, barrier) = (&pki, &verifier, &shared, &barrier);
                    scope.spawn(move || {
                        let attempt = pki.attempt();
                        barrier.wait();
                        let outcomes =
                            (0..20).map(|_| attempt.authenticate_in(verifier.at, shared.0.at).outcome());
                        outcomes.fold(0_usize, |busy, outcome| {
                            if outcome == refused(CBA_STATUS_WORKSPACE_BUSY) {
                                return busy + 1;
                            }
                            assert_eq!(outcome, logs_in(ALICE));
                            busy
                        })
                    })
                })
                .collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).sum::<usize>()
        });
        assert_eq!(pki.attempt().authenticate_in(verifier.at, shared.0.at).outcome(), logs_in(ALICE));
        if busy > 0 {
            return;
        }
    }
    panic!("no two calls met");
}

#[test]
fn a_workspace_serves_verifiers_in_turn_and_keeps_nothing_of_them() {
    let pki = Pki::new();
    let ours = pki.setup().init().unwrap();
    let theirs = Authority::root("Theirs", Key::p256(8));
    let theirs = Setup::new(&[theirs.certificate_der()]).init().unwrap();
    let space = Space::new(3);
    let presenting =
        pki.attempt().with(|attempt| attempt.presented = vec![pki.issuing_der(), pki.root_der()]);
    let broken = pki.attempt().with(|attempt| attempt.presented = vec![pki.issuing_der(), b"none".to_vec()]);
    for _ in 0..10 {
        assert_eq!(presenting.authenticate_in(ours.at, space.at).outcome(), logs_in(ALICE));
        assert_eq!(broken.authenticate_in(ours.at, space.at).outcome().0, CBA_REFUSED);
        assert_eq!(presenting.authenticate_in(theirs.at, space.at).outcome(), refused(400));
        // The issuing CA that was presented before is gone.
        assert_eq!(pki.attempt().authenticate_in(theirs.at, space.at).outcome(), refused(400));
        assert_eq!(pki.attempt().authenticate_in(ours.at, space.at).outcome(), logs_in(ALICE));
    }
}

#[test]
fn sixteen_threads_share_one_credential() {
    let pki = Pki::new();
    let (credential, _, audit) = pki.attempt().identify(&pki.setup().init().unwrap());
    let attempt = pki.attempt();
    thread::scope(|scope| {
        for _ in 0..16 {
            scope.spawn(|| {
                let mut audit = audit;
                for _ in 0..200 {
                    assert_eq!(attempt.decide(&credential, &mut audit).verdict, CBA_LOGIN);
                }
            });
        }
    });
}
