//! As much of HTTP/1.1 as a page on the same machine needs.
//!
//! Invariants: one request a connection; heads, bodies, time and the number of connections are bounded before anything
//! is allocated for them; no input makes it panic.

use std::io::{self, Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// Largest request line with headers, in bytes.
const MAX_HEAD: usize = 16 * 1024;
/// Most headers.
const MAX_HEADERS: usize = 64;
/// Largest request body, in bytes.
const MAX_BODY: usize = 256 * 1024;
/// Most connections at a time.
const MAX_CONNECTIONS: usize = 64;
/// How long a request may take to arrive, or a part of the answer to be taken.
const PATIENCE: Duration = Duration::from_secs(10);
/// Native stack of a connection's thread, in bytes: programs are compiled on it.
const STACK: usize = 16 << 20;

/// A request.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// `GET`, `POST`, …
    pub method: String,
    /// The path, as it was sent, without the query.
    pub path: String,
    /// Decoded pairs of the query.
    pub query: Vec<(String, String)>,
    /// Headers; names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Request {
    /// A header; `None` if it is missing or there are several.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut found = self.headers.iter().filter(|h| h.0 == name).map(|h| h.1.as_str());
        found.next().filter(|_| found.next().is_none())
    }

    /// A value of the query.
    pub fn value(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|q| q.0 == name).map(|q| q.1.as_str())
    }
}

/// An answer.
#[derive(Clone, Debug)]
pub struct Response {
    /// Status code.
    pub status: u16,
    /// Further headers.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Response {
    /// An answer of some type.
    pub fn new(status: u16, content_type: &'static str, body: impl Into<Vec<u8>>) -> Response {
        Response { status, headers: vec![("Content-Type", content_type.into())], body: body.into() }
    }

    /// Adds a header.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Response {
        self.headers.push((name, value.into()));
        self
    }
}

/// Writes what follows the head of an answer.
pub type Rest = Box<dyn FnOnce(&mut TcpStream) -> io::Result<()>>;

/// What a handler gives back.
pub enum Reply {
    /// An answer.
    Whole(Response),
    /// The head of an answer, and what writes the rest.
    Stream(Response, Rest),
}

/// Headers of every answer: nothing from elsewhere, nothing kept, in no frame.
const ALWAYS: &str = "Connection: close\r\n\
    Cache-Control: no-store\r\n\
    X-Content-Type-Options: nosniff\r\n\
    Referrer-Policy: no-referrer\r\n\
    Cross-Origin-Opener-Policy: same-origin\r\n\
    Cross-Origin-Resource-Policy: same-origin\r\n\
    Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
    connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'\r\n";

/// Answers requests until `stop` is set and one more connection comes.
pub fn serve(listener: &TcpListener, stop: &AtomicBool, handler: &Arc<dyn Fn(Request) -> Reply + Send + Sync>) {
    let open = Arc::new(AtomicUsize::new(0));
    for stream in listener.incoming() {
        if stop.load(Ordering::SeqCst) {
            return;
        }
        let Ok(mut stream) = stream else {
            // Out of files, most likely: they come back.
            std::thread::sleep(Duration::from_millis(10));
            continue;
        };
        let slot = Slot::take(&open);
        if slot.number > MAX_CONNECTIONS {
            refuse(&mut stream, 503, "too many connections");
            continue;
        }
        let handler = handler.clone();
        let work = move || {
            let _slot = slot;
            // Whoever went away in the middle does not need to be told.
            let _ = connection(&mut stream, &*handler);
        };
        // Without a thread the connection is closed, which says enough.
        let _ = std::thread::Builder::new().name("motet-dev".into()).stack_size(STACK).spawn(work);
    }
}

/// One of the connections that may be open.
struct Slot {
    open: Arc<AtomicUsize>,
    number: usize,
}

impl Slot {
    fn take(open: &Arc<AtomicUsize>) -> Slot {
        Slot { number: open.fetch_add(1, Ordering::SeqCst) + 1, open: open.clone() }
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.open.fetch_sub(1, Ordering::SeqCst);
    }
}

fn connection(stream: &mut TcpStream, handler: &(dyn Fn(Request) -> Reply + Send + Sync)) -> io::Result<()> {
    stream.set_nodelay(true)?;
    stream.set_write_timeout(Some(PATIENCE))?;
    match read_request(stream) {
        Ok(request) => match handler(request) {
            Reply::Whole(response) => write_whole(stream, &response),
            Reply::Stream(head, rest) => {
                write_head(stream, &head, None)?;
                rest(stream)
            }
        },
        Err(Refused::Gone) => Ok(()),
        Err(Refused::Bad(status, why)) => {
            refuse(stream, status, why);
            Ok(())
        }
    }
}

/// Why there is no request.
enum Refused {
    /// Nobody is there any more.
    Gone,
    /// An answer with this status and text.
    Bad(u16, &'static str),
}

impl From<io::Error> for Refused {
    fn from(e: io::Error) -> Self {
        match e.kind() {
            io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => Refused::Bad(408, "the request took too long"),
            _ => Refused::Gone,
        }
    }
}

/// Reads with a time limit for everything together.
struct Timed<'a> {
    stream: &'a mut TcpStream,
    end: Instant,
}

impl Timed<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Refused> {
        let left = self.end.saturating_duration_since(Instant::now()).max(Duration::from_millis(1));
        self.stream.set_read_timeout(Some(left))?;
        match self.stream.read(buffer)? {
            0 => Err(Refused::Gone),
            _ if Instant::now() >= self.end => Err(Refused::Bad(408, "the request took too long")),
            n => Ok(n),
        }
    }
}

fn read_request(stream: &mut TcpStream) -> Result<Request, Refused> {
    let mut timed = Timed { stream, end: Instant::now() + PATIENCE };
    let mut bytes = Vec::new();
    let mut buffer = [0; 4096];
    let head = loop {
        if let Some(end) = bytes.windows(4).position(|w| w == b"\r\n\r\n") {
            break end + 4;
        }
        if bytes.len() >= MAX_HEAD {
            return Err(Refused::Bad(431, "the request's head is too large"));
        }
        let n = timed.read(&mut buffer)?;
        bytes.extend_from_slice(&buffer[..n]);
    };
    let mut body = bytes.split_off(head);
    let mut request = parse(&bytes)?;
    if request.header("transfer-encoding").is_some() {
        return Err(Refused::Bad(411, "a length is needed"));
    }
    let lengths = request.headers.iter().filter(|h| h.0 == "content-length").count();
    let length = match request.header("content-length") {
        None if lengths > 1 => return Err(Refused::Bad(400, "several lengths")),
        None => 0,
        Some(text) => text.parse::<usize>().map_err(|_| Refused::Bad(400, "the length is no number"))?,
    };
    if length > MAX_BODY {
        return Err(Refused::Bad(413, "the request's body is too large"));
    }
    if request.header("expect").is_some_and(|e| e.eq_ignore_ascii_case("100-continue")) && body.len() < length {
        timed.stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
    }
    while body.len() < length {
        let n = timed.read(&mut buffer)?;
        body.extend_from_slice(&buffer[..n]);
    }
    body.truncate(length);
    request.body = body;
    Ok(request)
}

fn parse(head: &[u8]) -> Result<Request, Refused> {
    let bad = Refused::Bad(400, "not a request");
    let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
    let mut parsed = httparse::Request::new(&mut headers);
    match parsed.parse(head) {
        Ok(httparse::Status::Complete(_)) => {}
        Err(httparse::Error::TooManyHeaders) => return Err(Refused::Bad(431, "too many headers")),
        Ok(httparse::Status::Partial) | Err(_) => return Err(bad),
    }
    let (Some(method), Some(target)) = (parsed.method, parsed.path) else { return Err(bad) };
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let mut request = Request { method: method.into(), path: path.into(), ..Request::default() };
    for pair in query.split('&').filter(|p| !p.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let (Some(name), Some(value)) = (decoded(name), decoded(value)) else {
            return Err(Refused::Bad(400, "the query is damaged"));
        };
        request.query.push((name, value));
    }
    for header in parsed.headers.iter() {
        let value = std::str::from_utf8(header.value).map_err(|_| Refused::Bad(400, "a header is not text"))?;
        request.headers.push((header.name.to_ascii_lowercase(), value.trim().to_string()));
    }
    Ok(request)
}

/// Text with `%41` and `+` resolved; `None` if that is no text.
pub fn decoded(text: &str) -> Option<String> {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        out.push(match byte {
            b'+' => b' ',
            b'%' => {
                let digit = |b: Option<u8>| char::from(b?).to_digit(16);
                let (high, low) = (digit(bytes.next())?, digit(bytes.next())?);
                (high * 16 + low) as u8
            }
            other => other,
        });
    }
    String::from_utf8(out).ok()
}

fn refuse(stream: &mut TcpStream, status: u16, why: &str) {
    // The other side may be gone.
    let _ = write_whole(stream, &Response::new(status, "text/plain; charset=utf-8", format!("{why}\n")));
}

fn write_head(stream: &mut TcpStream, response: &Response, length: Option<usize>) -> io::Result<()> {
    let mut head = format!("HTTP/1.1 {} {}\r\n{ALWAYS}", response.status, reason(response.status));
    if let Some(length) = length {
        head.push_str(&format!("Content-Length: {length}\r\n"));
    }
    for (name, value) in &response.headers {
        // A line break would start another header.
        let value: String = value.chars().filter(|c| !c.is_control()).collect();
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str("\r\n");
    stream.write_all(head.as_bytes())
}

fn write_whole(stream: &mut TcpStream, response: &Response) -> io::Result<()> {
    write_head(stream, response, Some(response.body.len()))?;
    stream.write_all(&response.body)?;
    stream.shutdown(Shutdown::Write)?;
    // What was sent and not read would make the system take back the answer.
    stream.set_read_timeout(Some(Duration::from_millis(200)))?;
    let mut rest = [0; 4096];
    let mut left = 64;
    while left > 0 && stream.read(&mut rest).is_ok_and(|n| n > 0) {
        left -= 1;
    }
    Ok(())
}

fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        303 => "See Other",
        400 => "Bad Request",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        408 => "Request Timeout",
        409 => "Conflict",
        411 => "Length Required",
        413 => "Content Too Large",
        415 => "Unsupported Media Type",
        422 => "Unprocessable Content",
        429 => "Too Many Requests",
        431 => "Request Header Fields Too Large",
        503 => "Service Unavailable",
        _ => "Error",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_are_decoded() {
        let check = |text: &str, expected: Option<&str>| assert_eq!(decoded(text).as_deref(), expected, "{text}");
        check("a+b%20c", Some("a b c"));
        check("%C3%A9", Some("é"));
        check("%C3", None);
        check("%4", None);
        check("%zz", None);
    }

    #[test]
    fn heads_become_requests() {
        let Ok(request) = parse(b"GET /a/b?x=1&y=%2F HTTP/1.1\r\nHost: h\r\nX-A: 1\r\nx-a: 2\r\n\r\n") else {
            panic!("a request");
        };
        assert_eq!((request.method.as_str(), request.path.as_str()), ("GET", "/a/b"));
        assert_eq!((request.value("x"), request.value("y"), request.value("z")), (Some("1"), Some("/"), None));
        assert_eq!((request.header("host"), request.header("x-a")), (Some("h"), None));
        assert!(matches!(parse(b"\x16\x03\x01\r\n\r\n"), Err(Refused::Bad(400, _))));
    }
}
