//! Statements and sequences.

use alloc::{boxed::Box, format, vec, vec::Vec};

use motet_ir::{self as ir, build};
use motet_source::{Code, Span};

use super::{Lowerer, R, V, diverge, names::Place};
use crate::{
    ast::{BinOp, Block, Expr, ExprKind, For, Ident, Sequence, Stmt, TypeExpr},
    names::Name,
    types::{Kind, Ty},
};

impl Lowerer<'_> {
    /// Statements and tail of a block. After a statement that never finishes nothing is checked.
    pub(super) fn sequence(&mut self, seq: &Sequence, span: Span) -> R<V> {
        let mut parts = Vec::with_capacity(seq.stmts.len() + 1);
        for stmt in &seq.stmts {
            let v = self.statement(stmt)?;
            parts.push(v.e);
            if v.t == Ty::NEVER {
                return Ok(diverge(parts, span));
            }
        }
        let Some(tail) = &seq.tail else {
            if parts.last().is_none_or(|p| p.ty != ir::Type::Nil) {
                parts.push(build::nil(span));
            }
            return Ok(V { e: build::block(parts, span), t: Ty::UNIT });
        };
        let v = self.expr(tail)?;
        if parts.is_empty() {
            return Ok(v);
        }
        parts.push(v.e);
        Ok(V { e: build::block(parts, span), t: v.t })
    }

    /// A statement; its type is Never if it does not finish, else Unit.
    pub(super) fn statement(&mut self, stmt: &Stmt) -> R<V> {
        match stmt {
            Stmt::Let { name, ty, value, span } => {
                let v = self.initialiser(ty.as_ref(), value)?;
                if v.t == Ty::NEVER {
                    return Ok(v);
                }
                let t = v.t;
                let e = self.store(v, t);
                let local = self.declare(name.name, t);
                Ok(unit(build::set_local(local, e, *span)))
            }
            Stmt::Assign { target, op: None, value, span } => self.assign(target, value, *span),
            Stmt::Assign { target, op: Some(op), value, span } => self.compound(target, *op, value, *span),
            Stmt::Return { value, span } => self.return_statement(value.as_ref(), *span),
            Stmt::Expr { value, bare } => {
                let v = self.expr(value)?;
                if *bare && v.t != Ty::UNIT && v.t != Ty::NEVER {
                    return self.fail(Code::TypeMismatch, value.span, "expected ';' after expression");
                }
                Ok(if v.t == Ty::NEVER { v } else { unit(v.e) })
            }
            Stmt::While { cond, body, span } => self.while_loop(cond, body, *span),
            Stmt::For(f) => self.for_loop(f),
            Stmt::Break(span) => self.jump(*span, true),
            Stmt::Continue(span) => self.jump(*span, false),
            // The parser lets these stand at top level only, where they are handled before.
            Stmt::Fn(_) | Stmt::Struct(_) | Stmt::Import(_) => Ok(unit(build::nil(Span::default()))),
        }
    }

    /// The value of a `let`, with the annotated type if there is one.
    pub(super) fn initialiser(&mut self, ty: Option<&TypeExpr>, value: &Expr) -> R<V> {
        let Some(annotation) = ty else {
            let v = self.expr(value)?;
            if v.t == Ty::NIL {
                let message = "cannot infer type of nil; add an annotation";
                return self.fail(Code::CannotInfer, value.span, message);
            }
            return Ok(v);
        };
        let want = self.ty(annotation)?;
        let v = self.annotated(value, Some(want))?;
        if v.t == Ty::NEVER {
            return Ok(v);
        }
        if !self.types.compatible(want, v.t) {
            return self.mismatch(annotation.span, want, v.t);
        }
        let e = self.store(v, want);
        Ok(V { e, t: want })
    }

    fn return_statement(&mut self, value: Option<&Expr>, span: Span) -> R<V> {
        let Some(result) = self.context().result else {
            return self.fail(Code::MisplacedControl, span, "return is only allowed inside functions");
        };
        let v = match value {
            Some(e) => self.expr_for(e, Some(result))?,
            None => V { e: build::nil(span), t: Ty::UNIT },
        };
        if v.t == Ty::NEVER {
            return Ok(v);
        }
        if !self.types.compatible(result, v.t) {
            return self.mismatch(span, result, v.t);
        }
        let e = self.store(v, result);
        Ok(V { e: build::return_(e, span), t: Ty::NEVER })
    }

    // ---- assignment

    fn assign(&mut self, target: &Expr, value: &Expr, span: Span) -> R<V> {
        match &target.kind {
            ExprKind::Ident(name) => {
                let want = match self.variable(*name) {
                    Some(Place::Local(_, t) | Place::Capture(_, t) | Place::Global(_, t)) => Some(t),
                    None => None,
                };
                let v = self.expr_for(value, want)?;
                if v.t == Ty::NEVER {
                    return Ok(v);
                }
                let place = self.target(*name, target.span)?;
                match place {
                    // Functions may run before the `let` of a global has.
                    Place::Global(global, want) if self.level() > 0 && self.types.compatible(want, v.t) => {
                        let e = self.store(v, want);
                        let (keep, local, ty) = self.keep(e);
                        let exists = self.raw_global(global, target.span);
                        let kept = V { e: build::local(local, ty, span), t: want };
                        let write = self.write(place, kept, span);
                        Ok(unit(build::block(vec![keep, exists, write], span)))
                    }
                    _ => self.assign_variable(place, v, span),
                }
            }
            ExprKind::Index(base, index) => self.assign_index(base, index, None, value, span),
            ExprKind::Field(base, field) => self.assign_field(base, *field, target.span, None, value, span),
            _ => Ok(unit(build::nil(span))),
        }
    }

    fn target(&mut self, name: Name, at: Span) -> R<Place> {
        match self.variable(name) {
            Some(place) => Ok(place),
            None => {
                let text = self.names.text(name);
                self.fail(Code::UnknownName, at, format!("undefined variable: {text}"))
            }
        }
    }

    fn assign_variable(&mut self, place: Place, v: V, span: Span) -> R<V> {
        let (Place::Local(_, want) | Place::Capture(_, want) | Place::Global(_, want)) = place;
        if !self.types.compatible(want, v.t) {
            return self.mismatch(span, want, v.t);
        }
        Ok(unit(self.write(place, v, span)))
    }

    /// `x op= e` for all kinds of targets.
    fn compound(&mut self, target: &Expr, op: BinOp, value: &Expr, span: Span) -> R<V> {
        match &target.kind {
            ExprKind::Ident(name) => {
                let old = self.identifier(*name, target.span)?;
                let v = self.expr(value)?;
                if v.t == Ty::NEVER {
                    return Ok(diverge(vec![old.e, v.e], span));
                }
                let new = self.binary(op, old, v, span)?;
                let place = self.target(*name, target.span)?;
                self.assign_variable(place, new, span)
            }
            ExprKind::Index(base, index) => self.assign_index(base, index, Some(op), value, span),
            ExprKind::Field(base, field) => self.assign_field(base, *field, target.span, Some(op), value, span),
            _ => Ok(unit(build::nil(span))),
        }
    }

    /// Keeps a value in a local of its own; hands back the assignment and the local.
    fn keep(&mut self, e: ir::Expr) -> (ir::Expr, ir::LocalIdx, ir::Type) {
        let ty = if e.ty == ir::Type::Nil { ir::Type::Any } else { e.ty };
        let span = e.span;
        let local = self.new_local("$kept", ty);
        (build::set_local(local, e, span), local, ty)
    }

    fn assign_index(&mut self, base: &Expr, index: &Expr, op: Option<BinOp>, value: &Expr, span: Span) -> R<V> {
        let base = self.expr(base)?;
        if base.t == Ty::NEVER {
            return Ok(base);
        }
        let index = self.expr(index)?;
        if index.t == Ty::NEVER {
            return Ok(diverge(vec![base.e, index.e], span));
        }
        let (base_t, index_t) = (base.t, index.t);
        let want = match (self.types.kind(base_t), index_t) {
            (Kind::Array(t), Ty::INT) | (Kind::Object(t), Ty::STRING) => Some(*t),
            _ => None,
        };
        let Some(op) = op else {
            let v = self.expr_for(value, want)?;
            if v.t == Ty::NEVER {
                return Ok(diverge(vec![base.e, index.e, v.e], span));
            }
            let t = self.element_type(base_t, index_t, span, true)?;
            if !self.types.compatible(t, v.t) {
                return self.mismatch(span, t, v.t);
            }
            let e = self.materialize(v);
            return Ok(unit(store_index(base.e, index.e, e, span)));
        };
        let t = self.element_type(base_t, index_t, span, true)?;
        let (keep_base, b, bt) = self.keep(base.e);
        let (keep_index, i, it) = self.keep(index.e);
        let (base, index) = (|| build::local(b, bt, span), || build::local(i, it, span));
        let read = ir::ExprKind::Index(Box::new(base()), Box::new(index()));
        let read = build::cast(self.ir_stored(t), build::expr(read, ir::Type::Any, span));
        let (keep_old, o, ot) = self.keep(read);
        let mut parts = vec![keep_base, keep_index, keep_old];
        let v = self.expr(value)?;
        if v.t == Ty::NEVER {
            parts.push(v.e);
            return Ok(diverge(parts, span));
        }
        let new = self.binary(op, V { e: build::local(o, ot, span), t }, v, span)?;
        if !self.types.compatible(t, new.t) {
            return self.mismatch(span, t, new.t);
        }
        parts.push(store_index(base(), index(), new.e, span));
        Ok(unit(build::block(parts, span)))
    }

    fn assign_field(
        &mut self,
        base: &Expr,
        field: Ident,
        at: Span,
        op: Option<BinOp>,
        value: &Expr,
        span: Span,
    ) -> R<V> {
        if let Some((unit, module)) = self.module_name(base) {
            let v = self.expr(value)?;
            if v.t == Ty::NEVER {
                return Ok(v);
            }
            self.member(unit, module, field, at)?;
            let (m, f) = (self.names.text(module), self.names.text(field.name));
            return self.fail(Code::InvalidTarget, span, format!("cannot assign to imported variable: {m}.{f}"));
        }
        let base = self.expr(base)?;
        if base.t == Ty::NEVER {
            return Ok(base);
        }
        let slot = self.field_of(base.t, field, at)?;
        let t = slot.2;
        let Some(op) = op else {
            let v = self.expr_for(value, Some(t))?;
            if v.t == Ty::NEVER {
                return Ok(diverge(vec![base.e, v.e], span));
            }
            if !self.types.compatible(t, v.t) {
                return self.mismatch(span, t, v.t);
            }
            let e = self.store(v, t);
            return Ok(unit(self.store_field(base.e, field, slot, e, span)));
        };
        let (keep_base, b, bt) = self.keep(base.e);
        let old = self.read_field(build::local(b, bt, span), field, slot, span);
        let (keep_old, o, ot) = self.keep(old.e);
        let mut parts = vec![keep_base, keep_old];
        let v = self.expr(value)?;
        if v.t == Ty::NEVER {
            parts.push(v.e);
            return Ok(diverge(parts, span));
        }
        let new = self.binary(op, V { e: build::local(o, ot, span), t }, v, span)?;
        if !self.types.compatible(t, new.t) {
            return self.mismatch(span, t, new.t);
        }
        let e = self.store(new, t);
        parts.push(self.store_field(build::local(b, bt, span), field, slot, e, span));
        Ok(unit(build::block(parts, span)))
    }

    fn store_field(
        &self,
        base: ir::Expr,
        field: Ident,
        at: (ir::ClassIdx, u32, Ty),
        value: ir::Expr,
        span: Span,
    ) -> ir::Expr {
        let (base, value) = (Box::new(base), Box::new(value));
        let kind = if self.dynamic {
            ir::ExprKind::SetField(base, self.names.text(field.name).into(), value)
        } else {
            ir::ExprKind::SetSlot(base, at.0, at.1, value)
        };
        build::expr(kind, ir::Type::Nil, span)
    }

    // ---- loops

    fn open_loop(&mut self) -> ir::Label {
        let context = self.context();
        let label = ir::Label(context.labels);
        context.labels += 1;
        context.loops.push((label, false));
        label
    }

    /// The body of the innermost loop, which is closed; and whether it has a `break`.
    fn loop_body(&mut self, body: &Block) -> R<(ir::Expr, bool)> {
        let v = self.block(body)?;
        if v.t != Ty::UNIT && v.t != Ty::NEVER {
            let message = format!("loop body must have type Unit, got {}", self.show(v.t));
            return self.fail(Code::TypeMismatch, body.span, message);
        }
        let has_break = self.context().loops.pop().is_some_and(|l| l.1);
        Ok((v.e, has_break))
    }

    fn while_loop(&mut self, cond: &Expr, body: &Block, span: Span) -> R<V> {
        let c = self.expr(cond)?;
        if c.t == Ty::NEVER {
            return Ok(c);
        }
        if c.t != Ty::BOOL {
            let message = format!("while condition must be Bool, got {}", self.show(c.t));
            return self.fail(Code::TypeMismatch, span, message);
        }
        let label = self.open_loop();
        let (body, has_break) = self.loop_body(body)?;
        if matches!(cond.ungroup().kind, ExprKind::Bool(true)) {
            let ty = if has_break { ir::Type::Nil } else { ir::Type::Never };
            let kind = ir::ExprKind::While { label, cond: None, body: Box::new(body), step: None };
            let t = if has_break { Ty::UNIT } else { Ty::NEVER };
            return Ok(V { e: build::expr(kind, ty, span), t });
        }
        Ok(unit(build::while_(label, build::cast(ir::Type::Bool, c.e), body, span)))
    }

    fn for_loop(&mut self, f: &For) -> R<V> {
        let source = self.expr(&f.source)?;
        if source.t == Ty::NEVER {
            return Ok(source);
        }
        let Some((to, inclusive)) = &f.to else { return self.for_each(f, source) };
        self.check_bound(&f.source, source.t)?;
        let to_value = self.expr(to)?;
        if to_value.t == Ty::NEVER {
            return Ok(diverge(vec![source.e, to_value.e], f.span));
        }
        self.check_bound(to, to_value.t)?;
        // The IR's variable is Moon's: fresh each turn, and assigning it does not affect the iteration.
        let label = self.open_loop();
        self.open_scope();
        let var = self.declare(f.var.name, Ty::INT);
        let (body, _) = self.loop_body(&f.body)?;
        self.close_scope();
        let kind = ir::ExprKind::ForRange {
            label,
            var,
            from: Box::new(build::cast(ir::Type::Int, source.e)),
            to: Box::new(build::cast(ir::Type::Int, to_value.e)),
            inclusive: *inclusive,
            body: Box::new(body),
        };
        Ok(unit(build::expr(kind, ir::Type::Nil, f.span)))
    }

    fn check_bound(&self, bound: &Expr, t: Ty) -> R<()> {
        if t == Ty::INT {
            return Ok(());
        }
        let message = format!("range bounds must be Int, got {}", self.show(t));
        self.fail(Code::TypeMismatch, bound.span, message)
    }

    fn for_each(&mut self, f: &For, source: V) -> R<V> {
        let Kind::Array(element) = *self.types.kind(source.t) else {
            let message = format!("cannot iterate over {}", self.show(source.t));
            return self.fail(Code::TypeMismatch, f.source.span, message);
        };
        let var = self.new_local("$element", ir::Type::Any);
        let first = build::local(var, ir::Type::Any, f.var.span);
        let first = build::cast(self.ir_stored(element), first);
        let label = self.open_loop();
        let body = self.for_body(f, element, first)?;
        let kind = ir::ExprKind::ForEach { label, var, iter: Box::new(source.e), body: Box::new(body) };
        Ok(unit(build::expr(kind, ir::Type::Nil, f.span)))
    }

    /// A body whose loop variable starts each turn as `first`.
    fn for_body(&mut self, f: &For, t: Ty, first: ir::Expr) -> R<ir::Expr> {
        self.open_scope();
        let local = self.declare(f.var.name, t);
        let start = build::set_local(local, first, f.var.span);
        let (body, _) = self.loop_body(&f.body)?;
        self.close_scope();
        Ok(build::block(vec![start, body], f.span))
    }

    fn jump(&mut self, span: Span, is_break: bool) -> R<V> {
        let Some((label, has_break)) = self.context().loops.last_mut() else {
            let word = if is_break { "break" } else { "continue" };
            let message = format!("{word} is only allowed inside loops");
            return self.fail(Code::MisplacedControl, span, message);
        };
        *has_break |= is_break;
        let kind = if is_break { ir::ExprKind::Break(*label) } else { ir::ExprKind::Continue(*label) };
        Ok(V { e: build::expr(kind, ir::Type::Never, span), t: Ty::NEVER })
    }
}

fn unit(e: ir::Expr) -> V {
    V { e, t: Ty::UNIT }
}

fn store_index(base: ir::Expr, index: ir::Expr, value: ir::Expr, span: Span) -> ir::Expr {
    build::expr(ir::ExprKind::SetIndex(Box::new(base), Box::new(index), Box::new(value)), ir::Type::Nil, span)
}
