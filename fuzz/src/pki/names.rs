//! Names that are minted: distinguished names in several spellings, general names, and the bases of constraints on
//! them, right ones and odd ones.

use test_pki::{Name, attribute, der::tag, general_name, oid};

use super::choices::Choices;

/// A distinguished name before it is spelled: RDNs of attributes.
pub type Plain = Vec<Vec<(&'static str, String)>>;

/// Spells a name; 0 is UTF8String.
#[must_use]
pub fn spell(name: &Plain, spelling: u8) -> Name {
    let attribute = |(oid, text): &(&'static str, String)| {
        let wide = |width: usize| {
            let bytes = text.chars().flat_map(|letter| u32::from(letter).to_be_bytes());
            bytes.enumerate().filter(|(at, _)| at % 4 >= 4 - width).map(|(_, byte)| byte).collect()
        };
        let (tag, bytes): (u8, Vec<u8>) = match spelling {
            0 => (tag::UTF8_STRING, text.clone().into()),
            1 => (tag::PRINTABLE_STRING, text.clone().into()),
            2 => (tag::UTF8_STRING, text.to_uppercase().into()),
            3 => (tag::UTF8_STRING, format!("  {} ", text.replace(' ', "  ")).into()),
            4 => (tag::BMP_STRING, wide(2)),
            5 => (tag::TELETEX_STRING, text.chars().map(|letter| letter as u8).collect()),
            6 => (tag::UNIVERSAL_STRING, wide(4)),
            7 => (tag::IA5_STRING, text.clone().into()),
            8 => (tag::VISIBLE_STRING, text.to_lowercase().into()),
            _ => (tag::PRINTABLE_STRING, text.replace(' ', "").into()),
        };
        attribute(oid, tag, &bytes)
    };
    name.iter().fold(Name::new(), |spelled, rdn| spelled.rdn(rdn.iter().map(attribute)))
}

/// How many spellings there are.
pub const SPELLINGS: u8 = 10;

fn one(oid: &'static str, text: &str) -> Vec<(&'static str, String)> {
    vec![(oid, text.to_owned())]
}

/// The name of somebody called `common_name`.
pub fn subject(choices: &mut Choices<'_>, common_name: &str) -> Plain {
    let own = one(oid::COMMON_NAME, common_name);
    let organization = |name| one(oid::ORGANIZATION, name);
    let unit = one(oid::ORGANIZATIONAL_UNIT, "Users");
    let component = |name| one(oid::DOMAIN_COMPONENT, name);
    match choices.below(8) {
        0 => vec![organization("Example"), own],
        1 => vec![organization("Example"), unit, own],
        2 => vec![organization("Other"), own],
        3 => vec![organization("Example"), [unit, own].concat()],
        4 => vec![component("com"), component("example"), own],
        5 => vec![organization("Exämple"), own],
        6 => vec![own],
        _ => vec![],
    }
}

/// The base of a constraint on directory names.
fn directory_base(choices: &mut Choices<'_>) -> Name {
    let organization = |name| vec![one(oid::ORGANIZATION, name)];
    let base = match choices.below(8) {
        0 => organization("Example"),
        1 => [organization("Example"), vec![one(oid::ORGANIZATIONAL_UNIT, "Users")]].concat(),
        2 => organization("Other"),
        3 => organization("Exam"),
        4 => vec![one(oid::DOMAIN_COMPONENT, "com")],
        5 => organization("Exämple"),
        6 => vec![one(oid::COMMON_NAME, "alice")],
        _ => vec![],
    };
    spell(&base, choices.below(SPELLINGS))
}

/// E-mail addresses.
pub const EMAILS: [&str; 11] = [
    "alice@example.com",
    "alice@EXAMPLE.com",
    "ALICE@example.com",
    "alice@mail.example.com",
    "bob@example.org",
    "alice@example.com.",
    "\"a@b\"@example.com",
    "alice",
    "@example.com",
    "alice@",
    "alice@badexample.com",
];
const EMAIL_BASES: [&str; 10] = [
    "example.com",
    ".example.com",
    "alice@example.com",
    "EXAMPLE.com",
    "mail.example.com",
    "example.org",
    "com",
    "ALICE@example.com",
    "",
    "@example.com",
];
const HOSTS: [&str; 12] = [
    "example.com",
    "www.example.com",
    "WWW.Example.COM",
    "badexample.com",
    "a.b.example.com",
    "example.org",
    "*.example.com",
    "example.com.",
    "ex_ample.com",
    "*.com",
    "",
    ".example.com",
];
const HOST_BASES: [&str; 10] = [
    "example.com",
    ".example.com",
    "www.example.com",
    "com",
    "example.org",
    "EXAMPLE.COM",
    "",
    "example.com.",
    "*.example.com",
    "ample.com",
];
const URIS: [&str; 13] = [
    "http://example.com/",
    "https://www.example.com:8443/a?b",
    "http://user@example.com/",
    "HTTP://EXAMPLE.COM",
    "ldap://example.org/cn",
    "http://example.com",
    "urn:a:b",
    "http://192.0.2.1/",
    "http://[2001:db8::1]/",
    "http://example.com./",
    "mailto:a@example.com",
    "http:///x",
    "http://example.com:80@example.org/",
];
const URI_BASES: [&str; 7] = [
    "example.com",
    ".example.com",
    "www.example.com",
    "example.org",
    "EXAMPLE.COM",
    "",
    "http://example.com",
];
const ADDRESSES: [&[u8]; 4] =
    [&[192, 0, 2, 1], &[10, 0, 0, 1], b"\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01", &[192, 0, 2]];
const NETWORKS: [&[u8]; 7] = [
    &[192, 0, 2, 0, 255, 255, 255, 0],
    &[192, 0, 2, 55, 255, 255, 255, 0],
    &[0; 8],
    &[10, 0, 0, 0, 255, 0, 0, 0],
    b"\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\0\xff\xff\xff\xff\0\0\0\0\0\0\0\0\0\0\0\0",
    &[192, 0, 2, 0, 255, 0, 255, 0],
    &[192, 0, 2, 0],
];
const UPN: &str = "1.3.6.1.4.1.311.20.2.3";

fn other(type_id: &str, text: &str) -> Vec<u8> {
    general_name::other(type_id, &test_pki::der::tlv(tag::UTF8_STRING, text.as_bytes()))
}

/// A general name for subjectAltName. Each takes two choices.
pub fn general_name(choices: &mut Choices<'_>, form: u8) -> Vec<u8> {
    match form % 8 {
        0 => general_name::email(choices.pick(&EMAILS)),
        1 => general_name::dns(choices.pick(&HOSTS)),
        2 => general_name::uri(choices.pick(&URIS)),
        3 => general_name::ip(choices.pick(&ADDRESSES)),
        4 => general_name::directory(&spell(&subject(choices, "alice"), 0)),
        5 => other(oid::SMTP_UTF8_MAILBOX, choices.pick(&["älice@example.com", "alice@example.com", "x"])),
        6 => other(UPN, choices.pick(&["alice@example.com"])),
        _ => test_pki::der::context_primitive(8, choices.pick(&[&[0x2a, 3][..]])),
    }
}

/// The base of a constraint. Each takes up to two choices more than the form.
pub fn base(choices: &mut Choices<'_>, form: u8) -> Vec<u8> {
    match form % 8 {
        0 => general_name::email(choices.pick(&EMAIL_BASES)),
        1 => general_name::dns(choices.pick(&HOST_BASES)),
        2 => general_name::uri(choices.pick(&URI_BASES)),
        3 => general_name::ip(choices.pick(&NETWORKS)),
        4 => general_name::directory(&directory_base(choices)),
        5 => other(oid::SMTP_UTF8_MAILBOX, choices.pick(&["example.com"])),
        6 => other(UPN, choices.pick(&["example.com"])),
        _ => test_pki::der::context_primitive(8, choices.pick(&[&[0x2a][..]])),
    }
}
