//! Texts (8.3). All work on the printed form of any value.

use alloc::{
    string::{String, ToString},
    vec::Vec,
};

use motet_runtime::{Control, NativeResult, Runtime, Value};

use super::{arg, string, strings};
use crate::display;

natives! {
    "make_uppercase" => uppercase;
    "make_lowercase" => lowercase;
    "trim_spaces" => trim;
    "join_with" => join;
    "split_by" => split;
}

/// Longest text that one letter becomes in another case, in bytes per byte.
const CASE_GROWTH: usize = 3;

fn map_case(rt: &mut Runtime, v: Value, upper: bool) -> NativeResult {
    let v = display::text_value(rt, v)?;
    let len = rt.heap.text(v).map_or(0, str::len);
    rt.reserve(len * CASE_GROWTH)?;
    if let Some(mapped) = rt.heap.ascii_case(v, upper) {
        return Ok(mapped);
    }
    let text = rt.heap.text(v).unwrap_or("");
    let mapped = if upper { text.to_uppercase() } else { text.to_lowercase() };
    Ok(rt.heap.string(mapped))
}

/// `make uppercase`.
pub(super) fn uppercase(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    map_case(rt, arg(args, 0), true)
}

/// `make lowercase`.
pub(super) fn lowercase(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    map_case(rt, arg(args, 0), false)
}

/// `trim spaces from`.
pub(super) fn trim(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let v = display::text_value(rt, arg(args, 0))?;
    let text = rt.heap.text(v).unwrap_or("");
    let trimmed = text.trim();
    if trimmed.len() == text.len() {
        return Ok(v);
    }
    let trimmed = trimmed.to_string();
    string(rt, trimmed)
}

/// Items of a list; `None` if it is none.
fn items(rt: &mut Runtime, v: Value) -> Result<Option<Vec<Value>>, Control> {
    let n = rt.heap.items(v).map_or(0, Vec::len);
    rt.reserve(n * size_of::<Value>())?;
    Ok(rt.heap.items(v).cloned())
}

/// `join … with …`.
pub(super) fn join(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let Some(items) = items(rt, arg(args, 0))? else { return display::text_value(rt, arg(args, 0)) };
    let separator = match args.get(1) {
        Some(&v) => display::text(rt, v)?,
        None => String::new(),
    };
    let mut out = String::new();
    for (i, item) in items.into_iter().enumerate() {
        if i > 0 {
            out.push_str(&separator);
        }
        let before = out.len();
        display::append(rt, item, &mut out)?;
        rt.charge(1 + (out.len() - before + separator.len()) / 64)?;
        rt.room(out.len())?;
    }
    string(rt, out)
}

/// `split … by …`.
pub(super) fn split(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let (text, separator) = (display::text(rt, arg(args, 0))?, display::text(rt, arg(args, 1))?);
    if separator.is_empty() {
        return characters(rt, &text);
    }
    rt.charge(text.len() / 64)?;
    strings(rt, motet_runtime::split(&text, &separator))
}

/// The characters of a text as texts.
fn characters(rt: &mut Runtime, text: &str) -> NativeResult {
    let characters = text.char_indices().map(|(at, c)| &text[at..at + c.len_utf8()]);
    strings(rt, characters)
}
