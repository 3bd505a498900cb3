//! Natives that only lowered code calls; see [`crate::builtins::internal`].

use alloc::{string::String, vec::Vec};

use motet_runtime::{ClassKind, NativeResult, Runtime, Tag, Value};

use super::{fail, shared_list};
use crate::semantics::{LANGUAGE, dict, kind};

natives! {
    "$element" => element;
    "$rest" => rest;
    "$entry" => entry;
    "$without" => without;
    "$array_len" => array_len;
    "$has_entry" => has_entry;
    "$payload_len" => payload_len;
    "$payload" => payload;
    "$bound" => bound;
    "$is_sequence" => is_sequence;
    "$key" => key;
    "$make_tag" => make_tag;
}

fn at(args: &[Value], i: usize) -> Value {
    args.get(i).copied().unwrap_or(Value::NIL)
}

fn position(args: &[Value]) -> usize {
    at(args, 1).as_int().and_then(|i| usize::try_from(i).ok()).unwrap_or(usize::MAX)
}

fn element(rt: &mut Runtime, args: &[Value], _name: &str) -> NativeResult {
    let v = rt.heap.items(at(args, 0)).and_then(|l| l.get(position(args))).copied().unwrap_or(Value::NIL);
    Ok(v)
}

fn rest(rt: &mut Runtime, args: &[Value], _name: &str) -> NativeResult {
    let Some(items) = rt.heap.items(at(args, 0)) else { return Ok(Value::NIL) };
    let tail = items.get(position(args)..).unwrap_or_default().to_vec();
    shared_list(rt, tail)
}

fn entry(rt: &mut Runtime, args: &[Value], _name: &str) -> NativeResult {
    let v = dict::get(rt, at(args, 0), at(args, 1)).unwrap_or(Value::NIL);
    Ok(v)
}

fn without(rt: &mut Runtime, args: &[Value], _name: &str) -> NativeResult {
    let v = at(args, 0);
    let Some(n) = rt.heap.entries(v).map(|m| m.len()) else { return Ok(Value::NIL) };
    rt.charge(n)?;
    let copy = rt.heap.copy_container(v);
    for &key in args.get(1..).unwrap_or_default() {
        dict::remove(rt, copy, key);
    }
    Ok(copy)
}

fn array_len(rt: &mut Runtime, args: &[Value], _name: &str) -> NativeResult {
    Ok(Value::int(rt.heap.items(at(args, 0)).map_or(-1, |l| l.len() as i64)))
}

fn has_entry(rt: &mut Runtime, args: &[Value], _name: &str) -> NativeResult {
    Ok(Value::bool(dict::present(rt, at(args, 0), at(args, 1)).is_some()))
}

/// Payload of a variant; empty for everything else.
fn payload_of(rt: &Runtime, v: Value) -> Vec<Value> {
    match rt.class_of(v) {
        Some(class) if rt.classes.class(class).kind == ClassKind::Variant => {
            rt.heap.fields(v).map(<[Value]>::to_vec).unwrap_or_default()
        }
        _ => Vec::new(),
    }
}

fn payload_len(rt: &mut Runtime, args: &[Value], _name: &str) -> NativeResult {
    Ok(Value::int(payload_of(rt, at(args, 0)).len() as i64))
}

fn payload(rt: &mut Runtime, args: &[Value], _name: &str) -> NativeResult {
    let v = payload_of(rt, at(args, 0)).get(position(args)).copied().unwrap_or(Value::NIL);
    Ok(v)
}

fn bound(_rt: &mut Runtime, args: &[Value], _name: &str) -> NativeResult {
    let v = at(args, 0);
    match (v.as_int(), v.as_float()) {
        (Some(_), _) => Ok(v),
        (_, Some(x)) => Ok(Value::int(x as i64)),
        _ => fail("range() requires numeric arguments"),
    }
}

fn is_sequence(rt: &mut Runtime, args: &[Value], _name: &str) -> NativeResult {
    let v = at(args, 0);
    Ok(Value::bool(v.tag() == Tag::List || kind::is_fiber(rt, v)))
}

fn key(rt: &mut Runtime, args: &[Value], _name: &str) -> NativeResult {
    let v = at(args, 0);
    match v.tag() {
        Tag::Str => Ok(v),
        Tag::Int => Ok(super::key_string(rt, v)),
        _ => fail("Dict keys must be strings"),
    }
}

/// A tagged value of the name and payload given.
fn make_tag(rt: &mut Runtime, args: &[Value], _name: &str) -> NativeResult {
    let Some(text) = rt.heap.text(at(args, 0)).map(String::from) else { return Ok(Value::NIL) };
    let payload = args.get(1..).unwrap_or_default();
    for &v in payload {
        rt.heap.share(v);
    }
    Ok(rt.variant(LANGUAGE, &text, payload))
}
