//! Modules that keep every rule of verification and try to get more than a source author may: each case is one
//! assumption of the machine under attack.

use motet::{Capabilities, CaptureHost, Config, Engine, Error, FormatLimits, Limits, Program, Stop, Trap};
use motet_bytecode::Span;
use motet_bytecode::assemble;
use motet_testkit::on_large_stack;

/// What a program came to.
fn outcome(text: &str, limits: Limits) -> String {
    let module = assemble(text).unwrap_or_else(|e| panic!("{e}\n{text}"));
    let program = match Program::from_bytecode(module, &FormatLimits::default()) {
        Ok(program) => program,
        Err(e) => return format!("refused: {e}"),
    };
    let (host, _output) = CaptureHost::new();
    let mut isolate = Engine::new().isolate(Config::new(host).limits(limits).capabilities(Capabilities::NONE));
    let module = isolate.load(&program).expect("the module links");
    match isolate.run(module) {
        Ok(value) => isolate.result_text(module, value).unwrap_or_else(|| "nothing".into()),
        Err(Error::Stopped(stop)) => match *stop {
            Stop::Trap { trap: Trap::Corrupt, .. } => "corrupt".into(),
            Stop::Trap { trap: Trap::OutOfFuel, .. } => "out of fuel".into(),
            Stop::Trap { .. } => "trap".into(),
            Stop::Uncaught { message, .. } => format!("raised: {message}"),
            Stop::Exit(status) => format!("exit {status}"),
        },
        Err(e) => format!("error: {e}"),
    }
}

fn check(text: &str, expected: &str) {
    check_with(
        text,
        Limits { fuel: Some(1_000_000), heap_bytes: 1 << 20, depth: 1_000, ..Limits::default() },
        expected,
    );
}

fn check_with(text: &str, limits: Limits, expected: &str) {
    let owned = text.to_string();
    let got = on_large_stack(move || outcome(&owned, limits));
    assert!(got.starts_with(expected), "expected {expected}, got {got}\n{text}");
}

const HEAD: &str = "module \"m\"\nlanguage 0 \"ruff\"\ninit 0\nconst 0 str \"s\"\n";

/// A module with these tables, and these functions after a main function of this header and code.
fn module(tables: &str, stack: u32, locals: &str, code: &str, others: &str) -> String {
    format!(
        "{HEAD}{tables}\nfunction 0 \"main\"\n  language 0\n  params 0\n  locals {locals}\n  result any\n  stack {stack}\n\
         code\n{code}\nend\n{others}"
    )
}

#[test]
fn a_native_that_is_declared_never_to_return_ends_the_program_when_it_does() {
    let tables = "class 0 struct \"P\" language 0\n  field \"x\" any\nnative 0 \"ruff.len\" never";
    check(&module(tables, 1, "", "const 0\ncall_native 0 1\nslot 0 0\nreturn", ""), "corrupt");
}

#[test]
fn two_declarations_of_a_native_do_not_weaken_each_other() {
    let code = "const 0\ncall_native 0 1\nlist.append 0\nreturn";
    for second in ["any", "int", "never"] {
        let tables = format!("native 0 \"ruff.len\" list\nnative 1 \"ruff.len\" {second}");
        check(&module(&tables, 1, "", code, ""), "corrupt");
    }
}

#[test]
fn a_spread_call_of_a_native_keeps_its_declared_result_type() {
    let tables = "native 0 \"ruff.len\" list";
    check(&module(tables, 1, "", "const 0\nlist 1\ncall_native.spread 0\nlist.append 0\nreturn", ""), "corrupt");
}

#[test]
fn a_parameter_of_type_never_takes_no_value() {
    let tables = "class 0 struct \"P\" language 0\n  field \"x\" any";
    let taker = "function 1 \"f\"\n  language 0\n  params 1\n  locals never\n  result any\n  stack 1\ncode\n  local 0\n  \
                 slot 0 0\n  return\nend\n";
    check(&module(tables, 2, "", "func 1\nint 7\ncall_value 1\nreturn", taker), "raised");
}

#[test]
fn generators_that_resume_each_other_without_end_overflow_the_stack() {
    // f(): for x in f() { }
    let generator = "function 1 \"g\"\n  language 0\n  kind generator\n  params 0\n  locals any\n  result any\n  stack 2\ncode\n  \
                     call 1\n  iter.start\n  jump L2\nL1:\n  loop_head\nL2:\n  iter.next 0 L1\n  nil\n  return\nend\n";
    let main = "call 1\niter.start\njump L2\nL1:\nloop_head\nL2:\niter.next 0 L1\nnil\nreturn";
    check(&module("", 2, "any", main, generator), "raised: Maximum VM call stack depth of 1000");
}

#[test]
fn a_span_beyond_any_line_is_reported_in_little_space() {
    let module = "module \"m\"\nlanguage 0 \"moon\"\ninit 0\nconst 0 str \"s\"\nfunction 0 \"main\"\n  language 0\n  params 0\n  \
                  locals\n  result any\n  stack 0\ncode\nraise_error 0\nend\n";
    let mut module = assemble(module).expect("assembles");
    module.debug = Some(motet_bytecode::Debug {
        sources: vec![motet_bytecode::Source { name: "m.moon".into(), text: Some("x".into()) }],
        functions: vec![motet_bytecode::FunctionDebug {
            spans: vec![motet_bytecode::PcSpan { pc: 0, span: Span { start: 4_000_000_000, end: 4_294_967_295 } }],
            span: Span { start: 0, end: 1 },
            ..Default::default()
        }],
    });
    let program = Program::from_bytecode(module, &FormatLimits::default()).expect("verifies");
    let (host, _output) = CaptureHost::new();
    let mut isolate = Engine::new().isolate(Config::new(host).capabilities(Capabilities::NONE));
    let module = isolate.load(&program).expect("links");
    let Err(Error::Stopped(stop)) = isolate.run(module) else { panic!("it raises") };
    assert!(isolate.report(module, &stop).len() < 1_000);
}

#[test]
fn huge_frames_count_as_memory() {
    let locals = "any ".repeat(30_000);
    let deep = format!(
        "function 1 \"f\"\n  language 0\n  params 0\n  locals {locals}\n  result any\n  stack 1\ncode\n  call 1\n  return\nend\n"
    );
    let limits = Limits { fuel: Some(10_000_000), heap_bytes: 16 << 20, ..Limits::default() };
    check_with(&module("", 1, "", "call 1\nreturn", &deep), limits, "raised: Maximum VM call stack depth");
}

#[test]
fn calls_of_native_values_meet_the_heap_limit() {
    // for ever: f(...xs), where f makes a string of 64 KiB
    let tables = "native 0 \"ruff.repeat\" any\nglobal 0 \"xs\" any unset\nconst 1 str \"abcdefghijklmnop\"";
    let code = "const 1\nint 4096\nlist 2\nset_global 0\njump L2\nL1:\nloop_head\nL2:\nnative 0\nglobal 0\ncast list\n\
                call_value.spread\npop\njump L1";
    let limits = Limits { fuel: Some(2_000_000), heap_bytes: 1 << 20, ..Limits::default() };
    check_with(&module(tables, 2, "", code, ""), limits, "out of fuel");
}
