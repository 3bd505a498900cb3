//! Programs in core IR that use every node; each must verify and survive
//! every form of the bytecode unchanged. Some have their code as golden text.

use motet_bytecode::{Limits, Module, Style, assemble, decode, disassemble, encode, strip};
use motet_ir::build::{
    self, binary, block, call, expr, if_, int, local, nil, return_, set_local, truthy, unary, while_,
};
use motet_ir::{
    Arg, BinOp, Capture, CaptureIdx, Class, ClassIdx, ClassKind, Elem, Entry, Expr, ExprKind, Family, Field, FuncIdx,
    Function, FunctionKind, Global, GlobalIdx, GlobalInit, Label, Local, LocalIdx, Native, NativeEffects, NativeIdx,
    PlaceRoot, PlaceStep, TestEntry, Type, UnOp,
};
use motet_source::{FileId, Sources, Span};
use motet_verify::verify;

const TEXT: &str = "line one\nline two\nline three\n";
const S: Span = Span { start: 0, end: 8 };
const S2: Span = Span { start: 9, end: 17 };

fn f(name: &str, params: u32, locals: &[Type], result: Type, body: Expr) -> Function {
    let locals = locals.iter().enumerate().map(|(i, ty)| Local { name: format!("v{i}"), ty: *ty }).collect();
    Function {
        name: name.into(),
        language: 0,
        source: FileId(0),
        span: Span { start: 0, end: 27 },
        params,
        optional: 0,
        locals,
        captures: Vec::new(),
        result,
        kind: FunctionKind::Normal,
        hidden: false,
        body,
    }
}

/// A module whose first function runs the program.
fn module(functions: Vec<Function>) -> motet_ir::Module {
    let mut sources = Sources::default();
    sources.add("a.test", TEXT);
    let field = |name: &str, ty| Field { name: name.into(), ty };
    let class = |name: &str, kind, fields| Class { name: name.into(), language: 0, kind, fields, methods: vec![] };
    let global = |name: &str, ty, init| Global { name: name.into(), ty, init };
    motet_ir::Module {
        name: "a.test".into(),
        languages: vec!["test".into()],
        sources,
        functions,
        globals: vec![
            global("x", Type::Any, GlobalInit::Unset),
            global("n", Type::Int, GlobalInit::Unset),
            global("print", Type::Any, GlobalInit::Native(NativeIdx(0))),
        ],
        classes: vec![
            class("Point", ClassKind::Struct, vec![field("x", Type::Int), field("y", Type::Any)]),
            class("Ok", ClassKind::Variant, vec![field("0", Type::Any)]),
        ],
        natives: vec![
            Native {
                name: "test.print".into(),
                result: Type::Nil,
                effects: NativeEffects { retains: true, ..Default::default() },
            },
            Native {
                name: "test.len".into(),
                result: Type::Int,
                effects: NativeEffects { pure: true, ..Default::default() },
            },
        ],
        init: FuncIdx(0),
        tests: vec![],
        ..motet_ir::Module::default()
    }
}

/// Emits; the result must verify, with and without debug section, and survive all forms.
fn emitted(ir: &motet_ir::Module) -> Module {
    let module = motet_codegen::emit(ir).expect("it fits the format");
    let text = disassemble(&module, &Style::full());
    let verified = verify(module.clone(), &Limits::strict()).unwrap_or_else(|e| panic!("{e}\n{text}"));
    for (i, function) in verified.functions.iter().enumerate() {
        let facts = verified.facts(motet_bytecode::FuncIdx(i as u32));
        assert_eq!(facts.max_stack(), function.max_stack, "declared depth is exact\n{text}");
        assert_eq!(facts.init_locals(), [], "nothing is read before it is set\n{text}");
        let covered: u32 = facts.blocks().map(|b| b.end - b.start).sum();
        assert_eq!(covered as usize, function.code.len(), "no dead code\n{text}");
    }
    assert_eq!(assemble(&text).as_ref(), Ok(&module), "{text}");
    let bytes = encode(&module);
    assert_eq!(decode(&bytes).as_ref(), Ok(&module));
    assert_eq!(encode(&motet_codegen::emit(ir).expect("again")), bytes, "emission is reproducible");
    let mut stripped = module.clone();
    strip(&mut stripped);
    assert_eq!(decode(&encode(&stripped)).as_ref(), Ok(&stripped));
    assert_eq!(assemble(&disassemble(&stripped, &Style::plain())).as_ref(), Ok(&stripped));
    verify(stripped, &Limits::strict()).expect("stripped");
    module
}

/// Code of the first function, without offsets and comments.
fn code(ir: &motet_ir::Module) -> String {
    let text = disassemble(&emitted(ir), &Style::plain());
    let from = text.find("code\n").expect("has code") + 5;
    let to = text.find("end\n").expect("has an end");
    text[from..to].lines().map(str::trim).collect::<Vec<_>>().join("\n")
}

fn check(locals: &[Type], body: Expr, expected: &str) {
    let expected = expected.lines().map(str::trim).filter(|l| !l.is_empty()).collect::<Vec<_>>().join("\n");
    assert_eq!(code(&module(vec![f("main", 0, locals, Type::Any, body)])), expected);
}

fn lt(a: Expr, b: Expr) -> Expr {
    binary(Family::Int, BinOp::Lt, a, b, S)
}

fn v(i: u32, ty: Type) -> Expr {
    local(LocalIdx(i), ty, S)
}

fn b(e: Expr) -> Box<Expr> {
    Box::new(e)
}

fn print(e: Expr) -> Expr {
    expr(ExprKind::CallNative(NativeIdx(0), vec![Arg { expr: e, spread: false }]), Type::Nil, S)
}

fn not(e: Expr) -> Expr {
    unary(Family::Bool, UnOp::Not, e, S)
}

fn and(x: Expr, y: Expr) -> Expr {
    expr(ExprKind::And(b(x), b(y)), Type::Bool, S)
}

fn or(x: Expr, y: Expr) -> Expr {
    expr(ExprKind::Or(b(x), b(y)), Type::Bool, S)
}

fn brk(label: u32) -> Expr {
    expr(ExprKind::Break(Label(label)), Type::Never, S)
}

fn cont(label: u32) -> Expr {
    expr(ExprKind::Continue(Label(label)), Type::Never, S)
}

fn try_(body: Expr, var: u32, handler: Expr) -> Expr {
    let ty = body.ty.join(handler.ty);
    expr(ExprKind::Try { body: b(body), var: LocalIdx(var), handler: b(handler) }, ty, S)
}

fn for_range(label: u32, var: u32, from: Expr, to: Expr, inclusive: bool, body: Expr) -> Expr {
    let kind = ExprKind::ForRange {
        label: Label(label),
        var: LocalIdx(var),
        from: b(from),
        to: b(to),
        inclusive,
        body: b(body),
    };
    expr(kind, Type::Nil, S)
}

fn for_each(label: u32, var: u32, iter: Expr, body: Expr) -> Expr {
    expr(ExprKind::ForEach { label: Label(label), var: LocalIdx(var), iter: b(iter), body: b(body) }, Type::Nil, S)
}

#[test]
fn a_recursive_function_is_a_branch_and_a_call() {
    let n = || v(0, Type::Int);
    let fib = |k| call(FuncIdx(1), vec![binary(Family::Int, BinOp::Sub, n(), int(k, S), S)], Type::Int, S);
    let sum = binary(Family::IntChecked, BinOp::Add, fib(1), fib(2), S2);
    let body = block(vec![if_(lt(n(), int(2, S)), return_(n(), S), nil(S), S), return_(sum, S2)], S);
    let main = f("main", 0, &[], Type::Any, call(FuncIdx(1), vec![int(30, S)], Type::Int, S));
    let ir = module(vec![main, f("fib", 1, &[Type::Int], Type::Int, body)]);
    let text = disassemble(&emitted(&ir), &Style::readable());
    let expected = r#"
function 1 "fib"
  language 0
  params 1
  locals int
  result int
  stack 3
code
  # a.test:1 | line one
  0000  local 0                         # v0
  0003  int 2
  0008  int.lt
  0009  jump_unless L1
  0014  local 0                         # v0
  0017  return
L1:
  0018  local 0                         # v0
  0021  int 1
  0026  int.sub
  0027  call 1                          # fib
  0032  local 0                         # v0
  0035  int 2
  0040  int.sub
  0041  call 1                          # fib
  # a.test:2 | line two
  0046  checked.add
  0047  return
end
"#;
    assert!(text.ends_with(expected), "{text}");
}

#[test]
fn conditions_become_branches() {
    let x = || v(0, Type::Bool);
    let set = || set_local(LocalIdx(0), expr(ExprKind::Bool(true), Type::Bool, S), S);
    let body =
        block(vec![set(), if_(or(and(x(), not(x())), not(or(x(), x()))), print(int(1, S)), nil(S), S), nil(S)], S);
    check(
        &[Type::Bool],
        body,
        "true
         set_local 0
         local 0
         jump_unless L1
         local 0
         jump_unless L2
         L1:
         local 0
         jump_if L3
         local 0
         jump_if L3
         L2:
         int 1
         call_native 0, 1
         pop
         L3:
         nil
         return",
    );
}

#[test]
fn logic_values_keep_the_right_operand() {
    let x = || truthy(expr(ExprKind::Global(GlobalIdx(0)), Type::Any, S));
    check(
        &[],
        or(x(), not(and(x(), x()))),
        "global 0
         truthy
         jump_if L3
         global 0
         truthy
         jump_unless L1
         global 0
         truthy
         jump L2
         L1:
         false
         L2:
         bool.not
         jump L4
         L3:
         true
         L4:
         return",
    );
}

#[test]
fn a_while_loop_tests_at_the_bottom() {
    let i = || v(0, Type::Int);
    let step = set_local(LocalIdx(0), binary(Family::Int, BinOp::Add, i(), int(1, S), S), S);
    let body = block(vec![set_local(LocalIdx(0), int(0, S), S), while_(Label(0), lt(i(), int(9, S)), step, S), i()], S);
    check(
        &[Type::Int],
        body,
        "int 0
         set_local 0
         jump L2
         L1:
         loop_head
         local 0
         int 1
         int.add
         set_local 0
         L2:
         local 0
         int 9
         int.lt
         jump_if L1
         local 0
         return",
    );
}

#[test]
fn nothing_is_emitted_after_what_never_finishes() {
    let endless =
        expr(ExprKind::While { label: Label(0), cond: None, body: b(print(int(1, S))), step: None }, Type::Never, S);
    check(
        &[],
        block(vec![endless, print(int(2, S))], S),
        "L1:
         loop_head
         int 1
         call_native 0, 1
         pop
         jump L1",
    );
    check(&[], binary(Family::Int, BinOp::Add, int(1, S), return_(int(2, S), S), S), "int 1\nint 2\nreturn");
}

#[test]
fn leaving_a_loop_drops_what_it_keeps_on_the_stack() {
    let exit = try_(brk(0), 1, print(v(1, Type::Any)));
    let body = for_range(0, 0, int(0, S), int(9, S), false, exit);
    check(
        &[Type::Int, Type::Any],
        block(vec![body, nil(S)], S),
        "int 0
         int 9
         range.start 0, L1
         loop_head
         pop
         pop
         jump L1
         L1:
         nil
         return",
    )
}

#[test]
fn jumps_to_the_next_instruction_are_dropped_except_where_a_range_ends() {
    let x = || truthy(expr(ExprKind::Global(GlobalIdx(0)), Type::Any, S));
    let turn = block(vec![if_(x(), nil(S), print(int(1, S)), S), cont(0)], S);
    check(
        &[],
        block(vec![while_(Label(0), x(), turn, S), nil(S)], S),
        "jump L2
         L1:
         loop_head
         global 0
         truthy
         jump_if L2
         int 1
         call_native 0, 1
         pop
         L2:
         global 0
         truthy
         jump_if L1
         nil
         return",
    );
    let tried = try_(block(vec![print(int(1, S)), brk(0)], S), 0, nil(S));
    let ir =
        module(vec![f("main", 0, &[Type::Any], Type::Any, block(vec![while_(Label(0), x(), tried, S), nil(S)], S))]);
    let emitted = emitted(&ir);
    let handler = emitted.functions[0].handlers[0];
    assert!(handler.end <= handler.handler);
}

#[test]
fn loops_and_handlers_of_all_sorts_verify() {
    let any = || v(2, Type::Any);
    let list = || expr(ExprKind::List(vec![Elem::One(int(1, S))]), Type::List, S);
    let inner = block(
        vec![
            print(v(0, Type::Int)),
            if_(lt(v(0, Type::Int), int(3, S)), cont(0), nil(S), S),
            if_(lt(v(0, Type::Int), int(5, S)), brk(1), nil(S), S),
            if_(lt(v(0, Type::Int), int(7, S)), return_(any(), S), nil(S), S),
            expr(ExprKind::Raise(b(any())), Type::Never, S),
        ],
        S,
    );
    let tried = try_(print(try_(inner, 1, v(1, Type::Any))), 1, block(vec![print(v(1, Type::Any)), cont(1)], S));
    let summed = |e| print(binary(Family::Dyn, BinOp::Add, int(1, S), e, S));
    let body =
        for_each(1, 2, list(), for_range(0, 0, int(0, S), int(9, S), true, summed(block(vec![tried, int(1, S)], S))));
    emitted(&module(vec![f("main", 0, &[Type::Int, Type::Any, Type::Any], Type::Any, block(vec![body, nil(S)], S))]));
    let value = try_(call(FuncIdx(1), vec![], Type::Int, S), 0, int(0, S));
    let thrower = f("t", 0, &[], Type::Int, expr(ExprKind::RaiseError("no".into()), Type::Never, S));
    emitted(&module(vec![f("main", 0, &[Type::Any], Type::Int, value), thrower]));
}

#[test]
fn a_call_that_does_not_return_ends_its_path() {
    let panic = f("panic", 0, &[], Type::Never, expr(ExprKind::RaiseError("no".into()), Type::Never, S));
    let stop = || call(FuncIdx(1), vec![], Type::Never, S);
    let cond = truthy(expr(ExprKind::Global(GlobalIdx(0)), Type::Any, S));
    let body = block(vec![if_(cond, set_local(LocalIdx(0), int(1, S), S), stop(), S), v(0, Type::Int)], S);
    emitted(&module(vec![f("main", 0, &[Type::Int], Type::Int, body), panic.clone()]));
    emitted(&module(vec![f("main", 0, &[], Type::Int, block(vec![stop(), nil(S)], S)), panic]));
}

#[test]
fn a_handler_may_read_what_was_set_before_but_not_in_the_range() {
    let set = |n| set_local(LocalIdx(0), int(n, S), S);
    let body =
        |first| block(vec![first, try_(block(vec![print(nil(S)), set(2)], S), 1, print(v(0, Type::Int))), nil(S)], S);
    let ir = |first| module(vec![f("main", 0, &[Type::Int, Type::Any], Type::Any, body(first))]);
    emitted(&ir(set(1)));
    let module = motet_codegen::emit(&ir(nil(S))).expect("fits");
    let error = verify(module, &Limits::trusted()).expect_err("not set on the way to the handler");
    assert_eq!(error.kind, motet_verify::VerifyErrorKind::Unassigned);
}

#[test]
fn places_evaluate_value_then_keys_then_own_containers() {
    let list = expr(ExprKind::List(vec![]), Type::List, S);
    let steps = vec![PlaceStep::Index(int(1, S)), PlaceStep::Field("name".into()), PlaceStep::Index(int(2, S))];
    let set = expr(ExprKind::SetPlace(PlaceRoot::Local(LocalIdx(0)), steps, b(int(7, S))), Type::Nil, S);
    check(
        &[Type::List],
        block(vec![set_local(LocalIdx(0), list, S), set, nil(S)], S),
        "list 0
         set_local 0
         int 7
         int 1
         int 2
         own.local 0
         pick 2
         own.index
         own.field 0
         pick 1
         pick 4
         place.set_index
         pop
         pop
         pop
         nil
         return",
    );
}

#[test]
fn long_constructors_are_built_in_runs() {
    let one = |n: usize| (0..n).map(|i| Elem::One(int(i as i64, S))).collect::<Vec<_>>();
    let mut elems = one(130);
    elems.push(Elem::Spread(expr(ExprKind::List(one(1)), Type::List, S)));
    elems.extend(one(3));
    let list = expr(ExprKind::List(elems), Type::List, S);
    let mut entries: Vec<Entry> = (0..100).map(|i| Entry::One(int(i, S), nil(S))).collect();
    entries.insert(70, Entry::Spread(expr(ExprKind::Map(vec![]), Type::Map, S)));
    let map = expr(ExprKind::Map(entries), Type::Map, S);
    let concat = expr(ExprKind::Concat((0..450).map(|i| int(i, S)).collect()), Type::Str, S);
    let args = |n: i64, spread: bool| -> Vec<Arg> {
        let mut args: Vec<Arg> = (0..n).map(|i| Arg { expr: int(i, S), spread: false }).collect();
        if spread {
            args.push(Arg { expr: expr(ExprKind::List(vec![]), Type::List, S), spread: true });
        }
        args
    };
    let native = |n, spread| expr(ExprKind::CallNative(NativeIdx(1), args(n, spread)), Type::Int, S);
    let value = |n, spread| {
        expr(ExprKind::CallValue(b(expr(ExprKind::Native(NativeIdx(0)), Type::Func, S)), args(n, spread)), Type::Any, S)
    };
    let send = |n, spread| expr(ExprKind::Send(b(nil(S)), "sel".into(), args(n, spread)), Type::Any, S);
    let empty = expr(ExprKind::Concat(vec![]), Type::Str, S);
    let parts = vec![
        list,
        map,
        concat,
        empty,
        native(2, false),
        native(2, true),
        native(300, false),
        value(0, false),
        value(1, true),
        value(300, false),
        send(1, false),
        send(1, true),
        send(300, true),
    ];
    let ir = module(vec![f("main", 0, &[], Type::Any, block(parts, S))]);
    assert!(emitted(&ir).functions[0].max_stack <= 210);
}

#[test]
fn records_keep_the_order_of_evaluation() {
    let field = |name: &str, e| (name.to_string(), e);
    let p = || build::record(ClassIdx(0), vec![field("y", nil(S)), field("x", int(1, S))], S);
    let odd = expr(ExprKind::Record(ClassIdx(0), vec![field("x", nil(S)), field("z", nil(S))]), Type::Any, S);
    let slot = expr(ExprKind::Slot(b(p()), ClassIdx(0), 0), Type::Int, S);
    let set = expr(ExprKind::SetSlot(b(p()), ClassIdx(0), 0, b(slot)), Type::Nil, S);
    let body = block(vec![set, odd, p()], S);
    let emitted = emitted(&module(vec![f("main", 0, &[], Type::Record(ClassIdx(0)), body)]));
    assert_eq!(emitted.layouts.len(), 2, "equal layouts are shared");
    assert!(emitted.layouts[0].canonical && !emitted.layouts[1].canonical);
}

#[test]
fn every_other_node_verifies() {
    let g = |i, ty| expr(ExprKind::Global(GlobalIdx(i)), ty, S);
    let any = || g(0, Type::Any);
    let e = |kind, ty| expr(kind, ty, S);
    let mut parts = vec![
        e(ExprKind::SetGlobal(GlobalIdx(0), b(nil(S))), Type::Nil),
        e(ExprKind::GlobalOrUnset(GlobalIdx(0)), Type::Any),
        e(ExprKind::IsUnset(b(e(ExprKind::GlobalOrUnset(GlobalIdx(0)), Type::Any))), Type::Bool),
        e(ExprKind::CheckSet(b(any()), "x".into()), Type::Any),
        e(ExprKind::Truthy(b(any())), Type::Bool),
        e(ExprKind::IsNil(b(any())), Type::Bool),
        e(ExprKind::IsClass(b(any()), ClassIdx(1)), Type::Bool),
        e(ExprKind::Share(b(any())), Type::Any),
        e(ExprKind::NewCell(b(any())), Type::Any),
        e(ExprKind::CellGet(b(any())), Type::Any),
        e(ExprKind::CellSet(b(any()), b(any())), Type::Nil),
        e(ExprKind::Index(b(any()), b(any())), Type::Any),
        e(ExprKind::SetIndex(b(any()), b(any()), b(any())), Type::Nil),
        e(ExprKind::Field(b(any()), "f".into()), Type::Any),
        e(ExprKind::SetField(b(any()), "f".into(), b(any())), Type::Nil),
        e(ExprKind::Await(b(any())), Type::Any),
        e(ExprKind::Func(FuncIdx(0)), Type::Func),
        e(ExprKind::Closure(FuncIdx(1), vec![int(1, S)]), Type::Func),
        e(
            ExprKind::SetPlace(PlaceRoot::Global(GlobalIdx(0)), vec![PlaceStep::Field("a".into())], b(nil(S))),
            Type::Nil,
        ),
        e(ExprKind::Unset, Type::Any),
        e(ExprKind::Float(-0.0), Type::Float),
        e(ExprKind::Float(f64::NAN), Type::Float),
        e(ExprKind::Int(i64::MIN), Type::Int),
        e(ExprKind::Str("a \"quoted\" \\ text\n\u{1b}[31m \u{202e}".into()), Type::Str),
        unary(Family::Int, UnOp::ToFloat, g(1, Type::Int), S),
        unary(Family::Float, UnOp::ToInt, e(ExprKind::Float(-2.9), Type::Float), S),
        unary(Family::Float, UnOp::ToFloat32, e(ExprKind::Float(0.1), Type::Float), S),
    ];
    let types = [
        Type::Nil,
        Type::Bool,
        Type::Int,
        Type::Float,
        Type::Str,
        Type::List,
        Type::Map,
        Type::Func,
        Type::Any,
        Type::Record(ClassIdx(0)),
    ];
    for ty in types {
        parts.push(e(ExprKind::IsType(b(any()), ty), Type::Bool));
        parts.push(e(ExprKind::Cast(ty, b(any())), ty));
    }
    let ops = [
        BinOp::Add,
        BinOp::Sub,
        BinOp::Mul,
        BinOp::Div,
        BinOp::Rem,
        BinOp::Eq,
        BinOp::Ne,
        BinOp::Lt,
        BinOp::Le,
        BinOp::Gt,
        BinOp::Ge,
        BinOp::BitAnd,
        BinOp::BitOr,
        BinOp::BitXor,
        BinOp::Shl,
        BinOp::Shr,
        BinOp::Ushr,
    ];
    for (i, op) in ops.into_iter().enumerate() {
        parts.push(binary(Family::Dyn, op, any(), any(), S));
        parts.push(binary(Family::Int, op, int(1, S), int(2, S), S));
        parts.push(binary(Family::IntChecked, op, int(1, S), int(2, S), S));
        if i < 11 {
            let float = || build::float(1.5, S);
            parts.push(binary(Family::Float, op, float(), float(), S));
        }
        if op == BinOp::Add || op.is_comparison() {
            parts.push(binary(Family::Str, op, build::str("a", S), build::str("b", S), S));
        }
        if matches!(op, BinOp::Eq | BinOp::Ne) {
            parts.push(binary(Family::Same, op, any(), any(), S));
        }
    }
    for op in [UnOp::Neg, UnOp::Not, UnOp::BitNot] {
        parts.push(unary(Family::Dyn, op, any(), S));
    }
    for part in [unary(Family::Int, UnOp::Neg, int(1, S), S), unary(Family::IntChecked, UnOp::Neg, int(1, S), S)] {
        parts.push(part);
    }
    // Once for the effect, once for the value.
    let values = parts.clone().into_iter().map(print);
    let body = block(parts.clone().into_iter().chain(values).collect(), S);
    let mut closure = f("closure", 1, &[Type::Any], Type::Int, {
        let get = e(ExprKind::Capture(CaptureIdx(0)), Type::Int);
        let set = e(ExprKind::SetCapture(CaptureIdx(0), b(int(2, S))), Type::Nil);
        let place = ExprKind::SetPlace(PlaceRoot::Capture(CaptureIdx(0)), vec![PlaceStep::Index(nil(S))], b(nil(S)));
        block(vec![set, e(place, Type::Nil), get], S)
    });
    closure.captures.push(Capture { name: "c".into(), ty: Type::Int });
    let mut generator =
        f("generator", 0, &[], Type::Any, block(vec![e(ExprKind::Yield(b(int(1, S))), Type::Any), nil(S)], S));
    generator.kind = FunctionKind::Generator;
    generator.hidden = true;
    let mut ir = module(vec![f("main", 0, &[], Type::Any, body), closure, generator]);
    ir.tests.push(TestEntry { name: "one".into(), func: FuncIdx(2) });
    emitted(&ir);
}

#[test]
fn the_deepest_permitted_tree_fits_a_test_thread() {
    let mut right = int(1, S);
    let mut left = int(1, S);
    let mut nested = nil(S);
    for _ in 0..motet_ir::MAX_DEPTH {
        right = binary(Family::Int, BinOp::Add, int(1, S), right, S);
        left = binary(Family::Int, BinOp::Add, left, int(1, S), S);
        nested = if_(and(lt(int(1, S), int(2, S)), lt(int(1, S), int(2, S))), nested, nil(S), S);
    }
    let ir = module(vec![f("main", 0, &[], Type::Any, block(vec![right, left, nested, nil(S)], S))]);
    let module = motet_codegen::emit(&ir).expect("fits");
    verify(module, &Limits::trusted()).expect("verifies");
}

#[test]
fn too_many_locals_are_an_error() {
    let ir = module(vec![f("main", 0, &vec![Type::Any; 70_000], Type::Any, nil(S))]);
    let error = motet_codegen::emit(&ir).expect_err("does not fit");
    assert_eq!((error.kind, error.func), (motet_codegen::EmitErrorKind::Locals, FuncIdx(0)));
}
