//! Programs that run for the page: each follows its files, and is replaced when they change.

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use motet::{After, Capabilities, Config, Engine, Error, Isolate, Level, ModuleHandle, ProfileOptions, Stop, Trap};
use motet_watch::{Change, Control, Follower, How, LiveHost, Runner, Saved, Sink, Stage, Start, Waker};
use serde_json::{Value, json};

use crate::catalogue::Catalogue;
use crate::hub::Hub;
use crate::inspect;

/// Most programs that run at a time.
const MAX_RUNNING: usize = 16;
/// Most runs that are remembered.
const MAX_RUNS: usize = 48;
/// Output of a run that is remembered, in bytes; the oldest goes first.
const MAX_OUTPUT: usize = 256 * 1024;
/// Most names in one list of a history's entry.
const MAX_NAMES: usize = 40;
/// Entries of a history that are remembered.
const MAX_HISTORY: usize = 200;

/// How to run a program.
#[derive(Clone, Debug, Default)]
pub struct Launch {
    /// Path in the catalogue.
    pub path: String,
    /// Arguments of the program.
    pub args: Vec<String>,
    /// Let it go on with new functions instead of starting it over.
    pub keep: bool,
    /// Take samples for a flame graph.
    pub profile: bool,
}

/// What a run is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Starting,
    Running,
    Ended,
    Refused,
    Stopped,
}

impl Phase {
    fn word(self) -> &'static str {
        match self {
            Phase::Starting => "starting",
            Phase::Running => "running",
            Phase::Ended => "ended",
            Phase::Refused => "refused",
            Phase::Stopped => "stopped",
        }
    }
}

struct Piece {
    stream: &'static str,
    text: String,
}

struct State {
    phase: Phase,
    status: Option<u8>,
    version: u32,
    output: VecDeque<Piece>,
    kept: usize,
    /// Bytes of output so far.
    end: u64,
    history: VecDeque<Value>,
    entries: u64,
    profile: Option<Value>,
    stats: Option<Value>,
    started: Instant,
    compile_nanos: u64,
}

/// One program.
pub struct Run {
    id: u64,
    launch: Launch,
    state: Mutex<State>,
    hub: Arc<Hub>,
    catalogue: Arc<Catalogue>,
    control: Mutex<Option<(Arc<Control>, Waker)>>,
    quit: AtomicBool,
}

impl Run {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What there is to say about it in a list.
    fn summary(&self, state: &State) -> Value {
        json!({
            "id": self.id,
            "path": self.launch.path,
            "args": self.launch.args,
            "profile": self.launch.profile,
            "keep": self.launch.keep,
            "phase": state.phase.word(),
            "active": self.is_active(state),
            "status": state.status,
            "version": state.version,
            "hasProfile": state.profile.is_some(),
            "stats": state.stats,
            "end": state.end,
        })
    }

    /// Whether it runs or will run when its files change.
    fn is_active(&self, state: &State) -> bool {
        state.phase != Phase::Stopped && !self.quit.load(Ordering::SeqCst)
    }

    /// Everything about it.
    #[must_use]
    pub fn details(&self) -> Value {
        let state = self.state();
        let mut value = self.summary(&state);
        let output: Vec<Value> = state.output.iter().map(|p| json!({ "stream": p.stream, "text": p.text })).collect();
        value["output"] = output.into();
        value["history"] = state.history.iter().cloned().collect::<Vec<_>>().into();
        value
    }

    /// Its newest profile.
    #[must_use]
    pub fn profile(&self) -> Option<Value> {
        self.state().profile.clone()
    }

    /// Hands it a line of input; false when it takes none.
    #[must_use]
    pub fn input(&self, line: Option<&str>) -> bool {
        let control = self.control.lock().unwrap_or_else(PoisonError::into_inner);
        let Some((control, _)) = control.as_ref() else { return false };
        match line {
            Some(line) => {
                let fed = control.try_feed(format!("{line}\n"));
                if fed {
                    self.write("in", &format!("{line}\n"));
                }
                fed
            }
            None => {
                control.end_input();
                true
            }
        }
    }

    /// Stops it for good.
    pub fn stop(&self) {
        self.quit.store(true, Ordering::SeqCst);
        if let Some((control, waker)) = self.control.lock().unwrap_or_else(PoisonError::into_inner).as_ref() {
            control.interrupt();
            waker.wake();
        }
    }

    fn write(&self, stream: &'static str, text: &str) {
        let mut state = self.state();
        state.end += text.len() as u64;
        state.kept += text.len();
        match state.output.back_mut() {
            Some(last) if last.stream == stream && last.text.len() < 8192 => last.text.push_str(text),
            _ => state.output.push_back(Piece { stream, text: text.to_string() }),
        }
        while state.kept > MAX_OUTPUT && state.output.len() > 1 {
            let gone = state.output.pop_front().map_or(0, |p| p.text.len());
            state.kept -= gone;
        }
        self.hub.output(self.id, stream, text, state.end);
    }

    /// Tells the pages how it stands, and what was added to its history.
    fn tell(&self, state: &mut State, entry: Option<Value>) {
        let mut event = json!({ "type": "run", "run": self.summary(state) });
        if let Some(mut entry) = entry {
            state.entries += 1;
            entry["number"] = state.entries.into();
            entry["at"] = now().into();
            state.history.push_back(entry.clone());
            if state.history.len() > MAX_HISTORY {
                state.history.pop_front();
            }
            event["entry"] = entry;
        }
        self.hub.send(&event);
    }
}

/// Milliseconds since the Unix epoch.
fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |t| t.as_millis() as u64)
}

/// All runs of a server.
pub struct Runs {
    engine: Engine,
    catalogue: Arc<Catalogue>,
    hub: Arc<Hub>,
    capabilities: Capabilities,
    list: Mutex<BTreeMap<u64, Arc<Run>>>,
    next: AtomicU64,
}

impl Runs {
    /// No runs yet.
    pub fn new(engine: Engine, catalogue: Arc<Catalogue>, hub: Arc<Hub>, capabilities: Capabilities) -> Runs {
        Runs { engine, catalogue, hub, capabilities, list: Mutex::default(), next: AtomicU64::new(1) }
    }

    fn list(&self) -> MutexGuard<'_, BTreeMap<u64, Arc<Run>>> {
        self.list.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A run by number.
    #[must_use]
    pub fn get(&self, id: u64) -> Option<Arc<Run>> {
        self.list().get(&id).cloned()
    }

    /// All runs, newest first.
    #[must_use]
    pub fn all(&self) -> Vec<Value> {
        let runs: Vec<Arc<Run>> = self.list().values().rev().cloned().collect();
        runs.iter().map(|run| run.summary(&run.state())).collect()
    }

    /// Starts a program; `Ok(None)` when the catalogue has none of this path.
    ///
    /// # Errors
    /// When too many run already, in words.
    pub fn start(&self, launch: Launch) -> Result<Option<u64>, String> {
        let Some(mut compiler) = inspect::compiler(&self.engine, &self.catalogue, &launch.path, Level::O1) else {
            return Ok(None);
        };
        compiler.options.live = true;
        let mut list = self.list();
        if list.values().filter(|r| r.is_active(&r.state())).count() >= MAX_RUNNING {
            return Err(format!("{MAX_RUNNING} programs run already; stop one first"));
        }
        while list.len() >= MAX_RUNS {
            let Some(old) = list.iter().find(|(_, r)| !r.is_active(&r.state())).map(|(id, _)| *id) else { break };
            list.remove(&old);
            self.hub.send(&json!({ "type": "removed", "run": old }));
        }
        let id = self.next.fetch_add(1, Ordering::SeqCst);
        let state = State {
            phase: Phase::Starting,
            status: None,
            version: 0,
            output: VecDeque::new(),
            kept: 0,
            end: 0,
            history: VecDeque::new(),
            entries: 0,
            profile: None,
            stats: None,
            started: Instant::now(),
            compile_nanos: 0,
        };
        let run = Arc::new(Run {
            id,
            launch,
            state: Mutex::new(state),
            hub: self.hub.clone(),
            catalogue: self.catalogue.clone(),
            control: Mutex::new(None),
            quit: AtomicBool::new(false),
        });
        let stage = Screen { run: run.clone(), engine: self.engine.clone(), capabilities: self.capabilities };
        let runner = Runner::new(stage).map_err(|e| e.to_string())?;
        let follower = Follower::new(compiler, None);
        *run.control.lock().unwrap_or_else(PoisonError::into_inner) =
            Some((runner.control().clone(), follower.waker()));
        let followed = run.clone();
        std::thread::Builder::new()
            .name("motet-dev-follow".into())
            .stack_size(16 << 20)
            .spawn(move || follow(&followed, follower, runner))
            .map_err(|e| e.to_string())?;
        run.tell(&mut run.state(), None);
        list.insert(id, run);
        Ok(Some(id))
    }

    /// Forgets a run that has stopped; stops it first if need be.
    pub fn remove(&self, id: u64) -> bool {
        let Some(run) = self.list().remove(&id) else { return false };
        run.stop();
        self.hub.send(&json!({ "type": "removed", "run": id }));
        true
    }

    /// Stops everything.
    pub fn stop_all(&self) {
        for run in self.list().values() {
            run.stop();
        }
    }
}

/// Hands new versions to the runner until the run is stopped.
fn follow(run: &Arc<Run>, mut follower: Follower, mut runner: Runner) {
    let mut first = true;
    while !run.quit.load(Ordering::SeqCst) {
        let change = follower.next_change();
        if run.quit.load(Ordering::SeqCst) {
            break;
        }
        match change {
            Change::Ready(saved, version) => {
                run.state().compile_nanos = saved.compiling.as_nanos() as u64;
                let after = if run.launch.keep || version.same_main { After::Continue } else { After::RestartMain };
                runner.run(version.pbc, (!std::mem::take(&mut first)).then_some(saved), after);
            }
            Change::Refused(saved, refusal) => {
                first = false;
                let mut state = run.state();
                if state.phase == Phase::Starting {
                    state.phase = Phase::Refused;
                }
                let problems = inspect::problems(&run.catalogue, &run.launch.path, &refusal);
                let mut entry = history("refused", &saved);
                entry["diagnostics"] = problems;
                run.tell(&mut state, Some(entry));
            }
            Change::Same(saved) => run.tell(&mut run.state(), Some(history("same", &saved))),
            Change::Woken => {}
        }
    }
    runner.quit();
    *run.control.lock().unwrap_or_else(PoisonError::into_inner) = None;
    let mut state = run.state();
    state.phase = Phase::Stopped;
    run.tell(&mut state, None);
}

fn history(kind: &str, saved: &Saved) -> Value {
    json!({
        "kind": kind,
        "files": saved.files,
        "nanos": saved.since.elapsed().as_nanos() as u64,
        "compileNanos": saved.compiling.as_nanos() as u64,
    })
}

/// Output of a program for the page.
struct Pages(Arc<Run>);

impl Sink for Pages {
    fn out(&mut self, bytes: &[u8]) {
        self.0.write("out", &String::from_utf8_lossy(bytes));
    }

    fn err(&mut self, bytes: &[u8]) {
        self.0.write("err", &String::from_utf8_lossy(bytes));
    }
}

/// Runs versions for one run.
struct Screen {
    run: Arc<Run>,
    engine: Engine,
    capabilities: Capabilities,
}

impl Screen {
    /// Keeps the figures of a run that is over.
    fn harvest(&self, state: &mut State, isolate: &mut Isolate) {
        let time = state.started.elapsed().as_nanos() as u64;
        state.stats = Some(inspect::figures(&isolate.stats(), state.compile_nanos, time));
        if let Some(profile) = isolate.profile_stop() {
            state.profile = Some(inspect::flame(&self.run.catalogue, &profile));
        }
    }

    /// Exit status and last words.
    fn conclude(
        &self,
        isolate: &mut Isolate,
        module: ModuleHandle,
        result: Result<motet::Value, Error>,
    ) -> (u8, String) {
        match result {
            Ok(value) => {
                if let Some(text) = isolate.result_text(module, value) {
                    isolate.runtime_mut().host.write_out(format!("{text}\n").as_bytes());
                }
                let status = isolate.exit_status(module, value);
                (status.map_or(0, |s| (s & 0xff) as u8), String::new())
            }
            Err(Error::Stopped(stop)) => {
                let text = isolate.explain(module, &stop, false);
                let status = match *stop {
                    Stop::Exit(status) => (status & 0xff) as u8,
                    Stop::Trap { trap: Trap::OutOfFuel | Trap::Deadline, .. } => 124,
                    Stop::Trap { trap: Trap::Interrupted, .. } => 130,
                    Stop::Trap { trap: Trap::Waiting | Trap::Corrupt, .. } => 6,
                    Stop::Uncaught { .. } => {
                        self.engine.language(isolate.language(module)).map_or(1, |l| l.uncaught_status())
                    }
                };
                (status, text)
            }
            Err(other) => (6, format!("error: {other}\n")),
        }
    }
}

impl Stage for Screen {
    fn isolate(&mut self, control: &Arc<Control>) -> Isolate {
        let host = LiveHost::new(self.run.launch.args.clone(), Pages(self.run.clone()), control.clone());
        let mut isolate = self.engine.isolate(Config::new(host).capabilities(self.capabilities));
        if self.run.launch.profile {
            // The interpreter can always be profiled.
            let _ = isolate.profile_start(ProfileOptions::default());
        }
        let _ = isolate.time_start();
        isolate
    }

    fn started(&mut self, start: &Start) {
        let mut state = self.run.state();
        (state.phase, state.status, state.version) = (Phase::Running, None, start.version);
        if start.how != How::Continues {
            state.started = Instant::now();
        }
        let mut entry = match &start.saved {
            Some(saved) => history("reloaded", saved),
            None => json!({ "kind": "started", "files": [], "compileNanos": state.compile_nanos }),
        };
        entry["version"] = start.version.into();
        entry["restarted"] = (start.how != How::Continues).into();
        entry["summary"] = start.summary().into();
        if let Some(report) = &start.report {
            for (name, list) in [
                ("changed", &report.changed),
                ("added", &report.added),
                ("removed", &report.removed),
                ("kept", &report.globals_kept),
                ("reset", &report.globals_reset),
                ("migrated", &report.migrated),
            ] {
                entry[name] = list.iter().take(MAX_NAMES).cloned().collect::<Vec<_>>().into();
            }
        }
        self.run.tell(&mut state, Some(entry));
    }

    fn ended(&mut self, isolate: &mut Isolate, module: ModuleHandle, result: Result<motet::Value, Error>) {
        let (status, text) = self.conclude(isolate, module, result);
        isolate.runtime_mut().host.flush();
        if !text.is_empty() {
            self.run.write("err", &text);
        }
        let mut state = self.run.state();
        (state.phase, state.status) = (Phase::Ended, Some(status));
        self.harvest(&mut state, isolate);
        let nanos = state.started.elapsed().as_nanos() as u64;
        let entry = json!({ "kind": "ended", "status": status, "nanos": nanos, "version": state.version });
        self.run.tell(&mut state, Some(entry));
    }

    fn stopped(&mut self, isolate: &mut Isolate, _module: ModuleHandle) {
        isolate.runtime_mut().host.flush();
        let mut state = self.run.state();
        self.harvest(&mut state, isolate);
        self.run.tell(&mut state, None);
    }

    fn failed(&mut self, saved: Option<&Saved>, error: &Error) {
        let text = error.to_string();
        self.run.write("err", &format!("error: {text}\n"));
        let mut state = self.run.state();
        let mut entry =
            saved.map_or_else(|| json!({ "kind": "failed", "files": [] }), |saved| history("failed", saved));
        entry["message"] = text.into();
        if state.version == 0 {
            (state.phase, state.status) = (Phase::Ended, Some(1));
        }
        self.run.tell(&mut state, Some(entry));
    }
}
