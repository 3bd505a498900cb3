//! Every corpus program that has a C form does as C what it does on the interpreter, byte for byte.
//!
//! Which programs have one is found out by asking; [`NAMED`] ones must, so that the comparison cannot become empty.

use libtest_mimic::{Arguments, Failed, Trial};
use motet_testkit::{CCompiler, Case, Mode, compare_c, compile, corpus, observe, on_large_stack, repository};

/// Programs that must have a C form.
const NAMED: &[&str] = &[
    "moon/loops/break_in_operand",
    "moon/loops/nested_jumps",
    "moon/loops/range_to_maximum",
    "moon/modules/main",
    "moon/reference/example_10",
    "moon/reference/example_49",
    "moon/regression/assignment_before_let",
    "moon/runtime/attempt_to_divide_with_overflow",
    "moon/runtime/char_at",
    "moon/runtime/division_by_zero_3",
    "moon/runtime/int_range",
    "moon/values/float_text",
    "moon/values/unicode_result",
];

/// Programs about calls that are nested more deeply than the C stack allows.
const DEEP: &[&str] = &["moon/limits/deep_recursion", "moon/limits/million_frames"];

fn main() {
    let arguments = Arguments::from_args();
    let cases = match corpus(&repository().join("corpus")) {
        Ok(cases) => cases,
        Err(problems) => {
            eprintln!("{}", problems.join("\n"));
            std::process::exit(101);
        }
    };
    let Some(compiler) = CCompiler::find() else {
        eprintln!("skipped: there is no C compiler (`cc`, or what CC names)");
        return;
    };
    if !compiler.sanitizes() {
        eprintln!("note: the C compiler has no sanitizers");
    }
    let emitted = on_large_stack(move || cases.into_iter().filter_map(emitted).collect::<Vec<Case>>());
    let names: Vec<String> = emitted.iter().map(|c| c.name.clone()).collect();
    let mut trials: Vec<Trial> = emitted
        .into_iter()
        .map(|case| Trial::test(case.name.clone(), move || compare(compiler, case).map_err(Failed::from)))
        .collect();
    trials.extend(NAMED.iter().map(|name| {
        let found = names.iter().any(|n| n == name);
        Trial::test(format!("{name}::has_a_c_form"), move || if found { Ok(()) } else { Err("it has none".into()) })
    }));
    libtest_mimic::run(&arguments, trials).exit();
}

/// The case, if it compiles and has a C form.
fn emitted(case: Case) -> Option<Case> {
    let takes_arguments = !case.args.is_empty();
    let program = compile(&case, Mode::O1).ok()?;
    (!takes_arguments && !DEEP.contains(&case.name.as_str()) && program.emit_c().is_ok()).then_some(case)
}

fn compare(compiler: &CCompiler, case: Case) -> Result<(), String> {
    let expected = observe(&case, Mode::O1);
    let compiler = compiler.clone();
    on_large_stack(move || {
        for mode in [Mode::O0, Mode::O2] {
            let program = compile(&case, mode).map_err(|seen| seen.err)?;
            // What is inlined or moved at one level may have no form at another.
            if mode == Mode::O0 && program.emit_c().is_err() {
                continue;
            }
            compare_c(&compiler, &program, &case.input, &expected).map_err(|e| format!("{}: {e}", mode.name()))?;
        }
        Ok(())
    })
}
