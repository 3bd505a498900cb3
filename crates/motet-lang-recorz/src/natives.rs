//! The native library of Recorz, by topic.
//!
//! Invariants: natives check the kinds of their arguments and signal exceptions of the library through
//! [`signal`]; they never call guest code; they account for work and memory that the program chose.

use motet_runtime::{Control, NativeDef, Runtime, count_natives, join_natives};

use crate::classes::Builtin;
use crate::world::{self, RECORZ, World};

const TOPICS: &[&[NativeDef]] = &[world::TABLE];

static JOINED: [NativeDef; count_natives(TOPICS)] = join_natives(TOPICS);

/// All natives of Recorz.
pub static ALL: &[NativeDef] = &JOINED;

/// Asks the engine to signal an exception of a class with this text; what a handler resumes with is the operation's result.
#[cold]
pub(crate) fn signal(rt: &mut Runtime, class: Builtin, message: &str) -> Control {
    let selector = rt.symbols.intern("signal:");
    let world = World::of(rt, &RECORZ);
    let (found, object) = (world.lookup(class.class().meta(), selector), world.class(class.class()).object);
    match found {
        Some(method) => {
            let text = rt.heap.str(message);
            Control::call(method, alloc::vec![object, text])
        }
        None => Control::error(alloc::format!("{}: {message}", class.row().name)),
    }
}

/// The message that nobody understands.
#[cold]
pub fn not_understood(
    _rt: &mut Runtime,
    _receiver: motet_runtime::Value,
    selector: &str,
    _args: &[motet_runtime::Value],
) -> Control {
    Control::error(alloc::format!("MessageNotUnderstood: it does not understand #{selector}"))
}

/// A message.
pub fn send(
    rt: &mut Runtime,
    receiver: motet_runtime::Value,
    selector: &str,
    args: &[motet_runtime::Value],
) -> Control {
    not_understood(rt, receiver, selector, args)
}
/// text
pub fn display_text(_rt: &Runtime, v: motet_runtime::Value) -> alloc::string::String {
    alloc::format!("{v:?}")
}
/// text
pub fn uncaught_text(_rt: &Runtime, v: motet_runtime::Value) -> alloc::string::String {
    alloc::format!("{v:?}")
}
/// failure
pub fn failure(rt: &mut Runtime, error: &motet_runtime::GuestError) -> motet_runtime::Value {
    rt.heap.str(&error.message)
}
