//! What is known of the function being lowered.

use alloc::{collections::BTreeMap, string::String, vec::Vec};
use core::ops::RangeInclusive;

use motet_ir::{Capture, CaptureIdx, Expr as Ir, FuncIdx, Function, FunctionKind, Label, Local, LocalIdx, Type, build};
use motet_source::Span;

use super::{Lowerer, names::Var};

/// Locals of a function after which temporaries are used again.
const MANY_LOCALS: usize = 2_000;

/// What sort of body is lowered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FrameKind {
    /// The statements of a file: all names are globals.
    Program,
    /// A function made of statements.
    Block,
    /// A function made of an expression.
    Expression,
    /// The handler of a route.
    Handler,
}

/// Where `Return` goes when a `finally:` is in between.
#[derive(Clone, Copy, Debug)]
pub(super) struct Exit {
    /// The loop to break out of.
    pub label: Label,
    /// Whether a `Return` used it.
    pub used: bool,
}

/// A function being lowered.
pub(super) struct Frame<'a> {
    pub kind: FrameKind,
    pub index: FuncIdx,
    /// Number of parameters; they are the first locals.
    pub params: u32,
    pub locals: Vec<Local>,
    /// Per local: it certainly holds a value here.
    sure: Vec<bool>,
    /// Per local: it may hold a value here.
    maybe: Vec<bool>,
    /// The function's own variables.
    pub names: BTreeMap<&'a str, LocalIdx>,
    /// What names outside stood for when the function was defined.
    pub captured: BTreeMap<&'a str, Option<Var>>,
    pub captures: Vec<Capture>,
    /// Values of the captures, to be computed where the function is defined.
    pub capture_values: Vec<Ir>,
    /// Assignments of hidden globals, to be done where the function is defined.
    pub before: Vec<Ir>,
    /// The definition runs once at most.
    pub once: bool,
    /// Prefix of the names of hidden globals.
    pub label: String,
    /// The name by which a nested function may call itself.
    pub own_name: Option<&'a str>,
    /// Whether it does.
    pub uses_itself: bool,
    /// The global that only this definition assigns.
    pub own_global: Option<usize>,
    /// `finally:` blocks around here.
    pub exits: Vec<Exit>,
    /// Holds what is returned through `finally:` blocks.
    pub result: Option<LocalIdx>,
    /// Blocks around here in a handler.
    pub nesting: usize,
    labels: u32,
    temps: Vec<LocalIdx>,
    /// Temporaries in use.
    busy: Vec<LocalIdx>,
}

impl<'a> Frame<'a> {
    pub fn new(kind: FrameKind, index: FuncIdx) -> Self {
        Self {
            kind,
            index,
            params: 0,
            locals: Vec::new(),
            sure: Vec::new(),
            maybe: Vec::new(),
            names: BTreeMap::new(),
            captured: BTreeMap::new(),
            captures: Vec::new(),
            capture_values: Vec::new(),
            before: Vec::new(),
            once: false,
            label: String::new(),
            own_name: None,
            uses_itself: false,
            own_global: None,
            exits: Vec::new(),
            result: None,
            nesting: 0,
            labels: 0,
            temps: Vec::new(),
            busy: Vec::new(),
        }
    }

    pub fn new_local(&mut self, name: impl Into<String>, ty: Type) -> LocalIdx {
        self.locals.push(Local { name: name.into(), ty });
        self.sure.push(false);
        self.maybe.push(false);
        LocalIdx(self.locals.len() as u32 - 1)
    }

    /// A variable of the function.
    pub fn declare(&mut self, name: &'a str) -> LocalIdx {
        if let Some(&local) = self.names.get(name) {
            return local;
        }
        let local = self.new_local(name, Type::Any);
        self.names.insert(name, local);
        local
    }

    /// A local that the statement at hand may use.
    pub fn temp(&mut self, name: &str, ty: Type) -> LocalIdx {
        if self.locals.len() < MANY_LOCALS {
            return self.new_local(name, ty);
        }
        let free = self.temps.iter().rposition(|t| self.locals.get(t.index()).is_some_and(|l| l.ty == ty));
        let local = match free {
            Some(at) => self.temps.swap_remove(at),
            None => self.new_local(name, ty),
        };
        self.busy.push(local);
        local
    }

    /// How many temporaries are in use.
    pub fn temps_used(&self) -> usize {
        self.busy.len()
    }

    /// Gives back the temporaries that a statement used.
    pub fn release_temps(&mut self, used: usize) {
        let released = self.busy.split_off(used.min(self.busy.len()));
        self.temps.extend(released);
    }

    pub fn new_label(&mut self) -> Label {
        self.labels += 1;
        Label(self.labels - 1)
    }

    pub fn is_sure(&self, local: LocalIdx) -> bool {
        self.sure.get(local.index()).copied().unwrap_or(false)
    }

    pub fn is_maybe(&self, local: LocalIdx) -> bool {
        self.maybe.get(local.index()).copied().unwrap_or(false)
    }

    /// Whether that is news.
    pub fn mark_sure(&mut self, local: LocalIdx) -> bool {
        self.mark_maybe(local);
        self.sure.get_mut(local.index()).is_some_and(|sure| !core::mem::replace(sure, true))
    }

    pub fn mark_maybe(&mut self, local: LocalIdx) {
        if let Some(maybe) = self.maybe.get_mut(local.index()) {
            *maybe = true;
        }
    }

    pub fn forget_sure(&mut self, local: LocalIdx) {
        if let Some(sure) = self.sure.get_mut(local.index()) {
            *sure = false;
        }
    }

    pub fn new_capture(&mut self, name: &str, value: Ir) -> CaptureIdx {
        self.captures.push(Capture { name: name.into(), ty: Type::Any });
        self.capture_values.push(value);
        CaptureIdx(self.captures.len() as u32 - 1)
    }
}

impl<'a> Lowerer<'a> {
    /// The function being lowered.
    pub(super) fn frame(&mut self) -> &mut Frame<'a> {
        if self.frames.is_empty() {
            self.frames.push(Frame::new(FrameKind::Program, FuncIdx(0)));
        }
        let last = self.frames.len() - 1;
        &mut self.frames[last]
    }

    pub(super) fn begin_frame(&mut self, frame: Frame<'a>) {
        let log = core::mem::take(&mut self.log);
        self.saved_logs.push(log);
        self.frames.push(frame);
    }

    /// Finishes the running frame; `arity` is how many arguments a call may have.
    pub(super) fn end_frame(
        &mut self,
        name: &str,
        arity: RangeInclusive<u32>,
        parts: Vec<Ir>,
        span: Span,
    ) -> Option<Frame<'a>> {
        self.log = self.saved_logs.pop().unwrap_or_default();
        let mut frame = self.frames.pop()?;
        let mut body = build::block(parts, span);
        if frame.uses_itself {
            super::function::close_over_itself(&mut body, &frame);
        }
        let function = Function {
            name: name.into(),
            language: 0,
            source: self.file(),
            span,
            params: frame.params,
            optional: arity.end() - arity.start(),
            locals: core::mem::take(&mut frame.locals),
            captures: core::mem::take(&mut frame.captures),
            result: Type::Any,
            kind: FunctionKind::Normal,
            hidden: false,
            body,
        };
        self.tables.set_function(frame.index, function);
        Some(frame)
    }
}
