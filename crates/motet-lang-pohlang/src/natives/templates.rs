//! Templates (8.7): conditions, then loops, then variables, each in one pass
//! over the text.
//!
//! Invariant: what a pass writes, the same pass does not read again.

use alloc::{format, string::String};

use motet_runtime::{Control, NativeResult, Runtime, Tag, Value};

use super::{arg, fail, json::to_json, string};

natives! {
    "render_template" => render;
}

fn render(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let data = arg(args, 1);
    let Some(template) = rt.heap.text(arg(args, 0)).map(String::from) else {
        return fail("render template: template must be a string");
    };
    // The data must be JSON as a whole, whatever of it is used.
    to_json(rt, data, false)?;
    let text = blocks(rt, &template, "if", data, condition)?;
    let text = blocks(rt, &text, "each", data, repetition)?;
    let mut out = String::new();
    variables(rt, &text, data, &mut out)?;
    string(rt, out)
}

/// Writes what the body of a block with this name becomes.
type Block = fn(&mut Runtime, &str, &str, Value, &mut String) -> Result<(), Control>;

/// Replaces the blocks `{{#KEYWORD NAME}}…{{/KEYWORD}}`.
fn blocks(rt: &mut Runtime, text: &str, keyword: &str, data: Value, block: Block) -> Result<String, Control> {
    let (open, close) = (format!("{{{{#{keyword} "), format!("{{{{/{keyword}}}}}"));
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(&*open) {
        out.push_str(before);
        let Some((name, after)) = after.split_once("}}") else {
            return failed(&format!("Unclosed {{#{keyword} tag"));
        };
        let Some((body, after)) = after.split_once(&*close) else {
            return failed(&format!("Missing {{/{keyword}}} tag"));
        };
        block(rt, name.trim(), body, data, &mut out)?;
        rt.room(out.len())?;
        rt.charge(1 + (name.len() + body.len()) / 64)?;
        rest = after;
    }
    out.push_str(rest);
    Ok(out)
}

fn failed<T>(cause: &str) -> Result<T, Control> {
    fail(format!("Failed to render template: {cause}"))
}

/// An entry of a dictionary; `None` for other values and missing keys.
fn entry(rt: &mut Runtime, data: Value, name: &str) -> Option<Value> {
    let key = rt.heap.str(name);
    rt.heap.entries(data)?.get(rt.heap.key(key))
}

/// The body if the entry is true.
fn condition(rt: &mut Runtime, name: &str, body: &str, data: Value, out: &mut String) -> Result<(), Control> {
    match entry(rt, data, name).and_then(Value::as_bool) {
        Some(true) => variables(rt, body, data, out),
        _ => Ok(()),
    }
}

/// The body for each item of the entry, with the item as the only data.
fn repetition(rt: &mut Runtime, name: &str, body: &str, data: Value, out: &mut String) -> Result<(), Control> {
    let list = entry(rt, data, name).unwrap_or(Value::NIL);
    let Some(n) = rt.heap.items(list).map(|items| items.len()) else {
        return failed(&format!("Array '{name}' not found"));
    };
    for i in 0..n {
        let item = rt.heap.items(list).and_then(|items| items.get(i)).copied().unwrap_or(Value::NIL);
        variables(rt, body, item, out)?;
        rt.room(out.len())?;
        rt.charge(1 + body.len() / 64)?;
    }
    Ok(())
}

/// Whether a placeholder may be called this.
fn is_path(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '.' | '-'))
}

/// Replaces `{{path}}`; what is no path is left as it is.
fn variables(rt: &mut Runtime, text: &str, data: Value, out: &mut String) -> Result<(), Control> {
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{{") {
        out.push_str(before);
        // The braces of `{{{path}}` belong to the text up to the last two.
        match after.split_once("}}").filter(|(path, _)| is_path(path)) {
            Some((path, after)) => {
                variable(rt, path, data, out)?;
                rt.charge(1)?;
                rest = after;
            }
            None => {
                out.push('{');
                rest = &rest[before.len() + 1..];
            }
        }
    }
    out.push_str(rest);
    Ok(())
}

/// Writes the value at a dotted path: texts as they are, nothing for null and what is missing, else JSON.
fn variable(rt: &mut Runtime, path: &str, data: Value, out: &mut String) -> Result<(), Control> {
    let mut v = data;
    for name in path.split('.') {
        match entry(rt, v, name) {
            Some(part) => v = part,
            None => return Ok(()),
        }
    }
    match v.tag() {
        Tag::Str => out.push_str(rt.heap.text(v).unwrap_or("")),
        Tag::Nil => {}
        _ => out.push_str(&to_json(rt, v, false)?),
    }
    rt.room(out.len())
}
