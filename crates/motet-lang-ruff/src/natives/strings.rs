//! Strings (8.4). Counts and positions are in characters.

use alloc::{
    format,
    string::{String, ToString},
};

use motet_runtime::{Control, NativeResult, Runtime, Tag, Value, find_char_boundary};

use super::{
    arguments::{arity, int, owned, text},
    dicts, fail, lists, string, strings,
};
use crate::semantics::display::{debug_form, display};

natives! {
    "contains" => contains;
    "index_of" => index_of;
    "is_empty" => is_empty;
    "starts_with" => has_affix;
    "ends_with" => has_affix;
    "trim" => trim;
    "trim_start" => trim;
    "trim_end" => trim;
    "substring" => substring;
    "substr" => substring;
    "char_at" => char_at;
    "replace" => replace;
    "replace_str" => replace;
    "split" => split;
    "join" => join;
    "repeat" => repeat;
    "pad_left" => pad;
    "pad_start" => pad;
    "pad_right" => pad;
    "pad_end" => pad;
    "lines" => lines;
    "words" => words;
    "str_reverse" => reverse;
    "count_chars" => count_chars;
    "truncate" => truncate;
}

fn contains(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    arity(args, name, 2)?;
    match args[0].tag() {
        Tag::List => lists::contains(rt, args[0], args[1]),
        Tag::Map => dicts::contains(rt, args[0], args[1]),
        _ => {
            let found = text(rt, args, 0, name)?.contains(text(rt, args, 1, name)?);
            Ok(Value::int(i64::from(found)))
        }
    }
}

fn index_of(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    arity(args, name, 2)?;
    if args[0].tag() == Tag::List {
        return lists::index_of(rt, args[0], args[1]);
    }
    let (whole, part) = (text(rt, args, 0, name)?, text(rt, args, 1, name)?);
    Ok(Value::int(motet_runtime::find(whole, part).map_or(-1, |at| whole[..at].chars().count() as i64)))
}

fn is_empty(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    arity(args, name, 1)?;
    Ok(Value::bool(text(rt, args, 0, name)?.is_empty()))
}

fn has_affix(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    arity(args, name, 2)?;
    let (whole, part) = (text(rt, args, 0, name)?, text(rt, args, 1, name)?);
    Ok(Value::bool(if name == "starts_with" { whole.starts_with(part) } else { whole.ends_with(part) }))
}

fn trim(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    arity(args, name, 1)?;
    let s = text(rt, args, 0, name)?;
    let out = match name {
        "trim" => s.trim(),
        "trim_start" => s.trim_start(),
        _ => s.trim_end(),
    }
    .to_string();
    string(rt, out)
}

/// Characters `from..to` of a text.
fn characters(rt: &Runtime, v: Value, from: usize, to: usize) -> String {
    let s = rt.heap.text(v).unwrap_or("");
    if from >= to {
        return String::new();
    }
    if rt.heap.is_ascii(v) {
        return s.get(from.min(s.len())..to.min(s.len())).unwrap_or("").to_string();
    }
    let tail = &s[find_char_boundary(s, from)..];
    tail[..find_char_boundary(tail, to - from)].to_string()
}

fn substring(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    arity(args, name, 3)?;
    text(rt, args, 0, name)?;
    let (from, to) = (int(args, 1, name)?.max(0) as usize, int(args, 2, name)?.max(0) as usize);
    let out = characters(rt, args[0], from, to);
    string(rt, out)
}

fn char_at(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    arity(args, name, 2)?;
    text(rt, args, 0, name)?;
    let at = int(args, 1, name)?.max(0) as usize;
    let out = characters(rt, args[0], at, at.saturating_add(1));
    string(rt, out)
}

fn replace(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    arity(args, name, 3)?;
    let (s, from, to) = (text(rt, args, 0, name)?, text(rt, args, 1, name)?, text(rt, args, 2, name)?);
    let grown = if to.len() > from.len() { s.matches(from).count().saturating_mul(to.len() - from.len()) } else { 0 };
    let size = s.len().saturating_add(grown);
    rt.reserve(size)?;
    let out = text(rt, args, 0, name)?.replace(text(rt, args, 1, name)?, text(rt, args, 2, name)?);
    string(rt, out)
}

fn split(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    arity(args, name, 2)?;
    let (s, sep) = (owned(rt, args, 0, name)?, owned(rt, args, 1, name)?);
    if sep.is_empty() {
        return strings(rt, s.split(""));
    }
    strings(rt, motet_runtime::split(&s, &sep))
}

fn join(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    arity(args, name, 2)?;
    let (Some(items), Some(sep)) = (rt.heap.items(args[0]), rt.heap.text(args[1])) else {
        return fail("join() requires an array and a string separator");
    };
    let room = rt.heap.limit();
    let mut out = String::new();
    for (i, &v) in items.iter().enumerate() {
        if i > 0 {
            out.push_str(sep);
        }
        match v.tag() {
            Tag::Str | Tag::Int | Tag::Float | Tag::Bool => display(rt, v, &mut out),
            _ => out.push_str(&debug_form(rt, v)),
        }
        if out.len() > room {
            return Err(motet_runtime::out_of_memory());
        }
    }
    let count = items.len();
    rt.charge(count)?;
    string(rt, out)
}

fn repeat(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    arity(args, name, 2)?;
    let size = text(rt, args, 0, name)?.len();
    let times = usize::try_from(int(args, 1, name)?).unwrap_or(0);
    rt.reserve(size.saturating_mul(times))?;
    let out = if size == 0 { String::new() } else { text(rt, args, 0, name)?.repeat(times) };
    string(rt, out)
}

fn pad(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    arity(args, name, 3)?;
    text(rt, args, 0, name)?;
    let Some(fill) = text(rt, args, 2, name)?.chars().next() else {
        return Ok(args[0]);
    };
    let width = usize::try_from(int(args, 1, name)?).unwrap_or(0);
    let missing = width.saturating_sub(rt.heap.char_count(args[0]));
    if missing == 0 {
        return Ok(args[0]);
    }
    rt.reserve(missing.saturating_mul(fill.len_utf8()))?;
    let s = text(rt, args, 0, name)?;
    let mut out = String::with_capacity(s.len() + missing * fill.len_utf8());
    let right = name.ends_with("right") || name.ends_with("end");
    if right {
        out.push_str(s);
    }
    out.extend(core::iter::repeat_n(fill, missing));
    if !right {
        out.push_str(s);
    }
    string(rt, out)
}

fn lines(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    arity(args, name, 1)?;
    let s = owned(rt, args, 0, name)?;
    strings(rt, s.lines())
}

fn words(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    arity(args, name, 1)?;
    let s = owned(rt, args, 0, name)?;
    strings(rt, s.split_whitespace())
}

fn reverse(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    arity(args, name, 1)?;
    let out = text(rt, args, 0, name)?.chars().rev().collect();
    string(rt, out)
}

fn count_chars(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    arity(args, name, 1)?;
    text(rt, args, 0, name)?;
    Ok(Value::int(rt.heap.char_count(args[0]) as i64))
}

fn truncate(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    arity(args, name, 3)?;
    text(rt, args, 0, name)?;
    text(rt, args, 2, name)?;
    let limit = truncation(int(args, 1, name)?)?;
    if rt.heap.char_count(args[0]) <= limit {
        return Ok(args[0]);
    }
    let suffix_len = rt.heap.char_count(args[2]);
    let mut out = characters(rt, args[0], 0, limit.saturating_sub(suffix_len));
    out.push_str(&characters(rt, args[2], 0, limit));
    string(rt, out)
}

fn truncation(n: i64) -> Result<usize, Control> {
    match usize::try_from(n) {
        Ok(n) => Ok(n),
        Err(_) => fail(format!("truncate() requires a non-negative length, got {n}")),
    }
}
