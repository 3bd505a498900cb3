//! Insertion-ordered maps: an entry array plus, beyond a few entries, an index.
//!
//! Invariants: a removed entry leaves a hole (key `Unset`) until the next
//! compaction; `index` is empty exactly while there are at most
//! [`SMALL`] entries, holes included; every stored hash is that of its key.

use alloc::vec::Vec;

use hashbrown::HashTable;

use crate::{Tag, Value, symbols::spread};

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
    hash: u32,
}

/// Content of a map.
#[derive(Clone, Default)]
pub struct Map {
    entries: Vec<Entry>,
    index: HashTable<u32>,
    holes: usize,
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

    /// Bytes held beyond the map itself.
    #[must_use]
    pub fn extra_bytes(&self) -> usize {
        self.entries.capacity() * size_of::<Entry>() + self.index.capacity() * 5
    }

    #[inline]
    fn position(&self, key: Key) -> Option<usize> {
        let matches = |e: &Entry| e.hash == key.hash && same_key(e.key, key.value);
        if self.entries.len() <= SMALL {
            return self.entries.iter().position(matches);
        }
        let entries = &self.entries;
        self.index.find(spread(u64::from(key.hash)), |&i| matches(&entries[i as usize])).map(|&i| i as usize)
    }

    /// Value of a key.
    #[must_use]
    pub fn get(&self, key: Key) -> Option<Value> {
        self.position(key).map(|i| self.entries[i].value)
    }

    /// Whether the key is present.
    #[must_use]
    pub fn contains(&self, key: Key) -> bool {
        self.position(key).is_some()
    }

    /// Sets a key. A new key goes to the end; returns the old value of an existing one.
    pub fn insert(&mut self, key: Key, value: Value) -> Option<Value> {
        if let Some(i) = self.position(key) {
            return Some(core::mem::replace(&mut self.entries[i].value, value));
        }
        let i = self.entries.len() as u32;
        self.entries.push(Entry { key: key.value, value, hash: key.hash });
        if !self.index.is_empty() {
            let entries = &self.entries;
            self.index.insert_unique(spread(u64::from(key.hash)), i, |&i| spread(u64::from(entries[i as usize].hash)));
        } else if self.entries.len() > SMALL {
            self.rebuild();
        }
        None
    }

    /// Sets a key that is present; false (and nothing happens) when it is not.
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
        if !self.index.is_empty()
            && let Ok(entry) = self.index.find_entry(spread(u64::from(key.hash)), |&j| j as usize == i)
        {
            entry.remove();
        }
        if i + 1 == self.entries.len() {
            self.entries.pop();
        } else {
            self.entries[i] = Entry { key: Value::UNSET, value: Value::NIL, hash: 0 };
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

    fn rebuild(&mut self) {
        self.index.clear();
        if self.entries.len() <= SMALL {
            return;
        }
        let entries = &self.entries;
        let hash_of = |&i: &u32| spread(u64::from(entries[i as usize].hash));
        self.index.reserve(entries.len(), hash_of);
        for (i, e) in entries.iter().enumerate().filter(|(_, e)| !e.key.is_unset()) {
            self.index.insert_unique(spread(u64::from(e.hash)), i as u32, hash_of);
        }
    }
}

/// Key equality: tag and payload, strings by content. Hashes were found equal before.
fn same_key(a: Value, b: Value) -> bool {
    a.is_identical(b) || a.tag() == Tag::Str && b.tag() == Tag::Str && crate::heap::str_cells_equal(a, b)
}
