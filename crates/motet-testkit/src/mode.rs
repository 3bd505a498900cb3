//! Execution modes: every way in which a program can be run must do the same.

use motet::{
    Capabilities, CaptureHost, Compilation, CompileError, CompileOptions, Compression, Config, Engine, Error, Language,
    Level, Limits, Output, PbcOptions, Program, SEED_LEN, SecretKey, StdHost, Stop, Tier, Trap,
};
use motet_bytecode::Limits as FormatLimits;

use crate::case::{Case, Observed, difference};
use crate::host::{FolderLoader, TestHost};
use crate::scratch::Scratch;

/// Fuel that no test program needs; what goes beyond it hangs.
const PATIENCE: u64 = 200_000_000;

/// Native stack of a test thread, in bytes: what the main thread of a process has.
const STACK: usize = 8 << 20;

/// One way to execute a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Reference evaluator on unoptimised IR.
    Ast,
    /// Interpreter, unoptimised.
    O0,
    /// Interpreter at the default level.
    O1,
    /// Interpreter, fully optimised.
    O2,
    /// Encoded, decoded, verified, then interpreted.
    Pbc,
    /// As [`Mode::Pbc`] without debug section, compressed and signed.
    Stripped,
    /// Interpreter with a collection at every safepoint.
    GcStress,
    /// Interpreter with small fuel limits: output is cut short, nothing else changes.
    FuelSlices,
}

impl Mode {
    /// All modes; the oracle comes first.
    pub const ALL: [Mode; 8] =
        [Mode::Ast, Mode::O0, Mode::O1, Mode::O2, Mode::Pbc, Mode::Stripped, Mode::GcStress, Mode::FuelSlices];

    /// Name in test names and `.toml` files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Mode::Ast => "ast",
            Mode::O0 => "vm-O0",
            Mode::O1 => "vm-O1",
            Mode::O2 => "vm-O2",
            Mode::Pbc => "pbc",
            Mode::Stripped => "stripped",
            Mode::GcStress => "gc-stress",
            Mode::FuelSlices => "fuel-slices",
        }
    }

    fn level(self) -> Level {
        match self {
            Mode::Ast | Mode::O0 => Level::O0,
            Mode::O1 | Mode::Pbc | Mode::Stripped | Mode::GcStress | Mode::FuelSlices => Level::O1,
            Mode::O2 => Level::O2,
        }
    }

    fn tier(self) -> Tier {
        if self == Mode::Ast { Tier::Ast } else { Tier::Vm }
    }

    /// The program as this mode runs it.
    ///
    /// # Errors
    /// When bytecode cannot be made or does not verify.
    pub fn prepare(self, program: Program) -> Result<Program, Error> {
        match self {
            Mode::Pbc => Program::from_pbc(&program.to_pbc(true)?, &FormatLimits::trusted()),
            Mode::Stripped => {
                let key = SecretKey::from_seed(&[1; SEED_LEN]);
                let options = PbcOptions { debug: false, compression: Compression::Lz4, key: Some(&key) };
                Program::from_pbc_signed(&program.to_pbc_with(&options)?, &FormatLimits::trusted(), &[key.public()])
            }
            Mode::Ast | Mode::O0 | Mode::O1 | Mode::O2 | Mode::GcStress | Mode::FuelSlices => Ok(program),
        }
    }
}

/// What a run led to: what was seen, and the trap that ended it, if one did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Output and status.
    pub seen: Observed,
    /// The trap, as text.
    pub trap: Option<String>,
}

/// Compiles a case for a mode; on the inside of `Err` is what compiling showed.
///
/// # Errors
/// The diagnostics and the exit status of the language's own tool.
pub fn compile(case: &Case, mode: Mode) -> Result<Program, Observed> {
    let engine = Engine::new();
    let language = engine.language(&case.language).map_err(|e| internal(&e))?;
    let folder = case.path.parent().unwrap_or(std::path::Path::new("."));
    let name = case.path.file_name().and_then(|n| n.to_str()).unwrap_or("program");
    let mut options = CompileOptions { level: mode.level(), ..CompileOptions::default() };
    options.frontend.core = case.core;
    options.frontend.whole = true;
    options.frontend.files.clone_from(&case.before);
    options.frontend.evaluate = case.evaluate;
    let mut loader = FolderLoader::new(folder).listed(case.auto_import);
    let program = engine.compile_with(language, name, &case.text, &mut loader, &options).map_err(|e| match e {
        Error::Compile(e) => refused(case, mode, language, *e),
        other => internal(&other),
    })?;
    mode.prepare(program).map_err(|e| internal(&e))
}

/// What a program with an error shows: the output of what runs before the report, then the report.
fn refused(case: &Case, mode: Mode, language: &'static Language, error: CompileError) -> Observed {
    let mut compilation = error.compilation;
    let exit = i32::from(language.compile_status(&compilation.diagnostics));
    let report = Observed { out: String::new(), exit, err: error.rendered };
    let Some(before) = compilation.before.take() else { return report };
    let part = Compilation { module: Some(before), ..Compilation::default() };
    let program = match Engine::finish(language, part, mode.level()).and_then(|p| mode.prepare(p)) {
        Ok(program) => program,
        Err(e) => return internal(&e),
    };
    let seen = run_program(case, &program, mode, PATIENCE).seen;
    if seen.exit != 0 {
        return seen;
    }
    Observed { out: seen.out, err: seen.err + &report.err, exit }
}

/// A failure that no program can cause.
fn internal(error: &Error) -> Observed {
    Observed { out: String::new(), err: format!("internal: {error}\n"), exit: 6 }
}

/// Compiles and runs a case in a mode, on a thread with the stack of a main thread.
#[must_use]
pub fn observe(case: &Case, mode: Mode) -> Observed {
    let case = case.clone();
    on_large_stack(move || match compile(&case, mode) {
        Err(seen) => seen,
        Ok(program) if mode == Mode::FuelSlices => in_slices(&case, &program),
        Ok(program) => run_program(&case, &program, mode, PATIENCE).seen,
    })
}

/// Runs something on a thread whose stack is as large as a main thread's.
///
/// # Panics
/// When it panics.
pub fn on_large_stack<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    let thread = std::thread::Builder::new().stack_size(STACK).spawn(work).expect("a thread can be made");
    match thread.join() {
        Ok(value) => value,
        Err(panic) => std::panic::resume_unwind(panic),
    }
}

/// Runs a compiled program within `fuel` units of work.
///
/// # Panics
/// When the program changes files and no folder for them can be made.
#[must_use]
pub fn run_program(case: &Case, program: &Program, mode: Mode, fuel: u64) -> Outcome {
    let _folder = case.files.then(|| Scratch::enter().expect("a folder can be made"));
    let engine = Engine::new();
    let (console, output) = CaptureHost::new();
    let console = console.with_input(&case.input).with_args(case.args.clone());
    let host = TestHost { console, files: StdHost::default() };
    let limits = Limits { fuel: Some(fuel), heap_bytes: 1 << 30, ..Limits::default() };
    let config = Config::new(host)
        .tier(mode.tier())
        .limits(limits)
        .capabilities(Capabilities::ALL)
        .gc_stress(mode == Mode::GcStress);
    let mut isolate = engine.isolate(config);
    let module = match isolate.load(program) {
        Ok(module) => module,
        Err(e) => return Outcome { seen: internal(&e), trap: None },
    };
    match isolate.run(module) {
        Ok(value) => {
            let shown = isolate.result_text(module, value).map_or(String::new(), |t| t + "\n");
            finish(&output, &shown, "", isolate.exit_status(module, value).unwrap_or(0) & 0xff, None)
        }
        Err(Error::Stopped(stop)) => {
            let report = isolate.report(module, &stop);
            let status = match engine.language(program.language()) {
                Ok(language) => language.uncaught_status(),
                Err(_) => 1,
            };
            match *stop {
                Stop::Exit(status) => finish(&output, "", "", status & 0xff, None),
                Stop::Uncaught { .. } => finish(&output, "", &report, i32::from(status), None),
                Stop::Trap { trap, .. } => finish(&output, "", &report, 124, Some(trap)),
            }
        }
        Err(e) => Outcome { seen: internal(&e), trap: None },
    }
}

fn finish(output: &Output, shown: &str, report: &str, exit: i32, trap: Option<Trap>) -> Outcome {
    let seen = Observed { out: output.out() + shown, err: output.err() + report, exit };
    Outcome { seen, trap: trap.map(|t| t.to_string()) }
}

/// Runs the program with growing fuel: each run that is stopped shows a beginning of the whole output.
fn in_slices(case: &Case, program: &Program) -> Observed {
    let mut fuel = 1;
    let mut longest = String::new();
    loop {
        let outcome = run_program(case, program, Mode::FuelSlices, fuel);
        if !outcome.seen.out.starts_with(&longest) {
            let err = difference(&format!("output with fuel {fuel}"), &longest, &outcome.seen.out);
            return Observed { err, ..outcome.seen };
        }
        if outcome.trap.as_deref() != Some(Trap::OutOfFuel.to_string().as_str()) || fuel > PATIENCE {
            return outcome.seen;
        }
        longest = outcome.seen.out;
        fuel = fuel * 3 + 1;
    }
}

/// Compares a case in a mode with its golden files.
///
/// # Errors
/// What differs, and the first stage that differs from a mode that passes.
pub fn check(case: &Case, mode: Mode) -> Result<(), String> {
    let seen = observe(case, mode);
    // Without a debug section messages have no places.
    let Some(mismatch) = case.mismatch(&seen, mode != Mode::Stripped) else { return Ok(()) };
    let passing = Mode::ALL.into_iter().find(|m| {
        *m != mode && *m != Mode::FuelSlices && case.mismatch(&observe(case, *m), *m != Mode::Stripped).is_none()
    });
    let stage = match passing {
        Some(good) => format!("\n{} passes; {}", good.name(), stage_difference(case, good, mode)),
        None => "\nno mode passes".to_string(),
    };
    Err(format!("{} in mode {}: {mismatch}{stage}", case.name, mode.name()))
}

/// Text of a stage, if the program has it.
type Dump = fn(&Program) -> Option<String>;

/// Names the first stage whose dump differs between two modes.
#[must_use]
pub fn stage_difference(case: &Case, good: Mode, bad: Mode) -> String {
    let (Ok(a), Ok(b)) = (compile(case, good), compile(case, bad)) else {
        return "one of them does not compile".into();
    };
    let stages: [(&str, Dump); 3] = [
        ("ir", |p| p.ir().map(motet_ir::print_module)),
        ("bytecode", |p| {
            p.bytecode(false).ok().map(|m| motet_bytecode::disassemble(&m, &motet_bytecode::Style::default()))
        }),
        ("regcode", |p| p.regcode_text(&Engine::new()).ok()),
    ];
    for (name, dump) in stages {
        if let (Some(x), Some(y)) = (dump(&a), dump(&b))
            && x != y
        {
            return format!("the first stage that differs is {}", difference(name, &x, &y));
        }
    }
    "all stages are equal: the engines differ".into()
}
