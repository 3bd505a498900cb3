//! The run side's ground: tagged values, the heap and its collector, strings,
//! lists, maps, records with shapes, the interface of native functions, and
//! the two traits through which a language ([`Semantics`]) and the world
//! outside ([`Host`]) take part.
//!
//! Invariants:
//! - Collection happens only when an engine calls [`Heap::collect`] at a
//!   safepoint, with every live value among the roots. Native functions and
//!   semantics run between safepoints: they never see a collection, need no
//!   rooting, and must not keep a [`Value`] beyond their return other than in
//!   the heap or in [`Runtime::roots`].
//! - Native code never re-enters an engine; it asks for a call by returning
//!   [`Control::Call`].
//! - No crate here or below names a language.
#![no_std]

extern crate alloc;

mod classes;
mod closures;
mod compile;
mod control;
mod foreign;
mod heap;
mod host;
mod isolate;
mod kept;
mod list;
mod live;
mod map;
mod migrate;
pub mod ops;
mod portable;
mod schedule;
mod semantics;
mod shared;
mod string;
mod symbols;
mod tasks;
mod value;
pub mod web;

pub use classes::{ClassId, ClassInfo, ClassKind, Classes, Shape, ShapeId};
pub use closures::{MAX_CLOSURES, NativeClosure};
pub use compile::{Compiler, LoadRequest, Refusal};
pub use control::{CallRequest, Control, ErrorKind, GuestError, NativeResult, Stop, Thrown, TraceFrame, Trap};
pub use foreign::{Access, Fiber, FiberState, Foreign, Tracer};
pub use heap::{Heap, HeapStats};
pub use host::{Capabilities, Capability, Host, HostError, NullHost};
pub use isolate::{
    FuncId, FuncInfo, FuncKind, Inline, Interrupt, Limits, NativeDef, NativeEntry, NativeFn, NativeId, Runtime,
    count_natives, join_natives, out_of_memory,
};
pub use kept::{KeptError, KeptErrors};
pub use list::List;
pub use live::{PartKey, Print, ReloadError, ReloadPlan, ReloadReport, is_reload_hook, match_parts};
pub use map::{Key, Map};
pub use migrate::{Held, MigrationLog, NewField, PlannedMigration, Reshaping};
pub use ops::{BinOp, TypeTag, UnOp};
pub use portable::{Origin, Portable, PortableObject, transfer_error};
pub use schedule::{Identity, Parked, Pick, Schedule};
pub use semantics::Semantics;
pub use shared::{AnyState, Lock, LockGuard, MaybeSend, MaybeSync, Shared};
pub use string::{find, find_char_boundary, hash_bytes, push_decimal, split};
pub use symbols::{Symbol, Symbols};
pub use tasks::{Completion, Mailbox, QUANTUM, Task, TaskRequest, Uncaught, deadlock};
pub use value::{Tag, Value};
