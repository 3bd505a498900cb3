//! Modules as listings, made to be read: constants, then the code of each
//! function with numbered instructions, what their operands mean, and the lines
//! of the source that they come from.
//!
//! Invariants: never fails, whatever the module holds; no text of the module
//! can end a line or drive a terminal.

use alloc::{format, string::String, vec::Vec};
use core::fmt::Write as _;

use crate::disassemble::{Lines, clean, operand, quoted, resolve};
use crate::module::{Const, Function, FunctionDebug, FunctionKind, Module};
use crate::operand::OperandKind;
use crate::{FORMAT_VERSION, FuncIdx, Op, instructions};

/// Width of an instruction in front of a comment.
const COMMENT_COLUMN: usize = 20;
/// Most characters of a long table entry.
const MAX_ENTRY: usize = 120;

/// A listing of a module under a title, which is usually the name of its file. Instructions are numbered from 0 in each
/// function, and jumps name the numbers.
#[must_use]
pub fn listing(module: &Module, title: &str) -> String {
    let mut out = String::new();
    let _ = writeln!(out, "=== {} ===", clean(title));
    let _ = writeln!(out, "Version: {FORMAT_VERSION}");
    let constants = module.constants.iter().map(|entry| constant(module, entry));
    let _ = writeln!(out, "Constants: {}", module.constants.len());
    entries(&mut out, constants);
    let table = |out: &mut String, word: &str, names: Vec<String>| {
        if !names.is_empty() {
            let _ = writeln!(out, "{word}: {}", names.len());
            entries(out, names.into_iter());
        }
    };
    table(&mut out, "Globals", module.globals.iter().map(|g| clean(&g.name)).collect());
    table(&mut out, "Natives", module.natives.iter().map(|n| clean(&n.name)).collect());
    let class = |c: &crate::Class| {
        let fields: Vec<&str> = c.fields.iter().map(|f| f.name.as_str()).collect();
        clean(&format!("{} {{ {} }}", c.name, fields.join(", ")))
    };
    table(&mut out, "Classes", module.classes.iter().map(class).collect());
    let lines = Lines::of(module);
    for (i, function) in module.functions.iter().enumerate() {
        let names = module.function_debug(FuncIdx(i as u32));
        let is_init = module.init.index() == i;
        Listed { out: &mut out, module, function, names, lines: &lines, starts: Vec::new() }.write(i, is_init);
    }
    out
}

fn entries(out: &mut String, texts: impl Iterator<Item = String>) {
    for (i, text) in texts.enumerate() {
        let _ = writeln!(out, "  [{i}] {text}");
    }
}

fn constant(module: &Module, constant: &Const) -> String {
    match constant {
        Const::Nil => "Null".into(),
        Const::Bool(value) => format!("Boolean({value})"),
        Const::Int(value) => format!("Integer({value})"),
        Const::Float(value) => format!("Number({value})"),
        Const::Str(text) => format!("String({})", short(text)),
        Const::Func(func) => {
            let name = module.functions.get(func.index()).map_or("?", |f| &f.name);
            format!("Function({})", clean(name))
        }
        Const::Selector(text) => format!("Selector({})", short(text)),
    }
}

/// A text in quotes, not too long.
fn short(text: &str) -> String {
    match text.char_indices().nth(MAX_ENTRY) {
        Some((end, _)) => quoted(text.get(..end).unwrap_or(text)) + "…",
        None => quoted(text),
    }
}

/// One function.
struct Listed<'a> {
    out: &'a mut String,
    module: &'a Module,
    function: &'a Function,
    names: Option<&'a FunctionDebug>,
    lines: &'a [Lines<'a>],
    /// Offsets of the instructions, ascending, and of the end of the code.
    starts: Vec<u32>,
}

impl Listed<'_> {
    fn write(&mut self, index: usize, is_init: bool) {
        let f = self.function;
        self.starts = instructions(&f.code).map(|item| item.map_or_else(|e| e.0, |i| i.0)).collect();
        let count = self.starts.len();
        self.starts.push(f.code.len() as u32);
        self.out.push('\n');
        if !is_init {
            let kind = match f.kind {
                FunctionKind::Normal => "",
                FunctionKind::Generator => " generator",
                FunctionKind::Async => " async",
            };
            let _ = writeln!(self.out, "Function {index}:{kind} {}({})", clean(&f.name), self.parameters());
        }
        let _ = writeln!(self.out, "Code ({count} instruction{}):", if count == 1 { "" } else { "s" });
        self.code();
        for h in &f.handlers {
            let [start, end, handler] = [h.start, h.end, h.handler].map(|at| self.number(at));
            let _ = writeln!(self.out, "  errors from {start} up to {end} go on at {handler}");
        }
    }

    fn parameters(&self) -> String {
        let f = self.function;
        let optional = f.params.saturating_sub(f.optional);
        let name = |i: u16| {
            let name = self.names.and_then(|n| n.locals.get(usize::from(i))).filter(|n| !n.is_empty());
            name.map_or_else(|| format!("local {i}"), |name| clean(name)) + if i >= optional { "?" } else { "" }
        };
        (0..f.params).map(name).collect::<Vec<_>>().join(", ")
    }

    /// The number of the instruction at an offset.
    fn number(&self, at: u32) -> String {
        match self.starts.binary_search(&at) {
            Ok(number) => format!("{number}"),
            Err(_) => format!("byte {at}"),
        }
    }

    fn code(&mut self) {
        let f = self.function;
        let mut spans = self.names.map_or(&[][..], |n| &n.spans).iter().peekable();
        let mut shown = None;
        for (number, item) in instructions(&f.code).enumerate() {
            let at = item.map_or_else(|e| e.0, |i| i.0);
            let mut span = None;
            while let Some(entry) = spans.next_if(|s| s.pc <= at) {
                span = Some(entry.span);
            }
            // What the compiler adds by itself has an empty span.
            if let Some(span) = span.filter(|s| s.end > s.start) {
                self.source_line(span.start, &mut shown);
            }
            match item {
                Ok((_, op)) => self.instruction(number, op),
                Err(_) => {
                    let rest = f.code.len().saturating_sub(at as usize);
                    let _ = writeln!(self.out, "  {number:04}  {rest} bytes that are no instructions");
                }
            }
        }
    }

    /// The source line at an offset, unless it was the last one shown.
    fn source_line(&mut self, offset: u32, shown: &mut Option<usize>) {
        let Some(lines) = self.names.and_then(|n| self.lines.get(n.source as usize)) else { return };
        let Some((number, text)) = lines.line(offset) else { return };
        if *shown != Some(number) {
            *shown = Some(number);
            let _ = writeln!(self.out, "  # {}:{number} | {}", clean(&lines.source.name), clean(text.trim_start()));
        }
    }

    fn instruction(&mut self, number: usize, op: Op) {
        let row = op.info();
        let mut text = String::from(row.listed);
        let (raw, count) = op.raw();
        let mut comments: Vec<String> = Vec::new();
        for (i, ((_, kind, _), &bits)) in row.operands.iter().zip(raw.iter().take(count)).enumerate() {
            let operand = operand(*kind, bits, |at| self.number(at));
            let _ = write!(text, "{}{operand}", if i == 0 { " " } else { ", " });
            comments.extend(self.meaning(op, *kind, bits as usize));
        }
        let _ = write!(self.out, "  {number:04}  {text}");
        if !comments.is_empty() {
            let pad = COMMENT_COLUMN.saturating_sub(text.chars().count()).max(1);
            let _ = write!(self.out, "{:pad$}# {}", "", comments.join(", "));
        }
        self.out.push('\n');
    }

    /// What an operand refers to.
    fn meaning(&self, op: Op, kind: OperandKind, index: usize) -> Option<String> {
        match (kind, self.module.constants.get(index)) {
            (OperandKind::Const, Some(Const::Float(value))) => Some(format!("{value}")),
            (OperandKind::Const, Some(Const::Int(value))) => Some(format!("{value}")),
            (OperandKind::Const, Some(Const::Bool(value))) => Some(format!("{value}")),
            _ => resolve(self.module, self.names, op, kind, index).filter(|text| !text.is_empty()),
        }
    }
}
