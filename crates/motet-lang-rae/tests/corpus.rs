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
