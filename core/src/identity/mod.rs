//! Who a verified certificate speaks of: the user by e-mail, the device by what is its own.
//!
//! Addresses are emailAddress in the subject and rfc822Name in subjectAltName, taken from the DER of a
//! verified leaf: no text of a name is ever cut up, and no other field (LDAP's mail, otherName, directory
//! names) is read as an address. Where two differ there is no identity, however the sources are configured: a CA that checked one and copied the other from a request must not decide by accident.

mod device;

pub use self::device::{DeviceIdentity, DeviceName, DeviceNameKind};
pub use crate::email::{Email, LocalPart, LocalPartCase};

use crate::certificate::{Attribute, Certificate, GeneralName};
use crate::der::{oid, tag};
use crate::error::{Error, ErrorKind, Result};
use crate::path::VerifiedPath;

/// Where the user's e-mail may stand.
///
/// The order of [`SubjectThenSan`](Self::SubjectThenSan) and its opposite only decides where there is
/// one address in each place; since those must be equal, both give the same user.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum EmailSources {
    /// emailAddress in the subject, as Mattermost has it.
    #[default]
    Subject,
    /// rfc822Name in subjectAltName, as RFC 5280 4.1.2.6 would have it.
    San,
    /// The subject, else subjectAltName.
    SubjectThenSan,
    /// subjectAltName, else the subject.
    SanThenSubject,
}

impl EmailSources {
    const fn takes_subject(self) -> bool {
        !matches!(self, Self::San)
    }

    const fn takes_san(self) -> bool {
        !matches!(self, Self::Subject)
    }
}

/// How the user's e-mail is taken from a certificate. The default is the narrowest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct IdentityOptions {
    /// Where it may stand.
    pub sources: EmailSources,
    /// Which local parts are accepted.
    pub local_part: LocalPart,
    /// How local parts are compared.
    pub case: LocalPartCase,
}

impl IdentityOptions {
    /// Reads an address as these options have it: one in a certificate, or one that a user typed.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidEmail`].
    pub fn parse(&self, email: &[u8]) -> Result<Email> {
        Email::parse(email, self.local_part, self.case)
    }
}

/// The user and the device that a verified path speaks of.
///
/// Only [`Identity::from_path`] makes one.
#[derive(Clone, Debug)]
pub struct Identity<'p> {
    email: Email,
    options: IdentityOptions,
    device: DeviceIdentity<'p>,
}

impl<'p> Identity<'p> {
    /// Takes the user's e-mail from the leaf of a verified path.
    ///
    /// # Errors
    /// [`ErrorKind::EmailMissing`], [`ErrorKind::AmbiguousIdentity`], [`ErrorKind::InvalidEmail`],
    /// [`ErrorKind::UnsupportedEmailStringType`]; [`ErrorKind::EmailOutsideNamespace`] if the anchor may not
    /// speak for the address's domain.
    pub fn from_path(path: &'p VerifiedPath<'p>, options: &IdentityOptions) -> Result<Self> {
        let email = read_email(path.leaf(), options)?;
        if !path.may_speak_for(&email) {
            return Err(ErrorKind::EmailOutsideNamespace.into());
        }
        Ok(Self { email, options: *options, device: DeviceIdentity::from_path(path) })
    }

    /// The user's e-mail address, folded as the options have it.
    #[must_use]
    pub const fn email(&self) -> &Email {
        &self.email
    }

    /// How it was taken from the certificate, and how others are compared with it.
    #[must_use]
    pub const fn options(&self) -> IdentityOptions {
        self.options
    }

    /// The verified path that speaks for it.
    #[must_use]
    pub const fn path(&self) -> &'p VerifiedPath<'p> {
        self.device.path()
    }

    /// The device.
    #[must_use]
    pub const fn device(&self) -> DeviceIdentity<'p> {
        self.device
    }
}

/// The one e-mail address of a certificate, wherever in it addresses stand. For inspection: of a
/// certificate that was not verified it proves nothing; an identity is made by [`Identity::from_path`]
/// alone.
///
/// # Errors
/// As [`Identity::from_path`], but for the namespace of an anchor.
pub fn read_email(leaf: &Certificate<'_>, options: &IdentityOptions) -> Result<Email> {
    let mut email: Option<Email> = None;
    let mut from_source = false;
    for found in emails(leaf) {
        let found = found?;
        let next = options.parse(found.ascii()?).map_err(|error| leaf.error_at(error.kind, found.bytes))?;
        if email.as_ref().is_some_and(|email| *email != next) {
            return Err(leaf.error_at(ErrorKind::AmbiguousIdentity, found.bytes));
        }
        email = Some(next);
        from_source |= match found.place {
            EmailPlace::Subject { .. } => options.sources.takes_subject(),
            EmailPlace::San => options.sources.takes_san(),
        };
    }
    email.filter(|_| from_source).ok_or(ErrorKind::EmailMissing.into())
}

/// Where in a certificate an address stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EmailPlace {
    /// An emailAddress attribute of the subject, with the tag of its string type.
    Subject {
        /// The tag of the value.
        tag: u8,
    },
    /// An rfc822Name of subjectAltName.
    San,
}

/// An e-mail address as it stands in a certificate: any bytes, in any string type. For inspection;
/// an identity is made by [`Identity::from_path`] alone.
#[derive(Clone, Copy, Debug)]
pub struct RawEmail<'a> {
    /// Where it stands.
    pub place: EmailPlace,
    /// Its bytes.
    pub bytes: &'a [u8],
    attribute: Option<Attribute<'a>>,
}

impl<'a> RawEmail<'a> {
    /// The bytes, if their string type may hold an address and they are ASCII.
    fn ascii(&self) -> Result<&'a [u8]> {
        let Some(attribute) = self.attribute else {
            // IA5String by the type of rfc822Name, and checked there.
            return Ok(self.bytes);
        };
        match attribute.tag {
            tag::IA5_STRING | tag::UTF8_STRING | tag::PRINTABLE_STRING | tag::TELETEX_STRING => {
                Ok(self.bytes)
            }
            _ => Err(attribute.error(ErrorKind::UnsupportedEmailStringType)),
        }
    }
}

/// All e-mail addresses of a certificate, verified or not: emailAddress attributes of the subject,
/// then rfc822Names of subjectAltName.
///
/// # Errors
/// An item is an error where subjectAltName is malformed; nothing follows it.
pub fn emails<'a>(certificate: &Certificate<'a>) -> impl Iterator<Item = Result<RawEmail<'a>>> + use<'a> {
    let subject =
        certificate.subject().attributes().filter(|attribute| attribute.oid == oid::EMAIL_ADDRESS).map(
            |attribute| {
                Ok(RawEmail {
                    place: EmailPlace::Subject { tag: attribute.tag },
                    bytes: attribute.value(),
                    attribute: Some(attribute),
                })
            },
        );
    let (names, malformed) = match certificate.extensions().subject_alt_name() {
        Ok(names) => (names, None),
        Err(error) => (None, Some(Err::<RawEmail<'a>, Error>(error))),
    };
    let san = names.into_iter().flat_map(|names| names.iter()).filter_map(|name| match name {
        Ok(GeneralName::Rfc822(bytes)) => {
            Some(Ok(RawEmail { place: EmailPlace::San, bytes, attribute: None }))
        }
        Ok(_) => None,
        Err(error) => Some(Err(error)),
    });
    subject.chain(san).chain(malformed)
}
