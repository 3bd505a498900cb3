//! The language and the definitions of the lines typed so far.
//!
//! A language that can compile for a running program has a native function `NAME.evaluate`: one isolate takes all entries
//! then, and nothing is compiled twice.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::Write as _;

use motet::{CompileOptions, Engine, Error, Isolate, Language, Level, ModuleHandle, NoLoader, Program, Stop, Value};

#[cfg(feature = "lang-recorz")]
use motet_lang_recorz::snapshot::text::Parser;

use crate::app;
use crate::uart::Uart;

/// Global that holds the value of an expression entry, in languages whose programs have no value.
const VALUE: &str = "__repl_value";

/// The language that a session begins with, if the image has it.
const FIRST: &str = "recorz";

/// The program in whose world entries are evaluated: what it mentions is there to show values with.
const BEGINNING: &str = "nil printString";

/// How a stream of chunks begins.
const CHUNK: &str = "RecorzKernel";

/// What the lines so far have led to.
pub(super) struct Session<'a> {
    engine: &'a Engine,
    language: &'static Language,
    prompt: String,
    isolate: Option<Isolate>,
    /// The newest module, which holds the variables.
    module: Option<ModuleHandle>,
    /// All entries so far.
    text: String,
    /// An image that is being read.
    #[cfg(feature = "lang-recorz")]
    image: Option<Parser>,
}

impl<'a> Session<'a> {
    pub(super) fn new(engine: &'a Engine) -> Self {
        let languages = engine.languages();
        let language = languages.iter().find(|l| l.name == FIRST).or(languages.first());
        let language = *language.expect("an image has a language");
        let prompt = format!("{}> ", language.name);
        Self {
            engine,
            language,
            prompt,
            isolate: None,
            module: None,
            text: String::new(),
            #[cfg(feature = "lang-recorz")]
            image: None,
        }
    }

    pub(super) fn prompt(&self) -> &str {
        &self.prompt
    }

    /// Whether a line that begins with a colon belongs to the language.
    pub(super) fn is_text(&self, line: &str) -> bool {
        line.trim_start().starts_with(":=")
    }

    pub(super) fn is_incomplete(&self, entry: &str) -> bool {
        // Chunks go on until an empty line: each of them is whole.
        self.is_chunks(entry) || (self.language.frontend)().is_incomplete(entry)
    }

    /// Whether an entry is a stream of chunks: classes, methods and statements between exclamation marks.
    fn is_chunks(&self, entry: &str) -> bool {
        self.language.name == FIRST && entry.trim_start().starts_with(CHUNK)
    }

    pub(super) fn choose(&mut self, name: &str) {
        match self.engine.language(name) {
            Ok(language) => {
                self.language = language;
                self.prompt = format!("{}> ", language.name);
                self.reset();
            }
            Err(e) => {
                let _ = writeln!(Uart, "error: {e}; :lang lists them");
            }
        }
    }

    pub(super) fn reset(&mut self) {
        self.module = None;
        self.isolate = None;
        self.text = String::new();
    }

    /// Takes a line if it belongs to the text of an image; the whole of it becomes the session's state.
    #[cfg(feature = "lang-recorz")]
    pub(super) fn takes_image(&mut self, line: &str) -> bool {
        if self.language.name != FIRST || self.image.is_none() && !line.trim().starts_with("recorz-snapshot-begin ") {
            return false;
        }
        if !line.trim().starts_with("recorz-snapshot-") {
            self.image = None;
            let _ = writeln!(Uart, "error: the image ends too early; it is given up");
            return false;
        }
        match self.image.get_or_insert_default().line(line) {
            Ok(None) => {}
            Ok(Some(bytes)) => {
                self.image = None;
                self.resume(bytes);
            }
            Err(e) => {
                self.image = None;
                let _ = writeln!(Uart, "error: {e}");
            }
        }
        true
    }

    #[cfg(not(feature = "lang-recorz"))]
    pub(super) fn takes_image(&mut self, _line: &str) -> bool {
        false
    }

    /// Begins anew with a saved state.
    #[cfg(feature = "lang-recorz")]
    fn resume(&mut self, image: Vec<u8>) {
        self.reset();
        let bytes = image.len();
        if let Some(isolate) = self.begin(Some(image)) {
            self.isolate = Some(isolate);
            let _ = writeln!(Uart, "resumed from an image of {bytes} bytes");
        }
    }

    /// An isolate in which [`BEGINNING`] has run. Says what went wrong.
    fn begin(&mut self, image: Option<Vec<u8>>) -> Option<Isolate> {
        app::set_phase(if image.is_some() { "snapshot" } else { "compile" });
        let mut options = CompileOptions::default();
        options.frontend.image = image.is_some();
        let compiled = self.engine.compile_with(self.language, "<repl>", BEGINNING, &mut NoLoader, &options);
        let mut isolate = app::isolate(self.engine, false, image);
        let module = compiled.and_then(|program| isolate.load(&program));
        let outcome = module.and_then(|module| {
            self.module = Some(module);
            app::run_module(&mut isolate, module)
        });
        match outcome {
            Ok(_) => Some(isolate),
            Err(e) => {
                self.tell(&isolate, e);
                None
            }
        }
    }

    /// Evaluates an entry in the running isolate; false where the language has no such function.
    fn evaluate(&mut self, entry: &str) -> bool {
        let name = format!("{}.evaluate", self.language.name);
        if self.isolate.is_none() {
            if !(self.language.semantics)().natives().iter().any(|n| n.name == name) {
                return false;
            }
            self.isolate = self.begin(None);
        }
        let Some(mut isolate) = self.isolate.take() else { return true };
        let Some(function) = isolate.runtime().find_native(&name) else {
            self.isolate = Some(isolate);
            return false;
        };
        let rt = isolate.runtime_mut();
        // Limits count per entry.
        rt.charged = 0;
        let text = if self.is_chunks(entry) {
            rt.heap.str(&format!("Workspace fileIn: '{}'", entry.replace('\'', "''")))
        } else {
            rt.heap.str(entry)
        };
        let outcome = app::watched(&mut isolate, |isolate| {
            let value = isolate.call_value(Value::native(function), &[text])?;
            printed(isolate, value)
        });
        match outcome {
            Ok(text) => {
                let text = self.module.and_then(|module| isolate.result_text(module, text));
                let _ = writeln!(Uart, "{}", text.as_deref().unwrap_or(""));
            }
            Err(e) => self.tell(&isolate, e),
        }
        if let Some(vm) = isolate.vm() {
            vm.give_back();
        }
        self.isolate = Some(isolate);
        true
    }

    /// Says what went wrong.
    fn tell(&self, isolate: &Isolate, error: Error) {
        let text = match error {
            Error::Compile(e) => e.rendered,
            Error::Stopped(stop) => match (*stop, self.module) {
                (Stop::Exit(status), _) => format!("the program ended with status {status}\n"),
                (stop, Some(module)) => isolate.report(module, &stop),
                (stop, None) => format!("error: {}\n", Error::from(stop)),
            },
            e => format!("error: {e}\n"),
        };
        let _ = Uart.write_str(&text);
    }

    /// Compiles and runs one entry.
    pub(super) fn enter(&mut self, entry: &str) {
        if self.evaluate(entry) {
            return;
        }
        app::set_phase("compile");
        let compiled = match self.as_expression(entry) {
            Some(program) => Ok(program),
            None => self.compile(entry),
        };
        match compiled {
            Ok(program) => self.execute(&program, entry),
            Err(Error::Compile(e)) => {
                let _ = Uart.write_str(&e.rendered);
            }
            Err(e) => {
                let _ = writeln!(Uart, "error: {e}");
            }
        }
    }

    /// An expression is run as an assignment, so that its value can be shown.
    fn as_expression(&self, entry: &str) -> Option<Program> {
        let expression = entry.trim().trim_end_matches(';');
        (self.language.name == "ruff").then(|| self.compile(&format!("{VALUE} := (\n{expression}\n)\n")).ok())?
    }

    fn compile(&self, entry: &str) -> Result<Program, Error> {
        let mut options = CompileOptions { level: Level::O0, ..CompileOptions::default() };
        options.frontend.replay_until = u32::try_from(self.text.len()).unwrap_or(u32::MAX);
        let text = format!("{}{entry}", self.text);
        self.engine.compile_with(self.language, "<repl>", &text, &mut NoLoader, &options)
    }

    fn execute(&mut self, program: &Program, entry: &str) {
        let mut isolate = self.isolate.take().unwrap_or_else(|| app::isolate(self.engine, false, None));
        match isolate.load(program) {
            Ok(module) => {
                let before = self.module.replace(module);
                carry_over(&mut isolate, before, module);
                self.keep(entry);
                self.run(&mut isolate, module);
            }
            Err(e) => {
                let _ = writeln!(Uart, "error: {e}");
            }
        }
        self.isolate = Some(isolate);
    }

    /// Adds an entry to the text. An entry that ends in an expression needs an end before the next one follows it,
    /// where the language wants statements to end.
    fn keep(&mut self, entry: &str) {
        let ended = format!("{};", entry.trim_end());
        let entry = if self.compile(&ended).is_ok() { &ended } else { entry };
        self.text.push_str(entry);
        if !self.text.ends_with('\n') {
            self.text.push('\n');
        }
    }

    fn run(&mut self, isolate: &mut Isolate, module: ModuleHandle) {
        self.run_and_show(isolate, module);
        if let Some(vm) = isolate.vm() {
            vm.give_back();
        }
    }

    fn run_and_show(&mut self, isolate: &mut Isolate, module: ModuleHandle) {
        // Limits count per entry.
        isolate.runtime_mut().charged = 0;
        match app::run_module(isolate, module) {
            Ok(value) => self.show(isolate, module, value),
            Err(Error::Stopped(stop)) => match *stop {
                Stop::Exit(status) => {
                    let _ = writeln!(Uart, "the program ended with status {status}");
                }
                stop => {
                    let _ = Uart.write_str(&isolate.explain(module, &stop, false));
                }
            },
            Err(e) => {
                let _ = writeln!(Uart, "error: {e}");
            }
        }
    }

    fn show(&self, isolate: &Isolate, module: ModuleHandle, value: Value) {
        let text = if self.language.name == "ruff" {
            isolate.global(module, VALUE).map(|value| {
                let text = isolate.display(module, value);
                if isolate.runtime().heap.text(value).is_some() { format!("{text:?}") } else { text }
            })
        } else {
            isolate.result_text(module, value)
        };
        if let Some(text) = text {
            let _ = writeln!(Uart, "{text}");
        }
    }
}

/// What the language prints for a value: the answer to `printString`, where that is a message.
fn printed(isolate: &mut Isolate, value: Value) -> Result<Value, Error> {
    let rt = isolate.runtime_mut();
    let language = rt.languages.iter().find(|l| l.name() == FIRST).copied();
    let selector = rt.symbols.intern("printString");
    match language.and_then(|language| language.method(rt, value, selector)) {
        Some(method) => {
            rt.roots.push(value);
            let text = isolate.call_value(method, &[value]);
            isolate.runtime_mut().roots.pop();
            text
        }
        None => Ok(value),
    }
}

/// Gives the new module the variables of the one before, which goes.
fn carry_over(isolate: &mut Isolate, before: Option<ModuleHandle>, module: ModuleHandle) {
    let Some(before) = before else { return };
    for (name, value) in isolate.globals(before) {
        // A function that the new module defines itself may have been redefined.
        let own = isolate.global(module, &name).is_some();
        let defined = value.as_func().is_some() || value.as_native().is_some();
        if !(own && defined) && name != VALUE {
            isolate.set_global(module, &name, value);
        }
    }
    // Functions of it that variables hold stay callable. It cannot fail: the module was loaded here.
    let _ = isolate.unload(before);
}
