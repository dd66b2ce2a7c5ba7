//! Object identifiers, as the contents of their DER.
//!
//! Byte constants instead of a registry: comparing them costs one `memcmp`, and nothing is linked
//! but what is used.

/// The contents of the OBJECT IDENTIFIER in dotted form, written to `out`: as many bytes as the text has will do.
/// `None` if it is none, if an arc exceeds 128 bits, or if there is no room.
///
/// ```
/// let mut out = [0; 16];
/// assert_eq!(cba_core::der::oid::from_dotted("2.5.29.32.0", &mut out), Some(&[0x55, 0x1d, 0x20, 0x00][..]));
/// assert_eq!(cba_core::der::oid::from_dotted("2.5.029", &mut out), None);
/// ```
pub fn from_dotted<'o>(dotted: &str, out: &'o mut [u8]) -> Option<&'o [u8]> {
    let mut arcs = dotted.as_bytes().split(|&byte| byte == b'.').map(arc);
    let (first, second) = (arcs.next()??, arcs.next()??);
    if first > 2 || first < 2 && second > 39 {
        return None;
    }
    let mut len = write_arc(first.checked_mul(40)?.checked_add(second)?, out, 0)?;
    for arc in arcs {
        len = write_arc(arc?, out, len)?;
    }
    out.get(..len)
}

/// Decimal digits without leading zeros.
fn arc(text: &[u8]) -> Option<u128> {
    if matches!(text, [] | [b'0', _, ..]) {
        return None;
    }
    text.iter().try_fold(0_u128, |value, &digit| {
        let digit = char::from(digit).to_digit(10)?;
        value.checked_mul(10)?.checked_add(digit.into())
    })
}

/// Writes an arc in base 128 at `at`; gives where it ends.
fn write_arc(arc: u128, out: &mut [u8], at: usize) -> Option<usize> {
    let mut at = at;
    for group in (0..19_u32).rev() {
        let rest = arc.checked_shr(group.checked_mul(7)?)?;
        if rest != 0 || group == 0 {
            let [.., low] = rest.to_be_bytes();
            *out.get_mut(at)? = low & 0x7f | if group > 0 { 0x80 } else { 0 };
            at = at.checked_add(1)?;
        }
    }
    Some(at)
}

/// id-at-commonName, 2.5.4.3.
pub const COMMON_NAME: &[u8] = &[0x55, 0x04, 0x03];
/// id-at-serialNumber, 2.5.4.5: the subject's own number, not the certificate's.
pub const SERIAL_NUMBER: &[u8] = &[0x55, 0x04, 0x05];
/// emailAddress, 1.2.840.113549.1.9.1 (PKCS #9).
pub const EMAIL_ADDRESS: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x01];

/// id-ce-invalidityDate, 2.5.29.24.
pub const INVALIDITY_DATE: &[u8] = &[0x55, 0x1d, 0x18];
/// anyPolicy, 2.5.29.32.0.
pub const ANY_POLICY: &[u8] = &[0x55, 0x1d, 0x20, 0x00];
/// id-qt-cps, 1.3.6.1.5.5.7.2.1.
pub const CPS: &[u8] = &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x02, 0x01];
/// id-qt-unotice, 1.3.6.1.5.5.7.2.2.
pub const USER_NOTICE: &[u8] = &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x02, 0x02];
/// id-on-SmtpUTF8Mailbox, 1.3.6.1.5.5.7.8.9 (RFC 9598).
pub const SMTP_UTF8_MAILBOX: &[u8] = &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x08, 0x09];
/// id-ce-extKeyUsage's anyExtendedKeyUsage, 2.5.29.37.0.
pub const ANY_EXTENDED_KEY_USAGE: &[u8] = &[0x55, 0x1d, 0x25, 0x00];
/// id-kp-serverAuth, 1.3.6.1.5.5.7.3.1.
pub const SERVER_AUTH: &[u8] = &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x01];
/// id-kp-clientAuth, 1.3.6.1.5.5.7.3.2.
pub const CLIENT_AUTH: &[u8] = &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x02];

/// id-kp-OCSPSigning, 1.3.6.1.5.5.7.3.9.
pub const OCSP_SIGNING: &[u8] = &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x09];
/// id-pkix-ocsp-basic, 1.3.6.1.5.5.7.48.1.1.
pub const OCSP_BASIC: &[u8] = &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x30, 0x01, 0x01];
/// id-pkix-ocsp-nonce, 1.3.6.1.5.5.7.48.1.2.
pub const OCSP_NONCE: &[u8] = &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x30, 0x01, 0x02];
/// id-pkix-ocsp-nocheck, 1.3.6.1.5.5.7.48.1.5.
pub const OCSP_NOCHECK: &[u8] = &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x30, 0x01, 0x05];

/// rsaEncryption, 1.2.840.113549.1.1.1.
pub const RSA_ENCRYPTION: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
/// md5WithRSAEncryption, 1.2.840.113549.1.1.4.
pub const MD5_WITH_RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x04];
/// sha1WithRSAEncryption, 1.2.840.113549.1.1.5.
pub const SHA1_WITH_RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x05];
/// id-mgf1, 1.2.840.113549.1.1.8.
pub const MGF1: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x08];
/// id-RSASSA-PSS, 1.2.840.113549.1.1.10.
pub const RSASSA_PSS: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0a];
/// sha256WithRSAEncryption, 1.2.840.113549.1.1.11.
pub const SHA256_WITH_RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b];
/// sha384WithRSAEncryption, 1.2.840.113549.1.1.12.
pub const SHA384_WITH_RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0c];
/// sha512WithRSAEncryption, 1.2.840.113549.1.1.13.
pub const SHA512_WITH_RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0d];

/// id-ecPublicKey, 1.2.840.10045.2.1.
pub const EC_PUBLIC_KEY: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
/// prime256v1 (P-256), 1.2.840.10045.3.1.7.
pub const PRIME256V1: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
/// secp384r1 (P-384), 1.3.132.0.34.
pub const SECP384R1: &[u8] = &[0x2b, 0x81, 0x04, 0x00, 0x22];
/// ecdsa-with-SHA1, 1.2.840.10045.4.1.
pub const ECDSA_WITH_SHA1: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x01];
/// ecdsa-with-SHA256, 1.2.840.10045.4.3.2.
pub const ECDSA_WITH_SHA256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02];
/// ecdsa-with-SHA384, 1.2.840.10045.4.3.3.
pub const ECDSA_WITH_SHA384: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x03];
/// ecdsa-with-SHA512, 1.2.840.10045.4.3.4.
pub const ECDSA_WITH_SHA512: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x04];
/// id-Ed25519, 1.3.101.112.
pub const ED25519: &[u8] = &[0x2b, 0x65, 0x70];

/// id-sha1, 1.3.14.3.2.26.
pub const SHA1: &[u8] = &[0x2b, 0x0e, 0x03, 0x02, 0x1a];
/// id-sha256, 2.16.840.1.101.3.4.2.1.
pub const SHA256: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01];
/// id-sha384, 2.16.840.1.101.3.4.2.2.
pub const SHA384: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x02];
/// id-sha512, 2.16.840.1.101.3.4.2.3.
pub const SHA512: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x03];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodes_dotted_identifiers() {
        let encode = |dotted: &str| from_dotted(dotted, &mut [0; 32]).map(<[u8]>::to_vec);
        assert_eq!(encode("1.2.840.113549.1.9.1").as_deref(), Some(EMAIL_ADDRESS));
        assert_eq!(encode("2.5.29.32.0").as_deref(), Some(ANY_POLICY));
        assert_eq!(encode("2.999").as_deref(), Some(&[0x88, 0x37][..]));
        assert_eq!(
            encode("2.0.127.128.16383.16384").as_deref(),
            Some(&[80, 127, 0x81, 0, 0xff, 127, 0x81, 0x80, 0][..])
        );
        // 2.25 and a UUID, here the greatest.
        let mut largest = std::vec![0x69, 0x83];
        largest.extend([0xff; 17]);
        largest.push(0x7f);
        assert_eq!(encode("2.25.340282366920938463463374607431768211455"), Some(largest));
        for none in [
            "", "1", "1.", ".1", "1..2", "3.1", "1.40", "0.40", "1.2.a", "1.2.+3", "1.2.03", "1.2.-3",
            " 1.2", "1.2 ",
        ] {
            assert_eq!(encode(none), None, "{none}");
        }
        assert_eq!(encode("2.25.340282366920938463463374607431768211456"), None);
        assert_eq!(from_dotted("1.2.3", &mut [0; 1]), None);
    }
}
