//! Error values (3.4).

use alloc::string::String;

use motet_runtime::{NativeResult, Runtime, Value};

use super::{arg, fail, string};
use crate::error::{self, ErrorValue};

natives! {
    "error" => make;
    "error_message" => message;
    "error_type" => kind;
}

/// `(kind, message)`: an error value; the kind is a text, the message anything.
fn make(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let kind = String::from(rt.heap.text(arg(args, 0)).unwrap_or(error::RUNTIME_ERROR));
    error::make(rt, &kind, arg(args, 1))
}

fn message(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    match rt.heap.foreign_as::<ErrorValue>(arg(args, 0)).map(|e| String::from(e.message())) {
        Some(text) => string(rt, text),
        None => fail("error message of: argument must be an error value"),
    }
}

fn kind(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    match rt.heap.foreign_as::<ErrorValue>(arg(args, 0)).map(|e| String::from(e.kind())) {
        Some(text) => string(rt, text),
        None => fail("error type of: argument must be an error value"),
    }
}
