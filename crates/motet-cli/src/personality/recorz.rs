//! `recorz FILE…`, `recorz -e SOURCE`, and SOM's `-cp DIRS Main.som ARGS`: the command line of Recorz and its second surface.
//!
//! Invariants: standard output holds the program's output, the value of `-e` and `--call`, and the listing of `--disasm`
//! only. Exit status: 0, or what the program gives to `quit:` or `exit:`; 1 for programs, files and tools with problems; 2
//! for wrong command lines.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::input::{self, Content, Input};
use crate::session::{Session, Style};
use crate::{exit, suggest};

const HELP: &str = "\
Recorz and SOM: programs made of messages

Usage: recorz [OPTIONS] FILE… [-- ARGS]
       recorz [OPTIONS] -e SOURCE
       recorz [-cp DIRS] FILE.som [ARGS]
       recorz build | run | disasm | clean [NAME=VALUE]

Files are run in order, as if they were one. Names in .som are SOM programs; what follows them are their arguments.

Options:
  -e, --eval SOURCE    Run SOURCE (after the files, if there are any) and show its value; also `recorz eval SOURCE`
  --image FILE         Go on in the state that this image holds
  --save-image FILE    Where `KernelInstaller saveSnapshot` writes the image; with -e it is written at the end
  --disasm             List the bytecode of each method and do-it instead of running
  -cp, --classpath DIRS
                       SOM: folders of classes, separated by colons
  --call CLASS.SELECTOR
                       SOM: send this message to the class and show what it answers
  -h, --help           Print this help
  -V, --version        Print the version

The board (platform/riscv32 in Motet's sources; needs make):
  build                Make the image
  run                  Make it and run it in QEMU (Ctrl-A X leaves)
  disasm               Show its machine code
  clean                Remove what was made

Examples:
  recorz hello.rz
  recorz shape.rz square.rz main.rz
  recorz -e '3 + 4 * 5'
  recorz --image tally.image -e 'Tally value'
  recorz -cp Core:Lib Harness.som Bounce 10
";

/// The board's commands: targets of its makefile.
const BOARD: [&str; 4] = ["build", "run", "disasm", "clean"];

/// Where the board is in Motet's sources.
const BOARD_FOLDER: &str = "platform/riscv32";

const FLAGS: [&str; 9] =
    ["--eval", "--image", "--save-image", "--disasm", "--classpath", "--call", "--help", "--version", "-cp"];

/// What stands on a command line.
#[derive(Debug, Default, PartialEq, Eq)]
struct Line {
    files: Vec<String>,
    args: Vec<String>,
    eval: Option<String>,
    image: Option<String>,
    save_image: Option<String>,
    path: Vec<String>,
    call: Option<String>,
    disasm: bool,
    help: bool,
    version: bool,
    board: Option<&'static str>,
}

/// A problem in one line, perhaps with what to do about it, and the exit status.
#[derive(Debug, PartialEq, Eq)]
struct Problem {
    text: String,
    help: Option<String>,
    status: u8,
}

impl Problem {
    fn usage(text: impl Into<String>) -> Problem {
        Problem { text: text.into(), help: None, status: exit::USAGE }
    }

    fn failed(text: impl Into<String>) -> Problem {
        Problem { text: text.into(), help: None, status: exit::FAILED }
    }

    fn help(self, help: impl Into<String>) -> Problem {
        Problem { help: Some(help.into()), ..self }
    }
}

/// Runs one command line; returns the exit status.
pub fn run(args: &[String]) -> u8 {
    parse(args).and_then(|line| perform(&line)).unwrap_or_else(|problem| {
        Session::default().fail_with(&problem.text, &problem.help.unwrap_or_default(), problem.status)
    })
}

fn parse(words: &[String]) -> Result<Line, Problem> {
    let mut line = Line::default();
    let mut words = words.iter().peekable();
    if let Some(target) = words.peek().and_then(|first| BOARD.iter().find(|b| *b == first)) {
        line.board = Some(target);
        line.args = words.skip(1).cloned().collect();
        return Ok(line);
    }
    if words.peek().is_some_and(|first| *first == "eval") {
        words.next();
        line.eval = Some(words.next().cloned().ok_or_else(|| no_value("eval"))?);
    }
    while let Some(word) = words.next() {
        // A SOM program takes all that follows it.
        let som = line.files.last().is_some_and(|f| is_som(f));
        if som || word == "--" {
            line.args.extend(if som { Some(word.clone()) } else { None });
            line.args.extend(words.by_ref().cloned());
            break;
        }
        if word == "-" || !word.starts_with('-') {
            line.files.push(word.clone());
            continue;
        }
        let (name, joined) = match word.split_once('=') {
            Some((name, value)) if name.starts_with("--") => (name, Some(value.to_string())),
            _ => (word.as_str(), None),
        };
        let mut value = || joined.clone().or_else(|| words.next().cloned()).ok_or_else(|| no_value(name));
        match name {
            "-e" | "--eval" => line.eval = Some(value()?),
            "--image" => line.image = Some(value()?),
            "--save-image" => line.save_image = Some(value()?),
            "--call" => line.call = Some(value()?),
            "-cp" | "--classpath" => line.path = value()?.split(':').map(str::to_string).collect(),
            "--disasm" if joined.is_none() => line.disasm = true,
            "-h" | "--help" if joined.is_none() => line.help = true,
            "-V" | "--version" if joined.is_none() => line.version = true,
            _ => return Err(unknown(name)),
        }
    }
    if line.help || line.version { Ok(line) } else { consistent(line) }
}

/// The line, if what stands on it goes together.
fn consistent(line: Line) -> Result<Line, Problem> {
    let som = line.files.iter().any(|f| is_som(f));
    if som && line.files.iter().any(|f| !is_som(f)) {
        return Err(Problem::usage("Recorz and SOM have classes of their own: name files of one of them"));
    }
    if !som && line.call.is_some() && line.path.is_empty() {
        return Err(Problem::usage("--call sends a message to a class of SOM")
            .help("recorz -cp DIRS --call CLASS.SELECTOR, or name the file of the class"));
    }
    if line.disasm && line.eval.is_some() {
        return Err(Problem::usage("--disasm lists files; -e runs").help("leave out one of them"));
    }
    if line.files.is_empty() && line.eval.is_none() && line.call.is_none() {
        return Err(Problem::usage("no file is named").help("name it: recorz program.rz    (recorz --help shows more)"));
    }
    Ok(line)
}

fn is_som(file: &str) -> bool {
    Path::new(file).extension().is_some_and(|e| e == "som")
}

fn no_value(name: &str) -> Problem {
    Problem::usage(match name {
        "-e" | "--eval" | "eval" => format!("{name} needs the source of an expression"),
        "-cp" | "--classpath" => format!("{name} needs folders"),
        "--call" => "--call needs a class and a selector: CLASS.SELECTOR".to_string(),
        _ => format!("{name} needs the name of a file"),
    })
}

fn unknown(name: &str) -> Problem {
    let problem = Problem::usage(format!("unknown option '{name}'"));
    let dashed = format!("-{name}");
    let near = FLAGS.iter().find(|f| **f == dashed).copied().or_else(|| suggest::nearest(name, FLAGS));
    match near {
        Some(near) => problem.help(format!("did you mean '{near}'?")),
        None => problem.help("recorz --help shows all options"),
    }
}

fn perform(line: &Line) -> Result<u8, Problem> {
    if line.help {
        print!("{HELP}");
        return Ok(exit::OK);
    }
    if line.version {
        println!("recorz (motet {})", env!("CARGO_PKG_VERSION"));
        return Ok(exit::OK);
    }
    if let Some(target) = line.board {
        return board(target, &line.args);
    }
    let mut files = line.files.clone();
    let input = match &line.eval {
        Some(source) => {
            let content = Content::Source { language: "recorz".into(), text: source.clone() };
            Input { name: "<eval>".into(), content }
        }
        None => match files.pop() {
            Some(last) => read(&last)?,
            None => read(&class_file(line)?)?,
        },
    };
    for file in &files {
        // What is wrong with its name is said here, with what may have been meant.
        read(file)?;
    }
    let session = Session {
        style: Style::Native,
        args: line.args.clone(),
        image: line.image.clone(),
        save_image: line.save_image.clone(),
        files,
        path: line.path.clone(),
        call: line.call.clone(),
        evaluate: line.eval.is_some(),
        ..Session::default()
    };
    Ok(if line.disasm { session.disassemble(&input, false) } else { session.run(&input) })
}

/// The file of the class that `--call` names, in the class path.
fn class_file(line: &Line) -> Result<String, Problem> {
    let class = line.call.as_deref().and_then(|call| call.split_once('.')).map(|(class, _)| class);
    let class = class.filter(|class| !class.is_empty()).ok_or_else(|| no_value("--call"))?;
    let files = line.path.iter().map(|folder| Path::new(folder).join(format!("{class}.som")));
    match files.filter(|file| file.is_file()).map(|file| file.display().to_string()).next() {
        Some(file) => Ok(file),
        None => Err(Problem::failed(format!("no folder of the class path holds {class}.som"))),
    }
}

/// Reads a file; problems are told with the file that may have been meant.
fn read(file: &str) -> Result<Input, Problem> {
    let language = if is_som(file) { "som" } else { "recorz" };
    let extensions: Vec<&str> = motet::LANGUAGES
        .iter()
        .filter(|l| matches!(l.name, "recorz" | "som"))
        .flat_map(|l| l.extensions)
        .copied()
        .collect();
    let extension = Path::new(file).extension().and_then(|e| e.to_str()).unwrap_or_default();
    if extension == "rcz" && !extensions.contains(&"rcz") {
        let problem = Problem::failed(format!("'{file}': the prototype surface of Recorz is not part of Motet"));
        return Err(problem.help("write it with classes, as .rz"));
    }
    input::read_text(file, language).map_err(|e| {
        let problem = Problem::failed(format!("cannot read '{file}': {e}"));
        let near = if Path::new(file).is_dir() {
            suggest::first_in(file, &extensions)
        } else {
            suggest::nearest_file(file, &extensions)
        };
        match near.filter(|_| file != "-") {
            Some(near) => problem.help(format!("did you mean '{near}'?")),
            None => problem,
        }
    })
}

/// Runs a target of the board's makefile.
fn board(target: &str, args: &[String]) -> Result<u8, Problem> {
    let folder = board_folder().ok_or_else(|| {
        Problem::failed(format!("there is no folder {BOARD_FOLDER} here or above"))
            .help(format!("`recorz {target}` is for Motet's sources; to run a program: recorz FILE"))
    })?;
    let status = Command::new("make")
        .arg("-C")
        .arg(&folder)
        .arg(target)
        .args(args)
        .status()
        .map_err(|e| Problem::failed(format!("make: {e}")).help("on Debian and Ubuntu: apt-get install make"))?;
    Ok(status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(exit::FAILED))
}

/// The board's folder, in the working directory or one above.
fn board_folder() -> Option<PathBuf> {
    let here = std::env::current_dir().ok()?;
    here.ancestors().map(|folder| folder.join(BOARD_FOLDER)).find(|folder| folder.join("Makefile").is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        text.split_whitespace().map(str::to_string).collect()
    }

    #[test]
    fn files_options_and_arguments_are_told_apart() {
        let check = |text: &str, expected: Line| assert_eq!(parse(&words(text)), Ok(expected), "{text}");
        check("a.rz b.rz", Line { files: words("a.rz b.rz"), ..Line::default() });
        check("a.rz -- -e 3", Line { files: words("a.rz"), args: words("-e 3"), ..Line::default() });
        check("-e 3", Line { eval: Some("3".into()), ..Line::default() });
        check("eval 3", Line { eval: Some("3".into()), ..Line::default() });
        check("--eval=3 a.rz", Line { eval: Some("3".into()), files: words("a.rz"), ..Line::default() });
        check(
            "--image a.image --save-image=b.image -e x",
            Line {
                eval: Some("x".into()),
                image: Some("a.image".into()),
                save_image: Some("b.image".into()),
                ..Line::default()
            },
        );
        check(
            "-cp A:B Main.som x --disasm -- y",
            Line { path: words("A B"), files: words("Main.som"), args: words("x --disasm -- y"), ..Line::default() },
        );
        check("-cp A --call B.run", Line { path: words("A"), call: Some("B.run".into()), ..Line::default() });
        check("--disasm a.rz", Line { disasm: true, files: words("a.rz"), ..Line::default() });
        check("run CONFIG=vm", Line { board: Some("run"), args: words("CONFIG=vm"), ..Line::default() });
    }

    #[test]
    fn wrong_command_lines_are_explained() {
        let check = |text: &str, expected: &str, help: &str| match parse(&words(text)) {
            Ok(line) => panic!("{text}: {line:?}"),
            Err(problem) => {
                assert_eq!((problem.text.as_str(), problem.status), (expected, exit::USAGE), "{text}");
                assert_eq!(problem.help.unwrap_or_default(), help, "{text}");
            }
        };
        check("", "no file is named", "name it: recorz program.rz    (recorz --help shows more)");
        check("-e", "-e needs the source of an expression", "");
        check("--imag x", "unknown option '--imag'", "did you mean '--image'?");
        check("-disasm a.rz", "unknown option '-disasm'", "did you mean '--disasm'?");
        check("--frobnicate", "unknown option '--frobnicate'", "recorz --help shows all options");
        check("a.rz b.som", "Recorz and SOM have classes of their own: name files of one of them", "");
        check("--disasm -e 3", "--disasm lists files; -e runs", "leave out one of them");
        check(
            "--call A.b a.rz",
            "--call sends a message to a class of SOM",
            "recorz -cp DIRS --call CLASS.SELECTOR, or name the file of the class",
        );
    }
}
