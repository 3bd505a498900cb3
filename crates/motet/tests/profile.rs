//! Profiles and figures as an embedder sees them. The clock of the capturing host counts how often it is asked, so
//! these profiles are the same every time.
#![cfg(all(feature = "std", feature = "lang-ruff", feature = "lang-moon"))]

use motet::{
    Capabilities, CaptureHost, Config, Engine, Error, FormatLimits, Isolate, Limits, ModuleHandle, Profile,
    ProfileOptions, Program, Stats, Tier,
};

fn compile(language: &str, text: &str) -> Program {
    Engine::new().compile(language, &format!("t.{language}"), text).expect("compiles")
}

fn isolate(program: &Program, stress: bool) -> (Isolate, ModuleHandle, motet::Output) {
    let (host, output) = CaptureHost::new();
    let config = Config::new(host).capabilities(Capabilities::ALL).gc_stress(stress);
    let mut isolate = Engine::new().isolate(config);
    let module = isolate.load(program).expect("loads");
    (isolate, module, output)
}

fn profile_of(program: &Program, stress: bool) -> Profile {
    let (mut isolate, module, _) = isolate(program, stress);
    let options = ProfileOptions { host_clock: true, ..ProfileOptions::default() };
    isolate.profile_start(options).expect("the interpreter profiles");
    isolate.run(module).expect("runs");
    isolate.profile_stop().expect("was started")
}

fn counted(language: &str, text: &str) -> Stats {
    let (mut isolate, module, _) = isolate(&compile(language, text), false);
    isolate.count_start().expect("the interpreter counts");
    isolate.run(module).expect("runs");
    isolate.stats()
}

/// Share of the time whose innermost call passes a test by name and line.
fn share(profile: &Profile, of: impl Fn(&str, u32) -> bool) -> f64 {
    let matching = profile.self_times().into_iter().filter(|&(frame, _)| {
        let name = profile.function_of(frame).map_or("", |f| f.name.as_str());
        of(name, profile.frames[frame as usize].line)
    });
    matching.map(|(_, nanos)| nanos).sum::<u64>() as f64 / profile.total_nanos() as f64
}

/// Whether some sample has these functions, outermost first, as its innermost calls.
fn has_stack(profile: &Profile, names: &[&str]) -> bool {
    profile.samples.iter().any(|sample| {
        let stack: Vec<&str> =
            sample.stack.iter().map(|&f| profile.function_of(f).map_or("", |f| f.name.as_str())).collect();
        stack.ends_with(names)
    })
}

#[test]
fn the_hot_function_and_its_hot_line_get_most_of_the_time() {
    let check = |language: &str, text: &str, function: &str, line: u32| {
        let program = compile(language, text);
        let bytes = program.to_pbc(true).expect("encodes");
        let module = Program::from_pbc(&bytes, &FormatLimits::trusted()).expect("decodes");
        for program in [program, module] {
            let profile = profile_of(&program, false);
            let in_function = share(&profile, |name, _| name == function);
            let on_line = share(&profile, |name, at| name == function && at == line);
            assert!(in_function >= 0.6 && on_line >= 0.6, "{language}: {in_function} {on_line}\n{profile:?}");
            assert!(profile.functions.iter().all(|f| f.file == format!("t.{language}")), "{profile:?}");
        }
    };
    check(
        "ruff",
        "func hot(n) {\n  mut s := 0\n  for i in n {\n    s := (s * 31 + i * i + (i % 7) * (s % 5) - i % 3) % 1000003\n  }\n  return s\n}\n\
         func cold(n) {\n  return n + 1\n}\nmut t := 0\nfor k in 300 { t := cold(t) }\nprint(hot(60000) + t)\n",
        "hot",
        4,
    );
    check(
        "moon",
        "fn hot(n: Int) -> Int {\n  let s = 0;\n  for i in 0..n {\n    s = (s * 31 + i * i + (i % 7) * (s % 5) - i % 3) % 1000003;\n  }\n  s\n}\n\
         fn cold(n: Int) -> Int { n + 1 }\nlet t = 0;\nfor k in 0..300 { t = cold(t); }\nhot(60000) + t",
        "hot",
        4,
    );
}

#[test]
fn time_is_shared_out_as_it_was_spent() {
    let text = "func work(n) {\n  mut s := 0\n  mut i := 0\n  while i < n {\n    s := (s + i) % 101\n    i := i + 1\n  }\n  return s\n}\n\
                func a() { return work(300) + 1 }\nfunc b() { return work(100) + 1 }\nfor k in 300 {\n  a()\n  b()\n}\n";
    let profile = profile_of(&compile("ruff", text), false);
    let below = |name: &str| {
        let inside =
            |s: &&motet::ProfileSample| s.stack.iter().any(|&f| profile.function_of(f).is_some_and(|f| f.name == name));
        profile.samples.iter().filter(inside).map(|s| s.nanos).sum::<u64>() as f64 / profile.total_nanos() as f64
    };
    let (a, b) = (below("a"), below("b"));
    assert!((0.70..0.80).contains(&a) && (0.20..0.30).contains(&b), "{a} {b}");
}

#[test]
fn time_in_native_code_belongs_to_its_call() {
    // `sleep` advances the host's clock.
    let text = "func nap() {\n  mut x := 1\n  sleep(100000)\n  x := x + 1\n  return x\n}\nfunc busy(n) {\n  mut s := 0\n  \
                for i in n { s := s + i }\n  return s\n}\nbusy(1000)\nnap()\nbusy(1000)\n";
    let profile = profile_of(&compile("ruff", text), false);
    let napping = share(&profile, |name, line| name == "nap" && line == 3);
    assert!(napping > 0.9, "{napping}\n{profile:?}");
}

#[test]
fn generators_stand_on_the_loop_that_resumes_them() {
    let text = "func* numbers(n) {\n  mut i := 0\n  while i < n {\n    yield i * 2 % 17 + i % 5\n    i := i + 1\n  }\n}\n\
                func total(n) {\n  mut s := 0\n  for x in numbers(n) { s := s + x }\n  return s\n}\nprint(total(20000))\n";
    let profile = profile_of(&compile("ruff", text), false);
    assert!(has_stack(&profile, &["<main>", "total", "numbers"]), "{profile:?}");
}

#[test]
fn collections_have_a_function_of_their_own() {
    let text = "func build(n) {\n  mut all := []\n  for i in n { all := push(all, [i]) }\n  return len(all)\n}\nprint(build(500))\n";
    let profile = profile_of(&compile("ruff", text), true);
    assert!(has_stack(&profile, &["build", "(garbage collection)"]), "{profile:?}");
}

#[test]
fn deep_stacks_keep_both_ends() {
    let text = "func down(n) {\n  if n == 0 { return 0 }\n  return 1 + down(n - 1)\n}\nprint(down(20000))\n";
    let profile = profile_of(&compile("ruff", text), false);
    let longest = profile.samples.iter().map(|s| s.stack.len()).max().unwrap_or(0);
    assert!((500..=513).contains(&longest), "{longest}");
    assert!(has_stack(&profile, &["down", "down"]));
    let cut = |s: &motet::ProfileSample| {
        s.stack.iter().any(|&f| profile.function_of(f).is_some_and(|f| f.name == "(calls left out)"))
    };
    assert!(profile.samples.iter().any(cut));
}

#[test]
fn stripped_programs_show_functions_without_places() {
    let program = compile("moon", "fn hot(n: Int) -> Int { let i = 0; while i < n { i += 1; } i }\nhot(50000)");
    let bytes = program.to_pbc(false).expect("encodes");
    let profile = profile_of(&Program::from_pbc(&bytes, &FormatLimits::trusted()).expect("decodes"), false);
    assert!(profile.total_nanos() > 0 && !profile.functions.is_empty());
    assert!(profile.functions.iter().all(|f| !f.name.is_empty() && f.file.is_empty()), "{profile:?}");
    assert!(profile.frames.iter().all(|f| f.line == 0));
}

#[test]
fn real_time_is_sampled_by_a_timer() {
    let program = compile("moon", "fn hot(n: Int) -> Int { let i = 0; while i < n { i += 1; } i }\nhot(3000000)");
    let (mut isolate, module, _) = isolate(&program, false);
    isolate.profile_start(ProfileOptions::default()).expect("the interpreter profiles");
    let start = std::time::Instant::now();
    isolate.run(module).expect("runs");
    let took = u64::try_from(start.elapsed().as_nanos()).expect("short");
    let profile = isolate.profile_stop().expect("was started");
    assert!(profile.total_nanos() <= took + 1_000_000, "{} {took}", profile.total_nanos());
    assert!(share(&profile, |name, _| name == "hot") > 0.9, "{profile:?}");
    assert_eq!(isolate.profile_stop(), None);
}

#[test]
fn measuring_changes_nothing_that_a_program_or_its_limits_see() {
    let programs = [
        (
            "ruff",
            "mut t := 0\nfor i in 30000 { t := t + i }\nprint(t)\nxs := map([1, 2, 3], func(x) { return x * 2 })\nprint(xs)\n",
        ),
        ("ruff", "func f(n) { return 10 / n }\ntry { f(0) } except e { print(e) }\nprint(f(1))\nf(0)\n"),
        (
            "ruff",
            "func* g() { yield 1\nyield 2 }\nfor x in g() { print(x) }\nfunc down(n) { return down(n + 1) }\ndown(0)\n",
        ),
        (
            "moon",
            "fn fib(n: Int) -> Int { if n < 2 { n } else { fib(n - 1) + fib(n - 2) } }\nprint(\"twenty\"); fib(20) + fib(15)",
        ),
        ("moon", "let i = 0; while true { i += 1; }"),
    ];
    for (language, text) in programs {
        let program = compile(language, text);
        let run = |measure: bool| {
            let (mut isolate, module, output) = isolate(&program, false);
            isolate.runtime_mut().limits = Limits { fuel: Some(200_000), depth: 1000, ..Limits::default() };
            if measure {
                isolate.profile_start(ProfileOptions { host_clock: true, interval: 1 }).expect("profiles");
                isolate.count_start().expect("counts");
                isolate.time_start().expect("measures");
            }
            let result = match isolate.run(module) {
                Ok(v) => isolate.display(module, v),
                Err(Error::Stopped(stop)) => isolate.report(module, &stop),
                Err(e) => panic!("{e}"),
            };
            let stats = isolate.stats();
            (result, output.out(), stats.fuel, stats.allocations, stats.allocated_bytes)
        };
        assert_eq!(run(false), run(true), "{text}");
    }
}

#[test]
fn instructions_are_counted_exactly_also_where_limits_are_looked_at() {
    let check = |make: &dyn Fn(u64) -> String| {
        let count = |n: u64| counted("moon", &make(n)).counts.expect("was started");
        let (one, two) = (count(10), count(11));
        let each = two.instructions - one.instructions;
        // Limits are looked at every 10,000 turns and calls.
        for n in [15_000, 25_003, 99_999] {
            assert_eq!(count(n).instructions, one.instructions + each * (n - 10), "{}", make(n));
            assert_eq!(count(n).calls, one.calls + (two.calls - one.calls) * (n - 10));
        }
    };
    check(&|n| format!("fn f(n: Int) -> Int {{ let s = 0; for i in 0..n {{ s += i * i; }} s }}\nf({n})"));
    check(&|n| format!("fn f(n: Int) -> Int {{ let s = 0; for i in 0..n {{ }} s }}\nf({n})"));
    check(&|n| format!("fn f(n: Int) -> Int {{ let i = 0; while i < n {{ i += 1; }} i }}\nf({n})"));
    check(&|n| format!("fn f(n: Int) -> Int {{ if n == 0 {{ 0 }} else {{ 1 + f(n - 1) }} }}\nf({n})"));
}

#[test]
fn counts_of_calls_and_caches_are_exact() {
    let text = "struct P {\n  x: int\n  func get(self, k) { return self.x + k }\n}\nfunc run(n) {\n  p := P { x: 1 }\n  mut s := 0\n  \
                for i in n { s := s + p.get(i) }\n  return s\n}\nrun(1000)\n";
    let counts = counted("ruff", text).counts.expect("was started");
    assert_eq!((counts.send_hits, counts.send_misses), (999, 1), "{counts:?}");
    // The method's `self.x`; reads that the compiler resolves are not looked up and not counted.
    assert!(counts.field_hits + counts.field_misses == 1000 && counts.field_misses <= 1, "{counts:?}");
    assert_eq!(counts.calls, 1001);
    let polymorphic = "func pick(p) { return p.x }\nstruct A { x: int }\nstruct B { x: int }\nmut s := 0\n\
                       for i in 100 {\n  s := s + pick(A { x: i })\n  s := s + pick(B { x: i })\n}\nprint(s)\n";
    let counts = counted("ruff", polymorphic).counts.expect("was started");
    assert_eq!(counts.field_misses, 200, "every access meets the other layout: {counts:?}");
}

#[test]
fn allocations_are_exact_and_heap_sizes_plausible() {
    let text = |n: u64| {
        format!(
            "func build(n) {{\n  mut all := []\n  for i in n {{ all := push(all, [i]) }}\n  return len(all)\n}}\nbuild({n})\n"
        )
    };
    let (small, large) = (counted("ruff", &text(10)), counted("ruff", &text(1010)));
    assert_eq!(large.allocations - small.allocations, 1000);
    assert_eq!(counted("moon", "fn f(n: Int) -> Int { n + 1 }\nf(1)").allocations, 0);
    // A list's cell, a value in it, and its place in the outer list.
    let bytes = large.allocated_bytes.expect("the interpreter knows");
    assert!((1010 * (16 + 16 + 16)..1_000_000).contains(&bytes), "{bytes}");
    assert!(large.peak_heap.expect("the interpreter knows") >= large.heap_bytes && large.collections == 0);
}

#[test]
fn collections_are_timed_and_give_back_what_they_free() {
    let text =
        "func churn(n) {\n  mut last := []\n  for i in n { last := [i, i, i, i] }\n  return last\n}\nchurn(200000)\n";
    let program = compile("ruff", text);
    let (mut isolate, module, _) = isolate(&program, false);
    isolate.time_start().expect("the interpreter measures");
    isolate.run(module).expect("runs");
    let stats = isolate.stats();
    let timings = stats.timings.clone().expect("was started");
    assert!(stats.collections > 0 && timings.pauses.len() as u64 == stats.collections);
    assert!(timings.pauses.iter().all(|&p| p > 0) && timings.translation > 0);
    assert!(stats.allocations >= 200_000 && stats.freed > 0);
    let (all, peak) = (stats.allocated_bytes.unwrap_or(0), stats.peak_heap.unwrap_or(0));
    assert!(all > 200_000 * 64 && (peak as u64) < all && peak >= stats.heap_bytes, "{stats:?}");
}

#[test]
fn the_reference_evaluator_says_that_it_does_not_measure() {
    let (host, _) = CaptureHost::new();
    let mut isolate = Engine::new().isolate(Config::new(host).tier(Tier::Ast));
    let program = compile("moon", "\"a\" + \"b\"");
    let module = isolate.load(&program).expect("loads");
    assert!(matches!(isolate.profile_start(ProfileOptions::default()), Err(Error::Unsupported(_))));
    assert!(matches!(isolate.count_start(), Err(Error::Unsupported(_))));
    assert!(isolate.profile_stop().is_none());
    isolate.run(module).expect("runs");
    let stats = isolate.stats();
    assert!(stats.allocations > 0 && stats.peak_heap.is_none() && stats.counts.is_none());
}
