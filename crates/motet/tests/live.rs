//! Replacement of modules while their values, and calls, live on.
#![cfg(all(feature = "lang-moon", feature = "lang-ruff"))]

use motet::{
    CaptureHost, CompileOptions, Config, Engine, Error, Isolate, Level, ModuleHandle, NoLoader, Output, Program,
    ReloadReport, Tier,
};

/// A program of a test, in one of its versions.
fn compile(engine: &Engine, language: &str, text: &str) -> Program {
    let options = CompileOptions { live: true, level: Level::O1, ..CompileOptions::default() };
    let language = engine.language(language).expect("built in");
    match engine.compile_with(language, "main", text, &mut NoLoader, &options) {
        Ok(program) => program,
        Err(e) => panic!("{e}\nin\n{text}"),
    }
}

struct Fixture {
    engine: Engine,
    isolate: Isolate,
    output: Output,
    module: ModuleHandle,
    language: &'static str,
}

impl Fixture {
    fn new(tier: Tier, stress: bool, language: &'static str, text: &str) -> Self {
        let engine = Engine::new();
        let (host, output) = CaptureHost::new();
        let mut isolate = engine.isolate(Config::new(host).tier(tier).gc_stress(stress));
        let module = isolate.register("main", &compile(&engine, language, text)).expect("loads");
        Self { engine, isolate, output, module, language }
    }

    fn reload(&mut self, text: &str) -> Result<ReloadReport, Error> {
        let program = compile(&self.engine, self.language, text);
        self.isolate.reload(self.module, &program)
    }
}

/// One thing that happens to a program.
enum Step {
    /// Runs a function, or the program.
    Run(&'static str),
    /// Replaces it.
    Reload(&'static str),
    /// Tries to; it fails with this message.
    Fails(&'static str, &'static str),
}

/// Runs the steps on every tier and under stress of the collector; all must print `expected`.
fn check(language: &'static str, first: &str, steps: &[Step], expected: &str) {
    for (tier, stress) in [(Tier::Vm, false), (Tier::Vm, true), (Tier::Ast, false)] {
        let mut fixture = Fixture::new(tier, stress, language, first);
        for step in steps {
            match step {
                Step::Run(entry) => {
                    if let Err(e) = fixture.isolate.execute(fixture.module, entry) {
                        panic!("{e} ({tier:?})");
                    }
                }
                Step::Reload(text) => {
                    if let Err(e) = fixture.reload(text) {
                        panic!("{e} ({tier:?})");
                    }
                }
                Step::Fails(text, message) => match fixture.reload(text) {
                    Ok(report) => panic!("was replaced: {report:?}"),
                    Err(e) => assert!(e.to_string().contains(message), "{e} ({tier:?})"),
                },
            }
        }
        assert_eq!(fixture.output.out(), expected, "{tier:?}, stress {stress}");
    }
}

use Step::{Fails, Reload, Run};

#[test]
fn globals_keep_their_values_and_functions_are_new() {
    check(
        "moon",
        "let n = 10; fn step() -> Unit { n = n + 1; print(n); }",
        &[
            Run(""),
            Run("step"),
            Reload("let n = 500; fn help(x: Int) -> Int { x * 2 } fn step() -> Unit { n = n + 100; print(help(n)); }"),
            Run("step"),
            Reload("let n = 500; fn step() -> Unit { n = n - 1; print(n); }"),
            Run("step"),
        ],
        "11\n222\n110\n",
    );
    check(
        "ruff",
        "mut n := 10\nfunc step() { n = n + 1\n print(n) }",
        &[
            Run(""),
            Run("step"),
            Reload("mut n := 500\nfunc help(x) { return x * 2 }\nfunc step() { n = n + 100\n print(help(n)) }"),
            Run("step"),
        ],
        "11\n222\n",
    );
}

#[test]
fn new_globals_get_their_first_values_in_order() {
    check(
        "moon",
        "let a = 1; fn show() -> Unit { print(a); }",
        &[
            Run(""),
            Reload("let a = 5; let b = a + 1; let c = b * 10; fn show() -> Unit { print(a); print(b); print(c); }"),
            Run("show"),
            Fails("let a = 5; let d = bad(0); fn bad(n: Int) -> Int { 1 / n } fn show() -> Unit { print(d); }", "zero"),
            Run("show"),
            // The type differs, so the value goes.
            Reload("let a = \"text\"; fn show() -> Unit { print(a); }"),
            Run("show"),
        ],
        "1\n2\n20\n1\n2\n20\ntext\n",
    );
}

#[test]
fn suspended_generators_go_on_in_their_old_code() {
    let first = "mut n := 10
        func* gen() { mut i := 0
            loop { yield i
                i = i + n } }
        let g := gen()
        func take() { for v in g { print(v)
            if v > n { break } } }";
    let second = "mut n := 7
        func* gen() { yield 77 }
        let g := gen()
        func take() { print(\"second\")
            for v in g { print(v)
            if v > n { break } } }
        func fresh() { for v in gen() { print(v) } }";
    check(
        "ruff",
        first,
        &[Run(""), Run("take"), Reload(second), Run("take"), Run("fresh"), Reload(first), Run("take")],
        "0\n10\n20\nsecond\n30\n77\n40\n",
    );
}

#[test]
fn records_get_the_fields_that_their_class_has_now() {
    let program = |fields: &str, tail: &str| format!("struct P {{ {fields} }} {tail}");
    let first = program(
        "x: Int, y: Int",
        "let q = P#{ x: 1, y: 2 }; let all = [q, q]; fn show() -> Unit { print(q); print(all[1] == q); }",
    );
    let keep = "let q = P#{ x: 1, y: 2 }; let all = [q, q];";
    let show = "fn show() -> Unit { print(q); print(all[1] == q); }";
    // The literal does not fit the class any more: the value is kept.
    let more = program(
        "y: Int, z: Int, x: Int, name: String",
        &format!(
            "{} let late = P#{{ y: 5, z: 6, x: 7, name: \"n\" }}; fn show() -> Unit {{ print(q); print(q.x + q.y + q.z); q.z = 9; print(late); print(all[1] == q); }}",
            keep.replace("x: 1, y: 2", "x: 1, y: 2, z: 3, name: \"q\"")
        ),
    );
    let fewer = program("z: Int", &format!("{} {show}", keep.replace("x: 1, y: 2", "z: 0")));
    let typed = program("z: String", &format!("{} {show}", keep.replace("x: 1, y: 2", "z: \"\"")));
    let leak = |text: String| -> &'static str { Box::leak(text.into_boxed_str()) };
    check(
        "moon",
        leak(first),
        &[
            Run(""),
            Run("show"),
            Reload(leak(more)),
            Run("show"),
            Run("show"),
            Reload(leak(fewer)),
            Run("show"),
            Reload(leak(typed)),
            Run("show"),
        ],
        "P#{x: 1, y: 2}\ntrue\n\
         P#{y: 2, z: 0, x: 1, name: \"\"}\n3\nP#{y: 5, z: 6, x: 7, name: \"n\"}\ntrue\n\
         P#{y: 2, z: 9, x: 1, name: \"\"}\n12\nP#{y: 5, z: 6, x: 7, name: \"n\"}\ntrue\n\
         P#{z: 9}\ntrue\nP#{z: \"\"}\ntrue\n",
    );
    check(
        "ruff",
        "struct P { x: int, y: int
            func sum(self) { return self.x + self.y } }
        let p := P { x: 1, y: 2 }
        func show() { print(p)
            print(p.sum()) }",
        &[
            Run(""),
            Run("show"),
            Reload(
                "struct P { x: int, y: int, z: int
                    func sum(self) { return self.x * 100 } }
                let p := P { x: 1, y: 2 }
                mut r := P { x: 3, y: 4, z: 5 }
                func show() { print(p)
                    print(r)
                    r.z = 50
                    print(p.sum() + r.sum() + r.z) }",
            ),
            Run("show"),
            Run("show"),
            Reload(
                "struct P { z: int }
                let p := P { z: 1 }
                let r := P { z: 1 }
                func show() { print(p)
                    print(r) }",
            ),
            Run("show"),
        ],
        "P { x: 1, y: 2 }\n3\n\
         P { x: 1, y: 2, z: null }\nP { x: 3, y: 4, z: 5 }\n450\n\
         P { x: 1, y: 2, z: null }\nP { x: 3, y: 4, z: 50 }\n450\n\
         P { z: null }\nP { z: 50 }\n",
    );
}

#[test]
fn a_failed_reload_puts_records_and_methods_back() {
    check(
        "ruff",
        "struct P { x: int
            func get(self) { return self.x } }
        let p := P { x: 1 }
        func show() { print(p)
            print(p.get()) }",
        &[
            Run(""),
            Fails(
                "struct P { x: int, y: int
                    func get(self) { return 77 } }
                let p := P { x: 1 }
                let bad := 1 / 0
                func show() { print(\"new\") }",
                "zero",
            ),
            Run("show"),
            // What the initialiser did to globals does not count either, and nothing of it was collected.
            Fails(
                "struct P { x: int
                    func get(self) { return self.x } }
                mut p := P { x: 1 }
                func spoil() { p = P { x: 9 }
                    let junk := [[1], [2]]
                    return 1 / len([]) }
                let bad := spoil()",
                "zero",
            ),
            Run("show"),
            Fails(
                "struct P { y: int }
                let p := P { y: 1 }
                func on_reload() { print(p)
                    throw(\"hook\") }
                func show() { print(\"new\") }",
                "hook",
            ),
            Run("show"),
        ],
        "P { x: 1 }\n1\nP { x: 1 }\n1\nP { y: null }\nP { x: 1 }\n1\n",
    );
}

#[test]
fn closures_keep_their_code_unless_it_knows_only_old_layouts() {
    let program = |fields: &str, value: &str, plus: i64| -> &'static str {
        Box::leak(
            format!(
                "struct P {{ {fields} }} let q = P#{{ {value} }};
                fn make(k: Int) -> fn(Int) -> Int {{ fn(a: Int) -> Int {{ a + k + {plus} }} }}
                fn reader(p: P) -> fn() -> Int {{ fn() -> Int {{ p.x }} }}
                let f = make(5); let g = reader(q);
                fn show() -> Unit {{ print(f(1)); }}
                fn read() -> Unit {{ print(g()); }}"
            )
            .into_boxed_str(),
        )
    };
    let first = program("x: Int", "x: 3", 0);
    check(
        "moon",
        first,
        &[
            Run(""),
            Run("show"),
            Run("read"),
            Reload(program("x: Int", "x: 3", 100)),
            Run("show"),
            Run("read"),
            Reload(program("y: Int, x: Int", "y: 0, x: 3", 100)),
            Run("show"),
        ],
        "6\n3\n6\n3\n6\n",
    );
    for tier in [Tier::Vm, Tier::Ast] {
        let mut fixture = Fixture::new(tier, false, "moon", first);
        fixture.isolate.execute(fixture.module, "").expect("runs");
        fixture.reload(program("y: Int, x: Int", "y: 0, x: 3", 100)).expect("fits");
        let e = fixture.isolate.execute(fixture.module, "read").expect_err("the layout differs");
        assert!(e.to_string().contains("was replaced"), "{e} ({tier:?})");
    }
}

#[test]
fn the_report_says_what_a_reload_did() {
    let first = "struct P { x: int }
        let a := 1
        let b := 2
        let p := P { x: 1 }
        func same() { return 1 }
        func other() { return 2 }
        func gone() { return 3 }";
    let second = "struct P { x: int, y: int }
        let a := 1
        let c := 3
        let p := P { x: 1 }
        func same() { return 1 }
        func other() { return 20 }
        func fresh() { return 4 }";
    for tier in [Tier::Vm, Tier::Ast] {
        let mut fixture = Fixture::new(tier, false, "ruff", first);
        fixture.isolate.execute(fixture.module, "").expect("runs");
        let report = fixture.reload(second).expect("is replaced");
        let strings = |names: &[&str]| names.iter().map(|n| n.to_string()).collect::<Vec<_>>();
        let expected = ReloadReport {
            version: 2,
            changed: strings(&["other"]),
            added: strings(&["fresh"]),
            removed: strings(&["gone"]),
            globals_kept: strings(&["a", "p"]),
            globals_new: strings(&["c"]),
            globals_reset: strings(&[]),
            migrated: strings(&["P"]),
            main_changed: true,
        };
        assert_eq!(report, expected);
        let info = &fixture.isolate.modules()[0];
        assert_eq!((info.name.as_str(), info.language.as_str(), info.version), ("main", "ruff", 2));
        assert_eq!(fixture.reload(second).expect("the same").changed, strings(&[]));
    }
}

#[test]
fn modules_can_be_taken_out_of_the_registry() {
    for tier in [Tier::Vm, Tier::Ast] {
        let mut fixture = Fixture::new(tier, false, "moon", "fn one() -> Int { 1 }");
        let program = compile(&fixture.engine, "moon", "fn one() -> Int { 2 }");
        assert!(fixture.isolate.register("main", &program).is_err());
        assert_eq!(fixture.isolate.module("main"), Some(fixture.module));
        fixture.isolate.unload(fixture.module).expect("is there");
        assert!(fixture.isolate.unload(fixture.module).is_err());
        assert!(fixture.isolate.execute(fixture.module, "one").is_err());
        assert!(fixture.isolate.reload(fixture.module, &program).is_err());
        assert_eq!((fixture.isolate.module("main"), fixture.isolate.modules().len()), (None, 0));
        let again = fixture.isolate.register("main", &program).expect("the name is free");
        assert_eq!(fixture.isolate.execute(again, "one").expect("runs").as_int(), Some(2));
    }
}

#[test]
fn a_program_starts_over_with_fresh_globals_where_there_is_no_main_function() {
    check(
        "ruff",
        "mut n := 1\nn = n + 1\nprint(n)",
        &[Run(""), Run(""), Reload("mut n := 10\nn = n + 1\nprint(n)"), Run("")],
        "2\n2\n11\n",
    );
}

#[cfg(feature = "lang-rae")]
#[test]
fn where_there_is_a_main_function_it_starts_over_and_globals_stay() {
    check(
        "rae",
        "type P { x: Int }
        var total: Int = 10
        let p: P = { x: 1 }
        func step() {
          total = total + p.x
          log(\"a {total}\")
        }
        func main() {
          step()
          step()
        }
",
        &[
            Run(""),
            Reload(
                "type P { x: Int, y: Int }
                var total: Int = 500
                let p: P = { x: 1, y: 2 }
                let more: Int = 5
                func helper(n: view Int) ret Int { ret n * 2 }
                func step() {
                  total = total + 100
                  log(\"b {total} {helper(n: total)} {more} {p.x} {p.y}\")
                }
                func main() {
                  log(\"main B\")
                  step()
                }
",
            ),
            Run(""),
        ],
        "a 11\na 12\nmain B\nb 112 224 5 1 0\n",
    );
}

#[test]
fn calls_that_run_finish_in_old_code_while_new_calls_enter_the_new() {
    for stress in [false, true] {
        let version = |n: u32| {
            format!(
                "mut journal := 0
            func* counting() {{ mut i := 0
                loop {{ yield i
                    i = i + 1 }} }}
            func tick(i) {{ journal = journal + {n}
                return {n} }}
            func inner(limit) {{
                mut seen := 0
                for i in counting() {{
                    seen = tick(i)
                    if i >= limit {{ break }} }}
                print(\"inner {n}\", seen)
                return seen }}
            func outer() {{ let a := inner(2000)
                print(\"outer {n}\")
                inner(10)
                return a }}
            outer()"
            )
        };
        let mut fixture = Fixture::new(Tier::Vm, stress, "ruff", &version(1));
        let isolate = &mut fixture.isolate;
        isolate.start(fixture.module).expect("begins");
        let progress = isolate.step(500);
        assert!(matches!(progress, Ok(motet::Progress::Running)), "{progress:?}");
        let report = isolate.reload(fixture.module, &compile(&fixture.engine, "ruff", &version(2))).expect("fits");
        assert!(report.changed.contains(&"tick".to_string()), "{report:?}");
        // A call beside the paused run.
        assert_eq!(isolate.execute(fixture.module, "outer").expect("runs").as_int(), Some(2));
        for n in 3..9 {
            assert!(matches!(isolate.step(100), Ok(motet::Progress::Running)));
            isolate.reload(fixture.module, &compile(&fixture.engine, "ruff", &version(n))).expect("fits");
        }
        while let motet::Progress::Running = isolate.step(1000).expect("goes on") {}
        let out = fixture.output.out();
        assert_eq!(out, "inner 2 2\nouter 2\ninner 2 2\ninner 1 8\nouter 1\ninner 8 8\n");
    }
}

#[test]
fn a_layout_that_a_running_call_needs_cannot_change_under_it() {
    let first = "struct P { x: Int } let q = P#{ x: 1 }; let total = 0;
        fn sum(p: P) -> Int { let s = 0; let i = 0; while i < 5000 { s += p.x; i += 1; } s }
        total = sum(q);";
    let second = first.replace("{ x: Int }", "{ y: Int, x: Int }").replace("{ x: 1 }", "{ y: 5, x: 1 }");
    let mut fixture = Fixture::new(Tier::Vm, true, "moon", first);
    let isolate = &mut fixture.isolate;
    let second = compile(&fixture.engine, "moon", &second);
    isolate.start(fixture.module).expect("begins");
    assert!(matches!(isolate.step(100), Ok(motet::Progress::Running)));
    let e = isolate.reload(fixture.module, &second).expect_err("`sum` reads `x`");
    assert!(e.to_string().contains("`P`") && e.to_string().contains("`sum`"), "{e}");
    while let motet::Progress::Running = isolate.step(1000).expect("goes on") {}
    assert_eq!(isolate.global(fixture.module, "total").and_then(|v| v.as_int()), Some(5000));
    isolate.reload(fixture.module, &second).expect("nothing runs");
}
