//! GeneralName (RFC 5280 4.2.1.6).

use super::Name;
use crate::der::{Reader, require_oid, tag};
use crate::error::{Error, ErrorKind, Result};

/// A name in one of the forms of subjectAltName, as it stands: see [`is_well_formed`](Self::is_well_formed).
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum GeneralName<'a> {
    /// otherName: type and value, unread.
    Other {
        /// Contents of the type's OBJECT IDENTIFIER.
        type_id: &'a [u8],
        /// The value with its tag.
        value: &'a [u8],
    },
    /// rfc822Name: an e-mail address.
    Rfc822(&'a [u8]),
    /// dNSName.
    Dns(&'a [u8]),
    /// directoryName.
    Directory(Name<'a>),
    /// uniformResourceIdentifier.
    Uri(&'a [u8]),
    /// iPAddress: four or sixteen bytes.
    Ip(&'a [u8]),
    /// registeredID: contents of an OBJECT IDENTIFIER.
    RegisteredId(&'a [u8]),
    /// x400Address or ediPartyName, unread.
    Unread(&'a [u8]),
}

/// A list of at least one GeneralName.
#[derive(Clone, Copy, Debug)]
pub struct GeneralNames<'a> {
    content: Reader<'a>,
}

impl<'a> GeneralNames<'a> {
    pub(crate) fn from_content(content: Reader<'a>) -> Result<Self> {
        if content.is_empty() {
            return Err(content.error(ErrorKind::EmptySequence));
        }
        Ok(Self { content })
    }

    pub(crate) fn error(&self, kind: ErrorKind) -> Error {
        self.content.error(kind)
    }

    /// Whether this directory name is among the names.
    pub(crate) fn contain_directory_name(&self, name: &Name<'_>) -> bool {
        self.iter().any(|own| matches!(own, Ok(GeneralName::Directory(own)) if own.matches(name)))
    }

    /// The names in order; after an error the iteration ends.
    pub fn iter(&self) -> impl Iterator<Item = Result<GeneralName<'a>>> + use<'a> {
        let mut content = self.content;
        core::iter::from_fn(move || {
            if content.is_empty() {
                return None;
            }
            let name = GeneralName::read(&mut content);
            if name.is_err() {
                content = Reader::EMPTY;
            }
            Some(name)
        })
    }
}

impl<'a> GeneralName<'a> {
    pub(crate) fn read(reader: &mut Reader<'a>) -> Result<Self> {
        let start = *reader;
        let tlv = reader.read_any()?;
        let mut content = tlv.content;
        Ok(match tlv.tag {
            0xa0 => {
                let type_id = content.read_oid()?.rest();
                let mut explicit = content.read(tag::context_constructed(0))?;
                content.finish()?;
                let value = explicit.read_any()?.der;
                explicit.finish()?;
                Self::Other { type_id, value }
            }
            0x81 => Self::Rfc822(content.rest()),
            0x82 => Self::Dns(content.rest()),
            0xa3 | 0xa5 => Self::Unread(tlv.der),
            0xa4 => {
                // A CHOICE, so its tag is explicit (X.680 31.2.7).
                let name = Name::read(&mut content)?;
                content.finish()?;
                Self::Directory(name)
            }
            0x86 => Self::Uri(content.rest()),
            0x87 => Self::Ip(content.rest()),
            0x88 => {
                require_oid(content)?;
                Self::RegisteredId(content.rest())
            }
            _ => return Err(start.error(ErrorKind::MalformedGeneralName)),
        })
    }

    /// Whether the value fits its form: strings are IA5String by type and therefore ASCII, an address
    /// has the length of IPv4 or IPv6.
    #[must_use]
    pub fn is_well_formed(&self) -> bool {
        match self {
            Self::Rfc822(text) | Self::Dns(text) | Self::Uri(text) => text.is_ascii(),
            Self::Ip(address) => matches!(address.len(), 4 | 16),
            Self::Other { .. } | Self::Directory(_) | Self::RegisteredId(_) | Self::Unread(_) => true,
        }
    }
}
