//! What is known of the functions being lowered: variables, captures, and how a name is reached from an inner block.

use alloc::{string::String, vec::Vec};

use motet_ir::{Capture, CaptureIdx, Expr as Ir, ExprKind as Kind, FuncIdx, Label, Local, LocalIdx, Type, build};
use motet_source::Span;

use super::{Lowerer, captures::Captured};

/// What sort of body a function has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FrameKind {
    /// A method; local 0 is the receiver.
    Method,
    /// A do-it.
    DoIt,
    /// A block.
    Block,
}

/// A variable of a program, by its place among all that the unit declared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct VarId(usize);

/// What a block takes along from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Taken {
    /// A variable: its value or its cell.
    Var(VarId),
    /// The receiver.
    Receiver,
    /// The token by which `^` finds its method.
    Home,
}

/// A declared variable.
#[derive(Debug)]
struct Var {
    /// In which frame.
    frame: usize,
    /// Its local there.
    local: LocalIdx,
    /// Whether the local holds a cell.
    cell: bool,
}

/// A function being lowered.
pub(crate) struct Frame {
    /// Its index.
    pub func: FuncIdx,
    /// What it is.
    pub kind: FrameKind,
    /// Name for traces.
    pub name: String,
    locals: Vec<Local>,
    captures: Vec<(Taken, String)>,
    /// Names in scope, innermost last.
    scopes: Vec<Vec<(String, VarId)>>,
    labels: u32,
    /// The local with the token by which blocks return from here.
    pub home: Option<LocalIdx>,
    /// Variables of the unit; only those of the outermost frame count.
    vars: Vec<Var>,
    /// What the unit's blocks capture; only that of the outermost frame counts.
    pub captured: Captured,
}

impl Frame {
    pub(crate) fn new(kind: FrameKind, func: FuncIdx, name: String) -> Self {
        Self {
            func,
            kind,
            name,
            locals: Vec::new(),
            captures: Vec::new(),
            scopes: Vec::new(),
            labels: 0,
            home: None,
            vars: Vec::new(),
            captured: Captured::default(),
        }
    }

    /// A new local of any type.
    pub(super) fn local(&mut self, name: &str, ty: Type) -> LocalIdx {
        self.locals.push(Local { name: name.into(), ty });
        LocalIdx(self.locals.len() as u32 - 1)
    }

    /// Locals and captures, for the finished function.
    pub(super) fn finish(self) -> (Vec<Local>, Vec<Capture>, Vec<Taken>) {
        let captures = self.captures.iter().map(|(_, name)| Capture { name: name.clone(), ty: Type::Any }).collect();
        (self.locals, captures, self.captures.into_iter().map(|(taken, _)| taken).collect())
    }
}

/// A variable in scope: where the running function has it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    raw: Raw,
    cell: bool,
}

#[derive(Clone, Copy, Debug)]
enum Raw {
    Local(LocalIdx, Type),
    Capture(CaptureIdx),
}

impl Lowerer {
    pub(super) fn frame(&mut self) -> &mut Frame {
        self.frames.last_mut().expect("lowering happens in functions")
    }

    fn unit(&mut self) -> &mut Frame {
        self.frames.first_mut().expect("lowering happens in functions")
    }

    /// A local for an intermediate value.
    pub(super) fn temporary(&mut self) -> LocalIdx {
        self.frame().local("$", Type::Any)
    }

    pub(super) fn label(&mut self) -> Label {
        let frame = self.frame();
        frame.labels += 1;
        Label(frame.labels - 1)
    }

    pub(super) fn open_scope(&mut self) {
        self.frame().scopes.push(Vec::new());
    }

    pub(super) fn close_scope(&mut self) {
        self.frame().scopes.pop();
    }

    /// Brings a variable into scope; `declared` is where its declaration begins. A variable that needs one lives in a
    /// cell, which the result makes; `first` is what it holds first.
    pub(super) fn declare(&mut self, name: &str, declared: u32, first: Ir, span: Span) -> Ir {
        let cell = self.unit().captured.in_cell(declared);
        let local = self.frame().local(name, Type::Any);
        self.bind(name, local, cell);
        let value = if cell { new_cell(first) } else { first };
        build::set_local(local, value, span)
    }

    /// Brings a parameter into scope, which is in the local already; what moves it to a cell, if it needs one.
    pub(super) fn declare_param(&mut self, name: &str, declared: u32, local: LocalIdx, span: Span) -> Option<Ir> {
        let ty = self.frame().locals[local.index()].ty;
        let captured = &self.unit().captured;
        // Counters of loops are integers, whatever is assigned to the parameter.
        let copied = captured.in_cell(declared) || (ty != Type::Any && captured.is_assigned(declared));
        if !copied {
            self.bind(name, local, false);
            return None;
        }
        Some(self.declare(name, declared, build::local(local, ty, span), span))
    }

    /// Brings a loop variable into scope, which is in a local of its own already and stays as it is.
    pub(super) fn bind(&mut self, name: &str, local: LocalIdx, cell: bool) {
        let frame = self.frames.len() - 1;
        let unit = self.unit();
        let id = VarId(unit.vars.len());
        unit.vars.push(Var { frame, local, cell });
        if let Some(scope) = self.frame().scopes.last_mut() {
            scope.push((name.into(), id));
        }
    }

    /// A variable in scope.
    pub(super) fn variable(&mut self, name: &str) -> Option<Place> {
        let found = self.frames.iter().rev().find_map(|frame| {
            frame.scopes.iter().rev().find_map(|scope| scope.iter().rev().find(|(n, _)| n == name).map(|(_, id)| *id))
        })?;
        let var = &self.unit().vars[found.0];
        let (home, local, cell) = (var.frame, var.local, var.cell);
        let raw = if home + 1 == self.frames.len() {
            Raw::Local(local, self.frames[home].locals[local.index()].ty)
        } else {
            Raw::Capture(self.take(Taken::Var(found), name))
        };
        Some(Place { raw, cell })
    }

    /// The running block's own cell for something from outside.
    fn take(&mut self, taken: Taken, name: &str) -> CaptureIdx {
        let frame = self.frame();
        let at = frame.captures.iter().position(|(t, _)| *t == taken).unwrap_or_else(|| {
            frame.captures.push((taken, name.into()));
            frame.captures.len() - 1
        });
        CaptureIdx(at as u32)
    }

    /// What a closure made here receives.
    pub(super) fn give(&mut self, taken: Taken, span: Span) -> Ir {
        match taken {
            Taken::Receiver => self.receiver(span),
            Taken::Home => self.home(span),
            Taken::Var(id) => {
                let var = &self.unit().vars[id.0];
                let (home, local) = (var.frame, var.local);
                if home + 1 == self.frames.len() {
                    let ty = self.frames[home].locals[local.index()].ty;
                    build::local(local, ty, span)
                } else {
                    let name = self.frames[home].locals[local.index()].name.clone();
                    let capture = self.take(taken, &name);
                    build::expr(Kind::Capture(capture), Type::Any, span)
                }
            }
        }
    }

    /// The receiver of the method; in a do-it the workspace.
    pub(super) fn receiver(&mut self, span: Span) -> Ir {
        let kind = self.unit().kind;
        if kind == FrameKind::DoIt {
            return self.global_value("Workspace", span);
        }
        if self.frames.len() == 1 {
            return build::local(LocalIdx(0), Type::Any, span);
        }
        let capture = self.take(Taken::Receiver, "self");
        build::expr(Kind::Capture(capture), Type::Any, span)
    }

    /// The token of the method or do-it.
    pub(super) fn home(&mut self, span: Span) -> Ir {
        if self.frames.len() == 1
            && let Some(home) = self.frame().home
        {
            return build::local(home, Type::Any, span);
        }
        let capture = self.take(Taken::Home, "$home");
        build::expr(Kind::Capture(capture), Type::Any, span)
    }

    pub(super) fn read(&mut self, place: Place, span: Span) -> Ir {
        let raw = match place.raw {
            Raw::Local(local, ty) => build::local(local, ty, span),
            Raw::Capture(capture) => build::expr(Kind::Capture(capture), Type::Any, span),
        };
        if place.cell { cell_get(raw, span) } else { raw }
    }

    pub(super) fn write(&mut self, place: Place, value: Ir, span: Span) -> Ir {
        match (place.raw, place.cell) {
            (Raw::Local(local, ty), true) => cell_set(build::local(local, ty, span), value, span),
            (Raw::Local(local, _), false) => build::set_local(local, value, span),
            (Raw::Capture(capture), true) => {
                cell_set(build::expr(Kind::Capture(capture), Type::Any, span), value, span)
            }
            (Raw::Capture(capture), false) => {
                let ty = build::statement_type(&[&value]);
                build::expr(Kind::SetCapture(capture, value.into()), ty, span)
            }
        }
    }
}

pub(super) fn new_cell(value: Ir) -> Ir {
    let span = value.span;
    build::expr(Kind::NewCell(value.into()), Type::Any, span)
}

pub(super) fn cell_get(cell: Ir, span: Span) -> Ir {
    build::expr(Kind::CellGet(cell.into()), Type::Any, span)
}

pub(super) fn cell_set(cell: Ir, value: Ir, span: Span) -> Ir {
    let ty = build::statement_type(&[&value]);
    build::expr(Kind::CellSet(cell.into(), value.into()), ty, span)
}
