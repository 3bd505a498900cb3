//! Dictionaries (8.6).

use alloc::{format, vec::Vec};

use motet_runtime::{Map, NativeResult, Runtime, Tag, Value};

use super::{
    arguments::{arity, arity_between},
    fail, pair, shared_list,
};
use crate::semantics::{dict, display::text};

natives! {
    "keys" => keys;
    "values" => values;
    "items" => items;
    "has_key" => has_key, HasInt;
    "get" => get;
    "get_default" => get_default;
    "merge" => merge;
    "update" => merge;
    "invert" => invert;
}

fn keys(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    arity(args, name, 1)?;
    let keys = dict::sorted(rt, args[0]);
    super::strings(rt, keys.iter().map(|(k, _)| k.as_str()))
}

fn values(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    arity(args, name, 1)?;
    let values = dict::sorted(rt, args[0]).into_iter().map(|(_, v)| v).collect();
    shared_list(rt, values)
}

fn items(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    arity(args, name, 1)?;
    let mut out = Vec::new();
    for (k, v) in dict::sorted(rt, args[0]) {
        rt.charge(1)?;
        let key = rt.heap.string(k);
        rt.heap.share(v);
        out.push(pair(rt, key, v)?);
    }
    Ok(rt.heap.list(out))
}

fn has_key(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    arity(args, name, 2)?;
    Ok(Value::int(i64::from(dict::present(rt, args[0], args[1]).is_some())))
}

/// `contains` on a dictionary.
pub(crate) fn contains(rt: &mut Runtime, map: Value, key: Value) -> NativeResult {
    Ok(Value::bool(dict::present(rt, map, key).is_some()))
}

fn get(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    arity_between(args, name, 2, 3)?;
    if args[0].tag() != Tag::Map {
        return Ok(Value::NIL);
    }
    let found = dict::get(rt, args[0], args[1]).or(args.get(2).copied()).unwrap_or(Value::NIL);
    rt.heap.share(found);
    Ok(found)
}

fn get_default(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    if args.len() != 3 || args[0].tag() != Tag::Map {
        return fail(format!("{name}() requires 3 arguments: dict, key, default_value"));
    }
    let found = dict::get(rt, args[0], args[1]).unwrap_or(args[2]);
    rt.heap.share(found);
    Ok(found)
}

/// A dictionary that may be changed.
fn own(rt: &mut Runtime, map: Value) -> NativeResult {
    if rt.heap.is_shared(map) {
        let n = rt.heap.entries(map).map_or(0, Map::len);
        rt.reserve(n * 3 * size_of::<Value>())?;
        rt.charge(n / 4)?;
    }
    Ok(rt.heap.unshare(map))
}

fn merge(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    arity(args, name, 2)?;
    if args[0].tag() != Tag::Map || args[1].tag() != Tag::Map {
        return Ok(rt.heap.map(Map::default()));
    }
    let map = own(rt, args[0])?;
    let entries: Vec<(Value, Value)> = rt.heap.entries(args[1]).map(|m| m.iter().collect()).unwrap_or_default();
    rt.charge(entries.len())?;
    for (k, v) in entries {
        rt.heap.share(v);
        dict::set(rt, map, k, v);
    }
    Ok(map)
}

/// `remove` on a dictionary.
pub(crate) fn remove(rt: &mut Runtime, map: Value, key: Value) -> NativeResult {
    let map = own(rt, map)?;
    let removed = dict::remove(rt, map, key).unwrap_or(Value::int(0));
    pair(rt, map, removed)
}

fn invert(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    arity(args, name, 1)?;
    let out = rt.heap.map(Map::default());
    for (k, v) in dict::sorted(rt, args[0]) {
        rt.charge(1)?;
        if !matches!(v.tag(), Tag::Str | Tag::Int | Tag::Float | Tag::Bool) {
            continue;
        }
        let key = text(rt, v);
        let key = rt.heap.string(key);
        let value = rt.heap.string(k);
        dict::set(rt, out, key, value);
    }
    Ok(out)
}
