//! What becomes of a request: its status, its variables, its log line, its body on the way to the upstream.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a panic is how a test fails"
)]

use std::process::{Command, Stdio};

use nginx_tests::{
    ALICE, BOSS, Client, Http, Identity, Nginx, Pki, Request, Response, Site, Tls, Upstream, hex,
};
use openssl::sha::sha256;
use test_pki::{Name, der, oid};

const TRUST: &str = "cba_trusted_certificates root.pem;\n";
const NAME: &str = "chat.example";
const WELCOME: &str = "200 login alice@example.com";

fn site(pki: &Pki, directives: &str) -> Nginx {
    Site::new(pki).server(NAME, &format!("{TRUST}{directives}")).start()
}

/// A site whose `/login` compares what `login` says, and passes the request on.
fn login_site(login: &str) -> Nginx {
    let upstream = Upstream::start();
    let pki = Pki::new();
    Site::new(&pki)
        .http("client_max_body_size 8m;")
        .server(
            NAME,
            &format!(
                "{TRUST}location /login {{ cba secondary; cba_login {login}; \
                 proxy_set_header X-User $cba_email; proxy_pass http://127.0.0.1:{}; }}",
                upstream.port
            ),
        )
        .start()
}

fn form(body: &str) -> Request {
    Request::post("/login", "application/x-www-form-urlencoded", body)
}

fn json(body: &str) -> Request {
    Request::post("/login", "application/json", body)
}

fn as_alice(nginx: &Nginx, request: &Request) -> Response {
    nginx.send(Some(&Pki::new().alice()), NAME, request)
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
                "{TRUST}cba primary;\naccess_log cba.log cba;\nlocation / {{ \
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
fn early_data_is_asked_to_come_again_later() {
    let pki = Pki::new();
    for directives in ["cba primary;\nlocation / { return 200; }", "location / { cba primary; empty_gif; }"] {
        let nginx =
            Site::new(&pki).http("ssl_early_data on;").server(NAME, &format!("{TRUST}{directives}")).start();
        for identity in [pki.alice(), pki.expired()] {
            let client = nginx.client(Some(&identity), NAME);
            let first = client.get("/").status;
            let early = client.send_early(&Request::get("/early"), || drop(nginx.access("GET /early")));
            assert_eq!(
                (early.status, early.cba("status"), early.cba("email")),
                (425, "refused", ""),
                "{early:?}"
            );
            // What follows on the same connection, or resumes without early data, is served.
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

// -- the typed e-mail -----------------------------------------------------------------------

#[test]
fn the_login_may_come_from_argument_or_header() {
    let matches = "200 password alice@example.com";
    let differs = "403 refused the login e-mail is not the certificate's (602)";
    let missing = "403 refused no login e-mail to compare with (601)";
    let nginx = login_site("$arg_user");
    let asked = |target: &str| as_alice(&nginx, &Request::get(target)).decision();
    assert_eq!(asked("/login?user=alice@example.com"), matches);
    assert_eq!(asked("/login?user=boss@example.com"), differs);
    assert_eq!(asked("/login?user="), missing);
    assert_eq!(asked("/login"), missing);
    let nginx = login_site("$http_x_login");
    let asked = |email: &str| as_alice(&nginx, &Request::get("/login").header("x-login", email)).decision();
    assert_eq!(asked(ALICE), matches);
    assert_eq!(asked(BOSS), differs);
    assert_eq!(asked("alice@example.com,boss@example.com"), differs);
}

#[test]
fn the_login_may_come_from_the_body_which_is_passed_on_as_it_came() {
    let padding = |length| "x".repeat(length);
    let body_of = |email: &str, length| {
        [
            format!(r#"{{"password": "{}", "login_id": "{email}"}}"#, padding(length)),
            format!("password={}&login_id={}", padding(length), email.replace('@', "%40")),
        ]
    };
    let [json_site, form_site] = ["$cba_json_login_id", "$cba_form_login_id"].map(login_site);
    let alice = Pki::new().alice();
    // In one buffer, in several, and in a temporary file (client_body_buffer_size is 16 KiB).
    for length in [10, 3_000, 15_000, 40_000, 64_000] {
        for (http, chunked) in [(Http::V1_1, false), (Http::V1_1, true), (Http::V2, false), (Http::V2, true)]
        {
            for (email, wanted) in [(ALICE, 200), (BOSS, 403)] {
                let [json_body, form_body] = body_of(email, length);
                for (nginx, request, body) in
                    [(&json_site, json(&json_body), json_body), (&form_site, form(&form_body), form_body)]
                {
                    let request = if chunked { request.chunked() } else { request };
                    let client = Client::with(nginx.port(), Some(&alice), Tls::V1_3, http).named(NAME);
                    let response = client.send(&request);
                    let cell = format!("{length} {http:?} chunked {chunked} {email}");
                    assert_eq!(response.status, wanted, "{cell}: {}", response.decision());
                    if wanted == 200 {
                        let (head, seen) = Upstream::seen(&response.body);
                        assert!(head.contains(&"x-user: alice@example.com".to_owned()), "{cell}: {head:?}");
                        assert_eq!(String::from_utf8_lossy(&seen), body, "{cell}");
                    }
                }
            }
        }
    }
}

#[test]
fn a_kept_connection_compares_each_request_anew() {
    let nginx = login_site("$cba_json_login_id");
    for http in [Http::V1_1, Http::V2] {
        let alice = Pki::new().alice();
        let client = Client::with(nginx.port(), Some(&alice), Tls::V1_3, http).named(NAME);
        let mut kept = client.connect().unwrap();
        for (email, status) in [(ALICE, 200), (BOSS, 403), (ALICE, 200), ("", 403)] {
            let request = json(&format!(r#"{{"login_id": "{email}"}}"#));
            // A refusal with a body unread may end a connection of HTTP/1.1.
            let response = kept.try_send(&request).unwrap_or_else(|_| {
                kept = client.connect().unwrap();
                kept.send(&request)
            });
            assert_eq!(response.status, status, "{email}");
        }
    }
}

#[test]
fn a_member_or_field_given_twice_is_refused() {
    let twice = "403 refused the login e-mail is given more than once (607)";
    let nginx = login_site("$cba_json_login_id");
    for body in [
        r#"{"login_id": "alice@example.com", "login_id": "boss@example.com"}"#,
        r#"{"login_id": "boss@example.com", "login_id": "alice@example.com"}"#,
        r#"{"login_id": "alice@example.com", "Login_Id": "boss@example.com"}"#,
        r#"{"login_id": "alice@example.com", "login\u005fid": "boss@example.com"}"#,
    ] {
        assert_eq!(as_alice(&nginx, &json(body)).decision(), twice, "{body}");
    }
    let nginx = login_site("$cba_form_login_id");
    for body in [
        "login_id=alice@example.com&login_id=boss@example.com",
        "login_id=boss@example.com&login_id=alice@example.com",
        "login_id=alice@example.com&login%5fid=boss@example.com",
        "login_id=alice@example.com&login.id=boss@example.com",
        "login_id=alice@example.com&login_id[]=boss@example.com",
    ] {
        assert_eq!(as_alice(&nginx, &form(body)).decision(), twice, "{body}");
    }
}

#[test]
fn a_body_that_is_not_what_it_should_be_is_refused() {
    let malformed = "403 refused malformed login request (608)";
    let nginx = login_site("$cba_json_login_id");
    for body in [
        "",
        "null",
        "[]",
        "login_id=alice@example.com",
        r#"[{"login_id": "alice@example.com"}]"#,
        r#"{"login_id": ["alice@example.com"]}"#,
        r#"{"login_id": 1}"#,
        r#"{"login_id": "alice@example.com"} {"login_id": "boss@example.com"}"#,
        r#"{"login_id": "alice@example.com"}&login_id=boss@example.com"#,
        r#"{"login_id": "alice@example.com""#,
    ] {
        assert_eq!(as_alice(&nginx, &json(body)).decision(), malformed, "{body}");
    }
    let nginx = login_site("$cba_form_login_id");
    for body in [
        "login_id=alice@example.com;login_id=boss@example.com",
        "login_id=%zz",
        "login_id=alice@example.com\r\n",
    ] {
        assert_eq!(as_alice(&nginx, &form(body)).decision(), malformed, "{body}");
    }
    let absent = as_alice(&nginx, &form(r#"{"login_id": "alice@example.com"}"#)).status;
    assert_eq!(absent, 403);
}

#[test]
fn a_body_of_another_declared_type_is_refused() {
    // The upstream reads by content type: what we read as a form it would read as JSON.
    let both = r#"{"x":"&login_id=alice@example.com&y=","login_id":"boss@example.com"}"#;
    let nginx = login_site("$cba_form_login_id");
    for kind in ["application/json", "text/plain", "multipart/form-data; boundary=b"] {
        let response = as_alice(&nginx, &Request::post("/login", kind, both));
        assert_eq!(response.status, 403, "{kind}: {}", response.decision());
    }
    let nginx = login_site("$cba_json_login_id");
    let response = as_alice(&nginx, &form(r#"{"login_id": "alice@example.com"}"#));
    assert_eq!(response.status, 403, "{}", response.decision());
}

#[test]
fn an_encoded_body_is_refused() {
    let nginx = login_site("$cba_json_login_id");
    let body = r#"{"login_id": "alice@example.com"}"#;
    let response = as_alice(&nginx, &json(body).header("content-encoding", "gzip"));
    assert_eq!(response.status, 403, "{}", response.decision());
}

#[test]
fn a_request_without_a_body_has_no_login() {
    let nginx = login_site("$cba_json_login_id");
    assert_eq!(as_alice(&nginx, &Request::get("/login")).status, 403);
    let nginx = login_site("$cba_form_login_id");
    assert_eq!(as_alice(&nginx, &Request::get("/login?login_id=alice@example.com")).status, 403);
}

#[test]
fn a_body_beyond_the_limit_is_refused_without_being_read_to_its_end() {
    let nginx = login_site("$cba_json_login_id");
    let alice = Pki::new().alice();
    for http in [Http::V1_1, Http::V2] {
        for length in [65_536, 3_000_000] {
            let body = format!(r#"{{"login_id": "alice@example.com", "x": "{}"}}"#, "x".repeat(length));
            for request in [json(&body), json(&body).chunked()] {
                let client = Client::with(nginx.port(), Some(&alice), Tls::V1_3, http).named(NAME);
                let status = client.send(&request).status;
                assert!(matches!(status, 403 | 413), "{http:?} {length}: {status}");
            }
        }
    }
}

#[test]
fn a_refused_certificate_is_refused_before_its_body_is_looked_at() {
    let nginx = login_site("$cba_json_login_id");
    let pki = Pki::new();
    for (identity, reason) in [(Some(pki.expired()), "expired (402)"), (None, "no client certificate (605)")]
    {
        let response = nginx.send(identity.as_ref(), NAME, &json("nonsense"));
        assert_eq!(response.decision(), format!("403 refused {reason}"));
    }
}

#[test]
fn nothing_is_accepted_before_it_was_compared() {
    let pki = Pki::new();
    let nginx = site(
        &pki,
        "location /return { cba secondary; cba_login $arg_user; return 200 \"[$cba_status][$cba_email]\"; }\n\
         location /if { cba secondary; cba_login $arg_user; if ($cba_status = password) { return 200 in; } empty_gif; }\n\
         location /any { cba secondary; cba_login $arg_user; satisfy any; allow all; empty_gif; }",
    );
    for place in ["/return", "/if", "/any"] {
        let response = as_alice(&nginx, &Request::get(&format!("{place}?user=boss@example.com")));
        assert!(!response.text().contains("alice"), "{place}: {response:?}");
        assert_ne!(response.text(), "in", "{place}: {response:?}");
        assert_ne!(response.cba("status"), "password", "{place}: {response:?}");
        assert_eq!(response.cba("email"), "", "{place}: {response:?}");
        assert_eq!(response.status, 403, "{place}: {response:?}");
    }
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
