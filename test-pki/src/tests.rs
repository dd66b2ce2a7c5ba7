use ring::signature as ring_signature;
use ring::signature::VerificationAlgorithm;
use x509_cert::Certificate;
use x509_cert::der::{Decode, Encode};

use crate::*;

/// Parses the certificate and checks its signature with ring under the public bytes of `issuer`.
fn parse_and_verify(der: &[u8], issuer: &Key, algorithm: &'static dyn VerificationAlgorithm) -> Certificate {
    let certificate = Certificate::from_der(der).unwrap();
    let tbs = certificate.tbs_certificate().to_der().unwrap();
    let signature = certificate.signature().raw_bytes();
    ring_signature::UnparsedPublicKey::new(algorithm, issuer.public_bytes()).verify(&tbs, signature).unwrap();
    certificate
}

#[test]
fn every_scheme_verifies_under_ring() {
    use Hash::{Sha1, Sha256, Sha384, Sha512};
    use SignatureScheme::{Ecdsa, Ed25519, Pkcs1};
    let rsa = Key::rsa;
    let cases: [(Key, SignatureScheme, &'static dyn VerificationAlgorithm); 15] = [
        (Key::p256(1), Ecdsa(Sha256), &ring_signature::ECDSA_P256_SHA256_ASN1),
        (Key::p256(1), Ecdsa(Sha384), &ring_signature::ECDSA_P256_SHA384_ASN1),
        (Key::p384(1), Ecdsa(Sha256), &ring_signature::ECDSA_P384_SHA256_ASN1),
        (Key::p384(1), Ecdsa(Sha384), &ring_signature::ECDSA_P384_SHA384_ASN1),
        (Key::ed25519(1), Ed25519, &ring_signature::ED25519),
        (rsa(1024), Pkcs1(Sha256), &ring_signature::RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY),
        (rsa(2048), Pkcs1(Sha1), &ring_signature::RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY),
        (rsa(2048), Pkcs1(Sha256), &ring_signature::RSA_PKCS1_2048_8192_SHA256),
        (rsa(2048), Pkcs1(Sha384), &ring_signature::RSA_PKCS1_2048_8192_SHA384),
        (rsa(3072), Pkcs1(Sha512), &ring_signature::RSA_PKCS1_2048_8192_SHA512),
        (rsa(4096), Pkcs1(Sha256), &ring_signature::RSA_PKCS1_2048_8192_SHA256),
        (Key::rsa_2048_other(), Pkcs1(Sha256), &ring_signature::RSA_PKCS1_2048_8192_SHA256),
        (rsa(2048), SignatureScheme::pss(Sha256), &ring_signature::RSA_PSS_2048_8192_SHA256),
        (rsa(2048), SignatureScheme::pss(Sha384), &ring_signature::RSA_PSS_2048_8192_SHA384),
        (rsa(4096), SignatureScheme::pss(Sha512), &ring_signature::RSA_PSS_2048_8192_SHA512),
    ];
    for (key, scheme, algorithm) in cases {
        let root = Authority::root("Root CA", key.clone());
        let leaf = root.issue(Key::p256(2)).email("alice@example.com").scheme(scheme).build();
        let leaf = parse_and_verify(&leaf, &key, algorithm);
        let declared = leaf.signature_algorithm().to_der().unwrap();
        assert_eq!(declared, scheme.identifier(), "{scheme:?}");
    }
}

#[test]
fn a_scheme_without_an_oracle_still_signs() {
    for (key, scheme) in [
        (Key::p384(1), SignatureScheme::Ecdsa(Hash::Sha1)),
        (Key::p256(1), SignatureScheme::Ecdsa(Hash::Sha512)),
        (Key::rsa(2048), SignatureScheme::pss(Hash::Sha1)),
        (Key::rsa(2048), SignatureScheme::Pss(Hash::Sha256, 0)),
    ] {
        let root = Authority::root_builder("Root CA", key).scheme(scheme).build();
        assert!(Certificate::from_der(&root).is_ok(), "{scheme:?}");
    }
}

#[test]
fn the_same_calls_give_the_same_bytes() {
    let mint = || {
        let root = Authority::root("Root CA", Key::rsa(2048));
        let scheme = SignatureScheme::pss(Hash::Sha256);
        root.issue(Key::ed25519(7)).email("alice@example.com").scheme(scheme).build()
    };
    assert_eq!(mint(), mint());
}

#[test]
fn a_leaf_has_what_a_careful_ca_would_give_it() {
    use x509_cert::ext::pkix::{AuthorityKeyIdentifier, ExtendedKeyUsage, KeyUsage};
    use x509_cert::ext::pkix::{SubjectAltName, SubjectKeyIdentifier, name::GeneralName};

    let root = Authority::root("Root CA", Key::p256(1));
    let ca = root.issue_ca("Issuing CA", Key::p384(2)).path_len(0).build_authority();
    let leaf = ca.issue(Key::p256(3)).common_name("alice").email("alice@example.com");
    let leaf = leaf.san_email("alice@example.com").san_dns("host.example.com").build();
    let leaf = parse_and_verify(&leaf, ca.key(), &ring_signature::ECDSA_P384_SHA384_ASN1);
    let tbs = leaf.tbs_certificate();

    assert_eq!(tbs.issuer().to_der().unwrap(), ca.subject_der());
    assert_eq!(tbs.subject().to_string(), "EMAIL=alice@example.com,CN=alice");
    assert_eq!(tbs.validity().not_before.to_unix_duration().as_secs() as i64, DEFAULT_NOT_BEFORE);
    assert_eq!(tbs.validity().not_after.to_unix_duration().as_secs() as i64, DEFAULT_NOT_AFTER);
    assert_eq!(tbs.serial_number().as_bytes().len(), 16);

    let (critical, key_usage) = tbs.get_extension::<KeyUsage>().unwrap().unwrap();
    assert!(critical && key_usage.digital_signature() && !key_usage.key_cert_sign());
    let (_, purposes) = tbs.get_extension::<ExtendedKeyUsage>().unwrap().unwrap();
    assert_eq!(purposes.0.iter().map(ToString::to_string).collect::<Vec<_>>(), [oid::CLIENT_AUTH]);
    let (_, subject) = tbs.get_extension::<SubjectKeyIdentifier>().unwrap().unwrap();
    assert_eq!(subject.0.as_bytes(), Key::p256(3).key_id());
    let (_, authority) = tbs.get_extension::<AuthorityKeyIdentifier>().unwrap().unwrap();
    assert_eq!(authority.key_identifier.unwrap().as_bytes(), ca.key_id().unwrap());
    let (_, names) = tbs.get_extension::<SubjectAltName>().unwrap().unwrap();
    assert!(matches!(&names.0[0], GeneralName::Rfc822Name(name) if name.as_str() == "alice@example.com"));
    assert!(matches!(&names.0[1], GeneralName::DnsName(name) if name.as_str() == "host.example.com"));
}

#[test]
fn a_ca_has_critical_basic_constraints_and_every_constraint_that_is_set() {
    use x509_cert::ext::pkix::{BasicConstraints, NameConstraints, PolicyConstraints};
    use x509_cert::ext::pkix::{CertificatePolicies, CrlDistributionPoints, InhibitAnyPolicy};
    use x509_cert::ext::pkix::{KeyUsage, PolicyMappings};

    let root = Authority::root("Root CA", Key::ed25519(1));
    let ca = root
        .issue_ca("Issuing CA", Key::p256(2))
        .path_len(3)
        .name_constraints(&[general_name::email("example.com")], &[general_name::ip(&[0; 8])])
        .certificate_policies(&[oid::ANY_POLICY, "1.3.6.1.4.1.99999.1"])
        .policy_mappings(&[("1.2.3", "1.2.4")])
        .policy_constraints(Some(0), None)
        .inhibit_any_policy(1)
        .crl_distribution_point("http://crl.example.com/root.crl")
        .build_authority();
    let ca = parse_and_verify(ca.certificate_der(), root.key(), &ring_signature::ED25519);
    let tbs = ca.tbs_certificate();

    let (critical, constraints) = tbs.get_extension::<BasicConstraints>().unwrap().unwrap();
    assert!(critical && constraints.ca && constraints.path_len_constraint == Some(3));
    let (_, key_usage) = tbs.get_extension::<KeyUsage>().unwrap().unwrap();
    assert!(key_usage.key_cert_sign() && key_usage.crl_sign() && !key_usage.digital_signature());
    let (_, names) = tbs.get_extension::<NameConstraints>().unwrap().unwrap();
    assert_eq!(names.permitted_subtrees.unwrap().len(), 1);
    assert_eq!(names.excluded_subtrees.unwrap().len(), 1);
    let (_, policies) = tbs.get_extension::<CertificatePolicies>().unwrap().unwrap();
    assert_eq!(policies.0[1].policy_identifier.to_string(), "1.3.6.1.4.1.99999.1");
    let (_, policy) = tbs.get_extension::<PolicyConstraints>().unwrap().unwrap();
    assert_eq!((policy.require_explicit_policy, policy.inhibit_policy_mapping), (Some(0), None));
    assert_eq!(tbs.get_extension::<PolicyMappings>().unwrap().unwrap().1.0.len(), 1);
    assert_eq!(tbs.get_extension::<InhibitAnyPolicy>().unwrap().unwrap().1.0, 1);
    assert_eq!(tbs.get_extension::<CrlDistributionPoints>().unwrap().unwrap().1.0.len(), 1);
}

#[test]
fn a_v1_certificate_has_neither_version_nor_extensions() {
    let root = Authority::root_builder("Root CA", Key::p256(1)).v1().build_authority();
    let certificate = Certificate::from_der(root.certificate_der()).unwrap();
    assert_eq!(certificate.tbs_certificate().version(), x509_cert::Version::V1);
    assert!(certificate.tbs_certificate().extensions().is_none());
    assert_eq!(root.key_id(), None);
}

#[test]
fn a_multi_valued_rdn_keeps_its_attributes_together() {
    let root = Authority::root("Root CA", Key::p256(1));
    let email = attribute(oid::EMAIL_ADDRESS, der::tag::IA5_STRING, b"a@example.com");
    let name = attribute(oid::COMMON_NAME, der::tag::PRINTABLE_STRING, b"a");
    let leaf = root.issue(Key::p256(2)).rdn([email, name]).build();
    let leaf = Certificate::from_der(&leaf).unwrap();
    let subject = leaf.tbs_certificate().subject().to_string();
    assert_eq!(subject, "CN=a+EMAIL=a@example.com");
}

#[test]
fn inner_and_outer_algorithm_can_disagree() {
    let md5 = algorithm_identifier(oid::MD5_WITH_RSA, &der::null());
    let root = Authority::root_builder("Root CA", Key::rsa(2048)).outer_algorithm(md5).build();
    let root = Certificate::from_der(&root).unwrap();
    assert_eq!(root.signature_algorithm().oid.to_string(), oid::MD5_WITH_RSA);
    assert_eq!(root.tbs_certificate().signature().oid.to_string(), oid::SHA256_WITH_RSA);
}

#[test]
fn tampering_before_signing_keeps_the_signature_and_after_breaks_it() {
    let root = Authority::root("Root CA", Key::p256(1));
    let last_octet = |der: &mut Vec<u8>| *der.last_mut().unwrap() ^= 1;
    let leaf = root.issue(Key::p256(2)).email("a@example.com");
    let before = leaf.clone().tamper_tbs(last_octet).build();
    parse_and_verify(&before, root.key(), &ring_signature::ECDSA_P256_SHA256_ASN1);
    let mut untouched = leaf.build();
    last_octet(&mut untouched);
    assert_eq!(leaf.tamper(last_octet).build(), untouched);
}

#[test]
fn extensions_are_replaced_doubled_and_removed() {
    let root = Authority::root("Root CA", Key::p256(1));
    let count = |certificate: CertificateBuilder| {
        let certificate = Certificate::from_der(&certificate.build()).unwrap();
        certificate.tbs_certificate().extensions().map_or(0, |all| all.len())
    };
    let leaf = || root.issue(Key::p256(2));
    assert_eq!(count(leaf()), 4);
    assert_eq!(count(leaf().extended_key_usage(&[oid::SERVER_AUTH])), 4);
    assert_eq!(count(leaf().extra_extension(oid::KEY_USAGE, true, &der::named_bits(1))), 5);
    assert_eq!(count(leaf().without(oid::EXTENDED_KEY_USAGE)), 3);
    assert_eq!(count(leaf().without_extensions()), 0);
}

#[test]
fn dates_follow_the_calendar() {
    let text = |der: Vec<u8>| String::from_utf8(der[2..].to_vec()).unwrap();
    assert_eq!(text(der::time(951_782_399)), "000228235959Z");
    assert_eq!(text(der::time(951_782_400)), "000229000000Z");
    assert_eq!(text(der::time(2_524_607_999)), "491231235959Z");
    assert_eq!(text(der::time(2_524_608_000)), "20500101000000Z");
    assert_eq!(text(der::time(-631_152_001)), "19491231235959Z");
    assert_eq!(text(der::time(253_402_300_799)), "99991231235959Z");
    assert_eq!(text(der::time(4_107_542_399)), "21000228235959Z");
    assert_eq!(text(der::time(4_107_542_400)), "21000301000000Z");
}

#[test]
fn der_primitives_are_the_shortest() {
    assert_eq!(der::integer(0), [2, 1, 0]);
    assert_eq!(der::integer(128), [2, 2, 0, 128]);
    assert_eq!(der::named_bits(0), [3, 1, 0]);
    assert_eq!(der::named_bits(1), [3, 2, 7, 0x80]);
    assert_eq!(der::named_bits(1 << 8), [3, 3, 7, 0, 0x80]);
    assert_eq!(der::oid("2.999.0"), [6, 3, 0x88, 0x37, 0]);
    assert_eq!(der::tlv(4, &[0; 256])[..4], [4, 0x82, 1, 0]);
}

#[test]
fn public_keys_of_any_shape_can_be_certified() {
    let root = Authority::root("Root CA", Key::p256(1));
    for bits in [1023, 2047, 2048, 8200] {
        let modulus = odd_modulus(bits);
        let length = modulus.len() * 8 - modulus[0].leading_zeros() as usize;
        assert_eq!((length, modulus[modulus.len() - 1] & 1), (bits, 1));
        let leaf = root.issue(Key::rsa_public(&modulus, &[3])).build();
        assert!(Certificate::from_der(&leaf).is_ok());
    }
    let leaf = root.issue(Key::ec_public(oid::P521, &[4; 133])).build();
    assert!(Certificate::from_der(&leaf).is_ok());
}

#[test]
fn private_keys_leave_as_pkcs8() {
    use ring::rand::SystemRandom;
    let p256 = &ring_signature::ECDSA_P256_SHA256_ASN1_SIGNING;
    let p384 = &ring_signature::ECDSA_P384_SHA384_ASN1_SIGNING;
    let random = SystemRandom::new();
    assert!(ring_signature::EcdsaKeyPair::from_pkcs8(p256, &Key::p256(1).pkcs8_der(), &random).is_ok());
    assert!(ring_signature::EcdsaKeyPair::from_pkcs8(p384, &Key::p384(1).pkcs8_der(), &random).is_ok());
    let ed25519 = Key::ed25519(1).pkcs8_der();
    assert!(ring_signature::Ed25519KeyPair::from_pkcs8_maybe_unchecked(&ed25519).is_ok());
    assert!(ring_signature::RsaKeyPair::from_pkcs8(&Key::rsa(2048).pkcs8_der()).is_ok());
}
