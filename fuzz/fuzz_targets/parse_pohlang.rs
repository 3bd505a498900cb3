//! Any text through the PohLang front end and its formatter and, if it compiles, a bounded run.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Ok(text) = std::str::from_utf8(bytes) {
        motet_fuzzing::oracle::source(motet_fuzzing::Language::PohLang, text);
        motet_fuzzing::oracle::layout(motet_fuzzing::Language::PohLang, text);
    }
});
