//! Every public function of cba-core, called from an exported one with arguments of which the optimizer
//! knows nothing but their types: what it cannot rule out here, no caller can bring about.
//!
//! Values of the core's types are taken by reference, so nothing is assumed of how they were made; a
//! function is named with its type, so that run.sh can look each one up. Results are kept.
//!
//! The functions of cba-ffi are exported as they are.
#![no_std]

use cba_ffi as _;

mod certificate;
mod config;
#[cfg(any(feature = "heap-control", feature = "panic-control"))]
mod control;
mod der;
mod identity;
mod login;
mod path;
mod revocation;
mod signature;
mod values;

/// Makes the optimizer believe that `value` is needed.
#[inline(always)]
fn keep<T>(value: T) {
    core::hint::black_box(value);
}

/// Steps through an iterator to its end, keeping every item.
#[inline(always)]
fn keep_all<T>(items: impl Iterator<Item = T>) {
    for item in items {
        keep(item);
    }
}
