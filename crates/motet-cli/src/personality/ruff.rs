//! `ruff run|check|test-run|test|repl|init …`, as Ruff's own tool has it.

use std::fs;
use std::path::{Path, PathBuf};

use crate::input::{self, Input};
use crate::session::{Session, Style};
use crate::{cli, exit, repl, suggest, testing};

const HELP: &str = "\
Ruff programming language

Usage: ruff <COMMAND>

Commands:
  run        Run a Ruff script file
  check      Lex, parse and compile a script without running it
  test-run   Run the test blocks of a file
  test       Run tests/*.ruff and compare their output with the .out files
  repl       Type programs line by line
  init       Make a new project
  help       Print this message

Options:
  -h, --help     Print help
  -V, --version  Print version
";

const RUN_HELP: &str = "\
Run a Ruff script file

Usage: ruff run [FLAGS] FILE [ARGS...]

Flags (before or after FILE; `--` ends them; unknown ones after FILE go to the script):
  --interpreter                 use the tree-walking evaluator
  --jit                         accepted; Motet runs the program on its interpreter
  --scheduler-timeout-ms N      bound on waiting for asynchronous work (default 120000)
  --json-runtime-diagnostics    print an uncaught error as JSON on standard output
  --untrusted                   allow nothing that is not allowed by name
  --allow-all, --allow-fs-read, --allow-fs-write, --allow-fs-delete, --allow-process-exec,
  --allow-shell-exec, --allow-env-read, --allow-env-write, --allow-net-client, --allow-net-server,
  --allow-net, --allow-database, --allow-clock, --allow-random
";

const COMMANDS: [&str; 6] = ["run", "check", "test-run", "test", "repl", "init"];

/// Commands of the original tool that this build does not have.
const MISSING: [&str; 15] = [
    "format",
    "lint",
    "package-add",
    "package-install",
    "package-publish",
    "bench",
    "profile",
    "serve",
    "docgen",
    "lsp",
    "lsp-complete",
    "pack",
    "doctor",
    "bench-cross",
    "bench-ssg",
];

/// Runs one command line; returns the exit status.
pub fn run(args: &[String]) -> u8 {
    let Some(command) = args.first().map(String::as_str) else {
        print!("{HELP}");
        return exit::OK;
    };
    let rest = &args[1..];
    let wants_help = rest.iter().take_while(|a| *a != "--").any(|a| a == "-h" || a == "--help");
    match command {
        "-h" | "--help" | "help" => {
            print!("{HELP}");
            exit::OK
        }
        "-V" | "--version" => {
            println!("ruff 1.0.0");
            exit::OK
        }
        "run" if wants_help && rest.first().is_some_and(|a| a.starts_with("-h") || a == "--help") => {
            print!("{RUN_HELP}");
            exit::OK
        }
        "run" => run_script(rest),
        "check" => check(rest),
        "test-run" => test_run(rest),
        "test" => test_folder(rest),
        "repl" => repl::run("ruff", &session()),
        "init" => init(rest),
        missing if MISSING.contains(&missing) => {
            eprintln!("error: `ruff {missing}` is not part of Motet yet");
            exit::USAGE
        }
        other => {
            eprintln!("error: unrecognized subcommand '{other}'");
            if let Some(near) = suggest::nearest(other, COMMANDS) {
                eprintln!("\n  tip: a similar subcommand exists: '{near}'");
            }
            eprintln!("\nUsage: ruff <COMMAND>\n\nFor more information, try '--help'.");
            exit::USAGE
        }
    }
}

fn session() -> Session {
    Session { style: Style::Native, ..Session::default() }
}

fn usage(message: &str) -> u8 {
    eprintln!("error: {message}\n\nFor more information, try '--help'.");
    exit::USAGE
}

/// What stands on a `run` command line.
#[derive(Debug, Default, PartialEq, Eq)]
struct RunLine {
    file: Option<String>,
    args: Vec<String>,
    flags: Vec<String>,
    interpreter: bool,
    jit: bool,
    json: bool,
    scheduler_timeout_ms: Option<u64>,
}

fn parse_run(words: &[String]) -> Result<RunLine, String> {
    let mut line = RunLine::default();
    let mut words = words.iter();
    while let Some(word) = words.next() {
        match word.as_str() {
            "--" => {
                let mut rest: Vec<String> = words.cloned().collect();
                if line.file.is_none() && !rest.is_empty() {
                    line.file = Some(rest.remove(0));
                }
                line.args.extend(rest);
                return Ok(line);
            }
            "--interpreter" => line.interpreter = true,
            "--jit" => line.jit = true,
            "--json-runtime-diagnostics" => line.json = true,
            "--scheduler-timeout-ms" => {
                let value = words.next().ok_or("--scheduler-timeout-ms needs a value")?;
                line.scheduler_timeout_ms = Some(milliseconds(value)?);
            }
            flag if flag.starts_with("--scheduler-timeout-ms=") => {
                line.scheduler_timeout_ms = Some(milliseconds(&flag["--scheduler-timeout-ms=".len()..])?);
            }
            flag if is_capability(flag) => line.flags.push(flag[2..].to_string()),
            flag if flag.starts_with("--") && line.file.is_none() => {
                return Err(format!("unexpected argument '{flag}' found"));
            }
            _ if line.file.is_none() => line.file = Some(word.clone()),
            _ => line.args.push(word.clone()),
        }
    }
    Ok(line)
}

fn milliseconds(text: &str) -> Result<u64, String> {
    text.parse().map_err(|_| format!("invalid value '{text}' for '--scheduler-timeout-ms <N>'"))
}

fn is_capability(flag: &str) -> bool {
    matches!(flag, "--untrusted" | "--allow-all" | "--allow-net")
        || motet::Capability::ALL.iter().any(|c| c.flag() == flag)
}

fn run_script(words: &[String]) -> u8 {
    let line = match parse_run(words) {
        Ok(line) => line,
        Err(message) => return usage(&message),
    };
    let Some(file) = &line.file else {
        return usage("the following required arguments were not provided:\n  <FILE>");
    };
    let input = match read(file) {
        Ok(input) => input,
        Err(status) => return status,
    };
    if line.jit {
        eprintln!("notice: there is no JIT in this build; running on the interpreter");
    }
    let mut session = session();
    session.tier = if line.interpreter { motet::Tier::Ast } else { motet::Tier::Vm };
    session.args = line.args;
    session.capabilities = cli::capabilities(|name| line.flags.iter().any(|f| f == name));
    if line.json {
        session.style = Style::RuffJson;
    }
    session.run(&input)
}

/// Reads a script, or says why not in Ruff's words.
fn read(file: &str) -> Result<Input, u8> {
    input::read_text(file, "ruff").map_err(|message| {
        eprintln!("[RUFCLI001] [cli] error: Failed to read .ruff file '{file}': {message}");
        exit::IO
    })
}

fn check(words: &[String]) -> u8 {
    let (flags, files): (Vec<&String>, Vec<&String>) = words.iter().partition(|w| w.starts_with('-') && *w != "-");
    let has = |short: &str, long: &str| flags.iter().any(|f| *f == short || *f == long);
    if let Some(unknown) = flags.iter().find(|f| !["-q", "--quiet", "-v", "--verbose", "--json"].contains(&f.as_str()))
    {
        return usage(&format!("unexpected argument '{unknown}' found"));
    }
    let [file] = files.as_slice() else {
        return usage("one <FILE> is needed");
    };
    let input = match read(file) {
        Ok(input) => input,
        Err(status) => return status,
    };
    let mut session = session();
    session.json = has("--json", "--json");
    session.level = Some(0);
    session.check(&input, has("-v", "--verbose"), false, |checked| {
        if has("-q", "--quiet") || session.json {
            return;
        }
        let detail = if has("-v", "--verbose") {
            format!(" (statements={}, bytecode_instructions={})", checked.statements, checked.instructions)
        } else {
            String::new()
        };
        println!("check passed: {file}{detail}");
    })
}

fn test_run(words: &[String]) -> u8 {
    let verbose = words.iter().any(|w| w == "-v" || w == "--verbose");
    let Some(file) = words.iter().find(|w| !w.starts_with('-')) else {
        return usage("the following required arguments were not provided:\n  <FILE>");
    };
    match read(file) {
        Ok(input) => testing::run(&input, &session(), verbose),
        Err(status) => status,
    }
}

/// `ruff test`: golden files in `tests/`.
fn test_folder(words: &[String]) -> u8 {
    let update = words.iter().any(|w| w == "--update");
    let verbose = words.iter().any(|w| w == "-v" || w == "--verbose");
    let mut tiers = vec![motet::Tier::Vm];
    if let Some(at) = words.iter().position(|w| w == "--runtime") {
        tiers = match words.get(at + 1).map(String::as_str) {
            Some("vm") => vec![motet::Tier::Vm],
            Some("interpreter") => vec![motet::Tier::Ast],
            Some("dual") => vec![motet::Tier::Ast, motet::Tier::Vm],
            _ => return usage("--runtime needs interpreter, vm or dual"),
        };
    }
    let mut files: Vec<PathBuf> =
        fs::read_dir("tests").map(|entries| entries.flatten().map(|e| e.path()).collect()).unwrap_or_default();
    files.retain(|f| f.extension().is_some_and(|e| e == "ruff"));
    files.sort();
    let (mut passed, mut failed) = (0, 0);
    for file in &files {
        for tier in &tiers {
            match compare(file, *tier, update) {
                Ok(note) => {
                    passed += 1;
                    if verbose || !note.is_empty() {
                        println!("  ✓ {}{note}", file.display());
                    }
                }
                Err(problem) => {
                    failed += 1;
                    println!("  ✗ {}\n{problem}", file.display());
                }
            }
        }
    }
    println!("\nTests: {} total, {passed} passed, {failed} failed", passed + failed);
    if failed == 0 { exit::OK } else { exit::FAILED }
}

/// Compares one file's output with its `.out` file, which is made when it is missing.
fn compare(file: &Path, tier: motet::Tier, update: bool) -> Result<&'static str, String> {
    let path = file.display().to_string();
    let input = input::read_text(&path, "ruff").map_err(|e| format!("    {e}"))?;
    let mut session = session();
    session.tier = tier;
    let got = session.capture(&input).trim().to_string();
    let golden = file.with_extension("out");
    match fs::read_to_string(&golden) {
        Ok(expected) if expected.trim() == got => Ok(""),
        Ok(expected) if !update => Err(format!("    expected:\n{}\n    got:\n{got}", expected.trim())),
        _ => {
            motet::write_atomically(&golden, format!("{got}\n").as_bytes()).map_err(|e| format!("    {e}"))?;
            Ok(" (output file written)")
        }
    }
}

/// `ruff init`: a new project.
fn init(words: &[String]) -> u8 {
    let value = |flag: &str| words.iter().position(|w| w == flag).and_then(|at| words.get(at + 1)).cloned();
    let folder = PathBuf::from(value("--dir").unwrap_or_else(|| ".".into()));
    let name = value("--name")
        .or_else(|| fs::canonicalize(&folder).ok()?.file_name()?.to_str().map(str::to_string))
        .unwrap_or_else(|| "project".into());
    let manifest = folder.join("ruff.toml");
    if manifest.exists() {
        eprintln!("error: {} exists already", manifest.display());
        return exit::IO;
    }
    let made = fs::create_dir_all(folder.join("src")).and_then(|()| {
        let quoted = name.replace('\\', "\\\\").replace('"', "\\\"");
        let head = format!("[package]\nname = \"{quoted}\"\nversion = \"0.1.0\"\n\n[dependencies]\n");
        motet::write_atomically(&manifest, head.as_bytes())?;
        let main = folder.join("src/main.ruff");
        if main.exists() { Ok(()) } else { motet::write_atomically(&main, b"print(\"Hello, Ruff!\")\n") }
    });
    match made {
        Ok(()) => {
            println!("Initialized Ruff project '{name}' in {}", folder.display());
            exit::OK
        }
        Err(e) => {
            eprintln!("error: {}: {e}", folder.display());
            exit::IO
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<String> {
        line.split_whitespace().map(str::to_string).collect()
    }

    #[test]
    fn known_flags_are_consumed_on_both_sides_of_the_file() {
        let check = |line: &str, file: &str, args: &[&str], flags: usize| {
            let parsed = parse_run(&words(line)).expect(line);
            assert_eq!(parsed.file.as_deref(), Some(file), "{line}");
            assert_eq!(parsed.args, args, "{line}");
            assert_eq!(parsed.flags.len(), flags, "{line}");
        };
        check("a.ruff", "a.ruff", &[], 0);
        check("--interpreter a.ruff x --untrusted y", "a.ruff", &["x", "y"], 1);
        check("a.ruff --other -z 1", "a.ruff", &["--other", "-z", "1"], 0);
        check("a.ruff x -- --untrusted", "a.ruff", &["x", "--untrusted"], 0);
        check("--scheduler-timeout-ms 5 -- a.ruff --jit", "a.ruff", &["--jit"], 0);
    }

    #[test]
    fn wrong_flags_before_the_file_are_refused() {
        for line in ["--nope a.ruff", "--scheduler-timeout-ms x a.ruff", "--scheduler-timeout-ms"] {
            assert!(parse_run(&words(line)).is_err(), "{line}");
        }
    }
}
