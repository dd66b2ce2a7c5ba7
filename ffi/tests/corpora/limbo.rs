//! C2SP x509-limbo.

use crate::paths::{add_crl, dotted, readable, trusting, verify};
use crate::suite::Refusal;
use crate::suite::limbo::{Case, agrees};
use cba_ffi::*;

#[test]
fn agrees_with_x509_limbo() {
    agrees("x509-limbo, C ABI", judge);
}

fn judge(case: &Case) -> Result<(), Refusal> {
    let presented = readable(&case.intermediates);
    let mut setup = trusting(&case.roots, case.time).with(|setup| {
        setup.options.purpose = dotted(case.purpose);
        setup.options.accept = CBA_ACCEPT_MISSING_EXTENDED_KEY_USAGE;
        setup.options.anchor_constraints = CBA_ANCHOR_CONSTRAINTS_ENFORCED;
        setup.options.require = CBA_REQUIRE_ANCHOR_VALIDITY;
    });
    match case.max_intermediates {
        Some(0) => return Err(Refusal::NoOption("no intermediate at all: 0 stands for the default")),
        Some(most) => setup.options.max_intermediates = most.min(8),
        None => {}
    }
    if !case.crls.is_empty() {
        setup.options.revocation = CBA_REVOCATION_LEAF;
        // Where the issuer of a CRL is looked for.
        setup.intermediates.clone_from(&presented);
    }
    for der in &case.crls {
        add_crl(&mut setup, der);
    }
    verify(&setup, &case.leaf, presented)
}
