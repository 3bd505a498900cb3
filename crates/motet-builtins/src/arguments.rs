//! Arguments of native functions whose count and kinds a front end has proven: only calls from elsewhere can be wrong, and
//! all get one message.

use motet_runtime::{Control, NativeResult, Runtime, Value};

/// The error for an argument, counted from 0, that is missing or not what the function takes.
#[cold]
#[must_use]
pub fn bad_argument(n: usize) -> Control {
    Control::error(alloc::format!("argument {} is missing or of the wrong kind", n + 1))
}

/// Any value.
///
/// # Errors
/// [`bad_argument`], as for all functions here.
pub fn any(args: &[Value], n: usize) -> NativeResult {
    args.get(n).copied().ok_or_else(|| bad_argument(n))
}

/// An integer.
///
/// # Errors
/// See [`any`].
pub fn int(args: &[Value], n: usize) -> Result<i64, Control> {
    args.get(n).and_then(|v| v.as_int()).ok_or_else(|| bad_argument(n))
}

/// A float.
///
/// # Errors
/// See [`any`].
pub fn float(args: &[Value], n: usize) -> Result<f64, Control> {
    args.get(n).and_then(|v| v.as_float()).ok_or_else(|| bad_argument(n))
}

/// The text of a string.
///
/// # Errors
/// See [`any`].
pub fn text<'a>(rt: &'a Runtime, args: &[Value], n: usize) -> Result<&'a str, Control> {
    args.get(n).and_then(|&v| rt.heap.text(v)).ok_or_else(|| bad_argument(n))
}

/// The elements of a list.
///
/// # Errors
/// See [`any`].
pub fn items<'a>(rt: &'a Runtime, args: &[Value], n: usize) -> Result<&'a [Value], Control> {
    args.get(n).and_then(|&v| rt.heap.items(v)).map(|l| l.as_slice()).ok_or_else(|| bad_argument(n))
}
