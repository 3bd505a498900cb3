//! A language whose values of every kind have methods, which programs define and define again.

use std::{cell::Cell, collections::BTreeMap};

use motet_runtime::{
    BinOp, Control, Foreign, FuncId, NativeDef, NativeResult, Runtime, Semantics, Symbol, Tag, Thrown, Tracer, TypeTag,
    UnOp, Value,
};

pub struct Talk;

thread_local! {
    /// How often an engine asked for a method since this was last read.
    static ASKED: Cell<usize> = const { Cell::new(0) };
}

/// How often engines asked for methods since this was last called.
pub fn asked() -> usize {
    ASKED.replace(0)
}

/// Methods by key of the receiver and name; with the flag, by key of the lookup's start.
#[derive(Default)]
struct Methods(BTreeMap<(u32, Symbol, bool), Value>);

struct Thing(u32);

impl Foreign for Thing {
    fn trace(&self, _: &mut Tracer<'_>) {}
    fn kind(&self) -> u32 {
        self.0
    }
    fn as_any(&self) -> &dyn core::any::Any {
        self
    }
    fn as_any_mut(&mut self) -> &mut dyn core::any::Any {
        self
    }
}

/// A foreign object of the kind.
fn thing(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let kind = args[0].as_int().unwrap_or(0) as u32;
    Ok(rt.heap.foreign(Box::new(Thing(kind))))
}

fn put(rt: &mut Runtime, args: &[Value], from: bool) {
    let name = rt.heap.text(args[1]).unwrap_or("").to_string();
    let name = rt.symbols.intern(&name);
    let key = rt.heap.send_key(args[0]).unwrap_or(u32::MAX);
    let methods = rt.state.entry("talk").or_insert_with(|| Box::new(Methods::default()));
    if let Some(methods) = methods.downcast_mut::<Methods>() {
        methods.0.insert((key, name, from), args[2]);
    }
    rt.roots.push(args[2]);
    rt.methods_changed();
}

/// `define(value, name, method)`: for all values of that key.
fn define(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    put(rt, args, false);
    Ok(Value::NIL)
}

/// `define_from(start, name, method)`: for lookups that begin at such a value.
fn define_from(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    put(rt, args, true);
    Ok(Value::NIL)
}

/// As `define`, then calls the fourth argument.
fn define_and_call(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    put(rt, args, false);
    Err(Control::call(args[3], vec![]))
}

/// As `define`, then fails.
fn define_and_fail(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    put(rt, args, false);
    Err(Control::error("failed"))
}

/// A method: the receiver, if it is an integer, and the arguments added up.
fn sum(_: &mut Runtime, args: &[Value]) -> NativeResult {
    Ok(Value::int(args.iter().filter_map(|v| v.as_int()).sum()))
}

/// A method that calls its argument.
fn run(_: &mut Runtime, args: &[Value]) -> NativeResult {
    Err(Control::call(args[1], vec![]))
}

/// A method that fails.
fn fail(_: &mut Runtime, _: &[Value]) -> NativeResult {
    Err(Control::error("failed"))
}

static NATIVES: &[NativeDef] = &[
    NativeDef { name: "talk.thing", run: thing, inline: None },
    NativeDef { name: "talk.define", run: define, inline: None },
    NativeDef { name: "talk.define_from", run: define_from, inline: None },
    NativeDef { name: "talk.define_and_call", run: define_and_call, inline: None },
    NativeDef { name: "talk.define_and_fail", run: define_and_fail, inline: None },
    NativeDef { name: "talk.sum", run: sum, inline: None },
    NativeDef { name: "talk.run", run, inline: None },
    NativeDef { name: "talk.fail", run: fail, inline: None },
];

fn find(rt: &Runtime, v: Value, name: Symbol, from: bool) -> Option<Value> {
    ASKED.set(ASKED.get() + 1);
    let methods = rt.state.get("talk")?.downcast_ref::<Methods>()?;
    methods.0.get(&(rt.heap.send_key(v).unwrap_or(u32::MAX), name, from)).copied()
}

fn error<T>(message: String) -> Result<T, Control> {
    Err(Control::error(message))
}

/// Values as text.
pub fn show(rt: &Runtime, v: Value) -> String {
    match v.tag() {
        Tag::Str => rt.heap.text(v).unwrap_or("").to_string(),
        Tag::List => {
            let items = rt.heap.items(v).map_or(&[][..], |l| l);
            format!("[{}]", items.iter().map(|&v| show(rt, v)).collect::<Vec<_>>().join(", "))
        }
        Tag::Foreign => "thing".into(),
        Tag::Record => format!("record {:?}", rt.heap.fields(v).unwrap_or_default()),
        _ => format!("{v:?}"),
    }
}

impl Semantics for Talk {
    fn name(&self) -> &'static str {
        "talk"
    }
    fn natives(&self) -> &'static [NativeDef] {
        NATIVES
    }
    fn binary(&self, rt: &mut Runtime, op: BinOp, a: Value, b: Value) -> NativeResult {
        let name = rt.symbols.intern(&format!("{op:?}"));
        self.send(rt, a, name, &[b])
    }
    fn operator(&self, op: BinOp) -> Option<&'static str> {
        match op {
            BinOp::Add => Some("Add"),
            BinOp::Lt => Some("Lt"),
            BinOp::Eq => Some("Eq"),
            // The others by `binary` alone.
            _ => None,
        }
    }
    fn unary(&self, rt: &mut Runtime, op: UnOp, a: Value) -> NativeResult {
        error(format!("{op:?} {}", show(rt, a)))
    }
    fn truthy(&self, _: &Runtime, v: Value) -> bool {
        !v.is_nil()
    }
    fn display(&self, rt: &Runtime, v: Value, out: &mut String) {
        out.push_str(&show(rt, v));
    }
    fn index(&self, rt: &mut Runtime, _: Value, i: Value) -> NativeResult {
        error(format!("index {}", show(rt, i)))
    }
    fn set_index(&self, rt: &mut Runtime, _: Value, i: Value, _: Value) -> NativeResult {
        error(format!("set_index {}", show(rt, i)))
    }
    fn field(&self, rt: &mut Runtime, base: Value, name: Symbol) -> NativeResult {
        error(format!("field {} of {}", rt.symbols.name(name), show(rt, base)))
    }
    fn set_field(&self, rt: &mut Runtime, base: Value, name: Symbol, _: Value) -> NativeResult {
        error(format!("set_field {} of {}", rt.symbols.name(name), show(rt, base)))
    }
    fn send(&self, rt: &mut Runtime, recv: Value, name: Symbol, args: &[Value]) -> NativeResult {
        match find(rt, recv, name, false) {
            Some(method) => Err(Control::call(method, [&[recv], args].concat())),
            None => error(format!("{} does not understand {}", show(rt, recv), rt.symbols.name(name))),
        }
    }
    fn method(&self, rt: &Runtime, recv: Value, name: Symbol) -> Option<Value> {
        find(rt, recv, name, false)
    }
    fn method_from(&self, rt: &Runtime, start: Value, name: Symbol) -> Option<Value> {
        find(rt, start, name, true)
    }
    fn iterate(&self, _: &mut Runtime, v: Value) -> NativeResult {
        Ok(v)
    }
    fn not_callable(&self, rt: &mut Runtime, v: Value) -> Control {
        Control::error(format!("not callable {}", show(rt, v)))
    }
    fn wrong_arity(
        &self,
        _: &mut Runtime,
        name: &str,
        expected: core::ops::RangeInclusive<usize>,
        got: usize,
    ) -> Control {
        Control::error(format!("{name} wants {}, got {got}", expected.end()))
    }
    fn undefined(&self, _: &mut Runtime, name: &str) -> Control {
        Control::error(format!("undefined {name}"))
    }
    fn cast_failed(&self, rt: &mut Runtime, want: TypeTag, got: Value) -> Control {
        Control::error(format!("{} is no {want:?}", show(rt, got)))
    }
    fn bad_spread(&self, _: &mut Runtime, _: Value, _: bool) -> Control {
        Control::error("bad spread")
    }
    fn stack_overflow(&self, _: &mut Runtime, callee: &str, _: usize) -> Control {
        Control::error(format!("too deep in {callee}"))
    }
    fn exception(&self, rt: &mut Runtime, thrown: Thrown, _: &[FuncId]) -> Value {
        match thrown {
            Thrown::Value(v) => v,
            Thrown::Error(e) => rt.heap.string(e.message),
        }
    }
}
