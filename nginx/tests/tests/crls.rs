//! CRLs, policies and what an anchor's own certificate says, through NGINX.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::arithmetic_side_effects,
    reason = "a panic is how a test fails"
)]

use nginx_tests::{ALICE, Checked, Client, Http, Identity, Nginx, Pki, Request, Site, Tls, wait_until};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use test_pki::crl::many_entries;
use test_pki::{Authority, Key, general_name, pem_block};

const NAME: &str = "chat.example";
const WELCOME: &str = "200 login alice@example.com";
const REVOKED: &str = "403 refused revoked (1000)";
const UNDETERMINED: &str = "403 refused revocation status undetermined (1001)";
const SESSIONS: [&str; 2] =
    ["ssl_session_ticket_key ticket.key;", "ssl_session_tickets off; ssl_session_cache shared:S:1m;"];
const TRUST: &str = "cba_trusted_certificates root.pem; cba_intermediates issuing.pem;";
const PLACES: &str = "cba primary;\nlocation / { return 200; }";

/// The CRLs of both CAs, the issuing CA's with this number.
fn crls(pki: &Pki, number: u64, revoked: &[&Identity]) -> String {
    let mut issuing = pki.issuing.crl().number(number);
    for identity in revoked {
        issuing = issuing.revoke(&identity.certificate);
    }
    pem_block("X509 CRL", &pki.root.crl().build()) + &pem_block("X509 CRL", &issuing.build())
}

fn site(pki: &Pki, directives: &str) -> Site {
    Site::new(pki).file("ticket.key", [7; 80]).server(NAME, &format!("{TRUST}\n{directives}\n{PLACES}"))
}

fn client(nginx: &Nginx, identity: &Identity, tls: Tls) -> Client {
    Client::with(nginx.port(), Some(identity), tls, Http::V1_1).named(NAME)
}

#[test]
fn a_certificate_revoked_with_a_reload_is_refused_on_resumed_sessions_and_kept_connections() {
    let pki = Pki::new();
    let alice = pki.alice();
    let bob = pki.identity(&pki.user("bob@example.com").serial(77));
    for sessions in SESSIONS {
        for tls in [Tls::V1_2, Tls::V1_3] {
            let site = site(&pki, "cba_crls crls.pem;").http(sessions).file("crls.pem", crls(&pki, 1, &[]));
            let nginx = site.start();
            let client = client(&nginx, &alice, tls);
            let mut kept = client.connect().unwrap();
            assert_eq!(kept.get("/").decision(), WELCOME);
            nginx.site.write("crls.pem", crls(&pki, 2, &[&alice]));
            nginx.reload();
            // A worker that leaves closes idle connections; one that it should keep has to be refused.
            if let Ok(response) = kept.try_send(&Request::get("/")) {
                assert_eq!(response.decision(), REVOKED);
            }
            let mut resumed = client.resume().unwrap();
            assert!(resumed.reused, "the session must outlive the reload: {sessions}");
            let response = resumed.get("/");
            assert_eq!((response.decision().as_str(), response.cba("depth")), (REVOKED, "0"));
            assert_eq!(client.get("/").decision(), REVOKED);
            let other = Client::with(nginx.port(), Some(&bob), tls, Http::V1_1).named(NAME);
            assert_eq!(other.get("/").decision(), "200 login bob@example.com");
        }
    }
}

#[test]
fn an_issuing_ca_that_is_revoked_is_refused_with_everybody_below() {
    let pki = Pki::new();
    let revoked = pki.root.crl().revoke(pki.issuing.certificate_der()).build();
    let list = pem_block("X509 CRL", &revoked) + &pem_block("X509 CRL", &pki.issuing.crl().build());
    for (scope, wanted) in [("chain", REVOKED), ("leaf", WELCOME), ("off", WELCOME)] {
        let directives = format!("cba_crls crls.pem; cba_revocation {scope};");
        let nginx = site(&pki, &directives).file("crls.pem", &list).start();
        assert_eq!(client(&nginx, &pki.alice(), Tls::V1_3).get("/").decision(), wanted, "{scope}");
    }
}

#[test]
fn without_a_current_list_of_every_ca_nobody_is_let_in() {
    let pki = Pki::new();
    let decision = |list: &[u8], directives: &str| {
        let nginx = site(&pki, &format!("cba_crls crls.pem; {directives}")).file("crls.pem", list).start();
        client(&nginx, &pki.alice(), Tls::V1_3).get("/").decision()
    };
    assert_eq!(decision(&pki.issuing.crl().build(), ""), UNDETERMINED);
    assert_eq!(decision(&pki.issuing.crl().build(), "cba_revocation leaf;"), WELCOME);
    let expired = pki.issuing.crl().next_update(test_pki::crl::DEFAULT_THIS_UPDATE + 1).build();
    let past = "403 refused CRL past its nextUpdate (1002)";
    assert_eq!(decision(&expired, "cba_revocation leaf;"), past);
    let old = "403 refused CRL older than the greatest accepted age (1004)";
    assert_eq!(decision(&pki.issuing.crl().build(), "cba_revocation leaf; cba_crl_max_age 1d;"), old);
}

#[test]
fn a_list_that_is_older_malformed_or_forged_leaves_the_one_in_force() {
    let pki = Pki::new();
    let alice = pki.alice();
    let nginx = site(&pki, "cba_crls crls.pem;").file("crls.pem", crls(&pki, 5, &[&alice])).start();
    let client = client(&nginx, &alice, Tls::V1_3);
    assert_eq!(client.get("/").decision(), REVOKED);
    let forged = pki.issuing.crl().number(9).signed_by(&Key::p256(9)).build();
    let forged = pem_block("X509 CRL", &pki.root.crl().build()) + &pem_block("X509 CRL", &forged);
    for (list, words) in [
        (crls(&pki, 4, &[]), "CRL older than the one in force (1011), CRL 2"),
        (forged, "bad signature (309), CRL 2"),
        ("garbage".into(), "crls.pem"),
        (String::new(), "crls.pem"),
    ] {
        nginx.site.write("crls.pem", list);
        let error = nginx.try_reload().unwrap_err();
        assert!(error.contains("\"cba_crls\"") && error.contains(words), "{words}: {error}");
        assert_eq!(client.get("/").decision(), REVOKED);
    }
    nginx.site.write("crls.pem", crls(&pki, 6, &[]));
    nginx.reload();
    assert_eq!(client.get("/").decision(), WELCOME);
}

/// Waits until the error log has so many lines with these words.
fn wait_for(nginx: &Nginx, words: &str, count: usize) {
    wait_until(words, || nginx.error_log().matches(words).count() >= count);
}

#[test]
fn without_a_reload_new_lists_are_taken_up_by_all_workers() {
    let pki = Pki::new();
    let alice = pki.alice();
    let site = site(&pki, "cba_crls crls.pem; cba_refresh 1s;").main("worker_processes 2;");
    let nginx = site.http(SESSIONS[0]).file("crls.pem", crls(&pki, 1, &[])).start();
    let workers = nginx.workers();
    let client = client(&nginx, &alice, Tls::V1_3);
    let mut kept = client.connect().unwrap();
    assert_eq!(kept.get("/").decision(), WELCOME);
    // On and off, so that both halves of the shared memory have their turn, and twice.
    for (round, (number, is_revoked)) in
        [(2, true), (3, false), (4, true), (5, false)].into_iter().enumerate()
    {
        let revoked: &[&Identity] = if is_revoked { &[&alice] } else { &[] };
        nginx.site.write("crls.pem", crls(&pki, number, revoked));
        wait_for(&nginx, "cba: the CRLs were read anew", round + 1);
        let wanted = if is_revoked { REVOKED } else { WELCOME };
        assert_eq!(kept.get("/").decision(), wanted, "{number}: the kept connection");
        for _ in 0..8 {
            assert_eq!(client.get("/").decision(), wanted, "{number}");
            let mut resumed = client.resume().unwrap();
            assert!(resumed.reused);
            assert_eq!(resumed.get("/").decision(), wanted, "{number}: resumed");
        }
    }
    assert_eq!(nginx.workers(), workers, "nobody reloaded");
}

#[test]
fn without_a_reload_new_lists_reach_every_server_that_inherits_the_directive() {
    let pki = Pki::new();
    let alice = pki.alice();
    let names = ["one.example", "two.example", "three.example"];
    let mut site = Site::new(&pki).http("cba_crls crls.pem; cba_refresh 1s;");
    // Each has a verifier of its own: they differ in something.
    for (name, identity) in names.into_iter().zip(["subject", "subject san", "san subject"]) {
        site = site.server(name, &format!("{TRUST} cba_identity {identity};\n{PLACES}"));
    }
    let nginx = site.file("crls.pem", crls(&pki, 1, &[])).start();
    let decision = |name| Client::new(nginx.port(), Some(&alice)).named(name).get("/").decision();
    assert_eq!(names.map(decision), [WELCOME; 3]);
    for (number, revoked, wanted) in [(2, vec![&alice], REVOKED), (3, vec![], WELCOME)] {
        nginx.site.write("crls.pem", crls(&pki, number, &revoked));
        wait_until("every server knows", || names.map(decision) == [wanted; 3]);
    }
}

#[test]
fn servers_that_inherit_everything_have_one_verifier() {
    let pki = Pki::new();
    let alice = pki.alice();
    let names = ["one.example", "two.example", "three.example"];
    let inherited = format!("{TRUST} cba_crls crls.pem; cba_refresh 1s;");
    let site = Site::new(&pki).http(&inherited).file("crls.pem", crls(&pki, 1, &[]));
    let site = site.server(names[0], PLACES).server(names[1], PLACES);
    // This one differs.
    let nginx = site.server(names[2], &format!("cba_revocation off;\n{PLACES}")).start();
    let decision = |name| Client::new(nginx.port(), Some(&alice)).named(name).get("/").decision();
    for (round, (revoked, wanted)) in [(vec![&alice], REVOKED), (vec![], WELCOME)].into_iter().enumerate() {
        nginx.site.write("crls.pem", crls(&pki, 2 + round as u64, &revoked));
        wait_for(&nginx, "cba: the CRLs were read anew", 2 * (round + 1));
        assert_eq!(names.map(decision), [wanted, wanted, WELCOME]);
    }
    std::thread::sleep(Duration::from_secs(2));
    assert_eq!(nginx.error_log().matches("cba: the CRLs were read anew").count(), 4);
}

#[test]
fn without_a_reload_a_bad_list_leaves_the_one_in_force() {
    let pki = Pki::new();
    let alice = pki.alice();
    let nginx =
        site(&pki, "cba_crls crls.pem; cba_refresh 1s;").file("crls.pem", crls(&pki, 5, &[&alice])).start();
    let client = client(&nginx, &alice, Tls::V1_3);
    let forged = pki.issuing.crl().number(9).signed_by(&Key::p256(9)).build();
    let forged = pem_block("X509 CRL", &pki.root.crl().build()) + &pem_block("X509 CRL", &forged);
    let lists = [
        (crls(&pki, 4, &[]), "CRL older than the one in force (1011), CRL 2"),
        (forged, "bad signature (309), CRL 2"),
        ("garbage".into(), "\"cba_crls\""),
    ];
    for (round, (list, words)) in lists.into_iter().enumerate() {
        nginx.site.write("crls.pem", list);
        wait_for(&nginx, "cba: the lists in force stay", round + 1);
        assert!(nginx.error_log().contains(words), "{words}");
        assert_eq!(client.get("/").decision(), REVOKED, "{words}");
    }
    std::fs::remove_file(nginx.site.directory().join("crls.pem")).unwrap();
    wait_for(&nginx, "cannot be read anew: what it held stays in force", 1);
    assert_eq!(client.get("/").decision(), REVOKED);
    nginx.site.write("crls.pem", crls(&pki, 6, &[]));
    wait_for(&nginx, "cba: the CRLs were read anew", 1);
    assert_eq!(client.get("/").decision(), WELCOME);
    // A reload goes on from there.
    nginx.site.write("crls.pem", crls(&pki, 5, &[]));
    assert!(nginx.try_reload().unwrap_err().contains("CRL older than the one in force"));
}

#[test]
fn workers_that_die_while_they_verify_do_not_hold_up_new_lists() {
    let mut pki = Pki::new();
    pki.root = Authority::root("Root CA", Key::p384(1));
    pki.issuing = pki.root.issue_ca("Issuing CA", Key::p384(2)).build_authority();
    // Issuers that the root never signed: most of a worker's time goes into signatures that are no good.
    let forger = Authority::root("Root CA", Key::p384(3));
    let forged = |_| forger.issue_ca("Issuing CA", Key::p384(2)).build();
    let busy = Identity { chain: (0..8).map(forged).collect(), ..pki.alice() };
    let site = site(&pki, "cba_crls crls.pem; cba_refresh 1s;").main("worker_processes 2;");
    let nginx = site.file("crls.pem", crls(&pki, 1, &[])).start();
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let client = client(&nginx, &busy, Tls::V1_3);
                while !over.load(Ordering::Relaxed) {
                    let _ =
                        client.connect().and_then(|mut connection| connection.try_send(&Request::get("/")));
                }
            });
        }
        for _ in 0..15 {
            std::thread::sleep(Duration::from_millis(100));
            nginx.lose_workers();
        }
        over.store(true, Ordering::Relaxed);
    });
    let alice = pki.alice();
    let client = client(&nginx, &alice, Tls::V1_3);
    // Each half has its turn.
    for (number, revoked, wanted) in [(2, vec![&alice], REVOKED), (3, vec![], WELCOME)] {
        nginx.site.write("crls.pem", crls(&pki, number, &revoked));
        wait_until("the list is in force", || client.get("/").decision() == wanted);
    }
}

#[test]
fn what_a_reload_replaces_is_not_written_over_meanwhile() {
    const ANEW: &str = "cba: the CRLs were read anew";
    const STILL: &str = "is still read: the lists in force stay";
    let pki = Pki::new();
    let alice = pki.alice();
    let refreshed = site(&pki, "cba_crls crls.pem; cba_refresh 1s;");
    let mut nginx = refreshed.file("crls.pem", crls(&pki, 1, &[])).start();
    // Entries in no order, which take the master a while.
    let keys = (0..300_000_u64).map(|n| n.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    let denied: String = keys.map(|key| format!("key {key:016x}{key:048x}\n")).collect();
    let slow = format!("{TRUST} cba_deny deny.txt; cba_crls crls.pem; cba_refresh 1s;\n{PLACES}");
    nginx.site.write("deny.txt", denied);
    let mut number = 1;
    // The master is to be halted while it makes a verifier; if it is elsewhere, it is tried again.
    for attempt in 1..=8 {
        let workers = nginx.workers();
        let reconfigured = nginx.error_log().matches(", reconfiguring").count();
        nginx.begin_reload_with(|site| site.without_servers().server(NAME, &slow));
        wait_for(&nginx, ", reconfiguring", reconfigured + 1);
        std::thread::sleep(Duration::from_millis(100) * attempt);
        nginx.halt();
        for _ in 0..2 {
            number += 1;
            let lines = || nginx.error_log().matches(ANEW).count() + nginx.error_log().matches(STILL).count();
            let before = lines();
            nginx.site.write("crls.pem", crls(&pki, number, &[]));
            wait_until("the new list is seen", || lines() > before);
        }
        nginx.go_on();
        wait_until("the reload is over", || nginx.workers().len() == 1 && nginx.workers() != workers);
        if nginx.error_log().contains(STILL) {
            break;
        }
    }
    assert!(nginx.error_log().contains(STILL));
    nginx.site.write("crls.pem", crls(&pki, number + 1, &[&alice]));
    let client = client(&nginx, &alice, Tls::V1_3);
    wait_until("the list is in force", || client.get("/").decision() == REVOKED);
}

#[test]
fn without_a_reload_a_bad_list_does_not_hold_up_those_in_other_files() {
    let pki = Pki::new();
    let (alice, bob) = (pki.alice(), pki.identity(&pki.user("bob@example.com").serial(77)));
    let root = |number| pem_block("X509 CRL", &pki.root.crl().number(number).build());
    let issuing = |number, revoked: &[&Identity]| {
        let crl = pki.issuing.crl().number(number);
        revoked.iter().fold(crl, |crl, identity| crl.revoke(&identity.certificate)).build()
    };
    let old = root(4).into_bytes();
    let forged = pki.root.crl().number(9).signed_by(&Key::p256(9)).build();
    let long = pki.root.crl().number(9).entries_raw(many_entries(60_000)).build();
    const MISSING: &str = "no CRL takes the place of one in force (1013), CRL 1";
    let faults = [
        (Some(old), "CRL older than the one in force (1011), CRL 1"),
        (Some(forged), "bad signature (309), CRL 1"),
        (Some(b"garbage".to_vec()), "\"cba_crls\""),
        (Some(issuing(2, &[])), MISSING),
        (Some(long), "have outgrown the memory set aside for them"),
        (None, "cannot be read anew"),
    ];
    // Before or behind the other: the bytes that stay are the right ones.
    let orders = ["cba_crls root.crl; cba_crls issuing.crl;", "cba_crls issuing.crl; cba_crls root.crl;"];
    let check = |bad: Option<Vec<u8>>, words: &str, order: &str| {
        let site = site(&pki, &format!("{order} cba_refresh 1s;"));
        let nginx = site.file("root.crl", root(5)).file("issuing.crl", issuing(1, &[])).start();
        let decisions = || [&alice, &bob].map(|who| client(&nginx, who, Tls::V1_3).get("/").decision());
        let bob_welcome = "200 login bob@example.com";
        assert_eq!(decisions(), [WELCOME, bob_welcome]);
        match bad {
            Some(bytes) => nginx.site.write("root.crl", bytes),
            None => std::fs::remove_file(nginx.site.directory().join("root.crl")).unwrap(),
        }
        nginx.site.write("issuing.crl", issuing(2, &[&alice]));
        wait_until("Alice is revoked", || decisions() == [REVOKED, bob_welcome]);
        wait_for(&nginx, words, 1);
        wait_for(&nginx, "what it held stays in force", 1);
        // The fault is not looked for again, and what stayed goes on to the next verifier.
        nginx.site.write("issuing.crl", issuing(3, &[&bob]));
        wait_until("Bob is revoked", || decisions() == [WELCOME, REVOKED]);
        // But for a list that may yet come in another file.
        let again = nginx.error_log().matches("what it held stays in force").count() > 1;
        assert!(!again || words == MISSING);
        // A good one puts an end to it.
        let revoked = pki.root.crl().number(6).revoke(pki.issuing.certificate_der()).build();
        nginx.site.write("root.crl", revoked);
        wait_until("nobody is let in", || decisions() == [REVOKED; 2]);
    };
    std::thread::scope(|scope| {
        for ((bad, words), order) in faults.into_iter().zip(orders.into_iter().cycle()) {
            let check = &check;
            scope.spawn(move || check(bad, words, order));
        }
    });
}

#[test]
fn what_was_not_taken_up_for_another_files_fault_is_taken_up_later() {
    // The delta CRL comes before the complete one that it needs.
    let pki = Pki::new();
    let alice = pki.alice();
    let complete = |number| pki.issuing.crl().number(number);
    let delta = |base: u64| pki.issuing.crl().number(base + 1).delta(base);
    let nginx = site(&pki, "cba_crls root.crl; cba_crls complete.crl; cba_crls delta.crl; cba_refresh 1s;")
        .file("root.crl", pki.root.crl().build())
        .file("complete.crl", complete(10).build())
        .file("delta.crl", delta(10).build())
        .start();
    let client = client(&nginx, &alice, Tls::V1_3);
    assert_eq!(client.get("/").decision(), WELCOME);
    nginx.site.write("delta.crl", delta(11).revoke(&alice.certificate).build());
    wait_for(&nginx, "no CRL takes the place of one in force (1013), CRL 1", 1);
    assert_eq!(client.get("/").decision(), WELCOME);
    nginx.site.write("complete.crl", complete(11).build());
    wait_until("both are in force", || client.get("/").decision() == REVOKED);
}

#[test]
fn a_reload_does_not_bring_back_what_a_refresh_replaced() {
    let pki = Pki::new();
    let alice = pki.alice();
    // A server that does not refresh still has the old list when NGINX is reloaded.
    let server =
        |more: &str| format!("cba primary; {TRUST}\ncba_crls crls.pem; {more}\nlocation / {{ return 200; }}");
    let site = Site::new(&pki).file("crls.pem", crls(&pki, 1, &[]));
    let nginx = site.server("other.example", &server("")).server(NAME, &server("cba_refresh 1s;")).start();
    let client = client(&nginx, &alice, Tls::V1_3);
    assert_eq!(client.get("/").decision(), WELCOME);
    nginx.site.write("crls.pem", crls(&pki, 2, &[&alice]));
    wait_until("Alice is revoked", || client.get("/").decision() == REVOKED);
    nginx.site.write("crls.pem", crls(&pki, 1, &[]));
    let old = "CRL older than the one in force (1011)";
    wait_for(&nginx, old, 1);
    assert!(nginx.try_reload().unwrap_err().contains(old));
    assert_eq!(client.get("/").decision(), REVOKED);
}

#[test]
fn lists_that_outgrow_their_memory_leave_those_in_force() {
    let pki = Pki::new();
    let alice = pki.alice();
    let nginx = site(&pki, "cba_crls crls.pem; cba_refresh 1s;").file("crls.pem", crls(&pki, 1, &[])).start();
    let long = pki.issuing.crl().number(2).entries_raw(many_entries(60_000)).build();
    let list = pem_block("X509 CRL", &pki.root.crl().build()) + &pem_block("X509 CRL", &long);
    nginx.site.write("crls.pem", list);
    wait_for(&nginx, "have outgrown the memory set aside for them: reload NGINX", 1);
    assert_eq!(client(&nginx, &alice, Tls::V1_3).get("/").decision(), WELCOME);
    nginx.reload();
    assert_eq!(client(&nginx, &alice, Tls::V1_3).get("/").decision(), WELCOME);
}

#[test]
fn policies_are_required_of_whom_they_are_asked() {
    let pki = Pki::new();
    let issuing = pki.root.issue_ca("Issuing CA below Root CA", pki.issuing.key().clone());
    let issuing = issuing.certificate_policies(&["1.2.3.4", "1.2.3.5"]).build();
    let alice = |policy: &'static str| {
        let certificate = pki.user(ALICE).certificate_policies(&[policy]).build();
        Identity { chain: vec![issuing.clone()], ..Identity::new(certificate) }
    };
    let directives = "cba primary; cba_trusted_certificates root.pem; cba_policies 1.2.3.9 1.2.3.4;";
    let server = format!("{directives}\nlocation / {{ return 200; }}");
    let nginx = Site::new(&pki).server(NAME, &server).start();
    assert_eq!(client(&nginx, &alice("1.2.3.4"), Tls::V1_3).get("/").decision(), WELCOME);
    let refused = "403 refused valid for none of the required policies (419)";
    assert_eq!(client(&nginx, &alice("1.2.3.5"), Tls::V1_3).get("/").decision(), refused);
    assert_eq!(client(&nginx, &pki.alice(), Tls::V1_3).get("/").decision(), refused);
}

#[test]
fn an_anchor_that_constrains_names_is_refused_until_that_counts() {
    let pki = Pki::new();
    let limited = Authority::root_builder("Limited", Key::p256(40))
        .name_constraints(&[general_name::email("example.com")], &[])
        .build_authority();
    let of = |email: &str| Identity::new(limited.issue(Identity::key()).email(email).build());
    let decision = |directive: &str, email: &str| {
        let server = format!(
            "cba primary; cba_trusted_certificates limited.pem; {directive}\nlocation / {{ return 200; }}"
        );
        let site = Site::new(&pki).file("limited.pem", test_pki::pem(limited.certificate_der()));
        let nginx = site.server(NAME, &server).start();
        client(&nginx, &of(email), Tls::V1_3).get("/").decision()
    };
    let undecided = "403 refused the trust anchor carries constraints that nobody decided about (422)";
    assert_eq!(decision("", ALICE), undecided);
    assert_eq!(decision("cba_check_anchor on;", ALICE), WELCOME);
    let outside = "403 refused name outside the permitted subtrees (415)";
    assert_eq!(decision("cba_check_anchor on;", "alice@other.example"), outside);
}

#[test]
fn directives_that_mean_nothing_stop() {
    let pki = Pki::new();
    let check = |directives: &str| -> Checked {
        let server = format!("cba primary; {TRUST}\n{directives}\nlocation / {{ return 200; }}");
        Site::new(&pki).file("crls.pem", crls(&pki, 1, &[])).server(NAME, &server).test()
    };
    check("cba_crls crls.pem;\ncba_revocation chain;\ncba_crl_max_age 7d;\ncba_policies 1.2.3;").passes();
    check("cba_revocation none;").stops_at("cba_revocation", &["invalid value"]);
    check("cba_policies 1.2.3 nonsense;").stops_at("cba_policies", &["\"nonsense\" is no object identifier"]);
    check("cba_policies 1.2.3;\ncba_policies 1.2.3;").stops_at("cba_policies", &["is duplicate"]);
    check("cba_crls missing.pem;").stops_at("cba_crls", &["missing.pem", "No such file"]);
    check("cba_crls root.pem;").stops_at("cba_crls", &["root.pem", "no certificate or CRL"]);
    for directive in
        ["cba_revocation chain;", "cba_revocation leaf;", "cba_crl_max_age 1d;", "cba_refresh 1m;"]
    {
        check(directive).stops_at("cba primary", &["need \"cba_crls\""]);
    }
    check("cba_revocation off;").passes();
}
