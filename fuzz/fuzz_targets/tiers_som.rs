//! A random SOM program, seeded by the input, must do the same on every tier.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let mut rng = motet_fuzzing::Rng::from_bytes(bytes);
    let program = motet_fuzzing::program::som(&mut rng);
    if let Err(difference) = motet_fuzzing::oracle::tiers(motet_fuzzing::Language::Som, &program) {
        panic!("{difference}");
    }
});
