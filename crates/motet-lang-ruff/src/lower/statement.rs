//! Statements.

use alloc::{boxed::Box, string::String, vec, vec::Vec};

use motet_ir::{Expr as Ir, ExprKind as Kind, Label, PlaceStep, Type, build};
use motet_source::{Code, Span};

use super::{
    BranchEnd, Builtin, Lowerer,
    call::Callee,
    function::{Claims, bare_names},
    variable::{any_typed, nil_typed, share},
};
use crate::{
    ast::{BinOp, Block, DeclKind, Expr, ExprKind, Pattern, Stmt, StmtKind},
    builtins::internal,
    resolve::BindingState,
    symbol::{NameSet, Sym, known},
};

/// Conditionals of more arms than this become a flat sequence of tests.
const NESTED_ARMS: usize = 4;

impl Lowerer<'_> {
    // ---- blocks

    /// Statements in a scope of their own.
    pub(crate) fn block(&mut self, block: &Block) -> Ir {
        self.frame().enter_scope();
        let parts = self.body(block);
        self.frame().leave_scope();
        build::block(parts, block.span)
    }

    /// Statements in the present scope.
    pub(crate) fn body(&mut self, block: &Block) -> Vec<Ir> {
        self.announce_functions(&block.stmts);
        let parts: Vec<Ir> = block.stmts.iter().map(|s| self.statement(s)).collect();
        let mut cells = self.function_cells(&block.stmts, block.span);
        if cells.is_empty() {
            return parts;
        }
        cells.extend(parts);
        cells
    }

    /// A branch of an `if`: at top level it is a creation scope.
    fn if_branch(&mut self, block: &Block) -> (Ir, BranchEnd) {
        let mark = self.mark();
        let body = if self.frame().top { self.creation_scope(block) } else { self.block(block) };
        let end = self.end_branch(mark, body.ty == Type::Never);
        (body, end)
    }

    fn creation_scope(&mut self, block: &Block) -> Ir {
        let mut names = NameSet::default();
        bare_names(&block.stmts, Claims::OutsideBranches, &mut names);
        let mut sorted: Vec<Sym> = names.iter().copied().collect();
        sorted.sort_unstable();
        self.frame().enter_scope();
        self.claim(names, &NameSet::default());
        self.frame().enter_scope();
        let parts = self.body(block);
        self.frame().leave_scope();
        // In a loop the names of the last turn must not be seen.
        let mut all = Vec::new();
        if !self.frame().loops.is_empty() {
            for sym in sorted {
                let frame = self.frame();
                if let Some(slot) = frame.candidate(sym).and_then(|i| frame.binding(i)).and_then(|b| b.slot) {
                    all.push(build::set_local(slot, build::unset(block.span), block.span));
                }
            }
        }
        self.frame().leave_scope();
        all.extend(parts);
        build::block(all, block.span)
    }

    fn branch(&mut self, block: &Block) -> (Ir, BranchEnd) {
        let mark = self.mark();
        let body = self.block(block);
        let end = self.end_branch(mark, body.ty == Type::Never);
        (body, end)
    }

    /// The body of a loop: what it assigns may not have been assigned afterwards.
    fn loop_body(&mut self, label: Label, block: &Block) -> Ir {
        let mark = self.mark();
        self.frame().loops.push(label);
        let body = self.block(block);
        self.frame().loops.pop();
        self.end_branch(mark, true);
        body
    }

    // ---- statements

    pub(crate) fn statement(&mut self, stmt: &Stmt) -> Ir {
        let span = stmt.span;
        match &stmt.kind {
            StmtKind::Declare(kind, pattern, value) => {
                let value = self.retained(value);
                self.declare_pattern(*kind, pattern, value, span)
            }
            StmtKind::Assign(target, op, value) => self.assignment(target, *op, value, span),
            StmtKind::Func(func) => self.nested_definition(func, span),
            StmtKind::Struct(decl) => {
                self.struct_declaration(decl);
                build::nil(span)
            }
            StmtKind::Enum(..) => build::nil(span),
            StmtKind::If(arms, otherwise) => self.if_statement(arms, otherwise.as_ref(), span),
            StmtKind::While(cond, body) => {
                let cond = self.condition(cond);
                let label = self.frame().new_label();
                let body = self.loop_body(label, body);
                build::while_(label, cond, body, span)
            }
            StmtKind::Loop(body) => {
                let label = self.frame().new_label();
                let body = Box::new(self.loop_body(label, body));
                nil_typed(Kind::While { label, cond: None, body, step: None }, span)
            }
            StmtKind::For(var, iter, body) => self.for_statement(*var, iter, body, span),
            StmtKind::Match(subject, cases, default) => self.match_statement(subject, cases, default.as_ref(), span),
            StmtKind::Try(body, var, handler) => self.try_statement(body, *var, handler, span),
            StmtKind::Return(value) => {
                let value = match value {
                    Some(value) => self.returned(value),
                    None => build::nil(span),
                };
                build::return_(value, span)
            }
            StmtKind::Break => self.jump("break", Kind::Break, span),
            StmtKind::Continue => self.jump("continue", Kind::Continue, span),
            StmtKind::Import(module, names) => self.import(*module, names.as_deref(), span),
            StmtKind::Export(inner) => self.statement(inner),
            StmtKind::Spawn(block) => self.spawn(block, span),
            StmtKind::Test(..) | StmtKind::TestGroup(..) | StmtKind::TestSetup(_) | StmtKind::TestTeardown(_) => {
                build::nil(span)
            }
            StmtKind::Expr(value) => {
                let value = self.expr(value);
                self.effect(value)
            }
        }
    }

    fn jump(&mut self, word: &str, kind: fn(Label) -> Kind, span: Span) -> Ir {
        match self.frame().loops.last().copied() {
            Some(label) => build::expr(kind(label), Type::Never, span),
            None => {
                let message = alloc::format!("{word} can only be used inside a loop");
                self.compile_error(Code::MisplacedControl, span, message);
                build::nil(span)
            }
        }
    }

    /// Runs the block at once as a function of its own; what it raises is dropped.
    fn spawn(&mut self, block: &Block, span: Span) -> Ir {
        let func = crate::ast::Func {
            name: None,
            params: Vec::new(),
            body: block.clone(),
            is_async: false,
            is_generator: false,
            span,
        };
        let callee = Box::new(self.closure(&func, span));
        let call = any_typed(Kind::CallValue(callee, Vec::new()), span);
        let body = Box::new(self.effect(call));
        let var = self.temp("$error");
        nil_typed(Kind::Try { body, var, handler: Box::new(build::nil(span)) }, span)
    }

    fn try_statement(&mut self, body: &Block, var: Sym, handler: &Block, span: Span) -> Ir {
        self.frame().try_depth += 1;
        let (body, body_end) = self.branch(body);
        self.frame().try_depth -= 1;
        let mark = self.mark();
        self.frame().enter_scope();
        let name = self.text(var);
        let slot = self.frame().new_local(name, Type::Any);
        self.frame().bind(var, BindingState::Declared, Some(slot), DeclKind::Mut);
        self.mark_local(slot);
        let handler = self.block(handler);
        self.frame().leave_scope();
        let handler_end = self.end_branch(mark, handler.ty == Type::Never);
        self.join_branches(vec![body_end, handler_end]);
        let body = self.effect(body);
        let handler = self.effect(handler);
        let ty = body.ty.join(handler.ty);
        build::expr(Kind::Try { body: Box::new(body), var: slot, handler: Box::new(handler) }, ty, span)
    }

    // ---- conditionals

    fn if_statement(&mut self, arms: &[(Expr, Block)], otherwise: Option<&Block>, span: Span) -> Ir {
        let mut ends = Vec::new();
        let mut lowered = Vec::new();
        for (cond, body) in arms {
            let cond = self.condition(cond);
            let (body, end) = self.if_branch(body);
            ends.push(end);
            lowered.push((cond, body));
        }
        let otherwise = match otherwise {
            Some(block) => {
                let (body, end) = self.if_branch(block);
                ends.push(end);
                Some(body)
            }
            None => {
                ends.push(Some(Vec::new()));
                None
            }
        };
        self.join_branches(ends);
        self.arms(lowered, otherwise, span)
    }

    /// The first arm whose condition holds, else the last part. Long chains become flat, so that
    /// the depth of the tree does not grow with their length.
    pub(crate) fn arms(&mut self, arms: Vec<(Ir, Ir)>, otherwise: Option<Ir>, span: Span) -> Ir {
        let otherwise = match otherwise {
            Some(otherwise) => self.effect(otherwise),
            None => build::nil(span),
        };
        if arms.len() <= NESTED_ARMS {
            let mut result = otherwise;
            for (cond, body) in arms.into_iter().rev() {
                let body = self.effect(body);
                result = build::if_(cond, body, result, span);
            }
            return result;
        }
        let label = self.frame().new_label();
        let leave = || build::expr(Kind::Break(label), Type::Never, span);
        let mut parts = Vec::with_capacity(arms.len() + 2);
        for (cond, body) in arms {
            let body = build::block(vec![body, leave()], span);
            parts.push(build::if_(cond, body, build::nil(span), span));
        }
        parts.push(otherwise);
        parts.push(leave());
        let body = Box::new(build::block(parts, span));
        nil_typed(Kind::While { label, cond: None, body, step: None }, span)
    }

    // ---- loops

    fn for_statement(&mut self, var: Sym, iter: &Expr, body: &Block, span: Span) -> Ir {
        let mut changed = NameSet::default();
        changed_names(&body.stmts, &mut changed);
        if let Some((from, to)) = self.range_bounds(iter) {
            return self.counting_loop(var, from, to, body, changed.contains(&var), span);
        }
        let iter = Box::new(self.iterated(iter, &|sym| changed.contains(&sym)));
        let label = self.frame().new_label();
        let name = self.text(var);
        let slot = self.frame().new_local(name, Type::Any);
        let mut parts = vec![self.loop_scope(var, slot, label, body, true)];
        if changed.contains(&var) {
            let value = share(build::local(slot, Type::Any, span));
            parts.insert(0, build::set_local(slot, value, span));
        }
        let body = Box::new(build::block(parts, span));
        nil_typed(Kind::ForEach { label, var: slot, iter, body }, span)
    }

    /// Lowers the body of a `for` with its variable bound.
    fn loop_scope(&mut self, var: Sym, slot: motet_ir::LocalIdx, label: Label, body: &Block, borrowed: bool) -> Ir {
        let mark = self.mark();
        self.frame().enter_scope();
        self.frame().bind(var, BindingState::Declared, Some(slot), DeclKind::Mut);
        let frame = self.frame();
        if let Some(i) = frame.head(var)
            && let Some(binding) = frame.binding_mut(i)
        {
            binding.borrowed = borrowed;
        }
        self.mark_local(slot);
        self.frame().loops.push(label);
        let block = self.block(body);
        self.frame().loops.pop();
        self.frame().leave_scope();
        self.end_branch(mark, true);
        block
    }

    fn counting_loop(&mut self, var: Sym, from: Ir, to: Ir, body: &Block, changed: bool, span: Span) -> Ir {
        let label = self.frame().new_label();
        let name = self.text(var);
        let (counter, slot) = if changed {
            (self.frame().new_local("$counter", Type::Int), self.frame().new_local(name, Type::Any))
        } else {
            let slot = self.frame().new_local(name, Type::Int);
            (slot, slot)
        };
        let mut parts = vec![self.loop_scope(var, slot, label, body, false)];
        if changed {
            parts.insert(0, build::set_local(slot, build::local(counter, Type::Int, span), span));
        }
        let body = Box::new(build::block(parts, span));
        let (from, to) = (Box::new(from), Box::new(to));
        nil_typed(Kind::ForRange { label, var: counter, from, to, inclusive: false, body }, span)
    }

    /// Bounds of an iteration over ints that needs no array.
    fn range_bounds(&mut self, iter: &Expr) -> Option<(Ir, Ir)> {
        let span = iter.span;
        if let ExprKind::Int(n) = iter.kind {
            return Some((build::int(0, span), build::int(n, span)));
        }
        let ExprKind::Call(callee, args) = &iter.kind else { return None };
        let ExprKind::Name(known::RANGE) = callee.kind else { return None };
        if !matches!(self.callee(known::RANGE), Some(Callee::Native(..))) || args.iter().any(|a| a.spread) {
            return None;
        }
        match args.as_slice() {
            [to] => {
                let to = self.expr(&to.expr);
                let to = self.bound(to);
                Some((build::int(0, span), to))
            }
            [from, to] => {
                let from = self.expr(&from.expr);
                let to = self.expr(&to.expr);
                Some((self.bound(from), self.bound(to)))
            }
            _ => None,
        }
    }

    /// A bound of `range` as an int.
    fn bound(&mut self, value: Ir) -> Ir {
        if value.ty == Type::Int {
            return value;
        }
        let span = value.span;
        let (keep, value) = self.keep(value, span);
        let is_int = build::expr(Kind::IsType(Box::new(value.clone()), Type::Int), Type::Bool, span);
        let other = self.internal(internal::BOUND, Type::Int, vec![value.clone()], span);
        let choice = build::if_(is_int, build::cast(Type::Int, value), other, span);
        build::block(vec![keep, choice], span)
    }

    // ---- assignment

    fn assignment(&mut self, target: &Expr, op: Option<BinOp>, value: &Expr, span: Span) -> Ir {
        if let ExprKind::Name(sym) = target.kind {
            let value = match op {
                None => self.assigned_value(sym, value),
                Some(op) => {
                    let left = self.read(sym, target.span);
                    let right = self.expr(value);
                    self.operate(op, left, right, span)
                }
            };
            return self.assign(sym, value, span);
        }
        if op.is_none()
            && let Some(update) = self.place_update(target, value, span)
        {
            return update;
        }
        // The value comes before the parts of the target, also for `op=`, whose left operand
        // evaluates them a first time.
        let (value, place) = match op {
            None => {
                let value = self.retained(value);
                (value, self.place(target))
            }
            Some(op) => {
                let place = self.place(target);
                let left = place.as_ref().map_or_else(
                    || build::nil(span),
                    |(sym, steps)| {
                        let root = self.read(*sym, target.span);
                        read_steps(root, steps, target.span)
                    },
                );
                let right = self.expr(value);
                (self.operate(op, left, right, span), place)
            }
        };
        match place {
            Some((sym, steps)) => self.assign_place(sym, steps, value, span),
            None => {
                self.compile_error(Code::InvalidTarget, target.span, "Invalid assignment target");
                value
            }
        }
    }

    /// Root and steps of a place.
    fn place(&mut self, target: &Expr) -> Option<(Sym, Vec<PlaceStep>)> {
        let mut steps = Vec::new();
        let mut at = target;
        let sym = loop {
            match &at.kind {
                ExprKind::Name(sym) => break *sym,
                ExprKind::Field(base, name) => {
                    steps.push((None, self.text(*name)));
                    at = base;
                }
                ExprKind::Index(base, index) => {
                    steps.push((Some(&**index), String::new()));
                    at = base;
                }
                _ => return None,
            }
        };
        let steps = steps
            .into_iter()
            .rev()
            .map(|(index, name)| match index {
                Some(index) => PlaceStep::Index(self.expr(index)),
                None => PlaceStep::Field(name),
            })
            .collect();
        Some((sym, steps))
    }

    /// `p := push(p, v)` for a place `p`: takes the list out, so that it can grow in place.
    fn place_update(&mut self, target: &Expr, value: &Expr, span: Span) -> Option<Ir> {
        let ExprKind::Call(callee, args) = &value.kind else { return None };
        let ExprKind::Name(name) = callee.kind else { return None };
        let [list, item] = args.as_slice() else { return None };
        if list.spread || item.spread || !matches!(self.names.text(name), "push" | "append") {
            return None;
        }
        if !matches!(self.callee(name), Some(Callee::Native(..)))
            || !same_place(target, &list.expr)
            || !self.is_inert(target)
            || !self.is_inert(&item.expr)
        {
            return None;
        }
        let (sym, steps) = self.place(target)?;
        let mutable = self.sole_variable(sym).is_some_and(|v| v.mutability == DeclKind::Mut && !v.borrowed);
        let global = self.lookup(sym).is_empty() && self.may_be_global(sym);
        if !mutable && !global {
            return None;
        }
        let root = self.read(sym, target.span);
        let old = read_steps(root, &steps, target.span);
        let (keep_list, list) = self.keep(old, span);
        let item = self.retained(&item.expr);
        let (keep_item, item) = self.keep(item, span);
        let take = self.assign_place(sym, steps.clone(), build::nil(span), span);
        let is_list = build::expr(Kind::IsType(Box::new(list.clone()), Type::List), Type::Bool, span);
        let take = build::if_(is_list, take, build::nil(span), span);
        let native = self.native("push", Type::Any, crate::builtins::Effect::Consumes.effects());
        let args = vec![motet_ir::Arg { expr: list, spread: false }, motet_ir::Arg { expr: item, spread: false }];
        let pushed = any_typed(Kind::CallNative(native, args), span);
        let put = self.assign_place(sym, steps, pushed, span);
        Some(build::block(vec![keep_list, keep_item, take, put], span))
    }

    // ---- destructuring

    pub(crate) fn declare_pattern(&mut self, kind: DeclKind, pattern: &Pattern, value: Ir, span: Span) -> Ir {
        match pattern {
            Pattern::Name(sym, name_span) => {
                let whole = name_span.to(span);
                self.declare(*sym, kind, value, whole)
            }
            Pattern::Skip => self.effect(value),
            Pattern::Array(..) | Pattern::Dict(..) => {
                let (keep, value) = self.keep(value, span);
                let mut parts = vec![keep];
                self.destructure(kind, pattern, value, span, &mut parts);
                parts.push(build::nil(span));
                build::block(parts, span)
            }
        }
    }

    fn destructure(&mut self, kind: DeclKind, pattern: &Pattern, value: Ir, span: Span, out: &mut Vec<Ir>) {
        match pattern {
            Pattern::Name(sym, _) => {
                let part = self.declare(*sym, kind, value, span);
                out.push(part);
            }
            Pattern::Skip => {}
            Pattern::Array(items, rest) => {
                for (i, item) in items.iter().enumerate() {
                    if matches!(item, Pattern::Skip) {
                        continue;
                    }
                    let index = build::int(i as i64, span);
                    let mut part = share(self.internal(internal::ELEMENT, Type::Any, vec![value.clone(), index], span));
                    if !matches!(item, Pattern::Name(..)) {
                        let (keep, read) = self.keep(part, span);
                        out.push(keep);
                        part = read;
                    }
                    self.destructure(kind, item, part, span, out);
                }
                if let Some(rest) = rest {
                    let from = build::int(items.len() as i64, span);
                    let part = share(self.internal(internal::REST, Type::Any, vec![value, from], span));
                    out.push(self.declare(*rest, kind, part, span));
                }
            }
            Pattern::Dict(keys, rest) => {
                for key in keys {
                    let text = build::str(self.text(*key), span);
                    let part = share(self.internal(internal::ENTRY, Type::Any, vec![value.clone(), text], span));
                    out.push(self.declare(*key, kind, part, span));
                }
                if let Some(rest) = rest {
                    let mut args = vec![value];
                    args.extend(keys.iter().map(|k| build::str(self.text(*k), span)));
                    let part = share(self.internal(internal::WITHOUT, Type::Any, args, span));
                    out.push(self.declare(*rest, kind, part, span));
                }
            }
        }
    }

    /// What a builtin name stands for when its own file overwrites it: constants must be stored.
    pub(crate) fn overwritten_constants(&mut self, span: Span) -> Vec<Ir> {
        let mut names: Vec<Sym> = self.cx.may_global.iter().copied().collect();
        names.sort_unstable();
        let mut out = Vec::new();
        for sym in names {
            if let Some(Builtin::Constant(value)) = self.builtin(sym) {
                let global = self.global(sym);
                self.mark_global(global);
                out.push(nil_typed(Kind::SetGlobal(global, Box::new(build::float(value, span))), span));
            }
        }
        out
    }
}

fn read_steps(root: Ir, steps: &[PlaceStep], span: Span) -> Ir {
    steps.iter().fold(root, |base, step| match step {
        PlaceStep::Index(index) => any_typed(Kind::Index(Box::new(base), Box::new(index.clone())), span),
        PlaceStep::Field(name) => any_typed(Kind::Field(Box::new(base), name.clone()), span),
    })
}

/// Whether two expressions denote the same place by their form.
fn same_place(a: &Expr, b: &Expr) -> bool {
    match (&a.kind, &b.kind) {
        (ExprKind::Name(x), ExprKind::Name(y)) => x == y,
        (ExprKind::Int(x), ExprKind::Int(y)) => x == y,
        (ExprKind::Str(x), ExprKind::Str(y)) => x == y,
        (ExprKind::Field(x, f), ExprKind::Field(y, g)) => f == g && same_place(x, y),
        (ExprKind::Index(x, i), ExprKind::Index(y, j)) => same_place(x, y) && same_place(i, j),
        _ => false,
    }
}

/// Names whose value or parts the statements may change, functions left out.
fn changed_names(stmts: &[Stmt], out: &mut NameSet<Sym>) {
    for stmt in stmts {
        match &stmt.kind {
            StmtKind::Assign(target, _, _) => {
                let mut at = target;
                while let ExprKind::Field(base, _) | ExprKind::Index(base, _) = &at.kind {
                    at = base;
                }
                if let ExprKind::Name(sym) = at.kind {
                    out.insert(sym);
                }
            }
            StmtKind::If(arms, otherwise) => {
                arms.iter().for_each(|arm| changed_names(&arm.1.stmts, out));
                otherwise.iter().for_each(|b| changed_names(&b.stmts, out));
            }
            StmtKind::While(_, body) | StmtKind::Loop(body) | StmtKind::For(_, _, body) => {
                changed_names(&body.stmts, out);
            }
            StmtKind::Match(_, cases, default) => {
                for case in cases {
                    case_bindings(&case.pattern, out);
                    changed_names(&case.body.stmts, out);
                }
                default.iter().for_each(|b| changed_names(&b.stmts, out));
            }
            StmtKind::Try(body, _, handler) => {
                changed_names(&body.stmts, out);
                changed_names(&handler.stmts, out);
            }
            StmtKind::Export(inner) => changed_names(core::slice::from_ref(&**inner), out),
            StmtKind::Func(func) => out.extend(func.name),
            StmtKind::Declare(..)
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
}

/// Names bound by a `case` pattern.
pub(crate) fn case_bindings(pattern: &crate::ast::CasePattern, out: &mut NameSet<Sym>) {
    use crate::ast::CasePattern as P;
    match pattern {
        P::Bind(sym) => {
            out.insert(*sym);
        }
        P::Ctor(_, _, Some(items)) | P::Tag(_, Some(items)) | P::Alternatives(items) => {
            items.iter().for_each(|p| case_bindings(p, out));
        }
        P::Array(items, rest) => {
            items.iter().for_each(|p| case_bindings(p, out));
            out.extend(rest.iter().flatten());
        }
        P::Dict(entries, rest) => {
            entries.iter().for_each(|e| case_bindings(&e.1, out));
            out.extend(rest.iter().flatten());
        }
        P::Any | P::Null | P::Bool(_) | P::Int(_) | P::Float(_) | P::Text(_) => {}
        P::Ctor(_, _, None) | P::Tag(_, None) => {}
    }
}
