//! Runs as futures: an application with an executor of its own waits for programs without blocking a thread.

use core::{
    future::Future,
    marker::PhantomData,
    pin::Pin,
    task::{Context as TaskContext, Poll},
};

use super::pending::Inbox;
use crate::{Callee, Error, FromGuest, IntoArgs, Isolate, ModuleHandle, Progress};

/// Units of work between two looks at the executor's other tasks.
const SLICE: u64 = 50_000;

/// A run of an isolate as a future; see [`Isolate::call_async`]. Dropped, it gives the run up.
pub struct Run<'a, R> {
    isolate: &'a mut Isolate,
    /// Why it could not begin.
    refused: Option<Error>,
    result: PhantomData<fn() -> R>,
}

impl Isolate {
    /// Calls a function of a program; the future is ready when that has returned. While all tasks of the program wait for
    /// asynchronous host functions or sleep, the future does not occupy its thread; and every 50,000 units of
    /// work it lets the executor run something else.
    ///
    /// ```
    /// # #[cfg(all(feature = "lang-ruff", feature = "std"))] {
    /// use std::{pin::pin, sync::Arc, task::{Context, Poll, Wake}, thread};
    /// use motet::{Config, Engine, HostModule, StdHost};
    ///
    /// struct Unpark(thread::Thread);
    /// impl Wake for Unpark {
    ///     fn wake(self: Arc<Self>) {
    ///         self.0.unpark();
    ///     }
    /// }
    /// fn block_on<F: Future>(future: F) -> F::Output {
    ///     let waker = Arc::new(Unpark(thread::current())).into();
    ///     let mut future = pin!(future);
    ///     loop {
    ///         match future.as_mut().poll(&mut Context::from_waker(&waker)) {
    ///             Poll::Ready(value) => return value,
    ///             Poll::Pending => thread::park(),
    ///         }
    ///     }
    /// }
    ///
    /// let mut host = HostModule::new();
    /// host.async_function("fetch", |_, (n,): (i64,), completer| {
    ///     thread::spawn(move || completer.complete(Ok(n * 2)));
    ///     Ok(())
    /// });
    /// let mut isolate = Engine::new().isolate(Config::new(StdHost::default()).module(host));
    /// isolate.eval::<()>("ruff", "main.ruff", "func work(n) { return fetch(n) + fetch(n + 1) }")?;
    /// assert_eq!(block_on(isolate.call_async::<_, i64>("work", (10,)))?, 42);
    /// # }
    /// # Ok::<(), motet::Error>(())
    /// ```
    pub fn call_async<A: IntoArgs, R: FromGuest>(&mut self, callee: impl Callee, args: A) -> Run<'_, R> {
        let refused = self.start_call(callee, args).err();
        Run { isolate: self, refused, result: PhantomData }
    }

    /// Runs a program; the future is ready when it has ended.
    pub fn run_async<R: FromGuest>(&mut self, module: ModuleHandle) -> Run<'_, R> {
        let refused = self.start(module).err();
        Run { isolate: self, refused, result: PhantomData }
    }
}

impl<R: FromGuest> Future for Run<'_, R> {
    type Output = Result<R, Error>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut TaskContext<'_>) -> Poll<Self::Output> {
        if let Some(error) = self.refused.take() {
            return Poll::Ready(Err(error));
        }
        let isolate = &mut *self.isolate;
        match isolate.step(SLICE) {
            Err(error) => Poll::Ready(Err(error)),
            Ok(Progress::Done(value)) => Poll::Ready(isolate.open(&value)),
            Ok(Progress::Running) => {
                cx.waker().wake_by_ref();
                Poll::Pending
            }
            Ok(Progress::Waiting { nanos }) => {
                if let Some(nanos) = nanos {
                    wake_after(nanos, cx);
                }
                if Inbox::of(isolate.runtime_mut()).watch(cx.waker().clone()) {
                    cx.waker().wake_by_ref();
                }
                Poll::Pending
            }
        }
    }
}

impl<R> Drop for Run<'_, R> {
    fn drop(&mut self) {
        self.isolate.give_up();
    }
}

/// Has the executor look again after so many nanoseconds.
#[cfg(feature = "std")]
fn wake_after(nanos: u64, cx: &TaskContext<'_>) {
    let waker = cx.waker().clone();
    let later = move || {
        std::thread::sleep(core::time::Duration::from_nanos(nanos));
        waker.wake();
    };
    if std::thread::Builder::new().name("motet-timer".into()).spawn(later).is_err() {
        cx.waker().wake_by_ref();
    }
}

/// Has the executor look again soon: only it knows about time.
#[cfg(not(feature = "std"))]
fn wake_after(_nanos: u64, cx: &TaskContext<'_>) {
    cx.waker().wake_by_ref();
}
