//! Random versions of a SOM program, seeded by the input, must replace each other without harm.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let mut rng = motet_fuzzing::Rng::from_bytes(bytes);
    motet_fuzzing::reload::sequence(motet_fuzzing::Language::Som, &mut rng);
});
