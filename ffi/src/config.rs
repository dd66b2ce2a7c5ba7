//! What a verifier is prepared from, and where it is wrong.

use crate::sized::SizedStruct;
use crate::span::cba_span;
use crate::status::{CBA_OK, CBA_STATUS_INVALID_ARGUMENT, cba_status};
use crate::verifier::cba_verifier;
use cba_core::Error;
use cba_core::identity::{EmailSources, IdentityOptions, LocalPart, LocalPartCase};
use cba_core::limits::{Limits, MAX_EXTRA_SIGNATURES, MAX_PATH_LEN};
use cba_core::path::{AnchorConstraints, PathOptions, PolicyInputs, Purpose};
use cba_core::revocation::{IndexKey, RevocationOptions, Scope};
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

/// Accept certificates of whose revocation status nothing is known. What is known to be revoked is refused all the
/// same.
pub const CBA_ACCEPT_UNDETERMINED_STATUS: u32 = 64;
/// Accept version 1 CRLs, which cannot say what they speak of.
pub const CBA_ACCEPT_VERSION_1_CRLS: u32 = 128;

/// Accept a leaf that is itself, byte for byte, among `trusted`. Neither its signature nor its revocation is asked:
/// whoever put it there has vouched for it.
pub const CBA_ACCEPT_TRUSTED_LEAF: u32 = 256;

/// Every certificate below the trust anchor if there are CRLs; else the status is not asked.
pub const CBA_REVOCATION_DEFAULT: u32 = 0;
/// Every certificate below the trust anchor, and the issuers of the CRLs that are relied on.
pub const CBA_REVOCATION_CHAIN: u32 = 1;
/// The leaf alone: nobody notices a revoked CA.
pub const CBA_REVOCATION_LEAF: u32 = 2;
/// Nobody: CRLs and OCSP responses are not asked.
pub const CBA_REVOCATION_OFF: u32 = 3;

/// Paths to a trust anchor whose certificate constrains names or policies are refused.
pub const CBA_ANCHOR_CONSTRAINTS_REFUSED: u32 = 0;
/// The anchor's constraints hold, and its certificate must be fit to issue others (RFC 5937).
pub const CBA_ANCHOR_CONSTRAINTS_ENFORCED: u32 = 1;
/// An anchor is a name and a key, whatever its certificate says (RFC 5280 6.1.1 (d)).
pub const CBA_ANCHOR_CONSTRAINTS_IGNORED: u32 = 2;

/// The dates in a trust anchor's own certificate must hold.
pub const CBA_REQUIRE_ANCHOR_VALIDITY: u32 = 1;
/// The path must be valid for one of `policies`, or for any policy at all if there are none
/// (initial-explicit-policy of RFC 5280 6.1.1).
pub const CBA_REQUIRE_EXPLICIT_POLICY: u32 = 2;
/// No policy stands for another (initial-policy-mapping-inhibit).
pub const CBA_REQUIRE_NO_POLICY_MAPPING: u32 = 4;
/// anyPolicy stands for nothing but itself (initial-any-policy-inhibit).
pub const CBA_REQUIRE_NO_ANY_POLICY: u32 = 8;

/// Certificates in DER are not copied into the verifier: they stay where they are, must outlive it and must
/// not change. For certificates in flash. PEM is always decoded into the verifier's memory.
pub const CBA_BORROW_DER: u32 = 1;
/// The same for CRLs in DER, which may be long.
pub const CBA_BORROW_CRLS: u32 = 2;

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
    /// CBA_BORROW_ flags, or 0.
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
    /// Whose revocation status is asked: one of CBA_REVOCATION_.
    pub revocation: u32,
    /// Greatest age of CRLs and OCSP responses in seconds, counted from thisUpdate; 0 leaves it to nextUpdate.
    pub max_status_age: u32,
    /// How many seconds the clocks of those who issue CRLs and OCSP responses may be ahead or behind.
    pub clock_skew: u32,
    /// What becomes of constraints in the certificates of trust anchors: one of CBA_ANCHOR_CONSTRAINTS_.
    pub anchor_constraints: u32,
    /// What is asked beyond the default: CBA_REQUIRE_ flags, or 0.
    pub require: u32,
    /// The time at which CRLs are verified, in Unix seconds: now. Not needed without `crls`.
    pub time: i64,
    /// Certificate policies that are asked for, in dotted form such as 2.16.840.1.101.3.2.1.48.1. NULL: any.
    pub policies: *const cba_span,
    /// Number of policies.
    pub policies_len: usize,
    /// Bundles of CRLs in PEM, or one CRL in DER each. The certificate of a CRL's issuer must be among `trusted` or
    /// `intermediates`. A CRL that is malformed, or whose signature is not good, is a fault of the configuration. One
    /// that is out of date, or whose issuer has expired, is none: it may still say what is revoked, and says nothing
    /// good. One whose issuer is denied is passed over.
    pub crls: *const cba_span,
    /// Number of bundles.
    pub crls_len: usize,
    /// The verifier that is in force, or NULL: each of its CRLs must have a successor that is not older
    /// (CBA_STATUS_CRL_WENT_BACK, at the one that is; CBA_STATUS_CRL_MISSING, where the one in force stood in its own
    /// configuration), unless its issuer is trusted no more. It is only read by cba_verifier_init, and lies elsewhere
    /// than what is prepared.
    pub replaces: *const cba_verifier,
    /// Sixteen random bytes for the indexes of CRLs, unknown to whoever may choose serial numbers. Zeroed: no
    /// indexes, and a lookup walks the whole CRL.
    pub index_key: [u8; 16],
    /// What the leaf must be allowed to do, and every CA that carries extendedKeyUsage with it: a purpose in dotted
    /// form, such as 1.3.6.1.4.1.311.20.2.2 for smart card logon. Empty: TLS client authentication. A login needs that
    /// whatever stands here: another purpose is asked beside it, never instead of it. 2.5.29.37.0
    /// (anyExtendedKeyUsage) asks for nothing beside it.
    pub purpose: cba_span,
    /// 0.
    pub reserved_at_end: usize,
}

const _: () = assert!(
    offset_of!(cba_verifier_config, reserved_at_end) + size_of::<usize>() == size_of::<cba_verifier_config>()
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
        offset_of!(Self, revocation),
        offset_of!(Self, max_status_age),
        offset_of!(Self, clock_skew),
        offset_of!(Self, anchor_constraints),
        offset_of!(Self, require),
        offset_of!(Self, time),
        offset_of!(Self, policies),
        offset_of!(Self, crls),
        offset_of!(Self, replaces),
        offset_of!(Self, index_key),
        offset_of!(Self, purpose),
        offset_of!(Self, reserved_at_end),
        size_of::<Self>(),
    ];
}

impl cba_verifier_config {
    pub(crate) fn borrows_crls(&self) -> bool {
        self.borrow & CBA_BORROW_CRLS != 0
    }

    /// The key of indexes, if there are to be any.
    pub(crate) fn index_key(&self) -> Option<IndexKey> {
        (self.index_key != [0; 16]).then_some(IndexKey(self.index_key))
    }

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
            | CBA_ACCEPT_SMALL_RSA_EXPONENT
            | CBA_ACCEPT_UNDETERMINED_STATUS
            | CBA_ACCEPT_VERSION_1_CRLS
            | CBA_ACCEPT_TRUSTED_LEAF;
        const REQUIRED: u32 = CBA_REQUIRE_ANCHOR_VALIDITY
            | CBA_REQUIRE_EXPLICIT_POLICY
            | CBA_REQUIRE_NO_POLICY_MAPPING
            | CBA_REQUIRE_NO_ANY_POLICY;
        let unknown = self.accept & !KNOWN
            | self.borrow & !(CBA_BORROW_DER | CBA_BORROW_CRLS)
            | self.require & !REQUIRED;
        if unknown != 0 || self.reserved != 0 || self.reserved_at_end != 0 {
            return Err(CBA_STATUS_INVALID_ARGUMENT);
        }
        let requires = |flag: u32| self.require & flag != 0;
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
            // Set once its text is in the verifier's memory.
            purpose: Purpose::default(),
            accept_missing_extended_key_usage: accepts(CBA_ACCEPT_MISSING_EXTENDED_KEY_USAGE),
            accept_any_extended_key_usage: accepts(CBA_ACCEPT_ANY_EXTENDED_KEY_USAGE),
            accept_version_1_leaf: accepts(CBA_ACCEPT_VERSION_1_LEAF),
            accept_negative_serial: accepts(CBA_ACCEPT_NEGATIVE_SERIAL),
            accept_long_serial: accepts(CBA_ACCEPT_LONG_SERIAL),
            accept_trusted_leaf: accepts(CBA_ACCEPT_TRUSTED_LEAF),
            anchor_constraints: match self.anchor_constraints {
                CBA_ANCHOR_CONSTRAINTS_REFUSED => AnchorConstraints::Refuse,
                CBA_ANCHOR_CONSTRAINTS_ENFORCED => AnchorConstraints::Enforce,
                CBA_ANCHOR_CONSTRAINTS_IGNORED => AnchorConstraints::Ignore,
                _ => return Err(CBA_STATUS_INVALID_ARGUMENT),
            },
            check_anchor_validity: requires(CBA_REQUIRE_ANCHOR_VALIDITY),
            policies: PolicyInputs {
                // Set once the policies are in the verifier's memory.
                user_initial_policy_set: None,
                initial_explicit_policy: requires(CBA_REQUIRE_EXPLICIT_POLICY),
                initial_policy_mapping_inhibit: requires(CBA_REQUIRE_NO_POLICY_MAPPING),
                initial_any_policy_inhibit: requires(CBA_REQUIRE_NO_ANY_POLICY),
            },
            strength,
        })
    }

    /// What is asked of revocation, or `None` for nothing.
    pub(crate) fn revocation(&self) -> Result<Option<RevocationOptions>, cba_status> {
        let scope = match self.revocation {
            CBA_REVOCATION_DEFAULT if self.crls_len == 0 => None,
            CBA_REVOCATION_DEFAULT | CBA_REVOCATION_CHAIN => Some(Scope::Chain),
            CBA_REVOCATION_LEAF => Some(Scope::Leaf),
            CBA_REVOCATION_OFF => None,
            _ => return Err(CBA_STATUS_INVALID_ARGUMENT),
        };
        Ok(scope.map(|scope| RevocationOptions {
            scope,
            accept_undetermined: self.accept & CBA_ACCEPT_UNDETERMINED_STATUS != 0,
            max_age: (self.max_status_age != 0).then_some(self.max_status_age),
            clock_skew: self.clock_skew,
            accept_version_1_crls: self.accept & CBA_ACCEPT_VERSION_1_CRLS != 0,
        }))
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
/// An element of `policies`.
pub const CBA_PART_POLICIES: u32 = 5;
/// An element of `crls`.
pub const CBA_PART_CRLS: u32 = 6;
/// `purpose`.
pub const CBA_PART_PURPOSE: u32 = 7;

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
    /// Which certificate or CRL of that bundle, or which domain of that anchor, from 0.
    pub item: u32,
    /// The byte: in the bundle or deny list if its text is at fault, else in the DER of that certificate or CRL.
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
            revocation: 0,
            max_status_age: 0,
            clock_skew: 0,
            anchor_constraints: 0,
            require: 0,
            time: 0,
            policies: ptr::null(),
            policies_len: 0,
            crls: ptr::null(),
            crls_len: 0,
            replaces: ptr::null(),
            index_key: [0; 16],
            purpose: cba_span::EMPTY,
            reserved_at_end: 0,
        }
    }
}
