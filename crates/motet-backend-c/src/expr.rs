//! Expressions that need statements of their own.
//!
//! Functions that give an `Option` give `None` when control does not get past the expression; nothing that stands
//! behind it is emitted then.

use alloc::{format, string::String, vec::Vec};

use motet_ir::{Arg, BinOp, ClassIdx, Expr, ExprKind, Family, FuncIdx, GlobalIdx, GlobalInit, NativeIdx, Type, UnOp};
use motet_source::Span;

use crate::body::{Body, Val};
use crate::control::Range;
use crate::names;
use crate::simple::{DEPTH, binary_text, unary_text};
use crate::typing::Ty;

impl Body<'_, '_> {
    /// The value of an expression.
    pub(crate) fn value(&mut self, e: &Expr) -> Option<Val> {
        if self.is_simple(e, DEPTH) {
            return Some(self.simple(e));
        }
        self.complex(e)
    }

    /// The value of an expression where a certain type is needed.
    pub(crate) fn value_of(&mut self, e: &Expr, want: Ty) -> Option<Val> {
        let got = self.ty(e);
        let value = self.value(e)?;
        // What has no type with a C form has been reported already.
        if got != want && got != Ty::Other && want != Ty::Other {
            return self.unsupported("a variable or result of more than one type", e.span);
        }
        Some(value)
    }

    /// The values of several expressions, from left to right.
    pub(crate) fn operands(&mut self, parts: &[&Expr]) -> Option<Vec<Val>> {
        let last_complex = parts.iter().rposition(|e| !self.is_simple(e, DEPTH)).unwrap_or(0);
        let mut values = Vec::with_capacity(parts.len());
        for (i, e) in parts.iter().enumerate() {
            let mut value = self.value(e)?;
            if i < last_complex && !value.stable {
                let ty = self.ty(e);
                value = self.temporary(ty, &value.text, e.span);
            }
            values.push(value);
        }
        Some(values)
    }

    /// Evaluates for effect. Whether control gets past it.
    pub(crate) fn effect(&mut self, e: &Expr) -> bool {
        match &e.kind {
            _ if self.is_simple(e, DEPTH) => true,
            ExprKind::Block(parts) => parts.iter().all(|part| self.effect(part)),
            ExprKind::If(..) => self.if_(e, None),
            ExprKind::Call(func, args) => self.call(*func, args, e.span, false).is_some(),
            ExprKind::CallNative(native, args) => self.call_native(*native, args, e.span, false).is_some(),
            _ => match self.complex(e) {
                Some(value) => {
                    if value.text.starts_with('t') && !matches!(value.text.as_str(), "true") {
                        self.line(e.span, &format!("(void){};", value.text));
                    }
                    true
                }
                None => false,
            },
        }
    }

    /// The value of an expression that is not simple.
    fn complex(&mut self, e: &Expr) -> Option<Val> {
        let span = e.span;
        let done = |passes: bool| passes.then(|| Val::stable("0"));
        match &e.kind {
            ExprKind::SetLocal(local, value) => {
                let ty = self.function.locals.get(local.index()).map_or(Ty::Other, |l| Ty::from(l.ty));
                let value = self.value_of(value, ty)?;
                if ty == Ty::Other {
                    return self.unsupported("a variable of any type", span);
                }
                let name = self.local_name(*local);
                if !ty.is_empty() && name != value.text {
                    self.line(span, &format!("{name} = {};", value.text));
                }
                Some(Val::stable("0"))
            }
            ExprKind::Global(global) => self.global(*global, span),
            ExprKind::SetGlobal(global, value) => self.set_global(*global, value, span),
            ExprKind::IsUnset(a) => match &a.kind {
                ExprKind::GlobalOrUnset(global) => {
                    let global = self.shared.global(*global);
                    self.temporary_of(Ty::Bool, &format!("!{global}_set"), span)
                }
                _ => self.fixed(a, false),
            },
            ExprKind::Unary(family, op, a) => self.unary(*family, *op, a, span),
            ExprKind::Binary(family, op, a, b) => self.binary(*family, *op, a, b, span),
            ExprKind::And(a, b) => self.and_or(a, b, false, span),
            ExprKind::Or(a, b) => self.and_or(a, b, true, span),
            ExprKind::Truthy(a) if self.ty(a) == Ty::Bool => self.value(a),
            ExprKind::IsNil(a) if self.ty(a) != Ty::Other => {
                let is_nil = self.ty(a) == Ty::Nil;
                self.fixed(a, is_nil)
            }
            ExprKind::IsClass(a, class) if self.ty(a) != Ty::Other => {
                let is = self.ty(a) == Ty::Record(*class);
                self.fixed(a, is)
            }
            ExprKind::IsType(a, ty) if self.ty(a) != Ty::Other => {
                let is = self.ty(a) == Ty::from(*ty);
                self.fixed(a, is)
            }
            ExprKind::Cast(ty, a) => self.cast(*ty, a, span),
            ExprKind::Share(a) if !matches!(self.ty(a), Ty::Record(_)) => self.value(a),
            ExprKind::SharePart(a, b) if !matches!(self.ty(b), Ty::Record(_)) => {
                let values = self.operands(&[a, b])?;
                values.into_iter().next_back()
            }
            ExprKind::CheckSet(a, _) if self.ty(a) != Ty::Other => self.value(a),
            ExprKind::Concat(parts) => self.concat(parts, span),
            ExprKind::Record(class, fields) => self.record(*class, fields, e.ty, span),
            ExprKind::Slot(base, class, slot) => {
                let base = self.value_of(base, Ty::Record(*class))?;
                let field = self.field_name(*class, *slot);
                let ty = self.ty(e);
                if ty == Ty::Other {
                    return self.unsupported("a field of any type", span);
                }
                self.temporary_of(ty, &format!("{}->{field}", base.text), span)
            }
            ExprKind::SetSlot(base, class, slot, value) => {
                let field = self.field_name(*class, *slot);
                let (want, got) = (self.shared.field_type(*class, *slot as usize), self.ty(value));
                let values = self.operands(&[base, value])?;
                let [base, value] = values.as_slice() else { return None };
                if want == Ty::Other || want != got {
                    return self.unsupported("a field of any type", span);
                }
                self.line(span, &format!("{}->{field} = {};", base.text, value.text));
                Some(Val::stable("0"))
            }
            ExprKind::Call(func, args) => self.call(*func, args, span, true),
            ExprKind::CallNative(native, args) => self.call_native(*native, args, span, true),
            ExprKind::Block(parts) => match parts.split_last() {
                Some((last, first)) => {
                    if !first.iter().all(|part| self.effect(part)) {
                        return None;
                    }
                    self.value(last)
                }
                None => Some(Val::stable("0")),
            },
            ExprKind::If(..) => self.if_value(e),
            ExprKind::While { label, cond, body, step } => {
                done(self.while_(*label, cond.as_deref(), body, step.as_deref(), span))
            }
            ExprKind::ForRange { label, var, from, to, inclusive, body } => {
                let range = Range { label: *label, var: *var, from, to, inclusive: *inclusive, body };
                done(self.for_range(&range, span))
            }
            ExprKind::Break(label) => {
                self.jump(*label, true, span);
                None
            }
            ExprKind::Continue(label) => {
                self.jump(*label, false, span);
                None
            }
            ExprKind::Return(value) => {
                self.return_value(value);
                None
            }
            ExprKind::RaiseError(message) => {
                let place = self.place(span);
                self.line(span, &format!("m_fail({place}, {});", names::str_value(message)));
                None
            }
            _ => self.unsupported(construct(&e.kind), span),
        }
    }

    /// A new variable with a value, as a result.
    fn temporary_of(&mut self, ty: Ty, text: &str, span: Span) -> Option<Val> {
        Some(self.temporary(ty, text, span))
    }

    /// A test whose outcome the static type decides.
    fn fixed(&mut self, a: &Expr, outcome: bool) -> Option<Val> {
        self.effect(a).then(|| Val::stable(if outcome { "true" } else { "false" }))
    }

    /// Leaves the function with a value. Branches return by themselves instead of meeting first.
    pub(crate) fn return_value(&mut self, value: &Expr) {
        let mut value = value;
        loop {
            match &value.kind {
                ExprKind::If(cond, then, otherwise) => {
                    let Some(cond) = self.value(cond) else { return };
                    self.open(value.span, &format!("if ({}) {{", cond.text));
                    self.return_value(then);
                    self.close(value.span, "}");
                    value = otherwise;
                }
                ExprKind::Block(parts) => {
                    let Some((last, first)) = parts.split_last() else { break };
                    if !first.iter().all(|part| self.effect(part)) {
                        return;
                    }
                    value = last;
                }
                ExprKind::Return(inner) => value = inner,
                _ => break,
            }
        }
        if self.result.is_empty() {
            if self.effect(value) {
                self.line(value.span, "return;");
            }
        } else if let Some(result) = self.value_of(value, self.result) {
            self.line(value.span, &format!("return {};", result.text));
        }
    }

    fn global(&mut self, index: GlobalIdx, span: Span) -> Option<Val> {
        let global = self.shared.module.globals.get(index.index())?;
        let ty = Ty::from(global.ty);
        if ty == Ty::Other {
            return self.unsupported("a global variable of any type", span);
        }
        let name = self.shared.global(index);
        if global.init == GlobalInit::Unset {
            let message = (self.shared.language.errors.undefined)(&global.name);
            let place = self.place(span);
            let failure = format!("if (!{name}_set) m_fail({place}, {});", names::str_value(&message));
            self.line(span, &failure);
        }
        self.temporary_of(ty, &name, span)
    }

    fn set_global(&mut self, index: GlobalIdx, value: &Expr, span: Span) -> Option<Val> {
        let ty = self.shared.module.globals.get(index.index()).map_or(Ty::Other, |g| Ty::from(g.ty));
        let value = self.value_of(value, ty)?;
        if ty == Ty::Other {
            return self.unsupported("a global variable of any type", span);
        }
        let name = self.shared.global(index);
        self.line(span, &format!("{name} = {};", value.text));
        self.line(span, &format!("{name}_set = true;"));
        Some(Val::stable("0"))
    }

    fn unary(&mut self, family: Family, op: UnOp, a: &Expr, span: Span) -> Option<Val> {
        let Some(ty) = unary_text(family, op, "").map(|_| motet_ir::build::unary_type(family, op)) else {
            return self.unsupported(operator(family), span);
        };
        let a = self.value(a)?;
        let text = unary_text(family, op, &a.text).unwrap_or_default();
        self.temporary_of(Ty::from(ty), &text, span)
    }

    fn binary(&mut self, family: Family, op: BinOp, a: &Expr, b: &Expr, span: Span) -> Option<Val> {
        let types = (self.ty(a), self.ty(b));
        let ty = Ty::from(motet_ir::build::binary_type(family, op));
        let failing = match (family, op) {
            (Family::Int, BinOp::Div) => Some("m_div"),
            (Family::Int, BinOp::Rem) => Some("m_rem"),
            (Family::Str, BinOp::Add) => Some("m_concat"),
            _ => None,
        };
        if failing.is_none() && binary_text(family, op, types, "", "").is_none() {
            return self.unsupported(operator(family), span);
        }
        let values = self.operands(&[a, b])?;
        let [a, b] = values.as_slice() else { return None };
        let text = match failing {
            Some(function) => format!("{function}({}, {}, {})", self.place(span), a.text, b.text),
            None => binary_text(family, op, types, &a.text, &b.text).unwrap_or_default(),
        };
        self.temporary_of(ty, &text, span)
    }

    fn cast(&mut self, want: Type, a: &Expr, span: Span) -> Option<Val> {
        let got = self.ty(a);
        let value = self.value(a)?;
        if got == Ty::from(want) || want == Type::Any || got == Ty::Other {
            return Some(value);
        }
        self.unsupported("a cast between types", span)
    }

    fn concat(&mut self, parts: &[Expr], span: Span) -> Option<Val> {
        let operands: Vec<&Expr> = parts.iter().collect();
        let values = self.operands(&operands)?;
        let mut texts = Vec::with_capacity(values.len());
        for (e, value) in parts.iter().zip(values) {
            if self.ty(e) == Ty::Str {
                texts.push(value.text);
                continue;
            }
            let types = [self.ty(e).native()];
            let row = self.shared.language.text.and_then(|name| self.shared.language.native(name, &types));
            let Some(row) = row else { return self.unsupported("the text of such a value", e.span) };
            let place = if row.fails { format!("{}, ", self.place(e.span)) } else { String::new() };
            texts.push(self.temporary(Ty::Str, &format!("{}({place}{})", row.helper, value.text), e.span).text);
        }
        if texts.is_empty() {
            return Some(Val::stable(names::str_value("")));
        }
        let place = self.place(span);
        let list = format!("m_join({place}, {}, (const m_str[]){{{}}})", texts.len(), texts.join(", "));
        self.temporary_of(Ty::Str, &list, span)
    }

    fn record(&mut self, class: ClassIdx, fields: &[(String, Expr)], ty: Type, span: Span) -> Option<Val> {
        if ty != Type::Record(class) {
            return self.unsupported("a record with other fields than its class declares", span);
        }
        let declared = self.shared.module.classes.get(class.index())?;
        let operands: Vec<&Expr> = fields.iter().map(|(_, e)| e).collect();
        let values = self.operands(&operands)?;
        let place = self.place(span);
        let c_type = self.shared.c_type(Ty::Record(class));
        let made = self.temporary(
            Ty::Record(class),
            &format!("({c_type})m_alloc({place}, sizeof({}))", c_type.trim_end_matches(" *")),
            span,
        );
        for ((name, e), value) in fields.iter().zip(values) {
            let Some(slot) = declared.fields.iter().position(|f| f.name == *name) else { continue };
            let want = self.shared.field_type(class, slot);
            if want == Ty::Other || self.ty(e) != want {
                return self.unsupported("a field of any type", e.span);
            }
            let field = self.shared.field_name(class, slot);
            self.line(e.span, &format!("{}->{field} = {};", made.text, value.text));
        }
        Some(made)
    }

    fn call(&mut self, func: FuncIdx, args: &[Expr], span: Span, keep: bool) -> Option<Val> {
        let callee = self.shared.module.functions.get(func.index())?;
        let operands: Vec<&Expr> = args.iter().collect();
        let values = self.operands(&operands)?;
        for (arg, local) in args.iter().zip(&callee.locals) {
            let (want, got) = (Ty::from(local.ty), self.ty(arg));
            // A parameter of another kind is reported where it is declared.
            if want != Ty::Other && got != Ty::Other && want != got {
                return self.unsupported("an argument of another type", arg.span);
            }
        }
        self.calls = true;
        let result = self.shared.typing.result(func.index());
        let texts: Vec<String> = values.into_iter().map(|v| v.text).collect();
        let call = format!("{}({})", self.shared.function(func), texts.join(", "));
        self.finish_call(&call, result, span, keep)
    }

    fn call_native(&mut self, native: NativeIdx, args: &[Arg], span: Span, keep: bool) -> Option<Val> {
        let name = self.shared.module.natives.get(native.index()).map_or("", |n| n.name.as_str());
        if let Some(arg) = args.iter().find(|a| a.spread) {
            return self.unsupported("an argument list that is spread", arg.expr.span);
        }
        if !self.shared.language.knows(name) {
            return self.unsupported(&format!("the library function `{name}`"), span);
        }
        let operands: Vec<&Expr> = args.iter().map(|a| &a.expr).collect();
        let values = self.operands(&operands)?;
        let Some(row) = self.shared.typing.native_row(native, operands.iter().copied()) else {
            let known = operands.iter().all(|a| self.ty(a) != Ty::Other);
            if !known {
                // The argument has been reported.
                return Some(Val::stable("0"));
            }
            return self.unsupported(&format!("the library function `{name}` with such arguments"), span);
        };
        let mut texts: Vec<String> = values.into_iter().map(|v| v.text).collect();
        if row.fails {
            texts.insert(0, self.place(span));
        }
        let call = format!("{}({})", row.helper, texts.join(", "));
        self.finish_call(&call, Ty::from(row.result), span, keep)
    }

    fn finish_call(&mut self, call: &str, result: Ty, span: Span, keep: bool) -> Option<Val> {
        if result == Ty::Other {
            // The callee is reported.
            return Some(Val::stable("0"));
        }
        if result.is_empty() {
            self.line(span, &format!("{call};"));
            if result == Ty::Never {
                self.line(span, "m_unreachable();");
                return None;
            }
            return Some(Val::stable("0"));
        }
        if keep {
            return self.temporary_of(result, call, span);
        }
        self.line(span, &format!("(void){call};"));
        Some(Val::stable("0"))
    }

    fn if_value(&mut self, e: &Expr) -> Option<Val> {
        let ty = self.ty(e);
        if ty.is_empty() || ty == Ty::Other {
            let passes = self.if_(e, None);
            return passes.then(|| Val::stable("0"));
        }
        let name = self.declare(ty, e.span);
        self.if_(e, Some((&name, ty))).then(|| Val::stable(name))
    }
}

/// A family of operators without C form, in words.
fn operator(family: Family) -> &'static str {
    match family {
        Family::IntChecked => "arithmetic that checks for overflow",
        Family::Dyn | Family::Grow | Family::Int | Family::Float | Family::Str | Family::Bool | Family::Same => {
            "an operator on values of any type"
        }
    }
}

/// A construct without C form, in words.
fn construct(kind: &ExprKind) -> &'static str {
    match kind {
        ExprKind::Unset | ExprKind::GlobalOrUnset(_) | ExprKind::IsUnset(_) | ExprKind::CheckSet(..) => {
            "a variable that may have no value"
        }
        ExprKind::Func(_) | ExprKind::Native(_) => "a function as a value",
        ExprKind::Local(_) | ExprKind::SetLocal(..) => "a variable of any type",
        ExprKind::Capture(_) | ExprKind::SetCapture(..) => "a captured variable",
        ExprKind::Truthy(_) => "the truth of a value of any type",
        ExprKind::IsNil(_) | ExprKind::IsClass(..) | ExprKind::IsType(..) => "a test of a value's type",
        ExprKind::Cast(..) => "a cast between types",
        ExprKind::Share(_) | ExprKind::SharePart(..) => "a record with several holders",
        ExprKind::List(_) => "a list",
        ExprKind::Map(_) => "a map",
        ExprKind::Closure(..) => "a closure",
        ExprKind::NewCell(_) | ExprKind::CellGet(_) | ExprKind::CellSet(..) => "a reference to a variable",
        ExprKind::Index(..) | ExprKind::SetIndex(..) => "indexing",
        ExprKind::Field(..) | ExprKind::SetField(..) | ExprKind::Part(..) | ExprKind::SetPart(..) => {
            "a field of a value of any type"
        }
        ExprKind::SetPlace(..) => "an assignment into a container",
        ExprKind::CallValue(..) => "a call of a function value",
        ExprKind::Send(..) | ExprKind::SendFrom(..) => "a method call",
        ExprKind::Choose { .. } => "a choice by a value of any type",
        ExprKind::ForEach { .. } => "a loop over a collection",
        ExprKind::Raise(_) => "raising a value",
        ExprKind::Try { .. } => "the handling of errors",
        ExprKind::Yield(_) => "`yield`",
        ExprKind::Await(_) => "`await`",
        ExprKind::Nil | ExprKind::Bool(_) | ExprKind::Int(_) | ExprKind::Float(_) | ExprKind::Str(_) => "a constant",
        ExprKind::Global(_) | ExprKind::SetGlobal(..) => "a global variable of any type",
        ExprKind::Unary(..) | ExprKind::Binary(..) | ExprKind::And(..) | ExprKind::Or(..) | ExprKind::Concat(_) => {
            "an operator on values of any type"
        }
        ExprKind::Record(..) | ExprKind::Slot(..) | ExprKind::SetSlot(..) => "a record",
        ExprKind::Call(..) | ExprKind::CallNative(..) => "a call",
        ExprKind::Block(_) | ExprKind::If(..) | ExprKind::While { .. } | ExprKind::ForRange { .. } => "a statement",
        ExprKind::Break(_) | ExprKind::Continue(_) | ExprKind::Return(_) | ExprKind::RaiseError(_) => "a jump",
    }
}
