//! What names an entry: the build, the program's name and place, and the choices.
//!
//! The program's text is not part of it, so that a program that is edited has one entry, not one for each version.

use std::fs::Metadata;
use std::path::Path;

use motet::CompileOptions;

/// Changes whenever entries or keys mean something else.
const FORMAT: u32 = 1;

/// The build of Motet that runs now: version, sources, platform, and the executable file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Build(String);

impl Build {
    /// This process's build; `None` where its executable cannot be told from others.
    #[must_use]
    pub fn current() -> Option<Build> {
        let file = if cfg!(target_os = "linux") {
            // Also right after the file was replaced.
            std::fs::metadata("/proc/self/exe")
        } else {
            std::env::current_exe().and_then(std::fs::metadata)
        };
        Self::of_file(&file.ok()?)
    }

    fn of_file(file: &Metadata) -> Option<Build> {
        let nanos = |time: std::io::Result<std::time::SystemTime>| {
            Some(time.ok()?.duration_since(std::time::UNIX_EPOCH).ok()?.as_nanos())
        };
        #[cfg(unix)]
        let place = {
            use std::os::unix::fs::MetadataExt as _;
            (u128::from(file.dev()), u128::from(file.ino()))
        };
        #[cfg(not(unix))]
        let place = (nanos(file.created())?, 0);
        let (version, sources) = (env!("CARGO_PKG_VERSION"), env!("MOTET_BUILD"));
        Some(Build(format!("{FORMAT} {version} {sources} {place:?} {} {}", file.len(), nanos(file.modified())?)))
    }

    /// A build by any name, for tests.
    #[must_use]
    pub fn named(name: &str) -> Build {
        Build(name.to_string())
    }
}

/// Names an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key(pub(crate) [u8; 32]);

impl Key {
    /// The key of a program.
    ///
    /// `name` is as given, since messages show it; `folder` is the one that relative paths start from.
    /// `environment` is what else the compilation depends on: names and values.
    #[must_use]
    pub fn new(
        build: &Build,
        folder: &Path,
        name: &str,
        language: &str,
        options: &CompileOptions,
        environment: &[(&str, &str)],
    ) -> Key {
        let mut hasher = blake3::Hasher::new();
        let mut add = |part: &[u8]| {
            hasher.update(&(part.len() as u64).to_le_bytes());
            hasher.update(part);
        };
        add(build.0.as_bytes());
        add(folder.as_os_str().as_encoded_bytes());
        add(name.as_bytes());
        add(language.as_bytes());
        // Names all fields, also those that come to be.
        add(format!("{options:?}").as_bytes());
        for (name, value) in environment {
            add(name.as_bytes());
            add(value.as_bytes());
        }
        Key(*hasher.finalize().as_bytes())
    }

    /// Name of the entry's file.
    pub(crate) fn file_name(self) -> String {
        blake3::Hash::from_bytes(self.0).to_hex().to_string() + SUFFIX
    }
}

const SUFFIX: &str = ".motet";

/// Whether a file with this name is an entry.
pub(crate) fn is_entry(name: &str) -> bool {
    let hex = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
    name.strip_suffix(SUFFIX).is_some_and(|stem| stem.len() == 64 && stem.bytes().all(hex))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_that_has_a_say_changes_the_key() {
        let key = |build: &str, folder: &str, name: &str, language: &str, core: bool, env: &[(&str, &str)]| {
            let mut options = CompileOptions::default();
            options.frontend.core = core;
            Key::new(&Build::named(build), Path::new(folder), name, language, &options, env).file_name()
        };
        let keys = [
            key("b", "/f", "n", "l", false, &[]),
            key("c", "/f", "n", "l", false, &[]),
            key("b", "/g", "n", "l", false, &[]),
            key("b", "/f", "o", "l", false, &[]),
            key("b", "/f", "n", "m", false, &[]),
            key("b", "/f", "n", "l", true, &[]),
            key("b", "/f", "n", "l", false, &[("A", "")]),
            key("b", "/f", "n", "l", false, &[("", "A")]),
            key("b/", "f", "n", "l", false, &[]),
        ];
        for (i, one) in keys.iter().enumerate() {
            assert!(is_entry(one));
            assert!(keys[..i].iter().all(|other| other != one), "key {i} is not its own");
        }
        assert_eq!(keys[0], key("b", "/f", "n", "l", false, &[]));
        assert!(!is_entry("usage") && !is_entry(".x.motet.1.0.tmp") && !is_entry("abc.motet"));
    }

    #[test]
    fn a_build_is_known_by_its_file() {
        let current = Build::current().expect("tests run from a file");
        assert_eq!(Some(&current), Build::current().as_ref());
        let other = std::fs::metadata(env!("CARGO_MANIFEST_DIR")).expect("is there");
        assert_ne!(Some(current), Build::of_file(&other));
    }
}
