//! What must hold: nothing panics, nothing hangs, and all engines agree.
//!
//! A panic is left to unwind: the caller (a test or a fuzzer) reports it with
//! the seed.

use std::path::PathBuf;

use motet::{
    Capabilities, CaptureHost, CompileOptions, Config, Engine, Error, Limits, NoLoader, Program, Stop, Tier, Trap,
};
use motet_bytecode::{Compression, Container, Limits as FormatLimits, decode, encode};
use motet_sign::PublicKey;
use motet_testkit::{Case, Mode, Observed, compile, difference, run_program};

use crate::Language;

/// Work that a run of a hostile program may do.
const FUEL: u64 = 10_000;
/// Heap of such a run, in bytes.
const HEAP: usize = 1 << 20;
/// Work that a generated program may do before it is left out of the comparison.
const COMPARE_FUEL: u64 = 300_000;

/// Any bytes decode or are refused; what decodes encodes to a module that decodes equal.
///
/// # Panics
/// When a decoded module does not survive encoding.
pub fn decode_any(bytes: &[u8]) {
    if let Ok(first) = decode(bytes) {
        let again = decode(&encode(&first));
        assert_eq!(again.as_ref(), Ok(&first), "a decoded module does not survive encoding");
    }
}

/// Any bytes are refused, or verify and run within limits. Tells how far they got.
pub fn module(bytes: &[u8]) -> Reached {
    match Program::from_pbc(bytes, &FormatLimits::strict()) {
        Err(Error::Decode(_)) => Reached::Decode,
        Err(_) => Reached::Verify,
        Ok(program) => {
            run_bounded(&program, Origin::Stranger);
            Reached::Run
        }
    }
}

/// What anybody may do with a container leaves what it holds alone: storing it in another way, taking its signature away.
/// What a trusted key signed holds what was signed.
///
/// # Panics
/// When something changes.
pub fn container(bytes: &[u8], keys: &[PublicKey]) {
    let limits = FormatLimits::strict();
    let Ok(first) = Container::open(bytes, &limits) else { return };
    let message = first.signed_message(&[0; 16]);
    for compression in [Compression::None, Compression::Lz4] {
        let Ok(bytes) = first.rewrite(compression, first.signature()) else { return };
        let again = Container::open(&bytes, &FormatLimits::trusted()).expect("what Motet wrote can be opened");
        assert_eq!(again.signed_message(&[0; 16]), message, "storing sections in another way changes them");
        assert_eq!(again.signature(), first.signature());
        let same = first.sections().zip(again.sections()).all(|(a, b)| a == b);
        assert!(same, "sections change when they are packed");
        let (before, after) = (first.decode(&limits), again.decode(&FormatLimits::trusted()));
        assert!(before.is_err() || before == after, "packing changes a module");
        assert_eq!(motet_sign::check(&first, keys).is_ok(), motet_sign::check(&again, keys).is_ok());
    }
}

/// How far a mutant got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reached {
    /// It does not decode.
    Decode,
    /// It does not verify.
    Verify,
    /// It ran.
    Run,
}

/// Who made a module.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The compiler: what it declares is true.
    Compiler,
    /// Anybody: it may declare wrong result types of native functions, which the engine notices only when the
    /// function returns, and then stops.
    Stranger,
}

/// Runs a program as one of a stranger: no capability, little fuel, little heap.
///
/// # Panics
/// When compiled code makes the engine find itself corrupt.
pub fn run_bounded(program: &Program, origin: Origin) {
    let (host, _output) = CaptureHost::new();
    let limits = Limits { fuel: Some(FUEL), heap_bytes: HEAP, depth: 1_000, ..Limits::default() };
    let mut isolate = Engine::new().isolate(Config::new(host).limits(limits).capabilities(Capabilities::NONE));
    let Ok(module) = isolate.load(program) else { return };
    match isolate.run(module) {
        Ok(value) => {
            let _ = isolate.result_text(module, value);
        }
        Err(Error::Stopped(stop)) => {
            let corrupt = matches!(*stop, Stop::Trap { trap: Trap::Corrupt, .. });
            assert!(!(corrupt && origin == Origin::Compiler), "compiled code makes the engine corrupt");
            let _ = (isolate.report(module, &stop), isolate.explain(module, &stop, true));
        }
        Err(_) => {}
    }
}

/// Any text compiles or is refused with diagnostics; what compiles passes verification and runs within limits.
///
/// # Panics
/// When compiled code does not verify.
pub fn source(language: Language, text: &str) {
    let engine = Engine::new();
    let Ok(found) = engine.language(language.name()) else { return };
    let _ = (found.frontend)().is_incomplete(text);
    for core in [false, true] {
        let mut options = CompileOptions::default();
        options.frontend.core = core;
        match engine.compile_with(found, "fuzz", text, &mut NoLoader, &options) {
            Ok(program) => match program.verified() {
                Ok(_) => run_bounded(&program, Origin::Compiler),
                Err(Error::Emit(_)) => {}
                Err(e) => panic!("compiled code does not verify: {e}"),
            },
            Err(Error::Compile(e)) => {
                let c = &e.compilation;
                assert!(c.has_errors(), "refused without a diagnostic");
                let _ = motet_source::render_text(&c.diagnostics, &c.sources, true);
            }
            Err(e) => panic!("{e}"),
        }
        if language != Language::Moon {
            break;
        }
    }
}

/// Any text that parses is laid out as a text with the same syntax tree, and that one as itself.
///
/// # Panics
/// When it is not.
pub fn layout(language: Language, text: &str) {
    let engine = Engine::new();
    let Ok(found) = engine.language(language.name()) else { return };
    let frontend = (found.frontend)();
    let Some(Ok(out)) = frontend.format("fuzz", text) else { return };
    let again = frontend.format("fuzz", &out).and_then(Result::ok);
    assert_eq!(again.as_ref(), Some(&out), "a formatted text changes when it is formatted");
    let tree = |text: &str| frontend.dump_ast("fuzz", text, &CompileOptions::default().frontend).ok();
    // What only its line ends keep from compiling has no tree of its own.
    if let Some(before) = tree(text) {
        assert_eq!(tree(&out), Some(before), "formatting changes the tree:\n{out}");
    }
}

/// A program does the same on every tier and level. `Ok(false)`: it needs too much fuel to compare.
///
/// # Errors
/// What differs.
pub fn tiers(language: Language, text: &str) -> Result<bool, String> {
    let case = Case {
        name: "generated".into(),
        language: language.name().into(),
        path: PathBuf::from(format!("generated.{}", language.name())),
        text: text.into(),
        ..Case::default()
    };
    let mut outcomes = Vec::new();
    for mode in [Mode::Ast, Mode::O0, Mode::O1, Mode::O2, Mode::Pbc, Mode::GcStress] {
        let outcome = match compile(&case, mode) {
            Ok(program) => run_program(&case, &program, mode, COMPARE_FUEL),
            Err(seen) => return Err(format!("{} does not compile: {}", mode.name(), seen.err)),
        };
        if outcome.trap.is_some() {
            return Ok(false);
        }
        outcomes.push((mode, outcome.seen));
    }
    agree(&outcomes).map(|()| true)
}

/// All runs did what the first one did.
///
/// # Errors
/// The first difference.
pub fn agree(outcomes: &[(Mode, Observed)]) -> Result<(), String> {
    let Some(((first, expected), rest)) = outcomes.split_first() else { return Ok(()) };
    let Some((mode, seen)) = rest.iter().find(|(_, seen)| seen != expected) else { return Ok(()) };
    let what = if expected.out != seen.out {
        difference("standard output", &expected.out, &seen.out)
    } else {
        difference("standard error", &expected.err, &seen.err)
    };
    let (a, b) = (expected.exit, seen.exit);
    Err(format!("{} and {} differ: {what}\nexit {a} and {b}", first.name(), mode.name()))
}

/// Compiles a hostile text; returns the number of diagnostics.
///
/// # Panics
/// When it is refused without a diagnostic.
#[must_use]
pub fn survive(language: Language, text: &str) -> usize {
    let engine = Engine::new();
    let Ok(found) = engine.language(language.name()) else { return 0 };
    match engine.compile_with(found, "bomb", text, &mut NoLoader, &CompileOptions::default()) {
        Ok(program) => {
            let _ = program.verified().map(|_| ());
            0
        }
        Err(Error::Compile(e)) => {
            assert!(e.compilation.has_errors(), "refused without a diagnostic");
            e.compilation.diagnostics.len()
        }
        Err(_) => 1,
    }
}

/// Runs a program to its end on a tier and returns its output.
///
/// # Errors
/// Why it stopped, as text.
pub fn output(language: Language, text: &str, tier: Tier) -> Result<String, String> {
    let engine = Engine::new();
    let program = engine.compile(language.name(), "program", text).map_err(|e| e.to_string())?;
    let (host, output) = CaptureHost::new();
    let limits = Limits { heap_bytes: 512 << 20, ..Limits::default() };
    let mut isolate = engine.isolate(Config::new(host).tier(tier).limits(limits).capabilities(Capabilities::ALL));
    let module = isolate.load(&program).map_err(|e| e.to_string())?;
    isolate.run(module).map_err(|e| e.to_string())?;
    Ok(output.out())
}
