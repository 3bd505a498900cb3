//! Errors as statements raise and handle them (section 6), and the place that
//! their messages name.

use alloc::string::{String, ToString};

use motet_runtime::{Control, NativeResult, Runtime, Value};

use super::{arg, fail};
use crate::{display, error};

natives! {
    "program" => program;
    "throw" => throw;
    "error_matches" => matches;
    "error_text" => text;
    "rethrow" => rethrow;
}

/// The path of the running program as the user gave it.
struct Program(String);

impl Default for Program {
    /// Nothing but route handlers runs where no program began.
    fn default() -> Self {
        Self("<main>".to_string())
    }
}

/// Path of the program, for messages.
pub(crate) fn program_path(rt: &mut Runtime) -> &str {
    &rt.state_of::<Program>("pohlang.program").0
}

/// `(path)`: a program begins.
fn program(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let path = rt.heap.text(arg(args, 0)).unwrap_or("").to_string();
    rt.state_of::<Program>("pohlang.program").0 = path;
    Ok(Value::NIL)
}

/// `(value)`: `throw`.
fn throw(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let path = program_path(rt).to_string();
    let text = error::thrown_text(rt, arg(args, 0), &path)?;
    rt.room(text.len())?;
    fail(text)
}

/// `(error, kind)`: whether a handler of this kind handles the error, which is its message text.
fn matches(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let (error, kind) = (rt.heap.text(arg(args, 0)), rt.heap.text(arg(args, 1)));
    Ok(Value::bool(error::matches(error.unwrap_or(""), kind.unwrap_or(""))))
}

/// `(error)`: what a handler's variable gets.
fn text(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let Some(message) = rt.heap.text(arg(args, 0)) else { return display::text_value(rt, arg(args, 0)) };
    let text = error::binding(message);
    if text.len() == message.len() {
        return Ok(arg(args, 0));
    }
    let text = text.to_string();
    Ok(rt.heap.string(text))
}

/// `(error)`: the error goes on.
fn rethrow(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    Err(Control::error(rt.heap.text(arg(args, 0)).unwrap_or("")))
}
