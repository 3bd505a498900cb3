//! Random statically typed programs do as C what they do on the interpreter.

use motet::{CompileOptions, Engine, Level, NoLoader, Program};
use motet_fuzzing::{Rng, cases, program};
use motet_testkit::{CCompiler, Case, Mode, compare_c, on_large_stack, run_program};

/// Fuel of the run that says what to expect.
const FUEL: u64 = 2_000_000;

/// The program; whatever stands in it passes the checker.
fn compile(text: &str, level: Level) -> Program {
    let engine = Engine::new();
    let language = engine.language("moon").expect("the language is there");
    let options = CompileOptions { level, ..CompileOptions::default() };
    let compiled = engine.compile_with(language, "program.moon", text, &mut NoLoader, &options);
    compiled.unwrap_or_else(|e| panic!("{e}\n{text}"))
}

#[test]
fn scalar_programs_agree_with_their_c_form() {
    let Some(compiler) = CCompiler::find() else {
        eprintln!("skipped: there is no C compiler (`cc`, or what CC names)");
        return;
    };
    on_large_stack(move || {
        let (mut compared, all) = (0, cases("MOTET_FUZZ_C", 24));
        for seed in 0..all as u64 {
            let text = program::moon_scalars(&mut Rng::new(seed));
            let case = Case { language: "moon".into(), ..Case::default() };
            let outcome = run_program(&case, &compile(&text, Level::O0), Mode::O0, FUEL);
            if outcome.trap.is_some() {
                continue;
            }
            for level in [Level::O0, Level::O2] {
                let program = compile(&text, level);
                if let Err(problem) = compare_c(compiler, &program, "", &outcome.seen) {
                    panic!("program {seed} at {level:?}: {problem}\n{text}");
                }
            }
            compared += 1;
        }
        println!("{compared} of {all} programs compared");
        assert!(compared * 2 > all, "most programs need too much fuel: {compared} of {all} compared");
    });
}
