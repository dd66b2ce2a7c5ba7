//! Revocation as a path sees it (RFC 5280 6.1.3 (a)(3)): a question to whoever knows, asked once everything else
//! holds.

use super::{TrustAnchor, Verifier};
use crate::certificate::Certificate;
use crate::error::{ErrorKind, Result};
use crate::limits::Limits;
use crate::time::UnixTime;

/// Who knows whether certificates are revoked: [`Revocation`](crate::revocation::Revocation), or a source of the
/// caller's own.
pub trait StatusCheck {
    /// Requires that no certificate of the path is revoked. Gives the last second for which that was said.
    ///
    /// # Errors
    /// [`ErrorKind::Revoked`](crate::ErrorKind::Revoked) with the depth of the certificate, or a kind that says
    /// why its status is not known. `Revoked` at depth 0 ends the search: another path to another anchor does not
    /// make the leaf good again.
    fn require_good(&self, request: &StatusRequest<'_, '_>, budget: &mut StatusBudget) -> Result<UnixTime>;
}

/// A path whose signatures are good, and whose status is asked.
#[derive(Clone, Copy, Debug)]
pub struct StatusRequest<'r, 'p> {
    /// From the leaf to the certificate that the anchor issued. Never empty.
    pub certificates: &'r [&'p Certificate<'p>],
    /// The anchor at which the path ends.
    pub anchor: &'p TrustAnchor<'p>,
    /// The time for which the path is verified.
    pub time: UnixTime,
    /// Who verifies the path: its anchors, bounds and signature verifier.
    pub verifier: &'r Verifier<'p>,
}

/// What may still be done to find out about the status of certificates: one for all paths of a call.
#[derive(Debug)]
pub struct StatusBudget {
    comparisons: u32,
    signatures: u32,
}

impl StatusBudget {
    /// The whole of what these limits allow.
    #[must_use]
    pub const fn new(limits: &Limits) -> Self {
        Self { comparisons: limits.status_comparisons, signatures: limits.status_signatures }
    }

    /// Takes `cost` comparisons.
    ///
    /// # Errors
    /// [`ErrorKind::StatusBudgetExhausted`](crate::ErrorKind::StatusBudgetExhausted).
    pub fn compare(&mut self, cost: u32) -> Result<()> {
        self.comparisons = self.comparisons.checked_sub(cost).ok_or(ErrorKind::StatusBudgetExhausted)?;
        Ok(())
    }

    /// Takes the verification of a signature.
    ///
    /// # Errors
    /// [`ErrorKind::StatusBudgetExhausted`](crate::ErrorKind::StatusBudgetExhausted).
    pub fn verify(&mut self) -> Result<()> {
        self.signatures = self.signatures.checked_sub(1).ok_or(ErrorKind::StatusBudgetExhausted)?;
        Ok(())
    }
}
