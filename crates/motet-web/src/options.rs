//! Limits of a server.

use std::time::Duration;

/// Limits of a server. What is beyond them is refused with the status that stands here.
#[derive(Clone, Debug)]
pub struct Options {
    /// Handlers that run at once; further ones wait.
    pub workers: usize,
    /// Requests that wait for a handler to end: 503 for more.
    pub queue: usize,
    /// Connections; further ones wait to be accepted.
    pub connections: usize,
    /// Bytes of a body: 413.
    pub max_body: usize,
    /// Bytes of a request's first line and header fields: 431. At least 8192.
    pub max_header: usize,
    /// Bytes of a response: 500.
    pub max_response: usize,
    /// Heap of a handler in bytes: out of memory is an error in the program, 500.
    pub max_heap: usize,
    /// How long a request may wait and its handler run: 503.
    pub request_timeout: Duration,
    /// How long a client may take to send header fields (closed), or a body: 408; also how long a connection may be idle.
    pub read_timeout: Duration,
    /// How long a client may take none of a response's bytes: closed.
    pub write_timeout: Duration,
    /// How long requests are given to end when the server stops.
    pub grace: Duration,
    /// How long a new version of a program may take to come to its start of the server.
    pub start_timeout: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            workers: 64,
            queue: 1024,
            connections: 2000,
            max_body: 8 << 20,
            max_header: 32 << 10,
            max_response: 64 << 20,
            max_heap: 256 << 20,
            request_timeout: Duration::from_secs(30),
            read_timeout: Duration::from_secs(15),
            write_timeout: Duration::from_secs(30),
            grace: Duration::from_secs(5),
            start_timeout: Duration::from_secs(10),
        }
    }
}
