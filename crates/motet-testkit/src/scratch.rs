//! Empty folders for programs that change files.
//!
//! Invariant: the process is in one such folder at a time, since the working
//! folder belongs to the whole process.

use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::{env, fs, io};

static ONE_AT_A_TIME: Mutex<u32> = Mutex::new(0);

/// An empty folder that is the working folder until this is dropped, which removes it.
pub(crate) struct Scratch {
    folder: PathBuf,
    before: PathBuf,
    _turn: MutexGuard<'static, u32>,
}

impl Scratch {
    /// Waits until no other folder is in use, makes one and enters it.
    pub(crate) fn enter() -> io::Result<Self> {
        let mut turn = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
        *turn += 1;
        let before = env::current_dir()?;
        let folder = env::temp_dir().join(format!("motet-case-{}-{turn}", std::process::id()));
        fs::create_dir_all(&folder)?;
        env::set_current_dir(&folder)?;
        Ok(Self { folder, before, _turn: turn })
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        _ = env::set_current_dir(&self.before);
        _ = fs::remove_dir_all(&self.folder);
    }
}
