//! Values: their classes, characters, and the bindings of globals.

use alloc::boxed::Box;

use motet_runtime::{Heap, Runtime, Tag, Value};

use super::{ClassNo, World};

impl World {
    /// The class of a value.
    #[must_use]
    pub fn class_of(&self, rt: &Runtime, v: Value) -> ClassNo {
        match v.tag() {
            Tag::Record => self.class_of_record(rt, v),
            _ => (self.dialect.class_of)(rt, v),
        }
    }

    fn class_of_record(&self, rt: &Runtime, v: Value) -> ClassNo {
        let core = rt.class_of(v);
        // Records of other languages are plain objects: the first class of every table.
        core.and_then(|id| self.by_core.get(id.0 as usize).copied().flatten()).unwrap_or(ClassNo(0))
    }

    /// The one object of a character.
    pub fn character(&mut self, heap: &mut Heap, class: ClassNo, code: u32) -> Value {
        match self.latin.get(code as usize).or_else(|| self.characters.get(&code)) {
            Some(&v) if !v.is_nil() => return v,
            _ => {}
        }
        let v = heap.record(self.class(class).shape, &[Value::int(i64::from(code))]);
        self.keep(heap, v);
        match self.latin.get_mut(code as usize) {
            Some(place) => *place = v,
            None => {
                self.characters.insert(code, v);
            }
        }
        v
    }

    /// The cell of a global, made without value if there is none of this name.
    pub fn binding(&mut self, heap: &mut Heap, name: &str) -> Value {
        if let Some(&cell) = self.bindings.get(name) {
            return cell;
        }
        let cell = heap.new_cell(Value::UNSET);
        self.keep(heap, cell);
        self.bindings.insert(Box::from(name), cell);
        cell
    }

    /// The cell of a global, if there is one.
    #[must_use]
    pub fn binding_of(&self, name: &str) -> Option<Value> {
        self.bindings.get(name).copied()
    }

    /// Value of a global, if it has one.
    #[must_use]
    pub fn global(&self, rt: &Runtime, name: &str) -> Option<Value> {
        rt.heap.cell_get(*self.bindings.get(name)?).filter(|v| !v.is_unset())
    }

    /// Names and cells of all globals; some may be without value.
    pub fn globals(&self) -> impl Iterator<Item = (&str, Value)> {
        self.bindings.iter().map(|(name, cell)| (&**name, *cell))
    }

    /// Gives a global a value.
    pub fn set_binding(&mut self, rt: &mut Runtime, name: &str, v: Value) {
        let cell = self.binding(&mut rt.heap, name);
        rt.heap.cell_set(cell, v);
    }
}
