//! The programs and modules below a folder.
//!
//! Invariant: a path that comes from a request leads to a program below the folder, or nowhere; also through links.

use std::fs;
use std::path::{Component, Path, PathBuf};
use std::time::SystemTime;

use motet::{Engine, Language};

/// Most files that are listed.
const MAX_FILES: usize = 5_000;
/// Most files and folders that are looked at.
const MAX_ENTRIES: usize = 50_000;
/// Deepest folder that is looked into.
const MAX_DEPTH: usize = 16;
/// Folders of other tools, full of files that nobody wrote.
const SKIPPED: [&str; 2] = ["target", "node_modules"];
/// Extension of compiled modules.
const MODULE: &str = "pbc";

/// A file that can be run or looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Path from the folder, with `/`.
    pub path: String,
    /// Name of its language; `None` for compiled modules.
    pub language: Option<&'static str>,
    /// Size in bytes.
    pub bytes: u64,
    /// When it was written.
    pub modified: Option<SystemTime>,
}

/// What is below the folder.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listing {
    /// Files by path.
    pub entries: Vec<Entry>,
    /// Folders that were looked into.
    pub folders: Vec<PathBuf>,
    /// There is more than is listed.
    pub cut: bool,
}

/// The folder.
#[derive(Clone, Debug)]
pub struct Catalogue {
    root: PathBuf,
    /// The root without links, for comparing.
    real: PathBuf,
    engine: Engine,
}

impl Catalogue {
    /// The programs below a folder.
    ///
    /// # Errors
    /// When it is no folder.
    pub fn new(root: &Path, engine: Engine) -> std::io::Result<Catalogue> {
        let real = fs::canonicalize(root)?;
        if !real.is_dir() {
            return Err(std::io::Error::new(std::io::ErrorKind::NotADirectory, "not a folder"));
        }
        Ok(Catalogue { root: root.to_path_buf(), real, engine })
    }

    /// The folder without links.
    #[must_use]
    pub fn real(&self) -> &Path {
        &self.real
    }

    /// What is there now. Links to folders are not followed.
    #[must_use]
    pub fn list(&self) -> Listing {
        let mut listing = Listing::default();
        let mut seen = 0;
        let mut open = vec![(self.real.clone(), String::new(), 0)];
        while let Some((folder, prefix, depth)) = open.pop() {
            for item in fs::read_dir(&folder).into_iter().flatten().flatten() {
                let name = item.file_name().to_string_lossy().into_owned();
                seen += 1;
                if seen > MAX_ENTRIES || listing.entries.len() >= MAX_FILES {
                    listing.cut = true;
                    break;
                }
                let (Ok(kind), false) = (item.file_type(), name.starts_with('.')) else { continue };
                let path = format!("{prefix}{name}");
                if kind.is_dir() {
                    if depth < MAX_DEPTH && !SKIPPED.contains(&name.as_str()) {
                        open.push((item.path(), format!("{path}/"), depth + 1));
                    }
                } else if self.is_program(&name)
                    && let Some(entry) = self.entry(path)
                {
                    listing.entries.push(entry);
                }
            }
            listing.folders.push(folder);
        }
        listing.entries.sort_by(|a, b| a.path.cmp(&b.path));
        listing.folders.sort();
        listing
    }

    fn is_program(&self, name: &str) -> bool {
        Path::new(name).extension().is_some_and(|e| e == MODULE) || self.engine.language_of_path(name).is_ok()
    }

    fn entry(&self, path: String) -> Option<Entry> {
        let metadata = fs::metadata(self.find(&path)?).ok()?;
        let language = self.language(&path).map(|l| l.name);
        Some(Entry { path, language, bytes: metadata.len(), modified: metadata.modified().ok() })
    }

    /// The language of a file; `None` for modules.
    #[must_use]
    pub fn language(&self, path: &str) -> Option<&'static Language> {
        self.engine.language_of_path(path).ok()
    }

    /// The file of a path that came with a request; `None` for everything that is no program below the folder.
    #[must_use]
    pub fn find(&self, path: &str) -> Option<PathBuf> {
        let plain = Path::new(path).components().all(|c| matches!(c, Component::Normal(_)));
        if path.is_empty() || path.contains(['\\', '\0', ':']) || !plain || !self.is_program(path) {
            return None;
        }
        let real = fs::canonicalize(self.real.join(path)).ok()?;
        let inside = real.starts_with(&self.real) && real.is_file();
        inside.then(|| if self.root.as_os_str() == "." { PathBuf::from(path) } else { self.real.join(path) })
    }

    /// A file name as the page shows it: from the folder, if it is inside.
    #[must_use]
    pub fn shown(&self, name: &str) -> String {
        let short = Path::new(name).strip_prefix(&self.real).or_else(|_| Path::new(name).strip_prefix(&self.root));
        short.map_or_else(|_| name.to_string(), |p| p.to_string_lossy().replace('\\', "/"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_programs_below_the_folder_are_found() {
        let base = std::env::temp_dir().join(format!("motet-catalogue-{}", std::process::id()));
        let _ = fs::remove_dir_all(&base);
        for (path, text) in [
            ("in/a.moon", "1"),
            ("in/sub/b.ruff", "1"),
            ("in/notes.txt", "secret"),
            ("in/.hidden/c.moon", "1"),
            ("in/target/d.moon", "1"),
            ("out.moon", "secret"),
        ] {
            fs::create_dir_all(base.join(path).parent().expect("a folder")).expect("made");
            fs::write(base.join(path), text).expect("written");
        }
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink(base.join("out.moon"), base.join("in/link.moon")).expect("linked");
            std::os::unix::fs::symlink(&base, base.join("in/up")).expect("linked");
        }
        let catalogue = Catalogue::new(&base.join("in"), Engine::new()).expect("a folder");
        let listing = catalogue.list();
        let paths: Vec<&str> = listing.entries.iter().map(|e| e.path.as_str()).collect();
        assert_eq!(paths, ["a.moon", "sub/b.ruff"]);
        let check = |path: &str, found: bool| assert_eq!(catalogue.find(path).is_some(), found, "{path}");
        check("a.moon", true);
        check("sub/b.ruff", true);
        check("notes.txt", false);
        check("../out.moon", false);
        check("sub/../../out.moon", false);
        check("./a.moon", false);
        check("link.moon", false);
        check("up/out.moon", false);
        check("", false);
        check("a.moon\0", false);
        check(&base.join("out.moon").to_string_lossy(), false);
        check("missing.moon", false);
        fs::remove_dir_all(&base).expect("removed");
    }
}
