//! Objects of an image: written in the order in which they are found; made in two passes, shells first.

use alloc::{boxed::Box, vec, vec::Vec};

use motet_runtime::{FuncId, Runtime, Tag, Value};
use num_bigint::{BigInt, Sign};

use super::{Kind, MOST, Ref, save::Saver};
use crate::{
    big::{self, Big},
    bytes::{Malformed, Reader, Writer},
    classes::Builtin,
    table::Table,
    text::{Bytes, Text},
    world::{ClassNo, RECORZ, World},
};

impl Saver<'_> {
    /// All objects that can be reached from those found so far.
    pub(super) fn objects(&mut self) -> Writer {
        let mut w = Writer::default();
        let mut at = 0;
        while at < self.found.len() {
            self.write_object(self.found[at], &mut w);
            at += 1;
        }
        w
    }

    fn write_object(&mut self, v: Value, w: &mut Writer) {
        let heap = &self.rt.heap;
        let put = |w: &mut Writer, kind: Kind| w.byte(kind as u8);
        match v.tag() {
            Tag::Str => {
                put(w, Kind::Symbol);
                w.text(heap.text(v).unwrap_or_default());
            }
            Tag::List => {
                put(w, Kind::Array);
                w.number(u64::from(heap.serial(v)));
                // What a library object keeps its elements in may grow.
                w.flag(heap.is_fixed(v));
                let items = heap.items(v).map_or(&[][..], |items| items);
                self.references(items, w);
            }
            Tag::Record => {
                put(w, Kind::Record);
                w.number(u64::from(heap.serial(v)));
                let class = self.world.class_of(self.rt, v);
                let name = self.class_name(class);
                w.number(u64::from(name));
                let fields = self.rt.heap.fields(v).unwrap_or_default();
                self.references(fields, w);
            }
            Tag::Closure => match self.block(heap.closure_func(v)) {
                Some((unit, place)) => {
                    put(w, Kind::Closure);
                    w.number(u64::from(heap.serial(v)));
                    w.number(u64::from(unit));
                    w.number(u64::from(place));
                    let captures = self.rt.heap.captures(v).unwrap_or_default();
                    self.references(captures, w);
                }
                None => put(w, Kind::Gone),
            },
            Tag::Cell => {
                put(w, Kind::Cell);
                let content = heap.cell_get(v).unwrap_or(Value::NIL);
                // The token by which blocks return from a method that runs. In the image it has ended.
                let is_token = self.block(content.as_func()).is_some_and(|(_, place)| place == 0);
                self.reference(if is_token { Value::UNSET } else { content }, w);
            }
            Tag::Foreign => self.write_foreign(v, w),
            _ => put(w, Kind::Gone),
        }
    }

    fn references(&mut self, values: &[Value], w: &mut Writer) {
        w.length(values.len());
        values.iter().for_each(|&v| self.reference(v, w));
    }

    fn write_foreign(&mut self, v: Value, w: &mut Writer) {
        let heap = &self.rt.heap;
        if let Some(text) = heap.foreign_as::<Text>(v) {
            w.byte(Kind::String as u8);
            w.text(&text.as_utf8());
        } else if let Some(bytes) = heap.foreign_as::<Bytes>(v) {
            w.byte(Kind::Bytes as u8);
            w.bytes(&bytes.0);
        } else if let Some(Big(n)) = heap.foreign_as::<Big>(v) {
            w.byte(Kind::Big as u8);
            let (sign, magnitude) = n.to_bytes_le();
            w.flag(sign == Sign::Minus);
            w.bytes(&magnitude);
        } else if let Some(table) = heap.foreign_as::<Table>(v) {
            w.byte(Kind::Table as u8);
            w.flag(table.by_identity);
            w.length(table.len());
            for entry in table.iter() {
                // Identity is found again when the image is loaded; it may come from addresses.
                w.number(if table.by_identity { 0 } else { u64::from(entry.hash) });
                self.reference(entry.key, w);
                self.reference(entry.value, w);
            }
        } else {
            w.byte(Kind::Gone as u8);
        }
    }
}

/// What references of an image lead to.
pub(super) struct Links {
    /// Classes by number of their name.
    pub(super) classes: Vec<ClassNo>,
    pub(super) natives: Vec<Value>,
    /// The function of a unit's block: the unit, the place.
    pub(super) blocks: Box<dyn Fn(usize, u32) -> Option<FuncId>>,
}

/// Why objects cannot be made.
pub(super) enum Problem {
    /// The bytes break the form.
    Malformed,
    /// A catchable error: no memory.
    Control(motet_runtime::Control),
    /// In words.
    Other(&'static str),
}

impl From<Malformed> for Problem {
    fn from(_: Malformed) -> Self {
        Problem::Malformed
    }
}

/// The instance variables of an object of this image are other ones here.
const OTHER_LAYOUT: &str = "snapshot version mismatch";

/// Makes objects and resolves references.
pub(super) struct Maker<'a> {
    pub(super) rt: &'a mut Runtime,
    pub(super) links: &'a Links,
    /// By number.
    pub(super) objects: Vec<Value>,
}

type Made<T> = Result<T, Problem>;

impl Maker<'_> {
    /// Makes all objects, without contents: `r` is before their number. Behind them afterwards.
    pub(super) fn shells(&mut self, r: &mut Reader<'_>) -> Made<()> {
        let count = r.length()?;
        if count > MOST {
            return Err(Problem::Malformed);
        }
        for _ in 0..count {
            self.rt.charge(1).map_err(Problem::Control)?;
            let v = self.shell(r)?;
            self.objects.push(v);
        }
        Ok(())
    }

    /// Lets an object that is there already stand for the one that a reference leads to, if they are of one class.
    pub(super) fn reuse(&mut self, r: &mut Reader<'_>, v: Value) -> Made<()> {
        let mut here = r.clone();
        skip_reference(r)?;
        if Ref::ALL.get(usize::from(here.byte()?)).is_none_or(|kind| !matches!(kind, Ref::Object)) {
            return Ok(());
        }
        let number = here.index(MOST)?;
        if let Some(place) = self.objects.get_mut(number)
            && self.rt.heap.shape_of(*place).is_some()
            && self.rt.heap.shape_of(*place) == self.rt.heap.shape_of(v)
        {
            *place = v;
        }
        Ok(())
    }

    fn shell(&mut self, r: &mut Reader<'_>) -> Made<Value> {
        let kind = *Kind::ALL.get(usize::from(r.byte()?)).ok_or(Problem::Malformed)?;
        let nils = |n: usize| vec![Value::NIL; n];
        Ok(match kind {
            Kind::Symbol => {
                let text = r.text()?;
                self.room(text.len())?;
                self.rt.heap.str(text)
            }
            Kind::String => {
                let text = r.text()?;
                self.room(text.len() * 4)?;
                self.rt.heap.foreign(Box::new(Text::from(text)))
            }
            Kind::Bytes => {
                let bytes = r.bytes()?;
                self.room(bytes.len())?;
                self.rt.heap.foreign(Box::new(Bytes(bytes.to_vec())))
            }
            Kind::Big => {
                let sign = if r.flag()? { Sign::Minus } else { Sign::Plus };
                let bytes = r.bytes()?;
                self.room(bytes.len())?;
                if bytes.len() as u64 > big::MAX_BITS / 8 {
                    return Err(Problem::Malformed);
                }
                big::value(self.rt, BigInt::from_bytes_le(sign, bytes))
            }
            Kind::Array => {
                let identity = r.number32()?;
                let is_fixed = r.flag()?;
                let count = self.skip_references(r)?;
                self.room(count * size_of::<Value>())?;
                let list = self.rt.heap.list(nils(count));
                if is_fixed {
                    self.rt.heap.fix_length(list);
                }
                self.identify(list, identity)
            }
            Kind::Record => {
                let identity = r.number32()?;
                let record = self.record(r)?;
                self.identify(record, identity)
            }
            Kind::Closure => {
                let identity = r.number32()?;
                let (unit, place) = (r.index(MOST)?, r.number32()?);
                let count = self.skip_references(r)?;
                let func = (self.links.blocks)(unit, place).ok_or(Problem::Other(OTHER_LAYOUT))?;
                let expected = self.rt.funcs.get(func.0 as usize).and_then(|f| f.captures);
                if expected.is_none_or(|expected| expected as usize != count) {
                    return Err(Problem::Other(OTHER_LAYOUT));
                }
                self.room(count * size_of::<Value>())?;
                let closure = self.rt.heap.closure(func, &nils(count));
                self.identify(closure, identity)
            }
            Kind::Cell => {
                skip_reference(r)?;
                self.rt.heap.new_cell(Value::NIL)
            }
            Kind::Table => {
                let by_identity = r.flag()?;
                let count = r.length()?;
                for _ in 0..count {
                    r.number32()?;
                    skip_reference(r)?;
                    skip_reference(r)?;
                }
                self.room(count * 48)?;
                let mut table = Table::default();
                table.by_identity = by_identity;
                self.rt.heap.foreign(Box::new(table))
            }
            Kind::Gone => Value::NIL,
        })
    }

    /// Hashes that collections keep may come from the number by which an object is told from others.
    fn identify(&mut self, v: Value, number: u32) -> Value {
        self.rt.heap.set_identity(v, number);
        v
    }

    fn room(&mut self, bytes: usize) -> Made<()> {
        self.rt.reserve(bytes).map_err(Problem::Control)
    }

    /// An instance of a class whose instances are plain.
    fn record(&mut self, r: &mut Reader<'_>) -> Made<Value> {
        let class = *self.links.classes.get(r.index(MOST)?).ok_or(Problem::Malformed)?;
        let count = self.skip_references(r)?;
        self.room(count * size_of::<Value>())?;
        let world = World::get(self.rt, &RECORZ).ok_or(Problem::Malformed)?;
        let is_apart = world.inherits(class, Builtin::Behavior.class())
            || world.lineage(class).any(|n| n == Builtin::Character.class());
        let fields = self.rt.classes.shape(world.class(class).shape).fields.len();
        if is_apart || fields != count {
            return Err(Problem::Other(OTHER_LAYOUT));
        }
        let shape = world.class(class).shape;
        Ok(self.rt.heap.record(shape, &vec![Value::NIL; count]))
    }

    fn skip_references(&mut self, r: &mut Reader<'_>) -> Made<usize> {
        let count = r.length()?;
        for _ in 0..count {
            skip_reference(r)?;
        }
        Ok(count)
    }

    /// Fills the objects: `r` is before their number. Behind them afterwards.
    pub(super) fn contents(&mut self, r: &mut Reader<'_>) -> Made<()> {
        let count = r.length()?;
        for number in 0..count {
            let v = *self.objects.get(number).ok_or(Problem::Malformed)?;
            self.fill(v, r)?;
        }
        Ok(())
    }

    fn fill(&mut self, v: Value, r: &mut Reader<'_>) -> Made<()> {
        let kind = *Kind::ALL.get(usize::from(r.byte()?)).ok_or(Problem::Malformed)?;
        match kind {
            Kind::Symbol | Kind::String => {
                r.text()?;
            }
            Kind::Bytes => {
                r.bytes()?;
            }
            Kind::Big => {
                r.flag()?;
                r.bytes()?;
            }
            Kind::Array => {
                r.number()?;
                r.flag()?;
                let values = self.set_references(r)?;
                if let Some(items) = self.rt.heap.items_mut(v) {
                    items.iter_mut().zip(values).for_each(|(item, value)| *item = value);
                }
            }
            Kind::Record => {
                r.number()?;
                r.number()?;
                let values = self.set_references(r)?;
                if let Some(fields) = self.rt.heap.fields_mut(v) {
                    fields.iter_mut().zip(values).for_each(|(field, value)| *field = value);
                }
            }
            Kind::Closure => {
                r.number()?;
                r.number()?;
                r.number()?;
                let values = self.references(r)?;
                if let Some(captures) = self.rt.heap.captures_mut(v) {
                    captures.iter_mut().zip(values).for_each(|(capture, value)| *capture = value);
                }
            }
            Kind::Cell => {
                let content = self.reference(r)?;
                self.rt.heap.cell_set(v, content);
            }
            Kind::Table => {
                r.flag()?;
                let count = r.length()?;
                let mut entries = Vec::with_capacity(count);
                for _ in 0..count {
                    entries.push((r.number32()?, self.reference(r)?, self.reference(r)?));
                }
                if let Some(table) = self.rt.heap.foreign_as_mut::<Table>(v) {
                    for (hash, key, value) in entries {
                        // Unset keys stand for removed entries.
                        table.add(hash, if key.is_unset() { Value::NIL } else { key }, value);
                    }
                }
            }
            Kind::Gone => {}
        }
        Ok(())
    }

    fn references(&mut self, r: &mut Reader<'_>) -> Made<Vec<Value>> {
        let count = r.length()?;
        (0..count).map(|_| self.reference(r)).collect()
    }

    /// Contents of objects that have no places without a value.
    fn set_references(&mut self, r: &mut Reader<'_>) -> Made<Vec<Value>> {
        let mut values = self.references(r)?;
        values.iter_mut().filter(|v| v.is_unset()).for_each(|v| *v = Value::NIL);
        Ok(values)
    }

    /// The value of a reference.
    pub(super) fn reference(&mut self, r: &mut Reader<'_>) -> Made<Value> {
        let kind = *Ref::ALL.get(usize::from(r.byte()?)).ok_or(Problem::Malformed)?;
        Ok(match kind {
            Ref::Nil => Value::NIL,
            Ref::True => Value::TRUE,
            Ref::False => Value::FALSE,
            Ref::Unset => Value::UNSET,
            Ref::Int => Value::int(r.signed()?),
            Ref::Float => Value::float(f64::from_bits(r.fixed64()?)),
            Ref::Object => *self.objects.get(r.index(MOST)?).ok_or(Problem::Malformed)?,
            Ref::Class => {
                let class = *self.links.classes.get(r.index(MOST)?).ok_or(Problem::Malformed)?;
                World::of(self.rt, &RECORZ).class(class).object
            }
            Ref::Native => *self.links.natives.get(r.index(MOST)?).ok_or(Problem::Malformed)?,
            Ref::Block => {
                let (unit, place) = (r.index(MOST)?, r.number32()?);
                let func = (self.links.blocks)(unit, place).ok_or(Problem::Other(OTHER_LAYOUT))?;
                if self.rt.funcs.get(func.0 as usize).and_then(|f| f.captures) != Some(0) {
                    return Err(Problem::Other(OTHER_LAYOUT));
                }
                Value::func(func)
            }
            Ref::Character => {
                let code = r.number32()?;
                let (world, heap) = World::split(self.rt, &RECORZ);
                world.character(heap, Builtin::Character.class(), code)
            }
        })
    }
}

/// Passes over a reference.
pub(super) fn skip_reference(r: &mut Reader<'_>) -> Result<(), Malformed> {
    match Ref::ALL.get(usize::from(r.byte()?)).ok_or(Malformed)? {
        Ref::Nil | Ref::True | Ref::False | Ref::Unset => {}
        Ref::Int | Ref::Object | Ref::Class | Ref::Native | Ref::Character => {
            r.number()?;
        }
        Ref::Float => {
            r.fixed64()?;
        }
        Ref::Block => {
            r.number()?;
            r.number()?;
        }
    }
    Ok(())
}
