//! Revocation (RFC 5280 section 5 and 6.3, RFC 6960): CRLs and OCSP responses that the caller holds, asked about
//! the certificates of a path.
//!
//! A [`Crl`] is read and [verified](Crl::verify) once; a [`VerifiedCrl`] is then asked without another
//! signature, in logarithmic time if it [has an index](VerifiedCrl::with_index). [`Revocation`] brings all sources together, and is
//! what a [`Verifier`](crate::path::Verifier) asks. Nothing here fetches anything.

mod check;
mod crl;
mod index;
mod ocsp;
mod options;
mod scope;
mod verified;

pub use self::check::Revocation;
pub use self::crl::{Crl, CrlEntry, CrlNumber, ReasonCode};
pub use self::index::{IndexEntry, IndexKey};
pub use self::ocsp::OcspResponse;
pub use self::options::{RevocationOptions, Scope};
pub use self::verified::VerifiedCrl;
