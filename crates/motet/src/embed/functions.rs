//! Host functions: closures under names that programs can call.

use alloc::{borrow::Cow, boxed::Box, format, vec::Vec};
use core::{any::TypeId, marker::PhantomData};

use motet_ir::HostFunction;
use motet_runtime::{MaybeSend, NativeClosure, NativeResult, Runtime, Shared, Value};

use super::userdata::{Members, UserTypes};
use crate::{Arguments, Completer, Context, Error, Fault, FromArgs, IntoGuest, Methods, ObjectType, Request, UserData};

/// A name, constant or made at run time.
pub(super) type Name = Cow<'static, str>;

/// What a host offers to the programs of one isolate. Ruff programs call the functions like builtins; so do Moon
/// programs, where the Rust types are checked at compile time: `i64` is `Int`, `f64` `Float`, `bool` `Bool`, `String`
/// `String`, `Vec<T>` `Array<T>`, `BTreeMap<String, T>` `Object<T>`, `Option<T>` `T?`, `()` `Unit`; handles and objects
/// are values of any type, to be passed on.
///
/// ```
/// # #[cfg(feature = "lang-ruff")] {
/// use motet::{CaptureHost, Config, Engine, HostModule};
///
/// let mut host = HostModule::new();
/// let mut calls = 0;
/// host.function("greet", move |_, (name,): (String,)| {
///     calls += 1;
///     Ok(format!("hello {name}, caller {calls}"))
/// });
/// let (console, output) = CaptureHost::new();
/// let mut isolate = Engine::new().isolate(Config::new(console).module(host));
/// isolate.eval::<()>("ruff", "main.ruff", "print(greet(\"world\"))")?;
/// assert_eq!(output.out(), "hello world, caller 1\n");
/// # }
/// # Ok::<(), motet::Error>(())
/// ```
#[derive(Default)]
pub struct HostModule {
    pub(super) signatures: Vec<HostFunction>,
    pub(super) functions: Vec<(Name, NativeClosure)>,
    types: Vec<(TypeId, &'static str, Members)>,
    pub(super) object_types: Vec<ObjectType>,
}

impl HostModule {
    /// Nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Offers a closure under a name: an identifier. A later function of the same name replaces an earlier one.
    ///
    /// A name that is no identifier makes [`crate::Isolate::load`] fail, as do more than 1,024 functions and methods.
    ///
    /// The closure receives a [`Context`] and its arguments as a tuple, already converted; a call with others is an
    /// error that the program can catch, like a [`Fault`] of the closure. It cannot run guest code.
    pub fn function<A, R, F>(&mut self, name: impl Into<Cow<'static, str>>, code: F) -> &mut Self
    where
        A: FromArgs,
        R: IntoGuest,
        F: for<'h> FnMut(&mut Context<'h>, A) -> Result<R, Fault> + MaybeSend + 'static,
    {
        let name = name.into();
        let signature = HostFunction { name: name.clone().into(), params: A::types(), result: R::guest_type() };
        self.offer(name.clone(), signature, closure(name, code))
    }

    /// Adds a function, in place of an earlier one of the name.
    pub(super) fn offer(&mut self, name: Name, signature: HostFunction, code: NativeClosure) -> &mut Self {
        self.signatures.retain(|s| s.name != name);
        self.signatures.push(signature);
        self.functions.push((name, code));
        self
    }

    /// Offers a function whose result comes later: the closure starts the work and passes the [`Completer`] on, to a
    /// thread, a queue or an executor; whoever has the result completes it. Meanwhile the calling task waits and the
    /// program's other tasks run. If nobody can run, [`crate::Isolate::run`] and [`crate::Isolate::call`] wait;
    /// [`crate::Isolate::step`] and [`crate::Isolate::call_async`] hand the thread back to the host.
    ///
    /// A [`Fault`] of the closure itself fails the call at once.
    ///
    /// ```
    /// # #[cfg(all(feature = "lang-ruff", feature = "std"))] {
    /// use motet::{CaptureHost, Config, Engine, HostModule};
    ///
    /// let mut host = HostModule::new();
    /// host.async_function("fetch", |_, (name,): (String,), completer| {
    ///     std::thread::spawn(move || completer.complete(Ok(format!("<{name}>"))));
    ///     Ok(())
    /// });
    /// let (console, output) = CaptureHost::new();
    /// let mut isolate = Engine::new().isolate(Config::new(console).module(host));
    /// isolate.eval::<()>("ruff", "main.ruff", "print(fetch(\"a\") + fetch(\"b\"))")?;
    /// assert_eq!(output.out(), "<a><b>\n");
    /// # }
    /// # Ok::<(), motet::Error>(())
    /// ```
    pub fn async_function<A, R, F>(&mut self, name: impl Into<Cow<'static, str>>, mut code: F) -> &mut Self
    where
        A: FromArgs,
        R: IntoGuest + 'static,
        F: for<'h> FnMut(&mut Context<'h>, A, Completer<R>) -> Result<(), Fault> + MaybeSend + 'static,
    {
        let name = name.into();
        let own = name.clone();
        let signature = HostFunction { name: name.clone().into(), params: A::types(), result: R::guest_type() };
        let native: NativeClosure = Box::new(move |rt, values| {
            guarded(&own, || {
                Context::native(rt, |cx| {
                    let args = A::from_args(&mut arguments(&own, values), cx)?;
                    let (completer, task) = Completer::<R>::new(cx);
                    code(cx, args, completer)?;
                    cx.to_guest(Request::wait(&task))
                })
            })
        });
        self.offer(name, signature, native)
    }

    /// Lets functions hand out and take objects of a type ([`crate::Object`]).
    pub fn userdata<T: UserData>(&mut self) -> &mut Self {
        let mut methods = Methods::<T>::new();
        T::methods(&mut methods);
        self.types.push((TypeId::of::<T>(), T::NAME, methods.members));
        self
    }

    /// What compilers have to know about the functions, for [`crate::CompileOptions`]. [`crate::Isolate::compile`]
    /// passes it on by itself.
    #[must_use]
    pub fn signatures(&self) -> Vec<HostFunction> {
        self.signatures.clone()
    }

    /// Adds everything to an isolate; hands the signatures back.
    pub(crate) fn install(self, rt: &mut Runtime) -> Result<Vec<HostFunction>, Error> {
        let full = || Error::Link("the host offers more functions than an isolate can have".into());
        for (name, code) in self.functions {
            if !is_identifier(&name) {
                return Err(Error::Link(format!("`{name}` cannot be the name of a host function")));
            }
            rt.add_closure(name, true, code).ok_or_else(full)?;
        }
        for (id, name, members) in self.types {
            let mut table = Vec::new();
            for (member, access, code) in members {
                let native = rt.add_closure(member.clone(), false, code).ok_or_else(full)?;
                table.push(((member, access as u8), Value::native(native)));
            }
            let types: &mut UserTypes = rt.state_of(UserTypes::STATE);
            types.0.insert(id, (name, Shared::new(table.into_iter().collect())));
        }
        for described in self.object_types {
            described.install(rt)?;
        }
        Ok(self.signatures)
    }
}

/// Names with a dot are those of the languages' own functions.
fn is_identifier(name: &str) -> bool {
    let first = name.bytes().next().is_some_and(|b| b.is_ascii_alphabetic() || b == b'_');
    first && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

/// A closure in the form of native functions.
fn closure<A, R, F>(name: Name, mut code: F) -> NativeClosure
where
    A: FromArgs,
    R: IntoGuest,
    F: for<'h> FnMut(&mut Context<'h>, A) -> Result<R, Fault> + MaybeSend + 'static,
{
    Box::new(move |rt, values| {
        guarded(&name, || {
            Context::native(rt, |cx| {
                let args = A::from_args(&mut arguments(&name, values), cx)?;
                code(cx, args)?.into_guest(cx)
            })
        })
    })
}

/// The arguments of a call.
pub(crate) fn arguments<'a, 'h>(function: &'a str, values: &'a [Value]) -> Arguments<'a, 'h> {
    Arguments { function, values, next: 0, brand: PhantomData }
}

/// Runs host code; its panics become guest errors where there is an operating system and panics unwind.
#[cfg(feature = "std")]
pub(crate) fn guarded(name: &str, code: impl FnOnce() -> NativeResult) -> NativeResult {
    // Whatever the closure left half done is its own state; the isolate's is changed by whole operations only.
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(code))
        .unwrap_or_else(|_| Err(motet_runtime::Control::error(alloc::format!("{name}: the host function panicked"))))
}

/// Runs host code.
#[cfg(not(feature = "std"))]
pub(crate) fn guarded(_name: &str, code: impl FnOnce() -> NativeResult) -> NativeResult {
    code()
}
