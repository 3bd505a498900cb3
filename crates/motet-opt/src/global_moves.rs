//! Hands the value of a global to a native that consumes it, when the global is
//! assigned again at once: `let [rest, x] := pop(todo)  todo := rest`.
//!
//! Between the call and the assignment nothing may happen that could show the
//! global's old value: no call, no error, no read of it. A native that consumes
//! raises before it changes anything.

use motet_ir::{Expr, ExprKind, GlobalIdx, Native};

use crate::rewrite::take;

/// Most statements between the call and the assignment.
const DISTANCE: usize = 12;

pub(crate) fn run(natives: &[Native], node: &mut Expr) {
    node.for_each_child_mut(|child| run(natives, child));
    let ExprKind::Block(parts) = &mut node.kind else { return };
    for i in 0..parts.len() {
        let Some(global) = consumed(natives, &parts[i]) else { continue };
        if is_assigned(natives, &parts[i + 1..], global) {
            hand_over(&mut parts[i]);
        }
    }
}

/// The global whose marked value the first argument of a consuming call is, if the other arguments are quiet.
fn consumed(natives: &[Native], statement: &Expr) -> Option<GlobalIdx> {
    let ExprKind::SetLocal(_, value) = &statement.kind else { return None };
    let ExprKind::CallNative(native, args) = &value.kind else { return None };
    let (first, rest) = args.split_first()?;
    let ExprKind::Share(read) = &first.expr.kind else { return None };
    let quiet = rest.iter().all(|arg| !arg.spread && is_quiet(natives, &arg.expr));
    if !natives[native.index()].effects.consumes_first || first.spread || !quiet {
        return None;
    }
    let read = if let ExprKind::CheckSet(read, _) = &read.kind { read } else { read };
    if let ExprKind::Global(global) = read.kind { Some(global) } else { None }
}

/// Whether the global is assigned before anything else of interest happens.
fn is_assigned(natives: &[Native], statements: &[Expr], wanted: GlobalIdx) -> bool {
    for statement in statements.iter().take(DISTANCE) {
        match &statement.kind {
            ExprKind::SetLocal(_, value) if is_quiet(natives, value) => {}
            ExprKind::SetGlobal(global, value) => {
                if !is_quiet(natives, value) {
                    return false;
                }
                if *global == wanted {
                    return true;
                }
            }
            ExprKind::Nil => {}
            _ => return false,
        }
    }
    false
}

/// Whether evaluating the expression raises nothing, calls nothing and reads no global.
fn is_quiet(natives: &[Native], expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Nil
        | ExprKind::Unset
        | ExprKind::Bool(_)
        | ExprKind::Int(_)
        | ExprKind::Float(_)
        | ExprKind::Str(_)
        | ExprKind::Func(_)
        | ExprKind::Native(_)
        | ExprKind::Local(_)
        | ExprKind::Capture(_) => true,
        ExprKind::Share(a) => is_quiet(natives, a),
        ExprKind::SharePart(a, b) => is_quiet(natives, a) && is_quiet(natives, b),
        ExprKind::CallNative(native, args) => {
            natives[native.index()].effects.part && args.iter().all(|arg| !arg.spread && is_quiet(natives, &arg.expr))
        }
        _ => false,
    }
}

fn hand_over(statement: &mut Expr) {
    if let ExprKind::SetLocal(_, value) = &mut statement.kind
        && let ExprKind::CallNative(_, args) = &mut value.kind
        && let Some(first) = args.first_mut()
        && let ExprKind::Share(read) = &mut first.expr.kind
    {
        first.expr = take(read);
    }
}
