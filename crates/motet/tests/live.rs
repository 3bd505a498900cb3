//! Replacement of modules while their values, and calls, live on.
#![cfg(all(feature = "lang-moon", feature = "lang-ruff"))]

use motet::{CaptureHost, CompileOptions, Config, Engine, Error, Isolate, Level, ModuleHandle, NoLoader, Output, Program, ReloadReport, Tier};

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
        "let n = 10; fn step() { n = n + 1; print(n); }",
        &[
            Run(""),
            Run("step"),
            Reload("let n = 500; fn help(x) { x * 2 } fn step() { n = n + 100; print(n, help(n)); }"),
            Run("step"),
            Reload("let n = 500; fn step() { n = n - 1; print(n); }"),
            Run("step"),
        ],
        "11\n111 222\n110\n",
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
        "let a = 1; fn show() { print(a); }",
        &[
            Run(""),
            Reload("let a = 5; let b = a + 1; let c = [b, b]; fn show() { print(a, b, c); }"),
            Run("show"),
            Fails("let a = 5; let d = missing(); fn missing() { 1 / 0 } fn show() { print(d); }", "zero"),
            Run("show"),
        ],
        "1 2 [2, 2]\n1 2 [2, 2]\n",
    );
}
