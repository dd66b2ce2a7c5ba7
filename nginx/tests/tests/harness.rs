//! The harness itself, with NGINX as it is: what the other tests rely on.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a panic is how a test fails")]

use nginx_tests::{Client, Http, Nginx, Pki, Request, Site, Tls, Upstream};

const VERSIONS: [(Tls, Http); 4] =
    [(Tls::V1_2, Http::V1_1), (Tls::V1_2, Http::V2), (Tls::V1_3, Http::V1_1), (Tls::V1_3, Http::V2)];

fn stock(http: &str) -> Nginx {
    Site::stock()
        .http(http)
        .http("add_header Verified $ssl_client_verify; add_header Early $ssl_early_data;")
        .server("a.example", "ssl_verify_client optional_no_ca; location / { return 200 hello; }")
        .server("b.example", "location / { return 200 other; }")
        .start()
}

#[test]
fn sessions_are_resumed_by_ticket_and_by_shared_cache() {
    let cache = "ssl_session_tickets off; ssl_session_cache shared:S:1m;";
    for (http, (tls, version)) in ["", cache].into_iter().flat_map(|http| VERSIONS.map(|v| (http, v))) {
        let nginx = stock(http);
        let alice = Pki::new().alice();
        let client = Client::with(nginx.port(), Some(&alice), tls, version).named("a.example");
        let mut full = client.connect().unwrap();
        assert!(!full.reused);
        let response = full.get("/");
        assert_eq!((response.status, response.text().as_str()), (200, "hello"), "{response:?}");
        assert!(response.header("verified").starts_with("FAILED"), "{response:?}");
        assert_eq!(full.get("/").status, 200);
        let mut resumed = client.resume().unwrap();
        assert!(resumed.reused, "{http} {tls:?} {version:?}");
        assert_eq!(resumed.get("/").header("session"), "r");
    }
}

#[test]
fn servers_are_chosen_by_sni_and_by_host() {
    let nginx = stock("");
    assert_eq!(nginx.client(None, "b.example").get("/").header("served-by"), "b.example");
    let nameless = Client::new(nginx.port(), None);
    assert_eq!(nameless.get("/").header("served-by"), "a.example");
    assert_eq!(nameless.send(&Request::get("/").host("b.example")).header("served-by"), "b.example");
}

#[test]
fn early_data_arrives_before_the_handshake_is_complete() {
    let nginx = stock("ssl_early_data on;");
    let client = nginx.client(None, "b.example");
    assert_eq!(client.get("/").header("early"), "");
    let early = client.send_early(&Request::get("/early"), || drop(nginx.access("/early")));
    assert_eq!((early.status, early.header("early")), (200, "1"));
}

#[test]
fn bodies_reach_the_upstream() {
    let upstream = Upstream::start();
    let location = format!("location / {{ proxy_pass http://127.0.0.1:{}; }}", upstream.port);
    let nginx = Site::stock().http("client_max_body_size 8m;").server("a.example", &location).start();
    let body = vec![b'x'; 300_000];
    for (tls, http) in VERSIONS {
        let client = Client::with(nginx.port(), None, tls, http).named("a.example");
        let request = Request::post("/login", "text/plain", &body);
        for request in [request.clone(), request.chunked()] {
            let (head, seen) = Upstream::seen(&client.send(&request).body);
            assert_eq!(head.first().map(String::as_str), Some("post /login http/1.0"));
            assert_eq!(seen, body);
        }
    }
}

#[test]
fn a_reload_replaces_the_workers_and_takes_the_new_configuration() {
    let mut nginx = stock("");
    let old = nginx.workers();
    nginx.reload_with(|site| site.without_servers().server("c.example", "location / { return 200 new; }"));
    assert_ne!(nginx.workers(), old);
    assert_eq!(nginx.client(None, "c.example").get("/").text(), "new");
    assert_eq!(nginx.quit(), Some(0));
}
