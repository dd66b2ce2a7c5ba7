//! What went wrong, on which certificate, and where in its bytes.
//!
//! The numbers of [`ErrorKind`] are the status codes of the C ABI: they are never reused. Each
//! hundred is one layer: 1 DER, 2 certificate, 3 strengths and signatures, 4 path, 5 identity,
//! 6 login, 7 configuration, 8 PEM, 9 limits.

use core::ffi::CStr;
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

/// The enumeration, its texts and the list of all, written once.
macro_rules! error_kinds {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $text:literal;)*) => {
        /// Which check failed. The number is the status code of the C ABI.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, thiserror::Error)]
        #[repr(u16)]
        #[non_exhaustive]
        pub enum ErrorKind {
            $($(#[$doc])* #[error($text)] $name = $code,)*
        }

        impl ErrorKind {
            /// Every kind, in the order of the numbers.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The text of [`Display`](fmt::Display), as C takes it.
            #[must_use]
            pub const fn message(self) -> &'static CStr {
                match self {
                    $(Self::$name => {
                        match CStr::from_bytes_with_nul(concat!($text, "\0").as_bytes()) {
                            Ok(text) => text,
                            Err(_) => c"",
                        }
                    })*
                }
            }
        }
    };
}

error_kinds! {
    // -- 1xx: DER (X.690) ---------------------------------------------------------------------
    /// The value ends beyond the bytes given.
    Truncated = 100, "the DER ends too early";
    /// Bytes follow where the value should have ended.
    TrailingData = 101, "bytes follow the end of the value";
    /// A length in the indefinite form, which is BER (X.690 10.1).
    IndefiniteLength = 102, "indefinite length: BER, not DER";
    /// A length in more bytes than it needs (X.690 10.1).
    NonMinimalLength = 103, "length not in its shortest form";
    /// Another tag than the one that must stand here.
    UnexpectedTag = 104, "unexpected tag";
    /// A tag number above 30, which nothing in X.509 uses.
    HighTagNumber = 105, "multi-byte tag";
    /// A BOOLEAN that is neither 00 nor FF (X.690 11.1).
    InvalidBoolean = 106, "BOOLEAN is neither 00 nor FF";
    /// A value equal to its DEFAULT was written out (X.690 11.5).
    EncodedDefault = 107, "a default value is written out";
    /// An INTEGER without bytes or with a superfluous leading byte (X.690 8.3).
    InvalidInteger = 108, "INTEGER not in its shortest form";
    /// A BIT STRING with a wrong count of unused bits or with unused bits set (X.690 11.2).
    InvalidBitString = 109, "malformed BIT STRING";
    /// An OBJECT IDENTIFIER that is empty, cut off or has a superfluous leading byte.
    InvalidOid = 110, "malformed OBJECT IDENTIFIER";
    /// A time that is not in the form of RFC 5280 4.1.2.5, or that does not exist.
    InvalidTime = 111, "malformed time";
    /// A SEQUENCE OF or SET OF that must not be empty is empty.
    EmptySequence = 114, "empty SEQUENCE OF or SET OF";

    // -- 2xx: certificate (RFC 5280 section 4) ------------------------------------------------
    /// An X.509 version 1 certificate: it can hold no extensions, so nothing limits its use.
    Version1 = 200, "X.509 version 1 certificate";
    /// A version other than 1 and 3.
    UnsupportedVersion = 201, "unsupported X.509 version";
    /// Extensions or unique identifiers in a version that has none (RFC 5280 4.1).
    FieldsBeyondVersion = 202, "fields that this X.509 version does not have";
    /// A negative serial number (RFC 5280 4.1.2.2).
    NegativeSerial = 203, "negative serial number";
    /// A serial number of more than 20 bytes (RFC 5280 4.1.2.2).
    SerialTooLong = 204, "serial number longer than 20 bytes";
    /// The algorithm inside the signed part is not the one outside (RFC 5280 4.1.1.2).
    SignatureAlgorithmMismatch = 205, "the two signature algorithm fields differ";
    /// An empty issuer name (RFC 5280 4.1.2.4).
    EmptyIssuer = 206, "empty issuer name";
    /// An extension stands twice (RFC 5280 4.2).
    DuplicateExtension = 207, "duplicate extension";
    /// More extensions than [`crate::limits::MAX_EXTENSIONS`].
    TooManyExtensions = 208, "too many extensions";
    /// An extension whose content is malformed.
    MalformedExtension = 209, "malformed extension";
    /// A malformed GeneralName (RFC 5280 4.2.1.6).
    MalformedGeneralName = 211, "malformed GeneralName";
    /// A malformed SubjectPublicKeyInfo (RFC 5280 4.1.2.7).
    MalformedPublicKey = 212, "malformed public key";
    /// notAfter is before notBefore.
    InvertedValidity = 213, "notAfter lies before notBefore";

    // -- 3xx: strengths and signatures --------------------------------------------------------
    /// A signature algorithm that is unknown, or whose parameters are.
    UnsupportedSignatureAlgorithm = 300, "unsupported signature algorithm";
    /// A key type or curve that is not supported.
    UnsupportedPublicKey = 301, "unsupported public key algorithm";
    /// A signature over an MD5 digest.
    Md5Signature = 302, "MD5 signature";
    /// A signature over a SHA-1 digest.
    Sha1Signature = 303, "SHA-1 signature";
    /// An RSA modulus shorter than the configured least length.
    RsaModulusTooShort = 304, "RSA modulus too short";
    /// An RSA modulus longer than the configured greatest length.
    RsaModulusTooLong = 305, "RSA modulus too long";
    /// An even RSA modulus.
    RsaModulusEven = 306, "even RSA modulus";
    /// An RSA public exponent that is even, below 65537 or above 2^33 - 1.
    RsaExponentOutOfRange = 307, "RSA public exponent out of range";
    /// The signature algorithm does not belong to the issuer's key type.
    KeyAlgorithmMismatch = 308, "the signature algorithm does not fit the issuer's key";
    /// The signature is not the issuer's.
    BadSignature = 309, "bad signature";

    // -- 4xx: path (RFC 5280 section 6) -------------------------------------------------------
    /// No trust anchor and no certificate at hand carries the name of the issuer.
    UnknownIssuer = 400, "issuer not found";
    /// The time lies before notBefore.
    NotYetValid = 401, "not yet valid";
    /// The time lies after notAfter.
    Expired = 402, "expired";
    /// A critical extension that is not processed (RFC 5280 4.2).
    UnknownCriticalExtension = 403, "unknown critical extension";
    /// An issuer without basicConstraints (RFC 5280 6.1.4 (k)).
    MissingBasicConstraints = 404, "issuer without basicConstraints";
    /// An issuer that is not a CA (RFC 5280 6.1.4 (k)).
    NotACa = 405, "issuer is not a CA";
    /// More intermediates than a pathLenConstraint allows (RFC 5280 4.2.1.9).
    PathLenConstraintExceeded = 406, "pathLenConstraint exceeded";
    /// An issuer whose keyUsage lacks keyCertSign (RFC 5280 6.1.4 (n)).
    MissingKeyCertSign = 407, "issuer may not sign certificates";
    /// extendedKeyUsage does not name the required purpose (RFC 5280 4.2.1.12).
    PurposeNotAllowed = 408, "extendedKeyUsage does not allow this purpose";
    /// extendedKeyUsage is absent, and the caller requires it.
    MissingExtendedKeyUsage = 409, "extendedKeyUsage is absent";
    /// The certificate, or its key, stands on the deny list.
    Denied = 413, "on the deny list";
    /// pathLenConstraint where the subject is no CA (RFC 5280 4.2.1.9).
    PathLenWithoutCa = 414, "pathLenConstraint in a certificate that is no CA";
    /// A name outside every permitted subtree of its form (RFC 5280 6.1.3 (b)).
    NameNotPermitted = 415, "name outside the permitted subtrees";
    /// A name within an excluded subtree (RFC 5280 6.1.3 (c)).
    NameExcluded = 416, "name within an excluded subtree";
    /// A constraint on a form of names that is not processed, and a name of that form (RFC 5280 4.2.1.10).
    UnsupportedNameConstraint = 417, "constraint on an unsupported form of names";
    /// nameConstraints that break RFC 5280 4.2.1.10: no subtree at all, a minimum or maximum, a base that is no
    /// constraint of its form.
    MalformedNameConstraints = 418, "malformed nameConstraints";
    /// A policy is required, and the path is valid for none of those asked for (RFC 5280 6.1.5 (g)).
    PolicyRequired = 419, "valid for none of the required policies";
    /// A mapping from or to anyPolicy (RFC 5280 6.1.4 (a)).
    AnyPolicyMapped = 420, "policy mapping from or to anyPolicy";
    /// A policy stands twice in certificatePolicies (RFC 5280 4.2.1.4).
    DuplicatePolicy = 421, "duplicate certificate policy";
    /// The trust anchor's certificate carries constraints, and nobody said whether they hold
    /// ([`AnchorConstraints`](crate::path::AnchorConstraints)).
    AnchorConstraintsUndecided = 422, "the trust anchor carries constraints that nobody decided about";

    // -- 5xx: identity ------------------------------------------------------------------------
    /// No e-mail address in the configured sources.
    EmailMissing = 500, "no e-mail address in the certificate";
    /// Two different e-mail addresses.
    AmbiguousIdentity = 501, "several different e-mail addresses";
    /// An e-mail address outside the accepted grammar.
    InvalidEmail = 502, "malformed e-mail address";
    /// An e-mail address in a string type that is not accepted.
    UnsupportedEmailStringType = 503, "e-mail address in an unsupported string type";
    /// An e-mail address whose domain the trust anchor may not speak for.
    EmailOutsideNamespace = 504, "the trust anchor may not speak for this e-mail domain";
    /// An e-mail domain in the configuration that is no domain.
    InvalidEmailDomain = 505, "malformed e-mail domain";

    // -- 6xx: login ---------------------------------------------------------------------------
    /// Nothing proves that the client holds the certificate's key.
    PossessionNotProven = 600, "possession of the key is not proven";
    /// `secondary` without the e-mail that the user typed.
    LoginIdMissing = 601, "no login e-mail to compare with";
    /// `secondary`, and the typed e-mail is not the certificate's.
    LoginIdMismatch = 602, "the login e-mail is not the certificate's";
    /// A CA certificate offered for a login.
    LeafIsCa = 603, "a CA certificate cannot log in";
    /// keyUsage is present without digitalSignature.
    MissingDigitalSignature = 604, "keyUsage lacks digitalSignature";
    /// The client presented no certificate.
    NoCertificate = 605, "no client certificate";
    /// For hosts: a place that asks for a certificate, while certificates are switched off
    /// ([`Decision::Disabled`](crate::login::Decision::Disabled)).
    LoginDisabled = 606, "certificate login is switched off";
    /// The user's e-mail stands twice in a request, or under a name that some readers take for the same.
    AmbiguousLoginId = 607, "the login e-mail is given more than once";
    /// A request from which the user's e-mail cannot be read.
    MalformedLoginRequest = 608, "malformed login request";
    /// The user's e-mail is longer than the memory for it.
    LoginIdTooLong = 609, "the login e-mail is too long";
    /// A nonce, a name or an expiry of which no challenge can be made.
    MalformedChallenge = 610, "no challenge can be made of this";
    /// The answer is no signature of the challenge under the certificate's key.
    WrongAnswer = 611, "wrong answer to the challenge";
    /// The challenge was answered, or its proof used, after its expiry or before it was made.
    ChallengeOver = 612, "the challenge is over";
    /// The proof of possession is another certificate's.
    ProofOfAnotherCertificate = 613, "possession is proven of another certificate";
    /// An answer in a form that the certificate's kind of key does not sign in.
    AnswerFormMismatch = 614, "the form of the answer does not fit the certificate's key";

    // -- 7xx: configuration -------------------------------------------------------------------
    /// The file is not JSON.
    MalformedJson = 700, "malformed JSON";
    /// No `ExperimentalSettings`.
    MissingSettings = 702, "no ExperimentalSettings in the configuration";
    /// A setting of the wrong JSON type.
    WrongSettingType = 703, "setting of the wrong type";
    /// A `ClientSideCertCheck` other than `primary` and `secondary`.
    UnknownSettingValue = 704, "ClientSideCertCheck is neither primary nor secondary";
    /// The same key twice.
    DuplicateSetting = 705, "duplicate setting";
    /// A key that differs from one of ours only in case.
    MisspeltSetting = 706, "setting spelt in another case";
    /// JSON nested deeper than [`crate::limits::MAX_JSON_DEPTH`].
    JsonTooDeep = 707, "JSON nested too deeply";
    /// The file is in UTF-16 or UTF-32, or is not UTF-8.
    NotUtf8 = 708, "the configuration is not UTF-8";
    /// The file is empty.
    EmptyConfiguration = 709, "the configuration is empty";
    /// A line of a deny list that is none.
    MalformedDenyList = 710, "malformed line in a deny list";

    // -- 8xx: PEM (RFC 7468) ------------------------------------------------------------------
    /// A PEM block without its end line, or with a wrong one.
    MalformedPem = 800, "malformed PEM block";
    /// Base64 that does not decode.
    MalformedBase64 = 801, "malformed base64 in a PEM block";
    /// The output memory is too short for the block.
    PemBufferTooSmall = 802, "memory too small for the PEM block";

    // -- 9xx: limits and misuse ---------------------------------------------------------------
    /// More certificates in a path than the limit.
    PathTooLong = 900, "path longer than the limit";
    /// More signatures than the limit.
    SignatureBudgetExhausted = 901, "signature budget exhausted";
    /// More candidates than the limit.
    CandidateBudgetExhausted = 902, "candidate budget exhausted";
    /// More name comparisons than the limit.
    NameBudgetExhausted = 903, "name comparison budget exhausted";
    /// More bytes than any certificate may have ([`crate::limits::MAX_CERTIFICATE_LEN`]).
    InputTooLong = 904, "input longer than the limit";
    /// More comparisons of names with name constraints than the limit.
    ConstraintBudgetExhausted = 905, "name constraint budget exhausted";
    /// More certificate policies or mappings than [`crate::limits::MAX_POLICIES`].
    TooManyPolicies = 906, "more certificate policies than the limit";
    /// More CRLs, OCSP responses or CRL issuers asked about the status of one path than the limit.
    StatusBudgetExhausted = 907, "revocation status budget exhausted";

    // -- 10xx: revocation (RFC 5280 section 5 and 6.3, RFC 6960) ------------------------------------------
    /// The certificate is revoked.
    Revoked = 1000, "revoked";
    /// No source says whether the certificate is revoked.
    StatusUndetermined = 1001, "revocation status undetermined";
    /// The only CRL that speaks of the certificate is past its nextUpdate.
    CrlExpired = 1002, "CRL past its nextUpdate";
    /// The only CRL that speaks of the certificate has a thisUpdate that has not come.
    CrlNotYetValid = 1003, "CRL from the future";
    /// The only CRL that speaks of the certificate is older than the configured age.
    CrlTooOld = 1004, "CRL older than the greatest accepted age";
    /// A CRL without nextUpdate (RFC 5280 5.1.2.5), and no greatest age is configured.
    CrlWithoutNextUpdate = 1005, "CRL without nextUpdate";
    /// A version 1 CRL, which names no number and no scope.
    CrlVersion1 = 1006, "version 1 CRL";
    /// A CRL that breaks RFC 5280 section 5.
    MalformedCrl = 1007, "malformed CRL";
    /// A critical extension of a CRL or of one of its entries that is not processed (RFC 5280 5.2, 5.3).
    UnknownCriticalCrlExtension = 1008, "unknown critical extension in a CRL";
    /// The CRL's issuer has a keyUsage without cRLSign (RFC 5280 6.3.3 (f)).
    MissingCrlSign = 1009, "CRL issuer may not sign CRLs";
    /// No trust anchor and no certificate at hand carries the name of the CRL's issuer.
    UnknownCrlIssuer = 1010, "CRL issuer not found";
    /// A CRL that is older than the one that it would replace.
    CrlWentBack = 1011, "CRL older than the one in force";
    /// The memory for an index holds fewer entries than the CRL.
    CrlIndexTooSmall = 1012, "memory too small for the CRL's index";
    /// A CRL that is in force, and that none of those that would replace it takes the place of.
    CrlMissing = 1013, "no CRL takes the place of one in force";
    /// An OCSP response that breaks RFC 6960.
    MalformedOcspResponse = 1020, "malformed OCSP response";
    /// An OCSP response that says that the responder failed (RFC 6960 4.2.1).
    OcspNotSuccessful = 1021, "OCSP responder reports an error";
    /// An OCSP response of another type than basic (RFC 6960 4.2.1).
    UnsupportedOcspResponse = 1022, "unsupported OCSP response type";
    /// The signer of the OCSP response is neither the issuer nor its delegate (RFC 6960 4.2.2.2).
    OcspResponderNotAuthorized = 1023, "OCSP responder not authorized";
    /// The only OCSP response that speaks of the certificate is past its nextUpdate or too old.
    OcspExpired = 1024, "OCSP response past its nextUpdate";
    /// The only OCSP response that speaks of the certificate comes from the future.
    OcspNotYetValid = 1025, "OCSP response from the future";
    /// A nonce was asked for, and the OCSP response has none or another (RFC 9654).
    OcspNonceMismatch = 1026, "OCSP nonce missing or wrong";
    /// The OCSP responder does not know the certificate.
    OcspStatusUnknown = 1027, "OCSP responder does not know the certificate";
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
            Self::SignatureBudgetExhausted
                | Self::CandidateBudgetExhausted
                | Self::NameBudgetExhausted
                | Self::ConstraintBudgetExhausted
                | Self::StatusBudgetExhausted
        )
    }
}

/// What every fallible function of this crate returns.
pub type Result<T> = core::result::Result<T, Error>;

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::ToString;

    #[test]
    fn lists_every_kind_once_in_order_with_its_text() {
        assert!(ErrorKind::ALL.windows(2).all(|pair| pair[0].code() < pair[1].code()));
        for kind in ErrorKind::ALL {
            assert_eq!(kind.message().to_str(), Ok(kind.to_string().as_str()));
            assert!(!kind.message().is_empty());
        }
    }
}
