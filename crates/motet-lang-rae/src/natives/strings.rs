//! Strings. Positions and lengths count bytes.
//!
//! Invariant: strings stay valid UTF-8; where a cut leaves a part of a code
//! point, that part becomes U+FFFD.

use alloc::{format, string::String, vec::Vec};
use core::cmp::Ordering;

use motet_runtime::{Control, List, NativeResult, Runtime, Value};

use super::{any, bad_argument, int, items, numbers, text};

/// A string of bytes that need not be valid UTF-8.
pub(super) fn string_of(rt: &mut Runtime, bytes: &[u8]) -> NativeResult {
    rt.reserve(bytes.len())?;
    Ok(match core::str::from_utf8(bytes) {
        Ok(text) => rt.heap.str(text),
        Err(_) => rt.heap.string(String::from_utf8_lossy(bytes).into_owned()),
    })
}

/// The code point that begins at a byte; the byte itself if none does; 0 out of range.
pub(super) fn code_at(text: &str, at: i64) -> i64 {
    let Ok(at) = usize::try_from(at) else { return 0 };
    match text.as_bytes().get(at) {
        Some(&byte) if byte < 0x80 => i64::from(byte),
        Some(&byte) => {
            let c = text.get(at..).and_then(|rest| rest.chars().next());
            c.map_or(i64::from(byte), |c| i64::from(u32::from(c)))
        }
        None => 0,
    }
}

pub fn sub(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let bytes = text(rt, args, 0)?.as_bytes();
    let start = usize::try_from(int(args, 1)?.max(0)).unwrap_or(usize::MAX).min(bytes.len());
    let len = usize::try_from(int(args, 2)?.max(0)).unwrap_or(usize::MAX);
    let part = bytes.get(start..start.saturating_add(len).min(bytes.len())).unwrap_or(&[]);
    if part.len() == bytes.len() {
        return any(args, 0);
    }
    let part = part.to_vec();
    string_of(rt, &part)
}

pub fn concat(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let (a, b) = (any(args, 0)?, any(args, 1)?);
    let size = text(rt, args, 0)?.len().saturating_add(text(rt, args, 1)?.len());
    rt.room(size)?;
    Ok(rt.heap.concat(a, b))
}

pub fn compare(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    Ok(Value::int(match text(rt, args, 0)?.cmp(text(rt, args, 1)?) {
        Ordering::Less => -1,
        Ordering::Equal => 0,
        Ordering::Greater => 1,
    }))
}

pub fn equals(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    Ok(Value::bool(text(rt, args, 0)? == text(rt, args, 1)?))
}

/// 64-bit FNV-1a of the bytes.
pub(super) fn fnv(text: &str) -> i64 {
    let step = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3);
    text.bytes().fold(0xcbf2_9ce4_8422_2325, step) as i64
}

pub fn hash(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let s = text(rt, args, 0)?;
    let (len, hash) = (s.len(), fnv(s));
    rt.charge(len / 64)?;
    Ok(Value::int(hash))
}

/// Byte of the first occurrence.
pub(super) fn find(rt: &mut Runtime, args: &[Value]) -> Result<Option<usize>, Control> {
    let s = text(rt, args, 0)?;
    let (len, found) = (s.len(), motet_runtime::find(s, text(rt, args, 1)?));
    rt.charge(len / 64)?;
    Ok(found)
}

pub fn last_index_of(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let (s, part) = (text(rt, args, 0)?, text(rt, args, 1)?);
    let (len, found) = (s.len(), if part.is_empty() { None } else { s.rfind(part) });
    rt.charge(len / 64)?;
    Ok(Value::int(found.map_or(-1, |i| i as i64)))
}

pub fn starts_with(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    Ok(Value::bool(text(rt, args, 0)?.starts_with(text(rt, args, 1)?)))
}

pub fn ends_with(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    Ok(Value::bool(text(rt, args, 0)?.ends_with(text(rt, args, 1)?)))
}

/// ASCII letters of a string, or an ASCII letter, in one case.
fn cased(rt: &mut Runtime, args: &[Value], upper: bool) -> NativeResult {
    let v = any(args, 0)?;
    if let Some(code) = v.as_int() {
        let byte = u8::try_from(code).ok().filter(u8::is_ascii);
        let byte = byte.map(|b| if upper { b.to_ascii_uppercase() } else { b.to_ascii_lowercase() });
        return Ok(byte.map_or(v, |b| Value::int(i64::from(b))));
    }
    if let Some(v) = rt.heap.ascii_case(v, upper) {
        return Ok(v);
    }
    rt.reserve(text(rt, args, 0)?.len())?;
    let s = text(rt, args, 0)?;
    let out = if upper { s.to_ascii_uppercase() } else { s.to_ascii_lowercase() };
    Ok(rt.heap.string(out))
}

pub fn to_lower(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    cased(rt, args, false)
}

pub fn to_upper(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    cased(rt, args, true)
}

pub fn trim(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let s = text(rt, args, 0)?;
    let part = s.trim_matches([' ', '\t', '\r', '\n']);
    if part.len() == s.len() {
        return any(args, 0);
    }
    let part = String::from(part);
    rt.reserve(part.len())?;
    Ok(rt.heap.string(part))
}

pub fn split(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    rt.reserve(text(rt, args, 0)?.len().saturating_mul(2))?;
    let (s, separator) = (String::from(text(rt, args, 0)?), String::from(text(rt, args, 1)?));
    let parts = rt.heap.list(List::new());
    if separator.is_empty() {
        let whole = any(args, 0)?;
        rt.heap.push(parts, whole);
        return Ok(parts);
    }
    let mut charged = 0;
    for (i, piece) in motet_runtime::split(&s, &separator).enumerate() {
        if rt.heap.is_over_limit() {
            return Err(motet_runtime::out_of_memory());
        }
        if i - charged >= 1024 {
            rt.charge(i - charged)?;
            charged = i;
        }
        let piece = rt.heap.str(piece);
        rt.heap.push(parts, piece);
    }
    Ok(parts)
}

/// A buffer that holds the string: programs can only turn it back.
pub fn to_c_str(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    text(rt, args, 0)?;
    let content = alloc::vec![any(args, 0)?];
    Ok(rt.heap.list(content))
}

pub fn from_c_str(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    match items(rt, args, 0)?.first() {
        Some(&v) if rt.heap.text(v).is_some() => Ok(v),
        Some(_) => Err(bad_argument(0)),
        None => Ok(rt.heap.str("")),
    }
}

/// The string of a list of byte values.
pub fn bytes_text(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    rt.reserve(items(rt, args, 0)?.len())?;
    let bytes = bytes_of(items(rt, args, 0)?);
    string_of(rt, &bytes)
}

/// Byte values of a list: the low eight bits of each element.
pub(super) fn bytes_of(items: &[Value]) -> Vec<u8> {
    items.iter().map(|v| v.as_int().unwrap_or(0) as u8).collect()
}

// ---- T.fromJson

/// What follows the first occurrence of `"field"`, a colon and blanks.
fn json_value<'a>(rt: &'a mut Runtime, args: &[Value]) -> Result<Option<&'a str>, Control> {
    rt.charge(text(rt, args, 0)?.len() / 64)?;
    let (s, quoted) = (text(rt, args, 0)?, format!("\"{}\"", text(rt, args, 1)?));
    let found = motet_runtime::find(s, &quoted).and_then(|at| s.get(at + quoted.len()..));
    Ok(found.map(|rest| rest.trim_start_matches([':', ' ', '\t', '\n', '\r'])))
}

pub fn json_int(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    match json_value(rt, args)? {
        Some(rest) => Ok(Value::int(numbers::parse_int(rest))),
        None => any(args, 2),
    }
}

pub fn json_float(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    match json_value(rt, args)? {
        Some(rest) => Ok(Value::float(numbers::parse_float(rest))),
        None => any(args, 2),
    }
}

pub fn json_bool(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    match json_value(rt, args)? {
        Some(rest) => Ok(Value::bool(rest.starts_with('t'))),
        None => any(args, 2),
    }
}

pub fn json_string(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let found = json_value(rt, args)?.and_then(|rest| rest.strip_prefix('"')).map(|rest| {
        let end = rest.find('"').unwrap_or(rest.len());
        String::from(rest.get(..end).unwrap_or(rest))
    });
    match found {
        Some(s) => Ok(rt.heap.string(s)),
        None => any(args, 2),
    }
}
