//! The syntax tree as indented text, without places.

use alloc::{format, string::String};

use crate::{
    ast::Program,
    symbol::{Interner, Sym},
};

/// Renders the statements of a file.
pub(crate) fn dump(program: &Program, names: &Interner) -> String {
    let mut out = String::new();
    let text = format!("{:#?}", program.stmts);
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let trimmed = line.trim_start();
        if trimmed == "span: Span {" {
            lines.by_ref().take(3).for_each(drop);
            continue;
        }
        if trimmed.starts_with("height: ") {
            continue;
        }
        resolve(line, names, &mut out);
        out.push('\n');
    }
    out
}

/// Replaces the marks of symbols by their texts.
fn resolve(line: &str, names: &Interner, out: &mut String) {
    let mut rest = line;
    while let Some((before, after)) = rest.split_once(crate::symbol::MARK_START) {
        out.push_str(before);
        let Some((number, after)) = after.split_once(crate::symbol::MARK_END) else { break };
        out.push_str(number.parse().map_or("?", |n| names.text(Sym(n))));
        rest = after;
    }
    out.push_str(rest);
}
