//! Revocation (RFC 5280 section 5 and 6.3, RFC 6960): CRLs and OCSP responses that the caller holds, asked about
//! the certificates of a path.
//!
//! A [`Crl`] is read and [verified](Crl::verify) once; a [`VerifiedCrl`] is then asked without another
//! signature, in logarithmic time if it [has an index](VerifiedCrl::with_index). [`Revocation`] brings all sources together, and is
//! what a [`Verifier`](crate::path::Verifier) asks. Nothing here fetches anything.
//!
//! ```
//! use cba_core::path::{Verifier, Workspace};
//! use cba_core::revocation::{Crl, IndexEntry, IndexKey, Revocation, RevocationOptions};
//! use cba_core::{Certificate, Result, UnixTime};
//!
//! /// Whether the leaf has a good path, and neither it nor a CA above it is on these CRLs.
//! fn ask<'v>(
//!     verifier: &Verifier<'v>,
//!     intermediates: &'v [Certificate<'v>],
//!     ders: [&'v [u8]; 2],
//!     memory: [&'v mut [IndexEntry]; 2],
//!     key: [u8; 16],
//!     leaf: &Certificate<'_>,
//!     now: UnixTime,
//! ) -> Result<()> {
//!     let mut workspace = Workspace::new();
//!     let [first, second] = memory;
//!     let mut verify = |der, memory| {
//!         let crl = Crl::from_der(der)?.verify(verifier, intermediates, now, &mut workspace)?;
//!         crl.with_index(memory, IndexKey(key))
//!     };
//!     let crls = [verify(ders[0], first)?, verify(ders[1], second)?];
//!     let options = RevocationOptions::default();
//!     let revocation = Revocation { crls: &crls, ocsp: &[], nonce: None, options };
//!     let verifier = Verifier { status: Some(&revocation), ..*verifier };
//!     verifier.verify(leaf, intermediates, now, &mut workspace).map(drop)
//! }
//! ```

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
