//! Programs as the page shows them: problems with their places, and what each stage makes of the source.
//!
//! Columns are counted in UTF-16 units, which is what a page's strings consist of.

use motet::{
    Compilation, CompileOptions, Diagnostic, Engine, Error, FileLoader, Level, Profile, Program, Severity, Sources,
    Stats,
};
use motet_bytecode::{FuncIdx, Module, Style};
use motet_source::{LineIndex, Span};
use motet_watch::{Compiler, Refusal};
use serde_json::{Value, json};

use crate::catalogue::Catalogue;

/// Most problems that are handed to the page.
const MAX_DIAGNOSTICS: usize = 200;
/// Longest text of a stage, in bytes.
const MAX_TEXT: usize = 8 << 20;
/// Most boxes of a flame graph.
const MAX_BOXES: usize = 20_000;

/// Stages that can be shown as text.
pub const STAGES: [&str; 5] = ["ast", "ir", "opt", "bytecode", "regcode"];

/// How a program of the catalogue is compiled.
pub fn compiler(engine: &Engine, catalogue: &Catalogue, path: &str, level: Level) -> Option<Compiler> {
    let file = catalogue.find(path)?;
    let mut options = CompileOptions { level, ..CompileOptions::default() };
    options.frontend.whole = true;
    Some(Compiler {
        engine: engine.clone(),
        path: file.to_string_lossy().into_owned(),
        language: catalogue.language(path),
        options,
    })
}

/// Positions in one text.
struct Places<'a> {
    text: &'a str,
    lines: LineIndex,
}

impl<'a> Places<'a> {
    fn new(text: &'a str) -> Self {
        Places { text, lines: LineIndex::new(text) }
    }

    /// Line and column from 1.
    fn at(&self, offset: u32) -> (u32, usize) {
        let at = self.lines.line_col(offset);
        let start = self.lines.line_range(at.line).map_or(0, |r| r.start);
        let end = start + at.col as usize - 1;
        let before = (0..=end).rev().find_map(|end| self.text.get(start..end)).unwrap_or("");
        (at.line, before.encode_utf16().count() + 1)
    }

    fn span(&self, span: Span) -> Value {
        let ((line, column), (end_line, end_column)) = (self.at(span.start), self.at(span.end));
        json!({ "line": line, "column": column, "endLine": end_line, "endColumn": end_column })
    }
}

/// Problems of a program, and whether it compiles.
pub fn check(engine: &Engine, catalogue: &Catalogue, path: &str) -> Option<Value> {
    let build = compiler(engine, catalogue, path, Level::O1)?.compile();
    let nanos = build.time.as_nanos() as u64;
    let (ok, list) = match &build.result {
        Ok(version) => (true, diagnostics(catalogue, &version.compilation)),
        Err(refusal) => (false, problems(catalogue, path, refusal)),
    };
    let files: Vec<String> = build.reads.files().map(|f| catalogue.shown(&f.to_string_lossy())).collect();
    Some(json!({ "ok": ok, "diagnostics": list, "nanos": nanos, "files": files }))
}

/// Why a program does not compile.
pub fn problems(catalogue: &Catalogue, path: &str, refusal: &Refusal) -> Value {
    match refusal {
        Refusal::Errors(_, compilation) => diagnostics(catalogue, compilation),
        other => json!([{
            "severity": "error", "code": "", "message": other.text(path, false).trim_end().trim_start_matches("error: "),
            "file": path, "excerpt": "",
        }]),
    }
}

fn diagnostics(catalogue: &Catalogue, compilation: &Compilation) -> Value {
    let shown = compilation.diagnostics.iter().take(MAX_DIAGNOSTICS);
    shown.map(|d| diagnostic(catalogue, d, &compilation.sources)).collect()
}

fn diagnostic(catalogue: &Catalogue, d: &Diagnostic, sources: &Sources) -> Value {
    let severity = match d.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    let file = sources.get(d.file);
    let places = Places::new(file.map_or("", |f| &f.text));
    let text = motet_source::render_text(std::slice::from_ref(d), sources, false);
    // The first line says what the other fields say.
    let excerpt = text.split_once('\n').map_or("", |(_, rest)| rest).trim_end();
    json!({
        "severity": severity,
        "code": d.code.as_str(),
        "message": d.message,
        "help": d.help,
        "file": file.map(|f| catalogue.shown(&f.name)),
        "at": places.span(d.span),
        "excerpt": excerpt,
    })
}

/// What a stage makes of a program; an object with `error` when it makes nothing of it.
pub fn view(engine: &Engine, catalogue: &Catalogue, path: &str, stage: &str, level: Level) -> Option<Value> {
    let mut compiler = compiler(engine, catalogue, path, level)?;
    if stage == "ast" {
        return Some(ast(catalogue, &compiler, path));
    }
    if stage == "ir" {
        compiler.options.level = Level::O0;
    }
    let version = match compiler.compile().result {
        Ok(version) => version,
        Err(refusal) => {
            return Some(
                json!({ "error": "the program does not compile", "diagnostics": problems(catalogue, path, &refusal) }),
            );
        }
    };
    let program = &version.program;
    let made = match stage {
        "ir" | "opt" => match program.ir() {
            Some(module) => Ok(text(motet_ir::print_module(module))),
            None => return Some(json!({ "error": "a compiled module has no core IR; it holds bytecode" })),
        },
        "bytecode" => bytecode(catalogue, program),
        _ => program.regcode_text(engine).map(text),
    };
    Some(made.unwrap_or_else(|e| json!({ "error": e.to_string() })))
}

fn text(mut text: String) -> Value {
    let cut = text.len() > MAX_TEXT;
    if cut {
        let end = (0..=MAX_TEXT).rev().find(|i| text.is_char_boundary(*i)).unwrap_or(0);
        text.truncate(end);
    }
    json!({ "text": text, "cut": cut })
}

fn ast(catalogue: &Catalogue, compiler: &Compiler, path: &str) -> Value {
    let Some(language) = compiler.language else {
        return json!({ "error": "a compiled module has no syntax tree; it holds bytecode" });
    };
    use motet::Loader as _;
    let source = match FileLoader::default().read(&compiler.path) {
        Ok(source) => source,
        Err(e) => return json!({ "error": format!("cannot read {path}: {e:?}") }),
    };
    match (language.frontend)().dump_ast(&compiler.path, &source, &compiler.options.frontend) {
        Ok(dump) => text(dump),
        Err(compilation) => {
            json!({ "error": "the program does not parse", "diagnostics": diagnostics(catalogue, &compilation) })
        }
    }
}

/// Instructions by function, each with its place in the source.
fn bytecode(catalogue: &Catalogue, program: &Program) -> Result<Value, Error> {
    let module = program.bytecode(true)?;
    let sources = module.debug.iter().flat_map(|d| &d.sources);
    let texts: Vec<Places<'_>> = sources.clone().map(|s| Places::new(s.text.as_deref().unwrap_or(""))).collect();
    let files: Vec<String> = sources.map(|s| catalogue.shown(&s.name)).collect();
    let mut left = MAX_TEXT;
    let mut functions = Vec::new();
    for index in 0..module.functions.len() {
        let function = function(&module, FuncIdx(index as u32), &texts, &mut left);
        if left == 0 {
            break;
        }
        functions.push(function);
    }
    let cut = functions.len() < module.functions.len();
    Ok(json!({ "files": files, "functions": functions, "cut": cut }))
}

fn function(module: &Module, index: FuncIdx, texts: &[Places<'_>], left: &mut usize) -> Value {
    let style = Style { source: false, ..Style::readable() };
    let listing = motet_bytecode::disassemble_function(module, index, &style);
    *left = left.saturating_sub(listing.len());
    let debug = module.function_debug(index);
    let source = debug.map(|d| d.source);
    let places = source.and_then(|s| texts.get(s as usize));
    let (head, code) = listing.split_once("\ncode\n").unwrap_or((&listing, ""));
    let rows = code.lines().take_while(|line| *line != "end").map(|line| {
        // Instructions begin with their offset, labels do not.
        let pc = line.split_whitespace().next().and_then(|word| word.parse::<u32>().ok());
        let span = pc.and_then(|pc| debug?.span_at(pc));
        let at = span.zip(places).map(|(s, places)| places.span(Span { start: s.start, end: s.end }));
        json!({ "text": line.trim_start(), "at": at })
    });
    let rows: Vec<Value> = rows.collect();
    let place = debug.zip(places).map(|(d, p)| p.span(Span { start: d.span.start, end: d.span.end }));
    let name = module.functions.get(index.index()).map_or("", |f| &f.name);
    json!({ "name": name, "head": head.lines().skip(1).map(str::trim).collect::<Vec<_>>(), "file": source, "at": place, "rows": rows })
}

/// A profile as the boxes of a flame graph: each with its caller's number, callers first.
pub fn flame(catalogue: &Catalogue, profile: &Profile) -> Value {
    let mut boxes: Vec<Value> = Vec::new();
    let mut totals: Vec<u64> = Vec::new();
    let mut own: Vec<u64> = Vec::new();
    let mut numbers = std::collections::BTreeMap::new();
    for sample in &profile.samples {
        let mut caller = None;
        for frame in &sample.stack {
            let Some(id) = profile.frames.get(*frame as usize).map(|f| f.function) else { continue };
            let number = match numbers.get(&(caller, id)) {
                Some(number) => *number,
                None if boxes.len() >= MAX_BOXES => break,
                None => {
                    let function = profile.functions.get(id as usize);
                    boxes.push(json!({
                        "name": function.map_or("?", |f| &f.name),
                        "file": function.map(|f| catalogue.shown(&f.file)),
                        "line": profile.frames.get(*frame as usize).map(|f| f.line),
                        "caller": caller,
                    }));
                    totals.push(0);
                    own.push(0);
                    numbers.insert((caller, id), boxes.len() - 1);
                    boxes.len() - 1
                }
            };
            totals[number] += sample.nanos;
            caller = Some(number);
        }
        if let Some(number) = caller {
            own[number] += sample.nanos;
        }
    }
    for ((entry, total), own) in boxes.iter_mut().zip(totals).zip(own) {
        entry["nanos"] = total.into();
        entry["own"] = own.into();
    }
    let lines = profile.self_times().into_iter().take(50).map(|(frame, nanos)| {
        let function = profile.function_of(frame);
        json!({
            "function": function.map(|f| &f.name),
            "file": function.map(|f| catalogue.shown(&f.file)),
            "line": profile.frames.get(frame as usize).map(|f| f.line),
            "nanos": nanos,
        })
    });
    let lines: Vec<Value> = lines.collect();
    json!({ "nanos": profile.total_nanos(), "boxes": boxes, "lines": lines, "cut": boxes.len() >= MAX_BOXES })
}

/// Figures about a run.
pub fn figures(stats: &Stats, compile: u64, run: u64) -> Value {
    let timings = stats.timings.as_ref();
    json!({
        "compileNanos": compile,
        "runNanos": run,
        "fuel": stats.fuel,
        "allocations": stats.allocations,
        "allocatedBytes": stats.allocated_bytes,
        "heapBytes": stats.heap_bytes,
        "peakHeapBytes": stats.peak_heap,
        "collections": stats.collections,
        "freed": stats.freed,
        "translated": stats.translated,
        "translationNanos": timings.map(|t| t.translation),
        "pauseNanos": timings.map(|t| t.pauses.iter().sum::<u64>()),
        "longestPauseNanos": timings.map(|t| t.pauses.iter().copied().max().unwrap_or(0)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_what_pages_count() {
        let places = Places::new("a\u{1f600}é!\nz");
        let check = |offset: u32, expected: (u32, usize)| assert_eq!(places.at(offset), expected, "{offset}");
        check(0, (1, 1));
        check(1, (1, 2));
        check(3, (1, 2));
        check(5, (1, 4));
        check(7, (1, 5));
        check(9, (2, 1));
        check(99, (2, 2));
    }
}
