//! A program that runs on a thread of its own, and is replaced while it runs.
//!
//! Invariants: one program at a time; the isolate lives and dies on the runner's thread. A version that cannot take the place of
//! the running one starts in a new isolate, unless the running one is to go on.

use std::collections::VecDeque;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use motet::{
    After, Error, FormatLimits, Isolate, ModuleHandle, Program, ReloadOutcome, ReloadReport, Remote, Stop, Trap, Value,
};

use crate::follower::Saved;
use crate::host::Control;

/// Native stack of the program's thread, in bytes: values are walked with bounded depth.
const STACK: usize = 16 << 20;

/// What the runner's owner does on the runner's thread.
pub trait Stage: Send + 'static {
    /// An isolate whose host obeys `control`.
    fn isolate(&mut self, control: &Arc<Control>) -> Isolate;
    /// A version is about to run, or has just taken the place of another.
    fn started(&mut self, start: &Start);
    /// The program ended by itself. Shows its result or error.
    fn ended(&mut self, isolate: &mut Isolate, module: ModuleHandle, result: Result<Value, Error>);
    /// The program was stopped by [`Runner::stop`], or to make place for a version that starts in a new isolate.
    fn stopped(&mut self, isolate: &mut Isolate, module: ModuleHandle);
    /// A version could not be loaded, or could not take the place of the running one, which goes on.
    fn failed(&mut self, saved: Option<&Saved>, error: &Error);
}

/// How a version begins.
#[derive(Clone, Debug)]
pub struct Start {
    /// From 1.
    pub version: u32,
    /// The save that made this version; `None` for the first start.
    pub saved: Option<Saved>,
    /// What became of functions and globals; `None` in a new isolate.
    pub report: Option<ReloadReport>,
    /// What runs now.
    pub how: How,
}

/// What runs when a version begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// The program, from its beginning; none was running.
    Begins,
    /// The program, from its beginning, in place of the one that ran.
    Restarts,
    /// What ran before.
    Continues,
}

impl Start {
    /// What happened in words, such as `2 functions changed, 1 added; 3 globals kept; main restarted`.
    #[must_use]
    pub fn summary(&self) -> String {
        let mut parts = Vec::new();
        if let Some(report) = &self.report {
            let lists = [("changed", &report.changed), ("added", &report.added), ("removed", &report.removed)];
            let mut functions: Vec<String> = Vec::new();
            for (what, names) in lists.iter().filter(|l| !l.1.is_empty()) {
                let noun = if functions.is_empty() { plural(names.len(), " function", " functions") } else { "" };
                functions.push(format!("{}{noun} {what}", names.len()));
            }
            if !functions.is_empty() {
                parts.push(functions.join(", "));
            }
            for (what, names) in [("kept", &report.globals_kept), ("reset", &report.globals_reset)] {
                if !names.is_empty() {
                    parts.push(format!("{} {} {what}", names.len(), plural(names.len(), "global", "globals")));
                }
            }
            if !report.migrated.is_empty() {
                parts.push(format!("{} migrated", report.migrated.join(", ")));
            }
        }
        parts.push(match self.how {
            How::Begins => "main started".into(),
            How::Restarts => "main restarted".into(),
            How::Continues => "main goes on".into(),
        });
        parts.join("; ")
    }
}

fn plural(n: usize, one: &'static str, many: &'static str) -> &'static str {
    if n == 1 { one } else { many }
}

/// A version on its way to the program.
struct Next {
    pbc: Vec<u8>,
    saved: Option<Saved>,
    after: After,
}

enum Command {
    Run(u64, Next),
    Quit,
}

/// What both sides know.
#[derive(Default)]
struct Shared {
    /// The running program; `None` between runs.
    running: Option<(Remote, ModuleHandle)>,
    /// Versions that were handed to the remote, in order.
    asked: VecDeque<Next>,
    /// The program ended only because a wait of it was cut short for a version to come.
    cut_short: bool,
    /// A version that needs a new isolate.
    fresh: Option<Next>,
    version: u32,
}

/// Runs versions of a program, one after the other.
pub struct Runner {
    commands: Sender<Command>,
    control: Arc<Control>,
    shared: Arc<Mutex<Shared>>,
    thread: Option<JoinHandle<()>>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Runner {
    /// A thread that waits for the first version.
    ///
    /// # Errors
    /// When the system has no thread.
    pub fn new(stage: impl Stage) -> std::io::Result<Runner> {
        let (commands, receiver) = channel();
        let control = Arc::new(Control::default());
        let shared = Arc::new(Mutex::new(Shared::default()));
        let worker = Worker { control: control.clone(), shared: shared.clone(), stage: Arc::new(Mutex::new(stage)) };
        let thread = std::thread::Builder::new()
            .name("motet-program".into())
            .stack_size(STACK)
            .spawn(move || worker.work(&receiver))?;
        Ok(Runner { commands, control, shared, thread: Some(thread) })
    }

    /// What other threads tell the program.
    #[must_use]
    pub fn control(&self) -> &Arc<Control> {
        &self.control
    }

    /// Puts this version in the place of the running one, or starts it if none runs.
    pub fn run(&self, pbc: Vec<u8>, saved: Option<Saved>, after: After) {
        let mut shared = lock(&self.shared);
        if let Some((remote, module)) = shared.running.clone() {
            remote.reload(module, pbc.clone(), after);
            shared.asked.push_back(Next { pbc, saved, after });
            // Only now: a wait that ends before the request can be seen would let the old version run on, unseen. The lock
            // keeps the request from being answered in between.
            if after == After::RestartMain {
                self.control.hurry();
            }
        } else {
            drop(shared);
            let run = self.control.interrupt();
            // The thread ends only when the runner does.
            let _ = self.commands.send(Command::Run(run, Next { pbc, saved, after }));
        }
    }

    /// Stops the program that runs, if one does.
    pub fn stop(&self) {
        self.control.interrupt();
    }

    /// Stops the program and ends the thread; waits for that.
    pub fn quit(&mut self) {
        self.ask_to_quit();
        if let Some(thread) = self.thread.take() {
            // A panic was reported by its thread.
            let _ = thread.join();
        }
    }

    /// Stops the program and ends the thread, without waiting.
    pub fn ask_to_quit(&self) {
        let _ = self.commands.send(Command::Quit);
        self.control.interrupt();
    }

    /// Whether the thread has ended.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.thread.as_ref().is_none_or(JoinHandle::is_finished)
    }
}

impl Drop for Runner {
    fn drop(&mut self) {
        self.ask_to_quit();
    }
}

struct Worker<S> {
    control: Arc<Control>,
    shared: Arc<Mutex<Shared>>,
    stage: Arc<Mutex<S>>,
}

/// A program in its isolate.
struct Live {
    isolate: Isolate,
    module: ModuleHandle,
}

impl<S: Stage> Worker<S> {
    fn work(&self, commands: &Receiver<Command>) {
        let mut live: Option<Live> = None;
        while let Ok(command) = commands.recv() {
            // Of versions that came one upon the other only the last one counts.
            let Some(Command::Run(number, next)) = std::iter::once(command).chain(commands.try_iter()).reduce(newest)
            else {
                return;
            };
            self.control.begin(number);
            self.control.calm();
            live = self.play(live, next);
        }
    }

    /// Runs a version, and those that take its place, until the program ends; what is left of it then.
    fn play(&self, mut live: Option<Live>, first: Next) -> Option<Live> {
        let mut next = Some(first);
        loop {
            let (mut playing, result) = match (live.take(), next.take()) {
                (Some(playing), Some(next)) => match self.exchange(playing, &next) {
                    Some(playing) => self.execute(playing, false),
                    None => self.begin(next)?,
                },
                (None, Some(next)) => self.begin(next)?,
                // Versions that came when the program had ended.
                (Some(playing), None) => self.execute(playing, false),
                (None, None) => return None,
            };
            let waiting = {
                let mut shared = lock(&self.shared);
                shared.running = None;
                next = shared.fresh.take();
                !shared.asked.is_empty()
            };
            let cut_short = self.control.calm();
            if next.is_some() || self.control.is_interrupted() {
                lock(&self.stage).stopped(&mut playing.isolate, playing.module);
                lock(&self.shared).asked.clear();
                if self.control.is_interrupted() {
                    return None;
                }
                continue;
            }
            if !(waiting && cut_short) {
                lock(&self.stage).ended(&mut playing.isolate, playing.module, result);
            }
            if !waiting {
                return Some(playing);
            }
            // The request was too late for the run: it is served now, and the program starts again.
            lock(&self.shared).cut_short = cut_short;
            playing.isolate.serve_requests();
            lock(&self.shared).cut_short = false;
            next = lock(&self.shared).fresh.take();
            live = next.is_none().then_some(playing);
        }
    }

    /// Puts a version in the place of one that has ended; `None` if that cannot be.
    fn exchange(&self, mut playing: Live, next: &Next) -> Option<Live> {
        let program = Program::from_pbc(&next.pbc, &FormatLimits::trusted()).ok()?;
        let report = playing.isolate.reload(playing.module, &program).ok()?;
        self.announce(next.saved.clone(), Some(report), How::Begins);
        Some(playing)
    }

    /// Runs a version in a new isolate; `None` if it cannot be loaded.
    fn begin(&self, next: Next) -> Option<(Live, Result<Value, Error>)> {
        match self.load(&next) {
            Ok(playing) => {
                self.announce(next.saved, None, How::Begins);
                Some(self.execute(playing, true))
            }
            Err(e) => {
                lock(&self.stage).failed(next.saved.as_ref(), &e);
                None
            }
        }
    }

    fn load(&self, next: &Next) -> Result<Live, Error> {
        let program = Program::from_pbc(&next.pbc, &FormatLimits::trusted())?;
        let mut isolate = lock(&self.stage).isolate(&self.control);
        // The clock is looked at only when there is a deadline.
        isolate.runtime_mut().limits.deadline_nanos.get_or_insert(u64::MAX);
        let module = isolate.register("main", &program)?;
        let remote = isolate.remote();
        let (stage, shared, control) = (self.stage.clone(), self.shared.clone(), self.control.clone());
        isolate.on_reload(move |outcome| served(&stage, &shared, &control, &remote, outcome));
        Ok(Live { isolate, module })
    }

    fn announce(&self, saved: Option<Saved>, report: Option<ReloadReport>, how: How) {
        let version = {
            let mut shared = lock(&self.shared);
            shared.version += 1;
            shared.version
        };
        lock(&self.stage).started(&Start { version, saved, report, how });
    }

    /// Runs the program from its beginning.
    fn execute(&self, mut playing: Live, first: bool) -> (Live, Result<Value, Error>) {
        lock(&self.shared).running = Some((playing.isolate.remote(), playing.module));
        let result = match first {
            true => playing.isolate.run(playing.module),
            false => playing.isolate.execute(playing.module, ""),
        };
        (playing, result)
    }
}

/// A request to the running program was served.
fn served<S: Stage>(
    stage: &Mutex<S>,
    shared: &Mutex<Shared>,
    control: &Control,
    remote: &Remote,
    outcome: &ReloadOutcome,
) {
    let Some(next) = lock(shared).asked.pop_front() else { return };
    control.calm();
    match &outcome.result {
        Ok(report) => {
            let (version, running, cut_short) = {
                let mut shared = lock(shared);
                shared.version += 1;
                (shared.version, shared.running.is_some(), shared.cut_short)
            };
            let how = match (outcome.restarted, running, cut_short) {
                (true, _, _) | (false, false, true) => How::Restarts,
                (false, true, _) => How::Continues,
                (false, false, false) => How::Begins,
            };
            lock(stage).started(&Start { version, saved: next.saved, report: Some(report.clone()), how });
        }
        Err(e) if next.after == After::RestartMain && !was_stopped(e) => {
            lock(shared).fresh = Some(next);
            remote.interrupt();
        }
        Err(e) => lock(stage).failed(next.saved.as_ref(), e),
    }
}

/// Whether new code that had to run for the reload stopped: it would do so in a new isolate, too.
fn was_stopped(error: &Error) -> bool {
    matches!(error, Error::Stopped(stop) if !matches!(**stop, Stop::Trap { trap: Trap::Interrupted, .. }))
}

/// The command that counts of two.
fn newest(one: Command, other: Command) -> Command {
    if matches!(one, Command::Quit) { one } else { other }
}
