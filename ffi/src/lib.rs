#![no_std]
#![allow(non_camel_case_types, reason = "names as C has them")]
//! The C ABI of libcba. `include/cba.h` is generated from this crate, and its comments are the reference.
//!
//! All of the unsafe code is here, and none of the thinking: pointers are checked, structures are copied, and
//! the core decides. Nothing allocates, locks, does I/O, reads a clock, or calls back.

mod arena;
mod bundle;
mod challenge;
mod config;
mod login;
mod sized;
mod sizes;
mod span;
mod status;
mod text;
mod verifier;
mod version;
mod workspace;

pub use challenge::*;
pub use config::*;
pub use login::*;
pub use sizes::*;
pub use span::cba_span;
pub use status::*;
pub use text::*;
pub use verifier::*;
pub use version::*;
pub use workspace::{cba_workspace, cba_workspace_init};
