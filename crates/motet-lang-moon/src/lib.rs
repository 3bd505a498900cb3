//! The Moon language: lexer, parser, type checker and lowering to core IR on
//! the compile side; [`Semantics`](motet_runtime::Semantics) and the native
//! prelude on the run side.
//!
//! Moon reports exactly one problem, the first, in its own one-line form
//! ([`render_moon`]). [`Moon`] is the front end, [`MoonSemantics`] the run side.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

pub mod ast;
mod dump;
mod lexer;
mod lower;
mod names;
mod natives;
mod parser;
mod prelude;
mod program;
mod render;
mod semantics;
mod types;

pub use render::{render_at, render_moon};
pub use semantics::MoonSemantics;

use alloc::{boxed::Box, string::String, vec};

use motet_ir::{Compilation, Frontend, Loader, Options};
use motet_source::{Diagnostic, FileId, Sources};

/// The compile side of Moon.
#[derive(Clone, Copy, Debug, Default)]
pub struct Moon;

impl Frontend for Moon {
    fn name(&self) -> &'static str {
        "moon"
    }

    fn compile(&self, name: &str, text: &str, loader: &mut dyn Loader, options: &Options) -> Compilation {
        program::compile(name, text, loader, options)
    }

    fn dump_ast(&self, name: &str, text: &str, options: &Options) -> Result<String, Box<Compilation>> {
        let mut names = names::Names::default();
        let tree = lexer::lex(text, FileId(0), options.core, &mut names).and_then(|tokens| {
            let tree = parser::parse(&tokens, FileId(0), options.core)?;
            Ok(dump::dump(&tree, &names, &tokens.strings))
        });
        tree.map_err(|d| {
            let mut sources = Sources::default();
            sources.add(name, text);
            Box::new(Compilation { diagnostics: vec![d], sources, ..Compilation::default() })
        })
    }

    fn render(&self, diagnostics: &[Diagnostic], sources: &Sources) -> String {
        diagnostics.iter().map(|d| render_moon(d, sources)).collect()
    }

    fn is_incomplete(&self, text: &str) -> bool {
        let mut names = names::Names::default();
        let end = text.len() as u32;
        match lexer::lex(text, FileId(0), false, &mut names) {
            Err(d) => d.message == "unterminated string literal",
            Ok(tokens) => match parser::parse(&tokens, FileId(0), false) {
                Ok(_) => false,
                // The missing piece is at the end of the text, within brackets or after an operator.
                Err(d) => d.span.start == end && d.span.end == end,
            },
        }
    }
}
