//! The compile side of PohLang as `motet-ir` sees it.

use alloc::{boxed::Box, string::String, vec::Vec};

use motet_ir::{Compilation, Frontend, Loader, Options};
use motet_source::{Diagnostic, FileId, Sources};

use crate::{dump, format, lower, parser, program::Files, render_pohlang};

/// The compile side of PohLang.
#[derive(Clone, Copy, Debug, Default)]
pub struct PohLang;

impl Frontend for PohLang {
    fn name(&self) -> &'static str {
        "pohlang"
    }

    fn compile(&self, name: &str, text: &str, loader: &mut dyn Loader, options: &Options) -> Compilation {
        let files = Files::read(name, text, loader, options);
        let lowered = files.parse().and_then(|units| lower::lower(&units, options));
        let Files { sources, .. } = files;
        match lowered {
            Ok(mut module) => {
                module.name = name.into();
                module.sources = sources.clone();
                Compilation { module: Some(module), sources, ..Compilation::default() }
            }
            Err(diagnostics) => Compilation { diagnostics, sources, ..Compilation::default() },
        }
    }

    fn dump_ast(&self, name: &str, text: &str, options: &Options) -> Result<String, Box<Compilation>> {
        match parser::parse(text, FileId(0), !options.whole) {
            Ok(program) => Ok(dump(&program)),
            Err(diagnostics) => Err(refused(name, text, diagnostics)),
        }
    }

    fn format(&self, name: &str, text: &str) -> Option<Result<String, Box<Compilation>>> {
        Some(format(text, FileId(0)).map_err(|diagnostics| refused(name, text, diagnostics)))
    }

    fn render(&self, diagnostics: &[Diagnostic], _sources: &Sources) -> String {
        render_pohlang(diagnostics)
    }

    fn is_incomplete(&self, text: &str) -> bool {
        parser::is_incomplete(text)
    }
}

/// What a stage gives back that found these problems in one file.
fn refused(name: &str, text: &str, diagnostics: Vec<Diagnostic>) -> Box<Compilation> {
    let mut sources = Sources::default();
    sources.add(name, text);
    Box::new(Compilation { diagnostics, sources, ..Compilation::default() })
}
