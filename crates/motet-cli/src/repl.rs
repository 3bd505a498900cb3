//! `repl`: programs line by line.
//!
//! [`motet::Repl`] says what an entry sees of the earlier ones.

use std::io::{BufRead as _, IsTerminal as _};

use motet::{Engine, Error, FileLoader, Language, Repl, StdHost, Stop};
use rustyline::error::ReadlineError;

use crate::exit;
use crate::session::{Session, Style};

const COMMANDS: &str = "\
:help          this text
:vars          variables and their values
:reset         forget everything
:clear         clear the screen
:quit          leave (also end of input)
.help NAME     what a builtin takes";

struct Prompt<'a> {
    repl: Repl<'a>,
    engine: &'a Engine,
    session: &'a Session,
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
    let mut prompt = Prompt { repl: Prompt::new_session(&engine, language, session), engine: &engine, session };
    if std::io::stdin().is_terminal() { prompt.interact() } else { prompt.read_all() }
}

impl<'a> Prompt<'a> {
    fn new_session(engine: &'a Engine, language: &'static Language, session: &Session) -> Repl<'a> {
        let options = motet_ir::Options { core: session.core, ..motet_ir::Options::default() };
        Repl::new(engine, language, session.isolate(engine, StdHost::default())).options(options)
    }

    fn interact(&mut self) -> u8 {
        let Ok(mut editor) = rustyline::DefaultEditor::new() else { return self.read_all() };
        println!("Motet {}: {}. :help shows commands.", env!("CARGO_PKG_VERSION"), self.repl.language().title);
        let first = format!("{}> ", self.repl.language().name);
        let next = format!("{:>width$}  ", "…", width = self.repl.language().name.len());
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
        } else if !self.repl.is_incomplete(entry) {
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
            ":reset" => self.repl = Self::new_session(self.engine, self.repl.language(), self.session),
            ".help" => self.describe(line.trim_start_matches(".help").trim()),
            other => eprintln!("unknown command `{other}`; :help shows commands"),
        }
        std::ops::ControlFlow::Continue(())
    }

    fn variables(&self) {
        let Some(module) = self.repl.module() else { return };
        for (name, value) in self.repl.isolate().globals(module) {
            if value.as_native().is_none() && !name.starts_with(['$', '_']) {
                println!("{name} = {}", self.repl.shown(module, value));
            }
        }
    }

    fn describe(&self, name: &str) {
        let language = self.repl.language();
        let qualified = format!("{}.{name}", language.name);
        match self.repl.isolate().runtime().find_native(&qualified) {
            Some(_) => println!("{name}: builtin of {}", language.title),
            None => println!("no builtin `{name}`"),
        }
    }

    /// Compiles and runs one entry.
    fn enter(&mut self, entry: &str) {
        match self.repl.enter(entry, &mut FileLoader::default()) {
            Ok(Some(text)) => println!("{text}"),
            Ok(None) => {}
            Err(Error::Compile(e)) if self.session.style == Style::Rich => {
                let c = &e.compilation;
                eprint!("{}", motet_source::render_text(&c.diagnostics, &c.sources, self.session.coloured()));
            }
            Err(Error::Compile(e)) => eprint!("{}", e.rendered),
            Err(Error::Stopped(stop)) => match (*stop, self.repl.module()) {
                (Stop::Exit(status), _) => std::process::exit(status & 0xff),
                (stop, Some(module)) => {
                    self.session.report(self.repl.isolate(), module, &stop, exit::FAILED);
                }
                (stop, None) => eprintln!("error: {}", Error::from(stop)),
            },
            Err(e) => eprintln!("error: {e}"),
        }
    }
}
