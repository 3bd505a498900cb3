//! Stack depth and types at every instruction (rules V12–V15), by data flow
//! over blocks.
//!
//! Invariants: the stack at a block's start only ever rises in the lattice, so
//! the analysis ends; budgets proportional to the code bound its time and
//! memory whatever the input is.

use alloc::{collections::BinaryHeap, vec, vec::Vec};
use core::cmp::Reverse;

use motet_bytecode::ops::Flags;
use motet_bytecode::{Function, Module, Op, StackType, Type};

use crate::blocks::{Blocks, NONE};
use crate::rules::Machine;
use crate::{Block, VerifyErrorKind as Kind};

/// Stack slots that may be remembered at block starts, beyond those per byte of code.
const BASE_SLOTS: usize = 1 << 18;
/// The same per byte of code.
const SLOTS_PER_BYTE: usize = 32;
/// How often each instruction may be looked at, on average.
const VISITS: usize = 16;

/// Where the known stack of a block or region is kept.
#[derive(Clone, Copy)]
struct Kept {
    from: u32,
    len: u32,
}

/// What the analysis found.
pub struct Flow {
    /// Reachable blocks, ascending.
    pub blocks: Vec<Block>,
    /// Slots that the blocks refer to.
    pub slots: Vec<StackType>,
    /// Greatest depth that occurs.
    pub max_depth: u16,
}

struct Analysis<'a> {
    blocks: &'a Blocks,
    machine: Machine<'a>,
    slots: Vec<StackType>,
    slot_budget: usize,
    entry: Vec<Option<Kept>>,
    region_entry: Vec<Option<Kept>>,
    pending: Vec<bool>,
    queue: BinaryHeap<Reverse<u32>>,
    max_depth: usize,
}

/// Analyses a function whose blocks are known.
pub fn analyse(module: &Module, function: &Function, blocks: &Blocks) -> Result<Flow, (Kind, u32)> {
    let mut analysis = Analysis {
        blocks,
        machine: Machine { module, function, stack: Vec::new(), floor: 0 },
        slots: Vec::new(),
        slot_budget: BASE_SLOTS + SLOTS_PER_BYTE * function.code.len(),
        entry: vec![None; blocks.starts.len()],
        region_entry: vec![None; blocks.regions.len()],
        pending: vec![false; blocks.starts.len()],
        queue: BinaryHeap::new(),
        max_depth: 0,
    };
    analysis.flow_to(0).map_err(|kind| (kind, 0))?;
    let mut budget = VISITS * (blocks.instructions() + 1_000);
    while let Some(Reverse(block)) = analysis.queue.pop() {
        if let Some(pending) = analysis.pending.get_mut(block as usize) {
            *pending = false;
        }
        analysis.visit(block, &mut budget)?;
    }
    Ok(analysis.finish())
}

impl Analysis<'_> {
    fn visit(&mut self, block: u32, budget: &mut usize) -> Result<(), (Kind, u32)> {
        let start = self.blocks.starts.get(block as usize).copied().unwrap_or(0);
        self.load(block);
        *budget = budget.checked_sub(self.machine.stack.len() / 16).ok_or((Kind::FlowTooComplex, start))?;
        self.enter_region(block).map_err(|kind| (kind, start))?;
        let blocks = self.blocks;
        let ops = blocks.ops(block);
        *budget = budget.checked_sub(ops.len()).ok_or((Kind::FlowTooComplex, start))?;
        let (mut goes_on, mut last) = (true, start);
        for &(pc, op) in ops {
            (goes_on, last) = (self.step(op).map_err(|kind| (kind, pc))?, pc);
        }
        if goes_on {
            self.flow_to(block + 1).map_err(|kind| (kind, last))?;
        }
        Ok(())
    }

    /// Applies one instruction, its jump edge included. Tells whether execution may go on at the next one.
    fn step(&mut self, op: Op) -> Result<bool, Kind> {
        let row = op.info();
        let taken = self.machine.pops(op)?;
        if let Some(label) = row.flags.has(Flags::BRANCHES).then(|| op.label()).flatten() {
            let depth = self.machine.stack.len();
            self.machine.push_items(row.jump_pushes, op, taken)?;
            self.check_depth()?;
            self.flow_to(self.blocks.at(label.0))?;
            self.machine.stack.truncate(depth);
        }
        if row.flags.has(Flags::TERMINATES) {
            return Ok(false);
        }
        self.machine.push_items(row.pushes, op, taken)?;
        self.check_depth()?;
        Ok(true)
    }

    fn check_depth(&mut self) -> Result<(), Kind> {
        let depth = self.machine.stack.len();
        self.max_depth = self.max_depth.max(depth);
        if depth > usize::from(self.machine.function.max_stack) { Err(Kind::StackOverflow) } else { Ok(()) }
    }

    fn load(&mut self, block: u32) {
        self.machine.stack.clear();
        if let Some(Some(kept)) = self.entry.get(block as usize) {
            let slots = self.slots.get(kept.from as usize..(kept.from + kept.len) as usize).unwrap_or(&[]);
            self.machine.stack.extend_from_slice(slots);
        }
    }

    /// The current stack flows into a block.
    fn flow_to(&mut self, block: u32) -> Result<(), Kind> {
        let Some(entry) = self.entry.get_mut(block as usize) else { return Err(Kind::BadLabel) };
        if merge(entry, &mut self.slots, self.slot_budget, &self.machine.stack)? {
            self.schedule(block);
        }
        Ok(())
    }

    fn schedule(&mut self, block: u32) {
        if let Some(pending) = self.pending.get_mut(block as usize).filter(|p| !**p) {
            *pending = true;
            self.queue.push(Reverse(block));
        }
    }

    /// Anything in the block may raise: what lies below the range's depth flows into its handler, and into those around.
    fn enter_region(&mut self, block: u32) -> Result<(), Kind> {
        let mut region = self.blocks.region_of.get(block as usize).copied().unwrap_or(NONE);
        self.machine.floor = self.blocks.regions.get(region as usize).map_or(0, |r| r.depth);
        if self.machine.stack.len() < self.machine.floor {
            return Err(Kind::HandlerDepth);
        }
        while let Some(r) = self.blocks.regions.get(region as usize) {
            let Some(entry) = self.region_entry.get_mut(region as usize) else { break };
            let below = self.machine.stack.get(..r.depth).unwrap_or(&[]);
            if !merge(entry, &mut self.slots, self.slot_budget, below)? {
                break;
            }
            let whole = core::mem::take(&mut self.machine.stack);
            self.machine.stack.extend_from_slice(whole.get(..r.depth).unwrap_or(&[]));
            self.machine.stack.push(StackType::Value(Type::Any));
            let flowed = self.check_depth().and_then(|()| self.flow_to(r.handler));
            self.machine.stack = whole;
            flowed?;
            region = r.parent;
        }
        Ok(())
    }

    fn finish(self) -> Flow {
        let function = self.machine.function;
        let mut blocks = Vec::new();
        for (i, kept) in self.entry.iter().enumerate() {
            let Some(kept) = kept else { continue };
            let start = self.blocks.starts.get(i).copied().unwrap_or(0);
            let end = self.blocks.end(i as u32, function);
            blocks.push(Block { start, end, from: kept.from, depth: kept.len });
        }
        Flow { blocks, slots: self.slots, max_depth: u16::try_from(self.max_depth).unwrap_or(u16::MAX) }
    }
}

/// Joins a stack into what is kept; tells whether that changed anything.
fn merge(
    entry: &mut Option<Kept>,
    slots: &mut Vec<StackType>,
    budget: usize,
    stack: &[StackType],
) -> Result<bool, Kind> {
    let Some(kept) = entry else {
        if slots.len() + stack.len() > budget {
            return Err(Kind::FlowTooComplex);
        }
        *entry = Some(Kept { from: slots.len() as u32, len: stack.len() as u32 });
        slots.extend_from_slice(stack);
        return Ok(true);
    };
    if kept.len as usize != stack.len() {
        return Err(Kind::JoinMismatch);
    }
    let known = slots.get_mut(kept.from as usize..(kept.from + kept.len) as usize).unwrap_or(&mut []);
    let mut changed = false;
    for (slot, new) in known.iter_mut().zip(stack) {
        let joined = slot.join(*new).ok_or(Kind::JoinMismatch)?;
        changed |= joined != *slot;
        *slot = joined;
    }
    Ok(changed)
}
