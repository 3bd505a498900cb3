//! A language with as little meaning as possible.

use motet_runtime::{
    BinOp, Control, FuncId, Host, NativeDef, NativeResult, Runtime, Semantics, Symbol, Tag, Thrown, TypeTag, UnOp,
    Value,
};

pub struct Plain;

fn apply(_: &mut Runtime, args: &[Value]) -> NativeResult {
    Err(Control::call(args[0], args[1..].to_vec()))
}

fn fail(_: &mut Runtime, _: &[Value]) -> NativeResult {
    Err(Control::error("native failed"))
}

/// Declared to give an integer.
fn lie(_: &mut Runtime, _: &[Value]) -> NativeResult {
    Ok(Value::NIL)
}

static NATIVES: &[NativeDef] = &[
    NativeDef { name: "plain.apply", run: apply, inline: None },
    NativeDef { name: "plain.fail", run: fail, inline: None },
    NativeDef { name: "plain.lie", run: lie, inline: None },
];

/// Values as text.
pub fn show(rt: &Runtime, v: Value) -> String {
    let all = |items: &[Value]| items.iter().map(|&v| show(rt, v)).collect::<Vec<_>>().join(", ");
    match v.tag() {
        Tag::Str => rt.heap.text(v).unwrap_or("").to_string(),
        Tag::List => format!("[{}]", all(rt.heap.items(v).map_or(&[], |l| l))),
        Tag::Map => {
            let entries = rt.heap.entries(v).into_iter().flat_map(|m| m.iter());
            let shown: Vec<String> = entries.map(|(k, v)| format!("{}: {}", show(rt, k), show(rt, v))).collect();
            format!("{{{}}}", shown.join(", "))
        }
        Tag::Record => {
            let class = rt.class_of(v).map_or("?", |c| &rt.classes.class(c).name);
            let fields = rt.record_fields(v);
            let shown: Vec<String> =
                fields.iter().map(|&(name, v)| format!("{}: {}", rt.symbols.name(name), show(rt, v))).collect();
            format!("{class}({})", shown.join(", "))
        }
        _ => format!("{v:?}"),
    }
}

fn error(message: String) -> Control {
    Control::error(message)
}

impl Semantics for Plain {
    fn name(&self) -> &'static str {
        "plain"
    }

    fn natives(&self) -> &'static [NativeDef] {
        NATIVES
    }

    fn binary(&self, rt: &mut Runtime, op: BinOp, a: Value, b: Value) -> NativeResult {
        Err(error(format!("{op:?} {} {}", show(rt, a), show(rt, b))))
    }

    fn unary(&self, rt: &mut Runtime, op: UnOp, a: Value) -> NativeResult {
        Err(error(format!("{op:?} {}", show(rt, a))))
    }

    fn truthy(&self, _: &Runtime, v: Value) -> bool {
        !v.is_nil()
    }

    fn display(&self, rt: &Runtime, v: Value, out: &mut String) {
        out.push_str(&show(rt, v));
    }

    fn index(&self, rt: &mut Runtime, _: Value, i: Value) -> NativeResult {
        Err(error(format!("index {}", show(rt, i))))
    }

    fn set_index(&self, rt: &mut Runtime, _: Value, i: Value, _: Value) -> NativeResult {
        Err(error(format!("set_index {}", show(rt, i))))
    }

    /// A field of a list is the first element, called with the list.
    fn field(&self, rt: &mut Runtime, base: Value, name: Symbol) -> NativeResult {
        match rt.heap.items(base).and_then(|l| l.first()) {
            Some(&method) => Err(Control::call(method, vec![base])),
            None => Err(error(format!("no field {}", rt.symbols.name(name)))),
        }
    }

    fn set_field(&self, rt: &mut Runtime, _: Value, name: Symbol, _: Value) -> NativeResult {
        Err(error(format!("no field {}", rt.symbols.name(name))))
    }

    /// `f.call(args)` calls `f`.
    fn send(&self, _: &mut Runtime, recv: Value, _: Symbol, args: &[Value]) -> NativeResult {
        Err(Control::call(recv, args.to_vec()))
    }

    fn method(&self, _: &Runtime, _: Value, _: Symbol) -> Option<Value> {
        None
    }

    fn iterate(&self, _: &mut Runtime, v: Value) -> NativeResult {
        Ok(v)
    }

    fn not_callable(&self, rt: &mut Runtime, v: Value) -> Control {
        error(format!("not callable {}", show(rt, v)))
    }

    fn wrong_arity(
        &self,
        _: &mut Runtime,
        name: &str,
        expected: core::ops::RangeInclusive<usize>,
        got: usize,
    ) -> Control {
        let expected = expected.end();
        error(format!("{name} wants {expected}, got {got}"))
    }

    fn undefined(&self, _: &mut Runtime, name: &str) -> Control {
        error(format!("undefined {name}"))
    }

    fn cast_failed(&self, rt: &mut Runtime, want: TypeTag, got: Value) -> Control {
        error(format!("{} is no {want:?}", show(rt, got)))
    }

    fn bad_spread(&self, rt: &mut Runtime, v: Value, _: bool) -> Control {
        error(format!("bad spread {}", show(rt, v)))
    }

    fn stack_overflow(&self, _: &mut Runtime, callee: &str, limit: usize) -> Control {
        error(format!("more than {limit} calls in {callee}"))
    }

    fn exception(&self, rt: &mut Runtime, thrown: Thrown, calls: &[FuncId]) -> Value {
        let place = calls.first().map_or("?", |f| &*rt.funcs[f.0 as usize].name);
        match thrown {
            Thrown::Value(v) => v,
            Thrown::Error(e) => {
                let text = format!("{} in {place}", e.message);
                rt.heap.string(text)
            }
        }
    }

    fn uncaught(&self, rt: &Runtime, thrown: &Thrown) -> String {
        match thrown {
            Thrown::Error(e) => e.message.clone(),
            Thrown::Value(v) => format!("uncaught {}", show(rt, *v)),
        }
    }

    fn wrap_async(&self, rt: &mut Runtime, v: Value) -> Value {
        rt.heap.list(vec![v])
    }
}

/// A host whose clock advances by one at each look.
pub struct Clock(pub u64);

impl Host for Clock {
    fn write_out(&mut self, _: &[u8]) {}

    fn write_err(&mut self, _: &[u8]) {}

    fn monotonic_nanos(&mut self) -> u64 {
        self.0 += 1;
        self.0
    }
}
