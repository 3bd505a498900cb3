//! Isolates and programs on several threads.
#![cfg(all(feature = "std", feature = "lang-ruff", feature = "lang-moon"))]

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicI64, Ordering},
        mpsc,
    },
    thread,
};

use motet::{
    CaptureHost, Config, Context, Engine, Error, Handle, HostModule, Isolate, Methods, Object, Output, Program,
    Progress, StdHost, Tier, UserData,
};

const TIERS: [Tier; 2] = [Tier::Ast, Tier::Vm];

fn assert_send<T: Send>() {}
fn assert_sync<T: Sync>() {}

#[test]
fn what_may_move_and_be_shared_is_known_at_compile_time() {
    assert_send::<Isolate>();
    assert_send::<Config>();
    assert_send::<HostModule>();
    assert_send::<Handle>();
    assert_sync::<Handle>();
    assert_send::<Program>();
    assert_sync::<Program>();
    assert_send::<Engine>();
    assert_sync::<Engine>();
    assert_send::<Output>();
    assert_send::<Error>();
    assert_send::<StdHost>();
    assert_send::<Object<Tally>>();
    assert_sync::<Object<Tally>>();
}

struct Tally(i64);

impl UserData for Tally {
    const NAME: &'static str = "Tally";

    fn methods(methods: &mut Methods<Self>) {
        methods.method("add", |_, this, (n,): (i64,)| {
            this.0 += n;
            Ok(this.0)
        });
    }
}

const PROGRAM: &str = "
    kept := {}
    func* numbers(n) { for i in range(n) { yield i } }
    func work(seed) {
        total := 0
        text := \"\"
        for i in numbers(200) {
            kept[\"k\" + to_string(i % 17)] = [seed, i, text]
            total = total + report(i)
            if i % 20 == 0 { text = text + to_string(seed) }
        }
        tally().add(total)
        return total + len(text)
    }
";

/// An isolate whose host adds up what programs report.
fn isolate(tier: Tier, sum: &Arc<AtomicI64>, tally: &Object<Tally>) -> Isolate {
    let mut host = HostModule::new();
    let (sum, tally) = (sum.clone(), tally.clone());
    host.userdata::<Tally>()
        .function("report", move |_, (n,): (i64,)| {
            sum.fetch_add(n, Ordering::Relaxed);
            Ok(n)
        })
        .function("tally", move |_, (): ()| Ok(tally.clone()));
    let (console, _) = CaptureHost::new();
    Engine::new().isolate(Config::new(console).tier(tier).module(host))
}

#[test]
fn many_isolates_share_one_program_on_four_threads() {
    for tier in TIERS {
        let sum = Arc::new(AtomicI64::new(0));
        let program = isolate(tier, &sum, &Object::new(Tally(0))).compile("ruff", "main.ruff", PROGRAM).expect("fine");
        let isolates: Vec<(Isolate, Object<Tally>)> = (0..64)
            .map(|_| {
                let tally = Object::new(Tally(0));
                let mut isolate = isolate(tier, &sum, &tally);
                let module = isolate.load(&program).expect("loads");
                isolate.run(module).expect("runs");
                (isolate, tally)
            })
            .collect();
        let queue = Arc::new(Mutex::new(isolates));
        thread::scope(|scope| {
            for thread in 0..4 {
                let (queue, program) = (queue.clone(), &program);
                scope.spawn(move || {
                    loop {
                        let Some((mut isolate, tally)) = queue.lock().expect("whole").pop() else { break };
                        assert_eq!(isolate.call::<(i64,), i64>("work", (7,)).expect("runs"), 19_900 + 10);
                        assert_eq!(tally.try_lock().expect("free").0, 19_900);
                        // Programs load in any thread.
                        let module = isolate.load(program).expect("loads");
                        isolate.run(module).expect("runs");
                        assert_eq!(isolate.call::<(i64,), i64>("work", (thread,)).expect("runs"), 19_900 + 10);
                    }
                });
            }
        });
        assert_eq!(sum.load(Ordering::Relaxed), 64 * 2 * 19_900, "{tier:?}");
    }
}

#[test]
fn an_isolate_moves_in_the_middle_of_a_run() {
    for tier in TIERS {
        let sum = Arc::new(AtomicI64::new(0));
        let tally = Object::new(Tally(0));
        let mut moving = isolate(tier, &sum, &tally);
        moving.eval::<()>("ruff", "main.ruff", PROGRAM).expect("runs");
        let kept = moving.keep("kept").expect("fits");
        moving.start_call("work", (1,)).expect("begins");
        // A ring of threads, each of which does a slice.
        let mut threads = 0;
        let value = loop {
            let kept = kept.clone();
            let (back, step) = thread::spawn(move || {
                drop(kept.clone());
                let step = moving.step(50).expect("runs");
                (moving, step)
            })
            .join()
            .expect("no panic");
            moving = back;
            threads += 1;
            if let Progress::Done(value) = step {
                break value;
            }
        };
        assert!(threads > 4, "{threads}");
        assert_eq!(moving.open::<i64>(&value).expect("a number"), 19_910, "{tier:?}");
        assert_eq!(moving.open::<String>(&kept).expect("a text"), "kept");
    }
}

#[test]
fn handles_are_dropped_in_other_threads() {
    for tier in TIERS {
        let mut isolate = isolate(tier, &Arc::default(), &Object::new(Tally(0)));
        let (sender, receiver) = mpsc::channel::<Handle>();
        let dropper = thread::spawn(move || receiver.iter().map(drop).count());
        for i in 0..2_000 {
            let handle = isolate.keep(vec![i; 10]).expect("fits");
            if i % 3 == 0 {
                assert_eq!(isolate.open::<Vec<i64>>(&handle).expect("a list"), vec![i; 10]);
            }
            sender.send(handle).expect("listens");
        }
        drop(sender);
        assert_eq!(dropper.join().expect("no panic"), 2_000);
        let roots = |cx: &mut Context<'_>| cx.to_guest(0).is_ok();
        assert!(isolate.visit(roots));
    }
}
