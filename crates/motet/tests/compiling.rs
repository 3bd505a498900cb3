//! Programs that compile text while they run: on both tiers, collecting at every safepoint and not.
#![cfg(all(feature = "std", feature = "lang-ruff"))]

use motet::{
    CaptureHost, Config, Control, Engine, Error, Handle, HostModule, Isolate, Limits, LoadRequest, NativeDef, Output,
    Request, Runtime, Stop, Tier, Trap, Value,
};

const TIERS: [Tier; 2] = [Tier::Ast, Tier::Vm];

/// `compile(text, failed)`.
fn compile(rt: &mut Runtime, args: &[Value]) -> Result<Value, Control> {
    let source = rt.heap.text(args[0]).unwrap_or_default().to_string();
    let failed = args[1];
    Err(Control::load(LoadRequest { language: "ruff", name: "live".into(), source, context: Vec::new(), failed }))
}

/// `take_turns()`: tasks are cooperative from now on.
fn take_turns(rt: &mut Runtime, _: &[Value]) -> Result<Value, Control> {
    rt.cooperative = true;
    Ok(Value::NIL)
}

/// `task()`: number of the running task.
fn task(rt: &mut Runtime, _: &[Value]) -> Result<Value, Control> {
    Ok(Value::int(rt.current_task() as i64))
}

const NATIVES: &[NativeDef] = &[
    NativeDef { name: "compile", run: compile, inline: None },
    NativeDef { name: "take_turns", run: take_turns, inline: None },
    NativeDef { name: "task", run: task, inline: None },
];

fn isolate(tier: Tier, limits: Limits, stress: bool) -> (Isolate, Output) {
    let mut host = HostModule::new();
    host.function("compile", |_, (_, _): (Handle, Handle)| Ok(()))
        .function("take_turns", |_, (): ()| Ok(()))
        .function("task", |_, (): ()| Ok(0))
        .function("start", |cx, (f,): (Handle,)| Request::spawn(cx, &f, ()))
        .function("join", |_, (task,): (Handle,)| Ok(Request::wait(&task)))
        .function("pass", |_, (): ()| Ok(Request::yield_now()));
    let (console, output) = CaptureHost::new();
    let config = Config::new(console).tier(tier).limits(limits).gc_stress(stress).module(host);
    let mut isolate = Engine::new().isolate(config);
    // In place of those that only declare the names.
    isolate.runtime_mut().add_natives(NATIVES);
    (isolate, output)
}

/// The program must print this, with and without a collection at every safepoint.
#[track_caller]
fn check(text: &str, expected: &str) {
    for tier in TIERS {
        for stress in [false, true] {
            let (mut isolate, output) = isolate(tier, Limits::default(), stress);
            let result = isolate.eval::<()>("ruff", "main.ruff", text);
            let error = result.err().map(|e| format!("error: {}\n", e.message())).unwrap_or_default();
            assert_eq!(output.out() + &error, expected, "{tier:?}, stress: {stress}");
        }
    }
}

#[test]
fn compiled_text_runs_at_once_and_beside_what_runs() {
    check(
        "func no(message, line) { return message }
        func twice(n) { compile(\"print(\" + to_string(n) + \")\", no) return n * 2 }
        print(twice(4))
        compile(\"func f(x) { return x + 1 } print(f(6))\", no)
        print(twice(5))",
        "4\n8\n7\n5\n10\n",
    );
}

#[test]
fn a_module_can_compile_another_one() {
    check(
        r#"func no(message, line) { return message }
        compile("func no(m, l) { return m }\n compile(\"print(1 + 1)\", no)\n print(3)", no)
        print(4)"#,
        "2\n3\n4\n",
    );
}

#[test]
fn errors_of_the_text_are_told_with_their_line() {
    check(
        "func no(message, line) { return to_string(line) }
        print(compile(\"x := 1\\ny := (\", no))
        print(\"on\")",
        "2\non\n",
    );
}

#[test]
fn errors_at_run_time_can_be_caught_outside() {
    check(
        "func no(message, line) { return message }
        try { compile(\"a := [1]\\nprint(a[7])\", no) } except e { print(\"caught\") }
        print(\"on\")",
        "caught\non\n",
    );
}

#[test]
fn tasks_compile_too() {
    check(
        "func no(message, line) { return message }
        func work() { compile(\"for i in range(3) { print(i) }\", no) return \"done\" }
        a := start(work)
        b := start(work)
        print(join(a)) print(join(b))",
        "0\n1\n2\n0\n1\n2\ndone\ndone\n",
    );
}

#[test]
fn the_limits_hold_in_compiled_text() {
    for tier in TIERS {
        let limits = Limits { fuel: Some(50_000), ..Limits::default() };
        let (mut isolate, _) = isolate(tier, limits, false);
        let text = "func no(message, line) { return message }\ncompile(\"while true { }\", no)";
        let stopped = isolate.eval::<()>("ruff", "main.ruff", text).expect_err("it runs out of fuel");
        assert!(format!("{stopped:?}").contains("OutOfFuel"), "{stopped:?}");
    }
}

#[test]
fn compiling_costs_fuel_by_length() {
    for tier in TIERS {
        let limits = Limits { fuel: Some(500), ..Limits::default() };
        let (mut isolate, _) = isolate(tier, limits, false);
        let program = format!("func no(m, l) {{ return m }}\ncompile(\"{}\", no)", "x := 1 ".repeat(1_000));
        let stopped = isolate.eval::<()>("ruff", "main.ruff", &program).expect_err("it runs out of fuel");
        assert!(format!("{stopped:?}").contains("OutOfFuel"), "{stopped:?}");
    }
}

#[test]
fn without_a_compiler_there_is_a_clear_error() {
    for tier in TIERS {
        let (mut isolate, output) = isolate(tier, Limits::default(), false);
        isolate.runtime_mut().compiler = None;
        let text = "func no(m, l) { return m }\ntry { compile(\"1\", no) } except e { print(e.message) }";
        isolate.eval::<()>("ruff", "main.ruff", text).expect("the error is caught");
        assert_eq!(output.out(), "programs cannot be compiled here: the host has no compiler\n", "{tier:?}");
    }
}

#[test]
fn traces_quote_the_text_that_was_compiled() {
    let reports = TIERS.map(|tier| {
        let (mut isolate, _) = isolate(tier, Limits::default(), false);
        let text = "func no(m, l) { return m }\nfunc run(t) { return compile(t, no) }\nrun(\"func deep(a) {\\n return a[9] }\\nprint(deep([1]))\")";
        let options = motet::CompileOptions::default();
        let language = isolate.engine().language("ruff").expect("it is there");
        let mut options = options;
        options.frontend.host = isolate.host_functions().to_vec();
        let program = isolate
            .engine()
            .compile_with(language, "main.ruff", text, &mut motet::NoLoader, &options)
            .expect("it compiles");
        let module = isolate.load(&program).expect("it loads");
        match isolate.run(module) {
            Err(Error::Stopped(stop)) => {
                assert!(!matches!(*stop, Stop::Trap { trap: Trap::Corrupt, .. }));
                isolate.explain(module, &stop, false)
            }
            other => panic!("{other:?}"),
        }
    });
    assert_eq!(reports[0], reports[1]);
    assert!(reports[0].contains("live:2") && reports[0].contains("return a[9]"), "{}", reports[0]);
    assert!(reports[0].contains("main.ruff:2"), "{}", reports[0]);
}

#[test]
fn texts_that_nobody_needs_are_given_back() {
    let (mut isolate, output) = isolate(Tier::Vm, Limits::default(), false);
    let text = r#"func no(m, l) { return m }
        kept := []
        func go(n) {
            f := compile("func f" + to_string(n) + "(x) { return x + " + to_string(n) + " } f" + to_string(n), no)
            if n % 100 == 0 { kept = push(kept, f) }
            return f(1)
        }
        sum := 0
        for n in range(2000) { sum = sum + go(n) }
        for f in kept { sum = sum + f(1000) }
        print(sum)"#;
    isolate.eval::<()>("ruff", "main.ruff", text).expect("it runs");
    let expected = (0..2000).map(|n| n + 1).sum::<i64>() + (0..20).map(|n| n * 100 + 1000).sum::<i64>();
    assert_eq!(output.out(), format!("{expected}\n"));
    let sizes = isolate.vm().expect("it is one").table_sizes();
    assert!(sizes.versions < 1500, "{sizes:?}");
}

#[test]
fn cooperative_tasks_switch_only_when_they_say_so() {
    check(
        "take_turns()
        log := \"\"
        func busy(name) { for i in range(5000) { x := i } log = log + name pass() log = log + name return task() }
        func a() { return busy(\"a\") }
        func b() { return busy(\"b\") }
        t := start(a)
        u := start(b)
        for i in range(20000) { x := i }
        log = log + \"main \"
        first := join(t)
        second := join(u)
        print(log) print(second - first) print(task())",
        "main abab\n1\n0\n",
    );
}
