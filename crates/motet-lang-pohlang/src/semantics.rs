//! The run side of PohLang: operators off the fast path, truth, text, indexing,
//! errors.
//!
//! Invariants: nothing here calls guest code, and nothing recurses over guest
//! data. Numbers are floats; an integer can only come from a host, and counts as
//! the float that it is.

use alloc::{
    format,
    string::{String, ToString},
    vec::Vec,
};
use core::ops::RangeInclusive;

use motet_runtime::{
    BinOp, Control, ErrorKind, FuncId, NativeDef, NativeResult, Runtime, Semantics, Symbol, Tag, Thrown, TypeTag, UnOp,
    Value, ops,
};

use crate::{
    display, error,
    natives::{self, control},
};

/// Name of the language in the isolate.
pub const LANGUAGE: &str = "pohlang";

/// PohLang's rules at run time.
#[derive(Clone, Copy, Debug, Default)]
pub struct PohLangSemantics;

impl Semantics for PohLangSemantics {
    fn name(&self) -> &'static str {
        LANGUAGE
    }

    fn natives(&self) -> &'static [NativeDef] {
        natives::ALL
    }

    fn binary(&self, rt: &mut Runtime, op: BinOp, a: Value, b: Value) -> NativeResult {
        match op {
            BinOp::Eq => return display::same(rt, a, b).map(Value::bool),
            BinOp::Ne => return display::same(rt, a, b).map(|same| Value::bool(!same)),
            _ => {}
        }
        if let (Some(x), Some(y)) = (number(a), number(b)) {
            if op == BinOp::Div && y == 0.0 {
                let place = error::place(control::program_path(rt));
                return Err(Control::error(format!("Division by zero{place}")));
            }
            return ops::float_ieee(op, x, y).ok_or_else(|| unsupported(op));
        }
        match op {
            BinOp::Add => plus(rt, a, b),
            BinOp::Lt | BinOp::Le | BinOp::Gt | BinOp::Ge => Ok(Value::FALSE),
            BinOp::Sub => Err(Control::error("Cannot subtract non-numeric values")),
            BinOp::Mul => Err(Control::error("Cannot multiply non-numeric values")),
            BinOp::Div => Err(Control::error("Cannot divide non-numeric values")),
            _ => Err(unsupported(op)),
        }
    }

    fn promotes(&self) -> bool {
        true
    }

    fn zero_is_false(&self) -> bool {
        true
    }

    fn cuts_indices(&self) -> bool {
        true
    }

    fn unary(&self, rt: &mut Runtime, op: UnOp, a: Value) -> NativeResult {
        match (op, number(a)) {
            (UnOp::Not, _) => Ok(Value::bool(!self.truthy(rt, a))),
            (UnOp::Neg, Some(n)) => Ok(Value::float(-n)),
            (UnOp::Neg | UnOp::BitNot, _) => Err(Control::error("Cannot negate non-numeric values")),
        }
    }

    fn truthy(&self, rt: &Runtime, v: Value) -> bool {
        match v.tag() {
            Tag::Bool => v.as_bool() == Some(true),
            Tag::Nil | Tag::Unset => false,
            Tag::Int => v.as_int() != Some(0),
            Tag::Float => v.as_float() != Some(0.0),
            Tag::Str => rt.heap.text(v).is_some_and(|t| !t.is_empty()),
            Tag::List => rt.heap.items(v).is_some_and(|l| !l.is_empty()),
            Tag::Map => rt.heap.entries(v).is_some_and(|m| !m.is_empty()),
            _ => true,
        }
    }

    fn display(&self, rt: &Runtime, v: Value, out: &mut String) {
        display::display(rt, v, out);
    }

    fn index(&self, rt: &mut Runtime, base: Value, index: Value) -> NativeResult {
        match (base.tag(), number(index)) {
            (Tag::List, Some(n)) => {
                let len = rt.heap.items(base).map_or(0, Vec::len);
                let found = position(n, len).and_then(|at| rt.heap.items(base)?.get(at).copied());
                found.ok_or_else(|| {
                    Control::error(format!(
                        "List index out of range: {} (list length: {len}).\nHint: Check array bounds. Use negative \
                         indexing (-1) for last element",
                        n as i64
                    ))
                })
            }
            (Tag::Str, Some(n)) => character(rt, base, n),
            (Tag::Map, None) if index.tag() == Tag::Str => {
                let key = rt.heap.key(index);
                match rt.heap.entries(base).and_then(|entries| entries.get(key)) {
                    Some(value) => Ok(value),
                    None => Err(Control::error(format!(
                        "Key not found in dictionary: \"{}\".\nHint: Verify the key exists in the dictionary or check \
                         for typos",
                        rt.heap.text(index).unwrap_or("")
                    ))),
                }
            }
            _ => {
                let base = display::debug(rt, base)?;
                let index = display::debug(rt, number(index).map_or(index, Value::float))?;
                Err(Control::error(format!("Cannot index {base} with {index}")))
            }
        }
    }

    /// An entry of a dictionary, for `set … in json … to …`.
    fn set_index(&self, rt: &mut Runtime, base: Value, index: Value, value: Value) -> NativeResult {
        if base.tag() != Tag::Map || index.tag() != Tag::Str {
            return Err(Control::error("Collections cannot be changed in place"));
        }
        let key = rt.heap.key(index);
        rt.heap.update_map(base, |entries| entries.insert(key, value));
        Ok(base)
    }

    fn field(&self, _rt: &mut Runtime, _base: Value, _name: Symbol) -> NativeResult {
        Err(no_members())
    }

    fn set_field(&self, _rt: &mut Runtime, _base: Value, _name: Symbol, _value: Value) -> NativeResult {
        Err(no_members())
    }

    fn send(&self, _rt: &mut Runtime, _recv: Value, _name: Symbol, _args: &[Value]) -> NativeResult {
        Err(no_members())
    }

    fn method(&self, _rt: &Runtime, _recv: Value, _name: Symbol) -> Option<Value> {
        None
    }

    fn iterate(&self, _rt: &mut Runtime, v: Value) -> NativeResult {
        match v.tag() {
            Tag::List | Tag::Str | Tag::Map => Ok(v),
            _ => Err(Control::error("Only a list, a text or a dictionary has elements")),
        }
    }

    fn not_callable(&self, rt: &mut Runtime, v: Value) -> Control {
        let mut text = String::new();
        display::display(rt, v, &mut text);
        Control::error(format!("'{text}' is not callable"))
    }

    fn wrong_arity(&self, _rt: &mut Runtime, callee: &str, expected: RangeInclusive<usize>, got: usize) -> Control {
        let (min, max) = (expected.start(), expected.end());
        Control::error(format!("Function '{callee}' expects {min}..{max} args but got {got}"))
    }

    fn undefined(&self, _rt: &mut Runtime, name: &str) -> Control {
        Control::error(format!("Variable '{name}' is not defined"))
    }

    fn coerces(&self) -> bool {
        true
    }

    fn coerce(&self, _rt: &mut Runtime, want: TypeTag, got: Value) -> Option<Value> {
        match (want, got.as_int()) {
            (TypeTag::Float, Some(n)) => Some(Value::float(n as f64)),
            _ => None,
        }
    }

    fn cast_failed(&self, _rt: &mut Runtime, want: TypeTag, _got: Value) -> Control {
        let want = match want {
            TypeTag::Nil => "nothing",
            TypeTag::Bool => "a boolean",
            TypeTag::Int | TypeTag::Float => "a number",
            TypeTag::Str => "a text",
            TypeTag::List => "a list",
            TypeTag::Map | TypeTag::Record(_) => "a dictionary",
            TypeTag::Func => "a function",
        };
        Control::error(format!("Expected {want}"))
    }

    fn bad_spread(&self, _rt: &mut Runtime, _v: Value, _map: bool) -> Control {
        Control::error("Only collections can be spread")
    }

    fn stack_overflow(&self, _rt: &mut Runtime, callee: &str, limit: usize) -> Control {
        let message = format!("Too many nested calls: function '{callee}' is called at level {limit}");
        Control::error_of(ErrorKind::StackOverflow, message)
    }

    fn exception(&self, rt: &mut Runtime, thrown: Thrown, _calls: &[FuncId]) -> Value {
        let text = self.uncaught(rt, &thrown);
        rt.heap.string(text)
    }

    fn uncaught(&self, rt: &Runtime, thrown: &Thrown) -> String {
        match thrown {
            Thrown::Error(e) => e.message.to_string(),
            Thrown::Value(v) => {
                let mut out = String::new();
                display::display(rt, *v, &mut out);
                out
            }
        }
    }
}

/// The number that a value is.
pub(crate) fn number(v: Value) -> Option<f64> {
    v.as_float().or_else(|| v.as_int().map(|n| n as f64))
}

fn no_members() -> Control {
    Control::error("Values have no members")
}

fn unsupported(op: BinOp) -> Control {
    Control::error(format!("There is no operator {}", ops::spelling(op)))
}

/// The printed forms of two values that are not both numbers, joined.
fn plus(rt: &mut Runtime, a: Value, b: Value) -> NativeResult {
    let right = display::text(rt, b)?;
    if a.tag() == Tag::Str {
        let len = rt.heap.text(a).map_or(0, str::len);
        rt.room(len.saturating_add(right.len()))?;
        return Ok(rt.heap.append(a, &right));
    }
    let mut text = display::text(rt, a)?;
    text.push_str(&right);
    rt.reserve(text.len())?;
    Ok(rt.heap.string(text))
}

/// Where a number points to in a sequence: cut toward zero, from the end if it is negative.
fn position(n: f64, len: usize) -> Option<usize> {
    let at = n as i64;
    let at = if at < 0 { at.checked_add(i64::try_from(len).ok()?)? } else { at };
    usize::try_from(at).ok().filter(|&at| at < len)
}

fn character(rt: &mut Runtime, text: Value, n: f64) -> NativeResult {
    let len = rt.heap.char_count(text);
    let Some(at) = position(n, len) else {
        return Err(Control::error(format!("String index out of range: {} (string length: {len})", n as i64)));
    };
    if rt.heap.is_ascii(text) {
        let byte = rt.heap.text(text).and_then(|t| t.as_bytes().get(at).copied()).unwrap_or(0);
        return Ok(rt.heap.ascii(byte));
    }
    rt.charge(at / 8)?;
    let found = rt.heap.text(text).and_then(|t| t.chars().nth(at)).unwrap_or(' ');
    Ok(rt.heap.str(found.encode_utf8(&mut [0; 4])))
}
