//! CRLs and OCSP responses out of files.

use crate::args::{RevocationArgs, RevocationScope};
use crate::input::{display, from_pem, read_own};
use crate::{Failure, text};
use cba_core::Certificate;
use cba_core::error::Error;
use cba_core::path::{Verifier, Workspace};
use cba_core::pem;
use cba_core::revocation::{Crl, OcspResponse, Revocation, RevocationOptions, Scope, VerifiedCrl};
use cba_core::time::UnixTime;

/// What is asked of revocation, with the files that it is asked of.
pub(crate) struct Sources {
    /// `None`: nothing is asked.
    pub(crate) options: Option<RevocationOptions>,
    crls: Vec<(String, Vec<u8>)>,
    ocsp: Vec<(String, Vec<u8>)>,
}

/// What of the files counts.
pub(crate) struct Evidence<'s> {
    options: Option<RevocationOptions>,
    crls: Vec<VerifiedCrl<'s>>,
    ocsp: Vec<OcspResponse<'s>>,
}

impl Evidence<'_> {
    /// What a verifier asks.
    pub(crate) fn revocation(&self) -> Option<Revocation<'_>> {
        self.options.map(|options| Revocation { crls: &self.crls, ocsp: &self.ocsp, nonce: None, options })
    }
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

    /// The CRLs whose signatures are good and the OCSP responses that can be read; why the others do not count goes to
    /// `warnings`.
    pub(crate) fn evidence<'s>(
        &'s self,
        verifier: &Verifier<'s>,
        certificates: &'s [Certificate<'s>],
        time: UnixTime,
        warnings: &mut Vec<String>,
    ) -> Evidence<'s> {
        let mut workspace = Workspace::new();
        let options = self.options.unwrap_or_default();
        let mut crls = Vec::new();
        for (name, der) in &self.crls {
            let crl = match Crl::from_der(der) {
                Ok(crl) => crl,
                Err(error) => {
                    warnings.push(unreadable(name, error));
                    continue;
                }
            };
            let issuer = text::name(&crl.issuer());
            match crl.verify(verifier, certificates, time, &mut workspace) {
                Ok(found) => {
                    if let Some(end) = crl.next_update().filter(|&end| end < time) {
                        let end = text::time(end);
                        warnings.push(format!(
                            "{name}, issued by {issuer}, says nothing good: its nextUpdate was {end}"
                        ));
                    } else if let Err(kind) = found.valid_until(time, &options) {
                        warnings.push(format!("{name}, issued by {issuer}, says nothing good: {kind}"));
                    }
                    crls.push(found);
                }
                Err(error) => {
                    warnings.push(format!("{name}, issued by {issuer}, does not count: {}", error.kind));
                }
            }
        }
        let mut ocsp = Vec::new();
        for (name, der) in &self.ocsp {
            match OcspResponse::from_der(der) {
                Ok(response) => ocsp.push(response),
                Err(error) => warnings.push(unreadable(name, error)),
            }
        }
        Evidence { options: self.options, crls, ocsp }
    }
}

fn unreadable(name: &str, error: Error) -> String {
    format!("{name} does not count: {} (at byte {})", error.kind, error.offset)
}

/// The CRLs of a file in order.
fn ders(bytes: &[u8]) -> cba_core::Result<Vec<Vec<u8>>> {
    if !pem::is_pem(bytes) {
        let is_blank = bytes.iter().all(u8::is_ascii_whitespace);
        return Ok(if is_blank { Vec::new() } else { vec![bytes.to_vec()] });
    }
    from_pem(bytes, |block| block.label() == "X509 CRL").into_iter().collect()
}
