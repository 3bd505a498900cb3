//! The import graph: every file that the main file can reach, parsed.
//!
//! Invariant: unit 0 is the main file; a file reached by several ways is one
//! unit. Problems in imported files are texts that the `import` raises.

use alloc::{
    collections::BTreeMap,
    format,
    string::{String, ToString},
    vec,
    vec::Vec,
};

use motet_ir::{LoadError, Loader};
use motet_source::{Diagnostic, Sources};

use crate::{
    ast::{ExprKind, Program, Stmt, StmtKind},
    lexer,
    lower::pattern_names,
    parser, render,
    symbol::{Interner, NameMap, Sym},
};

/// Where an imported module is.
#[derive(Clone, Debug)]
pub(crate) enum Import {
    Unit(usize),
    Missing,
    /// It cannot be used; what the import raises.
    Failed(String),
}

/// An exported name.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Export {
    pub name: Sym,
    /// Not a struct or enum.
    pub is_value: bool,
}

/// One file.
pub(crate) struct Unit {
    pub program: Program,
    pub file: motet_source::FileId,
    /// Module name as first imported; empty for the main file.
    pub name: String,
    pub exports: Vec<Export>,
    pub imports: NameMap<Sym, Import>,
    /// Directory under which it was found.
    root: String,
}

/// The loaded graph.
pub(crate) struct Loaded {
    pub names: Interner,
    pub units: Vec<Unit>,
    pub sources: Sources,
    /// Problems of the main file.
    pub diagnostics: Vec<Diagnostic>,
}

/// Parses the main file and everything it imports.
pub(crate) fn load(name: &str, text: &str, loader: &mut dyn Loader, core: bool) -> Loaded {
    let mut loaded =
        Loaded { names: Interner::default(), units: Vec::new(), sources: Sources::default(), diagnostics: Vec::new() };
    match parse(&mut loaded, name, text, core) {
        Ok((program, file)) => loaded.units.push(unit(program, file, String::new(), String::new())),
        Err(diagnostics) => {
            loaded.diagnostics = diagnostics;
            return loaded;
        }
    }
    let roots = search_roots(name);
    let mut by_path = BTreeMap::new();
    let mut next = 0;
    while next < loaded.units.len() {
        let modules = core::mem::take(&mut loaded.units[next].program.imports);
        for module in modules {
            if loaded.units[next].imports.contains_key(&module) {
                continue;
            }
            let import = find(&mut loaded, next, module, &roots, &mut by_path, loader, core);
            loaded.units[next].imports.insert(module, import);
        }
        next += 1;
    }
    loaded
}

fn unit(program: Program, file: motet_source::FileId, name: String, root: String) -> Unit {
    let mut exports = Vec::new();
    program.stmts.iter().for_each(|s| exported(s, false, &mut exports));
    Unit { program, file, name, exports, imports: NameMap::default(), root }
}

fn exported(stmt: &Stmt, export: bool, out: &mut Vec<Export>) {
    let mut add = |name: Sym, is_value: bool| {
        if export && !out.iter().any(|e: &Export| e.name == name) {
            out.push(Export { name, is_value });
        }
    };
    match &stmt.kind {
        StmtKind::Export(inner) => exported(inner, true, out),
        StmtKind::Declare(_, pattern, _) => {
            let mut names = Vec::new();
            pattern_names(pattern, &mut names);
            names.into_iter().for_each(|n| add(n, true));
        }
        StmtKind::Assign(target, _, _) => {
            if let ExprKind::Name(name) = target.kind {
                add(name, true);
            }
        }
        StmtKind::Func(func) => func.name.into_iter().for_each(|n| add(n, true)),
        StmtKind::Struct(decl) => add(decl.name, false),
        StmtKind::Enum(name, _) => add(*name, false),
        _ => {}
    }
}

fn parse(
    loaded: &mut Loaded,
    name: &str,
    text: &str,
    core: bool,
) -> Result<(Program, motet_source::FileId), Vec<Diagnostic>> {
    let file = loaded.sources.add(name, text);
    let lexed = lexer::lex(text, file, &mut loaded.names);
    if !lexed.errors.is_empty() {
        return Err(lexed.errors);
    }
    match parser::parse(lexed, file, &mut loaded.names, core) {
        (program, errors) if errors.is_empty() => Ok((program, file)),
        (_, errors) => Err(errors),
    }
}

/// The directory part of a path, without the final `/`.
fn directory(path: &str) -> &str {
    match path.rfind('/') {
        Some(0) => "/",
        Some(i) => &path[..i],
        None => "",
    }
}

fn join(root: &str, file: &str) -> String {
    match root {
        "" | "." => file.to_string(),
        "/" => format!("/{file}"),
        _ => format!("{root}/{file}"),
    }
}

/// Where modules are looked for, besides the root of the importing module.
fn search_roots(script: &str) -> Vec<String> {
    let dir = directory(script);
    let mut roots = vec![".".to_string(), "modules".to_string()];
    if !dir.is_empty() {
        roots.push(dir.to_string());
    }
    if dir == "src" || dir.ends_with("/src") {
        roots.push(directory(dir).to_string());
    }
    roots
}

fn find(
    loaded: &mut Loaded,
    importer: usize,
    module: Sym,
    roots: &[String],
    by_path: &mut BTreeMap<String, Import>,
    loader: &mut dyn Loader,
    core: bool,
) -> Import {
    let name = loaded.names.text(module).to_string();
    let mut files = vec![format!("{name}.ruff")];
    if name.contains('.') {
        files.push(format!("{}.ruff", name.replace('.', "/")));
    }
    let own = (importer > 0).then(|| loaded.units[importer].root.clone());
    for root in own.iter().chain(roots) {
        for file in &files {
            let path = join(root, file);
            let canonical = loader.canonical(&path);
            if let Some(known) = by_path.get(&canonical) {
                return known.clone();
            }
            let text = match loader.read(&path) {
                Ok(text) => text,
                Err(LoadError::NotFound) => continue,
                Err(LoadError::NotText) => {
                    return Import::Failed(format!(
                        "Failed to load module '{name}': stream did not contain valid UTF-8"
                    ));
                }
                Err(LoadError::Other(cause)) => {
                    return Import::Failed(format!("Failed to load module '{name}': {cause}"));
                }
            };
            let import = match parse(loaded, &path, &text, core) {
                Ok((program, file)) => {
                    loaded.units.push(unit(program, file, name.clone(), root.clone()));
                    Import::Unit(loaded.units.len() - 1)
                }
                Err(diagnostics) => Import::Failed(parse_failure(loaded, &name, &diagnostics)),
            };
            by_path.insert(canonical, import.clone());
            return import;
        }
    }
    Import::Missing
}

fn parse_failure(loaded: &Loaded, name: &str, diagnostics: &[Diagnostic]) -> String {
    match diagnostics.first() {
        Some(d) => {
            let (line, column) = render::position(d, &loaded.sources);
            format!("Failed to parse module '{name}': {line}:{column}: {}", d.message)
        }
        None => format!("Failed to parse module '{name}'"),
    }
}
