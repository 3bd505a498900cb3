//! One file: which names are global, hoisting, top-level statements, tests.

use alloc::{
    string::{String, ToString},
    vec::Vec,
};

use motet_ir::{Expr as Ir, ExprKind as Kind, FuncIdx, FunctionKind, TestEntry, Type, build};
use motet_source::{FileId, Span};

use super::{
    FileContext, Lowerer,
    function::{Claims, bare_names, pattern_names},
    statement::case_bindings,
    variable::any_typed,
};
use crate::{
    ast::{Block, ExprKind, Func, Stmt, StmtKind},
    lexer, parser, prelude,
    resolve::Frame,
    symbol::{NameSet, Sym},
};

/// The statement behind any `export`.
fn unwrap_export(stmt: &Stmt) -> &Stmt {
    let mut at = stmt;
    while let StmtKind::Export(inner) = &at.kind {
        at = inner;
    }
    at
}

/// A test, found in the file.
struct FoundTest<'a> {
    name: String,
    body: &'a Block,
}

#[derive(Default)]
struct Tests<'a> {
    tests: Vec<FoundTest<'a>>,
    setup: Option<&'a Block>,
    teardown: Option<&'a Block>,
}

impl<'a> Tests<'a> {
    /// Groups only nest: a report names the tests alone.
    fn collect(&mut self, stmts: &'a [Stmt]) {
        for stmt in stmts {
            match &stmt.kind {
                StmtKind::Test(name, body) => self.tests.push(FoundTest { name: name.clone(), body }),
                StmtKind::TestGroup(_, body) => self.collect(&body.stmts),
                StmtKind::TestSetup(body) => self.setup = Some(body),
                StmtKind::TestTeardown(body) => self.teardown = Some(body),
                _ => {}
            }
        }
    }
}

impl Lowerer<'_> {
    pub(crate) fn lower_unit(&mut self, u: usize) {
        let units = self.units;
        let Some(unit) = units.get(u) else { return };
        let Some(body_index) = self.unit_globals.get(u).map(|g| g.body) else { return };
        let overloads = units.iter().any(|u| u.program.overloads_operators);
        self.cx = FileContext { file: unit.file, unit: Some(u), overloads, ..FileContext::default() };
        let stmts = &unit.program.stmts;
        let mut assigned = NameSet::default();
        self.scan(stmts, &mut assigned);
        let mut tests = Tests::default();
        let testing = self.want_tests && u == 0;
        if testing {
            tests.collect(stmts);
            let bodies = tests.tests.iter().map(|t| t.body).chain(tests.setup).chain(tests.teardown);
            for body in bodies {
                self.scan(&body.stmts, &mut assigned);
            }
        }
        for (&name, &func) in &self.cx.functions {
            if !assigned.contains(&name) && !unit.program.assigned_in_functions.contains(&name) {
                self.cx.stable.insert(name, func);
            }
        }
        let span = Span::new(0, 0);
        self.begin_frame(Frame::new(FunctionKind::Normal, true, true));
        let mut parts = self.overwritten_constants(span);
        self.hoist(stmts);
        let value = self.top_level(stmts, u == 0, testing, &mut parts);
        parts.push(value.unwrap_or_else(|| build::nil(span)));
        self.end_frame(body_index, "<main>".to_string(), parts, span);
        if testing {
            self.lower_tests(&tests);
        }
        self.end_branch(0, true);
        if u > 0 {
            self.define_import(u);
        }
    }

    // ---- which names are global

    fn scan(&mut self, stmts: &[Stmt], assigned: &mut NameSet<Sym>) {
        for stmt in stmts {
            let stmt = unwrap_export(stmt);
            match &stmt.kind {
                StmtKind::Declare(kind, pattern, _) => {
                    let mut names = Vec::new();
                    pattern_names(pattern, &mut names);
                    for name in names {
                        self.make_global(name, assigned);
                        self.cx.declared_somewhere.entry(name).or_insert(*kind);
                    }
                }
                StmtKind::Func(func) => {
                    if let Some(name) = func.name {
                        let index = self.reserve_function();
                        self.arities.insert(index, func.params.len());
                        self.cx.may_global.insert(name);
                        self.cx.replaced.extend(self.cx.functions.insert(name, index));
                    }
                }
                StmtKind::Import(module, names) => {
                    for name in self.imported_names(self.cx.unit, *module, names.as_deref()) {
                        self.make_global(name, assigned);
                    }
                }
                StmtKind::Match(_, cases, _) => {
                    let mut names = NameSet::default();
                    cases.iter().for_each(|c| case_bindings(&c.pattern, &mut names));
                    names.into_iter().for_each(|name| self.make_global(name, assigned));
                }
                _ => {}
            }
        }
        let mut outside = NameSet::default();
        bare_names(stmts, Claims::OutsideBranches, &mut outside);
        outside.into_iter().for_each(|name| self.make_global(name, assigned));
        let mut everywhere = NameSet::default();
        bare_names(stmts, Claims::All, &mut everywhere);
        for name in everywhere {
            // A branch may assign a global that exists; builtins do.
            assigned.insert(name);
            if self.builtin(name).is_some() {
                self.cx.may_global.insert(name);
            }
        }
        let mut functions = NameSet::default();
        stmts.iter().for_each(|s| nested_functions(unwrap_export(s), false, &mut functions));
        functions.into_iter().for_each(|name| self.make_global(name, assigned));
    }

    fn make_global(&mut self, name: Sym, assigned: &mut NameSet<Sym>) {
        assigned.insert(name);
        self.cx.may_global.insert(name);
    }

    // ---- hoisting

    /// Lowers top-level functions and structs. They may run as soon as user code runs, so only
    /// what is assigned before that is certain in them.
    fn hoist(&mut self, stmts: &[Stmt]) {
        let mark = self.mark();
        for name in self.early_names(stmts) {
            let global = self.global(name);
            self.mark_global(global);
        }
        let mut functions: Vec<(FuncIdx, &Func)> = Vec::new();
        for stmt in stmts {
            match &unwrap_export(stmt).kind {
                StmtKind::Func(func) => {
                    let Some(name) = func.name else { continue };
                    let Some(&index) = self.cx.functions.get(&name) else { continue };
                    // Each definition has a place of its own; the last one has the name.
                    functions.push((index, func));
                }
                StmtKind::Struct(decl) => self.struct_declaration(decl),
                _ => {}
            }
        }
        // Definitions that a later one of the same name replaces have places without a name.
        let mut seen = alloc::collections::BTreeSet::new();
        let mut replaced = core::mem::take(&mut self.cx.replaced);
        let mut ordered = Vec::new();
        for (index, func) in functions.into_iter().rev() {
            let index = if seen.insert(index) { Some(index) } else { replaced.pop() };
            ordered.extend(index.map(|i| (i, func)));
        }
        for (index, func) in ordered.into_iter().rev() {
            let name = func.name.map(|n| self.text(n)).unwrap_or_default();
            self.function(index, func, name, true, None);
        }
        self.end_branch(mark, true);
    }

    /// Globals that are assigned before any user code can run.
    fn early_names(&mut self, stmts: &[Stmt]) -> Vec<Sym> {
        let mut early = Vec::new();
        for stmt in stmts {
            match &unwrap_export(stmt).kind {
                StmtKind::Func(_) | StmtKind::Struct(_) | StmtKind::Enum(..) => {}
                StmtKind::Import(module, names) => {
                    early.extend(self.imported_names(self.cx.unit, *module, names.as_deref()));
                }
                StmtKind::Declare(_, pattern, value) if self.is_inert(value) => pattern_names(pattern, &mut early),
                StmtKind::Assign(target, _, value) if self.is_inert(value) => match target.kind {
                    ExprKind::Name(name) => early.push(name),
                    _ => return early,
                },
                StmtKind::Expr(value) if self.is_inert(value) => {}
                _ => return early,
            }
        }
        early
    }

    // ---- statements

    /// Lowers the top-level statements; hands back the value of a last expression statement.
    fn top_level(&mut self, stmts: &[Stmt], main: bool, testing: bool, parts: &mut Vec<Ir>) -> Option<Ir> {
        for (i, stmt) in stmts.iter().enumerate() {
            let inner = unwrap_export(stmt);
            if main && stmt.span.end <= self.replay_until {
                self.replay(inner);
                continue;
            }
            match &inner.kind {
                StmtKind::Func(_) | StmtKind::Struct(_) => {}
                StmtKind::Declare(..) | StmtKind::Assign(..) | StmtKind::Import(..) | StmtKind::Enum(..) => {
                    parts.push(self.statement(inner));
                }
                _ if testing => {}
                StmtKind::Expr(value) if main && i + 1 == stmts.len() => return Some(self.retained(value)),
                _ => parts.push(self.statement(inner)),
            }
        }
        None
    }

    /// A statement that ran before: only what it declared counts.
    fn replay(&mut self, stmt: &Stmt) {
        match &stmt.kind {
            StmtKind::Declare(kind, pattern, _) => {
                let mut names = Vec::new();
                pattern_names(pattern, &mut names);
                for name in names {
                    self.cx.declared.insert(name, *kind);
                    self.cx.touched.insert(name);
                }
            }
            StmtKind::Assign(target, _, _) => {
                if let ExprKind::Name(name) = target.kind {
                    self.cx.touched.insert(name);
                }
            }
            _ => {}
        }
    }

    // ---- tests

    fn lower_tests(&mut self, found: &Tests<'_>) {
        let setup = found.setup.map(|b| self.test_function("test_setup", b, None, None));
        let teardown = found.teardown.map(|b| self.test_function("test_teardown", b, None, None));
        for test in &found.tests {
            let func = self.test_function(&test.name, test.body, setup, teardown);
            self.tests.push(TestEntry { name: test.name.clone(), func });
        }
    }

    /// A block of top-level code as a function.
    fn test_function(&mut self, name: &str, body: &Block, before: Option<FuncIdx>, after: Option<FuncIdx>) -> FuncIdx {
        let index = self.reserve_function();
        let (declared, touched) = (self.cx.declared.clone(), self.cx.touched.clone());
        self.begin_frame(Frame::new(FunctionKind::Normal, true, true));
        let span = body.span;
        let call = |f: FuncIdx| any_typed(Kind::Call(f, Vec::new()), span);
        let mut parts: Vec<Ir> = before.into_iter().map(call).collect();
        let mut names = NameSet::default();
        bare_names(&body.stmts, Claims::OutsideBranches, &mut names);
        self.cx.touched.extend(names);
        parts.extend(self.body(body));
        parts.extend(after.into_iter().map(call));
        parts.push(build::nil(span));
        self.end_branch(0, true);
        self.end_frame(index, name.to_string(), parts, span);
        (self.cx.declared, self.cx.touched) = (declared, touched);
        index
    }

    // ---- builtins written in Ruff

    pub(crate) fn lower_snippets(&mut self, file: FileId) {
        let mut program = None;
        while let Some((index, func)) = self.next_snippet() {
            if program.is_none() {
                self.cx = FileContext { file, prelude: true, ..FileContext::default() };
                let lexed = lexer::lex(&prelude::text(), file, &mut self.names);
                program = Some(parser::parse(lexed, file, &mut self.names, false).0);
            }
            let Some(stmt) = program.as_ref().and_then(|p| p.stmts.get(index)) else { continue };
            let StmtKind::Func(definition) = &stmt.kind else { continue };
            let name = prelude::SNIPPETS.get(index).map_or("", |s| s.name);
            self.function(func, definition, name.to_string(), true, None);
        }
    }

    /// The value of a global of the current file.
    pub(crate) fn global_value(&mut self, name: Sym, span: Span) -> Ir {
        match self.cx.stable.get(&name) {
            Some(&func) => build::expr(Kind::Func(func), Type::Func, span),
            None => {
                let global = self.global(name);
                any_typed(Kind::Global(global), span)
            }
        }
    }
}

/// Named functions in blocks of top-level code, which become globals.
fn nested_functions(stmt: &Stmt, inside: bool, out: &mut NameSet<Sym>) {
    let mut each = |block: &Block| block.stmts.iter().for_each(|s| nested_functions(s, true, out));
    match &stmt.kind {
        StmtKind::Func(func) => {
            if inside {
                out.extend(func.name);
            }
        }
        StmtKind::If(arms, otherwise) => {
            arms.iter().for_each(|arm| each(&arm.1));
            otherwise.iter().for_each(each);
        }
        StmtKind::While(_, body) | StmtKind::Loop(body) | StmtKind::For(_, _, body) => each(body),
        StmtKind::Match(_, cases, default) => {
            cases.iter().for_each(|c| each(&c.body));
            default.iter().for_each(each);
        }
        StmtKind::Try(body, _, handler) => {
            each(body);
            each(handler);
        }
        StmtKind::Export(inner) => nested_functions(inner, inside, out),
        StmtKind::Declare(..)
        | StmtKind::Assign(..)
        | StmtKind::Struct(_)
        | StmtKind::Enum(..)
        | StmtKind::Return(_)
        | StmtKind::Break
        | StmtKind::Continue
        | StmtKind::Import(..)
        | StmtKind::Spawn(_)
        | StmtKind::Test(..)
        | StmtKind::TestGroup(..)
        | StmtKind::TestSetup(_)
        | StmtKind::TestTeardown(_)
        | StmtKind::Expr(_) => {}
    }
}
