//! Who a certificate speaks of: where addresses are looked for, which are accepted, and which make a
//! certificate nobody's.

use crate::common::{Pki, Setup};
use cba_core::certificate::Certificate;
use cba_core::identity::{EmailSources, Identity, IdentityOptions, LocalPart, LocalPartCase};
use cba_core::path::{Denied, EmailDomains, TrustAnchor, Workspace};
use cba_core::{ErrorKind, sha256};
use test_pki::{Authority, CertificateBuilder, Key, Name, attribute, der, oid};

const ALICE: &str = "alice@example.com";
const BOB: &str = "bob@example.com";
const ALL_SOURCES: [EmailSources; 4] =
    [EmailSources::Subject, EmailSources::San, EmailSources::SubjectThenSan, EmailSources::SanThenSubject];

type Found = Result<String, ErrorKind>;

/// The user of the certificate by the default options.
fn user(leaf: &CertificateBuilder) -> Found {
    user_by(&IdentityOptions::default(), leaf)
}

fn user_by(options: &IdentityOptions, leaf: &CertificateBuilder) -> Found {
    Pki::new().setup().email(&leaf.build(), options)
}

fn user_from(sources: EmailSources, leaf: &CertificateBuilder) -> Found {
    user_by(&IdentityOptions { sources, ..IdentityOptions::default() }, leaf)
}

fn is(email: &str) -> Found {
    Ok(email.to_owned())
}

fn subject_of(tag: u8, bytes: &[u8]) -> Found {
    user(&Pki::new().client().email_raw(tag, bytes))
}

// -- sources --

#[test]
fn the_subject_is_the_source_unless_another_is_configured() {
    let pki = Pki::new();
    assert_eq!(IdentityOptions::default().sources, EmailSources::Subject);
    assert_eq!(user(&pki.client().email(ALICE)), is(ALICE));
    assert_eq!(user(&pki.client().san_email(ALICE)), Err(ErrorKind::EmailMissing));
}

#[test]
fn each_source_finds_what_stands_in_it_and_nothing_else() {
    let pki = Pki::new();
    let found = |leaf: CertificateBuilder| ALL_SOURCES.map(|sources| user_from(sources, &leaf).is_ok());
    assert_eq!(found(pki.client().email(ALICE)), [true, false, true, true]);
    assert_eq!(found(pki.client().san_email(ALICE)), [false, true, true, true]);
    assert_eq!(found(pki.client().email(ALICE).san_email(ALICE)), [true; 4]);
    assert_eq!(found(pki.client().common_name(ALICE)), [false; 4]);
}

#[test]
fn a_certificate_without_an_address_is_nobodys() {
    let pki = Pki::new();
    for sources in ALL_SOURCES {
        let leaf = pki.client().common_name("alice").san_dns("laptop.example.com");
        assert_eq!(user_from(sources, &leaf), Err(ErrorKind::EmailMissing));
    }
}

#[test]
fn the_issuers_address_is_not_the_users() {
    let root = Authority::root(Name::new().common_name("Root").email(BOB), Key::p256(1));
    let leaf = root.issue(Key::p256(2)).common_name("alice").build();
    let setup = Setup::new(&[&root]);
    assert_eq!(setup.email(&leaf, &IdentityOptions::default()), Err(ErrorKind::EmailMissing));
}

#[test]
fn an_address_inside_a_directory_name_or_a_uri_is_no_identity() {
    let pki = Pki::new();
    let elsewhere = |leaf: CertificateBuilder| {
        leaf.san_directory(&Name::new().email(BOB)).san_uri("mailto:bob@example.com").san_dns(BOB)
    };
    for sources in ALL_SOURCES {
        assert_eq!(user_from(sources, &elsewhere(pki.client())), Err(ErrorKind::EmailMissing));
    }
    assert_eq!(user(&elsewhere(pki.client().email(ALICE))), is(ALICE));
}

#[test]
fn an_address_in_any_other_attribute_is_no_identity() {
    let pki = Pki::new();
    // unstructuredName, unstructuredAddress, uid, mail (RFC 4524), and longer and shorter identifiers.
    for oid in [
        "1.2.840.113549.1.9.2",
        "1.2.840.113549.1.9.8",
        "0.9.2342.19200300.100.1.1",
        "0.9.2342.19200300.100.1.3",
        "1.2.840.113549.1.9",
        "1.2.840.113549.1.9.1.1",
    ] {
        let leaf = pki.client().attribute(oid, der::tag::IA5_STRING, BOB.as_bytes());
        assert_eq!(user(&leaf), Err(ErrorKind::EmailMissing), "{oid}");
        assert_eq!(user(&leaf.email(ALICE)), is(ALICE), "{oid}");
    }
}

#[test]
fn smtp_utf8_mailbox_is_no_identity() {
    let pki = Pki::new();
    let mailbox = der::tlv(der::tag::UTF8_STRING, "bösß@example.com".as_bytes());
    let leaf = pki.client().san_other(oid::SMTP_UTF8_MAILBOX, &mailbox);
    for sources in ALL_SOURCES {
        assert_eq!(user_from(sources, &leaf), Err(ErrorKind::EmailMissing));
    }
    let beside = pki.client().email(ALICE).san_other(oid::SMTP_UTF8_MAILBOX, &mailbox);
    assert_eq!(user(&beside), is(ALICE));
}

// -- one value --

#[test]
fn the_same_address_twice_is_one() {
    let pki = Pki::new();
    for sources in ALL_SOURCES {
        let leaf = pki.client().email(ALICE).email(ALICE).san_email(ALICE).san_email(ALICE);
        assert_eq!(user_from(sources, &leaf), is(ALICE));
    }
}

#[test]
fn addresses_that_differ_in_case_are_one_where_case_is_folded() {
    let pki = Pki::new();
    let leaf = pki.client().email("Alice@Example.com").san_email("ALICE@EXAMPLE.COM");
    for sources in ALL_SOURCES {
        assert_eq!(user_from(sources, &leaf), is(ALICE));
    }
    let exact = IdentityOptions { case: LocalPartCase::Exact, ..IdentityOptions::default() };
    assert_eq!(user_by(&exact, &leaf), Err(ErrorKind::AmbiguousIdentity));
    let domains = pki.client().email("Alice@Example.com").san_email("Alice@EXAMPLE.COM");
    assert_eq!(user_by(&exact, &domains), is("Alice@example.com"));
}

#[test]
fn the_same_address_in_two_string_types_is_one() {
    let leaf = Pki::new().client().email(ALICE).email_raw(der::tag::UTF8_STRING, ALICE.as_bytes());
    assert_eq!(user(&leaf), is(ALICE));
}

#[test]
fn two_addresses_in_one_place_are_ambiguous() {
    let pki = Pki::new();
    for sources in ALL_SOURCES {
        let subject = pki.client().email(ALICE).email(BOB);
        assert_eq!(user_from(sources, &subject), Err(ErrorKind::AmbiguousIdentity));
        let san = pki.client().san_email(ALICE).san_email(BOB);
        assert_eq!(user_from(sources, &san), Err(ErrorKind::AmbiguousIdentity));
    }
}

#[test]
fn subject_and_san_that_differ_are_ambiguous_whatever_the_source() {
    let pki = Pki::new();
    for sources in ALL_SOURCES {
        for leaf in [pki.client().email(ALICE).san_email(BOB), pki.client().email(BOB).san_email(ALICE)] {
            assert_eq!(user_from(sources, &leaf), Err(ErrorKind::AmbiguousIdentity));
        }
    }
}

#[test]
fn an_address_that_is_none_spoils_the_good_one_in_the_other_place() {
    let pki = Pki::new();
    for sources in ALL_SOURCES {
        let leaf = pki.client().email(ALICE).san_email("not an address");
        assert_eq!(user_from(sources, &leaf), Err(ErrorKind::InvalidEmail));
        let leaf = pki.client().email("not an address").san_email(ALICE);
        assert_eq!(user_from(sources, &leaf), Err(ErrorKind::InvalidEmail));
    }
}

#[test]
fn a_multi_valued_rdn_is_searched_like_any_other() {
    let pki = Pki::new();
    let email = |address: &str| attribute(oid::EMAIL_ADDRESS, der::tag::IA5_STRING, address.as_bytes());
    let name = attribute(oid::COMMON_NAME, der::tag::UTF8_STRING, b"alice");
    assert_eq!(user(&pki.client().rdn([name.clone(), email(ALICE)])), is(ALICE));
    let two = pki.client().rdn([name, email(ALICE), email(BOB)]);
    assert_eq!(user(&two), Err(ErrorKind::AmbiguousIdentity));
}

// -- grammar --

#[test]
fn what_could_be_read_as_more_than_an_address_is_refused_wherever_it_stands() {
    let pki = Pki::new();
    for text in [
        "boss@example.com\0.evil.example",
        "boss@example.com\0",
        "\0boss@example.com",
        "bo\0ss@example.com",
        "boss@example.com\n",
        "boss\r\n@example.com",
        "bo\x7fss@example.com",
        " boss@example.com",
        "boss@example.com ",
        "bo ss@example.com",
        "\"boss\"@example.com",
        "\"a b\"@example.com",
        "x/emailAddress=boss@example.com",
        "a,boss@example.com",
        "a;boss@example.com",
        "a+boss@example.com",
        "a\\boss@example.com",
        "boss@example.com,bob@example.com",
        "<boss@example.com>",
        "Boss <boss@example.com>",
        "mailto:boss@example.com",
        "boss@[192.0.2.1]",
        "boss@localhost",
        "boss@example.com.",
        "boss",
        "@example.com",
        "",
    ] {
        assert_eq!(user(&pki.client().email(text)), Err(ErrorKind::InvalidEmail), "{text:?}");
        let san = user_from(EmailSources::San, &pki.client().san_email(text));
        assert_eq!(san, Err(ErrorKind::InvalidEmail), "{text:?}");
    }
}

#[test]
fn bytes_beyond_ascii_are_refused_in_every_place_and_type() {
    let utf8 = "bösß@example.com".as_bytes();
    for tag in [der::tag::IA5_STRING, der::tag::UTF8_STRING, der::tag::PRINTABLE_STRING] {
        assert_eq!(subject_of(tag, utf8), Err(ErrorKind::InvalidEmail));
    }
    assert_eq!(subject_of(der::tag::IA5_STRING, b"b\xf6ss@example.com"), Err(ErrorKind::InvalidEmail));
    // By its type rfc822Name is ASCII, so the whole extension is malformed.
    let san = Pki::new().client().san_email("bösß@example.com");
    assert_eq!(user_from(EmailSources::San, &san), Err(ErrorKind::MalformedGeneralName));
}

#[test]
fn the_whole_dot_atom_is_an_option() {
    let pki = Pki::new();
    let wide = IdentityOptions { local_part: LocalPart::DotAtom, ..IdentityOptions::default() };
    let leaf = pki.client().email("alice+cba@example.com");
    assert_eq!(user(&leaf), Err(ErrorKind::InvalidEmail));
    assert_eq!(user_by(&wide, &leaf), is("alice+cba@example.com"));
    for text in ["\"a b\"@example.com", "a b@example.com", "a\0@example.com", "a,b@example.com", "a@b@c.d"] {
        assert_eq!(user_by(&wide, &pki.client().email(text)), Err(ErrorKind::InvalidEmail), "{text:?}");
    }
}

// -- string types --

#[test]
fn an_address_in_ascii_is_accepted_in_the_four_types_that_can_hold_it() {
    for tag in
        [der::tag::IA5_STRING, der::tag::UTF8_STRING, der::tag::PRINTABLE_STRING, der::tag::TELETEX_STRING]
    {
        assert_eq!(subject_of(tag, ALICE.as_bytes()), is(ALICE), "{tag:#x}");
    }
}

#[test]
fn a_teletex_string_beyond_ascii_is_refused() {
    assert_eq!(subject_of(der::tag::TELETEX_STRING, b"b\xf6b@example.com"), Err(ErrorKind::InvalidEmail));
}

#[test]
fn an_address_in_any_other_type_is_refused() {
    let utf16: Vec<u8> = ALICE.bytes().flat_map(|byte| [0, byte]).collect();
    let utf32: Vec<u8> = ALICE.bytes().flat_map(|byte| [0, 0, 0, byte]).collect();
    for (tag, bytes) in [
        (der::tag::BMP_STRING, utf16.as_slice()),
        (der::tag::BMP_STRING, ALICE.as_bytes()),
        (der::tag::UNIVERSAL_STRING, &utf32),
        (der::tag::OCTET_STRING, ALICE.as_bytes()),
        (der::tag::BIT_STRING, ALICE.as_bytes()),
        (der::tag::VISIBLE_STRING, ALICE.as_bytes()),
        (der::tag::NUMERIC_STRING, ALICE.as_bytes()),
        (der::tag::SEQUENCE, ALICE.as_bytes()),
        // IA5String in constructed form, which is BER.
        (der::tag::IA5_STRING | 0x20, ALICE.as_bytes()),
    ] {
        assert_eq!(subject_of(tag, bytes), Err(ErrorKind::UnsupportedEmailStringType), "{tag:#x}");
    }
}

// -- comparison --

#[test]
fn the_principal_is_folded_by_default_and_keeps_its_local_part_by_option() {
    let leaf = Pki::new().client().email("Alice.B@Example.COM");
    assert_eq!(user(&leaf), is("alice.b@example.com"));
    let exact = IdentityOptions { case: LocalPartCase::Exact, ..IdentityOptions::default() };
    assert_eq!(user_by(&exact, &leaf), is("Alice.B@example.com"));
}

#[test]
fn only_ascii_case_is_folded() {
    // U+212A, the Kelvin sign, is a k to Unicode's folding.
    let leaf = Pki::new().client().email_raw(der::tag::UTF8_STRING, "\u{212a}im@example.com".as_bytes());
    assert_eq!(user(&leaf), Err(ErrorKind::InvalidEmail));
}

// -- namespaces of anchors --

fn user_within(domains: &[&'static str], email: &str) -> Found {
    let pki = Pki::new();
    let setup = pki.setup().with(|setup| setup.email_domains = Some(domains.to_vec()));
    setup.email(&pki.client().email(email).build(), &IdentityOptions::default())
}

#[test]
fn an_anchor_speaks_for_the_domains_that_it_was_given() {
    assert_eq!(user_within(&["example.com"], ALICE), is(ALICE));
    assert_eq!(user_within(&["other.example", "example.com"], ALICE), is(ALICE));
    assert_eq!(user_within(&["EXAMPLE.com"], "Alice@Example.Com"), is(ALICE));
}

#[test]
fn an_anchor_speaks_for_no_domain_beside_above_or_below() {
    for email in [
        "boss@ours.example",
        "boss@mail.example.com",
        "boss@notexample.com",
        "boss@example.com.evil.example",
        "boss@example.co",
        "boss@xexample.com",
    ] {
        assert_eq!(user_within(&["example.com"], email), Err(ErrorKind::EmailOutsideNamespace), "{email}");
    }
}

#[test]
fn a_dot_in_front_means_the_domains_below_and_not_the_domain_itself() {
    assert_eq!(user_within(&[".example.com"], "a@mail.example.com"), is("a@mail.example.com"));
    assert_eq!(user_within(&[".example.com"], "a@x.mail.Example.com"), is("a@x.mail.example.com"));
    for email in [ALICE, "a@notexample.com", "a@example.com.evil.example"] {
        assert_eq!(user_within(&[".example.com"], email), Err(ErrorKind::EmailOutsideNamespace), "{email}");
    }
    assert_eq!(user_within(&["example.com", ".example.com"], ALICE), is(ALICE));
}

#[test]
fn an_empty_list_is_no_domain_at_all() {
    assert_eq!(user_within(&[], ALICE), Err(ErrorKind::EmailOutsideNamespace));
}

#[test]
fn a_domain_that_is_none_is_refused_when_it_is_configured() {
    let pki = Pki::new();
    let root = Certificate::from_der(pki.root.certificate_der()).unwrap();
    let too_long = format!("{}com", "a.".repeat(130));
    for domain in [
        "",
        ".",
        "com",
        ".com",
        "*.example.com",
        "..example.com",
        "example..com",
        "example.com.",
        "@example.com",
        "alice@example.com",
        "exämple.com",
        "example.com ",
        "-a.example.com",
        too_long.as_str(),
    ] {
        let domains = ["example.com", domain];
        let anchor = TrustAnchor::from_certificate(&root).with_email_domains(EmailDomains::Only(&domains));
        assert_eq!(anchor.unwrap_err().kind, ErrorKind::InvalidEmailDomain, "{domain}");
    }
}

#[test]
fn the_namespace_is_that_of_the_anchor_at_which_the_path_ends() {
    use cba_core::path::{DenyList, PathOptions, TrustAnchors, Verifier};
    let ours = Authority::root("Ours", Key::p256(1));
    let partner = Authority::root("Partner", Key::p256(2));
    let forged = partner.issue(Key::p256(3)).email("boss@ours.example").build();
    let fair = ours.issue(Key::p256(4)).email("boss@ours.example").build();
    let roots = [ours, partner].map(|root| root.certificate_der().to_vec());
    let roots = crate::common::certificates(&roots);
    let anchor = |at: usize, domains| {
        TrustAnchor::from_certificate(&roots[at]).with_email_domains(EmailDomains::Only(domains)).unwrap()
    };
    let mut anchors = [anchor(0, &["ours.example"]), anchor(1, &["partner.example"])];
    let verifier = Verifier {
        anchors: TrustAnchors::new(&mut anchors),
        intermediates: &[],
        denied: DenyList::EMPTY,
        options: PathOptions::default(),
        limits: cba_core::limits::Limits::default(),
        signatures: &cba_core::signature::Ring,
        status: None,
    };
    let kind = |der: &[u8]| {
        let leaf = Certificate::from_der(der).unwrap();
        let time = cba_core::UnixTime(crate::common::NOW);
        let path = verifier.verify(&leaf, &[], time, &mut Workspace::new()).unwrap();
        Identity::from_path(&path, &IdentityOptions::default()).err().map(|error| error.kind)
    };
    assert_eq!(kind(&fair), None);
    assert_eq!(kind(&forged), Some(ErrorKind::EmailOutsideNamespace));
}

#[test]
fn a_limit_on_an_anchors_domains_is_not_lost_by_a_second_entry() {
    use cba_core::path::{DenyList, PathOptions, TrustAnchors, Verifier};
    let partner = Authority::root("Partner", Key::p256(2));
    let leaf = partner.issue(Key::p256(3)).email("boss@ours.example").build();
    let root = partner.certificate_der().to_vec();
    let root = Certificate::from_der(&root).unwrap();
    let anyone = TrustAnchor::from_certificate(&root);
    let limited = anyone.with_email_domains(EmailDomains::Only(&["partner.example"])).unwrap();
    for mut anchors in [[anyone, limited], [limited, anyone]] {
        let verifier = Verifier {
            anchors: TrustAnchors::new(&mut anchors),
            intermediates: &[],
            denied: DenyList::EMPTY,
            options: PathOptions::default(),
            limits: cba_core::limits::Limits::default(),
            signatures: &cba_core::signature::Ring,
            status: None,
        };
        let leaf = Certificate::from_der(&leaf).unwrap();
        let time = cba_core::UnixTime(crate::common::NOW);
        let path = verifier.verify(&leaf, &[], time, &mut Workspace::new()).unwrap();
        let refused = Identity::from_path(&path, &IdentityOptions::default()).unwrap_err();
        assert_eq!(refused.kind, ErrorKind::EmailOutsideNamespace);
    }
}

// -- deny list --

#[test]
fn a_certificate_on_the_deny_list_refuses_the_paths_through_it_wherever_it_stands() {
    let pki = Pki::new();
    let leaf = pki.alice().build();
    let denying = |der: &[u8]| {
        let entries = vec![Denied::Certificate([7; 32]), Denied::Certificate(sha256(der))];
        pki.setup().with(|setup| setup.denied = entries).verify(&leaf)
    };
    assert_eq!(denying(&leaf), Err((ErrorKind::Denied, 0)));
    assert_eq!(denying(pki.issuing.certificate_der()), Err((ErrorKind::Denied, 1)));
    assert_eq!(denying(pki.root.certificate_der()), Err((ErrorKind::Denied, 2)));
    assert_eq!(denying(b"another"), Ok(()));
}

#[test]
fn a_key_on_the_deny_list_refuses_the_paths_through_it_wherever_it_stands() {
    let pki = Pki::new();
    let leaf = pki.alice().build();
    let denying = |key: &Key| {
        let entries = vec![Denied::PublicKey(sha256(&key.spki_der())), Denied::PublicKey([0; 32])];
        pki.setup().with(|setup| setup.denied = entries).verify(&leaf)
    };
    assert_eq!(denying(&Key::p256(3)), Err((ErrorKind::Denied, 0)));
    assert_eq!(denying(pki.issuing.key()), Err((ErrorKind::Denied, 1)));
    assert_eq!(denying(pki.root.key()), Err((ErrorKind::Denied, 2)));
    assert_eq!(denying(&Key::p256(9)), Ok(()));
}

#[test]
fn a_denied_key_is_denied_in_a_new_certificate_and_a_denied_certificate_is_not_the_key() {
    let pki = Pki::new();
    let (old, new) = (pki.alice().serial(1).build(), pki.alice().serial(2).build());
    let certificate = pki.setup().with(|setup| setup.denied = vec![Denied::Certificate(sha256(&old))]);
    assert_eq!(certificate.verify(&old), Err((ErrorKind::Denied, 0)));
    assert_eq!(certificate.verify(&new), Ok(()));
    let key = Denied::PublicKey(sha256(&Key::p256(3).spki_der()));
    let key = pki.setup().with(|setup| setup.denied = vec![key]);
    assert_eq!(key.verify(&old), Err((ErrorKind::Denied, 0)));
    assert_eq!(key.verify(&new), Err((ErrorKind::Denied, 0)));
}
