//! Random programs do the same on every tier, level and format.

use motet_fuzzing::{Language, Rng, cases, oracle, program};
use motet_testkit::{Mode, Observed, on_large_stack};

fn compare(language: Language, generate: fn(&mut Rng) -> String) {
    on_large_stack(move || {
        let (mut compared, all) = (0, cases("MOTET_FUZZ_PROGRAMS", 300));
        for seed in 0..all as u64 {
            let text = generate(&mut Rng::new(seed));
            match oracle::tiers(language, &text) {
                Ok(done) => compared += usize::from(done),
                Err(problem) => panic!("{language:?} program {seed}: {problem}\n{text}"),
            }
        }
        println!("{compared} of {all} programs compared");
        assert!(compared * 2 > all, "most programs need too much fuel: {compared} of {all} compared");
    });
}

#[test]
fn ruff_programs_agree() {
    compare(Language::Ruff, program::ruff);
}

#[test]
fn moon_programs_agree() {
    compare(Language::Moon, program::moon);
}

#[test]
fn rae_programs_agree() {
    compare(Language::Rae, program::rae);
}

#[test]
fn pohlang_programs_agree() {
    compare(Language::PohLang, program::pohlang);
}

#[test]
fn recorz_programs_agree() {
    compare(Language::Recorz, program::recorz);
}

#[test]
fn som_programs_agree() {
    compare(Language::Som, program::som);
}

#[test]
fn the_comparison_notices_a_difference_in_output_errors_or_status() {
    let seen = |out: &str, err: &str, exit| Observed { out: out.into(), err: err.into(), exit };
    let check = |other: Observed, fits: bool| {
        let outcomes = [(Mode::Ast, seen("1\n", "e\n", 4)), (Mode::O2, other.clone())];
        assert_eq!(oracle::agree(&outcomes).is_ok(), fits, "{other:?}");
    };
    check(seen("1\n", "e\n", 4), true);
    check(seen("2\n", "e\n", 4), false);
    check(seen("1\n", "f\n", 4), false);
    check(seen("1\n", "e\n", 1), false);
    assert!(oracle::tiers(Language::Moon, "let x: Int = \"no\";").is_err());
}
