//! Modules as text, made to be read; `assemble` reads it back.
//!
//! Invariants: never fails, whatever the module holds: what cannot be decoded
//! is printed as bytes. With [`Style::full`], assembling the text gives an
//! equal module again. Comments start with `#`.

use alloc::{format, string::String, vec::Vec};
use core::fmt::Write as _;

use crate::listing::listing;
use crate::module::{
    Class, ClassKind, Const, Debug, Function, FunctionDebug, FunctionKind, GlobalInit, Module, Source, Span,
};
use crate::operand::{Kind, Operand, OperandKind};
use crate::{FORMAT_VERSION, FuncIdx, Op, Type, instructions};

/// What the text shows beyond the instructions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style {
    /// A [`listing()`] instead of assembly text; the other choices do not matter then.
    pub listing: bool,
    /// Byte offsets in front of instructions.
    pub offsets: bool,
    /// Comments that resolve operands.
    pub comments: bool,
    /// Source lines between instructions, when the module holds them.
    pub source: bool,
    /// Everything of the debug section, so that it survives reading back.
    pub debug: bool,
}

impl Style {
    /// Everything; reads back to an equal module.
    #[must_use]
    pub const fn full() -> Self {
        Style { listing: false, offsets: true, comments: true, source: true, debug: true }
    }

    /// For people: no span tables and source texts.
    #[must_use]
    pub const fn readable() -> Self {
        Style { listing: false, offsets: true, comments: true, source: true, debug: false }
    }

    /// The layout of [`listing()`], which cannot be read back.
    #[must_use]
    pub const fn listing() -> Self {
        Style { listing: true, offsets: true, comments: true, source: true, debug: false }
    }

    /// Instructions and tables only.
    #[must_use]
    pub const fn plain() -> Self {
        Style { listing: false, offsets: false, comments: false, source: false, debug: false }
    }
}

impl Default for Style {
    fn default() -> Self {
        Style::readable()
    }
}

/// Column at which comments start.
const COMMENT_COLUMN: usize = 40;
/// Longest constant or source line shown in a comment, in characters.
const MAX_SHOWN: usize = 60;

/// The module as text: assembly, or a listing.
#[must_use]
pub fn disassemble(module: &Module, style: &Style) -> String {
    if style.listing {
        return listing(module, &module.name);
    }
    let mut out = String::new();
    if style.comments {
        let _ = writeln!(out, "# === {} ===", clean(&module.name));
        let code: usize = module.functions.iter().map(|f| f.code.len()).sum();
        let (functions, constants) = (module.functions.len(), module.constants.len());
        let _ = writeln!(
            out,
            "# format version {FORMAT_VERSION}, {functions} functions, {constants} constants, {code} bytes of code"
        );
    }
    tables(&mut out, module, style);
    let lines = if style.source { Lines::of(module) } else { Vec::new() };
    for (i, function) in module.functions.iter().enumerate() {
        let names = module.function_debug(FuncIdx(i as u32));
        out.push('\n');
        Printer { out: &mut out, module, function, names, style, lines: &lines, labels: Vec::new() }.function(i);
    }
    out
}

/// One function as assembly text, whatever the style; empty if there is no such function.
#[must_use]
pub fn disassemble_function(module: &Module, func: FuncIdx, style: &Style) -> String {
    let mut out = String::new();
    if let Some(function) = module.functions.get(func.index()) {
        let names = module.function_debug(func);
        let lines = if style.source { Lines::of(module) } else { Vec::new() };
        Printer { out: &mut out, module, function, names, style, lines: &lines, labels: Vec::new() }
            .function(func.index());
    }
    out
}

/// A text in quotes, with everything escaped that could drive a terminal or end a line.
pub(crate) fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if must_escape(c) => {
                let _ = write!(out, "\\u{{{:x}}}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// Control characters, and those that reorder or hide text.
fn must_escape(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// A text for a comment: one line, harmless, not too long.
pub(crate) fn clean(text: &str) -> String {
    let mut out: String = text.chars().take(MAX_SHOWN).map(|c| if must_escape(c) { '\u{fffd}' } else { c }).collect();
    if text.chars().nth(MAX_SHOWN).is_some() {
        out.push('…');
    }
    out
}

/// The word for a type.
pub(crate) fn type_word(ty: Type) -> String {
    match ty {
        Type::Never => "never".into(),
        Type::Any => "any".into(),
        Type::Nil => "nil".into(),
        Type::Bool => "bool".into(),
        Type::Int => "int".into(),
        Type::Float => "float".into(),
        Type::Str => "str".into(),
        Type::List => "list".into(),
        Type::Map => "map".into(),
        Type::Func => "func".into(),
        Type::Record(class) => format!("record:{}", class.0),
    }
}

fn types(types: &[Type]) -> String {
    types.iter().map(|ty| format!(" {}", type_word(*ty))).collect()
}

fn texts(texts: &[String]) -> String {
    texts.iter().map(|text| format!(" {}", quoted(text))).collect()
}

fn constant(constant: &Const) -> String {
    match constant {
        Const::Nil => "nil".into(),
        Const::Bool(value) => format!("bool {value}"),
        Const::Int(value) => format!("int {value}"),
        Const::Float(value) if value.is_finite() => format!("float {value:?}"),
        Const::Float(value) => format!("float 0x{:016x}", value.to_bits()),
        Const::Str(value) => format!("str {}", quoted(value)),
        Const::Func(func) => format!("func {}", func.0),
        Const::Selector(value) => format!("selector {}", quoted(value)),
    }
}

fn tables(out: &mut String, module: &Module, style: &Style) {
    let _ = writeln!(out, "module {}", quoted(&module.name));
    for (i, language) in module.languages.iter().enumerate() {
        let _ = writeln!(out, "language {i} {}", quoted(language));
    }
    let _ = writeln!(out, "init {}", module.init.0);
    if let Some(main) = module.main {
        let _ = writeln!(out, "main {}", main.0);
    }
    for test in &module.tests {
        let _ = writeln!(out, "test {} {}", quoted(&test.name), test.func.0);
    }
    for (i, entry) in module.constants.iter().enumerate() {
        let _ = writeln!(out, "const {i} {}", constant(entry));
    }
    for (i, entry) in module.classes.iter().enumerate() {
        class(out, i, entry);
    }
    for (i, layout) in module.layouts.iter().enumerate() {
        let canonical = if layout.canonical { " canonical" } else { "" };
        let _ = writeln!(out, "layout {i} class {}{canonical}{}", layout.class.0, texts(&layout.names));
    }
    for (i, native) in module.natives.iter().enumerate() {
        let e = native.effects;
        let words = [(e.pure, " pure"), (e.consumes_first, " consumes_first"), (e.retains, " retains")];
        let effects: String = words.iter().filter(|w| w.0).map(|w| w.1).collect();
        let _ = writeln!(out, "native {i} {} {}{effects}", quoted(&native.name), type_word(native.result));
    }
    for (i, global) in module.globals.iter().enumerate() {
        let init = match global.init {
            GlobalInit::Unset => "unset".into(),
            GlobalInit::Nil => "nil".into(),
            GlobalInit::Func(func) => format!("func {}", func.0),
            GlobalInit::Native(native) => format!("native {}", native.0),
        };
        let _ = writeln!(out, "global {i} {} {} {init}", quoted(&global.name), type_word(global.ty));
    }
    for (i, global) in module.live.iter().enumerate() {
        let initializer = global.initializer.map_or_else(String::new, |f| format!(" initializer {}", f.0));
        let _ = writeln!(out, "live {i} {}{initializer}", global.source);
    }
    if let Some(debug) = module.debug.as_ref().filter(|_| style.debug) {
        sources(out, debug);
    }
}

fn class(out: &mut String, index: usize, class: &Class) {
    let kind = match class.kind {
        ClassKind::Struct => "struct",
        ClassKind::Variant => "variant",
    };
    let _ = writeln!(out, "class {index} {kind} {} language {}", quoted(&class.name), class.language);
    for field in &class.fields {
        let _ = writeln!(out, "  field {} {}", quoted(&field.name), type_word(field.ty));
    }
    for (name, func) in &class.methods {
        let _ = writeln!(out, "  method {} {}", quoted(name), func.0);
    }
}

fn sources(out: &mut String, debug: &Debug) {
    out.push_str("debug\n");
    for (i, source) in debug.sources.iter().enumerate() {
        let with = if source.text.is_some() { " text" } else { "" };
        let _ = writeln!(out, "source {i} {}{with}", quoted(&source.name));
        for line in source.text.iter().flat_map(|text| text.split_inclusive('\n')) {
            let _ = writeln!(out, "  | {}", quoted(line));
        }
    }
}

/// Line starts of one source text.
pub(crate) struct Lines<'a> {
    pub source: &'a Source,
    starts: Vec<usize>,
}

impl<'a> Lines<'a> {
    /// Those of all sources.
    pub fn of(module: &'a Module) -> Vec<Self> {
        module.debug.iter().flat_map(|debug| &debug.sources).map(Lines::new).collect()
    }

    fn new(source: &'a Source) -> Self {
        let text = source.text.as_deref().unwrap_or("");
        let breaks = text.bytes().enumerate().filter(|(_, b)| *b == b'\n').map(|(i, _)| i + 1);
        Lines { source, starts: core::iter::once(0).chain(breaks).collect() }
    }

    /// Line number, from 1, and text of the line that holds an offset.
    pub fn line(&self, offset: u32) -> Option<(usize, &'a str)> {
        let text = self.source.text.as_deref()?;
        let line = self.starts.partition_point(|&s| s <= offset as usize);
        let start = *self.starts.get(line.checked_sub(1)?)?;
        let end = self.starts.get(line).copied().unwrap_or(text.len());
        Some((line, text.get(start..end)?.trim_end()))
    }
}

struct Printer<'a> {
    out: &'a mut String,
    module: &'a Module,
    function: &'a Function,
    names: Option<&'a FunctionDebug>,
    style: &'a Style,
    lines: &'a [Lines<'a>],
    /// Offsets that have a label, ascending.
    labels: Vec<u32>,
}

impl Printer<'_> {
    fn function(&mut self, index: usize) {
        let f = self.function;
        let _ = writeln!(self.out, "function {index} {}", quoted(&f.name));
        let _ = writeln!(self.out, "  language {}", f.language);
        match f.kind {
            FunctionKind::Normal => {}
            FunctionKind::Generator => self.out.push_str("  kind generator\n"),
            FunctionKind::Async => self.out.push_str("  kind async\n"),
        }
        if f.hidden {
            self.out.push_str("  hidden\n");
        }
        let _ = writeln!(self.out, "  params {}", f.params);
        if f.optional > 0 {
            let _ = writeln!(self.out, "  optional {}", f.optional);
        }
        let _ = writeln!(self.out, "  locals{}", types(&f.locals));
        if !f.captures.is_empty() {
            let _ = writeln!(self.out, "  captures{}", types(&f.captures));
        }
        let _ = writeln!(self.out, "  result {}", type_word(f.result));
        let _ = writeln!(self.out, "  stack {}", f.max_stack);
        if let Some(names) = self.names.filter(|_| self.style.debug) {
            let _ = writeln!(self.out, "  from {} {}..{}", names.source, names.span.start, names.span.end);
            let _ = writeln!(self.out, "  names{}", texts(&names.locals));
            let _ = writeln!(self.out, "  capture_names{}", texts(&names.captures));
        }
        self.find_labels();
        for h in &f.handlers {
            let (start, end, handler) = (self.label(h.start), self.label(h.end), self.label(h.handler));
            let _ = writeln!(self.out, "  catch {start} {end} {handler} depth {}", h.depth);
        }
        self.out.push_str("code\n");
        self.code();
        self.out.push_str("end\n");
    }

    /// Every offset that a branch or range names and that is the start of an instruction, or the end of the code.
    fn find_labels(&mut self) {
        let f = self.function;
        let ops = || instructions(&f.code).flatten();
        let mut wanted: Vec<u32> = ops().filter_map(|(_, op)| op.label()).map(|l| l.0).collect();
        wanted.extend(f.handlers.iter().flat_map(|h| [h.start, h.end, h.handler]));
        wanted.sort_unstable();
        wanted.dedup();
        let mut starts: Vec<u32> = instructions(&f.code).map(|item| item.map_or_else(|e| e.0, |i| i.0)).collect();
        starts.push(f.code.len() as u32);
        wanted.retain(|at| starts.binary_search(at).is_ok());
        self.labels = wanted;
    }

    fn label(&self, at: u32) -> String {
        match self.labels.binary_search(&at) {
            Ok(i) => format!("L{}", i + 1),
            Err(_) => format!("={at}"),
        }
    }

    fn code(&mut self) {
        let f = self.function;
        let mut spans = self.names.map_or(&[][..], |n| &n.spans).iter().peekable();
        let mut shown_line = None;
        let mut labels = 0;
        for item in instructions(&f.code) {
            let at = item.map_or_else(|e| e.0, |i| i.0);
            if self.labels.get(labels) == Some(&at) {
                labels += 1;
                let _ = writeln!(self.out, "L{labels}:");
            }
            let mut span = None;
            while let Some(entry) = spans.next_if(|s| s.pc <= at) {
                span = Some(entry.span);
            }
            if let Some(span) = span {
                self.source_line(span, &mut shown_line);
            }
            match item {
                Ok((_, op)) => self.instruction(at, op, span),
                Err((at, _)) => self.bytes(at),
            }
        }
        if self.labels.get(labels) == Some(&(f.code.len() as u32)) {
            let _ = writeln!(self.out, "L{}:", labels + 1);
        }
    }

    /// The source line of a span, as a comment, unless it was the last one shown.
    fn source_line(&mut self, span: Span, shown: &mut Option<usize>) {
        let Some(lines) = self.names.and_then(|n| self.lines.get(n.source as usize)) else { return };
        let Some((number, text)) = lines.line(span.start) else { return };
        if *shown != Some(number) {
            *shown = Some(number);
            let _ = writeln!(self.out, "  # {}:{number} | {}", clean(&lines.source.name), clean(text.trim_start()));
        }
    }

    fn bytes(&mut self, from: u32) {
        for byte in self.function.code.get(from as usize..).unwrap_or(&[]) {
            let _ = writeln!(self.out, "    byte 0x{byte:02x}");
        }
    }

    fn instruction(&mut self, at: u32, op: Op, span: Option<Span>) {
        let start = self.out.len();
        if self.style.offsets {
            let _ = write!(self.out, "  {at:04}  ");
        } else {
            self.out.push_str("  ");
        }
        let row = op.info();
        self.out.push_str(row.mnemonic);
        let (raw, count) = op.raw();
        for (i, ((_, kind, _), &bits)) in row.operands.iter().zip(raw.iter().take(count)).enumerate() {
            let text = operand(*kind, bits, |at| self.label(at));
            let _ = write!(self.out, "{}{text}", if i == 0 { " " } else { ", " });
        }
        if let Some(span) = span.filter(|_| self.style.debug) {
            let _ = write!(self.out, "  @{}..{}", span.start, span.end);
        }
        if self.style.comments {
            self.comment(op, start);
        }
        self.out.push('\n');
    }

    /// What the operands refer to.
    fn comment(&mut self, op: Op, line_start: usize) {
        let (raw, count) = op.raw();
        let operands = op.info().operands.iter().zip(raw.iter().take(count));
        let words: Vec<String> = operands
            .filter_map(|((_, kind, _), &bits)| resolve(self.module, self.names, op, *kind, bits as usize))
            .collect();
        if words.is_empty() {
            return;
        }
        let width = self.out.get(line_start..).map_or(0, |line| line.chars().count());
        let _ =
            write!(self.out, "{:pad$}# {}", "", words.join(", "), pad = COMMENT_COLUMN.saturating_sub(width).max(2));
    }
}

/// An operand in words; `label` says how a jump's target is written.
pub(crate) fn operand(kind: OperandKind, bits: u32, label: impl FnOnce(u32) -> String) -> String {
    match kind {
        OperandKind::Label => label(bits),
        OperandKind::Imm => format!("{}", bits as i32),
        OperandKind::Kind => Kind::from_raw(bits).map_or_else(String::new, |kind| kind.word().into()),
        OperandKind::Local
        | OperandKind::Capture
        | OperandKind::Const
        | OperandKind::Func
        | OperandKind::Global
        | OperandKind::Class
        | OperandKind::Layout
        | OperandKind::Native
        | OperandKind::Count
        | OperandKind::Slot => format!("{bits}"),
    }
}

/// What an operand refers to, in words.
pub(crate) fn resolve(
    module: &Module,
    names: Option<&FunctionDebug>,
    op: Op,
    kind: OperandKind,
    index: usize,
) -> Option<String> {
    let text = match kind {
        OperandKind::Local => names?.locals.get(index)?.clone(),
        OperandKind::Capture => names?.captures.get(index)?.clone(),
        OperandKind::Const => match module.constants.get(index)? {
            Const::Str(text) | Const::Selector(text) => return Some(clean(&quoted(text))),
            other => constant(other),
        },
        OperandKind::Func => module.functions.get(index)?.name.clone(),
        OperandKind::Global => module.globals.get(index)?.name.clone(),
        OperandKind::Class => module.classes.get(index)?.name.clone(),
        OperandKind::Layout => {
            let layout = module.layouts.get(index)?;
            let class = module.classes.get(layout.class.index())?;
            format!("{} {{ {} }}", class.name, layout.names.join(", "))
        }
        OperandKind::Native => module.natives.get(index)?.name.clone(),
        OperandKind::Slot => {
            let class = op.operand(OperandKind::Class)?;
            module.classes.get(class as usize)?.fields.get(index)?.name.clone()
        }
        OperandKind::Label | OperandKind::Count | OperandKind::Imm | OperandKind::Kind => return None,
    };
    Some(clean(&text))
}
