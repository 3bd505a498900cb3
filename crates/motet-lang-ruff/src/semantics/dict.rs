//! Dictionaries: keys are strings, or ints that stand for their decimal text.
//!
//! Invariant: no dictionary made by Ruff holds a text key and an int key that
//! spell the same.

use alloc::{
    format,
    string::{String, ToString},
    vec::Vec,
};
use core::cmp::Ordering;

use motet_runtime::{Map, Runtime, Tag, Value};

/// Text of a key.
#[must_use]
pub fn key_text(rt: &Runtime, key: Value) -> String {
    match (rt.heap.text(key), key.as_int()) {
        (Some(text), _) => String::from(text),
        (None, Some(i)) => i.to_string(),
        (None, None) => format!("{key:?}"),
    }
}

/// The int whose decimal text this is.
fn canonical_int(text: &str) -> Option<i64> {
    let first = *text.as_bytes().first()?;
    if !(first.is_ascii_digit() || first == b'-') || text.len() > 20 {
        return None;
    }
    text.parse::<i64>().ok().filter(|i| i.to_string() == text)
}

/// The spelling under which `key` is present in the map.
#[must_use]
pub fn present(rt: &mut Runtime, map: Value, key: Value) -> Option<Value> {
    let entries = rt.heap.entries(map)?;
    if entries.contains(rt.heap.key(key)) {
        return Some(key);
    }
    let other = match rt.heap.text(key) {
        Some(text) => Value::int(canonical_int(text)?),
        None => {
            let text = key.as_int()?.to_string();
            rt.heap.string(text)
        }
    };
    rt.heap.entries(map)?.contains(rt.heap.key(other)).then_some(other)
}

/// Value of a key in either spelling.
#[must_use]
pub fn get(rt: &mut Runtime, map: Value, key: Value) -> Option<Value> {
    if let Some(v) = rt.heap.entries(map)?.get(rt.heap.key(key)) {
        return Some(v);
    }
    let key = present(rt, map, key)?;
    rt.heap.entries(map)?.get(rt.heap.key(key))
}

/// Value of a key in either spelling, without making a string: linear in the worst case.
#[must_use]
pub fn find_text(rt: &Runtime, map: &Map, key: Value) -> Option<Value> {
    if let Some(v) = map.get(rt.heap.key(key)) {
        return Some(v);
    }
    if let Some(text) = rt.heap.text(key) {
        return map.get(rt.heap.key(Value::int(canonical_int(text)?)));
    }
    let text = key.as_int()?.to_string();
    map.iter().find(|&(k, _)| rt.heap.text(k) == Some(&text)).map(|(_, v)| v)
}

/// Sets a key, in place.
pub fn set(rt: &mut Runtime, map: Value, key: Value, value: Value) {
    let key = present(rt, map, key).unwrap_or(key);
    let key = rt.heap.key(key);
    rt.heap.update_map(map, |m| m.insert(key, value));
}

/// Removes a key, in place.
pub fn remove(rt: &mut Runtime, map: Value, key: Value) -> Option<Value> {
    let key = present(rt, map, key)?;
    let key = rt.heap.key(key);
    rt.heap.update_map(map, |m| m.remove(key))?
}

/// Entries in the order of enumeration: by number if all keys are ints, else by the bytes of the key's text.
#[must_use]
pub fn sorted(rt: &Runtime, map: Value) -> Vec<(String, Value)> {
    let Some(entries) = rt.heap.entries(map) else { return Vec::new() };
    if !entries.is_empty() && entries.iter().all(|(k, _)| k.tag() == Tag::Int) {
        let mut list: Vec<(i64, Value)> = entries.iter().map(|(k, v)| (k.as_int().unwrap_or(0), v)).collect();
        list.sort_by_key(|e| e.0);
        return list.into_iter().map(|(k, v)| (k.to_string(), v)).collect();
    }
    let mut list: Vec<(String, Value)> = entries.iter().map(|(k, v)| (key_text(rt, k), v)).collect();
    list.sort_by(|a, b| if a.0 == b.0 { Ordering::Equal } else { a.0.cmp(&b.0) });
    list
}
