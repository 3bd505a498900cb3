//! Arrays: changes, search, order (8.5), and `len`.

use alloc::{format, vec::Vec};
use core::cmp::Ordering;

use motet_runtime::{Control, Map, NativeResult, Runtime, Tag, Value};

use super::{
    arguments::{arity, arity_agreeing, int, list},
    dicts, fail, pair, shared_list,
};
use crate::semantics::{
    bytes_of,
    equality::equal,
    kind,
    objects::{Queue, Set, Stack},
};

natives! {
    "len" => len, Len;
    "push" => push, Append;
    "append" => push, Append;
    "pop" => pop;
    "insert" => insert;
    "remove" => remove;
    "remove_at" => remove_at;
    "concat" => concat;
    "reverse" => reverse;
    "clear" => clear;
    "sort" => sort;
    "unique" => unique;
}

/// Message of `len` for values without a length.
pub(crate) const LEN_MESSAGE: &str = "len() requires an array, dict, bytes, set, queue, stack, or string";

fn len(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    arity(args, name, 1)?;
    let v = args[0];
    let n = match v.tag() {
        Tag::Str => Some(rt.heap.char_count(v)),
        Tag::List => rt.heap.items(v).map(Vec::len),
        Tag::Map => rt.heap.entries(v).map(Map::len),
        Tag::Foreign => {
            let set = rt.heap.foreign_as::<Set>(v).map(|s| s.items.len());
            let queue = || rt.heap.foreign_as::<Queue>(v).map(|q| q.0.len());
            let stack = || rt.heap.foreign_as::<Stack>(v).map(|s| s.0.len());
            set.or_else(queue).or_else(stack).or_else(|| bytes_of(rt, v).map(<[u8]>::len))
        }
        _ => None,
    };
    n.map_or_else(|| fail(LEN_MESSAGE), |n| Ok(Value::int(n as i64)))
}

/// The first argument, an array that may be changed.
fn own(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    let v = list(args, 0, name)?;
    if rt.heap.is_shared(v) {
        let n = rt.heap.items(v).map_or(0, Vec::len);
        rt.reserve(n * size_of::<Value>())?;
        rt.charge(n / 8)?;
    }
    Ok(rt.heap.unshare(v))
}

fn push(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    arity_agreeing(args, name, 2)?;
    let v = own(rt, args, name)?;
    rt.heap.share(args[1]);
    rt.heap.push(v, args[1]);
    Ok(v)
}

fn pop(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    arity_agreeing(args, name, 1)?;
    let v = own(rt, args, name)?;
    let last = rt.heap.update_list(v, Vec::pop).flatten().unwrap_or(Value::int(0));
    pair(rt, v, last)
}

fn insert(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    arity_agreeing(args, name, 3)?;
    let v = list(args, 0, name)?;
    let at = int(args, 1, name)?;
    let n = rt.heap.items(v).map_or(0, Vec::len);
    let Some(at) = usize::try_from(at).ok().filter(|&at| at <= n) else {
        return fail(format!("{name}() index {at} out of bounds for array of length {n}"));
    };
    let v = own(rt, args, name)?;
    rt.charge((n - at) / 64)?;
    rt.heap.share(args[2]);
    rt.heap.update_list(v, |l| l.insert(at, args[2]));
    Ok(v)
}

fn remove(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    arity_agreeing(args, name, 2)?;
    if args[0].tag() == Tag::Map {
        return dicts::remove(rt, args[0], args[1]);
    }
    let v = own(rt, args, name)?;
    if let Some(at) = find(rt, v, args[1])? {
        rt.heap.update_list(v, |l| l.remove(at));
    }
    Ok(v)
}

fn remove_at(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    arity_agreeing(args, name, 2)?;
    let v = list(args, 0, name)?;
    let at = int(args, 1, name)?;
    let n = rt.heap.items(v).map_or(0, Vec::len);
    let Some(at) = usize::try_from(at).ok().filter(|&at| at < n) else {
        return fail(format!("{name}() index {at} out of bounds for array of length {n}"));
    };
    let v = own(rt, args, name)?;
    rt.charge((n - at) / 64)?;
    let removed = rt.heap.update_list(v, |l| l.remove(at)).unwrap_or(Value::NIL);
    pair(rt, v, removed)
}

fn concat(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    arity_agreeing(args, name, 2)?;
    list(args, 1, name)?;
    let v = own(rt, args, name)?;
    let tail = rt.heap.items(args[1]).cloned().unwrap_or_default();
    rt.reserve(tail.len() * size_of::<Value>())?;
    rt.charge(tail.len() / 8)?;
    for &item in &tail {
        rt.heap.share(item);
    }
    rt.heap.update_list(v, |l| l.extend_from_slice(&tail));
    Ok(v)
}

fn reverse(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    arity_agreeing(args, name, 1)?;
    let v = own(rt, args, name)?;
    if let Some(items) = rt.heap.items_mut(v) {
        items.reverse();
        let n = items.len();
        rt.charge(n / 8)?;
    }
    Ok(v)
}

fn clear(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    arity_agreeing(args, name, 1)?;
    match args[0].tag() {
        Tag::List => Ok(rt.heap.list(Vec::new())),
        Tag::Map => Ok(rt.heap.map(Map::default())),
        _ => fail(format!("{name}() requires an array or dict argument")),
    }
}

/// Equality of primitives of one type; everything else is unequal.
fn same_primitive(rt: &Runtime, a: Value, b: Value) -> bool {
    match (a.tag(), b.tag()) {
        (Tag::Str, Tag::Str) => rt.heap.text(a) == rt.heap.text(b),
        (Tag::Float, Tag::Float) => a.as_float() == b.as_float(),
        (Tag::Int, Tag::Int) | (Tag::Bool, Tag::Bool) | (Tag::Nil, Tag::Nil) => a.is_identical(b),
        _ => false,
    }
}

fn find(rt: &mut Runtime, list: Value, v: Value) -> Result<Option<usize>, Control> {
    let n = rt.heap.items(list).map_or(0, Vec::len);
    rt.charge(n / 8)?;
    Ok(rt.heap.items(list).and_then(|l| l.iter().position(|&x| same_primitive(rt, x, v))))
}

/// `contains` on an array.
pub(crate) fn contains(rt: &mut Runtime, list: Value, v: Value) -> NativeResult {
    Ok(Value::bool(find(rt, list, v)?.is_some()))
}

/// `index_of` on an array.
pub(crate) fn index_of(rt: &mut Runtime, list: Value, v: Value) -> NativeResult {
    Ok(Value::int(find(rt, list, v)?.map_or(-1, |i| i as i64)))
}

fn sort(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    arity_agreeing(args, name, 1)?;
    let v = own(rt, args, name)?;
    let mut items = rt.heap.items(v).cloned().unwrap_or_default();
    rt.charge(items.len().saturating_mul(items.len().checked_ilog2().unwrap_or(0) as usize) / 4)?;
    if items.iter().all(|v| v.tag() == Tag::Int) {
        items.sort_by_key(|v| v.as_int());
    } else if items.iter().all(|v| v.tag() == Tag::Str) {
        items.sort_by(|&a, &b| rt.heap.text(a).cmp(&rt.heap.text(b)));
    } else {
        merge_sort(&mut items, |a, b| compare(rt, a, b));
    }
    if let Some(slots) = rt.heap.items_mut(v) {
        slots.copy_from_slice(&items);
    }
    Ok(v)
}

/// Order of two elements; incomparable ones count as equal.
fn compare(rt: &Runtime, a: Value, b: Value) -> Ordering {
    match (a.tag(), b.tag()) {
        (Tag::Str, Tag::Str) => rt.heap.text(a).cmp(&rt.heap.text(b)),
        (Tag::Int, Tag::Int) => a.as_int().cmp(&b.as_int()),
        _ => match (super::arguments::as_number(a), super::arguments::as_number(b)) {
            (Some(x), Some(y)) => x.partial_cmp(&y).unwrap_or(Ordering::Equal),
            _ => Ordering::Equal,
        },
    }
}

/// Stable bottom-up merge sort. Unlike the library's sort it accepts an order that is not transitive.
fn merge_sort(items: &mut Vec<Value>, compare: impl Fn(Value, Value) -> Ordering) {
    let n = items.len();
    let mut from = core::mem::take(items);
    let mut to = from.clone();
    let mut width = 1;
    while width < n {
        let mut start = 0;
        while start < n {
            let (middle, end) = ((start + width).min(n), (start + 2 * width).min(n));
            let (mut i, mut j) = (start, middle);
            for slot in &mut to[start..end] {
                let left = j >= end || (i < middle && compare(from[i], from[j]) != Ordering::Greater);
                *slot = if left { from[i] } else { from[j] };
                if left { i += 1 } else { j += 1 }
            }
            start = end;
        }
        core::mem::swap(&mut from, &mut to);
        width *= 2;
    }
    *items = from;
}

fn unique(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    arity_agreeing(args, name, 1)?;
    let v = list(args, 0, name)?;
    let items = rt.heap.items(v).cloned().unwrap_or_default();
    rt.charge(items.len())?;
    let mut seen = Map::default();
    let mut complex: Vec<Value> = Vec::new();
    let mut out = Vec::new();
    for item in items {
        if matches!(item.tag(), Tag::Int | Tag::Float | Tag::Str | Tag::Bool | Tag::Nil | Tag::Func | Tag::Native) {
            if seen.insert(rt.heap.key(item), Value::NIL).is_none() {
                out.push(item);
            }
            continue;
        }
        rt.charge(complex.len())?;
        let same = |&x: &Value| kind::type_name(rt, x) == kind::type_name(rt, item) && equal(rt, x, item);
        if !complex.iter().any(same) {
            complex.push(item);
            out.push(item);
        }
    }
    shared_list(rt, out)
}
