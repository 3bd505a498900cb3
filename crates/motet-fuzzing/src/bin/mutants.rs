//! Runs many mutants of the corpus: every program compiled at every level becomes a seed file, and each case
//! mutates one of them and must be refused, or run within its limits, quickly and without a panic.
//!
//! `MOTET_FUZZ_SEED` (default 0), `MOTET_FUZZ_MUTANTS` (default 100,000), `MOTET_FUZZ_SLOW_MS` (default 2,000).
//! The number of the last case begun is in the file that `MOTET_FUZZ_TRACE` names, for crashes that no handler sees;
//! the mutant itself in that of `MOTET_FUZZ_SAVE`.
#![forbid(unsafe_code)]

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::time::Instant;

use motet_fuzzing::oracle::{Reached, decode_any, module};
use motet_fuzzing::{Rng, cases, module as mutants};
use motet_testkit::{Mode, compile, corpus, on_large_stack, repository};

/// Larger files are left out: they would use the time of many small ones.
const LARGEST: usize = 1 << 14;

/// Corpus programs as files, at each optimisation level.
fn samples() -> Vec<(String, Vec<u8>)> {
    let mut out = Vec::new();
    for case in corpus(&repository().join("corpus")).unwrap_or_default() {
        for mode in [Mode::O0, Mode::O1, Mode::O2] {
            if let Ok(program) = compile(&case, mode)
                && let Ok(bytes) = program.to_pbc(mode == Mode::O1)
                && bytes.len() <= LARGEST
            {
                out.push((format!("{} {}", case.name, mode.name()), bytes));
            }
        }
    }
    out
}

fn sweep() -> usize {
    let samples = samples();
    let (seed, count) = (cases("MOTET_FUZZ_SEED", 0), cases("MOTET_FUZZ_MUTANTS", 100_000));
    let slow = cases("MOTET_FUZZ_SLOW_MS", 2_000);
    let trace = std::env::var_os("MOTET_FUZZ_TRACE");
    let (mut decode, mut verify, mut ran, mut bad) = (0, 0, 0, 0);
    println!("{} sample files", samples.len());
    for case in seed..seed + count {
        let mut rng = Rng::new(case as u64);
        let (name, bytes) = rng.pick(&samples);
        let mutant = mutants::mutate(bytes, &mut rng);
        if let Some(path) = &trace {
            let _ = std::fs::write(path, format!("{case}"));
        }
        if let Some(path) = std::env::var_os("MOTET_FUZZ_SAVE") {
            let _ = std::fs::write(path, &mutant);
        }
        let start = Instant::now();
        let reached = catch_unwind(AssertUnwindSafe(|| {
            decode_any(&mutant);
            module(&mutant)
        }));
        let took = start.elapsed();
        match reached {
            Ok(Reached::Decode) => decode += 1,
            Ok(Reached::Verify) => verify += 1,
            Ok(Reached::Run) => ran += 1,
            Err(_) => {
                bad += 1;
                println!("case {case} ({name}): panic, see above");
            }
        }
        if took.as_millis() as usize > slow {
            bad += 1;
            println!("case {case} ({name}): took {took:?}");
        }
    }
    println!(
        "{count} mutants from seed {seed}: {decode} did not decode, {verify} did not verify, {ran} ran, {bad} bad"
    );
    bad
}

fn main() -> ExitCode {
    if on_large_stack(sweep) == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
