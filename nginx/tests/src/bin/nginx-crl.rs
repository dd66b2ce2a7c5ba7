//! How many handshakes a second of processor time an NGINX worker completes, and how much memory of its own it holds,
//! with and without a CRL of a million entries: the module, and NGINX's own verification. And how long a worker is busy with
//! such a list that it reads anew.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a program for the workbench"
)]

use nginx_tests::{Client, Http, Pki, Site, Tls, wait_until};
use std::fs;
use std::time::Duration;
use test_pki::crl::many_entries;
use test_pki::pem_block;

const NAME: &str = "chat.example";
const ENTRIES: usize = 1_000_000;

fn main() {
    let pki = Pki::new();
    let long = pki.issuing.crl().entries_raw(many_entries(ENTRIES)).build();
    println!("A CRL of {ENTRIES} entries, {} MB; TLS 1.3, P-256, one worker.\n", long.len() / 1_000_000);
    println!("| server | handshakes a second of processor time | the worker's own memory |");
    println!("| --- | ---: | ---: |");
    let stock = "ssl_verify_client on; ssl_client_certificate root.pem; ssl_verify_depth 2;";
    let ours = "cba primary; cba_trusted_certificates root.pem; cba_intermediates issuing.pem;";
    let rounds = [
        ("cba, no CRL", Site::new(&pki), ours.to_owned(), 600),
        ("cba, with it", Site::new(&pki), format!("{ours} cba_crls crl.der; cba_crls root.crl;"), 600),
        ("NGINX alone, no CRL", Site::stock(), stock.to_owned(), 600),
        ("NGINX alone, with it", Site::stock(), format!("{stock} ssl_crl crls.pem;"), 30),
    ];
    for (title, site, directives, handshakes) in rounds {
        let root = pki.root.crl().build();
        let crls = pem_block("X509 CRL", &root) + &pem_block("X509 CRL", &long);
        let nginx = site
            .file("root.pem", test_pki::pem(pki.root.certificate_der()))
            .file("issuing.pem", test_pki::pem(pki.issuing.certificate_der()))
            .file("crl.der", &long)
            .file("root.crl", &root)
            .file("crls.pem", crls)
            .plain()
            .main("worker_processes 1;")
            .server(NAME, &format!("{directives}\nlocation / {{ return 204; }}"))
            .start();
        let alice = pki.alice();
        let client = Client::with(nginx.port(), Some(&alice), Tls::V1_3, Http::V1_1).named(NAME);
        let worker = nginx.workers()[0];
        // The first one pays for whatever is made at the first use.
        visit(&client);
        let before = processor_time(worker);
        for _ in 0..handshakes {
            visit(&client);
        }
        let took = processor_time(worker).checked_sub(before).unwrap();
        let each = f64::from(handshakes) / took.as_secs_f64();
        println!("| {title} | {each:.0} | {} MB |", private_memory(worker) / 1024);
    }
    println!("\nRead anew by a worker, processor time:\n");
    for (title, is_pem) in [("DER", false), ("PEM", true)] {
        println!("{title}: {:?}", refresh(&pki, is_pem));
    }
}

/// The processor time in which a worker takes up a new list.
fn refresh(pki: &Pki, is_pem: bool) -> Duration {
    let list = |number: u64| {
        let long = pki.issuing.crl().number(number).entries_raw(many_entries(ENTRIES)).build();
        if is_pem { pem_block("X509 CRL", &long).into_bytes() } else { long }
    };
    let directives = "cba primary; cba_trusted_certificates root.pem; cba_intermediates issuing.pem; \
                      cba_crls crl; cba_refresh 1s;";
    let nginx = Site::new(pki).file("crl", list(1)).server(NAME, directives).start();
    let worker = nginx.workers()[0];
    nginx.site.write("new", list(2));
    let before = processor_time(worker);
    let path = |name| nginx.site.directory().join(name);
    fs::rename(path("new"), path("crl")).unwrap();
    wait_until("the list is read anew", || nginx.error_log().contains("cba: the CRLs were read anew"));
    processor_time(worker).checked_sub(before).unwrap()
}

fn visit(client: &Client) {
    assert_eq!(client.get("/").status, 204);
}

/// User and system time of a process.
fn processor_time(pid: u32) -> Duration {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
    let ticks: u64 = [fields[11], fields[12]].iter().map(|ticks| ticks.parse::<u64>().unwrap()).sum();
    // SAFETY: asks for a number.
    let a_second = u64::try_from(unsafe { libc::sysconf(libc::_SC_CLK_TCK) }).unwrap();
    Duration::from_millis(ticks * 1000 / a_second)
}

/// KiB that a process shares with nobody.
fn private_memory(pid: u32) -> u64 {
    let rollup = fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).unwrap();
    let lines = rollup.lines().filter(|line| line.starts_with("Private_"));
    lines.map(|line| line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap()).sum()
}
