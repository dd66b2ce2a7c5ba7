//! What goes in: files, bundles, standard input, and whatever a stranger may send.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    unreachable_pub,
    reason = "test code: a panic is how a test fails"
)]
#![allow(dead_code, reason = "each test crate uses a part of `common`")]

mod common;

use common::{AT, Pki, Run, Sandbox};
use std::process::{Command, Stdio};
use test_pki::{Key, pem_block};

/// `cba verify` of these bytes, under the root and the issuing CA.
fn verify(pki: &Pki, leaf: impl AsRef<[u8]>) -> Run {
    pki.sandbox.write("leaf", leaf);
    pki.sandbox.run(&format!("verify --at {AT} --roots root.pem --intermediates issuing.pem leaf"))
}

#[test]
fn ends_with_the_status_that_the_table_says() {
    let pki = Pki::new();
    pki.sandbox.write("garbage", "garbage");
    pki.sandbox.write("empty", "");
    pki.sandbox.write("alice.p12", [0x30, 0x82, 1, 0, 2, 1, 3, 0x30, 0]);
    let good = "--roots root.pem --intermediates issuing.pem";
    let table = [
        (0, format!("verify --at {AT} {good} alice.pem")),
        (0, format!("login --at {AT} {good} --config primary.json alice.pem")),
        (0, "inspect alice.pem".into()),
        (0, "--help".into()),
        (0, "--version".into()),
        (0, "verify --help".into()),
        (0, "inspect --help".into()),
        (1, format!("verify --at {AT} --roots root.pem alice.pem")),
        (1, format!("verify --at {AT} {good} garbage")),
        (1, format!("verify --at {AT} {good} empty")),
        (1, format!("verify --at {AT} {good} primary.json")),
        (1, format!("login --at {AT} {good} --config primary.json garbage")),
        (1, format!("login --at {AT} {good} --config primary.json empty")),
        (1, format!("login --at {AT} {good} --config secondary.json alice.pem")),
        (1, "inspect garbage".into()),
        (1, "inspect empty".into()),
        (2, String::new()),
        (2, "frobnicate".into()),
        (2, "verify".into()),
        (2, format!("verify {good} alice.pem bob.pem")),
        (2, format!("verify {good} --frobnicate alice.pem")),
        (2, "verify alice.pem".into()),
        (2, format!("verify {good} missing.pem")),
        (2, format!("verify {good} --roots missing.pem alice.pem")),
        (2, format!("verify {good} --roots garbage alice.pem")),
        (2, format!("verify {good} --roots empty alice.pem")),
        (2, format!("verify {good} --intermediates missing.pem alice.pem")),
        (2, format!("verify {good} .")),
        (2, format!("verify {good} alice.p12")),
        (2, format!("verify {good} --at never alice.pem")),
        (2, format!("verify {good} --roots - -")),
        (2, format!("login {good} alice.pem")),
        (2, format!("login {good} --config missing.json alice.pem")),
        (2, format!("login {good} --config garbage alice.pem")),
        (2, format!("login {good} --config - -")),
        (2, "login --config primary.json alice.pem".into()),
        (2, "inspect missing.pem".into()),
        (2, "inspect .".into()),
        (2, "inspect".into()),
    ];
    for (status, arguments) in table {
        let run = pki.sandbox.run(&arguments);
        assert_eq!(run.status, status, "cba {arguments}: {run:#?}");
        assert_eq!(run.stdout.is_empty(), status == 2, "a report unless nothing was judged: cba {arguments}");
    }
}

#[test]
fn reads_der_as_well_as_pem() {
    let pki = Pki::new();
    pki.sandbox.write("root.pem", pki.root.certificate_der());
    pki.sandbox.write("issuing.pem", pki.issuing.certificate_der());
    verify(&pki, pki.alice().build()).says(0, &["accepted"]);
}

#[test]
fn reads_bundles_in_pem_and_in_der_of_which_the_first_is_the_leaf() {
    let pki = Pki::new();
    let (leaf, issuing) = (pki.alice().build(), pki.issuing.certificate_der());
    let der = [&leaf, issuing].concat();
    let pem = test_pki::pem(&leaf) + &test_pki::pem(issuing);
    let reversed = test_pki::pem(issuing) + &test_pki::pem(&leaf);
    for (bundle, status) in [(der, 0), (pem.into_bytes(), 0), (reversed.into_bytes(), 1)] {
        pki.sandbox.write("bundle", bundle);
        let run = pki.sandbox.run(&format!("verify --at {AT} --roots root.pem bundle"));
        run.says(status, &[if status == 0 { "accepted" } else { "0, CN=Issuing CA" }]);
    }
}

#[test]
fn adds_up_several_files_of_a_kind() {
    let pki = Pki::new();
    let other = test_pki::Authority::root("Other", Key::p256(8));
    pki.sandbox.write("other.pem", test_pki::pem(other.certificate_der()));
    let run = pki.sandbox.run(&format!(
        "verify --at {AT} --roots other.pem --roots root.pem --intermediates other.pem --intermediates issuing.pem alice.pem"
    ));
    run.says(0, &["accepted"]);
}

#[test]
fn passes_over_text_and_other_blocks_around_certificates() {
    let pki = Pki::new();
    let key = pem_block("PRIVATE KEY", &Key::p256(3).pkcs8_der());
    let text = format!(
        "\u{feff}Bag Attributes\r\n    friendlyName: alice\n{key}subject=CN = Alice\n{}0 trailing\n",
        pki.alice().build_pem().replace('\n', "\r\n"),
    );
    verify(&pki, text).says(0, &["accepted"]);
}

#[test]
fn is_not_fooled_by_pem_inside_of_der() {
    let pki = Pki::new();
    let boss = pki.issuing.issue(Key::p256(4)).email("boss@example.com").build_pem();
    let trojan =
        pki.issuing.issue(Key::p256(3)).common_name(&format!("\n{boss}\n")).email("mallory@example.com");
    let run = verify(&pki, trojan.build());
    run.says(0, &["mallory@example.com (in subject)"]);
    assert!(!run.stdout.contains("boss@example.com"));
}

#[test]
fn reads_standard_input_once() {
    let pki = Pki::new();
    let bundle = pki.alice().build_pem();
    let arguments = format!("verify --at {AT} --roots root.pem --intermediates issuing.pem -");
    pki.sandbox.cba_with_stdin(arguments.split(' '), bundle.as_bytes()).says(0, &["accepted"]);
    let root = test_pki::pem(pki.root.certificate_der());
    let arguments = format!("verify --at {AT} --roots - --intermediates issuing.pem alice.pem");
    pki.sandbox.cba_with_stdin(arguments.split(' '), root.as_bytes()).says(0, &["accepted"]);
    pki.sandbox.cba_with_stdin(["inspect", "-"], bundle.as_bytes()).says(0, &["in standard input"]);
    pki.sandbox.run("verify --roots - --intermediates - alice.pem").says(2, &["only once"]);
}

#[test]
fn refuses_a_leaf_that_is_no_certificate_and_says_where() {
    let pki = Pki::new();
    let good = pki.alice().build();
    let mut trailing = good.clone();
    trailing.truncate(good.len() - 1);
    verify(&pki, trailing).says(1, &["refused", "(100)"]);
    verify(&pki, b"\x30\x80\x00\x00").says(1, &["(102)", "at byte 1"]);
    verify(&pki, b"\0\0\0\0").says(1, &["(104)"]);
    verify(&pki, "").says(1, &["(605)", "no certificate in the file"]);
    verify(&pki, " \n").says(1, &["(605)"]);
    verify(&pki, pem_block("PRIVATE KEY", &[5, 0])).says(1, &["(605)"]);
    verify(&pki, pem_block("CERTIFICATE", b"\x30\x80\x00\x00")).says(1, &["(102)"]);
    verify(&pki, "-----BEGIN CERTIFICATE-----\n!!!!\n-----END CERTIFICATE-----\n")
        .says(1, &["(801)", "byte 28 of the file"]);
    verify(&pki, "-----BEGIN CERTIFICATE-----\nMIIB\n").says(1, &["(800)"]);
    verify(&pki, "-----BEGIN CERTIFICATE-----\n-----END X-----\n").says(1, &["(800)"]);
    let huge = [&b"\x30\x83\x20\x00\x00"[..], &vec![0; 0x20_0000]].concat();
    verify(&pki, huge).says(1, &["(904)", "at most 1 MiB"]);
}

#[test]
fn nothing_that_a_stranger_sends_ends_in_2() {
    let pki = Pki::new();
    let good =
        [pki.alice().san_email("alice@example.com").build(), pki.issuing.certificate_der().to_vec()].concat();
    let pem = pki.alice().build_pem().into_bytes();
    for (number, original) in [&good, &pem].into_iter().cycle().take(300).enumerate() {
        let mut bytes = original.clone();
        let at = number * 7919 % bytes.len();
        match number % 4 {
            0 | 1 => bytes[at] ^= 1 << (number % 8),
            2 => bytes.truncate(at),
            _ => bytes.insert(at, 0x30),
        }
        let run = verify(&pki, &bytes);
        assert!(matches!(run.status, 0 | 1), "{number}: {run:#?}");
        let inspected = pki.sandbox.run("inspect leaf");
        assert!(matches!(inspected.status, 0 | 1), "{number}: {inspected:#?}");
    }
}

#[test]
fn sets_malformed_intermediates_aside_with_a_warning() {
    let pki = Pki::new();
    let bundle = pki.alice().build_pem()
        + &pem_block("CERTIFICATE", b"\x30\x80\x00\x00")
        + &test_pki::pem(pki.issuing.certificate_der());
    pki.sandbox.write("bundle.pem", bundle);
    pki.sandbox.write("broken.pem", pem_block("CERTIFICATE", b"garbage"));
    pki.sandbox.write("empty.pem", "");
    let arguments = format!(
        "verify --at {AT} --roots root.pem --intermediates broken.pem --intermediates empty.pem bundle.pem"
    );
    let run = pki.sandbox.run(&arguments);
    run.says(0, &["accepted"]);
    for warning in [
        "warning: set aside certificate 2 of bundle.pem: indefinite length",
        "warning: set aside certificate 1 of broken.pem",
        "warning: empty.pem: no certificate in it",
    ] {
        assert!(run.stderr.contains(warning), "{warning}: {run:#?}");
    }
    let (status, json) = pki.sandbox.json(&arguments);
    assert_eq!(status, 0);
    assert_eq!(json["warnings"].as_array().unwrap().len(), 3);
}

#[test]
fn names_file_and_number_of_a_root_that_is_none() {
    let pki = Pki::new();
    let roots = test_pki::pem(pki.root.certificate_der()) + &pem_block("CERTIFICATE", b"\x30\x80\x00\x00");
    pki.sandbox.write("roots.pem", roots);
    let run = pki.sandbox.run("verify --roots roots.pem alice.pem");
    run.says(2, &["root certificate 2 of roots.pem", "indefinite length", "byte 1"]);
}

#[test]
fn shows_nothing_that_a_terminal_obeys() {
    let pki = Pki::new();
    let nasty = "\x1b]0;owned\x07\x1b[2J\r\n\u{202e}moc\u{200b}\u{9b}";
    let leaf = pki.issuing.issue(Key::p256(3)).common_name(nasty).email_raw(0x16, b"a\x1b[31m@example.com");
    for run in [verify(&pki, leaf.build()), pki.sandbox.run("inspect leaf")] {
        run.says(
            run.status,
            &["\\1B]0", "\\1B[2J\\0D\\0A\\E2\\80\\AEmoc\\E2\\80\\8B\\C2\\9B", "a\\1B[31m@example.com"],
        );
        let harmless = |character: char| !character.is_control() || character == '\n';
        assert!(run.stdout.chars().all(harmless), "{run:?}");
        assert!(!run.stdout.contains(['\u{202e}', '\u{200b}']));
    }
    pki.sandbox.write("\x1b[2Jx", "");
    let run = pki.sandbox.run("verify --roots \x1b[2Jx alice.pem");
    run.says(2, &["\\1B[2Jx"]);
    assert!(!run.stderr.contains('\x1b'));
}

#[test]
fn bounds_the_report_whatever_the_name() {
    let pki = Pki::new();
    let mut leaf = pki.issuing.issue(Key::p256(3)).email("alice@example.com");
    for _ in 0..500 {
        leaf = leaf.common_name(&"x".repeat(1000));
    }
    let run = verify(&pki, leaf.build());
    assert!(run.stdout.len() < 100_000, "{}", run.stdout.len());
}

#[test]
fn bounds_the_intermediates_that_a_stranger_sends() {
    let pki = Pki::new();
    let many = pki.alice().build_pem() + &pem_block("CERTIFICATE", b"junk").repeat(5000);
    let run = verify(&pki, many);
    run.says(0, &["accepted"]);
    assert!(run.stderr.lines().count() < 300);
    let copies = pki.alice().build_pem() + &test_pki::pem(pki.issuing.certificate_der()).repeat(2000);
    let run = verify(&pki, copies);
    run.says(0, &["accepted", "set aside from certificate"]);
}

#[cfg(unix)]
#[test]
fn reads_no_further_than_the_limit() {
    let pki = Pki::new();
    pki.sandbox.run("verify --roots /dev/zero alice.pem").says(2, &["longer than 64 MiB"]);
    pki.sandbox.run("inspect /dev/zero").says(2, &["longer than 64 MiB"]);
    let arguments = "--roots root.pem --intermediates issuing.pem";
    pki.sandbox
        .run(&format!("login --config /dev/zero {arguments} alice.pem"))
        .says(2, &["longer than 64 MiB"]);
    pki.sandbox.run(&format!("verify {arguments} /dev/zero")).says(1, &["(904)"]);
}

#[cfg(unix)]
#[test]
fn accepts_paths_that_are_not_utf_8() {
    use std::ffi::OsString;
    use std::os::unix::ffi::OsStringExt;
    let pki = Pki::new();
    let name = OsString::from_vec(b"alice-\xff.pem".to_vec());
    pki.sandbox.write(&name, pki.alice().build_pem());
    let mut arguments: Vec<OsString> =
        ["verify", "--at", AT, "--roots", "root.pem", "--intermediates", "issuing.pem"]
            .map(OsString::from)
            .into();
    arguments.push(name);
    pki.sandbox.cba(arguments).says(0, &["accepted"]);
}

#[cfg(unix)]
#[test]
fn keeps_its_verdict_where_nobody_reads_the_report() {
    let pki = Pki::new();
    let many = pki.alice().build_pem().repeat(2000);
    pki.sandbox.write("many.pem", many);
    for arguments in ["inspect many.pem", "--help", "inspect --json many.pem"] {
        let mut child = Command::new(env!("CARGO_BIN_EXE_cba"))
            .args(arguments.split(' '))
            .current_dir(pki.sandbox.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(0), "cba {arguments}");
        assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_report_that_cannot_be_written_is_no_verdict() {
    let pki = Pki::new();
    let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_cba"))
        .args(["inspect", "alice.pem"])
        .current_dir(pki.sandbox.path())
        .stdout(full)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn help_names_units_defaults_and_exit_status() {
    let sandbox = Sandbox::new();
    let run = sandbox.run("verify --help");
    for words in ["RFC 3339", "seconds since", "Default: now", "default: clientAuth", "default: 8", "0 to 15"]
    {
        run.says(0, &[words]);
    }
    run.says(0, &["default: subject", "Exit status:", "standard input"]);
    sandbox.run("login --help").says(0, &["--login-id", "ClientSideCertEnable", "secondary"]);
    sandbox.run("--version").says(0, &["cba 0.", "\n"]);
}
