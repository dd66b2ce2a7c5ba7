//! How much memory verifier and workspace take: literals for the header. Assertions beside the types hold
//! them to what they are for.
//!
//! They are upper bounds, with a little room, so that another compiler's layout fits too.

/// Alignment of a verifier's memory in bytes.
pub const CBA_VERIFIER_ALIGN: usize = 8;
/// Alignment of a workspace's memory in bytes.
pub const CBA_WORKSPACE_ALIGN: usize = 8;

/// Bytes of a verifier without anything in it.
#[cfg(target_pointer_width = "64")]
pub const CBA_VERIFIER_BASE_SIZE: usize = 320;
/// Bytes for each trust anchor, beside its DER.
#[cfg(target_pointer_width = "64")]
pub const CBA_VERIFIER_ANCHOR_SIZE: usize = 400;
/// Bytes for each intermediate in a verifier, beside its DER, and for each presented certificate in a
/// workspace.
#[cfg(target_pointer_width = "64")]
pub const CBA_CERTIFICATE_SIZE: usize = 512;
/// Bytes of a workspace for no presented certificate.
#[cfg(target_pointer_width = "64")]
pub const CBA_WORKSPACE_BASE_SIZE: usize = 2304;

/// Bytes of a verifier without anything in it.
#[cfg(target_pointer_width = "32")]
pub const CBA_VERIFIER_BASE_SIZE: usize = 240;
/// Bytes for each trust anchor, beside its DER.
#[cfg(target_pointer_width = "32")]
pub const CBA_VERIFIER_ANCHOR_SIZE: usize = 256;
/// Bytes for each intermediate in a verifier, beside its DER, and for each presented certificate in a
/// workspace.
#[cfg(target_pointer_width = "32")]
pub const CBA_CERTIFICATE_SIZE: usize = 336;
/// Bytes of a workspace for no presented certificate.
#[cfg(target_pointer_width = "32")]
pub const CBA_WORKSPACE_BASE_SIZE: usize = 1536;

/// Bytes for each CRL, beside its DER.
#[cfg(target_pointer_width = "64")]
pub const CBA_VERIFIER_CRL_SIZE: usize = 560;
/// Bytes for each CRL, beside its DER.
#[cfg(target_pointer_width = "32")]
pub const CBA_VERIFIER_CRL_SIZE: usize = 360;
/// Bytes for each entry of a CRL that has an index. How many entries a CRL in PEM has is not known beforehand: there
/// is one for every 20 bytes of it.
pub const CBA_VERIFIER_CRL_ENTRY_SIZE: usize = 16;
/// Bytes for each policy, beside its text.
pub const CBA_VERIFIER_POLICY_SIZE: usize = 16;
/// Bytes for each entry of a deny list.
pub const CBA_VERIFIER_DENIED_SIZE: usize = 36;
/// Bytes for each e-mail domain, beside its text.
pub const CBA_VERIFIER_DOMAIN_SIZE: usize = 16;
