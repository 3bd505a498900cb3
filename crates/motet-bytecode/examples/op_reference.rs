//! Prints the op reference, or with the path of `docs/bytecode.md` puts it between that page's markers.

use std::{env, fs, io};

fn main() -> io::Result<()> {
    let table = motet_bytecode::ops::reference_markdown();
    let Some(path) = env::args().nth(1) else {
        print!("{table}");
        return Ok(());
    };
    let page = fs::read_to_string(&path)?;
    let (begin, end) = ("<!-- ops: begin -->\n", "<!-- ops: end -->");
    let split = page.split_once(begin).and_then(|(head, rest)| Some((head, rest.split_once(end)?.1)));
    let (head, tail) = split.ok_or_else(|| io::Error::other("the page has no markers"))?;
    fs::write(path, format!("{head}{begin}\n{table}\n{end}{tail}"))
}
