//! Runs `filetests/ir`: each file is a printed module, a line `----`, and what
//! is expected. Under `print/` that is the module printed with everything,
//! under `check/` the verdict of the checker. `MOTET_BLESS=1` rewrites the
//! expectations.

use std::{fs, path::Path};

use motet_ir::{PrintOptions, check, parse_module, print_module, print_module_with};

const EVERYTHING: PrintOptions = PrintOptions { spans: true, texts: true };

/// Runs `actual` on the input of every file of a folder and compares.
fn check_folder(folder: &str, actual: fn(&str) -> String) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../filetests").join(folder);
    let mut paths: Vec<_> = fs::read_dir(&root).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    assert!(!paths.is_empty());
    let mut failures = String::new();
    for path in paths {
        let text = fs::read_to_string(&path).unwrap();
        let (input, expected) = text.split_once("\n----\n").unwrap_or((text.trim_end(), ""));
        let actual = actual(input);
        if std::env::var_os("MOTET_BLESS").is_some() {
            fs::write(&path, format!("{input}\n----\n{}\n", actual.trim_end())).unwrap();
        } else if actual.trim_end() != expected.trim_end() {
            failures += &format!("{}:\nexpected:\n{expected}\nactual:\n{actual}\n\n", path.display());
        }
    }
    assert!(failures.is_empty(), "{failures}");
}

fn verdict(input: &str) -> String {
    let module = match parse_module(input) {
        Ok(module) => module,
        Err(error) => return format!("does not parse: {error}"),
    };
    assert_eq!(parse_module(&print_module_with(&module, EVERYTHING)).unwrap(), module);
    match check(&module) {
        Ok(()) => "accepted".into(),
        Err(error) => error.to_string(),
    }
}

#[test]
fn prints_and_parses_back() {
    check_folder("ir/print", |input| {
        let module = parse_module(input).unwrap();
        let full = print_module_with(&module, EVERYTHING);
        assert_eq!(parse_module(&full).unwrap(), module);
        let short = print_module(&module);
        assert_eq!(print_module(&parse_module(&short).unwrap()), short);
        full
    });
}

#[test]
fn gives_the_expected_verdicts() {
    check_folder("ir/check", verdict);
}
