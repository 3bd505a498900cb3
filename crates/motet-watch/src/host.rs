//! The host of programs that run while they are watched: waiting can be cut short, input comes from
//! another thread, output is shown soon.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use motet::{Host, StdHost};
use std::any::Any;

/// Output that is older than this is shown even if the program does not ask for it.
const SHOW_AFTER: Duration = Duration::from_millis(4);
/// Most bytes of input that wait to be read.
const MAX_INPUT: usize = 1 << 20;

/// What other threads tell a running program.
///
/// Runs are numbered: a request to stop one run cannot hit the next.
#[derive(Debug, Default)]
pub struct Control {
    /// The run that is going on.
    running: AtomicU64,
    /// The run that is meant to go on.
    wanted: AtomicU64,
    /// Waits end at once: a version that starts the program over has come.
    hurried: AtomicBool,
    /// A wait was cut short: what the program says until it starts over is not meant for anybody.
    muted: AtomicBool,
    input: Mutex<Input>,
    bell: Condvar,
}

#[derive(Debug, Default)]
struct Input {
    lines: VecDeque<String>,
    bytes: usize,
    ended: bool,
}

impl Control {
    /// Makes the program that runs now stop at the next turn of a loop or call, and ends its waiting. Gives the number that
    /// the next run has.
    pub fn interrupt(&self) -> u64 {
        let next = self.wanted.fetch_add(1, Ordering::SeqCst) + 1;
        // Taken so that no waiter misses the bell between looking and waiting.
        drop(self.input());
        self.bell.notify_all();
        next
    }

    /// Whether the program was told to stop.
    #[must_use]
    pub fn is_interrupted(&self) -> bool {
        self.running.load(Ordering::SeqCst) != self.wanted.load(Ordering::SeqCst)
    }

    /// Ends waits at once until [`Control::calm`], for a program that is about to start over.
    pub(crate) fn hurry(&self) {
        self.hurried.store(true, Ordering::SeqCst);
        drop(self.input());
        self.bell.notify_all();
    }

    /// Waits take their time again. Whether one was cut short since [`Control::hurry`].
    pub(crate) fn calm(&self) -> bool {
        self.hurried.store(false, Ordering::SeqCst);
        self.muted.swap(false, Ordering::SeqCst)
    }

    /// Whether to end a wait now.
    fn cuts_wait(&self) -> bool {
        let hurried = self.hurried.load(Ordering::SeqCst);
        if hurried {
            self.muted.store(true, Ordering::SeqCst);
        }
        hurried || self.is_interrupted()
    }

    /// Whether output is nobody's any more.
    fn is_muted(&self) -> bool {
        self.muted.load(Ordering::SeqCst) || self.is_interrupted()
    }

    /// The run of this number begins.
    pub(crate) fn begin(&self, run: u64) {
        self.running.store(run, Ordering::SeqCst);
    }

    /// Hands over a line of input with its line break. Waits while the program is far behind; false once input has ended.
    pub fn feed(&self, line: String) -> bool {
        let mut input = self.input();
        while input.bytes > 0 && input.bytes + line.len() > MAX_INPUT && !input.ended {
            input = self.bell.wait(input).unwrap_or_else(PoisonError::into_inner);
        }
        if !input.ended {
            input.bytes += line.len();
            input.lines.push_back(line);
            self.bell.notify_all();
        }
        !input.ended
    }

    /// Hands over a line of input unless too much waits already.
    pub fn try_feed(&self, line: String) -> bool {
        let mut input = self.input();
        let fits = !input.ended && input.bytes + line.len() <= MAX_INPUT;
        if fits {
            input.bytes += line.len();
            input.lines.push_back(line);
            self.bell.notify_all();
        }
        fits
    }

    /// There will be no more input.
    pub fn end_input(&self) {
        self.input().ended = true;
        self.bell.notify_all();
    }

    fn input(&self) -> MutexGuard<'_, Input> {
        self.input.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn read_line(&self) -> Option<String> {
        let mut input = self.input();
        loop {
            if let Some(line) = input.lines.pop_front() {
                input.bytes -= line.len();
                self.bell.notify_all();
                return Some(line);
            }
            if input.ended || self.cuts_wait() {
                return None;
            }
            input = self.bell.wait(input).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn sleep(&self, time: Duration) {
        let end = Instant::now() + time;
        let mut input = self.input();
        while !self.cuts_wait() {
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            input = self.bell.wait_timeout(input, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

/// Where output goes.
pub trait Sink: Send + 'static {
    /// Output of the program.
    fn out(&mut self, bytes: &[u8]);
    /// What it writes as diagnostics.
    fn err(&mut self, bytes: &[u8]);
}

/// The process's own streams.
#[derive(Clone, Copy, Debug, Default)]
pub struct Console;

impl Sink for Console {
    fn out(&mut self, bytes: &[u8]) {
        use std::io::Write as _;
        let mut out = std::io::stdout().lock();
        // A closed pipe leaves nobody to tell.
        let _ = out.write_all(bytes).and_then(|()| out.flush());
    }

    fn err(&mut self, bytes: &[u8]) {
        use std::io::Write as _;
        let _ = std::io::stderr().write_all(bytes);
    }
}

/// The host: files, clocks and randomness are the process's own.
pub struct LiveHost {
    system: StdHost,
    sink: Box<dyn Sink>,
    control: Arc<Control>,
    buffer: Vec<u8>,
    /// When the oldest byte of the buffer was written.
    waiting: Option<Instant>,
}

/// Output is handed on when so many bytes have gathered.
const BUFFER: usize = 32 * 1024;

impl LiveHost {
    /// A host whose program sees these arguments, writes to `sink` and obeys `control`.
    pub fn new(args: Vec<String>, sink: impl Sink, control: Arc<Control>) -> LiveHost {
        LiveHost { system: StdHost::new(args), sink: Box::new(sink), control, buffer: Vec::new(), waiting: None }
    }

    fn flush_if_due(&mut self) {
        if self.waiting.is_some_and(|since| since.elapsed() >= SHOW_AFTER) {
            self.flush();
        }
    }
}

impl Host for LiveHost {
    fn write_out(&mut self, bytes: &[u8]) {
        if self.control.is_muted() {
            return;
        }
        self.buffer.extend_from_slice(bytes);
        self.waiting.get_or_insert_with(Instant::now);
        if self.buffer.len() >= BUFFER {
            self.flush();
        }
    }

    fn write_err(&mut self, bytes: &[u8]) {
        if self.control.is_muted() {
            return;
        }
        self.flush();
        self.sink.err(bytes);
    }

    fn flush(&mut self) {
        if !self.buffer.is_empty() {
            self.sink.out(&self.buffer);
            self.buffer.clear();
        }
        self.waiting = None;
    }

    fn read_line(&mut self) -> Option<String> {
        self.flush();
        self.control.read_line()
    }

    fn unix_nanos(&mut self) -> i128 {
        self.system.unix_nanos()
    }

    /// Engines ask this clock every few thousand steps whether the deadline has passed. An interrupted program's deadline
    /// always has.
    fn monotonic_nanos(&mut self) -> u64 {
        self.flush_if_due();
        if self.control.is_interrupted() { u64::MAX } else { self.system.monotonic_nanos() }
    }

    fn sleep_nanos(&mut self, nanos: u64) {
        self.flush();
        self.control.sleep(Duration::from_nanos(nanos));
    }

    fn random(&mut self, buffer: &mut [u8]) -> Result<(), motet::HostError> {
        self.system.random(buffer)
    }

    fn args(&mut self) -> Vec<String> {
        self.system.args()
    }

    fn read_file(&mut self, path: &str, limit: u64) -> Result<Vec<u8>, motet::HostError> {
        self.system.read_file(path, limit)
    }

    fn write_file(&mut self, path: &str, bytes: &[u8]) -> Result<(), motet::HostError> {
        self.system.write_file(path, bytes)
    }

    fn extension(&mut self) -> Option<&mut dyn Any> {
        self.system.extension()
    }
}

impl Drop for LiveHost {
    fn drop(&mut self) {
        self.flush();
    }
}
