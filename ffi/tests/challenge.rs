//! Challenges through the C ABI: one attempt, one decision, and every misuse a refusal with its reason.
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
use common::{ALICE, Answer, Attempt, NOW, NOWHERE, Pki, Space, Verifier, bytes, logs_in, refused, span};
use std::mem::{MaybeUninit, size_of};
use std::ptr;
use test_pki::{Hash, Key, SignatureScheme};

const NAME: &[u8] = b"login.example.com";
const EXPIRY: i64 = NOW + 60;
const ECDSA: SignatureScheme = SignatureScheme::Ecdsa(Hash::Sha256);

fn input() -> cba_challenge_input {
    cba_challenge_input {
        verifier_name: span(NAME),
        time: NOW,
        expiry: EXPIRY,
        nonce: [7; 32],
        ..cba_challenge_input::default()
    }
}

/// What a structure that is opaque holds, if all of it was written.
fn is_zero(words: &[MaybeUninit<u64>]) -> bool {
    // SAFETY: asked of zeroed structures only, every word of which is written.
    words.iter().all(|word| unsafe { word.assume_init() } == 0)
}

fn init(
    credential: *const cba_credential,
    input: *const cba_challenge_input,
) -> Result<Box<cba_challenge>, cba_status> {
    let mut challenge = Box::new(cba_challenge { opaque: [MaybeUninit::new(!0); CBA_CHALLENGE_WORDS] });
    // SAFETY: everything lives.
    match unsafe { cba_challenge_init(credential, input, &raw mut *challenge) } {
        CBA_OK => Ok(challenge),
        status => {
            assert!(is_zero(&challenge.opaque));
            Err(status)
        }
    }
}

fn message(challenge: &cba_challenge) -> Vec<u8> {
    // SAFETY: the challenge lives.
    bytes(unsafe { cba_challenge_message(challenge) })
}

/// Somebody's token, and the verifier before it.
struct Token {
    verifier: Verifier,
    key: Key,
    attempt: Attempt,
    credential: cba_credential,
    audit: cba_audit,
}

impl Token {
    fn new(key: Key) -> Self {
        let pki = Pki::new();
        let leaf = pki.issuing.issue(key.clone()).email(ALICE).build();
        let verifier = pki.setup().init().unwrap();
        let attempt = Attempt::new(leaf, Vec::new())
            .with(|attempt| attempt.options.possession = CBA_POSSESSION_PROVEN_BY_CHALLENGE);
        let (credential, _, audit) = attempt.identify(&verifier);
        Self { verifier, key, attempt, credential, audit }
    }

    fn p256() -> Self {
        Self::new(Key::p256(3))
    }

    fn challenge(&self) -> Box<cba_challenge> {
        init(&raw const self.credential, ptr::from_ref(&input())).unwrap()
    }

    fn sign(&self, challenge: &cba_challenge) -> Vec<u8> {
        self.key.sign(ECDSA, &message(challenge))
    }

    /// An answer in DER.
    fn answer_of(&self, signature: &[u8]) -> cba_answer {
        cba_answer {
            leaf: span(&self.attempt.leaf),
            signature: span(signature),
            time: NOW,
            form: CBA_ANSWER_ECDSA_DER,
            hash: CBA_HASH_SHA256,
            ..cba_answer::default()
        }
    }

    fn answer(&self, challenge: *mut cba_challenge, answer: *const cba_answer) -> Box<cba_proof> {
        answer_to(self.verifier.at, challenge, answer)
    }

    /// What follows from a proof, in the decision and in the record.
    fn decide(&self, proof: *mut cba_proof) -> (cba_verdict, cba_status, String) {
        self.decide_as(proof, |_| {})
    }

    fn decide_as(
        &self,
        proof: *mut cba_proof,
        change: impl FnOnce(&mut cba_request),
    ) -> (cba_verdict, cba_status, String) {
        let mut answer = Answer { audit: self.audit, ..Answer::stale() };
        self.attempt.request(|request| {
            let mut request = cba_request { proof, ..*request };
            change(&mut request);
            // SAFETY: everything lives.
            unsafe {
                cba_decide(
                    &raw const self.credential,
                    &raw const request,
                    &raw mut answer.decision,
                    &raw mut answer.audit,
                );
            }
        });
        assert_eq!(
            (answer.audit.verdict, answer.audit.reason),
            (answer.decision.verdict, answer.decision.reason)
        );
        answer.outcome()
    }

    /// The outcome of a right answer, but for what is changed.
    fn outcome(&self, change: impl FnOnce(&mut cba_answer)) -> (cba_verdict, cba_status, String) {
        let mut challenge = self.challenge();
        let signature = self.sign(&challenge);
        let mut answer = self.answer_of(&signature);
        change(&mut answer);
        let mut proof = self.answer(&raw mut *challenge, &raw const answer);
        assert_eq!(message(&challenge), []);
        self.decide(&raw mut *proof)
    }

    fn proof(&self) -> Box<cba_proof> {
        let mut challenge = self.challenge();
        let signature = self.sign(&challenge);
        self.answer(&raw mut *challenge, ptr::from_ref(&self.answer_of(&signature)))
    }
}

fn answer_to(
    verifier: *const cba_verifier,
    challenge: *mut cba_challenge,
    answer: *const cba_answer,
) -> Box<cba_proof> {
    let mut proof = Box::new(cba_proof { opaque: [MaybeUninit::new(!0); CBA_PROOF_WORDS] });
    // SAFETY: everything lives, or is NULL.
    unsafe { cba_challenge_answer(verifier, challenge, answer, &raw mut *proof) };
    proof
}

/// r and s of an ECDSA signature in DER, each in `len` bytes.
fn raw(der: &[u8], len: usize) -> Vec<u8> {
    let (mut raw, mut rest) = (Vec::new(), &der[2..]);
    while let [2, count, behind @ ..] = rest {
        let (number, behind) = behind.split_at(usize::from(*count));
        let digits = number.strip_prefix(&[0]).unwrap_or(number);
        raw.extend(vec![0; len - digits.len()]);
        raw.extend(digits);
        rest = behind;
    }
    raw
}

// -- right answers --

#[test]
fn a_right_answer_in_every_form_logs_in() {
    for (number, hash) in
        [(CBA_HASH_SHA256, Hash::Sha256), (CBA_HASH_SHA384, Hash::Sha384), (CBA_HASH_SHA512, Hash::Sha512)]
    {
        let ecdsa = SignatureScheme::Ecdsa(hash);
        for (key, scheme, form, len) in [
            (Key::p256(3), ecdsa, CBA_ANSWER_ECDSA_DER, 0),
            (Key::p256(3), ecdsa, CBA_ANSWER_ECDSA_RAW, 32),
            (Key::p384(3), ecdsa, CBA_ANSWER_ECDSA_RAW, 48),
            (Key::rsa(2048), SignatureScheme::Pkcs1(hash), CBA_ANSWER_RSA_PKCS1, 0),
            (Key::rsa(2048), SignatureScheme::pss(hash), CBA_ANSWER_RSA_PSS, 0),
            (Key::ed25519(3), SignatureScheme::Ed25519, CBA_ANSWER_ED25519, 0),
        ] {
            let token = Token::new(key);
            let mut challenge = token.challenge();
            let mut signature = token.key.sign(scheme, &message(&challenge));
            if len != 0 {
                signature = raw(&signature, len);
            }
            let hash = if form == CBA_ANSWER_ED25519 { 0 } else { number };
            let answer = cba_answer { form, hash, ..token.answer_of(&signature) };
            let mut proof = token.answer(&raw mut *challenge, &raw const answer);
            assert_eq!(token.decide(&raw mut *proof), logs_in(ALICE), "form {form}, hash {number}");
        }
    }
}

#[test]
fn one_step_takes_a_proof_too() {
    let token = Token::p256();
    let mut proof = token.proof();
    let space = Space::new(0);
    token.attempt.request(|request| {
        let request = cba_request { proof: &raw mut *proof, ..*request };
        let outcome = || common::authenticate(token.verifier.at, &raw const request, space.at).outcome();
        assert_eq!(outcome(), logs_in(ALICE));
        assert_eq!(outcome(), refused(CBA_STATUS_ALREADY_USED));
    });
}

#[test]
fn the_digest_is_that_of_the_message() {
    let challenge = Token::p256().challenge();
    let message = message(&challenge);
    assert!(message.starts_with(b"libcba possession challenge, v1\0"));
    assert!(message.ends_with(b"\x11login.example.com"));
    let digest = |hash| {
        let mut digest = cba_digest { bytes: [7; 64], len: 7 };
        // SAFETY: everything lives.
        let status = unsafe { cba_challenge_digest(&raw const *challenge, hash, &raw mut digest) };
        (status, digest.len, digest.bytes)
    };
    let (status, len, sha256) = digest(CBA_HASH_SHA256);
    assert_eq!((status, len), (CBA_OK, 32));
    assert_eq!(sha256[..32], cba_core::sha256(&message));
    for (hash, expected) in [(CBA_HASH_SHA256, 32), (CBA_HASH_SHA384, 48), (CBA_HASH_SHA512, 64)] {
        let (status, len, bytes) = digest(hash);
        assert_eq!((status, len), (CBA_OK, expected));
        assert!(bytes[expected as usize..].iter().all(|&byte| byte == 0));
    }
    for hash in [0, 4, u32::MAX] {
        assert_eq!(digest(hash), (CBA_STATUS_INVALID_ARGUMENT, 0, [0; 64]));
    }
}

// -- once --

#[test]
fn a_second_answer_is_misuse_whatever_the_first_was() {
    let token = Token::p256();
    for right in [true, false] {
        let mut challenge = token.challenge();
        let signature = token.sign(&challenge);
        let good = token.answer_of(&signature);
        let first = if right { good } else { cba_answer { signature: span(b"no"), ..good } };
        let mut proof = token.answer(&raw mut *challenge, &raw const first);
        let expected = if right { logs_in(ALICE) } else { refused(611) };
        assert_eq!(token.decide(&raw mut *proof), expected);
        // The same answer again.
        let mut proof = token.answer(&raw mut *challenge, &raw const good);
        assert_eq!(token.decide(&raw mut *proof), refused(CBA_STATUS_ALREADY_USED));
        let mut digest = cba_digest { bytes: [7; 64], len: 7 };
        // SAFETY: everything lives.
        let status = unsafe { cba_challenge_digest(&raw const *challenge, 1, &raw mut digest) };
        assert_eq!((status, digest.len), (CBA_STATUS_ALREADY_USED, 0));
    }
}

#[test]
fn an_attempt_with_arguments_that_are_wrong_is_an_attempt() {
    let token = Token::p256();
    let spoilt = |spoil: &dyn Fn(*mut cba_challenge, &cba_answer)| {
        let mut challenge = token.challenge();
        let signature = token.sign(&challenge);
        let answer = token.answer_of(&signature);
        spoil(&raw mut *challenge, &answer);
        let mut proof = token.answer(&raw mut *challenge, &raw const answer);
        assert_eq!(token.decide(&raw mut *proof), refused(CBA_STATUS_ALREADY_USED));
    };
    spoilt(&|challenge, answer| drop(answer_to(ptr::null(), challenge, answer)));
    spoilt(&|challenge, _| drop(token.answer(challenge, ptr::null())));
    // SAFETY: everything lives, or is NULL.
    spoilt(&|challenge, answer| unsafe {
        cba_challenge_answer(token.verifier.at, challenge, answer, ptr::null_mut());
    });
    spoilt(&|challenge, answer| {
        drop(token.answer(challenge, ptr::from_ref(&cba_answer { form: 9, ..*answer })))
    });
}

#[test]
fn a_proof_counts_once_whatever_is_decided() {
    let token = Token::p256();
    let mut proof = token.proof();
    assert_eq!(token.decide(&raw mut *proof), logs_in(ALICE));
    assert_eq!(token.decide(&raw mut *proof), refused(CBA_STATUS_ALREADY_USED));
    for (change, expected) in [
        (&(|request: &mut cba_request| request.time = NOW - 1) as &dyn Fn(&mut cba_request), refused(612)),
        (&|request| request.mode = CBA_MODE_SECONDARY, refused(601)),
        (&|request| request.mode = CBA_MODE_OFF, (CBA_DISABLED, CBA_OK, String::new())),
        (&|request| request.mode = 9, refused(CBA_STATUS_INVALID_ARGUMENT)),
        (&|request| request.login_id = NOWHERE, refused(CBA_STATUS_NULL_POINTER)),
    ] {
        let mut proof = token.proof();
        assert_eq!(token.decide_as(&raw mut *proof, change), expected);
        assert_eq!(token.decide(&raw mut *proof), refused(CBA_STATUS_ALREADY_USED));
    }
    // Without a credential, too.
    let mut proof = token.proof();
    let mut decision = Answer::stale().decision;
    token.attempt.request(|request| {
        let request = cba_request { proof: &raw mut *proof, ..*request };
        // SAFETY: everything lives, or is NULL.
        unsafe { cba_decide(ptr::null(), &raw const request, &raw mut decision, ptr::null_mut()) };
    });
    assert_eq!((decision.verdict, decision.reason), (CBA_REFUSED, CBA_STATUS_NULL_POINTER));
    assert_eq!(token.decide(&raw mut *proof), refused(CBA_STATUS_ALREADY_USED));
}

#[test]
fn a_proof_that_is_not_asked_for_is_left_alone() {
    let token = Token::p256();
    let mut proof = token.proof();
    let unproven = |request: &mut cba_request| request.possession = CBA_POSSESSION_UNPROVEN;
    assert_eq!(token.decide_as(&raw mut *proof, unproven), refused(600));
    assert_eq!(token.decide(&raw mut *proof), logs_in(ALICE));
}

#[test]
fn a_copy_is_neither_challenge_nor_proof() {
    let token = Token::p256();
    let mut challenge = token.challenge();
    let signature = token.sign(&challenge);
    let answer = token.answer_of(&signature);
    let mut copy = Box::new(cba_challenge { opaque: challenge.opaque });
    assert_eq!(message(&copy), []);
    let mut proof = token.answer(&raw mut *copy, &raw const answer);
    assert_eq!(token.decide(&raw mut *proof), refused(CBA_STATUS_NOT_INITIALIZED));
    let mut proof = token.answer(&raw mut *challenge, &raw const answer);
    let mut copy = Box::new(cba_proof { opaque: proof.opaque });
    assert_eq!(token.decide(&raw mut *copy), refused(CBA_STATUS_NOT_INITIALIZED));
    assert_eq!(token.decide(&raw mut *proof), logs_in(ALICE));
}

// -- wrong answers --

#[test]
fn every_wrong_answer_is_a_refusal_with_its_reason() {
    let token = Token::p256();
    let other = Token::new(Key::p256(4));
    assert_eq!(token.outcome(|_| {}), logs_in(ALICE));
    assert_eq!(token.outcome(|answer| answer.signature = span(b"")), refused(611));
    assert_eq!(token.outcome(|answer| answer.form = CBA_ANSWER_ECDSA_RAW), refused(611));
    for time in [NOW, EXPIRY] {
        assert_eq!(token.outcome(|answer| answer.time = time), logs_in(ALICE));
    }
    for time in [NOW - 1, EXPIRY + 1, 0, i64::MAX, i64::MIN] {
        assert_eq!(token.outcome(|answer| answer.time = time), refused(612), "{time}");
    }
    assert_eq!(token.outcome(|answer| answer.leaf = span(&other.attempt.leaf)), refused(613));
    assert_eq!(token.outcome(|answer| answer.leaf = span(b"\x30\x80")), refused(102));
    assert_eq!(token.outcome(|answer| answer.form = CBA_ANSWER_RSA_PSS), refused(614));
    // What another verifier was answered.
    let mut challenge = token.challenge();
    let elsewhere = cba_challenge_input { verifier_name: span(b"login.example.net"), ..input() };
    let relayed = init(&raw const token.credential, &raw const elsewhere).unwrap();
    let signature = token.sign(&relayed);
    let mut proof = token.answer(&raw mut *challenge, ptr::from_ref(&token.answer_of(&signature)));
    assert_eq!(token.decide(&raw mut *proof), refused(611));
    // The key of somebody else.
    let mut challenge = token.challenge();
    let signature = other.sign(&challenge);
    let mut proof = token.answer(&raw mut *challenge, ptr::from_ref(&token.answer_of(&signature)));
    assert_eq!(token.decide(&raw mut *proof), refused(611));
}

#[test]
fn a_proof_of_another_certificate_lets_nobody_in() {
    let (token, other) = (Token::p256(), Token::new(Key::p256(4)));
    assert_eq!(token.decide(&raw mut *other.proof()), refused(613));
}

#[test]
fn forms_and_hashes_that_have_no_meaning_are_misuse() {
    let token = Token::p256();
    let invalid = refused(CBA_STATUS_INVALID_ARGUMENT);
    for form in [0, 6, u32::MAX] {
        assert_eq!(token.outcome(|answer| answer.form = form), invalid);
    }
    for form in [CBA_ANSWER_ECDSA_DER, CBA_ANSWER_ECDSA_RAW, CBA_ANSWER_RSA_PKCS1, CBA_ANSWER_RSA_PSS] {
        for hash in [0, 4, u32::MAX] {
            assert_eq!(token.outcome(|answer| (answer.form, answer.hash) = (form, hash)), invalid);
        }
    }
    assert_eq!(token.outcome(|answer| answer.form = CBA_ANSWER_ED25519), invalid);
}

// -- what a challenge is made from --

#[test]
fn only_a_good_credential_is_challenged() {
    let token = Token::p256();
    let init = |credential: *const cba_credential, input: *const cba_challenge_input| {
        init(credential, input).map(drop)
    };
    let input = input();
    assert_eq!(init(&raw const token.credential, &raw const input), Ok(()));
    assert_eq!(
        init(ptr::from_ref(&cba_credential::default()), &raw const input),
        Err(CBA_STATUS_NOT_INITIALIZED)
    );
    assert_eq!(init(ptr::null(), &raw const input), Err(CBA_STATUS_NULL_POINTER));
    assert_eq!(init(&raw const token.credential, ptr::null()), Err(CBA_STATUS_NULL_POINTER));
    let pki = Pki::new();
    let late = Attempt::new(pki.alice().validity(0, 86_400).build(), Vec::new());
    let (credential, _, _) = late.identify(&token.verifier);
    assert_eq!(init(&raw const credential, &raw const input), Err(402));
    for malformed in [
        cba_challenge_input { nonce: [0; 32], ..input },
        cba_challenge_input { verifier_name: span(b""), ..input },
        cba_challenge_input { verifier_name: span(b"a b"), ..input },
        cba_challenge_input { verifier_name: span(&[b'a'; CBA_MAX_VERIFIER_NAME + 1]), ..input },
        cba_challenge_input { expiry: NOW - 1, ..input },
        cba_challenge_input { expiry: NOW + CBA_MAX_CHALLENGE_SECONDS + 1, ..input },
        cba_challenge_input::default(),
    ] {
        assert_eq!(init(&raw const token.credential, &raw const malformed), Err(610));
    }
    let unreadable = cba_challenge_input { verifier_name: NOWHERE, ..input };
    assert_eq!(init(&raw const token.credential, &raw const unreadable), Err(CBA_STATUS_NULL_POINTER));
}

#[test]
fn a_refused_credential_gives_its_own_reason_before_that_of_the_proof() {
    let token = Token::p256();
    let pki = Pki::new();
    let late = Attempt::new(pki.alice().validity(0, 86_400).build(), Vec::new())
        .with(|attempt| attempt.options.possession = CBA_POSSESSION_PROVEN_BY_CHALLENGE);
    let (credential, _, mut audit) = late.identify(&token.verifier);
    // No proof: none could be asked for.
    assert_eq!(late.decide(&credential, &mut audit).reason, 402);
}

#[test]
fn structures_have_the_size_of_a_header_that_there_was() {
    #[repr(C)]
    struct Longer<T> {
        known: T,
        appended: [u8; 64],
    }
    let token = Token::p256();
    for struct_size in 0..=size_of::<cba_challenge_input>() + 64 {
        let known = cba_challenge_input { struct_size, ..input() };
        let longer = Longer { known, appended: [0; 64] };
        let outcome = init(&raw const token.credential, (&raw const longer).cast()).map(drop);
        let fits = struct_size >= size_of::<cba_challenge_input>()
            && struct_size % align_of::<cba_challenge_input>() == 0;
        assert_eq!(outcome, if fits { Ok(()) } else { Err(CBA_STATUS_STRUCT_SIZE) }, "{struct_size}");
    }
    for struct_size in 0..=size_of::<cba_answer>() + 64 {
        let mut challenge = token.challenge();
        let signature = token.sign(&challenge);
        let known = cba_answer { struct_size, ..token.answer_of(&signature) };
        let longer = Longer { known, appended: [0; 64] };
        let mut proof = token.answer(&raw mut *challenge, (&raw const longer).cast());
        let fits = struct_size >= size_of::<cba_answer>() && struct_size % align_of::<cba_answer>() == 0;
        let expected = if fits { logs_in(ALICE) } else { refused(CBA_STATUS_STRUCT_SIZE) };
        assert_eq!(token.decide(&raw mut *proof), expected, "{struct_size}");
    }
}

// -- pointers --

#[test]
fn null_and_memory_that_was_never_initialised_are_refused() {
    let token = Token::p256();
    let signature = token.sign(&token.challenge());
    let answer = token.answer_of(&signature);
    let null = refused(CBA_STATUS_NULL_POINTER);
    assert_eq!(token.decide(ptr::null_mut()), null);
    assert_eq!(token.decide(&raw mut *token.answer(ptr::null_mut(), &raw const answer)), null);
    assert_eq!(token.outcome(|answer| answer.leaf = NOWHERE), null);
    assert_eq!(token.outcome(|answer| answer.signature = NOWHERE), null);
    let never = refused(CBA_STATUS_NOT_INITIALIZED);
    assert_eq!(token.decide(ptr::from_mut(&mut cba_proof::default())), never);
    let mut zeroed = cba_challenge::default();
    assert_eq!(token.decide(&raw mut *token.answer(&raw mut zeroed, &raw const answer)), never);
    assert_eq!(message(&zeroed), []);
    let mut challenge = token.challenge();
    let mut proof = answer_to(ptr::null(), &raw mut *challenge, &raw const answer);
    assert_eq!(token.decide(&raw mut *proof), null);
    // SAFETY: NULL is refused or left out.
    unsafe {
        assert_eq!(
            cba_challenge_init(&raw const token.credential, ptr::from_ref(&input()), ptr::null_mut()),
            CBA_STATUS_NULL_POINTER
        );
        assert_eq!(cba_challenge_message(ptr::null()).len, 0);
        let mut digest = cba_digest { bytes: [7; 64], len: 7 };
        assert_eq!(cba_challenge_digest(ptr::null(), 1, &raw mut digest), CBA_STATUS_NULL_POINTER);
        assert_eq!((digest.bytes, digest.len), ([0; 64], 0));
        let challenge = token.challenge();
        assert_eq!(cba_challenge_digest(&raw const *challenge, 1, ptr::null_mut()), CBA_STATUS_NULL_POINTER);
        cba_challenge_answer(ptr::null(), ptr::null_mut(), ptr::null(), ptr::null_mut());
    }
}

#[test]
fn memory_that_is_not_aligned_is_refused_and_zeroed() {
    let token = Token::p256();
    let memory = common::Memory::new(size_of::<cba_challenge>() + 8);
    let challenge = memory.ptr.wrapping_add(1).cast::<cba_challenge>();
    // SAFETY: there is room.
    unsafe {
        assert_eq!(
            cba_challenge_init(&raw const token.credential, ptr::from_ref(&input()), challenge),
            CBA_STATUS_MISALIGNED
        );
        assert!(is_zero(&challenge.read_unaligned().opaque));
        assert_eq!(cba_challenge_message(challenge).len, 0);
        let answer = cba_answer::default();
        let mut proof = token.answer(challenge, &raw const answer);
        assert_eq!(token.decide(&raw mut *proof), refused(CBA_STATUS_NOT_INITIALIZED));
        let proof = challenge.cast::<cba_proof>();
        let mut good = token.challenge();
        cba_challenge_answer(token.verifier.at, &raw mut *good, &raw const answer, proof);
        assert!(is_zero(&proof.read_unaligned().opaque));
        assert_eq!(token.decide(proof), refused(CBA_STATUS_NOT_INITIALIZED));
    }
}
