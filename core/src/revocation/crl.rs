//! The CRL (RFC 5280 section 5), read in place.
//!
//! Reading walks all entries once, so that a lookup finds nothing malformed; the extensions at the end come
//! first, so that a CRL that must be refused for them costs nothing. What a CRL *says* of a certificate is asked
//! once its signature is verified: [`VerifiedCrl`](super::VerifiedCrl).

use super::scope::IssuingDistributionPoint;
use crate::certificate::{AlgorithmIdentifier, Extension, Extensions, GeneralNames, Name};
use crate::der::{BitString, Reader, Serial, is_minimal_integer, is_utc_time, oid, read_time, tag};
use crate::error::{ErrorKind, Result};
use crate::time::UnixTime;

/// A CRL, borrowed from its DER.
#[derive(Clone, Copy, Debug)]
pub struct Crl<'a> {
    input: Reader<'a>,
    tbs: &'a [u8],
    signature_algorithm: AlgorithmIdentifier<'a>,
    signature: BitString<'a>,
    is_version_1: bool,
    issuer: Name<'a>,
    this_update: UnixTime,
    next_update: Option<UnixTime>,
    entries: Reader<'a>,
    len: u32,
    authority_key_identifier: Option<&'a [u8]>,
    number: Option<CrlNumber<'a>>,
    base: Option<CrlNumber<'a>>,
    scope: IssuingDistributionPoint<'a>,
}

/// A cRLNumber: a non-negative INTEGER of at most twenty bytes (RFC 5280 5.2.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CrlNumber<'a>(&'a [u8]);

impl<'a> CrlNumber<'a> {
    fn read(extension: &Extension<'a>) -> Result<Self> {
        let mut value = extension.reader();
        let content = value.read_integer()?;
        value.finish()?;
        let number = Serial(content.rest());
        if number.is_negative() || number.is_too_long() {
            return Err(content.error(ErrorKind::MalformedCrl));
        }
        // Without the zero that keeps it positive, the longer number is the greater.
        Ok(Self(content.rest().strip_prefix(&[0]).unwrap_or(content.rest())))
    }

    /// Big-endian, without leading zero bytes: nothing for zero.
    #[must_use]
    pub const fn as_bytes(&self) -> &'a [u8] {
        self.0
    }
}

impl Ord for CrlNumber<'_> {
    fn cmp(&self, other: &Self) -> core::cmp::Ordering {
        self.0.len().cmp(&other.0.len()).then_with(|| self.0.cmp(other.0))
    }
}

impl PartialOrd for CrlNumber<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<core::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl<'a> Crl<'a> {
    /// Reads a CRL that is the whole of `der`, with every entry: the time is linear in their number.
    ///
    /// # Errors
    /// An error of the 1xx kinds, or [`ErrorKind::MalformedCrl`],
    /// [`ErrorKind::UnknownCriticalCrlExtension`], [`ErrorKind::DuplicateExtension`],
    /// [`ErrorKind::SignatureAlgorithmMismatch`], each with the offset of what is wrong.
    pub fn from_der(der: &'a [u8]) -> Result<Self> {
        let input = Reader::new(der)?;
        let mut outer = input;
        let mut list = outer.read(tag::SEQUENCE)?;
        outer.finish()?;
        let tbs = list.read_tlv(tag::SEQUENCE)?;
        let algorithm = list.read(tag::SEQUENCE)?;
        let signature_algorithm = AlgorithmIdentifier::from_content(algorithm)?;
        let signature = list.read_bit_string()?;
        list.finish()?;

        let mut fields = tbs.content;
        let is_version_1 = match fields.read_optional(tag::INTEGER)? {
            None => true,
            Some(version) if version.rest() == [1] => false,
            Some(version) => return Err(version.error(ErrorKind::MalformedCrl)),
        };
        if fields.read(tag::SEQUENCE)?.rest() != algorithm.rest() {
            return Err(algorithm.error(ErrorKind::SignatureAlgorithmMismatch));
        }
        let start = fields;
        let issuer = Name::read(&mut fields)?;
        if issuer.is_empty() {
            return Err(start.error(ErrorKind::EmptyIssuer));
        }
        let this_update = read_time(&mut fields)?;
        let start = fields;
        let next_update = match fields.peek_tag() {
            Some(tag::UTC_TIME | tag::GENERALIZED_TIME) => Some(read_time(&mut fields)?),
            _ => None,
        };
        if next_update.is_some_and(|next| next < this_update) {
            return Err(start.error(ErrorKind::MalformedCrl));
        }
        let entries = match fields.read_optional(tag::SEQUENCE)? {
            // 5.1.2.6: absent where nothing is revoked.
            Some(entries) if entries.is_empty() => return Err(entries.error(ErrorKind::EmptySequence)),
            entries => entries.unwrap_or(Reader::EMPTY),
        };
        let mut crl = Self {
            input,
            tbs: tbs.der,
            signature_algorithm,
            signature,
            is_version_1,
            issuer,
            this_update,
            next_update,
            entries,
            len: 0,
            authority_key_identifier: None,
            number: None,
            base: None,
            scope: IssuingDistributionPoint::EVERYTHING,
        };
        let start = fields;
        if let Some(mut explicit) = fields.read_optional(tag::context_constructed(0))? {
            if is_version_1 {
                return Err(start.error(ErrorKind::FieldsBeyondVersion));
            }
            let extensions = explicit.read(tag::SEQUENCE)?;
            explicit.finish()?;
            crl.read_extensions(&Extensions::read(extensions)?)?;
        }
        fields.finish()?;
        crl.read_entries()?;
        Ok(crl)
    }

    /// 5.2
    fn read_extensions(&mut self, extensions: &Extensions<'a>) -> Result<()> {
        self.authority_key_identifier = extensions.authority_key_identifier()?;
        for extension in extensions.iter() {
            match extension.oid {
                [0x55, 0x1d, 20] => self.number = Some(CrlNumber::read(&extension)?),
                [0x55, 0x1d, 27] => self.base = Some(CrlNumber::read(&extension)?),
                [0x55, 0x1d, 28] => self.scope = IssuingDistributionPoint::read(&extension)?,
                // authorityKeyIdentifier was read above; it is a hint.
                [0x55, 0x1d, 35] => {}
                _ if extension.critical => {
                    return Err(extension.error(ErrorKind::UnknownCriticalCrlExtension));
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn read_entries(&mut self) -> Result<()> {
        let mut rest = self.entries;
        while !rest.is_empty() {
            let start = rest;
            if let Some(plain) = PlainEntry::read(&mut rest) {
                if plain.is_well_formed() && (plain.reason.is_none() || !self.is_version_1) {
                    self.len = self.len.saturating_add(1);
                    continue;
                }
                rest = start;
            }
            let entry = CrlEntry::read(&mut rest)?;
            read_time(&mut { entry.revocation_date })?;
            if self.is_version_1 && entry.extensions.is_some() {
                return Err(start.error(ErrorKind::FieldsBeyondVersion));
            }
            if entry.meaning()?.issuer.is_some() && !self.scope.is_indirect() {
                // 5.3.3: only an indirect CRL speaks of other issuers' certificates.
                return Err(start.error(ErrorKind::MalformedCrl));
            }
            self.len = self.len.saturating_add(1);
        }
        Ok(())
    }

    /// The signed part.
    #[must_use]
    pub const fn tbs_cert_list(&self) -> &'a [u8] {
        self.tbs
    }

    /// The whole CRL.
    #[must_use]
    pub const fn der(&self) -> &'a [u8] {
        self.input.rest()
    }

    /// The algorithm of the signature, the same inside and outside of the signed part.
    #[must_use]
    pub const fn signature_algorithm(&self) -> AlgorithmIdentifier<'a> {
        self.signature_algorithm
    }

    /// The signature, or `None` if it is no whole number of bytes.
    #[must_use]
    pub const fn signature(&self) -> Option<&'a [u8]> {
        self.signature.as_bytes()
    }

    /// Whether the CRL is of version 1: no number, no scope, no reasons.
    #[must_use]
    pub const fn is_version_1(&self) -> bool {
        self.is_version_1
    }

    /// The name of whoever signed it.
    #[must_use]
    pub const fn issuer(&self) -> Name<'a> {
        self.issuer
    }

    /// When it was issued.
    #[must_use]
    pub const fn this_update(&self) -> UnixTime {
        self.this_update
    }

    /// When the next one will have been issued at the latest.
    #[must_use]
    pub const fn next_update(&self) -> Option<UnixTime> {
        self.next_update
    }

    /// The number of entries.
    #[must_use]
    pub const fn len(&self) -> u32 {
        self.len
    }

    /// Whether nothing is revoked.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// cRLNumber (5.2.3).
    #[must_use]
    pub const fn number(&self) -> Option<CrlNumber<'a>> {
        self.number
    }

    /// The number of the CRL that a delta CRL is based on (5.2.4); `None` for a complete one.
    #[must_use]
    pub const fn base(&self) -> Option<CrlNumber<'a>> {
        self.base
    }

    /// keyIdentifier of authorityKeyIdentifier (5.2.1).
    #[must_use]
    pub const fn authority_key_identifier(&self) -> Option<&'a [u8]> {
        self.authority_key_identifier
    }

    /// What the CRL speaks of (5.2.5).
    #[must_use]
    pub(super) const fn scope(&self) -> &IssuingDistributionPoint<'a> {
        &self.scope
    }

    /// The entries in order, each with the certificate issuer that is in force for it.
    pub fn entries(&self) -> impl Iterator<Item = CrlEntry<'a>> + use<'a> {
        let (mut rest, is_indirect) = (self.entries, self.scope.is_indirect());
        let mut issuer = None;
        core::iter::from_fn(move || {
            if rest.is_empty() {
                return None;
            }
            let mut entry = CrlEntry::read(&mut rest).ok()?;
            if is_indirect {
                // 5.3.3: carried forward.
                issuer = entry.meaning().ok()?.issuer.or(issuer);
                entry.issuer = issuer;
            }
            Some(entry)
        })
    }

    /// The serial numbers of a direct CRL, each with a reader at its entry: as [`Self::entries`], in a fraction of
    /// the steps.
    pub(super) fn serials(&self) -> impl Iterator<Item = (Reader<'a>, &'a [u8])> + use<'a> {
        let mut rest = self.entries;
        core::iter::from_fn(move || {
            let start = rest;
            if let Some(plain) = PlainEntry::read(&mut rest) {
                return Some((start, plain.serial));
            }
            let entry = CrlEntry::read(&mut rest).ok()?;
            Some((start, entry.serial.as_bytes()))
        })
    }

    /// The entry at an offset that an index holds, with the issuer at the other.
    pub(super) fn entry_at(&self, entry: u32, issuer: Option<u32>) -> Option<CrlEntry<'a>> {
        let at = |offset: u32| {
            let mut reader = self.input;
            reader.skip(usize::try_from(offset).ok()?)?;
            Some(reader)
        };
        let mut found = CrlEntry::read(&mut at(entry)?).ok()?;
        if let Some(issuer) = issuer {
            found.issuer = CrlEntry::read(&mut at(issuer)?).ok()?.meaning().ok()?.issuer;
            found.issuer?;
        }
        Some(found)
    }
}

/// An entry of a CRL: a certificate that is revoked, or in a delta CRL no longer is.
#[derive(Clone, Copy, Debug)]
pub struct CrlEntry<'a> {
    start: Reader<'a>,
    serial: Serial<'a>,
    /// From revocationDate on, whose form was required when the CRL was read.
    revocation_date: Reader<'a>,
    extensions: Option<Reader<'a>>,
    issuer: Option<GeneralNames<'a>>,
}

/// An entry as nearly all are: no length above 127, UTCTime, no extension but a reason.
struct PlainEntry<'a> {
    serial: &'a [u8],
    revocation_date: &'a [u8; 13],
    reason: Option<u8>,
}

impl<'a> PlainEntry<'a> {
    /// Reads an entry, if it is a plain one. `None` says nothing but that.
    #[inline]
    fn read(list: &mut Reader<'a>) -> Option<Self> {
        let [tag::SEQUENCE, len @ 0..=0x7f, tag::INTEGER, serial_len @ 1..=0x7f, rest @ ..] = list.rest()
        else {
            return None;
        };
        let (serial, rest) = rest.split_at_checked(usize::from(*serial_len))?;
        let [tag::UTC_TIME, 13, rest @ ..] = rest else { return None };
        let (revocation_date, rest) = rest.split_first_chunk::<13>()?;
        // Both lengths are at most 127.
        let extensions_len = usize::from(*len).checked_sub(usize::from(*serial_len).wrapping_add(17))?;
        let reason = match (extensions_len, rest) {
            (0, _) => None,
            (14, [tag::SEQUENCE, 12, rest @ ..]) => Some(plain_reason(rest.get(..12)?)?),
            _ => return None,
        };
        list.skip(usize::from(*len).wrapping_add(2))?;
        Some(Self { serial, revocation_date, reason })
    }

    fn is_well_formed(&self) -> bool {
        is_minimal_integer(self.serial)
            && is_utc_time(self.revocation_date)
            && self.reason.is_none_or(|reason| ReasonCode::new(reason).is_some())
    }
}

/// The reason in the contents of crlEntryExtensions that hold nothing else.
fn plain_reason(list: &[u8]) -> Option<u8> {
    match *list {
        [0x30, 10, tag::OID, 3, 0x55, 0x1d, 21, tag::OCTET_STRING, 3, tag::ENUMERATED, 1, reason] => {
            Some(reason)
        }
        _ => None,
    }
}

/// What the extensions of an entry say.
#[derive(Clone, Copy, Debug)]
pub(super) struct Meaning<'a> {
    pub(super) reason: ReasonCode,
    pub(super) issuer: Option<GeneralNames<'a>>,
}

/// Why a certificate is revoked (RFC 5280 5.3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ReasonCode {
    /// No reason is given, or `unspecified`.
    Unspecified,
    /// Revoked for good, for the reason with this number.
    Other(u8),
    /// certificateHold: suspended, and perhaps released later.
    CertificateHold,
    /// removeFromCRL, in a delta CRL: released, or expired.
    RemoveFromCrl,
}

impl<'a> CrlEntry<'a> {
    pub(super) fn read(list: &mut Reader<'a>) -> Result<Self> {
        let start = *list;
        let mut content = list.read(tag::SEQUENCE)?;
        let serial = Serial(content.read_integer()?.rest());
        let revocation_date = content;
        match content.peek_tag() {
            Some(tag::UTC_TIME) => content.read(tag::UTC_TIME)?,
            _ => content.read(tag::GENERALIZED_TIME)?,
        };
        let extensions = content.read_optional(tag::SEQUENCE)?;
        content.finish()?;
        Ok(Self { start, serial, revocation_date, extensions, issuer: None })
    }

    /// The serial number.
    #[must_use]
    pub const fn serial(&self) -> Serial<'a> {
        self.serial
    }

    /// When the certificate was revoked.
    #[must_use]
    pub fn revocation_date(&self) -> UnixTime {
        // Read once without an error when the CRL was read.
        read_time(&mut { self.revocation_date }).unwrap_or(UnixTime(i64::MIN))
    }

    /// Where the entry begins in its CRL.
    pub(super) fn offset(&self) -> usize {
        self.start.offset()
    }

    /// Why the certificate is revoked.
    #[must_use]
    pub fn reason(&self) -> ReasonCode {
        // Read once without an error when the CRL was read.
        self.meaning().map_or(ReasonCode::Unspecified, |meaning| meaning.reason)
    }

    /// The names of the certificate's issuer in an indirect CRL; `None` for the CRL's own issuer.
    pub(super) const fn issuer(&self) -> Option<GeneralNames<'a>> {
        self.issuer
    }

    /// Whether the entry itself names the certificate's issuer, for itself and those that follow.
    pub(super) fn names_issuer(&self) -> bool {
        self.meaning().is_ok_and(|meaning| meaning.issuer.is_some())
    }

    /// 5.3
    fn meaning(&self) -> Result<Meaning<'a>> {
        let mut meaning = Meaning { reason: ReasonCode::Unspecified, issuer: None };
        let Some(list) = self.extensions else { return Ok(meaning) };
        if let Some(reason) = plain_reason(list.rest()) {
            // As nearly all entries have it.
            meaning.reason = ReasonCode::new(reason).ok_or_else(|| list.error(ErrorKind::MalformedCrl))?;
            return Ok(meaning);
        }
        for extension in Extensions::read(list)?.iter() {
            match extension.oid {
                // reasonCode
                [0x55, 0x1d, 21] => {
                    let mut value = extension.reader();
                    let content = value.read(tag::ENUMERATED)?;
                    value.finish()?;
                    let reason = match *content.rest() {
                        [reason] => ReasonCode::new(reason),
                        _ => None,
                    };
                    meaning.reason = reason.ok_or_else(|| content.error(ErrorKind::MalformedCrl))?;
                }
                // invalidityDate says when the key may have been lost, which is nothing to a login now.
                oid::INVALIDITY_DATE => {
                    let mut value = extension.reader();
                    read_time(&mut value)?;
                    value.finish()?;
                }
                // certificateIssuer
                [0x55, 0x1d, 29] => {
                    let names = GeneralNames::from_content(extension.sequence()?)?;
                    for name in names.iter() {
                        name?;
                    }
                    meaning.issuer = Some(names);
                }
                _ if extension.critical => {
                    return Err(extension.error(ErrorKind::UnknownCriticalCrlExtension));
                }
                _ => {}
            }
        }
        Ok(meaning)
    }
}

impl ReasonCode {
    const fn new(reason: u8) -> Option<Self> {
        match reason {
            0 => Some(Self::Unspecified),
            6 => Some(Self::CertificateHold),
            8 => Some(Self::RemoveFromCrl),
            1..=5 | 9 | 10 => Some(Self::Other(reason)),
            _ => None,
        }
    }
}
