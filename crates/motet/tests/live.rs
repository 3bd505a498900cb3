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
