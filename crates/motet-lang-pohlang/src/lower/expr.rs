//! Expressions.

use alloc::{boxed::Box, vec, vec::Vec};

use motet_ir::{BinOp as IrOp, Elem, Entry, Expr as Ir, ExprKind as Kind, Family, PlaceStep, Type, UnOp, build};
use motet_source::Span;

use super::{Effect, Lowerer, any_typed, both, call_native, is_type, names::after, share};
use crate::{
    Phrase,
    ast::{Expr, ExprKind},
};

/// Whether the value of the expression may have a holder already: variables and parts of containers.
fn is_alias(expr: &Expr<'_>) -> bool {
    matches!(expr.kind, ExprKind::Name(_) | ExprKind::Index(..))
}

/// What the native of a phrase returns, and what it does to its arguments.
fn native_of(phrase: Phrase) -> (Type, Effect) {
    match phrase {
        Phrase::CountOf => (Type::Float, Effect::Pure),
        Phrase::TotalOf
        | Phrase::SmallestIn
        | Phrase::LargestIn
        | Phrase::Absolute
        | Phrase::RoundDown
        | Phrase::RoundUp
        | Phrase::Round
        | Phrase::JsonLength => (Type::Float, Effect::Reads),
        Phrase::Uppercase
        | Phrase::Lowercase
        | Phrase::Trim
        | Phrase::JoinWith
        | Phrase::ReadFile
        | Phrase::ToJson
        | Phrase::ToPrettyJson
        | Phrase::RenderTemplate => (Type::Str, Effect::Reads),
        Phrase::SplitBy | Phrase::ReadLines | Phrase::ListFiles => (Type::List, Effect::Reads),
        Phrase::ContainsIn | Phrase::FileExists => (Type::Bool, Effect::Reads),
        Phrase::RemoveFrom | Phrase::AppendTo | Phrase::InsertAt | Phrase::PushJson => (Type::List, Effect::Consumes),
        Phrase::SetJson => (Type::Map, Effect::Consumes),
        Phrase::NewObject => (Type::Map, Effect::Reads),
        Phrase::NewArray => (Type::List, Effect::Reads),
        Phrase::FirstIn
        | Phrase::LastIn
        | Phrase::ReverseOf
        | Phrase::DeleteFile
        | Phrase::CreateDirectory
        | Phrase::WriteFile
        | Phrase::AppendFile
        | Phrase::CopyFile
        | Phrase::MoveFile
        | Phrase::ParseJson
        | Phrase::GetJson
        | Phrase::ErrorMessage
        | Phrase::ErrorType
        | Phrase::CreateServer
        | Phrase::HtmlResponse
        | Phrase::JsonStatusResponse
        | Phrase::JsonResponse
        | Phrase::PathParameter
        | Phrase::ErrorResponse => (Type::Any, Effect::Reads),
    }
}

/// Which operand of a phrase is the collection that its native takes first.
fn container(phrase: Phrase) -> Option<usize> {
    match phrase {
        Phrase::RemoveFrom | Phrase::AppendTo | Phrase::SetJson | Phrase::PushJson => Some(1),
        Phrase::InsertAt => Some(2),
        _ => None,
    }
}

impl<'a> Lowerer<'a> {
    /// The value of an expression.
    pub(super) fn value(&mut self, expr: &'a Expr<'a>) -> Ir {
        self.value_moving(expr, None)
    }

    /// The value of an expression that is stored somewhere.
    pub(super) fn retained(&mut self, expr: &'a Expr<'a>) -> Ir {
        let value = uncast(self.value(expr));
        if is_alias(expr) { share(value) } else { value }
    }

    /// The value of `name := expr`. What `expr` updates may be the value of `name`, which is about to be overwritten.
    pub(super) fn assigned(&mut self, name: &'a str, expr: &'a Expr<'a>) -> Ir {
        let value = self.value_moving(expr, Some(name));
        if is_alias(expr) { share(value) } else { value }
    }

    fn value_moving(&mut self, expr: &'a Expr<'a>, moving: Option<&'a str>) -> Ir {
        let span = expr.span;
        match &expr.kind {
            ExprKind::Number(n) => build::float(*n, span),
            ExprKind::Text(text) => build::str(*text, span),
            ExprKind::Bool(b) => build::bool(*b, span),
            ExprKind::Nothing => build::nil(span),
            ExprKind::Name(name) => self.read(name, span),
            ExprKind::List(items) => {
                let items: Vec<Ir> = items.iter().map(|i| self.retained(i)).collect();
                let ty = strict(&items, Type::List);
                build::expr(Kind::List(items.into_iter().map(Elem::One).collect()), ty, span)
            }
            ExprKind::Dictionary(entries) => {
                let values: Vec<Ir> = entries.iter().map(|e| self.retained(&e.1)).collect();
                let ty = strict(&values, Type::Map);
                let entries = entries.iter().zip(values);
                let entries = entries.map(|((key, _), value)| Entry::One(build::str(key.text, key.span), value));
                build::expr(Kind::Map(entries.collect()), ty, span)
            }
            ExprKind::Binary(op, a, b) => self.binary(*op, a, b, span),
            ExprKind::And(..) | ExprKind::Or(..) | ExprKind::Not(_) => {
                let cond = self.condition(expr);
                one_or_zero(cond)
            }
            ExprKind::Index(base, index) => self.index(base, index, span),
            ExprKind::Call(call) => self.call(call, span),
            ExprKind::Phrase(phrase, operands) => self.phrase(*phrase, operands, moving, span),
            ExprKind::Error(kind, message) => {
                let kind = build::str(*kind, span);
                let message = self.value(message);
                self.native_call("error", Type::Any, Effect::Reads, vec![kind, message], span)
            }
        }
    }

    // ---- indexing

    /// `base[index]`. Engines read elements of lists by numbers inline.
    fn index(&mut self, base: &'a Expr<'a>, index: &'a Expr<'a>, span: Span) -> Ir {
        let base = self.value(base);
        let index = self.value(index);
        if base.ty == Type::Never || index.ty == Type::Never {
            return build::block(vec![base, index], span);
        }
        let index = match index.kind {
            Kind::Float(n) if (n as i64) as f64 == n => build::int(n as i64, index.span),
            _ => index,
        };
        any_typed(Kind::Index(Box::new(base), Box::new(index)), span)
    }

    // ---- phrases

    fn phrase(&mut self, phrase: Phrase, operands: &'a [Expr<'a>], moving: Option<&'a str>, span: Span) -> Ir {
        if let Some(at) = container(phrase) {
            return self.update(phrase, operands, at, moving, span);
        }
        let mut args: Vec<Ir> = operands.iter().map(|o| self.value(o)).collect();
        match phrase {
            Phrase::CountOf => {
                if let Some(value) = args.pop() {
                    return self.count_of(value, span);
                }
            }
            Phrase::ContainsIn => {
                if let Ok([value, whole]) = <[Ir; 2]>::try_from(args) {
                    return self.contains(value, whole, span);
                }
                return build::nil(span);
            }
            Phrase::Absolute => {
                if let Some(value) = args.pop() {
                    return self.absolute(value, span);
                }
            }
            Phrase::NewArray => return build::expr(Kind::List(Vec::new()), Type::List, span),
            Phrase::NewObject => return build::expr(Kind::Map(Vec::new()), Type::Map, span),
            Phrase::PathParameter => {
                let request = self.request();
                args.push(any_typed(Kind::GlobalOrUnset(request), span));
            }
            _ => {}
        }
        let (result, effect) = native_of(phrase);
        let name = phrase.native();
        let native = self.linked(name.into(), result, effect);
        call_native(native, result, args, span)
    }

    /// A phrase that gives a changed copy of a collection: in place when nobody else holds it. Its native takes the
    /// collection first, which changes nothing where that is a variable, as no expression assigns any.
    fn update(
        &mut self,
        phrase: Phrase,
        operands: &'a [Expr<'a>],
        at: usize,
        moving: Option<&'a str>,
        span: Span,
    ) -> Ir {
        let Some(whole) = operands.get(at) else { return build::nil(span) };
        let quiet = matches!(whole.kind, ExprKind::Name(_));
        let mut before = Vec::new();
        let mut rest: Vec<Ir> = Vec::new();
        let mut later: Vec<Ir> = Vec::new();
        for operand in &operands[..at] {
            let value = self.retained(operand);
            rest.push(if quiet { value } else { self.keep_typed(value, &mut before) });
        }
        let first = match whole.kind {
            ExprKind::Name(name) if moving == Some(name) => self.take(name, whole.span),
            // The inner phrase of `append 1 to append 2 to xs` may update `xs`, too.
            ExprKind::Phrase(..) => self.value_moving(whole, moving),
            _ => self.retained(whole),
        };
        for operand in &operands[at + 1..] {
            later.push(self.retained(operand));
        }
        let mut args = vec![first];
        args.extend(rest);
        args.extend(later);
        let (result, effect) = native_of(phrase);
        let native = self.linked(phrase.native().into(), result, effect);
        after(before, call_native(native, result, args, span))
    }

    /// `contains v in c`: whether a dictionary has a text as a key is what engines find out inline.
    fn contains(&mut self, value: Ir, whole: Ir, span: Span) -> Ir {
        let (Type::Any | Type::Str, Type::Any | Type::Map) = (value.ty, whole.ty) else {
            return self.native_call("contains_in", Type::Bool, Effect::Reads, vec![value, whole], span);
        };
        let mut before = Vec::new();
        let value = self.keep_typed(value, &mut before);
        let whole = self.keep_typed(whole, &mut before);
        let inline = both(is_type(whole.clone(), Type::Map, span), is_type(value.clone(), Type::Str, span), span);
        let entry = vec![build::cast(Type::Map, whole.clone()), value.clone()];
        let entry = self.native_call("$has", Type::Bool, Effect::Pure, entry, span);
        let other = self.native_call("contains_in", Type::Bool, Effect::Reads, vec![value, whole], span);
        after(before, build::if_(inline, entry, other, span))
    }

    /// `absolute value of n`.
    fn absolute(&mut self, value: Ir, span: Span) -> Ir {
        let mut before = Vec::new();
        let value = self.keep_typed(value, &mut before);
        let number = build::cast(Type::Float, value.clone());
        let negative = build::binary(Family::Float, IrOp::Lt, number.clone(), build::float(0.0, span), span);
        let negated = build::unary(Family::Float, UnOp::Neg, number.clone(), span);
        let size = build::if_(negative, negated, number, span);
        let result = match value.ty {
            Type::Float => size,
            Type::Any => {
                let other = self.native_call("absolute", Type::Float, Effect::Reads, vec![value.clone()], span);
                build::if_(is_type(value, Type::Float, span), size, other, span)
            }
            _ => self.native_call("absolute", Type::Float, Effect::Reads, vec![value], span),
        };
        after(before, result)
    }

    /// `Set name to set key in json name to value`, where the name stands for one variable: the entry is set in place,
    /// after a copy if something else holds the dictionary.
    pub(super) fn entry_set(&mut self, name: &'a str, value: &'a Expr<'a>, span: Span) -> Option<Ir> {
        let ExprKind::Phrase(Phrase::SetJson, operands) = &value.kind else { return None };
        let [key, whole, entry] = operands.as_slice() else { return None };
        if !matches!(whole.kind, ExprKind::Name(n) if n == name) {
            return None;
        }
        let root = self.sole_root(name)?;
        let mut before = Vec::new();
        let key = self.value(key);
        if !matches!(key.ty, Type::Any | Type::Str) {
            return None;
        }
        let key = if matches!(key.kind, Kind::Str(_)) { key } else { self.keep_typed(key, &mut before) };
        let entry = self.retained(entry);
        let entry = if matches!(entry.kind, Kind::Str(_)) { entry } else { self.keep_typed(entry, &mut before) };
        let whole = self.take(name, whole.span);
        let inline = both(is_type(whole.clone(), Type::Map, span), is_type(key.clone(), Type::Str, span), span);
        let steps = vec![PlaceStep::Index(key.clone())];
        let set = build::expr(Kind::SetPlace(root, steps, Box::new(entry.clone())), Type::Nil, span);
        let native = self.native_call("set_json", Type::Map, Effect::Consumes, vec![whole, key, entry], span);
        let other = self.assign(name, native, span);
        Some(after(before, build::if_(inline, set, other, span)))
    }

    /// `count of x`, as a float.
    pub(super) fn count_of(&mut self, value: Ir, span: Span) -> Ir {
        if value.ty == Type::Never {
            return value;
        }
        let mut before = Vec::new();
        let value = self.keep_typed(value, &mut before);
        let list = build::cast(Type::List, value.clone());
        let len = self.native_call("$length", Type::Int, Effect::Pure, vec![list], span);
        let of_list = build::unary(Family::Int, UnOp::ToFloat, len, span);
        let count = match value.ty {
            Type::List => of_list,
            _ => {
                let other = self.native_call("count_of", Type::Float, Effect::Pure, vec![value.clone()], span);
                build::if_(is_type(value, Type::List, span), of_list, other, span)
            }
        };
        after(before, count)
    }
}

/// The value of arithmetic that nothing is computed from here: that it is a number need not be proven.
pub(super) fn uncast(value: Ir) -> Ir {
    match value.kind {
        Kind::Cast(Type::Float, inner) if matches!(inner.kind, Kind::Binary(Family::Dyn, ..)) => *inner,
        _ => value,
    }
}

/// The type of a node with these operands.
fn strict(operands: &[Ir], ty: Type) -> Type {
    if operands.iter().any(|o| o.ty == Type::Never) { Type::Never } else { ty }
}

/// The number that a truth value is.
pub(super) fn one_or_zero(cond: Ir) -> Ir {
    let span = cond.span;
    match cond.kind {
        Kind::Bool(b) => build::float(f64::from(u8::from(b)), span),
        _ => build::if_(cond, build::float(1.0, span), build::float(0.0, span), span),
    }
}

/// Which IR operator an arithmetic operator or ordering is.
pub(super) fn ir_op(op: crate::ast::BinOp) -> IrOp {
    use crate::ast::BinOp;
    match op {
        BinOp::Add => IrOp::Add,
        BinOp::Sub => IrOp::Sub,
        BinOp::Mul => IrOp::Mul,
        BinOp::Div => IrOp::Div,
        BinOp::Eq => IrOp::Eq,
        BinOp::Ne => IrOp::Ne,
        BinOp::Lt => IrOp::Lt,
        BinOp::Le => IrOp::Le,
        BinOp::Gt => IrOp::Gt,
        BinOp::Ge => IrOp::Ge,
    }
}
