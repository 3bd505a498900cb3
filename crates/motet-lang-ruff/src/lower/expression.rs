//! Expressions.

use alloc::{boxed::Box, string::String, vec, vec::Vec};

use motet_ir::{
    BinOp as IrBinOp, ClassIdx, ClassKind, Elem, Entry as IrEntry, Expr as Ir, ExprKind as Kind, Family, FunctionKind,
    Type, UnOp as IrUnOp, build,
};
use motet_source::{Code, Span};

use super::{
    Lowerer,
    variable::{any_typed, nil_typed, raise, share},
};
use crate::{
    ast::{BinOp, Ctor, Entry, Expr, ExprKind, Item, Piece, UnOp},
    builtins::internal,
    symbol::Sym,
};

fn arithmetic(op: BinOp) -> Option<IrBinOp> {
    Some(match op {
        BinOp::Add => IrBinOp::Add,
        BinOp::Sub => IrBinOp::Sub,
        BinOp::Mul => IrBinOp::Mul,
        BinOp::Div => IrBinOp::Div,
        BinOp::Rem => IrBinOp::Rem,
        BinOp::Eq => IrBinOp::Eq,
        BinOp::Ne => IrBinOp::Ne,
        BinOp::Lt => IrBinOp::Lt,
        BinOp::Le => IrBinOp::Le,
        BinOp::Gt => IrBinOp::Gt,
        BinOp::Ge => IrBinOp::Ge,
        BinOp::And | BinOp::Or | BinOp::Coalesce | BinOp::Pipe => return None,
    })
}

/// Whether the value of the expression may be held by something else already.
pub(super) fn is_alias(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Name(_) | ExprKind::Field(..) | ExprKind::OptField(..) | ExprKind::Index(..) => true,
        ExprKind::Try(_) | ExprKind::Await(_) | ExprKind::Yield(_) => true,
        ExprKind::Binary(op, ..) => *op == BinOp::Coalesce,
        _ => false,
    }
}

impl Lowerer<'_> {
    /// The value, for a use that does not keep it.
    pub(crate) fn expr(&mut self, expr: &Expr) -> Ir {
        let span = expr.span;
        match &expr.kind {
            ExprKind::Null => build::nil(span),
            ExprKind::Bool(b) => build::bool(*b, span),
            ExprKind::Int(n) => build::int(*n, span),
            ExprKind::Float(x) => build::float(*x, span),
            ExprKind::Str(s) => build::str(s.as_str(), span),
            ExprKind::Interpolation(pieces) => self.interpolation(pieces, span),
            ExprKind::Name(sym) => self.read(*sym, span),
            ExprKind::Ctor(ctor, payload) => self.ctor(*ctor, payload.as_deref(), span),
            ExprKind::Tag(text, args) => self.tag(text, args, span),
            ExprKind::Throw(args) => self.throw(args, span),
            ExprKind::Unary(op, operand) => self.unary(*op, operand, span),
            ExprKind::Binary(op, a, b) => self.binary(*op, a, b, span),
            ExprKind::Call(callee, args) => self.call(callee, args, None, span),
            ExprKind::Method(receiver, name, args) => self.method(receiver, *name, args, span),
            ExprKind::Field(base, name) => {
                let base = Box::new(self.expr(base));
                any_typed(Kind::Field(base, self.text(*name)), span)
            }
            ExprKind::OptField(base, name) => {
                let base = self.expr(base);
                let (keep, base) = self.keep(base, span);
                let is_nil = build::expr(Kind::IsNil(Box::new(base.clone())), Type::Bool, span);
                let field = any_typed(Kind::Field(Box::new(base), self.text(*name)), span);
                build::block(vec![keep, build::if_(is_nil, build::nil(span), field, span)], span)
            }
            ExprKind::Try(operand) => self.try_operator(operand, span),
            ExprKind::Index(base, index) => {
                let base = self.expr(base);
                let index = self.expr(index);
                any_typed(Kind::Index(Box::new(base), Box::new(index)), span)
            }
            ExprKind::Struct(name, fields) => self.struct_literal(*name, fields, span),
            ExprKind::Array(items) => self.array(items, span),
            ExprKind::Dict(entries) => self.dict(entries, span),
            ExprKind::Func(func) => self.closure(func, span),
            ExprKind::Yield(operand) => {
                let value = match operand {
                    Some(operand) => self.retained(operand),
                    None => build::nil(span),
                };
                if self.frame().kind != FunctionKind::Generator {
                    self.compile_error(
                        Code::MisplacedControl,
                        span,
                        "yield can only be used inside a generator function",
                    );
                    return value;
                }
                any_typed(Kind::Yield(Box::new(value)), span)
            }
            ExprKind::Await(operand) => {
                let value = self.expr(operand);
                any_typed(Kind::Await(Box::new(value)), span)
            }
        }
    }

    /// The value, for a use that keeps it.
    pub(crate) fn retained(&mut self, expr: &Expr) -> Ir {
        if let ExprKind::Binary(BinOp::Coalesce, a, b) = &expr.kind {
            // Marked before it gets a local: a local counts as the owner of its value.
            let a = self.retained(a);
            return self.coalesce(a, |lowerer| lowerer.retained(b), expr.span);
        }
        let value = self.expr(expr);
        if is_alias(expr) { share(value) } else { value }
    }

    /// The truth of the value.
    pub(crate) fn condition(&mut self, expr: &Expr) -> Ir {
        build::truthy(self.expr(expr))
    }

    fn interpolation(&mut self, pieces: &[Piece], span: Span) -> Ir {
        let parts = pieces
            .iter()
            .map(|piece| match piece {
                Piece::Text(text) => build::str(text.as_str(), span),
                Piece::Value(value) => self.expr(value),
            })
            .collect();
        build::expr(Kind::Concat(parts), Type::Str, span)
    }

    // ---- results, options, tags

    pub(crate) fn ctor_class(&mut self, ctor: Ctor) -> ClassIdx {
        let fields: &[String] = if ctor == Ctor::None { &[] } else { &[String::from("0")] };
        self.class(ctor.name(), ClassKind::Variant, fields)
    }

    fn ctor(&mut self, ctor: Ctor, payload: Option<&Expr>, span: Span) -> Ir {
        let class = self.ctor_class(ctor);
        let fields = match payload {
            Some(payload) => vec![(String::from("0"), self.retained(payload))],
            None => Vec::new(),
        };
        build::record(class, fields, span)
    }

    fn tag(&mut self, text: &str, args: &[Item], span: Span) -> Ir {
        if args.iter().any(|a| a.spread) {
            // The number of payloads is known only at run time.
            let mut call = vec![motet_ir::Arg { expr: build::str(text, span), spread: false }];
            call.extend(args.iter().map(|a| motet_ir::Arg { expr: self.retained(&a.expr), spread: a.spread }));
            let native = self.native(internal::MAKE_TAG, Type::Any, crate::builtins::Effect::Retains.effects());
            self.class(text, ClassKind::Variant, &[]);
            return any_typed(Kind::CallNative(native, call), span);
        }
        let names: Vec<String> = (0..args.len()).map(|i| alloc::format!("{i}")).collect();
        let class = self.class(text, ClassKind::Variant, &names);
        let fields: Vec<(String, Ir)> =
            names.into_iter().zip(args).map(|(name, arg)| (name, self.retained(&arg.expr))).collect();
        self.record(class, fields, span)
    }

    fn record(&mut self, class: ClassIdx, fields: Vec<(String, Ir)>, span: Span) -> Ir {
        let ty = if self.has_fields(class, &fields) { Type::Record(class) } else { Type::Any };
        build::expr(Kind::Record(class, fields), ty, span)
    }

    fn struct_literal(&mut self, name: Sym, fields: &[(Sym, Expr)], span: Span) -> Ir {
        let names: Vec<String> = fields.iter().map(|f| self.text(f.0)).collect();
        let class = self.struct_class(name, &names);
        let mut before = Vec::new();
        let mut out: Vec<(String, Ir)> = Vec::with_capacity(fields.len());
        let distinct = names.iter().collect::<alloc::collections::BTreeSet<_>>().len() == names.len();
        for (field, (_, value)) in names.into_iter().zip(fields) {
            let mut value = self.retained(value);
            if !distinct {
                // The last of two equal names wins; all are evaluated in order.
                let (keep, read) = self.keep(value, span);
                before.push(keep);
                value = read;
                if let Some(earlier) = out.iter_mut().find(|f| f.0 == field) {
                    earlier.1 = value;
                    continue;
                }
            }
            out.push((field, value));
        }
        let record = self.record(class, out, span);
        if before.is_empty() {
            return record;
        }
        before.push(record);
        build::block(before, span)
    }

    /// Whether a value is of the class of a constructor.
    pub(crate) fn is_ctor(&mut self, ctor: Ctor, value: Ir) -> Ir {
        let class = self.ctor_class(ctor);
        let span = value.span;
        build::expr(Kind::IsClass(Box::new(value), class), Type::Bool, span)
    }

    /// Payload of a value known to be of the class of a constructor.
    pub(crate) fn ctor_payload(&mut self, ctor: Ctor, value: Ir) -> Ir {
        let class = self.ctor_class(ctor);
        let span = value.span;
        let record = build::cast(Type::Record(class), value);
        any_typed(Kind::Slot(Box::new(record), class, 0), span)
    }

    fn try_operator(&mut self, operand: &Expr, span: Span) -> Ir {
        let value = self.expr(operand);
        let (keep, value) = self.keep(value, span);
        let is_err = self.is_ctor(Ctor::Err, value.clone());
        let is_none = self.is_ctor(Ctor::None, value.clone());
        let fails = build::expr(Kind::Or(Box::new(is_err), Box::new(is_none)), Type::Bool, span);
        let leave = build::return_(share(value.clone()), span);
        let wrong = raise(String::from("Try operator requires Result or Option"), span);
        let mut result = build::if_(fails, leave, wrong, span);
        for ctor in [Ctor::Some, Ctor::Ok] {
            let is = self.is_ctor(ctor, value.clone());
            let payload = self.ctor_payload(ctor, value.clone());
            result = build::if_(is, payload, result, span);
        }
        build::block(vec![keep, result], span)
    }

    fn throw(&mut self, args: &[Item], span: Span) -> Ir {
        match args {
            [arg] if !arg.spread => {
                let value = self.retained(&arg.expr);
                build::expr(Kind::Raise(Box::new(value)), Type::Never, span)
            }
            _ => {
                self.compile_error(Code::WrongArity, span, "throw() requires exactly one argument");
                build::nil(span)
            }
        }
    }

    // ---- operators

    fn unary(&mut self, op: UnOp, operand: &Expr, span: Span) -> Ir {
        let operand = self.expr(operand);
        match op {
            UnOp::Neg if operand.ty == Type::Int => build::unary(Family::IntChecked, IrUnOp::Neg, operand, span),
            UnOp::Neg => build::unary(Family::Dyn, IrUnOp::Neg, operand, span),
            UnOp::Not if operand.ty == Type::Bool => build::unary(Family::Bool, IrUnOp::Not, operand, span),
            UnOp::Not => build::unary(Family::Dyn, IrUnOp::Not, operand, span),
        }
    }

    fn binary(&mut self, op: BinOp, a: &Expr, b: &Expr, span: Span) -> Ir {
        match op {
            BinOp::And => {
                let (a, b) = (self.condition(a), self.condition(b));
                build::expr(Kind::And(Box::new(a), Box::new(b)), Type::Bool, span)
            }
            BinOp::Or => {
                let (a, b) = (self.condition(a), self.condition(b));
                build::expr(Kind::Or(Box::new(a), Box::new(b)), Type::Bool, span)
            }
            BinOp::Coalesce => {
                let a = self.expr(a);
                self.coalesce(a, |lowerer| lowerer.expr(b), span)
            }
            BinOp::Pipe => self.pipe(a, b, span),
            _ => {
                let (a, b) = (self.expr(a), self.expr(b));
                self.operate(op, a, b, span)
            }
        }
    }

    /// `a`, or what `b` makes if that is null.
    fn coalesce(&mut self, a: Ir, b: impl FnOnce(&mut Self) -> Ir, span: Span) -> Ir {
        let (keep, a) = self.keep(a, span);
        let is_nil = build::expr(Kind::IsNil(Box::new(a.clone())), Type::Bool, span);
        let b = b(self);
        build::block(vec![keep, build::if_(is_nil, b, a, span)], span)
    }

    /// An arithmetic operator or comparison on lowered operands.
    pub(crate) fn operate(&mut self, op: BinOp, a: Ir, b: Ir, span: Span) -> Ir {
        let Some(op) = arithmetic(op) else { return build::nil(span) };
        let family = if a.ty == Type::Int && b.ty == Type::Int { Family::IntChecked } else { Family::Dyn };
        build::binary(family, op, a, b, span)
    }

    // ---- collections

    fn array(&mut self, items: &[Item], span: Span) -> Ir {
        let items = items
            .iter()
            .map(|item| match item.spread {
                true => Elem::Spread(self.retained(&item.expr)),
                false => Elem::One(self.retained(&item.expr)),
            })
            .collect();
        build::expr(Kind::List(items), Type::List, span)
    }

    fn dict(&mut self, entries: &[Entry], span: Span) -> Ir {
        let entries = entries
            .iter()
            .map(|entry| match entry {
                Entry::Pair(key, value) => {
                    let key_span = key.span;
                    let mut key = self.expr(key);
                    if key.ty != Type::Str {
                        key = self.internal(internal::KEY, Type::Any, vec![key], key_span);
                    }
                    IrEntry::One(key, self.retained(value))
                }
                Entry::Spread(value) => IrEntry::Spread(self.retained(value)),
            })
            .collect();
        build::expr(Kind::Map(entries), Type::Map, span)
    }

    /// Evaluates for effect.
    pub(crate) fn effect(&mut self, value: Ir) -> Ir {
        match value.ty {
            Type::Nil | Type::Never => value,
            _ => {
                let span = value.span;
                let nil = build::nil(span);
                nil_typed(Kind::Block(vec![value, nil]), span)
            }
        }
    }
}
