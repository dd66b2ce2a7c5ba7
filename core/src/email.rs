//! E-mail addresses that may become a login: a narrow grammar, checked before anything is compared.
//!
//! RFC 5280 4.2.1.6 takes its mailboxes from RFC 5321; of those only ASCII dot-atoms before a domain
//! name are accepted. What could be read as more than an address where a server passes it on — the
//! separators of DN text, quotes, white space — is refused with it.

use crate::error::{ErrorKind, Result};
use crate::limits::{MAX_EMAIL_LEN, MAX_LOCAL_PART_LEN};
use heapless::String;

/// Which local parts are accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum LocalPart {
    /// Letters, digits and ``! $ % & ' * - ? ^ _ ` { | } ~``, with dots between: a dot-atom without
    /// the characters `/ = + #` that mean something in the text of a distinguished name.
    #[default]
    Narrow,
    /// Any dot-atom of RFC 5321 4.1.2. A host that builds DN text, URLs or shell commands from
    /// addresses must then quote them.
    DotAtom,
}

/// How local parts are compared; domains are always compared without regard to case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum LocalPartCase {
    /// Without regard to ASCII case, and handed out in lower case, as Mattermost stores it.
    #[default]
    Fold,
    /// Byte for byte (RFC 5321 2.4 leaves the meaning of case to the receiving host).
    Exact,
}

/// An e-mail address within the accepted grammar, its domain in lower case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Email(String<MAX_EMAIL_LEN>);

impl Email {
    /// Checks the grammar, and folds what is compared without regard to case.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidEmail`].
    ///
    /// # Examples
    /// ```
    /// use cba_core::email::{Email, LocalPart, LocalPartCase};
    ///
    /// let email = Email::parse(b"Alice@Example.COM", LocalPart::Narrow, LocalPartCase::Fold)?;
    /// assert_eq!(email.as_str(), "alice@example.com");
    /// assert!(Email::parse(b"x/emailAddress=boss@example.com", LocalPart::Narrow, LocalPartCase::Fold).is_err());
    /// # Ok::<(), cba_core::Error>(())
    /// ```
    pub fn parse(bytes: &[u8], accept: LocalPart, case: LocalPartCase) -> Result<Self> {
        Self::parse_str(bytes, accept, case).ok_or(ErrorKind::InvalidEmail.into())
    }

    fn parse_str(bytes: &[u8], accept: LocalPart, case: LocalPartCase) -> Option<Self> {
        // A second @ is in no domain.
        let at = bytes.iter().position(|&byte| byte == b'@')?;
        let (local, domain) = bytes.split_at_checked(at)?;
        let domain = domain.strip_prefix(b"@")?;
        if local.len() > MAX_LOCAL_PART_LEN || !is_dot_atom(local, accept) || !is_domain(domain) {
            return None;
        }
        // The grammar is ASCII.
        let mut email = String::try_from(core::str::from_utf8(bytes).ok()?).ok()?;
        match case {
            LocalPartCase::Fold => email.make_ascii_lowercase(),
            LocalPartCase::Exact => email.get_mut(at..)?.make_ascii_lowercase(),
        }
        Some(Self(email))
    }

    /// The address: what the host looks its user up by.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// The domain, in lower case.
    #[must_use]
    pub fn domain(&self) -> &str {
        self.0.split_once('@').map_or("", |(_, domain)| domain)
    }
}

impl core::fmt::Display for Email {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(self.as_str())
    }
}

fn is_dot_atom(local: &[u8], accept: LocalPart) -> bool {
    let mut after_dot = true;
    for &byte in local {
        let class = CLASSES.get(usize::from(byte)).copied().unwrap_or(Class::Refused);
        match class {
            Class::Alphanumeric | Class::Hyphen | Class::Atom => after_dot = false,
            Class::Separator if accept == LocalPart::DotAtom => after_dot = false,
            Class::Dot if !after_dot => after_dot = true,
            _ => return false,
        }
    }
    !after_dot
}

/// What a byte can be in an address.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Refused,
    Alphanumeric,
    Hyphen,
    Dot,
    /// The other characters of an atom (RFC 5322 3.2.3).
    Atom,
    /// Those of them that separate something in the text of a distinguished name or a URL.
    Separator,
}

#[allow(clippy::indexing_slicing, reason = "evaluated when compiled")]
static CLASSES: [Class; 256] = {
    let mut classes = [Class::Refused; 256];
    let mut byte: u8 = 0;
    while byte < 0x80 {
        classes[byte as usize] = match byte {
            b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' => Class::Alphanumeric,
            b'-' => Class::Hyphen,
            b'.' => Class::Dot,
            b'!' | b'$' | b'%' | b'&' | b'\'' | b'*' | b'?' => Class::Atom,
            b'^' | b'_' | b'`' | b'{' | b'|' | b'}' | b'~' => Class::Atom,
            b'/' | b'=' | b'+' | b'#' => Class::Separator,
            _ => Class::Refused,
        };
        byte += 1;
    }
    classes
};

/// At least two LDH labels (RFC 5890 2.3.1) of 1 to 63 bytes, no hyphen at either end.
fn is_domain(domain: &[u8]) -> bool {
    let (mut label, mut dots, mut before) = (0u32, 0u32, Class::Dot);
    for &byte in domain {
        let class = CLASSES.get(usize::from(byte)).copied().unwrap_or(Class::Refused);
        match (class, before) {
            (Class::Alphanumeric, _) | (Class::Hyphen, Class::Alphanumeric | Class::Hyphen) => {
                label = label.saturating_add(1);
            }
            (Class::Dot, Class::Alphanumeric) => {
                label = 0;
                dots = dots.saturating_add(1);
            }
            _ => return false,
        }
        if label > 63 {
            return false;
        }
        before = class;
    }
    dots > 0 && before == Class::Alphanumeric
}

/// E-mail domains for which somebody may speak.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum EmailDomains<'a> {
    /// Every domain.
    #[default]
    Any,
    /// These: `example.com` is that domain alone, `.example.com` every domain below it (the forms
    /// of RFC 5280 4.2.1.10). An empty list is no domain at all.
    Only(&'a [&'a str]),
}

impl EmailDomains<'_> {
    /// Requires that each is a domain: a mistake here must not become somebody who speaks for nobody, or
    /// for too many.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidEmailDomain`].
    pub fn require_well_formed(&self) -> Result<()> {
        let Self::Only(domains) = self else {
            return Ok(());
        };
        let well_formed = |domain: &&str| {
            let name = domain.strip_prefix('.').unwrap_or(domain);
            // Shorter than an address by at least a letter and the @.
            is_domain(name.as_bytes()) && domain.len() <= MAX_EMAIL_LEN - 2
        };
        if domains.iter().all(well_formed) { Ok(()) } else { Err(ErrorKind::InvalidEmailDomain.into()) }
    }

    /// Whether the address's domain is among them.
    #[must_use]
    pub fn contain(&self, email: &Email) -> bool {
        let Self::Only(domains) = self else {
            return true;
        };
        let name = email.domain().as_bytes();
        domains.iter().any(|allowed| match allowed.as_bytes() {
            suffix @ [b'.', ..] => {
                let tail = name.len().checked_sub(suffix.len()).and_then(|at| name.split_at_checked(at));
                // More than the suffix alone: ".example.com" is not "example.com".
                tail.is_some_and(|(host, tail)| !host.is_empty() && tail.eq_ignore_ascii_case(suffix))
            }
            exact => name.eq_ignore_ascii_case(exact),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::format;

    fn parse(text: &str) -> core::result::Result<std::string::String, ErrorKind> {
        Email::parse(text.as_bytes(), LocalPart::Narrow, LocalPartCase::Fold)
            .map(|email| email.as_str().into())
            .map_err(|error| error.kind)
    }

    #[test]
    fn accepts_plain_addresses_and_folds_them() {
        assert_eq!(parse("Alice.B-c_d@Mail.Example.COM"), Ok("alice.b-c_d@mail.example.com".into()));
        assert_eq!(parse("o'hara@example.com"), Ok("o'hara@example.com".into()));
        assert_eq!(parse("a@1.example"), Ok("a@1.example".into()));
    }

    #[test]
    fn keeps_the_case_of_the_local_part_where_it_counts() {
        let email = Email::parse(b"Alice@EXAMPLE.com", LocalPart::Narrow, LocalPartCase::Exact).unwrap();
        assert_eq!(email.as_str(), "Alice@example.com");
    }

    #[test]
    fn refuses_whatever_could_travel_into_the_text_of_a_dn() {
        for text in [
            "x/emailAddress=boss@example.com",
            "a=b@example.com",
            "a,b@example.com",
            "a;b@example.com",
            "a+b@example.com",
            "\"a b\"@example.com",
            "a\\b@example.com",
            "a<b@example.com",
            "a>b@example.com",
            "#a@example.com",
            "a(b)@example.com",
            "a:b@example.com",
            "a[b@example.com",
        ] {
            assert_eq!(parse(text), Err(ErrorKind::InvalidEmail), "{text}");
        }
    }

    #[test]
    fn refuses_nul_controls_spaces_and_bytes_beyond_ascii() {
        for text in [
            "boss@example.com\0@evil.example",
            "boss@example.com\0",
            "\0boss@example.com",
            "a\tb@example.com",
            "a b@example.com",
            " a@example.com",
            "a@example.com ",
            "a@example.com\n",
            "a\x7f@example.com",
            "é@example.com",
            "a@exämple.com",
            "a@example.com\r\nX: y",
        ] {
            assert_eq!(parse(text), Err(ErrorKind::InvalidEmail), "{text:?}");
        }
        assert!(Email::parse(b"\xff@example.com", LocalPart::DotAtom, LocalPartCase::Fold).is_err());
    }

    #[test]
    fn refuses_misplaced_dots_ats_and_hyphens() {
        for text in [
            "",
            "@",
            "a@",
            "@example.com",
            "a",
            "a@b@example.com",
            ".a@example.com",
            "a.@example.com",
            "a..b@example.com",
            "a@example",
            "a@example..com",
            "a@.example.com",
            "a@example.com.",
            "a@-example.com",
            "a@example-.com",
            "a@exa_mple.com",
            "a@[192.0.2.1]",
            "a@example.com@",
        ] {
            assert_eq!(parse(text), Err(ErrorKind::InvalidEmail), "{text}");
        }
    }

    #[test]
    fn bounds_local_part_labels_and_the_whole() {
        let local = |n| format!("{}@example.com", "a".repeat(n));
        assert!(parse(&local(64)).is_ok());
        assert!(parse(&local(65)).is_err());
        let label = |n| format!("a@{}.com", "b".repeat(n));
        assert!(parse(&label(63)).is_ok());
        assert!(parse(&label(64)).is_err());
        let whole = |n: usize| {
            let labels = "b23456789.".repeat(n / 10);
            format!("a@{labels}{}", "c".repeat(n - 2 - labels.len()))
        };
        assert_eq!(whole(254).len(), 254);
        assert!(parse(&whole(254)).is_ok());
        assert!(parse(&whole(255)).is_err());
    }

    #[test]
    fn takes_the_whole_dot_atom_only_by_option() {
        for text in ["a+tag@example.com", "a/b@example.com", "a=b@example.com", "#@example.com"] {
            assert!(parse(text).is_err());
            assert!(Email::parse(text.as_bytes(), LocalPart::DotAtom, LocalPartCase::Fold).is_ok());
        }
    }

    #[test]
    fn speaks_for_a_domain_or_for_those_below_it() {
        let email =
            |text: &str| Email::parse(text.as_bytes(), LocalPart::Narrow, LocalPartCase::Fold).unwrap();
        let domains = EmailDomains::Only(&["Example.com", ".partner.example"]);
        assert_eq!(domains.require_well_formed(), Ok(()));
        for inside in ["a@example.com", "a@b.partner.example", "a@c.b.partner.example"] {
            assert!(domains.contain(&email(inside)), "{inside}");
        }
        for outside in ["a@b.example.com", "a@partner.example", "a@badpartner.example", "a@example.org"] {
            assert!(!domains.contain(&email(outside)), "{outside}");
        }
        assert!(!EmailDomains::Only(&[]).contain(&email("a@example.com")));
        assert!(EmailDomains::Any.contain(&email("a@example.com")));
    }

    #[test]
    fn refuses_domains_that_are_none() {
        for domain in ["", ".", "com", "*.example.com", "@example.com", "..example.com", "exa mple.com"] {
            assert!(
                EmailDomains::Only(&["example.com", domain]).require_well_formed().is_err(),
                "{domain:?}"
            );
        }
    }
}
