//! Reading, assigning and declaring variables.

use alloc::{boxed::Box, format, string::String, vec, vec::Vec};

use motet_ir::{Expr, ExprKind, GlobalIdx, GlobalInit, PlaceRoot, PlaceStep, Type, build};
use motet_source::{Code, Span};

use super::{Builtin, Lowerer};
use crate::{
    ast::DeclKind,
    resolve::{BindingState, Place, Var, raw, store},
    symbol::{Sym, known},
};

pub(crate) fn nil_typed(kind: ExprKind, span: Span) -> Expr {
    build::expr(kind, Type::Nil, span)
}

pub(crate) fn any_typed(kind: ExprKind, span: Span) -> Expr {
    build::expr(kind, Type::Any, span)
}

pub(crate) fn raise(message: String, span: Span) -> Expr {
    build::expr(ExprKind::RaiseError(message), Type::Never, span)
}

fn is_unset(value: Expr) -> Expr {
    let span = value.span;
    build::expr(ExprKind::IsUnset(Box::new(value)), Type::Bool, span)
}

fn immutable_text(kind: DeclKind) -> &'static str {
    match kind {
        DeclKind::Const => "const",
        DeclKind::Let | DeclKind::Mut => "immutable let",
    }
}

impl Lowerer<'_> {
    // ---- lookup

    /// Candidates for a name in the running frame, nearest first; the last may be sure. If it is
    /// not, or there is none, the name is a global.
    pub(crate) fn lookup(&mut self, sym: Sym) -> Vec<Var> {
        self.frame();
        let mut out = Vec::new();
        self.lookup_in(self.frames.len() - 1, sym, false, &mut out);
        out
    }

    fn lookup_in(&mut self, f: usize, sym: Sym, nested: bool, out: &mut Vec<Var>) {
        let head = self.frames[f].head(sym);
        self.lookup_from(f, sym, head, nested, out);
    }

    fn lookup_from(&mut self, f: usize, sym: Sym, mut at: Option<u32>, nested: bool, out: &mut Vec<Var>) {
        while let Some(i) = at {
            let Some(binding) = self.frames[f].binding(i) else { break };
            let state = binding.state;
            match state {
                BindingState::Pending if !nested => {}
                BindingState::Candidate if binding.slot.is_none() => {
                    if !self.frames[f].loops.is_empty() {
                        return self.lookup_unassigned(f, sym, i, nested, out);
                    }
                }
                BindingState::Declared | BindingState::Matched | BindingState::Candidate | BindingState::Pending => {
                    if state == BindingState::Pending
                        && let Some(binding) = self.frames[f].binding_mut(i)
                    {
                        binding.cell = true;
                    }
                    let frame = &self.frames[f];
                    if let Some(var) = frame.binding(i).and_then(|b| frame.var_of(b)) {
                        out.push(var);
                        if var.sure {
                            return;
                        }
                    }
                }
            }
            at = self.frames[f].shadowed_by(i);
        }
        self.lookup_outside(f, sym, out);
    }

    /// A candidate that text further down in a loop may have created.
    fn lookup_unassigned(&mut self, f: usize, sym: Sym, i: u32, nested: bool, out: &mut Vec<Var>) {
        let mut outer = Vec::new();
        let shadowed = self.frames[f].shadowed_by(i);
        self.lookup_from(f, sym, shadowed, nested, &mut outer);
        let certain = outer.last().is_some_and(|v| v.sure) || (outer.is_empty() && self.global_certain(sym));
        if !certain && let Some(var) = self.candidate_var(f, i, sym) {
            out.push(var);
        }
        out.extend(outer);
    }

    fn candidate_var(&mut self, f: usize, i: u32, sym: Sym) -> Option<Var> {
        if self.frames[f].binding(i)?.slot.is_none() {
            let name = self.text(sym);
            let slot = self.frames[f].new_local(name, Type::Any);
            self.frames[f].binding_mut(i)?.slot = Some(slot);
        }
        let frame = &self.frames[f];
        frame.binding(i).and_then(|b| frame.var_of(b))
    }

    /// Captured variables and fields of the receiver.
    fn lookup_outside(&mut self, f: usize, sym: Sym, out: &mut Vec<Var>) {
        if let Some(var) = self.frames[f].captured(sym) {
            out.push(var);
            return;
        }
        if self.frames[f].receiver_fields.contains_key(&sym) {
            out.push(self.receiver_field(f, sym));
            return;
        }
        if f == 0 || self.frames[f].isolated {
            return;
        }
        let mut vars = Vec::new();
        self.lookup_in(f - 1, sym, true, &mut vars);
        let Some(&first) = vars.first() else { return };
        let sure = vars.last().is_some_and(|v| v.sure);
        let span = Span::default();
        let mut like = Var { sure, ..first };
        let value = if vars.len() == 1 {
            match first.place {
                Place::Local(_) | Place::Capture(_) => share(raw(first, span)),
                Place::Cell(l) => build::local(l, Type::Any, span),
                Place::CellCapture(c) => any_typed(ExprKind::Capture(c), span),
            }
        } else {
            like.place = Place::Local(motet_ir::LocalIdx(0));
            let end = if sure { None } else { Some(build::unset(span)) };
            share(choose(&vars, end, span))
        };
        let name = self.text(sym);
        out.push(self.frames[f].add_capture(sym, &name, value, like));
    }

    fn receiver_field(&mut self, f: usize, sym: Sym) -> Var {
        let name = self.text(sym);
        let frame = &mut self.frames[f];
        let slot = frame.new_local(name.clone(), Type::Any);
        let span = Span::default();
        let receiver = build::local(motet_ir::LocalIdx(0), Type::Any, span);
        let value = share(any_typed(ExprKind::Field(Box::new(receiver), name), span));
        frame.prologue.push(nil_typed(ExprKind::SetLocal(slot, Box::new(value)), span));
        frame.set_sure(slot, true);
        let var =
            Var { place: Place::Local(slot), sure: true, mutability: DeclKind::Mut, borrowed: false, ty: Type::Any };
        frame.remember(sym, var);
        var
    }

    // ---- globals

    pub(crate) fn may_be_global(&self, sym: Sym) -> bool {
        self.cx.may_global.contains(&sym)
    }

    /// Whether a global of the name certainly exists, builtins that nobody overwrites left out.
    fn global_certain(&self, sym: Sym) -> bool {
        self.may_be_global(sym) && self.cx.globals.get(&sym).is_some_and(|&g| self.global_is_sure(g))
    }

    pub(crate) fn global(&mut self, sym: Sym) -> GlobalIdx {
        if let Some(&global) = self.cx.globals.get(&sym) {
            return global;
        }
        let init = match (self.cx.functions.get(&sym), self.builtin(sym)) {
            (Some(&func), _) => GlobalInit::Func(func),
            (None, Some(Builtin::Native(effect))) => {
                let name = self.text(sym);
                GlobalInit::Native(self.native(&name, Type::Any, effect.effects()))
            }
            (None, Some(Builtin::Host)) => GlobalInit::Native(self.host_native(sym)),
            (None, Some(Builtin::Snippet(i))) => GlobalInit::Func(self.snippet(i)),
            (None, Some(Builtin::Constant(_)) | None) => GlobalInit::Unset,
        };
        let name = self.text(sym);
        let global = self.new_global(name, init);
        self.cx.globals.insert(sym, global);
        global
    }

    fn read_global(&mut self, sym: Sym, span: Span) -> Expr {
        if let Some(&func) = self.cx.stable.get(&sym) {
            return build::expr(ExprKind::Func(func), Type::Func, span);
        }
        if !self.may_be_global(sym) {
            match self.builtin(sym) {
                Some(Builtin::Native(effect)) => {
                    let name = self.text(sym);
                    let native = self.native(&name, Type::Any, effect.effects());
                    return build::expr(ExprKind::Native(native), Type::Func, span);
                }
                Some(Builtin::Host) => {
                    let native = self.host_native(sym);
                    return build::expr(ExprKind::Native(native), Type::Func, span);
                }
                Some(Builtin::Snippet(i)) => {
                    let func = self.snippet(i);
                    return build::expr(ExprKind::Func(func), Type::Func, span);
                }
                Some(Builtin::Constant(value)) => return build::float(value, span),
                None => {}
            }
        }
        let global = self.global(sym);
        any_typed(ExprKind::Global(global), span)
    }

    fn store_global(&mut self, sym: Sym, value: Expr, span: Span) -> Expr {
        let global = self.global(sym);
        nil_typed(ExprKind::SetGlobal(global, Box::new(value)), span)
    }

    // ---- reading

    /// The value of a name; raises if there is none.
    pub(crate) fn read(&mut self, sym: Sym, span: Span) -> Expr {
        let vars = self.lookup(sym);
        let end = if vars.last().is_some_and(|v| v.sure) { None } else { Some(self.read_global(sym, span)) };
        choose(&vars, end, span)
    }

    /// The only variable that a name can denote, if that is known.
    pub(crate) fn sole_variable(&mut self, sym: Sym) -> Option<Var> {
        let vars = self.lookup(sym);
        match vars.as_slice() {
            [var] if var.sure => Some(*var),
            _ => None,
        }
    }

    // ---- assigning

    /// How a global may be changed here.
    fn global_mutability(&self, sym: Sym) -> DeclKind {
        let top = self.frames.last().is_none_or(|f| f.top);
        let table = if top { &self.cx.declared } else { &self.cx.declared_somewhere };
        table.get(&sym).copied().unwrap_or(DeclKind::Mut)
    }

    fn refuse(&self, verb: &str, kind: DeclKind, sym: Sym, span: Span) -> Expr {
        raise(format!("Cannot {verb} {} binding: {}", immutable_text(kind), self.names.text(sym)), span)
    }

    fn checked_store(&mut self, var: Var, sym: Sym, value: Expr, span: Span) -> Expr {
        match var.mutability {
            DeclKind::Mut => store(var, value, span),
            kind => build::block(vec![value, self.refuse("reassign", kind, sym, span)], span),
        }
    }

    fn checked_store_global(&mut self, sym: Sym, value: Expr, span: Span) -> Expr {
        match self.global_mutability(sym) {
            DeclKind::Mut => self.store_global(sym, value, span),
            kind => build::block(vec![value, self.refuse("reassign", kind, sym, span)], span),
        }
    }

    /// `sym := value`, where the value was already lowered.
    pub(crate) fn assign(&mut self, sym: Sym, value: Expr, span: Span) -> Expr {
        let vars = self.lookup(sym);
        if let [var] = vars.as_slice()
            && var.sure
        {
            return self.checked_store(*var, sym, value, span);
        }
        let f = self.frames.len() - 1;
        let certain_end = vars.last().is_some_and(|v| v.sure);
        let candidate = self.frames[f].candidate(sym).and_then(|i| self.candidate_slot(f, i, sym, certain_end));
        let may_be_global = self.may_be_global(sym);
        let Some(candidate) = candidate else {
            return self.assign_outer(sym, &vars, value, span);
        };
        let only_candidate = vars.iter().all(|v| v.place == candidate.place);
        if only_candidate && !may_be_global {
            if let Place::Local(l) = candidate.place {
                self.mark_local(l);
            }
            return store(candidate, value, span);
        }
        if vars.is_empty() && self.global_certain(sym) {
            return self.checked_store_global(sym, value, span);
        }
        let (keep, value) = self.keep(value, span);
        let mut result = if certain_end {
            build::nil(span)
        } else if may_be_global {
            let global = self.global(sym);
            let exists = is_unset(any_typed(ExprKind::GlobalOrUnset(global), span));
            let create = store(candidate, value.clone(), span);
            build::if_(exists, create, self.checked_store_global(sym, value.clone(), span), span)
        } else {
            store(candidate, value.clone(), span)
        };
        for &var in vars.iter().rev() {
            let stored = self.checked_store(var, sym, value.clone(), span);
            result = if var.sure { stored } else { build::if_(is_unset(raw(var, span)), result, stored, span) };
        }
        build::block(vec![keep, result], span)
    }

    fn candidate_slot(&mut self, f: usize, i: u32, sym: Sym, certain_end: bool) -> Option<Var> {
        if self.frames[f].binding(i)?.slot.is_none() && (certain_end || self.global_certain(sym)) {
            return None;
        }
        self.candidate_var(f, i, sym)
    }

    /// Assignment where no creation scope claims the name.
    fn assign_outer(&mut self, sym: Sym, vars: &[Var], value: Expr, span: Span) -> Expr {
        if vars.is_empty() {
            let result = self.checked_store_global(sym, value, span);
            if self.frame().top && result.ty != Type::Never {
                let global = self.global(sym);
                self.mark_global(global);
                self.cx.touched.insert(sym);
            }
            return result;
        }
        let (keep, value) = self.keep(value, span);
        let certain_end = vars.last().is_some_and(|v| v.sure);
        let mut result =
            if certain_end { build::nil(span) } else { self.checked_store_global(sym, value.clone(), span) };
        for &var in vars.iter().rev() {
            let stored = self.checked_store(var, sym, value.clone(), span);
            result = if var.sure { stored } else { build::if_(is_unset(raw(var, span)), result, stored, span) };
        }
        build::block(vec![keep, result], span)
    }

    /// Puts a value into a new local; hands back the assignment and a read.
    pub(crate) fn keep(&mut self, value: Expr, span: Span) -> (Expr, Expr) {
        let temp = self.temp("$value");
        (nil_typed(ExprKind::SetLocal(temp, Box::new(value)), span), build::local(temp, Type::Any, span))
    }

    /// `sym.steps := value`.
    pub(crate) fn assign_place(&mut self, sym: Sym, steps: Vec<PlaceStep>, value: Expr, span: Span) -> Expr {
        let vars = self.lookup(sym);
        if let [var] = vars.as_slice()
            && var.sure
        {
            return self.checked_place(*var, sym, steps, value, span);
        }
        if vars.is_empty() {
            return self.global_place(sym, steps, value, span);
        }
        let (keep, value) = self.keep(value, span);
        let mut parts = vec![keep];
        let steps: Vec<PlaceStep> = steps
            .into_iter()
            .map(|step| match step {
                PlaceStep::Index(index) => {
                    let (keep, read) = self.keep(index, span);
                    parts.push(keep);
                    PlaceStep::Index(read)
                }
                PlaceStep::Field(name) => PlaceStep::Field(name),
            })
            .collect();
        let certain_end = vars.last().is_some_and(|v| v.sure);
        let mut result =
            if certain_end { build::nil(span) } else { self.global_place(sym, steps.clone(), value.clone(), span) };
        for &var in vars.iter().rev() {
            let stored = self.checked_place(var, sym, steps.clone(), value.clone(), span);
            result = if var.sure { stored } else { build::if_(is_unset(raw(var, span)), result, stored, span) };
        }
        parts.push(result);
        build::block(parts, span)
    }

    fn checked_place(&mut self, var: Var, sym: Sym, steps: Vec<PlaceStep>, value: Expr, span: Span) -> Expr {
        if var.mutability != DeclKind::Mut {
            return build::block(vec![value, self.refuse("mutate", var.mutability, sym, span)], span);
        }
        let (before, root) = match var.place {
            Place::Local(l) if var.ty == Type::Any => (None, PlaceRoot::Local(l)),
            Place::Capture(c) => (None, PlaceRoot::Capture(c)),
            // Functions and loop counters have no parts: the store on a copy raises.
            Place::Local(_) | Place::Cell(_) | Place::CellCapture(_) => {
                let temp = self.temp("$place");
                let read = raw(var, span);
                (Some(nil_typed(ExprKind::SetLocal(temp, Box::new(read)), span)), PlaceRoot::Local(temp))
            }
        };
        let set = nil_typed(ExprKind::SetPlace(root, steps, Box::new(value)), span);
        match before {
            None => set,
            Some(before) => build::block(vec![before, set], span),
        }
    }

    fn global_place(&mut self, sym: Sym, steps: Vec<PlaceStep>, value: Expr, span: Span) -> Expr {
        match self.global_mutability(sym) {
            DeclKind::Mut => {
                // Builtins that nobody overwrites are functions: work on a copy, which raises.
                if !self.may_be_global(sym) || self.cx.stable.contains_key(&sym) {
                    let function = self.read_global(sym, span);
                    let temp = self.temp("$place");
                    let before = nil_typed(ExprKind::SetLocal(temp, Box::new(function)), span);
                    let kind = ExprKind::SetPlace(PlaceRoot::Local(temp), steps, Box::new(value));
                    return build::block(vec![before, nil_typed(kind, span)], span);
                }
                let global = self.global(sym);
                nil_typed(ExprKind::SetPlace(PlaceRoot::Global(global), steps, Box::new(value)), span)
            }
            kind => build::block(vec![value, self.refuse("mutate", kind, sym, span)], span),
        }
    }

    // ---- declaring

    /// `let sym := value` and relatives.
    pub(crate) fn declare(&mut self, sym: Sym, kind: DeclKind, value: Expr, span: Span) -> Expr {
        if sym == known::UNDERSCORE {
            return build::block(vec![value, build::nil(span)], span);
        }
        if self.frame().top && self.frame().in_outermost_scope() {
            return self.declare_global(sym, kind, value, span);
        }
        let top = self.frame().top;
        let earlier = self.frame().in_this_scope(sym);
        if let Some(i) = earlier {
            let frame = self.frame();
            let state = frame.binding(i).map(|b| (b.state, b.slot.is_some_and(|s| frame.is_sure(s))));
            let message = format!("Duplicate declaration in the same scope: {}", self.names.text(sym));
            match state {
                Some((BindingState::Declared | BindingState::Pending, _)) if !top => {
                    self.compile_error(Code::DuplicateName, span, message);
                }
                Some((BindingState::Declared, _) | (BindingState::Candidate, true)) => {
                    return build::block(vec![value, raise(message, span)], span);
                }
                _ => {}
            }
        }
        let name = self.text(sym);
        let slot = self.frame().new_local(name, Type::Any);
        self.frame().bind(sym, BindingState::Declared, Some(slot), kind);
        self.mark_local(slot);
        nil_typed(ExprKind::SetLocal(slot, Box::new(value)), span)
    }

    fn declare_global(&mut self, sym: Sym, kind: DeclKind, value: Expr, span: Span) -> Expr {
        let message = format!("Duplicate declaration in the same scope: {}", self.names.text(sym));
        let exists = self.cx.declared.contains_key(&sym)
            || self.cx.functions.contains_key(&sym)
            || self.builtin(sym).is_some()
            || self.global_certain(sym);
        if exists {
            return build::block(vec![value, raise(message, span)], span);
        }
        let global = self.global(sym);
        let set = nil_typed(ExprKind::SetGlobal(global, Box::new(value)), span);
        let result = if self.cx.touched.contains(&sym) {
            let free = is_unset(any_typed(ExprKind::GlobalOrUnset(global), span));
            build::if_(free, set, raise(message, span), span)
        } else {
            set
        };
        self.mark_global(global);
        self.cx.declared.insert(sym, kind);
        result
    }

    /// Binds a name of a `case` pattern in the enclosing scope. `resets` collects what must be
    /// unset before the `match`.
    pub(crate) fn bind_case(&mut self, sym: Sym, value: Expr, span: Span, resets: &mut Vec<Expr>) -> Expr {
        if self.frame().top && self.frame().in_outermost_scope() {
            let global = self.global(sym);
            self.mark_global(global);
            self.cx.touched.insert(sym);
            self.cx.declared.remove(&sym);
            return nil_typed(ExprKind::SetGlobal(global, Box::new(value)), span);
        }
        let frame = self.frame();
        let known = frame.in_this_scope(sym).and_then(|i| frame.binding(i)).filter(|b| {
            // What a case binds can be assigned, whatever it replaces.
            matches!(b.state, BindingState::Declared | BindingState::Matched)
                && !b.cell
                && b.mutability == DeclKind::Mut
        });
        let slot = match known.and_then(|b| b.slot).filter(|s| frame.locals[s.index()].ty == Type::Any) {
            Some(slot) => slot,
            None => {
                let name = self.text(sym);
                let slot = self.frame().new_local(name, Type::Any);
                self.frame().bind(sym, BindingState::Matched, Some(slot), DeclKind::Mut);
                if !self.frame().loops.is_empty() {
                    resets.push(nil_typed(ExprKind::SetLocal(slot, Box::new(build::unset(span))), span));
                }
                slot
            }
        };
        self.mark_local(slot);
        nil_typed(ExprKind::SetLocal(slot, Box::new(value)), span)
    }
}

/// The first variable that is set; `end` if none is.
fn choose(vars: &[Var], end: Option<Expr>, span: Span) -> Expr {
    let mut result = end;
    for &var in vars.iter().rev() {
        let value = raw(var, span);
        result = Some(match result {
            Some(rest) if !var.sure => build::if_(is_unset(value.clone()), rest, value, span),
            _ => value,
        });
    }
    result.unwrap_or_else(|| build::unset(span))
}

/// Marks a container as having a second holder.
pub(crate) fn share(value: Expr) -> Expr {
    match value.ty {
        Type::Nil | Type::Bool | Type::Int | Type::Float | Type::Str | Type::Func | Type::Never => value,
        Type::Any | Type::List | Type::Map | Type::Record(_) => {
            let (ty, span) = (value.ty, value.span);
            build::expr(ExprKind::Share(Box::new(value)), ty, span)
        }
    }
}
