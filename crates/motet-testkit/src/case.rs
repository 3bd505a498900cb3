//! Programs of the corpus and what they must do.
//!
//! A case is `NAME.ruff`, `NAME.moon`, `NAME.rae`, `NAME.poh` or `NAME.rz` under `corpus/<language>/<topic>/` with
//! `NAME.out` (standard output) and, where needed, `NAME.err` (standard error),
//! `NAME.in` (standard input) and `NAME.toml`:
//!
//! ```toml
//! args = ["a", "b"]        # arguments of the program
//! exit = 4                 # exit status; without it 0, or anything but 0 when there is an .err file
//! core = true              # the language as its author defined it, without Motet's extensions
//! files = true             # it changes files: it runs in an empty folder of its own, one such program at a time
//! auto_import = true       # all files below the folder belong to the program (Rae)
//! before = ["a.rz"]        # files of the program that come before this one (Recorz)
//! evaluate = true          # it is one expression whose value is shown (Recorz)
//! error = "error: …"       # the first line of standard error, where the rest has places
//! skip = { stripped = "reason" }   # modes that cannot run it, each with a reason
//! ```
//!
//! A program without golden files is a part of other cases: one of them, in the same folder or one above, imports it, has
//! `auto_import`, or names it in `before`.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// One program with its expectations.
#[derive(Clone, Debug, Default)]
pub struct Case {
    /// Path below `corpus/` without extension, such as `ruff/closures/counter`.
    pub name: String,
    /// Name of the language.
    pub language: String,
    /// The source file; programs run in its folder.
    pub path: PathBuf,
    /// Its text.
    pub text: String,
    /// Expected standard output.
    pub out: String,
    /// Expected standard error; `None` when nothing is said about it.
    pub err: Option<String>,
    /// Standard input.
    pub input: String,
    /// Arguments of the program.
    pub args: Vec<String>,
    /// Expected exit status.
    pub exit: Option<i32>,
    /// Without Motet's extensions.
    pub core: bool,
    /// Whether it changes files.
    pub files: bool,
    /// All files below the folder belong to the program.
    pub auto_import: bool,
    /// Files of the program that come before this one.
    pub before: Vec<String>,
    /// It is one expression whose value is shown.
    pub evaluate: bool,
    /// Expected first line of standard error.
    pub error: Option<String>,
    /// Modes that are left out, with the reason.
    pub skip: BTreeMap<String, String>,
}

/// What a program did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Observed {
    /// Standard output.
    pub out: String,
    /// Standard error, in the language's own form.
    pub err: String,
    /// Exit status.
    pub exit: i32,
}

/// The folder of the repository.
#[must_use]
pub fn repository() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap_or(here).to_path_buf()
}

/// One case by name, without looking at the others.
///
/// # Errors
/// One line about what cannot be understood.
pub fn case(folder: &Path, name: &str) -> Result<Option<Case>, Vec<String>> {
    let extensions = motet::LANGUAGES.iter().flat_map(|l| l.extensions);
    let mut files = extensions.map(|e| folder.join(format!("{name}.{e}")));
    let Some(file) = files.find(|f| f.is_file()) else { return Ok(None) };
    read_case(folder, &file).map(Some).map_err(|problem| vec![format!("{}: {problem}", file.display())])
}

/// All cases below the folders that are named after languages, by name.
///
/// # Errors
/// One line per file that cannot be understood.
pub fn corpus(folder: &Path) -> Result<Vec<Case>, Vec<String>> {
    let mut files = Vec::new();
    for language in motet::LANGUAGES {
        walk(&folder.join(language.name), &mut files);
    }
    files.sort();
    let (mut cases, mut problems) = (Vec::new(), Vec::new());
    for file in files {
        if !["out", "err", "toml"].iter().any(|e| file.with_extension(e).is_file()) && !blessing() {
            if !is_imported(&file) {
                problems.push(format!("{}: no golden files; MOTET_BLESS=1 writes them", file.display()));
            }
            continue;
        }
        match read_case(folder, &file) {
            Ok(case) => cases.push(case),
            Err(problem) => problems.push(format!("{}: {problem}", file.display())),
        }
    }
    if problems.is_empty() { Ok(cases) } else { Err(problems) }
}

/// Whether golden files are being written.
fn blessing() -> bool {
    std::env::var_os("MOTET_BLESS").is_some()
}

/// How many folders above a part are searched for the case that it belongs to.
const PART_DEPTH: usize = 3;

/// Whether a program in the same folder, or in one above, imports this one.
fn is_imported(file: &Path) -> bool {
    let Some(stem) = file.file_stem().and_then(|s| s.to_str()) else { return false };
    let name = file.file_name().and_then(|s| s.to_str()).unwrap_or_default();
    let spellings = [
        format!("import {stem}"),
        format!("from {stem}"),
        format!("import \"{stem}"),
        format!("Import \"{stem}"),
        format!("Import system \"{stem}\""),
        format!("/{stem}"),
    ];
    file.ancestors().skip(1).take(PART_DEPTH).any(|folder| {
        let entries = fs::read_dir(folder).into_iter().flatten().flatten().map(|e| e.path());
        entries.filter(|p| p != file && p.extension() == file.extension()).any(|p| {
            let settings = fs::read_to_string(p.with_extension("toml")).unwrap_or_default();
            let text = fs::read_to_string(&p).unwrap_or_default();
            // Classes of SOM are found by their names.
            let is_named = name.ends_with(".som") && text.contains(stem);
            is_named
                || settings.contains("auto_import = true")
                || settings.contains(&format!("\"{name}\""))
                || spellings.iter().any(|s| text.contains(s.as_str()))
        })
    })
}

fn walk(folder: &Path, files: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for path in entries.flatten().map(|e| e.path()) {
        if path.is_dir() {
            walk(&path, files);
        } else if is_program(&path) {
            files.push(path);
        }
    }
}

/// Whether a language claims the file's extension.
fn is_program(path: &Path) -> bool {
    let extension = path.extension().and_then(|e| e.to_str()).unwrap_or_default();
    motet::LANGUAGES.iter().any(|l| l.extensions.contains(&extension))
}

fn read_case(root: &Path, file: &Path) -> Result<Case, String> {
    let optional = |extension: &str| -> Result<Option<String>, String> {
        let path = file.with_extension(extension);
        if !path.is_file() {
            return Ok(None);
        }
        fs::read_to_string(&path).map(Some).map_err(|e| format!("{extension}: {e}"))
    };
    let bytes = fs::read(file).map_err(|e| e.to_string())?;
    let extension = file.extension().and_then(|e| e.to_str()).unwrap_or_default();
    let language = motet::LANGUAGES.iter().find(|l| l.extensions.contains(&extension)).map_or(extension, |l| l.name);
    let mut case = Case {
        name: file.strip_prefix(root).unwrap_or(file).with_extension("").display().to_string().replace('\\', "/"),
        language: language.to_string(),
        path: file.to_path_buf(),
        text: String::from_utf8(bytes).map_err(|e| e.to_string())?,
        out: optional("out")?.unwrap_or_default(),
        err: optional("err")?,
        input: optional("in")?.unwrap_or_default(),
        ..Case::default()
    };
    if let Some(text) = optional("toml")? {
        configure(&mut case, &text)?;
    }
    Ok(case)
}

fn configure(case: &mut Case, text: &str) -> Result<(), String> {
    let table: toml::Table = text.parse().map_err(|e: toml::de::Error| e.to_string())?;
    for (key, value) in table {
        let wrong = || format!("`{key}` has another type than expected");
        match key.as_str() {
            "args" | "before" => {
                let list = value.as_array().ok_or_else(wrong)?;
                let texts = list.iter().map(|v| v.as_str().map(str::to_string).ok_or_else(wrong));
                *if key == "args" { &mut case.args } else { &mut case.before } = texts.collect::<Result<_, _>>()?;
            }
            "evaluate" => case.evaluate = value.as_bool().ok_or_else(wrong)?,
            "error" => case.error = Some(value.as_str().ok_or_else(wrong)?.to_string()),
            "exit" => case.exit = Some(value.as_integer().and_then(|n| i32::try_from(n).ok()).ok_or_else(wrong)?),
            "core" => case.core = value.as_bool().ok_or_else(wrong)?,
            "files" => case.files = value.as_bool().ok_or_else(wrong)?,
            "auto_import" => case.auto_import = value.as_bool().ok_or_else(wrong)?,
            "skip" => {
                for (mode, reason) in value.as_table().ok_or_else(wrong)? {
                    case.skip.insert(mode.clone(), reason.as_str().ok_or_else(wrong)?.to_string());
                }
            }
            other => return Err(format!("unknown key `{other}`")),
        }
    }
    Ok(())
}

impl Case {
    /// What differs from the expectations, if anything; `places` says whether positions in messages count.
    #[must_use]
    pub fn mismatch(&self, seen: &Observed, places: bool) -> Option<String> {
        if seen.out != self.out {
            return Some(difference("standard output", &self.out, &seen.out));
        }
        if let Some(err) = &self.err
            && places
            && seen.err != *err
        {
            return Some(difference("standard error", err, &seen.err));
        }
        if let Some(error) = &self.error {
            let first = seen.err.lines().next().unwrap_or_default();
            if first != error {
                return Some(difference("standard error", error, first));
            }
        }
        let status_fits = match self.exit {
            Some(exit) => seen.exit == exit,
            None if self.error.is_some() => seen.exit != 0,
            None if self.err.as_ref().is_some_and(|e| !e.is_empty()) => true,
            None => seen.exit == 0,
        };
        if !status_fits {
            let wanted = self.exit.unwrap_or(0);
            return Some(format!("exit status: expected {wanted}, got {}\nstandard error:\n{}", seen.exit, seen.err));
        }
        None
    }

    /// Writes the golden files from what a run did.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub fn bless(&self, seen: &Observed) -> std::io::Result<()> {
        fs::write(self.path.with_extension("out"), &seen.out)?;
        let err = self.path.with_extension("err");
        if !seen.err.is_empty() {
            fs::write(&err, &seen.err)?;
        } else if err.is_file() {
            fs::remove_file(&err)?;
        }
        if seen.exit != self.exit.unwrap_or(0) {
            let path = self.path.with_extension("toml");
            let old = fs::read_to_string(&path).unwrap_or_default();
            let kept: String =
                old.lines().filter(|l| !l.trim_start().starts_with("exit")).map(|l| format!("{l}\n")).collect();
            fs::write(&path, format!("exit = {}\n{kept}", seen.exit))?;
        }
        Ok(())
    }
}

/// The first line in which two texts differ, with its number.
#[must_use]
pub fn difference(what: &str, expected: &str, got: &str) -> String {
    let (mut a, mut b) = (expected.lines(), got.lines());
    let mut number = 1;
    loop {
        match (a.next(), b.next()) {
            (Some(x), Some(y)) if x == y => number += 1,
            (None, None) => return format!("{what} differs in line ends only"),
            (x, y) => {
                let show = |line: Option<&str>| line.map_or("(end)".to_string(), |l| format!("{:?}", clip(l)));
                return format!("{what}, line {number}:\n  expected {}\n  got      {}", show(x), show(y));
            }
        }
    }
}

fn clip(line: &str) -> String {
    if line.chars().count() <= 300 { line.to_string() } else { line.chars().take(300).collect::<String>() + "…" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_read_and_unknown_ones_refused() {
        let mut case = Case::default();
        configure(&mut case, "args = [\"a\"]\nexit = 4\ncore = true\nskip = { ast = \"slow\" }\n").expect("valid");
        assert_eq!((case.args.len(), case.exit, case.core, case.skip["ast"].as_str()), (1, Some(4), true, "slow"));
        assert!(configure(&mut case, "exitt = 1").is_err());
    }

    #[test]
    fn the_first_line_of_errors_can_be_all_that_counts() {
        let mut case = Case::default();
        configure(&mut case, "error = \"error: a\"\nbefore = [\"x.rz\"]\nevaluate = true").expect("valid");
        assert_eq!((case.before.as_slice(), case.evaluate), (&["x.rz".to_string()][..], true));
        let check = |err: &str, exit, fits: bool| {
            let seen = Observed { out: String::new(), err: err.into(), exit };
            assert_eq!(case.mismatch(&seen, false).is_none(), fits, "{seen:?}");
        };
        check("error: a\n  at b\n", 1, true);
        check("error: ab\n", 1, false);
        check("error: a\n", 0, false);
    }

    #[test]
    fn any_difference_is_a_mismatch() {
        let case = Case { out: "1\n".into(), err: Some("e\n".into()), exit: Some(4), ..Case::default() };
        let check = |out: &str, err: &str, exit, fits: bool| {
            let seen = Observed { out: out.into(), err: err.into(), exit };
            assert_eq!(case.mismatch(&seen, true).is_none(), fits, "{seen:?}");
        };
        check("1\n", "e\n", 4, true);
        check("1", "e\n", 4, false);
        check("1\n", "f\n", 4, false);
        check("1\n", "e\n", 0, false);
    }
}
