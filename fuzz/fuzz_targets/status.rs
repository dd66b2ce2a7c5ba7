//! CRLs and OCSP responses: whatever can be asked of what parses, against rustls-webpki and against itself.
//!
//! An input that begins with `O` is an OCSP response about a known certificate; any other is a CRL.

#![no_main]

use cba_core::limits::Limits;
use cba_core::path::{
    DenyList, PathOptions, StatusBudget, StatusCheck, StatusRequest, TrustAnchor, TrustAnchors, Verifier,
    Workspace,
};
use cba_core::revocation::{
    Crl, IndexEntry, IndexKey, OcspResponse, Revocation, RevocationOptions, Scope, VerifiedCrl,
};
use cba_core::signature::{InvalidSignature, PublicKey, Ring, SignatureAlgorithm, SignatureVerifier};
use cba_core::{Certificate, Error, ErrorKind, UnixTime};
use cba_fuzz::status::{ISSUER, LEAF, NOW, response, tbs_of};
use cba_fuzz::tlv::{Node, Random, mutate};
use libfuzzer_sys::{fuzz_mutator, fuzz_target, fuzzer_mutate};
use test_pki::Key;

fuzz_target!(|input: &[u8]| {
    match input.split_first() {
        Some((b'O', der)) => check_ocsp(der),
        _ => check_crl(input),
    }
});

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    let mut random = Random::new(seed);
    let prefix = usize::from(data[..size].first() == Some(&b'O'));
    if random.below(4) > 0
        && let Some(mut root) = Node::parse(&data[prefix..size])
    {
        mutate(&mut root, &mut random);
        let der = root.encode();
        if prefix + der.len() <= max_size {
            data[prefix..prefix + der.len()].copy_from_slice(&der);
            return prefix + der.len();
        }
    }
    fuzzer_mutate(data, size, max_size)
});

/// Takes every signature, so that mutants get through.
struct AnySignature;

impl SignatureVerifier for AnySignature {
    fn supports(&self, _: SignatureAlgorithm, _: PublicKey<'_>) -> bool {
        true
    }

    fn verify(
        &self,
        _: SignatureAlgorithm,
        _: PublicKey<'_>,
        _: &[u8],
        _: &[u8],
    ) -> Result<(), InvalidSignature> {
        Ok(())
    }
}

fn verifier<'v>(
    anchors: &'v mut [TrustAnchor<'v>],
    signatures: &'v (dyn SignatureVerifier + Sync),
) -> Verifier<'v> {
    Verifier {
        anchors: TrustAnchors::new(anchors),
        intermediates: &[],
        denied: DenyList::EMPTY,
        options: PathOptions::default(),
        limits: Limits::default(),
        signatures,
        status: None,
    }
}

fn check_error(error: &Error, der: &[u8]) {
    assert!(error.offset as usize <= der.len(), "{error} points behind the input");
    assert_eq!(error.depth, 0);
}

fn check_crl(der: &[u8]) {
    let crl = match Crl::from_der(der) {
        Ok(crl) => crl,
        Err(error) => return check_error(&error, der),
    };
    assert_eq!(crl.der(), der);
    let entries: Vec<_> = crl.entries().collect();
    assert_eq!(entries.len(), crl.len() as usize);
    for entry in &entries {
        let _ = (entry.reason(), entry.revocation_date());
    }
    assert!(crl.number().is_none_or(|number| number.as_bytes().len() <= 20));
    check_against_webpki(&crl, der);

    let spki = Key::p256(1).spki_der();
    let spki = cba_core::certificate::SubjectPublicKeyInfo::from_der(&spki).unwrap();
    let mut anchors = [TrustAnchor::from_parts(crl.issuer(), spki)];
    let verifier = verifier(&mut anchors, &AnySignature);
    let time = crl.this_update();
    let Ok(linear) = crl.verify(&verifier, &[], time, &mut Workspace::new()) else { return };
    let mut memory = vec![IndexEntry::default(); entries.len()];
    let indexed = linear.clone().with_index(&mut memory, IndexKey([3; 16])).unwrap();
    assert!(
        linear.require_successor(core::slice::from_ref(&indexed), core::slice::from_ref(&linear)).is_ok()
    );

    // Serial numbers that are there, and one that hardly is.
    let listed = entries.iter().map(|entry| entry.serial().as_bytes());
    let asked: Vec<&[u8]> =
        listed.clone().take(8).chain(listed.skip(8).last()).chain([&[0x42, 7][..]]).collect();
    for serial in asked {
        let leaf = leaf_of(&crl, serial);
        let Ok(leaf) = Certificate::from_der(&leaf) else { continue };
        let answers = [&linear, &indexed].map(|crl| ask(crl, &leaf, &verifier, time));
        assert_eq!(answers[0], answers[1], "with an index and without");
        if answers[0] == Err(ErrorKind::Revoked) {
            assert!(entries.iter().any(|entry| entry.serial().as_bytes() == serial));
        }
    }
}

/// A certificate of the CRL's issuer, signed by nobody.
fn leaf_of(crl: &Crl<'_>, serial: &[u8]) -> Vec<u8> {
    let authority = test_pki::Authority::clone(&ISSUER);
    authority
        .issue(Key::clone(&cba_fuzz::status::KEY))
        .issuer_raw(crl.issuer().der().to_vec())
        .serial_raw(serial)
        .signature_raw(&[0; 8])
        .build()
}

fn ask(
    crl: &VerifiedCrl<'_>,
    leaf: &Certificate<'_>,
    verifier: &Verifier<'_>,
    time: UnixTime,
) -> Result<(), ErrorKind> {
    let crls = [crl.clone()];
    let options = RevocationOptions {
        scope: Scope::Leaf,
        max_age: Some(1000),
        accept_version_1_crls: true,
        ..RevocationOptions::default()
    };
    let revocation = Revocation { crls: &crls, ocsp: &[], nonce: None, options };
    let anchor = &verifier.anchors.as_slice()[0];
    let request = StatusRequest { certificates: &[leaf], anchor, time, verifier };
    revocation
        .require_good(&request, &mut StatusBudget::new(&verifier.limits))
        .map(drop)
        .map_err(|error| error.kind)
}

/// What both read holds the same serial numbers, as far as theirs looks at entries.
fn check_against_webpki(crl: &Crl<'_>, der: &[u8]) {
    let Ok(theirs) = webpki::BorrowedCertRevocationList::from_der(der) else { return };
    let Ok(theirs) = theirs.to_owned() else { return };
    let theirs = webpki::CertRevocationList::from(theirs);
    for entry in crl.entries().take(64) {
        let serial = entry.serial().as_bytes();
        // Theirs keeps serial numbers without the sign of a positive number.
        let unsigned = serial.strip_prefix(&[0]).unwrap_or(serial);
        let found = |serial| matches!(theirs.find_serial(serial), Ok(Some(_)));
        assert!(found(serial) || found(unsigned), "rustls-webpki misses {serial:02x?}");
    }
}

fn check_ocsp(der: &[u8]) {
    let response_read = match OcspResponse::from_der(der) {
        Ok(response) => response,
        Err(error) => return check_error(&error, der),
    };
    let issuer = Certificate::from_der(ISSUER.certificate_der()).unwrap();
    let leaf = Certificate::from_der(&LEAF).unwrap();
    for (signatures, genuine) in [(&Ring as &(dyn SignatureVerifier + Sync), true), (&AnySignature, false)] {
        let mut anchors = [TrustAnchor::from_certificate(&issuer)];
        let verifier = verifier(&mut anchors, signatures);
        let responses = [response_read];
        let options = RevocationOptions { scope: Scope::Leaf, ..RevocationOptions::default() };
        let revocation = Revocation { crls: &[], ocsp: &responses, nonce: None, options };
        let anchor = &verifier.anchors.as_slice()[0];
        let request =
            StatusRequest { certificates: &[&leaf], anchor, time: UnixTime(NOW), verifier: &verifier };
        let verdict = revocation.require_good(&request, &mut StatusBudget::new(&verifier.limits));
        if genuine && verdict.is_ok() {
            // Only what was really signed says that it is good.
            let signed = tbs_of(&response());
            assert!(der.windows(signed.len()).any(|window| window == signed), "forged");
        }
    }
}
