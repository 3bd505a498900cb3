//! The benchmark programs: what is in `benchmarks/`, at which sizes, and what each must print.
//!
//! A folder `NAME/` holds `NAME.<extension>` for each language and `sizes`: lines `SIZE EXPECTED`, one per measured
//! row, and one line `test SIZE EXPECTED` with a small size that tests use. The program takes the size as its only
//! argument, as the environment variable `SIZE`, or as the first line of its input, and prints the expected line.

use std::fs;
use std::path::{Path, PathBuf};

use crate::fail;

/// The programs of "Are We Fast Yet?": the set that implementations of object-oriented languages are compared by.
const AWFY: [&str; 14] = [
    "bounce",
    "cd",
    "deltablue",
    "havlak",
    "json",
    "list",
    "mandelbrot",
    "nbody",
    "permute",
    "queens",
    "richards",
    "sieve",
    "storage",
    "towers",
];

/// What a program is there for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Set {
    /// Macro and micro programs of "Are We Fast Yet?".
    Awfy,
    /// Small programs, each for one or few features.
    Micro,
    /// Shows how time grows with size; too short to compare languages by, so in no mean.
    Values,
}

impl Set {
    /// All sets in the order of the report, with the name for `--set` and the title.
    pub const ALL: [(Set, &'static str, &'static str); 3] = [
        (Set::Awfy, "awfy", "Are We Fast Yet"),
        (Set::Micro, "micro", "Further programs"),
        (Set::Values, "values", "Value semantics in loops, at n and 2n"),
    ];

    /// The set of a row, given by its name.
    pub fn of(row: &str) -> Set {
        let name = row.split('/').next().unwrap_or(row);
        if AWFY.contains(&name) {
            Set::Awfy
        } else if name.starts_with("values_") {
            Set::Values
        } else {
            Set::Micro
        }
    }
}

/// A size and what the program must print.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// The program's only argument, and what it can read.
    pub size: String,
    /// Its output, without the line's end.
    pub expected: String,
}

impl Run {
    /// What the program can read: the size in a line.
    pub fn input(&self) -> String {
        format!("{}\n", self.size)
    }
}

/// One row of the table: a program at a size.
#[derive(Clone, Debug)]
pub struct Program {
    /// Row title: the name, with `/SIZE` when several sizes are measured.
    pub row: String,
    /// Stem of the source files.
    pub name: String,
    /// Folder of the source files.
    pub folder: PathBuf,
    /// The measured size.
    pub run: Run,
    /// The small size.
    pub test: Option<Run>,
}

impl Program {
    /// The source file of a language.
    pub fn file(&self, extension: &str) -> PathBuf {
        self.folder.join(format!("{}.{extension}", self.name))
    }

    /// The small run if there is one, else the measured one.
    pub fn small(&self) -> &Run {
        self.test.as_ref().unwrap_or(&self.run)
    }
}

/// Rows in name order: those of the named programs, or of the set, or all.
pub fn find(root: &Path, names: &[String], set: Option<Set>) -> Result<Vec<Program>, Vec<String>> {
    let entries = fs::read_dir(root.join("benchmarks")).map_err(|e| vec![format!("benchmarks: {e}")])?;
    let mut found: Vec<Program> = entries.flatten().flat_map(|e| rows(&e.path())).collect();
    // Several sizes of a program stay in the order of its file.
    found.sort_by(|a, b| a.name.cmp(&b.name));
    for name in names {
        if !found.iter().any(|p| p.name == *name) {
            let mut all: Vec<&str> = found.iter().map(|p| p.name.as_str()).collect();
            all.dedup();
            return fail(format!("no benchmark `{name}`; there are: {}", all.join(" ")));
        }
    }
    found.retain(|p| names.is_empty() || names.contains(&p.name));
    found.retain(|p| set.is_none_or(|s| s == Set::of(&p.name)));
    Ok(found)
}

/// The rows of one folder.
fn rows(folder: &Path) -> Vec<Program> {
    let Some(name) = folder.file_name().and_then(|n| n.to_str()) else { return Vec::new() };
    let (measured, test) = sizes(&fs::read_to_string(folder.join("sizes")).unwrap_or_default());
    let several = measured.len() > 1;
    let row = |run: &Run| if several { format!("{name}/{}", run.size) } else { name.to_string() };
    measured
        .iter()
        .map(|run| Program {
            row: row(run),
            name: name.to_string(),
            folder: folder.to_path_buf(),
            run: run.clone(),
            test: test.clone(),
        })
        .collect()
}

/// The measured runs and the test run of a `sizes` file.
fn sizes(text: &str) -> (Vec<Run>, Option<Run>) {
    let run = |line: &str| {
        let (size, expected) = line.split_once(' ')?;
        Some(Run { size: size.to_string(), expected: expected.trim_end().to_string() })
    };
    let (mut measured, mut test) = (Vec::new(), None);
    for line in text.lines() {
        match line.strip_prefix("test ") {
            Some(rest) => test = run(rest),
            None => measured.extend(run(line)),
        }
    }
    (measured, test)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_test_size_is_no_row() {
        let run = |size: &str, expected: &str| Run { size: size.into(), expected: expected.into() };
        let check = |text: &str, measured: &[Run], test: Option<Run>| {
            assert_eq!(sizes(text), (measured.to_vec(), test));
        };
        check("30 a b\ntest 3 x\n", &[run("30", "a b")], Some(run("3", "x")));
        check("1 x\n2 y\n", &[run("1", "x"), run("2", "y")], None);
    }

    #[test]
    fn every_benchmark_states_its_result() {
        let found = find(&crate::repository_root(), &[], None).unwrap_or_default();
        assert!(found.len() >= 10, "{found:?}");
        for program in found {
            assert!(program.file("ruff").is_file(), "{} has no Ruff program", program.name);
            assert!(!program.run.expected.is_empty(), "{} has no expected result", program.row);
        }
    }
}
