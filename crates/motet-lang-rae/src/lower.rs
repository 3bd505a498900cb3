//! Syntax tree → core IR, checking on the way: one pass over each body that
//! yields every problem and the lowered code.
//!
//! A function of the program is lowered whether it is called or not; a generic
//! one once per list of type arguments, and once with its parameters open, for
//! its problems only. Functions of the library are lowered when something
//! reaches them.
//!
//! Invariants:
//! - A part with a problem has type [`Ty::Unknown`], which fits everywhere. The
//!   IR is used only if there was no problem at all.
//! - A value of static type `t` has the IR type [`Lowerer::repr`] of `t`;
//!   numbers may differ (see [`V`]) until they are stored.
//! - Structs, lists, arrays and buffers have one owner: whatever reads a place
//!   into an owner copies deeply. References are the objects themselves; of
//!   scalars, strings and optionals they are cells or records of the class
//!   `$ref`.
//! - Every problem is reported once, however often its place is lowered.

mod assign;
mod bind;
mod call;
mod control;
mod convert;
mod expr;
mod function;
mod intrinsic;
mod json;
mod matching;
mod operator;
mod place;
mod scan;
mod select;
mod stmt;
#[cfg(test)]
mod tests;
mod text;
mod types;
mod unit;

use alloc::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    string::String,
    vec::Vec,
};

use motet_ir as ir;
use motet_source::{Code, Diagnostic, FileId, Span};

use crate::{
    ast::{Ident, Mode, TypeRef},
    decls::{Declarer, Decls},
    lexer::MAX_ERRORS,
    names::{Name, Names},
    program::SourceUnit,
    types::Ty,
};
pub use unit::lower;

/// Most specialisations of generic functions in a program.
const MAX_INSTANCES: usize = 4_096;

/// A lowered expression.
#[derive(Clone)]
struct V {
    /// Static type. The number of a numeric one may be of another kind: `n * 1.5` is an Int that is a float.
    ty: Ty,
    e: ir::Expr,
    /// Nobody else holds the object: it may be stored without a copy.
    fresh: bool,
    /// A number not yet rounded to its storage: of C's type `double` or wider than its integer type.
    raw: bool,
}

/// What a name of a body stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    Let,
    Var,
    Const,
    Param(Option<Mode>),
    /// A reference to another place; whether it can be written through.
    Alias(bool),
}

struct Variable {
    name: Name,
    ty: Ty,
    role: Role,
    /// How many collection loops go over it.
    iterated: u32,
    place: place::Place,
}

/// What `ret`, `break` and `continue` must pass on their way out.
enum Context {
    /// A loop of the program; where `continue` goes: the loop itself, or out of the block around its body.
    Loop(ir::Label),
    /// A block with `defer`s: how it is left is noted, then they run.
    Deferred {
        label: ir::Label,
        /// Local that holds how the block is left: 0 at its end, 1 `ret`, 2 `break`, 3 `continue`.
        exit: ir::LocalIdx,
        /// Ways that occur.
        ways: [bool; 4],
        /// Each block with the local that says whether its `defer` was reached.
        blocks: Vec<(ir::LocalIdx, ir::Expr)>,
    },
}

/// The function being lowered.
#[derive(Default)]
struct Body {
    locals: Vec<ir::Local>,
    labels: u32,
    /// Innermost last.
    scope: Vec<Variable>,
    /// Where the variables of each open block begin.
    blocks: Vec<usize>,
    type_params: Vec<Name>,
    /// What the type parameters stand for; empty when they are open.
    bound: Vec<(Name, Ty)>,
    result: Ty,
    contexts: Vec<Context>,
    loops: u32,
    /// Local variables that need a cell, since a reference to them is handed over.
    celled: BTreeSet<Name>,
    /// Whether references to objects are bound to names: assignments must then keep objects.
    aliases: bool,
    /// Whether variables declared here may be read before they have a value, as far as IR can tell: those of a block
    /// with `defer`s.
    is_late: bool,
    /// First values of such variables of scalar types.
    late: Vec<ir::Expr>,
    /// Types of such variables of other types, which are `Any` to IR.
    late_types: BTreeMap<ir::LocalIdx, ir::Type>,
    /// Place of the call that is being spawned.
    spawned: Option<Span>,
    /// The variable of an `if let` that is declared at the beginning of its branch.
    pending: Option<(Ident, Ty, Role, V)>,
    /// Holds the result while `defer`s run.
    kept: Option<ir::LocalIdx>,
}

/// A function that is still to be lowered.
enum Work {
    Instance { func: usize, args: Vec<Ty>, at: ir::FuncIdx },
    Generated { what: Generated, at: ir::FuncIdx },
}

/// A function that stands for a part of the language.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Generated {
    /// The default value of a struct type.
    New(Ty),
    /// Text of a value.
    Text(Ty),
    /// Text of an element of a list: strings are quoted.
    Quoted(Ty),
    ToJson(Ty),
    FromJson(Ty),
}

/// Where a global is kept.
#[derive(Clone)]
enum GlobalPlace {
    /// Not lowered yet.
    Open,
    /// A constant, used in its place.
    Constant(ir::Expr),
    Plain(ir::GlobalIdx),
    Cell(ir::GlobalIdx),
}

/// State of the pass over a program.
pub struct Lowerer<'a> {
    names: &'a Names,
    units: &'a [SourceUnit],
    /// Whether a program without `main` fails when it is run.
    whole: bool,
    decls: Decls,
    errors: Vec<Diagnostic>,
    reported: BTreeSet<(FileId, Span, String)>,
    module: ir::Module,
    natives: BTreeMap<String, ir::NativeIdx>,
    classes: BTreeMap<Ty, ir::ClassIdx>,
    instances: BTreeMap<(usize, Vec<Ty>), ir::FuncIdx>,
    generated: BTreeMap<Generated, ir::FuncIdx>,
    queue: VecDeque<Work>,
    globals: Vec<GlobalPlace>,
    /// Names of globals to which references are handed over.
    celled_globals: BTreeSet<Name>,
    /// Words by which each unit calls functions of modules: the word, and the modules it means.
    qualifiers: Vec<BTreeMap<Name, Vec<usize>>>,
    /// Per unit: units whose functions it can call without a qualifier.
    visible: Vec<BTreeSet<usize>>,
    list_type: Option<usize>,
    reference_class: Option<ir::ClassIdx>,
    too_many: bool,
    // Of the unit being lowered:
    unit: usize,
    file: FileId,
    strings: &'a [String],
    // Of the function being lowered:
    body: Body,
}

impl<'a> Lowerer<'a> {
    #[cold]
    fn note(&mut self, code: Code, span: Span, message: impl Into<String>) {
        let message = message.into();
        if self.errors.len() < MAX_ERRORS && self.reported.insert((self.file, span, message.clone())) {
            self.errors.push(Diagnostic::error(code, self.file, span, message));
        }
    }

    fn text(&self, name: Name) -> &'a str {
        self.names.text(name)
    }

    fn show(&self, ty: &Ty) -> String {
        ty.show(&self.decls, self.names)
    }

    /// The type that is written there, in the function being lowered.
    fn resolve(&mut self, ty: &TypeRef) -> Ty {
        let mut found = Vec::new();
        let mut declarer = Declarer {
            decls: &mut self.decls,
            names: self.names,
            file: self.file,
            unit: self.unit,
            errors: &mut found,
        };
        let resolved = declarer.resolve(ty, &self.body.type_params);
        for d in found {
            self.note(d.code, d.span, d.message);
        }
        if self.body.bound.is_empty() { resolved } else { resolved.substitute(&self.body.bound) }
    }

    fn variable(&self, name: Name) -> Option<&Variable> {
        self.body.scope.iter().rev().find(|v| v.name == name)
    }

    fn string(&self, index: u32) -> &'a str {
        self.strings.get(index as usize).map_or("", |s| s)
    }

    fn in_library(&self) -> bool {
        self.decls.in_library
    }

    // ---- IR

    fn local(&mut self, name: impl Into<String>, ty: ir::Type) -> ir::LocalIdx {
        let at = ir::LocalIdx(self.body.locals.len() as u32);
        let mut ty = if ty == ir::Type::Never { ir::Type::Any } else { ty };
        if self.body.is_late {
            let nowhere = Span::default();
            let zero = match ty {
                ir::Type::Int => Some(ir::build::int(0, nowhere)),
                ir::Type::Float => Some(ir::build::float(0.0, nowhere)),
                ir::Type::Bool => Some(ir::build::bool(false, nowhere)),
                ir::Type::Str => Some(ir::build::str("", nowhere)),
                _ => None,
            };
            match zero {
                Some(zero) => self.body.late.push(ir::build::set_local(at, zero, nowhere)),
                None => {
                    self.body.late_types.insert(at, ty);
                    ty = ir::Type::Any;
                }
            }
        }
        self.body.locals.push(ir::Local { name: name.into(), ty });
        at
    }

    /// The local's value.
    fn read(&self, local: ir::LocalIdx, span: Span) -> ir::Expr {
        let ty = self.body.locals.get(local.index()).map_or(ir::Type::Any, |l| l.ty);
        let value = ir::build::local(local, ty, span);
        match self.body.late_types.get(&local) {
            Some(&ty) => ir::build::cast(ty, value),
            None => value,
        }
    }

    /// Keeps a value for several uses: the assignment, and the local.
    fn keep(&mut self, e: ir::Expr) -> (ir::Expr, ir::LocalIdx) {
        let local = self.local("$", e.ty);
        let span = e.span;
        (ir::build::set_local(local, e, span), local)
    }

    fn label(&mut self) -> ir::Label {
        self.body.labels += 1;
        ir::Label(self.body.labels)
    }

    /// The native function, and the type of its result: engines know one per name.
    fn native(&mut self, name: &str, result: ir::Type) -> (ir::NativeIdx, ir::Type) {
        if let Some(&n) = self.natives.get(name) {
            return (n, self.module.natives.get(n.index()).map_or(result, |n| n.result));
        }
        let n = ir::NativeIdx(self.module.natives.len() as u32);
        let pure = PURE.contains(&name);
        let effects = ir::NativeEffects { pure, retains: !pure, ..ir::NativeEffects::default() };
        self.module.natives.push(ir::Native { name: name.into(), result, effects });
        self.natives.insert(name.into(), n);
        (n, result)
    }

    fn call_native(&mut self, name: &str, result: ir::Type, args: Vec<ir::Expr>, span: Span) -> ir::Expr {
        let (n, known) = self.native(name, result);
        let args = args.into_iter().map(|expr| ir::Arg { expr, spread: false }).collect();
        let call = ir::build::expr(ir::ExprKind::CallNative(n, args), known, span);
        ir::build::cast(result, call)
    }
}

/// Native functions without effects, which do not fail either.
const PURE: &[&str] = &[
    "rae.float_text",
    "rae.sin",
    "rae.cos",
    "rae.tan",
    "rae.asin",
    "rae.acos",
    "rae.atan",
    "rae.sqrt",
    "rae.exp",
    "rae.floor",
    "rae.ceil",
    "rae.round",
    "rae.atan2",
    "rae.pow",
    "rae.math_log",
    "rae.popcount",
    "rae.leadingZeros",
    "rae.trailingZeros",
    "rae.u64_div",
    "rae.u64_less",
    "rae.u64_to_float",
    "rae.float_to_u64",
];

impl V {
    fn new(ty: Ty, e: ir::Expr) -> V {
        V { ty, e, fresh: false, raw: false }
    }

    fn fresh(ty: Ty, e: ir::Expr) -> V {
        V { ty, e, fresh: true, raw: false }
    }
}
