//! Programs entry by entry.
//!
//! A language that compiles for a running program has a native function `NAME.evaluate`: one program takes all entries,
//! and nothing is compiled twice. In the others each entry is compiled together with all earlier ones, of which
//! only the declarations count, into a new module, and variables take their values along by name. Either way an entry
//! sees what the language's own rules let it see.

use alloc::{
    format,
    string::{String, ToString},
};

use motet_ir::{Loader, Options};
use motet_opt::Level;
use motet_runtime::Value;

use crate::{CompileOptions, Engine, Error, Isolate, Language, ModuleHandle, Program};

/// Global that holds the value of an expression entry, in languages whose programs have no value.
const VALUE: &str = "__repl_value";

/// The program whose world takes the entries of a language that compiles while it runs; what it mentions is there to show values with.
const BEGINNING: &str = "nil printString";

/// Message whose answer such a language shows for a value.
const SHOWN: &str = "printString";

/// Runs something in an isolate; hosts may note before and after what runs.
pub type Around = fn(&mut Isolate, &mut dyn FnMut(&mut Isolate) -> Result<Value, Error>) -> Result<Value, Error>;

/// What the entries so far have led to.
pub struct Repl<'a> {
    engine: &'a Engine,
    language: &'static Language,
    options: Options,
    around: Around,
    isolate: Isolate,
    /// The newest module, which holds the variables.
    module: Option<ModuleHandle>,
    /// All entries so far.
    text: String,
}

impl<'a> Repl<'a> {
    /// A session without entries in a new isolate of the engine's.
    pub fn new(engine: &'a Engine, language: &'static Language, isolate: Isolate) -> Self {
        Self {
            engine,
            language,
            options: Options::default(),
            around: |isolate, work| work(isolate),
            isolate,
            module: None,
            text: String::new(),
        }
    }

    /// Choices for the front end.
    #[must_use]
    pub fn options(mut self, options: Options) -> Self {
        self.options = options;
        self
    }

    /// What is done around each run.
    #[must_use]
    pub fn around(mut self, around: Around) -> Self {
        self.around = around;
        self
    }

    /// The language of the entries.
    #[must_use]
    pub fn language(&self) -> &'static Language {
        self.language
    }

    /// Where the entries run.
    #[must_use]
    pub fn isolate(&self) -> &Isolate {
        &self.isolate
    }

    /// Where the entries run.
    pub fn isolate_mut(&mut self) -> &mut Isolate {
        &mut self.isolate
    }

    /// The module that holds the variables, after the first entry.
    #[must_use]
    pub fn module(&self) -> Option<ModuleHandle> {
        self.module
    }

    /// Whether `entry` looks unfinished, so that another line belongs to it.
    #[must_use]
    pub fn is_incomplete(&self, entry: &str) -> bool {
        (self.language.frontend)().is_incomplete(entry)
    }

    /// Compiles and runs one entry. The answer is the text to show for its value, if there is any to show. Variables and
    /// definitions of an entry that stops with an error stay.
    ///
    /// # Errors
    /// [`Error::Compile`], [`Error::Stopped`] (also when the entry asks for the end of the program), or why the program
    /// cannot be loaded.
    pub fn enter(&mut self, entry: &str, loader: &mut dyn Loader) -> Result<Option<String>, Error> {
        // Limits count per entry.
        self.isolate.runtime_mut().charged = 0;
        if self.evaluates() {
            return self.evaluate(entry, loader);
        }
        let program = match self.as_expression(entry, loader) {
            Some(program) => program,
            None => self.compile(entry, loader)?,
        };
        let module = self.isolate.load(&program)?;
        self.carry_over(module);
        self.keep(entry, loader);
        let value = (self.around)(&mut self.isolate, &mut |isolate| isolate.run(module))?;
        Ok(self.result(module, value))
    }

    /// Whether the language takes entries while a program runs.
    fn evaluates(&self) -> bool {
        let name = self.evaluator();
        (self.language.semantics)().natives().iter().any(|native| native.name == name)
    }

    fn evaluator(&self) -> String {
        format!("{}.evaluate", self.language.name)
    }

    /// Runs the program that takes the entries, unless it has run. An isolate with an image goes on where that ended.
    ///
    /// # Errors
    /// As for [`Repl::enter`].
    pub fn begin(&mut self, loader: &mut dyn Loader) -> Result<(), Error> {
        if self.module.is_some() || !self.evaluates() {
            return Ok(());
        }
        let mut options = CompileOptions { frontend: self.options.clone(), ..CompileOptions::default() };
        options.frontend.image = self.isolate.runtime().image.is_some();
        let program = self.engine.compile_with(self.language, "<repl>", BEGINNING, loader, &options)?;
        let module = self.isolate.load(&program)?;
        self.module = Some(module);
        (self.around)(&mut self.isolate, &mut |isolate| isolate.run(module)).map(drop)
    }

    /// Evaluates an entry in the running program.
    fn evaluate(&mut self, entry: &str, loader: &mut dyn Loader) -> Result<Option<String>, Error> {
        self.begin(loader)?;
        let name = self.evaluator();
        let (Some(module), Some(function)) = (self.module, self.isolate.runtime().find_native(&name)) else {
            return Ok(None);
        };
        let text = self.isolate.runtime_mut().heap.str(entry);
        let shown = (self.around)(&mut self.isolate, &mut |isolate| {
            let value = isolate.call_value(Value::native(function), &[text])?;
            shown(isolate, module, value)
        })?;
        Ok(self.isolate.result_text(module, shown))
    }

    /// An expression is run as an assignment where its value could not be shown otherwise.
    fn as_expression(&self, entry: &str, loader: &mut dyn Loader) -> Option<Program> {
        if self.language.name != "ruff" {
            return None;
        }
        let expression = entry.trim().trim_end_matches(';');
        self.compile(&format!("{VALUE} := (\n{expression}\n)\n"), loader).ok()
    }

    /// The program of all entries and a new one.
    fn compile(&self, entry: &str, loader: &mut dyn Loader) -> Result<Program, Error> {
        let mut options =
            CompileOptions { level: Level::O0, frontend: self.options.clone(), ..CompileOptions::default() };
        options.frontend.replay_until = u32::try_from(self.text.len()).unwrap_or(u32::MAX);
        let text = format!("{}{entry}", self.text);
        self.engine.compile_with(self.language, "<repl>", &text, loader, &options)
    }

    /// Adds an entry to the text. An entry that ends in an expression needs an end before the next one follows it,
    /// where the language wants statements to end.
    fn keep(&mut self, entry: &str, loader: &mut dyn Loader) {
        let ended = format!("{};", entry.trim_end());
        let entry = if self.compile(&ended, loader).is_ok() { &ended } else { entry };
        self.text.push_str(entry);
        if !self.text.ends_with('\n') {
            self.text.push('\n');
        }
    }

    /// Gives the new module the variables of the one before, which goes.
    fn carry_over(&mut self, module: ModuleHandle) {
        let Some(before) = self.module.replace(module) else { return };
        for (name, value) in self.isolate.globals(before) {
            // A function that the new module defines itself may have been redefined.
            let own = self.isolate.global(module, &name).is_some();
            let defined = value.as_func().is_some() || value.as_native().is_some();
            if !(own && defined) && name != VALUE {
                self.isolate.set_global(module, &name, value);
            }
        }
        // Functions of it that variables hold stay callable. An engine that cannot let modules go keeps it.
        let _ = self.isolate.unload(before);
    }

    fn result(&self, module: ModuleHandle, value: Value) -> Option<String> {
        if self.language.name == "ruff" {
            let value = self.isolate.global(module, VALUE)?;
            return Some(format!("=> {}", self.shown(module, value)));
        }
        self.isolate.result_text(module, value)
    }

    /// Text of a value, strings in quotes.
    #[must_use]
    pub fn shown(&self, module: ModuleHandle, value: Value) -> String {
        if value.is_nil() && self.language.name == "ruff" {
            return "Null".to_string();
        }
        let text = self.isolate.display(module, value);
        if self.isolate.runtime().heap.text(value).is_some() { format!("{text:?}") } else { text }
    }
}

/// What a language of messages shows for a value: the answer to [`SHOWN`].
fn shown(isolate: &mut Isolate, module: ModuleHandle, value: Value) -> Result<Value, Error> {
    let Some(language) = isolate.language_index(module) else { return Ok(value) };
    let rt = isolate.runtime_mut();
    let language = rt.language(language);
    let selector = rt.symbols.intern(SHOWN);
    match language.method(rt, value, selector) {
        Some(method) => {
            rt.roots.push(value);
            let text = isolate.call_value(method, &[value]);
            isolate.runtime_mut().roots.pop();
            text
        }
        None => Ok(value),
    }
}
