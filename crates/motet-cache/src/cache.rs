//! Looking up, storing and throwing away.
//!
//! Entries are files in one folder. Each is written under another name and renamed, so that readers see a whole one or
//! none. What was used longest ago goes first; a file's time says when it was used. How much there is, is noted in a
//! small file that every store appends to, so that the folder is walked only now and then.

use std::fs::{self, File};
use std::io::{self, Read as _, Seek as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use motet::files::{Durability, Files, is_temporary};
use motet::{FileLoader, FormatLimits, Program};
use motet_bytecode::Module;

use crate::entry::{self, Manifest, Origin};
use crate::folder::{self, Problem};
use crate::key::{self, Key};
use crate::record::{Recorder, of_text};

/// Name of the file that says how much there is.
const USAGE: &str = "usage";
/// So many stores may be noted until the folder is walked.
const MAX_NOTES: usize = 256;
/// The time of an entry is set when it is used, but no more often than this.
const USED_AGAIN: Duration = Duration::from_secs(3600);
/// A file that is still being written after so long has no writer any more.
const ABANDONED: Duration = Duration::from_secs(600);

/// Compiled programs in a folder.
#[derive(Clone, Debug)]
pub struct Cache {
    folder: PathBuf,
    limit: u64,
    files: Files,
    exists: bool,
}

/// What came of a look.
#[derive(Debug)]
pub enum Lookup {
    /// The program, verified.
    Hit(Box<Program>),
    /// There is none.
    Miss(Miss),
}

/// Why there is no entry to use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Miss {
    /// The program was not compiled before, or not by this build, or not with these choices.
    Unknown,
    /// A file, or what is in a folder, is not what it was: its path. `None` for the program itself.
    Changed(Option<String>),
    /// The entry's bytes are not what was written.
    Damaged,
    /// The system's words.
    Unreadable(String),
}

/// Why a program was not stored.
#[derive(Debug)]
pub enum Refused {
    /// Files changed while it was compiled, or could not be read.
    Unsettled,
    /// The entry would not fit.
    TooLarge,
    /// Anything that the system says.
    Io(io::Error),
    /// It cannot be expressed as bytecode.
    Program(Box<motet::Error>),
}

impl From<io::Error> for Refused {
    fn from(error: io::Error) -> Self {
        Refused::Io(error)
    }
}

/// What is in the folder.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Number of entries.
    pub entries: usize,
    /// Their bytes.
    pub bytes: u64,
}

impl Cache {
    /// The cache in a folder, which need not be there yet. `limit` is in bytes.
    ///
    /// # Errors
    /// When others could have written into the folder, or it is none.
    pub fn open(folder: PathBuf, limit: u64) -> Result<Cache, Problem> {
        let exists = folder::inspect(&folder)?;
        Ok(Cache { folder, limit, files: Files::default(), exists })
    }

    /// The same cache on a disk of one's own choice.
    #[must_use]
    pub fn with_files(self, files: Files) -> Cache {
        Cache { files, ..self }
    }

    /// The folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// How much it holds at most, in bytes.
    #[must_use]
    pub fn limit(&self) -> u64 {
        self.limit
    }

    /// The compiled form of a program with this text, if what was compiled still holds.
    #[must_use]
    pub fn lookup(&self, key: Key, text: &str) -> Lookup {
        if !self.exists {
            return Lookup::Miss(Miss::Unknown);
        }
        match self.find(key, text) {
            Ok(program) => Lookup::Hit(Box::new(program)),
            Err(miss) => Lookup::Miss(miss),
        }
    }

    fn find(&self, key: Key, text: &str) -> Result<Program, Miss> {
        let bytes = self.read(&self.folder.join(key.file_name()))?;
        let (manifest, module) = entry::decode(&bytes, key).ok_or(Miss::Damaged)?;
        if of_text(text) != manifest.text {
            return Err(Miss::Changed(None));
        }
        let mut loader = FileLoader::default();
        let mut texts = Vec::with_capacity(manifest.questions.len());
        for (question, answer) in &manifest.questions {
            match question.ask(&mut loader) {
                Some((now, read)) if now == *answer => texts.push(read),
                _ => return Err(Miss::Changed(Some(question.path.clone()))),
            }
        }
        let limits = FormatLimits::trusted();
        let mut module = motet_bytecode::decode_with(module, &limits).map_err(|_| Miss::Damaged)?;
        put_texts(&mut module, &manifest.origins, |origin| match origin {
            Origin::Program => Some(text.to_string()),
            // Cloned, as files with equal contents share an answer.
            Origin::Question(number) => texts.get(number).cloned().flatten(),
            Origin::Module => None,
        });
        Program::from_bytecode(module, &limits).map_err(|_| Miss::Damaged)
    }

    /// Reads an entry's file, and notes that it was used.
    fn read(&self, path: &Path) -> Result<Vec<u8>, Miss> {
        let unreadable = |e: io::Error| Miss::Unreadable(e.to_string());
        let mut file = match File::open(path) {
            Ok(file) => file,
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Err(Miss::Unknown),
            Err(e) => return Err(unreadable(e)),
        };
        let found = file.metadata().map_err(unreadable)?;
        if !found.is_file() || !folder::is_own(&found) || found.len() > self.limit {
            return Err(Miss::Damaged);
        }
        let length = usize::try_from(found.len()).map_err(|_| Miss::Damaged)?;
        let mut bytes = Vec::with_capacity(length + 1);
        file.by_ref().take(self.limit).read_to_end(&mut bytes).map_err(unreadable)?;
        let now = SystemTime::now();
        // A time that is yet to come is no time of use either.
        let recent = |time: SystemTime| now.duration_since(time).is_ok_and(|age| age < USED_AGAIN);
        if !found.modified().is_ok_and(recent) {
            // In a folder that is only for reading entries grow old.
            let _ = self.files.touch(&file, now);
        }
        Ok(bytes)
    }

    /// Stores a program that was compiled from this text. Gives it back in bytecode, verified, as a hit would be.
    ///
    /// # Errors
    /// Why not; the program as it was.
    pub fn store(
        &self,
        key: Key,
        text: &str,
        recorder: &Recorder,
        program: Program,
    ) -> Result<Program, (Refused, Program)> {
        let Some(questions) = recorder.questions() else { return Err((Refused::Unsettled, program)) };
        let mut module = match program.bytecode(true) {
            Ok(module) => module,
            Err(e) => return Err((Refused::Program(Box::new(e)), program)),
        };
        let (manifest, taken) = Manifest::take_texts(of_text(text), questions, &mut module);
        let pbc = motet_bytecode::encode(&module);
        let mut taken = taken.into_iter();
        put_texts(&mut module, &manifest.origins, |_| taken.next().flatten());
        // Only what verifies is stored.
        let verified = match Program::from_bytecode(module, &FormatLimits::trusted()) {
            Ok(verified) => verified,
            Err(e) => return Err((Refused::Program(Box::new(e)), program)),
        };
        match self.write(key, &manifest.encode(key, &pbc), &pbc) {
            Ok(()) => Ok(verified),
            Err(refused) => Err((refused, verified)),
        }
    }

    fn write(&self, key: Key, head: &[u8], module: &[u8]) -> Result<(), Refused> {
        let size = (head.len() + module.len()) as u64;
        if size > self.limit {
            return Err(Refused::TooLarge);
        }
        if !self.exists {
            self.files.create_private_folder(&self.folder)?;
            // Somebody may have been faster.
            folder::inspect(&self.folder)
                .map_err(|p| Refused::Io(io::Error::new(io::ErrorKind::PermissionDenied, p.to_string())))?;
        }
        self.files.replace(&self.folder.join(key.file_name()), &[head, module], Durability::Checked)?;
        // The entry is there; what is noted about it is worth no failure.
        let _ = self.note(size);
        Ok(())
    }

    /// Notes the size of a new entry. Makes room when it is needed, and when the notes are many or cannot be read.
    fn note(&self, size: u64) -> io::Result<()> {
        let mut file = self.files.append(&self.folder.join(USAGE), &size.to_le_bytes())?;
        file.rewind()?;
        let mut notes = Vec::new();
        file.take(MAX_NOTES as u64 * 8 + 1).read_to_end(&mut notes)?;
        let (sizes, rest) = notes.as_chunks::<8>();
        let total = sizes.iter().fold(0u64, |sum, size| sum.saturating_add(u64::from_le_bytes(*size)));
        // The first note of all may be that of any entry.
        let unsure = sizes.len() < 2 || sizes.len() >= MAX_NOTES || !rest.is_empty();
        if unsure || total > self.limit { self.make_room(self.limit).map(drop) } else { Ok(()) }
    }

    /// Removes what was used longest ago until there is no more than `limit`, with a tenth to spare, and files that were
    /// never finished. Notes how much is left.
    fn make_room(&self, limit: u64) -> io::Result<Usage> {
        let now = SystemTime::now();
        let mut usage = Usage::default();
        let mut entries = Vec::new();
        for found in fs::read_dir(&self.folder)?.flatten() {
            let name = found.file_name().to_string_lossy().into_owned();
            let Ok(metadata) = found.metadata() else { continue };
            // What comes from the future was not used by anybody yet.
            let used =
                metadata.modified().ok().filter(|time| *time <= now + USED_AGAIN).unwrap_or(SystemTime::UNIX_EPOCH);
            if is_temporary(&name) {
                if now.duration_since(used).is_ok_and(|age| age > ABANDONED) {
                    let _ = self.files.remove(&found.path());
                }
            } else if key::is_entry(&name) && metadata.is_file() {
                usage.entries += 1;
                usage.bytes += metadata.len();
                entries.push((used, name, metadata.len()));
            }
        }
        if usage.bytes > limit {
            // Processes that do this at the same time choose the same entries.
            entries.sort();
            for (_, name, size) in entries {
                if usage.bytes <= limit / 10 * 9 {
                    break;
                }
                match self.files.remove(&self.folder.join(name)) {
                    Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(e),
                    _ => {
                        usage.entries -= 1;
                        usage.bytes -= size;
                    }
                }
            }
        }
        // Two notes, so that it can be told from the first one of all.
        let notes = [usage.bytes.to_le_bytes(), [0; 8]].concat();
        self.files.replace(&self.folder.join(USAGE), &[&notes], Durability::Checked)?;
        Ok(usage)
    }

    /// What is in the folder now.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn usage(&self) -> io::Result<Usage> {
        let mut usage = Usage::default();
        if self.exists {
            for found in fs::read_dir(&self.folder)?.flatten() {
                if key::is_entry(&found.file_name().to_string_lossy())
                    && let Ok(metadata) = found.metadata()
                {
                    usage.entries += 1;
                    usage.bytes += metadata.len();
                }
            }
        }
        Ok(usage)
    }

    /// Removes all entries, and files that were not finished. Gives what there was. Other files stay.
    ///
    /// # Errors
    /// Those of the file system; the rest is removed all the same.
    pub fn clear(&self) -> io::Result<Usage> {
        let mut usage = Usage::default();
        if !self.exists {
            return Ok(usage);
        }
        let mut result = Ok(());
        for found in fs::read_dir(&self.folder)?.flatten() {
            let name = found.file_name().to_string_lossy().into_owned();
            let is_entry = key::is_entry(&name);
            if !is_entry && !is_temporary(&name) && name != USAGE {
                continue;
            }
            let size = found.metadata().map_or(0, |m| m.len());
            match self.files.remove(&found.path()) {
                Ok(()) if is_entry => {
                    usage.entries += 1;
                    usage.bytes += size;
                }
                Err(e) if e.kind() != io::ErrorKind::NotFound => result = Err(e),
                _ => {}
            }
        }
        result.map(|()| usage)
    }
}

/// Gives the module the texts that its entry left out.
fn put_texts(module: &mut Module, origins: &[Origin], mut text: impl FnMut(Origin) -> Option<String>) {
    let sources = module.debug.iter_mut().flat_map(|debug| &mut debug.sources);
    for (source, origin) in sources.zip(origins) {
        let found = text(*origin);
        if *origin != Origin::Module {
            source.text = found;
        }
    }
}
