//! Records and closures: cells with values behind a shape or function id.
#![allow(unsafe_code)]

use alloc::vec::Vec;

use super::{FLAG_GROWN, Header, Heap, SLOTS_AT, STEP, Slots};
use crate::{FuncId, ShapeId, Tag, Value};

impl Heap {
    #[inline]
    fn slots(&mut self, tag: Tag, id: u32, values: &[Value]) -> Value {
        // Room for one value at least, so that a record can grow.
        let at = self.cell(SLOTS_AT + size_of_val(values).max(size_of::<Value>()), tag);
        // SAFETY: the cell has room for `Slots` and `values.len()` values behind it, and is ours.
        unsafe {
            let base = at.cast::<u8>();
            base.add(size_of::<Header>()).cast::<Slots>().write(Slots { id, len: values.len() as u32 });
            // Word by word: the values were often stored as words just now, and a wider load would wait for them.
            let (from, to) = (values.as_ptr().cast::<u64>(), base.add(SLOTS_AT).cast::<u64>());
            for i in 0..size_of_val(values) / size_of::<u64>() {
                to.add(i).write(from.add(i).read_volatile());
            }
        }
        Value::heap(tag, at as usize)
    }

    /// # Safety
    /// `v` is a live record or closure.
    #[inline(always)]
    pub(super) unsafe fn slots_head(v: Value) -> *mut Slots {
        // SAFETY: such cells carry `Slots` right behind the header (H1).
        unsafe { (v.bits() as usize as *mut u8).add(size_of::<Header>()).cast() }
    }

    /// # Safety
    /// `v` is a live record or closure.
    #[inline(always)]
    pub(super) unsafe fn slots_data(v: Value) -> *mut Value {
        // SAFETY: the values lie behind `Slots` (H1).
        unsafe { (v.bits() as usize as *mut u8).add(SLOTS_AT).cast() }
    }

    /// A new record of a layout; `fields` are in slot order, as many as the layout has.
    #[inline]
    pub fn record(&mut self, shape: ShapeId, fields: &[Value]) -> Value {
        self.slots(Tag::Record, shape.0, fields)
    }

    /// Layout of a record.
    #[inline(always)]
    #[must_use]
    pub fn shape_of(&self, v: Value) -> Option<ShapeId> {
        // SAFETY: tag `Record` (H1, H2).
        (v.tag() == Tag::Record).then(|| ShapeId(unsafe { (*Self::slots_head(v)).id }))
    }

    /// Fields of a record in slot order.
    #[inline(always)]
    #[must_use]
    pub fn fields(&self, v: Value) -> Option<&[Value]> {
        if v.tag() != Tag::Record {
            return None;
        }
        // SAFETY: tag `Record` (H1, H2); `len` values lie behind the head; shared borrow.
        let inline = unsafe { core::slice::from_raw_parts(Self::slots_data(v), (*Self::slots_head(v)).len as usize) };
        if self.has_grown(v) { self.items(inline[0]).map(Vec::as_slice) } else { Some(inline) }
    }

    /// Fields of a record for assignment.
    #[inline(always)]
    pub fn fields_mut(&mut self, v: Value) -> Option<&mut [Value]> {
        if v.tag() != Tag::Record {
            return None;
        }
        // SAFETY: as in `fields`, with exclusive borrow (H4).
        let inline =
            unsafe { core::slice::from_raw_parts_mut(Self::slots_data(v), (*Self::slots_head(v)).len as usize) };
        if self.has_grown(v) { self.items_mut(inline[0]) } else { Some(inline) }
    }

    #[inline(always)]
    pub(super) fn has_grown(&self, v: Value) -> bool {
        // SAFETY: a live cell (H2); shared borrow.
        unsafe { (*Self::header(v)).flags & FLAG_GROWN != 0 }
    }

    /// Adds a field to a record in place. `shape` is a layout of grown records with one more field.
    pub fn grow_record(&mut self, v: Value, shape: ShapeId, value: Value) {
        let Some(mut fields) = self.fields(v).map(<[Value]>::to_vec) else { return };
        fields.push(value);
        let list = self.raw(Tag::List, fields);
        // SAFETY: a live record (H1, H2), exclusive borrow (H4); its cell has room for one value at least.
        unsafe {
            (*Self::header(v)).flags |= FLAG_GROWN;
            let head = Self::slots_head(v);
            (*head).id = shape.0;
            (*head).len = (*head).len.max(1);
            for i in 1..(*head).len as usize {
                *Self::slots_data(v).add(i) = Value::NIL;
            }
            *Self::slots_data(v) = list;
        }
    }

    /// Whether a record's cell has room for so many fields.
    #[must_use]
    pub fn fits(&self, v: Value, fields: usize) -> bool {
        if v.tag() != Tag::Record {
            return false;
        }
        // SAFETY: a live record (H1, H2); shared borrow.
        unsafe {
            match (*Self::header(v)).class {
                // The length of a large cell says how much memory it is.
                0xff => (*Self::slots_head(v)).len as usize == fields,
                // A cell of class n has n + 1 steps, the first of which is header and head.
                class => fields <= usize::from(class) * STEP / size_of::<Value>(),
            }
        }
    }

    /// Gives a record another layout, in place. Fields for which the cell is too small go to a list behind it; then `shape`
    /// must be one of which nobody remembers slots.
    pub fn reshape(&mut self, v: Value, shape: ShapeId, fields: Vec<Value>) {
        if v.tag() != Tag::Record {
            return;
        }
        let inline = self.fits(v, fields.len());
        let list = if inline {
            None
        } else {
            self.bytes += fields.capacity() * size_of::<Value>();
            Some(self.raw(Tag::List, fields.clone()))
        };
        // SAFETY: a live record (H1, H2), exclusive borrow (H4); `fits` says that there is room for the fields, and each
        // cell has room for one value.
        unsafe {
            let head = Self::slots_head(v);
            (*head).id = shape.0;
            match list {
                None => {
                    (*Self::header(v)).flags &= !FLAG_GROWN;
                    (*head).len = fields.len() as u32;
                    for (i, field) in fields.iter().enumerate() {
                        *Self::slots_data(v).add(i) = *field;
                    }
                }
                Some(list) => {
                    (*Self::header(v)).flags |= FLAG_GROWN;
                    (*head).len = (*head).len.max(1);
                    for i in 1..(*head).len as usize {
                        *Self::slots_data(v).add(i) = Value::NIL;
                    }
                    *Self::slots_data(v) = list;
                }
            }
        }
    }

    /// Fields of a record whose layout is not one of grown records.
    ///
    /// # Safety
    /// `v` is a live record that has not grown, `slot` is less than its number of fields.
    #[inline(always)]
    #[must_use]
    pub unsafe fn slot_ptr(v: Value, slot: usize) -> *mut Value {
        // SAFETY: by the caller's promise.
        unsafe { Self::slots_data(v).add(slot) }
    }

    /// Field number `number` of a record of any layout; `None` if it has no such field, or its fields lie elsewhere.
    ///
    /// # Safety
    /// `v` is a live record.
    #[inline(always)]
    #[must_use]
    pub unsafe fn part_ptr(v: Value, number: usize) -> Option<*mut Value> {
        // SAFETY: by the caller's promise; the field lies behind the head (H1).
        unsafe {
            let here = (*Self::header(v)).flags & FLAG_GROWN == 0 && number < (*Self::slots_head(v)).len as usize;
            here.then(|| Self::slots_data(v).add(number))
        }
    }

    /// Layout of a record.
    ///
    /// # Safety
    /// `v` is a live record.
    #[inline(always)]
    #[must_use]
    pub unsafe fn shape_unchecked(v: Value) -> ShapeId {
        // SAFETY: by the caller's promise.
        ShapeId(unsafe { (*Self::slots_head(v)).id })
    }

    /// Private cell of a closure.
    ///
    /// # Safety
    /// `v` is a live closure, `index` is less than its number of cells.
    #[inline(always)]
    #[must_use]
    pub unsafe fn capture_ptr(v: Value, index: usize) -> *mut Value {
        // SAFETY: by the caller's promise.
        unsafe { Self::slots_data(v).add(index) }
    }

    /// A new closure over a function; the values become its private cells.
    #[inline]
    pub fn closure(&mut self, func: FuncId, cells: &[Value]) -> Value {
        let v = self.slots(Tag::Closure, func.0, cells);
        self.numbered(v)
    }

    /// Function of a closure.
    #[inline(always)]
    #[must_use]
    pub fn closure_func(&self, v: Value) -> Option<FuncId> {
        // SAFETY: tag `Closure` (H1, H2).
        (v.tag() == Tag::Closure).then(|| FuncId(unsafe { (*Self::slots_head(v)).id }))
    }

    /// Private cells of a closure.
    #[inline(always)]
    #[must_use]
    pub fn captures(&self, v: Value) -> Option<&[Value]> {
        // SAFETY: tag `Closure` (H1, H2); shared borrow.
        (v.tag() == Tag::Closure)
            .then(|| unsafe { core::slice::from_raw_parts(Self::slots_data(v), (*Self::slots_head(v)).len as usize) })
    }

    /// Private cells of a closure for assignment.
    #[inline(always)]
    pub fn captures_mut(&mut self, v: Value) -> Option<&mut [Value]> {
        // SAFETY: as in `captures`, with exclusive borrow (H4).
        (v.tag() == Tag::Closure).then(|| unsafe {
            core::slice::from_raw_parts_mut(Self::slots_data(v), (*Self::slots_head(v)).len as usize)
        })
    }
}
