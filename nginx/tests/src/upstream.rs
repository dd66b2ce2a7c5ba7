//! The server behind NGINX: it answers with the request that reached it.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::thread;

use crate::client::PATIENCE;
use crate::http1::read_until;

/// An HTTP server whose responses hold the head and the body of the request.
pub struct Upstream {
    /// The port that it listens on.
    pub port: u16,
}

impl Upstream {
    /// Serves until the test ends.
    #[must_use]
    pub fn start() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                // A client that went away is nobody's failure.
                thread::spawn(move || drop(serve(stream)));
            }
        });
        Self { port }
    }

    /// Of the body of a response: the lines of the request's head in lower case, and the request's body.
    #[must_use]
    pub fn seen(response: &[u8]) -> (Vec<String>, Vec<u8>) {
        let end =
            response.windows(4).position(|window| window == b"\r\n\r\n").expect("no head was passed on");
        let head = String::from_utf8_lossy(&response[..end]).to_ascii_lowercase();
        (head.split("\r\n").map(str::to_owned).collect(), response[end + 4..].to_vec())
    }
}

fn serve(mut stream: TcpStream) -> io::Result<()> {
    stream.set_read_timeout(Some(PATIENCE))?;
    let mut request = read_until(&mut stream, b"\r\n\r\n")?;
    let head = String::from_utf8_lossy(&request).to_ascii_lowercase();
    let length = head.split("\r\n").find_map(|line| line.strip_prefix("content-length: "));
    let mut body = vec![0; length.map_or(0, |length| length.parse().unwrap())];
    stream.read_exact(&mut body)?;
    request.extend(body);
    write!(stream, "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: {}\r\n\r\n", request.len())?;
    stream.write_all(&request)
}
