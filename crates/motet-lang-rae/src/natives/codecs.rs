//! Compression and checksums on lists of byte values.

use alloc::vec::Vec;

use motet_builtins::compress::{self, Wrapping};
use motet_runtime::{Control, NativeResult, Runtime, Value};

use super::{any, bad_argument, int, items, strings::bytes_of};

/// The first `n` byte values of the list that is argument 0; `n` is argument 1.
fn input(rt: &mut Runtime, args: &[Value]) -> Result<Vec<u8>, Control> {
    let n = usize::try_from(int(args, 1)?).unwrap_or(0).min(items(rt, args, 0)?.len());
    rt.reserve(n)?;
    rt.charge(n)?;
    Ok(bytes_of(items(rt, args, 0)?.get(..n).unwrap_or(&[])))
}

/// Argument 2: whether header and checksum are wanted.
fn wrapping(args: &[Value]) -> Result<Wrapping, Control> {
    match any(args, 2)?.as_bool() {
        Some(true) => Ok(Wrapping::Zlib),
        Some(false) => Ok(Wrapping::Raw),
        None => Err(bad_argument(2)),
    }
}

fn output(rt: &mut Runtime, bytes: &[u8]) -> NativeResult {
    rt.reserve(bytes.len().saturating_mul(size_of::<Value>()))?;
    rt.charge(bytes.len())?;
    let items = bytes.iter().map(|b| Value::int(i64::from(*b))).collect();
    Ok(rt.heap.list(items))
}

/// `(data, n, zlib) -> List(Int)`.
pub fn deflate(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let (data, wrapping) = (input(rt, args)?, wrapping(args)?);
    rt.charge(data.len().saturating_mul(8))?;
    output(rt, &compress::deflate(&data, wrapping))
}

/// `(data, n, zlib) -> List(Int)`: empty for damaged data.
pub fn inflate(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let (data, wrapping) = (input(rt, args)?, wrapping(args)?);
    let room = rt.heap.limit().saturating_sub(rt.heap.bytes()) / (2 * size_of::<Value>());
    output(rt, &compress::inflate(&data, wrapping, room).unwrap_or_default())
}

pub fn crc32(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let data = input(rt, args)?;
    Ok(Value::int(i64::from(compress::crc32(&data))))
}

pub fn adler32(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let data = input(rt, args)?;
    Ok(Value::int(i64::from(compress::adler32(&data))))
}
