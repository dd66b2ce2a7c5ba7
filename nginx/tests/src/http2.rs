//! HTTP/2 on one connection; h2 speaks it, and is driven while a request waits for its response.

use std::future::Future;
use std::io::{self, Cursor};
use std::net::TcpStream;
use std::pin::Pin;

use h2::client::SendRequest;
use openssl::ssl::Ssl;
use tokio::runtime::{Builder, Runtime};
use tokio::time::timeout;
use tokio_openssl::SslStream;

use crate::client::PATIENCE;
use crate::message::{Request, Response};

type Body = Cursor<Vec<u8>>;

pub(crate) struct Connection {
    runtime: Runtime,
    sender: SendRequest<Body>,
}

impl Connection {
    /// Shakes hands; says whether TLS resumed a session.
    pub(crate) fn open(ssl: Ssl, tcp: TcpStream) -> io::Result<(Self, bool)> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let (sender, reused) = within_patience(&runtime, async {
            tcp.set_nonblocking(true)?;
            let mut stream = SslStream::new(ssl, tokio::net::TcpStream::from_std(tcp)?)?;
            Pin::new(&mut stream).connect().await.map_err(io::Error::other)?;
            if stream.ssl().selected_alpn_protocol() != Some(b"h2") {
                return Err(io::Error::other("the server does not speak HTTP/2"));
            }
            let reused = stream.ssl().session_reused();
            let builder = h2::client::Builder::new();
            let (sender, connection) = builder.handshake(stream).await.map_err(io::Error::other)?;
            // How the connection ends, its requests say.
            tokio::spawn(async move { drop(connection.await) });
            Ok((sender, reused))
        })?;
        Ok((Self { runtime, sender }, reused))
    }

    pub(crate) fn exchange(&mut self, request: &Request, host: &str) -> io::Result<Response> {
        let sender = self.sender.clone();
        within_patience(&self.runtime, exchange(sender, request, host))
    }

    pub(crate) fn exchange_all(&mut self, requests: &[Request], host: &str) -> io::Result<Vec<Response>> {
        let sender = self.sender.clone();
        within_patience(&self.runtime, async {
            let streams: Vec<_> = requests
                .iter()
                .map(|request| {
                    let (sender, request, host) = (sender.clone(), request.clone(), host.to_owned());
                    tokio::spawn(async move { exchange(sender, &request, &host).await })
                })
                .collect();
            let mut responses = Vec::new();
            for stream in streams {
                responses.push(stream.await??);
            }
            Ok(responses)
        })
    }
}

fn within_patience<T>(runtime: &Runtime, future: impl Future<Output = io::Result<T>>) -> io::Result<T> {
    runtime.block_on(async { timeout(PATIENCE, future).await? })
}

async fn exchange(sender: SendRequest<Body>, request: &Request, host: &str) -> io::Result<Response> {
    let host = request.host.as_deref().unwrap_or(host);
    let uri = format!("https://{host}{}", request.target);
    let mut head = http::Request::builder().method(request.method).uri(uri);
    for (name, value) in &request.headers {
        head = head.header(name, value);
    }
    if let (Some(body), false) = (&request.body, request.chunked) {
        head = head.header("content-length", body.len());
    }
    let head = head.body(()).map_err(io::Error::other)?;
    let mut sender = sender.ready().await.map_err(io::Error::other)?;
    let (response, mut stream) =
        sender.send_request(head, request.body.is_none()).map_err(io::Error::other)?;
    if let Some(body) = &request.body {
        stream.send_data(Cursor::new(body.clone()), true).map_err(io::Error::other)?;
    }
    let (head, mut stream) = response.await.map_err(io::Error::other)?.into_parts();
    let mut body = Vec::new();
    while let Some(data) = stream.data().await {
        let data = data.map_err(io::Error::other)?;
        stream.flow_control().release_capacity(data.len()).map_err(io::Error::other)?;
        body.extend_from_slice(&data);
    }
    let text = |value: &http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let headers = head.headers.iter().map(|(name, value)| (name.to_string(), text(value))).collect();
    Ok(Response { status: head.status.as_u16(), headers, body })
}
