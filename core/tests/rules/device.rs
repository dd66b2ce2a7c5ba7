//! What tells one device from another, and the one name that a device may have.

use crate::common::Pki;
use cba_core::identity::{DeviceNameKind, Identity, IdentityOptions};
use cba_core::path::Workspace;
use cba_core::sha256;
use test_pki::{CertificateBuilder, Key, der, general_name, oid};

const ALICE: &str = "alice@example.com";

#[test]
fn the_device_is_told_by_everything_that_is_the_certificates_own() {
    let pki = Pki::new();
    let leaf = pki
        .alice()
        .serial(0x0102)
        .attribute(oid::SERIAL_NUMBER, der::tag::PRINTABLE_STRING, b"SN-1")
        .attribute(oid::SERIAL_NUMBER, der::tag::PRINTABLE_STRING, b"SN-2")
        .san_uri("urn:uuid:6ba7b810-9dad-11d1-80b4-00c04fd430c8")
        .san_dns("laptop.example.com")
        .san_dns("laptop.corp.example.com")
        .san_raw(general_name::ip(&[192, 0, 2, 1]))
        .build();
    pki.setup().run(&leaf, &mut Workspace::new(), |path| {
        let path = path.unwrap();
        let identity = Identity::from_path(&path, &IdentityOptions::default()).unwrap();
        let device = identity.device();
        assert_eq!(device.fingerprint(), sha256(&leaf));
        assert_eq!(device.public_key_hash(), sha256(&Key::p256(3).spki_der()));
        assert_eq!(device.serial().as_bytes(), [1, 2]);
        assert_eq!(device.issuer(), pki.issuing.subject_der());
        let numbers: Vec<_> = device.subject_serial_numbers().map(|number| number.value()).collect();
        assert_eq!(numbers, [b"SN-1", b"SN-2"]);
        let names: Vec<_> = device.common_names().map(|name| name.value()).collect();
        assert_eq!(names, [b"alice"]);
        let uris: Vec<_> = device.uris().unwrap().collect();
        assert_eq!(uris, [b"urn:uuid:6ba7b810-9dad-11d1-80b4-00c04fd430c8"]);
        let hosts: Vec<_> = device.dns_names().unwrap().collect();
        assert_eq!(hosts, [&b"laptop.example.com"[..], b"laptop.corp.example.com"]);
    });
}

#[test]
fn a_device_without_alternative_names_has_none() {
    let pki = Pki::new();
    let leaf = pki.client().email(ALICE).build();
    pki.setup().run(&leaf, &mut Workspace::new(), |path| {
        let path = path.unwrap();
        let identity = Identity::from_path(&path, &IdentityOptions::default()).unwrap();
        let device = identity.device();
        assert_eq!(device.uris().unwrap().count() + device.dns_names().unwrap().count(), 0);
        assert_eq!(device.common_names().count() + device.subject_serial_numbers().count(), 0);
    });
}

/// The name of the device with this leaf.
fn device_name(leaf: &CertificateBuilder) -> Option<(DeviceNameKind, String)> {
    let pki = Pki::new();
    pki.setup().run(&leaf.build(), &mut Workspace::new(), |path| {
        let path = path.unwrap();
        let identity = Identity::from_path(&path, &IdentityOptions::default()).unwrap();
        let name = identity.device().name()?;
        Some((name.kind, String::from_utf8(name.value.to_vec()).unwrap()))
    })
}

/// A device whose names are still to come.
fn device() -> CertificateBuilder {
    Pki::new().client().email(ALICE)
}

fn serial_number(leaf: CertificateBuilder, tag: u8, value: &[u8]) -> CertificateBuilder {
    leaf.attribute(oid::SERIAL_NUMBER, tag, value)
}

#[test]
fn the_device_is_named_by_the_first_kind_that_its_certificate_holds() {
    use DeviceNameKind::{CommonName, DnsName, SerialNumber, Uri};
    let named = |kind, name: &str| Some((kind, name.to_owned()));
    assert_eq!(device_name(&device()), None);
    let leaf = device().common_name("cn");
    assert_eq!(device_name(&leaf), named(CommonName, "cn"));
    let leaf = leaf.san_dns("host.example.com");
    assert_eq!(device_name(&leaf), named(DnsName, "host.example.com"));
    let leaf = leaf.san_uri("urn:device:1");
    assert_eq!(device_name(&leaf), named(Uri, "urn:device:1"));
    let leaf = serial_number(leaf, der::tag::PRINTABLE_STRING, b"SN-1");
    assert_eq!(device_name(&leaf), named(SerialNumber, "SN-1"));
}

#[test]
fn two_different_names_of_one_kind_are_none_and_no_other_kind_stands_in_for_them() {
    let ambiguous = [
        device().common_name("a").common_name("b"),
        device().common_name("a").san_dns("a.example").san_dns("b.example"),
        device().common_name("a").san_dns("a.example").san_uri("urn:a").san_uri("urn:b"),
        serial_number(serial_number(device(), 0x13, b"SN-1"), 0x13, b"SN-2")
            .common_name("a")
            .san_uri("urn:a"),
        // Case is not folded: a name is what it is byte for byte.
        device().common_name("a").common_name("A"),
    ];
    for (number, leaf) in ambiguous.iter().enumerate() {
        assert_eq!(device_name(leaf), None, "leaf {number}");
    }
    let twice = device().san_dns("a.example").san_dns("a.example").common_name("b").common_name("c");
    assert_eq!(device_name(&twice), Some((DeviceNameKind::DnsName, "a.example".to_owned())));
}

#[test]
fn a_name_in_a_string_type_of_wide_characters_does_not_pass_for_ascii() {
    for (tag, value) in [
        (der::tag::BMP_STRING, &b"\0S\0N"[..]),
        // One character, U+534E, and not two.
        (der::tag::BMP_STRING, b"SN"),
        (der::tag::UNIVERSAL_STRING, b"SN-1"),
        (der::tag::OCTET_STRING, b"SN-1"),
    ] {
        let alone = serial_number(device(), tag, value).common_name("cn");
        assert_eq!(device_name(&alone), None, "{tag:#x}");
        let second = serial_number(serial_number(device(), der::tag::UTF8_STRING, b"SN-1"), tag, value);
        assert_eq!(device_name(&second), None, "{tag:#x}");
    }
}

#[test]
fn a_name_that_could_end_a_line_of_a_log_is_none() {
    for value in [
        &b""[..],
        b"a\nb",
        b"a\r\nX-User: boss",
        b"a\0b",
        b"\x1b[2J",
        b"a\x7f",
        b"a\tb",
        "é".as_bytes(),
        b"\xff",
    ] {
        let leaf = serial_number(device().common_name("cn"), der::tag::UTF8_STRING, value);
        assert_eq!(device_name(&leaf), None, "{value:?}");
    }
    for value in ["SN 1", "~!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}"] {
        let leaf = serial_number(device(), der::tag::UTF8_STRING, value.as_bytes());
        assert_eq!(device_name(&leaf), Some((DeviceNameKind::SerialNumber, value.to_owned())));
    }
}
