//! What the `pki` target asks about: a small PKI, minted and really signed by choice, and what is asked of it.
//!
//! [`mint`](mint::mint) makes it, [`ours`] and [`theirs`] judge it, [`rows`] says which differences have a reason.

mod choices;
mod crls;
pub mod judge;
pub mod mint;
mod names;
pub mod ours;
pub mod rows;
pub mod theirs;

pub use choices::{RECORD, RECORDS, WITH_CRLS};

use std::fmt;

/// What is asked of the paths of a PKI.
pub struct Asked {
    /// The time, in Unix seconds.
    pub time: i64,
    /// Whether the leaf must be a TLS client's; else anything will do.
    pub client_auth: bool,
    /// user-initial-policy-set in dotted form; `None` is any-policy.
    pub user_policies: Option<&'static [&'static str]>,
    /// initial-explicit-policy.
    pub explicit: bool,
    /// initial-policy-mapping-inhibit.
    pub inhibit_mapping: bool,
    /// initial-any-policy-inhibit.
    pub inhibit_any: bool,
}

/// A PKI, each certificate and CRL in DER.
pub struct Pki {
    /// What is asked.
    pub asked: Asked,
    /// The only trust anchor.
    pub root: Vec<u8>,
    /// The path that is meant, from the leaf to the certificate that the root issued.
    pub path: Vec<Vec<u8>>,
    /// The certificates that are presented with the leaf.
    pub presented: Vec<Vec<u8>>,
    /// Those of them that are there for CRLs alone.
    pub crl_signers: Vec<Vec<u8>>,
    /// The CRLs, if revocation is asked.
    pub crls: Option<Vec<Vec<u8>>>,
    /// Whether there are certificates besides the path and the signers of CRLs.
    pub has_others: bool,
    /// Whether a value was changed before it was signed.
    pub is_changed: bool,
}

impl Pki {
    /// The leaf.
    #[must_use]
    pub fn leaf(&self) -> &[u8] {
        &self.path[0]
    }

    /// What is presented where one path is asked about alone.
    #[must_use]
    pub fn alone(&self, path: &[Vec<u8>]) -> Vec<Vec<u8>> {
        path.iter().skip(1).chain(&self.crl_signers).cloned().collect()
    }
}

/// The PKI as PEM, with what is asked: a reproduction by itself.
impl fmt::Display for Pki {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Asked { time, client_auth, user_policies, explicit, inhibit_mapping, inhibit_any } = &self.asked;
        writeln!(
            f,
            "time {time}, client_auth {client_auth}, user_policies {user_policies:?}, explicit {explicit}"
        )?;
        writeln!(
            f,
            "inhibit_mapping {inhibit_mapping}, inhibit_any {inhibit_any}, changed {}",
            self.is_changed
        )?;
        let others: Vec<_> = self
            .presented
            .iter()
            .filter(|der| !self.path.contains(der))
            .map(|der| ("presented", der))
            .collect();
        let path = self.path.iter().map(|der| ("path", der));
        for (what, der) in [("root", &self.root)].into_iter().chain(path).chain(others) {
            let text = openssl::x509::X509::from_der(der).and_then(|read| read.to_text());
            let text = text.map_or(String::from("unread by OpenSSL\n"), |text| readable(&text));
            writeln!(f, "--- {what}\n{text}{}", test_pki::pem(der))?;
        }
        for der in self.crls.iter().flatten() {
            writeln!(f, "--- CRL\n{}", test_pki::pem_block("X509 CRL", der))?;
        }
        Ok(())
    }
}

/// Without the lines that are keys and signatures.
fn readable(text: &[u8]) -> String {
    let text = String::from_utf8_lossy(text);
    let is_hex = |line: &&str| line.trim().split(':').filter(|part| part.len() == 2).count() > 8;
    text.lines().filter(|line| !is_hex(line)).map(|line| format!("{line}\n")).collect()
}

/// How a PKI was judged, in words that both sides have; the gravest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// The path is none, whatever is revoked.
    Path,
    /// A certificate is revoked.
    Revoked,
    /// Whether a certificate is revoked, nobody says.
    Undetermined,
}
