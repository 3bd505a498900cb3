//! Damaged programs of the corpus are refused or compiled, never worse.

use std::{fs, path::Path};

use motet_ir::{Compilation, Frontend, NoLoader, Options};
use motet_lang_rae::Rae;

fn compile(text: &str) -> Compilation {
    Rae.compile("main.rae", text, &mut NoLoader, &Options::default())
}

/// Every seventh prefix of a program, and the program without single tokens of interest.
fn damaged(text: &str) -> Vec<String> {
    let cuts = text.char_indices().step_by(7).map(|(i, _)| format!("{}\n", &text[..i]));
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
                let compiled = compile(&variant);
                let said = Rae.render(&compiled.diagnostics, &compiled.sources);
                assert!(compiled.module.is_some() != compiled.has_errors(), "for {variant:?}");
                assert!(said.lines().count() >= compiled.diagnostics.len(), "for {variant:?}");
            }
        }
    }
}

#[test]
fn programs_at_the_limits_of_nesting_pass() {
    let body = |inner: &str| format!("func f(a: view Int) ret Int {{\n{inner}\nret a\n}}\n");
    let growing = "type B(T: type) { x: T, y: T }\ntype D(T: type) { n: D(B(T)) b: B(B(B(T))) }\n\
                   func g(T: type, x: view T) extern ret B(B(T))\nfunc f(d: view D(Int)) {\n";
    for text in [
        format!("{growing}let a = d{}\nlet b = a{}\n}}\n", ".n".repeat(800), ".b.x.x"),
        format!("{growing}log({}1{})\n}}\n", "g(".repeat(150), ")".repeat(150)),
        body(&format!("log(1{})", " + a".repeat(850))),
        body(&format!("log({}a{})", "(".repeat(180), ")".repeat(180))),
        body(&format!("{}{}", "if true { ".repeat(180), "}".repeat(180))),
        body(&format!("log(a{})", ".toFloat().toInt()".repeat(400))),
        body(&format!("if true {{ }} {}", "else if a > 1 { } ".repeat(5_000))),
        format!("var x: {}Int{}\n", "List(".repeat(180), ")".repeat(180)),
    ] {
        let compiled = compile(&text);
        let said: Vec<&str> = compiled.diagnostics.iter().map(|d| d.message.as_str()).collect();
        assert_eq!(said, Vec::<&str>::new(), "for {:?}", text.get(..60));
    }
}
