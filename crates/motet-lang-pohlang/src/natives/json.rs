//! JSON (8.6): objects are dictionaries, arrays lists, null is nothing.

use alloc::{
    format,
    string::{String, ToString},
    vec::Vec,
};

use motet_builtins::json;
use motet_runtime::{Control, Map, NativeResult, Runtime, Tag, Value, out_of_memory};

use super::{arg, collections, fail, own, string};
use crate::error::ErrorValue;

natives! {
    "parse_json" => parse;
    "to_json" => |rt, args| write(rt, args, false);
    "to_pretty_json" => |rt, args| write(rt, args, true);
    "json_length" => length;
    "new_object" => |rt, _| Ok(rt.heap.map(Map::default()));
    "new_array" => |rt, _| Ok(rt.heap.list(Vec::new()));
    "get_json" => get;
    "set_json" => set;
    "push_json" => push;
}

/// Deepest nesting read; the reader stops at 128 in its own words.
const MAX_DEPTH: usize = 256;

/// How PohLang writes JSON.
const STYLE: json::Style =
    json::Style { entries: sorted, refuse, float: json::push_float, special_floats: true, max_depth: usize::MAX };

/// Entries in the order of their keys' bytes.
fn sorted(rt: &Runtime, map: Value) -> Vec<(String, Value)> {
    let entries = rt.heap.entries(map).into_iter().flat_map(Map::iter);
    let mut entries: Vec<_> = entries.map(|(k, v)| (rt.heap.text(k).unwrap_or("").to_string(), v)).collect();
    entries.sort_by(|a, b| a.0.cmp(&b.0));
    entries
}

/// Message for a value that JSON does not have.
fn refuse(rt: &Runtime, v: Value) -> String {
    let Some(object) = rt.heap.foreign_ref(v) else { return "Cannot convert function to JSON".to_string() };
    if let Some(error) = rt.heap.foreign_as::<ErrorValue>(v) {
        return format!("Cannot convert error to JSON: {}", error.message());
    }
    let text = object.printed().unwrap_or_default();
    let what = match text.trim_matches(['<', '>']).split(' ').next() {
        Some("WebServer") => "web server",
        Some("HttpRequest") => "HTTP request",
        Some("HttpResponse") => "HTTP response",
        _ => "object",
    };
    format!("Cannot convert {what} to JSON")
}

/// Compact or indented JSON.
///
/// # Errors
/// Values that JSON does not have, out of memory, out of fuel.
pub(crate) fn to_json(rt: &mut Runtime, v: Value, pretty: bool) -> Result<String, Control> {
    json::write_as(rt, &STYLE, v, pretty)
}

fn write(rt: &mut Runtime, args: &[Value], pretty: bool) -> NativeResult {
    let text = to_json(rt, arg(args, 0), pretty)?;
    string(rt, text)
}

fn parse(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let Some(text) = rt.heap.text(arg(args, 0)).map(str::to_string) else {
        return fail("parse json from: input must be a string");
    };
    rt.reserve(text.len())?;
    json::read(rt, &text, MAX_DEPTH, json::Numbers::Floats).or_else(|cause| {
        // The reader stops at a limit with an error of its own.
        rt.charge(0)?;
        if rt.heap.is_over_limit() {
            return Err(out_of_memory());
        }
        fail(format!("Failed to parse JSON: Failed to parse JSON: {cause}"))
    })
}

fn length(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    match arg(args, 0).tag() {
        Tag::List | Tag::Map => collections::count(rt, args),
        _ => fail("json length of: argument must be a JSON array or object"),
    }
}

/// Checks key and object of `get` and `set`.
fn checked(rt: &Runtime, object: Value, key: Value, phrase: &str) -> Result<(), Control> {
    if key.tag() != Tag::Str {
        return fail(format!("{phrase}: key must be a string"));
    }
    if rt.heap.entries(object).is_none() {
        return fail(format!("{phrase}: first argument must be a JSON object (dictionary)"));
    }
    Ok(())
}

/// `get k from json o`: the key first.
fn get(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let (key, object) = (arg(args, 0), arg(args, 1));
    checked(rt, object, key, "get from json")?;
    match rt.heap.entries(object).and_then(|m| m.get(rt.heap.key(key))) {
        Some(v) => {
            rt.heap.share(v);
            Ok(v)
        }
        None => fail(format!("Key '{}' not found in JSON object", rt.heap.text(key).unwrap_or(""))),
    }
}

/// `set k in json o to v`: the object first, then key and value.
fn set(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let (object, key, v) = (arg(args, 0), arg(args, 1), arg(args, 2));
    checked(rt, object, key, "set in json")?;
    rt.heap.share(v);
    let object = own(rt, object)?;
    let key = rt.heap.key(key);
    rt.heap.update_map(object, |m| m.insert(key, v));
    Ok(object)
}

/// `push v to json a`: the array first.
fn push(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    if arg(args, 0).tag() != Tag::List {
        return fail("push to json: first argument must be a JSON array (list)");
    }
    collections::push(rt, arg(args, 0), arg(args, 1))
}
