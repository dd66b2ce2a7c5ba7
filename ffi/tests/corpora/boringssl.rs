//! The chains and the CRLs of BoringSSL's verifier.

use crate::paths::{add_crl, dotted, readable, trusting, verify};
use crate::suite::{Refusal, boringssl, boringssl_crl};
use cba_ffi::*;

#[test]
fn agrees_with_the_chains_of_boringssl() {
    // Which policies a path is valid for is not handed out.
    boringssl::agrees("boringssl, C ABI", |case| chain(case).map(|()| None));
}

fn chain(case: &boringssl::Case) -> Result<(), Refusal> {
    let flag = |asked: bool, flag: u32| if asked { flag } else { 0 };
    let setup = trusting(&case.anchor, case.time).with(|setup| {
        setup.options.purpose = dotted(case.purpose);
        setup.options.accept = flag(!case.strict, CBA_ACCEPT_MISSING_EXTENDED_KEY_USAGE)
            | flag(!case.strict, CBA_ACCEPT_ANY_EXTENDED_KEY_USAGE)
            | flag(case.accept_trusted_leaf, CBA_ACCEPT_TRUSTED_LEAF);
        setup.options.require = flag(case.check_anchor_validity, CBA_REQUIRE_ANCHOR_VALIDITY);
        setup.options.anchor_constraints = if case.enforce_anchor_constraints {
            CBA_ANCHOR_CONSTRAINTS_ENFORCED
        } else {
            CBA_ANCHOR_CONSTRAINTS_IGNORED
        };
    });
    verify(&setup, &case.leaf, readable(&case.presented))
}

#[test]
fn agrees_with_the_crls_of_boringssl() {
    boringssl_crl::agrees("boringssl-crl, C ABI", status);
}

fn status(case: &boringssl_crl::Case) -> Result<(), Refusal> {
    if case.above.is_some() {
        return Err(Refusal::NoOption(
            "an issuer without basicConstraints, which the suite takes as verified",
        ));
    }
    let mut setup = trusting([&case.issuer], case.time).with(|setup| {
        setup.options.purpose = dotted(cba_core::path::Purpose::Any);
        setup.options.min_rsa_bits = 1024;
        setup.options.accept = CBA_ACCEPT_VERSION_1_CRLS;
        setup.options.revocation = CBA_REVOCATION_CHAIN;
        setup.options.max_status_age = case.max_age;
    });
    add_crl(&mut setup, &case.crl);
    verify(&setup, &case.leaf, Vec::new())
}
