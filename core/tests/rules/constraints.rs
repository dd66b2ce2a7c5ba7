//! Name constraints (RFC 5280 4.2.1.10, 6.1.3 (b) and (c)): each form, both sides, through a whole path.

use crate::common::{Pki, Refusal, Setup};
use cba_core::ErrorKind;
use cba_core::path::AnchorConstraints;
use std::slice::from_ref;
use test_pki::{Authority, CertificateBuilder, Key, Name, attribute, der, general_name, oid};

type Verdict = Result<(), Refusal>;

const NOT_PERMITTED: Verdict = Err((ErrorKind::NameNotPermitted, 0));
const EXCLUDED: Verdict = Err((ErrorKind::NameExcluded, 0));

/// nameConstraints of bases.
fn constraints(permitted: &[Vec<u8>], excluded: &[Vec<u8>]) -> Vec<u8> {
    let side = |number, bases: &[Vec<u8>]| match bases {
        [] => Vec::new(),
        bases => der::context(number, &der::concat(bases.iter().map(|base| der::sequence([base])))),
    };
    der::sequence([side(0, permitted), side(1, excluded)])
}

/// The verdict on a leaf below a CA with these constraints.
fn judge(constraints: &[u8], leaf: impl FnOnce(CertificateBuilder) -> CertificateBuilder) -> Verdict {
    let (setup, leaf) = below(constraints, true, leaf);
    setup.verify(&leaf)
}

/// A leaf below a CA with these constraints, critical or not.
fn below(
    constraints: &[u8],
    critical: bool,
    leaf: impl FnOnce(CertificateBuilder) -> CertificateBuilder,
) -> (Setup, Vec<u8>) {
    let pki = Pki::new();
    let issuing = pki.root.issue_ca("Issuing", Key::p256(2));
    let issuing = issuing.extension(oid::NAME_CONSTRAINTS, critical, constraints).build();
    let leaf = leaf(pki.client().common_name("alice")).build();
    (pki.setup().with(|setup| setup.presented = vec![issuing]), leaf)
}

/// Whether one name passes one base as permitted subtree.
fn permits(base: Vec<u8>, name: &[u8]) -> bool {
    let verdict = judge(&constraints(&[base], &[]), |leaf| leaf.san_raw(name.to_vec()));
    assert!(verdict == Ok(()) || verdict == NOT_PERMITTED, "{verdict:?}");
    verdict == Ok(())
}

/// Whether one base as excluded subtree stops one name.
fn excludes(base: Vec<u8>, name: &[u8]) -> bool {
    let verdict = judge(&constraints(&[], &[base]), |leaf| leaf.san_raw(name.to_vec()));
    assert!(verdict == Ok(()) || verdict == EXCLUDED, "{verdict:?}");
    verdict == EXCLUDED
}

fn utf8_mailbox(address: &str) -> Vec<u8> {
    general_name::other(oid::SMTP_UTF8_MAILBOX, &der::tlv(der::tag::UTF8_STRING, address.as_bytes()))
}

// -- e-mail --

#[test]
fn an_email_is_constrained_to_a_mailbox_a_host_or_the_domains_below() {
    use general_name::email;
    for (base, address, within) in [
        ("alice@example.com", "alice@example.com", true),
        ("alice@example.com", "alice@EXAMPLE.com", true),
        ("alice@example.com", "bob@example.com", false),
        ("alice@example.com", "alice@a.example.com", false),
        ("example.com", "alice@example.com", true),
        ("Example.Com", "alice@eXample.coM", true),
        ("example.com", "alice@a.example.com", false),
        ("example.com", "alice@badexample.com", false),
        (".example.com", "alice@a.example.com", true),
        (".example.com", "alice@b.a.example.com", true),
        (".example.com", "alice@example.com", false),
        (".example.com", "alice@aexample.com", false),
    ] {
        assert_eq!(permits(email(base), &email(address)), within, "{base} {address}");
        assert_eq!(excludes(email(base), &email(address)), within, "{base} {address}");
        // The mailbox of RFC 9598 under the same constraints.
        assert_eq!(permits(email(base), &utf8_mailbox(address)), within, "{base} {address}");
        let of_domain = within || (base, address) == ("alice@example.com", "bob@example.com");
        assert_eq!(excludes(email(base), &utf8_mailbox(address)), of_domain, "{base} {address}");
        // And emailAddress in the subject.
        let subject = |constraints: &[u8]| judge(constraints, |leaf| leaf.email(address));
        assert_eq!(subject(&constraints(&[email(base)], &[])) == Ok(()), within, "{base} {address}");
        assert_eq!(subject(&constraints(&[], &[email(base)])) == EXCLUDED, within, "{base} {address}");
    }
}

#[test]
fn an_exclusion_sees_through_case_and_a_final_dot_and_a_permission_does_not() {
    use general_name::email;
    assert!(excludes(email("ceo@example.com"), &email("CEO@example.com")));
    assert!(!permits(email("ceo@example.com"), &email("CEO@example.com")));
    assert!(excludes(email("example.com"), &email("ceo@example.com.")));
    assert!(!permits(email("example.com"), &email("ceo@example.com.")));
    assert!(excludes(general_name::dns("example.com"), &general_name::dns("a.example.com.")));
    assert!(!permits(general_name::dns("example.com"), &general_name::dns("a.example.com.")));
}

#[test]
fn what_is_no_mailbox_is_permitted_nowhere() {
    use general_name::email;
    for address in ["example.com", "@example.com", "alice@", "a@b@example.com", ""] {
        assert!(!permits(email("example.com"), &email(address)), "{address}");
        // Nor does it slip past an exclusion.
        let excluded =
            judge(&constraints(&[], &[email("other.example")]), |leaf| leaf.san_raw(email(address)));
        assert_eq!(excluded, NOT_PERMITTED, "{address}");
    }
    // Quoted, the last @ counts.
    assert!(permits(email("example.com"), &email("\"a@b\"@example.com")));
    // Of a string type that is not ASCII.
    let bmp = |leaf: CertificateBuilder| leaf.email_raw(der::tag::BMP_STRING, b"\0a\0@\0b\0.\0c");
    assert_eq!(judge(&constraints(&[email("b.c")], &[]), bmp), NOT_PERMITTED);
    assert_eq!(judge(&constraints(&[general_name::dns("b.c")], &[]), bmp), Ok(()));
}

#[test]
fn every_email_in_a_subject_counts_wherever_it_stands() {
    use general_name::email;
    let only = constraints(&[email("example.com")], &[email("ceo@example.com")]);
    let address = |text: &str| attribute(oid::EMAIL_ADDRESS, der::tag::IA5_STRING, text.as_bytes());
    let cn = attribute(oid::COMMON_NAME, der::tag::UTF8_STRING, b"x");
    let rdn = |list: Vec<Vec<u8>>| judge(&only, |leaf| leaf.rdn(list));
    assert_eq!(rdn(vec![cn.clone(), address("a@example.com")]), Ok(()));
    assert_eq!(rdn(vec![cn.clone(), address("a@example.org")]), NOT_PERMITTED);
    assert_eq!(rdn(vec![cn, address("ceo@EXAMPLE.com")]), EXCLUDED);
    // Each of several, first or last, in one RDN or in two.
    assert_eq!(rdn(vec![address("a@example.com"), address("a@example.org")]), NOT_PERMITTED);
    for list in [["a@example.com", "CEO@example.com"], ["CEO@example.com", "a@example.com"]] {
        assert_eq!(judge(&only, |leaf| leaf.email(list[0]).email(list[1])), EXCLUDED);
    }
    // In any string type of ASCII.
    for tag in [der::tag::UTF8_STRING, der::tag::PRINTABLE_STRING, der::tag::TELETEX_STRING] {
        assert_eq!(judge(&only, |leaf| leaf.email_raw(tag, b"a@example.com")), Ok(()));
        assert_eq!(judge(&only, |leaf| leaf.email_raw(tag, b"a@example.org")), NOT_PERMITTED);
    }
    // A commonName that looks like one is none, nor a host.
    let both = constraints(&[email("example.com"), general_name::dns("example.com")], &[]);
    assert_eq!(judge(&both, |leaf| leaf.common_name("a@example.org").common_name("www.example.org")), Ok(()));
}

#[test]
fn an_internationalized_mailbox_is_constrained_as_an_email() {
    use general_name::email;
    assert!(permits(email("example.com"), &utf8_mailbox("élodie@example.com")));
    assert!(!permits(email("example.com"), &utf8_mailbox("élodie@exämple.com")));
    assert!(excludes(email("example.com"), &utf8_mailbox("élodie@EXAMPLE.com")));
    // Case is folded in ASCII alone.
    assert!(excludes(email("ceo@example.com"), &utf8_mailbox("CEO@example.com")));
    // RFC 9598 6: of a mailbox that is excluded, the domain counts; one that is permitted is that one.
    assert!(excludes(email("ceo@example.com"), &utf8_mailbox("élodie@example.com")));
    assert!(!permits(email("ceo@example.com"), &utf8_mailbox("élodie@example.com")));
    assert!(!excludes(email("ceo@example.com"), &utf8_mailbox("ceo@www.example.com")));
    // What is not the UTF8String that it must be, is no mailbox.
    let ia5 = general_name::other(oid::SMTP_UTF8_MAILBOX, &der::tlv(der::tag::IA5_STRING, b"a@example.com"));
    for sides in [constraints(&[email("example.com")], &[]), constraints(&[], &[email("other.example")])] {
        assert_eq!(judge(&sides, |leaf| leaf.san_raw(ia5.clone())), NOT_PERMITTED);
    }
    // No constraint on e-mail, no question.
    let of_dns = constraints(&[general_name::dns("example.com")], &[]);
    assert_eq!(judge(&of_dns, |leaf| leaf.san_raw(utf8_mailbox("a@example.org"))), Ok(()));
    // A base that is itself such a mailbox is not compared, so that no such name passes it.
    let base = [utf8_mailbox("a@example.com")];
    for sides in [constraints(&base, &[]), constraints(&[], &base)] {
        let unsupported = Err((ErrorKind::UnsupportedNameConstraint, 0));
        assert_eq!(judge(&sides, |leaf| leaf.san_raw(utf8_mailbox("b@example.com"))), unsupported);
        assert_eq!(judge(&sides, |leaf| leaf.email("b@example.org").san_email("b@example.org")), Ok(()));
    }
}

// -- hosts and addresses --

#[test]
fn a_dns_name_is_constrained_to_a_domain_and_what_is_below() {
    use general_name::dns;
    for (base, host, within) in [
        ("example.com", "example.com", true),
        ("example.com", "a.example.com", true),
        ("example.com", "B.A.EXAMPLE.COM", true),
        ("example.com", "badexample.com", false),
        ("example.com", "com", false),
        (".example.com", "a.example.com", true),
        (".example.com", "example.com", false),
        ("", "example.com", true),
        ("example.com", "*.example.com", true),
        ("example.com", "*.other.com", false),
    ] {
        assert_eq!(permits(dns(base), &dns(host)), within, "{base} {host}");
        assert_eq!(excludes(dns(base), &dns(host)), within, "{base} {host}");
    }
    // What is no name at all does not escape an exclusion that is written alike.
    assert!(excludes(dns(".example.com"), &dns(".EXAMPLE.com")));
    assert!(!permits(dns(".example.com"), &dns(".example.com")));
    // A wildcard that would serve the excluded name, and one that would not be permitted as a whole.
    assert!(excludes(dns("a.example.com"), &dns("*.example.com")));
    assert!(!permits(dns("a.example.com"), &dns("*.example.com")));
    assert!(!excludes(dns("b.a.example.com"), &dns("*.example.com")));
}

#[test]
fn a_uri_is_constrained_by_its_host() {
    use general_name::uri;
    for (base, text, within) in [
        ("example.com", "https://example.com", true),
        ("example.com", "https://EXAMPLE.com:8443/path?q#f", true),
        ("example.com", "ftp://user:pass@example.com/", true),
        ("example.com", "https://a.example.com/", false),
        (".example.com", "https://a.example.com/", true),
        (".example.com", "https://example.com/", false),
        ("example.com", "https://other.com/example.com", false),
        ("example.com", "https://example.com@other.com/", false),
    ] {
        assert_eq!(permits(uri(base), &uri(text)), within, "{base} {text}");
        assert_eq!(excludes(uri(base), &uri(text)), within, "{base} {text}");
    }
    for text in ["urn:uuid:1", "https://192.0.2.1/", "https://[2001:db8::1]/", "https:///path", "example.com"]
    {
        assert!(!permits(uri("example.com"), &uri(text)), "{text}");
        let excluded = judge(&constraints(&[], &[uri("other.example")]), |leaf| leaf.san_raw(uri(text)));
        assert_eq!(excluded, NOT_PERMITTED, "{text}");
    }
}

#[test]
fn an_address_is_constrained_to_a_network() {
    use general_name::ip;
    let network = ip(&[192, 0, 2, 0, 255, 255, 255, 0]);
    let every = ip(&[0; 8]);
    let v6 = |last: u8| ip(&[&[0x20, 1, 0xd, 0xb8][..], &[0; 11], &[last]].concat());
    let v6_network = ip(&[&[0x20, 1, 0xd, 0xb8][..], &[0; 12], &[255; 4], &[0; 12]].concat());
    assert!(
        permits(network.clone(), &ip(&[192, 0, 2, 7])) && excludes(network.clone(), &ip(&[192, 0, 2, 7]))
    );
    assert!(
        !permits(network.clone(), &ip(&[192, 0, 3, 7])) && !excludes(network.clone(), &ip(&[192, 0, 3, 7]))
    );
    assert!(permits(every.clone(), &ip(&[1, 2, 3, 4])));
    assert!(permits(v6_network.clone(), &v6(1)) && excludes(v6_network.clone(), &v6(1)));
    // Both families are one form of names.
    assert!(!permits(every, &v6(1)) && !permits(v6_network, &ip(&[1, 2, 3, 4])));
    assert!(!permits(network, &v6(1)));
}

#[test]
fn a_mask_may_end_within_a_byte_and_hides_the_host_part_of_the_base() {
    use general_name::ip;
    let v4 = |network: [u8; 4], mask: [u8; 4]| ip(&[network, mask].concat());
    // 10.1.2.0/23, written with bits that the mask hides.
    let network = v4([10, 1, 3, 9], [255, 255, 254, 0]);
    for (address, within) in [([10, 1, 2, 0], true), ([10, 1, 3, 255], true), ([10, 1, 4, 0], false)] {
        assert_eq!(permits(network.clone(), &ip(&address)), within);
        assert_eq!(excludes(network.clone(), &ip(&address)), within);
    }
    let host = v4([10, 0, 0, 1], [255; 4]);
    assert!(permits(host.clone(), &ip(&[10, 0, 0, 1])) && !permits(host, &ip(&[10, 0, 0, 0])));
    let v6 = |last: u8| [&[0xfe, 0x80][..], &[0; 13], &[last]].concat();
    let host = ip(&[&v6(1)[..], &[255; 16]].concat());
    assert!(permits(host.clone(), &ip(&v6(1))) && !excludes(host, &ip(&v6(2))));
    let every = ip(&[0; 32]);
    assert!(permits(every.clone(), &ip(&v6(1))) && !permits(every, &ip(&[10, 0, 0, 1])));
}

#[test]
fn the_host_of_a_uri_is_what_follows_the_last_at_sign_of_its_authority() {
    use general_name::uri;
    for (text, within) in [
        ("https://a@b@example.com/", true),
        ("https://a@example.com:443?x=@other.com", true),
        ("https://example.com#@other.com", true),
        ("https://example.com:80@other.com/", false),
        ("https://example.com.evil.org/", false),
    ] {
        assert_eq!(permits(uri("example.com"), &uri(text)), within, "{text}");
        assert_eq!(excludes(uri("example.com"), &uri(text)), within, "{text}");
    }
    assert!(excludes(uri("example.com"), &uri("https://EXAMPLE.COM./")));
    assert!(!permits(uri("example.com"), &uri("https://example.com./")));
}

// -- directory names --

#[test]
fn a_directory_name_is_constrained_to_those_that_begin_with_it() {
    let name = |parts: &[&str]| parts.iter().fold(Name::new(), |name, part| name.common_name(part));
    for (base, parts, within) in [
        (&["a"][..], &["a"][..], true),
        (&["a"], &["a", "b"], true),
        (&["a"], &["A ", " b"], true),
        (&["a", "b"], &["a"], false),
        (&["a"], &["b", "a"], false),
        (&["a b"], &["A  B", "c"], true),
        (&[], &["anything"], true),
    ] {
        let base = general_name::directory(&name(base));
        let san = general_name::directory(&name(parts));
        let subject = |constraints: &[u8]| judge(constraints, |leaf| leaf.subject(name(parts)));
        assert_eq!(subject(&constraints(from_ref(&base), &[])) == Ok(()), within, "{parts:?}");
        assert_eq!(subject(&constraints(&[], from_ref(&base))) == EXCLUDED, within, "{parts:?}");
        // In subjectAltName, while the subject fits.
        let both = |leaf: CertificateBuilder| leaf.subject(Name::new()).san_raw(san.clone()).san_critical();
        assert_eq!(judge(&constraints(from_ref(&base), &[]), both) == Ok(()), within, "{parts:?}");
        assert_eq!(judge(&constraints(&[], &[base]), both) == EXCLUDED, within, "{parts:?}");
    }
}

#[test]
fn the_attributes_of_an_rdn_are_a_set_and_string_types_do_not_matter() {
    let utf8 = |text: &str| attribute(oid::COMMON_NAME, der::tag::UTF8_STRING, text.as_bytes());
    let printable = |text: &str| attribute(oid::COMMON_NAME, der::tag::PRINTABLE_STRING, text.as_bytes());
    let unit = attribute(oid::ORGANIZATIONAL_UNIT, der::tag::UTF8_STRING, b"u");
    let base = general_name::directory(&Name::new().rdn([printable("a"), unit.clone()]));
    let judge = |attributes: Vec<Vec<u8>>| {
        judge(&constraints(from_ref(&base), &[]), |leaf| leaf.subject(Name::new().rdn(attributes)))
    };
    assert_eq!(judge(vec![unit.clone(), utf8("A")]), Ok(()));
    assert_eq!(judge(vec![utf8("a")]), NOT_PERMITTED);
    assert_eq!(judge(vec![unit.clone(), utf8("a"), utf8("b")]), NOT_PERMITTED);
    assert_eq!(judge(vec![unit, utf8("b")]), NOT_PERMITTED);
}

#[test]
fn a_prefix_is_compared_as_names_are_in_every_string_type_of_both() {
    let utf16: Vec<u8> = "Example Org".encode_utf16().flat_map(u16::to_be_bytes).collect();
    let utf32: Vec<u8> = "Example Org".chars().flat_map(|c| u32::from(c).to_be_bytes()).collect();
    let organisation = |tag, text: &[u8]| Name::new().attribute(oid::ORGANIZATION, tag, text);
    let spellings = [
        organisation(der::tag::UTF8_STRING, b"Example Org"),
        organisation(der::tag::PRINTABLE_STRING, b" EXAMPLE  org "),
        organisation(der::tag::TELETEX_STRING, b"example org"),
        organisation(der::tag::BMP_STRING, &utf16),
        organisation(der::tag::UNIVERSAL_STRING, &utf32),
    ];
    for base in &spellings {
        let base = general_name::directory(base);
        for name in &spellings {
            let subject = |leaf: CertificateBuilder| leaf.subject(name.clone().common_name("alice"));
            assert_eq!(judge(&constraints(from_ref(&base), &[]), subject), Ok(()));
            assert_eq!(judge(&constraints(&[], from_ref(&base)), subject), EXCLUDED);
        }
        for name in [
            organisation(der::tag::UTF8_STRING, b"ExampleOrg"),
            organisation(der::tag::UTF8_STRING, b"Example Org 2"),
            Name::from("Example Org"),
        ] {
            let subject = |leaf: CertificateBuilder| leaf.subject(name.clone().common_name("alice"));
            assert_eq!(judge(&constraints(from_ref(&base), &[]), subject), NOT_PERMITTED);
            assert_eq!(judge(&constraints(&[], from_ref(&base)), subject), Ok(()));
        }
    }
    // One RDN of two attributes is not two RDNs.
    let [a, b] = [oid::ORGANIZATION, oid::ORGANIZATIONAL_UNIT].map(|id| attribute(id, 12, b"x"));
    let joined = Name::new().rdn([a.clone(), b.clone()]);
    let apart = Name::new().rdn([a]).rdn([b]);
    for (base, name) in [(&joined, &apart), (&apart, &joined)] {
        let base = general_name::directory(base);
        assert_eq!(judge(&constraints(&[base], &[]), |leaf| leaf.subject(name.clone())), NOT_PERMITTED);
    }
}

#[test]
fn names_too_long_to_compare_are_neither_permitted_nor_past_an_exclusion() {
    let long = |text: &str| Name::from(format!("{text}{}", "x".repeat(1100)).as_str());
    let base = |text: &str| general_name::directory(&long(text));
    let upper = |leaf: CertificateBuilder| leaf.subject(long("A"));
    assert_eq!(judge(&constraints(&[base("A")], &[]), upper), Ok(()));
    assert_eq!(judge(&constraints(&[base("a")], &[]), upper), NOT_PERMITTED);
    assert_eq!(judge(&constraints(&[], &[base("a")]), upper), EXCLUDED);
}

// -- the whole --

#[test]
fn forms_without_a_constraint_and_certificates_without_names_pass() {
    use general_name::{dns, email};
    let of_dns = constraints(&[dns("example.com")], &[dns("bad.example.com")]);
    assert_eq!(judge(&of_dns, |leaf| leaf.email("alice@other.example")), Ok(()));
    assert_eq!(judge(&of_dns, |leaf| leaf.san_raw(email("alice@other.example"))), Ok(()));
    assert_eq!(judge(&of_dns, |leaf| leaf), Ok(()));
    let of_names = constraints(&[general_name::directory(&Name::from("a"))], &[]);
    let nameless =
        |leaf: CertificateBuilder| leaf.subject(Name::new()).san_raw(dns("a.example")).san_critical();
    assert_eq!(judge(&of_names, nameless), Ok(()));
}

#[test]
fn every_name_must_pass_and_an_exclusion_goes_before_a_permission() {
    use general_name::dns;
    let both = constraints(&[dns("a.example"), dns("b.example")], &[dns("c.a.example")]);
    let names = |list: &'static [&'static str]| {
        judge(&both, |leaf| list.iter().fold(leaf, |leaf, name| leaf.san_dns(name)))
    };
    assert_eq!(names(&["x.a.example", "b.example"]), Ok(()));
    assert_eq!(names(&["x.a.example", "c.example"]), NOT_PERMITTED);
    assert_eq!(names(&["x.a.example", "c.a.example"]), EXCLUDED);
}

#[test]
fn the_constraints_of_all_cas_hold() {
    use general_name::dns;
    let pki = Pki::new();
    let constrained = |ca: CertificateBuilder, base: &str| {
        ca.extension(oid::NAME_CONSTRAINTS, true, &constraints(&[dns(base)], &[])).build_authority()
    };
    let upper = constrained(pki.root.issue_ca("Upper", Key::p256(5)), "example.com");
    // Wider than what is above it: it takes nothing back.
    let lower = constrained(upper.issue_ca("Lower", Key::p256(6)), "com");
    let narrow = constrained(upper.issue_ca("Narrow", Key::p256(7)), "a.example.com");
    let judge = |ca: &Authority, name: &str| {
        let leaf = ca.issue(Key::p256(3)).common_name("x").san_dns(name).build();
        Setup::new(&[&pki.root]).presenting(&[&upper, ca]).verify(&leaf)
    };
    assert_eq!(judge(&lower, "a.example.com"), Ok(()));
    assert_eq!(judge(&lower, "a.other.com"), NOT_PERMITTED);
    assert_eq!(judge(&narrow, "b.a.example.com"), Ok(()));
    assert_eq!(judge(&narrow, "b.example.com"), NOT_PERMITTED);
}

#[test]
fn a_ca_is_constrained_too_unless_it_is_self_issued() {
    let pki = Pki::new();
    let only = |name: &str| constraints(&[general_name::directory(&Name::from(name))], &[]);
    let upper = |name| {
        let ca = pki.root.issue_ca("Upper", Key::p256(5));
        ca.extension(oid::NAME_CONSTRAINTS, true, &only(name)).build_authority()
    };
    let judge = |upper: &Authority, lower: &Authority, leaf: &str| {
        let leaf = lower.issue(Key::p256(3)).common_name(leaf).build();
        Setup::new(&[&pki.root]).presenting(&[upper, lower]).verify(&leaf)
    };
    let ca = upper("alice");
    let lower = ca.issue_ca("Lower", Key::p256(6)).build_authority();
    assert_eq!(judge(&ca, &lower, "alice"), Err((ErrorKind::NameNotPermitted, 1)));
    // The same CA with a new key is no name of its own.
    let rolled_over = ca.issue_ca("Upper", Key::p256(6)).build_authority();
    assert_eq!(judge(&ca, &rolled_over, "alice"), Ok(()));
    assert_eq!(judge(&ca, &rolled_over, "bob"), NOT_PERMITTED);
    // A self-issued leaf is.
    let leaf = ca.issue(Key::p256(3)).common_name("Upper").build();
    assert_eq!(Setup::new(&[&pki.root]).presenting(&[&ca]).verify(&leaf), NOT_PERMITTED);
}

#[test]
fn the_constraints_of_the_cas_add_up_whichever_stands_above() {
    use general_name::dns;
    let pki = Pki::new();
    let constrain = |ca: CertificateBuilder, permitted: &[&str], excluded: &[&str]| {
        let [permitted, excluded] =
            [permitted, excluded].map(|list| list.iter().map(|base| dns(base)).collect::<Vec<_>>());
        ca.extension(oid::NAME_CONSTRAINTS, true, &constraints(&permitted, &excluded)).build_authority()
    };
    let sides: [(&[&str], &[&str]); 2] =
        [(&["a.example", "b.example"], &[]), (&["b.example", "c.example"], &["x.b.example"])];
    for order in [[0, 1], [1, 0]] {
        let [upper, lower] = order.map(|at| sides[at]);
        let upper = constrain(pki.root.issue_ca("Upper", Key::p256(5)), upper.0, upper.1);
        let lower = constrain(upper.issue_ca("Lower", Key::p256(6)), lower.0, lower.1);
        let judge = |name: &str| {
            let leaf = lower.issue(Key::p256(3)).common_name("x").san_dns(name).build();
            Setup::new(&[&pki.root]).presenting(&[&lower, &upper]).verify(&leaf)
        };
        assert_eq!(judge("b.example"), Ok(()));
        assert_eq!(judge("y.b.example"), Ok(()));
        assert_eq!(judge("x.b.example"), EXCLUDED);
        assert_eq!(judge("a.example"), NOT_PERMITTED);
        assert_eq!(judge("c.example"), NOT_PERMITTED);
    }
}

#[test]
fn all_names_of_an_intermediate_are_constrained_as_a_leafs_are() {
    use general_name::{dns, email};
    let pki = Pki::new();
    let both = constraints(&[dns("example.com"), email("example.com")], &[]);
    let upper = pki.root.issue_ca("Upper", Key::p256(5)).extension(oid::NAME_CONSTRAINTS, true, &both);
    let upper = upper.build_authority();
    type Change = fn(CertificateBuilder) -> CertificateBuilder;
    let judge = |name: Name, change: Change| {
        let lower = change(upper.issue_ca(name, Key::p256(6))).build_authority();
        let leaf = lower.issue(Key::p256(3)).common_name("x").san_dns("a.example.com").build();
        Setup::new(&[&pki.root]).presenting(&[&upper, &lower]).verify(&leaf)
    };
    let refused = Err((ErrorKind::NameNotPermitted, 1));
    let same: Change = |ca| ca;
    assert_eq!(judge("Lower".into(), |ca| ca.san_dns("ca.example.com")), Ok(()));
    assert_eq!(judge("Lower".into(), |ca| ca.san_dns("ca.example.org")), refused);
    assert_eq!(judge(Name::from("Lower").email("ca@example.com"), same), Ok(()));
    assert_eq!(judge(Name::from("Lower").email("ca@example.org"), same), refused);
    // Of a self-issued one, none is asked, be the name spelt as it may.
    assert_eq!(judge("Upper".into(), |ca| ca.san_dns("ca.example.org")), Ok(()));
    assert_eq!(judge(" UPPER ".into(), |ca| ca.san_dns("ca.example.org")), Ok(()));
}

#[test]
fn a_self_issued_ca_lifts_no_constraints_and_adds_its_own() {
    use general_name::dns;
    let pki = Pki::new();
    let constrain = |ca: CertificateBuilder, base: &str| {
        ca.extension(oid::NAME_CONSTRAINTS, true, &constraints(&[dns(base)], &[])).build_authority()
    };
    let judge = |cas: [&Authority; 2], name: &str| {
        let leaf = cas[1].issue(Key::p256(3)).common_name("x").san_dns(name).build();
        Setup::new(&[&pki.root]).presenting(&cas).verify(&leaf)
    };
    let old = constrain(pki.root.issue_ca("CA", Key::p256(5)), "example.com");
    let new = old.issue_ca("CA", Key::p256(6)).build_authority();
    assert_eq!(judge([&old, &new], "a.example.com"), Ok(()));
    assert_eq!(judge([&old, &new], "a.example.org"), NOT_PERMITTED);
    let old = pki.root.issue_ca("CA", Key::p256(5)).build_authority();
    let new = constrain(old.issue_ca("CA", Key::p256(6)), "example.com");
    assert_eq!(judge([&old, &new], "a.example.com"), Ok(()));
    // The way round the new one came further: the old key did not sign.
    assert_eq!(judge([&old, &new], "a.example.org"), Err((ErrorKind::BadSignature, 0)));
}

#[test]
fn constraints_hold_whether_critical_or_not_and_bind_nobody_where_a_leaf_has_them() {
    let registered = |last: u8| vec![0x88, 3, 0x2a, 3, last];
    let unsupported = Err((ErrorKind::UnsupportedNameConstraint, 0));
    let of_dns = |name| constraints(&[general_name::dns(name)], &[]);
    for critical in [false, true] {
        let verdict = |constraints: &[u8], name: Vec<u8>| {
            let (setup, leaf) = below(constraints, critical, |leaf| leaf.san_raw(name));
            setup.verify(&leaf)
        };
        let host = || general_name::dns("a.example.com");
        assert_eq!(verdict(&of_dns("example.com"), host()), Ok(()));
        assert_eq!(verdict(&of_dns("example.org"), host()), NOT_PERMITTED);
        assert_eq!(verdict(&constraints(&[registered(1)], &[]), registered(1)), unsupported);
        assert_eq!(verdict(&constraints(&[registered(1)], &[]), host()), Ok(()));

        let of_itself = |value: Vec<u8>| {
            let pki = Pki::new();
            let leaf = pki.client().common_name("x").san_raw(host());
            pki.setup().verify(&leaf.extension(oid::NAME_CONSTRAINTS, critical, &value).build())
        };
        assert_eq!(of_itself(of_dns("example.org")), Ok(()));
        assert_eq!(of_itself(der::sequence([[0_u8; 0]])), Err((ErrorKind::MalformedNameConstraints, 0)));
    }
}

#[test]
fn empty_bases_that_mean_every_name_exclude_every_name_of_their_form() {
    use general_name::{directory, dns, email};
    let none = |base: Vec<u8>| constraints(&[], &[base]);
    assert_eq!(judge(&none(dns("")), |leaf| leaf.san_dns("a.example")), EXCLUDED);
    assert_eq!(judge(&none(dns("")), |leaf| leaf.email("a@a.example")), Ok(()));
    assert_eq!(judge(&none(directory(&Name::new())), |leaf| leaf), EXCLUDED);
    // Nameless, it has no name of that form.
    let nameless = |leaf: CertificateBuilder| leaf.subject(Name::new()).san_dns("a.example").san_critical();
    assert_eq!(judge(&none(directory(&Name::new())), nameless), Ok(()));
    // No host is empty, so there it means nothing.
    let malformed = Err((ErrorKind::MalformedNameConstraints, 1));
    assert_eq!(judge(&none(email("")), |leaf| leaf.email("a@a.example")), malformed);
    assert_eq!(judge(&none(general_name::uri("")), |leaf| leaf.san_uri("https://a.example")), malformed);
}

#[test]
fn names_of_an_unsupported_form_are_refused_where_it_is_constrained() {
    let registered = |last: u8| vec![0x88, 3, 0x2a, 3, last];
    let other = |oid: &str| general_name::other(oid, &[5, 0]);
    let unread = |number: u8| der::context(number, &[]);
    for (base, name, refused) in [
        (registered(1), registered(2), true),
        (other("1.2.3"), other("1.2.3"), true),
        (other("1.2.3"), other("1.2.4"), false),
        (unread(3), unread(3), true),
        (unread(3), unread(5), false),
        (registered(1), other("1.2.3"), false),
    ] {
        for sides in [constraints(from_ref(&base), &[]), constraints(&[], from_ref(&base))] {
            let verdict = judge(&sides, |leaf| leaf.san_raw(name.to_vec()));
            let wanted = if refused { Err((ErrorKind::UnsupportedNameConstraint, 0)) } else { Ok(()) };
            assert_eq!(verdict, wanted);
        }
    }
}

#[test]
fn malformed_constraints_are_refused() {
    use general_name::dns;
    let base = der::sequence([dns("example.com")]);
    let whole = |constraints: &[u8]| judge(constraints, |leaf| leaf);
    let malformed = Err((ErrorKind::MalformedNameConstraints, 1));
    assert_eq!(whole(&der::sequence([[0_u8; 0]])), malformed);
    assert_eq!(whole(&der::sequence([der::context(0, &[])])), Err((ErrorKind::EmptySequence, 1)));
    let trailing = der::sequence([der::context(1, &base), der::context(0, &base)]);
    assert_eq!(whole(&trailing), Err((ErrorKind::TrailingData, 1)));
    // minimum, even 0, which is the default and not written; maximum.
    for number in [0, 1] {
        let subtree = der::sequence([dns("example.com"), der::context_primitive(number, &[0])]);
        assert_eq!(whole(&der::sequence([der::context(0, &subtree)])), malformed);
    }
    // A base that is none of its form is found where a name meets it, and stops nobody else.
    let bad = [
        (dns("a..b"), dns("a.example")),
        (dns("*.example"), dns("a.example")),
        (general_name::email("a@b@c"), general_name::email("alice@a.example")),
        (dns("."), dns("a.example")),
        (dns("a."), dns("a.example")),
        (dns("..a"), dns("a.example")),
        (general_name::email(""), general_name::email("alice@a.example")),
        (general_name::email("."), general_name::email("alice@a.example")),
        (general_name::email("@a.example"), general_name::email("alice@a.example")),
        (general_name::email("alice@"), general_name::email("alice@a.example")),
        (general_name::email("alice@.a.example"), general_name::email("alice@a.example")),
        (general_name::uri("https://a.example"), general_name::uri("https://a.example/")),
        (general_name::ip(&[192, 0, 2, 0]), general_name::ip(&[192, 0, 2, 0])),
        (general_name::uri("a.example:443"), general_name::uri("https://a.example/")),
        (general_name::ip(&[192, 0, 2, 0, 255, 0, 255, 0]), general_name::ip(&[192, 0, 2, 0])),
        (general_name::ip(&[192, 0, 2, 0, 255, 255, 0xfd, 0]), general_name::ip(&[192, 0, 2, 0])),
        (general_name::ip(&[0; 31]), general_name::ip(&[192, 0, 2, 0])),
        (general_name::ip(&[&[0; 31][..], &[1]].concat()), general_name::ip(&[0; 16])),
    ];
    for (base, name) in bad {
        for sides in [constraints(from_ref(&base), &[]), constraints(&[], from_ref(&base))] {
            let verdict = judge(&sides, |leaf| leaf.san_raw(name.to_vec()));
            assert_eq!(verdict, malformed, "{name:?}");
            assert_eq!(whole(&sides), Ok(()));
        }
    }
}

#[test]
fn a_malformed_base_is_the_fault_of_the_ca_that_has_it() {
    let pki = Pki::new();
    let bad = constraints(&[general_name::dns("a..b")], &[]);
    let upper = pki.root.issue_ca("Upper", Key::p256(5)).extension(oid::NAME_CONSTRAINTS, true, &bad);
    let upper = upper.build_authority();
    for (ca_has_one, leaf_has_one) in [(true, false), (false, true), (false, false)] {
        let host = |builder: CertificateBuilder, has_one| {
            if has_one { builder.san_dns("a.example") } else { builder }
        };
        let lower = host(upper.issue_ca("Lower", Key::p256(6)), ca_has_one).build_authority();
        let leaf = host(lower.issue(Key::p256(3)).common_name("x"), leaf_has_one).build();
        let verdict = Setup::new(&[&pki.root]).presenting(&[&upper, &lower]).verify(&leaf);
        let met = ca_has_one || leaf_has_one;
        assert_eq!(verdict, if met { Err((ErrorKind::MalformedNameConstraints, 2)) } else { Ok(()) });
    }
}

/// The least budget with which `leaf` is accepted.
fn least_budget(setup: &Setup, leaf: &[u8]) -> u32 {
    let verify = |budget| {
        let setup = setup.clone().with(|setup| setup.limits.constraint_comparisons = budget);
        setup.verify(leaf)
    };
    let least = (0..1_000).find(|&budget| verify(budget) == Ok(())).unwrap();
    for budget in 0..least {
        assert_eq!(verify(budget).unwrap_err().0, ErrorKind::ConstraintBudgetExhausted);
    }
    least
}

#[test]
fn a_directory_name_costs_by_the_length_of_the_base() {
    for len in [1, 60, 200, 900] {
        let base = Name::from("x".repeat(len).as_str());
        let sides = constraints(&[], &[general_name::directory(&base)]);
        let (setup, leaf) = below(&sides, true, |leaf| leaf);
        // The subtree is read, the subject is charged for it, and the two are compared.
        let cost = 1 + 1 + 4 + u32::try_from(base.der().len() / 64).unwrap();
        assert_eq!(least_budget(&setup, &leaf), cost, "{len}");
    }
}

#[test]
fn the_budget_is_that_of_the_search_and_a_refused_path_does_not_hide_a_good_one() {
    let pki = Pki::new();
    let issuing = |base: &str| {
        let bases: Vec<_> = (0..10).map(|n| general_name::dns(&format!("{n}.{base}"))).collect();
        let issuing = pki.root.issue_ca("Issuing", Key::p256(2));
        issuing.extension(oid::NAME_CONSTRAINTS, true, &constraints(&bases, &[])).build()
    };
    let [bad, good] = ["example.org", "example.com"].map(issuing);
    let leaf = pki.client().san_dns("9.example.com").san_critical().build();
    let setup = |presented: &[&Vec<u8>]| {
        let presented = presented.iter().map(|&der| der.clone()).collect();
        pki.setup().with(|setup| setup.presented = presented)
    };
    assert_eq!(setup(&[&bad]).verify(&leaf), NOT_PERMITTED);
    let alone = least_budget(&setup(&[&good]), &leaf);
    assert_eq!(alone, 20);
    assert_eq!(least_budget(&setup(&[&good, &bad]), &leaf), alone);
    assert_eq!(least_budget(&setup(&[&bad, &good]), &leaf), 2 * alone);
}

#[test]
fn comparisons_are_bounded() {
    let pki = Pki::new();
    let judge = |names: usize, bases: usize, budget: u32| {
        let list: Vec<_> = (0..bases).map(|n| general_name::dns(&format!("{n}.example"))).collect();
        let issuing = pki.root.issue_ca("Issuing", Key::p256(2));
        let issuing = issuing.extension(oid::NAME_CONSTRAINTS, true, &constraints(&[], &list)).build();
        let leaf = (0..names).fold(pki.client(), |leaf, n| leaf.san_dns(&format!("{n}.test"))).san_critical();
        let setup = pki.setup().with(|setup| {
            setup.presented = vec![issuing];
            setup.limits.constraint_comparisons = budget;
        });
        setup.verify(&leaf.build())
    };
    // Each subtree is read for one, and each name is charged for each.
    assert_eq!(judge(3, 5, 20), Ok(()));
    assert_eq!(judge(3, 5, 19), Err((ErrorKind::ConstraintBudgetExhausted, 0)));
    assert_eq!(judge(0, 5, 4).unwrap_err().0, ErrorKind::ConstraintBudgetExhausted);
    let default = cba_core::limits::Limits::default().constraint_comparisons;
    assert_eq!(judge(1_000, 1_000, default), Ok(()));
    assert_eq!(judge(1_100, 1_000, default), Err((ErrorKind::ConstraintBudgetExhausted, 0)));
}

#[test]
fn an_anchors_constraints_count_where_that_is_asked() {
    let names = constraints(&[general_name::dns("example.com")], &[]);
    let root = Authority::root_builder("Root", Key::p256(1));
    let root = root.extension(oid::NAME_CONSTRAINTS, true, &names).build_authority();
    let judge = |anchor_constraints, name: &str| {
        let leaf = root.issue(Key::p256(3)).common_name("x").san_dns(name).build();
        let setup = Setup::new(&[&root]).with(|setup| setup.options.anchor_constraints = anchor_constraints);
        setup.verify(&leaf)
    };
    let undecided = Err((ErrorKind::AnchorConstraintsUndecided, 1));
    assert_eq!(judge(AnchorConstraints::Refuse, "a.example.com"), undecided);
    assert_eq!(judge(AnchorConstraints::Enforce, "a.example.com"), Ok(()));
    assert_eq!(judge(AnchorConstraints::Enforce, "a.other.com"), NOT_PERMITTED);
    assert_eq!(judge(AnchorConstraints::Ignore, "a.other.com"), Ok(()));
}
