//! From a main file to a module: loading the import graph, then checking and
//! lowering each file after those that it imports.
//!
//! Invariant: the order of errors is that of the language: a file is lexed and
//! parsed, then each import is handled completely, then the file is checked.

use alloc::{boxed::Box, collections::BTreeMap, format, string::String, vec::Vec};

use motet_ir::{Compilation, Loader, Options};
use motet_source::{Code, Diagnostic, FileId, Sources, Span};

use crate::{
    ast::{Sequence, Stmt},
    lexer,
    lower::{Lowerer, UnitPlan},
    names::{Name, Names},
    parser, prelude,
};

/// Longest chain of imports.
const MAX_IMPORT_DEPTH: usize = 1_000;

/// A file of which some imports are still to be handled.
struct Open {
    unit: usize,
    next: usize,
}

struct Program<'a> {
    names: Names,
    sources: Sources,
    options: &'a Options,
    loader: &'a mut dyn Loader,
    plans: Vec<UnitPlan>,
    /// Path of each unit, as shown.
    paths: Vec<String>,
    /// Canonical path → unit, and whether it is finished.
    known: BTreeMap<String, (usize, bool)>,
    /// Units in the order in which they were finished.
    order: Vec<usize>,
}

/// Compiles a main file and everything that it imports.
pub fn compile(name: &str, text: &str, loader: &mut dyn Loader, options: &Options) -> Compilation {
    let mut program = Program {
        names: Names::default(),
        sources: Sources::default(),
        options,
        loader,
        plans: Vec::new(),
        paths: Vec::new(),
        known: BTreeMap::new(),
        order: Vec::new(),
    };
    let loaded = program.load(name, text);
    let lowered = program.lower(name, loaded.err());
    let mut out = Compilation { sources: program.sources, ..Compilation::default() };
    match lowered {
        Ok(Lowered::Whole(mut module, result_type)) => {
            module.sources = out.sources.clone();
            out.module = Some(*module);
            out.result_type = Some(result_type);
        }
        Ok(Lowered::Imports(module, d)) => {
            out.before = module.map(|mut module| {
                module.sources = out.sources.clone();
                *module
            });
            out.diagnostics.push(*d);
        }
        Err(d) => out.diagnostics.push(*d),
    }
    out
}

type Load<T> = Result<T, Box<Diagnostic>>;

impl Program<'_> {
    fn parse(&mut self, name: &str, text: &str) -> Load<usize> {
        let file = self.sources.add(name, text);
        let core = self.options.core;
        let tokens = lexer::lex(text, file, core, &mut self.names)?;
        let ast = parser::parse(&tokens, file, core)?;
        let unit = self.plans.len();
        let strings = tokens.strings;
        self.plans.push(UnitPlan { file, ast, strings, imports: Vec::new(), replay_until: 0, run: true });
        self.paths.push(name.into());
        Ok(unit)
    }

    fn load(&mut self, name: &str, text: &str) -> Load<()> {
        let main = self.parse(name, text)?;
        if let Some(plan) = self.plans.get_mut(main) {
            plan.replay_until = self.options.replay_until;
        }
        let key = self.loader.canonical(name);
        self.known.insert(key, (main, false));
        let mut open = alloc::vec![Open { unit: main, next: 0 }];
        while let Some(last) = open.last_mut() {
            let unit = last.unit;
            let Some((import, path)) = self.import(unit, last.next) else {
                self.finish(unit);
                open.pop();
                continue;
            };
            last.next = import.next;
            if open.len() > MAX_IMPORT_DEPTH {
                return self.fail(unit, import.span, Code::TooDeep, "imports are nested too deeply".into());
            }
            if let Some(new) = self.handle(unit, &import, &path)? {
                // Whatever a replayed statement imports has run before.
                let old = unit == 0 && import.span.start < self.options.replay_until
                    || self.plans.get(unit).is_some_and(|p| !p.run);
                if let Some(plan) = self.plans.get_mut(new) {
                    plan.run = !old;
                }
                open.push(Open { unit: new, next: 0 });
            }
        }
        Ok(())
    }

    fn finish(&mut self, unit: usize) {
        self.order.push(unit);
        for state in self.known.values_mut() {
            state.1 |= state.0 == unit;
        }
    }

    /// The first import statement of a unit at or after statement `from`.
    fn import(&self, unit: usize, from: usize) -> Option<(Found, String)> {
        let plan = self.plans.get(unit)?;
        plan.ast.stmts.iter().enumerate().skip(from).find_map(|(i, stmt)| {
            let Stmt::Import(import) = stmt else { return None };
            let path = plan.strings.get(import.path as usize)?.clone();
            let alias = import.alias.map(|a| a.name);
            Some((Found { next: i + 1, span: import.span, alias }, path))
        })
    }

    fn fail<T>(&self, unit: usize, span: Span, code: Code, message: String) -> Load<T> {
        let file = self.plans.get(unit).map_or(FileId(0), |p| p.file);
        Err(Box::new(Diagnostic::error(code, file, span, message).with_kind("type error")))
    }

    /// Binds the local name of an import; hands back the unit if it was not known yet.
    fn handle(&mut self, unit: usize, import: &Found, path: &str) -> Load<Option<usize>> {
        let span = import.span;
        let name = match import.alias {
            Some(name) => name,
            None => match self.stem(path) {
                Some(name) => name,
                None => return self.fail(unit, span, Code::BadImport, "import needs 'as NAME'".into()),
            },
        };
        if self.plans.get(unit).is_some_and(|p| p.imports.iter().any(|i| i.0 == name)) {
            let message = format!("duplicate import: {}", self.names.text(name));
            return self.fail(unit, span, Code::DuplicateName, message);
        }
        let full = self.resolve(unit, path);
        let key = self.loader.canonical(&full);
        let (target, new) = match self.known.get(&key) {
            Some((_, false)) => return self.fail(unit, span, Code::BadImport, format!("import cycle: \"{path}\"")),
            Some((known, true)) => (*known, None),
            None => {
                let Ok(text) = self.loader.read(&full) else {
                    return self.fail(unit, span, Code::BadImport, format!("cannot read module \"{path}\""));
                };
                let new = self.parse(&full, &text)?;
                self.known.insert(key, (new, false));
                (new, Some(new))
            }
        };
        if let Some(plan) = self.plans.get_mut(unit) {
            plan.imports.push((name, target));
        }
        Ok(new)
    }

    /// The last part of the path without its extension, if that is an identifier.
    fn stem(&mut self, path: &str) -> Option<Name> {
        let last = path.rsplit('/').next().unwrap_or(path);
        let stem = last.rsplit_once('.').map_or(last, |(stem, _)| stem);
        let mut bytes = stem.bytes();
        let first = bytes.next().is_some_and(|b| b.is_ascii_alphabetic() || b == b'_');
        let rest = bytes.all(|b| b.is_ascii_alphanumeric() || b == b'_');
        let keyword = matches!(stem, "let" | "fn" | "return" | "if" | "else" | "true" | "false");
        (first && rest && !keyword).then(|| self.names.intern(stem))
    }

    /// Path of an import, relative to the directory of the importing file.
    fn resolve(&self, unit: usize, path: &str) -> String {
        let last = path.rsplit('/').next().unwrap_or(path);
        let extension = if last.contains('.') { "" } else { ".moon" };
        let directory = match self.paths.get(unit).and_then(|p| p.rsplit_once('/')) {
            Some((directory, _)) if !path.starts_with('/') => format!("{directory}/"),
            _ => String::new(),
        };
        format!("{directory}{path}{extension}")
    }

    /// Checks and lowers all finished units. A type error in one of them comes before `problem`, which ended the
    /// loading of the others.
    fn lower(&mut self, name: &str, problem: Option<Box<Diagnostic>>) -> Load<Lowered> {
        let mut order = core::mem::take(&mut self.order);
        let mut library = None;
        if !self.options.core && self.names.find("sort_by").is_some() {
            let file = self.sources.add(prelude::SOURCE_NAME, prelude::SOURCE);
            let tokens = lexer::lex(prelude::SOURCE, file, false, &mut self.names)?;
            let ast: Sequence = parser::parse(&tokens, file, false)?;
            library = Some(self.plans.len());
            order.insert(0, self.plans.len());
            let strings = tokens.strings;
            self.plans.push(UnitPlan { file, ast, strings, imports: Vec::new(), replay_until: 0, run: false });
        }
        let host: Vec<_> = self.options.host.iter().map(prelude::HostSignature::new).collect();
        let mut dynamic = false;
        loop {
            let mut lowerer = Lowerer::new(&self.names, &host, self.options.core, dynamic);
            lowerer.start(self.plans.len(), library);
            let mut result = crate::types::Ty::UNIT;
            let mut error = problem.clone();
            let run = |&u: &usize| u != 0 && self.plans.get(u).is_some_and(|p| p.run);
            let mut ran = Vec::new();
            for &unit in &order {
                let Some(plan) = self.plans.get(unit) else { continue };
                let before = if unit == 0 { ran.as_slice() } else { &[] };
                match lowerer.unit(unit, plan, before) {
                    Ok(t) => result = t,
                    Err(d) => {
                        error = Some(d);
                        break;
                    }
                }
                ran.extend(Some(unit).filter(run));
            }
            if error.is_some() {
                lowerer.only_imports(&ran);
            }
            let done = lowerer.finish(name, result);
            if done.retyped && !dynamic {
                dynamic = true;
                continue;
            }
            let module = Box::new(done.module);
            return Ok(match error {
                Some(d) => Lowered::Imports(Some(module).filter(|_| !ran.is_empty()), d),
                None => Lowered::Whole(module, done.result),
            });
        }
    }
}

/// What lowering led to.
enum Lowered {
    /// The program, and the type of its result.
    Whole(Box<motet_ir::Module>, String),
    /// The first error, and the part of the program that runs before it is reported.
    Imports(Option<Box<motet_ir::Module>>, Box<Diagnostic>),
}

/// An import statement.
struct Found {
    /// Statement to look at next.
    next: usize,
    span: Span,
    alias: Option<Name>,
}
