//! CRLs that are minted by choice: one of each CA, and up to two more.

use test_pki::der::{self, tag};
use test_pki::{CrlBuilder, crl, general_name, key_usage, oid};

use super::Pki;
use super::choices::Choices;
use super::mint::{CRL_ISSUER, CRLS, Ca, Change, POINTS, SigningKey, key, seal};
use super::names::spell;

/// How many CRLs there are at most that are not the one of a CA.
const MORE: usize = 2;
const DAY: i64 = 24 * 3_600;
const UNKNOWN: &str = "1.3.6.1.4.1.99999.8";

/// Mints the CRLs, and the certificates of those who sign them and are not on the path.
pub(super) fn draw(input: &[u8], pki: &mut Pki, cas: &[Ca], change: &mut Change) {
    let mut crls = Vec::new();
    for number in 0..cas.len() + MORE {
        let mut choices = Choices::of(input, CRLS + number);
        let presence = choices.byte();
        let is_there = if number < cas.len() { presence % 8 != 7 } else { presence % 2 == 1 };
        let issuer = usize::from(choices.byte()) + number;
        if is_there {
            let (builder, signer) = draw_one(&mut choices, pki, &cas[issuer % cas.len()]);
            crls.push(seal(&builder.signature_raw(&[]).build(), signer, change.next()));
        }
    }
    pki.crls = Some(crls);
}

fn draw_one(choices: &mut Choices<'_>, pki: &mut Pki, ca: &Ca) -> (CrlBuilder, &'static SigningKey) {
    let (builder, signer) = draw_signer(choices, pki, ca);
    let now = pki.asked.time;
    let builder = match choices.below(16) {
        1 => builder.next_update(now - 1),
        2 => builder.this_update(now + 1).next_update(now + DAY),
        3 => builder.without_next_update(),
        4 => builder.this_update(now).next_update(now),
        _ => builder.this_update(now - DAY).next_update(now + DAY),
    };
    let builder = match choices.below(16) {
        1 => builder.without(oid::AUTHORITY_KEY_IDENTIFIER),
        2 => builder.without(oid::CRL_NUMBER),
        3 => builder.extension(UNKNOWN, true, &der::null()),
        4 => builder.extension(UNKNOWN, false, &der::null()),
        5 => builder.extension(
            oid::AUTHORITY_KEY_IDENTIFIER,
            false,
            &der::sequence([der::context_primitive(0, &[1; 20])]),
        ),
        _ => builder,
    };
    let builder = builder.number(choices.pick(&[5, 4, 6]));
    let builder = match choices.byte() {
        0 => builder,
        base => builder.delta(u64::from(base % 8)),
    };
    let mut builder = draw_scope(choices, builder, ca);
    for _ in 0..2 {
        builder = draw_entry(&mut choices.take(4), builder, pki, ca);
    }
    (builder, signer)
}

/// Who signs: the CA, the CA with another key, or somebody else.
fn draw_signer(choices: &mut Choices<'_>, pki: &mut Pki, ca: &Ca) -> (CrlBuilder, &'static SigningKey) {
    let new = key(13);
    let kind = choices.below(12);
    let builder =
        ca.authority.issue(new.key.clone()).key_usage(key_usage::CRL_SIGN).without(oid::EXTENDED_KEY_USAGE);
    let issuer = match kind {
        // The same name, a new key.
        1 => builder.subject(spell(&ca.name, 0)),
        2 => builder.subject(spell(&ca.name, 0)).key_usage(key_usage::DIGITAL_SIGNATURE),
        3 | 4 => builder.subject(CRL_ISSUER),
        5 => return (ca.authority.crl().signed_by(&new.key), new),
        _ => return (ca.authority.crl(), ca.key),
    };
    let issuer = issuer.signature_raw(&[]).build_authority();
    pki.crl_signers.push(seal(issuer.certificate_der(), ca.key, None));
    (issuer.crl(), new)
}

/// issuingDistributionPoint.
fn draw_scope(choices: &mut Choices<'_>, builder: CrlBuilder, ca: &Ca) -> CrlBuilder {
    let (name, flags, reasons) = (choices.below(16), choices.byte(), choices.byte());
    let uri = |number: usize| general_name::uri(POINTS[number]);
    let mut fields = match name {
        1 => vec![crl::full_name(&[uri(0)])],
        2 => vec![crl::full_name(&[uri(1)])],
        3 => vec![crl::full_name(&[uri(0), uri(1)])],
        4 => vec![crl::full_name(&[general_name::directory(&spell(&ca.name, 1))])],
        5 => {
            let attribute = test_pki::attribute(oid::COMMON_NAME, tag::UTF8_STRING, b"CRL1");
            vec![crl::relative_name(&[attribute])]
        }
        6 => vec![crl::full_name(&[general_name::directory(&CRL_ISSUER.into())])],
        _ => vec![],
    };
    match flags % 16 {
        1 => fields.push(crl::flag(1)),
        2 => fields.push(crl::flag(2)),
        3 => fields.extend([crl::flag(1), crl::flag(2)]),
        _ => {}
    }
    match reasons % 16 {
        1 => fields.push(crl::reasons(3, 0x3e)),
        2 => fields.push(crl::reasons(3, 0x1c0)),
        3 => fields.push(crl::reasons(3, 0x1fe)),
        4 => fields.push(crl::reasons(3, 2)),
        _ => {}
    }
    if matches!(flags / 16, 1 | 2) {
        fields.push(crl::flag(4));
    }
    if flags % 16 == 4 {
        fields.push(crl::flag(5));
    }
    if fields.is_empty() { builder } else { builder.issuing_distribution_point(fields) }
}

fn draw_entry(choices: &mut Choices<'_>, builder: CrlBuilder, pki: &Pki, ca: &Ca) -> CrlBuilder {
    let (whom, reason, extensions) = (choices.byte(), choices.byte(), choices.below(16));
    let Some(whom) = whom.checked_sub(1) else { return builder };
    let certificate = &pki.path[usize::from(whom) % pki.path.len()];
    let serial = match whom / 16 {
        0..=11 => crl::serial_of(certificate),
        _ => der::integer(u64::from(whom)),
    };
    let reason = (reason != 0).then(|| crl::reason_code(reason % 11));
    let issuer = match extensions {
        1 => Some(crl::certificate_issuer(&[general_name::directory(&spell(&ca.name, 0))])),
        2 => Some(crl::certificate_issuer(&[general_name::directory(&"Nobody".into())])),
        3 => Some(test_pki::extension(UNKNOWN, true, &der::null())),
        4 => Some(test_pki::extension(UNKNOWN, false, &der::null())),
        _ => None,
    };
    builder.entry_for(&serial, reason.into_iter().chain(issuer))
}
