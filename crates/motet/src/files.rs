//! Writing files so that nobody ever sees half of one. Everything that Motet itself writes to disk goes through here.
//!
//! Invariants: whatever step fails, and wherever the process dies, a file has its old or its new content; what a
//! failed attempt leaves behind is at most a file with a name of [`is_temporary`]. Every step can be made to fail
//! ([`Faults`]), so tests can try them all.

use std::{
    cell::{Cell, RefCell},
    ffi::OsString,
    fs::{self, File},
    io::{self, Write as _},
    path::{Path, PathBuf},
    rc::Rc,
    vec::Vec,
};

/// One step of changing what is on disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// A folder is made.
    CreateFolder,
    /// An empty file is made under a name of its own.
    Create,
    /// Bytes are written.
    Write,
    /// Permissions are taken over from the file that is replaced.
    Permissions,
    /// A file's bytes reach the disk.
    Sync,
    /// A file takes the place of another.
    Rename,
    /// A folder's names reach the disk.
    SyncFolder,
    /// A file is removed.
    Remove,
    /// A file's time is set.
    Touch,
}

/// What happens at the step that [`Faults`] chose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The step fails, and does nothing; later ones work.
    Error(io::ErrorKind),
    /// Half of the bytes are written, then the step fails; steps that write nothing do nothing.
    Half(io::ErrorKind),
    /// As [`Fault::Half`], and all later steps fail without doing anything: the process is gone.
    Death,
}

/// A plan for one fault, and a record of the steps.
#[derive(Debug)]
pub struct Faults {
    at: usize,
    fault: Fault,
    steps: RefCell<Vec<Step>>,
    dead: Cell<bool>,
}

impl Faults {
    /// A fault at the step with this number, from 0.
    #[must_use]
    pub fn new(at: usize, fault: Fault) -> Rc<Faults> {
        Rc::new(Faults { at, fault, steps: RefCell::default(), dead: Cell::new(false) })
    }

    /// The steps up to now, failed ones included.
    #[must_use]
    pub fn steps(&self) -> Vec<Step> {
        self.steps.borrow().clone()
    }

    fn next(&self, step: Step) -> Option<Fault> {
        if self.dead.get() {
            return Some(Fault::Error(io::ErrorKind::Other));
        }
        let number = self.steps.borrow().len();
        self.steps.borrow_mut().push(step);
        let fault = (number == self.at).then_some(self.fault);
        self.dead.set(fault == Some(Fault::Death));
        fault
    }
}

/// Whether a replaced file survives the loss of power.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// File and folder are synced: for what users keep.
    Synced,
    /// After a loss of power the content may be anything: for what is checked when it is read, and can be made again.
    Checked,
}

/// Who may do what with a file that is written, and whether it may replace another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Output {
    /// As other new files; an existing file is replaced and keeps its permissions.
    #[default]
    Ordinary,
    /// Everybody may run it (0755, where there are such permissions).
    Executable,
    /// Only its owner may read it (0600), at any moment.
    Private,
    /// As [`Output::Private`], and an existing file is left alone, which is an error.
    NewPrivate,
}

impl Output {
    fn is_private(self) -> bool {
        matches!(self, Output::Private | Output::NewPrivate)
    }

    /// Permissions of the new file, if they are not to be the customary ones.
    fn permissions(self, existing: Option<fs::Metadata>) -> Option<fs::Permissions> {
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            match self {
                Output::Ordinary => {}
                Output::Executable => return Some(fs::Permissions::from_mode(0o755)),
                Output::Private | Output::NewPrivate => return Some(fs::Permissions::from_mode(0o600)),
            }
        }
        existing.filter(|_| self == Output::Ordinary).map(|m| m.permissions())
    }
}

/// The disk, for changes.
#[derive(Clone, Debug, Default)]
pub struct Files {
    faults: Option<Rc<Faults>>,
}

impl Files {
    /// A disk with a fault.
    #[must_use]
    pub fn with_faults(faults: Rc<Faults>) -> Files {
        Files { faults: Some(faults) }
    }

    fn fault(&self, step: Step) -> Option<Fault> {
        self.faults.as_ref().and_then(|faults| faults.next(step))
    }

    fn step(&self, step: Step) -> io::Result<()> {
        match self.fault(step) {
            None => Ok(()),
            Some(fault) => Err(error(fault)),
        }
    }

    /// Makes a folder, and those that it is in, for nobody but the user.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn create_private_folder(&self, path: &Path) -> io::Result<()> {
        self.step(Step::CreateFolder)?;
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(path)
    }

    /// Removes a file.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn remove(&self, path: &Path) -> io::Result<()> {
        self.step(Step::Remove)?;
        fs::remove_file(path)
    }

    /// Sets the time at which a file was last changed, where its owner may.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn touch(&self, file: &File, time: std::time::SystemTime) -> io::Result<()> {
        self.step(Step::Touch)?;
        file.set_modified(time)
    }

    /// Appends bytes to a file, which is made if there is none. Few bytes arrive as a whole, also when several processes
    /// append.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn append(&self, path: &Path, bytes: &[u8]) -> io::Result<File> {
        self.step(Step::Create)?;
        let mut file = fs::OpenOptions::new().read(true).append(true).create(true).open(path)?;
        self.write(&mut file, bytes)?;
        Ok(file)
    }

    /// Replaces or creates a file with the bytes of all `parts`: written under another name in the same folder, renamed.
    ///
    /// # Errors
    /// Those of the file system; the old content is untouched then.
    pub fn replace(&self, target: &Path, parts: &[&[u8]], durability: Durability) -> io::Result<()> {
        self.replace_with(target, parts, None, Output::Ordinary, durability)
    }

    fn replace_with(
        &self,
        target: &Path,
        parts: &[&[u8]],
        permissions: Option<fs::Permissions>,
        output: Output,
        durability: Durability,
    ) -> io::Result<()> {
        let (temporary, mut file) = self.create_temporary(target, output.is_private())?;
        let mut written = parts.iter().try_for_each(|part| self.write(&mut file, part));
        if let (Ok(()), Some(permissions)) = (&written, permissions) {
            written = self.step(Step::Permissions).and_then(|()| file.set_permissions(permissions));
        }
        if written.is_ok() && durability == Durability::Synced {
            written = self.step(Step::Sync).and_then(|()| file.sync_all());
        }
        drop(file);
        let renamed = written.and_then(|()| {
            self.step(Step::Rename)?;
            if output == Output::NewPrivate { move_new(&temporary, target) } else { fs::rename(&temporary, target) }
        });
        if renamed.is_err() {
            // The error that matters is the first one.
            let _ = self.remove(&temporary);
        }
        renamed?;
        if durability == Durability::Synced {
            self.sync_folder(target);
        }
        Ok(())
    }

    fn write(&self, file: &mut File, bytes: &[u8]) -> io::Result<()> {
        match self.fault(Step::Write) {
            None => file.write_all(bytes),
            Some(fault) => {
                if matches!(fault, Fault::Half(_) | Fault::Death) {
                    file.write_all(bytes.get(..bytes.len() / 2).unwrap_or_default())?;
                }
                Err(error(fault))
            }
        }
    }

    fn create_temporary(&self, target: &Path, private: bool) -> io::Result<(PathBuf, File)> {
        let name = target.file_name().ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "not a file name"))?;
        let process = std::process::id();
        for attempt in 0..100 {
            let mut temporary = OsString::from(".");
            temporary.push(name);
            temporary.push(std::format!(".{process}.{attempt}{TEMPORARY}"));
            let temporary = target.with_file_name(temporary);
            self.step(Step::Create)?;
            let mut options = fs::OpenOptions::new();
            options.write(true).create_new(true);
            // A secret is never readable by others, not even for a moment.
            #[cfg(unix)]
            if private {
                std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
            }
            match options.open(&temporary) {
                Ok(file) => return Ok((temporary, file)),
                Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {}
                Err(e) => return Err(e),
            }
        }
        Err(io::Error::new(io::ErrorKind::AlreadyExists, "no free name for a temporary file"))
    }

    /// Makes a rename durable, where folders can be synced.
    fn sync_folder(&self, target: &Path) {
        if let Some(folder) = target.parent() {
            let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
            // The content is safe already; some file systems refuse to sync folders.
            let _ = self.step(Step::SyncFolder).and_then(|()| File::open(folder)?.sync_all());
        }
    }

    /// As [`write_atomically`].
    ///
    /// # Errors
    /// Those of the file system; the old content is untouched then.
    pub fn write_atomically(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        self.write_as(path, &[bytes], Output::Ordinary)
    }

    /// As [`write_as`].
    ///
    /// # Errors
    /// Those of the file system; the old content is untouched then.
    pub fn write_as(&self, path: &Path, parts: &[&[u8]], output: Output) -> io::Result<()> {
        let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
        let existing = fs::metadata(&target).ok();
        if existing.is_some() && output == Output::NewPrivate {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        // Devices, pipes and the like cannot be replaced.
        if existing.as_ref().is_some_and(|m| !m.is_file()) {
            self.step(Step::Write)?;
            return fs::write(&target, parts.concat());
        }
        self.replace_with(&target, parts, output.permissions(existing), output, Durability::Synced)
    }
}

/// Renames without replacing anything, also if somebody creates the target at the same time.
fn move_new(temporary: &Path, target: &Path) -> io::Result<()> {
    match fs::hard_link(temporary, target) {
        Ok(()) => fs::remove_file(temporary),
        Err(e) if e.kind() == io::ErrorKind::AlreadyExists => Err(e),
        // Not every file system has links; then the look that was taken before has to do.
        Err(_) => fs::rename(temporary, target),
    }
}

fn error(fault: Fault) -> io::Error {
    match fault {
        Fault::Error(kind) | Fault::Half(kind) => kind.into(),
        Fault::Death => io::ErrorKind::Other.into(),
    }
}

/// How names of files that are being written end.
const TEMPORARY: &str = ".tmp";

/// Whether a file with this name is one that is being written, or was when its process died.
#[must_use]
pub fn is_temporary(name: &str) -> bool {
    name.starts_with('.') && name.ends_with(TEMPORARY)
}

/// Replaces or creates a file so that readers and crashes see the old or the new content, never a mixture:
/// written under another name in the same folder, synced, renamed. An existing file keeps its permissions;
/// a symbolic link keeps pointing to the file that is replaced.
///
/// # Errors
/// Those of the file system; the old content is untouched then.
pub fn write_atomically(path: &Path, bytes: &[u8]) -> io::Result<()> {
    Files::default().write_atomically(path, bytes)
}

/// As [`write_atomically`], of several parts, and with permissions.
///
/// # Errors
/// Those of the file system; the old content is untouched then.
pub fn write_as(path: &Path, parts: &[&[u8]], output: Output) -> io::Result<()> {
    Files::default().write_as(path, parts, output)
}

/// Finds out whether [`write_atomically`] could write a file now, without changing it.
///
/// # Errors
/// Those of the file system.
pub fn probe_write(path: &Path) -> io::Result<()> {
    let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
    match fs::metadata(&target) {
        Ok(existing) if existing.is_dir() => Err(io::Error::new(io::ErrorKind::IsADirectory, "it is a folder")),
        Ok(existing) if !existing.is_file() => fs::OpenOptions::new().write(true).open(&target).map(drop),
        _ => {
            let (temporary, _) = Files::default().create_temporary(&target, false)?;
            fs::remove_file(temporary)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::{String, ToString as _};

    /// Writes `new` over `old` with a fault at each step in turn.
    fn check(old: Option<&str>, fault: Fault) {
        let folder = std::env::temp_dir().join(std::format!("motet-files-{}-{fault:?}", std::process::id()));
        for step in 0.. {
            let _ = fs::remove_dir_all(&folder);
            fs::create_dir_all(&folder).expect("a folder");
            let path = folder.join("file");
            if let Some(old) = old {
                fs::write(&path, old).expect("the old content");
            }
            let faults = Faults::new(step, fault);
            let result = Files::with_faults(faults.clone()).write_atomically(&path, b"new content");
            let now = fs::read_to_string(&path).ok();
            let is_new = now.as_deref() == Some("new content");
            let at = std::format!("{fault:?} at step {step} of {:?}: {now:?}", faults.steps());
            assert!(is_new || now.as_deref() == old, "a mixture: {at}");
            assert!(result.is_ok() == is_new, "the result lies: {at}");
            let strange: Vec<String> = fs::read_dir(&folder)
                .expect("is there")
                .flatten()
                .map(|e| e.file_name().to_string_lossy().to_string())
                .filter(|name| name != "file")
                .collect();
            assert!(strange.iter().all(|name| is_temporary(name)), "{at}: {strange:?}");
            assert!(strange.is_empty() || fault == Fault::Death, "{at} left {strange:?}");
            // The folder is the last step, and its failure is no failure.
            if faults.steps().len() <= step {
                break;
            }
        }
        let _ = fs::remove_dir_all(&folder);
    }

    #[test]
    fn a_fault_at_any_step_leaves_the_old_content_or_the_new_one() {
        for old in [None, Some("old")] {
            for fault in
                [Fault::Error(io::ErrorKind::PermissionDenied), Fault::Half(io::ErrorKind::StorageFull), Fault::Death]
            {
                check(old, fault);
            }
        }
    }

    #[test]
    fn what_users_keep_is_synced_before_it_is_renamed_and_its_folder_after() {
        let path = std::env::temp_dir().join(std::format!("motet-files-order-{}", std::process::id()));
        let faults = Faults::new(usize::MAX, Fault::Death);
        let files = Files::with_faults(faults.clone());
        files.write_atomically(&path, b"x").expect("written");
        assert_eq!(faults.steps(), [Step::Create, Step::Write, Step::Sync, Step::Rename, Step::SyncFolder]);
        files.replace(&path, &[b"y", b"z"], Durability::Checked).expect("written");
        assert_eq!(faults.steps()[5..], [Step::Create, Step::Write, Step::Write, Step::Rename]);
        assert_eq!(fs::read(&path).expect("is there"), b"yz");
        fs::remove_file(&path).expect("cleans up");
    }
}
