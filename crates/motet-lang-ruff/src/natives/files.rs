//! Files and paths (8.8).
//!
//! Whole files are read and written through the host; everything else that
//! only hosted systems have is done by `motet_builtins::system`, after the
//! capability check.

use alloc::{
    format,
    string::{String, ToString},
    vec::Vec,
};

use motet_builtins::encoding;
#[cfg(feature = "std")]
use motet_builtins::system::{self, PathKind};
use motet_runtime::{Capability, Control, NativeResult, Runtime, Value};

#[cfg(feature = "std")]
use super::{arguments::int, new_dict};
use super::{
    arguments::{arity, owned, text},
    bytes,
    concurrency::settled,
    fail, string, strings,
};
use crate::semantics::bytes_of;

natives! {
    "read_file" => read_file;
    "read_file_lossy" => read_file;
    "read_lines" => read_file;
    "read_binary_file" => read_binary_file;
    "write_file" => write_file;
    "write_binary_file" => write_file;
    "sha256_file" => digest_file;
    "md5_file" => digest_file;
    "async_read_file" => async_read_file;
    "async_write_file" => async_write_file;
    "async_read_files" => async_read_files;
    "async_write_files" => async_write_files;
    "join_path" => join_path;
    "path_join" => join_path;
    "dirname" => dirname;
    "basename" => basename;
    "path_extension" => path_extension;
    #[cfg(feature = "std")]
    "append_file" => append_file;
    #[cfg(feature = "std")]
    "file_exists" => exists;
    #[cfg(feature = "std")]
    "path_exists" => exists;
    #[cfg(feature = "std")]
    "path_is_dir" => exists;
    #[cfg(feature = "std")]
    "path_is_file" => exists;
    #[cfg(feature = "std")]
    "path_is_symlink" => exists;
    #[cfg(feature = "std")]
    "file_size" => file_size;
    #[cfg(feature = "std")]
    "delete_file" => delete_file;
    #[cfg(feature = "std")]
    "rename_file" => rename_file;
    #[cfg(feature = "std")]
    "copy_file" => copy_file;
    #[cfg(feature = "std")]
    "create_dir" => create_dir;
    #[cfg(feature = "std")]
    "os_rmdir" => os_rmdir;
    #[cfg(feature = "std")]
    "os_chdir" => os_chdir;
    #[cfg(feature = "std")]
    "os_getcwd" => os_getcwd;
    #[cfg(feature = "std")]
    "list_dir" => list_dir;
    #[cfg(feature = "std")]
    "path_absolute" => path_absolute;
    #[cfg(feature = "std")]
    "io_read_bytes" => io_read;
    #[cfg(feature = "std")]
    "io_read_at" => io_read;
    #[cfg(feature = "std")]
    "io_seek_read" => io_read;
    #[cfg(feature = "std")]
    "io_write_bytes" => io_write;
    #[cfg(feature = "std")]
    "io_append_bytes" => io_write;
    #[cfg(feature = "std")]
    "io_write_at" => io_write;
    #[cfg(feature = "std")]
    "io_truncate" => io_truncate;
    #[cfg(feature = "std")]
    "io_copy_range" => io_copy_range;
    #[cfg(feature = "std")]
    "io_file_metadata" => io_file_metadata;
}

/// Most bytes of one read or write.
const MAX_FILE: u64 = 8 << 20;

/// Content of a file, or the failure in the system's words.
fn content(rt: &mut Runtime, path: &str, name: &str) -> Result<Result<Vec<u8>, String>, Control> {
    rt.require(Capability::FsRead, name)?;
    let result = rt.host.read_file(path, MAX_FILE).map_err(|e| e.0);
    if let Ok(data) = &result {
        rt.reserve(data.len())?;
    }
    Ok(result)
}

fn cannot_read<T>(path: &str, cause: &str) -> Result<T, Control> {
    fail(format!("Cannot read file '{path}': {cause}"))
}

fn read_file(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    arity(args, name, 1)?;
    let path = owned(rt, args, 0, name)?;
    let data = match content(rt, &path, name)? {
        Ok(data) => data,
        Err(cause) => return cannot_read(&path, &cause),
    };
    let text = match String::from_utf8(data) {
        Ok(text) => text,
        Err(e) if name == "read_file_lossy" => String::from_utf8_lossy(e.as_bytes()).into_owned(),
        Err(_) => return cannot_read(&path, "stream did not contain valid UTF-8"),
    };
    if name == "read_lines" {
        return strings(rt, text.lines());
    }
    string(rt, text)
}

fn read_binary_file(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    arity(args, name, 1)?;
    let path = owned(rt, args, 0, name)?;
    match content(rt, &path, name)? {
        Ok(data) => bytes(rt, data),
        Err(cause) => cannot_read(&path, &cause),
    }
}

fn digest_file(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    arity(args, name, 1)?;
    let path = owned(rt, args, 0, name)?;
    match content(rt, &path, name)? {
        Ok(data) if name == "md5_file" => string(rt, encoding::md5_hex(&data)),
        Ok(data) => string(rt, encoding::sha256_hex(&data)),
        Err(cause) => cannot_read(&path, &cause),
    }
}

/// What to write: text or bytes of argument `i`, at most [`MAX_FILE`].
fn output(rt: &Runtime, args: &[Value], i: usize, name: &str) -> Result<Vec<u8>, Control> {
    let v = args.get(i).copied().unwrap_or(Value::NIL);
    let data = match (bytes_of(rt, v), rt.heap.text(v)) {
        (Some(data), _) => data,
        (None, Some(text)) => text.as_bytes(),
        (None, None) => return fail(format!("{name}() requires string or bytes content")),
    };
    if data.len() as u64 > MAX_FILE {
        return fail(format!("{name}() content exceeds the limit of {MAX_FILE} bytes"));
    }
    Ok(data.to_vec())
}

/// Whether something is at the path, as far as the build can tell.
fn is_there(path: &str) -> bool {
    #[cfg(feature = "std")]
    return system::exists(path, PathKind::Anything);
    #[cfg(not(feature = "std"))]
    return path.is_empty();
}

fn write_file(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    super::arity_between(args, name, 2, 3)?;
    let path = owned(rt, args, 0, name)?;
    let data = output(rt, args, 1, name)?;
    rt.require(Capability::FsWrite, name)?;
    let overwrite = args.get(2).is_some_and(|v| v.as_bool() == Some(true));
    if !overwrite && is_there(&path) {
        return fail(format!("Cannot write file '{path}': file already exists (pass overwrite=true to replace it)"));
    }
    match rt.host.write_file(&path, &data) {
        Ok(()) => Ok(Value::TRUE),
        Err(e) => fail(format!("Cannot write file '{path}': {}", e.0)),
    }
}

/// Text of a file for a promise.
fn read_for_promise(rt: &mut Runtime, path: &str, name: &str) -> Result<Result<Value, String>, Control> {
    let text = content(rt, path, name)?
        .and_then(|data| String::from_utf8(data).map_err(|_| "stream did not contain valid UTF-8".to_string()))
        .map_err(|cause| format!("Failed to read file '{path}': {cause}"));
    Ok(match text {
        Ok(text) => Ok(string(rt, text)?),
        Err(message) => Err(message),
    })
}

fn async_read_file(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    arity(args, name, 1)?;
    let path = owned(rt, args, 0, name)?;
    let outcome = read_for_promise(rt, &path, name)?;
    Ok(settled(rt, outcome))
}

fn write_for_promise(rt: &mut Runtime, args: &[Value], name: &str) -> Result<Result<Value, String>, Control> {
    let path = owned(rt, args, 0, name)?;
    let data = output(rt, args, 1, name)?;
    rt.require(Capability::FsWrite, name)?;
    let written = rt.host.write_file(&path, &data);
    Ok(written.map(|()| Value::TRUE).map_err(|e| format!("Failed to write file '{path}': {}", e.0)))
}

fn async_write_file(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    arity(args, name, 2)?;
    let outcome = write_for_promise(rt, args, name)?;
    Ok(settled(rt, outcome))
}

/// Elements of an array argument.
fn elements(rt: &Runtime, args: &[Value], i: usize, name: &str) -> Result<Vec<Value>, Control> {
    match args.get(i).and_then(|&v| rt.heap.items(v)) {
        Some(items) => Ok(items.clone()),
        None => fail(format!("{name}() requires an array argument")),
    }
}

fn async_read_files(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    super::arity_between(args, name, 1, 2)?;
    let mut texts = Vec::new();
    for path in elements(rt, args, 0, name)? {
        let path = owned(rt, &[path], 0, name)?;
        match read_for_promise(rt, &path, name)? {
            Ok(text) => texts.push(text),
            Err(message) => return Ok(settled(rt, Err(message))),
        }
    }
    let list = rt.heap.list(texts);
    Ok(settled(rt, Ok(list)))
}

fn async_write_files(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    super::arity_between(args, name, 2, 3)?;
    let (paths, contents) = (elements(rt, args, 0, name)?, elements(rt, args, 1, name)?);
    if paths.len() != contents.len() {
        return fail(format!("{name}() requires as many contents as paths"));
    }
    let mut done = Vec::new();
    for (path, content) in paths.into_iter().zip(contents) {
        match write_for_promise(rt, &[path, content], name)? {
            Ok(v) => done.push(v),
            Err(message) => return Ok(settled(rt, Err(message))),
        }
    }
    let list = rt.heap.list(done);
    Ok(settled(rt, Ok(list)))
}

fn join_path(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    let mut out = String::new();
    for i in 0..args.len() {
        let part = text(rt, args, i, name)?;
        if part.starts_with('/') {
            out.clear();
        } else if !out.is_empty() && !out.ends_with('/') {
            out.push('/');
        }
        out.push_str(part);
    }
    string(rt, out)
}

/// Directory and last component of a path; trailing slashes do not count.
fn split_path(path: &str) -> (&str, &str) {
    let trimmed = path.trim_end_matches('/');
    if trimmed.is_empty() {
        return (if path.is_empty() { "" } else { "/" }, "");
    }
    match trimmed.rsplit_once('/') {
        None => ("", trimmed),
        Some((dir, base)) => {
            let dir = dir.trim_end_matches('/');
            (if dir.is_empty() { "/" } else { dir }, base)
        }
    }
}

fn dirname(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    arity(args, name, 1)?;
    let out = split_path(text(rt, args, 0, name)?).0.to_string();
    string(rt, out)
}

fn basename(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    arity(args, name, 1)?;
    let out = split_path(text(rt, args, 0, name)?).1.to_string();
    string(rt, out)
}

fn path_extension(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    arity(args, name, 1)?;
    let base = split_path(text(rt, args, 0, name)?).1;
    let out = base.rsplit_once('.').filter(|(stem, _)| !stem.is_empty()).map_or("", |(_, e)| e).to_string();
    string(rt, out)
}

#[cfg(feature = "std")]
fn append_file(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    arity(args, name, 2)?;
    let path = owned(rt, args, 0, name)?;
    let data = output(rt, args, 1, name)?;
    rt.require(Capability::FsWrite, name)?;
    done(system::append(&path, &data), || format!("Cannot append to file '{path}'"))
}

/// `true`, or the failure with what was tried in front.
#[cfg(feature = "std")]
fn done(result: system::Outcome<()>, tried: impl FnOnce() -> String) -> NativeResult {
    match result {
        Ok(()) => Ok(Value::TRUE),
        Err(cause) => fail(format!("{}: {cause}", tried())),
    }
}

#[cfg(feature = "std")]
fn exists(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    arity(args, name, 1)?;
    rt.require(Capability::FsRead, name)?;
    let kind = match name {
        "path_is_dir" => PathKind::Directory,
        "path_is_file" => PathKind::File,
        "path_is_symlink" => PathKind::Symlink,
        _ => PathKind::Anything,
    };
    Ok(Value::bool(system::exists(text(rt, args, 0, name)?, kind)))
}

#[cfg(feature = "std")]
fn file_size(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    arity(args, name, 1)?;
    rt.require(Capability::FsRead, name)?;
    let path = text(rt, args, 0, name)?;
    match system::metadata(path) {
        Ok(m) => Ok(Value::int(m.size as i64)),
        Err(cause) => fail(format!("Cannot get file size for '{path}': {cause}")),
    }
}

#[cfg(feature = "std")]
fn delete_file(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    arity(args, name, 1)?;
    rt.require(Capability::FsDelete, name)?;
    let path = text(rt, args, 0, name)?;
    if system::exists(path, PathKind::Directory) && !system::exists(path, PathKind::Symlink) {
        return fail(format!("Cannot delete file '{path}': path is a directory"));
    }
    done(system::remove_file(path), || format!("Cannot delete file '{path}'"))
}

#[cfg(feature = "std")]
fn rename_file(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    arity(args, name, 2)?;
    rt.require(Capability::FsWrite, name)?;
    let (from, to) = (text(rt, args, 0, name)?, text(rt, args, 1, name)?);
    done(system::rename(from, to), || format!("Cannot rename file '{from}' to '{to}'"))
}

#[cfg(feature = "std")]
fn copy_file(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    arity(args, name, 2)?;
    rt.require(Capability::FsRead, name)?;
    rt.require(Capability::FsWrite, name)?;
    let (from, to) = (text(rt, args, 0, name)?, text(rt, args, 1, name)?);
    done(system::copy(from, to), || format!("Cannot copy file '{from}' to '{to}'"))
}

#[cfg(feature = "std")]
fn create_dir(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    arity(args, name, 1)?;
    rt.require(Capability::FsWrite, name)?;
    let path = text(rt, args, 0, name)?;
    done(system::create_dir(path), || format!("Cannot create directory '{path}'"))
}

#[cfg(feature = "std")]
fn os_rmdir(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    arity(args, name, 1)?;
    rt.require(Capability::FsDelete, name)?;
    let path = text(rt, args, 0, name)?;
    done(system::remove_dir(path), || format!("Cannot remove directory '{path}'"))
}

#[cfg(feature = "std")]
fn os_chdir(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    arity(args, name, 1)?;
    rt.require(Capability::FsRead, name)?;
    let path = text(rt, args, 0, name)?;
    done(system::change_dir(path), || format!("Cannot change directory to '{path}'"))
}

#[cfg(feature = "std")]
fn os_getcwd(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    arity(args, name, 0)?;
    rt.require(Capability::FsRead, name)?;
    match system::current_dir() {
        Ok(path) => string(rt, path),
        Err(cause) => fail(format!("Cannot get current directory: {cause}")),
    }
}

#[cfg(feature = "std")]
fn list_dir(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    arity(args, name, 1)?;
    rt.require(Capability::FsRead, name)?;
    let path = owned(rt, args, 0, name)?;
    match system::list_dir(&path) {
        Ok(names) => strings(rt, names.iter().map(String::as_str)),
        Err(cause) => fail(format!("Cannot list directory '{path}': {cause}")),
    }
}

#[cfg(feature = "std")]
fn path_absolute(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    arity(args, name, 1)?;
    rt.require(Capability::FsRead, name)?;
    let path = owned(rt, args, 0, name)?;
    match system::absolute(&path) {
        Ok(path) => string(rt, path),
        Err(cause) => fail(format!("Cannot resolve path '{path}': {cause}")),
    }
}

/// A count or offset: an int that is not negative.
#[cfg(feature = "std")]
fn offset(args: &[Value], i: usize, name: &str) -> Result<u64, Control> {
    match u64::try_from(int(args, i, name)?) {
        Ok(n) => Ok(n),
        Err(_) => fail(format!("{name}() requires non-negative offsets and counts")),
    }
}

#[cfg(feature = "std")]
fn io_read(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    let (count, from, len) = match name {
        "io_read_bytes" => (2, 0, offset(args, 1, name)?),
        "io_read_at" => (3, offset(args, 1, name)?, offset(args, 2, name)?),
        _ => (2, offset(args, 1, name)?, MAX_FILE),
    };
    arity(args, name, count)?;
    let path = owned(rt, args, 0, name)?;
    rt.require(Capability::FsRead, name)?;
    if len > MAX_FILE {
        return fail(format!("{name}() count exceeds the limit of {MAX_FILE} bytes"));
    }
    match system::read_at(&path, from, len) {
        Ok(data) => bytes(rt, data),
        Err(cause) => cannot_read(&path, &cause),
    }
}

#[cfg(feature = "std")]
fn io_write(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    arity(args, name, if name == "io_write_at" { 3 } else { 2 })?;
    let path = owned(rt, args, 0, name)?;
    let data = output(rt, args, 1, name)?;
    rt.require(Capability::FsWrite, name)?;
    let result = match name {
        "io_write_bytes" => system::write(&path, &data),
        "io_append_bytes" => system::append(&path, &data),
        _ => system::write_at(&path, &data, offset(args, 2, name)?),
    };
    done(result, || format!("Cannot write file '{path}'"))
}

#[cfg(feature = "std")]
fn io_truncate(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    arity(args, name, 2)?;
    rt.require(Capability::FsWrite, name)?;
    let (path, len) = (text(rt, args, 0, name)?, offset(args, 1, name)?);
    done(system::truncate(path, len), || format!("Cannot truncate file '{path}'"))
}

#[cfg(feature = "std")]
fn io_copy_range(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    arity(args, name, 4)?;
    rt.require(Capability::FsRead, name)?;
    rt.require(Capability::FsWrite, name)?;
    let (from, to) = (owned(rt, args, 0, name)?, owned(rt, args, 1, name)?);
    let (at, len) = (offset(args, 2, name)?, offset(args, 3, name)?);
    if len > MAX_FILE {
        return fail(format!("{name}() count exceeds the limit of {MAX_FILE} bytes"));
    }
    match system::read_at(&from, at, len) {
        Ok(data) => done(system::write(&to, &data), || format!("Cannot write file '{to}'")),
        Err(cause) => cannot_read(&from, &cause),
    }
}

#[cfg(feature = "std")]
fn io_file_metadata(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    arity(args, name, 1)?;
    rt.require(Capability::FsRead, name)?;
    let path = owned(rt, args, 0, name)?;
    match system::metadata(&path) {
        Ok(m) => Ok(new_dict(
            rt,
            [
                ("size", Value::int(m.size as i64)),
                ("is_file", Value::bool(m.is_file)),
                ("is_dir", Value::bool(m.is_dir)),
                ("readonly", Value::bool(m.readonly)),
                ("modified", Value::int(m.modified)),
            ],
        )),
        Err(cause) => fail(format!("Cannot get metadata for '{path}': {cause}")),
    }
}
