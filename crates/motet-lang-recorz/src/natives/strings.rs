//! Strings and symbols.

use alloc::{string::String, vec::Vec};

use motet_runtime::{Control, NativeResult, Runtime, Value};

use super::{
    arg,
    arrays::{self, expect_char},
    bytes, chars, invalid, lists, numbers, objects, owned_text, string, text,
};
use crate::{big, float, text::Text};

/// The same natives for String and Symbol, then others.
macro_rules! texts {
    ({$($shared:tt)*} $($rest:tt)*) => {
        natives! { "String" { $($shared)* } "Symbol" { $($shared)* } $($rest)* }
    };
}

texts! {
    {
        "asUppercase" => |rt, args| mapped(rt, args, chars::upper);
        "asLowercase" => |rt, args| mapped(rt, args, chars::lower);
        "asSymbol" => |rt, args| {
            let text = receiver(rt, args)?;
            rt.reserve(text.len())?;
            Ok(rt.heap.str(&text))
        };
        "asNumber" => |rt, args| {
            let text = receiver(rt, args)?;
            rt.charge(text.len())?;
            float::parse_number(&text).map_or(Ok(Value::NIL), |n| numbers::number_value(rt, n))
        };
        "asInteger" => |rt, args| {
            let text = receiver(rt, args)?;
            rt.charge(text.len())?;
            numbers::leading_integer(&text).map_or(Ok(Value::NIL), |n| big::checked_value(rt, n))
        };
        "asByteArray" => |rt, args| {
            let text = receiver(rt, args)?;
            match text.chars().map(|c| u8::try_from(c).ok()).collect() {
                Some(content) => bytes(rt, content),
                None => bytes(rt, text.into_bytes()),
            }
        };
        "includesSubstring:" => |rt, args| two(rt, args, |a, b| a.contains(b));
        "startsWith:" => |rt, args| two(rt, args, |a, b| a.starts_with(b));
        "endsWith:" => |rt, args| two(rt, args, |a, b| a.ends_with(b));
        "<" => |rt, args| two(rt, args, |a, b| a < b);
        "<=" => |rt, args| two(rt, args, |a, b| a <= b);
        ">" => |rt, args| two(rt, args, |a, b| a > b);
        ">=" => |rt, args| two(rt, args, |a, b| a >= b);
        "substrings" => |rt, args| pieces(rt, args, chars::is_separator);
        "subStrings" => |rt, args| pieces(rt, args, chars::is_separator);
        "substrings:" => separated;
        "subStrings:" => separated;
        "tokenize:" => separated;
        "lines" => |rt, args| pieces(rt, args, |c| matches!(c, '\n' | '\r'));
        "trimSeparators" => |rt, args| {
            let text = receiver(rt, args)?;
            string(rt, text.trim_matches(chars::is_separator))
        };
        "copyReplaceAll:with:" => |rt, args| {
            let (whole, old, new) = (receiver(rt, args)?, argument(rt, args, 1)?, argument(rt, args, 2)?);
            if old.is_empty() {
                return string(rt, whole);
            }
            rt.reserve(whole.len().saturating_add(whole.matches(&*old).count().saturating_mul(new.len())))?;
            string(rt, whole.replace(&*old, &new))
        };
        "occurrencesOfString:" => |rt, args| {
            let (whole, part) = (receiver(rt, args)?, argument(rt, args, 1)?);
            Ok(Value::int(if part.is_empty() { 0 } else { whole.matches(&*part).count() as i64 }))
        };
        "numArgs" => |rt, args| {
            let text = receiver(rt, args)?;
            Ok(Value::int(objects::arity(&text) as i64))
        };
        "asCharacter" => |rt, args| {
            let text = receiver(rt, args)?;
            let mut all = text.chars();
            match (all.next(), all.next()) {
                (Some(c), None) => Ok(super::character(rt, c)),
                _ => Err(invalid(rt, "only a String of one Character is a Character")),
            }
        };
    }
    "String" {
        "replaceAll:with:" => |rt, args| {
            let (old, new) = (expect_char(rt, arg(args, 1))?, expect_char(rt, arg(args, 2))?);
            let changed = rt.heap.foreign_as::<Text>(arg(args, 0)).map(|text| {
                text.chars().map(|c| if c == old { new } else { c }).collect::<Text>()
            });
            if let Some(changed) = changed {
                rt.reserve(changed.len())?;
                rt.heap.update_foreign(arg(args, 0), |text: &mut Text| *text = changed);
            }
            Ok(arg(args, 0))
        };
    }
    "Symbol" {
        "asString" => |rt, args| {
            let text = receiver(rt, args)?;
            string(rt, text)
        };
        "replaceAll:with:" => |rt, _| Err(super::signal(rt, crate::classes::Builtin::ShouldNotImplement, arrays::SHOULD_NOT));
    }
    "Symbol class" {
        "new" => |rt, _| Err(super::signal(rt, crate::classes::Builtin::ShouldNotImplement, arrays::SHOULD_NOT));
        "intern:" => |rt, args| {
            let text = argument(rt, args, 1)?;
            Ok(rt.heap.str(&text))
        };
    }
}

/// The receiver's characters.
fn receiver(rt: &mut Runtime, args: &[Value]) -> Result<String, Control> {
    let text = owned_text(rt, arg(args, 0)).unwrap_or_default();
    rt.charge(text.len() / 64)?;
    Ok(text)
}

/// The characters of a String, Symbol or Character.
fn argument(rt: &mut Runtime, args: &[Value], at: usize) -> Result<String, Control> {
    match owned_text(rt, arg(args, at)) {
        Some(text) => Ok(text),
        None => match super::char_of(rt, arg(args, at)) {
            Some(c) => Ok(String::from(c)),
            None => Err(invalid(rt, "expected a String")),
        },
    }
}

/// Another text of the receiver's class.
fn mapped(rt: &mut Runtime, args: &[Value], map: fn(char) -> char) -> NativeResult {
    let text = receiver(rt, args)?;
    let changed: String = text.chars().map(map).collect();
    if rt.heap.text(arg(args, 0)).is_some() {
        return Ok(rt.heap.str(&changed));
    }
    string(rt, changed)
}

fn two(rt: &mut Runtime, args: &[Value], holds: fn(&str, &str) -> bool) -> NativeResult {
    let other = match text(rt, arg(args, 1)) {
        Some(_) => None,
        None => Some(argument(rt, args, 1)?),
    };
    let (Some(a), b) = (text(rt, arg(args, 0)), text(rt, arg(args, 1))) else { return Ok(Value::FALSE) };
    let b = b.as_deref().or(other.as_deref()).unwrap_or_default();
    let (holds, work) = (holds(&a, b), a.len() / 64);
    rt.charge(work)?;
    Ok(Value::bool(holds))
}

fn pieces(rt: &mut Runtime, args: &[Value], ends: impl Fn(char) -> bool) -> NativeResult {
    let text = receiver(rt, args)?;
    let mut items = Vec::new();
    for piece in text.split(ends).filter(|piece| !piece.is_empty()) {
        rt.charge(1)?;
        items.push(string(rt, piece)?);
    }
    lists::ordered(rt, items)
}

fn separated(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let ends = argument(rt, args, 1)?;
    pieces(rt, args, |c| ends.contains(c))
}
