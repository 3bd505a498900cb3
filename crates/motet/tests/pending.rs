//! Host functions whose results come later, and runs as futures: on both tiers.
#![cfg(all(feature = "std", feature = "lang-ruff", feature = "lang-moon"))]

use std::{
    pin::pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context as TaskContext, Poll, Wake},
    thread,
    time::{Duration, Instant},
};

use motet::{
    Completer, Config, Engine, Fault, Handle, HostModule, Isolate, Progress, Request, Run, StdHost, Tier, Trap,
};

const TIERS: [Tier; 2] = [Tier::Ast, Tier::Vm];

/// Calls that nobody has answered yet.
type Open = Arc<Mutex<Vec<(i64, Completer<i64>)>>>;

/// `double` is answered by a thread at once, `ask` by the test, `forget` never.
fn host(open: &Open) -> HostModule {
    let open = open.clone();
    let mut host = HostModule::new();
    host.async_function("double", |_, (n,): (i64,), completer| {
        thread::spawn(move || completer.complete(Ok(2 * n)));
        Ok(())
    })
    .async_function("ask", move |_, (n,): (i64,), completer| {
        open.lock().expect("whole").push((n, completer));
        Ok(())
    })
    .async_function("forget", |_, (): (), _: Completer<()>| Ok(()))
    .async_function("refuse", |_, (why,): (String,), _: Completer<String>| Err(Fault::new(why)))
    .function("start", |cx, (f, x): (Handle, Handle)| Request::spawn(cx, &f, (x,)))
    .function("join", |_, (task,): (Handle,)| Ok(Request::wait(&task)))
    .function("nap", |_, (ms,): (i64,)| Ok(Request::sleep(ms as u64 * 1_000_000)));
    host
}

fn isolate(tier: Tier, stress: bool, text: &str) -> (Isolate, Open) {
    let open = Open::default();
    let config = Config::new(StdHost::default()).tier(tier).gc_stress(stress).module(host(&open));
    let mut isolate = Engine::new().isolate(config);
    isolate.eval::<()>("ruff", "main.ruff", text).expect("runs");
    (isolate, open)
}

struct Unpark(thread::Thread, AtomicUsize);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.1.fetch_add(1, Ordering::Relaxed);
        self.0.unpark();
    }
}

/// Waits for a future; how often it was polled.
fn block_on<F: Future>(future: F) -> (F::Output, usize) {
    let waker = Arc::new(Unpark(thread::current(), AtomicUsize::new(0))).into();
    let mut future = pin!(future);
    let mut polls = 0;
    loop {
        polls += 1;
        match future.as_mut().poll(&mut TaskContext::from_waker(&waker)) {
            Poll::Ready(value) => return (value, polls),
            Poll::Pending => thread::park(),
        }
    }
}

#[test]
fn calls_wait_for_results_from_other_threads() {
    for tier in TIERS {
        for stress in [false, true] {
            let text = "func work(n) { total := 0 for i in range(n) { total = total + double(i) } return total }";
            let (mut isolate, _) = isolate(tier, stress, text);
            assert_eq!(isolate.call::<_, i64>("work", (50,)).expect("runs"), 50 * 49, "{tier:?}");
        }
    }
}

#[test]
fn results_are_checked_where_types_promise_them() {
    for tier in TIERS {
        let config = Config::new(StdHost::default()).tier(tier).module(host(&Open::default()));
        let mut isolate = Engine::new().isolate(config);
        let text = "let n = double(20) + 2; fn f(k: Int) -> Int { double(k) * 3 } f(n)";
        assert_eq!(isolate.eval::<i64>("moon", "main.moon", text).expect("runs"), 252, "{tier:?}");
    }
}

#[test]
fn other_tasks_run_while_one_waits() {
    let text = "
        seen := 0
        func work(x) { while seen < 3000 { seen = seen + 1 } return seen }
        func both() {
            t := start(work, 1)
            a := ask(5)
            return [a, join(t)]
        }
    ";
    for tier in TIERS {
        let (mut isolate, open) = isolate(tier, true, text);
        isolate.start_call("both", ()).expect("begins");
        let mut waits = 0;
        let value = loop {
            match isolate.step(500).expect("runs") {
                Progress::Running => {}
                Progress::Waiting { nanos } => {
                    assert_eq!(nanos, None);
                    waits += 1;
                    if waits == 3 {
                        let (n, completer) = open.lock().expect("whole").pop().expect("was asked");
                        completer.complete(Ok(n + 1));
                    }
                }
                Progress::Done(value) => break value,
            }
        };
        assert_eq!(isolate.open::<Vec<i64>>(&value).expect("a list"), [6, 3000], "{tier:?}");
        assert_eq!(waits, 3, "{tier:?}");
    }
}

#[test]
fn failures_are_errors_that_the_program_can_catch() {
    let text = "
        func tried(f, x) { try { return f(x) } except e { return e.message } }
        func forgets(x) { return forget() }
        func both(x) { return tried(forgets, x) }
    ";
    for tier in TIERS {
        let (mut isolate, open) = isolate(tier, true, text);
        let message = isolate.call::<_, String>("both", (0,)).expect("runs");
        assert_eq!(message, "the host gave up an asynchronous call", "{tier:?}");
        let text = isolate.eval::<String>("ruff", "t", "r := \"\" try { refuse(\"no\") } except e { r = e.message } r");
        assert_eq!(text.expect("runs"), "no", "{tier:?}");
        isolate
            .eval::<()>("ruff", "u", "func asks() { try { return ask(1) } except e { return e.message } }")
            .expect("runs");
        isolate.start_call("asks", ()).expect("begins");
        assert!(matches!(isolate.step(1000), Ok(Progress::Waiting { .. })));
        let (_, completer) = open.lock().expect("whole").pop().expect("was asked");
        completer.complete(Err("not now".into()));
        let Ok(Progress::Done(value)) = isolate.step(1000) else { panic!("{tier:?}: the answer is there") };
        assert_eq!(isolate.open::<String>(&value).expect("a text"), "not now");
    }
}

#[test]
fn limits_hold_while_everybody_waits() {
    for tier in TIERS {
        let (mut isolate, open) = isolate(tier, false, "func asks() { return ask(1) }");
        isolate.set_time_left(30_000_000);
        let start = Instant::now();
        assert_eq!(isolate.call::<(), i64>("asks", ()).expect_err("too late").trap(), Some(Trap::Deadline), "{tier:?}");
        assert!(start.elapsed() < Duration::from_secs(20));
        // An answer that nobody waits for any more is dropped.
        isolate.runtime_mut().limits.deadline_nanos = None;
        let (_, completer) = open.lock().expect("whole").pop().expect("was asked");
        completer.complete(Ok(3));
        isolate.start_call("asks", ()).expect("begins");
        assert!(matches!(isolate.step(1000), Ok(Progress::Waiting { .. })), "{tier:?}");
    }
}

#[test]
fn futures_do_not_occupy_their_thread() {
    let text = "func work(n) { nap(30) s := 0 for i in range(n) { s = s + 1 } return double(s) + double(1) }";
    for tier in TIERS {
        let (mut isolate, _) = isolate(tier, false, text);
        let run: Run<'_, i64> = isolate.call_async("work", (120_000,));
        let (value, polls) = block_on(run);
        assert_eq!(value.expect("runs"), 240_002, "{tier:?}");
        assert!((4..40).contains(&polls), "{tier:?}: {polls}");
        let (failed, _) = block_on(isolate.call_async::<_, i64>("no such", ()));
        assert!(failed.is_err());
        // Dropped in the middle, it is given up.
        {
            let mut run = pin!(isolate.call_async::<_, i64>("work", (10,)));
            let waker = Arc::new(Unpark(thread::current(), AtomicUsize::new(0))).into();
            assert!(run.as_mut().poll(&mut TaskContext::from_waker(&waker)).is_pending());
        }
        assert!(!isolate.is_paused());
        assert_eq!(isolate.call::<_, i64>("work", (1,)).expect("runs"), 4);
    }
}

#[test]
fn many_isolates_wait_on_one_thread() {
    let text = "func work(n) { a := ask(n) return a + double(n) }";
    let mut isolates: Vec<(Isolate, Open)> = (0..20).map(|i| isolate(TIERS[i % 2], false, text)).collect();
    for (i, (isolate, _)) in isolates.iter_mut().enumerate() {
        isolate.start_call("work", (i as i64,)).expect("begins");
        assert!(matches!(isolate.step(1000), Ok(Progress::Waiting { .. })));
    }
    for (_, open) in isolates.iter().rev() {
        let (n, completer) = open.lock().expect("whole").pop().expect("was asked");
        completer.complete(Ok(n * 100));
    }
    for (i, (isolate, _)) in isolates.iter_mut().enumerate() {
        let value = isolate.resume().expect("ends");
        assert_eq!(isolate.open::<i64>(&value).expect("a number"), i as i64 * 102);
    }
}
