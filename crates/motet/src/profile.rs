//! Profiles: where a program's time goes, by function and line; and figures about its runs.
//!
//! Invariants: an isolate that is not profiled runs exactly as fast as one that cannot be; a profile holds names and
//! positions, never values of the program.

use alloc::{
    collections::BTreeMap,
    string::{String, ToString},
    vec::Vec,
};

use motet_runtime::TraceFrame;
use motet_source::{FileId, LineIndex, Sources};
use motet_vm::{Clock, Counts, Samples, Timings};

/// How to profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProfileOptions {
    /// Time between two samples, in nanoseconds; not less than 50 µs is of use.
    pub interval: u64,
    /// Ask the host's clock instead of a thread that keeps time. The clock is asked about every hundred nanoseconds, which slows
    /// programs down; it is what there is without the feature `std`, and repeatable on a
    /// [`CaptureHost`](crate::CaptureHost).
    pub host_clock: bool,
}

impl Default for ProfileOptions {
    fn default() -> Self {
        Self { interval: 500_000, host_clock: false }
    }
}

/// A function in a [`Profile`].
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ProfileFunction {
    /// Its name; `function N` for programs without debug information, a word in parentheses for what is no
    /// function, such as `(garbage collection)`.
    pub name: String,
    /// Name of its file; empty when unknown.
    pub file: String,
    /// Number in the isolate, which tells functions of one name apart.
    pub id: u32,
}

/// A line of a function that was running in some sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ProfileFrame {
    /// Index of the function in [`Profile::functions`].
    pub function: u32,
    /// Line from 1; 0 when unknown. Code that was inlined keeps its own line.
    pub line: u32,
    /// Column from 1 of the first position seen on the line; 0 when unknown.
    pub column: u32,
}

/// What ran for some time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProfileSample {
    /// Indices into [`Profile::frames`], outermost call first.
    pub stack: Vec<u32>,
    /// Time that the sample stands for, in nanoseconds.
    pub nanos: u64,
}

/// Where the time of an isolate's runs went: see [`Isolate::profile_start`](crate::Isolate::profile_start).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Profile {
    /// Functions that were seen.
    pub functions: Vec<ProfileFunction>,
    /// Lines that were seen.
    pub frames: Vec<ProfileFrame>,
    /// Samples in order of time; equal neighbours are one.
    pub samples: Vec<ProfileSample>,
}

impl Profile {
    /// Time of all samples, in nanoseconds. Less than the time of the runs by at most one interval a run.
    #[must_use]
    pub fn total_nanos(&self) -> u64 {
        self.samples.iter().map(|s| s.nanos).sum()
    }

    /// The function of a frame; `None` for a number that no frame has.
    #[must_use]
    pub fn function_of(&self, frame: u32) -> Option<&ProfileFunction> {
        self.functions.get(self.frames.get(frame as usize)?.function as usize)
    }

    /// Time by innermost line: frame and nanoseconds, most first.
    #[must_use]
    pub fn self_times(&self) -> Vec<(u32, u64)> {
        let mut times = BTreeMap::new();
        for sample in &self.samples {
            if let Some(&frame) = sample.stack.last() {
                *times.entry(frame).or_insert(0) += sample.nanos;
            }
        }
        let mut times: Vec<(u32, u64)> = times.into_iter().collect();
        times.sort_by_key(|t| core::cmp::Reverse(t.1));
        times
    }

    /// The profile of samples; `sources` gives a module's files.
    pub(crate) fn new<'a>(samples: &Samples, sources: impl Fn(u32) -> Option<&'a Sources>) -> Self {
        let mut made = Maker { sources, lines: BTreeMap::new(), functions: BTreeMap::new(), frames: BTreeMap::new() };
        let mut profile = Profile::default();
        let frames: Vec<u32> =
            samples.calls.iter().map(|call| made.frame(&mut profile, call.function, &call.place)).collect();
        for &(call, nanos) in &samples.samples {
            let mut stack = Vec::new();
            let mut at = Some(call);
            while let Some(i) = at {
                stack.push(frames[i as usize]);
                at = samples.calls[i as usize].parent;
            }
            stack.reverse();
            match profile.samples.last_mut() {
                Some(last) if last.stack == stack => last.nanos += nanos,
                _ => profile.samples.push(ProfileSample { stack, nanos }),
            }
        }
        profile
    }
}

/// Numbers functions and lines.
struct Maker<'a, F: Fn(u32) -> Option<&'a Sources>> {
    sources: F,
    lines: BTreeMap<(u32, u32), LineIndex>,
    functions: BTreeMap<u32, u32>,
    frames: BTreeMap<(u32, u32), u32>,
}

impl<'a, F: Fn(u32) -> Option<&'a Sources>> Maker<'a, F> {
    fn frame(&mut self, profile: &mut Profile, id: u32, place: &TraceFrame) -> u32 {
        let file = (self.sources)(place.module).and_then(|s| s.get(FileId(place.source)));
        let function = *self.functions.entry(id).or_insert_with(|| {
            let known = !place.function.is_empty();
            let name = if known { place.function.to_string() } else { alloc::format!("function {id}") };
            let file = file.map_or(String::new(), |f| f.name.to_string());
            profile.functions.push(ProfileFunction { name, file, id });
            profile.functions.len() as u32 - 1
        });
        let at = file.filter(|f| !f.text.is_empty()).map(|f| {
            let lines = self.lines.entry((place.module, place.source)).or_insert_with(|| LineIndex::new(&f.text));
            lines.line_col(place.start)
        });
        let (line, column) = at.map_or((0, 0), |at| (at.line, at.col));
        *self.frames.entry((function, line)).or_insert_with(|| {
            profile.frames.push(ProfileFrame { function, line, column });
            profile.frames.len() as u32 - 1
        })
    }
}

/// Figures about an isolate since it was made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Units of work used: one per call and turn of a loop, one per element or 64 bytes in native functions.
    pub fuel: u64,
    /// Cells allocated: strings, lists, maps, records, closures and the like. Exact.
    pub allocations: u64,
    /// Bytes that the heap took into use: cells, by runs of free cells, and what they own. What a container gave back before a
    /// collection is not among them. `None` on [`Tier::Ast`](crate::Tier::Ast).
    pub allocated_bytes: Option<u64>,
    /// Cells that collections freed.
    pub freed: u64,
    /// Bytes of the heap in use now.
    pub heap_bytes: usize,
    /// Most bytes in use at a collection's start or now. `None` on [`Tier::Ast`](crate::Tier::Ast).
    pub peak_heap: Option<usize>,
    /// Finished collections.
    pub collections: u64,
    /// Functions translated to register code; 0 on [`Tier::Ast`](crate::Tier::Ast).
    pub translated: u64,
    /// What [`Isolate::count_start`](crate::Isolate::count_start) counted.
    pub counts: Option<Counts>,
    /// What [`Isolate::time_start`](crate::Isolate::time_start) measured.
    pub timings: Option<Timings>,
}

/// A clock that costs nothing to ask: a thread writes down the time once an interval.
#[cfg(feature = "std")]
pub(crate) fn timer(interval: u64) -> Option<Clock> {
    use std::{
        boxed::Box,
        sync::{
            Arc,
            atomic::{AtomicU64, Ordering},
        },
        thread,
        time::{Duration, Instant},
    };

    let nanos = Arc::new(AtomicU64::new(0));
    let shared = Arc::downgrade(&nanos);
    let keep = move || {
        let start = Instant::now();
        // The thread ends when nobody asks any more.
        while let Some(nanos) = shared.upgrade() {
            nanos.store(u64::try_from(start.elapsed().as_nanos()).unwrap_or(u64::MAX), Ordering::Relaxed);
            drop(nanos);
            thread::sleep(Duration::from_nanos(interval));
        }
    };
    thread::Builder::new().name("motet-profile".into()).spawn(keep).ok()?;
    Some(Box::new(move || nanos.load(Ordering::Relaxed)))
}

/// Threads need an operating system.
#[cfg(not(feature = "std"))]
pub(crate) fn timer(_interval: u64) -> Option<Clock> {
    None
}
