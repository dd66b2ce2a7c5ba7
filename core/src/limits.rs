//! Every bound of the core, in one place, each with its reason.

/// Most certificates in a path, the leaf included and the anchor not. Web and enterprise PKIs use
/// two to four; the bound sizes the workspace.
pub const MAX_PATH_LEN: usize = 16;

/// Most extensions in a certificate. The richest seen in practice hold about twenty; the search for
/// duplicates is quadratic in this number.
pub const MAX_EXTENSIONS: usize = 64;

/// Most bytes in a certificate: far above any real one (post-quantum ones included), far below
/// what would make offsets or hashing a burden.
pub const MAX_CERTIFICATE_LEN: usize = 1 << 20;

/// Deepest nesting of config.json. Mattermost's own file nests four deep.
pub const MAX_JSON_DEPTH: usize = 32;

/// Longest e-mail address (RFC 5321 4.5.3.1.3, less the angle brackets; RFC 3696 erratum 1690).
pub const MAX_EMAIL_LEN: usize = 254;

/// Longest local part (RFC 5321 4.5.3.1.1).
pub const MAX_LOCAL_PART_LEN: usize = 64;

/// Largest RSA modulus in bytes that any option can allow: 8192 bits.
pub const MAX_RSA_MODULUS_LEN: usize = 1024;
