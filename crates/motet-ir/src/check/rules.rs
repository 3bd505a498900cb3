//! Rules about one node and the static types of its operands.
//!
//! Invariant: every rule yields the least type the node can have; if an operand
//! that is always evaluated never finishes, that is `Never`.

use alloc::{format, string::String};

use alloc::collections::BTreeSet;

use super::Tables;
use crate::{
    BinOp, ClassIdx, Expr, ExprKind, Family, FuncIdx, Function, FunctionKind, LocalIdx, PlaceRoot, PlaceStep, Type,
    UnOp, build,
};

type Rule<T = ()> = Result<T, String>;

/// Checks `node` itself; its operands are checked on their own.
pub(super) fn check_node(tables: &Tables<'_>, function: &Function, node: &Expr) -> Rule {
    tables.check_type(node.ty)?;
    let least = least_type(tables, function, node)?;
    demand(least, node.ty, "the value of the node")
}

pub(super) fn in_range(index: usize, len: usize, what: &str) -> Rule {
    if index < len { Ok(()) } else { Err(format!("there is no {what} {index}")) }
}

pub(super) fn demand(have: Type, want: Type, what: &str) -> Rule {
    if have.fits(want) { Ok(()) } else { Err(format!("{what} is {have:?}, not {want:?}")) }
}

/// The type that the rule of the node gives it.
fn least_type(tables: &Tables<'_>, function: &Function, node: &Expr) -> Rule<Type> {
    let ty = own_type(tables, function, node)?;
    Ok(if strict_operand_never_finishes(node) { Type::Never } else { ty })
}

/// Whether an operand that is evaluated in any case has type `Never`.
fn strict_operand_never_finishes(node: &Expr) -> bool {
    let never = |e: &Expr| e.ty == Type::Never;
    match &node.kind {
        ExprKind::And(a, _) | ExprKind::Or(a, _) | ExprKind::If(a, _, _) => never(a),
        ExprKind::Choose { cond, .. } => never(cond),
        ExprKind::While { cond, .. } => cond.as_deref().is_some_and(never),
        ExprKind::ForRange { from, to, .. } => never(from) || never(to),
        ExprKind::ForEach { iter, .. } => never(iter),
        ExprKind::Try { .. } => false,
        _ => {
            let mut found = false;
            node.for_each_child(|child| found |= never(child));
            found
        }
    }
}

fn own_type(tables: &Tables<'_>, function: &Function, node: &Expr) -> Rule<Type> {
    let module = tables.module;
    Ok(match &node.kind {
        ExprKind::Nil => Type::Nil,
        ExprKind::Unset => Type::Any,
        ExprKind::Bool(_) => Type::Bool,
        ExprKind::Int(_) => Type::Int,
        ExprKind::Float(_) => Type::Float,
        ExprKind::Str(_) => Type::Str,
        ExprKind::Func(f) => {
            tables.plain_function(*f)?;
            Type::Func
        }
        ExprKind::Native(n) => {
            in_range(n.index(), module.natives.len(), "native")?;
            Type::Func
        }
        ExprKind::Local(l) => local_type(function, *l)?,
        ExprKind::SetLocal(l, value) => {
            demand(value.ty, local_type(function, *l)?, "the assigned value")?;
            Type::Nil
        }
        ExprKind::Capture(_) | ExprKind::SetCapture(..) => capture(function, node)?,
        ExprKind::Global(_) | ExprKind::GlobalOrUnset(_) | ExprKind::SetGlobal(..) => global(tables, node)?,
        ExprKind::IsUnset(_) | ExprKind::Truthy(_) | ExprKind::IsNil(_) => Type::Bool,
        ExprKind::CheckSet(a, _) | ExprKind::Share(a) | ExprKind::SharePart(_, a) => a.ty,
        ExprKind::Unary(family, op, a) => unary(*family, *op, a)?,
        ExprKind::Binary(family, op, a, b) => binary(*family, *op, a, b)?,
        ExprKind::And(a, b) | ExprKind::Or(a, b) => {
            demand(a.ty, Type::Bool, "the left operand")?;
            demand(b.ty, Type::Bool, "the right operand")?;
            Type::Bool
        }
        ExprKind::IsClass(_, c) => {
            in_range(c.index(), module.classes.len(), "class")?;
            Type::Bool
        }
        ExprKind::IsType(_, ty) => {
            tables.check_type(*ty)?;
            if matches!(ty, Type::Any | Type::Never) {
                return Err(format!("{ty:?} is not a run-time kind"));
            }
            Type::Bool
        }
        ExprKind::Cast(ty, _) => {
            tables.check_stored(*ty)?;
            *ty
        }
        ExprKind::Concat(_) => Type::Str,
        ExprKind::List(_) => Type::List,
        ExprKind::Map(_) => Type::Map,
        ExprKind::Record(class, fields) => record(tables, *class, fields)?,
        ExprKind::Closure(f, values) => closure(tables, *f, values)?,
        ExprKind::NewCell(_)
        | ExprKind::CellGet(_)
        | ExprKind::Index(..)
        | ExprKind::Field(..)
        | ExprKind::Part(..)
        | ExprKind::CallValue(..)
        | ExprKind::Send(..)
        | ExprKind::SendFrom(..)
        | ExprKind::Await(_) => Type::Any,
        ExprKind::CellSet(..) | ExprKind::SetIndex(..) | ExprKind::SetPart(..) => Type::Nil,
        ExprKind::SetField(base, name, value) => {
            field_store(tables, base.ty, name, value)?;
            Type::Nil
        }
        ExprKind::Slot(base, class, slot) => slot_type(tables, base, *class, *slot)?,
        ExprKind::SetSlot(base, class, slot, value) => {
            demand(value.ty, slot_type(tables, base, *class, *slot)?, "the stored value")?;
            Type::Nil
        }
        ExprKind::SetPlace(root, steps, value) => {
            set_place(tables, function, *root, steps, value)?;
            Type::Nil
        }
        ExprKind::Call(f, args) => call(tables, *f, args)?,
        ExprKind::CallNative(n, _) => {
            module.natives.get(n.index()).ok_or_else(|| format!("there is no native {}", n.0))?.result
        }
        ExprKind::Block(parts) => parts.last().map_or(Type::Nil, |last| last.ty),
        ExprKind::If(cond, then, otherwise) => {
            demand(cond.ty, Type::Bool, "the condition")?;
            then.ty.join(otherwise.ty)
        }
        ExprKind::Choose { then, else_, var, other, .. } => {
            exact_local(function, *var, Type::Any)?;
            then.ty.join(else_.ty).join(other.ty)
        }
        ExprKind::While { .. } | ExprKind::ForRange { .. } | ExprKind::ForEach { .. } => looping(function, node)?,
        ExprKind::Break(_) | ExprKind::Continue(_) | ExprKind::Raise(_) | ExprKind::RaiseError(_) => Type::Never,
        ExprKind::Return(value) => {
            demand(value.ty, function.result, "the returned value")?;
            Type::Never
        }
        ExprKind::Try { body, var, handler } => {
            exact_local(function, *var, Type::Any)?;
            body.ty.join(handler.ty)
        }
        ExprKind::Yield(_) => match function.kind {
            FunctionKind::Generator => Type::Any,
            FunctionKind::Normal | FunctionKind::Async => return Err("yield outside a generator".into()),
        },
    })
}

fn local_type(function: &Function, local: LocalIdx) -> Rule<Type> {
    function.locals.get(local.index()).map(|l| l.ty).ok_or_else(|| format!("there is no local {}", local.0))
}

fn exact_local(function: &Function, local: LocalIdx, want: Type) -> Rule {
    match local_type(function, local)? {
        ty if ty == want => Ok(()),
        ty => Err(format!("local {} is {ty:?}, not {want:?}", local.0)),
    }
}

fn capture(function: &Function, node: &Expr) -> Rule<Type> {
    let (ExprKind::Capture(c) | ExprKind::SetCapture(c, _)) = &node.kind else { return Ok(node.ty) };
    let ty = function.captures.get(c.index()).ok_or_else(|| format!("there is no capture {}", c.0))?.ty;
    if let ExprKind::SetCapture(_, value) = &node.kind {
        demand(value.ty, ty, "the assigned value")?;
        return Ok(Type::Nil);
    }
    Ok(ty)
}

fn global(tables: &Tables<'_>, node: &Expr) -> Rule<Type> {
    let (ExprKind::Global(g) | ExprKind::GlobalOrUnset(g) | ExprKind::SetGlobal(g, _)) = &node.kind else {
        return Ok(node.ty);
    };
    let ty = tables.module.globals.get(g.index()).ok_or_else(|| format!("there is no global {}", g.0))?.ty;
    match &node.kind {
        ExprKind::SetGlobal(_, value) => {
            demand(value.ty, ty, "the assigned value")?;
            Ok(Type::Nil)
        }
        ExprKind::GlobalOrUnset(_) => Ok(Type::Any),
        _ => Ok(ty),
    }
}

fn unary(family: Family, op: UnOp, a: &Expr) -> Rule<Type> {
    let operand = match (family, op) {
        (Family::Dyn | Family::Grow, UnOp::Neg | UnOp::Not | UnOp::BitNot) => Type::Any,
        (Family::Int | Family::IntChecked, UnOp::Neg | UnOp::BitNot) | (Family::Int, UnOp::ToFloat) => Type::Int,
        (Family::Float, UnOp::Neg | UnOp::ToInt | UnOp::ToFloat32) => Type::Float,
        (Family::Bool, UnOp::Not) => Type::Bool,
        _ => return Err(format!("family {family:?} has no prefix operator {op:?}")),
    };
    demand(a.ty, operand, "the operand")?;
    Ok(build::unary_type(family, op))
}

fn binary(family: Family, op: BinOp, a: &Expr, b: &Expr) -> Rule<Type> {
    let arithmetic = matches!(op, BinOp::Add | BinOp::Sub | BinOp::Mul | BinOp::Div | BinOp::Rem);
    let floored = matches!(op, BinOp::FloorDiv | BinOp::Mod);
    let (allowed, operand) = match family {
        Family::Dyn | Family::Grow => (true, Type::Any),
        Family::Int | Family::IntChecked => (!floored, Type::Int),
        Family::Float => (arithmetic || op.is_comparison(), Type::Float),
        Family::Str => (op == BinOp::Add || op.is_comparison(), Type::Str),
        Family::Bool => (false, Type::Bool),
        Family::Same => (matches!(op, BinOp::Eq | BinOp::Ne), Type::Any),
    };
    if !allowed {
        return Err(format!("family {family:?} has no operator {op:?}"));
    }
    demand(a.ty, operand, "the left operand")?;
    demand(b.ty, operand, "the right operand")?;
    Ok(build::binary_type(family, op))
}

fn record(tables: &Tables<'_>, class: ClassIdx, fields: &[(String, Expr)]) -> Rule<Type> {
    in_range(class.index(), tables.module.classes.len(), "class")?;
    let declared = &tables.fields[class.index()];
    let mut names = BTreeSet::new();
    if !fields.iter().all(|(name, _)| names.insert(name.as_str())) {
        return Err("two fields of one name".into());
    }
    if fields.len() != declared.len() || !fields.iter().all(|(name, _)| declared.contains_key(name.as_str())) {
        return Ok(Type::Any);
    }
    for (name, value) in fields {
        demand(value.ty, field_type(tables, class, name)?, &format!("field {name}"))?;
    }
    Ok(Type::Record(class))
}

fn field_type(tables: &Tables<'_>, class: ClassIdx, name: &str) -> Rule<Type> {
    let class_info = &tables.module.classes[class.index()];
    match tables.fields[class.index()].get(name) {
        Some(&slot) => Ok(class_info.fields[slot].ty),
        None => Err(format!("class {} declares no field {name}", class_info.name)),
    }
}

fn slot_type(tables: &Tables<'_>, base: &Expr, class: ClassIdx, slot: u32) -> Rule<Type> {
    in_range(class.index(), tables.module.classes.len(), "class")?;
    demand(base.ty, Type::Record(class), "the base")?;
    let fields = &tables.module.classes[class.index()].fields;
    fields.get(slot as usize).map(|f| f.ty).ok_or_else(|| format!("class {} has no field {slot}", class.0))
}

/// A store into a record of known layout must keep the layout.
fn field_store(tables: &Tables<'_>, base: Type, name: &str, value: &Expr) -> Rule {
    match base {
        Type::Record(class) => demand(value.ty, field_type(tables, class, name)?, "the stored value"),
        _ => Ok(()),
    }
}

fn set_place(tables: &Tables<'_>, function: &Function, root: PlaceRoot, steps: &[PlaceStep], value: &Expr) -> Rule {
    let mut base = match root {
        PlaceRoot::Local(l) => local_type(function, l)?,
        PlaceRoot::Capture(c) => {
            function.captures.get(c.index()).ok_or_else(|| format!("there is no capture {}", c.0))?.ty
        }
        PlaceRoot::Global(g) => {
            tables.module.globals.get(g.index()).ok_or_else(|| format!("there is no global {}", g.0))?.ty
        }
    };
    let Some((last, before)) = steps.split_last() else {
        return Err("a place assignment needs a step".into());
    };
    for step in before {
        base = match (base, step) {
            (Type::Record(class), PlaceStep::Field(name)) => field_type(tables, class, name)?,
            (_, PlaceStep::Field(_) | PlaceStep::Index(_)) => Type::Any,
        };
    }
    match last {
        PlaceStep::Field(name) => field_store(tables, base, name, value),
        PlaceStep::Index(_) => Ok(()),
    }
}

fn closure(tables: &Tables<'_>, func: FuncIdx, values: &[Expr]) -> Rule<Type> {
    let captures = &tables.function(func)?.captures;
    if captures.len() != values.len() {
        return Err(format!("{} values for {} captures", values.len(), captures.len()));
    }
    for (capture, value) in captures.iter().zip(values) {
        demand(value.ty, capture.ty, "a captured value")?;
    }
    Ok(Type::Func)
}

fn call(tables: &Tables<'_>, func: FuncIdx, args: &[Expr]) -> Rule<Type> {
    let callee = tables.plain_function(func)?;
    if callee.params as usize != args.len() {
        return Err(format!("{} arguments for {} parameters", args.len(), callee.params));
    }
    for (param, arg) in callee.locals.iter().zip(args) {
        demand(arg.ty, param.ty, "an argument")?;
    }
    Ok(match callee.kind {
        FunctionKind::Normal => callee.result,
        FunctionKind::Generator | FunctionKind::Async => Type::Any,
    })
}

fn looping(function: &Function, node: &Expr) -> Rule<Type> {
    match &node.kind {
        ExprKind::While { cond, .. } => match cond {
            Some(cond) => demand(cond.ty, Type::Bool, "the condition")?,
            // Whether there is a `Break` is the business of the flow rules.
            None => return Ok(Type::Never),
        },
        ExprKind::ForRange { var, from, to, .. } => {
            exact_local(function, *var, Type::Int)?;
            demand(from.ty, Type::Int, "the first value")?;
            demand(to.ty, Type::Int, "the bound")?;
        }
        ExprKind::ForEach { var, .. } => exact_local(function, *var, Type::Any)?,
        _ => {}
    }
    Ok(Type::Nil)
}
