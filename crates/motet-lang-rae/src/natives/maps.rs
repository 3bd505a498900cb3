//! Tables of slots for the library's maps (section 8.4 of the reference).
//!
//! A map is a list of slots beside lists of keys and values in dense order: a
//! slot holds the number of an entry, or says that it is empty. Open
//! addressing with linear probing; the order of slots is what programs see.
//!
//! Invariant: nothing is assumed about the lists: slots with numbers of no
//! entry count as empty, and every probe ends after one turn.

use alloc::vec::Vec;

use motet_runtime::{Control, NativeResult, Runtime, Tag, Value};

use super::{any, bad_argument, growing, int, items, strings};
use crate::semantics::is_same;

/// A slot that was never used.
const EMPTY: i64 = -1;
/// A slot whose entry was removed: searches go on behind it, new entries may take it.
const REMOVED: i64 = -2;
/// Slots of a map without any, at its first entry.
const FIRST_CAP: usize = 8;
/// Probes after which an insertion looks whether removed entries are in the way.
const LONG_PROBE: usize = 64;

/// `(cap) -> slots`: that many empty slots.
pub fn slots(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let cap = usize::try_from(int(args, 0)?).unwrap_or(0);
    rt.reserve(cap.saturating_mul(size_of::<Value>()))?;
    Ok(rt.heap.list(alloc::vec![Value::int(EMPTY); cap]))
}

fn hash(rt: &Runtime, key: Value) -> Result<i64, Control> {
    match key.tag() {
        Tag::Int => Ok(key.bits() as i64),
        Tag::Str => Ok(strings::fnv(rt.heap.text(key).unwrap_or(""))),
        _ => Err(bad_argument(2)),
    }
}

/// The slot where the search for a hash begins; `cap` is not 0.
fn home(hash: i64, cap: usize) -> usize {
    (hash % cap as i64).unsigned_abs() as usize
}

/// What a search found.
struct Found {
    /// The slot of the key, or the first one that is free for it.
    slot: Option<usize>,
    /// Number of the key's entry.
    entry: Option<usize>,
    /// Slots looked at.
    probes: usize,
}

fn search(rt: &Runtime, slots: &[Value], keys: &[Value], key: Value) -> Result<Found, Control> {
    let hash = hash(rt, key)?;
    let mut found = Found { slot: None, entry: None, probes: 0 };
    if slots.is_empty() {
        return Ok(found);
    }
    let mut at = home(hash, slots.len());
    for _ in 0..slots.len() {
        found.probes += 1;
        let content = slots.get(at).and_then(|v| v.as_int()).unwrap_or(EMPTY);
        let entry = usize::try_from(content).ok().filter(|&n| n < keys.len());
        match entry {
            Some(n) if keys.get(n).is_some_and(|&k| is_same(rt, k, key)) => {
                found.slot = Some(at);
                found.entry = Some(n);
                return Ok(found);
            }
            Some(_) => {}
            None => {
                found.slot = found.slot.or(Some(at));
                if content != REMOVED {
                    return Ok(found);
                }
            }
        }
        at += 1;
        if at == slots.len() {
            at = 0;
        }
    }
    Ok(found)
}

/// `(slots, keys, key) -> Int`: number of the key's entry, -1 if there is none.
pub fn find(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let found = search(rt, items(rt, args, 0)?, items(rt, args, 1)?, any(args, 2)?)?;
    rt.charge(found.probes / 8)?;
    Ok(Value::int(found.entry.map_or(-1, |n| n as i64)))
}

/// `(slots, keys, key) -> Int`: number of the key's entry; -1 if it is new, and now the last of the keys.
pub fn place(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let (slots, keys, key) = (growing(rt, args, 0)?, growing(rt, args, 1)?, any(args, 2)?);
    let (cap, len) = (items(rt, args, 0)?.len(), items(rt, args, 1)?.len());
    if cap == 0 {
        rebuild(rt, slots, keys, FIRST_CAP)?;
    } else if len.saturating_mul(2) > cap {
        rebuild(rt, slots, keys, cap.saturating_mul(2))?;
    }
    let mut found = search(rt, items(rt, args, 0)?, items(rt, args, 1)?, key)?;
    rt.charge(found.probes / 8)?;
    if let Some(entry) = found.entry {
        return Ok(Value::int(entry as i64));
    }
    if found.probes > LONG_PROBE {
        let cap = now_len(rt, slots);
        rt.charge(cap / 8)?;
        let removed = items(rt, args, 0)?.iter().filter(|v| v.as_int() == Some(REMOVED)).count();
        if removed > cap / 4 {
            rebuild(rt, slots, keys, cap)?;
            found = search(rt, items(rt, args, 0)?, items(rt, args, 1)?, key)?;
        }
    }
    let slot = found.slot.ok_or_else(|| bad_argument(0))?;
    rt.room(len.saturating_mul(2 * size_of::<Value>()))?;
    let number = Value::int(len as i64);
    if let Some(content) = rt.heap.items_mut(slots).and_then(|l| l.get_mut(slot)) {
        *content = number;
    }
    rt.heap.push(keys, key);
    Ok(Value::int(-1))
}

fn now_len(rt: &Runtime, slots: Value) -> usize {
    rt.heap.items(slots).map_or(0, Vec::len)
}

/// Entries in the order of their slots.
fn in_order(rt: &Runtime, slots: Value, keys: Value) -> Vec<usize> {
    let len = rt.heap.items(keys).map_or(0, Vec::len);
    let numbers = rt.heap.items(slots).map_or(&[][..], Vec::as_slice).iter();
    numbers.filter_map(|v| usize::try_from(v.as_int()?).ok()).filter(|&n| n < len).collect()
}

/// Gives a map `cap` slots and inserts its entries again, in the order of the old slots.
fn rebuild(rt: &mut Runtime, slots: Value, keys: Value, cap: usize) -> Result<(), Control> {
    rt.reserve(cap.saturating_mul(size_of::<Value>()))?;
    rt.charge(now_len(rt, slots))?;
    let order = in_order(rt, slots, keys);
    let mut table = alloc::vec![Value::int(EMPTY); cap];
    for n in order.into_iter().take(cap) {
        let Some(&key) = rt.heap.items(keys).and_then(|l| l.get(n)) else { continue };
        let mut at = home(hash(rt, key)?, cap);
        // There are at most `cap` entries, so that one slot is free.
        while table.get(at).is_some_and(|v| v.as_int() != Some(EMPTY)) {
            at = if at + 1 == cap { 0 } else { at + 1 };
        }
        if let Some(slot) = table.get_mut(at) {
            *slot = Value::int(n as i64);
        }
    }
    rt.heap.update_list(slots, |l| *l = table);
    Ok(())
}

/// `(slots, keys, key) -> Int`: number of the entry that is removed, -1 for none. The last entry takes its number.
pub fn remove(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let (slots, keys, key) = (growing(rt, args, 0)?, growing(rt, args, 1)?, any(args, 2)?);
    let found = search(rt, items(rt, args, 0)?, items(rt, args, 1)?, key)?;
    rt.charge(found.probes / 8)?;
    let (Some(slot), Some(entry)) = (found.slot, found.entry) else { return Ok(Value::int(-1)) };
    let last = items(rt, args, 1)?.len() - 1;
    let moved = match items(rt, args, 1)?.last() {
        Some(&key) if last != entry => search(rt, items(rt, args, 0)?, items(rt, args, 1)?, key)?.slot,
        _ => None,
    };
    if let Some(table) = rt.heap.items_mut(slots) {
        if let Some(content) = moved.and_then(|at| table.get_mut(at)) {
            *content = Value::int(entry as i64);
        }
        if let Some(content) = table.get_mut(slot) {
            *content = Value::int(REMOVED);
        }
    }
    rt.heap.update_list(keys, |l| l.swap_remove(entry));
    Ok(Value::int(entry as i64))
}

/// `(slots, keys) -> List(Int)`: numbers of the entries in the order of their slots.
pub fn order(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let (slots, keys) = (growing(rt, args, 0)?, growing(rt, args, 1)?);
    rt.charge(items(rt, args, 0)?.len() / 8)?;
    let order = in_order(rt, slots, keys);
    rt.reserve(order.len() * size_of::<Value>())?;
    let numbers: Vec<Value> = order.into_iter().map(|n| Value::int(n as i64)).collect();
    Ok(rt.heap.list(numbers))
}
