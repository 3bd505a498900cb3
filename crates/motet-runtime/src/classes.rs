//! Classes and shapes. A class is a named record type with methods; a shape is
//! a class plus an ordered list of field names: the layout of an object.
//!
//! Invariants: shape and class ids are never reused within an isolate; one
//! (class, names) pair has one shape id, so layouts compare by id.

use alloc::{collections::BTreeMap, string::String, vec::Vec};

use crate::{Shared, Symbol, TypeTag, Value};

/// Identity of a class in an isolate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ClassId(pub u32);

/// Identity of a shape in an isolate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ShapeId(pub u32);

/// What a class is to its language.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ClassKind {
    /// Named fields.
    Struct,
    /// A tagged value with positional payload.
    Variant,
}

/// A class.
#[derive(Clone)]
pub struct ClassInfo {
    /// What it is defined under; see [`Classes::define`].
    pub(crate) key: Shared<str>,
    /// Name as shown.
    pub name: Shared<str>,
    /// Language index in the isolate.
    pub language: u32,
    /// Struct or variant.
    pub kind: ClassKind,
    /// Shape with exactly the declared fields, in declaration order.
    pub shape: ShapeId,
    /// Methods by name: callables that take the receiver first.
    pub methods: BTreeMap<Symbol, Value>,
    /// Whether a method may stand for an operator.
    pub operators: bool,
    /// Kinds that typed code relies on, by declared field; empty when no field is typed. Records of such a
    /// class keep their declared layout and the kinds of its fields.
    pub field_types: Vec<Option<TypeTag>>,
}

/// A layout.
pub struct Shape {
    /// Class of all objects of this layout.
    pub class: ClassId,
    /// Field names in slot order.
    pub fields: Vec<Symbol>,
    /// Layout of records that got fields after they were made; inline caches leave these alone.
    pub grown: bool,
    /// Whether typed code may rely on kinds of its fields.
    pub typed: bool,
}

impl Shape {
    /// Slot of a field.
    #[must_use]
    pub fn slot(&self, name: Symbol) -> Option<usize> {
        self.fields.iter().position(|&f| f == name)
    }
}

/// All classes and shapes of an isolate.
#[derive(Default)]
pub struct Classes {
    classes: Vec<ClassInfo>,
    shapes: Vec<Shape>,
    shape_index: BTreeMap<(ClassId, Vec<Symbol>, bool), ShapeId>,
    by_key: BTreeMap<Shared<str>, ClassId>,
}

impl Classes {
    /// Defines a class, or finds the one defined before under the same `key`. The key says what
    /// counts as the same class across modules and reloads; a class whose fields changed is a new one.
    pub fn define(&mut self, key: &str, name: &str, language: u32, kind: ClassKind, fields: &[Symbol]) -> ClassId {
        if let Some(&id) = self.by_key.get(key)
            && self.shape(self.class(id).shape).fields == fields
        {
            return id;
        }
        let id = ClassId(self.classes.len() as u32);
        let shape = ShapeId(self.shapes.len() as u32);
        self.shapes.push(Shape { class: id, fields: fields.to_vec(), grown: false, typed: false });
        self.shape_index.insert((id, fields.to_vec(), false), shape);
        self.classes.push(ClassInfo {
            key: Shared::from(key),
            name: Shared::from(name),
            language,
            kind,
            shape,
            methods: BTreeMap::new(),
            operators: false,
            field_types: Vec::new(),
        });
        self.by_key.insert(Shared::from(key), id);
        id
    }

    /// Gives a class other fields: records of it must be moved to the new shape before code that relies on that runs.
    /// With `apart`, some of them will not have the form of their shape (see [`crate::Heap::reshape`]), so nobody may
    /// remember where its fields are.
    pub fn redefine(&mut self, id: ClassId, key: &str, fields: &[Symbol], apart: bool) {
        let shape = self.intern_shape(id, fields.to_vec(), apart);
        let old = core::mem::replace(&mut self.class_mut(id).key, Shared::from(key));
        self.by_key.remove(&old);
        self.by_key.insert(Shared::from(key), id);
        let class = self.class_mut(id);
        class.shape = shape;
        class.field_types = Vec::new();
    }

    /// Takes back what [`Classes::redefine`] and changes of the class's methods did since `info` was copied.
    pub fn restore(&mut self, id: ClassId, info: ClassInfo) {
        let old = core::mem::replace(self.class_mut(id), info);
        self.by_key.remove(&old.key);
        let key = self.class(id).key.clone();
        self.by_key.insert(key, id);
    }

    /// Methods of all classes.
    pub fn methods(&self) -> impl Iterator<Item = Value> + '_ {
        self.classes.iter().flat_map(|c| c.methods.values().copied())
    }

    /// Number of classes and shapes that there ever were.
    #[must_use]
    pub fn counts(&self) -> (usize, usize) {
        (self.classes.len(), self.shapes.len())
    }

    /// Declares the kinds of a class's fields, before any record of it exists. Classes of different field
    /// types must be defined under different keys.
    pub fn set_field_types(&mut self, id: ClassId, types: Vec<Option<TypeTag>>) {
        if types.iter().any(Option::is_some) {
            self.class_mut(id).field_types = types;
            // Layouts made from now on learn it when they are made.
            let declared = self.class(id).shape.0 as usize;
            self.shapes[declared].typed = true;
        }
    }

    /// The class defined last under `key`.
    #[must_use]
    pub fn find(&self, key: &str) -> Option<ClassId> {
        self.by_key.get(key).copied()
    }

    /// Key under which variants (which are the same class wherever they are named) are defined.
    #[must_use]
    pub fn variant_key(language: &str, name: &str) -> String {
        alloc::format!("variant {language} {name}")
    }

    /// A class of this isolate.
    #[must_use]
    pub fn class(&self, id: ClassId) -> &ClassInfo {
        &self.classes[id.0 as usize]
    }

    /// A class of this isolate.
    pub fn class_mut(&mut self, id: ClassId) -> &mut ClassInfo {
        &mut self.classes[id.0 as usize]
    }

    /// A shape of this isolate.
    #[must_use]
    pub fn shape(&self, id: ShapeId) -> &Shape {
        &self.shapes[id.0 as usize]
    }

    /// Whether the class of a layout defines operators.
    #[inline(always)]
    #[must_use]
    pub fn has_operators(&self, id: ShapeId) -> bool {
        let shape = self.shapes.get(id.0 as usize);
        shape.and_then(|s| self.classes.get(s.class.0 as usize)).is_none_or(|c| c.operators)
    }

    /// Whether typed code may rely on kinds of fields of records of this layout.
    #[inline(always)]
    #[must_use]
    pub fn has_types(&self, id: ShapeId) -> bool {
        self.shapes.get(id.0 as usize).is_none_or(|shape| shape.typed)
    }

    /// The layout of `class` with these fields.
    pub fn shape_for(&mut self, class: ClassId, fields: &[Symbol]) -> ShapeId {
        self.intern_shape(class, fields.to_vec(), false)
    }

    /// The layout of grown records with one more field at the end.
    pub fn shape_with(&mut self, shape: ShapeId, field: Symbol) -> ShapeId {
        let mut fields = self.shape(shape).fields.clone();
        fields.push(field);
        let class = self.shape(shape).class;
        self.intern_shape(class, fields, true)
    }

    /// The layout of `class` with these fields; of records that do not have the form of their shape, if `grown`.
    pub fn shape_apart(&mut self, class: ClassId, fields: &[Symbol], grown: bool) -> ShapeId {
        self.intern_shape(class, fields.to_vec(), grown)
    }

    fn intern_shape(&mut self, class: ClassId, fields: Vec<Symbol>, grown: bool) -> ShapeId {
        let key = (class, fields, grown);
        if let Some(&id) = self.shape_index.get(&key) {
            return id;
        }
        let id = ShapeId(self.shapes.len() as u32);
        let typed = !self.class(class).field_types.is_empty();
        self.shapes.push(Shape { class, fields: key.1.clone(), grown, typed });
        self.shape_index.insert(key, id);
        id
    }

    /// Method of a class.
    #[must_use]
    pub fn method(&self, class: ClassId, name: Symbol) -> Option<Value> {
        self.class(class).methods.get(&name).copied()
    }
}
