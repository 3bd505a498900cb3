//! The columns of the table: Motet's tiers and the implementations they are compared with.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::programs::{Program, Run};
use crate::fail;

/// How a column runs programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tool {
    /// The `motet` binary with these arguments.
    Motet(&'static [&'static str]),
    /// An installed program with these arguments.
    Peer(&'static str, &'static [&'static str]),
    /// Rust, compiled by `rustc -O`.
    Native,
}

/// One column.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// Title.
    pub name: &'static str,
    /// Extension of its programs.
    pub extension: &'static str,
    /// How they run.
    pub tool: Tool,
}

const fn column(name: &'static str, extension: &'static str, tool: Tool) -> Column {
    Column { name, extension, tool }
}

/// The column that ratios refer to.
pub const BASE: &str = "lua5.4";

/// All columns of the main table, in its order.
pub const COLUMNS: [Column; 13] = [
    column("ruff vm", "ruff", Tool::Motet(&["run", "--tier", "vm"])),
    column("moon vm", "moon", Tool::Motet(&["run", "--tier", "vm"])),
    column("rae vm", "rae", Tool::Motet(&["run", "--tier", "vm"])),
    column("pohlang vm", "poh", Tool::Motet(&["run", "--tier", "vm"])),
    column("recorz vm", "rz", Tool::Motet(&["run", "--tier", "vm"])),
    column("som vm", "som", Tool::Motet(&["run", "--tier", "vm"])),
    column("lua5.4", "lua", Tool::Peer("lua5.4", &[])),
    column("luajit -joff", "lua", Tool::Peer("luajit", &["-joff"])),
    column("luajit", "lua", Tool::Peer("luajit", &[])),
    column("python3", "py", Tool::Peer("python3", &[])),
    column("node --jitless", "js", Tool::Peer("node", &["--jitless"])),
    column("node", "js", Tool::Peer("node", &[])),
    column("native", "rs", Tool::Native),
];

/// The reference evaluator: far slower, so not part of the main table.
pub const EVALUATOR: [Column; 6] = [
    column("ruff ast", "ruff", Tool::Motet(&["run", "--tier", "ast"])),
    column("moon ast", "moon", Tool::Motet(&["run", "--tier", "ast"])),
    column("rae ast", "rae", Tool::Motet(&["run", "--tier", "ast"])),
    column("pohlang ast", "poh", Tool::Motet(&["run", "--tier", "ast"])),
    column("recorz ast", "rz", Tool::Motet(&["run", "--tier", "ast"])),
    column("som ast", "som", Tool::Motet(&["run", "--tier", "ast"])),
];

/// Where the programs of the columns are.
pub struct Tools {
    /// The measured binary.
    pub motet: PathBuf,
    /// Python itself: what is in the path may be a script that looks for it, which takes longer than a program.
    python: PathBuf,
    /// Folder of compiled Rust programs.
    native: PathBuf,
}

impl Tools {
    /// The tools with this `motet`, or with one that is built now.
    pub fn new(root: &Path, motet: Option<&PathBuf>) -> Result<Tools, Vec<String>> {
        let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
        let motet = match motet {
            Some(path) => path.clone(),
            None => build(root, &target)?,
        };
        Ok(Tools { motet, python: python(), native: target.join("bench-native") })
    }

    /// The command of a column, without a program.
    pub fn command(&self, column: &Column) -> Command {
        match column.tool {
            Tool::Motet(args) => {
                let mut command = Command::new(&self.motet);
                // Compiling counts.
                command.args(args).env("MOTET_CACHE", "off");
                command
            }
            Tool::Peer("python3", args) => {
                let mut command = Command::new(&self.python);
                command.args(args);
                command
            }
            Tool::Peer(name, args) => {
                let mut command = Command::new(name);
                command.args(args);
                command
            }
            Tool::Native => Command::new("rustc"),
        }
    }

    /// The command that runs a program at a size: its only argument, and for languages whose programs have none the
    /// environment variable `SIZE`; [`Run::input`] is for languages that have neither. Compiles a Rust program that is new.
    pub fn program(&self, column: &Column, program: &Program, run: &Run) -> Result<Command, String> {
        let file = program.file(column.extension);
        if column.tool == Tool::Native {
            let mut command = Command::new(self.compiled(&program.name, &file)?);
            command.arg(&run.size);
            return Ok(command);
        }
        let mut command = self.command(column);
        command.arg(file);
        if matches!(column.tool, Tool::Motet(_)) {
            command.arg("--");
        }
        command.arg(&run.size).env("SIZE", &run.size);
        Ok(command)
    }

    /// The executable of a Rust program.
    pub fn compiled(&self, name: &str, source: &Path) -> Result<PathBuf, String> {
        let out = self.native.join(name);
        let age = |file: &Path| fs::metadata(file).and_then(|m| m.modified()).ok();
        if age(&out) > age(source) {
            return Ok(out);
        }
        fs::create_dir_all(&self.native).map_err(|e| format!("{}: {e}", self.native.display()))?;
        let mut command = Command::new("rustc");
        command.args(["-O", "--edition", "2024", "-o"]).arg(&out).arg(source);
        let output = command.output().map_err(|e| format!("rustc: {e}"))?;
        if output.status.success() { Ok(out) } else { Err(String::from_utf8_lossy(&output.stderr).into_owned()) }
    }
}

/// The columns whose tool is installed, of those with a chosen name (all, when none is chosen); says which are missing.
pub fn available(columns: &[Column], chosen: &[String]) -> Vec<Column> {
    let mut missing: Vec<&str> = Vec::new();
    let mut found = Vec::new();
    for column in columns.iter().filter(|c| chosen.is_empty() || chosen.iter().any(|n| n == c.name)) {
        let tool = match column.tool {
            Tool::Motet(_) => {
                found.push(*column);
                continue;
            }
            Tool::Peer(name, _) => name,
            Tool::Native => "rustc",
        };
        if runs(tool) {
            found.push(*column);
        } else if !missing.contains(&tool) {
            missing.push(tool);
        }
    }
    for tool in missing {
        eprintln!("note: {tool} is not installed; its columns are left out (scripts/setup-tools.sh installs it)");
    }
    found
}

/// Whether a tool is installed.
pub fn runs(tool: &str) -> bool {
    let flag = if tool.starts_with("lua") { "-v" } else { "--version" };
    Command::new(tool).arg(flag).stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|s| s.success())
}

fn python() -> PathBuf {
    let asked = Command::new("python3").args(["-c", "import sys; print(sys.executable)"]).output();
    let path = asked.map(|o| String::from_utf8_lossy(&o.stdout).trim().to_string()).unwrap_or_default();
    if path.is_empty() { "python3".into() } else { path.into() }
}

fn build(root: &Path, target: &Path) -> Result<PathBuf, Vec<String>> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status = Command::new(cargo)
        .args(["build", "--release", "--quiet", "--package", "motet-cli"])
        .current_dir(root)
        .status()
        .map_err(|e| vec![format!("cargo build: {e}")])?;
    if status.success() { Ok(target.join("release/motet")) } else { fail("the release build failed") }
}
