//! Which task runs next: the queue that engines share. What a suspended task is made of is theirs.
//!
//! Invariant: every task of a run but the running one is in exactly one of the queues.

use alloc::{
    collections::{BTreeMap, VecDeque},
    vec::Vec,
};

use crate::{Runtime, Task, Thrown, Uncaught, Value};

/// Longest rest between two looks at limits and mail, in nanoseconds.
const NAP: u64 = 10_000_000;

/// Who a task is.
#[derive(Clone, Copy, Debug)]
pub struct Identity {
    /// Number in the isolate; 0 for the first task of a run.
    pub id: u64,
    /// The task as programs hold it; `nil` for the first.
    pub handle: Value,
    /// What becomes of errors that nobody in it catches.
    pub uncaught: Uncaught,
}

impl Identity {
    /// The first task of a run: the call that the host made.
    pub const FIRST: Identity = Identity { id: 0, handle: Value::NIL, uncaught: Uncaught::Stops };
}

/// A task that does not run, with its engine's state.
pub struct Parked<S> {
    /// Who it is.
    pub identity: Identity,
    /// How it goes on.
    pub state: S,
}

/// What an engine without a running task should do.
pub enum Pick<S> {
    /// Run this one.
    Run(Parked<S>),
    /// Rest: somebody sleeps, or the host is to finish something.
    Rest,
    /// Everybody waits for somebody else: tell the first task.
    Deadlock(Parked<S>),
    /// There is no task: a defect of the engine.
    Nobody,
}

/// The tasks of a run.
pub struct Schedule<S> {
    /// The one that runs.
    pub running: Identity,
    ready: VecDeque<Parked<S>>,
    /// By number of the task that they wait for.
    waiting: BTreeMap<u64, Vec<Parked<S>>>,
    /// By time, then in order of their beginning.
    sleeping: BTreeMap<(u64, u64), Parked<S>>,
    /// Sleeps begun.
    sleeps: u64,
    /// What sleeps lasted longer than the host's clock says: hosts without one.
    ahead: u64,
}

impl<S> Default for Schedule<S> {
    fn default() -> Self {
        Self {
            running: Identity::FIRST,
            ready: VecDeque::new(),
            waiting: BTreeMap::new(),
            sleeping: BTreeMap::new(),
            sleeps: 0,
            ahead: 0,
        }
    }
}

impl<S> Schedule<S> {
    /// All tasks but the running one.
    pub fn all(&self) -> impl Iterator<Item = &Parked<S>> {
        self.ready.iter().chain(self.waiting.values().flatten()).chain(self.sleeping.values())
    }

    /// All tasks but the running one, for changes.
    pub fn all_mut(&mut self) -> impl Iterator<Item = &mut Parked<S>> {
        self.ready.iter_mut().chain(self.waiting.values_mut().flatten()).chain(self.sleeping.values_mut())
    }

    /// Whether another task could get ready while one runs, so that the engine has to look.
    #[must_use]
    pub fn compete(&self, rt: &Runtime) -> bool {
        !rt.cooperative && (!self.ready.is_empty() || !self.sleeping.is_empty() || rt.awaits_host())
    }

    /// Whether the run's first task is the running one.
    #[must_use]
    pub fn runs_first(&self) -> bool {
        self.running.id == 0
    }

    /// This task runs from now on.
    pub fn enter(&mut self, identity: Identity, rt: &mut Runtime) {
        self.running = identity;
        rt.enter_task(identity.id);
    }

    /// Puts a task at the end of the queue.
    pub fn push(&mut self, task: Parked<S>) {
        self.ready.push_back(task);
    }

    /// Puts a task at the front of the queue.
    pub fn push_front(&mut self, task: Parked<S>) {
        self.ready.push_front(task);
    }

    /// Lets a task wait for the one of this number, which has not finished.
    pub fn wait(&mut self, task: Parked<S>, id: u64) {
        self.waiting.entry(id).or_default().push(task);
    }

    /// Lets a task sleep for so many nanoseconds.
    pub fn sleep(&mut self, task: Parked<S>, nanos: u64, rt: &mut Runtime) {
        self.sleeps += 1;
        let until = self.now(rt).saturating_add(nanos);
        self.sleeping.insert((until, self.sleeps), task);
    }

    /// Tasks that waited for these are ready.
    fn wake(&mut self, finished: &[u64]) {
        for id in finished {
            self.ready.extend(self.waiting.remove(id).unwrap_or_default());
        }
    }

    /// Takes what the host has completed: whoever waited for a task that has finished meanwhile is ready, also among
    /// those of the engine's `paused` run.
    pub fn wake_finished(&mut self, paused: Option<&mut Self>, rt: &mut Runtime) {
        let finished = rt.receive();
        if finished.is_empty() {
            return;
        }
        self.wake(&finished);
        if let Some(paused) = paused {
            paused.wake(&finished);
        }
    }

    /// The running task in its engine's `state`, to be put somewhere. No task runs from now on.
    pub fn park(&mut self, state: S) -> Parked<S> {
        Parked { identity: core::mem::replace(&mut self.running, Identity::FIRST), state }
    }

    /// The running task's call returned, or nobody in it caught an error. No task runs from now on.
    pub fn finish(&mut self, outcome: Result<Value, Thrown>, rt: &mut Runtime) {
        let identity = core::mem::replace(&mut self.running, Identity::FIRST);
        rt.finish_task(identity.handle, outcome);
    }

    /// A task that takes over from the running one, which has run for a while.
    pub fn rival(&mut self, rt: &mut Runtime) -> Option<Parked<S>> {
        if rt.cooperative { None } else { self.next(rt) }
    }

    /// A task that is ready to run.
    fn next(&mut self, rt: &mut Runtime) -> Option<Parked<S>> {
        self.wake_sleepers(rt);
        self.ready.pop_front()
    }

    /// What to do when no task runs.
    pub fn pick(&mut self, rt: &mut Runtime) -> Pick<S> {
        if let Some(task) = self.next(rt) {
            return Pick::Run(task);
        }
        if !self.sleeping.is_empty() || rt.awaits_host() {
            return Pick::Rest;
        }
        for tasks in self.waiting.values_mut() {
            if let Some(i) = tasks.iter().position(|t| t.identity.id == 0) {
                return Pick::Deadlock(tasks.remove(i));
            }
        }
        Pick::Nobody
    }

    /// The sleeper whose time comes first, for an error that ends its sleep.
    pub fn first_sleeper(&mut self) -> Option<Parked<S>> {
        Some(self.sleeping.pop_first()?.1)
    }

    /// Nanoseconds until the first sleeper's time comes; `None` when nobody sleeps.
    #[must_use]
    pub fn time_left(&self, rt: &mut Runtime) -> Option<u64> {
        let (&(until, _), _) = self.sleeping.first_key_value()?;
        Some(until.saturating_sub(self.now(rt)))
    }

    /// Rests for a moment, at most until the first sleeper's time or the host's next message.
    pub fn rest(&mut self, rt: &mut Runtime) {
        let nap = self.time_left(rt).map_or(NAP, |left| left.min(NAP));
        let start = rt.host.monotonic_nanos();
        if rt.rest(nap) {
            let slept = rt.host.monotonic_nanos().saturating_sub(start);
            self.ahead = self.ahead.saturating_add(nap.saturating_sub(slept));
        }
    }

    fn now(&self, rt: &mut Runtime) -> u64 {
        rt.host.monotonic_nanos().saturating_add(self.ahead)
    }

    fn wake_sleepers(&mut self, rt: &mut Runtime) {
        if self.sleeping.is_empty() {
            return;
        }
        let now = self.now(rt);
        while let Some(entry) = self.sleeping.first_entry()
            && entry.key().0 <= now
        {
            self.ready.push_back(entry.remove());
        }
    }
}

impl Runtime {
    /// A new task for a call, and who it is.
    pub fn new_identity(&mut self, uncaught: Uncaught) -> Identity {
        let handle = self.new_task();
        Identity { id: self.task(handle).map_or(0, Task::id), handle, uncaught }
    }
}
