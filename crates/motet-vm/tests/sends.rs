//! Sends that remember methods, choices by values of any type, fields by number, floored division: each program must do the
//! same in the evaluator and in the machine, optimised or not, with a collection at every safepoint or without.

#[path = "sends/talk.rs"]
mod talk;

use motet_ir::{Module, parse_module};
use motet_opt::Level;
use motet_runtime::{Limits, NullHost, Runtime, Shared, Stop, Value};
use motet_vm::Vm;
use talk::{Talk, asked, show};

const HEADER: &str = r#"module "t" language "talk" source "t" ""
native ~0 "talk.thing" any native ~1 "talk.define" any native ~2 "talk.define_from" any
native ~3 "talk.define_and_call" any native ~4 "talk.define_and_fail" any native ~5 "talk.sum" any
native ~6 "talk.run" any native ~7 "talk.fail" any
global #0 "g" any nil
class *0 "A" struct field "x" any
class *1 "B" struct field "x" any field "y" any
class *2 "C" struct field "n" int field "l" list
init &0
"#;

/// Functions that tests use beside their `main`: methods of one and two parameters.
const METHODS: &str = r#"
function &1 "one" any param %0 "self" any (return 1)
function &2 "two" any param %0 "self" any (return 2)
function &3 "me" any param %0 "self" any (return %0)
function &4 "plus" any param %0 "self" any param %1 "n" any (return (dyn.add %1 100))
function &5 "x" any param %0 "self" any (return (part 0 %0))
function &6 "name" any param %0 "self" any (return (send "name" %0))
function &7 "go" any (return (send "name" 5))
function &8 "ask" any param %0 "v" any (return (send "name" %0))
function &9 "typed" any param %0 "self" any param %1 "n" int (return %1)
function &10 "super" any param %0 "self" any (return (sendfrom "name" (record *0 ."x" nil) %0))
function &11 "choice" any param %0 "c" any local %1 "v" any
  (return (choose %1 %0 "yes" "no" (list "other" %1)))
function &12 "less" any param %0 "a" any param %1 "b" any local %2 "v" any
  (return (choose %2 (dyn.lt %0 %1) "less" "not" (list "other" %2)))
function &13 "both" any param %0 "a" any param %1 "b" any local %2 "v" any local %3 "w" any
  (return (choose %3 (choose %2 %0 %1 false (list "not" %2)) "yes" "no" %3))
function &14 "either" any param %0 "a" any param %1 "b" any local %2 "v" any local %3 "w" any
  (do (choose %3 (choose %2 %0 true %1 (list "not" %2)) (set %0 "yes") (set %0 "no") (set %0 %3)) (return %0))
"#;

fn module(body: &str) -> Module {
    let text = format!(
        "{HEADER}function &0 \"main\" any local %0 \"a\" any local %1 \"b\" any local %2 \"c\" any local %3 \"i\" int\n\
         {body}\n{METHODS}"
    );
    let module = parse_module(&text).unwrap_or_else(|e| panic!("{e}\n{text}"));
    motet_ir::check(&module).unwrap_or_else(|e| panic!("{e}\n{text}"));
    module
}

fn runtime() -> Runtime {
    let mut rt = Runtime::new(Box::new(NullHost), Limits::default());
    rt.add_language(&Talk);
    rt
}

fn text(result: Result<Value, Stop>, rt: &Runtime) -> String {
    match result {
        Ok(v) => show(rt, v),
        Err(Stop::Uncaught { message, .. }) => format!("error: {message}"),
        Err(stop) => format!("{stop:?}"),
    }
}

fn run(module: &Module, stress: bool) -> String {
    let code = motet_codegen::emit(module).expect("fits");
    let code = motet_verify::verify(code, &motet_bytecode::Limits::trusted()).expect("emitted code verifies");
    let mut vm = Vm::new(runtime());
    vm.set_gc_stress(stress);
    let id = vm.load(Shared::new(code)).expect("everything is there");
    let result = vm.run_init(id);
    text(result, &vm.rt)
}

fn evaluate(module: Module) -> String {
    let mut evaluator = motet_eval::Evaluator::new(runtime());
    let id = evaluator.load(module).expect("everything is there");
    let result = evaluator.run_init(id);
    text(result, &evaluator.rt)
}

#[track_caller]
fn check(body: &str, expected: &str) {
    let plain = module(body);
    assert_eq!(evaluate(plain.clone()), expected, "evaluator");
    for level in [Level::O0, Level::O1, Level::O2] {
        let mut optimized = plain.clone();
        motet_opt::optimize(&mut optimized, level);
        motet_ir::check(&optimized).expect("optimised code is well-formed");
        for stress in [false, true] {
            assert_eq!(run(&optimized, stress), expected, "{level:?}, stress: {stress}");
        }
        assert_eq!(evaluate(optimized), expected, "evaluator, {level:?}");
    }
}

/// Asks everything that `values` lists for its name twice, in one place.
fn names(values: &str, before: &str) -> String {
    format!(
        "(do {before} (set %0 (list)) (for L0 %3 0 2 (foreach L1 %1 (list {values}) (set %0 (list ...%0 (call ask&8 %1)))))
         %0)"
    )
}

#[test]
fn every_kind_of_receiver_has_methods() {
    let kinds = [
        "5",
        "2.5",
        "nil",
        "true",
        "false",
        "\"s\"",
        "(list 1)",
        "(map)",
        "one&1",
        "thing~0",
        "(record *0 .\"x\" 1)",
        "(record *1 .\"x\" 1 .\"y\" 2)",
        "(call thing~0 1)",
        "(call thing~0 2)",
    ];
    for kind in kinds {
        let define = format!("(call define~1 {kind} \"name\" one&1)");
        check(&names(kind, &define), "[1, 1]");
        let define = format!("(call define~1 {kind} \"name\" sum~5)");
        let sum = if kind == "5" { "[5, 5]" } else { "[0, 0]" };
        check(&names(kind, &define), sum);
    }
}

#[test]
fn one_place_serves_many_kinds() {
    let define =
        "(call define~1 5 \"name\" one&1) (call define~1 true \"name\" two&2) (call define~1 false \"name\" me&3)
        (call define~1 (record *0 .\"x\" 1) \"name\" x&5) (call define~1 (record *1 .\"x\" 1 .\"y\" 2) \"name\" two&2)
        (call define~1 \"s\" \"name\" sum~5) (call define~1 (call thing~0 1) \"name\" one&1)
        (call define~1 (call thing~0 2) \"name\" sum~5)";
    let values =
        "5 true false (record *0 .\"x\" 7) (record *1 .\"x\" 8 .\"y\" 9) \"s\" (call thing~0 1) (call thing~0 2)";
    check(&names(values, define), "[1, 2, false, 7, 2, 0, 1, 0, 1, 2, false, 7, 2, 0, 1, 0]");
}

#[test]
fn engines_ask_once_per_place_and_kind() {
    let count = |body: &str| {
        let module = module(body);
        asked();
        run(&module, false);
        asked()
    };
    let define =
        "(call define~1 5 \"name\" one&1) (call define~1 nil \"name\" sum~5) (call define~1 \"s\" \"name\" two&2)
        (call define~1 2.5 \"name\" two&2)";
    assert_eq!(count(&names("5", define)), 1);
    assert_eq!(count(&names("5 nil", define)), 2);
    assert_eq!(count(&names("5 nil 5 nil 5 nil", define)), 2);
    assert_eq!(count(&names("5 nil \"s\" 2.5", define)), 4);
    // Foreign objects without a kind are never remembered: the engine only sends.
    let define = "(call define~1 (call thing~0 0) \"name\" one&1)";
    assert_eq!(count(&names("(call thing~0 0) (call thing~0 0)", define)), 4);
}

#[test]
fn kinds_of_foreign_objects_are_told_apart() {
    let define = "(call define~1 (call thing~0 1) \"name\" one&1) (call define~1 (call thing~0 2) \"name\" two&2)";
    check(&names("(call thing~0 1) (call thing~0 2) (call thing~0 1)", define), "[1, 2, 1, 1, 2, 1]");
    check(&names("(call thing~0 1) (call thing~0 3)", define), "error: thing does not understand name");
}

#[test]
fn definitions_take_effect_at_once() {
    // In the same loop, in the same place.
    check(
        "(do (set %0 (list)) (for L0 %3 0 3 (do (call define~1 5 \"name\" one&1) (set %0 (list ...%0 (call ask&8 5)))
            (call define~1 5 \"name\" two&2) (set %0 (list ...%0 (call ask&8 5))))) %0)",
        "[1, 2, 1, 2, 1, 2]",
    );
    // Before a call that the defining function asks for.
    check(
        "(do (call define~1 5 \"name\" one&1) (call ask&8 5) (call go&7) (call define_and_call~3 5 \"name\" two&2 go&7))",
        "2",
    );
    // Before a handler.
    check(
        "(do (call define~1 5 \"name\" one&1) (call go&7) (try %0 (call define_and_fail~4 5 \"name\" two&2) (call go&7)))",
        "2",
    );
    // By a method, while the send that called it is active.
    check(
        "(do (call define~1 5 \"name\" one&1) (call define~1 5 \"run\" run~6)
            (list (call go&7) (send \"run\" 5 go&7) (call define~1 5 \"name\" sum~5) (send \"run\" 5 go&7)))",
        "[1, 1, nil, 5]",
    );
}

#[test]
fn native_methods_fail_and_ask_for_calls() {
    let ask = "(set %0 (list)) (for L0 %3 0 3 (set %0 (list ...%0 (try %1 (send \"m\" 5 go&7) %1)))) %0)";
    check(&format!("(do (call define~1 5 \"m\" fail~7) {ask}"), "[failed, failed, failed]");
    check(&format!("(do (call define~1 5 \"m\" run~6) (call define~1 5 \"name\" one&1) {ask}"), "[1, 1, 1]");
}

#[test]
fn arguments_reach_methods_and_are_checked() {
    let ask = "(list (send \"m\" 5 1) (send \"m\" 5 2) (send \"m\" nil 3)))";
    check(&format!("(do (call define~1 5 \"m\" plus&4) (call define~1 nil \"m\" sum~5) {ask}"), "[101, 102, 3]");
    let twice = |args: &str| {
        format!("(do (set %0 (list)) (for L0 %3 0 2 (set %0 (list ...%0 (try %1 (send \"m\" 5{args}) %1)))) %0)")
    };
    let define = |method: &str, rest: &str| format!("(do (call define~1 5 \"m\" {method}) {rest})");
    check(&define("plus&4", &twice("")), "[plus wants 2, got 1, plus wants 2, got 1]");
    check(&define("plus&4", &twice(" 1 2")), "[plus wants 2, got 3, plus wants 2, got 3]");
    check(&define("typed&9", &twice(" 1")), "[1, 1]");
    check(&define("typed&9", &twice(" nil")), "[nil is no Int, nil is no Int]");
    check(&twice(""), "[5 does not understand m, 5 does not understand m]");
}

#[test]
fn a_lookup_may_begin_elsewhere() {
    let define = "(call define~1 5 \"name\" super&10) (call define_from~2 (record *0 .\"x\" 1) \"name\" me&3)";
    check(&names("5 5", define), "[5, 5, 5, 5]");
    let define = "(call define~1 5 \"name\" super&10) (call define_from~2 (record *0 .\"x\" 1) \"name\" sum~5)";
    check(&names("5 5", define), "[5, 5, 5, 5]");
    // Without a method there, the receiver is asked.
    let define =
        "(call define~1 5 \"name\" super&10) (call define~1 nil \"name\" super&10) (call define~1 5 \"name\" one&1)";
    check(&names("5", define), "[1, 1]");
    // A definition there takes effect at once.
    check(
        "(do (set %0 (list)) (for L0 %3 0 2 (do (call define_from~2 (record *0 .\"x\" 1) \"name\" one&1)
            (set %0 (list ...%0 (call super&10 5))) (call define_from~2 (record *0 .\"x\" 1) \"name\" two&2)
            (set %0 (list ...%0 (call super&10 5))))) %0)",
        "[1, 2, 1, 2]",
    );
}

#[test]
fn operators_may_be_messages() {
    let add = |define: &str| {
        format!("(do {define} (set %0 (list)) (for L0 %3 0 2 (set %0 (list ...%0 (dyn.add \"s\" %3)))) %0)")
    };
    check(&add("(call define~1 \"s\" \"Add\" plus&4)"), "[100, 101]");
    check(&add("(call define~1 \"s\" \"Add\" sum~5)"), "[0, 1]");
    check(&add("(call define~1 \"s\" \"Add\" one&1)"), "error: one wants 1, got 2");
    check(&add("(call define~1 \"s\" \"Add\" fail~7)"), "error: failed");
    check(&add(""), "error: s does not understand Add");
    // Definitions take effect at once; what is decided inline is not asked.
    check(
        "(do (set %0 (list)) (for L0 %3 0 2 (do (call define~1 nil \"Add\" plus&4) (set %0 (list ...%0 (dyn.add nil %3)))
            (call define~1 nil \"Add\" sum~5) (set %0 (list ...%0 (dyn.add nil %3) (dyn.add 1 %3))))) %0)",
        "[100, 0, 1, 101, 1, 2]",
    );
    // Operators that are messages and those that ask the language give the same, also as conditions.
    for op in ["lt", "gt"] {
        let name = if op == "lt" { "Lt" } else { "Gt" };
        check(&format!("(do (call define~1 nil \"{name}\" plus&4) (choose %1 (dyn.{op} nil 7) 1 2 %1))"), "107");
    }
}

#[test]
fn integers_of_all_sizes_need_not_stay_integers() {
    // 5's class has methods for what overflows; the operands' static types must not promise an integer.
    check(
        "(do (call define~1 5 \"Mul\" one&1) (call define~1 5 \"Add\" sum~5) (set %0 9223372036854775807)
            (try %1 (grow.mul %0 2) (set %0 %1)) (list %0 (grow.mul 3 4)))",
        "[one wants 1, got 2, 12]",
    );
    check("(do (call define~1 5 \"Mul\" plus&4) (set %0 1) (for L0 %3 0 63 (set %0 (grow.mul %0 2))) %0)", "102");
}

#[test]
fn recursion_through_sends_is_limited() {
    check("(do (call define~1 5 \"name\" name&6) (try %0 (send \"name\" 5) (set %0 \"too deep\")) %0)", "too deep");
}

#[test]
fn choices_have_three_ways() {
    check(
        "(list (call choice&11 true) (call choice&11 false) (call choice&11 nil) (call choice&11 0))",
        "[yes, no, [other, nil], [other, 0]]",
    );
    let cases = [
        ("1 2", "less"),
        ("2 1", "not"),
        ("1.5 2.5", "less"),
        ("\"a\" \"b\"", "less"),
        ("\"b\" \"a\"", "not"),
        ("nil 3", "[other, 103]"),
        ("nil nil", "error: nil does not understand Lt"),
    ];
    for (operands, expected) in cases {
        let method = if operands == "nil nil" { "nil" } else { "(call define~1 nil \"Lt\" plus&4)" };
        check(&format!("(do {method} (call less&12 {operands}))"), expected);
    }
    // What a method of the comparison answers.
    check("(do (call define~1 nil \"Lt\" me&3) (try %0 (call less&12 nil 1) %0))", "me wants 1, got 2");
    check("(do (call define~1 nil \"Lt\" sum~5) (call less&12 nil 1))", "[other, 1]");
}

#[test]
fn choices_are_conditions_of_choices() {
    let all = |f: &str| {
        let values = ["true", "false", "7"];
        let calls = values.iter().flat_map(|a| values.iter().map(move |b| format!("(call {f} {a} {b})")));
        format!("(list {})", calls.collect::<Vec<_>>().join(" "))
    };
    check(&all("both&13"), "[yes, no, 7, no, no, no, [not, 7], [not, 7], [not, 7]]");
    check(&all("either&14"), "[yes, yes, yes, yes, no, 7, [not, 7], [not, 7], [not, 7]]");
}

#[test]
fn choices_decide_loops() {
    // The condition of a loop, with a comparison that asks the language once.
    check(
        "(do (set %0 0) (while L0 (choose %1 (dyn.lt %0 10) true false (truthy %1)) (set %0 (dyn.add %0 1))) %0)",
        "10",
    );
    check(
        "(do (set %0 0) (set %2 1.5) (while L0 (choose %1 (dyn.lt %2 10) true false (do (set %2 nil) false))
            (do (set %2 (dyn.add %2 1.0)) (set %0 (dyn.add %0 1)))) (list %0 %2))",
        "error: 1.5 does not understand Lt",
    );
    check(
        "(do (call define~1 nil \"Lt\" plus&4) (set %0 0) (set %2 7)
            (while L0 (choose %1 (dyn.lt %2 10) true false (same.eq %1 0)) (do (set %0 (dyn.add %0 1))
                (if (same.eq %0 2) (set %2 nil) (set %2 (dyn.add %2 1))))) %0)",
        "2",
    );
}

#[test]
fn choices_in_protected_bodies_and_loops_keep_their_variables() {
    check(
        "(do (set %2 (list)) (foreach L0 %0 (list true false 3 nil true)
            (try %1 (choose %1 %0 (set %2 (list ...%2 1)) (raise \"no\") (set %2 (list ...%2 %1)))
                (set %2 (list ...%2 %1)))) %2)",
        "[1, no, 3, nil, 1]",
    );
}

#[test]
fn kinds_decide_branches_and_loops() {
    let kinds = ["nil", "true", "5", "2.5", "\"s\"", "(list)", "(map)", "one&1", "thing~0"];
    let types = ["nil", "bool", "int", "float", "str", "list", "map", "func", "func"];
    for (i, kind) in types.iter().enumerate() {
        let expected: Vec<&str> = types.iter().map(|have| if have == kind { "yes" } else { "no" }).collect();
        let body = format!(
            "(do (set %0 (list)) (foreach L0 %1 (list {}) (set %0 (list ...%0 (if (istype {kind} %1) \"yes\" \"no\")))) %0)",
            kinds.join(" ")
        );
        check(&body, &format!("[{}]", expected.join(", ")));
        // As the condition of a loop that goes on as long as the kind fits, or does not.
        let turns = |cond: &str| {
            let body = "(do (set %2 (dyn.add %2 1)) (set %0 unset))";
            format!("(do (set %0 {}) (set %2 0) (while L0 {cond} {body}) %2)", kinds[i])
        };
        check(&turns(&format!("(istype {kind} %0)")), "1");
        check(&turns(&format!("(and (bool.not (istype {kind} %0)) (bool.not (same.eq %2 3)))")), "0");
    }
}

#[test]
fn decided_choices_take_their_way() {
    check("(choose %0 true 1 2 3)", "1");
    check("(choose %0 (same.eq 1 2) 1 2 3)", "2");
    check("(choose %0 (int.add 1 2) 1 2 %0)", "3");
    check("(do (choose %0 nil (set %1 1) (set %1 2) (set %1 3)) %1)", "3");
}

#[test]
fn fields_have_numbers_in_records_of_every_class() {
    check("(part 0 (record *0 .\"x\" 7))", "7");
    check("(list (part 0 (record *1 .\"x\" 7 .\"y\" 8)) (part 1 (record *1 .\"y\" 8 .\"x\" 7)))", "[7, 8]");
    check("(do (set %0 (record *1 .\"x\" 7 .\"y\" 8)) (setpart 1 %0 9) (setpart 0 %0 (part 1 %0)) (part 0 %0))", "9");
    check("(part 1 (record *0 .\"x\" 7))", "error: field 1 of record [7]");
    check("(part 0 5)", "error: field 0 of 5");
    check("(setpart 2 nil 1)", "error: set_field 2 of nil");
    check("(do (set %0 (record *0 .\"x\" 7)) (setpart 1 %0 9))", "error: set_field 1 of record [7]");
    // A record that got a field after it was made keeps its fields elsewhere.
    check(
        "(do (set %0 (record *0 .\"x\" 7)) (try %1 (setfield \"z\" %0 9) nil) (setpart 0 %0 (dyn.add (part 0 %0) 1)) (part 0 %0))",
        "8",
    );
}

#[test]
fn fields_of_a_declared_kind_keep_it() {
    let record = "(set %0 (record *2 .\"n\" 1 .\"l\" (list)))";
    check(&format!("(do {record} (setpart 0 %0 5) (part 0 %0))"), "5");
    check(&format!("(do {record} (try %1 (setpart 0 %0 nil) nil) (list %1 (part 0 %0)))"), "[nil is no Int, 1]");
    check(&format!("(do {record} (try %1 (setpart 1 %0 7) nil) (list %1 (part 1 %0)))"), "[7 is no List, []]");
}

#[test]
fn floored_division_rounds_down() {
    let cases =
        [(7, 2, 3, 1), (-7, 2, -4, 1), (7, -2, -4, -1), (-7, -2, 3, -1), (6, 3, 2, 0), (-6, 3, -2, 0), (0, -5, 0, 0)];
    for (a, b, quotient, modulo) in cases {
        let both = format!(
            "(list (dyn.floordiv %0 {b}) (dyn.mod %0 {b}) (dyn.floordiv %0 %1) (dyn.mod %0 %1)
            (dyn.floordiv {a} {b}) (dyn.mod {a} {b}))"
        );
        let expected = [quotient, modulo].map(|n: i64| n.to_string()).join(", ");
        check(
            &format!("(do (set %0 {a}) (set %1 {b}) (foreach L0 %2 1 (do (set %0 {a}) (set %1 {b}))) {both})"),
            &format!("[{expected}, {expected}, {expected}]"),
        );
    }
    check("(dyn.floordiv 1 0)", "error: 1 does not understand FloorDiv");
    check("(dyn.mod 1 0)", "error: 1 does not understand Mod");
    check("(dyn.mod 1.5 2)", "error: 1.5 does not understand Mod");
    let least = "-9223372036854775808";
    check(&format!("(dyn.floordiv {least} -1)"), &format!("error: {least} does not understand FloorDiv"));
    check(&format!("(dyn.mod {least} 3)"), "1");
}
