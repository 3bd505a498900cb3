//! Live events for any number of pages.
//!
//! Output of programs is gathered for a moment and handed on in pieces, and what nobody can read that fast is left out: a
//! program that prints without end costs no memory, and a page that does not listen is dropped.

use std::collections::{BTreeMap, VecDeque};
use std::io::Write as _;
use std::net::TcpStream;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};

/// Most events that wait for one page.
const MAX_WAITING: usize = 512;
/// How long output is gathered.
const GATHER: Duration = Duration::from_millis(12);
/// How long it is gathered when there is more than anybody reads.
const FLOOD: Duration = Duration::from_millis(80);
/// Most output of one run that is handed on at a time, in bytes.
const MAX_PIECE: usize = 64 * 1024;
/// A sign of life, so that both sides notice when the other is gone.
const PING: Duration = Duration::from_secs(10);

/// Output of one run that was not handed on yet.
#[derive(Default)]
struct Waiting {
    pieces: VecDeque<(&'static str, String)>,
    bytes: usize,
    skipped: usize,
    /// Number of the last byte, counted from the run's start.
    end: u64,
}

#[derive(Default)]
struct State {
    pages: Vec<SyncSender<Arc<str>>>,
    output: BTreeMap<u64, Waiting>,
    closed: bool,
}

/// Where events come together.
#[derive(Default)]
pub struct Hub {
    state: Mutex<State>,
    bell: Condvar,
}

impl Hub {
    /// A hub, with the thread that hands on output.
    ///
    /// # Errors
    /// When the system has no thread.
    pub fn new() -> std::io::Result<Arc<Hub>> {
        let hub = Arc::new(Hub::default());
        let own = hub.clone();
        std::thread::Builder::new().name("motet-dev-output".into()).spawn(move || own.pump())?;
        Ok(hub)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells all pages.
    pub fn send(&self, event: &Value) {
        let mut state = self.state();
        // Output comes before what happened after it.
        flush(&mut state);
        broadcast(&mut state, event);
    }

    /// Output of a run; `end` is the number of its last byte.
    pub fn output(&self, run: u64, stream: &'static str, text: &str, end: u64) {
        let mut state = self.state();
        let waiting = state.output.entry(run).or_default();
        waiting.end = end;
        waiting.bytes += text.len();
        match waiting.pieces.back_mut() {
            Some(last) if last.0 == stream && last.1.len() < MAX_PIECE / 4 => last.1.push_str(text),
            _ => waiting.pieces.push_back((stream, text.to_string())),
        }
        // The end is what people look at.
        while waiting.bytes > MAX_PIECE && waiting.pieces.len() > 1 {
            let gone = waiting.pieces.pop_front().map_or(0, |p| p.1.len());
            waiting.bytes -= gone;
            waiting.skipped += gone;
        }
        self.bell.notify_one();
    }

    /// Sends events to a page until it goes away.
    ///
    /// # Errors
    /// When it is gone.
    pub fn stream(&self, stream: &mut TcpStream) -> std::io::Result<()> {
        let (sender, receiver): (_, Receiver<Arc<str>>) = sync_channel(MAX_WAITING);
        {
            let mut state = self.state();
            if state.closed {
                return Ok(());
            }
            state.pages.push(sender);
        }
        stream.write_all(b"retry: 500\n\nevent: hello\ndata: {}\n\n")?;
        loop {
            match receiver.recv_timeout(PING) {
                Ok(event) => stream.write_all(event.as_bytes())?,
                Err(RecvTimeoutError::Timeout) => stream.write_all(b": \n\n")?,
                Err(RecvTimeoutError::Disconnected) => return Ok(()),
            }
        }
    }

    /// Lets go of all pages and ends the thread.
    pub fn close(&self) {
        let mut state = self.state();
        state.closed = true;
        state.pages.clear();
        self.bell.notify_all();
    }

    fn pump(&self) {
        let mut state = self.state();
        while !state.closed {
            if state.output.is_empty() {
                state = self.bell.wait(state).unwrap_or_else(PoisonError::into_inner);
                continue;
            }
            drop(state);
            std::thread::sleep(GATHER);
            state = self.state();
            if state.output.values().any(|w| w.bytes > MAX_PIECE / 2) {
                drop(state);
                std::thread::sleep(FLOOD - GATHER);
                state = self.state();
            }
            flush(&mut state);
        }
    }
}

fn flush(state: &mut State) {
    for (run, waiting) in std::mem::take(&mut state.output) {
        let pieces: Vec<Value> = waiting.pieces.into_iter().map(|(s, t)| json!({ "stream": s, "text": t })).collect();
        let event =
            json!({ "type": "output", "run": run, "pieces": pieces, "skipped": waiting.skipped, "end": waiting.end });
        broadcast(state, &event);
    }
}

fn broadcast(state: &mut State, event: &Value) {
    let text: Arc<str> = format!("data: {event}\n\n").into();
    // A page that is so far behind asks for the state again when it is back.
    state.pages.retain(|page| page.try_send(text.clone()).is_ok());
}
