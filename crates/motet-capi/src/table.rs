//! Handles: which object a number means.
//!
//! Invariants:
//! - A number says what kind of object it is for in its upper 8 bits; the lower 56 count up and are never used again.
//! - Configs and isolates live in the table of the thread that made them, engines and programs in that of the process,
//!   `OWNERS`, which also knows the thread of each other object, so that a number from another thread is told from a stale one.
//! - No table is borrowed while an object is dropped: destructors may call the API.

use std::{
    cell::RefCell,
    collections::HashMap,
    rc::Rc,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    thread::{self, ThreadId},
};

use crate::{
    config::Blueprint,
    failure::{Failure, fail},
    isolate::{Cell, Far},
    program::Compiled,
    types::motet_status,
};

/// What a handle is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Kind {
    Engine = 0x11,
    Config = 0x22,
    Type = 0x33,
    Isolate = 0x44,
    Program = 0x55,
    Module = 0x66,
    Ref = 0x77,
}

impl Kind {
    const ALL: [Kind; 7] =
        [Kind::Engine, Kind::Config, Kind::Type, Kind::Isolate, Kind::Program, Kind::Module, Kind::Ref];

    fn name(self) -> &'static str {
        match self {
            Kind::Engine => "an engine",
            Kind::Config => "a config",
            Kind::Type => "a type",
            Kind::Isolate => "an isolate",
            Kind::Program => "a program",
            Kind::Module => "a module",
            Kind::Ref => "a reference",
        }
    }
}

const SERIAL_BITS: u32 = 56;

/// A number that was never used before.
pub(crate) fn new_id(kind: Kind) -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    // At a thousand million a second the counter lasts for two years; only uniqueness matters.
    let serial = NEXT.fetch_add(1, Ordering::Relaxed);
    u64::from(kind as u8) << SERIAL_BITS | serial & ((1 << SERIAL_BITS) - 1)
}

/// Fails unless the number is one for this kind of object.
pub(crate) fn check(id: u64, kind: Kind) -> Result<(), Failure> {
    if id == 0 {
        return fail(motet_status::Null, format!("the handle for {} is null", kind.name()));
    }
    let found = Kind::ALL.into_iter().find(|k| u64::from(*k as u8) == id >> SERIAL_BITS);
    match found {
        Some(found) if found == kind => Ok(()),
        Some(found) => fail(
            motet_status::WrongType,
            format!("expected the handle of {}, got that of {}", kind.name(), found.name()),
        ),
        None => fail(motet_status::Stale, format!("this is no handle of {}", kind.name())),
    }
}

/// The failure for a number without an object.
pub(crate) fn stale<T>(kind: Kind) -> Result<T, Failure> {
    fail(motet_status::Stale, format!("the handle of {} is not valid any more, or not here", kind.name()))
}

/// What is known about an object in all threads.
enum Owner {
    /// Engines have no state: the number is all there is.
    Engine,
    Program(Arc<Compiled>),
    /// An object in the table of this thread, and what others can reach of it.
    Thread(ThreadId, Option<Arc<Far>>),
}

static OWNERS: Mutex<Option<HashMap<u64, Owner>>> = Mutex::new(None);

fn owners() -> MutexGuard<'static, Option<HashMap<u64, Owner>>> {
    // Whoever panicked with the lock held did not get to leave the map half changed.
    OWNERS.lock().unwrap_or_else(PoisonError::into_inner)
}

fn add_owner(id: u64, owner: Owner) {
    owners().get_or_insert_default().insert(id, owner);
}

fn remove_owner(id: u64) -> Option<Owner> {
    owners().as_mut()?.remove(&id)
}

/// Makes an engine known. Engines have no state, so the number is all there is.
pub(crate) fn add_engine() -> u64 {
    let id = new_id(Kind::Engine);
    add_owner(id, Owner::Engine);
    id
}

/// Fails unless it is a living engine.
pub(crate) fn engine(id: u64) -> Result<motet::Engine, Failure> {
    check(id, Kind::Engine)?;
    if owners().as_ref().is_some_and(|map| map.contains_key(&id)) {
        Ok(motet::Engine::new())
    } else {
        stale(Kind::Engine)
    }
}

/// Forgets an engine.
pub(crate) fn remove_engine(id: u64) -> Result<(), Failure> {
    check(id, Kind::Engine)?;
    if remove_owner(id).is_some() { Ok(()) } else { stale(Kind::Engine) }
}

/// An object of one thread.
#[derive(Clone)]
pub(crate) enum Object {
    Config(Rc<Blueprint>),
    Isolate(Rc<Cell>),
}

/// The objects of this thread. Their owners' entries go with them.
struct Table(RefCell<HashMap<u64, Object>>);

impl Drop for Table {
    fn drop(&mut self) {
        for id in self.0.get_mut().keys() {
            remove_owner(*id);
        }
    }
}

thread_local! {
    static TABLE: Table = Table(RefCell::default());
}

/// Adds an object under a number that was made for it.
pub(crate) fn add(id: u64, object: Object) -> Result<(), Failure> {
    let far = match &object {
        Object::Isolate(cell) => Some(cell.far.clone()),
        Object::Config(_) => None,
    };
    let added = TABLE.try_with(|table| table.0.borrow_mut().insert(id, object)).is_ok();
    if !added {
        return fail(motet_status::WrongThread, "the thread is ending");
    }
    add_owner(id, Owner::Thread(thread::current().id(), far));
    Ok(())
}

fn find(id: u64, kind: Kind) -> Result<Object, Failure> {
    check(id, kind)?;
    if let Ok(Some(object)) = TABLE.try_with(|table| table.0.borrow().get(&id).cloned()) {
        return Ok(object);
    }
    absent(id, kind)
}

fn absent<T>(id: u64, kind: Kind) -> Result<T, Failure> {
    let foreign = owners()
        .as_ref()
        .and_then(|map| map.get(&id))
        .is_some_and(|o| matches!(o, Owner::Thread(t, _) if *t != thread::current().id()));
    if foreign {
        return fail(motet_status::WrongThread, format!("the handle of {} belongs to another thread", kind.name()));
    }
    stale(kind)
}

/// What other threads can reach of an isolate.
pub(crate) fn far(id: u64) -> Result<Arc<Far>, Failure> {
    check(id, Kind::Isolate)?;
    match owners().as_ref().and_then(|map| map.get(&id)) {
        Some(Owner::Thread(_, Some(far))) => Ok(far.clone()),
        _ => stale(Kind::Isolate),
    }
}

/// Takes an object out of the table. The caller drops it.
pub(crate) fn remove(id: u64, kind: Kind) -> Result<Object, Failure> {
    check(id, kind)?;
    match TABLE.try_with(|table| table.0.borrow_mut().remove(&id)) {
        Ok(Some(object)) => {
            remove_owner(id);
            Ok(object)
        }
        _ => absent(id, kind),
    }
}

/// The config with this number.
pub(crate) fn config(id: u64) -> Result<Rc<Blueprint>, Failure> {
    match find(id, Kind::Config)? {
        Object::Config(found) => Ok(found),
        Object::Isolate(_) => stale(Kind::Config),
    }
}

/// The isolate with this number.
pub(crate) fn isolate(id: u64) -> Result<Rc<Cell>, Failure> {
    match find(id, Kind::Isolate)? {
        Object::Isolate(found) => Ok(found),
        Object::Config(_) => stale(Kind::Isolate),
    }
}

/// Makes a program known.
pub(crate) fn add_program(program: Compiled) -> u64 {
    let id = new_id(Kind::Program);
    add_owner(id, Owner::Program(Arc::new(program)));
    id
}

/// The program with this number.
pub(crate) fn program(id: u64) -> Result<Arc<Compiled>, Failure> {
    check(id, Kind::Program)?;
    match owners().as_ref().and_then(|map| map.get(&id)) {
        Some(Owner::Program(found)) => Ok(found.clone()),
        _ => stale(Kind::Program),
    }
}

/// Forgets a program.
pub(crate) fn remove_program(id: u64) -> Result<(), Failure> {
    check(id, Kind::Program)?;
    // Dropped when the lock is open again.
    let removed = remove_owner(id);
    if removed.is_some() { Ok(()) } else { stale(Kind::Program) }
}
