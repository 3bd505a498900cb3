//! Native functions on strings that languages share.

use alloc::string::String;

use motet_runtime::{NativeResult, Runtime, Value};

use crate::arguments::{any, items, text};

/// The strings of a list with a separator between them: `(list, separator)`. Other elements count as empty strings.
///
/// # Errors
/// Arguments of other kinds; limits.
pub fn join(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let (list, separator) = (items(rt, args, 0)?, text(rt, args, 1)?);
    let count = list.len();
    let size: usize = list.iter().map(|&v| rt.heap.text(v).map_or(0, str::len) + separator.len()).sum();
    rt.charge(count)?;
    rt.reserve(size)?;
    let (list, separator) = (items(rt, args, 0)?, text(rt, args, 1)?);
    let mut out = String::with_capacity(size);
    for (i, &v) in list.iter().enumerate() {
        if i > 0 {
            out.push_str(separator);
        }
        out.push_str(rt.heap.text(v).unwrap_or(""));
    }
    Ok(rt.heap.string(out))
}

/// A string with every occurrence of a part replaced: `(string, part, new)`. The empty part occurs nowhere.
///
/// # Errors
/// Arguments of other kinds; limits.
pub fn replace(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let (s, old, new) = (text(rt, args, 0)?, text(rt, args, 1)?, text(rt, args, 2)?);
    if old.is_empty() {
        return any(args, 0);
    }
    let size = s.len().saturating_add(s.matches(old).count().saturating_mul(new.len()));
    rt.reserve(size)?;
    let out = text(rt, args, 0)?.replace(text(rt, args, 1)?, text(rt, args, 2)?);
    Ok(rt.heap.string(out))
}
