//! The run side of Recorz as `motet-runtime` sees it.

use alloc::{
    format,
    string::{String, ToString},
    vec::Vec,
};
use core::ops::RangeInclusive;

use motet_runtime::{
    BinOp, Control, ErrorKind, FuncId, NativeDef, NativeResult, Runtime, Semantics, Symbol, Tag, Thrown, TypeTag, UnOp,
    Value,
};

use crate::{
    classes::Builtin,
    natives,
    world::{ClassNo, RECORZ, World},
};

/// The run side of Recorz.
#[derive(Clone, Copy, Debug, Default)]
pub struct RecorzSemantics;

/// The selector for which a dynamic operator stands.
fn selector(op: BinOp) -> Option<&'static str> {
    Some(match op {
        BinOp::Add => "+",
        BinOp::Sub => "-",
        BinOp::Mul => "*",
        BinOp::Div => "/",
        BinOp::FloorDiv => "//",
        BinOp::Mod => "\\\\",
        BinOp::Eq => "=",
        BinOp::Ne => "~=",
        BinOp::Lt => "<",
        BinOp::Le => "<=",
        BinOp::Gt => ">",
        BinOp::Ge => ">=",
        BinOp::BitAnd => "bitAnd:",
        BinOp::BitOr => "bitOr:",
        BinOp::BitXor => "bitXor:",
        BinOp::Rem | BinOp::Shl | BinOp::Shr | BinOp::Ushr => return None,
    })
}

/// What a message to a receiver, the first of `args`, calls.
fn lookup(rt: &mut Runtime, recv: Value, name: Symbol) -> Option<Value> {
    World::of(rt, &RECORZ);
    let world = World::get(rt, &RECORZ)?;
    world.lookup(world.class_of(rt, recv), name)
}

/// Calls a method, receiver first.
fn call(rt: &mut Runtime, method: Value, args: &[Value]) -> NativeResult {
    match method.as_native().and_then(|native| rt.natives.get(native.0 as usize)) {
        Some(native) => (native.run)(rt, args),
        None => Err(Control::call(method, args.to_vec())),
    }
}

/// Sends a message to the first of `args`.
fn send(rt: &mut Runtime, name: Symbol, args: &[Value]) -> NativeResult {
    let Some((&recv, rest)) = args.split_first() else { return Err(Control::error("a message to nobody")) };
    match lookup(rt, recv, name) {
        Some(method) => call(rt, method, args),
        None => {
            let name = rt.symbols.name(name).to_string();
            Err(natives::missing(rt, recv, &name, rest)
                .unwrap_or_else(|| natives::not_understood(rt, recv, &name, rest)))
        }
    }
}

fn send_named(rt: &mut Runtime, name: &str, args: &[Value]) -> NativeResult {
    let name = rt.symbols.intern(name);
    send(rt, name, args)
}

/// The class above the one that a class object stands for.
fn above(rt: &Runtime, start: Value) -> Option<ClassNo> {
    let world = World::get(rt, &RECORZ)?;
    world.class(world.class_from(rt, start)?).superclass
}

/// A position from 1 for one from 0.
fn from_one(index: Value) -> Value {
    index.as_int().and_then(|n| n.checked_add(1)).map_or(index, Value::int)
}

impl Semantics for RecorzSemantics {
    fn name(&self) -> &'static str {
        RECORZ.name
    }

    fn natives(&self) -> &'static [NativeDef] {
        natives::ALL
    }

    fn binary(&self, rt: &mut Runtime, op: BinOp, a: Value, b: Value) -> NativeResult {
        match selector(op) {
            Some(name) => send_named(rt, name, &[a, b]),
            None => Err(Control::error("an operator that Recorz does not have")),
        }
    }

    fn operator(&self, op: BinOp) -> Option<&'static str> {
        selector(op)
    }

    fn promotes(&self) -> bool {
        true
    }

    fn unary(&self, rt: &mut Runtime, op: UnOp, a: Value) -> NativeResult {
        let name = match op {
            UnOp::Neg => "negated",
            UnOp::Not => "not",
            UnOp::BitNot => "bitInvert",
        };
        send_named(rt, name, &[a])
    }

    fn truthy(&self, _rt: &Runtime, v: Value) -> bool {
        v.as_bool() == Some(true)
    }

    fn display(&self, rt: &Runtime, v: Value, out: &mut String) {
        out.push_str(&natives::display_text(rt, v));
    }

    fn index(&self, rt: &mut Runtime, base: Value, index: Value) -> NativeResult {
        send_named(rt, "at:", &[base, from_one(index)])
    }

    fn set_index(&self, rt: &mut Runtime, base: Value, index: Value, value: Value) -> NativeResult {
        send_named(rt, "at:put:", &[base, from_one(index), value])
    }

    fn field(&self, rt: &mut Runtime, base: Value, name: Symbol) -> NativeResult {
        let name = rt.symbols.name(name).to_string();
        let text = format!("{} has no instance variable number {name}", natives::display_text(rt, base));
        Err(natives::signal(rt, Builtin::Error, &text))
    }

    fn set_field(&self, rt: &mut Runtime, base: Value, name: Symbol, _value: Value) -> NativeResult {
        self.field(rt, base, name)
    }

    fn send(&self, rt: &mut Runtime, recv: Value, name: Symbol, args: &[Value]) -> NativeResult {
        let mut all = Vec::with_capacity(args.len() + 1);
        all.push(recv);
        all.extend_from_slice(args);
        send(rt, name, &all)
    }

    fn method(&self, rt: &Runtime, recv: Value, name: Symbol) -> Option<Value> {
        let world = World::get(rt, &RECORZ)?;
        let found = world.lookup(world.class_of(rt, recv), name)?;
        // Integers of all sizes have one key.
        let integers = [Builtin::SmallInteger, Builtin::LargePositiveInteger, Builtin::LargeNegativeInteger];
        let holds = recv.tag() != Tag::Int
            || integers.iter().all(|i| world.lookup(i.class(), name).is_some_and(|m| m.is_identical(found)));
        holds.then_some(found)
    }

    fn send_from(&self, rt: &mut Runtime, start: Value, name: Symbol, args: &[Value]) -> NativeResult {
        let world = World::get(rt, &RECORZ);
        let method = world.zip(above(rt, start)).and_then(|(world, class)| world.lookup(class, name));
        match method {
            Some(method) => call(rt, method, args),
            None => {
                let name = rt.symbols.name(name).to_string();
                let (recv, rest) = args.split_first().map_or((Value::NIL, args), |(recv, rest)| (*recv, rest));
                Err(natives::not_understood(rt, recv, &name, rest))
            }
        }
    }

    fn method_from(&self, rt: &Runtime, start: Value, name: Symbol) -> Option<Value> {
        let class = above(rt, start)?;
        let world = World::get(rt, &RECORZ)?;
        // All metaclass objects have one key, so nothing holds for them.
        if world.class_from(rt, start).is_none_or(ClassNo::is_meta) { None } else { world.lookup(class, name) }
    }

    fn iterate(&self, _rt: &mut Runtime, v: Value) -> NativeResult {
        match v.tag() {
            Tag::List => Ok(v),
            _ => Err(Control::error("only arrays have elements")),
        }
    }

    fn not_callable(&self, rt: &mut Runtime, v: Value) -> Control {
        natives::not_understood(rt, v, "value", &[])
    }

    fn wrong_arity(&self, rt: &mut Runtime, _callee: &str, expected: RangeInclusive<usize>, got: usize) -> Control {
        let text = format!("Block expected {} arguments but received {got}", expected.end());
        natives::signal(rt, Builtin::WrongArgumentCount, &text)
    }

    fn undefined(&self, rt: &mut Runtime, name: &str) -> Control {
        natives::signal(rt, Builtin::Error, &format!("undefined variable '{name}'"))
    }

    fn cast_failed(&self, rt: &mut Runtime, want: TypeTag, got: Value) -> Control {
        let want = match want {
            TypeTag::Nil => "nil",
            TypeTag::Bool => "a Boolean",
            TypeTag::Int => "an integer",
            TypeTag::Float => "a Float",
            TypeTag::Str => "a Symbol",
            TypeTag::List => "an Array",
            TypeTag::Map | TypeTag::Record(_) => "an object",
            TypeTag::Func => "a block",
        };
        let text = format!("{} where {want} was expected", natives::display_text(rt, got));
        natives::signal(rt, Builtin::InvalidArgument, &text)
    }

    fn bad_spread(&self, _rt: &mut Runtime, _v: Value, _map: bool) -> Control {
        Control::error("only arrays can be spread")
    }

    fn stack_overflow(&self, _rt: &mut Runtime, _callee: &str, _limit: usize) -> Control {
        Control::error_of(ErrorKind::StackOverflow, "call nesting too deep")
    }

    fn exception(&self, rt: &mut Runtime, thrown: Thrown, _calls: &[FuncId]) -> Value {
        match thrown {
            Thrown::Value(v) => v,
            Thrown::Error(error) => natives::failure(rt, &error),
        }
    }

    fn keeps_trace(&self) -> bool {
        true
    }

    fn uncaught(&self, rt: &Runtime, thrown: &Thrown) -> String {
        match thrown {
            Thrown::Error(error) if error.kind == ErrorKind::Language => error.message.clone(),
            Thrown::Error(error) => format!("Error: {}", error.message),
            Thrown::Value(v) => natives::uncaught_text(rt, *v),
        }
    }

    /// For sessions, which show values: a String as it is, anything else as programmers see it.
    fn result_text(&self, rt: &Runtime, v: Value) -> Option<String> {
        (!v.is_nil()).then(|| natives::display_text(rt, v))
    }
}
