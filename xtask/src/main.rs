//! Automation of the repository: `cargo xtask tidy | bench | board | docs | install-c`.
//!
//! Invariants: every command can run from any folder of the repository; a
//! check never changes a file; what is generated is generated the same way
//! everywhere.

mod bench;
mod board;
mod chart;
mod docs;
mod headers;
mod install;
mod tidy;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

const HELP: &str = "\
Automation of the Motet repository.

Usage: cargo xtask <command>

Commands:
  tidy              check layers, code map, file headers, no_std crates and machine paths
      --no-std-crates   only list the crates that build without std
  bench [names…]    measure Motet's tiers and other languages side by side
      --list            list the benchmarks
      --set NAME        only the programs of a set: awfy, micro, values
      --columns A,B     only these columns, such as 'ruff vm,moon vm,lua5.4'
      --runs N          interleaved rounds (default 5; 15 for --startup)
      --save FILE       keep the figures as JSON
      --compare FILE    show the change against saved figures
      --instructions    also count instructions with valgrind (callgrind) at the test sizes
      --evaluator       also run the reference evaluator at the test sizes
      --startup         measure instead: start-up, memory, compiler throughput, verification
      --pohlang         measure instead: PohLang on both tiers, its web server beside Node's and Python's
      --update          write the tables and the chart in benchmarks/
      --motet FILE      measure this binary instead of building one
  board build|run|disasm|test|budget|clean
                    images for a RISC-V board without an operating system; `board help` tells more
  install-c --prefix DIR
                    build the C API with optimisation and install headers, libraries and pkg-config files below DIR
      --libs DIR        take the libraries from this folder instead of building them
  docs [--check]    write the generated reference pages and C headers, or check that they are current
";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let root = repository_root();
    let outcome = match args.first().map(String::as_str) {
        Some("tidy") if args.iter().any(|a| a == "--no-std-crates") => tidy::list_no_std(&root),
        Some("tidy") => tidy::run(&root),
        Some("bench") => bench::run(&root, &args[1..]),
        Some("board") => board::run(&root, &args[1..]),
        Some("docs") => docs::run(&root, args.iter().any(|a| a == "--check")),
        Some("install-c") => install::run(&root, &args[1..]).map_err(|e| vec![e]),
        None | Some("help" | "-h" | "--help") => {
            print!("{HELP}");
            Ok(())
        }
        Some(other) => Err(vec![format!("unknown command `{other}`\n\n{HELP}")]),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(problems) => {
            for problem in &problems {
                eprintln!("{problem}");
            }
            ExitCode::FAILURE
        }
    }
}

/// What a command reports when it fails: one line per problem.
type Outcome = Result<(), Vec<String>>;

/// The folder that holds the workspace manifest.
fn repository_root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask lies in the repository").to_path_buf()
}

/// One problem as a failed outcome.
fn fail<T>(problem: impl Into<String>) -> Result<T, Vec<String>> {
    Err(vec![problem.into()])
}
