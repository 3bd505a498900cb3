//! The world that tests see: captured console, repeatable clocks and
//! randomness, the real file system.

use motet::{CaptureHost, FileError, FileLoader, Host, HostError, Loader, StdHost};
use std::path::{Path, PathBuf};

/// [`CaptureHost`] with files.
pub(crate) struct TestHost {
    pub(crate) console: CaptureHost,
    pub(crate) files: StdHost,
}

impl Host for TestHost {
    fn write_out(&mut self, bytes: &[u8]) {
        self.console.write_out(bytes);
    }

    fn write_err(&mut self, bytes: &[u8]) {
        self.console.write_err(bytes);
    }

    fn read_line(&mut self) -> Option<String> {
        self.console.read_line()
    }

    fn unix_nanos(&mut self) -> i128 {
        self.console.unix_nanos()
    }

    fn monotonic_nanos(&mut self) -> u64 {
        self.console.monotonic_nanos()
    }

    fn sleep_nanos(&mut self, nanos: u64) {
        self.console.sleep_nanos(nanos);
    }

    fn random(&mut self, buffer: &mut [u8]) -> Result<(), HostError> {
        self.console.random(buffer)
    }

    fn args(&mut self) -> Vec<String> {
        self.console.args()
    }

    fn read_file(&mut self, path: &str, limit: u64) -> Result<Vec<u8>, HostError> {
        self.files.read_file(path, limit)
    }

    fn write_file(&mut self, path: &str, bytes: &[u8]) -> Result<(), HostError> {
        self.files.write_file(path, bytes)
    }
}

/// Loads imports as if the program's folder were the working directory.
#[derive(Clone, Debug)]
pub struct FolderLoader {
    folder: PathBuf,
    files: FileLoader,
    /// Whether the files of the folder are there to be found without being named.
    listed: bool,
}

impl FolderLoader {
    /// A loader for programs in a folder.
    #[must_use]
    pub fn new(folder: &Path) -> Self {
        Self { folder: folder.to_path_buf(), files: FileLoader::default(), listed: false }
    }

    /// Whether [`Loader::list`] finds anything; the cases of a folder must not see each other.
    #[must_use]
    pub fn listed(mut self, on: bool) -> Self {
        self.listed = on;
        self
    }

    fn full(&self, path: &str) -> String {
        self.folder.join(path).display().to_string()
    }
}

impl Loader for FolderLoader {
    fn read(&mut self, path: &str) -> Result<String, FileError> {
        let full = self.full(path);
        self.files.read(&full)
    }

    fn canonical(&mut self, path: &str) -> String {
        let full = self.full(path);
        let found = self.files.canonical(&full);
        let folder = self.files.canonical(&self.folder.display().to_string());
        // Messages show paths as the program wrote them, not where the repository lies.
        match found.strip_prefix(&folder).and_then(|p| p.strip_prefix('/')) {
            Some(inside) => inside.to_string(),
            None => found,
        }
    }

    fn exists(&mut self, path: &str) -> bool {
        let full = self.full(path);
        self.files.exists(&full)
    }

    fn list(&mut self, folder: &str, extension: &str) -> Vec<String> {
        if !self.listed {
            return Vec::new();
        }
        let full = self.full(folder);
        let start = self.full("");
        let found = self.files.list(full.trim_end_matches('/'), extension);
        found.iter().map(|path| path.strip_prefix(&start).unwrap_or(path).trim_start_matches('/').to_string()).collect()
    }
}
