//! What a host function answers when the engine has to do something before there is a result.

use alloc::vec::Vec;

use motet_runtime::{Control, Uncaught, Value};

use crate::{Context, Fault, Handle, IntoArgs, IntoGuest, Local};

/// Something that the engine does after the host function has returned, and whose result becomes the function's
/// result: a call of a guest function, the start of a task, waiting. While the program waits, other tasks run.
///
/// ```
/// # #[cfg(feature = "lang-ruff")] {
/// use motet::{Config, Engine, Handle, HostModule, NullHost, Request};
///
/// let mut host = HostModule::new();
/// host.function("twice", |cx, (f, x): (Handle, i64)| Request::call(cx, &f, (2 * x,)));
/// host.function("start", |cx, (f, x): (Handle, i64)| Request::spawn(cx, &f, (x,)));
/// host.function("result_of", |_, (task,): (Handle,)| Ok(Request::wait(&task)));
/// let mut isolate = Engine::new().isolate(Config::new(NullHost).module(host));
/// let text = "
///     func square(x) { return x * x }
///     a := start(square, 7)
///     b := twice(square, 2)
///     c := result_of(a)
/// ";
/// let program = isolate.compile("ruff", "main.ruff", text)?;
/// let module = isolate.load(&program)?;
/// isolate.run(module)?;
/// assert_eq!((isolate.get::<i64>(module, "b")?, isolate.get::<i64>(module, "c")?), (16, 49));
/// # }
/// # Ok::<(), motet::Error>(())
/// ```
#[derive(Debug)]
pub struct Request(Kind);

#[derive(Debug)]
enum Kind {
    Call { callee: Handle, args: Vec<Handle> },
    Spawn { callee: Handle, args: Vec<Handle>, uncaught: Uncaught },
    Wait(Handle),
    Yield,
    Sleep(u64),
}

impl Request {
    /// A call of a guest function; its errors pass through the host function.
    ///
    /// # Errors
    /// When an argument does not fit into the heap.
    pub fn call<A: IntoArgs>(cx: &mut Context<'_>, callee: &Handle, args: A) -> Result<Self, Fault> {
        Ok(Self(Kind::Call { callee: callee.clone(), args: kept(cx, args)? }))
    }

    /// The start of a task, which calls a guest function beside the running program; the result is the task. An error
    /// that nobody in the task catches is raised at whoever waits for it.
    ///
    /// # Errors
    /// When an argument does not fit into the heap.
    pub fn spawn<A: IntoArgs>(cx: &mut Context<'_>, callee: &Handle, args: A) -> Result<Self, Fault> {
        let (callee, args) = (callee.clone(), kept(cx, args)?);
        Ok(Self(Kind::Spawn { callee, args, uncaught: Uncaught::Kept }))
    }

    /// Waiting for a task; the result is what it finished with.
    #[must_use]
    pub fn wait(task: &Handle) -> Self {
        Self(Kind::Wait(task.clone()))
    }

    /// Letting other tasks run first; the result is `nil`.
    #[must_use]
    pub fn yield_now() -> Self {
        Self(Kind::Yield)
    }

    /// Going on after so many nanoseconds of the host's clock; the result is `nil`.
    #[must_use]
    pub fn sleep(nanos: u64) -> Self {
        Self(Kind::Sleep(nanos))
    }
}

fn kept<A: IntoArgs>(cx: &mut Context<'_>, args: A) -> Result<Vec<Handle>, Fault> {
    let args = args.into_args(cx)?;
    Ok(args.into_iter().map(|arg| cx.keep(arg)).collect())
}

fn opened(cx: &mut Context<'_>, handle: &Handle) -> Result<Value, Fault> {
    Ok(cx.open(handle)?.raw())
}

fn all(cx: &mut Context<'_>, handles: &[Handle]) -> Result<Vec<Value>, Fault> {
    handles.iter().map(|handle| opened(cx, handle)).collect()
}

/// Never a value: the fault asks the engine.
impl IntoGuest for Request {
    fn into_guest<'h>(self, cx: &mut Context<'h>) -> Result<Local<'h>, Fault> {
        Err(Fault::from(match self.0 {
            Kind::Call { callee, args } => Control::call(opened(cx, &callee)?, all(cx, &args)?),
            Kind::Spawn { callee, args, uncaught } => Control::spawn(opened(cx, &callee)?, all(cx, &args)?, uncaught),
            Kind::Wait(task) => Control::wait_for(opened(cx, &task)?),
            Kind::Yield => Control::yield_now(),
            Kind::Sleep(nanos) => Control::sleep(nanos),
        }))
    }
}
