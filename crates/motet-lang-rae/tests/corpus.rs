//! Every program of the corpus parses; those that need nothing but the library
//! that is always there pass the checker or are refused word for word.

use std::{fs, path::Path};

use motet_lang_rae::{check, lexer, names::Names, parser, render_rae};
use motet_source::{Diagnostic, FileId, Sources};

/// What the checker says; `None` if the program imports modules.
fn problems(text: &str) -> Result<Option<Vec<Diagnostic>>, Vec<Diagnostic>> {
    let mut names = Names::default();
    let tokens = lexer::lex(text, FileId(0), &mut names)?;
    let unit = parser::parse(&tokens, FileId(0), &mut names)?;
    if !unit.directives.is_empty() {
        return Ok(None);
    }
    Ok(Some(check(&[(FileId(0), unit)], &mut names)))
}

#[test]
fn corpus_programs_pass_or_are_refused_as_recorded() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../corpus/rae/reference");
    let (mut checked, mut importing, mut wrong) = (0, 0, Vec::new());
    for path in fs::read_dir(folder).expect("the corpus exists").flatten().map(|e| e.path()) {
        if path.extension().is_none_or(|e| e != "rae") {
            continue;
        }
        let name = path.file_name().and_then(|n| n.to_str()).unwrap_or_default().to_string();
        let text = fs::read_to_string(&path).expect("programs are text");
        let mut sources = Sources::default();
        sources.add(name.as_str(), text.as_str());
        let found = match problems(&text) {
            Ok(Some(found)) => found,
            Ok(None) => {
                importing += 1;
                continue;
            }
            Err(found) => found,
        };
        let said: String = found.iter().map(|d| render_rae(d, &sources)).collect();
        let expected = fs::read_to_string(path.with_extension("err")).unwrap_or_default();
        if said != expected {
            wrong.push(format!("{name} said:\n{said}"));
        }
        checked += 1;
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!((checked, importing), (39, 4));
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
                let mut sources = Sources::default();
                sources.add("t", variant.as_str());
                let found = problems(&variant).unwrap_or_else(Some).unwrap_or_default();
                let said: String = found.iter().map(|d| render_rae(d, &sources)).collect();
                assert!(said.lines().count() >= found.len() * 3, "for {variant:?}");
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
        let found = problems(&text).unwrap_or_else(Some).unwrap_or_default();
        let said: Vec<&str> = found.iter().map(|d| d.message.as_str()).collect();
        assert_eq!(said, Vec::<&str>::new(), "for {:?}", text.get(..60));
    }
}
