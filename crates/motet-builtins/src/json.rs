//! JSON. Reading streams into the heap; numbers, strings and messages follow
//! `serde_json`.
//!
//! Invariants: nesting is bounded when reading; writing does not recurse.

use alloc::{
    format,
    string::{String, ToString},
    vec::Vec,
};

use motet_runtime::{Control, Runtime, Tag, Value};
use serde::de::DeserializeSeed;

pub use crate::reader::Numbers;
use crate::{MAX_WRITE_DEPTH, Shapes, reader::ValueSeed};

/// Output between two looks at the limits, in bytes.
const CHUNK: usize = 1 << 14;

/// Reads a text of at most `max_bytes` with at most `max_depth` (under 128) levels.
///
/// # Errors
/// `JSON parse error: …` in the words of `serde_json`.
pub fn parse(rt: &mut Runtime, text: &str, max_depth: usize, max_bytes: usize) -> Result<Value, String> {
    if text.len() > max_bytes {
        return Err(format!("JSON parse error: input exceeds the limit of {max_bytes} bytes"));
    }
    read(rt, text, max_depth, Numbers::AsWritten).map_err(|e| format!("JSON parse error: {e}"))
}

/// Reads a text with at most `max_depth` levels (and never more than 127).
///
/// # Errors
/// In the words of `serde_json`, with line and column. When a limit of the isolate was reached, the words are of no use:
/// callers look at the limits.
pub fn read(rt: &mut Runtime, text: &str, max_depth: usize, numbers: Numbers) -> Result<Value, String> {
    let words = |e: serde_json::Error| e.to_string().trim().to_string();
    let mut reader = serde_json::Deserializer::from_str(text);
    let value = ValueSeed { rt, depth: max_depth, numbers }.deserialize(&mut reader).map_err(words)?;
    reader.end().map_err(words)?;
    Ok(value)
}

/// How a language writes its values.
#[derive(Clone, Copy)]
pub struct Style {
    /// Entries of a map in the order in which they are written.
    pub entries: fn(&Runtime, Value) -> Vec<(String, Value)>,
    /// Message for a value that cannot be written.
    pub refuse: fn(&Runtime, Value) -> String,
    /// Writes a finite float.
    pub float: fn(f64, &mut String),
    /// Whether infinities and NaN are written, as `null`.
    pub special_floats: bool,
    /// Deepest nesting written.
    pub max_depth: usize,
}

/// Writes a value, compact or indented by two spaces.
///
/// # Errors
/// `Cannot convert … to JSON` for values that JSON does not have.
pub fn write(rt: &Runtime, shapes: Shapes, v: Value, pretty: bool) -> Result<String, String> {
    let refuse = |rt: &Runtime, v: Value| format!("Cannot convert {} to JSON", (shapes.describe)(rt, v));
    let mut writer = Writer {
        entries: shapes.entries,
        refuse: &refuse,
        float: |x, out| out.push_str(&serde_json::to_string(&x).unwrap_or_default()),
        special_floats: false,
        max_depth: MAX_WRITE_DEPTH,
        pretty,
        out: String::new(),
        open: Vec::new(),
    };
    writer.value(rt, v)?;
    if !writer.advance(rt, rt.heap.limit())? {
        return Err("out of memory: the heap limit was reached".to_string());
    }
    Ok(writer.out)
}

/// Writes a value in a style, compact or indented by two spaces; accounts for the work.
///
/// # Errors
/// What the style says about values that JSON does not have, as a run-time error; out of memory; out of fuel.
pub fn write_as(rt: &mut Runtime, style: &Style, v: Value, pretty: bool) -> Result<String, Control> {
    let Style { entries, refuse, float, special_floats, max_depth } = *style;
    let (out, open) = (String::new(), Vec::new());
    let mut writer = Writer { entries, refuse: &refuse, float, special_floats, max_depth, pretty, out, open };
    writer.value(rt, v).map_err(Control::error)?;
    loop {
        let before = writer.out.len();
        let done = writer.advance(rt, before + CHUNK).map_err(Control::error)?;
        rt.room(writer.out.len())?;
        rt.charge((writer.out.len() - before) / 64)?;
        if done {
            return Ok(writer.out);
        }
    }
}

/// An open container and the next position in it.
enum Frame {
    List(Value, usize),
    Map(Vec<(String, Value)>, usize),
}

struct Writer<'a> {
    entries: fn(&Runtime, Value) -> Vec<(String, Value)>,
    refuse: &'a dyn Fn(&Runtime, Value) -> String,
    float: fn(f64, &mut String),
    special_floats: bool,
    max_depth: usize,
    pretty: bool,
    out: String,
    open: Vec<Frame>,
}

impl Writer<'_> {
    /// Writes on until the text has `until` bytes; whether it is complete.
    fn advance(&mut self, rt: &Runtime, until: usize) -> Result<bool, String> {
        while let Some(frame) = self.open.last_mut() {
            if self.out.len() >= until {
                return Ok(false);
            }
            let (at, key, item) = match frame {
                Frame::List(list, at) => {
                    *at += 1;
                    (*at, None, rt.heap.items(*list).and_then(|l| l.get(*at - 1)).copied())
                }
                Frame::Map(entries, at) => {
                    *at += 1;
                    let entry = entries.get_mut(*at - 1).map(|(key, v)| (core::mem::take(key), *v));
                    let item = entry.as_ref().map(|e| e.1);
                    (*at, entry.map(|e| e.0), item)
                }
            };
            let Some(item) = item else {
                self.close(at == 1);
                continue;
            };
            if at > 1 {
                self.out.push(',');
            }
            self.line();
            if let Some(key) = key {
                self.string(&key);
                self.out.push_str(if self.pretty { ": " } else { ":" });
            }
            self.value(rt, item)?;
        }
        Ok(true)
    }

    /// Writes an atom, or the start of a container that it opens.
    fn value(&mut self, rt: &Runtime, v: Value) -> Result<(), String> {
        if self.open.len() > self.max_depth {
            return Err("Cannot convert value to JSON: nesting is too deep".to_string());
        }
        match v.tag() {
            Tag::Nil => self.out.push_str("null"),
            Tag::Bool => self.out.push_str(if v.as_bool() == Some(true) { "true" } else { "false" }),
            Tag::Int => motet_runtime::push_decimal(&mut self.out, v.as_int().unwrap_or(0)),
            Tag::Float => match v.as_float().filter(|x| x.is_finite()) {
                Some(x) => (self.float)(x, &mut self.out),
                None if self.special_floats => self.out.push_str("null"),
                None => return Err((self.refuse)(rt, v)),
            },
            Tag::Str => self.string(rt.heap.text(v).unwrap_or("")),
            Tag::List => {
                self.out.push('[');
                self.open.push(Frame::List(v, 0));
            }
            Tag::Map => {
                self.out.push('{');
                self.open.push(Frame::Map((self.entries)(rt, v), 0));
            }
            _ => return Err((self.refuse)(rt, v)),
        }
        Ok(())
    }

    fn string(&mut self, text: &str) {
        self.out.push_str(&serde_json::to_string(text).unwrap_or_default());
    }

    fn close(&mut self, empty: bool) {
        let bracket = if matches!(self.open.pop(), Some(Frame::List(..))) { ']' } else { '}' };
        if !empty {
            self.line();
        }
        self.out.push(bracket);
    }

    fn line(&mut self) {
        if self.pretty {
            self.out.push('\n');
            self.out.extend(core::iter::repeat_n("  ", self.open.len()));
        }
    }
}

/// Largest number of digits before the point that is written without an exponent.
const MAX_WHOLE_DIGITS: i32 = 16;

/// Smallest decimal exponent that is written without an exponent.
const MIN_EXPONENT: i32 = -5;

/// Appends a finite number, always recognisable as a float: the fewest digits that read back as the same number, with an
/// exponent from 1e16 on and below 1e-5.
pub fn push_float(x: f64, out: &mut String) {
    let shortest = format!("{x:e}");
    let (mantissa, exponent) = shortest.split_once('e').unwrap_or((&shortest, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if x == 0.0 || (MIN_EXPONENT..MAX_WHOLE_DIGITS).contains(&exponent) {
        let text = format!("{x}");
        out.push_str(&text);
        out.push_str(if text.contains('.') { "" } else { ".0" });
    } else {
        out.push_str(mantissa);
        out.push_str(&format!("e{exponent}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_have_the_fewest_digits_and_exponents_only_far_from_one() {
        for (x, expected) in [
            (0.0, "0.0"),
            (-0.0, "-0.0"),
            (1.0, "1.0"),
            (2.5, "2.5"),
            (0.1 + 0.2, "0.30000000000000004"),
            (1e15, "1000000000000000.0"),
            (1e16, "1e16"),
            (9_999_999_999_999_998.0, "9999999999999998.0"),
            (1.2345678901234568e17, "1.2345678901234568e17"),
            (1e-5, "0.00001"),
            (1.5e-5, "0.000015"),
            (1e-6, "1e-6"),
            (-1.25e-7, "-1.25e-7"),
            (-1e300, "-1e300"),
            (f64::MIN_POSITIVE, "2.2250738585072014e-308"),
        ] {
            let mut out = String::new();
            push_float(x, &mut out);
            assert_eq!(out, expected);
            assert_eq!(out.parse(), Ok(x));
        }
    }
}
