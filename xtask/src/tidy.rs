//! `cargo xtask tidy`: rules of the repository that the compiler does not know.
//!
//! - a crate depends only on crates of lower layers (development dependencies are exempt);
//! - `ARCHITECTURE.md` names every crate;
//! - every Rust file opens with `//!`;
//! - crates up to layer 4 are `no_std`, without `Arc` and atomics other than through `motet_runtime::Shared` and `Lock`,
//!   unless their manifest says `std = true`;
//! - no committed text names a path of somebody's machine.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::{Outcome, fail};

/// Highest layer whose crates must build without `std`.
const LAST_NO_STD_LAYER: u64 = 4;

/// One workspace member, as far as the rules look at it.
struct Package {
    name: String,
    folder: PathBuf,
    layer: Option<u64>,
    /// The manifest says `std = true`: allowed to use the standard library below the std line.
    std: bool,
    /// Names of normal and build dependencies.
    dependencies: Vec<String>,
}

/// Checks everything and reports all problems.
pub fn run(root: &Path) -> Outcome {
    let packages = packages(root)?;
    let files = text_files(root);
    let mut problems = Vec::new();
    layers(&packages, &mut problems);
    code_map(root, &packages, &mut problems);
    headers(root, &files, &mut problems);
    no_std(&packages, &mut problems);
    machine_paths(root, &files, &mut problems);
    if problems.is_empty() {
        println!("tidy: {} crates, {} files, no problems", packages.len(), files.len());
        return Ok(());
    }
    Err(problems)
}

/// Prints the names of the crates that must build without `std`, one a line.
pub fn list_no_std(root: &Path) -> Outcome {
    for package in packages(root)?.iter().filter(|p| without_std(p)) {
        println!("{}", package.name);
    }
    Ok(())
}

fn without_std(package: &Package) -> bool {
    package.layer.is_some_and(|l| l <= LAST_NO_STD_LAYER) && !package.std
}

fn packages(root: &Path) -> Result<Vec<Package>, Vec<String>> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["metadata", "--no-deps", "--format-version", "1", "--offline"])
        .current_dir(root)
        .output()
        .map_err(|e| vec![format!("cargo metadata: {e}")])?;
    if !output.status.success() {
        return fail(format!("cargo metadata failed:\n{}", String::from_utf8_lossy(&output.stderr)));
    }
    let metadata: Value = serde_json::from_slice(&output.stdout).map_err(|e| vec![format!("cargo metadata: {e}")])?;
    let list = metadata["packages"].as_array().map(Vec::as_slice).unwrap_or_default();
    Ok(list.iter().filter_map(package).collect())
}

fn package(value: &Value) -> Option<Package> {
    let motet = &value["metadata"]["motet"];
    let dependencies = value["dependencies"]
        .as_array()?
        .iter()
        .filter(|d| d["kind"].as_str() != Some("dev"))
        .filter_map(|d| Some(d["name"].as_str()?.to_string()))
        .collect();
    Some(Package {
        name: value["name"].as_str()?.to_string(),
        folder: Path::new(value["manifest_path"].as_str()?).parent()?.to_path_buf(),
        layer: motet["layer"].as_u64(),
        std: motet["std"].as_bool().unwrap_or(false),
        dependencies,
    })
}

fn layers(packages: &[Package], problems: &mut Vec<String>) {
    for package in packages {
        let Some(layer) = package.layer else {
            problems.push(format!("{}: no `[package.metadata.motet] layer`", package.name));
            continue;
        };
        for dependency in &package.dependencies {
            let Some(other) = packages.iter().find(|p| p.name == *dependency) else { continue };
            match other.layer {
                Some(below) if below < layer => {}
                Some(below) => problems.push(format!(
                    "{} (layer {layer}) depends on {} (layer {below}): only lower layers are allowed",
                    package.name, other.name
                )),
                None => {}
            }
        }
    }
}

fn code_map(root: &Path, packages: &[Package], problems: &mut Vec<String>) {
    let Ok(text) = fs::read_to_string(root.join("ARCHITECTURE.md")) else {
        problems.push("ARCHITECTURE.md is missing".into());
        return;
    };
    for package in packages {
        let named =
            text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-' || c == '_')).any(|word| word == package.name);
        if !named {
            problems.push(format!("ARCHITECTURE.md does not name the crate {}", package.name));
        }
    }
}

fn headers(root: &Path, files: &[PathBuf], problems: &mut Vec<String>) {
    for file in files.iter().filter(|f| f.extension().is_some_and(|e| e == "rs")) {
        let text = fs::read_to_string(file).unwrap_or_default();
        if !text.trim_start().starts_with("//!") {
            problems.push(format!("{}: a Rust file opens with `//!`", show(root, file)));
        }
    }
}

fn no_std(packages: &[Package], problems: &mut Vec<String>) {
    for package in packages.iter().filter(|p| without_std(p)) {
        let lib = package.folder.join("src/lib.rs");
        let text = fs::read_to_string(&lib).unwrap_or_default();
        if !text.contains("#![no_std]") && !text.contains("#![cfg_attr(not(test), no_std)]") {
            problems.push(format!("{}: lib.rs lacks `#![no_std]`", package.name));
        }
        let mut files = Vec::new();
        walk(&package.folder.join("src"), &mut files);
        // The one place that knows which targets have atomic operations.
        files.retain(|f| !f.ends_with("motet-runtime/src/shared.rs"));
        for file in files {
            let text = fs::read_to_string(&file).unwrap_or_default();
            for word in ["sync::Arc", "sync::atomic", "alloc::sync"] {
                if text.lines().any(|l| !l.trim_start().starts_with("//") && l.contains(word)) {
                    problems.push(format!("{}: uses `{word}`; the smallest target has none", file.display()));
                }
            }
        }
    }
}

fn machine_paths(root: &Path, files: &[PathBuf], problems: &mut Vec<String>) {
    // Spelled in pieces, so that this file does not find itself.
    let needles = [["/wo", "rk/"], ["/ro", "ot/"], ["/ho", "me/"], ["/Us", "ers/"]].map(|p| p.concat());
    for file in files {
        let text = fs::read_to_string(file).unwrap_or_default();
        for (number, line) in text.lines().enumerate() {
            if let Some(needle) = needles.iter().find(|n| line.contains(n.as_str())) {
                problems.push(format!("{}:{}: machine path `{needle}…`", show(root, file), number + 1));
            }
        }
    }
}

fn show(root: &Path, file: &Path) -> String {
    file.strip_prefix(root).unwrap_or(file).display().to_string()
}

/// The files that people write here, except language programs: those may say anything.
fn text_files(root: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for folder in [
        "crates",
        "xtask",
        "fuzz",
        "examples",
        "docs",
        "benchmarks",
        "scripts",
        "filetests",
        ".ci",
        ".cargo",
        "platform",
    ] {
        walk(&root.join(folder), &mut files);
    }
    if let Ok(entries) = fs::read_dir(root) {
        files.extend(entries.flatten().map(|e| e.path()).filter(|p| p.is_file()));
    }
    files.retain(|f| {
        let extension = f.extension().and_then(|e| e.to_str()).unwrap_or("");
        matches!(extension, "rs" | "toml" | "md" | "sh" | "yml" | "lock" | "ir" | "pba" | "" | "txt")
    });
    files.sort();
    files
}

fn walk(folder: &Path, files: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for path in entries.flatten().map(|e| e.path()) {
        if path.is_dir() {
            let name = path.file_name().and_then(|n| n.to_str()).unwrap_or("");
            if !name.starts_with("target") && name != "out" && name != "corpus" {
                walk(&path, files);
            }
        } else {
            files.push(path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_repository_is_tidy() {
        if let Err(problems) = run(&crate::repository_root()) {
            panic!("{}", problems.join("\n"));
        }
    }

    #[test]
    fn a_dependency_on_the_same_layer_is_reported() {
        let package = |name: &str, layer, dependencies: &[&str]| Package {
            name: name.into(),
            folder: PathBuf::new(),
            layer: Some(layer),
            std: false,
            dependencies: dependencies.iter().map(|d| (*d).to_string()).collect(),
        };
        let check = |a, b, expected: usize| {
            let mut problems = Vec::new();
            layers(&[package("a", a, &["b"]), package("b", b, &[])], &mut problems);
            assert_eq!(problems.len(), expected, "{problems:?}");
        };
        check(2, 1, 0);
        check(1, 1, 1);
        check(1, 2, 1);
    }
}
