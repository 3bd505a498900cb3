//! Following a program: a new version for each change of its files.
//!
//! A save that is complete is compiled at once. What looks like half of a save waits a moment for the other half: a
//! file that is still being written, that became empty or disappeared, and a version that does not compile.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use motet::{FormatLimits, Program};

use crate::compiler::{Compiler, Refusal, Version};
use crate::reads::{Difference, Reads};
use crate::watcher::{Seen, Waker, Watcher};

/// How long a file must stay as it is when nobody said that its writer is done.
const QUIET: Duration = Duration::from_millis(30);
/// How long an empty or missing file, or one that does not compile, is given to become whole.
const WHOLE: Duration = Duration::from_millis(90);
/// A program whose files change all the time is compiled so often at least.
const PATIENCE: Duration = Duration::from_secs(1);

/// What happened to a program's files.
pub enum Change {
    /// There is a new version.
    Ready(Saved, Box<Version>),
    /// The files do not make a program now.
    Refused(Saved, Refusal),
    /// Files were saved, and the program is what it was.
    Same(Saved),
    /// Somebody called [`Waker::wake`].
    Woken,
}

/// Which files were saved, and when that was noticed.
#[derive(Clone, Debug)]
pub struct Saved {
    /// The files, as short as they can be told.
    pub files: Vec<String>,
    /// When the first event came.
    pub since: Instant,
    /// How long compiling took.
    pub compiling: Duration,
}

impl Saved {
    /// The files in words: a name, two names, or a name and a number.
    #[must_use]
    pub fn what(&self) -> String {
        match self.files.as_slice() {
            [] => "files".into(),
            [one] => one.clone(),
            [one, other] => format!("{one} and {other}"),
            [one, rest @ ..] => format!("{one} and {} more", rest.len()),
        }
    }
}

/// Follows one program.
pub struct Follower {
    compiler: Compiler,
    watcher: Watcher,
    reads: Reads,
    /// The newest version that compiled.
    current: Vec<u8>,
    started: bool,
    seen: Seen,
    /// A folder whose files matter although the compiler does not read them.
    assets: Option<PathBuf>,
}

impl Follower {
    /// Follows what `compiler` compiles. With `poll`, files are looked at so often instead of trusting the system's reports.
    #[must_use]
    pub fn new(compiler: Compiler, poll: Option<Duration>) -> Follower {
        Follower {
            compiler,
            watcher: Watcher::new(poll),
            reads: Reads::default(),
            current: Vec::new(),
            started: false,
            seen: Seen::default(),
            assets: None,
        }
    }

    /// Also follows the files of a web application below a folder. A change of one that the compiler does not read is a
    /// [`Change::Same`] with a time of compiling.
    #[must_use]
    pub fn with_assets(mut self, folder: PathBuf) -> Follower {
        self.assets = Some(folder);
        self
    }

    /// A handle for other threads that makes [`Follower::next_change`] return.
    #[must_use]
    pub fn waker(&self) -> Waker {
        self.watcher.waker()
    }

    /// Why the system does not report changes, if so; told once.
    pub fn complaint(&mut self) -> Option<String> {
        self.watcher.complaint()
    }

    /// Files of the program as it is now.
    pub fn files(&self) -> impl Iterator<Item = &Path> {
        self.reads.files()
    }

    /// The next change. The first call compiles the program without waiting.
    pub fn next_change(&mut self) -> Change {
        if !self.started {
            self.started = true;
            let since = Instant::now();
            return match self.build(since, &[]) {
                Ok(change) => change,
                Err((saved, refusal)) => Change::Refused(saved, refusal),
            };
        }
        loop {
            self.watcher.wait(&mut self.seen);
            if std::mem::take(&mut self.seen.woken) {
                return Change::Woken;
            }
            let since = Instant::now();
            self.watcher.watch(&self.reads.places());
            let mut difference = self.compare();
            if difference.changed.is_empty() {
                self.seen = Seen::default();
                if difference.same.is_empty() {
                    continue;
                }
                return Change::Same(saved(since, &difference.same));
            }
            loop {
                self.settle(&mut difference, since);
                if difference.changed.is_empty() {
                    return Change::Same(saved(since, &difference.same));
                }
                match self.build(since, &difference.changed) {
                    Ok(change) => return change,
                    Err((saved, refusal)) => {
                        // Half of a save is the usual reason for an error that comes with a save.
                        let next = self.next_difference();
                        if next.changed.is_empty() || since.elapsed() > PATIENCE {
                            return Change::Refused(saved, refusal);
                        }
                        difference = next;
                    }
                }
            }
        }
    }

    fn compare(&mut self) -> Difference {
        let Follower { reads, seen, .. } = self;
        reads.compare(&|path| seen.touched(path))
    }

    /// What changes while files that do not compile are given time to become whole.
    fn next_difference(&mut self) -> Difference {
        let end = Instant::now() + WHOLE;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            let came = self.watcher.wait_for(left, &mut self.seen);
            let difference = self.compare();
            if !difference.changed.is_empty() || !came {
                return difference;
            }
        }
    }

    /// Waits until the changed files look whole.
    fn settle(&mut self, difference: &mut Difference, since: Instant) {
        while since.elapsed() < PATIENCE {
            let whole = difference.emptied.is_empty();
            if whole && self.seen.settled(&difference.changed) {
                break;
            }
            let wait = if whole { QUIET } else { WHOLE };
            let came = self.watcher.wait_for(wait, &mut self.seen);
            let next = self.compare();
            // Polling brings no events: the comparison tells.
            let steady = !came && next.changed == difference.changed && next.emptied == difference.emptied;
            *difference = next;
            if steady || difference.changed.is_empty() {
                break;
            }
        }
    }

    fn build(&mut self, since: Instant, changed: &[PathBuf]) -> Result<Change, (Saved, Refusal)> {
        self.seen.forget();
        let mut build = self.compiler.compile();
        if let Some(folder) = &self.assets {
            build.reads.note_assets(folder);
        }
        let saved = Saved { compiling: build.time, ..saved(since, changed) };
        let old = std::mem::replace(&mut self.reads, build.reads);
        let result = match build.result {
            Ok(version) if version.pbc == self.current => Ok(Change::Same(saved)),
            Ok(mut version) => {
                version.same_main = same_main(&self.current, &version);
                self.current.clone_from(&version.pbc);
                Ok(Change::Ready(saved, Box::new(version)))
            }
            Err(refusal) => {
                // A compilation that gave up early has not seen all files of the program.
                self.reads.extend(&old);
                Err((saved, refusal))
            }
        };
        self.watcher.watch(&self.reads.places());
        result
    }
}

/// Whether a version has a `main` function, and the one before had the same.
fn same_main(before: &[u8], version: &Version) -> bool {
    let has_main = version.program.ir().is_none_or(|ir| ir.main.is_some());
    let read = |pbc: &[u8]| Program::from_pbc(pbc, &FormatLimits::trusted()).ok();
    let same = || {
        let (old, new) = (read(before)?, read(&version.pbc)?);
        Some(new.has_main().ok()? && !old.compare(&new).ok()?.main_changed)
    };
    has_main && !before.is_empty() && same().unwrap_or(false)
}

fn saved(since: Instant, files: &[PathBuf]) -> Saved {
    let name = |path: &PathBuf| path.file_name().map_or_else(String::new, |n| n.to_string_lossy().into_owned());
    Saved { files: files.iter().map(name).collect(), since, compiling: Duration::ZERO }
}
