//! Calls from the host into programs.

use alloc::{
    format,
    string::{String, ToString},
    vec::Vec,
};

use motet_ir::HostFunction;
#[cfg(feature = "compiler")]
use motet_ir::NoLoader;
use motet_runtime::Value;

use super::handle::release;
#[cfg(feature = "compiler")]
use crate::{CompileOptions, Program};
use crate::{Context, Error, Fault, FromGuest, Handle, IntoArgs, IntoGuest, Isolate, ModuleHandle};

/// What [`Isolate::call`] can call: a name, which stands for a function (or a variable that holds one) of the module
/// that was loaded last among those that have it; a module and a name; a handle to a function value.
pub trait Callee {
    /// The function.
    #[doc(hidden)]
    fn find(self, isolate: &mut Isolate) -> Result<Value, Error>;
}

impl Callee for &str {
    fn find(self, isolate: &mut Isolate) -> Result<Value, Error> {
        let found = isolate.module_handles().rev().find_map(|module| isolate.named_function(module, self));
        found.ok_or_else(|| no_function(self))
    }
}

impl Callee for (ModuleHandle, &str) {
    fn find(self, isolate: &mut Isolate) -> Result<Value, Error> {
        isolate.named_function(self.0, self.1).ok_or_else(|| no_function(self.1))
    }
}

impl Callee for &Handle {
    fn find(self, isolate: &mut Isolate) -> Result<Value, Error> {
        Ok(isolate.visit(|cx| cx.open(self).map(crate::Local::raw))?)
    }
}

fn no_function(name: &str) -> Error {
    Error::Link(format!("no loaded program has a function `{name}`"))
}

impl Isolate {
    /// Compiles a text that imports nothing, for an isolate with these host functions. All of its top-level variables
    /// can be read by name.
    ///
    /// # Errors
    /// [`Error::UnknownLanguage`], [`Error::Compile`].
    #[cfg(feature = "compiler")]
    pub fn compile(&self, language: &str, name: &str, text: &str) -> Result<Program, Error> {
        let mut options = CompileOptions { keep_globals: true, ..CompileOptions::default() };
        options.frontend.host = self.host_functions().to_vec();
        let engine = self.engine();
        engine.compile_with(engine.language(language)?, name, text, &mut NoLoader, &options)
    }

    /// Compiles, loads and runs a text. `()` as the result's type takes anything.
    ///
    /// # Errors
    /// Those of [`Isolate::compile`], [`Isolate::load`], [`Isolate::run`]; [`Error::Host`] for another result.
    #[cfg(feature = "compiler")]
    pub fn eval<R: FromGuest>(&mut self, language: &str, name: &str, text: &str) -> Result<R, Error> {
        let program = self.compile(language, name, text)?;
        let module = self.load(&program)?;
        let value = self.run(module)?;
        self.converted(value)
    }

    /// Calls a function of a program with Rust values.
    ///
    /// ```
    /// # #[cfg(feature = "lang-moon")] {
    /// use motet::{Config, Engine, NullHost};
    ///
    /// let mut isolate = Engine::new().isolate(Config::new(NullHost));
    /// isolate.eval::<()>("moon", "a.moon", "fn repeat_it(n: Int, s: String) -> String { repeat(s, n) }")?;
    /// let text = isolate.call::<(i64, &str), String>("repeat_it", (3, "ab"))?;
    /// assert_eq!(text, "ababab");
    /// # }
    /// # Ok::<(), motet::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Link`] when there is no such function; [`Error::Host`] when an argument or the result cannot be
    /// converted; [`Error::Stopped`] when the function fails. The isolate stays usable after each.
    pub fn call<A: IntoArgs, R: FromGuest>(&mut self, callee: impl Callee, args: A) -> Result<R, Error> {
        let (callee, args) = self.call_parts(callee, args)?;
        let value = self.call_value(callee, &args)?;
        self.converted(value)
    }

    /// The guest's forms of a callee and arguments.
    pub(super) fn call_parts<A: IntoArgs>(
        &mut self,
        callee: impl Callee,
        args: A,
    ) -> Result<(Value, Vec<Value>), Error> {
        release(self.runtime_mut());
        let callee = callee.find(self)?;
        let args: Result<Vec<Value>, Fault> =
            self.visit(|cx| Ok(args.into_args(cx)?.into_iter().map(crate::Local::raw).collect()));
        let args = args?;
        for &arg in &args {
            self.runtime_mut().heap.share(arg);
        }
        Ok((callee, args))
    }

    /// A function of a loaded program, to be called more often than once.
    #[must_use]
    pub fn function(&mut self, module: ModuleHandle, name: &str) -> Option<Handle> {
        let value = self.named_function(module, name)?;
        Some(Handle::new(self.runtime_mut(), value))
    }

    /// A top-level variable of a program.
    ///
    /// # Errors
    /// [`Error::Link`] when there is none of this name or it has no value yet; [`Error::Host`] when it is of another
    /// kind.
    pub fn get<T: FromGuest>(&mut self, module: ModuleHandle, name: &str) -> Result<T, Error> {
        let value =
            self.global(module, name).ok_or_else(|| Error::Link(format!("no variable `{name}` has a value")))?;
        self.converted(value)
    }

    /// Sets a top-level variable of a program.
    ///
    /// # Errors
    /// [`Error::Link`] when there is none of this name and type.
    pub fn set<T: IntoGuest>(&mut self, module: ModuleHandle, name: &str, value: T) -> Result<(), Error> {
        let value = self.visit(|cx| value.into_guest(cx).map(crate::Local::raw))?;
        self.runtime_mut().heap.share(value);
        let done = self.set_global(module, name, value);
        if done { Ok(()) } else { Err(Error::Link(format!("no variable `{name}` can take the value"))) }
    }

    /// The guest's form of a Rust value, rooted.
    ///
    /// # Errors
    /// [`Error::Host`] when it does not fit into the heap.
    pub fn keep<T: IntoGuest>(&mut self, value: T) -> Result<Handle, Error> {
        let kept = self.visit(|cx| value.into_guest(cx).map(|local| cx.keep(local)))?;
        Ok(kept)
    }

    /// What a handle refers to, as a Rust value.
    ///
    /// # Errors
    /// [`Error::Host`] when it is of another kind, or the handle belongs to another isolate.
    pub fn open<T: FromGuest>(&mut self, handle: &Handle) -> Result<T, Error> {
        Ok(self.visit(|cx| cx.open(handle).and_then(|local| T::from_guest(local, cx)))?)
    }

    /// Visits the isolate between runs, with what host functions have.
    pub fn visit<R>(&mut self, visit: impl for<'h> FnOnce(&mut Context<'h>) -> R) -> R {
        Context::visit(self.runtime_mut(), visit)
    }

    /// Allows `units` more of fuel from now on, whatever was left; see [`crate::Limits::fuel`].
    pub fn refuel(&mut self, units: u64) {
        let rt = self.runtime_mut();
        rt.limits.fuel = Some(rt.charged.saturating_add(units));
    }

    /// Lets programs run for at most `nanos` nanoseconds of the host's monotonic clock from now on.
    pub fn set_time_left(&mut self, nanos: u64) {
        let rt = self.runtime_mut();
        rt.limits.deadline_nanos = Some(rt.host.monotonic_nanos().saturating_add(nanos));
    }

    /// Signatures of the host functions that programs of this isolate can call.
    #[must_use]
    pub fn host_functions(&self) -> &[HostFunction] {
        self.signatures()
    }

    fn named_function(&self, module: ModuleHandle, name: &str) -> Option<Value> {
        let global = self.global(module, name).filter(|v| v.is_callable());
        global.or_else(|| self.declared_function(module, name))
    }

    fn converted<T: FromGuest>(&mut self, value: Value) -> Result<T, Error> {
        Ok(self.visit(|cx| T::from_guest(cx.local(value), cx))?)
    }
}

impl Error {
    /// What went wrong, without place or trace.
    #[must_use]
    pub fn message(&self) -> String {
        self.to_string()
    }

    /// What sort of run-time error it is, if it is one.
    #[must_use]
    pub fn kind(&self) -> Option<motet_runtime::ErrorKind> {
        match self {
            Error::Stopped(stop) => match &**stop {
                motet_runtime::Stop::Uncaught { thrown: motet_runtime::Thrown::Error(e), .. } => Some(e.kind),
                _ => None,
            },
            Error::Host(fault) => fault.kind(),
            _ => None,
        }
    }

    /// The limit, or wish of the host, that stopped the program.
    #[must_use]
    pub fn trap(&self) -> Option<motet_runtime::Trap> {
        match self {
            Error::Stopped(stop) => match &**stop {
                motet_runtime::Stop::Trap { trap, .. } => Some(*trap),
                _ => None,
            },
            _ => None,
        }
    }

    /// Active calls of the program when it stopped, innermost first.
    #[must_use]
    pub fn trace(&self) -> &[motet_runtime::TraceFrame] {
        match self {
            Error::Stopped(stop) => match &**stop {
                motet_runtime::Stop::Uncaught { trace, .. } | motet_runtime::Stop::Trap { trace, .. } => trace,
                motet_runtime::Stop::Exit(_) => &[],
            },
            _ => &[],
        }
    }
}
