//! Roots of `cba_core::identity`.

use crate::{keep, keep_all};
use cba_core::certificate::Certificate;
use cba_core::email::EmailDomains;
use cba_core::identity::{
    DeviceIdentity, Email, Identity, IdentityOptions, LocalPart, LocalPartCase, emails, read_email,
};
use cba_core::path::VerifiedPath;
use core::fmt::{Display, Formatter};

#[unsafe(no_mangle)]
fn cba_root_email(bytes: &[u8], accept: LocalPart, case: LocalPartCase, options: &IdentityOptions) {
    keep(Email::parse(bytes, accept, case));
    keep(IdentityOptions::parse(options, bytes));
}

#[unsafe(no_mangle)]
fn cba_root_email_text(email: &Email, f: &mut Formatter<'_>) {
    keep(Email::as_str(email));
    keep(Email::domain(email));
    keep(<Email as Display>::fmt(email, f));
}

#[unsafe(no_mangle)]
fn cba_root_email_domains(domains: &EmailDomains<'_>, email: &Email) {
    keep(EmailDomains::require_well_formed(domains));
    keep(EmailDomains::contain(domains, email));
}

#[unsafe(no_mangle)]
fn cba_root_identity_from_path(path: &VerifiedPath<'_>, options: &IdentityOptions) {
    keep(Identity::from_path(path, options));
    keep(DeviceIdentity::from_path(path));
}

#[unsafe(no_mangle)]
fn cba_root_identity(identity: &Identity<'_>, certificate: &Certificate<'_>) {
    keep(Identity::email(identity));
    keep(Identity::options(identity));
    keep(Identity::path(identity));
    keep(Identity::device(identity));
    keep_all(emails(certificate));
}

#[unsafe(no_mangle)]
fn cba_root_read_email(certificate: &Certificate<'_>, options: &IdentityOptions) {
    keep(read_email(certificate, options));
}

#[unsafe(no_mangle)]
fn cba_root_device(device: &DeviceIdentity<'_>) {
    keep(DeviceIdentity::fingerprint(device));
    keep(DeviceIdentity::public_key_hash(device));
    keep(DeviceIdentity::serial(device));
    keep(DeviceIdentity::issuer(device));
    keep(DeviceIdentity::name(device));
    keep_all(DeviceIdentity::subject_serial_numbers(device));
    keep_all(DeviceIdentity::common_names(device));
    if let Ok(uris) = DeviceIdentity::uris(device) {
        keep_all(uris);
    }
    if let Ok(names) = DeviceIdentity::dns_names(device) {
        keep_all(names);
    }
}
