//! `cargo xtask bench`: the programs of `benchmarks/` on Motet and on other languages' implementations, side by side.
//!
//! Method: one warm-up run per column that also checks the output, then rounds in which every column runs once, so
//! that a slow spell of the machine hits all columns alike; the figure is the median CPU time (user and system) of
//! the whole process, which other work on the machine changes far less than wall time.

mod columns;
mod generate;
mod measure;
mod pohlang;
mod process;
mod programs;
mod report;
mod startup;

use std::path::{Path, PathBuf};

use crate::{Outcome, fail};
use columns::Tools;
use measure::Table;
use programs::Set;
use report::Figures;

#[derive(Default)]
struct Options {
    names: Vec<String>,
    set: Option<Set>,
    columns: Vec<String>,
    runs: Option<usize>,
    save: Option<PathBuf>,
    compare: Option<PathBuf>,
    motet: Option<PathBuf>,
    instructions: bool,
    evaluator: bool,
    startup: bool,
    pohlang: bool,
    small_stack: bool,
    update: bool,
    list: bool,
}

/// Rounds of the programs, when nothing is said.
const ROUNDS: usize = 5;

/// Runs the benchmarks that the arguments choose.
pub fn run(root: &Path, args: &[String]) -> Outcome {
    let options = parse(args)?;
    let programs = programs::find(root, &options.names, options.set)?;
    if options.list {
        for program in &programs {
            println!("{}", program.row);
        }
        return Ok(());
    }
    let tools = Tools::new(root, options.motet.as_ref())?;
    let columns = columns::available(&columns::COLUMNS, &options.columns);
    if options.small_stack {
        let mut problems = Vec::new();
        let runs = measure::on_small_stack(&programs, &tools, &mut problems);
        println!("{runs} runs on a stack of {} KiB, {} failed", measure::SMALL_STACK, problems.len());
        return if problems.is_empty() { Ok(()) } else { Err(problems) };
    }
    if options.startup {
        let text = startup::run(root, &tools, &columns, options.runs)?;
        println!("{text}");
        return if options.update { report::update(root, "startup", &text) } else { Ok(()) };
    }
    if options.pohlang {
        let text = pohlang::run(root, &tools, options.runs)?;
        println!("{text}");
        return if options.update { report::update(root, "pohlang", &text) } else { Ok(()) };
    }
    let mut problems = Vec::new();
    let mut figures = Figures::default();
    for program in &programs {
        let times = measure::times(program, &tools, &columns, options.runs.unwrap_or(ROUNDS).max(1), &mut problems);
        figures.times.insert(program.row.clone(), times);
    }
    let names = present(&figures.times);
    let mut text = report::markdown(&figures.times, &names);
    if options.instructions {
        figures.instructions = measure::instructions(&programs, &tools, &columns, &mut problems);
        text = format!("{text}\n{}", report::instructions(&figures.instructions, &names));
    }
    if options.evaluator {
        text = format!("{text}\n{}", report::evaluator(&measure::evaluator(&programs, &tools, &mut problems)));
    }
    println!("{text}");
    if let Some(file) = &options.compare {
        report::compare(file, &figures)?;
    }
    if let Some(file) = &options.save {
        report::save(file, &figures)?;
    }
    if options.update {
        report::update(root, "results", &text)?;
        report::draw(root, &figures.times, &names)?;
    }
    if problems.is_empty() { Ok(()) } else { Err(problems) }
}

/// The columns that have a figure, in the order of the table.
fn present(table: &Table) -> Vec<&'static str> {
    let all = columns::COLUMNS.iter().map(|c| c.name);
    all.filter(|name| table.values().any(|row| row.contains_key(*name))).collect()
}

fn parse(args: &[String]) -> Result<Options, Vec<String>> {
    let mut options = Options::default();
    let mut rest = args.iter();
    while let Some(arg) = rest.next() {
        let mut value = || rest.next().cloned().ok_or_else(|| vec![format!("{arg} needs a value")]);
        match arg.as_str() {
            "--runs" => {
                options.runs = Some(value()?.parse().map_err(|_| vec!["--runs needs a number".to_string()])?);
            }
            "--set" => options.set = Some(set(&value()?)?),
            "--columns" => options.columns = chosen(&value()?)?,
            "--save" => options.save = Some(value()?.into()),
            "--compare" => options.compare = Some(value()?.into()),
            "--motet" => options.motet = Some(value()?.into()),
            "--instructions" => options.instructions = true,
            "--evaluator" => options.evaluator = true,
            "--startup" => options.startup = true,
            "--pohlang" => options.pohlang = true,
            "--small-stack" => options.small_stack = true,
            "--update" => options.update = true,
            "--list" => options.list = true,
            flag if flag.starts_with('-') => return fail(format!("unknown flag `{flag}`")),
            name => options.names.push(name.to_string()),
        }
    }
    Ok(options)
}

fn set(name: &str) -> Result<Set, Vec<String>> {
    match Set::ALL.iter().find(|(_, n, _)| *n == name) {
        Some((set, _, _)) => Ok(*set),
        None => fail(format!("no set `{name}`; there are: {}", Set::ALL.map(|(_, n, _)| n).join(" "))),
    }
}

/// Names of columns from a list with commas.
fn chosen(list: &str) -> Result<Vec<String>, Vec<String>> {
    let names: Vec<String> = list.split(',').map(|n| n.trim().to_string()).collect();
    let all = columns::COLUMNS.map(|c| c.name);
    match names.iter().find(|n| !all.contains(&n.as_str())) {
        Some(unknown) => fail(format!("no column `{unknown}`; there are: {}", all.join(", "))),
        None => Ok(names),
    }
}
