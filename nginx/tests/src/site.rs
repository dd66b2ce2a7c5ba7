//! A site: its files, its configuration, and `nginx -t` of it.

use std::fmt;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Command;

use test_pki::{Authority, Key};

use crate::nginx::Nginx;
use crate::pki::Pki;
use crate::sandbox::Sandbox;

/// Each variable of the module, without `$cba_`.
const VARIABLES: [&str; 10] =
    ["status", "reason", "depth", "email", "fingerprint", "spki", "serial", "issuer", "device", "not_after"];

/// A site under construction.
///
/// In every text, `@PORT@` and `@PORT2@` stand for ports of the site's own and `@DIR@` for its directory.
/// Relative paths start in that directory. Responses carry the variables of the module as headers, the
/// name of the server as `served-by`, and `r` as `session` if TLS resumed one.
pub struct Site {
    sandbox: Sandbox,
    with_module: bool,
    /// Whether responses carry the variables.
    telling: bool,
    main: String,
    http: String,
    servers: Vec<String>,
    pub(crate) ports: [u16; 2],
}

impl Site {
    /// Without a server; `root.pem` and `issuing.pem` are the authorities of the PKI.
    #[must_use]
    pub fn new(pki: &Pki) -> Self {
        let site = Self::stock();
        site.write("root.pem", test_pki::pem(pki.root.certificate_der()));
        site.write("issuing.pem", test_pki::pem(pki.issuing.certificate_der()));
        Self { with_module: true, ..site }
    }

    /// Without a server, and without the module.
    #[must_use]
    pub fn stock() -> Self {
        let site = Self {
            sandbox: Sandbox::new(),
            with_module: false,
            telling: true,
            main: String::new(),
            http: String::new(),
            servers: Vec::new(),
            ports: free_ports(),
        };
        let key = Key::p256(900);
        let server = Authority::root("Server CA", Key::p256(901)).issue(key.clone()).server_auth();
        site.write("server.pem", server.common_name("server").san_dns("localhost").build_pem());
        site.sandbox.write_private("server.key", test_pki::pem_block("PRIVATE KEY", &key.pkcs8_der()));
        site
    }

    /// Writes a file, now or between reloads.
    pub fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        self.sandbox.write(name, bytes);
    }

    /// Writes a file, as [`write`](Self::write) does, and goes on.
    #[must_use]
    pub fn file(self, name: &str, bytes: impl AsRef<[u8]>) -> Self {
        self.write(name, bytes);
        self
    }

    /// The text of a file.
    #[must_use]
    pub fn read(&self, name: &str) -> String {
        self.sandbox.read(name)
    }

    /// The directory.
    #[must_use]
    pub fn directory(&self) -> &Path {
        self.sandbox.path()
    }

    /// With responses as NGINX makes them.
    #[must_use]
    pub fn plain(mut self) -> Self {
        self.telling = false;
        self
    }

    /// Directives of the main context.
    #[must_use]
    pub fn main(mut self, directives: &str) -> Self {
        self.main += &format!("{directives}\n");
        self
    }

    /// Directives of the http context.
    #[must_use]
    pub fn http(mut self, directives: &str) -> Self {
        self.http += &format!("{directives}\n");
        self
    }

    /// A TLS server of that name on `@PORT@`. The first is the default one.
    #[must_use]
    pub fn server(self, name: &str, directives: &str) -> Self {
        let listen = "listen 127.0.0.1:@PORT@ ssl http2;";
        self.bare_server(&format!("{listen}\nserver_name {name};\n{directives}"))
    }

    /// A server of these directives alone.
    #[must_use]
    pub fn bare_server(mut self, directives: &str) -> Self {
        self.servers.push(format!("server {{\n{directives}\n}}\n"));
        self
    }

    /// Without the servers so far.
    #[must_use]
    pub fn without_servers(mut self) -> Self {
        self.servers.clear();
        self
    }

    /// Starts NGINX and waits until it accepts connections.
    #[must_use]
    pub fn start(self) -> Nginx {
        Nginx::start(self, &[])
    }

    /// Starts NGINX as the argument of that command.
    #[must_use]
    pub fn start_under(self, launcher: &[&str]) -> Nginx {
        Nginx::start(self, launcher)
    }

    /// `nginx -t`.
    #[must_use]
    pub fn test(&self) -> Checked {
        self.write_configuration();
        let output = self.nginx(&[]).arg("-t").output().unwrap();
        Checked {
            accepted: output.status.success(),
            message: String::from_utf8_lossy(&output.stderr).into_owned(),
            configuration: self.read("nginx.conf"),
        }
    }

    pub(crate) fn choose_ports(&mut self) {
        self.ports = free_ports();
    }

    /// How many workers it asks for; none without a master.
    pub(crate) fn workers(&self) -> usize {
        if self.main.contains("master_process off;") {
            return 0;
        }
        let number = self.main.split("worker_processes ").nth(1);
        number.map_or(1, |number| number.split(';').next().unwrap().parse().unwrap())
    }

    pub(crate) fn write_configuration(&self) {
        let module = if self.with_module { module().display().to_string() } else { String::new() };
        let load = if self.with_module { format!("load_module {module};\n") } else { String::new() };
        let cba = if self.with_module { VARIABLES.as_slice() } else { &[] };
        let variables =
            cba.iter().map(|name| (format!("Cba-{}", name.replace('_', "-")), format!("cba_{name}")));
        let common = [("Served-By", "server_name"), ("Session", "ssl_session_reused")];
        let headers: String = common
            .map(|(header, variable)| (header.to_owned(), variable.to_owned()))
            .into_iter()
            .chain(variables)
            .filter(|_| self.telling)
            .map(|(header, variable)| format!("add_header {header} ${variable} always;\n"))
            .collect();
        let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
            .map(|kind| format!("{kind}_temp_path @DIR@/{kind};\n"))
            .concat();
        let text = format!(
            "{load}daemon off;\npid @DIR@/nginx.pid;\nerror_log @DIR@/error.log info;\n{}\
             events {{ worker_connections 512; }}\nhttp {{\naccess_log @DIR@/access.log;\n{temporary}\
             root @DIR@/html;\nssl_certificate server.pem;\nssl_certificate_key server.key;\n\
             ssl_protocols TLSv1.2 TLSv1.3;\n{headers}{}{}}}\n",
            self.main,
            self.http,
            self.servers.concat()
        );
        self.write("nginx.conf", self.resolved(&text));
    }

    /// A text with what stands for ports and directory put in.
    pub(crate) fn resolved(&self, text: &str) -> String {
        let directory = self.directory().display().to_string();
        text.replace("@DIR@", &directory)
            .replace("@PORT@", &self.ports[0].to_string())
            .replace("@PORT2@", &self.ports[1].to_string())
    }

    /// The command that runs NGINX in the foreground.
    pub(crate) fn nginx(&self, launcher: &[&str]) -> Command {
        let binary = nginx();
        let words = launcher.iter().map(PathBuf::from).chain([binary]).collect::<Vec<_>>();
        let mut command = Command::new(&words[0]);
        command.args(&words[1..]).current_dir(self.directory()).env_remove("NGINX");
        command.arg("-p").arg(self.directory()).arg("-c").arg(self.directory().join("nginx.conf"));
        command.arg("-e").arg("stderr");
        command
    }
}

/// What `nginx -t` said.
pub struct Checked {
    /// Whether it was content.
    pub accepted: bool,
    /// Its output.
    pub message: String,
    configuration: String,
}

impl Checked {
    /// Holds NGINX to have passed the configuration.
    #[track_caller]
    pub fn passes(&self) {
        assert!(self.accepted, "{self:?}");
    }

    /// Holds NGINX to have stopped with these words, and with the line that holds `directive`.
    #[track_caller]
    pub fn stops_at(&self, directive: &str, words: &[&str]) {
        assert!(!self.accepted, "passed what it should not: {self:?}");
        for words in words {
            assert!(self.message.contains(words), "does not say {words:?}: {self:?}");
        }
        let lines = self.configuration.lines().enumerate();
        let lines = lines.filter(|(_, line)| line.contains(directive)).map(|(index, _)| index + 1);
        let lines = lines.collect::<Vec<_>>();
        assert!(!lines.is_empty(), "the configuration has no {directive:?}: {self:?}");
        let emergency = |said: &&str| said.contains("[emerg]");
        let named = lines.iter().any(|line| {
            // An error of the system follows in parentheses.
            let place = [format!("nginx.conf:{line}"), format!("nginx.conf:{line} (")];
            let names = |said: &str| said.ends_with(&place[0]) || said.contains(&place[1]);
            self.message.lines().filter(emergency).any(names)
        });
        assert!(named, "does not name the line of {directive:?}, {lines:?}: {self:?}");
    }
}

impl fmt::Debug for Checked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.message)?;
        for (index, line) in self.configuration.lines().enumerate() {
            writeln!(f, "{:3} {line}", index + 1)?;
        }
        Ok(())
    }
}

fn free_ports() -> [u16; 2] {
    // Both are held until both are known.
    [(); 2]
        .map(|()| TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap())
        .map(|held| held.local_addr().unwrap().port())
}

fn nginx() -> PathBuf {
    let path = std::env::var_os("CBA_NGINX").map_or_else(|| "/usr/sbin/nginx".into(), PathBuf::from);
    require(path, "NGINX")
}

fn module() -> PathBuf {
    let built = || concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/nginx/ngx_http_cba_module.so").into();
    require(std::env::var_os("CBA_NGINX_MODULE").map_or_else(built, PathBuf::from), "the NGINX module")
}

fn require(path: PathBuf, what: &str) -> PathBuf {
    assert!(path.exists(), "{what} is missing ({}): run `make nginx`", path.display());
    std::path::absolute(path).unwrap()
}
