//! Prepares a program for live replacement: the first value of each global gets a function of its own, so that a later
//! version can give new globals their values without running the rest of its top level.
//!
//! The code stays where it is as well: an ordinary run does not change. Only assignments that stand on their own are
//! copied: statements of a file's top level that no local variable, loop or earlier statement is needed for.
//!
//! Invariants: existing indices keep their meaning; the module has one `live` entry per global afterwards.

use alloc::{format, vec, vec::Vec};

use motet_ir::{
    Expr, ExprKind, FuncIdx, Function, FunctionKind, GlobalInit, Label, LiveGlobal, LocalIdx, Module, PlaceRoot, Type,
    build,
};

/// Fills [`Module::live`] and adds the initialisers to the functions.
pub fn outline_initializers(module: &mut Module) {
    let count = module.globals.len();
    let mut live = vec![LiveGlobal::default(); count];
    for (entry, global) in live.iter_mut().zip(&module.globals) {
        if let GlobalInit::Func(f) = global.init {
            entry.source = module.functions[f.index()].source;
        }
    }
    let mut outlined = Vec::new();
    for index in 0..module.functions.len() {
        let function = &module.functions[index];
        let entry = index == module.init.index();
        if !(entry || function.hidden) || function.params > 0 || !function.captures.is_empty() {
            continue;
        }
        if function.kind != FunctionKind::Normal {
            continue;
        }
        let uses = LocalUses::of(function);
        for (g, statement) in first_assignments(&function.body, count) {
            live[g].source = function.source;
            if live[g].initializer.is_none()
                && let Some(initializer) = standalone(function, &uses, statement, &module.globals[g].name)
            {
                live[g].initializer = Some(FuncIdx((module.functions.len() + outlined.len()) as u32));
                outlined.push(initializer);
            }
        }
    }
    module.functions.extend(outlined);
    module.live = live;
}

/// Assignments of globals that stand as statements of the body's own sequence, the first of each global.
fn first_assignments(body: &Expr, count: usize) -> Vec<(usize, &Expr)> {
    let mut seen = vec![false; count];
    let mut found = Vec::new();
    let mut work = vec![body];
    while let Some(expr) = work.pop() {
        match &expr.kind {
            ExprKind::Block(parts) => work.extend(parts.iter().rev()),
            ExprKind::SetGlobal(g, _) if !core::mem::replace(&mut seen[g.index()], true) => {
                found.push((g.index(), expr));
            }
            _ => {}
        }
    }
    found
}

/// How often a function mentions each of its locals.
struct LocalUses(Vec<u32>);

impl LocalUses {
    fn of(function: &Function) -> Self {
        let mut uses = Self(vec![0; function.locals.len()]);
        uses.add(&function.body);
        uses
    }

    fn add(&mut self, expr: &Expr) {
        if let Some(local) = local_of(&expr.kind) {
            self.0[local.index()] += 1;
        }
        expr.for_each_child(|child| self.add(child));
    }
}

/// The local that the node itself reads or assigns.
fn local_of(kind: &ExprKind) -> Option<LocalIdx> {
    match kind {
        ExprKind::Local(l) | ExprKind::SetLocal(l, _) | ExprKind::SetPlace(PlaceRoot::Local(l), ..) => Some(*l),
        ExprKind::ForRange { var, .. }
        | ExprKind::ForEach { var, .. }
        | ExprKind::Choose { var, .. }
        | ExprKind::Try { var, .. } => Some(*var),
        _ => None,
    }
}

/// The statement as a function, if nothing around it takes part in it.
fn standalone(function: &Function, uses: &LocalUses, statement: &Expr, name: &str) -> Option<Function> {
    let mut inside = LocalUses(vec![0; uses.0.len()]);
    inside.add(statement);
    let own = inside.0.iter().zip(&uses.0).all(|(inside, all)| *inside == 0 || inside == all);
    if !own || !stays_inside(statement, &mut Vec::new()) {
        return None;
    }
    // The locals of the statement become the function's.
    let mut target = vec![LocalIdx(0); uses.0.len()];
    let mut locals = Vec::new();
    for (i, _) in inside.0.iter().enumerate().filter(|(_, n)| **n > 0) {
        target[i] = LocalIdx(locals.len() as u32);
        locals.push(function.locals[i].clone());
    }
    let mut body = statement.clone();
    renumber(&mut body, &target);
    let span = statement.span;
    Some(Function {
        name: format!("$init:{name}"),
        language: function.language,
        source: function.source,
        params: 0,
        optional: 0,
        locals,
        captures: Vec::new(),
        result: Type::Any,
        kind: FunctionKind::Normal,
        hidden: true,
        span,
        body: build::block(vec![body, build::nil(span)], span),
    })
}

/// Whether control leaves the code only at its end or by an error.
fn stays_inside(expr: &Expr, loops: &mut Vec<Label>) -> bool {
    let label = match &expr.kind {
        ExprKind::Return(_) | ExprKind::Yield(_) | ExprKind::Await(_) => return false,
        ExprKind::Break(label) | ExprKind::Continue(label) => return loops.contains(label),
        ExprKind::While { label, .. } | ExprKind::ForRange { label, .. } | ExprKind::ForEach { label, .. } => {
            Some(*label)
        }
        _ => None,
    };
    loops.extend(label);
    let mut inside = true;
    expr.for_each_child(|child| inside = inside && stays_inside(child, loops));
    if label.is_some() {
        loops.pop();
    }
    inside
}

fn renumber(expr: &mut Expr, target: &[LocalIdx]) {
    match &mut expr.kind {
        ExprKind::Local(l) | ExprKind::SetLocal(l, _) | ExprKind::SetPlace(PlaceRoot::Local(l), ..) => {
            *l = target[l.index()];
        }
        ExprKind::ForRange { var, .. }
        | ExprKind::ForEach { var, .. }
        | ExprKind::Choose { var, .. }
        | ExprKind::Try { var, .. } => {
            *var = target[var.index()];
        }
        _ => {}
    }
    expr.for_each_child_mut(|child| renumber(child, target));
}
