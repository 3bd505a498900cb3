//! A version of a program that is served: its routes, and isolates in which its handlers run.
//!
//! A handler first runs on a thread of its own. Once it has shown that it is quick, it runs on the thread that read the
//! request, for a slice of work; one that takes longer than that moves, with its isolate, to a thread of its own.
//!
//! Invariant: an isolate is in the hands of one run, or idle; one that stopped in the middle of something, whose heap was
//! full or that panicked is not used again.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use motet::web::{Application, Middleware, Request, Response};
use motet::{
    Capabilities, Config, Engine, Error, ErrorKind, FormatLimits, Isolate, Limits, NativeDef, Program, Progress, Stop,
    Thrown, Tier, Trap, Value,
};

use crate::host::HandlerHost;
use crate::{Options, Router};

/// Work of a handler on a thread that also serves others, in calls and turns of loops: far less than a millisecond.
const SLICE: u64 = 10_000;
/// A handler that takes no longer than this is quick.
const QUICK: Duration = Duration::from_micros(400);
/// So many quick runs in a row make a handler one that runs where requests are read.
const PROVEN: u8 = 3;

/// How handlers run.
#[derive(Clone)]
pub struct Setting {
    /// The languages.
    pub engine: Engine,
    /// What runs programs.
    pub tier: Tier,
    /// What handlers may do. Whatever stands here, their input is empty, and they cannot start servers.
    pub capabilities: Capabilities,
    /// Bounds of the program; heap and time of handlers have bounds of their own ([`Options`]).
    pub limits: Limits,
    /// Native functions of the embedder, by qualified name.
    pub natives: Vec<NativeDef>,
    /// Arguments of the program.
    pub args: Vec<String>,
}

/// A version of a program that is served.
pub struct Site {
    setting: Setting,
    program: Program,
    application: Application,
    router: Router,
    limits: Limits,
    workers: usize,
    idle: Mutex<Vec<Worker>>,
    /// Quick runs in a row, by route.
    quick: Vec<AtomicU8>,
}

/// Why there is no [`Site`].
pub type SiteError = Error;

/// An isolate that is ready for requests.
pub(crate) struct Worker {
    isolate: Isolate,
    handlers: Vec<Value>,
}

/// Why a handler has no response.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// An error in the program.
    Error(String),
    /// It took too long.
    Late,
    /// Anything else.
    Broken(String),
}

/// How far a run has come.
pub(crate) enum Step {
    /// It ended; `None` if the handler returned no response.
    Done(Result<Option<Response>, Failure>),
    /// It goes on, on a thread of its own.
    More(Worker),
}

impl Site {
    /// A site for a program and what it left ([`Isolate::application`]).
    ///
    /// # Errors
    /// When the handlers cannot run in isolates of their own.
    pub fn new(setting: Setting, program: Program, application: Application, options: &Options) -> Result<Self, Error> {
        // All isolates share one proven module.
        let program = match setting.tier {
            Tier::Vm => Program::from_bytecode(program.bytecode(true)?, &FormatLimits::trusted())?,
            Tier::Ast => program,
        };
        let limits = Limits {
            heap_bytes: setting.limits.heap_bytes.min(options.max_heap),
            deadline_nanos: None,
            fuel: None,
            ..setting.limits
        };
        let site = Self {
            router: Router::new(&application.routes),
            quick: application.routes.iter().map(|_| AtomicU8::new(0)).collect(),
            setting,
            program,
            application,
            limits,
            workers: options.workers,
            idle: Mutex::default(),
        };
        let worker = site.worker()?;
        site.give_back(worker);
        Ok(site)
    }

    /// The port that the program asked for.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.application.port
    }

    /// Its routes.
    #[must_use]
    pub fn router(&self) -> &Router {
        &self.router
    }

    pub(crate) fn middleware(&self) -> &[Middleware] {
        &self.application.middleware
    }

    pub(crate) fn folders(&self) -> &[String] {
        &self.application.folders
    }

    fn worker(&self) -> Result<Worker, Error> {
        let Setting { engine, tier, capabilities, natives, args, .. } = &self.setting;
        let host = HandlerHost::new(args.clone(), None);
        let config = Config::new(host).tier(*tier).limits(self.limits).capabilities(*capabilities).natives(natives);
        let mut isolate = engine.isolate(config);
        let module = isolate.load(&self.program)?;
        let handlers = isolate.install(module, &self.application)?;
        Ok(Worker { isolate, handlers })
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Worker>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn give_back(&self, worker: Worker) {
        // A handler that needed much memory leaves a heap that is better begun anew.
        if worker.isolate.runtime().heap.bytes() <= self.limits.heap_bytes / 2 {
            let mut idle = self.idle();
            if idle.len() < self.workers {
                idle.push(worker);
            }
        }
    }

    /// Whether the handler of a route may begin on a thread that serves others too.
    pub(crate) fn is_quick(&self, route: usize) -> bool {
        self.quick.get(route).is_some_and(|q| q.load(Ordering::Relaxed) >= PROVEN)
    }

    /// Begins a quick handler where the caller is. `None` if no isolate is ready.
    pub(crate) fn run_slice(&self, route: usize, request: &Request, until: Instant) -> Option<Step> {
        let worker = self.idle().pop()?;
        let started = Instant::now();
        let step = self.guarded(worker, |worker| worker.begin(route, request, until).map(|()| Some(SLICE)));
        self.note(route, started, matches!(step, Step::Done(Ok(_))));
        Some(step)
    }

    /// Runs a handler to its end.
    pub(crate) fn run(&self, route: usize, request: &Request, until: Instant) -> Result<Option<Response>, Failure> {
        let started = Instant::now();
        let idle = self.idle().pop();
        let worker = match idle.map_or_else(|| self.worker(), Ok) {
            Ok(worker) => worker,
            Err(e) => return Err(Failure::Broken(e.to_string())),
        };
        let step = self.guarded(worker, |worker| worker.begin(route, request, until).map(|()| None));
        self.note(route, started, matches!(step, Step::Done(Ok(_))));
        step.end()
    }

    /// Goes on with what [`Site::run_slice`] began, to its end.
    pub(crate) fn go_on(&self, worker: Worker) -> Result<Option<Response>, Failure> {
        self.guarded(worker, |_| Ok(None)).end()
    }

    fn note(&self, route: usize, started: Instant, done: bool) {
        let Some(quick) = self.quick.get(route) else { return };
        let count = quick.load(Ordering::Relaxed);
        let next = if done && started.elapsed() <= QUICK { count.saturating_add(1).min(PROVEN) } else { 0 };
        if next != count {
            quick.store(next, Ordering::Relaxed);
        }
    }

    /// A piece of a run: `begin` says for how much work, or to its end.
    fn guarded(&self, worker: Worker, begin: impl FnOnce(&mut Worker) -> Result<Option<u64>, Error>) -> Step {
        let piece = move || {
            let mut worker = worker;
            let progress = match begin(&mut worker) {
                Ok(Some(units)) => worker.isolate.step(units),
                Ok(None) => worker.isolate.resume().map(Progress::Done),
                Err(e) => Err(e),
            };
            match progress {
                Ok(Progress::Running | Progress::Waiting { .. }) => Step::More(worker),
                Ok(Progress::Done(result)) => {
                    let response = worker.isolate.response(&result).cloned();
                    drop(result);
                    self.give_back(worker);
                    Step::Done(Ok(response))
                }
                Err(e) => {
                    let (failure, reusable) = failure(&e);
                    if reusable {
                        self.give_back(worker);
                    }
                    Step::Done(Err(failure))
                }
            }
        };
        // What the piece works on is dropped when it panics.
        catch_unwind(AssertUnwindSafe(piece))
            .unwrap_or_else(|_| Step::Done(Err(Failure::Broken("internal error".into()))))
    }
}

impl Step {
    fn end(self) -> Result<Option<Response>, Failure> {
        match self {
            Step::Done(result) => result,
            Step::More(_) => Err(Failure::Broken("the handler waits for nobody".into())),
        }
    }
}

impl Worker {
    fn begin(&mut self, route: usize, request: &Request, until: Instant) -> Result<(), Error> {
        let runtime = self.isolate.runtime_mut();
        let left = until.saturating_duration_since(Instant::now());
        let left = u64::try_from(left.as_nanos()).unwrap_or(u64::MAX);
        runtime.limits.deadline_nanos = Some(runtime.host.monotonic_nanos().saturating_add(left));
        let handler = self.handlers.get(route).copied().unwrap_or(Value::NIL);
        self.isolate.begin_request(handler, request)
    }
}

/// What an error means for the client, and whether its isolate is as good as before.
fn failure(error: &Error) -> (Failure, bool) {
    let Error::Stopped(stop) = error else { return (Failure::Broken(error.to_string()), false) };
    match &**stop {
        Stop::Uncaught { thrown, message, .. } => {
            let full = matches!(thrown, Thrown::Error(e) if e.kind == ErrorKind::OutOfMemory);
            (Failure::Error(message.clone()), !full)
        }
        Stop::Trap { trap: Trap::Deadline, .. } => (Failure::Late, false),
        Stop::Trap { trap, .. } => (Failure::Broken(trap.to_string()), false),
        Stop::Exit(_) => (Failure::Broken("the handler ended the program".into()), false),
    }
}
