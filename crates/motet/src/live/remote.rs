//! Requests to an isolate from other threads.
//!
//! Invariant: a request is served by the isolate's own thread, while no guest code runs: between runs, or while the
//! current run is paused before a call or a turn of a loop.
// Without the feature, requests can only be to stop.
#![cfg_attr(not(feature = "live"), allow(dead_code, unused_imports))]

use alloc::{boxed::Box, collections::VecDeque, vec::Vec};

use motet_runtime::{Interrupt, Lock, MaybeSend, ReloadReport, Shared, Stop, Trap, Value};
use motet_vm::Frames;

use crate::{
    Error, FormatLimits, Isolate, ModuleHandle, Program,
    isolate::{Id, Machine},
};

/// What becomes of the running program after a reload that was asked for from outside.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum After {
    /// It goes on: calls that run finish in their old code.
    Continue,
    /// If what runs is the module's program ([`Isolate::run`], [`Isolate::execute`] without a name, [`Isolate::start`]), it
    /// starts over: `main` with the globals as they are in languages that have it, else the top level with
    /// fresh ones. Everything else goes on.
    #[default]
    RestartMain,
}

/// What became of a request.
#[derive(Debug)]
pub struct ReloadOutcome {
    /// The module.
    pub module: ModuleHandle,
    /// The report, or why the old version runs on.
    pub result: Result<ReloadReport, Error>,
    /// Whether the program starts over.
    pub restarted: bool,
    /// Nanoseconds of the host's clock from the decoding of the new version to the end of the swap.
    pub nanos: u64,
}

/// A far end of an isolate, for any thread. See [`Isolate::remote`].
#[derive(Clone)]
pub struct Remote {
    queue: Shared<Lock<Queue>>,
}

#[derive(Default)]
struct Queue {
    stop: bool,
    /// Whether requests have to wait, because what runs cannot be paused.
    masked: bool,
    requests: VecDeque<Request>,
}

struct Request {
    module: ModuleHandle,
    pbc: Vec<u8>,
    after: After,
}

impl Remote {
    /// Stops the program that runs now, with [`Trap::Interrupted`], at its next call or turn of a loop. Nothing happens if
    /// none runs.
    pub fn interrupt(&self) {
        self.queue.lock().stop = true;
    }

    /// Asks for the replacement of a module by the bytes of a `.pbc` file, which are decoded and verified in the isolate's
    /// thread. What became of it is told to [`Isolate::on_reload`].
    #[cfg(feature = "live")]
    pub fn reload(&self, module: ModuleHandle, pbc: Vec<u8>, after: After) {
        self.queue.lock().requests.push_back(Request { module, pbc, after });
    }

    #[cfg(feature = "live")]
    fn next(&self) -> Option<Request> {
        self.queue.lock().requests.pop_front()
    }

    fn has_requests(&self) -> bool {
        !self.queue.lock().requests.is_empty()
    }

    fn set_masked(&self, masked: bool) -> bool {
        core::mem::replace(&mut self.queue.lock().masked, masked)
    }

    /// Whether a stop was asked for; it is granted now.
    fn take_stop(&self) -> bool {
        core::mem::take(&mut self.queue.lock().stop)
    }
}

impl Interrupt for Remote {
    fn is_wanted(&mut self) -> bool {
        // Somebody who holds the lock is about to ask; the next look will find it.
        let queue = self.queue.try_lock();
        queue.is_some_and(|q| q.stop || !q.masked && !q.requests.is_empty())
    }
}

/// What an isolate has to do with its remotes.
#[derive(Default)]
pub(crate) struct Link {
    remote: Option<Remote>,
    hook: Option<Box<dyn Hook>>,
    /// The module whose program runs.
    pub(crate) program: Option<ModuleHandle>,
}

/// See [`Isolate::on_reload`].
trait Hook: MaybeSend {
    fn call(&mut self, outcome: &ReloadOutcome);
}

impl<F: FnMut(&ReloadOutcome) + MaybeSend> Hook for F {
    fn call(&mut self, outcome: &ReloadOutcome) {
        self(outcome);
    }
}

impl Isolate {
    /// A remote of this isolate, for other threads: requests take effect at the next call or turn of a loop, also while a
    /// program runs. On [`crate::Tier::Ast`] replacements wait for the end of the run, and need source, which `.pbc` files
    /// do not have.
    ///
    /// ```
    /// # #[cfg(feature = "lang-ruff")] {
    /// use motet::{After, CaptureHost, CompileOptions, Config, Engine, NoLoader};
    ///
    /// let engine = Engine::new();
    /// let live = CompileOptions { live: true, ..CompileOptions::default() };
    /// let compile = |text: &str| engine.compile_with(engine.language("ruff")?, "m.ruff", text, &mut NoLoader, &live);
    /// let text = "mut n := 0\nfunc on() { return true }\nwhile on() { n = n + 1 }\nprint(\"off\")";
    /// let (console, output) = CaptureHost::new();
    /// let mut isolate = engine.isolate(Config::new(console));
    /// let module = isolate.register("m", &compile(text)?)?;
    ///
    /// let (remote, next) = (isolate.remote(), compile(&text.replace("return true", "return n < 100"))?.to_pbc(true)?);
    /// let other = std::thread::spawn(move || remote.reload(module, next, After::Continue));
    /// isolate.run(module)?; // ends because of the new version
    /// assert_eq!(output.out(), "off\n");
    /// # other.join().unwrap();
    /// # }
    /// # Ok::<(), motet::Error>(())
    /// ```
    pub fn remote(&mut self) -> Remote {
        if let Some(remote) = &self.link.remote {
            return remote.clone();
        }
        let remote = Remote { queue: Shared::new(Lock::new(Queue::default())) };
        self.link.remote = Some(remote.clone());
        self.runtime_mut().interrupt = Some(Box::new(remote.clone()));
        remote
    }

    /// Calls a function for each request of a remote that was served, or failed. It replaces the one given before.
    pub fn on_reload(&mut self, hook: impl FnMut(&ReloadOutcome) + MaybeSend + 'static) {
        self.link.hook = Some(Box::new(hook));
    }

    /// Serves the requests that wait, as every run does. For isolates where nothing runs for a while. Returns how many
    /// there were.
    pub fn serve_requests(&mut self) -> usize {
        self.serve(None).0
    }

    /// Serves requests; also tells whether the program of `running` is to start over.
    #[cfg(feature = "live")]
    fn serve(&mut self, running: Option<ModuleHandle>) -> (usize, bool) {
        let Some(remote) = self.link.remote.clone() else { return (0, false) };
        let masked = remote.set_masked(true);
        let (mut served, mut restart) = (0, false);
        while let Some(Request { module, pbc, after }) = remote.next() {
            let start = self.runtime_mut().host.monotonic_nanos();
            let again = after == After::RestartMain && running == Some(module);
            let frames = if again { Frames::Drop } else { Frames::Keep };
            let program = Program::from_pbc(&pbc, &FormatLimits::trusted());
            let result = program.and_then(|program| self.replace(module, &program, frames));
            served += 1;
            restart |= again && result.is_ok();
            let nanos = self.runtime_mut().host.monotonic_nanos().saturating_sub(start);
            let outcome = ReloadOutcome { module, restarted: again && result.is_ok(), result, nanos };
            if let Some(hook) = &mut self.link.hook {
                hook.call(&outcome);
            }
        }
        remote.set_masked(masked);
        (served, restart)
    }

    /// Without live replacement nobody can ask for anything.
    #[cfg(not(feature = "live"))]
    #[allow(clippy::unused_self)]
    fn serve(&mut self, _running: Option<ModuleHandle>) -> (usize, bool) {
        (0, false)
    }

    /// Calls a value, and serves requests meanwhile. `program`: the module whose program this is.
    pub(crate) fn drive(
        &mut self,
        callee: Value,
        args: &[Value],
        program: Option<ModuleHandle>,
    ) -> Result<Value, Error> {
        let result = match (&self.link.remote, &mut self.machine) {
            (Some(_), Machine::Vm(vm)) if !vm.is_paused() => {
                vm.start(callee, args);
                self.link.program = program;
                let result = self.resume_serving(true).unwrap_or(Ok(Value::NIL));
                self.give_up();
                result
            }
            (remote, machine) => {
                let remote = remote.clone();
                let masked = remote.as_ref().map(|r| r.set_masked(true));
                let result = match machine {
                    #[cfg(feature = "ast")]
                    Machine::Ast(evaluator) => evaluator.run(callee, args),
                    Machine::Vm(vm) => vm.run(callee, args),
                };
                if let (Some(remote), Some(masked)) = (remote, masked) {
                    remote.set_masked(masked);
                    if was_interrupted(&result) {
                        remote.take_stop();
                    }
                }
                result
            }
        };
        self.runtime_mut().host.flush();
        Ok(result?)
    }

    /// Goes on with the run that is paused, and serves requests meanwhile. `None` when there is no such run. `patient`: waits
    /// where every task sleeps or waits for the host.
    pub(crate) fn resume_serving(&mut self, patient: bool) -> Option<Result<Value, Stop>> {
        loop {
            let result = match &mut self.machine {
                #[cfg(feature = "ast")]
                Machine::Ast(evaluator) => evaluator.resume(patient)?,
                Machine::Vm(vm) => vm.resume(patient)?,
            };
            let Some(remote) = self.link.remote.clone() else { return Some(result) };
            if !was_interrupted(&result) || remote.take_stop() || !self.is_paused() {
                return Some(result);
            }
            if !remote.has_requests() {
                continue;
            }
            if self.serve(self.link.program).1 {
                self.start_over();
            }
        }
    }

    /// Begins the program that runs once more.
    fn start_over(&mut self) {
        let Some(id) = self.link.program.and_then(|module| Some(self.loaded(module).ok()?.id)) else { return };
        if let (Machine::Vm(vm), Id::Vm(id)) = (&mut self.machine, id) {
            vm.give_up();
            let entry = match vm.main(id) {
                Some(main) => main,
                None => {
                    vm.reset_globals(id);
                    vm.init(id)
                }
            };
            vm.start(entry, &[]);
        }
    }

    /// To be called before a program is begun: forgets stops that came too late for the last one, and serves requests.
    pub(crate) fn before_program(&mut self) {
        if let Some(remote) = &self.link.remote {
            remote.take_stop();
            self.serve(None);
        }
    }
}

fn was_interrupted(result: &Result<Value, Stop>) -> bool {
    matches!(result, Err(Stop::Trap { trap: Trap::Interrupted, .. }))
}
