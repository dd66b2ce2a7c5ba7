//! Counts the instructions that NGINX spends on a handshake and on a request over a kept connection, under
//! callgrind: without client certificates, with its own verification, and with the module.
//!
//! A figure is the difference of two runs that differ only in how often the thing is done, divided by that
//! difference: what start and end cost is in neither.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a program for the workbench"
)]

use nginx_tests::{Client, Http, Identity, Nginx, Pki, Site, Tls};

const NAME: &str = "chat.example";

#[derive(Clone, Copy)]
enum Server {
    Open,
    Stock,
    Module,
}

impl Server {
    const ALL: [Self; 3] = [Self::Open, Self::Stock, Self::Module];

    fn name(self) -> &'static str {
        match self {
            Self::Open => "no client certificate",
            Self::Stock => "ssl_verify_client on",
            Self::Module => "cba primary",
        }
    }

    fn start(self, pki: &Pki) -> Nginx {
        let location = "location / { return 204; }";
        let site = match self {
            Self::Open => Site::stock().server(NAME, location),
            Self::Stock => {
                let verify = "ssl_verify_client on; ssl_client_certificate root.pem; ssl_verify_depth 2;";
                Site::stock()
                    .file("root.pem", test_pki::pem(pki.root.certificate_der()))
                    .server(NAME, &format!("{verify}\n{location}"))
            }
            Self::Module => {
                let ask = "cba primary; cba_trusted_certificates root.pem;";
                Site::new(pki).server(NAME, &format!("{ask}\n{location}"))
            }
        };
        let out = site.directory().join("callgrind.out").display().to_string();
        let callgrind =
            ["valgrind", "--tool=callgrind", "--log-file=/dev/null", &format!("--callgrind-out-file={out}")];
        site.plain().http("keepalive_requests 100000;").main("master_process off;").start_under(&callgrind)
    }
}

#[derive(Clone, Copy)]
enum Work {
    Handshakes(Tls, Http),
    Requests(Http),
}

impl Work {
    fn name(self) -> String {
        match self {
            Self::Handshakes(tls, http) => format!("handshake and request, {tls:?}, {http:?}"),
            Self::Requests(http) => format!("kept request, {http:?}"),
        }
    }

    fn repetitions(self) -> [usize; 2] {
        match self {
            Self::Handshakes(..) => [5, 55],
            Self::Requests(_) => [50, 2050],
        }
    }

    fn run(self, port: u16, identity: Option<&Identity>, times: usize) {
        let (tls, http) = match self {
            Self::Handshakes(tls, http) => (tls, http),
            Self::Requests(http) => (Tls::V1_3, http),
        };
        let client = Client::with(port, identity, tls, http).named(NAME);
        match self {
            Self::Handshakes(..) => {
                for _ in 0..times {
                    assert_eq!(client.get("/").status, 204);
                }
            }
            Self::Requests(_) => {
                let mut connection = client.connect().unwrap();
                for _ in 0..times {
                    assert_eq!(connection.get("/").status, 204);
                }
            }
        }
    }
}

fn main() {
    let pki = Pki::new();
    let rows = [
        Work::Handshakes(Tls::V1_3, Http::V1_1),
        Work::Handshakes(Tls::V1_2, Http::V1_1),
        Work::Requests(Http::V1_1),
        Work::Requests(Http::V2),
    ];
    println!("| instructions | {} |", Server::ALL.map(Server::name).join(" | "));
    println!("|---|---:|---:|---:|");
    for work in rows {
        let counts = Server::ALL.map(|server| per_repetition(server, work, &pki).to_string());
        println!("| {} | {} |", work.name(), counts.join(" | "));
    }
}

fn per_repetition(server: Server, work: Work, pki: &Pki) -> u64 {
    let alice = pki.alice();
    let identity = if matches!(server, Server::Open) { None } else { Some(&alice) };
    let [few, many] = work.repetitions();
    let [less, more] = [few, many].map(|times| {
        let mut nginx = server.start(pki);
        work.run(nginx.port(), identity, times);
        nginx.quit();
        total(&nginx.site.read("callgrind.out"))
    });
    (more - less) / u64::try_from(many - few).unwrap()
}

/// The instructions of a whole run.
fn total(profile: &str) -> u64 {
    let line =
        profile.lines().find_map(|line| line.strip_prefix("totals: ").or(line.strip_prefix("summary: ")));
    line.and_then(|number| number.trim().parse().ok()).unwrap_or_else(|| panic!("callgrind wrote no total"))
}
