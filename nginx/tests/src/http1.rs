//! HTTP/1.1 by hand: what is sent is what the test wrote.

use std::io::{self, Read, Write};

use crate::message::{Request, Response};

pub(crate) fn exchange(
    stream: &mut (impl Read + Write),
    request: &Request,
    host: &str,
) -> io::Result<Response> {
    // A server that refuses may answer, and hang up, before it has read the whole body.
    let sent = stream.write_all(&serialize(request, host)).and_then(|()| stream.flush());
    receive(stream, request.method).map_err(|error| sent.err().unwrap_or(error))
}

pub(crate) fn serialize(request: &Request, host: &str) -> Vec<u8> {
    let host = request.host.as_deref().unwrap_or(host);
    let mut bytes =
        format!("{} {} HTTP/1.1\r\nhost: {host}\r\n", request.method, request.target).into_bytes();
    for (name, value) in &request.headers {
        bytes.extend(format!("{name}: {value}\r\n").bytes());
    }
    let body = request.body.as_deref();
    match body {
        Some(_) if request.chunked => bytes.extend(b"transfer-encoding: chunked\r\n"),
        Some(body) => bytes.extend(format!("content-length: {}\r\n", body.len()).bytes()),
        None => {}
    }
    bytes.extend(b"\r\n");
    if request.chunked {
        for chunk in body.unwrap_or_default().chunks(7_000) {
            bytes.extend(format!("{:x}\r\n", chunk.len()).bytes());
            bytes.extend(chunk);
            bytes.extend(b"\r\n");
        }
        bytes.extend(b"0\r\n\r\n");
    } else {
        bytes.extend(body.unwrap_or_default());
    }
    bytes
}

pub(crate) fn receive(stream: &mut impl Read, method: &str) -> io::Result<Response> {
    let head = read_until(stream, b"\r\n\r\n")?;
    let head = String::from_utf8_lossy(&head).into_owned();
    let mut lines = head.trim_end().split("\r\n");
    let status = lines.next().and_then(|line| line.split(' ').nth(1)).and_then(|code| code.parse().ok());
    let status = status.ok_or_else(|| io::Error::other(format!("no status line: {head}")))?;
    let headers = lines.filter_map(|line| line.split_once(": "));
    let headers = headers.map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned())).collect();
    let mut response = Response { status, headers, body: Vec::new() };
    if method != "HEAD" && status != 204 && status != 304 {
        response.body = read_body(stream, &response)?;
    }
    Ok(response)
}

fn read_body(stream: &mut impl Read, response: &Response) -> io::Result<Vec<u8>> {
    let mut body = Vec::new();
    if response.header("transfer-encoding") == "chunked" {
        loop {
            let size = read_until(stream, b"\r\n")?;
            let size = std::str::from_utf8(&size).unwrap().trim_end();
            let size = usize::from_str_radix(size, 16).map_err(io::Error::other)?;
            let mut chunk = vec![0; size + 2];
            stream.read_exact(&mut chunk)?;
            if size == 0 {
                return Ok(body);
            }
            body.extend(&chunk[..size]);
        }
    }
    match response.header("content-length").parse() {
        Ok(length) => {
            body.resize(length, 0);
            stream.read_exact(&mut body)?;
        }
        Err(_) => drop(stream.read_to_end(&mut body)?),
    }
    Ok(body)
}

/// Everything up to and with `end`, and nothing of what follows.
pub(crate) fn read_until(stream: &mut impl Read, end: &[u8]) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut byte = [0];
    while !bytes.ends_with(end) {
        stream.read_exact(&mut byte)?;
        bytes.push(byte[0]);
    }
    Ok(bytes)
}
