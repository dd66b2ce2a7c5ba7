//! What the tests of the C ABI share: memory of an exact size, a verifier, an attempt, and calls through raw
//! pointers as C makes them.
#![allow(dead_code, reason = "each test program uses a part")]

use cba_ffi::*;
use std::alloc::{Layout, alloc, dealloc};
use std::ffi::CStr;
use std::ptr;
use test_pki::{Authority, CertificateBuilder, Key};

/// 2026-01-01T00:00:00Z: within the dates of everything that is minted by default.
pub(crate) const NOW: i64 = 1_767_225_600;

pub(crate) const ALICE: &str = "alice@example.com";

/// Heap memory of exactly so many bytes, so that a sanitizer sees the first one beyond.
pub(crate) struct Memory {
    pub(crate) ptr: *mut u8,
    pub(crate) len: usize,
    layout: Layout,
}

impl Memory {
    pub(crate) fn new(len: usize) -> Self {
        Self::aligned(len, CBA_VERIFIER_ALIGN)
    }

    fn aligned(len: usize, align: usize) -> Self {
        let layout = Layout::from_size_align(len.max(1), align).unwrap();
        // SAFETY: the layout is not empty; `len` bytes are filled with what is no zero.
        let ptr = unsafe {
            let ptr = alloc(layout);
            assert!(!ptr.is_null());
            ptr.write_bytes(0xa5, len);
            ptr
        };
        Self { ptr, len, layout }
    }

    pub(crate) fn of(bytes: &[u8]) -> Self {
        let memory = Self::aligned(bytes.len(), 1);
        // SAFETY: so many bytes were allocated.
        unsafe { ptr::copy_nonoverlapping(bytes.as_ptr(), memory.ptr, bytes.len()) };
        memory
    }

    pub(crate) fn span(&self) -> cba_span {
        cba_span { ptr: self.ptr, len: self.len }
    }

    pub(crate) fn overwrite(&self, byte: u8) {
        // SAFETY: so many bytes were allocated.
        unsafe { self.ptr.write_bytes(byte, self.len) };
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        // SAFETY: allocated with this layout.
        unsafe { dealloc(self.ptr, self.layout) };
    }
}

pub(crate) const fn span(bytes: &[u8]) -> cba_span {
    cba_span { ptr: bytes.as_ptr(), len: bytes.len() }
}

pub(crate) fn spans<B: AsRef<[u8]>>(list: &[B]) -> Vec<cba_span> {
    list.iter().map(|bytes| span(bytes.as_ref())).collect()
}

/// What a span that the library gave points to.
pub(crate) fn bytes(span: cba_span) -> Vec<u8> {
    if span.len == 0 {
        return Vec::new();
    }
    // SAFETY: what the span borrows from is alive where a test looks at it.
    unsafe { std::slice::from_raw_parts(span.ptr, span.len) }.to_vec()
}

pub(crate) fn text(span: cba_span) -> String {
    String::from_utf8(bytes(span)).unwrap()
}

pub(crate) fn status_text(status: cba_status) -> &'static str {
    // SAFETY: static text that ends with NUL.
    unsafe { CStr::from_ptr(cba_status_str(status)) }.to_str().unwrap()
}

/// A span that must not be read: NULL with a length.
pub(crate) const NOWHERE: cba_span = cba_span { ptr: ptr::null(), len: 1 };

pub(crate) const NO_FAULT: cba_fault =
    cba_fault { status: CBA_OK, part: CBA_PART_WHOLE, index: 0, item: 0, offset: 0 };

pub(crate) const fn whole(status: cba_status) -> cba_fault {
    cba_fault { status, ..NO_FAULT }
}

pub(crate) const fn fault(status: cba_status, part: u32, index: u32, item: u32, offset: u32) -> cba_fault {
    cba_fault { status, part, index, item, offset }
}

/// A hash as a deny list has it.
pub(crate) fn hex(hash: [u8; 32]) -> String {
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A fault that is not there yet.
pub(crate) const STALE: cba_fault = fault(77, 77, 77, 77, 77);

pub(crate) struct Trusted {
    pub(crate) certificates: Vec<u8>,
    pub(crate) domains: Option<Vec<Vec<u8>>>,
}

/// A verifier to be.
pub(crate) struct Setup {
    pub(crate) trusted: Vec<Trusted>,
    pub(crate) intermediates: Vec<Vec<u8>>,
    pub(crate) denied: Vec<Vec<u8>>,
    pub(crate) policies: Vec<Vec<u8>>,
    pub(crate) crls: Vec<Vec<u8>>,
    pub(crate) options: cba_verifier_config,
}

impl Setup {
    pub(crate) fn new(roots: &[&[u8]]) -> Self {
        let trusted = roots.iter().map(|der| Trusted { certificates: der.to_vec(), domains: None }).collect();
        Self {
            trusted,
            intermediates: Vec::new(),
            denied: Vec::new(),
            policies: Vec::new(),
            crls: Vec::new(),
            options: cba_verifier_config { time: NOW, ..cba_verifier_config::default() },
        }
    }

    pub(crate) fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    /// Calls `with` with the configuration as C would write it.
    pub(crate) fn config<T>(&self, with: impl FnOnce(&cba_verifier_config) -> T) -> T {
        let domains: Vec<Option<Vec<cba_span>>> =
            self.trusted.iter().map(|trusted| trusted.domains.as_deref().map(spans)).collect();
        let trusted: Vec<cba_trusted> = self
            .trusted
            .iter()
            .zip(&domains)
            .map(|(trusted, domains)| cba_trusted {
                certificates: span(&trusted.certificates),
                email_domains: domains.as_ref().map_or(ptr::null(), |domains| domains.as_ptr()),
                email_domains_len: domains.as_ref().map_or(0, Vec::len),
            })
            .collect();
        let (intermediates, denied) = (spans(&self.intermediates), spans(&self.denied));
        let (policies, crls) = (spans(&self.policies), spans(&self.crls));
        with(&cba_verifier_config {
            trusted: trusted.as_ptr(),
            trusted_len: trusted.len(),
            intermediates: intermediates.as_ptr(),
            intermediates_len: intermediates.len(),
            denied: denied.as_ptr(),
            denied_len: denied.len(),
            policies: policies.as_ptr(),
            policies_len: policies.len(),
            crls: crls.as_ptr(),
            crls_len: crls.len(),
            ..self.options
        })
    }

    pub(crate) fn size(&self) -> Result<usize, cba_fault> {
        self.config(size_of_config)
    }

    pub(crate) fn init(&self) -> Result<Verifier, cba_fault> {
        self.init_in(Memory::new(self.size()?))
    }

    pub(crate) fn init_in(&self, memory: Memory) -> Result<Verifier, cba_fault> {
        let at = self.config(|config| init(&memory, config))?;
        Ok(Verifier { at, _memory: memory })
    }

    /// Where the configuration is wrong.
    pub(crate) fn fault(&self) -> cba_fault {
        match self.init() {
            Ok(_) => NO_FAULT,
            Err(fault) => fault,
        }
    }
}

/// `cba_verifier_size`.
pub(crate) fn size_of_config(config: &cba_verifier_config) -> Result<usize, cba_fault> {
    let (mut size, mut fault) = (77, STALE);
    // SAFETY: everything lives.
    let status = unsafe { cba_verifier_size(config, &raw mut size, &raw mut fault) };
    assert_eq!(status, fault.status);
    if status == CBA_OK {
        assert_eq!(fault, NO_FAULT);
        return Ok(size);
    }
    assert_eq!(size, 0);
    Err(fault)
}

/// `cba_verifier_init`.
pub(crate) fn init(memory: &Memory, config: &cba_verifier_config) -> Result<*const cba_verifier, cba_fault> {
    let (mut verifier, mut fault) = (ptr::dangling(), STALE);
    // SAFETY: everything lives; the memory is ours.
    let status = unsafe {
        cba_verifier_init(memory.ptr.cast(), memory.len, config, &raw mut verifier, &raw mut fault)
    };
    assert_eq!(status, fault.status);
    if status == CBA_OK {
        assert_eq!(fault, NO_FAULT);
        assert!(!verifier.is_null());
        return Ok(verifier);
    }
    assert!(verifier.is_null());
    Err(fault)
}

/// A verifier in memory of its own.
pub(crate) struct Verifier {
    pub(crate) at: *const cba_verifier,
    _memory: Memory,
}

// SAFETY: a verifier serves any number of threads.
unsafe impl Sync for Verifier {}

/// A workspace in memory of its own.
pub(crate) struct Space {
    pub(crate) at: *mut cba_workspace,
    _memory: Memory,
}

impl Space {
    /// With room for so many presented certificates.
    pub(crate) fn new(presented: usize) -> Self {
        Self::of(CBA_WORKSPACE_BASE_SIZE + presented * CBA_CERTIFICATE_SIZE).unwrap()
    }

    pub(crate) fn of(len: usize) -> Result<Self, cba_status> {
        let memory = Memory::new(len);
        let mut at = ptr::dangling_mut();
        // SAFETY: the memory is ours.
        match unsafe { cba_workspace_init(memory.ptr.cast(), len, &raw mut at) } {
            CBA_OK => Ok(Self { at, _memory: memory }),
            status => {
                assert!(at.is_null());
                Err(status)
            }
        }
    }
}

/// A login attempt to be.
#[derive(Clone)]
pub(crate) struct Attempt {
    pub(crate) leaf: Vec<u8>,
    pub(crate) presented: Vec<Vec<u8>>,
    pub(crate) login_id: Vec<u8>,
    pub(crate) ocsp: Vec<Vec<u8>>,
    pub(crate) nonce: Vec<u8>,
    pub(crate) options: cba_request,
}

// SAFETY: its pointers are NULL until `request` copies it.
unsafe impl Sync for Attempt {}

/// What a call says.
#[derive(Clone, Copy)]
pub(crate) struct Answer {
    pub(crate) decision: cba_decision,
    pub(crate) device: cba_device,
    pub(crate) audit: cba_audit,
}

impl Answer {
    /// What stood there before: a login as somebody else.
    pub(crate) fn stale() -> Self {
        let mut email = [0; 256];
        email[..4].copy_from_slice(b"boss");
        let hash = [7; 32];
        Self {
            decision: cba_decision {
                verdict: CBA_LOGIN,
                reason: 7,
                depth: 7,
                offset: 7,
                email_len: 4,
                email,
            },
            device: cba_device {
                fingerprint: hash,
                public_key_hash: hash,
                not_after: 7,
                serial: NOWHERE,
                issuer: NOWHERE,
                subject: NOWHERE,
                name_kind: 7,
                name: NOWHERE,
            },
            audit: cba_audit {
                verdict: CBA_LOGIN,
                reason: 7,
                depth: 7,
                offset: 7,
                has_fingerprint: 7,
                has_issuer: 7,
                fingerprint: hash,
                issuer: hash,
                serial_len: 7,
                serial: [7; 24],
            },
        }
    }

    pub(crate) fn outcome(&self) -> (cba_verdict, cba_status, String) {
        let decision = &self.decision;
        // SAFETY: the decision lives.
        let (login, password) = unsafe { (cba_login_email(decision), cba_password_email(decision)) };
        assert_eq!(login.len != 0, decision.verdict == CBA_LOGIN);
        assert_eq!(password.len != 0, decision.verdict == CBA_CONTINUE_WITH_PASSWORD);
        let email = text(login) + &text(password);
        let len = usize::try_from(decision.email_len).unwrap();
        assert_eq!(decision.email[..len], *email.as_bytes());
        assert!(decision.email[len..].iter().all(|&byte| byte == 0));
        assert_eq!(decision.reason != CBA_OK, decision.verdict == CBA_REFUSED);
        (decision.verdict, decision.reason, email)
    }
}

/// A structure as its bytes, for comparing all of it.
pub(crate) fn image(device: &cba_device) -> impl PartialEq + std::fmt::Debug + use<> {
    (
        (device.fingerprint, device.public_key_hash, device.not_after, device.name_kind),
        (bytes(device.serial), bytes(device.issuer), bytes(device.subject), bytes(device.name)),
    )
}

pub(crate) fn audited(audit: &cba_audit) -> impl PartialEq + std::fmt::Debug + use<> {
    (
        (audit.verdict, audit.reason, audit.depth, audit.offset),
        (audit.has_fingerprint, audit.fingerprint, audit.has_issuer, audit.issuer),
        (audit.serial_len, audit.serial),
    )
}

pub(crate) fn refused(reason: cba_status) -> (cba_verdict, cba_status, String) {
    (CBA_REFUSED, reason, String::new())
}

pub(crate) fn logs_in(email: &str) -> (cba_verdict, cba_status, String) {
    (CBA_LOGIN, CBA_OK, email.into())
}

pub(crate) fn asks_password(email: &str) -> (cba_verdict, cba_status, String) {
    (CBA_CONTINUE_WITH_PASSWORD, CBA_OK, email.into())
}

impl Attempt {
    /// `primary`, possession proven.
    pub(crate) fn new(leaf: Vec<u8>, presented: Vec<Vec<u8>>) -> Self {
        let options = cba_request {
            time: NOW,
            mode: CBA_MODE_PRIMARY,
            possession: CBA_POSSESSION_PROVEN_BY_TLS,
            ..cba_request::default()
        };
        Self { leaf, presented, login_id: Vec::new(), ocsp: Vec::new(), nonce: Vec::new(), options }
    }

    pub(crate) fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    /// `secondary`, this e-mail typed.
    pub(crate) fn typing(self, login_id: &str) -> Self {
        self.with(|attempt| {
            attempt.options.mode = CBA_MODE_SECONDARY;
            attempt.login_id = login_id.into();
        })
    }

    /// Calls `with` with the request as C would write it.
    pub(crate) fn request<T>(&self, with: impl FnOnce(&cba_request) -> T) -> T {
        let (presented, ocsp) = (spans(&self.presented), spans(&self.ocsp));
        with(&cba_request {
            leaf: span(&self.leaf),
            presented: presented.as_ptr(),
            presented_len: presented.len(),
            login_id: span(&self.login_id),
            ocsp: ocsp.as_ptr(),
            ocsp_len: ocsp.len(),
            nonce: span(&self.nonce),
            ..self.options
        })
    }

    /// In one step.
    pub(crate) fn authenticate_in(&self, verifier: *const cba_verifier, space: *mut cba_workspace) -> Answer {
        self.request(|request| authenticate(verifier, request, space))
    }

    pub(crate) fn authenticate(&self, verifier: &Verifier) -> Answer {
        self.authenticate_in(verifier.at, Space::new(self.presented.len()).at)
    }

    pub(crate) fn outcome(&self, verifier: &Verifier) -> (cba_verdict, cba_status, String) {
        let answer = self.authenticate(verifier);
        answer.outcome()
    }

    /// The first of two steps.
    pub(crate) fn identify(&self, verifier: &Verifier) -> (cba_credential, cba_device, cba_audit) {
        let mut credential = cba_credential::default();
        let Answer { mut device, mut audit, .. } = Answer::stale();
        let space = Space::new(self.presented.len());
        self.request(|request| {
            // SAFETY: everything lives.
            unsafe {
                cba_identify(
                    verifier.at,
                    request,
                    space.at,
                    &raw mut credential,
                    &raw mut device,
                    &raw mut audit,
                );
            }
        });
        (credential, device, audit)
    }

    /// The second of two steps.
    pub(crate) fn decide(&self, credential: &cba_credential, audit: &mut cba_audit) -> cba_decision {
        let mut decision = Answer::stale().decision;
        // SAFETY: everything lives.
        self.request(|request| unsafe { cba_decide(credential, request, &raw mut decision, audit) });
        decision
    }
}

/// `cba_authenticate`.
pub(crate) fn authenticate(
    verifier: *const cba_verifier,
    request: *const cba_request,
    space: *mut cba_workspace,
) -> Answer {
    let Answer { mut decision, mut device, mut audit } = Answer::stale();
    // SAFETY: everything lives; NULL and what was not initialised is refused.
    unsafe {
        cba_authenticate(verifier, request, space, &raw mut decision, &raw mut device, &raw mut audit);
    }
    Answer { decision, device, audit }
}

/// A root, an issuing CA below it, and a client.
pub(crate) struct Pki {
    pub(crate) root: Authority,
    pub(crate) issuing: Authority,
}

impl Pki {
    pub(crate) fn new() -> Self {
        let root = Authority::root("Root", Key::p256(1));
        let issuing = root.issue_ca("Issuing", Key::p256(2)).build_authority();
        Self { root, issuing }
    }

    pub(crate) fn root_der(&self) -> Vec<u8> {
        self.root.certificate_der().to_vec()
    }

    pub(crate) fn issuing_der(&self) -> Vec<u8> {
        self.issuing.certificate_der().to_vec()
    }

    /// Trusting the root, with the issuing CA among the intermediates.
    pub(crate) fn setup(&self) -> Setup {
        Setup::new(&[self.root.certificate_der()]).with(|setup| setup.intermediates.push(self.issuing_der()))
    }

    /// A client's certificate, still without a subject.
    pub(crate) fn client(&self) -> CertificateBuilder {
        self.issuing.issue(Key::p256(3))
    }

    pub(crate) fn alice(&self) -> CertificateBuilder {
        self.client().common_name("alice").email(ALICE)
    }

    /// Alice, who presents her certificate alone.
    pub(crate) fn attempt(&self) -> Attempt {
        Attempt::new(self.alice().build(), Vec::new())
    }
}
