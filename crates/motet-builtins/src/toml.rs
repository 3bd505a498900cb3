//! TOML.
//!
//! Invariant: nesting is bounded in both directions.

use alloc::{
    format,
    string::{String, ToString},
};

use motet_runtime::{Runtime, Tag, Value};
use serde::de::DeserializeSeed;

use crate::{
    MAX_WRITE_DEPTH, Shapes,
    reader::{Numbers, ValueSeed},
};

/// Deepest nesting read.
const MAX_DEPTH: usize = 64;

/// Reads a document; dates become texts.
///
/// # Errors
/// `TOML parse error: …`.
pub fn parse(rt: &mut Runtime, text: &str) -> Result<Value, String> {
    let message = |e: toml::de::Error| format!("TOML parse error: {}", e.to_string().trim_end());
    let reader = toml::Deserializer::parse(text).map_err(message)?;
    ValueSeed { rt, depth: MAX_DEPTH, numbers: Numbers::AsWritten }.deserialize(reader).map_err(message)
}

/// Writes a table; null becomes an empty text.
///
/// # Errors
/// When the value is no table, or holds what TOML does not have.
pub fn write(rt: &Runtime, shapes: Shapes, v: Value) -> Result<String, String> {
    let tree = tree(rt, shapes, v, 0)?;
    toml::to_string(&tree).map_err(|e| format!("TOML serialization error: {e}"))
}

fn tree(rt: &Runtime, shapes: Shapes, v: Value, depth: usize) -> Result<toml::Value, String> {
    if depth > MAX_WRITE_DEPTH / 4 {
        return Err("Cannot convert value to TOML: nesting is too deep".to_string());
    }
    Ok(match v.tag() {
        Tag::Nil => toml::Value::String(String::new()),
        Tag::Bool => toml::Value::Boolean(v.as_bool() == Some(true)),
        Tag::Int => toml::Value::Integer(v.as_int().unwrap_or(0)),
        Tag::Float => toml::Value::Float(v.as_float().unwrap_or(0.0)),
        Tag::Str => toml::Value::String(rt.heap.text(v).unwrap_or("").to_string()),
        Tag::List => {
            let items = rt.heap.items(v).cloned().unwrap_or_default();
            toml::Value::Array(items.into_iter().map(|i| tree(rt, shapes, i, depth + 1)).collect::<Result<_, _>>()?)
        }
        Tag::Map => {
            let mut table = toml::Table::new();
            for (key, item) in (shapes.entries)(rt, v) {
                table.insert(key, tree(rt, shapes, item, depth + 1)?);
            }
            toml::Value::Table(table)
        }
        _ => return Err(format!("Cannot convert {} to TOML", (shapes.describe)(rt, v))),
    })
}
