//! Tasks that take turns: spawning, waiting, sleeping, switching.
//!
//! Invariants: the running task's stacks are the evaluator's; those of all others are in `Tasks`, each once, and are
//! roots. The first task of a run has number 0; when its call returns, the run ends.

use alloc::{
    collections::{BTreeMap, VecDeque},
    vec::Vec,
};

use motet_runtime::{
    CallRequest, Control, QUANTUM, Stop, Task, TaskRequest, Thrown, Tracer, Trap, Uncaught, Value, deadlock,
    out_of_memory,
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
/// Longest sleep between two looks at the limits, in nanoseconds.
const NAP: u64 = 10_000_000;

/// Who a task is.
struct Identity {
    id: u64,
    /// The task as programs hold it; `nil` for the first.
    handle: Value,
    uncaught: Uncaught,
}

impl Identity {
    const FIRST: Identity = Identity { id: 0, handle: Value::NIL, uncaught: Uncaught::Stops };
}

/// A task that does not run.
struct Parked {
    identity: Identity,
    state: State,
}

enum State {
    /// Has not begun.
    New(CallRequest),
    /// Was suspended.
    Suspended { stack: Stack, resumers: Vec<Resumer>, outer_depth: usize, at: NodeIdx, wake: Wake },
}

/// How a suspended task goes on.
enum Wake {
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
pub(crate) struct Tasks {
    running: Identity,
    ready: VecDeque<Parked>,
    /// By number of the task that they wait for.
    waiting: BTreeMap<u64, Vec<Parked>>,
    /// By time of the host's clock, then in order of their beginning.
    sleeping: BTreeMap<(u64, u64), Parked>,
    /// Sleeps begun.
    sleeps: u64,
    /// Frames of all tasks that do not run.
    pub(crate) frames: usize,
    /// Bytes of all tasks that do not run.
    bytes: usize,
}

impl Default for Tasks {
    fn default() -> Self {
        Self {
            running: Identity::FIRST,
            ready: VecDeque::new(),
            waiting: BTreeMap::new(),
            sleeping: BTreeMap::new(),
            sleeps: 0,
            frames: 0,
            bytes: 0,
        }
    }
}

impl Parked {
    /// Its frames, and its bytes.
    fn size(&self) -> (usize, usize) {
        match &self.state {
            State::New(call) => (1, NEW_TASK + call.args.len() * size_of::<Value>()),
            State::Suspended { stack, resumers, outer_depth, .. } => {
                let bytes = resumers.iter().map(|r| r.stack.bytes()).sum::<usize>() + stack.bytes();
                (outer_depth + stack.frames.len(), NEW_TASK + bytes)
            }
        }
    }
}

impl Tasks {
    /// Whether another task could run.
    pub(crate) fn compete(&self) -> bool {
        !self.ready.is_empty() || !self.sleeping.is_empty()
    }

    /// Whether the running task's uncaught errors stop the program.
    pub(crate) fn errors_stop(&self) -> bool {
        self.running.uncaught == Uncaught::Stops
    }

    /// Whether the run's first task is the running one.
    pub(crate) fn runs_first(&self) -> bool {
        self.running.id == 0
    }

    fn count(&mut self, parked: &Parked) {
        let (frames, bytes) = parked.size();
        self.frames += frames;
        self.bytes += bytes;
    }

    fn discount(&mut self, parked: &Parked) {
        let (frames, bytes) = parked.size();
        self.frames = self.frames.saturating_sub(frames);
        self.bytes = self.bytes.saturating_sub(bytes);
    }

    /// Reports every value that tasks hold.
    pub(crate) fn trace(&self, tracer: &mut Tracer<'_>) {
        tracer.value(self.running.handle);
        let all = self.ready.iter().chain(self.waiting.values().flatten()).chain(self.sleeping.values());
        for task in all {
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
                        self.tasks.waiting.entry(id).or_default().push(parked);
                        self.next_task()
                    }
                },
            },
            TaskRequest::Yield => {
                let parked = self.suspend(Wake::Nil);
                self.tasks.ready.push_back(parked);
                self.next_task()
            }
            TaskRequest::Sleep(nanos) => {
                let until = self.rt.host.monotonic_nanos().saturating_add(nanos);
                let parked = self.suspend(Wake::Nil);
                self.tasks.sleeps += 1;
                self.tasks.sleeping.insert((until, self.tasks.sleeps), parked);
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
        let handle = self.rt.new_task();
        let id = self.rt.task(handle).map_or(0, Task::id);
        let parked = Parked { identity: Identity { id, handle, uncaught }, state: State::New(call) };
        self.tasks.count(&parked);
        let alone = !self.tasks.compete();
        self.tasks.ready.push_back(parked);
        if alone {
            self.start_quantum();
        }
        self.rooted(handle).map(Next::Switched)
    }

    /// Takes the running task off the evaluator.
    fn suspend(&mut self, wake: Wake) -> Parked {
        let state = State::Suspended {
            stack: core::mem::take(&mut self.stack),
            resumers: core::mem::take(&mut self.resumers),
            outer_depth: core::mem::take(&mut self.outer_depth),
            at: self.at,
            wake,
        };
        let parked = Parked { identity: core::mem::replace(&mut self.tasks.running, Identity::FIRST), state };
        self.tasks.count(&parked);
        parked
    }

    /// Puts a task onto the evaluator.
    fn enter(&mut self, parked: Parked) -> Walk {
        self.tasks.discount(&parked);
        self.tasks.running = parked.identity;
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
        let quantum = if self.tasks.compete() { self.rt.charged.saturating_add(QUANTUM) } else { u64::MAX };
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
        let first = Parked { identity: Identity::FIRST, state: State::New(call) };
        tasks.count(&first);
        tasks.ready.push_back(first);
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
    /// whether it can go on once more.
    pub fn resume(&mut self) -> Option<Result<Value, Stop>> {
        let tasks = self.paused.take()?;
        self.abandon();
        self.result = Value::NIL;
        self.tasks = tasks;
        self.resumable = true;
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
        self.tasks.ready.push_front(parked);
        self.paused = Some(core::mem::take(&mut self.tasks));
        Some(Stop::Trap { trap: Trap::OutOfFuel, trace })
    }

    /// Gives way to another task, if one is ready; the running one will go on with the node `n`.
    pub(crate) fn give_way(&mut self, n: NodeIdx) -> Walk {
        self.start_quantum();
        self.wake_sleepers();
        let Some(next) = self.tasks.ready.pop_front() else { return Ok(Next::Caught(n)) };
        let parked = self.suspend(Wake::Eval(n));
        self.tasks.ready.push_back(parked);
        self.enter(next)
    }

    /// Enters the next task, after the running one was suspended or finished.
    fn next_task(&mut self) -> Walk {
        loop {
            self.wake_sleepers();
            if let Some(next) = self.tasks.ready.pop_front() {
                return self.enter(next);
            }
            let first = self.tasks.sleeping.first_key_value().map(|(&(until, _), _)| until);
            match first {
                Some(until) => self.sleep_until(until),
                None if self.break_deadlock() => {}
                None => return Err(Control::Trap(Trap::Corrupt)),
            }
        }
    }

    /// Sleepers whose time has come are ready, in the order of their times.
    fn wake_sleepers(&mut self) {
        if self.tasks.sleeping.is_empty() {
            return;
        }
        let now = self.rt.host.monotonic_nanos();
        while let Some(entry) = self.tasks.sleeping.first_entry()
            && entry.key().0 <= now
        {
            self.tasks.ready.push_back(entry.remove());
        }
    }

    /// Waits until the first sleeper's time has come, or a limit is reached: then the sleeper gets that.
    fn sleep_until(&mut self, until: u64) {
        let mut left = until.saturating_sub(self.rt.host.monotonic_nanos());
        let mut limit = None;
        while left > 0 && limit.is_none() {
            let nap = left.min(NAP);
            self.rt.host.sleep_nanos(nap);
            // A host without a clock must come to an end, too.
            left = (left - nap).min(until.saturating_sub(self.rt.host.monotonic_nanos()));
            limit = self.limits().err();
        }
        if let Some((_, mut sleeper)) = self.tasks.sleeping.pop_first() {
            if let (Some(e), State::Suspended { wake, .. }) = (limit, &mut sleeper.state) {
                *wake = Wake::Error(e);
            }
            self.tasks.ready.push_back(sleeper);
        }
    }

    /// All tasks wait for each other: the first gets an error. False if there is no first.
    fn break_deadlock(&mut self) -> bool {
        let waiting = &mut self.tasks.waiting;
        let mut found = None;
        for tasks in waiting.values_mut() {
            if let Some(i) = tasks.iter().position(|t| t.identity.id == 0) {
                found = Some(tasks.remove(i));
                break;
            }
        }
        waiting.retain(|_, tasks| !tasks.is_empty());
        let Some(mut first) = found else { return false };
        if let State::Suspended { wake, .. } = &mut first.state {
            *wake = Wake::Error(deadlock());
        }
        self.tasks.ready.push_back(first);
        true
    }

    /// The running task's call returned, or nobody in it caught an error.
    pub(crate) fn finish_task(&mut self, outcome: Result<Value, Thrown>) -> Walk {
        let identity = core::mem::replace(&mut self.tasks.running, Identity::FIRST);
        self.rt.finish_task(identity.handle, outcome);
        let woken = self.tasks.waiting.remove(&identity.id).unwrap_or_default();
        self.tasks.ready.extend(woken);
        self.stack.clear();
        self.resumers.clear();
        self.outer_depth = 0;
        self.next_task()
    }
}
