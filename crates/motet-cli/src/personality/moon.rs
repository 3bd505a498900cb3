//! `moon run|vm|check|ast|disasm FILE`, as Moon's own tool has it, and
//! `moon --core CMD FILE`, which switches Motet's extensions off.

use crate::exit;
use crate::input::{self, Input};
use crate::session::{Session, Style};

const HELP: &str = "\
moon (prototype)

USAGE:
  moon run <file>
  moon vm <file>
  moon check <file>
  moon ast <file>
  moon disasm <file>

NOTES:
  - use '-' as <file> to read the program from stdin
  - semicolons discard values; the last expression of a program or block is its result
  - functions, closures, arrays, objects and strings; with Motet's extensions unless `moon --core` is used
";

/// Runs one command line; returns the exit status.
pub fn run(args: &[String]) -> u8 {
    let (core, args) = match args {
        [first, rest @ ..] if first == "--core" => (true, rest),
        all => (false, all),
    };
    let Some(command) = args.first().map(String::as_str) else {
        return help(exit::OK);
    };
    match command {
        "help" | "-h" | "--help" => return help(exit::OK),
        "run" | "vm" | "check" | "ast" | "disasm" => {}
        other => {
            eprintln!("unknown command: {other}\n");
            return help(exit::USAGE);
        }
    }
    let Some(file) = args.get(1) else {
        eprintln!("missing <file> for `moon {command}`.\n");
        return help(exit::USAGE);
    };
    let input = match input::read_text(file, "moon") {
        Ok(input) => input,
        Err(message) => {
            eprintln!("io error: {message}");
            return exit::FAILED;
        }
    };
    let mut session = Session { core, style: Style::Native, ..Session::default() };
    // Programs of Motet's extensions may ask for arguments; upstream ignores them.
    session.args = args[2..].to_vec();
    session.kind_word = if command == "run" { Some("runtime error") } else { None };
    perform(command, &session, &input)
}

fn perform(command: &str, session: &Session, input: &Input) -> u8 {
    match command {
        "check" => session.check(input, false, true, |checked| {
            println!("ok: {}", checked.result_type.as_deref().unwrap_or("Unit"));
        }),
        "ast" => session.dump(input, "ast"),
        "disasm" => session.dump(input, "bytecode"),
        _ => session.run(input),
    }
}

fn help(status: u8) -> u8 {
    print!("{HELP}");
    status
}
