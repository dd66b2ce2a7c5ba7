//! Bundles: certificates and CRLs in PEM or DER, and the memory that they are copied into.

use crate::config::{CBA_PART_CRLS, cba_fault};
use crate::span::cba_span;
use crate::status::{CBA_STATUS_MEMORY_TOO_SMALL, CBA_STATUS_NO_CERTIFICATES};
use cba_core::Error;
use cba_core::certificate::split_der;
use cba_core::pem::{self, Block, Blocks};
use cba_core::revocation::Crl;

/// A certificate in a bundle, before it is read.
pub(crate) enum Item<'c> {
    Pem(Block<'c>),
    Der(&'c [u8]),
}

impl Item<'_> {
    /// The bytes that it takes in the verifier.
    pub(crate) fn copied_len(&self, borrow: bool) -> usize {
        match self {
            Self::Pem(block) => block.decoded_len(),
            Self::Der(_) if borrow => 0,
            Self::Der(der) => der.len(),
        }
    }

    /// How many entries a CRL has; at most so many, if it is not decoded yet.
    pub(crate) fn index_entries(&self, index: usize, number: usize) -> Result<usize, cba_fault> {
        // A SEQUENCE of an INTEGER and a UTCTime.
        const LEAST_ENTRY: usize = 2 + 3 + 15;
        match self {
            Self::Pem(block) => Ok(block.decoded_len().checked_div(LEAST_ENTRY).unwrap_or(0)),
            Self::Der(der) => Crl::from_der(der)
                .map(|crl| usize::try_from(crl.len()).unwrap_or(usize::MAX))
                .map_err(|error| cba_fault::of(error, CBA_PART_CRLS, index, number)),
        }
    }
}

/// The certificates of a bundle in order.
///
/// # Errors
/// Of a span that cannot be read, or that holds no certificate.
pub(crate) fn certificates<'c>(
    bundle: &cba_span,
    part: u32,
    index: usize,
) -> Result<impl Iterator<Item = Result<Item<'c>, cba_fault>>, cba_fault> {
    // A certificate is a SEQUENCE: what begins otherwise is some other file.
    let ders = |bytes: &'c [u8]| {
        Some(bytes).filter(|bytes| bytes.first() == Some(&0x30)).into_iter().flat_map(split_der)
    };
    items(bundle, part, index, Block::is_certificate, ders)
}

/// The CRLs of a bundle in order.
///
/// # Errors
/// Of a span that cannot be read, or that holds no CRL.
pub(crate) fn crls<'c>(
    bundle: &cba_span,
    index: usize,
) -> Result<impl Iterator<Item = Result<Item<'c>, cba_fault>>, cba_fault> {
    let ders = |bytes: &'c [u8]| Some(bytes).filter(|bytes| !bytes.is_empty()).into_iter();
    items(bundle, CBA_PART_CRLS, index, |block| block.label() == "X509 CRL", ders)
}

/// The blocks of a bundle in PEM that are meant, or what `ders` finds in another.
fn items<'c, D: Iterator<Item = &'c [u8]>>(
    bundle: &cba_span,
    part: u32,
    index: usize,
    is_meant: impl Fn(&Block<'c>) -> bool,
    ders: impl FnOnce(&'c [u8]) -> D,
) -> Result<impl Iterator<Item = Result<Item<'c>, cba_fault>>, cba_fault> {
    // SAFETY: `Parts::read`'s 1. covers what the lists point to.
    let bytes: &'c [u8] =
        unsafe { bundle.bytes() }.map_err(|status| cba_fault::at(status, part, index, 0))?;
    let (pem, der) = if pem::is_pem(bytes) { (Some(Blocks::new(bytes)), None) } else { (None, Some(bytes)) };
    let from_pem = pem.into_iter().flatten().filter_map(move |block| match block {
        Ok(block) if !is_meant(&block) => None,
        block => Some(block.map(Item::Pem)),
    });
    let from_der = der.map(ders).into_iter().flatten().map(|der| Ok(Item::Der(der)));
    let mut items = from_pem.chain(from_der).peekable();
    if items.peek().is_none() {
        return Err(cba_fault::at(CBA_STATUS_NO_CERTIFICATES, part, index, 0));
    }
    Ok(items
        .enumerate()
        .map(move |(item, found)| found.map_err(|error| cba_fault::of(error, part, index, item))))
}

/// The part of a verifier's memory that holds bytes, as far as it is not used.
pub(crate) struct Bytes(pub(crate) &'static mut [u8]);

impl Bytes {
    pub(crate) fn take(&mut self, len: usize) -> Result<&'static mut [u8], cba_fault> {
        let bytes = core::mem::take(&mut self.0);
        let (taken, rest) =
            bytes.split_at_mut_checked(len).ok_or(cba_fault::whole(CBA_STATUS_MEMORY_TOO_SMALL))?;
        self.0 = rest;
        Ok(taken)
    }

    pub(crate) fn copy(&mut self, from: &[u8]) -> Result<&'static [u8], cba_fault> {
        let to = self.take(from.len())?;
        to.copy_from_slice(from);
        Ok(to)
    }

    /// The DER of an item, where it lies if it is borrowed.
    pub(crate) fn der(
        &mut self,
        item: Item<'static>,
        borrow: bool,
        at: impl Fn(Error) -> cba_fault,
    ) -> Result<&'static [u8], cba_fault> {
        match item {
            Item::Pem(block) => Ok(block.decode(&mut self.0).map_err(at)?),
            Item::Der(der) if borrow => Ok(der),
            Item::Der(der) => self.copy(der),
        }
    }
}
