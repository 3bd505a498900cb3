//! The compile side of SOM as `motet-ir` sees it.

use alloc::{
    boxed::Box,
    collections::BTreeMap,
    format,
    string::{String, ToString},
    vec::Vec,
};

use motet_ir::{Compilation, Frontend, Loader, Options};
use motet_source::{Code, Diagnostic, FileId, LineIndex, Sources, Span};

use super::{
    lower::{self, Outside, Start},
    natives::load::Context,
    program::{Files, Known},
};
use crate::{
    lexer::{Kind, Surface, lex},
    parser::parse_class,
};

/// The compile side of SOM.
#[derive(Clone, Copy, Debug, Default)]
pub struct Som;

impl Frontend for Som {
    fn name(&self) -> &'static str {
        super::LANGUAGE
    }

    fn compile(&self, name: &str, text: &str, loader: &mut dyn Loader, options: &Options) -> Compilation {
        if let Some(context) = &options.context {
            return match Context::decode(context) {
                Some(context) => compile_live(name, text, context, options),
                None => refused(
                    name,
                    text,
                    Diagnostic::error(
                        Code::InternalCheck,
                        FileId(0),
                        Span::new(0, 0),
                        "the context of the class cannot be read",
                    ),
                ),
            };
        }
        let files = Files::read(name, text, loader, options, Known { class: &|_| false, core: true });
        let start = match options.call.as_deref().map(|call| call.split_once('.')) {
            None => Start::Main,
            Some(Some((class, selector))) => Start::Call(class, selector),
            Some(None) => {
                let message = "what is called is written Class.selector";
                return refused(name, text, Diagnostic::error(Code::UnknownName, FileId(0), Span::new(0, 0), message));
            }
        };
        compile(name, &files, &BTreeMap::new(), &[], start, options)
    }

    fn dump_ast(&self, name: &str, text: &str, _options: &Options) -> Result<String, Box<Compilation>> {
        match parse_class(text, FileId(0)) {
            Ok(classes) => Ok(classes.iter().map(|class| format!("{class:#?}\n")).collect()),
            Err(error) => Err(Box::new(refused(name, text, error))),
        }
    }

    fn dump_tokens(&self, name: &str, text: &str) -> Option<Result<String, Box<Compilation>>> {
        Some(match lex(text, 0, text.len(), FileId(0), Surface::Som) {
            Ok(tokens) => {
                let text_of = |token: &crate::lexer::Token<'_>| {
                    let source = text.get(token.span.start as usize..token.span.end as usize);
                    format!("{} {}\n", token.kind.word(), source.unwrap_or(""))
                };
                Ok(tokens.iter().map(text_of).collect())
            }
            Err(error) => Err(Box::new(refused(name, text, error))),
        })
    }

    /// `error: <file>:<line>: <text>`, as for Recorz.
    fn render(&self, diagnostics: &[Diagnostic], sources: &Sources) -> String {
        let mut out = String::new();
        for diagnostic in diagnostics {
            let place = sources.get(diagnostic.file).map(|file| {
                let line = LineIndex::new(&file.text).line_col(diagnostic.span.start).line;
                format!("{}:{line}: ", file.name)
            });
            out.push_str(&format!("error: {}{}\n", place.unwrap_or_default(), diagnostic.message));
        }
        out
    }

    fn is_incomplete(&self, text: &str) -> bool {
        // A class ends with the bracket of its body.
        let Ok(tokens) = lex(text, 0, text.len(), FileId(0), Surface::Som) else { return false };
        let depth = tokens.iter().fold(0i32, |depth, token| match token.kind {
            Kind::LeftParen | Kind::ArrayStart => depth + 1,
            Kind::RightParen => depth - 1,
            _ => depth,
        });
        depth > 0
    }
}

/// Classes for a running world; the value of the module is the first.
fn compile_live(name: &str, text: &str, mut context: Context, options: &Options) -> Compilation {
    let known: BTreeMap<String, Outside> = core::mem::take(&mut context.known);
    let overridden = core::mem::take(&mut context.overridden);
    let options = Options { path: context.path.clone(), ..options.clone() };
    let is_known = |name: &str| known.contains_key(name);
    let files = Files::read(name, text, &mut context, &options, Known { class: &is_known, core: false });
    compile(name, &files, &known, &overridden, Start::Load, &options)
}

fn compile(
    name: &str,
    files: &Files,
    outside: &BTreeMap<String, Outside>,
    overridden: &[String],
    start: Start<'_>,
    options: &Options,
) -> Compilation {
    let sources = files.sources.clone();
    let units = match files.parse() {
        Ok(units) => units,
        Err(diagnostics) => return Compilation { diagnostics, sources, ..Compilation::default() },
    };
    match lower::lower(name, &units, outside, overridden, start, options) {
        Ok(mut module) => {
            module.name = name.into();
            module.sources = sources.clone();
            Compilation { module: Some(module), sources, ..Compilation::default() }
        }
        Err(diagnostics) => Compilation { diagnostics, sources, ..Compilation::default() },
    }
}

/// What a stage gives back that found a problem in one file.
fn refused(name: &str, text: &str, diagnostic: Diagnostic) -> Compilation {
    let mut sources = Sources::default();
    sources.add(name, text.to_string());
    Compilation { diagnostics: Vec::from([diagnostic]), sources, ..Compilation::default() }
}
