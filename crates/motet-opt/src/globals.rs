//! Globals that only the program's init function uses become its locals.
//!
//! A script's top-level variables are globals, because functions may see
//! them. Most are used by the top level alone, which runs once; as locals they
//! live in registers, can be narrowed and moved.
//!
//! Not part of [`crate::optimize`]: hosts that read globals by name (a REPL,
//! an embedder) need them to stay.

use alloc::{boxed::Box, collections::BTreeSet, vec, vec::Vec};

use motet_ir::{Expr, ExprKind, FuncIdx, GlobalIdx, GlobalInit, Local, LocalIdx, Module, PlaceRoot, Type, build};

/// Most globals that move into init, so that its frame stays moderate.
const MAX_PROMOTED: usize = 1_000;

/// Moves what can be moved. The globals themselves stay in the table, unused.
pub fn promote_globals(module: &mut Module) {
    let count = module.globals.len();
    let mut elsewhere = vec![false; count];
    for (i, function) in module.functions.iter().enumerate() {
        if FuncIdx(i as u32) != module.init {
            mentions(&function.body, &mut |g, _| elsewhere[g.index()] = true);
        } else if !is_plain(function) {
            return;
        }
    }
    let Some(init) = module.functions.get(module.init.index()) else { return };
    let assigned = assigned_first(&init.body, count);
    let mut needs_assigned = vec![false; count];
    let mut used = vec![false; count];
    mentions(&init.body, &mut |g, place| {
        used[g.index()] = true;
        needs_assigned[g.index()] |= place || module.globals[g.index()].ty != Type::Any;
    });
    let chosen: Vec<usize> = (0..count)
        .filter(|&g| used[g] && !elsewhere[g])
        .filter(|&g| assigned[g] || !needs_assigned[g])
        .filter(|&g| assigned[g] || module.globals[g].init == GlobalInit::Unset)
        .take(MAX_PROMOTED)
        .collect();
    if chosen.is_empty() {
        return;
    }
    let mut target: Vec<Option<LocalIdx>> = vec![None; count];
    let init = &mut module.functions[module.init.index()];
    let mut unset = Vec::new();
    for g in chosen {
        let local = LocalIdx(init.locals.len() as u32);
        target[g] = Some(local);
        let global = &module.globals[g];
        init.locals.push(Local { name: global.name.clone(), ty: global.ty });
        if !assigned[g] {
            unset.push(local);
        }
    }
    let names: Vec<_> = module.globals.iter().map(|g| g.name.clone()).collect();
    replace(&mut init.body, &target, &assigned, &names);
    if !unset.is_empty() {
        let span = init.body.span;
        let mut parts: Vec<Expr> = unset.into_iter().map(|l| build::set_local(l, build::unset(span), span)).collect();
        parts.push(core::mem::replace(&mut init.body, build::nil(span)));
        init.body = build::block(parts, span);
    }
}

/// Whether calling the function just runs its body, once per call, without captures.
fn is_plain(function: &motet_ir::Function) -> bool {
    function.kind == motet_ir::FunctionKind::Normal && function.captures.is_empty()
}

/// Reports every global that the tree mentions, and whether as the root of a place.
fn mentions(expr: &Expr, f: &mut dyn FnMut(GlobalIdx, bool)) {
    match &expr.kind {
        ExprKind::Global(g) | ExprKind::GlobalOrUnset(g) | ExprKind::SetGlobal(g, _) => f(*g, false),
        ExprKind::SetPlace(PlaceRoot::Global(g), ..) => f(*g, true),
        _ => {}
    }
    expr.for_each_child(|child| mentions(child, f));
}

/// Globals whose first mention is an assignment that every run passes before any other mention: a
/// `SetGlobal` that stands as a statement of the body's own sequence (nested blocks included).
fn assigned_first(body: &Expr, count: usize) -> Vec<bool> {
    let mut assigned = vec![false; count];
    let mut seen = BTreeSet::new();
    let mut work = vec![body];
    while let Some(expr) = work.pop() {
        match &expr.kind {
            ExprKind::Block(parts) => work.extend(parts.iter().rev()),
            ExprKind::SetGlobal(g, value) => {
                mentions(value, &mut |g, _| {
                    seen.insert(g);
                });
                if seen.insert(*g) {
                    assigned[g.index()] = true;
                }
            }
            _ => mentions(expr, &mut |g, _| {
                seen.insert(g);
            }),
        }
    }
    assigned
}

fn replace(expr: &mut Expr, target: &[Option<LocalIdx>], assigned: &[bool], names: &[alloc::string::String]) {
    expr.for_each_child_mut(|child| replace(child, target, assigned, names));
    let of = |g: &GlobalIdx| target.get(g.index()).copied().flatten();
    match &mut expr.kind {
        ExprKind::Global(g) => {
            if let Some(l) = of(g) {
                let g = g.index();
                expr.kind = ExprKind::Local(l);
                if !assigned[g] {
                    let inner = core::mem::replace(expr, build::nil(expr.span));
                    *expr = build::expr(
                        ExprKind::CheckSet(Box::new(inner.clone()), names[g].clone()),
                        inner.ty,
                        inner.span,
                    );
                }
            }
        }
        ExprKind::GlobalOrUnset(g) => {
            if let Some(l) = of(g) {
                expr.kind = ExprKind::Local(l);
            }
        }
        ExprKind::SetGlobal(g, value) => {
            if let Some(l) = of(g) {
                let value = core::mem::replace(value, Box::new(build::nil(expr.span)));
                expr.kind = ExprKind::SetLocal(l, value);
            }
        }
        ExprKind::SetPlace(root @ PlaceRoot::Global(_), ..) => {
            if let PlaceRoot::Global(g) = *root
                && let Some(l) = of(&g)
            {
                *root = PlaceRoot::Local(l);
            }
        }
        _ => {}
    }
}
