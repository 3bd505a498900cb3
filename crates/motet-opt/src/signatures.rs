//! Gives functions that are only called, never used as values, the types of
//! their arguments, and functions the type of their results.
//!
//! Optimistic, over the whole module: parameters and results start with no type
//! and take the join of what calls pass and functions return, as `narrow.rs`
//! infers it, until nothing changes. A function that had to be looked at too
//! often counts as passing and returning anything.

use alloc::{vec, vec::Vec};

use motet_ir::{Expr, ExprKind, FuncIdx, Function, FunctionKind, GlobalInit, Module, Type, build};

use crate::{checks, narrow, retype, rewrite};

/// How often a function is looked at.
const MAX_VISITS: u8 = 8;

/// What is known of a function.
#[derive(Clone, Default)]
struct Facts {
    /// It may be called by its value.
    escapes: bool,
    /// Its parameters are found out.
    open: bool,
    /// Its result is found out.
    open_result: bool,
    params: Vec<Type>,
    callers: Vec<u32>,
    visits: u8,
    queued: bool,
}

/// Which functions have changed.
pub(crate) fn run(module: &mut Module) -> Vec<bool> {
    let mut changed = vec![false; module.functions.len()];
    let facts = facts(module);
    if !facts.iter().any(|f| f.open || f.open_result) {
        return changed;
    }
    let mut solver = Solver {
        results: module.functions.iter().zip(&facts).map(|(f, facts)| first_result(f, facts)).collect(),
        queue: Vec::new(),
        functions: &module.functions,
        facts,
    };
    solver.run();
    let Solver { facts, mut results, .. } = solver;
    for (result, function) in results.iter_mut().zip(&module.functions) {
        // A function that never returns, or is never called, keeps its type.
        if *result == Type::Never {
            *result = function.result;
        }
    }
    let mut params: Vec<Vec<Type>> = Vec::with_capacity(facts.len());
    for (function, facts) in module.functions.iter().zip(&facts) {
        let count = function.params as usize;
        if facts.open && facts.visits > 0 {
            // With what the function itself assigns to them.
            let mut types = narrow::infer(function, &facts.params, &results);
            types.truncate(count);
            types.iter_mut().filter(|ty| **ty == Type::Never).for_each(|ty| *ty = Type::Any);
            params.push(types);
        } else {
            params.push(function.locals.iter().take(count).map(|l| l.ty).collect());
        }
    }
    for (i, function) in module.functions.iter_mut().enumerate() {
        changed[i] = apply(function, &facts[i], i, &params, &results);
    }
    changed
}

fn first_result(function: &Function, facts: &Facts) -> Type {
    match function.kind {
        FunctionKind::Normal if facts.open_result => Type::Never,
        FunctionKind::Normal => function.result,
        FunctionKind::Generator | FunctionKind::Async => Type::Any,
    }
}

/// Who calls whom, and what is found out.
fn facts(module: &Module) -> Vec<Facts> {
    let mut facts = vec![Facts::default(); module.functions.len()];
    for (caller, function) in module.functions.iter().enumerate() {
        function.body.walk(|node| match &node.kind {
            ExprKind::Func(f) | ExprKind::Closure(f, _) => facts[f.index()].escapes = true,
            ExprKind::Call(f, _) => {
                let callers = &mut facts[f.index()].callers;
                if callers.last() != Some(&(caller as u32)) {
                    callers.push(caller as u32);
                }
            }
            _ => {}
        });
    }
    let initial = module.globals.iter().filter_map(|g| match g.init {
        GlobalInit::Func(f) => Some(f),
        GlobalInit::Unset | GlobalInit::Nil | GlobalInit::Native(_) => None,
    });
    let methods = module.classes.iter().flat_map(|c| c.methods.iter().map(|m| m.1));
    let entries = module.live.iter().filter_map(|l| l.initializer).chain(module.tests.iter().map(|t| t.func));
    let used: Vec<FuncIdx> = initial.chain(methods).chain(entries).chain(module.main).chain([module.init]).collect();
    for f in used {
        facts[f.index()].escapes = true;
    }
    for (facts, function) in facts.iter_mut().zip(&module.functions) {
        let plain = function.kind == FunctionKind::Normal && function.captures.is_empty();
        let known = plain && !facts.callers.is_empty();
        facts.open = known && !facts.escapes;
        facts.open_result = known && function.result == Type::Any;
        let declared = function.locals.iter().take(function.params as usize);
        let open = facts.open;
        let first = |ty: Type| if open && ty == Type::Any { Type::Never } else { ty };
        facts.params = declared.map(|l| first(l.ty)).collect();
    }
    facts
}

struct Solver<'m> {
    functions: &'m [Function],
    facts: Vec<Facts>,
    results: Vec<Type>,
    queue: Vec<u32>,
}

impl Solver<'_> {
    fn run(&mut self) {
        for i in (0..self.functions.len()).rev() {
            if !self.facts[i].open {
                self.enqueue(i as u32);
            }
        }
        while let Some(i) = self.queue.pop() {
            self.facts[i as usize].queued = false;
            self.visit(i as usize);
        }
    }

    fn enqueue(&mut self, i: u32) {
        if !core::mem::replace(&mut self.facts[i as usize].queued, true) {
            self.queue.push(i);
        }
    }

    fn visit(&mut self, i: usize) {
        let facts = &mut self.facts[i];
        if facts.visits > MAX_VISITS {
            return;
        }
        facts.visits += 1;
        let anything = facts.visits > MAX_VISITS;
        let function = &self.functions[i];
        let types = narrow::infer(function, &self.facts[i].params, &self.results);
        let of = |node: &Expr, results: &[Type]| match anything {
            true => Type::Any,
            false => stored(narrow::type_of(node, &types, results)),
        };
        let mut result = Type::Never;
        let mut passed: Vec<(FuncIdx, usize, Type)> = Vec::new();
        let mut called: Vec<FuncIdx> = Vec::new();
        function.body.walk(|node| match &node.kind {
            ExprKind::Return(value) => result = result.join(of(value, &self.results)),
            ExprKind::Call(f, args) if self.facts[f.index()].open => {
                called.push(*f);
                passed.extend(args.iter().enumerate().map(|(a, arg)| (*f, a, of(arg, &self.results))));
            }
            _ => {}
        });
        if function.body.ty != Type::Never {
            result = result.join(of(&function.body, &self.results));
        }
        for (f, a, ty) in passed {
            let Some(param) = self.facts[f.index()].params.get_mut(a) else { continue };
            let joined = param.join(ty);
            if core::mem::replace(param, joined) != joined {
                self.enqueue(f.0);
            }
        }
        for f in called {
            if self.facts[f.index()].visits == 0 {
                self.enqueue(f.0);
            }
        }
        if self.facts[i].open_result {
            let joined = self.results[i].join(result);
            if core::mem::replace(&mut self.results[i], joined) != joined {
                for caller in self.facts[i].callers.clone() {
                    // One that was not reached yet will be looked at when it is.
                    if !self.facts[caller as usize].open || self.facts[caller as usize].visits > 0 {
                        self.enqueue(caller);
                    }
                }
            }
        }
    }
}

/// The type that a variable gets: records may change their layout, and nothing is gained from `nil`.
fn stored(ty: Type) -> Type {
    match ty {
        Type::Record(_) | Type::Nil => Type::Any,
        _ => ty,
    }
}

/// Declares what was found out about a function and about those that it calls. Whether anything changed.
fn apply(function: &mut Function, facts: &Facts, i: usize, params: &[Vec<Type>], results: &[Type]) -> bool {
    let mut calls = false;
    function.body.walk(|node| calls |= matches!(node.kind, ExprKind::Call(..)));
    if !calls && !facts.open && !facts.open_result {
        return false;
    }
    let types = narrow::infer(function, if facts.open { &params[i] } else { &[] }, results);
    for (local, ty) in function.locals.iter_mut().zip(&params[i]) {
        local.ty = *ty;
    }
    narrow::set_locals(function, types);
    if facts.open {
        // Every call passes them all, if only as `Unset`.
        function.optional = 0;
    }
    function.result = results[i];
    let Function { body, locals, result, .. } = function;
    rewrite::bottom_up(body, &mut |node| {
        match &mut node.kind {
            ExprKind::Call(f, args) => {
                for (arg, want) in args.iter_mut().zip(&params[f.index()]) {
                    cast(arg, *want);
                }
                if results[f.index()].fits(node.ty) {
                    node.ty = results[f.index()];
                }
            }
            ExprKind::Return(value) => cast(value, *result),
            _ => retype::retype_node(locals, node),
        }
        checks::check_node(node);
    });
    if body.ty != Type::Never {
        cast(body, *result);
    }
    true
}

/// Where the static types say less than was found out, the value is proven to be of the type.
fn cast(value: &mut Expr, want: Type) {
    if !value.ty.fits(want) {
        let inner = rewrite::take(value);
        *value = build::cast(want, inner);
    }
}
