//! The extensions of a certificate (RFC 5280 section 4.2).

use crate::builder::CertificateBuilder;
use crate::der;
use crate::general_name;
use crate::name::Name;
use crate::oid;

/// The bits of keyUsage, to be joined with `|`.
pub mod key_usage {
    #![allow(missing_docs, reason = "each is the bit of its name")]
    pub const DIGITAL_SIGNATURE: u16 = 1;
    pub const NON_REPUDIATION: u16 = 1 << 1;
    pub const KEY_ENCIPHERMENT: u16 = 1 << 2;
    pub const DATA_ENCIPHERMENT: u16 = 1 << 3;
    pub const KEY_AGREEMENT: u16 = 1 << 4;
    pub const KEY_CERT_SIGN: u16 = 1 << 5;
    pub const CRL_SIGN: u16 = 1 << 6;
    pub const ENCIPHER_ONLY: u16 = 1 << 7;
    pub const DECIPHER_ONLY: u16 = 1 << 8;
}

/// An Extension in DER; `critical` is written only if true, as DER wants.
#[must_use]
pub fn extension(oid: &str, critical: bool, value: &[u8]) -> Vec<u8> {
    let flag = if critical { der::boolean(true) } else { Vec::new() };
    der::sequence([der::oid(oid), flag, der::octet_string(value)])
}

/// Any extension, set, doubled or removed.
impl CertificateBuilder {
    /// Sets an extension to a value in DER, in place of the one with that identifier.
    pub fn extension(mut self, oid: &str, critical: bool, value: &[u8]) -> Self {
        let extension = extension(oid, critical, value);
        match self.extensions.iter_mut().find(|(present, _)| present == oid) {
            Some((_, slot)) => *slot = extension,
            None => self.extensions.push((oid.to_owned(), extension)),
        }
        self
    }

    /// Adds an extension, even one that is there already.
    pub fn extra_extension(mut self, oid: &str, critical: bool, value: &[u8]) -> Self {
        self.extensions.push((oid.to_owned(), extension(oid, critical, value)));
        self
    }

    /// Adds bytes where an Extension belongs.
    pub fn extension_raw(mut self, extension: &[u8]) -> Self {
        self.extensions.push((String::new(), extension.to_vec()));
        self
    }

    /// Removes an extension.
    pub fn without(mut self, oid: &str) -> Self {
        self.extensions.retain(|(present, _)| present != oid);
        if oid == oid::SUBJECT_ALT_NAME {
            self.subject_alt_names.clear();
        }
        self
    }

    /// Removes all extensions, and with them the field.
    pub fn without_extensions(mut self) -> Self {
        self.extensions.clear();
        self.subject_alt_names.clear();
        self
    }

    pub(crate) fn has_extension(&self, oid: &str) -> bool {
        self.extensions.iter().any(|(present, _)| present == oid)
    }

    /// The field `extensions`, nothing if there are none.
    pub(crate) fn extensions_der(&self) -> Vec<u8> {
        let mut extensions: Vec<_> = self.extensions.iter().map(|(_, der)| der.clone()).collect();
        if !self.subject_alt_names.is_empty() {
            let names = der::sequence(&self.subject_alt_names);
            let critical = self.subject_alt_name_critical;
            extensions.push(extension(oid::SUBJECT_ALT_NAME, critical, &names));
        }
        if extensions.is_empty() {
            return Vec::new();
        }
        der::context(3, &der::sequence(extensions))
    }
}

/// The extensions by name.
impl CertificateBuilder {
    /// basicConstraints; a `ca` that is false is left out, as DER wants.
    pub fn basic_constraints(self, ca: bool, path_len: Option<u64>, critical: bool) -> Self {
        let ca = if ca { der::boolean(true) } else { Vec::new() };
        let path_len = path_len.map(der::integer).unwrap_or_default();
        let value = der::sequence([ca, path_len]);
        self.extension(oid::BASIC_CONSTRAINTS, critical, &value)
    }

    /// Critical basicConstraints of a CA, with a pathLenConstraint.
    pub fn path_len(self, path_len: u64) -> Self {
        self.basic_constraints(true, Some(path_len), true)
    }

    /// Critical keyUsage, from the bits of [`key_usage`].
    pub fn key_usage(self, bits: u16) -> Self {
        self.extension(oid::KEY_USAGE, true, &der::named_bits(bits))
    }

    /// extendedKeyUsage, not critical.
    pub fn extended_key_usage(self, purposes: &[&str]) -> Self {
        let value = oids(purposes);
        self.extension(oid::EXTENDED_KEY_USAGE, false, &value)
    }

    /// extendedKeyUsage, critical.
    pub fn extended_key_usage_critical(self, purposes: &[&str]) -> Self {
        let value = oids(purposes);
        self.extension(oid::EXTENDED_KEY_USAGE, true, &value)
    }

    /// What a leaf has by default: keyUsage digitalSignature, extendedKeyUsage clientAuth.
    pub fn client_auth(self) -> Self {
        self.key_usage(key_usage::DIGITAL_SIGNATURE).extended_key_usage(&[oid::CLIENT_AUTH])
    }

    /// keyUsage digitalSignature, extendedKeyUsage serverAuth.
    pub fn server_auth(self) -> Self {
        self.key_usage(key_usage::DIGITAL_SIGNATURE).extended_key_usage(&[oid::SERVER_AUTH])
    }

    /// subjectKeyIdentifier. The certificates of the authority made of this one point to it.
    pub fn subject_key_id(mut self, key_id: &[u8]) -> Self {
        self.key_id = key_id.to_vec();
        self.extension(oid::SUBJECT_KEY_IDENTIFIER, false, &der::octet_string(key_id))
    }

    /// authorityKeyIdentifier, its keyIdentifier alone.
    pub fn authority_key_id(self, key_id: &[u8]) -> Self {
        let value = der::sequence([der::context_primitive(0, key_id)]);
        self.extension(oid::AUTHORITY_KEY_IDENTIFIER, false, &value)
    }

    /// Adds an rfc822Name to subjectAltName.
    pub fn san_email(self, address: &str) -> Self {
        self.san_raw(general_name::email(address))
    }

    /// Adds a dNSName to subjectAltName.
    pub fn san_dns(self, host: &str) -> Self {
        self.san_raw(general_name::dns(host))
    }

    /// Adds a uniformResourceIdentifier to subjectAltName.
    pub fn san_uri(self, uri: &str) -> Self {
        self.san_raw(general_name::uri(uri))
    }

    /// Adds a directoryName to subjectAltName.
    pub fn san_directory(self, name: &Name) -> Self {
        self.san_raw(general_name::directory(name))
    }

    /// Adds an otherName to subjectAltName: its type, and its value in DER.
    pub fn san_other(self, type_id: &str, value: &[u8]) -> Self {
        self.san_raw(general_name::other(type_id, value))
    }

    /// Adds bytes where a GeneralName of subjectAltName belongs.
    pub fn san_raw(mut self, general_name: Vec<u8>) -> Self {
        self.subject_alt_names.push(general_name);
        self
    }

    /// Makes subjectAltName critical, as an empty subject demands.
    pub fn san_critical(mut self) -> Self {
        self.subject_alt_name_critical = true;
        self
    }

    /// Critical nameConstraints, from the values of [`general_name`].
    pub fn name_constraints(self, permitted: &[Vec<u8>], excluded: &[Vec<u8>]) -> Self {
        let field = |number, bases: &[Vec<u8>]| {
            let subtrees = der::concat(bases.iter().map(|base| der::sequence([base])));
            if bases.is_empty() { Vec::new() } else { der::context(number, &subtrees) }
        };
        let value = der::sequence([field(0, permitted), field(1, excluded)]);
        self.extension(oid::NAME_CONSTRAINTS, true, &value)
    }

    /// certificatePolicies without qualifiers, not critical.
    pub fn certificate_policies(self, policies: &[&str]) -> Self {
        let value = der::sequence(policies.iter().map(|policy| der::sequence([der::oid(policy)])));
        self.extension(oid::CERTIFICATE_POLICIES, false, &value)
    }

    /// Critical policyMappings: pairs of issuer domain policy and subject domain policy.
    pub fn policy_mappings(self, pairs: &[(&str, &str)]) -> Self {
        let pair = |(issuer, subject): &(&str, &str)| der::sequence([der::oid(issuer), der::oid(subject)]);
        let value = der::sequence(pairs.iter().map(pair));
        self.extension(oid::POLICY_MAPPINGS, true, &value)
    }

    /// Critical policyConstraints: requireExplicitPolicy and inhibitPolicyMapping, under 128.
    pub fn policy_constraints(self, require: Option<u8>, inhibit: Option<u8>) -> Self {
        let field = |number, skip: Option<u8>| {
            skip.map(|skip| der::context_primitive(number, &[skip])).unwrap_or_default()
        };
        let value = der::sequence([field(0, require), field(1, inhibit)]);
        self.extension(oid::POLICY_CONSTRAINTS, true, &value)
    }

    /// Critical inhibitAnyPolicy.
    pub fn inhibit_any_policy(self, skip: u64) -> Self {
        self.extension(oid::INHIBIT_ANY_POLICY, true, &der::integer(skip))
    }

    /// cRLDistributionPoints: one point, whose full name is a URI.
    pub fn crl_distribution_point(self, uri: &str) -> Self {
        let full_name = der::context(0, &general_name::uri(uri));
        let point = der::sequence([der::context(0, &full_name)]);
        self.extension(oid::CRL_DISTRIBUTION_POINTS, false, &der::sequence([point]))
    }
}

fn oids(dotted: &[&str]) -> Vec<u8> {
    der::sequence(dotted.iter().map(|dotted| der::oid(dotted)))
}
