//! Which variables blocks share, found before a method or do-it is lowered.
//!
//! A variable lives in a cell only if a block that is not inlined may be made before the variable is assigned for the last
//! time; blocks receive others by value. It is decided in the order of evaluation, with inlined loops counted as running
//! again.

use alloc::{collections::BTreeSet, vec::Vec};

use super::inline::{Form, Inlining};
use crate::ast::{Block, Body, Expr, ExprKind, Ident, Message};

/// What the blocks of a method or do-it capture.
#[derive(Clone, Debug, Default)]
pub(crate) struct Captured {
    cells: BTreeSet<u32>,
    assigned: BTreeSet<u32>,
    /// Whether a block that is not inlined returns from the method.
    pub returns: bool,
}

impl Captured {
    /// Whether the variable declared at this place lives in a cell.
    pub(super) fn in_cell(&self, declared: u32) -> bool {
        self.cells.contains(&declared)
    }

    /// Whether the variable declared at this place is ever assigned.
    pub(super) fn is_assigned(&self, declared: u32) -> bool {
        self.assigned.contains(&declared)
    }
}

/// A variable of the unit.
struct Var<'a> {
    name: &'a str,
    declared: u32,
    /// Blocks and loops around its declaration.
    blocks: usize,
    loops: usize,
    /// When a block captured it first, and in which loops around it.
    captured: Option<u32>,
    captured_in: Vec<u32>,
    assigned: Option<u32>,
    assigned_in: Vec<u32>,
    /// A block assigns it.
    shared: bool,
}

struct Walker<'a, 'i> {
    inlining: &'i Inlining,
    vars: Vec<Var<'a>>,
    /// Variables in scope.
    scope: Vec<usize>,
    /// Blocks that are not inlined, around here.
    blocks: usize,
    /// Inlined loops around here.
    loops: Vec<u32>,
    next_loop: u32,
    time: u32,
    returns: bool,
}

/// Looks at a method or do-it.
pub(super) fn captures(params: &[Ident<'_>], body: &Body<'_>, inlining: &Inlining) -> Captured {
    let mut walker = Walker {
        inlining,
        vars: Vec::new(),
        scope: Vec::new(),
        blocks: 0,
        loops: Vec::new(),
        next_loop: 0,
        time: 0,
        returns: false,
    };
    walker.declare(params);
    walker.body(body);
    let Walker { vars, returns, .. } = walker;
    let cells = vars.iter().filter(|var| var.needs_cell()).map(|var| var.declared).collect();
    let assigned = vars.iter().filter(|var| var.assigned.is_some()).map(|var| var.declared).collect();
    Captured { cells, assigned, returns }
}

impl Var<'_> {
    fn needs_cell(&self) -> bool {
        let (Some(captured), Some(assigned)) = (self.captured, self.assigned) else { return false };
        self.shared || assigned > captured || self.captured_in.iter().any(|l| self.assigned_in.contains(l))
    }
}

impl<'a> Walker<'a, '_> {
    fn declare(&mut self, names: &[Ident<'a>]) {
        for name in names {
            self.scope.push(self.vars.len());
            self.vars.push(Var {
                name: name.text,
                declared: name.span.start,
                blocks: self.blocks,
                loops: self.loops.len(),
                captured: None,
                captured_in: Vec::new(),
                assigned: None,
                assigned_in: Vec::new(),
                shared: false,
            });
        }
    }

    fn body(&mut self, body: &Body<'a>) {
        self.declare(&body.temporaries);
        for statement in &body.statements {
            self.expr(&statement.value);
            self.returns |= statement.returns && self.blocks > 0;
        }
    }

    /// A name is read or assigned.
    fn mention(&mut self, name: &str, assigned: bool) {
        let Some(&at) = self.scope.iter().rev().find(|&&at| self.vars[at].name == name) else { return };
        self.time += 1;
        let (time, blocks) = (self.time, self.blocks);
        let var = &mut self.vars[at];
        let around = self.loops.get(var.loops..).unwrap_or(&[]);
        if blocks > var.blocks {
            var.captured.get_or_insert(time);
            var.captured_in.extend_from_slice(around);
        }
        if assigned {
            var.assigned = Some(time);
            var.assigned_in.extend_from_slice(around);
            var.shared |= blocks > var.blocks;
        }
    }

    fn expr(&mut self, expr: &Expr<'a>) {
        match &expr.kind {
            ExprKind::Literal(_) => {}
            ExprKind::Name(name) => self.mention(name, false),
            ExprKind::Assign(name, value) => {
                self.expr(value);
                self.mention(name.text, true);
            }
            ExprKind::Send(receiver, message) => self.send(receiver, message),
            ExprKind::Cascade(receiver, messages) => {
                self.expr(receiver);
                for message in messages {
                    self.args(message);
                }
            }
            ExprKind::Block(block) => {
                self.blocks += 1;
                self.block(block);
                self.blocks -= 1;
            }
            ExprKind::Brace(items) => items.iter().for_each(|item| self.expr(item)),
        }
    }

    fn args(&mut self, message: &Message<'a>) {
        message.args.iter().for_each(|arg| self.expr(arg));
    }

    fn send(&mut self, receiver: &Expr<'a>, message: &Message<'a>) {
        let Some(form) = self.inlining.form(receiver, message) else {
            self.expr(receiver);
            return self.args(message);
        };
        let is_loop = matches!(form, Form::While { .. } | Form::Repeat | Form::Times | Form::To { .. } | Form::Each);
        let receiver_loops = matches!(form, Form::While { .. } | Form::Repeat);
        if !receiver_loops {
            self.inlined(receiver);
        }
        if is_loop {
            // Bounds and steps are evaluated once.
            for arg in &message.args {
                if !matches!(arg.kind, ExprKind::Block(_)) {
                    self.expr(arg);
                }
            }
            self.loops.push(self.next_loop);
            self.next_loop += 1;
            if receiver_loops {
                self.inlined(receiver);
            }
        }
        for arg in &message.args {
            if matches!(arg.kind, ExprKind::Block(_)) || !is_loop {
                self.inlined(arg);
            }
        }
        if is_loop {
            self.loops.pop();
        }
    }

    /// Something whose block, if it is one, is inlined.
    fn inlined(&mut self, expr: &Expr<'a>) {
        match &expr.kind {
            ExprKind::Block(block) => self.block(block),
            _ => self.expr(expr),
        }
    }

    fn block(&mut self, block: &Block<'a>) {
        let outer = self.scope.len();
        self.declare(&block.params);
        self.body(&block.body);
        self.scope.truncate(outer);
    }
}
