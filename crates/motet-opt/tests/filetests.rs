//! Runs `filetests/opt`: each file starts with `; passes: NAME…` (or `O1`,
//! `O2`), then a printed module, a line `----`, and the module after the
//! passes. `MOTET_BLESS=1` rewrites the expectations.

use std::{fs, path::Path};

use motet_ir::{PrintOptions, check, parse_module, print_module, print_module_with};
use motet_opt::{Level, Pass, optimize};

fn run(name: &str, module: &mut motet_ir::Module) {
    match name {
        "O1" => optimize(module, Level::O1),
        "O2" => optimize(module, Level::O2),
        _ => Pass::ALL.into_iter().find(|pass| pass.name() == name).expect("a known pass").run(module),
    }
}

/// The module of `input` after its passes, printed.
fn optimized(input: &str) -> String {
    let (header, _) = input.split_once('\n').unwrap();
    let passes = header.strip_prefix("; passes:").expect("the first line names the passes");
    let mut module = parse_module(input).unwrap();
    check(&module).unwrap();
    let full = print_module_with(&module, PrintOptions { spans: true, texts: true });
    assert_eq!(parse_module(&full).unwrap(), module);
    for pass in passes.split_whitespace() {
        run(pass, &mut module);
    }
    check(&module).unwrap();
    print_module(&module)
}

#[test]
fn passes_give_the_expected_modules() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../filetests/opt");
    let mut paths: Vec<_> = fs::read_dir(&root).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    assert!(paths.len() >= 60);
    let mut failures = String::new();
    for path in paths {
        let text = fs::read_to_string(&path).unwrap();
        let (input, expected) = text.split_once("\n----\n").unwrap_or((text.trim_end(), ""));
        let actual = optimized(input);
        if std::env::var_os("MOTET_BLESS").is_some() {
            fs::write(&path, format!("{input}\n----\n{}\n", actual.trim_end())).unwrap();
        } else if actual.trim_end() != expected.trim_end() {
            failures += &format!("{}:\nexpected:\n{expected}\nactual:\n{actual}\n\n", path.display());
        }
    }
    assert!(failures.is_empty(), "{failures}");
}

#[test]
fn level_zero_changes_nothing() {
    let text = "module \"m\" language \"l\" init &0 function &0 \"f\" any (int.add 1 2)";
    let mut module = parse_module(text).unwrap();
    let before = module.clone();
    optimize(&mut module, Level::O0);
    assert_eq!(module, before);
}

#[test]
fn every_level_takes_every_case() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../filetests");
    for folder in ["opt", "ir/print", "ir/check"] {
        for entry in fs::read_dir(root.join(folder)).unwrap() {
            let text = fs::read_to_string(entry.unwrap().path()).unwrap();
            let module = parse_module(text.split_once("\n----\n").map_or(&*text, |(input, _)| input)).unwrap();
            if check(&module).is_err() {
                continue;
            }
            for level in [Level::O1, Level::O2] {
                let mut optimized = module.clone();
                optimize(&mut optimized, level);
                check(&optimized).unwrap();
            }
        }
    }
}
