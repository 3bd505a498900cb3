//! Which globals a call may change, so that a caller need not mark what it
//! reads of them meanwhile.
//!
//! A function changes what it assigns, and what the functions that it calls
//! change. A call whose callee is not known may reach every function that is
//! used as a value or a method, or that is resumed rather than called. While a
//! function is suspended, anything may happen. Natives never call back, except
//! that those which keep their arguments are not trusted in this.
//!
//! Functions of the host (their names have no dot) may start tasks. Where a program uses one, every call and loop
//! may let another task run, which changes any global.

use alloc::{
    collections::{BTreeMap, BTreeSet},
    vec,
    vec::Vec,
};

use motet_ir::{Expr, ExprKind, Family, FunctionKind, GlobalIdx, GlobalInit, Module, Native, PlaceRoot};

/// Most globals that are followed; of the others, every call may change every one.
const MAX_GLOBALS: usize = 64;

/// Most nodes of a stretch of code that is looked through.
const BUDGET: usize = 10_000;

/// Facts about the module that decide what code may do.
#[derive(Clone, Copy)]
struct Facts<'a> {
    natives: &'a [Native],
    has_methods: bool,
    has_tasks: bool,
}

/// What evaluating some code does to globals.
#[derive(Default)]
struct Summary {
    changed: BTreeSet<GlobalIdx>,
    called: BTreeSet<u32>,
    /// It calls what is not known.
    dynamic: bool,
    /// It lets other code run in between.
    suspends: bool,
}

impl Summary {
    fn add(&mut self, facts: Facts<'_>, node: &Expr) {
        let Facts { natives, has_methods, has_tasks } = facts;
        self.suspends |= has_tasks && may_switch(natives, node);
        match &node.kind {
            ExprKind::SetGlobal(g, _) | ExprKind::SetPlace(PlaceRoot::Global(g), ..) => {
                self.changed.insert(*g);
            }
            ExprKind::Call(func, _) => {
                self.called.insert(func.0);
            }
            ExprKind::CallNative(native, _) => {
                let effects = natives[native.index()].effects;
                self.dynamic |= effects.retains && !effects.consumes_first;
            }
            // Iterating may resume a generator.
            ExprKind::CallValue(..) | ExprKind::Send(..) | ExprKind::SendFrom(..) | ExprKind::ForEach { .. } => {
                self.dynamic = true;
            }
            ExprKind::Unary(Family::Dyn | Family::Grow, ..) | ExprKind::Binary(Family::Dyn | Family::Grow, ..) => {
                self.dynamic |= has_methods;
            }
            ExprKind::Truthy(_) | ExprKind::Concat(_) | ExprKind::Index(..) | ExprKind::SetIndex(..) => {
                self.dynamic |= has_methods;
            }
            ExprKind::Yield(_) | ExprKind::Await(_) => self.suspends = true,
            _ => {}
        }
    }
}

/// For the globals that were asked for: which functions may change them.
pub(crate) struct GlobalChanges {
    has_methods: bool,
    has_tasks: bool,
    /// Per global: for each function, and in the end for unknown callees, whether it may change it.
    by_global: BTreeMap<GlobalIdx, Vec<bool>>,
}

impl GlobalChanges {
    pub(crate) fn of(module: &Module, globals: &BTreeSet<GlobalIdx>) -> Self {
        let has_methods = module.classes.iter().any(|class| !class.methods.is_empty());
        let has_tasks = module.natives.iter().any(is_of_host);
        let mut all = Self { has_methods, has_tasks, by_global: BTreeMap::new() };
        if globals.is_empty() {
            return all;
        }
        let count = module.functions.len();
        let mut reachable = vec![false; count];
        for (i, function) in module.functions.iter().enumerate() {
            reachable[i] = function.kind != FunctionKind::Normal;
        }
        for class in &module.classes {
            class.methods.iter().for_each(|method| reachable[method.1.index()] = true);
        }
        for global in &module.globals {
            if let GlobalInit::Func(func) = global.init {
                reachable[func.index()] = true;
            }
        }
        let mut callers: Vec<Vec<u32>> = vec![Vec::new(); count];
        let mut dynamic: Vec<u32> = Vec::new();
        let mut suspending: Vec<u32> = Vec::new();
        let mut changers: BTreeMap<GlobalIdx, Vec<u32>> = BTreeMap::new();
        for (i, function) in module.functions.iter().enumerate() {
            let mut summary = Summary::default();
            function.body.walk(|node| {
                summary.add(Facts { natives: &module.natives, has_methods, has_tasks }, node);
                if let ExprKind::Func(func) | ExprKind::Closure(func, _) = &node.kind {
                    reachable[func.index()] = true;
                }
            });
            let i = i as u32;
            summary.called.iter().for_each(|&callee| callers[callee as usize].push(i));
            for global in summary.changed {
                changers.entry(global).or_default().push(i);
            }
            if summary.dynamic {
                dynamic.push(i);
            }
            if summary.suspends {
                suspending.push(i);
            }
        }
        for &global in globals.iter().take(MAX_GLOBALS) {
            let mut changes = vec![false; count + 1];
            let mut work = changers.remove(&global).unwrap_or_default();
            work.extend(&suspending);
            while let Some(i) = work.pop() {
                if core::mem::replace(&mut changes[i as usize], true) {
                    continue;
                }
                work.extend(&callers[i as usize]);
                if reachable[i as usize] && !core::mem::replace(&mut changes[count], true) {
                    work.extend(&dynamic);
                }
            }
            all.by_global.insert(global, changes);
        }
        all
    }

    /// Whether a call of the function may change the global.
    pub(crate) fn by_call(&self, global: GlobalIdx, func: motet_ir::FuncIdx) -> bool {
        self.by_global.get(&global).is_none_or(|changes| changes[func.index()])
    }

    /// Whether evaluating the expression may change the global.
    pub(crate) fn within(&self, natives: &[Native], global: GlobalIdx, expr: &Expr) -> bool {
        let Some(changes) = self.by_global.get(&global) else { return true };
        let mut summary = Summary::default();
        let mut budget = BUDGET;
        let facts = Facts { natives, has_methods: self.has_methods, has_tasks: self.has_tasks };
        summarize(facts, expr, &mut summary, &mut budget);
        let unknown = changes.last().copied().unwrap_or(true);
        budget == 0
            || summary.suspends
            || (summary.dynamic && unknown)
            || summary.changed.contains(&global)
            || summary.called.iter().any(|&func| changes[func as usize])
    }
}

fn is_of_host(native: &Native) -> bool {
    !native.name.contains('.')
}

/// Whether another task may run while the node is evaluated, apart from its operands.
fn may_switch(natives: &[Native], node: &Expr) -> bool {
    match &node.kind {
        ExprKind::Call(..)
        | ExprKind::CallValue(..)
        | ExprKind::Send(..)
        | ExprKind::SendFrom(..)
        | ExprKind::While { .. }
        | ExprKind::ForRange { .. }
        | ExprKind::ForEach { .. } => true,
        ExprKind::CallNative(native, _) => is_of_host(&natives[native.index()]),
        _ => false,
    }
}

fn summarize(facts: Facts<'_>, expr: &Expr, summary: &mut Summary, budget: &mut usize) {
    if *budget == 0 {
        return;
    }
    *budget -= 1;
    summary.add(facts, expr);
    expr.for_each_child(|child| summarize(facts, child, summary, budget));
}
