//! Basic blocks of one function (rules V7–V11) and protected ranges (V12).

use alloc::{vec, vec::Vec};

use motet_bytecode::ops::{Flags, OpError};
use motet_bytecode::{Function, FunctionDebug, Label, Limits, Module, Op, instructions};

use crate::{VerifyErrorKind as Kind, rules};

/// No index.
pub const NONE: u32 = u32::MAX;

/// A set of byte offsets with constant-time rank.
struct OffsetSet {
    words: Vec<u64>,
    ranks: Vec<u32>,
}

impl OffsetSet {
    fn new(len: usize) -> Self {
        OffsetSet { words: vec![0; len / 64 + 1], ranks: Vec::new() }
    }

    fn insert(&mut self, at: u32) {
        if let Some(word) = self.words.get_mut(at as usize / 64) {
            *word |= 1 << (at % 64);
        }
    }

    fn contains(&self, at: u32) -> bool {
        self.words.get(at as usize / 64).is_some_and(|word| word >> (at % 64) & 1 == 1)
    }

    fn index(&mut self) {
        let mut sum = 0;
        self.ranks.reserve_exact(self.words.len());
        for word in &self.words {
            self.ranks.push(sum);
            sum += word.count_ones();
        }
    }

    /// Number of members below `at`.
    fn rank(&self, at: u32) -> u32 {
        let word = self.words.get(at as usize / 64).copied().unwrap_or(0);
        let below = word & ((1 << (at % 64)) - 1);
        self.ranks.get(at as usize / 64).copied().unwrap_or(0) + below.count_ones()
    }
}

/// A protected range, as the flow analysis sees it.
pub struct Region {
    /// Innermost range around it, or [`NONE`].
    pub parent: u32,
    /// Values below which its instructions may not take.
    pub depth: usize,
    /// Block of the handler.
    pub handler: u32,
}

/// The function's control flow graph, without edges.
pub struct Blocks {
    leaders: OffsetSet,
    /// Start of each block, ascending.
    pub starts: Vec<u32>,
    /// Innermost region of each block, or [`NONE`].
    pub region_of: Vec<u32>,
    /// Regions, outer ones before inner ones.
    pub regions: Vec<Region>,
    /// All instructions with their offsets, decoded once for all analyses.
    ops: Vec<(u32, Op)>,
    /// Position in `ops` of each block's first instruction.
    first_ops: Vec<u32>,
}

impl Blocks {
    /// Block that starts at an offset known to be a leader.
    pub fn at(&self, pc: u32) -> u32 {
        self.leaders.rank(pc)
    }

    /// Number of instructions.
    pub fn instructions(&self) -> usize {
        self.ops.len()
    }

    /// Instructions of a block, with their offsets.
    pub fn ops(&self, block: u32) -> &[(u32, Op)] {
        let at = |block: usize| self.first_ops.get(block).map_or(self.ops.len(), |&first| first as usize);
        self.ops.get(at(block as usize)..at(block as usize + 1)).unwrap_or(&[])
    }

    /// End of a block's code.
    pub fn end(&self, block: u32, function: &Function) -> u32 {
        self.starts.get(block as usize + 1).copied().unwrap_or(function.code.len() as u32)
    }
}

/// Decodes all instructions, checks their operands and finds the blocks.
pub fn find(
    module: &Module,
    function: &Function,
    names: Option<&FunctionDebug>,
    limits: &Limits,
) -> Result<Blocks, (Kind, u32)> {
    let len = function.code.len();
    if len == 0 {
        return Err((Kind::EmptyCode, 0));
    }
    let (mut starts, mut leaders) = (OffsetSet::new(len), OffsetSet::new(len));
    leaders.insert(0);
    let mut branches = Vec::new();
    // Most instructions take two to five bytes.
    let mut ops = Vec::with_capacity(len / 3 + 1);
    let mut last = (0, Flags::default());
    for item in instructions(&function.code) {
        let (pc, op) = item.map_err(|(pc, error)| (undecodable(error), pc))?;
        rules::check_operands(module, function, op).map_err(|kind| (kind, pc))?;
        if last.1.has(Flags::BRANCHES) || last.1.has(Flags::TERMINATES) {
            leaders.insert(pc);
        }
        if let Some(label) = op.label() {
            if label.index() >= len {
                return Err((Kind::BadLabel, pc));
            }
            leaders.insert(label.0);
            branches.push((pc, label));
        }
        starts.insert(pc);
        ops.push((pc, op));
        last = (pc, op.info().flags);
    }
    if !last.1.has(Flags::TERMINATES) {
        return Err((Kind::FallsOffEnd, last.0));
    }
    if let Some(astray) = names.and_then(|n| n.spans.iter().find(|s| !starts.contains(s.pc))) {
        return Err((Kind::BadDebug, astray.pc));
    }
    check_labels(function, &starts, &branches)?;
    check_handlers(function, &starts, &mut leaders)?;
    leaders.index();
    let block_starts = members(&leaders, len);
    let first_ops = first_ops(&block_starts, &ops);
    let (region_of, regions) = (Vec::new(), Vec::new());
    let mut blocks = Blocks { leaders, starts: block_starts, region_of, regions, ops, first_ops };
    nest(function, limits, &mut blocks)?;
    Ok(blocks)
}

/// Where each block begins among the instructions.
fn first_ops(starts: &[u32], ops: &[(u32, Op)]) -> Vec<u32> {
    let mut at = ops.iter().enumerate();
    let mut find = |start: u32| at.find(|(_, op)| op.0 == start).map_or(ops.len() as u32, |(i, _)| i as u32);
    starts.iter().map(|&start| find(start)).collect()
}

fn undecodable(error: OpError) -> Kind {
    match error {
        OpError::UnknownOpcode(_) => Kind::UnknownOpcode,
        OpError::Truncated => Kind::TruncatedInstruction,
        OpError::BadOperand => Kind::BadOperand,
    }
}

fn members(set: &OffsetSet, len: usize) -> Vec<u32> {
    let mut out = Vec::with_capacity(set.rank(len as u32) as usize);
    for (i, &word) in set.words.iter().enumerate() {
        let mut rest = word;
        while rest != 0 {
            let at = i * 64 + rest.trailing_zeros() as usize;
            if at < len {
                out.push(at as u32);
            }
            rest &= rest - 1;
        }
    }
    out
}

/// Rules V9 and V10.
fn check_labels(function: &Function, starts: &OffsetSet, branches: &[(u32, Label)]) -> Result<(), (Kind, u32)> {
    for &(pc, label) in branches {
        if !starts.contains(label.0) {
            return Err((Kind::BadLabel, pc));
        }
        let lands = || Op::decode(&function.code, label.index()).map(|found| found.0);
        if label.0 <= pc && lands() != Ok(Op::LoopHead {}) {
            return Err((Kind::NoLoopHead, pc));
        }
    }
    Ok(())
}

/// Ends and handlers of protected ranges are instructions, in order (rule V12).
fn check_handlers(function: &Function, starts: &OffsetSet, leaders: &mut OffsetSet) -> Result<(), (Kind, u32)> {
    let len = function.code.len();
    for h in &function.handlers {
        let end_fits = h.end as usize == len || starts.contains(h.end);
        let fits = h.start < h.end && h.end <= h.handler && end_fits;
        if !fits || !starts.contains(h.start) || !starts.contains(h.handler) {
            return Err((Kind::BadHandler, h.start));
        }
        leaders.insert(h.start);
        leaders.insert(h.handler);
        if (h.end as usize) < len {
            leaders.insert(h.end);
        }
    }
    Ok(())
}

/// Orders the ranges, proves that they nest, and finds the innermost one of each block (rule V12).
fn nest(function: &Function, limits: &Limits, blocks: &mut Blocks) -> Result<(), (Kind, u32)> {
    let mut order: Vec<usize> = (0..function.handlers.len()).collect();
    let key =
        |&i: &usize| function.handlers.get(i).map(|h| (h.start, core::cmp::Reverse(h.end), core::cmp::Reverse(i)));
    order.sort_unstable_by_key(key);
    blocks.region_of = vec![NONE; blocks.starts.len()];
    // Open ranges: region, end, position in the table.
    let mut open: Vec<(u32, u32, usize)> = Vec::new();
    let mut next = order.iter().filter_map(|&i| function.handlers.get(i).map(|h| (i, h))).peekable();
    for block in 0..blocks.starts.len() {
        let start = blocks.starts.get(block).copied().unwrap_or(0);
        while open.last().is_some_and(|o| o.1 <= start) {
            open.pop();
        }
        while let Some(&(i, h)) = next.peek().filter(|(_, h)| h.start == start) {
            let outer = open.last().copied();
            let depth = usize::from(h.depth);
            if let Some((region, end, position)) = outer {
                let outer_depth = blocks.regions.get(region as usize).map_or(0, |r| r.depth);
                if h.end > end || i >= position || depth < outer_depth {
                    return Err((Kind::HandlerNesting, h.start));
                }
            }
            if open.len() >= limits.nesting {
                return Err((Kind::FunctionTooLarge, h.start));
            }
            open.push((blocks.regions.len() as u32, h.end, i));
            let handler = blocks.at(h.handler);
            blocks.regions.push(Region { parent: outer.map_or(NONE, |o| o.0), depth, handler });
            next.next();
        }
        if let (Some(slot), Some(innermost)) = (blocks.region_of.get_mut(block), open.last()) {
            *slot = innermost.0;
        }
    }
    Ok(())
}
