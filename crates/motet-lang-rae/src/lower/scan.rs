//! What a body does with names, found before it is lowered: to which variables
//! references are handed over, and whether names are bound to objects of others.
//!
//! Names are not told apart by scope: a name stands for all variables of that
//! name, which costs a little speed and never correctness.

use alloc::{collections::BTreeSet, vec::Vec};

use super::{Lowerer, types::is_object};
use crate::{
    ast::{
        Arg, Binding, Block, Cond, Expr, ExprKind, If, LiteralBody, LoopHead, LoopInit, Piece, Stmt, StmtKind, UnOp,
    },
    names::Name,
    types::Ty,
};

/// What was found.
#[derive(Default)]
pub(super) struct Uses {
    /// Names of variables to which references are handed over.
    pub celled: BTreeSet<Name>,
    /// Whether references to objects are bound to names.
    pub aliases: bool,
    /// Alias and what it refers to, in order.
    links: Vec<(Name, Name)>,
}

impl<'a> Lowerer<'a> {
    /// Looks through a body whose function returns a reference or not.
    pub(super) fn scan(&self, body: &'a Block, returns_reference: bool) -> Uses {
        let mut scan = Scan { lowerer: self, uses: Uses::default(), returns_reference };
        scan.block(body);
        let mut uses = scan.uses;
        // What an alias of a celled name refers to is handed over with it.
        for (alias, target) in uses.links.iter().rev() {
            if uses.celled.contains(alias) {
                uses.celled.insert(*target);
            }
        }
        uses
    }
}

struct Scan<'s, 'a> {
    lowerer: &'s Lowerer<'a>,
    uses: Uses,
    returns_reference: bool,
}

impl Scan<'_, '_> {
    fn block(&mut self, block: &Block) {
        for stmt in &block.stmts {
            self.stmt(stmt);
        }
    }

    fn stmt(&mut self, stmt: &Stmt) {
        match &stmt.kind {
            StmtKind::Binding(b) => self.binding(b),
            StmtKind::Destructure(_, e) | StmtKind::Expr(e) => self.expr(e),
            StmtKind::Ret(values) => {
                for (_, e) in values {
                    if self.returns_reference
                        && let Some(name) = direct(e)
                    {
                        self.uses.celled.insert(name);
                    }
                    self.expr(e);
                }
            }
            StmtKind::If(s) => self.if_statement(s),
            StmtKind::Loop(s) => {
                match &s.head {
                    LoopHead::While(e) => self.expr(e),
                    LoopHead::Count(init, cond, step) => {
                        match &**init {
                            LoopInit::Binding(b) => self.binding(b),
                            LoopInit::Expr(e) => self.expr(e),
                        }
                        self.expr(cond);
                        self.expr(step);
                    }
                    LoopHead::Each(_, ty, list) => {
                        self.uses.aliases |= ty.as_ref().is_some_and(|t| t.is_reference());
                        self.expr(list);
                    }
                }
                self.block(&s.body);
            }
            StmtKind::Break | StmtKind::Continue => {}
            StmtKind::Match(s) => {
                self.expr(&s.subject);
                for (patterns, block) in &s.arms {
                    patterns.iter().for_each(|p| self.expr(p));
                    self.block(block);
                }
                if let Some((_, block)) = &s.otherwise {
                    self.block(block);
                }
            }
            StmtKind::Defer(block) | StmtKind::TaskScope(block) => self.block(block),
            StmtKind::Assign(target, value) => {
                self.expr(target);
                self.expr(value);
            }
        }
    }

    fn if_statement(&mut self, s: &If) {
        for (cond, then) in &s.arms {
            match cond {
                Cond::Expr(e) => self.expr(e),
                Cond::Let(b) => self.binding(b),
            }
            self.block(then);
        }
        if let Some(block) = &s.otherwise {
            self.block(block);
        }
    }

    fn binding(&mut self, b: &Binding) {
        let Some(value) = &b.value else { return };
        if b.ty.as_ref().is_some_and(|t| t.is_reference()) {
            self.uses.aliases = true;
            if let Some(target) = direct(value) {
                self.uses.links.push((b.name.name, target));
                if b.ty.as_ref().is_some_and(|t| t.optional) {
                    self.uses.celled.insert(target);
                }
            }
        }
        self.expr(value);
    }

    fn expr(&mut self, e: &Expr) {
        // Chains of operators and of calls may be long: their left ends are walked in a loop.
        let mut e = e;
        loop {
            match &e.kind {
                ExprKind::Int(_)
                | ExprKind::Float(_)
                | ExprKind::Str(_)
                | ExprKind::Char(_)
                | ExprKind::Bool(_)
                | ExprKind::None
                | ExprKind::Ident(_) => return,
                ExprKind::Interpolated(pieces) => {
                    for piece in pieces {
                        if let Piece::Expr(e) = piece {
                            self.expr(e);
                        }
                    }
                    return;
                }
                ExprKind::Group(a) | ExprKind::Unary(_, a) | ExprKind::Postfix(_, a) | ExprKind::Cast(a, _) => e = a,
                ExprKind::Field(a, _) => e = a,
                ExprKind::Binary(_, a, b) | ExprKind::Index(a, b) => {
                    self.expr(b);
                    e = a;
                }
                ExprKind::Call(callee, args) => {
                    if let ExprKind::Ident(name) = callee.kind {
                        self.handed_over(name, None, args);
                    }
                    self.args(args);
                    return;
                }
                ExprKind::Method(base, name, args) => {
                    self.handed_over(name.name, Some(base), args);
                    self.args(args);
                    e = base;
                }
                ExprKind::Literal(_, body) => {
                    match body {
                        LiteralBody::Empty => {}
                        LiteralBody::Fields(fields) => fields.iter().for_each(|f| self.expr(&f.1)),
                        LiteralBody::Elements(items) => items.iter().for_each(|i| self.expr(i)),
                    }
                    return;
                }
                ExprKind::List(items) => return items.iter().for_each(|i| self.expr(i)),
                ExprKind::Match(m) => {
                    self.expr(&m.subject);
                    for (pattern, value) in &m.arms {
                        self.expr(pattern);
                        self.expr(value);
                    }
                    if let Some(value) = &m.otherwise {
                        self.expr(value);
                    }
                    return;
                }
            }
        }
    }

    fn args(&mut self, args: &[Arg]) {
        args.iter().for_each(|a| self.expr(&a.value));
    }

    /// Names that stand directly where some function of that name takes a reference to a scalar, string or optional.
    fn handed_over(&mut self, name: Name, receiver: Option<&Expr>, args: &[Arg]) {
        let count = args.len() + usize::from(receiver.is_some());
        let values: Vec<&Expr> = receiver.into_iter().chain(args.iter().map(|a| &a.value)).collect();
        for &f in self.lowerer.decls.functions(name) {
            let Some(info) = self.lowerer.decls.funcs.get(f) else { continue };
            // Type arguments and the names of modules come first.
            let Some(skip) = count.checked_sub(info.params.len()) else { continue };
            for (p, value) in info.params.iter().zip(values.iter().skip(skip)) {
                let by_reference = match p.ty.unwrap_opt() {
                    Ty::Ref(writable, t) => *writable && !is_object(t),
                    _ => false,
                };
                if by_reference && let Some(name) = direct(value) {
                    self.uses.celled.insert(name);
                }
            }
        }
    }
}

/// The name that an expression is, with or without `view` and `mod`.
fn direct(e: &Expr) -> Option<Name> {
    match &e.kind {
        ExprKind::Ident(name) => Some(*name),
        ExprKind::Group(a) | ExprKind::Unary(UnOp::View | UnOp::Mod, a) => direct(a),
        _ => None,
    }
}
