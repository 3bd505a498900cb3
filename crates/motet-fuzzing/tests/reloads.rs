//! Random programs take each other's places, between runs and under paused ones.

use motet_fuzzing::{Language, Rng, cases, reload};
use motet_testkit::on_large_stack;

#[test]
fn versions_that_are_strangers_to_each_other_replace_each_other() {
    on_large_stack(|| {
        for language in Language::ALL {
            let (mut replaced, mut refused) = (0, 0);
            for seed in 0..cases("MOTET_FUZZ_RELOADS", 150) as u64 {
                let counts = reload::sequence(language, &mut Rng::new(seed));
                replaced += counts.replaced;
                refused += counts.refused;
            }
            println!("{language:?}: {replaced} replaced, {refused} refused");
            assert!(replaced > 100, "{language:?}: only {replaced} versions replaced another");
        }
    });
}
