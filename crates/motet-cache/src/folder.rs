//! Where entries are, and whether that place can be trusted.

use std::ffi::OsString;
use std::fmt;
use std::fs::Metadata;
use std::path::{Path, PathBuf};

/// Why there is no cache.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// The environment names no folder for such things.
    NoFolder,
    /// It belongs to somebody else.
    Foreign(PathBuf),
    /// Others may write into it.
    Writable(PathBuf),
    /// It cannot be used, in the system's words.
    Unusable(PathBuf, String),
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Problem::NoFolder => write!(f, "the environment names no folder for it; set MOTET_CACHE_DIR"),
            Problem::Foreign(path) => write!(f, "`{}` belongs to another user", path.display()),
            Problem::Writable(path) => write!(f, "other users may write into `{}`", path.display()),
            Problem::Unusable(path, why) => write!(f, "`{}` cannot be used: {why}", path.display()),
        }
    }
}

/// The folder that the environment names: `MOTET_CACHE_DIR`, else `motet` in the folder that the system has for caches.
#[must_use]
pub fn default_folder(environment: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    let path = |name: &str| environment(name).filter(|v| !v.is_empty()).map(PathBuf::from);
    // Relative paths would depend on the folder that the command happens to be started in.
    let absolute = |name: &str| path(name).filter(|p| p.is_absolute());
    if let Some(chosen) = path("MOTET_CACHE_DIR") {
        return Some(chosen);
    }
    if cfg!(windows) {
        return absolute("LOCALAPPDATA").map(|base| base.join("motet").join("cache"));
    }
    let home = || absolute("HOME");
    let base = if cfg!(target_os = "macos") {
        home()?.join("Library/Caches")
    } else {
        absolute("XDG_CACHE_HOME").or_else(|| Some(home()?.join(".cache")))?
    };
    Some(base.join("motet"))
}

/// Whether the folder is there.
///
/// # Errors
/// When somebody else could have written into it.
pub(crate) fn inspect(path: &Path) -> Result<bool, Problem> {
    let unusable = |why: &str| Err(Problem::Unusable(path.to_path_buf(), why.to_string()));
    match std::fs::metadata(path) {
        Ok(found) if !found.is_dir() => unusable("it is no folder"),
        Ok(found) if !is_own(&found) => Err(Problem::Foreign(path.to_path_buf())),
        Ok(found) if !is_private(&found) => Err(Problem::Writable(path.to_path_buf())),
        Ok(_) => Ok(true),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(false),
        Err(e) => unusable(&e.to_string()),
    }
}

/// Whether a file or folder belongs to the user whom the process acts for.
#[cfg(unix)]
pub(crate) fn is_own(found: &Metadata) -> bool {
    std::os::unix::fs::MetadataExt::uid(found) == nix::unistd::geteuid().as_raw()
}

#[cfg(unix)]
fn is_private(found: &Metadata) -> bool {
    std::os::unix::fs::MetadataExt::mode(found) & 0o022 == 0
}

/// Here the user's own folders are closed to others by what they inherit.
#[cfg(not(unix))]
pub(crate) fn is_own(_: &Metadata) -> bool {
    true
}

#[cfg(not(unix))]
fn is_private(_: &Metadata) -> bool {
    true
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn the_environment_names_the_folder() {
        let check = |environment: &[(&str, &str)], expected: Option<&str>| {
            let get = |name: &str| environment.iter().find(|v| v.0 == name).map(|v| OsString::from(v.1));
            assert_eq!(default_folder(get), expected.map(PathBuf::from), "{environment:?}");
        };
        check(&[("HOME", "/h")], Some("/h/.cache/motet"));
        check(&[("HOME", "/h"), ("XDG_CACHE_HOME", "/c")], Some("/c/motet"));
        check(&[("HOME", "/h"), ("XDG_CACHE_HOME", "")], Some("/h/.cache/motet"));
        check(&[("HOME", "/h"), ("XDG_CACHE_HOME", "relative")], Some("/h/.cache/motet"));
        check(&[("HOME", "/h"), ("XDG_CACHE_HOME", "/c"), ("MOTET_CACHE_DIR", "/m")], Some("/m"));
        check(&[("HOME", "relative")], None);
        check(&[], None);
    }
}
