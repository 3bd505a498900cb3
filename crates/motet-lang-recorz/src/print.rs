//! The print form of values whose printing needs no message: those of built-in classes, and collections of them.
//!
//! Invariant: what programs may have overridden is never printed here; the caller sends `printOn:` instead.

use alloc::{format, string::String};

use motet_runtime::{Runtime, Tag, Value, push_decimal};
use num_bigint::{BigInt, Sign};

use crate::{
    arith::{self, Num},
    big::{self, Big},
    classes::{Builtin, CLASSES},
    float,
    natives::{class_of, field, is, make_name},
    table::Table,
    text::{Bytes, Text},
    world::{ClassNo, RECORZ, World},
};

/// Deepest nesting of collections that is printed here; deeper ones print themselves.
const MAX_DEPTH: usize = 200;

/// Why a value is not printed here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NeedsMessages;

/// Appends the print form.
///
/// # Errors
/// Printing needs messages.
pub fn push(rt: &Runtime, v: Value, out: &mut String) -> Result<(), NeedsMessages> {
    nested(rt, v, out, 0)
}

fn nested(rt: &Runtime, v: Value, out: &mut String, depth: usize) -> Result<(), NeedsMessages> {
    if depth > MAX_DEPTH {
        return Err(NeedsMessages);
    }
    match v.tag() {
        Tag::Int => push_decimal(out, v.as_int().unwrap_or(0)),
        Tag::Float => float::push_float(v.as_float().unwrap_or(0.0), out),
        Tag::Nil | Tag::Unset => out.push_str("nil"),
        Tag::Bool => out.push_str(if v.as_bool() == Some(true) { "true" } else { "false" }),
        Tag::Func | Tag::Native | Tag::Closure => out.push_str("a BlockClosure"),
        Tag::Str => push_symbol(rt.heap.text(v).unwrap_or(""), out),
        Tag::List => {
            let items = rt.heap.items(v).map(alloc::vec::Vec::as_slice).unwrap_or_default();
            elements(rt, items.iter().copied(), out, depth)?;
        }
        Tag::Foreign => return foreign(rt, v, out),
        Tag::Record => return record(rt, v, out, depth),
        Tag::Map | Tag::Cell => out.push_str("an Object"),
    }
    Ok(())
}

fn elements(
    rt: &Runtime,
    items: impl Iterator<Item = Value>,
    out: &mut String,
    depth: usize,
) -> Result<(), NeedsMessages> {
    out.push('(');
    for item in items {
        nested(rt, item, out, depth + 1)?;
        out.push(' ');
    }
    out.push(')');
    Ok(())
}

fn foreign(rt: &Runtime, v: Value, out: &mut String) -> Result<(), NeedsMessages> {
    if let Some(text) = rt.heap.foreign_as::<Text>(v) {
        push_quoted(&text.as_utf8(), out);
    } else if let Some(bytes) = rt.heap.foreign_as::<Bytes>(v) {
        out.push_str("ByteArray (");
        for &byte in &bytes.0 {
            push_decimal(out, i64::from(byte));
            out.push(' ');
        }
        out.push(')');
    } else if rt.heap.foreign_as::<Big>(v).is_some() {
        // Long integers cost work, which can be accounted only elsewhere.
        return Err(NeedsMessages);
    } else {
        out.push_str("an Object");
    }
    Ok(())
}

/// `'text'`, with quotes doubled.
pub fn push_quoted(text: &str, out: &mut String) {
    out.push('\'');
    for (at, piece) in text.split('\'').enumerate() {
        if at > 0 {
            out.push_str("''");
        }
        out.push_str(piece);
    }
    out.push('\'');
}

/// `#name`, with quotes unless it is an identifier, a sequence of keywords or an operator.
pub fn push_symbol(text: &str, out: &mut String) {
    out.push('#');
    if is_plain_symbol(text) { out.push_str(text) } else { push_quoted(text, out) }
}

fn is_plain_symbol(text: &str) -> bool {
    let is_name = |part: &str| {
        let mut chars = part.chars();
        chars.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
            && chars.all(|c| c.is_ascii_alphanumeric() || c == '_')
    };
    match text.strip_suffix(':') {
        Some(keywords) => keywords.split(':').all(is_name),
        None if text == "|" => true,
        None => is_name(text) || (!text.is_empty() && text.bytes().all(crate::lexer::is_operator)),
    }
}

/// `$a`.
pub fn push_char(c: char, out: &mut String) {
    out.push('$');
    match u32::from(c) {
        code @ (0..32 | 127..) => out.push_str(&format!("<{code}>")),
        _ => out.push(c),
    }
}

/// Decimal form of a scaled decimal with its digits cut.
pub fn push_scaled(n: &BigInt, d: &BigInt, scale: u32, out: &mut String) {
    if n.sign() == Sign::Minus {
        out.push('-');
    }
    let n = BigInt::from(n.magnitude().clone());
    let digits = format!("{}", n * BigInt::from(10).pow(scale) / d);
    let scale = scale as usize;
    let digits = if digits.len() <= scale { format!("{digits:0>width$}", width = scale + 1) } else { digits };
    let (whole, decimals) = digits.split_at(digits.len() - scale);
    out.push_str(whole);
    if scale > 0 {
        out.push('.');
        out.push_str(decimals);
    }
}

fn record(rt: &Runtime, v: Value, out: &mut String, depth: usize) -> Result<(), NeedsMessages> {
    let Some(world) = World::get(rt, &RECORZ) else { return Err(NeedsMessages) };
    let class = world.class_of(rt, v);
    if let Some(named) = world.class_from(rt, v) {
        let own = rt.symbols.find("printOn:").and_then(|name| world.find_method(class, name));
        if own.is_some_and(|(_, method)| method.is_user) {
            return Err(NeedsMessages);
        }
        out.push_str(&world.class_name(named));
        return Ok(());
    }
    if class.0 as usize / 2 >= CLASSES.len() {
        let mut user = ["printOn:", "do:"].into_iter().filter_map(|name| rt.symbols.find(name));
        if user.any(|name| world.find_method(class, name).is_some_and(|(_, method)| method.is_user)) {
            return Err(NeedsMessages);
        }
    }
    let Some(builtin) = world.lineage(class).find_map(builtin) else { return Err(NeedsMessages) };
    match builtin {
        Builtin::Character => {
            let code = field(rt, v, 0).as_int().and_then(|n| char::from_u32(n as u32));
            push_char(code.unwrap_or(' '), out);
        }
        Builtin::Fraction | Builtin::ScaledDecimal => {
            let small = (0..2).all(|at| field(rt, v, at).tag() == Tag::Int);
            match arith::number(rt, v) {
                Some(Num::Ratio(n, d)) if small => out.push_str(&format!("{n}/{d}")),
                Some(Num::Scaled(n, d, scale)) if small && scale < 100 => {
                    push_scaled(&n, &d, scale as u32, out);
                    out.push_str(&format!("s{scale}"));
                }
                _ => return Err(NeedsMessages),
            }
        }
        Builtin::Association => {
            nested(rt, field(rt, v, 0), out, depth + 1)?;
            out.push_str("->");
            nested(rt, field(rt, v, 1), out, depth + 1)?;
        }
        Builtin::Point => {
            nested(rt, field(rt, v, 0), out, depth + 1)?;
            out.push('@');
            nested(rt, field(rt, v, 1), out, depth + 1)?;
        }
        Builtin::OrderedCollection | Builtin::SortedCollection => {
            let start = field(rt, v, 1).as_int().map_or(0, |n| n as usize);
            let items = rt.heap.items(field(rt, v, 0)).and_then(|items| items.get(start..)).unwrap_or_default();
            named(world, class, out);
            elements(rt, items.iter().copied(), out, depth)?;
        }
        Builtin::Set | Builtin::IdentitySet | Builtin::Bag | Builtin::Dictionary | Builtin::IdentityDictionary => {
            named(world, class, out);
            out.push('(');
            let entries = rt.heap.foreign_as::<Table>(field(rt, v, 0)).into_iter().flat_map(Table::iter);
            for entry in entries {
                let times = if builtin == Builtin::Bag { entry.value.as_int().unwrap_or(1) } else { 1 };
                for _ in 0..times {
                    nested(rt, entry.key, out, depth + 1)?;
                    if matches!(builtin, Builtin::Dictionary | Builtin::IdentityDictionary) {
                        out.push_str("->");
                        nested(rt, entry.value, out, depth + 1)?;
                    }
                    out.push(' ');
                }
            }
            out.push(')');
        }
        Builtin::Interval => interval(rt, v, out)?,
        Builtin::SystemDictionary => out.push_str("Smalltalk"),
        // These have methods of their own, or elements that only messages tell of.
        Builtin::Collection | Builtin::Time | Builtin::Date => return Err(NeedsMessages),
        _ => make_name(world, class, out),
    }
    Ok(())
}

/// The numbers of an interval of integers or floats.
fn interval(rt: &Runtime, v: Value, out: &mut String) -> Result<(), NeedsMessages> {
    let parts = [field(rt, v, 0), field(rt, v, 1), field(rt, v, 2)];
    out.push('(');
    if let [Some(first), Some(last), Some(step)] = parts.map(Value::as_int) {
        let mut next = Some(first);
        while let Some(n) = next.filter(|&n| if step > 0 { n <= last } else { n >= last && step < 0 }) {
            push_decimal(out, n);
            out.push(' ');
            next = n.checked_add(step);
        }
    } else {
        let number = |v: Value| v.as_float().or_else(|| v.as_int().map(|n| n as f64));
        let [Some(first), Some(last), Some(step)] = parts.map(number) else { return Err(NeedsMessages) };
        let mut next = parts[0];
        let mut x = first;
        while if step > 0.0 { x <= last } else { x >= last && step < 0.0 } {
            match next.as_int() {
                Some(n) => push_decimal(out, n),
                None => float::push_float(x, out),
            }
            out.push(' ');
            x += step;
            next = if parts[2].as_int().is_some() && next.as_int().is_some() {
                Value::int(x as i64)
            } else {
                Value::float(x)
            };
        }
    }
    out.push(')');
    Ok(())
}

/// The built-in class of a number, if its printing differs from that of its superclass.
fn builtin(class: ClassNo) -> Option<Builtin> {
    let all = [
        Builtin::Character,
        Builtin::Fraction,
        Builtin::ScaledDecimal,
        Builtin::Association,
        Builtin::Point,
        Builtin::OrderedCollection,
        Builtin::Set,
        Builtin::Bag,
        Builtin::Dictionary,
        Builtin::Interval,
        Builtin::Collection,
        Builtin::SystemDictionary,
        Builtin::Time,
        Builtin::Date,
        Builtin::Object,
    ];
    all.into_iter().find(|b| b.class() == class)
}

fn named(world: &World, class: ClassNo, out: &mut String) {
    out.push_str(&world.class_name(class));
    out.push(' ');
}

/// The reader's form of a value that differs from its print form: a String, a Character or a scaled decimal.
#[must_use]
pub fn display(rt: &Runtime, v: Value) -> Option<String> {
    if let Some(text) = rt.heap.foreign_as::<Text>(v) {
        return Some(text.as_utf8().into_owned());
    }
    if v.tag() != Tag::Record {
        return None;
    }
    if is(rt, v, Builtin::Character) {
        let c = field(rt, v, 0).as_int().and_then(|n| char::from_u32(n as u32))?;
        return Some(String::from(c));
    }
    match arith::number(rt, v) {
        Some(Num::Scaled(n, d, scale)) if n.bits() + d.bits() < 4096 && scale < 100 => {
            let mut out = String::new();
            push_scaled(&n, &d, scale as u32, &mut out);
            Some(out)
        }
        _ => None,
    }
}

/// The print form of a number too long for [`push`].
///
/// # Errors
/// No room, or no more time.
pub fn long_number(rt: &mut Runtime, v: Value, display: bool) -> Result<Option<String>, motet_runtime::Control> {
    Ok(match arith::number(rt, v) {
        Some(Num::Big(n)) => Some(big::digits(rt, &n, 10)?),
        Some(Num::Ratio(n, d)) => {
            let mut out = big::digits(rt, &n, 10)?;
            out.push('/');
            out.push_str(&big::digits(rt, &d, 10)?);
            Some(out)
        }
        Some(Num::Scaled(n, d, scale)) => {
            let bits = n.bits() + d.bits() + scale as u64 * 4;
            big::admit(rt, bits, bits, bits)?;
            let mut out = String::new();
            push_scaled(&n, &d, u32::try_from(scale).unwrap_or(0), &mut out);
            if !display {
                out.push_str(&format!("s{scale}"));
            }
            Some(out)
        }
        _ => None,
    })
}

/// Class of a value, for messages: `SmallInteger`.
#[must_use]
pub fn class_name(rt: &Runtime, v: Value) -> String {
    World::get(rt, &RECORZ).map_or_else(String::new, |world| world.class_name(class_of(rt, v)))
}
