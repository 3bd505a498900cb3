//! What natives do with arguments that no lowered program passes, and a few
//! values that the corpus does not pin down.

use alloc::{boxed::Box, string::String, vec, vec::Vec};

use motet_runtime::{ClassKind, Control, Limits, NullHost, Runtime, Semantics, Value};

use super::NATIVES;
use crate::RaeSemantics;

fn runtime() -> Runtime {
    let limits = Limits { heap_bytes: 1 << 20, fuel: Some(1 << 40), ..Limits::default() };
    let mut rt = Runtime::new(Box::new(NullHost), limits);
    rt.add_natives(RaeSemantics.natives());
    rt
}

/// One value of each kind, and the numbers at which mistakes are likely.
fn odd_values(rt: &mut Runtime) -> Vec<Value> {
    let name = rt.symbols.intern("x");
    let other = rt.symbols.intern("y");
    let class = rt.classes.define("t:P", "P", 0, ClassKind::Struct, &[name, other]);
    let shape = rt.classes.shape_for(class, &[name, other]);
    let (short, long) = (rt.heap.str(""), rt.heap.str("\u{e9}\"x\": 7, a,b"));
    let fixed = rt.heap.list(vec![Value::int(1), Value::NIL]);
    rt.heap.fix_length(fixed);
    let list = rt.heap.list(vec![Value::int(2), short, Value::float(0.5)]);
    let numbers = rt.heap.list(vec![Value::int(-1), Value::int(0), Value::int(-2), Value::int(i64::MAX)]);
    let record = rt.heap.record(shape, &[list, Value::int(i64::MIN)]);
    let cell = rt.heap.new_cell(Value::int(3));
    let floats = [0.0, -1.5, f64::NAN, f64::INFINITY, 1e300].map(Value::float);
    let ints = [0, 1, -1, 63, i64::MAX, i64::MIN].map(Value::int);
    let mut all = vec![Value::NIL, Value::bool(true), short, long, fixed, list, numbers, record, cell];
    all.extend(floats);
    all.extend(ints);
    all
}

#[test]
fn natives_refuse_odd_arguments_without_harm() {
    for (n, def) in NATIVES.iter().enumerate() {
        let mut rt = runtime();
        let values = odd_values(&mut rt);
        let pick = |i: usize| values[i % values.len()];
        // Every pair of kinds in the first two places; the others vary with them.
        for i in 0..values.len() {
            for j in 0..values.len() {
                let args = [pick(i), pick(j), pick(i * 7 + j + n), pick(j * 3 + i), pick(i + j * 5), pick(i)];
                for count in 0..=args.len() {
                    match (def.run)(&mut rt, &args[..count]) {
                        Ok(_) | Err(Control::Error(_) | Control::Exit(_) | Control::Task(_)) => {}
                        Err(other) => panic!("{} with {:?}: {other:?}", def.name, &args[..count]),
                    }
                }
            }
        }
    }
}

/// Runs a native on texts.
fn text_of(rt: &mut Runtime, name: &str, args: &[Value]) -> String {
    let id = rt.find_native(name).expect("the native exists");
    let run = rt.natives[id.0 as usize].run;
    let v = run(rt, args).expect("these arguments are fine");
    let mut out = String::new();
    RaeSemantics.display(rt, v, &mut out);
    out
}

#[test]
fn cuts_inside_a_code_point_leave_a_mark() {
    let mut rt = runtime();
    let text = rt.heap.str("a\u{20ac}b");
    for (start, len, expected) in
        [(0, 2, "a\u{fffd}"), (1, 3, "\u{20ac}"), (2, 3, "\u{fffd}\u{fffd}b"), (0, 5, "a\u{20ac}b"), (9, 1, "")]
    {
        assert_eq!(text_of(&mut rt, "rae.sub", &[text, Value::int(start), Value::int(len)]), expected);
    }
}

#[test]
fn every_name_is_there_once() {
    let mut names: Vec<&str> = NATIVES.iter().map(|d| d.name).collect();
    names.sort_unstable();
    let all = names.len();
    names.dedup();
    assert_eq!(names.len(), all);
}
