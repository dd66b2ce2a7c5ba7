//! What revocation costs: a CRL of a million entries in cba-core, rustls-webpki and OpenSSL, and hostile work that ends
//! in a budget.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a panic ends a benchmark that measures the wrong thing"
)]

use std::hint::black_box;
use std::time::Duration;

use cba_benches::allocations::{Counting, count};
use cba_benches::{TIME, thread_time};
use cba_core::limits::Limits;
use cba_core::path::{DenyList, PathOptions, TrustAnchor, TrustAnchors, Verifier, Workspace};
use cba_core::revocation::{Crl, IndexEntry, IndexKey, Revocation, RevocationOptions, VerifiedCrl};
use cba_core::signature::Ring;
use cba_core::{Certificate, ErrorKind, UnixTime};
use foreign_types::ForeignType;
use openssl::stack::Stack;
use openssl::x509::store::{X509Store, X509StoreBuilder};
use openssl::x509::verify::{X509VerifyFlags, X509VerifyParam};
use openssl::x509::{X509, X509Crl, X509StoreContext};
use rustls_pki_types::CertificateDer;
use test_pki::crl::many_entries;
use test_pki::{Authority, CertificateBuilder, Key, der, oid};
use webpki::{
    ALL_VERIFICATION_ALGS, BorrowedCertRevocationList, CertRevocationList, EndEntityCert, KeyUsage,
    RevocationCheckDepth, RevocationOptionsBuilder, anchor_from_trusted_cert,
};

#[global_allocator]
static ALLOCATOR: Counting = Counting;

const ENTRIES: usize = 1_000_000;

fn main() {
    let root = Authority::root("Example Root CA", Key::p256(1));
    let issuing = root.issue_ca("Example Issuing CA", Key::p256(2)).build_authority();
    let leaf = issuing.issue(Key::p256(3)).email("alice@example.com").build();
    let list = issuing.crl().entries_raw(many_entries(ENTRIES)).build();
    let roots = root.crl().build();
    println!("A CRL of {ENTRIES} entries with random serial numbers of 16 bytes: {} bytes.\n", list.len());
    ours(&root, &issuing, &leaf, &roots, &list);
    webpki(&root, &issuing, &leaf, &roots, &list);
    openssl(&root, &issuing, &leaf, &roots, &list);
    println!("\nHostile work, until it is refused:\n");
    hostile();
}

fn line(what: &str, took: Duration) {
    let (value, unit) = match took.as_nanos() {
        nanos @ 0..10_000 => (nanos, "ns"),
        nanos @ 10_000..10_000_000 => (nanos / 1000, "µs"),
        nanos => (nanos / 1_000_000, "ms"),
    };
    println!("  {what:<66} {value:>6} {unit}");
}

/// The least of some runs, in processor time.
fn least<T>(runs: u32, mut work: impl FnMut() -> T) -> (T, Duration) {
    let mut best = Duration::MAX;
    let mut result = None;
    for _ in 0..runs {
        let start = thread_time();
        result = Some(black_box(work()));
        best = best.min(thread_time() - start);
    }
    (result.unwrap(), best)
}

/// The least mean of some turns.
fn mean(mut work: impl FnMut() -> bool) -> Duration {
    const TURN: u32 = 200;
    let turns = (0..30).map(|_| {
        let start = thread_time();
        for _ in 0..TURN {
            assert!(work());
        }
        (thread_time() - start) / TURN
    });
    turns.min().unwrap()
}

fn verifier<'v>(anchors: &'v mut [TrustAnchor<'v>], options: PathOptions<'v>) -> Verifier<'v> {
    Verifier {
        anchors: TrustAnchors::new(anchors),
        intermediates: &[],
        denied: DenyList::EMPTY,
        options,
        limits: Limits::default(),
        signatures: &Ring,
        status: None,
    }
}

fn ours(root: &Authority, issuing: &Authority, leaf: &[u8], roots: &[u8], list: &[u8]) {
    println!("cba-core");
    let root = Certificate::from_der(root.certificate_der()).unwrap();
    let presented = [Certificate::from_der(issuing.certificate_der()).unwrap()];
    let leaf = Certificate::from_der(leaf).unwrap();
    let mut anchors = [TrustAnchor::from_certificate(&root)];
    let verifier = verifier(&mut anchors, PathOptions::default());
    let time = UnixTime(TIME);
    let mut workspace = Workspace::new();
    let (crl, read) = least(5, || Crl::from_der(list).unwrap());
    line("read, every entry", read);
    let (verified, signature) = least(5, || crl.verify(&verifier, &presented, time, &mut workspace).unwrap());
    line("path of its issuer, hash and signature", signature);
    let mut memory = vec![IndexEntry::default(); ENTRIES];
    let built = {
        let mut best = Duration::MAX;
        for _ in 0..5 {
            let start = thread_time();
            verified.clone().with_index(&mut memory, IndexKey([1; 16])).map(drop).unwrap();
            best = best.min(thread_time() - start);
        }
        best
    };
    line(&format!("index, {} bytes", size_of_val(&memory[..])), built);
    let indexed = verified.clone().with_index(&mut memory, IndexKey([1; 16])).unwrap();
    let of_root = Crl::from_der(roots).unwrap().verify(&verifier, &presented, time, &mut workspace).unwrap();

    let mut alone =
        |verifier: &Verifier<'_>| verifier.verify(&leaf, &presented, time, &mut workspace).is_ok();
    let without = mean(|| alone(&verifier));
    line("verification of the chain, two signatures", without);
    let asked = |crls: &[VerifiedCrl<'_>], alone: &mut dyn FnMut(&Verifier<'_>) -> bool, once: bool| {
        let revocation = Revocation { crls, ocsp: &[], nonce: None, options: RevocationOptions::default() };
        let asking = Verifier { status: Some(&revocation), ..verifier };
        if once { least(5, || alone(&asking)).1 } else { mean(|| alone(&asking)) }
    };
    let crls = [indexed, of_root.clone()];
    line("the same with CRLs of both CAs, by the index", asked(&crls, &mut alone, false));
    let linear = [verified, of_root];
    line("the same without an index", asked(&linear, &mut alone, true));
    let revocation =
        Revocation { crls: &crls, ocsp: &[], nonce: None, options: RevocationOptions::default() };
    let asking = Verifier { status: Some(&revocation), ..verifier };
    let (good, allocations) = count(|| alone(&asking));
    assert!(good);
    println!("  {:<66} {allocations:>6}", "allocations of a verification with CRLs");
}

fn webpki(root: &Authority, issuing: &Authority, leaf: &[u8], roots: &[u8], list: &[u8]) {
    println!("rustls-webpki");
    let root = CertificateDer::from(root.certificate_der());
    let anchors = [anchor_from_trusted_cert(&root).unwrap()];
    let presented = [CertificateDer::from(issuing.certificate_der())];
    let leaf = CertificateDer::from(leaf);
    let time = rustls_pki_types::UnixTime::since_unix_epoch(Duration::from_secs(TIME.unsigned_abs()));
    let (borrowed, read) = least(3, || BorrowedCertRevocationList::from_der(list).unwrap());
    line("read, no entry", read);
    let (owned, owning) = least(3, || borrowed.to_owned().unwrap());
    line("owned, with a hash table", owning);
    let verify = |crls: Option<&[&CertRevocationList<'_>]>| {
        let leaf = EndEntityCert::try_from(&leaf).unwrap();
        let options = crls.map(|crls| {
            RevocationOptionsBuilder::new(crls).unwrap().with_depth(RevocationCheckDepth::Chain).build()
        });
        let usage = KeyUsage::client_auth();
        leaf.verify_for_usage(ALL_VERIFICATION_ALGS, &anchors, &presented, time, usage, options, None).is_ok()
    };
    line("verification of the chain, two signatures", mean(|| verify(None)));
    let of_root = BorrowedCertRevocationList::from_der(roots).unwrap().to_owned().unwrap();
    let (owned, of_root): (CertRevocationList<'_>, CertRevocationList<'_>) = (owned.into(), of_root.into());
    let crls = [&owned, &of_root];
    let (good, took) = least(5, || verify(Some(&crls)));
    assert!(good);
    line("the same with CRLs of both CAs, their signatures each time", took);
}

fn openssl(root: &Authority, issuing: &Authority, leaf: &[u8], roots: &[u8], list: &[u8]) {
    println!("{}", openssl::version::version());
    let leaf = X509::from_der(leaf).unwrap();
    let mut chain = Stack::new().unwrap();
    chain.push(X509::from_der(issuing.certificate_der()).unwrap()).unwrap();
    let (crl, read) = least(1, || X509Crl::from_der(list).unwrap());
    line("read, every entry", read);
    let store = |crls: &[&X509Crl]| -> X509Store {
        let mut store = X509StoreBuilder::new().unwrap();
        store.add_cert(X509::from_der(root.certificate_der()).unwrap()).unwrap();
        let mut param = X509VerifyParam::new().unwrap();
        param.set_time(TIME);
        for crl in crls {
            // SAFETY: both live; the store takes a reference of its own.
            assert_eq!(unsafe { X509_STORE_add_crl(store.as_ptr(), crl.as_ptr()) }, 1);
            param.set_flags(X509VerifyFlags::CRL_CHECK | X509VerifyFlags::CRL_CHECK_ALL).unwrap();
        }
        store.set_param(&param).unwrap();
        store.build()
    };
    let verify = |store: &X509Store| {
        let mut context = X509StoreContext::new().unwrap();
        context.init(store, &leaf, &chain, |context| context.verify_cert()).unwrap()
    };
    let alone = store(&[]);
    line("verification of the chain, two signatures", mean(|| verify(&alone)));
    let of_root = X509Crl::from_der(roots).unwrap();
    let asking = store(&[&crl, &of_root]);
    let (good, first) = least(1, || verify(&asking));
    assert!(good);
    line("the same with CRLs of both CAs, the first time: it sorts", first);
    let (good, took) = least(5, || verify(&asking));
    assert!(good);
    line("the same afterwards, their signatures each time", took);
}

unsafe extern "C" {
    fn X509_STORE_add_crl(store: *mut openssl_sys::X509_STORE, crl: *mut openssl_sys::X509_CRL) -> i32;
}

// -- hostile work -----------------------------------------------------------------------------------

type Verdict = Result<(), ErrorKind>;

fn refusal(what: &str, runs: u32, wanted: Verdict, work: impl FnMut() -> Verdict) {
    let (verdict, took) = least(runs, work);
    assert_eq!(verdict, wanted, "{what}");
    let verdict = verdict.map_or_else(|kind| format!("{kind:?}"), |()| "accepted".into());
    line(&format!("{what}: {verdict}"), took);
}

/// Leaf, presented certificates and root, judged once.
fn judge(root: &[u8], presented: &[Vec<u8>], leaf: &[u8], options: PathOptions<'_>) -> Verdict {
    let root = Certificate::from_der(root).map_err(|error| error.kind)?;
    let mut anchors = [TrustAnchor::from_certificate(&root)];
    let presented: Vec<_> = presented.iter().filter_map(|der| Certificate::from_der(der).ok()).collect();
    let leaf = Certificate::from_der(leaf).map_err(|error| error.kind)?;
    let verifier = verifier(&mut anchors, options);
    let path = verifier.verify(&leaf, &presented, UnixTime(TIME), &mut Workspace::new());
    path.map(drop).map_err(|error| error.kind)
}

fn hostile() {
    let root = Authority::root("Root", Key::p256(1));
    let of_root = root.certificate_der();

    // Each CA of eight maps each of 32 policies to 31 others: the tree of RFC 5280 would have 2^20 nodes and more.
    let names: Vec<String> = (0..32).map(|n| format!("1.2.5.{n}")).collect();
    let policies: Vec<&str> = names.iter().map(String::as_str).collect();
    let pairs: Vec<(&str, &str)> = (0..32)
        .flat_map(|from| [(from, (from + 1) % 32), (from, (from + 2) % 32)])
        .map(|(a, b)| (policies[a], policies[b]))
        .collect();
    let state = |ca: CertificateBuilder| ca.certificate_policies(&policies);
    let mut cas: Vec<Authority> = Vec::new();
    for number in 0..8 {
        let issuer = cas.last().unwrap_or(&root);
        let ca = issuer.issue_ca(format!("CA {number}").as_str(), Key::p256(10 + number));
        cas.push(state(ca).policy_mappings(&pairs).build_authority());
    }
    let presented: Vec<_> = cas.iter().map(|ca| ca.certificate_der().to_vec()).collect();
    let leaf = cas[7].issue(Key::p256(3)).email("a@example.com").build();
    let mut options = PathOptions::default();
    options.policies.initial_explicit_policy = true;
    refusal("policy mappings, a tree of more than 2^20 nodes", 20, Err(ErrorKind::PolicyRequired), || {
        judge(of_root, &presented, &leaf, options)
    });
    let many: Vec<_> = (0..65).map(|n| format!("1.2.6.{n}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let leaf = root.issue(Key::p256(3)).email("a@example.com").certificate_policies(&many).build();
    refusal("65 policies in a certificate", 20, Err(ErrorKind::TooManyPolicies), || {
        judge(of_root, &[], &leaf, options)
    });

    let list = |count: usize, suffix: &str| -> Vec<Vec<u8>> {
        (0..count).map(|n| test_pki::general_name::dns(&format!("{n}.{suffix}"))).collect()
    };
    let constrained =
        root.issue_ca("Constrained", Key::p256(4)).name_constraints(&[], &list(10_000, "example"));
    let constrained = constrained.build_authority();
    let leaf = constrained.issue(Key::p256(3)).extension(
        oid::SUBJECT_ALT_NAME,
        true,
        &der::sequence(list(10_000, "test")),
    );
    let leaf = leaf.build();
    let presented = [constrained.certificate_der().to_vec()];
    refusal("10,000 names below 10,000 constraints", 5, Err(ErrorKind::ConstraintBudgetExhausted), || {
        judge(of_root, &presented, &leaf, PathOptions::default())
    });

    let authorities: Vec<_> =
        (0..6).map(|n| Authority::root(format!("Cross {n}").as_str(), Key::p256(30 + n))).collect();
    let presented: Vec<_> = authorities
        .iter()
        .flat_map(|a| {
            authorities
                .iter()
                .filter(|b| b.subject_der() != a.subject_der())
                .map(|b| a.cross_certify(b).build())
        })
        .collect();
    let leaf = authorities[0].issue(Key::p256(3)).email("a@example.com").build();
    refusal(
        "six CAs that all certified each other, no anchor",
        20,
        Err(ErrorKind::CandidateBudgetExhausted),
        || judge(of_root, &presented, &leaf, PathOptions::default()),
    );

    let issuing = root.issue_ca("Issuing", Key::p256(2)).build_authority();
    let forged: Vec<_> = (0..90)
        .map(|n| {
            let forged = root.issue_ca("Issuing", Key::p256(100 + n)).signed_by(&Key::p256(99));
            forged.subject_key_id(issuing.key_id().unwrap()).build()
        })
        .collect();
    let leaf = issuing.issue(Key::p256(3)).email("a@example.com").build();
    refusal("90 forged issuers", 20, Err(ErrorKind::SignatureBudgetExhausted), || {
        judge(of_root, &forged, &leaf, PathOptions::default())
    });

    let long = root.crl().entries_raw(many_entries(1_140_000)).extension("1.2.3.4", true, &[5, 0]).build();
    let title = format!("a CRL of {} MB, an unknown critical extension at its end", long.len() / 1_000_000);
    refusal(&title, 20, Err(ErrorKind::UnknownCriticalCrlExtension), || {
        Crl::from_der(&long).map(drop).map_err(|error| error.kind)
    });
}
