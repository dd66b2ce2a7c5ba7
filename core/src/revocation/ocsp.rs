//! OCSP responses (RFC 6960) that the caller holds: stapled, or fetched by whoever may use the network.
//!
//! A response is read once and its signature verified when it is asked about a certificate. It is signed by the
//! certificate's issuer, or by a delegate whose certificate the issuer has signed: with id-kp-OCSPSigning, and with
//! id-pkix-ocsp-nocheck, since nobody here asks whether the delegate itself is revoked.

use super::options::RevocationOptions;
use crate::certificate::{AlgorithmIdentifier, Certificate, Extensions, Name, SubjectPublicKeyInfo};
use crate::der::{BitString, Reader, Serial, oid, read_time, tag};
use crate::digest::{sha1, sha256};
use crate::error::{ErrorKind, Result};
use crate::limits::{MAX_OCSP_CERTIFICATES, MAX_OCSP_RESPONSE_LEN};
use crate::path::{StatusBudget, Verifier};
use crate::signature::{PublicKey, SignatureAlgorithm};
use crate::time::UnixTime;
use core::ops::RangeInclusive;

/// An OCSP response, borrowed from its DER. Its signature is not verified until it is asked.
#[derive(Clone, Copy, Debug)]
pub struct OcspResponse<'a> {
    tbs: &'a [u8],
    signature_algorithm: AlgorithmIdentifier<'a>,
    signature: BitString<'a>,
    responder: Responder<'a>,
    produced_at: UnixTime,
    responses: Reader<'a>,
    nonce: Option<&'a [u8]>,
    certificates: Reader<'a>,
}

/// ResponderID.
#[derive(Clone, Copy, Debug)]
enum Responder<'a> {
    Name(Name<'a>),
    /// SHA-1 of the contents of the key's BIT STRING.
    Key(&'a [u8]),
}

/// What a response is asked.
pub(super) struct OcspQuestion<'q, 'p> {
    pub(super) certificate: &'q Certificate<'p>,
    /// The key of the certificate's issuer; the name stands in the certificate.
    pub(super) issuer_key: SubjectPublicKeyInfo<'p>,
    pub(super) time: UnixTime,
    /// A nonce that the response must bring back.
    pub(super) nonce: Option<&'q [u8]>,
    pub(super) options: &'q RevocationOptions,
    pub(super) verifier: &'q Verifier<'p>,
}

/// What a response says of a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum OcspAnswer {
    /// It speaks of other certificates.
    NotAbout,
    /// It is good until then.
    Good(UnixTime),
    /// It is revoked, whenever the response was made.
    Revoked,
    /// Why the response says nothing that counts.
    Undetermined(ErrorKind),
}

impl<'a> OcspResponse<'a> {
    /// Reads a response that is the whole of `der`.
    ///
    /// # Errors
    /// [`ErrorKind::OcspNotSuccessful`] if the responder reports an error,
    /// [`ErrorKind::UnsupportedOcspResponse`] if the response is not of the basic type; else
    /// [`ErrorKind::MalformedOcspResponse`], [`ErrorKind::UnknownCriticalExtension`], [`ErrorKind::InputTooLong`]
    /// or one of the 1xx kinds, with the offset of what is wrong.
    pub fn from_der(der: &'a [u8]) -> Result<Self> {
        if der.len() > MAX_OCSP_RESPONSE_LEN {
            return Err(ErrorKind::InputTooLong.into());
        }
        let mut outer = Reader::new(der)?;
        let mut response = outer.read(tag::SEQUENCE)?;
        outer.finish()?;
        let status = response.read(tag::ENUMERATED)?;
        match status.rest() {
            [0] => {}
            // malformedRequest, internalError, tryLater, sigRequired, unauthorized
            [1..=3 | 5 | 6] => return Err(status.error(ErrorKind::OcspNotSuccessful)),
            _ => return Err(status.error(ErrorKind::MalformedOcspResponse)),
        }
        let mut explicit = response.read(tag::context_constructed(0))?;
        response.finish()?;
        let mut bytes = explicit.read(tag::SEQUENCE)?;
        explicit.finish()?;
        let response_type = bytes.read_oid()?;
        if response_type.rest() != oid::OCSP_BASIC {
            return Err(response_type.error(ErrorKind::UnsupportedOcspResponse));
        }
        let mut octets = bytes.read(tag::OCTET_STRING)?;
        bytes.finish()?;

        let mut basic = octets.read(tag::SEQUENCE)?;
        octets.finish()?;
        let tbs = basic.read_tlv(tag::SEQUENCE)?;
        let signature_algorithm = AlgorithmIdentifier::read(&mut basic)?;
        let signature = basic.read_bit_string()?;
        let certificates = match basic.read_optional(tag::context_constructed(0))? {
            Some(mut explicit) => {
                let list = explicit.read(tag::SEQUENCE)?;
                explicit.finish()?;
                list
            }
            None => Reader::EMPTY,
        };
        basic.finish()?;
        require_certificates(certificates)?;

        let mut data = tbs.content;
        // v1 by DEFAULT, and there is no other.
        if let Some(version) = data.read_optional(tag::context_constructed(0))? {
            return Err(version.error(ErrorKind::MalformedOcspResponse));
        }
        let responder = Responder::read(&mut data)?;
        let produced_at = read_generalized_time(&mut data)?;
        let responses = data.read(tag::SEQUENCE)?;
        if responses.is_empty() {
            return Err(responses.error(ErrorKind::EmptySequence));
        }
        let nonce = match data.read_optional(tag::context_constructed(1))? {
            Some(explicit) => read_nonce(explicit)?,
            None => None,
        };
        data.finish()?;
        let mut rest = responses;
        while !rest.is_empty() {
            SingleResponse::read(&mut rest)?;
        }
        Ok(Self {
            tbs: tbs.der,
            signature_algorithm,
            signature,
            responder,
            produced_at,
            responses,
            nonce,
            certificates,
        })
    }

    /// What the response says of a certificate. Each signature that is verified is taken from `budget`.
    ///
    /// # Errors
    /// [`ErrorKind::StatusBudgetExhausted`].
    pub(super) fn answer(
        &self,
        question: &OcspQuestion<'_, '_>,
        budget: &mut StatusBudget,
    ) -> Result<OcspAnswer> {
        let mut issuer = IssuerHashes::default();
        let mut said: Option<SingleResponse<'_>> = None;
        let mut rest = self.responses;
        while let Ok(single) = SingleResponse::read(&mut rest) {
            if single.is_about(question, &mut issuer) {
                // Of several, the gravest; of two that are good, the first.
                said = match said {
                    Some(kept) if kept.status >= single.status => Some(kept),
                    _ => Some(single),
                };
            }
        }
        let Some(said) = said else { return Ok(OcspAnswer::NotAbout) };
        let signer = match self.signed_within(question, budget) {
            Ok(signer) => signer,
            Err(kind) if kind.is_limit() => return Err(kind.into()),
            Err(kind) => return Ok(OcspAnswer::Undetermined(kind)),
        };
        Ok(match said.status {
            CertStatus::Revoked => OcspAnswer::Revoked,
            CertStatus::Unknown => OcspAnswer::Undetermined(ErrorKind::OcspStatusUnknown),
            // What an expired delegate says of a revocation counts, as that of an expired CRL issuer does.
            CertStatus::Good if !signer.contains(&question.time) => {
                OcspAnswer::Undetermined(ErrorKind::OcspResponderNotAuthorized)
            }
            CertStatus::Good => match self.good_until(&said, question) {
                Ok(good) => OcspAnswer::Good(good.min(*signer.end())),
                Err(kind) => OcspAnswer::Undetermined(kind),
            },
        })
    }

    /// 4.2.2.1: until when a good answer holds.
    fn good_until(
        &self,
        said: &SingleResponse<'_>,
        question: &OcspQuestion<'_, '_>,
    ) -> core::result::Result<UnixTime, ErrorKind> {
        if question.nonce.is_some() && question.nonce != self.nonce {
            return Err(ErrorKind::OcspNonceMismatch);
        }
        let skew = i64::from(question.options.clock_skew);
        if question.time.0.saturating_add(skew) < self.produced_at.0 {
            return Err(ErrorKind::OcspNotYetValid);
        }
        let until = question.options.valid_until(said.this_update, said.next_update, question.time);
        until.map_err(|kind| match kind {
            ErrorKind::CrlNotYetValid => ErrorKind::OcspNotYetValid,
            _ => ErrorKind::OcspExpired,
        })
    }

    /// 4.2.2.2: the response is signed by the issuer of the certificate, or by its delegate, and when that
    /// one may sign.
    fn signed_within(
        &self,
        question: &OcspQuestion<'_, '_>,
        budget: &mut StatusBudget,
    ) -> core::result::Result<RangeInclusive<UnixTime>, ErrorKind> {
        let algorithm = SignatureAlgorithm::from_identifier(self.signature_algorithm)?;
        let signature = self.signature.as_bytes();
        let mut is_signed_by = |key: SubjectPublicKeyInfo<'_>| {
            is_valid(question.verifier, algorithm, key, self.tbs, signature, budget)
        };
        let issuer = question.certificate.issuer();
        if self.responder.is(&issuer, question.issuer_key) {
            return if is_signed_by(question.issuer_key)? {
                Ok(UnixTime(i64::MIN)..=UnixTime(i64::MAX))
            } else {
                Err(ErrorKind::BadSignature)
            };
        }
        let mut list = self.certificates;
        while let Ok(tlv) = list.read_tlv(tag::SEQUENCE) {
            let Ok(delegate) = Certificate::from_der(tlv.der) else { continue };
            if !self.responder.is(&delegate.subject(), delegate.subject_public_key_info()) {
                continue;
            }
            require_delegate(&delegate, question)?;
            // The cheap signature first: that of the response shows that the key is the delegate's.
            if !is_signed_by(delegate.subject_public_key_info())? {
                return Err(ErrorKind::BadSignature);
            }
            let algorithm = SignatureAlgorithm::from_identifier(delegate.signature_algorithm())?;
            let (message, signature) = (delegate.tbs_certificate(), delegate.signature());
            let key = question.issuer_key;
            if !is_valid(question.verifier, algorithm, key, message, signature, budget)? {
                return Err(ErrorKind::OcspResponderNotAuthorized);
            }
            let validity = delegate.validity();
            return Ok(validity.not_before..=validity.not_after);
        }
        Err(ErrorKind::OcspResponderNotAuthorized)
    }
}

/// What must hold of a delegate's certificate, but for its signature and its dates.
fn require_delegate(
    delegate: &Certificate<'_>,
    question: &OcspQuestion<'_, '_>,
) -> core::result::Result<(), ErrorKind> {
    let read = || {
        delegate.require_form()?;
        let extensions = delegate.extensions();
        extensions.require_processed()?;
        let usage = extensions.key_usage()?;
        let purposes = extensions.extended_key_usage()?;
        let signs = usage.is_none_or(|usage| usage.digital_signature())
            && purposes.is_some_and(|purposes| purposes.contains(oid::OCSP_SIGNING));
        let nocheck = extensions.iter().any(|extension| extension.oid == oid::OCSP_NOCHECK);
        Ok::<_, crate::Error>(signs && nocheck)
    };
    let is_delegate = delegate.issuer().matches(&question.certificate.issuer())
        && !question.verifier.denied.denies(delegate)
        && matches!(read(), Ok(true));
    if is_delegate { Ok(()) } else { Err(ErrorKind::OcspResponderNotAuthorized) }
}

/// Whether the key has made the signature.
fn is_valid(
    verifier: &Verifier<'_>,
    algorithm: SignatureAlgorithm,
    key: SubjectPublicKeyInfo<'_>,
    message: &[u8],
    signature: Option<&[u8]>,
    budget: &mut StatusBudget,
) -> core::result::Result<bool, ErrorKind> {
    let key = PublicKey::from_spki(key)?;
    key.require_strength(&verifier.options.strength)?;
    if !algorithm.fits(key) {
        return Err(ErrorKind::KeyAlgorithmMismatch);
    }
    if !verifier.signatures.supports(algorithm, key) {
        return Err(ErrorKind::UnsupportedSignatureAlgorithm);
    }
    budget.verify().map_err(|error| error.kind)?;
    Ok(signature
        .is_some_and(|signature| verifier.signatures.verify(algorithm, key, message, signature).is_ok()))
}

/// Requires a list of at most `MAX_OCSP_CERTIFICATES` values; each is read when it is needed.
fn require_certificates(mut list: Reader<'_>) -> Result<()> {
    let mut count = 0_usize;
    while !list.is_empty() {
        let start = list;
        list.read_tlv(tag::SEQUENCE)?;
        count = count.saturating_add(1);
        if count > MAX_OCSP_CERTIFICATES {
            return Err(start.error(ErrorKind::MalformedOcspResponse));
        }
    }
    Ok(())
}

/// GeneralizedTime, the only form in OCSP.
fn read_generalized_time(reader: &mut Reader<'_>) -> Result<UnixTime> {
    if reader.peek_tag() != Some(tag::GENERALIZED_TIME) {
        return Err(reader.error(ErrorKind::UnexpectedTag));
    }
    read_time(reader)
}

/// Reads Extensions in their explicit tag, of which none but `known` may be critical.
fn read_extensions<'a>(mut explicit: Reader<'a>, known: &[u8]) -> Result<Extensions<'a>> {
    let list = explicit.read(tag::SEQUENCE)?;
    explicit.finish()?;
    let extensions = Extensions::read(list)?;
    let unknown = extensions.iter().find(|extension| extension.critical && extension.oid != known);
    match unknown {
        Some(extension) => Err(extension.error(ErrorKind::UnknownCriticalExtension)),
        None => Ok(extensions),
    }
}

/// The nonce of responseExtensions (RFC 9654).
fn read_nonce(explicit: Reader<'_>) -> Result<Option<&[u8]>> {
    let extensions = read_extensions(explicit, oid::OCSP_NONCE)?;
    let Some(extension) = extensions.iter().find(|extension| extension.oid == oid::OCSP_NONCE) else {
        return Ok(None);
    };
    let mut value = extension.reader();
    let nonce = value.read(tag::OCTET_STRING)?.rest();
    value.finish()?;
    Ok(Some(nonce))
}

impl<'a> Responder<'a> {
    fn read(data: &mut Reader<'a>) -> Result<Self> {
        if let Some(mut explicit) = data.read_optional(tag::context_constructed(1))? {
            let name = Name::read(&mut explicit)?;
            explicit.finish()?;
            return Ok(Self::Name(name));
        }
        let mut explicit = data.read(tag::context_constructed(2))?;
        let hash = explicit.read(tag::OCTET_STRING)?;
        explicit.finish()?;
        if hash.rest().len() != 20 {
            return Err(hash.error(ErrorKind::MalformedOcspResponse));
        }
        Ok(Self::Key(hash.rest()))
    }

    fn is(&self, name: &Name<'_>, key: SubjectPublicKeyInfo<'_>) -> bool {
        match self {
            Self::Name(responder) => responder.matches(name),
            Self::Key(hash) => *hash == sha1(key.key()),
        }
    }
}

/// certStatus, the gravest last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum CertStatus {
    Good,
    Unknown,
    Revoked,
}

/// The hash function of a CertID. It tells issuers apart and proves nothing, so SHA-1 will do.
#[derive(Clone, Copy, Debug)]
enum CertIdHash {
    Sha1,
    Sha256,
    /// Another one: not about any certificate that could be recognised.
    Other,
}

/// SingleResponse.
#[derive(Clone, Copy, Debug)]
struct SingleResponse<'a> {
    hash: CertIdHash,
    issuer_name_hash: &'a [u8],
    issuer_key_hash: &'a [u8],
    serial: Serial<'a>,
    status: CertStatus,
    this_update: UnixTime,
    next_update: Option<UnixTime>,
}

/// Hashes of the issuer's name and key, made when they are first needed.
#[derive(Default)]
struct IssuerHashes {
    sha1: Option<([u8; 20], [u8; 20])>,
    sha256: Option<([u8; 32], [u8; 32])>,
}

impl<'a> SingleResponse<'a> {
    fn read(list: &mut Reader<'a>) -> Result<Self> {
        let mut content = list.read(tag::SEQUENCE)?;
        let mut id = content.read(tag::SEQUENCE)?;
        let algorithm = AlgorithmIdentifier::read(&mut id)?;
        let has_parameters = !matches!(algorithm.parameters(), [] | [tag::NULL, 0]);
        let hash = match algorithm.oid() {
            oid::SHA1 if !has_parameters => CertIdHash::Sha1,
            oid::SHA256 if !has_parameters => CertIdHash::Sha256,
            _ => CertIdHash::Other,
        };
        let issuer_name_hash = id.read(tag::OCTET_STRING)?.rest();
        let issuer_key_hash = id.read(tag::OCTET_STRING)?.rest();
        let serial = Serial(id.read_integer()?.rest());
        id.finish()?;
        let status = read_status(&mut content)?;
        let this_update = read_generalized_time(&mut content)?;
        let start = content;
        let next_update = match content.read_optional(tag::context_constructed(0))? {
            Some(mut explicit) => {
                let time = read_generalized_time(&mut explicit)?;
                explicit.finish()?;
                Some(time)
            }
            None => None,
        };
        if next_update.is_some_and(|next| next < this_update) {
            return Err(start.error(ErrorKind::MalformedOcspResponse));
        }
        if let Some(explicit) = content.read_optional(tag::context_constructed(1))? {
            read_extensions(explicit, &[])?;
        }
        content.finish()?;
        Ok(Self { hash, issuer_name_hash, issuer_key_hash, serial, status, this_update, next_update })
    }

    fn is_about(&self, question: &OcspQuestion<'_, '_>, issuer: &mut IssuerHashes) -> bool {
        if self.serial != question.certificate.serial() {
            return false;
        }
        let (name, key) = (question.certificate.issuer(), question.issuer_key);
        match self.hash {
            CertIdHash::Sha1 => {
                let (name, key) = issuer.sha1.get_or_insert_with(|| (sha1(name.der()), sha1(key.key())));
                self.issuer_name_hash == name && self.issuer_key_hash == key
            }
            CertIdHash::Sha256 => {
                let (name, key) =
                    issuer.sha256.get_or_insert_with(|| (sha256(name.der()), sha256(key.key())));
                self.issuer_name_hash == name && self.issuer_key_hash == key
            }
            CertIdHash::Other => false,
        }
    }
}

fn read_status(content: &mut Reader<'_>) -> Result<CertStatus> {
    let start = *content;
    if let Some(null) = content.read_optional(tag::context(0))? {
        null.finish()?;
        return Ok(CertStatus::Good);
    }
    if let Some(null) = content.read_optional(tag::context(2))? {
        null.finish()?;
        return Ok(CertStatus::Unknown);
    }
    let Some(mut revoked) = content.read_optional(tag::context_constructed(1))? else {
        return Err(start.error(ErrorKind::UnexpectedTag));
    };
    read_generalized_time(&mut revoked)?;
    if let Some(mut explicit) = revoked.read_optional(tag::context_constructed(0))? {
        explicit.read(tag::ENUMERATED)?;
        explicit.finish()?;
    }
    revoked.finish()?;
    Ok(CertStatus::Revoked)
}
