//! Insertion-ordered maps: an entry array plus, beyond a few entries, an index.
//!
//! The index is an open-addressing table with linear probing, at most half
//! full; removal shifts the cells behind back (Knuth, vol. 3, 6.4, algorithm
//! R), so there are no tombstones. A cell is 0, or an entry's number plus one with
//! the key's hash above it: only an entry that very likely matches is looked
//! at, and entries are 32 bytes, two to a cache line.
//!
//! Invariants: a removed entry leaves a hole (key `Unset`) until the next
//! compaction, and no cell of the index refers to it; without an index there are at
//! most [`SMALL`] entries, holes included.

use alloc::vec::Vec;
use core::cell::Cell;

use crate::{Tag, Value, heap::hash_of};

/// Up to this many entries are searched linearly.
const SMALL: usize = 8;

/// A key with its hash, made by [`crate::Heap::key`]; keys are equal when tags
/// and payloads are, strings when their bytes are.
#[derive(Clone, Copy, Debug)]
pub struct Key {
    pub(crate) value: Value,
    pub(crate) hash: u32,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    key: Value,
    value: Value,
}

/// Content of a map.
#[derive(Clone, Default)]
pub struct Map {
    entries: Vec<Entry>,
    index: Vec<u64>,
    holes: usize,
    /// Where the last look-up ended: the next one is often of the same key (`has`, then read, then write).
    last: Cell<u32>,
}

impl Map {
    /// Number of entries.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len() - self.holes
    }

    /// Whether there is no entry.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Keys and values in insertion order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (Value, Value)> + '_ {
        self.entries.iter().filter(|e| !e.key.is_unset()).map(|e| (e.key, e.value))
    }

    /// The first entry at or after raw position `at`, and the raw position after it. For iteration
    /// that survives changes: removed entries are skipped, entries added later are seen.
    #[must_use]
    pub fn next_from(&self, at: usize) -> Option<(Value, Value, usize)> {
        let (i, e) = self.entries.iter().enumerate().skip(at).find(|(_, e)| !e.key.is_unset())?;
        Some((e.key, e.value, i + 1))
    }

    /// Replaces the values, in the order of [`Map::iter`].
    pub(crate) fn set_values(&mut self, values: &[Value]) {
        for (entry, value) in self.entries.iter_mut().filter(|e| !e.key.is_unset()).zip(values) {
            entry.value = *value;
        }
    }

    /// Bytes held beyond the map itself.
    #[must_use]
    pub fn extra_bytes(&self) -> usize {
        self.entries.capacity() * size_of::<Entry>() + self.index.capacity() * size_of::<u64>()
    }

    #[inline(always)]
    fn position(&self, key: Key) -> Option<usize> {
        let last = self.last.get() as usize;
        match self.entries.get(last) {
            Some(e) if e.key.is_identical(key.value) => Some(last),
            _ => self.find(key.value, key.hash),
        }
    }

    /// Takes the key's parts: a handler that handed out the address of a `Key` could not tail-call.
    #[inline(never)]
    fn find(&self, key: Value, hash: u32) -> Option<usize> {
        let found = if self.index.is_empty() { self.search(key) } else { self.probe(key, hash) };
        if let Some(i) = found {
            self.last.set(i as u32);
        }
        found
    }

    /// Linear search: by identity, then by content.
    fn search(&self, key: Value) -> Option<usize> {
        let identical = self.entries.iter().position(|e| e.key.is_identical(key));
        let same = || self.entries.iter().position(|e| same_key(e.key, key));
        identical.or_else(|| if key.tag() == Tag::Str { same() } else { None })
    }

    /// Search by the index.
    fn probe(&self, key: Value, hash: u32) -> Option<usize> {
        let mask = self.index.len() - 1;
        let mut at = hash as usize & mask;
        loop {
            let cell = self.index[at];
            let i = (cell as u32).checked_sub(1)? as usize;
            if (cell >> 32) as u32 == hash && same_key(self.entries[i].key, key) {
                return Some(i);
            }
            at = (at + 1) & mask;
        }
    }

    /// Value of a key.
    #[inline]
    #[must_use]
    pub fn get(&self, key: Key) -> Option<Value> {
        self.position(key).map(|i| self.entries[i].value)
    }

    /// Whether the key is present.
    #[inline]
    #[must_use]
    pub fn contains(&self, key: Key) -> bool {
        self.position(key).is_some()
    }

    /// Sets a key. A new key goes to the end; returns the old value of an existing one.
    pub fn insert(&mut self, key: Key, value: Value) -> Option<Value> {
        if let Some(i) = self.position(key) {
            return Some(core::mem::replace(&mut self.entries[i].value, value));
        }
        self.entries.push(Entry { key: key.value, value });
        let n = self.entries.len();
        if n > SMALL && n * 2 > self.index.len() {
            self.rebuild();
        } else if !self.index.is_empty() {
            self.link(n - 1, key.hash);
        }
        None
    }

    /// Sets a key that is present; false (and nothing happens) when it is not.
    #[inline]
    pub fn replace(&mut self, key: Key, value: Value) -> bool {
        let position = self.position(key);
        if let Some(i) = position {
            self.entries[i].value = value;
        }
        position.is_some()
    }

    /// Removes a key; the others keep their order.
    pub fn remove(&mut self, key: Key) -> Option<Value> {
        let i = self.position(key)?;
        let value = self.entries[i].value;
        if !self.index.is_empty() {
            self.unlink(i, key.hash);
        }
        if i + 1 == self.entries.len() {
            self.entries.pop();
        } else {
            self.entries[i] = Entry { key: Value::UNSET, value: Value::NIL };
            self.holes += 1;
        }
        if self.holes > 16 && self.holes * 2 > self.entries.len() || self.index.is_empty() && self.entries.len() > SMALL
        {
            self.entries.retain(|e| !e.key.is_unset());
            self.holes = 0;
            self.rebuild();
        }
        Some(value)
    }

    /// Removes everything.
    pub fn clear(&mut self) {
        *self = Map::default();
    }

    /// Applies `f` to every value in place.
    pub fn for_each_value_mut(&mut self, mut f: impl FnMut(&mut Value)) {
        for e in self.entries.iter_mut().filter(|e| !e.key.is_unset()) {
            f(&mut e.value);
        }
    }

    /// Makes the index anew, or drops it when there are few entries.
    fn rebuild(&mut self) {
        self.index.clear();
        let n = self.entries.len();
        if n <= SMALL {
            return;
        }
        self.index.resize((n * 2 + 1).next_power_of_two(), 0);
        for i in 0..n {
            let key = self.entries[i].key;
            if !key.is_unset() {
                self.link(i, hash_of(key));
            }
        }
    }

    /// Enters an entry into the index, which has room.
    fn link(&mut self, i: usize, hash: u32) {
        let mask = self.index.len() - 1;
        let mut at = hash as usize & mask;
        while self.index[at] != 0 {
            at = (at + 1) & mask;
        }
        self.index[at] = (i as u64 + 1) | u64::from(hash) << 32;
    }

    /// Takes an entry out of the index.
    fn unlink(&mut self, i: usize, hash: u32) {
        let mask = self.index.len() - 1;
        let mut gap = hash as usize & mask;
        while self.index[gap] as u32 != i as u32 + 1 {
            gap = (gap + 1) & mask;
        }
        let mut at = gap;
        loop {
            at = (at + 1) & mask;
            let cell = self.index[at];
            if cell == 0 {
                break;
            }
            // It may move into the gap if its home does not lie behind it.
            let home = (cell >> 32) as usize & mask;
            if at.wrapping_sub(home) & mask >= at.wrapping_sub(gap) & mask {
                self.index[gap] = cell;
                gap = at;
            }
        }
        self.index[gap] = 0;
    }
}

/// Key equality: tag and payload, strings by content.
#[inline(always)]
fn same_key(a: Value, b: Value) -> bool {
    a.is_identical(b) || a.tag() == Tag::Str && b.tag() == Tag::Str && crate::heap::str_cells_equal(a, b)
}
