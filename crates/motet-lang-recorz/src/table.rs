//! The hash table behind Set, Bag and Dictionary: entries in insertion order, found by hash.
//!
//! The table compares nothing itself: natives compare keys of built-in kinds, library methods send `=` for the others,
//! both through [`Table::next`]. So any code may run, and change the table, between two looks.
//!
//! Invariant: `index` holds, for every entry that is there, its position under the entry's hash.

use alloc::{boxed::Box, vec::Vec};
use core::any::Any;

use hashbrown::HashTable;
use motet_runtime::{Foreign, Tracer, Value};

/// An entry.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// Hash of the key.
    pub hash: u32,
    /// The key; unset where an entry was removed.
    pub key: Value,
    /// What belongs to it.
    pub value: Value,
}

/// A table of entries in insertion order.
#[derive(Clone, Default)]
pub struct Table {
    entries: Vec<Entry>,
    index: HashTable<u32>,
    /// Whether keys are compared by identity.
    pub by_identity: bool,
}

fn spread(hash: u32) -> u64 {
    u64::from(hash).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

impl Table {
    /// Number of entries.
    #[must_use]
    pub fn len(&self) -> usize {
        self.index.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Number of places, removed entries included; positions are below it.
    #[must_use]
    pub fn places(&self) -> usize {
        self.entries.len()
    }

    /// The entry at a position.
    #[must_use]
    pub fn entry(&self, at: usize) -> Option<Entry> {
        self.entries.get(at).copied().filter(|e| !e.key.is_unset())
    }

    /// Position of the entry with this hash whose key is accepted.
    #[inline]
    pub fn find(&self, hash: u32, mut same: impl FnMut(Value) -> bool) -> Option<usize> {
        let found = self.index.find(spread(hash), |&at| {
            let entry = &self.entries[at as usize];
            entry.hash == hash && same(entry.key)
        });
        found.map(|&at| at as usize)
    }

    /// Position of the first entry with this hash at `from` or behind it.
    #[must_use]
    pub fn next(&self, hash: u32, from: usize) -> Option<usize> {
        let places = self.index.iter_hash(spread(hash)).map(|&at| at as usize);
        places.filter(|&at| at >= from && self.entries[at].hash == hash).min()
    }

    /// Adds an entry at the end.
    pub fn add(&mut self, hash: u32, key: Value, value: Value) {
        let at = self.entries.len() as u32;
        self.entries.push(Entry { hash, key, value });
        let entries = &self.entries;
        self.index.insert_unique(spread(hash), at, |&i| spread(entries[i as usize].hash));
    }

    /// Gives an entry another value.
    pub fn set(&mut self, at: usize, value: Value) {
        if let Some(entry) = self.entries.get_mut(at) {
            entry.value = value;
        }
    }

    /// Removes the entry at a position.
    pub fn remove(&mut self, at: usize) -> Option<Entry> {
        let entry = self.entry(at)?;
        if let Ok(found) = self.index.find_entry(spread(entry.hash), |&i| i as usize == at) {
            found.remove();
        }
        self.entries[at].key = Value::UNSET;
        self.entries[at].value = Value::NIL;
        while self.entries.last().is_some_and(|e| e.key.is_unset()) {
            self.entries.pop();
        }
        Some(entry)
    }

    /// Closes the gaps that removed entries left, when they are many. Positions change: only to be called when an entry
    /// is about to be added.
    pub fn compact(&mut self) {
        if self.entries.len() < 16 || self.entries.len() < self.index.len() * 2 {
            return;
        }
        self.entries.retain(|e| !e.key.is_unset());
        self.index.clear();
        for (at, entry) in self.entries.iter().enumerate() {
            let entries = &self.entries;
            self.index.insert_unique(spread(entry.hash), at as u32, |&i| spread(entries[i as usize].hash));
        }
    }

    /// The entries in order.
    pub fn iter(&self) -> impl Iterator<Item = Entry> + '_ {
        self.entries.iter().copied().filter(|e| !e.key.is_unset())
    }

    /// Removes everything.
    pub fn clear(&mut self) {
        self.entries.clear();
        self.index.clear();
    }
}

impl Foreign for Table {
    fn trace(&self, tracer: &mut Tracer<'_>) {
        for entry in self.iter() {
            tracer.value(entry.key);
            tracer.value(entry.value);
        }
    }

    fn extra_bytes(&self) -> usize {
        size_of::<Table>() + self.entries.capacity() * size_of::<Entry>() + self.index.capacity() * 5
    }

    fn copy(&self) -> Option<Box<dyn Foreign>> {
        Some(Box::new(self.clone()))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn as_any_mut(&mut self) -> &mut dyn Any {
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(table: &Table) -> Vec<i64> {
        table.iter().filter_map(|e| e.key.as_int()).collect()
    }

    #[test]
    fn entries_keep_their_order_through_removals() {
        let mut table = Table::default();
        for key in 0..40 {
            table.compact();
            table.add(key as u32 % 3, Value::int(key), Value::NIL);
        }
        for key in 0..38 {
            let at = table.find(key as u32 % 3, |k| k.as_int() == Some(key)).unwrap();
            assert!(table.remove(at).is_some());
        }
        assert_eq!((keys(&table), table.len()), (alloc::vec![38, 39], 2));
        table.compact();
        table.add(0, Value::int(7), Value::NIL);
        assert_eq!((keys(&table), table.places()), (alloc::vec![38, 39, 7], 3));
        assert_eq!(table.next(0, 0), Some(1));
        assert_eq!(table.next(0, 2), Some(2));
        assert_eq!(table.next(0, 3), None);
    }
}
