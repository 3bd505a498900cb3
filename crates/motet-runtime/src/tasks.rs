//! Tasks: calls that run beside others in one isolate, taking turns.
//!
//! A native function asks its engine for everything that concerns tasks by what it returns ([`Control::spawn`],
//! [`Control::wait_for`], [`Control::yield_now`], [`Control::sleep`]); the answer becomes the native function's result.
//! A function that declares its result's type may only wait, or, if that type is `nil`, yield and sleep.
//!
//! Engines switch tasks when one waits and, at calls and turns of loops, when one has run for a while. They count
//! work, not time, so a program that does not look at the clock runs in the same order every time. The first
//! task of a run is the call that the host made: when it ends, the others are dropped.
//!
//! Invariant: a task finishes once; what it finished with does not change.

use alloc::{boxed::Box, vec::Vec};
use core::any::Any;

use crate::{CallRequest, Control, Foreign, MaybeSend, NativeResult, Runtime, Thrown, Tracer, TypeTag, Value};

/// Units of work (calls, turns of loops) after which a task gives way to another that is ready.
pub const QUANTUM: u64 = 1_000;

/// What becomes of an error that nobody in the task catches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Uncaught {
    /// It stops the whole program, as an uncaught error does anywhere else.
    Stops,
    /// It is kept, and raised at whoever waits for the task.
    Kept,
}

/// What native code asks its engine to do about tasks.
#[derive(Debug)]
pub enum TaskRequest {
    /// Make a task that calls a value; the result is the task.
    Spawn {
        /// The call.
        call: CallRequest,
        /// What becomes of its errors.
        uncaught: Uncaught,
    },
    /// Let others run until this task has finished; the result is what it finished with, or its error is raised.
    Wait(Value),
    /// Let the others that are ready run first; the result is `nil`.
    Yield,
    /// Let others run for this many nanoseconds of the host's clock; the result is `nil`.
    Sleep(u64),
}

impl TaskRequest {
    /// Whether a native function of this declared result type may ask for it. What a task finished with is checked when
    /// it is there.
    #[must_use]
    pub fn fits(&self, want: TypeTag) -> bool {
        match self {
            TaskRequest::Wait(_) => true,
            TaskRequest::Yield | TaskRequest::Sleep(_) => want == TypeTag::Nil,
            TaskRequest::Spawn { .. } => false,
        }
    }

    /// Reports every value that the request holds.
    pub fn trace(&self, tracer: &mut Tracer<'_>) {
        match self {
            TaskRequest::Spawn { call, .. } => {
                tracer.value(call.callee);
                tracer.values(&call.args);
            }
            TaskRequest::Wait(task) => tracer.value(*task),
            TaskRequest::Yield | TaskRequest::Sleep(_) => {}
        }
    }
}

impl Control {
    /// A request for a task that calls `callee`; the result is the task.
    #[must_use]
    pub fn spawn(callee: Value, args: Vec<Value>, uncaught: Uncaught) -> Self {
        Control::Task(Box::new(TaskRequest::Spawn { call: CallRequest { callee, args }, uncaught }))
    }

    /// A request to wait for a task; the result is what it finished with.
    #[must_use]
    pub fn wait_for(task: Value) -> Self {
        Control::Task(Box::new(TaskRequest::Wait(task)))
    }

    /// A request to let other tasks run first.
    #[must_use]
    pub fn yield_now() -> Self {
        Control::Task(Box::new(TaskRequest::Yield))
    }

    /// A request to go on after so many nanoseconds.
    #[must_use]
    pub fn sleep(nanos: u64) -> Self {
        Control::Task(Box::new(TaskRequest::Sleep(nanos)))
    }
}

/// A task as programs hold it: an object with identity, which copies share.
pub struct Task {
    id: u64,
    /// Whether the host finishes it.
    of_host: bool,
    outcome: Option<Result<Value, Thrown>>,
}

/// What the host hands to an isolate when something that a program waits for is there. It calls
/// [`Runtime::finish_task`].
#[cfg(target_has_atomic = "ptr")]
pub type Completion = Box<dyn FnOnce(&mut Runtime) + Send>;
/// What the host hands to an isolate when something that a program waits for is there. It calls
/// [`Runtime::finish_task`].
#[cfg(not(target_has_atomic = "ptr"))]
pub type Completion = Box<dyn FnOnce(&mut Runtime)>;

/// Where completions arrive, from any thread.
pub trait Mailbox: MaybeSend {
    /// The oldest completion that has not been taken.
    fn take(&mut self) -> Option<Completion>;

    /// Waits for a completion, at most so many nanoseconds; false when it cannot wait.
    fn wait(&mut self, nanos: u64) -> bool;
}

impl Task {
    /// Number of the task in its isolate; 0 is none.
    #[must_use]
    pub fn id(&self) -> u64 {
        self.id
    }

    /// Whether it has finished, with a value or an error.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.outcome.is_some()
    }

    /// What it finished with: the value, or the error as native code raises it. `None` before.
    #[must_use]
    pub fn outcome(&self) -> Option<NativeResult> {
        Some(match self.outcome.as_ref()? {
            Ok(v) => Ok(*v),
            Err(Thrown::Value(v)) => Err(Control::Raise(*v)),
            Err(Thrown::Error(e)) => Err(Control::Error(Box::new(e.clone()))),
        })
    }
}

impl Foreign for Task {
    fn trace(&self, tracer: &mut Tracer<'_>) {
        match &self.outcome {
            Some(Ok(v) | Err(Thrown::Value(v))) => tracer.value(*v),
            Some(Err(Thrown::Error(_))) | None => {}
        }
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn as_any_mut(&mut self) -> &mut dyn Any {
        self
    }
}

impl Runtime {
    /// A new task that has not finished. Engines make one for each [`TaskRequest::Spawn`].
    pub fn new_task(&mut self) -> Value {
        self.last_task += 1;
        let task = Task { id: self.last_task, of_host: false, outcome: None };
        self.heap.foreign(Box::new(task))
    }

    /// A new task that the host finishes later. A native function makes one, keeps it in [`Runtime::roots`], and answers
    /// with [`Control::wait_for`].
    pub fn new_host_task(&mut self) -> Value {
        self.last_task += 1;
        self.pending += 1;
        let task = Task { id: self.last_task, of_host: true, outcome: None };
        self.heap.foreign(Box::new(task))
    }

    /// Whether the host has tasks to finish.
    #[must_use]
    pub fn awaits_host(&self) -> bool {
        self.pending > 0
    }

    /// Takes what the host has completed; the tasks that finished since the engine last asked.
    pub fn receive(&mut self) -> Vec<u64> {
        if self.pending > 0
            && let Some(mut mailbox) = self.mailbox.take()
        {
            while let Some(completion) = mailbox.take() {
                completion(self);
            }
            self.mailbox = Some(mailbox);
        }
        core::mem::take(&mut self.finished)
    }

    /// Rests for so many nanoseconds, or until the host has completed something. Whether it was the whole time.
    pub(crate) fn rest(&mut self, nanos: u64) -> bool {
        if self.pending > 0
            && let Some(mailbox) = &mut self.mailbox
            && mailbox.wait(nanos)
        {
            return false;
        }
        self.host.sleep_nanos(nanos);
        true
    }

    /// The task behind a value.
    #[must_use]
    pub fn task(&self, v: Value) -> Option<&Task> {
        self.heap.foreign_as(v)
    }

    /// Finishes a task; one that has finished already stays as it is.
    pub fn finish_task(&mut self, v: Value, outcome: Result<Value, Thrown>) {
        if let Some(task) = self.heap.foreign_as_mut::<Task>(v)
            && task.outcome.is_none()
        {
            task.outcome = Some(outcome);
            let (id, of_host) = (task.id, task.of_host);
            self.finished.push(id);
            self.pending -= usize::from(of_host);
        }
    }
}

/// The error for tasks that all wait for each other.
#[must_use]
pub fn deadlock() -> Control {
    Control::error_of(crate::ErrorKind::Deadlock, "deadlock: every task waits for another one")
}
