//! Names the build: a hash over the sources of everything that has a say in what programs are compiled to. Entries of
//! another build are never used.

use std::hash::{DefaultHasher, Hasher as _};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Crates that only use compiled programs, or make none.
const OTHERS: [&str; 6] = ["motet-capi", "motet-cli", "motet-dev", "motet-fuzzing", "motet-testkit", "motet-watch"];

fn main() {
    let here = PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    let crates = here.join("..");
    let mut inputs = vec![here.join("build.rs"), here.join("../../Cargo.lock"), here.join("../../Cargo.toml")];
    for folder in entries(&crates) {
        let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if name.starts_with("motet") && !OTHERS.contains(&name.as_str()) {
            inputs.extend(["Cargo.toml", "build.rs", "src"].map(|part| folder.join(part)));
        }
    }
    inputs.retain(|path| path.exists());
    let mut hasher = DefaultHasher::new();
    for path in &inputs {
        println!("cargo::rerun-if-changed={}", path.display());
        add(&mut hasher, &crates, path);
    }
    for name in ["TARGET", "PROFILE", "OPT_LEVEL", "DEBUG"] {
        println!("cargo::rerun-if-env-changed={name}");
        hasher.write(std::env::var(name).unwrap_or_default().as_bytes());
        hasher.write_u8(0xff);
    }
    hasher.write(&compiler());
    println!("cargo::rustc-env=MOTET_BUILD={:016x}", hasher.finish());
}

/// Adds a file, or all files below a folder, with their names.
fn add(hasher: &mut DefaultHasher, base: &Path, path: &Path) {
    if path.is_dir() {
        for entry in entries(path) {
            add(hasher, base, &entry);
        }
        return;
    }
    let content = std::fs::read(path).unwrap_or_default();
    let name = path.strip_prefix(base).unwrap_or(path).to_string_lossy().into_owned();
    hasher.write(name.as_bytes());
    hasher.write_u8(0xff);
    hasher.write_usize(content.len());
    hasher.write(&content);
}

/// What a folder holds, in an order that does not depend on the disk.
fn entries(folder: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|e| e.path()).collect();
    found.sort();
    found
}

/// What the Rust compiler says about itself.
fn compiler() -> Vec<u8> {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    Command::new(rustc).arg("-vV").output().map(|o| o.stdout).unwrap_or_default()
}
