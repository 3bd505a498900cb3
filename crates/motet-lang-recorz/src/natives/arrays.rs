//! Sequences of fixed size: Array, String, Symbol, ByteArray.

use alloc::vec::Vec;

use motet_runtime::{Control, NativeResult, Runtime, Tag, Value};

use super::{
    arg, array, bytes, char_of, character, class_of, count, invalid, is_kind, library, lists, not_understood, objects,
    out_of_range, position, signal, string, text,
};
use crate::{
    classes::Builtin,
    text::{Bytes, Text},
    world::kind,
};

natives! {
    "ArrayedCollection" {
        "size" => |rt, args| Ok(Value::int(size(rt, arg(args, 0)) as i64));
        "isEmpty" => |rt, args| Ok(Value::bool(size(rt, arg(args, 0)) == 0));
        "notEmpty" => |rt, args| Ok(Value::bool(size(rt, arg(args, 0)) != 0));
        "at:" => at;
        "at:put:" => at_put;
        "copyFrom:to:" => copy_from_to;
        "," => joined;
        "indexOf:" => index_of;
        "identityIndexOf:" => |rt, args| {
            let found = rt.heap.items(arg(args, 0)).and_then(|items| {
                items.iter().position(|&item| objects::identical(rt, item, arg(args, 1)))
            });
            match arg(args, 0).tag() {
                Tag::List => Ok(Value::int(found.map_or(0, |at| at as i64 + 1))),
                _ => index_of(rt, args),
            }
        };
        "reverse" => reversed;
        "reversed" => reversed;
        "asArray" => |rt, args| {
            if arg(args, 0).tag() == Tag::List {
                return Ok(arg(args, 0));
            }
            let items = elements(rt, arg(args, 0))?;
            array(rt, items)
        };
        "_elements" => |rt, args| {
            let items = elements(rt, arg(args, 0))?;
            array(rt, items)
        };
        "replaceFrom:to:with:startingAt:" => replace;
        "_sorted" => sort_plain;
    }
    "Array" {
        "size" => |rt, args| Ok(Value::int(rt.heap.items(arg(args, 0)).map_or(0, |items| items.len() as i64)));
        "at:" => |rt, args| {
            let at = arg(args, 1).as_int().and_then(|n| usize::try_from(n).ok()).map_or(usize::MAX, |n| n.wrapping_sub(1));
            match rt.heap.items(arg(args, 0)).and_then(|items| items.get(at)).copied() {
                Some(item) => Ok(item),
                None => self::at(rt, args),
            }
        };
        "_grown:" => |rt, args| {
            let mut items = rt.heap.items(arg(args, 0)).cloned().unwrap_or_default();
            items.push(arg(args, 1));
            array(rt, items)
        };
    }
    "Array class" {
        "new:withAll:" => |rt, args| {
            let size = count(rt, arg(args, 1))?;
            rt.reserve(size.saturating_mul(size_of::<Value>()))?;
            array(rt, alloc::vec![arg(args, 2); size])
        };
        "with:" => |rt, args| array(rt, args[1..].to_vec());
        "with:with:" => |rt, args| array(rt, args[1..].to_vec());
        "with:with:with:" => |rt, args| array(rt, args[1..].to_vec());
        "with:with:with:with:" => |rt, args| array(rt, args[1..].to_vec());
        "with:with:with:with:with:" => |rt, args| array(rt, args[1..].to_vec());
        "with:with:with:with:with:with:" => |rt, args| array(rt, args[1..].to_vec());
    }
    "String class" {
        "new:withAll:" => |rt, args| {
            let size = count(rt, arg(args, 1))?;
            rt.reserve(size.saturating_mul(4))?;
            let c = expect_char(rt, arg(args, 2))?;
            string(rt, Text::filled(c, size))
        };
    }
}

/// Whether arrays and texts have a native method of this selector, so that those of Collection and
/// SequenceableCollection are not for them.
pub(crate) fn defines(selector: &str) -> bool {
    let own = |def: &motet_runtime::NativeDef| def.name.strip_prefix("recorz.ArrayedCollection>>") == Some(selector);
    TABLE.iter().chain(objects::TABLE).any(own)
}

/// Number of elements.
pub(super) fn size(rt: &Runtime, v: Value) -> usize {
    match v.tag() {
        Tag::List => rt.heap.items(v).map_or(0, Vec::len),
        Tag::Str => rt.heap.char_count(v),
        Tag::Foreign => match rt.heap.foreign_as::<Text>(v) {
            Some(text) => text.len(),
            None => rt.heap.foreign_as::<Bytes>(v).map_or(0, |bytes| bytes.0.len()),
        },
        _ => 0,
    }
}

/// The element at a position within it.
pub(super) fn element(rt: &mut Runtime, v: Value, at: usize) -> Value {
    let c = match v.tag() {
        Tag::List => return rt.heap.items(v).and_then(|items| items.get(at)).copied().unwrap_or(Value::NIL),
        Tag::Str if rt.heap.is_ascii(v) => {
            rt.heap.text(v).and_then(|text| text.as_bytes().get(at).map(|&b| char::from(b)))
        }
        Tag::Str => rt.heap.text(v).and_then(|text| text.chars().nth(at)),
        _ => match rt.heap.foreign_as::<Text>(v) {
            Some(text) => text.get(at),
            None => {
                let bytes = rt.heap.foreign_as::<Bytes>(v);
                return Value::int(bytes.and_then(|bytes| bytes.0.get(at)).map_or(0, |&b| i64::from(b)));
            }
        },
    };
    character(rt, c.unwrap_or('\0'))
}

/// All elements.
pub(super) fn elements(rt: &mut Runtime, v: Value) -> Result<Vec<Value>, Control> {
    let size = size(rt, v);
    rt.reserve(size.saturating_mul(size_of::<Value>()))?;
    if let Some(items) = rt.heap.items(v) {
        return Ok(items.clone());
    }
    if let Some(text) = text(rt, v).map(alloc::borrow::Cow::into_owned) {
        return Ok(text.chars().map(|c| character(rt, c)).collect());
    }
    Ok((0..size).map(|at| element(rt, v, at)).collect())
}

/// The character that an argument must be.
pub(super) fn expect_char(rt: &mut Runtime, v: Value) -> Result<char, Control> {
    match char_of(rt, v) {
        Some(c) => Ok(c),
        None => Err(invalid(rt, "expected a Character")),
    }
}

fn at(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let v = arg(args, 0);
    let size = size(rt, v);
    let at = position(rt, arg(args, 1), size)?;
    Ok(element(rt, v, at))
}

fn at_put(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let (v, item) = (arg(args, 0), arg(args, 2));
    if v.tag() == Tag::Str {
        return Err(signal(rt, Builtin::ShouldNotImplement, SHOULD_NOT));
    }
    let size = size(rt, v);
    let at = position(rt, arg(args, 1), size)?;
    if let Some(slot) = rt.heap.items_mut(v).and_then(|items| items.get_mut(at)) {
        *slot = item;
        return Ok(item);
    }
    if class_of(rt, v) == Builtin::String.class() {
        let c = expect_char(rt, item)?;
        rt.heap.update_foreign(v, |text: &mut Text| text.set(at, c));
        return Ok(item);
    }
    let Some(byte) = item.as_int().and_then(|n| u8::try_from(n).ok()) else {
        return Err(invalid(rt, "expected an integer from 0 to 255"));
    };
    rt.heap.update_foreign(v, |bytes: &mut Bytes| bytes.0[at] = byte);
    Ok(item)
}

/// Text of messages that a class inherits but does not take.
pub(super) const SHOULD_NOT: &str = "This method should not be called for instances of this class";

/// The range that two indices mean, which may be empty.
pub(super) fn range(rt: &mut Runtime, from: Value, to: Value, size: usize) -> Result<(usize, usize), Control> {
    let (Some(first), Some(last)) = (from.as_int(), to.as_int()) else {
        return Err(out_of_range(rt, Value::NIL, size));
    };
    if last == first.wrapping_sub(1) && first >= 1 && last <= size as i64 {
        return Ok((last as usize, last as usize));
    }
    if first < 1 || first > size as i64 {
        return Err(out_of_range(rt, from, size));
    }
    if last < first || last > size as i64 {
        return Err(out_of_range(rt, to, size));
    }
    Ok((first as usize - 1, last as usize))
}

fn copy_from_to(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let v = arg(args, 0);
    let size = size(rt, v);
    let (from, to) = range(rt, arg(args, 1), arg(args, 2), size)?;
    slice(rt, v, from, to)
}

/// A copy of some elements; of a Symbol, a String.
pub(super) fn slice(rt: &mut Runtime, v: Value, from: usize, to: usize) -> NativeResult {
    if let Some(items) = rt.heap.items(v) {
        let part = items[from..to].to_vec();
        return array(rt, part);
    }
    if let Some(text) = rt.heap.foreign_as::<Text>(v) {
        let part = text.slice(from, to);
        return string(rt, part);
    }
    if let Some(text) = rt.heap.text(v) {
        let part: Text = text.chars().skip(from).take(to - from).collect();
        return string(rt, part);
    }
    let part = rt.heap.foreign_as::<Bytes>(v).map(|bytes| bytes.0[from..to].to_vec());
    bytes(rt, part.unwrap_or_default())
}

fn joined(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let (a, b) = (arg(args, 0), arg(args, 1));
    let total = size(rt, a) + size(rt, b);
    if let (Some(left), Some(right)) = (text_len(rt, a), text_len(rt, b)) {
        rt.reserve(left + right)?;
        let mut joined = Text::with_capacity(total);
        push(rt, a, &mut joined);
        push(rt, b, &mut joined);
        return string(rt, joined);
    }
    if let (Some(left), Some(right)) = (rt.heap.items(a), rt.heap.items(b)) {
        rt.room(total * size_of::<Value>())?;
        let mut items = Vec::with_capacity(total);
        items.extend_from_slice(left);
        items.extend_from_slice(right);
        return array(rt, items);
    }
    if let (Some(left), Some(right)) = (rt.heap.foreign_as::<Bytes>(a), rt.heap.foreign_as::<Bytes>(b)) {
        let all = [left.0.as_slice(), right.0.as_slice()].concat();
        return bytes(rt, all);
    }
    if a.tag() == Tag::List && is_kind(rt, b, Builtin::OrderedCollection) {
        let items = [rt.heap.items(a).map(Vec::as_slice).unwrap_or_default(), lists::live(rt, b)].concat();
        return array(rt, items);
    }
    if !is_kind(rt, b, Builtin::Collection) {
        return Err(not_understood(rt, b, "do:", &[Value::NIL]));
    }
    Err(library(rt, "_join:", args))
}

fn text_len(rt: &Runtime, v: Value) -> Option<usize> {
    match v.tag() {
        Tag::Str => rt.heap.text(v).map(str::len),
        Tag::Foreign => rt.heap.foreign_as::<Text>(v).map(Text::len),
        _ => None,
    }
}

/// Appends the characters of a String or Symbol; whether it is one.
pub(super) fn push(rt: &Runtime, v: Value, to: &mut Text) -> bool {
    if let Some(text) = rt.heap.foreign_as::<Text>(v) {
        to.push_text(text);
    } else if let Some(text) = rt.heap.text(v) {
        to.push_str(text);
    } else {
        return false;
    }
    true
}

fn index_of(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let (v, item) = (arg(args, 0), arg(args, 1));
    let size = size(rt, v);
    rt.charge(size / 8)?;
    if let Some(text) = rt.heap.foreign_as::<Text>(v) {
        let found = char_of(rt, item).and_then(|c| text.find(c, 0));
        return Ok(Value::int(found.map_or(0, |at| at as i64 + 1)));
    }
    for at in 0..size {
        let each = element(rt, v, at);
        match objects::equal(rt, each, item) {
            Some(true) => return Ok(Value::int(at as i64 + 1)),
            Some(false) => {}
            None => return Err(library(rt, "_indexOf:", args)),
        }
    }
    Ok(Value::int(0))
}

fn reversed(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let v = arg(args, 0);
    if let Some(items) = rt.heap.items(v) {
        let items = items.iter().rev().copied().collect();
        return array(rt, items);
    }
    if let Some(text) = rt.heap.foreign_as::<Text>(v) {
        let text: Text = text.chars().rev().collect();
        return string(rt, text);
    }
    if let Some(text) = rt.heap.text(v) {
        let text: Text = text.chars().rev().collect();
        return string(rt, text);
    }
    let content = rt.heap.foreign_as::<Bytes>(v).map(|b| b.0.iter().rev().copied().collect());
    bytes(rt, content.unwrap_or_default())
}

fn replace(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let (v, source) = (arg(args, 0), arg(args, 3));
    let len = size(rt, v);
    let (from, to) = range(rt, arg(args, 1), arg(args, 2), len)?;
    let Some(start) = arg(args, 4).as_int().filter(|&n| n >= 1).map(|n| n as usize - 1) else {
        return Err(out_of_range(rt, arg(args, 4), size(rt, source)));
    };
    let available = size(rt, source);
    if v.tag() == Tag::List && source.tag() == Tag::List {
        if to > from && start + (to - from) > available {
            return Err(out_of_range(rt, Value::int(available as i64 + 1), available));
        }
        rt.charge((to - from) / 8)?;
        let part =
            rt.heap.items(source).map(|items| items[start.min(available)..(start + to - from).min(available)].to_vec());
        if let (Some(part), Some(items)) = (part, rt.heap.items_mut(v)) {
            items[from..to].copy_from_slice(&part);
        }
        return Ok(v);
    }
    Err(library(rt, "_replaceFrom:to:with:startingAt:", args))
}

/// Sorts in place when all elements are numbers of one kind, Strings or Symbols; whether they are.
fn sort_plain(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let v = arg(args, 0);
    if super::overridden(rt, "<=") {
        return Ok(Value::FALSE);
    }
    let len = size(rt, v);
    rt.charge(len / 4 * (1 + len.checked_ilog2().unwrap_or(0) as usize / 4))?;
    let Some(items) = rt.heap.items(v) else { return Ok(Value::FALSE) };
    let mut items = items.clone();
    if items.iter().all(|item| item.tag() == Tag::Int) {
        items.sort_by_key(|item| item.as_int());
    } else if items.iter().all(|item| item.as_float().is_some_and(|x| !x.is_nan())) {
        items.sort_by(|a, b| a.as_float().partial_cmp(&b.as_float()).unwrap_or(core::cmp::Ordering::Equal));
    } else if items.iter().all(|&item| item.tag() == Tag::Foreign && kind_of(rt, item) == kind::STRING) {
        items.sort_by(|&a, &b| rt.heap.foreign_as::<Text>(a).cmp(&rt.heap.foreign_as::<Text>(b)));
    } else if items.iter().all(|item| item.tag() == Tag::Str) {
        items.sort_by(|&a, &b| rt.heap.text(a).cmp(&rt.heap.text(b)));
    } else {
        return Ok(Value::FALSE);
    }
    if let Some(slots) = rt.heap.items_mut(v) {
        slots.copy_from_slice(&items);
    }
    Ok(Value::TRUE)
}

fn kind_of(rt: &Runtime, v: Value) -> u32 {
    rt.heap.foreign_ref(v).map_or(0, motet_runtime::Foreign::kind)
}
