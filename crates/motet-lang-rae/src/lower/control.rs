//! Loops.

use alloc::{boxed::Box, vec, vec::Vec};

use motet_ir::{self as ir, BinOp, Family, build};
use motet_source::{Code, Span};

use super::{
    Context, Lowerer, Role, V,
    place::{Kind, Place},
    stmt::as_statement,
    types::is_object,
};
use crate::{
    ast::{Expr, Ident, Loop, LoopHead, LoopInit, TypeRef},
    types::Ty,
};

impl<'a> Lowerer<'a> {
    pub(super) fn loop_statement(&mut self, s: &'a Loop, span: Span) -> ir::Expr {
        self.body.blocks.push(self.body.scope.len());
        let was_late = core::mem::replace(&mut self.body.is_late, false);
        let e = match &s.head {
            LoopHead::While(cond) => {
                let test = self.expr(cond, None);
                let test = self.condition(test, cond);
                let (label, body) = self.turns(s, Vec::new());
                looping(label, test, body, None, span)
            }
            LoopHead::Count(init, cond, step) => self.count(s, init, cond, step, span),
            LoopHead::Each(name, ty, list) => self.each(s, *name, ty.as_ref(), list, span),
        };
        self.body.is_late = was_late;
        self.leave();
        e
    }

    /// The body of a loop, and its label; `first` comes at the beginning of each turn.
    fn turns(&mut self, s: &'a Loop, first: Vec<ir::Expr>) -> (ir::Label, ir::Expr) {
        let label = self.label();
        self.body.contexts.push(Context::Loop(label));
        self.body.loops += 1;
        self.body.blocks.push(self.body.scope.len());
        let first = if first.is_empty() { None } else { Some(build::block(first, s.body.span)) };
        let body = self.stmts(&s.body, first);
        self.leave();
        self.body.loops -= 1;
        self.body.contexts.pop();
        (label, as_statement(body))
    }

    fn count(&mut self, s: &'a Loop, init: &'a LoopInit, cond: &'a Expr, step: &'a Expr, span: Span) -> ir::Expr {
        let init = match init {
            LoopInit::Binding(b) => {
                let e = self.binding(b);
                if let Some(v) = self.body.scope.last_mut().filter(|v| v.role == Role::Let) {
                    v.role = Role::Var;
                }
                e
            }
            LoopInit::Expr(e) => self.expr_statement(e),
        };
        let test = self.expr(cond, None);
        let test = self.condition(test, cond);
        let step = as_statement(self.expr_statement(step));
        let (label, body) = self.turns(s, Vec::new());
        build::block(vec![init, looping(label, test, body, Some(step), span)], span)
    }

    /// Over the elements of a list, by number: references to them stay possible.
    fn each(&mut self, s: &'a Loop, name: Ident, written: Option<&'a TypeRef>, list: &'a Expr, span: Span) -> ir::Expr {
        // By position: the body may declare a variable of the same name.
        let root = self.root(list);
        let iterated = root.and_then(|name| self.body.scope.iter().rposition(|v| v.name == name));
        let source = self.expr(list, None);
        let source = self.plain(source);
        let element = match self.list_element(&source.ty) {
            Some(element) => element,
            None => {
                if !source.ty.is_open() {
                    let message = "collection loops currently require a List(T) expression";
                    self.note(Code::TypeMismatch, list.span, message);
                }
                Ty::Unknown
            }
        };
        let declared = written.map(|t| (self.resolve(t), t.span));
        if let Some((ty, at)) = &declared {
            let open = element.is_open() || ty.referent().is_open();
            if ty.referent() != &element && !open {
                let message = "collection loop binding type must match the List element type";
                self.note(Code::TypeMismatch, *at, message);
            }
        }
        let ty = declared.map_or(element.clone(), |d| d.0);
        let role = match ty {
            Ty::Ref(writable, _) => Role::Alias(writable),
            _ => Role::Var,
        };
        if role == Role::Alias(true) && self.read_only_root(list).is_some() {
            let message = "a 'mod' collection loop requires mutable List storage";
            self.note(Code::TypeMismatch, list.span, message);
        }
        let source = build::cast(ir::Type::List, source.e);
        let (set_list, kept) = self.keep(source);
        let items = self.read(kept, span);
        let at = self.local("$i", ir::Type::Int);
        let index = build::local(at, ir::Type::Int, span);
        let length = self.call_native("rae.length", ir::Type::Int, vec![items.clone()], span);
        let test = build::binary(Family::Int, BinOp::Lt, index.clone(), length, span);
        let next = build::binary(Family::Int, BinOp::Add, index.clone(), build::int(1, span), span);
        let step = build::set_local(at, next, span);
        let first = self.element_variable(
            name,
            ty,
            role,
            &element,
            Place::new(Kind::Element(items, index), element.clone(), name.span),
        );
        if let Some(v) = iterated.and_then(|i| self.body.scope.get_mut(i)) {
            v.iterated += 1;
        }
        let (label, body) = self.turns(s, first);
        if let Some(v) = iterated.and_then(|i| self.body.scope.get_mut(i)) {
            v.iterated -= 1;
        }
        let start = build::set_local(at, build::int(0, span), span);
        build::block(vec![set_list, start, looping(label, test, body, Some(step), span)], span)
    }

    /// The variable of a loop over a list: what is done at the beginning of each turn.
    fn element_variable(&mut self, name: Ident, ty: Ty, role: Role, element: &Ty, place: Place) -> Vec<ir::Expr> {
        let span = name.span;
        let alias = matches!(role, Role::Alias(_));
        if alias && !is_object(element) {
            self.declare(name, ty, role, place);
            return Vec::new();
        }
        let v = self.load(place);
        if alias {
            let repr = self.repr(element);
            let text = self.text(name.name);
            let local = self.local(text, repr);
            self.declare(name, ty, role, Place::new(Kind::Alias(local), element.clone(), span));
            return vec![build::set_local(local, build::cast(repr, v.e), span)];
        }
        let value = self.owned(V { fresh: false, ..v }, &ty);
        vec![self.declare_owner(name, ty, role, value)]
    }
}

fn looping(label: ir::Label, cond: ir::Expr, body: ir::Expr, step: Option<ir::Expr>, span: Span) -> ir::Expr {
    let (cond, step) = (Some(Box::new(cond)), step.map(Box::new));
    build::expr(ir::ExprKind::While { label, cond, body: Box::new(body), step }, ir::Type::Nil, span)
}
