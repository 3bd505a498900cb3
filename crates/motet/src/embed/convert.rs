//! Rust values and guest values, one in terms of the other.

use alloc::{
    collections::BTreeMap,
    format,
    string::{String, ToString},
    vec::Vec,
};

use motet_ir::HostType;
use motet_runtime::{List, Map, Value};

use crate::{Context, Fault, Handle, Local};

/// Rust values that have a form in programs. Implement it for own types in terms of those here.
pub trait IntoGuest {
    /// Static type in programs.
    #[must_use]
    fn guest_type() -> HostType
    where
        Self: Sized,
    {
        HostType::Any
    }

    /// The guest's form.
    ///
    /// # Errors
    /// When it does not fit into the heap, or a handle belongs to another isolate.
    fn into_guest<'h>(self, cx: &mut Context<'h>) -> Result<Local<'h>, Fault>;
}

/// Rust values that guest values can be taken for.
pub trait FromGuest: Sized {
    /// Static type in programs.
    #[must_use]
    fn guest_type() -> HostType {
        HostType::Any
    }

    /// The host's form.
    ///
    /// # Errors
    /// When the value is of another kind.
    fn from_guest<'h>(value: Local<'h>, cx: &mut Context<'h>) -> Result<Self, Fault>;

    /// What stands for an argument that is not there; `None` where there has to be one.
    #[must_use]
    fn missing() -> Option<Self> {
        None
    }
}

macro_rules! scalars {
    ($($ty:ty, $host:ident, $word:literal, $make:path, $take:ident;)*) => { $(
        impl IntoGuest for $ty {
            fn guest_type() -> HostType {
                HostType::$host
            }

            fn into_guest<'h>(self, cx: &mut Context<'h>) -> Result<Local<'h>, Fault> {
                Ok(cx.local($make(self)))
            }
        }

        impl FromGuest for $ty {
            fn guest_type() -> HostType {
                HostType::$host
            }

            fn from_guest<'h>(value: Local<'h>, _cx: &mut Context<'h>) -> Result<Self, Fault> {
                value.raw().$take().ok_or_else(|| Fault::mismatch($word, value))
            }
        }
    )* };
}

scalars! {
    i64, Int, "integer", Value::int, as_int;
    bool, Bool, "boolean", Value::bool, as_bool;
}

impl IntoGuest for f64 {
    fn guest_type() -> HostType {
        HostType::Float
    }

    fn into_guest<'h>(self, cx: &mut Context<'h>) -> Result<Local<'h>, Fault> {
        Ok(cx.local(Value::float(self)))
    }
}

/// Takes integers as well.
impl FromGuest for f64 {
    fn guest_type() -> HostType {
        HostType::Float
    }

    fn from_guest<'h>(value: Local<'h>, _cx: &mut Context<'h>) -> Result<Self, Fault> {
        let raw = value.raw();
        raw.as_float().or_else(|| raw.as_int().map(|n| n as f64)).ok_or_else(|| Fault::mismatch("float", value))
    }
}

impl IntoGuest for () {
    fn guest_type() -> HostType {
        HostType::Nil
    }

    fn into_guest<'h>(self, cx: &mut Context<'h>) -> Result<Local<'h>, Fault> {
        Ok(cx.local(Value::NIL))
    }
}

/// Takes anything: for results that do not matter.
impl FromGuest for () {
    fn from_guest<'h>(_value: Local<'h>, _cx: &mut Context<'h>) -> Result<Self, Fault> {
        Ok(())
    }
}

impl IntoGuest for &str {
    fn guest_type() -> HostType {
        HostType::Str
    }

    fn into_guest<'h>(self, cx: &mut Context<'h>) -> Result<Local<'h>, Fault> {
        cx.reserve(self.len())?;
        let value = cx.runtime().heap.str(self);
        Ok(cx.local(value))
    }
}

impl IntoGuest for String {
    fn guest_type() -> HostType {
        HostType::Str
    }

    fn into_guest<'h>(self, cx: &mut Context<'h>) -> Result<Local<'h>, Fault> {
        self.as_str().into_guest(cx)
    }
}

impl FromGuest for String {
    fn guest_type() -> HostType {
        HostType::Str
    }

    fn from_guest<'h>(value: Local<'h>, cx: &mut Context<'h>) -> Result<Self, Fault> {
        let length = cx.runtime().heap.text(value.raw()).map(str::len);
        cx.charge(length.ok_or_else(|| Fault::mismatch("string", value))? / 64)?;
        Ok(cx.runtime().heap.text(value.raw()).unwrap_or("").to_string())
    }
}

impl<T: IntoGuest> IntoGuest for Vec<T> {
    fn guest_type() -> HostType {
        HostType::List(T::guest_type().into())
    }

    fn into_guest<'h>(self, cx: &mut Context<'h>) -> Result<Local<'h>, Fault> {
        cx.charge(self.len())?;
        cx.reserve(self.len().saturating_mul(size_of::<Value>()))?;
        let mut items = List::with_capacity(self.len());
        for item in self {
            let item = item.into_guest(cx)?.raw();
            cx.runtime().heap.share(item);
            items.push(item);
        }
        let value = cx.runtime().heap.list(items);
        Ok(cx.local(value))
    }
}

impl<T: FromGuest> FromGuest for Vec<T> {
    fn guest_type() -> HostType {
        HostType::List(T::guest_type().into())
    }

    fn from_guest<'h>(value: Local<'h>, cx: &mut Context<'h>) -> Result<Self, Fault> {
        let length = cx.runtime().heap.items(value.raw()).map(List::len);
        let length = length.ok_or_else(|| Fault::mismatch("list", value))?;
        cx.charge(length)?;
        let mut out = Vec::new();
        for at in 0..length {
            // Conversions of elements cannot change the list, but nothing is lost by asking again.
            let item = cx.runtime().heap.items(value.raw()).and_then(|items| items.get(at).copied());
            let Some(item) = item else { break };
            let item = cx.local(item);
            out.push(T::from_guest(item, cx).map_err(|e| e.context(&format!("element {at}")))?);
        }
        Ok(out)
    }
}

impl<T: IntoGuest> IntoGuest for BTreeMap<String, T> {
    fn guest_type() -> HostType {
        HostType::Map(T::guest_type().into())
    }

    fn into_guest<'h>(self, cx: &mut Context<'h>) -> Result<Local<'h>, Fault> {
        cx.charge(self.len())?;
        let mut map = Map::default();
        for (name, item) in self {
            let key = name.into_guest(cx)?.raw();
            let item = item.into_guest(cx)?.raw();
            let heap = &mut cx.runtime().heap;
            heap.share(item);
            map.insert(heap.key(key), item);
        }
        let value = cx.runtime().heap.map(map);
        Ok(cx.local(value))
    }
}

impl<T: FromGuest> FromGuest for BTreeMap<String, T> {
    fn guest_type() -> HostType {
        HostType::Map(T::guest_type().into())
    }

    fn from_guest<'h>(value: Local<'h>, cx: &mut Context<'h>) -> Result<Self, Fault> {
        let entries = cx.runtime().heap.entries(value.raw()).map(|map| map.iter().collect::<Vec<_>>());
        let entries = entries.ok_or_else(|| Fault::mismatch("map", value))?;
        cx.charge(entries.len())?;
        let mut out = BTreeMap::new();
        for (key, item) in entries {
            let (key, item) = (cx.local(key), cx.local(item));
            let key = String::from_guest(key, cx).map_err(|e| e.context("key"))?;
            let item = T::from_guest(item, cx).map_err(|e| e.context(&format!("entry `{key}`")))?;
            out.insert(key, item);
        }
        Ok(out)
    }
}

impl<T: IntoGuest> IntoGuest for Option<T> {
    fn guest_type() -> HostType {
        HostType::Optional(T::guest_type().into())
    }

    fn into_guest<'h>(self, cx: &mut Context<'h>) -> Result<Local<'h>, Fault> {
        match self {
            Some(value) => value.into_guest(cx),
            None => Ok(cx.local(Value::NIL)),
        }
    }
}

impl<T: FromGuest> FromGuest for Option<T> {
    fn guest_type() -> HostType {
        HostType::Optional(T::guest_type().into())
    }

    fn from_guest<'h>(value: Local<'h>, cx: &mut Context<'h>) -> Result<Self, Fault> {
        if value.is_nil() { Ok(None) } else { T::from_guest(value, cx).map(Some) }
    }

    fn missing() -> Option<Self> {
        Some(None)
    }
}

impl IntoGuest for Handle {
    fn into_guest<'h>(self, cx: &mut Context<'h>) -> Result<Local<'h>, Fault> {
        cx.open(&self)
    }
}

impl IntoGuest for &Handle {
    fn into_guest<'h>(self, cx: &mut Context<'h>) -> Result<Local<'h>, Fault> {
        cx.open(self)
    }
}

impl FromGuest for Handle {
    fn from_guest<'h>(value: Local<'h>, cx: &mut Context<'h>) -> Result<Self, Fault> {
        Ok(cx.keep(value))
    }
}

/// Arguments of a call of a host function, taken one by one.
pub struct Arguments<'a, 'h> {
    pub(crate) function: &'a str,
    pub(crate) values: &'a [Value],
    pub(crate) next: usize,
    pub(crate) brand: core::marker::PhantomData<Local<'h>>,
}

impl<'h> Arguments<'_, 'h> {
    /// Number of those not taken yet.
    #[must_use]
    pub fn remaining(&self) -> usize {
        self.values.len().saturating_sub(self.next)
    }

    /// Takes the next one.
    ///
    /// # Errors
    /// When there is none, or it is of another kind.
    pub fn take<T: FromGuest>(&mut self, cx: &mut Context<'h>) -> Result<T, Fault> {
        let at = self.next;
        self.next += 1;
        match self.values.get(at) {
            Some(&value) => {
                let value = cx.local(value);
                let place = || format!("{}, argument {}", self.function, at + 1);
                T::from_guest(value, cx).map_err(|e| e.context(&place()))
            }
            None => {
                T::missing().ok_or_else(|| Fault::new(format!("{}: argument {} is missing", self.function, at + 1)))
            }
        }
    }

    /// Fails if there are more than were taken.
    ///
    /// # Errors
    /// The error for too many arguments.
    pub fn finish(&self) -> Result<(), Fault> {
        if self.remaining() == 0 {
            return Ok(());
        }
        let (function, expected, got) = (self.function, self.next, self.values.len());
        Err(Fault::new(format!("{function}: expected {expected} arguments, got {got}")))
    }
}

/// Argument lists of host functions: tuples of up to six values.
pub trait FromArgs: Sized {
    /// Static types of the parameters.
    #[must_use]
    fn types() -> Vec<HostType>;

    /// The arguments of a call.
    ///
    /// # Errors
    /// When their number or kinds are wrong.
    fn from_args<'h>(args: &mut Arguments<'_, 'h>, cx: &mut Context<'h>) -> Result<Self, Fault>;
}

/// Argument lists for calls of guest functions: tuples of up to six values.
pub trait IntoArgs {
    /// The guest's form of each.
    ///
    /// # Errors
    /// As for [`IntoGuest::into_guest`].
    fn into_args<'h>(self, cx: &mut Context<'h>) -> Result<Vec<Local<'h>>, Fault>;
}

macro_rules! tuples {
    ($(($($name:ident)*))*) => { $(
        impl<$($name: FromGuest),*> FromArgs for ($($name,)*) {
            fn types() -> Vec<HostType> {
                alloc::vec![$($name::guest_type()),*]
            }

            #[allow(unused_variables, clippy::unused_unit)]
            fn from_args<'h>(args: &mut Arguments<'_, 'h>, cx: &mut Context<'h>) -> Result<Self, Fault> {
                let taken = ($(args.take::<$name>(cx)?,)*);
                args.finish()?;
                Ok(taken)
            }
        }

        impl<$($name: IntoGuest),*> IntoArgs for ($($name,)*) {
            #[allow(unused_variables, non_snake_case)]
            fn into_args<'h>(self, cx: &mut Context<'h>) -> Result<Vec<Local<'h>>, Fault> {
                let ($($name,)*) = self;
                Ok(alloc::vec![$($name.into_guest(cx)?),*])
            }
        }
    )* };
}

tuples! { () (A) (A B) (A B C) (A B C D) (A B C D E) (A B C D E F) }
