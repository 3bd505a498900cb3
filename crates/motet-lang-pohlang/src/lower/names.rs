//! What a name stands for (section 5.1): the function's own variable if it is
//! set, else the copy taken when the function was defined, else the global, else
//! the name itself in angle brackets. What is certain at compile time is decided
//! there.
//!
//! A copy of a global that a function takes when it is defined lives in a
//! hidden global where the definition runs once at most, so that the function
//! needs no closure.

use alloc::{boxed::Box, format, vec, vec::Vec};

use motet_ir::{CaptureIdx, Expr as Ir, ExprKind as Kind, FuncIdx, GlobalIdx, LocalIdx, PlaceRoot, Type, build};
use motet_source::Span;

use super::{Key, Lowerer, any_typed, frame::FrameKind, is_unset, nil_typed, share};

/// Where a value is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Place {
    Local(LocalIdx),
    Capture(CaptureIdx),
    /// A global of the program, or a hidden one.
    Global(GlobalIdx),
    /// The only function that a global can hold, and the global's number in the lowerer's table.
    Func(FuncIdx, usize),
    /// The only number that a global can hold.
    Number(f64),
    /// The running nested function itself.
    Itself,
}

/// One thing that a name may stand for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Var {
    pub place: Place,
    /// It certainly holds a value.
    pub sure: bool,
    /// It holds no value of its own: a variable of the running function, or the one that program-level code assigns.
    pub own: bool,
}

impl<'a> Lowerer<'a> {
    /// Number of the global of this name, if the program ever assigns one.
    pub(super) fn global_named(&self, name: &str) -> Option<usize> {
        let find = |space: usize| self.spaces.get(space).and_then(|names| names.get(name)).copied();
        find(self.space).or_else(|| find(0))
    }

    /// What a name may stand for here, nearest first; the last may be sure. With `all`, also what is behind a variable of
    /// the function that is certainly set.
    pub(super) fn lookup(&mut self, name: &'a str, all: bool) -> Vec<Var> {
        self.frame();
        let mut out = Vec::new();
        self.lookup_in(self.frames.len() - 1, name, all, &mut out);
        let done = !all && out.last().is_some_and(|v| v.sure);
        let handler = self.frames.iter().any(|f| f.kind == FrameKind::Handler);
        if !done
            && !handler
            && let Some(global) = self.global_named(name)
        {
            out.extend(self.current_global(global));
        }
        out
    }

    /// The global as the running code finds it.
    pub(super) fn current_global(&self, number: usize) -> Option<Var> {
        let global = self.globals.get(number)?;
        let program = self.frames.last().is_none_or(|f| f.kind == FrameKind::Program);
        if program && !global.maybe {
            return None;
        }
        let sure = if program { global.sure } else { self.frames.iter().any(|f| f.own_global == Some(number)) };
        Some(Var { place: self.global_place(number), sure, own: program })
    }

    /// The global itself, or its only value.
    fn global_place(&self, number: usize) -> Place {
        let global = &self.globals[number];
        match (global.func, global.literal) {
            (Some(func), _) => Place::Func(func, number),
            (None, Some(literal)) if global.sets == 1 && global.sure => Place::Number(literal),
            _ => Place::Global(global.index),
        }
    }

    /// Variables of the function, the function itself, and what it captured.
    fn lookup_in(&mut self, f: usize, name: &'a str, all: bool, out: &mut Vec<Var>) {
        let frame = &self.frames[f];
        if frame.kind == FrameKind::Program {
            return;
        }
        if let Some(&local) = frame.names.get(name)
            && frame.is_maybe(local)
        {
            let sure = frame.is_sure(local);
            out.push(Var { place: Place::Local(local), sure, own: true });
            if sure && !all {
                return;
            }
        }
        if frame.own_name == Some(name) {
            self.frames[f].uses_itself = true;
            out.push(Var { place: Place::Itself, sure: true, own: false });
            return;
        }
        out.extend(self.captured(f, name));
    }

    /// What the name stood for around the function when it was defined.
    fn captured(&mut self, f: usize, name: &'a str) -> Option<Var> {
        if let Some(&var) = self.frames[f].captured.get(name) {
            return var;
        }
        let outside = f.checked_sub(1)?;
        let var = match self.frames[outside].kind {
            FrameKind::Program => self.captured_global(f, name),
            FrameKind::Block | FrameKind::Expression | FrameKind::Handler => self.captured_variable(f, outside, name),
        };
        self.frames[f].captured.insert(name, var);
        var
    }

    fn captured_global(&mut self, f: usize, name: &'a str) -> Option<Var> {
        let number = self.global_named(name)?;
        let global = &self.globals[number];
        if !global.maybe {
            return None;
        }
        let sure = global.sure;
        let index = global.index;
        if sure && (global.sets == 1 || global.func.is_some()) {
            return Some(Var { place: self.global_place(number), sure, own: false });
        }
        let span = Span::default();
        let value = share(any_typed(Kind::GlobalOrUnset(index), span));
        if !self.frames[f].once {
            let capture = self.frames[f].new_capture(name, value);
            return Some(Var { place: Place::Capture(capture), sure, own: false });
        }
        let hidden = format!("{}.{name}", self.frames[f].label);
        let hidden = self.tables.new_global(hidden);
        self.frames[f].before.push(nil_typed(Kind::SetGlobal(hidden, Box::new(value)), span));
        Some(Var { place: Place::Global(hidden), sure, own: false })
    }

    fn captured_variable(&mut self, f: usize, outside: usize, name: &'a str) -> Option<Var> {
        let mut vars = Vec::new();
        self.lookup_in(outside, name, false, &mut vars);
        let first = *vars.first()?;
        if vars.len() == 1 && matches!(first.place, Place::Global(_) | Place::Func(..) | Place::Number(_)) {
            return Some(Var { own: false, ..first });
        }
        let sure = vars.last().is_some_and(|v| v.sure);
        let span = Span::default();
        let index = self.frames[outside].index;
        let end = if sure { None } else { Some(build::unset(span)) };
        let value = share(choose(&vars, index, end, span));
        let capture = self.frames[f].new_capture(name, value);
        Some(Var { place: Place::Capture(capture), sure, own: false })
    }

    /// Whether a `Func` place of a global that may be unset must be tested.
    pub(super) fn raw(&mut self, var: Var, span: Span) -> Ir {
        let index = self.frame().index;
        match var.place {
            Place::Func(_, global) if !var.sure => any_typed(Kind::GlobalOrUnset(self.globals[global].index), span),
            _ => raw(var.place, index, span),
        }
    }

    /// The value of a name, and whether it can be nothing but a variable's that may be updated in place.
    pub(super) fn read(&mut self, name: &'a str, span: Span) -> Ir {
        let vars = self.lookup(name, false);
        self.read_vars(&vars, name, false, span)
    }

    /// The value of a name whose variable is about to be assigned: it is handed over, so only other values are marked.
    pub(super) fn take(&mut self, name: &'a str, span: Span) -> Ir {
        let vars = self.lookup(name, false);
        self.read_vars(&vars, name, true, span)
    }

    fn read_vars(&mut self, vars: &[Var], name: &str, take: bool, span: Span) -> Ir {
        let sure = vars.last().is_some_and(|v| v.sure);
        let mut result = (!sure).then(|| build::str(format!("<{name}>"), span));
        for &var in vars.iter().rev() {
            let value = self.raw(var, span);
            let kept = if take && !var.own { share(value.clone()) } else { value.clone() };
            result = Some(match result {
                Some(rest) if !var.sure => build::if_(is_unset(value, span), rest, kept, span),
                _ => kept,
            });
        }
        result.unwrap_or_else(|| build::nil(span))
    }

    /// The variable that a name stands for, if it is certain and may be updated in place.
    pub(super) fn sole_root(&mut self, name: &'a str) -> Option<PlaceRoot> {
        match self.lookup(name, false).as_slice() {
            [Var { place: Place::Local(local), sure: true, own: true }] => Some(PlaceRoot::Local(*local)),
            [Var { place: Place::Global(global), sure: true, own: true }] => Some(PlaceRoot::Global(*global)),
            _ => None,
        }
    }

    /// `name := value`, in the scope of the running code.
    pub(super) fn assign(&mut self, name: &'a str, value: Ir, span: Span) -> Ir {
        let kind = self.frame().kind;
        if kind == FrameKind::Program {
            let Some(number) = self.global_named(name) else { return value };
            let index = self.globals[number].index;
            let ty = build::statement_type(&[&value]);
            self.mark(Key::Global(number));
            return build::expr(Kind::SetGlobal(index, Box::new(value)), ty, span);
        }
        let local = self.frame().declare(name);
        self.mark(Key::Local(local));
        build::set_local(local, value, span)
    }

    /// Puts a value that is needed more than once into a temporary; hands back what computes it, if anything must, and a
    /// read.
    pub(super) fn keep(&mut self, value: Ir, before: &mut Vec<Ir>) -> Ir {
        match value.kind {
            Kind::Local(_) | Kind::Float(_) | Kind::Int(_) | Kind::Bool(_) | Kind::Nil => value,
            _ => {
                let span = value.span;
                let temp = self.frame().temp("$value", Type::Any);
                let read = build::local(temp, Type::Any, span);
                before.push(build::set_local(temp, value, span));
                read
            }
        }
    }

    /// As [`Lowerer::keep`], for a value of a known type.
    pub(super) fn keep_typed(&mut self, value: Ir, before: &mut Vec<Ir>) -> Ir {
        match value.kind {
            Kind::Local(_) | Kind::Float(_) | Kind::Int(_) | Kind::Bool(_) | Kind::Nil => value,
            _ if matches!(value.ty, Type::Any | Type::Never) => self.keep(value, before),
            _ => {
                let (span, ty) = (value.span, value.ty);
                let temp = self.frame().temp("$value", ty);
                before.push(build::set_local(temp, value, span));
                build::local(temp, ty, span)
            }
        }
    }
}

/// The value after what must be computed before it.
pub(super) fn after(mut before: Vec<Ir>, value: Ir) -> Ir {
    if before.is_empty() {
        return value;
    }
    let span = value.span;
    before.push(value);
    build::block(before, span)
}

fn raw(place: Place, index: FuncIdx, span: Span) -> Ir {
    match place {
        Place::Local(local) => build::local(local, Type::Any, span),
        Place::Capture(capture) => any_typed(Kind::Capture(capture), span),
        Place::Global(global) => any_typed(Kind::GlobalOrUnset(global), span),
        Place::Func(func, _) => build::expr(Kind::Func(func), Type::Func, span),
        Place::Number(n) => build::float(n, span),
        // The captures are added when they are all known.
        Place::Itself => build::expr(Kind::Closure(index, vec![]), Type::Func, span),
    }
}

/// The first variable that is set; `end` if none is.
fn choose(vars: &[Var], index: FuncIdx, end: Option<Ir>, span: Span) -> Ir {
    let mut result = end;
    for &var in vars.iter().rev() {
        let value = raw(var.place, index, span);
        result = Some(match result {
            Some(rest) if !var.sure => build::if_(is_unset(value.clone(), span), rest, value, span),
            _ => value,
        });
    }
    result.unwrap_or_else(|| build::unset(span))
}
