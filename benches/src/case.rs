//! The cases, and who is measured on them.

use crate::pki::Pki;
use crate::{floor, openssl_peer, ours, webpki_peer};

/// The whole work of a case, once; whether the certificate was accepted.
pub type Run = Box<dyn FnMut() -> bool>;

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Case {
    /// Leaf, intermediate, anchor on P-256: two signatures.
    P256,
    /// The same with a constraint on names, a policy that is required, and CRLs of both CAs.
    Full,
    /// The same on P-384.
    P384,
    /// The same with RSA of 2048 bits.
    Rsa2048,
    /// Five signatures on P-256.
    Depth5,
    /// Two signatures on P-256, the anchor among 150.
    Anchors150,
    /// A P-256 leaf is read, and its e-mail address.
    Parse,
    /// Ninety intermediates on P-384 that only look like the issuer.
    Forged90,
    /// A login as a whole, with its audit record.
    Login,
}

/// Who is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Peer {
    /// cba-core with ring: reading, path, e-mail.
    Ours,
    /// rustls-webpki with ring: reading, path.
    Webpki,
    /// OpenSSL: reading, path.
    Openssl,
    /// OpenSSL with certificates read beforehand: path.
    OpensslVerifyOnly,
    /// The signatures, by ring, and nothing else.
    Floor,
}

impl Case {
    /// Every case, in the order of the table.
    pub const ALL: [Self; 9] = [
        Self::P256,
        Self::Full,
        Self::P384,
        Self::Rsa2048,
        Self::Depth5,
        Self::Anchors150,
        Self::Login,
        Self::Parse,
        Self::Forged90,
    ];

    /// Its name on a command line.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::P256 => "p256",
            Self::Full => "full",
            Self::P384 => "p384",
            Self::Rsa2048 => "rsa2048",
            Self::Depth5 => "depth5",
            Self::Anchors150 => "anchors150",
            Self::Parse => "parse",
            Self::Forged90 => "forged90",
            Self::Login => "login",
        }
    }

    /// Its name in a table.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::P256 => "P-256, 2 signatures",
            Self::Full => "same, constraint, policy, CRLs",
            Self::P384 => "P-384, 2 signatures",
            Self::Rsa2048 => "RSA-2048, 2 signatures",
            Self::Depth5 => "P-256, 5 signatures",
            Self::Anchors150 => "P-256, 150 anchors",
            Self::Parse => "P-256 leaf: parse + e-mail",
            Self::Forged90 => "P-384, 90 forged issuers",
            Self::Login => "P-256, login + audit record",
        }
    }

    /// Whether the certificate is a good one.
    #[must_use]
    pub const fn is_accepted(self) -> bool {
        !matches!(self, Self::Forged90)
    }

    /// The certificates of the case, newly minted. They stay for the rest of the program.
    #[must_use]
    pub fn mint(self) -> &'static Pki {
        Box::leak(Box::new(match self {
            Self::P256 | Self::Parse | Self::Login => Pki::p256(),
            Self::Full => Pki::full(),
            Self::P384 => Pki::p384(),
            Self::Rsa2048 => Pki::rsa_2048(),
            Self::Depth5 => Pki::depth_5(),
            Self::Anchors150 => Pki::among_anchors(150),
            Self::Forged90 => Pki::forged(90),
        }))
    }

    /// The work of a peer on the case, tried once; `None` where the peer has no such thing.
    ///
    /// # Panics
    /// If the peer does not judge the certificate as it is.
    #[must_use]
    pub fn run(self, peer: Peer, pki: &'static Pki) -> Option<Run> {
        let mut run = match (self, peer) {
            (Self::Parse, Peer::Ours) => ours::parse(pki),
            (Self::Parse, Peer::Webpki) => webpki_peer::parse(pki),
            (Self::Parse, Peer::Openssl) => openssl_peer::parse(pki),
            (Self::Parse, Peer::OpensslVerifyOnly | Peer::Floor) => return None,
            (Self::Login, Peer::Ours) => ours::login(pki),
            (Self::Login, Peer::Webpki | Peer::Openssl | Peer::OpensslVerifyOnly) => return None,
            (Self::Full, Peer::Ours) => ours::verify_with_status(pki),
            (Self::Full, Peer::Webpki | Peer::Openssl | Peer::OpensslVerifyOnly) => return None,
            (Self::Forged90, Peer::Ours) => ours::verify_many(pki),
            (_, Peer::Ours) => ours::verify(pki),
            (_, Peer::Webpki) => webpki_peer::verify(pki),
            (_, Peer::Openssl) => openssl_peer::verify(pki),
            (_, Peer::OpensslVerifyOnly) => openssl_peer::verify_only(pki),
            (Self::Forged90, Peer::Floor) => floor::forged(pki, ours::signatures_verified(pki)),
            (_, Peer::Floor) => floor::signatures(pki),
        };
        assert_eq!(run(), self.is_accepted(), "{peer:?} misjudges {self:?}");
        Some(run)
    }
}

impl Peer {
    /// Every peer, in the order of the columns.
    pub const ALL: [Self; 5] =
        [Self::Ours, Self::Webpki, Self::Openssl, Self::OpensslVerifyOnly, Self::Floor];

    /// Its name on a command line.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::Ours => "ours",
            Self::Webpki => "webpki",
            Self::Openssl => "openssl",
            Self::OpensslVerifyOnly => "openssl-verify-only",
            Self::Floor => "floor",
        }
    }

    /// Its name at the head of a column.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Ours => "ours",
            Self::Webpki => "webpki",
            Self::Openssl => "OpenSSL d2i+verify",
            Self::OpensslVerifyOnly => "OpenSSL verify only",
            Self::Floor => "floor",
        }
    }
}
