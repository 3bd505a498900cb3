//! What must be known of a method before it is lowered: which variables blocks share, and whether a block returns from
//! the method.

use alloc::{collections::BTreeSet, vec::Vec};

use super::{Lowerer, control::Inlined};
use crate::ast::{Block, Body, Expr, ExprKind, Ident, Method};

/// A variable by the place of its declaration in the file.
pub(super) type VarId = u32;

/// What is known of a method. A block counts as a function of its own unless it is inlined.
#[derive(Clone, Debug, Default)]
pub(super) struct Facts {
    /// Variables that a function inside the declaring one uses.
    pub captured: BTreeSet<VarId>,
    /// Variables that are assigned.
    pub assigned: BTreeSet<VarId>,
    /// Whether a block returns from the method.
    pub returns: bool,
}

impl Facts {
    /// Whether the variable must live in a cell: functions that share it see each other's assignments.
    pub fn is_shared(&self, var: VarId) -> bool {
        self.captured.contains(&var) && self.assigned.contains(&var)
    }
}

pub(super) fn scan<'a>(lowerer: &Lowerer<'a>, method: &Method<'a>) -> Facts {
    let mut scan = Scan { lowerer, facts: Facts::default(), names: Vec::new(), depth: 0 };
    scan.declare(&method.params);
    scan.body(&method.body);
    scan.facts
}

/// Whether a `restart` may begin the function with this body anew; see [`super::message`].
pub(super) fn restarts(body: &Body<'_>) -> bool {
    fn inside(expr: &Expr<'_>) -> bool {
        match &expr.kind {
            ExprKind::Literal(_) | ExprKind::Name(_) => false,
            ExprKind::Block(block) => restarts(&block.body),
            ExprKind::Assign(_, value) => inside(value),
            ExprKind::Send(receiver, message) => {
                message.selector == "restart" || inside(receiver) || message.args.iter().any(inside)
            }
            ExprKind::Cascade(receiver, _) => inside(receiver),
            ExprKind::Brace(items) => items.iter().any(inside),
        }
    }
    body.statements.iter().any(|s| inside(&s.value))
}

struct Scan<'s, 'a> {
    lowerer: &'s Lowerer<'a>,
    facts: Facts,
    /// Name, variable, depth of the function that declares it.
    names: Vec<(&'a str, VarId, usize)>,
    depth: usize,
}

impl<'a> Scan<'_, 'a> {
    fn declare(&mut self, idents: &[Ident<'a>]) {
        let depth = self.depth;
        self.names.extend(idents.iter().map(|ident| (ident.text, ident.span.start, depth)));
    }

    fn name(&mut self, name: &str) -> Option<VarId> {
        let &(_, var, depth) = self.names.iter().rev().find(|(n, ..)| *n == name)?;
        if depth < self.depth {
            self.facts.captured.insert(var);
        }
        Some(var)
    }

    fn body(&mut self, body: &Body<'a>) {
        self.declare(&body.temporaries);
        for statement in &body.statements {
            self.facts.returns |= statement.returns && self.depth > 0;
            self.expr(&statement.value);
        }
    }

    fn block(&mut self, block: &Block<'a>, inlined: bool) {
        let names = self.names.len();
        self.depth += usize::from(!inlined);
        self.declare(&block.params);
        self.body(&block.body);
        self.depth -= usize::from(!inlined);
        self.names.truncate(names);
    }

    fn part(&mut self, expr: &Expr<'a>, inlined: bool) {
        match &expr.kind {
            ExprKind::Block(block) => self.block(block, inlined),
            _ => self.expr(expr),
        }
    }

    fn expr(&mut self, expr: &Expr<'a>) {
        match &expr.kind {
            ExprKind::Literal(_) => {}
            ExprKind::Name(name) => {
                self.name(name);
            }
            ExprKind::Assign(target, value) => {
                self.expr(value);
                if let Some(var) = self.name(target.text) {
                    self.facts.assigned.insert(var);
                }
            }
            ExprKind::Send(receiver, message) => {
                let inlined = Inlined::of(self.lowerer, receiver, message).is_some();
                self.part(receiver, inlined);
                for arg in &message.args {
                    self.part(arg, inlined);
                }
            }
            ExprKind::Block(block) => self.block(block, false),
            // The surface has neither.
            ExprKind::Cascade(..) | ExprKind::Brace(_) => {}
        }
    }
}
