//! What a verifier is prepared from, and where it is wrong.

use crate::sized::SizedStruct;
use crate::span::cba_span;
use crate::status::{CBA_OK, CBA_STATUS_INVALID_ARGUMENT, cba_status};
use cba_core::Error;
use cba_core::identity::{EmailSources, IdentityOptions, LocalPart, LocalPartCase};
use cba_core::limits::{Limits, MAX_EXTRA_SIGNATURES, MAX_PATH_LEN};
use cba_core::path::PathOptions;
use cba_core::signature::Strength;
use core::mem::offset_of;
use core::ptr;

/// The e-mail is emailAddress in the subject.
pub const CBA_EMAIL_SUBJECT: u32 = 0;
/// The e-mail is rfc822Name in subjectAltName.
pub const CBA_EMAIL_SAN: u32 = 1;
/// The subject, else subjectAltName. Two that differ are always refused.
pub const CBA_EMAIL_SUBJECT_THEN_SAN: u32 = 2;
/// subjectAltName, else the subject.
pub const CBA_EMAIL_SAN_THEN_SUBJECT: u32 = 3;

/// Local parts are compared without regard to ASCII case, and handed out in lower case.
pub const CBA_CASE_FOLD: u32 = 0;
/// Local parts are compared byte for byte.
pub const CBA_CASE_EXACT: u32 = 1;

/// A dot-atom of RFC 5321 without the characters `/ = + #` that mean something in the text of a name.
pub const CBA_LOCAL_PART_NARROW: u32 = 0;
/// Any dot-atom: never paste such an address into other text unquoted.
pub const CBA_LOCAL_PART_DOT_ATOM: u32 = 1;

/// Accept a leaf without extendedKeyUsage, which may then be for any purpose.
pub const CBA_ACCEPT_MISSING_EXTENDED_KEY_USAGE: u32 = 1;
/// Accept anyExtendedKeyUsage in a leaf.
pub const CBA_ACCEPT_ANY_EXTENDED_KEY_USAGE: u32 = 2;
/// Accept a leaf of X.509 version 1. It names no purpose: CBA_ACCEPT_MISSING_EXTENDED_KEY_USAGE is needed too.
pub const CBA_ACCEPT_VERSION_1_LEAF: u32 = 4;
/// Accept negative serial numbers.
pub const CBA_ACCEPT_NEGATIVE_SERIAL: u32 = 8;
/// Accept serial numbers of more than 20 bytes.
pub const CBA_ACCEPT_LONG_SERIAL: u32 = 16;
/// Accept odd RSA exponents from 3 on.
pub const CBA_ACCEPT_SMALL_RSA_EXPONENT: u32 = 32;

/// Certificates in DER are not copied into the verifier: they stay where they are, must outlive it and must
/// not change. For certificates in flash. PEM is always decoded into the verifier's memory.
pub const CBA_BORROW_DER: u32 = 1;

/// Trust anchors, and the e-mail domains for which they may speak.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct cba_trusted {
    /// A PEM bundle, or certificates in DER one after the other. At least one certificate.
    pub certificates: cba_span,
    /// `example.com` is that domain alone, `.example.com` every domain below it. NULL: every domain.
    pub email_domains: *const cba_span,
    /// The number of domains: not 0 if `email_domains` is not NULL.
    pub email_domains_len: usize,
}

/// What a verifier is prepared from. Begin with CBA_VERIFIER_CONFIG_INIT: zero is the safe default of
/// every field.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct cba_verifier_config {
    /// sizeof(cba_verifier_config) of the caller's header.
    pub struct_size: usize,
    /// Trust anchors; at least one certificate in all.
    pub trusted: *const cba_trusted,
    /// Number of elements of `trusted`.
    pub trusted_len: usize,
    /// Bundles of intermediates, as in `cba_trusted`, tried beside those that a client presents.
    pub intermediates: *const cba_span,
    /// Number of bundles.
    pub intermediates_len: usize,
    /// Deny lists: lines `certificate HEX` or `key HEX`, the SHA-256 of a certificate or of a
    /// SubjectPublicKeyInfo. Empty lines and what follows a `#` are passed over.
    pub denied: *const cba_span,
    /// Number of deny lists.
    pub denied_len: usize,
    /// Where the e-mail may stand: one of CBA_EMAIL_.
    pub email_sources: u32,
    /// Which local parts are accepted: one of CBA_LOCAL_PART_.
    pub local_part: u32,
    /// How local parts are compared: one of CBA_CASE_.
    pub local_part_case: u32,
    /// What is forgiven: CBA_ACCEPT_ flags, or 0.
    pub accept: u32,
    /// CBA_BORROW_DER, or 0.
    pub borrow: u32,
    /// Least length of an RSA modulus in bits, at most 8192; 0 is 2048.
    pub min_rsa_bits: u16,
    /// Greatest length of an RSA modulus in bits, at most 8192; 0 is 8192.
    pub max_rsa_bits: u16,
    /// Most intermediates in a path, at most 15; 0 is 8.
    pub max_intermediates: u8,
    /// Most signatures beyond the length of the path, at most 16; 0 is 4.
    pub max_extra_signatures: u8,
    /// 0.
    pub reserved: u16,
    /// Most certificates tried as the issuer of another; 0 is 512.
    pub max_candidates: u32,
    /// Most comparisons of names; 0 is 65536.
    pub max_name_comparisons: u32,
    /// 0.
    pub reserved_at_end: u32,
}

const _: () = assert!(
    offset_of!(cba_verifier_config, reserved_at_end) + size_of::<u32>() == size_of::<cba_verifier_config>()
);

// SAFETY: repr(C), begins with a usize, and holds integers and raw pointers alone; no padding at its end, by the
// assertion.
unsafe impl SizedStruct for cba_verifier_config {
    const SIZES: &'static [usize] = &[
        offset_of!(Self, trusted),
        offset_of!(Self, intermediates),
        offset_of!(Self, denied),
        offset_of!(Self, email_sources),
        offset_of!(Self, local_part),
        offset_of!(Self, local_part_case),
        offset_of!(Self, accept),
        offset_of!(Self, borrow),
        offset_of!(Self, min_rsa_bits),
        offset_of!(Self, max_intermediates),
        offset_of!(Self, max_candidates),
        offset_of!(Self, max_name_comparisons),
        offset_of!(Self, reserved_at_end),
        size_of::<Self>(),
    ];
}

impl cba_verifier_config {
    pub(crate) fn borrows_der(&self) -> bool {
        self.borrow & CBA_BORROW_DER != 0
    }

    pub(crate) fn identity(&self) -> Result<IdentityOptions, cba_status> {
        Ok(IdentityOptions {
            sources: match self.email_sources {
                CBA_EMAIL_SUBJECT => EmailSources::Subject,
                CBA_EMAIL_SAN => EmailSources::San,
                CBA_EMAIL_SUBJECT_THEN_SAN => EmailSources::SubjectThenSan,
                CBA_EMAIL_SAN_THEN_SUBJECT => EmailSources::SanThenSubject,
                _ => return Err(CBA_STATUS_INVALID_ARGUMENT),
            },
            local_part: match self.local_part {
                CBA_LOCAL_PART_NARROW => LocalPart::Narrow,
                CBA_LOCAL_PART_DOT_ATOM => LocalPart::DotAtom,
                _ => return Err(CBA_STATUS_INVALID_ARGUMENT),
            },
            case: match self.local_part_case {
                CBA_CASE_FOLD => LocalPartCase::Fold,
                CBA_CASE_EXACT => LocalPartCase::Exact,
                _ => return Err(CBA_STATUS_INVALID_ARGUMENT),
            },
        })
    }

    pub(crate) fn path_options(&self) -> Result<PathOptions<'static>, cba_status> {
        const KNOWN: u32 = CBA_ACCEPT_MISSING_EXTENDED_KEY_USAGE
            | CBA_ACCEPT_ANY_EXTENDED_KEY_USAGE
            | CBA_ACCEPT_VERSION_1_LEAF
            | CBA_ACCEPT_NEGATIVE_SERIAL
            | CBA_ACCEPT_LONG_SERIAL
            | CBA_ACCEPT_SMALL_RSA_EXPONENT;
        let reserved = u32::from(self.reserved) | self.reserved_at_end;
        if self.accept & !KNOWN != 0 || self.borrow & !CBA_BORROW_DER != 0 || reserved != 0 {
            return Err(CBA_STATUS_INVALID_ARGUMENT);
        }
        let accepts = |flag: u32| self.accept & flag != 0;
        let default = Strength::default();
        let strength = Strength {
            min_rsa_bits: or_default(self.min_rsa_bits, default.min_rsa_bits),
            max_rsa_bits: or_default(self.max_rsa_bits, default.max_rsa_bits),
            accept_small_rsa_exponent: accepts(CBA_ACCEPT_SMALL_RSA_EXPONENT),
        };
        if strength.max_rsa_bits > default.max_rsa_bits || strength.min_rsa_bits > strength.max_rsa_bits {
            return Err(CBA_STATUS_INVALID_ARGUMENT);
        }
        Ok(PathOptions {
            accept_missing_extended_key_usage: accepts(CBA_ACCEPT_MISSING_EXTENDED_KEY_USAGE),
            accept_any_extended_key_usage: accepts(CBA_ACCEPT_ANY_EXTENDED_KEY_USAGE),
            accept_version_1_leaf: accepts(CBA_ACCEPT_VERSION_1_LEAF),
            accept_negative_serial: accepts(CBA_ACCEPT_NEGATIVE_SERIAL),
            accept_long_serial: accepts(CBA_ACCEPT_LONG_SERIAL),
            strength,
            ..PathOptions::default()
        })
    }

    pub(crate) fn limits(&self) -> Result<Limits, cba_status> {
        let default = Limits::default();
        let limits = Limits {
            intermediates: or_default(self.max_intermediates, default.intermediates),
            extra_signatures: or_default(self.max_extra_signatures, default.extra_signatures),
            candidates: or_default(self.max_candidates, default.candidates),
            name_comparisons: or_default(self.max_name_comparisons, default.name_comparisons),
            ..default
        };
        let in_range = usize::from(limits.intermediates) < MAX_PATH_LEN
            && usize::from(limits.extra_signatures) <= MAX_EXTRA_SIGNATURES;
        if in_range { Ok(limits) } else { Err(CBA_STATUS_INVALID_ARGUMENT) }
    }
}

fn or_default<T: Default + PartialEq>(value: T, default: T) -> T {
    if value == T::default() { default } else { value }
}

/// The configuration as a whole is at fault.
pub const CBA_PART_WHOLE: u32 = 0;
/// An element of `trusted`.
pub const CBA_PART_TRUSTED: u32 = 1;
/// An element of `intermediates`.
pub const CBA_PART_INTERMEDIATES: u32 = 2;
/// An element of `denied`.
pub const CBA_PART_DENIED: u32 = 3;
/// An e-mail domain of an element of `trusted`.
pub const CBA_PART_EMAIL_DOMAINS: u32 = 4;

/// Where a configuration is wrong.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct cba_fault {
    /// What is wrong; CBA_OK if nothing is.
    pub status: cba_status,
    /// One of CBA_PART_.
    pub part: u32,
    /// Which element of that part, from 0.
    pub index: u32,
    /// Which certificate of that bundle, or which domain of that anchor, from 0.
    pub item: u32,
    /// The byte: in the bundle or deny list if its text is at fault, else in that certificate's DER.
    pub offset: u32,
}

impl cba_fault {
    pub(crate) const NONE: Self = Self { status: CBA_OK, part: CBA_PART_WHOLE, index: 0, item: 0, offset: 0 };

    /// The configuration as a whole is at fault.
    pub(crate) const fn whole(status: cba_status) -> Self {
        Self { status, ..Self::NONE }
    }

    /// An element of a part is at fault.
    pub(crate) fn at(status: cba_status, part: u32, index: usize, item: usize) -> Self {
        let number = |number| u32::try_from(number).unwrap_or(u32::MAX);
        Self { status, part, index: number(index), item: number(item), offset: 0 }
    }

    pub(crate) fn of(error: Error, part: u32, index: usize, item: usize) -> Self {
        Self { offset: error.offset, ..Self::at(crate::status::of(error.kind), part, index, item) }
    }
}

impl Default for cba_verifier_config {
    /// CBA_VERIFIER_CONFIG_INIT.
    fn default() -> Self {
        Self {
            struct_size: size_of::<Self>(),
            trusted: ptr::null(),
            trusted_len: 0,
            intermediates: ptr::null(),
            intermediates_len: 0,
            denied: ptr::null(),
            denied_len: 0,
            email_sources: 0,
            local_part: 0,
            local_part_case: 0,
            accept: 0,
            borrow: 0,
            min_rsa_bits: 0,
            max_rsa_bits: 0,
            max_intermediates: 0,
            max_extra_signatures: 0,
            reserved: 0,
            max_candidates: 0,
            max_name_comparisons: 0,
            reserved_at_end: 0,
        }
    }
}
