//! Isolates: a heap, a host, limits, and the tier that runs programs.

use alloc::{
    borrow::Cow,
    boxed::Box,
    collections::BTreeMap,
    string::{String, ToString},
    vec::Vec,
};

#[cfg(feature = "ast")]
use motet_eval::Evaluator;
use motet_ir::HostFunction;
use motet_opt::Level;
use motet_runtime::{Capabilities, Host, Limits, NativeDef, Runtime, Shared, Stop, Value};
use motet_source::Sources;
use motet_vm::Vm;

use crate::{
    Engine, Error, HostModule, Profile, ProfileOptions, Program, RunReport, Stats, profile::timer, render_stop,
};

/// What runs programs. All tiers give the same output, errors and traces.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tier {
    /// The reference evaluator, which walks core IR.
    #[cfg(feature = "ast")]
    Ast,
    /// The register interpreter.
    #[default]
    Vm,
}

/// How to set up an isolate.
pub struct Config {
    /// The world outside.
    pub host: Box<dyn Host>,
    /// What runs programs.
    pub tier: Tier,
    /// Bounds.
    pub limits: Limits,
    /// What programs may do.
    pub capabilities: Capabilities,
    /// Native functions of the embedder, by qualified name.
    pub natives: Vec<NativeDef>,
    /// Closures and object types of the embedder.
    pub modules: Vec<HostModule>,
    /// Collect at every safepoint: slow, for tests.
    pub gc_stress: bool,
    /// How much to optimise what programs compile while they run.
    pub level: Level,
    /// The saved state that programs begin with, in languages that have such; see [`Config::image`].
    pub image: Option<Vec<u8>>,
    /// Where the host writes a state that programs save; see [`Config::save_image`].
    pub save_image: Option<String>,
}

impl Config {
    /// The default tier and limits on a host, without any capability.
    pub fn new(host: impl Host + 'static) -> Self {
        Self {
            host: Box::new(host),
            tier: Tier::default(),
            limits: Limits::default(),
            capabilities: Capabilities::NONE,
            natives: Vec::new(),
            modules: Vec::new(),
            gc_stress: false,
            level: Level::default(),
            image: None,
            save_image: None,
        }
    }

    /// Chooses what runs programs.
    #[must_use]
    pub fn tier(mut self, tier: Tier) -> Self {
        self.tier = tier;
        self
    }

    /// Sets the bounds.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Grants capabilities.
    #[must_use]
    pub fn capabilities(mut self, capabilities: Capabilities) -> Self {
        self.capabilities = capabilities;
        self
    }

    /// Adds native functions.
    #[must_use]
    pub fn natives(mut self, natives: &[NativeDef]) -> Self {
        self.natives.extend_from_slice(natives);
        self
    }

    /// Adds closures and object types for programs.
    #[must_use]
    pub fn module(mut self, module: HostModule) -> Self {
        self.modules.push(module);
        self
    }

    /// Chooses how much to optimise what programs compile while they run.
    #[must_use]
    pub fn level(mut self, level: Level) -> Self {
        self.level = level;
        self
    }

    /// Begins with a state that a program saved. Its language checks the bytes when the program begins, and refuses those
    /// of another kind, version or of damaged content. The program must be compiled with
    /// `motet_ir::Options::image`.
    #[must_use]
    pub fn image(mut self, bytes: Vec<u8>) -> Self {
        self.image = Some(bytes);
        self
    }

    /// Lets programs save their state to this path without any capability.
    #[must_use]
    pub fn save_image(mut self, path: impl Into<String>) -> Self {
        self.save_image = Some(path.into());
        self
    }

    /// Collects at every safepoint.
    #[must_use]
    pub fn gc_stress(mut self, on: bool) -> Self {
        self.gc_stress = on;
        self
    }
}

/// A program that was loaded into an [`Isolate`]; of no meaning elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ModuleHandle(pub(crate) usize);

/// What became of one test.
#[derive(Debug)]
pub struct TestOutcome {
    /// Title, with group titles in front.
    pub name: String,
    /// Why it failed, if it did.
    pub result: Result<(), Stop>,
}

pub(crate) enum Machine {
    #[cfg(feature = "ast")]
    Ast(Box<Evaluator>),
    Vm(Box<Vm>),
}

#[derive(Clone, Copy)]
pub(crate) enum Id {
    #[cfg(feature = "ast")]
    Ast(motet_eval::ModuleId),
    Vm(motet_vm::ModuleId),
}

impl Id {
    /// Its number in the engine, as traces name it.
    pub(crate) fn number(self) -> u32 {
        match self {
            #[cfg(feature = "ast")]
            Id::Ast(id) => id.0,
            Id::Vm(id) => id.0,
        }
    }
}

pub(crate) struct Loaded {
    pub(crate) id: Id,
    pub(crate) sources: Shared<Sources>,
    pub(crate) language: String,
    /// Name in the registry, if it has one.
    pub(crate) name: Option<String>,
    /// What runs, on the reference evaluator: the next version is compared with it.
    #[cfg(feature = "ast")]
    pub(crate) program: Option<Program>,
    pub(crate) unloaded: bool,
}

/// Runs programs. One isolate shares nothing with another.
pub struct Isolate {
    engine: Engine,
    pub(crate) machine: Machine,
    pub(crate) modules: Vec<Loaded>,
    host: Vec<HostFunction>,
    /// What other threads ask for.
    pub(crate) link: crate::live::Link,
    /// Why nothing can be loaded here.
    broken: Option<String>,
}

impl Isolate {
    pub(crate) fn new(engine: &Engine, config: Config) -> Self {
        let mut rt = Runtime::new(config.host, config.limits);
        rt.capabilities = config.capabilities;
        for language in engine.languages() {
            rt.add_language((language.semantics)());
        }
        rt.add_natives(&config.natives);
        let mut host = Vec::new();
        let mut broken = None;
        for module in config.modules {
            match module.install(&mut rt) {
                Ok(signatures) => host.extend(signatures),
                Err(e) => broken = Some(e.to_string()),
            }
        }
        rt.heap.set_stress(config.gc_stress);
        rt.image = config.image;
        rt.save_image = config.save_image;
        #[cfg(feature = "compiler")]
        {
            rt.compiler = Some(Box::new(crate::compiler::LiveCompiler::new(engine, config.tier, config.level, &host)));
        }
        let machine = match config.tier {
            #[cfg(feature = "ast")]
            Tier::Ast => Machine::Ast(Box::new(Evaluator::new(rt))),
            Tier::Vm => Machine::Vm(Box::new(Vm::new(rt))),
        };
        Self { engine: engine.clone(), machine, modules: Vec::new(), host, link: crate::live::Link::default(), broken }
    }

    /// Offers more functions and object types to the programs that are compiled and loaded from now on. A function
    /// hides an earlier one of its name.
    ///
    /// # Errors
    /// [`Error::Link`] for names that are no identifiers, and for more functions than an isolate can have.
    pub fn add_module(&mut self, module: HostModule) -> Result<(), Error> {
        let signatures = module.install(self.runtime_mut())?;
        self.host.retain(|old| signatures.iter().all(|new| new.name != old.name));
        self.host.extend(signatures);
        Ok(())
    }

    /// The tier that runs programs here.
    #[must_use]
    pub fn tier(&self) -> Tier {
        match &self.machine {
            #[cfg(feature = "ast")]
            Machine::Ast(_) => Tier::Ast,
            Machine::Vm(_) => Tier::Vm,
        }
    }

    /// Loads a program. Nothing runs.
    ///
    /// # Errors
    /// [`Error::Link`] when the isolate lacks a language or native function; [`Error::NeedsSource`] for bytecode
    /// on [`Tier::Ast`]; [`Error::Emit`], [`Error::Check`], [`Error::Verify`].
    pub fn load(&mut self, program: &Program) -> Result<ModuleHandle, Error> {
        if let Some(why) = &self.broken {
            return Err(Error::Link(why.clone()));
        }
        let id = match &mut self.machine {
            #[cfg(feature = "ast")]
            Machine::Ast(evaluator) => {
                let module = program.ir().ok_or(Error::NeedsSource)?.clone();
                let id = evaluator.load(module).map_err(|e| match e {
                    motet_eval::LoadError::Malformed(e) => Error::Check(e),
                    missing => Error::Link(missing.to_string()),
                });
                Id::Ast(id?)
            }
            Machine::Vm(vm) => Id::Vm(vm.load(program.verified()?).map_err(|e| Error::Link(e.to_string()))?),
        };
        self.modules.push(Loaded {
            id,
            sources: program.sources().clone(),
            language: program.language().to_string(),
            name: None,
            #[cfg(feature = "ast")]
            program: matches!(id, Id::Ast(_)).then(|| program.clone()),
            unloaded: false,
        });
        Ok(ModuleHandle(self.modules.len() - 1))
    }

    /// Runs the program. Its value stays alive until the next run.
    ///
    /// # Errors
    /// [`Error::Stopped`].
    pub fn run(&mut self, module: ModuleHandle) -> Result<Value, Error> {
        self.before_program();
        let init = self.init_function(module)?;
        self.drive(init, &[], Some(module))
    }

    /// Calls a function value in its raw form; see [`Isolate::call`] for the form with handles. The result stays alive until the next run; so must `callee` and `args` until now:
    /// keep heap values in globals or in [`Runtime::roots`].
    ///
    /// # Errors
    /// [`Error::Stopped`].
    pub fn call_value(&mut self, callee: Value, args: &[Value]) -> Result<Value, Error> {
        self.drive(callee, args, None)
    }

    /// Titles of the program's tests, and the function of each. Empty unless it was compiled with tests.
    ///
    /// # Errors
    /// [`Error::Link`] for a handle of another isolate.
    pub fn tests(&self, module: ModuleHandle) -> Result<Vec<(String, Value)>, Error> {
        match (&self.machine, &self.loaded(module)?.id) {
            #[cfg(feature = "ast")]
            (Machine::Ast(evaluator), &Id::Ast(id)) => Ok(evaluator.tests(id)),
            (Machine::Vm(vm), &Id::Vm(id)) => Ok(vm.tests(id)),
            _ => Err(foreign_handle()),
        }
    }

    /// Runs all tests of the program in order.
    ///
    /// # Errors
    /// [`Error::Link`] for a handle of another isolate; failures of tests are in the outcomes.
    pub fn run_tests(&mut self, module: ModuleHandle) -> Result<Vec<TestOutcome>, Error> {
        let mut outcomes = Vec::new();
        for (name, func) in self.tests(module)? {
            let result = match self.call_value(func, &[]) {
                Ok(_) => Ok(()),
                Err(Error::Stopped(stop)) => Err(*stop),
                Err(other) => return Err(other),
            };
            outcomes.push(TestOutcome { name, result });
        }
        Ok(outcomes)
    }

    /// A global of the program; `None` if there is none or it has no value yet.
    #[must_use]
    pub fn global(&self, module: ModuleHandle, name: &str) -> Option<Value> {
        match (&self.machine, &self.known(module)?.id) {
            #[cfg(feature = "ast")]
            (Machine::Ast(evaluator), &Id::Ast(id)) => evaluator.global(id, name),
            (Machine::Vm(vm), &Id::Vm(id)) => vm.global(id, name),
            _ => None,
        }
    }

    /// Sets a global of the program before it runs; false if there is none of this name.
    pub fn set_global(&mut self, module: ModuleHandle, name: &str, value: Value) -> bool {
        let Some(id) = self.known(module).map(|m| m.id) else { return false };
        match (&mut self.machine, id) {
            #[cfg(feature = "ast")]
            (Machine::Ast(evaluator), Id::Ast(id)) => evaluator.set_global(id, name, value),
            (Machine::Vm(vm), Id::Vm(id)) => vm.set_global(id, name, value),
            _ => false,
        }
    }

    /// Names and values of the program's globals that have a value.
    #[must_use]
    pub fn globals(&self, module: ModuleHandle) -> Vec<(String, Value)> {
        match (&self.machine, self.known(module).map(|m| &m.id)) {
            #[cfg(feature = "ast")]
            (Machine::Ast(evaluator), Some(&Id::Ast(id))) => evaluator.global_values(id),
            (Machine::Vm(vm), Some(&Id::Vm(id))) => vm.global_values(id),
            _ => Vec::new(),
        }
    }

    /// The isolate's state: heap, symbols, host, limits.
    #[must_use]
    pub fn runtime(&self) -> &Runtime {
        match &self.machine {
            #[cfg(feature = "ast")]
            Machine::Ast(evaluator) => &evaluator.rt,
            Machine::Vm(vm) => &vm.rt,
        }
    }

    /// The isolate's state, for changes between runs.
    pub fn runtime_mut(&mut self) -> &mut Runtime {
        match &mut self.machine {
            #[cfg(feature = "ast")]
            Machine::Ast(evaluator) => &mut evaluator.rt,
            Machine::Vm(vm) => &mut vm.rt,
        }
    }

    pub(crate) fn machine(&self) -> &Machine {
        &self.machine
    }

    pub(crate) fn machine_mut(&mut self) -> &mut Machine {
        &mut self.machine
    }

    /// The function that runs a program.
    pub(crate) fn init_function(&mut self, module: ModuleHandle) -> Result<Value, Error> {
        let id = self.loaded(module)?.id;
        match (&mut self.machine, id) {
            #[cfg(feature = "ast")]
            (Machine::Ast(evaluator), Id::Ast(id)) => Ok(evaluator.init(id)),
            (Machine::Vm(vm), Id::Vm(id)) => Ok(vm.init(id)),
            _ => Err(foreign_handle()),
        }
    }

    /// The interpreter, on [`Tier::Vm`].
    pub fn vm(&mut self) -> Option<&mut Vm> {
        match &mut self.machine {
            #[cfg(feature = "ast")]
            Machine::Ast(_) => None,
            Machine::Vm(vm) => Some(vm),
        }
    }

    /// Samples from the next run on where time goes, until [`Isolate::profile_stop`]; a profile that was not stopped is
    /// given up. Programs behave the same and run somewhat slower; other isolates, and this one later, do not.
    ///
    /// ```
    /// # #[cfg(feature = "lang-moon")] {
    /// use motet::{CaptureHost, Config, Engine, ProfileOptions};
    ///
    /// let engine = Engine::new();
    /// let text = "fn spin(n: Int) -> Int { let i = 0; while i < n { i += 1; } i }\nspin(300000)";
    /// let program = engine.compile("moon", "spin.moon", text)?;
    /// let (host, _) = CaptureHost::new();
    /// let mut isolate = engine.isolate(Config::new(host));
    /// let module = isolate.load(&program)?;
    /// // The host's clock makes this repeatable; leave it out to profile in real time.
    /// isolate.profile_start(ProfileOptions { host_clock: true, ..ProfileOptions::default() })?;
    /// isolate.run(module)?;
    /// let profile = isolate.profile_stop().expect("was started");
    /// let (hottest, nanos) = profile.self_times()[0];
    /// assert_eq!(profile.function_of(hottest).map(|f| f.name.as_str()), Some("spin"));
    /// assert!(nanos * 2 > profile.total_nanos());
    /// # }
    /// # Ok::<(), motet::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Unsupported`] on [`Tier::Ast`].
    pub fn profile_start(&mut self, options: ProfileOptions) -> Result<(), Error> {
        let vm = self.measured()?;
        let clock = if options.host_clock { None } else { timer(options.interval) };
        vm.sample(options.interval, clock);
        Ok(())
    }

    /// Ends profiling; `None` if it was not on.
    pub fn profile_stop(&mut self) -> Option<Profile> {
        let samples = self.vm()?.stop_sample()?;
        let of_module = |module: u32| {
            let id = motet_vm::ModuleId(module);
            let found = self.modules.iter().find(|m| matches!(m.id, Id::Vm(other) if other == id));
            found.map(|m| &*m.sources)
        };
        Some(Profile::new(&samples, of_module))
    }

    /// Counts instructions, calls and cache hits from the next run on, for [`Stats::counts`]. Programs take 1.5 to 3
    /// times as long.
    ///
    /// # Errors
    /// [`Error::Unsupported`] on [`Tier::Ast`].
    pub fn count_start(&mut self) -> Result<(), Error> {
        self.measured()?.count();
        Ok(())
    }

    /// Measures collections and translations from now on with the host's clock, for [`Stats::timings`].
    ///
    /// # Errors
    /// [`Error::Unsupported`] on [`Tier::Ast`].
    pub fn time_start(&mut self) -> Result<(), Error> {
        self.measured()?.time();
        Ok(())
    }

    fn measured(&mut self) -> Result<&mut Vm, Error> {
        self.vm().ok_or(Error::Unsupported("the reference evaluator cannot be profiled; use the tier `vm`"))
    }

    /// Figures about this isolate since it was made.
    #[must_use]
    pub fn stats(&self) -> Stats {
        let rt = self.runtime();
        let heap = rt.heap.stats();
        let stats = Stats {
            fuel: rt.charged,
            allocations: heap.allocations,
            freed: heap.freed,
            heap_bytes: rt.heap.bytes(),
            collections: heap.collections,
            ..Stats::default()
        };
        let Machine::Vm(vm) = &self.machine else { return stats };
        let own = vm.stats();
        Stats {
            allocated_bytes: Some(own.released + rt.heap.bytes() as u64),
            peak_heap: Some(own.peak_heap),
            translated: own.translated,
            counts: vm.counts(),
            timings: vm.timings().cloned(),
            ..stats
        }
    }

    /// Display text of a value in the program's language.
    #[must_use]
    pub fn display(&self, module: ModuleHandle, v: Value) -> String {
        let mut out = String::new();
        if let Some(language) = self.language_index(module) {
            let rt = self.runtime();
            rt.languages[language as usize].display(rt, v, &mut out);
        }
        out
    }

    /// Name of the language of the program's main file; empty for a handle of another isolate.
    #[must_use]
    pub fn language(&self, module: ModuleHandle) -> &str {
        self.modules.get(module.0).map_or("", |m| &m.language)
    }

    /// Exit status that the program's result asks for, if its language has that.
    #[must_use]
    pub fn exit_status(&self, module: ModuleHandle, v: Value) -> Option<i32> {
        let rt = self.runtime();
        rt.languages[self.language_index(module)? as usize].exit_status(rt, v)
    }

    /// What the program's language prints for a result, if it prints results.
    #[must_use]
    pub fn result_text(&self, module: ModuleHandle, v: Value) -> Option<String> {
        let rt = self.runtime();
        rt.languages[self.language_index(module)? as usize].result_text(rt, v)
    }

    /// A stop as the program's language shows uncaught errors; empty for [`Stop::Exit`].
    #[must_use]
    pub fn report(&self, module: ModuleHandle, stop: &Stop) -> String {
        let Some(loaded) = self.modules.get(module.0) else { return String::new() };
        let Some(report) = self.engine.report_of(&loaded.language) else {
            return self.explain(module, stop, false);
        };
        let (stop, sources) = self.placed(loaded, stop);
        let mut text = String::new();
        RunReport::new(&stop, &sources, &mut text).map_or(String::new(), |r| report(&r))
    }

    /// A stop in Motet's own form, with an excerpt of the source; empty for [`Stop::Exit`].
    #[must_use]
    pub fn explain(&self, module: ModuleHandle, stop: &Stop, colour: bool) -> String {
        let Some(loaded) = self.modules.get(module.0) else { return String::new() };
        let (stop, sources) = self.placed(loaded, stop);
        render_stop(&stop, &sources, colour)
    }

    /// A stop whose trace refers to the given files alone: those of the program and of other modules that its calls
    /// lead through, such as text that it compiled itself.
    fn placed<'a>(&self, loaded: &'a Loaded, stop: &'a Stop) -> (Cow<'a, Stop>, Cow<'a, Sources>) {
        let own = loaded.id.number();
        let trace = match stop {
            Stop::Uncaught { trace, .. } | Stop::Trap { trace, .. } => trace.as_slice(),
            Stop::Exit(_) => &[],
        };
        if trace.iter().all(|frame| frame.module == own) {
            return (Cow::Borrowed(stop), Cow::Borrowed(&loaded.sources));
        }
        let (mut stop, mut sources) = (stop.clone(), Sources::clone(&loaded.sources));
        let mut first = BTreeMap::new();
        if let Stop::Uncaught { trace, .. } | Stop::Trap { trace, .. } = &mut stop {
            for frame in trace.iter_mut().filter(|frame| frame.module != own) {
                let first = *first.entry(frame.module).or_insert_with(|| {
                    let at = sources.iter().count() as u32;
                    self.files_of(frame.module, &mut |name, text| {
                        sources.add(name, text);
                    });
                    at
                });
                frame.source += first;
            }
        }
        (Cow::Owned(stop), Cow::Owned(sources))
    }

    /// Names and texts of the files of a module, by its number in the engine.
    fn files_of(&self, module: u32, file: &mut dyn FnMut(&str, &str)) {
        if let Some(known) = self.modules.iter().find(|m| m.id.number() == module) {
            known.sources.iter().for_each(|(_, f)| file(&f.name, &f.text));
            return;
        }
        match &self.machine {
            #[cfg(feature = "ast")]
            Machine::Ast(evaluator) => {
                let module = evaluator.known_module(motet_eval::ModuleId(module));
                module.iter().flat_map(|m| m.sources.iter()).for_each(|(_, f)| file(&f.name, &f.text));
            }
            Machine::Vm(vm) => {
                let debug = vm.known_module(motet_vm::ModuleId(module)).and_then(|m| m.debug.as_ref());
                let files = debug.iter().flat_map(|d| &d.sources);
                files.for_each(|f| file(&f.name, f.text.as_deref().unwrap_or("")));
            }
        }
    }

    /// Names of the functions that are active now, innermost first; see [`Vm::each_call`]. Nothing on
    /// the reference evaluator.
    pub fn each_call(&self, visit: &mut dyn FnMut(&str)) {
        if let Machine::Vm(vm) = &self.machine {
            vm.each_call(visit);
        }
    }

    /// The engine that made this isolate.
    #[must_use]
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    pub(crate) fn signatures(&self) -> &[HostFunction] {
        &self.host
    }

    pub(crate) fn module_handles(&self) -> impl DoubleEndedIterator<Item = ModuleHandle> + use<> {
        let handles: Vec<_> =
            (0..self.modules.len()).filter(|&i| !self.modules[i].unloaded).map(ModuleHandle).collect();
        handles.into_iter()
    }

    /// A function that the program declares at its top level.
    pub(crate) fn declared_function(&self, module: ModuleHandle, name: &str) -> Option<Value> {
        match (&self.machine, &self.known(module)?.id) {
            #[cfg(feature = "ast")]
            (Machine::Ast(evaluator), &Id::Ast(id)) => evaluator.function(id, name),
            (Machine::Vm(vm), &Id::Vm(id)) => vm.function(id, name),
            _ => None,
        }
    }

    pub(crate) fn language_index(&self, module: ModuleHandle) -> Option<u32> {
        self.runtime().find_language(&self.modules.get(module.0)?.language)
    }

    pub(crate) fn loaded(&self, module: ModuleHandle) -> Result<&Loaded, Error> {
        match self.modules.get(module.0) {
            Some(loaded) if loaded.unloaded => Err(Error::Link("the module was unloaded".into())),
            Some(loaded) => Ok(loaded),
            None => Err(foreign_handle()),
        }
    }

    /// The module, unless it was unloaded.
    fn known(&self, module: ModuleHandle) -> Option<&Loaded> {
        self.loaded(module).ok()
    }
}

pub(crate) fn foreign_handle() -> Error {
    Error::Link("the module handle belongs to another isolate".into())
}
