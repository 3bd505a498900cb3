//! The three textual forms: display, debug form (of messages) and inspection
//! (of `debug`).
//!
//! Invariants: no native recursion over guest data; output is bounded by
//! [`MAX_TEXT`] bytes and [`MAX_NESTING`] open containers, after which `…`
//! stands for the rest.

use alloc::{string::String, vec, vec::Vec};
use core::fmt::Write;

use motet_runtime::{ClassKind, Runtime, Tag, Value};

use super::{dict, kind};

/// Longest text of one value, in bytes.
const MAX_TEXT: usize = 64 << 20;
/// Deepest nesting shown.
const MAX_NESTING: usize = 4_000_000;
/// Deepest nesting that inspection shows.
const MAX_INSPECTED: usize = 200;

/// An open container.
enum Frame {
    /// A list and the next position.
    List(Value, usize),
    /// Labelled parts, the next position, the text that closes.
    Parts(Vec<(String, Value)>, usize, &'static str),
    /// A variant's payload and the next position.
    Payload(Value, usize),
}

/// Display text, as in `print` and interpolation.
pub fn display(rt: &Runtime, v: Value, out: &mut String) {
    let start = out.len();
    let mut open: Vec<Frame> = Vec::new();
    begin(rt, v, out, &mut open);
    loop {
        if out.len() - start > MAX_TEXT || open.len() > MAX_NESTING {
            out.push('…');
            return;
        }
        let Some(frame) = open.last_mut() else { return };
        match next_part(rt, frame, out) {
            Some(part) => begin(rt, part, out, &mut open),
            None => {
                open.pop();
            }
        }
    }
}

/// Writes separator and label of the next part; closes the container when there is none.
fn next_part(rt: &Runtime, frame: &mut Frame, out: &mut String) -> Option<Value> {
    match frame {
        Frame::List(list, at) => {
            let Some(&item) = rt.heap.items(*list).and_then(|l| l.get(*at)) else {
                out.push(']');
                return None;
            };
            out.push_str(if *at > 0 { ", " } else { "" });
            *at += 1;
            Some(item)
        }
        Frame::Parts(parts, at, close) => {
            let Some((label, item)) = parts.get(*at) else {
                out.push_str(close);
                return None;
            };
            out.push_str(if *at > 0 { ", " } else { "" });
            out.push_str(label);
            *at += 1;
            Some(*item)
        }
        Frame::Payload(record, at) => {
            let Some(&item) = rt.heap.fields(*record).and_then(|f| f.get(*at)) else {
                out.push(')');
                return None;
            };
            out.push_str(if *at > 0 { "," } else { "" });
            *at += 1;
            Some(item)
        }
    }
}

/// Writes an atom, or the start of a container that it opens.
fn begin(rt: &Runtime, v: Value, out: &mut String, open: &mut Vec<Frame>) {
    match v.tag() {
        Tag::Int => motet_runtime::push_decimal(out, v.as_int().unwrap_or(0)),
        Tag::Float => _ = write!(out, "{}", v.as_float().unwrap_or(0.0)),
        Tag::Nil => out.push_str("null"),
        Tag::Bool => out.push_str(if v.as_bool() == Some(true) { "true" } else { "false" }),
        Tag::Str => out.push_str(rt.heap.text(v).unwrap_or("")),
        Tag::List => {
            out.push('[');
            open.push(Frame::List(v, 0));
        }
        Tag::Map => {
            out.push('{');
            let parts = dict::sorted(rt, v).into_iter().map(|(k, v)| (quoted_label(&k), v)).collect();
            open.push(Frame::Parts(parts, 0, "}"));
        }
        Tag::Record => begin_record(rt, v, out, open),
        Tag::Func | Tag::Native => match kind::builtin_name(rt, v) {
            Some(name) => _ = write!(out, "<native function: {name}>"),
            None => out.push_str("<unknown>"),
        },
        Tag::Foreign if kind::is_iterator(rt, v) => out.push_str("<iterator>"),
        Tag::Unset | Tag::Closure | Tag::Cell | Tag::Foreign => out.push_str("<unknown>"),
    }
}

fn quoted_label(key: &str) -> String {
    let mut label = String::with_capacity(key.len() + 4);
    label.push('"');
    label.push_str(key);
    label.push_str("\": ");
    label
}

fn begin_record(rt: &Runtime, v: Value, out: &mut String, open: &mut Vec<Frame>) {
    let Some(class) = rt.class_of(v) else { return };
    let class = rt.classes.class(class);
    out.push_str(&class.name);
    match class.kind {
        ClassKind::Variant => {
            if rt.heap.fields(v).is_some_and(|f| !f.is_empty()) {
                out.push('(');
                open.push(Frame::Payload(v, 0));
            }
        }
        ClassKind::Struct => {
            out.push_str(" { ");
            let mut parts: Vec<(String, Value)> = rt
                .record_fields(v)
                .into_iter()
                .map(|(name, v)| {
                    let mut label = String::from(rt.symbols.name(name));
                    label.push_str(": ");
                    (label, v)
                })
                .collect();
            parts.sort_by(|a, b| a.0[..a.0.len() - 2].cmp(&b.0[..b.0.len() - 2]));
            open.push(Frame::Parts(parts, 0, " }"));
        }
    }
}

/// Display text as a new string.
#[must_use]
pub fn text(rt: &Runtime, v: Value) -> String {
    let mut out = String::new();
    display(rt, v, &mut out);
    out
}

/// Debug form, as in the messages of `assert_equal` and prefix operators.
#[must_use]
pub fn debug_form(rt: &Runtime, v: Value) -> String {
    let mut out = String::with_capacity(32);
    if v.tag() != Tag::Record {
        debug_atom(rt, v, &mut out, "Str");
        return out;
    }
    let mut closing = 0;
    let mut v = v;
    // `Ok(Ok(…))` is the only form that nests.
    while let Some((name, payload)) = kind::result_or_option(rt, v) {
        out.push_str(name);
        let Some(payload) = payload else { break };
        if closing >= MAX_INSPECTED {
            out.push_str("(…)");
            close(&mut out, closing);
            return out;
        }
        out.push('(');
        closing += 1;
        v = payload;
    }
    if !matches!(kind::result_or_option(rt, v), Some((_, None))) {
        debug_atom(rt, v, &mut out, "Str");
    }
    close(&mut out, closing);
    out
}

/// Writes a count: `NAME{`, the number, ` keys}` and the like.
fn counted(out: &mut String, before: &str, n: usize, after: &str) -> core::fmt::Result {
    out.push_str(before);
    match u32::try_from(n).ok().and_then(|n| char::from_digit(n, 10)) {
        // Nearly always: formatting takes longer than all the rest.
        Some(digit) => out.push(digit),
        None => write!(out, "{n}")?,
    }
    out.push_str(after);
    Ok(())
}

fn close(out: &mut String, n: usize) {
    out.extend(core::iter::repeat_n(')', n));
}

/// Everything but results and options. `string` is the word for strings.
fn debug_atom(rt: &Runtime, v: Value, out: &mut String, string: &str) {
    _ = match v.tag() {
        Tag::Int => write!(out, "Int({})", v.as_int().unwrap_or(0)),
        Tag::Float => write!(out, "Float({})", v.as_float().unwrap_or(0.0)),
        Tag::Nil => write!(out, "Null"),
        Tag::Bool => write!(out, "Bool({})", v.as_bool() == Some(true)),
        Tag::Str => write!(out, "{string}({:?})", rt.heap.text(v).unwrap_or("")),
        Tag::List => counted(out, "Array[", rt.heap.items(v).map_or(0, Vec::len), "]"),
        Tag::Map => counted(out, "Dict{", rt.heap.entries(v).map_or(0, |m| m.len()), " keys}"),
        Tag::Record => {
            let class = rt.class_of(v).map(|c| rt.classes.class(c));
            match class {
                Some(c) if c.kind == ClassKind::Struct => write!(out, "Struct({})", c.name),
                Some(c) => write!(out, "Tagged({})", c.name),
                None => Ok(()),
            }
        }
        Tag::Func | Tag::Closure | Tag::Native => match kind::builtin_name(rt, v) {
            Some(name) => write!(out, "NativeFunction({name})"),
            None => write!(out, "BytecodeFunction({})", rt.callable_name(v).as_deref().unwrap_or("<lambda>")),
        },
        Tag::Foreign => write!(out, "{}", kind::foreign_debug_name(rt, v)),
        Tag::Unset | Tag::Cell => write!(out, "Null"),
    };
}

/// Text that `debug` prints for one value.
#[must_use]
pub fn inspect(rt: &Runtime, v: Value) -> String {
    /// What is left to write.
    enum Work {
        Value(Value, usize),
        Text(String),
    }
    let mut out = String::new();
    let mut work = vec![Work::Value(v, 0)];
    while let Some(item) = work.pop() {
        let (v, depth) = match item {
            Work::Text(text) => {
                out.push_str(&text);
                continue;
            }
            Work::Value(v, depth) => (v, depth),
        };
        if depth > MAX_INSPECTED || out.len() > MAX_TEXT {
            out.push('…');
            continue;
        }
        let (parts, close): (Vec<(String, Value)>, &str) = match v.tag() {
            Tag::List => {
                out.push_str("Array[");
                let items = rt.heap.items(v).map(Vec::as_slice).unwrap_or_default();
                (items.iter().map(|&i| (String::new(), i)).collect(), "]")
            }
            Tag::Map => {
                out.push_str("Dict{");
                let entries = dict::sorted(rt, v).into_iter();
                (entries.map(|(k, v)| (alloc::format!("{k}: "), v)).collect(), "}")
            }
            _ => match kind::result_or_option(rt, v) {
                Some((name, Some(payload))) => {
                    out.push_str(name);
                    out.push('(');
                    (vec![(String::new(), payload)], ")")
                }
                Some((name, None)) => {
                    out.push_str(name);
                    continue;
                }
                None => {
                    debug_atom(rt, v, &mut out, "String");
                    continue;
                }
            },
        };
        work.push(Work::Text(String::from(close)));
        for (i, (label, part)) in parts.into_iter().enumerate().rev() {
            work.push(Work::Value(part, depth + 1));
            work.push(Work::Text(if i > 0 { alloc::format!(", {label}") } else { label }));
        }
    }
    out
}
