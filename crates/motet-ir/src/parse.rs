//! The parser of the printed form; see `print.rs` for the grammar. `;` starts
//! a comment that ends with the line.
//!
//! Invariants: whatever [`crate::print_module_with`] writes is read back to an
//! equal module; nothing here checks more than the grammar, which is the
//! business of [`crate::check`]; nesting is limited to [`crate::MAX_DEPTH`]
//! and needs no native stack.

mod form;
mod lex;

use alloc::{
    format,
    string::{String, ToString},
    vec::Vec,
};
use core::fmt;

use motet_source::{FileId, Span};

use crate::{
    Capture, Class, ClassKind, Expr, ExprKind, Field, FuncIdx, Function, FunctionKind, Global, GlobalInit, LiveGlobal,
    Local, Module, Native, NativeEffects, NativeIdx, TestEntry, Type, build,
};
use lex::{Token, TokenKind};

/// Why a text is not a printed module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseError {
    /// Line, from 1.
    pub line: u32,
    /// What is wrong there.
    pub message: String,
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.message)
    }
}

impl core::error::Error for ParseError {}

type Parsed<T> = Result<T, ParseError>;

/// Reads a printed module back, in time linear in its length. Absent spans become `0-0`.
///
/// # Errors
/// The first departure from the grammar.
pub fn parse_module(text: &str) -> Result<Module, ParseError> {
    let tokens = lex::tokens(text)?;
    let mut parser = Parser { tokens: &tokens, at: 0 };
    let mut module = Module::default();
    parser.word("module")?;
    module.name = parser.string()?;
    while parser.at < tokens.len() {
        parser.declaration(&mut module)?;
    }
    Ok(module)
}

struct Parser<'a> {
    tokens: &'a [Token<'a>],
    at: usize,
}

impl<'a> Parser<'a> {
    fn fail<T>(&self, message: impl Into<String>) -> Parsed<T> {
        let token = self.tokens.get(self.at).or(self.tokens.last());
        Err(ParseError { line: token.map_or(1, |t| t.line), message: message.into() })
    }

    fn peek(&self) -> Option<&'a TokenKind<'a>> {
        self.tokens.get(self.at).map(|t| &t.kind)
    }

    /// Whether the next token is this word; takes it then.
    fn take_word(&mut self, want: &str) -> bool {
        let found = matches!(self.peek(), Some(TokenKind::Word(word)) if *word == want);
        self.at += usize::from(found);
        found
    }

    fn word(&mut self, want: &str) -> Parsed<()> {
        if self.take_word(want) { Ok(()) } else { self.fail(format!("expected `{want}`")) }
    }

    fn any_word(&mut self) -> Parsed<&'a str> {
        match self.peek() {
            Some(TokenKind::Word(word)) => {
                self.at += 1;
                Ok(word)
            }
            _ => self.fail("expected a word"),
        }
    }

    fn string(&mut self) -> Parsed<String> {
        match self.peek() {
            Some(TokenKind::Str(text)) => {
                self.at += 1;
                Ok(text.clone())
            }
            _ => self.fail("expected a string"),
        }
    }

    fn number(&mut self) -> Parsed<u32> {
        let word = self.any_word()?;
        word.parse().or_else(|_| self.fail("expected a number"))
    }

    fn ty(&mut self) -> Parsed<Type> {
        let word = self.any_word()?;
        form::type_of(word).map_or_else(|| self.fail(format!("`{word}` is no type")), Ok)
    }

    fn reference(&mut self, sigil: char) -> Parsed<u32> {
        let word = self.any_word()?;
        form::index_of(word, sigil).map_or_else(|| self.fail(format!("expected a name with `{sigil}`")), Ok)
    }

    /// The number of a declaration, which must be its position.
    fn position(&mut self, sigil: char, position: usize) -> Parsed<()> {
        match self.reference(sigil)? as usize == position {
            true => Ok(()),
            false => self.fail(format!("expected number {position}")),
        }
    }

    fn declaration(&mut self, module: &mut Module) -> Parsed<()> {
        match self.any_word()? {
            "language" => module.languages.push(self.string()?),
            "source" => {
                let name = self.string()?;
                let text = if let Some(TokenKind::Str(_)) = self.peek() { self.string()? } else { String::new() };
                module.sources.add(name, text);
            }
            "native" => self.native(module)?,
            "global" => self.global(module)?,
            "class" => self.class(module)?,
            "init" => module.init = FuncIdx(self.reference('&')?),
            "main" => module.main = Some(FuncIdx(self.reference('&')?)),
            "live" => self.live(module)?,
            "test" => module.tests.push(TestEntry { name: self.string()?, func: FuncIdx(self.reference('&')?) }),
            "function" => self.function(module)?,
            word => {
                self.at -= 1;
                return self.fail(format!("`{word}` starts no declaration"));
            }
        }
        Ok(())
    }

    fn native(&mut self, module: &mut Module) -> Parsed<()> {
        self.position('~', module.natives.len())?;
        let (name, result) = (self.string()?, self.ty()?);
        let mut effects = NativeEffects::default();
        loop {
            if self.take_word("pure") {
                effects.pure = true;
            } else if self.take_word("consumes") {
                effects.consumes_first = true;
            } else if self.take_word("retains") {
                effects.retains = true;
            } else if self.take_word("part") {
                effects.part = true;
            } else {
                break;
            }
        }
        module.natives.push(Native { name, result, effects });
        Ok(())
    }

    fn global(&mut self, module: &mut Module) -> Parsed<()> {
        self.position('#', module.globals.len())?;
        let (name, ty) = (self.string()?, self.ty()?);
        let word = self.any_word()?;
        let init = match word {
            "unset" => GlobalInit::Unset,
            "nil" => GlobalInit::Nil,
            _ => match (form::index_of(word, '&'), form::index_of(word, '~')) {
                (Some(f), _) => GlobalInit::Func(FuncIdx(f)),
                (_, Some(n)) => GlobalInit::Native(NativeIdx(n)),
                _ => return self.fail("expected unset, nil or a function"),
            },
        };
        module.globals.push(Global { name, ty, init });
        Ok(())
    }

    fn live(&mut self, module: &mut Module) -> Parsed<()> {
        self.position('#', module.live.len())?;
        if !self.take_word("source") {
            return self.fail("expected source");
        }
        let source = FileId(self.number()?);
        let initializer = match self.peek() {
            Some(TokenKind::Word(word)) if form::index_of(word, '&').is_some() => Some(FuncIdx(self.reference('&')?)),
            _ => None,
        };
        module.live.push(LiveGlobal { source, initializer });
        Ok(())
    }

    fn class(&mut self, module: &mut Module) -> Parsed<()> {
        self.position('*', module.classes.len())?;
        let name = self.string()?;
        let kind = match self.any_word()? {
            "struct" => ClassKind::Struct,
            "variant" => ClassKind::Variant,
            _ => return self.fail("expected struct or variant"),
        };
        let language = if self.take_word("language") { self.number()? } else { 0 };
        let (mut fields, mut methods) = (Vec::new(), Vec::new());
        while self.take_word("field") {
            fields.push(Field { name: self.string()?, ty: self.ty()? });
        }
        while self.take_word("method") {
            methods.push((self.string()?, FuncIdx(self.reference('&')?)));
        }
        module.classes.push(Class { name, language, kind, fields, methods });
        Ok(())
    }

    fn function(&mut self, module: &mut Module) -> Parsed<()> {
        self.position('&', module.functions.len())?;
        let name = self.string()?;
        let language = if self.take_word("language") { self.number()? } else { 0 };
        let source = FileId(if self.take_word("source") { self.number()? } else { 0 });
        let kind = if self.take_word("generator") {
            FunctionKind::Generator
        } else if self.take_word("async") {
            FunctionKind::Async
        } else {
            FunctionKind::Normal
        };
        let hidden = self.take_word("hidden");
        let result = self.ty()?;
        let span = self.span();
        let (mut locals, mut params, mut optional, mut captures) = (Vec::new(), 0, 0, Vec::new());
        loop {
            let may_be_left_out = self.take_word("optional");
            if may_be_left_out || self.take_word("param") {
                if params as usize != locals.len() {
                    return self.fail("a parameter after a local");
                }
                if optional > 0 && !may_be_left_out {
                    return self.fail("a parameter after an optional one");
                }
                params += 1;
                optional += u32::from(may_be_left_out);
            } else if !self.take_word("local") {
                break;
            }
            self.position('%', locals.len())?;
            locals.push(Local { name: self.string()?, ty: self.ty()? });
        }
        while self.take_word("capture") {
            self.position('^', captures.len())?;
            captures.push(Capture { name: self.string()?, ty: self.ty()? });
        }
        let body = self.expr()?;
        let function =
            Function { name, language, source, span, params, optional, locals, captures, result, kind, hidden, body };
        module.functions.push(function);
        Ok(())
    }

    fn span(&mut self) -> Span {
        match self.peek() {
            Some(TokenKind::Span(span)) => {
                self.at += 1;
                *span
            }
            _ => Span::default(),
        }
    }

    /// Type and span after an atom or an operator.
    fn suffix(&mut self) -> Parsed<(Option<Type>, Span)> {
        let ty = match self.peek() {
            Some(TokenKind::Colon) => {
                self.at += 1;
                Some(self.ty()?)
            }
            _ => None,
        };
        Ok((ty, self.span()))
    }

    /// One expression, with the forms that are not closed yet on an explicit stack.
    fn expr(&mut self) -> Parsed<Expr> {
        let mut open: Vec<form::Form<'a>> = Vec::new();
        loop {
            let Some(kind) = self.peek() else { return self.fail("the text ends in an expression") };
            let item = match kind {
                TokenKind::Open => {
                    self.at += 1;
                    let op = self.any_word()?;
                    let (ty, span) = self.suffix()?;
                    if open.len() >= crate::MAX_DEPTH {
                        return self.fail(format!("nested deeper than {}", crate::MAX_DEPTH));
                    }
                    open.push(form::Form { op, ty, span, items: Vec::new() });
                    continue;
                }
                TokenKind::Close => {
                    let Some(form) = open.pop() else { return self.fail("expected an expression") };
                    match form.build() {
                        Ok(expr) => {
                            self.at += 1;
                            form::Item::Expr(expr)
                        }
                        Err(message) => return self.fail(message),
                    }
                }
                TokenKind::Word(text) => {
                    self.at += 1;
                    let (ty, span) = self.suffix()?;
                    form::Item::Word { text, ty, span }
                }
                TokenKind::Str(text) => {
                    self.at += 1;
                    let (ty, span) = self.suffix()?;
                    let text = text.to_string();
                    form::Item::Expr(build::expr(ExprKind::Str(text), ty.unwrap_or(Type::Str), span))
                }
                TokenKind::Mark(mark) => {
                    self.at += 1;
                    form::Item::Mark(mark)
                }
                TokenKind::Colon | TokenKind::Span(_) => return self.fail("a type or span without its node"),
            };
            match open.last_mut() {
                Some(form) => form.items.push(item),
                None => return item.into_expr().or_else(|message| self.fail(message)),
            }
        }
    }
}
