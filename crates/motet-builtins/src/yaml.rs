//! YAML 1.2, core schema: reading from the events of `saphyr-parser`, writing
//! in block style.
//!
//! Invariants: reading uses an explicit stack with bounded nesting; an alias
//! refers to the anchored value itself (marked as shared), so documents
//! cannot blow up.

use alloc::{
    collections::BTreeMap,
    format,
    string::{String, ToString},
    vec::Vec,
};

use motet_runtime::{Map, Runtime, Tag, Value};
use saphyr_parser::{Event, Parser, ScalarStyle};

use crate::{MAX_WRITE_DEPTH, Shapes};

/// Deepest nesting read.
const MAX_DEPTH: usize = 64;

/// An open collection.
enum Open {
    Sequence(Vec<Value>, usize),
    Mapping(Map, Option<Value>, usize),
}

/// Reads the first document.
///
/// # Errors
/// `YAML parse error: …`.
pub fn parse(rt: &mut Runtime, text: &str) -> Result<Value, String> {
    let mut open: Vec<Open> = Vec::new();
    let mut anchors: BTreeMap<usize, Value> = BTreeMap::new();
    for event in Parser::new_from_str(text) {
        let (event, _) = event.map_err(|e| format!("YAML parse error: {e}"))?;
        if rt.heap.is_over_limit() || rt.charge(1).is_err() {
            return Err("YAML parse error: out of memory".to_string());
        }
        let done = match event {
            Event::Scalar(text, style, anchor, _) => {
                let v = scalar(rt, &text, style);
                Some((v, anchor))
            }
            Event::Alias(id) => {
                let v = anchors.get(&id).copied().ok_or("YAML parse error: alias of an open collection")?;
                rt.heap.share(v);
                Some((v, 0))
            }
            Event::SequenceStart(anchor, _) => {
                open.push(Open::Sequence(Vec::new(), anchor));
                None
            }
            Event::MappingStart(anchor, _) => {
                open.push(Open::Mapping(Map::default(), None, anchor));
                None
            }
            Event::SequenceEnd | Event::MappingEnd => match open.pop() {
                Some(Open::Sequence(items, anchor)) => Some((rt.heap.list(items), anchor)),
                Some(Open::Mapping(map, _, anchor)) => Some((rt.heap.map(map), anchor)),
                None => None,
            },
            Event::Nothing | Event::StreamStart | Event::DocumentStart(_) => None,
            Event::StreamEnd | Event::DocumentEnd => break,
        };
        if open.len() > MAX_DEPTH {
            return Err("YAML parse error: nesting is too deep".to_string());
        }
        let Some((v, anchor)) = done else { continue };
        if anchor > 0 {
            rt.heap.share(v);
            anchors.insert(anchor, v);
        }
        match open.last_mut() {
            None => return Ok(v),
            Some(Open::Sequence(items, _)) => items.push(v),
            Some(Open::Mapping(map, key, _)) => match key.take() {
                None => *key = Some(key_of(rt, v)?),
                Some(key) => {
                    map.insert(rt.heap.key(key), v);
                }
            },
        }
    }
    Ok(Value::NIL)
}

/// The text by which a mapping's key is known.
fn key_of(rt: &mut Runtime, v: Value) -> Result<Value, String> {
    let text = match v.tag() {
        Tag::Str => return Ok(v),
        Tag::Int => v.as_int().unwrap_or(0).to_string(),
        Tag::Float => v.as_float().unwrap_or(0.0).to_string(),
        Tag::Bool => (v.as_bool() == Some(true)).to_string(),
        Tag::Nil => "null".to_string(),
        _ => return Err("YAML parse error: keys must be scalars".to_string()),
    };
    Ok(rt.heap.string(text))
}

fn scalar(rt: &mut Runtime, text: &str, style: ScalarStyle) -> Value {
    if style == ScalarStyle::Plain
        && let Some(v) = plain(text)
    {
        return v;
    }
    rt.heap.str(text)
}

/// What a plain scalar is in the core schema; `None` for strings.
fn plain(text: &str) -> Option<Value> {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Some(Value::NIL),
        "true" | "True" | "TRUE" => return Some(Value::TRUE),
        "false" | "False" | "FALSE" => return Some(Value::FALSE),
        ".inf" | ".Inf" | ".INF" | "+.inf" => return Some(Value::float(f64::INFINITY)),
        "-.inf" | "-.Inf" | "-.INF" => return Some(Value::float(f64::NEG_INFINITY)),
        ".nan" | ".NaN" | ".NAN" => return Some(Value::float(f64::NAN)),
        _ => {}
    }
    if let Some(digits) = text.strip_prefix("0x") {
        return i64::from_str_radix(digits, 16).ok().map(Value::int);
    }
    if let Some(digits) = text.strip_prefix("0o") {
        return i64::from_str_radix(digits, 8).ok().map(Value::int);
    }
    let numeric = text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'+' | b'-' | b'.' | b'e' | b'E'))
        && text.bytes().any(|b| b.is_ascii_digit());
    if !numeric {
        return None;
    }
    text.parse().ok().map(Value::int).or_else(|| text.parse().ok().map(Value::float))
}

/// Writes a document in block style.
///
/// # Errors
/// `Cannot convert … to YAML`.
pub fn write(rt: &Runtime, shapes: Shapes, v: Value) -> Result<String, String> {
    let mut out = String::new();
    block(rt, shapes, v, 0, false, &mut out)?;
    Ok(out)
}

/// Writes a node and its line break. `inline`: the line already has a dash or a key.
fn block(rt: &Runtime, shapes: Shapes, v: Value, depth: usize, inline: bool, out: &mut String) -> Result<(), String> {
    if depth > MAX_WRITE_DEPTH {
        return Err("Cannot convert value to YAML: nesting is too deep".to_string());
    }
    let pad = |out: &mut String, depth: usize| out.extend(core::iter::repeat_n("  ", depth));
    match v.tag() {
        Tag::List if rt.heap.items(v).is_some_and(|l| !l.is_empty()) => {
            for (i, &item) in rt.heap.items(v).into_iter().flatten().enumerate() {
                if i > 0 || !inline {
                    pad(out, depth);
                }
                out.push_str("- ");
                block(rt, shapes, item, depth + 1, true, out)?;
            }
        }
        Tag::Map if rt.heap.entries(v).is_some_and(|m| !m.is_empty()) => {
            for (i, (key, item)) in (shapes.entries)(rt, v).into_iter().enumerate() {
                if i > 0 || !inline {
                    pad(out, depth);
                }
                quoted(&key, out);
                out.push(':');
                let nested = match item.tag() {
                    Tag::Map => rt.heap.entries(item).is_some_and(|m| !m.is_empty()),
                    Tag::List => rt.heap.items(item).is_some_and(|l| !l.is_empty()),
                    _ => false,
                };
                out.push(if nested { '\n' } else { ' ' });
                // A sequence under a key needs no deeper indentation.
                let deeper = if item.tag() == Tag::List { depth } else { depth + 1 };
                block(rt, shapes, item, deeper, !nested, out)?;
            }
        }
        Tag::List => out.push_str("[]\n"),
        Tag::Map => out.push_str("{}\n"),
        Tag::Str => {
            quoted(rt.heap.text(v).unwrap_or(""), out);
            out.push('\n');
        }
        Tag::Nil => out.push_str("null\n"),
        Tag::Bool => out.push_str(if v.as_bool() == Some(true) { "true\n" } else { "false\n" }),
        Tag::Int => out.push_str(&format!("{}\n", v.as_int().unwrap_or(0))),
        Tag::Float => out.push_str(&float(v.as_float().unwrap_or(0.0))),
        _ => return Err(format!("Cannot convert {} to YAML", (shapes.describe)(rt, v))),
    }
    Ok(())
}

fn float(x: f64) -> String {
    if x.is_nan() {
        return ".nan\n".to_string();
    }
    if x.is_infinite() {
        return if x > 0.0 { ".inf\n" } else { "-.inf\n" }.to_string();
    }
    format!("{x:?}\n")
}

/// A string, plain where that is unambiguous, else in quotes.
fn quoted(text: &str, out: &mut String) {
    let safe_first = text.chars().next().is_some_and(|c| c.is_alphabetic() || c == '_' || c == '/');
    let safe = safe_first
        && !text.contains(": ")
        && !text.contains(" #")
        && !text.ends_with([':', ' '])
        && !text.chars().any(char::is_control)
        && plain(text).is_none()
        && !matches!(text, "y" | "Y" | "n" | "N" | "yes" | "Yes" | "no" | "No" | "on" | "On" | "off" | "Off");
    if safe {
        out.push_str(text);
        return;
    }
    if text.chars().any(char::is_control) {
        // JSON strings are YAML double-quoted scalars.
        out.push_str(&serde_json::to_string(text).unwrap_or_default());
        return;
    }
    out.push('\'');
    out.push_str(&text.replace('\'', "''"));
    out.push('\'');
}
