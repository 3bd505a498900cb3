//! Measuring of runs: where the time goes, what is executed, how long collections take.
//!
//! A machine that measures runs its programs over another table of handlers
//! (`interp/probe.rs`), whose entries look at a counter or book an instruction
//! and then go on in the ordinary handler. A machine that does not measure
//! never meets any of this: its handlers and its table are the same as ever.
//!
//! **Sampling.** Time is cut into ticks of one interval. Each tick belongs to
//! the instruction that runs when it ends, with all calls around it:
//! - An instruction that may take long (native calls, copies, texts; see
//!   `probe::is_long`) is looked at before and after, so its ticks are its own.
//! - Other instructions are looked at in stretches of about [`STRETCH`]; a
//!   tick within a stretch goes to the instruction at its end, whose position
//!   is drawn at random (by a fixed sequence). Ticks that are found before
//!   a long instruction wait for the end of the stretch.
//! - Collections have a pseudo-function of their own.
//!
//! Invariants: measuring never changes what a program does or in which order
//! it meets limits; samples hold positions only, never values.

use alloc::{boxed::Box, collections::BTreeMap, vec::Vec};

use motet_bytecode::FuncIdx;
use motet_regcode::Op;
use motet_runtime::TraceFrame;

use crate::{Vm, stack::Stack};

/// Mean number of short instructions between two looks at the clock.
const STRETCH: u32 = 32;
/// Calls that a sample keeps at either end of a deep stack.
const KEPT: usize = 256;
/// Most samples in memory; beyond, neighbours are merged.
const MAX_SAMPLES: usize = 1 << 20;
/// Most pauses that are remembered one by one.
const MAX_PAUSES: usize = 1 << 20;
/// Function number of the collector.
const COLLECTOR: u32 = u32::MAX - 1;
/// Function number of calls that a sample leaves out.
const LEFT_OUT: u32 = u32::MAX - 2;
/// Position of code without one.
const NOWHERE: u32 = u32::MAX;

/// A clock: nanoseconds since some fixed moment; never goes back. It is asked often, and may be coarse.
#[cfg(target_has_atomic = "ptr")]
pub type Clock = Box<dyn FnMut() -> u64 + Send>;
/// A clock: nanoseconds since some fixed moment; never goes back. It is asked often, and may be coarse.
#[cfg(not(target_has_atomic = "ptr"))]
pub type Clock = Box<dyn FnMut() -> u64>;

/// What a machine counted; see [`Vm::count`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Register instructions executed.
    pub instructions: u64,
    /// Calls of guest functions and of function values, methods included.
    pub calls: u64,
    /// Calls of native functions by name, those done inline included.
    pub native_calls: u64,
    /// Method calls that found the receiver's layout in the inline cache.
    pub send_hits: u64,
    /// Method calls that did not.
    pub send_misses: u64,
    /// Accesses to fields by name that found the record's layout in the inline cache.
    pub field_hits: u64,
    /// Accesses to fields by name that did not.
    pub field_misses: u64,
}

/// Durations that a machine measured; see [`Vm::time`]. All in nanoseconds of the host's clock.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Timings {
    /// Length of each collection, in order; the first million.
    pub pauses: Vec<u64>,
    /// Time spent in translating functions at their first calls.
    pub translation: u64,
}

/// One call in a tree of calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SampledCall {
    /// Index of the caller; `None` for the outermost call.
    pub parent: Option<u32>,
    /// Number of the function in the isolate; numbers that no function has stand for the collector and for calls
    /// that were left out.
    pub function: u32,
    /// Function and position. The source is `u32::MAX` for pseudo-functions and for code without debug information.
    pub place: TraceFrame,
}

/// What [`Vm::sample`] found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Samples {
    /// All calls that some sample met; callers stand before those they call.
    pub calls: Vec<SampledCall>,
    /// In order of time: index of the innermost call, and how much time it stands for, in nanoseconds.
    pub samples: Vec<(u32, u64)>,
}

/// State of a machine that measures.
#[derive(Default)]
pub(crate) struct Probe {
    pub(crate) counting: Option<Box<Counter>>,
    pub(crate) sampler: Option<Box<Sampler>>,
    timings: Option<Timings>,
}

/// Counts, and what is needed to recognise an instruction that is run again because a limit was looked at.
pub(crate) struct Counter {
    /// Executions by op.
    pub(crate) ops: [u64; Op::ALL.len()],
    pub(crate) send_hits: u64,
    pub(crate) field_hits: u64,
    pub(crate) pc: *mut u64,
    pub(crate) frame: usize,
    pub(crate) budget: i64,
}

/// Samples so far.
pub(crate) struct Sampler {
    clock: Option<Clock>,
    interval: u64,
    /// End of the last tick.
    seen: u64,
    /// Ticks of the stretch that has not ended, in nanoseconds.
    pending: u64,
    /// The long instruction that runs, with the depth of the stack and the number of stacks below.
    long: Option<(*mut u64, usize, usize)>,
    /// Rest of the stretch, while a long instruction runs.
    rest: i64,
    random: u32,
    nodes: Vec<Node>,
    index: BTreeMap<Node, u32>,
    /// The calls of the last sample, for the next one: function, position, node.
    path: Vec<(u32, usize, u32)>,
    samples: Vec<(u32, u64)>,
}

/// Caller (`u32::MAX`: none), function, word of its code.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Node {
    parent: u32,
    func: u32,
    word: u32,
}

impl Sampler {
    fn new(interval: u64, clock: Option<Clock>) -> Self {
        Self {
            clock,
            interval: interval.max(1),
            seen: 0,
            pending: 0,
            long: None,
            rest: 0,
            random: 0x9e37_79b9,
            nodes: Vec::new(),
            index: BTreeMap::new(),
            path: Vec::new(),
            samples: Vec::new(),
        }
    }

    /// Length of the next stretch.
    fn stretch(&mut self) -> i64 {
        // xorshift32: any sequence that no program's loops are in step with.
        self.random ^= self.random << 13;
        self.random ^= self.random >> 17;
        self.random ^= self.random << 5;
        i64::from(self.random % (2 * STRETCH))
    }

    fn node(&mut self, parent: u32, func: u32, word: u32) -> u32 {
        let node = Node { parent, func, word };
        let Self { nodes, index, .. } = self;
        *index.entry(node).or_insert_with(|| {
            nodes.push(node);
            nodes.len() as u32 - 1
        })
    }

    fn add(&mut self, node: u32, nanos: u64) {
        if let Some(last) = self.samples.last_mut()
            && last.0 == node
        {
            last.1 += nanos;
            return;
        }
        if self.samples.len() >= MAX_SAMPLES {
            let heavier = |p: &[(u32, u64)]| p.iter().copied().max_by_key(|s| s.1).map_or(0, |s| s.0);
            self.samples = self.samples.chunks(2).map(|p| (heavier(p), p.iter().map(|s| s.1).sum())).collect();
        }
        self.samples.push((node, nanos));
    }
}

impl Vm {
    /// Counts instructions, calls and cache hits from the next run on, from zero; programs take 1.5 to 3 times as long.
    pub fn count(&mut self) {
        let counter = Counter {
            ops: [0; Op::ALL.len()],
            send_hits: 0,
            field_hits: 0,
            pc: core::ptr::null_mut(),
            frame: 0,
            budget: 0,
        };
        self.probe_mut().counting = Some(Box::new(counter));
    }

    /// What was counted; `None` unless [`Vm::count`] was called.
    #[must_use]
    pub fn counts(&self) -> Option<Counts> {
        Some(self.probe.as_ref()?.counting.as_ref()?.counts())
    }

    /// Starts to sample where time goes, every `interval` nanoseconds of `clock` or, without one, of the host's
    /// monotonic clock. Takes effect at the next run.
    pub fn sample(&mut self, interval: u64, clock: Option<Clock>) {
        self.probe_mut().sampler = Some(Box::new(Sampler::new(interval, clock)));
    }

    /// Ends sampling; `None` if it was not on.
    pub fn stop_sample(&mut self) -> Option<Samples> {
        let probe = self.probe.as_mut()?;
        let sampler = probe.sampler.take()?;
        if probe.counting.is_none() && probe.timings.is_none() {
            self.probe = None;
        }
        let parent = |n: &Node| (n.parent != u32::MAX).then_some(n.parent);
        let call = |n: &Node| SampledCall { parent: parent(n), function: n.func, place: self.place(n.func, n.word) };
        Some(Samples { calls: sampler.nodes.iter().map(call).collect(), samples: sampler.samples })
    }

    /// Measures collections and translations from now on, with the host's clock.
    pub fn time(&mut self) {
        self.probe_mut().timings = Some(Timings::default());
    }

    /// What was measured; `None` unless [`Vm::time`] was called.
    #[must_use]
    pub fn timings(&self) -> Option<&Timings> {
        self.probe.as_ref()?.timings.as_ref()
    }

    fn probe_mut(&mut self) -> &mut Probe {
        self.probe.get_or_insert_default()
    }

    // ---- hooks of the machine, all at cold places

    /// Before the first instruction of a run.
    pub(crate) fn probe_run(&mut self) {
        self.countdown = i64::MAX;
        let Some(Probe { sampler: Some(sampler), .. }) = self.probe.as_deref_mut() else { return };
        (sampler.pending, sampler.long) = (0, None);
        self.countdown = sampler.stretch();
        // Time between runs is nobody's.
        let now = self.sampling_clock();
        if let Some(Probe { sampler: Some(sampler), .. }) = self.probe.as_deref_mut() {
            sampler.seen = now;
        }
    }

    /// Before a collection or a translation; the result is for [`Vm::probe_collected`] and [`Vm::probe_translated`].
    pub(crate) fn probe_begin(&mut self) -> u64 {
        if self.probe.is_none() {
            return 0;
        }
        let ticks = self.ticks();
        if ticks > 0
            && let Some(Probe { sampler: Some(sampler), .. }) = self.probe.as_deref_mut()
        {
            match sampler.long {
                Some(long) => self.record(long.0, Some(long), false, ticks),
                None => sampler.pending += ticks,
            }
        }
        let Some(probe) = self.probe.as_deref_mut() else { return 0 };
        if probe.timings.is_some() { self.rt.host.monotonic_nanos() } else { 0 }
    }

    /// After a collection.
    pub(crate) fn probe_collected(&mut self, start: u64) {
        if self.probe.is_none() {
            return;
        }
        let ticks = self.ticks();
        if ticks > 0 {
            let pc = self.pc_of_long();
            self.record(pc, None, true, ticks);
        }
        if let Some(Probe { timings: Some(timings), .. }) = self.probe.as_deref_mut()
            && timings.pauses.len() < MAX_PAUSES
        {
            timings.pauses.push(self.rt.host.monotonic_nanos().saturating_sub(start));
        }
    }

    /// After a translation.
    pub(crate) fn probe_translated(&mut self, start: u64) {
        if let Some(Probe { timings: Some(timings), .. }) = self.probe.as_deref_mut() {
            timings.translation += self.rt.host.monotonic_nanos().saturating_sub(start);
        }
    }

    // ---- hooks of the handlers

    /// The stretch has ended before the instruction at `pc`, or a long instruction has.
    #[cold]
    #[inline(never)]
    pub(crate) fn probe_expired(&mut self, pc: *mut u64) {
        let ticks = self.ticks();
        let Some(Probe { sampler: Some(sampler), .. }) = self.probe.as_deref_mut() else {
            self.countdown = i64::MAX;
            return;
        };
        if let Some(long) = sampler.long.take() {
            self.countdown = sampler.rest;
            if ticks > 0 {
                self.record(pc, Some(long), false, ticks);
            }
            return;
        }
        let nanos = core::mem::take(&mut sampler.pending) + ticks;
        self.countdown = sampler.stretch();
        if nanos > 0 {
            self.record(pc, None, false, nanos);
        }
    }

    /// The instruction at `pc` may take long.
    #[inline(never)]
    pub(crate) fn probe_long(&mut self, pc: *mut u64) {
        let ticks = self.ticks();
        let (depth, below) = (self.stack_depth(), self.resumers.len());
        let Some(Probe { sampler: Some(sampler), .. }) = self.probe.as_deref_mut() else { return };
        sampler.pending += ticks;
        sampler.rest = self.countdown;
        sampler.long = Some((pc, depth, below));
        self.countdown = 0;
    }

    fn sampling_clock(&mut self) -> u64 {
        match self.probe.as_deref_mut().and_then(|p| p.sampler.as_mut()).and_then(|s| s.clock.as_mut()) {
            Some(clock) => clock(),
            None => self.rt.host.monotonic_nanos(),
        }
    }

    /// Whole ticks since the last look, in nanoseconds; 0 when sampling is off.
    fn ticks(&mut self) -> u64 {
        if self.probe.as_ref().is_none_or(|p| p.sampler.is_none()) {
            return 0;
        }
        let now = self.sampling_clock();
        let Some(Probe { sampler: Some(sampler), .. }) = self.probe.as_deref_mut() else { return 0 };
        let passed = now.saturating_sub(sampler.seen);
        if passed < sampler.interval {
            return 0;
        }
        let whole = passed / sampler.interval * sampler.interval;
        sampler.seen += whole;
        whole
    }

    /// The long instruction that runs; null when it is not known.
    fn pc_of_long(&self) -> *mut u64 {
        let sampler = self.probe.as_ref().and_then(|p| p.sampler.as_ref());
        sampler.and_then(|s| s.long).map_or(core::ptr::null_mut(), |l| l.0)
    }

    /// Books time for the calls that are active. The innermost one is at `pc`, unless a long instruction took the time:
    /// then what it called is left away.
    fn record(&mut self, pc: *mut u64, long: Option<(*mut u64, usize, usize)>, collector: bool, nanos: u64) {
        self.sync_depth();
        let Some(mut sampler) = self.probe.as_deref_mut().and_then(|p| p.sampler.take()) else { return };
        let (mut pc, mut depth) = (pc, self.stack.depth);
        if let Some((at, frames, below)) = long
            && below == self.resumers.len()
            && frames <= depth
        {
            (pc, depth) = (at, frames);
        }
        let outer = self.resumers.iter().map(|r| (&*r.stack, r.stack.depth, r.stack.pc));
        let stacks: Vec<(&Stack, usize, *mut u64)> = outer.chain([(&*self.stack, depth, pc)]).collect();
        let total: usize = stacks.iter().map(|s| s.1).sum();
        let (mut parent, mut place) = (u32::MAX, 0);
        let mut visit = |sampler: &mut Sampler, func: u32, pc: usize| {
            parent = match sampler.path.get(place) {
                Some(&(f, p, node)) if f == func && p == pc => node,
                _ => {
                    let word = self.word_of(func, pc as *mut u64).unwrap_or(NOWHERE);
                    let node = sampler.node(parent, func, word);
                    sampler.path.truncate(place);
                    sampler.path.push((func, pc, node));
                    node
                }
            };
            place += 1;
            parent
        };
        let mut offset = 0;
        let mut cut = total <= 2 * KEPT;
        for (stack, depth, top) in stacks {
            let (low, high) = match total <= 2 * KEPT {
                true => (depth, depth),
                false => {
                    let low = KEPT.saturating_sub(offset).min(depth);
                    (low, (total - KEPT).saturating_sub(offset).clamp(low, depth))
                }
            };
            for i in (0..low).chain(high..depth) {
                if offset + i >= KEPT && !cut {
                    visit(&mut sampler, LEFT_OUT, 0);
                    cut = true;
                }
                let pc = if i + 1 == depth { top } else { stack.frames[i + 1].ret_pc.wrapping_sub(1) };
                if stack.frames[i].func != u32::MAX {
                    visit(&mut sampler, stack.frames[i].func, pc as usize);
                }
            }
            offset += depth;
        }
        if collector {
            visit(&mut sampler, COLLECTOR, 0);
        }
        if parent != u32::MAX {
            sampler.add(parent, nanos);
        }
        if let Some(probe) = self.probe.as_deref_mut() {
            probe.sampler = Some(sampler);
        }
    }

    /// Function and position for users.
    fn place(&self, func: u32, word: u32) -> TraceFrame {
        let pseudo = |name: &str| TraceFrame {
            function: motet_runtime::Shared::from(name),
            source: u32::MAX,
            start: 0,
            end: 0,
            module: 0,
            hidden: false,
        };
        let (Some(info), Some(known)) = (self.infos.get(func as usize), self.rt.funcs.get(func as usize)) else {
            return pseudo(if func == COLLECTOR { "(garbage collection)" } else { "(calls left out)" });
        };
        let Some(loaded) = &info.loaded else { return pseudo("(replaced code)") };
        let debug = loaded.module.function_debug(FuncIdx(info.func));
        let span = debug
            .and_then(|d| {
                let reg = info.reg.as_ref()?;
                d.span_at(reg.pc_of(if word == NOWHERE { 0 } else { word }))
            })
            .unwrap_or_default();
        TraceFrame {
            function: known.name.clone(),
            source: debug.map_or(u32::MAX, |d| d.source),
            start: span.start,
            end: span.end,
            module: loaded.id.0,
            hidden: known.hidden,
        }
    }
}

impl Counter {
    fn counts(&self) -> Counts {
        let sum = |ops: &[Op]| ops.iter().map(|&op| self.ops[op as usize]).sum::<u64>();
        let fields = sum(&[Op::Field, Op::SetField, Op::SetFieldOwn, Op::OwnField]);
        let sends = sum(&[Op::Send, Op::SendFrom]);
        Counts {
            // Leaving the machine and translating are not the program's.
            instructions: self.ops.iter().sum::<u64>() - sum(&[Op::Halt, Op::Translate]),
            calls: sends + sum(&[Op::Call, Op::CallValue, Op::CallValueSpread, Op::SendSpread]),
            native_calls: sum(&[
                Op::CallNative,
                Op::CallNative1,
                Op::CallNative2,
                Op::CallNativeSpread,
                Op::Len,
                Op::Push,
                Op::Append,
                Op::Has,
                Op::HasInt,
                Op::Floor,
                Op::NotNil,
                Op::NotNilRecord,
            ]),
            send_hits: self.send_hits,
            send_misses: sends - self.send_hits,
            field_hits: self.field_hits,
            field_misses: fields - self.field_hits,
        }
    }
}
