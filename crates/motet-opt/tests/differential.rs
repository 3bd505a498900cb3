//! Random programs behave the same before and after each level and pass.
//!
//! A small evaluator runs both. Its lists have value semantics by copying what
//! is marked as shared, and update what is not in place, so that a `Share`
//! removed wrongly shows. Errors carry their span. The generator marks every
//! second holder, as a front end must.

mod differential {
    pub mod evaluate;
    pub mod generate;
}

use differential::{evaluate::evaluate, generate::program};
use motet_ir::{Module, check, print_module};
use motet_opt::{Level, Pass, optimize};

/// Steps after which a program is not compared.
const FUEL: u32 = 4_000;

/// What the program shows and ends with must not change.
fn check_same(seed: u64, before: &Module, expected: &[String], after: &Module, what: &str) {
    check(after).unwrap();
    let actual = evaluate(after, 20 * FUEL);
    assert!(
        actual.as_deref() == Some(expected),
        "seed {seed}, {what}:\n{}\n{}\nexpected {expected:#?}\nactual {actual:#?}",
        print_module(before),
        print_module(after)
    );
}

#[test]
fn optimised_programs_behave_the_same() {
    let count = std::env::var("MOTET_SEEDS").ok().and_then(|n| n.parse().ok()).unwrap_or(600);
    for seed in 1..=count {
        let module = program(seed);
        check(&module).unwrap();
        let Some(expected) = evaluate(&module, FUEL) else { continue };
        for level in [Level::O1, Level::O2] {
            let mut optimized = module.clone();
            optimize(&mut optimized, level);
            check_same(seed, &module, &expected, &optimized, &format!("{level:?}"));
        }
        for pass in Pass::ALL {
            let mut optimized = module.clone();
            pass.run(&mut optimized);
            check_same(seed, &module, &expected, &optimized, pass.name());
        }
    }
}

#[test]
fn the_evaluator_notices_a_missing_share() {
    let text = |value: &str| {
        format!(
            "module \"m\" language \"l\" native ~0 \"push\" any native ~1 \"len\" int native ~2 \"show\" nil init &0
             function &0 \"main\" any local %0 \"a\" any local %1 \"b\" any
             (do (set %0 (list 1)) (set %1 {value}) (setplace %1 [0] 2) (call:nil ~2 %0 %1))"
        )
    };
    let run = |value: &str| evaluate(&motet_ir::parse_module(&text(value)).unwrap(), 1_000);
    assert_ne!(run("(share %0)"), run("%0"));
}
