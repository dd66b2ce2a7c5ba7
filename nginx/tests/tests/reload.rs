//! Reloads under load, memory over time, and memcheck.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a panic is how a test fails"
)]

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{self, sleep};
use std::time::{Duration, Instant};

use test_pki::pem_block;

use nginx_tests::{
    ALICE, Client, Connection, Http, Nginx, Pki, Request, Site, Tls, Upstream, config_json, wait_until,
};

const NAME: &str = "chat.example";
const WELCOME: &str = "200 login alice@example.com";
const SESSIONS: &str = "ssl_session_cache shared:S:1m; ssl_session_ticket_key ticket.key;";

/// A site that uses everything that is read at start.
fn full_site(pki: &Pki, sessions: &str) -> Site {
    let upstream = Upstream::start();
    Site::new(pki)
        .file("ticket.key", [5; 80])
        .file("deny.txt", format!("key {}\n", "0f".repeat(32)))
        .file("config.json", config_json(true, "primary"))
        .file(
            "crls.pem",
            [&pki.root, &pki.issuing].map(|ca| pem_block("X509 CRL", &ca.crl().build())).concat(),
        )
        .http(sessions)
        .server(
            NAME,
            &format!(
                "cba_trusted_certificates root.pem domain=example.com; cba_intermediates issuing.pem;\n\
                 cba_deny deny.txt; cba_config config.json; cba_identity subject san;\n\
                 cba_crls crls.pem; cba_refresh 1s;\n\
                 location / {{ cba primary; return 200 welcome; }}\n\
                 location /settings {{ cba from-config; return 200; }}\n\
                 location /login {{ cba secondary; cba_login $cba_json_login_id; \
                 proxy_pass http://127.0.0.1:{}; }}",
                upstream.port
            ),
        )
}

fn soak() -> Duration {
    let seconds = std::env::var("CBA_SOAK_SECONDS").ok().and_then(|seconds| seconds.parse().ok());
    Duration::from_secs(seconds.unwrap_or(8))
}

/// What the clients of a soak count.
#[derive(Default)]
struct Load {
    over: AtomicBool,
    requests: AtomicU64,
    retried: AtomicU64,
}

impl Load {
    fn answered(&self, decision: &str) {
        assert_eq!(decision, WELCOME);
        self.requests.fetch_add(1, Ordering::Relaxed);
    }

    /// Each request on a connection of its own, with every other a resumed session: none may fail.
    fn fresh(&self, client: &Client) {
        while !self.over.load(Ordering::Relaxed) {
            self.answered(&client.get("/").decision());
            self.answered(&client.resume().unwrap().get("/").decision());
        }
    }

    /// Requests on a kept connection. A worker that leaves closes it when it is idle; the request that
    /// crosses this on its way is sent once more, on a new connection (RFC 9110 section 9.2.2).
    fn kept(&self, client: &Client) {
        let mut connection: Option<Connection> = None;
        while !self.over.load(Ordering::Relaxed) {
            let kept = connection.as_mut().map(|connection| connection.try_send(&Request::get("/")));
            let response = match kept {
                Some(Ok(response)) => response,
                cut => {
                    self.retried.fetch_add(u64::from(cut.is_some()), Ordering::Relaxed);
                    connection.insert(client.connect().unwrap()).get("/")
                }
            };
            self.answered(&response.decision());
        }
    }
}

#[test]
fn a_reload_each_second_under_load_fails_no_request_and_leaks_nothing() {
    let pki = Pki::new();
    let nginx = full_site(&pki, SESSIONS).main("worker_processes 2;").start();
    let alice = pki.alice();
    let client = |tls, http| Client::with(nginx.port(), Some(&alice), tls, http).named(NAME);
    let load = Load::default();
    let mut memory = Vec::new();
    let mut reloads = 0;
    thread::scope(|scope| {
        for tls in [Tls::V1_2, Tls::V1_3] {
            let (fresh, kept, streams) =
                (client(tls, Http::V1_1), client(tls, Http::V1_1), client(tls, Http::V2));
            let load = &load;
            scope.spawn(move || load.fresh(&fresh));
            scope.spawn(move || load.kept(&kept));
            scope.spawn(move || load.kept(&streams));
        }
        // Whatever happens here, the clients must end.
        let over = Over(&load.over);
        let begin = Instant::now();
        for second in 1.. {
            let tick = Duration::from_secs(second);
            if tick > soak() {
                break;
            }
            sleep(tick.saturating_sub(begin.elapsed()));
            // Old workers may still be there, and new ones not yet.
            if let Some(workers) = nginx.workers().into_iter().filter_map(Nginx::resident).max() {
                memory.push((Nginx::resident(nginx.pid()).unwrap(), workers));
            }
            nginx.begin_reload();
            reloads += 1;
        }
        drop(over);
    });
    println!(
        "{} requests, {} sent again, {} reloads; KB of master and workers: {memory:?}",
        load.requests.load(Ordering::Relaxed),
        load.retried.load(Ordering::Relaxed),
        reloads
    );
    assert!(load.requests.load(Ordering::Relaxed) > 0);
    assert!(nginx.refusals().is_empty());
    assert!(!nginx.error_log().contains("[alert]"), "a worker died");
    // What is allocated for the first time is not lost: the first third does not count.
    let (early, late) = memory.split_at(memory.len() / 2);
    let early = &early[early.len() / 3..];
    let peak = |samples: &[(u64, u64)]| {
        (
            samples.iter().map(|sample| sample.0).max().unwrap(),
            samples.iter().map(|sample| sample.1).max().unwrap(),
        )
    };
    let (early, late) = (peak(early), peak(late));
    assert!(late.0 <= early.0 + 512, "the master grew: {memory:?}");
    assert!(late.1 <= early.1 + 1024, "the workers grew: {memory:?}");
}

struct Over<'a>(&'a AtomicBool);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[test]
fn many_reloads_leave_the_memory_of_the_master_as_it_was() {
    let nginx = full_site(&Pki::new(), SESSIONS).start();
    let reload = |times| {
        for _ in 0..times {
            nginx.reload();
        }
        Nginx::resident(nginx.pid()).unwrap()
    };
    let early = reload(10);
    let late = reload(40);
    println!("KB of the master after 10 reloads: {early}, after 50: {late}");
    assert!(late <= early + 256, "the master grew from {early} KB to {late} KB in 40 reloads");
}

#[test]
fn a_thousand_connections_leave_the_memory_of_the_worker_as_it_was() {
    let pki = Pki::new();
    let nginx = full_site(&pki, "ssl_session_cache none;").start();
    wait_until("the worker is there", || !nginx.workers().is_empty());
    let worker = nginx.workers()[0];
    let clients: Vec<_> = [Some(pki.alice()), Some(pki.expired()), None]
        .iter()
        .flat_map(|identity| {
            [(Tls::V1_2, Http::V1_1), (Tls::V1_3, Http::V1_1), (Tls::V1_3, Http::V2)]
                .map(|(tls, http)| Client::with(nginx.port(), identity.as_ref(), tls, http).named(NAME))
        })
        .collect();
    let login = Request::post("/login", "application/json", format!(r#"{{"login_id": "{ALICE}"}}"#));
    let visit = |times| {
        for client in clients.iter().cycle().take(times) {
            let mut connection = client.connect().unwrap();
            let first = connection.get("/").status;
            // The upstream is asked for it only by who is let in.
            assert_eq!(connection.send(&login).status, first);
            assert_eq!(client.resume().unwrap().get("/").status, first);
        }
        Nginx::resident(worker).unwrap()
    };
    let early = visit(270);
    let late = visit(495);
    println!("KB of the worker after 540 connections: {early}, after 1530: {late}");
    assert!(late <= early + 256, "the worker grew from {early} KB to {late} KB in 990 connections");
}

// -- memcheck -------------------------------------------------------------------------------

/// Runs a site under memcheck while `visit` lasts; gives its exit status and its report.
fn under_memcheck(site: Site, visit: impl FnOnce(&Nginx)) -> (Option<i32>, String) {
    let suppressions = concat!("--suppressions=", env!("CARGO_MANIFEST_DIR"), "/memcheck.supp");
    let report = format!("--log-file={}", site.directory().join("memcheck.log").display());
    let memcheck = [
        "valgrind",
        "--quiet",
        "--leak-check=full",
        "--show-leak-kinds=definite",
        "--errors-for-leak-kinds=definite",
        "--error-exitcode=99",
        "--gen-suppressions=all",
        "--num-callers=30",
        suppressions,
        &report,
    ];
    let mut nginx = site.main("master_process off;").start_under(&memcheck);
    visit(&nginx);
    (nginx.quit(), nginx.site.read("memcheck.log"))
}

#[test]
fn memcheck_finds_nothing_in_nginx_without_the_module() {
    let site = Site::stock()
        .http("ssl_session_cache shared:S:1m;")
        .server(NAME, "ssl_verify_client optional_no_ca;\nlocation / { return 200; }");
    let (status, report) = under_memcheck(site, |nginx| {
        for tls in [Tls::V1_2, Tls::V1_3] {
            for http in [Http::V1_1, Http::V2] {
                let client = Client::with(nginx.port(), Some(&Pki::new().alice()), tls, http).named(NAME);
                assert_eq!(client.get("/").status, 200);
                assert_eq!(client.resume().unwrap().get("/").status, 200);
            }
        }
    });
    assert_eq!((status, report.as_str()), (Some(0), ""), "{report}");
}

#[test]
fn memcheck_finds_nothing_in_nginx_with_the_module() {
    let pki = Pki::new();
    for sessions in [SESSIONS, "ssl_session_tickets off; ssl_session_cache shared:S:1m; ssl_early_data on;"] {
        let (status, report) = under_memcheck(full_site(&pki, sessions), |nginx| {
            serve_everybody(nginx, &pki);
            // New lists by a worker, good ones and none.
            let crls = nginx.site.read("crls.pem");
            for (list, words) in [(crls.as_str(), "were read anew"), ("none", "the lists in force stay")] {
                nginx.site.write("crls.pem", list);
                wait_until(words, || nginx.error_log().contains(words));
            }
            serve_everybody(nginx, &pki);
        });
        assert_eq!((status, report.as_str()), (Some(0), ""), "{report}");
    }
}

fn serve_everybody(nginx: &Nginx, pki: &Pki) {
    let bodies = [
        format!(r#"{{"login_id": "{ALICE}", "x": "{}"}}"#, "x".repeat(40_000)),
        r#"{"login_id": "boss@example.com"}"#.to_owned(),
        "nonsense".to_owned(),
    ];
    for (identity, status) in [(Some(pki.alice()), 200), (Some(pki.expired()), 403), (None, 403)] {
        for (tls, http) in
            [(Tls::V1_2, Http::V1_1), (Tls::V1_2, Http::V2), (Tls::V1_3, Http::V1_1), (Tls::V1_3, Http::V2)]
        {
            let client = Client::with(nginx.port(), identity.as_ref(), tls, http).named(NAME);
            let mut full = client.connect().unwrap();
            for target in ["/", "/settings", "/"] {
                assert_eq!(full.get(target).status, status);
            }
            let mut resumed = client.resume().unwrap();
            assert!(resumed.reused);
            assert_eq!(resumed.get("/").status, status);
            for (index, body) in bodies.iter().enumerate() {
                let wanted = if index == 0 { status } else { 403 };
                let login = Request::post("/login", "application/json", body);
                assert_eq!(client.send(&login).status, wanted);
                assert_eq!(client.send(&login.chunked()).status, wanted);
            }
        }
    }
}
