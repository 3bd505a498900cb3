//! What the measurements say: tables, means, comparison with saved figures, the page and its chart.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use super::columns::BASE;
use super::measure::Table;
use super::programs::Set;
use crate::{Outcome, chart, fail};

/// One run's figures.
#[derive(Debug, Default)]
pub struct Figures {
    /// Median CPU milliseconds.
    pub times: Table,
    /// Millions of instructions at the small size.
    pub instructions: Table,
}

/// Which rows a mean is over.
type Over = fn(&str) -> bool;

/// The means, with their titles.
const MEANS: [(&str, Over); 2] =
    [("Are We Fast Yet", |row| Set::of(row) == Set::Awfy), ("all programs", |row| Set::of(row) != Set::Values)];

/// A table per set, each with its rows' figures and ratios to the base column, then the means.
pub fn markdown(table: &Table, columns: &[&str]) -> String {
    let mut out = String::new();
    for (set, _, title) in Set::ALL {
        let rows: Table =
            table.iter().filter(|(row, _)| Set::of(row) == set).map(|(row, r)| (row.clone(), r.clone())).collect();
        if rows.is_empty() {
            continue;
        }
        let _ = writeln!(out, "{title}:\n\n{}", header("program", columns));
        for (name, row) in &rows {
            let _ = write!(out, "| {name} |");
            for column in columns {
                let _ = write!(out, " {} |", cell(row.get(*column).copied(), row.get(BASE).copied(), *column == BASE));
            }
            out.push('\n');
        }
        out.push('\n');
    }
    let _ = writeln!(out, "Geometric means of the ratios to {BASE}:\n\n{}", header("mean over", columns));
    for (title, over) in MEANS {
        let means: Vec<Option<(f64, usize)>> = columns.iter().map(|c| mean_to_base(table, c, over)).collect();
        if means.iter().all(Option::is_none) {
            continue;
        }
        let _ = write!(out, "| {title} |");
        for mean in means {
            match mean {
                Some((mean, count)) => {
                    let _ = write!(out, " {mean:.2}× ({count}) |");
                }
                None => out.push_str(" – |"),
            }
        }
        out.push('\n');
    }
    out
}

/// The first two lines of a table.
fn header(first: &str, columns: &[&str]) -> String {
    format!("| {first} | {} |\n|---|{}", columns.join(" | "), "---:|".repeat(columns.len()))
}

fn cell(value: Option<f64>, base: Option<f64>, is_base: bool) -> String {
    match (value, base) {
        (Some(ms), Some(base)) if !is_base => format!("{ms:.0} ms ({:.2}×)", ms / base),
        (Some(ms), _) => format!("{ms:.0} ms"),
        (None, _) => "–".into(),
    }
}

/// Mean ratio of a column to the base, and the number of programs that both have.
fn mean_to_base(table: &Table, column: &str, over: Over) -> Option<(f64, usize)> {
    geometric_mean(
        table.iter().filter(|(row, _)| over(row)).filter_map(|(_, row)| Some(row.get(column)? / row.get(BASE)?)),
    )
}

/// The geometric mean of positive numbers and their count; nothing of no numbers.
fn geometric_mean(ratios: impl Iterator<Item = f64>) -> Option<(f64, usize)> {
    let logs: Vec<f64> = ratios.map(f64::ln).collect();
    if logs.is_empty() { None } else { Some(((logs.iter().sum::<f64>() / logs.len() as f64).exp(), logs.len())) }
}

/// Languages of the evaluator's table.
const EVALUATED: [&str; 6] = ["ruff", "moon", "rae", "pohlang", "recorz", "som"];

/// The evaluator beside the interpreter.
pub fn evaluator(table: &Table) -> String {
    let mut out = "The reference evaluator, CPU time of one run at the test size:\n\n| program |".to_string();
    for language in EVALUATED {
        let _ = write!(out, " {language} vm | {language} ast | ast / vm |");
    }
    let _ = writeln!(out, "\n|---|{}", "---:|".repeat(3 * EVALUATED.len()));
    for (name, row) in table {
        let _ = write!(out, "| {name} |");
        for language in EVALUATED {
            match (row.get(&format!("{language} vm")), row.get(&format!("{language} ast"))) {
                (Some(vm), Some(ast)) => {
                    let _ = write!(out, " {vm:.1} ms | {ast:.1} ms | {:.1}× |", ast / vm);
                }
                _ => out.push_str(" – | – | – |"),
            }
        }
        out.push('\n');
    }
    out.push_str("| **geometric mean** |");
    for language in EVALUATED {
        let (vm, ast) = (format!("{language} vm"), format!("{language} ast"));
        let mean = geometric_mean(table.values().filter_map(|row| Some(row.get(&ast)? / row.get(&vm)?)));
        let _ = write!(out, " | | {} |", mean.map_or("–".into(), |(mean, _)| format!("{mean:.1}×")));
    }
    out.push('\n');
    out
}

/// Instruction counts, and the ratio to the base column.
pub fn instructions(table: &Table, columns: &[&str]) -> String {
    let columns: Vec<&str> =
        columns.iter().copied().filter(|c| table.values().any(|row| row.contains_key(*c))).collect();
    let mut out = format!("Millions of instructions at the test size:\n\n{}\n", header("program", &columns));
    for (name, row) in table {
        let _ = write!(out, "| {name} |");
        for column in &columns {
            let _ = match (row.get(*column), row.get(BASE)) {
                (Some(count), Some(base)) if *column != BASE => write!(out, " {count:.1} ({:.2}×) |", count / base),
                (Some(count), _) => write!(out, " {count:.1} |"),
                (None, _) => write!(out, " – |"),
            };
        }
        out.push('\n');
    }
    out
}

/// Writes the figures for [`compare`].
pub fn save(file: &Path, figures: &Figures) -> Outcome {
    let document = json!({ "times": figures.times, "instructions": figures.instructions });
    write(file, &(serde_json::to_string_pretty(&document).unwrap_or_default() + "\n"))
}

/// Prints the change against saved figures: per program and column, and the mean of each column.
pub fn compare(file: &Path, figures: &Figures) -> Outcome {
    let text = fs::read_to_string(file).map_err(|e| vec![format!("{}: {e}", file.display())])?;
    let old: Value = serde_json::from_str(&text).map_err(|e| vec![format!("{}: {e}", file.display())])?;
    let text = change("CPU time", "ms", &old["times"], &figures.times)
        + &change("instructions", "M", &old["instructions"], &figures.instructions);
    if text.is_empty() {
        return fail(format!("{} has no figure of what was measured now", file.display()));
    }
    print!("{text}");
    Ok(())
}

/// The change of one kind of figure, as text; empty when nothing is on both sides.
fn change(what: &str, unit: &str, old: &Value, new: &Table) -> String {
    let mut out = String::new();
    let mut columns: Vec<&str> = Vec::new();
    for (name, row) in new {
        for (column, now) in row {
            let Some(before) = old[name][column].as_f64() else { continue };
            if !columns.contains(&column.as_str()) {
                columns.push(column);
            }
            let ratio = now / before;
            let _ = writeln!(out, "  {name:24} {column:14} {before:9.1} {unit} → {now:9.1} {unit}  {ratio:.3}×");
        }
    }
    if out.is_empty() {
        return out;
    }
    for column in columns {
        for (title, over) in MEANS {
            let ratios = new.iter().filter(|(name, _)| over(name)).filter_map(|(name, row)| {
                let now = row.get(column)?;
                Some(now / old[name][column].as_f64()?)
            });
            if let Some((mean, count)) = geometric_mean(ratios) {
                let _ = writeln!(out, "  geometric mean, {title} ({count}), {column}: {mean:.3}×");
            }
        }
    }
    format!("Change of {what} (above 1: more than before):\n{out}")
}

/// Puts a table between the marks of `benchmarks/README.md`.
pub fn update(root: &Path, mark: &str, text: &str) -> Outcome {
    let (open, close) = (format!("<!-- {mark} -->"), format!("<!-- end {mark} -->"));
    let file = root.join("benchmarks/README.md");
    let page = fs::read_to_string(&file).map_err(|e| vec![format!("{}: {e}", file.display())])?;
    let (Some(start), Some(end)) = (page.find(&open), page.find(&close)) else {
        return fail(format!("{}: no `{open}` … `{close}`", file.display()));
    };
    write(&file, &format!("{}{open}\n{}\n{}", &page[..start], text.trim_end(), &page[end..]))
}

/// Draws the means over all programs.
pub fn draw(root: &Path, table: &Table, columns: &[&str]) -> Outcome {
    let over = MEANS[1].1;
    let ratios: Vec<(String, f64)> =
        columns.iter().filter_map(|c| Some(((*c).to_string(), mean_to_base(table, c, over)?.0))).collect();
    let title = format!("CPU time relative to {BASE} (geometric mean over all programs; shorter is faster)");
    write(&root.join("benchmarks/results.svg"), &chart::bars(&title, &ratios))
}

fn write(file: &Path, text: &str) -> Outcome {
    fs::write(file, text).map_err(|e| vec![format!("{}: {e}", file.display())])
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn table(rows: &[(&str, &[(&str, f64)])]) -> Table {
        rows.iter()
            .map(|(name, row)| {
                ((*name).to_string(), row.iter().map(|(c, v)| ((*c).to_string(), *v)).collect::<BTreeMap<_, _>>())
            })
            .collect()
    }

    #[test]
    fn ratios_refer_to_the_base_column() {
        let table = table(&[("fib", &[("lua5.4", 10.0), ("ruff vm", 5.0)])]);
        let text = markdown(&table, &["ruff vm", "lua5.4"]);
        assert!(text.contains("| fib | 5 ms (0.50×) | 10 ms |"), "{text}");
    }

    #[test]
    fn each_mean_is_over_its_own_programs() {
        let table = table(&[
            ("richards", &[("lua5.4", 10.0), ("ruff vm", 40.0)]),
            ("fib", &[("lua5.4", 10.0), ("ruff vm", 10.0)]),
            ("values_swap/1", &[("lua5.4", 10.0), ("ruff vm", 1000.0)]),
        ]);
        let text = markdown(&table, &["ruff vm"]);
        assert!(text.contains("| Are We Fast Yet | 4.00× (1) |"), "{text}");
        assert!(text.contains("| all programs | 2.00× (2) |"), "{text}");
    }

    #[test]
    fn a_change_is_told_per_program_and_as_a_mean() {
        let new = table(&[("fib", &[("ruff vm", 20.0)]), ("sieve", &[("ruff vm", 5.0)])]);
        let text = change("CPU time", "ms", &json!({"fib": {"ruff vm": 10.0}, "sieve": {"ruff vm": 10.0}}), &new);
        assert!(text.contains("2.000×") && text.contains("0.500×"), "{text}");
        assert!(text.contains("geometric mean, all programs (2), ruff vm: 1.000×"), "{text}");
        assert_eq!(change("CPU time", "ms", &json!({}), &new), "");
    }
}
