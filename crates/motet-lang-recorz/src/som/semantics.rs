//! The run side of SOM: operators off the fast paths, messages, errors.
//!
//! Invariants: nothing here calls guest code; where a method must run, the engine is asked to call it.

use alloc::{
    format,
    string::{String, ToString},
    vec,
    vec::Vec,
};
use core::ops::RangeInclusive;

use motet_runtime::{
    BinOp, Control, ErrorKind, FuncId, NativeDef, NativeResult, Runtime, Semantics, Symbol, Tag, Thrown, TypeTag, UnOp,
    Value,
};

use super::{
    LANGUAGE, natives,
    natives::numbers,
    world::{self, BLOCK, BLOCK1, BLOCK2, BLOCK3, OBJECT, SOM, fail, fail_aloud},
};
use crate::world::World;

/// SOM's rules at run time.
#[derive(Clone, Copy, Debug, Default)]
pub struct SomSemantics;

/// The message that an operator stands for.
fn spelling(op: BinOp) -> &'static str {
    match op {
        BinOp::Add => "+",
        BinOp::Sub => "-",
        BinOp::Mul => "*",
        BinOp::Div => "//",
        BinOp::FloorDiv => "/",
        BinOp::Mod => "%",
        BinOp::Rem => "rem:",
        BinOp::Eq => "=",
        BinOp::Ne => "<>",
        BinOp::Lt => "<",
        BinOp::Le => "<=",
        BinOp::Gt => ">",
        BinOp::Ge => ">=",
        BinOp::BitAnd => "&",
        BinOp::BitOr => "|",
        BinOp::BitXor => "bitXor:",
        BinOp::Shl => "<<",
        BinOp::Shr => ">>",
        BinOp::Ushr => ">>>",
    }
}

impl Semantics for SomSemantics {
    fn name(&self) -> &'static str {
        LANGUAGE
    }

    fn natives(&self) -> &'static [NativeDef] {
        natives::ALL
    }

    fn binary(&self, rt: &mut Runtime, op: BinOp, a: Value, b: Value) -> NativeResult {
        if let Some(result) = numbers::binary(rt, op, a, b) {
            return result;
        }
        match op {
            BinOp::Eq | BinOp::Ne => {
                if let Some(equal) = equal(rt, op, a, b) {
                    return Ok(Value::bool(equal == (op == BinOp::Eq)));
                }
            }
            _ => {}
        }
        world::send_named(rt, spelling(op), vec![a, b])
    }

    fn operator(&self, op: BinOp) -> Option<&'static str> {
        Some(spelling(op))
    }

    fn promotes(&self) -> bool {
        // Remainders have the sign of the dividend in both cases, and division by zero asks.
        true
    }

    fn unary(&self, rt: &mut Runtime, op: UnOp, a: Value) -> NativeResult {
        let selector = match op {
            UnOp::Neg => "negated",
            UnOp::Not => "not",
            UnOp::BitNot => "bitNot",
        };
        world::send_named(rt, selector, vec![a])
    }

    fn truthy(&self, _rt: &Runtime, v: Value) -> bool {
        v.as_bool() == Some(true)
    }

    fn display(&self, rt: &Runtime, v: Value, out: &mut String) {
        natives::text::push_shown(rt, v, out);
    }

    fn index(&self, rt: &mut Runtime, base: Value, index: Value) -> NativeResult {
        Err(outside(rt, base, index))
    }

    fn set_index(&self, rt: &mut Runtime, base: Value, index: Value, _value: Value) -> NativeResult {
        Err(outside(rt, base, index))
    }

    fn field(&self, rt: &mut Runtime, base: Value, name: Symbol) -> NativeResult {
        Err(no_field(rt, base, name))
    }

    fn set_field(&self, rt: &mut Runtime, base: Value, name: Symbol, _value: Value) -> NativeResult {
        Err(no_field(rt, base, name))
    }

    fn send(&self, rt: &mut Runtime, recv: Value, name: Symbol, args: &[Value]) -> NativeResult {
        let mut all = Vec::with_capacity(args.len() + 1);
        all.push(recv);
        all.extend_from_slice(args);
        world::send(rt, name, all)
    }

    fn method(&self, rt: &Runtime, recv: Value, name: Symbol) -> Option<Value> {
        let world = World::get(rt, &SOM)?;
        match recv.tag() {
            // All blocks have one key.
            Tag::Func | Tag::Closure | Tag::Native => {
                let found = world.lookup(BLOCK, name);
                let same = |number| match (found, world.lookup(number, name)) {
                    (Some(a), Some(b)) => a.is_identical(b),
                    _ => false,
                };
                if same(BLOCK1) && same(BLOCK2) && same(BLOCK3) { found } else { None }
            }
            _ => world.lookup(world.class_of(rt, recv), name),
        }
    }

    fn send_from(&self, rt: &mut Runtime, start: Value, name: Symbol, args: &[Value]) -> NativeResult {
        match self.method_from(rt, start, name) {
            Some(method) => Err(Control::call(method, args.to_vec())),
            None => world::not_understood(rt, name, args),
        }
    }

    fn method_from(&self, rt: &Runtime, start: Value, name: Symbol) -> Option<Value> {
        let world = World::get(rt, &SOM)?;
        world.lookup(world.class_from(rt, start)?, name)
    }

    fn iterate(&self, _rt: &mut Runtime, v: Value) -> NativeResult {
        match v.tag() {
            Tag::List => Ok(v),
            _ => fail("only an array has elements"),
        }
    }

    fn not_callable(&self, rt: &mut Runtime, v: Value) -> Control {
        let number = world::class(rt, v);
        Control::error(format!("an instance of {} cannot be called", world::class_name(rt, number)))
    }

    fn wrong_arity(&self, rt: &mut Runtime, callee: &str, expected: RangeInclusive<usize>, got: usize) -> Control {
        if callee.starts_with("[]") {
            let selector = ["value", "value:"].get(got).copied().unwrap_or("value:with:");
            let message = format!("Method {selector} not found in class Block{}", expected.end() + 1);
            return fail_aloud(rt, message);
        }
        let (wanted, got) = (expected.end().saturating_sub(1), got.saturating_sub(1));
        Control::error(format!("{callee} takes {wanted} arguments but got {got}"))
    }

    fn undefined(&self, _rt: &mut Runtime, name: &str) -> Control {
        Control::error(format!("undefined variable '{name}'"))
    }

    fn cast_failed(&self, _rt: &mut Runtime, _want: TypeTag, _got: Value) -> Control {
        Control::error("a value of another class is required")
    }

    fn bad_spread(&self, _rt: &mut Runtime, _v: Value, _map: bool) -> Control {
        Control::error("only an array can be spread")
    }

    fn stack_overflow(&self, _rt: &mut Runtime, _callee: &str, _limit: usize) -> Control {
        Control::error_of(ErrorKind::StackOverflow, "call nesting too deep")
    }

    /// Methods that blocks return from catch everything, and raise again what is not theirs.
    fn exception(&self, rt: &mut Runtime, thrown: Thrown, _calls: &[FuncId]) -> Value {
        match thrown {
            Thrown::Value(v) => v,
            Thrown::Error(e) => rt.heap.string(e.message),
        }
    }

    fn keeps_trace(&self) -> bool {
        true
    }

    fn uncaught(&self, rt: &Runtime, thrown: &Thrown) -> String {
        match thrown {
            Thrown::Error(e) => e.message.to_string(),
            Thrown::Value(v) => {
                let mut out = String::new();
                self.display(rt, *v, &mut out);
                out
            }
        }
    }
}

/// Whether two values that are not both numbers are equal, where no method of the program decides that.
fn equal(rt: &mut Runtime, op: BinOp, a: Value, b: Value) -> Option<bool> {
    if a.tag() == Tag::Str {
        return Some(world::text(rt, b).is_some_and(|other| rt.heap.text(a) == Some(other)));
    }
    if let Some(own) = world::symbol_text(rt, a) {
        return Some(a.is_identical(b) || b.tag() == Tag::Str && rt.heap.same_text(own, b));
    }
    // What every object does unless its class says otherwise.
    let number = world::class(rt, a);
    for selector in [spelling(BinOp::Eq), spelling(op)] {
        let selector = rt.symbols.intern(selector);
        let (method, plain) = (world::lookup(rt, number, selector), world::lookup(rt, OBJECT, selector));
        if method.map(Value::bits) != plain.map(Value::bits) {
            return None;
        }
    }
    Some(a.is_identical(b))
}

/// An index that no element has.
fn outside(rt: &mut Runtime, base: Value, index: Value) -> Control {
    let length = rt.heap.items(base).map_or(0, Vec::len);
    match index.as_int() {
        Some(at) => Control::error(format!("index {} is outside of 1 to {length}", at.wrapping_add(1))),
        None => Control::error("an index must be an Integer"),
    }
}

fn no_field(rt: &mut Runtime, base: Value, _name: Symbol) -> Control {
    let number = world::class(rt, base);
    Control::error(format!("an instance of {} has no such field", world::class_name(rt, number)))
}
