//! The same certificates through cba-core, rustls-webpki and OpenSSL, and through nothing but the
//! signatures themselves.
//!
//! [`Case`] mints what is measured, a [`Peer`] makes a closure of it that does the whole work once. The
//! programs beside this library only differ in what they count: time, instructions or allocations.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a panic ends a benchmark that measures the wrong thing"
)]

pub mod allocations;
mod case;
mod clock;
mod floor;
mod openssl_peer;
mod ours;
mod pki;
mod webpki_peer;

pub use case::{Case, Peer, Run};
pub use clock::thread_time;
pub use openssl_peer::count_openssl_allocations;
pub use ours::{Login, signatures_verified};
pub use pki::{EMAIL, Pki, TIME};
