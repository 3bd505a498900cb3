//! Native functions that are Rust closures.
//!
//! Engines call native functions through plain `fn` pointers, which know nothing but their arguments. Each closure of an
//! isolate therefore gets a slot, and each slot has an entry function of its own: engines need not know that there are
//! closures, and functions that are none pay nothing.
//!
//! Invariant: while a closure runs, its slot is empty; so it is never entered twice at a time.

use alloc::{borrow::Cow, boxed::Box};

use crate::{Control, NativeEntry, NativeFn, NativeId, NativeResult, Runtime, Value};

/// A native function with state of its own.
#[cfg(target_has_atomic = "ptr")]
pub type NativeClosure = Box<dyn FnMut(&mut Runtime, &[Value]) -> NativeResult + Send>;
/// A native function with state of its own.
#[cfg(not(target_has_atomic = "ptr"))]
pub type NativeClosure = Box<dyn FnMut(&mut Runtime, &[Value]) -> NativeResult>;

/// Most closures of one isolate.
pub const MAX_CLOSURES: usize = 1024;

fn enter<const SLOT: usize>(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    run(rt, SLOT, args)
}

fn run(rt: &mut Runtime, slot: usize, args: &[Value]) -> NativeResult {
    let Some(mut code) = rt.closures.get_mut(slot).and_then(Option::take) else {
        return Err(Control::error("the host function cannot be called any more"));
    };
    let result = code(rt, args);
    if let Some(place) = rt.closures.get_mut(slot) {
        *place = Some(code);
    }
    result
}

macro_rules! row {
    ($row:literal) => {
        [
            enter::<{ $row * 16 }>,
            enter::<{ $row * 16 + 1 }>,
            enter::<{ $row * 16 + 2 }>,
            enter::<{ $row * 16 + 3 }>,
            enter::<{ $row * 16 + 4 }>,
            enter::<{ $row * 16 + 5 }>,
            enter::<{ $row * 16 + 6 }>,
            enter::<{ $row * 16 + 7 }>,
            enter::<{ $row * 16 + 8 }>,
            enter::<{ $row * 16 + 9 }>,
            enter::<{ $row * 16 + 10 }>,
            enter::<{ $row * 16 + 11 }>,
            enter::<{ $row * 16 + 12 }>,
            enter::<{ $row * 16 + 13 }>,
            enter::<{ $row * 16 + 14 }>,
            enter::<{ $row * 16 + 15 }>,
        ]
    };
}

macro_rules! rows {
    ($($row:literal)*) => { [$(row!($row)),*] };
}

/// Entry functions by slot.
static ENTRIES: [[NativeFn; 16]; MAX_CLOSURES / 16] = rows!(
    0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32 33 34 35 36 37 38 39 40 41
    42 43 44 45 46 47 48 49 50 51 52 53 54 55 56 57 58 59 60 61 62 63
);

impl Runtime {
    /// Adds a closure as a native function. Modules find it by `name` if it is `linked`; otherwise it is reachable
    /// only as a value. `None` when the isolate has [`MAX_CLOSURES`] already.
    pub fn add_closure(
        &mut self,
        name: impl Into<Cow<'static, str>>,
        linked: bool,
        code: NativeClosure,
    ) -> Option<NativeId> {
        let slot = self.closures.len();
        let run = *ENTRIES.get(slot / 16)?.get(slot % 16)?;
        self.closures.push(Some(code));
        let native = NativeEntry { name: name.into(), run, inline: None };
        if linked {
            return Some(self.add_native(native));
        }
        self.natives.push(native);
        Some(NativeId(self.natives.len() as u32 - 1))
    }
}
