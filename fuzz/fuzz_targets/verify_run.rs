//! Any bytes with a repaired hash through decoding and verification; what verifies runs within its limits.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let mut bytes = bytes.to_vec();
    motet_fuzzing::module::repair_hash(&mut bytes);
    let _ = motet_fuzzing::oracle::module(&bytes);
});
