//! The challenge: how a client without TLS, such as a hardware token, proves that it holds its certificate's key.
//!
//! The verifier makes a [`Challenge`] for a certificate that it has verified. The client signs its message with the
//! certificate's key. [`Challenge::answer`] takes the challenge by value, so that there is one attempt, and gives a
//! [`ProofOfPossession`]; [`decide`](super::decide) takes that by value, so that it lets in once.

use super::Credential;
use crate::certificate::Certificate;
use crate::der::{push_positive_integer, tag};
use crate::digest::sha256;
use crate::error::{ErrorKind, Result};
use crate::limits::{MAX_CHALLENGE_SECONDS, MAX_VERIFIER_NAME_LEN};
use crate::path::VerifiedPath;
use crate::signature::{Digest, Hash, PublicKey, SignatureAlgorithm, SignatureVerifier};
use crate::time::UnixTime;
use heapless::Vec;

/// What a challenge is made from, beside the certificate.
#[derive(Clone, Copy, Debug)]
pub struct ChallengeInput<'c> {
    /// 32 bytes of a cryptographic random generator, new for each challenge. That nobody can foretell them, and that
    /// they never come again, is the caller's to see to.
    pub nonce: [u8; 32],
    /// The verifier's own name, such as `login.example.com`: 1 to 253 bytes of printable ASCII without the blank.
    /// Compared byte for byte by whoever checks it.
    pub verifier_name: &'c [u8],
    /// The time now: the first second in which it may be answered.
    pub time: UnixTime,
    /// The last second in which it may be answered, and its proof used; at most
    /// [`MAX_CHALLENGE_SECONDS`] after `time`.
    pub expiry: UnixTime,
}

/// The form of an answer: what was signed how, and how the signature is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AnswerForm {
    /// ECDSA over this hash, as a DER `ECDSA-Sig-Value` (RFC 3279 2.2.3): most libraries.
    EcdsaDer(Hash),
    /// ECDSA over this hash, as r and s one after the other, each as long as the curve's order: PKCS #11 (2.40
    /// 2.3.1), JWS, Web Crypto.
    EcdsaRaw(Hash),
    /// Ed25519 over the message itself (RFC 8032).
    Ed25519,
    /// RSASSA-PKCS1-v1_5 (RFC 8017 8.2).
    RsaPkcs1(Hash),
    /// RSASSA-PSS with MGF1 over the same hash, and a salt as long as the hash (RFC 8017 8.1).
    RsaPss(Hash),
}

impl AnswerForm {
    const fn algorithm(self) -> SignatureAlgorithm {
        match self {
            Self::EcdsaDer(hash) | Self::EcdsaRaw(hash) => SignatureAlgorithm::Ecdsa(hash),
            Self::Ed25519 => SignatureAlgorithm::Ed25519,
            Self::RsaPkcs1(hash) => SignatureAlgorithm::RsaPkcs1(hash),
            Self::RsaPss(hash) => SignatureAlgorithm::RsaPss(hash),
        }
    }
}

/// An answer: the signature of [`Challenge::message`], and the form that it has.
#[derive(Clone, Copy, Debug)]
pub struct Answer<'a> {
    /// The form. Never guessed from the bytes.
    pub form: AnswerForm,
    /// The signature.
    pub signature: &'a [u8],
}

/// A challenge to the holder of a verified certificate.
///
/// The message, all of whose fields but the last have a fixed length:
///
/// | bytes | what | against |
/// | --- | --- | --- |
/// | 32 | [`LABEL`](Self::LABEL), which names purpose and version | signatures that were made for something else |
/// | 32 | SHA-256 of the certificate's DER | an answer for another certificate, of the same key even |
/// | 32 | the nonce | replay |
/// | 8 | when it was made, in Unix seconds, big-endian | |
/// | 8 | its last second, in the same form | an answer that was kept |
/// | 1 | the length of the name | |
/// | 1 to 253 | the verifier's name | relay: an answer that another verifier asked for |
///
/// # What it does not prevent
///
/// A signature of this message is of no use elsewhere, and a signature made elsewhere is no answer: TLS signs what
/// begins with 64 blanks (RFC 8446 4.4.3), X.509 and CMS sign DER. That holds too where a token is handed the hash
/// alone. But such a token cannot see *what* it signs: whoever has its PIN can have it sign anything, and a host that
/// passes on hashes of somebody else's choice signs logins for him. Software in front of a token must therefore take
/// the whole message, check the label, and check that the name is the one of the verifier that it talks to; only then
/// does the name prevent relay.
///
/// # One attempt
///
/// It borrows nothing: it may be kept until the answer comes. It can be neither copied nor answered twice:
///
/// ```compile_fail,E0382
/// # use cba_core::login::{Answer, Challenge};
/// # use cba_core::{Certificate, UnixTime, signature::Ring};
/// fn twice(challenge: Challenge, leaf: &Certificate<'_>, time: UnixTime, answer: Answer<'_>) {
///     let first = challenge.answer(leaf, &Ring, time, answer);
///     let replay = challenge.answer(leaf, &Ring, time, answer);
/// }
/// ```
#[derive(Debug)]
#[must_use = "a challenge that nobody answers proves nothing"]
pub struct Challenge {
    message: Vec<u8, { Challenge::MAX_MESSAGE_LEN }>,
    fingerprint: [u8; 32],
    time: UnixTime,
    expiry: UnixTime,
}

impl Challenge {
    /// What every message begins with.
    pub const LABEL: &'static [u8; 32] = b"libcba possession challenge, v1\0";

    /// Most bytes in a message.
    pub const MAX_MESSAGE_LEN: usize = 32 + 32 + 32 + 8 + 8 + 1 + MAX_VERIFIER_NAME_LEN;

    /// A challenge to the holder of the leaf of a verified path.
    ///
    /// # Errors
    /// [`ErrorKind::MalformedChallenge`] if the nonce is zero, if the name is empty, too long or holds what it must
    /// not, or if `expiry` is before `time` or too long after it.
    pub fn of_path(path: &VerifiedPath<'_>, input: &ChallengeInput<'_>) -> Result<Self> {
        Self::new(sha256(path.leaf().der()), input)
    }

    /// A challenge to the holder of the certificate of a credential.
    ///
    /// # Errors
    /// As for [`of_path`](Self::of_path).
    pub fn of_credential(credential: &Credential, input: &ChallengeInput<'_>) -> Result<Self> {
        Self::new(*credential.fingerprint(), input)
    }

    fn new(fingerprint: [u8; 32], input: &ChallengeInput<'_>) -> Result<Self> {
        let ChallengeInput { nonce, verifier_name, time, expiry } = *input;
        let seconds = expiry.0.checked_sub(time.0);
        let in_time = seconds.is_some_and(|seconds| (0..=MAX_CHALLENGE_SECONDS).contains(&seconds));
        let is_name = !verifier_name.is_empty() && verifier_name.iter().all(u8::is_ascii_graphic);
        // A nonce that nobody filled in.
        if nonce == [0; 32] || !is_name || !in_time {
            return Err(ErrorKind::MalformedChallenge.into());
        }
        let name_len = u8::try_from(verifier_name.len()).map_err(|_| ErrorKind::MalformedChallenge)?;
        let mut message = Vec::new();
        for part in [
            &Self::LABEL[..],
            &fingerprint,
            &nonce,
            &time.0.to_be_bytes(),
            &expiry.0.to_be_bytes(),
            &[name_len],
            verifier_name,
        ] {
            message.extend_from_slice(part).map_err(|_| ErrorKind::MalformedChallenge)?;
        }
        Ok(Self { message, fingerprint, time, expiry })
    }

    /// The bytes that are to be signed.
    #[must_use]
    pub fn message(&self) -> &[u8] {
        &self.message
    }

    /// The digest of the message, for tokens that sign digests only (PKCS #11's `CKM_ECDSA`). For Ed25519 there is
    /// none: it signs the message.
    #[must_use]
    pub fn digest(&self, hash: Hash) -> Digest {
        Digest::of(hash, &[&self.message])
    }

    /// SHA-256 of the DER of the certificate whose holder is challenged.
    #[must_use]
    pub const fn fingerprint(&self) -> &[u8; 32] {
        &self.fingerprint
    }

    /// The last second in which it may be answered.
    #[must_use]
    pub const fn expiry(&self) -> UnixTime {
        self.expiry
    }

    /// Verifies the answer with the key of `leaf`, the very certificate that the challenge was made for. Good or
    /// bad, the challenge is gone.
    ///
    /// # Errors
    /// [`ErrorKind::ChallengeOver`] if `time` lies after its expiry, or before the time it was made for;
    /// [`ErrorKind::ProofOfAnotherCertificate`] if `leaf` is another; [`ErrorKind::AnswerFormMismatch`] if the form
    /// does not fit its key; [`ErrorKind::UnsupportedSignatureAlgorithm`] if `signatures` does not verify that form;
    /// [`ErrorKind::WrongAnswer`] if the signature is none of this message under that key.
    pub fn answer(
        self,
        leaf: &Certificate<'_>,
        signatures: &dyn SignatureVerifier,
        time: UnixTime,
        answer: Answer<'_>,
    ) -> Result<ProofOfPossession> {
        let proof = ProofOfPossession { fingerprint: self.fingerprint, time: self.time, expiry: self.expiry };
        proof.require_time(time)?;
        proof.require_certificate(&sha256(leaf.der()))?;
        // The key was found strong enough when its path was verified.
        let key = PublicKey::from_spki(leaf.subject_public_key_info())?;
        let algorithm = answer.form.algorithm();
        if !algorithm.fits(key) {
            return Err(ErrorKind::AnswerFormMismatch.into());
        }
        if !signatures.supports(algorithm, key) {
            return Err(ErrorKind::UnsupportedSignatureAlgorithm.into());
        }
        let encoded;
        let signature = match answer.form {
            AnswerForm::EcdsaRaw(_) => {
                encoded = ecdsa_sig_value(answer.signature, key).ok_or(ErrorKind::WrongAnswer)?;
                &encoded
            }
            _ => answer.signature,
        };
        match signatures.verify(algorithm, key, &self.message, signature) {
            Ok(()) => Ok(proof),
            Err(_) => Err(ErrorKind::WrongAnswer.into()),
        }
    }
}

/// Proof that whoever answered a challenge holds the key of its certificate.
///
/// Only [`Challenge::answer`] makes one, and [`decide`](super::decide) takes it for good: it cannot be copied.
///
/// ```compile_fail,E0382
/// # use cba_core::login::{Credential, Possession, ProofOfPossession, decide};
/// # use cba_core::{UnixTime, config::Settings};
/// fn twice(settings: &Settings, credential: &Credential, time: UnixTime, proof: ProofOfPossession) {
///     let first = decide(settings, credential, Possession::ProvenByChallenge(proof), time, None);
///     let again = decide(settings, credential, Possession::ProvenByChallenge(proof), time, None);
/// }
/// ```
#[derive(Debug, PartialEq, Eq)]
#[must_use = "a proof that nobody looks at lets nobody in"]
pub struct ProofOfPossession {
    fingerprint: [u8; 32],
    time: UnixTime,
    expiry: UnixTime,
}

impl ProofOfPossession {
    /// SHA-256 of the DER of the certificate whose key was proven.
    #[must_use]
    pub const fn fingerprint(&self) -> &[u8; 32] {
        &self.fingerprint
    }

    /// The last second for which it holds: its challenge's.
    #[must_use]
    pub const fn expiry(&self) -> UnixTime {
        self.expiry
    }

    /// The time is the challenge's. A host that forgot to set it must not have proofs that never end.
    pub(super) fn require_time(&self, time: UnixTime) -> Result<()> {
        if self.time <= time && time <= self.expiry { Ok(()) } else { Err(ErrorKind::ChallengeOver.into()) }
    }

    pub(super) fn require_certificate(&self, fingerprint: &[u8; 32]) -> Result<()> {
        if self.fingerprint == *fingerprint {
            Ok(())
        } else {
            Err(ErrorKind::ProofOfAnotherCertificate.into())
        }
    }
}

/// Two INTEGERs of at most 49 bytes each, their headers, and that of their SEQUENCE.
const MAX_ECDSA_SIG_VALUE_LEN: usize = 2 + 2 * (2 + 49);

/// r and s as every backend takes them; `None` if they are not as long as the order of the key's curve, or if one is
/// zero, which no signature has (FIPS 186-5 6.4.2).
fn ecdsa_sig_value(raw: &[u8], key: PublicKey<'_>) -> Option<Vec<u8, MAX_ECDSA_SIG_VALUE_LEN>> {
    let order_len = match key {
        PublicKey::P256(_) => 32,
        PublicKey::P384(_) => 48,
        _ => return None,
    };
    let (r, s) = raw.split_at_checked(order_len)?;
    if s.len() != order_len {
        return None;
    }
    let mut integers: Vec<u8, MAX_ECDSA_SIG_VALUE_LEN> = Vec::new();
    push_positive_integer(&mut integers, r)?;
    push_positive_integer(&mut integers, s)?;
    // Below 128.
    let len = u8::try_from(integers.len()).ok()?;
    let mut encoded = Vec::new();
    encoded.extend_from_slice(&[tag::SEQUENCE, len]).ok()?;
    encoded.extend_from_slice(&integers).ok()?;
    Some(encoded)
}
