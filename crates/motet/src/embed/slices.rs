//! Runs in slices of time: an application lets a program run a little, and goes on with its own work.

use motet_runtime::Value;

use super::handle::release;
use crate::{Callee, Error, Handle, IntoArgs, Isolate, ModuleHandle, Stop, isolate::Machine};

/// How far a run in slices has come.
#[derive(Debug)]
pub enum Progress {
    /// There is more to do: [`Isolate::step`] goes on.
    Running,
    /// Every task of the program sleeps or waits for an asynchronous host function.
    Waiting {
        /// Nanoseconds of the host's clock until somebody's sleep ends, if somebody sleeps.
        nanos: Option<u64>,
    },
    /// The run ended with this value.
    Done(Handle),
}

impl Isolate {
    /// Begins a program that runs in slices: nothing runs before [`Isolate::step`]. A run that was begun before and has
    /// not ended is given up. Between slices the isolate can be used as ever, also to call functions of the
    /// program.
    ///
    /// ```
    /// # #[cfg(feature = "lang-ruff")] {
    /// use motet::{CaptureHost, Config, Engine, Progress};
    ///
    /// let (console, output) = CaptureHost::new();
    /// let mut isolate = Engine::new().isolate(Config::new(console));
    /// let program = isolate.compile("ruff", "main.ruff", "n := 0\nwhile n < 100000 { n = n + 1 }\nprint(n)")?;
    /// let module = isolate.load(&program)?;
    /// isolate.start(module)?;
    /// let mut frames = 1;
    /// while !matches!(isolate.step(10_000)?, Progress::Done(_)) {
    ///     frames += 1; // draw, read input, …
    /// }
    /// assert!((10..=12).contains(&frames));
    /// assert_eq!(output.out(), "100000\n");
    /// # }
    /// # Ok::<(), motet::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Link`] for a handle of another isolate.
    pub fn start(&mut self, module: ModuleHandle) -> Result<(), Error> {
        self.before_program();
        let init = self.init_function(module)?;
        self.begin(init, &[]);
        self.link.program = Some(module);
        Ok(())
    }

    /// Begins a call that runs in slices, as [`Isolate::start`] does a program.
    ///
    /// # Errors
    /// [`Error::Link`] when there is no such function; [`Error::Host`] when an argument cannot be converted.
    pub fn start_call<A: IntoArgs>(&mut self, callee: impl Callee, args: A) -> Result<(), Error> {
        let (callee, args) = self.call_parts(callee, args)?;
        self.begin(callee, &args);
        self.link.program = None;
        Ok(())
    }

    /// Goes on with what was begun for about `units` of work (calls and turns of loops; a native function is never
    /// interrupted) and pauses it, unless it ends before. Where the program could only wait, it hands that back:
    /// the host's thread never sleeps in here.
    ///
    /// # Errors
    /// [`Error::Stopped`]. After exhausted fuel ([`crate::Limits::fuel`]), and on [`crate::Tier::Vm`] also after a passed
    /// deadline or an interrupt, the run is only paused: see [`Isolate::is_paused`]. [`Error::Link`] when nothing
    /// was begun.
    pub fn step(&mut self, units: u64) -> Result<Progress, Error> {
        let end = self.runtime().charged.saturating_add(units);
        self.runtime_mut().pause_at = Some(end);
        let result = self.go_on(false);
        self.runtime_mut().pause_at = None;
        match result {
            Err(Error::Stopped(stop)) => match *stop {
                Stop::Trap { trap: crate::Trap::OutOfFuel, .. } if self.is_paused() && !self.is_out_of_fuel() => {
                    Ok(Progress::Running)
                }
                Stop::Trap { trap: crate::Trap::Waiting, .. } => Ok(Progress::Waiting { nanos: self.time_left() }),
                stop => Err(stop.into()),
            },
            Err(other) => Err(other),
            Ok(value) => Ok(Progress::Done(value)),
        }
    }

    /// Goes on with what was begun, or stopped with an error that only paused it, until it ends or a limit is reached.
    /// Waits where the program does.
    ///
    /// ```
    /// # #[cfg(feature = "lang-ruff")] {
    /// use motet::{Config, Engine, NullHost, Trap};
    ///
    /// let mut isolate = Engine::new().isolate(Config::new(NullHost));
    /// isolate.eval::<()>("ruff", "main.ruff", "func sum(n) { s := 0  for i in range(n) { s = s + i }  return s }")?;
    /// isolate.start_call("sum", (1000,))?;
    /// isolate.refuel(500);
    /// assert_eq!(isolate.resume().expect_err("needs more").trap(), Some(Trap::OutOfFuel));
    /// isolate.refuel(5000);
    /// let sum = isolate.resume()?;
    /// assert_eq!(isolate.open::<i64>(&sum)?, 499_500);
    /// # }
    /// # Ok::<(), motet::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Isolate::step`].
    pub fn resume(&mut self) -> Result<Handle, Error> {
        self.go_on(true)
    }

    fn time_left(&mut self) -> Option<u64> {
        match self.machine_mut() {
            #[cfg(feature = "ast")]
            Machine::Ast(evaluator) => evaluator.time_left(),
            Machine::Vm(vm) => vm.time_left(),
        }
    }

    fn go_on(&mut self, patient: bool) -> Result<Handle, Error> {
        release(self.runtime_mut());
        let result = self.resume_serving(patient);
        self.runtime_mut().host.flush();
        let value = result.ok_or_else(|| Error::Link("no run was begun that could go on".into()))??;
        Ok(Handle::new(self.runtime_mut(), value))
    }

    /// Whether there is a run that was begun and has not ended.
    #[must_use]
    pub fn is_paused(&self) -> bool {
        match self.machine() {
            #[cfg(feature = "ast")]
            Machine::Ast(evaluator) => evaluator.is_paused(),
            Machine::Vm(vm) => vm.is_paused(),
        }
    }

    /// Gives up the run that was begun.
    pub fn give_up(&mut self) {
        match self.machine_mut() {
            #[cfg(feature = "ast")]
            Machine::Ast(evaluator) => evaluator.give_up(),
            Machine::Vm(vm) => vm.give_up(),
        }
    }

    pub(crate) fn begin(&mut self, callee: Value, args: &[Value]) {
        match self.machine_mut() {
            #[cfg(feature = "ast")]
            Machine::Ast(evaluator) => evaluator.start(callee, args),
            Machine::Vm(vm) => vm.start(callee, args),
        }
    }

    fn is_out_of_fuel(&self) -> bool {
        let rt = self.runtime();
        rt.limits.fuel.is_some_and(|fuel| rt.charged >= fuel)
    }
}
