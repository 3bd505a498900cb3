//! Tasks in one isolate: on both tiers, collecting at every safepoint and not.
#![cfg(all(feature = "std", feature = "lang-ruff"))]

use motet::{CaptureHost, Config, Engine, Error, Handle, HostModule, Isolate, Limits, Output, Request, Tier, Trap};

const TIERS: [Tier; 2] = [Tier::Ast, Tier::Vm];

fn host() -> HostModule {
    let mut host = HostModule::new();
    host.function("start0", |cx, (f,): (Handle,)| Request::spawn(cx, &f, ()))
        .function("start", |cx, (f, x): (Handle, Handle)| Request::spawn(cx, &f, (x,)))
        .function("join", |_, (task,): (Handle,)| Ok(Request::wait(&task)))
        .function("pass", |_, (): ()| Ok(Request::yield_now()))
        .function("nap", |_, (ms,): (i64,)| Ok(Request::sleep(ms as u64 * 1_000_000)));
    host
}

fn isolate(tier: Tier, limits: Limits, stress: bool) -> (Isolate, Output) {
    let (console, output) = CaptureHost::new();
    let config = Config::new(console).tier(tier).limits(limits).gc_stress(stress).module(host());
    (Engine::new().isolate(config), output)
}

/// The program must print this, with and without a collection at every safepoint, each time it runs.
#[track_caller]
fn check(text: &str, expected: &str) {
    for tier in TIERS {
        for stress in [false, true, false] {
            let (mut isolate, output) = isolate(tier, Limits::default(), stress);
            let result = isolate.eval::<()>("ruff", "main.ruff", text);
            let error = result.err().map(|e| format!("error: {}\n", e.message())).unwrap_or_default();
            assert_eq!(output.out() + &error, expected, "{tier:?}, stress: {stress}");
        }
    }
}

#[test]
fn a_waiting_task_gets_the_result() {
    check(
        "func square(x) { return x * x }
        a := start(square, 3)
        b := start(square, 4)
        print(join(b)) print(join(a)) print(join(a))",
        "16\n9\n9\n",
    );
}

#[test]
fn a_busy_main_starves_nobody() {
    check(
        "got := 0
        func worker(n) { for i in range(n) { got = got + 1 } return \"done\" }
        t := start(worker, 5000)
        while got < 5000 { }
        print(got) print(join(t))",
        "5000\ndone\n",
    );
}

#[test]
fn many_workers_share_the_time() {
    check(
        "func fib(n) { if n < 2 { return n } return fib(n - 1) + fib(n - 2) }
        tasks := []
        for i in range(12) { tasks = push(tasks, start(fib, i)) }
        sum := 0
        for t in tasks { sum = sum + join(t) }
        print(sum)",
        "232\n",
    );
}

#[test]
fn tasks_start_tasks_and_wait_for_them() {
    check(
        "func tree(n) {
            if n == 0 { return 1 }
            l := start(tree, n - 1)
            r := start(tree, n - 1)
            return join(l) + join(r)
        }
        print(tree(7))",
        "128\n",
    );
}

#[test]
fn yielding_lets_the_others_run() {
    check(
        "func speak(name) { for i in range(3) { print(name + to_string(i)) pass() } }
        a := start(speak, \"a\")
        b := start(speak, \"b\")
        join(a) join(b)",
        "a0\nb0\na1\nb1\na2\nb2\n",
    );
}

#[test]
fn sleepers_wake_in_the_order_of_their_times() {
    check(
        "func after(ms) { nap(ms) print(ms) }
        a := start(after, 30)
        b := start(after, 10)
        c := start(after, 20)
        nap(0)
        print(\"main\")
        join(a) join(b) join(c)",
        "main\n10\n20\n30\n",
    );
}

#[test]
fn generators_work_in_tasks() {
    check(
        "func* count(n) { for i in range(n) { pass() yield i } }
        func sum(n) { total := 0 for x in count(n) { total = total + x } return total }
        a := start(sum, 10)
        b := start(sum, 100)
        print(join(a)) print(join(b))",
        "45\n4950\n",
    );
}

#[test]
fn an_error_reaches_whoever_waits() {
    check(
        "func bad(x) { throw(\"bad \" + x) }
        t := start(bad, \"luck\")
        for i in range(2) { try { join(t) } except e { print(e.message) } }
        join(t)",
        "bad luck\nbad luck\nerror: bad luck\n",
    );
}

#[test]
fn tasks_that_wait_for_each_other_are_an_error() {
    check(
        "t := null
        func wait_for_main(x) { while t == null { pass() } return join(t) }
        t = start(wait_for_main, 1)
        join(t)",
        "error: deadlock: every task waits for another one\n",
    );
}

#[test]
fn detached_tasks_end_with_the_program() {
    check(
        "func forever() { while true { } }
        func late() { nap(60000) print(\"never\") }
        start0(forever) start0(late)
        print(\"over\")",
        "over\n",
    );
}

#[test]
fn what_cannot_be_waited_for_is_an_error() {
    check("join(7)", "error: this is no task that could be waited for\n");
}

#[test]
fn a_task_that_cannot_begin_fails() {
    check(
        "func two(a, b) { return a }
        t := start(two, 1)
        try { join(t) print(\"no\") } except e { print(\"failed\") }
        n := start(nap, 1)
        print(join(n))",
        "failed\nnull\n",
    );
}

#[test]
fn limits_hold_over_all_tasks_together() {
    let endless = "func spin() { while true { } }
        start0(spin) start0(spin)
        while true { pass() }";
    let bomb = "func multiply() { while true { start0(multiply) } }
        multiply()";
    let sleeper = "nap(100000)";
    let fuel = Limits { fuel: Some(50_000), ..Limits::default() };
    let time = Limits { deadline_nanos: Some(100_000_000), ..Limits::default() };
    for tier in TIERS {
        for (text, limits, trap) in [
            (endless, fuel, Some(Trap::OutOfFuel)),
            (bomb, fuel, Some(Trap::OutOfFuel)),
            (bomb, Limits { heap_bytes: 1 << 20, ..Limits::default() }, None),
            (sleeper, time, Some(Trap::Deadline)),
        ] {
            let (mut isolate, _) = isolate(tier, limits, false);
            let error = isolate.eval::<()>("ruff", "main.ruff", text).expect_err("cannot end well");
            assert!(matches!(error, Error::Stopped(_)), "{error:?}");
            assert_eq!(error.trap(), trap, "{tier:?} {}: {}", text, error.message());
            // Whatever was left is gone, and the isolate stays usable.
            isolate.runtime_mut().limits = Limits::default();
            let sum = isolate.eval::<i64>("ruff", "next.ruff", "n := 0\nfor i in range(5000) { n = n + 1 }\nn");
            assert_eq!(sum.expect("runs"), 5000);
        }
    }
}

#[test]
fn values_read_before_a_call_stay_what_they_were() {
    check(
        "mut stock := [1, 2, 3]
        func slow(xs) { mut n := 0 while n < 5000 { n = n + 1 } return len(xs) }
        func grow() { for i in range(50) { stock[0] = stock[0] + 1 stock = push(stock, i) } }
        func both() { return [slow(stock), len(stock)] }
        func look(xs) { a := xs[0] slow(xs) return [a == xs[0], len(xs)] }
        t := start0(grow)
        print(look(stock))
        join(t)
        print(stock[0], len(stock))",
        "[true, 3]\n51 53\n",
    );
}
