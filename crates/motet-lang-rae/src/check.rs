//! Static checks: scopes, statements, assignments and loops. Expressions are
//! in `check/expr.rs`, calls in `check/call.rs`, bindings in `check/bind.rs`,
//! `match` in `check/matching.rs`.
//!
//! Invariants: every problem is reported once; a part with a problem has type
//! [`Ty::Unknown`], which fits everywhere. Bodies of generic functions are
//! checked once, with their type parameters fitting everything; what depends
//! on the arguments is a matter of each specialisation.

mod bind;
mod call;
mod expr;
mod matching;
#[cfg(test)]
mod tests;

use alloc::{collections::BTreeSet, format, string::String, vec::Vec};

use motet_source::{Code, Diagnostic, FileId, Span};

use crate::{
    ast::{
        BindingKind, Block, Cond, Decl, Expr, ExprKind, FuncDecl, Loop, LoopHead, LoopInit, Mode, Stmt, StmtKind,
        TypeRef, Unit,
    },
    decls::{Declarer, Decls},
    lexer::{self, MAX_ERRORS},
    names::{Name, Names},
    parser,
    prelude::PRELUDE,
    types::Ty,
};

/// Checks the files of a program, which all see each other. Problems come in the order of files and places.
#[must_use]
pub fn check(units: &[(FileId, Unit)], names: &mut Names) -> Vec<Diagnostic> {
    let mut decls = Decls::default();
    let mut errors = Vec::new();
    // The library's own texts have no problems; if they had, they would show up here.
    let mut library = Vec::new();
    for (_, text) in PRELUDE {
        let parsed = lexer::lex(text, FileId(u32::MAX), names)
            .and_then(|tokens| parser::parse(&tokens, FileId(u32::MAX), names));
        match parsed {
            Ok(unit) => library.push((FileId(u32::MAX), unit)),
            Err(found) => errors.extend(found),
        }
    }
    declare(&library, true, &mut decls, names, &mut errors);
    declare(units, false, &mut decls, names, &mut errors);
    let mut next_func = decls.funcs.len() - units.iter().map(|u| functions(&u.1)).sum::<usize>();
    for (file, unit) in units {
        let mut checker = Checker::new(&mut decls, names, *file, &mut errors);
        checker.import(unit);
        checker.unit(unit, next_func);
        next_func += functions(unit);
    }
    errors.sort_by_key(|d| (d.file, d.span.start));
    errors.truncate(MAX_ERRORS);
    errors
}

fn functions(unit: &Unit) -> usize {
    unit.decls.iter().filter(|d| matches!(d, Decl::Func(_))).count()
}

fn declare(units: &[(FileId, Unit)], library: bool, decls: &mut Decls, names: &Names, errors: &mut Vec<Diagnostic>) {
    for (file, unit) in units {
        Declarer { decls, names, file: *file, errors }.declare_types(unit);
    }
    for (file, unit) in units {
        Declarer { decls, names, file: *file, errors }.declare_rest(unit, library);
    }
}

/// What a name of a body stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    Let,
    Var,
    Const,
    Param(Option<Mode>),
    /// A reference to another place; whether it can be written through.
    Alias(bool),
}

#[derive(Debug)]
struct Variable {
    name: Name,
    ty: Ty,
    role: Role,
    /// How many collection loops go over it.
    iterated: u32,
}

struct Checker<'a> {
    decls: &'a mut Decls,
    names: &'a Names,
    file: FileId,
    errors: &'a mut Vec<Diagnostic>,
    /// Words by which this file calls functions of modules: `module.function(…)`.
    modules: BTreeSet<Name>,
    /// Innermost last.
    scope: Vec<Variable>,
    /// Where the variables of each open block begin.
    blocks: Vec<usize>,
    type_params: Vec<Name>,
    result: Ty,
    loops: u32,
}

impl<'a> Checker<'a> {
    fn new(decls: &'a mut Decls, names: &'a Names, file: FileId, errors: &'a mut Vec<Diagnostic>) -> Self {
        let (scope, blocks, type_params) = (Vec::new(), Vec::new(), Vec::new());
        let modules = PRELUDE.iter().filter_map(|(module, _)| names.find(module)).collect();
        Self { decls, names, file, errors, modules, scope, blocks, type_params, result: Ty::Void, loops: 0 }
    }

    fn note(&mut self, code: Code, span: Span, message: impl Into<String>) {
        if self.errors.len() < MAX_ERRORS {
            self.errors.push(Diagnostic::error(code, self.file, span, message));
        }
    }

    fn text(&self, name: Name) -> &str {
        self.names.text(name)
    }

    fn show(&self, ty: &Ty) -> String {
        ty.show(self.decls, self.names)
    }

    fn resolve(&mut self, ty: &TypeRef) -> Ty {
        let mut declarer =
            Declarer { decls: &mut *self.decls, names: self.names, file: self.file, errors: &mut *self.errors };
        declarer.resolve(ty, &self.type_params)
    }

    fn variable(&self, name: Name) -> Option<&Variable> {
        self.scope.iter().rev().find(|v| v.name == name)
    }

    /// The last component of a path is its word, unless the directive names another.
    fn import(&mut self, unit: &Unit) {
        for d in &unit.directives {
            let path = self.names.text(d.path);
            let last = path.rsplit('/').next().unwrap_or(path);
            let word = self.names.find(last.strip_suffix(".rae").unwrap_or(last));
            self.modules.extend(d.alias.map(|a| a.name).or(word));
        }
    }

    fn unit(&mut self, unit: &Unit, first_func: usize) {
        let mut func = first_func;
        for decl in &unit.decls {
            match decl {
                Decl::Type(d) => self.defaults(d),
                Decl::Enum(_) => {}
                Decl::Global(b) => self.global(b),
                Decl::Func(d) => {
                    self.function(d, func);
                    func += 1;
                }
            }
        }
    }

    fn function(&mut self, d: &FuncDecl, func: usize) {
        let (Some(info), Some(body)) = (self.decls.funcs.get(func), &d.body) else { return };
        self.type_params = info.type_params.clone();
        self.result = info.result.clone();
        let params = info.params.iter();
        self.scope = params
            .map(|p| Variable { name: p.name, ty: p.ty.clone(), role: Role::Param(p.mode), iterated: 0 })
            .collect();
        // Parameters and the outermost bindings share a block: neither may repeat the other.
        self.blocks.push(0);
        self.stmts(body);
        self.blocks.clear();
        self.scope.clear();
        self.type_params.clear();
    }

    fn block(&mut self, block: &Block) {
        self.blocks.push(self.scope.len());
        self.stmts(block);
        self.leave();
    }

    fn leave(&mut self) {
        let start = self.blocks.pop().unwrap_or(0);
        self.scope.truncate(start);
    }

    fn stmts(&mut self, block: &Block) {
        for stmt in &block.stmts {
            self.stmt(stmt);
        }
    }

    /// A new name of the innermost block.
    fn declare(&mut self, name: Name, span: Span, ty: Ty, role: Role) {
        let start = self.blocks.last().copied().unwrap_or(0);
        if self.scope.iter().skip(start).any(|v| v.name == name) {
            let message = format!("'{}' is already declared in this block", self.text(name));
            self.note(Code::DuplicateName, span, message);
        }
        self.scope.push(Variable { name, ty, role, iterated: 0 });
    }

    fn stmt(&mut self, stmt: &Stmt) {
        match &stmt.kind {
            StmtKind::Binding(b) => self.binding(b),
            StmtKind::Destructure(bindings, value) => {
                self.expr(value, None);
                for (name, _) in bindings {
                    self.declare(name.name, name.span, Ty::Unknown, Role::Let);
                }
            }
            StmtKind::Ret(values) => self.ret(values.iter().map(|v| &v.1), stmt.span),
            StmtKind::If(s) => {
                for (cond, then) in &s.arms {
                    self.blocks.push(self.scope.len());
                    match cond {
                        Cond::Expr(e) => {
                            self.expr(e, None);
                        }
                        Cond::Let(b) => self.narrowing(b),
                    }
                    self.block(then);
                    self.leave();
                }
                if let Some(block) = &s.otherwise {
                    self.block(block);
                }
            }
            StmtKind::Loop(s) => self.loop_statement(s),
            StmtKind::Break | StmtKind::Continue if self.loops == 0 => {
                let word = if matches!(stmt.kind, StmtKind::Break) { "break" } else { "continue" };
                self.note(Code::MisplacedControl, stmt.span, format!("'{word}' is only valid inside a loop"));
            }
            StmtKind::Break | StmtKind::Continue => {}
            StmtKind::Match(s) => self.match_statement(s, stmt.span),
            StmtKind::Defer(block) | StmtKind::TaskScope(block) => self.block(block),
            StmtKind::Assign(target, value) => self.assign(target, value, stmt.span),
            StmtKind::Expr(e) => {
                self.expr(e, None);
            }
        }
    }

    fn loop_statement(&mut self, s: &Loop) {
        self.blocks.push(self.scope.len());
        let mut iterated = None;
        match &s.head {
            LoopHead::While(cond) => {
                self.expr(cond, None);
            }
            LoopHead::Count(init, cond, step) => {
                match &**init {
                    LoopInit::Binding(b) => {
                        self.binding(b);
                        if let Some(v) = self.scope.last_mut().filter(|v| v.role == Role::Let) {
                            v.role = Role::Var;
                        }
                    }
                    LoopInit::Expr(e) => {
                        self.expr(e, None);
                    }
                }
                self.expr(cond, None);
                self.expr(step, None);
            }
            LoopHead::Each(name, ty, list) => {
                iterated = self.root(list);
                self.each(*name, ty.as_ref(), list);
            }
        }
        // By position: the body may declare a variable of the same name.
        let place = iterated.and_then(|name| self.scope.iter().rposition(|v| v.name == name));
        if let Some(v) = place.and_then(|i| self.scope.get_mut(i)) {
            v.iterated += 1;
        }
        self.loops += 1;
        self.block(&s.body);
        self.loops -= 1;
        if let Some(v) = place.and_then(|i| self.scope.get_mut(i)) {
            v.iterated -= 1;
        }
        self.leave();
    }

    fn each(&mut self, name: crate::ast::Ident, ty: Option<&TypeRef>, list: &Expr) {
        let from = self.expr(list, None);
        let element = match self.list_element(&from) {
            Some(element) => element,
            None => {
                if !from.plain().is_open() {
                    let message = "collection loops currently require a List(T) expression";
                    self.note(Code::TypeMismatch, list.span, message);
                }
                Ty::Unknown
            }
        };
        let Some(written) = ty else {
            return self.declare(name.name, name.span, element, Role::Var);
        };
        let declared = self.resolve(written);
        if !(declared.referent() == &element || element.is_open() || declared.referent().is_open()) {
            let message = "collection loop binding type must match the List element type";
            self.note(Code::TypeMismatch, written.span, message);
        }
        let role = match declared {
            Ty::Ref(writable, _) => Role::Alias(writable),
            _ => Role::Var,
        };
        if role == Role::Alias(true) && self.read_only_root(list).is_some() {
            let message = "a 'mod' collection loop requires mutable List storage";
            self.note(Code::TypeMismatch, list.span, message);
        }
        self.declare(name.name, name.span, declared, role);
    }

    /// The element type of a `List(T)`.
    fn list_element(&self, ty: &Ty) -> Option<Ty> {
        let list = self.names.find("List").and_then(|n| self.decls.named_type(n));
        match (ty.plain(), list) {
            (Ty::Struct(n, args), Some(Ty::Struct(m, _))) if n == m => args.first().cloned(),
            _ => None,
        }
    }

    /// The variable that a place is part of.
    fn root(&self, place: &Expr) -> Option<Name> {
        let mut e = place;
        loop {
            match &e.kind {
                ExprKind::Ident(name) => return Some(*name),
                ExprKind::Group(a) | ExprKind::Field(a, _) | ExprKind::Index(a, _) => e = a,
                ExprKind::Unary(crate::ast::UnOp::View | crate::ast::UnOp::Mod, a) => e = a,
                _ => return None,
            }
        }
    }

    /// The variable that a place is part of, if nothing may be changed through it.
    fn read_only_root(&self, place: &Expr) -> Option<Name> {
        let name = self.root(place)?;
        let v = self.variable(name)?;
        let read_only = match v.role {
            Role::Param(Some(Mode::View)) | Role::Alias(false) => true,
            Role::Param(Some(Mode::Mod)) => false,
            Role::Param(_) => matches!(v.ty.plain(), Ty::Struct(..)) && self.list_element(&v.ty).is_none(),
            Role::Let | Role::Var | Role::Const | Role::Alias(true) => false,
        };
        read_only.then_some(name)
    }

    fn assign(&mut self, target: &Expr, value: &Expr, sign: Span) {
        let to = self.expr(target, None);
        match &target.ungroup().kind {
            ExprKind::Ident(name) => self.assign_name(*name, sign),
            ExprKind::Field(..) | ExprKind::Index(..) => {
                if let Some(name) = self.read_only_root(target) {
                    let message = format!("cannot mutate through read-only view '{}'", self.text(name));
                    self.note(Code::InvalidTarget, sign, message);
                }
            }
            _ => self.note(Code::InvalidTarget, sign, "this cannot be assigned to"),
        }
        let to = to.referent().clone();
        let from = self.expr(value, Some(&to));
        self.fits(value, &from, &to);
    }

    fn assign_name(&mut self, name: Name, sign: Span) {
        let shown: String = self.text(name).into();
        let Some(v) = self.variable(name) else { return self.assign_global(name, &shown, sign) };
        let message = match v.role {
            Role::Let => format!(
                "cannot reassign immutable 'let' binding '{shown}'; declare it with 'var' to allow reassignment"
            ),
            Role::Const => format!("cannot assign to constant '{shown}'"),
            Role::Param(Some(Mode::View)) => {
                format!("cannot assign to read-only view parameter '{shown}'; declare it 'mod' to allow writes")
            }
            Role::Param(mode) if mode != Some(Mode::Mod) && matches!(v.ty.plain(), Ty::Struct(..)) => {
                format!("cannot assign to read-only view identifier '{shown}'")
            }
            Role::Alias(false) => {
                format!("cannot assign through read-only view '{shown}'; bind with 'mod' to write through an alias")
            }
            _ if v.iterated > 0 => "cannot mutate a List while a collection loop borrows its elements".into(),
            Role::Param(_) | Role::Var | Role::Alias(true) => return,
        };
        self.note(Code::InvalidTarget, sign, message);
    }

    fn assign_global(&mut self, name: Name, shown: &str, sign: Span) {
        let kind = self.decls.global(name).and_then(|g| self.decls.globals.get(g)).map(|g| g.kind);
        let message = match kind {
            Some(BindingKind::Let) => format!(
                "cannot reassign immutable 'let' binding '{shown}'; declare it with 'var' to allow reassignment"
            ),
            Some(BindingKind::Const) => format!("cannot assign to constant '{shown}'"),
            // An unknown name has been reported with its type.
            Some(BindingKind::Var) | None => return,
        };
        self.note(Code::InvalidTarget, sign, message);
    }
}
