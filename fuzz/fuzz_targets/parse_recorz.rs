//! Any text through the Recorz front end and, if it compiles, a bounded run.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Ok(text) = std::str::from_utf8(bytes) {
        motet_fuzzing::oracle::source(motet_fuzzing::Language::Recorz, text);
    }
});
