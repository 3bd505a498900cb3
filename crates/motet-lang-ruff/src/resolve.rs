//! Names to variables: frames, scopes, bindings, captures, and what is
//! certainly assigned.
//!
//! Rules of the language implemented here: declarations are local to their
//! block; a bare assignment that finds no variable creates one in the nearest
//! *creation scope* (a function, or a branch of a top-level `if`); closures
//! copy what is a local of the creating frame at that moment; everything else
//! is a global, by name. Because scopes come into being in source order, one
//! pass in source order resolves all of it; only what a loop or a branch may
//! have assigned needs a test at run time ([`Var::sure`]).
//!
//! Invariant: the state of an enclosing frame does not change while a nested
//! one is lowered.

use alloc::{string::String, vec::Vec};

use motet_ir::{Capture, CaptureIdx, Expr, ExprKind, FunctionKind, Label, Local, LocalIdx, Type, build};
use motet_source::Span;

use crate::{
    ast::DeclKind,
    symbol::{NameMap, Sym},
};

/// Where a variable's value lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// A local.
    Local(LocalIdx),
    /// The cell held by a local.
    Cell(LocalIdx),
    /// A private cell of the running closure.
    Capture(CaptureIdx),
    /// The shared cell held by a private cell.
    CellCapture(CaptureIdx),
}

/// A variable that a name may denote.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Var {
    pub place: Place,
    /// It certainly holds a value here; otherwise it may be unset, and the next candidate counts.
    pub sure: bool,
    pub mutability: DeclKind,
    /// Its value may be held by a container that the frame does not own.
    pub borrowed: bool,
    pub ty: Type,
}

/// What a binding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BindingState {
    /// Declared at this point of the text.
    Declared,
    /// A name that some bare assignment of the creation scope may create.
    Candidate,
    /// Bound by a `case` in this scope; a declaration may replace it.
    Matched,
    /// A named function of this block whose definition has not been reached.
    Pending,
}

#[derive(Clone, Debug)]
pub(crate) struct Binding {
    sym: Sym,
    /// The binding of the same name that this one shadows.
    shadowed: Option<u32>,
    pub state: BindingState,
    pub slot: Option<LocalIdx>,
    /// The slot holds a cell.
    pub cell: bool,
    pub mutability: DeclKind,
    pub borrowed: bool,
}

struct Scope {
    /// Number of bindings outside.
    start: usize,
}

/// One function being lowered.
pub(crate) struct Frame {
    pub locals: Vec<Local>,
    pub params: u32,
    pub captures: Vec<Capture>,
    /// Values of the captures, in terms of the creating frame.
    pub capture_values: Vec<Expr>,
    capture_vars: NameMap<Sym, Var>,
    bindings: Vec<Binding>,
    heads: NameMap<Sym, u32>,
    scopes: Vec<Scope>,
    /// Per local: it certainly holds a value.
    sure: Vec<bool>,
    labels: u32,
    /// Innermost last.
    pub loops: Vec<Label>,
    pub try_depth: u32,
    pub kind: FunctionKind,
    /// Top-level code: a name that no creation scope claims becomes a global.
    pub top: bool,
    /// Has no enclosing frame to capture from.
    pub isolated: bool,
    /// Fields of the receiver, visible as variables in methods without `self`.
    pub receiver_fields: NameMap<Sym, ()>,
    /// Assignments to run first.
    pub prologue: Vec<Expr>,
}

impl Frame {
    pub(crate) fn new(kind: FunctionKind, top: bool, isolated: bool) -> Self {
        Self {
            locals: Vec::new(),
            params: 0,
            captures: Vec::new(),
            capture_values: Vec::new(),
            capture_vars: NameMap::default(),
            bindings: Vec::new(),
            heads: NameMap::default(),
            scopes: Vec::new(),
            sure: Vec::new(),
            labels: 0,
            loops: Vec::new(),
            try_depth: 0,
            kind,
            top,
            isolated,
            receiver_fields: NameMap::default(),
            prologue: Vec::new(),
        }
    }

    pub(crate) fn new_local(&mut self, name: impl Into<String>, ty: Type) -> LocalIdx {
        self.locals.push(Local { name: name.into(), ty });
        self.sure.push(false);
        LocalIdx(self.locals.len() as u32 - 1)
    }

    pub(crate) fn new_label(&mut self) -> Label {
        self.labels += 1;
        Label(self.labels - 1)
    }

    pub(crate) fn enter_scope(&mut self) {
        self.scopes.push(Scope { start: self.bindings.len() });
    }

    pub(crate) fn leave_scope(&mut self) {
        let start = self.scopes.pop().map_or(0, |s| s.start);
        while self.bindings.len() > start {
            let Some(binding) = self.bindings.pop() else { break };
            match binding.shadowed {
                Some(outer) => self.heads.insert(binding.sym, outer),
                None => self.heads.remove(&binding.sym),
            };
        }
    }

    /// Whether the innermost scope is the outermost of the frame.
    pub(crate) fn in_outermost_scope(&self) -> bool {
        self.scopes.len() <= 1
    }

    pub(crate) fn bind(&mut self, sym: Sym, state: BindingState, slot: Option<LocalIdx>, mutability: DeclKind) {
        let shadowed = self.heads.insert(sym, self.bindings.len() as u32);
        self.bindings.push(Binding { sym, shadowed, state, slot, cell: false, mutability, borrowed: false });
    }

    pub(crate) fn head(&self, sym: Sym) -> Option<u32> {
        self.heads.get(&sym).copied()
    }

    pub(crate) fn binding(&self, index: u32) -> Option<&Binding> {
        self.bindings.get(index as usize)
    }

    pub(crate) fn binding_mut(&mut self, index: u32) -> Option<&mut Binding> {
        self.bindings.get_mut(index as usize)
    }

    /// The binding of the name in the innermost scope itself.
    pub(crate) fn in_this_scope(&self, sym: Sym) -> Option<u32> {
        let start = self.scopes.last().map_or(0, |s| s.start);
        self.head(sym).filter(|&i| i as usize >= start)
    }

    /// The innermost candidate of the name.
    pub(crate) fn candidate(&self, sym: Sym) -> Option<u32> {
        let mut at = self.head(sym);
        while let Some(i) = at {
            let binding = self.binding(i)?;
            if binding.state == BindingState::Candidate {
                return Some(i);
            }
            at = binding.shadowed;
        }
        None
    }

    pub(crate) fn is_sure(&self, local: LocalIdx) -> bool {
        self.sure.get(local.index()).copied().unwrap_or(false)
    }

    pub(crate) fn set_sure(&mut self, local: LocalIdx, sure: bool) {
        if let Some(flag) = self.sure.get_mut(local.index()) {
            *flag = sure;
        }
    }

    pub(crate) fn captured(&self, sym: Sym) -> Option<Var> {
        self.capture_vars.get(&sym).copied()
    }

    /// Makes `sym` denote `var` wherever no binding does.
    pub(crate) fn remember(&mut self, sym: Sym, var: Var) {
        self.capture_vars.insert(sym, var);
    }

    /// Adds a private cell whose initial value is given in terms of the creating frame.
    pub(crate) fn add_capture(&mut self, sym: Sym, name: &str, value: Expr, like: Var) -> Var {
        let index = CaptureIdx(self.captures.len() as u32);
        self.captures.push(Capture { name: name.into(), ty: Type::Any });
        self.capture_values.push(value);
        let place = match like.place {
            Place::Cell(_) | Place::CellCapture(_) => Place::CellCapture(index),
            Place::Local(_) | Place::Capture(_) => Place::Capture(index),
        };
        let var = Var { place, ty: Type::Any, borrowed: false, ..like };
        self.capture_vars.insert(sym, var);
        var
    }

    /// The variable of a binding.
    pub(crate) fn var_of(&self, binding: &Binding) -> Option<Var> {
        let slot = binding.slot?;
        let place = if binding.cell { Place::Cell(slot) } else { Place::Local(slot) };
        let ty = if binding.cell { Type::Any } else { self.locals.get(slot.index()).map_or(Type::Any, |l| l.ty) };
        let sure = match binding.state {
            BindingState::Pending => false,
            BindingState::Declared | BindingState::Matched | BindingState::Candidate => self.is_sure(slot),
        };
        Some(Var { place, sure, mutability: binding.mutability, borrowed: binding.borrowed, ty })
    }

    pub(crate) fn shadowed_by(&self, index: u32) -> Option<u32> {
        self.binding(index).and_then(|b| b.shadowed)
    }
}

/// The value of a variable, which may be `Unset` unless it is sure.
pub(crate) fn raw(var: Var, span: Span) -> Expr {
    let any = |kind| build::expr(kind, Type::Any, span);
    match var.place {
        Place::Local(l) => build::local(l, var.ty, span),
        Place::Cell(l) => any(ExprKind::CellGet(alloc::boxed::Box::new(build::local(l, Type::Any, span)))),
        Place::Capture(c) => any(ExprKind::Capture(c)),
        Place::CellCapture(c) => any(ExprKind::CellGet(alloc::boxed::Box::new(any(ExprKind::Capture(c))))),
    }
}

/// Assigns a variable.
pub(crate) fn store(var: Var, value: Expr, span: Span) -> Expr {
    let nil = |kind| build::expr(kind, Type::Nil, span);
    let value = alloc::boxed::Box::new(value);
    match var.place {
        Place::Local(l) => nil(ExprKind::SetLocal(l, value)),
        Place::Cell(l) => nil(ExprKind::CellSet(alloc::boxed::Box::new(build::local(l, Type::Any, span)), value)),
        Place::Capture(c) => nil(ExprKind::SetCapture(c, value)),
        Place::CellCapture(c) => {
            let cell = build::expr(ExprKind::Capture(c), Type::Any, span);
            nil(ExprKind::CellSet(alloc::boxed::Box::new(cell), value))
        }
    }
}
