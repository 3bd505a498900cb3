//! Any bytes through the decoder; what is accepted encodes to the same module.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| motet_fuzzing::oracle::decode_any(bytes));
