//! Lists, arrays, buffers. Positions and lengths are integers of the program;
//! out of range they do nothing or give nothing.

use alloc::{format, vec::Vec};
use core::cmp::Ordering;

use motet_runtime::{Control, List, NativeResult, Runtime, Tag, Value};

use super::{any, bad_argument, growing, int, items, list, strings, values};
use crate::semantics::{is_same, kind, out_of_bounds};

/// A count that the program chose: negative ones mean nothing.
fn count(rt: &mut Runtime, n: i64) -> Result<usize, Control> {
    let n = usize::try_from(n).unwrap_or(0);
    rt.reserve(n.saturating_mul(size_of::<Value>()))?;
    Ok(n)
}

/// Position of an element of a list.
fn position(rt: &Runtime, list: Value, i: i64) -> Option<usize> {
    usize::try_from(i).ok().filter(|&i| rt.heap.items(list).is_some_and(|l| i < l.len()))
}

pub fn new_list(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let cap = count(rt, int(args, 0)?)?;
    let mut content = List::new();
    content.reserve_exact(cap);
    Ok(rt.heap.list(content))
}

pub fn new_array(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let (n, default) = (count(rt, int(args, 0)?)?, any(args, 1)?);
    let mut content = List::new();
    content.reserve_exact(n);
    let simple = !matches!(default.tag(), Tag::List | Tag::Record | Tag::Map | Tag::Foreign);
    for _ in 0..n {
        content.push(if simple { default } else { rt.deep_copy(default)? });
    }
    let array = rt.heap.list(content);
    rt.heap.fix_length(array);
    Ok(array)
}

pub fn fixed(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let v = list(rt, args, 0)?;
    rt.heap.fix_length(v);
    Ok(v)
}

pub fn set_length(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let v = growing(rt, args, 0)?;
    let (n, default) = (usize::try_from(int(args, 1)?).unwrap_or(0), any(args, 2)?);
    let len = items(rt, args, 0)?.len();
    if n > len {
        count(rt, n as i64)?;
    }
    for _ in len..n {
        let element = rt.deep_copy(default)?;
        rt.heap.push(v, element);
    }
    rt.heap.update_list(v, |l| l.truncate(n));
    Ok(Value::NIL)
}

pub fn cap(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let v = any(args, 0)?;
    let cap = rt.heap.items(v).map(Vec::capacity).ok_or_else(|| bad_argument(0))?;
    Ok(Value::int(cap as i64))
}

/// Also the number of bytes of a string.
pub fn length(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let v = any(args, 0)?;
    let len = rt.heap.items(v).map(Vec::len).or_else(|| rt.heap.text(v).map(str::len));
    Ok(Value::int(len.ok_or_else(|| bad_argument(0))? as i64))
}

pub fn is_empty(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    Ok(Value::bool(items(rt, args, 0)?.is_empty()))
}

/// An element of a list, or the result of a task.
pub fn get(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    if args.len() == 1 { values::task_get(rt, args) } else { at(rt, args) }
}

/// Also the code point at a byte of a string.
pub fn at(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let (v, i) = (any(args, 0)?, int(args, 1)?);
    if let Some(text) = rt.heap.text(v) {
        return Ok(Value::int(strings::code_at(text, i)));
    }
    let v = list(rt, args, 0)?;
    let found = position(rt, v, i).and_then(|i| rt.heap.items(v)?.get(i).copied());
    Ok(found.unwrap_or(Value::NIL))
}

pub fn set(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let (v, i, value) = (list(rt, args, 0)?, int(args, 1)?, any(args, 2)?);
    if let Some(i) = position(rt, v, i) {
        if let Some(e) = rt.heap.items_mut(v).and_then(|l| l.get_mut(i)) {
            *e = value;
        }
    } else if rt.heap.is_fixed(v) {
        return Err(out_of_bounds(rt, v, i));
    }
    Ok(Value::NIL)
}

/// Makes sure that the next element fits into the heap.
fn room_for_one(rt: &mut Runtime, v: Value) -> Result<(), Control> {
    match rt.heap.items(v) {
        Some(l) if l.len() == l.capacity() => rt.room(l.len().saturating_mul(2 * size_of::<Value>())),
        _ => Ok(()),
    }
}

pub fn add(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let (v, value) = (growing(rt, args, 0)?, any(args, 1)?);
    room_for_one(rt, v)?;
    rt.heap.push(v, value);
    Ok(Value::NIL)
}

pub fn insert(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let (v, i, value) = (growing(rt, args, 0)?, int(args, 1)?, any(args, 2)?);
    let len = items(rt, args, 0)?.len();
    let Some(i) = usize::try_from(i).ok().filter(|&i| i <= len) else { return Ok(Value::NIL) };
    rt.charge((len - i) / 8)?;
    room_for_one(rt, v)?;
    rt.heap.push(v, value);
    if let Some(tail) = rt.heap.items_mut(v).and_then(|l| l.get_mut(i..)) {
        tail.rotate_right(1);
    }
    Ok(Value::NIL)
}

pub fn remove(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let (v, i) = (growing(rt, args, 0)?, int(args, 1)?);
    if let Some(i) = position(rt, v, i) {
        rt.charge((items(rt, args, 0)?.len() - i) / 8)?;
        rt.heap.update_list(v, |l| l.remove(i));
    }
    Ok(Value::NIL)
}

pub fn swap_remove(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let (v, i) = (growing(rt, args, 0)?, int(args, 1)?);
    if let Some(i) = position(rt, v, i) {
        rt.heap.update_list(v, |l| l.swap_remove(i));
    }
    Ok(Value::NIL)
}

pub fn remove_last(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let v = growing(rt, args, 0)?;
    rt.heap.update_list(v, List::pop);
    Ok(Value::NIL)
}

/// The last element; nothing when there is none.
pub fn pop(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let v = growing(rt, args, 0)?;
    Ok(rt.heap.update_list(v, List::pop).flatten().unwrap_or(Value::NIL))
}

pub fn truncate(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let (v, n) = (growing(rt, args, 0)?, usize::try_from(int(args, 1)?).unwrap_or(0));
    rt.heap.update_list(v, |l| l.truncate(n));
    Ok(Value::NIL)
}

pub fn clear(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let v = growing(rt, args, 0)?;
    rt.heap.update_list(v, List::clear);
    Ok(Value::NIL)
}

pub fn free(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let v = growing(rt, args, 0)?;
    rt.heap.update_list(v, |l| *l = List::new());
    Ok(Value::NIL)
}

/// Doubles the capacity.
pub fn grow(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let v = growing(rt, args, 0)?;
    let cap = rt.heap.items(v).map_or(0, Vec::capacity);
    let wanted = if cap == 0 { 4 } else { cap.saturating_mul(2) };
    rt.reserve(wanted.saturating_mul(size_of::<Value>()))?;
    rt.heap.update_list(v, |l| l.reserve_exact(wanted - l.len()));
    Ok(Value::NIL)
}

pub fn swap(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let (v, i, j) = (list(rt, args, 0)?, int(args, 1)?, int(args, 2)?);
    if let (Some(i), Some(j)) = (position(rt, v, i), position(rt, v, j))
        && let Some(l) = rt.heap.items_mut(v)
    {
        l.swap(i, j);
    }
    Ok(Value::NIL)
}

pub fn reverse(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let v = list(rt, args, 0)?;
    rt.charge(items(rt, args, 0)?.len() / 8)?;
    if let Some(l) = rt.heap.items_mut(v) {
        l.reverse();
    }
    Ok(Value::NIL)
}

pub fn sort(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    sorted(rt, args, false)
}

pub fn sort_desc(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    sorted(rt, args, true)
}

fn sorted(rt: &mut Runtime, args: &[Value], descending: bool) -> NativeResult {
    let v = list(rt, args, 0)?;
    let mut content = items(rt, args, 0)?.to_vec();
    rt.charge(content.len().saturating_mul(1 + content.len().max(2).ilog2() as usize))?;
    let first = content.first().map_or(Tag::Int, |v| v.tag());
    let known = matches!(first, Tag::Int | Tag::Float | Tag::Bool | Tag::Str);
    if let Some(&odd) = content.iter().find(|e| !known || e.tag() != first) {
        return Err(Control::error(format!("cannot sort a list with elements of type {}", kind(rt, odd))));
    }
    let heap = &rt.heap;
    let order = |a: &Value, b: &Value| match first {
        Tag::Float => float_order(f64::from_bits(a.bits()), f64::from_bits(b.bits())),
        Tag::Str => heap.text(*a).cmp(&heap.text(*b)),
        _ => (a.bits() as i64).cmp(&(b.bits() as i64)),
    };
    // Equal elements keep their order in both directions, as in an insertion sort.
    content.sort_by(|a, b| if descending { order(b, a) } else { order(a, b) });
    if let Some(l) = rt.heap.items_mut(v) {
        l.copy_from_slice(&content);
    }
    Ok(Value::NIL)
}

/// A total order: what is not a number comes last.
fn float_order(a: f64, b: f64) -> Ordering {
    a.partial_cmp(&b).unwrap_or_else(|| a.is_nan().cmp(&b.is_nan()))
}

/// Position of the first element that is the value, or of the first occurrence in a string.
fn find(rt: &mut Runtime, args: &[Value]) -> Result<Option<usize>, Control> {
    let (v, wanted) = (any(args, 0)?, any(args, 1)?);
    if rt.heap.text(v).is_some() {
        return strings::find(rt, args);
    }
    rt.charge(items(rt, args, 0)?.len())?;
    Ok(items(rt, args, 0)?.iter().position(|&e| is_same(rt, e, wanted)))
}

pub fn contains(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    Ok(Value::bool(find(rt, args)?.is_some()))
}

pub fn index_of(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    Ok(Value::int(find(rt, args)?.map_or(-1, |i| i as i64)))
}

// ---- buffers: lists whose unused elements are absent

fn filled(rt: &mut Runtime, n: i64, with: Value) -> NativeResult {
    let n = count(rt, n)?;
    let mut content = List::new();
    content.reserve_exact(n);
    content.resize(n, with);
    Ok(rt.heap.list(content))
}

pub fn buf_alloc(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    filled(rt, int(args, 0)?, Value::NIL)
}

pub fn int_buf_alloc(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    filled(rt, int(args, 0)?, Value::int(0))
}

pub fn buf_get(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let (v, i) = (any(args, 0)?, int(args, 1)?);
    if v.is_nil() {
        return Ok(v);
    }
    let v = list(rt, args, 0)?;
    Ok(position(rt, v, i).and_then(|i| rt.heap.items(v)?.get(i).copied()).unwrap_or(Value::NIL))
}

pub fn buffer_get(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let found = buf_get(rt, args)?;
    if found.is_nil() { any(args, 2) } else { Ok(found) }
}

pub fn buf_set(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    if any(args, 0)?.is_nil() {
        return Ok(Value::NIL);
    }
    set(rt, args)
}

pub fn buffer_set(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let (v, i) = (growing(rt, args, 0)?, int(args, 1)?);
    // Storage of a list reaches to its capacity; what lies between its end and the element becomes the default.
    let (len, cap) = rt.heap.items(v).map_or((0, 0), |l| (l.len(), l.capacity()));
    if let Some(i) = usize::try_from(i).ok().filter(|&i| i >= len && i < cap) {
        set_length(rt, &[v, Value::int(i as i64 + 1), any(args, 3)?])?;
    }
    set(rt, args)
}

pub fn buf_drop_at(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    set(rt, &[any(args, 0)?, any(args, 1)?, Value::NIL])
}

/// `(src, src_off, dst, dst_off, len)`: as far as both reach.
pub fn buf_copy(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let (from, to) = (list(rt, args, 0)?, list(rt, args, 2)?);
    let offset = |n| int(args, n).map(|i| usize::try_from(i).ok());
    let (Some(start), Some(at), Some(len)) = (offset(1)?, offset(3)?, offset(4)?) else { return Ok(Value::NIL) };
    let source = rt.heap.items(from).map_or(0, Vec::len).saturating_sub(start);
    let target = rt.heap.items(to).map_or(0, Vec::len).saturating_sub(at);
    let len = len.min(source).min(target);
    rt.charge(len / 8)?;
    let part = rt.heap.items(from).and_then(|l| l.get(start..start + len)).map(<[Value]>::to_vec).unwrap_or_default();
    if let Some(place) = rt.heap.items_mut(to).and_then(|l| l.get_mut(at..at + len)) {
        place.copy_from_slice(&part);
    }
    Ok(Value::NIL)
}
