//! The native library of PohLang, by topic.
//!
//! Invariants: natives check the kinds of their arguments with the messages of
//! the reference; they never call guest code; they account for work and memory
//! that the program chose; a container handed out of another one, or put into a
//! second one, is marked as shared. Natives that may update a collection in
//! place take it first, and through [`Heap::unshare`].
//!
//! [`Heap::unshare`]: motet_runtime::Heap::unshare

use alloc::{
    string::{String, ToString},
    vec::Vec,
};

use motet_runtime::{Control, Map, NativeDef, NativeResult, Runtime, Value, count_natives, join_natives};

/// Rows of natives: name, function, and what engines may do inline.
macro_rules! natives {
    ($($(#[$cfg:meta])* $name:literal => $run:expr $(, $inline:ident)?;)*) => {
        /// The natives of this topic.
        pub(crate) const TABLE: &[motet_runtime::NativeDef] = &[$(
            $(#[$cfg])*
            motet_runtime::NativeDef {
                name: concat!("pohlang.", $name),
                run: $run,
                inline: natives!(@inline $($inline)?),
            },
        )*];
    };
    (@inline) => { None };
    (@inline $inline:ident) => { Some(motet_runtime::Inline::$inline) };
}

pub mod builtin;
mod collections;
pub(crate) mod control;
mod errors;
mod files;
mod functions;
mod json;
mod numbers;
mod print;
mod templates;
mod texts;
mod web;

const TOPICS: &[&[NativeDef]] = &[
    builtin::TABLE,
    collections::TABLE,
    control::TABLE,
    errors::TABLE,
    files::TABLE,
    functions::TABLE,
    json::TABLE,
    numbers::TABLE,
    print::TABLE,
    templates::TABLE,
    texts::TABLE,
    web::TABLE,
];

static JOINED: [NativeDef; count_natives(TOPICS)] = join_natives(TOPICS);

/// All natives of PohLang.
pub static ALL: &[NativeDef] = &JOINED;

/// A run-time error.
pub(crate) fn fail<T>(message: impl ToString) -> Result<T, Control> {
    Err(Control::error(message.to_string()))
}

/// Argument `i`; nothing if there are fewer.
pub(crate) fn arg(args: &[Value], i: usize) -> Value {
    args.get(i).copied().unwrap_or(Value::NIL)
}

/// A new text; its length counts as work.
pub(crate) fn string(rt: &mut Runtime, text: String) -> NativeResult {
    rt.reserve(text.len())?;
    Ok(rt.heap.string(text))
}

/// A new list of texts.
pub(crate) fn strings<'a>(rt: &mut Runtime, texts: impl Iterator<Item = &'a str>) -> NativeResult {
    let mut items = Vec::new();
    for text in texts {
        rt.charge(1)?;
        rt.room(items.len() * size_of::<Value>())?;
        items.push(rt.heap.str(text));
    }
    Ok(rt.heap.list(items))
}

/// A list or dictionary that may be updated in place: itself, or a copy, which counts as work.
pub(crate) fn own(rt: &mut Runtime, v: Value) -> NativeResult {
    if rt.heap.is_shared(v) {
        let n = rt.heap.items(v).map_or_else(|| rt.heap.entries(v).map_or(0, Map::len) * 3, Vec::len);
        rt.reserve(n * size_of::<Value>())?;
        rt.charge(n / 8)?;
    }
    Ok(rt.heap.unshare(v))
}

#[cfg(test)]
mod tests;
