//! `cargo xtask bench`: the programs of `benchmarks/` on Motet's tiers and on
//! other languages' implementations, side by side.
//!
//! Method: one warm-up run per column that also checks the output, then
//! rounds in which every column runs once, so that a slow spell of the machine
//! hits all columns alike; the figure is the median of whole-process wall time.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::{Outcome, chart, fail};

/// Longest time one run may take before its column is given up for the program.
const PATIENCE: Duration = Duration::from_secs(120);

/// Name, extension of the programs, command.
type Column = (&'static str, &'static str, &'static [&'static str]);

/// Columns, in table order: name, extension of its programs, command (`MOTET` stands for the binary).
const COLUMNS: &[Column] = &[
    ("ruff vm", "ruff", &["MOTET", "run", "--tier", "vm"]),
    ("ruff ast", "ruff", &["MOTET", "run", "--tier", "ast"]),
    ("moon vm", "moon", &["MOTET", "run", "--tier", "vm"]),
    ("moon ast", "moon", &["MOTET", "run", "--tier", "ast"]),
    ("lua5.4", "lua", &["lua5.4"]),
    ("luajit -joff", "lua", &["luajit", "-joff"]),
    ("luajit", "lua", &["luajit"]),
    ("python3", "py", &["python3"]),
    ("node", "js", &["node"]),
];

/// The column that ratios refer to.
const BASE: &str = "lua5.4";

#[derive(Default)]
struct Options {
    names: Vec<String>,
    runs: usize,
    save: Option<PathBuf>,
    compare: Option<PathBuf>,
    motet: Option<PathBuf>,
    instructions: bool,
    update: bool,
    list: bool,
}

/// One row of the table: a program, perhaps at one of several sizes.
#[derive(Debug)]
struct Program {
    /// Row title: the name, with `/SIZE` when there are several.
    row: String,
    /// Stem of the source files.
    name: String,
    folder: PathBuf,
    /// The size, as the program's only argument.
    size: Option<String>,
    /// What it must print.
    expected: String,
}

impl Program {
    fn file(&self, extension: &str) -> PathBuf {
        self.folder.join(format!("{}.{extension}", self.name))
    }
}

/// Median milliseconds by program, then by column.
pub type Table = BTreeMap<String, BTreeMap<String, f64>>;

/// Runs the benchmarks that the arguments choose.
pub fn run(root: &Path, args: &[String]) -> Outcome {
    let options = parse(args)?;
    let programs = programs(root, &options.names)?;
    if options.list {
        for program in &programs {
            println!("{}", program.row);
        }
        return Ok(());
    }
    let motet = match &options.motet {
        Some(path) => path.clone(),
        None => build(root)?,
    };
    let columns = available();
    let mut table = Table::new();
    let mut problems = Vec::new();
    for program in &programs {
        table.insert(program.row.clone(), measure(program, &motet, &columns, options.runs, &mut problems));
    }
    let names: Vec<&str> = COLUMNS.iter().map(|c| c.0).filter(|n| table.values().any(|r| r.contains_key(*n))).collect();
    let text = markdown(&table, &names);
    println!("{text}");
    if options.instructions {
        instructions(&programs, &motet, &columns);
    }
    if let Some(file) = &options.compare {
        compare(file, &table)?;
    }
    if let Some(file) = &options.save {
        write(file, &serde_json::to_string_pretty(&json!(table)).unwrap_or_default())?;
    }
    if options.update {
        update(root, &text, &table, &names)?;
    }
    if problems.is_empty() { Ok(()) } else { Err(problems) }
}

fn parse(args: &[String]) -> Result<Options, Vec<String>> {
    let mut options = Options { runs: 5, ..Options::default() };
    let mut rest = args.iter();
    while let Some(arg) = rest.next() {
        let mut value = || rest.next().cloned().ok_or_else(|| vec![format!("{arg} needs a value")]);
        match arg.as_str() {
            "--runs" => options.runs = value()?.parse().map_err(|_| vec!["--runs needs a number".to_string()])?,
            "--save" => options.save = Some(value()?.into()),
            "--compare" => options.compare = Some(value()?.into()),
            "--motet" => options.motet = Some(value()?.into()),
            "--instructions" => options.instructions = true,
            "--update" => options.update = true,
            "--list" => options.list = true,
            flag if flag.starts_with('-') => return fail(format!("unknown flag `{flag}`")),
            name => options.names.push(name.to_string()),
        }
    }
    options.runs = options.runs.max(1);
    Ok(options)
}

/// Benchmarks in name order; all of them when none is named.
fn programs(root: &Path, names: &[String]) -> Result<Vec<Program>, Vec<String>> {
    let entries = fs::read_dir(root.join("benchmarks")).map_err(|e| vec![format!("benchmarks: {e}")])?;
    let mut found: Vec<Program> = entries.flatten().flat_map(|e| rows(&e.path())).collect();
    found.sort_by(|a, b| a.name.cmp(&b.name));
    for name in names {
        if !found.iter().any(|p| p.name == *name) {
            let mut all: Vec<&str> = found.iter().map(|p| p.name.as_str()).collect();
            all.dedup();
            return fail(format!("no benchmark `{name}`; there are: {}", all.join(" ")));
        }
    }
    found.retain(|p| names.is_empty() || names.contains(&p.name));
    Ok(found)
}

/// The rows of one folder: `expected.out` makes one, `sizes` (lines of size and result) one per line.
fn rows(folder: &Path) -> Vec<Program> {
    let Some(name) = folder.file_name().and_then(|n| n.to_str()) else { return Vec::new() };
    let program = |row: String, size: Option<&str>, expected: &str| Program {
        row,
        name: name.to_string(),
        folder: folder.to_path_buf(),
        size: size.map(str::to_string),
        expected: expected.trim_end().to_string(),
    };
    if let Ok(expected) = fs::read_to_string(folder.join("expected.out")) {
        return vec![program(name.to_string(), None, &expected)];
    }
    let sizes = fs::read_to_string(folder.join("sizes")).unwrap_or_default();
    sizes
        .lines()
        .filter_map(|l| l.split_once(' '))
        .map(|(size, expected)| program(format!("{name}/{size}"), Some(size), expected))
        .collect()
}

fn build(root: &Path) -> Result<PathBuf, Vec<String>> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status = Command::new(cargo)
        .args(["build", "--release", "--quiet", "--package", "motet-cli"])
        .current_dir(root)
        .status()
        .map_err(|e| vec![format!("cargo build: {e}")])?;
    if !status.success() {
        return fail("the release build failed");
    }
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
    Ok(target.join("release/motet"))
}

/// The columns whose program is installed; says which are not.
fn available() -> Vec<&'static Column> {
    let mut missing: Vec<&str> = Vec::new();
    let columns = COLUMNS
        .iter()
        .filter(|(_, _, command)| {
            let tool = command[0];
            let flag = if tool.starts_with("lua") { "-v" } else { "--version" };
            let found = tool == "MOTET"
                || Command::new(tool)
                    .arg(flag)
                    .stdout(Stdio::null())
                    .stderr(Stdio::null())
                    .status()
                    .is_ok_and(|s| s.success());
            if !found && !missing.contains(&tool) {
                missing.push(tool);
            }
            found
        })
        .collect();
    for tool in missing {
        eprintln!("note: {tool} is not installed; its columns are left out (scripts/setup-tools.sh installs it)");
    }
    columns
}

fn command(column: &Column, motet: &Path, program: &Program) -> Command {
    let own = column.2[0] == "MOTET";
    let mut command = if own { Command::new(motet) } else { Command::new(column.2[0]) };
    command.args(&column.2[1..]).arg(program.file(column.1));
    if let Some(size) = &program.size {
        command.args(own.then_some("--")).arg(size);
    }
    command.stdin(Stdio::null()).stderr(Stdio::piped()).stdout(Stdio::piped());
    command
}

fn measure(
    program: &Program,
    motet: &Path,
    columns: &[&'static Column],
    runs: usize,
    problems: &mut Vec<String>,
) -> BTreeMap<String, f64> {
    let mut times: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    let mut active = Vec::new();
    for column in columns.iter().filter(|c| program.file(c.1).is_file()) {
        eprintln!("{}: {}", program.row, column.0);
        match once(command(column, motet, program), &program.expected) {
            Ok(_) => active.push(*column),
            Err(problem) => problems.push(format!("{}: {}: {problem}", program.row, column.0)),
        }
    }
    for _ in 0..runs {
        for column in &active {
            match once(command(column, motet, program), &program.expected) {
                Ok(time) => times.entry(column.0).or_default().push(time),
                Err(problem) => problems.push(format!("{}: {}: {problem}", program.row, column.0)),
            }
        }
    }
    times.into_iter().map(|(column, all)| (column.to_string(), median(all))).collect()
}

/// One run in milliseconds; fails when the output is not the expected one.
fn once(mut command: Command, expected: &str) -> Result<f64, String> {
    let start = Instant::now();
    let mut child = command.spawn().map_err(|e| e.to_string())?;
    let watchdog_end = start + PATIENCE;
    let mut stdout = child.stdout.take().ok_or("no output pipe")?;
    let reader = std::thread::spawn(move || {
        let mut text = String::new();
        let _ = std::io::Read::read_to_string(&mut stdout, &mut text);
        (text, Instant::now())
    });
    // The pipe closes when the program ends; only then is there anything to wait for.
    while !reader.is_finished() {
        if Instant::now() > watchdog_end {
            let _ = child.kill();
            let _ = child.wait();
            return Err(format!("gave up after {} s", PATIENCE.as_secs()));
        }
        std::thread::sleep(Duration::from_micros(500));
    }
    let (text, end) = reader.join().map_err(|_| "reader failed".to_string())?;
    let output = child.wait_with_output().map_err(|e| e.to_string())?;
    if !output.status.success() {
        return Err(format!("{}: {}", output.status, String::from_utf8_lossy(&output.stderr).trim()));
    }
    if text.trim_end() != expected.trim_end() {
        return Err(format!("printed `{}` instead of `{}`", text.trim_end(), expected.trim_end()));
    }
    Ok((end - start).as_secs_f64() * 1000.0)
}

fn median(mut all: Vec<f64>) -> f64 {
    all.sort_by(f64::total_cmp);
    match all.len() {
        0 => f64::NAN,
        n if n % 2 == 1 => all[n / 2],
        n => (all[n / 2 - 1] + all[n / 2]) / 2.0,
    }
}

fn markdown(table: &Table, columns: &[&str]) -> String {
    let mut out = String::from("| program |");
    for column in columns {
        let _ = write!(out, " {column} |");
    }
    out.push_str("\n|---|");
    out.push_str(&"---:|".repeat(columns.len()));
    out.push('\n');
    for (name, row) in table {
        let _ = write!(out, "| {name} |");
        let base = row.get(BASE);
        for column in columns {
            match (row.get(*column), base) {
                (Some(ms), Some(base)) if *column != BASE => {
                    let _ = write!(out, " {ms:.1} ms ({:.2}×) |", ms / base);
                }
                (Some(ms), _) => {
                    let _ = write!(out, " {ms:.1} ms |");
                }
                (None, _) => out.push_str(" – |"),
            }
        }
        out.push('\n');
    }
    let _ = write!(out, "| **geometric mean to {BASE}** |");
    for column in columns {
        match geometric_mean(table, column) {
            Some(mean) => {
                let _ = write!(out, " {mean:.2}× |");
            }
            None => out.push_str(" – |"),
        }
    }
    out.push('\n');
    out
}

/// Mean ratio of a column to the base over the programs that both have. Programs at several sizes are there to show
/// how time grows; they are too short to compare languages by.
fn geometric_mean(table: &Table, column: &str) -> Option<f64> {
    let logs: Vec<f64> = table
        .iter()
        .filter(|(name, _)| !name.contains('/'))
        .filter_map(|(_, row)| Some((row.get(column)? / row.get(BASE)?).ln()))
        .collect();
    if logs.is_empty() { None } else { Some((logs.iter().sum::<f64>() / logs.len() as f64).exp()) }
}

fn compare(file: &Path, table: &Table) -> Outcome {
    let text = fs::read_to_string(file).map_err(|e| vec![format!("{}: {e}", file.display())])?;
    let old: Value = serde_json::from_str(&text).map_err(|e| vec![format!("{}: {e}", file.display())])?;
    println!("Change against {} (above 1: slower):", file.display());
    for (name, row) in table {
        for (column, ms) in row {
            if let Some(before) = old[name][column].as_f64() {
                println!("  {name:24} {column:14} {before:9.1} ms → {ms:9.1} ms  {:.2}×", ms / before);
            }
        }
    }
    Ok(())
}

/// Instructions executed, as callgrind counts them: independent of the machine's load.
fn instructions(programs: &[Program], motet: &Path, columns: &[&'static Column]) {
    println!("Instructions (callgrind), millions:");
    for program in programs {
        for column in columns.iter().filter(|c| c.2[0] == "MOTET" || c.2[0].starts_with("lua")) {
            if column.0.ends_with("ast") || !program.file(column.1).is_file() {
                continue;
            }
            let plain = command(column, motet, program);
            let mut counted = Command::new("valgrind");
            counted
                .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
                .arg(plain.get_program())
                .args(plain.get_args())
                .stdout(Stdio::null());
            let Ok(output) = counted.output() else {
                eprintln!("note: valgrind is not installed; no instruction counts");
                return;
            };
            let text = String::from_utf8_lossy(&output.stderr).into_owned();
            let count =
                text.lines().find_map(|l| l.split("Collected :").nth(1)).and_then(|n| n.trim().parse::<u64>().ok());
            match count {
                Some(count) => println!("  {:24} {:14} {:12.1}", program.row, column.0, count as f64 / 1e6),
                None => println!("  {:24} {:14} {:>12}", program.row, column.0, "failed"),
            }
        }
    }
}

fn update(root: &Path, text: &str, table: &Table, columns: &[&str]) -> Outcome {
    const OPEN: &str = "<!-- results -->";
    const CLOSE: &str = "<!-- end results -->";
    let file = root.join("benchmarks/README.md");
    let page = fs::read_to_string(&file).map_err(|e| vec![format!("{}: {e}", file.display())])?;
    let (Some(start), Some(end)) = (page.find(OPEN), page.find(CLOSE)) else {
        return fail(format!("{}: no `{OPEN}` … `{CLOSE}`", file.display()));
    };
    let page = format!("{}{OPEN}\n{text}{}", &page[..start], &page[end..]);
    write(&file, &page)?;
    let ratios: Vec<(String, f64)> =
        columns.iter().filter_map(|c| Some(((*c).to_string(), geometric_mean(table, c)?))).collect();
    write(
        &root.join("benchmarks/results.svg"),
        &chart::bars(&format!("Time relative to {BASE} (geometric mean; shorter is faster)"), &ratios),
    )
}

fn write(file: &Path, text: &str) -> Outcome {
    fs::write(file, text).map_err(|e| vec![format!("{}: {e}", file.display())])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle_of_the_sorted_times() {
        let check = |all: &[f64], expected: f64| assert_eq!(median(all.to_vec()), expected);
        check(&[3.0, 1.0, 2.0], 2.0);
        check(&[4.0, 1.0, 2.0, 3.0], 2.5);
    }

    #[test]
    fn ratios_refer_to_the_base_column() {
        let row = BTreeMap::from([("lua5.4".to_string(), 10.0), ("ruff vm".to_string(), 5.0)]);
        let table = Table::from([("fib".to_string(), row)]);
        assert!(markdown(&table, &["ruff vm", "lua5.4"]).contains("| fib | 5.0 ms (0.50×) | 10.0 ms |"));
    }

    #[test]
    fn every_benchmark_states_its_result() {
        let root = crate::repository_root();
        let found = programs(&root, &[]).unwrap_or_default();
        assert!(found.len() >= 10, "{found:?}");
        for program in found {
            assert!(program.file("ruff").is_file(), "{} has no Ruff program", program.name);
            assert!(!program.expected.is_empty(), "{} has no expected result", program.row);
        }
    }
}
