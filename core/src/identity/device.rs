//! Device identity: everything by which a verified certificate tells one device from another.

use crate::certificate::{Attribute, GeneralName};
use crate::der::{Serial, oid};
use crate::digest::sha256;
use crate::error::Result;
use crate::path::VerifiedPath;

/// Where the name of a device stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeviceNameKind {
    /// serialNumber in the subject: what manufacturers write into IEEE 802.1AR identities.
    SerialNumber,
    /// A URI in subjectAltName.
    Uri,
    /// A dNSName in subjectAltName.
    DnsName,
    /// commonName in the subject.
    CommonName,
}

/// The name of a device, in printable ASCII.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeviceName<'p> {
    /// Where it stands.
    pub kind: DeviceNameKind,
    /// Its bytes.
    pub value: &'p [u8],
}

/// `None` if there are no values; `Some(None)` if there is none that may stand for the device.
fn the_one<'p>(
    kind: DeviceNameKind,
    mut values: impl Iterator<Item = &'p [u8]>,
) -> Option<Option<DeviceName<'p>>> {
    let value = values.next()?;
    let printable = value.iter().all(|byte| matches!(byte, b' '..=b'~'));
    let usable = printable && !value.is_empty() && values.all(|other| other == value);
    Some(usable.then_some(DeviceName { kind, value }))
}

/// What identifies a device beside its user. Borrowed from the leaf; hashes are computed when asked
/// for.
///
/// Fingerprint and serial name one certificate, the hash of the key survives renewal with the same
/// key, the names survive a new key; which of them a host pins is its own choice.
#[derive(Clone, Copy, Debug)]
pub struct DeviceIdentity<'p> {
    path: &'p VerifiedPath<'p>,
}

impl<'p> DeviceIdentity<'p> {
    /// The device identity of a verified leaf.
    #[must_use]
    pub const fn from_path(path: &'p VerifiedPath<'p>) -> Self {
        Self { path }
    }

    pub(super) const fn path(&self) -> &'p VerifiedPath<'p> {
        self.path
    }

    /// SHA-256 of the certificate's DER. Whoever holds an ECDSA-signed certificate can write it in a second
    /// way, with another fingerprint: pin it to recognise, and deny by [`crate::path::DenyList`].
    #[must_use]
    pub fn fingerprint(&self) -> [u8; 32] {
        sha256(self.path.leaf().der())
    }

    /// SHA-256 of the DER of the SubjectPublicKeyInfo.
    #[must_use]
    pub fn public_key_hash(&self) -> [u8; 32] {
        sha256(self.path.leaf().subject_public_key_info().der())
    }

    /// The certificate's serial number, unique only together with [`issuer`](Self::issuer).
    #[must_use]
    pub const fn serial(&self) -> Serial<'p> {
        self.path.leaf().serial()
    }

    /// The DER of the issuer's name.
    #[must_use]
    pub const fn issuer(&self) -> &'p [u8] {
        self.path.leaf().issuer().der()
    }

    /// The one name of the device: of the kinds in the order of [`DeviceNameKind`], the first that the
    /// certificate holds. None if it holds two different ones of that kind, or if the value is empty or
    /// anything but printable ASCII: what is written into logs and headers must not be able to end them.
    #[must_use]
    pub fn name(&self) -> Option<DeviceName<'p>> {
        use DeviceNameKind::{CommonName, DnsName, SerialNumber, Uri};
        // No bytes are no name.
        let of_attribute = |attribute: Attribute<'p>| attribute.ascii_bytes().unwrap_or_default();
        the_one(SerialNumber, self.subject_serial_numbers().map(of_attribute))
            .or_else(|| the_one(Uri, self.uris().ok()?))
            .or_else(|| the_one(DnsName, self.dns_names().ok()?))
            .or_else(|| the_one(CommonName, self.common_names().map(of_attribute)))?
    }

    /// The subject's serialNumber attributes: what manufacturers write into IEEE 802.1AR identities.
    pub fn subject_serial_numbers(&self) -> impl Iterator<Item = Attribute<'p>> {
        self.attributes(oid::SERIAL_NUMBER)
    }

    /// The subject's commonName attributes.
    pub fn common_names(&self) -> impl Iterator<Item = Attribute<'p>> {
        self.attributes(oid::COMMON_NAME)
    }

    fn attributes(&self, oid: &'static [u8]) -> impl Iterator<Item = Attribute<'p>> + use<'p> {
        self.path.leaf().subject().attributes().filter(move |attribute| attribute.oid == oid)
    }

    /// The URIs of subjectAltName.
    ///
    /// # Errors
    /// As those of [`Extensions::subject_alt_name`](crate::certificate::Extensions::subject_alt_name).
    pub fn uris(&self) -> Result<impl Iterator<Item = &'p [u8]>> {
        Ok(self.alt_names()?.filter_map(|name| match name {
            GeneralName::Uri(uri) => Some(uri),
            _ => None,
        }))
    }

    /// The dNSNames of subjectAltName.
    ///
    /// # Errors
    /// As those of [`Extensions::subject_alt_name`](crate::certificate::Extensions::subject_alt_name).
    pub fn dns_names(&self) -> Result<impl Iterator<Item = &'p [u8]>> {
        Ok(self.alt_names()?.filter_map(|name| match name {
            GeneralName::Dns(dns) => Some(dns),
            _ => None,
        }))
    }

    fn alt_names(&self) -> Result<impl Iterator<Item = GeneralName<'p>> + use<'p>> {
        let names = self.path.leaf().extensions().subject_alt_name()?;
        // Well-formed: the path was verified.
        Ok(names.into_iter().flat_map(|names| names.iter().filter_map(core::result::Result::ok)))
    }
}
