//! Every program of the corpus passes the lexer and the parser.

use std::{fs, path::Path};

use motet_lang_rae::{lexer, names::Names, parser};
use motet_source::FileId;

#[test]
fn corpus_programs_parse() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../corpus/rae/reference");
    let mut seen = 0;
    for path in fs::read_dir(folder).expect("the corpus exists").flatten().map(|e| e.path()) {
        if path.extension().is_none_or(|e| e != "rae") {
            continue;
        }
        let text = fs::read_to_string(&path).expect("programs are text");
        let mut names = Names::default();
        let tokens = lexer::lex(&text, FileId(0), &mut names).unwrap_or_else(|e| panic!("{}: {e:?}", path.display()));
        if let Err(errors) = parser::parse(&tokens, FileId(0), &mut names) {
            panic!("{}: {errors:?}", path.display());
        }
        seen += 1;
    }
    assert!(seen >= 43, "only {seen} programs");
}
