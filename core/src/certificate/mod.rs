//! The X.509 certificate (RFC 5280 section 4), read in place.
//!
//! Reading checks the encoding and the shape: every field is where it must be, every extension
//! stands once. What the fields *mean* for a path is asked in [`crate::path`]; the values of
//! extensions are read where they are asked for.

mod algorithm;
mod extensions;
mod general_name;
mod mirror;
mod name;

pub use self::algorithm::{AlgorithmIdentifier, SubjectPublicKeyInfo};
pub use self::extensions::{BasicConstraints, ExtendedKeyUsage, Extension, Extensions, KeyUsage};
pub use self::general_name::{GeneralName, GeneralNames};
pub(crate) use self::name::NameMatch;
pub use self::name::{Attribute, Name, NameKey, Rdn};

use crate::der::{BitString, Reader, Serial, read_time, tag};
use crate::error::{Error, ErrorKind, Result};
use crate::limits::MAX_CERTIFICATE_LEN;
use crate::time::UnixTime;

/// The X.509 version of a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Version {
    /// Version 1: no extensions.
    V1,
    /// Version 2, which nobody issues: unique identifiers.
    V2,
    /// Version 3: extensions.
    V3,
}

/// notBefore and notAfter (RFC 5280 4.1.2.5); both seconds belong to the validity. A malformed time
/// stands as one that never comes (`i64::MAX`) or has always passed (`i64::MIN`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Validity {
    /// The first second.
    pub not_before: UnixTime,
    /// The last second.
    pub not_after: UnixTime,
}

/// A certificate, borrowed from its DER.
#[derive(Clone, Copy, Debug)]
pub struct Certificate<'a> {
    der: &'a [u8],
    tbs: &'a [u8],
    version: Version,
    serial: Serial<'a>,
    signature_algorithm: AlgorithmIdentifier<'a>,
    signature: BitString<'a>,
    issuer: Name<'a>,
    subject: Name<'a>,
    validity: Validity,
    subject_public_key_info: SubjectPublicKeyInfo<'a>,
    extensions: Extensions<'a>,
    form: Form,
}

/// The first rule of RFC 5280 4.1 that a certificate breaks without becoming unreadable: it can be
/// inspected, but no path takes it.
#[derive(Clone, Copy, Debug, Default)]
struct Form {
    broken: Option<Error>,
}

impl Form {
    fn breaks(&mut self, rule: Error) {
        self.broken.get_or_insert(rule);
    }
}

impl<'a> Certificate<'a> {
    /// Reads a certificate that is the whole of `der`.
    ///
    /// # Errors
    /// An [`Error`] of the 1xx or 2xx kinds with the offset of what is wrong.
    ///
    /// # Examples
    /// ```
    /// use cba_core::{Certificate, ErrorKind};
    ///
    /// // The indefinite length of BER.
    /// let error = Certificate::from_der(&[0x30, 0x80, 0x00, 0x00]).unwrap_err();
    /// assert_eq!(error.kind, ErrorKind::IndefiniteLength);
    /// ```
    pub fn from_der(der: &'a [u8]) -> Result<Self> {
        if der.len() > MAX_CERTIFICATE_LEN {
            return Err(ErrorKind::InputTooLong.into());
        }
        let mut outer = Reader::new(der)?;
        let mut certificate = outer.read(tag::SEQUENCE)?;
        outer.finish()?;

        let tbs = certificate.read_tlv(tag::SEQUENCE)?;
        let algorithm = certificate.read(tag::SEQUENCE)?;
        let signature_algorithm = AlgorithmIdentifier::from_content(algorithm)?;
        let signature = certificate.read_bit_string()?;
        certificate.finish()?;

        let mut form = Form::default();
        let mut fields = tbs.content;
        let version = read_version(&mut fields, &mut form)?;
        let serial = Serial(fields.read_integer()?.rest());
        if fields.read(tag::SEQUENCE)?.rest() != algorithm.rest() {
            form.breaks(algorithm.error(ErrorKind::SignatureAlgorithmMismatch));
        }
        let issuer = Name::read(&mut fields)?;
        let validity = read_validity(&mut fields, &mut form)?;
        let subject = Name::read(&mut fields)?;
        let subject_public_key_info = SubjectPublicKeyInfo::read(&mut fields)?;
        // issuerUniqueID and subjectUniqueID: read over, as RFC 5280 4.1.2.8 asks.
        for number in [1, 2] {
            let start = fields;
            if let Some(content) = fields.read_optional(tag::context(number))? {
                BitString::from_content(content)?;
                if version == Version::V1 {
                    form.breaks(start.error(ErrorKind::FieldsBeyondVersion));
                }
            }
        }
        let start = fields;
        let extensions = match fields.read_optional(tag::context_constructed(3))? {
            Some(mut explicit) => {
                if version != Version::V3 {
                    form.breaks(start.error(ErrorKind::FieldsBeyondVersion));
                }
                let list = explicit.read(tag::SEQUENCE)?;
                explicit.finish()?;
                Extensions::read(list)?
            }
            None => Extensions::NONE,
        };
        fields.finish()?;

        Ok(Self {
            der,
            tbs: tbs.der,
            version,
            serial,
            signature_algorithm,
            signature,
            issuer,
            subject,
            validity,
            subject_public_key_info,
            extensions,
            form,
        })
    }

    /// The whole certificate.
    #[must_use]
    pub const fn der(&self) -> &'a [u8] {
        self.der
    }

    /// The signed part.
    #[must_use]
    pub const fn tbs_certificate(&self) -> &'a [u8] {
        self.tbs
    }

    /// The X.509 version.
    #[must_use]
    pub const fn version(&self) -> Version {
        self.version
    }

    /// The serial number, in its shortest form but perhaps negative or too long.
    #[must_use]
    pub const fn serial(&self) -> Serial<'a> {
        self.serial
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

    /// The issuer's name.
    #[must_use]
    pub const fn issuer(&self) -> Name<'a> {
        self.issuer
    }

    /// The subject's name.
    #[must_use]
    pub const fn subject(&self) -> Name<'a> {
        self.subject
    }

    /// notBefore and notAfter.
    #[must_use]
    pub const fn validity(&self) -> Validity {
        self.validity
    }

    /// The subject's public key.
    #[must_use]
    pub const fn subject_public_key_info(&self) -> SubjectPublicKeyInfo<'a> {
        self.subject_public_key_info
    }

    /// The extensions.
    #[must_use]
    pub const fn extensions(&self) -> &Extensions<'a> {
        &self.extensions
    }

    /// Requires the form of RFC 5280 4.1 where it can be broken without making the certificate unreadable.
    ///
    /// # Errors
    /// [`ErrorKind::UnsupportedVersion`] for version 2, [`ErrorKind::EncodedDefault`] for a version 1 that is
    /// written out, [`ErrorKind::FieldsBeyondVersion`], [`ErrorKind::SignatureAlgorithmMismatch`],
    /// [`ErrorKind::InvalidTime`].
    pub fn require_form(&self) -> Result<()> {
        self.form.broken.map_or(Ok(()), Err)
    }

    /// Whether subject and issuer carry the same name (RFC 5280 3.2): a root, or a CA's new key
    /// certified by its old one.
    #[must_use]
    pub fn is_self_issued(&self) -> bool {
        self.subject.matches(&self.issuer)
    }

    /// Whether basicConstraints, well-formed, says that the subject is a CA.
    #[must_use]
    pub fn is_ca(&self) -> bool {
        matches!(self.extensions.basic_constraints(), Ok(Some(BasicConstraints { ca: true, .. })))
    }

    /// An error at the place of `part`, a slice of this certificate.
    pub(crate) fn error_at(&self, kind: ErrorKind, part: &[u8]) -> Error {
        let offset = (part.as_ptr() as usize).wrapping_sub(self.der.as_ptr() as usize);
        Error::new(kind).at(if offset < self.der.len() { offset } else { 0 })
    }
}

/// Takes DER values that stand one after the other apart, none shorter than any certificate is. From the
/// first that is not framed, the rest is one item: reading it says what is wrong.
///
/// ```
/// use cba_core::certificate::split_der;
///
/// let value = [&[0x30, 0x81, 0x80][..], &[0; 128]].concat();
/// let two = [&value[..], &value].concat();
/// assert_eq!(split_der(&two).collect::<Vec<_>>(), [value.as_slice(), &value]);
/// assert_eq!(split_der(b"text").collect::<Vec<_>>(), [b"text"]);
/// ```
pub fn split_der(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = bytes;
    core::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let len = match rest {
            [0x30, 0x81, a @ 0x80..=0xff, ..] => Some((3_usize, usize::from(*a))),
            [0x30, 0x82, a, b, ..] => Some((4, usize::from(u16::from_be_bytes([*a, *b])))),
            [0x30, 0x83, a, b, c, ..] => {
                usize::try_from(u32::from_be_bytes([0, *a, *b, *c])).ok().map(|len| (5, len))
            }
            _ => None,
        };
        let framed =
            len.and_then(|(header, len)| header.checked_add(len)).and_then(|end| rest.split_at_checked(end));
        let (item, behind) = framed.unwrap_or((rest, &[]));
        rest = behind;
        Some(item)
    })
}

/// Version ::= \[0\] EXPLICIT INTEGER DEFAULT v1 (RFC 5280 4.1.2.1).
fn read_version(fields: &mut Reader<'_>, form: &mut Form) -> Result<Version> {
    let Some(mut explicit) = fields.read_optional(tag::context_constructed(0))? else {
        return Ok(Version::V1);
    };
    let number = explicit.read_integer()?;
    explicit.finish()?;
    match number.rest() {
        [2] => Ok(Version::V3),
        [1] => {
            form.breaks(number.error(ErrorKind::UnsupportedVersion));
            Ok(Version::V2)
        }
        [0] => {
            form.breaks(number.error(ErrorKind::EncodedDefault));
            Ok(Version::V1)
        }
        _ => Err(number.error(ErrorKind::UnsupportedVersion)),
    }
}

fn read_validity(fields: &mut Reader<'_>, form: &mut Form) -> Result<Validity> {
    let mut times = fields.read(tag::SEQUENCE)?;
    let mut read = |never| match read_time(&mut times) {
        Err(error) if error.kind == ErrorKind::InvalidTime => {
            form.breaks(error);
            Ok(never)
        }
        time => time,
    };
    let not_before = read(UnixTime(i64::MAX))?;
    let not_after = read(UnixTime(i64::MIN))?;
    times.finish()?;
    Ok(Validity { not_before, not_after })
}
