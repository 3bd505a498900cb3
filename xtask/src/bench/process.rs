//! Runs one process and says what it used.
//!
//! Invariants: what is measured is the child alone, from start to exit; a child that exceeds [`PATIENCE`] is killed
//! and is an error; the output is always read to its end, so that a full pipe never stops a child.

use std::ffi::OsStr;
use std::io::{Read, Write as _};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

/// Longest time one run may take.
pub const PATIENCE: Duration = Duration::from_secs(120);

/// Bytes in a unit of `ru_maxrss`: Linux counts kibibytes, macOS bytes.
#[cfg(unix)]
const RSS_UNIT: f64 = if cfg!(target_os = "macos") { 1.0 } else { 1024.0 };

/// What one process used.
#[derive(Clone, Copy, Debug, Default)]
pub struct Usage {
    /// Wall time in milliseconds.
    pub wall: f64,
    /// User and system CPU time in milliseconds; wall time where the system does not tell.
    pub cpu: f64,
    /// Peak resident memory in bytes; 0 where the system does not tell.
    pub peak: f64,
}

/// The environment variables that a command sets.
pub fn variables(command: &Command) -> impl Iterator<Item = (&OsStr, &OsStr)> {
    command.get_envs().filter_map(|(name, value)| Some((name, value?)))
}

/// Runs the command without input; gives its standard output and what it used.
///
/// # Errors
/// When it cannot be started, fails, or takes too long.
pub fn run(command: &mut Command) -> Result<(String, Usage), String> {
    run_with(command, "")
}

/// As [`run`], with a short input.
///
/// # Errors
/// When it cannot be started, fails, or takes too long.
pub fn run_with(command: &mut Command, input: &str) -> Result<(String, Usage), String> {
    complete(command, input).map(|ended| (ended.out, ended.usage))
}

/// What a process left behind.
#[derive(Clone, Debug, Default)]
pub struct Ended {
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
    /// What it used.
    pub usage: Usage,
}

/// As [`run_with`]; gives standard error as well.
///
/// # Errors
/// When it cannot be started, fails, or takes too long.
pub fn complete(command: &mut Command, input: &str) -> Result<Ended, String> {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let start = Instant::now();
    let mut child = command.spawn().map_err(|e| format!("{}: {e}", command.get_program().display()))?;
    // A program that reads no input may have closed it already.
    let _ = child.stdin.take().map(|mut stdin| stdin.write_all(input.as_bytes()));
    let out = collect(child.stdout.take());
    let err = collect(child.stderr.take());
    // The pipes close when the program ends; only then is there anything to wait for.
    let Ok(text) = out.recv_timeout(PATIENCE) else {
        let _ = child.kill();
        let _ = child.wait();
        return Err(format!("gave up after {} s", PATIENCE.as_secs()));
    };
    let errors = err.recv_timeout(PATIENCE).unwrap_or_default();
    let (status, usage) = wait(child, start).map_err(|e| e.to_string())?;
    if !status.success() {
        return Err(format!("{status}: {}", errors.trim()));
    }
    Ok(Ended { out: text, err: errors, usage })
}

/// Reads a pipe to its end on a thread of its own.
fn collect(pipe: Option<impl Read + Send + 'static>) -> mpsc::Receiver<String> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut pipe) = pipe {
            let _ = pipe.read_to_end(&mut bytes);
        }
        let _ = sender.send(String::from_utf8_lossy(&bytes).into_owned());
    });
    receiver
}

/// Waits for the child; `wait4` reports its resources in the same call.
#[cfg(unix)]
#[allow(unsafe_code)]
fn wait(child: Child, start: Instant) -> std::io::Result<(ExitStatus, Usage)> {
    use std::os::unix::process::ExitStatusExt;
    let pid = libc::pid_t::try_from(child.id()).map_err(std::io::Error::other)?;
    let mut status = 0;
    let mut used = std::mem::MaybeUninit::<libc::rusage>::zeroed();
    let used = loop {
        // SAFETY: `status` and `used` are valid for writing during the call. `child` was not waited for, so `pid`
        // still names it; it is consumed here, so nothing waits for that number again.
        let answer = unsafe { libc::wait4(pid, &raw mut status, 0, used.as_mut_ptr()) };
        if answer == pid {
            // SAFETY: zeroed is a valid `rusage`: it has number fields only.
            break unsafe { used.assume_init() };
        }
        let error = std::io::Error::last_os_error();
        if error.kind() != std::io::ErrorKind::Interrupted {
            return Err(error);
        }
    };
    let wall = milliseconds(start.elapsed());
    let time = |t: libc::timeval| t.tv_sec as f64 * 1e3 + t.tv_usec as f64 / 1e3;
    let usage = Usage { wall, cpu: time(used.ru_utime) + time(used.ru_stime), peak: used.ru_maxrss as f64 * RSS_UNIT };
    Ok((ExitStatus::from_raw(status), usage))
}

#[cfg(not(unix))]
fn wait(mut child: Child, start: Instant) -> std::io::Result<(ExitStatus, Usage)> {
    let status = child.wait()?;
    let wall = milliseconds(start.elapsed());
    Ok((status, Usage { wall, cpu: wall, peak: 0.0 }))
}

/// What no figure of [`Usage::peak`] can lie below, in bytes: the system charges a child for the memory of the process
/// that it was split off from. 0 where the system does not tell.
#[allow(unsafe_code)]
pub fn least_peak() -> f64 {
    #[cfg(unix)]
    {
        let mut used = std::mem::MaybeUninit::<libc::rusage>::zeroed();
        // SAFETY: `used` is valid for writing during the call.
        unsafe { libc::getrusage(libc::RUSAGE_SELF, used.as_mut_ptr()) };
        // SAFETY: zeroed is a valid `rusage`: it has number fields only.
        let used = unsafe { used.assume_init() };
        used.ru_maxrss as f64 * RSS_UNIT
    }
    #[cfg(not(unix))]
    0.0
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// The middle of the sorted numbers; the mean of the two middle ones of an even count.
pub fn median(mut all: Vec<f64>) -> f64 {
    all.sort_by(f64::total_cmp);
    match all.len() {
        0 => f64::NAN,
        n if n % 2 == 1 => all[n / 2],
        n => f64::midpoint(all[n / 2 - 1], all[n / 2]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle_of_the_sorted_times() {
        let check = |all: &[f64], expected: f64| assert_eq!(median(all.to_vec()), expected);
        check(&[3.0, 1.0, 2.0], 2.0);
        check(&[4.0, 1.0, 2.0, 3.0], 2.5);
    }

    #[test]
    #[cfg(unix)]
    fn a_process_is_charged_for_itself_only() {
        let (text, idle) = run(Command::new("sh").args(["-c", "sleep 0.1; echo done"])).unwrap_or_default();
        assert_eq!(text, "done\n");
        assert!(idle.wall >= 100.0 && idle.cpu < 100.0 && idle.peak > 0.0, "{idle:?}");
        let failed = run(Command::new("sh").args(["-c", "echo no >&2; exit 3"]));
        assert!(failed.is_err_and(|e| e.contains("no")));
    }
}
