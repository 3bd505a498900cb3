//! The compile side as `motet-ir` sees it.

use alloc::{
    boxed::Box,
    string::{String, ToString},
    vec::Vec,
};

use motet_ir::{Compilation, Frontend, Loader, Module, Options};
use motet_source::{Diagnostic, FileId, Sources};

use crate::{dump, lexer, lower, parser, prelude, program, render::render_ruff, symbol::Interner};

/// The Ruff front end.
#[derive(Clone, Copy, Debug, Default)]
pub struct RuffFrontend;

impl Frontend for RuffFrontend {
    fn name(&self) -> &'static str {
        "ruff"
    }

    fn compile(&self, name: &str, text: &str, loader: &mut dyn Loader, options: &Options) -> Compilation {
        let mut loaded = program::load(name, text, loader, options.core);
        let failed = |diagnostics: Vec<Diagnostic>, sources: Sources| Compilation {
            module: None,
            diagnostics,
            sources,
            result_type: None,
            before: None,
        };
        if !loaded.diagnostics.is_empty() {
            return failed(loaded.diagnostics, loaded.sources);
        }
        let prelude_file = loaded.sources.add("<prelude>", prelude::text());
        match lower::lower(
            loaded.names,
            &loaded.units,
            prelude_file,
            options.tests,
            options.replay_until,
            &options.host,
        ) {
            Ok(module) => {
                let module = Module { name: name.to_string(), sources: loaded.sources.clone(), ..module };
                Compilation {
                    module: Some(module),
                    diagnostics: Vec::new(),
                    sources: loaded.sources,
                    result_type: None,
                    before: None,
                }
            }
            Err(diagnostics) => failed(diagnostics, loaded.sources),
        }
    }

    fn dump_ast(&self, name: &str, text: &str, options: &Options) -> Result<String, Box<Compilation>> {
        let mut loaded = program::load(name, text, &mut motet_ir::NoLoader, options.core);
        match loaded.units.first() {
            Some(unit) => Ok(dump::dump(&unit.program, &loaded.names)),
            None => Err(Box::new(Compilation {
                module: None,
                diagnostics: core::mem::take(&mut loaded.diagnostics),
                sources: loaded.sources,
                result_type: None,
                before: None,
            })),
        }
    }

    fn render(&self, diagnostics: &[Diagnostic], sources: &Sources) -> String {
        diagnostics.iter().map(|d| render_ruff(d, sources)).collect()
    }

    fn is_incomplete(&self, text: &str) -> bool {
        let mut names = Interner::default();
        let lexed = lexer::lex(text, FileId(0), &mut names);
        let unfinished = |d: &Diagnostic| d.kind == "RUFLEX004" || d.message.ends_with("interpolation");
        if !lexed.errors.is_empty() {
            return lexed.errors.iter().any(unfinished);
        }
        let (_, errors) = parser::parse(lexed, FileId(0), &mut names, false);
        errors.first().is_some_and(|d| d.span.start as usize >= text.trim_end().len())
    }
}
