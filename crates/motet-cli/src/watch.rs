//! `run --watch`: a program that runs while its files change.
//!
//! Invariants: standard output belongs to the program; everything about watching goes to standard error, one line an
//! event; a version that does not compile changes nothing.

use std::io::{BufRead as _, IsTerminal as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use motet::{After, Engine, Error, Isolate, Language, ModuleHandle, Value};
use motet_watch::{
    Change, Compiler, Console, Control, Follower, LiveHost, Refusal, Runner, Saved, Stage, Start, Waker,
};

use crate::exit;
use crate::profile::duration;
use crate::session::{Session, print_err};

/// How long a program is given to end when its input has ended, or when it is told to stop.
const GRACE: Duration = Duration::from_millis(250);

/// What to watch, and how.
#[derive(Clone, Copy, Debug)]
pub struct Watch<'a> {
    /// The main file.
    pub path: &'a str,
    /// Its language, when the name does not tell.
    pub language: Option<&'static Language>,
    /// The running program goes on when its functions change; otherwise it starts over, unless it has a `main` function that
    /// is the same as before.
    pub keep: bool,
    /// Look at the files so often instead of trusting the system's reports.
    pub poll: Option<Duration>,
}

/// Runs a program, and runs it again when its files change, until the user or the end of input stops it. Returns the exit
/// status.
pub fn watch(session: &Session, what: &Watch<'_>) -> u8 {
    if session.tier == motet::Tier::Ast {
        return session.fail("--watch needs --tier vm: the reference evaluator cannot replace programs", exit::USAGE);
    }
    let compiler = Compiler {
        engine: Engine::new(),
        path: what.path.to_string(),
        language: what.language,
        options: motet::CompileOptions { live: true, ..session.options(1, false) },
    };
    #[cfg(feature = "web")]
    if crate::serve::is_web(&compiler) {
        let compiler = Compiler { options: session.options(1, false), ..compiler };
        return crate::serve::watch(session, what, compiler);
    }
    let mut follower = Follower::new(compiler, what.poll);
    let busy = Arc::new(AtomicBool::new(true));
    let stage = Screen { session: session.clone(), engine: Engine::new(), busy: busy.clone() };
    let runner = match Runner::new(stage) {
        Ok(runner) => runner,
        Err(e) => return session.fail(&format!("cannot start a thread: {e}"), exit::IO),
    };
    let interrupted = Arc::new(AtomicBool::new(false));
    catch_interrupts(&interrupted, follower.waker());
    read_input(runner.control().clone(), busy.clone(), follower.waker());
    follow(session, what, &mut follower, &runner, &busy);
    runner.ask_to_quit();
    let end = Instant::now() + GRACE;
    while !runner.is_finished() && Instant::now() < end {
        thread::sleep(Duration::from_millis(1));
    }
    if interrupted.load(Ordering::SeqCst) { exit::INTERRUPTED } else { exit::OK }
}

/// Hands new versions to the runner until somebody wakes the follower.
fn follow(session: &Session, what: &Watch<'_>, follower: &mut Follower, runner: &Runner, busy: &AtomicBool) {
    let mut first = true;
    loop {
        let change = follower.next_change();
        if let Some(why) = follower.complaint() {
            line(session, &format!("the system reports no changes of files: {why}"));
        }
        match change {
            Change::Ready(saved, version) => {
                if let Some(language) = version.language.filter(|_| !version.compilation.diagnostics.is_empty()) {
                    session.show(&version.compilation.diagnostics, &version.compilation.sources, language);
                }
                if first {
                    line(session, &watching(follower));
                }
                busy.store(true, Ordering::SeqCst);
                let after = if what.keep || version.same_main { After::Continue } else { After::RestartMain };
                runner.run(version.pbc, (!std::mem::take(&mut first)).then_some(saved), after);
            }
            Change::Refused(saved, refusal) => {
                refuse(session, &refusal, &saved);
                busy.fetch_and(!first, Ordering::SeqCst);
                let then =
                    if busy.load(Ordering::SeqCst) { "the running version goes on" } else { "waiting for changes" };
                line(session, &format!("{}; {then}", problem(&refusal, &saved)));
                first = false;
            }
            Change::Same(saved) => line(session, &format!("no change in {}", saved.what())),
            Change::Woken => return,
        }
    }
}

fn watching(follower: &Follower) -> String {
    let mut names = follower.files().filter_map(|f| Some(f.file_name()?.to_string_lossy().into_owned()));
    let saved = Saved { files: names.by_ref().collect(), since: Instant::now(), compiling: Duration::ZERO };
    format!("watching {}; Ctrl-C ends", saved.what())
}

fn problem(refusal: &Refusal, saved: &Saved) -> String {
    let what = if saved.files.is_empty() { "the program".into() } else { saved.what() };
    match refusal {
        Refusal::Unreadable(_) => "the program cannot be read".into(),
        Refusal::Errors(..) | Refusal::Other(_) => format!("{what} does not compile"),
    }
}

/// Shows why there is no program.
pub fn refuse(session: &Session, refusal: &Refusal, saved: &Saved) {
    match refusal {
        Refusal::Errors(language, compilation) => {
            session.show(&compilation.diagnostics, &compilation.sources, language);
        }
        Refusal::Unreadable(why) => drop(session.fail(&format!("cannot read {}: {why}", saved.what()), exit::IO)),
        Refusal::Other(e) => drop(session.fail(&e.to_string(), exit::FAILED)),
    }
}

/// A line about watching.
pub fn line(session: &Session, text: &str) {
    let (dim, reset) = if session.coloured() { ("\x1b[2m", "\x1b[0m") } else { ("", "") };
    print_err(&format!("{dim}{text}{reset}\n"));
}

/// Ctrl-C ends watching; a second one ends the process.
fn catch_interrupts(interrupted: &Arc<AtomicBool>, waker: Waker) {
    let interrupted = interrupted.clone();
    let caught = ctrlc::set_handler(move || {
        if interrupted.swap(true, Ordering::SeqCst) {
            std::process::exit(i32::from(exit::INTERRUPTED));
        }
        waker.wake();
    });
    // Without a handler Ctrl-C ends the process all the same, only less gently.
    drop(caught);
}

/// Hands input to the program. The end of an input that is no terminal ends watching, once the program has had time to
/// deal with it.
fn read_input(control: Arc<Control>, busy: Arc<AtomicBool>, waker: Waker) {
    let read = move || {
        let mut input = std::io::stdin().lock();
        loop {
            let mut bytes = Vec::new();
            match input.read_until(b'\n', &mut bytes) {
                Ok(0) | Err(_) => break,
                Ok(_) => drop(control.feed(String::from_utf8_lossy(&bytes).into_owned())),
            }
        }
        control.end_input();
        if !std::io::stdin().is_terminal() {
            let end = Instant::now() + GRACE;
            while Instant::now() < end && busy.load(Ordering::SeqCst) {
                thread::sleep(Duration::from_millis(2));
            }
            waker.wake();
        }
    };
    // Without the thread programs see no input.
    let _ = thread::Builder::new().name("motet-input".into()).spawn(read);
}

/// Shows what becomes of the program.
struct Screen {
    session: Session,
    engine: Engine,
    busy: Arc<AtomicBool>,
}

impl Stage for Screen {
    fn isolate(&mut self, control: &Arc<Control>) -> Isolate {
        self.session.isolate(&self.engine, LiveHost::new(self.session.args.clone(), Console, control.clone()))
    }

    fn started(&mut self, start: &Start) {
        self.busy.store(true, Ordering::SeqCst);
        if let Some(saved) = &start.saved {
            let time = duration(u64::try_from(saved.since.elapsed().as_nanos()).unwrap_or(u64::MAX));
            line(&self.session, &format!("reloaded {} in {time}: {}", saved.what(), start.summary()));
        }
    }

    fn ended(&mut self, isolate: &mut Isolate, module: ModuleHandle, result: Result<Value, Error>) {
        let status = self.session.conclude(&self.engine, isolate, module, result);
        self.busy.store(false, Ordering::SeqCst);
        let how = if status == exit::OK { "ended".into() } else { format!("ended with status {status}") };
        line(&self.session, &format!("the program {how}; waiting for changes"));
    }

    fn stopped(&mut self, _isolate: &mut Isolate, _module: ModuleHandle) {}

    fn failed(&mut self, saved: Option<&Saved>, error: &Error) {
        self.session.fail(&error.to_string(), exit::FAILED);
        if let Some(saved) = saved {
            line(&self.session, &format!("{} was not reloaded", saved.what()));
        }
    }
}
