//! Collection: which values are alive at a safepoint. The only unsafe code of
//! the crate is the promise that this list is complete.
#![allow(unsafe_code)]

use motet_runtime::{Control, out_of_memory};

use crate::Evaluator;

impl Evaluator {
    /// Collects if the heap wants it.
    ///
    /// # Errors
    /// A catchable error when more is alive than the limit allows.
    pub(crate) fn collect_if_wanted(&mut self) -> Result<(), Control> {
        if !self.rt.heap.wants_collection() {
            return Ok(());
        }
        self.collect();
        if self.rt.heap.is_over_limit() { Err(out_of_memory()) } else { Ok(()) }
    }

    #[cold]
    fn collect(&mut self) {
        let Self { rt, stack, resumers, tasks, paused, globals, constants, result, .. } = self;
        let roots = core::mem::take(&mut rt.roots);
        let kept = core::mem::take(&mut rt.kept);
        // SAFETY: the walker keeps values across a safepoint only in its stacks (operands, locals, frames'
        // closures), globals, constants and the last result; generators that wait for one they resumed are in
        // `resumers`, suspended ones are heap objects; other tasks are in `tasks` and `paused`; methods of classes are functions, not heap values;
        // native libraries list theirs in `Runtime::roots`. All of these are reported.
        unsafe {
            rt.heap.collect(|t| {
                stack.trace(t);
                for r in resumers.iter() {
                    r.stack.trace(t);
                    t.value(r.fiber);
                }
                tasks.trace(t);
                if let Some(tasks) = paused {
                    tasks.trace(t);
                }
                t.values(globals);
                constants.iter().for_each(|(_, values)| t.values(values));
                t.value(*result);
                t.values(&roots);
                kept.values().for_each(|v| t.value(v));
            });
        }
        rt.roots = roots;
        rt.kept = kept;
    }
}
