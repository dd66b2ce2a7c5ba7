//! Roots of `cba_core::certificate`.

use crate::{keep, keep_all};
use cba_core::certificate::{
    AlgorithmIdentifier, Attribute, Certificate, ExtendedKeyUsage, Extension, Extensions, GeneralName,
    GeneralNames, KeyUsage, Name, Rdn, SubjectPublicKeyInfo, split_der,
};

#[unsafe(no_mangle)]
fn cba_root_certificate_from_der(der: &[u8]) {
    keep(Certificate::from_der(der));
    keep(SubjectPublicKeyInfo::from_der(der));
    keep(Name::from_der(der));
    keep_all(split_der(der));
}

#[unsafe(no_mangle)]
fn cba_root_certificate(certificate: &Certificate<'_>) {
    keep(Certificate::der(certificate));
    keep(Certificate::tbs_certificate(certificate));
    keep(Certificate::version(certificate));
    keep(Certificate::serial(certificate));
    keep(Certificate::signature_algorithm(certificate));
    keep(Certificate::signature(certificate));
    keep(Certificate::issuer(certificate));
    keep(Certificate::subject(certificate));
    keep(Certificate::validity(certificate));
    keep(Certificate::subject_public_key_info(certificate));
    keep(Certificate::extensions(certificate));
    keep(Certificate::is_self_issued(certificate));
    keep(Certificate::is_ca(certificate));
    keep(Certificate::require_form(certificate));
}

#[unsafe(no_mangle)]
fn cba_root_algorithm(algorithm: &AlgorithmIdentifier<'_>, spki: &SubjectPublicKeyInfo<'_>) {
    keep(AlgorithmIdentifier::oid(algorithm));
    keep(AlgorithmIdentifier::parameters(algorithm));
    keep(SubjectPublicKeyInfo::der(spki));
    keep(SubjectPublicKeyInfo::algorithm(spki));
    keep(SubjectPublicKeyInfo::key(spki));
}

#[unsafe(no_mangle)]
fn cba_root_extensions(extensions: &Extensions<'_>) {
    keep_all(Extensions::iter(extensions));
    keep(Extensions::require_processed(extensions));
    keep(Extensions::require_well_formed_names(extensions));
    keep(Extensions::basic_constraints(extensions));
    keep(Extensions::key_usage(extensions));
    keep(Extensions::extended_key_usage(extensions));
    keep(Extensions::subject_alt_name(extensions));
    keep(Extensions::subject_key_identifier(extensions));
    keep(Extensions::authority_key_identifier(extensions));
}

#[unsafe(no_mangle)]
fn cba_root_extension(
    extension: &Extension<'_>,
    key_usage: KeyUsage,
    purposes: &ExtendedKeyUsage<'_>,
    oid: &[u8],
    name: &GeneralName<'_>,
    names: &GeneralNames<'_>,
) {
    keep(Extension::value(extension));
    keep(KeyUsage::digital_signature(key_usage));
    keep(KeyUsage::key_cert_sign(key_usage));
    keep(KeyUsage::crl_sign(key_usage));
    keep(KeyUsage::bits(key_usage));
    keep_all(ExtendedKeyUsage::iter(purposes));
    keep(ExtendedKeyUsage::contains(purposes, oid));
    keep(ExtendedKeyUsage::contains_any(purposes));
    keep_all(GeneralNames::iter(names));
    keep(GeneralName::is_well_formed(name));
}

#[unsafe(no_mangle)]
fn cba_root_name(name: &Name<'_>, other: &Name<'_>) {
    keep(Name::der(name));
    keep(Name::is_empty(name));
    for mut rdn in Name::rdns(name) {
        while let Some(attribute) = <Rdn<'_> as Iterator>::next(&mut rdn) {
            keep(attribute);
        }
    }
    for attribute in Name::attributes(name) {
        keep(Attribute::value(&attribute));
    }
    keep(Name::common_name(name));
    keep(Name::matches(name, other));
    keep(Name::key(name));
}

#[unsafe(no_mangle)]
fn cba_root_attribute(attribute: &Attribute<'_>) {
    keep(Attribute::value(attribute));
}
