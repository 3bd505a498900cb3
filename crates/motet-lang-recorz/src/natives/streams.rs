//! Streams over Strings and Arrays.
//!
//! Invariants: `_items` is what a ReadStream reads, or the buffer of a stream that is written: a String, or a list that
//! may grow. `_position` (nil: 0) elements are before the next one.

use alloc::{string::String, vec::Vec};

use motet_runtime::{Control, NativeResult, Runtime, Tag, Value};

use super::{
    arg, array, arrays, char_of, class_of, count, field, invalid, is, is_kind, library, lists, objects, output,
    owned_text, set_field, string, text, uses_native,
};
use crate::{
    classes::Builtin,
    text::{Bytes, Text},
    world::{RECORZ, World},
};

/// The same natives for the classes that are read, and for those that are written; then others.
macro_rules! streams {
    (read {$($read:tt)*} write {$($write:tt)*} $($rest:tt)*) => {
        natives! {
            "ReadStream" { $($read)* }
            "WriteStream" { $($write)* }
            "ReadWriteStream" { $($read)* $($write)* }
            $($rest)*
        }
    };
}

streams! {
    read {
        "next" => |rt, args| match peek(rt, args)? {
            Some(item) => {
                skip(rt, args, 1);
                Ok(item)
            }
            None => Ok(Value::NIL),
        };
        "peek" => |rt, args| Ok(peek(rt, args)?.unwrap_or(Value::NIL));
        "atEnd" => |rt, args| Ok(Value::bool(position(rt, arg(args, 0)) >= size(rt, arg(args, 0))));
        "skip:" => |rt, args| match arg(args, 1).as_int() {
            Some(n) => {
                skip(rt, args, n);
                Ok(arg(args, 0))
            }
            None => Err(invalid(rt, "expected an integer")),
        };
        "next:" => |rt, args| {
            let wanted = count(rt, arg(args, 1))?;
            let (from, all) = (position(rt, arg(args, 0)), size(rt, arg(args, 0)));
            let to = from.saturating_add(wanted).min(all);
            take(rt, args, from, to, to)
        };
        "upToEnd" => |rt, args| {
            let all = size(rt, arg(args, 0));
            take(rt, args, position(rt, arg(args, 0)).min(all), all, all)
        };
        "upTo:" => up_to;
    }
    write {
        "nextPut:" => |rt, args| {
            put(rt, arg(args, 0), arg(args, 1))?;
            Ok(arg(args, 1))
        };
        "nextPutAll:" => |rt, args| match put_all(rt, arg(args, 0), arg(args, 1))? {
            true => Ok(arg(args, 0)),
            false => Err(library(rt, "_nextPutAll:", args)),
        };
        "print:" => |rt, args| {
            let text = if own(rt, arg(args, 1), "printString") { output::print_text(rt, arg(args, 1))? } else { None };
            match text {
                Some(text) => put_text(rt, args, &text),
                None => Err(library(rt, "_print:", args)),
            }
        };
        "display:" => display;
        "<<" => display;
        "nl" => |rt, args| put_text(rt, args, "\n");
        "cr" => |rt, args| put_text(rt, args, "\n");
        "newLine" => |rt, args| put_text(rt, args, "\n");
        "tab" => |rt, args| put_text(rt, args, "\t");
        "space" => |rt, args| put_text(rt, args, " ");
        "space:" => |rt, args| repeat(rt, args, " ");
        "tab:" => |rt, args| repeat(rt, args, "\t");
        "nl:" => |rt, args| repeat(rt, args, "\n");
    }
    "Stream" {
        "position" => |rt, args| Ok(Value::int(position(rt, arg(args, 0)) as i64));
        "position:" => |rt, args| match arg(args, 1).as_int() {
            Some(n) if n >= 0 && n as u64 <= size(rt, arg(args, 0)) as u64 => {
                set_field(rt, arg(args, 0), 1, Value::int(n));
                Ok(arg(args, 0))
            }
            _ => {
                let all = size(rt, arg(args, 0));
                Err(super::out_of_range(rt, arg(args, 1), all))
            }
        };
        "reset" => |rt, args| {
            set_field(rt, arg(args, 0), 1, Value::int(0));
            Ok(arg(args, 0))
        };
        "setToEnd" => |rt, args| {
            let all = size(rt, arg(args, 0));
            set_field(rt, arg(args, 0), 1, Value::int(all as i64));
            Ok(arg(args, 0))
        };
        "size" => |rt, args| {
            let end = written(rt, arg(args, 0));
            Ok(Value::int(end as i64))
        };
        "isEmpty" => |rt, args| Ok(Value::bool(written(rt, arg(args, 0)) == 0));
        "contents" => |rt, args| {
            let v = arg(args, 0);
            let (items, end) = (field(rt, v, 0), written(rt, v));
            piece(rt, v, items, 0, end)
        };
    }
    "ReadStream class" {
        "on:" => |rt, args| match source(rt, arg(args, 1))? {
            Some((items, species)) => new(rt, args, items, 0, species),
            None => Err(library(rt, "_onElements:", args)),
        };
    }
    "WriteStream class" {
        "on:" => |rt, args| {
            let empty = buffer(rt, arg(args, 1), false)?;
            new(rt, args, empty, 0, arg(args, 1))
        };
        "with:" => |rt, args| {
            let full = buffer(rt, arg(args, 1), true)?;
            let end = arrays::size(rt, full);
            new(rt, args, full, end, arg(args, 1))
        };
    }
    "ReadWriteStream class" {
        "on:" => |rt, args| {
            let full = buffer(rt, arg(args, 1), true)?;
            new(rt, args, full, 0, arg(args, 1))
        };
        "with:" => |rt, args| {
            let full = buffer(rt, arg(args, 1), true)?;
            let end = arrays::size(rt, full);
            new(rt, args, full, end, arg(args, 1))
        };
    }
}

fn own(rt: &mut Runtime, v: Value, selector: &str) -> bool {
    let class = class_of(rt, v);
    uses_native(rt, class, selector)
}

fn position(rt: &Runtime, v: Value) -> usize {
    field(rt, v, 1).as_int().map_or(0, |n| n as usize)
}

fn size(rt: &Runtime, v: Value) -> usize {
    arrays::size(rt, field(rt, v, 0))
}

/// Where the contents end: streams that are only written end where the next element goes.
fn written(rt: &Runtime, v: Value) -> usize {
    if is_kind(rt, v, Builtin::WriteStream) { position(rt, v) } else { size(rt, v) }
}

fn new(rt: &mut Runtime, args: &[Value], items: Value, at: usize, species: Value) -> NativeResult {
    let Some(class) = objects::class_arg(rt, arg(args, 0)) else { return Err(invalid(rt, "expected a class")) };
    let stream = World::with(rt, &RECORZ, |world, rt| world.instance(rt, class));
    let species = if is_kind(rt, species, Builtin::OrderedCollection) { Value::TRUE } else { Value::NIL };
    for (place, value) in [items, Value::int(at as i64), species].into_iter().enumerate() {
        set_field(rt, stream, place, value);
    }
    Ok(stream)
}

/// What a stream reads from a collection, and the collection if its parts are to be of its kind; nothing of a collection
/// that natives do not know from inside.
fn source(rt: &mut Runtime, v: Value) -> Result<Option<(Value, Value)>, Control> {
    if is_kind(rt, v, Builtin::OrderedCollection) {
        let items = lists::live(rt, v).to_vec();
        return Ok(Some((array(rt, items)?, v)));
    }
    match v.tag() {
        Tag::List | Tag::Str | Tag::Foreign => Ok(Some((v, Value::NIL))),
        _ => Ok(None),
    }
}

/// A buffer for what is written, of the kind of a collection, with its elements if it is to be `full`.
fn buffer(rt: &mut Runtime, v: Value, full: bool) -> NativeResult {
    if let Some(text) = text(rt, v) {
        let content = if full { Text::from(&*text) } else { Text::default() };
        return string(rt, content);
    }
    let items = if !full {
        Vec::new()
    } else if is_kind(rt, v, Builtin::OrderedCollection) {
        lists::live(rt, v).to_vec()
    } else {
        arrays::elements(rt, v)?
    };
    Ok(rt.heap.list(items))
}

fn peek(rt: &mut Runtime, args: &[Value]) -> Result<Option<Value>, Control> {
    let v = arg(args, 0);
    let (items, at) = (field(rt, v, 0), position(rt, v));
    if at >= arrays::size(rt, items) {
        return Ok(None);
    }
    Ok(Some(arrays::element(rt, items, at)))
}

fn skip(rt: &mut Runtime, args: &[Value], by: i64) {
    let v = arg(args, 0);
    let at = (position(rt, v) as i64).saturating_add(by).clamp(0, size(rt, v) as i64);
    set_field(rt, v, 1, Value::int(at));
}

/// Elements of a stream as its contents are.
fn piece(rt: &mut Runtime, v: Value, items: Value, from: usize, to: usize) -> NativeResult {
    if field(rt, v, 2).as_bool() == Some(true)
        && let Some(part) = rt.heap.items(items).map(|items| items[from..to].to_vec())
    {
        return lists::ordered(rt, part);
    }
    if items.is_nil() {
        return array(rt, Vec::new());
    }
    arrays::slice(rt, items, from, to)
}

/// The elements between two positions; goes on behind `next`.
fn take(rt: &mut Runtime, args: &[Value], from: usize, to: usize, next: usize) -> NativeResult {
    let v = arg(args, 0);
    let items = field(rt, v, 0);
    let taken = piece(rt, v, items, from.min(to), to)?;
    set_field(rt, v, 1, Value::int(next as i64));
    Ok(taken)
}

fn up_to(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let (v, end) = (arg(args, 0), arg(args, 1));
    let (items, from) = (field(rt, v, 0), position(rt, v));
    let all = arrays::size(rt, items);
    let found = match rt.heap.foreign_as::<Text>(items) {
        Some(text) => char_of(rt, end).and_then(|c| text.find(c, from)),
        None => {
            let mut found = None;
            for at in from..all {
                rt.charge(1)?;
                let each = arrays::element(rt, items, at);
                match objects::equal(rt, each, end) {
                    Some(true) => {
                        found = Some(at);
                        break;
                    }
                    Some(false) => {}
                    None => return Err(library(rt, "_upTo:", args)),
                }
            }
            found
        }
    };
    match found {
        Some(at) => take(rt, args, from, at, at + 1),
        None => take(rt, args, from.min(all), all, all),
    }
}

/// Writes an element.
fn put(rt: &mut Runtime, v: Value, item: Value) -> Result<(), Control> {
    let (mut items, at) = (field(rt, v, 0), position(rt, v));
    if items.is_nil() {
        items = string(rt, "")?;
        set_field(rt, v, 0, items);
    }
    if items.tag() == Tag::List {
        rt.room(at * size_of::<Value>())?;
        if let Some(slot) = rt.heap.items_mut(items).and_then(|items| items.get_mut(at)) {
            *slot = item;
        } else {
            rt.heap.push(items, item);
        }
    } else if rt.heap.foreign_as::<Bytes>(items).is_some() {
        return Err(invalid(rt, "a ByteArray does not grow"));
    } else {
        let c = arrays::expect_char(rt, item)?;
        rt.room(at)?;
        rt.heap.update_foreign(items, |text: &mut Text| {
            if !text.set(at, c) {
                text.push(c)
            }
        });
    }
    set_field(rt, v, 1, Value::int(at as i64 + 1));
    Ok(())
}

/// Writes text into a buffer of characters; whether it is one.
fn put_str(rt: &mut Runtime, v: Value, text: &str) -> Result<bool, Control> {
    let (mut items, at) = (field(rt, v, 0), position(rt, v));
    if items.is_nil() {
        items = string(rt, "")?;
        set_field(rt, v, 0, items);
    }
    rt.room(at.saturating_add(text.len()))?;
    rt.charge(text.len() / 64)?;
    let end = rt.heap.update_foreign(items, |buffer: &mut Text| {
        if at >= buffer.len() {
            buffer.push_str(text);
            return buffer.len();
        }
        let mut at = at;
        for c in text.chars() {
            if !buffer.set(at, c) {
                buffer.push(c);
            }
            at += 1;
        }
        at
    });
    let Some(end) = end else { return Ok(false) };
    set_field(rt, v, 1, Value::int(end as i64));
    Ok(true)
}

fn put_all(rt: &mut Runtime, v: Value, all: Value) -> Result<bool, Control> {
    if let Some(text) = owned_text(rt, all)
        && put_str(rt, v, &text)?
    {
        return Ok(true);
    }
    if !matches!(all.tag(), Tag::List | Tag::Str | Tag::Foreign) {
        return Ok(false);
    }
    if all.tag() == Tag::Foreign && text(rt, all).is_none() && rt.heap.foreign_as::<Bytes>(all).is_none() {
        return Ok(false);
    }
    for item in arrays::elements(rt, all)? {
        put(rt, v, item)?;
    }
    Ok(true)
}

/// Writes text, character by character into a buffer of other elements; the stream.
fn put_text(rt: &mut Runtime, args: &[Value], text: &str) -> NativeResult {
    let v = arg(args, 0);
    if !put_str(rt, v, text)? {
        for c in text.chars() {
            let c = super::character(rt, c);
            put(rt, v, c)?;
        }
    }
    Ok(v)
}

fn repeat(rt: &mut Runtime, args: &[Value], text: &str) -> NativeResult {
    let times = count(rt, arg(args, 1))?;
    rt.reserve(times)?;
    let text: String = text.repeat(times);
    put_text(rt, args, &text)
}

fn display(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let v = arg(args, 1);
    let shown = match owned_text(rt, v) {
        // A Symbol's form for readers has its mark.
        Some(text) if v.tag() != Tag::Str => Some(text),
        _ if own(rt, v, "displayString") => output::displayed(rt, v)?,
        _ => None,
    };
    match shown {
        Some(text) => put_text(rt, args, &text),
        None => Err(library(rt, "_display:", args)),
    }
}

/// Writes text to a stream that writes by this library's natives; whether it does.
pub(super) fn append(rt: &mut Runtime, stream: Value, text: &str) -> Result<bool, Control> {
    if is(rt, stream, Builtin::Transcript) {
        if super::overridden(rt, "nextPutAll:") {
            return Ok(false);
        }
        rt.host.write_out(text.as_bytes());
        return Ok(true);
    }
    if !(is_kind(rt, stream, Builtin::WriteStream) || is_kind(rt, stream, Builtin::ReadWriteStream)) {
        return Ok(false);
    }
    if !own(rt, stream, "nextPutAll:") || !own(rt, stream, "nextPut:") {
        return Ok(false);
    }
    put_text(rt, &[stream], text)?;
    Ok(true)
}
