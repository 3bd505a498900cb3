//! `pohlang [OPTIONS] FILE`, as PohLang's own tool has it.
//!
//! Invariants: the first line about a problem is the one that PohLang's own tool shows, `Error: TEXT`; what Motet knows
//! besides (place, excerpt, help) follows it. Standard output holds the program's output only, and the lines that
//! `--compile` and `--disassemble` are asked for. Exit status: 0; 1 for programs and files with problems; 2 for wrong
//! command lines.

use std::fs;
use std::path::Path;

use motet_bytecode::{DecodeErrorKind, Limits as FormatLimits};

use crate::cache::{Choice, Outcome};
use crate::input::{self, Content, Input};
use crate::session::{Build, Session, Style, print_err};
use crate::stats::Measure;
use crate::watch::{self, Watch};
use crate::{exit, suggest};

/// The version of PohLang that this command line is the one of.
const VERSION: &str = "pohlang 0.6.7";

const HELP: &str = "\
PohLang: programs in plain English

Usage: pohlang MODE [OPTIONS] FILE

Modes (one of them):
  --run            Run a program (.poh)
  --bytecode       Run a program through the bytecode cache: what was compiled once is not compiled again
  --compile        Compile a program to bytecode (.pbc)
  --run-bytecode   Run bytecode (.pbc)
  --disassemble    Show what is in a bytecode file (.pbc)
  --aot            Not available; see --compile

Options:
  --watch          With --run: run again, or let a web program go on with the new text, whenever a file changes
  -o, --out FILE   With --compile: where to write [default: the program's name with .pbc]
  --stats          Print figures about the run when it ends
  -h, --help       Print this help
  -V, --version    Print the version

Examples:
  pohlang --run hello.poh
  pohlang --compile hello.poh -o hello.pbc
  pohlang --run-bytecode hello.pbc
";

const NOTHING_TO_DO: &str = "\
Nothing to do. Use one of:
  --run            Run the program
  --bytecode       Run the program through the bytecode cache
  --compile        Compile the program to bytecode
  --run-bytecode   Run a bytecode file
  --disassemble    Show a bytecode file
";

const NO_AOT: &str = "AOT compilation is not yet implemented. Use --compile to generate bytecode.";

/// What to do with the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    Run,
    Bytecode,
    Compile,
    RunBytecode,
    Disassemble,
    Aot,
}

/// The modes with their flags.
const MODES: [(&str, Mode); 6] = [
    ("--run", Mode::Run),
    ("--bytecode", Mode::Bytecode),
    ("--compile", Mode::Compile),
    ("--run-bytecode", Mode::RunBytecode),
    ("--disassemble", Mode::Disassemble),
    ("--aot", Mode::Aot),
];

/// Flags that are no modes.
const FLAGS: [&str; 6] = ["--watch", "--out", "--stats", "--help", "--version", "-o"];

/// What stands on a command line.
#[derive(Debug, Default, PartialEq, Eq)]
struct Line {
    mode: Option<Mode>,
    file: Option<String>,
    out: Option<String>,
    watch: bool,
    stats: bool,
    help: bool,
    version: bool,
}

/// A problem in one line, and perhaps what to do about it.
#[derive(Debug, PartialEq, Eq)]
struct Problem {
    text: String,
    help: Option<String>,
}

impl Problem {
    fn new(text: impl Into<String>) -> Problem {
        Problem { text: text.into(), help: None }
    }

    fn help(self, help: impl Into<String>) -> Problem {
        Problem { help: Some(help.into()), ..self }
    }

    /// Shows the problem; returns the status.
    fn show(&self, status: u8) -> u8 {
        let help = self.help.as_ref().map_or(String::new(), |h| format!("  = help: {h}\n"));
        print_err(&format!("Error: {}\n{help}", self.text));
        status
    }
}

/// Runs one command line; returns the exit status.
pub fn run(args: &[String]) -> u8 {
    let line = match parse(args) {
        Ok(line) => line,
        Err(problem) => return problem.show(exit::USAGE),
    };
    if line.help {
        print!("{HELP}");
        return exit::OK;
    }
    if line.version {
        println!("{VERSION}");
        return exit::OK;
    }
    if line.mode == Some(Mode::Aot) {
        print_err(&format!(
            "{NO_AOT}\n  = help: `motet build --standalone FILE` makes one executable file of a program\n"
        ));
        return exit::FAILED;
    }
    let Some(file) = &line.file else {
        let example = MODES.iter().find(|m| Some(m.1) == line.mode).map_or("--run", |m| m.0);
        let name = if wants_module(line.mode) { "program.pbc" } else { "program.poh" };
        let help = format!("name it: pohlang {example} {name}    (pohlang --help shows all modes)");
        return Problem::new("no file is named").help(help).show(exit::USAGE);
    };
    let session =
        Session { style: Style::NativeWithPlace, stats: line.stats.then_some(Measure::All), ..Session::default() };
    perform(&line, file, &session).unwrap_or_else(|problem| problem.show(exit::FAILED))
}

/// Whether a mode takes a `.pbc` file.
fn wants_module(mode: Option<Mode>) -> bool {
    matches!(mode, Some(Mode::RunBytecode | Mode::Disassemble))
}

fn parse(words: &[String]) -> Result<Line, Problem> {
    let mut line = Line::default();
    let mut words = words.iter();
    let mut flags = true;
    while let Some(word) = words.next() {
        if !flags || word == "-" || !word.starts_with('-') {
            set_file(&mut line, word)?;
            continue;
        }
        let (name, joined) = match word.split_once('=') {
            Some((name, value)) if name.starts_with("--") => (name, Some(value.to_string())),
            _ => (word.as_str(), None),
        };
        if joined.is_some() && name != "--out" {
            return Err(unknown(word));
        }
        match name {
            "--" => flags = false,
            "-h" | "--help" => line.help = true,
            "-V" | "--version" => line.version = true,
            "--watch" => line.watch = true,
            "--stats" => line.stats = true,
            "-o" | "--out" => {
                let value = joined.or_else(|| words.next().cloned()).filter(|v| !v.is_empty());
                let missing = || Problem::new(format!("{name} needs the name of a file")).help(OUT_EXAMPLE);
                line.out = Some(value.ok_or_else(missing)?);
            }
            _ => match MODES.iter().find(|m| m.0 == name) {
                Some((_, mode)) => set_mode(&mut line, *mode)?,
                None => return Err(unknown(word)),
            },
        }
    }
    if line.help || line.version {
        return Ok(line);
    }
    if line.watch {
        match line.mode {
            None => line.mode = Some(Mode::Run),
            Some(Mode::Run) => {}
            Some(other) => {
                let text = format!("--watch belongs to --run and cannot be used with {}", flag_of(other));
                return Err(Problem::new(text).help("pohlang --run --watch program.poh"));
            }
        }
    }
    if line.out.is_some() && line.mode != Some(Mode::Compile) {
        return Err(Problem::new("-o says where --compile writes; there is no --compile").help(OUT_EXAMPLE));
    }
    Ok(line)
}

const OUT_EXAMPLE: &str = "pohlang --compile program.poh -o program.pbc";

fn flag_of(mode: Mode) -> &'static str {
    MODES.iter().find(|m| m.1 == mode).map_or("", |m| m.0)
}

fn set_mode(line: &mut Line, mode: Mode) -> Result<(), Problem> {
    match line.mode {
        Some(first) if first != mode => {
            let text = format!("{} and {} cannot be used together", flag_of(first), flag_of(mode));
            Err(Problem::new(text).help("choose one of them"))
        }
        _ => {
            line.mode = Some(mode);
            Ok(())
        }
    }
}

fn set_file(line: &mut Line, file: &str) -> Result<(), Problem> {
    let Some(first) = &line.file else {
        line.file = Some(file.to_string());
        return Ok(());
    };
    let text = format!("one file at a time, please; there are '{first}' and '{file}'");
    let dashed = format!("--{first}");
    Err(match MODES.iter().find(|m| m.0 == dashed) {
        Some((flag, _)) => Problem::new(text).help(format!("did you mean: pohlang {flag} {file}")),
        None => Problem::new(text),
    })
}

fn unknown(word: &str) -> Problem {
    let problem = Problem::new(format!("unknown option '{word}'"));
    let name = word.split('=').next().unwrap_or(word);
    let dashed = format!("-{name}");
    let known = || MODES.iter().map(|m| m.0).chain(FLAGS);
    let near = known().find(|k| *k == dashed).or_else(|| match name {
        "--output" => Some("--out"),
        "-w" => Some("--watch"),
        "-r" => Some("--run"),
        "-c" | "--build" => Some("--compile"),
        "-d" | "--disasm" => Some("--disassemble"),
        "-v" => Some("--version"),
        _ if name.len() > 2 => suggest::nearest(name, known()),
        _ => None,
    });
    match near {
        Some(near) => problem.help(format!("did you mean '{near}'?")),
        None => problem.help("pohlang --help shows all options"),
    }
}

fn perform(line: &Line, file: &str, session: &Session) -> Result<u8, Problem> {
    if wants_module(line.mode) {
        let input = module(file, line.mode)?;
        return match line.mode {
            Some(Mode::Disassemble) => Ok(session.disassemble(&input, false)),
            _ => Ok(session.run(&input)),
        };
    }
    let input = source(file, line.mode)?;
    match line.mode {
        Some(Mode::Compile) => compile(&input, &output(line, file)?, session),
        Some(Mode::Run) if line.watch => {
            if file == "-" {
                return Err(Problem::new("what is typed in cannot be watched").help("write the program to a file"));
            }
            let language = motet::Engine::new().language("pohlang").ok();
            Ok(watch::watch(session, &Watch { path: file, language, keep: false, poll: None }))
        }
        Some(Mode::Bytecode) => {
            let cache = Choice { small: true, told: Some(tell_of_cache), ..Choice::default() };
            Ok(Session { cache, ..session.clone() }.run(&input))
        }
        Some(_) => Ok(session.run(&input)),
        None => Ok(match session.check(&input, false, false, |_| ()) {
            exit::OK => {
                print_err(NOTHING_TO_DO);
                exit::OK
            }
            status => status,
        }),
    }
}

/// Says where the bytecode of `--bytecode` is.
fn tell_of_cache(outcome: &Outcome) {
    print_err(&match outcome {
        Outcome::Hit | Outcome::Stored(_) => "✅ Compiled to bytecode cache\n".to_string(),
        other => format!("note: there is no entry in the bytecode cache ({other})\n"),
    });
}

/// The program text of a file.
fn source(file: &str, mode: Option<Mode>) -> Result<Input, Problem> {
    let input = read(file, &["poh"])?;
    if let Content::Module(_) = input.content {
        let problem = Problem::new(format!("'{file}' is bytecode, not the text of a program"));
        return Err(match mode {
            Some(Mode::Compile) => problem.help(format!("it is compiled already: pohlang --run-bytecode {file}")),
            _ => problem.help(format!("to run it: pohlang --run-bytecode {file}")),
        });
    }
    Ok(input)
}

/// The bytecode of a file, of which no more is believed here than that it can be loaded.
fn module(file: &str, mode: Option<Mode>) -> Result<Input, Problem> {
    let input = match read(file, &["pbc"]) {
        Err(problem) if problem.text.contains("UTF-8") => {
            return Err(Problem::new("Invalid magic header (not a .pbc file)"));
        }
        other => other?,
    };
    let Content::Module(bytes) = &input.content else {
        let problem = Problem::new("Invalid magic header (not a .pbc file)");
        return Err(match mode {
            Some(Mode::Disassemble) => problem
                .help(format!("'{file}' looks like text; to make bytecode of a program: pohlang --compile {file}")),
            _ => problem.help(format!("'{file}' looks like text; to run a program: pohlang --run {file}")),
        });
    };
    match motet::Program::from_pbc(bytes, &FormatLimits::trusted()) {
        Ok(_) => Ok(input),
        Err(e) => Err(bad_module(&e, file)),
    }
}

/// A file that is no good bytecode, in PohLang's words.
fn bad_module(error: &motet::Error, file: &str) -> Problem {
    let detail = match error {
        motet::Error::Decode(e) => match e.kind {
            DecodeErrorKind::NotBytecode => return Problem::new("Invalid magic header (not a .pbc file)"),
            DecodeErrorKind::UnsupportedVersion(version) => {
                return Problem::new(format!("Unsupported bytecode version: {version}"))
                    .help("compile the program again: pohlang --compile program.poh");
            }
            DecodeErrorKind::CutShort { .. } | DecodeErrorKind::Truncated => "Unexpected end of data".to_string(),
            _ => e.to_string(),
        },
        other => other.to_string(),
    };
    Problem::new(format!("Invalid data: {detail}"))
        .help(format!("'{file}' is damaged; compile the program again: pohlang --compile program.poh"))
}

/// Reads a file; problems are told in words, with the file that may have been meant.
fn read(file: &str, extensions: &[&str]) -> Result<Input, Problem> {
    if Path::new(file).is_dir() {
        let problem = Problem::new(format!("'{file}' is a folder, not a program"));
        return Err(match suggest::first_in(file, extensions) {
            Some(inside) => problem.help(format!("did you mean '{inside}'?")),
            None => problem,
        });
    }
    input::read_text(file, "pohlang").map_err(|e| {
        if file != "-" && !Path::new(file).exists() {
            let problem = Problem::new(format!("there is no file '{file}'"));
            let dashed = format!("--{file}");
            return match suggest::nearest_file(file, extensions) {
                Some(near) => problem.help(format!("did you mean '{near}'?")),
                None if MODES.iter().any(|m| m.0 == dashed) => problem.help(format!("did you mean '{dashed}'?")),
                None => problem,
            };
        }
        if e.contains("UTF-8") {
            return Problem::new(format!("'{file}' is not a text file ({e})"));
        }
        Problem::new(format!("cannot read '{file}': {e}"))
    })
}

/// Where `--compile` writes.
fn output(line: &Line, file: &str) -> Result<String, Problem> {
    let out = match &line.out {
        Some(out) => out.clone(),
        None if file == "-" => return Err(Problem::new("where should the bytecode go?").help(OUT_EXAMPLE)),
        None => Path::new(file).with_extension("pbc").display().to_string(),
    };
    let same = |a: &str, b: &str| fs::canonicalize(a).is_ok_and(|a| fs::canonicalize(b).is_ok_and(|b| a == b));
    if out == file || same(&out, file) {
        let text = format!("the bytecode would replace the program '{file}'");
        return Err(Problem::new(text).help("give another name after -o"));
    }
    if Path::new(&out).is_dir() {
        let name = Path::new(file).with_extension("pbc");
        let inside = Path::new(&out).join(name.file_name().unwrap_or_default());
        let problem = Problem::new(format!("'{out}' is a folder"));
        return Err(problem.help(format!("name a file: -o {}", inside.display())));
    }
    Ok(out)
}

fn compile(input: &Input, out: &str, session: &Session) -> Result<u8, Problem> {
    let status = session.build(input, out, &Build::default());
    if status != exit::OK {
        return Ok(if status == exit::IO { exit::FAILED } else { status });
    }
    if out == "-" {
        return Ok(status);
    }
    let size = fs::metadata(out).map_or(0, |m| m.len());
    println!("✅ Compiled to bytecode: {out} ({:.1} KB)", size as f64 / 1024.0);
    Ok(exit::OK)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        text.split_whitespace().map(str::to_string).collect()
    }

    #[test]
    fn flags_stand_before_and_after_the_file() {
        let check = |text: &str, expected: Line| assert_eq!(parse(&words(text)), Ok(expected), "{text}");
        let file = || Some("a.poh".to_string());
        check("--run a.poh", Line { mode: Some(Mode::Run), file: file(), ..Line::default() });
        check("a.poh --run", Line { mode: Some(Mode::Run), file: file(), ..Line::default() });
        check("--watch a.poh", Line { mode: Some(Mode::Run), file: file(), watch: true, ..Line::default() });
        let compile = || Line { mode: Some(Mode::Compile), file: file(), out: Some("b".into()), ..Line::default() };
        check("--compile a.poh -o b", compile());
        check("--out=b --compile a.poh", compile());
        check("--out b a.poh --compile --compile", compile());
        check("-- --run", Line { file: Some("--run".into()), ..Line::default() });
        check("", Line::default());
    }

    #[test]
    fn wrong_command_lines_are_explained() {
        let check = |text: &str, expected: &str, help: &str| match parse(&words(text)) {
            Ok(line) => panic!("{text}: {line:?}"),
            Err(problem) => {
                assert_eq!(problem.text, expected, "{text}");
                assert_eq!(problem.help.unwrap_or_default(), help, "{text}");
            }
        };
        check("--rnu a.poh", "unknown option '--rnu'", "did you mean '--run'?");
        check("-run a.poh", "unknown option '-run'", "did you mean '--run'?");
        check("--disasm a.pbc", "unknown option '--disasm'", "did you mean '--disassemble'?");
        check("--frobnicate a.poh", "unknown option '--frobnicate'", "pohlang --help shows all options");
        check("--run=a.poh", "unknown option '--run=a.poh'", "did you mean '--run'?");
        check("--run --compile a.poh", "--run and --compile cannot be used together", "choose one of them");
        check(
            "run a.poh",
            "one file at a time, please; there are 'run' and 'a.poh'",
            "did you mean: pohlang --run a.poh",
        );
        check("--run a.poh b.poh", "one file at a time, please; there are 'a.poh' and 'b.poh'", "");
        check("--compile a.poh -o", "-o needs the name of a file", OUT_EXAMPLE);
        check("--run a.poh -o b", "-o says where --compile writes; there is no --compile", OUT_EXAMPLE);
        check(
            "--compile --watch a.poh",
            "--watch belongs to --run and cannot be used with --compile",
            "pohlang --run --watch program.poh",
        );
    }
}
