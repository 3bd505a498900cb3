//! Removes unreachable code, decided branches, values nobody uses and
//! assignments nobody reads.
//!
//! Invariant: of an expression that goes away, everything that could have an
//! effect, raise or not finish stays, in its order.

use alloc::{vec, vec::Vec};

use motet_ir::{Expr, ExprKind, Family, Function, Native, PlaceRoot, Type, UnOp, build};

use crate::{
    effects::is_harmless,
    rewrite::{self, take},
};

pub(crate) fn run(function: &mut Function, natives: &[Native]) {
    let reads = reads(function);
    rewrite::bottom_up(&mut function.body, &mut |node| simplify_node(natives, &reads, node));
}

/// How often each local is read.
fn reads(function: &Function) -> Vec<u32> {
    let mut reads = vec![0; function.locals.len()];
    function.body.walk(|node| {
        if let ExprKind::Local(l) | ExprKind::SetPlace(PlaceRoot::Local(l), ..) = &node.kind {
            reads[l.index()] += 1;
        }
    });
    reads
}

fn simplify_node(natives: &[Native], reads: &[u32], node: &mut Expr) {
    if keep_only_never(node) {
        return;
    }
    let span = node.span;
    match &mut node.kind {
        ExprKind::And(a, b) => match (&a.kind, &b.kind) {
            (ExprKind::Bool(true), _) => *node = take(b),
            (ExprKind::Bool(false), _) | (_, ExprKind::Bool(true)) => *node = take(a),
            _ => {}
        },
        ExprKind::Or(a, b) => match (&a.kind, &b.kind) {
            (ExprKind::Bool(false), _) => *node = take(b),
            (ExprKind::Bool(true), _) | (_, ExprKind::Bool(false)) => *node = take(a),
            _ => {}
        },
        ExprKind::Unary(Family::Bool, UnOp::Not, a) => {
            if let ExprKind::Unary(Family::Bool, UnOp::Not, inner) = &mut a.kind {
                *node = take(inner);
            }
        }
        ExprKind::If(..) => simplify_if(natives, node),
        ExprKind::While { cond, .. } => match cond.as_deref().map(|c| &c.kind) {
            Some(ExprKind::Bool(false)) => *node = build::nil(span),
            Some(ExprKind::Bool(true)) => *cond = None,
            _ => {}
        },
        ExprKind::ForRange { from, to, inclusive, .. } => {
            if let (ExprKind::Int(from), ExprKind::Int(to)) = (&from.kind, &to.kind)
                && (from > to || (from == to && !*inclusive))
            {
                *node = build::nil(span);
            }
        }
        ExprKind::SetLocal(local, value) if reads[local.index()] == 0 => {
            let value = take(value);
            *node = match is_harmless(Some(natives), &value) {
                true => build::nil(span),
                false => rewrite::after(value, build::nil(span)),
            };
            simplify_block(natives, node);
        }
        ExprKind::Try { body, .. } if is_harmless(Some(natives), body) => *node = take(body),
        ExprKind::Block(_) => simplify_block(natives, node),
        _ => {}
    }
}

/// If the operand that is evaluated first never finishes, the node is that operand.
fn keep_only_never(node: &mut Expr) -> bool {
    let leads = match &node.kind {
        ExprKind::Block(_) | ExprKind::Try { .. } | ExprKind::While { cond: None, .. } => false,
        _ => {
            let mut first = None;
            node.for_each_child(|child| first = first.or(Some(child.ty)));
            first == Some(Type::Never)
        }
    };
    if leads {
        let mut first = None;
        node.for_each_child_mut(|child| {
            if first.is_none() {
                first = Some(take(child));
            }
        });
        if let Some(first) = first {
            *node = first;
        }
    }
    leads
}

fn simplify_if(natives: &[Native], node: &mut Expr) {
    let ExprKind::If(cond, then, otherwise) = &mut node.kind else { return };
    if let ExprKind::Unary(Family::Bool, UnOp::Not, inner) = &mut cond.kind {
        **cond = take(inner);
        core::mem::swap(then, otherwise);
    }
    let replacement = match (&cond.kind, &then.kind, &otherwise.kind) {
        (ExprKind::Bool(true), _, _) => take(then),
        (ExprKind::Bool(false), _, _) => take(otherwise),
        (_, ExprKind::Bool(true), ExprKind::Bool(false)) => take(cond),
        (_, ExprKind::Bool(false), ExprKind::Bool(true)) => {
            let span = cond.span;
            build::unary(Family::Bool, UnOp::Not, take(cond), span)
        }
        (_, ExprKind::Nil, ExprKind::Nil) if is_harmless(Some(natives), cond) => build::nil(node.span),
        (_, ExprKind::Nil, ExprKind::Nil) => {
            let span = node.span;
            rewrite::after(take(cond), build::nil(span))
        }
        _ => return,
    };
    *node = replacement;
}

/// Splices inner blocks, drops what is not used, cuts after what never finishes.
fn simplify_block(natives: &[Native], node: &mut Expr) {
    let ExprKind::Block(parts) = &mut node.kind else { return };
    let count = parts.len();
    let mut kept = Vec::with_capacity(count);
    let mut finishes = true;
    for (i, mut part) in core::mem::take(parts).into_iter().enumerate() {
        let last = i + 1 == count;
        if !last && is_harmless(Some(natives), &part) {
            continue;
        }
        let never = part.ty == Type::Never;
        match &mut part.kind {
            ExprKind::Block(inner) if !inner.is_empty() => {
                let mut inner = core::mem::take(inner);
                if !last && inner.last().is_some_and(|value| is_harmless(Some(natives), value)) {
                    inner.pop();
                }
                kept.append(&mut inner);
            }
            ExprKind::Block(_) if !last => {}
            _ => kept.push(part),
        }
        if never {
            finishes = false;
            break;
        }
    }
    if kept.len() == 1 && kept[0].ty.fits(node.ty) {
        *node = kept.remove(0);
        return;
    }
    if finishes {
        let least = kept.last().map_or(Type::Nil, |last| last.ty);
        if least.fits(node.ty) {
            node.ty = least;
        }
    } else {
        node.ty = Type::Never;
    }
    node.kind = ExprKind::Block(kept);
}
