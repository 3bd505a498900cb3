//! Host functions, typed calls, handles, objects of the host: on both tiers, collecting at every safepoint.
#![cfg(all(feature = "std", feature = "lang-ruff", feature = "lang-moon"))]

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use motet::{
    CaptureHost, Config, Context, Engine, Error, ErrorKind, Fault, FormatLimits, Handle, HostModule, Isolate, Limits,
    Methods, NullHost, Object, Output, Program, Tier, Trap, UserData,
};

const TIERS: [Tier; 2] = [Tier::Ast, Tier::Vm];

struct Counter(i64);

impl UserData for Counter {
    const NAME: &'static str = "Counter";

    fn methods(methods: &mut Methods<Self>) {
        methods
            .method("add", |_, this, (n,): (i64,)| {
                this.0 = this.0.checked_add(n).ok_or("the counter is full")?;
                Ok(this.0)
            })
            .method("absorb", |_, this, (other,): (Object<Counter>,)| {
                this.0 += other.try_lock()?.0;
                Ok(())
            })
            .getter("value", |this| this.0)
            .setter("value", |this, value: i64| {
                this.0 = value;
                Ok(())
            });
    }
}

struct Other;

impl UserData for Other {
    const NAME: &'static str = "Other";

    fn methods(_methods: &mut Methods<Self>) {}
}

fn host() -> HostModule {
    let mut host = HostModule::new();
    let mut calls = 0;
    let mut kept: Option<Handle> = None;
    host.function("add", |_, (a, b): (i64, i64)| Ok(a + b))
        .function("half", |_, (x,): (f64,)| Ok(x / 2.0))
        .function("negate", |_, (b,): (bool,)| Ok(!b))
        .function("shout", |_, (s,): (String,)| Ok(s.to_uppercase()))
        .function("total", |_, (xs,): (Vec<i64>,)| Ok(xs.iter().sum::<i64>()))
        .function("pairs", |_, (n,): (i64,)| Ok((0..n).map(|i| vec![i, i * i]).collect::<Vec<_>>()))
        .function("counts", |_, (words,): (Vec<String>,)| {
            let mut counts = BTreeMap::<String, i64>::new();
            words.into_iter().for_each(|w| *counts.entry(w).or_default() += 1);
            Ok(counts)
        })
        .function("sum_of", |_, (map,): (BTreeMap<String, f64>,)| Ok(map.values().sum::<f64>()))
        .function("maybe", |_, (n, or): (Option<i64>, Option<i64>)| Ok(n.or(or)))
        .function("tick", move |_, (): ()| {
            calls += 1;
            Ok(calls)
        })
        .function("fail", |_, (why,): (String,)| Err::<(), _>(Fault::new(why)))
        .function("denied", |_, (): ()| Err::<(), _>(Fault::of_kind(ErrorKind::CapabilityDenied, "not here")))
        .function("burst", |_, (): ()| -> Result<(), Fault> { panic!("a defect of the host") })
        .function("work", |cx, (n,): (i64,)| cx.charge(n as usize))
        .function("huge", |_, (): ()| Ok("x".repeat(1 << 20)))
        .function("swap_kept", move |cx: &mut Context<'_>, (new,): (Handle,)| {
            let _ = cx;
            Ok(kept.replace(new))
        })
        .function("counter", |_, (n,): (i64,)| Ok(Object::new(Counter(n))))
        .function("other", |_, (): ()| Ok(Object::new(Other)))
        .userdata::<Counter>()
        .userdata::<Other>();
    host
}

fn isolate(tier: Tier, limits: Limits) -> (Isolate, Output) {
    let (console, output) = CaptureHost::new();
    let config = Config::new(console).tier(tier).limits(limits).gc_stress(true).module(host());
    (Engine::new().isolate(config), output)
}

/// What a program prints, or the message of the error that ends it, on every tier.
#[track_caller]
fn check(language: &str, text: &str, expected: &str) {
    for tier in TIERS {
        let (mut isolate, output) = isolate(tier, Limits::default());
        let result = isolate.eval::<()>(language, "t", text);
        let shown = match result {
            Ok(()) => output.out(),
            Err(e) => format!("{}! {e}", output.out()),
        };
        assert_eq!(shown, expected, "{tier:?}: {text}");
    }
}

#[test]
fn values_convert_in_both_directions_in_ruff() {
    check("ruff", "print(add(2, 3)); print(half(5.0)); print(half(5)); print(negate(true))", "5\n2.5\n2.5\nfalse\n");
    check(
        "ruff",
        "print(shout(\"äb\")); print(total([1, 2, 3])); print(pairs(3))",
        "ÄB\n6\n[[0, 0], [1, 1], [2, 4]]\n",
    );
    check(
        "ruff",
        "c := counts([\"a\", \"b\", \"a\"])\nprint(c[\"a\"]); print(sum_of({\"x\": 1.5, \"y\": 2}))",
        "2\n3.5\n",
    );
    check(
        "ruff",
        "print(maybe(1)); print(maybe(null, 4)); print(maybe(null)); print(tick() + tick())",
        "1\n4\nnull\n3\n",
    );
    check(
        "ruff",
        "f := shout\nprint(f(\"as a value\"))\nfunc add(a, b) { return 0 }\nprint(add(1, 2))",
        "AS A VALUE\n0\n",
    );
}

#[test]
fn values_convert_in_both_directions_in_moon() {
    check(
        "moon",
        "print(add(2, 3)); print(half(5.0)); print(negate(true)); print(shout(\"ab\"));",
        "5\n2.5\nfalse\nAB\n",
    );
    check("moon", "let ps: Array<Array<Int>> = pairs(3); print(ps[2][1] + total(ps[1]));", "6\n");
    check("moon", "print(get(counts([\"a\", \"b\", \"a\"]), \"a\")); print(unwrap_or(maybe(nil, 4), 0));", "2\n4\n");
    check("moon", "let f = add; print(f(1, 2)); work(1); fn g() -> Unit { work(2) } g()", "3\n");
    check("moon", "let c = counter(3); print(total([1])); swap_kept(c); print(1);", "1\n1\n");
}

#[test]
fn moon_checks_calls_of_host_functions_at_compile_time() {
    for (text, part) in [("add(1)", "argument"), ("add(1, \"x\")", "Int"), ("let s: String = add(1, 2);", "String")] {
        let (isolate, _) = isolate(Tier::Vm, Limits::default());
        let message = isolate.compile("moon", "t.moon", text).expect_err(text).message();
        assert!(message.contains(part), "{message}");
    }
}

#[test]
fn wrong_arguments_are_errors_that_programs_can_catch() {
    let caught = |call: &str| format!("try {{ {call} }} except e {{ print(e.message) }}");
    for (call, message) in [
        ("add(1)", "add: argument 2 is missing"),
        ("add(1, 2, 3)", "add: expected 2 arguments, got 3"),
        ("add(1, \"2\")", "add, argument 2: expected integer, got string"),
        ("total([1, null])", "total, argument 1: element 1: expected integer, got nil"),
        ("sum_of({\"k\": []})", "sum_of, argument 1: entry `k`: expected float, got list"),
        ("fail(\"the host is sorry\")", "the host is sorry"),
        ("burst()", "burst: the host function panicked"),
        ("counter(1).add(\"x\")", "add, argument 1: expected integer, got string"),
        ("counter(1).absorb(other())", "absorb, argument 1: expected Counter, got object"),
        ("counter(9223372036854775807).add(1)", "the counter is full"),
    ] {
        check("ruff", &caught(call), &format!("{message}\n"));
    }
    check("ruff", "fail(\"a\")", "! a");
    check("moon", "fail(\"a\");", "! a");
}

#[test]
fn objects_have_members_in_ruff() {
    check(
        "ruff",
        "c := counter(1)\nc.add(4)\nc.value = c.value * 10\nprint(c.add(1))\nd := counter(5)\nd.absorb(c)\nprint(d.value)",
        "51\n56\n",
    );
    check("ruff", "c := counter(1)\nc.absorb(c)", "! the Counter is in use");
    check("ruff", "c := counter(1)\nc.none()", "! Cannot access field or method 'none' on non-struct value");
    check("ruff", "other().add(1)", "! Cannot access field or method 'add' on non-struct value");
}

#[test]
fn hosts_call_functions_with_rust_values() {
    let texts = [
        ("ruff", "mut n := 0\nfunc rep(k, s) { n = n + 1\n return repeat(s, k) }\nfunc bad() { return 1 / 0 }"),
        ("moon", "let n = 0; fn rep(k: Int, s: String) -> String { n += 1; repeat(s, k) }\nfn bad() -> Int { 1 / 0 }"),
    ];
    for (tier, (language, text)) in TIERS.iter().flat_map(|t| texts.iter().map(move |x| (*t, *x))) {
        let (mut isolate, _) = isolate(tier, Limits::default());
        let program = isolate.compile(language, "t", text).expect("compiles");
        let module = isolate.load(&program).expect("loads");
        isolate.run(module).expect("runs");
        assert_eq!(isolate.call::<(i64, &str), String>("rep", (2, "ab")).expect("works"), "abab", "{language}");
        let handle = isolate.function(module, "rep").expect("is there");
        assert_eq!(isolate.call::<_, String>(&handle, (1, "c")).expect("works"), "c");
        assert_eq!(isolate.get::<i64>(module, "n").expect("is there"), 2);
        isolate.set(module, "n", 40).expect("fits");
        assert_eq!(isolate.call::<_, String>((module, "rep"), (0, "c")).expect("works"), "");
        assert_eq!(isolate.get::<i64>(module, "n").expect("is there"), 41);
        // Failures leave the isolate usable.
        assert!(matches!(isolate.call::<_, ()>("none", ()), Err(Error::Link(_))));
        assert!(matches!(isolate.call::<_, i64>("rep", (1, "c")), Err(Error::Host(_))));
        assert!(isolate.call::<_, ()>("rep", (1,)).is_err());
        assert!(isolate.call::<_, ()>("rep", ("x", "c")).is_err());
        let error = isolate.call::<_, i64>("bad", ()).expect_err("fails");
        assert_eq!((error.kind(), error.trap()), (Some(ErrorKind::Language), None));
        assert!(error.message().to_lowercase().contains("division by zero"), "{error}");
        assert_eq!(&*error.trace()[0].function, "bad");
        assert_eq!(isolate.call::<_, String>(&handle, (1, "d")).expect("works"), "d");
    }
}

#[test]
fn errors_of_hosts_have_kinds() {
    for tier in TIERS {
        let (mut isolate, _) = isolate(tier, Limits::default());
        let error = isolate.eval::<()>("ruff", "t", "func f() { denied() }\nf()").expect_err("fails");
        assert_eq!((error.kind(), error.message().as_str()), (Some(ErrorKind::CapabilityDenied), "not here"));
        assert!(error.trace().iter().any(|f| &*f.function == "f"));
    }
}

#[test]
fn handles_survive_collections() {
    let text = "func make(n) { return [\"item \" + to_string(n), [n, n + 1]] }\nfunc churn() { mut xs := []\n for i in \
                range(0, 50) { xs = push(xs, \"s\" + to_string(i)) }\n return len(xs) }\nfunc show(x) { return x[0] + \
                \"/\" + to_string(x[1][1]) }";
    for tier in TIERS {
        let (mut isolate, _) = isolate(tier, Limits::default());
        isolate.eval::<()>("ruff", "t", text).expect("runs");
        let handles: Vec<Handle> = (0..20).map(|n| isolate.call("make", (n,)).expect("works")).collect();
        assert_eq!(isolate.call::<_, i64>("churn", ()).expect("works"), 50);
        for (n, handle) in handles.iter().enumerate() {
            let shown: String = isolate.call("show", (handle,)).expect("works");
            assert_eq!(shown, format!("item {n}/{}", n + 1));
        }
        let roots = isolate.runtime().roots.len();
        drop(handles);
        for n in 0..200 {
            let _: Handle = isolate.call("make", (n,)).expect("works");
        }
        assert_eq!(isolate.runtime().roots.len(), roots, "slots are used again");
        let closure: Handle = isolate.eval("ruff", "u", "k := 7\nf := func(x) { return x * k }\nf").expect("runs");
        assert_eq!(isolate.call::<_, i64>("churn", ()).expect("works"), 50);
        assert_eq!(isolate.call::<_, i64>(&closure, (6,)).expect("works"), 42);
    }
}

#[test]
fn functions_of_the_host_may_keep_values() {
    check("ruff", "mut a := [1]\nswap_kept(a)\na = push(a, 2)\nprint(swap_kept(null)); print(a)", "[1]\n[1, 2]\n");
}

#[test]
fn handles_of_other_isolates_are_errors() {
    for tier in TIERS {
        let (mut one, _) = isolate(tier, Limits::default());
        let (mut two, _) = isolate(tier, Limits::default());
        let handle = one.keep("text").expect("fits");
        assert_eq!(one.open::<String>(&handle).expect("own"), "text");
        assert!(matches!(two.open::<String>(&handle), Err(Error::Host(_))));
        assert!(matches!(two.call::<_, ()>(&handle, ()), Err(Error::Host(_))));
        two.eval::<()>("ruff", "t", "func id(x) { return x }").expect("runs");
        assert!(matches!(two.call::<_, ()>("id", (&handle,)), Err(Error::Host(_))));
        drop(one);
        assert!(matches!(two.open::<String>(&handle), Err(Error::Host(_))));
    }
}

#[test]
fn hostile_programs_are_stopped() {
    for tier in TIERS {
        let (mut isolate, _) = isolate(tier, Limits { heap_bytes: 1 << 18, ..Limits::default() });
        let text = "func spin() { while true { } }
            func native() { while true { work(1000000) } }
            func grow() { mut xs := []
                while true { xs = push(xs, \"abc\" + to_string(len(xs))) } }
            func get_huge() { return huge() }
            func fine() { return 1 }
            func guarded() { try { work(100000000) } except e { return \"caught\" } }";
        isolate.eval::<()>("ruff", "t", text).expect("runs");
        for name in ["spin", "native", "guarded"] {
            isolate.refuel(100_000);
            let error = isolate.call::<_, ()>(name, ()).expect_err("never ends");
            assert_eq!(error.trap(), Some(Trap::OutOfFuel), "{name}");
        }
        isolate.refuel(10_000_000);
        for name in ["grow", "get_huge"] {
            let error = isolate.call::<_, ()>(name, ()).expect_err("too large");
            assert_eq!(error.kind(), Some(ErrorKind::OutOfMemory), "{name}: {error}");
        }
        assert_eq!(isolate.call::<_, i64>("fine", ()).expect("usable"), 1);
        // Too much for the heap from the host's side.
        assert!(isolate.keep("y".repeat(1 << 20)).is_err());
        assert_eq!(isolate.call::<_, i64>("fine", ()).expect("usable"), 1);
    }
}

#[test]
fn bytecode_links_to_host_functions_by_name() {
    let (isolate, _) = isolate(Tier::Vm, Limits::default());
    let bytes = isolate.compile("moon", "t", "fn f(x: Int) -> Int { add(x, 1) }").expect("compiles").to_pbc(false);
    let program = Program::from_pbc(&bytes.expect("encodes"), &FormatLimits::strict()).expect("verifies");
    let mut bare = Engine::new().isolate(Config::new(NullHost));
    assert!(matches!(bare.load(&program), Err(Error::Link(_))));
    // A host whose function of this name has another type: an error, not a confusion.
    let mut other = HostModule::new();
    other.function("add", |_, (_, _): (i64, i64)| Ok("text"));
    let mut wrong = Engine::new().isolate(Config::new(NullHost).module(other));
    let module = wrong.load(&program).expect("loads");
    wrong.run(module).expect("runs");
    assert!(wrong.call::<_, i64>("f", (1,)).is_err());
    let mut right = Engine::new().isolate(Config::new(NullHost).module(host()));
    let module = right.load(&program).expect("loads");
    right.run(module).expect("runs");
    assert_eq!(right.call::<_, i64>("f", (1,)).expect("works"), 2);
}

#[test]
fn too_many_functions_are_an_error() {
    let mut host = HostModule::new();
    for n in 0..2000 {
        host.function(format!("f{n}"), move |_, (): ()| Ok(n));
    }
    let mut isolate = Engine::new().isolate(Config::new(NullHost).module(host));
    assert!(matches!(isolate.eval::<()>("ruff", "t", "f1()"), Err(Error::Link(_))));
    let mut host = HostModule::new();
    for n in 0..1024 {
        host.function(format!("f{n}"), move |_, (): ()| Ok(n));
    }
    let mut isolate = Engine::new().isolate(Config::new(NullHost).module(host));
    assert_eq!(isolate.eval::<Vec<i64>>("ruff", "t", "[f0(), f17(), f1023()]").expect("works"), [0, 17, 1023]);
}

#[test]
fn typed_variables_take_values_of_their_type_only() {
    for tier in TIERS {
        let (mut isolate, _) = isolate(tier, Limits::default());
        let program = isolate.compile("moon", "t", "let n = 1; fn next() -> Int { n += 1; n }").expect("compiles");
        let module = isolate.load(&program).expect("loads");
        isolate.run(module).expect("runs");
        assert!(matches!(isolate.set(module, "n", "text"), Err(Error::Link(_))), "{tier:?}");
        assert_eq!(isolate.call::<_, i64>("next", ()).expect("works"), 2);
    }
}

#[test]
fn hosts_call_back_after_the_run() {
    let texts = [
        ("ruff", "mut n := 10\non_event(func(k) { n = n + k\n return n })\non_event(func(k) { return -k })"),
        ("moon", "let n = 10; on_event(fn(k: Int) -> Int { n += k; n }); on_event(fn(k: Int) -> Int { -k });"),
    ];
    for (tier, (language, text)) in TIERS.iter().flat_map(|t| texts.iter().map(move |x| (*t, *x))) {
        let listeners = Arc::new(Mutex::new(Vec::<Handle>::new()));
        let shared = listeners.clone();
        let mut host = HostModule::new();
        host.function("on_event", move |_, (listener,): (Handle,)| {
            shared.lock().expect("whole").push(listener);
            Ok(())
        });
        let mut isolate = Engine::new().isolate(Config::new(NullHost).tier(tier).gc_stress(true).module(host));
        isolate.eval::<()>(language, "t", text).expect("runs");
        let mut answers = Vec::new();
        for k in 1..3 {
            for listener in listeners.lock().expect("whole").iter() {
                answers.push(isolate.call::<_, i64>(listener, (k,)).expect("works"));
            }
        }
        assert_eq!(answers, [11, -1, 13, -2], "{tier:?} {language}");
    }
}

#[test]
fn host_functions_hide_builtins() {
    let texts = [
        ("ruff", "mut a := [1]\na = push(a, 2)\na = slice(a, 0, 1)\nr := [len(a), upper(2), bit_and(6, 3)]\nr"),
        ("moon", "let a = push([1], 2); let b = slice(a, 0, 1); [len(b), upper(2), bit_and(6, 3)]"),
    ];
    for (tier, (language, text)) in TIERS.iter().flat_map(|t| texts.iter().map(move |x| (*t, *x))) {
        let mut host = HostModule::new();
        host.function("push", |_, (mut xs, x): (Vec<i64>, i64)| {
            xs.insert(0, x);
            Ok(xs)
        });
        host.function("slice", |_, (xs, _, n): (Vec<i64>, i64, i64)| Ok([xs, vec![n; 5]].concat()));
        host.function("len", |_, (xs,): (Vec<i64>,)| Ok(-(xs.len() as i64)));
        host.function("upper", |_, (n,): (i64,)| Ok(n * 100)).function("bit_and", |_, (_, _): (i64, i64)| Ok(-1));
        let mut isolate = Engine::new().isolate(Config::new(NullHost).tier(tier).gc_stress(true).module(host));
        assert_eq!(isolate.eval::<Vec<i64>>(language, "t", text).expect("runs"), [-7, 200, -1], "{tier:?} {language}");
    }
}

#[test]
fn objects_are_dropped_when_nobody_holds_them() {
    struct Held(#[allow(dead_code)] Arc<()>);
    impl UserData for Held {
        const NAME: &'static str = "Held";

        fn methods(_methods: &mut Methods<Self>) {}
    }
    for tier in TIERS {
        let count = Arc::new(());
        let source = count.clone();
        let mut host = HostModule::new();
        host.userdata::<Held>().function("held", move |_, (): ()| Ok(Object::new(Held(source.clone()))));
        let mut isolate = Engine::new().isolate(Config::new(NullHost).tier(tier).gc_stress(true).module(host));
        let text = "func f(n) { mut i := 0\n while i < n { held()\n i = i + 1 } }\nf(100)\nfunc g() { return held() }";
        isolate.eval::<()>("ruff", "t", text).expect("runs");
        let kept: Handle = isolate.call("g", ()).expect("works");
        isolate.call::<_, ()>("f", (100,)).expect("works");
        assert!(Arc::strong_count(&count) < 10, "{tier:?}: {}", Arc::strong_count(&count));
        assert!(isolate.open::<Object<Held>>(&kept).is_ok());
        assert!(isolate.open::<Object<Counter>>(&kept).is_err());
        drop(isolate);
        assert_eq!(Arc::strong_count(&count), 1, "{tier:?}");
    }
}

#[test]
fn names_of_host_functions_are_identifiers() {
    for name in ["ruff.len", "", "1a", "a b"] {
        let mut host = HostModule::new();
        host.function(name, |_, (): ()| Ok(1));
        let mut isolate = Engine::new().isolate(Config::new(NullHost).module(host));
        assert!(matches!(isolate.eval::<()>("ruff", "t", "1"), Err(Error::Link(_))), "{name}");
    }
}

#[test]
fn an_engine_serves_several_threads() {
    let engine = Engine::new();
    let text = "fn f(n: Int) -> Int { let s = 0; let i = 0; while i < n { s += i; i += 1; } s }";
    let pbc = engine.compile("moon", "t", text).and_then(|p| p.to_pbc(true)).expect("compiles");
    let sums: Vec<i64> = std::thread::scope(|scope| {
        let run = |n: i64| {
            let mut isolate = engine.isolate(Config::new(NullHost));
            let program = Program::from_pbc(&pbc, &FormatLimits::strict()).expect("verifies");
            let module = isolate.load(&program).expect("loads");
            isolate.run(module).expect("runs");
            isolate.call::<_, i64>("f", (n,)).expect("works")
        };
        let threads: Vec<_> = (1..5).map(|n| scope.spawn(move || run(n))).collect();
        threads.into_iter().map(|t| t.join().expect("no panic")).collect()
    });
    assert_eq!(sums, [0, 1, 3, 6]);
}

#[test]
fn host_modules_may_come_later_under_names_made_at_run_time() {
    for tier in TIERS {
        let mut isolate = Engine::new().isolate(Config::new(NullHost).tier(tier).gc_stress(true));
        assert!(isolate.eval::<i64>("ruff", "a", "seven()").is_err());
        for n in [6, 7] {
            let mut host = HostModule::new();
            host.function("seven".to_string(), move |_, (): ()| Ok(n));
            host.function(format!("times_{n}"), move |_, (x,): (i64,)| Ok(n * x));
            isolate.add_module(host).expect("fits");
        }
        assert_eq!(isolate.eval::<i64>("ruff", "b", "seven() + times_6(2)").expect("runs"), 19, "{tier:?}");
        assert_eq!(isolate.eval::<i64>("moon", "c", "seven() + times_7(2)").expect("runs"), 21, "{tier:?}");
        let names: Vec<&str> = isolate.host_functions().iter().map(|f| &*f.name).collect();
        assert_eq!(names, ["times_6", "seven", "times_7"]);
        let mut wrong = HostModule::new();
        wrong.function(String::from("no name"), |_, (): ()| Ok(()));
        assert!(matches!(isolate.add_module(wrong), Err(Error::Link(_))));
        assert_eq!(isolate.eval::<i64>("ruff", "d", "seven()").expect("runs"), 7, "the isolate stays usable");
    }
}

#[test]
fn host_functions_have_guest_functions_called() {
    let texts = [
        (
            "ruff",
            "func twice(x) { return 2 * x }\nfunc bad(x) { return x.y }\nr := [each(twice, 3), each(func(x) { return x + 1 }, 4)]\nr",
        ),
        ("moon", "fn twice(x: Int) -> Int { 2 * x } [each(twice, 3), each(fn(x: Int) -> Int { x + 1 }, 4)]"),
    ];
    for (tier, (language, text)) in TIERS.iter().flat_map(|t| texts.iter().map(move |x| (*t, *x))) {
        let mut host = HostModule::new();
        let mut calls = 0;
        host.function("each", move |cx, (f, x): (Handle, i64)| {
            calls += 1;
            motet::Request::call(cx, &f, (x * 10 + calls,))
        });
        let mut isolate = Engine::new().isolate(Config::new(NullHost).tier(tier).gc_stress(true).module(host));
        assert_eq!(isolate.eval::<Vec<i64>>(language, "t", text).expect("runs"), [62, 43], "{tier:?} {language}");
    }
}
