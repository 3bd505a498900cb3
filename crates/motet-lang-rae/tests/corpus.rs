//! Programs that nobody would write: damaged ones, and those at the limits of
//! nesting. Whatever compiles keeps the rules of core IR.

use std::{fs, path::Path};

use motet_ir::{Frontend, NoLoader, Options, check};
use motet_lang_rae::Rae;

/// Head lines of what the compiler says, each with its place.
fn problems(text: &str) -> String {
    let found = Rae.compile("t", text, &mut NoLoader, &Options::default());
    match &found.module {
        Some(module) => assert_eq!(check(module), Ok(()), "for {text:?}"),
        None => assert!(!found.diagnostics.is_empty(), "nothing is said about {text:?}"),
    }
    Rae.render(&found.diagnostics, &found.sources)
}

/// Every nineteenth prefix of a program, and the program without single tokens of interest.
fn damaged(text: &str) -> Vec<String> {
    let cuts = text.char_indices().step_by(19).map(|(i, _)| format!("{}\n", &text[..i]));
    let holes = text.match_indices(['(', ')', '{', '}', '"', ':', '.']).map(|(i, c)| {
        let (before, after) = (&text[..i], &text[i + c.len()..]);
        format!("{before} {after}")
    });
    cuts.chain(holes).collect()
}

#[test]
fn damaged_programs_are_refused_or_pass_without_harm() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../corpus/rae/reference");
    for path in fs::read_dir(folder).expect("the corpus exists").flatten().map(|e| e.path()) {
        if path.extension().is_some_and(|e| e == "rae") {
            let text = fs::read_to_string(&path).expect("programs are text");
            for variant in damaged(&text) {
                let said = problems(&variant);
                assert!(
                    said.is_empty() || said.starts_with("t:") || said.starts_with("error: "),
                    "for {variant:?}: {said}"
                );
            }
        }
    }
}

#[test]
fn programs_at_the_limits_of_nesting_pass() {
    let body = |inner: &str| format!("func f(a: view Int) ret Int {{\n{inner}\nret a\n}}\n");
    let growing = "type B(T: type) { x: T, y: T }\ntype D(T: type) { n: D(B(T)) b: B(B(B(T))) }\n\
                   func f(d: view D(Int)) {\n";
    for text in [
        format!("{growing}let a = d{}\nlet b = a{}\n}}\n", ".n".repeat(800), ".b.x.x"),
        body(&format!("log(1{})", " + a".repeat(850))),
        body(&format!("log({}a{})", "(".repeat(180), ")".repeat(180))),
        body(&format!("{}{}", "if true { ".repeat(180), "}".repeat(180))),
        body(&format!("log(a{})", ".toFloat().toInt()".repeat(400))),
        body(&format!("if true {{ }} {}", "else if a > 1 { } ".repeat(5_000))),
        format!("var x: {}Int{}\n", "List(".repeat(180), ")".repeat(180)),
    ] {
        assert_eq!(problems(&text), "", "for {:?}", text.get(..60));
    }
}
