//! The registry of modules and their replacement while they run.
//!
//! Invariant: a handle stands for a module, not for one version of it; what the facade remembers of a module belongs to
//! the version that the machine runs.

use alloc::{
    format,
    string::{String, ToString},
    vec::Vec,
};

use motet_runtime::Value;
#[cfg(feature = "live")]
use motet_runtime::{ReloadError, ReloadReport};
#[cfg(feature = "live")]
use motet_vm::Frames;

use crate::{
    Error, Isolate, ModuleHandle, Program,
    isolate::{Id, Machine, foreign_handle},
};

mod remote;

pub(crate) use remote::Link;
pub use remote::{After, ReloadOutcome, Remote};

/// A module of the registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModuleInfo {
    /// The module.
    pub handle: ModuleHandle,
    /// Name under which it was registered; empty for modules that were only loaded.
    pub name: String,
    /// Language of its main file.
    pub language: String,
    /// Number of the version that runs, from 1.
    pub version: u32,
    /// Number of its functions, library code included.
    pub functions: usize,
    /// Bytes of its portable code; 0 on [`crate::Tier::Ast`].
    pub code_bytes: usize,
}

impl Isolate {
    /// Loads a program under a name.
    ///
    /// ```
    /// # #[cfg(feature = "lang-moon")] {
    /// use motet::{CompileOptions, Config, Engine, NoLoader, NullHost};
    ///
    /// let engine = Engine::new();
    /// let live = CompileOptions { live: true, ..CompileOptions::default() };
    /// let compile = |text: &str| {
    ///     engine.compile_with(engine.language("moon")?, "counter.moon", text, &mut NoLoader, &live)
    /// };
    /// let mut isolate = engine.isolate(Config::new(NullHost));
    /// let text = "let total = 0; fn step() -> Int { total = total + 1; total }";
    /// let counter = isolate.register("counter", &compile(text)?)?;
    /// isolate.execute(counter, "")?;
    /// isolate.execute(counter, "step")?;
    ///
    /// // Globals keep their values, functions are new.
    /// let report = isolate.reload(counter, &compile(&text.replace("+ 1", "+ 10"))?)?;
    /// assert_eq!((report.version, report.changed), (2, vec!["step".to_string()]));
    /// assert_eq!(isolate.execute(counter, "step")?.as_int(), Some(11));
    /// # }
    /// # Ok::<(), motet::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Link`] also when the name is taken; see [`Isolate::load`].
    pub fn register(&mut self, name: &str, program: &Program) -> Result<ModuleHandle, Error> {
        if self.module(name).is_some() {
            return Err(Error::Link(format!("there is a module `{name}` already: reload it")));
        }
        let module = self.load(program)?;
        self.modules[module.0].name = Some(name.to_string());
        Ok(module)
    }

    /// The module registered under a name.
    #[must_use]
    pub fn module(&self, name: &str) -> Option<ModuleHandle> {
        let known = |m: &crate::isolate::Loaded| !m.unloaded && m.name.as_deref() == Some(name);
        self.modules.iter().position(known).map(ModuleHandle)
    }

    /// All modules, in the order in which they were loaded.
    #[must_use]
    pub fn modules(&self) -> Vec<ModuleInfo> {
        let info = |(i, m): (usize, &crate::isolate::Loaded)| {
            let (version, functions, code_bytes) = match (&self.machine, m.id) {
                #[cfg(feature = "ast")]
                (Machine::Ast(evaluator), Id::Ast(id)) => {
                    evaluator.module_state(id).map(|(version, functions, _)| (version, functions, 0))?
                }
                (Machine::Vm(vm), Id::Vm(id)) => vm.module_state(id).map(|s| (s.version, s.functions, s.code_bytes))?,
                _ => return None,
            };
            let name = m.name.clone().unwrap_or_default();
            let language = m.language.clone();
            Some(ModuleInfo { handle: ModuleHandle(i), name, language, version, functions, code_bytes })
        };
        self.modules.iter().enumerate().filter(|(_, m)| !m.unloaded).filter_map(info).collect()
    }

    /// Replaces the program behind a handle, which must have been compiled for it ([`crate::CompileOptions::live`]) for new
    /// globals to get their values. Calls that are suspended go on in their old code; everybody else finds the new one.
    /// If anything fails, initialisers of new globals and the reload hook included, the old version runs on.
    ///
    /// # Errors
    /// Those of [`Isolate::load`]; [`Error::Refused`] when the change cannot be made to the program in its present state;
    /// [`Error::Stopped`] when new code that must run now stopped.
    #[cfg(feature = "live")]
    pub fn reload(&mut self, module: ModuleHandle, program: &Program) -> Result<ReloadReport, Error> {
        self.replace(module, program, Frames::Keep)
    }

    #[cfg(feature = "live")]
    fn replace(&mut self, module: ModuleHandle, program: &Program, frames: Frames) -> Result<ReloadReport, Error> {
        let id = self.loaded(module)?.id;
        let report = match (&mut self.machine, id) {
            #[cfg(feature = "ast")]
            (Machine::Ast(evaluator), Id::Ast(id)) => {
                let old = self.modules[module.0].program.as_ref().ok_or(Error::NeedsSource)?.verified()?;
                let new = program.verified()?;
                let plan = motet_vm::plan(&old, &new);
                let mut report = ReloadReport::default();
                motet_vm::report_functions(&old, &new, &plan, &mut report);
                let ir = program.ir().ok_or(Error::NeedsSource)?.clone();
                let outcome = evaluator.reload(id, ir, &plan, report);
                outcome.map_err(|e| {
                    not_replaced(e, |e| match e {
                        motet_eval::LoadError::Malformed(e) => Error::Check(e),
                        e => Error::Link(e.to_string()),
                    })
                })?
            }
            (Machine::Vm(vm), Id::Vm(id)) => {
                let new = program.verified()?;
                vm.reload(id, new, frames).map_err(|e| not_replaced(e, |e| Error::Link(e.to_string())))?
            }
            _ => return Err(foreign_handle()),
        };
        let loaded = &mut self.modules[module.0];
        loaded.sources = program.sources().clone();
        loaded.language = program.language().to_string();
        #[cfg(feature = "ast")]
        {
            loaded.program = loaded.program.is_some().then(|| program.clone());
        }
        Ok(report)
    }

    /// Runs a module: the function named `entry`, without arguments, or, if that is empty, the program itself. A program that
    /// was begun before starts over: where the language has a `main` function that runs again and globals keep their
    /// values, elsewhere the top level runs with fresh globals.
    ///
    /// # Errors
    /// [`Error::Stopped`]; [`Error::Link`] if there is no such function.
    pub fn execute(&mut self, module: ModuleHandle, entry: &str) -> Result<Value, Error> {
        let id = self.loaded(module)?.id;
        if !entry.is_empty() {
            let func = self.declared_function(module, entry);
            let func = func.or_else(|| self.global(module, entry).filter(|v| v.is_callable()));
            let func = func.ok_or_else(|| Error::Link(format!("the module has no function `{entry}`")))?;
            return self.call_value(func, &[]);
        }
        self.before_program();
        let main = match (&mut self.machine, id) {
            #[cfg(feature = "ast")]
            (Machine::Ast(evaluator), Id::Ast(id)) if evaluator.module_state(id).is_some_and(|s| s.2) => {
                let main = evaluator.main(id);
                if main.is_none() {
                    evaluator.reset_globals(id);
                }
                main
            }
            (Machine::Vm(vm), Id::Vm(id)) if vm.module_state(id).is_some_and(|s| s.started) => {
                let main = vm.main(id);
                if main.is_none() {
                    vm.reset_globals(id);
                }
                main
            }
            _ => None,
        };
        match main {
            Some(main) => self.drive(main, &[], Some(module)),
            None => self.run(module),
        }
    }

    /// Takes a module out of the registry. Its handle is of no use afterwards; functions of it that others hold stay callable.
    ///
    /// # Errors
    /// [`Error::Link`] for a handle of another isolate, or of a module that was unloaded before.
    pub fn unload(&mut self, module: ModuleHandle) -> Result<(), Error> {
        match (&mut self.machine, self.modules.get(module.0).filter(|m| !m.unloaded).map(|m| m.id)) {
            #[cfg(feature = "ast")]
            (Machine::Ast(evaluator), Some(Id::Ast(id))) => evaluator.unload(id),
            (Machine::Vm(vm), Some(Id::Vm(id))) => vm.unload(id),
            _ => return Err(foreign_handle()),
        }
        let loaded = &mut self.modules[module.0];
        loaded.unloaded = true;
        #[cfg(feature = "ast")]
        {
            loaded.program = None;
        }
        loaded.sources = Default::default();
        Ok(())
    }
}

/// Why the old version still runs, given what it means that the new one cannot be loaded.
#[cfg(feature = "live")]
fn not_replaced<L>(error: ReloadError<L>, not_loaded: impl FnOnce(L) -> Error) -> Error {
    match error {
        ReloadError::Load(e) => not_loaded(e),
        ReloadError::Unloaded => foreign_handle(),
        ReloadError::Refused(why) => Error::Refused(why),
        ReloadError::Stopped(stop) => Error::from(stop),
    }
}

impl Program {
    /// What a reload from this program to `next` would say about functions. Nothing is loaded.
    ///
    /// # Errors
    /// [`Error::Emit`], [`Error::Verify`].
    #[cfg(feature = "live")]
    pub fn compare(&self, next: &Program) -> Result<ReloadReport, Error> {
        let (old, new) = (self.verified()?, next.verified()?);
        let mut report = ReloadReport::default();
        motet_vm::report_functions(&old, &new, &motet_vm::plan(&old, &new), &mut report);
        Ok(report)
    }

    /// Whether the program has a `main` function that can be started over while globals keep their values.
    ///
    /// # Errors
    /// [`Error::Emit`], [`Error::Verify`].
    pub fn has_main(&self) -> Result<bool, Error> {
        Ok(self.verified()?.main.is_some())
    }
}
