//! A path judged through the C ABI, where a login is what is asked for.

use crate::common::{Attempt, Setup, span, status_text};
use crate::suite::Refusal;
use cba_core::path::Purpose;
use cba_core::{Certificate, ErrorKind};
use cba_ffi::*;

/// Trusting these roots, as far as they can be read. They may speak for no e-mail domain that there is: nobody
/// logs in, and a good path ends with a refusal of the identity.
pub(crate) fn trusting<'r>(roots: impl IntoIterator<Item = &'r Vec<u8>>, time: i64) -> Setup {
    let roots: Vec<&[u8]> = roots.into_iter().filter(|der| is_readable(der)).map(Vec::as_slice).collect();
    Setup::new(&roots).with(|setup| {
        for trusted in &mut setup.trusted {
            trusted.domains = Some(vec![b"nowhere.invalid".to_vec()]);
        }
        setup.options.time = time;
    })
}

pub(crate) fn readable(ders: &[Vec<u8>]) -> Vec<Vec<u8>> {
    ders.iter().filter(|der| is_readable(der)).cloned().collect()
}

fn is_readable(der: &[u8]) -> bool {
    Certificate::from_der(der).is_ok()
}

/// The text of a purpose.
pub(crate) fn dotted(purpose: Purpose<'static>) -> cba_span {
    match purpose {
        Purpose::ClientAuth => span(b""),
        Purpose::ServerAuth => span(b"1.3.6.1.5.5.7.3.1"),
        Purpose::Any => span(b"2.5.29.37.0"),
        Purpose::Oid(_) => panic!("no suite asks for it"),
    }
}

/// Adds a CRL. One that is none, or not signed by anybody at hand, is a fault of the configuration: without it, then.
pub(crate) fn add_crl(setup: &mut Setup, der: &[u8]) {
    setup.crls.push(der.to_vec());
    if setup.fault().part == CBA_PART_CRLS {
        setup.crls.pop();
    }
}

/// Whether there is a path from the leaf.
pub(crate) fn verify(setup: &Setup, leaf: &[u8], presented: Vec<Vec<u8>>) -> Result<(), Refusal> {
    // Without a trust anchor there is no verifier.
    if setup.trusted.is_empty() {
        return Err(ErrorKind::UnknownIssuer.into());
    }
    let verifier = setup.init().unwrap();
    let attempt =
        Attempt::new(leaf.to_vec(), presented).with(|attempt| attempt.options.time = setup.options.time);
    let decision = attempt.authenticate(&verifier).decision;
    assert_eq!(decision.verdict, CBA_REFUSED);
    if (500..600).contains(&decision.reason) {
        return Ok(());
    }
    let is_reason = |kind: &&ErrorKind| cba_status::from(kind.code()) == decision.reason;
    let kind = ErrorKind::ALL.iter().find(is_reason);
    Err(Refusal::Kind(*kind.unwrap_or_else(|| panic!("{}", status_text(decision.reason)))))
}
