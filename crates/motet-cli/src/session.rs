//! What every command does with a program: compile, run, dump, verify; and how
//! failures are shown.

use std::io::{IsTerminal as _, Write as _};
use std::path::Path;
use std::time::{Duration, Instant};

use motet::{
    Capabilities, CaptureHost, Compilation, CompileError, CompileOptions, Compression, Config, Diagnostic, EmitCError,
    Engine, Error, FileLoader, Host, Isolate, KeyId, Language, Level, Limits, ModuleHandle, PbcOptions, Profile,
    ProfileOptions, Program, PublicKey, SecretKey, Sources, StdHost, Stop, Tier, Value,
};
use motet_bytecode::{Container, Limits as FormatLimits};
use motet_cache::Recorder;

use crate::cache::{Attempt, Choice};
use crate::cli::Colour;
use crate::input::{self, Content, Input};
use crate::profile::{self, Target};
use crate::stats::{self, Measure, Steps};
use crate::testing::TestResult;
use crate::{exit, json};

/// How errors are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Style {
    /// Motet's own form: excerpt, carets, help, calls.
    #[default]
    Rich,
    /// The form of the language's own tool.
    Native,
    /// The form of the language's own tool, then the place and the help of Motet's form.
    NativeWithPlace,
    /// `ruff run --json-runtime-diagnostics`: run-time errors as JSON, the rest as [`Style::Native`].
    RuffJson,
}

/// Everything that the command line chose.
#[derive(Clone, Debug)]
pub struct Session {
    /// Engine.
    pub tier: Tier,
    /// Optimisation level, if it was given.
    pub level: Option<u8>,
    /// Without Motet's extensions of the language.
    pub core: bool,
    /// Units of work.
    pub fuel: Option<u64>,
    /// Heap bytes.
    pub max_heap: Option<usize>,
    /// Nested calls.
    pub max_depth: Option<usize>,
    /// Wall-clock time.
    pub timeout: Option<Duration>,
    /// What the program may do.
    pub capabilities: Capabilities,
    /// Arguments of the program.
    pub args: Vec<String>,
    /// Form of errors.
    pub style: Style,
    /// Diagnostics as JSON on standard output.
    pub json: bool,
    /// When to colour.
    pub colour: Colour,
    /// Print figures at the end of a run.
    pub stats: Option<Measure>,
    /// Where to write a profile of a run.
    pub profile: Option<Target>,
    /// What Moon's tool calls a run-time error, if not `vm error`.
    pub kind_word: Option<&'static str>,
    /// Folder of imports, if it was given.
    pub root: Option<String>,
    /// Only what the program imports by name.
    pub explicit: bool,
    /// Files of the program that come before the one that is named last.
    pub files: Vec<String>,
    /// Folders that are searched for classes.
    pub path: Vec<String>,
    /// What is called instead of the program's beginning.
    pub call: Option<String>,
    /// The program is an expression whose value is shown.
    pub evaluate: bool,
    /// The function without which Rae's tool does not run a program.
    pub entry: Option<&'static str>,
    /// Keys one of which must have signed a program; `None` if nobody asks.
    pub trusted: Option<Vec<PublicKey>>,
    /// Use of the cache of compiled programs.
    pub cache: Choice,
    /// The saved state in which the program goes on, in languages that have such: a path.
    pub image: Option<String>,
    /// Where the program's state is written when the program saves it.
    pub save_image: Option<String>,
    /// How web programs are served.
    #[cfg(feature = "web")]
    pub web: crate::serve::Web,
}

/// What `build` is to make.
#[derive(Debug, Default)]
pub struct Build {
    /// Leave out names, places and source texts.
    pub strip: bool,
    /// Compress what gets shorter.
    pub compress: bool,
    /// Who signs it.
    pub key: Option<SecretKey>,
}

impl Default for Session {
    fn default() -> Self {
        Session {
            tier: Tier::Vm,
            level: None,
            core: false,
            fuel: None,
            max_heap: None,
            max_depth: None,
            timeout: None,
            capabilities: Capabilities::ALL,
            args: Vec::new(),
            style: Style::Rich,
            json: false,
            colour: Colour::Auto,
            stats: None,
            profile: None,
            kind_word: None,
            root: None,
            explicit: false,
            files: Vec::new(),
            path: Vec::new(),
            call: None,
            evaluate: false,
            entry: None,
            trusted: None,
            cache: Choice::default(),
            image: None,
            save_image: None,
            #[cfg(feature = "web")]
            web: crate::serve::Web::default(),
        }
    }
}

/// What `check` found out about a program without errors.
pub struct Checked {
    /// Type of the result, for languages that have types.
    pub result_type: Option<String>,
    /// Top-level statements, if they were to be counted.
    pub statements: usize,
    /// Instructions of portable bytecode.
    pub instructions: usize,
}

impl Session {
    /// Whether diagnostics are coloured.
    pub fn coloured(&self) -> bool {
        match self.colour {
            Colour::Always => true,
            Colour::Never => false,
            Colour::Auto => {
                std::io::stderr().is_terminal()
                    && std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty())
                    && std::env::var_os("TERM").is_none_or(|t| t != "dumb")
            }
        }
    }

    /// How programs are compiled.
    pub fn options(&self, default_level: u8, tests: bool) -> CompileOptions {
        let level = match self.level.unwrap_or(default_level) {
            0 => Level::O0,
            1 => Level::O1,
            _ => Level::O2,
        };
        let mut options = CompileOptions { level, ..CompileOptions::default() };
        options.frontend.core = self.core;
        options.frontend.whole = true;
        options.frontend.tests = tests;
        options.frontend.root.clone_from(&self.root);
        options.frontend.explicit = self.explicit;
        options.frontend.files.clone_from(&self.files);
        options.frontend.path.clone_from(&self.path);
        options.frontend.call.clone_from(&self.call);
        options.frontend.evaluate = self.evaluate;
        options.frontend.image = self.image.is_some();
        options
    }

    /// The program of an input. Problems are shown; the exit status is the error.
    pub fn program(&self, engine: &Engine, input: &Input, default_level: u8, tests: bool) -> Result<Program, u8> {
        match &input.content {
            Content::Module(bytes) => self.module(&input.name, bytes),
            Content::Source { .. } if self.trusted.is_some() => Err(self.fail_with(
                &format!("{}: source files are not signed, so this one cannot be trusted", input.name),
                "`motet build --sign KEY FILE` makes a signed .pbc file",
                exit::UNSIGNED,
            )),
            Content::Source { language, text } => {
                let language = engine.language(language).map_err(|e| self.fail(&e.to_string(), exit::USAGE))?;
                let options = self.options(default_level, tests);
                let compilation =
                    (language.frontend)().compile(&input.name, text, &mut FileLoader::default(), &options.frontend);
                self.finish(language, compilation, options.level)
            }
        }
    }

    /// The program of a `.pbc` file, signed as the command line asks for.
    fn module(&self, name: &str, bytes: &[u8]) -> Result<Program, u8> {
        let limits = FormatLimits::trusted();
        match &self.trusted {
            Some(keys) => Program::from_pbc_signed(bytes, &limits, keys),
            None => Program::from_pbc(bytes, &limits),
        }
        .map_err(|e| self.refuse_module(name, &e))
    }

    /// Says what is wrong with a `.pbc` file; returns the status.
    pub fn refuse_module(&self, name: &str, error: &Error) -> u8 {
        let status = if matches!(error, Error::Signature(_)) { exit::UNSIGNED } else { exit::FAILED };
        self.fail_with(&format!("{name}: {error}"), error.help(), status)
    }

    /// The program of an input that is to be run. If it has an error, what runs before that does so now.
    fn runnable(&self, engine: &Engine, input: &Input) -> Result<Program, u8> {
        let (Content::Source { language, text }, None) = (&input.content, &self.trusted) else {
            return self.program(engine, input, 1, false);
        };
        let language = engine.language(language).map_err(|e| self.fail(&e.to_string(), exit::USAGE))?;
        let options = self.options(1, false);
        let mut cached = Attempt::new(self, input, &options);
        if let Some(program) = cached.find() {
            return Ok(program);
        }
        let frontend = (language.frontend)();
        let mut recorder = Recorder::default();
        let mut compilation = frontend.compile(&input.name, text, &mut recorder, &options.frontend);
        match compilation.before.take().and_then(|before| self.run_before(engine, language, before)) {
            Some(status) => Err(status),
            None => {
                // What there is to say is said at each run.
                let silent = compilation.diagnostics.is_empty();
                let program = self.finish(language, compilation, options.level)?;
                Ok(if silent { cached.keep(&recorder, program) } else { program })
            }
        }
    }

    /// Runs what comes before the report of an error; the exit status if that is the end of it.
    fn run_before(&self, engine: &Engine, language: &'static Language, before: motet_ir::Module) -> Option<u8> {
        let part = Compilation { module: Some(before), ..Compilation::default() };
        let program = match self.finish(language, part, Level::O0) {
            Ok(program) => program,
            Err(status) => return Some(status),
        };
        let mut isolate = self.isolate(engine, StdHost::new(self.args.clone()));
        let module = match self.load(&mut isolate, &program) {
            Ok(module) => module,
            Err(status) => return Some(status),
        };
        let status = match isolate.run(module) {
            Ok(_) => None,
            Err(Error::Stopped(stop)) => {
                let status = status_of(engine, program.language(), &stop);
                if !matches!(*stop, Stop::Exit(_)) {
                    self.report(&isolate, module, &stop, status);
                }
                Some(status)
            }
            Err(other) => Some(self.fail(&other.to_string(), exit::INTERNAL)),
        };
        isolate.runtime_mut().host.flush();
        status
    }

    fn finish(&self, language: &'static Language, compilation: Compilation, level: Level) -> Result<Program, u8> {
        if !compilation.has_errors() && !compilation.diagnostics.is_empty() {
            self.show(&compilation.diagnostics, &compilation.sources, language);
        }
        Engine::finish(language, compilation, level).map_err(|e| match e {
            Error::Compile(e) => self.refuse(language, &e),
            other => self.fail(&other.to_string(), exit::INTERNAL),
        })
    }

    /// Shows the diagnostics of a program that does not compile; returns its exit status.
    pub fn refuse(&self, language: &'static Language, error: &CompileError) -> u8 {
        let compilation = &error.compilation;
        self.show(&compilation.diagnostics, &compilation.sources, language);
        language.compile_status(&compilation.diagnostics)
    }

    /// Shows diagnostics.
    pub fn show(&self, diagnostics: &[Diagnostic], sources: &Sources, language: &'static Language) {
        if self.json {
            println!("{}", motet_source::render_json(diagnostics, sources));
            return;
        }
        let text = match self.style {
            Style::Rich => motet_source::render_text(diagnostics, sources, self.coloured()),
            Style::Native | Style::RuffJson => (language.frontend)().render(diagnostics, sources),
            Style::NativeWithPlace => diagnostics.iter().fold(String::new(), |text, one| {
                let one = std::slice::from_ref(one);
                let rich = motet_source::render_text(one, sources, self.coloured());
                text + &shown(&(language.frontend)().render(one, sources)) + place_of(&rich)
            }),
        };
        print_err(&text);
    }

    /// Says what went wrong outside of the program; returns the status.
    pub fn fail(&self, message: &str, status: u8) -> u8 {
        self.fail_with(message, "", status)
    }

    /// As [`Session::fail`], and says what can be done about it unless that is empty.
    pub fn fail_with(&self, message: &str, help: &str, status: u8) -> u8 {
        if self.json {
            let help = if help.is_empty() { String::new() } else { format!(",\"help\":{}", json::string(help)) };
            println!("[{{\"severity\":\"error\",\"message\":{}{help}}}]", json::string(message));
        } else {
            let (red, reset) = if self.coloured() { ("\x1b[1;31m", "\x1b[0m") } else { ("", "") };
            let help = if help.is_empty() { String::new() } else { format!("  = help: {help}\n") };
            let word = if self.style == Style::NativeWithPlace { "Error" } else { "error" };
            print_err(&format!("{red}{word}{reset}: {message}\n{help}"));
        }
        status
    }

    /// Bounds of programs.
    pub fn limits(&self) -> Limits {
        let mut limits = Limits { fuel: self.fuel, ..Limits::default() };
        if let Some(heap) = self.max_heap {
            limits.heap_bytes = heap;
        }
        if let Some(depth) = self.max_depth {
            limits.depth = depth;
        }
        limits
    }

    /// An isolate for one run.
    pub fn isolate(&self, engine: &Engine, host: impl Host + 'static) -> Isolate {
        let mut config = Config::new(host).tier(self.tier).limits(self.limits()).capabilities(self.capabilities);
        config.level = self.options(1, false).level;
        config.save_image.clone_from(&self.save_image);
        let mut isolate = engine.isolate(config);
        if let Some(timeout) = self.timeout {
            let runtime = isolate.runtime_mut();
            let wait = u64::try_from(timeout.as_nanos()).unwrap_or(u64::MAX);
            runtime.limits.deadline_nanos = Some(runtime.host.monotonic_nanos().saturating_add(wait));
        }
        isolate
    }

    /// Loads a program; problems are shown.
    pub fn load(&self, isolate: &mut Isolate, program: &Program) -> Result<ModuleHandle, u8> {
        isolate.load(program).map_err(|e| match e {
            Error::NeedsSource => self.fail(&format!("{e}; use --tier vm"), exit::USAGE),
            Error::Check(_) => self.fail(&e.to_string(), exit::INTERNAL),
            other => self.fail(&other.to_string(), exit::FAILED),
        })
    }

    /// Runs a program.
    pub fn run(&self, input: &Input) -> u8 {
        if let Err(status) = self.can_measure() {
            return status;
        }
        let engine = Engine::new();
        let mut steps = Steps::default();
        let start = Instant::now();
        let program = match self.runnable(&engine, input) {
            Ok(program) => program,
            Err(status) => return status,
        };
        steps.compile = start.elapsed();
        let is_source = matches!(input.content, Content::Source { .. });
        if let Some(entry) = self.entry.filter(|e| is_source && !program.has_function(e)) {
            print_err(&format!("{}:0:0: no `func {entry}` found for VM execution\n", input.name));
            return exit::FAILED;
        }
        let host = StdHost::new(self.args.clone());
        #[cfg(feature = "web")]
        let gate = std::sync::Arc::new(self.web.gate());
        #[cfg(feature = "web")]
        let host = host.gate(gate.clone());
        let mut isolate = self.isolate(&engine, host);
        if let Some(path) = &self.image {
            match input::read_image(path) {
                Ok(bytes) => isolate.runtime_mut().image = Some(bytes),
                Err(status) => return status,
            }
        }
        let start = Instant::now();
        let module = match self.load(&mut isolate, &program) {
            Ok(module) => module,
            Err(status) => return status,
        };
        steps.load = start.elapsed();
        if let Err(e) = self.start_measuring(&mut isolate) {
            return self.fail(&e.to_string(), exit::USAGE);
        }
        let start = Instant::now();
        let result = isolate.run(module);
        steps.run = start.elapsed();
        let mut status = match isolate.application(module) {
            #[cfg(feature = "web")]
            Ok(Some(application)) => crate::serve::serve(self, &engine, &program, application, &gate),
            Ok(_) => self.conclude(&engine, &mut isolate, module, result),
            Err(e) => self.fail(&e.to_string(), exit::FAILED),
        };
        if self.stats.is_some() {
            let stats = isolate.stats();
            print_err(&if self.json { stats::json(&stats, &steps) } else { stats::text(&stats, &steps) });
        }
        if let (Some(target), Some(profile)) = (&self.profile, isolate.profile_stop()) {
            let written = self.write_profile(target, &profile, &input.name);
            status = if status == exit::OK { written } else { status };
        }
        // Freeing a large heap takes time and serves nobody.
        std::mem::forget(isolate);
        status
    }

    /// Refuses measurements that would fail after the run.
    fn can_measure(&self) -> Result<(), u8> {
        let Some(target) = &self.profile else { return Ok(()) };
        if self.tier == Tier::Ast {
            return Err(self.fail("--profile needs --tier vm: the reference evaluator has no profiler", exit::USAGE));
        }
        let path = target.path().display();
        target.probe().map_err(|e| self.fail(&format!("cannot write the profile `{path}`: {e}"), exit::IO))
    }

    fn start_measuring(&self, isolate: &mut Isolate) -> Result<(), Error> {
        if self.profile.is_some() {
            isolate.profile_start(ProfileOptions::default())?;
        }
        // On the reference evaluator the figures are those that it has anyway.
        if self.tier == Tier::Vm && self.stats.is_some() {
            isolate.time_start()?;
        }
        if self.tier == Tier::Vm && self.stats == Some(Measure::All) {
            isolate.count_start()?;
        }
        Ok(())
    }

    fn write_profile(&self, target: &Target, profile: &Profile, name: &str) -> u8 {
        let path = target.path().display();
        if let Err(e) = target.write(profile, name) {
            return self.fail(&format!("cannot write the profile `{path}`: {e}"), exit::IO);
        }
        let total = profile::duration(profile.total_nanos());
        let note = if profile.samples.is_empty() { "; the program ended before the first sample" } else { "" };
        print_err(&format!("profile: {path} ({total} in samples{note})\n"));
        exit::OK
    }

    /// Shows the result or error of a run; returns the exit status.
    pub fn conclude(
        &self,
        engine: &Engine,
        isolate: &mut Isolate,
        module: ModuleHandle,
        result: Result<Value, Error>,
    ) -> u8 {
        match result {
            Ok(value) => {
                if let Some(mut text) = isolate.result_text(module, value) {
                    text.push('\n');
                    let host = &mut isolate.runtime_mut().host;
                    host.write_out(text.as_bytes());
                    host.flush();
                }
                isolate.exit_status(module, value).map_or(exit::OK, |status| (status & 0xff) as u8)
            }
            Err(Error::Stopped(stop)) => {
                if let Stop::Exit(status) = *stop {
                    return (status & 0xff) as u8;
                }
                let status = status_of(engine, isolate.language(module), &stop);
                self.report(isolate, module, &stop, status);
                status
            }
            Err(other) => self.fail(&other.to_string(), exit::INTERNAL),
        }
    }

    /// Shows why a program stopped.
    pub fn report(&self, isolate: &Isolate, module: ModuleHandle, stop: &Stop, status: u8) {
        if self.style == Style::RuffJson {
            println!("{}", ruff_json(stop, status));
        } else if self.json {
            println!("{}", stop_json(stop, isolate.report(module, stop).lines().next().unwrap_or("")));
        } else if self.style == Style::NativeWithPlace {
            let rich = isolate.explain(module, stop, self.coloured());
            print_err(&(shown(&isolate.report(module, stop)) + place_of(&rich)));
        } else if self.style == Style::Native {
            let text = isolate.report(module, stop);
            match self.kind_word {
                Some(word) => print_err(&text.replacen(": vm error: ", &format!(": {word}: "), 1)),
                None => print_err(&text),
            }
        } else {
            print_err(&isolate.explain(module, stop, self.coloured()));
        }
    }

    /// Runs a program and returns all that it printed, errors included.
    pub fn capture(&self, input: &Input) -> String {
        let engine = Engine::new();
        let Content::Source { language, text } = &input.content else { return String::new() };
        let Ok(language) = engine.language(language) else { return String::new() };
        let options = self.options(1, false);
        let mut loader = FileLoader::default();
        let program = match engine.compile_with(language, &input.name, text, &mut loader, &options) {
            Ok(program) => program,
            Err(e) => return e.to_string(),
        };
        let (host, output) = CaptureHost::new();
        let mut isolate = self.isolate(&engine, host);
        let Ok(module) = isolate.load(&program) else { return String::new() };
        let report = match isolate.run(module) {
            Ok(value) => isolate.result_text(module, value).unwrap_or_default(),
            Err(Error::Stopped(stop)) => isolate.report(module, &stop),
            Err(e) => e.to_string(),
        };
        output.out() + &output.err() + &report
    }

    /// Compiles without running; `passed` is called when there are no errors. `count`: count statements for it.
    /// `tests`: tests are compiled as well, which a program that is run leaves out.
    pub fn check(&self, input: &Input, count: bool, tests: bool, passed: impl FnOnce(&Checked)) -> u8 {
        let engine = Engine::new();
        let Content::Source { language, text } = &input.content else { return self.verify(input) };
        let language = match engine.language(language) {
            Ok(language) => language,
            Err(e) => return self.fail(&e.to_string(), exit::USAGE),
        };
        let frontend = (language.frontend)();
        if tests {
            let options = self.options(0, true);
            let tested = frontend.compile(&input.name, text, &mut FileLoader::default(), &options.frontend);
            if tested.has_errors() {
                return self.finish(language, tested, Level::O0).err().unwrap_or(exit::INTERNAL);
            }
        }
        let options = self.options(0, false);
        let compilation = frontend.compile(&input.name, text, &mut FileLoader::default(), &options.frontend);
        let result_type = compilation.result_type.clone();
        if self.json && !compilation.has_errors() {
            println!("{}", motet_source::render_json(&compilation.diagnostics, &compilation.sources));
        }
        let program = match self.finish(language, compilation, Level::O0) {
            Ok(program) => program,
            Err(status) => return status,
        };
        let bytecode = match program.bytecode(false) {
            Ok(bytecode) => bytecode,
            Err(e) => return self.fail(&e.to_string(), language.compile_status(&[])),
        };
        let dump = count.then(|| frontend.dump_ast(&input.name, text, &options.frontend).ok()).flatten();
        let statements = dump.map_or(0, |dump| top_level(&dump));
        passed(&Checked { result_type, statements, instructions: instructions(&bytecode) });
        // The process ends now; freeing a large tree serves nobody.
        std::mem::forget((program, bytecode));
        exit::OK
    }

    /// Compiles to a `.pbc` file.
    pub fn build(&self, input: &Input, output: &str, build: &Build) -> u8 {
        match self.pbc(input, build) {
            Ok(bytes) => self.write_output(output, &bytes),
            Err(status) => status,
        }
    }

    /// The bytes of a `.pbc` file.
    pub fn pbc(&self, input: &Input, build: &Build) -> Result<Vec<u8>, u8> {
        let program = self.program(&Engine::new(), input, 2, false)?;
        let compression = if build.compress { Compression::Lz4 } else { Compression::None };
        // What was signed stays signed, as long as only the way in which it is stored changes.
        if let (Content::Module(bytes), None) = (&input.content, &build.key) {
            let container = Container::open(bytes, &FormatLimits::trusted());
            let container = container.map_err(|e| self.refuse_module(&input.name, &e.into()))?;
            if let Some(signature) = container.signature() {
                if !build.strip {
                    let rewritten = container.rewrite(compression, Some(signature));
                    return rewritten.map_err(|e| self.refuse_module(&input.name, &e.into()));
                }
                print_err(&format!(
                    "note: the result is not signed: --strip changes what {} was signed for\n",
                    input.name
                ));
            }
        }
        let options = PbcOptions { debug: !build.strip, compression, key: build.key.as_ref() };
        let bytes = program.verified().and_then(|_| program.to_pbc_with(&options));
        bytes.map_err(|e| self.fail(&e.to_string(), exit::INTERNAL))
    }

    /// Signs a `.pbc` file, in place of whoever signed it before.
    pub fn sign(&self, input: &Input, output: &str, key: &SecretKey) -> u8 {
        let Content::Module(bytes) = &input.content else { return exit::INTERNAL };
        // Nobody should vouch for what does not even verify.
        if let Err(status) = self.module(&input.name, bytes) {
            return status;
        }
        match motet_sign::sign(bytes, key, &FormatLimits::trusted()) {
            Ok(signed) => self.write_output(output, &signed),
            Err(e) => self.refuse_module(&input.name, &e.into()),
        }
    }

    /// Compiles to a C11 file. What has no C form is reported like an error in the program.
    pub fn build_c(&self, input: &Input, output: &str) -> u8 {
        let program = match self.program(&Engine::new(), input, 1, false) {
            Ok(program) => program,
            Err(status) => return status,
        };
        match program.emit_c() {
            Ok(text) => self.write_output(output, text.as_bytes()),
            Err(EmitCError::Constructs { problems, sources }) => {
                match Engine::new().language(program.language()) {
                    Ok(language) => self.show(&problems, &sources, language),
                    Err(e) => return self.fail(&e.to_string(), exit::INTERNAL),
                }
                exit::FAILED
            }
            Err(e) => self.fail(&e.to_string(), exit::FAILED),
        }
    }

    /// Replaces a file as a whole, or writes to standard output for `-`.
    pub fn write_output(&self, output: &str, bytes: &[u8]) -> u8 {
        let written = if output == "-" {
            std::io::stdout().write_all(bytes)
        } else {
            motet::write_atomically(Path::new(output), bytes)
        };
        match written {
            Ok(()) => exit::OK,
            Err(e) => self.fail(&format!("cannot write `{output}`: {e}"), exit::IO),
        }
    }

    /// Shows what a stage makes of a program.
    pub fn dump(&self, input: &Input, stage: &str) -> u8 {
        match self.dump_text(input, stage) {
            Ok(text) => {
                // A reader that has seen enough may close the pipe.
                let _ = std::io::stdout().write_all(text.as_bytes());
                exit::OK
            }
            Err(status) => status,
        }
    }

    /// Shows the bytecode of a program: in the assembler's form, or as a listing.
    pub fn disassemble(&self, input: &Input, assembly: bool) -> u8 {
        if assembly {
            return self.dump(input, "bytecode");
        }
        let module = self
            .program(&Engine::new(), input, 1, false)
            .and_then(|program| program.bytecode(true).map_err(|e| self.fail(&e.to_string(), exit::INTERNAL)));
        match module {
            Ok(module) => {
                let title =
                    Path::new(&input.name).file_name().map_or(input.name.as_str().into(), |n| n.to_string_lossy());
                // A reader that has seen enough may close the pipe.
                let _ = std::io::stdout().write_all(motet_bytecode::listing(&module, &title).as_bytes());
                exit::OK
            }
            Err(status) => status,
        }
    }

    fn dump_text(&self, input: &Input, stage: &str) -> Result<String, u8> {
        let engine = Engine::new();
        let source = matches!(input.content, Content::Source { .. });
        if !source && matches!(stage, "tokens" | "ast" | "ir" | "opt") {
            let message = format!("a .pbc module holds bytecode; the stage `{stage}` needs source text");
            return Err(self.fail(&message, exit::USAGE));
        }
        if matches!(stage, "tokens" | "ast")
            && let Content::Source { language, text } = &input.content
        {
            let language = engine.language(language).map_err(|e| self.fail(&e.to_string(), exit::USAGE))?;
            let frontend = (language.frontend)();
            let dump = match stage {
                "ast" => Some(frontend.dump_ast(&input.name, text, &self.options(0, false).frontend)),
                _ => frontend.dump_tokens(&input.name, text),
            };
            let Some(dump) = dump else {
                let message = format!("{} has no listing of tokens", language.title);
                return Err(self.fail(&message, exit::USAGE));
            };
            return dump.map_err(|c| self.refuse(language, &CompileError { compilation: *c, rendered: String::new() }));
        }
        let program = self.program(&engine, input, if stage == "ir" { 0 } else { 1 }, false)?;
        let internal = |e: Error| self.fail(&e.to_string(), exit::INTERNAL);
        match stage {
            "ir" | "opt" => Ok(program.ir().map_or(String::new(), motet_ir::print_module)),
            "bytecode" => {
                let module = program.bytecode(true).map_err(internal)?;
                Ok(motet_bytecode::disassemble(&module, &motet_bytecode::Style::readable()))
            }
            _ => program.regcode_text(&engine).map_err(internal),
        }
    }

    /// Proves a module.
    pub fn verify(&self, input: &Input) -> u8 {
        let Content::Module(bytes) = &input.content else {
            return self.fail(&format!("{} is source text, not a .pbc module", input.name), exit::FAILED);
        };
        let program = match self.module(&input.name, bytes) {
            Ok(program) => program,
            Err(status) => return status,
        };
        let container = match Container::open(bytes, &FormatLimits::trusted()) {
            Ok(container) => container,
            Err(e) => return self.refuse_module(&input.name, &e.into()),
        };
        if let Ok(module) = program.bytecode(true) {
            let (functions, count) = (module.functions.len(), instructions(&module));
            let (stripped, compressed) = (module.debug.is_none(), container.is_compressed());
            let signed = container.signature().map(|s| KeyId(s.key));
            if self.json {
                let text = |value: Option<String>| value.map_or("null".to_string(), |v| json::string(&v));
                println!(
                    "{{\"verified\":true,\"functions\":{functions},\"instructions\":{count},\"stripped\":{stripped},\
                     \"compressed\":{compressed},\"key_id\":{},\"signer\":{}}}",
                    text(signed.map(|id| id.to_string())),
                    text(program.signer().map(ToString::to_string)),
                );
            } else {
                let stripped = if stripped { ", stripped" } else { "" };
                let compressed = if compressed { ", compressed" } else { "" };
                let signed = match (program.signer(), signed) {
                    (Some(key), _) => format!(", signed by {key}"),
                    (None, Some(id)) => format!(", signed with key {id}, which was not checked: add --key"),
                    (None, None) => String::new(),
                };
                println!(
                    "verified: {} ({functions} functions, {count} instructions{stripped}{compressed}{signed})",
                    input.name
                );
            }
        }
        exit::OK
    }

    /// Runs the test blocks of a program, each in an isolate of its own.
    pub fn tests(&self, input: &Input) -> Result<Vec<TestResult>, u8> {
        let engine = Engine::new();
        let program = self.program(&engine, input, 1, true)?;
        let mut results: Vec<TestResult> = Vec::new();
        loop {
            let mut isolate = self.isolate(&engine, StdHost::new(self.args.clone()));
            let module = self.load(&mut isolate, &program)?;
            let tests = isolate.tests(module).unwrap_or_default();
            let Some((name, func)) = tests.get(results.len()).cloned() else { return Ok(results) };
            let start = Instant::now();
            let outcome = isolate.run(module).and_then(|_| isolate.call_value(func, &[]));
            let error = match outcome {
                Ok(_) => None,
                Err(Error::Stopped(stop)) => match *stop {
                    Stop::Exit(status) => Some(format!("the test ended the program with status {status}")),
                    Stop::Uncaught { message, .. } => Some(message),
                    Stop::Trap { trap, .. } => Some(trap.to_string()),
                },
                Err(other) => Some(other.to_string()),
            };
            results.push(TestResult { name, error, time: start.elapsed() });
        }
    }
}

/// Exit status of a program that stopped.
fn status_of(engine: &Engine, language: &str, stop: &Stop) -> u8 {
    match stop {
        Stop::Exit(status) => (status & 0xff) as u8,
        Stop::Trap { trap, .. } => exit::of_trap(*trap),
        Stop::Uncaught { .. } => engine.language(language).map_or(exit::FAILED, |l| l.uncaught_status()),
    }
}

/// A message without what could drive a terminal.
fn shown(message: &str) -> String {
    message.chars().map(|c| if c.is_control() && !matches!(c, '\n' | '\t') { '\u{fffd}' } else { c }).collect()
}

/// What follows the message in Motet's form of an error: place, excerpt, help, calls.
fn place_of(rich: &str) -> &str {
    let mut start = 0;
    for line in rich.split_inclusive('\n') {
        if line.contains("--> ") || line.contains("= help:") {
            return &rich[start..];
        }
        start += line.len();
    }
    ""
}

/// Writes to standard error; a closed one leaves nobody to tell.
pub fn print_err(text: &str) {
    let _ = std::io::stderr().write_all(text.as_bytes());
}

fn instructions(module: &motet_bytecode::Module) -> usize {
    module.functions.iter().map(|f| motet_bytecode::instructions(&f.code).count()).sum()
}

/// Number of top-level entries of an indented dump: the lines at the second-smallest indentation, or at the
/// smallest when there is only one.
fn top_level(dump: &str) -> usize {
    let indent = |line: &&str| line.len() - line.trim_start().len();
    let levels: std::collections::BTreeSet<usize> = dump.lines().map(|l| indent(&l)).collect();
    let Some(level) = levels.iter().nth(1).or(levels.first()) else { return 0 };
    dump.lines().filter(|l| indent(l) == *level).count()
}

/// An uncaught error as Ruff's tool prints it for machines.
fn ruff_json(stop: &Stop, status: u8) -> String {
    let (message, trace) = match stop {
        Stop::Uncaught { message, trace, .. } => (message.clone(), trace.as_slice()),
        Stop::Trap { trap, trace } => (trap.to_string(), trace.as_slice()),
        Stop::Exit(_) => (String::new(), &[][..]),
    };
    let calls: Vec<String> = trace.iter().filter(|f| !f.hidden).map(|f| json::string(&f.function)).collect();
    format!(
        "{{\"call_stack\":[{}],\"command\":\"run\",\"contract_version\":1,\"diagnostic\":{{\"code\":\"RUFVM001\",\"column\":0,\
         \"file\":null,\"help\":null,\"line\":0,\"message\":{},\"severity\":\"error\",\"subsystem\":\"vm\"}},\
         \"exit_code\":{status},\"kind\":\"runtime_diagnostic\",\"runtime_kind\":\"vm\",\"status\":\"error\"}}",
        calls.join(","),
        json::string(&message)
    )
}

/// Why a program stopped, for `--json`.
fn stop_json(stop: &Stop, native: &str) -> String {
    let (kind, message, trace) = match stop {
        Stop::Uncaught { message, trace, .. } => ("uncaught", message.clone(), trace.as_slice()),
        Stop::Trap { trap, trace } => ("trap", trap.to_string(), trace.as_slice()),
        Stop::Exit(status) => ("exit", status.to_string(), &[][..]),
    };
    let frame = |f: &motet::TraceFrame| {
        format!(
            "{{\"function\":{},\"file\":{},\"start\":{},\"end\":{}}}",
            json::string(&f.function),
            f.source,
            f.start,
            f.end
        )
    };
    let calls: Vec<String> = trace.iter().filter(|f| !f.hidden).map(frame).collect();
    format!(
        "{{\"kind\":\"{kind}\",\"message\":{},\"native\":{},\"trace\":[{}]}}",
        json::string(&message),
        json::string(native),
        calls.join(",")
    )
}
