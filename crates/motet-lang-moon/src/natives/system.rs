//! Output, input, files, errors, optionals.

use alloc::{format, string::String, vec::Vec};

use motet_runtime::{Capability, Control, NativeResult, Runtime, Value};

use super::{any, int, text};
use crate::semantics::{MAX_TEXT, TextForm};

/// Largest file that `read_file` takes.
const MAX_FILE: u64 = 1 << 30;

/// Bytes of text written between two looks at the limits.
const CHUNK: usize = 64 << 10;

/// Never called by programs: its value stands for Unit.
pub fn unit(_rt: &mut Runtime, _args: &[Value]) -> NativeResult {
    Ok(Value::NIL)
}

/// Collection happens at the engine's own safepoints; asking for one has no visible effect.
pub fn gc(_rt: &mut Runtime, _args: &[Value]) -> NativeResult {
    Ok(Value::NIL)
}

/// The text form of the first argument; an error when it passes [`MAX_TEXT`].
fn shown(rt: &mut Runtime, args: &[Value], end: &str) -> Result<String, Control> {
    let v = any(args, 0)?;
    let mut out = String::new();
    let mut form = TextForm::new(v);
    let mut known_to_fit = CHUNK;
    loop {
        let before = out.len();
        let done = form.advance(rt, &mut out, before + CHUNK);
        rt.charge((out.len() - before) / 64)?;
        if done {
            break;
        }
        if out.len() > MAX_TEXT {
            return Err(Control::error("text is too long"));
        }
        if out.len() > known_to_fit {
            rt.reserve(out.len())?;
            known_to_fit = out.len() * 2;
        }
    }
    out.push_str(end);
    Ok(out)
}

pub fn print(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let out = shown(rt, args, "\n")?;
    rt.host.write_out(out.as_bytes());
    Ok(Value::NIL)
}

pub fn write(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let out = shown(rt, args, "")?;
    rt.host.write_out(out.as_bytes());
    Ok(Value::NIL)
}

pub fn eprint(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let out = shown(rt, args, "\n")?;
    rt.host.write_err(out.as_bytes());
    Ok(Value::NIL)
}

pub fn str(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let v = any(args, 0)?;
    if rt.heap.text(v).is_some() {
        return Ok(v);
    }
    if let Some(n) = v.as_int() {
        return Ok(rt.heap.decimal(n));
    }
    let out = shown(rt, args, "")?;
    Ok(rt.heap.string(out))
}

pub fn panic(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    Err(Control::error(text(rt, args, 0)?))
}

pub fn assert(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    match any(args, 0)?.as_bool() {
        Some(true) => Ok(Value::NIL),
        _ => Err(Control::error(text(rt, args, 1)?)),
    }
}

pub fn clock(rt: &mut Runtime, _args: &[Value]) -> NativeResult {
    rt.require(Capability::Clock, "clock")?;
    Ok(Value::float(rt.host.monotonic_nanos() as f64 / 1e9))
}

pub fn args(rt: &mut Runtime, _args: &[Value]) -> NativeResult {
    let args = rt.host.args();
    let items: Vec<Value> = args.iter().map(|a| rt.heap.str(a)).collect();
    Ok(rt.heap.list(items))
}

pub fn read_line(rt: &mut Runtime, _args: &[Value]) -> NativeResult {
    rt.require(Capability::Stdin, "read_line")?;
    let line = rt.host.read_line();
    rt.waited();
    let Some(line) = line else { return Ok(Value::NIL) };
    let line = line.strip_suffix('\n').unwrap_or(&line);
    Ok(rt.heap.str(line.strip_suffix('\r').unwrap_or(line)))
}

pub fn read_file(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    rt.require(Capability::FsRead, "read_file")?;
    let path = String::from(text(rt, args, 0)?);
    let found = rt.host.read_file(&path, MAX_FILE).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let Some(content) = found else { return Err(Control::error(format!("cannot read file: {path}"))) };
    rt.reserve(content.len())?;
    Ok(rt.heap.string(content))
}

pub fn write_file(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    rt.require(Capability::FsWrite, "write_file")?;
    let path = String::from(text(rt, args, 0)?);
    let content = String::from(text(rt, args, 1)?);
    match rt.host.write_file(&path, content.as_bytes()) {
        Ok(()) => Ok(Value::NIL),
        Err(_) => Err(Control::error(format!("cannot write file: {path}"))),
    }
}

pub fn exit(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    rt.host.flush();
    Err(Control::Exit(int(args, 0)? as i32))
}

pub fn unwrap(_rt: &mut Runtime, args: &[Value]) -> NativeResult {
    match any(args, 0)? {
        v if v.is_nil() => Err(Control::error("unwrap of nil")),
        v => Ok(v),
    }
}

pub fn unwrap_or(_rt: &mut Runtime, args: &[Value]) -> NativeResult {
    match any(args, 0)? {
        v if v.is_nil() => any(args, 1),
        v => Ok(v),
    }
}

pub fn is_nil(_rt: &mut Runtime, args: &[Value]) -> NativeResult {
    Ok(Value::bool(any(args, 0)?.is_nil()))
}
