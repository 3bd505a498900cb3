//! Every program of the corpus compiles to IR that the checker accepts, or is
//! rejected with exactly the diagnostic of its `.err` file.

use std::{
    fs,
    path::{Path, PathBuf},
};

use motet_ir::{Frontend as _, LoadError, Loader, Options};
use motet_lang_moon::Moon;

struct Disk;

impl Loader for Disk {
    fn read(&mut self, path: &str) -> Result<String, LoadError> {
        fs::read_to_string(path).map_err(|_| LoadError::NotFound)
    }

    fn canonical(&mut self, path: &str) -> String {
        fs::canonicalize(path).map_or_else(|_| path.to_string(), |p| p.display().to_string())
    }
}

fn programs(dir: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(dir).expect("the corpus exists").flatten() {
        let path = entry.path();
        if path.is_dir() {
            programs(&path, found);
        } else if path.extension().is_some_and(|e| e == "moon") {
            found.push(path);
        }
    }
}

/// What is wrong with one program, if anything.
fn check(path: &Path) -> Option<String> {
    let text = fs::read_to_string(path).ok()?;
    let name = path.file_name()?.to_str()?;
    let core = fs::read_to_string(path.with_extension("toml")).is_ok_and(|t| t.contains("core = true"));
    let options = Options { core, ..Options::default() };
    // Messages show the file's name only, imports are relative to its directory.
    let full = path.to_str()?;
    let out = Moon.compile(full, &text, &mut Disk, &options);
    let directory = format!("{}/", path.parent()?.display());
    let shown = Moon.render(&out.diagnostics, &out.sources).replace(&directory, "");
    let expected = fs::read_to_string(path.with_extension("err")).unwrap_or_default();
    let at_compile_time = ["lex error", "parse error", "type error"].iter().any(|k| expected.contains(k));
    if at_compile_time && shown != expected {
        return Some(format!("{name}: expected\n{expected}got\n{shown}"));
    }
    // A run-time error of an import comes before a type error of the importer.
    if !at_compile_time && !shown.is_empty() && out.before.is_none() {
        return Some(format!("{name}: {shown}"));
    }
    if let Some(module) = out.module.as_ref().or(out.before.as_ref())
        && let Err(e) = motet_ir::check(module)
    {
        return Some(format!("{name}: {e}"));
    }
    None
}

#[test]
fn corpus_programs_compile_or_fail_as_recorded() {
    let mut found = Vec::new();
    programs(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../corpus/moon"), &mut found);
    found.sort();
    let wrong: Vec<String> = found.iter().filter_map(|p| check(p)).collect();
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), found.len(), wrong.join("\n"));
}
