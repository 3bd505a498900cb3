//! Assembly text → `Module`: the inverse of `disassemble`.
//!
//! Invariants: never panics; ignores comments; does not judge the module,
//! so that tests can write broken ones.

use alloc::{
    collections::BTreeMap,
    string::{String, ToString},
    vec::Vec,
};
use core::fmt;

use crate::module::{
    Class, ClassKind, Const, Debug, Field, Function, FunctionDebug, FunctionKind, Global, GlobalInit, Handler, Layout,
    LiveGlobal, Module, Native, PcSpan, Source, Span, TestEntry,
};
use crate::operand::{Imm, Kind, Operand, OperandKind};
use crate::ops::{MAX_OPERANDS, Op, by_mnemonic};
use crate::{ClassIdx, FuncIdx, NativeIdx, Type};

/// Why a text is not a module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AssembleError {
    /// Line, from 1.
    pub line: u32,
    /// What is wrong.
    pub message: &'static str,
}

impl fmt::Display for AssembleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.message)
    }
}

impl core::error::Error for AssembleError {}

type Parsed<T> = Result<T, &'static str>;

/// Reads a module from assembly text. Entries of each table must come in order, from 0.
///
/// # Errors
/// The first line that cannot be understood.
pub fn assemble(text: &str) -> Result<Module, AssembleError> {
    let mut assembler = Assembler::default();
    let mut last = 1;
    for (i, line) in text.lines().enumerate() {
        last = i as u32 + 1;
        assembler.line(line).map_err(|message| AssembleError { line: last, message })?;
    }
    if assembler.body.is_some() {
        return Err(AssembleError { line: last, message: "`end` is missing" });
    }
    Ok(assembler.module)
}

#[derive(Default)]
struct Assembler {
    module: Module,
    /// Handler lines of the function that is open.
    catches: Vec<Catch>,
    body: Option<Body>,
    /// What an indented line belongs to.
    owner: Owner,
}

#[derive(Default, Clone, Copy, PartialEq)]
enum Owner {
    #[default]
    Nothing,
    Class,
    Source,
    Function,
}

/// What a line in a function, before its code, may begin with.
const FUNCTION_WORDS: &[&str] = &[
    "language",
    "kind",
    "hidden",
    "optional",
    "params",
    "locals",
    "captures",
    "result",
    "stack",
    "from",
    "names",
    "capture_names",
    "catch",
    "code",
];

/// Code between `code` and `end`.
#[derive(Default)]
struct Body {
    labels: BTreeMap<String, u32>,
    fixups: Vec<(usize, String)>,
}

/// A handler line, before its labels are known.
struct Catch {
    labels: [String; 3],
    depth: u16,
}

impl Assembler {
    fn line(&mut self, line: &str) -> Parsed<()> {
        let tokens = tokenize(line)?;
        let mut t = Tokens { tokens: &tokens, at: 0 };
        if t.is_done() {
            return Ok(());
        }
        if self.body.is_some() {
            self.code_line(&mut t)?;
        } else {
            let word = t.word()?;
            match word {
                "field" | "method" => self.class_line(word, &mut t)?,
                "|" => self.source_line(&mut t)?,
                _ if self.owner == Owner::Function && FUNCTION_WORDS.contains(&word) => {
                    self.function_line(word, &mut t)?
                }
                _ => self.table_line(word, &mut t)?,
            }
        }
        if t.is_done() { Ok(()) } else { Err("something is left over at the end of the line") }
    }

    fn table_line(&mut self, word: &str, t: &mut Tokens<'_>) -> Parsed<()> {
        let m = &mut self.module;
        self.owner = Owner::Nothing;
        match word {
            "module" => m.name = t.text()?,
            "language" => push(&mut m.languages, t.number()?, t.text()?)?,
            "init" => m.init = FuncIdx(t.number()?),
            "main" => m.main = Some(FuncIdx(t.number()?)),
            "live" => push(&mut m.live, t.number()?, live(t)?)?,
            "test" => m.tests.push(TestEntry { name: t.text()?, func: FuncIdx(t.number()?) }),
            "const" => push(&mut m.constants, t.number()?, constant(t)?)?,
            "class" => {
                push(&mut m.classes, t.number()?, class(t)?)?;
                self.owner = Owner::Class;
            }
            "layout" => push(&mut m.layouts, t.number()?, layout(t)?)?,
            "native" => push(&mut m.natives, t.number()?, native(t)?)?,
            "global" => push(&mut m.globals, t.number()?, global(t)?)?,
            "debug" => m.debug = Some(Debug::default()),
            "source" => {
                let debug = m.debug.as_mut().ok_or("`debug` must come before `source`")?;
                let (index, name) = (t.number()?, t.text()?);
                let text = t.accept("text").then(String::new);
                push(&mut debug.sources, index, Source { name, text })?;
                self.owner = Owner::Source;
            }
            "function" => {
                push(&mut m.functions, t.number()?, Function { name: t.text()?, ..Function::default() })?;
                if let Some(debug) = &mut m.debug {
                    debug.functions.push(FunctionDebug::default());
                }
                self.owner = Owner::Function;
            }
            _ => return Err("an unknown word at the start of the line"),
        }
        Ok(())
    }

    fn class_line(&mut self, word: &str, t: &mut Tokens<'_>) -> Parsed<()> {
        let class = self.module.classes.last_mut().filter(|_| self.owner == Owner::Class).ok_or("no class is open")?;
        let name = t.text()?;
        if word == "field" {
            class.fields.push(Field { name, ty: ty(t.word()?)? });
        } else {
            class.methods.push((name, FuncIdx(t.number()?)));
        }
        Ok(())
    }

    fn source_line(&mut self, t: &mut Tokens<'_>) -> Parsed<()> {
        let source = self.module.debug.as_mut().and_then(|d| d.sources.last_mut());
        let text = source.and_then(|s| s.text.as_mut()).ok_or("no source text is open")?;
        text.push_str(&t.text()?);
        Ok(())
    }

    fn function_line(&mut self, word: &str, t: &mut Tokens<'_>) -> Parsed<()> {
        let names = self.module.debug.as_mut().and_then(|d| d.functions.last_mut());
        let f = self.module.functions.last_mut().ok_or("no function is open")?;
        match word {
            "language" => f.language = t.number()?,
            "kind" => {
                f.kind = match t.word()? {
                    "normal" => FunctionKind::Normal,
                    "generator" => FunctionKind::Generator,
                    "async" => FunctionKind::Async,
                    _ => return Err("an unknown kind of function"),
                }
            }
            "hidden" => f.hidden = true,
            "params" => f.params = t.number()?,
            "optional" => f.optional = t.number()?,
            "locals" => f.locals = types(t)?,
            "captures" => f.captures = types(t)?,
            "result" => f.result = ty(t.word()?)?,
            "stack" => f.max_stack = t.number()?,
            "from" => {
                let names = names.ok_or("`debug` is missing")?;
                names.source = t.number()?;
                names.span = span(t.word()?)?;
            }
            "names" => names.ok_or("`debug` is missing")?.locals = t.texts()?,
            "capture_names" => names.ok_or("`debug` is missing")?.captures = t.texts()?,
            "catch" => {
                let catch = catch(t)?;
                self.catches.push(catch);
            }
            _ => self.body = Some(Body::default()),
        }
        Ok(())
    }
}

impl Assembler {
    fn code_line(&mut self, t: &mut Tokens<'_>) -> Parsed<()> {
        let Some(body) = &mut self.body else { return Ok(()) };
        let Some(f) = self.module.functions.last_mut() else { return Err("no function is open") };
        let pc = f.code.len() as u32;
        let mut word = t.word()?;
        if word == "end" {
            return self.end();
        }
        if let Some(label) = word.strip_suffix(':') {
            let known = body.labels.insert(label.to_string(), pc).is_some();
            return if known { Err("a label that exists already") } else { Ok(()) };
        }
        if word.bytes().all(|b| b.is_ascii_digit()) {
            word = t.word()?;
        }
        if word == "byte" {
            f.code.push(t.number()?);
            return Ok(());
        }
        let row = by_mnemonic(word).ok_or("an unknown instruction")?;
        let mut raw = [0; MAX_OPERANDS];
        let mut at = f.code.len() + 1;
        for ((_, kind, size), bits) in row.operands.iter().zip(&mut raw) {
            *bits = match kind {
                OperandKind::Label => label(t.word()?, at, body)?,
                OperandKind::Kind => {
                    let word = t.word()?;
                    Kind::ALL.iter().find(|k| k.word() == word).ok_or("an unknown kind")?.to_raw()
                }
                OperandKind::Imm => Imm(t.number()?).to_raw(),
                OperandKind::Local
                | OperandKind::Capture
                | OperandKind::Const
                | OperandKind::Func
                | OperandKind::Global
                | OperandKind::Class
                | OperandKind::Layout
                | OperandKind::Native
                | OperandKind::Count
                | OperandKind::Slot => t.number()?,
            };
            at += size;
        }
        Op::from_raw(row.number, raw).ok_or("an operand that is out of range")?.encode(&mut f.code);
        if let Some(range) = t.accept_prefix('@') {
            let names = self.module.debug.as_mut().and_then(|d| d.functions.last_mut());
            names.ok_or("`debug` is missing")?.spans.push(PcSpan { pc, span: span(range)? });
        }
        Ok(())
    }

    /// Resolves the labels of a function.
    fn end(&mut self) -> Parsed<()> {
        let Some(body) = self.body.take() else { return Ok(()) };
        let Some(f) = self.module.functions.last_mut() else { return Ok(()) };
        self.owner = Owner::Nothing;
        for (at, name) in &body.fixups {
            let to = body.labels.get(name).ok_or("an unknown label")?;
            let bytes = f.code.get_mut(*at..at + 4).ok_or("an unknown label")?;
            bytes.copy_from_slice(&to.to_le_bytes());
        }
        for catch in self.catches.drain(..) {
            let mut at = [0; 3];
            for (slot, name) in at.iter_mut().zip(&catch.labels) {
                *slot = match name.strip_prefix('=') {
                    Some(number) => number.parse().map_err(|_| "a malformed offset")?,
                    None => *body.labels.get(name).ok_or("an unknown label")?,
                };
            }
            let [start, end, handler] = at;
            f.handlers.push(Handler { start, end, handler, depth: catch.depth });
        }
        Ok(())
    }
}

/// A label operand: `L1`, filled in later, or a number after `=`.
fn label(word: &str, at: usize, body: &mut Body) -> Parsed<u32> {
    match word.strip_prefix('=') {
        Some(number) => number.parse().map_err(|_| "a malformed offset"),
        None => {
            body.fixups.push((at, word.to_string()));
            Ok(0)
        }
    }
}

/// Adds an entry, whose stated position must be the next one.
fn push<T>(table: &mut Vec<T>, index: usize, entry: T) -> Parsed<()> {
    if index != table.len() {
        return Err("table entries must be numbered in order, from 0");
    }
    table.push(entry);
    Ok(())
}

fn constant(t: &mut Tokens<'_>) -> Parsed<Const> {
    Ok(match t.word()? {
        "nil" => Const::Nil,
        "bool" => Const::Bool(t.word()? == "true"),
        "int" => Const::Int(t.number()?),
        "float" => Const::Float(float(t.word()?)?),
        "str" => Const::Str(t.text()?),
        "func" => Const::Func(FuncIdx(t.number()?)),
        "selector" => Const::Selector(t.text()?),
        _ => return Err("an unknown sort of constant"),
    })
}

/// A decimal number, or the bits in hexadecimal.
fn float(word: &str) -> Parsed<f64> {
    let value = match word.strip_prefix("0x") {
        Some(bits) => u64::from_str_radix(bits, 16).ok().map(f64::from_bits),
        None => word.parse().ok(),
    };
    value.ok_or("a malformed float")
}

fn class(t: &mut Tokens<'_>) -> Parsed<Class> {
    let kind = match t.word()? {
        "struct" => ClassKind::Struct,
        "variant" => ClassKind::Variant,
        _ => return Err("an unknown kind of class"),
    };
    let name = t.text()?;
    t.expect("language")?;
    Ok(Class { name, language: t.number()?, kind, ..Class::default() })
}

fn layout(t: &mut Tokens<'_>) -> Parsed<Layout> {
    t.expect("class")?;
    Ok(Layout { class: ClassIdx(t.number()?), canonical: t.accept("canonical"), names: t.texts()? })
}

fn native(t: &mut Tokens<'_>) -> Parsed<Native> {
    let mut native = Native { name: t.text()?, result: ty(t.word()?)?, ..Native::default() };
    while !t.is_done() {
        match t.word()? {
            "pure" => native.effects.pure = true,
            "consumes_first" => native.effects.consumes_first = true,
            "retains" => native.effects.retains = true,
            _ => return Err("an unknown effect"),
        }
    }
    Ok(native)
}

fn live(t: &mut Tokens<'_>) -> Parsed<LiveGlobal> {
    let source = t.number()?;
    let initializer = if t.accept("initializer") { Some(FuncIdx(t.number()?)) } else { None };
    Ok(LiveGlobal { source, initializer })
}

fn global(t: &mut Tokens<'_>) -> Parsed<Global> {
    let (name, ty) = (t.text()?, ty(t.word()?)?);
    let init = match t.word()? {
        "unset" => GlobalInit::Unset,
        "nil" => GlobalInit::Nil,
        "func" => GlobalInit::Func(FuncIdx(t.number()?)),
        "native" => GlobalInit::Native(NativeIdx(t.number()?)),
        _ => return Err("an unknown initial value"),
    };
    Ok(Global { name, ty, init })
}

fn catch(t: &mut Tokens<'_>) -> Parsed<Catch> {
    let labels = [t.word()?.to_string(), t.word()?.to_string(), t.word()?.to_string()];
    t.expect("depth")?;
    Ok(Catch { labels, depth: t.number()? })
}

fn types(t: &mut Tokens<'_>) -> Parsed<Vec<Type>> {
    let mut types = Vec::new();
    while !t.is_done() {
        types.push(ty(t.word()?)?);
    }
    Ok(types)
}

fn ty(word: &str) -> Parsed<Type> {
    Ok(match word {
        "never" => Type::Never,
        "any" => Type::Any,
        "nil" => Type::Nil,
        "bool" => Type::Bool,
        "int" => Type::Int,
        "float" => Type::Float,
        "str" => Type::Str,
        "list" => Type::List,
        "map" => Type::Map,
        "func" => Type::Func,
        _ => {
            let class = word.strip_prefix("record:").and_then(|n| n.parse().ok());
            Type::Record(ClassIdx(class.ok_or("an unknown type")?))
        }
    })
}

/// `start..end`.
fn span(word: &str) -> Parsed<Span> {
    let (start, end) = word.split_once("..").ok_or("a malformed span")?;
    let number = |text: &str| text.parse().map_err(|_| "a malformed span");
    Ok(Span { start: number(start)?, end: number(end)? })
}

#[derive(Debug)]
enum Token<'a> {
    Word(&'a str),
    Text(String),
}

struct Tokens<'a> {
    tokens: &'a [Token<'a>],
    at: usize,
}

impl<'a> Tokens<'a> {
    fn is_done(&self) -> bool {
        self.at >= self.tokens.len()
    }

    fn word(&mut self) -> Parsed<&'a str> {
        match self.tokens.get(self.at) {
            Some(Token::Word(word)) => {
                self.at += 1;
                Ok(word)
            }
            _ => Err("a word is missing"),
        }
    }

    fn text(&mut self) -> Parsed<String> {
        match self.tokens.get(self.at) {
            Some(Token::Text(text)) => {
                self.at += 1;
                Ok(text.clone())
            }
            _ => Err("a quoted text is missing"),
        }
    }

    fn texts(&mut self) -> Parsed<Vec<String>> {
        let mut texts = Vec::new();
        while !self.is_done() {
            texts.push(self.text()?);
        }
        Ok(texts)
    }

    /// A number in decimal, or in hexadecimal after `0x`.
    fn number<T: TryFrom<i64>>(&mut self) -> Parsed<T> {
        let word = self.word()?;
        let number = match word.strip_prefix("0x") {
            Some(digits) => i64::from_str_radix(digits, 16),
            None => word.parse(),
        };
        T::try_from(number.map_err(|_| "a malformed number")?).map_err(|_| "a number that is out of range")
    }

    fn accept(&mut self, word: &str) -> bool {
        let found = matches!(self.tokens.get(self.at), Some(Token::Word(w)) if *w == word);
        self.at += usize::from(found);
        found
    }

    fn accept_prefix(&mut self, prefix: char) -> Option<&'a str> {
        let Some(Token::Word(word)) = self.tokens.get(self.at) else { return None };
        let rest = word.strip_prefix(prefix)?;
        self.at += 1;
        Some(rest)
    }

    fn expect(&mut self, word: &'static str) -> Parsed<()> {
        if self.accept(word) { Ok(()) } else { Err("a keyword is missing") }
    }
}

/// Words, and texts in quotes; commas count as blanks; `#` starts a comment.
fn tokenize(line: &str) -> Parsed<Vec<Token<'_>>> {
    let mut tokens = Vec::new();
    let mut rest = line;
    loop {
        rest = rest.trim_start_matches([' ', '\t', ',', '\r']);
        if rest.is_empty() || rest.starts_with('#') {
            return Ok(tokens);
        }
        if let Some(inner) = rest.strip_prefix('"') {
            let (text, after) = unquote(inner)?;
            tokens.push(Token::Text(text));
            rest = after;
        } else {
            let end = rest.find([' ', '\t', ',', '"', '\r']).unwrap_or(rest.len());
            let (word, after) = rest.split_at(end);
            tokens.push(Token::Word(word));
            rest = after;
        }
    }
}

/// The text up to the closing quote, and what follows it.
fn unquote(inner: &str) -> Parsed<(String, &str)> {
    let mut text = String::new();
    let mut chars = inner.char_indices();
    while let Some((i, c)) = chars.next() {
        match c {
            '"' => return Ok((text, inner.get(i + 1..).unwrap_or(""))),
            '\\' => match chars.next().map(|n| n.1) {
                Some('n') => text.push('\n'),
                Some('r') => text.push('\r'),
                Some('t') => text.push('\t'),
                Some(c @ ('"' | '\\')) => text.push(c),
                Some('u') => text.push(code_point(&mut chars)?),
                _ => return Err("an unknown escape"),
            },
            c => text.push(c),
        }
    }
    Err("a quoted text without its end")
}

/// `{hex}` after `\u`.
fn code_point(chars: &mut core::str::CharIndices<'_>) -> Parsed<char> {
    const BAD: &str = "a malformed escape";
    if chars.next().map(|n| n.1) != Some('{') {
        return Err(BAD);
    }
    let mut value = 0u32;
    for (_, c) in chars.by_ref().take(9) {
        match c.to_digit(16) {
            Some(digit) => value = value.checked_mul(16).and_then(|v| v.checked_add(digit)).ok_or(BAD)?,
            None if c == '}' => return char::from_u32(value).ok_or(BAD),
            None => return Err(BAD),
        }
    }
    Err(BAD)
}
