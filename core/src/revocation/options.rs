//! What is asked of revocation, and until when a statement holds.

use crate::error::ErrorKind;
use crate::time::UnixTime;

/// What is asked of revocation. The default asks everything and forgives nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct RevocationOptions {
    /// Which certificates must be good.
    pub scope: Scope,
    /// Accept certificates of whose status nothing is known; false. What is known to be revoked is refused
    /// all the same.
    pub accept_undetermined: bool,
    /// Greatest age of CRLs and OCSP responses in seconds, counted from thisUpdate; `None` leaves it to
    /// nextUpdate.
    pub max_age: Option<u32>,
    /// How many seconds the clocks of issuers may be ahead or behind; 0.
    pub clock_skew: u32,
    /// Accept version 1 CRLs; false. They cannot say what they speak of.
    pub accept_version_1_crls: bool,
}

/// Which certificates of a path must be good.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Scope {
    /// Every certificate below the anchor, and those of the CRL issuers who were relied on.
    #[default]
    Chain,
    /// The leaf alone: nobody notices a revoked CA or CRL issuer.
    Leaf,
}

impl RevocationOptions {
    /// The last second for which a statement with these dates holds, if it does at `time`.
    pub(super) fn valid_until(
        &self,
        this_update: UnixTime,
        next_update: Option<UnixTime>,
        time: UnixTime,
    ) -> core::result::Result<UnixTime, ErrorKind> {
        let skew = i64::from(self.clock_skew);
        if time.0.saturating_add(skew) < this_update.0 {
            return Err(ErrorKind::CrlNotYetValid);
        }
        let aged = self.max_age.map(|age| this_update.0.saturating_add(i64::from(age)).saturating_add(skew));
        let next = next_update.map(|next| next.0.saturating_add(skew));
        match (next, aged) {
            (None, None) => Err(ErrorKind::CrlWithoutNextUpdate),
            (Some(next), _) if time.0 > next => Err(ErrorKind::CrlExpired),
            (_, Some(aged)) if time.0 > aged => Err(ErrorKind::CrlTooOld),
            (next, aged) => Ok(UnixTime(next.unwrap_or(i64::MAX).min(aged.unwrap_or(i64::MAX)))),
        }
    }
}
