//! CRLs (RFC 5280 section 5 and 6.3): what is read, whose word counts, what it says.

use crate::common::{NOW, Pki, Refusal, Setup, Status};
use cba_core::path::{PathOptions, Purpose, Workspace};
use cba_core::revocation::{Crl, IndexEntry, IndexKey, ReasonCode, RevocationOptions, Scope};
use cba_core::{ErrorKind, UnixTime};
use std::slice::from_ref;
use test_pki::crl::{
    DEFAULT_NEXT_UPDATE, DEFAULT_THIS_UPDATE, certificate_issuer, crl_issuer, flag, full_name, reason_code,
    reasons, relative_name, serial_of,
};
use test_pki::{
    Authority, CertificateBuilder, CrlBuilder, Hash, Key, Name, SignatureScheme, attribute, der, extension,
    general_name, key_usage, oid,
};

type Verdict = Result<(), Refusal>;

fn refused(kind: ErrorKind, depth: u8) -> Verdict {
    Err((kind, depth))
}

/// The verdict with these CRLs, which is the same with indexes and without.
fn judge(setup: &Setup, leaf: &[u8], crls: &[&CrlBuilder], options: RevocationOptions) -> Verdict {
    let verdict = |indexed| {
        let crls = crls.iter().map(|crl| crl.build()).collect();
        let status = Some(Status { crls, indexed, options, ..Status::default() });
        setup.clone().with(|setup| setup.status = status).verify(leaf)
    };
    let linear = verdict(false);
    assert_eq!(verdict(true), linear, "with an index");
    linear
}

/// The verdict on Alice, of whom alone the status is asked.
fn alice(crls: &[&CrlBuilder]) -> Verdict {
    let pki = Pki::new();
    judge(&pki.setup(), &pki.alice().build(), crls, LEAF)
}

const LEAF: RevocationOptions = RevocationOptions {
    scope: Scope::Leaf,
    accept_undetermined: false,
    max_age: None,
    clock_skew: 0,
    accept_version_1_crls: false,
};

const UNDETERMINED: Verdict = Err((ErrorKind::StatusUndetermined, 0));
const REVOKED: Verdict = Err((ErrorKind::Revoked, 0));

// -- reading --

fn read(crl: &CrlBuilder) -> Option<ErrorKind> {
    Crl::from_der(&crl.build()).err().map(|error| error.kind)
}

fn issuing() -> CrlBuilder {
    Pki::new().issuing.crl()
}

#[test]
fn reads_every_field() {
    let pki = Pki::new();
    let leaf = pki.alice().build();
    let der =
        pki.issuing.crl().number(0x1234).revoke_for(&leaf, 1).revoke(&pki.alice().serial(5).build()).build();
    let crl = Crl::from_der(&der).unwrap();
    assert_eq!(crl.issuer().der(), pki.issuing.subject_der());
    assert_eq!(crl.this_update(), UnixTime(DEFAULT_THIS_UPDATE));
    assert_eq!(crl.next_update(), Some(UnixTime(DEFAULT_NEXT_UPDATE)));
    assert_eq!(crl.number().unwrap().as_bytes(), [0x12, 0x34]);
    assert_eq!(crl.base(), None);
    assert_eq!(crl.authority_key_identifier(), pki.issuing.key_id());
    assert!(!crl.is_version_1() && !crl.is_empty());
    assert_eq!(crl.len(), 2);
    assert_eq!(crl.der(), der);
    let entries: Vec<_> = crl.entries().collect();
    assert_eq!(entries[0].serial().as_bytes(), &serial_of(&leaf)[2..]);
    assert_eq!(entries[0].reason(), ReasonCode::Other(1));
    assert_eq!(entries[0].revocation_date(), UnixTime(DEFAULT_THIS_UPDATE));
    assert_eq!(entries[1].serial().as_bytes(), [5]);
    assert_eq!(entries[1].reason(), ReasonCode::Unspecified);
    let base = pki.issuing.crl().delta(0).build();
    assert_eq!(Crl::from_der(&base).unwrap().base().unwrap().as_bytes(), []);
}

#[test]
fn every_prefix_of_a_crl_is_an_error() {
    let pki = Pki::new();
    let names = [general_name::directory(&Name::from("Other"))];
    let crl = pki.issuing.crl().issuing_distribution_point([full_name(&names), flag(4)]);
    let der = crl.entry(&pki.alice().build(), [certificate_issuer(&names), reason_code(1)]).build();
    assert!(Crl::from_der(&der).is_ok());
    for len in 0..der.len() {
        let error = Crl::from_der(&der[..len]).unwrap_err();
        assert!(error.offset as usize <= len);
    }
    let mut longer = der.clone();
    longer.push(0);
    assert_eq!(Crl::from_der(&longer).unwrap_err().kind, ErrorKind::TrailingData);
}

#[test]
fn refuses_what_breaks_section_5() {
    assert_eq!(read(&issuing()), None);
    assert_eq!(read(&issuing().version(0)), Some(ErrorKind::MalformedCrl));
    assert_eq!(read(&issuing().version(2)), Some(ErrorKind::MalformedCrl));
    assert_eq!(read(&issuing().issuer(Name::new())), Some(ErrorKind::EmptyIssuer));
    let before = DEFAULT_THIS_UPDATE - 1;
    assert_eq!(read(&issuing().next_update(before)), Some(ErrorKind::MalformedCrl));
    assert_eq!(read(&issuing().next_update(DEFAULT_THIS_UPDATE)), None);
    assert_eq!(read(&issuing().v1()), None);
    let in_version_1 = issuing().v1().number(1);
    assert_eq!(read(&in_version_1), Some(ErrorKind::FieldsBeyondVersion));
    let leaf = Pki::new().alice().build();
    assert_eq!(read(&issuing().v1().revoke(&leaf)), None);
    assert_eq!(read(&issuing().v1().revoke_for(&leaf, 1)), Some(ErrorKind::FieldsBeyondVersion));
    let invalidity = extension(oid::INVALIDITY_DATE, false, &der::generalized_time(NOW));
    let dated = issuing().v1().entry(&leaf, [invalidity.clone()]);
    assert_eq!(read(&dated), Some(ErrorKind::FieldsBeyondVersion));
    assert_eq!(read(&issuing().entry(&leaf, [invalidity])), None);
    // An empty list is not written.
    assert_eq!(read(&issuing().entries_raw(vec![0x30, 0])), Some(ErrorKind::Truncated));
    let tbs_algorithm_differs = issuing().build();
    let at = tbs_algorithm_differs.windows(3).position(|bytes| bytes == [4, 3, 2]).unwrap();
    let mut der = tbs_algorithm_differs;
    der[at + 2] = 3;
    assert_eq!(Crl::from_der(&der).unwrap_err().kind, ErrorKind::SignatureAlgorithmMismatch);
}

#[test]
fn refuses_malformed_numbers_and_reasons() {
    let number = |value: &[u8]| read(&issuing().extension(oid::CRL_NUMBER, false, value));
    assert_eq!(number(&der::unsigned(&[0x7f; 20])), None);
    assert_eq!(number(&der::unsigned(&[0xff; 20])), None);
    assert_eq!(number(&der::unsigned(&[0x7f; 21])), Some(ErrorKind::MalformedCrl));
    assert_eq!(number(&[2, 1, 0x80]), Some(ErrorKind::MalformedCrl));
    assert_eq!(number(&[2, 2, 0, 1]), Some(ErrorKind::InvalidInteger));
    assert_eq!(number(&[2, 1, 1, 0]), Some(ErrorKind::TrailingData));
    let leaf = Pki::new().alice().build();
    for reason in 0..=12 {
        let known = matches!(reason, 0..=6 | 8..=10);
        let wanted = (!known).then_some(ErrorKind::MalformedCrl);
        assert_eq!(read(&issuing().revoke_for(&leaf, reason)), wanted, "{reason}");
        // In the general form.
        let critical = extension(oid::REASON_CODE, true, &[0x0a, 1, reason]);
        assert_eq!(read(&issuing().entry(&leaf, [critical])), wanted, "{reason}");
    }
    let long = extension(oid::REASON_CODE, false, &[0x0a, 2, 0, 1]);
    assert_eq!(read(&issuing().entry(&leaf, [long])), Some(ErrorKind::MalformedCrl));
}

#[test]
fn refuses_malformed_entries_plain_or_not() {
    let date = der::utc_time(NOW);
    let entry = |fields: &[&[u8]]| read(&issuing().entries_raw(der::sequence(fields)));
    assert_eq!(entry(&[&[2, 1, 1], &date]), None);
    assert_eq!(entry(&[&[2, 2, 0, 1], &date]), Some(ErrorKind::InvalidInteger));
    assert_eq!(entry(&[&[2, 0], &date]), Some(ErrorKind::InvalidInteger));
    assert_eq!(entry(&[&[2, 1, 1], b"\x17\x0d261301000000Z"]), Some(ErrorKind::InvalidTime));
    assert_eq!(entry(&[&[2, 1, 1], b"\x17\x0b2613010000Z"]), Some(ErrorKind::InvalidTime));
    assert_eq!(entry(&[&[2, 1, 1]]), Some(ErrorKind::Truncated));
    assert_eq!(entry(&[&[2, 1, 1], &date, &[5, 0]]), Some(ErrorKind::TrailingData));
    assert_eq!(entry(&[&[2, 1, 1], &date, &[0x30, 0]]), Some(ErrorKind::EmptySequence));
    // The contents of a serial number reach beyond the entry.
    assert_eq!(entry(&[&[2, 40, 1], &date]), Some(ErrorKind::Truncated));
}

#[test]
fn refuses_unknown_critical_extensions_of_list_and_entry() {
    let leaf = Pki::new().alice().build();
    for (critical, wanted) in [(false, None), (true, Some(ErrorKind::UnknownCriticalCrlExtension))] {
        assert_eq!(read(&issuing().extension("1.2.3", critical, &[5, 0])), wanted);
        // freshestCRL and issuerAltName mean nothing to what is asked here.
        assert_eq!(read(&issuing().extension(oid::FRESHEST_CRL, critical, &[0x30, 0])), wanted);
        assert_eq!(read(&issuing().entry(&leaf, [extension("1.2.3", critical, &[5, 0])])), wanted);
    }
    let twice = issuing().entry(&leaf, [reason_code(1), reason_code(1)]);
    assert_eq!(read(&twice), Some(ErrorKind::DuplicateExtension));
}

#[test]
fn an_unknown_critical_extension_at_the_end_is_found_before_the_entries_are_read() {
    // What is no entry would be the first error.
    let crl = issuing().entries_raw(vec![5, 0]).extension("1.2.3", true, &[5, 0]);
    assert_eq!(read(&crl), Some(ErrorKind::UnknownCriticalCrlExtension));
}

#[test]
fn refuses_malformed_scopes() {
    let scope = |fields: Vec<Vec<u8>>| read(&issuing().issuing_distribution_point(fields));
    let names = [general_name::uri("http://a.example/crl")];
    assert_eq!(scope(vec![]), Some(ErrorKind::EmptySequence));
    assert_eq!(scope(vec![full_name(&names), flag(1)]), None);
    for two in [[1, 2], [1, 5], [2, 5]] {
        assert_eq!(scope(two.map(flag).to_vec()), Some(ErrorKind::MalformedCrl), "{two:?}");
    }
    assert_eq!(scope(vec![der::context_primitive(1, &[0])]), Some(ErrorKind::EncodedDefault));
    assert_eq!(scope(vec![der::context_primitive(1, &[1])]), Some(ErrorKind::InvalidBoolean));
    assert_eq!(scope(vec![reasons(3, 0)]), Some(ErrorKind::InvalidBitString));
    assert_eq!(scope(vec![reasons(3, 1)]), Some(ErrorKind::InvalidBitString));
    assert_eq!(scope(vec![full_name(&[])]), Some(ErrorKind::EmptySequence));
    assert_eq!(scope(vec![relative_name(&[])]), Some(ErrorKind::EmptySequence));
    assert_eq!(scope(vec![der::context(0, &[5, 0])]), Some(ErrorKind::UnexpectedTag));
    assert_eq!(scope(vec![flag(4), flag(1)]), Some(ErrorKind::TrailingData));
    // Only an indirect CRL speaks of other issuers' certificates.
    let other = certificate_issuer(&[general_name::directory(&Name::from("Other"))]);
    let leaf = Pki::new().alice().build();
    assert_eq!(read(&issuing().entry(&leaf, [other.clone()])), Some(ErrorKind::MalformedCrl));
    let indirect = issuing().issuing_distribution_point([flag(4)]);
    assert_eq!(read(&indirect.clone().entry(&leaf, [other])), None);
    let nobody = certificate_issuer(&[]);
    assert_eq!(read(&indirect.entry(&leaf, [nobody])), Some(ErrorKind::EmptySequence));
}

// -- whose word counts --

/// Why the CRL is not verified.
fn verified(setup: &Setup, crl: &CrlBuilder) -> Option<ErrorKind> {
    let der = crl.build();
    setup.verifier(|verifier, presented| {
        let crl = Crl::from_der(&der).unwrap();
        let time = UnixTime(setup.time);
        crl.verify(verifier, presented, time, &mut Workspace::new()).err().map(|error| error.kind)
    })
}

#[test]
fn is_signed_by_an_anchor_or_by_a_certificate_with_a_path_to_one() {
    let pki = Pki::new();
    let setup = pki.setup();
    assert_eq!(verified(&setup, &pki.root.crl()), None);
    assert_eq!(verified(&setup, &pki.issuing.crl()), None);
    // Without the key identifier, the name alone leads to the issuer.
    let anonymous = pki.issuing.crl().without(oid::AUTHORITY_KEY_IDENTIFIER);
    assert_eq!(verified(&setup, &anonymous), None);
    assert_eq!(verified(&Setup::new(&[&pki.root]), &pki.issuing.crl()), Some(ErrorKind::UnknownCrlIssuer));
    let forged = pki.issuing.crl().signed_by(&Key::p256(9));
    assert_eq!(verified(&setup, &forged), Some(ErrorKind::BadSignature));
    let of_another_kind = pki.issuing.crl().signed_by(&Key::rsa(2048));
    assert_eq!(verified(&setup, &of_another_kind), Some(ErrorKind::KeyAlgorithmMismatch));
    let stranger = Authority::root("Issuing", Key::p256(9));
    let namesake = setup.clone().with(|setup| setup.presented.push(stranger.certificate_der().to_vec()));
    assert_eq!(verified(&namesake, &stranger.crl()), Some(ErrorKind::BadSignature));
}

#[test]
fn a_weak_signature_does_not_count() {
    let root = Authority::root("Root", Key::rsa(2048));
    let crl = root.crl();
    let setup = Setup::new(&[&root]);
    assert_eq!(verified(&setup, &crl), None);
    let sha1 = crl.scheme(SignatureScheme::Pkcs1(Hash::Sha1));
    assert_eq!(verified(&setup, &sha1), Some(ErrorKind::Sha1Signature));
    let strict = setup.with(|setup| setup.options.strength.min_rsa_bits = 3072);
    assert_eq!(verified(&strict, &root.crl()), Some(ErrorKind::RsaModulusTooShort));
}

#[test]
fn crl_sign_is_required_where_key_usage_is_present() {
    let pki = Pki::new();
    let with_usage = |usage: Option<u16>| {
        let issuing = pki.root.issue_ca("Issuing", Key::p256(2));
        let issuing = match usage {
            Some(usage) => issuing.key_usage(usage),
            None => issuing.without(oid::KEY_USAGE),
        };
        let setup = pki.setup().with(|setup| setup.presented = vec![issuing.build()]);
        verified(&setup, &pki.issuing.crl())
    };
    assert_eq!(with_usage(None), None);
    assert_eq!(with_usage(Some(key_usage::CRL_SIGN)), None);
    assert_eq!(with_usage(Some(key_usage::KEY_CERT_SIGN)), Some(ErrorKind::MissingCrlSign));
    // So it is for an anchor whose certificate says so.
    let root =
        Authority::root_builder("Root", Key::p256(1)).key_usage(key_usage::KEY_CERT_SIGN).build_authority();
    assert_eq!(verified(&Setup::new(&[&root]), &root.crl()), Some(ErrorKind::MissingCrlSign));
}

#[test]
fn the_signer_needs_no_purpose_but_a_good_path() {
    let pki = Pki::new();
    let strict =
        |setup: &mut Setup| setup.options = PathOptions { purpose: Purpose::ClientAuth, ..setup.options };
    let signer = |change: fn(CertificateBuilder) -> CertificateBuilder| {
        let builder =
            pki.root.issue(Key::p256(5)).subject(Name::from("Issuing")).key_usage(key_usage::CRL_SIGN);
        let signer = change(builder).build_authority();
        let setup = Setup::new(&[&pki.root]).presenting(&[&signer]).with(strict);
        verified(&setup, &signer.crl())
    };
    assert_eq!(signer(|builder| builder.without(oid::EXTENDED_KEY_USAGE)), None);
    assert_eq!(signer(|builder| builder.extended_key_usage(&[oid::OCSP_SIGNING])), None);
    assert_eq!(signer(|builder| builder.validity(0, 1)), Some(ErrorKind::Expired));
    assert_eq!(signer(|builder| builder.v1()), Some(ErrorKind::Version1));
    let unknown = |builder: CertificateBuilder| builder.extension("1.2.3", true, &[5, 0]);
    assert_eq!(signer(unknown), Some(ErrorKind::UnknownCriticalExtension));
}

#[test]
fn what_an_issuer_revoked_before_it_expired_is_revoked() {
    let pki = Pki::new();
    let leaf = pki.alice().build();
    let other_key =
        |until| pki.root.issue_ca("Issuing", Key::p256(41)).validity(100, until).build_authority();
    let judge = |until, revoke: bool, age| {
        let issuer = other_key(until);
        let crl = issuer.crl().this_update(NOW - age);
        let crl = if revoke { crl.revoke(&leaf) } else { crl };
        let setup = pki.setup().presenting(&[&pki.issuing, &issuer]);
        (verified(&setup, &crl), judge(&setup, &leaf, &[&crl], LEAF))
    };
    for until in [NOW - 1, NOW] {
        assert_eq!(judge(until, true, 1), (None, REVOKED), "{until}");
    }
    assert_eq!(judge(NOW, false, 1), (None, Ok(())));
    assert_eq!(judge(NOW - 1, false, 1), (None, refused(ErrorKind::CrlExpired, 0)));
    // Neither after its end nor before its beginning could it say anything.
    let (expired, early) = (other_key(NOW - 2), other_key(NOW - 2));
    let setup = pki.setup().presenting(&[&pki.issuing, &expired]);
    assert_eq!(verified(&setup, &expired.crl().this_update(NOW - 1)), Some(ErrorKind::Expired));
    assert_eq!(verified(&setup, &early.crl().this_update(99)), Some(ErrorKind::Expired));
    let forged = expired.crl().this_update(NOW - 3).signed_by(&Key::p256(9));
    assert_eq!(verified(&setup, &forged), Some(ErrorKind::BadSignature));
}

#[test]
fn an_anchor_that_has_expired_says_nothing_good_where_its_dates_count() {
    let root = Authority::root_builder("Root", Key::p256(1)).validity(100, NOW - 1).build_authority();
    let der = root.crl().this_update(NOW - 10).build();
    let with = |check, time| {
        let setup = Setup::new(&[&root]).with(|setup| setup.options.check_anchor_validity = check);
        setup.verifier(|verifier, presented| {
            let (time, mut workspace) = (UnixTime(time), Workspace::new());
            let crl = Crl::from_der(&der).unwrap().verify(verifier, presented, time, &mut workspace).unwrap();
            (
                crl.valid_until(time, &LEAF).is_ok(),
                crl.is_trusted_by(verifier, presented, time, &mut workspace),
            )
        })
    };
    assert_eq!(with(true, NOW - 1), (true, true));
    assert_eq!(with(true, NOW), (false, false));
    // RFC 5280 6.1: else an anchor is a name and a key.
    assert_eq!(with(false, NOW), (true, true));
}

#[test]
fn forged_issuers_cost_a_bounded_number_of_signatures() {
    let pki = Pki::new();
    let setup = pki.setup().with(|setup| {
        // All have the name and good paths, none the key.
        setup.presented =
            (10..40).map(|seed| pki.root.issue_ca("Issuing", Key::p256(seed)).build()).collect();
    });
    let crl = pki.issuing.crl().without(oid::AUTHORITY_KEY_IDENTIFIER);
    assert_eq!(verified(&setup, &crl), Some(ErrorKind::SignatureBudgetExhausted));
}

#[test]
fn another_root_by_the_same_name_says_nothing() {
    let (ours, theirs) = (Authority::root("Root", Key::p256(1)), Authority::root("Root", Key::p256(9)));
    let leaf = ours.issue(Key::p256(3)).common_name("alice").build();
    let setup = Setup::new(&[&ours, &theirs]);
    assert_eq!(judge(&setup, &leaf, &[&theirs.crl()], LEAF), UNDETERMINED);
    assert_eq!(judge(&setup, &leaf, &[&theirs.crl().revoke(&leaf)], LEAF), UNDETERMINED);
    assert_eq!(judge(&setup, &leaf, &[&ours.crl()], LEAF), Ok(()));
}

#[test]
fn a_namesake_elsewhere_below_the_same_root_says_nothing() {
    let pki = Pki::new();
    let evil = pki.root.issue_ca("Evil", Key::p256(8)).build_authority();
    let namesake = evil.issue_ca("Issuing", Key::p256(9)).build_authority();
    let setup = pki.setup().presenting(&[&pki.issuing, &evil, &namesake]);
    let leaf = pki.alice().build();
    assert_eq!(verified(&setup, &namesake.crl()), None, "it is a good CRL of somebody else");
    assert_eq!(judge(&setup, &leaf, &[&namesake.crl()], LEAF), UNDETERMINED);
    assert_eq!(judge(&setup, &leaf, &[&namesake.crl().revoke(&leaf)], LEAF), UNDETERMINED);
}

#[test]
fn a_ca_may_sign_with_another_key_of_its_own() {
    let pki = Pki::new();
    let leaf = pki.alice().build();
    // From the same issuer under the same name; and certified by itself.
    let separate = pki.root.issue(Key::p256(9)).subject(Name::from("Issuing")).key_usage(key_usage::CRL_SIGN);
    let separate = separate.without(oid::EXTENDED_KEY_USAGE).build_authority();
    let rolled_over = pki.issuing.issue_ca("Issuing", Key::p256(10)).build_authority();
    for signer in [&separate, &rolled_over] {
        let setup = pki.setup().presenting(&[&pki.issuing, signer]);
        assert_eq!(judge(&setup, &leaf, &[&signer.crl()], LEAF), Ok(()));
        assert_eq!(judge(&setup, &leaf, &[&signer.crl().revoke(&leaf)], LEAF), REVOKED);
    }
}

#[test]
fn the_key_that_signed_the_certificate_is_believed_below_any_anchor() {
    // The issuing CA is certified by two roots; the CRL was verified below the other.
    let pki = Pki::new();
    let other = Authority::root("Other", Key::p256(8));
    let cross = other.cross_certify(&pki.issuing).build();
    let leaf = pki.alice().build();
    let crl = pki.issuing.crl().revoke(&leaf).build();
    let setup = Setup::new(&[&other]).with(|setup| setup.presented = vec![cross.clone()]);
    let below_other = Setup::new(&[&pki.root]).presenting(&[&pki.issuing]);
    setup.verifier(|verifier, presented| {
        let crl = Crl::from_der(&crl).unwrap();
        let crl = crl.verify(verifier, presented, UnixTime(NOW), &mut Workspace::new()).unwrap();
        below_other.verifier(|verifier, presented| {
            let crls = [crl.clone()];
            let options = RevocationOptions { accept_undetermined: true, ..RevocationOptions::default() };
            let revocation =
                cba_core::revocation::Revocation { crls: &crls, ocsp: &[], nonce: None, options };
            let verifier = cba_core::path::Verifier { status: Some(&revocation), ..*verifier };
            let leaf = cba_core::Certificate::from_der(&leaf).unwrap();
            let verdict = verifier.verify(&leaf, presented, UnixTime(NOW), &mut Workspace::new());
            assert_eq!(verdict.unwrap_err().kind, ErrorKind::Revoked);
        });
    });
}

// -- what it says --

#[test]
fn the_leaf_is_good_revoked_or_unknown() {
    let pki = Pki::new();
    let leaf = pki.alice().build();
    let other = pki.alice().serial(1).build();
    assert_eq!(alice(&[&pki.issuing.crl()]), Ok(()));
    assert_eq!(alice(&[&pki.issuing.crl().revoke(&other)]), Ok(()));
    assert_eq!(alice(&[&pki.issuing.crl().revoke(&other).revoke(&leaf)]), REVOKED);
    for reason in [0, 1, 2, 3, 4, 5, 6, 9, 10] {
        assert_eq!(alice(&[&pki.issuing.crl().revoke_for(&leaf, reason)]), REVOKED, "{reason}");
    }
    assert_eq!(alice(&[]), UNDETERMINED);
    assert_eq!(alice(&[&pki.root.crl()]), UNDETERMINED);
}

#[test]
fn the_gravest_of_two_entries_counts() {
    let pki = Pki::new();
    let leaf = pki.alice().build();
    let both = pki.issuing.crl().number(1).revoke_for(&leaf, 6).revoke_for(&leaf, 1);
    // On hold it would have been released.
    assert_eq!(alice(&[&both, &pki.issuing.crl().number(2)]), REVOKED);
    let held = pki.issuing.crl().number(1).revoke_for(&leaf, 6);
    assert_eq!(alice(&[&held, &pki.issuing.crl().number(2)]), Ok(()));
}

#[test]
fn every_certificate_of_the_chain_is_asked_unless_the_leaf_alone_is() {
    let pki = Pki::new();
    let (setup, leaf) = (pki.setup(), pki.alice().build());
    let chain = RevocationOptions::default();
    assert_eq!(judge(&setup, &leaf, &[&pki.issuing.crl()], chain), refused(ErrorKind::StatusUndetermined, 1));
    assert_eq!(judge(&setup, &leaf, &[&pki.root.crl()], chain), UNDETERMINED);
    assert_eq!(judge(&setup, &leaf, &[&pki.root.crl(), &pki.issuing.crl()], chain), Ok(()));
    let revoked = pki.root.crl().revoke(pki.issuing.certificate_der());
    assert_eq!(judge(&setup, &leaf, &[&revoked, &pki.issuing.crl()], chain), refused(ErrorKind::Revoked, 1));
    assert_eq!(judge(&setup, &leaf, &[&revoked, &pki.issuing.crl()], LEAF), Ok(()));
    // What is known goes before what is not.
    assert_eq!(judge(&setup, &leaf, &[&revoked], chain), refused(ErrorKind::Revoked, 1));
}

#[test]
fn undetermined_is_accepted_by_name_and_revoked_never() {
    let pki = Pki::new();
    let (setup, leaf) = (pki.setup(), pki.alice().build());
    let options = RevocationOptions { accept_undetermined: true, ..RevocationOptions::default() };
    assert_eq!(judge(&setup, &leaf, &[], options), Ok(()));
    assert_eq!(judge(&setup, &leaf, &[&pki.issuing.crl().revoke(&leaf)], options), REVOKED);
    let stale = pki.issuing.crl().this_update(1).next_update(2).revoke(&leaf);
    assert_eq!(judge(&setup, &leaf, &[&stale], options), REVOKED);
    assert_eq!(judge(&setup, &leaf, &[&stale, &pki.issuing.crl()], options), REVOKED);
    let version_1 = pki.issuing.crl().v1().revoke(&leaf);
    assert_eq!(judge(&setup, &leaf, &[&version_1], options), REVOKED);
}

#[test]
fn a_revoked_leaf_is_not_saved_by_another_path() {
    let pki = Pki::new();
    let other = Authority::root("Other", Key::p256(8));
    let cross = other.cross_certify(&pki.issuing).build();
    let leaf = pki.alice().build();
    let setup = Setup::new(&[&pki.root, &other]).with(|setup| {
        setup.presented = vec![pki.issuing.certificate_der().to_vec(), cross];
    });
    let options = RevocationOptions { accept_undetermined: true, ..RevocationOptions::default() };
    assert_eq!(judge(&setup, &leaf, &[&pki.issuing.crl().revoke(&leaf)], options), REVOKED);
    // A revoked CA may be: the other root has not revoked it.
    let revoked = pki.root.crl().revoke(pki.issuing.certificate_der());
    assert_eq!(judge(&setup, &leaf, &[&revoked], options), Ok(()));
}

// -- dates --

#[test]
fn both_ends_of_the_dates_belong_to_them() {
    let crl = |this: i64, next: i64| alice(&[&issuing().this_update(NOW + this).next_update(NOW + next)]);
    assert_eq!(crl(0, 0), Ok(()));
    assert_eq!(crl(-1, 0), Ok(()));
    assert_eq!(crl(-2, -1), refused(ErrorKind::CrlExpired, 0));
    assert_eq!(crl(1, 2), refused(ErrorKind::CrlNotYetValid, 0));
}

#[test]
fn the_clock_skew_widens_them() {
    let pki = Pki::new();
    let crl = |this: i64, next: i64| {
        let crl = pki.issuing.crl().this_update(NOW + this).next_update(NOW + next);
        judge(&pki.setup(), &pki.alice().build(), &[&crl], RevocationOptions { clock_skew: 60, ..LEAF })
    };
    assert_eq!(crl(60, 61), Ok(()));
    assert_eq!(crl(61, 62), refused(ErrorKind::CrlNotYetValid, 0));
    assert_eq!(crl(-62, -60), Ok(()));
    assert_eq!(crl(-62, -61), refused(ErrorKind::CrlExpired, 0));
}

#[test]
fn a_greatest_age_is_counted_from_this_update_and_stands_in_for_next_update() {
    let pki = Pki::new();
    let judge = |crl: CrlBuilder, max_age| {
        judge(&pki.setup(), &pki.alice().build(), &[&crl], RevocationOptions { max_age, ..LEAF })
    };
    let crl = |age: i64| pki.issuing.crl().this_update(NOW - age);
    assert_eq!(judge(crl(100), Some(100)), Ok(()));
    assert_eq!(judge(crl(101), Some(100)), refused(ErrorKind::CrlTooOld, 0));
    assert_eq!(judge(crl(100).without_next_update(), Some(100)), Ok(()));
    assert_eq!(judge(crl(101).without_next_update(), Some(100)), refused(ErrorKind::CrlTooOld, 0));
    assert_eq!(judge(crl(0).without_next_update(), None), refused(ErrorKind::CrlWithoutNextUpdate, 0));
    assert_eq!(judge(crl(10).next_update(NOW - 1), Some(100)), refused(ErrorKind::CrlExpired, 0));
}

#[test]
fn a_verdict_holds_no_longer_than_the_crls_it_rests_on() {
    let pki = Pki::new();
    let not_after = |crls: &[&CrlBuilder], options| {
        let crls = crls.iter().map(|crl| crl.build()).collect();
        let status = Some(Status { crls, options, ..Status::default() });
        let setup = pki.setup().with(|setup| setup.status = status);
        setup.run(&pki.alice().build(), &mut Workspace::new(), |path| path.unwrap().not_after().0)
    };
    let until = |seconds: i64| pki.issuing.crl().next_update(NOW + seconds);
    assert_eq!(not_after(&[&until(50)], LEAF), NOW + 50);
    // One that holds longer is enough.
    assert_eq!(not_after(&[&until(50), &until(90), &until(70)], LEAF), NOW + 90);
    assert_eq!(not_after(&[&until(50)], RevocationOptions { max_age: Some(20), ..LEAF }), NOW + 20);
    let chain = RevocationOptions::default();
    assert_eq!(not_after(&[&until(50), &pki.root.crl().next_update(NOW + 40)], chain), NOW + 40);
}

#[test]
fn version_1_crls_count_by_option_alone() {
    let pki = Pki::new();
    let crl = pki.issuing.crl().v1();
    assert_eq!(alice(&[&crl]), refused(ErrorKind::CrlVersion1, 0));
    let options = RevocationOptions { accept_version_1_crls: true, ..LEAF };
    assert_eq!(judge(&pki.setup(), &pki.alice().build(), &[&crl], options), Ok(()));
}

// -- scope --

fn points(points: &[Vec<u8>]) -> Vec<u8> {
    der::sequence(points)
}

/// The verdict on Alice with these distribution points, from one CRL of the issuing CA with this scope.
fn scoped(points_of_leaf: Option<&[Vec<u8>]>, scope: &[Vec<u8>]) -> Verdict {
    let pki = Pki::new();
    let mut leaf = pki.alice();
    if let Some(list) = points_of_leaf {
        leaf = leaf.extension(oid::CRL_DISTRIBUTION_POINTS, false, &points(list));
    }
    let crl = pki.issuing.crl().issuing_distribution_point(scope.to_vec());
    let leaf = leaf.build();
    let verdict = judge(&pki.setup(), &leaf, &[&crl], LEAF);
    // A CRL that says nothing of the certificate, does not revoke it either.
    let revoked = judge(&pki.setup(), &leaf, &[&crl.revoke(&leaf)], LEAF);
    assert_eq!(revoked == REVOKED, verdict == Ok(()));
    verdict
}

fn uri(text: &str) -> Vec<u8> {
    general_name::uri(text)
}

#[test]
fn names_of_distribution_points_must_meet() {
    let point = |names: &[Vec<u8>]| der::sequence([full_name(names)]);
    let (a, b) = (uri("http://a.example/crl"), uri("http://b.example/crl"));
    assert_eq!(scoped(Some(&[point(from_ref(&a))]), &[full_name(from_ref(&a))]), Ok(()));
    assert_eq!(scoped(Some(&[point(from_ref(&a))]), &[full_name(from_ref(&b))]), UNDETERMINED);
    assert_eq!(
        scoped(Some(&[point(&[b.clone(), a.clone()])]), &[full_name(&[uri("x:y"), a.clone()])]),
        Ok(())
    );
    assert_eq!(scoped(Some(&[point(&[b]), point(from_ref(&a))]), &[full_name(from_ref(&a))]), Ok(()));
    assert_eq!(scoped(None, &[full_name(&[a])]), UNDETERMINED);
    // The distribution point that every certificate has: the name of its issuer.
    let issuer = general_name::directory(&Name::from("Issuing"));
    assert_eq!(scoped(None, &[full_name(&[issuer])]), Ok(()));
    // The same text in another form is another name.
    let host = |name: fn(&str) -> Vec<u8>| [name("a.example")];
    let verdict = scoped(Some(&[point(&host(general_name::dns))]), &[full_name(&host(general_name::email))]);
    assert_eq!(verdict, UNDETERMINED);
}

#[test]
fn relative_names_are_relative_to_the_issuer() {
    let rdn = |text: &str| attribute(oid::COMMON_NAME, der::tag::UTF8_STRING, text.as_bytes());
    let relative = |text: &str| relative_name(&[rdn(text)]);
    let full = |text: &str| full_name(&[general_name::directory(&Name::from("Issuing").common_name(text))]);
    let point = |name: Vec<u8>| [der::sequence([name])];
    assert_eq!(scoped(Some(&point(relative("CRL 1"))), &[relative("crl  1")]), Ok(()));
    assert_eq!(scoped(Some(&point(relative("CRL 1"))), &[full("CRL 1")]), Ok(()));
    assert_eq!(scoped(Some(&point(full("CRL 1"))), &[relative("CRL 1")]), Ok(()));
    assert_eq!(scoped(Some(&point(relative("CRL 1"))), &[relative("CRL 2")]), UNDETERMINED);
    let issuer = full_name(&[general_name::directory(&Name::from("Issuing"))]);
    // By the distribution point that every certificate has.
    assert_eq!(scoped(Some(&point(relative("CRL 1"))), &[issuer]), Ok(()));
}

#[test]
fn a_crl_may_hold_one_kind_of_certificates() {
    assert_eq!(scoped(None, &[flag(1)]), Ok(()));
    assert_eq!(scoped(None, &[flag(2)]), UNDETERMINED);
    assert_eq!(scoped(None, &[flag(5)]), UNDETERMINED);
    let pki = Pki::new();
    let leaf = pki.alice().build();
    let of = |number: u8| {
        let crl = pki.root.crl().issuing_distribution_point([flag(number)]);
        judge(&pki.setup(), &leaf, &[&crl, &pki.issuing.crl()], RevocationOptions::default())
    };
    assert_eq!(of(1), refused(ErrorKind::StatusUndetermined, 1));
    assert_eq!(of(2), Ok(()));
    assert_eq!(of(5), refused(ErrorKind::StatusUndetermined, 1));
}

#[test]
fn reasons_add_up() {
    let pki = Pki::new();
    let leaf = pki.alice().build();
    let some = |bits: u16| pki.issuing.crl().issuing_distribution_point([reasons(3, bits)]);
    let (first, second) = (0b0_0001_1110, 0b1_1110_0000);
    assert_eq!(alice(&[&some(first)]), UNDETERMINED);
    assert_eq!(alice(&[&some(second)]), UNDETERMINED);
    assert_eq!(alice(&[&some(first), &some(second)]), Ok(()));
    assert_eq!(alice(&[&some(first), &some(second).revoke(&leaf)]), REVOKED);
    assert_eq!(alice(&[&some(first).revoke(&leaf)]), REVOKED);
    // A reason is missing.
    assert_eq!(alice(&[&some(first), &some(second & !(1 << 8))]), UNDETERMINED);
    let stale = some(second).this_update(1).next_update(2);
    assert_eq!(alice(&[&some(first), &stale]), refused(ErrorKind::CrlExpired, 0));
    // The reasons of the distribution point bound those of the CRL.
    let names = [uri("http://a.example/crl")];
    let point = |bits: u16| der::sequence([full_name(&names), reasons(1, bits)]);
    let scope = [full_name(&names)];
    assert_eq!(scoped(Some(&[point(first), point(second)]), &scope), Ok(()));
    let pki = Pki::new();
    let leaf = pki.alice().extension(oid::CRL_DISTRIBUTION_POINTS, false, &points(&[point(first)])).build();
    let crl = pki.issuing.crl().issuing_distribution_point(scope);
    assert_eq!(judge(&pki.setup(), &leaf, &[&crl], LEAF), UNDETERMINED);
}

#[test]
fn distribution_points_are_well_formed_or_refused() {
    let pki = Pki::new();
    let with = |oid, critical, value: &[u8]| {
        let leaf = pki.alice().extension(oid, critical, value).build();
        judge(&pki.setup(), &leaf, &[&pki.issuing.crl()], LEAF)
    };
    for oid in [oid::CRL_DISTRIBUTION_POINTS, oid::FRESHEST_CRL] {
        let good = points(&[der::sequence([full_name(&[uri("http://a.example/crl")])])]);
        for critical in [false, true] {
            assert_eq!(with(oid, critical, &good), Ok(()));
            assert_eq!(with(oid, critical, &[0x30, 0]), refused(ErrorKind::EmptySequence, 0));
            let nothing = points(&[der::sequence([reasons(1, 2)])]);
            assert_eq!(with(oid, critical, &nothing), refused(ErrorKind::MalformedExtension, 0));
            assert_eq!(with(oid, critical, &points(&[vec![5, 0]])), refused(ErrorKind::UnexpectedTag, 0));
        }
        // Unless revocation is processed, a critical one is not.
        let verdict = pki.setup().verify(&pki.alice().extension(oid, true, &good).build());
        assert_eq!(verdict, refused(ErrorKind::UnknownCriticalExtension, 0));
    }
}

#[test]
fn comparisons_of_distribution_points_are_bounded() {
    let pki = Pki::new();
    let names: Vec<_> = (0..300).map(|n| uri(&format!("http://a.example/{n}"))).collect();
    let others: Vec<_> = (0..300).map(|n| uri(&format!("http://b.example/{n}"))).collect();
    let list = points(&[der::sequence([full_name(&names)])]);
    let leaf = pki.alice().extension(oid::CRL_DISTRIBUTION_POINTS, false, &list).build();
    let crl = pki.issuing.crl().issuing_distribution_point([full_name(&others)]);
    assert_eq!(judge(&pki.setup(), &leaf, &[&crl], LEAF), refused(ErrorKind::StatusBudgetExhausted, 0));
    // Also where no name has to be compared.
    let point = der::sequence([crl_issuer(&[general_name::directory(&Name::from("CRLs"))])]);
    let leaf = pki.alice().extension(oid::CRL_DISTRIBUTION_POINTS, false, &points(&vec![point; 300])).build();
    let crl = pki.issuing.crl();
    let verdict = |count: usize| judge(&pki.setup(), &leaf, &vec![&crl; count], LEAF);
    assert_eq!(verdict(200), Ok(()));
    assert_eq!(verdict(300), refused(ErrorKind::StatusBudgetExhausted, 0));
}

// -- indirect CRLs --

/// The root, the issuing CA, and somebody who signs CRLs for it.
struct Indirect {
    pki: Pki,
    signer: Authority,
    setup: Setup,
}

impl Indirect {
    fn new() -> Self {
        let pki = Pki::new();
        let signer = pki.root.issue(Key::p256(9)).subject(Name::from("CRLs")).key_usage(key_usage::CRL_SIGN);
        let signer = signer.without(oid::EXTENDED_KEY_USAGE).build_authority();
        let setup = pki.setup().presenting(&[&pki.issuing, &signer]);
        Self { pki, signer, setup }
    }

    fn leaf(&self) -> Vec<u8> {
        let point = der::sequence([crl_issuer(&[general_name::directory(&Name::from("CRLs"))])]);
        self.pki.alice().extension(oid::CRL_DISTRIBUTION_POINTS, true, &points(&[point])).build()
    }

    fn crl(&self) -> CrlBuilder {
        self.signer.crl().issuing_distribution_point([flag(4)])
    }

    fn judge(&self, crl: &CrlBuilder) -> Verdict {
        judge(&self.setup, &self.leaf(), &[crl], LEAF)
    }
}

fn issued_by(name: &str) -> Vec<u8> {
    certificate_issuer(&[general_name::directory(&Name::from(name))])
}

#[test]
fn an_indirect_crl_speaks_of_the_certificates_of_others() {
    let pki = Indirect::new();
    let leaf = pki.leaf();
    assert_eq!(pki.judge(&pki.crl()), Ok(()));
    assert_eq!(pki.judge(&pki.crl().entry(&leaf, [issued_by("Issuing")])), REVOKED);
    // The same serial number of another issuer, named or not.
    assert_eq!(pki.judge(&pki.crl().entry(&leaf, [issued_by("Other")])), Ok(()));
    assert_eq!(pki.judge(&pki.crl().revoke(&leaf)), Ok(()));
    // Carried forward, until another is named.
    let stranger = pki.pki.alice().serial(1).build();
    let carried = pki.crl().entry(&stranger, [issued_by("Issuing")]).revoke(&leaf);
    assert_eq!(pki.judge(&carried), REVOKED);
    let changed = pki.crl().entry(&stranger, [issued_by("Issuing")]).entry(&stranger, [issued_by("Other")]);
    assert_eq!(pki.judge(&changed.revoke(&leaf)), Ok(()));
}

#[test]
fn an_indirect_crl_must_say_so_and_be_asked_for() {
    let pki = Indirect::new();
    assert_eq!(pki.judge(&pki.signer.crl()), UNDETERMINED);
    assert_eq!(judge(&pki.setup, &pki.pki.alice().build(), &[&pki.crl()], LEAF), UNDETERMINED);
    // Of another anchor.
    let other = Authority::root("CRLs", Key::p256(11));
    let setup = pki.setup.clone().with(|setup| setup.roots.push(other.certificate_der().to_vec()));
    let crl = other.crl().issuing_distribution_point([flag(4)]);
    assert_eq!(judge(&setup, &pki.leaf(), &[&crl], LEAF), UNDETERMINED);
}

#[test]
fn what_one_anchor_revokes_is_not_asked_of_another() {
    // Below the other anchor, nobody would hear the indirect CRL.
    let pki = Indirect::new();
    let leaf = pki.leaf();
    let other = Authority::root("Other", Key::p256(8));
    let cross = other.cross_certify(&pki.pki.issuing).build();
    let setup = pki.setup.clone().with(|setup| {
        setup.roots.push(other.certificate_der().to_vec());
        setup.presented.push(cross);
    });
    let options = RevocationOptions { accept_undetermined: true, ..LEAF };
    assert_eq!(judge(&setup, &leaf, &[&pki.crl()], options), Ok(()));
    assert_eq!(judge(&setup, &leaf, &[&pki.crl().entry(&leaf, [issued_by("Issuing")])], options), REVOKED);
}

// -- the issuers of CRLs --

#[test]
fn the_issuer_of_a_crl_must_be_good_itself() {
    let pki = Indirect::new();
    let (leaf, signer) = (pki.leaf(), pki.signer.certificate_der());
    let chain = RevocationOptions::default();
    let judge = |crls: &[&CrlBuilder], options| judge(&pki.setup, &leaf, crls, options);
    let root = pki.pki.root.crl();
    assert_eq!(judge(&[&pki.crl(), &root], chain), Ok(()));
    assert_eq!(judge(&[&pki.crl(), &root.clone().revoke(signer)], chain), UNDETERMINED);
    // What a revoked issuer says is not heard, good or bad.
    let revoked = pki.crl().entry(&leaf, [issued_by("Issuing")]);
    assert_eq!(judge(&[&revoked, &root], chain), REVOKED);
    let accept = RevocationOptions { accept_undetermined: true, ..chain };
    assert_eq!(judge(&[&revoked, &root.clone().revoke(signer)], accept), Ok(()));
    assert_eq!(judge(&[&revoked, &root], accept), REVOKED);
    // The CA's own CRL does.
    let own = pki.pki.issuing.crl();
    assert_eq!(judge(&[&pki.crl(), &own, &root.revoke(signer)], chain), Ok(()));
}

#[test]
fn an_issuer_of_unknown_status_says_nothing_good_and_its_revocations_count() {
    let pki = Indirect::new();
    let leaf = pki.leaf();
    let chain = RevocationOptions::default();
    let judge = |crls: &[&CrlBuilder]| judge(&pki.setup, &leaf, crls, chain);
    // The root's CRL, which would know of the signer, is not there.
    assert_eq!(judge(&[&pki.crl()]), UNDETERMINED);
    let revoked = pki.crl().entry(&leaf, [issued_by("Issuing")]);
    assert_eq!(judge(&[&revoked]), REVOKED);
    // A good word of the CA itself does not outvote it.
    assert_eq!(judge(&[&revoked, &pki.pki.issuing.crl()]), REVOKED);
    let held = pki.crl().number(1).entry(&leaf, [issued_by("Issuing"), reason_code(6)]);
    assert_eq!(judge(&[&held, &pki.crl().number(2)]), REVOKED);
    assert_eq!(judge(&[&held, &pki.crl().number(2), &pki.pki.root.crl()]), Ok(()));
}

#[test]
fn malformed_distribution_points_are_not_forgiven_as_undetermined() {
    let pki = Pki::new();
    let leaf = pki.alice().extension(oid::CRL_DISTRIBUTION_POINTS, false, &[0x30, 0]).build();
    let options = RevocationOptions { accept_undetermined: true, ..LEAF };
    for crls in [vec![pki.issuing.crl()], vec![pki.issuing.crl().revoke(&leaf)]] {
        let crls: Vec<_> = crls.iter().collect();
        assert_eq!(judge(&pki.setup(), &leaf, &crls, options), refused(ErrorKind::EmptySequence, 0));
    }
}

#[test]
fn an_issuer_whose_status_only_itself_knows_is_taken_at_its_word() {
    let pki = Pki::new();
    let leaf = pki.alice().build();
    let rolled_over = pki.issuing.issue_ca("Issuing", Key::p256(10)).build_authority();
    let setup = pki.setup().presenting(&[&pki.issuing, &rolled_over]);
    let chain = RevocationOptions::default();
    let verdict = judge(&setup, &leaf, &[&rolled_over.crl(), &pki.root.crl()], chain);
    assert_eq!(verdict, Ok(()));
    let revoked = rolled_over.crl().revoke(rolled_over.certificate_der());
    assert_eq!(judge(&setup, &leaf, &[&revoked, &pki.root.crl()], chain), UNDETERMINED);
}

// -- delta CRLs --

#[test]
fn a_delta_crl_brings_a_complete_one_up_to_date() {
    let pki = Pki::new();
    let leaf = pki.alice().build();
    let complete = pki.issuing.crl().number(5);
    let delta = pki.issuing.crl().number(7).delta(5);
    assert_eq!(alice(&[&complete, &delta]), Ok(()));
    assert_eq!(alice(&[&complete, &delta.clone().revoke(&leaf)]), REVOKED);
    assert_eq!(alice(&[&delta]), UNDETERMINED);
    assert_eq!(alice(&[&delta.clone().revoke(&leaf)]), REVOKED);
    // Together they are as fresh as the delta CRL.
    let stale = complete.clone().this_update(1).next_update(2);
    assert_eq!(alice(&[&stale]), refused(ErrorKind::CrlExpired, 0));
    assert_eq!(alice(&[&stale, &delta]), Ok(()));
    // Not if the complete one is older than the delta CRL's base, or of another scope.
    assert_eq!(alice(&[&stale.clone().number(4), &delta]), refused(ErrorKind::CrlExpired, 0));
    let elsewhere = delta.clone().issuing_distribution_point([flag(1)]);
    assert_eq!(alice(&[&stale, &elsewhere]), refused(ErrorKind::CrlExpired, 0));
    let expired = delta.this_update(1).next_update(2);
    assert_eq!(alice(&[&stale, &expired]), refused(ErrorKind::CrlExpired, 0));
    // A complete CRL that is fresh needs no delta CRL.
    assert_eq!(alice(&[&complete, &expired]), Ok(()));
}

#[test]
fn a_delta_crl_takes_a_certificate_off_the_list() {
    let pki = Pki::new();
    let leaf = pki.alice().build();
    let held = pki.issuing.crl().number(5).revoke_for(&leaf, 6);
    let removed = pki.issuing.crl().number(7).delta(5).revoke_for(&leaf, 8);
    assert_eq!(alice(&[&held]), REVOKED);
    assert_eq!(alice(&[&held, &removed]), Ok(()));
    assert_eq!(alice(&[&held, &pki.issuing.crl().number(7).delta(5)]), REVOKED);
    // Of an older base, from before the complete CRL, or no longer in force.
    assert_eq!(alice(&[&held.clone().number(4), &removed]), REVOKED);
    assert_eq!(alice(&[&held.clone().number(8), &removed]), REVOKED);
    // One that was issued together with the complete CRL could only say the same.
    assert_eq!(alice(&[&held.clone().number(7), &removed]), REVOKED);
    assert_eq!(alice(&[&held, &removed.clone().this_update(1).next_update(2)]), REVOKED);
    // In a complete CRL it says nothing good.
    assert_eq!(alice(&[&pki.issuing.crl().revoke_for(&leaf, 8)]), REVOKED);
}

#[test]
fn a_hold_ends_with_a_newer_crl_in_force_and_a_revocation_never() {
    let pki = Pki::new();
    let leaf = pki.alice().build();
    let held = pki.issuing.crl().number(5).revoke_for(&leaf, 6);
    let newer = pki.issuing.crl().number(6);
    assert_eq!(alice(&[&held, &newer]), Ok(()));
    assert_eq!(alice(&[&held, &newer.clone().revoke_for(&leaf, 6)]), REVOKED);
    assert_eq!(alice(&[&held, &newer.clone().number(5)]), REVOKED);
    assert_eq!(alice(&[&held, &newer.clone().this_update(1).next_update(2)]), REVOKED);
    assert_eq!(alice(&[&held, &newer.clone().issuing_distribution_point([flag(1)])]), REVOKED);
    assert_eq!(alice(&[&pki.issuing.crl().number(5).revoke_for(&leaf, 1), &newer]), REVOKED);
}

// -- replacement, index --

#[test]
fn an_older_crl_does_not_replace_a_newer_one() {
    let pki = Pki::new();
    // A new key of the CA, and a namesake below another anchor.
    let new_key = pki.root.issue_ca("Issuing", Key::p256(20)).build_authority();
    let elsewhere = Authority::root_builder("Elsewhere", Key::p256(21)).build_authority();
    let namesake = elsewhere.issue_ca("Issuing", Key::p256(22)).build_authority();
    // And one below another CA of the same anchor.
    let middle = pki.root.issue_ca("Middle", Key::p256(23)).build_authority();
    let below = middle.issue_ca("Issuing", Key::p256(24)).build_authority();
    let issuers = [&pki.issuing, &new_key, &namesake, &middle, &below];
    let setup = Setup::new(&[&pki.root, &elsewhere]).presenting(&issuers);
    let replace = |old: &[CrlBuilder], new: &[CrlBuilder]| {
        let build = |crls: &[CrlBuilder]| crls.iter().map(CrlBuilder::build).collect::<Vec<_>>();
        let (old, new) = (build(old), build(new));
        setup.verifier(|verifier, presented| {
            let verify = |der| {
                let crl = Crl::from_der(der).unwrap();
                crl.verify(verifier, presented, UnixTime(NOW), &mut Workspace::new()).unwrap()
            };
            let old: Vec<_> = old.iter().map(|der| verify(der)).collect();
            let new: Vec<_> = new.iter().map(|der| verify(der)).collect();
            let judge = |crl: &cba_core::revocation::VerifiedCrl<'_>| crl.require_successor(&new, &old);
            old.iter().try_for_each(judge).map_err(|error| error.kind)
        })
    };
    let replaces = |old: &CrlBuilder, new: &[CrlBuilder]| replace(std::slice::from_ref(old), new);
    let by = |issuer: &Authority, number: u64, age: i64| issuer.crl().number(number).this_update(NOW - age);
    let crl = |number: u64, age: i64| by(&pki.issuing, number, age);
    let back = Err(ErrorKind::CrlWentBack);
    let missing = Err(ErrorKind::CrlMissing);
    let old = crl(5, 10);
    assert_eq!(replaces(&old, &[crl(6, 9)]), Ok(()));
    assert_eq!(replaces(&old, &[crl(5, 10)]), Ok(()));
    assert_eq!(replaces(&old, &[crl(4, 9)]), back);
    assert_eq!(replaces(&old, &[crl(6, 11)]), back);
    assert_eq!(replaces(&crl(0x80, 10), &[crl(0x7f, 9)]), back);
    assert_eq!(replaces(&crl(0xff, 10), &[crl(0x100, 9)]), Ok(()));
    assert_eq!(replaces(&old, &[crl(5, 10).without(oid::CRL_NUMBER)]), back);
    assert_eq!(replaces(&crl(5, 10).without(oid::CRL_NUMBER), &[crl(1, 10)]), Ok(()));
    // One will do, wherever it stands.
    assert_eq!(replaces(&old, &[crl(4, 11), crl(6, 9)]), Ok(()));
    assert_eq!(replaces(&old, &[crl(6, 9), crl(4, 11)]), Ok(()));
    // Another list is no successor, and none is none.
    assert_eq!(replaces(&old, &[]), missing);
    assert_eq!(replaces(&old, &[by(&pki.root, 9, 1)]), missing);
    assert_eq!(replaces(&old, &[crl(6, 9).issuing_distribution_point([flag(1)])]), missing);
    assert_eq!(replaces(&old, &[crl(6, 9).delta(5)]), missing);
    assert_eq!(replaces(&old, &[by(&namesake, 9, 1)]), missing);
    assert_eq!(replaces(&old, &[by(&below, 9, 1)]), missing);
    // The CA's new key may take over, and does not hide that the list of the old one went back.
    assert_eq!(replaces(&old, &[by(&new_key, 6, 9)]), Ok(()));
    assert_eq!(replaces(&old, &[by(&new_key, 4, 9)]), back);
    assert_eq!(replaces(&old, &[by(&new_key, 6, 9), crl(4, 11)]), back);
    // One that was there before has taken nothing over: each key may have a list of its own.
    let both = [crl(5, 10), by(&new_key, 6, 9)];
    assert_eq!(replace(&both, &[by(&new_key, 7, 8)]), missing);
    assert_eq!(replace(&both, &[crl(6, 9), by(&new_key, 7, 8)]), Ok(()));
    // A delta CRL may end in a complete one.
    let delta = crl(7, 5).delta(5);
    assert_eq!(replaces(&delta, &[crl(5, 10), crl(7, 5).delta(5)]), Ok(()));
    assert_eq!(replaces(&delta, &[crl(5, 10), crl(6, 5).delta(5)]), back);
    assert_eq!(replaces(&delta, &[crl(5, 10)]), missing);
    // One that fits no complete one is of no use.
    assert_eq!(replaces(&delta, &[crl(5, 10), crl(8, 4).delta(6)]), missing);
    assert_eq!(replaces(&delta, &[crl(6, 10), crl(8, 4).delta(6)]), Ok(()));
    assert_eq!(replaces(&delta, &[crl(8, 4).delta(6)]), missing);
    assert_eq!(replaces(&delta, &[crl(7, 5).delta(5)]), Ok(()));
    assert_eq!(replaces(&delta, &[crl(8, 4).delta(4)]), Ok(()));
    assert_eq!(replaces(&delta, &[crl(7, 5)]), Ok(()));
    assert_eq!(replaces(&delta, &[crl(7, 5), crl(6, 5).delta(5)]), Ok(()));
}

#[test]
fn a_crl_is_trusted_as_long_as_its_issuer_is() {
    let pki = Pki::new();
    let until = NOW + 5;
    let issuer = pki.root.issue_ca("Old", Key::p256(40)).validity(0, until).build_authority();
    let [of_old, of_issuing] =
        [&issuer, &pki.issuing].map(|issuer| issuer.crl().this_update(NOW - 1).build());
    let both = pki.setup().presenting(&[&pki.issuing, &issuer]);
    both.verifier(|verifier, presented| {
        let verify = |der| {
            let crl = Crl::from_der(der).unwrap();
            crl.verify(verifier, presented, UnixTime(NOW), &mut Workspace::new()).unwrap()
        };
        let is_trusted = |der, time, certificates| {
            verify(der).is_trusted_by(verifier, certificates, UnixTime(time), &mut Workspace::new())
        };
        assert!(is_trusted(&of_old, until, presented));
        assert!(!is_trusted(&of_old, until + 1, presented));
        assert!(is_trusted(&of_issuing, until + 1, presented));
        assert!(!is_trusted(&of_issuing, NOW, &presented[1..]));
        // What would take more signatures than there may be is not called untrusted.
        let limits = cba_core::limits::Limits { name_comparisons: 0, ..verifier.limits };
        let bounded = cba_core::path::Verifier { limits, ..*verifier };
        let time = UnixTime(NOW);
        assert!(verify(&of_old).is_trusted_by(&bounded, presented, time, &mut Workspace::new()));
    });
}

#[test]
fn the_index_needs_an_entry_of_memory_for_each_of_the_crl() {
    let pki = Pki::new();
    let mut crl = pki.issuing.crl();
    for serial in 1..=5 {
        crl = crl.revoke(&pki.alice().serial(serial).build());
    }
    let der = crl.build();
    pki.setup().verifier(|verifier, presented| {
        let crl = Crl::from_der(&der).unwrap();
        let crl = crl.verify(verifier, presented, UnixTime(NOW), &mut Workspace::new()).unwrap();
        for len in 0..7 {
            let mut memory = vec![IndexEntry::default(); len];
            let outcome = crl.clone().with_index(&mut memory, IndexKey([1; 16])).map(drop);
            let wanted = if len < 5 { Err(ErrorKind::CrlIndexTooSmall) } else { Ok(()) };
            assert_eq!(outcome.map_err(|error| error.kind), wanted);
        }
    });
}

#[test]
fn more_issuers_of_crls_than_can_be_relied_on_are_refused() {
    let pki = Pki::new();
    let leaf = pki.alice().build();
    let many: Vec<_> = (1..=100).map(|number| pki.issuing.crl().number(number)).collect();
    assert_eq!(judge(&pki.setup(), &leaf, &many.iter().collect::<Vec<_>>(), LEAF), Ok(()));
    let key = |seed: u64| pki.issuing.issue_ca("Issuing", Key::p256(100 + seed)).build_authority();
    let keys: Vec<_> = (0..33).map(key).collect();
    let crls: Vec<_> = keys.iter().map(Authority::crl).collect();
    let crls: Vec<_> = crls.iter().collect();
    let mut setup = pki.setup();
    setup.presented.extend(keys.iter().map(|key| key.certificate_der().to_vec()));
    assert_eq!(judge(&setup, &leaf, &crls[..32], LEAF), Ok(()));
    assert_eq!(judge(&setup, &leaf, &crls, LEAF), refused(ErrorKind::StatusBudgetExhausted, 0));
}
