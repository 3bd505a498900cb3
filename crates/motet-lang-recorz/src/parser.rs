//! Recursive descent over tokens: expressions and methods of both surfaces, and classes of SOM (`parser/som.rs`).
//!
//! Invariants: the first error ends the parse; nesting and heights are bounded (see [`crate::ast`]), so neither this
//! parser nor later walkers recurse deeper than that.

mod literal;
mod som;

use alloc::{
    borrow::Cow,
    boxed::Box,
    format,
    string::{String, ToString},
    vec::Vec,
};

use motet_source::{Code, Diagnostic, FileId, Span};

pub use som::{SomClass, parse_class};

use crate::ast::{Block, Body, Expr, ExprKind, Ident, MAX_HEIGHT, MAX_NESTING, Message, Method, Statement};
use crate::lexer::{Kind, Surface, Token, lex};

type Parsed<T> = Result<T, Diagnostic>;

/// Names that cannot be assigned or declared.
pub const RESERVED: [&str; 6] = ["self", "super", "nil", "true", "false", "thisContext"];

/// A do-it: `text[from..to]`.
///
/// # Errors
/// The first thing that does not fit.
pub fn parse_do_it(text: &str, from: usize, to: usize, file: FileId) -> Parsed<Body<'_>> {
    let tokens = lex(text, from, to, file, Surface::Recorz)?;
    let mut parser = Parser::new(text, &tokens, file, Surface::Recorz);
    let body = parser.body(&Kind::Eof)?;
    parser.expect(&Kind::Eof)?;
    Ok(body)
}

/// A method with its message pattern: `text[from..to]`.
///
/// # Errors
/// The first thing that does not fit.
pub fn parse_method(text: &str, from: usize, to: usize, file: FileId) -> Parsed<Method<'_>> {
    let tokens = lex(text, from, to, file, Surface::Recorz)?;
    let mut parser = Parser::new(text, &tokens, file, Surface::Recorz);
    let (selector, params) = parser.pattern()?;
    let mut primitive = parser.pragmas()?;
    let mut temporaries = parser.temporaries(&params)?;
    primitive |= parser.pragmas()?;
    // Temporaries may stand on either side of the pragmas.
    if temporaries.is_empty() {
        temporaries = parser.temporaries(&params)?;
    }
    let statements = parser.statements(&Kind::Eof)?;
    parser.expect(&Kind::Eof)?;
    let body = Body { temporaries, statements };
    Ok(Method { selector, params, primitive, body, source: &text[from..to], span: Span::new(from, to) })
}

/// Where a parser is.
struct Parser<'t, 'a> {
    text: &'a str,
    tokens: &'t [Token<'a>],
    at: usize,
    file: FileId,
    surface: Surface,
    nesting: usize,
}

/// An expression and the height of its tree.
type Tall<'a> = (Expr<'a>, usize);

impl<'t, 'a> Parser<'t, 'a> {
    fn new(text: &'a str, tokens: &'t [Token<'a>], file: FileId, surface: Surface) -> Self {
        Self { text, tokens, at: 0, file, surface, nesting: 0 }
    }

    fn peek(&self) -> &'t Kind<'a> {
        &self.tokens[self.at.min(self.tokens.len() - 1)].kind
    }

    fn peek_at(&self, ahead: usize) -> &'t Kind<'a> {
        &self.tokens[(self.at + ahead).min(self.tokens.len() - 1)].kind
    }

    fn span(&self) -> Span {
        self.tokens[self.at.min(self.tokens.len() - 1)].span
    }

    /// End of the token before.
    fn end(&self) -> usize {
        self.tokens[self.at.saturating_sub(1)].span.end as usize
    }

    fn bump(&mut self) -> &'t Token<'a> {
        let token = &self.tokens[self.at.min(self.tokens.len() - 1)];
        self.at += 1;
        token
    }

    fn take(&mut self, kind: &Kind<'_>) -> bool {
        let found = self.peek() == kind;
        self.at += usize::from(found);
        found
    }

    fn fail<T>(&self, code: Code, span: Span, message: impl Into<String>) -> Parsed<T> {
        Err(Diagnostic::error(code, self.file, span, message))
    }

    fn expect(&mut self, kind: &Kind<'_>) -> Parsed<()> {
        if self.take(kind) {
            return Ok(());
        }
        if *kind == Kind::Eof {
            return self.unexpected();
        }
        let message = format!("Expected {}, found {}", kind.word(), self.peek().word());
        self.fail(Code::UnexpectedToken, self.span(), message)
    }

    fn unexpected<T>(&self) -> Parsed<T> {
        self.fail(Code::UnexpectedToken, self.span(), format!("Unexpected token {}", self.peek().word()))
    }

    fn ident(&mut self) -> Parsed<Ident<'a>> {
        match self.peek() {
            Kind::Ident(text) => {
                let span = self.bump().span;
                Ok(Ident { text, span })
            }
            other => self.fail(Code::UnexpectedToken, self.span(), format!("Expected IDENT, found {}", other.word())),
        }
    }

    /// A name that is declared here.
    fn declared(&mut self, others: &[Ident<'a>], more: &[Ident<'a>]) -> Parsed<Ident<'a>> {
        let name = self.ident()?;
        if self.is_reserved(name.text) {
            return self.fail(Code::InvalidTarget, name.span, format!("cannot assign to '{}'", name.text));
        }
        if others.iter().chain(more).any(|other| other.text == name.text) {
            return self.fail(Code::DuplicateName, name.span, format!("duplicate variable '{}'", name.text));
        }
        Ok(name)
    }

    fn is_reserved(&self, name: &str) -> bool {
        match self.surface {
            Surface::Recorz => RESERVED.contains(&name),
            Surface::Som => name == "self" || name == "super",
        }
    }

    /// Runs a parser one bracket deeper.
    fn nested<T>(&mut self, span: Span, parse: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        self.nesting += 1;
        if self.nesting > MAX_NESTING {
            return self.fail(Code::TooDeep, span, format!("brackets nested deeper than {MAX_NESTING}"));
        }
        let result = parse(self);
        self.nesting -= 1;
        result
    }

    fn grown(&self, height: usize, span: Span) -> Parsed<usize> {
        if height < MAX_HEIGHT {
            return Ok(height + 1);
        }
        self.fail(Code::TooDeep, span, format!("an expression of more than {MAX_HEIGHT} nested messages"))
    }

    // ---- methods

    fn pattern(&mut self) -> Parsed<(String, Vec<Ident<'a>>)> {
        match self.peek() {
            Kind::Ident(name) => {
                self.bump();
                Ok((name.to_string(), Vec::new()))
            }
            Kind::Binary(_) | Kind::Pipe => {
                let selector = self.operator_text();
                let param = self.declared(&[], &[])?;
                Ok((selector.to_string(), Vec::from([param])))
            }
            Kind::Keyword(_) => {
                let (mut selector, mut params) = (String::new(), Vec::new());
                while let Kind::Keyword(part) = self.peek() {
                    self.bump();
                    selector.push_str(part);
                    params.push(self.declared(&params, &[])?);
                }
                Ok((selector, params))
            }
            _ => self.unexpected(),
        }
    }

    /// The text of an operator token.
    fn operator_text(&mut self) -> &'a str {
        let span = self.bump().span;
        &self.text[span.start as usize..span.end as usize]
    }

    /// `<primitive: 1>` and its like; whether there was one.
    fn pragmas(&mut self) -> Parsed<bool> {
        let mut found = false;
        while *self.peek() == Kind::Binary("<") && matches!(self.peek_at(1), Kind::Keyword(_)) {
            self.bump();
            while let Kind::Keyword(_) = self.peek() {
                self.bump();
                match self.peek() {
                    Kind::Number(_) | Kind::Str(_) | Kind::Symbol(_) | Kind::Char(_) | Kind::Ident(_) => self.at += 1,
                    _ => return self.unexpected(),
                }
            }
            self.expect(&Kind::Binary(">"))?;
            found = true;
        }
        Ok(found)
    }

    // ---- statements

    fn temporaries(&mut self, outer: &[Ident<'a>]) -> Parsed<Vec<Ident<'a>>> {
        let mut names = Vec::new();
        if !self.take(&Kind::Pipe) {
            return Ok(names);
        }
        while let Kind::Ident(_) = self.peek() {
            names.push(self.declared(&names, outer)?);
        }
        self.expect(&Kind::Pipe)?;
        Ok(names)
    }

    /// Temporaries and statements up to `end`, which is left.
    fn body(&mut self, end: &Kind<'_>) -> Parsed<Body<'a>> {
        let temporaries = self.temporaries(&[])?;
        Ok(Body { temporaries, statements: self.statements(end)? })
    }

    fn statements(&mut self, end: &Kind<'_>) -> Parsed<Vec<Statement<'a>>> {
        let mut statements: Vec<Statement<'a>> = Vec::new();
        loop {
            let separators = self.at;
            while self.take(&Kind::Period) {}
            let separated = self.at > separators || statements.is_empty();
            if self.peek() == end || *self.peek() == Kind::Eof {
                return Ok(statements);
            }
            if !separated {
                return self.expect_end(end).map(|()| statements);
            }
            if self.surface == Surface::Som && statements.last().is_some_and(|s| s.returns) {
                return self.expect_end(end).map(|()| statements);
            }
            let returns = self.take(&Kind::Return);
            statements.push(Statement { returns, value: self.expression()?.0 });
        }
    }

    /// Fails: something stands where a body must end.
    fn expect_end(&mut self, end: &Kind<'_>) -> Parsed<()> {
        if self.surface == Surface::Som && *self.peek() == Kind::Semicolon {
            let message = "SOM has no cascades";
            let error = Diagnostic::error(Code::UnexpectedToken, self.file, self.span(), message);
            return Err(error.with_help("write the receiver again in front of each message"));
        }
        match end {
            Kind::Eof => self.unexpected(),
            _ => self.expect(end),
        }
    }

    // ---- expressions

    fn expression(&mut self) -> Parsed<Tall<'a>> {
        let mut targets = Vec::new();
        while let (Kind::Ident(name), Kind::Assign) = (self.peek(), self.peek_at(1)) {
            if self.is_reserved(name) {
                return self.fail(Code::InvalidTarget, self.span(), format!("cannot assign to '{name}'"));
            }
            targets.push(self.ident()?);
            self.bump();
        }
        let (mut value, mut height) = self.cascade()?;
        for target in targets.into_iter().rev() {
            let span = target.span.to(value.span);
            height = self.grown(height, span)?;
            value = Expr { kind: ExprKind::Assign(target, Box::new(value)), span };
        }
        Ok((value, height))
    }

    fn cascade(&mut self) -> Parsed<Tall<'a>> {
        let start = self.at;
        let (first, height) = self.primary()?;
        let (first, height) = self.messages(first, height)?;
        if self.surface == Surface::Som || *self.peek() != Kind::Semicolon {
            return self.not_super(first, height, start);
        }
        let Expr { kind: ExprKind::Send(receiver, message), span } = first else {
            return self.fail(Code::UnexpectedToken, self.span(), "Expected cascade message");
        };
        let (mut parts, mut tallest) = (Vec::from([message]), height);
        while self.take(&Kind::Semicolon) {
            let (message, height) = match self.peek() {
                Kind::Ident(_) => self.unary_message(),
                Kind::Binary(_) | Kind::Pipe => self.binary_message()?,
                Kind::Keyword(_) => self.keyword_message()?,
                _ => return self.fail(Code::UnexpectedToken, self.span(), "Expected cascade message"),
            };
            tallest = tallest.max(height + 1);
            parts.push(message);
        }
        let span = Span::new(span.start as usize, self.end());
        Ok((Expr { kind: ExprKind::Cascade(receiver, parts), span }, self.grown(tallest, span)?))
    }

    /// `super` alone is no value.
    fn not_super(&self, value: Expr<'a>, height: usize, start: usize) -> Parsed<Tall<'a>> {
        if self.surface == Surface::Recorz && value.kind == ExprKind::Name("super") && self.at == start + 1 {
            let message = "super may only be used as a message receiver";
            return self.fail(Code::UnexpectedToken, value.span, message);
        }
        Ok((value, height))
    }

    /// Unary, then binary, then keyword messages to a receiver.
    fn messages(&mut self, receiver: Expr<'a>, height: usize) -> Parsed<Tall<'a>> {
        let (receiver, height) = self.unaries(receiver, height)?;
        let (receiver, height) = self.binaries(receiver, height)?;
        match self.peek() {
            Kind::Keyword(_) => {
                let (message, tallest) = self.keyword_message()?;
                self.send(receiver, message, height.max(tallest))
            }
            _ => Ok((receiver, height)),
        }
    }

    fn send(&self, receiver: Expr<'a>, message: Message<'a>, height: usize) -> Parsed<Tall<'a>> {
        let span = receiver.span.to(message.span);
        let height = self.grown(height, span)?;
        Ok((Expr { kind: ExprKind::Send(Box::new(receiver), message), span }, height))
    }

    fn unaries(&mut self, receiver: Expr<'a>, height: usize) -> Parsed<Tall<'a>> {
        let (mut receiver, mut height) = (receiver, height);
        while let Kind::Ident(_) = self.peek() {
            let (message, _) = self.unary_message();
            (receiver, height) = self.send(receiver, message, height)?;
        }
        Ok((receiver, height))
    }

    fn binaries(&mut self, receiver: Expr<'a>, height: usize) -> Parsed<Tall<'a>> {
        let (mut receiver, mut height) = (receiver, height);
        while let Kind::Binary(_) | Kind::Pipe = self.peek() {
            let (message, tallest) = self.binary_message()?;
            (receiver, height) = self.send(receiver, message, height.max(tallest))?;
        }
        Ok((receiver, height))
    }

    fn unary_message(&mut self) -> (Message<'a>, usize) {
        let token = self.bump();
        let selector = Cow::Borrowed(&self.text[token.span.start as usize..token.span.end as usize]);
        (Message { selector, args: Vec::new(), span: token.span }, 0)
    }

    fn binary_message(&mut self) -> Parsed<(Message<'a>, usize)> {
        let start = self.span();
        let selector = self.operator_text();
        let from = self.at;
        let (operand, height) = self.primary()?;
        let (operand, height) = self.unaries(operand, height)?;
        let (operand, height) = self.not_super(operand, height, from)?;
        let span = start.to(operand.span);
        Ok((Message { selector: Cow::Borrowed(selector), args: Vec::from([operand]), span }, height))
    }

    fn keyword_message(&mut self) -> Parsed<(Message<'a>, usize)> {
        let start = self.span();
        let (mut selector, mut args, mut tallest) = (Cow::Borrowed(""), Vec::new(), 0);
        while let Kind::Keyword(part) = self.peek() {
            self.bump();
            if selector.is_empty() {
                selector = Cow::Borrowed(*part);
            } else {
                selector.to_mut().push_str(part);
            }
            let from = self.at;
            let (operand, height) = self.primary()?;
            let (operand, height) = self.unaries(operand, height)?;
            let (operand, height) = self.binaries(operand, height)?;
            let (operand, height) = self.not_super(operand, height, from)?;
            tallest = tallest.max(height);
            args.push(operand);
        }
        let span = Span::new(start.start as usize, self.end());
        Ok((Message { selector, args, span }, tallest))
    }

    fn primary(&mut self) -> Parsed<Tall<'a>> {
        let span = self.span();
        let leaf = |kind| Ok((Expr { kind, span }, 1));
        match self.peek() {
            Kind::Ident(name) => {
                self.bump();
                leaf(ExprKind::Name(name))
            }
            Kind::LeftParen => self.nested(span, |parser| {
                parser.bump();
                let (value, height) = parser.expression()?;
                parser.expect(&Kind::RightParen)?;
                let span = Span::new(span.start as usize, parser.end());
                Ok((Expr { span, ..value }, parser.grown(height, span)?))
            }),
            Kind::LeftBracket => self.nested(span, Self::block),
            Kind::LeftBrace => self.nested(span, Self::brace),
            _ => match self.literal()? {
                Some(literal) => {
                    let span = Span::new(span.start as usize, self.end());
                    Ok((Expr { kind: ExprKind::Literal(literal), span }, 1))
                }
                None => self.unexpected(),
            },
        }
    }

    fn block(&mut self) -> Parsed<Tall<'a>> {
        let start = self.bump().span;
        let mut params = Vec::new();
        while self.take(&Kind::Colon) {
            params.push(self.declared(&params, &[])?);
        }
        if !params.is_empty() && *self.peek() != Kind::RightBracket {
            self.expect(&Kind::Pipe)?;
        }
        if self.surface == Surface::Som && params.len() > 2 {
            return self.fail(Code::UnexpectedToken, params[2].span, "a block takes at most two arguments");
        }
        let temporaries = self.temporaries(&params)?;
        let statements = self.statements(&Kind::RightBracket)?;
        self.expect(&Kind::RightBracket)?;
        let span = Span::new(start.start as usize, self.end());
        // Walkers of blocks start anew, but nest as deep as blocks do.
        let block = Block { params, body: Body { temporaries, statements } };
        Ok((Expr { kind: ExprKind::Block(block), span }, 1))
    }

    fn brace(&mut self) -> Parsed<Tall<'a>> {
        let start = self.bump().span;
        let (mut items, mut tallest) = (Vec::new(), 0);
        while *self.peek() != Kind::RightBrace {
            let (item, height) = self.expression()?;
            tallest = tallest.max(height);
            items.push(item);
            if !self.take(&Kind::Period) {
                break;
            }
        }
        self.expect(&Kind::RightBrace)?;
        let span = Span::new(start.start as usize, self.end());
        Ok((Expr { kind: ExprKind::Brace(items), span }, self.grown(tallest, span)?))
    }
}
