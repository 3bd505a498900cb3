//! OrderedCollection: a list whose first elements may be gone.
//!
//! Invariant: the instance variable `_items` is nil (no elements yet) or a list; elements are those from position
//! `_start` (nil: 0) on.

use alloc::vec::Vec;

use motet_runtime::{Control, NativeResult, Runtime, Value};

use super::{arg, array, arrays, field, library, make, objects, out_of_range, position, set_field, signal};
use crate::classes::Builtin;

natives! {
    "Collection" {
        "_emptyCheck" => |rt, _| Err(empty(rt));
    }
    "OrderedCollection" {
        "size" => |rt, args| Ok(Value::int(size(rt, arg(args, 0)) as i64));
        "isEmpty" => |rt, args| Ok(Value::bool(size(rt, arg(args, 0)) == 0));
        "notEmpty" => |rt, args| Ok(Value::bool(size(rt, arg(args, 0)) != 0));
        "at:" => |rt, args| {
            let v = arg(args, 0);
            let at = position_in(rt, v, arg(args, 1))?;
            Ok(rt.heap.items(field(rt, v, 0)).and_then(|items| items.get(at)).copied().unwrap_or(Value::NIL))
        };
        "at:put:" => |rt, args| {
            let v = arg(args, 0);
            let at = position_in(rt, v, arg(args, 1))?;
            let items = field(rt, v, 0);
            if let Some(slot) = rt.heap.items_mut(items).and_then(|items| items.get_mut(at)) {
                *slot = arg(args, 2);
            }
            Ok(arg(args, 2))
        };
        "add:" => add_last;
        "addLast:" => add_last;
        "addFirst:" => |rt, args| insert(rt, arg(args, 0), 0, arg(args, 1));
        "removeFirst" => |rt, args| remove_end(rt, arg(args, 0), true);
        "removeLast" => |rt, args| remove_end(rt, arg(args, 0), false);
        "_insert:at:" => |rt, args| {
            let len = size(rt, arg(args, 0));
            let at = position(rt, arg(args, 2), len + 1)?;
            insert(rt, arg(args, 0), at, arg(args, 1))
        };
        "removeIndex:" => remove_index;
        "removeAt:" => remove_index;
        "removeAtIndex:" => remove_index;
        "_removeAll" => |rt, args| {
            set_field(rt, arg(args, 0), 0, Value::NIL);
            set_field(rt, arg(args, 0), 1, Value::NIL);
            Ok(arg(args, 0))
        };
        "asArray" => |rt, args| {
            let items = live(rt, arg(args, 0)).to_vec();
            array(rt, items)
        };
        "_elements" => |rt, args| {
            let items = live(rt, arg(args, 0)).to_vec();
            array(rt, items)
        };
        "_setElements:" => |rt, args| {
            let items = arrays::elements(rt, arg(args, 1))?;
            let list = rt.heap.list(items);
            set_field(rt, arg(args, 0), 0, list);
            set_field(rt, arg(args, 0), 1, Value::NIL);
            Ok(arg(args, 0))
        };
        "_from:to:" => |rt, args| {
            let v = arg(args, 0);
            let len = size(rt, v);
            let (from, to) = arrays::range(rt, arg(args, 1), arg(args, 2), len)?;
            let part = live(rt, v)[from..to].to_vec();
            array(rt, part)
        };
        "indexOf:" => |rt, args| {
            let v = arg(args, 0);
            let len = size(rt, v);
            rt.charge(len / 8)?;
            for at in 0..len {
                let each = live(rt, v)[at];
                match objects::equal(rt, each, arg(args, 1)) {
                    Some(true) => return Ok(Value::int(at as i64 + 1)),
                    Some(false) => {}
                    None => return Err(library(rt, "_indexOf:", args)),
                }
            }
            Ok(Value::int(0))
        };
        "capacity" => |rt, args| {
            let list = field(rt, arg(args, 0), 0);
            let room = rt.heap.items(list).map_or(0, Vec::capacity);
            Ok(Value::int(room.max(16) as i64))
        };
    }
}

fn start(rt: &Runtime, v: Value) -> usize {
    field(rt, v, 1).as_int().map_or(0, |n| n as usize)
}

/// The elements.
pub(super) fn live(rt: &Runtime, v: Value) -> &[Value] {
    rt.heap.items(field(rt, v, 0)).and_then(|items| items.get(start(rt, v)..)).unwrap_or_default()
}

fn size(rt: &Runtime, v: Value) -> usize {
    live(rt, v).len()
}

/// Position in the list of the element at an index.
#[inline]
fn position_in(rt: &mut Runtime, v: Value, index: Value) -> Result<usize, Control> {
    let len = size(rt, v);
    match index.as_int() {
        Some(n) if n >= 1 && n as u64 <= len as u64 => Ok(n as usize - 1 + start(rt, v)),
        _ => Err(out_of_range(rt, index, len)),
    }
}

/// The list, made now if there was none.
fn list(rt: &mut Runtime, v: Value) -> Value {
    let items = field(rt, v, 0);
    if !items.is_nil() {
        return items;
    }
    let items = rt.heap.list(Vec::new());
    set_field(rt, v, 0, items);
    items
}

fn add_last(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let items = list(rt, arg(args, 0));
    rt.room(rt.heap.items(items).map_or(0, Vec::len) * size_of::<Value>())?;
    if !rt.heap.push_in_place(items, arg(args, 1)) {
        rt.heap.push(items, arg(args, 1));
    }
    Ok(arg(args, 1))
}

/// Inserts before the element at a position.
fn insert(rt: &mut Runtime, v: Value, at: usize, item: Value) -> NativeResult {
    let (items, from) = (list(rt, v), start(rt, v));
    let len = rt.heap.items(items).map_or(0, Vec::len);
    if at == 0 && from > 0 {
        if let Some(items) = rt.heap.items_mut(items) {
            items[from - 1] = item;
        }
        set_field(rt, v, 1, Value::int(from as i64 - 1));
        return Ok(item);
    }
    rt.reserve((len - from - at) * size_of::<Value>())?;
    if at > 0 {
        rt.heap.update_list(items, |items| items.insert(from + at, item));
        return Ok(item);
    }
    // Room for as many more as there are.
    let room = len.max(4);
    rt.room(room * size_of::<Value>() * 2)?;
    rt.heap.update_list(items, |items| items.splice(0..0, core::iter::repeat_n(Value::NIL, room)).count());
    if let Some(items) = rt.heap.items_mut(items) {
        items[room - 1] = item;
    }
    set_field(rt, v, 1, Value::int(room as i64 - 1));
    Ok(item)
}

/// The exception for what an empty collection does not have.
pub(super) fn empty(rt: &mut Runtime) -> Control {
    signal(rt, Builtin::EmptyCollection, "access beyond end of object")
}

fn remove_end(rt: &mut Runtime, v: Value, first: bool) -> NativeResult {
    if size(rt, v) == 0 {
        return Err(empty(rt));
    }
    if first { remove(rt, v, 0) } else { remove(rt, v, size(rt, v) - 1) }
}

fn remove_index(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let len = size(rt, arg(args, 0));
    let at = position(rt, arg(args, 1), len)?;
    remove(rt, arg(args, 0), at)
}

/// Removes the element at a position.
fn remove(rt: &mut Runtime, v: Value, at: usize) -> NativeResult {
    let (items, from) = (field(rt, v, 0), start(rt, v));
    let len = size(rt, v);
    if at > 0 || len == 1 {
        rt.charge((len - at) / 64)?;
        return Ok(rt.heap.update_list(items, |items| items.remove(from + at)).unwrap_or(Value::NIL));
    }
    let item = live(rt, v)[0];
    if from + 1 > 32 && from + 1 > len {
        rt.heap.update_list(items, |items| items.drain(..=from).count());
        set_field(rt, v, 1, Value::NIL);
    } else {
        if let Some(items) = rt.heap.items_mut(items) {
            items[from] = Value::NIL;
        }
        set_field(rt, v, 1, Value::int(from as i64 + 1));
    }
    Ok(item)
}

/// A new OrderedCollection.
pub(super) fn ordered(rt: &mut Runtime, items: Vec<Value>) -> NativeResult {
    rt.room(items.len() * size_of::<Value>())?;
    let list = rt.heap.list(items);
    Ok(make(rt, Builtin::OrderedCollection, &[list, Value::NIL]))
}
