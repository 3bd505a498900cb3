//! Sequences of versions of one program, most of them strangers to each other: replaced, refused, run and paused in turn.

use motet::{
    After, Capabilities, CaptureHost, CompileOptions, Config, Engine, Error, Isolate, Level, Limits, ModuleHandle,
    NoLoader, Program, Stop, Trap,
};

use crate::{Language, Rng, program, source};

/// Steps of a sequence.
const STEPS: usize = 14;
/// Work that each run may do.
const FUEL: u64 = 20_000;
/// Bytes that a program may hold.
const HEAP: usize = 8 << 20;

/// How a sequence went.
#[derive(Clone, Copy, Debug, Default)]
pub struct Counts {
    /// Versions that took the place of another.
    pub replaced: usize,
    /// Versions that compiled, but were refused, or whose initialisers stopped.
    pub refused: usize,
}

/// A program, changed a little now and then.
fn text(language: Language, rng: &mut Rng, last: &str) -> String {
    match rng.below(3) {
        0 if !last.is_empty() => source::mutate(last, language, rng),
        _ => match language {
            Language::Ruff => program::ruff(rng),
            Language::Moon => program::moon(rng),
            Language::Rae => program::rae(rng),
            Language::PohLang => program::pohlang(rng),
            Language::Recorz => program::recorz(rng),
            Language::Som => program::som(rng),
        },
    }
}

fn compile(engine: &Engine, language: Language, text: &str, rng: &mut Rng) -> Option<Program> {
    let level = [Level::O0, Level::O1, Level::O2][rng.below(3)];
    let options = CompileOptions { live: !rng.one_in(8), keep_globals: true, level, ..CompileOptions::default() };
    engine.compile_with(engine.language(language.name()).ok()?, "main", text, &mut NoLoader, &options).ok()
}

/// Whether an outcome is one that a program may have.
fn sound<T>(result: &Result<T, Error>) {
    if let Err(Error::Stopped(stop)) = result {
        let corrupt = matches!(**stop, Stop::Trap { trap: Trap::Corrupt, .. });
        assert!(!corrupt, "compiled code makes the engine corrupt");
    }
}

fn version(isolate: &Isolate, module: ModuleHandle) -> Option<u32> {
    isolate.modules().into_iter().find(|m| m.handle == module).map(|m| m.version)
}

/// Runs one sequence.
///
/// # Panics
/// When the engine finds itself corrupt, or a refused version changed something.
pub fn sequence(language: Language, rng: &mut Rng) -> Counts {
    let mut counts = Counts::default();
    let engine = Engine::new();
    let (host, _output) = CaptureHost::new();
    let limits = Limits { heap_bytes: HEAP, depth: 500, ..Limits::default() };
    let config = Config::new(host).limits(limits).capabilities(Capabilities::NONE).gc_stress(rng.one_in(4));
    let mut isolate = engine.isolate(config);
    let mut last = String::new();
    let mut known: Option<ModuleHandle> = None;
    for _ in 0..STEPS {
        isolate.refuel(FUEL);
        let candidate = text(language, rng, &last);
        let Some(program) = compile(&engine, language, &candidate, rng) else { continue };
        let Some(module) = known else {
            known = isolate.register("main", &program).ok();
            last = candidate;
            continue;
        };
        match rng.below(8) {
            0 => sound(&isolate.execute(module, "")),
            1 => {
                let _ = isolate.start(module);
                sound(&isolate.step(1 + rng.below(300) as u64));
            }
            2 if isolate.is_paused() => sound(&isolate.step(1 + rng.below(3000) as u64)),
            3 => {
                let after = if rng.one_in(2) { After::Continue } else { After::RestartMain };
                let Ok(bytes) = program.to_pbc(!rng.one_in(4)) else { continue };
                isolate.remote().reload(module, bytes, after);
                sound(&isolate.execute(module, ""));
            }
            _ => {
                let before = version(&isolate, module);
                let result = isolate.reload(module, &program);
                sound(&result);
                let now = version(&isolate, module);
                match result {
                    Ok(report) => {
                        counts.replaced += 1;
                        assert_eq!(Some(report.version), now);
                        last = candidate;
                    }
                    Err(_) => {
                        counts.refused += 1;
                        assert_eq!(before, now, "a refused version counts");
                    }
                }
            }
        }
    }
    counts
}
