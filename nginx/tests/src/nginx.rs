//! A running NGINX, its signals and its logs.

use std::fs::{self, File};
use std::net::{Ipv4Addr, TcpStream};
use std::process::{Child, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::client::PATIENCE;
use crate::message::Request;
use crate::site::Site;
use crate::{Client, Response};

/// NGINX at work; it is stopped when this is dropped.
pub struct Nginx {
    master: Child,
    /// What it serves. Changes take effect with [`reload`](Self::reload).
    pub site: Site,
}

impl Nginx {
    pub(crate) fn start(mut site: Site, launcher: &[&str]) -> Self {
        // Between the choice of a port and its use, another may have taken it.
        for _ in 0..5 {
            site.write_configuration();
            let stderr = File::create(site.directory().join("stderr.log")).unwrap();
            let master = site.nginx(launcher).stderr(stderr).stdout(Stdio::null()).spawn().unwrap();
            let mut nginx = Self { master, site };
            if nginx.accepts() {
                // The master listens before its workers are there.
                let workers = nginx.site.workers();
                wait_until("the workers are started", || nginx.workers().len() == workers);
                return nginx;
            }
            let said = nginx.site.read("stderr.log") + &nginx.error_log();
            assert!(said.contains("Address already in use"), "NGINX did not start:\n{said}");
            nginx.stop();
            site = nginx.take_site();
            site.choose_ports();
        }
        panic!("no free port was free long enough");
    }

    /// Waits until connections are accepted, or NGINX gave up.
    fn accepts(&mut self) -> bool {
        let mut connected = false;
        wait_until("NGINX accepts connections or gives up", || {
            connected = TcpStream::connect((Ipv4Addr::LOCALHOST, self.site.ports[0])).is_ok();
            connected || self.master.try_wait().unwrap().is_some()
        });
        connected && self.master.try_wait().unwrap().is_none()
    }

    fn take_site(&mut self) -> Site {
        std::mem::replace(&mut self.site, Site::stock())
    }

    /// The port of [`Site::server`].
    #[must_use]
    pub fn port(&self) -> u16 {
        self.site.ports[0]
    }

    /// The port called `@PORT2@`.
    #[must_use]
    pub fn port2(&self) -> u16 {
        self.site.ports[1]
    }

    /// The process that was started: the master.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.master.id()
    }

    /// A client of the site that presents this, or nothing, to the server of that name.
    #[must_use]
    pub fn client(&self, identity: Option<&crate::Identity>, name: &str) -> Client {
        Client::new(self.port(), identity).named(name)
    }

    /// A request over a new connection of [`client`](Self::client).
    #[must_use]
    pub fn send(&self, identity: Option<&crate::Identity>, name: &str, request: &Request) -> Response {
        self.client(identity, name).send(request)
    }

    /// Takes the site's present configuration and files, and waits until none but new workers accept.
    ///
    /// # Panics
    ///
    /// If NGINX stays with the old ones.
    pub fn reload(&self) {
        self.try_reload().unwrap();
    }

    /// Reloads with another configuration.
    pub fn reload_with(&mut self, change: impl FnOnce(Site) -> Site) {
        let site = self.take_site();
        self.site = change(site);
        self.reload();
    }

    /// As [`reload`](Self::reload).
    ///
    /// # Errors
    ///
    /// Why NGINX stays with the old configuration.
    pub fn try_reload(&self) -> Result<(), String> {
        self.site.write_configuration();
        let before = self.error_log().len();
        let old = self.workers();
        self.signal(libc::SIGHUP);
        let new_lines = || self.error_log()[before..].to_owned();
        let refused = || new_lines().lines().find(|line| line.contains("[emerg]")).map(str::to_owned);
        wait_until("the workers are replaced", || {
            let gone = |pid: &u32| new_lines().contains(&format!(" {pid}#{pid}: gracefully shutting down"));
            let replaced = || self.workers().len() == old.len() && old.iter().all(gone);
            refused().is_some() || replaced()
        });
        refused().map_or(Ok(()), Err)
    }

    /// Begins a reload, and does not wait for it.
    pub fn begin_reload(&self) {
        self.signal(libc::SIGHUP);
    }

    /// Begins a reload with another configuration, and does not wait for it.
    pub fn begin_reload_with(&mut self, change: impl FnOnce(Site) -> Site) {
        let site = self.take_site();
        self.site = change(site);
        self.site.write_configuration();
        self.begin_reload();
    }

    /// The workers that accept connections, by their process ids.
    #[must_use]
    pub fn workers(&self) -> Vec<u32> {
        let log = self.error_log();
        let started = log.lines().filter_map(|line| line.split("start worker process ").nth(1));
        let mut workers: Vec<u32> = started.filter_map(|pid| pid.trim().parse().ok()).collect();
        workers.retain(|pid| {
            !log.contains(&format!(" {pid}#{pid}: gracefully shutting down"))
                && !log.contains(&format!("worker process {pid} exited"))
        });
        workers
    }

    /// Kills the workers and waits for those that the master puts in their place.
    pub fn lose_workers(&self) {
        let old = self.workers();
        for worker in &old {
            // SAFETY: takes no pointers; the master has not seen that worker exit.
            unsafe { libc::kill(libc::pid_t::try_from(*worker).unwrap(), libc::SIGKILL) };
        }
        wait_until("the workers are replaced", || {
            let now = self.workers();
            now.len() == old.len() && now.iter().all(|pid| !old.contains(pid))
        });
    }

    /// Kilobytes of memory that a process has resident.
    #[must_use]
    pub fn resident(pid: u32) -> Option<u64> {
        let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
        line.split_whitespace().next()?.parse().ok()
    }

    /// The error log.
    #[must_use]
    pub fn error_log(&self) -> String {
        self.site.read("error.log")
    }

    /// The lines of the error log about refusals, from the first.
    #[must_use]
    pub fn refusals(&self) -> Vec<String> {
        self.error_log().lines().filter(|line| line.contains("cba: refused")).map(str::to_owned).collect()
    }

    /// Waits for a line of the access log that holds these words.
    #[must_use]
    pub fn access(&self, words: &str) -> String {
        let find =
            || self.site.read("access.log").lines().find(|line| line.contains(words)).map(str::to_owned);
        wait_until("the request is logged", || find().is_some());
        find().unwrap()
    }

    /// Lets requests end, then NGINX; gives its exit status, none if it had to be killed.
    pub fn quit(&mut self) -> Option<i32> {
        self.end_by(libc::SIGQUIT)
    }

    /// Halts the master, until [`go_on`](Self::go_on).
    pub fn halt(&self) {
        self.signal(libc::SIGSTOP);
    }

    /// Lets a halted master go on.
    pub fn go_on(&self) {
        self.signal(libc::SIGCONT);
    }

    fn signal(&self, signal: libc::c_int) {
        let pid = libc::pid_t::try_from(self.master.id()).unwrap();
        // SAFETY: takes no pointers; the process is our child, not yet waited for.
        unsafe { libc::kill(pid, signal) };
    }

    /// Sends the signal until NGINX is gone: without a master, one that comes just before it waits for events
    /// is not looked at until the next event.
    fn end_by(&mut self, signal: libc::c_int) -> Option<i32> {
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline {
            if let Some(status) = self.master.try_wait().unwrap() {
                return status.code();
            }
            self.signal(signal);
            sleep(Duration::from_millis(50));
        }
        let _ = self.master.kill();
        let _ = self.master.wait();
        None
    }

    fn stop(&mut self) {
        self.end_by(libc::SIGTERM);
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        self.stop();
        if std::thread::panicking() {
            eprintln!("--- error.log\n{}", self.error_log());
        }
    }
}

/// Waits for a condition that must come soon.
///
/// # Panics
///
/// If it does not.
#[track_caller]
pub fn wait_until(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !holds() {
        assert!(Instant::now() < deadline, "waited in vain until {what}");
        sleep(Duration::from_millis(5));
    }
}
