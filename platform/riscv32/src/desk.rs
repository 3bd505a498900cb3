//! The desk's side of the board: tests of images under QEMU, and their measures.
//!
//! `motet-board test VM RECORZ ALL` and `motet-board measure IMAGE` take ELF files; `cargo xtask board` builds them and
//! calls this.

mod golden;
mod machine;
mod sessions;

use std::path::Path;
use std::process::ExitCode;

use golden::Form;
use machine::{Machine, QEMU};
use motet_board::pack::{Entry, Pack, THEN_OFF, write};

const HELP: &str = "\
Tests and measures images of the board; `cargo xtask board` builds them and calls this.

Usage: motet-board test VM RECORZ ALL | measure IMAGE | compile SOURCE OUT | pack OUT FILE…
";

/// Runs a command.
pub fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = args.iter().map(String::as_str).collect();
    let outcome = match words[..] {
        ["pack", out, ref files @ ..] => pack(Path::new(out), files),
        ["compile", source, out] => compile(Path::new(source), Path::new(out)),
        ["test" | "measure", ..] if !machine::is_installed() => {
            Err(vec![format!("{QEMU} is missing: scripts/board-tools.sh installs it (Debian's qemu-system-misc)")])
        }
        ["test", vm, recorz, all] => test(Path::new(vm), Path::new(recorz), Path::new(all)),
        ["measure", image] => measure(Path::new(image)),
        _ => Err(vec![HELP.to_string()]),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(problems) => {
            for problem in problems {
                eprintln!("{problem}");
            }
            ExitCode::FAILURE
        }
    }
}

type Outcome = Result<(), Vec<String>>;

/// Compiles a program to a module.
fn compile(source: &Path, out: &Path) -> Outcome {
    let engine = motet::Engine::new();
    let name = source.to_string_lossy();
    let bytes = std::fs::read(source).map_err(|e| vec![format!("{name}: {e}")])?;
    let limits = motet::FormatLimits::trusted();
    let mut options = motet::CompileOptions::default();
    options.frontend.whole = true;
    let mut loader = motet::FileLoader::default();
    let program = engine.program_from_file(&name, &bytes, &mut loader, &options, &limits);
    let pbc = program.and_then(|p| p.to_pbc(true)).map_err(|e| vec![e.to_string()])?;
    // An image that embeds it is built anew only when it changes.
    if std::fs::read(out).is_ok_and(|old| old == pbc) {
        return Ok(());
    }
    std::fs::write(out, pbc).map_err(|e| vec![format!("{}: {e}", out.display())])
}

/// Writes a pack of modules or source files.
fn pack(out: &Path, files: &[&str]) -> Outcome {
    let read =
        |file: &&str| std::fs::read(file).map(|bytes| (name_of(file), bytes)).map_err(|e| format!("{file}: {e}"));
    let contents = files.iter().map(read).collect::<Result<Vec<_>, _>>().map_err(|e| vec![e])?;
    let entries = contents.iter().map(|(name, content)| Entry { name, content }).collect();
    std::fs::write(out, write(&Pack { flags: 0, entries })).map_err(|e| vec![format!("{}: {e}", out.display())])
}

fn name_of(file: &str) -> String {
    Path::new(file).file_name().map_or(String::new(), |n| n.to_string_lossy().into_owned())
}

fn test(vm: &Path, recorz: &Path, all: &Path) -> Outcome {
    let mut problems = Vec::new();
    problems.extend(golden::run(vm, Form::Modules, usize::MAX));
    problems.extend(golden::run(recorz, Form::Sources, 100));
    problems.extend(golden::run(all, Form::Sources, 40));
    for image in [vm, recorz, all] {
        problems.extend(sessions::run(image));
    }
    if problems.is_empty() { Ok(()) } else { Err(problems) }
}

/// Prints one line of figures about a run of what the image embeds: `heap N stack N instructions N`.
fn measure(image: &Path) -> Outcome {
    // QEMU counts instructions then.
    let counting = ["-icount", "shift=0,sleep=off"];
    let mut machine = Machine::start_with(image, None, &counting).map_err(|e| vec![e])?;
    machine.send(b":stats\r\x04");
    let (text, _) = machine.end().map_err(|e| vec![e])?;
    let number = |before: &str, after: &str| -> Option<u64> {
        let (_, rest) = text.rsplit_once(before)?;
        rest.split_once(after)?.0.rsplit(' ').next()?.parse().ok()
    };
    let heap = number("bytes in use, ", " at most; stack");
    let stack = number("at most; stack: ", " of ");
    let instructions = number("instructions: ", " before");
    match (heap, stack, instructions) {
        (Some(heap), Some(stack), Some(instructions)) => {
            println!("heap {heap} stack {stack} instructions {instructions}");
            Ok(())
        }
        _ => Err(vec![format!("{}: no figures in\n{text}", image.display())]),
    }
}

/// A pack that is run entry by entry, after which the machine is switched off.
fn framed(entries: Vec<Entry<'_>>) -> Vec<u8> {
    write(&Pack { flags: THEN_OFF | motet_board::pack::FRAMED, entries })
}
