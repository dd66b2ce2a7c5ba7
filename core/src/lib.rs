#![no_std]
#![forbid(unsafe_code)]
//! Certificate-based authentication: from a client certificate to a login decision.

pub mod config;
pub mod error;
pub mod limits;
pub mod pem;
pub mod signature;

pub use error::{Error, ErrorKind, Result};
