//! One accepted and one rejected module per verification rule.

use motet_bytecode::{Limits, LocalIdx, Module, StackType, Type, assemble, instructions};
use motet_verify::{VerifiedModule, VerifyErrorKind as Kind, verify};

/// Tables that all cases share: function 0 is `main`, which a case writes.
const TABLES: &str = r#"
module "m"
language 0 "l"
init 0
const 0 str "s"
const 1 int 1
const 2 selector "sel"
class 0 struct "P" language 0
  field "x" int
  field "y" any
class 1 struct "Q" language 0
layout 0 class 0 canonical "y" "x"
layout 1 class 0 "x"
native 0 "n" int
global 0 "g" any unset
global 1 "i" int unset
"#;

/// A function with captures (1), one with typed parameters (2), one that never returns (3).
const OTHERS: &str = r#"
function 1 "captures"
  params 0
  locals
  captures int
  result any
  stack 1
code
  capture 0
  return
end
function 2 "typed"
  params 2
  locals int str
  result str
  stack 1
code
  local 1
  return
end
function 3 "never"
  params 0
  locals
  result never
  stack 0
code
  raise_error 0
end
"#;

fn parse(text: &str) -> Module {
    assemble(text).unwrap_or_else(|e| panic!("{e}\n{text}"))
}

/// A module whose main function has these header lines and this code, `;` between lines.
fn module(header: &str, code: &str) -> Module {
    let lines = |text: &str| text.split(';').map(|l| format!("  {}\n", l.trim())).collect::<String>();
    let header = lines(header);
    let default = |word: &str, line: &str| if header.contains(word) { String::new() } else { format!("  {line}\n") };
    let given = format!(
        "{}{}{}{}",
        default("params", "params 0"),
        default("locals", "locals"),
        default("result", "result any"),
        default("stack", "stack 4")
    );
    parse(&format!("{TABLES}\nfunction 0 \"main\"\n{given}{header}code\n{}end\n{OTHERS}", lines(code)))
}

fn verdict(module: Module) -> Result<VerifiedModule, (Kind, u32)> {
    verify(module, &Limits::strict()).map_err(|e| (e.kind, e.pc))
}

fn accepts(header: &str, code: &str) {
    if let Err(error) = verdict(module(header, code)) {
        panic!("{error:?}: {header} / {code:.200}");
    }
}

fn rejects(header: &str, code: &str, kind: Kind) {
    assert_eq!(verdict(module(header, code)).map(|_| ()).map_err(|e| e.0), Err(kind), "{header} / {code:.200}");
}

/// The smallest module, changed.
fn table(change: impl FnOnce(&mut Module)) -> Result<(), Kind> {
    let mut module = module("", "nil; return");
    change(&mut module);
    verdict(module).map(|_| ()).map_err(|e| e.0)
}

#[test]
fn v1_sizes_are_limited() {
    assert_eq!(table(|m| m.languages.resize(10_000, "l".into())), Ok(()));
    assert_eq!(table(|m| m.languages.resize(10_001, "l".into())), Err(Kind::TooManyEntries));
    assert_eq!(table(|m| m.functions[0].locals = vec![Type::Any; 256]), Ok(()));
    assert_eq!(table(|m| m.functions[0].locals = vec![Type::Any; 257]), Err(Kind::FunctionTooLarge));
    assert_eq!(table(|m| m.functions[0].max_stack = 257), Err(Kind::FunctionTooLarge));
    assert_eq!(table(|m| m.functions[0].captures = vec![Type::Any; 257]), Err(Kind::FunctionTooLarge));
    assert_eq!(table(|m| m.name = "n".repeat(1024)), Ok(()));
    assert_eq!(table(|m| m.name = "n".repeat(1025)), Err(Kind::NameTooLong));
    // Protected ranges, one in the other.
    let catches = |n: usize| vec!["catch L1 L2 L3 depth 0"; n].join(";");
    accepts(&catches(64), "L1:; nil; return; L2:; L3:; return");
    rejects(&catches(65), "L1:; nil; return; L2:; L3:; return", Kind::FunctionTooLarge);
}

#[test]
fn v1_flow_analysis_is_bounded() {
    // Many joins on a deep stack: memory would be their product.
    let joins = |depth: usize, n: usize| {
        let joins: String = (0..n).map(|i| format!("true; jump_if L{i}; L{i}:;")).collect();
        format!("{}{joins}nil; return", "nil;".repeat(depth))
    };
    accepts("stack 256", &joins(100, 10_000));
    rejects("stack 256", &joins(250, 10_000), Kind::FlowTooComplex);
}

#[test]
fn v2_table_entries_refer_to_what_exists() {
    use motet_bytecode::{ClassIdx, Const, FuncIdx, GlobalInit, NativeIdx, TestEntry};
    let none = Err(Kind::BadTableIndex);
    assert_eq!(table(|m| m.globals[0].ty = Type::Record(ClassIdx(1))), Ok(()));
    assert_eq!(table(|m| m.globals[0].ty = Type::Record(ClassIdx(2))), none);
    assert_eq!(table(|m| m.init = FuncIdx(9)), none);
    assert_eq!(table(|m| m.tests.push(TestEntry { name: "t".into(), func: FuncIdx(9) })), none);
    assert_eq!(table(|m| m.constants.push(Const::Func(FuncIdx(9)))), none);
    assert_eq!(table(|m| m.globals[0].init = GlobalInit::Func(FuncIdx(9))), none);
    assert_eq!(table(|m| m.globals[0].init = GlobalInit::Native(NativeIdx(9))), none);
    assert_eq!(table(|m| m.functions[0].language = 1), none);
    assert_eq!(table(|m| m.functions[0].result = Type::Record(ClassIdx(2))), none);
    assert_eq!(table(|m| m.functions[0].locals.push(Type::Record(ClassIdx(2)))), none);
    assert_eq!(table(|m| m.functions[1].captures[0] = Type::Record(ClassIdx(2))), none);
    assert_eq!(table(|m| m.classes[0].language = 1), none);
    assert_eq!(table(|m| m.classes[0].methods.push(("m".into(), FuncIdx(9)))), none);
    assert_eq!(table(|m| m.classes[0].fields[0].ty = Type::Record(ClassIdx(2))), none);
    assert_eq!(table(|m| m.layouts[0].class = ClassIdx(2)), none);
    assert_eq!(table(|m| m.natives[0].result = Type::Record(ClassIdx(2))), none);
}

#[test]
fn v3_layouts_agree_with_their_class() {
    assert_eq!(table(|m| m.layouts[1].names = vec!["x".into(), "z".into()]), Ok(()));
    assert_eq!(table(|m| m.layouts[1].names = vec!["z".into(), "z".into()]), Err(Kind::BadLayout));
    assert_eq!(table(|m| m.layouts[0].canonical = false), Err(Kind::BadLayout));
    assert_eq!(table(|m| m.layouts[1].canonical = true), Err(Kind::BadLayout));
    assert_eq!(table(|m| m.classes[0].fields[1].name = "x".into()), Err(Kind::DuplicateField));
}

#[test]
fn v4_globals_start_with_a_value_of_their_type() {
    use motet_bytecode::{FuncIdx, GlobalInit, NativeIdx};
    let global = |i: usize, init| table(|m| m.globals[i].init = init);
    assert_eq!(global(0, GlobalInit::Nil), Ok(()));
    assert_eq!(global(0, GlobalInit::Func(FuncIdx(2))), Ok(()));
    assert_eq!(global(1, GlobalInit::Nil), Err(Kind::BadGlobalInit));
    assert_eq!(global(1, GlobalInit::Native(NativeIdx(0))), Err(Kind::BadGlobalInit));
}

#[test]
fn v5_function_headers_are_consistent() {
    use motet_bytecode::{FuncIdx, FunctionKind};
    assert_eq!(table(|m| m.functions[2].params = 3), Err(Kind::ParamsExceedLocals));
    assert_eq!(table(|m| m.functions[2].optional = 9), Err(Kind::BadOptional));
    assert_eq!(table(|m| m.functions[1].kind = FunctionKind::Async), Ok(()));
    assert_eq!(table(|m| m.functions[2].kind = FunctionKind::Async), Err(Kind::TypedSuspension));
    assert_eq!(table(|m| m.init = FuncIdx(3)), Ok(()));
    assert_eq!(table(|m| m.init = FuncIdx(2)), Err(Kind::BadEntryPoint));
    assert_eq!(table(|m| m.init = FuncIdx(1)), Err(Kind::BadEntryPoint));
    assert_eq!(table(|m| m.main = Some(FuncIdx(3))), Ok(()));
    assert_eq!(table(|m| m.main = Some(FuncIdx(2))), Err(Kind::BadEntryPoint));
    assert_eq!(table(|m| m.main = Some(FuncIdx(99))), Err(Kind::BadTableIndex));
    let live = |count: usize, initializer| {
        let entry = motet_bytecode::LiveGlobal { source: 0, initializer };
        table(move |m| m.live = vec![entry; m.globals.len() + count - 1])
    };
    assert_eq!(live(1, Some(FuncIdx(3))), Ok(()));
    assert_eq!(live(1, Some(FuncIdx(2))), Err(Kind::BadEntryPoint));
    assert_eq!(live(2, None), Err(Kind::BadTableIndex));
}

#[test]
fn v6_functions_with_captures_need_them() {
    use motet_bytecode::{Const, FuncIdx, GlobalInit};
    accepts("", "func 2; return");
    rejects("", "func 1; return", Kind::CapturesMissing);
    accepts("", "int 1; closure 1; return");
    rejects("", "call 1; return", Kind::CapturesMissing);
    assert_eq!(table(|m| m.constants.push(Const::Func(FuncIdx(1)))), Err(Kind::CapturesMissing));
    assert_eq!(table(|m| m.globals[0].init = GlobalInit::Func(FuncIdx(1))), Err(Kind::CapturesMissing));
    assert_eq!(table(|m| m.classes[0].methods.push(("m".into(), FuncIdx(1)))), Err(Kind::CapturesMissing));
}

#[test]
fn v7_code_consists_of_instructions() {
    accepts("", "byte 0x01; return");
    assert_eq!(table(|m| m.functions[0].code.clear()), Err(Kind::EmptyCode));
    rejects("", "byte 0xff; return", Kind::UnknownOpcode);
    rejects("", "nil; return; byte 0x05; byte 0", Kind::TruncatedInstruction);
    rejects("", "nil; byte 0x88; byte 99; return", Kind::BadOperand);
}

#[test]
fn v8_operands_refer_to_what_exists() {
    accepts("locals any", "local 0; pop; nil; return");
    for bad in [
        "local 0",
        "set_local 0",
        "capture 0",
        "const 3",
        "func 4",
        "global 2",
        "native 1",
        "nil; is_class 2",
        "record 2",
        "nil; cast.record 2",
        "nil; cast.record 0; slot 0, 2",
        "call 4",
        "closure 4",
        "call_native 1, 0",
    ] {
        rejects("", &format!("{bad}; nil; return"), Kind::OperandOutOfRange);
    }
    accepts("", "nil; field 0; pop; nil; send 2, 0; return");
    for bad in
        ["const 2", "nil; field 1", "nil; field 2", "nil; send 0, 0", "nil; nil; send.from 0, 0", "nil; check_set 1"]
    {
        rejects("", &format!("{bad}; return"), Kind::WrongConstant);
    }
}

#[test]
fn v9_branches_land_on_instructions() {
    accepts("", "jump L1; L1:; nil; return");
    rejects("", "jump =1; nil; return", Kind::BadLabel);
    rejects("", "jump =7; nil; return", Kind::BadLabel);
    rejects("", "jump =4294967295; nil; return", Kind::BadLabel);
}

#[test]
fn v10_backward_branches_land_on_loop_heads() {
    accepts("", "L1:; loop_head; true; jump_if L1; nil; return");
    rejects("", "L1:; true; jump_if L1; nil; return", Kind::NoLoopHead);
    rejects("", "L1:; jump L1", Kind::NoLoopHead);
}

#[test]
fn v11_execution_does_not_leave_the_code() {
    accepts("", "nil; raise");
    rejects("", "nil", Kind::FallsOffEnd);
    rejects("", "L1:; loop_head; true; jump_if L1", Kind::FallsOffEnd);
}

#[test]
fn v12_protected_ranges_are_well_formed() {
    let code = "L1:; nil; L2:; return; L3:; return";
    accepts("catch L1 L3 L3 depth 0", code);
    accepts("catch L1 L2 L3 depth 0; catch L1 L3 L3 depth 0", code);
    rejects("catch L1 L1 L3 depth 0", code, Kind::BadHandler);
    rejects("catch L2 L1 L3 depth 0", code, Kind::BadHandler);
    rejects("catch L1 L3 L2 depth 0", code, Kind::BadHandler);
    rejects("catch L1 =99 L3 depth 0", code, Kind::BadHandler);
    rejects("catch L1 L2 =99 depth 0", code, Kind::BadHandler);
    rejects("catch L1 L3 L3 depth 0; catch L1 L2 L3 depth 0", code, Kind::HandlerNesting);
    let cross = "L1:; nil; L2:; pop; L3:; nil; L4:; return; L5:; return";
    rejects("catch L1 L3 L5 depth 0; catch L2 L4 L5 depth 0", cross, Kind::HandlerNesting);
    let depths = "nil; L1:; nil; L2:; return; L3:; return; L4:; return";
    accepts("catch L1 L2 L4 depth 1; catch L1 L3 L3 depth 0", depths);
    rejects("catch L1 L2 L4 depth 0; catch L1 L3 L3 depth 1", depths, Kind::HandlerNesting);
    rejects("catch L1 L2 L4 depth 2", depths, Kind::HandlerDepth);
    rejects("catch L1 L2 L3 depth 1", "nil; L1:; pop; nil; L2:; return; L3:; return", Kind::HandlerDepth);
}

#[test]
fn v13_the_stack_stays_within_its_depth() {
    accepts("stack 2", "nil; nil; pop; return");
    rejects("stack 1", "nil; nil; pop; return", Kind::StackOverflow);
    rejects("", "return", Kind::StackUnderflow);
    rejects("", "nil; pick 1; return", Kind::StackUnderflow);
    rejects("", "nil; concat 2; return", Kind::StackUnderflow);
    rejects("", "nil; map 1; return", Kind::StackUnderflow);
    rejects("stack 0; catch L1 L2 L2 depth 0", "L1:; raise_error 0; L2:; return", Kind::StackOverflow);
}

#[test]
fn v14_paths_meet_with_equal_stacks() {
    accepts("", "true; jump_if L1; int 1; jump L2; L1:; nil; L2:; return");
    rejects("", "true; jump_if L1; int 1; nil; jump L2; L1:; nil; L2:; return", Kind::JoinMismatch);
    rejects("", "true; jump_if L1; nil; iter.start; jump L2; L1:; nil; L2:; pop; nil; return", Kind::JoinMismatch);
    rejects("", "L1:; loop_head; nil; true; jump_if L1; return", Kind::JoinMismatch);
    // What is no boolean stays on the stack.
    accepts("", "nil; unless_bool L1; jump_if L2; nil; return; L1:; return; L2:; nil; return");
    rejects("", "nil; unless_bool L1; jump_if L1; nil; return; L1:; nil; return", Kind::JoinMismatch);
    accepts("", "L1:; loop_head; nil; unless_bool L2; jump_if L1; nil; return; L2:; return");
    rejects("", "L1:; loop_head; nil; unless_bool L1; return", Kind::JoinMismatch);
}

#[test]
fn v15_operands_have_the_types_they_need() {
    accepts("result int", "int 1; int 2; int.add; return");
    rejects("result int", "int 1; const 0; int.add; return", Kind::TypeMismatch);
    accepts("result int", "global 0; cast int; return");
    rejects("result int", "global 0; return", Kind::TypeMismatch);
    accepts("", "int 1; const 0; call 2; const 0; str.add; return");
    rejects("", "const 0; int 1; call 2; return", Kind::TypeMismatch);
    accepts("result str", "call 3; return");
    accepts("", "int 1; set_global 1; nil; return");
    rejects("", "nil; set_global 1; nil; return", Kind::TypeMismatch);
    accepts("", "nil; int 1; record 0; slot 0, 0; int 1; int.add; return");
    rejects("", "int 1; nil; record 0; return", Kind::TypeMismatch);
    rejects("", "int 1; record 1; slot 0, 0; return", Kind::TypeMismatch);
    rejects("", "nil; int 1; record 0; nil; set_slot 0, 0; nil; return", Kind::TypeMismatch);
    accepts("", "nil; int 1; record 0; nil; set_slot 0, 1; nil; return");
    rejects("", "nil; closure 1; return", Kind::TypeMismatch);
    // A loop may widen a type: then the narrow use is rejected.
    rejects("", "int 1; L1:; loop_head; int 1; int.add; pop; nil; true; jump_if L1; return", Kind::TypeMismatch);
    rejects("", "true; jump_if L1; int 1; jump L2; L1:; nil; L2:; int.neg; return", Kind::TypeMismatch);
    accepts("", "true; jump_if L1; int 1; jump L2; L1:; int 2; L2:; int.neg; return");
    accepts("", "nil; unless_bool L1; bool.not; return; L1:; return");
    rejects("", "nil; unless_bool L1; pop; nil; return; L1:; bool.not; return", Kind::TypeMismatch);
    accepts("", "nil; part 7; return");
    rejects("result int", "nil; part 7; return", Kind::TypeMismatch);
    accepts("", "nil; nil; set_part 65535; nil; return");
    rejects("", "nil; set_part 0; nil; return", Kind::StackUnderflow);
    accepts("", "nil; int 1; int 2; send.from 2, 1; return");
    rejects("", "nil; send.from 2, 0; return", Kind::StackUnderflow);
    rejects("result int", "int 1; int 2; dyn.mod; return", Kind::TypeMismatch);
    // Iteration state is no value.
    rejects("", "nil; iter.start; return", Kind::TypeMismatch);
    rejects("", "nil; iter.start; pick 0; return", Kind::TypeMismatch);
    rejects("locals any", "nil; L1:; loop_head; iter.next 0, L1; nil; return", Kind::TypeMismatch);
    rejects(
        "locals int",
        "nil; iter.start; jump L2; L1:; loop_head; L2:; iter.next 0, L1; nil; return",
        Kind::TypeMismatch,
    );
    rejects("locals str", "int 1; int 2; range.start 0, L1; pop; pop; L1:; nil; return", Kind::TypeMismatch);
    // A protected range hands its stack to the handler.
    accepts("catch L1 L2 L3 depth 1", "int 1; L1:; nil; raise; L2:; L3:; pop; int.neg; return");
    rejects("catch L1 L2 L3 depth 1", "nil; L1:; nil; raise; L2:; L3:; pop; int.neg; return", Kind::TypeMismatch);
}

#[test]
fn v16_typed_locals_are_assigned_before_they_are_read() {
    let unassigned = Kind::Unassigned;
    accepts("locals int", "int 1; set_local 0; local 0; return");
    rejects("locals int", "local 0; return", unassigned);
    rejects("locals int", "true; jump_if L1; int 1; set_local 0; L1:; local 0; return", unassigned);
    accepts(
        "locals int",
        "true; jump_if L1; int 1; set_local 0; jump L2; L1:; int 2; set_local 0; L2:; local 0; return",
    );
    accepts("locals int", "L1:; loop_head; int 1; set_local 0; true; jump_if L1; local 0; return");
    rejects("locals list", "own.local 0; return", unassigned);
    // A counting loop assigns its variable in the body only.
    let count = |body: &str, after: &str| {
        format!("int 1; int 2; range.start 0, L2; L1:; loop_head; {body} range.next 0, L1; L2:; {after}; return")
    };
    accepts("locals int", &count("local 0; pop;", "nil"));
    rejects("locals int", &count("", "local 0"), unassigned);
    // What a protected range assigns is not assigned in its handler.
    let tried = |before: &str| format!("{before} L1:; int 1; set_local 0; nil; raise; L2:; L3:; pop; local 0; return");
    accepts("locals int; catch L1 L2 L3 depth 0", &tried("int 2; set_local 0;"));
    rejects("locals int; catch L1 L2 L3 depth 0", &tried(""), unassigned);
    // The 70th local, so that more than one group is analysed.
    let many = format!("locals{}", " int".repeat(80));
    accepts(&many, "int 1; set_local 70; local 70; return");
    rejects(&many, "int 1; set_local 6; local 70; return", unassigned);
}

#[test]
fn v16_any_locals_are_reported_for_initialisation() {
    let check = |header: &str, code: &str, expected: &[u16]| {
        let verified = verdict(module(header, code)).expect("is accepted");
        let expected: Vec<LocalIdx> = expected.iter().map(|&l| LocalIdx(l)).collect();
        assert_eq!(verified.facts(verified.init).init_locals(), expected);
    };
    check("locals any any", "local 1; return", &[1]);
    check("locals any any", "nil; set_local 1; local 1; return", &[]);
    let iterate = |after: &str| {
        format!("nil; iter.start; jump L2; L1:; loop_head; local 0; pop; L2:; iter.next 0, L1; {after}; return")
    };
    check("locals any", &iterate("nil"), &[]);
    check("locals any", &iterate("local 0"), &[0]);
}

#[test]
fn v17_only_generators_yield() {
    accepts("kind generator", "nil; yield; return");
    rejects("", "nil; yield; return", Kind::YieldOutsideGenerator);
    rejects("kind async", "nil; yield; return", Kind::YieldOutsideGenerator);
}

#[test]
fn v18_debug_information_fits() {
    use motet_bytecode::{Debug, FunctionDebug, PcSpan, Source, Span};
    let with = |change: fn(&mut Debug)| {
        table(|m| {
            let functions = m.functions.iter().map(|f| FunctionDebug {
                spans: vec![PcSpan::default()],
                locals: vec!["l".into(); f.locals.len()],
                captures: vec!["c".into(); f.captures.len()],
                ..FunctionDebug::default()
            });
            let mut debug = Debug { sources: vec![Source::default()], functions: functions.collect() };
            change(&mut debug);
            m.debug = Some(debug);
        })
    };
    assert_eq!(with(|_| {}), Ok(()));
    assert_eq!(with(|d| d.functions[0].spans.push(PcSpan { pc: 1, span: Span { start: 3, end: 3 } })), Ok(()));
    let bad = Err(Kind::BadDebug);
    assert_eq!(with(|d| d.functions[0].spans.push(PcSpan { pc: 2, span: Span::default() })), bad);
    assert_eq!(with(|d| d.functions[0].spans.push(PcSpan::default())), bad);
    assert_eq!(with(|d| d.functions[0].spans[0].span = Span { start: 2, end: 1 }), bad);
    assert_eq!(with(|d| d.functions[0].spans.clear()), bad);
    assert_eq!(with(|d| d.functions[0].spans[0].pc = 1), bad);
    assert_eq!(with(|d| d.functions[2].spans.push(PcSpan { pc: 1, span: Span::default() })), bad);
    assert_eq!(with(|d| d.functions[0].source = 1), bad);
    assert_eq!(with(|d| d.functions[2].locals.clear()), bad);
    assert_eq!(with(|d| d.functions[1].captures.clear()), bad);
    assert_eq!(with(|d| drop(d.functions.pop())), bad);
}

#[test]
fn facts_describe_every_reachable_block() {
    let code = "true; jump_if L1; int 1; jump L2; L1:; nil; L2:; const 0; pop; return; nil; raise";
    let verified = verdict(module("stack 9", code)).expect("is accepted");
    let facts = verified.facts(verified.init);
    assert_eq!(facts.max_stack(), 2);
    let any = StackType::Value(Type::Any);
    let blocks: Vec<(u32, u32, Vec<StackType>)> = facts.blocks().map(|b| (b.start, b.end, b.stack.to_vec())).collect();
    assert_eq!(blocks, [(0, 6, vec![]), (6, 16, vec![]), (16, 17, vec![]), (17, 24, vec![any])]);
    assert_eq!(facts.block_at(17).map(|b| b.end), Some(24));
    assert_eq!(facts.block_at(24), None, "cannot be reached");
    let function = &verified.functions[0];
    for block in facts.blocks() {
        let mut stack = block.stack.to_vec();
        for (pc, op) in instructions(&function.code).flatten().filter(|i| (block.start..block.end).contains(&i.0)) {
            assert_eq!(motet_verify::step(&verified, function, op, &mut stack), Ok(()), "at {pc}");
        }
    }
}

#[test]
fn every_rule_has_a_message() {
    for kind in Kind::ALL {
        assert!((1..=18).contains(&kind.rule()) && !kind.message().is_empty());
    }
    let error = verify(module("", "return"), &Limits::strict()).expect_err("the stack is empty");
    assert_eq!(error.to_string(), "rule V13: the operand stack has too few values (function 0, offset 0)");
}
