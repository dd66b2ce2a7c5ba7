//! The verifier: prepared once, in memory of the caller, then read-only.

use crate::arena::{Arena, Filling};
use crate::bundle::{Bytes, Item, certificates, crls};
use crate::config::{
    CBA_PART_CRLS, CBA_PART_DENIED, CBA_PART_EMAIL_DOMAINS, CBA_PART_INTERMEDIATES, CBA_PART_POLICIES,
    CBA_PART_PURPOSE, CBA_PART_TRUSTED, cba_fault, cba_trusted, cba_verifier_config,
};
use crate::sized::SizedStruct;
use crate::sizes::{
    CBA_CERTIFICATE_SIZE, CBA_VERIFIER_ALIGN, CBA_VERIFIER_ANCHOR_SIZE, CBA_VERIFIER_BASE_SIZE,
    CBA_VERIFIER_CRL_ENTRY_SIZE, CBA_VERIFIER_CRL_SIZE, CBA_VERIFIER_DENIED_SIZE, CBA_VERIFIER_DOMAIN_SIZE,
    CBA_VERIFIER_POLICY_SIZE,
};
use crate::span::{cba_span, is_length, list, store};
use crate::status::{
    CBA_STATUS_INVALID_ARGUMENT, CBA_STATUS_MEMORY_TOO_SMALL, CBA_STATUS_MISALIGNED,
    CBA_STATUS_NO_CERTIFICATES, CBA_STATUS_NOT_INITIALIZED, CBA_STATUS_NULL_POINTER, cba_status,
};
use cba_core::der::oid;
use cba_core::email::EmailDomains;
use cba_core::identity::IdentityOptions;
use cba_core::path::{Denied, DenyList, Purpose, TrustAnchor, TrustAnchors, Verifier, Workspace};
use cba_core::revocation::{Crl, IndexEntry, IndexKey, RevocationOptions, VerifiedCrl};
use cba_core::signature::SignatureVerifier;
use cba_core::{Certificate, Error, ErrorKind, UnixTime};
use core::ffi::c_void;
use core::ptr;

#[cfg(not(any(feature = "ring", feature = "compact")))]
compile_error!("a signature backend is needed: feature `ring` or `compact`");

#[cfg(feature = "ring")]
static SIGNATURES: &(dyn SignatureVerifier + Sync) = &cba_core::signature::Ring;
#[cfg(all(feature = "compact", not(feature = "ring")))]
static SIGNATURES: &(dyn SignatureVerifier + Sync) = &cba_core::signature::Compact;

/// How many lists a verifier has behind its base.
const LISTS: usize = 9;

const _: () = {
    assert!(align_of::<cba_verifier>() <= CBA_VERIFIER_ALIGN);
    assert!(align_of::<TrustAnchor<'_>>() <= CBA_VERIFIER_ALIGN);
    assert!(align_of::<Certificate<'_>>() <= CBA_VERIFIER_ALIGN);
    assert!(align_of::<Denied>() <= CBA_VERIFIER_ALIGN && align_of::<&str>() <= CBA_VERIFIER_ALIGN);
    // Lists follow the base, each behind at most seven bytes of padding.
    assert!(size_of::<cba_verifier>() + LISTS * (CBA_VERIFIER_ALIGN - 1) <= CBA_VERIFIER_BASE_SIZE);
    assert!(
        align_of::<VerifiedCrl<'_>>() <= CBA_VERIFIER_ALIGN && align_of::<IndexEntry>() <= CBA_VERIFIER_ALIGN
    );
    assert!(align_of::<CrlPlace>() <= CBA_VERIFIER_ALIGN);
    assert!(size_of::<VerifiedCrl<'_>>() + size_of::<CrlPlace>() <= CBA_VERIFIER_CRL_SIZE);
    assert!(size_of::<IndexEntry>() == CBA_VERIFIER_CRL_ENTRY_SIZE);
    assert!(size_of::<&[u8]>() <= CBA_VERIFIER_POLICY_SIZE);
    assert!(size_of::<TrustAnchor<'_>>() <= CBA_VERIFIER_ANCHOR_SIZE);
    assert!(size_of::<Certificate<'_>>() <= CBA_CERTIFICATE_SIZE);
    assert!(size_of::<Denied>() <= CBA_VERIFIER_DENIED_SIZE);
    assert!(size_of::<&str>() <= CBA_VERIFIER_DOMAIN_SIZE);
};

/// Everything a login is judged by. It lies in memory of the caller, must not be moved, and is read-only
/// once it is prepared: any number of threads may use one at the same time.
// cbindgen, which does not see the layout here, leaves the type opaque.
#[cfg_attr(true, repr(C))]
pub struct cba_verifier {
    /// First, so that nothing else is read of memory that is not a verifier, and may be smaller.
    tag: usize,
    pub(crate) verifier: Verifier<'static>,
    pub(crate) identity: IdentityOptions,
    /// What is asked of revocation; `None` is nothing.
    pub(crate) revocation: Option<RevocationOptions>,
    pub(crate) crls: &'static [VerifiedCrl<'static>],
    /// Where each of them stood.
    crl_places: &'static [CrlPlace],
}

impl cba_verifier {
    const fn replaced(&self) -> Replaced<'_> {
        Replaced { crls: self.crls, places: self.crl_places }
    }

    /// What `tag` is in a verifier at this address: not that of memory that was never one, nor of a copy.
    fn tag_at(at: *const Self) -> usize {
        const TAG: u64 = 0x6362_615f_7665_7269;
        // The lower half is enough where pointers are short.
        #[allow(clippy::cast_possible_truncation, reason = "see above")]
        let tag = TAG as usize;
        at.addr() ^ tag
    }

    /// # Safety
    /// 1. `at` is NULL, or points to a verifier, or to other memory of which one word can be read.
    pub(crate) unsafe fn get<'a>(at: *const Self) -> Result<&'a Self, cba_status> {
        if at.is_null() {
            return Err(CBA_STATUS_NULL_POINTER);
        }
        if !at.is_aligned() {
            return Err(CBA_STATUS_NOT_INITIALIZED);
        }
        // SAFETY: not NULL, aligned; the tag comes first, and is readable by 1.
        if unsafe { ptr::addr_of!((*at).tag).read() } != Self::tag_at(at) {
            return Err(CBA_STATUS_NOT_INITIALIZED);
        }
        // SAFETY: the tag is written last, when all else is.
        Ok(unsafe { &*at })
    }
}

/// Says in `size` how many bytes a verifier of this configuration needs, at an alignment of
/// CBA_VERIFIER_ALIGN. Reads every bundle; certificates themselves are read by cba_verifier_init.
///
/// Returns CBA_OK or a status; `size` is 0 then, and `fault`, which may be NULL, says where.
///
/// # Safety
/// `config` points to a configuration, all of whose spans can be read; `size` and `fault` can be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cba_verifier_size(
    config: *const cba_verifier_config,
    size: *mut usize,
    fault: *mut cba_fault,
) -> cba_status {
    // SAFETY: by the contract of this function.
    let outcome = unsafe { Parts::read(config) }.and_then(|parts| Needs::of(&parts)?.size());
    // SAFETY: by the contract of this function.
    unsafe {
        store(size, *outcome.as_ref().unwrap_or(&0));
        let found = match outcome {
            Ok(_) if size.is_null() => cba_fault::whole(CBA_STATUS_NULL_POINTER),
            Ok(_) => cba_fault::NONE,
            Err(found) => found,
        };
        store(fault, found);
        found.status
    }
}

/// Prepares a verifier in `memory`, and gives it in `verifier`.
///
/// Everything is copied into `memory` (certificates in DER unless CBA_BORROW_DER is set): `config` and
/// what it points to may go when the call returns. `memory` is the caller's, lives as long as the
/// verifier, and is freed by the caller as it was allocated; there is nothing to release. It must not be
/// moved or written to. Work is bounded by the size of the configuration.
///
/// Returns CBA_OK, or a status: `verifier` is NULL then, `memory` is of no use, and `fault`, which may be
/// NULL, says where.
///
/// # Safety
/// `len` bytes at `memory` can be written and are used by nobody else, threads that use an older verifier
/// there included; the rest as for cba_verifier_size.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cba_verifier_init(
    memory: *mut c_void,
    len: usize,
    config: *const cba_verifier_config,
    verifier: *mut *const cba_verifier,
    fault: *mut cba_fault,
) -> cba_status {
    // SAFETY: by the contract of this function.
    unsafe {
        store(verifier, ptr::null());
        let outcome = if verifier.is_null() {
            Err(cba_fault::whole(CBA_STATUS_NULL_POINTER))
        } else {
            prepare(memory.cast(), len, config)
        };
        let found = outcome.err().unwrap_or(cba_fault::NONE);
        if let Ok(prepared) = outcome {
            store(verifier, prepared);
        }
        store(fault, found);
        found.status
    }
}

/// The number of trust anchors; 0 for what is no verifier.
///
/// # Safety
/// `verifier` is NULL or points to a verifier.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cba_verifier_anchors(verifier: *const cba_verifier) -> usize {
    // SAFETY: by the contract of this function.
    unsafe { cba_verifier::get(verifier) }.map_or(0, |verifier| verifier.verifier.anchors.as_slice().len())
}

/// # Safety
/// As for `cba_verifier_init`.
unsafe fn prepare(
    memory: *mut u8,
    len: usize,
    config: *const cba_verifier_config,
) -> Result<*const cba_verifier, cba_fault> {
    let header = memory.cast::<cba_verifier>();
    if memory.is_null() {
        return Err(cba_fault::whole(CBA_STATUS_NULL_POINTER));
    }
    if memory.align_offset(CBA_VERIFIER_ALIGN) != 0 {
        return Err(cba_fault::whole(CBA_STATUS_MISALIGNED));
    }
    if !is_length(len) {
        return Err(cba_fault::whole(CBA_STATUS_INVALID_ARGUMENT));
    }
    // SAFETY: by the contract of this function.
    let parts = unsafe { Parts::read(config) }?;
    // What is replaced is still read while this is written.
    if (memory.addr()..memory.addr().saturating_add(len)).contains(&parts.replaces_at) {
        return Err(cba_fault::whole(CBA_STATUS_INVALID_ARGUMENT));
    }
    let needs = Needs::of(&parts)?;
    if len < needs.size()? {
        return Err(cba_fault::whole(CBA_STATUS_MEMORY_TOO_SMALL));
    }
    // SAFETY: there is room for the header, and nobody else uses the memory. What was a verifier here is
    // none any more.
    let mut arena = unsafe {
        ptr::addr_of_mut!((*header).tag).write(0);
        Arena::new(memory, len)
    };
    let too_small = cba_fault::whole(CBA_STATUS_MEMORY_TOO_SMALL);
    arena.take::<cba_verifier>(1).ok_or(too_small)?;
    let mut filler = Filler {
        borrow: parts.borrow_der,
        anchors: Filling::new(arena.take(needs.anchors).ok_or(too_small)?),
        intermediates: Filling::new(arena.take(needs.intermediates).ok_or(too_small)?),
        denied: Filling::new(arena.take(needs.denied).ok_or(too_small)?),
        domains: arena.take(needs.domains).ok_or(too_small)?,
        policies: Filling::new(arena.take(needs.policies).ok_or(too_small)?),
        crls: Filling::new(arena.take(needs.crls).ok_or(too_small)?),
        places: Filling::new(arena.take(needs.crls).ok_or(too_small)?),
        index: arena.take(needs.index_entries).ok_or(too_small)?,
        bytes: Bytes(arena.take_bytes(needs.bytes).ok_or(too_small)?),
    };
    filler.fill(&parts)?;
    let mut options = parts.path_options;
    options.purpose = filler.purpose(&parts)?;
    let policies = filler.policies.finish();
    if !policies.is_empty() {
        options.policies.user_initial_policy_set = Some(policies);
    }
    let verifier = Verifier {
        anchors: TrustAnchors::new(filler.anchors.finish()),
        intermediates: filler.intermediates.finish(),
        denied: DenyList::new(filler.denied.finish()),
        options,
        limits: parts.limits,
        signatures: SIGNATURES,
        status: None,
    };
    let crls = CrlFiller {
        verifier: &verifier,
        parts: &parts,
        crls: filler.crls,
        places: filler.places,
        index: filler.index,
        bytes: filler.bytes,
    };
    let (crls, crl_places) = crls.fill()?;
    let (identity, revocation) = (parts.identity, parts.revocation);
    let prepared = cba_verifier { tag: 0, verifier, identity, revocation, crls, crl_places };
    // SAFETY: there is room for the header; the tag, which makes it a verifier, comes last.
    unsafe {
        header.write(prepared);
        ptr::addr_of_mut!((*header).tag).write(cba_verifier::tag_at(header));
    }
    Ok(header)
}

/// The CRLs of a verifier that is in force.
struct Replaced<'c> {
    crls: &'c [VerifiedCrl<'static>],
    places: &'c [CrlPlace],
}

/// A configuration whose pointers were checked.
struct Parts<'c> {
    trusted: &'c [cba_trusted],
    intermediates: &'c [cba_span],
    denied: &'c [cba_span],
    policies: &'c [cba_span],
    purpose: cba_span,
    crls: &'c [cba_span],
    replaces: Replaced<'c>,
    /// The address of the verifier that holds them.
    replaces_at: usize,
    borrow_der: bool,
    borrow_crls: bool,
    index_key: Option<IndexKey>,
    time: UnixTime,
    revocation: Option<RevocationOptions>,
    identity: IdentityOptions,
    path_options: cba_core::path::PathOptions<'static>,
    limits: cba_core::limits::Limits,
}

impl<'c> Parts<'c> {
    /// # Safety
    /// 1. `config` is NULL or points to a configuration whose lists can be read for as long as `'c`.
    unsafe fn read(config: *const cba_verifier_config) -> Result<Self, cba_fault> {
        let read = || {
            // SAFETY: 1. by the contract of this function.
            unsafe {
                let config = cba_verifier_config::read(config)?;
                Ok(Self {
                    trusted: list(config.trusted, config.trusted_len)?,
                    intermediates: list(config.intermediates, config.intermediates_len)?,
                    denied: list(config.denied, config.denied_len)?,
                    policies: list(config.policies, config.policies_len)?,
                    purpose: config.purpose,
                    crls: list(config.crls, config.crls_len)?,
                    replaces: match config.replaces.is_null() {
                        true => Replaced { crls: &[], places: &[] },
                        false => cba_verifier::get(config.replaces)?.replaced(),
                    },
                    replaces_at: config.replaces.addr(),
                    borrow_der: config.borrows_der(),
                    borrow_crls: config.borrows_crls(),
                    index_key: config.index_key(),
                    time: UnixTime(config.time),
                    revocation: config.revocation()?,
                    identity: config.identity()?,
                    path_options: config.path_options()?,
                    limits: config.limits()?,
                })
            }
        };
        read().map_err(cba_fault::whole)
    }

    /// The domains of an anchor, or `None` for every domain.
    fn domains(
        &self,
        index: usize,
        trusted: &cba_trusted,
    ) -> Result<Option<impl Iterator<Item = Result<&'c [u8], cba_fault>> + use<'c>>, cba_fault> {
        let at = move |status, item| cba_fault::at(status, CBA_PART_EMAIL_DOMAINS, index, item);
        if trusted.email_domains.is_null() && trusted.email_domains_len == 0 {
            return Ok(None);
        }
        // SAFETY: `read`'s 1. covers what the lists point to.
        let domains = unsafe { list(trusted.email_domains, trusted.email_domains_len) };
        let domains = domains.map_err(|status| at(status, 0))?;
        if domains.is_empty() {
            // No domain at all would be an anchor for nothing: more likely a mistake.
            return Err(at(CBA_STATUS_INVALID_ARGUMENT, 0));
        }
        let read = move |(item, domain): (usize, &cba_span)| {
            // SAFETY: as above.
            unsafe { domain.bytes() }.map_err(|status| at(status, item))
        };
        Ok(Some(domains.iter().enumerate().map(read)))
    }
}

/// The text of an OBJECT IDENTIFIER.
fn dotted<'c>(text: &cba_span, part: u32, index: usize) -> Result<&'c str, cba_fault> {
    let at = |status| cba_fault::at(status, part, index, 0);
    // SAFETY: `Parts::read`'s 1. covers what the lists point to.
    let text: &'c [u8] = unsafe { text.bytes() }.map_err(at)?;
    core::str::from_utf8(text).map_err(|_| at(CBA_STATUS_INVALID_ARGUMENT))
}

/// The entries of a deny list.
fn entries<'c>(
    text: &cba_span,
    index: usize,
) -> Result<impl Iterator<Item = Result<Denied, cba_fault>> + use<'c>, cba_fault> {
    // SAFETY: `Parts::read`'s 1. covers what the lists point to.
    let text: &'c [u8] =
        unsafe { text.bytes() }.map_err(|status| cba_fault::at(status, CBA_PART_DENIED, index, 0))?;
    let located = move |(item, found): (usize, Result<Denied, Error>)| {
        found.map_err(|error| cba_fault::of(error, CBA_PART_DENIED, index, item))
    };
    Ok(Denied::parse(text).enumerate().map(located))
}

/// How much a configuration holds of each.
#[derive(Default)]
struct Needs {
    anchors: usize,
    intermediates: usize,
    denied: usize,
    domains: usize,
    policies: usize,
    crls: usize,
    index_entries: usize,
    bytes: usize,
}

impl Needs {
    fn of(parts: &Parts<'_>) -> Result<Self, cba_fault> {
        let mut needs = Self::default();
        for (index, trusted) in parts.trusted.iter().enumerate() {
            for item in certificates(&trusted.certificates, CBA_PART_TRUSTED, index)? {
                needs.add_bytes(item?.copied_len(parts.borrow_der));
                needs.anchors = needs.anchors.saturating_add(1);
            }
            for domain in parts.domains(index, trusted)?.into_iter().flatten() {
                needs.add_bytes(domain?.len());
                needs.domains = needs.domains.saturating_add(1);
            }
        }
        if needs.anchors == 0 {
            return Err(cba_fault::whole(CBA_STATUS_NO_CERTIFICATES));
        }
        for (index, bundle) in parts.intermediates.iter().enumerate() {
            for item in certificates(bundle, CBA_PART_INTERMEDIATES, index)? {
                needs.add_bytes(item?.copied_len(parts.borrow_der));
                needs.intermediates = needs.intermediates.saturating_add(1);
            }
        }
        for (index, text) in parts.denied.iter().enumerate() {
            for entry in entries(text, index)? {
                entry?;
                needs.denied = needs.denied.saturating_add(1);
            }
        }
        for (index, text) in parts.policies.iter().enumerate() {
            needs.add_bytes(dotted(text, CBA_PART_POLICIES, index)?.len());
            needs.policies = needs.policies.saturating_add(1);
        }
        needs.add_bytes(dotted(&parts.purpose, CBA_PART_PURPOSE, 0)?.len());
        for (index, bundle) in parts.crls.iter().enumerate() {
            for (number, item) in crls(bundle, index)?.enumerate() {
                let item = item?;
                needs.add_bytes(item.copied_len(parts.borrow_crls));
                needs.crls = needs.crls.saturating_add(1);
                if parts.index_key.is_some() {
                    let entries = item.index_entries(index, number)?;
                    needs.index_entries = needs.index_entries.saturating_add(entries);
                }
            }
        }
        Ok(needs)
    }

    fn add_bytes(&mut self, len: usize) {
        self.bytes = self.bytes.saturating_add(len);
    }

    /// The bytes that it all takes, with room for the padding of each list.
    fn size(&self) -> Result<usize, cba_fault> {
        let lists: [(usize, usize); LISTS] = [
            (self.anchors, size_of::<TrustAnchor<'_>>()),
            (self.intermediates, size_of::<Certificate<'_>>()),
            (self.denied, size_of::<Denied>()),
            (self.domains, size_of::<&str>()),
            (self.policies, size_of::<&[u8]>()),
            (self.crls, size_of::<VerifiedCrl<'_>>()),
            (self.crls, size_of::<CrlPlace>()),
            (self.index_entries, size_of::<IndexEntry>()),
            (self.bytes, 1),
        ];
        let mut size = size_of::<cba_verifier>();
        for (len, each) in lists {
            let list = len.checked_mul(each).and_then(|list| list.checked_add(CBA_VERIFIER_ALIGN - 1));
            let sum = list.and_then(|list| size.checked_add(list));
            size = sum.ok_or(cba_fault::whole(CBA_STATUS_INVALID_ARGUMENT))?;
        }
        Ok(size)
    }
}

/// The lists of a verifier while they are filled.
struct Filler {
    borrow: bool,
    anchors: Filling<'static, TrustAnchor<'static>>,
    intermediates: Filling<'static, Certificate<'static>>,
    denied: Filling<'static, Denied>,
    domains: &'static mut [core::mem::MaybeUninit<&'static str>],
    policies: Filling<'static, &'static [u8]>,
    crls: Filling<'static, VerifiedCrl<'static>>,
    places: Filling<'static, CrlPlace>,
    index: &'static mut [core::mem::MaybeUninit<IndexEntry>],
    bytes: Bytes,
}

impl Filler {
    fn fill(&mut self, parts: &Parts<'static>) -> Result<(), cba_fault> {
        let too_small = cba_fault::whole(CBA_STATUS_MEMORY_TOO_SMALL);
        for (index, trusted) in parts.trusted.iter().enumerate() {
            let domains = self.domains(parts, index, trusted)?;
            for (number, item) in certificates(&trusted.certificates, CBA_PART_TRUSTED, index)?.enumerate() {
                let certificate = self.certificate(item?, CBA_PART_TRUSTED, index, number)?;
                let anchor = TrustAnchor::from_certificate(&certificate)
                    .with_email_domains(domains)
                    .map_err(|error| cba_fault::of(error, CBA_PART_EMAIL_DOMAINS, index, 0))?;
                self.anchors.push(anchor).ok_or(too_small)?;
            }
        }
        for (index, bundle) in parts.intermediates.iter().enumerate() {
            for (number, item) in certificates(bundle, CBA_PART_INTERMEDIATES, index)?.enumerate() {
                let certificate = self.certificate(item?, CBA_PART_INTERMEDIATES, index, number)?;
                self.intermediates.push(certificate).ok_or(too_small)?;
            }
        }
        for (index, text) in parts.denied.iter().enumerate() {
            for entry in entries(text, index)? {
                self.denied.push(entry?).ok_or(too_small)?;
            }
        }
        for (index, text) in parts.policies.iter().enumerate() {
            let policy = self.oid(text, CBA_PART_POLICIES, index)?;
            self.policies.push(policy).ok_or(too_small)?;
        }
        Ok(())
    }

    fn purpose(&mut self, parts: &Parts<'static>) -> Result<Purpose<'static>, cba_fault> {
        if parts.purpose.len == 0 {
            return Ok(Purpose::ClientAuth);
        }
        Ok(match self.oid(&parts.purpose, CBA_PART_PURPOSE, 0)? {
            oid::ANY_EXTENDED_KEY_USAGE => Purpose::Any,
            purpose => Purpose::Oid(purpose),
        })
    }

    fn oid(&mut self, text: &cba_span, part: u32, index: usize) -> Result<&'static [u8], cba_fault> {
        let text = dotted(text, part, index)?;
        let to = self.bytes.take(text.len())?;
        oid::from_dotted(text, to).ok_or(cba_fault::at(CBA_STATUS_INVALID_ARGUMENT, part, index, 0))
    }

    fn certificate(
        &mut self,
        item: Item<'static>,
        part: u32,
        index: usize,
        number: usize,
    ) -> Result<Certificate<'static>, cba_fault> {
        let at = |error| cba_fault::of(error, part, index, number);
        let der = self.bytes.der(item, self.borrow, at)?;
        Certificate::from_der(der).map_err(at)
    }

    fn domains(
        &mut self,
        parts: &Parts<'static>,
        index: usize,
        trusted: &cba_trusted,
    ) -> Result<EmailDomains<'static>, cba_fault> {
        let Some(domains) = parts.domains(index, trusted)? else {
            return Ok(EmailDomains::Any);
        };
        let too_small = cba_fault::whole(CBA_STATUS_MEMORY_TOO_SMALL);
        let slots = core::mem::take(&mut self.domains);
        let (slots, rest) = slots.split_at_mut_checked(trusted.email_domains_len).ok_or(too_small)?;
        self.domains = rest;
        let mut list = Filling::new(slots);
        for (item, domain) in domains.enumerate() {
            let malformed =
                || cba_fault::of(ErrorKind::InvalidEmailDomain.into(), CBA_PART_EMAIL_DOMAINS, index, item);
            let text = core::str::from_utf8(self.bytes.copy(domain?)?).map_err(|_| malformed())?;
            EmailDomains::Only(&[text]).require_well_formed().map_err(|_| malformed())?;
            list.push(text).ok_or(too_small)?;
        }
        Ok(EmailDomains::Only(list.finish()))
    }
}

/// The CRLs of a verifier while they are verified.
struct CrlFiller<'f> {
    verifier: &'f Verifier<'static>,
    parts: &'f Parts<'static>,
    crls: Filling<'static, VerifiedCrl<'static>>,
    places: Filling<'static, CrlPlace>,
    index: &'static mut [core::mem::MaybeUninit<IndexEntry>],
    bytes: Bytes,
}

impl CrlFiller<'_> {
    fn fill(mut self) -> Result<(&'static [VerifiedCrl<'static>], &'static [CrlPlace]), cba_fault> {
        let too_small = cba_fault::whole(CBA_STATUS_MEMORY_TOO_SMALL);
        for (index, bundle) in self.parts.crls.iter().enumerate() {
            for (number, item) in crls(bundle, index)?.enumerate() {
                if let Some(crl) = self.crl(item?, index, number)? {
                    self.crls.push(crl).ok_or(too_small)?;
                    self.places.push(CrlPlace::new(index, number)).ok_or(too_small)?;
                }
            }
        }
        let (crls, places): (&'static [VerifiedCrl<'static>], &'static [CrlPlace]) =
            (self.crls.finish(), self.places.finish());
        for (old, place) in self.parts.replaces.crls.iter().zip(self.parts.replaces.places) {
            let Err(error) = old.require_successor(crls, self.parts.replaces.crls) else { continue };
            if !old.is_trusted_by(self.verifier, &[], self.parts.time, &mut Workspace::new()) {
                continue;
            }
            let candidate = crls.iter().position(|new| new.has_kind_of(old));
            let place = match error.kind {
                ErrorKind::CrlWentBack => candidate.and_then(|at| places.get(at)).unwrap_or(place),
                _ => place,
            };
            let status = crate::status::of(error.kind);
            return Err(cba_fault {
                status,
                part: CBA_PART_CRLS,
                index: place.bundle,
                item: place.item,
                offset: 0,
            });
        }
        Ok((crls, places))
    }

    fn crl(
        &mut self,
        item: Item<'static>,
        index: usize,
        number: usize,
    ) -> Result<Option<VerifiedCrl<'static>>, cba_fault> {
        let too_small = cba_fault::whole(CBA_STATUS_MEMORY_TOO_SMALL);
        let at = |error: Error| cba_fault::of(error, CBA_PART_CRLS, index, number);
        let der = self.bytes.der(item, self.parts.borrow_crls, at)?;
        let crl = Crl::from_der(der).map_err(at)?;
        let verified = match crl.verify(self.verifier, &[], self.parts.time, &mut Workspace::new()) {
            Ok(verified) => verified,
            // Nobody listens to such an issuer, and the lists of others are as good as they were.
            Err(error) if matches!(error.kind, ErrorKind::Denied | ErrorKind::Expired) => return Ok(None),
            Err(error) => return Err(at(error)),
        };
        let Some(key) = self.parts.index_key else { return Ok(Some(verified)) };
        let len = usize::try_from(crl.len()).unwrap_or(usize::MAX);
        let slots = core::mem::take(&mut self.index);
        let (slots, rest) = slots.split_at_mut_checked(len).ok_or(too_small)?;
        self.index = rest;
        let mut memory = Filling::new(slots);
        for _ in 0..len {
            memory.push(IndexEntry::default()).ok_or(too_small)?;
        }
        verified.with_index(memory.finish(), key).map(Some).map_err(at)
    }
}

/// Where in a configuration a CRL stands.
#[derive(Clone, Copy)]
pub(crate) struct CrlPlace {
    bundle: u32,
    item: u32,
}

impl CrlPlace {
    fn new(bundle: usize, item: usize) -> Self {
        let small = |number| u32::try_from(number).unwrap_or(u32::MAX);
        Self { bundle: small(bundle), item: small(item) }
    }
}
