//! CRLs and OCSP responses out of files.

use crate::args::{RevocationArgs, RevocationScope};
use crate::input::{display, from_pem, read_own};
use crate::{Failure, text};
use cba_core::Certificate;
use cba_core::path::{Verifier, Workspace};
use cba_core::pem;
use cba_core::revocation::{Crl, OcspResponse, RevocationOptions, Scope, VerifiedCrl};
use cba_core::time::UnixTime;

/// What is asked of revocation, with the files that it is asked of.
pub(crate) struct Sources {
    /// `None`: nothing is asked.
    pub(crate) options: Option<RevocationOptions>,
    crls: Vec<(String, Vec<u8>)>,
    ocsp: Vec<(String, Vec<u8>)>,
}

impl Sources {
    /// Reads all files.
    pub(crate) fn read(args: &RevocationArgs) -> Result<Self, Failure> {
        let mut crls = Vec::new();
        for path in &args.crls {
            let found = ders(&read_own(path)?).map_err(|error| {
                Failure(format!("{}: {} (at byte {})", display(path), error.kind, error.offset))
            })?;
            if found.is_empty() {
                return Err(Failure(format!("{}: no CRL in it", display(path))));
            }
            crls.extend(
                (1..).zip(found).map(|(number, der)| (format!("CRL {number} of {}", display(path)), der)),
            );
        }
        let mut ocsp = Vec::new();
        for path in &args.ocsp {
            ocsp.push((format!("OCSP response {}", display(path)), read_own(path)?));
        }
        let default =
            if crls.is_empty() && ocsp.is_empty() { RevocationScope::Off } else { RevocationScope::Chain };
        let scope = match args.revocation.unwrap_or(default) {
            RevocationScope::Off if args.accept_undetermined || args.max_crl_age.is_some() => {
                return Err(Failure("revocation is off, and yet something is asked of it".into()));
            }
            RevocationScope::Off => None,
            RevocationScope::Leaf => Some(Scope::Leaf),
            RevocationScope::Chain => Some(Scope::Chain),
        };
        let options = scope.map(|scope| RevocationOptions {
            scope,
            accept_undetermined: args.accept_undetermined,
            max_age: args.max_crl_age,
            ..RevocationOptions::default()
        });
        Ok(Self { options, crls, ocsp })
    }

    /// Whose status is asked.
    pub(crate) fn scope(&self) -> &'static str {
        match self.options.map(|options| options.scope) {
            None => "off",
            Some(Scope::Leaf) => "leaf",
            Some(Scope::Chain) => "chain",
        }
    }

    /// The same in words.
    pub(crate) fn phrase(&self) -> &'static str {
        match self.options.map(|options| options.scope) {
            None => "not asked (--crls, --ocsp)",
            Some(Scope::Leaf) => "asked of the leaf alone",
            Some(Scope::Chain) => "asked of every certificate below the root",
        }
    }

    /// The OCSP responses that can be read; why the others do not count goes to `warnings`.
    pub(crate) fn responses(&self, warnings: &mut Vec<String>) -> Vec<OcspResponse<'_>> {
        let mut responses = Vec::new();
        for (name, der) in &self.ocsp {
            match OcspResponse::from_der(der) {
                Ok(response) => responses.push(response),
                Err(error) => {
                    warnings
                        .push(format!("{name} does not count: {} (at byte {})", error.kind, error.offset));
                }
            }
        }
        responses
    }

    /// The CRLs whose signatures are good; why the others do not count goes to `warnings`.
    pub(crate) fn verified<'s>(
        &'s self,
        verifier: &Verifier<'s>,
        certificates: &'s [Certificate<'s>],
        time: UnixTime,
        warnings: &mut Vec<String>,
    ) -> Vec<VerifiedCrl<'s>> {
        let mut workspace = Workspace::new();
        let mut verified = Vec::new();
        for (name, der) in &self.crls {
            match Crl::from_der(der) {
                Ok(crl) => match crl.verify(verifier, certificates, time, &mut workspace) {
                    Ok(found) => {
                        if let Some(end) = crl.next_update().filter(|&end| end < time) {
                            warnings.push(format!(
                                "{name}, issued by {}, says nothing good: its nextUpdate was {}",
                                text::name(&crl.issuer()),
                                text::time(end)
                            ));
                        }
                        verified.push(found);
                    }
                    Err(error) => warnings.push(format!(
                        "{name}, issued by {}, does not count: {}",
                        text::name(&crl.issuer()),
                        error.kind
                    )),
                },
                Err(error) => {
                    warnings
                        .push(format!("{name} does not count: {} (at byte {})", error.kind, error.offset));
                }
            }
        }
        verified
    }
}

/// The CRLs of a file in order.
fn ders(bytes: &[u8]) -> cba_core::Result<Vec<Vec<u8>>> {
    if !pem::is_pem(bytes) {
        let is_blank = bytes.iter().all(u8::is_ascii_whitespace);
        return Ok(if is_blank { Vec::new() } else { vec![bytes.to_vec()] });
    }
    from_pem(bytes, |block| block.label() == "X509 CRL").into_iter().collect()
}
