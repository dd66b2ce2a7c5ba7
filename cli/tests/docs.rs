//! What the documentation shows is run, in its order, in one directory, and must end as it says.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "test code: a panic is how a test fails"
)]
#![cfg(unix)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The workspace.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_path_buf()
}

fn read(name: &str) -> String {
    fs::read_to_string(root().join(name)).unwrap()
}

/// The fenced blocks of that language.
fn blocks(markdown: &str, language: &str) -> Vec<String> {
    let mut blocks = Vec::new();
    let mut current: Option<String> = None;
    for line in markdown.lines() {
        match &mut current {
            Some(_) if line == "```" => blocks.extend(current.take()),
            Some(block) => *block += &format!("{line}\n"),
            None if line == format!("```{language}") => current = Some(String::new()),
            None => {}
        }
    }
    blocks
}

/// The block as a script that fails unless each command ends as its comment says, or else in 0.
fn script(block: &str) -> String {
    let mut script = String::new();
    let mut command = String::new();
    for line in block.lines() {
        command += line;
        command += "\n";
        if line.ends_with('\\') {
            continue;
        }
        match command.rsplit_once("# exit status ") {
            Some((shown, status)) => {
                let status = status.split([':', '\n']).next().unwrap();
                script += &format!("status=0\n{} || status=$?\n", shown.trim_end());
                script += &format!("test $status -eq {status} || {{ echo status $status >&2; exit 99; }}\n");
            }
            None => script += &command,
        }
        command.clear();
    }
    script
}

/// Runs a block in `directory`, with the built `cba` first in the path.
fn run(directory: &Path, block: &str) -> Output {
    let bin = Path::new(env!("CARGO_BIN_EXE_cba")).parent().unwrap();
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
    let output = Command::new("sh")
        .args(["-eu", "-c", &script(block)])
        .current_dir(directory)
        .env("PATH", path)
        .output()
        .unwrap();
    let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{}:\n{block}\n{stdout}\n{stderr}", output.status);
    output
}

#[test]
fn every_command_of_the_documentation_ends_as_it_says() {
    let temporary = std::env::temp_dir().join(format!("cba-docs-{}", std::process::id()));
    fs::create_dir_all(&temporary).unwrap();
    let guard = Remove(temporary.clone());
    let certificates = read("docs/certificates.md");
    let shown = blocks(&certificates, "sh");
    let (first, rest) = shown.split_first().unwrap();
    run(&temporary, first);
    let ca = temporary.join("ca");
    fs::copy(root().join("demo/openssl.cnf"), ca.join("openssl.cnf")).unwrap();
    let cli = blocks(&read("docs/cli.md"), "sh");
    assert!(rest.len() > 10 && cli.len() > 4);
    for block in rest.iter().chain(&cli) {
        run(&ca, block);
    }
    drop(guard);
}

#[test]
fn the_configuration_shown_is_the_one_that_is_used() {
    let shown = blocks(&read("docs/certificates.md"), "ini");
    assert_eq!(shown, [read("demo/openssl.cnf")]);
}

#[test]
fn the_fields_of_every_json_object_are_documented() {
    let documented = read("docs/cli.md");
    let temporary = std::env::temp_dir().join(format!("cba-fields-{}", std::process::id()));
    fs::create_dir_all(&temporary).unwrap();
    let guard = Remove(temporary.clone());
    let root = test_pki::Authority::root("Root", test_pki::Key::p256(1));
    let leaf = root.issue(test_pki::Key::p256(2)).email("a@example.com").build_pem();
    fs::write(temporary.join("root.pem"), test_pki::pem(root.certificate_der())).unwrap();
    fs::write(temporary.join("leaf.pem"), leaf + "-----BEGIN CERTIFICATE-----\n").unwrap();
    fs::write(temporary.join("config.json"), r#"{"ExperimentalSettings":{"ClientSideCertEnable":true}}"#)
        .unwrap();
    for command in [
        "verify --json --at 1767225600 --roots root.pem leaf.pem",
        "verify --json --at 0 --roots root.pem leaf.pem",
        "login --json --at 1767225600 --config config.json --roots root.pem leaf.pem",
        "inspect --json leaf.pem",
    ] {
        let output = Command::new(env!("CARGO_BIN_EXE_cba"))
            .args(command.split(' '))
            .current_dir(&temporary)
            .output()
            .unwrap();
        require_documented(&serde_json::from_slice(&output.stdout).unwrap(), &documented);
    }
    drop(guard);
}

fn require_documented(value: &serde_json::Value, documented: &str) {
    match value {
        serde_json::Value::Object(object) => {
            for (name, value) in object {
                assert!(documented.contains(&format!("`{name}`")), "{name} is not in docs/cli.md");
                require_documented(value, documented);
            }
        }
        serde_json::Value::Array(array) => {
            array.iter().for_each(|value| require_documented(value, documented))
        }
        _ => {}
    }
}

#[test]
fn the_demo_shows_the_right_verdicts_and_leaves_nothing_behind() {
    let temporary = std::env::temp_dir().join(format!("cba-demo-test-{}", std::process::id()));
    fs::create_dir_all(&temporary).unwrap();
    let guard = Remove(temporary.clone());
    let output = Command::new(root().join("demo/run.sh"))
        .env("CBA", env!("CARGO_BIN_EXE_cba"))
        .env("TMPDIR", &temporary)
        .output()
        .unwrap();
    let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{stdout}\n{stderr}");
    assert!(stdout.contains("Every verdict was the right one."));
    assert_eq!(fs::read_dir(&temporary).unwrap().count(), 0);
    // A judge that accepts everything must not pass for one.
    let output = Command::new(root().join("demo/run.sh"))
        .env("CBA", "/bin/true")
        .env("TMPDIR", &temporary)
        .output()
        .unwrap();
    assert!(!output.status.success());
    assert_eq!(fs::read_dir(&temporary).unwrap().count(), 0);
    drop(guard);
}

/// Removes a directory at the end, whatever the end is.
struct Remove(PathBuf);

impl Drop for Remove {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
