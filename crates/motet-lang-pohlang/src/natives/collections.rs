//! Lists and dictionaries (8.4). Natives that make a changed copy take the
//! collection first, and change it in place when nobody else holds it.

use alloc::{format, string::String, vec::Vec};

use motet_runtime::{Control, Map, NativeResult, Runtime, Tag, Value};

use super::{arg, fail, own, string};
use crate::{display, semantics::number};

natives! {
    "count_of" => count;
    "first_in" => first;
    "last_in" => last;
    "reverse_of" => reverse;
    "contains_in" => contains;
    "remove_from" => remove;
    "append_to" => append, Append;
    "insert_at" => insert;
}

/// `count of`.
pub(super) fn count(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let v = arg(args, 0);
    let n = match v.tag() {
        Tag::Str => rt.heap.char_count(v),
        Tag::List => rt.heap.items(v).map_or(0, Vec::len),
        Tag::Map => rt.heap.entries(v).map_or(0, Map::len),
        _ => 0,
    };
    Ok(Value::float(n as f64))
}

/// The first or the last element or character; `name` is for messages.
fn end(rt: &mut Runtime, v: Value, name: &str) -> NativeResult {
    let of_first = name == "first";
    if let Some(items) = rt.heap.items(v) {
        let Some(&item) = (if of_first { items.first() } else { items.last() }) else {
            return fail(format!("{name} called on empty list"));
        };
        rt.heap.share(item);
        return Ok(item);
    }
    let Some(text) = rt.heap.text(v) else { return fail(format!("{name} requires a list or string")) };
    let Some(c) = (if of_first { text.chars().next() } else { text.chars().next_back() }) else {
        return fail(format!("{name} called on empty string"));
    };
    Ok(rt.heap.str(c.encode_utf8(&mut [0; 4])))
}

/// `first in`.
pub(super) fn first(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    end(rt, arg(args, 0), "first")
}

/// `last in`.
pub(super) fn last(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    end(rt, arg(args, 0), "last")
}

/// `reverse of`.
pub(super) fn reverse(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let v = arg(args, 0);
    if let Some(n) = rt.heap.items(v).map(Vec::len) {
        rt.reserve(n * size_of::<Value>())?;
        rt.charge(n / 8)?;
        let copy = rt.heap.copy_container(v);
        rt.heap.items_mut(copy).unwrap_or_default().reverse();
        return Ok(copy);
    }
    match rt.heap.text(v).map(|text| text.chars().rev().collect::<String>()) {
        Some(text) => string(rt, text),
        None => fail("reverse requires a list or string"),
    }
}

/// Equality of `contains` and `remove`: by kind and value; collections are never equal.
fn is_equal(rt: &Runtime, a: Value, b: Value) -> bool {
    if let (Some(x), Some(y)) = (number(a), number(b)) {
        return (x - y).abs() < f64::EPSILON;
    }
    match (a.tag(), b.tag()) {
        (Tag::Str, Tag::Str) => rt.heap.same_text(a, b),
        (Tag::Bool, Tag::Bool) | (Tag::Nil, Tag::Nil) => a.is_identical(b),
        _ => false,
    }
}

fn position(rt: &mut Runtime, list: Value, v: Value) -> Result<Option<usize>, Control> {
    let n = rt.heap.items(list).map_or(0, Vec::len);
    rt.charge(n / 8)?;
    Ok(rt.heap.items(list).and_then(|items| items.iter().position(|&item| is_equal(rt, item, v))))
}

/// `contains v in c`: the value first.
fn contains(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let (v, within) = (arg(args, 0), arg(args, 1));
    let found = match within.tag() {
        Tag::List => position(rt, within, v)?.is_some(),
        Tag::Str => {
            let part = display::text(rt, v)?;
            let text = rt.heap.text(within).unwrap_or("");
            let (len, found) = (text.len(), motet_runtime::find(text, &part).is_some());
            rt.charge(len / 64)?;
            found
        }
        Tag::Map => {
            let key = display::text_value(rt, v)?;
            rt.heap.has_key(within, key)
        }
        _ => return fail("contains expects a list, string, or dictionary as second argument"),
    };
    Ok(Value::bool(found))
}

/// `remove v from list`: the list first.
fn remove(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let (list, v) = (arg(args, 0), arg(args, 1));
    if list.tag() != Tag::List {
        return fail("remove expects a list as second argument");
    }
    let Some(at) = position(rt, list, v)? else { return Ok(list) };
    let list = own(rt, list)?;
    rt.heap.update_list(list, |items| items.remove(at));
    Ok(list)
}

/// `append v to list`: the list first.
fn append(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let (list, v) = (arg(args, 0), arg(args, 1));
    if list.tag() != Tag::List {
        return fail("append expects a list as second argument");
    }
    push(rt, list, v)
}

/// The list with one more element.
pub(super) fn push(rt: &mut Runtime, list: Value, v: Value) -> NativeResult {
    rt.heap.share(v);
    let list = own(rt, list)?;
    rt.heap.push(list, v);
    Ok(list)
}

/// Where `insert` puts an element: a number cut toward zero; negative ones count from the end; kept within the list.
fn place(at: f64, len: usize) -> usize {
    let at = at as i64;
    let from_start = if at < 0 { (len as i64).saturating_add(at) } else { at };
    usize::try_from(from_start).unwrap_or(0).min(len)
}

/// `insert v at i in list`: the list first, then value and index.
fn insert(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let (list, v) = (arg(args, 0), arg(args, 1));
    let Some(at) = number(arg(args, 2)) else { return fail("insert at expects a number as index") };
    let Some(len) = rt.heap.items(list).map(Vec::len) else {
        return fail("insert at expects a list as third argument");
    };
    let at = place(at, len);
    rt.charge((len - at) / 64)?;
    rt.heap.share(v);
    let list = own(rt, list)?;
    rt.heap.update_list(list, |items| items.insert(at, v));
    Ok(list)
}
