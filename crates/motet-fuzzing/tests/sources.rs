//! Hostile source text: token soup, mutated programs, bombs, deep values.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use motet::Tier;
use motet_fuzzing::{Language, Rng, cases, oracle, program, source};
use motet_testkit::{corpus, on_large_stack, repository};

fn guarded(what: &str, text: &str, work: impl FnOnce()) {
    let start = Instant::now();
    if catch_unwind(AssertUnwindSafe(work)).is_err() {
        panic!("{what}: a panic, see above; the text:\n{}", text.chars().take(2_000).collect::<String>());
    }
    assert!(start.elapsed() < Duration::from_secs(60), "{what} took {:?}", start.elapsed());
}

#[test]
fn token_soup_is_refused_or_runs() {
    on_large_stack(|| {
        for language in Language::ALL {
            for seed in 0..cases("MOTET_FUZZ_SOURCES", 1_500) as u64 {
                let text = source::soup(language, &mut Rng::new(seed));
                guarded(&format!("{language:?} soup {seed}"), &text, || {
                    oracle::source(language, &text);
                    oracle::layout(language, &text);
                });
            }
        }
    });
}

#[test]
fn mutated_corpus_programs_are_refused_or_run() {
    let programs = corpus(&repository().join("corpus")).unwrap_or_default();
    on_large_stack(move || {
        for language in Language::ALL {
            let texts: Vec<&str> =
                programs.iter().filter(|c| c.language == language.name()).map(|c| c.text.as_str()).collect();
            if texts.is_empty() {
                continue;
            }
            for seed in 0..cases("MOTET_FUZZ_SOURCES", 1_500) as u64 {
                let mut rng = Rng::new(seed);
                let text = source::mutate(rng.pick::<&str>(&texts), language, &mut rng);
                guarded(&format!("{language:?} mutant {seed}"), &text, || {
                    oracle::source(language, &text);
                    oracle::layout(language, &text);
                });
            }
        }
    });
}

#[test]
fn programs_in_any_layout_are_laid_out_without_a_change_of_meaning() {
    let programs = corpus(&repository().join("corpus")).unwrap_or_default();
    on_large_stack(move || {
        let texts: Vec<&str> = programs.iter().filter(|c| c.language == "rae").map(|c| c.text.as_str()).collect();
        for seed in 0..cases("MOTET_FUZZ_SOURCES", 1_500) as u64 {
            let mut rng = Rng::new(seed);
            let generated = program::rae(&mut rng);
            let original = if texts.is_empty() || rng.one_in(4) { &generated } else { *rng.pick::<&str>(&texts) };
            let text = source::respace(original, &mut rng);
            guarded(&format!("layout {seed}"), &text, || oracle::layout(Language::Rae, &text));
        }
    });
}

#[test]
fn pohlang_in_any_indentation_is_laid_out_without_a_change_of_meaning() {
    let programs = corpus(&repository().join("corpus")).unwrap_or_default();
    on_large_stack(move || {
        let plain = |c: &&motet_testkit::Case| c.language == "pohlang" && !c.text.to_lowercase().contains("add route");
        let texts: Vec<&str> = programs.iter().filter(plain).map(|c| c.text.as_str()).collect();
        for seed in 0..cases("MOTET_FUZZ_SOURCES", 1_500) as u64 {
            let mut rng = Rng::new(seed);
            let generated = program::pohlang(&mut rng);
            let original = if texts.is_empty() || rng.one_in(4) { &generated } else { *rng.pick::<&str>(&texts) };
            let text = source::reindent(original, &mut rng);
            guarded(&format!("layout {seed}"), &text, || oracle::layout(Language::PohLang, &text));
        }
    });
}

#[test]
fn a_million_nested_or_chained_pieces_end_in_a_diagnostic_or_a_program() {
    for language in Language::ALL {
        for n in [1_000, cases("MOTET_FUZZ_BOMB", 1_000_000)] {
            for bomb in source::bombs(language, n) {
                let what = format!("{language:?}: {} × {n}", bomb.name);
                let start = Instant::now();
                on_large_stack(move || {
                    guarded(&what, &bomb.text, || {
                        let _ = oracle::survive(language, &bomb.text);
                    })
                });
                assert!(start.elapsed() < Duration::from_secs(60), "{language:?}: took {:?}", start.elapsed());
            }
        }
    }
}

#[test]
fn deep_and_cyclic_values_are_printed_compared_and_freed() {
    for language in Language::ALL {
        for bomb in source::deep_values(language) {
            for tier in [Tier::Ast, Tier::Vm] {
                let text = bomb.text.clone();
                let got = on_large_stack(move || oracle::output(language, &text, tier));
                let fine = matches!(&got, Ok(out) if !out.is_empty() && out.lines().all(|l| l == "true"));
                assert!(fine, "{language:?}, {} on {tier:?}: {got:?}", bomb.name);
            }
        }
    }
}
