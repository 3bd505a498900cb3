//! Strings. Positions and lengths count Unicode scalar values.

use alloc::{format, string::String, vec::Vec};
use core::cmp::Ordering;

use motet_runtime::{Control, NativeResult, Runtime, Value, find_char_boundary};

use super::{any, clamp, int, text};

pub fn substr(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let v = any(args, 0)?;
    let (from, to) = clamp(int(args, 1)?, int(args, 2)?, rt.heap.char_count(v));
    let ascii = rt.heap.is_ascii(v);
    let s = text(rt, args, 0)?;
    let (start, end) = if ascii { (from, to) } else { (find_char_boundary(s, from), find_char_boundary(s, to)) };
    let part = String::from(s.get(start..end).unwrap_or(""));
    rt.reserve(part.len())?;
    Ok(rt.heap.string(part))
}

pub fn char_at(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let (v, index) = (any(args, 0)?, int(args, 1)?);
    let Ok(at) = usize::try_from(index) else { return Err(Control::error("array index must be >= 0")) };
    let ascii = rt.heap.is_ascii(v);
    let s = text(rt, args, 0)?;
    let start = if ascii {
        at
    } else if at < rt.heap.char_count(v) {
        find_char_boundary(s, at)
    } else {
        s.len()
    };
    let Some(c) = s.get(start..).and_then(|rest| rest.chars().next()) else {
        return Err(Control::error(format!("index out of bounds: {index}")));
    };
    Ok(rt.heap.str(c.encode_utf8(&mut [0; 4])))
}

pub fn ord(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    match text(rt, args, 0)?.chars().next() {
        Some(c) => Ok(Value::int(i64::from(u32::from(c)))),
        None => Err(Control::error("ord of empty string")),
    }
}

pub fn chr(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let code = int(args, 0)?;
    match u32::try_from(code).ok().and_then(char::from_u32) {
        Some(c) => Ok(rt.heap.str(c.encode_utf8(&mut [0; 4]))),
        None => Err(Control::error(format!("invalid code point: {code}"))),
    }
}

pub fn compare(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    Ok(Value::int(match text(rt, args, 0)?.cmp(text(rt, args, 1)?) {
        Ordering::Less => -1,
        Ordering::Equal => 0,
        Ordering::Greater => 1,
    }))
}

pub fn find(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let s = text(rt, args, 0)?;
    let at = motet_runtime::find(s, text(rt, args, 1)?);
    let chars = at.map(|at| s.get(..at).map_or(0, |before| before.chars().count()));
    Ok(Value::int(chars.map_or(-1, |n| n as i64)))
}

pub fn contains(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    Ok(Value::bool(motet_runtime::find(text(rt, args, 0)?, text(rt, args, 1)?).is_some()))
}

pub fn starts_with(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    Ok(Value::bool(text(rt, args, 0)?.starts_with(text(rt, args, 1)?)))
}

pub fn ends_with(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    Ok(Value::bool(text(rt, args, 0)?.ends_with(text(rt, args, 1)?)))
}

pub fn split(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    rt.reserve(text(rt, args, 0)?.len())?;
    let (s, separator) = (String::from(text(rt, args, 0)?), String::from(text(rt, args, 1)?));
    let mut parts = Vec::new();
    let mut buffer = [0; 4];
    if separator.is_empty() {
        for c in s.chars() {
            add_part(rt, &mut parts, c.encode_utf8(&mut buffer))?;
        }
    } else {
        for piece in motet_runtime::split(&s, &separator) {
            add_part(rt, &mut parts, piece)?;
        }
    }
    Ok(rt.heap.list(parts))
}

/// Adds a string, as long as the heap's limit allows.
fn add_part(rt: &mut Runtime, parts: &mut Vec<Value>, text: &str) -> Result<(), Control> {
    if rt.heap.is_over_limit() {
        return Err(motet_runtime::out_of_memory());
    }
    if parts.len() == parts.capacity() {
        rt.room(parts.len() * 2 * size_of::<Value>())?;
    }
    parts.push(rt.heap.str(text));
    Ok(())
}

pub fn upper(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    if let Some(v) = rt.heap.ascii_case(any(args, 0)?, true) {
        return Ok(v);
    }
    let out = text(rt, args, 0)?.to_ascii_uppercase();
    Ok(rt.heap.string(out))
}

pub fn lower(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    if let Some(v) = rt.heap.ascii_case(any(args, 0)?, false) {
        return Ok(v);
    }
    let out = text(rt, args, 0)?.to_ascii_lowercase();
    Ok(rt.heap.string(out))
}

pub fn trim(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let out = String::from(text(rt, args, 0)?.trim_matches([' ', '\t', '\r', '\n']));
    Ok(rt.heap.string(out))
}

pub fn repeat(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let n = usize::try_from(int(args, 1)?).unwrap_or(0);
    let size = text(rt, args, 0)?.len().saturating_mul(n);
    rt.reserve(size)?;
    let out = if size == 0 { String::new() } else { text(rt, args, 0)?.repeat(n) };
    Ok(rt.heap.string(out))
}

pub fn parse_int(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let s = text(rt, args, 0)?;
    let digits = s.strip_prefix(['+', '-']).unwrap_or(s);
    let plain = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    Ok(s.parse().ok().filter(|_| plain).map_or(Value::NIL, Value::int))
}

pub fn parse_float(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let s = text(rt, args, 0)?;
    Ok(if is_float(s.strip_prefix(['+', '-']).unwrap_or(s)) {
        s.parse().map_or(Value::NIL, Value::float)
    } else {
        Value::NIL
    })
}

/// `D`, `D.D`, each with an optional exponent.
fn is_float(s: &str) -> bool {
    let digits = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
    let (mantissa, exponent) = s.split_once(['e', 'E']).map_or((s, None), |(m, e)| (m, Some(e)));
    let (whole, fraction) = mantissa.split_once('.').map_or((mantissa, None), |(w, f)| (w, Some(f)));
    digits(whole)
        && fraction.is_none_or(digits)
        && exponent.is_none_or(|e| digits(e.strip_prefix(['+', '-']).unwrap_or(e)))
}
