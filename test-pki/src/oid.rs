//! Object identifiers in dotted form. Any other may be written in place.
#![allow(missing_docs, reason = "each is the object of its name")]

// Attributes of names.
pub const COMMON_NAME: &str = "2.5.4.3";
pub const SERIAL_NUMBER: &str = "2.5.4.5";
pub const COUNTRY: &str = "2.5.4.6";
pub const ORGANIZATION: &str = "2.5.4.10";
pub const ORGANIZATIONAL_UNIT: &str = "2.5.4.11";
pub const DOMAIN_COMPONENT: &str = "0.9.2342.19200300.100.1.25";
pub const EMAIL_ADDRESS: &str = "1.2.840.113549.1.9.1";

// Extensions.
pub const SUBJECT_KEY_IDENTIFIER: &str = "2.5.29.14";
pub const KEY_USAGE: &str = "2.5.29.15";
pub const SUBJECT_ALT_NAME: &str = "2.5.29.17";
pub const ISSUER_ALT_NAME: &str = "2.5.29.18";
pub const BASIC_CONSTRAINTS: &str = "2.5.29.19";
pub const CRL_NUMBER: &str = "2.5.29.20";
pub const REASON_CODE: &str = "2.5.29.21";
pub const INVALIDITY_DATE: &str = "2.5.29.24";
pub const DELTA_CRL_INDICATOR: &str = "2.5.29.27";
pub const ISSUING_DISTRIBUTION_POINT: &str = "2.5.29.28";
pub const CERTIFICATE_ISSUER: &str = "2.5.29.29";
pub const NAME_CONSTRAINTS: &str = "2.5.29.30";
pub const CRL_DISTRIBUTION_POINTS: &str = "2.5.29.31";
pub const CERTIFICATE_POLICIES: &str = "2.5.29.32";
pub const POLICY_MAPPINGS: &str = "2.5.29.33";
pub const AUTHORITY_KEY_IDENTIFIER: &str = "2.5.29.35";
pub const POLICY_CONSTRAINTS: &str = "2.5.29.36";
pub const EXTENDED_KEY_USAGE: &str = "2.5.29.37";
pub const FRESHEST_CRL: &str = "2.5.29.46";
pub const INHIBIT_ANY_POLICY: &str = "2.5.29.54";
pub const OCSP_NOCHECK: &str = "1.3.6.1.5.5.7.48.1.5";
pub const OCSP_BASIC: &str = "1.3.6.1.5.5.7.48.1.1";
pub const OCSP_NONCE: &str = "1.3.6.1.5.5.7.48.1.2";
pub const AUTHORITY_INFO_ACCESS: &str = "1.3.6.1.5.5.7.1.1";

// Purposes, policies, other names.
pub const ANY_POLICY: &str = "2.5.29.32.0";
pub const ANY_EXTENDED_KEY_USAGE: &str = "2.5.29.37.0";
pub const SERVER_AUTH: &str = "1.3.6.1.5.5.7.3.1";
pub const CLIENT_AUTH: &str = "1.3.6.1.5.5.7.3.2";
pub const EMAIL_PROTECTION: &str = "1.3.6.1.5.5.7.3.4";
pub const OCSP_SIGNING: &str = "1.3.6.1.5.5.7.3.9";
pub const SMTP_UTF8_MAILBOX: &str = "1.3.6.1.5.5.7.8.9";

// Keys and curves.
pub const RSA_ENCRYPTION: &str = "1.2.840.113549.1.1.1";
pub const EC_PUBLIC_KEY: &str = "1.2.840.10045.2.1";
pub const P256: &str = "1.2.840.10045.3.1.7";
pub const P384: &str = "1.3.132.0.34";
pub const P521: &str = "1.3.132.0.35";
pub const SECP256K1: &str = "1.3.132.0.10";
pub const ED25519: &str = "1.3.101.112";
pub const ED448: &str = "1.3.101.113";

// Signatures and hashes.
pub const MD5_WITH_RSA: &str = "1.2.840.113549.1.1.4";
pub const SHA1_WITH_RSA: &str = "1.2.840.113549.1.1.5";
pub const SHA256_WITH_RSA: &str = "1.2.840.113549.1.1.11";
pub const SHA384_WITH_RSA: &str = "1.2.840.113549.1.1.12";
pub const SHA512_WITH_RSA: &str = "1.2.840.113549.1.1.13";
pub const RSASSA_PSS: &str = "1.2.840.113549.1.1.10";
pub const MGF1: &str = "1.2.840.113549.1.1.8";
pub const ECDSA_WITH_SHA1: &str = "1.2.840.10045.4.1";
pub const ECDSA_WITH_SHA256: &str = "1.2.840.10045.4.3.2";
pub const ECDSA_WITH_SHA384: &str = "1.2.840.10045.4.3.3";
pub const ECDSA_WITH_SHA512: &str = "1.2.840.10045.4.3.4";
pub const SHA1: &str = "1.3.14.3.2.26";
pub const SHA256: &str = "2.16.840.1.101.3.4.2.1";
pub const SHA384: &str = "2.16.840.1.101.3.4.2.2";
pub const SHA512: &str = "2.16.840.1.101.3.4.2.3";
