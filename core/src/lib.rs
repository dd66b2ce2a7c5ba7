#![no_std]
#![forbid(unsafe_code)]
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::indexing_slicing,
        clippy::panic,
        clippy::arithmetic_side_effects,
        reason = "a panic is how a test fails"
    )
)]
//! Certificate-based authentication: a client certificate goes in, a login decision comes out.
//!
//! Nothing here allocates, panics, recurses, reads a clock or does I/O. Every type borrows from the
//! caller's bytes, every search has its bounds in [`limits`], and every step hands on a type that only it
//! can make:
//!
//! ```text
//! Certificate ──Verifier──▶ VerifiedPath ──▶ Identity ──decide──▶ Decision
//! (read, not    (signatures,  (a good path    (one e-mail,          (log in, go on with
//!  yet trusted)  RFC 5280)     to an anchor)   one device)           the password, refused)
//! ```
//!
//! # A login
//!
//! ```
//! use cba_core::certificate::Certificate;
//! use cba_core::config::Settings;
//! use cba_core::identity::IdentityOptions;
//! use cba_core::limits::Limits;
//! use cba_core::login::{Authenticator, Decision, Possession, Request};
//! use cba_core::path::{DenyList, PathOptions, TrustAnchor, TrustAnchors, Verifier, Workspace};
//! use cba_core::signature::Ring;
//! use cba_core::UnixTime;
//!
//! # let root = test_pki::Authority::root("Root", test_pki::Key::p256(1));
//! # let issuing = root.issue_ca("Issuing", test_pki::Key::p256(2)).build_authority();
//! # let leaf_der = issuing.issue(test_pki::Key::p256(3)).email("Alice@example.com").build();
//! # let (root_der, issuing_der) = (root.certificate_der(), issuing.certificate_der());
//! # let config_json = br#"{"ExperimentalSettings": {"ClientSideCertEnable": true, "ClientSideCertCheck": "primary"}}"#;
//! # let now = 1_767_225_600;
//! // Once, when the server starts: whom to trust, and what is asked.
//! let root = Certificate::from_der(root_der)?;
//! let mut anchors = [TrustAnchor::from_certificate(&root)];
//! let authenticator = Authenticator {
//!     verifier: Verifier {
//!         anchors: TrustAnchors::new(&mut anchors),
//!         intermediates: &[],
//!         denied: DenyList::EMPTY,
//!         options: PathOptions::default(),
//!         limits: Limits::default(),
//!         signatures: &Ring,
//!         status: None,
//!     },
//!     identity: IdentityOptions::default(),
//!     settings: Settings::from_json(config_json)?.settings,
//! };
//!
//! // For each login, after the TLS handshake.
//! let presented = [Certificate::from_der(issuing_der)?];
//! let request = Request {
//!     leaf: Some(&leaf_der),
//!     presented: &presented,
//!     time: UnixTime(now),
//!     possession: Possession::ProvenByTls,
//!     login_id: None,
//! };
//! let (decision, audit) = authenticator.authenticate(request, &mut Workspace::new());
//! match decision {
//!     Decision::Login { principal } => {
//!         // The host's own checks of this one account come next: active, not locked, second factor.
//!         assert_eq!(principal.email().as_str(), "alice@example.com");
//!     }
//!     Decision::ContinueWithPassword { .. } => unreachable!("the configuration says primary"),
//!     Decision::Disabled => unreachable!("the configuration says enabled"),
//!     Decision::Refused(error) => panic!("{error}; certificate {:x?}", audit.fingerprint),
//! }
//! # Ok::<(), cba_core::Error>(())
//! ```
//!
//! # Modules
//!
//! Each imports only from those below it.
//!
//! | module | what it does | source |
//! | --- | --- | --- |
//! | [`login`] | settings, identity and possession to a decision and its audit record | |
//! | [`config`] | the settings out of Mattermost's `config.json` | RFC 8259 |
//! | [`identity`] | one user and one device out of a verified path | RFC 5280 4.1.2.6, RFC 5321 |
//! | [`revocation`] | CRLs and OCSP responses: the status of the certificates of a path | RFC 5280 5 and 6.3, RFC 6960 |
//! | [`path`] | search and validation of certification paths | RFC 5280 6.1, RFC 4158 |
//! | [`signature`] | who verifies signatures, and which are strong enough | RFC 4055, 5480, 8017, 8410 |
//! | [`certificate`] | certificates, names and extensions, read in place | RFC 5280 4 |
//! | [`der`] | DER | X.690 |
//! | [`email`] | the grammar of addresses, and domains that somebody may speak for | RFC 5321, RFC 5280 4.2.1.10 |
//! | [`pem`] | PEM bundles | RFC 7468 |
//!
//! # Features
//!
//! | feature | default | gives |
//! | --- | --- | --- |
//! | `ring` | yes | [`signature::Ring`]: ECDSA on P-256 and Ed25519; the rest by `compact` |
//! | `compact` | with `ring` | [`signature::Compact`]: RSA PKCS #1 v1.5 and PSS, ECDSA on P-256 and P-384, without heap, on every target |
//!
//! Without either, signatures are verified by the caller's own [`signature::SignatureVerifier`].
//!
//! # What is not checked
//!
//! Revocation is asked where [`path::Verifier::status`] says of whom; without it, a revoked certificate is refused
//! only if it stands on the [`path::DenyList`]. Nothing is fetched: CRLs and OCSP responses are the caller's. An
//! anchor is a name and a key, unless [`path::PathOptions`] asks for more of its certificate. What the host still
//! owes is said at [`login::Decision`].

#[cfg(test)]
extern crate std;

pub mod certificate;
pub mod config;
pub mod der;
mod digest;
pub mod email;
pub mod error;
pub mod identity;
mod json;
pub mod limits;
pub mod login;
pub mod path;
pub mod pem;
pub mod revocation;
pub mod signature;
mod sort;
pub mod time;

pub use certificate::Certificate;
pub use digest::sha256;
pub use error::{Error, ErrorKind, Result};
pub use time::UnixTime;
