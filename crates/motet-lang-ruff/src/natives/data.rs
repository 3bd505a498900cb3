//! Data formats, digests (8.8).

use alloc::{
    format,
    string::{String, ToString},
    vec::Vec,
};

use motet_builtins::{Shapes, csv, encoding, json};
use motet_runtime::{Control, NativeResult, Runtime, Tag, Value};

use super::{
    arguments::{arity, data, owned, text},
    bytes, fail, new_dict, string,
};
use crate::semantics::{
    dict,
    display::{debug_form, text as display_text},
};

natives! {
    "parse_json" => parse_json;
    "to_json" => to_json;
    "to_json_pretty" => to_json;
    #[cfg(feature = "std")]
    "parse_toml" => parse_toml;
    #[cfg(feature = "std")]
    "to_toml" => to_toml;
    #[cfg(feature = "std")]
    "parse_yaml" => parse_yaml;
    #[cfg(feature = "std")]
    "to_yaml" => to_yaml;
    "parse_csv" => parse_csv;
    "to_csv" => to_csv;
    "encode_base64" => encode_base64;
    "decode_base64" => decode_base64;
    "sha256" => digest;
    "md5" => digest;
    "ssg_render_pages" => ssg_render_pages;
    "ssg_build_output_paths" => ssg_build_output_paths;
}

/// Deepest JSON read.
const JSON_DEPTH: usize = 64;
/// Longest JSON read, in bytes.
const JSON_BYTES: usize = 1 << 20;

/// How Ruff shows its values to writers.
const SHAPES: Shapes = Shapes { entries: dict::sorted, describe: debug_form };

/// A value from JSON.
pub(crate) fn from_json(rt: &mut Runtime, text: &str) -> NativeResult {
    rt.charge(text.len() / 64)?;
    json::parse(rt, text, JSON_DEPTH, JSON_BYTES).map_err(|e| failed(rt, e))
}

/// What a reader's failure means: the trap, when it stopped because a limit was reached.
fn failed(rt: &mut Runtime, message: String) -> Control {
    match rt.charge(0) {
        Err(trap) => trap,
        Ok(()) => Control::error(message),
    }
}

/// Compact or indented JSON.
pub(crate) fn as_json(rt: &Runtime, v: Value, pretty: bool) -> Result<String, Control> {
    json::write(rt, SHAPES, v, pretty).map_err(Control::error)
}

fn parse_json(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    arity(args, name, 1)?;
    let s = owned(rt, args, 0, name)?;
    from_json(rt, &s)
}

fn to_json(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    arity(args, name, 1)?;
    let out = as_json(rt, args[0], name.ends_with("pretty"))?;
    string(rt, out)
}

#[cfg(feature = "std")]
fn parse_toml(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    arity(args, name, 1)?;
    let s = owned(rt, args, 0, name)?;
    rt.charge(s.len() / 64)?;
    motet_builtins::toml::parse(rt, &s).map_err(|e| failed(rt, e))
}

#[cfg(feature = "std")]
fn to_toml(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    arity(args, name, 1)?;
    let out = motet_builtins::toml::write(rt, SHAPES, args[0]).map_err(Control::error)?;
    string(rt, out)
}

#[cfg(feature = "std")]
fn parse_yaml(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    arity(args, name, 1)?;
    let s = owned(rt, args, 0, name)?;
    rt.charge(s.len() / 64)?;
    motet_builtins::yaml::parse(rt, &s).map_err(|e| failed(rt, e))
}

#[cfg(feature = "std")]
fn to_yaml(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    arity(args, name, 1)?;
    let out = motet_builtins::yaml::write(rt, SHAPES, args[0]).map_err(Control::error)?;
    string(rt, out)
}

/// A field of a table: a number if it reads as one.
fn csv_field(rt: &mut Runtime, field: &str) -> Value {
    if let Ok(n) = field.parse() {
        return Value::int(n);
    }
    match field.parse::<f64>() {
        Ok(x) if x.is_finite() => Value::float(x),
        _ => rt.heap.str(field),
    }
}

fn parse_csv(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    arity(args, name, 1)?;
    let s = owned(rt, args, 0, name)?;
    rt.reserve(s.len())?;
    let mut records = csv::read(&s).into_iter();
    let header = records.next().unwrap_or_default();
    let mut rows = Vec::new();
    for record in records {
        rt.charge(record.len())?;
        let row = new_dict(rt, []);
        for (key, field) in header.iter().zip(&record) {
            let key = rt.heap.str(key);
            let value = csv_field(rt, field);
            dict::set(rt, row, key, value);
        }
        rows.push(row);
    }
    Ok(rt.heap.list(rows))
}

fn to_csv(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    arity(args, name, 1)?;
    let rows = match rt.heap.items(args[0]) {
        Some(rows) if rows.is_empty() => return fail("CSV requires non-empty array"),
        Some(rows) if rows.iter().all(|r| r.tag() == Tag::Map) => rows.clone(),
        _ => return fail("CSV requires array of dictionaries"),
    };
    let keys: Vec<Value> = rt.heap.entries(rows[0]).map(|m| m.iter().map(|(k, _)| k).collect()).unwrap_or_default();
    let mut out = String::new();
    let header: Vec<String> = keys.iter().map(|&k| dict::key_text(rt, k)).collect();
    csv::write_record(&mut out, header.iter().map(String::as_str));
    for row in rows {
        rt.charge(keys.len())?;
        let mut fields = Vec::with_capacity(keys.len());
        for &key in &keys {
            fields.push(dict::get(rt, row, key).map(|v| display_text(rt, v)).unwrap_or_default());
        }
        csv::write_record(&mut out, fields.iter().map(String::as_str));
    }
    string(rt, out)
}

fn encode_base64(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    arity(args, name, 1)?;
    let out = encoding::base64_encode(data(rt, args, 0, name)?);
    string(rt, out)
}

fn decode_base64(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    arity(args, name, 1)?;
    match encoding::base64_decode(text(rt, args, 0, name)?) {
        Ok(decoded) => bytes(rt, decoded),
        Err(e) => fail(format!("Base64 decode error: {e}")),
    }
}

fn digest(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    arity(args, name, 1)?;
    let content = data(rt, args, 0, name)?;
    let (size, out) =
        (content.len(), if name == "md5" { encoding::md5_hex(content) } else { encoding::sha256_hex(content) });
    rt.charge(size / 64)?;
    string(rt, out)
}

fn ssg_render_pages(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    arity(args, name, 1)?;
    let bodies = match rt.heap.items(args[0]) {
        Some(items) => items.clone(),
        None => return fail("ssg_render_pages() requires an array of strings"),
    };
    let (mut pages, mut total) = (Vec::new(), 0);
    for (i, body) in bodies.into_iter().enumerate() {
        let body = text(rt, &[body], 0, name)?;
        let page = format!("<html><body><h1>Post {i}</h1><article>{body}</article></body></html>");
        total += page.len();
        pages.push(string(rt, page)?);
    }
    let pages = rt.heap.list(pages);
    Ok(new_dict(rt, [("checksum", Value::int(total as i64)), ("pages", pages)]))
}

fn ssg_build_output_paths(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    super::arity_between(args, name, 2, 3)?;
    let dir = owned(rt, args, 0, name)?;
    let count = super::arguments::int(args, 1, name)?.max(0) as usize;
    let extension = if args.len() > 2 { owned(rt, args, 2, name)? } else { "html".to_string() };
    rt.reserve(count.saturating_mul(dir.len() + 64))?;
    let mut paths = Vec::new();
    for i in 0..count {
        rt.charge(1)?;
        let path = format!("{}/post_{i}.{}", dir.trim_end_matches('/'), extension.trim_start_matches('.'));
        paths.push(rt.heap.string(path));
    }
    Ok(rt.heap.list(paths))
}
