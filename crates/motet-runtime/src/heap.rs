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

use alloc::{string::String, vec::Vec};
use core::{mem::size_of, ptr};

use crate::{
    Foreign, Key, List, Map, Tag, Tracer, Value,
    string::{Buffer, Str, Text, mix},
};

mod collect;
mod copy;
mod foreign;
mod records;
mod walk;

use collect::{block_layout, large_layout, zeroed};

/// Largest cell kept in a size-class block, in bytes.
const MAX_SMALL: usize = 256;
/// Size classes are multiples of this, in bytes.
const STEP: usize = 16;
/// Size of a block, in bytes.
const BLOCK: usize = 32 * 1024;
/// Heap size below which no collection starts, in bytes.
const MIN_THRESHOLD: usize = 4 * 1024 * 1024;

/// Makes room in a full list: for as many elements again. Where the machine has no memory for that, for fewer, so that the
/// program is told by the heap's limit.
#[cold]
fn reserve_doubled(list: &mut List) {
    let length = if list.is_empty() { 4 } else { list.len() };
    if [length, length / 4, length / 16 + 1].into_iter().all(|n| list.try_reserve_exact(n).is_err()) {
        list.reserve_exact(1);
    }
}

/// Kind of a free cell; fresh blocks are zero.
const FREE: u8 = 0;
const FLAG_SHARED: u8 = 1;
/// A record that outgrew its cell: slot 0 holds a list with all fields.
const FLAG_GROWN: u8 = 2;
/// A list whose length does not change.
const FLAG_FIXED: u8 = 4;
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
    /// Number of the object among lists, maps and closures, in creation order; of a foreign object, what sends know it by.
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
    /// Most bytes in use before a collection.
    pub peak: usize,
}

/// The heap of one isolate.
pub struct Heap {
    classes: [SizeClass; MAX_SMALL / STEP],
    large: Vec<ptr::NonNull<Header>>,
    /// Bytes in use: cells and what they own.
    bytes: usize,
    threshold: usize,
    /// The threshold that counts again after a look that was asked for.
    usual: Option<usize>,
    limit: usize,
    serial: u32,
    /// Number of the newest object that was asked for one.
    identities: u32,
    stress: bool,
    /// Strings of one ASCII character, by code; nil where none was made yet.
    ascii: Vec<Value>,
    stack: Vec<Value>,
    stats: HeapStats,
    /// Fibers made since the last collection, and those that were alive then.
    fiber_cells: usize,
}

// SAFETY: the heap owns its cells alone (H2), and what they hold may move: foreign objects are `Send`, and counted
// buffers of strings are counted by cells of this heap only.
#[cfg(target_has_atomic = "ptr")]
unsafe impl Send for Heap {}

impl Heap {
    /// An empty heap that may hold about `limit` bytes.
    #[must_use]
    pub fn new(limit: usize) -> Self {
        Self {
            classes: Default::default(),
            large: Vec::new(),
            bytes: 0,
            threshold: MIN_THRESHOLD.min(limit),
            usual: None,
            limit,
            serial: 0,
            identities: 0,
            stress: false,
            ascii: Vec::new(),
            stack: Vec::new(),
            stats: HeapStats::default(),
            fiber_cells: 0,
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

    /// Makes the engine look at its limits at the next safepoint.
    pub(crate) fn ask_for_look(&mut self) {
        if self.usual.is_none() {
            self.usual = Some(core::mem::replace(&mut self.threshold, 0));
        }
    }

    /// Whether the engine was asked to look at its limits; told once.
    pub fn take_look(&mut self) -> bool {
        let Some(usual) = self.usual.take() else { return false };
        // A collection has set another one meanwhile.
        if self.threshold == 0 && !self.stress {
            self.threshold = usual.min(self.limit);
        }
        true
    }

    /// Whether the next safepoint should collect.
    #[inline(always)]
    #[must_use]
    pub fn wants_collection(&self) -> bool {
        // Also true when engines were asked to look at their limits: the test costs nothing more.
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
        self.raw_with(tag, || payload)
    }

    /// As [`Heap::raw`], with a payload that is made where it is to lie: one that is put together before and then copied
    /// as a whole waits for its parts to reach the memory.
    #[inline(always)]
    fn raw_with<T>(&mut self, tag: Tag, payload: impl FnOnce() -> T) -> Value {
        let size = size_of::<Cell<T>>();
        let at = self.cell(size, tag);
        // SAFETY: `cell` returned at least `size` bytes, aligned for `Header` and 8-byte payloads,
        // that nobody else uses; the header was written by it.
        unsafe { ptr::addr_of_mut!((*at.cast::<Cell<T>>()).payload).write(payload()) };
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
        if !v.tag().is_heap() || v.tag() == Tag::Foreign {
            return 0;
        }
        // SAFETY: a live cell (H2); shared borrow.
        unsafe { (*Self::header(v)).serial }
    }

    /// A number by which programs may tell a heap object from others: the same as long as it lives, and in each run of a
    /// program the same. Lists, maps and closures have their serial number, others get one when they are first asked;
    /// foreign objects have none (0), as immediate values.
    pub fn identity(&mut self, v: Value) -> u32 {
        if !v.tag().is_heap() || v.tag() == Tag::Foreign {
            return 0;
        }
        // SAFETY: a live cell (H2); exclusive borrow (H4).
        let header = unsafe { &mut *Self::header(v) };
        if header.serial == 0 && !matches!(v.tag(), Tag::List | Tag::Map | Tag::Closure) {
            self.identities = self.identities.wrapping_add(1);
            header.serial = self.identities;
        }
        header.serial
    }

    /// Gives an object the number that it had in a saved state.
    pub fn set_identity(&mut self, v: Value, number: u32) {
        if v.tag().is_heap() && v.tag() != Tag::Foreign {
            // SAFETY: a live cell (H2); exclusive borrow (H4).
            unsafe { (*Self::header(v)).serial = number };
            self.identities = self.identities.max(number);
            self.serial = self.serial.max(number.wrapping_add(1));
        }
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

    /// A short ASCII string with its letters in one case, without a buffer in between; the string itself if they are
    /// already. `None` for other values.
    pub fn ascii_case(&mut self, v: Value, upper: bool) -> Option<Value> {
        let mut buffer = [0; 64];
        let text = self.text(v)?.as_bytes();
        let copy = buffer.get_mut(..text.len()).filter(|_| text.is_ascii())?;
        copy.copy_from_slice(text);
        if upper {
            copy.make_ascii_uppercase()
        } else {
            copy.make_ascii_lowercase()
        }
        let changed = copy != text;
        let copy = core::str::from_utf8(copy).ok()?;
        Some(if changed { self.str(copy) } else { v })
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
            _ => match left.extend(tail) {
                Some((buffer, len, grown)) => {
                    self.bytes += grown;
                    return self.view(buffer, len);
                }
                None => left.append(tail),
            },
        };
        self.bytes += grown;
        self.raw(Tag::Str, joined)
    }

    /// A new string: the first `len` bytes of a buffer.
    #[inline(never)]
    fn view(&mut self, buffer: alloc::rc::Rc<Buffer>, len: usize) -> Value {
        self.raw_with(Tag::Str, || Str::view(buffer, len))
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

    /// Content of a list.
    ///
    /// # Safety
    /// `v` is a live list. What is made of the pointer is used as a borrow of the heap would be.
    #[inline(always)]
    #[must_use]
    pub unsafe fn list_ptr(v: Value) -> *mut List {
        // SAFETY: by the caller's promise.
        unsafe { Self::payload::<List>(v) }
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

    /// Appends to a list; false when `v` is no list, or one of fixed length. A full list's capacity doubles, or becomes 4;
    /// programs may see it.
    #[inline]
    pub fn push(&mut self, v: Value, item: Value) -> bool {
        if self.is_fixed(v) {
            return false;
        }
        let push = |list: &mut List| {
            if list.len() == list.capacity() {
                reserve_doubled(list);
            }
            list.push(item);
        };
        self.update_list(v, push).is_some()
    }

    /// Gives a list the length that it has for good: nothing is appended to it any more.
    pub fn fix_length(&mut self, v: Value) {
        if v.tag() == Tag::List {
            // Without room behind the last element the fast path of appending needs no test of the flag.
            self.update_list(v, List::shrink_to_fit);
            // SAFETY: a live cell (H2); exclusive borrow.
            unsafe { (*Self::header(v)).flags |= FLAG_FIXED };
        }
    }

    /// Whether it is a list of fixed length.
    #[inline]
    #[must_use]
    pub fn is_fixed(&self, v: Value) -> bool {
        // SAFETY: a live cell (H2); shared borrow.
        v.tag() == Tag::List && unsafe { (*Self::header(v)).flags & FLAG_FIXED != 0 }
    }

    /// Appends to a list whose buffer has room; false (and nothing happens) otherwise.
    #[inline(always)]
    pub fn push_in_place(&mut self, v: Value, item: Value) -> bool {
        if v.tag() != Tag::List {
            return false;
        }
        // SAFETY: as in `items_mut`.
        let list = unsafe { &mut *Self::payload::<List>(v) };
        // A list of fixed length has none; see `fix_length`.
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

    /// Where the content of a cell lies.
    ///
    /// # Safety
    /// `v` is a live cell. What is made of the pointer is used as a borrow of the heap would be.
    #[inline(always)]
    #[must_use]
    pub unsafe fn cell_ptr(v: Value) -> *mut Value {
        // SAFETY: by the caller's promise.
        unsafe { Self::payload::<Value>(v) }
    }

    /// Assigns a cell; false when `v` is none.
    pub fn cell_set(&mut self, v: Value, content: Value) -> bool {
        if v.tag() == Tag::Cell {
            // SAFETY: tag `Cell` means payload `Value` (H1, H2); exclusive borrow.
            unsafe { *Self::payload::<Value>(v) = content };
        }
        v.tag() == Tag::Cell
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
                let copy = self.list(items);
                if self.is_fixed(v) {
                    self.fix_length(copy);
                }
                copy
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
mod tests;
