//! Expressions as values and as effects.
//!
//! Invariants: [`Emitter::value`] leaves exactly one value more on the stack,
//! [`Emitter::effect`] none; both also keep `depth` so when the code became
//! unreachable.

use alloc::vec::Vec;

use motet_bytecode::{ClassIdx, ConstIdx, FuncIdx, GlobalIdx, Imm, Kind, NativeIdx, Op};
use motet_ir::{BinOp, Expr, ExprKind, Family, Type, UnOp};
use motet_source::Span;

use crate::Emitter;

/// Whether the expression's value stays on the stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Want {
    /// It does.
    Value,
    /// It is not needed.
    Effect,
}

impl Emitter<'_> {
    /// Evaluates for a value or for effect only.
    pub fn gen_want(&mut self, e: &Expr, want: Want) {
        match want {
            Want::Value => self.value(e),
            Want::Effect => self.effect(e),
        }
    }

    /// Evaluates; one value is left on the stack.
    pub fn value(&mut self, e: &Expr) {
        let depth = self.code.depth;
        if self.code.reachable {
            self.value_of(e);
            self.code.depth = depth + 1;
            if e.ty == Type::Never {
                // A call that does not return: says so to verification, which knows no such calls.
                self.code.emit(Op::Raise {}, e.span);
            }
        }
        self.code.depth = depth + 1;
    }

    /// Evaluates; nothing is left on the stack.
    pub fn effect(&mut self, e: &Expr) {
        let depth = self.code.depth;
        if self.code.reachable {
            self.effect_of(e);
        }
        self.code.depth = depth;
    }

    fn value_of(&mut self, e: &Expr) {
        match &e.kind {
            ExprKind::Nil
            | ExprKind::Unset
            | ExprKind::Bool(_)
            | ExprKind::Int(_)
            | ExprKind::Float(_)
            | ExprKind::Str(_)
            | ExprKind::Func(_)
            | ExprKind::Native(_) => self.constant(e),
            ExprKind::Local(_)
            | ExprKind::Capture(_)
            | ExprKind::Global(_)
            | ExprKind::GlobalOrUnset(_)
            | ExprKind::IsUnset(_)
            | ExprKind::CheckSet(..) => self.variable(e),
            ExprKind::Unary(..)
            | ExprKind::Binary(..)
            | ExprKind::Truthy(_)
            | ExprKind::IsNil(_)
            | ExprKind::IsClass(..)
            | ExprKind::IsType(..)
            | ExprKind::Cast(..)
            | ExprKind::Share(_)
            | ExprKind::SharePart(..)
            | ExprKind::NewCell(_)
            | ExprKind::CellGet(_)
            | ExprKind::Index(..)
            | ExprKind::Field(..)
            | ExprKind::Slot(..)
            | ExprKind::Part(..)
            | ExprKind::Yield(_)
            | ExprKind::Await(_) => self.operator(e),
            ExprKind::And(..) | ExprKind::Or(..) => self.and_or_value(e),
            ExprKind::Concat(_)
            | ExprKind::List(_)
            | ExprKind::Map(_)
            | ExprKind::Record(..)
            | ExprKind::Closure(..)
            | ExprKind::Call(..)
            | ExprKind::CallValue(..)
            | ExprKind::CallNative(..)
            | ExprKind::Send(..)
            | ExprKind::SendFrom(..) => self.construct(e),
            ExprKind::Block(parts) => self.block(parts, e.span, Want::Value),
            ExprKind::If(cond, then, otherwise) => self.if_(cond, then, otherwise, e.span, Want::Value),
            ExprKind::Choose { .. } => self.choose(e, Want::Value),
            ExprKind::Try { body, var, handler } => self.try_(body, *var, handler, e.span, Want::Value),
            ExprKind::SetLocal(..)
            | ExprKind::SetCapture(..)
            | ExprKind::SetGlobal(..)
            | ExprKind::CellSet(..)
            | ExprKind::SetIndex(..)
            | ExprKind::SetField(..)
            | ExprKind::SetSlot(..)
            | ExprKind::SetPart(..)
            | ExprKind::SetPlace(..)
            | ExprKind::While { .. }
            | ExprKind::ForRange { .. }
            | ExprKind::ForEach { .. }
            | ExprKind::Break(_)
            | ExprKind::Continue(_)
            | ExprKind::Return(_)
            | ExprKind::Raise(_)
            | ExprKind::RaiseError(_) => {
                self.effect(e);
                self.code.emit(Op::Nil {}, e.span);
            }
        }
    }

    fn effect_of(&mut self, e: &Expr) {
        match &e.kind {
            // Without effect: nothing to do. (A local that was not set is a defect that the IR's check reports.)
            ExprKind::Nil
            | ExprKind::Unset
            | ExprKind::Bool(_)
            | ExprKind::Int(_)
            | ExprKind::Float(_)
            | ExprKind::Str(_)
            | ExprKind::Func(_)
            | ExprKind::Native(_)
            | ExprKind::Local(_)
            | ExprKind::Capture(_)
            | ExprKind::GlobalOrUnset(_) => {}
            ExprKind::Share(a) | ExprKind::IsUnset(a) | ExprKind::IsNil(a) | ExprKind::IsClass(a, _) => self.effect(a),
            ExprKind::IsType(a, _) => self.effect(a),
            ExprKind::SetLocal(..)
            | ExprKind::SetCapture(..)
            | ExprKind::SetGlobal(..)
            | ExprKind::CellSet(..)
            | ExprKind::SetIndex(..)
            | ExprKind::SetField(..)
            | ExprKind::SetSlot(..)
            | ExprKind::SetPart(..) => self.assign(e),
            ExprKind::SetPlace(root, steps, value) => self.set_place(*root, steps, value, e.span),
            ExprKind::And(a, b) => self.and_or_effect(a, b, false),
            ExprKind::Or(a, b) => self.and_or_effect(a, b, true),
            ExprKind::Block(parts) => self.block(parts, e.span, Want::Effect),
            ExprKind::If(cond, then, otherwise) => self.if_(cond, then, otherwise, e.span, Want::Effect),
            ExprKind::Choose { .. } => self.choose(e, Want::Effect),
            ExprKind::Try { body, var, handler } => self.try_(body, *var, handler, e.span, Want::Effect),
            ExprKind::While { label, cond, body, step } => {
                self.while_(*label, cond.as_deref(), body, step.as_deref(), e.span);
            }
            ExprKind::ForRange { .. } => self.for_range(e),
            ExprKind::ForEach { label, var, iter, body } => self.for_each(*label, *var, iter, body, e.span),
            ExprKind::Break(label) => self.break_(*label, e.span),
            ExprKind::Continue(label) => self.continue_(*label, e.span),
            ExprKind::Return(value) => self.return_value(value, e.span),
            ExprKind::Raise(value) => self.unary_op(value, Op::Raise {}, e.span),
            ExprKind::RaiseError(message) => {
                let message = self.pool.str(message);
                self.code.emit(Op::RaiseError { message }, e.span);
            }
            ExprKind::Global(_)
            | ExprKind::CheckSet(..)
            | ExprKind::Unary(..)
            | ExprKind::Binary(..)
            | ExprKind::Truthy(_)
            | ExprKind::Cast(..)
            | ExprKind::Concat(_)
            | ExprKind::List(_)
            | ExprKind::Map(_)
            | ExprKind::Record(..)
            | ExprKind::Closure(..)
            | ExprKind::SharePart(..)
            | ExprKind::NewCell(_)
            | ExprKind::CellGet(_)
            | ExprKind::Index(..)
            | ExprKind::Field(..)
            | ExprKind::Slot(..)
            | ExprKind::Part(..)
            | ExprKind::SendFrom(..)
            | ExprKind::Call(..)
            | ExprKind::CallValue(..)
            | ExprKind::CallNative(..)
            | ExprKind::Send(..)
            | ExprKind::Yield(_)
            | ExprKind::Await(_) => {
                self.value(e);
                self.code.emit(Op::Pop {}, e.span);
            }
        }
    }

    fn constant(&mut self, e: &Expr) {
        let op = match &e.kind {
            ExprKind::Unset => Op::Unset {},
            ExprKind::Bool(true) => Op::True {},
            ExprKind::Bool(false) => Op::False {},
            ExprKind::Int(value) => match i32::try_from(*value) {
                Ok(small) => Op::Int { value: Imm(small) },
                Err(_) => Op::Const { index: self.pool.int(*value) },
            },
            ExprKind::Float(value) => Op::Const { index: self.pool.float(*value) },
            ExprKind::Str(value) => Op::Const { index: self.pool.str(value) },
            ExprKind::Func(func) => Op::Func { func: FuncIdx(func.0) },
            ExprKind::Native(native) => Op::Native { native: NativeIdx(native.0) },
            _ => Op::Nil {},
        };
        self.code.emit(op, e.span);
    }

    fn variable(&mut self, e: &Expr) {
        let op = match &e.kind {
            ExprKind::Local(local) => Op::Local { local: self.local(*local, e.span) },
            ExprKind::Capture(capture) => Op::Capture { capture: self.capture(*capture, e.span) },
            ExprKind::Global(global) => Op::Global { global: GlobalIdx(global.0) },
            ExprKind::GlobalOrUnset(global) => Op::GlobalOrUnset { global: GlobalIdx(global.0) },
            ExprKind::IsUnset(a) => return self.unary_op(a, Op::IsUnset {}, e.span),
            ExprKind::CheckSet(a, name) => {
                let name = self.pool.str(name);
                return self.unary_op(a, Op::CheckSet { name }, e.span);
            }
            _ => return,
        };
        self.code.emit(op, e.span);
    }

    /// Evaluates the operand, then the op.
    pub fn unary_op(&mut self, a: &Expr, op: Op, span: Span) {
        self.value(a);
        self.code.emit(op, span);
    }

    /// Evaluates both operands, then the op.
    pub fn binary_op(&mut self, a: &Expr, b: &Expr, op: Op, span: Span) {
        self.value(a);
        self.value(b);
        self.code.emit(op, span);
    }

    fn operator(&mut self, e: &Expr) {
        let span = e.span;
        match &e.kind {
            ExprKind::Unary(family, op, a) => match unary(*family, *op) {
                Some(op) => self.unary_op(a, op, span),
                None => self.undefined(&[a], span),
            },
            ExprKind::Binary(family, op, a, b) => match binary(*family, *op) {
                Some(op) => self.binary_op(a, b, op, span),
                None => self.undefined(&[a, b], span),
            },
            ExprKind::Truthy(a) if a.ty == Type::Bool => self.value(a),
            ExprKind::Truthy(a) => self.unary_op(a, Op::Truthy {}, span),
            ExprKind::IsNil(a) => self.unary_op(a, Op::IsNil {}, span),
            ExprKind::IsClass(a, class) => self.unary_op(a, Op::IsClass { class: ClassIdx(class.0) }, span),
            ExprKind::IsType(a, ty) => self.is_type(a, *ty, span),
            ExprKind::Cast(ty, a) => self.cast(a, *ty, span),
            ExprKind::Share(a) => self.unary_op(a, Op::Share {}, span),
            ExprKind::SharePart(a, b) => self.binary_op(a, b, Op::SharePart {}, span),
            ExprKind::NewCell(a) => self.unary_op(a, Op::CellNew {}, span),
            ExprKind::CellGet(a) => self.unary_op(a, Op::CellGet {}, span),
            ExprKind::Yield(a) => self.unary_op(a, Op::Yield {}, span),
            ExprKind::Await(a) => self.unary_op(a, Op::Await {}, span),
            ExprKind::Index(a, b) => self.binary_op(a, b, Op::Index {}, span),
            ExprKind::Field(a, name) => {
                let name = self.pool.str(name);
                self.unary_op(a, Op::Field { name }, span);
            }
            ExprKind::Slot(a, class, slot) => {
                let slot = self.slot(*slot, span);
                self.unary_op(a, Op::Slot { class: ClassIdx(class.0), slot }, span);
            }
            ExprKind::Part(a, number) => {
                let slot = self.slot(*number, span);
                self.unary_op(a, Op::Part { slot }, span);
            }
            _ => {}
        }
    }

    /// An operator outside its family, which the IR's check rejects: operands, then an error.
    fn undefined(&mut self, operands: &[&Expr], span: Span) {
        for operand in operands {
            self.effect(operand);
        }
        let message = self.pool.str("operator is not defined for these operands");
        self.code.emit(Op::RaiseError { message }, span);
    }

    fn is_type(&mut self, a: &Expr, ty: Type, span: Span) {
        match (kind(ty), ty) {
            (Some(kind), _) => self.unary_op(a, Op::IsType { kind }, span),
            (None, Type::Record(class)) => self.unary_op(a, Op::IsRecord { class: ClassIdx(class.0) }, span),
            (None, ty) => {
                self.effect(a);
                self.code.emit(if ty == Type::Any { Op::True {} } else { Op::False {} }, span);
            }
        }
    }

    fn cast(&mut self, a: &Expr, ty: Type, span: Span) {
        match (kind(ty), ty) {
            (Some(kind), _) => self.unary_op(a, Op::Cast { kind }, span),
            (None, Type::Record(class)) => self.unary_op(a, Op::CastRecord { class: ClassIdx(class.0) }, span),
            (None, Type::Never) => self.undefined(&[a], span),
            (None, _) => self.value(a),
        }
    }

    fn assign(&mut self, e: &Expr) {
        let span = e.span;
        match &e.kind {
            ExprKind::SetLocal(local, a) => {
                let local = self.local(*local, span);
                self.unary_op(a, Op::SetLocal { local }, span);
            }
            ExprKind::SetCapture(capture, a) => {
                let capture = self.capture(*capture, span);
                self.unary_op(a, Op::SetCapture { capture }, span);
            }
            ExprKind::SetGlobal(global, a) => self.unary_op(a, Op::SetGlobal { global: GlobalIdx(global.0) }, span),
            ExprKind::CellSet(a, b) => self.binary_op(a, b, Op::CellSet {}, span),
            ExprKind::SetIndex(a, b, c) => {
                self.value(a);
                self.binary_op(b, c, Op::SetIndex {}, span);
            }
            ExprKind::SetField(a, name, b) => {
                let name: ConstIdx = self.pool.str(name);
                self.binary_op(a, b, Op::SetField { name }, span);
            }
            ExprKind::SetSlot(a, class, slot, b) => {
                let slot = self.slot(*slot, span);
                self.binary_op(a, b, Op::SetSlot { class: ClassIdx(class.0), slot }, span);
            }
            ExprKind::SetPart(a, number, b) => {
                let slot = self.slot(*number, span);
                self.binary_op(a, b, Op::SetPart { slot }, span);
            }
            _ => {}
        }
    }

    /// In order; the value of the last one, if wanted.
    pub fn block(&mut self, parts: &[Expr], span: Span, want: Want) {
        let Some((last, first)) = parts.split_last() else {
            if want == Want::Value {
                self.code.emit(Op::Nil {}, span);
            }
            return;
        };
        for part in first {
            self.effect(part);
        }
        self.gen_want(last, want);
    }

    /// Several values in order.
    pub fn values<'e>(&mut self, exprs: impl IntoIterator<Item = &'e Expr>) {
        for e in exprs {
            self.value(e);
        }
    }

    /// Values of a fixed number of operands, then the op that takes them all.
    pub fn listed_op(&mut self, exprs: Vec<&Expr>, op: Op, span: Span) {
        let listed = exprs.len() as u32;
        self.values(exprs);
        self.code.emit_listed(op, listed, span);
    }
}

fn kind(ty: Type) -> Option<Kind> {
    match ty {
        Type::Nil => Some(Kind::Nil),
        Type::Bool => Some(Kind::Bool),
        Type::Int => Some(Kind::Int),
        Type::Float => Some(Kind::Float),
        Type::Str => Some(Kind::Str),
        Type::List => Some(Kind::List),
        Type::Map => Some(Kind::Map),
        Type::Func => Some(Kind::Func),
        Type::Never | Type::Any | Type::Record(_) => None,
    }
}

fn unary(family: Family, op: UnOp) -> Option<Op> {
    Some(match (family, op) {
        (Family::Dyn | Family::Grow, UnOp::Neg) => Op::DynNeg {},
        (Family::Dyn | Family::Grow, UnOp::Not) => Op::DynNot {},
        (Family::Dyn | Family::Grow, UnOp::BitNot) => Op::DynBitNot {},
        (Family::Int, UnOp::Neg) => Op::IntNeg {},
        (Family::IntChecked, UnOp::Neg) => Op::CheckedNeg {},
        (Family::Int | Family::IntChecked, UnOp::BitNot) => Op::IntBitNot {},
        (Family::Int | Family::IntChecked, UnOp::ToFloat) => Op::IntToFloat {},
        (Family::Float, UnOp::Neg) => Op::FloatNeg {},
        (Family::Float, UnOp::ToInt) => Op::FloatToInt {},
        (Family::Float, UnOp::ToFloat32) => Op::FloatToFloat32 {},
        (Family::Bool, UnOp::Not) => Op::BoolNot {},
        _ => return None,
    })
}

fn binary(family: Family, op: BinOp) -> Option<Op> {
    match family {
        Family::Dyn | Family::Grow => Some(dynamic(op)),
        Family::Int => int(op),
        Family::IntChecked => checked(op),
        Family::Float => float(op),
        Family::Str => str(op),
        Family::Same | Family::Bool => match op {
            BinOp::Eq => Some(Op::SameEq {}),
            BinOp::Ne => Some(Op::SameNe {}),
            _ => None,
        },
    }
}

fn dynamic(op: BinOp) -> Op {
    match op {
        BinOp::Add => Op::DynAdd {},
        BinOp::Sub => Op::DynSub {},
        BinOp::Mul => Op::DynMul {},
        BinOp::Div => Op::DynDiv {},
        BinOp::Rem => Op::DynRem {},
        BinOp::Eq => Op::DynEq {},
        BinOp::Ne => Op::DynNe {},
        BinOp::Lt => Op::DynLt {},
        BinOp::Le => Op::DynLe {},
        BinOp::Gt => Op::DynGt {},
        BinOp::Ge => Op::DynGe {},
        BinOp::BitAnd => Op::DynBitAnd {},
        BinOp::BitOr => Op::DynBitOr {},
        BinOp::BitXor => Op::DynBitXor {},
        BinOp::Shl => Op::DynShl {},
        BinOp::Shr => Op::DynShr {},
        BinOp::Ushr => Op::DynUshr {},
        BinOp::FloorDiv => Op::DynFloorDiv {},
        BinOp::Mod => Op::DynMod {},
    }
}

fn int(op: BinOp) -> Option<Op> {
    Some(match op {
        BinOp::Add => Op::IntAdd {},
        BinOp::Sub => Op::IntSub {},
        BinOp::Mul => Op::IntMul {},
        BinOp::Div => Op::IntDiv {},
        BinOp::Rem => Op::IntRem {},
        BinOp::Eq => Op::IntEq {},
        BinOp::Ne => Op::IntNe {},
        BinOp::Lt => Op::IntLt {},
        BinOp::Le => Op::IntLe {},
        BinOp::Gt => Op::IntGt {},
        BinOp::Ge => Op::IntGe {},
        BinOp::BitAnd => Op::IntBitAnd {},
        BinOp::BitOr => Op::IntBitOr {},
        BinOp::BitXor => Op::IntBitXor {},
        BinOp::Shl => Op::IntShl {},
        BinOp::Shr => Op::IntShr {},
        BinOp::Ushr => Op::IntUshr {},
        BinOp::FloorDiv | BinOp::Mod => return None,
    })
}

/// What cannot overflow is the same as in the wrapping family.
fn checked(op: BinOp) -> Option<Op> {
    Some(match op {
        BinOp::Add => Op::CheckedAdd {},
        BinOp::Sub => Op::CheckedSub {},
        BinOp::Mul => Op::CheckedMul {},
        BinOp::Div => Op::CheckedDiv {},
        BinOp::Rem => Op::CheckedRem {},
        other => return int(other),
    })
}

fn float(op: BinOp) -> Option<Op> {
    Some(match op {
        BinOp::Add => Op::FloatAdd {},
        BinOp::Sub => Op::FloatSub {},
        BinOp::Mul => Op::FloatMul {},
        BinOp::Div => Op::FloatDiv {},
        BinOp::Rem => Op::FloatRem {},
        BinOp::Eq => Op::FloatEq {},
        BinOp::Ne => Op::FloatNe {},
        BinOp::Lt => Op::FloatLt {},
        BinOp::Le => Op::FloatLe {},
        BinOp::Gt => Op::FloatGt {},
        BinOp::Ge => Op::FloatGe {},
        BinOp::BitAnd | BinOp::BitOr | BinOp::BitXor | BinOp::Shl | BinOp::Shr | BinOp::Ushr => return None,
        BinOp::FloorDiv | BinOp::Mod => return None,
    })
}

fn str(op: BinOp) -> Option<Op> {
    Some(match op {
        BinOp::Add => Op::StrAdd {},
        BinOp::Eq => Op::StrEq {},
        BinOp::Ne => Op::StrNe {},
        BinOp::Lt => Op::StrLt {},
        BinOp::Le => Op::StrLe {},
        BinOp::Gt => Op::StrGt {},
        BinOp::Ge => Op::StrGe {},
        BinOp::Sub
        | BinOp::Mul
        | BinOp::Div
        | BinOp::Rem
        | BinOp::BitAnd
        | BinOp::BitOr
        | BinOp::BitXor
        | BinOp::Shl
        | BinOp::Shr
        | BinOp::Ushr
        | BinOp::FloorDiv
        | BinOp::Mod => return None,
    })
}
