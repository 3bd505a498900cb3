//! Checks of argument counts and kinds, with the reference's messages.

use alloc::{format, string::String};

use motet_runtime::{Control, NativeResult, Runtime, Tag, Value};

use super::fail;
use crate::semantics::{bytes_of, dict};

natives! {
    "$identity" => identity;
}

fn identity(_rt: &mut Runtime, args: &[Value], _name: &str) -> NativeResult {
    Ok(args.first().copied().unwrap_or(Value::NIL))
}

/// Exactly `n` arguments.
pub(crate) fn arity(args: &[Value], name: &str, n: usize) -> Result<(), Control> {
    if args.len() == n {
        return Ok(());
    }
    fail(format!("{name} expects {n} arguments, got {}", args.len()))
}

/// Exactly `n` arguments; the noun of the message agrees with the number.
pub(crate) fn arity_agreeing(args: &[Value], name: &str, n: usize) -> Result<(), Control> {
    if args.len() == n {
        return Ok(());
    }
    fail(format!("{name} expects {n} argument{}, got {}", if n == 1 { "" } else { "s" }, args.len()))
}

/// `min` to `max` arguments.
pub(crate) fn arity_between(args: &[Value], name: &str, min: usize, max: usize) -> Result<(), Control> {
    if (min..=max).contains(&args.len()) {
        return Ok(());
    }
    fail(format!("{name} expects {min} to {max} arguments, got {}", args.len()))
}

/// The text of argument `i`.
pub(crate) fn text<'a>(rt: &'a Runtime, args: &[Value], i: usize, name: &str) -> Result<&'a str, Control> {
    match args.get(i).and_then(|&v| rt.heap.text(v)) {
        Some(text) => Ok(text),
        None => fail(format!("{name}() requires a string argument")),
    }
}

/// The text of argument `i`, as an owned string.
pub(crate) fn owned(rt: &Runtime, args: &[Value], i: usize, name: &str) -> Result<String, Control> {
    text(rt, args, i, name).map(String::from)
}

/// The int of argument `i`; floats are truncated.
pub(crate) fn int(args: &[Value], i: usize, name: &str) -> Result<i64, Control> {
    match args.get(i).map(|v| (v.as_int(), v.as_float())) {
        Some((Some(n), _)) => Ok(n),
        Some((_, Some(x))) => Ok(x as i64),
        _ => fail(format!("{name}() requires an integer argument")),
    }
}

/// The number of argument `i`.
pub(crate) fn number(args: &[Value], i: usize, name: &str) -> Result<f64, Control> {
    match args.get(i).copied().and_then(as_number) {
        Some(x) => Ok(x),
        None => fail(format!("{name}() requires a numeric argument")),
    }
}

/// A number as a float.
pub(crate) fn as_number(v: Value) -> Option<f64> {
    v.as_float().or_else(|| v.as_int().map(|i| i as f64))
}

/// Argument `i`, an array.
pub(crate) fn list(args: &[Value], i: usize, name: &str) -> Result<Value, Control> {
    match args.get(i) {
        Some(&v) if v.tag() == Tag::List => Ok(v),
        _ if i == 0 => fail(format!("{name}() requires an array as the first argument")),
        _ => fail(format!("{name}() requires an array argument")),
    }
}

/// Bytes of argument `i`, a string or bytes.
pub(crate) fn data<'a>(rt: &'a Runtime, args: &[Value], i: usize, name: &str) -> Result<&'a [u8], Control> {
    let v = args.get(i).copied().unwrap_or(Value::NIL);
    match rt.heap.text(v).map(str::as_bytes).or_else(|| bytes_of(rt, v)) {
        Some(bytes) => Ok(bytes),
        None => fail(format!("{name}() requires a string or bytes argument")),
    }
}

/// A key as a string value.
pub(crate) fn key_string(rt: &mut Runtime, key: Value) -> Value {
    if key.tag() == Tag::Str {
        return key;
    }
    let text = dict::key_text(rt, key);
    rt.heap.string(text)
}
