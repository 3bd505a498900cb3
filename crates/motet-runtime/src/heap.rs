//! The heap: size-segregated, non-moving mark–sweep.
//!
//! Cells of up to [`MAX_SMALL`] bytes live in blocks of one size class each:
//! allocation bumps through runs of free cells. Larger cells are allocated
//! one by one. Marking uses an explicit stack; sweeping visits every block,
//! drops what was not marked, and links the runs of free cells. Bytes of cells are
//! accounted when a run is taken into use.
//!
//! Invariants:
//! - H1: a cell's header says its kind; the payload is a valid value of the
//!   kind's payload type from allocation until the sweep that frees it.
//! - H2: a heap [`Value`] is made only here, for a live cell of its tag, and a
//!   cell is freed only by [`Heap::collect`], whose caller proves that no
//!   live value is missing from the roots.
//! - H3: cells never move.
//! - H4: `&mut Heap` is exclusive: no reference into a cell is alive then.
#![allow(unsafe_code)]

use alloc::{
    alloc::{alloc_zeroed, dealloc, handle_alloc_error},
    boxed::Box,
    string::String,
    vec::Vec,
};
use core::{alloc::Layout, mem::size_of, ptr};

use crate::{
    Fiber, Foreign, FuncId, Key, List, Map, ShapeId, Tag, Tracer, Value,
    string::{Str, Text, mix},
};

/// Largest cell kept in a size-class block, in bytes.
const MAX_SMALL: usize = 256;
/// Size classes are multiples of this, in bytes.
const STEP: usize = 16;
/// Size of a block, in bytes.
const BLOCK: usize = 32 * 1024;
/// Heap size below which no collection starts, in bytes.
const MIN_THRESHOLD: usize = 4 * 1024 * 1024;

/// Kind of a free cell; fresh blocks are zero.
const FREE: u8 = 0;
const FLAG_SHARED: u8 = 1;
/// A record that outgrew its cell: slot 0 holds a list with all fields.
const FLAG_GROWN: u8 = 2;
/// A foreign object that is a [`Fiber`].
const FLAG_FIBER: u8 = 0x80;

#[repr(C)]
struct Header {
    /// `Tag as u8`, or [`FREE`].
    kind: u8,
    marked: bool,
    flags: u8,
    /// Index of the size class; `0xff` for large cells.
    class: u8,
    /// Number of the object among lists, maps and closures, in creation order.
    serial: u32,
}

/// First cell of a run of free cells that nobody allocates from yet.
#[repr(C)]
struct FreeRun {
    header: Header,
    next: *mut FreeRun,
    /// Just past the last cell.
    end: *mut u8,
}

#[repr(C)]
struct Cell<T> {
    header: Header,
    payload: T,
}

/// Payload head of records and closures; `len` values follow.
#[repr(C)]
struct Slots {
    /// Shape of a record, function of a closure.
    id: u32,
    len: u32,
}

const SLOTS_AT: usize = size_of::<Header>() + size_of::<Slots>();

struct SizeClass {
    /// The run in use: next cell and end.
    cursor: *mut u8,
    end: *mut u8,
    runs: *mut FreeRun,
    blocks: Vec<ptr::NonNull<u8>>,
}

impl Default for SizeClass {
    fn default() -> Self {
        Self { cursor: ptr::null_mut(), end: ptr::null_mut(), runs: ptr::null_mut(), blocks: Vec::new() }
    }
}

/// What the collector did.
#[derive(Clone, Copy, Debug, Default)]
pub struct HeapStats {
    /// Cells allocated since the heap was made.
    pub allocations: u64,
    /// Finished collections.
    pub collections: u64,
    /// Cells freed.
    pub freed: u64,
}

/// The heap of one isolate.
pub struct Heap {
    classes: [SizeClass; MAX_SMALL / STEP],
    large: Vec<ptr::NonNull<Header>>,
    /// Bytes in use: cells and what they own.
    bytes: usize,
    threshold: usize,
    limit: usize,
    serial: u32,
    stress: bool,
    /// Strings of one ASCII character, by code; nil where none was made yet.
    ascii: Vec<Value>,
    stack: Vec<Value>,
    stats: HeapStats,
}

impl Heap {
    /// An empty heap that may hold about `limit` bytes.
    #[must_use]
    pub fn new(limit: usize) -> Self {
        Self {
            classes: Default::default(),
            large: Vec::new(),
            bytes: 0,
            threshold: MIN_THRESHOLD.min(limit),
            limit,
            serial: 0,
            stress: false,
            ascii: Vec::new(),
            stack: Vec::new(),
            stats: HeapStats::default(),
        }
    }

    /// Whether to ask for a collection at every safepoint.
    pub fn set_stress(&mut self, on: bool) {
        self.stress = on;
        self.threshold = if on { 0 } else { MIN_THRESHOLD.min(self.limit) };
    }

    /// Bytes in use, as accounted.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// The limit given at creation, in bytes.
    #[must_use]
    pub fn limit(&self) -> usize {
        self.limit
    }

    /// Changes the limit.
    pub fn set_limit(&mut self, limit: usize) {
        self.limit = limit;
        self.threshold = self.threshold.min(limit);
    }

    /// Counters since the heap was made.
    #[must_use]
    pub fn stats(&self) -> HeapStats {
        self.stats
    }

    /// Whether the next safepoint should collect.
    #[inline(always)]
    #[must_use]
    pub fn wants_collection(&self) -> bool {
        self.bytes >= self.threshold
    }

    /// Whether more is in use than the limit allows.
    #[must_use]
    pub fn is_over_limit(&self) -> bool {
        self.bytes > self.limit
    }

    /// Accounts for bytes that a payload gained or lost.
    fn account(&mut self, before: usize, after: usize) {
        self.bytes = self.bytes.saturating_add(after).saturating_sub(before);
    }

    // ---- cells

    #[inline(always)]
    fn raw<T>(&mut self, tag: Tag, payload: T) -> Value {
        let size = size_of::<Cell<T>>();
        let at = self.cell(size, tag);
        // SAFETY: `cell` returned at least `size` bytes, aligned for `Header` and 8-byte payloads,
        // that nobody else uses; the header was written by it.
        unsafe { ptr::addr_of_mut!((*at.cast::<Cell<T>>()).payload).write(payload) };
        Value::heap(tag, at as usize)
    }

    /// Memory for a cell of `size` bytes with its header written.
    #[inline(always)]
    fn cell(&mut self, size: usize, tag: Tag) -> *mut Header {
        self.stats.allocations += 1;
        let class = size.div_ceil(STEP) - 1;
        if class < MAX_SMALL / STEP {
            let cell = (class + 1) * STEP;
            let list = &mut self.classes[class];
            let at = list.cursor;
            if (list.end as usize).wrapping_sub(at as usize) >= cell {
                list.cursor = at.wrapping_add(cell);
                let at = at.cast::<Header>();
                // SAFETY: the run in use has room for the cell, which nobody else uses.
                unsafe { at.write(Header { kind: tag as u8, marked: false, flags: 0, class: class as u8, serial: 0 }) };
                return at;
            }
        }
        self.cell_slow(size, tag)
    }

    #[cold]
    #[inline(never)]
    fn cell_slow(&mut self, size: usize, tag: Tag) -> *mut Header {
        let class = size.div_ceil(STEP) - 1;
        let (at, mark) = if class < MAX_SMALL / STEP {
            let cell = (class + 1) * STEP;
            let list = &mut self.classes[class];
            if list.runs.is_null() {
                let block = zeroed(block_layout());
                list.blocks.push(block);
                list.cursor = block.as_ptr();
                // SAFETY: the block has `BLOCK` bytes.
                list.end = unsafe { list.cursor.add(BLOCK / cell * cell) };
            } else {
                // SAFETY: runs that are linked are free cells which nobody else uses.
                unsafe {
                    list.cursor = list.runs.cast();
                    list.end = (*list.runs).end;
                    list.runs = (*list.runs).next;
                }
            }
            self.bytes += list.end as usize - list.cursor as usize;
            let at = list.cursor;
            list.cursor = at.wrapping_add(cell);
            (at.cast::<Header>(), class as u8)
        } else {
            let at = zeroed(large_layout(size)).cast::<Header>();
            self.bytes += size;
            self.large.push(at);
            (at.as_ptr(), 0xff)
        };
        // SAFETY: fresh memory of at least header size and alignment.
        unsafe { at.write(Header { kind: tag as u8, marked: false, flags: 0, class: mark, serial: 0 }) };
        at
    }

    #[inline(always)]
    fn header(v: Value) -> *mut Header {
        debug_assert!(v.tag().is_heap());
        v.bits() as usize as *mut Header
    }

    /// # Safety
    /// `v` is a live heap value whose payload type is `T` (H1, H2).
    #[inline(always)]
    unsafe fn payload<T>(v: Value) -> *mut T {
        let cell = v.bits() as usize as *mut Cell<T>;
        // SAFETY: by the caller's promise the cell exists.
        unsafe { ptr::addr_of_mut!((*cell).payload) }
    }

    fn numbered(&mut self, v: Value) -> Value {
        // SAFETY: `v` was just allocated; the header is ours (H4).
        unsafe { (*Self::header(v)).serial = self.serial };
        self.serial = self.serial.wrapping_add(1);
        v
    }

    /// Number of a list, map or closure in creation order, from 0; 0 for other kinds.
    #[must_use]
    pub fn serial(&self, v: Value) -> u32 {
        if !v.tag().is_heap() {
            return 0;
        }
        // SAFETY: a live cell (H2); shared borrow.
        unsafe { (*Self::header(v)).serial }
    }

    // ---- strings

    /// A new string.
    pub fn str(&mut self, s: &str) -> Value {
        if let &[byte @ ..0x80] = s.as_bytes() {
            return self.ascii(byte);
        }
        let s = Str::new(s);
        self.bytes += s.extra_bytes();
        self.raw(Tag::Str, s)
    }

    /// The decimal form of an integer.
    pub fn decimal(&mut self, n: i64) -> Value {
        match u8::try_from(n) {
            Ok(digit @ 0..10) => self.ascii(b'0' + digit),
            _ => self.raw(Tag::Str, Str::decimal(n)),
        }
    }

    /// The string of one ASCII character: made once, kept for good.
    #[inline]
    pub fn ascii(&mut self, byte: u8) -> Value {
        match self.ascii.get(usize::from(byte)) {
            Some(&v) if !v.is_nil() => v,
            _ => self.new_ascii(byte & 0x7f),
        }
    }

    #[cold]
    fn new_ascii(&mut self, byte: u8) -> Value {
        if self.ascii.is_empty() {
            self.ascii.resize(128, Value::NIL);
        }
        let mut buffer = [0; 4];
        let v = self.raw(Tag::Str, Str::new(char::from(byte).encode_utf8(&mut buffer)));
        self.ascii[usize::from(byte)] = v;
        v
    }

    /// A new string from an owned text.
    pub fn string(&mut self, s: String) -> Value {
        if let &[byte @ ..0x80] = s.as_bytes() {
            return self.ascii(byte);
        }
        let s = Str::from_vec(s.into_bytes());
        self.bytes += s.extra_bytes();
        self.raw(Tag::Str, s)
    }

    #[inline(always)]
    fn str_cell(&self, v: Value) -> Option<&Str> {
        if v.tag() != Tag::Str {
            return None;
        }
        // SAFETY: tag `Str` means payload `Str` (H1, H2); shared borrow of the heap.
        Some(unsafe { &*Self::payload::<Str>(v) })
    }

    /// The text, if it is a string.
    #[inline]
    #[must_use]
    pub fn text(&self, v: Value) -> Option<&str> {
        self.str_cell(v).map(Str::as_str)
    }

    /// Whether two strings have the same text; false for other kinds.
    #[inline(always)]
    #[must_use]
    pub fn same_text(&self, a: Value, b: Value) -> bool {
        match (self.str_cell(a), self.str_cell(b)) {
            (Some(a), Some(b)) => core::ptr::eq(a, b) || a.same(b),
            _ => false,
        }
    }

    /// Number of Unicode scalar values of a string (cached); 0 for other kinds.
    #[must_use]
    pub fn char_count(&self, v: Value) -> usize {
        self.str_cell(v).map_or(0, Str::char_count)
    }

    /// Whether a string has only one-byte characters, so that character and byte positions agree.
    #[must_use]
    pub fn is_ascii(&self, v: Value) -> bool {
        self.str_cell(v).is_some_and(|s| s.char_count() == s.as_str().len())
    }

    /// `a` followed by `b`, both strings (others count as empty). Linear over a chain of appends.
    pub fn concat(&mut self, a: Value, b: Value) -> Value {
        let (Some(left), Some(right)) = (self.str_cell(a), self.str_cell(b)) else {
            return if a.tag() == Tag::Str { a } else { b };
        };
        let tail = right.as_str().as_bytes();
        let (joined, grown) = match (&left.text, &right.text) {
            // The tail must not lie in the buffer that is about to grow.
            (Text::View(x, _), Text::View(y, _)) if alloc::rc::Rc::ptr_eq(x, y) => {
                let copy = tail.to_vec();
                left.append(&copy)
            }
            _ => left.append(tail),
        };
        self.bytes += grown;
        self.raw(Tag::Str, joined)
    }

    /// `a` (a string) followed by `tail`.
    pub fn append(&mut self, a: Value, tail: &str) -> Value {
        let Some(left) = self.str_cell(a) else { return self.str(tail) };
        let (joined, grown) = left.append(tail.as_bytes());
        self.bytes += grown;
        self.raw(Tag::Str, joined)
    }

    // ---- lists

    /// A new list.
    pub fn list(&mut self, items: List) -> Value {
        self.bytes += items.capacity() * size_of::<Value>();
        let v = self.raw(Tag::List, items);
        self.numbered(v)
    }

    /// Content of a list.
    #[inline(always)]
    #[must_use]
    pub fn items(&self, v: Value) -> Option<&List> {
        // SAFETY: tag `List` means payload `List` (H1, H2); shared borrow of the heap.
        (v.tag() == Tag::List).then(|| unsafe { &*Self::payload::<List>(v) })
    }

    /// Content of a list for changes that do not change its capacity (assign, swap, sort, pop).
    #[inline(always)]
    pub fn items_mut(&mut self, v: Value) -> Option<&mut [Value]> {
        // SAFETY: tag `List` means payload `List` (H1, H2); exclusive borrow (H4).
        (v.tag() == Tag::List).then(|| unsafe { &mut *Self::payload::<List>(v) }.as_mut_slice())
    }

    /// Changes a list in any way; keeps the accounts.
    pub fn update_list<R>(&mut self, v: Value, f: impl FnOnce(&mut List) -> R) -> Option<R> {
        if v.tag() != Tag::List {
            return None;
        }
        // SAFETY: as in `items_mut`; `f` cannot reach the heap.
        let list = unsafe { &mut *Self::payload::<List>(v) };
        let before = list.capacity();
        let r = f(list);
        let after = list.capacity();
        self.account(before * size_of::<Value>(), after * size_of::<Value>());
        Some(r)
    }

    /// Appends to a list; false when `v` is no list.
    #[inline]
    pub fn push(&mut self, v: Value, item: Value) -> bool {
        self.update_list(v, |l| l.push(item)).is_some()
    }

    /// Appends to a list whose buffer has room; false (and nothing happens) otherwise.
    #[inline(always)]
    pub fn push_in_place(&mut self, v: Value, item: Value) -> bool {
        if v.tag() != Tag::List {
            return false;
        }
        // SAFETY: as in `items_mut`.
        let list = unsafe { &mut *Self::payload::<List>(v) };
        let room = list.len() < list.capacity();
        if room {
            // SAFETY: there is room behind the last element.
            unsafe {
                list.as_mut_ptr().add(list.len()).write(item);
                list.set_len(list.len() + 1);
            }
        }
        room
    }

    // ---- maps

    /// A new map.
    pub fn map(&mut self, map: Map) -> Value {
        self.bytes += map.extra_bytes();
        let v = self.raw(Tag::Map, map);
        self.numbered(v)
    }

    /// Content of a map.
    #[inline(always)]
    #[must_use]
    pub fn entries(&self, v: Value) -> Option<&Map> {
        // SAFETY: tag `Map` means payload `Map` (H1, H2); shared borrow of the heap.
        (v.tag() == Tag::Map).then(|| unsafe { &*Self::payload::<Map>(v) })
    }

    /// Content of a map for changes that do not change its size.
    #[inline(always)]
    pub(crate) fn entries_mut(&mut self, v: Value) -> Option<&mut Map> {
        // SAFETY: as in `entries`, with exclusive borrow (H4).
        (v.tag() == Tag::Map).then(|| unsafe { &mut *Self::payload::<Map>(v) })
    }

    /// Changes a map; keeps the accounts.
    pub fn update_map<R>(&mut self, v: Value, f: impl FnOnce(&mut Map) -> R) -> Option<R> {
        if v.tag() != Tag::Map {
            return None;
        }
        // SAFETY: as in `entries`, with exclusive borrow (H4); `f` cannot reach the heap.
        let map = unsafe { &mut *Self::payload::<Map>(v) };
        let before = map.extra_bytes();
        let r = f(map);
        let after = map.extra_bytes();
        self.account(before, after);
        Some(r)
    }

    /// Whether `v` is a map that has the key.
    #[inline]
    #[must_use]
    pub fn has_key(&self, v: Value, key: Value) -> bool {
        self.entries(v).is_some_and(|map| map.contains(self.key(key)))
    }

    /// The key for lookups and insertion in maps.
    #[inline]
    #[must_use]
    pub fn key(&self, v: Value) -> Key {
        Key { value: v, hash: hash_of(v) }
    }

    // ---- records and closures

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
    unsafe fn slots_head(v: Value) -> *mut Slots {
        // SAFETY: such cells carry `Slots` right behind the header (H1).
        unsafe { (v.bits() as usize as *mut u8).add(size_of::<Header>()).cast() }
    }

    /// # Safety
    /// `v` is a live record or closure.
    #[inline(always)]
    unsafe fn slots_data(v: Value) -> *mut Value {
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
    fn has_grown(&self, v: Value) -> bool {
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

    // ---- cells of captured variables

    /// A new cell.
    pub fn new_cell(&mut self, content: Value) -> Value {
        self.raw(Tag::Cell, content)
    }

    /// Content of a cell.
    #[must_use]
    pub fn cell_get(&self, v: Value) -> Option<Value> {
        // SAFETY: tag `Cell` means payload `Value` (H1, H2).
        (v.tag() == Tag::Cell).then(|| unsafe { *Self::payload::<Value>(v) })
    }

    /// Assigns a cell; false when `v` is none.
    pub fn cell_set(&mut self, v: Value, content: Value) -> bool {
        if v.tag() == Tag::Cell {
            // SAFETY: tag `Cell` means payload `Value` (H1, H2); exclusive borrow.
            unsafe { *Self::payload::<Value>(v) = content };
        }
        v.tag() == Tag::Cell
    }

    // ---- foreign objects

    /// A new foreign object.
    pub fn foreign(&mut self, object: Box<dyn Foreign>) -> Value {
        self.bytes += object.extra_bytes() + 64;
        self.raw(Tag::Foreign, object)
    }

    /// A foreign object.
    #[must_use]
    pub fn foreign_ref(&self, v: Value) -> Option<&dyn Foreign> {
        // SAFETY: tag `Foreign` means payload `Box<dyn Foreign>` (H1, H2); shared borrow.
        (v.tag() == Tag::Foreign).then(|| unsafe { &**Self::payload::<Box<dyn Foreign>>(v) })
    }

    /// A foreign object, for changes.
    pub fn foreign_mut(&mut self, v: Value) -> Option<&mut dyn Foreign> {
        // SAFETY: as in `foreign_ref`, with exclusive borrow (H4).
        (v.tag() == Tag::Foreign).then(|| unsafe { &mut **Self::payload::<Box<dyn Foreign>>(v) })
    }

    /// A foreign object of type `T`.
    #[must_use]
    pub fn foreign_as<T: Foreign>(&self, v: Value) -> Option<&T> {
        self.foreign_ref(v)?.as_any().downcast_ref()
    }

    /// A foreign object of type `T`, for changes.
    pub fn foreign_as_mut<T: Foreign>(&mut self, v: Value) -> Option<&mut T> {
        self.foreign_mut(v)?.as_any_mut().downcast_mut()
    }

    /// A new fiber.
    pub fn fiber(&mut self, fiber: Fiber) -> Value {
        let v = self.foreign(Box::new(fiber));
        // SAFETY: the cell was just allocated (H4).
        unsafe { (*Self::header(v)).flags |= FLAG_FIBER };
        v
    }

    /// What [`Heap::fiber`] made.
    #[inline(always)]
    pub fn fiber_mut(&mut self, v: Value) -> Option<&mut Fiber> {
        // SAFETY: a foreign object's cell has a header and a box (H1, H2), whose object is a `Fiber` if the flag says
        // so: only `fiber` sets it, and foreign objects are never exchanged; exclusive borrow (H4).
        unsafe {
            if v.tag() != Tag::Foreign || (*Self::header(v)).flags & FLAG_FIBER == 0 {
                return None;
            }
            let object: *mut dyn Foreign = &raw mut **Self::payload::<Box<dyn Foreign>>(v);
            Some(&mut *object.cast::<Fiber>())
        }
    }

    // ---- copy on write

    /// Marks a container of value semantics as having a second holder.
    #[inline(always)]
    pub fn share(&mut self, v: Value) {
        if matches!(v.tag(), Tag::List | Tag::Map | Tag::Record | Tag::Foreign) {
            // SAFETY: a live cell (H2); exclusive borrow.
            unsafe { (*Self::header(v)).flags |= FLAG_SHARED };
        }
    }

    /// Whether somebody else may hold the container, so that it must be copied before a change.
    #[inline(always)]
    #[must_use]
    pub fn is_shared(&self, v: Value) -> bool {
        // SAFETY: heap values refer to live cells (H2); shared borrow.
        unsafe { Self::is_shared_cell(v) }
    }

    /// As [`Heap::is_shared`], without a borrow.
    ///
    /// # Safety
    /// If `v` is a heap value, its cell is live and nobody changes it now.
    #[inline(always)]
    #[must_use]
    pub unsafe fn is_shared_cell(v: Value) -> bool {
        // SAFETY: by the caller's promise.
        v.tag().is_heap() && unsafe { (*Self::header(v)).flags & FLAG_SHARED != 0 }
    }

    /// A container that nobody else holds: `v` itself, or a shallow copy whose parts now have two holders.
    #[inline]
    pub fn unshare(&mut self, v: Value) -> Value {
        if self.is_shared(v) { self.copy_container(v) } else { v }
    }

    /// A shallow copy of a container (list, map, record, copyable foreign object); `v` itself otherwise.
    pub fn copy_container(&mut self, v: Value) -> Value {
        match v.tag() {
            Tag::List => {
                let items = self.items(v).cloned().unwrap_or_default();
                for &i in &items {
                    self.share(i);
                }
                self.list(items)
            }
            Tag::Map => {
                let map = self.entries(v).cloned().unwrap_or_default();
                for (_, value) in map.iter() {
                    self.share(value);
                }
                self.map(map)
            }
            Tag::Record => {
                let (Some(shape), Some(fields)) = (self.shape_of(v), self.fields(v).map(<[Value]>::to_vec)) else {
                    return v;
                };
                for &f in &fields {
                    self.share(f);
                }
                let grown = self.has_grown(v);
                let copy = self.record(shape, if grown { &[] } else { &fields });
                if grown {
                    // The copy keeps the layout of grown records.
                    let list = self.raw(Tag::List, fields);
                    // SAFETY: the fresh record's cell has room for one value (see `slots`).
                    unsafe {
                        (*Self::header(copy)).flags |= FLAG_GROWN;
                        (*Self::slots_head(copy)).len = 1;
                        *Self::slots_data(copy) = list;
                    }
                }
                copy
            }
            Tag::Foreign => {
                let Some(copy) = self.foreign_ref(v).and_then(Foreign::copy) else { return v };
                let mut parts = Vec::new();
                copy.trace(&mut Tracer { visit: &mut |p| parts.push(p) });
                for p in parts {
                    self.share(p);
                }
                self.foreign(copy)
            }
            _ => v,
        }
    }

    // ---- collection

    /// Frees every cell that cannot be reached from the values that `roots` reports.
    ///
    /// # Safety
    /// Every value that will be used afterwards is reported, or reachable from a reported one.
    pub unsafe fn collect(&mut self, roots: impl FnOnce(&mut Tracer<'_>)) {
        let mut marker = Marker { stack: core::mem::take(&mut self.stack), owned: 0 };
        for &v in &self.ascii {
            marker.mark(v);
        }
        roots(&mut Tracer { visit: &mut |v| marker.mark(v) });
        while let Some(v) = marker.stack.pop() {
            self.scan(v, &mut marker);
        }
        self.stack = marker.stack;
        let cells = self.sweep();
        self.bytes = cells + marker.owned;
        let next = (self.bytes * 2 + MIN_THRESHOLD).min(self.limit.max(self.bytes + self.bytes / 8));
        self.threshold = if self.stress { 0 } else { next };
        self.stats.collections += 1;
    }

    /// Marks what a cell refers to and counts the bytes that it owns outside its cell.
    fn scan(&self, v: Value, marker: &mut Marker) {
        match v.tag() {
            Tag::List => {
                let Some(items) = self.items(v) else { return };
                for &i in items {
                    marker.mark(i);
                }
                marker.owned += items.capacity() * size_of::<Value>();
            }
            Tag::Map => {
                let Some(map) = self.entries(v) else { return };
                for (k, i) in map.iter() {
                    marker.mark(k);
                    marker.mark(i);
                }
                marker.owned += map.extra_bytes();
            }
            Tag::Record | Tag::Closure => {
                // SAFETY: a live record or closure (H1, H2).
                let values =
                    unsafe { core::slice::from_raw_parts(Self::slots_data(v), (*Self::slots_head(v)).len as usize) };
                for &i in values {
                    marker.mark(i);
                }
            }
            Tag::Cell => {
                if let Some(content) = self.cell_get(v) {
                    marker.mark(content);
                }
            }
            Tag::Foreign => {
                let Some(object) = self.foreign_ref(v) else { return };
                object.trace(&mut Tracer { visit: &mut |p| marker.mark(p) });
                marker.owned += object.extra_bytes() + 64;
            }
            // Strings refer to nothing (see `Marker::mark`); the others are no cells.
            Tag::Str | Tag::Int | Tag::Float | Tag::Nil | Tag::Bool | Tag::Unset | Tag::Func | Tag::Native => {}
        }
    }

    /// Frees unmarked cells, clears the marks; returns the bytes of the cells that stay.
    fn sweep(&mut self) -> usize {
        let mut live = 0;
        let mut freed = 0;
        for (i, class) in self.classes.iter_mut().enumerate() {
            let cell = (i + 1) * STEP;
            let mut runs: *mut FreeRun = ptr::null_mut();
            for block in &class.blocks {
                let mut run: *mut FreeRun = ptr::null_mut();
                let mut at = 0;
                while at + cell <= BLOCK {
                    // SAFETY: `at + cell <= BLOCK`; every cell of a block has a header, zero before its first use,
                    // and is large enough for a `FreeRun`, since none is smaller than a record without fields.
                    unsafe {
                        let header = block.as_ptr().add(at).cast::<Header>();
                        at += cell;
                        if (*header).marked {
                            (*header).marked = false;
                            live += cell;
                            run = ptr::null_mut();
                            continue;
                        }
                        if (*header).kind != FREE {
                            drop_payload(header);
                            (*header).kind = FREE;
                            freed += 1;
                        }
                        if run.is_null() {
                            run = header.cast();
                            (*run).next = runs;
                            runs = run;
                        }
                        (*run).end = block.as_ptr().add(at);
                    }
                }
            }
            (class.cursor, class.end, class.runs) = (ptr::null_mut(), ptr::null_mut(), runs);
        }
        self.large.retain(|&header| {
            // SAFETY: large cells stay valid until they are freed right here.
            unsafe {
                let header = header.as_ptr();
                let size = large_size(header);
                if (*header).marked {
                    (*header).marked = false;
                    live += size;
                    return true;
                }
                drop_payload(header);
                dealloc(header.cast(), large_layout(size));
            }
            freed += 1;
            false
        });
        self.stats.freed += freed;
        live
    }
}

impl Drop for Heap {
    fn drop(&mut self) {
        // Nothing is marked between collections: everything is freed.
        self.sweep();
        for class in &self.classes {
            for block in &class.blocks {
                // SAFETY: allocated with the same layout, and no cell of it is used any more.
                unsafe { dealloc(block.as_ptr(), block_layout()) };
            }
        }
    }
}

/// State of a collection.
struct Marker {
    /// Marked cells whose content is not marked yet.
    stack: Vec<Value>,
    /// Bytes that marked cells own outside themselves.
    owned: usize,
}

impl Marker {
    #[inline(always)]
    fn mark(&mut self, v: Value) {
        if !v.tag().is_heap() {
            return;
        }
        // SAFETY: a live cell (H2), of the kind that the tag says (H1); the collector holds the heap exclusively.
        unsafe {
            let header = Heap::header(v);
            if (*header).marked {
                return;
            }
            (*header).marked = true;
            if v.tag() == Tag::Str {
                self.owned += (*Heap::payload::<Str>(v)).extra_bytes();
            } else {
                self.stack.push(v);
            }
        }
    }
}

/// # Safety
/// `header` is the header of a cell that is not free and will not be used again.
unsafe fn drop_payload(header: *mut Header) {
    // SAFETY: the kind names the payload type (H1).
    unsafe {
        match (*header).kind {
            k if k == Tag::Str as u8 => ptr::drop_in_place(ptr::addr_of_mut!((*header.cast::<Cell<Str>>()).payload)),
            k if k == Tag::List as u8 => ptr::drop_in_place(ptr::addr_of_mut!((*header.cast::<Cell<List>>()).payload)),
            k if k == Tag::Map as u8 => ptr::drop_in_place(ptr::addr_of_mut!((*header.cast::<Cell<Map>>()).payload)),
            k if k == Tag::Foreign as u8 => {
                ptr::drop_in_place(ptr::addr_of_mut!((*header.cast::<Cell<Box<dyn Foreign>>>()).payload));
            }
            // Records, closures and cells own nothing outside themselves.
            _ => {}
        }
    }
}

/// # Safety
/// `header` is the header of a live large cell: only records and closures get that large.
unsafe fn large_size(header: *mut Header) -> usize {
    // SAFETY: such cells carry `Slots` behind the header (H1).
    unsafe {
        SLOTS_AT + (*header.cast::<u8>().add(size_of::<Header>()).cast::<Slots>()).len as usize * size_of::<Value>()
    }
}

fn block_layout() -> Layout {
    Layout::from_size_align(BLOCK, 16).expect("a power of two that fits")
}

fn large_layout(size: usize) -> Layout {
    Layout::from_size_align(size, 16).expect("cells are far smaller than the address space")
}

fn zeroed(layout: Layout) -> ptr::NonNull<u8> {
    // SAFETY: the layout's size is not zero.
    ptr::NonNull::new(unsafe { alloc_zeroed(layout) }).unwrap_or_else(|| handle_alloc_error(layout))
}

/// Hash of a value as a key. Takes only values whose cells are live.
#[inline]
pub(crate) fn hash_of(v: Value) -> u32 {
    if v.tag() != Tag::Str {
        return mix(v.bits() ^ (v.tag() as u64) << 56);
    }
    // SAFETY: a live string cell (H1, H2), only read here.
    unsafe { (*Heap::payload::<Str>(v)).hash() }
}

/// Content equality of two live string cells.
#[inline]
pub(crate) fn str_cells_equal(a: Value, b: Value) -> bool {
    debug_assert!(a.tag() == Tag::Str && b.tag() == Tag::Str);
    // SAFETY: both are live string cells (H1, H2), only read here.
    unsafe { (*Heap::payload::<Str>(a)).same(&*Heap::payload::<Str>(b)) }
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use super::*;

    fn collect(heap: &mut Heap, roots: &[Value]) {
        // SAFETY: the tests use only what they list.
        unsafe { heap.collect(|t| t.values(roots)) };
    }

    #[test]
    fn keeps_what_is_reachable_and_frees_the_rest() {
        let mut heap = Heap::new(1 << 30);
        let text = heap.str("a text that is longer than the inline limit");
        let inner = heap.list(vec![text]);
        let mut map = Map::default();
        let k = heap.str("k");
        map.insert(heap.key(k), inner);
        let map = heap.map(map);
        for i in 0..10_000 {
            let junk = heap.list(vec![Value::int(i)]);
            heap.closure(FuncId(0), &[junk]);
        }
        collect(&mut heap, &[map]);
        assert_eq!(heap.stats().freed, 20_000);
        let k2 = heap.str("k");
        let found = heap.entries(map).and_then(|m| m.get(heap.key(k2))).expect("present");
        assert_eq!(
            heap.text(heap.items(found).expect("a list")[0]),
            Some("a text that is longer than the inline limit")
        );
    }

    #[test]
    fn frees_cycles_and_reuses_cells() {
        let mut heap = Heap::new(1 << 30);
        for _ in 0..3 {
            for _ in 0..1000 {
                let a = heap.list(vec![]);
                let b = heap.list(vec![a]);
                heap.push(a, b);
            }
            collect(&mut heap, &[]);
        }
        assert_eq!(heap.stats().freed, 6000);
        assert_eq!(heap.bytes(), 0);
    }

    #[test]
    fn frees_large_cells() {
        let mut heap = Heap::new(1 << 30);
        let fields = vec![Value::NIL; 100];
        let keep = heap.record(ShapeId(0), &fields);
        heap.record(ShapeId(0), &fields);
        collect(&mut heap, &[keep]);
        assert_eq!((heap.stats().freed, heap.fields(keep).map(<[Value]>::len)), (1, Some(100)));
    }

    #[test]
    fn appends_in_place_and_keeps_older_views() {
        let mut heap = Heap::new(1 << 30);
        let mut s = heap.str("");
        let mut old = Vec::new();
        for i in 0..200 {
            let c = heap.str(if i % 2 == 0 { "a" } else { "b" });
            s = heap.concat(s, c);
            old.push(s);
        }
        for (i, &v) in old.iter().enumerate() {
            assert_eq!(heap.text(v).map(str::len), Some(i + 1));
        }
        let branch = heap.append(old[49], "X");
        assert_eq!(heap.text(branch).map(|t| (t.len(), t.ends_with("bX"))), Some((51, true)));
        let doubled = heap.concat(s, s);
        assert_eq!(heap.text(doubled).map(str::len), Some(400));
        assert_eq!(heap.text(s).map(str::len), Some(200));
    }

    #[test]
    fn copies_only_shared_containers() {
        let mut heap = Heap::new(1 << 30);
        let inner = heap.list(vec![]);
        let a = heap.list(vec![inner]);
        assert!(heap.unshare(a).is_identical(a));
        heap.share(a);
        let b = heap.unshare(a);
        assert!(!b.is_identical(a) && heap.is_shared(inner) && !heap.is_shared(b));
    }

    #[test]
    fn map_keeps_order_through_removals() {
        let mut heap = Heap::new(1 << 30);
        let mut map = Map::default();
        let key = |heap: &mut Heap, i: i64| {
            let v = heap.string(alloc::format!("key{i}"));
            heap.key(v)
        };
        for i in 0..100 {
            map.insert(key(&mut heap, i), Value::int(i));
        }
        for i in (0..100).filter(|i| i % 3 != 0) {
            assert!(map.remove(key(&mut heap, i)).is_some());
        }
        assert_eq!(map.len(), 34);
        assert!(map.iter().map(|(_, v)| v.as_int().unwrap_or(-1)).eq((0..100).filter(|i| i % 3 == 0)));
        assert!(map.get(key(&mut heap, 33)).is_some() && map.get(key(&mut heap, 34)).is_none());
    }
}
