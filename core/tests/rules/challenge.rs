//! Challenges: whose answer proves possession, and that nothing else does.

use crate::common::{NOW, Outcome, Pki};
use cba_core::certificate::Certificate;
use cba_core::config::{CertificateCheck, Settings};
use cba_core::identity::{Identity, IdentityOptions};
use cba_core::limits::MAX_CHALLENGE_SECONDS;
use cba_core::login::{
    Answer, AnswerForm, Challenge, ChallengeInput, Credential, Possession, ProofOfPossession, decide,
};
use cba_core::path::Workspace;
use cba_core::signature::{
    Compact, Hash, InvalidSignature, PublicKey, Ring, SignatureAlgorithm, SignatureVerifier,
};
use cba_core::{ErrorKind, UnixTime, sha256};
use sha2::Digest as _;
use test_pki::{Key, SignatureScheme};

const ALICE: &str = "alice@example.com";
const ECDSA: SignatureScheme = SignatureScheme::Ecdsa(test_pki::Hash::Sha256);
const DER: AnswerForm = AnswerForm::EcdsaDer(Hash::Sha256);
const RAW: AnswerForm = AnswerForm::EcdsaRaw(Hash::Sha256);
const EXPIRY: i64 = NOW + 60;

const INPUT: ChallengeInput<'_> = ChallengeInput {
    nonce: [7; 32],
    verifier_name: b"login.example.com",
    time: UnixTime(NOW),
    expiry: UnixTime(EXPIRY),
};

/// Alice's token: a key, its certificate, and the credential that a verifier made of it.
struct Token {
    key: Key,
    leaf: Vec<u8>,
    credential: Credential,
}

impl Token {
    fn new(key: Key) -> Self {
        Self::with_serial(key, 1)
    }

    fn with_serial(key: Key, serial: u64) -> Self {
        let pki = Pki::new();
        let leaf = pki.issuing.issue(key.clone()).serial(serial).email(ALICE).build();
        let credential = pki.setup().run(&leaf, &mut Workspace::new(), |path| {
            let path = path.unwrap();
            let identity = Identity::from_path(&path, &IdentityOptions::default()).unwrap();
            let credential = Credential::from_identity(&identity).unwrap();
            let (one, other) =
                (Challenge::of_path(&path, &INPUT), Challenge::of_credential(&credential, &INPUT));
            assert_eq!(one.unwrap().message(), other.unwrap().message());
            credential
        });
        assert_eq!(*credential.fingerprint(), sha256(&leaf));
        Self { key, leaf, credential }
    }

    fn p256() -> Self {
        Self::new(Key::p256(3))
    }

    fn challenge(&self, input: &ChallengeInput<'_>) -> Challenge {
        Challenge::of_credential(&self.credential, input).unwrap()
    }

    /// The answer to the challenge of this input.
    fn sign(&self, scheme: SignatureScheme, input: &ChallengeInput<'_>) -> Vec<u8> {
        self.key.sign(scheme, self.challenge(input).message())
    }

    /// What a new challenge of [`INPUT`] says to an answer.
    fn answer(&self, form: AnswerForm, signature: &[u8]) -> Result<ProofOfPossession, ErrorKind> {
        answer(self.challenge(&INPUT), &self.leaf, NOW, form, signature)
    }

    fn decide(&self, proof: ProofOfPossession, time: i64) -> Outcome {
        let settings = Settings { enable: true, check: CertificateCheck::Primary };
        let possession = Possession::ProvenByChallenge(proof);
        Outcome::of(&decide(&settings, &self.credential, possession, UnixTime(time), None))
    }

    fn proof(&self) -> ProofOfPossession {
        self.answer(DER, &self.sign(ECDSA, &INPUT)).unwrap()
    }
}

fn answer(
    challenge: Challenge,
    leaf: &[u8],
    time: i64,
    form: AnswerForm,
    signature: &[u8],
) -> Result<ProofOfPossession, ErrorKind> {
    let leaf = Certificate::from_der(leaf).unwrap();
    challenge.answer(&leaf, &Ring, UnixTime(time), Answer { form, signature }).map_err(|error| error.kind)
}

fn raw_p256(signature: &[u8]) -> Vec<u8> {
    p256::ecdsa::Signature::from_der(signature).unwrap().to_bytes().to_vec()
}

fn raw_p384(signature: &[u8]) -> Vec<u8> {
    p384::ecdsa::Signature::from_der(signature).unwrap().to_bytes().to_vec()
}

type Raw = fn(&[u8]) -> Vec<u8>;

/// Every form, with a key that signs in it.
fn forms() -> Vec<(Key, SignatureScheme, AnswerForm, Option<Raw>)> {
    use test_pki::Hash as Signed;
    let mut forms = vec![(Key::ed25519(3), SignatureScheme::Ed25519, AnswerForm::Ed25519, None)];
    for (signed, hash) in
        [(Signed::Sha256, Hash::Sha256), (Signed::Sha384, Hash::Sha384), (Signed::Sha512, Hash::Sha512)]
    {
        forms.push((Key::rsa(2048), SignatureScheme::Pkcs1(signed), AnswerForm::RsaPkcs1(hash), None));
        forms.push((Key::rsa(3072), SignatureScheme::pss(signed), AnswerForm::RsaPss(hash), None));
        for (key, raw) in [(Key::p256(3), raw_p256 as Raw), (Key::p384(3), raw_p384)] {
            let scheme = SignatureScheme::Ecdsa(signed);
            forms.push((key.clone(), scheme, AnswerForm::EcdsaDer(hash), None));
            forms.push((key, scheme, AnswerForm::EcdsaRaw(hash), Some(raw)));
        }
    }
    forms
}

/// Those, with a right answer each.
fn right_answers() -> impl Iterator<Item = (Token, AnswerForm, Vec<u8>)> {
    forms().into_iter().map(|(key, scheme, form, raw)| {
        let token = Token::new(key);
        let signature = token.sign(scheme, &INPUT);
        let signature = raw.map_or(signature.clone(), |raw| raw(&signature));
        (token, form, signature)
    })
}

// -- right answers --

#[test]
fn an_answer_in_every_form_proves_possession_and_logs_in() {
    for (token, form, signature) in right_answers() {
        let proof = token.answer(form, &signature).unwrap();
        assert_eq!(*proof.fingerprint(), sha256(&token.leaf));
        assert_eq!(proof.expiry(), UnixTime(EXPIRY));
        assert_eq!(token.decide(proof, NOW), Outcome::Login(ALICE.into()), "{form:?}");
    }
}

#[test]
fn secondary_goes_on_to_the_password_of_whoever_answered() {
    let token = Token::p256();
    let settings = Settings { enable: true, check: CertificateCheck::Secondary };
    for (typed, expected) in [
        (ALICE, Outcome::Password(ALICE.into())),
        ("bob@example.com", Outcome::Refused(ErrorKind::LoginIdMismatch)),
    ] {
        let possession = Possession::ProvenByChallenge(token.proof());
        let decision = decide(&settings, &token.credential, possession, UnixTime(NOW), Some(typed));
        assert_eq!(Outcome::of(&decision), expected);
    }
}

#[test]
fn the_message_holds_every_field_at_its_place() {
    let token = Token::p256();
    let challenge = token.challenge(&INPUT);
    let message = [
        &b"libcba possession challenge, v1\0"[..],
        &sha256(&token.leaf),
        &[7; 32],
        &NOW.to_be_bytes(),
        &EXPIRY.to_be_bytes(),
        &[17],
        b"login.example.com",
    ]
    .concat();
    assert_eq!(challenge.message(), message);
    assert_eq!(*challenge.fingerprint(), sha256(&token.leaf));
    assert_eq!(challenge.expiry(), UnixTime(EXPIRY));
    let longest = token.challenge(&ChallengeInput { verifier_name: &[b'a'; 253], ..INPUT });
    assert_eq!(longest.message().len(), Challenge::MAX_MESSAGE_LEN);
}

#[test]
fn the_digest_is_that_of_the_message() {
    let challenge = Token::p256().challenge(&INPUT);
    let message = challenge.message();
    for (hash, digest) in [
        (Hash::Sha256, sha2::Sha256::digest(message).to_vec()),
        (Hash::Sha384, sha2::Sha384::digest(message).to_vec()),
        (Hash::Sha512, sha2::Sha512::digest(message).to_vec()),
    ] {
        assert_eq!(challenge.digest(hash).as_bytes(), digest);
        assert_eq!(digest.len(), hash.output_len());
    }
}

#[test]
fn raw_numbers_of_every_length_are_taken() {
    let token = Token::p256();
    let (mut short_r, mut short_s) = (0, 0);
    for count in 1_u32.. {
        let mut nonce = [7; 32];
        nonce[..4].copy_from_slice(&count.to_be_bytes());
        let input = ChallengeInput { nonce, ..INPUT };
        let raw = raw_p256(&token.sign(ECDSA, &input));
        if raw[0] != 0 && raw[32] != 0 && count > 8 {
            continue;
        }
        assert!(answer(token.challenge(&input), &token.leaf, NOW, RAW, &raw).is_ok());
        short_r += u32::from(raw[0] == 0);
        short_s += u32::from(raw[32] == 0);
        if short_r != 0 && short_s != 0 {
            break;
        }
    }
}

// -- wrong answers --

#[test]
fn every_bit_of_an_answer_counts() {
    for (token, form, signature) in right_answers() {
        for bit in 0..signature.len() * 8 {
            let mut wrong = signature.clone();
            wrong[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(token.answer(form, &wrong), Err(ErrorKind::WrongAnswer), "{form:?}, bit {bit}");
        }
    }
}

#[test]
fn an_answer_to_another_challenge_is_wrong() {
    let token = Token::p256();
    let renewed = Token::with_serial(Key::p256(3), 2);
    let mut nonce = [7; 32];
    nonce[31] = 8;
    for signature in [
        token.sign(ECDSA, &ChallengeInput { nonce, ..INPUT }),
        token.sign(ECDSA, &ChallengeInput { verifier_name: b"login.example.net", ..INPUT }),
        token.sign(ECDSA, &ChallengeInput { verifier_name: b"login.example.co", ..INPUT }),
        token.sign(ECDSA, &ChallengeInput { time: UnixTime(NOW - 1), ..INPUT }),
        token.sign(ECDSA, &ChallengeInput { expiry: UnixTime(EXPIRY + 1), ..INPUT }),
        // The same key in another certificate.
        renewed.sign(ECDSA, &INPUT),
    ] {
        assert_eq!(token.answer(DER, &signature), Err(ErrorKind::WrongAnswer));
    }
}

#[test]
fn another_key_gives_no_answer() {
    let message = Token::p256().challenge(&INPUT).message().to_vec();
    let stolen = Token::p256();
    assert_eq!(stolen.answer(DER, &Key::p256(4).sign(ECDSA, &message)), Err(ErrorKind::WrongAnswer));
}

#[test]
fn an_answer_over_part_of_the_message_or_more_than_it_is_wrong() {
    let token = Token::p256();
    let mut message = token.challenge(&INPUT).message().to_vec();
    for len in 0..message.len() {
        let signature = token.key.sign(ECDSA, &message[..len]);
        assert_eq!(token.answer(DER, &signature), Err(ErrorKind::WrongAnswer), "{len}");
    }
    let unlabelled = token.key.sign(ECDSA, &message[32..]);
    assert_eq!(token.answer(DER, &unlabelled), Err(ErrorKind::WrongAnswer));
    message.push(0);
    assert_eq!(token.answer(DER, &token.key.sign(ECDSA, &message)), Err(ErrorKind::WrongAnswer));
}

#[test]
fn raw_numbers_have_the_length_of_the_curve() {
    for (key, raw, len) in [(Key::p256(3), raw_p256 as Raw, 64), (Key::p384(3), raw_p384, 96)] {
        let token = Token::new(key);
        let signature = raw(&token.sign(ECDSA, &INPUT));
        assert_eq!(signature.len(), len);
        assert!(token.answer(RAW, &signature).is_ok());
        let padded = |front: usize, back: usize| [&vec![0; front], &signature[..], &vec![0; back]].concat();
        for wrong in [
            signature[1..].to_vec(),
            signature[..len - 1].to_vec(),
            padded(0, 1),
            padded(1, 0),
            padded(1, 1),
            [&[0], &signature[..len / 2], &[0], &signature[len / 2..]].concat(),
            signature.repeat(2),
            Vec::new(),
        ] {
            assert_eq!(token.answer(RAW, &wrong), Err(ErrorKind::WrongAnswer), "{}", wrong.len());
        }
    }
}

#[test]
fn the_form_is_said_and_never_guessed() {
    let token = Token::p256();
    let der = token.sign(ECDSA, &INPUT);
    assert!(token.answer(DER, &der).is_ok());
    assert!(token.answer(RAW, &raw_p256(&der)).is_ok());
    assert_eq!(token.answer(RAW, &der), Err(ErrorKind::WrongAnswer));
    assert_eq!(token.answer(DER, &raw_p256(&der)), Err(ErrorKind::WrongAnswer));
    assert_eq!(token.answer(AnswerForm::EcdsaDer(Hash::Sha384), &der), Err(ErrorKind::WrongAnswer));
    let rsa = Token::new(Key::rsa(2048));
    let pkcs1 = rsa.sign(SignatureScheme::Pkcs1(test_pki::Hash::Sha256), &INPUT);
    assert_eq!(rsa.answer(AnswerForm::RsaPss(Hash::Sha256), &pkcs1), Err(ErrorKind::WrongAnswer));
}

#[test]
fn a_form_that_the_key_does_not_sign_in_is_an_error_of_its_own() {
    let mismatches = |key: Key| {
        let token = Token::new(key);
        let mut all: Vec<_> = forms().into_iter().map(|(_, _, form, _)| form).collect();
        all.retain(|form| token.answer(*form, &[1; 64]) == Err(ErrorKind::AnswerFormMismatch));
        all.len()
    };
    // One form of Ed25519, six of ECDSA for two curves each, six of RSA.
    assert_eq!(forms().len(), 19);
    assert_eq!(mismatches(Key::p256(3)), 7);
    assert_eq!(mismatches(Key::p384(3)), 7);
    assert_eq!(mismatches(Key::ed25519(3)), 18);
    assert_eq!(mismatches(Key::rsa(2048)), 13);
}

#[test]
fn a_form_that_the_backend_does_not_verify_is_refused() {
    let token = Token::new(Key::ed25519(3));
    let signature = token.sign(SignatureScheme::Ed25519, &INPUT);
    let answer = Answer { form: AnswerForm::Ed25519, signature: &signature };
    let leaf = Certificate::from_der(&token.leaf).unwrap();
    let outcome = token.challenge(&INPUT).answer(&leaf, &Compact, UnixTime(NOW), answer);
    assert_eq!(outcome.unwrap_err().kind, ErrorKind::UnsupportedSignatureAlgorithm);
}

/// A backend that takes everything, if it is asked.
struct Gullible;

impl SignatureVerifier for Gullible {
    fn supports(&self, _: SignatureAlgorithm, _: PublicKey<'_>) -> bool {
        true
    }

    fn verify(
        &self,
        _: SignatureAlgorithm,
        _: PublicKey<'_>,
        _: &[u8],
        signature: &[u8],
    ) -> Result<(), InvalidSignature> {
        // Strict DER of two numbers below the order.
        p256::ecdsa::Signature::from_der(signature).map(drop).map_err(|_| InvalidSignature)
    }
}

#[test]
fn backends_see_raw_numbers_as_der_and_never_zero() {
    let token = Token::p256();
    let leaf = Certificate::from_der(&token.leaf).unwrap();
    let ask = |signature: &[u8]| {
        let answer = Answer { form: RAW, signature };
        token.challenge(&INPUT).answer(&leaf, &Gullible, UnixTime(NOW), answer).map(drop)
    };
    let number = |first: u8, last: u8| {
        let mut number = [0; 32];
        (number[0], number[31]) = (first, last);
        number
    };
    let numbers = [number(0, 1), number(0, 0x80), number(0x7f, 0), number(0x80, 0), number(0xfe, 0)];
    for r in numbers {
        for s in numbers {
            assert_eq!(ask(&[r, s].concat()), Ok(()));
        }
        assert_eq!(ask(&[r, [0; 32]].concat()), Err(ErrorKind::WrongAnswer.into()));
        assert_eq!(ask(&[[0; 32], r].concat()), Err(ErrorKind::WrongAnswer.into()));
    }
}

// -- time --

#[test]
fn a_challenge_is_answered_from_its_first_second_to_its_last() {
    let token = Token::p256();
    let signature = token.sign(ECDSA, &INPUT);
    let at = |time| answer(token.challenge(&INPUT), &token.leaf, time, DER, &signature).map(drop);
    for time in [NOW, NOW + 1, EXPIRY] {
        assert_eq!(at(time), Ok(()), "{time}");
    }
    // Zero is what a host hands over that forgot the time.
    for time in [NOW - 1, EXPIRY + 1, 0, i64::MIN, i64::MAX] {
        assert_eq!(at(time), Err(ErrorKind::ChallengeOver), "{time}");
    }
}

#[test]
fn a_proof_holds_as_long_as_its_challenge() {
    let token = Token::p256();
    for time in [NOW, EXPIRY] {
        assert_eq!(token.decide(token.proof(), time), Outcome::Login(ALICE.into()));
    }
    for time in [NOW - 1, EXPIRY + 1] {
        assert_eq!(token.decide(token.proof(), time), Outcome::Refused(ErrorKind::ChallengeOver));
    }
}

#[test]
fn a_challenge_of_one_second_can_be_answered_in_it() {
    let token = Token::p256();
    let input = ChallengeInput { expiry: INPUT.time, ..INPUT };
    let signature = token.sign(ECDSA, &input);
    let at = |time| answer(token.challenge(&input), &token.leaf, time, DER, &signature).map(drop);
    assert_eq!(at(NOW), Ok(()));
    assert_eq!(at(NOW + 1), Err(ErrorKind::ChallengeOver));
}

// -- another certificate --

#[test]
fn a_challenge_is_answered_for_its_own_certificate() {
    let token = Token::p256();
    let signature = token.sign(ECDSA, &INPUT);
    // A renewed certificate of the same key, and somebody else's.
    for other in [Token::with_serial(Key::p256(3), 2), Token::new(Key::p256(4))] {
        let outcome = answer(token.challenge(&INPUT), &other.leaf, NOW, DER, &signature);
        assert_eq!(outcome, Err(ErrorKind::ProofOfAnotherCertificate));
    }
}

#[test]
fn a_proof_of_another_certificate_lets_nobody_in() {
    let token = Token::p256();
    for other in [Token::with_serial(Key::p256(3), 2), Token::new(Key::p256(4))] {
        let refused = Outcome::Refused(ErrorKind::ProofOfAnotherCertificate);
        assert_eq!(token.decide(other.proof(), NOW), refused);
        assert_eq!(other.decide(token.proof(), NOW), refused);
    }
}

#[test]
fn a_proof_lets_nobody_in_past_the_end_of_the_credential() {
    let mut token = Token::p256();
    let pki = Pki::new();
    token.leaf = pki.alice().not_after(NOW + 10).build();
    token.credential = pki.setup().run(&token.leaf, &mut Workspace::new(), |path| {
        let path = path.unwrap();
        Credential::from_identity(&Identity::from_path(&path, &IdentityOptions::default()).unwrap()).unwrap()
    });
    assert_eq!(token.decide(token.proof(), NOW + 10), Outcome::Login(ALICE.into()));
    assert_eq!(token.decide(token.proof(), NOW + 11), Outcome::Refused(ErrorKind::Expired));
}

#[test]
fn switched_off_a_proof_says_nothing() {
    let token = Token::p256();
    let off = Settings { enable: false, check: CertificateCheck::Primary };
    let possession = Possession::ProvenByChallenge(token.proof());
    let decision = decide(&off, &token.credential, possession, UnixTime(NOW), None);
    assert_eq!(Outcome::of(&decision), Outcome::Disabled);
}

// -- what a challenge is made from --

#[test]
fn no_challenge_is_made_from_what_cannot_be_right() {
    let token = Token::p256();
    let outcome = |input: ChallengeInput<'_>| {
        Challenge::of_credential(&token.credential, &input).map(drop).map_err(|error| error.kind)
    };
    let malformed = Err(ErrorKind::MalformedChallenge);
    assert_eq!(outcome(ChallengeInput { nonce: [0; 32], ..INPUT }), malformed);
    for at in 0..32 {
        let mut nonce = [0; 32];
        nonce[at] = 1;
        assert_eq!(outcome(ChallengeInput { nonce, ..INPUT }), Ok(()));
    }
    let named = |verifier_name: &[u8]| outcome(ChallengeInput { verifier_name, ..INPUT });
    assert_eq!(named(b""), malformed);
    assert_eq!(named(&[b'a'; 253]), Ok(()));
    for len in [254, 255, 256, 257, 512] {
        assert_eq!(named(&vec![b'a'; len]), malformed);
    }
    for byte in 0..=u8::MAX {
        let expected = if matches!(byte, b'!'..=b'~') { Ok(()) } else { malformed };
        assert_eq!(named(&[b'a', byte]), expected, "{byte}");
    }
    let until =
        |time, expiry| outcome(ChallengeInput { time: UnixTime(time), expiry: UnixTime(expiry), ..INPUT });
    assert_eq!(until(NOW, NOW), Ok(()));
    assert_eq!(until(NOW, NOW - 1), malformed);
    assert_eq!(until(NOW, NOW + MAX_CHALLENGE_SECONDS), Ok(()));
    for expiry in [NOW + MAX_CHALLENGE_SECONDS + 1, NOW * 1000, i64::MAX, i64::MIN] {
        assert_eq!(until(NOW, expiry), malformed);
    }
    assert_eq!(until(i64::MIN, i64::MAX), malformed);
    assert_eq!(until(i64::MAX, i64::MIN), malformed);
}
