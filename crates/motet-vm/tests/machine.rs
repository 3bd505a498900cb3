//! The machine by itself: programs built as core IR, run with a minimal
//! language, each for one idea.

use motet_ir::{
    Arg, BinOp, Elem, Expr, ExprKind as K, Family, FuncIdx, Function, FunctionKind, Label, Local, LocalIdx, Module,
    PlaceRoot, PlaceStep, Type, build as b,
};
use motet_runtime::{
    self as rt, Control, FuncId, Limits, NativeDef, NativeResult, NullHost, Runtime, Semantics, Stop, Symbol, Thrown,
    TypeTag, Value,
};
use motet_source::Span;
use motet_vm::Vm;

const S: Span = Span { start: 0, end: 0 };

/// A language with as little meaning as possible.
struct Plain;

fn apply(_: &mut Runtime, args: &[Value]) -> NativeResult {
    Err(Control::call(args[0], args[1..].to_vec()))
}

fn fail(_: &mut Runtime, _: &[Value]) -> NativeResult {
    Err(Control::error("native failed"))
}

static NATIVES: &[NativeDef] = &[
    NativeDef { name: "plain.apply", run: apply, inline: None },
    NativeDef { name: "plain.fail", run: fail, inline: None },
];

impl Semantics for Plain {
    fn name(&self) -> &'static str {
        "plain"
    }
    fn natives(&self) -> &'static [NativeDef] {
        NATIVES
    }
    fn binary(&self, _: &mut Runtime, op: rt::BinOp, a: Value, b: Value) -> NativeResult {
        Err(Control::error(format!("{op:?} {a:?} {b:?}")))
    }
    fn unary(&self, _: &mut Runtime, op: rt::UnOp, a: Value) -> NativeResult {
        Err(Control::error(format!("{op:?} {a:?}")))
    }
    fn truthy(&self, _: &Runtime, v: Value) -> bool {
        !v.is_nil()
    }
    fn display(&self, _: &Runtime, v: Value, out: &mut String) {
        out.push_str(&format!("{v:?}"));
    }
    fn index(&self, _: &mut Runtime, _: Value, i: Value) -> NativeResult {
        Err(Control::error(format!("index {i:?}")))
    }
    fn set_index(&self, _: &mut Runtime, _: Value, i: Value, _: Value) -> NativeResult {
        Err(Control::error(format!("set_index {i:?}")))
    }
    fn field(&self, _: &mut Runtime, _: Value, _: Symbol) -> NativeResult {
        Err(Control::error("field"))
    }
    fn set_field(&self, _: &mut Runtime, _: Value, _: Symbol, _: Value) -> NativeResult {
        Err(Control::error("set_field"))
    }
    fn send(&self, _: &mut Runtime, _: Value, _: Symbol, _: &[Value]) -> NativeResult {
        Err(Control::error("send"))
    }
    fn method(&self, _: &Runtime, _: Value, _: Symbol) -> Option<Value> {
        None
    }
    fn iterate(&self, _: &mut Runtime, v: Value) -> NativeResult {
        Ok(v)
    }
    fn not_callable(&self, _: &mut Runtime, v: Value) -> Control {
        Control::error(format!("not callable {v:?}"))
    }
    fn wrong_arity(
        &self,
        _: &mut Runtime,
        name: &str,
        expected: core::ops::RangeInclusive<usize>,
        got: usize,
    ) -> Control {
        let expected = expected.end();
        Control::error(format!("{name} wants {expected}, got {got}"))
    }
    fn undefined(&self, _: &mut Runtime, name: &str) -> Control {
        Control::error(format!("undefined {name}"))
    }
    fn cast_failed(&self, _: &mut Runtime, want: TypeTag, got: Value) -> Control {
        Control::error(format!("{got:?} is no {want:?}"))
    }
    fn bad_spread(&self, _: &mut Runtime, _: Value, _: bool) -> Control {
        Control::error("bad spread")
    }
    fn stack_overflow(&self, _: &mut Runtime, callee: &str, limit: usize) -> Control {
        Control::error(format!("more than {limit} calls in {callee}"))
    }
    fn exception(&self, rt: &mut Runtime, thrown: Thrown, calls: &[FuncId]) -> Value {
        let names: Vec<&str> = calls.iter().map(|f| &*rt.funcs[f.0 as usize].name).collect();
        match thrown {
            Thrown::Value(v) => v,
            Thrown::Error(e) => {
                let text = format!("{} in {}", e.message, names.first().unwrap_or(&"?"));
                rt.heap.string(text)
            }
        }
    }
    fn wrap_async(&self, rt: &mut Runtime, v: Value) -> Value {
        rt.heap.list(vec![v])
    }
}

fn function(name: &str, params: u32, locals: usize, body: Expr) -> Function {
    Function {
        name: name.into(),
        language: 0,
        source: Default::default(),
        span: S,
        params,
        optional: 0,
        locals: (0..locals).map(|i| Local { name: format!("l{i}"), ty: Type::Any }).collect(),
        captures: vec![],
        result: Type::Any,
        kind: FunctionKind::Normal,
        hidden: false,
        body,
    }
}

fn module(functions: Vec<Function>) -> Module {
    let mut m = Module { name: "t".into(), languages: vec!["plain".into()], functions, ..Default::default() };
    m.sources.add("t", "");
    m
}

fn run_with(m: &Module, limits: Limits, stress: bool) -> String {
    motet_ir::check(m).expect("the test builds well-formed IR");
    let code = motet_codegen::emit(m).expect("fits");
    let code = motet_verify::verify(code, &motet_bytecode::Limits::trusted()).expect("emitted code verifies");
    let mut runtime = Runtime::new(Box::new(NullHost), limits);
    runtime.add_language(&Plain);
    let mut vm = Vm::new(runtime);
    vm.set_gc_stress(stress);
    let id = vm.load(rt::Shared::new(code)).expect("everything is there");
    match vm.run_init(id) {
        Ok(v) => show(&vm.rt, v),
        Err(Stop::Uncaught { message, trace, .. }) => format!("uncaught {message} ({} calls)", trace.len()),
        Err(Stop::Trap { trap, .. }) => format!("trap {trap:?}"),
        Err(Stop::Exit(n)) => format!("exit {n}"),
    }
}

fn show(rt: &Runtime, v: Value) -> String {
    if let Some(s) = rt.heap.text(v) {
        return s.into();
    }
    match rt.heap.items(v) {
        Some(items) => format!("[{}]", items.iter().map(|&i| show(rt, i)).collect::<Vec<_>>().join(", ")),
        None => format!("{v:?}"),
    }
}

fn check(m: Module, expected: &str) {
    for stress in [false, true] {
        assert_eq!(run_with(&m, Limits::default(), stress), expected, "gc stress: {stress}");
    }
}

fn l(i: u32) -> Expr {
    b::local(LocalIdx(i), Type::Any, S)
}
fn set(i: u32, v: Expr) -> Expr {
    b::set_local(LocalIdx(i), v, S)
}
fn int(n: i64) -> Expr {
    b::int(n, S)
}
fn add(x: Expr, y: Expr) -> Expr {
    b::binary(Family::Dyn, BinOp::Add, x, y, S)
}
fn lt(x: Expr, y: Expr) -> Expr {
    b::truthy(b::binary(Family::Dyn, BinOp::Lt, x, y, S))
}
fn call(f: u32, args: Vec<Expr>) -> Expr {
    b::call(FuncIdx(f), args, Type::Any, S)
}
fn list(items: Vec<Expr>) -> Expr {
    b::expr(K::List(items.into_iter().map(Elem::One).collect()), Type::List, S)
}
fn seq(parts: Vec<Expr>) -> Expr {
    b::block(parts, S)
}
fn for_each(label: u32, var: u32, iter: Expr, body: Expr) -> Expr {
    let kind = K::ForEach { label: Label(label), var: LocalIdx(var), iter: iter.into(), body: body.into() };
    b::expr(kind, Type::Nil, S)
}
fn yield_(v: Expr) -> Expr {
    b::expr(K::Yield(v.into()), Type::Any, S)
}
fn try_(body: Expr, var: u32, handler: Expr) -> Expr {
    let ty = body.ty.join(handler.ty);
    b::expr(K::Try { body: body.into(), var: LocalIdx(var), handler: handler.into() }, ty, S)
}
fn place(root: u32, steps: Vec<PlaceStep>, v: Expr) -> Expr {
    b::expr(K::SetPlace(PlaceRoot::Local(LocalIdx(root)), steps, v.into()), Type::Nil, S)
}
fn share(v: Expr) -> Expr {
    let ty = v.ty;
    b::expr(K::Share(v.into()), ty, S)
}

/// `down(n) = if n < 1 { 0 } else { 1 + down(n - 1) }`
fn down() -> Function {
    let minus = b::binary(Family::Dyn, BinOp::Sub, l(0), int(1), S);
    function("down", 1, 1, b::if_(lt(l(0), int(1)), int(0), add(int(1), call(1, vec![minus])), S))
}

#[test]
fn recurses_a_million_deep() {
    let m = module(vec![function("init", 0, 0, call(1, vec![int(1_000_000)])), down()]);
    assert_eq!(run_with(&m, Limits::default(), false), "1000000");
}

#[test]
fn too_deep_recursion_can_be_caught() {
    let body = seq(vec![try_(call(1, vec![int(100_000)]), 0, l(0))]);
    let m = module(vec![function("init", 0, 1, body), down()]);
    let limits = Limits { depth: 1000, ..Limits::default() };
    assert_eq!(run_with(&m, limits, false), "more than 1000 calls in down in down");
}

#[test]
fn fuel_stops_an_endless_loop() {
    let forever = K::While { label: Label(0), cond: None, body: int(1).into(), step: None };
    let m = module(vec![function("init", 0, 0, b::expr(forever, Type::Never, S))]);
    let limits = Limits { fuel: Some(12_345), ..Limits::default() };
    assert_eq!(run_with(&m, limits, false), "trap OutOfFuel");
}

#[test]
fn heap_limit_raises_a_catchable_error() {
    let grow = seq(vec![
        set(0, list(vec![])),
        b::while_(Label(0), b::bool(true, S), set(0, list(vec![l(0), l(0), int(1), int(2)])), S),
    ]);
    let m = module(vec![function("init", 0, 2, try_(grow, 1, l(1)))]);
    let limits = Limits { heap_bytes: 1 << 20, ..Limits::default() };
    assert_eq!(run_with(&m, limits, false), "out of memory: the heap limit was reached in init");
}

#[test]
fn handlers_see_locals_and_restore_the_operand_stack() {
    let raise = || b::expr(K::RaiseError("boom".into()), Type::Never, S);
    let body = seq(vec![
        set(0, int(1)),
        set(1, list(vec![int(7), try_(seq(vec![set(0, int(2)), raise()]), 2, list(vec![l(2), l(0)])), int(9)])),
        l(1),
    ]);
    check(module(vec![function("init", 0, 3, body)]), "[7, [boom in init, 2], 9]");
}

#[test]
fn errors_cross_frames_and_natives() {
    let mut m = module(vec![
        function("init", 0, 1, try_(call(1, vec![]), 0, l(0))),
        function("outer", 0, 0, add(int(1), native(1, vec![]))),
    ]);
    natives(&mut m);
    check(m, "native failed in outer");
}

fn native(i: u32, args: Vec<Expr>) -> Expr {
    let args = args.into_iter().map(|expr| Arg { expr, spread: false }).collect();
    b::expr(K::CallNative(motet_ir::NativeIdx(i), args), Type::Any, S)
}

fn natives(m: &mut Module) {
    for name in ["plain.apply", "plain.fail"] {
        let effects = motet_ir::NativeEffects::default();
        m.natives.push(motet_ir::Native { name: name.into(), result: Type::Any, effects });
    }
}

#[test]
fn natives_ask_for_calls() {
    let func = b::expr(K::Func(FuncIdx(1)), Type::Func, S);
    let mut m = module(vec![
        function("init", 0, 0, list(vec![int(1), native(0, vec![func, int(5)]), int(3)])),
        function("f", 1, 1, list(vec![l(0)])),
    ]);
    natives(&mut m);
    check(m, "[1, [5], 3]");
}

#[test]
fn uncaught_errors_carry_the_trace() {
    let mut m =
        module(vec![function("init", 0, 0, call(1, vec![])), function("outer", 0, 0, add(int(1), native(1, vec![])))]);
    natives(&mut m);
    check(m, "uncaught native failed (2 calls)");
}

/// A generator of `n` lists `[i]`.
fn generator() -> Function {
    let minus = |x| b::binary(Family::Dyn, BinOp::Sub, x, int(1), S);
    let body = b::while_(Label(0), lt(int(0), l(0)), seq(vec![yield_(list(vec![l(0)])), set(0, minus(l(0)))]), S);
    Function { kind: FunctionKind::Generator, ..function("gen", 1, 1, body) }
}

#[test]
fn generators_keep_their_place() {
    let push = |x| set(0, list(vec![l(0), x]));
    let body = seq(vec![
        set(0, list(vec![])),
        set(1, call(1, vec![int(3)])),
        for_each(0, 2, l(1), seq(vec![push(l(2)), b::expr(K::Break(Label(0)), Type::Never, S)])),
        for_each(1, 2, l(1), push(l(2))),
        for_each(2, 2, l(1), push(int(99))),
        l(0),
    ]);
    check(module(vec![function("init", 0, 3, body), generator()]), "[[[[], [3]], [2]], [1]]");
}

#[test]
fn errors_in_generators_reach_the_loop() {
    let body = seq(vec![yield_(int(1)), b::expr(K::RaiseError("late".into()), Type::Never, S)]);
    let generator = Function { kind: FunctionKind::Generator, ..function("gen", 0, 0, body) };
    let init = try_(seq(vec![for_each(0, 1, call(1, vec![]), l(1)), int(0)]), 0, l(0));
    check(module(vec![function("init", 0, 2, init), generator]), "late in gen");
}

#[test]
fn generators_nest() {
    let outer = Function {
        kind: FunctionKind::Generator,
        ..function("outer", 0, 1, for_each(0, 0, call(1, vec![int(2)]), yield_(list(vec![l(0)]))))
    };
    let body = seq(vec![set(0, list(vec![])), for_each(0, 1, call(2, vec![]), set(0, list(vec![l(0), l(1)]))), l(0)]);
    check(module(vec![function("init", 0, 2, body), generator(), outer]), "[[[], [[2]]], [[1]]]");
}

#[test]
fn async_results_are_wrapped() {
    let f = Function { kind: FunctionKind::Async, ..function("f", 1, 1, l(0)) };
    check(module(vec![function("init", 0, 0, list(vec![int(1), call(1, vec![int(2)])])), f]), "[1, [2]]");
}

#[test]
fn place_assignment_copies_only_what_is_shared() {
    let index = |i| PlaceStep::Index(int(i));
    let body = seq(vec![
        set(0, list(vec![list(vec![int(1)]), list(vec![int(2)])])),
        set(1, share(l(0))),
        place(0, vec![index(0), index(0)], int(9)),
        place(0, vec![index(1)], int(8)),
        list(vec![l(0), l(1)]),
    ]);
    check(module(vec![function("init", 0, 2, body)]), "[[[9], 8], [[1], [2]]]");
}

#[test]
fn closures_own_their_cells() {
    let cell = b::expr(K::Capture(motet_ir::CaptureIdx(0)), Type::Any, S);
    let bump = b::expr(K::SetCapture(motet_ir::CaptureIdx(0), add(cell.clone(), int(1)).into()), Type::Nil, S);
    let mut counter = function("counter", 0, 0, seq(vec![bump, cell]));
    counter.captures.push(motet_ir::Capture { name: "n".into(), ty: Type::Any });
    let closure = b::expr(K::Closure(FuncIdx(1), vec![int(10)]), Type::Func, S);
    let call = |i| b::expr(K::CallValue(l(i).into(), vec![]), Type::Any, S);
    let body = seq(vec![set(0, closure.clone()), set(1, closure), set(2, l(0)), list(vec![call(0), call(2), call(1)])]);
    check(module(vec![function("init", 0, 3, body), counter]), "[11, 12, 11]");
}

#[test]
fn parameters_that_a_call_may_leave_out_arrive_unset() {
    let callee = || b::expr(K::Func(FuncIdx(1)), Type::Func, S);
    let call = |n: i64| {
        let args = (0..n).map(|i| motet_ir::Arg { expr: int(i), spread: false }).collect();
        b::expr(K::CallValue(callee().into(), args), Type::Any, S)
    };
    let is_unset = |i| b::expr(K::IsUnset(l(i).into()), Type::Bool, S);
    let mut f = function("f", 3, 3, list(vec![l(0), is_unset(1), is_unset(2)]));
    f.optional = 2;
    let body = list(vec![call(1), call(2), call(3), try_(call(0), 0, l(0)), try_(call(4), 0, l(0))]);
    check(
        module(vec![function("init", 0, 1, body), f]),
        "[[0, true, true], [0, false, true], [0, false, false], f wants 3, got 0 in init, f wants 3, got 4 in init]",
    );
}

#[test]
fn wrong_argument_counts_and_callees_raise() {
    let bad = b::expr(K::CallValue(b::expr(K::Func(FuncIdx(1)), Type::Func, S).into(), vec![]), Type::Any, S);
    let worse = b::expr(K::CallValue(int(3).into(), vec![]), Type::Any, S);
    let body = list(vec![try_(bad, 0, l(0)), try_(worse, 0, l(0))]);
    let m = module(vec![function("init", 0, 1, body), function("f", 1, 1, l(0))]);
    check(m, "[f wants 1, got 0 in init, not callable 3 in init]");
}

#[test]
fn jumps_reach_across_very_long_functions() {
    // More than 32,767 words between loop head and end.
    let filler: Vec<Expr> = (0..12_000).map(|i| set(1, list(vec![l(0), int(i)]))).collect();
    let mut body = filler;
    body.push(set(0, add(l(0), int(1))));
    let turns = b::while_(Label(0), lt(l(0), int(3)), seq(body), S);
    let m = module(vec![function("init", 0, 2, seq(vec![set(0, int(0)), turns, l(0)]))]);
    assert_eq!(run_with(&m, Limits::default(), false), "3");
}

/// Runs a loop of 200,000 turns over `body` (locals 0 to 3 are free, 0 counts) on a small host stack.
#[track_caller]
fn survives(body: Vec<Expr>) {
    let mut m = module(vec![]);
    natives(&mut m);
    let mut parts = body;
    parts.push(set(0, add(l(0), int(1))));
    let turns = b::while_(Label(0), lt(l(0), int(200_000)), seq(parts), S);
    let cell = b::expr(K::Capture(motet_ir::CaptureIdx(0)), Type::Any, S);
    let mut closure = function("closure", 0, 0, cell);
    closure.captures.push(motet_ir::Capture { name: "n".into(), ty: Type::Any });
    let plain = function("plain", 1, 1, l(0));
    let later = Function { kind: FunctionKind::Async, ..function("later", 1, 1, l(0)) };
    m.functions = vec![
        function("init", 0, 4, seq(vec![set(0, int(0)), turns, l(0)])),
        down(),
        generator(),
        closure,
        plain,
        later,
    ];
    let run = move || run_with(&m, Limits::default(), false);
    let thread = std::thread::Builder::new().stack_size(256 * 1024).spawn(run).expect("a thread");
    assert_eq!(thread.join().expect("no overflow"), "200000");
}

#[test]
fn survives_a_small_host_stack() {
    // The torture test of tail dispatch: a handler that calls instead of jumping overflows at once.
    let func = |i| b::expr(K::Func(FuncIdx(i)), Type::Func, S);
    let call_value = |callee: Expr, args: Vec<Expr>| {
        let args = args.into_iter().map(|expr| Arg { expr, spread: false }).collect();
        b::expr(K::CallValue(callee.into(), args), Type::Any, S)
    };
    let spread = |callee: Expr, args: Expr| {
        b::expr(K::CallValue(callee.into(), vec![Arg { expr: args, spread: true }]), Type::Any, S)
    };
    let raise = || b::expr(K::RaiseError("boom".into()), Type::Never, S);
    let text = |s: &str| b::str(s, S);
    let map = |v: Expr| b::expr(K::Map(vec![motet_ir::Entry::One(text("k"), v)]), Type::Map, S);
    let index = |x: Expr, i: Expr| b::expr(K::Index(x.into(), i.into()), Type::Any, S);
    survives(vec![set(1, list(vec![l(0), call(1, vec![int(2)])]))]);
    survives(vec![set(1, native(0, vec![func(4), l(0)]))]);
    survives(vec![set(1, call_value(b::expr(K::Native(motet_ir::NativeIdx(0)), Type::Func, S), vec![func(4), l(0)]))]);
    survives(vec![set(1, try_(raise(), 2, l(2)))]);
    survives(vec![set(1, try_(native(1, vec![]), 2, l(2)))]);
    survives(vec![set(1, try_(b::expr(K::Raise(l(0).into()), Type::Never, S), 2, l(2)))]);
    survives(vec![set(1, try_(index(int(1), int(2)), 2, l(2)))]);
    survives(vec![set(1, try_(b::cast(Type::Str, l(0)), 2, l(2)))]);
    survives(vec![set(1, try_(add(l(0), text("x")), 2, l(2)))]);
    survives(vec![set(1, b::expr(K::Concat(vec![text("a"), l(0)]), Type::Str, S))]);
    survives(
        vec![set(1, map(l(0))), set(2, index(l(1), text("k"))), place(1, vec![PlaceStep::Index(int(0))], int(1))]
            .into_iter()
            .map(|e| try_(e, 3, b::nil(S)))
            .collect(),
    );
    survives(vec![
        set(1, b::expr(K::Closure(FuncIdx(3), vec![l(0)]), Type::Func, S)),
        set(2, call_value(l(1), vec![])),
    ]);
    survives(vec![set(1, spread(func(4), list(vec![l(0)])))]);
    survives(vec![set(1, try_(call_value(func(4), vec![]), 2, l(2)))]);
    survives(vec![for_each(1, 1, call(2, vec![int(2)]), set(2, l(1)))]);
    survives(vec![set(1, call(5, vec![l(0)])), set(2, b::expr(K::Await(l(1).into()), Type::Any, S))]);
    survives(vec![for_each(1, 1, text("ab"), set(2, l(1)))]);
    survives(vec![set(1, b::binary(Family::Str, BinOp::Add, text("ab"), text("cd"), S))]);
}
