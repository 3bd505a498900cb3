//! The native library of Recorz, by topic.
//!
//! Invariants: natives check the kinds of their arguments and signal exceptions of the library through
//! [`signal`]; they never call guest code, but hand over to methods of the library, which do ([`library`]); they account
//! for work and memory that the program chose.

use alloc::{borrow::Cow, string::String, vec::Vec};

use motet_runtime::{Control, NativeDef, NativeResult, Runtime, Tag, Value, count_natives, join_natives};

use crate::{
    classes::Builtin,
    text::{Bytes, Text},
    world::{self, ClassNo, RECORZ, World},
};

/// Native methods by class: selector and function.
macro_rules! natives {
    ($($class:literal { $($selector:literal => $run:expr;)* })*) => {
        /// The natives of this topic.
        pub(crate) const TABLE: &[motet_runtime::NativeDef] = &[$($(
            motet_runtime::NativeDef {
                name: concat!("recorz.", $class, ">>", $selector),
                run: $run,
                inline: None,
            },
        )*)*];
    };
}

pub(crate) mod arrays;
mod chars;
mod classes;
mod control;
mod lists;
mod literals;
mod live;
mod numbers;
mod objects;
mod output;
mod streams;
mod strings;
mod system;
mod tables;

pub use control::{failure, not_understood, uncaught_text};
pub(crate) use live::missing;
pub(crate) use objects::make_name;
pub use objects::{equal, identical, rehash};
pub use output::display_text;
pub(crate) use output::{overridden, uses_native};

const TOPICS: &[&[NativeDef]] = &[
    world::TABLE,
    arrays::TABLE,
    chars::TABLE,
    classes::TABLE,
    control::TABLE,
    lists::TABLE,
    literals::TABLE,
    live::HELPERS,
    live::TABLE,
    numbers::TABLE,
    objects::TABLE,
    output::TABLE,
    streams::TABLE,
    strings::TABLE,
    system::TABLE,
    system::HELPERS,
    tables::TABLE,
];

static JOINED: [NativeDef; count_natives(TOPICS)] = join_natives(TOPICS);

/// All natives of Recorz.
pub static ALL: &[NativeDef] = &JOINED;

/// Argument `i`, the receiver being number 0; nil if there are fewer.
#[inline(always)]
pub(crate) fn arg(args: &[Value], i: usize) -> Value {
    args.get(i).copied().unwrap_or(Value::NIL)
}

/// The world of Recorz.
pub(crate) fn world(rt: &mut Runtime) -> &mut World {
    World::of(rt, &RECORZ)
}

/// The class of a value.
pub(crate) fn class_of(rt: &Runtime, v: Value) -> ClassNo {
    World::get(rt, &RECORZ).map_or(Builtin::Object.class(), |world| world.class_of(rt, v))
}

/// Whether a value's class is this one.
pub(crate) fn is(rt: &Runtime, v: Value, class: Builtin) -> bool {
    class_of(rt, v) == class.class()
}

/// Whether a value's class is this one or inherits from it.
pub(crate) fn is_kind(rt: &Runtime, v: Value, class: Builtin) -> bool {
    World::get(rt, &RECORZ).is_some_and(|world| world.inherits(world.class_of(rt, v), class.class()))
}

/// A new instance of a built-in class with these instance variables.
pub(crate) fn make(rt: &mut Runtime, class: Builtin, fields: &[Value]) -> Value {
    let shape = world(rt).class(class.class()).shape;
    rt.heap.record(shape, fields)
}

/// A class as an object.
pub(crate) fn class_object(rt: &mut Runtime, class: ClassNo) -> Value {
    world(rt).class(class).object
}

/// Instance variable number `at`; nil if there is none.
pub(crate) fn field(rt: &Runtime, v: Value, at: usize) -> Value {
    rt.heap.fields(v).and_then(|fields| fields.get(at)).copied().unwrap_or(Value::NIL)
}

/// Sets instance variable number `at`.
pub(crate) fn set_field(rt: &mut Runtime, v: Value, at: usize, value: Value) {
    if let Some(slot) = rt.heap.fields_mut(v).and_then(|fields| fields.get_mut(at)) {
        *slot = value;
    }
}

/// The characters of a String or Symbol, in UTF-8.
pub(crate) fn text(rt: &Runtime, v: Value) -> Option<Cow<'_, str>> {
    match v.tag() {
        Tag::Str => rt.heap.text(v).map(Cow::Borrowed),
        Tag::Foreign => rt.heap.foreign_as::<Text>(v).map(Text::as_utf8),
        _ => None,
    }
}

/// As [`text`], owned.
pub(crate) fn owned_text(rt: &Runtime, v: Value) -> Option<String> {
    text(rt, v).map(Cow::into_owned)
}

/// A new String; its length counts as work.
pub(crate) fn string(rt: &mut Runtime, text: impl Into<Text>) -> NativeResult {
    let text = text.into();
    rt.reserve(text.len())?;
    Ok(rt.heap.foreign(alloc::boxed::Box::new(text)))
}

/// A new ByteArray.
pub(crate) fn bytes(rt: &mut Runtime, bytes: Vec<u8>) -> NativeResult {
    rt.reserve(bytes.len())?;
    Ok(rt.heap.foreign(alloc::boxed::Box::new(Bytes(bytes))))
}

/// A new Array.
pub(crate) fn array(rt: &mut Runtime, items: Vec<Value>) -> NativeResult {
    rt.reserve(items.len() * size_of::<Value>())?;
    let list = rt.heap.list(items);
    rt.heap.fix_length(list);
    Ok(list)
}

/// The one Character of a code point.
pub(crate) fn character(rt: &mut Runtime, c: char) -> Value {
    let (world, heap) = World::split(rt, &RECORZ);
    world.character(heap, Builtin::Character.class(), c as u32)
}

/// The code point of a Character.
pub(crate) fn char_of(rt: &Runtime, v: Value) -> Option<char> {
    if v.tag() != Tag::Record || !is(rt, v, Builtin::Character) {
        return None;
    }
    char::from_u32(u32::try_from(field(rt, v, 0).as_int()?).ok()?)
}

/// A count that a program gave: an integer from 0.
///
/// # Errors
/// It is none.
pub(crate) fn count(rt: &mut Runtime, v: Value) -> Result<usize, Control> {
    match v.as_int().map(usize::try_from) {
        Some(Ok(n)) => Ok(n),
        _ => Err(invalid(rt, "expected an integer that is not negative")),
    }
}

/// The position, from 0, that an index from 1 to `len` means.
///
/// # Errors
/// It is out of range or no integer.
#[inline]
pub(crate) fn position(rt: &mut Runtime, index: Value, len: usize) -> Result<usize, Control> {
    match index.as_int() {
        Some(n) if n >= 1 && n as u64 <= len as u64 => Ok(n as usize - 1),
        _ => Err(out_of_range(rt, index, len)),
    }
}

/// The exception for a bad index.
#[cold]
pub(crate) fn out_of_range(rt: &mut Runtime, index: Value, len: usize) -> Control {
    let Some(n) = index.as_int() else { return invalid(rt, "Index value must be an integer") };
    signal(rt, Builtin::IndexOutOfRange, &alloc::format!("Index value {n} out of range: only {len} elements"))
}

/// The exception for an argument of the wrong kind.
#[cold]
pub(crate) fn invalid(rt: &mut Runtime, message: &str) -> Control {
    signal(rt, Builtin::InvalidArgument, message)
}

/// Asks the engine to signal an exception of a class with this text; what a handler resumes with is the operation's
/// result. Programs without handlers have no need of the library's methods for that: there the exception is unhandled
/// at once.
#[cold]
pub(crate) fn signal(rt: &mut Runtime, class: Builtin, message: &str) -> Control {
    let selector = rt.symbols.intern("_signal:");
    let world = World::of(rt, &RECORZ);
    let (found, object) = (world.lookup(class.class().meta(), selector), world.class(class.class()).object);
    match found {
        Some(method) => match string(rt, message) {
            Ok(text) => Control::call(method, alloc::vec![object, text]),
            Err(control) => control,
        },
        None => Control::error(alloc::format!("{}: {message}", class.row().name)),
    }
}

/// Asks the engine to send a message.
pub fn send(rt: &mut Runtime, receiver: Value, selector: &str, args: &[Value]) -> Control {
    let symbol = rt.symbols.intern(selector);
    let class = class_of(rt, receiver);
    match world(rt).lookup(class, symbol) {
        Some(method) => {
            let mut all = Vec::with_capacity(args.len() + 1);
            all.push(receiver);
            all.extend_from_slice(args);
            Control::call(method, all)
        }
        None => missing(rt, receiver, selector, args).unwrap_or_else(|| not_understood(rt, receiver, selector, args)),
    }
}

/// Hands over to a method of the library: the native's own arguments, receiver first. What programs must mention for such
/// a method to be compiled in is in `library.rs`.
pub(crate) fn library(rt: &mut Runtime, selector: &str, args: &[Value]) -> Control {
    let symbol = rt.symbols.intern(selector);
    let class = class_of(rt, arg(args, 0));
    match world(rt).lookup(class, symbol) {
        Some(method) => Control::call(method, args.to_vec()),
        None => {
            let refused = "the argument is of the wrong kind, or nests too deeply";
            let rest = args.get(1..).unwrap_or_default();
            missing(rt, arg(args, 0), selector, rest).unwrap_or_else(|| signal(rt, Builtin::InvalidArgument, refused))
        }
    }
}
