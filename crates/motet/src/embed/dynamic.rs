//! Values, functions and object types whose form is known only at run time: the ground of bindings to other languages.
//! Where Rust types say what is meant, [`HostModule::function`], [`crate::UserData`] and conversions are simpler.

use alloc::{borrow::Cow, boxed::Box, collections::BTreeMap, format, vec::Vec};
use core::any::Any;

use motet_ir::{HostFunction, HostType};
use motet_runtime::{Access, Foreign, List, Map, MaybeSend, NativeClosure, Runtime, Shared, TraceFrame, Tracer, Value};
use motet_source::Sources;

use super::functions::{Name, guarded};
use super::userdata::{MemberTable, Members, find_member};
use crate::{Context, Error, Fault, Handle, HostModule, Isolate, Local};

/// Object types of an isolate by name.
#[derive(Default)]
struct ObjectTypes(BTreeMap<&'static str, Shared<MemberTable>>);

impl ObjectTypes {
    /// Name among the isolate's private states.
    const STATE: &'static str = "motet.object_types";
}

/// A type of host objects that is described at run time; see [`HostModule::object_type`].
pub struct ObjectType {
    name: &'static str,
    members: Members,
}

impl ObjectType {
    /// A type without members. The name is its identity in the isolate, and stands in messages.
    #[must_use]
    pub fn new(name: &'static str) -> Self {
        Self { name, members: Vec::new() }
    }

    /// Adds what programs reach by a name. The closure receives the object first, then the arguments: none to get a
    /// field, the new value to set one.
    pub fn member<F>(&mut self, name: impl Into<Cow<'static, str>>, access: Access, code: F) -> &mut Self
    where
        F: for<'h> FnMut(&mut Context<'h>, &[Local<'h>]) -> Result<Local<'h>, Fault> + MaybeSend + 'static,
    {
        let name = name.into();
        self.members.push((name.clone(), access, closure(name, code)));
        self
    }

    pub(super) fn install(self, rt: &mut Runtime) -> Result<(), Error> {
        let mut table = MemberTable::new();
        for (member, access, code) in self.members {
            let native = rt.add_closure(member.clone(), false, code);
            let native =
                native.ok_or_else(|| Error::Link("the host offers more functions than an isolate can have".into()))?;
            table.insert((member, access as u8), Value::native(native));
        }
        let types: &mut ObjectTypes = rt.state_of(ObjectTypes::STATE);
        if types.0.insert(self.name, Shared::new(table)).is_some() {
            return Err(Error::Link(format!("the host offers two object types `{}`", self.name)));
        }
        Ok(())
    }
}

impl HostModule {
    /// Offers a closure that takes its arguments as they come; `params` and `result` are for languages with static
    /// types, and the caller of the closure checks neither. Otherwise as [`HostModule::function`].
    pub fn dynamic_function<F>(
        &mut self,
        name: impl Into<Cow<'static, str>>,
        params: Vec<HostType>,
        result: HostType,
        code: F,
    ) where
        F: for<'h> FnMut(&mut Context<'h>, &[Local<'h>]) -> Result<Local<'h>, Fault> + MaybeSend + 'static,
    {
        let name = name.into();
        let signature = HostFunction { name: name.clone().into(), params, result };
        self.offer(name.clone(), signature, closure(name, code));
    }

    /// Adds a type of objects for [`Context::new_object`].
    pub fn object_type(&mut self, described: ObjectType) -> &mut Self {
        self.object_types.push(described);
        self
    }
}

fn closure<F>(name: Name, mut code: F) -> NativeClosure
where
    F: for<'h> FnMut(&mut Context<'h>, &[Local<'h>]) -> Result<Local<'h>, Fault> + MaybeSend + 'static,
{
    Box::new(move |rt, values| {
        guarded(&name, || {
            Context::native(rt, |cx| {
                let args: Vec<Local<'_>> = values.iter().map(|&v| cx.local(v)).collect();
                code(cx, &args)
            })
        })
    })
}

/// An object of an [`ObjectType`] as a heap cell.
struct Described<T> {
    name: &'static str,
    payload: T,
    bytes: usize,
    members: Shared<MemberTable>,
}

impl<T: Any + MaybeSend> Foreign for Described<T> {
    fn trace(&self, _tracer: &mut Tracer<'_>) {}

    fn extra_bytes(&self) -> usize {
        self.bytes
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

impl<'h> Context<'h> {
    /// An object of a described type. `bytes` is what it holds, for the heap limit.
    ///
    /// # Errors
    /// When no such type was registered, or the heap is full.
    pub fn new_object<T: Any + MaybeSend>(&mut self, name: &str, payload: T, bytes: usize) -> Result<Local<'h>, Fault> {
        self.reserve(bytes)?;
        let types: &mut ObjectTypes = self.runtime().state_of(ObjectTypes::STATE);
        let Some((&name, members)) = types.0.get_key_value(name) else {
            return Err(Fault::new(format!("the host did not register the type {name}")));
        };
        let cell = Described { name, payload, bytes, members: members.clone() };
        let value = self.runtime().heap.foreign(Box::new(cell));
        Ok(self.local(value))
    }

    /// Name of the type and content of an object of a described type; `None` for anything else.
    #[must_use]
    pub fn object<T: Any + MaybeSend>(&mut self, value: Local<'h>) -> Option<(&'static str, &T)> {
        let cell = self.runtime().heap.foreign_as::<Described<T>>(value.raw())?;
        Some((cell.name, &cell.payload))
    }

    /// The bytes of a string, which are UTF-8; `None` for anything else.
    #[must_use]
    pub fn text(&mut self, value: Local<'h>) -> Option<&str> {
        self.runtime().heap.text(value.raw())
    }

    /// Number of elements of a list or entries of a map; `None` for anything else.
    #[must_use]
    pub fn length(&mut self, value: Local<'h>) -> Option<usize> {
        let heap = &self.runtime().heap;
        heap.items(value.raw()).map(List::len).or_else(|| heap.entries(value.raw()).map(Map::len))
    }

    /// An element of a list, from 0.
    #[must_use]
    pub fn item(&mut self, list: Local<'h>, at: usize) -> Option<Local<'h>> {
        let item = self.runtime().heap.items(list.raw())?.get(at).copied()?;
        Some(self.received(item))
    }

    /// What a map has under a key.
    #[must_use]
    pub fn entry(&mut self, map: Local<'h>, key: Local<'h>) -> Option<Local<'h>> {
        let heap = &self.runtime().heap;
        let item = heap.entries(map.raw())?.get(heap.key(key.raw()))?;
        Some(self.received(item))
    }

    /// The keys of a map, in its order.
    ///
    /// # Errors
    /// When it is no map, or the fuel is used up.
    pub fn keys(&mut self, map: Local<'h>) -> Result<Vec<Local<'h>>, Fault> {
        let length = self.runtime().heap.entries(map.raw()).map(Map::len);
        self.charge(length.ok_or_else(|| Fault::mismatch("map", map))?)?;
        let keys: Vec<Value> =
            self.runtime().heap.entries(map.raw()).into_iter().flat_map(Map::iter).map(|e| e.0).collect();
        Ok(keys.into_iter().map(|key| self.received(key)).collect())
    }

    /// A field of a record.
    #[must_use]
    pub fn field(&mut self, record: Local<'h>, name: &str) -> Option<Local<'h>> {
        let rt = self.runtime();
        let shape = rt.classes.shape(rt.heap.shape_of(record.raw())?);
        let at = shape.fields.iter().position(|&f| rt.symbols.name(f) == name)?;
        let value = rt.heap.fields(record.raw())?.get(at).copied()?;
        Some(self.received(value))
    }

    /// A new list.
    ///
    /// # Errors
    /// When it does not fit into the heap.
    pub fn new_list(&mut self, items: &[Local<'h>]) -> Result<Local<'h>, Fault> {
        self.charge(items.len())?;
        self.reserve(size_of_val(items))?;
        let mut list = List::with_capacity(items.len());
        for item in items {
            self.runtime().heap.share(item.raw());
            list.push(item.raw());
        }
        let value = self.runtime().heap.list(list);
        Ok(self.local(value))
    }

    /// A new map. Of equal keys the last counts.
    ///
    /// # Errors
    /// When it does not fit into the heap.
    pub fn new_map(&mut self, entries: &[(Local<'h>, Local<'h>)]) -> Result<Local<'h>, Fault> {
        self.charge(entries.len())?;
        self.reserve(size_of_val(entries))?;
        let mut map = Map::default();
        for (key, item) in entries {
            let heap = &mut self.runtime().heap;
            heap.share(key.raw());
            heap.share(item.raw());
            map.insert(heap.key(key.raw()), item.raw());
        }
        let value = self.runtime().heap.map(map);
        Ok(self.local(value))
    }

    /// A value that came out of a container, and now has two holders.
    fn received(&mut self, value: Value) -> Local<'h> {
        self.runtime().heap.share(value);
        self.local(value)
    }
}

impl Isolate {
    /// Files of the module that a frame of a trace refers to, in the version that runs now.
    #[must_use]
    pub fn sources_of(&self, frame: &TraceFrame) -> Option<&Shared<Sources>> {
        self.modules.iter().find(|m| m.id.number() == frame.module).map(|m| &m.sources)
    }

    /// Roots a value of this isolate in its raw form, such as the result of [`Isolate::run`].
    pub fn adopt(&mut self, value: Value) -> Handle {
        self.visit(|cx| {
            let local = cx.local(value);
            cx.keep(local)
        })
    }
}
