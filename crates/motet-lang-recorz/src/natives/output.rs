//! Printing, and the console.

use alloc::string::String;

use motet_runtime::{Control, NativeResult, Runtime, Tag, Value};

use super::{arg, class_of, count, invalid, library, owned_text, string, world};
use crate::{
    print,
    world::{ClassNo, RECORZ, World},
};

natives! {
    "Object" {
        "printString" => |rt, args| match print_text(rt, arg(args, 0))? {
            Some(text) => string(rt, text),
            None => Err(library(rt, "_printString", args)),
        };
        "displayString" => |rt, args| match displayed(rt, arg(args, 0))? {
            Some(text) => string(rt, text),
            None => Err(library(rt, "printString", args)),
        };
        "printNl" => |rt, args| match own(rt, arg(args, 0), "printString") {
            true => match print_text(rt, arg(args, 0))? {
                Some(text) => line(rt, args, text),
                None => Err(library(rt, "_printNl", args)),
            },
            false => Err(library(rt, "_printNl", args)),
        };
        "displayNl" => display_line;
        "print" => display_line;
        "printOn:" => print_on;
        "storeString" => |rt, args| Err(library(rt, "printString", args));
    }
    "String" {
        "printOn:" => print_on;
    }
    "Symbol" {
        "printOn:" => print_on;
    }
    "Transcript" {
        "show:" => |rt, args| show(rt, args, "");
        "nextPutAll:" => |rt, args| show(rt, args, "");
        "showCr:" => |rt, args| show(rt, args, "\n");
        "displayNl:" => |rt, args| show(rt, args, "\n");
        "display:" => |rt, args| show_form(rt, args, "displayString", false);
        "print:" => |rt, args| show_form(rt, args, "printString", true);
        "nextPut:" => |rt, args| match super::char_of(rt, arg(args, 1)) {
            Some(c) => write(rt, args, c.encode_utf8(&mut [0; 4])),
            None => Err(invalid(rt, "expected a character")),
        };
        "cr" => |rt, args| write(rt, args, "\n");
        "nl" => |rt, args| write(rt, args, "\n");
        "newLine" => |rt, args| write(rt, args, "\n");
        "tab" => |rt, args| write(rt, args, "\t");
        "space" => |rt, args| write(rt, args, " ");
        "space:" => |rt, args| repeat(rt, args, " ");
        "tab:" => |rt, args| repeat(rt, args, "\t");
        "nl:" => |rt, args| repeat(rt, args, "\n");
        "flush" => flush;
    }
    "Display" {
        "writeString:" => |rt, args| show(rt, args, "");
        "newline" => |rt, args| write(rt, args, "\n");
        "clear" => |_, args| Ok(arg(args, 0));
    }
}

/// The reader's form as far as it needs no messages: what does is named by its class.
#[must_use]
pub fn display_text(rt: &Runtime, v: Value) -> String {
    if let Some(text) = print::display(rt, v) {
        return text;
    }
    let mut out = String::new();
    if print::push(rt, v, &mut out).is_err() {
        out.clear();
        if let Some(world) = World::get(rt, &RECORZ) {
            super::make_name(world, class_of(rt, v), &mut out);
        }
    }
    out
}

/// Whether a program gave a built-in class a method of this selector.
pub(crate) fn overridden(rt: &Runtime, selector: &str) -> bool {
    World::get(rt, &RECORZ).is_some_and(|world| world.overridden().any(|s| s == selector))
}

/// Whether what a class understands by a selector is a native function.
pub(crate) fn uses_native(rt: &mut Runtime, class: ClassNo, selector: &str) -> bool {
    let symbol = rt.symbols.intern(selector);
    world(rt).lookup(class, symbol).is_some_and(|method| method.tag() == Tag::Native)
}

fn own(rt: &mut Runtime, v: Value, selector: &str) -> bool {
    let class = class_of(rt, v);
    uses_native(rt, class, selector)
}

/// The print form, unless messages must be sent for it.
pub(crate) fn print_text(rt: &mut Runtime, v: Value) -> Result<Option<String>, Control> {
    if overridden(rt, "printOn:") {
        return Ok(None);
    }
    let mut out = String::new();
    if print::push(rt, v, &mut out).is_ok() {
        rt.reserve(out.len())?;
        return Ok(Some(out));
    }
    print::long_number(rt, v, false)
}

/// The reader's form, unless messages must be sent for it.
pub(super) fn displayed(rt: &mut Runtime, v: Value) -> Result<Option<String>, Control> {
    if overridden(rt, "printOn:") && super::text(rt, v).is_none() {
        return Ok(None);
    }
    if let Some(text) = print::display(rt, v) {
        rt.reserve(text.len())?;
        return Ok(Some(text));
    }
    if !own(rt, v, "printString") {
        return Ok(None);
    }
    if v.tag() == Tag::Record
        && let Some(text) = print::long_number(rt, v, true)?
    {
        return Ok(Some(text));
    }
    print_text(rt, v)
}

fn display_line(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    if own(rt, arg(args, 0), "displayString")
        && let Some(text) = displayed(rt, arg(args, 0))?
    {
        return line(rt, args, text);
    }
    Err(library(rt, "_displayNl", args))
}

fn line(rt: &mut Runtime, args: &[Value], mut text: String) -> NativeResult {
    text.push('\n');
    write(rt, args, &text)
}

/// Writes a text; the receiver.
fn write(rt: &mut Runtime, args: &[Value], text: &str) -> NativeResult {
    rt.charge(text.len() / 64)?;
    rt.host.write_out(text.as_bytes());
    Ok(arg(args, 0))
}

fn repeat(rt: &mut Runtime, args: &[Value], text: &str) -> NativeResult {
    let times = count(rt, arg(args, 1))?;
    rt.reserve(times)?;
    let text = text.repeat(times);
    write(rt, args, &text)
}

fn flush(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    rt.host.flush();
    Ok(arg(args, 0))
}

/// The characters of a String or Symbol, the reader's form of anything else; then `end`.
fn show(rt: &mut Runtime, args: &[Value], end: &str) -> NativeResult {
    let v = arg(args, 1);
    let shown = match owned_text(rt, v) {
        Some(text) => Some(text),
        None if own(rt, v, "displayString") => displayed(rt, v)?,
        None => None,
    };
    match shown {
        Some(mut text) => {
            text.push_str(end);
            write(rt, args, &text)
        }
        None => Err(library(rt, if end.is_empty() { "_show:" } else { "_showCr:" }, args)),
    }
}

fn show_form(rt: &mut Runtime, args: &[Value], selector: &str, print: bool) -> NativeResult {
    let v = arg(args, 1);
    let text = match own(rt, v, selector) {
        true if print => print_text(rt, v)?,
        true => displayed(rt, v)?,
        false => None,
    };
    match text {
        Some(text) => write(rt, args, &text),
        None => Err(library(rt, if print { "_print:" } else { "_display:" }, args)),
    }
}

/// Writes the print form of a value that has no `printOn:` of its own: to a stream of the library, or by a message.
fn print_on(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let v = arg(args, 0);
    let mut out = String::new();
    match super::objects::plain_name(rt, v) {
        Some(name) => out = name,
        None if print::push(rt, v, &mut out).is_ok() => {}
        None => match print::long_number(rt, v, false)? {
            Some(text) => out = text,
            None => {
                out.clear();
                let class = class_of(rt, v);
                super::make_name(world(rt), class, &mut out);
            }
        },
    }
    if super::streams::append(rt, arg(args, 1), &out)? {
        return Ok(v);
    }
    let text = string(rt, out)?;
    Err(library(rt, "_nextPutAll:on:", &[v, text, arg(args, 1)]))
}
