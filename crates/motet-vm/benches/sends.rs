//! What sends cost: `cargo bench -p motet-vm --bench sends`. Each row is a loop in core IR over eight receivers that sends one
//! message with one argument to each; the time is that of one send with its method, and of its part of the loop.

#[path = "../tests/sends/talk.rs"]
#[allow(dead_code)]
mod talk;

use std::time::Instant;

use motet_ir::parse_module;
use motet_runtime::{Limits, NullHost, Runtime, Shared};
use motet_vm::Vm;
use talk::Talk;

const HEADER: &str = r#"module "t" language "talk" source "t" ""
native ~0 "talk.thing" any native ~1 "talk.define" any native ~2 "talk.define_from" any native ~3 "talk.sum" any
global #0 "class" any nil
init &0
"#;

const METHODS: &str = r#"
function &1 "method" any param %0 "self" any param %1 "n" any (return %1)
function &2 "super" any param %0 "self" any param %1 "n" any (return (sendfrom "m" #0 %0 %1))
function &3 "get" any param %0 "self" any param %1 "n" any (return (part 0 %0))
function &4 "set" any param %0 "self" any param %1 "n" any (do (setpart 0 %0 %1) (return %0))
function &5 "test" any param %0 "self" any param %1 "n" any local %2 "v" any
  (return (choose %2 (dyn.lt %1 3) 1 2 (send "lt" %2)))
function &6 "and" any param %0 "self" any param %1 "n" any local %2 "v" any local %3 "w" any
  (return (choose %3 (choose %2 (dyn.lt %1 3) (dyn.lt %1 5) false (send "and" %2)) 1 2 (send "if" %3)))
"#;

/// Sends per run.
const SENDS: u64 = 16_000_000;

/// Nanoseconds that this thread has run; where the system does not tell, that have gone by since `start`.
fn spent(start: Instant) -> f64 {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let run = told.and_then(|text| text.split(' ').next().and_then(|n| n.parse().ok()));
    run.unwrap_or_else(|| start.elapsed().as_secs_f64() * 1e9)
}

/// Nanoseconds of one round of the body, best of three.
fn measure(receivers: &str, define: &str, body: &str) -> f64 {
    let classes: String = (0..16).map(|i| format!("class *{i} \"C{i}\" struct field \"x\" any\n")).collect();
    let turns = SENDS / 8;
    let text = format!(
        "{HEADER}{classes}function &0 \"main\" any local %0 \"all\" any local %1 \"r\" any local %2 \"s\" any local %3 \"i\" int\n\
         (do {define} (set %0 (list {receivers})) (set %2 0)\n\
         (for L0 %3 0 {turns} (foreach L1 %1 %0 {body})) nil)\n{METHODS}"
    );
    let module = parse_module(&text).unwrap_or_else(|e| panic!("{e}\n{text}"));
    motet_ir::check(&module).unwrap_or_else(|e| panic!("{e}\n{text}"));
    let code = motet_codegen::emit(&module).expect("fits");
    let code = Shared::new(motet_verify::verify(code, &motet_bytecode::Limits::trusted()).expect("verifies"));
    let run = || {
        let mut rt = Runtime::new(Box::new(NullHost), Limits::default());
        rt.add_language(&Talk);
        let mut vm = Vm::new(rt);
        let id = vm.load(code.clone()).expect("everything is there");
        let start = Instant::now();
        let before = spent(start);
        vm.run_init(id).unwrap_or_else(|e| panic!("{e:?}"));
        (spent(start) - before) / SENDS as f64
    };
    (0..3).map(|_| run()).fold(f64::INFINITY, f64::min)
}

/// Eight receivers of as many classes in turn.
fn records(classes: usize) -> String {
    (0..8).map(|i| format!("(record *{} .\"x\" {i}) ", i % classes)).collect()
}

fn define_for(classes: usize, method: &str) -> String {
    (0..classes).map(|i| format!("(call define~1 (record *{i} .\"x\" 0) \"m\" {method}) ")).collect()
}

fn main() {
    let send = "(set %2 (send \"m\" %1 %3))";
    let eight = |value: &str| format!("{value} ").repeat(8);
    let define = |value: &str, method: &str| format!("(call define~1 {value} \"m\" {method})");
    let rows: &[(&str, String, String, &str)] = &[
        ("the loop alone", records(1), String::new(), "(set %2 %3)"),
        ("a known function", records(1), String::new(), "(set %2 (call &1 %1 %3))"),
        ("records of one class", records(1), define_for(1, "&1"), send),
        ("records of two classes", records(2), define_for(2, "&1"), send),
        ("records of four classes", records(4), define_for(4, "&1"), send),
        ("records of eight classes", records(8), define_for(8, "&1"), send),
        ("integers", eight("5"), define("5", "&1"), send),
        ("strings", eight("\"s\""), define("\"s\"", "&1"), send),
        ("foreign objects", eight("(call ~0 1)"), define("(call ~0 1)", "&1"), send),
        ("an integer's native method", eight("5"), define("5", "~3"), send),
        ("a record's native method", records(1), define_for(1, "~3"), send),
        (
            "a method that sends to super",
            records(1),
            format!(
                "{} (set #0 (record *0 .\"x\" 0)) (call define_from~2 (record *0 .\"x\" 0) \"m\" &1)",
                define_for(1, "&2")
            ),
            send,
        ),
        ("a method that reads a field", records(2), define_for(2, "&3"), send),
        ("a method that assigns a field", records(2), define_for(2, "&4"), send),
        (
            "an operator that is a message",
            records(2),
            define_for(2, "&1").replace("\"m\"", "\"Add\""),
            "(set %2 (dyn.add %1 %3))",
        ),
        (
            "an operator that is a native",
            records(2),
            define_for(2, "~3").replace("\"m\"", "\"Add\""),
            "(set %2 (dyn.add %1 %3))",
        ),
        (
            "an operator of the language",
            records(2),
            define_for(2, "&1").replace("\"m\"", "\"Sub\""),
            "(set %2 (dyn.sub %1 %3))",
        ),
        ("a method that chooses", records(1), define_for(1, "&5"), send),
        ("a method that chooses twice", records(1), define_for(1, "&6"), send),
    ];
    let wanted = std::env::args().nth(1).filter(|word| !word.starts_with('-'));
    for (name, receivers, define, body) in rows {
        if wanted.as_ref().is_none_or(|word| name.contains(word.as_str())) {
            println!("{name:32} {:6.2} ns", measure(receivers, define, body));
        }
    }
}
