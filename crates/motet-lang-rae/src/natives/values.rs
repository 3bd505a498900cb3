//! Copies, references, text, channels.

use alloc::{
    boxed::Box,
    collections::VecDeque,
    format,
    string::{String, ToString},
    vec::Vec,
};
use core::any::Any;

use motet_runtime::{Control, Foreign, NativeResult, Runtime, Tag, Tracer, TypeTag, Uncaught, Value};

use super::{any, bad_argument, int, items, text};
use crate::{
    semantics::{is_same, kind},
    text_form::{self, MAX_TEXT},
};

pub fn copy(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    rt.deep_copy(any(args, 0)?)
}

/// Gives an object the content of another one, which nobody else holds, so that references to it see the new content;
/// also references to its parts, as far as these are not optional and not elements of lists.
pub fn assign(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let mut todo = alloc::vec![(any(args, 0)?, any(args, 1)?)];
    while let Some((to, from)) = todo.pop() {
        match (to.tag(), from.tag()) {
            _ if to.is_identical(from) => {}
            (Tag::List, Tag::List) if rt.heap.is_fixed(to) => assign_array(rt, to, from, &mut todo)?,
            (Tag::List, Tag::List) => assign_list(rt, to, from)?,
            (Tag::Record, Tag::Record) if rt.heap.shape_of(to) == rt.heap.shape_of(from) => {
                assign_record(rt, to, from, &mut todo)?;
            }
            _ => {
                let (to, from) = (kind(rt, to), kind(rt, from));
                return Err(Control::error(format!("cannot assign {from} to {to}")));
            }
        }
    }
    Ok(Value::NIL)
}

/// Pairs of objects whose content is still to be assigned.
type Pairs = Vec<(Value, Value)>;

fn assign_array(rt: &mut Runtime, to: Value, from: Value, todo: &mut Pairs) -> Result<(), Control> {
    let mut content = rt.heap.items(from).cloned().unwrap_or_default();
    rt.charge(content.len())?;
    let old = rt.heap.items(to).cloned().unwrap_or_default();
    if old.len() != content.len() {
        return Err(bad_argument(1));
    }
    for (old, new) in old.into_iter().zip(&mut content) {
        if rt.heap.shape_of(old).is_some() && rt.heap.shape_of(old) == rt.heap.shape_of(*new) {
            todo.push((old, core::mem::replace(new, old)));
        }
    }
    if let Some(items) = rt.heap.items_mut(to) {
        items.copy_from_slice(&content);
    }
    Ok(())
}

fn assign_list(rt: &mut Runtime, to: Value, from: Value) -> Result<(), Control> {
    let (len, cap) = rt.heap.items(from).map_or((0, 0), |l| (l.len(), l.capacity()));
    rt.reserve(cap.saturating_mul(size_of::<Value>()))?;
    rt.charge(len)?;
    let mut content = Vec::new();
    if let Some(source) = rt.heap.items(from) {
        content.reserve_exact(cap);
        content.extend_from_slice(source);
    }
    rt.heap.update_list(to, |items| *items = content);
    Ok(())
}

fn assign_record(rt: &mut Runtime, to: Value, from: Value, todo: &mut Pairs) -> Result<(), Control> {
    let mut content = rt.heap.fields(from).map(<[Value]>::to_vec).unwrap_or_default();
    rt.charge(content.len())?;
    let old = rt.heap.fields(to).map(<[Value]>::to_vec).unwrap_or_default();
    if old.len() != content.len() {
        return Err(bad_argument(1));
    }
    if let Some(class) = rt.class_of(to) {
        // Parts with a declared kind are objects by value; others are optional.
        let types = &rt.classes.class(class).field_types;
        for ((old, new), ty) in old.into_iter().zip(&mut content).zip(types) {
            if matches!(ty, Some(TypeTag::Record(_) | TypeTag::List)) {
                todo.push((old, core::mem::replace(new, old)));
            }
        }
    }
    if let Some(fields) = rt.heap.fields_mut(to) {
        fields.copy_from_slice(&content);
    }
    Ok(())
}

/// What a reference object refers to.
enum Place {
    Cell(Value),
    Element(Value, i64),
    Slot(Value, usize),
}

fn place(rt: &Runtime, args: &[Value]) -> Result<Place, Control> {
    let reference = any(args, 0)?;
    if reference.tag() == Tag::Cell {
        return Ok(Place::Cell(reference));
    }
    let Some(&[base, key]) = rt.heap.fields(reference) else { return Err(bad_argument(0)) };
    let key = key.as_int().ok_or_else(|| bad_argument(0))?;
    match base.tag() {
        Tag::List => Ok(Place::Element(base, key)),
        Tag::Record => Ok(Place::Slot(base, usize::try_from(key).map_err(|_| bad_argument(0))?)),
        _ => Err(bad_argument(0)),
    }
}

pub fn ref_get(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let found = match place(rt, args)? {
        Place::Cell(cell) => rt.heap.cell_get(cell),
        Place::Element(list, i) => usize::try_from(i).ok().and_then(|i| rt.heap.items(list)?.get(i).copied()),
        Place::Slot(record, slot) => rt.heap.fields(record).and_then(|f| f.get(slot).copied()),
    };
    Ok(found.unwrap_or(Value::NIL))
}

pub fn ref_set(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let value = any(args, 1)?;
    match place(rt, args)? {
        Place::Cell(cell) => {
            rt.heap.cell_set(cell, value);
        }
        Place::Element(list, i) => {
            if let Some(e) = usize::try_from(i).ok().and_then(|i| rt.heap.items_mut(list)?.get_mut(i)) {
                *e = value;
            }
        }
        Place::Slot(record, slot) => {
            let shape = rt.heap.shape_of(record).ok_or_else(|| bad_argument(0))?;
            let name = rt.classes.shape(shape).fields.get(slot).copied().ok_or_else(|| bad_argument(0))?;
            if !rt.set_field(record, name, value) {
                return Err(bad_argument(1));
            }
        }
    }
    Ok(Value::NIL)
}

pub fn same(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    Ok(Value::bool(is_same(rt, any(args, 0)?, any(args, 1)?)))
}

// ---- tasks

/// `(function, arguments…) -> Task`: calls the function at the same time as everything else. The arguments are the
/// task's own.
pub fn spawn(_rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let (callee, args) = args.split_first().ok_or_else(|| bad_argument(0))?;
    Err(Control::spawn(*callee, args.to_vec(), Uncaught::Stops))
}

/// `(Task) -> Any`: waits for the task; its result, on each call.
pub fn task_get(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let task = any(args, 0)?;
    match rt.task(task) {
        Some(_) => Err(Control::wait_for(task)),
        // A task variable that was never set: the zero value.
        None if task.is_nil() => Ok(Value::NIL),
        None => Err(bad_argument(0)),
    }
}

// ---- text

pub fn text_of(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let v = any(args, 0)?;
    if v.tag() == Tag::Str {
        return Ok(v);
    }
    if let Some(n) = v.as_int() {
        return Ok(rt.heap.decimal(n));
    }
    let mut out = String::new();
    text_form::push(rt, v, &mut out, MAX_TEXT);
    rt.reserve(out.len())?;
    Ok(rt.heap.string(out))
}

pub fn uint64_text(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let out = (int(args, 0)? as u64).to_string();
    Ok(rt.heap.string(out))
}

pub fn char_text(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let code = u32::try_from(int(args, 0)?).ok().and_then(char::from_u32);
    let c = code.unwrap_or(char::REPLACEMENT_CHARACTER);
    Ok(rt.heap.str(c.encode_utf8(&mut [0; 4])))
}

pub fn enum_text(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let n = usize::try_from(int(args, 0)?).ok();
    let names = text(rt, args, 1)?;
    let name = String::from(n.and_then(|n| names.split('\n').nth(n)).unwrap_or(""));
    Ok(rt.heap.string(name))
}

pub fn list_text(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let (len, cap) = (int(args, 1)?, int(args, 2)?);
    let slots = usize::try_from(cap).unwrap_or(0);
    let size: usize = items(rt, args, 0)?.iter().map(|&v| rt.heap.text(v).map_or(0, str::len)).sum();
    rt.reserve(size.saturating_add(slots.saturating_mul(6)))?;
    let texts = items(rt, args, 0)?;
    let mut out = String::from("{ #(");
    for i in 0..slots.max(texts.len()) {
        if i > 0 {
            out.push_str(", ");
        }
        out.push_str(texts.get(i).and_then(|&v| rt.heap.text(v)).unwrap_or("none"));
    }
    out.push_str(&format!("), {len}, {cap} }}"));
    Ok(rt.heap.string(out))
}

// ---- channels

/// Most values that wait in a channel.
const CHANNEL_SLOTS: usize = 4096;

/// A first-in first-out queue of integers. It has an identity: copies of what holds it hold the same queue.
#[derive(Default)]
struct Channel {
    waiting: VecDeque<i64>,
    received: i64,
}

impl Foreign for Channel {
    fn trace(&self, _tracer: &mut Tracer<'_>) {}

    fn extra_bytes(&self) -> usize {
        CHANNEL_SLOTS * size_of::<i64>()
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn as_any_mut(&mut self) -> &mut dyn Any {
        self
    }
}

/// Works on a channel; on an empty one where none was created.
fn with_channel<R>(rt: &mut Runtime, args: &[Value], work: impl FnOnce(&mut Channel) -> R) -> Result<R, Control> {
    let v = any(args, 0)?;
    match rt.heap.foreign_as_mut::<Channel>(v) {
        Some(channel) => Ok(work(channel)),
        None if v.is_nil() => Ok(work(&mut Channel::default())),
        None => Err(bad_argument(0)),
    }
}

pub fn channel_new(rt: &mut Runtime, _args: &[Value]) -> NativeResult {
    rt.charge(1)?;
    Ok(rt.heap.foreign(Box::new(Channel::default())))
}

pub fn channel_send(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let value = int(args, 1)?;
    with_channel(rt, args, |queue| {
        if queue.waiting.len() < CHANNEL_SLOTS {
            queue.waiting.push_back(value);
        }
    })?;
    Ok(Value::NIL)
}

pub fn channel_pending(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    with_channel(rt, args, |queue| Value::int(queue.waiting.len() as i64))
}

pub fn channel_receive(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    with_channel(rt, args, |queue| match queue.waiting.pop_front() {
        Some(value) => {
            queue.received = queue.received.wrapping_add(1);
            Value::int(value)
        }
        None => Value::int(0),
    })
}

pub fn channel_received(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    with_channel(rt, args, |queue| Value::int(queue.received))
}

pub fn channel_free(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    with_channel(rt, args, |queue| *queue = Channel::default())?;
    Ok(Value::NIL)
}
