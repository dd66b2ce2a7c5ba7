//! Files in, DER out: PEM and DER told apart by content, every read bounded.
//!
//! PEM blocks may have any text around them. What cannot be decoded is an item too: whether that is
//! the end or a warning depends on whose file it is.

use crate::args::TrustArgs;
use crate::{Failure, text};
use cba_core::certificate::{Version, split_der};
use cba_core::path::TrustAnchor;
use cba_core::pem::{self, Block, Blocks};
use cba_core::{Certificate, Error, ErrorKind};
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// Most bytes of a file: a thousand times the largest bundle of roots in common use.
const MAX_FILE_LEN: u64 = 64 << 20;

/// A file as it was read.
pub(crate) enum Content {
    /// All of it.
    Whole(Vec<u8>),
    /// It goes on beyond the limit.
    TooLong,
}

/// Reads a file, or standard input for `-`.
pub(crate) fn read(path: &Path) -> Result<Content, Failure> {
    let mut bytes = Vec::new();
    let limit = MAX_FILE_LEN.saturating_add(1);
    let outcome = if path.as_os_str() == "-" {
        io::stdin().lock().take(limit).read_to_end(&mut bytes)
    } else {
        File::open(path).and_then(|file| file.take(limit).read_to_end(&mut bytes))
    };
    match outcome {
        Ok(length) if u64::try_from(length).is_ok_and(|length| length > MAX_FILE_LEN) => Ok(Content::TooLong),
        Ok(_) if is_pkcs12(&bytes) => Err(Failure(format!(
            "{}: a PKCS#12 file; take the certificates out of it by: openssl pkcs12 -nokeys -in FILE",
            display(path)
        ))),
        Ok(_) => Ok(Content::Whole(bytes)),
        Err(error) => Err(Failure(format!("{}: {error}", display(path)))),
    }
}

/// PFX ::= SEQUENCE { version INTEGER (3), … (RFC 7292 4).
fn is_pkcs12(bytes: &[u8]) -> bool {
    let content = match bytes {
        [0x30, length @ 0x80..=0x84, rest @ ..] => rest.get(usize::from(length & 0x7f)..),
        _ => None,
    };
    content.is_some_and(|content| content.starts_with(&[2, 1, 3]))
}

/// Reads a file of the operator's own.
pub(crate) fn read_own(path: &Path) -> Result<Vec<u8>, Failure> {
    match read(path)? {
        Content::Whole(bytes) => Ok(bytes),
        Content::TooLong => Err(Failure(format!("{}: longer than 64 MiB", display(path)))),
    }
}

/// A path for messages.
pub(crate) fn display(path: &Path) -> String {
    if path.as_os_str() == "-" { "standard input".into() } else { text::printable(&path.to_string_lossy()) }
}

/// A certificate's DER, or why it could not be taken out of its PEM block.
pub(crate) type Item = Result<Vec<u8>, Error>;

/// The certificates of a file in order.
pub(crate) fn certificates(bytes: &[u8]) -> Vec<Item> {
    if pem::is_pem(bytes) {
        from_pem(bytes, Block::is_certificate)
    } else if bytes.iter().all(|byte| byte.is_ascii_graphic() || byte.is_ascii_whitespace()) {
        // Text, and DER is none.
        Vec::new()
    } else {
        split_der(bytes).map(|der| Ok(der.to_vec())).collect()
    }
}

/// The blocks of a text that are meant, whatever stands around them. A boundary that is none ends it.
pub(crate) fn from_pem<'t>(text: &'t [u8], is_meant: impl Fn(&Block<'t>) -> bool) -> Vec<Item> {
    let mut items = Vec::new();
    for block in Blocks::new(text) {
        match block {
            Ok(block) if is_meant(&block) => {
                let mut der = vec![0; block.body().len()];
                items.push(block.decode_into(&mut der).map(|length| {
                    der.truncate(length);
                    der
                }));
            }
            Ok(_) => {}
            Err(error) => items.push(Err(error)),
        }
    }
    items
}

/// What a judgement is made from, as DER.
pub(crate) struct Material {
    pub(crate) roots: Vec<Vec<u8>>,
    pub(crate) intermediates: Vec<Vec<u8>>,
    /// `None`: the file holds no certificate.
    pub(crate) leaf: Option<Item>,
    pub(crate) presented: Vec<Vec<u8>>,
    /// What was set aside, and why.
    pub(crate) warnings: Vec<String>,
}

/// Most intermediates that are taken out of one kind of file: more only feed the budgets of the search.
const MAX_INTERMEDIATES: usize = 256;

impl Material {
    /// Reads all files. Only what is the operator's own can fail.
    pub(crate) fn read(trust: &TrustArgs) -> Result<Self, Failure> {
        let mut warnings = Vec::new();
        let mut roots = Vec::new();
        for path in &trust.roots {
            roots.extend(read_roots(path, &mut warnings)?);
        }
        let mut intermediates = Vec::new();
        for path in &trust.intermediates {
            let items = certificates(&read_own(path)?);
            if items.is_empty() {
                warnings.push(format!("{}: no certificate in it", display(path)));
            }
            set_aside(path, 1, items, &mut intermediates, &mut warnings);
        }
        let (leaf, rest) = match read(&trust.leaf)? {
            Content::Whole(bytes) => {
                let mut items = certificates(&bytes).into_iter();
                (items.next(), items.collect())
            }
            Content::TooLong => (Some(Err(ErrorKind::InputTooLong.into())), Vec::new()),
        };
        let mut presented = Vec::new();
        set_aside(&trust.leaf, 2, rest, &mut presented, &mut warnings);
        Ok(Self { roots, intermediates, leaf, presented, warnings })
    }
}

/// The roots of a file, each of which must be a certificate.
fn read_roots(path: &Path, warnings: &mut Vec<String>) -> Result<Vec<Vec<u8>>, Failure> {
    let items = certificates(&read_own(path)?);
    if items.is_empty() {
        return Err(Failure(format!("{}: no certificate in it", display(path))));
    }
    let mut roots = Vec::new();
    for (number, item) in (1..).zip(items) {
        let read = item.and_then(|der: Vec<u8>| Ok((lacks_ca(&Certificate::from_der(&der)?), der)));
        let (lacks_ca, der) =
            read.map_err(|error| Failure(format!("root certificate {}", unusable(path, number, error))))?;
        if lacks_ca {
            let place = format!("root certificate {number} of {}", display(path));
            warnings.push(format!("{place} is no CA's, and yet whatever its key signs is trusted"));
        }
        roots.push(der);
    }
    Ok(roots)
}

/// Whether a certificate that could say so does not say that it is a CA's.
fn lacks_ca(certificate: &Certificate<'_>) -> bool {
    certificate.version() == Version::V3 && !certificate.is_ca()
}

/// Takes the intermediates that can be read, and says which cannot.
fn set_aside(
    path: &Path,
    first: usize,
    items: Vec<Item>,
    taken: &mut Vec<Vec<u8>>,
    warnings: &mut Vec<String>,
) {
    for (number, item) in (first..).zip(items) {
        if taken.len() >= MAX_INTERMEDIATES || warnings.len() >= MAX_INTERMEDIATES {
            let why = format!("set aside from certificate {number} on: more than {MAX_INTERMEDIATES}");
            warnings.push(format!("{}: {why}", display(path)));
            return;
        }
        match item.and_then(|der: Vec<u8>| Certificate::from_der(&der).map(|_| ()).map(|()| der)) {
            Ok(der) => taken.push(der),
            Err(error) => warnings.push(format!("set aside certificate {}", unusable(path, number, error))),
        }
    }
}

fn unusable(path: &Path, number: usize, error: Error) -> String {
    format!("{number} of {}: {} (at byte {})", display(path), error.kind, error.offset)
}

/// The same as certificates. What was read once reads again.
impl Material {
    pub(crate) fn anchors(&self) -> Vec<TrustAnchor<'_>> {
        read_all(&self.roots).iter().map(TrustAnchor::from_certificate).collect()
    }

    pub(crate) fn intermediate_certificates(&self) -> Vec<Certificate<'_>> {
        read_all(&self.intermediates)
    }

    pub(crate) fn presented_certificates(&self) -> Vec<Certificate<'_>> {
        read_all(&self.presented)
    }

    /// The leaf, or why there is none.
    pub(crate) fn leaf(&self) -> cba_core::Result<Certificate<'_>> {
        match &self.leaf {
            None => Err(ErrorKind::NoCertificate.into()),
            Some(Err(error)) => Err(*error),
            Some(Ok(der)) => Certificate::from_der(der),
        }
    }
}

fn read_all(ders: &[Vec<u8>]) -> Vec<Certificate<'_>> {
    ders.iter().filter_map(|der| Certificate::from_der(der).ok()).collect()
}
