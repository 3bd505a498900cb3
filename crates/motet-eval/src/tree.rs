//! The tree that is walked: core IR with its names resolved to the isolate's
//! symbols, classes, functions and constants, one node per IR node.
//!
//! Nodes of a function lie in one array and name each other by position, so
//! that a suspended generator can own the function it runs.
//!
//! Invariants: positions are those of nodes in the same [`Code`]; a node's
//! operands are listed in evaluation order.

use alloc::{boxed::Box, vec::Vec};

use motet_ir::{Family, UnOp};
use motet_runtime::{BinOp, ClassId, FuncId, FuncKind, NativeId, ShapeId, Shared, Symbol, TypeTag, Value};
use motet_source::Span;

/// Position of a node in its function.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct NodeIdx(pub(crate) u32);

/// A function.
#[derive(Default)]
pub(crate) struct Code {
    pub(crate) nodes: Vec<Node>,
    pub(crate) root: NodeIdx,
    /// Identity in the isolate.
    pub(crate) func: FuncId,
    pub(crate) kind: FuncKind,
    /// Language index in the isolate.
    pub(crate) language: u32,
    pub(crate) module: u32,
    /// Classes whose layouts the code relies on.
    pub(crate) layouts: Vec<ClassId>,
    /// Keeps the version's constants.
    pub(crate) version: Shared<()>,
    pub(crate) source: u32,
    pub(crate) name: Shared<str>,
    pub(crate) hidden: bool,
    pub(crate) params: usize,
    /// How many of the last parameters a dynamic call may leave out.
    pub(crate) optional: usize,
    /// Locals, parameters included.
    pub(crate) locals: usize,
    /// Parameters whose kind dynamic calls must prove.
    pub(crate) typed_params: Vec<(usize, TypeTag)>,
}

impl Code {
    /// The same function, but all that it does is to raise an error.
    pub(crate) fn refusing(&self, message: &str) -> Self {
        let span = self.nodes.get(self.root.0 as usize).map_or_else(Default::default, |n| n.span);
        let op = Op::RaiseError(Shared::from(message));
        Self {
            nodes: Vec::from([Node { op, kids: Box::default(), folds: Box::default(), span }]),
            root: NodeIdx(0),
            func: self.func,
            kind: self.kind,
            language: self.language,
            module: self.module,
            layouts: Vec::new(),
            version: Shared::default(),
            source: self.source,
            name: self.name.clone(),
            hidden: self.hidden,
            params: self.params,
            optional: self.optional,
            locals: self.locals,
            typed_params: Vec::new(),
        }
    }

    pub(crate) fn node(&self, n: NodeIdx) -> &Node {
        &self.nodes[n.0 as usize]
    }
}

/// One node.
pub(crate) struct Node {
    pub(crate) op: Op,
    /// Operands in evaluation order.
    pub(crate) kids: Box<[NodeIdx]>,
    /// Constructors only: what happens after each operand; empty: nothing.
    pub(crate) folds: Box<[Fold]>,
    pub(crate) span: Span,
}

/// What a constructor does when an operand was pushed. Long and spread lists
/// are built in runs; every engine makes the list at the same moment, because
/// lists are numbered in creation order.
#[derive(Clone, Copy)]
pub(crate) enum Fold {
    /// Leave the operand on the stack.
    Keep,
    /// Make a list of so many values.
    List(u32),
    /// Append so many values to the list below them.
    Append(u32),
    /// Append the elements of the top value to the list below it.
    Extend,
    /// Make a map of so many pairs.
    Map(u32),
    /// Put so many pairs into the map below them.
    Put(u32),
    /// Put the entries of the top value into the map below it.
    PutAll,
}

/// Where a place assignment starts.
#[derive(Clone, Copy)]
pub(crate) enum Root {
    Local(u32),
    Capture(u32),
    Global(u32),
}

/// A step of a place assignment; `Key` is the number of the index among the index operands.
#[derive(Clone, Copy)]
pub(crate) enum Step {
    Key(u32),
    Field(Symbol),
}

/// What a node does; operands are in [`Node::kids`]. See `motet_ir::ExprKind`.
pub(crate) enum Op {
    // Leaves.
    Const(Value),
    Local(u32),
    Capture(u32),
    Global(u32),
    GlobalOrUnset(u32),
    RaiseError(Shared<str>),
    Break(NodeIdx),
    Continue(NodeIdx),
    // Operands first, then the action.
    SetLocal(u32),
    SetCapture(u32),
    SetGlobal(u32),
    IsUnset,
    CheckSet(Shared<str>),
    Unary(Family, UnOp),
    Binary(Family, BinOp),
    Truthy,
    IsNil,
    /// Whether the class is this one, whatever the fields.
    IsClass(TypeTag),
    IsType(TypeTag),
    Cast(TypeTag),
    /// The operand itself: `Cast` to `Any`.
    Pass,
    Share,
    SharePart,
    Concat,
    /// Made by the folds.
    List,
    /// Made by the folds.
    Map,
    /// Layout, and for each operand its slot if they are not in slot order.
    Record(ShapeId, Option<Box<[u32]>>),
    Closure(FuncId),
    NewCell,
    CellGet,
    CellSet,
    Index,
    SetIndex,
    Field(Symbol),
    SetField(Symbol),
    Slot(u32),
    SetSlot(u32),
    Part(u32),
    SetPart(u32),
    SetPlace(Root, Box<[Step]>),
    Call(FuncId),
    /// The flag: the arguments are in one list, made by the folds.
    CallValue(bool),
    CallNative(NativeId, Option<TypeTag>, bool),
    Send(Symbol, bool),
    /// Operands: start of the lookup, receiver, arguments.
    SendFrom(Symbol),
    Return,
    Raise,
    Yield,
    Await,
    // Control.
    And,
    Or,
    Block,
    If,
    /// Operands: condition, then, else, other. Variable.
    Choose(u32),
    /// Operands: condition if the first flag is set, body, step if the second is.
    While(bool, bool),
    /// Operands: from, to, body. Variable; whether the bound is included.
    ForRange(u32, bool),
    /// Operands: iterable, body. Variable.
    ForEach(u32),
    /// Operands: body, handler. Variable.
    Try(u32),
}
