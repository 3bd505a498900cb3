//! What every object understands.

use alloc::{format, string::String, vec::Vec};

use motet_runtime::{Control, NativeResult, Runtime, Symbol, Tag, Value};

use super::{numbers, take};
use crate::{
    som::world::{self, SOM, fail, is_hidden, plain_name},
    world::{ClassNo, World},
};

natives! {
    "Object>>class" => class;
    "Object>>objectSize" => object_size;
    "Object>>==" => numbers::same;
    "Object>>hashcode" => hashcode;
    "Object>>inspect" => inspect;
    "Object>>halt" => halt;
    "Object>>perform:" => perform;
    "Object>>perform:withArguments:" => perform_with;
    "Object>>perform:inSuperclass:" => perform_in;
    "Object>>perform:withArguments:inSuperclass:" => perform_with_in;
    "Object>>instVarAt:" => variable_at;
    "Object>>instVarAt:put:" => variable_at_put;
    "Object>>instVarNamed:" => variable_named;
}

fn class(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let [v] = take(args)?;
    let number = world::class(rt, v);
    Ok(World::of(rt, &SOM).class(number).object)
}

/// The class that a value is.
pub(super) fn class_arg(rt: &mut Runtime, v: Value) -> Result<ClassNo, Control> {
    World::of(rt, &SOM);
    match World::get(rt, &SOM).and_then(|world| world.class_from(rt, v)) {
        Some(number) => Ok(number),
        None => fail("a class is required"),
    }
}

/// Number of variables, and one for the class.
fn object_size(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let [v] = take(args)?;
    let parts = rt.heap.fields(v).map_or(0, <[Value]>::len) + rt.heap.items(v).map_or(0, Vec::len);
    Ok(Value::int(parts as i64 + 1))
}

fn hashcode(_rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let [v] = take(args)?;
    Ok(match v.tag() {
        Tag::Int => v,
        Tag::Float => Value::int((v.as_float().unwrap_or(0.0).to_bits() >> 11) as i64),
        Tag::Nil | Tag::Unset => Value::int(1),
        Tag::Bool => Value::int(if v.as_bool() == Some(true) { 2 } else { 3 }),
        // Objects stay where they are.
        _ => Value::int((v.bits() >> 4) as i64 & 0x0fff_ffff),
    })
}

fn inspect(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let [v] = take(args)?;
    let mut text = String::new();
    super::text::push_shown(rt, v, &mut text);
    text.push('\n');
    rt.host.write_out(text.as_bytes());
    Ok(v)
}

fn halt(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let [v] = take(args)?;
    rt.host.write_err(b"halt\n");
    Ok(v)
}

fn selector(rt: &mut Runtime, v: Value) -> Result<Symbol, Control> {
    match world::selector(rt, v) {
        Some(selector) => Ok(selector),
        None => fail("a Symbol is required to perform a message"),
    }
}

/// Number of arguments of a selector.
pub(super) fn arity(selector: &str) -> usize {
    match selector.chars().next() {
        Some(c) if c.is_alphabetic() => selector.matches(':').count(),
        _ => 1,
    }
}

/// The receiver and the arguments of a message, of which there must be as many as the selector has.
fn message(rt: &Runtime, receiver: Value, selector: Symbol, args: Value) -> Result<Vec<Value>, Control> {
    let Some(items) = rt.heap.items(args) else { return fail("an Array of arguments is required") };
    let name = rt.symbols.name(selector);
    if arity(name) != items.len() {
        return fail(format!("{name} takes {} arguments but got {}", arity(name), items.len()));
    }
    let mut all = Vec::with_capacity(items.len() + 1);
    all.push(receiver);
    all.extend_from_slice(items);
    Ok(all)
}

/// The receiver alone, for a selector without arguments.
fn alone(rt: &Runtime, receiver: Value, selector: Symbol) -> Result<Vec<Value>, Control> {
    let name = rt.symbols.name(selector);
    match arity(name) {
        0 => Ok(Vec::from([receiver])),
        n => fail(format!("{name} takes {n} arguments but got 0")),
    }
}

fn perform(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let [receiver, name] = take(args)?;
    let selector = selector(rt, name)?;
    let args = alone(rt, receiver, selector)?;
    world::send(rt, selector, args)
}

fn perform_with(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let [receiver, name, args] = take(args)?;
    let selector = selector(rt, name)?;
    let args = message(rt, receiver, selector, args)?;
    world::send(rt, selector, args)
}

fn perform_in(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let [receiver, name, class] = take(args)?;
    let selector = selector(rt, name)?;
    let args = alone(rt, receiver, selector)?;
    let class = class_arg(rt, class)?;
    world::send_as(rt, class, selector, args)
}

fn perform_with_in(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let [receiver, name, args, class] = take(args)?;
    let selector = selector(rt, name)?;
    let args = message(rt, receiver, selector, args)?;
    let class = class_arg(rt, class)?;
    world::send_as(rt, class, selector, args)
}

/// Positions of an object's variables that programs know of.
fn variables(rt: &mut Runtime, v: Value) -> (usize, usize) {
    let number = world::class(rt, v);
    let world = World::of(rt, &SOM);
    let names = world.all_instance_variables(number);
    let (hidden, all) = (names.iter().filter(|name| is_hidden(name)).count(), names.len());
    let present = rt.heap.fields(v).map_or(0, <[Value]>::len);
    (hidden.min(present), all.min(present))
}

fn variable(rt: &mut Runtime, v: Value, index: Value) -> Result<usize, Control> {
    let (first, end) = variables(rt, v);
    let at = index.as_int().and_then(|i| usize::try_from(i).ok()).and_then(|i| i.checked_sub(1));
    match at.map(|at| at + first).filter(|&at| at < end) {
        Some(at) => Ok(at),
        None => fail("there is no instance variable with this index"),
    }
}

fn variable_at(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let [v, index] = take(args)?;
    let at = variable(rt, v, index)?;
    Ok(rt.heap.fields(v).and_then(|fields| fields.get(at).copied()).unwrap_or(Value::NIL))
}

fn variable_at_put(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let [v, index, value] = take(args)?;
    let at = variable(rt, v, index)?;
    if let Some(field) = rt.heap.fields_mut(v).and_then(|fields| fields.get_mut(at)) {
        *field = value;
    }
    Ok(value)
}

fn variable_named(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let [v, name] = take(args)?;
    let Some(name) = world::text(rt, name).map(String::from) else { return fail("a name is required") };
    let number = world::class(rt, v);
    let world = World::of(rt, &SOM);
    let at = world.all_instance_variables(number).iter().rposition(|n| plain_name(n) == name && !is_hidden(n));
    match at.and_then(|at| rt.heap.fields(v)?.get(at).copied()) {
        Some(value) => Ok(value),
        None => fail(format!("there is no instance variable {name}")),
    }
}
