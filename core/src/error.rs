//! What went wrong, on which certificate, and where in its bytes.
//!
//! The numbers of [`ErrorKind`] are the status codes of the C ABI: they are never reused. Each
//! hundred is one layer: 1 DER, 2 certificate, 3 strengths and signatures, 4 path, 5 identity,
//! 6 login, 7 configuration, 8 PEM, 9 limits.

use core::fmt;

/// A refusal: which check failed, on which certificate, and where in its DER.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Error {
    /// Which check failed.
    pub kind: ErrorKind,
    /// The certificate, counted from the leaf (0) towards the trust anchor, which stands above the last.
    pub depth: u8,
    /// Byte offset in that certificate (in the file, for configuration and PEM) where the
    /// offending value begins; 0 where no single place is to blame.
    pub offset: u32,
}

impl Error {
    /// An error without a place of its own, on the leaf.
    #[must_use]
    pub const fn new(kind: ErrorKind) -> Self {
        Self { kind, depth: 0, offset: 0 }
    }

    /// The same error, found at byte `offset`. Offsets beyond `u32` saturate.
    #[must_use]
    pub fn at(self, offset: usize) -> Self {
        Self { offset: u32::try_from(offset).unwrap_or(u32::MAX), ..self }
    }

    /// The same error, on the certificate at `depth`.
    #[must_use]
    pub const fn with_depth(self, depth: u8) -> Self {
        Self { depth, ..self }
    }
}

impl From<ErrorKind> for Error {
    fn from(kind: ErrorKind) -> Self {
        Self::new(kind)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (certificate {}, byte {})", self.kind, self.depth, self.offset)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Error {{ kind: {:?}, depth: {}, offset: {} }}", self.kind, self.depth, self.offset)
    }
}

impl core::error::Error for Error {}

/// Which check failed. The number is the status code of the C ABI.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, thiserror::Error)]
#[repr(u16)]
#[non_exhaustive]
pub enum ErrorKind {
    // -- 1xx: DER (X.690) ---------------------------------------------------------------------
    /// The value ends beyond the bytes given.
    #[error("the DER ends too early")]
    Truncated = 100,
    /// Bytes follow where the value should have ended.
    #[error("bytes follow the end of the value")]
    TrailingData = 101,
    /// A length in the indefinite form, which is BER (X.690 10.1).
    #[error("indefinite length: BER, not DER")]
    IndefiniteLength = 102,
    /// A length in more bytes than it needs (X.690 10.1).
    #[error("length not in its shortest form")]
    NonMinimalLength = 103,
    /// Another tag than the one that must stand here.
    #[error("unexpected tag")]
    UnexpectedTag = 104,
    /// A tag number above 30, which nothing in X.509 uses.
    #[error("multi-byte tag")]
    HighTagNumber = 105,
    /// A BOOLEAN that is neither 00 nor FF (X.690 11.1).
    #[error("BOOLEAN is neither 00 nor FF")]
    InvalidBoolean = 106,
    /// A value equal to its DEFAULT was written out (X.690 11.5).
    #[error("a default value is written out")]
    EncodedDefault = 107,
    /// An INTEGER without bytes or with a superfluous leading byte (X.690 8.3).
    #[error("INTEGER not in its shortest form")]
    InvalidInteger = 108,
    /// A BIT STRING with a wrong count of unused bits or with unused bits set (X.690 11.2).
    #[error("malformed BIT STRING")]
    InvalidBitString = 109,
    /// An OBJECT IDENTIFIER that is empty, cut off or has a superfluous leading byte.
    #[error("malformed OBJECT IDENTIFIER")]
    InvalidOid = 110,
    /// A time that is not in the form of RFC 5280 4.1.2.5, or that does not exist.
    #[error("malformed time")]
    InvalidTime = 111,
    /// A SEQUENCE OF or SET OF that must not be empty is empty.
    #[error("empty SEQUENCE OF or SET OF")]
    EmptySequence = 114,

    // -- 2xx: certificate (RFC 5280 section 4) ------------------------------------------------
    /// An X.509 version 1 certificate: it can hold no extensions, so nothing limits its use.
    #[error("X.509 version 1 certificate")]
    Version1 = 200,
    /// A version other than 1 and 3.
    #[error("unsupported X.509 version")]
    UnsupportedVersion = 201,
    /// Extensions or unique identifiers in a version that has none (RFC 5280 4.1).
    #[error("fields that this X.509 version does not have")]
    FieldsBeyondVersion = 202,
    /// A negative serial number (RFC 5280 4.1.2.2).
    #[error("negative serial number")]
    NegativeSerial = 203,
    /// A serial number of more than 20 bytes (RFC 5280 4.1.2.2).
    #[error("serial number longer than 20 bytes")]
    SerialTooLong = 204,
    /// The algorithm inside the signed part is not the one outside (RFC 5280 4.1.1.2).
    #[error("the two signature algorithm fields differ")]
    SignatureAlgorithmMismatch = 205,
    /// An empty issuer name (RFC 5280 4.1.2.4).
    #[error("empty issuer name")]
    EmptyIssuer = 206,
    /// An extension stands twice (RFC 5280 4.2).
    #[error("duplicate extension")]
    DuplicateExtension = 207,
    /// More extensions than [`crate::limits::MAX_EXTENSIONS`].
    #[error("too many extensions")]
    TooManyExtensions = 208,
    /// An extension whose content is malformed.
    #[error("malformed extension")]
    MalformedExtension = 209,
    /// A malformed GeneralName (RFC 5280 4.2.1.6).
    #[error("malformed GeneralName")]
    MalformedGeneralName = 211,
    /// A malformed SubjectPublicKeyInfo (RFC 5280 4.1.2.7).
    #[error("malformed public key")]
    MalformedPublicKey = 212,
    /// notAfter is before notBefore.
    #[error("notAfter lies before notBefore")]
    InvertedValidity = 213,

    // -- 3xx: strengths and signatures --------------------------------------------------------
    /// A signature algorithm that is unknown, or whose parameters are.
    #[error("unsupported signature algorithm")]
    UnsupportedSignatureAlgorithm = 300,
    /// A key type or curve that is not supported.
    #[error("unsupported public key algorithm")]
    UnsupportedPublicKey = 301,
    /// A signature over an MD5 digest.
    #[error("MD5 signature")]
    Md5Signature = 302,
    /// A signature over a SHA-1 digest.
    #[error("SHA-1 signature")]
    Sha1Signature = 303,
    /// An RSA modulus shorter than the configured least length.
    #[error("RSA modulus too short")]
    RsaModulusTooShort = 304,
    /// An RSA modulus longer than the configured greatest length.
    #[error("RSA modulus too long")]
    RsaModulusTooLong = 305,
    /// An even RSA modulus.
    #[error("even RSA modulus")]
    RsaModulusEven = 306,
    /// An RSA public exponent that is even, below 65537 or above 2^33 - 1.
    #[error("RSA public exponent out of range")]
    RsaExponentOutOfRange = 307,
    /// The signature algorithm does not belong to the issuer's key type.
    #[error("the signature algorithm does not fit the issuer's key")]
    KeyAlgorithmMismatch = 308,
    /// The signature is not the issuer's.
    #[error("bad signature")]
    BadSignature = 309,

    // -- 4xx: path (RFC 5280 section 6) -------------------------------------------------------
    /// No trust anchor and no certificate at hand carries the name of the issuer.
    #[error("issuer not found")]
    UnknownIssuer = 400,
    /// The time lies before notBefore.
    #[error("not yet valid")]
    NotYetValid = 401,
    /// The time lies after notAfter.
    #[error("expired")]
    Expired = 402,
    /// A critical extension that is not processed (RFC 5280 4.2).
    #[error("unknown critical extension")]
    UnknownCriticalExtension = 403,
    /// An issuer without basicConstraints (RFC 5280 6.1.4 (k)).
    #[error("issuer without basicConstraints")]
    MissingBasicConstraints = 404,
    /// An issuer that is not a CA (RFC 5280 6.1.4 (k)).
    #[error("issuer is not a CA")]
    NotACa = 405,
    /// More intermediates than a pathLenConstraint allows (RFC 5280 4.2.1.9).
    #[error("pathLenConstraint exceeded")]
    PathLenConstraintExceeded = 406,
    /// An issuer whose keyUsage lacks keyCertSign (RFC 5280 6.1.4 (n)).
    #[error("issuer may not sign certificates")]
    MissingKeyCertSign = 407,
    /// extendedKeyUsage does not name the required purpose (RFC 5280 4.2.1.12).
    #[error("extendedKeyUsage does not allow this purpose")]
    PurposeNotAllowed = 408,
    /// extendedKeyUsage is absent, and the caller requires it.
    #[error("extendedKeyUsage is absent")]
    MissingExtendedKeyUsage = 409,
    /// nameConstraints, which are not processed and therefore refused.
    #[error("nameConstraints are not supported")]
    NameConstraintsUnsupported = 410,
    /// policyConstraints, which are not processed and therefore refused.
    #[error("policyConstraints are not supported")]
    PolicyConstraintsUnsupported = 411,
    /// Critical certificatePolicies, policyMappings or inhibitAnyPolicy, which are not processed
    /// and therefore refused.
    #[error("critical certificate policies are not supported")]
    PoliciesUnsupported = 412,
    /// The certificate, or its key, stands on the deny list.
    #[error("on the deny list")]
    Denied = 413,
    /// pathLenConstraint where the subject is no CA (RFC 5280 4.2.1.9).
    #[error("pathLenConstraint in a certificate that is no CA")]
    PathLenWithoutCa = 414,

    // -- 5xx: identity ------------------------------------------------------------------------
    /// No e-mail address in the configured sources.
    #[error("no e-mail address in the certificate")]
    EmailMissing = 500,
    /// Two different e-mail addresses.
    #[error("several different e-mail addresses")]
    AmbiguousIdentity = 501,
    /// An e-mail address outside the accepted grammar.
    #[error("malformed e-mail address")]
    InvalidEmail = 502,
    /// An e-mail address in a string type that is not accepted.
    #[error("e-mail address in an unsupported string type")]
    UnsupportedEmailStringType = 503,
    /// An e-mail address whose domain the trust anchor may not speak for.
    #[error("the trust anchor may not speak for this e-mail domain")]
    EmailOutsideNamespace = 504,
    /// An e-mail domain in the configuration that is no domain.
    #[error("malformed e-mail domain")]
    InvalidEmailDomain = 505,

    // -- 6xx: login ---------------------------------------------------------------------------
    /// Nothing proves that the client holds the certificate's key.
    #[error("possession of the key is not proven")]
    PossessionNotProven = 600,
    /// `secondary` without the e-mail that the user typed.
    #[error("no login e-mail to compare with")]
    LoginIdMissing = 601,
    /// `secondary`, and the typed e-mail is not the certificate's.
    #[error("the login e-mail is not the certificate's")]
    LoginIdMismatch = 602,
    /// A CA certificate offered for a login.
    #[error("a CA certificate cannot log in")]
    LeafIsCa = 603,
    /// keyUsage is present without digitalSignature.
    #[error("keyUsage lacks digitalSignature")]
    MissingDigitalSignature = 604,
    /// The client presented no certificate.
    #[error("no client certificate")]
    NoCertificate = 605,

    // -- 7xx: configuration -------------------------------------------------------------------
    /// The file is not JSON.
    #[error("malformed JSON")]
    MalformedJson = 700,
    /// No `ExperimentalSettings`.
    #[error("no ExperimentalSettings in the configuration")]
    MissingSettings = 702,
    /// A setting of the wrong JSON type.
    #[error("setting of the wrong type")]
    WrongSettingType = 703,
    /// A `ClientSideCertCheck` other than `primary` and `secondary`.
    #[error("ClientSideCertCheck is neither primary nor secondary")]
    UnknownSettingValue = 704,
    /// The same key twice.
    #[error("duplicate setting")]
    DuplicateSetting = 705,
    /// A key that differs from one of ours only in case.
    #[error("setting spelt in another case")]
    MisspeltSetting = 706,
    /// JSON nested deeper than [`crate::limits::MAX_JSON_DEPTH`].
    #[error("JSON nested too deeply")]
    JsonTooDeep = 707,
    /// The file is in UTF-16 or UTF-32, or is not UTF-8.
    #[error("the configuration is not UTF-8")]
    NotUtf8 = 708,
    /// The file is empty.
    #[error("the configuration is empty")]
    EmptyConfiguration = 709,

    // -- 8xx: PEM (RFC 7468) ------------------------------------------------------------------
    /// A PEM block without its end line, or with a wrong one.
    #[error("malformed PEM block")]
    MalformedPem = 800,
    /// Base64 that does not decode.
    #[error("malformed base64 in a PEM block")]
    MalformedBase64 = 801,
    /// The output memory is too short for the block.
    #[error("memory too small for the PEM block")]
    PemBufferTooSmall = 802,

    // -- 9xx: limits and misuse ---------------------------------------------------------------
    /// More certificates in a path than the limit.
    #[error("path longer than the limit")]
    PathTooLong = 900,
    /// More signatures than the limit.
    #[error("signature budget exhausted")]
    SignatureBudgetExhausted = 901,
    /// More candidates than the limit.
    #[error("candidate budget exhausted")]
    CandidateBudgetExhausted = 902,
    /// More name comparisons than the limit.
    #[error("name comparison budget exhausted")]
    NameBudgetExhausted = 903,
    /// More bytes than any certificate may have ([`crate::limits::MAX_CERTIFICATE_LEN`]).
    #[error("input longer than the limit")]
    InputTooLong = 904,
}

impl ErrorKind {
    /// The status code of the C ABI.
    #[must_use]
    pub const fn code(self) -> u16 {
        self as u16
    }

    /// Whether a budget of [`crate::limits::Limits`] ran out: the search stopped, and a good path may
    /// have been left unseen. The other 9xx kinds are about one path or one input.
    #[must_use]
    pub const fn is_limit(self) -> bool {
        matches!(
            self,
            Self::SignatureBudgetExhausted | Self::CandidateBudgetExhausted | Self::NameBudgetExhausted
        )
    }
}

/// What every fallible function of this crate returns.
pub type Result<T> = core::result::Result<T, Error>;
