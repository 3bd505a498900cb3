//! Any bytes, as they are and with their hashes made right, as a container: compressed, signed or neither.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    motet_fuzzing::oracle::container(bytes, &[]);
    let mut bytes = bytes.to_vec();
    motet_fuzzing::module::repair_hash(&mut bytes);
    motet_fuzzing::oracle::container(&bytes, &[]);
});
