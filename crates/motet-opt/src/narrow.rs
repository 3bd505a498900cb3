//! Narrows `any` locals that only ever hold values of one type.
//!
//! Flow-insensitive and optimistic: every candidate starts with no type and
//! takes the join of the types assigned, until nothing changes. Parameters,
//! loop and catch variables, roots of place assignments and locals that may be
//! read before they are assigned stay `any`. Sites and readers are indexed, so
//! that a change re-examines only the assignments that read the local.

use alloc::{vec, vec::Vec};

use motet_ir::{Expr, ExprKind, Family, Function, LocalIdx, PlaceRoot, Type, build, read_before_assigned};

use crate::retype;

/// Nodes of one assigned value that are looked at before it counts as `any`.
const BUDGET: usize = 256;

pub(crate) fn run(function: &mut Function) {
    narrow_locals(function);
    retype::run(function);
}

/// Narrows the declared types only; reads and what is computed from them are retyped by [`retype`].
pub(crate) fn narrow_locals(function: &mut Function) {
    let types = infer(function, &[], &[]);
    set_locals(function, types);
}

/// Declares the inferred types of locals, where that helps.
pub(crate) fn set_locals(function: &mut Function, types: Vec<Type>) {
    for (local, ty) in function.locals.iter_mut().zip(types) {
        match ty {
            // Without an assignment there is nothing to read; records may change their layout.
            Type::Never | Type::Record(_) | Type::Nil => {}
            _ if local.ty == Type::Any => local.ty = ty,
            _ => {}
        }
    }
}

/// The type that each local can have; `Any` for those that are no candidates. `params`: the types of all arguments, if
/// they are known; `results`: what calls of functions give, as far as that is known.
pub(crate) fn infer(function: &Function, params: &[Type], results: &[Type]) -> Vec<Type> {
    let mut types: Vec<Type> = function.locals.iter().map(|l| l.ty).collect();
    let candidates = candidates(function, !params.is_empty());
    if !candidates.contains(&true) {
        return types;
    }
    for (ty, candidate) in types.iter_mut().zip(&candidates) {
        if *candidate {
            *ty = Type::Never;
        }
    }
    for ((ty, param), candidate) in types.iter_mut().zip(params).zip(&candidates) {
        if *candidate {
            *ty = *param;
        }
    }
    let mut sites: Vec<(LocalIdx, &Expr)> = Vec::new();
    let mut readers: Vec<Vec<u32>> = vec![Vec::new(); types.len()];
    function.body.walk(|node| {
        if let ExprKind::SetLocal(local, value) = &node.kind
            && candidates[local.index()]
        {
            let site = sites.len() as u32;
            sites.push((*local, value));
            note_readers(value, &candidates, &mut readers, site);
        }
    });
    solve(&mut types, results, &sites, &readers);
    types
}

fn solve(types: &mut [Type], results: &[Type], sites: &[(LocalIdx, &Expr)], readers: &[Vec<u32>]) {
    let mut queued = vec![true; sites.len()];
    let mut queue: Vec<u32> = (0..sites.len() as u32).rev().collect();
    while let Some(site) = queue.pop() {
        queued[site as usize] = false;
        let (local, value) = sites[site as usize];
        let old = types[local.index()];
        let new = old.join(type_of(value, types, results));
        if new == old {
            continue;
        }
        types[local.index()] = new;
        for &reader in &readers[local.index()] {
            if !core::mem::replace(&mut queued[reader as usize], true) {
                queue.push(reader);
            }
        }
    }
}

fn candidates(function: &Function, with_params: bool) -> Vec<bool> {
    let early = read_before_assigned(function);
    let params = if with_params { 0 } else { function.params as usize };
    let mut candidates: Vec<bool> = (function.locals.iter().zip(&early).enumerate())
        .map(|(i, (local, early))| i >= params && local.ty == Type::Any && !early)
        .collect();
    function.body.walk(|node| match &node.kind {
        ExprKind::ForEach { var, .. }
        | ExprKind::Try { var, .. }
        | ExprKind::Choose { var, .. }
        | ExprKind::SetPlace(PlaceRoot::Local(var), ..) => candidates[var.index()] = false,
        _ => {}
    });
    candidates
}

/// The operands whose types decide that of the node.
fn deciding<'a>(node: &'a Expr, mut f: impl FnMut(&'a Expr)) {
    match &node.kind {
        ExprKind::Share(a) | ExprKind::CheckSet(a, _) => f(a),
        ExprKind::Binary(Family::Dyn | Family::Grow, _, a, b) => {
            f(a);
            f(b);
        }
        ExprKind::Unary(Family::Dyn | Family::Grow, _, a) => f(a),
        ExprKind::If(_, a, b) | ExprKind::Try { body: a, handler: b, .. } => {
            f(a);
            f(b);
        }
        ExprKind::Choose { then, else_, other, .. } => {
            f(then);
            f(else_);
            f(other);
        }
        ExprKind::Block(parts) => parts.last().into_iter().for_each(f),
        _ => {}
    }
}

fn note_readers(value: &Expr, candidates: &[bool], readers: &mut [Vec<u32>], site: u32) {
    let mut stack = vec![value];
    let mut budget = BUDGET;
    while let Some(node) = stack.pop() {
        if node.ty != Type::Any || budget == 0 {
            continue;
        }
        budget -= 1;
        if let ExprKind::Local(l) = &node.kind
            && candidates[l.index()]
            && readers[l.index()].last() != Some(&site)
        {
            readers[l.index()].push(site);
        }
        deciding(node, |operand| stack.push(operand));
    }
}

/// The type of a value, given those of the locals and of the results of calls.
pub(crate) fn type_of(node: &Expr, types: &[Type], results: &[Type]) -> Type {
    type_within(node, types, results, &mut { BUDGET })
}

fn type_within(node: &Expr, types: &[Type], results: &[Type], budget: &mut usize) -> Type {
    if node.ty != Type::Any {
        return node.ty;
    }
    if *budget == 0 {
        return Type::Any;
    }
    *budget -= 1;
    let mut of = |e: &Expr| type_within(e, types, results, budget);
    match &node.kind {
        ExprKind::Call(func, _) => results.get(func.index()).copied().unwrap_or(Type::Any),
        ExprKind::Local(l) => types[l.index()],
        ExprKind::Share(a) | ExprKind::CheckSet(a, _) => of(a),
        ExprKind::Binary(dynamic @ (Family::Dyn | Family::Grow), op, a, b) => {
            let (left, right) = (of(a), of(b));
            if left == Type::Never || right == Type::Never {
                return Type::Never;
            }
            let family = retype::binary_family(*dynamic, *op, left, right, Some(&b.kind));
            family.map_or(Type::Any, |family| build::binary_type(family, *op))
        }
        ExprKind::Unary(dynamic @ (Family::Dyn | Family::Grow), op, a) => match of(a) {
            Type::Never => Type::Never,
            ty => retype::unary_family(*dynamic, *op, ty).map_or(Type::Any, |family| build::unary_type(family, *op)),
        },
        ExprKind::If(_, a, b) | ExprKind::Try { body: a, handler: b, .. } => of(a).join(of(b)),
        ExprKind::Choose { then, else_, other, .. } => of(then).join(of(else_)).join(of(other)),
        ExprKind::Block(parts) => parts.last().map_or(Type::Nil, of),
        _ => Type::Any,
    }
}
