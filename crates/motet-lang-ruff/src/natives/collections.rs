//! Sets, queues, stacks (8.6).

use alloc::{collections::VecDeque, format, vec::Vec};

use motet_runtime::{Control, Foreign, Heap, NativeResult, Runtime, Tag, Value};

use super::{
    arguments::{arity, arity_between},
    fail, object, pair, shared_list,
};
use crate::semantics::objects::{Queue, Set, Stack};

natives! {
    "Set" => make_set;
    "set_add" => set_add;
    "set_remove" => set_remove;
    "set_has" => set_has;
    "set_union" => set_combine;
    "set_intersect" => set_combine;
    "set_difference" => set_combine;
    "set_to_array" => set_to_array;
    "Queue" => make_queue;
    "queue_enqueue" => queue_enqueue;
    "queue_dequeue" => queue_dequeue;
    "queue_peek" => queue_peek;
    "queue_size" => queue_size;
    "queue_is_empty" => queue_is_empty;
    "queue_to_array" => queue_to_array;
    "Stack" => make_stack;
    "stack_push" => stack_push;
    "stack_pop" => stack_pop;
    "stack_peek" => stack_peek;
    "stack_size" => stack_size;
    "stack_is_empty" => stack_is_empty;
    "stack_to_array" => stack_to_array;
}

/// The elements that a constructor starts with; they get a second holder.
fn initial(rt: &mut Runtime, args: &[Value], name: &str) -> Result<Vec<Value>, Control> {
    arity_between(args, name, 0, 1)?;
    let items = match args.first() {
        None => Vec::new(),
        Some(&v) if v.tag() == Tag::List => rt.heap.items(v).cloned().unwrap_or_default(),
        Some(_) => return fail(format!("{name}() requires an array argument")),
    };
    rt.charge(items.len())?;
    rt.reserve(items.len() * size_of::<Value>())?;
    for &v in &items {
        rt.heap.share(v);
    }
    Ok(items)
}

/// The first argument, an object of type `T`.
fn object_of<'a, T: Foreign>(heap: &'a Heap, args: &[Value], name: &str, what: &str) -> Result<&'a T, Control> {
    match args.first().and_then(|&v| heap.foreign_as::<T>(v)) {
        Some(object) => Ok(object),
        None => fail(format!("{name}() requires a {what} as the first argument")),
    }
}

/// The first argument, an object of type `T` that may be changed.
fn own<T: Foreign>(rt: &mut Runtime, args: &[Value], name: &str, what: &str) -> NativeResult {
    let bytes = object_of::<T>(&rt.heap, args, name, what)?.extra_bytes();
    if rt.heap.is_shared(args[0]) {
        rt.reserve(bytes)?;
    }
    Ok(rt.heap.unshare(args[0]))
}

fn make_set(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    let mut set = Set::default();
    for v in initial(rt, args, name)? {
        add_to(rt, &mut set, v)?;
    }
    object(rt, set)
}

/// Adds an element unless an equal one is there.
fn add_to(rt: &mut Runtime, set: &mut Set, v: Value) -> Result<(), Control> {
    rt.charge(1 + set.complex)?;
    if set.find(rt, v).is_none() {
        set.add(rt, v);
    }
    Ok(())
}

/// Changes a set in place: it is taken out of the heap meanwhile.
fn change_set(
    rt: &mut Runtime,
    v: Value,
    f: impl FnOnce(&mut Runtime, &mut Set) -> Result<(), Control>,
) -> NativeResult {
    let mut set = rt.heap.foreign_as_mut::<Set>(v).map(core::mem::take).unwrap_or_default();
    let result = f(rt, &mut set);
    if let Some(slot) = rt.heap.foreign_as_mut::<Set>(v) {
        *slot = set;
    }
    result.map(|()| v)
}

fn set_add(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    arity(args, name, 2)?;
    let v = own::<Set>(rt, args, name, "set")?;
    rt.heap.share(args[1]);
    change_set(rt, v, |rt, set| add_to(rt, set, args[1]))
}

fn set_remove(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    arity(args, name, 2)?;
    let v = own::<Set>(rt, args, name, "set")?;
    change_set(rt, v, |rt, set| {
        rt.charge(1 + set.complex)?;
        set.remove(rt, args[1]);
        Ok(())
    })
}

fn set_has(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    arity(args, name, 2)?;
    let complex = object_of::<Set>(&rt.heap, args, name, "set")?.complex;
    rt.charge(1 + complex)?;
    let set = object_of::<Set>(&rt.heap, args, name, "set")?;
    Ok(Value::bool(set.find(rt, args[1]).is_some()))
}

fn set_combine(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    arity(args, name, 2)?;
    let a = object_of::<Set>(&rt.heap, args, name, "set")?.clone();
    let b = match rt.heap.foreign_as::<Set>(args[1]) {
        Some(b) => b.clone(),
        None => return fail(format!("{name}() requires two sets")),
    };
    let mut out = Set::default();
    for v in a.values() {
        rt.charge(1 + b.complex)?;
        if name == "set_union" || b.find(rt, v).is_some() == (name == "set_intersect") {
            out.add(rt, v);
        }
    }
    if name == "set_union" {
        for v in b.values() {
            add_to(rt, &mut out, v)?;
        }
    }
    for v in out.values() {
        rt.heap.share(v);
    }
    object(rt, out)
}

fn set_to_array(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    arity(args, name, 1)?;
    let items = object_of::<Set>(&rt.heap, args, name, "set")?.values();
    shared_list(rt, items)
}

fn make_queue(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    let items = initial(rt, args, name)?;
    object(rt, Queue(VecDeque::from(items)))
}

fn queue_enqueue(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    arity(args, name, 2)?;
    let v = own::<Queue>(rt, args, name, "queue")?;
    rt.heap.share(args[1]);
    if let Some(queue) = rt.heap.foreign_as_mut::<Queue>(v) {
        queue.0.push_back(args[1]);
    }
    Ok(v)
}

fn queue_dequeue(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    arity(args, name, 1)?;
    let v = own::<Queue>(rt, args, name, "queue")?;
    let first = rt.heap.foreign_as_mut::<Queue>(v).and_then(|q| q.0.pop_front()).unwrap_or(Value::NIL);
    pair(rt, v, first)
}

fn queue_peek(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    arity(args, name, 1)?;
    let first = object_of::<Queue>(&rt.heap, args, name, "queue")?.0.front().copied().unwrap_or(Value::NIL);
    rt.heap.share(first);
    Ok(first)
}

fn queue_size(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    arity(args, name, 1)?;
    Ok(Value::int(object_of::<Queue>(&rt.heap, args, name, "queue")?.0.len() as i64))
}

fn queue_is_empty(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    arity(args, name, 1)?;
    Ok(Value::bool(object_of::<Queue>(&rt.heap, args, name, "queue")?.0.is_empty()))
}

fn queue_to_array(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    arity(args, name, 1)?;
    let items = object_of::<Queue>(&rt.heap, args, name, "queue")?.0.iter().copied().collect();
    shared_list(rt, items)
}

fn make_stack(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    let items = initial(rt, args, name)?;
    object(rt, Stack(items))
}

fn stack_push(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    arity(args, name, 2)?;
    let v = own::<Stack>(rt, args, name, "stack")?;
    rt.heap.share(args[1]);
    if let Some(stack) = rt.heap.foreign_as_mut::<Stack>(v) {
        stack.0.push(args[1]);
    }
    Ok(v)
}

fn stack_pop(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    arity(args, name, 1)?;
    let v = own::<Stack>(rt, args, name, "stack")?;
    let last = rt.heap.foreign_as_mut::<Stack>(v).and_then(|s| s.0.pop()).unwrap_or(Value::NIL);
    pair(rt, v, last)
}

fn stack_peek(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    arity(args, name, 1)?;
    let last = object_of::<Stack>(&rt.heap, args, name, "stack")?.0.last().copied().unwrap_or(Value::NIL);
    rt.heap.share(last);
    Ok(last)
}

fn stack_size(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    arity(args, name, 1)?;
    Ok(Value::int(object_of::<Stack>(&rt.heap, args, name, "stack")?.0.len() as i64))
}

fn stack_is_empty(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    arity(args, name, 1)?;
    Ok(Value::bool(object_of::<Stack>(&rt.heap, args, name, "stack")?.0.is_empty()))
}

fn stack_to_array(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    arity(args, name, 1)?;
    let items = object_of::<Stack>(&rt.heap, args, name, "stack")?.0.clone();
    shared_list(rt, items)
}
