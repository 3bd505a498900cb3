//! Expressions. Everything is an expression; statements have type `Nil` or
//! `Never`. Operands are evaluated left to right, each exactly once, before
//! the node acts, unless the node says otherwise.

use alloc::{boxed::Box, string::String, vec::Vec};

use motet_source::Span;

use crate::{CaptureIdx, ClassIdx, FuncIdx, GlobalIdx, Label, LocalIdx, NativeIdx, Type};

/// One node: what it does, its static type, and the source it came from.
#[derive(Clone, Debug, PartialEq)]
pub struct Expr {
    /// What it does.
    pub kind: ExprKind,
    /// Static type of its value.
    pub ty: Type,
    /// Bytes of the function's source file that run-time errors of this node quote.
    pub span: Span,
}

/// Arithmetic, comparison and bit operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum BinOp {
    Add,
    Sub,
    Mul,
    Div,
    Rem,
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
    BitAnd,
    BitOr,
    BitXor,
    /// Shift left; the count is taken modulo 64.
    Shl,
    /// Arithmetic shift right; the count is taken modulo 64.
    Shr,
    /// Logical shift right; the count is taken modulo 64.
    Ushr,
    /// Quotient rounded toward negative infinity. Family `Dyn` only.
    FloorDiv,
    /// Remainder with the sign of the divisor. Family `Dyn` only.
    Mod,
}

impl BinOp {
    /// Whether this is one of the six comparisons.
    #[must_use]
    pub fn is_comparison(self) -> bool {
        matches!(self, BinOp::Eq | BinOp::Ne | BinOp::Lt | BinOp::Le | BinOp::Gt | BinOp::Ge)
    }
}

/// Prefix operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum UnOp {
    Neg,
    Not,
    BitNot,
    /// Int → Float, nearest. Family `Int` only.
    ToFloat,
    /// Float → Int, toward zero; beyond the range the nearest integer, NaN → 0. Family `Float` only.
    ToInt,
    /// Float → the nearest binary32 number, as a Float. Family `Float` only.
    ToFloat32,
}

/// Which operands an operator takes and how it behaves on them.
///
/// | family | operands | result of arithmetic | result of comparison |
/// |---|---|---|---|
/// | `Dyn` | any | any | any (a language may overload) |
/// | `Grow` | any | any | any; as `Dyn`, for languages whose integers have all sizes: arithmetic on two ints need not give an int |
/// | `Int` | int | int, wrapping; `Div`/`Rem` truncate and ask the language on 0 and on MIN/-1 | bool |
/// | `IntChecked` | int | int; `Neg Add Sub Mul Div Rem` ask the language on overflow and zero | bool |
/// | `Float` | float | float, IEEE; `Rem` has the sign of the dividend | bool |
/// | `Str` | str | `Add` concatenates: str | bool, by code points |
/// | `Bool` | bool | `Not`: bool | — |
/// | `Same` | any | — | `Eq`/`Ne` only: bool; scalars and strings by value (int and float never equal, NaN unequal to itself), heap objects by identity |
///
/// `Dyn` on int–int and float–float, and `Add` on str–str, behaves as
/// `IntChecked`, `Float` (division and remainder by zero ask the language)
/// and `Str`; comparisons of int with int, float with float (except `Eq`/`Ne`) and str with
/// str likewise. `FloorDiv` and `Mod` are decided for int–int with another divisor than zero (not MIN by -1) only.
/// Everything else is asked of the function's language.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum Family {
    Dyn,
    Grow,
    Int,
    IntChecked,
    Float,
    Str,
    Bool,
    Same,
}

/// A call argument; `spread` ones must evaluate to a list whose elements are passed.
#[derive(Clone, Debug, PartialEq)]
pub struct Arg {
    /// The value, or the list of values.
    pub expr: Expr,
    /// Whether it is spread.
    pub spread: bool,
}

/// An element of a list constructor.
#[derive(Clone, Debug, PartialEq)]
pub enum Elem {
    /// One element.
    One(Expr),
    /// All elements of a list; anything else asks the language to raise.
    Spread(Expr),
}

/// An entry of a map constructor. Later entries win; first insertion keeps the place.
#[derive(Clone, Debug, PartialEq)]
pub enum Entry {
    /// Key and value.
    One(Expr, Expr),
    /// All entries of a map; anything else asks the language to raise.
    Spread(Expr),
}

/// The variable that a place assignment updates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum PlaceRoot {
    Local(LocalIdx),
    Capture(CaptureIdx),
    Global(GlobalIdx),
}

/// One step from a container to a part of it.
#[derive(Clone, Debug, PartialEq)]
pub enum PlaceStep {
    /// Element of a list or map.
    Index(Expr),
    /// Field of a record, or what the language makes of it.
    Field(String),
}

/// What a node does. In brackets: the static type of the node.
#[derive(Clone, Debug, PartialEq)]
pub enum ExprKind {
    // ---- constants
    /// `nil` [Nil].
    Nil,
    /// The "no value yet" marker of variables; never seen by a guest [Any].
    Unset,
    /// [Bool]
    Bool(bool),
    /// [Int]
    Int(i64),
    /// [Float]
    Float(f64),
    /// [Str]
    Str(String),
    /// A function without captures as a value [Func].
    Func(FuncIdx),
    /// A native function as a value [Func].
    Native(NativeIdx),

    // ---- variables
    /// Value of a local; `Unset` before the first assignment if its type is `Any` [type of the local].
    Local(LocalIdx),
    /// Assigns [Nil].
    SetLocal(LocalIdx, Box<Expr>),
    /// Value of the running closure's own cell [type of the capture].
    Capture(CaptureIdx),
    /// Assigns the running closure's own cell [Nil].
    SetCapture(CaptureIdx, Box<Expr>),
    /// Value of a global; if it is unset the language raises its "undefined" error [type of the global].
    Global(GlobalIdx),
    /// Value of a global, `Unset` included [Any].
    GlobalOrUnset(GlobalIdx),
    /// Assigns [Nil].
    SetGlobal(GlobalIdx, Box<Expr>),
    /// Whether the operand is `Unset` [Bool].
    IsUnset(Box<Expr>),
    /// The operand; if it is `Unset` the language raises its "undefined" error for the name [type of the operand].
    CheckSet(Box<Expr>, String),

    // ---- operators
    /// See [`Family`].
    Unary(Family, UnOp, Box<Expr>),
    /// See [`Family`].
    Binary(Family, BinOp, Box<Expr>, Box<Expr>),
    /// Left Bool, right Bool only if the left is true [Bool].
    And(Box<Expr>, Box<Expr>),
    /// Left Bool, right Bool only if the left is false [Bool].
    Or(Box<Expr>, Box<Expr>),
    /// Truth of any value by the language's rule [Bool].
    Truthy(Box<Expr>),
    /// Whether the operand is `nil` [Bool].
    IsNil(Box<Expr>),
    /// Whether the operand is a record of this class, whatever its fields [Bool].
    IsClass(Box<Expr>, ClassIdx),
    /// Whether the operand's run-time kind is that of the type [Bool].
    IsType(Box<Expr>, Type),
    /// The operand, proven at run time to be of the type, else the language raises [the type].
    /// For `Record(c)`: class `c` in its declared layout.
    Cast(Type, Box<Expr>),
    /// The operand; a container of value semantics is marked as having a second holder [type of the operand].
    Share(Box<Expr>),
    /// The second operand, just read from the container that is the first; marked as having a second holder if the
    /// container has one. The container's holder gives the part up [type of the second operand].
    SharePart(Box<Expr>, Box<Expr>),
    /// Display texts of all operands (the language's conversion), joined [Str].
    Concat(Vec<Expr>),

    // ---- data
    /// New list [List].
    List(Vec<Elem>),
    /// New map [Map].
    Map(Vec<Entry>),
    /// New record. If the names are exactly the class's declared fields (in any order) the record
    /// has the class's layout and type [Record], else a layout of its own, in the order given [Any].
    Record(ClassIdx, Vec<(String, Expr)>),
    /// New closure; the values are copied into its private cells [Func].
    Closure(FuncIdx, Vec<Expr>),
    /// New mutable cell, for variables captured by reference [Any].
    NewCell(Box<Expr>),
    /// Content of a cell [Any].
    CellGet(Box<Expr>),
    /// Assigns a cell: cell, value [Nil].
    CellSet(Box<Expr>, Box<Expr>),
    /// `base[index]` [Any].
    Index(Box<Expr>, Box<Expr>),
    /// `base[index] = value` by reference: base, index, value, then the check and store [Nil].
    SetIndex(Box<Expr>, Box<Expr>, Box<Expr>),
    /// `base.name`, dynamic [Any].
    Field(Box<Expr>, String),
    /// `base.name = value` by reference [Nil].
    SetField(Box<Expr>, String, Box<Expr>),
    /// Field number of a record of static type `Record(class)` [type of the field].
    Slot(Box<Expr>, ClassIdx, u32),
    /// Assigns a field of a record of static type `Record(class)`: base, value [Nil].
    SetSlot(Box<Expr>, ClassIdx, u32, Box<Expr>),
    /// Field number of whatever record the operand is: checked at run time, and only for that; anything else asks the
    /// language for the field of that number [Any].
    Part(Box<Expr>, u32),
    /// Assigns a field of whatever record the base is, likewise: base, value [Nil].
    SetPart(Box<Expr>, u32, Box<Expr>),
    /// `root.step…step = value` with value semantics: evaluates `value`, then the index expressions in
    /// order; then every container on the way that has a second holder is copied and stored back, and
    /// the last one is updated [Nil]. At least one step.
    SetPlace(PlaceRoot, Vec<PlaceStep>, Box<Expr>),

    // ---- calls
    /// Call of a known function without captures: exact count and types [its result type].
    Call(FuncIdx, Vec<Expr>),
    /// Call of any value: callee, then arguments; count and types are checked at run time [Any].
    CallValue(Box<Expr>, Vec<Arg>),
    /// Call of a native function [its declared result].
    CallNative(NativeIdx, Vec<Arg>),
    /// Message send or method call: receiver, then arguments; the language looks the name up [Any].
    Send(Box<Expr>, String, Vec<Arg>),
    /// Message send whose lookup begins at a value of the language's choice instead of the receiver, such as the class
    /// above the running method's: start, receiver, arguments [Any].
    SendFrom(Box<Expr>, Box<Expr>, String, Vec<Expr>),

    // ---- control
    /// In order; the value of the last, `nil` when empty.
    Block(Vec<Expr>),
    /// Bool condition; value of the branch taken [join].
    If(Box<Expr>, Box<Expr>, Box<Expr>),
    /// By a condition of any type: `true` takes `then`, `false` takes `else_`; any other value is assigned to `var`, and
    /// `other` is taken [join].
    Choose {
        /// Evaluated once.
        cond: Box<Expr>,
        /// For `true`.
        then: Box<Expr>,
        /// For `false`.
        else_: Box<Expr>,
        /// Local of type Any.
        var: LocalIdx,
        /// For anything else.
        other: Box<Expr>,
    },
    /// `while cond { body; step }`; without `cond` endless. `Continue` goes to `step` [Nil, or Never
    /// when endless and without `Break`].
    While {
        /// Target of `Break` and `Continue`.
        label: Label,
        /// Bool; evaluated before every turn.
        cond: Option<Box<Expr>>,
        /// Evaluated for effect.
        body: Box<Expr>,
        /// Evaluated after the body and on `Continue`.
        step: Option<Box<Expr>>,
    },
    /// Counts `var` (a local of type Int, fresh each turn) from `from` while `var < to` (or `<=`).
    /// Bounds are Int, evaluated once, `from` first; never overflows [Nil].
    ForRange {
        /// Target of `Break` and `Continue`.
        label: Label,
        /// The loop variable; assignments in the body do not affect the iteration.
        var: LocalIdx,
        /// First value.
        from: Box<Expr>,
        /// Bound.
        to: Box<Expr>,
        /// Whether `to` itself is included.
        inclusive: bool,
        /// Evaluated for effect.
        body: Box<Expr>,
    },
    /// Iterates over any value by the language's rule; `var` is of type Any [Nil].
    ForEach {
        /// Target of `Break` and `Continue`.
        label: Label,
        /// The loop variable.
        var: LocalIdx,
        /// Evaluated once.
        iter: Box<Expr>,
        /// Evaluated for effect.
        body: Box<Expr>,
    },
    /// Leaves the loop [Never].
    Break(Label),
    /// Next turn of the loop [Never].
    Continue(Label),
    /// Leaves the function [Never].
    Return(Box<Expr>),
    /// Raises a guest value [Never].
    Raise(Box<Expr>),
    /// Raises a run-time error of the language with this message [Never].
    RaiseError(String),
    /// Evaluates `body`; if it raises, `var` gets the language's exception value and `handler` runs [join].
    Try {
        /// Protected.
        body: Box<Expr>,
        /// Local of type Any.
        var: LocalIdx,
        /// Runs with the handler removed.
        handler: Box<Expr>,
    },
    /// Hands a value to whoever resumed this generator; generator functions only [Any: the value itself].
    Yield(Box<Expr>),
    /// Waits for a promise by the language's rule [Any].
    Await(Box<Expr>),
}
