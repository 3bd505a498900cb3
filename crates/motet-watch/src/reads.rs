//! What a compilation looked at: files with their content, files that were missed, folders that were listed.
//!
//! Invariant: as long as nothing in a [`Reads`] has changed, compiling again gives the same program.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use motet::{FileError, FileLoader, Loader};

/// File times are no finer than this on the file systems that are common: a file that changed so shortly before it was
/// read may have changed again without showing it.
const COARSE: Duration = Duration::from_millis(50);

/// What was found under a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Found {
    /// No file.
    Nothing,
    /// A file that nobody has read.
    File,
    /// A file with a content of this length and hash.
    Content(u64, u64),
}

/// How a file looks from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stamp {
    modified: Option<SystemTime>,
    length: u64,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    found: Found,
    stamp: Option<Stamp>,
    /// The stamp was so young when the file was read that it proves nothing.
    young: bool,
}

/// What differs from what a compilation saw.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Difference {
    /// Files whose content is another, that are gone, or that are new.
    pub changed: Vec<PathBuf>,
    /// Files that are empty or gone now and were not: signs of a save that is under way.
    pub emptied: Vec<PathBuf>,
    /// Files that were saved without a change.
    pub same: Vec<PathBuf>,
}

/// Everything that a compilation looked at.
#[derive(Clone, Debug, Default)]
pub struct Reads {
    files: BTreeMap<PathBuf, Entry>,
    folders: BTreeMap<(String, String), Vec<String>>,
    /// Folders with everything below them that is part of a web application.
    assets: BTreeMap<PathBuf, Vec<PathBuf>>,
}

impl Reads {
    /// Files that were read, by path.
    pub fn files(&self) -> impl Iterator<Item = &Path> {
        let read = self.files.iter().filter(|(_, e)| matches!(e.found, Found::Content(..)));
        read.map(|(path, _)| path.as_path())
    }

    /// Folders in which a change can matter.
    #[must_use]
    pub fn places(&self) -> Vec<PathBuf> {
        let mut places: Vec<PathBuf> = Vec::new();
        places.extend(self.files.keys().filter_map(|f| f.parent()).map(Path::to_path_buf));
        for ((folder, _), listed) in &self.folders {
            places.push(absolute(folder));
            places.extend(listed.iter().filter_map(|f| Some(absolute(f).parent()?.to_path_buf())));
        }
        places.extend(self.assets.keys().cloned());
        places.sort();
        places.dedup();
        places
    }

    /// Notes what is below a folder and may be part of a web application. Returns the number of its files.
    pub fn note_assets(&mut self, folder: &Path) -> usize {
        let found = assets(folder);
        for path in &found {
            let known = self.files.get(path).is_some_and(|e| matches!(e.found, Found::Content(..)));
            if !known {
                let content = std::fs::read(path).ok();
                self.note(&path.to_string_lossy(), content.as_deref());
            }
        }
        let count = found.len();
        self.assets.insert(absolute(folder), found);
        count
    }

    /// Adds what another compilation looked at. What both know is taken from `self`.
    pub fn extend(&mut self, other: &Reads) {
        for (path, entry) in &other.files {
            self.files.entry(path.clone()).or_insert(*entry);
        }
        for (folder, listed) in &other.folders {
            self.folders.entry(folder.clone()).or_insert_with(|| listed.clone());
        }
        for (folder, found) in &other.assets {
            self.assets.entry(folder.clone()).or_insert_with(|| found.clone());
        }
    }

    /// Notes the content of a file, or that there is none.
    pub fn note(&mut self, path: &str, content: Option<&[u8]>) {
        let path = absolute(path);
        let found = content.map_or(Found::Nothing, of_content);
        self.files.insert(path.clone(), entry(&path, found));
    }

    fn note_existence(&mut self, path: &str, exists: bool) {
        let path = absolute(path);
        let found = if exists { Found::File } else { Found::Nothing };
        // What was read says more.
        self.files.entry(path.clone()).or_insert_with(|| entry(&path, found));
    }

    /// Compares with what there is now. Files are read again if they look different from outside, or are among
    /// `touched`. What was only saved without a change is reported once.
    pub fn compare(&mut self, touched: &dyn Fn(&Path) -> bool) -> Difference {
        let mut difference = Difference::default();
        for (path, entry) in &mut self.files {
            let stamp = stamp(path);
            if stamp == entry.stamp && !entry.young && !touched(path) {
                continue;
            }
            let now = match entry.found {
                Found::File | Found::Nothing if stamp.is_none() => Found::Nothing,
                Found::File => Found::File,
                Found::Nothing | Found::Content(..) => {
                    std::fs::read(path).map_or(Found::Nothing, |content| of_content(&content))
                }
            };
            if now == entry.found {
                if stamp != entry.stamp && stamp.is_some() {
                    difference.same.push(path.clone());
                }
                *entry = self::entry(path, now);
            } else {
                let empty = |f: Found| matches!(f, Found::Nothing | Found::Content(0, _));
                if empty(now) && !empty(entry.found) {
                    difference.emptied.push(path.clone());
                }
                difference.changed.push(path.clone());
            }
        }
        for ((folder, extension), listed) in &self.folders {
            let now = FileLoader::default().list(folder, extension);
            if now != *listed {
                let other =
                    now.iter().filter(|f| !listed.contains(f)).chain(listed.iter().filter(|f| !now.contains(f)));
                difference.changed.extend(other.map(absolute));
            }
        }
        for (folder, before) in &self.assets {
            let now = assets(folder);
            if now != *before {
                let other =
                    now.iter().filter(|f| !before.contains(f)).chain(before.iter().filter(|f| !now.contains(f)));
                difference.changed.extend(other.cloned());
            }
        }
        difference.changed.sort();
        difference.changed.dedup();
        difference
    }
}

/// Extensions of files that are part of a web application.
const ASSETS: [&str; 14] =
    ["poh", "html", "css", "js", "json", "svg", "png", "jpg", "jpeg", "gif", "ico", "woff", "woff2", "ttf"];
/// Most files and folders that are looked at.
const MAX_ASSETS: usize = 20_000;
/// Deepest folder that is looked into.
const MAX_DEPTH: usize = 32;

/// Files below a folder that may be part of a web application, in order. Leaves out what begins with a dot, and the
/// folders `target` and `node_modules`.
fn assets(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![(absolute(folder), 0)];
    let mut seen = 0;
    while let Some((folder, depth)) = folders.pop() {
        for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
            let name = entry.file_name();
            let name = name.to_string_lossy();
            // Symbolic links are not followed: they can lead in circles.
            let Ok(kind) = entry.file_type() else { continue };
            seen += 1;
            if name.starts_with('.') || seen > MAX_ASSETS {
                continue;
            }
            let asset =
                || name.rsplit_once('.').is_some_and(|(_, e)| ASSETS.contains(&e.to_ascii_lowercase().as_str()));
            if kind.is_file() && asset() {
                found.push(folder.join(&*name));
            } else if kind.is_dir() && depth < MAX_DEPTH && name != "target" && name != "node_modules" {
                folders.push((folder.join(&*name), depth + 1));
            }
        }
    }
    found.sort();
    found
}

fn of_content(content: &[u8]) -> Found {
    let mut hasher = DefaultHasher::new();
    content.hash(&mut hasher);
    Found::Content(content.len() as u64, hasher.finish())
}

fn entry(path: &Path, found: Found) -> Entry {
    let stamp = stamp(path);
    let age = |time: SystemTime| SystemTime::now().duration_since(time).unwrap_or_default();
    let young = stamp.and_then(|s| s.modified).is_some_and(|time| age(time) < COARSE);
    Entry { found, stamp, young }
}

fn stamp(path: &Path) -> Option<Stamp> {
    let metadata = std::fs::metadata(path).ok().filter(|m| m.is_file())?;
    Some(Stamp { modified: metadata.modified().ok(), length: metadata.len() })
}

/// A path that stays the same when the working folder changes. Links are left alone: a link may come to lead elsewhere.
pub(crate) fn absolute(path: impl AsRef<Path>) -> PathBuf {
    let path = path.as_ref();
    let path = if path.as_os_str().is_empty() { Path::new(".") } else { path };
    std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf())
}

/// A loader that keeps note of what it was asked for.
pub(crate) struct NotingLoader<'a> {
    pub(crate) loader: FileLoader,
    pub(crate) reads: &'a mut Reads,
}

impl Loader for NotingLoader<'_> {
    fn read(&mut self, path: &str) -> Result<String, FileError> {
        let text = self.loader.read(path);
        match &text {
            Ok(text) => self.reads.note(path, Some(text.as_bytes())),
            Err(FileError::NotFound) => self.reads.note(path, None),
            Err(_) => self.reads.note(path, std::fs::read(path).ok().as_deref()),
        }
        text
    }

    fn canonical(&mut self, path: &str) -> String {
        let canonical = self.loader.canonical(path);
        // Where a link leads is seen through the link: its file is looked at as well.
        if Path::new(path).is_symlink() {
            self.reads.note(path, std::fs::read(path).ok().as_deref());
        }
        canonical
    }

    fn list(&mut self, folder: &str, extension: &str) -> Vec<String> {
        let listed = self.loader.list(folder, extension);
        self.reads.folders.insert((folder.to_string(), extension.to_string()), listed.clone());
        listed
    }

    fn exists(&mut self, path: &str) -> bool {
        let exists = self.loader.exists(path);
        self.reads.note_existence(path, exists);
        exists
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_are_seen_and_saves_without_a_change_are_told_apart() {
        let folder = std::env::temp_dir().join(format!("motet-reads-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a folder");
        let at = |name: &str| folder.join(name).to_string_lossy().into_owned();
        let write = |name: &str, text: &str| std::fs::write(at(name), text).expect("written");
        write("a", "one");
        write("gone", "x");
        let mut reads = Reads::default();
        let mut loader = NotingLoader { loader: FileLoader::default(), reads: &mut reads };
        assert_eq!(loader.read(&at("a")).as_deref(), Ok("one"));
        assert!(loader.read(&at("gone")).is_ok() && loader.read(&at("new")).is_err() && !loader.exists(&at("later")));
        assert_eq!(loader.list(&folder.to_string_lossy(), "txt").len(), 0);
        let nobody = |_: &Path| false;
        assert_eq!(reads.compare(&nobody), Difference::default());

        std::thread::sleep(Duration::from_millis(20));
        write("a", "one");
        let same = reads.compare(&nobody);
        assert_eq!((same.changed.len(), same.same), (0, vec![folder.join("a")]));
        assert_eq!(reads.compare(&nobody), Difference::default(), "told once");

        write("a", "two");
        std::fs::remove_file(at("gone")).expect("removed");
        for name in ["new", "later", "b.txt"] {
            write(name, "");
        }
        let seen = reads.compare(&nobody);
        let paths = |names: &[&str]| names.iter().map(|n| folder.join(n)).collect::<Vec<_>>();
        assert_eq!(seen.changed, paths(&["a", "b.txt", "gone", "later", "new"]));
        assert_eq!(seen.emptied, paths(&["gone"]));
        std::fs::remove_dir_all(&folder).expect("removed");
    }
}
