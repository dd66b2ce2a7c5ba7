//! What docs/nginx.md shows is done, in its order, on a machine that is a directory: its commands, with
//! certificates made by the commands of docs/certificates.md, its configurations, and what they print.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    reason = "a panic is how a test fails"
)]

use std::collections::hash_map::RandomState;
use std::fs;
use std::hash::{BuildHasher, Hasher};
use std::net::TcpListener;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use nginx_tests::Sandbox;

/// A fenced block, and whether it follows a block of commands directly: then it is what those print.
struct Block {
    language: String,
    text: String,
    printed: bool,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

fn read(name: &str) -> String {
    fs::read_to_string(root().join(name)).unwrap()
}

fn blocks(markdown: &str) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut inside = false;
    let mut prose = true;
    for line in markdown.lines() {
        match line.strip_prefix("```") {
            Some(_) if inside => inside = false,
            Some(language) => {
                let after_commands = blocks.last().is_some_and(|block| block.language == "sh");
                let printed = language == "text" && after_commands && !prose;
                blocks.push(Block { language: language.to_owned(), text: String::new(), printed });
                (inside, prose) = (true, false);
            }
            None if inside => blocks.last_mut().unwrap().text += &format!("{line}\n"),
            None => prose |= !line.is_empty(),
        }
    }
    blocks
}

/// The parts of a page between its second-level headings of these names.
fn sections(markdown: &str, names: &[&str]) -> String {
    let sections = markdown.split("\n## ").filter(|part| names.contains(&part.lines().next().unwrap()));
    let sections: Vec<&str> = sections.collect();
    assert_eq!(sections.len(), names.len());
    sections.concat()
}

/// A free port below those that the system gives away by itself: NGINX takes it only later, page by page.
fn listener() -> TcpListener {
    let random = || RandomState::new().build_hasher().finish();
    let mut ports = std::iter::repeat_with(|| 10_000 + (random() % 20_000) as u16);
    ports.find_map(|port| TcpListener::bind(("127.0.0.1", port)).ok()).unwrap()
}

/// A Debian machine, as far as the page sees it.
struct Machine {
    sandbox: Sandbox,
    ports: Vec<u16>,
}

impl Machine {
    fn new() -> Self {
        let held: Vec<TcpListener> = (0..4).map(|_| listener()).collect();
        let ports = held.iter().map(|held| held.local_addr().unwrap().port()).collect();
        let machine = Self { sandbox: Sandbox::new(), ports };
        for directory in
            ["bin", "work", "run", "temp", "var/log/nginx", "etc/nginx/conf.d", "etc/nginx/snippets"]
        {
            fs::create_dir_all(machine.path(directory)).unwrap();
        }
        symlink("usr/lib/nginx/modules", machine.path("modules")).unwrap();
        let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
            .map(|kind| format!("{kind}_temp_path @DIR@/temp/{kind};\n"))
            .concat();
        // The skeleton of Debian's own nginx.conf.
        machine.put(
            "etc/nginx/nginx.conf",
            &format!(
                "pid @DIR@/run/nginx.pid;\nerror_log /var/log/nginx/error.log;\n\
                 include /etc/nginx/modules-enabled/*.conf;\nevents {{ worker_connections 64; }}\n\
                 http {{\n{temporary}access_log /var/log/nginx/access.log;\n\
                 include /etc/nginx/conf.d/*.conf;\n}}\n"
            ),
        );
        machine.program("sudo", "exec \"$@\"\n");
        machine.program("apt-get", "shift 2\ndpkg-query -W \"$@\" > /dev/null\n");
        // The module is built before the tests are run; to build it here would change it under other tests.
        machine.program(
            "make",
            &format!(
                "case $1 in\nnginx) test -e '{root}/target/nginx/ngx_http_cba_module.so' ;;\n\
                 *) exec /usr/bin/make -s -C '{root}' \"$1\" DESTDIR='@DIR@' ;;\nesac\n",
                root = root().display()
            ),
        );
        machine.program(
            "nginx",
            "exec /usr/sbin/nginx -p @DIR@ -c @DIR@/etc/nginx/nginx.conf -e @DIR@/var/log/nginx/error.log \"$@\"\n",
        );
        // Returns when no worker of before is left.
        machine.program(
            "systemctl",
            "case $1 in\nrestart) exec nginx ;;\nreload) ;;\n*) exit 1 ;;\nesac\n\
             master=$(cat @DIR@/run/nginx.pid)\n\
             old=$(grep -ls \"^PPid:[[:space:]]*$master\\$\" /proc/[0-9]*/status || true)\n\
             nginx -s reload\n\
             for status in $old; do\n\
             left=400\nwhile grep -qs '^Name:.*nginx' \"$status\"; do\n\
             left=$((left - 1))\n[ $left -gt 0 ] || exit 1\nsleep 0.05\ndone\ndone\n",
        );
        machine
    }

    fn path(&self, name: &str) -> PathBuf {
        self.sandbox.path().join(name)
    }

    /// A text of the page with the paths and ports of this machine.
    fn resolved(&self, text: &str) -> String {
        let directory = self.sandbox.path().display().to_string();
        let port = |index: usize| format!("127.0.0.1:{}", self.ports[index]);
        text.replace("/etc/nginx", "@DIR@/etc/nginx")
            .replace("/var/log/nginx", "@DIR@/var/log/nginx")
            .replace("@DIR@@DIR@", "@DIR@")
            .replace("@DIR@", &directory)
            .replace("listen 443 ", &format!("listen {} ", port(0)))
            .replace("listen 8443 ", &format!("listen {} ", port(1)))
            .replace("listen 80;", &format!("listen {};", port(2)))
            .replace("127.0.0.1:443", &port(0))
            .replace("127.0.0.1:8443", &port(1))
            .replace("127.0.0.1:8065", &port(3))
    }

    fn put(&self, name: &str, text: &str) {
        self.sandbox.write(name, self.resolved(text));
    }

    fn program(&self, name: &str, script: &str) {
        let name = format!("bin/{name}");
        self.put(&name, &format!("#!/bin/sh\nset -eu\n{script}"));
        fs::set_permissions(self.path(&name), PermissionsExt::from_mode(0o755)).unwrap();
    }

    /// What the commands print; none may fail.
    fn run(&self, directory: &str, commands: &str) -> String {
        let path = format!("{}:{}", self.path("bin").display(), std::env::var("PATH").unwrap());
        let output = Command::new("sh")
            .args(["-eu", "-c", &self.resolved(commands)])
            .current_dir(self.path(directory))
            .env("PATH", path)
            .output()
            .unwrap();
        let [stdout, stderr] = [output.stdout, output.stderr].map(|text| String::from_utf8(text).unwrap());
        assert!(output.status.success(), "{}:\n{commands}\n{stdout}\n{stderr}", output.status);
        stdout
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        let file = self.path("run/nginx.pid");
        if let Some(pid) = fs::read_to_string(&file).ok().and_then(|text| text.trim().parse().ok()) {
            // SAFETY: takes no pointers; NGINX removes the file when it ends.
            unsafe { libc::kill(pid, libc::SIGTERM) };
            let deadline = Instant::now() + Duration::from_secs(20);
            while file.exists() && Instant::now() < deadline {
                std::thread::sleep(Duration::from_millis(10));
            }
        }
        if std::thread::panicking() {
            for log in ["error.log", "chat.error.log", "mattermost.error.log"] {
                let log = format!("var/log/nginx/{log}");
                eprintln!("--- {log}\n{}", self.sandbox.read(&log));
            }
        }
    }
}

/// Whether a line is as shown; `…` stands for anything.
fn is_as_shown(line: &str, shown: &str) -> bool {
    let mut parts = shown.split('…');
    let Some(mut rest) = line.strip_prefix(parts.next().unwrap()) else { return false };
    let mut parts = parts.peekable();
    while let Some(part) = parts.next() {
        if parts.peek().is_none() && part.is_empty() {
            return true;
        }
        let found = if parts.peek().is_none() { rest.rfind(part) } else { rest.find(part) };
        let Some(at) = found else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.is_empty()
}

fn is_printed(printed: &str, shown: &str) -> bool {
    printed.lines().count() == shown.lines().count()
        && printed
            .lines()
            .zip(shown.lines())
            .all(|(line, shown)| is_as_shown(line.trim_end(), shown.trim_end()))
}

#[test]
fn a_shown_line_stands_for_those_alone_that_fit() {
    for (line, shown, fits) in [
        ("200", "200", true),
        ("2000", "200", false),
        ("a b c", "a … c", true),
        ("a b c", "… c", true),
        ("a b c", "a …", true),
        ("a b c", "a … b", false),
        ("b c", "a … c", false),
        ("a c b c", "a … c", true),
    ] {
        assert_eq!(is_as_shown(line, shown), fits, "{line:?} {shown:?}");
    }
}

#[test]
fn everything_on_the_page_works_as_it_says() {
    let machine = Machine::new();
    let certificates = read("docs/certificates.md");
    // What cba says of them is the business of its own test.
    let commands = blocks(&sections(&certificates, &["The CA", "Issue"]));
    let commands = commands.iter().filter(|block| block.language == "sh" && !block.text.contains("cba "));
    let mut made = 0;
    for block in commands {
        machine.run(if made == 0 { "work" } else { "work/ca" }, &block.text);
        if made == 0 {
            fs::copy(root().join("demo/openssl.cnf"), machine.path("work/ca/openssl.cnf")).unwrap();
        }
        made += 1;
    }
    assert!(made >= 5 && machine.path("work/ca/alice.crt").exists());

    let page = blocks(&read("docs/nginx.md"));
    let (mut commands, mut files, mut outputs) = (0, 0, 0);
    for (index, block) in page.iter().enumerate() {
        match block.language.as_str() {
            "nginx" => {
                let name = block.text.lines().next().unwrap().strip_prefix("# /").expect("no name of a file");
                machine.put(name, &block.text);
                files += 1;
            }
            "sh" => {
                let mut printed = machine.run("work", &block.text);
                commands += 1;
                let Some(shown) = page.get(index + 1).filter(|next| next.printed) else { continue };
                let (text, shown) = (&block.text, &shown.text);
                // A request is written into the access log after its answer.
                let deadline = Instant::now() + Duration::from_secs(10);
                while text.starts_with("sudo cat")
                    && !is_printed(&printed, shown)
                    && Instant::now() < deadline
                {
                    printed = machine.run("work", text);
                }
                assert!(is_printed(&printed, shown), "{text}\nprints\n{printed}\nand not\n{shown}");
                outputs += 1;
            }
            "text" => {}
            other => panic!("a block of {other:?}, which nobody runs"),
        }
    }
    assert!(commands > 12 && files > 6 && outputs > 9, "{commands} {files} {outputs}");
    machine.run("work", "sudo make uninstall-nginx");
    assert!(!machine.path("modules/ngx_http_cba_module.so").exists());
}

/// The names in `ngx_string("…")` of a table of the module.
fn names_in(source: &str, table: &str) -> Vec<String> {
    let table = source.split(table).nth(1).unwrap().split("};").next().unwrap();
    let names = table.split("{ ngx_string(\"").skip(1);
    names.map(|rest| rest.split('"').next().unwrap().to_owned()).collect()
}

#[test]
fn every_directive_and_variable_is_documented_with_its_contexts() {
    let page = read("docs/nginx.md");
    let rows: Vec<&str> = page.lines().filter(|line| line.starts_with("| `")).collect();
    let module = read("nginx/ngx_http_cba_module.c");
    let directives = names_in(&module, "ngx_http_cba_commands[] = {");
    assert_eq!(directives.len(), 16);
    for name in &directives {
        let row = rows.iter().find(|row| row.starts_with(&format!("| `{name} "))).expect(name);
        let flags = module.split(&format!("{{ ngx_string(\"{name}\"),")).nth(1).unwrap();
        let flags = flags.split(",\n").next().unwrap();
        let contexts = [("MAIN", "http"), ("SRV", "server"), ("LOC", "location")];
        let contexts = contexts.iter().filter(|(flag, _)| flags.contains(&format!("NGX_HTTP_{flag}_CONF")));
        let contexts: Vec<&str> = contexts.map(|(_, name)| *name).collect();
        assert!(row.contains(&format!("` | {} | ", contexts.join(", "))), "{row}: {contexts:?}");
    }
    let variables = names_in(&read("nginx/ngx_http_cba_variables.c"), "ngx_http_cba_vars[] = {");
    assert_eq!(variables.len(), 12);
    for name in variables {
        let name = if name.ends_with('_') { format!("{name}NAME") } else { name };
        assert!(rows.iter().any(|row| row.starts_with(&format!("| `${name}` | "))), "{name}");
    }
}

#[test]
fn every_reason_on_the_page_is_one_that_is_given() {
    let errors = read("core/src/error.rs");
    let page = read("docs/nginx.md");
    let mut reasons = 0;
    for text in page.split('`').skip(1).step_by(2).filter(|text| text.ends_with(')') && !text.contains('\n'))
    {
        let Some((text, number)) = text.trim_end_matches(')').rsplit_once(" (") else { continue };
        if number.len() == 3 && number.parse::<u16>().is_ok() {
            assert!(errors.contains(&format!(" = {number}, \"{text}\";")), "{text} ({number})");
            reasons += 1;
        }
    }
    assert!(reasons > 15, "{reasons}");
}
