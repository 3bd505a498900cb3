//! Tasks that take turns: spawning, waiting, sleeping, switching.
//!
//! Invariants:
//! - The running task's stacks are the machine's; those of all others are in `Tasks`, each once. They are roots.
//! - Stacks of tasks that do not run never change, so pointers into them stay valid.
//! - The first task of a run has number 0 and ends at `Halt`; all others end at `FiberEnd`, without a resumer.
#![allow(unsafe_code)]

use alloc::{boxed::Box, vec::Vec};

use motet_regcode::Op;
use motet_runtime::{
    CallRequest, Control, Identity, NativeResult, Parked, Pick, QUANTUM, Schedule, Stop, Task, TaskRequest, Thrown,
    Tracer, Trap, TypeTag, Uncaught, Value, deadlock, ops, out_of_memory,
};

use crate::{
    Vm,
    calls::Next,
    stack::Stack,
    vm::{Outer, Resumer},
};

/// Bytes that a task takes which has not begun, without its arguments.
const NEW_TASK: usize = 256;
/// Registers of a new task.
const TASK_REGS: usize = 16;

/// Where an operation of a task goes on when its result is there.
#[derive(Clone, Copy)]
pub(crate) struct Site {
    /// The operation, for errors.
    pub(crate) pc: *mut u64,
    /// Registers of its frame.
    pub(crate) base: *mut Value,
    /// What comes after it.
    pub(crate) next: *mut u64,
    /// What `dst` is relative to: `base`, or [`Vm::result`].
    pub(crate) ret_base: *mut Value,
    /// Offset of the result's register.
    pub(crate) dst: u32,
    /// Declared type of the result, which what a task finished with has to have.
    pub(crate) want: Option<TypeTag>,
}

/// How a task that does not run goes on.
pub(crate) enum State {
    /// Has not begun.
    New(CallRequest),
    /// Was suspended.
    Suspended { stack: Box<Stack>, resumers: Vec<Resumer>, outer: Outer, wake: Wake },
}

/// How a suspended task goes on.
pub(crate) enum Wake {
    /// With the instruction at the stack's `pc`.
    Again,
    /// With the result of an operation.
    With(Site, Answer),
}

/// Result of an operation that suspended its task.
pub(crate) enum Answer {
    Nil,
    /// What this task finished with.
    Outcome(Value),
    Error(Control),
}

/// The tasks of a run.
#[derive(Default)]
pub(crate) struct Tasks {
    pub(crate) schedule: Schedule<State>,
    /// What the stacks of all tasks that do not run take.
    pub(crate) parked: Outer,
}

impl State {
    /// What its stacks take.
    fn size(&self) -> Outer {
        match self {
            State::New(call) => Outer { frames: 1, bytes: NEW_TASK + call.args.len() * size_of::<Value>() },
            State::Suspended { stack, resumers, .. } => {
                let all = || resumers.iter().map(|r| &*r.stack).chain([&**stack]);
                Outer { frames: all().map(|s| s.depth).sum(), bytes: all().map(Stack::bytes).sum() }
            }
        }
    }
}

impl Tasks {
    /// Whether the running task's uncaught errors stop the program.
    pub(crate) fn errors_stop(&self) -> bool {
        self.schedule.running.uncaught == Uncaught::Stops
    }

    /// Every suspended stack.
    pub(crate) fn for_each_stack(&mut self, f: &mut dyn FnMut(&mut Stack)) {
        for task in self.schedule.all_mut() {
            if let State::Suspended { stack, resumers, .. } = &mut task.state {
                resumers.iter_mut().for_each(|r| f(&mut r.stack));
                f(stack);
            }
        }
    }

    fn park(&mut self, state: &State) {
        let size = state.size();
        self.parked.frames += size.frames;
        self.parked.bytes += size.bytes;
    }

    fn unpark(&mut self, state: &State) {
        let size = state.size();
        self.parked.frames = self.parked.frames.saturating_sub(size.frames);
        self.parked.bytes = self.parked.bytes.saturating_sub(size.bytes);
    }

    /// The registers in use of every suspended stack, innermost last, as `used` says; the others are cleared.
    pub(crate) fn clear_unused(&mut self, used: impl Fn(&Stack) -> usize) {
        for task in self.schedule.all_mut() {
            if let State::Suspended { stack, resumers, .. } = &mut task.state {
                for stack in resumers.iter_mut().map(|r| &mut *r.stack).chain([&mut **stack]) {
                    stack.used = used(stack);
                    let used = stack.used;
                    stack.regs[used..].fill(Value::NIL);
                }
            }
        }
    }

    /// Reports every value that tasks hold, after [`Tasks::clear_unused`].
    pub(crate) fn trace(&self, tracer: &mut Tracer<'_>) {
        tracer.value(self.schedule.running.handle);
        for task in self.schedule.all() {
            tracer.value(task.identity.handle);
            match &task.state {
                State::New(call) => {
                    tracer.value(call.callee);
                    tracer.values(&call.args);
                }
                State::Suspended { stack, resumers, wake, .. } => {
                    stack.trace(stack.used, tracer);
                    for resumer in resumers {
                        resumer.stack.trace(resumer.stack.used, tracer);
                        tracer.value(resumer.fiber);
                    }
                    match wake {
                        Wake::With(_, Answer::Outcome(v) | Answer::Error(Control::Raise(v))) => tracer.value(*v),
                        Wake::With(_, Answer::Nil | Answer::Error(_)) | Wake::Again => {}
                    }
                }
            }
        }
    }

    /// The outermost stack of the run's first task, if that does not run.
    pub(crate) fn first_stack(&mut self) -> Option<Box<Stack>> {
        let first = self.schedule.all_mut().find(|t| t.identity.id == 0)?;
        match &mut first.state {
            State::Suspended { stack, resumers, .. } => Some(match resumers.drain(..).next() {
                Some(outermost) => outermost.stack,
                None => core::mem::replace(stack, Box::new(Stack::none())),
            }),
            State::New(_) => None,
        }
    }
}

impl Vm {
    /// Does what native code asked for.
    #[cold]
    #[inline(never)]
    pub(crate) fn task_request(&mut self, request: TaskRequest, site: Site) -> Next {
        match request {
            TaskRequest::Spawn { call, uncaught } => {
                let task = self.spawn(call, uncaught);
                self.answer(site, task)
            }
            TaskRequest::Wait(task) => match self.rt.task(task) {
                None => self.throw(site.pc, site.base, Control::error("this is no task that could be waited for")),
                Some(found) => match found.outcome() {
                    Some(outcome) => self.answer(site, outcome),
                    None => {
                        let id = found.id();
                        let parked = self.suspend(site.pc, site.base, Wake::With(site, Answer::Outcome(task)));
                        self.tasks.schedule.wait(parked, id);
                        self.next_task()
                    }
                },
            },
            TaskRequest::Yield => {
                // Tasks that the running one has woken were ready before it gave way.
                self.wake_finished();
                let parked = self.suspend(site.pc, site.base, Wake::With(site, Answer::Nil));
                self.tasks.schedule.push(parked);
                self.next_task()
            }
            TaskRequest::Sleep(nanos) => {
                let parked = self.suspend(site.pc, site.base, Wake::With(site, Answer::Nil));
                self.tasks.schedule.sleep(parked, nanos, &mut self.rt);
                self.next_task()
            }
        }
    }

    /// Gives an operation of the running task its result.
    fn answer(&mut self, site: Site, result: NativeResult) -> Next {
        match result {
            Ok(v) if site.want.is_some_and(|want| !ops::passes_cast(&self.rt, v, want)) => {
                self.throw(site.pc, site.base, Control::Trap(Trap::Corrupt))
            }
            Ok(v) => {
                // SAFETY: `dst` is a register of the frame at `ret_base`, or the result itself; the task's stack did
                // not change since the operation began.
                unsafe { site.ret_base.byte_add(site.dst as usize * 8).write(v) };
                let own = site.ret_base == site.base && self.stack_depth() > 0;
                if own { self.safepoint(site.pc, site.next, site.base) } else { (site.next, site.ret_base) }
            }
            Err(e) => self.throw(site.pc, site.base, e),
        }
    }

    /// A new task at the end of the queue.
    ///
    /// # Errors
    /// Too many tasks for the limits.
    fn spawn(&mut self, call: CallRequest, uncaught: Uncaught) -> NativeResult {
        self.sync_depth();
        let frames = self.stack.depth + self.outer.frames + self.tasks.parked.frames;
        let bytes = self.outer.bytes + self.tasks.parked.bytes;
        if frames >= self.rt.limits.depth || bytes + NEW_TASK > self.stack_bytes() {
            return Err(out_of_memory());
        }
        let identity = self.rt.new_identity(uncaught);
        let state = State::New(call);
        self.tasks.park(&state);
        self.tasks.schedule.push(Parked { identity, state });
        // From now on the running task has a quantum.
        if self.budget > QUANTUM as i64 {
            self.start_slice();
        }
        Ok(identity.handle)
    }

    /// Takes the running task off the machine. Another one must be entered before anything runs.
    fn suspend(&mut self, pc: *mut u64, base: *mut Value, wake: Wake) -> Parked<State> {
        self.sync_depth();
        self.stack.pc = pc;
        self.stack.base = base;
        let mut stack = core::mem::replace(&mut self.stack, Box::new(Stack::none()));
        let mut resumers = core::mem::take(&mut self.resumers);
        stack.used = self.used_regs(&stack, base);
        for resumer in &mut resumers {
            resumer.stack.used = self.used_regs(&resumer.stack, resumer.stack.base);
        }
        let outer = core::mem::take(&mut self.outer);
        let state = State::Suspended { stack, resumers, outer, wake };
        self.tasks.park(&state);
        self.tasks.schedule.park(state)
    }

    /// Puts a task onto the machine.
    fn enter(&mut self, parked: Parked<State>) -> Next {
        self.tasks.unpark(&parked.state);
        self.tasks.schedule.enter(parked.identity, &mut self.rt);
        self.start_slice();
        match parked.state {
            State::New(call) => {
                let mut stack = self.fiber_stack(TASK_REGS);
                stack.depth = 0;
                stack.base = stack.regs.as_mut_ptr();
                self.stack = stack;
                self.enter_stack();
                let end = if self.runs_first_task() { Op::Halt } else { Op::FiberEnd };
                let (end, result, base) = (self.stub(end), self.result_ptr(), self.stack.base);
                self.call_at(call.callee, call.args, end, result, 0, end, base)
            }
            State::Suspended { stack, resumers, outer, wake } => {
                self.stack = stack;
                self.resumers = resumers;
                self.outer = outer;
                self.enter_stack();
                match wake {
                    Wake::Again => (self.stack.pc, self.stack.base),
                    Wake::With(site, Answer::Nil) => self.answer(site, Ok(Value::NIL)),
                    Wake::With(site, Answer::Error(e)) => self.answer(site, Err(e)),
                    Wake::With(site, Answer::Outcome(task)) => {
                        let outcome = self.rt.task(task).and_then(Task::outcome);
                        self.answer(site, outcome.unwrap_or(Ok(Value::NIL)))
                    }
                }
            }
        }
    }

    /// Gives way to another task, if one is ready; the running one will go on with the instruction at `pc`.
    #[cold]
    #[inline(never)]
    pub(crate) fn give_way(&mut self, pc: *mut u64, base: *mut Value) -> Next {
        let Some(next) = self.tasks.schedule.rival(&mut self.rt) else { return (pc, base) };
        let parked = self.suspend(pc, base, Wake::Again);
        self.tasks.schedule.push(parked);
        self.enter(next)
    }

    /// Enters the next task, after the running one was suspended or finished.
    fn next_task(&mut self) -> Next {
        loop {
            self.wake_finished();
            match self.tasks.schedule.pick(&mut self.rt) {
                Pick::Run(next) => return self.enter(next),
                Pick::Rest if self.patient => {
                    self.tasks.schedule.rest(&mut self.rt);
                    if let Err(e) = self.poll() {
                        return self.idle_limit_reached(e);
                    }
                }
                Pick::Rest => return self.pause(Stop::Trap { trap: Trap::Waiting, trace: Vec::new() }),
                Pick::Deadlock(first) => {
                    let first = failed(first, deadlock());
                    self.tasks.schedule.push(first);
                }
                Pick::Nobody => return self.stop(Stop::Trap { trap: Trap::Corrupt, trace: Vec::new() }),
            }
        }
    }

    /// Tasks that wait for one that has finished are ready.
    pub(crate) fn wake_finished(&mut self) {
        self.tasks.schedule.wake_finished(self.paused.as_mut().map(|p| &mut p.schedule), &mut self.rt);
    }

    /// The running task's call returned, or nobody in it caught an error.
    pub(crate) fn finish_task(&mut self, outcome: Result<Value, Thrown>) -> Next {
        self.tasks.schedule.finish(outcome, &mut self.rt);
        while let Some(resumer) = self.resumers.pop() {
            let ended = core::mem::replace(&mut self.stack, resumer.stack);
            self.keep_stack(ended);
        }
        self.outer = Outer::default();
        let stack = core::mem::replace(&mut self.stack, Box::new(Stack::none()));
        self.keep_stack(stack);
        self.next_task()
    }

    // ---- runs that can be resumed

    /// Begins a run that a limit pauses instead of ending it: fuel, [`motet_runtime::Runtime::pause_at`], the deadline,
    /// an interrupt. Nothing runs before [`Vm::resume`]. A run that was paused before is given up. Other runs
    /// may take place while this one is paused.
    pub fn start(&mut self, callee: Value, args: &[Value]) {
        let mut tasks = Tasks::default();
        let call = CallRequest { callee, args: args.to_vec() };
        let state = State::New(call);
        tasks.park(&state);
        tasks.schedule.push(Parked { identity: Identity::FIRST, state });
        self.paused = Some(tasks);
    }

    /// Whether there is a run to be resumed.
    #[must_use]
    pub fn is_paused(&self) -> bool {
        self.paused.is_some()
    }

    /// Gives the paused run up.
    pub fn give_up(&mut self) {
        self.paused = None;
    }

    /// Goes on with the paused run; `None` when there is none. If it stops with a trap, [`Vm::is_paused`] tells whether
    /// it can go on once more. While every task sleeps or waits for the host, a `patient` machine waits, too; others
    /// pause the run with [`Trap::Waiting`].
    pub fn resume(&mut self, patient: bool) -> Option<Result<Value, Stop>> {
        let tasks = self.paused.take()?;
        self.prepare();
        self.tasks = tasks;
        self.resumable = true;
        self.patient = patient;
        let mut idle = core::mem::replace(&mut self.stack, Box::new(Stack::none()));
        let collections = self.collections;
        let next = self.next_task();
        let result = self.go(next);
        self.resumable = false;
        self.patient = true;
        if self.stack.bytes() < idle.bytes() {
            if self.collections != collections {
                // Its registers hold values that may be gone.
                idle.regs.fill(Value::NIL);
            }
            self.stack = idle;
            self.enter_stack();
        }
        Some(result)
    }

    /// A limit was reached before the instruction at `pc`: pauses or ends the run.
    #[cold]
    pub(crate) fn limit_reached(&mut self, pc: *mut u64, base: *mut Value, limit: Control) -> Next {
        let Control::Trap(trap) = limit else { return self.throw(pc, base, limit) };
        if !self.resumable {
            return self.throw(pc, base, Control::Trap(trap));
        }
        let trace = self.trace(pc);
        let parked = self.suspend(pc, base, Wake::Again);
        self.tasks.schedule.push_front(parked);
        self.pause(Stop::Trap { trap, trace })
    }

    /// A limit was reached while no task was ready.
    fn idle_limit_reached(&mut self, limit: Control) -> Next {
        let stop = match limit {
            Control::Trap(trap) => Stop::Trap { trap, trace: Vec::new() },
            other => return self.fail_sleeper(other),
        };
        if self.resumable { self.pause(stop) } else { self.stop(stop) }
    }

    /// The first sleeper gets an error that it can catch.
    fn fail_sleeper(&mut self, error: Control) -> Next {
        if let Some(sleeper) = self.tasks.schedule.first_sleeper() {
            self.tasks.schedule.push_front(failed(sleeper, error));
        }
        self.next_task()
    }

    /// Nanoseconds until the paused run has something to do, if that depends on time; 0 when it has.
    pub fn time_left(&mut self) -> Option<u64> {
        self.paused.as_ref()?.schedule.time_left(&mut self.rt)
    }

    /// Leaves the interpreter. No task runs; all are kept.
    fn pause(&mut self, stop: Stop) -> Next {
        self.outcome = Some(stop);
        self.paused = Some(core::mem::take(&mut self.tasks));
        (self.stub(Op::Halt), self.result_ptr())
    }

    /// Whether the run's first task is the running one.
    pub(crate) fn runs_first_task(&self) -> bool {
        self.tasks.schedule.runs_first()
    }

    /// Drops all tasks. The current stack is the first task's outermost one afterwards.
    pub(crate) fn drop_tasks(&mut self) {
        if let Some(outermost) = self.resumers.drain(..).next() {
            self.stack = outermost.stack;
        }
        // Between two tasks, none runs.
        let idle = self.stack.frames.is_empty();
        if (idle || !self.runs_first_task())
            && let Some(stack) = self.tasks.first_stack()
        {
            self.stack = stack;
        }
        if self.stack.frames.is_empty() {
            self.stack = self.fiber_stack(TASK_REGS);
        }
        self.tasks = Tasks::default();
        self.outer = Outer::default();
        self.stack.depth = 0;
        self.enter_stack();
    }
}

/// The task, with an error as the result of what it waits for.
fn failed(task: Parked<State>, error: Control) -> Parked<State> {
    let mut task = task;
    if let State::Suspended { wake: Wake::With(_, answer), .. } = &mut task.state {
        *answer = Answer::Error(error);
    }
    task
}
