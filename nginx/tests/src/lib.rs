//! What the tests of the NGINX module stand on: a site with its certificates, NGINX that serves it,
//! TLS clients that visit it over HTTP/1.1 and HTTP/2, and an upstream behind it.
//!
//! Each site has a directory and ports of its own, so that tests run side by side. The module is
//! `target/nginx/ngx_http_cba_module.so` of the workspace, or what `CBA_NGINX_MODULE` names; NGINX is
//! `/usr/sbin/nginx`, or what `CBA_NGINX` names.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    reason = "a panic is how a test fails"
)]

mod client;
mod http1;
mod http2;
mod message;
mod nginx;
mod pki;
mod sandbox;
mod site;
mod table;
mod upstream;

pub use client::{Client, Connection, Http, Tls};
pub use message::{Request, Response};
pub use nginx::{Nginx, wait_until};
pub use pki::{ALICE, BOSS, Identity, Pki, config_json, hex};
pub use sandbox::Sandbox;
pub use site::{Checked, Site};
pub use table::Table;
pub use upstream::Upstream;
