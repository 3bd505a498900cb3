//! `motet fmt`: source files in their customary layout.
//!
//! Invariant: a file that does not parse is left as it is.

use std::io::Write as _;
use std::path::Path;

use motet::{CompileError, Engine};

use crate::exit;
use crate::input::{self, Content, Input};
use crate::session::Session;

/// What stands on a `fmt` command line.
pub struct Line {
    /// Files, `-` for standard input.
    pub files: Vec<String>,
    /// Their language, if the names do not tell.
    pub language: Option<String>,
    /// Replace them.
    pub write: bool,
    /// Only name those that would change.
    pub check: bool,
}

/// Formats files; returns the exit status.
pub fn run(line: &Line, session: &Session) -> u8 {
    let mut worst = exit::OK;
    for file in &line.files {
        let status = match input::read(file, line.language.as_deref()) {
            Ok(input) => one(file, &input, line, session),
            Err(status) => status,
        };
        worst = worst.max(status);
    }
    worst
}

fn one(file: &str, input: &Input, line: &Line, session: &Session) -> u8 {
    let (out, text) = match (formatted(input, session), &input.content) {
        (Ok(out), Content::Source { text, .. }) => (out, text),
        (Err(status), _) => return status,
        (Ok(_), Content::Module(_)) => return exit::USAGE,
    };
    if line.check {
        if out == *text {
            return exit::OK;
        }
        println!("{}", input.name);
        return exit::FAILED;
    }
    if line.write && file != "-" {
        return if out == *text { exit::OK } else { write(file, &out, session) };
    }
    print(&out)
}

/// Writes to standard output; a reader that has seen enough may close it.
pub fn print(text: &str) -> u8 {
    let _ = std::io::stdout().write_all(text.as_bytes());
    exit::OK
}

/// Replaces a file.
pub fn write(file: &str, text: &str, session: &Session) -> u8 {
    match motet::write_atomically(Path::new(file), text.as_bytes()) {
        Ok(()) => exit::OK,
        Err(e) => session.fail(&format!("cannot write `{file}`: {e}"), exit::IO),
    }
}

/// The text of a program in its customary layout. Problems are shown; the exit status is the error.
pub fn formatted(input: &Input, session: &Session) -> Result<String, u8> {
    let Content::Source { language, text } = &input.content else {
        let message = format!("{} is a .pbc module; only source text has a layout", input.name);
        return Err(session.fail(&message, exit::USAGE));
    };
    let engine = Engine::new();
    let language = engine.language(language).map_err(|e| session.fail(&e.to_string(), exit::USAGE))?;
    match (language.frontend)().format(&input.name, text) {
        Some(Ok(out)) => Ok(out),
        Some(Err(c)) => Err(session.refuse(language, &CompileError { compilation: *c, rendered: String::new() })),
        None => Err(session.fail(&format!("there is no formatter for {}", language.title), exit::USAGE)),
    }
}
