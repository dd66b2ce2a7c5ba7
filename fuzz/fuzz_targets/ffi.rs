//! The C ABI: structured calls with hostile lengths, flags, sizes and contents. Everything that is handed over lies
//! in memory of exactly its size, so that AddressSanitizer sees every byte too far. What comes out is held
//! against the core, called directly.

#![no_main]

use cba_core::config::{CertificateCheck, Settings};
use cba_core::identity::{
    DeviceIdentity, DeviceNameKind, EmailSources, Identity, IdentityOptions, LocalPart, LocalPartCase,
};
use cba_core::limits::Limits;
use cba_core::login::{AuditRecord, Credential, Decision, Possession, decide};
use cba_core::path::{
    Denied, DenyList, EmailDomains, PathOptions, TrustAnchor, TrustAnchors, Verifier, Workspace,
};
use cba_core::signature::{Ring, Strength};
use cba_core::{Certificate, Error, UnixTime};
use cba_ffi::*;
use cba_fuzz::abi::{self, DIRTY_FAULT, Outputs, check_status, is_whole, sized, span};
use cba_fuzz::material::{self, Bundle, Memory};
use cba_fuzz::{misuse, texts};
use libfuzzer_sys::arbitrary::{self, Unstructured};
use libfuzzer_sys::fuzz_target;
use std::ptr;

fuzz_target!(|bytes: &[u8]| {
    let mut input = Unstructured::new(bytes);
    let _ = run(&mut input);
});

fn run(input: &mut Unstructured<'_>) -> arbitrary::Result<()> {
    if input.ratio(1, 4)? {
        texts::check(input)?;
    }
    let setup = Setup::draw(input)?;
    let Some(verifier) = setup.prepare(input)? else {
        return Ok(());
    };
    let before = verifier.bytes().to_vec();
    for _ in 0..=input.int_in_range(0..=2)? {
        attempt(input, &setup, &verifier)?;
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
        let good = config;
        let config = sized(&config, self.size);

        let (mut size, mut fault) = (1, DIRTY_FAULT);
        let status = unsafe { cba_verifier_size(config.as_ptr().cast(), &mut size, &mut fault) };
        self.check_fault(status, &fault);
        if status != CBA_OK {
            assert_eq!(size, 0);
            return Ok(None);
        }
        if self.size == size_of::<cba_verifier_config>() && input.ratio(1, 8)? {
            misuse::configuration(input, &good, size)?;
        }
        let init = |memory: *mut u8, len: usize| {
            let (mut verifier, mut fault) = (ptr::null(), DIRTY_FAULT);
            let status = unsafe {
                cba_verifier_init(memory.cast(), len, config.as_ptr().cast(), &mut verifier, &mut fault)
            };
            self.check_fault(status, &fault);
            assert_eq!(verifier, if status == CBA_OK { memory.cast() } else { ptr::null_mut() });
            status
        };
        let short = input.int_in_range(0..=size - 1)?;
        let memory = Memory::new(short);
        assert_eq!(init(memory.as_ptr(), short), CBA_STATUS_MEMORY_TOO_SMALL);
        let memory = Memory::new(size);
        assert_eq!(init(unsafe { memory.as_ptr().add(1) }, size - 1), CBA_STATUS_MISALIGNED);
        memory.fill(&vec![0xa5; size]);
        let status = init(memory.as_ptr(), size);
        assert_ne!(status, CBA_STATUS_MEMORY_TOO_SMALL);
        let handle: *const cba_verifier = memory.as_ptr().cast();
        let built = self.with_core(|verifier, _| verifier.anchors.as_slice().len());
        match built {
            // Sizes and limits out of range were refused before.
            Some(anchors) => {
                assert_eq!(status, CBA_OK, "not prepared from what the core can read");
                assert_eq!(unsafe { cba_verifier_anchors(handle) }, anchors);
            }
            None => assert!(status != CBA_OK || !self.is_whole(), "prepared from what the core cannot read"),
        }
        if status != CBA_OK {
            assert_eq!(unsafe { cba_verifier_anchors(handle) }, 0, "half a verifier is one");
            return Ok(None);
        }
        // A copy elsewhere is no verifier.
        let copy = Memory::new(size);
        copy.fill(memory.bytes());
        assert_eq!(unsafe { cba_verifier_anchors(copy.as_ptr().cast()) }, 0);
        Ok(Some(memory))
    }

    /// A fault is filled whole, and lies within the configuration.
    fn check_fault(&self, status: cba_status, fault: &cba_fault) {
        check_status(status);
        assert_eq!(fault.status, status);
        let index = fault.index as usize;
        let fault_in = |file: &[u8]| assert!(fault.offset as usize <= file.len());
        match fault.part {
            CBA_PART_WHOLE => assert_eq!((fault.index, fault.item, fault.offset), (0, 0, 0)),
            CBA_PART_TRUSTED => fault_in(self.trusted[index].0.bytes()),
            CBA_PART_INTERMEDIATES => fault_in(self.intermediates[index].bytes()),
            CBA_PART_DENIED => fault_in(&self.denied[index]),
            CBA_PART_EMAIL_DOMAINS => {
                let domains = self.trusted[index].1.as_ref().map_or(0, Vec::len);
                assert!((fault.item as usize) < domains.max(1));
            }
            part => panic!("there is no part {part}"),
        }
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
                ..limits
            },
            signatures: &Ring,
            status: None,
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
fn attempt(input: &mut Unstructured<'_>, setup: &Setup, verifier: &Memory) -> arbitrary::Result<()> {
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
    if input.ratio(1, 8)? {
        misuse::request(input, &request, verifier)?;
    }
    let size = if input.ratio(1, 16)? { input.int_in_range(0..=200)? } else { size_of::<cba_request>() };
    let sized_request = sized(&request, size);
    let whole = is_whole::<cba_request>(size);
    let room = input.int_in_range(0..=4)?;
    let memory = workspace(input, CBA_WORKSPACE_BASE_SIZE + room * CBA_CERTIFICATE_SIZE)?;
    let workspace = memory.as_ptr().cast();
    let verifier = verifier.as_ptr().cast_const().cast();

    let call: *const cba_request = sized_request.as_ptr().cast();
    let crooked = input.ratio(1, 16)?;
    let one = Outputs::of(crooked, |decision, device, audit| unsafe {
        cba_authenticate(verifier, call, workspace, decision, device, audit);
    });
    let mut credential = cba_credential { opaque: [std::mem::MaybeUninit::new(!0); CBA_CREDENTIAL_WORDS] };
    let two = Outputs::of(crooked, |decision, device, audit| unsafe {
        // Again in the same workspace: it is free.
        cba_identify(verifier, call, workspace, &mut credential, device, audit);
        let moved = credential;
        cba_decide(&moved, call, decision, audit);
    });
    one.check(&request);
    check_alike(&one, &two);
    // Nobody need take an outcome.
    unsafe {
        cba_authenticate(verifier, call, workspace, ptr::null_mut(), ptr::null_mut(), ptr::null_mut());
        cba_decide(&credential, call, ptr::null_mut(), ptr::null_mut());
    }
    for time in [i64::MIN, i64::MAX] {
        let out_of_date = cba_request { time, ..request };
        let late = Outputs::of(false, |decision, _, audit| unsafe {
            *audit = two.audit;
            cba_decide(&credential, &out_of_date, decision, audit);
        });
        assert!(!late.lets_in() || two.device.not_after == time, "let in outside of all dates");
    }
    // Signatures are real ones.
    assert!(!one.lets_in() || material::is_genuine(&leaf), "let in with a leaf that nobody signed");

    if whole {
        check_audit(&one.audit, &leaf);
        let sensible = (CBA_MODE_PRIMARY..=CBA_MODE_OFF).contains(&request.mode) && request.possession <= 1;
        if sensible && presented.len() <= room {
            check_against_core(setup, &request, &leaf, &presented, &login_id, &one);
        }
    } else {
        assert!(!one.lets_in() || size == std::mem::offset_of!(cba_request, login_id));
    }
    Ok(())
}

/// A workspace of exactly `len` bytes, made of what lay there before; and what is none.
fn workspace(input: &mut Unstructured<'_>, len: usize) -> arbitrary::Result<Memory> {
    let memory = Memory::new(len);
    memory.fill(&vec![input.arbitrary()?; len]);
    let mut workspace = ptr::NonNull::dangling().as_ptr();
    let mut init =
        |memory: *mut u8, len| unsafe { (cba_workspace_init(memory.cast(), len, &mut workspace), workspace) };
    let short = Memory::new(input.int_in_range(0..=CBA_WORKSPACE_BASE_SIZE)?);
    let (status, made) = init(short.as_ptr(), short.len());
    assert!(matches!(status, CBA_OK | CBA_STATUS_MEMORY_TOO_SMALL));
    assert_eq!(made.is_null(), status != CBA_OK);
    let crooked = init(memory.as_ptr().wrapping_add(1), len - 1);
    assert_eq!(crooked, (CBA_STATUS_MISALIGNED, ptr::null_mut()));
    assert_eq!(init(memory.as_ptr(), len), (CBA_OK, memory.as_ptr().cast()));
    Ok(memory)
}

/// In two steps as in one.
fn check_alike(one: &Outputs, two: &Outputs) {
    let (a, b) = (&one.decision, &two.decision);
    assert_eq!((a.verdict, a.email_len, a.email), (b.verdict, b.email_len, b.email));
    assert_eq!((a.reason, a.depth, a.offset), (b.reason, b.depth, b.offset));
    let (a, b) = (&one.audit, &two.audit);
    assert_eq!((a.verdict, a.reason, a.depth, a.offset), (b.verdict, b.reason, b.depth, b.offset));
    assert_eq!((a.has_fingerprint, a.fingerprint), (b.has_fingerprint, b.fingerprint));
    assert_eq!((a.has_issuer, a.issuer), (b.has_issuer, b.issuer));
    assert_eq!((a.serial_len, a.serial), (b.serial_len, b.serial));
    if one.lets_in() {
        let (a, b) = (&one.device, &two.device);
        assert_eq!((a.fingerprint, a.public_key_hash), (b.fingerprint, b.public_key_hash));
        assert_eq!((a.not_after, a.name_kind), (b.not_after, b.name_kind));
        for (a, b) in [(a.serial, b.serial), (a.issuer, b.issuer), (a.subject, b.subject), (a.name, b.name)] {
            assert_eq!((a.ptr, a.len), (b.ptr, b.len));
        }
    }
}

/// What a log says of the leaf, whatever was decided.
fn check_audit(audit: &cba_audit, leaf: &[u8]) {
    let der = (!leaf.is_empty()).then_some(leaf);
    let certificate = der.and_then(|der| Certificate::from_der(der).ok());
    let record = AuditRecord::new(der, certificate.as_ref());
    assert_eq!(audit.has_fingerprint, record.fingerprint.is_some().into());
    assert_eq!(audit.fingerprint, record.fingerprint.unwrap_or_default());
    assert_eq!(audit.has_issuer, record.issuer.is_some().into());
    assert_eq!(audit.issuer, record.issuer.unwrap_or_default());
    assert_eq!(&audit.serial[..audit.serial_len as usize], record.serial());
}

/// The device as the core has it, in spans of the leaf.
fn check_device(got: &cba_device, expected: DeviceIdentity<'_>, leaf: &Certificate<'_>) {
    assert_eq!(got.fingerprint, expected.fingerprint());
    assert_eq!(got.public_key_hash, expected.public_key_hash());
    let name = expected.name();
    let kind = match name.map(|name| name.kind) {
        None => CBA_DEVICE_NONE,
        Some(DeviceNameKind::SerialNumber) => CBA_DEVICE_SERIAL_NUMBER,
        Some(DeviceNameKind::Uri) => CBA_DEVICE_URI,
        Some(DeviceNameKind::DnsName) => CBA_DEVICE_DNS_NAME,
        Some(DeviceNameKind::CommonName) => CBA_DEVICE_COMMON_NAME,
    };
    assert_eq!(got.name_kind, kind);
    let parts = [
        (got.serial, expected.serial().as_bytes()),
        (got.issuer, expected.issuer()),
        (got.subject, leaf.subject().der()),
        (got.name, name.map_or(&[][..], |name| name.value)),
    ];
    for (span, expected) in parts {
        // SAFETY: they lie in the leaf.
        assert_eq!(unsafe { abi::bytes(span) }, expected);
        assert!(span.len == 0 || leaf.der().as_ptr_range().contains(&span.ptr));
    }
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
        let identity = Identity::from_path(&path, options)?;
        let credential = Credential::from_identity(&identity)?;
        if got.lets_in() {
            check_device(&got.device, identity.device(), &leaf);
            assert_eq!(got.device.not_after, credential.not_after().0);
        }
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
