//! `cargo xtask bench --startup`: what a process costs before and around the program.
//!
//! - start-up: wall time, CPU time and peak resident memory of a program that prints one line;
//! - compiler: lines a second from source to module, over a generated program, the start of the process subtracted;
//! - verifier: megabytes a second of a `.pbc` file, likewise.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::columns::{Column, Tool, Tools};
use super::generate;
use super::process::{self, Usage, median};

/// Rounds, when nothing is said.
const ROUNDS: usize = 15;

/// Lines of the generated programs.
const LINES: usize = 100_000;

/// Size in bytes of the module that is verified.
const MODULE: usize = 1 << 20;

/// The line that every hello program prints.
const HELLO: &str = "hello";

/// Hello programs by extension.
const PROGRAMS: [(&str, &str); 9] = [
    ("ruff", "print(\"hello\")\n"),
    ("moon", "print(\"hello\")\n"),
    ("rae", "func main() { log(\"hello\") }\n"),
    ("poh", "Start Program\nWrite \"hello\"\nEnd Program\n"),
    ("rz", "'hello' displayNl.\n"),
    ("lua", "print(\"hello\")\n"),
    ("py", "print(\"hello\")\n"),
    ("js", "console.log(\"hello\");\n"),
    ("rs", "fn main() {\n    println!(\"hello\");\n}\n"),
];

/// Measures everything; gives the tables.
pub fn run(root: &Path, tools: &Tools, columns: &[Column], rounds: Option<usize>) -> Result<String, Vec<String>> {
    let folder = std::env::temp_dir().join(format!("motet-bench-{}", std::process::id()));
    fs::create_dir_all(&folder).map_err(|e| vec![format!("{}: {e}", folder.display())])?;
    let rounds = rounds.unwrap_or(ROUNDS).max(1);
    let work = Work { tools, folder: folder.clone(), rounds };
    let text = work.all(root, columns).map_err(|e| vec![e]);
    let _ = fs::remove_dir_all(&folder);
    text
}

struct Work<'a> {
    tools: &'a Tools,
    /// Where programs and modules are written.
    folder: PathBuf,
    rounds: usize,
}

impl Work<'_> {
    fn all(&self, root: &Path, columns: &[Column]) -> Result<String, String> {
        for (extension, text) in PROGRAMS {
            self.file(&format!("hello.{extension}"), text)?;
        }
        let mut out = self.hello(columns)?;
        out.push_str(&self.compilers()?);
        out.push_str(&self.verifier()?);
        let size = fs::metadata(&self.tools.motet).map_or(0, |m| m.len());
        let shown = self.tools.motet.strip_prefix(root).unwrap_or(&self.tools.motet);
        let name = shown.file_name().unwrap_or_default().display();
        let _ = writeln!(out, "Size of the `{name}` binary: {:.1} MB.", size as f64 / 1e6);
        Ok(out)
    }

    /// Start-up of every column.
    fn hello(&self, columns: &[Column]) -> Result<String, String> {
        let mut commands = Vec::new();
        for column in columns {
            let file = self.folder.join(format!("hello.{}", column.extension));
            let command = match column.tool {
                Tool::Native => Command::new(self.tools.compiled("hello", &file)?),
                Tool::Motet(_) | Tool::Peer(..) => {
                    let mut command = self.tools.command(column);
                    command.arg(file);
                    command
                }
            };
            commands.push((column.name, command));
        }
        let figures =
            self.rounds(commands.iter_mut().map(|(name, command)| (*name, command)).collect(), Some(HELLO))?;
        let least = process::least_peak();
        let mut out = format!(
            "Start-up: a program that prints one line; medians of {} rounds.\n\n\
             | | wall time | CPU time | peak resident memory |\n|---|---:|---:|---:|\n",
            self.rounds
        );
        for ((name, _), usage) in commands.iter().zip(figures) {
            let at_most = if usage.peak <= least * 1.02 { "at most " } else { "" };
            let peak = usage.peak / 1e6;
            let _ = writeln!(out, "| {name} | {:.2} ms | {:.2} ms | {at_most}{peak:.1} MB |", usage.wall, usage.cpu);
        }
        out.push('\n');
        Ok(out)
    }

    /// Lines a second through the compiler.
    fn compilers(&self) -> Result<String, String> {
        let mut out = format!(
            "Compiler: generated programs of {LINES} lines (functions, loops, calls, texts, containers, structs); CPU time \
             with that of a one-line program subtracted. `check` only reports problems; `build` writes a `.pbc` module.\n\n\
             | | source | time | lines a second | MB a second | module | peak resident memory |\n\
             |---|---:|---:|---:|---:|---:|---:|\n"
        );
        for extension in ["ruff", "moon"] {
            let text = generate::program(extension, LINES);
            let (lines, bytes) = (text.lines().count() as f64, text.len() as f64);
            let large = self.file(&format!("large.{extension}"), &text)?;
            let hello = self.folder.join(format!("hello.{extension}"));
            let module = self.folder.join("large.pbc");
            for (title, args) in
                [("check", &["check"][..]), ("build -O1", &["build", "-O1"]), ("build -O2", &["build", "-O2"])]
            {
                eprintln!("{extension}: {title}");
                let is_build = args[0] == "build";
                let command = |file: &Path| {
                    let mut command = self.motet(args, file);
                    if is_build {
                        command.arg("-o").arg(&module);
                    }
                    command
                };
                let (mut of_hello, mut of_large) = (command(&hello), command(&large));
                let used = self.rounds(vec![("hello", &mut of_hello), (title, &mut of_large)], None)?;
                let seconds = (used[1].cpu - used[0].cpu) / 1e3;
                let size = if is_build { fs::metadata(&module).map_or(0, |m| m.len()) } else { 0 };
                let size = if is_build { format!("{:.1} MB", size as f64 / 1e6) } else { "–".into() };
                let _ = writeln!(
                    out,
                    "| {extension} {title} | {:.1} MB | {:.0} ms | {:.2} million | {:.1} | {size} | {:.0} MB |",
                    bytes / 1e6,
                    seconds * 1e3,
                    lines / seconds / 1e6,
                    bytes / seconds / 1e6,
                    used[1].peak / 1e6
                );
            }
        }
        out.push('\n');
        Ok(out)
    }

    /// Megabytes a second through decoding and verification.
    fn verifier(&self) -> Result<String, String> {
        let mut out =
            "Verifier: `motet verify` of a module of about 1 MB (reading, decoding, verifying); CPU time with that of \
                       a one-line program's module subtracted.\n\n\
                       | | module | time | MB a second |\n|---|---:|---:|---:|\n"
                .to_string();
        for extension in ["ruff", "moon"] {
            for (kind, flags) in [("with debug section", &[][..]), ("stripped", &["--strip"])] {
                eprintln!("{extension}: verify {kind}");
                let hello = self.module(&self.folder.join(format!("hello.{extension}")), "hello.pbc", flags)?;
                // Modules grow with the program: one attempt tells how many lines make the wanted size.
                let trial = self.file(&format!("trial.{extension}"), &generate::program(extension, LINES / 10))?;
                let bytes = size(&self.module(&trial, "trial.pbc", flags)?);
                let lines = (LINES / 10 * MODULE / bytes.max(1)).max(1);
                let source = self.file(&format!("module.{extension}"), &generate::program(extension, lines))?;
                let module = self.module(&source, "module.pbc", flags)?;
                let (mut small, mut large) = (self.motet(&["verify"], &hello), self.motet(&["verify"], &module));
                let used = self.rounds(vec![("hello", &mut small), ("module", &mut large)], None)?;
                let milliseconds = used[1].cpu - used[0].cpu;
                let megabytes = size(&module) as f64 / 1e6;
                let _ = writeln!(
                    out,
                    "| {extension}, {kind} | {megabytes:.2} MB | {milliseconds:.1} ms | {:.0} |",
                    megabytes / milliseconds * 1e3
                );
            }
        }
        out.push('\n');
        Ok(out)
    }

    /// Writes a file into the folder.
    fn file(&self, name: &str, text: &str) -> Result<PathBuf, String> {
        let path = self.folder.join(name);
        fs::write(&path, text).map_err(|e| format!("{}: {e}", path.display()))?;
        Ok(path)
    }

    fn motet(&self, args: &[&str], file: &Path) -> Command {
        let mut command = Command::new(&self.tools.motet);
        command.args(args).arg(file);
        command
    }

    /// Builds a module in the folder.
    fn module(&self, source: &Path, name: &str, flags: &[&str]) -> Result<PathBuf, String> {
        let path = self.folder.join(name);
        process::run(self.motet(&["build"], source).args(flags).arg("-o").arg(&path))?;
        Ok(path)
    }

    /// Medians of what each command uses, over interleaved rounds after one that warms up.
    fn rounds(&self, mut commands: Vec<(&str, &mut Command)>, expected: Option<&str>) -> Result<Vec<Usage>, String> {
        let mut all: Vec<Vec<Usage>> = vec![Vec::new(); commands.len()];
        for round in 0..=self.rounds {
            for ((name, command), usages) in commands.iter_mut().zip(&mut all) {
                let (text, usage) = process::run(command).map_err(|e| format!("{name}: {e}"))?;
                if expected.is_some_and(|e| e != text.trim_end()) {
                    return Err(format!("{name}: printed `{}`", text.trim_end()));
                }
                if round > 0 {
                    usages.push(usage);
                }
            }
        }
        let middle = |usages: &[Usage], part: fn(&Usage) -> f64| median(usages.iter().map(part).collect());
        Ok(all
            .iter()
            .map(|u| Usage { wall: middle(u, |u| u.wall), cpu: middle(u, |u| u.cpu), peak: middle(u, |u| u.peak) })
            .collect())
    }
}

fn size(file: &Path) -> usize {
    fs::metadata(file).map_or(0, |m| usize::try_from(m.len()).unwrap_or(usize::MAX))
}
