//! Certificates and names: every accessor of whatever parses, against x509-cert and against itself.
//!
//! An input that begins with `N` is two names (u16 length and bytes each); any other is a certificate.

#![no_main]

use std::cell::Cell;

use cba_core::certificate::{GeneralName, Name, SubjectPublicKeyInfo, Version};
use cba_core::der::tag;
use cba_core::identity::{EmailPlace, emails};
use cba_core::limits::MAX_FOLDED_NAME_LEN;
use cba_core::path::TrustAnchor;
use cba_core::{Certificate, Error, ErrorKind};
use cba_fuzz::tlv::{Body, Node, Random, agree_on_algorithm, mutate};
use libfuzzer_sys::{fuzz_mutator, fuzz_target, fuzzer_mutate};
use x509_cert::certificate::{CertificateInner, Raw};
use x509_cert::der::{Decode, Encode};
use x509_cert::ext::pkix;

fuzz_target!(|input: &[u8]| {
    match input.split_first() {
        Some((b'N', names)) => check_names(names),
        _ => check_certificate(input),
    }
});

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    let mut random = Random::new(seed);
    if random.below(4) > 0
        && let Some(mut root) = Node::parse(&data[..size])
    {
        mutate(&mut root, &mut random);
        if random.below(2) == 0 {
            agree_on_algorithm(&mut root);
        }
        let der = root.encode();
        if der.len() <= max_size {
            data[..der.len()].copy_from_slice(&der);
            return der.len();
        }
    }
    fuzzer_mutate(data, size, max_size)
});

fn check_certificate(der: &[u8]) {
    let certificate = match Certificate::from_der(der) {
        Ok(certificate) => certificate,
        Err(error) => return check_error(&error, der),
    };
    assert_eq!(certificate.der(), der, "a certificate is the whole of its input");
    let within = |part: &[u8]| {
        der.as_ptr_range().start <= part.as_ptr() && part.as_ptr_range().end <= der.as_ptr_range().end
    };
    assert!(within(certificate.tbs_certificate()) && within(certificate.serial().as_bytes()));
    assert!(!certificate.serial().as_bytes().is_empty());
    match certificate.require_form() {
        Ok(()) => {
            assert!(certificate.version() == Version::V3 || certificate.extensions().iter().next().is_none());
            assert!(certificate.version() != Version::V2);
        }
        Err(error) => check_error(&error, der),
    }

    for name in [certificate.issuer(), certificate.subject()] {
        assert!(within(name.der()));
        check_name(&name);
    }
    check_pair(&certificate.issuer(), &certificate.subject());
    assert_eq!(certificate.is_self_issued(), certificate.subject().matches(&certificate.issuer()));

    let spki = certificate.subject_public_key_info();
    assert_eq!(SubjectPublicKeyInfo::from_der(spki.der()), Ok(spki));

    check_extensions(&certificate);
    let oracle = CertificateInner::<Raw>::from_der(der).ok();
    check_emails(&certificate, oracle.as_ref());
    let anchor = TrustAnchor::from_certificate(&certificate);
    assert!(anchor.subject().matches(&certificate.subject()));
    if let Some(oracle) = oracle {
        check_against_oracle(&certificate, &oracle);
    }
}

fn check_error(error: &Error, der: &[u8]) {
    assert!(error.offset as usize <= der.len(), "{error} in {} bytes", der.len());
    let of_reading =
        matches!(error.kind.code(), 100..=299 | 904) || error.kind == ErrorKind::PathLenWithoutCa;
    assert!(of_reading, "{error:?}");
    assert!(!format!("{error} {error:?}").is_empty());
}

fn check_extensions(certificate: &Certificate<'_>) {
    let der = certificate.der();
    let extensions = certificate.extensions();
    let oids: Vec<_> = extensions.iter().map(|extension| extension.oid).collect();
    for (at, oid) in oids.iter().enumerate() {
        assert!(!oids[..at].contains(oid), "an extension stands twice");
    }
    let find = |number| extensions.iter().find(|extension| extension.oid == [0x55, 0x1d, number]);

    // Whether what only names things is well-formed: key identifiers and alternative names.
    let well_formed = Cell::new(true);
    let note = |failed: Option<Error>| {
        if let Some(error) = failed {
            well_formed.set(false);
            check_error(&error, der);
        }
    };
    match extensions.basic_constraints() {
        Ok(constraints) => {
            assert_eq!(constraints.is_some(), find(19).is_some());
            assert_eq!(certificate.is_ca(), constraints.is_some_and(|constraints| constraints.ca));
            if let Some(ours) = constraints
                && let Ok(theirs) = pkix::BasicConstraints::from_der(find(19).unwrap().value())
            {
                assert_eq!(ours.ca, theirs.ca);
                // x509-cert keeps a byte of it.
                assert_eq!(ours.path_len_constraint, theirs.path_len_constraint.map(u32::from));
            }
        }
        Err(error) => check_error(&error, der),
    }
    match extensions.key_usage() {
        Ok(Some(ours)) => {
            assert!(ours.bits() != 0);
            if let Ok(theirs) = pkix::KeyUsage::from_der(find(15).unwrap().value()) {
                assert_eq!(ours.bits() & 0x1ff, theirs.0.bits() & 0x1ff);
                assert_eq!(ours.digital_signature(), theirs.digital_signature());
                assert_eq!(ours.key_cert_sign(), theirs.key_cert_sign());
                assert_eq!(ours.crl_sign(), theirs.crl_sign());
            }
        }
        Ok(None) => {}
        Err(error) => check_error(&error, der),
    }
    match extensions.extended_key_usage() {
        Ok(Some(ours)) => {
            let purposes: Vec<_> = ours.iter().collect();
            assert!(purposes.iter().all(|purpose| ours.contains(purpose)));
            assert_eq!(ours.contains_any(), ours.contains(&[0x55, 0x1d, 0x25, 0x00]));
            if let Ok(theirs) = pkix::ExtendedKeyUsage::from_der(find(37).unwrap().value()) {
                assert!(purposes.iter().copied().eq(theirs.0.iter().map(|oid| oid.as_bytes())));
            }
        }
        Ok(None) => {}
        Err(error) => check_error(&error, der),
    }
    match extensions.subject_key_identifier() {
        Ok(Some(ours)) => {
            if let Ok(theirs) = pkix::SubjectKeyIdentifier::from_der(find(14).unwrap().value()) {
                assert_eq!(ours, theirs.0.as_bytes());
            }
        }
        other => note(other.err()),
    }
    match extensions.authority_key_identifier() {
        Ok(ours) => {
            if let Some(extension) = find(35)
                && let Ok(theirs) = pkix::AuthorityKeyIdentifier::from_der(extension.value())
            {
                assert_eq!(ours, theirs.key_identifier.as_ref().map(|identifier| identifier.as_bytes()));
            }
        }
        Err(error) => note(Some(error)),
    }
    match extensions.subject_alt_name() {
        Ok(Some(names)) => {
            let names: Vec<_> = names.iter().collect();
            assert!(!names.is_empty());
            for name in &names {
                match name {
                    Ok(GeneralName::Directory(name)) => check_name(name),
                    Ok(GeneralName::Rfc822(text) | GeneralName::Dns(text) | GeneralName::Uri(text)) => {
                        let is_well_formed = name.as_ref().is_ok_and(GeneralName::is_well_formed);
                        assert_eq!(is_well_formed, text.is_ascii());
                        well_formed.set(well_formed.get() && is_well_formed);
                    }
                    Ok(name) if !name.is_well_formed() => well_formed.set(false),
                    Ok(_) => {}
                    Err(error) => note(Some(*error)),
                }
            }
        }
        other => note(other.err()),
    }
    match extensions.require_well_formed_names() {
        Ok(()) => assert!(well_formed.get()),
        Err(error) => {
            assert!(!well_formed.get());
            check_error(&error, der);
        }
    }
    if let Err(error) = extensions.require_processed() {
        assert!(error.offset as usize <= der.len());
    }
}

/// The addresses of the certificate, and those that x509-cert finds.
fn check_emails(certificate: &Certificate<'_>, oracle: Option<&CertificateInner<Raw>>) {
    let ours: Result<Vec<_>, _> = emails(certificate).collect();
    let ours = match ours {
        Ok(ours) => ours,
        Err(error) => return check_error(&error, certificate.der()),
    };
    let Some(oracle) = oracle else { return };
    let oid = x509_cert::der::asn1::ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.1");
    let subject =
        oracle.tbs_certificate().subject().iter_rdn().flat_map(|rdn| rdn.iter()).filter(|a| a.oid == oid);
    let mut theirs: Vec<Vec<u8>> = subject.map(|attribute| attribute.value.value().to_vec()).collect();
    let in_subject = theirs.len();
    if let Ok(Some((_, names))) = oracle.tbs_certificate().get_extension::<pkix::SubjectAltName>() {
        theirs.extend(names.0.iter().filter_map(|name| match name {
            pkix::name::GeneralName::Rfc822Name(text) => Some(text.as_bytes().to_vec()),
            _ => None,
        }));
    } else if certificate.extensions().subject_alt_name().is_ok_and(|names| names.is_some()) {
        // An alternative name that x509-cert cannot read.
        return;
    }
    let (places, bytes): (Vec<_>, Vec<_>) =
        ours.iter().map(|email| (email.place, email.bytes.to_vec())).unzip();
    let mut sorted = bytes.clone();
    // The oracle sorts the attributes of an RDN.
    sorted[..in_subject.min(bytes.len())].sort();
    theirs[..in_subject].sort();
    assert_eq!(sorted, theirs);
    assert_eq!(places.iter().filter(|place| matches!(place, EmailPlace::Subject { .. })).count(), in_subject);
}

fn check_against_oracle(ours: &Certificate<'_>, theirs: &CertificateInner<Raw>) {
    // x509-cert sorts sets and drops what it does not keep: only what it writes back unchanged is a witness.
    if theirs.to_der().as_deref() != Ok(ours.der()) {
        return;
    }
    let tbs = theirs.tbs_certificate();
    assert_eq!(ours.tbs_certificate(), tbs.to_der().unwrap());
    let number = ours.serial().as_bytes();
    assert_eq!(
        [&[tag::INTEGER, number.len() as u8][..], number].concat(),
        tbs.serial_number().to_der().unwrap()
    );
    assert_eq!(ours.issuer().der(), tbs.issuer().to_der().unwrap());
    assert_eq!(ours.subject().der(), tbs.subject().to_der().unwrap());
    assert_eq!(ours.subject_public_key_info().der(), tbs.subject_public_key_info().to_der().unwrap());
    assert_eq!(
        ours.subject_public_key_info().key(),
        tbs.subject_public_key_info().subject_public_key.raw_bytes()
    );
    assert_eq!(ours.signature(), theirs.signature().as_bytes());
    assert_eq!(ours.signature_algorithm().oid(), theirs.signature_algorithm().oid.as_bytes());
    let parameters = theirs.signature_algorithm().parameters.as_ref().map(|any| any.to_der().unwrap());
    assert_eq!(ours.signature_algorithm().parameters(), parameters.unwrap_or_default());
    let seconds = |time: x509_cert::time::Time| time.to_unix_duration().as_secs() as i64;
    assert_eq!(ours.validity().not_before.0, seconds(tbs.validity().not_before));
    assert_eq!(ours.validity().not_after.0, seconds(tbs.validity().not_after));
    let theirs = tbs.extensions().map_or(&[][..], |extensions| extensions);
    let ours: Vec<_> = ours.extensions().iter().map(|e| (e.oid, e.critical, e.value())).collect();
    let theirs: Vec<_> =
        theirs.iter().map(|e| (e.extn_id.as_bytes(), e.critical, e.extn_value.as_bytes())).collect();
    assert_eq!(ours, theirs);
}

fn check_name(name: &Name<'_>) {
    assert!(name.matches(name));
    assert_eq!(name.is_empty(), name.rdns().next().is_none());
    let again = Name::from_der(name.der()).expect("a name is one by itself too");
    check_pair(name, &again);
    assert!(name.matches(&again));
    assert_eq!(name.attributes().count(), name.rdns().map(Iterator::count).sum::<usize>());
    assert!(name.rdns().all(|mut rdn| rdn.next().is_some()));
    if let Some(common_name) = name.common_name() {
        assert_eq!(common_name.oid, [0x55, 0x04, 0x03]);
    }
    if !is_comparable(name) {
        return;
    }
    // The same name in another case, or in another string type, is the same name.
    for other in [in_other_case(name), as_bmp(name)] {
        let other = Name::from_der(&other).expect("spelling does not change the form");
        if !is_comparable(&other) {
            continue;
        }
        assert!(name.matches(&other) && other.matches(name), "spelling counts");
        assert_eq!(name.key(), other.key());
    }
}

fn check_pair(a: &Name<'_>, b: &Name<'_>) {
    let equal = a.matches(b);
    assert_eq!(equal, b.matches(a), "equality is symmetric");
    if equal {
        assert_eq!(a.key(), b.key(), "equal names share their key");
    }
    if a.der() == b.der() {
        assert!(equal);
    }
    if !is_comparable(a) {
        return;
    }
    let other = in_other_case(a);
    let other = Name::from_der(&other).expect("case does not change the form");
    assert_eq!(other.matches(b), equal, "equality is transitive");
}

/// Whether the name and its RDNs are small enough to be compared; larger ones are equal as bytes alone.
fn is_comparable(name: &Name<'_>) -> bool {
    name.der().len() <= MAX_FOLDED_NAME_LEN && name.rdns().all(|rdn| rdn.count() <= 8)
}

/// The name with the case of every ASCII letter of its one-byte strings turned round.
fn in_other_case(name: &Name<'_>) -> Vec<u8> {
    with_strings(name, |_, text| {
        for byte in text.iter_mut().filter(|byte| byte.is_ascii_alphabetic()) {
            *byte ^= 0x20;
        }
    })
}

/// The name with its ASCII strings as BMPString, and their spaces doubled.
fn as_bmp(name: &Name<'_>) -> Vec<u8> {
    with_strings(name, |tag, text| {
        if text.is_ascii() {
            *tag = tag::BMP_STRING;
            let spaced = text.iter().flat_map(|&byte| [byte].repeat(1 + usize::from(byte == b' ')));
            *text = spaced.chain([b' ']).flat_map(|byte| [0, byte]).collect();
        }
    })
}

/// The name with every character string of one byte to an ASCII character rewritten.
fn with_strings(name: &Name<'_>, rewrite: impl Fn(&mut u8, &mut Vec<u8>)) -> Vec<u8> {
    let mut node = Node::parse(name.der()).expect("a name is DER");
    let Body::Values(rdns) = &mut node.body else { panic!("a name is a SEQUENCE") };
    for rdn in rdns {
        let Body::Values(attributes) = &mut rdn.body else { continue };
        for attribute in attributes {
            let Body::Values(parts) = &mut attribute.body else { continue };
            if let [_, Node { tag, body: Body::Bytes(text) }] = parts.as_mut_slice() {
                let is_text = match *tag {
                    tag::PRINTABLE_STRING | tag::IA5_STRING | tag::VISIBLE_STRING | tag::TELETEX_STRING => {
                        true
                    }
                    tag::UTF8_STRING => std::str::from_utf8(text).is_ok(),
                    _ => false,
                };
                if is_text {
                    rewrite(tag, text);
                }
            }
        }
    }
    node.encode()
}

fn check_names(input: &[u8]) {
    let part = |input: &[u8]| -> Option<(Vec<u8>, Vec<u8>)> {
        let (len, rest) = input.split_first_chunk::<2>()?;
        let (part, rest) = rest.split_at_checked(usize::from(u16::from_be_bytes(*len)))?;
        Some((part.to_vec(), rest.to_vec()))
    };
    let Some((a, rest)) = part(input) else { return };
    let Some((b, _)) = part(&rest) else { return };
    let (a, b) = match (Name::from_der(&a), Name::from_der(&b)) {
        (Ok(a), Ok(b)) => (a, b),
        (Err(error), _) => return check_error(&error, input),
        (_, Err(error)) => return check_error(&error, input),
    };
    check_name(&a);
    check_name(&b);
    check_pair(&a, &b);
    check_pair(&b, &a);
}
