//! Being told that something happened in folders: by the system, or by looking again and again.
//!
//! Invariant: an event is a hint and nothing more. Files are compared by content, and also looked at when
//! no event came, because network and container mounts deliver none.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::Duration;

use notify::event::{AccessKind, AccessMode, ModifyKind, RenameMode};
use notify::{Config, Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher as _};

/// How often files are looked at although the system reports changes.
const LOOK_ANYWAY: Duration = Duration::from_secs(1);
/// How often files are looked at when the system reports nothing.
const POLL: Duration = Duration::from_millis(100);

enum Signal {
    /// Something happened to files of these names; `settled` when whoever wrote them is done.
    Touched { names: Vec<OsString>, settled: bool },
    /// Events were lost.
    Lost,
    /// Somebody wants the watching thread's attention.
    Wake,
}

/// Gets the attention of the thread that waits.
#[derive(Clone)]
pub struct Waker(Sender<Signal>);

impl Waker {
    /// Makes the current or next wait end at once.
    pub fn wake(&self) {
        // Nobody waits any more: nobody needs to know.
        let _ = self.0.send(Signal::Wake);
    }
}

/// What happened during a wait. File names without folders: a folder can have several paths.
#[derive(Debug, Default)]
pub struct Seen {
    touched: BTreeSet<OsString>,
    settled: BTreeSet<OsString>,
    /// Somebody called [`Waker::wake`].
    pub woken: bool,
}

impl Seen {
    /// Whether something may have happened to this file.
    #[must_use]
    pub fn touched(&self, path: &Path) -> bool {
        path.file_name().is_some_and(|name| self.touched.contains(name))
    }

    /// Whether those who wrote these files are done with all of them.
    #[must_use]
    pub fn settled(&self, paths: &[PathBuf]) -> bool {
        paths.iter().all(|p| p.file_name().is_some_and(|name| self.settled.contains(name)))
    }

    /// What happened to files is dealt with.
    pub fn forget(&mut self) {
        self.touched.clear();
        self.settled.clear();
    }

    fn add(&mut self, signal: Signal) {
        match signal {
            Signal::Touched { names, settled } => {
                for name in names {
                    if settled {
                        self.settled.insert(name.clone());
                    } else {
                        self.settled.remove(&name);
                    }
                    self.touched.insert(name);
                }
            }
            Signal::Lost => {}
            Signal::Wake => self.woken = true,
        }
    }
}

/// Waits for events in a set of folders.
pub struct Watcher {
    sender: Sender<Signal>,
    signals: Receiver<Signal>,
    native: Option<RecommendedWatcher>,
    /// Watched folders, and what tells a folder from its successor of the same name.
    folders: BTreeMap<PathBuf, u64>,
    interval: Duration,
    /// Why the system does not report changes, until somebody asks.
    complaint: Option<String>,
}

impl Watcher {
    /// With `poll`, the system is not asked to report changes: files are looked at so often.
    #[must_use]
    pub fn new(poll: Option<Duration>) -> Watcher {
        let (sender, signals) = channel();
        let mut watcher = Watcher {
            sender,
            signals,
            native: None,
            folders: BTreeMap::new(),
            interval: poll.unwrap_or(LOOK_ANYWAY).max(Duration::from_millis(1)),
            complaint: None,
        };
        if poll.is_none() {
            let sender = watcher.sender.clone();
            let report = move |event: notify::Result<Event>| {
                let signal = match event {
                    Ok(event) if event.need_rescan() => Some(Signal::Lost),
                    Ok(event) => signal(&event),
                    Err(_) => Some(Signal::Lost),
                };
                // After the receiver is gone nobody needs to know.
                let _ = signal.map(|s| sender.send(s));
            };
            match RecommendedWatcher::new(report, Config::default()) {
                Ok(native) => watcher.native = Some(native),
                Err(e) => watcher.fall_back(&e),
            }
        }
        watcher
    }

    fn fall_back(&mut self, why: &notify::Error) {
        self.native = None;
        self.folders.clear();
        self.interval = POLL;
        self.complaint = Some(format!("{why}; looking at the files every {} ms", POLL.as_millis()));
    }

    /// Why the system does not report changes; told once.
    pub fn complaint(&mut self) -> Option<String> {
        self.complaint.take()
    }

    /// A handle for other threads that ends waits.
    #[must_use]
    pub fn waker(&self) -> Waker {
        Waker(self.sender.clone())
    }

    /// Watches these folders and no others. A folder that is not there is watched through the next one above it; one that
    /// was replaced is watched anew.
    pub fn watch(&mut self, places: &[PathBuf]) {
        let Some(native) = &mut self.native else { return };
        let mut wanted = BTreeMap::new();
        for place in places {
            let existing = place.ancestors().find_map(|p| Some((p.canonicalize().ok()?, p.metadata().ok()?)));
            if let Some((path, metadata)) = existing.filter(|(_, m)| m.is_dir()) {
                wanted.insert(path, identity(&metadata));
            }
        }
        if wanted == self.folders {
            return;
        }
        for (folder, id) in &self.folders {
            if wanted.get(folder) != Some(id) {
                // The system forgets folders that are gone by itself.
                let _ = native.unwatch(folder);
            }
        }
        let mut failed = None;
        for (folder, id) in &wanted {
            if self.folders.get(folder) != Some(id)
                && let Err(e) = native.watch(folder, RecursiveMode::NonRecursive)
                // Gone since: seen at the next turn.
                && folder.is_dir()
            {
                failed = Some(e);
            }
        }
        self.folders = wanted;
        if let Some(e) = failed {
            self.fall_back(&e);
        }
    }

    /// Waits for an event, or until it is time to look anyway. Adds what happened to `seen`.
    pub fn wait(&self, seen: &mut Seen) {
        self.wait_for(self.interval, seen);
    }

    /// Waits for an event, but no longer than this; false if none came. Adds what happened to `seen`.
    pub fn wait_for(&self, time: Duration, seen: &mut Seen) -> bool {
        match self.signals.recv_timeout(time) {
            Ok(signal) => seen.add(signal),
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => return false,
        }
        for signal in self.signals.try_iter() {
            seen.add(signal);
        }
        true
    }
}

/// What an event says about files; `None` for reading.
fn signal(event: &Event) -> Option<Signal> {
    let settled = match event.kind {
        EventKind::Access(AccessKind::Close(AccessMode::Write))
        | EventKind::Modify(ModifyKind::Name(RenameMode::To | RenameMode::Both)) => true,
        EventKind::Access(_) | EventKind::Modify(ModifyKind::Metadata(_)) => return None,
        EventKind::Any | EventKind::Create(_) | EventKind::Modify(_) | EventKind::Remove(_) | EventKind::Other => false,
    };
    let names = event.paths.iter().filter_map(|p| p.file_name()).map(OsStr::to_os_string).collect();
    Some(Signal::Touched { names, settled })
}

#[cfg(unix)]
fn identity(metadata: &std::fs::Metadata) -> u64 {
    use std::os::unix::fs::MetadataExt as _;
    metadata.ino() ^ metadata.dev().rotate_left(32)
}

#[cfg(not(unix))]
fn identity(metadata: &std::fs::Metadata) -> u64 {
    let created = metadata.created().ok().and_then(|t| t.duration_since(std::time::UNIX_EPOCH).ok());
    created.map_or(0, |t| t.as_nanos() as u64)
}
