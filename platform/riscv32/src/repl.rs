//! Lines from the serial port.
//!
//! What an entry sees of the earlier ones is [`motet::Repl`]'s, as in the command's `repl`. Images without a compiler know
//! only the commands.

use alloc::string::String;
use core::fmt::Write as _;

use motet::Engine;
use motet_board::line::{Editor, Event};

use crate::uart::Uart;
use crate::{app, host, start, uart};

#[cfg(feature = "compiler")]
mod session;
#[cfg(feature = "compiler")]
use session::Session;

const COMMANDS: &str = "\
:help         this text
:lang NAME    another language; without a name, lists them
:stats        memory in use, instructions before the first output
:reset        forget everything
:quit [N]     switch off, with status N (also Ctrl-D)
";

/// Reads and runs lines until the input ends; returns the status. `status`: of what ran before.
pub fn run(engine: &Engine, status: u32) -> u32 {
    let languages = engine.languages();
    let mut shown = String::new();
    for language in languages {
        let _ = write!(shown, "{}{}", if shown.is_empty() { "" } else { ", " }, language.title);
    }
    let compiles = if cfg!(feature = "compiler") { "" } else { "; no compiler in this image" };
    let _ = writeln!(Uart, "Motet on RV32I: {shown}{compiles}. :help shows commands.");
    let mut session = Session::new(engine);
    let mut editor = Editor::default();
    let mut entry = String::new();
    loop {
        app::set_phase("prompt");
        let prompt = if entry.is_empty() { session.prompt() } else { "...> " };
        let _ = Uart.write_str(prompt);
        let event = loop {
            match editor.feed(uart::read(), &mut uart::write) {
                Event::More => {}
                event => break event,
            }
        };
        match event {
            Event::More => {}
            Event::Cancelled => entry.clear(),
            Event::End => return status,
            Event::Refused(why) => {
                let _ = writeln!(Uart, "error: {why}");
                entry.clear();
            }
            Event::Line(line) => {
                start::line_was_read();
                if session.takes_image(&line) {
                    continue;
                }
                if entry.is_empty() && line.trim_start().starts_with(':') && !session.is_text(&line) {
                    match command(engine, &mut session, line.trim()) {
                        None => {}
                        Some(wanted) => return wanted.unwrap_or(status),
                    }
                    continue;
                }
                entry.push_str(&line);
                entry.push('\n');
                if entry.trim().is_empty() {
                    entry.clear();
                } else if line.trim().is_empty() || !session.is_incomplete(&entry) {
                    session.enter(&core::mem::take(&mut entry));
                }
            }
        }
    }
}

/// Runs a command. `Some`: switch off, with this status if one was given.
fn command(engine: &Engine, session: &mut Session<'_>, line: &str) -> Option<Option<u32>> {
    let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
    match word {
        ":quit" | ":q" | ":exit" => return Some(rest.trim().parse().ok()),
        ":help" | ":h" => uart::write(COMMANDS.as_bytes()),
        ":stats" => {
            let _ = writeln!(Uart, "{}", app::memory());
            let _ = writeln!(Uart, "instructions: {} before the first output", host::first_output());
        }
        ":reset" => session.reset(),
        ":lang" if rest.trim().is_empty() => {
            for language in engine.languages() {
                let _ = writeln!(Uart, "{}  {}", language.name, language.title);
            }
        }
        ":lang" => session.choose(rest.trim()),
        // Failures to try the reports with.
        ":trap" => start::trap_now(),
        ":panic" => panic!("as asked for"),
        ":stack" => {
            let _ = writeln!(Uart, "{}", descend(u32::MAX));
        }
        ":memory" => drop(alloc::vec![1_u8; usize::MAX / 4]),
        other => {
            let _ = writeln!(Uart, "unknown command `{other}`; :help shows commands");
        }
    }
    None
}

/// Uses stack without end.
#[allow(unconditional_recursion)]
fn descend(n: u32) -> u32 {
    let words = core::hint::black_box([n; 16]);
    descend(words[3] - 1).wrapping_add(words[5])
}

/// What an image without a compiler can do with lines: say so.
#[cfg(not(feature = "compiler"))]
struct Session<'a>(core::marker::PhantomData<&'a Engine>);

#[cfg(not(feature = "compiler"))]
#[allow(clippy::unused_self)]
impl Session<'_> {
    fn new(_engine: &Engine) -> Self {
        Self(core::marker::PhantomData)
    }

    fn prompt(&self) -> &'static str {
        "motet> "
    }

    fn is_text(&self, _line: &str) -> bool {
        false
    }

    fn is_incomplete(&self, _entry: &str) -> bool {
        false
    }

    fn enter(&mut self, _entry: &str) {
        self.choose("");
    }

    fn takes_image(&mut self, _line: &str) -> bool {
        false
    }

    fn choose(&mut self, _name: &str) {
        let _ = writeln!(Uart, "error: this image has no compiler; it runs .pbc modules that are linked into it");
    }

    fn reset(&mut self) {}
}
