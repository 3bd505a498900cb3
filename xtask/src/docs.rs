//! `cargo xtask docs`: reference pages that follow from tables in the code, and the headers of the C API.
//!
//! A generated part stands between `<!-- NAME: begin -->` and
//! `<!-- NAME: end -->`; the text around it is written by hand and kept.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use motet_source::Code;

use crate::Outcome;

/// Writes the pages, or reports those that are not current.
pub fn run(root: &Path, check: bool) -> Outcome {
    let pages = [
        ("docs/diagnostics.md", "diagnostics", DIAGNOSTICS_HEAD, diagnostics()),
        ("docs/bytecode.md", "ops", BYTECODE_HEAD, operations()),
        ("docs/embedding-c.md", "functions", "", crate::headers::table(root).map_err(|e| vec![e])?),
    ];
    let mut problems = Vec::new();
    for (path, name, head, body) in pages {
        let file = root.join(path);
        let old = fs::read_to_string(&file).unwrap_or_default();
        let new = replace_part(&old, name, head, &body);
        if old == new {
            continue;
        }
        if check {
            problems.push(format!("{path} is not current: run `cargo xtask docs`"));
        } else if let Err(e) = fs::create_dir_all(root.join("docs")).and_then(|()| fs::write(&file, new)) {
            problems.push(format!("{path}: {e}"));
        } else {
            println!("wrote {path}");
        }
    }
    let headers = crate::headers::all(root).map_err(|e| vec![e])?;
    for (path, new) in headers {
        let file = root.join(path);
        if fs::read_to_string(&file).is_ok_and(|old| old == new) {
            continue;
        }
        if check {
            problems.push(format!("{path} is not current: run `cargo xtask docs`"));
        } else if let Err(e) = fs::create_dir_all(root.join("include")).and_then(|()| fs::write(&file, new)) {
            problems.push(format!("{path}: {e}"));
        } else {
            println!("wrote {path}");
        }
    }
    if problems.is_empty() { Ok(()) } else { Err(problems) }
}

const DIAGNOSTICS_HEAD: &str = "\
# Diagnostics

Every problem that Motet reports in source text has a stable code. A code, once released, keeps its meaning.
`motet check --json FILE` prints codes, places and messages for machines.

";

const BYTECODE_HEAD: &str = "\
# Portable bytecode

";

/// `text` with the generated part `name` replaced; a page without the part gets it at its end.
fn replace_part(text: &str, name: &str, head: &str, body: &str) -> String {
    let open = format!("<!-- {name}: begin -->");
    let close = format!("<!-- {name}: end -->");
    let part = format!("{open}\n\n{body}\n{close}");
    let text = if text.is_empty() { head } else { text };
    let Some(start) = text.find(&open) else {
        return format!("{text}{}{part}\n", if text.ends_with("\n\n") { "" } else { "\n" });
    };
    let rest = &text[start..];
    let end = rest.find(&close).map_or(rest.len(), |i| i + close.len());
    format!("{}{part}{}", &text[..start], &rest[end..])
}

fn diagnostics() -> String {
    let mut out = String::new();
    for code in Code::ALL {
        let _ = writeln!(out, "## {}\n\n{}{}.\n", code.as_str(), capital(code.title()), &code.title()[1..]);
    }
    out
}

fn capital(text: &str) -> String {
    text.chars().next().map(|c| c.to_uppercase().to_string()).unwrap_or_default()
}

fn operations() -> String {
    let mut table = motet_bytecode::ops::reference_markdown();
    if !table.ends_with('\n') {
        table.push('\n');
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_around_a_generated_part_is_kept() {
        let check = |text: &str, expected: &str| {
            assert_eq!(replace_part(text, "x", "HEAD\n\n", "NEW\n"), expected);
        };
        check("", "HEAD\n\n<!-- x: begin -->\n\nNEW\n\n<!-- x: end -->\n");
        check("a\n<!-- x: begin -->\nold\n<!-- x: end -->\nb\n", "a\n<!-- x: begin -->\n\nNEW\n\n<!-- x: end -->\nb\n");
        check("a\n", "a\n\n<!-- x: begin -->\n\nNEW\n\n<!-- x: end -->\n");
    }
}
