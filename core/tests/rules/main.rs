//! The rules: one test each, on certificates that are minted for it.
#![cfg(feature = "ring")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    reason = "a panic is how a test fails"
)]

mod common;

mod budget;
mod certificate;
mod challenge;
mod constraints;
mod crl;
mod device;
mod faults;
mod identity;
mod login;
mod ocsp;
mod oracle;
mod policy;
mod search;
mod validation;
