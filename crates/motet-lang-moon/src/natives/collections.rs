//! Arrays and objects.

use alloc::{format, vec, vec::Vec};
use core::cmp::Ordering;

use motet_runtime::{Control, NativeResult, Runtime, Tag, Value, ops};

use super::{any, bad_argument, clamp, int, items};

pub fn len(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let v = any(args, 0)?;
    let n = match v.tag() {
        Tag::Str => rt.heap.char_count(v),
        Tag::List => rt.heap.items(v).map_or(0, Vec::len),
        Tag::Map => rt.heap.entries(v).map_or(0, |m| m.len()),
        _ => return Err(bad_argument(0)),
    };
    Ok(Value::int(n as i64))
}

pub fn push(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let (list, item) = (any(args, 0)?, any(args, 1)?);
    if rt.heap.push(list, item) { Ok(Value::NIL) } else { Err(bad_argument(0)) }
}

pub fn pop(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let list = any(args, 0)?;
    let last = rt.heap.update_list(list, Vec::pop).ok_or_else(|| bad_argument(0))?;
    last.ok_or_else(|| Control::error("pop from empty array"))
}

/// The index, if it is at most `last`.
fn checked(index: i64, last: Option<usize>, len: usize) -> Result<usize, Control> {
    match usize::try_from(index) {
        Ok(i) if last.is_some_and(|last| i <= last) => Ok(i),
        _ => Err(Control::error(format!("index out of bounds: {index} (len={len})"))),
    }
}

pub fn insert(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let len = items(rt, args, 0)?.len();
    let at = checked(int(args, 1)?, Some(len), len)?;
    let item = any(args, 2)?;
    rt.charge((len - at) / 8)?;
    rt.heap.update_list(any(args, 0)?, |l| l.insert(at, item));
    Ok(Value::NIL)
}

pub fn remove_at(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let len = items(rt, args, 0)?.len();
    let at = checked(int(args, 1)?, len.checked_sub(1), len)?;
    rt.charge((len - at) / 8)?;
    rt.heap.update_list(any(args, 0)?, |l| l.remove(at)).ok_or_else(|| bad_argument(0))
}

pub fn array(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let Ok(n) = usize::try_from(int(args, 0)?) else {
        return Err(Control::error("array length must be >= 0"));
    };
    let item = any(args, 1)?;
    rt.reserve(n.saturating_mul(size_of::<Value>()))?;
    Ok(rt.heap.list(vec![item; n]))
}

pub fn copy(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let v = any(args, 0)?;
    if let Some(list) = rt.heap.items(v) {
        let list = list.clone();
        rt.reserve(list.len() * size_of::<Value>())?;
        return Ok(rt.heap.list(list));
    }
    let map = rt.heap.entries(v).ok_or_else(|| bad_argument(0))?.clone();
    rt.reserve(map.extra_bytes())?;
    Ok(rt.heap.map(map))
}

pub fn slice(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let list = items(rt, args, 0)?;
    let (from, to) = clamp(int(args, 1)?, int(args, 2)?, list.len());
    let part = list.get(from..to).unwrap_or(&[]).to_vec();
    rt.reserve(part.len() * size_of::<Value>())?;
    Ok(rt.heap.list(part))
}

pub fn concat(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let total = items(rt, args, 0)?.len() + items(rt, args, 1)?.len();
    rt.reserve(total * size_of::<Value>())?;
    let mut list = items(rt, args, 0)?.to_vec();
    list.extend_from_slice(items(rt, args, 1)?);
    Ok(rt.heap.list(list))
}

pub fn reverse(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    rt.charge(items(rt, args, 0)?.len() / 8)?;
    rt.heap.items_mut(any(args, 0)?).ok_or_else(|| bad_argument(0))?.reverse();
    Ok(Value::NIL)
}

pub fn sort(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let mut sorted = items(rt, args, 0)?.to_vec();
    rt.charge(sorted.len())?;
    let heap = &rt.heap;
    sorted.sort_by(|&a, &b| match (a.as_int(), b.as_int(), a.as_float(), b.as_float()) {
        (Some(a), Some(b), _, _) => a.cmp(&b),
        (_, _, Some(a), Some(b)) => a.total_cmp(&b),
        _ => match (heap.text(a), heap.text(b)) {
            (Some(a), Some(b)) => a.cmp(b),
            _ => Ordering::Equal,
        },
    });
    if let Some(list) = rt.heap.items_mut(any(args, 0)?) {
        list.copy_from_slice(&sorted);
    }
    Ok(Value::NIL)
}

pub fn index_of(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let item = any(args, 1)?;
    let list = items(rt, args, 0)?;
    let at = list.iter().position(|&v| ops::same(&rt.heap, v, item));
    let work = list.len() / 8;
    rt.charge(work)?;
    Ok(Value::int(at.map_or(-1, |i| i as i64)))
}

pub fn has(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let key = rt.heap.key(any(args, 1)?);
    let map = rt.heap.entries(any(args, 0)?).ok_or_else(|| bad_argument(0))?;
    Ok(Value::bool(map.contains(key)))
}

pub fn get(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let key = rt.heap.key(any(args, 1)?);
    let map = rt.heap.entries(any(args, 0)?).ok_or_else(|| bad_argument(0))?;
    Ok(map.get(key).unwrap_or(Value::NIL))
}

pub fn del(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let key = rt.heap.key(any(args, 1)?);
    let removed = rt.heap.update_map(any(args, 0)?, |m| m.remove(key)).ok_or_else(|| bad_argument(0))?;
    Ok(Value::bool(removed.is_some()))
}

pub fn keys(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let map = rt.heap.entries(any(args, 0)?).ok_or_else(|| bad_argument(0))?;
    let keys: Vec<Value> = map.iter().map(|e| e.0).collect();
    rt.reserve(keys.len() * size_of::<Value>())?;
    Ok(rt.heap.list(keys))
}

pub fn values(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let map = rt.heap.entries(any(args, 0)?).ok_or_else(|| bad_argument(0))?;
    let values: Vec<Value> = map.iter().map(|e| e.1).collect();
    rt.reserve(values.len() * size_of::<Value>())?;
    Ok(rt.heap.list(values))
}
