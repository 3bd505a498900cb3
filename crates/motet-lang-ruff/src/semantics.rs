//! The run side of Ruff: operators off the fast path, truth, text, indexing,
//! fields, method calls, errors, promises.
//!
//! Invariants: nothing here calls guest code (operator methods and callable
//! fields are asked for with [`Control::Call`]), and nothing recurses over
//! guest data.

pub mod dict;
pub mod display;
pub mod equality;
mod errors;
pub mod kind;
pub mod objects;

use alloc::{format, string::String, vec::Vec};

use motet_runtime::{
    Access, BinOp, ClassKind, Control, FuncId, NativeDef, NativeResult, Runtime, Semantics, Symbol, Tag, Thrown, Trap,
    TypeTag, UnOp, Value, ops,
};

use crate::natives;
use display::debug_form;
use objects::{Bytes, Promise};

/// Name of the language in the isolate.
pub const LANGUAGE: &str = "ruff";

/// Longest single sleep, in nanoseconds: between sleeps the deadline is checked.
const SLEEP_SLICE: u64 = 20_000_000;

/// Ruff's rules at run time.
#[derive(Clone, Copy, Debug, Default)]
pub struct RuffSemantics;

impl Semantics for RuffSemantics {
    fn name(&self) -> &'static str {
        LANGUAGE
    }

    fn natives(&self) -> &'static [NativeDef] {
        natives::ALL
    }

    fn binary(&self, rt: &mut Runtime, op: BinOp, a: Value, b: Value) -> NativeResult {
        if rt.class_of(a).is_some_and(|c| rt.classes.class(c).operators)
            && let Some(method) = operator_method(op).and_then(|name| method_of(rt, a, name))
        {
            // The method's parameters are copies.
            rt.heap.share(a);
            rt.heap.share(b);
            return Err(Control::call(method, [a, b].to_vec()));
        }
        match op {
            BinOp::Eq => return Ok(Value::bool(equality::equal(rt, a, b))),
            BinOp::Ne => return Ok(Value::bool(!equality::equal(rt, a, b))),
            _ => {}
        }
        if let (Some(x), Some(y)) = (a.as_int(), b.as_int()) {
            return int_binary(op, x, y);
        }
        if let (Some(x), Some(y)) = (number(a), number(b)) {
            let result = match op {
                BinOp::Div if y == 0.0 => return Err(Control::error("Division by zero")),
                BinOp::Rem if y == 0.0 => return Err(Control::error("Modulo by zero")),
                _ => ops::float_ieee(op, x, y),
            };
            return result.ok_or_else(|| invalid_binary(rt, op, a, b));
        }
        if a.tag() == Tag::Str && b.tag() == Tag::Str {
            return ops::string(&mut rt.heap, op, a, b).ok_or_else(|| invalid_binary(rt, op, a, b));
        }
        Err(invalid_binary(rt, op, a, b))
    }

    fn promotes(&self) -> bool {
        true
    }

    fn zero_is_false(&self) -> bool {
        true
    }

    fn is_operator(&self, method: &str) -> bool {
        method.starts_with("op_")
    }

    fn unary(&self, rt: &mut Runtime, op: UnOp, a: Value) -> NativeResult {
        let (spelling, name) = match op {
            UnOp::Neg => ("-", "op_neg"),
            UnOp::Not => ("!", "op_not"),
            UnOp::BitNot => ("~", "op_bit_not"),
        };
        if let Some(method) = method_of(rt, a, name) {
            rt.heap.share(a);
            return Err(Control::call(method, [a].to_vec()));
        }
        match (op, a.tag()) {
            (UnOp::Neg, Tag::Int) => match a.as_int().and_then(i64::checked_neg) {
                Some(n) => Ok(Value::int(n)),
                None => Err(Control::error(format!("Integer overflow: -({})", a.as_int().unwrap_or(0)))),
            },
            (UnOp::Neg, Tag::Float) => Ok(Value::float(-a.as_float().unwrap_or(0.0))),
            (UnOp::Not, Tag::Bool) => Ok(Value::bool(a.as_bool() == Some(false))),
            _ => Err(Control::error(format!("Invalid unary operation: {spelling} {}", debug_form(rt, a)))),
        }
    }

    fn truthy(&self, rt: &Runtime, v: Value) -> bool {
        is_truthy(rt, v)
    }

    fn display(&self, rt: &Runtime, v: Value, out: &mut String) {
        display::display(rt, v, out);
    }

    fn index(&self, rt: &mut Runtime, base: Value, index: Value) -> NativeResult {
        match base.tag() {
            Tag::List => {
                let at = list_position(rt, base, index, "Invalid index operation")?;
                Ok(rt.heap.items(base).and_then(|l| l.get(at)).copied().unwrap_or(Value::NIL))
            }
            Tag::Str => string_index(rt, base, index),
            Tag::Map if matches!(index.tag(), Tag::Str | Tag::Int) => match dict::get(rt, base, index) {
                Some(v) => Ok(v),
                None if index.tag() == Tag::Str => {
                    Err(Control::error(format!("Missing map key: \"{}\"", rt.heap.text(index).unwrap_or(""))))
                }
                None => Err(Control::error(format!("Missing map key: {}", index.as_int().unwrap_or(0)))),
            },
            _ => Err(Control::error("Invalid index operation")),
        }
    }

    fn set_index(&self, rt: &mut Runtime, base: Value, index: Value, value: Value) -> NativeResult {
        match base.tag() {
            Tag::List => {
                let at = list_position(rt, base, index, "Invalid index assignment")?;
                if let Some(slot) = rt.heap.items_mut(base).and_then(|l| l.get_mut(at)) {
                    *slot = value;
                }
                Ok(base)
            }
            Tag::Map if matches!(index.tag(), Tag::Str | Tag::Int) => {
                dict::set(rt, base, index, value);
                Ok(base)
            }
            _ => Err(Control::error("Invalid index assignment")),
        }
    }

    fn field(&self, rt: &mut Runtime, base: Value, name: Symbol) -> NativeResult {
        match base.tag() {
            Tag::Map => {
                let key = rt.symbols.shared_name(name);
                let key = rt.heap.str(&key);
                Ok(dict::get(rt, base, key).unwrap_or(Value::NIL))
            }
            Tag::Record if kind::is_struct(rt, base) => match rt.field(base, name) {
                Some(v) => Ok(v),
                None => class_method(rt, base, name).ok_or_else(|| field_not_found(rt, name)),
            },
            Tag::Foreign => match rt.foreign_member(base, name, Access::Get) {
                Some(getter) => Err(Control::call(getter, alloc::vec![base])),
                None => Err(no_members(rt, name)),
            },
            _ => Err(no_members(rt, name)),
        }
    }

    fn set_field(&self, rt: &mut Runtime, base: Value, name: Symbol, value: Value) -> NativeResult {
        match base.tag() {
            Tag::Map => {
                let key = rt.symbols.shared_name(name);
                let key = rt.heap.str(&key);
                dict::set(rt, base, key, value);
                Ok(base)
            }
            Tag::Record if kind::is_struct(rt, base) => {
                rt.set_field(base, name, value);
                Ok(base)
            }
            Tag::Foreign => match rt.foreign_member(base, name, Access::Set) {
                Some(setter) => {
                    rt.heap.share(value);
                    Err(Control::call(setter, alloc::vec![base, value]))
                }
                None => Err(no_members(rt, name)),
            },
            _ => Err(no_members(rt, name)),
        }
    }

    fn send(&self, rt: &mut Runtime, recv: Value, name: Symbol, args: &[Value]) -> NativeResult {
        // The optimiser left marks out on account of what the methods of the name do.
        for &arg in args {
            rt.heap.share(arg);
        }
        let with_receiver = |callee: Value, rt: &mut Runtime| {
            rt.heap.share(recv);
            let mut all = Vec::with_capacity(args.len() + 1);
            all.push(recv);
            all.extend_from_slice(args);
            Err(Control::call(callee, all))
        };
        match recv.tag() {
            Tag::Map => {
                let key = rt.symbols.shared_name(name);
                let key = rt.heap.str(&key);
                match dict::get(rt, recv, key) {
                    Some(callee) => with_receiver(callee, rt),
                    None => Err(field_not_found(rt, name)),
                }
            }
            Tag::Record if kind::is_struct(rt, recv) => {
                if let Some(callee) = rt.field(recv, name) {
                    return if is_module(rt, recv) {
                        Err(Control::call(callee, args.to_vec()))
                    } else {
                        with_receiver(callee, rt)
                    };
                }
                if let Some(callee) = class_method(rt, recv, name) {
                    return with_receiver(callee, rt);
                }
                match natives::record_method(rt, recv, name) {
                    Some(callee) => with_receiver(callee, rt),
                    None => Err(field_not_found(rt, name)),
                }
            }
            Tag::List | Tag::Foreign => match natives::object_method(rt, recv, name) {
                Some(callee) => with_receiver(callee, rt),
                None => match rt.foreign_member(recv, name, Access::Call) {
                    Some(callee) => with_receiver(callee, rt),
                    None => Err(no_members(rt, name)),
                },
            },
            _ => Err(no_members(rt, name)),
        }
    }

    fn method(&self, rt: &Runtime, recv: Value, name: Symbol) -> Option<Value> {
        if !kind::is_struct(rt, recv) || rt.field(recv, name).is_some() {
            return None;
        }
        class_method(rt, recv, name)
    }

    fn iterate(&self, rt: &mut Runtime, v: Value) -> NativeResult {
        match v.tag() {
            Tag::Int | Tag::Str => Ok(v),
            Tag::Float => Ok(Value::int(v.as_float().unwrap_or(0.0) as i64)),
            Tag::List => {
                // The loop is a second holder: it sees a snapshot.
                rt.heap.share(v);
                Ok(v)
            }
            Tag::Map => {
                rt.heap.share(v);
                let keys: Vec<Value> =
                    rt.heap.entries(v).map(|m| m.iter().map(|(k, _)| k).collect()).unwrap_or_default();
                if keys.iter().all(|k| k.tag() == Tag::Str) {
                    return Ok(v);
                }
                rt.charge(keys.len())?;
                let texts = keys.into_iter().map(|k| natives::key_string(rt, k)).collect();
                Ok(rt.heap.list(texts))
            }
            Tag::Foreign if kind::is_fiber(rt, v) => Ok(v),
            _ => Err(Control::error(natives::LEN_MESSAGE)),
        }
    }

    fn not_callable(&self, _rt: &mut Runtime, _v: Value) -> Control {
        Control::error(
            "Cannot call non-function; the value being called is not callable. Pass a function, closure, or imported \
             callable value instead.",
        )
    }

    fn wrong_arity(
        &self,
        _rt: &mut Runtime,
        callee: &str,
        expected: core::ops::RangeInclusive<usize>,
        got: usize,
    ) -> Control {
        // Methods take the receiver first; it is not counted.
        let receiver = usize::from(callee.contains('.'));
        let (expected, got) = (expected.end().saturating_sub(receiver), got.saturating_sub(receiver));
        Control::error(format!("{callee} expects {expected} arguments, got {got}"))
    }

    fn undefined(&self, _rt: &mut Runtime, name: &str) -> Control {
        Control::error(format!("Undefined variable: {name}"))
    }

    fn cast_failed(&self, rt: &mut Runtime, want: TypeTag, got: Value) -> Control {
        let want = match want {
            TypeTag::Nil => "null",
            TypeTag::Bool => "bool",
            TypeTag::Int => "int",
            TypeTag::Float => "float",
            TypeTag::Str => "string",
            TypeTag::List => "array",
            TypeTag::Map => "dict",
            TypeTag::Record(class) => {
                let name = rt.classes.class(class).name.clone();
                return Control::error(format!("Type mismatch: expected {name}, got {}", kind::type_name(rt, got)));
            }
            TypeTag::Func => "function",
        };
        Control::error(format!("Type mismatch: expected {want}, got {}", kind::type_name(rt, got)))
    }

    fn bad_spread(&self, _rt: &mut Runtime, _v: Value, map: bool) -> Control {
        Control::error(if map { "Can only spread dicts" } else { "Can only spread arrays" })
    }

    fn map_key(&self, rt: &mut Runtime, key: Value) -> NativeResult {
        match key.tag() {
            Tag::Str => Ok(key),
            Tag::Int => Ok(natives::key_string(rt, key)),
            _ => Err(Control::error("Dict keys must be strings")),
        }
    }

    fn stack_overflow(&self, _rt: &mut Runtime, callee: &str, limit: usize) -> Control {
        Control::error_of(
            motet_runtime::ErrorKind::StackOverflow,
            format!("Maximum VM call stack depth of {limit} exceeded while calling {callee}"),
        )
    }

    fn exception(&self, rt: &mut Runtime, thrown: Thrown, calls: &[FuncId]) -> Value {
        errors::exception(rt, thrown, calls)
    }

    fn is_plain_field(&self, name: &str) -> bool {
        name != "stack"
    }

    fn uncaught(&self, rt: &Runtime, thrown: &Thrown) -> String {
        errors::uncaught(rt, thrown)
    }

    fn wrap_async(&self, rt: &mut Runtime, v: Value) -> Value {
        natives::promise(rt, Promise { ready_at: 0, outcome: Ok(v) })
    }

    fn wait(&self, rt: &mut Runtime, v: Value) -> NativeResult {
        let Some(promise) = rt.heap.foreign_as::<Promise>(v) else { return Ok(v) };
        let (ready_at, outcome) = (promise.ready_at, promise.outcome.clone());
        if ready_at > 0 {
            let now = rt.host.monotonic_nanos();
            sleep(rt, ready_at.saturating_sub(now))?;
        }
        match outcome {
            Ok(value) => {
                rt.heap.share(value);
                Ok(value)
            }
            Err(message) => Err(Control::error(format!("Promise rejected: {message}"))),
        }
    }
}

/// Waits, in slices between which the deadline is checked.
///
/// # Errors
/// [`Trap::Deadline`].
pub(crate) fn sleep(rt: &mut Runtime, nanos: u64) -> Result<(), Control> {
    if nanos > 0 {
        rt.host.flush();
    }
    let mut left = nanos;
    while left > 0 {
        let slice = left.min(SLEEP_SLICE);
        rt.host.sleep_nanos(slice);
        left -= slice;
        rt.charge(1)?;
        if let Some(deadline) = rt.limits.deadline_nanos
            && rt.host.monotonic_nanos() > deadline
        {
            return Err(Control::Trap(Trap::Deadline));
        }
    }
    rt.waited();
    Ok(())
}

/// Truth of any value.
#[must_use]
pub fn is_truthy(rt: &Runtime, v: Value) -> bool {
    match v.tag() {
        Tag::Bool => v.as_bool() == Some(true),
        Tag::Nil | Tag::Unset => false,
        Tag::Int => v.as_int() != Some(0),
        Tag::Float => v.as_float() != Some(0.0),
        Tag::Str => rt.heap.text(v).is_some_and(|t| !t.is_empty()),
        Tag::List => rt.heap.items(v).is_some_and(|l| !l.is_empty()),
        Tag::Map => rt.heap.entries(v).is_some_and(|m| !m.is_empty()),
        Tag::Func | Tag::Native | Tag::Record | Tag::Closure | Tag::Cell | Tag::Foreign => true,
    }
}

/// A struct value of a class that need not be declared.
pub(crate) fn new_struct(rt: &mut Runtime, name: &str, fields: &[(&str, Value)]) -> Value {
    let names: Vec<Symbol> = fields.iter().map(|(n, _)| rt.symbols.intern(n)).collect();
    let key = format!("builtin {LANGUAGE} {name}");
    let class = match rt.classes.find(&key) {
        Some(class) => class,
        None => {
            let language = rt.find_language(LANGUAGE).unwrap_or(0);
            rt.classes.define(&key, name, language, ClassKind::Struct, &names)
        }
    };
    let shape = rt.classes.shape_for(class, &names);
    let values: Vec<Value> = fields.iter().map(|&(_, v)| v).collect();
    rt.heap.record(shape, &values)
}

/// Method by which a struct overloads an operator.
fn operator_method(op: BinOp) -> Option<&'static str> {
    Some(match op {
        BinOp::Add => "op_add",
        BinOp::Sub => "op_sub",
        BinOp::Mul => "op_mul",
        BinOp::Div => "op_div",
        BinOp::Rem => "op_mod",
        BinOp::Eq => "op_eq",
        BinOp::Ne => "op_ne",
        BinOp::Lt => "op_lt",
        BinOp::Le => "op_le",
        BinOp::Gt => "op_gt",
        BinOp::Ge => "op_ge",
        BinOp::BitAnd | BinOp::BitOr | BinOp::BitXor | BinOp::Shl | BinOp::Shr | BinOp::Ushr => return None,
        BinOp::FloorDiv | BinOp::Mod => return None,
    })
}

fn method_of(rt: &Runtime, v: Value, name: &str) -> Option<Value> {
    if v.tag() != Tag::Record {
        return None;
    }
    class_method(rt, v, rt.symbols.find(name)?)
}

fn class_method(rt: &Runtime, v: Value, name: Symbol) -> Option<Value> {
    rt.classes.method(rt.class_of(v)?, name)
}

/// Whether a record is the value of an imported module: its functions take no receiver.
fn is_module(rt: &Runtime, v: Value) -> bool {
    rt.class_of(v).is_some_and(|c| rt.classes.class(c).name.starts_with("<module "))
}

fn number(v: Value) -> Option<f64> {
    v.as_float().or_else(|| v.as_int().map(|i| i as f64))
}

fn int_binary(op: BinOp, x: i64, y: i64) -> NativeResult {
    match op {
        BinOp::Div if y == 0 => return Err(Control::error("Division by zero")),
        BinOp::Rem if y == 0 => return Err(Control::error("Modulo by zero")),
        _ => {}
    }
    ops::int_checked(op, x, y).ok_or_else(|| Control::error(format!("Integer overflow: {x} {} {y}", ops::spelling(op))))
}

fn invalid_binary(rt: &Runtime, op: BinOp, a: Value, b: Value) -> Control {
    let (x, y) = (kind::operand_name(rt, a), kind::operand_name(rt, b));
    Control::error(format!("Invalid binary operation: {x} {} {y}", ops::spelling(op)))
}

fn field_not_found(rt: &Runtime, name: Symbol) -> Control {
    Control::error(format!("Field not found: {}", rt.symbols.name(name)))
}

fn no_members(rt: &Runtime, name: Symbol) -> Control {
    Control::error(format!("Cannot access field or method '{}' on non-struct value", rt.symbols.name(name)))
}

/// Position in a sequence of `len` elements; negative indices count from the end.
fn position(len: usize, index: i64) -> Result<usize, Control> {
    let at = if index < 0 { index.checked_add(len as i64) } else { Some(index) };
    at.and_then(|i| usize::try_from(i).ok())
        .filter(|&i| i < len)
        .ok_or_else(|| Control::error(format!("Index out of bounds: {index}")))
}

fn list_position(rt: &Runtime, list: Value, index: Value, wrong_kind: &str) -> Result<usize, Control> {
    let index = index.as_int().ok_or_else(|| Control::error(wrong_kind))?;
    position(rt.heap.items(list).map_or(0, Vec::len), index)
}

fn string_index(rt: &mut Runtime, text: Value, index: Value) -> NativeResult {
    let index = index.as_int().ok_or_else(|| Control::error("Invalid index operation"))?;
    let at = position(rt.heap.char_count(text), index)?;
    let ascii = rt.heap.is_ascii(text);
    let s = rt.heap.text(text).unwrap_or("");
    let c = if ascii { s.as_bytes().get(at).map(|&b| char::from(b)) } else { s.chars().nth(at) };
    if !ascii {
        rt.charge(at / 64)?;
    }
    let mut buffer = [0; 4];
    Ok(rt.heap.str(c.unwrap_or(' ').encode_utf8(&mut buffer)))
}

/// Content of a bytes object.
pub(crate) fn bytes_of(rt: &Runtime, v: Value) -> Option<&[u8]> {
    rt.heap.foreign_as::<Bytes>(v).map(|b| b.0.as_slice())
}
