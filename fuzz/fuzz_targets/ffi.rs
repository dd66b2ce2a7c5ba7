//! The C ABI: structured calls with hostile lengths, flags, sizes and contents. Everything that is handed over lies
//! in memory of exactly its size, so that AddressSanitizer sees every byte too far. What comes out is held
//! against the core, called directly.

#![no_main]

use cba_core::config::{CertificateCheck, Settings};
use cba_core::identity::{EmailSources, Identity, IdentityOptions, LocalPart, LocalPartCase};
use cba_core::limits::Limits;
use cba_core::login::{Credential, Decision, Possession, decide};
use cba_core::path::{
    Denied, DenyList, EmailDomains, PathOptions, TrustAnchor, TrustAnchors, Verifier, Workspace,
};
use cba_core::signature::{Ring, Strength};
use cba_core::{Certificate, Error, UnixTime};
use cba_ffi::*;
use cba_fuzz::material::{self, Bundle, Memory};
use libfuzzer_sys::arbitrary::{self, Unstructured};
use libfuzzer_sys::fuzz_target;
use std::ffi::CStr;
use std::ptr;

fuzz_target!(|bytes: &[u8]| {
    let mut input = Unstructured::new(bytes);
    let _ = run(&mut input);
});

fn run(input: &mut Unstructured<'_>) -> arbitrary::Result<()> {
    texts(input)?;
    let setup = Setup::draw(input)?;
    let Some(verifier) = setup.prepare(input)? else {
        return Ok(());
    };
    let before = verifier.bytes().to_vec();
    let handle = verifier.as_ptr().cast::<cba_verifier>();
    for _ in 0..=input.int_in_range(0..=2)? {
        attempt(input, &setup, handle)?;
    }
    assert!(verifier.bytes() == before, "a call wrote to the verifier");
    Ok(())
}

/// A configuration, and what it is made of.
struct Setup {
    trusted: Vec<(Bundle, Option<Vec<Vec<u8>>>)>,
    intermediates: Vec<Bundle>,
    denied: Vec<Vec<u8>>,
    options: cba_verifier_config,
    size: usize,
}

impl Setup {
    fn draw(input: &mut Unstructured<'_>) -> arbitrary::Result<Self> {
        let mut setup = Self {
            trusted: Vec::new(),
            intermediates: Vec::new(),
            denied: Vec::new(),
            options: cba_verifier_config::default(),
            size: size_of::<cba_verifier_config>(),
        };
        for _ in 0..input.int_in_range(1..=2)? {
            let domains = if input.ratio(1, 4)? { Some(material::domains(input)?) } else { None };
            setup.trusted.push((Bundle::draw(input)?, domains));
        }
        for _ in 0..input.int_in_range(0..=2)? {
            setup.intermediates.push(Bundle::draw(input)?);
        }
        if input.ratio(1, 4)? {
            setup.denied.push(material::deny_list(input)?);
        }
        let options = &mut setup.options;
        if input.ratio(1, 2)? {
            options.email_sources = input.int_in_range(0..=4)?;
            options.local_part = input.int_in_range(0..=2)?;
            options.local_part_case = input.int_in_range(0..=2)?;
            options.accept = input.int_in_range(0..=64)?;
            options.borrow = input.int_in_range(0..=2)?;
        }
        if input.ratio(1, 8)? {
            options.min_rsa_bits = input.arbitrary()?;
            options.max_rsa_bits = input.arbitrary()?;
            options.max_intermediates = input.arbitrary()?;
            options.max_extra_signatures = input.arbitrary()?;
            options.reserved = input.int_in_range(0..=1)?;
            options.max_candidates = input.arbitrary()?;
            options.max_name_comparisons = input.arbitrary()?;
        }
        if input.ratio(1, 8)? {
            setup.size = input.int_in_range(0..=300)?;
        }
        Ok(setup)
    }

    /// Prepares a verifier in memory of exactly its size, or finds that the configuration is refused.
    fn prepare(&self, input: &mut Unstructured<'_>) -> arbitrary::Result<Option<Memory>> {
        let domains: Vec<Option<Vec<cba_span>>> = self
            .trusted
            .iter()
            .map(|(_, domains)| {
                domains.as_ref().map(|domains| domains.iter().map(|domain| span(domain)).collect())
            })
            .collect();
        let trusted: Vec<cba_trusted> = self
            .trusted
            .iter()
            .zip(&domains)
            .map(|((bundle, _), domains)| cba_trusted {
                certificates: span(bundle.bytes()),
                email_domains: domains.as_ref().map_or(ptr::null(), |domains| domains.as_ptr()),
                email_domains_len: domains.as_ref().map_or(0, Vec::len),
            })
            .collect();
        let intermediates: Vec<cba_span> =
            self.intermediates.iter().map(|bundle| span(bundle.bytes())).collect();
        let denied: Vec<cba_span> = self.denied.iter().map(|list| span(list)).collect();
        let mut config = self.options;
        config.trusted = trusted.as_ptr();
        config.trusted_len = trusted.len();
        config.intermediates = intermediates.as_ptr();
        config.intermediates_len = intermediates.len();
        config.denied = denied.as_ptr();
        config.denied_len = denied.len();
        let config = sized(&config, self.size);

        let (mut size, mut fault) = (1, cba_fault { status: 1, part: 9, index: 9, item: 9, offset: 9 });
        let status = unsafe { cba_verifier_size(config.as_ptr().cast(), &mut size, &mut fault) };
        check_status(status);
        assert_eq!(fault.status, status);
        if status != CBA_OK {
            assert_eq!(size, 0);
            return Ok(None);
        }
        let init = |memory: *mut u8, len: usize| {
            let mut verifier = ptr::null();
            let status = unsafe {
                cba_verifier_init(memory.cast(), len, config.as_ptr().cast(), &mut verifier, ptr::null_mut())
            };
            check_status(status);
            assert_eq!(verifier.is_null(), status != CBA_OK);
            status
        };
        let short = input.int_in_range(0..=size - 1)?;
        let memory = Memory::new(short);
        assert_eq!(init(memory.as_ptr(), short), CBA_STATUS_MEMORY_TOO_SMALL);
        let memory = Memory::new(size);
        assert_eq!(init(unsafe { memory.as_ptr().add(1) }, size - 1), CBA_STATUS_MISALIGNED);
        let status = init(memory.as_ptr(), size);
        assert_ne!(status, CBA_STATUS_MEMORY_TOO_SMALL);
        let built = self.with_core(|verifier, _| verifier.anchors.as_slice().len());
        match built {
            // Sizes and limits out of range were refused before.
            Some(anchors) => {
                assert_eq!(status, CBA_OK, "not prepared from what the core can read");
                assert_eq!(unsafe { cba_verifier_anchors(memory.as_ptr().cast()) }, anchors);
            }
            None => assert!(status != CBA_OK || !self.is_whole(), "prepared from what the core cannot read"),
        }
        // A copy elsewhere is no verifier.
        let copy = Memory::new(size);
        copy.fill(memory.bytes());
        assert_eq!(unsafe { cba_verifier_anchors(copy.as_ptr().cast()) }, 0);
        Ok((status == CBA_OK).then_some(memory))
    }

    /// Whether the library sees the whole configuration: an older header's is shorter.
    fn is_whole(&self) -> bool {
        is_whole::<cba_verifier_config>(self.size)
    }

    /// The same verifier by the core's own types; `None` if a part cannot be read, or is not seen.
    fn with_core<T>(&self, judge: impl FnOnce(&Verifier<'_>, &IdentityOptions) -> T) -> Option<T> {
        if !self.is_whole() {
            return None;
        }
        let options = self.options;
        let ders: Vec<Vec<Vec<u8>>> =
            self.trusted.iter().map(|(bundle, _)| bundle.certificates()).collect::<Option<_>>()?;
        let names: Vec<Option<Vec<&str>>> = self
            .trusted
            .iter()
            .map(|(_, domains)| match domains {
                None => Some(None),
                Some(domains) => domains
                    .iter()
                    .map(|domain| std::str::from_utf8(domain).ok())
                    .collect::<Option<_>>()
                    .map(Some),
            })
            .collect::<Option<_>>()?;
        let mut anchors = Vec::new();
        for (ders, names) in ders.iter().zip(&names) {
            for der in ders {
                let anchor = TrustAnchor::from_certificate(&Certificate::from_der(der).ok()?);
                let domains = names.as_ref().map_or(EmailDomains::Any, |names| EmailDomains::Only(names));
                anchors.push(anchor.with_email_domains(domains).ok()?);
            }
        }
        let ders: Vec<Vec<Vec<u8>>> =
            self.intermediates.iter().map(Bundle::certificates).collect::<Option<_>>()?;
        let intermediates: Vec<Certificate<'_>> =
            ders.iter().flatten().map(|der| Certificate::from_der(der).ok()).collect::<Option<_>>()?;
        let mut denied: Vec<Denied> =
            self.denied.iter().flat_map(|list| Denied::parse(list)).collect::<Result<_, _>>().ok()?;
        let accepts = |flag| options.accept & flag != 0;
        let strength = Strength::default();
        let limits = Limits::default();
        let or = |value: u16, default| if value == 0 { default } else { value };
        let verifier = Verifier {
            anchors: TrustAnchors::new(&mut anchors),
            intermediates: &intermediates,
            denied: DenyList::new(&mut denied),
            options: PathOptions {
                accept_missing_extended_key_usage: accepts(CBA_ACCEPT_MISSING_EXTENDED_KEY_USAGE),
                accept_any_extended_key_usage: accepts(CBA_ACCEPT_ANY_EXTENDED_KEY_USAGE),
                accept_version_1_leaf: accepts(CBA_ACCEPT_VERSION_1_LEAF),
                accept_negative_serial: accepts(CBA_ACCEPT_NEGATIVE_SERIAL),
                accept_long_serial: accepts(CBA_ACCEPT_LONG_SERIAL),
                strength: Strength {
                    min_rsa_bits: or(options.min_rsa_bits, strength.min_rsa_bits),
                    max_rsa_bits: or(options.max_rsa_bits, strength.max_rsa_bits),
                    accept_small_rsa_exponent: accepts(CBA_ACCEPT_SMALL_RSA_EXPONENT),
                },
                ..PathOptions::default()
            },
            limits: Limits {
                intermediates: nonzero(options.max_intermediates, limits.intermediates),
                extra_signatures: nonzero(options.max_extra_signatures, limits.extra_signatures),
                candidates: nonzero(options.max_candidates, limits.candidates),
                name_comparisons: nonzero(options.max_name_comparisons, limits.name_comparisons),
            },
            signatures: &Ring,
        };
        let identity = IdentityOptions {
            sources: match options.email_sources {
                CBA_EMAIL_SAN => EmailSources::San,
                CBA_EMAIL_SUBJECT_THEN_SAN => EmailSources::SubjectThenSan,
                CBA_EMAIL_SAN_THEN_SUBJECT => EmailSources::SanThenSubject,
                _ => EmailSources::Subject,
            },
            local_part: if options.local_part == CBA_LOCAL_PART_DOT_ATOM {
                LocalPart::DotAtom
            } else {
                LocalPart::Narrow
            },
            case: if options.local_part_case == CBA_CASE_EXACT {
                LocalPartCase::Exact
            } else {
                LocalPartCase::Fold
            },
        };
        Some(judge(&verifier, &identity))
    }
}

fn nonzero<T: Default + PartialEq>(value: T, default: T) -> T {
    if value == T::default() { default } else { value }
}

/// One attempt, in one step and in two, held against the core.
fn attempt(
    input: &mut Unstructured<'_>,
    setup: &Setup,
    verifier: *const cba_verifier,
) -> arbitrary::Result<()> {
    let leaf = material::leaf(input)?;
    let presented: Vec<Vec<u8>> =
        (0..input.int_in_range(0..=3)?).map(|_| material::certificate(input)).collect::<Result<_, _>>()?;
    let spans: Vec<cba_span> = presented.iter().map(|der| span(der)).collect();
    let login_id = material::login_id(input)?;
    let request = cba_request {
        leaf: span(&leaf),
        presented: spans.as_ptr(),
        presented_len: spans.len(),
        time: material::time(input)?,
        mode: if input.ratio(1, 8)? { input.arbitrary()? } else { input.int_in_range(0..=3)? },
        possession: if input.ratio(1, 8)? { input.arbitrary()? } else { input.int_in_range(0..=1)? },
        login_id: span(&login_id),
        ..cba_request::default()
    };
    misuse(input, &request, verifier)?;
    let size = if input.ratio(1, 16)? { input.int_in_range(0..=200)? } else { size_of::<cba_request>() };
    let sized_request = sized(&request, size);
    let whole = is_whole::<cba_request>(size);
    let room = input.int_in_range(0..=4)?;
    let memory = Memory::new(CBA_WORKSPACE_BASE_SIZE + room * CBA_CERTIFICATE_SIZE);
    let mut workspace = ptr::null_mut();
    assert_eq!(unsafe { cba_workspace_init(memory.as_ptr().cast(), memory.len(), &mut workspace) }, CBA_OK);

    let call: *const cba_request = sized_request.as_ptr().cast();
    let mut one = Outputs::dirty();
    unsafe {
        cba_authenticate(verifier, call, workspace, &mut one.decision, &mut one.device, &mut one.audit)
    };
    let mut two = Outputs::dirty();
    let mut credential = cba_credential { opaque: [std::mem::MaybeUninit::new(!0); CBA_CREDENTIAL_WORDS] };
    unsafe {
        // Again in the same workspace: it is free.
        cba_identify(verifier, call, workspace, &mut credential, &mut two.device, &mut two.audit);
        let moved = credential;
        cba_decide(&moved, call, &mut two.decision, &mut two.audit);
    }
    one.check(&request);
    assert_eq!(one.decision.verdict, two.decision.verdict);
    assert_eq!(one.decision.email, two.decision.email);
    assert_eq!(
        (one.decision.reason, one.decision.depth, one.decision.offset),
        (two.decision.reason, two.decision.depth, two.decision.offset)
    );
    assert_eq!(one.audit.fingerprint, two.audit.fingerprint);
    assert_eq!((one.audit.verdict, one.audit.reason), (two.audit.verdict, two.audit.reason));
    if one.lets_in() {
        assert_eq!(one.device.fingerprint, two.device.fingerprint);
        assert_eq!(one.device.not_after, two.device.not_after);
    } else {
        assert_eq!((one.device.fingerprint, one.device.name.len), ([0; 32], 0));
    }
    let mut expired = request;
    expired.time = i64::MAX;
    unsafe { cba_decide(&credential, &expired, &mut two.decision, ptr::null_mut()) };
    assert!(!two.lets_in() || two.device.not_after == i64::MAX, "let in after the end of time");
    expired.time = i64::MIN;
    unsafe { cba_decide(&credential, &expired, &mut two.decision, ptr::null_mut()) };
    assert!(!two.lets_in(), "let in before all time");
    // Signatures are real ones.
    assert!(!one.lets_in() || material::is_genuine(&leaf), "let in with a leaf that nobody signed");

    if whole
        && (CBA_MODE_PRIMARY..=CBA_MODE_OFF).contains(&request.mode)
        && request.possession <= 1
        && presented.len() <= room
    {
        check_against_core(setup, &request, &leaf, &presented, &login_id, &one);
    } else if !whole {
        assert!(!one.lets_in() || size == std::mem::offset_of!(cba_request, login_id));
    }
    Ok(())
}

/// What no program may do: nobody is let in, and nothing is read that is not there.
fn misuse(
    input: &mut Unstructured<'_>,
    request: &cba_request,
    verifier: *const cba_verifier,
) -> arbitrary::Result<()> {
    if !input.ratio(1, 8)? {
        return Ok(());
    }
    let mut request = *request;
    let memory = Memory::new(CBA_WORKSPACE_BASE_SIZE + 4 * CBA_CERTIFICATE_SIZE);
    let (mut verifier, mut workspace) = (verifier, ptr::null_mut());
    assert_eq!(unsafe { cba_workspace_init(memory.as_ptr().cast(), memory.len(), &mut workspace) }, CBA_OK);
    let untouched = memory.bytes().to_vec();
    let nowhere = cba_span { ptr: ptr::null(), len: input.int_in_range(1..=usize::MAX)? };
    // More than any memory has, where there is some.
    let endless =
        cba_span { ptr: memory.as_ptr(), len: input.int_in_range(usize::MAX / 2 + 1..=usize::MAX)? };
    let span = if input.arbitrary()? { nowhere } else { endless };
    let list = [span];
    let kind = input.int_in_range(0..=8)?;
    match kind {
        0 => request.leaf = span,
        1 => (request.presented, request.presented_len) = (list.as_ptr(), 1),
        2 => (request.presented, request.presented_len) = (list.as_ptr(), span.len | 1 << 63),
        3 => (request.presented, request.presented_len) = (ptr::null(), span.len),
        4 => request.presented = request.presented.wrapping_byte_add(1),
        5 => request.login_id = span,
        6 => verifier = if input.arbitrary()? { ptr::null() } else { memory.as_ptr().cast() },
        7 => workspace = if input.arbitrary()? { ptr::null_mut() } else { verifier.cast_mut().cast() },
        _ => {}
    }
    let crooked = Memory::new(size_of::<cba_request>() + 1);
    let mut call = ptr::from_ref(&request);
    if kind == 8 {
        call = crooked.as_ptr().wrapping_add(1).cast();
    }
    let mut outputs = Outputs::dirty();
    unsafe {
        cba_authenticate(
            verifier,
            call,
            workspace,
            &mut outputs.decision,
            &mut outputs.device,
            &mut outputs.audit,
        )
    };
    outputs.check(&request);
    let off = request.mode == CBA_MODE_OFF && kind != 8;
    // A list of nothing may be anywhere.
    let harmless = kind == 4 && request.presented_len == 0;
    assert!(harmless || !outputs.lets_in(), "let in by misuse {kind}");
    assert!(harmless || off == (outputs.decision.verdict == CBA_DISABLED), "misuse {kind}");
    if matches!(kind, 0 | 2 | 3 | 6 | 7 | 8) && !off && request.mode <= CBA_MODE_SECONDARY {
        let misused = [CBA_STATUS_NULL_POINTER, CBA_STATUS_INVALID_ARGUMENT, CBA_STATUS_NOT_INITIALIZED];
        assert!(outputs.decision.reason < 100 && misused.contains(&outputs.decision.reason), "misuse {kind}");
        assert!(memory.bytes() == untouched, "misuse {kind} wrote to the workspace");
    }
    Ok(())
}

fn check_against_core(
    setup: &Setup,
    request: &cba_request,
    leaf: &[u8],
    presented: &[Vec<u8>],
    login_id: &[u8],
    got: &Outputs,
) {
    let expected = setup.with_core(|verifier, options| -> Result<Decision, Error> {
        let enable = request.mode != CBA_MODE_OFF;
        if !enable {
            return Ok(Decision::Disabled);
        }
        if leaf.is_empty() {
            return Err(cba_core::ErrorKind::NoCertificate.into());
        }
        let leaf = Certificate::from_der(leaf)?;
        let mut read = Vec::new();
        for (index, der) in presented.iter().enumerate() {
            read.push(Certificate::from_der(der).map_err(|error| error.with_depth(index as u8 + 1))?);
        }
        let mut workspace = Workspace::new();
        let path = verifier.verify(&leaf, &read, UnixTime(request.time), &mut workspace)?;
        let credential = Credential::from_identity(&Identity::from_path(&path, options)?)?;
        let check = if request.mode == CBA_MODE_PRIMARY {
            CertificateCheck::Primary
        } else {
            CertificateCheck::Secondary
        };
        let possession = if request.possession == 1 { Possession::ProvenByTls } else { Possession::Unproven };
        let typed =
            if login_id.is_empty() { None } else { Some(std::str::from_utf8(login_id).unwrap_or("?")) };
        Ok(decide(&Settings { enable, check }, &credential, possession, UnixTime(request.time), typed))
    });
    let Some(expected) = expected else {
        return assert!(!setup.is_whole(), "the verifier was prepared");
    };
    let expected = expected.unwrap_or_else(Decision::Refused);
    let verdict = match &expected {
        Decision::Refused(error) => {
            assert_eq!(got.decision.reason, u32::from(error.kind.code()));
            assert_eq!((got.decision.depth, got.decision.offset), (u32::from(error.depth), error.offset));
            CBA_REFUSED
        }
        Decision::Disabled => CBA_DISABLED,
        Decision::ContinueWithPassword { .. } => CBA_CONTINUE_WITH_PASSWORD,
        Decision::Login { .. } => CBA_LOGIN,
    };
    assert_eq!(got.decision.verdict, verdict);
    let email = expected.principal().map_or("", |principal| principal.email().as_str());
    assert_eq!(&got.decision.email[..got.decision.email_len as usize], email.as_bytes());
}

struct Outputs {
    decision: cba_decision,
    device: cba_device,
    audit: cba_audit,
}

impl Outputs {
    /// With what a caller left there: all of it must be overwritten.
    fn dirty() -> Self {
        // SAFETY: integers and raw pointers.
        unsafe {
            let mut outputs = std::mem::MaybeUninit::<Self>::uninit();
            ptr::write_bytes(outputs.as_mut_ptr().cast::<u8>(), 0xa5, size_of::<Self>());
            outputs.assume_init()
        }
    }

    fn lets_in(&self) -> bool {
        matches!(self.decision.verdict, CBA_CONTINUE_WITH_PASSWORD | CBA_LOGIN)
    }

    fn check(&self, request: &cba_request) {
        let decision = &self.decision;
        check_status(decision.reason);
        assert!(decision.verdict <= CBA_LOGIN);
        assert_eq!(decision.verdict == CBA_REFUSED, decision.reason != CBA_OK);
        assert_eq!(decision.email_len != 0, self.lets_in());
        let email = &decision.email[..decision.email_len as usize];
        assert!(
            email.iter().all(u8::is_ascii_graphic)
                && decision.email[email.len()..].iter().all(|&byte| byte == 0)
        );
        assert_eq!((self.audit.verdict, self.audit.reason), (decision.verdict, decision.reason));
        assert!(self.audit.serial_len <= 21);
        if self.lets_in() {
            assert_eq!(request.possession, CBA_POSSESSION_PROVEN_BY_TLS, "let in without possession");
            assert!(request.time <= self.device.not_after, "let in after the end");
        }
        let [login, password] = unsafe { [cba_login_email(decision), cba_password_email(decision)] };
        assert_eq!(login.len != 0, decision.verdict == CBA_LOGIN);
        assert_eq!(password.len != 0, decision.verdict == CBA_CONTINUE_WITH_PASSWORD);
    }
}

/// What reads texts: whatever the bytes and the room.
fn texts(input: &mut Unstructured<'_>) -> arbitrary::Result<()> {
    if !input.ratio(1, 4)? {
        return Ok(());
    }
    let text = material::text(input)?;
    let room = Memory::new(input.int_in_range(0..=300)?);
    let mut len = 99;
    match input.int_in_range(0..=3)? {
        0 => {
            let mut mode = 7;
            let status = unsafe { cba_mode_from_config(span(&text), &mut mode, ptr::null_mut()) };
            check_status(status);
            assert!(mode <= CBA_MODE_OFF && (status == CBA_OK) == (mode != CBA_MODE_UNSET));
        }
        1 | 2 => {
            let name: &[u8] = if input.ratio(1, 8)? { input.bytes(3)? } else { b"login_id" };
            let read = if input.arbitrary()? { cba_json_string } else { cba_form_field };
            let status = unsafe { read(span(&text), span(name), room.as_ptr(), room.len(), &mut len) };
            check_status(status);
            assert!(len <= room.len() && (status == CBA_OK || len == 0));
        }
        _ => {
            let mut rest = span(&text);
            for _ in 0..=text.len() {
                let before = rest.len;
                let status = unsafe { cba_pem_decode(&mut rest, room.as_ptr(), room.len(), &mut len) };
                check_status(status);
                assert!(len <= room.len());
                if status != CBA_OK || len == 0 {
                    break;
                }
                assert!(rest.len < before, "the bundle does not end");
            }
        }
    }
    Ok(())
}

fn check_status(status: cba_status) {
    let text = unsafe { CStr::from_ptr(cba_status_str(status)) };
    assert!(!text.is_empty() && text != c"unknown status", "{status}");
}

fn span(bytes: &[u8]) -> cba_span {
    cba_span { ptr: if bytes.is_empty() { ptr::null() } else { bytes.as_ptr() }, len: bytes.len() }
}

/// Whether a structure of that size is the present one, or a newer one that appended nothing but zeros.
fn is_whole<T>(size: usize) -> bool {
    size >= size_of::<T>() && size.is_multiple_of(align_of::<T>())
}

/// A structure cut off or continued with zeros, in memory of exactly that size, saying that size of itself.
fn sized<T: Copy>(structure: &T, size: usize) -> Memory {
    let memory = Memory::new(size.max(size_of::<usize>()));
    let known = memory.len().min(size_of::<T>());
    // SAFETY: `known` bytes are in both; the size is the first field.
    unsafe {
        ptr::copy_nonoverlapping(ptr::from_ref(structure).cast::<u8>(), memory.as_ptr(), known);
        memory.as_ptr().cast::<usize>().write(size);
    }
    memory
}
