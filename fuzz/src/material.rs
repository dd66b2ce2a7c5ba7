//! What the `ffi` target hands over: certificates that are really signed, as they are and changed; texts; and
//! memory of exactly its size.

use cba_core::certificate::split_der;
use cba_core::pem::{self, Blocks};
use libfuzzer_sys::arbitrary::{Result, Unstructured};
use std::alloc::{Layout, alloc_zeroed, dealloc};
use std::sync::OnceLock;
use test_pki::{Authority, Key};

use crate::tlv::{Node, Random, mutate};

/// The user of the certificates.
pub const EMAIL: &str = "alice@example.com";

/// Certificates that belong together, each in DER.
struct Material {
    roots: Vec<Vec<u8>>,
    intermediates: Vec<Vec<u8>>,
    leaves: Vec<Vec<u8>>,
}

fn material() -> &'static Material {
    static MATERIAL: OnceLock<Material> = OnceLock::new();
    MATERIAL.get_or_init(|| {
        let root = Authority::root("Root CA", Key::p256(1));
        let other = Authority::root("Other CA", Key::p256(7));
        let issuing = root.issue_ca("Issuing CA", Key::p256(2)).path_len(0).build_authority();
        let user = || issuing.issue(Key::p256(3)).common_name("alice").email(EMAIL);
        let leaves = vec![
            user().build(),
            user().san_email(EMAIL).build(),
            issuing.issue(Key::p256(3)).common_name("alice").san_email("Alice@Example.com").build(),
            user().email("boss@example.com").build(),
            user().san_uri("urn:device:1").build(),
            user().validity(0, 86_400).build(),
            root.issue(Key::ed25519(4)).email("bob@partner.example").build(),
            other.issue(Key::p384(5)).email(EMAIL).build(),
            issuing.issue(Key::p256(3)).common_name("nobody").build(),
        ];
        Material {
            roots: vec![root.certificate_der().to_vec(), other.certificate_der().to_vec()],
            intermediates: vec![issuing.certificate_der().to_vec()],
            leaves,
        }
    })
}

/// A trust anchor, in DER.
#[must_use]
pub fn root() -> &'static [u8] {
    &material().roots[0]
}

/// Whether a leaf is one that was signed, unchanged.
#[must_use]
pub fn is_genuine(leaf: &[u8]) -> bool {
    material().leaves.iter().any(|der| der == leaf)
}

/// A certificate of any kind: mostly a good one, else one changed as a tree or in a byte, else any bytes.
///
/// # Errors
/// The input is over.
pub fn certificate(input: &mut Unstructured<'_>) -> Result<Vec<u8>> {
    let material = material();
    let from = match input.int_in_range(0..=4)? {
        0 => &material.roots,
        1 | 2 => &material.intermediates,
        _ => &material.leaves,
    };
    let der = input.choose(from)?.clone();
    changed(input, der)
}

/// As [`certificate`], mostly a leaf; or none.
///
/// # Errors
/// The input is over.
pub fn leaf(input: &mut Unstructured<'_>) -> Result<Vec<u8>> {
    match input.int_in_range(0..=15)? {
        0 => Ok(Vec::new()),
        1 => certificate(input),
        _ => {
            let der = input.choose(&material().leaves)?.clone();
            changed(input, der)
        }
    }
}

fn changed(input: &mut Unstructured<'_>, mut der: Vec<u8>) -> Result<Vec<u8>> {
    match input.int_in_range(0..=15)? {
        0 => {
            if let Some(mut tree) = Node::parse(&der) {
                mutate(&mut tree, &mut Random::new(input.arbitrary()?));
                der = tree.encode();
            }
        }
        1 => {
            let at = input.choose_index(der.len())?;
            der[at] ^= input.arbitrary::<u8>()?;
        }
        2 => der.truncate(input.choose_index(der.len())?),
        3 => der = any(input)?,
        _ => {}
    }
    der.shrink_to_fit();
    Ok(der)
}

fn any(input: &mut Unstructured<'_>) -> Result<Vec<u8>> {
    let len = input.int_in_range(0..=64)?.min(input.len());
    Ok(input.bytes(len)?.to_vec())
}

/// A bundle of certificates as a file.
pub struct Bundle(Vec<u8>);

impl Bundle {
    /// One or several certificates, in DER or PEM; or any bytes.
    ///
    /// # Errors
    /// The input is over.
    pub fn draw(input: &mut Unstructured<'_>) -> Result<Self> {
        let mut bytes = Vec::new();
        if input.ratio(1, 16)? {
            bytes = text(input)?;
        } else {
            let in_pem = input.arbitrary()?;
            for _ in 0..input.int_in_range(1..=3)? {
                let der = if input.arbitrary()? {
                    input.choose(&material().roots)?.clone()
                } else {
                    certificate(input)?
                };
                if in_pem {
                    bytes.extend(test_pki::pem(&der).bytes());
                } else {
                    bytes.extend(der);
                }
            }
        }
        bytes.shrink_to_fit();
        Ok(Self(bytes))
    }

    /// The file.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// The certificates in it; `None` if there are none, or if the file is malformed.
    #[must_use]
    pub fn certificates(&self) -> Option<Vec<Vec<u8>>> {
        let mut found = Vec::new();
        if pem::is_pem(&self.0) {
            for block in Blocks::new(&self.0) {
                let block = block.ok()?;
                if block.is_certificate() {
                    let mut der = vec![0; block.body().len()];
                    let len = block.decode_into(&mut der).ok()?;
                    der.truncate(len);
                    found.push(der);
                }
            }
        } else if self.0.first() == Some(&0x30) {
            found.extend(split_der(&self.0).map(<[u8]>::to_vec));
        }
        (!found.is_empty()).then_some(found)
    }
}

/// E-mail domains of an anchor, perhaps none.
///
/// # Errors
/// The input is over.
pub fn domains(input: &mut Unstructured<'_>) -> Result<Vec<Vec<u8>>> {
    const DOMAINS: [&[u8]; 5] =
        [b"example.com", b"partner.example", b".example.com", b"com", b"\xff.example"];
    (0..input.int_in_range(0..=2)?).map(|_| Ok(input.choose(&DOMAINS)?.to_vec())).collect()
}

/// A deny list, mostly with an entry about a certificate that is used.
///
/// # Errors
/// The input is over.
pub fn deny_list(input: &mut Unstructured<'_>) -> Result<Vec<u8>> {
    if input.ratio(1, 4)? {
        return text(input);
    }
    let der = input.choose(&material().leaves)?;
    let hash: String = cba_core::sha256(der).iter().map(|byte| format!("{byte:02x}")).collect();
    let what = input.choose(&["certificate", "key", "Key"])?;
    Ok(format!("# a list\n{what} {hash}\n").into_bytes())
}

/// A text that some reader of ours takes, changed in a byte or not.
///
/// # Errors
/// The input is over.
pub fn text(input: &mut Unstructured<'_>) -> Result<Vec<u8>> {
    const TEXTS: [&str; 6] = [
        r#"{"ExperimentalSettings":{"ClientSideCertEnable":true,"ClientSideCertCheck":"primary"}}"#,
        r#"{"login_id":"alice@example.com","password":"x"}"#,
        "login_id=alice%40example.com&password=x",
        "-----BEGIN CERTIFICATE-----\nMAMCAQE=\n-----END CERTIFICATE-----\nx\n-----BEGIN CERTIFICATE-----\nMAMCAQI=\n-----END CERTIFICATE-----\n",
        "-----BEGIN CERTIFICATE-----\nMAMCAQE=\n",
        "certificate 00\n",
    ];
    let mut text = input.choose(&TEXTS)?.as_bytes().to_vec();
    match input.int_in_range(0..=3)? {
        0 => {
            let at = input.choose_index(text.len())?;
            text[at] = input.arbitrary()?;
        }
        1 => text.truncate(input.choose_index(text.len())?),
        2 => {
            let at = input.choose_index(text.len())?;
            let added = any(input)?;
            text.splice(at..at, added);
        }
        _ => {}
    }
    text.shrink_to_fit();
    Ok(text)
}

/// What the user typed.
///
/// # Errors
/// The input is over.
pub fn login_id(input: &mut Unstructured<'_>) -> Result<Vec<u8>> {
    const TYPED: [&[u8]; 6] =
        [b"", EMAIL.as_bytes(), b"ALICE@example.com", b"boss@example.com", b"bob@partner.example", b"\xff"];
    Ok(input.choose(&TYPED)?.to_vec())
}

/// A time, mostly one at which the certificates are valid.
///
/// # Errors
/// The input is over.
pub fn time(input: &mut Unstructured<'_>) -> Result<i64> {
    match input.int_in_range(0..=7)? {
        0 => input.arbitrary(),
        1 => Ok(*input.choose(&[
            test_pki::DEFAULT_NOT_BEFORE - 1,
            test_pki::DEFAULT_NOT_BEFORE,
            test_pki::DEFAULT_NOT_AFTER,
            test_pki::DEFAULT_NOT_AFTER + 1,
            86_400,
        ])?),
        _ => Ok(test_pki::DEFAULT_NOT_BEFORE + 86_400),
    }
}

/// Memory of exactly so many bytes, aligned to eight.
pub struct Memory {
    start: *mut u8,
    layout: Layout,
}

impl Memory {
    /// Zeroed memory.
    #[must_use]
    pub fn new(len: usize) -> Self {
        // An allocation of nothing is none: one byte stands for it, and is not handed out.
        let layout = Layout::from_size_align(len.max(1), 8).expect("a sensible size");
        // SAFETY: not of size zero.
        let start = unsafe { alloc_zeroed(layout) };
        assert!(!start.is_null());
        let layout = Layout::from_size_align(len, 8).expect("a sensible size");
        Self { start, layout }
    }

    /// Where it begins.
    #[must_use]
    pub fn as_ptr(&self) -> *mut u8 {
        self.start
    }

    /// How many bytes it has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.layout.size()
    }

    /// Whether it has none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What is in it.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        // SAFETY: it was zeroed, and is as long as that.
        unsafe { std::slice::from_raw_parts(self.start, self.len()) }
    }

    /// Writes to its beginning.
    pub fn fill(&self, bytes: &[u8]) {
        assert!(bytes.len() <= self.len());
        // SAFETY: there is room, by the assertion.
        unsafe { std::ptr::copy_nonoverlapping(bytes.as_ptr(), self.start, bytes.len()) };
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        let layout = Layout::from_size_align(self.len().max(1), 8).expect("as at first");
        // SAFETY: allocated with that layout.
        unsafe { dealloc(self.start, layout) };
    }
}
