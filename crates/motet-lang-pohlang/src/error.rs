//! Error values (section 3.4) and the message texts that run-time errors carry
//! (section 6.2).
//!
//! Invariant: an error value never changes, so that it needs no copies.

use alloc::{
    boxed::Box,
    format,
    string::{String, ToString},
};
use core::any::Any;

use motet_runtime::{Control, Foreign, NativeResult, PortableObject, Runtime, Tracer, Value};

use crate::display;

/// Known kinds and how errors of each are described.
const KINDS: &[(&str, &str)] = &[
    ("RuntimeError", "a runtime error"),
    ("TypeError", "a type error"),
    ("MathError", "a math error"),
    ("FileError", "a file error"),
    ("JsonError", "a JSON error"),
    ("NetworkError", "a network error"),
    ("ValidationError", "a validation error"),
];

/// Kind of what `throw` makes of a value that is no error.
pub const RUNTIME_ERROR: &str = "RuntimeError";

/// What `error of type T with message M` makes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ErrorValue {
    kind: String,
    message: String,
}

impl ErrorValue {
    /// An error of a kind: a known one in any case, or a custom one, which keeps its spelling.
    #[must_use]
    pub fn new(kind: &str, message: String) -> Self {
        let known = KINDS.iter().find(|(name, _)| name.eq_ignore_ascii_case(kind));
        Self { kind: known.map_or(kind, |(name, _)| name).to_string(), message }
    }

    /// Canonical name of the kind.
    #[must_use]
    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// The message.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Printed form.
    #[must_use]
    pub fn text(&self) -> String {
        match KINDS.iter().find(|(name, _)| *name == self.kind) {
            Some((_, description)) => format!("Error occurred: {description} - {}", self.message),
            None => format!("{} occurred: {}", self.kind, self.message),
        }
    }
}

impl Foreign for ErrorValue {
    fn trace(&self, _tracer: &mut Tracer<'_>) {}

    fn extra_bytes(&self) -> usize {
        self.kind.capacity() + self.message.capacity()
    }

    fn copy(&self) -> Option<Box<dyn Foreign>> {
        Some(Box::new(self.clone()))
    }

    fn portable(&self) -> Option<Box<dyn PortableObject>> {
        Some(Box::new(self.clone()))
    }

    fn printed(&self) -> Option<String> {
        Some(self.text())
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn as_any_mut(&mut self) -> &mut dyn Any {
        self
    }
}

impl PortableObject for ErrorValue {
    fn restore(&self) -> Box<dyn Foreign> {
        Box::new(self.clone())
    }
}

/// A new error value; `message` may be anything.
///
/// # Errors
/// Out of memory.
pub fn make(rt: &mut Runtime, kind: &str, message: Value) -> NativeResult {
    let message = display::text(rt, message)?;
    rt.reserve(message.len())?;
    let error = ErrorValue::new(kind, message);
    Ok(rt.heap.foreign(Box::new(error)))
}

/// Message text of `throw v` in the program `path`: the kind in brackets, the printed form, the place.
///
/// # Errors
/// Out of memory.
pub fn thrown_text(rt: &mut Runtime, v: Value, path: &str) -> Result<String, Control> {
    let error = match rt.heap.foreign_as::<ErrorValue>(v) {
        Some(error) => error.clone(),
        None => ErrorValue::new(RUNTIME_ERROR, display::text(rt, v)?),
    };
    Ok(format!("[{}] {}{}", error.kind, error.text(), place(path)))
}

/// What follows the message of a thrown error and of a division by zero.
#[must_use]
pub fn place(path: &str) -> String {
    format!("\n  in file: {path}")
}

/// Whether `if error of type KIND` handles an error with this message text: a kind in brackets must be that one,
/// otherwise the message must contain the name; in any case.
#[must_use]
pub fn matches(message: &str, kind: &str) -> bool {
    let kind = kind.to_lowercase();
    match marker(message) {
        Some(marker) => marker.to_lowercase() == kind,
        None => message.to_lowercase().contains(&kind),
    }
}

/// The text between the first `[` and the first `]`, if they stand in this order.
fn marker(message: &str) -> Option<&str> {
    let (before, _) = message.split_once(']')?;
    before.split_once('[').map(|(_, inside)| inside)
}

/// Text that a handler's variable gets: the message behind the first `]`, or the whole message.
#[must_use]
pub fn binding(message: &str) -> &str {
    message.split_once(']').map_or(message, |(_, rest)| rest.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_recognised_in_any_case_and_custom_ones_keep_their_spelling() {
        for (kind, name, text) in [
            ("matherror", "MathError", "Error occurred: a math error - m"),
            ("RUNTIMEERROR", "RuntimeError", "Error occurred: a runtime error - m"),
            ("TypeError", "TypeError", "Error occurred: a type error - m"),
            ("fileError", "FileError", "Error occurred: a file error - m"),
            ("JSONERROR", "JsonError", "Error occurred: a JSON error - m"),
            ("NetworkError", "NetworkError", "Error occurred: a network error - m"),
            ("ValidationError", "ValidationError", "Error occurred: a validation error - m"),
            ("Stock", "Stock", "Stock occurred: m"),
            ("out of stock", "out of stock", "out of stock occurred: m"),
        ] {
            let error = ErrorValue::new(kind, "m".into());
            assert_eq!((error.kind(), error.text().as_str()), (name, text));
        }
    }

    #[test]
    fn handlers_match_the_marker_or_else_part_of_the_message() {
        for (message, kind, expected) in [
            ("[MathError] Error occurred: a math error - x\n  in file: p", "matherror", true),
            ("[MathError] Error occurred: a math error - x\n  in file: p", "Math", false),
            ("[MathError] Error occurred: a math error - FileError\n  in file: p", "FileError", false),
            ("Division by zero\n  in file: p", "division", true),
            ("Division by zero\n  in file: p", "MathError", false),
            ("Division by zero\n  in file: p", "IN FILE", true),
            ("] odd [x] y", "x", true),
            ("Cannot index List([Num(1.0)]) with Null", "Num(1.0)", true),
            ("Cannot index List([Num(1.0)]) with Null", "Cannot", false),
        ] {
            assert_eq!(matches(message, kind), expected, "{message} / {kind}");
        }
    }

    #[test]
    fn a_handlers_variable_gets_the_text_behind_the_marker() {
        for (message, expected) in [
            ("[Stock] Stock occurred: none\n  in file: p", "Stock occurred: none\n  in file: p"),
            ("Division by zero\n  in file: p", "Division by zero\n  in file: p"),
            ("Cannot index List([Num(1.0)]) with Null", ") with Null"),
            ("  plain ", "  plain "),
        ] {
            assert_eq!(binding(message), expected);
        }
    }
}
