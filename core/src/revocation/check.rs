//! What all sources together say of a path (RFC 5280 6.3.3): whether each certificate is revoked, and whether the
//! CRL issuers that said so still may.

use super::crl::ReasonCode;
use super::ocsp::{OcspAnswer, OcspQuestion, OcspResponse};
use super::options::{RevocationOptions, Scope};
use super::scope::{DistributionPoint, Reasons, distribution_points};
use super::verified::{VerifiedCrl, is_same_line};
use crate::certificate::{Certificate, SubjectPublicKeyInfo};
use crate::error::{Error, ErrorKind, Result};
use crate::limits::MAX_STATUS_SOURCES;
use crate::path::{StatusBudget, StatusCheck, StatusRequest, TrustAnchor};
use crate::time::UnixTime;
use heapless::Vec;

/// The sources of revocation status that the caller holds, and what is asked of them.
#[derive(Clone, Copy, Debug)]
pub struct Revocation<'r> {
    /// Verified CRLs, in any order.
    pub crls: &'r [VerifiedCrl<'r>],
    /// OCSP responses, in any order; their signatures are verified when they are asked.
    pub ocsp: &'r [OcspResponse<'r>],
    /// The nonce that was sent to the OCSP responder (RFC 9654): a response without it says nothing good.
    pub nonce: Option<&'r [u8]>,
    /// What is asked and what is forgiven.
    pub options: RevocationOptions,
}

impl StatusCheck for Revocation<'_> {
    fn require_good(&self, request: &StatusRequest<'_, '_>, budget: &mut StatusBudget) -> Result<UnixTime> {
        let mut check = Check {
            sources: self,
            request,
            budget,
            revoked_signers: Vec::new(),
            unknown_signers: Vec::new(),
        };
        loop {
            // Whoever relied on a signer is asked again without it.
            match check.judge()? {
                Verdict::Good(until) => return Ok(until),
                Verdict::RevokedSigner(crl) => check.revoked_signers.push(crl),
                Verdict::UnknownSigner(crl) => check.unknown_signers.push(crl),
            }
            .map_err(|_| ErrorKind::StatusBudgetExhausted)?;
        }
    }
}

/// Positions of CRLs, no two with the same signer.
type Positions = Vec<usize, MAX_STATUS_SOURCES>;

struct Check<'r, 'p, 'b> {
    sources: &'r Revocation<'r>,
    request: &'r StatusRequest<'r, 'p>,
    budget: &'b mut StatusBudget,
    /// CRLs whose issuers are revoked: nothing that they say is heard.
    revoked_signers: Positions,
    /// CRLs whose issuers are not known to be good: nothing good that they say is heard.
    unknown_signers: Positions,
}

enum Verdict {
    Good(UnixTime),
    RevokedSigner(usize),
    UnknownSigner(usize),
}

/// What all sources say of one certificate.
enum Answer {
    Good(UnixTime),
    Revoked,
    Undetermined(ErrorKind),
}

/// A certificate with all above it, and the anchor of them all.
#[derive(Clone, Copy)]
struct Subject<'r, 'p> {
    certificate: &'p Certificate<'p>,
    issuers: &'r [&'p Certificate<'p>],
    anchor: &'p TrustAnchor<'p>,
}

impl<'r> Check<'r, '_, '_> {
    fn judge(&mut self) -> Result<Verdict> {
        let options = &self.sources.options;
        let request = self.request;
        let mut used = Positions::new();
        let mut until = UnixTime(i64::MAX);
        let mut refusal: Option<Error> = None;
        let count = match options.scope {
            Scope::Chain => request.certificates.len(),
            Scope::Leaf => 1,
        };
        for (depth, subject) in (0_u8..).zip(subjects(request.certificates, request.anchor).take(count)) {
            let at_depth = |error: Error| error.with_depth(depth);
            let kind = match self.status(&subject, &mut used).map_err(at_depth)? {
                Answer::Good(holds) => {
                    until = until.min(holds);
                    continue;
                }
                Answer::Undetermined(_) if options.accept_undetermined => continue,
                Answer::Undetermined(kind) => kind,
                Answer::Revoked => ErrorKind::Revoked,
            };
            // Known to be revoked goes before unknown; else what is nearest the leaf.
            let graver = |kept: Error| kind == ErrorKind::Revoked && kept.kind != ErrorKind::Revoked;
            if refusal.is_none_or(graver) {
                refusal = Some(at_depth(kind.into()));
            }
        }
        if options.scope == Scope::Chain
            && let Some(verdict) = self.find_bad_signer(&mut used, &mut until)?
        {
            return Ok(verdict);
        }
        refusal.map_or(Ok(Verdict::Good(until)), Err)
    }

    /// Asks the status of the issuers of the CRLs that were relied on, and of the issuers of those that this
    /// relies on in turn; the first CRL whose issuer is not good, unless that is known.
    fn find_bad_signer(&mut self, used: &mut Positions, until: &mut UnixTime) -> Result<Option<Verdict>> {
        let mut next = 0;
        while let Some(&position) = used.get(next) {
            next = next.saturating_add(1);
            let Some(crl) = self.sources.crls.get(position) else { continue };
            for subject in subjects(crl.signer(), crl.anchor()) {
                let on_path = |other: &&Certificate<'_>| other.der() == subject.certificate.der();
                if self.request.certificates.iter().any(on_path) {
                    continue;
                }
                match self.status(&subject, used) {
                    Ok(Answer::Good(holds)) => *until = (*until).min(holds),
                    Ok(Answer::Revoked) => return Ok(Some(Verdict::RevokedSigner(position))),
                    Err(error) if error.kind.is_limit() => return Err(error),
                    Ok(Answer::Undetermined(_)) if self.sources.options.accept_undetermined => {}
                    Ok(Answer::Undetermined(_)) | Err(_) => {
                        if !self.have_signer_of(&self.unknown_signers, crl) {
                            return Ok(Some(Verdict::UnknownSigner(position)));
                        }
                    }
                }
            }
        }
        Ok(None)
    }

    /// 6.3.3: what is known of one certificate; the positions of the CRLs that count are added to `used`. Errors
    /// are about the certificate, or a budget.
    fn status(&mut self, subject: &Subject<'_, '_>, used: &mut Positions) -> Result<Answer> {
        let mut status = Status::NOTHING;
        let mut revoked = false;
        let sources = self.sources;
        let points = distribution_points(subject.certificate)?;
        for (position, crl) in sources.crls.iter().enumerate() {
            if self.have_signer_of(&self.revoked_signers, crl) {
                continue;
            }
            let reasons = self.reasons_for(subject, crl, points.clone())?;
            if reasons == Reasons::NONE {
                continue;
            }
            let mut counts = false;
            if let Some(reason) = crl.find(subject.certificate)
                && !(reason == ReasonCode::RemoveFromCrl && crl.crl().base().is_some())
                && !self.is_released(subject, crl, reason)
            {
                revoked = true;
                counts = true;
            }
            if crl.crl().base().is_none() && !self.have_signer_of(&self.unknown_signers, crl) {
                counts |= self.add(crl, reasons, &mut status);
            }
            // An anchor that signed has no status of its own.
            if counts && !crl.signer().is_empty() && !self.have_signer_of(used, crl) {
                used.push(position).map_err(|_| ErrorKind::StatusBudgetExhausted)?;
            }
        }
        for response in sources.ocsp {
            let question = OcspQuestion {
                certificate: subject.certificate,
                issuer_key: subject.issuer_key(),
                time: self.request.time,
                nonce: sources.nonce,
                options: &sources.options,
                verifier: self.request.verifier,
            };
            match response.answer(&question, self.budget)? {
                OcspAnswer::NotAbout => {}
                OcspAnswer::Good(until) => status.add(Reasons::ALL, until),
                OcspAnswer::Revoked => revoked = true,
                OcspAnswer::Undetermined(kind) => status.explain(kind),
            }
        }
        Ok(if revoked { Answer::Revoked } else { status.answer(self.request.time) })
    }

    /// Takes what a complete CRL says, as it is or with a delta CRL; whether it says anything.
    fn add(&self, crl: &VerifiedCrl<'r>, reasons: Reasons, status: &mut Status) -> bool {
        let options = &self.sources.options;
        let time = self.request.time;
        if crl.crl().is_version_1() && !options.accept_version_1_crls {
            status.explain(ErrorKind::CrlVersion1);
            return false;
        }
        let alone = crl.valid_until(time, options);
        let with_delta = self.newer(crl).filter_map(|(delta, base)| {
            // 5.2.4: the complete CRL is no older than what the delta builds on. Together they are as fresh.
            let fits = base.is_some() && base <= crl.crl().number();
            if fits { delta.valid_until(time, options).ok() } else { None }
        });
        match with_delta.chain(alone).max() {
            Some(until) => {
                status.add(reasons, until);
                true
            }
            None => {
                status.explain(alone.err().unwrap_or(ErrorKind::StatusUndetermined));
                false
            }
        }
    }

    /// Whether a newer statement in force takes back that `crl` lists the certificate.
    fn is_released(&self, subject: &Subject<'_, '_>, crl: &VerifiedCrl<'r>, reason: ReasonCode) -> bool {
        let number = crl.crl().number();
        let on_hold = matches!(reason, ReasonCode::CertificateHold | ReasonCode::RemoveFromCrl);
        self.newer(crl).any(|(newer, base)| {
            let says = newer.find(subject.certificate);
            let takes_back = match base {
                Some(base) => Some(base) <= number && says == Some(ReasonCode::RemoveFromCrl),
                None => on_hold && says.is_none(),
            };
            takes_back && newer.valid_until(self.request.time, &self.sources.options).is_ok()
        })
    }

    /// The trusted CRLs of the same scope by the same key that are newer, each with its base if it is a delta
    /// CRL (5.2.4 (c): one with the number of the complete CRL was issued with it, and says the same).
    fn newer<'s>(
        &'s self,
        crl: &'s VerifiedCrl<'r>,
    ) -> impl Iterator<Item = (&'s VerifiedCrl<'r>, Option<super::CrlNumber<'r>>)> {
        let trusted = self.sources.crls.iter().filter(|crl| {
            !self.have_signer_of(&self.revoked_signers, crl)
                && !self.have_signer_of(&self.unknown_signers, crl)
        });
        trusted.filter_map(move |newer| {
            let (ours, theirs) = (crl.crl(), newer.crl());
            let is_newer = match (ours.number(), theirs.number()) {
                (Some(old), Some(new)) => new > old,
                _ => false,
            };
            let is_newer = is_newer && theirs.this_update() >= ours.this_update() && newer.has_scope_of(crl);
            is_newer.then_some((newer, theirs.base()))
        })
    }

    /// Whether the certificate that signed `crl` has signed one of those at these positions.
    fn have_signer_of(&self, positions: &Positions, crl: &VerifiedCrl<'_>) -> bool {
        let signers = positions.iter().filter_map(|&at| self.sources.crls.get(at)?.signer().first());
        let signer = crl.signer().first();
        signers.into_iter().any(|other| signer.is_some_and(|signer| signer.der() == other.der()))
    }

    /// The reasons for which a CRL speaks of the certificate: by its scope, and because its issuer may.
    fn reasons_for<'c>(
        &mut self,
        subject: &Subject<'_, '_>,
        crl: &VerifiedCrl<'_>,
        points: impl Iterator<Item = DistributionPoint<'c>>,
    ) -> Result<Reasons> {
        let (issuer, scope) = (crl.crl().issuer(), crl.crl().scope());
        let mut reasons = Reasons::NONE;
        for point in points {
            let said = scope.reasons_for(&issuer, subject.certificate, &point, self.budget)?;
            if said != Reasons::NONE && subject.accepts(crl, point.is_indirect()) {
                reasons = reasons.or(said);
            }
        }
        Ok(reasons)
    }
}

/// Each certificate of a path with those above it.
fn subjects<'r, 'p>(
    path: &'r [&'p Certificate<'p>],
    anchor: &'p TrustAnchor<'p>,
) -> impl Iterator<Item = Subject<'r, 'p>> {
    let mut rest = path;
    core::iter::from_fn(move || {
        let (certificate, issuers) = rest.split_first()?;
        rest = issuers;
        Some(Subject { certificate, issuers, anchor })
    })
}

impl<'p> Subject<'_, 'p> {
    fn issuer_key(&self) -> SubjectPublicKeyInfo<'p> {
        self.issuers
            .first()
            .map_or(self.anchor.subject_public_key_info(), |issuer| issuer.subject_public_key_info())
    }

    /// Whether the signer of a CRL may speak of the certificate, beyond what the names say. The key that signed
    /// the certificate may. Another key may if its own certificate comes from the same anchor, and for a direct
    /// CRL through the same names: so a CA cannot speak for a namesake elsewhere in the tree.
    fn accepts(&self, crl: &VerifiedCrl<'_>, is_indirect: bool) -> bool {
        if !is_indirect && crl.key().der() == self.issuer_key().der() {
            return true;
        }
        crl.anchor().is_same(self.anchor)
            && (is_indirect || is_same_line(self.issuers, crl.signer(), self.anchor))
    }
}

/// What is known of one certificate that no source calls revoked.
struct Status {
    /// The last second for which some source says that it is not revoked, for each reason.
    until: [UnixTime; Reasons::BITS],
    /// Why the first source that does not count does not.
    why: Option<ErrorKind>,
}

impl Status {
    const NOTHING: Self = Self { until: [UnixTime(i64::MIN); Reasons::BITS], why: None };

    fn add(&mut self, reasons: Reasons, until: UnixTime) {
        for (bit, known) in (0_u32..).zip(&mut self.until) {
            if reasons.contains(bit) {
                *known = until.max(*known);
            }
        }
    }

    fn explain(&mut self, kind: ErrorKind) {
        self.why.get_or_insert(kind);
    }

    /// Good if that is known for all reasons.
    fn answer(&self, time: UnixTime) -> Answer {
        let all = (0_u32..).zip(&self.until).filter(|(bit, _)| Reasons::ALL.contains(*bit));
        match all.map(|(_, until)| *until).min() {
            Some(until) if until >= time => Answer::Good(until),
            _ => Answer::Undetermined(self.why.unwrap_or(ErrorKind::StatusUndetermined)),
        }
    }
}
