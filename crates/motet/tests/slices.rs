//! Runs in slices: paused by fuel, resumed, with other calls in between; on both tiers.
#![cfg(all(feature = "std", feature = "lang-ruff"))]

use motet::{
    CaptureHost, CompileOptions, Config, Engine, Error, Handle, HostModule, Isolate, Limits, NoLoader, Output,
    Progress, Request, Tier, Trap,
};

const TIERS: [Tier; 2] = [Tier::Ast, Tier::Vm];

const PROGRAM: &str = "
    frame := 0
    func* upto(n) { for i in range(n) { yield i } }
    func deep(n) { if n == 0 { return frame } return deep(n - 1) }
    func work(n) {
        text := \"\"
        for i in upto(n) { text = text + to_string(i % 10) }
        return text
    }
    func look() { frame = frame + 1 return frame }
    func both() {
        a := start(work, 50)
        b := start(work, 20)
        return join(a) + \" \" + join(b)
    }
";

fn isolate(tier: Tier, stress: bool) -> (Isolate, Output) {
    let mut host = HostModule::new();
    host.function("start", |cx, (f, x): (Handle, Handle)| Request::spawn(cx, &f, (x,)))
        .function("join", |_, (task,): (Handle,)| Ok(Request::wait(&task)))
        .function("nap", |_, (ms,): (i64,)| Ok(Request::sleep(ms as u64 * 1_000_000)));
    let (console, output) = CaptureHost::new();
    let config = Config::new(console).tier(tier).gc_stress(stress).module(host);
    let mut isolate = Engine::new().isolate(config);
    isolate.eval::<()>("ruff", "main.ruff", PROGRAM).expect("runs");
    (isolate, output)
}

/// Calls the function in slices of every size: the result must be this each time. What `between` does in the pauses must
/// not matter.
#[track_caller]
fn check(function: &str, args: i64, between: impl Fn(&mut Isolate), expected: &str) {
    for tier in TIERS {
        for (slice, stress) in [(1, true), (2, false), (7, true), (30, false), (100_000, false)] {
            let (mut isolate, _) = isolate(tier, stress);
            match args {
                0 => isolate.start_call(function, ()),
                n => isolate.start_call(function, (n,)),
            }
            .expect("begins");
            let mut steps = 0;
            let result = loop {
                match isolate.step(slice).expect("runs") {
                    Progress::Running => between(&mut isolate),
                    Progress::Waiting { .. } => panic!("nobody sleeps"),
                    Progress::Done(value) => break isolate.open::<String>(&value).expect("a text"),
                }
                steps += 1;
            };
            assert_eq!(result, expected, "{tier:?}, slices of {slice}, stress: {stress}");
            assert!(slice > 5 || steps >= 3, "{tier:?}: {steps} steps of {slice}");
            assert!(!isolate.is_paused());
        }
    }
}

#[test]
fn generators_go_on_where_they_paused() {
    check("work", 30, |_| (), "012345678901234567890123456789");
}

#[test]
fn tasks_go_on_where_they_paused() {
    check("both", 0, |_| (), "01234567890123456789012345678901234567890123456789 01234567890123456789");
}

#[test]
fn other_calls_may_take_place_in_the_pauses() {
    let between = |isolate: &mut Isolate| {
        let frame = isolate.call::<(), i64>("look", ()).expect("runs");
        assert_eq!(isolate.call::<(i64,), i64>("deep", (50,)).expect("runs"), frame);
        isolate.call::<(i64,), i64>("work", (5,)).expect_err("a text is no number");
        isolate.call::<(i64,), String>("work", (40,)).expect("runs");
    };
    check("work", 12, between, "012345678901");
    check("both", 0, between, "01234567890123456789012345678901234567890123456789 01234567890123456789");
}

#[test]
fn exhausted_fuel_can_be_refilled() {
    for tier in TIERS {
        let (mut isolate, _) = isolate(tier, false);
        isolate.start_call("work", (2000,)).expect("begins");
        let mut refills = 0;
        let text = loop {
            isolate.refuel(300);
            match isolate.resume() {
                Ok(value) => break isolate.open::<String>(&value).expect("a text"),
                Err(e) => {
                    assert_eq!(e.trap(), Some(Trap::OutOfFuel));
                    assert!(e.trace().iter().any(|f| &*f.function == "work"), "{:?}", e.trace());
                    assert!(isolate.is_paused());
                }
            }
            refills += 1;
        };
        assert_eq!((text.len(), refills > 5), (2000, true), "{tier:?}");
        // Without `start_call`, the end of the fuel ends the call.
        isolate.refuel(300);
        isolate.call::<_, String>("work", (2000,)).expect_err("too much");
        assert!(!isolate.is_paused());
    }
}

#[test]
fn errors_end_the_run() {
    for tier in TIERS {
        let (mut isolate, _) = isolate(tier, false);
        isolate.start_call("work", ("x",)).expect("begins");
        assert!(matches!(isolate.step(1000), Err(Error::Stopped(_))), "{tier:?}");
        assert!(!isolate.is_paused());
        assert!(matches!(isolate.step(1000), Err(Error::Link(_))));
        // What is given up never ends.
        isolate.start_call("work", (1000,)).expect("begins");
        assert!(matches!(isolate.step(10), Ok(Progress::Running)));
        isolate.give_up();
        assert!(!isolate.is_paused());
        assert_eq!(isolate.call::<_, String>("work", (3,)).expect("runs"), "012");
    }
}

#[test]
fn a_deadline_pauses_a_run_on_the_machine() {
    let (mut isolate, _) = isolate(Tier::Vm, false);
    isolate.start_call("nap", (50,)).expect_err("host functions have no name in programs");
    isolate.start_call("work", (100_000,)).expect("begins");
    isolate.set_time_left(1);
    assert_eq!(isolate.resume().expect_err("too late").trap(), Some(Trap::Deadline));
    assert!(isolate.is_paused());
    isolate.runtime_mut().limits = Limits::default();
    let text = isolate.resume().expect("ends");
    assert_eq!(isolate.open::<String>(&text).expect("a text").len(), 100_000);
}

#[test]
fn a_paused_run_outlives_the_replacement_of_its_code() {
    let version = |step: i64| {
        format!(
            "func change() {{ return {step} }}
            func* numbers() {{ while true {{ yield change() }} }}
            func sums(n) {{ total := 0 i := 0 for x in numbers() {{ total = total + x i = i + 1 if i == n {{ return total }} }} }}
            func both(n) {{ a := start(sums, n) b := start(sums, n) return join(a) * 100 + join(b) + {step} * 1000000 }}"
        )
    };
    for (tier, stress) in TIERS.iter().flat_map(|t| [(*t, false), (*t, true)]) {
        let (mut isolate, _) = isolate(tier, stress);
        let live = |isolate: &Isolate, step| {
            let mut options = CompileOptions { live: true, ..CompileOptions::default() };
            options.frontend.host = isolate.host_functions().to_vec();
            let engine = isolate.engine();
            let language = engine.language("ruff").expect("is there");
            engine.compile_with(language, "live.ruff", &version(step), &mut NoLoader, &options).expect("compiles")
        };
        let program = live(&isolate, 1);
        let module = isolate.register("live", &program).expect("loads");
        isolate.execute(module, "").expect("runs");
        isolate.start_call((module, "both"), (20,)).expect("begins");
        let mut steps = 0;
        let value = loop {
            match isolate.step(15).expect("runs") {
                Progress::Running => steps += 1,
                Progress::Waiting { .. } => panic!("nobody sleeps"),
                Progress::Done(value) => break isolate.open::<i64>(&value).expect("a number"),
            }
            if steps == 2 {
                // The first task is in the middle of old code; its next calls of `change` find the new one.
                let program = live(&isolate, 2);
                isolate.reload(module, &program).expect("fits");
            }
        };
        assert!(steps > 4, "{tier:?}: {steps}");
        let (first, second) = (value % 1_000_000 / 100, value % 100);
        assert_eq!(value / 1_000_000, 1, "the caller finishes in its old code");
        assert!((21..40).contains(&first) && second == 40, "{tier:?}: {first} {second}");
        assert_eq!(isolate.call::<_, i64>((module, "both"), (3,)).expect("runs"), 2_000_606, "{tier:?}");
    }
}
