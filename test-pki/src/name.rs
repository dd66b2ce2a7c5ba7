//! Distinguished names (RFC 5280 section 4.1.2.4), from the first RDN to the last.

use crate::der::{self, tag};
use crate::oid;

/// A name under construction; [`Name::new`] is the empty one, `"Root CA".into()` a common name.
#[derive(Clone, Debug, Default)]
pub struct Name(Vec<Vec<u8>>);

/// AttributeTypeAndValue: the bytes go in as they are, whatever the string type allows.
#[must_use]
pub fn attribute(oid: &str, tag: u8, bytes: &[u8]) -> Vec<u8> {
    der::sequence([der::oid(oid), der::tlv(tag, bytes)])
}

impl Name {
    /// The empty name.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an RDN of one attribute.
    #[must_use]
    pub fn attribute(self, oid: &str, tag: u8, bytes: &[u8]) -> Self {
        self.rdn([attribute(oid, tag, bytes)])
    }

    /// Adds an RDN of any attributes, made by [`attribute`].
    #[must_use]
    pub fn rdn(mut self, attributes: impl IntoIterator<Item = Vec<u8>>) -> Self {
        self.0.push(der::set_of(attributes));
        self
    }

    /// Adds a commonName, UTF8String.
    #[must_use]
    pub fn common_name(self, name: &str) -> Self {
        self.attribute(oid::COMMON_NAME, tag::UTF8_STRING, name.as_bytes())
    }

    /// Adds an emailAddress, IA5String.
    #[must_use]
    pub fn email(self, address: &str) -> Self {
        self.attribute(oid::EMAIL_ADDRESS, tag::IA5_STRING, address.as_bytes())
    }

    /// The name in DER.
    #[must_use]
    pub fn der(&self) -> Vec<u8> {
        der::sequence(&self.0)
    }
}

impl From<&str> for Name {
    fn from(common_name: &str) -> Self {
        Self::new().common_name(common_name)
    }
}
