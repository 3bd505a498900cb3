//! What evaluating an expression can do besides giving a value.
//!
//! Invariant: every answer is an under-estimate, and costs a bounded amount of
//! time, so that asking it at each node keeps a pass linear.

use motet_ir::{BinOp, Expr, ExprKind, Family, Native, NativeIdx, Type, UnOp};

/// Nodes looked at before an expression counts as having effects.
const BUDGET: usize = 64;

/// Whether the value of a node with harmless operands can be left uncomputed:
/// no effect, no error, no endless loop.
fn harmless_node(natives: Option<&[Native]>, node: &Expr) -> bool {
    match &node.kind {
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
        | ExprKind::GlobalOrUnset(_)
        | ExprKind::IsUnset(_)
        | ExprKind::And(..)
        | ExprKind::Or(..)
        | ExprKind::IsNil(_)
        | ExprKind::IsClass(..)
        | ExprKind::IsType(..)
        | ExprKind::Share(_)
        | ExprKind::Record(..)
        | ExprKind::NewCell(_)
        | ExprKind::Slot(..)
        | ExprKind::Block(_)
        | ExprKind::If(..) => true,
        // It assigns its variable.
        ExprKind::Choose { .. } => false,
        ExprKind::CheckSet(a, _) => never_unset(a),
        ExprKind::Cast(ty, a) => a.ty.fits(*ty),
        ExprKind::Truthy(a) => a.ty == Type::Bool,
        ExprKind::Unary(family, op, _) => match family {
            Family::Dyn | Family::Grow => false,
            Family::IntChecked => *op != UnOp::Neg,
            Family::Int | Family::Float | Family::Str | Family::Bool | Family::Same => true,
        },
        ExprKind::Binary(family, op, _, b) => harmless_operator(*family, *op, b),
        ExprKind::Concat(parts) => {
            parts.iter().all(|part| matches!(part.ty, Type::Str | Type::Int | Type::Float | Type::Bool | Type::Nil))
        }
        // The creation of lists, maps and closures is numbered, and a language may show the number.
        ExprKind::List(_) | ExprKind::Map(_) | ExprKind::Closure(..) => false,
        ExprKind::CallNative(native, args) => {
            args.iter().all(|arg| !arg.spread) && natives.is_some_and(|all| is_pure(all, *native))
        }
        ExprKind::SetLocal(..)
        | ExprKind::SetCapture(..)
        | ExprKind::Global(_)
        | ExprKind::SetGlobal(..)
        | ExprKind::SharePart(..)
        | ExprKind::CellGet(_)
        | ExprKind::CellSet(..)
        | ExprKind::Index(..)
        | ExprKind::SetIndex(..)
        | ExprKind::Field(..)
        | ExprKind::SetField(..)
        | ExprKind::SetSlot(..)
        | ExprKind::Part(..)
        | ExprKind::SetPart(..)
        | ExprKind::SetPlace(..)
        | ExprKind::Call(..)
        | ExprKind::CallValue(..)
        | ExprKind::Send(..)
        | ExprKind::SendFrom(..)
        | ExprKind::While { .. }
        | ExprKind::ForRange { .. }
        | ExprKind::ForEach { .. }
        | ExprKind::Break(_)
        | ExprKind::Continue(_)
        | ExprKind::Return(_)
        | ExprKind::Raise(_)
        | ExprKind::RaiseError(_)
        | ExprKind::Try { .. }
        | ExprKind::Yield(_)
        | ExprKind::Await(_) => false,
    }
}

fn is_pure(natives: &[Native], native: NativeIdx) -> bool {
    natives.get(native.index()).is_some_and(|native| native.effects.pure)
}

fn harmless_operator(family: Family, op: BinOp, right: &Expr) -> bool {
    let division = matches!(op, BinOp::Div | BinOp::Rem);
    match family {
        Family::Dyn | Family::Grow => false,
        Family::Int if division => matches!(right.kind, ExprKind::Int(n) if n != 0 && n != -1),
        Family::IntChecked if division => matches!(right.kind, ExprKind::Int(n) if n != 0 && n != -1),
        Family::IntChecked => !matches!(op, BinOp::Add | BinOp::Sub | BinOp::Mul),
        Family::Int | Family::Float | Family::Str | Family::Bool | Family::Same => true,
    }
}

/// Whether the expression has no effect, cannot raise and finishes, so that it
/// may be left out or computed elsewhere with the same operands. Without `natives`, no native function counts as pure.
pub(crate) fn is_harmless(natives: Option<&[Native]>, expr: &Expr) -> bool {
    fn search(natives: Option<&[Native]>, expr: &Expr, budget: &mut usize) -> bool {
        if *budget == 0 || !harmless_node(natives, expr) {
            return false;
        }
        *budget -= 1;
        let mut all = true;
        expr.for_each_child(|child| all = all && search(natives, child, budget));
        all
    }
    search(natives, expr, &mut { BUDGET })
}

/// Whether the value cannot be the "no value yet" marker.
pub(crate) fn never_unset(expr: &Expr) -> bool {
    expr.ty != Type::Any
        || matches!(
            expr.kind,
            ExprKind::Unary(..)
                | ExprKind::Binary(..)
                | ExprKind::Global(_)
                | ExprKind::Index(..)
                | ExprKind::Field(..)
                | ExprKind::Part(..)
                | ExprKind::Send(..)
                | ExprKind::SendFrom(..)
                | ExprKind::CheckSet(..)
                | ExprKind::Record(..)
                | ExprKind::NewCell(_)
        )
        || is_plain_value(expr)
}

fn is_plain_value(expr: &Expr) -> bool {
    matches!(
        expr.kind,
        ExprKind::Nil
            | ExprKind::Bool(_)
            | ExprKind::Int(_)
            | ExprKind::Float(_)
            | ExprKind::Str(_)
            | ExprKind::Func(_)
            | ExprKind::Native(_)
            | ExprKind::List(_)
            | ExprKind::Map(_)
            | ExprKind::Concat(_)
            | ExprKind::Closure(..)
    )
}
