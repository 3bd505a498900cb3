//! `repl`: programs line by line.
//!
//! Each entry is compiled together with all earlier ones, of which only the
//! declarations count, into a new module; variables take their values along by
//! name. So every entry sees what the language's own rules let it see.

use std::io::{BufRead as _, IsTerminal as _};

use motet::{Engine, Error, FileLoader, Isolate, Language, Level, ModuleHandle, StdHost, Stop, Value};
use rustyline::error::ReadlineError;

use crate::exit;
use crate::session::{Session, Style};

/// Global that holds the value of an expression entry, in languages whose programs have no value.
const VALUE: &str = "__repl_value";

const COMMANDS: &str = "\
:help          this text
:vars          variables and their values
:reset         forget everything
:clear         clear the screen
:quit          leave (also end of input)
.help NAME     what a builtin takes";

struct Repl<'a> {
    engine: Engine,
    language: &'static Language,
    session: &'a Session,
    isolate: Isolate,
    /// The newest module, which holds the variables.
    module: Option<ModuleHandle>,
    /// All entries so far.
    text: String,
}

/// Reads and runs entries until the input ends; returns the exit status.
pub fn run(language: &str, session: &Session) -> u8 {
    let engine = Engine::new();
    let language = match engine.language(language) {
        Ok(language) => language,
        Err(_) => {
            let names: Vec<&str> = motet::LANGUAGES.iter().map(|l| l.name).collect();
            eprintln!("error: unknown language `{language}`; there are: {}", names.join(", "));
            return exit::USAGE;
        }
    };
    let isolate = session.isolate(&engine, StdHost::default());
    let mut repl = Repl { engine, language, session, isolate, module: None, text: String::new() };
    if std::io::stdin().is_terminal() { repl.interact() } else { repl.read_all() }
}

impl Repl<'_> {
    fn interact(&mut self) -> u8 {
        let Ok(mut editor) = rustyline::DefaultEditor::new() else { return self.read_all() };
        println!("Motet {}: {}. :help shows commands.", env!("CARGO_PKG_VERSION"), self.language.title);
        let first = format!("{}> ", self.language.name);
        let next = format!("{:>width$}  ", "…", width = self.language.name.len());
        let mut entry = String::new();
        loop {
            match editor.readline(if entry.is_empty() { &first } else { &next }) {
                Ok(line) => {
                    // Adding to the history can only fail when it is switched off.
                    let _ = editor.add_history_entry(&line);
                    if self.line(&mut entry, &line).is_break() {
                        return exit::OK;
                    }
                }
                Err(ReadlineError::Interrupted) => entry.clear(),
                Err(_) => return exit::OK,
            }
        }
    }

    fn read_all(&mut self) -> u8 {
        let mut entry = String::new();
        for line in std::io::stdin().lock().lines() {
            let Ok(line) = line else { break };
            if self.line(&mut entry, &line).is_break() {
                return exit::OK;
            }
        }
        if !entry.trim().is_empty() {
            self.enter(&entry);
        }
        exit::OK
    }

    /// Takes one line; runs the entry when it is whole.
    fn line(&mut self, entry: &mut String, line: &str) -> std::ops::ControlFlow<()> {
        if entry.is_empty() && (line.starts_with(':') || line.starts_with(".help")) {
            return self.command(line.trim());
        }
        entry.push_str(line);
        entry.push('\n');
        if entry.trim().is_empty() {
            entry.clear();
        } else if !(self.language.frontend)().is_incomplete(entry) {
            self.enter(&std::mem::take(entry));
        }
        std::ops::ControlFlow::Continue(())
    }

    fn command(&mut self, line: &str) -> std::ops::ControlFlow<()> {
        match line.split_once(' ').map_or(line, |(word, _)| word) {
            ":quit" | ":q" | ":exit" => return std::ops::ControlFlow::Break(()),
            ":help" | ":h" => println!("{COMMANDS}"),
            ":clear" => print!("\x1b[2J\x1b[H"),
            ":vars" => self.variables(),
            ":reset" => {
                self.text.clear();
                self.module = None;
                self.isolate = self.session.isolate(&self.engine, StdHost::default());
            }
            ".help" => self.describe(line.trim_start_matches(".help").trim()),
            other => eprintln!("unknown command `{other}`; :help shows commands"),
        }
        std::ops::ControlFlow::Continue(())
    }

    fn variables(&self) {
        let Some(module) = self.module else { return };
        for (name, value) in self.isolate.globals(module) {
            if value.as_native().is_none() && !name.starts_with(['$', '_']) {
                println!("{name} = {}", self.shown(module, value));
            }
        }
    }

    fn describe(&self, name: &str) {
        let qualified = format!("{}.{name}", self.language.name);
        match self.isolate.runtime().find_native(&qualified) {
            Some(_) => println!("{name}: builtin of {}", self.language.title),
            None => println!("no builtin `{name}`"),
        }
    }

    /// Compiles and runs one entry.
    fn enter(&mut self, entry: &str) {
        // An expression is run as an assignment, so that its value can be shown.
        if self.language.name == "ruff"
            && let Ok(program) =
                self.compile(&format!("{VALUE} := (\n{}\n)\n", entry.trim().trim_end_matches(';')), false)
        {
            self.execute(&program, entry);
            return;
        }
        if let Ok(program) = self.compile(entry, true) {
            self.execute(&program, entry);
        }
    }

    /// The program of all entries and a new one; errors are shown when `loud`.
    fn compile(&self, entry: &str, loud: bool) -> Result<motet::Program, ()> {
        let mut options = motet_ir::Options { core: self.session.core, ..motet_ir::Options::default() };
        options.replay_until = u32::try_from(self.text.len()).unwrap_or(u32::MAX);
        let text = format!("{}{entry}", self.text);
        let frontend = (self.language.frontend)();
        let compilation = frontend.compile("<repl>", &text, &mut FileLoader::default(), &options);
        Engine::finish(self.language, compilation, Level::O0).map_err(|e| {
            if loud {
                match (e, self.session.style) {
                    (Error::Compile(e), Style::Rich) => {
                        let c = &e.compilation;
                        let colour = self.session.coloured();
                        eprint!("{}", motet_source::render_text(&c.diagnostics, &c.sources, colour));
                    }
                    (Error::Compile(e), _) => eprint!("{}", e.rendered),
                    (other, _) => eprintln!("error: {other}"),
                }
            }
        })
    }

    fn execute(&mut self, program: &motet::Program, entry: &str) {
        let Ok(module) = self.session.load(&mut self.isolate, program) else { return };
        self.carry_over(module);
        self.module = Some(module);
        // An entry that ends in an expression needs an end before the next one follows it, where the language
        // wants statements to end.
        let ended = format!("{};", entry.trim_end());
        let entry = if self.compile(&ended, false).is_ok() { &ended } else { entry };
        self.text.push_str(entry);
        if !self.text.ends_with('\n') {
            self.text.push('\n');
        }
        // Limits count per entry.
        self.isolate.runtime_mut().charged = 0;
        match self.isolate.run(module) {
            Ok(value) => self.show_value(module, value),
            Err(Error::Stopped(stop)) => match *stop {
                Stop::Exit(status) => std::process::exit(status & 0xff),
                _ => self.session.report(&self.isolate, module, &stop, exit::FAILED),
            },
            Err(e) => eprintln!("error: {e}"),
        }
    }

    /// Gives the new module the variables of the one before.
    fn carry_over(&mut self, module: ModuleHandle) {
        let Some(before) = self.module else { return };
        for (name, value) in self.isolate.globals(before) {
            // A function that the new module defines itself may have been redefined.
            let own = self.isolate.global(module, &name).is_some();
            let defined = value.as_func().is_some() || value.as_native().is_some();
            if !(own && defined) && name != VALUE {
                self.isolate.set_global(module, &name, value);
            }
        }
    }

    fn show_value(&mut self, module: ModuleHandle, value: Value) {
        if self.language.name == "ruff" {
            if let Some(value) = self.isolate.global(module, VALUE) {
                println!("=> {}", self.shown(module, value));
            }
        } else if let Some(text) = self.isolate.result_text(module, value) {
            println!("{text}");
        }
    }

    /// Text of a value, strings in quotes.
    fn shown(&self, module: ModuleHandle, value: Value) -> String {
        let text = self.isolate.display(module, value);
        if value.is_nil() && self.language.name == "ruff" {
            "Null".into()
        } else if self.isolate.runtime().heap.text(value).is_some() {
            format!("{text:?}")
        } else {
            text
        }
    }
}
