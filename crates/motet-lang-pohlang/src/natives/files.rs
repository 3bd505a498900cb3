//! Files and directories (8.5). Whole files are read and written through the
//! host; everything else that only hosted systems have is done by
//! `motet_builtins::system`, after the capability check.

use alloc::{
    format,
    string::{String, ToString},
    vec::Vec,
};

#[cfg(feature = "std")]
use motet_builtins::system::{self, PathKind};
use motet_runtime::{Capability, Control, NativeResult, Runtime, Tag, Value};

use super::{arg, fail, string, strings};
use crate::semantics::number;

natives! {
    "read_file" => read_file;
    "read_lines" => read_lines;
    "write_file" => write_file;
    #[cfg(feature = "std")]
    "append_file" => append_file;
    #[cfg(feature = "std")]
    "file_exists" => file_exists;
    #[cfg(feature = "std")]
    "delete_file" => delete_file;
    #[cfg(feature = "std")]
    "create_directory" => create_directory;
    #[cfg(feature = "std")]
    "list_files" => list_files;
    #[cfg(feature = "std")]
    "copy_file" => copy_file;
    #[cfg(feature = "std")]
    "move_file" => move_file;
}

/// Most bytes of one read.
const MAX_FILE: u64 = 1 << 30;

/// Argument `i`, a path; `what` is for messages.
fn path(rt: &Runtime, args: &[Value], i: usize, what: &str) -> Result<String, Control> {
    match rt.heap.text(arg(args, i)) {
        Some(text) => Ok(text.to_string()),
        None => fail(format!("{what} must be a string")),
    }
}

/// Text of a file, or the failure in the system's words.
fn content(rt: &mut Runtime, path: &str, phrase: &str) -> Result<Result<String, String>, Control> {
    rt.require(Capability::FsRead, phrase)?;
    let room = rt.heap.limit().saturating_sub(rt.heap.bytes()) as u64;
    let data = match rt.host.read_file(path, room.min(MAX_FILE)) {
        Ok(data) => data,
        Err(e) => return Ok(Err(e.0)),
    };
    rt.reserve(data.len())?;
    Ok(String::from_utf8(data).map_err(|_| "stream did not contain valid UTF-8".to_string()))
}

fn read_file(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let path = path(rt, args, 0, "read file at: path")?;
    match content(rt, &path, "read file at")? {
        Ok(text) => string(rt, text),
        Err(cause) => fail(format!("Failed to read file '{path}': {cause}")),
    }
}

fn read_lines(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let path = path(rt, args, 0, "read lines from: path")?;
    match content(rt, &path, "read lines from")? {
        Ok(text) => strings(rt, text.lines()),
        Err(cause) => fail(format!("Failed to read lines from '{path}': {cause}")),
    }
}

/// What to write: a text, or the plain form of a number or boolean.
fn output(rt: &Runtime, v: Value, what: &str) -> Result<Vec<u8>, Control> {
    match v.tag() {
        Tag::Str => Ok(rt.heap.text(v).unwrap_or("").as_bytes().to_vec()),
        Tag::Float | Tag::Int => Ok(format!("{}", number(v).unwrap_or(0.0)).into_bytes()),
        Tag::Bool => Ok(format!("{}", v.as_bool() == Some(true)).into_bytes()),
        _ => fail(format!("{what}: content must be string, number, or boolean")),
    }
}

/// Nothing, or the failure with what was tried in front.
fn done(result: Result<(), String>, tried: impl FnOnce() -> String) -> NativeResult {
    match result {
        Ok(()) => Ok(Value::NIL),
        Err(cause) => fail(format!("{}: {cause}", tried())),
    }
}

/// `write content into file at path`.
fn write_file(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let data = output(rt, arg(args, 0), "write to file")?;
    let path = path(rt, args, 1, "write to file at: path")?;
    rt.require(Capability::FsWrite, "write into file")?;
    rt.charge(data.len() / 64)?;
    done(rt.host.write_file(&path, &data).map_err(|e| e.0), || format!("Failed to write file '{path}'"))
}

/// `append content into file at path`.
#[cfg(feature = "std")]
fn append_file(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let data = output(rt, arg(args, 0), "append to file")?;
    let path = path(rt, args, 1, "append to file at: path")?;
    rt.require(Capability::FsWrite, "append into file")?;
    rt.charge(data.len() / 64)?;
    done(system::append(&path, &data), || format!("Failed to append to file '{path}'"))
}

#[cfg(feature = "std")]
fn file_exists(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let path = path(rt, args, 0, "file exists at: path")?;
    rt.require(Capability::FsRead, "file exists at")?;
    Ok(Value::bool(system::exists(&path, PathKind::Anything)))
}

#[cfg(feature = "std")]
fn delete_file(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let path = path(rt, args, 0, "delete file at: path")?;
    rt.require(Capability::FsDelete, "delete file at")?;
    done(system::remove_file(&path), || format!("Failed to delete file '{path}'"))
}

#[cfg(feature = "std")]
fn create_directory(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let path = path(rt, args, 0, "create directory at: path")?;
    rt.require(Capability::FsWrite, "create directory at")?;
    done(system::create_dir(&path), || format!("Failed to create directory '{path}'"))
}

/// Names in a directory, sorted.
#[cfg(feature = "std")]
fn list_files(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let path = path(rt, args, 0, "list files in: path")?;
    rt.require(Capability::FsRead, "list files in")?;
    match system::list_dir(&path) {
        Ok(names) => strings(rt, names.iter().map(String::as_str)),
        Err(cause) => fail(format!("Failed to list directory '{path}': {cause}")),
    }
}

/// Paths of `copy file from a to b` and `move file from a to b`.
#[cfg(feature = "std")]
fn two_paths(rt: &Runtime, args: &[Value], verb: &str) -> Result<(String, String), Control> {
    let from = path(rt, args, 0, &format!("{verb} file from: source path"))?;
    let to = path(rt, args, 1, &format!("{verb} file to: destination path"))?;
    Ok((from, to))
}

#[cfg(feature = "std")]
fn copy_file(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let (from, to) = two_paths(rt, args, "copy")?;
    rt.require(Capability::FsRead, "copy file")?;
    rt.require(Capability::FsWrite, "copy file")?;
    done(system::copy(&from, &to), || format!("Failed to copy file from '{from}' to '{to}'"))
}

#[cfg(feature = "std")]
fn move_file(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let (from, to) = two_paths(rt, args, "move")?;
    rt.require(Capability::FsWrite, "move file")?;
    rt.require(Capability::FsDelete, "move file")?;
    done(system::rename(&from, &to), || format!("Failed to move file from '{from}' to '{to}'"))
}
