//! Reading a certificate: every kind of the DER and certificate layers, each by a certificate that is
//! right but for one thing.

use crate::common::{Pki, read_error};
use cba_core::certificate::{Certificate, SubjectPublicKeyInfo, Version};
use cba_core::limits::{MAX_CERTIFICATE_LEN, MAX_EXTENSIONS};
use cba_core::{ErrorKind, UnixTime};
use test_pki::{CertificateBuilder, Key, Name, attribute, der, general_name, oid};

/// What reading says, else what a path says.
fn fault(leaf: &CertificateBuilder) -> Option<ErrorKind> {
    let der = leaf.build();
    read_error(&der).or_else(|| Pki::new().setup().verify(&der).err().map(|(kind, _)| kind))
}

fn alice() -> CertificateBuilder {
    Pki::new().alice()
}

/// The fault of a leaf with this extension.
fn with_extension(oid: &str, value: &[u8]) -> Option<ErrorKind> {
    fault(&alice().extension(oid, false, value))
}

/// The position of a field of the TBSCertificate, whose own header takes four bytes.
fn field(tbs: &[u8], at: usize) -> usize {
    let mut here = 4;
    for _ in 0..at {
        let (header, len) = match tbs[here + 1] {
            0x81 => (3, usize::from(tbs[here + 2])),
            0x82 => (4, usize::from(tbs[here + 2]) << 8 | usize::from(tbs[here + 3])),
            short => (2, usize::from(short)),
        };
        here += header + len;
    }
    here
}

const SERIAL: usize = 1;
const ALGORITHM: usize = 2;
const ISSUER: usize = 3;
const VALIDITY: usize = 4;
const SUBJECT: usize = 5;
const SPKI: usize = 6;
const EXTENSIONS: usize = 7;

#[test]
fn the_untouched_certificate_is_right() {
    assert_eq!(fault(&alice()), None);
}

// -- 1xx: DER --

#[test]
fn a_certificate_cut_off_anywhere_is_no_certificate() {
    let der = alice().build();
    for len in 0..der.len() {
        assert_eq!(read_error(&der[..len]), Some(ErrorKind::Truncated), "{len}");
    }
}

#[test]
fn bytes_behind_the_certificate_are_trailing() {
    for extra in [&[0][..], &[0x30, 0], b"\n"] {
        let der = der::concat([&alice().build(), extra]);
        assert_eq!(read_error(&der), Some(ErrorKind::TrailingData));
    }
}

#[test]
fn bytes_behind_any_value_are_trailing() {
    let extended = |content: &[u8]| der::concat([content, &der::null()]);
    let longer = |der: &mut Vec<u8>| *der = der::tlv(0x30, &der::concat([&der[4..], &[5, 0]]));
    assert_eq!(fault(&alice().tamper(longer)), Some(ErrorKind::TrailingData));
    assert_eq!(fault(&alice().tamper_tbs(longer)), Some(ErrorKind::TrailingData));
    let value = der::sequence([der::boolean(true), der::integer(1), der::null()]);
    assert_eq!(with_extension(oid::BASIC_CONSTRAINTS, &value), Some(ErrorKind::TrailingData));
    let value = extended(&der::named_bits(1));
    assert_eq!(with_extension(oid::KEY_USAGE, &value), Some(ErrorKind::TrailingData));
    let value = extended(&der::sequence([der::oid(oid::CLIENT_AUTH)]));
    assert_eq!(with_extension(oid::EXTENDED_KEY_USAGE, &value), Some(ErrorKind::TrailingData));
    let value = extended(&der::octet_string(b"id"));
    assert_eq!(with_extension(oid::SUBJECT_KEY_IDENTIFIER, &value), Some(ErrorKind::TrailingData));
    let value = der::sequence([der::context_primitive(0, b"id"), der::null()]);
    assert_eq!(with_extension(oid::AUTHORITY_KEY_IDENTIFIER, &value), Some(ErrorKind::TrailingData));
    let value = extended(&der::sequence([general_name::dns("a.example")]));
    assert_eq!(with_extension(oid::SUBJECT_ALT_NAME, &value), Some(ErrorKind::TrailingData));
}

#[test]
fn indefinite_lengths_are_ber() {
    let outer = alice().tamper(|der| {
        *der = der::concat([&[0x30, 0x80], &der[4..], &[0, 0]]);
    });
    assert_eq!(fault(&outer), Some(ErrorKind::IndefiniteLength));
    let tbs = alice().tamper_tbs(|der| *der = der::concat([&[0x30, 0x80], &der[4..], &[0, 0]]));
    assert_eq!(fault(&tbs), Some(ErrorKind::IndefiniteLength));
    let inner = alice().tamper_tbs(|tbs| {
        let at = field(tbs, VALIDITY) + 1;
        tbs[at] = 0x80;
    });
    assert_eq!(fault(&inner), Some(ErrorKind::IndefiniteLength));
}

#[test]
fn lengths_have_their_shortest_form() {
    for length in [&[0x83, 0x00][..], &[0x84, 0x00, 0x00]] {
        let outer = alice().tamper(move |der| *der = der::concat([&[0x30], length, &der[2..]]));
        assert_eq!(fault(&outer), Some(ErrorKind::NonMinimalLength));
    }
    let serial = alice().serial_raw(&[1]).tamper_tbs(|tbs| {
        let at = field(tbs, SERIAL) + 1;
        tbs.insert(at, 0x81);
        let len = tbs.len() - 4;
        tbs[2..4].copy_from_slice(&u16::try_from(len).unwrap().to_be_bytes());
    });
    assert_eq!(fault(&serial), Some(ErrorKind::NonMinimalLength));
}

#[test]
fn each_field_must_have_its_tag() {
    for at in [SERIAL, ALGORITHM, ISSUER, VALIDITY, SUBJECT, SPKI] {
        let wrong = alice().tamper_tbs(move |tbs| {
            let at = field(tbs, at);
            tbs[at] = 0x04;
        });
        assert_eq!(fault(&wrong), Some(ErrorKind::UnexpectedTag), "field {at}");
    }
    // Optional at the end of the SEQUENCE: another tag is one value too many.
    let extensions = alice().tamper_tbs(|tbs| {
        let at = field(tbs, EXTENSIONS);
        tbs[at] = 0xa4;
    });
    assert_eq!(fault(&extensions), Some(ErrorKind::TrailingData));
    for outer in [0x31, 0x10, 0x04, 0xa0] {
        assert_eq!(fault(&alice().tamper(move |der| der[0] = outer)), Some(ErrorKind::UnexpectedTag));
    }
    let value = der::octet_string(&[1]);
    assert_eq!(with_extension(oid::KEY_USAGE, &value), Some(ErrorKind::UnexpectedTag));
    assert_eq!(with_extension(oid::BASIC_CONSTRAINTS, &der::null()), Some(ErrorKind::UnexpectedTag));
    assert_eq!(with_extension(oid::EXTENDED_KEY_USAGE, &der::set_of([])), Some(ErrorKind::UnexpectedTag));
    assert_eq!(with_extension(oid::SUBJECT_KEY_IDENTIFIER, &der::null()), Some(ErrorKind::UnexpectedTag));
    assert_eq!(with_extension(oid::SUBJECT_ALT_NAME, &der::null()), Some(ErrorKind::UnexpectedTag));
    assert_eq!(with_extension(oid::AUTHORITY_KEY_IDENTIFIER, &der::null()), Some(ErrorKind::UnexpectedTag));
}

#[test]
fn tag_numbers_above_30_occur_nowhere() {
    let subject = der::sequence([der::tlv(
        0x31,
        &der::sequence([&der::oid(oid::COMMON_NAME)[..], &[0x1f, 0x81, 0x01, 0]]),
    )]);
    assert_eq!(fault(&alice().subject_raw(subject)), Some(ErrorKind::HighTagNumber));
    assert_eq!(fault(&alice().tamper(|der| der[0] = 0x3f)), Some(ErrorKind::HighTagNumber));
    assert_eq!(fault(&alice().san_raw(vec![0xbf, 0x81, 0x01, 0])), Some(ErrorKind::HighTagNumber));
}

#[test]
fn a_boolean_is_00_or_ff() {
    for content in [&[1][..], &[0x7f], &[0xfe], &[], &[0xff, 0xff]] {
        let flag = der::tlv(der::tag::BOOLEAN, content);
        let value = der::sequence([&flag]);
        assert_eq!(with_extension(oid::BASIC_CONSTRAINTS, &value), Some(ErrorKind::InvalidBoolean));
        let extension = der::sequence([der::oid("1.2.3"), flag, der::octet_string(&[])]);
        assert_eq!(fault(&alice().extension_raw(&extension)), Some(ErrorKind::InvalidBoolean));
    }
}

#[test]
fn a_default_is_not_written_out() {
    let no = der::boolean(false);
    let value = der::sequence([&no]);
    assert_eq!(with_extension(oid::BASIC_CONSTRAINTS, &value), Some(ErrorKind::EncodedDefault));
    let extension = der::sequence([der::oid("1.2.3"), no, der::octet_string(&[])]);
    assert_eq!(fault(&alice().extension_raw(&extension)), Some(ErrorKind::EncodedDefault));
    assert_eq!(fault(&alice().version(0)), Some(ErrorKind::EncodedDefault));
    assert_eq!(fault(&alice().without_extensions().version(0)), Some(ErrorKind::EncodedDefault));
}

#[test]
fn integers_have_their_shortest_form() {
    for serial in [&[][..], &[0, 1], &[0, 0], &[0xff, 0x80], &[0xff, 0xff]] {
        assert_eq!(fault(&alice().serial_raw(serial)), Some(ErrorKind::InvalidInteger));
    }
    let value = der::sequence([der::boolean(true), der::tlv(der::tag::INTEGER, &[0, 1])]);
    assert_eq!(with_extension(oid::BASIC_CONSTRAINTS, &value), Some(ErrorKind::InvalidInteger));
}

#[test]
fn a_bit_string_counts_its_unused_bits_and_leaves_them_zero() {
    for content in [&[][..], &[1], &[8, 0x80], &[7, 0x81], &[1, 0x81], &[0, 0x80, 0]] {
        let value = der::tlv(der::tag::BIT_STRING, content);
        let kind = with_extension(oid::KEY_USAGE, &value);
        assert_eq!(kind, Some(ErrorKind::InvalidBitString), "{content:?}");
    }
    let signature = |unused: u8| {
        Pki::new().root.issue(Key::p256(2)).signature_raw(&[0xff; 64]).tamper(move |der| {
            let at = der.len() - 65;
            der[at] = unused;
        })
    };
    for unused in [1, 7, 8, 255] {
        assert_eq!(read_error(&signature(unused).build()), Some(ErrorKind::InvalidBitString));
    }
    let key = |content: &[u8]| {
        let algorithm = der::sequence([der::oid(oid::ED25519)]);
        alice().spki_raw(der::sequence([algorithm, der::tlv(der::tag::BIT_STRING, content)]))
    };
    assert_eq!(fault(&key(&[])), Some(ErrorKind::InvalidBitString));
    assert_eq!(fault(&key(&[4, 0xff])), Some(ErrorKind::InvalidBitString));
}

#[test]
fn an_object_identifier_has_whole_arcs_in_their_shortest_form() {
    for content in [&[][..], &[0x55, 0x80], &[0x55, 0x80, 0x01], &[0x80, 0x01], &[0x55, 0x1d, 0x8f]] {
        let oid = der::tlv(der::tag::OBJECT_IDENTIFIER, content);
        let extension = der::sequence([oid.clone(), der::octet_string(&[])]);
        assert_eq!(fault(&alice().extension_raw(&extension)), Some(ErrorKind::InvalidOid));
        let subject = der::sequence([der::tlv(0x31, &der::sequence([&oid, &der::null()]))]);
        assert_eq!(fault(&alice().subject_raw(subject)), Some(ErrorKind::InvalidOid));
        assert_eq!(fault(&alice().algorithm(der::sequence([&oid]))), Some(ErrorKind::InvalidOid));
        let purposes = der::sequence([der::oid(oid::CLIENT_AUTH), oid]);
        assert_eq!(with_extension(oid::EXTENDED_KEY_USAGE, &purposes), Some(ErrorKind::InvalidOid));
        let registered = der::context_primitive(8, content);
        assert_eq!(fault(&alice().san_raw(registered)), Some(ErrorKind::InvalidOid));
    }
}

#[test]
fn a_malformed_time_is_refused_wherever_it_stands() {
    use der::tag::{GENERALIZED_TIME, UTC_TIME};
    for (tag, text) in [
        (UTC_TIME, "2501010000Z"),
        (UTC_TIME, "250101000000"),
        (UTC_TIME, "250101000000+0000"),
        (UTC_TIME, "250132000000Z"),
        (UTC_TIME, "250229000000Z"),
        (UTC_TIME, "250101240000Z"),
        (UTC_TIME, "250101000060Z"),
        (UTC_TIME, "20250101000000Z"),
        (UTC_TIME, ""),
        (GENERALIZED_TIME, "20250101000000.0Z"),
        (GENERALIZED_TIME, "20250101000000"),
        (GENERALIZED_TIME, "250101000000Z"),
        (GENERALIZED_TIME, "2025010100Z"),
    ] {
        let time = der::tlv(tag, text.as_bytes());
        let kind = Some(ErrorKind::InvalidTime);
        assert_eq!(fault(&alice().not_before_raw(time.clone())), kind, "{text}");
        assert_eq!(fault(&alice().not_after_raw(time)), kind, "{text}");
    }
    let integer = der::integer(1);
    assert_eq!(fault(&alice().not_before_raw(integer)), Some(ErrorKind::UnexpectedTag));
    assert_eq!(fault(&alice().not_before_raw(vec![])), Some(ErrorKind::Truncated));
}

#[test]
fn generalized_time_before_2050_is_the_same_second() {
    assert_eq!(fault(&alice().not_before_raw(der::generalized_time(crate::common::NOW))), None);
    let der = alice().not_before_raw(der::generalized_time(crate::common::NOW)).build();
    let certificate = Certificate::from_der(&der).unwrap();
    assert_eq!(certificate.validity().not_before, UnixTime(crate::common::NOW));
}

#[test]
fn lists_that_must_hold_something_are_not_empty() {
    let empty = der::sequence([[0; 0]; 0]);
    assert_eq!(with_extension(oid::EXTENDED_KEY_USAGE, &empty), Some(ErrorKind::EmptySequence));
    assert_eq!(with_extension(oid::SUBJECT_ALT_NAME, &empty), Some(ErrorKind::EmptySequence));
    let rdn = der::sequence([der::set_of([])]);
    assert_eq!(fault(&alice().subject_raw(rdn.clone())), Some(ErrorKind::EmptySequence));
    assert_eq!(fault(&alice().issuer_raw(rdn)), Some(ErrorKind::EmptySequence));
    let none = alice().without_extensions().tamper_tbs(|tbs| {
        let content = der::concat([&tbs[tbs_header(tbs)..], &der::context(3, &[0x30, 0])]);
        *tbs = der::tlv(0x30, &content);
    });
    assert_eq!(fault(&none), Some(ErrorKind::EmptySequence));
}

fn tbs_header(tbs: &[u8]) -> usize {
    match tbs[1] {
        0x81 => 3,
        0x82 => 4,
        _ => 2,
    }
}

// -- 2xx: certificate --

#[test]
fn version_3_is_2_as_written_and_absence_is_version_1() {
    let version = |leaf: CertificateBuilder| Certificate::from_der(&leaf.build()).unwrap().version();
    assert_eq!(version(alice()), Version::V3);
    assert_eq!(version(alice().v1()), Version::V1);
    assert_eq!(version(alice().version(1)), Version::V2);
    assert_eq!(fault(&alice().v1()), Some(ErrorKind::Version1));
}

#[test]
fn versions_other_than_1_and_3_are_unsupported() {
    for version in [1, 3, 4, 127, 128, 256] {
        assert_eq!(fault(&alice().version(version)), Some(ErrorKind::UnsupportedVersion), "{version}");
    }
}

#[test]
fn version_1_has_neither_extensions_nor_unique_identifiers() {
    let extensions = alice().tamper_tbs(|tbs| {
        let at = tbs_header(tbs);
        *tbs = der::tlv(0x30, &tbs[at + 5..]);
    });
    assert_eq!(fault(&extensions), Some(ErrorKind::FieldsBeyondVersion));
    let ids = alice().v1().unique_ids(b"id");
    assert_eq!(fault(&ids), Some(ErrorKind::FieldsBeyondVersion));
    assert_eq!(fault(&alice().unique_ids(b"id")), None);
}

#[test]
fn negative_and_long_serial_numbers_are_refused_and_twenty_bytes_with_a_sign_byte_are_not() {
    assert_eq!(fault(&alice().serial_raw(&[0x80])), Some(ErrorKind::NegativeSerial));
    assert_eq!(fault(&alice().serial_raw(&[0xff; 1])), Some(ErrorKind::NegativeSerial));
    assert_eq!(fault(&alice().serial_raw(&[0x7f; 21])), Some(ErrorKind::SerialTooLong));
    let twenty_one = der::concat([&[0][..], &[0x80; 21]]);
    assert_eq!(fault(&alice().serial_raw(&twenty_one)), Some(ErrorKind::SerialTooLong));
    let signed = der::concat([&[0][..], &[0x80; 20]]);
    assert_eq!(fault(&alice().serial_raw(&signed)), None);
    assert_eq!(fault(&alice().serial_raw(&[0x7f; 20])), None);
    assert_eq!(fault(&alice().serial(0)), None);
}

#[test]
fn the_algorithms_inside_and_outside_are_the_same_byte_for_byte() {
    let kind = Some(ErrorKind::SignatureAlgorithmMismatch);
    let other = || test_pki::algorithm_identifier(oid::ECDSA_WITH_SHA384, &[]);
    assert_eq!(fault(&alice().inner_algorithm(other())), kind);
    assert_eq!(fault(&alice().outer_algorithm(other())), kind);
    let null = || test_pki::algorithm_identifier(oid::ECDSA_WITH_SHA256, &der::null());
    assert_eq!(fault(&alice().inner_algorithm(null())), kind);
}

#[test]
fn an_empty_issuer_is_refused_and_an_empty_subject_is_not() {
    assert_eq!(fault(&alice().issuer(Name::new())), Some(ErrorKind::EmptyIssuer));
    assert_eq!(fault(&alice().subject(Name::new()).san_email("alice@example.com")), None);
}

#[test]
fn an_extension_stands_once_known_or_not_critical_or_not() {
    let kind = Some(ErrorKind::DuplicateExtension);
    for oid in [
        oid::KEY_USAGE,
        oid::EXTENDED_KEY_USAGE,
        oid::SUBJECT_KEY_IDENTIFIER,
        oid::AUTHORITY_KEY_IDENTIFIER,
        oid::CERTIFICATE_POLICIES,
        oid::NAME_CONSTRAINTS,
        oid::AUTHORITY_INFO_ACCESS,
        "2.5.29.63",
        "2.5.29.64",
        "2.5.29.1000",
        "1.2.3.4.5",
    ] {
        for critical in [false, true] {
            let twice = alice().extension(oid, critical, &[]).extra_extension(oid, !critical, &[5, 0]);
            assert_eq!(fault(&twice), kind, "{oid}");
        }
    }
    let apart = alice().extra_extension("1.2.3", false, &[]).san_dns("a.example");
    assert_eq!(fault(&apart.extra_extension("1.2.3", false, &[])), kind);
    assert_eq!(fault(&alice().san_dns("a.example").extra_extension(oid::SUBJECT_ALT_NAME, false, &[])), kind);
}

#[test]
fn object_identifiers_that_only_begin_alike_are_no_duplicates() {
    let leaf = ["1.2.3", "1.2.3.4", "2.5.29", "2.5.29.99", "2.5.29.99.0", "2.5.29.14.1"]
        .into_iter()
        .fold(alice(), |leaf, oid| leaf.extra_extension(oid, false, &[]));
    assert_eq!(fault(&leaf), None);
}

#[test]
fn extensions_are_counted() {
    let with = |count: usize| {
        let present = 4;
        (present..count).fold(alice(), |leaf, at| leaf.extra_extension(&format!("1.2.3.{at}"), false, &[]))
    };
    assert_eq!(fault(&with(MAX_EXTENSIONS)), None);
    assert_eq!(fault(&with(MAX_EXTENSIONS + 1)), Some(ErrorKind::TooManyExtensions));
}

#[test]
fn key_usage_has_a_bit_set_and_no_bit_beyond_its_own() {
    assert_eq!(with_extension(oid::KEY_USAGE, &der::named_bits(0)), Some(ErrorKind::MalformedExtension));
    let long = der::tlv(der::tag::BIT_STRING, &[0, 1, 1, 1]);
    assert_eq!(with_extension(oid::KEY_USAGE, &long), Some(ErrorKind::InvalidBitString));
}

#[test]
fn a_path_length_is_a_small_number_and_belongs_to_a_ca() {
    let constraints = |ca: bool, length: &[u8]| {
        let ca = if ca { der::boolean(true) } else { vec![] };
        with_extension(oid::BASIC_CONSTRAINTS, &der::sequence([ca, der::tlv(der::tag::INTEGER, length)]))
    };
    assert_eq!(constraints(true, &[0]), None);
    assert_eq!(constraints(true, &[0, 0xff, 0xff, 0xff, 0xff]), None);
    assert_eq!(constraints(true, &[0x80]), Some(ErrorKind::MalformedExtension));
    assert_eq!(constraints(true, &[1, 0, 0, 0, 0]), Some(ErrorKind::MalformedExtension));
    assert_eq!(constraints(true, &[0x7f; 300]), Some(ErrorKind::MalformedExtension));
    assert_eq!(constraints(false, &[0]), Some(ErrorKind::PathLenWithoutCa));
}

#[test]
fn a_malformed_extension_is_refused_whether_or_not_it_is_needed() {
    for oid in [
        oid::SUBJECT_KEY_IDENTIFIER,
        oid::KEY_USAGE,
        oid::SUBJECT_ALT_NAME,
        oid::BASIC_CONSTRAINTS,
        oid::AUTHORITY_KEY_IDENTIFIER,
        oid::EXTENDED_KEY_USAGE,
    ] {
        for value in [&[][..], &[0x30], &[0x30, 0x80, 0, 0], b"garbage", &[0xff; 3]] {
            assert!(with_extension(oid, value).is_some(), "{oid} {value:?}");
        }
    }
}

#[test]
fn an_extension_has_an_identifier_and_an_octet_string_and_nothing_else() {
    let id = || der::oid("1.2.3");
    for (extension, kind) in [
        (der::sequence([id()]), ErrorKind::Truncated),
        (der::sequence([id(), der::null()]), ErrorKind::UnexpectedTag),
        (der::sequence([id(), der::octet_string(&[]), der::null()]), ErrorKind::TrailingData),
        (der::sequence([der::octet_string(&[])]), ErrorKind::UnexpectedTag),
        (der::null(), ErrorKind::UnexpectedTag),
    ] {
        assert_eq!(fault(&alice().extension_raw(&extension)), Some(kind));
    }
}

#[test]
fn general_names_have_the_form_of_their_kind() {
    let malformed = Some(ErrorKind::MalformedGeneralName);
    for name in [
        der::context_primitive(1, b"b\xf6b@example.com"),
        der::context_primitive(2, b"\xff.example"),
        der::context_primitive(6, b"http://\x80"),
        der::context_primitive(7, &[1, 2, 3]),
        der::context_primitive(7, &[0; 8]),
        der::context_primitive(7, &[]),
        der::context_primitive(9, b"x"),
        der::context_primitive(0, b"x"),
        der::context(1, b"a@example.com"),
        der::tlv(der::tag::IA5_STRING, b"a@example.com"),
    ] {
        assert_eq!(fault(&alice().san_raw(name.clone())), malformed, "{name:?}");
    }
    let other = |content: &[u8]| fault(&alice().san_raw(der::context(0, content)));
    assert_eq!(other(&[]), Some(ErrorKind::Truncated));
    assert_eq!(other(&der::oid("1.2.3")), Some(ErrorKind::Truncated));
    let directory = |content: &[u8]| fault(&alice().san_raw(der::context(4, content)));
    assert_eq!(directory(&der::null()), Some(ErrorKind::UnexpectedTag));
    assert_eq!(directory(&der::concat([Name::new().der(), der::null()])), Some(ErrorKind::TrailingData));
    for name in [
        general_name::ip(&[0; 16]),
        general_name::directory(&Name::from("a")),
        general_name::other("1.2.3", &der::null()),
        der::context(3, &[5, 0]),
        der::context(5, &[5, 0]),
        der::context_primitive(8, &[0x2a, 3]),
    ] {
        assert_eq!(fault(&alice().san_raw(name.clone())), None, "{name:?}");
    }
}

#[test]
fn names_are_sequences_of_sets_of_attributes() {
    let cn = || attribute(oid::COMMON_NAME, der::tag::UTF8_STRING, b"a");
    for (subject, kind) in [
        (der::sequence([cn()]), ErrorKind::UnexpectedTag),
        (der::sequence([der::sequence([cn()])]), ErrorKind::UnexpectedTag),
        (der::sequence([der::set_of([der::oid(oid::COMMON_NAME)])]), ErrorKind::UnexpectedTag),
        (der::sequence([der::set_of([der::sequence([der::oid("2.5.4.3")])])]), ErrorKind::Truncated),
        (
            der::sequence([der::set_of([der::sequence([der::oid("2.5.4.3"), der::null(), der::null()])])]),
            ErrorKind::TrailingData,
        ),
    ] {
        assert_eq!(fault(&alice().subject_raw(subject.clone())), Some(kind), "{subject:?}");
    }
}

#[test]
fn a_public_key_is_a_whole_number_of_bytes_under_one_algorithm() {
    let algorithm = || der::sequence([der::oid(oid::ED25519)]);
    let bits = |content: &[u8]| der::tlv(der::tag::BIT_STRING, content);
    for (spki, kind) in [
        (der::sequence([algorithm(), bits(&[1, 0xfe])]), ErrorKind::MalformedPublicKey),
        (der::sequence([algorithm()]), ErrorKind::Truncated),
        (der::sequence([algorithm(), der::octet_string(&[0; 32])]), ErrorKind::UnexpectedTag),
        (der::sequence([algorithm(), bits(&[0; 33]), der::null()]), ErrorKind::TrailingData),
        (der::sequence([der::sequence([der::null()]), bits(&[0; 33])]), ErrorKind::UnexpectedTag),
    ] {
        assert_eq!(fault(&alice().spki_raw(spki.clone())), Some(kind));
        assert_eq!(SubjectPublicKeyInfo::from_der(&spki).unwrap_err().kind, kind);
    }
}

#[test]
fn an_inverted_validity_is_refused() {
    assert_eq!(
        fault(&alice().validity(crate::common::NOW + 1, crate::common::NOW)),
        Some(ErrorKind::InvertedValidity)
    );
}

#[test]
fn no_certificate_is_longer_than_the_limit() {
    let long = |len| alice().extra_extension("1.2.3", false, &vec![0; len]).build();
    let overhead = long(MAX_CERTIFICATE_LEN).len() - MAX_CERTIFICATE_LEN;
    let longest = long(MAX_CERTIFICATE_LEN - overhead);
    // Shorter lengths take fewer bytes to write down.
    assert!(longest.len() <= MAX_CERTIFICATE_LEN);
    assert_eq!(read_error(&longest), None);
    assert_eq!(read_error(&long(MAX_CERTIFICATE_LEN)), Some(ErrorKind::InputTooLong));
    assert_eq!(read_error(&vec![0x30; MAX_CERTIFICATE_LEN + 1]), Some(ErrorKind::InputTooLong));
}

#[test]
fn an_error_says_where_in_the_certificate_it_is() {
    let der = alice().serial_raw(&[0x80]).build();
    let leaf = Certificate::from_der(&der).unwrap();
    let error = Pki::new().setup().verifier(|verifier, presented| {
        let time = UnixTime(crate::common::NOW);
        verifier.verify(&leaf, presented, time, &mut cba_core::path::Workspace::new()).unwrap_err()
    });
    assert_eq!(error.kind, ErrorKind::NegativeSerial);
    assert_eq!(der[error.offset as usize], 0x80);
    assert_eq!(der[error.offset as usize - 2..error.offset as usize], [der::tag::INTEGER, 1]);
    let trailing = der::concat([&der[..], &[0]]);
    assert_eq!(Certificate::from_der(&trailing).unwrap_err().offset as usize, der.len());
}

#[test]
fn any_byte_changed_to_any_value_is_read_or_refused_without_a_panic() {
    let pki = Pki::new();
    let good = pki.alice().san_email("alice@example.com").san_dns("a.example").build();
    let setup = pki.setup();
    for at in 0..good.len() {
        for change in [0x01, 0x80, 0xff, 0x20] {
            let mut der = good.clone();
            der[at] ^= change;
            if Certificate::from_der(&der).is_ok() {
                assert!(setup.verify(&der).is_err(), "byte {at} ^ {change:#x} is verified");
            }
        }
    }
}
