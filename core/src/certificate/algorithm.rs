//! AlgorithmIdentifier and SubjectPublicKeyInfo (RFC 5280 4.1.1.2, 4.1.2.7): shape only. What an
//! algorithm means, and whether it is strong enough, is said in [`crate::signature`].

use crate::der::{BitString, Reader, tag};
use crate::error::{ErrorKind, Result};

/// An algorithm with its parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AlgorithmIdentifier<'a> {
    /// The contents of the OBJECT IDENTIFIER.
    oid: &'a [u8],
    /// All bytes after the OBJECT IDENTIFIER: nothing, or one value.
    parameters: &'a [u8],
}

impl<'a> AlgorithmIdentifier<'a> {
    pub(crate) fn read(reader: &mut Reader<'a>) -> Result<Self> {
        Self::from_content(reader.read(tag::SEQUENCE)?)
    }

    /// Reads the contents of the SEQUENCE.
    pub(crate) fn from_content(mut content: Reader<'a>) -> Result<Self> {
        let oid = content.read_oid()?.rest();
        let parameters = content.rest();
        if !content.is_empty() {
            content.read_any()?;
            content.finish()?;
        }
        Ok(Self { oid, parameters })
    }

    /// The contents of the OBJECT IDENTIFIER.
    #[must_use]
    pub const fn oid(&self) -> &'a [u8] {
        self.oid
    }

    /// The parameters with their tag, or nothing where they are absent.
    #[must_use]
    pub const fn parameters(&self) -> &'a [u8] {
        self.parameters
    }
}

/// A public key with its algorithm, and its own DER.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SubjectPublicKeyInfo<'a> {
    der: &'a [u8],
    algorithm: AlgorithmIdentifier<'a>,
    key: &'a [u8],
}

impl<'a> SubjectPublicKeyInfo<'a> {
    /// Reads a SubjectPublicKeyInfo that is the whole of `der`.
    ///
    /// # Errors
    /// A 1xx kind, or [`ErrorKind::MalformedPublicKey`].
    pub fn from_der(der: &'a [u8]) -> Result<Self> {
        let mut reader = Reader::new(der)?;
        let info = Self::read(&mut reader)?;
        reader.finish()?;
        Ok(info)
    }

    pub(crate) fn read(reader: &mut Reader<'a>) -> Result<Self> {
        let tlv = reader.read_tlv(tag::SEQUENCE)?;
        let mut content = tlv.content;
        let algorithm = AlgorithmIdentifier::read(&mut content)?;
        let bits = content.read(tag::BIT_STRING)?;
        content.finish()?;
        let Some(key) = BitString::from_content(bits)?.as_bytes() else {
            return Err(bits.error(ErrorKind::MalformedPublicKey));
        };
        Ok(Self { der: tlv.der, algorithm, key })
    }

    /// The whole structure: what SPKI hashes are taken of.
    #[must_use]
    pub const fn der(&self) -> &'a [u8] {
        self.der
    }

    /// The kind of key.
    #[must_use]
    pub const fn algorithm(&self) -> AlgorithmIdentifier<'a> {
        self.algorithm
    }

    /// The contents of subjectPublicKey.
    #[must_use]
    pub const fn key(&self) -> &'a [u8] {
        self.key
    }
}
