//! Raising: from an error to its handler, through frames and fibers, or to the host.
#![allow(unsafe_code)]

use motet_regcode::Op;
use motet_runtime::{Control, Stop, Thrown, TraceFrame, Trap, Value};

use crate::{Vm, calls::Next, vm::Outer};

impl Vm {
    /// Raises at `pc` (any word of the running instruction). Returns where execution goes on: a handler, or
    /// out of the interpreter with [`Vm::outcome`] set.
    #[cold]
    #[inline(never)]
    pub(crate) fn throw(&mut self, pc: *mut u64, base: *mut Value, control: Control) -> Next {
        let thrown = match control {
            Control::Raise(v) => Thrown::Value(v),
            Control::Error(e) => Thrown::Error(*e),
            Control::Exit(status) => return self.stop(Stop::Exit(status)),
            Control::Trap(trap) => {
                let trace = self.trace(pc);
                return self.stop(Stop::Trap { trap, trace });
            }
            Control::Call(_) => {
                // Callers handle these where they know what to do with the result.
                let trace = self.trace(pc);
                return self.stop(Stop::Trap { trap: Trap::Corrupt, trace });
            }
        };
        let trace = self.trace(pc);
        let language = self.language_index();
        self.unwind(pc, base, thrown, language, trace)
    }

    fn stop(&mut self, stop: Stop) -> Next {
        self.outcome = Some(stop);
        // Suspended callers are given up; the next run starts afresh.
        if let Some(first) = self.resumers.drain(..).next() {
            self.stack = first.stack;
        }
        self.outer = Outer::default();
        self.stack.depth = 0;
        self.enter_stack();
        (self.stub(Op::Halt), self.result_ptr())
    }

    fn unwind(
        &mut self,
        mut pc: *mut u64,
        mut base: *mut Value,
        thrown: Thrown,
        language: u32,
        trace: alloc::vec::Vec<TraceFrame>,
    ) -> Next {
        let fiber_end = self.stub(Op::FiberEnd);
        loop {
            self.sync_depth();
            if self.stack.depth == 0 {
                let stop = self.uncaught(thrown, language, trace);
                return self.stop(stop);
            }
            let frame = self.stack.frames[self.stack.depth - 1];
            if let Some((target, reg)) = self.handler(frame.func, pc) {
                let language = self.rt.language(self.infos[frame.func as usize].language);
                let value = language.exception(&mut self.rt, thrown, &trace);
                // SAFETY: `reg` is a register of the frame at `base`; `target` lies in its code.
                unsafe { base.add(reg as usize).write(value) };
                return self.safepoint(target, target, base);
            }
            self.frame = self.frame.wrapping_sub(1);
            if frame.ret_pc == fiber_end {
                // The generator ends; the error goes on in the loop that resumed it.
                if let Some(resumer) = self.resumers.pop() {
                    self.outer.leave(&resumer.stack, &self.resumers);
                    self.stack = resumer.stack;
                    self.enter_stack();
                    (pc, base) = (self.stack.pc, self.stack.base);
                    continue;
                }
            }
            pc = frame.ret_pc.wrapping_sub(1);
            base = frame.ret_base;
        }
    }

    /// First handler of the function that covers `pc`: its address and exception register.
    fn handler(&self, func: u32, pc: *mut u64) -> Option<(*mut u64, u32)> {
        let word = self.word_of(func, pc)?;
        let reg = self.infos[func as usize].reg.as_ref()?;
        let h = reg.handlers.iter().find(|h| h.start <= word && word < h.end)?;
        Some((reg.words.as_ptr().wrapping_add(h.handler as usize).cast_mut(), h.reg))
    }
}
