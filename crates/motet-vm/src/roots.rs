//! Collection: which values are alive at a safepoint.
#![allow(unsafe_code)]

use alloc::vec::Vec;

use motet_runtime::{Control, Tracer, Value, out_of_memory};

use crate::{
    Vm,
    stack::{Frame, Stack},
    vm::{FIRST_FRAMES, FIRST_REGS},
};

impl Vm {
    /// Registers in use when the newest frame begins at `base`.
    pub(crate) fn used_regs(&self, stack: &Stack, base: *mut Value) -> usize {
        let below = (base as usize - stack.regs.as_ptr() as usize) / size_of::<Value>();
        let func = stack.frames[..stack.depth].last().map_or(u32::MAX, |f: &Frame| f.func);
        let own = self.codes.get(func as usize).map_or(0, |c| c.regs as usize);
        (below + own.max(1) + 1).min(stack.regs.len())
    }

    /// Reports every value outside heap and stacks, except globals and constants.
    pub(crate) fn trace_tables(&self, visit: &mut dyn FnMut(Value)) {
        for tasks in core::iter::once(&self.tasks).chain(&self.paused) {
            tasks.trace(&mut Tracer::new(visit));
        }
        let values = core::iter::once(&*self.result).chain(&self.rt.roots).copied().chain(self.rt.kept.values());
        values.for_each(&mut *visit);
        self.rt.classes.methods().for_each(visit);
    }

    /// To be called between runs, where memory is short: collects, and gives back what a deep recursion left. Nothing happens
    /// while a run is paused.
    pub fn give_back(&mut self) {
        if self.is_paused() {
            return;
        }
        self.drop_tasks();
        if self.stack.regs.len() > FIRST_REGS {
            // The old one goes before the new one is made.
            *self.stack = Stack::none();
            *self.stack = Stack::new(FIRST_REGS, FIRST_FRAMES);
        }
        self.stack.depth = 0;
        self.enter_stack();
        let base = self.stack.regs.as_mut_ptr();
        // More may be alive than the limit allows: the next run will notice.
        let _ = self.collect(base);
    }

    /// Collects; returns the (possibly moved) registers of the newest frame, and the catchable error if
    /// more is alive than the limit allows.
    #[cold]
    #[inline(never)]
    pub(crate) fn collect(&mut self, base: *mut Value) -> (*mut Value, Result<(), Control>) {
        let start = self.probe_begin();
        let before = self.rt.heap.bytes();
        self.sync_depth();
        let used = self.used_regs(&self.stack, base);
        let outer: Vec<usize> = self.resumers.iter().map(|r| self.used_regs(&r.stack, r.stack.base)).collect();
        // Registers above the top may hold values that die now.
        self.stack.regs[used..].fill(Value::NIL);
        for (r, used) in self.resumers.iter_mut().zip(&outer) {
            r.stack.regs[*used..].fill(Value::NIL);
        }
        let mut tasks = core::mem::take(&mut self.tasks);
        tasks.clear_unused(|stack| self.used_regs(stack, stack.base));
        self.tasks = tasks;
        if let Some(mut tasks) = self.paused.take() {
            tasks.clear_unused(|stack| self.used_regs(stack, stack.base));
            self.paused = Some(tasks);
        }
        // Stacks that nobody uses hold values that die now.
        self.spare.clear();
        self.collections += 1;
        let Self { rt, stack, resumers, tasks, paused, globals, consts, result, .. } = self;
        let roots = core::mem::take(&mut rt.roots);
        let kept = core::mem::take(&mut rt.kept);
        // SAFETY: registers in use, frames' closures, waiting fibers, other and paused tasks, globals, constants, the result
        // and the libraries' roots are all that outlives a safepoint (see the crate's invariants);
        // suspended generators are reached through their heap objects; methods of classes are functions,
        // not heap values.
        unsafe {
            rt.heap.collect(|t| {
                stack.trace(used, t);
                for (r, used) in resumers.iter().zip(&outer) {
                    r.stack.trace(*used, t);
                    t.value(r.fiber);
                }
                tasks.trace(t);
                if let Some(tasks) = paused {
                    tasks.trace(t);
                }
                t.values(globals);
                t.values(consts);
                t.value(**result);
                t.values(&roots);
                kept.values().for_each(|v| t.value(v));
            });
        }
        rt.roots = roots;
        rt.kept = kept;
        self.stats.peak_heap = self.stats.peak_heap.max(before);
        self.stats.released += before.saturating_sub(self.rt.heap.bytes()) as u64;
        self.probe_collected(start);
        let delta = self.stack.shrink_regs(used);
        self.enter_stack();
        let fits = if self.rt.heap.is_over_limit() { Err(out_of_memory()) } else { Ok(()) };
        (base.wrapping_byte_offset(delta), fits)
    }
}
