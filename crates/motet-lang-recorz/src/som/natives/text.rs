//! Strings and symbols, and the texts of values.

use alloc::{string::String, vec::Vec};

use motet_runtime::{Control, NativeResult, Runtime, Tag, Value, hash_bytes};

use super::take;
use crate::{
    big::Big,
    float::push_float,
    som::world::{self, fail, symbol},
};

natives! {
    "String>>+" => plus;
    "String>>concatenate:" => concatenate;
    "String>>asSymbol" => as_symbol;
    "String>>hashcode" => hashcode;
    "String>>length" => length;
    "String>>=" => equal;
    "String>>isWhiteSpace" => |rt, args| every(rt, args, char::is_whitespace);
    "String>>isLetters" => |rt, args| every(rt, args, char::is_alphabetic);
    "String>>isDigits" => |rt, args| every(rt, args, |c| c.is_ascii_digit());
    "String>>primSubstringFrom:to:" => part;
    "String>>substringFrom:to:" => part;
    "String>>charAt:" => char_at;
    "Symbol>>asString" => as_string;
    "Symbol>>asSymbol" => as_symbol;
}

/// The text of a value for which no method of the program need run.
fn shown(rt: &Runtime, v: Value) -> Option<String> {
    let known = match v.tag() {
        Tag::Int | Tag::Float | Tag::Str | Tag::Nil | Tag::Bool => true,
        Tag::Foreign => rt.heap.foreign_as::<Big>(v).is_some(),
        _ => world::symbol_text(rt, v).is_some(),
    };
    known.then(|| {
        let mut out = String::new();
        push_shown(rt, v, &mut out);
        out
    })
}

/// The text of a value as people read it.
pub(crate) fn push_shown(rt: &Runtime, v: Value, out: &mut String) {
    match v.tag() {
        Tag::Nil | Tag::Unset => out.push_str("nil"),
        Tag::Bool => out.push_str(if v.as_bool() == Some(true) { "true" } else { "false" }),
        Tag::Int => motet_runtime::push_decimal(out, v.as_int().unwrap_or(0)),
        Tag::Float => push_float(v.as_float().unwrap_or(0.0), out),
        Tag::Str => out.push_str(rt.heap.text(v).unwrap_or("")),
        _ => match (world::text(rt, v), rt.heap.foreign_as::<Big>(v)) {
            (Some(text), _) => out.push_str(text),
            (None, Some(big)) => out.push_str(&alloc::format!("{}", big.0)),
            (None, None) => {
                let world = crate::world::World::get(rt, &world::SOM);
                let name = world.map(|world| world.class_name(world.class_of(rt, v)));
                out.push_str("instance of ");
                out.push_str(name.as_deref().unwrap_or("Object"));
            }
        },
    }
}

/// A string with a text behind it.
fn joined(rt: &mut Runtime, a: Value, tail: &str) -> NativeResult {
    rt.room(rt.heap.text(a).map_or(0, str::len).saturating_add(tail.len()))?;
    Ok(rt.heap.append(a, tail))
}

/// The characters of a string or symbol, as a string value.
fn characters(rt: &Runtime, v: Value) -> Result<Value, Control> {
    match v.tag() {
        Tag::Str => Ok(v),
        _ => match world::symbol_text(rt, v) {
            Some(text) => Ok(text),
            None => fail("a String or a Symbol is required"),
        },
    }
}

fn concatenate(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let [a, b] = take(args)?;
    let is_symbol = a.tag() != Tag::Str;
    let (a, b) = (characters(rt, a)?, characters(rt, b)?);
    let len = |v| rt.heap.text(v).map_or(0, str::len);
    rt.room(len(a).saturating_add(len(b)))?;
    let all = rt.heap.concat(a, b);
    if is_symbol {
        return as_symbol(rt, &[all]);
    }
    Ok(all)
}

/// The characters of the receiver and those of the text of anything.
fn plus(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let [a, b] = take(args)?;
    match (a.tag(), shown(rt, b)) {
        (Tag::Str, Some(text)) => joined(rt, a, &text),
        _ => world::send_named(rt, "joinedWith:", alloc::vec![a, b]),
    }
}

fn as_symbol(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let [v] = take(args)?;
    let text = characters(rt, v)?;
    let text = String::from(rt.heap.text(text).unwrap_or(""));
    Ok(symbol(rt, &text))
}

fn as_string(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let [v] = take(args)?;
    characters(rt, v)
}

fn hashcode(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let [v] = take(args)?;
    let text = characters(rt, v)?;
    Ok(Value::int(i64::from(hash_bytes(rt.heap.text(text).unwrap_or("").as_bytes()))))
}

fn length(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let [v] = take(args)?;
    let text = characters(rt, v)?;
    Ok(Value::int(rt.heap.char_count(text) as i64))
}

fn equal(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let [a, b] = take(args)?;
    let a = characters(rt, a)?;
    let equal = world::text(rt, b).is_some_and(|b| rt.heap.text(a) == Some(b));
    Ok(Value::bool(equal))
}

/// Whether there are characters, and all are of a kind.
fn every(rt: &mut Runtime, args: &[Value], is: fn(char) -> bool) -> NativeResult {
    let [v] = take(args)?;
    let text = characters(rt, v)?;
    let text = rt.heap.text(text).unwrap_or("");
    Ok(Value::bool(!text.is_empty() && text.chars().all(is)))
}

/// Characters from one place to another, which count from 1.
fn slice(rt: &mut Runtime, text: Value, from: i64, to: i64) -> NativeResult {
    let len = rt.heap.char_count(text) as i64;
    if from < 1 || to > len || from > to {
        return fail(alloc::format!("characters {from} to {to} are outside of 1 to {len}"));
    }
    let (from, to) = (from as usize - 1, to as usize);
    if rt.heap.is_ascii(text) {
        if to - from == 1 {
            let byte = rt.heap.text(text).and_then(|t| t.as_bytes().get(from).copied()).unwrap_or(0);
            return Ok(rt.heap.ascii(byte));
        }
        let part = String::from(rt.heap.text(text).and_then(|t| t.get(from..to)).unwrap_or(""));
        rt.reserve(part.len())?;
        return Ok(rt.heap.string(part));
    }
    rt.charge(to / 8)?;
    let part: String = rt.heap.text(text).unwrap_or("").chars().skip(from).take(to - from).collect();
    rt.reserve(part.len())?;
    Ok(rt.heap.string(part))
}

fn part(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let [v, from, to] = take(args)?;
    let text = characters(rt, v)?;
    match (from.as_int(), to.as_int()) {
        (Some(from), Some(to)) => slice(rt, text, from, to),
        _ => fail("the places of characters must be Integers"),
    }
}

fn char_at(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let [v, at] = take(args)?;
    let text = characters(rt, v)?;
    match at.as_int() {
        Some(at) => slice(rt, text, at, at),
        None => fail("the place of a character must be an Integer"),
    }
}

/// Texts as an array.
pub(crate) fn array_of<'a>(rt: &mut Runtime, texts: impl Iterator<Item = &'a str>) -> Value {
    let items: Vec<Value> = texts.map(|text| rt.heap.str(text)).collect();
    let list = rt.heap.list(items);
    rt.heap.fix_length(list);
    list
}
