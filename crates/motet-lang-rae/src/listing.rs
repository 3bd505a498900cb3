//! The tokens of a file as text, comments included: `TOK_NAME "text" at LINE:COLUMN`.

use alloc::{format, string::String, vec::Vec};

use motet_source::{Diagnostic, FileId, LineIndex, Span};

use crate::{lexer, names::Names};

/// One line for each token in the order of the text; columns count bytes from 1. The last line is that of the end.
///
/// # Errors
/// Everything that is wrong with the file's lines and tokens; never empty.
pub fn list_tokens(text: &str, file: FileId) -> Result<String, Vec<Diagnostic>> {
    let lexed = lexer::lex(text, file, &mut Names::default())?;
    let index = LineIndex::new(text);
    let slice = |span: Span| text.get(span.start as usize..span.end as usize).unwrap_or("");
    let comment = |span: Span| {
        let name = if slice(span).starts_with("#[") { "TOK_BLOCK_COMMENT" } else { "TOK_COMMENT" };
        (name, span)
    };
    let mut lines: Vec<(&str, Span)> = lexed.comments.iter().map(|c| comment(*c)).collect();
    lines.extend(lexed.tokens.iter().map(|t| (t.tok.listed_as(), t.span)));
    // Stable, so that a comment at the very end stays in front of the end.
    lines.sort_by_key(|(_, span)| span.start);
    let mut out = String::with_capacity(text.len() * 4);
    for (name, span) in lines {
        let at = index.line_col(span.start);
        out.push_str(&format!("{name} \"{}\" at {}:{}\n", slice(span), at.line, at.col));
    }
    Ok(out)
}
