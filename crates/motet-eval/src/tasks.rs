//! Tasks that take turns: spawning, waiting, sleeping, switching.
//!
//! Invariants: the running task's stacks are the evaluator's; those of all others are in `Tasks`, each once, and are
//! roots. The first task of a run has number 0; when its call returns, the run ends.

use alloc::vec::Vec;

use motet_runtime::{
    CallRequest, Control, Identity, Parked, Pick, QUANTUM, Schedule, Stop, Task, TaskRequest, Thrown, Tracer, Trap,
    Uncaught, Value, deadlock, out_of_memory,
};

use crate::{
    Evaluator,
    evaluator::{Next, Walk},
    stack::{Resumer, Stack},
    tree::NodeIdx,
};

/// Bytes that a task takes which has not begun, without its arguments.
const NEW_TASK: usize = 256;
/// Bytes of tasks that a program may always have, however small its heap is.
const LEAST_TASKS: usize = 1 << 20;
/// How a task that does not run goes on.
pub(crate) enum State {
    /// Has not begun.
    New(CallRequest),
    /// Was suspended.
    Suspended { stack: Stack, resumers: Vec<Resumer>, outer_depth: usize, at: NodeIdx, wake: Wake },
}

/// How a suspended task goes on.
pub(crate) enum Wake {
    /// With this node.
    Eval(NodeIdx),
    /// With `nil` as the result of an operation.
    Nil,
    /// With what this task finished with.
    Outcome(Value),
    /// With an error.
    Error(Control),
}

/// The tasks of a run.
#[derive(Default)]
pub(crate) struct Tasks {
    pub(crate) schedule: Schedule<State>,
    /// Frames of all tasks that do not run.
    pub(crate) frames: usize,
    /// Bytes of all tasks that do not run.
    bytes: usize,
}

impl State {
    /// Its frames, and its bytes.
    fn size(&self) -> (usize, usize) {
        match self {
            State::New(call) => (1, NEW_TASK + call.args.len() * size_of::<Value>()),
            State::Suspended { stack, resumers, outer_depth, .. } => {
                let bytes = resumers.iter().map(|r| r.stack.bytes()).sum::<usize>() + stack.bytes();
                (outer_depth + stack.frames.len(), NEW_TASK + bytes)
            }
        }
    }
}

impl Tasks {
    /// Whether the running task's uncaught errors stop the program.
    pub(crate) fn errors_stop(&self) -> bool {
        self.schedule.running.uncaught == Uncaught::Stops
    }

    fn count(&mut self, state: &State) {
        let (frames, bytes) = state.size();
        self.frames += frames;
        self.bytes += bytes;
    }

    fn discount(&mut self, state: &State) {
        let (frames, bytes) = state.size();
        self.frames = self.frames.saturating_sub(frames);
        self.bytes = self.bytes.saturating_sub(bytes);
    }

    /// Reports every value that tasks hold.
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
                    stack.trace(tracer);
                    for resumer in resumers {
                        resumer.stack.trace(tracer);
                        tracer.value(resumer.fiber);
                    }
                    match wake {
                        Wake::Outcome(v) | Wake::Error(Control::Raise(v)) => tracer.value(*v),
                        Wake::Eval(_) | Wake::Nil | Wake::Error(_) => {}
                    }
                }
            }
        }
    }
}

impl Evaluator {
    /// Does what native code asked for.
    pub(crate) fn task_request(&mut self, request: TaskRequest) -> Walk {
        match request {
            TaskRequest::Spawn { call, uncaught } => self.spawn(call, uncaught),
            TaskRequest::Wait(task) => match self.rt.task(task) {
                None => Err(Control::error("this is no task that could be waited for")),
                Some(found) => match found.outcome() {
                    Some(outcome) => outcome.map(Next::Switched),
                    None => {
                        let id = found.id();
                        let parked = self.suspend(Wake::Outcome(task));
                        self.tasks.schedule.wait(parked, id);
                        self.next_task()
                    }
                },
            },
            TaskRequest::Yield => {
                // Tasks that the running one has woken were ready before it gave way.
                self.wake_finished();
                let parked = self.suspend(Wake::Nil);
                self.tasks.schedule.push(parked);
                self.next_task()
            }
            TaskRequest::Sleep(nanos) => {
                let parked = self.suspend(Wake::Nil);
                self.tasks.schedule.sleep(parked, nanos, &mut self.rt);
                self.next_task()
            }
        }
    }

    /// A new task at the end of the queue.
    fn spawn(&mut self, call: CallRequest, uncaught: Uncaught) -> Walk {
        let frames = self.stack.frames.len() + self.outer_depth + self.tasks.frames;
        let most = self.rt.limits.heap_bytes.max(LEAST_TASKS);
        if frames >= self.rt.limits.depth || self.tasks.bytes + NEW_TASK > most {
            return Err(out_of_memory());
        }
        let identity = self.rt.new_identity(uncaught);
        let state = State::New(call);
        self.tasks.count(&state);
        let alone = !self.tasks.schedule.compete(&self.rt);
        self.tasks.schedule.push(Parked { identity, state });
        if alone {
            self.start_quantum();
        }
        self.rooted(identity.handle).map(Next::Switched)
    }

    /// Takes the running task off the evaluator.
    fn suspend(&mut self, wake: Wake) -> Parked<State> {
        let state = State::Suspended {
            stack: core::mem::take(&mut self.stack),
            resumers: core::mem::take(&mut self.resumers),
            outer_depth: core::mem::take(&mut self.outer_depth),
            at: self.at,
            wake,
        };
        self.tasks.count(&state);
        self.tasks.schedule.park(state)
    }

    /// Puts a task onto the evaluator.
    fn enter(&mut self, parked: Parked<State>) -> Walk {
        self.tasks.discount(&parked.state);
        self.tasks.schedule.enter(parked.identity, &mut self.rt);
        self.start_quantum();
        match parked.state {
            State::New(call) => {
                self.at = NodeIdx(0);
                match self.request(call.callee, call.args)? {
                    // Native code needs no frame.
                    Next::Give(v) => Ok(Next::Done(v)),
                    next => Ok(next),
                }
            }
            State::Suspended { stack, resumers, outer_depth, at, wake } => {
                self.stack = stack;
                self.resumers = resumers;
                self.outer_depth = outer_depth;
                self.at = at;
                match wake {
                    Wake::Eval(n) => Ok(Next::Caught(n)),
                    Wake::Nil => Ok(Next::Switched(Value::NIL)),
                    Wake::Error(e) => Err(e),
                    Wake::Outcome(task) => {
                        let outcome = self.rt.task(task).and_then(Task::outcome);
                        outcome.unwrap_or(Ok(Value::NIL)).map(Next::Switched)
                    }
                }
            }
        }
    }

    /// Decides when the evaluator looks up from its work next.
    fn start_quantum(&mut self) {
        let quantum =
            if self.tasks.schedule.compete(&self.rt) { self.rt.charged.saturating_add(QUANTUM) } else { u64::MAX };
        self.next_switch = quantum.min(if self.resumable { self.pause_at() } else { u64::MAX });
    }

    // ---- runs that can be resumed

    /// Work at which a run that can be resumed pauses.
    fn pause_at(&self) -> u64 {
        self.rt.limits.fuel.unwrap_or(u64::MAX).min(self.rt.pause_at.unwrap_or(u64::MAX))
    }

    /// Begins a run that is paused instead of ended where fuel or [`motet_runtime::Runtime::pause_at`] is reached.
    /// Nothing runs before [`Evaluator::resume`]. A run that was paused before is given up. Other runs may take place
    /// while this one is paused.
    pub fn start(&mut self, callee: Value, args: &[Value]) {
        let mut tasks = Tasks::default();
        let call = CallRequest { callee, args: args.to_vec() };
        let state = State::New(call);
        tasks.count(&state);
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

    /// Goes on with the paused run; `None` when there is none. If it stops with a trap, [`Evaluator::is_paused`] tells
    /// whether it can go on once more. While every task sleeps or waits for the host, a `patient` evaluator waits, too;
    /// others pause the run with [`Trap::Waiting`].
    pub fn resume(&mut self, patient: bool) -> Option<Result<Value, Stop>> {
        let tasks = self.paused.take()?;
        self.abandon();
        self.result = Value::NIL;
        self.tasks = tasks;
        self.resumable = true;
        self.patient = patient;
        let step = self.next_task();
        let outcome = self.walk(step);
        Some(self.finish_run(outcome))
    }

    /// Pauses the run before the node `n`, if it has come to that.
    pub(crate) fn pause(&mut self, n: NodeIdx) -> Option<Stop> {
        if !self.resumable || self.rt.charged < self.pause_at() {
            return None;
        }
        let trace = self.trace();
        let parked = self.suspend(Wake::Eval(n));
        self.tasks.schedule.push_front(parked);
        self.paused = Some(core::mem::take(&mut self.tasks));
        Some(Stop::Trap { trap: Trap::OutOfFuel, trace })
    }

    /// Gives way to another task, if one is ready; the running one will go on with the node `n`.
    pub(crate) fn give_way(&mut self, n: NodeIdx) -> Walk {
        self.wake_finished();
        self.start_quantum();
        let Some(next) = self.tasks.schedule.rival(&mut self.rt) else { return Ok(Next::Caught(n)) };
        let parked = self.suspend(Wake::Eval(n));
        self.tasks.schedule.push(parked);
        self.enter(next)
    }

    /// Enters the next task, after the running one was suspended or finished.
    fn next_task(&mut self) -> Walk {
        loop {
            self.wake_finished();
            match self.tasks.schedule.pick(&mut self.rt) {
                Pick::Run(next) => return self.enter(next),
                Pick::Rest if self.patient => {
                    self.tasks.schedule.rest(&mut self.rt);
                    self.limits()?;
                }
                Pick::Rest => {
                    self.paused = Some(core::mem::take(&mut self.tasks));
                    return Err(Control::Trap(Trap::Waiting));
                }
                Pick::Deadlock(first) => self.tasks.schedule.push(failed(first, deadlock())),
                Pick::Nobody => return Err(Control::Trap(Trap::Corrupt)),
            }
        }
    }

    /// Tasks that wait for one that has finished are ready.
    fn wake_finished(&mut self) {
        self.tasks.schedule.wake_finished(self.paused.as_mut().map(|p| &mut p.schedule), &mut self.rt);
    }

    /// Nanoseconds until the paused run has something to do, if that depends on time; 0 when it has.
    pub fn time_left(&mut self) -> Option<u64> {
        self.paused.as_ref()?.schedule.time_left(&mut self.rt)
    }

    /// The running task's call returned, or nobody in it caught an error.
    pub(crate) fn finish_task(&mut self, outcome: Result<Value, Thrown>) -> Walk {
        self.tasks.schedule.finish(outcome, &mut self.rt);
        self.stack.clear();
        self.resumers.clear();
        self.outer_depth = 0;
        self.next_task()
    }
}

/// The task, with an error as the result of what it waits for.
fn failed(task: Parked<State>, error: Control) -> Parked<State> {
    let mut task = task;
    if let State::Suspended { wake, .. } = &mut task.state {
        *wake = Wake::Error(error);
    }
    task
}
