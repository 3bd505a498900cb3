//! Parts and combinations of arrays (8.5).

use alloc::vec::Vec;

use motet_runtime::{Control, NativeResult, Runtime, Value};

use super::{
    arguments::{arity_agreeing, int, list},
    bytes, fail, shared_list,
};
use crate::semantics::bytes_of;

natives! {
    "slice" => slice;
    "$slice" => slice_own;
    "chunk" => chunk;
    "windows" => windows;
    "take" => take;
    "skip" => skip;
    "flatten" => flatten;
    "zip" => zip;
    "enumerate" => enumerate;
}

/// The elements of the first argument, an array.
fn elements(rt: &Runtime, args: &[Value], name: &str) -> Result<Vec<Value>, Control> {
    Ok(rt.heap.items(list(args, 0, name)?).cloned().unwrap_or_default())
}

/// A position that may count from the end, clamped to `0..=len`.
fn clamp(len: usize, at: i64) -> usize {
    let at = if at < 0 { at.saturating_add(len as i64) } else { at };
    at.clamp(0, len as i64) as usize
}

fn slice(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    arity_agreeing(args, name, 3)?;
    let (from, to) = (int(args, 1, name)?, int(args, 2, name)?);
    if let Some(data) = bytes_of(rt, args[0]) {
        let (from, to) = (clamp(data.len(), from), clamp(data.len(), to));
        let part = data.get(from..to).unwrap_or_default().to_vec();
        return bytes(rt, part);
    }
    let Some(items) = rt.heap.items(args[0]) else {
        return fail("slice() requires an array or bytes as the first argument");
    };
    let (from, to) = (clamp(items.len(), from), clamp(items.len(), to));
    let part = items.get(from..to).unwrap_or_default().to_vec();
    shared_list(rt, part)
}

/// `slice` of an array that its only holder gives up: what is left out is removed.
fn slice_own(rt: &mut Runtime, args: &[Value], _name: &str) -> NativeResult {
    let own = args.first().filter(|&&v| args.len() == 3 && !rt.heap.is_shared(v));
    let Some(n) = own.and_then(|&v| rt.heap.items(v)).map(Vec::len) else {
        return slice(rt, args, "slice");
    };
    let (from, to) = (clamp(n, int(args, 1, "slice")?), clamp(n, int(args, 2, "slice")?));
    let (from, to) = if from < to { (from, to) } else { (0, 0) };
    rt.charge(if from == 0 { 0 } else { (to - from) / 64 })?;
    rt.heap.update_list(args[0], |items| {
        items.truncate(to);
        items.drain(..from);
    });
    Ok(args[0])
}

fn lists_of<'a>(rt: &mut Runtime, parts: impl Iterator<Item = &'a [Value]>) -> NativeResult {
    let mut out = Vec::new();
    for part in parts {
        let part = shared_list(rt, part.to_vec())?;
        rt.charge(1)?;
        out.push(part);
    }
    Ok(rt.heap.list(out))
}

fn chunk(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    arity_agreeing(args, name, 2)?;
    let items = elements(rt, args, name)?;
    let n = usize::try_from(int(args, 1, name)?).unwrap_or(0);
    let n = if n == 0 { items.len().max(1) } else { n };
    lists_of(rt, items.chunks(n))
}

fn windows(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    arity_agreeing(args, name, 2)?;
    let items = elements(rt, args, name)?;
    match usize::try_from(int(args, 1, name)?) {
        Ok(n) if n > 0 => {
            let count = (items.len() + 1).saturating_sub(n);
            rt.reserve(count.saturating_mul(n).saturating_mul(size_of::<Value>()))?;
            lists_of(rt, items.windows(n))
        }
        _ => Ok(rt.heap.list(Vec::new())),
    }
}

fn take(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    arity_agreeing(args, name, 2)?;
    let items = elements(rt, args, name)?;
    let n = usize::try_from(int(args, 1, name)?).unwrap_or(0).min(items.len());
    shared_list(rt, items[..n].to_vec())
}

fn skip(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    arity_agreeing(args, name, 2)?;
    let items = elements(rt, args, name)?;
    let n = usize::try_from(int(args, 1, name)?).unwrap_or(0).min(items.len());
    shared_list(rt, items[n..].to_vec())
}

fn flatten(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    arity_agreeing(args, name, 1)?;
    let items = elements(rt, args, name)?;
    let total: usize = items.iter().map(|&v| rt.heap.items(v).map_or(1, Vec::len)).sum();
    rt.reserve(total.saturating_mul(size_of::<Value>()))?;
    let mut out = Vec::with_capacity(total);
    for v in items {
        match rt.heap.items(v) {
            Some(inner) => out.extend_from_slice(inner),
            None => out.push(v),
        }
    }
    shared_list(rt, out)
}

fn zip(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    arity_agreeing(args, name, 2)?;
    let a = elements(rt, args, name)?;
    let b = rt.heap.items(list(args, 1, name)?).cloned().unwrap_or_default();
    let pairs: Vec<[Value; 2]> = a.into_iter().zip(b).map(|(x, y)| [x, y]).collect();
    lists_of(rt, pairs.iter().map(<[Value; 2]>::as_slice))
}

fn enumerate(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    arity_agreeing(args, name, 1)?;
    let items = elements(rt, args, name)?;
    let pairs: Vec<[Value; 2]> = items.into_iter().enumerate().map(|(i, v)| [Value::int(i as i64), v]).collect();
    lists_of(rt, pairs.iter().map(<[Value; 2]>::as_slice))
}
