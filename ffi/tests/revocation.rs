//! CRLs, OCSP responses, policies and the constraints of anchors through the C ABI.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    reason = "a panic is how a test fails"
)]

mod common;

use cba_core::ErrorKind;
use cba_ffi::*;
use common::{
    ALICE, Attempt, Memory, NO_FAULT, NOW, NOWHERE, Pki, Setup, Verifier, fault, hex, logs_in, refused, span,
};
use test_pki::ocsp::{GOOD, revoked};
use test_pki::{Authority, Key, general_name, oid, pem_block};

/// Root, issuing CA and Alice, whose certificate stays the same.
struct Site {
    pki: Pki,
    alice: Vec<u8>,
}

impl Site {
    fn new() -> Self {
        let pki = Pki::new();
        let alice = pki.alice().build();
        Self { pki, alice }
    }

    /// Trusting the root, with the issuing CA at hand and these CRLs.
    fn setup(&self, crls: &[Vec<u8>]) -> Setup {
        Setup::new(&[&self.pki.root_der()]).with(|setup| {
            setup.intermediates = vec![self.pki.issuing_der()];
            setup.crls = crls.to_vec();
        })
    }

    fn attempt(&self) -> Attempt {
        Attempt::new(self.alice.clone(), Vec::new())
    }

    fn outcome(&self, verifier: &Verifier) -> (cba_verdict, cba_status, String) {
        self.attempt().outcome(verifier)
    }

    /// CRLs of both CAs, in which Alice is revoked or not.
    fn crls(&self, is_revoked: bool) -> Vec<Vec<u8>> {
        let issuing = self.pki.issuing.crl();
        let issuing = if is_revoked { issuing.revoke(&self.alice) } else { issuing };
        vec![self.pki.root.crl().build(), issuing.build()]
    }
}

const REVOKED: cba_status = ErrorKind::Revoked.code() as cba_status;
const UNDETERMINED: cba_status = ErrorKind::StatusUndetermined.code() as cba_status;

#[test]
fn crls_are_asked_in_der_and_pem_copied_and_borrowed_with_and_without_an_index() {
    let site = Site::new();
    for is_revoked in [false, true] {
        let ders = site.crls(is_revoked);
        let bundle: String = ders.iter().map(|der| pem_block("X509 CRL", der)).collect();
        for crls in [ders, vec![bundle.into_bytes()]] {
            for borrow in [0, CBA_BORROW_CRLS, CBA_BORROW_DER | CBA_BORROW_CRLS] {
                for index_key in [[0; 16], [7; 16]] {
                    let setup = site.setup(&crls).with(|setup| {
                        setup.options.borrow = borrow;
                        setup.options.index_key = index_key;
                    });
                    let verifier = setup.init().unwrap();
                    let wanted = if is_revoked { refused(REVOKED) } else { logs_in(ALICE) };
                    assert_eq!(site.outcome(&verifier), wanted);
                }
            }
        }
    }
}

#[test]
fn a_copied_crl_may_go_when_the_verifier_is_prepared() {
    let site = Site::new();
    let setup = site.setup(&[]);
    let memories: Vec<Memory> = site.crls(true).iter().map(|der| Memory::of(der)).collect();
    let spans: Vec<cba_span> = memories.iter().map(Memory::span).collect();
    let verifier = setup.config(|config| {
        let config = cba_verifier_config { crls: spans.as_ptr(), crls_len: spans.len(), ..*config };
        let memory = Memory::new(common::size_of_config(&config).unwrap());
        let at = common::init(&memory, &config).unwrap();
        for memory in &memories {
            memory.overwrite(0);
        }
        drop(memories);
        let space = common::Space::new(0);
        let answer = site.attempt().authenticate_in(at, space.at);
        drop(memory);
        answer.outcome()
    });
    assert_eq!(verifier, refused(REVOKED));
}

#[test]
fn whose_status_is_asked_can_be_said() {
    let site = Site::new();
    let with = |crls: &[Vec<u8>], change: fn(&mut cba_verifier_config)| {
        let verifier = site.setup(crls).with(|setup| change(&mut setup.options)).init().unwrap();
        site.outcome(&verifier)
    };
    let crls = site.crls(true);
    let of_issuing = [site.pki.issuing.crl().build()];
    assert_eq!(with(&crls, |_| {}), refused(REVOKED));
    assert_eq!(with(&crls, |config| config.revocation = CBA_REVOCATION_OFF), logs_in(ALICE));
    assert_eq!(with(&of_issuing, |_| {}), refused(UNDETERMINED));
    assert_eq!(with(&of_issuing, |config| config.revocation = CBA_REVOCATION_CHAIN), refused(UNDETERMINED));
    assert_eq!(with(&of_issuing, |config| config.revocation = CBA_REVOCATION_LEAF), logs_in(ALICE));
    assert_eq!(with(&[], |_| {}), logs_in(ALICE));
    assert_eq!(with(&[], |config| config.revocation = CBA_REVOCATION_CHAIN), refused(UNDETERMINED));
    let accept = |config: &mut cba_verifier_config| {
        config.revocation = CBA_REVOCATION_CHAIN;
        config.accept = CBA_ACCEPT_UNDETERMINED_STATUS;
    };
    assert_eq!(with(&[], accept), logs_in(ALICE));
    assert_eq!(with(&crls, accept), refused(REVOKED));
}

#[test]
fn age_skew_and_version_can_be_said() {
    let site = Site::new();
    let with = |crl: test_pki::CrlBuilder, change: fn(&mut cba_verifier_config)| {
        let setup = site.setup(&[crl.build()]).with(|setup| {
            setup.options.revocation = CBA_REVOCATION_LEAF;
            change(&mut setup.options);
        });
        site.outcome(&setup.init().unwrap())
    };
    let crl = || site.pki.issuing.crl();
    let code = |kind: ErrorKind| refused(kind.code().into());
    assert_eq!(
        with(crl().this_update(NOW - 61), |config| config.max_status_age = 60),
        code(ErrorKind::CrlTooOld)
    );
    assert_eq!(with(crl().this_update(NOW - 60), |config| config.max_status_age = 60), logs_in(ALICE));
    assert_eq!(with(crl().this_update(NOW + 9), |_| {}), code(ErrorKind::CrlNotYetValid));
    assert_eq!(with(crl().this_update(NOW + 9), |config| config.clock_skew = 9), logs_in(ALICE));
    assert_eq!(with(crl().v1(), |_| {}), code(ErrorKind::CrlVersion1));
    assert_eq!(with(crl().v1(), |config| config.accept = CBA_ACCEPT_VERSION_1_CRLS), logs_in(ALICE));
}

#[test]
fn a_session_ends_with_the_crl() {
    let site = Site::new();
    let crl = site.pki.issuing.crl().next_update(NOW + 60).build();
    let setup = site.setup(&[crl]).with(|setup| setup.options.revocation = CBA_REVOCATION_LEAF);
    let verifier = setup.init().unwrap();
    let (credential, device, _) = site.attempt().identify(&verifier);
    assert_eq!(device.not_after, NOW + 60);
    for (time, wanted) in [(NOW + 60, (CBA_LOGIN, CBA_OK)), (NOW + 61, (CBA_REFUSED, UNDETERMINED))] {
        let attempt = site.attempt().with(|attempt| attempt.options.time = time);
        let mut decision = common::Answer::stale().decision;
        // SAFETY: everything lives.
        attempt.request(|request| unsafe {
            cba_decide(&raw const credential, request, &raw mut decision, std::ptr::null_mut());
        });
        assert_eq!((decision.verdict, decision.reason), wanted);
    }
}

#[test]
fn what_is_wrong_with_a_crl_is_said_with_its_place() {
    let site = Site::new();
    let good = site.pki.root.crl().build();
    let at = |crls: &[Vec<u8>]| site.setup(crls).fault();
    let code = |kind: ErrorKind| cba_status::from(kind.code());
    let place = |kind, index, item, offset| fault(code(kind), CBA_PART_CRLS, index, item, offset);
    let broken = site.pki.issuing.crl().signed_by(&Key::p256(9)).build();
    assert_eq!(at(&[good.clone(), broken.clone()]), place(ErrorKind::BadSignature, 1, 0, 0));
    let bundle = pem_block("X509 CRL", &good) + &pem_block("X509 CRL", &broken);
    assert_eq!(at(&[bundle.into_bytes()]), place(ErrorKind::BadSignature, 0, 1, 0));
    let stranger = Authority::root("Stranger", Key::p256(9)).crl().build();
    assert_eq!(at(&[stranger]), place(ErrorKind::UnknownCrlIssuer, 0, 0, 0));
    assert_eq!(at(&[good[..50].to_vec()]), place(ErrorKind::Truncated, 0, 0, 0));
    assert_eq!(at(&[b"text".to_vec()]).part, CBA_PART_CRLS);
    assert_eq!(at(&[Vec::new()]), fault(CBA_STATUS_NO_CERTIFICATES, CBA_PART_CRLS, 0, 0, 0));
    let of_certificates = test_pki::pem(&site.pki.root_der()).into_bytes();
    assert_eq!(at(&[of_certificates]), fault(CBA_STATUS_NO_CERTIFICATES, CBA_PART_CRLS, 0, 0, 0));
    // Out of date is no fault: it may say who is revoked.
    let stale = site.pki.root.crl().this_update(1).next_update(2).build();
    assert_eq!(at(&[stale]), NO_FAULT);
    // Nobody has said when now is.
    let timeless = site.setup(&site.crls(false)).with(|setup| setup.options.time = 0).fault();
    assert_eq!(timeless, place(ErrorKind::NotYetValid, 1, 0, 0));
}

#[test]
fn a_crl_whose_issuer_is_out_of_force_does_not_stop_the_others() {
    let site = Site::new();
    let root = &site.pki.root;
    let issuer = |until| root.issue_ca("Old", Key::p256(40)).validity(0, until).build_authority();
    let [old, current] = [issuer(NOW - 1), issuer(NOW)];
    let with = |issuer: &Authority, crls: &[Vec<u8>], denied: &str| {
        site.setup(&[&site.crls(true)[..], crls].concat()).with(|setup| {
            setup.intermediates.push(issuer.certificate_der().to_vec());
            setup.denied = vec![denied.as_bytes().to_vec()];
        })
    };
    let deny = format!("key {}", hex(cba_core::sha256(&current.spki_der())));
    for (issuer, denied) in [(&old, ""), (&current, ""), (&current, deny.as_str())] {
        let verifier = with(issuer, &[issuer.crl().build()], denied).init().unwrap();
        assert_eq!(site.attempt().outcome(&verifier), refused(REVOKED));
    }
    // What an expired issuer said of a revocation counts, as what any CRL out of date does.
    let other_key = |until| root.issue_ca("Issuing", Key::p256(41)).validity(0, until).build_authority();
    for until in [NOW - 1, NOW] {
        let issuer = other_key(until);
        let crl = issuer.crl().this_update(NOW - 10).revoke(&site.alice).build();
        let verifier = site.setup(&[crl]).with(|setup| {
            setup.intermediates.push(issuer.certificate_der().to_vec());
            setup.options.accept = CBA_ACCEPT_UNDETERMINED_STATUS;
        });
        assert_eq!(site.attempt().outcome(&verifier.init().unwrap()), refused(REVOKED), "{until}");
    }
    // What is wrong with the CRL itself is said, though.
    let forged = current.crl().signed_by(&Key::p256(9)).build();
    assert_eq!(with(&current, &[forged], "").fault().status, ErrorKind::BadSignature.code().into());
}

#[test]
fn an_older_crl_does_not_take_the_place_of_one_in_force() {
    let site = Site::new();
    let crl = |number: u64| site.pki.issuing.crl().number(number).build();
    let root = site.pki.root.crl().build();
    let in_force = site.setup(&[root.clone(), crl(5)]).init().unwrap();
    let replacing =
        |crls: &[Vec<u8>]| site.setup(crls).with(|setup| setup.options.replaces = in_force.at).fault();
    assert_eq!(replacing(&[root.clone(), crl(5)]), NO_FAULT);
    assert_eq!(replacing(&[root.clone(), crl(6)]), NO_FAULT);
    let back = ErrorKind::CrlWentBack.code().into();
    assert_eq!(replacing(&[root.clone(), crl(4)]), fault(back, CBA_PART_CRLS, 1, 0, 0));
    // Beside a newer one it may stand; where none takes its place, the fault is where that one stood.
    let missing = |bundle| fault(ErrorKind::CrlMissing.code().into(), CBA_PART_CRLS, bundle, 0, 0);
    assert_eq!(replacing(&[crl(4), crl(6)]), missing(0));
    assert_eq!(replacing(&[root.clone(), crl(4), crl(5)]), NO_FAULT);
    assert_eq!(replacing(std::slice::from_ref(&root)), missing(1));
    // Unless its issuer is trusted no more.
    let deny = format!("certificate {}", hex(cba_core::sha256(site.pki.issuing.certificate_der())));
    let denying = |crls: &[Vec<u8>]| {
        let setup = site.setup(crls).with(|setup| setup.denied = vec![deny.clone().into_bytes()]);
        setup.with(|setup| setup.options.replaces = in_force.at).fault()
    };
    assert_eq!(denying(std::slice::from_ref(&root)), NO_FAULT);
    assert_eq!(denying(&[root.clone(), crl(4)]), NO_FAULT);
    assert_eq!(denying(&[crl(4)]), missing(0));
    assert_eq!(replacing(&[crl(3), root.clone(), crl(4)]), fault(back, CBA_PART_CRLS, 0, 0, 0));
    // Not in the memory that it lies in.
    let setup = site.setup(&[crl(5)]);
    let memory = Memory::new(setup.size().unwrap());
    let at = setup.config(|config| common::init(&memory, config)).unwrap();
    let again = setup.with(|setup| setup.options.replaces = at);
    let outcome = again.config(|config| common::init(&memory, config));
    assert_eq!(outcome.unwrap_err().status, CBA_STATUS_INVALID_ARGUMENT);
    let nothing = [0_usize; 1];
    let garbage = site.setup(&[]).with(|setup| setup.options.replaces = nothing.as_ptr().cast());
    assert_eq!(garbage.fault().status, CBA_STATUS_NOT_INITIALIZED);
}

#[test]
fn ocsp_responses_come_with_the_request() {
    let site = Site::new();
    let good = site.pki.issuing.ocsp().says(&site.alice, GOOD).build();
    let bad = site.pki.issuing.ocsp().says(&site.alice, revoked()).build();
    let leaf = site.setup(&[]).with(|setup| setup.options.revocation = CBA_REVOCATION_LEAF).init().unwrap();
    let with = |ocsp: &[&[u8]], nonce: &[u8]| {
        let attempt = site.attempt().with(|attempt| {
            attempt.ocsp = ocsp.iter().map(|der| der.to_vec()).collect();
            attempt.nonce = nonce.to_vec();
        });
        attempt.outcome(&leaf)
    };
    assert_eq!(with(&[&good], b""), logs_in(ALICE));
    assert_eq!(with(&[&good, &bad], b""), refused(REVOKED));
    assert_eq!(with(&[], b""), refused(UNDETERMINED));
    assert_eq!(with(&[b"garbage"], b""), refused(UNDETERMINED));
    assert_eq!(with(&[b"garbage", &good], b""), logs_in(ALICE));
    assert_eq!(with(&[&good], b"nonce"), refused(ErrorKind::OcspNonceMismatch.code().into()));
    let fresh = site.pki.issuing.ocsp().says(&site.alice, GOOD).nonce(b"nonce").build();
    assert_eq!(with(&[&fresh], b"nonce"), logs_in(ALICE));
    assert_eq!(with(&[&good[..]; 5], b""), refused(CBA_STATUS_INVALID_ARGUMENT));
    // Nobody would ask it.
    let unasked = site.setup(&[]).init().unwrap();
    let attempt = site.attempt().with(|attempt| attempt.ocsp = vec![good]);
    assert_eq!(attempt.outcome(&unasked), refused(CBA_STATUS_INVALID_ARGUMENT));
}

#[test]
fn spans_that_cannot_be_read_are_refused() {
    let nowhere_span = NOWHERE;
    let site = Site::new();
    let leaf = site.setup(&[]).with(|setup| setup.options.revocation = CBA_REVOCATION_LEAF).init().unwrap();
    let space = common::Space::new(0);
    let with = |change: &dyn Fn(&mut cba_request)| {
        site.attempt().request(|request| {
            let mut request = *request;
            change(&mut request);
            common::authenticate(leaf.at, &raw const request, space.at).outcome()
        })
    };
    let null = refused(CBA_STATUS_NULL_POINTER);
    assert_eq!(with(&|request| (request.ocsp, request.ocsp_len) = (std::ptr::null(), 1)), null);
    assert_eq!(with(&|request| (request.ocsp, request.ocsp_len) = (&raw const nowhere_span, 1)), null);
    assert_eq!(with(&|request| request.nonce = NOWHERE), null);
    site.setup(&[]).config(|config| {
        let nowhere = |change: &dyn Fn(&mut cba_verifier_config)| {
            let mut config = *config;
            change(&mut config);
            common::size_of_config(&config).unwrap_err().status
        };
        let null = CBA_STATUS_NULL_POINTER;
        assert_eq!(nowhere(&|config| (config.crls, config.crls_len) = (std::ptr::null(), 1)), null);
        assert_eq!(nowhere(&|config| (config.crls, config.crls_len) = (&raw const nowhere_span, 1)), null);
        assert_eq!(
            nowhere(&|config| (config.policies, config.policies_len) = (&raw const nowhere_span, 1)),
            null
        );
    });
}

#[test]
fn policies_are_asked_for_in_dotted_form() {
    let site = Site::new();
    let issuing = site.pki.root.issue_ca("Issuing", site.pki.issuing.key().clone());
    let issuing = issuing.certificate_policies(&["1.2.3.4"]).build();
    let leaf = site.pki.alice().certificate_policies(&["1.2.3.4"]).build();
    let with = |policies: &[&str], require: u32| {
        let setup = site.setup(&[]).with(|setup| {
            setup.intermediates = vec![issuing.clone()];
            setup.policies = policies.iter().map(|policy| policy.as_bytes().to_vec()).collect();
            setup.options.require = require;
        });
        Attempt::new(leaf.clone(), Vec::new()).outcome(&setup.init().unwrap())
    };
    let required = refused(ErrorKind::PolicyRequired.code().into());
    assert_eq!(with(&[], CBA_REQUIRE_EXPLICIT_POLICY), logs_in(ALICE));
    assert_eq!(with(&["1.2.3.5", "1.2.3.4"], CBA_REQUIRE_EXPLICIT_POLICY), logs_in(ALICE));
    assert_eq!(with(&["1.2.3.5"], CBA_REQUIRE_EXPLICIT_POLICY), required);
    assert_eq!(with(&["1.2.3.5"], 0), logs_in(ALICE));
    for text in ["", "nonsense", "1", "1.2.", "\u{ff11}.2"] {
        let setup = site.setup(&[]).with(|setup| setup.policies = vec![b"1.2.3".to_vec(), text.into()]);
        assert_eq!(setup.fault(), fault(CBA_STATUS_INVALID_ARGUMENT, CBA_PART_POLICIES, 1, 0, 0), "{text}");
    }
}

#[test]
fn an_anchors_own_certificate_counts_as_it_is_said() {
    let root = Authority::root_builder("Limited", Key::p256(7))
        .name_constraints(&[general_name::email("example.org")], &[])
        .validity(0, NOW - 1)
        .build_authority();
    let leaf = root.issue(Key::p256(3)).email(ALICE).build();
    let with = |anchor_constraints: u32, require: u32| {
        let setup = Setup::new(&[root.certificate_der()]).with(|setup| {
            setup.options.anchor_constraints = anchor_constraints;
            setup.options.require = require;
        });
        Attempt::new(leaf.clone(), Vec::new()).outcome(&setup.init().unwrap())
    };
    let code = |kind: ErrorKind| refused(kind.code().into());
    assert_eq!(with(CBA_ANCHOR_CONSTRAINTS_REFUSED, 0), code(ErrorKind::AnchorConstraintsUndecided));
    assert_eq!(with(CBA_ANCHOR_CONSTRAINTS_ENFORCED, 0), code(ErrorKind::NameNotPermitted));
    assert_eq!(with(CBA_ANCHOR_CONSTRAINTS_IGNORED, 0), logs_in(ALICE));
    assert_eq!(with(CBA_ANCHOR_CONSTRAINTS_IGNORED, CBA_REQUIRE_ANCHOR_VALIDITY), code(ErrorKind::Expired));
}

#[test]
fn the_bound_for_memory_holds() {
    let site = Site::new();
    let crls = site.crls(true);
    let setup = site.setup(&crls).with(|setup| {
        setup.policies = vec![b"1.2.3.4".to_vec()];
        setup.options.index_key = [1; 16];
        setup.options.purpose = span(oid::CLIENT_AUTH.as_bytes());
    });
    let ders =
        site.pki.root_der().len() + site.pki.issuing_der().len() + crls.iter().map(Vec::len).sum::<usize>();
    let bound = CBA_VERIFIER_BASE_SIZE
        + CBA_VERIFIER_ANCHOR_SIZE
        + CBA_CERTIFICATE_SIZE
        + CBA_VERIFIER_POLICY_SIZE
        + "1.2.3.4".len()
        + oid::CLIENT_AUTH.len()
        + 2 * CBA_VERIFIER_CRL_SIZE
        + CBA_VERIFIER_CRL_ENTRY_SIZE
        + ders;
    let needed = setup.size().unwrap();
    assert!(needed <= bound, "{needed} > {bound}");
}
