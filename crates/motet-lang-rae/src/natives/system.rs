//! Output, input, files, environment, clock.
//!
//! Failures are values, as the library wants them: false, none, an empty
//! string or list. Only a missing permission is an error.

use alloc::{
    collections::{BTreeMap, VecDeque},
    string::{String, ToString},
    vec::Vec,
};

#[cfg(feature = "std")]
use motet_builtins::system::{self, FileLock};
use motet_runtime::{Capability, Control, NativeResult, Runtime, Tag, Value};

use super::{any, int, strings::string_of, text};
use crate::text_form::{self, MAX_TEXT};

/// Largest file that is read as a whole, in bytes.
const MAX_FILE: u64 = 1 << 30;

fn write(rt: &mut Runtime, args: &[Value], end: &str) -> NativeResult {
    let v = any(args, 0)?;
    let mut out = String::new();
    match rt.heap.text(v) {
        Some(s) => out.push_str(s),
        None if v.tag() == Tag::Int => motet_runtime::push_decimal(&mut out, v.bits() as i64),
        None => text_form::push(rt, v, &mut out, MAX_TEXT),
    }
    out.push_str(end);
    rt.charge(out.len() / 64)?;
    rt.host.write_out(out.as_bytes());
    rt.host.flush();
    Ok(Value::NIL)
}

pub fn log(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    write(rt, args, "\n")
}

pub fn log_s(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    write(rt, args, "")
}

pub fn main_missing(_rt: &mut Runtime, _args: &[Value]) -> NativeResult {
    Err(Control::error("no `func main` found for VM execution"))
}

// ---- the process

/// How often `nextTick` was called.
#[derive(Default)]
struct Ticks(i64);

pub fn next_tick(rt: &mut Runtime, _args: &[Value]) -> NativeResult {
    let ticks = rt.state_of::<Ticks>("rae.ticks");
    ticks.0 = ticks.0.wrapping_add(1);
    Ok(Value::int(ticks.0))
}

pub fn now_ms(rt: &mut Runtime, _args: &[Value]) -> NativeResult {
    rt.require(Capability::Clock, "nowMs")?;
    Ok(Value::int(rt.host.unix_nanos().div_euclid(1_000_000) as i64))
}

pub fn now_ns(rt: &mut Runtime, _args: &[Value]) -> NativeResult {
    rt.require(Capability::Clock, "nowNs")?;
    Ok(Value::int(rt.host.monotonic_nanos() as i64))
}

/// Other tasks run meanwhile.
pub fn sleep(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    rt.host.flush();
    match u64::try_from(int(args, 0)?) {
        Ok(ms) if ms > 0 => Err(Control::sleep(ms.saturating_mul(1_000_000))),
        _ => Ok(Value::NIL),
    }
}

pub fn exit(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    rt.host.flush();
    Err(Control::Exit(int(args, 0)? as i32))
}

pub fn nothing_outstanding(_rt: &mut Runtime, _args: &[Value]) -> NativeResult {
    Ok(Value::int(0))
}

pub fn get_env(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let name = String::from(text(rt, args, 0)?);
    rt.require(Capability::EnvRead, "getEnv")?;
    #[cfg(feature = "std")]
    let value = system::variable(&name).unwrap_or_default();
    #[cfg(not(feature = "std"))]
    let value = String::from(name.get(..0).unwrap_or_default());
    Ok(rt.heap.string(value))
}

/// Resident memory in KiB; -1 where that is unknown.
pub fn process_rss_kb(_rt: &mut Runtime, _args: &[Value]) -> NativeResult {
    #[cfg(feature = "std")]
    if let Ok(status) = system::read("/proc/self/status", 1 << 16) {
        let status = String::from_utf8_lossy(&status);
        let line = status.lines().find_map(|l| l.strip_prefix("VmRSS:"));
        let kb = line.and_then(|l| l.trim().trim_end_matches("kB").trim().parse().ok());
        return Ok(Value::int(kb.unwrap_or(-1)));
    }
    Ok(Value::int(-1))
}

// ---- input

/// Bytes of a line that `readChar` has not given yet.
#[derive(Default)]
struct Pending(VecDeque<u8>);

/// The rest of the current line with its line break, or the next line; empty at the end of input.
fn next_line(rt: &mut Runtime, operation: &str) -> Result<Vec<u8>, Control> {
    rt.require(Capability::Stdin, operation)?;
    let pending = core::mem::take(&mut rt.state_of::<Pending>("rae.input").0);
    if !pending.is_empty() {
        return Ok(pending.into());
    }
    rt.host.flush();
    let line = rt.host.read_line();
    rt.waited();
    Ok(line.map(String::into_bytes).unwrap_or_default())
}

pub fn read_line(rt: &mut Runtime, _args: &[Value]) -> NativeResult {
    let line = next_line(rt, "readLine")?;
    let line = line.strip_suffix(b"\n").unwrap_or(&line);
    string_of(rt, line.strip_suffix(b"\r").unwrap_or(line))
}

/// One byte; 0xFFFFFFFF at the end of input.
pub fn read_char(rt: &mut Runtime, _args: &[Value]) -> NativeResult {
    if rt.state_of::<Pending>("rae.input").0.is_empty() {
        let line = next_line(rt, "readChar")?;
        rt.state_of::<Pending>("rae.input").0 = line.into();
    }
    let byte = rt.state_of::<Pending>("rae.input").0.pop_front();
    Ok(Value::int(byte.map_or(0xFFFF_FFFF, i64::from)))
}

// ---- files

/// Content of a file; `None` if it cannot be read.
fn content(rt: &mut Runtime, args: &[Value], operation: &str) -> Result<Option<Vec<u8>>, Control> {
    let path = String::from(text(rt, args, 0)?);
    rt.require(Capability::FsRead, operation)?;
    let content = rt.host.read_file(&path, MAX_FILE).ok();
    rt.reserve(content.as_ref().map_or(0, Vec::len))?;
    Ok(content)
}

pub fn read_file(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    match content(rt, args, "readFile")? {
        Some(bytes) => string_of(rt, &bytes),
        None => Ok(Value::NIL),
    }
}

/// As [`read_file`], with an empty string for what cannot be read.
pub fn read_file_text(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let bytes = content(rt, args, "readFile")?.unwrap_or_default();
    string_of(rt, &bytes)
}

pub fn read_file_bytes(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let bytes = content(rt, args, "readFileBytes")?.unwrap_or_default();
    rt.reserve(bytes.len().saturating_mul(size_of::<Value>()))?;
    let items = bytes.into_iter().map(|b| Value::int(i64::from(b))).collect();
    Ok(rt.heap.list(items))
}

/// `(path, offset, len)`: empty unless the whole range is there.
pub fn read_file_range(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let range = usize::try_from(int(args, 1)?).ok().zip(usize::try_from(int(args, 2)?).ok());
    let bytes = content(rt, args, "readFileTextRange")?.unwrap_or_default();
    let part = range.and_then(|(offset, len)| bytes.get(offset..offset.checked_add(len)?));
    string_of(rt, part.unwrap_or(&[]))
}

pub fn write_file(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let (path, content) = (String::from(text(rt, args, 0)?), String::from(text(rt, args, 1)?));
    rt.require(Capability::FsWrite, "writeFile")?;
    rt.charge(content.len() / 64)?;
    Ok(Value::bool(rt.host.write_file(&path, content.as_bytes()).is_ok()))
}

/// A path and the permission for what is to be done with it.
fn path(rt: &mut Runtime, args: &[Value], needs: Capability, operation: &str) -> Result<String, Control> {
    let path = text(rt, args, 0)?.to_string();
    rt.require(needs, operation)?;
    rt.charge(16)?;
    Ok(path)
}

pub fn rename(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let to = text(rt, args, 1)?.to_string();
    let from = path(rt, args, Capability::FsWrite, "rename")?;
    Ok(Value::bool(world::rename(&from, &to)))
}

pub fn delete(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let path = path(rt, args, Capability::FsDelete, "delete")?;
    Ok(Value::bool(world::delete(&path)))
}

pub fn make_dir(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let path = path(rt, args, Capability::FsWrite, "makeDir")?;
    Ok(Value::bool(world::make_dir(&path)))
}

pub fn exists(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let path = path(rt, args, Capability::FsRead, "exists")?;
    Ok(Value::bool(world::exists(&path)))
}

pub fn file_mod_time(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let path = path(rt, args, Capability::FsRead, "fileModTime")?;
    Ok(Value::float(world::modified(&path)))
}

pub fn list_dir(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let path = path(rt, args, Capability::FsRead, "listDir")?;
    let names = world::list_dir(&path);
    rt.reserve(names.iter().map(|n| n.len() + 64).sum())?;
    let names = names.iter().map(|n| rt.heap.str(n)).collect();
    Ok(rt.heap.list(names))
}

/// Locks that the program holds, by path.
#[derive(Default)]
struct Locks(BTreeMap<String, world::Lock>);

/// Most files that one program may lock.
const MAX_LOCKS: usize = 1000;

pub fn lock_file(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let path = path(rt, args, Capability::FsWrite, "lockFile")?;
    let locks = rt.state_of::<Locks>("rae.locks");
    if locks.0.contains_key(&path) {
        return Ok(Value::TRUE);
    }
    let lock = if locks.0.len() < MAX_LOCKS { world::lock(&path) } else { None };
    let locked = lock.map(|lock| locks.0.insert(path, lock)).is_some();
    Ok(Value::bool(locked))
}

pub fn unlock_file(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let path = path(rt, args, Capability::FsWrite, "unlockFile")?;
    Ok(Value::bool(rt.state_of::<Locks>("rae.locks").0.remove(&path).is_some()))
}

/// The file system of the process.
#[cfg(feature = "std")]
mod world {
    use super::*;

    pub type Lock = FileLock;

    pub fn rename(from: &str, to: &str) -> bool {
        system::rename(from, to).is_ok()
    }

    pub fn delete(path: &str) -> bool {
        system::remove_file(path).or_else(|_| system::remove_dir(path)).is_ok()
    }

    pub fn make_dir(path: &str) -> bool {
        system::exists(path, system::PathKind::Directory) || system::create_one_dir(path).is_ok()
    }

    pub fn exists(path: &str) -> bool {
        system::exists(path, system::PathKind::Anything)
    }

    pub fn modified(path: &str) -> f64 {
        system::modified(path).map_or(0.0, |t| t.as_secs_f64())
    }

    pub fn list_dir(path: &str) -> Vec<String> {
        system::list_dir(path).unwrap_or_default()
    }

    pub fn lock(path: &str) -> Option<Lock> {
        system::lock(path).ok()
    }
}

/// Hosts without a file system: nothing is there.
#[cfg(not(feature = "std"))]
mod world {
    use super::*;

    pub struct Lock;

    pub fn rename(_from: &str, _to: &str) -> bool {
        false
    }

    pub fn delete(_path: &str) -> bool {
        false
    }

    pub fn make_dir(_path: &str) -> bool {
        false
    }

    pub fn exists(_path: &str) -> bool {
        false
    }

    pub fn modified(_path: &str) -> f64 {
        0.0
    }

    pub fn list_dir(_path: &str) -> Vec<String> {
        Vec::new()
    }

    pub fn lock(_path: &str) -> Option<Lock> {
        None
    }
}
