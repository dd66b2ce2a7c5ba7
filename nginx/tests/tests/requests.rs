//! What becomes of a request: its status, its variables, its log line, its body on the way to the upstream.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a panic is how a test fails"
)]

use std::process::{Command, Stdio};

use nginx_tests::{ALICE, BOSS, Client, Http, Identity, Nginx, Pki, Request, Site, Tls, Upstream, hex};
use openssl::sha::sha256;
use test_pki::{Name, der, oid};

const TRUST: &str = "cba_trusted_certificates root.pem;\n";
const NAME: &str = "chat.example";
const WELCOME: &str = "200 login alice@example.com";

fn site(pki: &Pki, directives: &str) -> Nginx {
    Site::new(pki).server(NAME, &format!("{TRUST}{directives}")).start()
}

// -- variables ------------------------------------------------------------------------------

#[test]
fn an_accepted_certificate_fills_every_variable() {
    let pki = Pki::new();
    let nginx = site(&pki, "cba primary;\nlocation / { return 200; }");
    let leaf = pki.user("Alice@Example.com").serial(0xabcd).not_after(2_000_000_000);
    let alice = pki.identity(&leaf);
    let response = nginx.client(Some(&alice), NAME).get("/");
    assert_eq!(response.decision(), WELCOME);
    for (name, value) in [
        ("reason", ""),
        ("depth", ""),
        ("fingerprint", &alice.fingerprint()),
        ("spki", &hex(&sha256(&alice.key.spki_der()))),
        ("serial", "00abcd"),
        ("issuer", &hex(&sha256(pki.issuing.subject_der()))),
        ("device", "cn:somebody"),
        ("not-after", "2000000000"),
    ] {
        assert_eq!(response.cba(name), value, "{name}");
    }
}

#[test]
fn the_end_of_validity_is_that_of_the_whole_path() {
    let mut pki = Pki::new();
    pki.issuing =
        pki.root.issue_ca("Short CA", test_pki::Key::p256(2)).not_after(1_900_000_000).build_authority();
    let nginx = site(&pki, "cba primary;\nlocation / { return 200; }");
    assert_eq!(nginx.client(Some(&pki.alice()), NAME).get("/").cba("not-after"), "1900000000");
}

#[test]
fn a_refused_certificate_fills_status_reason_and_depth_alone() {
    let mut pki = Pki::new();
    let nginx = site(&pki, "cba primary;\nlocation / { return 200; }");
    let leaf = nginx.client(Some(&pki.expired()), NAME).get("/");
    assert_eq!((leaf.decision().as_str(), leaf.cba("depth")), ("403 refused expired (402)", "0"));
    pki.issuing = pki.root.issue_ca("Old CA", test_pki::Key::p256(2)).validity(0, 86_400).build_authority();
    let intermediate = nginx.client(Some(&pki.alice()), NAME).get("/");
    assert_eq!(
        (intermediate.decision().as_str(), intermediate.cba("depth")),
        ("403 refused expired (402)", "1")
    );
    for name in ["email", "fingerprint", "spki", "serial", "issuer", "device", "not-after"] {
        assert_eq!((leaf.cba(name), intermediate.cba(name)), ("", ""), "{name}");
    }
}

#[test]
fn where_nothing_is_asked_the_status_is_off_and_nothing_else_is_known() {
    let pki = Pki::new();
    let nginx = site(&pki, "location / { return 200; }\nlocation /in { cba primary; return 200; }");
    for identity in [Some(pki.alice()), Some(pki.expired()), None] {
        let response = nginx.client(identity.as_ref(), NAME).get("/");
        assert_eq!(response.decision(), "200 off");
        for name in
            ["email", "reason", "depth", "fingerprint", "spki", "serial", "issuer", "device", "not-after"]
        {
            assert_eq!(response.cba(name), "", "{name}");
        }
    }
    assert!(nginx.refusals().is_empty());
    let elsewhere = Site::new(&pki).server("plain.example", "location / { return 200; }").start();
    assert_eq!(elsewhere.client(None, "plain.example").get("/").decision(), "200 off");
}

#[test]
fn the_device_is_the_first_name_of_its_kind_and_none_if_two_differ() {
    let pki = Pki::new();
    let nginx = site(&pki, "cba primary;\nlocation / { return 200; }");
    let serial = |leaf: test_pki::CertificateBuilder, value: &[u8]| {
        leaf.attribute(oid::SERIAL_NUMBER, der::tag::PRINTABLE_STRING, value)
    };
    let full = || pki.user(ALICE).san_uri("urn:dev:1").san_dns("laptop.example.com");
    for (leaf, device) in [
        (serial(full(), b"SN-1"), "serial:SN-1"),
        (full(), "uri:urn:dev:1"),
        (pki.user(ALICE).san_dns("laptop.example.com"), "dns:laptop.example.com"),
        (pki.user(ALICE), "cn:somebody"),
        (pki.client().email(ALICE), ""),
        (serial(serial(full(), b"SN-1"), b"SN-2"), ""),
        (serial(serial(full(), b"SN-1"), b"SN-1"), "serial:SN-1"),
        (serial(full(), b"SN\r\nX-User: boss@example.com"), ""),
        (pki.client().email(ALICE).common_name("Ålice"), ""),
    ] {
        let response = nginx.client(Some(&pki.identity(&leaf)), NAME).get("/");
        assert_eq!(response.decision(), WELCOME);
        assert_eq!(response.cba("device"), device);
    }
}

#[test]
fn nothing_in_a_certificate_can_inject_a_header_or_a_log_line() {
    let pki = Pki::new();
    let upstream = Upstream::start();
    let nginx = Site::new(&pki)
        .http("log_format cba '$cba_status|$cba_email|$cba_reason|$cba_device|$cba_serial';")
        .server(
            NAME,
            &format!(
                "{TRUST}cba primary;\naccess_log cba.log cba;\naccess_log access.log;\nlocation / {{ \
                 proxy_set_header X-Device \"$cba_device\"; proxy_set_header X-User $cba_email; \
                 proxy_pass http://127.0.0.1:{}; }}",
                upstream.port
            ),
        )
        .start();
    let text = "x\r\nX-Injected: yes\r\n\r\n";
    for leaf in [
        pki.user(ALICE).common_name(text),
        pki.client().email(ALICE).common_name(text),
        pki.user(ALICE).san_uri(text),
        pki.user(ALICE).san_dns(text),
        pki.client().email(&format!("alice@example.com{text}")),
        pki.client().subject(
            Name::new().attribute(oid::SERIAL_NUMBER, der::tag::UTF8_STRING, text.as_bytes()).email(ALICE),
        ),
    ] {
        let response = nginx.client(Some(&pki.identity(&leaf)), NAME).get("/");
        assert_eq!(response.header("x-injected"), "", "{response:?}");
        if response.status == 200 {
            let (head, _) = Upstream::seen(&response.body);
            assert!(!head.iter().any(|line| line.starts_with("x-injected")), "{head:?}");
            assert!(head.contains(&"x-user: alice@example.com".to_owned()), "{head:?}");
        }
    }
    let _ = nginx.access("\" 403 ");
    for log in [nginx.error_log(), nginx.site.read("cba.log")] {
        assert!(!log.lines().any(|line| line.starts_with("X-Injected")), "{log}");
    }
}

// -- refusals -------------------------------------------------------------------------------

#[test]
fn each_refused_request_writes_one_line_and_an_accepted_one_none() {
    let pki = Pki::new();
    for directives in [
        "cba primary;\nlocation / { return 200; }",
        "location / { cba primary; empty_gif; }",
        "cba primary;\nerror_page 403 /sorry;\nlocation / { empty_gif; }\nlocation /sorry { internal; return 403 sorry; }",
        "location / { cba primary; error_page 403 @sorry; empty_gif; }\nlocation @sorry { cba primary; empty_gif; }",
    ] {
        for http in [Http::V1_1, Http::V2] {
            let nginx = site(&pki, directives);
            let client =
                |identity: Identity| Client::with(nginx.port(), Some(&identity), Tls::V1_3, http).named(NAME);
            assert_eq!(client(pki.alice()).get("/").status, 200, "{directives}");
            assert_eq!(nginx.refusals().len(), 0);
            let mut kept = client(pki.expired()).connect().unwrap();
            for requests in 1..4 {
                assert_eq!(kept.get("/").status, 403, "{directives}");
                assert_eq!(nginx.refusals().len(), requests, "{directives}\n{:#?}", nginx.refusals());
            }
            assert!(nginx.refusals().iter().all(|line| line.contains("[error]")));
        }
    }
}

#[test]
fn a_refused_request_stays_refused_on_its_error_page() {
    let pki = Pki::new();
    let nginx = site(
        &pki,
        "error_page 403 /sorry;\nlocation = /sorry { internal; return 403 \"$cba_reason\"; }\n\
         location / { cba primary; empty_gif; }",
    );
    let response = nginx.client(Some(&pki.expired()), NAME).get("/");
    assert_eq!(response.decision(), "403 refused expired (402)");
    assert_eq!(response.text(), "expired (402)");
}

#[test]
fn a_refusal_names_the_client_that_a_trusted_balancer_named() {
    let pki = Pki::new();
    for directives in ["cba primary;\nlocation / { return 200; }", "location / { cba primary; empty_gif; }"] {
        let nginx =
            site(&pki, &format!("set_real_ip_from 127.0.0.1; real_ip_header X-Client;\n{directives}"));
        let request = Request::get("/").header("X-Client", "192.0.2.7");
        assert_eq!(nginx.send(Some(&pki.expired()), NAME, &request).status, 403);
        let line = nginx.refusals().pop().unwrap();
        assert!(line.contains(", client: 192.0.2.7, server: "), "{line}");
    }
}

#[test]
fn enforcement_switched_off_lets_through_says_what_it_would_have_done_and_warns() {
    let pki = Pki::new();
    for directives in [
        "cba primary;\ncba_enforce off;\nlocation / { return 200; }",
        "cba primary;\nlocation / { cba_enforce off; return 200; }",
        "location / { cba primary; cba_enforce off; empty_gif; }",
    ] {
        let nginx = site(&pki, directives);
        assert_eq!(nginx.client(Some(&pki.alice()), NAME).get("/").decision(), WELCOME);
        let response = nginx.client(Some(&pki.expired()), NAME).get("/");
        assert_eq!(response.decision(), "200 refused expired (402)");
        assert_eq!(response.cba("fingerprint"), "");
        let response = nginx.client(None, NAME).get("/");
        assert_eq!(response.decision(), "200 refused no client certificate (605)");
        let lines = nginx.refusals();
        assert_eq!(lines.len(), 2, "{directives}\n{lines:#?}");
        assert!(lines.iter().all(|line| line.contains("[warn]")), "{lines:#?}");
    }
}

#[test]
fn a_request_that_was_warned_of_and_is_then_refused_is_logged_as_refused() {
    let nginx = site(
        &Pki::new(),
        "location = /soft { cba primary; cba_enforce off; rewrite ^ /hard last; }\n\
         location = /hard { cba primary; return 200; }",
    );
    assert_eq!(nginx.send(None, NAME, &Request::get("/soft")).status, 403);
    let refusals = nginx.refusals();
    let levels: Vec<_> = refusals.iter().map(|line| line.contains("[error]")).collect();
    assert_eq!(levels, [false, true], "{refusals:?}");
}

#[test]
fn early_data_is_asked_to_come_again_later() {
    let pki = Pki::new();
    for directives in ["cba primary;\nlocation / { return 200; }", "location / { cba primary; empty_gif; }"] {
        let nginx =
            Site::new(&pki).http("ssl_early_data on;").server(NAME, &format!("{TRUST}{directives}")).start();
        for (target, identity) in [("/alice", pki.alice()), ("/expired", pki.expired())] {
            let client = nginx.client(Some(&identity), NAME);
            let first = client.get("/").status;
            let early = client.send_early(&Request::get(target), || drop(nginx.access(target)));
            assert_eq!(
                (early.status, early.cba("status"), early.cba("email")),
                (425, "refused", ""),
                "{early:?}"
            );
            // What resumes without early data is judged as ever.
            let mut later = client.resume().unwrap();
            assert!(later.reused);
            assert_eq!(later.get("/").status, first);
        }
    }
}

#[test]
fn early_data_where_nothing_is_asked_is_served() {
    let pki = Pki::new();
    let nginx = Site::new(&pki)
        .http("ssl_early_data on;")
        .server(
            NAME,
            &format!("{TRUST}location / {{ return 200; }}\nlocation /in {{ cba primary; return 200; }}"),
        )
        .start();
    let client = nginx.client(Some(&pki.alice()), NAME);
    assert_eq!(client.get("/").status, 200);
    let early = client.send_early(&Request::get("/early"), || drop(nginx.access("GET /early")));
    assert_eq!(early.decision(), "200 off");
}

#[test]
fn a_connection_of_another_server_that_brought_no_certificate_is_misdirected() {
    let pki = Pki::new();
    let nginx = Site::new(&pki)
        .server("open.example", "location / { return 200; }")
        .server(NAME, &format!("{TRUST}cba primary;\nlocation / {{ return 200; }}"))
        .start();
    let request = Request::get("/").host(NAME);
    for identity in [None, Some(pki.alice())] {
        // The other server did not ask for a certificate.
        assert_eq!(nginx.send(identity.as_ref(), "open.example", &request).status, 421);
        // Without SNI another connection would be no better.
        let nameless = Client::new(nginx.port(), identity.as_ref()).send(&request);
        assert_eq!(nameless.decision(), "403 refused no client certificate (605)");
    }
    assert_eq!(nginx.client(None, NAME).get("/").status, 403);
}

// -- settings -------------------------------------------------------------------------------

#[test]
fn the_sources_of_the_email_are_those_configured_in_their_order() {
    let pki = Pki::new();
    let nginx = Site::new(&pki)
        .server(
            "subject.example",
            &format!("{TRUST}cba primary;\ncba_identity subject;\nlocation / {{ return 200; }}"),
        )
        .server(
            "san.example",
            &format!("{TRUST}cba primary;\ncba_identity san;\nlocation / {{ return 200; }}"),
        )
        .server(
            "both.example",
            &format!("{TRUST}cba primary;\ncba_identity san subject;\nlocation / {{ return 200; }}"),
        )
        .start();
    let subject = pki.identity(&pki.user(ALICE));
    let san = pki.identity(&pki.client().common_name("alice").san_email(ALICE));
    let missing = "403 refused no e-mail address in the certificate (500)";
    for (server, identity, decision) in [
        ("subject.example", &subject, WELCOME),
        ("subject.example", &san, missing),
        ("san.example", &subject, missing),
        ("san.example", &san, WELCOME),
        ("both.example", &subject, WELCOME),
        ("both.example", &san, WELCOME),
    ] {
        assert_eq!(nginx.client(Some(identity), server).get("/").decision(), decision, "{server}");
    }
}

#[test]
fn case_is_folded_unless_told_otherwise() {
    let pki = Pki::new();
    let place = "location / { cba secondary; cba_login $arg_user; empty_gif; }";
    let nginx = Site::new(&pki)
        .server("fold.example", &format!("{TRUST}{place}"))
        .server("exact.example", &format!("{TRUST}cba_case exact;\n{place}"))
        .start();
    let mixed = pki.identity(&pki.user("Alice@Example.com"));
    let typing = |server: &str, user: &str| {
        let response = nginx.client(Some(&mixed), server).get(&format!("/?user={user}"));
        (response.status, response.cba("email").to_owned())
    };
    assert_eq!(typing("fold.example", "ALICE@example.COM"), (200, ALICE.to_owned()));
    assert_eq!(typing("exact.example", "ALICE@example.COM").0, 403);
    let (status, email) = typing("exact.example", "Alice@example.com");
    assert_eq!((status, email.split('@').next()), (200, Some("Alice")));
}

#[test]
fn an_anchor_speaks_for_its_domains_alone() {
    let pki = Pki::new();
    let partner = Pki::seeded("Partner CA", 70);
    let nginx = Site::new(&pki)
        .file("partner.pem", test_pki::pem(partner.root.certificate_der()))
        .server(
            NAME,
            &format!("{TRUST}cba_trusted_certificates partner.pem domain=partner.example;\ncba primary;\nlocation / {{ return 200; }}"),
        )
        .start();
    let visit = |pki: &Pki, email: &str| {
        nginx.client(Some(&pki.identity(&pki.user(email))), NAME).get("/").decision()
    };
    assert_eq!(visit(&partner, "carol@partner.example"), "200 login carol@partner.example");
    assert_eq!(
        visit(&partner, BOSS),
        "403 refused the trust anchor may not speak for this e-mail domain (504)"
    );
    assert_eq!(visit(&pki, BOSS), "200 login boss@example.com");
}

#[test]
fn intermediates_come_from_the_file_where_the_client_presents_none() {
    let pki = Pki::new();
    let nginx = Site::new(&pki)
        .server(
            "file.example",
            &format!("{TRUST}cba_intermediates issuing.pem;\ncba primary;\nlocation / {{ return 200; }}"),
        )
        .server("bare.example", &format!("{TRUST}cba primary;\nlocation / {{ return 200; }}"))
        .start();
    let alone = Identity::new(pki.user(ALICE).build());
    assert_eq!(nginx.client(Some(&alone), "file.example").get("/").decision(), WELCOME);
    assert_eq!(
        nginx.client(Some(&alone), "bare.example").get("/").decision(),
        "403 refused issuer not found (400)"
    );
}

#[test]
fn a_chain_of_many_certificates_is_cut_off_and_the_server_lives_on() {
    let pki = Pki::new();
    let nginx = site(&pki, "cba primary;\nlocation / { return 200; }");
    let mut hostile = pki.alice();
    for seed in 0..100 {
        let name = format!("CA {seed}");
        let more = pki.root.issue_ca(name.as_str(), test_pki::Key::p256(2)).build_authority();
        hostile.chain.push(more.certificate_der().to_vec());
    }
    for (tls, http) in [(Tls::V1_2, Http::V1_1), (Tls::V1_3, Http::V1_1)] {
        let client = Client::with(nginx.port(), Some(&hostile), tls, http).named(NAME);
        // Either the handshake fails, or the request is judged; nobody but Alice comes of it.
        if let Ok(response) =
            client.connect().and_then(|mut connection| connection.try_send(&Request::get("/")))
        {
            assert!(
                [WELCOME, "403 refused"].iter().any(|good| response.decision().starts_with(good)),
                "{response:?}"
            );
        }
    }
    assert_eq!(nginx.client(Some(&pki.alice()), NAME).get("/").decision(), WELCOME);
}

#[test]
fn the_names_of_the_authorities_are_advertised_unless_told_otherwise() {
    let pki = Pki::new();
    let nginx = Site::new(&pki)
        .server("told.example", &format!("{TRUST}cba primary;\nlocation / {{ return 200; }}"))
        .server(
            "untold.example",
            &format!("{TRUST}cba primary;\ncba_advertise off;\nlocation / {{ return 200; }}"),
        )
        .start();
    for version in ["-tls1_2", "-tls1_3"] {
        let asked = |server: &str| {
            let address = format!("127.0.0.1:{}", nginx.port());
            let output = Command::new("openssl")
                .args(["s_client", "-connect", &address, "-servername", server, version])
                .stdin(Stdio::null())
                .output()
                .unwrap();
            String::from_utf8_lossy(&output.stdout).into_owned()
        };
        let told = asked("told.example");
        assert!(told.contains("Acceptable client certificate CA names\nCN = Root CA\n"), "{told}");
        let untold = asked("untold.example");
        assert!(untold.contains("No client certificate CA names sent"), "{untold}");
        assert!(untold.contains("Client Certificate Types") || version == "-tls1_3", "{untold}");
    }
}
