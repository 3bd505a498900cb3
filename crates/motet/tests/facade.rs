//! The pipeline as an embedder sees it.
#![cfg(all(feature = "std", feature = "lang-ruff", feature = "lang-moon"))]

use motet::{
    Capabilities, CaptureHost, CompileOptions, Config, Engine, Error, FileLoader, FormatLimits, Level, Limits,
    NoLoader, Program, Stop, Tier, Trap, render_stop, write_atomically,
};

const TIERS: [Tier; 2] = [Tier::Ast, Tier::Vm];

/// Output and report of a program, the same on every tier and at every level.
#[track_caller]
fn check(language: &str, text: &str, expected_out: &str, expected_report: &str) {
    let engine = Engine::new();
    for level in [Level::O0, Level::O1, Level::O2] {
        let options = CompileOptions { level, ..CompileOptions::default() };
        let language = engine.language(language).expect("part of the build");
        let name = format!("t.{}", language.extensions[0]);
        let program = engine.compile_with(language, &name, text, &mut NoLoader, &options).expect("compiles");
        for tier in TIERS {
            let (host, output) = CaptureHost::new();
            let mut isolate = engine.isolate(Config::new(host).tier(tier));
            let module = isolate.load(&program).expect("loads");
            let report = match isolate.run(module) {
                Ok(_) => String::new(),
                Err(Error::Stopped(stop)) => isolate.report(module, &stop),
                Err(e) => panic!("{e}"),
            };
            assert_eq!((output.out().as_str(), report.as_str()), (expected_out, expected_report), "{tier:?} {level:?}");
        }
    }
}

#[test]
fn uncaught_errors_are_shown_in_the_form_of_the_language() {
    check(
        "ruff",
        "func inner(n) { return 10 / n }\nfunc outer(n) { return inner(n) }\nprint(\"start\")\nouter(0)\n",
        "start\n",
        "[RUFVM001] [vm] Runtime Error: Division by zero\n  --> 0:0\n\nCall stack:\n  0 at inner\n  1 at outer\n",
    );
    check(
        "moon",
        "let part = fn(n: Int) -> Int { 60 / (n % 5) };\nfn all(n: Int) -> Int { if n == 0 { 0 } else { part(n) + all(n - 1) } }\nall(7)\n",
        "",
        "t.moon:1:32: vm error: division by zero\nlet part = fn(n: Int) -> Int { 60 / (n % 5) };\n                               ^^^^^^^^^^^^\n",
    );
}

#[test]
fn stops_are_explained_with_an_excerpt() {
    let engine = Engine::new();
    let program = engine.compile("moon", "a.moon", "fn f(n: Int) -> Int { 1 / n }\nf(0)\n").expect("compiles");
    let mut isolate = engine.isolate(Config::new(CaptureHost::new().0).tier(Tier::Ast));
    let module = isolate.load(&program).expect("loads");
    let Err(Error::Stopped(stop)) = isolate.run(module) else { panic!("divides by zero") };
    assert_eq!(
        render_stop(&stop, program.sources(), false),
        "runtime error: division by zero\n --> a.moon:1:23\n  |\n1 | fn f(n: Int) -> Int { 1 / n }\n\
         \u{20} |                       ^^^^^\ncall stack, innermost first:\n  0: f (a.moon:1:23)\n  1: <main> (a.moon:2:1)\n"
    );
}

#[test]
fn compile_errors_carry_diagnostics_and_their_text() {
    let Err(Error::Compile(e)) = Engine::new().compile("moon", "a.moon", "let a = ;") else {
        panic!("must not compile")
    };
    assert_eq!(e.compilation.diagnostics.len(), 1);
    assert!(e.rendered.starts_with("a.moon:1:9: parse error: "), "{}", e.rendered);
}

#[test]
fn languages_are_found_by_name_and_extension() {
    let engine = Engine::new();
    let found = |path| engine.language_of_path(path).map(|l| l.name).map_err(|e| e.to_string());
    assert_eq!(found("dir.x/a.ruff"), Ok("ruff"));
    assert_eq!(found("a.b.moon"), Ok("moon"));
    assert_eq!(found("dir.ruff/noext"), Err("no language `dir.ruff/noext` in this build".into()));
    assert!(matches!(engine.compile("elvish", "a", ""), Err(Error::UnknownLanguage(n)) if n == "elvish"));
}

#[test]
fn bytecode_files_are_recognised_by_content() {
    let engine = Engine::new();
    let bytes = engine.compile("moon", "a.moon", "40 + 2").and_then(|p| p.to_pbc(true)).expect("builds");
    let load = |bytes: &[u8]| {
        let (mut loader, limits) = (FileLoader::default(), FormatLimits::strict());
        engine.program_from_file("anything", bytes, &mut loader, &CompileOptions::default(), &limits)
    };
    let program = load(&bytes).expect("decodes and verifies");
    let mut isolate = engine.isolate(Config::new(CaptureHost::new().0));
    let module = isolate.load(&program).expect("loads");
    let value = isolate.run(module).expect("runs");
    assert_eq!((value.as_int(), program.language()), (Some(42), "moon"));
    // The reference evaluator has no source to walk.
    let mut ast = engine.isolate(Config::new(CaptureHost::new().0).tier(Tier::Ast));
    assert!(matches!(ast.load(&program), Err(Error::NeedsSource)));
    let mut damaged = bytes.clone();
    let last = damaged.len() - 1;
    damaged[last] ^= 1;
    assert!(matches!(load(&damaged), Err(Error::Decode(_))));
    assert!(!Program::is_pbc(b"let a = 1;"));
}

#[test]
fn limits_hold_on_every_tier() {
    let engine = Engine::new();
    let program = engine.compile("ruff", "a.ruff", "mut i := 0\nwhile true { i = i + 1 }\n").expect("compiles");
    for tier in TIERS {
        let limits = Limits { fuel: Some(1000), ..Limits::default() };
        let mut isolate = engine.isolate(Config::new(CaptureHost::new().0).tier(tier).limits(limits));
        let module = isolate.load(&program).expect("loads");
        let Err(Error::Stopped(stop)) = isolate.run(module) else { panic!("never ends") };
        assert!(matches!(*stop, Stop::Trap { trap: Trap::OutOfFuel, .. }));
        assert!(isolate.report(module, &stop).contains("fuel"));
    }
}

#[test]
fn capabilities_are_denied_unless_granted() {
    let engine = Engine::new();
    let program = engine.compile("ruff", "a.ruff", "write_file(\"x\", \"y\")\n").expect("compiles");
    for tier in TIERS {
        let (host, _) = CaptureHost::new();
        let mut isolate = engine.isolate(Config::new(host).tier(tier).capabilities(Capabilities::NONE));
        let module = isolate.load(&program).expect("loads");
        let Err(e) = isolate.run(module) else { panic!("must be denied") };
        assert!(e.to_string().contains("Capability denied: filesystem-write"), "{e}");
    }
}

#[test]
fn tests_run_one_by_one() {
    let engine = Engine::new();
    let mut options = CompileOptions::default();
    options.frontend.tests = true;
    let text = "test \"adds\" { assert_equal(1 + 1, 2) }\ntest \"fails\" { throw(\"no\") }\n";
    let ruff = engine.language("ruff").expect("part of the build");
    let program = engine.compile_with(ruff, "t.ruff", text, &mut NoLoader, &options).expect("compiles");
    for tier in TIERS {
        let mut isolate = engine.isolate(Config::new(CaptureHost::new().0).tier(tier));
        let module = isolate.load(&program).expect("loads");
        let outcomes = isolate.run_tests(module).expect("a handle of this isolate");
        let seen: Vec<_> = outcomes.iter().map(|o| (o.name.as_str(), o.result.is_ok())).collect();
        assert_eq!(seen, [("adds", true), ("fails", false)]);
    }
}

#[test]
fn files_are_replaced_as_a_whole() {
    let folder = std::env::temp_dir().join(format!("motet-facade-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let path = folder.join("file");
    for content in ["old", "new and longer", ""] {
        write_atomically(&path, content.as_bytes()).expect("writes");
        assert_eq!(std::fs::read_to_string(&path).expect("is there"), content);
    }
    assert_eq!(std::fs::read_dir(&folder).expect("is there").count(), 1, "no temporary file stays");
    assert!(write_atomically(&folder.join("none").join("file"), b"x").is_err());
    std::fs::remove_dir_all(&folder).expect("cleans up");
}
