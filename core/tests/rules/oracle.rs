//! What we read of a certificate is what another implementation reads.

use crate::common::Pki;
use cba_core::certificate::{Certificate, Version};
use spki::SubjectPublicKeyInfoRef;
use test_pki::{Authority, CertificateBuilder, Key, Name, attribute, der, general_name, key_usage, oid};
use x509_cert::der::asn1::{AnyRef, BitStringRef};
use x509_cert::der::{Decode, Encode};

fn unix(time: &x509_cert::time::Time) -> i64 {
    i64::try_from(time.to_unix_duration().as_secs()).unwrap()
}

/// Compares everything that both can say of a certificate.
fn agrees(der: &[u8]) {
    let ours = Certificate::from_der(der).unwrap();
    let oracle = x509_cert::Certificate::from_der(der).unwrap();
    let tbs = oracle.tbs_certificate();
    let encoded = |value: &dyn Fn() -> x509_cert::der::Result<Vec<u8>>| value().unwrap();

    assert_eq!(ours.der(), der);
    assert_eq!(ours.tbs_certificate(), encoded(&|| tbs.to_der()));
    let version = match tbs.version() {
        x509_cert::Version::V1 => Version::V1,
        x509_cert::Version::V2 => Version::V2,
        x509_cert::Version::V3 => Version::V3,
    };
    assert_eq!(ours.version(), version);
    assert_eq!(ours.serial().as_bytes(), tbs.serial_number().as_bytes());
    assert_eq!(ours.issuer().der(), encoded(&|| tbs.issuer().to_der()));
    assert_eq!(ours.subject().der(), encoded(&|| tbs.subject().to_der()));
    assert_eq!(ours.validity().not_before.0, unix(&tbs.validity().not_before));
    assert_eq!(ours.validity().not_after.0, unix(&tbs.validity().not_after));
    assert_eq!(ours.signature(), oracle.signature().as_bytes());
    let algorithm = ours.signature_algorithm();
    assert_eq!(algorithm.oid(), oracle.signature_algorithm().oid.as_bytes());

    let spki = ours.subject_public_key_info();
    let reference = SubjectPublicKeyInfoRef::<'_>::from_der(spki.der()).unwrap();
    let subject_public_key: BitStringRef<'_> = reference.subject_public_key;
    assert_eq!(Some(spki.key()), subject_public_key.as_bytes());
    assert_eq!(spki.algorithm().oid(), reference.algorithm.oid.as_bytes());
    let parameters: Option<AnyRef<'_>> = reference.algorithm.parameters;
    let parameters = parameters.map_or(Vec::new(), |parameters| parameters.to_der().unwrap());
    assert_eq!(spki.algorithm().parameters(), parameters);
    assert_eq!(spki.der(), encoded(&|| tbs.subject_public_key_info().to_der()));

    let extensions: Vec<_> = ours
        .extensions()
        .iter()
        .map(|extension| (extension.oid.to_vec(), extension.critical, extension.value().to_vec()))
        .collect();
    let expected: Vec<_> = tbs
        .extensions()
        .into_iter()
        .flatten()
        .map(|extension| {
            let oid = extension.extn_id.as_bytes().to_vec();
            (oid, extension.critical, extension.extn_value.as_bytes().to_vec())
        })
        .collect();
    assert_eq!(extensions, expected);

    let attributes = ours.subject().attributes().map(|a| (a.oid.to_vec(), a.value().to_vec()));
    let expected = tbs.subject().iter().map(|a| (a.oid.as_bytes().to_vec(), a.value.value().to_vec()));
    assert_eq!(attributes.collect::<Vec<_>>(), expected.collect::<Vec<_>>());
}

/// Compares what both say of basicConstraints, keyUsage and extendedKeyUsage.
fn agrees_on_extensions(der: &[u8]) {
    use x509_cert::ext::pkix::{BasicConstraints, ExtendedKeyUsage, KeyUsage};
    let ours = Certificate::from_der(der).unwrap();
    let oracle = x509_cert::Certificate::from_der(der).unwrap();
    let tbs = oracle.tbs_certificate();

    let constraints = tbs.get_extension::<BasicConstraints>().unwrap();
    let constraints =
        constraints.map(|(_, constraints)| (constraints.ca, constraints.path_len_constraint.map(u32::from)));
    let ours_constraints = ours.extensions().basic_constraints().unwrap();
    assert_eq!(ours_constraints.map(|c| (c.ca, c.path_len_constraint)), constraints);

    let usage = tbs.get_extension::<KeyUsage>().unwrap();
    let usage = usage.map(|(_, usage)| {
        (usage.digital_signature(), usage.key_cert_sign(), usage.crl_sign(), usage.0.bits())
    });
    let ours_usage = ours.extensions().key_usage().unwrap();
    let ours_usage = ours_usage.map(|u| (u.digital_signature(), u.key_cert_sign(), u.crl_sign(), u.bits()));
    assert_eq!(ours_usage, usage);

    let purposes = tbs.get_extension::<ExtendedKeyUsage>().unwrap();
    let purposes = purposes
        .map(|(_, purposes)| purposes.0.iter().map(|oid| oid.as_bytes().to_vec()).collect::<Vec<_>>());
    let ours_purposes = ours.extensions().extended_key_usage().unwrap();
    assert_eq!(ours_purposes.map(|p| p.iter().map(<[u8]>::to_vec).collect::<Vec<_>>()), purposes);
}

fn alice() -> CertificateBuilder {
    Pki::new().alice()
}

fn both(leaf: &CertificateBuilder) {
    agrees(&leaf.build());
    agrees_on_extensions(&leaf.build());
}

#[test]
fn on_cas_and_leaves_of_every_kind_of_key() {
    let keys = [Key::p256(1), Key::p384(1), Key::ed25519(1), Key::rsa(1024), Key::rsa(2048), Key::rsa(4096)];
    for key in &keys {
        let root = Authority::root("Root", key.clone());
        agrees(root.certificate_der());
        agrees_on_extensions(root.certificate_der());
        for leaf in &keys {
            both(&root.issue(leaf.clone()).email("alice@example.com"));
        }
    }
    for key in [Key::ec_public(oid::P521, &[4; 133]), Key::rsa_public(&test_pki::odd_modulus(2047), &[3])] {
        both(&alice().spki_raw(key.spki_der()));
    }
}

#[test]
fn on_serial_numbers_of_every_length() {
    for len in 1..=20 {
        agrees(&alice().serial_raw(&vec![0x7f; len]).build());
    }
    agrees(&alice().serial(0).build());
    agrees(&alice().serial(0x80).build());
    agrees(&alice().serial(u64::MAX).build());
}

#[test]
fn on_dates_of_every_year() {
    let year = 31_556_952;
    for at in 0..500 {
        let not_before = at * year + at * 86_399;
        agrees(&alice().validity(not_before, not_before + at * 7_654_321).build());
    }
    agrees(&alice().validity(0, 253_402_300_799).build());
    agrees(&alice().validity(2_524_607_999, 2_524_608_000).build());
}

#[test]
fn on_names_of_every_shape() {
    let value = |oid: &str, text: &str| attribute(oid, der::tag::UTF8_STRING, text.as_bytes());
    for name in [
        Name::new(),
        Name::from("a"),
        Name::from("café"),
        Name::new().attribute(oid::COUNTRY, der::tag::PRINTABLE_STRING, b"DE").common_name("a"),
        Name::new().rdn([value(oid::COMMON_NAME, "a"), value(oid::ORGANIZATION, "b")]),
        Name::new().attribute(oid::COMMON_NAME, der::tag::BMP_STRING, &[0, 0x61]),
        Name::new().attribute(oid::COMMON_NAME, der::tag::UTF8_STRING, &[b'x'; 200]),
        Name::new().attribute(oid::COMMON_NAME, der::tag::UTF8_STRING, &[b'x'; 70_000]),
        (0..40).fold(Name::new(), |name, at| name.common_name(&format!("{at}"))),
    ] {
        agrees(&alice().subject(name).build());
    }
}

#[test]
fn on_extensions_of_every_kind() {
    let root = Authority::root("Root", Key::p256(1));
    for bits in 0..9 {
        both(&alice().key_usage(1 << bits));
        both(&alice().key_usage(key_usage::DIGITAL_SIGNATURE | 1 << bits));
    }
    for path_len in [None, Some(0), Some(1), Some(127), Some(128), Some(255)] {
        both(&root.issue_ca("CA", Key::p256(2)).basic_constraints(true, path_len, true));
    }
    both(&alice().basic_constraints(false, None, false));
    both(&alice().extended_key_usage(&[oid::CLIENT_AUTH, oid::SERVER_AUTH, oid::ANY_EXTENDED_KEY_USAGE]));
    both(&alice().san_email("a@example.com").san_dns("a.example").san_uri("urn:a").san_critical());
    both(&alice().san_raw(general_name::ip(&[1, 2, 3, 4])).san_directory(&Name::from("a")));
    both(&alice().name_constraints(&[general_name::dns("a.example")], &[]));
    both(&alice().policy_constraints(Some(0), None).inhibit_any_policy(1));
    both(&alice().extension("1.2.3.4", true, b"anything").extension("1.2.3.5", false, &[]));
    both(&alice().unique_ids(b"id"));
    both(&alice().without_extensions());
    agrees(&alice().v1().build());
}
