//! OCSP responses (RFC 6960): what is read, who may sign, what counts.

use crate::common::{NOW, Pki, Refusal, Status};
use cba_core::path::Workspace;
use cba_core::revocation::{OcspResponse, RevocationOptions, Scope};
use cba_core::{ErrorKind, sha256};
use test_pki::ocsp::{CertIdHash, GOOD, UNKNOWN, revoked};
use test_pki::{
    Authority, CertificateBuilder, Hash, Key, Name, OcspBuilder, SignatureScheme, der, key_usage, oid,
};

type Verdict = Result<(), Refusal>;

const LEAF: RevocationOptions = RevocationOptions {
    scope: Scope::Leaf,
    accept_undetermined: false,
    max_age: None,
    clock_skew: 0,
    accept_version_1_crls: false,
};

fn refused(kind: ErrorKind) -> Verdict {
    Err((kind, 0))
}

const REVOKED: Verdict = Err((ErrorKind::Revoked, 0));

fn alice() -> Vec<u8> {
    Pki::new().alice().build()
}

fn response() -> OcspBuilder {
    Pki::new().issuing.ocsp()
}

/// The verdict on Alice with these responses.
fn with(responses: &[&OcspBuilder], change: impl FnOnce(&mut Status)) -> Verdict {
    let ocsp = responses.iter().map(|response| response.build()).collect();
    let mut status = Status { ocsp, options: LEAF, ..Status::default() };
    change(&mut status);
    Pki::new().setup().with(|setup| setup.status = Some(status)).verify(&alice())
}

fn judge(responses: &[&OcspBuilder]) -> Verdict {
    with(responses, |_| {})
}

fn read(response: &OcspBuilder) -> Option<ErrorKind> {
    OcspResponse::from_der(&response.build()).err().map(|error| error.kind)
}

fn good() -> OcspBuilder {
    response().says(&alice(), GOOD)
}

// -- reading --

#[test]
fn every_prefix_of_a_response_is_an_error() {
    let delegate = delegate(|builder| builder);
    let der = good().nonce(&[1; 16]).delegate(&delegate).says(&alice(), revoked()).build();
    assert!(OcspResponse::from_der(&der).is_ok());
    for len in 0..der.len() {
        let error = OcspResponse::from_der(&der[..len]).unwrap_err();
        assert!(error.offset as usize <= len);
    }
    let mut longer = der;
    longer.push(0);
    assert_eq!(OcspResponse::from_der(&longer).unwrap_err().kind, ErrorKind::TrailingData);
}

#[test]
fn whatever_byte_is_changed_it_says_nothing_good() {
    let der = good().build();
    for at in 0..der.len() {
        let mut broken = der.clone();
        broken[at] ^= 0x41;
        if OcspResponse::from_der(&broken).is_ok() {
            let status = Status { ocsp: vec![broken], options: LEAF, ..Status::default() };
            let setup = Pki::new().setup().with(|setup| setup.status = Some(status));
            assert!(setup.verify(&alice()).is_err(), "byte {at}");
        }
    }
}

#[test]
fn refuses_responses_that_are_not_successful_or_of_another_type() {
    for status in [1, 2, 3, 5, 6] {
        assert_eq!(read(&good().status(status)), Some(ErrorKind::OcspNotSuccessful), "{status}");
    }
    for status in [4, 7, 0x80] {
        assert_eq!(read(&good().status(status)), Some(ErrorKind::MalformedOcspResponse), "{status}");
    }
    assert_eq!(read(&good().response_type("1.2.3")), Some(ErrorKind::UnsupportedOcspResponse));
    assert_eq!(
        OcspResponse::from_der(&der::sequence([[0x0a, 1, 0]])).unwrap_err().kind,
        ErrorKind::Truncated
    );
    let long = vec![0; (1 << 20) + 1];
    assert_eq!(OcspResponse::from_der(&long).unwrap_err().kind, ErrorKind::InputTooLong);
}

#[test]
fn refuses_malformed_contents() {
    assert_eq!(read(&response()), Some(ErrorKind::EmptySequence));
    let next_before_this = response().this_update(NOW).next_update(NOW - 1).says(&alice(), GOOD);
    assert_eq!(read(&next_before_this), Some(ErrorKind::MalformedOcspResponse));
    assert_eq!(read(&response().says(&alice(), [0x83, 0])), Some(ErrorKind::UnexpectedTag));
    assert_eq!(read(&response().says(&alice(), [0x80, 1, 0])), Some(ErrorKind::TrailingData));
    assert_eq!(read(&response().says(&alice(), [0xa1, 0])), Some(ErrorKind::UnexpectedTag));
    let many = (0..5).fold(good(), |response, _| response.certificate(&alice()));
    assert_eq!(read(&many), Some(ErrorKind::MalformedOcspResponse));
    let four = (0..4).fold(good(), |response, _| response.certificate(&alice()));
    assert_eq!(read(&four), None);
}

#[test]
fn refuses_unknown_critical_extensions() {
    for (critical, wanted) in [(false, None), (true, Some(ErrorKind::UnknownCriticalExtension))] {
        assert_eq!(read(&good().extension("1.2.3", critical, &[5, 0])), wanted);
        let single = response().single_extension("1.2.3", critical, &[5, 0]).says(&alice(), GOOD);
        assert_eq!(read(&single), wanted);
    }
    let nonce = good().extension(oid::OCSP_NONCE, true, &der::octet_string(&[1]));
    assert_eq!(read(&nonce), None);
    assert_eq!(read(&good().extension(oid::OCSP_NONCE, false, &[5, 0])), Some(ErrorKind::UnexpectedTag));
}

// -- whose certificate --

#[test]
fn finds_the_certificate_by_hashes_and_serial() {
    for hash in [CertIdHash::Sha1, CertIdHash::Sha256] {
        assert_eq!(judge(&[&response().hash(hash).says(&alice(), GOOD)]), Ok(()));
        assert_eq!(judge(&[&response().hash(hash).says(&alice(), revoked())]), REVOKED);
    }
    let other = Pki::new().alice().serial(1).build();
    assert_eq!(judge(&[&response().says(&other, GOOD)]), refused(ErrorKind::StatusUndetermined));
    assert_eq!(judge(&[&response().says(&other, revoked()).says(&alice(), GOOD)]), Ok(()));
    // The same serial number of another issuer; of one with the same name and another key.
    let root = Pki::new().root;
    assert_eq!(judge(&[&root.ocsp().says(&alice(), GOOD)]), refused(ErrorKind::StatusUndetermined));
    let namesake = Authority::root("Issuing", Key::p256(9));
    assert_eq!(judge(&[&namesake.ocsp().says(&alice(), revoked())]), refused(ErrorKind::StatusUndetermined));
}

#[test]
fn of_several_answers_the_gravest_counts() {
    assert_eq!(judge(&[&good().says(&alice(), revoked())]), REVOKED);
    assert_eq!(judge(&[&response().says(&alice(), revoked()).says(&alice(), GOOD)]), REVOKED);
    assert_eq!(judge(&[&good().says(&alice(), UNKNOWN)]), refused(ErrorKind::OcspStatusUnknown));
    assert_eq!(judge(&[&good(), &response().says(&alice(), revoked())]), REVOKED);
    assert_eq!(judge(&[&response().says(&alice(), UNKNOWN), &good()]), Ok(()));
}

// -- who signs --

/// A delegate of the issuing CA as it should be, changed.
fn delegate(change: impl FnOnce(CertificateBuilder) -> CertificateBuilder) -> Authority {
    let builder = Pki::new().issuing.issue(Key::p256(20)).subject(Name::from("Responder"));
    let builder =
        builder.extended_key_usage(&[oid::OCSP_SIGNING]).extension(oid::OCSP_NOCHECK, false, &[5, 0]);
    change(builder).build_authority()
}

fn delegated(change: impl FnOnce(CertificateBuilder) -> CertificateBuilder) -> Verdict {
    judge(&[&good().delegate(&delegate(change))])
}

const NOT_AUTHORIZED: Verdict = Err((ErrorKind::OcspResponderNotAuthorized, 0));

#[test]
fn the_issuer_signs_by_name_or_by_key() {
    let pki = Pki::new();
    assert_eq!(judge(&[&good()]), Ok(()));
    assert_eq!(judge(&[&good().by_name(&pki.issuing)]), Ok(()));
    assert_eq!(judge(&[&good().by_name(&pki.root)]), NOT_AUTHORIZED);
    assert_eq!(judge(&[&good().break_signature()]), refused(ErrorKind::BadSignature));
    assert_eq!(judge(&[&good().signed_by(&Key::p256(9))]), refused(ErrorKind::BadSignature));
    assert_eq!(judge(&[&good().signed_by(&Key::rsa(2048))]), refused(ErrorKind::KeyAlgorithmMismatch));
    let sha1 = good().scheme(SignatureScheme::Ecdsa(Hash::Sha1));
    assert_eq!(judge(&[&sha1]), refused(ErrorKind::Sha1Signature));
    // What is not authentic does not revoke either.
    let forged = response().says(&alice(), revoked()).break_signature();
    assert_eq!(judge(&[&forged]), refused(ErrorKind::BadSignature));
    assert_eq!(judge(&[&forged, &good()]), Ok(()));
}

#[test]
fn a_delegate_signs_by_name_or_by_key() {
    assert_eq!(delegated(|builder| builder), Ok(()));
    let delegate = delegate(|builder| builder);
    assert_eq!(judge(&[&good().delegate(&delegate).by_name(&delegate)]), Ok(()));
    let others_first = good().certificate(&alice()).certificate(&[0x30, 0]).delegate(&delegate);
    assert_eq!(judge(&[&others_first]), Ok(()));
    assert_eq!(judge(&[&response().says(&alice(), revoked()).delegate(&delegate)]), REVOKED);
    assert_eq!(
        judge(&[&good().delegate(&delegate).signed_by(&Key::p256(9))]),
        refused(ErrorKind::BadSignature)
    );
    // Named, but not there.
    assert_eq!(judge(&[&good().by_name(&delegate).signed_by(delegate.key())]), NOT_AUTHORIZED);
}

#[test]
fn a_delegate_must_be_authorized() {
    assert_eq!(delegated(|builder| builder.without(oid::OCSP_NOCHECK)), NOT_AUTHORIZED);
    assert_eq!(delegated(|builder| builder.without(oid::EXTENDED_KEY_USAGE)), NOT_AUTHORIZED);
    let any = |builder: CertificateBuilder| builder.extended_key_usage(&[oid::ANY_EXTENDED_KEY_USAGE]);
    assert_eq!(delegated(any), NOT_AUTHORIZED);
    assert_eq!(delegated(|builder| builder.key_usage(key_usage::CRL_SIGN)), NOT_AUTHORIZED);
    assert_eq!(delegated(|builder| builder.key_usage(key_usage::DIGITAL_SIGNATURE)), Ok(()));
    assert_eq!(delegated(|builder| builder.validity(0, NOW - 1)), NOT_AUTHORIZED);
    assert_eq!(delegated(|builder| builder.validity(0, NOW)), Ok(()));
    assert_eq!(delegated(|builder| builder.validity(NOW + 1, NOW + 2)), NOT_AUTHORIZED);
    assert_eq!(delegated(|builder| builder.extension("1.2.3", true, &[5, 0])), NOT_AUTHORIZED);
    // Issued by somebody else: under another name, or under the CA's.
    assert_eq!(delegated(|builder| builder.issuer("Root")), NOT_AUTHORIZED);
    assert_eq!(delegated(|builder| builder.signed_by(&Key::p256(9))), NOT_AUTHORIZED);
    // A client of the CA is no delegate.
    let client = Pki::new().alice().build_authority();
    assert_eq!(judge(&[&good().delegate(&client)]), NOT_AUTHORIZED);
}

#[test]
fn what_a_delegate_out_of_its_dates_says_counts_against_the_certificate_alone() {
    for dates in [(0, NOW - 1), (NOW + 1, NOW + 2)] {
        let old = delegate(|builder| builder.validity(dates.0, dates.1));
        let stale = response().says(&alice(), revoked()).delegate(&old);
        assert_eq!(judge(&[&good().delegate(&old)]), NOT_AUTHORIZED);
        assert_eq!(judge(&[&stale]), REVOKED);
        assert_eq!(judge(&[&good(), &stale]), REVOKED);
    }
}

#[test]
fn a_denied_delegate_does_not_count() {
    let delegate = delegate(|builder| builder);
    let fingerprint = sha256(delegate.certificate_der());
    let hex: String = fingerprint.iter().map(|byte| format!("{byte:02x}")).collect();
    let line = format!("certificate {hex}");
    let denied = cba_core::path::Denied::parse(line.as_bytes()).map(Result::unwrap).collect();
    let status =
        Status { ocsp: vec![good().delegate(&delegate).build()], options: LEAF, ..Status::default() };
    let setup = Pki::new().setup().with(|setup| {
        setup.status = Some(status);
        setup.denied = denied;
    });
    assert_eq!(setup.verify(&alice()), NOT_AUTHORIZED);
}

#[test]
fn signatures_are_bounded() {
    let responses: Vec<_> = (0..17).map(|_| good()).collect();
    let responses: Vec<_> = responses.iter().collect();
    assert_eq!(judge(&responses[..16]), Ok(()));
    assert_eq!(judge(&responses), refused(ErrorKind::StatusBudgetExhausted));
    // One that is about somebody else costs none.
    let other = Pki::new().alice().serial(1).build();
    let others: Vec<_> = (0..40).map(|_| response().says(&other, GOOD)).collect();
    let all: Vec<_> = others.iter().chain([responses[0]]).collect();
    assert_eq!(judge(&all), Ok(()));
}

#[test]
fn the_paths_of_one_call_share_the_bound() {
    let pki = Pki::new();
    let unknown = || response().says(&alice(), UNKNOWN).build();
    let status = Status { ocsp: (0..8).map(|_| unknown()).collect(), options: LEAF, ..Status::default() };
    let judge = |copies: usize| {
        let setup = pki.setup().presenting(&vec![&pki.issuing; copies]);
        setup.with(|setup| setup.status = Some(status.clone())).verify(&alice())
    };
    assert_eq!(judge(1), refused(ErrorKind::OcspStatusUnknown));
    assert_eq!(judge(2), refused(ErrorKind::OcspStatusUnknown));
    assert_eq!(judge(3), refused(ErrorKind::StatusBudgetExhausted));
}

// -- dates and nonce --

#[test]
fn both_ends_of_the_dates_belong_to_them() {
    let at = |this: i64, next: i64| {
        judge(&[&response().this_update(NOW + this).next_update(NOW + next).says(&alice(), GOOD)])
    };
    assert_eq!(at(0, 0), Ok(()));
    assert_eq!(at(-2, -1), refused(ErrorKind::OcspExpired));
    assert_eq!(at(1, 2), refused(ErrorKind::OcspNotYetValid));
    assert_eq!(judge(&[&good().produced_at(NOW)]), Ok(()));
    assert_eq!(judge(&[&good().produced_at(NOW + 1)]), refused(ErrorKind::OcspNotYetValid));
    let skewed = |status: &mut Status| status.options.clock_skew = 1;
    assert_eq!(with(&[&good().produced_at(NOW + 1)], skewed), Ok(()));
    assert_eq!(with(&[&good().produced_at(NOW + 2)], skewed), refused(ErrorKind::OcspNotYetValid));
}

#[test]
fn without_next_update_a_greatest_age_is_needed() {
    let aged = |age: i64| response().this_update(NOW - age).next_update(None).says(&alice(), GOOD);
    assert_eq!(judge(&[&aged(0)]), refused(ErrorKind::OcspExpired));
    let at_most = |status: &mut Status| status.options.max_age = Some(60);
    assert_eq!(with(&[&aged(60)], at_most), Ok(()));
    assert_eq!(with(&[&aged(61)], at_most), refused(ErrorKind::OcspExpired));
}

#[test]
fn a_nonce_that_was_sent_must_come_back() {
    let sent = |status: &mut Status| status.nonce = Some(b"0123456789abcdef");
    assert_eq!(with(&[&good().nonce(b"0123456789abcdef")], sent), Ok(()));
    assert_eq!(with(&[&good().nonce(b"0123456789abcdeg")], sent), refused(ErrorKind::OcspNonceMismatch));
    assert_eq!(with(&[&good()], sent), refused(ErrorKind::OcspNonceMismatch));
    assert_eq!(with(&[&good().nonce(b"")], sent), refused(ErrorKind::OcspNonceMismatch));
    // One that was not is passed over.
    assert_eq!(judge(&[&good().nonce(b"0123456789abcdef")]), Ok(()));
}

#[test]
fn revoked_counts_however_old_it_is_and_whatever_else_is_said() {
    let stale = response().this_update(1).next_update(2).says(&alice(), revoked());
    assert_eq!(judge(&[&stale]), REVOKED);
    assert_eq!(judge(&[&stale, &good()]), REVOKED);
    assert_eq!(with(&[&stale], |status| status.nonce = Some(b"nonce")), REVOKED);
    let accept = |status: &mut Status| status.options.accept_undetermined = true;
    assert_eq!(with(&[&stale], accept), REVOKED);
    assert_eq!(with(&[&response().says(&alice(), UNKNOWN)], accept), Ok(()));
    // A good answer never outvotes a CRL, nor the other way round.
    let issuing = Pki::new().issuing;
    let revoking = |status: &mut Status| status.crls = vec![issuing.crl().revoke(&alice()).build()];
    assert_eq!(with(&[&good()], revoking), REVOKED);
    let clean = |status: &mut Status| status.crls = vec![issuing.crl().build()];
    assert_eq!(with(&[&stale], clean), REVOKED);
    assert_eq!(with(&[&response().says(&alice(), UNKNOWN)], clean), Ok(()));
}

#[test]
fn a_chain_is_good_by_crl_and_response_together() {
    let pki = Pki::new();
    let of_ca = pki.root.ocsp().says(pki.issuing.certificate_der(), GOOD);
    let chain = |status: &mut Status| status.options = RevocationOptions::default();
    assert_eq!(with(&[&good()], chain), Err((ErrorKind::StatusUndetermined, 1)));
    assert_eq!(with(&[&good(), &of_ca], chain), Ok(()));
    let both = |status: &mut Status| {
        chain(status);
        status.crls = vec![Pki::new().root.crl().build()];
    };
    assert_eq!(with(&[&good()], both), Ok(()));
    let revoking = pki.root.ocsp().says(pki.issuing.certificate_der(), revoked());
    assert_eq!(with(&[&good(), &revoking], both), Err((ErrorKind::Revoked, 1)));
}

#[test]
fn a_verdict_holds_no_longer_than_the_response() {
    let until = |response: OcspBuilder| {
        let status = Status { ocsp: vec![response.build()], options: LEAF, ..Status::default() };
        let setup = Pki::new().setup().with(|setup| setup.status = Some(status));
        setup.run(&alice(), &mut Workspace::new(), |path| path.unwrap().not_after().0)
    };
    assert_eq!(until(response().next_update(NOW + 60).says(&alice(), GOOD)), NOW + 60);
    let short = delegate(|builder| builder.validity(0, NOW + 30));
    assert_eq!(until(good().delegate(&short)), NOW + 30);
}
