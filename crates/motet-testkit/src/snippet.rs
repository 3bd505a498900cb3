//! Programs in Markdown: a block marked with a language, followed by a block
//! `text`, `output` or `expected` that shows what it prints.
//!
//! Lines `[stderr] …` of the output, and what follows them, are what goes to standard error.

use crate::case::Case;

/// The runnable programs of a page. `page` is used in names.
#[must_use]
pub fn snippets(page: &str, text: &str) -> Vec<Case> {
    let blocks = blocks(text);
    let mut cases = Vec::new();
    for pair in blocks.windows(2) {
        let [(line, info, program), (_, shown, output)] = pair else { continue };
        let (language, core) = match info.as_str() {
            "ruff" => ("ruff", false),
            "moon" | "moon-ext" => ("moon", false),
            "moon-core" => ("moon", true),
            "rae" => ("rae", false),
            "poh" | "pohlang" => ("pohlang", false),
            "rz" | "recorz" => ("recorz", false),
            "som" => ("som", false),
            _ => continue,
        };
        if !matches!(shown.as_str(), "text" | "output" | "expected") {
            continue;
        }
        let (out, err) = match output.find("[stderr] ") {
            Some(at) => (&output[..at], Some(output[at + "[stderr] ".len()..].to_string())),
            None => (output.as_str(), None),
        };
        cases.push(Case {
            name: format!("{page}:{line}"),
            language: language.into(),
            path: format!("snippet.{language}").into(),
            text: program.clone(),
            out: out.to_string(),
            exit: None,
            err,
            core,
            ..Case::default()
        });
    }
    cases
}

/// Fenced blocks: line number of the fence, its info word, content.
fn blocks(text: &str) -> Vec<(usize, String, String)> {
    let mut all = Vec::new();
    let mut open: Option<(usize, String, String)> = None;
    for (i, line) in text.lines().enumerate() {
        match (&mut open, line.trim_start().strip_prefix("```")) {
            (None, Some(info)) => {
                let word = info.split([' ', ',']).next().unwrap_or_default();
                open = Some((i + 1, word.to_string(), String::new()));
            }
            (Some(_), Some(_)) => all.extend(open.take()),
            (Some((_, _, content)), None) => {
                content.push_str(line);
                content.push('\n');
            }
            (None, None) => {}
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_block_and_the_output_block_behind_it_make_a_case() {
        let page =
            "a\n```ruff\nprint(1)\n```\ntext between\n```text\n1\n[stderr] bad\n```\n```moon\n1\n```\n```sh\nls\n```\n";
        let found = snippets("p", page);
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].name.as_str(), found[0].out.as_str()), ("p:2", "1\n"));
        assert_eq!(found[0].err.as_deref(), Some("bad\n"));
    }
}
