//! Hosts for operating systems: console, files, clocks, randomness.

use std::{
    fs,
    io::{self, BufRead, Read, Write},
    path::Path,
    string::{String, ToString},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
    vec::Vec,
};

use motet_ir::{LoadError, Loader};
use motet_runtime::{Host, HostError, Shared};
use motet_sign::{SEED_LEN, SecretKey};

use crate::Gate;

use crate::files::write_atomically;

/// Output is handed to the system when so many bytes have gathered.
const BUFFER: usize = 64 * 1024;

/// The process's console, files, clocks and randomness. Output is buffered; it becomes visible on
/// [`Host::flush`], before input is read or diagnostics are written, and when the host is dropped.
#[derive(Debug)]
pub struct StdHost {
    buffer: Vec<u8>,
    args: Vec<String>,
    start: Instant,
    /// Set once writing failed (a closed pipe): later output is dropped.
    broken: bool,
    gate: Option<Shared<Gate>>,
}

impl Default for StdHost {
    fn default() -> Self {
        Self::new(Vec::new())
    }
}

impl StdHost {
    /// A host whose program sees these arguments.
    #[must_use]
    pub fn new(args: Vec<String>) -> Self {
        Self { buffer: Vec::new(), args, start: Instant::now(), broken: false, gate: None }
    }

    /// Lets programs start servers: whoever runs them serves with the listener that the gate has then.
    #[must_use]
    pub fn gate(mut self, gate: Shared<Gate>) -> Self {
        self.gate = Some(gate);
        self
    }

    /// Whether output could not be written, such as to a closed pipe.
    #[must_use]
    pub fn is_broken(&self) -> bool {
        self.broken
    }
}

impl Host for StdHost {
    fn write_out(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
        if self.buffer.len() >= BUFFER {
            self.flush();
        }
    }

    fn write_err(&mut self, bytes: &[u8]) {
        self.flush();
        // A closed stderr leaves nobody to tell.
        let _ = io::stderr().write_all(bytes);
    }

    fn flush(&mut self) {
        if !self.broken && !self.buffer.is_empty() {
            let mut out = io::stdout().lock();
            self.broken = out.write_all(&self.buffer).and_then(|()| out.flush()).is_err();
        }
        self.buffer.clear();
    }

    fn read_line(&mut self) -> Option<String> {
        self.flush();
        let mut line = Vec::new();
        match io::stdin().lock().read_until(b'\n', &mut line) {
            Ok(0) | Err(_) => None,
            Ok(_) => Some(String::from_utf8_lossy(&line).into_owned()),
        }
    }

    fn unix_nanos(&mut self) -> i128 {
        match SystemTime::now().duration_since(UNIX_EPOCH) {
            Ok(after) => after.as_nanos() as i128,
            Err(before) => -(before.duration().as_nanos() as i128),
        }
    }

    fn monotonic_nanos(&mut self) -> u64 {
        u64::try_from(self.start.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }

    fn sleep_nanos(&mut self, nanos: u64) {
        self.flush();
        std::thread::sleep(Duration::from_nanos(nanos));
    }

    fn random(&mut self, buffer: &mut [u8]) -> Result<(), HostError> {
        getrandom::fill(buffer).map_err(|e| HostError(e.to_string()))
    }

    fn args(&mut self) -> Vec<String> {
        self.args.clone()
    }

    fn read_file(&mut self, path: &str, limit: u64) -> Result<Vec<u8>, HostError> {
        read_limited(Path::new(path), limit).map_err(|e| HostError(e.to_string()))
    }

    fn write_file(&mut self, path: &str, bytes: &[u8]) -> Result<(), HostError> {
        write_atomically(Path::new(path), bytes).map_err(|e| HostError(e.to_string()))
    }

    fn listen(&mut self, port: u16) -> Result<(), HostError> {
        let Some(gate) = &self.gate else { return Err(HostError("nobody serves here".into())) };
        gate.listen(port).map_err(|e| HostError(e.to_string()))
    }
}

impl Drop for StdHost {
    fn drop(&mut self) {
        self.flush();
    }
}

fn read_limited(path: &Path, limit: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    fs::File::open(path)?.take(limit.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, "file is larger than the limit"));
    }
    Ok(bytes)
}

/// Most files and folders that a listing looks at.
const MAX_LISTED: usize = 10_000;
/// Deepest folder that a listing looks into.
const MAX_FOLDER_DEPTH: usize = 32;

/// Loads imported files from the file system.
#[derive(Clone, Debug)]
pub struct FileLoader {
    /// Largest file that is read, in bytes.
    pub max_bytes: u64,
}

impl Default for FileLoader {
    fn default() -> Self {
        Self { max_bytes: 256 << 20 }
    }
}

impl Loader for FileLoader {
    fn read(&mut self, path: &str) -> Result<String, LoadError> {
        let bytes = read_limited(Path::new(path), self.max_bytes).map_err(|e| match e.kind() {
            io::ErrorKind::NotFound => LoadError::NotFound,
            _ => LoadError::Other(e.to_string()),
        })?;
        String::from_utf8(bytes).map_err(|_| LoadError::NotText)
    }

    fn canonical(&mut self, path: &str) -> String {
        match fs::canonicalize(path) {
            Ok(found) => found.to_string_lossy().replace('\\', "/"),
            Err(_) => path.to_string(),
        }
    }

    fn exists(&mut self, path: &str) -> bool {
        Path::new(path).is_file()
    }

    fn list(&mut self, folder: &str, extension: &str) -> Vec<String> {
        let mut found = Vec::new();
        let mut folders = vec![(folder.to_string(), 0)];
        while let Some((folder, depth)) = folders.pop() {
            let here = if folder.is_empty() { "." } else { folder.as_str() };
            for entry in fs::read_dir(here).into_iter().flatten().flatten() {
                let name = entry.file_name().to_string_lossy().into_owned();
                // Symbolic links are not followed: they can lead in circles.
                let Ok(kind) = entry.file_type() else { continue };
                let path = if folder.is_empty() { name.clone() } else { format!("{folder}/{name}") };
                if name.starts_with('.') || found.len() + folders.len() >= MAX_LISTED {
                    continue;
                }
                if kind.is_dir() && depth < MAX_FOLDER_DEPTH {
                    folders.push((path, depth + 1));
                } else if kind.is_file() && name.rsplit_once('.').is_some_and(|(_, e)| e == extension) {
                    found.push(path);
                }
            }
        }
        found.sort();
        found
    }
}

/// A new secret key from the system's randomness.
///
/// # Errors
/// The system has none to give.
pub fn generate_key() -> io::Result<SecretKey> {
    let mut seed = [0; SEED_LEN];
    getrandom::fill(&mut seed).map_err(|e| io::Error::other(e.to_string()))?;
    let key = SecretKey::from_seed(&seed);
    seed.fill(0);
    Ok(key)
}
