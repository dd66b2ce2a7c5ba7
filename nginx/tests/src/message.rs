//! Requests and responses, whatever the version of HTTP.

use std::fmt;

/// A request to be sent.
#[derive(Clone)]
pub struct Request {
    pub(crate) method: &'static str,
    pub(crate) target: String,
    pub(crate) host: Option<String>,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Option<Vec<u8>>,
    pub(crate) chunked: bool,
}

impl Request {
    /// GET of a path and query.
    #[must_use]
    pub fn get(target: &str) -> Self {
        Self {
            method: "GET",
            target: target.to_owned(),
            host: None,
            headers: Vec::new(),
            body: None,
            chunked: false,
        }
    }

    /// POST of a body of that type.
    #[must_use]
    pub fn post(target: &str, content_type: &str, body: impl AsRef<[u8]>) -> Self {
        let body = Some(body.as_ref().to_vec());
        Self { method: "POST", body, ..Self::get(target) }.header("content-type", content_type)
    }

    /// Another Host than the name that TLS was told.
    #[must_use]
    pub fn host(self, host: &str) -> Self {
        Self { host: Some(host.to_owned()), ..self }
    }

    /// A header more. Its name is in lower case, as HTTP/2 wants it.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Does not say the length of the body beforehand.
    #[must_use]
    pub fn chunked(self) -> Self {
        Self { chunked: true, ..self }
    }
}

/// A response as it came.
#[derive(Clone)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    /// The whole body.
    pub body: Vec<u8>,
}

impl Response {
    /// The value of a header; empty if it is not there.
    #[must_use]
    pub fn header(&self, name: &str) -> &str {
        let found = self.headers.iter().find(|(present, _)| present == name);
        found.map_or("", |(_, value)| value)
    }

    /// `$cba_NAME` as the server saw it.
    #[must_use]
    pub fn cba(&self, name: &str) -> &str {
        self.header(&format!("cba-{name}"))
    }

    /// The body as text.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The decision in short: `200 login alice@example.com`, `403 refused expired (402)`.
    #[must_use]
    pub fn decision(&self) -> String {
        let words = [self.cba("status"), self.cba("email"), self.cba("reason")];
        let words = words.into_iter().filter(|word| !word.is_empty());
        words.fold(self.status.to_string(), |line, word| line + " " + word)
    }
}

impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {:#?}\n{}", self.status, self.headers, self.text())
    }
}
