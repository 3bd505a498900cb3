//! The evaluator by itself: programs in the text form of core IR, run with a
//! minimal language, each for one idea.

#[path = "evaluator/plain.rs"]
mod plain;

use motet_eval::{Evaluator, LoadError, ModuleId};
use motet_ir::parse_module;
use motet_runtime::{Limits, NullHost, Runtime, Stop, Trap, Value};

use plain::{Clock, Plain, show};

const HEADER: &str = "module \"t\" language \"plain\" native ~0 \"plain.apply\" any native ~1 \"plain.fail\" any\n\
                      native ~2 \"plain.lie\" int init &0\n";

fn evaluator(limits: Limits) -> Evaluator {
    let mut rt = Runtime::new(Box::new(NullHost), limits);
    rt.add_language(&Plain);
    Evaluator::new(rt)
}

fn load(evaluator: &mut Evaluator, text: &str) -> ModuleId {
    let module = parse_module(&format!("{HEADER}{text}")).unwrap_or_else(|e| panic!("{e}\n{text}"));
    evaluator.load(module).unwrap_or_else(|e| panic!("{e}\n{text}"))
}

/// Result or error of a program under limits, as text.
fn outcome(text: &str, limits: Limits, stress: bool) -> String {
    let mut evaluator = evaluator(limits);
    evaluator.set_gc_stress(stress);
    let module = load(&mut evaluator, text);
    match evaluator.run_init(module) {
        Ok(v) => show(&evaluator.rt, v),
        Err(Stop::Uncaught { message, trace, .. }) => {
            let calls: Vec<String> = trace.iter().map(|f| format!("{}@{}", f.function, f.start)).collect();
            format!("error: {message} [{}]", calls.join(" "))
        }
        Err(Stop::Trap { trap, .. }) => format!("trap: {trap:?}"),
        Err(Stop::Exit(status)) => format!("exit: {status}"),
    }
}

/// The program's functions must give the result with and without a collection at every safepoint.
#[track_caller]
fn check(functions: &str, expected: &str) {
    for stress in [false, true] {
        assert_eq!(outcome(functions, Limits::default(), stress), expected, "stress: {stress}");
    }
}

/// One function without parameters, with three locals of type `any` and one `int`.
#[track_caller]
fn check_body(body: &str, expected: &str) {
    check(&main(body), expected);
}

fn main(body: &str) -> String {
    format!(
        "function &0 \"main\" any local %0 \"a\" any local %1 \"b\" any local %2 \"c\" any local %3 \"i\" int\n{body}\n"
    )
}

#[test]
fn computes_with_each_family() {
    let cases = [
        ("(int.add 9223372036854775807 1)", "-9223372036854775808"),
        ("(checked.add 9223372036854775807 1)", "error: Add 9223372036854775807 1 [main@0]"),
        ("(checked.div 1 0)", "error: Div 1 0 [main@0]"),
        ("(int.div -7 2)", "-3"),
        ("(int.rem -7 2)", "-1"),
        ("(int.shl 1 65)", "2"),
        ("(int.ushr -1 63)", "1"),
        ("(float.div 1.0 0.0)", "inf"),
        ("(str.add \"a\" \"b\")", "ab"),
        ("(str.lt \"a\" \"b\")", "true"),
        ("(same.eq 1 1.0)", "false"),
        ("(same.eq \"x\" \"x\")", "true"),
        ("(dyn.add 1 2)", "3"),
        ("(dyn.add 1 \"x\")", "error: Add 1 x [main@0]"),
        ("(int.tofloat 3)", "3.0"),
        ("(bool.not true)", "false"),
        ("(dyn.neg 5)", "-5"),
        ("(and true (or false true))", "true"),
        ("(truthy \"\")", "true"),
        ("(concat 1 \" \" nil)", "1 nil"),
    ];
    for (body, expected) in cases {
        check_body(body, expected);
    }
}

#[test]
fn evaluates_operands_left_to_right_before_the_node() {
    check_body("(do (set %0 1) (list %0 (do (set %0 2) %0) %0))", "[1, 2, 2]");
}

#[test]
fn jumps_leave_operands_behind() {
    check_body(
        "(do (set %0 0) (while L0 true (do (list 1 2 (if (same.eq %0 3) (break L0) (set %0 (dyn.add %0 1)))) nil)) %0)",
        "3",
    );
}

#[test]
fn continue_runs_the_step() {
    check_body(
        "(do (set %0 0) (set %1 0) (while L0 (same.ne %0 5) (do (if (same.eq %0 2) (continue L0) nil) \
         (set %1 (dyn.add %1 %0))) (set %0 (dyn.add %0 1))) %1)",
        "8",
    );
}

#[test]
fn counting_loops_never_overflow() {
    check_body(
        "(do (set %0 0) (forincl L0 %3 9223372036854775805 9223372036854775807 (set %0 (dyn.add %0 1))) \
         (for L1 %3 5 -5 (set %0 nil)) (for L2 %3 0 -9223372036854775808 (set %0 nil)) %0)",
        "3",
    );
}

#[test]
fn assignments_to_the_loop_variable_do_not_affect_the_iteration() {
    check_body("(do (set %0 0) (for L0 %3 0 3 (do (set %0 (dyn.add %0 %3)) (set %3 100))) %0)", "3");
}

#[test]
fn iterates_lists_live_and_maps_texts_and_counts() {
    check_body(
        "(do (set %0 (list 1 2)) (set %2 (list)) (foreach L0 %1 %0 (do (if (same.eq %1 2) (setindex %0 9 %1) nil) \
         (set %2 (list ...%2 %1)))) %2)",
        "error: set_index 9 [main@0]",
    );
    check_body("(do (set %2 \"\") (foreach L0 %1 \"aé€\" (set %2 (concat %1 %2))) %2)", "€éa");
    check_body("(do (set %2 0) (foreach L0 %1 4 (set %2 (dyn.add %2 %1))) %2)", "6");
    check_body("(do (set %2 \"\") (foreach L0 %1 (map \"x\" = 1 \"y\" = 2) (set %2 (concat %2 %1))) %2)", "xy");
}

#[test]
fn nested_loops_leave_the_right_one() {
    check_body(
        "(do (set %0 0) (foreach L0 %1 3 (for L1 %3 0 5 (do (set %0 (dyn.add %0 1)) \
         (if (same.eq %3 2) (continue L0) nil) (if (same.eq %1 2) (break L0) nil)))) %0)",
        "7",
    );
}

#[test]
fn builds_lists_and_maps_with_spreads() {
    check_body("(do (set %0 (list 1 2)) (list ...%0 3 ...%0 ...(list)))", "[1, 2, 3, 1, 2]");
    check_body("(map \"a\" = 1 ...(map \"b\" = 2 \"a\" = 3) \"b\" = 4)", "{a: 3, b: 4}");
    check_body("(list ...1)", "error: bad spread 1 [main@0]");
    check_body("(map ...1)", "error: bad spread 1 [main@0]");
    check_body("(list)", "[]");
    check_body("(map)", "{}");
    let long: Vec<String> = (0..150).map(|i| i.to_string()).collect();
    check_body(&format!("(list {})", long.join(" ")), &format!("[{}]", long.join(", ")));
}

#[test]
fn records_take_the_declared_layout_in_any_order() {
    let class = "class *0 \"P\" struct field \"x\" any field \"y\" any\n";
    check(&format!("{class}{}", main("(record *0 .\"y\" 2 .\"x\" 1)")), "P(x: 1, y: 2)");
    check(&format!("{class}{}", main("(record:any *0 .\"z\" 2)")), "P(z: 2)");
    check(&format!("{class}{}", main("(isclass *0 (record:any *0 .\"z\" 2))")), "true");
    check(&format!("{class}{}", main("(istype *0 (record:any *0 .\"z\" 2))")), "false");
    check(
        &format!("{class}{}", main("(do (set %0 (record *0 .\"x\" 1 .\"y\" 2)) (setslot *0 1 (cast *0 %0) 7) %0)")),
        "P(x: 1, y: 7)",
    );
}

#[test]
fn places_copy_what_has_a_second_holder() {
    check_body(
        "(do (set %0 (list 1 (list 2))) (set %1 (share %0)) (setplace %0 [0] 5) (list %0 %1))",
        "[[5, [2]], [1, [2]]]",
    );
    check_body(
        "(do (set %0 (list 1 (list 2))) (set %1 (share %0)) (setplace %0 [1] [0] 5) (list %0 %1))",
        "[[1, [5]], [1, [2]]]",
    );
    check_body("(do (set %0 (list (list 2))) (set %1 %0) (setplace %0 [0] [0] 5) (list %0 %1))", "[[[5]], [[5]]]");
}

#[test]
fn places_evaluate_the_value_before_the_indices() {
    check_body(
        "(do (set %0 (list 0 0)) (set %1 0) (setplace %0 [(do (set %1 (dyn.add %1 1)) 0)] %1) (list %0 %1))",
        "[[0, 0], 1]",
    );
}

#[test]
fn places_pass_through_fields_and_overloaded_access() {
    let class = "class *0 \"P\" struct field \"x\" any\n";
    check(
        &format!(
            "{class}{}",
            main(
                "(do (set %0 (record *0 .\"x\" (list 1))) (set %1 (share %0)) (setplace %0 .\"x\" [0] 2) (list %0 %1))"
            )
        ),
        "[P(x: [2]), P(x: [1])]",
    );
    // The field `via` of anything is what the function `&1` gives: a call in the midst of the assignment.
    check(
        &format!(
            "global #0 \"g\" any unset\nglobal #1 \"via\" func &1\n{}function &1 \"via\" any param %0 \"self\" any #0\n",
            main("(do (set #0 (list 1 2)) (set %0 (list &1)) (setplace %0 .\"via\" [1] 9) #0)")
        ),
        "[1, 9]",
    );
}

#[test]
fn closures_own_their_cells() {
    check(
        &format!(
            "{}function &1 \"count\" any capture ^0 \"n\" any (do (set ^0 (dyn.add ^0 1)) ^0)\n",
            main(
                "(do (set %0 (closure &1 10)) (set %1 (closure &1 20)) (callvalue %0) (callvalue %0) \
                 (list (callvalue %0) (callvalue %1)))"
            )
        ),
        "[13, 21]",
    );
    check_body("(do (set %0 (newcell 1)) (cellset %0 (dyn.add (cellget %0) 1)) (cellget %0))", "2");
}

#[test]
fn dynamic_calls_check_count_and_kinds() {
    let f = "function &1 \"f\" any param %0 \"n\" int %0\n";
    check(&format!("{}{f}", main("(callvalue &1 5)")), "5");
    check(&format!("{}{f}", main("(callvalue &1 ...(list 5))")), "5");
    check(&format!("{}{f}", main("(callvalue &1)")), "error: f wants 1, got 0 [main@0]");
    check(&format!("{}{f}", main("(callvalue &1 \"x\")")), "error: x is no Int [main@0]");
    check(&format!("{}{f}", main("(callvalue 7)")), "error: not callable 7 [main@0]");
}

#[test]
fn parameters_that_a_call_may_leave_out_arrive_unset() {
    let f = "function &1 \"f\" any param %0 \"a\" any optional %1 \"b\" any optional %2 \"c\" any \
             (list %0 (isunset %1) (isunset %2))\n";
    check(&format!("{}{f}", main("(callvalue &1 5)")), "[5, true, true]");
    check(&format!("{}{f}", main("(callvalue &1 5 6)")), "[5, false, true]");
    check(&format!("{}{f}", main("(callvalue &1 5 6 7)")), "[5, false, false]");
    check(&format!("{}{f}", main("(call:any ~0 &1 5 6)")), "[5, false, true]");
    check(&format!("{}{f}", main("(call &1 5 6 unset)")), "[5, false, true]");
    check(&format!("{}{f}", main("(callvalue &1)")), "error: f wants 3, got 0 [main@0]");
    check(&format!("{}{f}", main("(callvalue &1 5 6 7 8)")), "error: f wants 3, got 4 [main@0]");
}

#[test]
fn natives_call_back_through_the_evaluator() {
    let f = "function &1 \"f\" any param %0 \"n\" any (dyn.add %0 1)\n";
    check(&format!("{}{f}", main("(call:any ~0 &1 41)")), "42");
    check(&format!("{}{f}", main("(call:any ~0 ~0 ~0 &1 41)")), "42");
    check(&format!("{}{f}", main("(send \"call\" &1 41)")), "42");
    check(&format!("{}{f}", main("(call:any ~0 &1 1 2)")), "error: f wants 1, got 2 [main@0]");
}

#[test]
fn a_native_that_breaks_its_word_is_a_trap() {
    check_body("(call:int ~2)", "trap: Corrupt");
}

#[test]
fn exceptions_pass_through_native_calls() {
    let f = "function &1 \"f\" any (raise \"thrown\")\n";
    check(&format!("{}{f}", main("(try %0 (call:any ~0 &1) (concat \"caught \" %0))")), "caught thrown");
    check_body("(try %0 (call:any ~1) %0)", "native failed in main");
    check_body("(call:any ~1)", "error: native failed [main@0]");
}

#[test]
fn handlers_are_removed_while_they_run_and_after_the_body() {
    check_body("(try %0 (try %1 (raise 1) (raise (dyn.add %1 1))) (dyn.add %0 10))", "12");
    check_body("(do (try %0 1 2) (raise 3))", "error: uncaught 3 [main@0]");
    check_body("(try %0 (while L0 true (try %1 (break L0) nil)) nil)", "nil");
    check_body("(do (set %0 0) (foreach L0 %1 3 (try %2 (continue L0) nil)) (raise 7))", "error: uncaught 7 [main@0]");
}

#[test]
fn a_handler_keeps_the_operands_below_it() {
    check_body("(list 1 (try %0 (list 2 3 (raise 4)) %0) 5)", "[1, 4, 5]");
}

#[test]
fn traces_name_the_calls_and_their_places() {
    check(
        "function &0 \"main\" any (call@5-9 &1 1)\n\
         function &1 \"f\" any param %0 \"n\" any (list 1 (call@7-8 &2 %0))\n\
         function &2 \"g\" hidden any param %0 \"n\" any (do (dyn.add@3-4 %0 nil))\n",
        "error: Add 1 nil [g@3 f@7 main@5]",
    );
}

#[test]
fn unset_variables_are_reported_by_name() {
    let global = "global #0 \"speed\" any unset\n";
    check(&format!("{global}{}", main("#0")), "error: undefined speed [main@0]");
    check(&format!("{global}{}", main("(isunset (maybe #0))")), "true");
    check(&format!("{global}{}", main("(setplace #0 [0] 1)")), "error: undefined speed [main@0]");
    check_body("(checkset \"height\" %0)", "error: undefined height [main@0]");
}

const GENERATOR: &str = "function &1 \"upto\" generator any param %0 \"n\" any local %1 \"i\" any\n\
    (do (set %1 0) (while L0 (cast bool (dyn.lt %1 %0)) (do (yield %1) (set %1 (dyn.add %1 1)))) nil)\n";

#[test]
fn generators_run_when_they_are_iterated() {
    check(
        &format!("{}{GENERATOR}", main("(do (set %2 (list)) (foreach L0 %1 (call &1 4) (set %2 (list ...%2 %1))) %2)")),
        "[0, 1, 2, 3]",
    );
}

#[test]
fn generators_go_on_where_they_were_left() {
    check(
        &format!(
            "{}{GENERATOR}",
            main(
                "(do (set %0 (call &1 4)) (set %2 (list)) (foreach L0 %1 %0 (if (same.eq %1 1) (break L0) nil)) \
                 (foreach L1 %1 %0 (set %2 (list ...%2 %1))) (foreach L2 %1 %0 (set %2 nil)) %2)"
            )
        ),
        "[2, 3]",
    );
}

#[test]
fn generators_nest_and_their_errors_reach_the_loop() {
    let doubled = "function &2 \"doubled\" generator any param %0 \"n\" any local %1 \"x\" any\n\
        (foreach L0 %1 (call &1 %0) (do (if (same.eq %1 3) (raise \"three\") nil) (yield (dyn.mul %1 2))))\n";
    check(
        &format!(
            "{}{GENERATOR}{doubled}",
            main(
                "(do (set %2 (list)) (try %0 (foreach L0 %1 (call &2 9) (set %2 (list ...%2 %1))) \
                 (set %2 (list ...%2 %0))) %2)"
            )
        ),
        "[0, 2, 4, three]",
    );
}

#[test]
fn a_generator_that_iterates_itself_finds_nothing() {
    check(
        &format!(
            "global #0 \"g\" any nil\n{}function &1 \"self\" generator any local %0 \"x\" any\n\
             (do (yield 1) (foreach L0 %0 #0 (yield 100)) (yield 2) nil)\n",
            main("(do (set #0 (call &1)) (set %2 (list)) (foreach L0 %1 #0 (set %2 (list ...%2 %1))) %2)")
        ),
        "[1, 2]",
    );
}

#[test]
fn async_results_are_wrapped_by_the_language() {
    check(
        &format!(
            "{}function &1 \"later\" async any (return 5)\n",
            main("(do (set %0 (call &1)) (list %0 (await %0)))")
        ),
        "[[5], [5]]",
    );
}

const COUNTDOWN: &str = "function &1 \"down\" int param %0 \"n\" int\n\
    (if (int.eq %0:int 0) 0 (int.add 1 (call:int &1 (int.sub %0:int 1))))\n";

#[test]
fn a_million_nested_calls_need_no_host_stack() {
    let text = format!("{}{COUNTDOWN}", main("(call:int &1 1000000)"));
    let run = || outcome(&text, Limits::default(), false);
    let thread = std::thread::Builder::new().stack_size(256 * 1024);
    std::thread::scope(|scope| {
        let handle = thread.spawn_scoped(scope, run).expect("a thread");
        assert_eq!(handle.join().expect("no panic"), "1000000");
    });
}

#[test]
fn the_depth_limit_is_an_error_that_can_be_caught() {
    let limits = Limits { depth: 100, ..Limits::default() };
    let calls = format!("{}{COUNTDOWN}", main("(try %0 (call:int &1 100) %0)"));
    assert_eq!(outcome(&calls, limits, true), "more than 100 calls in down in down");
    let fits = format!("{}{COUNTDOWN}", main("(call:int &1 98)"));
    assert_eq!(outcome(&fits, limits, true), "98");
}

#[test]
fn fuel_counts_calls_and_turns() {
    let spins = main("(do (set %0 0) (while L0 (same.ne %0 10) (set %0 (dyn.add %0 1))) %0)");
    let with = |fuel| outcome(&spins, Limits { fuel: Some(fuel), ..Limits::default() }, false);
    // The call of `main` and ten turns.
    assert_eq!((with(10).as_str(), with(11).as_str()), ("trap: OutOfFuel", "10"));
    assert_eq!(
        outcome(&main("(while:never L0 _ (try %0 nil nil))"), Limits { fuel: Some(9999), ..Limits::default() }, false),
        "trap: OutOfFuel"
    );
}

#[test]
fn the_deadline_stops_endless_loops() {
    let limits = Limits { deadline_nanos: Some(50), ..Limits::default() };
    let mut rt = Runtime::new(Box::new(Clock(0)), limits);
    rt.add_language(&Plain);
    let mut evaluator = Evaluator::new(rt);
    let module = load(&mut evaluator, &main("(while:never L0 _ nil)"));
    assert!(matches!(evaluator.run_init(module), Err(Stop::Trap { trap: Trap::Deadline, .. })));
}

#[test]
fn the_heap_limit_is_an_error_that_can_be_caught() {
    let limits = Limits { heap_bytes: 1 << 20, ..Limits::default() };
    let grow = "(do (set %0 (list)) (while:never L0 _ (set %0 (list %0 %0 %0 %0))))";
    assert_eq!(
        outcome(&main(&format!("(do (try %1 {grow} nil) (set %0 nil) %1)")), limits, false),
        "out of memory: the heap limit was reached in main"
    );
    let double = "(do (set %0 \"0123456789\") (for L0 %3 0 60 (set %0 (str.add (cast str %0) (cast str %0)))))";
    assert_eq!(
        outcome(&main(&format!("(try %1 {double} %1)")), limits, false),
        "out of memory: the heap limit was reached in main"
    );
    // What is garbage does not count.
    assert_eq!(outcome(&main("(do (for L0 %3 0 100000 (set %0 (list %3 %3))) %0)"), limits, false), "[99999, 99999]");
}

#[test]
fn hosts_call_functions_and_preset_globals() {
    let mut evaluator = evaluator(Limits::default());
    evaluator.set_gc_stress(true);
    let text = "global #0 \"base\" any unset\nglobal #1 \"add\" func &1\ntest \"adds\" &0\n\
        function &0 \"main\" any #0\nfunction &1 \"add\" any param %0 \"n\" any (dyn.add #0 %0)\n";
    let module = load(&mut evaluator, text);
    assert!(evaluator.global(module, "base").is_none() && !evaluator.set_global(module, "none", Value::NIL));
    assert!(evaluator.set_global(module, "base", Value::int(40)));
    let add = evaluator.global(module, "add").expect("preset by the module");
    assert_eq!(evaluator.run(add, &[Value::int(2)]).map(Value::as_int).ok(), Some(Some(42)));
    assert_eq!(evaluator.tests(module).len(), 1);
    assert_eq!(evaluator.global_values(module).len(), 2);
    // A second module does not disturb the first.
    let other = load(&mut evaluator, text);
    assert!(evaluator.global(other, "base").is_none());
    assert_eq!(evaluator.run_init(module).map(Value::as_int).ok(), Some(Some(40)));
    // An error leaves the evaluator usable, also when the host calls something that cannot be called.
    assert!(evaluator.run(Value::int(1), &[]).is_err() && evaluator.run_init(other).is_err());
    assert_eq!(evaluator.run_init(module).map(Value::as_int).ok(), Some(Some(40)));
}

#[test]
fn refuses_modules_that_do_not_fit_the_isolate() {
    let mut evaluator = evaluator(Limits::default());
    let mut refuse = |text: &str| evaluator.load(parse_module(text).expect("the grammar")).expect_err("must not load");
    let body = "init &0 function &0 \"main\" any nil";
    assert_eq!(
        refuse(&format!("module \"t\" language \"elvish\" {body}")),
        LoadError::UnknownLanguage("elvish".into())
    );
    assert_eq!(
        refuse(&format!("module \"t\" language \"plain\" native ~0 \"plain.no\" any {body}")),
        LoadError::UnknownNative("plain.no".into())
    );
    let wild = "module \"t\" language \"plain\" init &0 function &0 \"main\" any %7";
    assert!(matches!(refuse(wild), LoadError::Malformed(_)));
}
