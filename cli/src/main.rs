//! `cba`: judges client certificates as libcba does, and says why one is refused.
//!
//! Exit status 0 is acceptance, 1 refusal, 2 that nothing could be judged. What the other side sends
//! never ends in 2, and what the operator gives never in 1.

mod args;
mod describe;
mod explain;
mod input;
mod inspect;
mod login;
mod report;
mod revocation;
mod text;
mod verify;

use args::{Cli, Command};
use clap::Parser;
use serde_json::Value;
use std::io::{self, ErrorKind, Write};
use std::path::Path;
use std::process::ExitCode;

/// Why nothing could be judged.
#[derive(Debug)]
pub(crate) struct Failure(pub(crate) String);

/// What a command found out.
pub(crate) struct Outcome {
    /// Exit status 0, otherwise 1.
    pub(crate) accepted: bool,
    /// The report for people.
    pub(crate) text: String,
    /// The same for programs.
    pub(crate) json: Value,
    /// What was set aside.
    pub(crate) warnings: Vec<String>,
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let (outcome, json) = match &cli.command {
        Command::Verify(args) => (verify::run(args), args.trust.json),
        Command::Login(args) => (login::run(args), args.trust.json),
        Command::Inspect(args) => (inspect::run(args), args.json),
    };
    match outcome.and_then(|outcome| write(outcome, json)) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(Failure(why)) => {
            complain(&format!("error: {why}"));
            ExitCode::from(2)
        }
    }
}

/// Writes the report; gives whether it is an acceptance.
fn write(outcome: Outcome, json: bool) -> Result<bool, Failure> {
    let report = if json {
        format!("{:#}\n", outcome.json)
    } else {
        for warning in &outcome.warnings {
            complain(&format!("warning: {warning}"));
        }
        outcome.text
    };
    let mut stdout = io::stdout().lock();
    match stdout.write_all(report.as_bytes()).and_then(|()| stdout.flush()) {
        Ok(()) => Ok(outcome.accepted),
        // Who closed the pipe has read enough; the verdict stands.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(outcome.accepted),
        Err(error) => Err(Failure(format!("standard output: {error}"))),
    }
}

/// Writes a line to standard error; if nobody reads there, there is nobody to tell.
fn complain(line: &str) {
    let _ = writeln!(io::stderr(), "cba: {line}");
}

/// Requires that standard input is named at most once.
pub(crate) fn require_one_stdin<'p>(paths: impl Iterator<Item = &'p Path>) -> Result<(), Failure> {
    if paths.filter(|path| path.as_os_str() == "-").count() > 1 {
        return Err(Failure("`-`, standard input, can be named only once".into()));
    }
    Ok(())
}
