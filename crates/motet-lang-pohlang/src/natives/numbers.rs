//! Numbers (8.2).

use alloc::{format, vec::Vec};

use motet_builtins::math;
use motet_runtime::{Control, NativeResult, Runtime, Value};

use super::{arg, fail};
use crate::{display, semantics::number};

natives! {
    "total_of" => total;
    "smallest_in" => smallest;
    "largest_in" => largest;
    "absolute" => abs;
    "round" => round;
    "round_down" => floor, Floor;
    "round_up" => ceil;
}

/// The numbers of a list; `name` is for messages.
fn numbers(rt: &mut Runtime, v: Value, name: &str) -> Result<Vec<f64>, Control> {
    let n = rt.heap.items(v).map_or(0, Vec::len);
    rt.reserve(n * size_of::<f64>())?;
    rt.charge(n / 8)?;
    let Some(items) = rt.heap.items(v) else {
        let got = display::text(rt, v)?;
        return fail(format!("{name} expects a list or a number, got {got}"));
    };
    match items.iter().position(|&v| number(v).is_none()) {
        None => Ok(items.iter().filter_map(|&v| number(v)).collect()),
        Some(i) => {
            let item = items[i];
            let got = display::text(rt, item)?;
            fail(format!("{name} expects numbers; item {i} was {got}"))
        }
    }
}

/// `total of`.
pub(super) fn total(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let v = arg(args, 0);
    if let Some(n) = number(v) {
        return Ok(Value::float(n));
    }
    Ok(Value::float(numbers(rt, v, "total of")?.into_iter().fold(0.0, |sum, n| sum + n)))
}

/// The number that no other one beats.
fn best(rt: &mut Runtime, v: Value, name: &str, beats: fn(f64, f64) -> bool) -> NativeResult {
    if let Some(n) = number(v) {
        return Ok(Value::float(n));
    }
    let all = numbers(rt, v, name)?;
    match all.into_iter().reduce(|best, n| if beats(n, best) { n } else { best }) {
        Some(n) => Ok(Value::float(n)),
        None => fail(format!("{name} an empty list is undefined")),
    }
}

/// `smallest in`.
pub(super) fn smallest(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    best(rt, arg(args, 0), "smallest in", |a, b| a < b)
}

/// `largest in`.
pub(super) fn largest(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    best(rt, arg(args, 0), "largest in", |a, b| a > b)
}

/// A function of a number; `name` is for messages.
fn apply(args: &[Value], name: &str, f: fn(f64) -> f64) -> NativeResult {
    match number(arg(args, 0)) {
        Some(n) => Ok(Value::float(f(n))),
        None => fail(format!("{name} requires a number")),
    }
}

/// `absolute value of`.
pub(super) fn abs(_rt: &mut Runtime, args: &[Value]) -> NativeResult {
    apply(args, "abs", f64::abs)
}

/// `round`: half away from zero.
pub(super) fn round(_rt: &mut Runtime, args: &[Value]) -> NativeResult {
    apply(args, "round", math::round)
}

/// `round down`.
pub(super) fn floor(_rt: &mut Runtime, args: &[Value]) -> NativeResult {
    apply(args, "floor", math::floor)
}

/// `round up`.
pub(super) fn ceil(_rt: &mut Runtime, args: &[Value]) -> NativeResult {
    apply(args, "ceil", math::ceil)
}
