//! What was accepted once is refused from the moment that its reason to be accepted is gone: on resumed
//! sessions, and on connections that were kept.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::arithmetic_side_effects,
    reason = "a panic is how a test fails"
)]

use std::time::{SystemTime, UNIX_EPOCH};

use nginx_tests::{ALICE, Client, Http, Identity, Nginx, Pki, Request, Site, Tls, hex, wait_until};
use openssl::sha::sha256;

const VERSIONS: [(Tls, Http); 4] =
    [(Tls::V1_2, Http::V1_1), (Tls::V1_2, Http::V2), (Tls::V1_3, Http::V1_1), (Tls::V1_3, Http::V2)];

/// Sessions that outlive a reload: by tickets under a key from a file, and by a shared cache.
const SESSIONS: [&str; 2] =
    ["ssl_session_ticket_key ticket.key;", "ssl_session_tickets off; ssl_session_cache shared:S:1m;"];

const WELCOME: &str = "200 login alice@example.com";
const DENIED: &str = "403 refused on the deny list (413)";

fn start(pki: &Pki, sessions: &str) -> Nginx {
    Site::new(pki)
        .file("ticket.key", [7; 80])
        .file("deny.txt", "# nobody yet\n")
        .http(sessions)
        .server(
            "chat.example",
            "cba primary; cba_trusted_certificates root.pem; cba_deny deny.txt;\nlocation / { return 200; }",
        )
        .start()
}

fn client(nginx: &Nginx, identity: &Identity, (tls, http): (Tls, Http)) -> Client {
    Client::with(nginx.port(), Some(identity), tls, http).named("chat.example")
}

/// Visits, denies that entry with a reload, and visits again.
fn deny_after_a_visit(sessions: &str, versions: (Tls, Http), entry: &str, depth: &str) {
    let pki = Pki::new();
    let nginx = start(&pki, sessions);
    let client = client(&nginx, &pki.alice(), versions);
    let mut kept = client.connect().unwrap();
    assert_eq!(kept.get("/").decision(), WELCOME);
    let mut resumed = client.resume().unwrap();
    assert!(resumed.reused);
    assert_eq!(resumed.get("/").decision(), WELCOME, "{sessions} {versions:?}");

    nginx.site.write("deny.txt", entry);
    nginx.reload();

    // A worker that leaves closes idle connections; one that it should keep has to be refused.
    for connection in [&mut kept, &mut resumed] {
        if let Ok(response) = connection.try_send(&Request::get("/")) {
            assert_eq!(response.decision(), DENIED);
        }
    }
    let mut resumed = client.resume().unwrap();
    assert!(resumed.reused, "the session must outlive the reload: {sessions} {versions:?}");
    for _ in 0..2 {
        let response = resumed.get("/");
        assert_eq!((response.decision().as_str(), response.cba("depth")), (DENIED, depth));
    }
    let response = client.get("/");
    assert_eq!((response.decision().as_str(), response.cba("depth")), (DENIED, depth));
}

#[test]
fn a_certificate_denied_with_a_reload_is_refused_on_its_resumed_session_and_kept_connection() {
    let entry = format!("certificate {}\n", Pki::new().alice().fingerprint());
    for sessions in SESSIONS {
        for versions in VERSIONS {
            deny_after_a_visit(sessions, versions, &entry, "0");
        }
    }
}

#[test]
fn a_key_denied_with_a_reload_is_refused_on_its_resumed_session() {
    let entry = format!("key {}\n", hex(&sha256(&Identity::key().spki_der())));
    for sessions in SESSIONS {
        deny_after_a_visit(sessions, (Tls::V1_3, Http::V2), &entry, "0");
    }
}

#[test]
fn an_intermediate_denied_with_a_reload_is_refused_on_resumed_sessions_below_it() {
    let entry = format!("certificate {}\n", hex(&sha256(Pki::new().issuing.certificate_der())));
    for sessions in SESSIONS {
        for versions in VERSIONS {
            deny_after_a_visit(sessions, versions, &entry, "1");
        }
    }
}

#[test]
fn a_root_no_longer_trusted_is_refused_on_resumed_sessions_below_it() {
    let pki = Pki::new();
    for sessions in SESSIONS {
        let nginx = start(&pki, sessions);
        let client = client(&nginx, &pki.alice(), (Tls::V1_3, Http::V1_1));
        assert_eq!(client.get("/").decision(), WELCOME);
        let other = Pki::seeded("Another CA", 60);
        nginx.site.write("root.pem", test_pki::pem(other.root.certificate_der()));
        nginx.reload();
        let mut resumed = client.resume().unwrap();
        assert!(resumed.reused);
        assert_eq!(resumed.get("/").decision(), "403 refused issuer not found (400)");
    }
}

#[test]
fn a_certificate_that_expires_is_refused_on_its_resumed_session_and_kept_connection() {
    let now = || i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()).unwrap();
    let pki = Pki::new();
    let sites = SESSIONS.map(|sessions| start(&pki, sessions));
    let until = now() + 4;
    let alice = pki.identity(&pki.user(ALICE).validity(until - 1_000, until));
    let clients: Vec<Client> =
        sites.iter().flat_map(|nginx| VERSIONS.map(|versions| client(nginx, &alice, versions))).collect();
    let mut kept: Vec<_> = clients.iter().map(|client| client.connect().unwrap()).collect();
    for connection in &mut kept {
        let response = connection.get("/");
        assert_eq!(response.decision(), WELCOME);
        assert_eq!(response.cba("not-after"), until.to_string());
    }
    wait_until("the certificate has expired", || now() > until + 1);
    for (client, kept) in clients.iter().zip(&mut kept) {
        assert_eq!(kept.get("/").decision(), "403 refused expired (402)");
        let mut resumed = client.resume().unwrap();
        assert!(resumed.reused);
        assert_eq!(resumed.get("/").decision(), "403 refused expired (402)");
    }
}
