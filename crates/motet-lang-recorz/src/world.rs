//! The world: classes, methods, global bindings and interned characters of a running image.
//!
//! A world belongs to one surface: [`Dialect`] says which classes it is born with, which native methods they have, and
//! which class values have that are no records. It lives in the runtime's state under the dialect's name.
//!
//! Invariants: class number `2n` is a class and `2n + 1` its metaclass; numbers are never used again. A class object is a
//! record of the metaclass's layout whose first field is the number of the class, and a metaclass is a record of class
//! `Metaclass` with the number of the metaclass. Every value that the world holds is also in its anchor, a list among the
//! runtime's roots. Instance variables lie at fixed positions, inherited ones first.

mod builtin;
mod classes;
mod hash;
mod methods;
mod natives;
mod rules;
mod values;

use alloc::{
    boxed::Box,
    collections::{BTreeMap, BTreeSet},
    string::{String, ToString},
    vec::Vec,
};
use core::cell::RefCell;

use hash::Table;
use motet_runtime::{AnyState, ClassId, Heap, NativeDef, Runtime, ShapeId, Symbol, Value};

pub use builtin::{ClassRow, RECORZ, kind};
pub use classes::{Definition, words};
pub use methods::{Installed, Method};
pub(crate) use natives::{TABLE, binding};
pub use rules::{ClassTree, MAX_VARIABLES, check_definition, check_variables};

/// What a surface's world is born with.
pub struct Dialect {
    /// Name of the language, under which the world is kept.
    pub name: &'static str,
    /// Classes, superclasses first; a root comes first of all.
    pub classes: fn() -> Vec<ClassRow>,
    /// All native functions of the language. Those named `language.Class>>selector` or `language.Class class>>selector`
    /// are methods; their functions take the receiver first.
    pub natives: fn() -> &'static [NativeDef],
    /// The class of a value that is no record; records are never asked for.
    pub class_of: fn(&Runtime, Value) -> ClassNo,
}

/// Number of a class or metaclass in its world.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ClassNo(pub u32);

impl ClassNo {
    /// Whether it is a metaclass.
    #[must_use]
    pub const fn is_meta(self) -> bool {
        self.0 & 1 == 1
    }

    /// The metaclass of a class; a metaclass itself.
    #[must_use]
    pub const fn meta(self) -> Self {
        Self(self.0 | 1)
    }

    /// The class of which a metaclass is the class; a class itself.
    #[must_use]
    pub const fn instance_side(self) -> Self {
        Self(self.0 & !1)
    }

    fn index(self) -> usize {
        self.0 as usize
    }
}

/// A class or metaclass.
#[derive(Debug)]
pub struct Class {
    /// Name of the class; a metaclass has that of its class.
    pub name: Box<str>,
    /// The superclass; none of a root.
    pub superclass: Option<ClassNo>,
    /// Instance variables that it adds.
    pub instance_variables: Vec<Box<str>>,
    /// How many instance variables it inherits.
    pub inherited: u32,
    /// Class variables that it adds: names and bindings. Metaclasses have none of their own.
    pub class_variables: Vec<(Box<str>, Value)>,
    /// Its package (category).
    pub package: Option<Box<str>>,
    /// Its comment.
    pub comment: Option<Box<str>>,
    /// Whether a program defined it.
    pub is_user: bool,
    /// Layout of its instances.
    pub shape: ShapeId,
    /// The class itself as a value.
    pub object: Value,
    /// Its own methods.
    methods: Table<Symbol, Method>,
    /// In the core's table.
    core: ClassId,
}

/// The world. See the module's comment.
pub struct World {
    dialect: &'static Dialect,
    classes: Vec<Class>,
    names: BTreeMap<Box<str>, ClassNo>,
    /// By the core's class id.
    by_core: Vec<Option<ClassNo>>,
    /// Characters below 256 by code, nil where none was made yet.
    latin: Vec<Value>,
    characters: BTreeMap<u32, Value>,
    bindings: BTreeMap<Box<str>, Value>,
    /// What lookups found.
    cache: RefCell<Table<(ClassNo, Symbol), Option<Value>>>,
    /// Selectors of methods that programs gave to built-in classes.
    overridden: BTreeSet<Box<str>>,
    /// The list that keeps alive what the world holds.
    anchor: Value,
    /// Number of the next method that is installed.
    serial: u32,
}

impl World {
    /// The world of a surface, if there is one yet.
    #[must_use]
    pub fn get<'a>(rt: &'a Runtime, dialect: &'static Dialect) -> Option<&'a World> {
        rt.state.get(dialect.name)?.downcast_ref()
    }

    /// The world of a surface, which is born if there is none yet.
    pub fn of<'a>(rt: &'a mut Runtime, dialect: &'static Dialect) -> &'a mut World {
        World::split(rt, dialect).0
    }

    /// The world of a surface together with the heap.
    pub fn split<'a>(rt: &'a mut Runtime, dialect: &'static Dialect) -> (&'a mut World, &'a mut Heap) {
        if !rt.state.get(dialect.name).is_some_and(|state| state.is::<World>()) {
            World::create(rt, dialect);
        }
        let world = rt.state.get_mut(dialect.name).and_then(|state| state.downcast_mut());
        (world.expect("just made"), &mut rt.heap)
    }

    /// Runs something with the world taken out, so that it may use all of the runtime.
    pub(crate) fn with<R>(
        rt: &mut Runtime,
        dialect: &'static Dialect,
        run: impl FnOnce(&mut World, &mut Runtime) -> R,
    ) -> R {
        World::of(rt, dialect);
        let Some(mut state) = rt.state.remove(dialect.name) else { unreachable!("just made") };
        let Some(world) = state.downcast_mut::<World>() else { unreachable!("just made") };
        let result = run(world, rt);
        rt.state.insert(dialect.name, state);
        result
    }

    /// Makes the built-in classes with their native methods and the bindings of their names.
    fn create(rt: &mut Runtime, dialect: &'static Dialect) {
        let anchor = rt.heap.list(Vec::new());
        rt.roots.push(anchor);
        let mut world = World {
            dialect,
            classes: Vec::new(),
            names: BTreeMap::new(),
            by_core: Vec::new(),
            latin: Vec::from([Value::NIL; 256]),
            characters: BTreeMap::new(),
            bindings: BTreeMap::new(),
            cache: RefCell::new(Table::default()),
            overridden: BTreeSet::new(),
            anchor,
            serial: 0,
        };
        world.add_builtin_classes(rt);
        for native in (dialect.natives)() {
            world.add_native_method(rt, native.name);
        }
        let state: Box<AnyState> = Box::new(world);
        rt.state.insert(dialect.name, state);
    }

    /// Number of classes and metaclasses.
    #[must_use]
    pub fn class_count(&self) -> u32 {
        self.classes.len() as u32
    }

    /// A class by number.
    #[must_use]
    pub fn class(&self, number: ClassNo) -> &Class {
        &self.classes[number.index()]
    }

    /// A class by number.
    pub fn class_mut(&mut self, number: ClassNo) -> &mut Class {
        &mut self.classes[number.index()]
    }

    /// A class by name.
    #[must_use]
    pub fn find_class(&self, name: &str) -> Option<ClassNo> {
        self.names.get(name).copied()
    }

    /// All classes (without metaclasses), in the order of their definition.
    pub fn all_classes(&self) -> impl Iterator<Item = ClassNo> + use<> {
        (0..self.classes.len() as u32).step_by(2).map(ClassNo)
    }

    /// `Foo` or `Foo class`.
    #[must_use]
    pub fn class_name(&self, number: ClassNo) -> String {
        let mut name = self.class(number).name.to_string();
        if number.is_meta() {
            name.push_str(" class");
        }
        name
    }

    /// The class and its superclasses, nearest first.
    pub fn lineage(&self, number: ClassNo) -> impl Iterator<Item = ClassNo> + '_ {
        core::iter::successors(Some(number), |&n| self.class(n).superclass)
    }

    /// Whether a class is another, or inherits from it.
    #[must_use]
    pub fn inherits(&self, number: ClassNo, from: ClassNo) -> bool {
        self.lineage(number).any(|n| n == from)
    }

    /// Names of all instance variables in the order of their positions.
    #[must_use]
    pub fn all_instance_variables(&self, number: ClassNo) -> Vec<&str> {
        let mut lineage: Vec<ClassNo> = self.lineage(number).collect();
        lineage.reverse();
        lineage.iter().flat_map(|&n| self.class(n).instance_variables.iter().map(|name| &**name)).collect()
    }

    /// Number of instance variables, inherited ones included.
    #[must_use]
    pub fn instance_size(&self, number: ClassNo) -> usize {
        self.class(number).inherited as usize + self.class(number).instance_variables.len()
    }

    /// The class of which a value is the class object (or metaclass object).
    #[must_use]
    pub fn class_from(&self, rt: &Runtime, v: Value) -> Option<ClassNo> {
        let number = ClassNo(u32::try_from(rt.heap.fields(v)?.first()?.as_int()?).ok()?);
        let class = self.classes.get(number.index())?;
        class.object.is_identical(v).then_some(number)
    }

    /// Keeps a value alive as long as the world; its place, for [`World::keep_at`].
    fn keep(&self, heap: &mut Heap, v: Value) -> u32 {
        let place = heap.items(self.anchor).map_or(0, Vec::len);
        heap.push(self.anchor, v);
        place as u32
    }

    /// Keeps another value alive in a place.
    fn keep_at(&self, heap: &mut Heap, place: u32, v: Value) {
        if let Some(slot) = heap.items_mut(self.anchor).and_then(|items| items.get_mut(place as usize)) {
            *slot = v;
        }
    }
}

#[cfg(test)]
mod tests;
