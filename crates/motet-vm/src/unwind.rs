//! Raising: from an error to its handler, through frames and fibers, or to the host.
#![allow(unsafe_code)]

use motet_bytecode::{self as code, instructions, operand::OperandKind};
use motet_regcode::Op;
use motet_runtime::{Control, FuncId, KeptError, Stop, Thrown, Trap, Value};

use crate::{Vm, calls::Next, vm::MAX_TRACE};

/// A handler that is going to run.
struct Landing {
    /// Fibers that still wait there.
    resumers: usize,
    /// Frames of its stack.
    depth: usize,
    /// The function, and which of its handlers.
    func: u32,
    index: usize,
    target: *mut u64,
    base: *mut Value,
    /// Register for the exception.
    reg: u32,
}

impl Vm {
    /// Raises at `pc` (any word of the running instruction). Returns where execution goes on: a handler, or
    /// out of the interpreter with [`Vm::outcome`] set.
    #[cold]
    #[inline(never)]
    pub(crate) fn throw(&mut self, pc: *mut u64, base: *mut Value, control: Control) -> Next {
        self.look_at_methods();
        let thrown = match control {
            Control::Raise(v) => Thrown::Value(v),
            Control::Error(e) => Thrown::Error(*e),
            Control::Exit(status) => return self.stop(Stop::Exit(status)),
            Control::Trap(trap) => {
                let trace = self.trace(pc);
                return self.stop(Stop::Trap { trap, trace });
            }
            Control::Call(_) | Control::Task(_) | Control::Load(_) => {
                // Callers handle these where they know what to do with the result.
                let trace = self.trace(pc);
                return self.stop(Stop::Trap { trap: Trap::Corrupt, trace });
            }
        };
        self.sync_depth();
        match self.landing(pc, base) {
            Some(landing) => self.land(&landing, thrown, pc),
            None if !self.tasks.errors_stop() => self.finish_task(Err(thrown)),
            None => {
                let stop = match &thrown {
                    Thrown::Value(v) if let Some(kept) = self.rt.kept.find(*v).cloned() => {
                        self.uncaught(Thrown::Error(kept.error), kept.language, kept.trace)
                    }
                    _ => {
                        let trace = self.trace(pc);
                        self.uncaught(thrown, self.language_index(), trace)
                    }
                };
                self.stop(stop)
            }
        }
    }

    pub(crate) fn stop(&mut self, stop: Stop) -> Next {
        self.outcome = Some(stop);
        // Suspended callers are given up; the next run starts afresh.
        self.drop_tasks();
        (self.stub(Op::Halt), self.result_ptr())
    }

    /// Runs a handler.
    fn land(&mut self, landing: &Landing, thrown: Thrown, pc: *mut u64) -> Next {
        let mut calls = core::mem::take(&mut self.calls);
        if self.is_curious(landing.func, landing.index) {
            self.list_calls(&mut calls);
        }
        let handler = self.infos[landing.func as usize].language;
        let kept = match &thrown {
            Thrown::Error(e) if self.rt.language(handler).keeps_trace() => {
                Some(KeptError { error: e.clone(), language: self.language_index(), trace: self.trace(pc) })
            }
            _ => None,
        };
        while self.resumers.len() > landing.resumers {
            // These generators end.
            if let Some((_, stack)) = self.leave_fiber() {
                self.keep_stack(stack);
            }
        }
        self.stack.depth = landing.depth;
        self.enter_stack();
        let value = self.rt.language(handler).exception(&mut self.rt, thrown, &calls);
        if let Some(kept) = kept {
            self.rt.kept.keep(value, kept);
        }
        calls.clear();
        self.calls = calls;
        // SAFETY: `reg` is a register of the frame at `base`; `target` lies in its code.
        unsafe { landing.base.add(landing.reg as usize).write(value) };
        self.safepoint(landing.target, landing.target, landing.base)
    }

    /// Functions of the active calls, innermost first, at most [`MAX_TRACE`].
    fn list_calls(&self, calls: &mut alloc::vec::Vec<FuncId>) {
        let outer = self.resumers.iter().rev().map(|r| &r.stack);
        for stack in core::iter::once(&self.stack).chain(outer) {
            calls.reserve(stack.depth.min(MAX_TRACE));
            for frame in stack.frames[..stack.depth].iter().rev() {
                if calls.len() == MAX_TRACE {
                    return;
                }
                // Auxiliary frames have no function.
                if frame.func != u32::MAX {
                    calls.push(FuncId(frame.func));
                }
            }
        }
    }

    /// Whether a handler may look at what its exception tells about the active calls.
    fn is_curious(&mut self, func: u32, index: usize) -> bool {
        if let Some(&Some(known)) = self.curious.get(func as usize).and_then(|f| f.get(index)) {
            return known;
        }
        let found = self.reads_calls(func, index).unwrap_or(true);
        let known = self.infos.len().max(func as usize + 1);
        self.curious.resize_with(known, Default::default);
        let handlers = &mut self.curious[func as usize];
        handlers.resize(handlers.len().max(index + 1), None);
        handlers[index] = Some(found);
        found
    }

    /// As [`Vm::is_curious`], from the function's code; `None` when that has an unusual form. A handler begins by
    /// storing the exception in a local. If all that reads the local are reads of fields which the language declares
    /// plain, nobody sees the rest.
    #[cold]
    #[inline(never)]
    fn reads_calls(&self, func: u32, index: usize) -> Option<bool> {
        let info = &self.infos[func as usize];
        let reg = info.reg.as_ref()?;
        let start = reg.pc_of(reg.handlers.get(index)?.handler);
        let module: &code::Module = &info.loaded.as_ref()?.module;
        let function = &module.functions[info.func as usize];
        function.handlers.iter().find(|h| h.handler == start)?;
        let (code::Op::SetLocal { local }, _) = code::Op::decode(&function.code, start as usize).ok()? else {
            return None;
        };
        let language = &self.rt.languages[info.language as usize];
        let mut loaded = false;
        for op in instructions(&function.code) {
            let (_, op) = op.ok()?;
            if core::mem::take(&mut loaded) {
                let code::Op::Field { name } = op else { return Some(true) };
                let code::Const::Str(name) = &module.constants[name.index()] else { return Some(true) };
                if !language.is_plain_field(name) {
                    return Some(true);
                }
            }
            match op {
                code::Op::Local { local: l } if l == local => loaded = true,
                code::Op::SetLocal { .. } => {}
                op if op.operand(OperandKind::Local).is_some_and(|l| l == u32::from(local.0)) => return Some(true),
                _ => {}
            }
        }
        Some(loaded)
    }

    /// The innermost handler in reach.
    fn landing(&self, mut pc: *mut u64, mut base: *mut Value) -> Option<Landing> {
        let (mut stack, mut resumers) = (&self.stack, self.resumers.len());
        loop {
            for (below, frame) in stack.frames[..stack.depth].iter().enumerate().rev() {
                if let Some((index, target, reg)) = self.handler(frame.func, pc) {
                    return Some(Landing { resumers, depth: below + 1, func: frame.func, index, target, base, reg });
                }
                pc = frame.ret_pc.wrapping_sub(1);
                base = frame.ret_base;
            }
            // The generator ends; the error goes on in the loop that resumed it.
            resumers = resumers.checked_sub(1)?;
            stack = &self.resumers[resumers].stack;
            (pc, base) = (stack.pc, stack.base);
        }
    }

    /// First handler of the function that covers `pc`: its number, its address and exception register.
    #[inline(always)]
    fn handler(&self, func: u32, pc: *mut u64) -> Option<(usize, *mut u64, u32)> {
        let reg = self.infos.get(func as usize)?.reg.as_ref()?;
        if reg.handlers.is_empty() {
            return None;
        }
        let word = self.word_of(func, pc)?;
        let (index, h) = reg.handlers.iter().enumerate().find(|(_, h)| h.start <= word && word < h.end)?;
        Some((index, reg.words.as_ptr().wrapping_add(h.handler as usize).cast_mut(), h.reg))
    }
}
