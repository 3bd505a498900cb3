//! Every corpus program that has a C form does as C what it does on the interpreter, byte for byte.
//!
//! Which programs have one is found out by asking; [`NAMED`] ones must, so that the comparison cannot become empty.

use motet::Program;
use motet_ir::{Expr, ExprKind, Family, Module, Type, UnOp, build};
use motet_source::Span;

use libtest_mimic::{Arguments, Failed, Trial};
use motet_testkit::{
    CCompiler, Case, Mode, compare_c, compile, corpus, observe, on_large_stack, repository, run_program,
};

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
    "rae/reference/e02",
    "rae/reference/e03",
    "rae/sys/exit_in_function",
    "rae/sys/main_result",
];

/// Programs about calls that are nested more deeply than the C stack allows.
const DEEP: &[&str] = &["moon/limits/deep_recursion", "moon/limits/million_frames", "rae/runtime/unbounded_recursion"];

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
    trials.push(Trial::test("floats_are_rounded_as_on_the_interpreter", move || {
        rounding(compiler).map_err(Failed::from)
    }));
    trials.extend(REFUSED.iter().map(|(text, expected)| {
        Trial::test(format!("refused::{expected}"), || refused(text, expected).map_err(Failed::from))
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

/// Programs without C form, and what is said about them.
const REFUSED: &[(&str, &str)] = &[
    ("let a = [1];", "a list has no C form yet (function `<main>`, program.moon:1:9)"),
    (
        "fn f(g: fn(Int) -> Int) -> Int { g(1) }\nprint(f(fn(x: Int) -> Int { x }));",
        "a call of a function value has no C form yet (function `f`, program.moon:1:34)",
    ),
    ("print(sin(1.0));", "the library function `moon.sin` has no C form yet (function `<main>`, program.moon:1:7)"),
];

fn refused(text: &str, expected: &str) -> Result<(), String> {
    let case = Case { language: "moon".into(), path: "program.moon".into(), text: text.into(), ..Case::default() };
    let program = compile(&case, Mode::O0).map_err(|seen| seen.err)?;
    match program.emit_c() {
        Ok(_) => Err("it has a C form".into()),
        Err(e) if e.to_string().lines().any(|line| line == expected) => Ok(()),
        Err(e) => Err(format!("expected\n{expected}\ngot\n{e}")),
    }
}

/// Rounding, which not every language's programs can ask for, of numbers at the borders.
fn rounding(compiler: &CCompiler) -> Result<(), String> {
    let case = Case { language: "moon".into(), text: "print(0.5); print(1);".into(), ..Case::default() };
    let program = compile(&case, Mode::O0).map_err(|seen| seen.err)?;
    let mut module = program.ir().ok_or("a program from source text has IR")?.clone();
    let largest = f64::from(f32::MAX);
    let half_way = largest + 2.0f64.powi(103);
    let numbers =
        [0.1, -2.9, 0.0, -0.0, 1e39, -1e39, 1e-46, 1e-45, 1e300, -1e300, largest, half_way, half_way.next_down()]
            .into_iter()
            .chain([f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 9.3e18, -9.3e18, 2f64.powi(63), -(2f64.powi(63))]);
    let mut parts = Vec::new();
    for number in numbers {
        let span = Span::default();
        parts.push(print(&module, build::unary(Family::Float, UnOp::ToFloat32, build::float(number, span), span)));
        parts.push(print(&module, build::unary(Family::Float, UnOp::ToInt, build::float(number, span), span)));
    }
    let init = module.init.index();
    let function = module.functions.get_mut(init).ok_or("there is a main function")?;
    function.body = build::block(parts, Span::default());
    let program = Program::from_ir(module);
    let expected = run_program(&case, &program, Mode::O0, 1_000_000).seen;
    if expected.exit != 0 || expected.out.lines().count() != 40 {
        return Err(format!("the interpreter does not run it: {expected:?}"));
    }
    compare_c(compiler, &program, "", &expected)
}

fn print(module: &Module, value: Expr) -> Expr {
    let native = module.natives.iter().position(|n| n.name == "moon.print").unwrap_or_default();
    let arg = motet_ir::Arg { expr: value, spread: false };
    build::expr(ExprKind::CallNative(motet_ir::NativeIdx(native as u32), vec![arg]), Type::Nil, Span::default())
}
