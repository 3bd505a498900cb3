//! What host functions see of an isolate.

use alloc::{
    boxed::Box,
    string::{String, ToString},
};
use core::{any::type_name, fmt, marker::PhantomData};

use motet_runtime::{Capability, Control, ErrorKind, GuestError, HostError, NativeResult, Runtime, Tag, Trap, Value};

use crate::{FromGuest, Handle, IntoGuest};

/// Makes a lifetime a brand: no subtyping in either direction.
type Brand<'h> = PhantomData<fn(&'h ()) -> &'h ()>;

/// A guest value during one visit of the host, such as one call of a host function. Copying copies a reference.
#[derive(Clone, Copy)]
pub struct Local<'h> {
    value: Value,
    brand: Brand<'h>,
}

impl fmt::Debug for Local<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.value, f)
    }
}

impl Local<'_> {
    /// What sort of value it is, in one word.
    #[must_use]
    pub fn kind(self) -> &'static str {
        match self.value.tag() {
            Tag::Int => "integer",
            Tag::Float => "float",
            Tag::Nil | Tag::Unset => "nil",
            Tag::Bool => "boolean",
            Tag::Func | Tag::Native | Tag::Closure => "function",
            Tag::Str => "string",
            Tag::List => "list",
            Tag::Map => "map",
            Tag::Record => "record",
            Tag::Cell | Tag::Foreign => "object",
        }
    }

    /// Whether it is nil.
    #[must_use]
    pub fn is_nil(self) -> bool {
        self.value.is_nil()
    }

    pub(crate) fn raw(self) -> Value {
        self.value
    }
}

/// An isolate, as a host function sees it: for conversions, handles, accounting and permissions. It cannot run guest
/// code; a host function that wants a call made stores a [`Handle`] to the function, which its host calls later
/// ([`crate::Isolate::call`]).
pub struct Context<'h> {
    rt: &'h mut Runtime,
    brand: Brand<'h>,
}

impl<'h> Context<'h> {
    /// Visits an isolate.
    pub(crate) fn visit<R>(rt: &mut Runtime, visit: impl for<'x> FnOnce(&mut Context<'x>) -> R) -> R {
        visit(&mut Context { rt, brand: PhantomData })
    }

    /// Visits it from a native function.
    pub(crate) fn native(
        rt: &mut Runtime,
        visit: impl for<'x> FnOnce(&mut Context<'x>) -> Result<Local<'x>, Fault>,
    ) -> NativeResult {
        visit(&mut Context { rt, brand: PhantomData }).map(Local::raw).map_err(|fault| fault.control)
    }

    pub(crate) fn local(&self, value: Value) -> Local<'h> {
        Local { value, brand: PhantomData }
    }

    pub(crate) fn runtime(&mut self) -> &mut Runtime {
        self.rt
    }

    /// The guest's form of a Rust value.
    ///
    /// # Errors
    /// When it does not fit into the heap, or a handle belongs to another isolate.
    pub fn to_guest<T: IntoGuest>(&mut self, value: T) -> Result<Local<'h>, Fault> {
        value.into_guest(self)
    }

    /// A guest value as a Rust value.
    ///
    /// # Errors
    /// When it is of another kind.
    pub fn to_host<T: FromGuest>(&mut self, value: Local<'h>) -> Result<T, Fault> {
        T::from_guest(value, self)
    }

    /// Roots a value, so that the host can keep it.
    pub fn keep(&mut self, value: Local<'h>) -> Handle {
        Handle::new(self.rt, value.value)
    }

    /// What a handle refers to.
    ///
    /// # Errors
    /// When the handle belongs to another isolate.
    pub fn open(&mut self, handle: &Handle) -> Result<Local<'h>, Fault> {
        let value = handle.value(self.rt).ok_or_else(|| Fault::new(FOREIGN_HANDLE))?;
        Ok(self.local(value))
    }

    /// Accounts for work in units of fuel: one per element or per 64 bytes.
    ///
    /// # Errors
    /// When the fuel is used up; the program stops and cannot catch that.
    pub fn charge(&mut self, units: usize) -> Result<(), Fault> {
        self.rt.charge(units).map_err(Fault::from)
    }

    /// To be asked before allocating what the program chose the size of.
    ///
    /// # Errors
    /// When the heap limit or the fuel does not allow it.
    pub fn reserve(&mut self, bytes: usize) -> Result<(), Fault> {
        self.rt.reserve(bytes).map_err(Fault::from)
    }

    /// Fails unless the isolate has the capability; `operation` is for the message.
    ///
    /// # Errors
    /// A catchable error of kind [`ErrorKind::CapabilityDenied`].
    pub fn require(&mut self, capability: Capability, operation: &str) -> Result<(), Fault> {
        self.rt.require(capability, operation).map_err(Fault::from)
    }

    /// Writes to the program's output.
    pub fn write(&mut self, text: &str) {
        self.rt.host.write_out(text.as_bytes());
    }
}

pub(crate) const FOREIGN_HANDLE: &str = "the handle belongs to another isolate";

/// Why a host function, or a conversion, failed. In the program it is a run-time error, which it can catch;
/// exhausted fuel and [`Fault::exit`] cannot be caught.
pub struct Fault {
    control: Control,
}

impl Fault {
    /// An error with this message.
    #[cold]
    pub fn new(message: impl Into<String>) -> Self {
        Self { control: Control::error(message) }
    }

    /// An error of another kind than [`ErrorKind::Language`].
    #[cold]
    pub fn of_kind(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { control: Control::error_of(kind, message) }
    }

    /// Ends the program with a status.
    #[cold]
    #[must_use]
    pub fn exit(status: i32) -> Self {
        Self { control: Control::Exit(status) }
    }

    /// Stops the program as if the host had interrupted it.
    #[cold]
    #[must_use]
    pub fn interrupt() -> Self {
        Self { control: Control::Trap(Trap::Interrupted) }
    }

    /// A value of the wrong kind.
    #[cold]
    pub(crate) fn mismatch(want: &str, got: Local<'_>) -> Self {
        Self::new(alloc::format!("expected {want}, got {}", got.kind()))
    }

    /// The message with words in front that say where.
    #[must_use]
    pub fn context(mut self, place: &str) -> Self {
        if let Control::Error(e) = &mut self.control {
            e.message = alloc::format!("{place}: {}", e.message);
        }
        self
    }

    /// What went wrong, in words.
    #[must_use]
    pub fn message(&self) -> String {
        match &self.control {
            Control::Error(e) => e.message.clone(),
            Control::Trap(trap) => trap.to_string(),
            Control::Exit(status) => alloc::format!("exit with status {status}"),
            Control::Raise(_) | Control::Call(_) | Control::Task(_) | Control::Load(_) => {
                type_name::<Self>().to_string()
            }
        }
    }

    /// The error that a program sees.
    pub(crate) fn into_error(self) -> GuestError {
        match self.control {
            Control::Error(e) => *e,
            _ => GuestError { kind: ErrorKind::Language, message: self.message() },
        }
    }

    /// What sort of error, if it is one that programs can catch.
    #[must_use]
    pub fn kind(&self) -> Option<ErrorKind> {
        match &self.control {
            Control::Error(e) => Some(e.kind),
            _ => None,
        }
    }
}

impl fmt::Debug for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fault").field("kind", &self.kind()).field("message", &self.message()).finish()
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message())
    }
}

impl core::error::Error for Fault {}

impl From<Control> for Fault {
    fn from(control: Control) -> Self {
        Self { control }
    }
}

impl From<GuestError> for Fault {
    fn from(e: GuestError) -> Self {
        Self { control: Control::Error(Box::new(e)) }
    }
}

impl From<HostError> for Fault {
    fn from(e: HostError) -> Self {
        Self::new(e.0)
    }
}

impl From<&str> for Fault {
    fn from(message: &str) -> Self {
        Self::new(message)
    }
}

impl From<String> for Fault {
    fn from(message: String) -> Self {
        Self::new(message)
    }
}
