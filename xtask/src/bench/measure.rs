//! Measures programs: CPU time in interleaved rounds, instruction counts, and the reference evaluator.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::process::{Command, Stdio};

use super::columns::{self, Column, EVALUATOR, Tool, Tools};
use super::process::{self, median};
use super::programs::{Program, Run};

/// A figure by row, then by column.
pub type Table = BTreeMap<String, BTreeMap<String, f64>>;

/// Median CPU milliseconds of a program at its measured size. One warm-up run per column comes first; then rounds in
/// which every column runs once, so that a slow spell of the machine hits all columns alike.
pub fn times(
    program: &Program,
    tools: &Tools,
    columns: &[Column],
    rounds: usize,
    problems: &mut Vec<String>,
) -> BTreeMap<String, f64> {
    let mut active = Vec::new();
    for column in columns.iter().filter(|c| program.file(c.extension).is_file()) {
        eprintln!("{}: {}", program.row, column.name);
        match once(tools, column, program, &program.run) {
            Ok(_) => active.push(*column),
            Err(problem) => problems.push(format!("{}: {}: {problem}", program.row, column.name)),
        }
    }
    let mut all: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    for _ in 0..rounds {
        for column in &active {
            match once(tools, column, program, &program.run) {
                Ok(time) => all.entry(column.name).or_default().push(time),
                Err(problem) => problems.push(format!("{}: {}: {problem}", program.row, column.name)),
            }
        }
    }
    all.into_iter().map(|(column, times)| (column.to_string(), median(times))).collect()
}

/// CPU milliseconds of one run; fails when the output is not the expected one.
fn once(tools: &Tools, column: &Column, program: &Program, run: &Run) -> Result<f64, String> {
    let (text, usage) = process::run_with(&mut tools.program(column, program, run)?, &run.input())?;
    if text.trim_end() != run.expected {
        return Err(format!("printed `{}` instead of `{}`", text.trim_end(), run.expected));
    }
    Ok(usage.cpu)
}

/// Host stack of [`on_small_stack`], in KiB.
pub const SMALL_STACK: usize = 256;

/// Runs each program at its small size on a host stack that an interpreter overflows which calls its handlers instead of
/// jumping to them; returns the number of runs. Unix only: elsewhere nothing is run.
pub fn on_small_stack(programs: &[Program], tools: &Tools, problems: &mut Vec<String>) -> usize {
    let mut runs = 0;
    let vm = columns::COLUMNS.iter().filter(|c| matches!(c.tool, Tool::Motet(_)));
    for (column, program) in vm.flat_map(|c| programs.iter().map(move |p| (c, p))) {
        if !cfg!(unix) || !program.file(column.extension).is_file() {
            continue;
        }
        runs += 1;
        let outcome = tools.program(column, program, program.small()).and_then(|plain| {
            let mut limited = Command::new("sh");
            limited.arg("-c").arg(format!("ulimit -s {SMALL_STACK} && exec \"$0\" \"$@\""));
            limited.arg(plain.get_program()).args(plain.get_args()).envs(process::variables(&plain));
            process::run_with(&mut limited, &program.small().input())
        });
        match outcome {
            Ok((text, _)) if text.trim_end() == program.small().expected => {}
            Ok((text, _)) => problems.push(format!("{}: {}: printed `{}`", program.row, column.name, text.trim_end())),
            Err(problem) => problems.push(format!("{}: {}: {problem}", program.row, column.name)),
        }
    }
    runs
}

/// CPU milliseconds of the evaluator and of the interpreter at each program's small size, one run each.
pub fn evaluator(programs: &[Program], tools: &Tools, problems: &mut Vec<String>) -> Table {
    let mut table = Table::new();
    let mut seen: Vec<&str> = Vec::new();
    for program in programs {
        // Rows of one program share the small size.
        if program.test.is_some() && seen.contains(&program.name.as_str()) {
            continue;
        }
        seen.push(&program.name);
        let row = if program.test.is_some() { &program.name } else { &program.row };
        let vm = columns::COLUMNS.iter().filter(|c| matches!(c.tool, Tool::Motet(_)));
        for column in vm.chain(&EVALUATOR).filter(|c| program.file(c.extension).is_file()) {
            eprintln!("{row}: {} at {}", column.name, program.small().size);
            match once(tools, column, program, program.small()) {
                Ok(time) => {
                    table.entry(row.clone()).or_default().insert(column.name.to_string(), time);
                }
                Err(problem) => problems.push(format!("{row}: {}: {problem}", column.name)),
            }
        }
    }
    table
}

/// Millions of instructions at each program's small size, as callgrind counts them: whatever the machine does
/// besides, the same program takes the same number.
pub fn instructions(programs: &[Program], tools: &Tools, columns: &[Column], problems: &mut Vec<String>) -> Table {
    let mut table = Table::new();
    for program in programs.iter().filter(|p| p.test.is_some()) {
        let counted = |c: &&Column| matches!(c.tool, Tool::Motet(_)) || c.name == columns::BASE;
        for column in columns.iter().filter(counted).filter(|c| program.file(c.extension).is_file()) {
            eprintln!("{}: instructions of {}", program.name, column.name);
            let plain = match tools.program(column, program, program.small()) {
                Ok(plain) => plain,
                Err(problem) => {
                    problems.push(problem);
                    continue;
                }
            };
            match count(&plain, &program.small().input()) {
                Ok(count) => {
                    table.entry(program.name.clone()).or_default().insert(column.name.to_string(), count);
                }
                Err(problem) => problems.push(format!("{}: {}: {problem}", program.name, column.name)),
            }
        }
    }
    table
}

/// Millions of instructions that a command executes.
fn count(plain: &Command, input: &str) -> Result<f64, String> {
    let mut counted = Command::new("valgrind");
    counted
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(plain.get_program())
        .args(plain.get_args())
        .envs(process::variables(plain))
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    let mut child = counted.spawn().map_err(|e| format!("valgrind: {e} (scripts/setup-tools.sh installs it)"))?;
    // A program that reads no input may have closed it already.
    let _ = child.stdin.take().map(|mut stdin| stdin.write_all(input.as_bytes()));
    let output = child.wait_with_output().map_err(|e| format!("valgrind: {e}"))?;
    let text = String::from_utf8_lossy(&output.stderr);
    text.lines()
        .find_map(|l| l.split("Collected :").nth(1))
        .and_then(|n| n.trim().parse::<u64>().ok())
        .map(|count| count as f64 / 1e6)
        .ok_or_else(|| format!("no count: {}", text.trim()))
}
