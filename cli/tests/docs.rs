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
    let ca = certificates(&temporary);
    let cli = blocks(&read("docs/cli.md"), "sh");
    assert!(cli.len() > 4);
    for block in &cli {
        run(&ca, block);
    }
    drop(guard);
}

/// Runs docs/certificates.md in a directory; gives the one that it makes.
fn certificates(directory: &Path) -> PathBuf {
    let shown = blocks(&read("docs/certificates.md"), "sh");
    let (first, rest) = shown.split_first().unwrap();
    assert!(rest.len() > 10);
    run(directory, first);
    let ca = directory.join("ca");
    fs::copy(root().join("demo/openssl.cnf"), ca.join("openssl.cnf")).unwrap();
    for block in rest {
        run(&ca, block);
    }
    ca
}

/// docs/c.md and docs/cpp.md, one after the other in one shell, in a home where the clone lies as they say. What
/// they show as output is what comes.
#[test]
fn every_command_of_the_c_pages_ends_as_it_says() {
    let home = std::env::temp_dir().join(format!("cba-c-docs-{}", std::process::id()));
    fs::create_dir_all(&home).unwrap();
    let guard = Remove(home.clone());
    std::os::unix::fs::symlink(root(), home.join("libcba")).unwrap();
    certificates(&home);
    // A server that a failure leaves behind ends with the shell.
    let mut commands = String::from("trap 'kill $(jobs -p) 2> /dev/null || true' EXIT\n");
    // Rust stays where it is.
    for (variable, directory) in [("CARGO_HOME", ".cargo"), ("RUSTUP_HOME", ".rustup")] {
        commands += &format!("export {variable}=\"${{{variable}:-$HOME/{directory}}}\"\n");
    }
    commands += &format!("HOME={}\nunset MAKEFLAGS\n", home.display());
    let mut wanted = Vec::new();
    for (page, language, compiler) in
        [("docs/c.md", "c", "cc -x c -std=c99"), ("docs/cpp.md", "cpp", "c++ -x c++ -std=c++11")]
    {
        let page = read(page);
        let (sh, text, code) = (blocks(&page, "sh"), blocks(&page, "text"), blocks(&page, language));
        assert!(!sh.is_empty() && !text.is_empty() && code.len() > 1);
        commands += &sh.concat();
        wanted.extend(text.concat().lines().map(String::from));
        for (number, block) in code.iter().enumerate() {
            let file = home.join(format!("{number}.{language}"));
            fs::write(&file, block).unwrap();
            commands += &format!(
                "{compiler} -Wall -Wextra -Wpedantic -Werror -fsyntax-only -I{}/include {}\n",
                root().display(),
                file.display()
            );
        }
    }
    let output = run(&home, &commands);
    let stdout = String::from_utf8_lossy(&output.stdout);
    let mut lines = stdout.lines();
    for line in wanted {
        assert!(lines.any(|said| said == line), "not said, or not in this order: {line}\n{stdout}");
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

/// Runs the demo with these variables set, and requires that it leaves nothing behind: its success, and all that
/// it says.
fn demo(temporary: &Path, variables: &[(&str, &str)]) -> (bool, String) {
    let output = Command::new(root().join("demo/run.sh"))
        .env("CBA", env!("CARGO_BIN_EXE_cba"))
        .env("TMPDIR", temporary)
        .envs(variables.iter().copied())
        .output()
        .unwrap();
    assert_eq!(fs::read_dir(temporary).unwrap().count(), 0);
    let said = [output.stdout, output.stderr].map(|text| String::from_utf8(text).unwrap()).concat();
    (output.status.success(), said)
}

#[test]
fn the_demo_shows_the_right_verdicts_and_leaves_nothing_behind() {
    let temporary = std::env::temp_dir().join(format!("cba-demo-test-{}", std::process::id()));
    fs::create_dir_all(&temporary).unwrap();
    let guard = Remove(temporary.clone());
    let (success, said) = demo(&temporary, &[]);
    assert!(success && said.contains("Every verdict was the right one."), "{said}");
    assert!(said.contains("exit status 1\n") && said.contains("HTTP 200\n") && said.contains("HTTP 403\n"));
    // Judges that accept everything, or nothing, must not pass for one.
    for (variable, value, words) in [
        ("CBA", "/bin/true", "demo: FAILED: the output does not say: log in alice@example.com"),
        ("CBA", "/bin/false", "demo: FAILED: exit status 1 where 0 is right"),
        ("DEMO_NGINX_DIRECTIVES", "cba_enforce off;", "demo: FAILED: HTTP 200 where 403 is right"),
        ("DEMO_NGINX_DIRECTIVES", "return 403;", "demo: FAILED: HTTP 403 where 200 is right"),
    ] {
        let (success, said) = demo(&temporary, &[(variable, value)]);
        assert!(!success && said.contains(words), "{variable}={value}: {said}");
    }
    drop(guard);
}

/// Removes a directory at the end, whatever the end is.
struct Remove(PathBuf);

impl Drop for Remove {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
