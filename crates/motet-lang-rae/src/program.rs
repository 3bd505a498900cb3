//! From a main file to all files of its program: the import graph.
//!
//! Invariants: each file is read once; the main file is the first unit; the
//! walk keeps its own stack, at most [`MAX_IMPORT_DEPTH`] deep.

use alloc::{
    collections::BTreeMap,
    format,
    string::{String, ToString},
    vec,
    vec::Vec,
};

use motet_ir::Loader;
use motet_source::{Code, Diagnostic, FileId, Sources, Span};

use crate::{
    ast::{DirectiveKind, Unit},
    check, lexer,
    names::Names,
    parser,
};

/// Longest chain of imports.
const MAX_IMPORT_DEPTH: usize = 1_000;
/// How many directories above the entry's are searched for the project root.
const ROOT_SEARCH: usize = 5;
/// Modules that every program has without files; `nostdlib` is a request rather than a module.
const BUILT_IN: &[&str] = &["core", "string", "math", "io", "sys", "char", "nostdlib"];

/// The files of a program.
#[derive(Debug, Default)]
pub struct Program {
    /// Names and texts, also of files with problems.
    pub sources: Sources,
    /// Interned names of all files.
    pub names: Names,
    /// The syntax trees, the main file's first.
    pub units: Vec<(FileId, Unit)>,
    /// Everything that is wrong; import problems refer to no file.
    pub diagnostics: Vec<Diagnostic>,
}

/// Reads, parses and checks a main file and everything that it imports.
pub fn load(name: &str, text: &str, loader: &mut dyn Loader) -> Program {
    let entry = name.rsplit_once('/').map_or("", |p| p.0).to_string();
    let root = project_root(&entry, loader);
    let mut walk = Walk { program: Program::default(), loader, entry, root, known: BTreeMap::new() };
    walk.run(name, text);
    let mut program = walk.program;
    if program.diagnostics.is_empty() {
        program.diagnostics = check(&program.units, &mut program.names);
    }
    program
}

/// The nearest directory from the entry's upwards that holds a library, else the entry's own.
fn project_root(entry: &str, loader: &mut dyn Loader) -> String {
    let mut here = entry;
    for _ in 0..=ROOT_SEARCH {
        if loader.exists(&join(here, "lib/core.rae")) {
            return here.to_string();
        }
        let Some((above, _)) = here.rsplit_once('/') else { break };
        here = above;
    }
    entry.to_string()
}

fn join(folder: &str, path: &str) -> String {
    if folder.is_empty() { path.to_string() } else { format!("{folder}/{path}") }
}

/// The path without `.` and `..`; `None` if it leaves the directory that it starts in.
fn normal(path: &str) -> Option<String> {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            other => parts.push(other),
        }
    }
    Some(parts.join("/"))
}

/// A module whose imports are being handled.
struct Open {
    module: String,
    /// Its imports that are still to be handled, last first.
    rest: Vec<String>,
}

struct Walk<'a> {
    program: Program,
    loader: &'a mut dyn Loader,
    entry: String,
    root: String,
    /// Module name → whether it and its imports are complete.
    known: BTreeMap<String, bool>,
}

impl Walk<'_> {
    fn run(&mut self, name: &str, text: &str) {
        let file = name.strip_prefix(self.root.as_str()).unwrap_or(name).trim_start_matches('/');
        let main = file.strip_suffix(".rae").unwrap_or(file).to_string();
        let rest = self.add(name, text);
        self.known.insert(main.clone(), false);
        let mut open = vec![Open { module: main, rest }];
        while let Some(last) = open.last_mut() {
            let Some(path) = last.rest.pop() else {
                let done = open.pop().map(|o| o.module).unwrap_or_default();
                self.known.insert(done, true);
                continue;
            };
            let importer = last.module.clone();
            match self.find(&importer, &path) {
                Ok(Some((module, file, text))) if open.len() < MAX_IMPORT_DEPTH => {
                    let rest = self.add(&file, &text);
                    self.known.insert(module.clone(), false);
                    open.push(Open { module, rest });
                }
                Ok(Some(_)) => return self.fail("imports are nested too deeply".into(), &[]),
                Ok(None) => {}
                Err(problem) => {
                    let mut trace: Vec<&str> = open.iter().map(|o| o.module.as_str()).collect();
                    let message = match &problem {
                        Problem::Missing(module) => {
                            trace.push(module);
                            format!("imported module '{module}' not found (required by '{importer}')")
                        }
                        Problem::Cyclic(module) => {
                            trace.push(module);
                            format!("cyclic import detected involving '{module}'")
                        }
                        Problem::Escapes => {
                            trace.clear();
                            format!("module path '{path}' escapes project root")
                        }
                    };
                    return self.fail(message, &trace);
                }
            }
        }
    }

    /// Problems of imports have no place in a file, and end the walk.
    fn fail(&mut self, mut message: String, trace: &[&str]) {
        if !trace.is_empty() {
            message.push_str("\n  import trace:");
        }
        for module in trace {
            message.push_str(&format!("\n    -> {module}"));
        }
        let nowhere = Diagnostic::error(Code::BadImport, FileId(u32::MAX), Span::default(), message);
        self.program.diagnostics.push(nowhere);
    }

    /// Adds a file; gives what it imports, last first.
    fn add(&mut self, name: &str, text: &str) -> Vec<String> {
        let file = self.program.sources.add(name, text);
        let names = &mut self.program.names;
        let unit = match lexer::lex(text, file, names).and_then(|tokens| parser::parse(&tokens, file, names)) {
            Ok(unit) => unit,
            Err(problems) => {
                self.program.diagnostics.extend(problems);
                return Vec::new();
            }
        };
        let imports = unit.directives.iter().rev().filter(|d| d.kind != DirectiveKind::CHeader);
        let imports = imports.map(|d| names.text(d.path).to_string()).collect();
        self.program.units.push((file, unit));
        imports
    }

    /// Name, path and text of an imported module; `None` if nothing is to be read for it.
    fn find(&mut self, importer: &str, path: &str) -> Result<Option<(String, String, String)>, Problem> {
        let bare = path.strip_suffix(".rae").unwrap_or(path);
        let relative = match importer.rsplit_once('/') {
            Some((folder, _)) if bare.starts_with('.') => join(folder, bare),
            _ => bare.to_string(),
        };
        let module = normal(&relative).ok_or(Problem::Escapes)?;
        match self.known.get(&module) {
            Some(true) => return Ok(None),
            Some(false) => return Err(Problem::Cyclic(module)),
            None => {}
        }
        for folder in [&self.root, &self.entry] {
            let file = join(folder, &format!("{module}.rae"));
            if let Ok(text) = self.loader.read(&file) {
                return Ok(Some((module, file, text)));
            }
        }
        if BUILT_IN.contains(&module.as_str()) { Ok(None) } else { Err(Problem::Missing(module)) }
    }
}

enum Problem {
    Missing(String),
    Cyclic(String),
    Escapes,
}
