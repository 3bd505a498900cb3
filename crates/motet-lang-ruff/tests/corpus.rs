//! Every corpus program passes through the front end and the IR checker, or
//! is rejected with exactly the expected diagnostics.

use std::{
    fs,
    path::{Path, PathBuf},
};

use motet_ir::{Frontend, LoadError, Loader, Options, check};
use motet_lang_ruff::RuffFrontend;

struct Disk;

impl Loader for Disk {
    fn read(&mut self, path: &str) -> Result<String, LoadError> {
        fs::read_to_string(path).map_err(|_| LoadError::NotFound)
    }
}

fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../corpus/ruff")
}

fn programs(folder: &Path, out: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() {
            programs(&path, out);
        } else if path.extension().is_some_and(|e| e == "ruff") {
            out.push(path);
        }
    }
}

/// The problem with one program, if any.
fn check_program(path: &Path) -> Option<String> {
    let text = fs::read_to_string(path).ok()?;
    let shown = path.file_name()?.to_string_lossy().into_owned();
    let compiled =
        RuffFrontend.compile(&path.to_string_lossy(), &text, &mut Disk, &Options { tests: true, ..Options::default() });
    match compiled.module {
        Some(module) => check(&module).err().map(|e| format!("{}: {e}", path.display())),
        None => {
            let full = RuffFrontend.render(&compiled.diagnostics, &compiled.sources);
            let rendered = full.replace(&*path.to_string_lossy(), &shown);
            let expected = fs::read_to_string(path.with_extension("err")).unwrap_or_default();
            // Only the first syntax error is predictable.
            let first = |s: &str| s.lines().take(3).collect::<Vec<_>>().join("\n");
            (first(&rendered) != first(&expected)).then(|| format!("{}:\n{rendered}", path.display()))
        }
    }
}

#[test]
fn every_corpus_program_lowers_to_checked_ir_or_is_rejected_as_expected() {
    let mut files = Vec::new();
    programs(&corpus(), &mut files);
    files.sort();
    let problems: Vec<String> = files.iter().filter_map(|f| check_program(f)).collect();
    assert!(!files.is_empty());
    assert!(problems.is_empty(), "{} of {}\n{}", problems.len(), files.len(), problems.join("\n"));
}
