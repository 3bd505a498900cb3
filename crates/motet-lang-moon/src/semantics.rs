//! Moon at run time: error messages, text forms, and the rules of the few
//! operations that leave the engines' inline paths.
//!
//! Invariant: nothing here recurses over values; text forms use a stack of
//! their own.

use alloc::{
    collections::BTreeSet,
    format,
    string::{String, ToString},
    vec::Vec,
};

use motet_runtime::{
    BinOp, Control, FuncId, NativeDef, NativeResult, Runtime, Semantics, Symbol, Tag, Thrown, TypeTag, UnOp, Value, ops,
};

use crate::natives;

/// The run side of Moon.
#[derive(Clone, Copy, Debug, Default)]
pub struct MoonSemantics;

impl Semantics for MoonSemantics {
    fn name(&self) -> &'static str {
        "moon"
    }

    fn natives(&self) -> &'static [NativeDef] {
        natives::NATIVES
    }

    fn binary(&self, rt: &mut Runtime, op: BinOp, a: Value, b: Value) -> NativeResult {
        match op {
            BinOp::Eq => return Ok(Value::bool(ops::same(&rt.heap, a, b))),
            BinOp::Ne => return Ok(Value::bool(!ops::same(&rt.heap, a, b))),
            _ => {}
        }
        let found = match (a.as_int(), b.as_int(), a.as_float(), b.as_float()) {
            (Some(x), Some(y), _, _) => match ops::int_wrapping(op, x, y) {
                Some(v) => Some(v),
                None => return Err(Control::error(division_error(op, y))),
            },
            (_, _, Some(x), Some(y)) => ops::float_ieee(op, x, y),
            _ => None,
        };
        if let Some(v) = found {
            return Ok(v);
        }
        let (a, b) = (debug(rt, a), debug(rt, b));
        Err(Control::error(match op {
            BinOp::Add => format!("cannot add {a} and {b}"),
            _ => format!("expected two ints, got {a} and {b}"),
        }))
    }

    fn is_operator(&self, _method: &str) -> bool {
        false
    }

    fn unary(&self, rt: &mut Runtime, op: UnOp, a: Value) -> NativeResult {
        match (op, a.as_int()) {
            (UnOp::Neg, Some(v)) => Ok(Value::int(v.wrapping_neg())),
            (UnOp::BitNot, Some(v)) => Ok(Value::int(!v)),
            (UnOp::Neg, None) => Err(Control::error(format!("cannot apply unary '-' to {}", debug(rt, a)))),
            (UnOp::Not, _) => Err(Control::error(format!("cannot apply unary '!' to {}", debug(rt, a)))),
            (UnOp::BitNot, None) => Err(Control::error(format!("expected two ints, got {}", debug(rt, a)))),
        }
    }

    fn truthy(&self, _rt: &Runtime, v: Value) -> bool {
        !v.is_nil()
    }

    fn display(&self, rt: &Runtime, v: Value, out: &mut String) {
        text_form(rt, v, out, MAX_TEXT);
    }

    fn index(&self, rt: &mut Runtime, base: Value, index: Value) -> NativeResult {
        let message = match (base.tag(), index.tag()) {
            (Tag::List, Tag::Int) => match index.bits() as i64 {
                i if i < 0 => "array index must be >= 0".to_string(),
                i => format!("index out of bounds: {i}"),
            },
            (Tag::List, _) => format!("array index must be int, got {}", debug(rt, index)),
            (Tag::Map, Tag::Str) => format!("missing key: {}", rt.heap.text(index).unwrap_or("")),
            (Tag::Map, _) => format!("object key must be string, got {}", debug(rt, index)),
            _ => format!("cannot index into {}", debug(rt, base)),
        };
        Err(Control::error(message))
    }

    fn set_index(&self, rt: &mut Runtime, base: Value, index: Value, value: Value) -> NativeResult {
        let message = match (base.tag(), index.tag()) {
            (Tag::Map, Tag::Str) => {
                let key = rt.heap.key(index);
                rt.heap.update_map(base, |m| m.insert(key, value));
                return Ok(Value::NIL);
            }
            (Tag::List, Tag::Int) => match index.bits() as i64 {
                i if i < 0 => "array index must be >= 0".to_string(),
                i => format!("index out of bounds: {i} (len={})", rt.heap.items(base).map_or(0, Vec::len)),
            },
            (Tag::List, _) => format!("array index must be int, got {}", debug(rt, index)),
            (Tag::Map, _) => format!("object key must be string, got {}", debug(rt, index)),
            _ => format!("cannot assign through index on {}", debug(rt, base)),
        };
        Err(Control::error(message))
    }

    fn field(&self, rt: &mut Runtime, base: Value, name: Symbol) -> NativeResult {
        let message = format!("no field {} on {}", rt.symbols.name(name), debug(rt, base));
        Err(Control::error(message))
    }

    fn set_field(&self, rt: &mut Runtime, base: Value, name: Symbol, _value: Value) -> NativeResult {
        self.field(rt, base, name)
    }

    fn send(&self, rt: &mut Runtime, recv: Value, name: Symbol, _args: &[Value]) -> NativeResult {
        self.field(rt, recv, name)
    }

    fn method(&self, _rt: &Runtime, _recv: Value, _name: Symbol) -> Option<Value> {
        None
    }

    fn iterate(&self, rt: &mut Runtime, v: Value) -> NativeResult {
        match v.tag() {
            Tag::List => Ok(v),
            _ => Err(Control::error(format!("cannot iterate over {}", debug(rt, v)))),
        }
    }

    fn not_callable(&self, rt: &mut Runtime, v: Value) -> Control {
        Control::error(format!("cannot call non-function value: {}", debug(rt, v)))
    }

    fn wrong_arity(
        &self,
        _rt: &mut Runtime,
        callee: &str,
        expected: core::ops::RangeInclusive<usize>,
        got: usize,
    ) -> Control {
        let expected = expected.end();
        Control::error(format!("wrong number of arguments for {callee}: expected {expected}, got {got}"))
    }

    fn undefined(&self, _rt: &mut Runtime, name: &str) -> Control {
        // Globals of imported files carry the file's number in front.
        let name = name.rsplit(':').next().unwrap_or(name);
        Control::error(format!("undefined variable: {name}"))
    }

    fn cast_failed(&self, rt: &mut Runtime, want: TypeTag, got: Value) -> Control {
        let got = debug(rt, got);
        Control::error(match want {
            TypeTag::Bool => format!("expected bool condition, got {got}"),
            TypeTag::Nil => format!("expected nil, got {got}"),
            TypeTag::Int => format!("expected int, got {got}"),
            TypeTag::Float => format!("expected float, got {got}"),
            TypeTag::Str => format!("expected string, got {got}"),
            TypeTag::List => format!("expected array, got {got}"),
            TypeTag::Map => format!("expected object, got {got}"),
            TypeTag::Func => format!("cannot call non-function value: {got}"),
            TypeTag::Record(class) => format!("expected {}, got {got}", rt.classes.class(class).name),
        })
    }

    fn bad_spread(&self, rt: &mut Runtime, v: Value, _map: bool) -> Control {
        Control::error(format!("cannot iterate over {}", debug(rt, v)))
    }

    fn stack_overflow(&self, _rt: &mut Runtime, _callee: &str, _limit: usize) -> Control {
        Control::error_of(motet_runtime::ErrorKind::StackOverflow, "stack overflow")
    }

    fn exception(&self, rt: &mut Runtime, thrown: Thrown, _calls: &[FuncId]) -> Value {
        match thrown {
            Thrown::Value(v) => v,
            Thrown::Error(e) => rt.heap.str(&e.message),
        }
    }

    fn result_text(&self, rt: &Runtime, v: Value) -> Option<String> {
        match v.tag() {
            Tag::Nil | Tag::Unset => return None,
            Tag::Native if is_unit(rt, v) => return None,
            Tag::List => return Some(format!("<array@{}>", rt.heap.serial(v))),
            Tag::Map => return Some(format!("<object@{}>", rt.heap.serial(v))),
            Tag::Closure => return Some(format!("<closure@{}>", rt.heap.serial(v))),
            _ => {}
        }
        let mut out = String::new();
        text_form(rt, v, &mut out, MAX_TEXT);
        Some(out)
    }
}

fn division_error(op: BinOp, divisor: i64) -> &'static str {
    match (op, divisor) {
        (BinOp::Div, 0) => "division by zero",
        (_, 0) => "modulo by zero",
        (BinOp::Div, _) => "attempt to divide with overflow",
        _ => "attempt to calculate the remainder with overflow",
    }
}

/// Whether this is the token that stands for Unit where a value is needed.
fn is_unit(rt: &Runtime, v: Value) -> bool {
    v.as_native().is_some_and(|n| rt.natives.get(n.0 as usize).is_some_and(|d| d.name == "moon.unit"))
}

/// Name of a function without the library's name.
fn function_name(rt: &Runtime, v: Value) -> String {
    let name = rt.callable_name(v).unwrap_or_default();
    name.strip_prefix("moon.").map(String::from).unwrap_or(name)
}

/// A value as run-time errors about its kind quote it.
fn debug(rt: &Runtime, v: Value) -> String {
    match v.tag() {
        Tag::Int => format!("Int({})", v.bits() as i64),
        Tag::Float => format!("Float({:?})", f64::from_bits(v.bits())),
        Tag::Bool => format!("Bool({})", v.bits() != 0),
        Tag::Str => format!("String({:?})", rt.heap.text(v).unwrap_or("")),
        Tag::Native if is_unit(rt, v) => "Unit".to_string(),
        Tag::Func | Tag::Native => format!("Function({:?})", function_name(rt, v)),
        Tag::Closure => format!("Closure(GcRef({}))", rt.heap.serial(v)),
        Tag::List => format!("Array(GcRef({}))", rt.heap.serial(v)),
        Tag::Map => format!("Object(GcRef({}))", rt.heap.serial(v)),
        Tag::Nil => "Nil".to_string(),
        Tag::Unset | Tag::Record | Tag::Cell | Tag::Foreign => {
            let mut out = String::new();
            text_form(rt, v, &mut out, MAX_QUOTED);
            out
        }
    }
}

/// What is left to print.
enum Piece {
    /// The value whose text is wanted.
    Outer(Value),
    Value(Value),
    Text(&'static str),
    Owned(String),
    Done(u64),
}

/// Longest text form in bytes. Shared parts are written again wherever they occur, so that a small
/// graph of values can have a text of any length.
pub(crate) const MAX_TEXT: usize = 64 << 20;

/// Longest text of a value within an error message, in bytes.
const MAX_QUOTED: usize = 64 << 10;

/// A text form in the making: strings raw at the outermost level, quoted within collections.
pub(crate) struct TextForm {
    /// Collections that are being printed further out.
    active: BTreeSet<u64>,
    todo: Vec<Piece>,
}

impl TextForm {
    pub(crate) fn new(v: Value) -> Self {
        Self { active: BTreeSet::new(), todo: alloc::vec![Piece::Outer(v)] }
    }

    /// Writes until the text is complete, or `out` is at least `limit` bytes long; whether it is complete.
    pub(crate) fn advance(&mut self, rt: &Runtime, out: &mut String, limit: usize) -> bool {
        while out.len() < limit {
            let Some(piece) = self.todo.pop() else { return true };
            match piece {
                Piece::Text(text) => out.push_str(text),
                Piece::Owned(text) => out.push_str(&text),
                Piece::Done(bits) => {
                    self.active.remove(&bits);
                }
                Piece::Outer(v) => match rt.heap.text(v) {
                    Some(text) => out.push_str(text),
                    None => self.todo.push(Piece::Value(v)),
                },
                Piece::Value(v) => match v.tag() {
                    Tag::List | Tag::Map | Tag::Record => {
                        if self.active.insert(v.bits()) {
                            self.todo.push(Piece::Done(v.bits()));
                            collection(rt, v, &mut self.todo);
                        } else {
                            out.push_str("...");
                        }
                    }
                    _ => scalar(rt, v, out),
                },
            }
        }
        self.todo.iter().all(|p| matches!(p, Piece::Done(_)))
    }
}

/// The text form of any value, cut after about `limit` bytes.
fn text_form(rt: &Runtime, v: Value, out: &mut String, limit: usize) {
    if !TextForm::new(v).advance(rt, out, out.len().saturating_add(limit)) {
        out.push_str("...");
    }
}

fn scalar(rt: &Runtime, v: Value, out: &mut String) {
    match v.tag() {
        Tag::Int => motet_runtime::push_decimal(out, v.bits() as i64),
        Tag::Float => out.push_str(&format!("{:?}", f64::from_bits(v.bits()))),
        Tag::Bool => out.push_str(if v.bits() != 0 { "true" } else { "false" }),
        Tag::Nil => out.push_str("nil"),
        Tag::Str => quoted(rt.heap.text(v).unwrap_or(""), out),
        Tag::Native if is_unit(rt, v) => out.push_str("()"),
        Tag::Func | Tag::Native => out.push_str(&format!("<fn {}>", function_name(rt, v))),
        Tag::Closure => out.push_str("<closure>"),
        Tag::Unset => out.push_str("<unset>"),
        Tag::Cell => out.push_str("<cell>"),
        Tag::Foreign | Tag::List | Tag::Map | Tag::Record => out.push_str("<foreign>"),
    }
}

/// Puts the pieces of a collection on the stack, the last one first.
fn collection(rt: &Runtime, v: Value, todo: &mut Vec<Piece>) {
    let start = todo.len();
    if let Some(items) = rt.heap.items(v) {
        todo.push(Piece::Text("["));
        for (i, &item) in items.iter().enumerate() {
            if i > 0 {
                todo.push(Piece::Text(", "));
            }
            todo.push(Piece::Value(item));
        }
        todo.push(Piece::Text("]"));
    } else if let Some(entries) = rt.heap.entries(v) {
        todo.push(Piece::Text("#{"));
        for (i, (key, value)) in entries.iter().enumerate() {
            let comma = if i > 0 { ", " } else { "" };
            todo.push(Piece::Owned(format!("{comma}{}: ", key_text(rt, key))));
            todo.push(Piece::Value(value));
        }
        todo.push(Piece::Text("}"));
    } else {
        let class = rt.class_of(v).map(|c| rt.classes.class(c).name.to_string()).unwrap_or_default();
        todo.push(Piece::Owned(format!("{class}#{{")));
        for (i, (name, value)) in rt.record_fields(v).into_iter().enumerate() {
            let comma = if i > 0 { ", " } else { "" };
            todo.push(Piece::Owned(format!("{comma}{}: ", rt.symbols.name(name))));
            todo.push(Piece::Value(value));
        }
        todo.push(Piece::Text("}"));
    }
    if let Some(pieces) = todo.get_mut(start..) {
        pieces.reverse();
    }
}

/// A key, bare if it could be written bare.
fn key_text(rt: &Runtime, key: Value) -> String {
    let mut out = String::new();
    let Some(text) = rt.heap.text(key) else {
        scalar(rt, key, &mut out);
        return out;
    };
    let mut bytes = text.bytes();
    let bare = bytes.next().is_some_and(|b| b.is_ascii_alphabetic() || b == b'_')
        && bytes.all(|b| b.is_ascii_alphanumeric() || b == b'_')
        && !matches!(text, "let" | "fn" | "return" | "if" | "else" | "true" | "false");
    if bare {
        return text.into();
    }
    quoted(text, &mut out);
    out
}

fn quoted(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            c => out.push(c),
        }
    }
    out.push('"');
}
