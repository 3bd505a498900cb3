//! JSON. Reading streams into the heap; numbers, strings and messages follow
//! `serde_json`.
//!
//! Invariant: nesting is bounded in both directions.

use alloc::{
    format,
    string::{String, ToString},
};

use motet_runtime::{Runtime, Tag, Value};
use serde::de::DeserializeSeed;

use crate::{MAX_WRITE_DEPTH, Shapes, reader::ValueSeed, reader::one_line};

/// Reads a text of at most `max_bytes` with at most `max_depth` (under 128) levels.
///
/// # Errors
/// `JSON parse error: …` in the words of `serde_json`.
pub fn parse(rt: &mut Runtime, text: &str, max_depth: usize, max_bytes: usize) -> Result<Value, String> {
    if text.len() > max_bytes {
        return Err(format!("JSON parse error: input exceeds the limit of {max_bytes} bytes"));
    }
    let mut reader = serde_json::Deserializer::from_str(text);
    let value = ValueSeed { rt, depth: max_depth }.deserialize(&mut reader).map_err(|e| one_line("JSON", e))?;
    reader.end().map_err(|e| one_line("JSON", e))?;
    Ok(value)
}

/// Writes a value, compact or indented by two spaces.
///
/// # Errors
/// `Cannot convert … to JSON` for values that JSON does not have.
pub fn write(rt: &Runtime, shapes: Shapes, v: Value, pretty: bool) -> Result<String, String> {
    let mut writer = Writer { rt, shapes, pretty, out: String::new() };
    writer.value(v, 0)?;
    Ok(writer.out)
}

struct Writer<'a> {
    rt: &'a Runtime,
    shapes: Shapes,
    pretty: bool,
    out: String,
}

impl Writer<'_> {
    fn value(&mut self, v: Value, depth: usize) -> Result<(), String> {
        if depth > MAX_WRITE_DEPTH {
            return Err("Cannot convert value to JSON: nesting is too deep".to_string());
        }
        if self.out.len() > self.rt.heap.limit() {
            return Err("out of memory: the heap limit was reached".to_string());
        }
        match v.tag() {
            Tag::Nil => self.out.push_str("null"),
            Tag::Bool => self.out.push_str(if v.as_bool() == Some(true) { "true" } else { "false" }),
            Tag::Int => self.out.push_str(&v.as_int().unwrap_or(0).to_string()),
            Tag::Float => match v.as_float().filter(|x| x.is_finite()).map(|x| serde_json::to_string(&x)) {
                Some(Ok(text)) => self.out.push_str(&text),
                _ => return Err(format!("Cannot convert {} to JSON", (self.shapes.describe)(self.rt, v))),
            },
            Tag::Str => self.string(self.rt.heap.text(v).unwrap_or("")),
            Tag::List => {
                let items = self.rt.heap.items(v).cloned().unwrap_or_default();
                self.open('[');
                for (i, &item) in items.iter().enumerate() {
                    self.separator(i, depth + 1);
                    self.value(item, depth + 1)?;
                }
                self.close(']', items.is_empty(), depth);
            }
            Tag::Map => {
                let entries = (self.shapes.entries)(self.rt, v);
                self.open('{');
                for (i, (key, item)) in entries.iter().enumerate() {
                    self.separator(i, depth + 1);
                    self.string(key);
                    self.out.push_str(if self.pretty { ": " } else { ":" });
                    self.value(*item, depth + 1)?;
                }
                self.close('}', entries.is_empty(), depth);
            }
            _ => return Err(format!("Cannot convert {} to JSON", (self.shapes.describe)(self.rt, v))),
        }
        Ok(())
    }

    fn string(&mut self, text: &str) {
        self.out.push_str(&serde_json::to_string(text).unwrap_or_default());
    }

    fn open(&mut self, c: char) {
        self.out.push(c);
    }

    fn separator(&mut self, i: usize, depth: usize) {
        if i > 0 {
            self.out.push(',');
        }
        self.line(depth);
    }

    fn close(&mut self, c: char, empty: bool, depth: usize) {
        if !empty {
            self.line(depth);
        }
        self.out.push(c);
    }

    fn line(&mut self, depth: usize) {
        if self.pretty {
            self.out.push('\n');
            self.out.extend(core::iter::repeat_n("  ", depth));
        }
    }
}
