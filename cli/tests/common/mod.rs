//! A directory with certificates, and `cba` run in it.

use std::ffi::OsStr;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use test_pki::{Authority, CertificateBuilder, Key};

/// Within the validity of everything that is minted by default.
pub const AT: &str = "2026-01-01T00:00:00Z";

/// A directory that is gone when the test is over.
pub struct Sandbox(PathBuf);

impl Sandbox {
    pub fn new() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("cba-test-{}-{number}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    pub fn write(&self, name: impl AsRef<Path>, bytes: impl AsRef<[u8]>) {
        fs::write(self.0.join(name), bytes).unwrap();
    }

    pub fn cba<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Run {
        self.cba_with_stdin(arguments, b"")
    }

    pub fn cba_with_stdin<A: AsRef<OsStr>>(
        &self,
        arguments: impl IntoIterator<Item = A>,
        stdin: &[u8],
    ) -> Run {
        let mut child = Command::new(env!("CARGO_BIN_EXE_cba"))
            .args(arguments)
            .current_dir(&self.0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // Who does not read it all says so by its exit status.
        let _ = child.stdin.take().unwrap().write_all(stdin);
        Run::from(child.wait_with_output().unwrap())
    }

    /// `cba` with arguments divided by spaces.
    pub fn run(&self, arguments: &str) -> Run {
        self.cba(arguments.split_whitespace())
    }

    /// As [`run`](Self::run), with `--json`; gives the exit status and the object.
    pub fn json(&self, arguments: &str) -> (i32, serde_json::Value) {
        let run = self.cba(arguments.split_whitespace().chain(["--json"]));
        assert_eq!(run.stderr, "", "JSON is all there is");
        (run.status, serde_json::from_str(&run.stdout).unwrap())
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// What `cba` said.
#[derive(Debug)]
pub struct Run {
    pub status: i32,
    pub stdout: String,
    pub stderr: String,
}

impl From<Output> for Run {
    fn from(output: Output) -> Self {
        Self {
            status: output.status.code().expect("cba ends by itself"),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

impl Run {
    #[track_caller]
    pub fn says(&self, status: i32, words: &[&str]) {
        assert_eq!(self.status, status, "{self:#?}");
        for words in words {
            let said = self.stdout.contains(words) || self.stderr.contains(words);
            assert!(said, "does not say {words:?}: {self:#?}");
        }
    }
}

/// A root, an issuing CA below it, and a sandbox that holds `root.pem`, `issuing.pem` and `alice.pem`.
pub struct Pki {
    pub root: Authority,
    pub issuing: Authority,
    pub sandbox: Sandbox,
}

impl Pki {
    pub fn new() -> Self {
        let root = Authority::root("Root CA", Key::p256(1));
        let issuing = root.issue_ca("Issuing CA", Key::p256(2)).path_len(0).build_authority();
        let pki = Self { root, issuing, sandbox: Sandbox::new() };
        pki.sandbox.write("root.pem", test_pki::pem(pki.root.certificate_der()));
        pki.sandbox.write("issuing.pem", test_pki::pem(pki.issuing.certificate_der()));
        pki.sandbox.write("alice.pem", pki.alice().build_pem());
        pki.sandbox.write(
            "primary.json",
            config(r#""ClientSideCertEnable": true, "ClientSideCertCheck": "primary""#),
        );
        pki.sandbox.write(
            "secondary.json",
            config(r#""ClientSideCertEnable": true, "ClientSideCertCheck": "secondary""#),
        );
        pki
    }

    pub fn alice(&self) -> CertificateBuilder {
        self.issuing.issue(Key::p256(3)).common_name("Alice").email("alice@example.com")
    }

    /// `cba verify` of a certificate by the issuing CA, with further options.
    pub fn verify(&self, leaf: &CertificateBuilder, options: &str) -> Run {
        self.sandbox.write("leaf.pem", leaf.build_pem());
        self.sandbox
            .run(&format!("verify --at {AT} --roots root.pem --intermediates issuing.pem {options} leaf.pem"))
    }

    /// `cba login` of a certificate by the issuing CA, with further options.
    pub fn login(&self, leaf: &CertificateBuilder, config: &str, options: &str) -> Run {
        self.sandbox.write("leaf.pem", leaf.build_pem());
        self.sandbox.run(&format!(
            "login --at {AT} --config {config} --roots root.pem --intermediates issuing.pem {options} leaf.pem"
        ))
    }
}

/// A config.json with these members in ExperimentalSettings.
pub fn config(members: &str) -> String {
    format!("{{\n  \"ServiceSettings\": {{}},\n  \"ExperimentalSettings\": {{ {members} }}\n}}\n")
}
