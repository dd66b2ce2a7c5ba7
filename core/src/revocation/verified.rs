//! A CRL whose signature is verified, once and for all lookups (RFC 5280 6.3.3 (f), (g)).

use super::crl::{Crl, CrlEntry, ReasonCode};
use super::index::{Index, IndexEntry, IndexKey};
use super::options::RevocationOptions;
use crate::certificate::{Certificate, Name, SubjectPublicKeyInfo};
use crate::error::{Error, ErrorKind, Result};
use crate::limits::MAX_PATH_LEN;
use crate::path::{
    PathOptions, PolicyInputs, Purpose, StatusBudget, StatusCheck, StatusRequest, TrustAnchor, Verifier,
    Workspace,
};
use crate::signature::{PublicKey, SignatureAlgorithm};
use crate::time::UnixTime;
use heapless::Vec;

/// A CRL with whom it was signed by. Only [`Crl::verify`] makes one.
///
/// It is bound to the key of its issuer and to the trust anchor above it: it says nothing of certificates that
/// another issuer by the same name has issued.
#[derive(Clone, Debug)]
pub struct VerifiedCrl<'c> {
    crl: Crl<'c>,
    /// From the certificate of the CRL's issuer upwards; empty if the anchor itself signed.
    signer: Vec<&'c Certificate<'c>, MAX_PATH_LEN>,
    anchor: &'c TrustAnchor<'c>,
    /// The dates of the signer's path.
    not_before: UnixTime,
    not_after: UnixTime,
    index: Option<Index<'c>>,
}

/// The status of a CRL issuer's own certificates is asked at each lookup, not when the CRL is verified.
struct AskedLater;

impl StatusCheck for AskedLater {
    fn require_good(&self, _: &StatusRequest<'_, '_>, _: &mut StatusBudget) -> Result<UnixTime> {
        Ok(UnixTime(i64::MAX))
    }
}

impl<'a> Crl<'a> {
    /// Finds the certificate of the CRL's issuer, verifies its path to a trust anchor of `verifier` and the
    /// signature of the CRL with its key. It is looked for among the anchors, the verifier's intermediates and
    /// `certificates`, which also help to build its path.
    ///
    /// Whether the CRL is fresh, is asked at each lookup: one that is read again from a disk at midnight may be
    /// older than the one that is due. An issuer that has expired since thisUpdate is asked as of then: what it
    /// revoked is revoked, and no certificate is good by it any more ([`VerifiedCrl::valid_until`]).
    ///
    /// # Errors
    /// [`ErrorKind::UnknownCrlIssuer`] if nobody by that name is at hand; else why the first of them did not
    /// do: [`ErrorKind::MissingCrlSign`], [`ErrorKind::BadSignature`], or why its path is none.
    /// [`ErrorKind::Expired`] if it was not valid at thisUpdate either.
    pub fn verify<'c>(
        &self,
        verifier: &Verifier<'c>,
        certificates: &'c [Certificate<'c>],
        time: UnixTime,
        workspace: &mut Workspace,
    ) -> Result<VerifiedCrl<'c>>
    where
        'a: 'c,
    {
        let algorithm = SignatureAlgorithm::from_identifier(self.signature_algorithm())?;
        let mut attempt = Attempt {
            crl: *self,
            algorithm,
            verifier: Verifier {
                // Who may sign a CRL is said by keyUsage, not by purposes or policies.
                options: PathOptions {
                    purpose: Purpose::Any,
                    policies: PolicyInputs::default(),
                    accept_version_1_leaf: false,
                    ..verifier.options
                },
                status: Some(&AskedLater),
                ..*verifier
            },
            certificates,
            time,
            signatures_left: verifier.limits.extra_signatures.saturating_add(1),
            refusal: None,
        };
        match attempt.run(workspace) {
            Err(expired) if expired.kind == ErrorKind::Expired => {
                (attempt.time, attempt.refusal) = (self.this_update(), None);
                match attempt.run(workspace) {
                    // That of an anchor has no dates of its own.
                    Ok(crl) => {
                        let not_after = crl.not_after.min(UnixTime(time.0.saturating_sub(1)));
                        Ok(VerifiedCrl { not_after, ..crl })
                    }
                    Err(error) if error.kind == ErrorKind::NotYetValid => Err(expired),
                    Err(error) => Err(error),
                }
            }
            found => found,
        }
    }
}

/// The search for the key that signed a CRL.
struct Attempt<'c> {
    crl: Crl<'c>,
    algorithm: SignatureAlgorithm,
    verifier: Verifier<'c>,
    certificates: &'c [Certificate<'c>],
    time: UnixTime,
    signatures_left: u8,
    /// Why the first issuer by that name did not do.
    refusal: Option<Error>,
}

impl<'c> Attempt<'c> {
    fn run(&mut self, workspace: &mut Workspace) -> Result<VerifiedCrl<'c>> {
        let (anchors, issuer) = (self.verifier.anchors, self.crl.issuer());
        // What the key identifiers speak against comes last.
        for other in [false, true] {
            for anchor in anchors.named(issuer) {
                if self.names_another_key(anchor.key_identifier()) == other
                    && let Some(crl) = self.by_anchor(anchor)?
                {
                    return Ok(crl);
                }
            }
            for certificate in self.verifier.intermediates.iter().chain(self.certificates) {
                if certificate.subject().matches(&issuer)
                    && self.names_another_key(
                        certificate.extensions().subject_key_identifier().unwrap_or_default(),
                    ) == other
                    && let Some(crl) = self.by_certificate(certificate, workspace)?
                {
                    return Ok(crl);
                }
            }
        }
        Err(self.refusal.unwrap_or(ErrorKind::UnknownCrlIssuer.into()))
    }

    fn names_another_key(&self, identifier: Option<&[u8]>) -> bool {
        matches!((self.crl.authority_key_identifier(), identifier), (Some(a), Some(b)) if a != b)
    }

    fn refuse(&mut self, error: impl Into<Error>) {
        self.refusal.get_or_insert(error.into());
    }

    fn by_anchor(&mut self, anchor: &'c TrustAnchor<'c>) -> Result<Option<VerifiedCrl<'c>>> {
        if let Err(error) = self.verifier.require_anchor(anchor, self.time) {
            self.refuse(error);
            return Ok(None);
        }
        // 6.3.3 (f): what is known of the issuer's keyUsage counts, also of an anchor's.
        let usage = anchor.certificate().map_or(Ok(None), |certificate| certificate.extensions.key_usage());
        if !matches!(usage, Ok(usage) if usage.is_none_or(|usage| usage.crl_sign())) {
            self.refuse(ErrorKind::MissingCrlSign);
            return Ok(None);
        }
        if !self.is_signed_by(anchor.subject_public_key_info())? {
            return Ok(None);
        }
        Ok(Some(VerifiedCrl {
            crl: self.crl,
            signer: Vec::new(),
            anchor,
            not_before: UnixTime(i64::MIN),
            not_after: UnixTime(i64::MAX),
            index: None,
        }))
    }

    fn by_certificate(
        &mut self,
        certificate: &'c Certificate<'c>,
        workspace: &mut Workspace,
    ) -> Result<Option<VerifiedCrl<'c>>> {
        // 6.3.3 (f)
        match certificate.extensions().key_usage() {
            Ok(Some(usage)) if !usage.crl_sign() => {
                self.refuse(ErrorKind::MissingCrlSign);
                return Ok(None);
            }
            _ => {}
        }
        let path = match self.verifier.verify(certificate, self.certificates, self.time, workspace) {
            Ok(path) => path,
            Err(error) if error.kind.is_limit() => return Err(error),
            Err(error) => {
                self.refuse(error);
                return Ok(None);
            }
        };
        if !self.is_signed_by(certificate.subject_public_key_info())? {
            return Ok(None);
        }
        let mut signer = Vec::new();
        for certificate in path.certificates() {
            // Both hold a path.
            let _ = signer.push(*certificate);
        }
        let (not_before, not_after) = (path.not_before(), path.not_after());
        Ok(Some(VerifiedCrl {
            crl: self.crl,
            signer,
            anchor: path.anchor(),
            not_before,
            not_after,
            index: None,
        }))
    }

    /// 6.3.3 (g)
    fn is_signed_by(&mut self, spki: SubjectPublicKeyInfo<'c>) -> Result<bool> {
        let key = PublicKey::from_spki(spki)
            .and_then(|key| key.require_strength(&self.verifier.options.strength).map(|()| key));
        let key = match key {
            Ok(key) if !self.algorithm.fits(key) => Err(ErrorKind::KeyAlgorithmMismatch),
            Ok(key) if !self.verifier.signatures.supports(self.algorithm, key) => {
                Err(ErrorKind::UnsupportedSignatureAlgorithm)
            }
            key => key,
        };
        let key = match key {
            Ok(key) => key,
            Err(kind) => {
                self.refuse(kind);
                return Ok(false);
            }
        };
        self.signatures_left =
            self.signatures_left.checked_sub(1).ok_or(ErrorKind::SignatureBudgetExhausted)?;
        let (message, signature) = (self.crl.tbs_cert_list(), self.crl.signature());
        let valid = signature.is_some_and(|signature| {
            self.verifier.signatures.verify(self.algorithm, key, message, signature).is_ok()
        });
        if !valid {
            self.refuse(ErrorKind::BadSignature);
        }
        Ok(valid)
    }
}

impl<'c> VerifiedCrl<'c> {
    /// The same CRL with an index in `memory`, sixteen bytes for each of [`Crl::len`]: a lookup is then
    /// logarithmic, and linear without it. Building it is linear in the number of entries.
    ///
    /// # Errors
    /// [`ErrorKind::CrlIndexTooSmall`] if the CRL has more entries than `memory`.
    pub fn with_index(self, memory: &'c mut [IndexEntry], key: IndexKey) -> Result<Self> {
        let index = Index::build(&self.crl, memory, key)?;
        Ok(Self { index: Some(index), ..self })
    }

    /// The CRL.
    #[must_use]
    pub const fn crl(&self) -> &Crl<'c> {
        &self.crl
    }

    /// The trust anchor above the CRL's issuer.
    #[must_use]
    pub const fn anchor(&self) -> &'c TrustAnchor<'c> {
        self.anchor
    }

    /// The path of the CRL's issuer, from its own certificate upwards; empty if it is the anchor.
    #[must_use]
    pub fn signer(&self) -> &[&'c Certificate<'c>] {
        &self.signer
    }

    /// The key that signed.
    pub(super) fn key(&self) -> SubjectPublicKeyInfo<'c> {
        self.signer
            .first()
            .map_or(self.anchor.subject_public_key_info(), |signer| signer.subject_public_key_info())
    }

    /// Whether both speak of the same certificates for the same reasons, by the same key.
    #[must_use]
    pub fn has_scope_of(&self, other: &VerifiedCrl<'_>) -> bool {
        self.has_key_of(other)
            && self.crl.issuer().matches(&other.crl.issuer())
            && self.crl.scope().is_same(other.crl.scope())
    }

    /// Whether one may take the place of the other: both are by one issuer, if with another key then below the same
    /// anchor and the same names, for the same scope, and both complete or both delta CRLs.
    #[must_use]
    pub fn has_kind_of(&self, other: &VerifiedCrl<'_>) -> bool {
        self.is_by_issuer_of(other) && self.crl.base().is_some() == other.crl.base().is_some()
    }

    fn is_by_issuer_of(&self, other: &VerifiedCrl<'_>) -> bool {
        let is_same_issuer =
            || self.anchor.is_same(other.anchor) && is_same_line(&self.signer, &other.signer, self.anchor);
        self.crl.issuer().matches(&other.crl.issuer())
            && self.crl.scope().is_same(other.crl.scope())
            && (self.has_key_of(other) || is_same_issuer())
    }

    fn has_key_of(&self, other: &VerifiedCrl<'_>) -> bool {
        self.key().der() == other.key().der()
    }

    /// Requires that one of the `new` CRLs takes the place of this one, which is one of the `old` that they replace:
    /// of the same [kind](Self::has_kind_of) and not older. It is by the same key, unless that is gone and another is
    /// there that was not before. In the place of a delta CRL, a complete one may stand that is not older; and a new
    /// delta CRL with a later base needs a complete one that it fits. So whoever can place a file neither brings an old
    /// CRL back nor makes one disappear. A CRL that [is trusted no more](Self::is_trusted_by) needs no successor.
    ///
    /// # Errors
    /// [`ErrorKind::CrlWentBack`] if all of its kind have a lower cRLNumber or an earlier thisUpdate,
    /// [`ErrorKind::CrlMissing`] if there are none.
    pub fn require_successor(&self, new: &[VerifiedCrl<'_>], old: &[VerifiedCrl<'_>]) -> Result<()> {
        let keeps_key = new.iter().any(|new| new.has_kind_of(self) && new.has_key_of(self));
        let may_speak = |new: &VerifiedCrl<'_>| {
            let takes_over =
                || !keeps_key && !old.iter().any(|old| old.is_by_issuer_of(self) && old.has_key_of(new));
            new.is_by_issuer_of(self) && (new.has_key_of(self) || takes_over())
        };
        let fits = |delta: &VerifiedCrl<'_>| {
            if delta.crl.base() <= self.crl.base() {
                return true;
            }
            let mut complete = new.iter().filter(|new| new.crl.base().is_none() && new.has_scope_of(delta));
            complete.any(|complete| complete.crl.number() >= delta.crl.base())
        };
        let mut kind = ErrorKind::CrlMissing;
        for new in new.iter().filter(|new| may_speak(new)) {
            let takes_place = match new.crl.base() {
                Some(_) => self.crl.base().is_some() && fits(new),
                None => true,
            };
            if !takes_place {
                continue;
            }
            if new.crl.number() >= self.crl.number() && new.crl.this_update() >= self.crl.this_update() {
                return Ok(());
            }
            if new.has_kind_of(self) {
                kind = ErrorKind::CrlWentBack;
            }
        }
        Err(kind.into())
    }

    /// Whether `verifier`, with `certificates`, would listen to the issuer of this CRL at `time`. What cannot be found
    /// out within its limits counts as trusted.
    #[must_use]
    pub fn is_trusted_by<'v>(
        &self,
        verifier: &Verifier<'v>,
        certificates: &'v [Certificate<'v>],
        time: UnixTime,
        workspace: &mut Workspace,
    ) -> bool
    where
        'c: 'v,
    {
        match self.crl.verify(verifier, certificates, time, workspace) {
            Ok(crl) => crl.has_valid_issuer(time),
            Err(error) => error.kind.is_limit(),
        }
    }

    fn has_valid_issuer(&self, time: UnixTime) -> bool {
        (self.not_before..=self.not_after).contains(&time)
    }

    /// The last second for which a certificate may be good by this CRL, if it may be at `time`. What it revokes is
    /// revoked without end.
    ///
    /// # Errors
    /// [`ErrorKind::CrlExpired`] or [`ErrorKind::CrlNotYetValid`].
    pub fn valid_until(
        &self,
        time: UnixTime,
        options: &RevocationOptions,
    ) -> core::result::Result<UnixTime, ErrorKind> {
        options.valid_until(self.crl.this_update(), self.crl.next_update(), time).and_then(|until| {
            if !self.has_valid_issuer(time) {
                return Err(ErrorKind::CrlExpired);
            }
            Ok(until.min(self.not_after))
        })
    }

    /// What the CRL says of a certificate that its scope includes: the gravest of the entries for it.
    pub(super) fn find(&self, certificate: &Certificate<'_>) -> Option<ReasonCode> {
        let (serial, issuer) = (certificate.serial(), certificate.issuer());
        let is_about = |entry: &CrlEntry<'_>| {
            entry.serial() == serial
                && match entry.issuer() {
                    Some(names) => names.contain_directory_name(&issuer),
                    None => self.crl.issuer().matches(&issuer),
                }
        };
        let gravest = |entries: &mut dyn Iterator<Item = CrlEntry<'c>>| {
            let reasons = entries.filter(is_about).map(|entry| entry.reason());
            reasons.max_by_key(|reason| match reason {
                ReasonCode::RemoveFromCrl => 0,
                ReasonCode::CertificateHold => 1,
                _ => 2,
            })
        };
        match &self.index {
            Some(index) => gravest(&mut index.candidates(&self.crl, certificate)),
            None if self.crl.scope().is_indirect() => gravest(&mut self.crl.entries()),
            None => {
                let same = self.crl.serials().filter(|(_, number)| *number == serial.as_bytes());
                gravest(&mut same.filter_map(|(mut entry, _)| CrlEntry::read(&mut entry).ok()))
            }
        }
    }
}

/// Whether two paths from one anchor lead through the same names.
pub(super) fn is_same_line(a: &[&Certificate<'_>], b: &[&Certificate<'_>], anchor: &TrustAnchor<'_>) -> bool {
    let (mut a, mut b) = (line(a, anchor), line(b, anchor));
    loop {
        match (a.next(), b.next()) {
            (None, None) => return true,
            (Some(a), Some(b)) if a.matches(&b) => {}
            _ => return false,
        }
    }
}

/// The names of a path, from below up to the anchor's. One that follows itself counts once: a CA may certify its
/// own new key.
fn line<'p>(path: &[&'p Certificate<'p>], anchor: &TrustAnchor<'p>) -> impl Iterator<Item = Name<'p>> {
    let mut names = path.iter().map(|certificate| certificate.subject()).chain([anchor.subject()]);
    let mut last: Option<Name<'p>> = None;
    core::iter::from_fn(move || {
        let name = names.find(|name| last.is_none_or(|last| !last.matches(name)));
        last = name;
        name
    })
}
