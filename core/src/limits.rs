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

/// Longest name that is compared by RFC 5280 7.1; longer ones are equal only as bytes. Real names stay
/// below half of it.
pub const MAX_FOLDED_NAME_LEN: usize = 1024;

/// Most policies that a path can be valid for at any of its certificates, and most that the issuers' policies
/// can be traced back to. Bridges between enterprise PKIs map some thirty.
pub const MAX_POLICIES: usize = 64;

/// Most bytes in an OCSP response: a response about one certificate has some two thousand.
pub const MAX_OCSP_RESPONSE_LEN: usize = 1 << 20;

/// Most certificates in an OCSP response. One is of use, the delegate's.
pub const MAX_OCSP_CERTIFICATES: usize = 4;

/// Most issuers of CRLs, anchors aside, that can be relied on for one path. A path needs one for each CA, and one
/// for each that is none.
pub const MAX_STATUS_SOURCES: usize = 32;

/// Longest name of a verifier in a challenge: that of a host (RFC 1035 2.3.4, written out).
pub const MAX_VERIFIER_NAME_LEN: usize = 253;

/// Longest time in seconds from a challenge to its expiry: enough to look for a token and to type its PIN. An expiry
/// in milliseconds, or of a host that meant "never", is beyond it.
pub const MAX_CHALLENGE_SECONDS: i64 = 600;

/// Greatest number of signatures that a search can be allowed beyond the length of the path.
pub const MAX_EXTRA_SIGNATURES: usize = 16;

/// The bounds of one search for a path. Whatever a peer sends, the work ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Most intermediates in a path; 8, and never more than [`MAX_PATH_LEN`] - 1. A longer path is
    /// refused, and shorter ones are still looked for.
    pub intermediates: u8,
    /// Most signatures verified beyond the length of the path at hand; 4. They are what a search
    /// may lose to certificates with the right names and wrong keys. Never more than
    /// [`MAX_EXTRA_SIGNATURES`].
    pub extra_signatures: u8,
    /// Most certificates and anchors tried as the issuer of another; 512. Enough to walk every path
    /// through five CAs that all certified each other.
    pub candidates: u32,
    /// Most comparisons of names, where names in different spellings count sixteen more for every 64
    /// bytes; 65536. Enough to look for the issuers of twenty certificates as often as `candidates`
    /// allows.
    pub name_comparisons: u32,
    /// Most comparisons of a name with a name constraint; 1048576, where a directory name counts five, and one
    /// more for every 64 bytes. Enough for a thousand names below a thousand constraints.
    pub constraint_comparisons: u32,
    /// Most comparisons of a certificate's distribution points with those of CRLs; 65536. Enough for sixteen
    /// certificates, each with four distribution points, and a thousand CRLs.
    pub status_comparisons: u32,
    /// Most signatures verified for OCSP responses; 16. A response costs one, or two where a delegate signed it.
    pub status_signatures: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            intermediates: 8,
            extra_signatures: 4,
            candidates: 512,
            name_comparisons: 65_536,
            constraint_comparisons: 1 << 20,
            status_comparisons: 65_536,
            status_signatures: 16,
        }
    }
}
