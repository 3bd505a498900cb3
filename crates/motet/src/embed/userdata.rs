//! Objects of the host in the hands of programs.

use alloc::{borrow::Cow, boxed::Box, collections::BTreeMap, format, vec::Vec};
use core::{
    any::{Any, TypeId},
    marker::PhantomData,
};

use motet_runtime::{Access, Foreign, Lock, LockGuard, MaybeSend, NativeClosure, Shared, Tracer, Value};

use super::functions::{Name, arguments, guarded};
use crate::{Context, Fault, FromArgs, FromGuest, IntoGuest, Local};

/// A type whose objects programs may hold. Ruff programs reach their members as `object.method(…)`, `object.field` and
/// `object.field = …`; Moon, which has no method calls, passes objects to host functions.
pub trait UserData: MaybeSend + Sized + 'static {
    /// Name in messages.
    const NAME: &'static str;

    /// Lists the members.
    fn methods(methods: &mut Methods<Self>);
}

pub(crate) type Members = Vec<(Name, Access, NativeClosure)>;
pub(super) type MemberTable = BTreeMap<(Name, u8), Value>;

/// What an object has under a name.
pub(super) fn find_member(members: &MemberTable, name: &str, access: Access) -> Option<Value> {
    members.iter().find(|((n, a), _)| *n == name && *a == access as u8).map(|(_, v)| *v)
}

/// Types registered in an isolate.
#[derive(Default)]
pub(crate) struct UserTypes(pub(crate) BTreeMap<TypeId, (&'static str, Shared<MemberTable>)>);

impl UserTypes {
    /// Name among the isolate's private states.
    pub(crate) const STATE: &'static str = "motet.userdata";
}

/// Members of a type, as [`UserData::methods`] lists them.
pub struct Methods<T> {
    pub(crate) members: Members,
    of: PhantomData<T>,
}

impl<T: UserData> Methods<T> {
    pub(crate) fn new() -> Self {
        Self { members: Vec::new(), of: PhantomData }
    }

    /// `object.name(…)`.
    pub fn method<A, R, F>(&mut self, name: impl Into<Cow<'static, str>>, code: F) -> &mut Self
    where
        A: FromArgs,
        R: IntoGuest,
        F: for<'h> FnMut(&mut Context<'h>, &mut T, A) -> Result<R, Fault> + MaybeSend + 'static,
    {
        self.add(name, Access::Call, code)
    }

    /// `object.name`.
    pub fn getter<R, F>(&mut self, name: impl Into<Cow<'static, str>>, mut code: F) -> &mut Self
    where
        R: IntoGuest,
        F: FnMut(&mut T) -> R + MaybeSend + 'static,
    {
        self.add(name, Access::Get, move |_, this, (): ()| Ok(code(this)))
    }

    /// `object.name = value`.
    pub fn setter<V, F>(&mut self, name: impl Into<Cow<'static, str>>, mut code: F) -> &mut Self
    where
        V: FromGuest,
        F: FnMut(&mut T, V) -> Result<(), Fault> + MaybeSend + 'static,
    {
        self.add(name, Access::Set, move |_, this, (value,): (V,)| code(this, value))
    }

    fn add<A, R, F>(&mut self, name: impl Into<Cow<'static, str>>, access: Access, mut code: F) -> &mut Self
    where
        A: FromArgs,
        R: IntoGuest,
        F: for<'h> FnMut(&mut Context<'h>, &mut T, A) -> Result<R, Fault> + MaybeSend + 'static,
    {
        let name = name.into();
        let own = name.clone();
        let native: NativeClosure = Box::new(move |rt, values| {
            guarded(&own, || {
                Context::native(rt, |cx| {
                    let (this, rest) = values.split_first().unwrap_or((&Value::NIL, &[]));
                    let this = cx.local(*this);
                    let object = Object::<T>::from_guest(this, cx).map_err(|e| e.context(&own))?;
                    let args = A::from_args(&mut arguments(&own, rest), cx)?;
                    let mut borrowed = object.try_lock()?;
                    let result = code(cx, &mut borrowed, args)?;
                    drop(borrowed);
                    result.into_guest(cx)
                })
            })
        });
        self.members.push((name, access, native));
        self
    }
}

/// An object that host and programs share. Clones are the same object. An object that holds a [`crate::Handle`] to a
/// guest value which refers to the object keeps both alive.
pub struct Object<T>(Shared<Lock<T>>);

impl<T> Clone for Object<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T: UserData> Object<T> {
    /// A new object.
    pub fn new(content: T) -> Self {
        Self(Shared::new(Lock::new(content)))
    }

    /// The content, to read or change.
    ///
    /// # Errors
    /// While somebody else has it: a method whose argument is its own object, or the isolate in another thread.
    pub fn try_lock(&self) -> Result<LockGuard<'_, T>, Fault> {
        self.0.try_lock().ok_or_else(|| Fault::new(format!("the {} is in use", T::NAME)))
    }

    /// Whether both are one object.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        Shared::ptr_eq(&self.0, &other.0)
    }
}

impl<T: UserData> IntoGuest for Object<T> {
    fn into_guest<'h>(self, cx: &mut Context<'h>) -> Result<Local<'h>, Fault> {
        let types: &mut UserTypes = cx.runtime().state_of(UserTypes::STATE);
        let Some((_, members)) = types.0.get(&TypeId::of::<T>()) else {
            return Err(Fault::new(format!("the host did not register the type {}", T::NAME)));
        };
        let cell = Cell { object: self, members: members.clone() };
        let value = cx.runtime().heap.foreign(Box::new(cell));
        Ok(cx.local(value))
    }
}

impl<T: UserData> FromGuest for Object<T> {
    fn from_guest<'h>(value: Local<'h>, cx: &mut Context<'h>) -> Result<Self, Fault> {
        let cell = cx.runtime().heap.foreign_as::<Cell<T>>(value.raw());
        cell.map(|c| c.object.clone()).ok_or_else(|| Fault::mismatch(T::NAME, value))
    }
}

/// The object as a heap cell.
struct Cell<T> {
    object: Object<T>,
    members: Shared<MemberTable>,
}

impl<T: UserData> Foreign for Cell<T> {
    fn trace(&self, _tracer: &mut Tracer<'_>) {}

    fn extra_bytes(&self) -> usize {
        size_of::<T>()
    }

    fn member(&self, name: &str, access: Access) -> Option<Value> {
        find_member(&self.members, name, access)
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn as_any_mut(&mut self) -> &mut dyn Any {
        self
    }
}
