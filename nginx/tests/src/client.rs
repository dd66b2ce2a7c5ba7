//! A TLS client with a certificate, and the connections that it makes.

use std::io::{self, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread::sleep;
use std::time::Duration;

use openssl::pkey::PKey;
use openssl::ssl::{
    Ssl, SslContext, SslContextBuilder, SslMethod, SslSession, SslSessionCacheMode, SslStream, SslVerifyMode,
    SslVersion,
};
use openssl::x509::X509;

use crate::message::{Request, Response};
use crate::pki::Identity;
use crate::{http1, http2};

/// How long a client waits for anything: long enough for NGINX under valgrind on a machine that has other work.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// The version of TLS, exactly that one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tls {
    /// TLS 1.2.
    V1_2,
    /// TLS 1.3.
    V1_3,
}

/// The version of HTTP, agreed on by ALPN.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Http {
    /// HTTP/1.1.
    V1_1,
    /// HTTP/2.
    V2,
}

/// A client: its settings, its certificate, and the last TLS session that it was given.
pub struct Client {
    context: SslContext,
    http: Http,
    address: SocketAddr,
    name: Option<String>,
    /// In DER: OpenSSL marks the session itself as not resumable when its connection ends without a farewell.
    session: Arc<Mutex<Option<Vec<u8>>>>,
}

impl Client {
    /// A client of TLS 1.3 and HTTP/1.1 that sends no server name.
    #[must_use]
    pub fn new(port: u16, identity: Option<&Identity>) -> Self {
        Self::with(port, identity, Tls::V1_3, Http::V1_1)
    }

    /// A client of these versions that sends no server name.
    #[must_use]
    pub fn with(port: u16, identity: Option<&Identity>, tls: Tls, http: Http) -> Self {
        let session = Arc::new(Mutex::new(None));
        let mut context = SslContextBuilder::new(SslMethod::tls_client()).unwrap();
        // The server is not what is tested, and weak certificates must be presentable.
        context.set_verify(SslVerifyMode::NONE);
        context.set_cipher_list("DEFAULT@SECLEVEL=0").unwrap();
        let version = match tls {
            Tls::V1_2 => SslVersion::TLS1_2,
            Tls::V1_3 => SslVersion::TLS1_3,
        };
        context.set_min_proto_version(Some(version)).unwrap();
        context.set_max_proto_version(Some(version)).unwrap();
        let protocol: &[u8] = if http == Http::V2 { b"\x02h2" } else { b"\x08http/1.1" };
        context.set_alpn_protos(protocol).unwrap();
        if let Some(identity) = identity {
            present(&mut context, identity);
        }
        context.set_session_cache_mode(SslSessionCacheMode::CLIENT | SslSessionCacheMode::NO_INTERNAL);
        let last = session.clone();
        context.set_new_session_callback(move |_, session| *last.lock().unwrap() = session.to_der().ok());
        let address = (Ipv4Addr::LOCALHOST, port).into();
        Self { context: context.build(), http, address, name: None, session }
    }

    /// The same client, asking for the server of that name.
    #[must_use]
    pub fn named(mut self, name: &str) -> Self {
        self.name = Some(name.to_owned());
        self
    }

    /// The same client, asking for no server by name.
    #[must_use]
    pub fn nameless(mut self) -> Self {
        self.name = None;
        self
    }

    /// A connection with a full handshake.
    ///
    /// # Errors
    ///
    /// What TCP or TLS says.
    pub fn connect(&self) -> io::Result<Connection> {
        self.handshake(None)
    }

    /// A connection that offers to resume the last session.
    ///
    /// # Panics
    ///
    /// If the server gave none.
    ///
    /// # Errors
    ///
    /// What TCP or TLS says.
    pub fn resume(&self) -> io::Result<Connection> {
        let session = self.session();
        self.handshake(Some(&session))
    }

    /// A new connection, and one request on it.
    #[must_use]
    pub fn get(&self, target: &str) -> Response {
        self.send(&Request::get(target))
    }

    /// A new connection, and one request on it.
    #[must_use]
    pub fn send(&self, request: &Request) -> Response {
        self.connect().unwrap().send(request)
    }

    /// Resumes the last session with the request as early data (RFC 8446 section 2.3). The handshake is
    /// completed only when `served` has returned, so that nothing but early data reached the server until then.
    ///
    /// # Panics
    ///
    /// If the session allows no early data, or the server did not accept it.
    #[must_use]
    pub fn send_early(&self, request: &Request, served: impl FnOnce()) -> Response {
        let session = self.session();
        assert!(session.max_early_data() > 0, "the session allows no early data");
        let mut ssl = self.ssl(Some(&session));
        ssl.set_connect_state();
        let mut stream = SslStream::new(ssl, self.tcp().unwrap()).unwrap();
        let bytes = http1::serialize(request, &self.host());
        assert_eq!(stream.write_early_data(&bytes).unwrap(), bytes.len());
        served();
        stream.connect().unwrap();
        assert!(stream.ssl().session_reused());
        http1::receive(&mut stream, request.method).unwrap()
    }

    /// Writes these bytes as they are on a new connection, each piece in a packet of its own, takes that many
    /// responses, and hangs up.
    ///
    /// # Errors
    ///
    /// What TCP or TLS says, or that there are fewer responses.
    pub fn send_raw(&self, pieces: &[&[u8]], responses: usize) -> io::Result<Vec<Response>> {
        let mut stream = SslStream::new(self.ssl(None), self.tcp()?)?;
        stream.connect().map_err(io::Error::other)?;
        for (index, piece) in pieces.iter().enumerate() {
            if index > 0 {
                sleep(Duration::from_millis(30));
            }
            stream.write_all(piece)?;
        }
        (0..responses).map(|_| http1::receive(&mut stream, "POST")).collect()
    }

    fn session(&self) -> SslSession {
        let session = self.session.lock().unwrap();
        SslSession::from_der(session.as_ref().expect("the server gave a session")).unwrap()
    }

    fn host(&self) -> String {
        self.name.clone().unwrap_or_else(|| self.address.to_string())
    }

    fn tcp(&self) -> io::Result<TcpStream> {
        let stream = TcpStream::connect_timeout(&self.address, PATIENCE)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        Ok(stream)
    }

    fn ssl(&self, session: Option<&SslSession>) -> Ssl {
        let mut ssl = Ssl::new(&self.context).unwrap();
        if let Some(name) = &self.name {
            ssl.set_hostname(name).unwrap();
        }
        if let Some(session) = session {
            // SAFETY: the session is no other context's: it was made for this call.
            unsafe { ssl.set_session(session) }.unwrap();
        }
        ssl
    }

    fn handshake(&self, session: Option<&SslSession>) -> io::Result<Connection> {
        let (ssl, tcp) = (self.ssl(session), self.tcp()?);
        let (wire, reused) = match self.http {
            Http::V1_1 => {
                let mut stream = SslStream::new(ssl, tcp)?;
                stream.connect().map_err(io::Error::other)?;
                let reused = stream.ssl().session_reused();
                (Wire::Http1(stream), reused)
            }
            Http::V2 => {
                let (connection, reused) = http2::Connection::open(ssl, tcp)?;
                (Wire::Http2(connection), reused)
            }
        };
        Ok(Connection { wire, reused, host: self.host() })
    }
}

fn present(context: &mut SslContextBuilder, identity: &Identity) {
    context.set_certificate(&X509::from_der(&identity.certificate).unwrap()).unwrap();
    for certificate in &identity.chain {
        context.add_extra_chain_cert(X509::from_der(certificate).unwrap()).unwrap();
    }
    context.set_private_key(&PKey::private_key_from_pkcs8(&identity.key.pkcs8_der()).unwrap()).unwrap();
}

enum Wire {
    Http1(SslStream<TcpStream>),
    Http2(http2::Connection),
}

/// A connection, kept until it is dropped.
pub struct Connection {
    wire: Wire,
    /// Whether TLS resumed a session.
    pub reused: bool,
    host: String,
}

impl Connection {
    /// A request and its response.
    #[must_use]
    pub fn get(&mut self, target: &str) -> Response {
        self.send(&Request::get(target))
    }

    /// A request and its response.
    #[must_use]
    pub fn send(&mut self, request: &Request) -> Response {
        self.try_send(request).unwrap()
    }

    /// A request and its response.
    ///
    /// # Errors
    ///
    /// If the server hung up, or what it said is no HTTP.
    pub fn try_send(&mut self, request: &Request) -> io::Result<Response> {
        match &mut self.wire {
            Wire::Http1(stream) => http1::exchange(stream, request, &self.host),
            Wire::Http2(connection) => connection.exchange(request, &self.host),
        }
    }

    /// Requests and their responses: on HTTP/2 all streams are open at once.
    #[must_use]
    pub fn send_all(&mut self, requests: &[Request]) -> Vec<Response> {
        match &mut self.wire {
            Wire::Http1(_) => requests.iter().map(|request| self.send(request)).collect(),
            Wire::Http2(connection) => connection.exchange_all(requests, &self.host).unwrap(),
        }
    }
}
