//! A login: request in, decision out.

use crate::challenge::cba_proof;
use crate::sized::SizedStruct;
use crate::span::{cba_span, list, reference, store};
use crate::status::{CBA_OK, CBA_STATUS_INVALID_ARGUMENT, CBA_STATUS_NOT_INITIALIZED, cba_status};
use crate::verifier::cba_verifier;
use crate::workspace::{Claim, Refusal, cba_workspace};
use cba_core::config::{CertificateCheck, Settings};
use cba_core::identity::{DeviceIdentity, DeviceNameKind, Identity};
use cba_core::limits::MAX_EMAIL_LEN;
use cba_core::login::{AuditRecord, Credential, Decision, Possession, decide};
use cba_core::path::{StatusCheck, Verifier};
use cba_core::revocation::{OcspResponse, Revocation};
use cba_core::{Certificate, ErrorKind, UnixTime};
use core::mem::{MaybeUninit, offset_of};
use core::ptr;
use heapless::Vec;

/// Nobody said what is asked: refused.
pub const CBA_MODE_UNSET: u32 = 0;
/// The certificate's e-mail logs in, without a password.
pub const CBA_MODE_PRIMARY: u32 = 1;
/// The certificate's e-mail must be the one that the user typed; the password is still asked.
pub const CBA_MODE_SECONDARY: u32 = 2;
/// Certificates are not asked for: the verdict is CBA_DISABLED.
pub const CBA_MODE_OFF: u32 = 3;

/// Nothing shows that the client holds the key: nobody is let in.
pub const CBA_POSSESSION_UNPROVEN: u32 = 0;
/// The TLS handshake in which the leaf was the client's certificate is complete, or its session was resumed
/// from one that was. Early data does not count. The caller answers for this.
pub const CBA_POSSESSION_PROVEN_BY_TLS: u32 = 1;
/// A challenge was answered: `proof` says how. It counts once, whatever is decided.
pub const CBA_POSSESSION_PROVEN_BY_CHALLENGE: u32 = 2;

/// One login attempt. Begin with CBA_REQUEST_INIT: zero lets nobody in.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct cba_request {
    /// sizeof(cba_request) of the caller's header.
    pub struct_size: usize,
    /// The client's certificate in DER; empty if it presented none.
    pub leaf: cba_span,
    /// The certificates that came with it, in DER, in any order; the leaf may be among them.
    pub presented: *const cba_span,
    /// The number of those.
    pub presented_len: usize,
    /// The time of the attempt, in Unix seconds.
    pub time: i64,
    /// What is asked: one of CBA_MODE_.
    pub mode: u32,
    /// Whether the client holds the leaf's key: one of CBA_POSSESSION_.
    pub possession: u32,
    /// The e-mail that the user typed, and that the password login will really use; empty if there is none.
    /// For CBA_MODE_SECONDARY.
    pub login_id: cba_span,
    /// OCSP responses in DER about certificates of the path, at most CBA_MAX_OCSP_RESPONSES. One that cannot be
    /// read says nothing. None may be given to a verifier that does not ask for the revocation status.
    pub ocsp: *const cba_span,
    /// The number of those.
    pub ocsp_len: usize,
    /// The nonce that was sent to the OCSP responder, and must have come back; empty if none was.
    pub nonce: cba_span,
    /// For CBA_POSSESSION_PROVEN_BY_CHALLENGE: what cba_challenge_answer gave. It is used up by the call.
    pub proof: *mut cba_proof,
    /// 0.
    pub reserved_at_end: usize,
}

/// Most OCSP responses in a request.
pub const CBA_MAX_OCSP_RESPONSES: usize = 4;

const _: () =
    assert!(offset_of!(cba_request, reserved_at_end) + size_of::<usize>() == size_of::<cba_request>());

// SAFETY: repr(C), begins with a usize, and holds integers and raw pointers alone; no padding at its end, by the
// assertion.
unsafe impl SizedStruct for cba_request {
    // Never without `mode` and `possession`: without them there is nothing to decide.
    const SIZES: &'static [usize] = &[
        offset_of!(Self, login_id),
        offset_of!(Self, ocsp),
        offset_of!(Self, nonce),
        offset_of!(Self, proof),
        size_of::<Self>(),
    ];
}

impl Default for cba_request {
    /// CBA_REQUEST_INIT.
    fn default() -> Self {
        Self {
            struct_size: size_of::<Self>(),
            leaf: cba_span::EMPTY,
            presented: ptr::null(),
            presented_len: 0,
            time: 0,
            mode: CBA_MODE_UNSET,
            possession: CBA_POSSESSION_UNPROVEN,
            login_id: cba_span::EMPTY,
            ocsp: ptr::null(),
            ocsp_len: 0,
            nonce: cba_span::EMPTY,
            proof: ptr::null_mut(),
            reserved_at_end: 0,
        }
    }
}

impl cba_request {
    /// Copies the request, as `read` does.
    ///
    /// # Errors
    /// `CBA_STATUS_INVALID_ARGUMENT` if what is reserved is not 0.
    ///
    /// # Safety
    /// 1. As for `read`.
    unsafe fn get(from: *const Self) -> Result<Self, cba_status> {
        // SAFETY: 1. by the contract of this function.
        let request = unsafe { Self::read(from) }?;
        if request.reserved_at_end == 0 { Ok(request) } else { Err(CBA_STATUS_INVALID_ARGUMENT) }
    }
}

/// What is to be done: one of CBA_REFUSED, CBA_DISABLED, CBA_CONTINUE_WITH_PASSWORD, CBA_LOGIN. No two ways
/// in are the same number, and none is zero.
pub type cba_verdict = u32;

/// Nobody is let in.
pub const CBA_REFUSED: cba_verdict = 0;
/// Certificates are switched off (CBA_MODE_OFF): the host goes on as if there were none.
pub const CBA_DISABLED: cba_verdict = 1;
/// The user typed the certificate's e-mail: the login with this user's password goes on.
pub const CBA_CONTINUE_WITH_PASSWORD: cba_verdict = 2;
/// This user is logged in, once the host's own checks of the account pass: active, not locked, no bot,
/// second factor.
pub const CBA_LOGIN: cba_verdict = 3;

/// The decision. Take the user from cba_login_email or cba_password_email: each is empty for every verdict but
/// its own. It borrows nothing and may be copied.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct cba_decision {
    /// The verdict.
    pub verdict: cba_verdict,
    /// Why it is CBA_REFUSED; CBA_OK for every other verdict.
    pub reason: cba_status,
    /// The certificate that the reason is about: 0 is the leaf, higher is nearer the trust anchor.
    pub depth: u32,
    /// The byte in that certificate's DER; 0 where no single place is to blame.
    pub offset: u32,
    /// Bytes of `email`, the NUL not counted; at most 254.
    pub email_len: u32,
    /// The one account that the verdict speaks of, with a NUL behind it; empty if it is CBA_REFUSED or
    /// CBA_DISABLED. Printable ASCII, in lower case but for CBA_CASE_EXACT.
    pub email: [u8; 256],
}

const _: () = assert!(MAX_EMAIL_LEN < 256);

impl cba_decision {
    const REFUSED: Self =
        Self { verdict: CBA_REFUSED, reason: CBA_OK, depth: 0, offset: 0, email_len: 0, email: [0; 256] };

    fn refused(refusal: Refusal) -> Self {
        let Refusal { reason, depth, offset } = refusal;
        Self { reason, depth: depth.into(), offset, ..Self::REFUSED }
    }

    fn of(decision: &Decision) -> Self {
        let verdict = match decision {
            Decision::Refused(error) => return Self::refused(Refusal::of(*error)),
            Decision::Disabled => CBA_DISABLED,
            Decision::ContinueWithPassword { .. } => CBA_CONTINUE_WITH_PASSWORD,
            Decision::Login { .. } => CBA_LOGIN,
        };
        let mut email = [0; 256];
        let mut email_len = 0_u32;
        let principal = decision.principal().map_or("", |principal| principal.email().as_str());
        for (slot, byte) in email.iter_mut().zip(principal.bytes()) {
            *slot = byte;
            email_len = email_len.saturating_add(1);
        }
        Self { verdict, email, email_len, ..Self::REFUSED }
    }

    fn email(&self) -> &[u8] {
        let len = usize::try_from(self.email_len).unwrap_or(0);
        self.email.get(..len).unwrap_or_default()
    }

    fn lets_in(&self) -> bool {
        matches!(self.verdict, CBA_CONTINUE_WITH_PASSWORD | CBA_LOGIN)
    }
}

/// The device has no name, several, or one that is not printable ASCII.
pub const CBA_DEVICE_NONE: u32 = 0;
/// The name is the subject's serialNumber.
pub const CBA_DEVICE_SERIAL_NUMBER: u32 = 1;
/// The name is a URI of subjectAltName.
pub const CBA_DEVICE_URI: u32 = 2;
/// The name is a dNSName of subjectAltName.
pub const CBA_DEVICE_DNS_NAME: u32 = 3;
/// The name is the subject's commonName.
pub const CBA_DEVICE_COMMON_NAME: u32 = 4;

/// What identifies the device, beside its user. The spans borrow from the request's leaf: they hold for as
/// long as its DER does.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct cba_device {
    /// SHA-256 of the leaf's DER.
    pub fingerprint: [u8; 32],
    /// SHA-256 of the DER of its SubjectPublicKeyInfo: survives a renewal with the same key.
    pub public_key_hash: [u8; 32],
    /// The last second, in Unix time, for which all certificates of the path are valid, and what was said of their
    /// revocation holds.
    pub not_after: i64,
    /// The serial number: the contents of its INTEGER. Unique only together with the issuer.
    pub serial: cba_span,
    /// The DER of the issuer's name.
    pub issuer: cba_span,
    /// The DER of the subject's name.
    pub subject: cba_span,
    /// Which name `name` is: one of CBA_DEVICE_, the first in their order that the certificate holds.
    pub name_kind: u32,
    /// The name, in printable ASCII; empty if there is none.
    pub name: cba_span,
}

impl cba_device {
    const NONE: Self = Self {
        fingerprint: [0; 32],
        public_key_hash: [0; 32],
        not_after: 0,
        serial: cba_span::EMPTY,
        issuer: cba_span::EMPTY,
        subject: cba_span::EMPTY,
        name_kind: CBA_DEVICE_NONE,
        name: cba_span::EMPTY,
    };

    fn of(device: DeviceIdentity<'_>, leaf: &Certificate<'_>, not_after: UnixTime) -> Self {
        let name = device.name();
        Self {
            fingerprint: device.fingerprint(),
            public_key_hash: device.public_key_hash(),
            not_after: not_after.0,
            serial: cba_span::of(device.serial().as_bytes()),
            issuer: cba_span::of(device.issuer()),
            subject: cba_span::of(leaf.subject().der()),
            name_kind: match name.map(|name| name.kind) {
                None => CBA_DEVICE_NONE,
                Some(DeviceNameKind::SerialNumber) => CBA_DEVICE_SERIAL_NUMBER,
                Some(DeviceNameKind::Uri) => CBA_DEVICE_URI,
                Some(DeviceNameKind::DnsName) => CBA_DEVICE_DNS_NAME,
                Some(DeviceNameKind::CommonName) => CBA_DEVICE_COMMON_NAME,
            },
            name: name.map_or(cba_span::EMPTY, |name| cba_span::of(name.value)),
        }
    }
}

/// The audit record: what a log needs to say of an attempt. It names no person, and borrows nothing.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct cba_audit {
    /// The verdict.
    pub verdict: cba_verdict,
    /// Why it is CBA_REFUSED.
    pub reason: cba_status,
    /// The certificate that the reason is about.
    pub depth: u32,
    /// The byte in that certificate's DER.
    pub offset: u32,
    /// 1 if there was a leaf, and `fingerprint` is filled; else 0.
    pub has_fingerprint: u32,
    /// 1 if the leaf could be read, and `issuer` is filled; else 0.
    pub has_issuer: u32,
    /// SHA-256 of the leaf as it was given, readable or not.
    pub fingerprint: [u8; 32],
    /// SHA-256 of the DER of its issuer's name.
    pub issuer: [u8; 32],
    /// Bytes of `serial`; at most 21.
    pub serial_len: u32,
    /// The leaf's serial number: the contents of its INTEGER, cut off after 21 bytes.
    pub serial: [u8; 24],
}

impl cba_audit {
    const NONE: Self = Self {
        verdict: CBA_REFUSED,
        reason: CBA_OK,
        depth: 0,
        offset: 0,
        has_fingerprint: 0,
        has_issuer: 0,
        fingerprint: [0; 32],
        issuer: [0; 32],
        serial_len: 0,
        serial: [0; 24],
    };

    fn of(record: &AuditRecord) -> Self {
        let mut serial = [0; 24];
        let mut serial_len = 0_u32;
        for (slot, &byte) in serial.iter_mut().zip(record.serial()) {
            *slot = byte;
            serial_len = serial_len.saturating_add(1);
        }
        Self {
            has_fingerprint: record.fingerprint.is_some().into(),
            has_issuer: record.issuer.is_some().into(),
            fingerprint: record.fingerprint.unwrap_or_default(),
            issuer: record.issuer.unwrap_or_default(),
            serial_len,
            serial,
            ..Self::NONE
        }
    }

    fn record(&mut self, decision: &cba_decision) {
        self.verdict = decision.verdict;
        self.reason = decision.reason;
        self.depth = decision.depth;
        self.offset = decision.offset;
    }
}

/// Words of a cba_credential.
pub const CBA_CREDENTIAL_WORDS: usize = 44;

/// What cba_identify found: who the certificate speaks of, or why it speaks of nobody. It borrows nothing and
/// may be copied, but not beyond the process; cba_decide reads it, and nobody else. Zeroed, it lets nobody in.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct cba_credential {
    /// Not to be read.
    pub opaque: [MaybeUninit<u64>; CBA_CREDENTIAL_WORDS],
}

/// What lies in a `cba_credential`.
struct Stored {
    tag: u64,
    found: Result<Credential, Refusal>,
}

const CREDENTIAL_TAG: u64 = 0x6362_615f_6372_6564;
const _: () = assert!(size_of::<Stored>() <= size_of::<cba_credential>());
const _: () = assert!(align_of::<Stored>() <= align_of::<cba_credential>());

impl Default for cba_credential {
    /// Zeroed.
    fn default() -> Self {
        Self::NONE
    }
}

impl cba_credential {
    const NONE: Self = Self { opaque: [MaybeUninit::new(0); CBA_CREDENTIAL_WORDS] };

    fn of(found: Result<Credential, Refusal>) -> Self {
        let mut credential = Self::NONE;
        // SAFETY: `Stored` fits and is aligned, by the assertions above; it has nothing to drop.
        unsafe {
            ptr::from_mut(&mut credential).cast::<Stored>().write(Stored { tag: CREDENTIAL_TAG, found })
        };
        credential
    }

    pub(crate) fn found(&self) -> Result<&Credential, Refusal> {
        let stored = ptr::from_ref(self).cast::<Stored>();
        // SAFETY: `Stored` fits and is aligned; its tag is a number, whatever lies there.
        if unsafe { ptr::addr_of!((*stored).tag).read() } != CREDENTIAL_TAG {
            return Err(Refusal::misuse(CBA_STATUS_NOT_INITIALIZED));
        }
        // SAFETY: by the tag, `of` wrote it.
        unsafe { &(*stored).found }.as_ref().map_err(|refusal| *refusal)
    }
}

/// Judges one login attempt: from the client's certificate to a decision.
///
/// Returns nothing, so that nobody takes a success of the call for a login: look at the verdict, or better
/// at cba_login_email and cba_password_email. Misuse is a refusal too, with its status as reason. Outputs
/// are zeroed first; `device` is filled only if the verdict lets in, `audit` always. `decision`, `device`
/// and `audit` may be NULL. Of `request`, `device` borrows the leaf.
///
/// # Safety
/// `verifier` and `workspace` are NULL or were given by their init functions; `request` and its spans can
/// be read until the call returns; its proof is NULL or can be read and written; outputs can be written and do not
/// overlap with anything else.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cba_authenticate(
    verifier: *const cba_verifier,
    request: *const cba_request,
    workspace: *mut cba_workspace,
    decision: *mut cba_decision,
    device: *mut cba_device,
    audit: *mut cba_audit,
) {
    // SAFETY: by the contract of this function.
    unsafe {
        store(decision, cba_decision::REFUSED);
        store(device, cba_device::NONE);
        store(audit, cba_audit::NONE);
        let attempt = cba_request::get(request);
        // Switched off, the certificate says nothing: it is not looked at.
        let off = attempt.is_ok_and(|attempt| attempt.mode == CBA_MODE_OFF);
        let identified = match attempt {
            Ok(attempt) if off => Identified::unseen(attempt.leaf),
            Ok(attempt) => identify(verifier, &attempt, workspace),
            Err(status) => Identified::refused(status),
        };
        let decided = match attempt {
            Ok(attempt) => {
                let proof = take_proof(&attempt);
                decide_on(identified.found.as_ref().map_err(|refusal| *refusal), &attempt, proof)
            }
            Err(status) => cba_decision::refused(Refusal::misuse(status)),
        };
        let mut record = identified.audit;
        record.record(&decided);
        store(decision, decided);
        store(audit, record);
        if decided.lets_in() {
            store(device, identified.device);
        }
    }
}

/// The first of two steps, for a server that keeps a connection: verifies the client's certificate once.
/// Of `request` it reads leaf, presented, time, ocsp and nonce.
///
/// `credential` holds what was found, good or bad; only cba_decide says what follows from it. It holds for
/// this verifier: after a change of anchors, deny list or CRLs, identify again. `device` is filled if the certificate
/// is good, but proves nothing until cba_decide lets its holder in. `audit` is filled with what is known of the
/// leaf, and says CBA_REFUSED until cba_decide is told of it. `device` and `audit` may be NULL.
///
/// # Safety
/// As for cba_authenticate.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cba_identify(
    verifier: *const cba_verifier,
    request: *const cba_request,
    workspace: *mut cba_workspace,
    credential: *mut cba_credential,
    device: *mut cba_device,
    audit: *mut cba_audit,
) {
    // SAFETY: by the contract of this function.
    unsafe {
        store(credential, cba_credential::NONE);
        store(device, cba_device::NONE);
        store(audit, cba_audit::NONE);
        let identified = match cba_request::get(request) {
            Ok(request) => identify(verifier, &request, workspace),
            Err(status) => Identified::refused(status),
        };
        let mut record = identified.audit;
        if let Err(refusal) = identified.found {
            record.record(&cba_decision::refused(refusal));
        }
        store(audit, record);
        store(device, identified.device);
        store(credential, cba_credential::of(identified.found));
    }
}

/// The second step, for each request on the connection: decides without cryptography. Of `request` it reads
/// mode, possession, proof, time and login_id; at a `time` outside the dates of its path a credential is refused.
/// A proof is used up, whatever is decided.
///
/// `audit`, which may be NULL, is the record that cba_identify made: verdict, reason, depth and offset are
/// set, the rest stays. Any number of threads may share a credential.
///
/// # Safety
/// `credential` and `request` are NULL or can be read; its proof is NULL or can be read and written; `audit` is NULL or
/// an initialised record; outputs can be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cba_decide(
    credential: *const cba_credential,
    request: *const cba_request,
    decision: *mut cba_decision,
    audit: *mut cba_audit,
) {
    // SAFETY: by the contract of this function.
    unsafe {
        store(decision, cba_decision::REFUSED);
        let request = cba_request::get(request);
        // First, whatever else is wrong.
        let proof = request.as_ref().map_or(Ok(Possession::Unproven), |request| take_proof(request));
        let decided = match (request, reference(credential)) {
            (Ok(request), Ok(credential)) => decide_on(credential.found(), &request, proof),
            (Err(status), _) | (_, Err(status)) => cba_decision::refused(Refusal::misuse(status)),
        };
        store(decision, decided);
        if !audit.is_null() {
            let mut record = audit.read_unaligned();
            record.record(&decided);
            store(audit, record);
        }
    }
}

/// The user who is logged in: empty unless the verdict is CBA_LOGIN. Borrows from `decision`.
///
/// # Safety
/// `decision` is NULL or can be read.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cba_login_email(decision: *const cba_decision) -> cba_span {
    // SAFETY: by the contract of this function.
    unsafe { email_if(decision, CBA_LOGIN) }
}

/// The user whose password is to be asked: empty unless the verdict is CBA_CONTINUE_WITH_PASSWORD. Borrows from
/// `decision`.
///
/// # Safety
/// `decision` is NULL or can be read.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cba_password_email(decision: *const cba_decision) -> cba_span {
    // SAFETY: by the contract of this function.
    unsafe { email_if(decision, CBA_CONTINUE_WITH_PASSWORD) }
}

/// # Safety
/// 1. `decision` is NULL or can be read.
unsafe fn email_if(decision: *const cba_decision, verdict: cba_verdict) -> cba_span {
    // SAFETY: 1. by the contract of this function.
    match unsafe { reference(decision) } {
        Ok(decision) if decision.verdict == verdict => cba_span::of(decision.email()),
        _ => cba_span::EMPTY,
    }
}

/// What is known of a leaf.
struct Identified {
    found: Result<Credential, Refusal>,
    device: cba_device,
    audit: cba_audit,
}

impl Identified {
    fn refused(reason: cba_status) -> Self {
        Self { found: Err(Refusal::misuse(reason)), device: cba_device::NONE, audit: cba_audit::NONE }
    }

    /// A leaf that nobody asks about.
    ///
    /// # Safety
    /// 1. `leaf` can be read.
    unsafe fn unseen(leaf: cba_span) -> Self {
        // SAFETY: 1. by the contract of this function.
        match unsafe { leaf.bytes() } {
            Ok(leaf) => {
                let der = (!leaf.is_empty()).then_some(leaf);
                let certificate = der.and_then(|der| Certificate::from_der(der).ok());
                let audit = cba_audit::of(&AuditRecord::new(der, certificate.as_ref()));
                Self { audit, ..Self::refused(CBA_STATUS_NOT_INITIALIZED) }
            }
            Err(status) => Self::refused(status),
        }
    }
}

/// The OCSP responses of a request, and the nonce that they must bring back.
///
/// # Safety
/// 1. The spans can be read for as long as `'r`.
unsafe fn status_sources<'r>(
    request: &cba_request,
    verifier: &cba_verifier,
) -> Result<(Vec<OcspResponse<'r>, CBA_MAX_OCSP_RESPONSES>, Option<&'r [u8]>), cba_status> {
    // SAFETY: 1. by the contract of this function.
    let (spans, nonce): (&[cba_span], &'r [u8]) =
        unsafe { (list(request.ocsp, request.ocsp_len)?, request.nonce.bytes()?) };
    if verifier.revocation.is_none() && !spans.is_empty() {
        return Err(CBA_STATUS_INVALID_ARGUMENT);
    }
    let mut responses = Vec::new();
    if spans.len() > CBA_MAX_OCSP_RESPONSES {
        return Err(CBA_STATUS_INVALID_ARGUMENT);
    }
    for span in spans {
        // SAFETY: 1. by the contract of this function.
        if let Ok(response) = OcspResponse::from_der(unsafe { span.bytes() }?) {
            responses.push(response).map_err(|_| CBA_STATUS_INVALID_ARGUMENT)?;
        }
    }
    Ok((responses, (!nonce.is_empty()).then_some(nonce)))
}

/// Verifies a request's certificate, whatever is asked of it.
///
/// # Safety
/// As for `cba_authenticate`.
unsafe fn identify(
    verifier: *const cba_verifier,
    request: &cba_request,
    workspace: *mut cba_workspace,
) -> Identified {
    // SAFETY: by the contract of this function.
    let (leaf, inputs) = unsafe {
        let leaf = match request.leaf.bytes() {
            Ok(leaf) => leaf,
            Err(status) => return Identified::refused(status),
        };
        let inputs = cba_verifier::get(verifier).and_then(|verifier| {
            Ok((verifier, list(request.presented, request.presented_len)?, Claim::new(workspace)?))
        });
        (leaf, inputs)
    };
    let der = (!leaf.is_empty()).then_some(leaf);
    let read = der.map(Certificate::from_der);
    let certificate = read.as_ref().and_then(|read| read.as_ref().ok());
    let audit = cba_audit::of(&AuditRecord::new(der, certificate));
    let mut device = cba_device::NONE;
    let judge = || -> Result<Credential, Refusal> {
        let (verifier, presented, mut claim) = inputs.map_err(Refusal::misuse)?;
        let leaf = match &read {
            None => return Err(Refusal::of(ErrorKind::NoCertificate.into())),
            Some(Err(error)) => return Err(Refusal::of(*error)),
            Some(Ok(leaf)) => leaf,
        };
        // SAFETY: by the contract of this function.
        let (presented, search) = unsafe { claim.read(presented) }?;
        let time = UnixTime(request.time);
        // SAFETY: by the contract of this function.
        let (ocsp, nonce) = unsafe { status_sources(request, verifier) }.map_err(Refusal::misuse)?;
        let revocation = verifier.revocation.map(|options| Revocation {
            crls: verifier.crls,
            ocsp: &ocsp,
            nonce,
            options,
        });
        let status = revocation.as_ref().map(|revocation| revocation as &(dyn StatusCheck + Sync));
        let asking = Verifier { status, ..verifier.verifier };
        let path = asking.verify(leaf, presented, time, search).map_err(Refusal::of)?;
        let identity = Identity::from_path(&path, &verifier.identity).map_err(Refusal::of)?;
        let credential = Credential::from_identity(&identity).map_err(Refusal::of)?;
        device = cba_device::of(identity.device(), leaf, credential.not_after());
        Ok(credential)
    };
    let found = judge();
    Identified { found, device, audit }
}

/// What a challenge proved, if the request says that one did.
///
/// # Safety
/// 1. The proof is NULL, or can be read and written.
unsafe fn take_proof(request: &cba_request) -> Result<Possession, Refusal> {
    if request.possession != CBA_POSSESSION_PROVEN_BY_CHALLENGE {
        return Ok(Possession::Unproven);
    }
    // SAFETY: 1. by the contract of this function.
    let proof = unsafe { cba_proof::take(request.proof) };
    proof.map(Possession::ProvenByChallenge)
}

fn decide_on(
    found: Result<&Credential, Refusal>,
    request: &cba_request,
    proof: Result<Possession, Refusal>,
) -> cba_decision {
    let decision = || {
        let settings = match request.mode {
            CBA_MODE_OFF => return Ok(Decision::Disabled),
            CBA_MODE_PRIMARY => Settings { enable: true, check: CertificateCheck::Primary },
            CBA_MODE_SECONDARY => Settings { enable: true, check: CertificateCheck::Secondary },
            _ => return Err(Refusal::misuse(CBA_STATUS_INVALID_ARGUMENT)),
        };
        let possession = match request.possession {
            CBA_POSSESSION_UNPROVEN => Ok(Possession::Unproven),
            CBA_POSSESSION_PROVEN_BY_TLS => Ok(Possession::ProvenByTls),
            CBA_POSSESSION_PROVEN_BY_CHALLENGE => proof,
            _ => return Err(Refusal::misuse(CBA_STATUS_INVALID_ARGUMENT)),
        };
        let credential = found?;
        let possession = possession?;
        // SAFETY: the spans of a request can be read, by the contract of every function that takes one.
        let login_id = unsafe { request.login_id.bytes() }.map_err(Refusal::misuse)?;
        // What is no text is no address either: it differs from every one.
        let login_id =
            if login_id.is_empty() { None } else { Some(core::str::from_utf8(login_id).unwrap_or("?")) };
        Ok(decide(&settings, credential, possession, UnixTime(request.time), login_id))
    };
    match decision() {
        Ok(decision) => cba_decision::of(&decision),
        Err(refusal) => cba_decision::refused(refusal),
    }
}
