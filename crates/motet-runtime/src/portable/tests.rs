//! Graphs that leave an isolate and are made again in another.

use alloc::{boxed::Box, string::String, vec, vec::Vec};

use crate::{
    ClassKind, Control, FuncInfo, FuncKind, Limits, Map, NullHost, Origin, Runtime, Shared, Value, web::Response,
};

fn isolate(functions: u32) -> Runtime {
    let mut rt = Runtime::new(Box::new(NullHost), Limits::default());
    // Ids differ between isolates: what counts is where functions come from.
    for index in (0..functions).rev() {
        rt.funcs.push(FuncInfo {
            name: Shared::from("f"),
            language: 0,
            params: 0,
            optional: 0,
            kind: FuncKind::Normal,
            captures: None,
            hidden: false,
            origin: Some(Origin { module: 0, index }),
        });
    }
    rt
}

fn transfer(from: &mut Runtime, to: &mut Runtime, values: &[Value]) -> Vec<Value> {
    let graph = from.export(values).expect("leaves");
    assert_eq!(graph.len(), values.len());
    to.import(&graph).expect("arrives")
}

fn is_send_and_sync<T: Send + Sync>(_: &T) {}

#[test]
fn values_of_all_kinds_arrive() {
    let (mut from, mut to) = (isolate(3), isolate(5));
    let text = from.heap.str("täxt");
    let list = from.heap.list(vec![Value::int(-1), Value::float(2.5), Value::TRUE, Value::NIL, text]);
    from.heap.share(list);
    let mut map = Map::default();
    let key = from.heap.key(text);
    map.insert(key, list);
    let map = from.heap.map(map);
    let func = from.funcs.iter().position(|f| f.origin == Some(Origin { module: 0, index: 2 })).expect("there");
    let func = crate::FuncId(func as u32);
    let closure = from.heap.closure(func, &[map, Value::UNSET]);
    let response = from.heap.foreign(Box::new(Response::error(404, "no")));
    let values = [Value::UNSET, Value::func(func), closure, response, list];
    let graph = from.export(&values).expect("leaves");
    is_send_and_sync(&graph);
    let there = to.import(&graph).expect("arrives");

    assert!(there[0].is_unset());
    let origin = |rt: &Runtime, f: crate::FuncId| rt.funcs[f.0 as usize].origin;
    assert_eq!(origin(&to, there[1].as_func().expect("a function")), Some(Origin { module: 0, index: 2 }));
    assert_eq!(origin(&to, to.heap.closure_func(there[2]).expect("a closure")), origin(&from, func));
    let cells = to.heap.captures(there[2]).expect("cells").to_vec();
    assert!(cells[1].is_unset());
    let key = to.heap.str("täxt");
    let key = to.heap.key(key);
    let inner = to.heap.entries(cells[0]).and_then(|m| m.get(key)).expect("the entry");
    assert!(inner.is_identical(there[4]), "what was one object is one object");
    assert!(to.heap.is_shared(inner) && !to.heap.is_shared(cells[0]));
    let items = to.heap.items(inner).expect("a list").clone();
    assert_eq!((items[0].as_int(), items[1].as_float(), items[2].as_bool()), (Some(-1), Some(2.5), Some(true)));
    assert_eq!(to.heap.text(items[4]), Some("täxt"));
    assert_eq!(to.heap.foreign_as::<Response>(there[3]), Some(&Response::error(404, "no")));
}

#[test]
fn cycles_and_long_chains_arrive() {
    let (mut from, mut to) = (isolate(0), isolate(0));
    let ring = from.heap.list(Vec::new());
    let cell = from.heap.new_cell(ring);
    from.heap.push(ring, cell);
    let mut chain = Value::NIL;
    for _ in 0..100_000 {
        chain = from.heap.list(vec![chain]);
    }
    let there = transfer(&mut from, &mut to, &[ring, chain]);
    let cell = to.heap.items(there[0]).expect("a list")[0];
    assert!(to.heap.cell_get(cell).expect("a cell").is_identical(there[0]));
    let (mut depth, mut at) = (0, there[1]);
    while let Some(inner) = to.heap.items(at).map(|l| l[0]) {
        (depth, at) = (depth + 1, inner);
    }
    assert_eq!(depth, 100_000);
}

#[test]
fn records_keep_their_class_and_fields() {
    let (mut from, mut to) = (isolate(0), isolate(0));
    let define = |rt: &mut Runtime| {
        let fields = ["a", "b"].map(|n| rt.symbols.intern(n));
        rt.classes.define("class m Point", "Point", 0, ClassKind::Struct, &fields)
    };
    to.symbols.intern("something else");
    let (here, class) = (define(&mut from), define(&mut to));
    let shape = from.classes.class(here).shape;
    let record = from.heap.record(shape, &[Value::int(1), Value::int(2)]);
    let grown = from.heap.record(shape, &[Value::int(3), record]);
    let name = from.symbols.intern("c");
    assert!(from.set_field(grown, name, Value::int(4)));
    let there = transfer(&mut from, &mut to, &[grown])[0];
    assert_eq!(to.class_of(there), Some(class));
    let fields = to.record_fields(there);
    let names: Vec<&str> = fields.iter().map(|(n, _)| to.symbols.name(*n)).collect();
    assert_eq!(names, ["a", "b", "c"]);
    assert_eq!((fields[0].1.as_int(), fields[2].1.as_int()), (Some(3), Some(4)));
    assert_eq!(to.class_of(fields[1].1), Some(class));
}

#[test]
fn what_cannot_go_or_arrive_is_an_error() {
    let message = |result: Result<(), Control>| match result {
        Err(Control::Error(e)) => e.message,
        _ => String::new(),
    };
    let (mut from, mut to) = (isolate(1), isolate(0));
    let graph = from.export(&[Value::func(crate::FuncId(0))]).expect("leaves");
    assert_eq!(message(to.import(&graph).map(drop)), "there is no function 0 of module 0 in this isolate");
    let fiber = from.heap.foreign(Box::new(Stays));
    assert_eq!(message(from.export(&[fiber]).map(drop)), "the value cannot be given to another isolate");
    let big = from.heap.str(&"x".repeat(1 << 20));
    let mut small = Runtime::new(Box::new(NullHost), Limits { heap_bytes: 1 << 19, ..Limits::default() });
    let graph = from.export(&[big]).expect("leaves");
    assert!(message(small.import(&graph).map(drop)).starts_with("out of memory"));
}

/// An object that belongs to its isolate.
struct Stays;

impl crate::Foreign for Stays {
    fn trace(&self, _tracer: &mut crate::Tracer<'_>) {}

    fn as_any(&self) -> &dyn core::any::Any {
        self
    }

    fn as_any_mut(&mut self) -> &mut dyn core::any::Any {
        self
    }
}
