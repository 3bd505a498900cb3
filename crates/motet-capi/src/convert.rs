//! `motet_value` and guest values, one in terms of the other.

use std::ptr;

use motet::{Context, Fault, FromGuest, Handle, IntoArgs, Local};

use crate::{
    boundary,
    failure::{Failure, fail},
    isolate::Cell,
    types::{motet_kind, motet_ref, motet_status, motet_value},
};

impl motet_value {
    /// No value.
    pub(crate) const NIL: motet_value = motet_value {
        kind: motet_kind::Nil as i32,
        integer: 0,
        number: 0.0,
        text: ptr::null(),
        length: 0,
        r#ref: motet_ref { id: 0 },
    };
}

fn kind_of(value: Local<'_>) -> motet_kind {
    match value.kind() {
        "integer" => motet_kind::Int,
        "float" => motet_kind::Float,
        "nil" => motet_kind::Nil,
        "boolean" => motet_kind::Bool,
        "function" => motet_kind::Function,
        "string" => motet_kind::String,
        "list" => motet_kind::List,
        "map" => motet_kind::Map,
        "record" => motet_kind::Record,
        _ => motet_kind::Object,
    }
}

/// A guest value for C. What lives in the heap is rooted.
pub(crate) fn export<'h>(cell: &Cell, cx: &mut Context<'h>, value: Local<'h>) -> Result<motet_value, Fault> {
    let kind = kind_of(value);
    let mut out = motet_value { kind: kind as i32, ..motet_value::NIL };
    match kind {
        motet_kind::Nil => {}
        motet_kind::Bool => out.integer = i64::from(bool::from_guest(value, cx)?),
        motet_kind::Int => out.integer = i64::from_guest(value, cx)?,
        motet_kind::Float => out.number = f64::from_guest(value, cx)?,
        motet_kind::String => {
            let length = cx.text(value).map_or(0, str::len);
            cx.charge(length / 64)?;
            let mut text = Vec::with_capacity(length + 1);
            text.extend_from_slice(cx.text(value).unwrap_or("").as_bytes());
            text.push(0);
            let handle = cx.keep(value);
            (out.r#ref, out.text) = cell.add_text(handle, text.into_boxed_slice());
            out.length = length;
        }
        motet_kind::List | motet_kind::Map | motet_kind::Function | motet_kind::Record | motet_kind::Object => {
            out.r#ref = cell.add_ref(cx.keep(value));
        }
    }
    Ok(out)
}

/// A value of C for the guest.
///
/// # Safety
/// The text of `value` is null or valid for its length.
pub(crate) unsafe fn import<'h>(cell: &Cell, cx: &mut Context<'h>, value: &motet_value) -> Result<Local<'h>, Failure> {
    let guest = |made: Result<Local<'h>, Fault>| made.map_err(|fault| Failure::of_fault(&fault));
    if value.kind == motet_kind::Nil as i32 {
        guest(cx.to_guest(()))
    } else if value.kind == motet_kind::Bool as i32 {
        guest(cx.to_guest(value.integer != 0))
    } else if value.kind == motet_kind::Int as i32 {
        guest(cx.to_guest(value.integer))
    } else if value.kind == motet_kind::Float as i32 {
        guest(cx.to_guest(value.number))
    } else if value.kind == motet_kind::String as i32 && value.r#ref.id == 0 {
        // SAFETY: the caller's promise.
        let text = unsafe { boundary::c_text(value.text, value.length, "the text of a value") }?;
        guest(cx.to_guest(text))
    } else if (motet_kind::String as i32..=motet_kind::Object as i32).contains(&value.kind) {
        let handle = cell.handle(value.r#ref)?;
        let local = guest(cx.open(&handle))?;
        if kind_of(local) as i32 != value.kind {
            return fail(
                motet_status::WrongKind,
                format!("the reference is to a {}, not to what `kind` says", local.kind()),
            );
        }
        Ok(local)
    } else {
        fail(motet_status::BadArgument, format!("{} is no kind of value", value.kind))
    }
}

/// Arguments of a call, imported already.
pub(crate) struct Imported(pub(crate) Vec<Handle>);

impl Imported {
    /// Values of C as rooted values.
    ///
    /// # Safety
    /// The texts of the values are null or valid for their lengths.
    pub(crate) unsafe fn all(cell: &Cell, cx: &mut Context<'_>, values: &[motet_value]) -> Result<Self, Failure> {
        let mut handles = Vec::with_capacity(values.len());
        for value in values {
            // SAFETY: the caller's promise.
            let local = unsafe { import(cell, cx, value) }?;
            handles.push(cx.keep(local));
        }
        Ok(Self(handles))
    }
}

impl IntoArgs for Imported {
    fn into_args<'h>(self, cx: &mut Context<'h>) -> Result<Vec<Local<'h>>, Fault> {
        self.0.iter().map(|handle| cx.open(handle)).collect()
    }
}
