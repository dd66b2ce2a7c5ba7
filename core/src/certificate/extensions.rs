//! Extensions (RFC 5280 4.2): found in one pass, each once; their values are read when asked for.

use super::GeneralNames;
use crate::der::{Reader, oid, tag};
use crate::error::{Error, ErrorKind, Result};
use crate::limits::MAX_EXTENSIONS;

/// One extension: its criticality and the contents of its OCTET STRING.
#[derive(Clone, Copy, Debug)]
pub struct Extension<'a> {
    /// Contents of the OBJECT IDENTIFIER.
    pub oid: &'a [u8],
    /// Whether a verifier that does not process it must refuse.
    pub critical: bool,
    value: Reader<'a>,
}

impl<'a> Extension<'a> {
    fn read(list: &mut Reader<'a>) -> Result<Self> {
        let mut content = list.read(tag::SEQUENCE)?;
        let oid = content.read_oid()?.rest();
        let critical = content.read_default_false()?;
        let value = content.read(tag::OCTET_STRING)?;
        content.finish()?;
        Ok(Self { oid, critical, value })
    }

    /// The DER of the extension's value.
    #[must_use]
    pub const fn value(&self) -> &'a [u8] {
        self.value.rest()
    }

    /// A reader over the value.
    pub(crate) const fn reader(&self) -> Reader<'a> {
        self.value
    }

    /// A reader over the contents of the value, which is one SEQUENCE.
    pub(crate) fn sequence(&self) -> Result<Reader<'a>> {
        sequence(self.value)
    }

    pub(crate) fn error(&self, kind: ErrorKind) -> Error {
        self.value.error(kind)
    }
}

/// Reads an extension's value as one SEQUENCE and gives a reader over its contents.
fn sequence(mut value: Reader<'_>) -> Result<Reader<'_>> {
    let content = value.read(tag::SEQUENCE)?;
    value.finish()?;
    Ok(content)
}

/// The extensions of a certificate.
#[derive(Clone, Copy, Debug)]
pub struct Extensions<'a> {
    list: Reader<'a>,
    subject_key_identifier: Option<Reader<'a>>,
    key_usage: Option<Reader<'a>>,
    subject_alt_name: Option<Reader<'a>>,
    basic_constraints: Option<Reader<'a>>,
    authority_key_identifier: Option<Reader<'a>>,
    extended_key_usage: Option<Reader<'a>>,
    /// The numbers below id-ce, up to 63, of the extensions that stand in the list.
    present: u64,
    /// Where the first extension stands that must be refused because it is not processed; 0 for none.
    refused_at: u32,
    /// Where the first stands that must be refused unless revocation is processed; 0 for none.
    refused_without_status_at: u32,
}

impl<'a> Extensions<'a> {
    pub(crate) const NONE: Extensions<'static> = Extensions {
        list: Reader::EMPTY,
        subject_key_identifier: None,
        key_usage: None,
        subject_alt_name: None,
        basic_constraints: None,
        authority_key_identifier: None,
        extended_key_usage: None,
        present: 0,
        refused_at: 0,
        refused_without_status_at: 0,
    };

    /// Reads the contents of `Extensions ::= SEQUENCE SIZE (1..MAX) OF Extension`.
    pub(crate) fn read(list: Reader<'a>) -> Result<Self> {
        if list.is_empty() {
            return Err(list.error(ErrorKind::EmptySequence));
        }
        let mut extensions = Self { list, ..Extensions::NONE };
        let mut rest = list;
        let mut count: usize = 0;
        while !rest.is_empty() {
            let start = rest;
            count = count.saturating_add(1);
            if count > MAX_EXTENSIONS {
                return Err(start.error(ErrorKind::TooManyExtensions));
            }
            let extension = Extension::read(&mut rest)?;
            let duplicate = match extension.oid {
                [0x55, 0x1d, number @ 0..=63] => {
                    // Everything else is compared one by one.
                    let bit = 1 << number;
                    let duplicate = extensions.present & bit != 0;
                    extensions.present |= bit;
                    duplicate
                }
                oid => stands_before(list, start, oid),
            };
            if duplicate {
                return Err(start.error(ErrorKind::DuplicateExtension));
            }
            extensions.sort_in(extension);
        }
        Ok(extensions)
    }

    /// Puts an extension where it is looked for, or notes that it must be refused.
    fn sort_in(&mut self, extension: Extension<'a>) {
        match extension.oid {
            [0x55, 0x1d, 14] => return self.subject_key_identifier = Some(extension.value),
            [0x55, 0x1d, 15] => return self.key_usage = Some(extension.value),
            [0x55, 0x1d, 17] => return self.subject_alt_name = Some(extension.value),
            [0x55, 0x1d, 19] => return self.basic_constraints = Some(extension.value),
            [0x55, 0x1d, 35] => return self.authority_key_identifier = Some(extension.value),
            [0x55, 0x1d, 37] => return self.extended_key_usage = Some(extension.value),
            // nameConstraints, certificatePolicies, policyMappings, policyConstraints, inhibitAnyPolicy: found
            // where they are asked for.
            [0x55, 0x1d, 30 | 32 | 33 | 36 | 54] => return,
            _ if !extension.critical => return,
            _ => {}
        }
        // cRLDistributionPoints, freshestCRL
        let first = match extension.oid {
            [0x55, 0x1d, 31 | 46] => &mut self.refused_without_status_at,
            _ => &mut self.refused_at,
        };
        if *first == 0 {
            *first = extension.error(ErrorKind::UnknownCriticalExtension).offset;
        }
    }

    /// The extension with this number below id-ce (2.5.29), which is at most 63.
    pub(crate) fn find(&self, number: u8) -> Option<Extension<'a>> {
        let present = self.present.checked_shr(u32::from(number)).is_some_and(|bits| bits & 1 != 0);
        if !present {
            return None;
        }
        self.iter().find(|extension| extension.oid == [0x55, 0x1d, number])
    }

    /// All extensions in the order of the certificate.
    pub fn iter(&self) -> impl Iterator<Item = Extension<'a>> + use<'a> {
        let mut list = self.list;
        // The list was read once without an error; a second one ends where the first did.
        core::iter::from_fn(move || Extension::read(&mut list).ok())
    }

    /// Requires that every extension which must be processed is.
    ///
    /// # Errors
    /// [`ErrorKind::UnknownCriticalExtension`] for the first that is not.
    pub fn require_processed(&self) -> Result<()> {
        self.require_processed_with_status()?;
        unknown_critical_at(self.refused_without_status_at)
    }

    /// The same where revocation is processed, and with it cRLDistributionPoints and freshestCRL.
    pub(crate) fn require_processed_with_status(&self) -> Result<()> {
        unknown_critical_at(self.refused_at)
    }

    /// Whether there are constraints on the paths below that a bare name and key would lose:
    /// nameConstraints, policyConstraints or inhibitAnyPolicy.
    pub(crate) const fn constrain_names_or_policies(&self) -> bool {
        self.present & (1 << 30 | 1 << 36 | 1 << 54) != 0
    }

    /// Whether any extension about policies is there: certificatePolicies, policyMappings, policyConstraints or
    /// inhibitAnyPolicy.
    pub(crate) const fn have_policies(&self) -> bool {
        self.present & (1 << 32 | 1 << 33 | 1 << 36 | 1 << 54) != 0
    }

    /// Whether policyConstraints is there.
    pub(crate) const fn constrain_policies(&self) -> bool {
        self.present & 1 << 36 != 0
    }

    /// Requires that the extensions which only name things are well-formed: subjectAltName and the key
    /// identifiers. The others are read where they are judged.
    ///
    /// # Errors
    /// A 1xx kind, or [`ErrorKind::MalformedGeneralName`].
    pub fn require_well_formed_names(&self) -> Result<()> {
        self.subject_key_identifier()?;
        self.authority_key_identifier()?;
        let Some(names) = self.subject_alt_name()? else {
            return Ok(());
        };
        for name in names.iter() {
            if !name?.is_well_formed() {
                return Err(names.error(ErrorKind::MalformedGeneralName));
            }
        }
        Ok(())
    }

    /// basicConstraints (RFC 5280 4.2.1.9).
    ///
    /// # Errors
    /// A 1xx kind, [`ErrorKind::MalformedExtension`] for a negative or enormous path length, or
    /// [`ErrorKind::PathLenWithoutCa`].
    pub fn basic_constraints(&self) -> Result<Option<BasicConstraints>> {
        self.basic_constraints.map(BasicConstraints::read).transpose()
    }

    /// keyUsage (RFC 5280 4.2.1.3).
    ///
    /// # Errors
    /// A 1xx kind, or [`ErrorKind::MalformedExtension`] if no bit is set.
    pub fn key_usage(&self) -> Result<Option<KeyUsage>> {
        self.key_usage.map(KeyUsage::read).transpose()
    }

    /// extendedKeyUsage (RFC 5280 4.2.1.12).
    ///
    /// # Errors
    /// A 1xx kind; [`ErrorKind::EmptySequence`] if it names no purpose.
    pub fn extended_key_usage(&self) -> Result<Option<ExtendedKeyUsage<'a>>> {
        self.extended_key_usage.map(ExtendedKeyUsage::read).transpose()
    }

    /// subjectAltName (RFC 5280 4.2.1.6).
    ///
    /// # Errors
    /// A 1xx kind; [`ErrorKind::EmptySequence`] if it holds no name.
    pub fn subject_alt_name(&self) -> Result<Option<GeneralNames<'a>>> {
        self.subject_alt_name.map(|value| GeneralNames::from_content(sequence(value)?)).transpose()
    }

    /// subjectKeyIdentifier (RFC 5280 4.2.1.2).
    ///
    /// # Errors
    /// A 1xx kind.
    pub fn subject_key_identifier(&self) -> Result<Option<&'a [u8]>> {
        let Some(mut value) = self.subject_key_identifier else {
            return Ok(None);
        };
        let identifier = value.read(tag::OCTET_STRING)?.rest();
        value.finish()?;
        Ok(Some(identifier))
    }

    /// The keyIdentifier of authorityKeyIdentifier (RFC 5280 4.2.1.1). Issuer and serial, its
    /// other fields, are read over: they only help to find what is found by name.
    ///
    /// # Errors
    /// A 1xx kind.
    pub fn authority_key_identifier(&self) -> Result<Option<&'a [u8]>> {
        let Some(value) = self.authority_key_identifier else {
            return Ok(None);
        };
        let mut content = sequence(value)?;
        let identifier = content.read_optional(tag::context(0))?;
        content.read_optional(tag::context_constructed(1))?;
        content.read_optional(tag::context(2))?;
        content.finish()?;
        Ok(identifier.map(|reader| reader.rest()))
    }
}

/// The refusal of the extension that stands there, if one does.
fn unknown_critical_at(offset: u32) -> Result<()> {
    match offset {
        0 => Ok(()),
        offset => Err(Error { offset, ..Error::new(ErrorKind::UnknownCriticalExtension) }),
    }
}

/// Whether an extension with this OID stands in `list` before `here`.
fn stands_before(list: Reader<'_>, here: Reader<'_>, oid: &[u8]) -> bool {
    let mut earlier = list;
    while earlier.offset() < here.offset() {
        match Extension::read(&mut earlier) {
            Ok(extension) if extension.oid == oid => return true,
            Ok(_) => {}
            Err(_) => return false,
        }
    }
    false
}

/// basicConstraints: whether the subject is a CA, and how long paths below it may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BasicConstraints {
    /// Whether the subject is a CA.
    pub ca: bool,
    /// How many non-self-issued intermediates may follow.
    pub path_len_constraint: Option<u32>,
}

impl BasicConstraints {
    fn read(value: Reader<'_>) -> Result<Self> {
        let mut content = sequence(value)?;
        let ca = content.read_default_false()?;
        let mut path_len_constraint = None;
        if !content.is_empty() {
            let number = content.read_integer()?;
            let Some(length) = crate::der::small_unsigned(number.rest()) else {
                return Err(number.error(ErrorKind::MalformedExtension));
            };
            if !ca {
                return Err(number.error(ErrorKind::PathLenWithoutCa));
            }
            path_len_constraint = Some(length);
        }
        content.finish()?;
        Ok(Self { ca, path_len_constraint })
    }
}

/// keyUsage: what the key may be used for. At least one bit is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyUsage(u16);

impl KeyUsage {
    fn read(value: Reader<'_>) -> Result<Self> {
        let mut rest = value;
        let bits = rest.read_bit_string()?;
        rest.finish()?;
        match bits.named_bits() {
            Some(0) => Err(value.error(ErrorKind::MalformedExtension)),
            Some(flags) => Ok(Self(flags)),
            None => Err(value.error(ErrorKind::InvalidBitString)),
        }
    }

    /// digitalSignature: signatures other than those on certificates and CRLs, TLS among them.
    #[must_use]
    pub const fn digital_signature(self) -> bool {
        self.0 & 1 != 0
    }

    /// keyCertSign: signatures on certificates.
    #[must_use]
    pub const fn key_cert_sign(self) -> bool {
        self.0 & 1 << 5 != 0
    }

    /// cRLSign: signatures on CRLs.
    #[must_use]
    pub const fn crl_sign(self) -> bool {
        self.0 & 1 << 6 != 0
    }

    /// All bits, digitalSignature lowest (RFC 5280 4.2.1.3 numbers them).
    #[must_use]
    pub const fn bits(self) -> u16 {
        self.0
    }
}

/// extendedKeyUsage: the purposes a key is limited to. At least one.
#[derive(Clone, Copy, Debug)]
pub struct ExtendedKeyUsage<'a> {
    purposes: Reader<'a>,
}

impl<'a> ExtendedKeyUsage<'a> {
    fn read(value: Reader<'a>) -> Result<Self> {
        let purposes = sequence(value)?;
        if purposes.is_empty() {
            return Err(purposes.error(ErrorKind::EmptySequence));
        }
        let mut rest = purposes;
        while !rest.is_empty() {
            rest.read_oid()?;
        }
        Ok(Self { purposes })
    }

    /// The purposes, as contents of OBJECT IDENTIFIERs.
    pub fn iter(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        let mut purposes = self.purposes;
        core::iter::from_fn(move || purposes.read_oid().ok().map(|oid| oid.rest()))
    }

    /// Whether the purpose is among them; anyExtendedKeyUsage counts for none but itself.
    #[must_use]
    pub fn contains(&self, purpose: &[u8]) -> bool {
        self.iter().any(|oid| oid == purpose)
    }

    /// Whether anyExtendedKeyUsage is among them.
    #[must_use]
    pub fn contains_any(&self) -> bool {
        self.contains(oid::ANY_EXTENDED_KEY_USAGE)
    }
}
