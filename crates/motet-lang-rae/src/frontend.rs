//! The compile side of Rae.

use alloc::{boxed::Box, string::String, vec::Vec};

use motet_ir::{Compilation, Frontend, Loader, Options};
use motet_source::{Diagnostic, FileId, Sources};

use crate::{dump, format, lexer, list_tokens, lower, names::Names, parser, program, render_rae};

/// The compile side of Rae.
#[derive(Clone, Copy, Debug, Default)]
pub struct Rae;

impl Frontend for Rae {
    fn name(&self) -> &'static str {
        "rae"
    }

    fn compile(&self, name: &str, text: &str, loader: &mut dyn Loader, options: &Options) -> Compilation {
        let mut loaded = program::load_with(name, text, loader, options);
        let mut out = Compilation { sources: core::mem::take(&mut loaded.sources), ..Compilation::default() };
        if !loaded.diagnostics.is_empty() {
            out.diagnostics = loaded.diagnostics;
            return out;
        }
        let (module, diagnostics) = lower::lower(&loaded.units, &loaded.order, &mut loaded.names, options);
        out.diagnostics = diagnostics;
        out.module = module.map(|mut module| {
            module.name = name.into();
            module.sources = out.sources.clone();
            module
        });
        out
    }

    fn dump_ast(&self, name: &str, text: &str, _options: &Options) -> Result<String, Box<Compilation>> {
        let mut names = Names::default();
        let tree = lexer::lex(text, FileId(0), &mut names).and_then(|tokens| {
            let tree = parser::parse(&tokens, FileId(0), &mut names)?;
            Ok((tree, tokens))
        });
        match tree {
            Ok((tree, tokens)) => Ok(dump(&tree, &names, &tokens.strings)),
            Err(diagnostics) => Err(refused(name, text, diagnostics)),
        }
    }

    fn dump_tokens(&self, name: &str, text: &str) -> Option<Result<String, Box<Compilation>>> {
        Some(list_tokens(text, FileId(0)).map_err(|diagnostics| refused(name, text, diagnostics)))
    }

    fn format(&self, name: &str, text: &str) -> Option<Result<String, Box<Compilation>>> {
        Some(format(text, FileId(0)).map_err(|diagnostics| refused(name, text, diagnostics)))
    }

    fn render(&self, diagnostics: &[Diagnostic], sources: &Sources) -> String {
        diagnostics.iter().map(|d| render_rae(d, sources)).collect()
    }

    fn is_incomplete(&self, text: &str) -> bool {
        let mut names = Names::default();
        let end = text.trim_end().len() as u32;
        let found =
            lexer::lex(text, FileId(0), &mut names).and_then(|tokens| parser::parse(&tokens, FileId(0), &mut names));
        match found {
            Ok(_) => false,
            Err(problems) => problems.iter().any(|d| d.span.start >= end || d.message.starts_with("unterminated")),
        }
    }
}

/// What a stage gives back that found these problems in one file.
fn refused(name: &str, text: &str, diagnostics: Vec<Diagnostic>) -> Box<Compilation> {
    let mut sources = Sources::default();
    sources.add(name, text);
    Box::new(Compilation { diagnostics, sources, ..Compilation::default() })
}

/// Everything that is wrong with a program of one file that imports nothing.
#[cfg(test)]
pub(crate) fn problems(text: &str) -> Vec<Diagnostic> {
    Rae.compile("t", text, &mut motet_ir::NoLoader, &Options::default()).diagnostics
}
