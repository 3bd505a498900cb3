//! Definite assignment (rule V16): forward data flow over reachable blocks,
//! 64 locals at a time, so that memory is proportional to the number of
//! blocks.
//!
//! A local of type `any` that may be read before it is assigned is not an
//! error: it is reported, and the translator initialises it with the unset
//! marker. Any other local must be assigned on every path.

use alloc::{vec, vec::Vec};

use motet_bytecode::ops::Flags;
use motet_bytecode::{Function, LocalIdx, Op, Type};

use crate::VerifyErrorKind as Kind;
use crate::blocks::{Blocks, NONE};
use crate::flow::Flow;

/// One local in one node.
struct Event {
    local: u16,
    node: u32,
    assigns: bool,
}

/// An edge of the graph. Edges out of protected ranges carry what holds at the node's start.
struct Edge {
    from: u32,
    to: u32,
    raises: bool,
}

/// Nodes: blocks, then regions, then one per edge that assigns a local.
struct Graph<'a> {
    function: &'a Function,
    blocks: &'a Blocks,
    nodes: u32,
    edges: Vec<Edge>,
    events: Vec<Event>,
    /// Block in which a local was last seen assigned, and read before that, plus one.
    assigned_in: Vec<u32>,
    read_in: Vec<u32>,
}

/// Locals of type `any` that must start as unset.
pub fn check(function: &Function, blocks: &Blocks, flow: &Flow) -> Result<Vec<LocalIdx>, (Kind, u32)> {
    if function.locals.len() <= usize::from(function.params) {
        return Ok(Vec::new());
    }
    let graph = Graph::build(function, blocks, flow);
    let (offsets, targets) = graph.adjacency();
    let mut init = Vec::new();
    let chunks = function.locals.len().div_ceil(64);
    let mut by_chunk: Vec<Vec<&Event>> = vec![Vec::new(); chunks];
    for event in &graph.events {
        if let Some(chunk) = by_chunk.get_mut(usize::from(event.local) / 64) {
            chunk.push(event);
        }
    }
    for (chunk, events) in by_chunk.iter().enumerate() {
        if events.iter().any(|e| !e.assigns) {
            let unassigned = solve(&graph, &offsets, &targets, chunk, events);
            report(function, blocks, chunk, unassigned, &mut init)?;
        }
    }
    Ok(init)
}

impl<'a> Graph<'a> {
    fn build(function: &'a Function, blocks: &'a Blocks, flow: &Flow) -> Self {
        let count = blocks.starts.len() as u32;
        let mut graph = Graph {
            function,
            blocks,
            nodes: count + blocks.regions.len() as u32,
            edges: Vec::new(),
            events: Vec::new(),
            assigned_in: vec![0; function.locals.len()],
            read_in: vec![0; function.locals.len()],
        };
        for (i, region) in blocks.regions.iter().enumerate() {
            let from = count + i as u32;
            graph.edges.push(Edge { from, to: region.handler, raises: true });
            if region.parent != NONE {
                graph.edges.push(Edge { from, to: count + region.parent, raises: true });
            }
        }
        for block in &flow.blocks {
            graph.add_block(blocks.at(block.start));
        }
        graph
    }

    fn add_block(&mut self, node: u32) {
        let region = self.blocks.region_of.get(node as usize).copied().unwrap_or(NONE);
        if region != NONE {
            let to = self.blocks.starts.len() as u32 + region;
            self.edges.push(Edge { from: node, to, raises: true });
        }
        let blocks = self.blocks;
        let ops = blocks.ops(node);
        for (_, op) in ops {
            match *op {
                Op::Local { local } | Op::OwnLocal { local } => self.read(node, local),
                Op::SetLocal { local } => self.assign(node, local),
                _ => {}
            }
        }
        if let Some((_, op)) = ops.last() {
            self.leave(node, *op);
        }
    }

    /// The edges out of a block, by its last instruction.
    fn leave(&mut self, node: u32, op: Op) {
        let (on_jump, on_next) = match op {
            Op::RangeStart { local, .. } | Op::RangeStartInclusive { local, .. } => (None, Some(local)),
            Op::RangeNext { local, .. } | Op::IterNext { local, .. } => (Some(local), None),
            _ => (None, None),
        };
        if let Some(label) = op.label() {
            self.edge(node, self.blocks.at(label.0), on_jump);
        }
        if !op.info().flags.has(Flags::TERMINATES) {
            self.edge(node, node + 1, on_next);
        }
    }

    fn edge(&mut self, from: u32, to: u32, assigns: Option<LocalIdx>) {
        let mut from = from;
        if let Some(local) = assigns {
            let node = self.nodes;
            self.nodes += 1;
            self.edges.push(Edge { from, to: node, raises: false });
            self.events.push(Event { local: local.0, node, assigns: true });
            from = node;
        }
        self.edges.push(Edge { from, to, raises: false });
    }

    fn read(&mut self, node: u32, local: LocalIdx) {
        let seen = |list: &[u32]| list.get(local.index()) == Some(&(node + 1));
        if !seen(&self.assigned_in) && !seen(&self.read_in) {
            self.events.push(Event { local: local.0, node, assigns: false });
            if let Some(slot) = self.read_in.get_mut(local.index()) {
                *slot = node + 1;
            }
        }
    }

    fn assign(&mut self, node: u32, local: LocalIdx) {
        if let Some(slot) = self.assigned_in.get_mut(local.index()).filter(|s| **s != node + 1) {
            *slot = node + 1;
            self.events.push(Event { local: local.0, node, assigns: true });
        }
    }

    /// Edges grouped by origin: where each node's begin, and their targets.
    fn adjacency(&self) -> (Vec<u32>, Vec<(u32, bool)>) {
        let mut offsets = vec![0u32; self.nodes as usize + 1];
        for edge in &self.edges {
            if let Some(slot) = offsets.get_mut(edge.from as usize + 1) {
                *slot += 1;
            }
        }
        let mut sum = 0;
        for slot in &mut offsets {
            sum += *slot;
            *slot = sum;
        }
        let mut fill = offsets.clone();
        let mut targets = vec![(0, false); self.edges.len()];
        for edge in &self.edges {
            if let Some(at) = fill.get_mut(edge.from as usize) {
                if let Some(target) = targets.get_mut(*at as usize) {
                    *target = (edge.to, edge.raises);
                }
                *at += 1;
            }
        }
        (offsets, targets)
    }
}

/// Reads of unassigned locals of one chunk: a node, and the locals as bits.
fn solve(
    graph: &Graph<'_>,
    offsets: &[u32],
    targets: &[(u32, bool)],
    chunk: usize,
    events: &[&Event],
) -> Vec<(u32, u64)> {
    let nodes = graph.nodes as usize;
    let (mut assigned, mut assigns, mut reads) = (vec![u64::MAX; nodes], vec![0u64; nodes], vec![0u64; nodes]);
    for event in events {
        let list = if event.assigns { &mut assigns } else { &mut reads };
        if let Some(slot) = list.get_mut(event.node as usize) {
            *slot |= 1 << (event.local % 64);
        }
    }
    let params = usize::from(graph.function.params).saturating_sub(chunk * 64);
    let at_entry = if params >= 64 { u64::MAX } else { (1u64 << params) - 1 };
    if let Some(slot) = assigned.first_mut() {
        *slot = at_entry;
    }
    let mut work = vec![0u32];
    while let Some(node) = work.pop() {
        let node = node as usize;
        let before = assigned.get(node).copied().unwrap_or(0);
        let after = before | assigns.get(node).copied().unwrap_or(0);
        let range =
            offsets.get(node).copied().unwrap_or(0) as usize..offsets.get(node + 1).copied().unwrap_or(0) as usize;
        for &(to, raises) in targets.get(range).unwrap_or(&[]) {
            let flows = if raises { before } else { after };
            if let Some(slot) = assigned.get_mut(to as usize).filter(|s| **s & !flows != 0) {
                *slot &= flows;
                work.push(to);
            }
        }
    }
    let found = reads.iter().zip(&assigned).enumerate().map(|(i, (read, assigned))| (i as u32, read & !assigned));
    found.filter(|f| f.1 != 0).collect()
}

fn report(
    function: &Function,
    blocks: &Blocks,
    chunk: usize,
    unassigned: Vec<(u32, u64)>,
    init: &mut Vec<LocalIdx>,
) -> Result<(), (Kind, u32)> {
    let mut all = 0;
    for (node, mut locals) in unassigned {
        all |= locals;
        while locals != 0 {
            let local = chunk * 64 + locals.trailing_zeros() as usize;
            if function.locals.get(local) != Some(&Type::Any) {
                return Err((Kind::Unassigned, first_read(blocks, node, local)));
            }
            locals &= locals - 1;
        }
    }
    while all != 0 {
        init.push(LocalIdx((chunk * 64) as u16 + all.trailing_zeros() as u16));
        all &= all - 1;
    }
    Ok(())
}

/// Offset of the first read of a local in a block.
fn first_read(blocks: &Blocks, block: u32, local: usize) -> u32 {
    let reads = |op: &Op| matches!(op, Op::Local { local: l } | Op::OwnLocal { local: l } if l.index() == local);
    blocks.ops(block).iter().find(|(_, op)| reads(op)).map_or(0, |(pc, _)| *pc)
}
