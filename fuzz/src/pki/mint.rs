//! Certificates that are minted by choice: a root, the path from a leaf up to it, and others that stand about.

use std::sync::OnceLock;

use openssl::pkey::{PKey, Private};
use openssl::sign::Signer;
use test_pki::der::{self, tag};
use test_pki::{Authority, CertificateBuilder, Key, crl, general_name, key_usage, oid};

use super::choices::Choices;
use super::names::{self, Plain, SPELLINGS, spell};
use super::{Asked, Pki};
use crate::tlv::{Node, Random, mutate_with};

/// The time that is asked about by default: 2027-01-01.
const NOW: i64 = 1_798_761_600;
/// An hour.
const HOUR: i64 = 3_600;
pub(super) const A: &str = "1.3.6.1.4.1.99999.1";
pub(super) const B: &str = "1.3.6.1.4.1.99999.2";
const C: &str = "1.3.6.1.4.1.99999.3";
const POLICIES: [&str; 4] = [A, B, C, oid::ANY_POLICY];
/// An extension that nobody knows.
const UNKNOWN: &str = "1.3.6.1.4.1.99999.9";
/// Where the records of the leaf, of what stands about and of the CRLs are; those of the CAs come before.
const LEAF: usize = 5;
const OTHERS: usize = 6;
pub(super) const CRLS: usize = 7;
/// The distribution points that are named.
pub(super) const POINTS: [&str; 2] = ["http://crl.example/1", "http://crl.example/2"];
/// Who signs CRLs and is no CA.
pub(super) const CRL_ISSUER: &str = "CRL Issuer";

/// A key, as test-pki has it and as OpenSSL signs with it: an optimised signer makes the difference between
/// hundreds and thousands of PKIs in a second.
pub struct SigningKey {
    pub(super) key: Key,
    private: PKey<Private>,
}

/// One of sixteen keys: every fourth is a P-256 key, the others are Ed25519 keys.
pub(super) fn key(number: usize) -> &'static SigningKey {
    static KEYS: OnceLock<Vec<SigningKey>> = OnceLock::new();
    let keys = KEYS.get_or_init(|| {
        let key = |seed| if seed % 4 == 3 { Key::p256(seed) } else { Key::ed25519(seed) };
        let pair = |key: Key| SigningKey {
            private: PKey::private_key_from_pkcs8(&key.pkcs8_der()).expect("a key"),
            key,
        };
        (0..16).map(|seed| pair(key(seed))).collect()
    });
    &keys[number % keys.len()]
}

/// Signs what was minted without a signature, perhaps after a change to a value in the signed part.
pub(super) fn seal(unsigned: &[u8], key: &SigningKey, change: Option<u32>) -> Vec<u8> {
    let mut outer = Node::parse(unsigned).expect("what was minted is DER");
    let [tbs, algorithm, _] = outer.values_mut() else { panic!("what was minted has three parts") };
    if let Some(seed) = change {
        let mut random = Random::new(seed);
        let bytes = |bytes: &mut Vec<u8>, random: &mut Random| match random.below(4) {
            0 => bytes.push(random.below(256) as u8),
            1 => drop(bytes.pop()),
            _ => {
                let at = random.below(bytes.len().max(1));
                if let Some(byte) = bytes.get_mut(at) {
                    *byte = random.below(256) as u8;
                }
            }
        };
        mutate_with(tbs, &mut random, bytes);
    }
    let tbs = tbs.encode();
    let digest =
        (!algorithm.content().ends_with(&[0x2b, 0x65, 0x70])).then(openssl::hash::MessageDigest::sha256);
    let mut signer = match digest {
        Some(digest) => Signer::new(digest, &key.private),
        None => Signer::new_without_digest(&key.private),
    }
    .expect("a signer");
    let signature = signer.sign_oneshot_to_vec(&tbs).expect("a signature");
    der::sequence([tbs, algorithm.encode(), der::bit_string(&signature)])
}

/// A CA of the path: who it is, and what it issues with.
pub(super) struct Ca {
    pub(super) name: Plain,
    pub(super) authority: Authority,
    pub(super) key: &'static SigningKey,
}

impl Ca {
    fn new(name: Plain, builder: CertificateBuilder, key: &'static SigningKey) -> Self {
        Self { name, authority: builder.signature_raw(&[]).build_authority(), key }
    }

    fn seal(&self, issuer: &Self) -> Vec<u8> {
        seal(self.authority.certificate_der(), issuer.key, None)
    }
}

/// The structure in which a value is changed before it is signed, counted as they are minted, and the seed of the change.
pub(super) struct Change(Option<(u8, u32)>);

impl Change {
    fn draw(choices: &mut Choices<'_>) -> Self {
        let (which, seed) = (choices.byte(), [0; 4].map(|_: u8| choices.byte()));
        Self(which.checked_sub(1).map(|which| (which % 8, u32::from_be_bytes(seed))))
    }

    /// The change to the next structure.
    pub(super) fn next(&mut self) -> Option<u32> {
        let (left, seed) = self.0?;
        self.0 = left.checked_sub(1).map(|left| (left, seed));
        (left == 0).then_some(seed)
    }
}

/// Mints all that the input chooses.
#[must_use]
pub fn mint(input: &[u8]) -> Pki {
    let mut choices = Choices::of(input, 0);
    let count = usize::from(choices.pick(&[1_u8, 2, 0, 3, 4]));
    let asked = draw_asked(&mut choices.take(8));
    let with_crls = choices.yes();
    let root_key = key(if choices.yes() { 3 } else { 0 });
    let order = choices.byte();
    let mut change = Change::draw(&mut choices);
    let is_changed = change.0.is_some();

    let root_name =
        vec![vec![(oid::ORGANIZATION, "Example".to_owned())], vec![(oid::COMMON_NAME, "Root".to_owned())]];
    let builder = Authority::root_builder(spell(&root_name, 0), root_key.key.clone());
    let mut cas = vec![Ca::new(root_name, builder, root_key)];
    let root = cas[0].seal(&cas[0]);
    let mut path = Vec::new();
    for depth in 1..=count {
        let mut choices = Choices::of(input, depth);
        let issuer = cas.last().expect("the root");
        let (ca, signer) = draw_ca(&mut choices, issuer, depth);
        path.insert(0, seal(ca.authority.certificate_der(), signer, change.next()));
        cas.push(ca);
    }
    let issuer = cas.last().expect("the root");
    let (leaf, signer) = draw_leaf(&mut Choices::of(input, LEAF), issuer);
    path.insert(0, seal(&leaf, signer, change.next()));

    let mut presented = path[1..].to_vec();
    let others = draw_others(&mut Choices::of(input, OTHERS), &cas, &path);
    let has_others = !others.is_empty();
    presented.extend(others);
    let mut pki = Pki {
        asked,
        root,
        path,
        presented: Vec::new(),
        crl_signers: Vec::new(),
        crls: None,
        has_others,
        is_changed,
    };
    if with_crls {
        super::crls::draw(input, &mut pki, &cas, &mut change);
    }
    presented.extend(pki.crl_signers.iter().cloned());
    let middle = usize::from(order) % (presented.len() + 1);
    presented.rotate_left(middle);
    if order >= 0x80 {
        presented.reverse();
    }
    pki.presented = presented;
    pki
}

fn draw_asked(choices: &mut Choices<'_>) -> Asked {
    const DAY: i64 = 24 * HOUR;
    Asked {
        time: choices.pick(&[NOW, NOW - 1, NOW + 1, NOW + 20 * 366 * DAY, NOW - 400 * DAY]),
        client_auth: choices.yes(),
        user_policies: choices.pick(&[None, Some(&[A][..]), Some(&[B]), Some(&[A, B]), Some(&[C])]),
        explicit: choices.yes(),
        inhibit_mapping: choices.yes(),
        inhibit_any: choices.yes(),
    }
}

fn draw_ca(choices: &mut Choices<'_>, issuer: &Ca, depth: usize) -> (Ca, &'static SigningKey) {
    let kind = choices.below(8);
    let mut name = names::subject(choices, &format!("CA {depth}"));
    if kind == 1 {
        // Self-issued: the same CA with a new key.
        name.clone_from(&issuer.name);
    }
    let key = key(4 + depth * 2 - usize::from(kind == 2));
    let builder = issuer.authority.issue_ca(spell(&name, choices.below(SPELLINGS)), key.key.clone());
    let (builder, signer) = draw_frame(choices, builder, issuer);
    let builder = match choices.below(8) {
        0 | 1 => builder,
        2 => builder.path_len(0),
        3 => builder.path_len(1),
        4 => builder.basic_constraints(true, None, false),
        5 => builder.without(oid::BASIC_CONSTRAINTS),
        6 => builder.basic_constraints(false, None, true),
        _ => builder.path_len(u64::from(choices.below(4))),
    };
    let sign = key_usage::KEY_CERT_SIGN;
    let builder = match choices.below(6) {
        0 => builder,
        1 => builder.key_usage(sign),
        2 => builder.key_usage(key_usage::CRL_SIGN),
        3 => builder.without(oid::KEY_USAGE),
        4 => builder.extension(oid::KEY_USAGE, false, &der::named_bits(sign | key_usage::CRL_SIGN)),
        _ => builder.key_usage(sign | key_usage::CRL_SIGN | key_usage::DIGITAL_SIGNATURE),
    };
    let builder = draw_constraints(&mut choices.take(11), builder);
    let builder = draw_policy_constraints(&mut choices.take(5), builder);
    (Ca::new(name, builder, key), signer)
}

fn draw_leaf(choices: &mut Choices<'_>, issuer: &Ca) -> (Vec<u8>, &'static SigningKey) {
    let name = names::subject(choices, "alice");
    let spelling = choices.below(SPELLINGS);
    let key = key(usize::from(choices.pick(&[2_u8, 3, 1])));
    let builder = issuer.authority.issue(key.key.clone()).subject(spell(&name, spelling));
    let (builder, signer) = draw_frame(choices, builder, issuer);
    let builder = match choices.below(8) {
        0..=2 => builder,
        3 => builder.basic_constraints(false, None, true),
        4 => builder.basic_constraints(true, None, true).key_usage(key_usage::KEY_CERT_SIGN),
        5 => builder.basic_constraints(false, Some(0), true),
        6 => builder.basic_constraints(true, None, false),
        _ => builder.key_usage(key_usage::KEY_CERT_SIGN),
    };
    let builder = if choices.yes() { builder.without(oid::KEY_USAGE) } else { builder };
    let builder = draw_constraints(&mut choices.take(11), builder);
    (draw_policy_constraints(&mut choices.take(5), builder).signature_raw(&[]).build(), signer)
}

/// What leaf and CA have in common; and the key that signs.
fn draw_frame(
    choices: &mut Choices<'_>,
    builder: CertificateBuilder,
    issuer: &Ca,
) -> (CertificateBuilder, &'static SigningKey) {
    let signer = if choices.below(32) == 31 { key(15) } else { issuer.key };
    let builder = match choices.below(4 * SPELLINGS) {
        0 => builder,
        spelling if spelling < SPELLINGS => builder.issuer(spell(&issuer.name, spelling)),
        _ => builder,
    };
    let builder = match choices.below(16) {
        1 => builder.not_before(NOW),
        2 => builder.not_before(NOW + 1),
        3 => builder.not_after(NOW),
        4 => builder.not_after(NOW - 1),
        5 => builder.validity(NOW + HOUR, NOW - HOUR),
        6 => builder.not_after(2_600_000_000),
        7 => builder.not_after_raw(der::generalized_time(NOW + HOUR)),
        8 => builder.not_before_raw(der::tlv(tag::GENERALIZED_TIME, b"99991231235959Z")),
        9 => builder.not_after_raw(der::tlv(tag::GENERALIZED_TIME, b"99991231235959Z")),
        _ => builder,
    };
    let builder = draw_key_identifiers(choices, builder, issuer);
    let builder = match choices.below(12) {
        1 => builder.without(oid::EXTENDED_KEY_USAGE),
        2 => builder.extended_key_usage(&[oid::SERVER_AUTH]),
        3 => builder.extended_key_usage(&[oid::ANY_EXTENDED_KEY_USAGE]),
        4 => builder.extended_key_usage(&[oid::ANY_EXTENDED_KEY_USAGE, oid::CLIENT_AUTH]),
        5 => builder.extended_key_usage_critical(&[oid::CLIENT_AUTH]),
        6 => builder.extended_key_usage_critical(&[oid::SERVER_AUTH, UNKNOWN]),
        7 => builder.extended_key_usage(&[oid::CLIENT_AUTH, oid::SERVER_AUTH]),
        8 => builder.extended_key_usage(&[UNKNOWN]),
        _ => builder,
    };
    let mut builder = draw_distribution_points(choices.byte(), builder);
    for _ in 0..2 {
        let form = choices.byte();
        let mut choices = choices.take(2);
        if form != 0 {
            builder = builder.san_raw(names::general_name(&mut choices, form - 1));
        }
    }
    if choices.yes() {
        builder = builder.san_critical();
    }
    match choices.below(16) {
        0 => {}
        number => builder = builder.email(names::EMAILS[usize::from(number) % names::EMAILS.len()]),
    }
    builder = match choices.below(16) {
        1 => builder.extension(UNKNOWN, false, &der::null()),
        2 => builder.extension(UNKNOWN, true, &der::null()),
        3 => builder.extra_extension(oid::SUBJECT_KEY_IDENTIFIER, false, &der::octet_string(&[1])),
        4 => builder.serial(1),
        5 => builder.serial_raw(&[0x80]),
        6 => builder.serial(0),
        7 => builder.serial_raw(&[0x7f; 21]),
        8 => builder.v1(),
        9 => builder.unique_ids(&[1]),
        10 => builder.extension(oid::ISSUER_ALT_NAME, true, &der::sequence([general_name::dns("x")])),
        11 => builder.extra_extension(UNKNOWN, false, &[]),
        _ => builder,
    };
    (draw_policies(choices, builder), signer)
}

fn draw_key_identifiers(
    choices: &mut Choices<'_>,
    builder: CertificateBuilder,
    issuer: &Ca,
) -> CertificateBuilder {
    let identifier = issuer.key.key.key_id();
    let serial = |serial: &[u8]| {
        let names = der::context(1, &general_name::directory(&spell(&issuer.name, 0)));
        der::sequence([names, der::context_primitive(2, serial)])
    };
    let of_issuer = crl::serial_of(issuer.authority.certificate_der());
    let builder = match choices.below(16) {
        1 => builder.without(oid::AUTHORITY_KEY_IDENTIFIER),
        2 => builder.authority_key_id(&[1; 20]),
        3 => builder.extension(oid::AUTHORITY_KEY_IDENTIFIER, false, &serial(&of_issuer[2..])),
        4 => builder.extension(oid::AUTHORITY_KEY_IDENTIFIER, false, &serial(&[1])),
        5 => builder.extension(
            oid::AUTHORITY_KEY_IDENTIFIER,
            true,
            &der::sequence([der::context_primitive(0, &identifier)]),
        ),
        6 => builder.extension(oid::AUTHORITY_KEY_IDENTIFIER, false, &der::sequence([[]])),
        _ => builder,
    };
    match choices.below(8) {
        1 => builder.without(oid::SUBJECT_KEY_IDENTIFIER),
        2 => builder.extension(oid::SUBJECT_KEY_IDENTIFIER, true, &der::octet_string(&[2; 20])),
        3 => builder.extension(oid::SUBJECT_KEY_IDENTIFIER, false, &der::octet_string(&[3; 20])),
        _ => builder,
    }
}

fn draw_distribution_points(choice: u8, builder: CertificateBuilder) -> CertificateBuilder {
    let uri = |number: usize| crl::full_name(&[general_name::uri(POINTS[number])]);
    let issuer = || {
        let name = [vec![(oid::COMMON_NAME, CRL_ISSUER.to_owned())]].to_vec();
        crl::crl_issuer(&[general_name::directory(&spell(&name, 0))])
    };
    let attribute = test_pki::attribute(oid::COMMON_NAME, tag::UTF8_STRING, b"CRL1");
    let points: Vec<Vec<Vec<u8>>> = match choice % 12 {
        1 => vec![vec![uri(0)]],
        2 => vec![vec![uri(1)]],
        3 => vec![vec![uri(0), crl::reasons(1, 0x3e)], vec![uri(1), crl::reasons(1, 0x1c0)]],
        4 => vec![vec![uri(0), crl::reasons(1, 0x3e)]],
        5 => vec![vec![issuer()]],
        6 => vec![vec![uri(0), issuer()]],
        7 => vec![vec![crl::relative_name(&[attribute])]],
        8 => vec![vec![uri(0)], vec![uri(1)]],
        9 => vec![vec![uri(0), crl::reasons(1, 0x1c0), issuer()], vec![uri(1)]],
        10 => vec![vec![crl::reasons(1, 0x1fe)]],
        _ => return builder,
    };
    let value = der::sequence(points.iter().map(der::sequence));
    let builder = builder.extension(oid::CRL_DISTRIBUTION_POINTS, choice >= 0xc0, &value);
    if choice >= 0x80 { builder.extension(oid::FRESHEST_CRL, choice >= 0xe0, &value) } else { builder }
}

/// nameConstraints: up to three subtrees.
fn draw_constraints(choices: &mut Choices<'_>, builder: CertificateBuilder) -> CertificateBuilder {
    let (mut permitted, mut excluded) = (Vec::new(), Vec::new());
    for _ in 0..3 {
        let form = choices.byte();
        let mut choices = choices.take(2);
        if form == 0 {
            continue;
        }
        let mut subtree = names::base(&mut choices, (form - 1) % 8);
        if form >= 0xe0 {
            subtree.extend(der::context_primitive(form & 1, &[form >> 1 & 3]));
        }
        let side = if ((form - 1) / 8).is_multiple_of(2) { &mut permitted } else { &mut excluded };
        side.push(der::sequence([subtree]));
    }
    let (is_uncritical, is_empty) = (choices.yes(), choices.below(32) == 31);
    if permitted.is_empty() && excluded.is_empty() && !is_empty {
        return builder;
    }
    let field = |number, subtrees: Vec<Vec<u8>>| match subtrees.as_slice() {
        [] => Vec::new(),
        subtrees => der::context(number, &der::concat(subtrees)),
    };
    let value = der::sequence([field(0, permitted), field(1, excluded)]);
    builder.extension(oid::NAME_CONSTRAINTS, !is_uncritical, &value)
}

/// certificatePolicies: some of three policies and anyPolicy, each perhaps with a qualifier.
fn draw_policies(choices: &mut Choices<'_>, builder: CertificateBuilder) -> CertificateBuilder {
    let (which, how) = (choices.byte(), choices.byte());
    let qualifier = |id: &str, value: Vec<u8>| der::sequence([der::sequence([der::oid(id), value])]);
    let cps = der::tlv(tag::IA5_STRING, b"http://cps.example/");
    let qualifier = match how % 8 {
        1 => qualifier("1.3.6.1.5.5.7.2.1", cps),
        2 => qualifier("1.3.6.1.5.5.7.2.2", der::sequence([der::tlv(tag::UTF8_STRING, b"a notice")])),
        3 => qualifier(UNKNOWN, der::null()),
        _ => Vec::new(),
    };
    let chosen = POLICIES.iter().enumerate().filter(|(at, _)| which >> at & 1 != 0).map(|(_, policy)| policy);
    let mut policies: Vec<_> =
        chosen.map(|policy| der::sequence([der::oid(policy), qualifier.clone()])).collect();
    if how & 0xc0 == 0xc0 {
        policies.extend(policies.first().cloned());
    }
    if policies.is_empty() {
        return builder;
    }
    builder.extension(oid::CERTIFICATE_POLICIES, how & 0x20 != 0, &der::sequence(policies))
}

/// policyMappings, policyConstraints and inhibitAnyPolicy.
fn draw_policy_constraints(choices: &mut Choices<'_>, mut builder: CertificateBuilder) -> CertificateBuilder {
    let mut mappings = Vec::new();
    for _ in 0..2 {
        let choice = usize::from(choices.byte());
        if choice != 0 {
            // One in sixteen maps anyPolicy.
            let from = |number: usize| if number == 15 { oid::ANY_POLICY } else { POLICIES[number % 3] };
            mappings.push(der::sequence([der::oid(from(choice % 16)), der::oid(from(choice / 16))]));
        }
    }
    let how = choices.byte();
    if !mappings.is_empty() {
        builder = builder.extension(oid::POLICY_MAPPINGS, how & 1 == 0, &der::sequence(mappings));
    }
    let constraints = choices.byte();
    if constraints != 0 {
        let skip = |bits: u8| (bits & 7).checked_sub(1).map(|skip| skip.min(3));
        let field =
            |number, bits| skip(bits).map(|skip| der::context_primitive(number, &[skip])).unwrap_or_default();
        let value = der::sequence([field(0, constraints), field(1, constraints >> 3)]);
        builder = builder.extension(oid::POLICY_CONSTRAINTS, how & 2 == 0, &value);
    }
    match choices.byte() % 8 {
        0 | 5.. => builder,
        skip => builder.extension(oid::INHIBIT_ANY_POLICY, how & 4 == 0, &der::integer(u64::from(skip) - 1)),
    }
}

/// Certificates that stand about and lead nowhere, or elsewhere.
fn draw_others(choices: &mut Choices<'_>, cas: &[Ca], path: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let mut others = Vec::new();
    for number in 0..2 {
        let (kind, at) = (choices.below(16), usize::from(choices.byte()));
        let ca = &cas[at % cas.len()];
        let stranger = key(11);
        let name = vec![vec![(oid::COMMON_NAME, "Other".to_owned())]];
        let builder = Authority::root_builder(spell(&name, 0), stranger.key.clone());
        let other = Ca::new(name, builder, stranger);
        let (builder, issuer) = match kind {
            // The CA as another root certifies it, which nobody trusts.
            1 => (other.authority.cross_certify(&ca.authority), &other),
            // Another certificate of the CA, by one above it or by itself.
            2 => (cas[at / 16 % cas.len()].authority.cross_certify(&ca.authority), &cas[at / 16 % cas.len()]),
            3 => (cas[0].authority.cross_certify(&ca.authority).not_after(NOW - 1), &cas[0]),
            // A namesake with another key.
            4 => (cas[0].authority.issue_ca(spell(&ca.name, 0), key(12 + number).key.clone()), &cas[0]),
            5 => (other.authority.cross_certify(&other.authority), &other),
            6 => {
                others.push(path[at % path.len()].clone());
                continue;
            }
            _ => continue,
        };
        others.push(seal(&builder.signature_raw(&[]).build(), issuer.key, None));
    }
    others
}
