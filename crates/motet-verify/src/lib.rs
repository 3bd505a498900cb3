//! `Module` → [`VerifiedModule`]: the only way to code that may be run.
//!
//! Invariants: only [`verify`] makes a [`VerifiedModule`], and nothing can
//! change the module in it. Whatever the input is, verification neither panics
//! nor recurses; it takes time and memory proportional to the code (times the
//! number of locals, divided by 64, for definite assignment). What it proves —
//! the numbered rules of `docs/bytecode.md` — the run side does not check
//! again.
#![no_std]
#![forbid(unsafe_code)]
#![warn(clippy::unwrap_used, clippy::indexing_slicing)]

extern crate alloc;

mod assign;
mod blocks;
mod error;
mod flow;
mod rules;
mod tables;

use alloc::vec::Vec;
use core::ops::Deref;

use motet_bytecode::{FuncIdx, Function, FunctionDebug, Limits, LocalIdx, Module, Op, StackType};

pub use error::{VerifyError, VerifyErrorKind};

/// A module that keeps all rules, with what was found out on the way.
#[derive(Clone, Debug)]
pub struct VerifiedModule {
    module: Module,
    facts: Vec<FunctionFacts>,
}

/// What verification knows about one function.
#[derive(Clone, Debug, Default)]
pub struct FunctionFacts {
    blocks: Vec<Block>,
    slots: Vec<StackType>,
    max_depth: u16,
    init_locals: Vec<LocalIdx>,
}

#[derive(Clone, Copy, Debug)]
struct Block {
    start: u32,
    end: u32,
    from: u32,
    depth: u32,
}

/// A reachable basic block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlockFacts<'a> {
    /// Offset of its first instruction.
    pub start: u32,
    /// Offset just past its last one.
    pub end: u32,
    /// Operand stack at its start, bottom first.
    pub stack: &'a [StackType],
}

impl FunctionFacts {
    /// Reachable blocks by ascending start. Code between them cannot be reached. Every branch target,
    /// every end and handler of a protected range, and what follows a branch, starts a block.
    pub fn blocks(&self) -> impl Iterator<Item = BlockFacts<'_>> {
        self.blocks.iter().map(|block| self.facts(block))
    }

    /// The reachable block that starts at `pc`.
    #[must_use]
    pub fn block_at(&self, pc: u32) -> Option<BlockFacts<'_>> {
        let at = self.blocks.binary_search_by_key(&pc, |b| b.start).ok()?;
        self.blocks.get(at).map(|block| self.facts(block))
    }

    fn facts(&self, block: &Block) -> BlockFacts<'_> {
        let range = block.from as usize..(block.from + block.depth) as usize;
        BlockFacts { start: block.start, end: block.end, stack: self.slots.get(range).unwrap_or(&[]) }
    }

    /// Greatest operand stack depth that occurs.
    #[must_use]
    pub fn max_stack(&self) -> u16 {
        self.max_depth
    }

    /// Locals of type `any` that may be read before they are assigned: they must hold the unset
    /// marker when the function starts. Ascending.
    #[must_use]
    pub fn init_locals(&self) -> &[LocalIdx] {
        &self.init_locals
    }
}

impl Deref for VerifiedModule {
    type Target = Module;

    fn deref(&self) -> &Module {
        &self.module
    }
}

impl VerifiedModule {
    /// What is known about a function; empty facts for an index out of range.
    #[must_use]
    pub fn facts(&self, func: FuncIdx) -> &FunctionFacts {
        static NOTHING: FunctionFacts =
            FunctionFacts { blocks: Vec::new(), slots: Vec::new(), max_depth: 0, init_locals: Vec::new() };
        self.facts.get(func.index()).unwrap_or(&NOTHING)
    }

    /// The module, which then counts as unproven again.
    #[must_use]
    pub fn into_module(self) -> Module {
        self.module
    }
}

/// Proves all rules.
///
/// # Errors
/// The first broken rule, with its place.
pub fn verify(module: Module, limits: &Limits) -> Result<VerifiedModule, VerifyError> {
    tables::check(&module, limits).map_err(|(kind, func)| VerifyError { kind, func, pc: 0 })?;
    let mut facts = Vec::with_capacity(module.functions.len());
    for (i, function) in module.functions.iter().enumerate() {
        let located = |(kind, pc)| VerifyError { kind, func: Some(FuncIdx(i as u32)), pc };
        let names = module.function_debug(FuncIdx(i as u32));
        facts.push(check_code(&module, function, names, limits).map_err(located)?);
    }
    Ok(VerifiedModule { module, facts })
}

fn check_code(
    module: &Module,
    function: &Function,
    names: Option<&FunctionDebug>,
    limits: &Limits,
) -> Result<FunctionFacts, (VerifyErrorKind, u32)> {
    let blocks = blocks::find(module, function, names, limits)?;
    let flow = flow::analyse(module, function, &blocks)?;
    let init_locals = assign::check(function, &blocks, &flow)?;
    Ok(FunctionFacts { blocks: flow.blocks, slots: flow.slots, max_depth: flow.max_depth, init_locals })
}

/// Applies an instruction to the stack types before it, as execution goes on at the next instruction: for walking a
/// block of a verified function from [`BlockFacts::stack`].
///
/// # Errors
/// The broken rule, if the stack is not one that verification found.
pub fn step(module: &Module, function: &Function, op: Op, stack: &mut Vec<StackType>) -> Result<(), VerifyErrorKind> {
    let mut machine = rules::Machine { module, function, stack: core::mem::take(stack), floor: 0 };
    let result = machine.pops(op).and_then(|taken| machine.push_items(op.info().pushes, op, taken));
    *stack = machine.stack;
    result
}
