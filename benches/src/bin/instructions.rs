//! Counts instructions under valgrind, and prints them as a table.
//!
//! Without arguments the program runs itself under callgrind once for each case and peer. With a
//! case and a peer it is the program that is counted: only what happens inside [`measured_case`] is.

use std::process::{Command, ExitCode};

use cba_benches::{Case, Peer};

const PEERS: [Peer; 4] = [Peer::Ours, Peer::Webpki, Peer::Openssl, Peer::Floor];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.as_slice() {
        [] => print_table(),
        [case, peer] => {
            let case = Case::ALL.into_iter().find(|known| known.id() == case);
            let peer = Peer::ALL.into_iter().find(|known| known.id() == peer);
            match case.zip(peer) {
                Some((case, peer)) => run(case, peer),
                None => usage(),
            }
        }
        _ => usage(),
    }
}

fn usage() -> ExitCode {
    eprintln!("usage: instructions [CASE PEER]");
    ExitCode::FAILURE
}

/// The work of one peer on one case: twice to load, bind and cache what is done once in a program,
/// then once to be counted.
fn run(case: Case, peer: Peer) -> ExitCode {
    let Some(mut work) = case.run(peer, case.mint()) else {
        return ExitCode::FAILURE;
    };
    work();
    let outcome = measured_case(&mut *work);
    if outcome == case.is_accepted() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

#[inline(never)]
fn measured_case(work: &mut dyn FnMut() -> bool) -> bool {
    std::hint::black_box(work())
}

fn print_table() -> ExitCode {
    println!(
        "| {:<30} | {:>9} | {:>9} | {:>9} | {:>9} | {:>12} | {:>14} |",
        "instructions", "ours", "webpki", "OpenSSL", "floor", "ours - floor", "webpki - floor"
    );
    println!("|{:-<32}|{:->11}|{:->11}|{:->11}|{:->11}|{:->14}|{:->16}|", "", ":", ":", ":", ":", ":", ":");
    for case in Case::ALL {
        let counts = PEERS.map(|peer| count(case, peer));
        let [ours, webpki, openssl, floor] = counts;
        let beyond = |peer: Option<u64>| match (peer, floor) {
            (Some(peer), Some(floor)) => i64::try_from(peer).ok()?.checked_sub(i64::try_from(floor).ok()?),
            _ => None,
        };
        println!(
            "| {:<30} | {:>9} | {:>9} | {:>9} | {:>9} | {:>12} | {:>14} |",
            case.title(),
            cell(ours),
            cell(webpki),
            cell(openssl),
            cell(floor),
            cell(beyond(ours)),
            cell(beyond(webpki)),
        );
    }
    ExitCode::SUCCESS
}

fn cell(count: Option<impl std::fmt::Display>) -> String {
    count.map_or_else(|| "–".into(), |count| count.to_string())
}

/// The instructions of one peer on one case, or `None` if it has no such case.
fn count(case: Case, peer: Peer) -> Option<u64> {
    let program = std::env::current_exe().ok()?;
    let directory = program.parent()?.join("callgrind");
    std::fs::create_dir_all(&directory).ok()?;
    let out = directory.join(format!("{}-{}.out", case.id(), peer.id()));
    let status = Command::new("valgrind")
        .args(["--tool=callgrind", "--quiet", "--toggle-collect=*measured_case*"])
        .arg(format!("--callgrind-out-file={}", out.display()))
        .arg(&program)
        .args([case.id(), peer.id()])
        .status()
        .ok()?;
    if !status.success() {
        return None;
    }
    let profile = std::fs::read_to_string(out).ok()?;
    let totals = profile.lines().find_map(|line| line.strip_prefix("totals: "))?;
    totals.trim().parse().ok()
}
