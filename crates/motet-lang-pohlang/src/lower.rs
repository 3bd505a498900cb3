//! Syntax trees to IR: the state of lowering and its tables. Names, expressions,
//! operators, calls, statements, functions, errors, imports and the web are in
//! the submodules.
//!
//! Invariants: only statements of the program level assign globals, and no
//! expression assigns anything; every value that gets a second holder passes
//! through a `Share` node when it is stored ([`Lowerer::retained`]); no
//! expression or statement is lowered twice.

mod call;
mod cond;
mod errors;
mod expr;
mod frame;
mod function;
mod import;
mod names;
mod scan;
mod stmt;
mod web;

use alloc::{
    boxed::Box,
    collections::{BTreeMap, BTreeSet},
    format,
    string::{String, ToString},
    vec,
    vec::Vec,
};

use motet_ir::{
    Arg, Expr as Ir, ExprKind as Kind, FuncIdx, GlobalIdx, LocalIdx, Module, NativeEffects, NativeIdx, Options, Tables,
    Type, build,
};
use motet_source::{Diagnostic, FileId, Span};

use crate::{ast, program::Unit};
use frame::{Frame, FrameKind};

/// A global variable of the program or of a system module.
pub(crate) struct GlobalName<'a> {
    /// In the module's table.
    index: GlobalIdx,
    /// Statements that assign it; one in a loop counts twice.
    sets: u32,
    /// The definition, if a definition assigns it.
    definition: Option<&'a ast::Function<'a>>,
    /// The number, if a number written as such is assigned.
    literal: Option<f64>,
    /// The function of `definition`, if that is the only assignment.
    func: Option<FuncIdx>,
    /// It certainly holds a value here.
    sure: bool,
    /// It may hold a value here.
    maybe: bool,
}

/// Something that is certainly assigned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Local(LocalIdx),
    Global(usize),
}

/// What a branch certainly assigned; `None` if its end cannot be reached.
type BranchEnd = Option<Vec<Key>>;

/// How a file of the program is reached.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Reach {
    /// Where its names live: 0 for the program, else the number of a system module.
    space: Option<usize>,
    /// Import statements that name it; one in a loop counts twice.
    sites: u32,
    /// The function that runs it.
    body: Option<FuncIdx>,
    /// Remembers whether it runs or ran.
    state: Option<GlobalIdx>,
    /// Its body was lowered, or is being lowered.
    lowered: bool,
}

pub(crate) struct Lowerer<'a> {
    units: &'a [Unit<'a>],
    /// Path of the program, for the texts of errors.
    path: &'a str,
    hosts: BTreeSet<&'a str>,
    /// All of the program is known: a session may go on with more statements.
    whole: bool,
    /// File being lowered.
    unit: usize,
    /// Namespace of the names of the file being lowered.
    space: usize,
    frames: Vec<Frame<'a>>,
    /// Namespace → name → position in `globals`.
    spaces: Vec<BTreeMap<&'a str, usize>>,
    globals: Vec<GlobalName<'a>>,
    reaches: Vec<Reach>,
    /// Statements of the program level around here that run conditionally or more than once.
    conditional: usize,
    /// Loops of the program level around here.
    loops: usize,
    /// Imports around here.
    import_depth: usize,
    /// Files that are lowered at the end, without knowledge of what is assigned when they run.
    deferred: Vec<usize>,
    /// By alias or own name: the system module, and its namespace, if it exists.
    modules: BTreeMap<&'a str, (&'a str, Option<usize>)>,
    /// By name: the system module that exposed it.
    exposed: BTreeMap<&'a str, &'a str>,
    log: Vec<Key>,
    saved_logs: Vec<Vec<Key>>,
    /// Definitions so far, by name, for the names of hidden globals.
    definitions: BTreeMap<&'a str, u32>,
    request: Option<GlobalIdx>,
    tables: Tables,
}

/// Lowers a program; unit 0 is the main file.
///
/// # Errors
/// A program whose functions are too deeply nested.
pub(crate) fn lower<'a>(units: &'a [Unit<'a>], options: &'a Options) -> Result<Module, Vec<Diagnostic>> {
    let mut lowerer = Lowerer::new(units, options);
    let init = lowerer.tables.reserve_function();
    lowerer.scan_program(options.replay_until > 0);
    lowerer.main(init, options.replay_until);
    lowerer.deferred_units();
    lowerer.tables.finish(crate::semantics::LANGUAGE, init).map_err(|error| vec![error])
}

fn any_typed(kind: Kind, span: Span) -> Ir {
    build::expr(kind, Type::Any, span)
}

fn nil_typed(kind: Kind, span: Span) -> Ir {
    build::expr(kind, Type::Nil, span)
}

fn raise(message: impl Into<String>, span: Span) -> Ir {
    build::expr(Kind::RaiseError(message.into()), Type::Never, span)
}

fn is_type(value: Ir, ty: Type, span: Span) -> Ir {
    build::expr(Kind::IsType(Box::new(value), ty), Type::Bool, span)
}

fn is_unset(value: Ir, span: Span) -> Ir {
    build::expr(Kind::IsUnset(Box::new(value)), Type::Bool, span)
}

fn both(a: Ir, b: Ir, span: Span) -> Ir {
    build::expr(Kind::And(Box::new(a), Box::new(b)), Type::Bool, span)
}

/// Marks a container as having a second holder.
fn share(value: Ir) -> Ir {
    match value.ty {
        Type::Nil | Type::Bool | Type::Int | Type::Float | Type::Str | Type::Func | Type::Never => value,
        Type::Any | Type::List | Type::Map | Type::Record(_) => {
            let (ty, span) = (value.ty, value.span);
            build::expr(Kind::Share(Box::new(value)), ty, span)
        }
    }
}

/// What a native does to its arguments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Effect {
    /// Reads them; what it keeps or hands out it marks itself.
    Reads,
    /// As `Reads`; it has no other effect and cannot fail.
    Pure,
    /// May update the first in place when nobody else holds it.
    Consumes,
    /// May keep them.
    Retains,
}

impl Effect {
    fn effects(self) -> NativeEffects {
        let none = NativeEffects::default();
        match self {
            Effect::Reads => none,
            Effect::Pure => NativeEffects { pure: true, ..none },
            Effect::Consumes => NativeEffects { consumes_first: true, retains: true, ..none },
            Effect::Retains => NativeEffects { retains: true, ..none },
        }
    }
}

impl<'a> Lowerer<'a> {
    fn new(units: &'a [Unit<'a>], options: &'a Options) -> Self {
        Self {
            units,
            path: units.first().map_or("", |u| u.path),
            hosts: options.host.iter().map(|h| h.name.as_str()).collect(),
            whole: options.whole,
            unit: 0,
            space: 0,
            frames: Vec::new(),
            spaces: vec![BTreeMap::new()],
            globals: Vec::new(),
            reaches: vec![Reach::default(); units.len()],
            conditional: 0,
            loops: 0,
            import_depth: 0,
            deferred: Vec::new(),
            modules: BTreeMap::new(),
            exposed: BTreeMap::new(),
            log: Vec::new(),
            saved_logs: Vec::new(),
            definitions: BTreeMap::new(),
            request: None,
            tables: Tables::default(),
        }
    }

    /// The main file as the function that runs the program.
    fn main(&mut self, init: FuncIdx, replay_until: u32) {
        let Some(unit) = self.units.first() else { return };
        let span = Span::new(0, 0);
        self.begin_frame(Frame::new(FrameKind::Program, init));
        let path = build::str(self.path, span);
        let mut parts = vec![self.native_call("program", Type::Nil, Effect::Reads, vec![path], span)];
        for stmt in &unit.program.body {
            if stmt.span.end <= replay_until {
                self.replay(stmt);
            } else {
                parts.push(self.statement(stmt));
            }
        }
        parts.push(build::nil(span));
        self.end_frame("<main>", 0..=0, parts, span);
    }

    // ---- tables

    /// The hidden global with the dictionary of the request that is being answered.
    fn request(&mut self) -> GlobalIdx {
        if let Some(global) = self.request {
            return global;
        }
        let global = self.tables.new_global("$request".to_string());
        self.request = Some(global);
        global
    }

    /// The native `pohlang.name`.
    fn native(&mut self, name: &str, result: Type, effect: Effect) -> NativeIdx {
        self.linked(format!("pohlang.{name}"), result, effect)
    }

    fn linked(&mut self, name: String, result: Type, effect: Effect) -> NativeIdx {
        self.tables.native(name, result, effect.effects())
    }

    fn native_call(&mut self, name: &str, result: Type, effect: Effect, args: Vec<Ir>, span: Span) -> Ir {
        let native = self.native(name, result, effect);
        call_native(native, result, args, span)
    }

    fn file(&self) -> FileId {
        self.units.get(self.unit).map_or(FileId(0), |u| u.file)
    }

    // ---- certain assignment

    fn mark(&mut self, key: Key) {
        let fresh = match key {
            Key::Local(local) => self.frame().mark_sure(local),
            Key::Global(global) => self.globals.get_mut(global).is_some_and(|g| {
                g.maybe = true;
                !core::mem::replace(&mut g.sure, true)
            }),
        };
        if fresh {
            self.log.push(key);
        }
    }

    /// Where a branch starts.
    fn branch(&self) -> usize {
        self.log.len()
    }

    /// Forgets what was certainly assigned since `start` and hands it back.
    fn end_branch(&mut self, start: usize, diverges: bool) -> BranchEnd {
        let added = self.log.split_off(start.min(self.log.len()));
        for &key in &added {
            match key {
                Key::Local(local) => self.frame().forget_sure(local),
                Key::Global(global) => {
                    if let Some(global) = self.globals.get_mut(global) {
                        global.sure = false;
                    }
                }
            }
        }
        (!diverges).then_some(added)
    }

    /// Adopts what all branches that can be left assigned.
    fn join_branches(&mut self, ends: Vec<BranchEnd>) {
        let mut ends = ends.into_iter().flatten();
        let Some(mut common) = ends.next() else { return };
        for end in ends {
            let set: BTreeSet<Key> = end.into_iter().collect();
            common.retain(|key| set.contains(key));
        }
        for key in common {
            self.mark(key);
        }
    }
}

fn call_native(native: NativeIdx, result: Type, args: Vec<Ir>, span: Span) -> Ir {
    let never = args.iter().any(|a| a.ty == Type::Never);
    let args = args.into_iter().map(|expr| Arg { expr, spread: false }).collect();
    build::expr(Kind::CallNative(native, args), if never { Type::Never } else { result }, span)
}
