//! `rae run|watch|build|lex|parse|format …`, as Rae's own tool has it.
//!
//! Invariant: every failure of the command line, of reading and of compiling
//! exits with 1; a program's own status is passed on.

use std::path::Path;
use std::time::Duration;

use crate::input::{self, Input};
use crate::session::{Build, Session, Style};
use crate::watch::{self, Watch};
use crate::{exit, fmt};

const USAGE: &str = "\
Usage: rae <command> [options] [file]

Commands:
  run [options] [file]       compile and run; without a file: main.rae here
    -w, --watch              run again when the program's files change
    -p, --project DIR        folder in which imports are looked for
    --timeout SECONDS        stop the program after so long
    --target live|compiled   accepted; there is one engine
    --profile dev|release, --debug, --release
                             accepted; there is one engine
    --no-implicit            only files and library modules that are imported by name
  watch FILE                 the same as run --watch FILE
  build [options] [file]     compile to a module for `motet run`
    --out FILE               where to write it (default: the source's name with .pbc or .c)
    --entry FILE             the source file
    --target live            write a module (the default)
    --target compiled --emit-c
                             write C, for what Motet can express in C
  lex FILE                   list the tokens
  parse FILE                 show the syntax tree
  format FILE                show the file in its customary layout
    -w, --write              replace the file
    --output FILE            write to another file
";

/// Commands of the original tool that this build does not have.
const MISSING: [&str; 2] = ["pack", "init"];

/// Runs one command line; returns the exit status.
pub fn run(args: &[String]) -> u8 {
    let Some((command, rest)) = args.split_first() else {
        print!("{USAGE}");
        return exit::FAILED;
    };
    let result = match command.as_str() {
        "help" | "-h" | "--help" => {
            print!("{USAGE}");
            Ok(exit::OK)
        }
        "--version" | "-V" => {
            println!("rae (motet {})", env!("CARGO_PKG_VERSION"));
            Ok(exit::OK)
        }
        "run" => run_program(rest),
        "watch" => one_file("watch", rest).and_then(|file| watch(&named(file)?, &session())),
        "build" => build(rest).map(failed),
        "lex" => one_file("lex", rest).and_then(|file| Ok(failed(session().dump(&read(file)?, "tokens")))),
        "parse" => one_file("parse", rest).and_then(|file| Ok(failed(session().dump(&read(file)?, "ast")))),
        "format" => format(rest).map(failed),
        missing if MISSING.contains(&missing) => Err(format!("`rae {missing}` is not part of Motet")),
        other => {
            eprint!("error: unknown command '{other}'\n\n{USAGE}");
            Ok(exit::FAILED)
        }
    };
    result.unwrap_or_else(|message| {
        eprintln!("error: {message}");
        exit::FAILED
    })
}

/// The status of a command that runs no program.
fn failed(status: u8) -> u8 {
    if status == exit::OK { exit::OK } else { exit::FAILED }
}

fn session() -> Session {
    Session { style: Style::Native, ..Session::default() }
}

/// The name of a file as messages show it: relative to the working directory when it is below.
fn named(file: &str) -> Result<String, String> {
    let here = std::env::current_dir().map_err(|e| format!("the working directory is gone: {e}"))?;
    let path = Path::new(file);
    let path = path.strip_prefix(&here).unwrap_or(path);
    Ok(path.strip_prefix("./").unwrap_or(path).to_string_lossy().into_owned())
}

fn read(file: &str) -> Result<Input, String> {
    input::read_text(&named(file)?, "rae").map_err(|_| format!("could not read file '{file}'"))
}

fn one_file<'a>(command: &str, words: &'a [String]) -> Result<&'a str, String> {
    match words {
        [file] if file == "-" || !file.starts_with('-') => Ok(file),
        [option, ..] if option.starts_with('-') => Err(format!("unknown {command} option '{option}'")),
        [a, b, ..] => Err(format!("multiple input files provided ('{a}' and '{b}')")),
        _ => Err(format!("{command} requires a file argument")),
    }
}

/// What stands on a command line with options.
#[derive(Debug, Default, PartialEq, Eq)]
struct Line {
    file: Option<String>,
    watch: bool,
    project: Option<String>,
    timeout: Option<Duration>,
    no_implicit: bool,
    /// `--out`, `--output`.
    out: Option<String>,
    target: Option<String>,
    emit_c: bool,
    write: bool,
}

/// Names of the options of a command: those that stand alone, those with a value.
struct Options(&'static [&'static str], &'static [&'static str]);

const RUN: Options = Options(
    &["--watch", "-w", "--debug", "--release", "--no-implicit"],
    &["--project", "-p", "--timeout", "--target", "--profile"],
);
const BUILD: Options = Options(
    &["--emit-c", "--debug", "--release", "--no-implicit"],
    &["--out", "-o", "--entry", "--project", "-p", "--target", "--profile"],
);
const FORMAT: Options = Options(&["--write", "-w"], &["--output", "-o"]);

fn parse(command: &str, options: &Options, words: &[String]) -> Result<Line, String> {
    let mut line = Line::default();
    let mut words = words.iter();
    while let Some(word) = words.next() {
        if word == "-" || !word.starts_with('-') {
            set_file(&mut line, word)?;
            continue;
        }
        let (name, joined) = match word.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (word.as_str(), None),
        };
        if options.0.contains(&name) && joined.is_none() {
            match name {
                "--no-implicit" => line.no_implicit = true,
                "--emit-c" => line.emit_c = true,
                "--write" => line.write = true,
                "-w" if command == "format" => line.write = true,
                "--watch" | "-w" => line.watch = true,
                // There is one engine, and it has one mode.
                _ => {}
            }
        } else if options.1.contains(&name) {
            let value = joined.or_else(|| words.next().map(String::as_str));
            let value = value.ok_or_else(|| format!("option '{name}' requires a value"))?;
            set(&mut line, command, name, value)?;
        } else {
            return Err(format!("unknown {command} option '{word}'"));
        }
    }
    Ok(line)
}

fn set_file(line: &mut Line, file: &str) -> Result<(), String> {
    match &line.file {
        Some(first) => Err(format!("multiple input files provided ('{first}' and '{file}')")),
        None => {
            line.file = Some(file.to_string());
            Ok(())
        }
    }
}

fn set(line: &mut Line, command: &str, name: &str, value: &str) -> Result<(), String> {
    match name {
        "--entry" => {
            if !Path::new(value).is_file() {
                return Err(format!("entry file '{value}' not found"));
            }
            set_file(line, value)?;
        }
        "--project" | "-p" => line.project = Some(value.to_string()),
        "--timeout" => {
            let seconds = value.parse().ok().and_then(|s| Duration::try_from_secs_f64(s).ok());
            line.timeout = Some(seconds.ok_or_else(|| format!("'{value}' is not a number of seconds"))?);
        }
        "--target" => {
            let known: &[&str] =
                if command == "run" { &["live", "compiled"] } else { &["live", "compiled", "hybrid", "wasm"] };
            if !known.contains(&value) {
                return Err(format!("unknown target '{value}' for {command} command"));
            }
            line.target = Some(value.to_string());
        }
        "--profile" if value == "dev" || value == "release" => {}
        "--profile" => return Err(format!("unknown profile '{value}'")),
        _ => line.out = Some(value.to_string()),
    }
    Ok(())
}

/// The session and the main file of `run` and `build`.
fn prepare(command: &str, line: &Line) -> Result<(Session, String), String> {
    let file = match (&line.file, &line.project) {
        (Some(file), _) => file.clone(),
        (None, Some(folder)) => {
            let main = Path::new(folder).join("main.rae").to_string_lossy().into_owned();
            if !Path::new(&main).is_file() {
                return Err(format!("entry file '{main}' not found"));
            }
            main
        }
        (None, None) if Path::new("main.rae").is_file() => "main.rae".into(),
        (None, None) => {
            return Err(format!(
                "{command} requires a file argument, or a main.rae / devtools.json in the current directory"
            ));
        }
    };
    let mut session = session();
    session.timeout = line.timeout;
    session.explicit = line.no_implicit;
    session.root = match &line.project {
        Some(folder) => Some(named(folder)?),
        None => None,
    };
    Ok((session, named(&file)?))
}

fn run_program(words: &[String]) -> Result<u8, String> {
    let line = parse("run", &RUN, words)?;
    let (mut session, file) = prepare("run", &line)?;
    session.entry = Some("main");
    if line.watch { watch(&file, &session) } else { Ok(session.run(&read(&file)?)) }
}

fn build(words: &[String]) -> Result<u8, String> {
    let line = parse("build", &BUILD, words)?;
    let (session, file) = prepare("build", &line)?;
    let is_c = match line.target.as_deref() {
        None | Some("compiled") if line.emit_c => true,
        None | Some("live") => false,
        Some(target) => {
            return Err(format!("there are no {target} builds; use --target live, or --target compiled --emit-c"));
        }
    };
    let extension = if is_c { "c" } else { "pbc" };
    let out = line.out.unwrap_or_else(|| Path::new(&file).with_extension(extension).to_string_lossy().into_owned());
    let input = read(&file)?;
    Ok(if is_c { session.build_c(&input, &out) } else { session.build(&input, &out, &Build::default()) })
}

fn format(words: &[String]) -> Result<u8, String> {
    let line = parse("format", &FORMAT, words)?;
    let Some(file) = &line.file else { return Err("format requires a file argument".into()) };
    let session = session();
    let out = match fmt::formatted(&read(file)?, &session) {
        Ok(out) => out,
        Err(status) => return Ok(status),
    };
    Ok(match &line.out {
        Some(target) => fmt::write(target, &out, &session),
        None if line.write && file != "-" => fmt::write(file, &out, &session),
        None => fmt::print(&out),
    })
}

/// Runs a program and runs it again when its files change.
fn watch(file: &str, session: &Session) -> Result<u8, String> {
    if file == "-" {
        return Err("standard input cannot be watched".into());
    }
    // A file that is missing now is most likely a slip of the pen.
    read(file)?;
    let language = motet::Engine::new().language("rae").ok();
    Ok(watch::watch(session, &Watch { path: file, language, keep: false, poll: None }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(command: &str, options: &Options, words: &[&str], expected: Result<Line, &str>) {
        let words: Vec<String> = words.iter().map(ToString::to_string).collect();
        assert_eq!(parse(command, options, &words), expected.map_err(str::to_string), "{words:?}");
    }

    #[test]
    fn every_option_of_the_original_tool_is_read() {
        let file = || Some("a.rae".to_string());
        check("run", &RUN, &["a.rae"], Ok(Line { file: file(), ..Line::default() }));
        check("run", &RUN, &["-w", "a.rae", "--debug"], Ok(Line { file: file(), watch: true, ..Line::default() }));
        let line = Line {
            file: file(),
            project: Some("p".into()),
            timeout: Some(Duration::from_millis(1500)),
            target: Some("compiled".into()),
            no_implicit: true,
            ..Line::default()
        };
        let words =
            ["--project", "p", "--timeout=1.5", "--target", "compiled", "--profile", "dev", "--no-implicit", "a.rae"];
        check("run", &RUN, &words, Ok(line));
        check("format", &FORMAT, &["-w", "a.rae"], Ok(Line { file: file(), write: true, ..Line::default() }));
        check(
            "build",
            &BUILD,
            &["--out", "x", "a.rae"],
            Ok(Line { file: file(), out: Some("x".into()), ..Line::default() }),
        );
    }

    #[test]
    fn wrong_command_lines_are_refused_in_the_original_words() {
        check("run", &RUN, &["--fast", "a.rae"], Err("unknown run option '--fast'"));
        check("run", &RUN, &["a.rae", "b.rae"], Err("multiple input files provided ('a.rae' and 'b.rae')"));
        check("run", &RUN, &["--target", "wasm", "a.rae"], Err("unknown target 'wasm' for run command"));
        check("run", &RUN, &["--timeout"], Err("option '--timeout' requires a value"));
        check("run", &RUN, &["--timeout", "soon"], Err("'soon' is not a number of seconds"));
        check("build", &BUILD, &["--entry", "/no/such/file"], Err("entry file '/no/such/file' not found"));
    }
}
