//! The search for a path: depth first from the leaf upwards, iterative, every step counted.
//!
//! A certificate is pushed only if it may stand there by itself. A path that reaches an anchor is
//! then judged as a whole, and only what survives costs signatures, from the anchor downwards, so that
//! a forged certificate is never used as a key. What fails is remembered: of all refusals the one that
//! came furthest is reported.

use super::constraints::require_permitted_names;
use super::policy;
use super::validation::{
    PathLength, PathOptions, Role, require_anchor_constraints, require_anchor_dates, require_certificate,
};
use super::{DenyList, StatusBudget, StatusCheck, StatusRequest, TrustAnchor, TrustAnchors, VerifiedPath};
use crate::certificate::{Certificate, Name, SubjectPublicKeyInfo};
use crate::error::{Error, ErrorKind, Result};
use crate::limits::{Limits, MAX_EXTRA_SIGNATURES, MAX_PATH_LEN};
use crate::signature::{PublicKey, SignatureAlgorithm, SignatureVerifier};
use crate::time::UnixTime;
use heapless::Vec;

/// What paths are judged by: prepared once, then read by any number of threads.
#[derive(Clone, Copy)]
pub struct Verifier<'v> {
    /// Where paths may end.
    pub anchors: TrustAnchors<'v>,
    /// Intermediates that the operator provides, tried beside those that the peer presents.
    pub intermediates: &'v [Certificate<'v>],
    /// Certificates and keys that are refused whoever signed them.
    pub denied: DenyList<'v>,
    /// What is asked and what is forgiven.
    pub options: PathOptions<'v>,
    /// The bounds of the search.
    pub limits: Limits,
    /// Who verifies signatures.
    pub signatures: &'v (dyn SignatureVerifier + Sync),
    /// Who says whether a certificate is revoked; `None` leaves that unasked.
    pub status: Option<&'v (dyn StatusCheck + Sync)>,
}

impl core::fmt::Debug for Verifier<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Verifier")
    }
}

/// The working memory of a search. One serves one call at a time; nothing in it outlives the call
/// but the [refused path](Self::refused_path).
#[derive(Debug, Default)]
pub struct Workspace {
    frames: Vec<Frame, MAX_PATH_LEN>,
    verified: Vec<VerifiedSignature, { MAX_PATH_LEN + MAX_EXTRA_SIGNATURES }>,
    refusal: Option<Refusal>,
}

impl Workspace {
    /// An empty workspace.
    #[must_use]
    pub const fn new() -> Self {
        Self { frames: Vec::new(), verified: Vec::new(), refusal: None }
    }

    /// The issuers on the path of the reported error, from depth 1 upwards, as positions in the
    /// verifier's intermediates followed by the presented ones.
    pub fn refused_path(&self) -> impl Iterator<Item = usize> + '_ {
        self.refusal.iter().flat_map(|refusal| refusal.path.iter().copied())
    }

    fn reset(&mut self) {
        self.frames.clear();
        self.verified.clear();
        self.refusal = None;
    }

    /// Keeps the refusal that came furthest; among equals the one nearest the leaf, then the first.
    /// `candidate` is the certificate above the path on the stack, if the error is about it.
    #[cold]
    fn refuse(&mut self, progress: Progress, error: Error, candidate: Option<usize>) {
        let better = self.refusal.as_ref().is_none_or(|kept| {
            (progress, core::cmp::Reverse(error.depth))
                > (kept.progress, core::cmp::Reverse(kept.error.depth))
        });
        if better {
            let mut path = Vec::new();
            for id in self.frames.iter().filter_map(|frame| frame.id).chain(candidate) {
                // Neither the stack nor the stack and one candidate is longer than a path.
                let _ = path.push(id);
            }
            self.refusal = Some(Refusal { progress, error, path });
        }
    }
}

/// How far a path came, in the order in which paths are judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Progress {
    /// So many certificates were found fit for their places, and the search went no further.
    Building(usize),
    /// An anchor was reached, and the whole was refused.
    Whole,
    /// So many signatures were good.
    Signatures(usize),
    /// All signatures were good, and a certificate is revoked or may be.
    Status,
}

#[derive(Debug)]
struct Refusal {
    progress: Progress,
    error: Error,
    path: Vec<usize, MAX_PATH_LEN>,
}

/// A certificate on the path, and how far the search for its issuer has come.
#[derive(Clone, Copy, Debug)]
struct Frame {
    /// Position among the intermediates; `None` for the leaf.
    id: Option<usize>,
    /// The algorithm of its signature.
    algorithm: SignatureAlgorithm,
    /// The anchors that may carry the issuer's name: position and number.
    anchors: (usize, usize),
    stage: Stage,
    /// The next position to look at in this stage.
    next: usize,
    /// Whether any issuer by that name was found.
    found: bool,
}

/// Whom to try next: what the key identifiers speak for comes first, what they speak against last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Anchors(KeyMatch),
    Intermediates(KeyMatch),
    Done,
}

impl Stage {
    const FIRST: Self = Self::Anchors(KeyMatch::Same);

    const fn next(self) -> Self {
        match self {
            Self::Anchors(KeyMatch::Same) => Self::Anchors(KeyMatch::Unknown),
            Self::Anchors(KeyMatch::Unknown) => Self::Intermediates(KeyMatch::Same),
            Self::Intermediates(KeyMatch::Same) => Self::Intermediates(KeyMatch::Unknown),
            Self::Intermediates(KeyMatch::Unknown) => Self::Anchors(KeyMatch::Other),
            Self::Anchors(KeyMatch::Other) => Self::Intermediates(KeyMatch::Other),
            Self::Intermediates(KeyMatch::Other) | Self::Done => Self::Done,
        }
    }
}

/// What authorityKeyIdentifier and subjectKeyIdentifier say (RFC 4158 3.5.12). They are hints: a
/// wrong one costs a place in the order and nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum KeyMatch {
    Same,
    Unknown,
    Other,
}

impl KeyMatch {
    fn of(wanted: Option<&[u8]>, offered: Option<&[u8]>) -> Self {
        match (wanted, offered) {
            (Some(wanted), Some(offered)) if wanted == offered => Self::Same,
            (Some(_), Some(_)) => Self::Other,
            _ => Self::Unknown,
        }
    }
}

/// The outcome of one signature: this certificate under this key.
#[derive(Debug)]
struct VerifiedSignature {
    /// Position of the certificate; `None` for the leaf.
    certificate: Option<usize>,
    /// Position of the certificate that holds the key, or of the anchor.
    issuer: Issuer,
    valid: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Issuer {
    Anchor(usize),
    Intermediate(usize),
}

/// What the next step of the search offers as issuer.
enum Offer<'p> {
    Anchor(usize, &'p TrustAnchor<'p>),
    Intermediate(usize, &'p Certificate<'p>),
    Nobody,
}

impl<'v> Verifier<'v> {
    /// Finds and verifies a path from `leaf` to an anchor, at `time`.
    ///
    /// `presented` are the certificates that the peer sent along, in any order.
    ///
    /// # Errors
    /// The error of the path that came furthest, with the depth of the certificate it is about; an
    /// error of the 9xx kinds as soon as a budget is exhausted. [`Workspace::refused_path`] then says
    /// which certificates made up that path.
    pub fn verify<'p>(
        &self,
        leaf: &'p Certificate<'p>,
        presented: &'p [Certificate<'p>],
        time: UnixTime,
        workspace: &mut Workspace,
    ) -> Result<VerifiedPath<'p>>
    where
        'v: 'p,
    {
        workspace.reset();
        let mut search = Search {
            verifier: self,
            leaf,
            presented,
            time,
            workspace,
            candidates_left: self.limits.candidates,
            names_left: self.limits.name_comparisons,
            constraints_left: self.limits.constraint_comparisons,
            status_left: StatusBudget::new(&self.limits),
        };
        let algorithm = search.require_fit(leaf, Role::Leaf)?;
        if let Some(path) = search.trusted_leaf()? {
            return Ok(path);
        }
        search.push(None, leaf, algorithm)?;
        let path = search.run()?;
        // What was refused on the way to a good path says nothing of whoever refuses it later.
        workspace.refusal = None;
        Ok(path)
    }
}

impl<'v> Verifier<'v> {
    /// Requires that paths may end at this anchor.
    pub(crate) fn require_anchor(&self, anchor: &TrustAnchor<'v>, time: UnixTime) -> Result<()> {
        if self.denied.denies_anchor(anchor) {
            return Err(ErrorKind::Denied.into());
        }
        require_anchor_dates(anchor, &self.options, time)?;
        self.anchors.twins_of(anchor).try_for_each(|twin| require_anchor_constraints(twin, &self.options))
    }
}

struct Search<'p, 'w> {
    verifier: &'w Verifier<'p>,
    leaf: &'p Certificate<'p>,
    presented: &'p [Certificate<'p>],
    time: UnixTime,
    workspace: &'w mut Workspace,
    candidates_left: u32,
    names_left: u32,
    constraints_left: u32,
    status_left: StatusBudget,
}

impl<'p> Search<'p, '_> {
    fn run(&mut self) -> Result<VerifiedPath<'p>> {
        while !self.workspace.frames.is_empty() {
            // Positions on the path, which `MAX_PATH_LEN` bounds.
            let height = self.workspace.frames.len();
            let depth = u8::try_from(height).unwrap_or(u8::MAX);
            match self.offer()? {
                Offer::Anchor(index, anchor) => match self.judge(index, anchor) {
                    Ok(path) => return Ok(path),
                    Err((_, error)) if error.kind.is_limit() => return Err(error),
                    Err((Progress::Status, error))
                        if error.kind == ErrorKind::Revoked && error.depth == 0 =>
                    {
                        self.workspace.refuse(Progress::Status, error, None);
                        return Err(error);
                    }
                    Err((progress, error)) => self.workspace.refuse(progress, error, None),
                },
                Offer::Intermediate(id, candidate) => {
                    let fit = match self.require_fit(candidate, Role::Issuer) {
                        Ok(_) if height > usize::from(self.verifier.limits.intermediates) => {
                            Err(ErrorKind::PathTooLong.into())
                        }
                        Ok(algorithm) => self.push(Some(id), candidate, algorithm),
                        Err(error) => Err(error),
                    };
                    if let Err(error) = fit {
                        let error = error.with_depth(depth);
                        self.workspace.refuse(Progress::Building(height), error, Some(id));
                    }
                }
                Offer::Nobody => {
                    let found = self.workspace.frames.last().is_some_and(|frame| frame.found);
                    if !found {
                        let error = Error::new(ErrorKind::UnknownIssuer).with_depth(depth.saturating_sub(1));
                        self.workspace.refuse(Progress::Building(height), error, None);
                    }
                    self.workspace.frames.pop();
                }
            }
        }
        let refusal = self.workspace.refusal.as_ref();
        Err(refusal.map_or(ErrorKind::UnknownIssuer.into(), |refusal| refusal.error))
    }

    /// The path of a leaf that is an anchor's certificate, where that is accepted.
    fn trusted_leaf(&self) -> Result<Option<VerifiedPath<'p>>> {
        let (leaf, options) = (self.leaf, self.verifier.options);
        if !options.accept_trusted_leaf {
            return Ok(None);
        }
        let is_leaf = |anchor: &&TrustAnchor<'p>| {
            anchor.certificate().is_some_and(|certificate| certificate.der == leaf.der())
        };
        let Some(anchor) = self.verifier.anchors.named(leaf.subject()).find(is_leaf) else { return Ok(None) };
        let mut certificates = Vec::new();
        // A path has room for one.
        let _ = certificates.push(leaf);
        if policy::can_be_required(&options.policies, [leaf.extensions()]) {
            policy::valid_policies(&certificates, core::iter::empty(), &options.policies, |_| Ok(false))?;
        }
        let (anchors, time) = (self.verifier.anchors, self.time);
        Ok(Some(VerifiedPath { certificates, leaf, anchor, anchors, time, options, status_until: None }))
    }

    fn push(
        &mut self,
        id: Option<usize>,
        certificate: &Certificate<'p>,
        algorithm: SignatureAlgorithm,
    ) -> Result<()> {
        let anchors = self.verifier.anchors.with_name_key(certificate.issuer().key());
        let frame = Frame { id, algorithm, anchors, stage: Stage::FIRST, next: 0, found: false };
        self.workspace.frames.push(frame).map_err(|_| ErrorKind::PathTooLong.into())
    }

    fn intermediate(&self, id: usize) -> Option<&'p Certificate<'p>> {
        let configured = self.verifier.intermediates;
        match id.checked_sub(configured.len()) {
            None => configured.get(id),
            Some(id) => self.presented.get(id),
        }
    }

    fn certificate(&self, id: Option<usize>) -> Option<&'p Certificate<'p>> {
        id.map_or(Some(self.leaf), |id| self.intermediate(id))
    }

    /// Requires what can be said of a certificate without its neighbours.
    fn require_fit(&self, certificate: &Certificate<'_>, role: Role) -> Result<SignatureAlgorithm> {
        if self.verifier.denied.denies(certificate) {
            return Err(ErrorKind::Denied.into());
        }
        let processes_status = self.verifier.status.is_some();
        require_certificate(certificate, role, self.time, &self.verifier.options, processes_status)
    }

    /// The next possible issuer of the certificate on top of the path, by name.
    fn offer(&mut self) -> Result<Offer<'p>> {
        let Some(mut frame) = self.workspace.frames.pop() else {
            return Ok(Offer::Nobody);
        };
        let offer = match self.certificate(frame.id) {
            Some(subject) => self.advance(&mut frame, subject),
            None => Ok(Offer::Nobody),
        };
        // There is room: the frame was there before.
        let _ = self.workspace.frames.push(frame);
        if let Ok(Offer::Anchor(..) | Offer::Intermediate(..)) = offer {
            self.candidates_left =
                self.candidates_left.checked_sub(1).ok_or(Error::new(ErrorKind::CandidateBudgetExhausted))?;
        }
        offer
    }

    fn advance(&mut self, frame: &mut Frame, subject: &'p Certificate<'p>) -> Result<Offer<'p>> {
        let issuer = subject.issuer();
        let wanted = subject.extensions().authority_key_identifier().unwrap_or(None);
        loop {
            match frame.stage {
                Stage::Anchors(rank) => {
                    let (start, len) = frame.anchors;
                    let anchors = self.verifier.anchors.as_slice();
                    while frame.next < len {
                        let index = start.saturating_add(frame.next);
                        let Some(anchor) = anchors.get(index) else {
                            break;
                        };
                        frame.next = frame.next.saturating_add(1);
                        if self.names_may_match(anchor.subject(), issuer)?
                            && KeyMatch::of(wanted, anchor.key_identifier()) == rank
                            && self.names_match(anchor.subject(), issuer)?
                        {
                            frame.found = true;
                            return Ok(Offer::Anchor(index, anchor));
                        }
                    }
                }
                Stage::Intermediates(rank) => {
                    while let Some(candidate) = self.intermediate(frame.next) {
                        let id = frame.next;
                        frame.next = frame.next.saturating_add(1);
                        if self.names_may_match(candidate.subject(), issuer)?
                            && KeyMatch::of(wanted, key_identifier(candidate)) == rank
                            && self.names_match(candidate.subject(), issuer)?
                            && !self.stands_on_path(candidate, subject)?
                        {
                            frame.found = true;
                            return Ok(Offer::Intermediate(id, candidate));
                        }
                    }
                }
                Stage::Done => return Ok(Offer::Nobody),
            }
            frame.stage = frame.stage.next();
            frame.next = 0;
        }
    }

    /// Whether two names share their key: a look, which costs one of the budget.
    fn names_may_match(&mut self, a: Name<'_>, b: Name<'_>) -> Result<bool> {
        self.spend_on_names(1)?;
        Ok(a.key() == b.key())
    }

    /// Whether two names are equal: costs what it takes to find out.
    fn names_match(&mut self, a: Name<'_>, b: Name<'_>) -> Result<bool> {
        let identical = a.is_identical(&b);
        self.spend_on_names(if identical { 1 } else { a.comparison_cost(&b) })?;
        Ok(identical || a.matches(&b))
    }

    fn spend_on_names(&mut self, cost: u32) -> Result<()> {
        let left = self.names_left.checked_sub(cost).ok_or(ErrorKind::NameBudgetExhausted)?;
        self.names_left = left;
        Ok(())
    }

    /// Whether the path has this name with this key already: going round adds nothing (RFC 4158 2.4.2).
    fn stands_on_path(&mut self, candidate: &Certificate<'p>, top: &Certificate<'p>) -> Result<bool> {
        let key = candidate.subject_public_key_info().der();
        for at in 0..=self.workspace.frames.len() {
            // The top is not on the stack while the search goes on from it.
            let frame = self.workspace.frames.get(at);
            let certificate = frame.map_or(Some(top), |frame| self.certificate(frame.id));
            if let Some(certificate) = certificate
                && certificate.subject_public_key_info().der() == key
                && self.names_match(certificate.subject(), candidate.subject())?
            {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Judges the whole path on the stack under `anchor`, which stands at `index` among all.
    fn judge(
        &mut self,
        index: usize,
        anchor: &'p TrustAnchor<'p>,
    ) -> core::result::Result<VerifiedPath<'p>, (Progress, Error)> {
        let certificates = self.require_whole(anchor).map_err(|error| (Progress::Whole, error))?;
        self.require_signatures(&certificates, index, anchor)?;
        let status_until =
            self.require_good(&certificates, anchor).map_err(|error| (Progress::Status, error))?;
        Ok(VerifiedPath {
            certificates,
            leaf: self.leaf,
            anchor,
            anchors: self.verifier.anchors,
            time: self.time,
            options: self.verifier.options,
            status_until,
        })
    }

    /// 6.1.3 (a)(3): no certificate of the path is revoked.
    fn require_good(
        &mut self,
        certificates: &[&'p Certificate<'p>],
        anchor: &'p TrustAnchor<'p>,
    ) -> Result<Option<UnixTime>> {
        let Some(status) = self.verifier.status else { return Ok(None) };
        let (time, verifier) = (self.time, self.verifier);
        let request = StatusRequest { certificates, anchor, time, verifier };
        status.require_good(&request, &mut self.status_left).map(Some)
    }

    /// Requires of the path all that costs no signature: RFC 5280 6.1 from the anchor to the leaf.
    fn require_whole(
        &mut self,
        anchor: &'p TrustAnchor<'p>,
    ) -> Result<Vec<&'p Certificate<'p>, MAX_PATH_LEN>> {
        let mut certificates: Vec<_, MAX_PATH_LEN> = Vec::new();
        for certificate in self.workspace.frames.iter().map(|frame| self.certificate(frame.id)) {
            let pushed = certificate.and_then(|certificate| certificates.push(certificate).ok());
            pushed.ok_or(ErrorKind::PathTooLong)?;
        }
        // The anchor stands above the path.
        let top = depth_of(certificates.len());
        let at_top = |error: Error| error.with_depth(top);
        self.verifier.require_anchor(anchor, self.time).map_err(at_top)?;
        let mut key = PublicKey::from_spki(anchor.subject_public_key_info())
            .and_then(|key| key.require_strength(&self.verifier.options.strength).map(|()| key))
            .map_err(|kind| at_top(kind.into()))?;

        let options = self.verifier.options;
        let above = self.verifier.anchors.constraints_of(anchor, &options);
        let mut length = PathLength::below(above.clone()).map_err(at_top)?;
        for (index, certificate) in certificates.iter().enumerate().rev() {
            let at_depth = |error: Error| error.with_depth(depth_of(index));
            let frame = self.workspace.frames.get(index).ok_or(ErrorKind::PathTooLong)?;
            self.require_key_fits(frame.algorithm, key).map_err(at_depth)?;
            if index > 0 {
                let self_issued = || self.names_match(certificate.subject(), certificate.issuer());
                length.intermediate(certificate, self_issued).map_err(at_depth)?;
                key = PublicKey::from_spki(certificate.subject_public_key_info())
                    .map_err(|kind| at_depth(kind.into()))?;
            }
        }
        let extensions = certificates.iter().map(|certificate| certificate.extensions());
        if policy::can_be_required(&options.policies, extensions.chain(above.clone())) {
            policy::valid_policies(&certificates, above.clone(), &options.policies, |certificate| {
                self.names_match(certificate.subject(), certificate.issuer())
            })?;
        }
        let mut left = self.constraints_left;
        let outcome = require_permitted_names(&certificates, above, &mut left);
        self.constraints_left = left;
        outcome?;
        Ok(certificates)
    }

    /// Requires that the issuer's key can have made the signature, and that it can be verified.
    fn require_key_fits(&self, algorithm: SignatureAlgorithm, issuer: PublicKey<'p>) -> Result<()> {
        if !algorithm.fits(issuer) {
            return Err(ErrorKind::KeyAlgorithmMismatch.into());
        }
        if !self.verifier.signatures.supports(algorithm, issuer) {
            return Err(ErrorKind::UnsupportedSignatureAlgorithm.into());
        }
        Ok(())
    }

    /// 6.1.3 (a)(1): the signatures, from the anchor to the leaf.
    fn require_signatures(
        &mut self,
        certificates: &[&'p Certificate<'p>],
        index: usize,
        anchor: &'p TrustAnchor<'p>,
    ) -> core::result::Result<(), (Progress, Error)> {
        let mut issuer = Issuer::Anchor(index);
        let mut spki = anchor.subject_public_key_info();
        for (good, (depth, certificate)) in certificates.iter().enumerate().rev().enumerate() {
            let refuse = |error: Error| (Progress::Signatures(good), error.with_depth(depth_of(depth)));
            let frame = self.workspace.frames.get(depth).copied();
            let frame = frame.ok_or_else(|| refuse(ErrorKind::PathTooLong.into()))?;
            let valid =
                self.verify_once(frame, certificate, issuer, spki, certificates.len()).map_err(refuse)?;
            if !valid {
                return Err(refuse(ErrorKind::BadSignature.into()));
            }
            if let Some(id) = frame.id {
                issuer = Issuer::Intermediate(id);
            }
            spki = certificate.subject_public_key_info();
        }
        Ok(())
    }

    /// Verifies the signature of a certificate under a key, or remembers how that went.
    fn verify_once(
        &mut self,
        frame: Frame,
        certificate: &Certificate<'p>,
        issuer: Issuer,
        spki: SubjectPublicKeyInfo<'p>,
        path_len: usize,
    ) -> Result<bool> {
        // By its bytes, since a peer may present a certificate as often as it likes.
        let known = self.workspace.verified.iter().find(|known| {
            (known.certificate == frame.id || self.der_of(known.certificate) == Some(certificate.der()))
                && (known.issuer == issuer || self.spki_of(known.issuer) == Some(spki.der()))
        });
        if let Some(known) = known {
            return Ok(known.valid);
        }
        let budget = path_len.saturating_add(usize::from(self.verifier.limits.extra_signatures));
        if self.workspace.verified.len() >= budget || self.workspace.verified.is_full() {
            return Err(ErrorKind::SignatureBudgetExhausted.into());
        }
        let key = PublicKey::from_spki(spki)?;
        let valid = certificate.signature().is_some_and(|signature| {
            let message = certificate.tbs_certificate();
            self.verifier.signatures.verify(frame.algorithm, key, message, signature).is_ok()
        });
        // There is room, or the budget was exhausted.
        let _ = self.workspace.verified.push(VerifiedSignature { certificate: frame.id, issuer, valid });
        Ok(valid)
    }

    fn der_of(&self, id: Option<usize>) -> Option<&'p [u8]> {
        self.certificate(id).map(|certificate| certificate.der())
    }

    fn spki_of(&self, issuer: Issuer) -> Option<&'p [u8]> {
        let spki = match issuer {
            Issuer::Anchor(index) => self.verifier.anchors.as_slice().get(index)?.subject_public_key_info(),
            Issuer::Intermediate(id) => self.intermediate(id)?.subject_public_key_info(),
        };
        Some(spki.der())
    }
}

/// subjectKeyIdentifier of a candidate that may yet prove malformed: then it speaks for nothing.
fn key_identifier<'p>(candidate: &Certificate<'p>) -> Option<&'p [u8]> {
    candidate.extensions().subject_key_identifier().unwrap_or(None)
}

fn depth_of(index: usize) -> u8 {
    u8::try_from(index).unwrap_or(u8::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_the_workspace_below_three_kilobytes() {
        assert!(size_of::<Workspace>() < 3 * 1024, "{}", size_of::<Workspace>());
    }
}
