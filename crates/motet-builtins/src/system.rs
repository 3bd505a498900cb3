//! Files, directories and the environment of the process.
//!
//! Invariants: callers have checked the capability; files are replaced as a
//! whole (written beside, synced, renamed); reads are bounded.

use alloc::{
    format,
    string::{String, ToString},
    vec::Vec,
};
use std::{
    env,
    fs::{self, File, OpenOptions},
    io::{self, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
    time::{Duration, UNIX_EPOCH},
};

/// Result of an operation: failures in the system's words.
pub type Outcome<T> = Result<T, String>;

fn words(error: io::Error) -> String {
    error.to_string()
}

/// A whole file of at most `limit` bytes.
///
/// # Errors
/// In the system's words; too large a file.
pub fn read(path: &str, limit: u64) -> Outcome<Vec<u8>> {
    let file = File::open(path).map_err(words)?;
    let mut data = Vec::new();
    file.take(limit + 1).read_to_end(&mut data).map_err(words)?;
    if data.len() as u64 > limit {
        return Err(format!("file exceeds the limit of {limit} bytes"));
    }
    Ok(data)
}

/// Replaces or creates a file as a whole.
///
/// # Errors
/// In the system's words.
pub fn write(path: &str, data: &[u8]) -> Outcome<()> {
    let target = fs::canonicalize(path).unwrap_or_else(|_| PathBuf::from(path));
    let name = target.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    let beside = target.with_file_name(format!(".{name}.{}.tmp", std::process::id()));
    let written = (|| {
        let mut file = OpenOptions::new().write(true).create(true).truncate(true).open(&beside)?;
        file.write_all(data)?;
        if let Ok(old) = fs::metadata(&target) {
            file.set_permissions(old.permissions())?;
        }
        file.sync_all()?;
        fs::rename(&beside, &target)
    })();
    if written.is_err() {
        _ = fs::remove_file(&beside);
    }
    written.map_err(words)
}

/// Appends to a file, creating it.
///
/// # Errors
/// In the system's words.
pub fn append(path: &str, data: &[u8]) -> Outcome<()> {
    OpenOptions::new().append(true).create(true).open(path).and_then(|mut f| f.write_all(data)).map_err(words)
}

/// Up to `len` bytes from `offset` on.
///
/// # Errors
/// In the system's words.
pub fn read_at(path: &str, offset: u64, len: u64) -> Outcome<Vec<u8>> {
    let mut file = File::open(path).map_err(words)?;
    file.seek(SeekFrom::Start(offset)).map_err(words)?;
    let mut data = Vec::new();
    file.take(len).read_to_end(&mut data).map_err(words)?;
    Ok(data)
}

/// Writes bytes at a place of a file, creating it.
///
/// # Errors
/// In the system's words.
pub fn write_at(path: &str, data: &[u8], offset: u64) -> Outcome<()> {
    let mut file = OpenOptions::new().write(true).create(true).truncate(false).open(path).map_err(words)?;
    file.seek(SeekFrom::Start(offset)).and_then(|_| file.write_all(data)).map_err(words)
}

/// Sets the length of a file.
///
/// # Errors
/// In the system's words.
pub fn truncate(path: &str, len: u64) -> Outcome<()> {
    OpenOptions::new().write(true).open(path).and_then(|f| f.set_len(len)).map_err(words)
}

/// What kind of thing is at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum PathKind {
    Anything,
    File,
    Directory,
    Symlink,
}

/// Whether something of the kind is there; links are followed except for `Symlink`.
#[must_use]
pub fn exists(path: &str, kind: PathKind) -> bool {
    match kind {
        PathKind::Anything => Path::new(path).exists(),
        PathKind::File => Path::new(path).is_file(),
        PathKind::Directory => Path::new(path).is_dir(),
        PathKind::Symlink => Path::new(path).is_symlink(),
    }
}

/// Facts about a file.
#[derive(Clone, Copy, Debug)]
pub struct Metadata {
    /// Length in bytes.
    pub size: u64,
    /// Whether it is a regular file.
    pub is_file: bool,
    /// Whether it is a directory.
    pub is_dir: bool,
    /// Whether nobody may write it.
    pub readonly: bool,
    /// Last change, in seconds since the Unix epoch.
    pub modified: i64,
}

/// Facts about a file.
///
/// # Errors
/// In the system's words.
pub fn metadata(path: &str) -> Outcome<Metadata> {
    let m = fs::metadata(path).map_err(words)?;
    let modified = m.modified().ok().and_then(|t| t.duration_since(UNIX_EPOCH).ok()).map_or(0, |d| d.as_secs() as i64);
    Ok(Metadata {
        size: m.len(),
        is_file: m.is_file(),
        is_dir: m.is_dir(),
        readonly: m.permissions().readonly(),
        modified,
    })
}

/// Removes a file.
///
/// # Errors
/// In the system's words.
pub fn remove_file(path: &str) -> Outcome<()> {
    fs::remove_file(path).map_err(words)
}

/// Removes an empty directory.
///
/// # Errors
/// In the system's words.
pub fn remove_dir(path: &str) -> Outcome<()> {
    fs::remove_dir(path).map_err(words)
}

/// Renames.
///
/// # Errors
/// In the system's words.
pub fn rename(from: &str, to: &str) -> Outcome<()> {
    fs::rename(from, to).map_err(words)
}

/// Copies a file.
///
/// # Errors
/// In the system's words.
pub fn copy(from: &str, to: &str) -> Outcome<()> {
    fs::copy(from, to).map(|_| ()).map_err(words)
}

/// Makes a directory and those above it.
///
/// # Errors
/// In the system's words.
pub fn create_dir(path: &str) -> Outcome<()> {
    fs::create_dir_all(path).map_err(words)
}

/// Makes one directory with the usual permissions.
///
/// # Errors
/// In the system's words.
pub fn create_one_dir(path: &str) -> Outcome<()> {
    fs::create_dir(path).map_err(words)
}

/// Time of the last change, since the Unix epoch.
///
/// # Errors
/// In the system's words.
pub fn modified(path: &str) -> Outcome<Duration> {
    let time = fs::metadata(path).and_then(|m| m.modified()).map_err(words)?;
    time.duration_since(UNIX_EPOCH).map_err(|e| e.to_string())
}

/// An advisory lock on a file, held until it is dropped.
#[derive(Debug)]
pub struct FileLock(#[allow(dead_code, reason = "the lock lives as long as the file is open")] File);

/// Locks a file, creating it; fails at once when another process holds the lock.
///
/// # Errors
/// In the system's words.
pub fn lock(path: &str) -> Outcome<FileLock> {
    let file = OpenOptions::new().write(true).create(true).truncate(false).open(path).map_err(words)?;
    file.try_lock().map_err(|e| e.to_string())?;
    Ok(FileLock(file))
}

/// Names in a directory.
///
/// # Errors
/// In the system's words.
pub fn list_dir(path: &str) -> Outcome<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(path).map_err(words)? {
        names.push(entry.map_err(words)?.file_name().to_string_lossy().into_owned());
    }
    names.sort();
    Ok(names)
}

/// Changes the working directory.
///
/// # Errors
/// In the system's words.
pub fn change_dir(path: &str) -> Outcome<()> {
    env::set_current_dir(path).map_err(words)
}

/// The working directory.
///
/// # Errors
/// In the system's words.
pub fn current_dir() -> Outcome<String> {
    env::current_dir().map(|p| p.to_string_lossy().into_owned()).map_err(words)
}

/// The absolute, resolved form of a path.
///
/// # Errors
/// In the system's words.
pub fn absolute(path: &str) -> Outcome<String> {
    let resolved = fs::canonicalize(path).or_else(|_| std::path::absolute(path)).map_err(words)?;
    Ok(resolved.to_string_lossy().into_owned())
}

/// A variable of the process's environment.
#[must_use]
pub fn variable(name: &str) -> Option<String> {
    if name.is_empty() || name.contains(['=', '\0']) {
        return None;
    }
    env::var_os(name).map(|v| v.to_string_lossy().into_owned())
}

/// All variables of the process's environment.
#[must_use]
pub fn variables() -> Vec<(String, String)> {
    env::vars_os().map(|(k, v)| (k.to_string_lossy().into_owned(), v.to_string_lossy().into_owned())).collect()
}
