//! Challenges: how a token proves that it holds the key.

use crate::login::cba_credential;
use crate::sized::SizedStruct;
use crate::span::{cba_span, reference, store};
use crate::status::{
    CBA_OK, CBA_STATUS_ALREADY_USED, CBA_STATUS_INVALID_ARGUMENT, CBA_STATUS_MISALIGNED,
    CBA_STATUS_NOT_INITIALIZED, CBA_STATUS_NULL_POINTER, cba_status,
};
use crate::verifier::cba_verifier;
use crate::workspace::Refusal;
use cba_core::limits::{MAX_CHALLENGE_SECONDS, MAX_VERIFIER_NAME_LEN};
use cba_core::login::{Answer, AnswerForm, Challenge, ChallengeInput, ProofOfPossession};
use cba_core::signature::Hash;
use cba_core::{Certificate, UnixTime};
use core::mem::{MaybeUninit, offset_of};
use core::ptr;

/// SHA-256.
pub const CBA_HASH_SHA256: u32 = 1;
/// SHA-384.
pub const CBA_HASH_SHA384: u32 = 2;
/// SHA-512.
pub const CBA_HASH_SHA512: u32 = 3;

fn hash(number: u32) -> Result<Hash, cba_status> {
    match number {
        CBA_HASH_SHA256 => Ok(Hash::Sha256),
        CBA_HASH_SHA384 => Ok(Hash::Sha384),
        CBA_HASH_SHA512 => Ok(Hash::Sha512),
        _ => Err(CBA_STATUS_INVALID_ARGUMENT),
    }
}

/// ECDSA, the signature in DER: SEQUENCE of r and s.
pub const CBA_ANSWER_ECDSA_DER: u32 = 1;
/// ECDSA, r and s one after the other, each as long as the curve's order: what PKCS #11 gives.
pub const CBA_ANSWER_ECDSA_RAW: u32 = 2;
/// Ed25519, over the message itself: `hash` is 0.
pub const CBA_ANSWER_ED25519: u32 = 3;
/// RSASSA-PKCS1-v1_5.
pub const CBA_ANSWER_RSA_PKCS1: u32 = 4;
/// RSASSA-PSS, with MGF1 over the same hash and a salt as long as the hash.
pub const CBA_ANSWER_RSA_PSS: u32 = 5;

/// Most bytes of a verifier's name.
pub const CBA_MAX_VERIFIER_NAME: usize = 253;
/// Longest time from a challenge to its expiry, in seconds.
pub const CBA_MAX_CHALLENGE_SECONDS: i64 = 600;

const _: () = assert!(CBA_MAX_VERIFIER_NAME == MAX_VERIFIER_NAME_LEN);
const _: () = assert!(CBA_MAX_CHALLENGE_SECONDS == MAX_CHALLENGE_SECONDS);

/// What a challenge is made from. Begin with CBA_CHALLENGE_INPUT_INIT.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct cba_challenge_input {
    /// sizeof(cba_challenge_input) of the caller's header.
    pub struct_size: usize,
    /// The verifier's own name, such as login.example.com: 1 to CBA_MAX_VERIFIER_NAME bytes of printable ASCII
    /// without the blank. It is part of what is signed, so that whoever computes that can see for whom it is.
    pub verifier_name: cba_span,
    /// The time now, in Unix seconds: the first second in which the challenge may be answered.
    pub time: i64,
    /// The last second in which it may be answered, and its proof used; at most CBA_MAX_CHALLENGE_SECONDS later.
    pub expiry: i64,
    /// Random bytes of a cryptographic generator, new for each challenge; not zero. They are what makes a replay
    /// impossible, and the library has none of its own.
    pub nonce: [u8; 32],
}

const _: () = assert!(offset_of!(cba_challenge_input, nonce) + 32 == size_of::<cba_challenge_input>());

// SAFETY: repr(C), begins with a usize, and holds integers and raw pointers alone; no padding at its end, by the
// assertion.
unsafe impl SizedStruct for cba_challenge_input {
    const SIZES: &'static [usize] = &[size_of::<Self>()];
}

impl Default for cba_challenge_input {
    /// CBA_CHALLENGE_INPUT_INIT.
    fn default() -> Self {
        Self {
            struct_size: size_of::<Self>(),
            verifier_name: cba_span::EMPTY,
            time: 0,
            expiry: 0,
            nonce: [0; 32],
        }
    }
}

/// An answer to a challenge. Begin with CBA_ANSWER_INIT.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct cba_answer {
    /// sizeof(cba_answer) of the caller's header.
    pub struct_size: usize,
    /// The certificate that the challenge was made for, in DER, byte for byte as it was identified.
    pub leaf: cba_span,
    /// The signature.
    pub signature: cba_span,
    /// The time now, in Unix seconds.
    pub time: i64,
    /// How the signature was made and is written: one of CBA_ANSWER_. It is never guessed.
    pub form: u32,
    /// The hash that was signed: one of CBA_HASH_; 0 for CBA_ANSWER_ED25519.
    pub hash: u32,
}

const _: () = assert!(offset_of!(cba_answer, hash) + size_of::<u32>() == size_of::<cba_answer>());

// SAFETY: repr(C), begins with a usize, and holds integers and raw pointers alone; no padding at its end, by the
// assertion.
unsafe impl SizedStruct for cba_answer {
    const SIZES: &'static [usize] = &[size_of::<Self>()];
}

impl Default for cba_answer {
    /// CBA_ANSWER_INIT.
    fn default() -> Self {
        Self {
            struct_size: size_of::<Self>(),
            leaf: cba_span::EMPTY,
            signature: cba_span::EMPTY,
            time: 0,
            form: 0,
            hash: 0,
        }
    }
}

impl cba_answer {
    fn form(&self) -> Result<AnswerForm, cba_status> {
        Ok(match self.form {
            CBA_ANSWER_ECDSA_DER => AnswerForm::EcdsaDer(hash(self.hash)?),
            CBA_ANSWER_ECDSA_RAW => AnswerForm::EcdsaRaw(hash(self.hash)?),
            CBA_ANSWER_ED25519 if self.hash == 0 => AnswerForm::Ed25519,
            CBA_ANSWER_RSA_PKCS1 => AnswerForm::RsaPkcs1(hash(self.hash)?),
            CBA_ANSWER_RSA_PSS => AnswerForm::RsaPss(hash(self.hash)?),
            _ => return Err(CBA_STATUS_INVALID_ARGUMENT),
        })
    }
}

/// A digest: of its bytes, as many as `len` says count.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct cba_digest {
    /// The digest, and zeros behind it.
    pub bytes: [u8; 64],
    /// How long it is.
    pub len: u32,
}

impl cba_digest {
    const NONE: Self = Self { bytes: [0; 64], len: 0 };
}

/// What is used once, in memory of the caller: its tag says whether it is there, and at this address.
#[repr(C)]
struct Once<T> {
    tag: u64,
    value: MaybeUninit<T>,
}

/// What tells the two kinds apart.
const CHALLENGE: u64 = 0x6362_615f_6368_616c;
const PROOF: u64 = 0x6362_615f_7072_6f76;
const USED: u64 = 0x6362_615f_7573_6564;

impl<T> Once<T> {
    /// What `tag` is at this address: not that of memory that was never written, nor of a copy.
    fn tag_at(at: *const Self, what: u64) -> u64 {
        u64::try_from(at.addr()).unwrap_or(0) ^ what
    }

    /// # Safety
    /// 1. A `T` can be written at `at`, which is aligned.
    unsafe fn put(at: *mut Self, what: u64, value: T) {
        // SAFETY: 1. by the contract of this function.
        unsafe { at.write(Self { tag: Self::tag_at(at, what), value: MaybeUninit::new(value) }) };
    }

    /// # Safety
    /// 1. `at` is NULL, or can be read for as long as `'a`.
    unsafe fn get<'a>(at: *const Self, what: u64) -> Result<&'a T, cba_status> {
        if at.is_null() {
            return Err(CBA_STATUS_NULL_POINTER);
        }
        if !at.is_aligned() {
            return Err(CBA_STATUS_NOT_INITIALIZED);
        }
        // SAFETY: not NULL, aligned, readable by 1.; the tag is a number, whatever lies there.
        let tag = unsafe { ptr::addr_of!((*at).tag).read() };
        if tag == Self::tag_at(at, what ^ USED) {
            return Err(CBA_STATUS_ALREADY_USED);
        }
        if tag != Self::tag_at(at, what) {
            return Err(CBA_STATUS_NOT_INITIALIZED);
        }
        // SAFETY: by the tag, `put` wrote it, and nobody took it.
        Ok(unsafe { (*at).value.assume_init_ref() })
    }

    /// Takes the value out: it is overwritten, and not there a second time.
    ///
    /// # Safety
    /// 1. `at` is NULL, or can be read and written.
    unsafe fn take(at: *mut Self, what: u64) -> Result<T, cba_status> {
        // SAFETY: 1. by the contract of this function.
        let value = unsafe { ptr::from_ref(Self::get(at, what)?).read() };
        // SAFETY: `at` is a `Self`, or it could not have been read; nothing in it is used any more.
        unsafe {
            ptr::addr_of_mut!((*at).value).write(MaybeUninit::zeroed());
            ptr::addr_of_mut!((*at).tag).write(Self::tag_at(at, what ^ USED));
        }
        Ok(value)
    }
}

/// Words of a cba_challenge.
pub const CBA_CHALLENGE_WORDS: usize = 64;

/// A challenge to the holder of a certificate. It borrows nothing. It lies where cba_challenge_init made it, and
/// must not be moved; a copy is not taken for a challenge. One thread at a time.
#[repr(C)]
#[derive(Debug)]
pub struct cba_challenge {
    /// Not to be read.
    pub opaque: [MaybeUninit<u64>; CBA_CHALLENGE_WORDS],
}

const _: () = assert!(size_of::<Once<Challenge>>() <= size_of::<cba_challenge>());
const _: () = assert!(align_of::<Once<Challenge>>() <= align_of::<cba_challenge>());

impl Default for cba_challenge {
    /// Zeroed.
    fn default() -> Self {
        Self { opaque: [MaybeUninit::new(0); CBA_CHALLENGE_WORDS] }
    }
}

/// Words of a cba_proof.
pub const CBA_PROOF_WORDS: usize = 12;

/// What an answer proved, good or bad: only cba_decide says what follows from it, and takes it as it does. It borrows
/// nothing. It must not be moved; a copy is not taken for a proof. One thread at a time. Zeroed, it proves nothing.
#[repr(C)]
#[derive(Debug)]
pub struct cba_proof {
    /// Not to be read.
    pub opaque: [MaybeUninit<u64>; CBA_PROOF_WORDS],
}

/// What lies in a `cba_proof`.
type Outcome = Result<ProofOfPossession, Refusal>;

const _: () = assert!(size_of::<Once<Outcome>>() <= size_of::<cba_proof>());
const _: () = assert!(align_of::<Once<Outcome>>() <= align_of::<cba_proof>());

impl Default for cba_proof {
    /// Zeroed.
    fn default() -> Self {
        Self { opaque: [MaybeUninit::new(0); CBA_PROOF_WORDS] }
    }
}

impl cba_proof {
    /// Takes the outcome of an answer out of it.
    ///
    /// # Safety
    /// 1. `at` is NULL, or can be read and written.
    pub(crate) unsafe fn take(at: *mut Self) -> Outcome {
        // SAFETY: 1. by the contract of this function.
        unsafe { Once::<Outcome>::take(at.cast(), PROOF) }
            .unwrap_or_else(|status| Err(Refusal::misuse(status)))
    }
}

/// Makes a challenge for the holder of the certificate of `credential`, which cba_identify gave. What is to be signed
/// is its message: cba_challenge_message, or cba_challenge_digest for a token that signs digests only.
///
/// Returns CBA_OK; the credential's reason, if it is none that speaks of somebody; CBA_STATUS_MALFORMED_CHALLENGE if
/// nonce, name or expiry cannot be right; or a status of misuse. `challenge` is zeroed then.
///
/// # Safety
/// `credential` and `input` are NULL or can be read, with the span; `challenge` can be written and does not overlap
/// with them.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cba_challenge_init(
    credential: *const cba_credential,
    input: *const cba_challenge_input,
    challenge: *mut cba_challenge,
) -> cba_status {
    // SAFETY: by the contract of this function.
    unsafe {
        store(challenge, cba_challenge::default());
        let made = || -> Result<Challenge, cba_status> {
            let input = cba_challenge_input::read(input)?;
            let credential = reference(credential)?.found().map_err(|refusal| refusal.reason)?;
            let input = ChallengeInput {
                nonce: input.nonce,
                verifier_name: input.verifier_name.bytes()?,
                time: UnixTime(input.time),
                expiry: UnixTime(input.expiry),
            };
            Challenge::of_credential(credential, &input).map_err(|error| crate::status::of(error.kind))
        };
        if challenge.is_null() {
            return CBA_STATUS_NULL_POINTER;
        }
        if !challenge.is_aligned() {
            return CBA_STATUS_MISALIGNED;
        }
        match made() {
            Ok(made) => {
                Once::put(challenge.cast(), CHALLENGE, made);
                CBA_OK
            }
            Err(status) => status,
        }
    }
}

/// The bytes that are to be signed: at most 366. Empty for what is no challenge, or was answered. Borrows from
/// `challenge`, until it is answered.
///
/// They begin with a label that is in no other protocol: a signature of them is good for nothing else, and a signature
/// made elsewhere is no answer. A token that is handed a hash alone cannot see that: what stands between it and the
/// verifier must take the whole message, and check label and name. Their layout is said in docs/token.md.
///
/// # Safety
/// `challenge` is NULL or can be read.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cba_challenge_message(challenge: *const cba_challenge) -> cba_span {
    // SAFETY: by the contract of this function.
    unsafe { Once::<Challenge>::get(challenge.cast(), CHALLENGE) }
        .map_or(cba_span::EMPTY, |challenge| cba_span::of(challenge.message()))
}

/// The digest of those bytes under `hash`, one of CBA_HASH_. For CKM_ECDSA of PKCS #11, which signs digests.
///
/// Returns CBA_OK or a status of misuse; `digest` is zeroed then.
///
/// # Safety
/// `challenge` is NULL or can be read; `digest` can be written and does not overlap with it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cba_challenge_digest(
    challenge: *const cba_challenge,
    hash: u32,
    digest: *mut cba_digest,
) -> cba_status {
    // SAFETY: by the contract of this function.
    unsafe {
        store(digest, cba_digest::NONE);
        if digest.is_null() {
            return CBA_STATUS_NULL_POINTER;
        }
        let challenge = match Once::<Challenge>::get(challenge.cast(), CHALLENGE) {
            Ok(challenge) => challenge,
            Err(status) => return status,
        };
        let hash = match self::hash(hash) {
            Ok(hash) => hash,
            Err(status) => return status,
        };
        let mut written = cba_digest::NONE;
        for (slot, &byte) in written.bytes.iter_mut().zip(challenge.digest(hash).as_bytes()) {
            *slot = byte;
            written.len = written.len.saturating_add(1);
        }
        store(digest, written);
        CBA_OK
    }
}

/// Verifies an answer, by the cryptography of `verifier`. Good or bad, the challenge is used up: there is one attempt.
///
/// Returns nothing, so that nobody takes a success of the call for a login: give `proof` to cba_decide in a request
/// whose possession is CBA_POSSESSION_PROVEN_BY_CHALLENGE. A bad answer is a refusal there: CBA_STATUS_WRONG_ANSWER,
/// CBA_STATUS_CHALLENGE_OVER, CBA_STATUS_PROOF_OF_ANOTHER_CERTIFICATE, CBA_STATUS_ANSWER_FORM_MISMATCH,
/// CBA_STATUS_UNSUPPORTED_SIGNATURE_ALGORITHM; and so is misuse: CBA_STATUS_ALREADY_USED for a challenge that was
/// answered before.
///
/// # Safety
/// `verifier` is NULL or was given by its init function; `answer` is NULL or can be read, with its spans; `challenge`
/// and `proof` are NULL or can be read and written, and do not overlap with anything else.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cba_challenge_answer(
    verifier: *const cba_verifier,
    challenge: *mut cba_challenge,
    answer: *const cba_answer,
    proof: *mut cba_proof,
) {
    // SAFETY: by the contract of this function.
    unsafe {
        store(proof, cba_proof::default());
        // First, whatever else is wrong.
        let taken = Once::<Challenge>::take(challenge.cast(), CHALLENGE);
        if proof.is_null() || !proof.is_aligned() {
            return;
        }
        let judge = || -> Outcome {
            let challenge = taken.map_err(Refusal::misuse)?;
            let verifier = cba_verifier::get(verifier).map_err(Refusal::misuse)?;
            let answer = cba_answer::read(answer).map_err(Refusal::misuse)?;
            let form = answer.form().map_err(Refusal::misuse)?;
            let signature = answer.signature.bytes().map_err(Refusal::misuse)?;
            let leaf = answer.leaf.bytes().map_err(Refusal::misuse)?;
            let leaf = Certificate::from_der(leaf).map_err(Refusal::of)?;
            let time = UnixTime(answer.time);
            challenge
                .answer(&leaf, verifier.verifier.signatures, time, Answer { form, signature })
                .map_err(Refusal::of)
        };
        Once::put(proof.cast(), PROOF, judge());
    }
}
