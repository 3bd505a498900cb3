//! Running other programs with a time limit and a bound on what is kept of
//! their output.
//!
//! Invariants: output beyond the bound is read and dropped, so that the child
//! never blocks on a full pipe; a child that runs out of time is killed and
//! waited for.

use alloc::{
    string::{String, ToString},
    vec::Vec,
};
use std::{
    io::{Read, Write},
    process::{Child, Command, ExitStatus, Stdio},
    thread,
    time::{Duration, Instant},
};

/// What to run and how.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// Program and arguments.
    pub argv: Vec<String>,
    /// Given to its standard input.
    pub input: Vec<u8>,
    /// Time limit in milliseconds.
    pub timeout_ms: Option<u64>,
    /// Bytes kept of each output.
    pub max_output: usize,
    /// The whole environment of the child.
    pub environment: Vec<(String, String)>,
}

/// How it went.
#[derive(Clone, Debug, Default)]
pub struct Output {
    /// Exit status; -1 after a signal.
    pub status: i64,
    /// Standard output.
    pub stdout: Vec<u8>,
    /// Standard error.
    pub stderr: Vec<u8>,
    /// Whether it was stopped for time.
    pub timed_out: bool,
    /// Whether some of the output was dropped.
    pub stdout_truncated: bool,
    /// Whether some of the error output was dropped.
    pub stderr_truncated: bool,
}

/// Runs a program to its end.
///
/// # Errors
/// In the system's words, when it cannot be started.
pub fn run(request: &Request) -> Result<Output, String> {
    let Some((program, arguments)) = request.argv.split_first() else { return Err("empty command".to_string()) };
    let mut child = Command::new(program)
        .args(arguments)
        .env_clear()
        .envs(request.environment.iter().map(|(k, v)| (k, v)))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|e| e.to_string())?;
    let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let limit = request.max_output;
    let input = request.input.clone();
    // A child need not read its input: failures to write are its business.
    let writer = thread::spawn(move || stdin.map(|mut pipe| pipe.write_all(&input)));
    let out = thread::spawn(move || stdout.map(|pipe| capture(pipe, limit)).unwrap_or_default());
    let err = thread::spawn(move || stderr.map(|pipe| capture(pipe, limit)).unwrap_or_default());
    let (status, timed_out) = wait(&mut child, request.timeout_ms);
    if timed_out {
        // Grandchildren may hold the pipes open: what was read so far is lost with the threads.
        return Ok(Output { status: -1, timed_out, ..Output::default() });
    }
    _ = writer.join();
    let (stdout, stdout_truncated) = out.join().unwrap_or_default();
    let (stderr, stderr_truncated) = err.join().unwrap_or_default();
    let status = status.and_then(|s| s.code()).map_or(-1, i64::from);
    Ok(Output { status, stdout, stderr, timed_out, stdout_truncated, stderr_truncated })
}

/// Reads everything, keeps the first `limit` bytes.
fn capture(mut pipe: impl Read, limit: usize) -> (Vec<u8>, bool) {
    let (mut kept, mut truncated) = (Vec::new(), false);
    let mut buffer = [0; 8192];
    while let Ok(n @ 1..) = pipe.read(&mut buffer) {
        let room = n.min(limit.saturating_sub(kept.len()));
        kept.extend_from_slice(&buffer[..room]);
        truncated |= room < n;
    }
    (kept, truncated)
}

fn wait(child: &mut Child, timeout_ms: Option<u64>) -> (Option<ExitStatus>, bool) {
    let Some(ms) = timeout_ms else { return (child.wait().ok(), false) };
    let deadline = Instant::now() + Duration::from_millis(ms.min(u64::from(u32::MAX)));
    let mut pause = Duration::from_micros(200);
    loop {
        match child.try_wait() {
            Ok(None) if Instant::now() >= deadline => {
                _ = child.kill();
                _ = child.wait();
                return (None, true);
            }
            Ok(None) => thread::sleep(pause),
            Ok(status) => return (status, false),
            Err(_) => return (None, false),
        }
        pause = (pause * 2).min(Duration::from_millis(10));
    }
}
