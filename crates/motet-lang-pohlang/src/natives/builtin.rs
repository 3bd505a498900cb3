//! The functions that programs call by name (8.1). They take any number of
//! arguments: missing ones are treated as the reference says, others ignored.

use alloc::{string::ToString, vec::Vec};

use motet_ir::NativeEffects;
use motet_runtime::{Capability, NativeFn, NativeResult, Runtime, Value};

use crate::semantics::number;

use super::{arg, collections, fail, numbers, string, texts};

/// Names of the functions and their natives.
pub const BUILTINS: &[(&str, &str)] = &[
    ("range", "pohlang.call_range"),
    ("join", "pohlang.call_join"),
    ("split", "pohlang.call_split"),
    ("length", "pohlang.call_length"),
    ("len", "pohlang.call_len"),
    ("sum", "pohlang.call_sum"),
    ("min", "pohlang.call_min"),
    ("max", "pohlang.call_max"),
    ("abs", "pohlang.call_abs"),
    ("round", "pohlang.call_round"),
    ("floor", "pohlang.call_floor"),
    ("ceil", "pohlang.call_ceil"),
    ("uppercase", "pohlang.call_uppercase"),
    ("lowercase", "pohlang.call_lowercase"),
    ("trim", "pohlang.call_trim"),
    ("first", "pohlang.call_first"),
    ("last", "pohlang.call_last"),
    ("reverse", "pohlang.call_reverse"),
    ("now", "pohlang.call_now"),
];

/// What calls of a native do to their arguments. Natives mark the parts that they hand out themselves.
#[must_use]
pub fn effects(native: &str) -> NativeEffects {
    let name = native.strip_prefix("pohlang.").unwrap_or(native);
    match name {
        // The collection comes first.
        "append_to" | "insert_at" | "remove_from" | "set_json" | "push_json" => {
            NativeEffects { consumes_first: true, retains: true, ..NativeEffects::default() }
        }
        "count_of" | "call_length" | "call_len" => NativeEffects { pure: true, ..NativeEffects::default() },
        _ => NativeEffects::default(),
    }
}

natives! {
    "call_range" => range;
    "call_join" => |rt, args| or_empty_text(rt, args, texts::join);
    "call_split" => split;
    "call_length" => collections::count;
    "call_len" => collections::count;
    "call_sum" => |rt, args| if args.is_empty() { Ok(Value::float(0.0)) } else { numbers::total(rt, args) };
    "call_min" => |rt, args| with_argument(rt, args, "smallest in requires at least one argument", numbers::smallest);
    "call_max" => |rt, args| with_argument(rt, args, "largest in requires at least one argument", numbers::largest);
    "call_abs" => |rt, args| with_argument(rt, args, "abs requires one argument", numbers::abs);
    "call_round" => |rt, args| with_argument(rt, args, "round requires one argument", numbers::round);
    "call_floor" => |rt, args| with_argument(rt, args, "floor requires one argument", numbers::floor);
    "call_ceil" => |rt, args| with_argument(rt, args, "ceil requires one argument", numbers::ceil);
    "call_uppercase" => |rt, args| or_empty_text(rt, args, texts::uppercase);
    "call_lowercase" => |rt, args| or_empty_text(rt, args, texts::lowercase);
    "call_trim" => |rt, args| or_empty_text(rt, args, texts::trim);
    "call_first" => |rt, args| with_argument(rt, args, "first requires one argument", collections::first);
    "call_last" => |rt, args| with_argument(rt, args, "last requires one argument", collections::last);
    "call_reverse" => |rt, args| with_argument(rt, args, "reverse requires one argument", collections::reverse);
    "call_now" => now;
}

/// `f`, or the message when there is no argument.
fn with_argument(rt: &mut Runtime, args: &[Value], message: &str, f: NativeFn) -> NativeResult {
    if args.is_empty() { fail(message) } else { f(rt, args) }
}

/// `f`, or an empty text when there is no argument.
fn or_empty_text(rt: &mut Runtime, args: &[Value], f: NativeFn) -> NativeResult {
    if args.is_empty() { Ok(rt.heap.str("")) } else { f(rt, args) }
}

fn split(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    if args.len() < 2 { Ok(rt.heap.list(Vec::new())) } else { texts::split(rt, args) }
}

/// Start, end and step; `None` if some are no numbers.
fn bounds(args: &[Value]) -> Option<(i64, i64, i64)> {
    let int = |i: usize| number(arg(args, i)).map(|n| n as i64);
    Some(match args.len() {
        0 => return None,
        1 => (0, int(0)?, 1),
        2 => (int(0)?, int(1)?, 1),
        _ => (int(0)?, int(1)?, int(2)?),
    })
}

/// How many numbers a range has.
fn range_len(start: i64, end: i64, step: i64) -> u128 {
    let distance = if step < 0 { i128::from(start) - i128::from(end) } else { i128::from(end) - i128::from(start) };
    match (u128::try_from(distance), u128::from(step.unsigned_abs())) {
        (Ok(distance), step @ 1..) => distance.div_ceil(step),
        _ => 0,
    }
}

fn range(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let (start, end, step) = bounds(args).unwrap_or((0, 0, 0));
    let n = usize::try_from(range_len(start, end, step)).unwrap_or(usize::MAX);
    rt.reserve(n.saturating_mul(size_of::<Value>()))?;
    rt.charge(n / 8)?;
    let mut items = Vec::with_capacity(n);
    let mut next = i128::from(start);
    for _ in 0..n {
        items.push(Value::float(next as f64));
        next += i128::from(step);
    }
    Ok(rt.heap.list(items))
}

/// Whole seconds since 1970, as text.
fn now(rt: &mut Runtime, _args: &[Value]) -> NativeResult {
    rt.require(Capability::Clock, "now")?;
    let seconds = rt.host.unix_nanos().div_euclid(1_000_000_000);
    string(rt, seconds.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_length_of_a_range_is_exact_for_all_bounds() {
        for ((start, end, step), expected) in [
            ((0, 5, 1), 5),
            ((2, 12, 4), 3),
            ((3, 0, -1), 3),
            ((3, 0, -2), 2),
            ((0, 5, -1), 0),
            ((5, 0, 1), 0),
            ((0, 5, 0), 0),
            ((i64::MIN, i64::MAX, 1), u128::from(u64::MAX)),
            ((i64::MAX, i64::MIN, i64::MIN), 2),
        ] {
            assert_eq!(range_len(start, end, step), expected);
        }
    }
}
