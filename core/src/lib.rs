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
//! Certificate-based authentication: from a client certificate to a login decision.

#[cfg(test)]
extern crate std;

pub mod certificate;
pub mod config;
pub mod der;
mod digest;
pub mod error;
pub mod identity;
pub mod limits;
pub mod login;
pub mod path;
pub mod pem;
pub mod signature;
mod sort;
pub mod time;

pub use certificate::Certificate;
pub use digest::sha256;
pub use error::{Error, ErrorKind, Result};
pub use time::UnixTime;
