use motet_source::*;
fn main() {
    for f in std::env::args().skip(1) {
        let t = std::fs::read_to_string(&f).unwrap();
        let mut sources = Sources::default();
        let id = sources.add(f.clone(), t.clone());
        match motet_lang_pohlang::parser::parse(&t, id, false) {
            Ok(_) => println!("ok {f}"),
            Err(d) => println!("BAD {f}\n{}", render_text(&d, &sources, false)),
        }
    }
}
