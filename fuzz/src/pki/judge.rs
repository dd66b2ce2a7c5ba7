//! Both verdicts about a PKI, held against each other.

use cba_core::Certificate;

use super::ours::{Accepted, Refused};
use super::rows::{Case, why_other_policies, why_they_refuse, why_we_refuse};
use super::theirs::{Fault, Verdict};
use super::{Class, Pki, ours, theirs};

/// Asks both about all that is presented; whoever accepts alone shows the path, and the other is asked about that
/// path alone. If both refuse, and there is but one path, they refuse for the same class of reasons.
///
/// # Errors
/// The difference that no row explains.
pub fn judge(pki: &Pki) -> Result<(), String> {
    let (we, they) = (ours::ask(pki, &pki.presented), theirs::ask(pki, &pki.presented));
    match we {
        Ok(we) if they.faults.is_empty() => require_same_policies(pki, &we, &they),
        // Their search may have missed the path.
        Ok(we) => {
            let alone = theirs::ask(pki, &pki.alone(&we.path));
            require_explained(&Case::new(pki, &we.path), &heard(&alone.faults))
                .map_err(|fault| format!("accepted by us, {fault}"))
        }
        Err(_) if they.faults.is_empty() => match ours::ask(pki, &pki.alone(&they.path)) {
            Ok(we) if we.path == they.path => {
                Err(String::from("we accept the path alone, but not among others"))
            }
            Ok(_) => Ok(()),
            Err(refused) => require_row(pki, &refused, &they.path),
        },
        // Which of several paths is reported is no matter.
        Err(_) if pki.has_others => Ok(()),
        Err(refused) => compare_refusals(pki, &refused, &they.faults),
    }
}

/// Requires a row for a refusal of ours, unless it is about a way round `path`.
fn require_row(pki: &Pki, refused: &Refused, path: &[Vec<u8>]) -> Result<(), String> {
    let Refused { error, path: refused } = refused;
    if (refused != path || error.kind.is_limit()) && a_name_comes_back(pki, path) {
        return Ok(());
    }
    match why_we_refuse(&Case::new(pki, refused), error) {
        Some(_) => Ok(()),
        None => Err(format!("refused by us, accepted by OpenSSL: {:?} at depth {}", error.kind, error.depth)),
    }
}

/// Whether the certificates make up another path too, because two CAs of them have one name.
fn a_name_comes_back(pki: &Pki, path: &[Vec<u8>]) -> bool {
    let ders = path.iter().skip(1).chain(&pki.crl_signers).chain([&pki.root]);
    let certificates: Vec<_> = ders.filter_map(|der| Certificate::from_der(der).ok()).collect();
    let names = certificates.iter().map(Certificate::subject);
    names.clone().enumerate().any(|(at, name)| names.clone().skip(at + 1).any(|other| other.matches(&name)))
}

/// Without what is said by a CRL with which something is wrong: OpenSSL would have stopped before.
fn heard(faults: &[Fault]) -> Vec<Fault> {
    let is_heard = |(at, fault): &(usize, &Fault)| {
        let mut before =
            faults[..*at].iter().filter(|before| before.depth == fault.depth || before.of_signer);
        fault.class() != Class::Revoked || before.all(|before| before.class() != Class::Undetermined)
    };
    faults.iter().enumerate().filter(is_heard).map(|(_, fault)| *fault).collect()
}

/// Requires that each of these faults is explained by a row; else gives it.
fn require_explained<'f>(case: &Case<'_>, faults: impl IntoIterator<Item = &'f Fault>) -> Result<(), String> {
    match faults.into_iter().find(|fault| why_they_refuse(case, fault).is_none()) {
        Some(fault) => Err(format!("refused by OpenSSL: {} ({fault:?})", fault.text())),
        None => Ok(()),
    }
}

/// Both refuse the only path: what ours says is gravest must be so to OpenSSL too, and nothing graver.
fn compare_refusals(pki: &Pki, refused: &Refused, all: &[Fault]) -> Result<(), String> {
    let class = ours::class(&refused.error);
    let faults = heard(all);
    if !all.iter().any(|fault| fault.class() == class) {
        // They found no path, for a reason that stands in a row, and went no further.
        let is_explained = require_explained(&Case::new(pki, &pki.path), &faults).is_ok();
        if is_explained && faults.iter().any(Fault::is_end) {
            return Ok(());
        }
        return require_row(pki, refused, &pki.path).map_err(|error| format!("{error}, as {class:?}"));
    }
    let graver = faults.iter().filter(|fault| fault.class() < class);
    require_explained(&Case::new(pki, &pki.path), graver).map_err(|fault| format!("{class:?} to us, {fault}"))
}

/// Both accept: if it is the same path, then for the same policies.
fn require_same_policies(pki: &Pki, we: &Accepted, they: &Verdict) -> Result<(), String> {
    if we.path != they.path || we.policies == they.policies {
        return Ok(());
    }
    match why_other_policies(&Case::new(pki, &we.path)) {
        Some(_) => Ok(()),
        None => Err(format!("policies: {:02x?} to us, {:02x?} to OpenSSL", we.policies, they.policies)),
    }
}
