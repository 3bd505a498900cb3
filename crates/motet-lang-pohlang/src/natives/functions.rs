//! What lowered expressions need beside operators.

use alloc::vec::Vec;

use motet_runtime::{NativeResult, Runtime, Value};

use super::arg;
use crate::display;

natives! {
    "$length" => length, Len;
    "$same" => same;
    "$has" => has, Has;
}

/// `(list)`: its length, an integer.
fn length(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    Ok(Value::int(rt.heap.items(arg(args, 0)).map_or(0, Vec::len) as i64))
}

/// `(a, b)`: whether the values are equal, a boolean.
fn same(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    display::same(rt, arg(args, 0), arg(args, 1)).map(Value::bool)
}

/// `(dictionary, text)`: whether there is such an entry.
fn has(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    Ok(Value::bool(rt.heap.has_key(arg(args, 0), arg(args, 1))))
}
