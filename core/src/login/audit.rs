//! The audit record: what a log needs to say about a login attempt, in a fixed size.

use super::Decision;
use crate::certificate::Certificate;
use crate::der::Serial;
use crate::digest::sha256;
use crate::error::ErrorKind;
use heapless::Vec;

/// The kind of a decision, without the principal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// [`Decision::Refused`].
    Refused,
    /// [`Decision::Disabled`].
    Disabled,
    /// [`Decision::ContinueWithPassword`].
    ContinueWithPassword,
    /// [`Decision::Login`].
    Login,
}

/// What happened, and to which certificate. Filled for every outcome; names no person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditRecord {
    /// The verdict.
    pub verdict: Verdict,
    /// Why it is a refusal; `None` for every other verdict.
    pub reason: Option<ErrorKind>,
    /// The certificate that the reason is about, 0 for the leaf.
    pub depth: u8,
    /// SHA-256 of the leaf's DER, whether or not it could be read; `None` without a certificate.
    pub fingerprint: Option<[u8; 32]>,
    /// SHA-256 of the DER of the leaf's issuer name; `None` if the leaf could not be read.
    pub issuer: Option<[u8; 32]>,
    serial: Vec<u8, { Serial::MAX_LEN + 1 }>,
}

impl AuditRecord {
    /// The record of a login attempt with this leaf, as given and as read; a refusal until
    /// [`record`](Self::record) is told the decision.
    #[must_use]
    pub fn new(der: Option<&[u8]>, leaf: Option<&Certificate<'_>>) -> Self {
        let mut serial = Vec::new();
        for &byte in leaf.map_or(&[][..], |leaf| leaf.serial().as_bytes()) {
            if serial.push(byte).is_err() {
                break;
            }
        }
        Self {
            verdict: Verdict::Refused,
            reason: None,
            depth: 0,
            fingerprint: der.map(sha256),
            issuer: leaf.map(|leaf| sha256(leaf.issuer().der())),
            serial,
        }
    }

    /// Records the decision.
    pub fn record(&mut self, decision: &Decision) {
        let (verdict, error) = match decision {
            Decision::Refused(error) => (Verdict::Refused, Some(error)),
            Decision::Disabled => (Verdict::Disabled, None),
            Decision::ContinueWithPassword { .. } => (Verdict::ContinueWithPassword, None),
            Decision::Login { .. } => (Verdict::Login, None),
        };
        self.verdict = verdict;
        self.reason = error.map(|error| error.kind);
        self.depth = error.map_or(0, |error| error.depth);
    }

    /// The leaf's serial number: the contents of its INTEGER, cut off after 21 bytes (twenty, and the
    /// zero byte that may precede them); empty if the leaf could not be read.
    #[must_use]
    pub fn serial(&self) -> &[u8] {
        &self.serial
    }
}
