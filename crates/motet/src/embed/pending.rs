//! Host functions whose results come later, from any thread.
//!
//! Invariants: a completer completes its task exactly once, at the latest when it is dropped; completions are taken by
//! the thread that runs the isolate, between two instructions of its programs.

use alloc::{boxed::Box, collections::VecDeque};
use core::{marker::PhantomData, task::Waker};

use motet_runtime::{Completion, Control, Lock, Mailbox, Runtime, Shared, Thrown};

use crate::{Context, Fault, Handle, IntoGuest};

/// Name among the isolate's private states.
const STATE: &str = "motet.inbox";

/// Completions on their way to an isolate, and who waits for them.
#[derive(Default)]
pub(crate) struct Inbox {
    completions: Lock<VecDeque<Completion>>,
    waker: Lock<Option<Waker>>,
}

impl Inbox {
    /// The inbox of an isolate.
    pub(crate) fn of(rt: &mut Runtime) -> Shared<Self> {
        let inbox = rt.state_of::<Shared<Inbox>>(STATE).clone();
        if rt.mailbox.is_none() {
            rt.mailbox = Some(Box::new(Taker(inbox.clone())));
        }
        inbox
    }

    /// Has somebody woken at the next completion; whether there is one already.
    pub(crate) fn watch(&self, waker: Waker) -> bool {
        *self.waker.lock() = Some(waker);
        !self.completions.lock().is_empty()
    }

    fn send(&self, completion: Completion) {
        self.completions.lock().push_back(completion);
        let waker = self.waker.lock().take();
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

/// The isolate's end.
struct Taker(Shared<Inbox>);

impl Mailbox for Taker {
    fn take(&mut self) -> Option<Completion> {
        self.0.completions.lock().pop_front()
    }

    #[cfg(feature = "std")]
    fn wait(&mut self, nanos: u64) -> bool {
        struct Unpark(std::thread::Thread);

        impl std::task::Wake for Unpark {
            fn wake(self: std::sync::Arc<Self>) {
                self.0.unpark();
            }
        }

        let waker = std::sync::Arc::new(Unpark(std::thread::current())).into();
        if !self.0.watch(waker) {
            std::thread::park_timeout(core::time::Duration::from_nanos(nanos));
        }
        true
    }

    /// Without threads, whoever could complete something does not run now.
    #[cfg(not(feature = "std"))]
    fn wait(&mut self, _nanos: u64) -> bool {
        false
    }
}

/// The right, and the duty, to give a call of an asynchronous host function its result. Dropped without, it fails the
/// call.
///
/// It may go to another thread; see [`crate::HostModule::async_function`].
pub struct Completer<R> {
    inbox: Shared<Inbox>,
    /// The task that the program waits for; taken when it is completed.
    task: Option<Handle>,
    result: PhantomData<fn(R)>,
}

impl<R: IntoGuest> Completer<R> {
    /// A completer, and the task that it finishes.
    pub(crate) fn new(cx: &mut Context<'_>) -> (Self, Handle) {
        let inbox = Inbox::of(cx.runtime());
        let task = cx.runtime().new_host_task();
        let task = Handle::new(cx.runtime(), task);
        (Self { inbox, task: Some(task.clone()), result: PhantomData }, task)
    }
}

impl<R: IntoGuest + Send + 'static> Completer<R> {
    /// Gives the call its result, or the error that the program is to see. The program goes on as soon as its isolate
    /// runs.
    pub fn complete(mut self, result: Result<R, Fault>) {
        let Some(task) = self.task.take() else { return };
        self.inbox.send(Box::new(move |rt| finish(rt, &task, result)));
    }
}

impl<R> Drop for Completer<R> {
    fn drop(&mut self) {
        if let Some(task) = self.task.take() {
            let gone: Result<(), Fault> = Err(Fault::new("the host gave up an asynchronous call"));
            self.inbox.send(Box::new(move |rt| finish(rt, &task, gone)));
        }
    }
}

/// Finishes a task with a Rust value, in the isolate's thread.
fn finish<R: IntoGuest>(rt: &mut Runtime, task: &Handle, result: Result<R, Fault>) {
    let outcome = Context::native(rt, |cx| result?.into_guest(cx));
    let Some(task) = task.value(rt) else { return };
    let outcome = match outcome {
        Ok(value) => Ok(value),
        Err(Control::Raise(value)) => Err(Thrown::Value(value)),
        Err(Control::Error(e)) => Err(Thrown::Error(*e)),
        Err(other) => Err(Thrown::Error(Fault::from(other).into_error())),
    };
    rt.finish_task(task, outcome);
}
