//! GeneralName (RFC 5280 section 4.2.1.6), for subjectAltName and for name constraints.

use crate::der;
use crate::name::Name;

/// rfc822Name: a mailbox, or in name constraints a host or a domain.
#[must_use]
pub fn email(address: &str) -> Vec<u8> {
    der::context_primitive(1, address.as_bytes())
}

/// dNSName.
#[must_use]
pub fn dns(host: &str) -> Vec<u8> {
    der::context_primitive(2, host.as_bytes())
}

/// directoryName.
#[must_use]
pub fn directory(name: &Name) -> Vec<u8> {
    der::context(4, &name.der())
}

/// uniformResourceIdentifier.
#[must_use]
pub fn uri(uri: &str) -> Vec<u8> {
    der::context_primitive(6, uri.as_bytes())
}

/// iPAddress: 4 or 16 octets, in name constraints twice as many.
#[must_use]
pub fn ip(octets: &[u8]) -> Vec<u8> {
    der::context_primitive(7, octets)
}

/// otherName: its type, and its value in DER.
#[must_use]
pub fn other(type_id: &str, value: &[u8]) -> Vec<u8> {
    der::context(0, &der::concat([der::oid(type_id), der::context(0, value)]))
}
