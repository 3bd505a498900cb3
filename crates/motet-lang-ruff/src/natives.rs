//! The native library of Ruff, by topic.
//!
//! Invariants: natives check the number and kinds of their arguments with the
//! messages of the reference; they never call guest code; they account for
//! work and memory that the program chose; a container handed out of another
//! one, or put into a second one, is marked as shared. Natives that may update
//! their first argument in place take it through [`Heap::unshare`].
//!
//! [`Heap::unshare`]: motet_runtime::Heap::unshare

use alloc::{
    boxed::Box,
    format,
    string::{String, ToString},
    vec::Vec,
};

use motet_runtime::{
    Control, Foreign, Map, NativeDef, NativeResult, Runtime, Symbol, Value, count_natives, join_natives,
};

use crate::semantics::{
    dict, kind,
    objects::{Bytes, Channel, Promise},
};

/// Rows of natives: the function gets the short name for its messages; behind it may stand what engines do inline.
macro_rules! natives {
    ($($(#[$cfg:meta])* $name:literal => $run:expr $(, $inline:ident)?;)*) => {
        /// The natives of this topic.
        pub(crate) const TABLE: &[motet_runtime::NativeDef] = &[$(
            $(#[$cfg])*
            motet_runtime::NativeDef {
                name: concat!("ruff.", $name),
                run: |rt, args| $run(rt, args, $name),
                inline: natives!(@inline $($inline)?),
            },
        )*];
    };
    (@inline) => { None };
    (@inline $inline:ident) => { Some(motet_runtime::Inline::$inline) };
}

mod arg_parser;
mod arguments;
mod collections;
mod concurrency;
mod control;
mod convert;
mod crypto;
mod data;
mod dicts;
mod files;
mod internal;
mod lists;
mod lists_by_part;
mod network;
mod numbers;
#[cfg(feature = "std")]
mod patterns;
mod process;
mod random;
mod strings;
mod strings_case;
mod time;

pub(crate) use arguments::{arity_between, key_string};
pub(crate) use lists::LEN_MESSAGE;

const TOPICS: &[&[NativeDef]] = &[
    arg_parser::TABLE,
    arguments::TABLE,
    collections::TABLE,
    concurrency::TABLE,
    control::TABLE,
    convert::TABLE,
    crypto::TABLE,
    data::TABLE,
    dicts::TABLE,
    files::TABLE,
    internal::TABLE,
    lists::TABLE,
    lists_by_part::TABLE,
    network::TABLE,
    numbers::TABLE,
    #[cfg(feature = "std")]
    patterns::TABLE,
    process::TABLE,
    random::TABLE,
    strings::TABLE,
    strings_case::TABLE,
    time::TABLE,
];

static JOINED: [NativeDef; count_natives(TOPICS)] = join_natives(TOPICS);

/// All natives of Ruff.
pub static ALL: &[NativeDef] = &JOINED;

/// Native that implements `recv.name(…)` on an array, iterator or other object; it takes the receiver first.
pub(crate) fn object_method(rt: &Runtime, recv: Value, name: Symbol) -> Option<Value> {
    let name = rt.symbols.name(name);
    let native = if rt.heap.items(recv).is_some() {
        match name {
            "take" | "skip" | "zip" | "enumerate" | "flatten" | "chunk" => name,
            "collect" => "$identity",
            _ => return None,
        }
    } else if rt.heap.foreign_as::<Channel>(recv).is_some() {
        match name {
            "send" => "$channel_send",
            "receive" => "$channel_receive",
            _ => return None,
        }
    } else {
        return None;
    };
    native_value(rt, native)
}

/// Native that implements a method of a builtin struct, such as `ArgParser`.
pub(crate) fn record_method(rt: &Runtime, recv: Value, name: Symbol) -> Option<Value> {
    let class = &*rt.classes.class(rt.class_of(recv)?).name;
    let native = match (class, rt.symbols.name(name)) {
        ("ArgParser", "add_argument") => "$parser_add",
        ("ArgParser", "parse") => "$parser_parse",
        ("ArgParser", "help") => "$parser_help",
        _ => return None,
    };
    native_value(rt, native)
}

fn native_value(rt: &Runtime, name: &str) -> Option<Value> {
    rt.find_native(&format!("ruff.{name}")).map(Value::native)
}

/// A new promise.
pub(crate) fn promise(rt: &mut Runtime, promise: Promise) -> Value {
    rt.heap.foreign(Box::new(promise))
}

/// A new foreign object.
pub(crate) fn object(rt: &mut Runtime, object: impl Foreign) -> NativeResult {
    Ok(rt.heap.foreign(Box::new(object)))
}

/// A new bytes object.
pub(crate) fn bytes(rt: &mut Runtime, bytes: Vec<u8>) -> NativeResult {
    rt.reserve(bytes.len())?;
    object(rt, Bytes(bytes))
}

/// A new string; its length counts as work.
pub(crate) fn string(rt: &mut Runtime, text: String) -> NativeResult {
    rt.charge(text.len() / 64)?;
    Ok(rt.heap.string(text))
}

/// A new array of strings.
pub(crate) fn strings<'a>(rt: &mut Runtime, texts: impl Iterator<Item = &'a str>) -> NativeResult {
    let mut items = Vec::new();
    for text in texts {
        rt.charge(1)?;
        if rt.heap.is_over_limit() {
            return Err(motet_runtime::out_of_memory());
        }
        items.push(rt.heap.str(text));
    }
    Ok(rt.heap.list(items))
}

/// A new array of values that something else holds too.
pub(crate) fn shared_list(rt: &mut Runtime, items: Vec<Value>) -> NativeResult {
    rt.reserve(items.len() * size_of::<Value>())?;
    rt.charge(items.len())?;
    for &item in &items {
        rt.heap.share(item);
    }
    Ok(rt.heap.list(items))
}

/// The pair `[rest, part]`.
pub(crate) fn pair(rt: &mut Runtime, rest: Value, part: Value) -> NativeResult {
    Ok(rt.heap.list(Vec::from([rest, part])))
}

/// A new dictionary with text keys.
pub(crate) fn new_dict<'a>(rt: &mut Runtime, entries: impl IntoIterator<Item = (&'a str, Value)>) -> Value {
    let mut map = Map::default();
    for (k, v) in entries {
        let key = rt.heap.str(k);
        map.insert(rt.heap.key(key), v);
    }
    rt.heap.map(map)
}

/// An entry of a dictionary by its text, for options.
pub(crate) fn option(rt: &mut Runtime, options: Value, name: &str) -> Option<Value> {
    let key = rt.heap.str(name);
    dict::get(rt, options, key)
}

/// Error of a failed conversion or operation on a value's kind.
pub(crate) fn kind_name(rt: &Runtime, v: Value) -> &'static str {
    kind::operand_name(rt, v)
}

/// A run-time error.
pub(crate) fn fail<T>(message: impl ToString) -> Result<T, Control> {
    Err(Control::error(message.to_string()))
}

#[cfg(test)]
mod tests;
