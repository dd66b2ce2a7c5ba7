//! One table: what each peer takes for each case, in nanoseconds, and how often it allocates.
//!
//! The peers of a case take turns of a fifth of a millisecond, so that whatever else the machine does
//! falls on all of them; what is taken is the processor time of the thread. A figure is the median over the turns; a difference is the median over the
//! differences of neighbouring turns.
#![allow(clippy::arithmetic_side_effects, reason = "nothing here comes near the ends of its range")]

use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

use cba_benches::allocations::{Counting, count};
use cba_benches::{Case, Peer, Run, count_openssl_allocations, signatures_verified, thread_time};

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// How long a turn shall take.
const TURN: Duration = Duration::from_micros(200);
/// How long the peers of a case may take together.
const BUDGET: Duration = Duration::from_secs(6);
/// How many turns are enough, and how many are needed whatever they cost.
const TURNS: std::ops::RangeInclusive<usize> = 11..=2000;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments == [OPENSSL_ALLOCATIONS] {
        print_openssl_allocations();
        return ExitCode::SUCCESS;
    }
    let chosen = arguments.iter().map(|id| Case::ALL.into_iter().find(|case| case.id() == id));
    match chosen.collect::<Option<Vec<_>>>() {
        Some(none) if none.is_empty() => {
            print_times(&Case::ALL);
            print_anchors();
            println!(
                "\nOurs verifies {} signatures of the 90 forged; OpenSSL gives up after the first.",
                signatures_verified(Case::Forged90.mint())
            );
            print_allocations()
        }
        Some(cases) => {
            print_times(&cases);
            ExitCode::SUCCESS
        }
        None => {
            eprintln!("usage: table [CASE…], of {}", Case::ALL.map(Case::id).join(" "));
            ExitCode::FAILURE
        }
    }
}

fn print_times(cases: &[Case]) {
    println!("Nanoseconds of processor time, medians; OpenSSL is {}.\n", openssl::version::version());
    print!("| {:<30} |", "case");
    for peer in Peer::ALL {
        print!(" {:>19} |", peer.title());
    }
    println!(" {:>12} |", "ours - floor");
    print!("|{:-<32}|", "");
    for _ in Peer::ALL {
        print!("{:->21}|", ":");
    }
    println!("{:->14}|", ":");
    for &case in cases {
        let pki = case.mint();
        let mut works = Peer::ALL.map(|peer| case.run(peer, pki));
        let turns = measure(&mut works);
        print!("| {:<30} |", case.title());
        for turns in &turns {
            print!(" {:>19} |", cell(median(turns)));
        }
        let [ours, .., floor] = &turns;
        println!(" {:>12} |", cell(median(&differences(ours, floor))));
    }
}

/// The price of 149 more anchors, from turns of one anchor and of 150 side by side.
fn print_anchors() {
    println!();
    for peer in [Peer::Ours, Peer::Webpki] {
        let mut works = [Case::P256, Case::Anchors150].map(|case| case.run(peer, case.mint()));
        let [one, many] = measure(&mut works);
        println!("149 more anchors cost {}: {} ns", peer.title(), cell(median(&differences(&many, &one))));
    }
}

/// The time of one execution in each turn, in nanoseconds; none for a peer that is not there.
fn measure<const N: usize>(works: &mut [Option<Run>; N]) -> [Vec<f64>; N] {
    let batches = works.each_mut().map(|work| work.as_mut().map_or(0, batch));
    let mut turns = [const { Vec::new() }; N];
    let start = Instant::now();
    while turns_left(turns.iter().map(Vec::len).max().unwrap_or(0), start) {
        for ((work, batch), turns) in works.iter_mut().zip(batches).zip(&mut turns) {
            if let Some(work) = work {
                turns.push(time(work, batch).as_secs_f64() * 1e9 / f64::from(batch));
            }
        }
    }
    turns
}

fn turns_left(done: usize, start: Instant) -> bool {
    done < *TURNS.start() || done < *TURNS.end() && start.elapsed() < BUDGET
}

/// How often the work is done in a turn.
fn batch(work: &mut Run) -> u32 {
    let mut batch = 1;
    while batch < 1 << 20 && time(work, batch) < TURN {
        batch *= 2;
    }
    batch
}

fn time(work: &mut Run, batch: u32) -> Duration {
    let start = thread_time();
    for _ in 0..batch {
        std::hint::black_box(work());
    }
    thread_time() - start
}

fn median(turns: &[f64]) -> Option<f64> {
    let mut sorted = turns.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied()
}

fn differences(turns: &[f64], of: &[f64]) -> Vec<f64> {
    turns.iter().zip(of).map(|(turn, of)| turn - of).collect()
}

fn cell(value: Option<f64>) -> String {
    value.map_or_else(|| "–".into(), |value| format!("{value:.0}"))
}

// -- allocations --------------------------------------------------------------------------------

/// Makes the program print OpenSSL's allocations and nothing else: they can only be counted in a
/// process in which OpenSSL has not yet allocated, and would cost it time.
const OPENSSL_ALLOCATIONS: &str = "--openssl-allocations";

fn print_allocations() -> ExitCode {
    let openssl = std::env::current_exe().and_then(|table| {
        let output = Command::new(table).arg(OPENSSL_ALLOCATIONS).output()?;
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    });
    let Ok(openssl) = openssl else {
        eprintln!("OpenSSL's allocations could not be counted");
        return ExitCode::FAILURE;
    };
    println!("\n| {:<30} | {:>6} | {:>6} | {:>18} |", "allocations", "ours", "webpki", "OpenSSL d2i+verify");
    println!("|{:-<32}|{:->8}|{:->8}|{:->20}|", "", ":", ":", ":");
    let mut openssl = openssl.lines();
    for case in Case::ALL {
        let pki = case.mint();
        let [ours, webpki] = [Peer::Ours, Peer::Webpki].map(|peer| {
            let allocations = case.run(peer, pki).map(|mut work| count(&mut work).1.to_string());
            allocations.unwrap_or_else(|| "–".into())
        });
        let openssl = openssl.next().unwrap_or("?");
        println!("| {:<30} | {ours:>6} | {webpki:>6} | {openssl:>18} |", case.title());
    }
    ExitCode::SUCCESS
}

fn print_openssl_allocations() {
    let allocations = count_openssl_allocations();
    for case in Case::ALL {
        match case.run(Peer::Openssl, case.mint()) {
            Some(mut work) => {
                let before = allocations();
                work();
                println!("{}", allocations() - before);
            }
            None => println!("–"),
        }
    }
}
