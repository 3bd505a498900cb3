//! What kind of value something is to a Ruff program.

use motet_runtime::{ClassKind, Fiber, FuncKind, Runtime, Tag, Value};

use super::objects::{Bytes, Channel, Promise, Queue, Set, Stack};

/// Name that `type` gives.
#[must_use]
pub fn type_name(rt: &Runtime, v: Value) -> &'static str {
    match v.tag() {
        Tag::Int => "int",
        Tag::Float => "float",
        Tag::Str => "string",
        Tag::Bool => "bool",
        Tag::Nil | Tag::Unset => "null",
        Tag::List => "array",
        Tag::Map => "dict",
        Tag::Func | Tag::Native | Tag::Closure => "function",
        Tag::Record => record_kind(rt, v),
        Tag::Foreign => foreign_kind(rt, v),
        Tag::Cell => "unknown",
    }
}

/// Name in messages about operators.
#[must_use]
pub fn operand_name(rt: &Runtime, v: Value) -> &'static str {
    match v.tag() {
        Tag::Int | Tag::Float | Tag::Str | Tag::Bool | Tag::Nil | Tag::Unset | Tag::List | Tag::Map => type_name(rt, v),
        Tag::Record if is_struct(rt, v) => "struct",
        Tag::Func | Tag::Native if builtin_name(rt, v).is_some() => "native_function",
        Tag::Func | Tag::Native | Tag::Closure | Tag::Record | Tag::Foreign | Tag::Cell => "value",
    }
}

fn record_kind(rt: &Runtime, v: Value) -> &'static str {
    if is_struct(rt, v) {
        return "struct";
    }
    match result_or_option(rt, v) {
        Some(("Ok" | "Err", _)) => "result",
        Some(_) => "option",
        None => "tagged",
    }
}

fn foreign_kind(rt: &Runtime, v: Value) -> &'static str {
    if is_iterator(rt, v) {
        return "iterator";
    }
    match foreign_debug_name(rt, v) {
        "Generator" => "generator",
        "Promise" => "promise",
        "Set" => "set",
        "Queue" => "queue",
        "Stack" => "stack",
        "Bytes" => "bytes",
        "Channel" => "channel",
        _ => "unknown",
    }
}

/// Name of a foreign object's kind in debug forms.
#[must_use]
pub fn foreign_debug_name(rt: &Runtime, v: Value) -> &'static str {
    let Some(object) = rt.heap.foreign_ref(v) else { return "Unknown" };
    let any = object.as_any();
    if any.is::<Fiber>() {
        "Generator"
    } else if any.is::<Promise>() {
        "Promise"
    } else if any.is::<Set>() {
        "Set"
    } else if any.is::<Queue>() {
        "Queue"
    } else if any.is::<Stack>() {
        "Stack"
    } else if any.is::<Bytes>() {
        "Bytes"
    } else if any.is::<Channel>() {
        "Channel"
    } else {
        "Unknown"
    }
}

/// Whether it is a record with named fields.
#[must_use]
pub fn is_struct(rt: &Runtime, v: Value) -> bool {
    rt.class_of(v).is_some_and(|c| rt.classes.class(c).kind == ClassKind::Struct)
}

/// Whether it is a lazy iterator: a fiber of a hidden generator.
#[must_use]
pub fn is_iterator(rt: &Runtime, v: Value) -> bool {
    rt.heap.foreign_as::<Fiber>(v).is_some_and(|f| rt.funcs.get(f.func.0 as usize).is_some_and(|f| f.hidden))
}

/// Whether it is a generator or an iterator.
#[must_use]
pub fn is_fiber(rt: &Runtime, v: Value) -> bool {
    rt.heap.foreign_as::<Fiber>(v).is_some()
}

/// Name of a builtin: a native, or a hidden function.
#[must_use]
pub fn builtin_name(rt: &Runtime, v: Value) -> Option<&str> {
    if let Some(id) = v.as_native() {
        let name = rt.natives.get(id.0 as usize)?.name.as_ref();
        return Some(name.split_once('.').map_or(name, |(_, short)| short));
    }
    let info = rt.funcs.get(v.as_func()?.0 as usize)?;
    (info.hidden && info.kind != FuncKind::Generator).then(|| info.name.trim_start_matches('$'))
}

/// Name and payload of a result or option.
#[must_use]
pub fn result_or_option(rt: &Runtime, v: Value) -> Option<(&'static str, Option<Value>)> {
    let class = rt.classes.class(rt.class_of(v)?);
    if class.kind != ClassKind::Variant {
        return None;
    }
    let payload = rt.heap.fields(v).and_then(|f| f.first()).copied();
    match (&*class.name, payload) {
        ("Ok", Some(_)) => Some(("Ok", payload)),
        ("Err", Some(_)) => Some(("Err", payload)),
        ("Some", Some(_)) => Some(("Some", payload)),
        ("None", None) => Some(("None", None)),
        _ => None,
    }
}
