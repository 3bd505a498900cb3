//! Which parameters a function only looks at.
//!
//! A parameter is borrowed if its value is never assigned, never the root of a
//! place assignment and never, without a `Share` around it, stored, captured,
//! returned, raised or handed to someone who could do so. While a known
//! function runs, its caller waits; so a caller that passes its own local to a
//! borrowed parameter is still the only one who could update the value.
//! Generators and async functions outlive their calls and borrow nothing.

use alloc::{vec, vec::Vec};

use motet_ir::{
    Arg, Elem, Entry, Expr, ExprKind, FuncIdx, Function, FunctionKind, LocalIdx, Module, Native, PlaceRoot, PlaceStep,
};

/// Nodes of later arguments that are looked at before they count as interfering.
const BUDGET: usize = 256;

/// What the surroundings do with the value of an expression.
#[derive(Clone, Copy)]
enum Use {
    /// Look at it, or drop it.
    Look,
    /// Keep it, maybe.
    Keep,
    /// Keep a part of it.
    GiveUpPart,
    /// Pass it as this argument of a known function.
    Pass(FuncIdx, usize),
}

/// What happens to locals.
enum Event {
    Used(LocalIdx, Use),
    Changed(LocalIdx),
}

/// Per function and parameter: whether it is borrowed.
pub(crate) struct Masks {
    /// Per function: where its parameters begin in `borrowed`. One more entry at the end.
    first: Vec<u32>,
    borrowed: Vec<bool>,
}

impl Masks {
    /// The greatest solution over all known calls.
    pub(crate) fn of(module: &Module) -> Self {
        let mut first = Vec::with_capacity(module.functions.len() + 1);
        let mut count = 0;
        for function in &module.functions {
            first.push(count);
            count += function.params;
        }
        first.push(count);
        let mut lost: Vec<u32> = Vec::new();
        // A parameter, and the one that it is passed on as.
        let mut passed: Vec<(u32, u32)> = Vec::new();
        for (function, own) in module.functions.iter().zip(&first) {
            let params = function.params;
            if function.kind != FunctionKind::Normal {
                lost.extend(*own..*own + params);
                continue;
            }
            let mut note = |event| match event {
                Event::Used(l, Use::Keep | Use::GiveUpPart) | Event::Changed(l) if l.0 < params => {
                    lost.push(own + l.0);
                }
                Event::Used(l, Use::Pass(callee, arg)) if l.0 < params => {
                    passed.push((own + l.0, first[callee.index()] + arg as u32));
                }
                Event::Used(..) | Event::Changed(_) => {}
            };
            if params > 0 {
                Walk { natives: &module.natives, note: &mut note, budget: usize::MAX }.expr(&function.body, Use::Keep);
            }
        }
        passed.sort_unstable_by_key(|&(_, to)| to);
        let mut masks = Self { first, borrowed: vec![true; count as usize] };
        while let Some(param) = lost.pop() {
            if core::mem::replace(&mut masks.borrowed[param as usize], false) {
                let start = passed.partition_point(|&(_, to)| to < param);
                lost.extend(passed[start..].iter().take_while(|&&(_, to)| to == param).map(|&(from, _)| from));
            }
        }
        masks
    }

    /// Whether all methods of the name, of which there are some, borrow this parameter.
    pub(crate) fn is_borrowed_by_method(&self, methods: &[FuncIdx], param: usize) -> bool {
        !methods.is_empty() && methods.iter().all(|&method| self.is_borrowed(method, param))
    }

    pub(crate) fn is_borrowed(&self, func: FuncIdx, param: usize) -> bool {
        let at = self.first[func.index()] as usize + param;
        at < self.first[func.index() + 1] as usize && self.borrowed[at]
    }

    fn keeps(&self, usage: Use) -> bool {
        match usage {
            Use::Look => false,
            Use::Keep | Use::GiveUpPart => true,
            Use::Pass(func, arg) => !self.is_borrowed(func, arg),
        }
    }
}

/// Per local: whether its value is somewhere kept without a `Share` around it. Parts that are given up do not
/// count: no local gives up anything while a loop goes through its value.
pub(crate) fn retained_raw(natives: &[Native], masks: &Masks, function: &Function) -> Vec<bool> {
    let mut retained = vec![false; function.locals.len()];
    let mut note = |event| {
        if let Event::Used(local, usage) = event
            && !matches!(usage, Use::GiveUpPart)
            && masks.keeps(usage)
        {
            retained[local.index()] = true;
        }
    };
    Walk { natives, note: &mut note, budget: usize::MAX }.expr(&function.body, Use::Keep);
    retained
}

/// Whether the arguments from number `first` on neither change the local nor let go of its value unmarked.
pub(crate) fn later_arguments_leave(
    natives: &[Native],
    masks: &Masks,
    func: Option<FuncIdx>,
    later: &[&Expr],
    first: usize,
    local: LocalIdx,
) -> bool {
    let mut leaves = true;
    let mut note = |event| match event {
        Event::Changed(l) => leaves &= l != local,
        Event::Used(l, usage) => leaves &= l != local || !masks.keeps(usage),
    };
    let mut walk = Walk { natives, note: &mut note, budget: BUDGET };
    for (i, arg) in later.iter().enumerate() {
        walk.expr(arg, func.map_or(Use::Keep, |func| Use::Pass(func, first + i)));
    }
    let seen_all = walk.budget > 0;
    leaves && seen_all
}

struct Walk<'a> {
    natives: &'a [Native],
    note: &'a mut dyn FnMut(Event),
    budget: usize,
}

impl Walk<'_> {
    fn expr(&mut self, node: &Expr, usage: Use) {
        if self.budget == 0 {
            return;
        }
        self.budget -= 1;
        match &node.kind {
            ExprKind::Local(l) => (self.note)(Event::Used(*l, usage)),
            ExprKind::SetLocal(l, value) => {
                (self.note)(Event::Changed(*l));
                self.expr(value, Use::Keep);
            }
            ExprKind::SetPlace(root, steps, value) => {
                if let PlaceRoot::Local(l) = root {
                    (self.note)(Event::Changed(*l));
                }
                self.expr(value, Use::Keep);
                for step in steps {
                    match step {
                        PlaceStep::Index(index) => self.expr(index, Use::Keep),
                        PlaceStep::Field(_) => {}
                    }
                }
            }
            ExprKind::SharePart(container, part) => {
                self.expr(container, Use::GiveUpPart);
                self.expr(part, Use::Look);
            }
            // Who marks it may do anything with it.
            ExprKind::Share(a) => self.expr(a, Use::Look),
            ExprKind::CheckSet(a, _) | ExprKind::Cast(_, a) => self.expr(a, usage),
            ExprKind::Block(parts) => {
                for (i, part) in parts.iter().enumerate() {
                    self.expr(part, if i + 1 == parts.len() { usage } else { Use::Look });
                }
            }
            ExprKind::If(cond, then, otherwise) => {
                self.expr(cond, Use::Look);
                self.expr(then, usage);
                self.expr(otherwise, usage);
            }
            ExprKind::Choose { cond, then, else_, var, other } => {
                (self.note)(Event::Changed(*var));
                self.expr(cond, Use::Keep);
                self.expr(then, usage);
                self.expr(else_, usage);
                self.expr(other, usage);
            }
            ExprKind::Try { body, var, handler } => {
                (self.note)(Event::Changed(*var));
                self.expr(body, usage);
                self.expr(handler, usage);
            }
            ExprKind::ForRange { var, .. } => {
                (self.note)(Event::Changed(*var));
                self.all(node, Use::Look);
            }
            ExprKind::ForEach { var, iter, body, .. } => {
                (self.note)(Event::Changed(*var));
                // Nobody but this function could update it meanwhile, and that would be an event.
                self.expr(iter, Use::Look);
                self.expr(body, Use::Look);
            }
            ExprKind::Call(func, args) => {
                for (i, arg) in args.iter().enumerate() {
                    self.expr(arg, Use::Pass(*func, i));
                }
            }
            ExprKind::CallNative(native, args) => {
                let effects = self.natives[native.index()].effects;
                for (i, Arg { expr, .. }) in args.iter().enumerate() {
                    let keeps = effects.retains || (effects.consumes_first && i == 0);
                    self.expr(expr, if keeps { Use::Keep } else { Use::Look });
                }
            }
            ExprKind::Map(entries) => {
                for entry in entries {
                    match entry {
                        Entry::One(key, value) => {
                            self.expr(key, Use::Keep);
                            self.expr(value, Use::Keep);
                        }
                        Entry::Spread(all) => self.expr(all, Use::Look),
                    }
                }
            }
            ExprKind::List(elems) => {
                for elem in elems {
                    match elem {
                        Elem::One(value) => self.expr(value, Use::Keep),
                        Elem::Spread(all) => self.expr(all, Use::Look),
                    }
                }
            }
            ExprKind::IsUnset(_)
            | ExprKind::Unary(..)
            | ExprKind::Binary(..)
            | ExprKind::And(..)
            | ExprKind::Or(..)
            | ExprKind::Truthy(_)
            | ExprKind::IsNil(_)
            | ExprKind::IsClass(..)
            | ExprKind::IsType(..)
            | ExprKind::Concat(_)
            | ExprKind::CellGet(_)
            | ExprKind::Index(..)
            | ExprKind::Field(..)
            | ExprKind::Slot(..)
            | ExprKind::Part(..)
            | ExprKind::While { .. } => self.all(node, Use::Look),
            ExprKind::Nil
            | ExprKind::Unset
            | ExprKind::Bool(_)
            | ExprKind::Int(_)
            | ExprKind::Float(_)
            | ExprKind::Str(_)
            | ExprKind::Func(_)
            | ExprKind::Native(_)
            | ExprKind::Capture(_)
            | ExprKind::SetCapture(..)
            | ExprKind::Global(_)
            | ExprKind::GlobalOrUnset(_)
            | ExprKind::SetGlobal(..)
            | ExprKind::Record(..)
            | ExprKind::Closure(..)
            | ExprKind::NewCell(_)
            | ExprKind::CellSet(..)
            | ExprKind::SetIndex(..)
            | ExprKind::SetField(..)
            | ExprKind::SetSlot(..)
            | ExprKind::SetPart(..)
            | ExprKind::CallValue(..)
            | ExprKind::Send(..)
            | ExprKind::SendFrom(..)
            | ExprKind::Break(_)
            | ExprKind::Continue(_)
            | ExprKind::Return(_)
            | ExprKind::Raise(_)
            | ExprKind::RaiseError(_)
            | ExprKind::Yield(_)
            | ExprKind::Await(_) => self.all(node, Use::Keep),
        }
    }

    fn all(&mut self, node: &Expr, usage: Use) {
        node.for_each_child(|child| self.expr(child, usage));
    }
}
