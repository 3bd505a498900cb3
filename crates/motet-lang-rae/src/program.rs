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

use motet_ir::{Loader, Options};
use motet_source::{Code, Diagnostic, FileId, Sources, Span};

use crate::{
    ast::{DirectiveKind, Unit},
    lexer,
    names::Names,
    parser,
    prelude::{PRELUDE, library},
};

/// Longest chain of imports.
const MAX_IMPORT_DEPTH: usize = 1_000;
/// How many directories above the entry's are searched for the project root.
const ROOT_SEARCH: usize = 5;
/// Asks for a file without the library's open modules, rather than for a module.
const NO_LIBRARY: &str = "nostdlib";
/// In front of the names of the library's modules, so that files of the program may have the same names.
pub const LIBRARY: &str = "<rae>/";

/// A parsed file.
#[derive(Debug)]
pub struct SourceUnit {
    /// Its text among the sources.
    pub file: FileId,
    /// Its path without `.rae`, relative to the project's root or the library.
    pub module: String,
    /// Whether it is part of the library.
    pub library: bool,
    /// Its tree.
    pub tree: Unit,
    /// Its string literals.
    pub strings: Vec<String>,
}

/// The files of a program.
#[derive(Debug, Default)]
pub struct Program {
    /// Names and texts, also of files with problems; the library's files are without their texts.
    pub sources: Sources,
    /// Interned names of all files.
    pub names: Names,
    /// The syntax trees, the main file's first.
    pub units: Vec<SourceUnit>,
    /// Units in the order in which they were complete: each after those that it imports.
    pub order: Vec<usize>,
    /// Everything that is wrong; import problems refer to no file.
    pub diagnostics: Vec<Diagnostic>,
}

/// Reads and parses a main file and everything that it imports.
pub fn load(name: &str, text: &str, loader: &mut dyn Loader) -> Program {
    load_with(name, text, loader, &Options::default())
}

/// The same with a project root of one's own, and perhaps without what comes of itself: the library's open modules and
/// the files beside the main file.
pub fn load_with(name: &str, text: &str, loader: &mut dyn Loader, options: &Options) -> Program {
    let entry = name.rsplit_once('/').map_or("", |p| p.0).to_string();
    let root = match &options.root {
        Some(root) => normal(root).filter(|_| !root.starts_with('/')).unwrap_or_else(|| root.clone()),
        None => project_root(&entry, loader),
    };
    let mut walk = Walk { program: Program::default(), loader, entry, root, known: BTreeMap::new() };
    walk.run(name, text, options.explicit);
    walk.program
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

/// The path of a file relative to a folder that it is in.
fn below<'a>(folder: &str, path: &'a str) -> Option<&'a str> {
    if folder.is_empty() { Some(path) } else { path.strip_prefix(folder)?.strip_prefix('/') }
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
    unit: Option<usize>,
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
    fn run(&mut self, name: &str, text: &str, explicit: bool) {
        let file = below(&self.root, name).or_else(|| below(&self.entry, name)).unwrap_or(name);
        let main = file.strip_suffix(".rae").unwrap_or(file).to_string();
        let (unit, mut rest) = self.add(name, &main, text, false);
        self.known.insert(main.clone(), false);
        let mut first = if explicit { Vec::new() } else { self.beside(name) };
        first.append(&mut rest);
        if !explicit {
            first.extend(PRELUDE.iter().rev().map(|p| format!("{LIBRARY}{}", p.0)));
        }
        let mut open = vec![Open { unit, module: main, rest: first }];
        while let Some(last) = open.last_mut() {
            let Some(path) = last.rest.pop() else {
                if let Some(done) = open.pop() {
                    self.known.insert(done.module, true);
                    self.program.order.extend(done.unit);
                }
                continue;
            };
            let importer = last.module.clone();
            match self.find(&importer, &path) {
                Ok(Some(found)) if open.len() < MAX_IMPORT_DEPTH => {
                    let (unit, rest) = self.add(&found.path, &found.module, &found.text, found.library);
                    self.known.insert(found.module.clone(), false);
                    open.push(Open { unit, module: found.module, rest });
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

    /// Modules below the main file's folder, which are part of the program without an import, last first. A file
    /// with a `main` of its own is another program.
    fn beside(&mut self, main: &str) -> Vec<String> {
        let mut modules = Vec::new();
        for path in self.loader.list(&self.entry, "rae").into_iter().rev() {
            let inside = below(&self.root, &path).or_else(|| below(&self.entry, &path));
            let Some(module) = inside.and_then(|p| p.strip_suffix(".rae")) else { continue };
            if path == main || self.loader.read(&path).map_or(true, |text| has_main(&text)) {
                continue;
            }
            modules.push(module.to_string());
        }
        modules
    }

    /// Adds a file; gives its number, if it could be parsed, and what it imports, last first.
    fn add(&mut self, path: &str, module: &str, text: &str, library: bool) -> (Option<usize>, Vec<String>) {
        let file = self.program.sources.add(path, if library { "" } else { text });
        let names = &mut self.program.names;
        let parsed = lexer::lex(text, file, names)
            .and_then(|tokens| parser::parse(&tokens, file, names).map(|tree| (tree, tokens.strings)));
        let (tree, strings) = match parsed {
            Ok(parsed) => parsed,
            Err(problems) => {
                self.program.diagnostics.extend(problems);
                return (None, Vec::new());
            }
        };
        let imports = tree.directives.iter().rev().filter(|d| d.kind != DirectiveKind::CHeader);
        let imports = imports.map(|d| names.text(d.path).to_string()).collect();
        self.program.units.push(SourceUnit { file, module: module.to_string(), library, tree, strings });
        (Some(self.program.units.len() - 1), imports)
    }

    /// An imported module; `None` if nothing is to be read for it.
    fn find(&mut self, importer: &str, path: &str) -> Result<Option<Found>, Problem> {
        let bare = path.strip_suffix(".rae").unwrap_or(path);
        if let Some(name) = bare.strip_prefix(LIBRARY) {
            return self.find_library(name.to_string());
        }
        if importer.starts_with(LIBRARY) {
            return self.find_library(bare.to_string());
        }
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
                return Ok(Some(Found { module, path: file, text, library: false }));
            }
        }
        self.find_library(module)
    }

    fn find_library(&self, module: String) -> Result<Option<Found>, Problem> {
        let path = format!("{LIBRARY}{module}");
        match self.known.get(&path) {
            Some(true) => return Ok(None),
            Some(false) => return Err(Problem::Cyclic(module)),
            None => {}
        }
        match PRELUDE.iter().find(|p| p.0 == module).map(|p| p.1).or_else(|| library(&module)) {
            Some(text) => {
                let file = format!("{path}.rae");
                Ok(Some(Found { module: path, path: file, text: text.to_string(), library: true }))
            }
            None if module == NO_LIBRARY => Ok(None),
            None => Err(Problem::Missing(module)),
        }
    }
}

/// A module that was found.
struct Found {
    module: String,
    path: String,
    text: String,
    library: bool,
}

/// Whether the text declares a function `main`.
fn has_main(text: &str) -> bool {
    text.lines().any(|line| {
        let rest = line.strip_prefix("func").map(str::trim_start);
        rest.and_then(|r| r.strip_prefix("main")).is_some_and(|r| r.trim_start().starts_with('('))
    })
}

enum Problem {
    Missing(String),
    Cyclic(String),
    Escapes,
}
