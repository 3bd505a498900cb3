//! Motet: one compiler and one virtual machine for several small languages.
//!
//! An [`Engine`] knows the languages and turns source text or `.pbc` bytes
//! into a [`Program`]; an [`Isolate`] runs programs on a [`Host`], with limits
//! and capabilities of its own.
//!
//! ```
//! # #[cfg(feature = "lang-moon")] {
//! use motet::{CaptureHost, Config, Engine};
//!
//! let engine = Engine::new();
//! let program = engine.compile("moon", "hello.moon", "print(\"hello\"); 6 * 7")?;
//! let (host, output) = CaptureHost::new();
//! let mut isolate = engine.isolate(Config::new(host));
//! let module = isolate.load(&program)?;
//! let value = isolate.run(module)?;
//! assert_eq!((output.out().as_str(), value.as_int()), ("hello\n", Some(42)));
//! # }
//! # Ok::<(), motet::Error>(())
//! ```
//!
//! Host functions, typed calls, handles and objects of the host: see [`HostModule`], [`Isolate::call`], [`Handle`] and
//! [`UserData`].
//!
//! Invariants: this is the only library crate that names languages; whatever
//! a tier shows (output, errors, traces) is the same on every [`Tier`].
#![cfg_attr(not(feature = "std"), no_std)]
#![forbid(unsafe_code)]
// With one tier only, a machine and a module of another tier cannot meet.
#![cfg_attr(not(feature = "ast"), allow(unreachable_patterns, irrefutable_let_patterns))]

extern crate alloc;

mod capture;
#[cfg(feature = "compiler")]
mod compiler;
mod dump;
mod embed;
mod engine;
mod error;
#[cfg(feature = "std")]
pub mod files;
#[cfg(feature = "std")]
mod gate;
mod isolate;
mod languages;
mod live;
mod profile;
mod program;
#[cfg(feature = "compiler")]
mod repl;
mod report;
mod serving;
#[cfg(feature = "std")]
mod standard;
mod status;

pub use capture::{CaptureHost, Output};
pub use embed::ObjectType;
pub use embed::{
    Arguments, Callee, Completer, Context, Fault, FromArgs, FromGuest, Handle, HostModule, IntoArgs, IntoGuest, Local,
    Methods, Object, Progress, Request, Run, UserData,
};
pub use engine::{CompileOptions, Engine};
pub use error::{CompileError, Error};
#[cfg(feature = "std")]
pub use files::{probe_write, write_atomically};
#[cfg(feature = "std")]
pub use gate::Gate;
pub use isolate::{Config, Isolate, ModuleHandle, TestOutcome, Tier};
pub use languages::{LANGUAGES, Language};
pub use live::{After, ModuleInfo, ReloadOutcome, Remote};
pub use profile::{Profile, ProfileFrame, ProfileFunction, ProfileOptions, ProfileSample, Stats};
pub use program::{PbcOptions, Program};
#[cfg(feature = "compiler")]
pub use repl::{Around, Repl};
pub use report::{RunReport, render_stop};
#[cfg(feature = "std")]
pub use standard::{FileLoader, StdHost, generate_key};

#[cfg(feature = "compiler")]
pub use motet_backend_c::EmitCError;
pub use motet_bytecode::{Compression, DecodeError, DecodeErrorKind, Limits as FormatLimits};
pub use motet_ir::{Compilation, Frontend, HostFunction, HostType, LoadError as FileError, Loader, NoLoader};
pub use motet_opt::Level;
pub use motet_runtime::{Access, LoadRequest, web};
pub use motet_runtime::{
    Capabilities, Capability, Control, ErrorKind, Host, HostError, Interrupt, Limits, Lock, LockGuard, MaybeSend,
    NativeDef, NullHost, ReloadReport, Runtime, Semantics, Shared, Stop, Thrown, TraceFrame, Trap, Value,
};
pub use motet_sign::{KeyError, KeyId, PublicKey, SEED_LEN, SecretKey, SignatureError};
pub use motet_source::{Diagnostic, Severity, Sources};
pub use motet_vm::{Counts, Timings};
