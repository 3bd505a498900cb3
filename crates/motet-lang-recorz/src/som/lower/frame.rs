//! The function being lowered, and variables.

use alloc::{boxed::Box, string::String, vec::Vec};

use motet_ir::{Capture, CaptureIdx, Expr as Ir, ExprKind as Kind, FuncIdx, Label, Local, LocalIdx, Type, build};
use motet_source::Span;

use super::{Lowerer, any, scan::VarId};
use crate::ast::Ident;

/// The receiver, as a variable.
pub(super) const SELF: VarId = u32::MAX;

/// The cell that stands for the method's activation, as a variable.
pub(super) const HOME: VarId = u32::MAX - 1;

/// Where a variable of a function is.
#[derive(Clone, Copy, Debug)]
struct Place {
    var: VarId,
    local: LocalIdx,
    ty: Type,
}

/// A function being lowered.
pub(super) struct Frame<'a> {
    pub index: FuncIdx,
    pub locals: Vec<Local>,
    pub captures: Vec<Capture>,
    /// The variables that the captures hold, or whose cells they hold.
    pub captured: Vec<VarId>,
    /// Names in scope, innermost last.
    names: Vec<(&'a str, VarId)>,
    places: Vec<Place>,
    labels: u32,
    /// What `restart` goes back to.
    pub restart: Option<Label>,
}

impl<'a> Frame<'a> {
    pub fn new(index: FuncIdx) -> Self {
        Self {
            index,
            locals: Vec::new(),
            captures: Vec::new(),
            captured: Vec::new(),
            names: Vec::new(),
            places: Vec::new(),
            labels: 0,
            restart: None,
        }
    }

    pub fn new_local(&mut self, name: impl Into<String>, ty: Type) -> LocalIdx {
        self.locals.push(Local { name: name.into(), ty });
        LocalIdx(self.locals.len() as u32 - 1)
    }

    pub fn new_label(&mut self) -> Label {
        self.labels += 1;
        Label(self.labels - 1)
    }

    /// Says where a variable is.
    pub fn place(&mut self, var: VarId, local: LocalIdx, ty: Type) {
        self.places.push(Place { var, local, ty });
    }

    fn find(&self, var: VarId) -> Option<Place> {
        self.places.iter().rev().find(|p| p.var == var).copied()
    }

    /// Names in scope, for [`Frame::leave`].
    pub fn enter(&self) -> usize {
        self.names.len()
    }

    pub fn leave(&mut self, names: usize) {
        self.names.truncate(names);
    }

    pub fn bring(&mut self, ident: &Ident<'a>) {
        self.names.push((ident.text, ident.span.start));
    }
}

impl<'a> Lowerer<'a> {
    pub(super) fn frame(&mut self) -> &mut Frame<'a> {
        let last = self.frames.len() - 1;
        &mut self.frames[last]
    }

    pub(super) fn temp(&mut self, ty: Type) -> LocalIdx {
        self.frame().new_local("$", ty)
    }

    /// A read of a local that holds a value while `later` are evaluated; `parts` gets what assigns it, if it is not the
    /// value's own local.
    pub(super) fn held(&mut self, value: Ir, later: &[Ir], parts: &mut Vec<Ir>) -> Ir {
        let (ty, span) = (value.ty, value.span);
        if let Kind::Local(local) = value.kind
            && !later.iter().any(|e| assigns(e, local))
        {
            return value;
        }
        let temp = self.temp(ty);
        parts.push(build::set_local(temp, value, span));
        build::local(temp, ty, span)
    }

    /// The variable that a name stands for here.
    pub(super) fn find_name(&self, name: &str) -> Option<VarId> {
        let names = self.frames.iter().rev().flat_map(|f| f.names.iter().rev());
        names.into_iter().find(|(n, _)| *n == name).map(|&(_, var)| var)
    }

    /// The value of a variable, or its cell if it has one.
    pub(super) fn raw(&mut self, var: VarId, span: Span) -> Ir {
        self.raw_at(var, self.frames.len() - 1, span)
    }

    fn raw_at(&mut self, var: VarId, depth: usize, span: Span) -> Ir {
        if let Some(place) = self.frames[depth].find(var) {
            return build::local(place.local, place.ty, span);
        }
        any(Kind::Capture(self.capture(var, depth)), span)
    }

    fn capture(&mut self, var: VarId, depth: usize) -> CaptureIdx {
        let frame = &mut self.frames[depth];
        if let Some(at) = frame.captured.iter().position(|&v| v == var) {
            return CaptureIdx(at as u32);
        }
        let name = match var {
            SELF => "self",
            HOME => "$home",
            _ => "$captured",
        };
        frame.captures.push(Capture { name: name.into(), ty: Type::Any });
        frame.captured.push(var);
        CaptureIdx(frame.captured.len() as u32 - 1)
    }

    pub(super) fn get_var(&mut self, var: VarId, span: Span) -> Ir {
        let raw = self.raw(var, span);
        if self.facts.is_shared(var) { any(Kind::CellGet(Box::new(raw)), span) } else { raw }
    }

    pub(super) fn set_var(&mut self, var: VarId, value: Ir, span: Span) -> Ir {
        if self.facts.is_shared(var) {
            let cell = self.raw(var, span);
            let ty = build::statement_type(&[&value]);
            return build::expr(Kind::CellSet(Box::new(cell), Box::new(value)), ty, span);
        }
        match self.frame().find(var) {
            Some(place) => build::set_local(place.local, value, span),
            // A variable that is assigned elsewhere than in its own function is shared.
            None => value,
        }
    }

    /// Declares a variable with a first value; what does it.
    pub(super) fn declare(&mut self, ident: &Ident<'a>, value: Ir) -> Ir {
        let (var, span) = (ident.span.start, ident.span);
        let local = self.frame().new_local(ident.text, Type::Any);
        self.frame().place(var, local, Type::Any);
        self.frame().bring(ident);
        let value = if self.facts.is_shared(var) { any(Kind::NewCell(Box::new(value)), span) } else { value };
        build::set_local(local, value, span)
    }

    /// Declares a variable whose first value a local holds that nobody else assigns; what does it, if anything.
    pub(super) fn adopt(&mut self, ident: &Ident<'a>, local: LocalIdx, ty: Type) -> Option<Ir> {
        let (var, span) = (ident.span.start, ident.span);
        if self.facts.assigned.contains(&var) {
            return Some(self.declare(ident, build::local(local, ty, span)));
        }
        self.frame().place(var, local, ty);
        self.frame().bring(ident);
        None
    }

    pub(super) fn receiver(&mut self, span: Span) -> Ir {
        self.get_var(SELF, span)
    }
}

/// Whether an expression may assign a local.
fn assigns(expr: &Ir, local: LocalIdx) -> bool {
    let mut found = false;
    expr.walk(|e| found |= matches!(e.kind, Kind::SetLocal(l, _) if l == local));
    found
}
