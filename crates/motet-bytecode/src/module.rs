//! Modules as data. Nothing here is proven: `motet-verify` turns a [`Module`]
//! into a `VerifiedModule`, and only that may be run.

use alloc::{string::String, vec::Vec};

use crate::{ClassIdx, FuncIdx, NativeIdx, Type};

/// A linked program in portable code.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Module {
    /// Name of the main file.
    pub name: String,
    /// Languages that occur; [`Function::language`] and [`Class::language`] index it.
    pub languages: Vec<String>,
    /// Constant pool, without duplicates as emitted.
    pub constants: Vec<Const>,
    /// All functions.
    pub functions: Vec<Function>,
    /// All global variables.
    pub globals: Vec<Global>,
    /// All classes.
    pub classes: Vec<Class>,
    /// Shapes that `record` makes.
    pub layouts: Vec<Layout>,
    /// Native functions, linked by name at load.
    pub natives: Vec<Native>,
    /// Runs the program; no parameters, no captures.
    pub init: FuncIdx,
    /// What a restart after a reload runs again, globals kept, in languages that have such a function; no parameters,
    /// no captures. `init` calls it after the initialisers.
    pub main: Option<FuncIdx>,
    /// What live replacement must know: empty, or one entry per global.
    pub live: Vec<LiveGlobal>,
    /// Test functions, in source order.
    pub tests: Vec<TestEntry>,
    /// Names and places for people; absent when stripped.
    pub debug: Option<Debug>,
}

/// A constant.
#[derive(Clone, Debug)]
pub enum Const {
    /// `nil`.
    Nil,
    /// A boolean.
    Bool(bool),
    /// An integer.
    Int(i64),
    /// A float; constants are told apart by bits.
    Float(f64),
    /// A string; also names of fields and variables, and messages.
    Str(String),
    /// A function without captures.
    Func(FuncIdx),
    /// The name of a message, for `send`.
    Selector(String),
}

impl PartialEq for Const {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Const::Nil, Const::Nil) => true,
            (Const::Bool(a), Const::Bool(b)) => a == b,
            (Const::Int(a), Const::Int(b)) => a == b,
            (Const::Float(a), Const::Float(b)) => a.to_bits() == b.to_bits(),
            (Const::Str(a), Const::Str(b)) | (Const::Selector(a), Const::Selector(b)) => a == b,
            (Const::Func(a), Const::Func(b)) => a == b,
            (
                Const::Nil
                | Const::Bool(_)
                | Const::Int(_)
                | Const::Float(_)
                | Const::Str(_)
                | Const::Func(_)
                | Const::Selector(_),
                _,
            ) => false,
        }
    }
}

impl Eq for Const {}

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
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Function {
    /// Name for traces and messages.
    pub name: String,
    /// Index into [`Module::languages`].
    pub language: u32,
    /// Number of parameters; they are the first locals.
    pub params: u16,
    /// How many of the last parameters a call by value may leave out; they arrive unset and are of type `Any`.
    pub optional: u16,
    /// Types of parameters, then of other locals.
    pub locals: Vec<Type>,
    /// Types of the private cells of closures over this function.
    pub captures: Vec<Type>,
    /// Type of the result; `Any` unless the function is `Normal`.
    pub result: Type,
    /// Normal, generator or async.
    pub kind: FunctionKind,
    /// Left out of traces (library code written in the guest language).
    pub hidden: bool,
    /// Upper bound of the operand stack's depth, in values.
    pub max_stack: u16,
    /// Encoded instructions.
    pub code: Vec<u8>,
    /// Exception table: of the entries that cover a pc, the first one counts; inner ones come first.
    pub handlers: Vec<Handler>,
}

/// One entry of an exception table. When an instruction in `[start, end)` raises, the operand stack is
/// cut to `depth`, the language's exception value is pushed, and execution goes on at `handler`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Handler {
    /// First protected byte of the code.
    pub start: u32,
    /// Just past the last one.
    pub end: u32,
    /// Offset of the handler's first instruction.
    pub handler: u32,
    /// Values that stay on the operand stack.
    pub depth: u16,
}

/// What a global holds when the module is loaded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum GlobalInit {
    /// Nothing: reading it raises.
    #[default]
    Unset,
    /// `nil`.
    Nil,
    /// A function without captures.
    Func(FuncIdx),
    /// A native function.
    Native(NativeIdx),
}

/// A global variable.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
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
    /// Number of the file that declares it, as in [`Debug::sources`]; not checked.
    pub source: u32,
    /// Assigns the global its first value, and does nothing else. No parameters, no captures.
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
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Field {
    /// Name.
    pub name: String,
    /// Static type of the values stored.
    pub ty: Type,
}

/// A record type. Two classes of one name and language are the same class at run time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Class {
    /// Name as shown.
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

/// The shape of records that `record` makes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Layout {
    /// Class of the record.
    pub class: ClassIdx,
    /// Field names, in the order in which the values are pushed. All different.
    pub names: Vec<String>,
    /// Whether the names are the class's declared fields, in any order: then the record has the class's
    /// own layout (the values go to the declared places) and the type `Record(class)`; else the
    /// record's layout is `names` in this order.
    pub canonical: bool,
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
}

/// A native function used by the module.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Native {
    /// Qualified name, such as `ruff.push`.
    pub name: String,
    /// Static type of the result; the loader checks it against the library.
    pub result: Type,
    /// For the optimiser.
    pub effects: NativeEffects,
}

/// One test of the program.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TestEntry {
    /// Title, with group titles in front.
    pub name: String,
    /// Runs it; raises when the test fails. No parameters, no captures.
    pub func: FuncIdx,
}

/// Names and places for people.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Debug {
    /// Source files.
    pub sources: Vec<Source>,
    /// One per function of the module, in the same order.
    pub functions: Vec<FunctionDebug>,
}

/// One source file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Source {
    /// Name as the user wrote it; only ever shown.
    pub name: String,
    /// The whole text, if it travels with the module.
    pub text: Option<String>,
}

/// A half-open range of bytes of a source file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Span {
    /// Offset of the first byte.
    pub start: u32,
    /// Offset just past the last byte; never less than `start`.
    pub end: u32,
}

/// From this offset of the code on, up to the next entry, instructions come from `span`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PcSpan {
    /// Byte offset in the code.
    pub pc: u32,
    /// The source range.
    pub span: Span,
}

/// Names and places of one function.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FunctionDebug {
    /// Index into [`Debug::sources`], which all spans refer to.
    pub source: u32,
    /// The declaration.
    pub span: Span,
    /// By ascending, distinct `pc`; the first is 0.
    pub spans: Vec<PcSpan>,
    /// Names of the locals, parameters first; compiler names start with `$`.
    pub locals: Vec<String>,
    /// Names of the captures.
    pub captures: Vec<String>,
}

impl FunctionDebug {
    /// Source range of the instruction at `pc`, if the table covers it.
    #[must_use]
    pub fn span_at(&self, pc: u32) -> Option<Span> {
        let after = self.spans.partition_point(|s| s.pc <= pc);
        after.checked_sub(1).and_then(|i| self.spans.get(i)).map(|s| s.span)
    }
}

impl Module {
    /// Names and places of a function, unless stripped.
    #[must_use]
    pub fn function_debug(&self, func: FuncIdx) -> Option<&FunctionDebug> {
        self.debug.as_ref()?.functions.get(func.index())
    }
}

/// Removes names of variables, places and source texts. What remains behaves the same; traces name functions only.
pub fn strip(module: &mut Module) {
    module.debug = None;
}
