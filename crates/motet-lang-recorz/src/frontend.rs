//! The compile side of Recorz as `motet-ir` sees it.

use alloc::{boxed::Box, format, string::String, vec::Vec};

use motet_ir::{Compilation, Frontend, Loader, Options};
use motet_source::{Code, Diagnostic, FileId, LineIndex, Sources, Span};

use crate::{
    chunk::{self, Chunk},
    live::Context,
    lower::{self, File, Outcome},
    parser,
};

/// The compile side of Recorz.
#[derive(Clone, Copy, Debug, Default)]
pub struct Recorz;

impl Frontend for Recorz {
    fn name(&self) -> &'static str {
        "recorz"
    }

    fn compile(&self, name: &str, text: &str, loader: &mut dyn Loader, options: &Options) -> Compilation {
        let mut sources = Sources::default();
        let main = File { id: sources.add(name, text), text };
        if let Some(bytes) = &options.context {
            let Some(context) = Context::decode(bytes) else {
                let message = "the description of the running image is malformed";
                return refused(Diagnostic::error(Code::InternalCheck, main.id, Span::default(), message), sources);
            };
            return compiled(lower::lower_live(text, &context), name, sources);
        }
        let mut texts = Vec::new();
        for path in &options.files {
            match loader.read(path) {
                Ok(text) => texts.push((sources.add(path.as_str(), text.as_str()), text)),
                Err(error) => {
                    let message = format!("cannot read {path}: {error:?}");
                    return refused(Diagnostic::error(Code::BadImport, main.id, Span::default(), message), sources);
                }
            }
        }
        if options.image {
            let names = options.files.iter().map(String::as_str).zip(texts.iter().map(|(_, text)| text.as_str()));
            let resumed = crate::live::resume_source(names.chain([(name, text)]));
            let mut sources = Sources::default();
            let file = File { id: sources.add("image", resumed.as_str()), text: &resumed };
            let mut outcome = lower::lower(&[file], options);
            // Traces begin with the program.
            let functions = outcome.module.iter_mut().flat_map(|module| &mut module.functions);
            functions.for_each(|function| function.hidden = true);
            return compiled(outcome, name, sources);
        }
        let files = texts.iter().map(|(id, text)| File { id: *id, text });
        let files: Vec<File<'_>> = files.chain([main]).collect();
        compiled(lower::lower(&files, options), name, sources)
    }

    fn dump_ast(&self, name: &str, text: &str, options: &Options) -> Result<String, Box<Compilation>> {
        dump(text, options).map_err(|error| {
            let mut sources = Sources::default();
            sources.add(name, text);
            Box::new(refused(error, sources))
        })
    }

    fn render(&self, diagnostics: &[Diagnostic], sources: &Sources) -> String {
        let mut out = String::new();
        for diagnostic in diagnostics {
            let Some(file) = sources.get(diagnostic.file) else { continue };
            let line = LineIndex::new(&file.text).line_col(diagnostic.span.start).line;
            out.push_str(&format!("error: {}:{line}: {}\n", file.name, diagnostic.message));
        }
        out
    }

    fn is_incomplete(&self, text: &str) -> bool {
        if chunk::is_chunk_file(text) {
            // Any chunk may be the last: an empty line says which is.
            return !text.ends_with("\n\n");
        }
        let parsed = parser::parse_do_it(text, 0, text.len(), FileId(0));
        let unfinished = ["Unterminated string literal", "Unterminated comment"];
        parsed.is_err_and(|error| unfinished.contains(&error.message.as_str()) || error.message.ends_with("EOF"))
    }
}

fn refused(error: Diagnostic, sources: Sources) -> Compilation {
    Compilation { diagnostics: Vec::from([error]), sources, ..Compilation::default() }
}

fn compiled(outcome: Outcome, name: &str, sources: Sources) -> Compilation {
    let finish = |module: Option<motet_ir::Module>| {
        module.map(|module| motet_ir::Module { name: name.into(), sources: sources.clone(), ..module })
    };
    Compilation {
        module: finish(outcome.module),
        before: finish(outcome.before),
        diagnostics: outcome.error.into_iter().collect(),
        sources,
        ..Compilation::default()
    }
}

/// Syntax trees of all pieces, one behind the other.
fn dump(text: &str, options: &Options) -> Result<String, Diagnostic> {
    let file = FileId(0);
    if options.evaluate || !chunk::is_chunk_file(text) {
        return parser::parse_do_it(text, 0, text.len(), file).map(|body| format!("{body:#?}\n"));
    }
    let mut out = String::new();
    for range in chunk::split(text) {
        let piece = match chunk::read(text, range, file)? {
            Chunk::DoIt(range) => format!("{:#?}\n", parser::parse_do_it(text, range.start, range.end, file)?),
            Chunk::Method(range) => format!("{:#?}\n", parser::parse_method(text, range.start, range.end, file)?),
            other => format!("{other:#?}\n"),
        };
        out.push_str(&piece);
    }
    Ok(out)
}
