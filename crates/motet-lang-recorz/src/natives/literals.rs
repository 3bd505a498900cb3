//! What lowered code makes literals of, and asks arrays.

use motet_runtime::{Control, Inline, NativeDef, NativeResult, Runtime, Value};
use num_bigint::BigInt;

use super::{arg, bytes, string};
use crate::{arith, big};

/// The functions that lowered code calls.
pub(crate) const TABLE: &[NativeDef] = &[
    NativeDef { name: "recorz.string", run: new_string, inline: None },
    NativeDef { name: "recorz.byte_array", run: byte_array, inline: None },
    NativeDef { name: "recorz.large", run: large, inline: None },
    NativeDef { name: "recorz.scaled", run: scaled, inline: None },
    NativeDef { name: "recorz.array", run: array, inline: None },
    NativeDef { name: "recorz.length", run: length, inline: Some(Inline::Len) },
];

fn misused() -> Control {
    Control::error("a literal is not of its kind")
}

/// Number of elements of an array.
fn length(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    rt.heap.items(arg(args, 0)).map(|items| Value::int(items.len() as i64)).ok_or_else(misused)
}

/// A String with the characters of a text of the core's.
fn new_string(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let text = alloc::string::String::from(rt.heap.text(arg(args, 0)).ok_or_else(misused)?);
    string(rt, text)
}

/// A ByteArray with the codes of characters.
fn byte_array(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let text = rt.heap.text(arg(args, 0)).ok_or_else(misused)?;
    let content = text.chars().map(|c| c as u8).collect();
    bytes(rt, content)
}

/// The integer of a text of digits with a sign, in a base.
fn large(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let base = arg(args, 1).as_int().and_then(|n| u32::try_from(n).ok()).unwrap_or(10);
    let text = rt.heap.text(arg(args, 0)).ok_or_else(misused)?;
    let (negative, digits) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
    let n = big::parse(digits, base).ok_or_else(misused)?;
    big::checked_value(rt, if negative { -n } else { n })
}

/// The scaled decimal of a text of digits, how many of them are behind the point, and the scale.
fn scaled(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let text = rt.heap.text(arg(args, 0)).ok_or_else(misused)?;
    let (negative, digits) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
    let n = big::parse(digits, 10).ok_or_else(misused)?;
    let decimals = arg(args, 1).as_int().and_then(|n| u64::try_from(n).ok()).ok_or_else(misused)?;
    let scale = arg(args, 2).as_int().ok_or_else(misused)?;
    let unit = big::pow(rt, &BigInt::from(10), decimals)?;
    arith::scaled(rt, if negative { -n } else { n }, unit, scale)
}

/// An Array: a list that keeps its length.
fn array(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    rt.heap.fix_length(arg(args, 0));
    Ok(arg(args, 0))
}
