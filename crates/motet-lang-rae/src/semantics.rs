//! Rae at run time: error messages, text forms, zero values for absent
//! optionals, and the rules of the few operations that leave the engines'
//! inline paths.
//!
//! Invariant: nothing here recurses over values; text forms use a stack of
//! their own.

use alloc::{format, string::String};

use motet_runtime::{
    BinOp, Control, FuncId, NativeDef, NativeResult, Runtime, Semantics, Symbol, Tag, Thrown, TypeTag, UnOp, Value, ops,
};

use crate::{
    natives,
    text_form::{self, MAX_QUOTED, MAX_TEXT},
};

/// The run side of Rae.
#[derive(Clone, Copy, Debug, Default)]
pub struct RaeSemantics;

impl Semantics for RaeSemantics {
    fn name(&self) -> &'static str {
        "rae"
    }

    fn natives(&self) -> &'static [NativeDef] {
        natives::NATIVES
    }

    fn binary(&self, rt: &mut Runtime, op: BinOp, a: Value, b: Value) -> NativeResult {
        match op {
            BinOp::Eq => return Ok(Value::bool(is_same(rt, a, b))),
            BinOp::Ne => return Ok(Value::bool(!is_same(rt, a, b))),
            _ => {}
        }
        if let (Some(x), Some(y)) = (a.as_int(), b.as_int()) {
            return int_binary(op, x, y);
        }
        if let (Some(x), Some(y)) = (number(a), number(b))
            && let Some(v) = ops::float_ieee(op, x, y)
        {
            return Ok(v);
        }
        let (a, b) = (kind(rt, a), kind(rt, b));
        Err(Control::error(match op {
            BinOp::Lt | BinOp::Le | BinOp::Gt | BinOp::Ge => {
                format!("comparison operands must be numbers, got {a} and {b}")
            }
            _ => format!("arithmetic operands must be numbers, got {a} and {b}"),
        }))
    }

    fn promotes(&self) -> bool {
        true
    }

    fn zero_is_false(&self) -> bool {
        true
    }

    fn is_operator(&self, _method: &str) -> bool {
        false
    }

    fn unary(&self, rt: &mut Runtime, op: UnOp, a: Value) -> NativeResult {
        match (op, a.as_int(), number(a)) {
            (UnOp::Neg, Some(v), _) => Ok(Value::int(v.wrapping_neg())),
            (UnOp::Neg, None, Some(v)) => Ok(Value::float(-v)),
            (UnOp::BitNot, Some(v), _) => Ok(Value::int(!v)),
            (UnOp::Not, _, _) => Ok(Value::bool(!self.truthy(rt, a))),
            _ => Err(Control::error(format!("arithmetic operand must be a number, got {}", kind(rt, a)))),
        }
    }

    fn truthy(&self, _rt: &Runtime, v: Value) -> bool {
        match v.tag() {
            Tag::Nil => false,
            Tag::Float => f64::from_bits(v.bits()) != 0.0,
            Tag::Int | Tag::Bool => v.bits() != 0,
            _ => true,
        }
    }

    fn display(&self, rt: &Runtime, v: Value, out: &mut String) {
        text_form::push(rt, v, out, MAX_TEXT);
    }

    fn index(&self, rt: &mut Runtime, base: Value, index: Value) -> NativeResult {
        match (base.tag(), index.as_int()) {
            (Tag::List, Some(i)) if rt.heap.is_fixed(base) => Err(out_of_bounds(rt, base, i)),
            (Tag::List, Some(_)) | (Tag::Nil, _) => Ok(Value::NIL),
            (Tag::List, None) => Err(Control::error(format!("an index must be an Int, got {}", kind(rt, index)))),
            _ => Err(Control::error(format!("cannot index a value of type {}", kind(rt, base)))),
        }
    }

    fn set_index(&self, rt: &mut Runtime, base: Value, index: Value, _value: Value) -> NativeResult {
        // Writing outside of a list does nothing, as reading there gives nothing.
        self.index(rt, base, index)
    }

    fn field(&self, rt: &mut Runtime, base: Value, name: Symbol) -> NativeResult {
        let message = format!("no field '{}' on a value of type {}", rt.symbols.name(name), kind(rt, base));
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
            _ => Err(Control::error(format!("cannot loop over a value of type {}", kind(rt, v)))),
        }
    }

    fn not_callable(&self, rt: &mut Runtime, v: Value) -> Control {
        Control::error(format!("cannot call a value of type {}", kind(rt, v)))
    }

    fn wrong_arity(
        &self,
        _rt: &mut Runtime,
        callee: &str,
        expected: core::ops::RangeInclusive<usize>,
        got: usize,
    ) -> Control {
        let expected = expected.end();
        Control::error(format!("'{callee}' takes {expected} argument(s), but {got} were given"))
    }

    fn undefined(&self, _rt: &mut Runtime, name: &str) -> Control {
        // Globals of imported files carry the file's number in front.
        let name = name.rsplit(':').next().unwrap_or(name);
        Control::error(format!("'{name}' is used before it has a value"))
    }

    fn coerces(&self) -> bool {
        true
    }

    /// An absent optional counts as the zero value of its type.
    fn coerce(&self, rt: &mut Runtime, want: TypeTag, got: Value) -> Option<Value> {
        match (want, got.tag()) {
            (TypeTag::Int, Tag::Nil) => Some(Value::int(0)),
            (TypeTag::Float, Tag::Nil) => Some(Value::float(0.0)),
            (TypeTag::Bool, Tag::Nil) => Some(Value::bool(false)),
            (TypeTag::Str, Tag::Nil) => Some(rt.heap.str("")),
            (TypeTag::List, Tag::Nil) => Some(rt.heap.list(alloc::vec::Vec::new())),
            (TypeTag::Float, Tag::Int) => Some(Value::float(got.bits() as i64 as f64)),
            (TypeTag::Bool, Tag::Int) => Some(Value::bool(got.bits() != 0)),
            (TypeTag::Int, Tag::Bool) => Some(Value::int(i64::from(got.bits() != 0))),
            _ => None,
        }
    }

    fn cast_failed(&self, rt: &mut Runtime, want: TypeTag, got: Value) -> Control {
        let want: String = match want {
            TypeTag::Nil => "none".into(),
            TypeTag::Bool => "Bool".into(),
            TypeTag::Int => "Int".into(),
            TypeTag::Float => "Float".into(),
            TypeTag::Str => "String".into(),
            TypeTag::List => "List".into(),
            TypeTag::Map => "Map".into(),
            TypeTag::Func => "function".into(),
            TypeTag::Record(class) => String::from(&*rt.classes.class(class).name),
        };
        Control::error(format!("expected {want}, got {}", kind(rt, got)))
    }

    fn bad_spread(&self, rt: &mut Runtime, v: Value, _map: bool) -> Control {
        Control::error(format!("cannot loop over a value of type {}", kind(rt, v)))
    }

    fn stack_overflow(&self, _rt: &mut Runtime, _callee: &str, _limit: usize) -> Control {
        Control::error_of(motet_runtime::ErrorKind::StackOverflow, "call stack overflow")
    }

    fn exception(&self, rt: &mut Runtime, thrown: Thrown, _calls: &[FuncId]) -> Value {
        match thrown {
            Thrown::Value(v) => v,
            Thrown::Error(e) => rt.heap.str(&e.message),
        }
    }

    /// `func main() ret Int` decides the exit status.
    fn exit_status(&self, _rt: &Runtime, v: Value) -> Option<i32> {
        v.as_int().map(|status| status as i32)
    }
}

fn int_binary(op: BinOp, x: i64, y: i64) -> NativeResult {
    match (op, y) {
        (BinOp::Div, 0) => Err(Control::error("division by zero")),
        (BinOp::Rem, 0) => Err(Control::error("modulo by zero")),
        // What is left without a result: the least integer by -1, which wraps.
        (BinOp::Div, _) => Ok(Value::int(x.wrapping_div(y))),
        (BinOp::Rem, _) => Ok(Value::int(x.wrapping_rem(y))),
        _ => Ok(ops::int_wrapping(op, x, y).unwrap_or(Value::int(0))),
    }
}

/// The error of an index outside of an array.
#[cold]
pub(crate) fn out_of_bounds(rt: &Runtime, array: Value, index: i64) -> Control {
    let n = rt.heap.items(array).map_or(0, alloc::vec::Vec::len);
    Control::error(format!("index {index} is out of bounds for Array(cap: {n})"))
}

/// Whether two values are the same to `is`: numbers by value, strings by bytes, objects by identity.
pub(crate) fn is_same(rt: &Runtime, a: Value, b: Value) -> bool {
    match (a.tag(), b.tag()) {
        (Tag::Int, Tag::Float) | (Tag::Float, Tag::Int) => number(a) == number(b),
        _ => ops::same(&rt.heap, a, b),
    }
}

fn number(v: Value) -> Option<f64> {
    v.as_float().or_else(|| v.as_int().map(|n| n as f64))
}

/// Type of a value for messages.
pub(crate) fn kind(rt: &Runtime, v: Value) -> String {
    let name = match v.tag() {
        Tag::Nil | Tag::Unset => "none",
        Tag::Bool => "Bool",
        Tag::Int => "Int",
        Tag::Float => "Float",
        Tag::Str => "String",
        Tag::List if rt.heap.is_fixed(v) => "Array",
        Tag::List => "List",
        Tag::Map => "Map",
        Tag::Func | Tag::Native | Tag::Closure => "function",
        Tag::Cell => "reference",
        Tag::Foreign => "Task",
        Tag::Record => {
            let mut name = rt.class_of(v).map(|c| String::from(&*rt.classes.class(c).name)).unwrap_or_default();
            name.truncate(motet_runtime::find_char_boundary(&name, MAX_QUOTED));
            return name;
        }
    };
    name.into()
}
