//! Calls off the fast path: any callee, any argument count, callbacks asked
//! for by native code, growth of the stack, generators.
#![allow(unsafe_code)]

use alloc::{boxed::Box, vec::Vec};

use motet_regcode::Op;
use motet_runtime::{Control, Fiber, FuncId, NativeResult, Tag, Value, ops};

use crate::{
    Vm,
    stack::{Frame, Stack},
    tasks::Site,
    vm::{Outer, Resumer},
};

/// Where execution goes on: instruction and registers.
pub(crate) type Next = (*mut u64, *mut Value);

/// Registers and frames of a new generator.
const FIBER_REGS: usize = 16;
const FIBER_FRAMES: usize = 4;
/// Stacks of generators that ended that are kept: how many, and how large at most, in bytes.
const SPARE_STACKS: usize = 64;
const SPARE_BYTES: usize = 4096;
/// Bytes of registers that a program may always use, however small its heap is.
const LEAST_STACK: usize = if size_of::<usize>() > 4 { 1 << 20 } else { 1 << 14 };

impl Vm {
    /// Language of the running function.
    pub(crate) fn language_index(&self) -> u32 {
        if self.frame.wrapping_add(1) as usize <= self.stack.frames.as_ptr() as usize {
            return 0;
        }
        // SAFETY: at least one frame is in use, so `frame` points to it.
        let func = unsafe { (*self.frame).func };
        self.infos.get(func as usize).map_or(0, |i| i.language)
    }

    /// Whether the running function's language promotes integers to floats.
    #[inline(always)]
    pub(crate) fn promotes(&self) -> bool {
        // SAFETY: handlers run within a frame, which names a function.
        let func = unsafe { (*self.frame).func };
        self.infos.get(func as usize).is_some_and(|i| i.promotes)
    }

    /// Truth of a value that is not a boolean, in the running function's language.
    #[inline(always)]
    pub(crate) fn truth(&self, v: Value) -> bool {
        // SAFETY: handlers run within a frame, which names a function.
        let func = unsafe { (*self.frame).func };
        let zero_is_false = || self.infos.get(func as usize).is_some_and(|i| i.zero_is_false);
        match v.tag() {
            Tag::Int if zero_is_false() => v.bits() != 0,
            Tag::Float if zero_is_false() => f64::from_bits(v.bits()) != 0.0,
            _ => ops::truthy(&self.rt, self.language_index(), v),
        }
    }

    /// Whether the running function's language reads elements of lists by floats.
    #[inline(always)]
    pub(crate) fn cuts_indices(&self) -> bool {
        // SAFETY: handlers run within a frame, which names a function.
        let func = unsafe { (*self.frame).func };
        self.infos.get(func as usize).is_some_and(|i| i.cuts_indices)
    }

    /// Makes room for `regs` registers from `at` on and one more frame; returns how far registers moved.
    ///
    /// # Errors
    /// The language's stack overflow error.
    #[inline(never)]
    pub(crate) fn make_room(&mut self, at: *mut Value, regs: usize, callee: u32) -> Result<isize, Control> {
        self.sync_depth();
        let mut delta = 0;
        let needed = (at as usize - self.stack.regs.as_ptr() as usize) / size_of::<Value>() + regs + 2;
        let limit = self.rt.limits.depth;
        let parked = &self.tasks.parked;
        let depth = self.stack.depth + self.outer.frames + parked.frames;
        let others = self.outer.bytes + parked.bytes;
        let grown = if needed > self.stack.regs.len() { needed * size_of::<Value>() } else { 0 };
        if depth >= limit || needed > (u32::MAX / 32) as usize || others + grown > self.stack_bytes() {
            return Err(self.stack_overflow(callee));
        }
        // Frames come first: where registers have moved, the caller must hear of it.
        let mut fits = self.stack.depth + 1 < self.stack.frames.len() || self.stack.grow_frames(limit + 8);
        if fits && needed > self.stack.regs.len() {
            let moved = self.stack.grow_regs(needed);
            fits = moved.is_some();
            delta = moved.unwrap_or(0);
        }
        self.enter_stack();
        if !fits {
            return Err(self.stack_overflow(callee));
        }
        Ok(delta)
    }

    /// Registers, in bytes, that all stacks together may take: as much as the heap may.
    pub(crate) fn stack_bytes(&self) -> usize {
        self.rt.limits.heap_bytes.max(LEAST_STACK)
    }

    /// The language's stack overflow error.
    #[cold]
    fn stack_overflow(&mut self, callee: u32) -> Control {
        let name = self.rt.funcs.get(callee as usize).map(|f| f.name.clone());
        let language = self.rt.language(self.language_index());
        let limit = self.rt.limits.depth;
        language.stack_overflow(&mut self.rt, name.as_deref().unwrap_or("?"), limit)
    }

    /// Frames of the current stack in use.
    #[inline(always)]
    pub(crate) fn stack_depth(&self) -> usize {
        // The distance is a multiple of the size: exact division is a multiplication.
        // SAFETY: `frame` points into the frames, or one below the first when none is in use.
        unsafe { self.frame.wrapping_add(1).offset_from(self.stack.frames.as_ptr()) as usize }
    }

    /// Calls `callee` with `args` in a new frame above the running one. The result goes to `dst` of `ret_base`
    /// (the running frame's registers, or [`Vm::result`]), and execution goes on at `ret_pc`. Errors
    /// count as raised at `pc`.
    #[allow(clippy::too_many_arguments)]
    #[inline(never)]
    pub(crate) fn call_at(
        &mut self,
        callee: Value,
        args: Vec<Value>,
        ret_pc: *mut u64,
        ret_base: *mut Value,
        dst: u32,
        pc: *mut u64,
        base: *mut Value,
    ) -> Next {
        let (mut callee, mut args, mut ret_base, mut base) = (callee, args, ret_base, base);
        loop {
            if let Some(native) = callee.as_native() {
                self.budget -= 1;
                // A run that can be resumed is paused at its next call or turn instead.
                if self.budget < 0
                    && !self.resumable
                    && let Err(e) = self.poll()
                {
                    return self.throw(pc, base, e);
                }
                let run = self.rt.natives[native.0 as usize].run;
                let result = run(&mut self.rt, &args);
                self.look_at_methods();
                match result {
                    Ok(v) => {
                        // SAFETY: `dst` is a register of the frame at `ret_base`, or the result itself.
                        unsafe { ret_base.byte_add(dst as usize * 8).write(v) };
                        // Back in the running frame the heap's limit is looked at, as after any other native call.
                        let own = ret_base == base && self.stack_depth() > 0;
                        return if own { self.safepoint(pc, ret_pc, base) } else { (ret_pc, ret_base) };
                    }
                    Err(Control::Call(request)) => {
                        (callee, args) = (request.callee, request.args);
                        continue;
                    }
                    Err(Control::Task(request)) => {
                        return self.task_request(*request, Site { pc, base, next: ret_pc, ret_base, dst, want: None });
                    }
                    Err(Control::Load(request)) => {
                        let own = ret_base == base;
                        let (answer, moved) = self.load_text(&request, base);
                        base = base.wrapping_byte_offset(moved);
                        ret_base = if own { base } else { ret_base };
                        match answer {
                            Control::Call(request) => {
                                (callee, args) = (request.callee, request.args);
                                continue;
                            }
                            e => return self.throw(pc, base, e),
                        }
                    }
                    Err(e) => return self.throw(pc, base, e),
                }
            }
            let func = match callee.as_func().or_else(|| self.rt.heap.closure_func(callee)) {
                Some(f) if (f.0 as usize) < self.codes.len() => f.0,
                _ => {
                    let language = self.rt.language(self.language_index());
                    let e = language.not_callable(&mut self.rt, callee);
                    return self.throw(pc, base, e);
                }
            };
            match self.check_args(func, &mut args) {
                Ok(()) => {}
                // The language has something else called instead.
                Err(Control::Call(request)) => {
                    self.budget -= 1;
                    (callee, args) = (request.callee, request.args);
                    continue;
                }
                Err(e) => return self.throw(pc, base, e),
            }
            let closure = if callee.as_func().is_some() { Value::NIL } else { callee };
            return self.enter_at(func, closure, &args, ret_pc, ret_base, dst, pc, base);
        }
    }

    /// Enters a function with arguments that it takes, in a new frame above the running one; otherwise as [`Vm::call_at`].
    #[allow(clippy::too_many_arguments)]
    pub(crate) fn enter_at(
        &mut self,
        func: u32,
        closure: Value,
        args: &[Value],
        ret_pc: *mut u64,
        ret_base: *mut Value,
        dst: u32,
        pc: *mut u64,
        base: *mut Value,
    ) -> Next {
        self.sync_depth();
        let top = if self.stack.depth == 0 { 0 } else { self.used_regs(&self.stack, base) };
        let at = self.stack.regs.as_mut_ptr().wrapping_add(top);
        let regs = (self.codes[func as usize].regs as usize).max(args.len());
        let own = ret_base == base;
        let delta = match self.make_room(at, regs, func) {
            Ok(delta) => delta,
            Err(e) => return self.throw(pc, base, e),
        };
        let at = at.wrapping_byte_offset(delta);
        for (i, &v) in args.iter().enumerate() {
            // SAFETY: `make_room` left room for `regs >= args.len()` registers from `at` on.
            unsafe { at.add(i).write(v) };
        }
        let ret_base = if own { ret_base.wrapping_byte_offset(delta) } else { ret_base };
        self.push_frame(Frame { ret_pc, ret_base, closure, func, dst });
        (self.codes[func as usize].entry, at)
    }

    /// Pushes a frame for which there is room.
    pub(crate) fn push_frame(&mut self, frame: Frame) {
        // SAFETY: the caller made room: one past the newest frame is below `frame_end`.
        unsafe {
            self.frame = self.frame.wrapping_add(1);
            debug_assert!(self.frame < self.frame_end);
            self.frame.write(frame);
        }
    }

    /// Count and kinds of arguments of a dynamic call; adds those that the call leaves out.
    ///
    /// # Errors
    /// The callee's language's error.
    fn check_args(&mut self, func: u32, args: &mut Vec<Value>) -> Result<(), Control> {
        let info = &self.rt.funcs[func as usize];
        let language = info.language;
        let expected = (info.params - info.optional) as usize..=info.params as usize;
        if !expected.contains(&args.len()) {
            let name = info.name.clone();
            let language = self.rt.language(language);
            return Err(language.wrong_arity(&mut self.rt, &name, expected, args.len()));
        }
        args.resize(*expected.end(), Value::UNSET);
        for &(i, want) in &self.infos[func as usize].params {
            if !ops::passes_cast(&self.rt, args[i], want) {
                let language = self.rt.language(language);
                return Err(language.cast_failed(&mut self.rt, want, args[i]));
            }
        }
        Ok(())
    }

    /// Delivers what native code or semantics answered: a value into `dst`, a call to make, or an error.
    #[inline(never)]
    pub(crate) fn deliver(
        &mut self,
        result: NativeResult,
        dst: u32,
        pc: *mut u64,
        next: *mut u64,
        base: *mut Value,
    ) -> Next {
        self.look_at_methods();
        match result {
            Ok(v) => {
                // SAFETY: `dst` is a register of the running frame.
                unsafe { base.byte_add(dst as usize * 8).write(v) };
                self.safepoint(pc, next, base)
            }
            Err(Control::Call(request)) => self.call_at(request.callee, request.args, next, base, dst, pc, base),
            Err(Control::Task(request)) => {
                self.task_request(*request, Site { pc, base, next, ret_base: base, dst, want: None })
            }
            Err(Control::Load(request)) => {
                let (answer, moved) = self.load_text(&request, base);
                // Never another request for text.
                self.deliver(Err(answer), dst, pc, next, base.wrapping_byte_offset(moved))
            }
            Err(e) => self.throw(pc, base, e),
        }
    }

    /// Collects if the heap wants it, then goes on at `next`.
    #[inline(always)]
    pub(crate) fn safepoint(&mut self, pc: *mut u64, next: *mut u64, base: *mut Value) -> Next {
        if self.rt.heap.wants_collection() { self.collect_at(pc, next, base) } else { (next, base) }
    }

    #[cold]
    #[inline(never)]
    fn collect_at(&mut self, pc: *mut u64, next: *mut u64, base: *mut Value) -> Next {
        self.look_at_methods();
        if self.rt.heap.take_look() {
            self.look_soon();
            return self.safepoint(pc, next, base);
        }
        let (base, fits) = self.collect(base);
        match fits {
            Ok(()) => (next, base),
            Err(e) => self.throw(pc, base, e),
        }
    }

    // ---- generators

    /// At the entry of a generator: turns the new frame into a suspended fiber and returns that.
    #[inline(never)]
    pub(crate) fn enter_generator(&mut self, pc: *mut u64, base: *mut Value) -> Next {
        // SAFETY: the call that led here pushed a frame.
        let frame = unsafe { *self.frame };
        let regs = self.codes[frame.func as usize].regs as usize;
        let params = self.rt.funcs[frame.func as usize].params as usize;
        let mut stack = self.fiber_stack(regs + 2);
        for i in 0..params {
            // SAFETY: the arguments lie at the start of the frame.
            stack.regs[i] = unsafe { *base.add(i) };
        }
        let end = self.stub(Op::FiberEnd);
        let result = self.result_ptr();
        stack.frames[0] = Frame { ret_pc: end, ret_base: result, dst: 0, ..frame };
        stack.depth = 1;
        stack.base = stack.regs.as_mut_ptr();
        stack.pc = pc.wrapping_add(1);
        stack.used = regs.max(1) + 1;
        stack.collections = self.collections;
        let fiber = self.rt.heap.fiber(Fiber::new(FuncId(frame.func), stack));
        self.frame = self.frame.wrapping_sub(1);
        // SAFETY: `dst` is a register of the caller's frame or the result.
        unsafe { frame.ret_base.byte_add(frame.dst as usize * 8).write(fiber) };
        if frame.ret_base == self.result_ptr() {
            return (frame.ret_pc, frame.ret_base);
        }
        self.safepoint(frame.ret_pc.wrapping_sub(1), frame.ret_pc, frame.ret_base)
    }

    /// A stack for a new generator: that of one that ended since the last collection, or a new one.
    pub(crate) fn fiber_stack(&mut self, regs: usize) -> Box<Stack> {
        match self.spare.pop() {
            Some(mut stack) => {
                if stack.regs.len() < regs {
                    stack.regs.resize(regs, Value::NIL);
                }
                stack
            }
            None => Box::new(Stack::new(regs.max(FIBER_REGS), FIBER_FRAMES)),
        }
    }

    /// Keeps the stack of a generator that ended for the next one, if that is worth it.
    pub(crate) fn keep_stack(&mut self, stack: Box<Stack>) {
        if self.spare.len() < SPARE_STACKS && stack.bytes() <= SPARE_BYTES {
            self.spare.push(stack);
        }
    }

    /// Resumes a generator for the loop step at `pc`; one that has ended (or runs already) ends the loop.
    #[inline(never)]
    pub(crate) fn resume_fiber(&mut self, fiber: Value, pc: *mut u64, base: *mut Value) -> Next {
        let state = self.rt.heap.fiber_mut(fiber).and_then(Fiber::take::<Stack>);
        let Some(mut stack) = state else { return (pc.wrapping_add(1), base) };
        // Generators that resume each other are nested calls.
        self.sync_depth();
        let own = if self.resumers.is_empty() { 0 } else { self.stack.bytes() };
        let outer = Outer { frames: self.outer.frames + self.stack.depth, bytes: self.outer.bytes + own };
        let parked = &self.tasks.parked;
        if outer.frames + parked.frames >= self.rt.limits.depth
            || outer.bytes + parked.bytes + stack.bytes() > self.stack_bytes()
        {
            return self.resume_too_deep(fiber, stack, pc, base);
        }
        if stack.collections != self.collections {
            let used = stack.used;
            stack.regs[used..].fill(Value::NIL);
        }
        self.stack.pc = pc;
        self.stack.base = base;
        self.outer = outer;
        let stack = core::mem::replace(&mut self.stack, stack);
        self.resumers.push(Resumer { stack, fiber });
        self.enter_stack();
        (self.stack.pc, self.stack.base)
    }

    #[cold]
    #[inline(never)]
    fn resume_too_deep(&mut self, fiber: Value, stack: Box<Stack>, pc: *mut u64, base: *mut Value) -> Next {
        let func = stack.frames[0].func;
        if let Some(fiber) = self.rt.heap.fiber_mut(fiber) {
            fiber.put(stack);
        }
        let e = self.stack_overflow(func);
        self.throw(pc, base, e)
    }

    /// Leaves the running fiber for the one that resumed it: the fiber and its stack.
    #[inline(always)]
    pub(crate) fn leave_fiber(&mut self) -> Option<(Value, Box<Stack>)> {
        let resumer = self.resumers.pop()?;
        self.outer.leave(&resumer.stack, &self.resumers);
        let stack = core::mem::replace(&mut self.stack, resumer.stack);
        self.enter_stack();
        Some((resumer.fiber, stack))
    }

    /// Hands a value out of the running generator: goes on at the loop that resumed it.
    #[inline(never)]
    pub(crate) fn yield_value(&mut self, value: Value, dst: u32, next: *mut u64, base: *mut Value) -> Next {
        let Some((fiber, mut stack)) = self.leave_fiber() else {
            // The verifier allows `yield` in generators only, and those run only when resumed.
            return self.throw(next, base, Control::Trap(motet_runtime::Trap::Corrupt));
        };
        debug_assert!(core::ptr::eq(base, stack.regs.as_ptr()), "only the generator's own frame yields");
        // SAFETY: `dst` is the register that the `yield` instruction named, in the frame at `base`.
        unsafe { base.byte_add(dst as usize * 8).write(value) };
        stack.pc = next;
        stack.base = base;
        stack.depth = 1;
        stack.collections = self.collections;
        if let Some(fiber) = self.rt.heap.fiber_mut(fiber) {
            fiber.put(stack);
        }
        let (pc, base) = (self.stack.pc, self.stack.base);
        // SAFETY: `pc` is the `iter.next` that resumed the fiber: b is the local, c the way back.
        unsafe {
            let word = *pc;
            base.byte_add((word >> 32) as u16 as usize * 8).write(value);
            let back = (word >> 48) as i16;
            (pc.offset(isize::from(back)), base)
        }
    }

    /// The running generator's body returned: its loop ends.
    #[inline(never)]
    pub(crate) fn fiber_end(&mut self) -> Next {
        match self.leave_fiber() {
            Some((_, stack)) => {
                self.keep_stack(stack);
                (self.stack.pc.wrapping_add(1), self.stack.base)
            }
            None if !self.runs_first_task() => self.finish_task(Ok(*self.result)),
            None => (self.stub(Op::Halt), self.result_ptr()),
        }
    }

    // ---- async functions

    /// At the entry of an async function: its result will pass through `async.end`.
    #[inline(never)]
    pub(crate) fn enter_async(&mut self, pc: *mut u64, base: *mut Value) -> Next {
        // SAFETY: the call that led here pushed a frame.
        let frame = unsafe { *self.frame };
        let base = match self.make_room(base, self.codes[frame.func as usize].regs as usize, frame.func) {
            Ok(delta) => base.wrapping_byte_offset(delta),
            Err(e) => return self.throw(pc, base, e),
        };
        // SAFETY: as above; the outer frame stays as an auxiliary one without a function.
        unsafe { (*self.frame).func = u32::MAX };
        let end = self.stub(Op::AsyncEnd);
        let result = self.result_ptr();
        self.push_frame(Frame { ret_pc: end, ret_base: result, dst: 0, ..frame });
        (pc.wrapping_add(1), base)
    }

    /// An async body returned: wraps the result and returns from the auxiliary frame.
    #[inline(never)]
    pub(crate) fn async_end(&mut self) -> Next {
        // SAFETY: the auxiliary frame that `enter_async` left is the newest one now.
        let frame = unsafe { *self.frame };
        self.frame = self.frame.wrapping_sub(1);
        let language = self.rt.language(self.language_index());
        let promise = language.wrap_async(&mut self.rt, *self.result);
        // SAFETY: `dst` is a register of the caller's frame or the result.
        unsafe { frame.ret_base.byte_add(frame.dst as usize * 8).write(promise) };
        if frame.ret_base == self.result_ptr() {
            return (frame.ret_pc, frame.ret_base);
        }
        self.safepoint(frame.ret_pc.wrapping_sub(1), frame.ret_pc, frame.ret_base)
    }
}
