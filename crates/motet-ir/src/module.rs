//! Modules, functions, globals, classes.

use alloc::{string::String, vec::Vec};

use motet_source::{FileId, Sources, Span};

use crate::{Expr, FuncIdx, NativeIdx, Type};

/// A whole program: a main file and everything it imports, linked.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Module {
    /// Name of the main file.
    pub name: String,
    /// Languages that occur; [`Function::language`] and [`Class::language`] index it.
    pub languages: Vec<String>,
    /// Names and texts of the source files.
    pub sources: Sources,
    /// All functions.
    pub functions: Vec<Function>,
    /// All global variables.
    pub globals: Vec<Global>,
    /// All classes (records, variants).
    pub classes: Vec<Class>,
    /// Native functions that are used.
    pub natives: Vec<Native>,
    /// Runs the program; no parameters. Its value is the program's result.
    pub init: FuncIdx,
    /// For languages whose programs have one: the function that a restart after a reload runs again, globals kept; no
    /// parameters. `init` calls it after the initialisers.
    pub main: Option<FuncIdx>,
    /// What live replacement must know of each global; empty unless the program was compiled for it.
    pub live: Vec<LiveGlobal>,
    /// Test functions (no parameters), in source order; filled when tests were asked for.
    pub tests: Vec<TestEntry>,
}

/// How a call of the function behaves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FunctionKind {
    /// Runs at once.
    #[default]
    Normal,
    /// A call makes a suspended fiber; the body runs when it is iterated.
    Generator,
    /// Runs at once; the language turns the result into a promise.
    Async,
}

/// One function.
#[derive(Clone, Debug, PartialEq)]
pub struct Function {
    /// Name for traces and messages; `Type.method` for methods, the language's word for anonymous ones.
    pub name: String,
    /// Index into [`Module::languages`].
    pub language: u32,
    /// File that all spans of the body refer to.
    pub source: FileId,
    /// The declaration.
    pub span: Span,
    /// Number of parameters; they are the first locals.
    pub params: u32,
    /// How many of the last parameters a call by value, a send or the host may leave out; they arrive `Unset`, and are of
    /// type `Any`. A [`ExprKind::Call`](crate::ExprKind::Call) gives all arguments, [`Unset`](crate::ExprKind::Unset) for
    /// those it leaves out.
    pub optional: u32,
    /// Parameters, then other locals.
    pub locals: Vec<Local>,
    /// Private cells of closures over this function.
    pub captures: Vec<Capture>,
    /// Type of the result.
    pub result: Type,
    /// Normal, generator or async.
    pub kind: FunctionKind,
    /// Left out of traces (library code written in the guest language).
    pub hidden: bool,
    /// Its value is the result unless it returns before.
    pub body: Expr,
}

/// A local variable or parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Local {
    /// Name in the source, or a compiler name that starts with `$`.
    pub name: String,
    /// Static type.
    pub ty: Type,
}

/// A captured variable: one private, mutable cell of each closure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Capture {
    /// Name in the source.
    pub name: String,
    /// Static type.
    pub ty: Type,
}

/// What a global holds when the module is loaded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum GlobalInit {
    /// Nothing: reading it raises.
    #[default]
    Unset,
    /// `nil`.
    Nil,
    /// A function.
    Func(FuncIdx),
    /// A native function.
    Native(NativeIdx),
}

/// A global variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Global {
    /// Name in the source. Reload and REPL carry values over by name.
    pub name: String,
    /// Static type of the values stored.
    pub ty: Type,
    /// Content at load.
    pub init: GlobalInit,
}

/// What live replacement must know of a global.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LiveGlobal {
    /// File that declares it: globals of two versions are the same if file and name are.
    pub source: FileId,
    /// Assigns the global its first value, and does nothing else; no parameters, no captures.
    pub initializer: Option<FuncIdx>,
}

/// What a class is to its language.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ClassKind {
    /// Named fields.
    #[default]
    Struct,
    /// A tagged value with positional payload: fields `0`, `1`, …
    Variant,
}

/// A field of a class.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// Name.
    pub name: String,
    /// Static type of the values stored.
    pub ty: Type,
}

/// A record type. Two classes of one name and language are the same class at run time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Class {
    /// Name as shown, such as `Account`, `Ok` or `Shape::Circle`.
    pub name: String,
    /// Index into [`Module::languages`].
    pub language: u32,
    /// Struct or variant.
    pub kind: ClassKind,
    /// Declared fields, in layout order.
    pub fields: Vec<Field>,
    /// Methods; each takes the receiver first.
    pub methods: Vec<(String, FuncIdx)>,
}

/// What calls of a native function do to its arguments.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NativeEffects {
    /// Its result depends on its arguments only, it has no effect, and it cannot raise.
    pub pure: bool,
    /// It may update its first argument in place when nobody else holds it.
    pub consumes_first: bool,
    /// It may keep arguments (store them in its result or elsewhere).
    pub retains: bool,
    /// It has no other effect than to read, and gives the part of its first argument that its second names, or
    /// `nil`; unmarked.
    pub part: bool,
}

/// A native function used by the module, linked by name at load.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Native {
    /// Qualified name, such as `ruff.push`.
    pub name: String,
    /// Static type of the result; the loader checks it against the library.
    pub result: Type,
    /// For the optimiser.
    pub effects: NativeEffects,
}

/// One test of the program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TestEntry {
    /// Title, with group titles in front.
    pub name: String,
    /// Runs it; raises when the test fails.
    pub func: FuncIdx,
}
