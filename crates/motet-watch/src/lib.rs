//! Following a program's files, and running the program while they change.
//!
//! A [`Follower`] compiles a program and waits until one of the files that the compilation looked at changes; then it
//! compiles again. A [`Runner`] runs versions on a thread of their own. The two know nothing of each other: the
//! caller hands versions from one to the other.
//!
//! Invariants: a version that does not compile changes nothing; nobody acts on an event without comparing
//! contents; watching works, if slower, where the system reports no events.
#![deny(unsafe_code)]

mod compiler;
mod follower;
mod host;
mod reads;
mod runner;
mod watcher;

pub use compiler::{Build, Compiler, Refusal, Version};
pub use follower::{Change, Follower, Saved};
pub use host::{Console, Control, LiveHost, Sink};
pub use reads::{Difference, Reads};
pub use runner::{How, Runner, Stage, Start};
pub use watcher::{Seen, Waker, Watcher};
