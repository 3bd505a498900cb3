//! Tokens → syntax tree: the parser's state, types and blocks. Declarations
//! are in `parser/decl.rs`, statements in `parser/stmt.rs`, expressions in
//! `parser/expr.rs`.
//!
//! Invariants: recursion is at most [`MAX_NESTING`] deep and trees at most
//! [`crate::ast::MAX_HEIGHT`] high. A breach of a rule about otherwise
//! readable text is noted and parsing goes on; an unreadable place ends its
//! declaration, and parsing goes on at the next one. At most
//! [`crate::lexer::MAX_ERRORS`] problems are kept. Every loop consumes tokens.

mod decl;
mod expr;
mod stmt;
#[cfg(test)]
mod tests;

use alloc::{boxed::Box, format, string::String, vec, vec::Vec};

use motet_source::{Code, Diagnostic, FileId, Span};

use crate::{
    ast::{Block, Ident, Mode, TypeArg, TypeRef, Unit},
    lexer::MAX_ERRORS,
    names::Names,
    token::{Tok, Token, Tokens},
};

/// Deepest nesting of brackets, blocks, prefix operators and types.
pub const MAX_NESTING: u32 = 200;

/// `Err` means: noted, and the present declaration cannot be read on.
type Parse<T> = Result<T, Unreadable>;

/// The problem has been noted.
struct Unreadable;

/// Parses a whole file.
///
/// # Errors
/// Everything that is wrong with its syntax; never empty.
pub fn parse(tokens: &Tokens, file: FileId, names: &mut Names) -> Result<Unit, Vec<Diagnostic>> {
    let mut parser = Parser { tokens, names, at: 0, file, depth: 0, errors: Vec::new(), marks: Vec::new() };
    let unit = parser.unit();
    if parser.errors.is_empty() { Ok(unit) } else { Err(parser.errors) }
}

/// What the grammar makes of each token; the union of the constants in [`mark`], by index of token.
///
/// # Errors
/// Everything that is wrong with the syntax; never empty.
pub fn marks(tokens: &Tokens, file: FileId, names: &mut Names) -> Result<Vec<u8>, Vec<Diagnostic>> {
    let marks = vec![0; tokens.tokens.len()];
    let mut parser = Parser { tokens, names, at: 0, file, depth: 0, errors: Vec::new(), marks };
    parser.unit();
    if parser.errors.is_empty() { Ok(parser.marks) } else { Err(parser.errors) }
}

/// What a token is to the grammar, where its kind does not tell.
pub mod mark {
    /// Begins a directive, a declaration, a statement or an arm of the statement `match`.
    pub const STMT: u8 = 1;
    /// Opens a list.
    pub const LIST: u8 = 2;
    /// Begins an item of a list.
    pub const ITEM: u8 = 4;
    /// A comma between items that nothing but the reader needs.
    pub const SEPARATOR: u8 = 8;
    /// An operator in front of its operand.
    pub const PREFIX: u8 = 16;
    /// A piece of a path: blanks around it mean something.
    pub const PATH: u8 = 32;
}

struct Parser<'a> {
    tokens: &'a Tokens,
    names: &'a mut Names,
    at: usize,
    file: FileId,
    depth: u32,
    errors: Vec<Diagnostic>,
    /// See [`marks`]; empty when nobody asks for them.
    marks: Vec<u8>,
}

impl Parser<'_> {
    fn token(&self) -> Token {
        self.ahead(0)
    }

    fn ahead(&self, n: usize) -> Token {
        let all = &self.tokens.tokens;
        let end = Token { tok: Tok::Eof, fresh_line: true, span: Span::default(), data: 0 };
        all.get(self.at + n).or_else(|| all.last()).copied().unwrap_or(end)
    }

    fn tok(&self) -> Tok {
        self.token().tok
    }

    fn next(&mut self) -> Token {
        let token = self.token();
        self.at += 1;
        token
    }

    fn accept(&mut self, tok: Tok) -> bool {
        let found = self.tok() == tok;
        self.at += usize::from(found);
        found
    }

    /// Marks the present token.
    fn mark(&mut self, mark: u8) {
        self.mark_at(self.at, mark);
    }

    fn mark_at(&mut self, at: usize, mark: u8) {
        if let Some(marks) = self.marks.get_mut(at) {
            *marks |= mark;
        }
    }

    /// Notes a problem; parsing goes on.
    #[cold]
    fn note(&mut self, code: Code, span: Span, message: impl Into<String>) {
        if self.errors.len() < MAX_ERRORS {
            self.errors.push(Diagnostic::error(code, self.file, span, message));
        }
    }

    #[cold]
    fn fail<T>(&mut self, code: Code, span: Span, message: impl Into<String>) -> Parse<T> {
        self.note(code, span, message);
        Err(Unreadable)
    }

    /// The problem is the present token.
    #[cold]
    fn unexpected<T>(&mut self, message: &str) -> Parse<T> {
        self.fail(Code::UnexpectedToken, self.token().span, message)
    }

    fn expect(&mut self, tok: Tok, message: &str) -> Parse<Token> {
        if self.tok() == tok { Ok(self.next()) } else { self.unexpected(message) }
    }

    /// A name that is declared or used here; `val` counts as one.
    fn ident(&mut self, message: &str) -> Parse<Ident> {
        let token = self.token();
        if let Some(name) = token.name() {
            self.at += 1;
            return Ok(Ident { name, span: token.span });
        }
        match token.tok.keyword_text() {
            Some("val") => Ok(self.any_word()),
            Some(word) => {
                let message = format!("'{word}' is a reserved keyword");
                self.fail(Code::UnexpectedToken, token.span, message)
            }
            None => self.unexpected(message),
        }
    }

    /// The present word, keyword or not, as a name.
    fn any_word(&mut self) -> Ident {
        let token = self.next();
        let name = match (token.name(), token.tok.keyword_text()) {
            (Some(name), _) => name,
            (None, word) => self.names.intern(word.unwrap_or("")),
        };
        Ident { name, span: token.span }
    }

    fn is_word(token: Token) -> bool {
        token.tok == Tok::Ident || token.tok.keyword_text().is_some()
    }

    /// Whether an identifier (or `val`) followed by a colon stands here.
    fn at_label(&self) -> bool {
        matches!(self.tok(), Tok::Ident | Tok::Val) && self.ahead(1).tok == Tok::Colon
    }

    fn nested<T>(&mut self, parse: impl FnOnce(&mut Self) -> Parse<T>) -> Parse<T> {
        if self.depth >= MAX_NESTING {
            return self.too_deep(self.token().span);
        }
        self.depth += 1;
        let result = parse(self);
        self.depth -= 1;
        result
    }

    #[cold]
    fn too_deep<T>(&mut self, span: Span) -> Parse<T> {
        self.fail(Code::TooDeep, span, "nesting is too deep")
    }

    /// Items up to `close`, which is consumed, with optional commas between them.
    fn list<T>(
        &mut self,
        close: Tok,
        context: &str,
        message: &str,
        mut item: impl FnMut(&mut Self, usize) -> Parse<T>,
    ) -> Parse<Vec<T>> {
        let mut items = Vec::new();
        self.mark_at(self.at.saturating_sub(1), mark::LIST);
        while self.tok() != close {
            if matches!(
                self.tok(),
                Tok::RParen | Tok::RBrace | Tok::RBracket | Tok::StringMid | Tok::StringEnd | Tok::Eof
            ) {
                return self.unexpected(message);
            }
            self.mark(mark::ITEM);
            items.push(item(self, items.len())?);
            if self.tok() == Tok::Comma {
                self.mark(mark::SEPARATOR);
                let comma = self.next();
                if self.tok() == close {
                    self.note(Code::UnexpectedToken, comma.span, format!("trailing comma not allowed in {context}"));
                }
            }
        }
        self.at += 1;
        Ok(items)
    }

    fn block(&mut self) -> Parse<Block> {
        let open = self.expect(Tok::LBrace, "expected '{' to start block")?.span;
        let stmts = self.nested(|p| {
            let mut stmts = Vec::new();
            while !matches!(p.tok(), Tok::RBrace | Tok::Eof) {
                p.mark(mark::STMT);
                stmts.push(p.statement()?);
            }
            Ok(stmts)
        })?;
        let close = self.expect(Tok::RBrace, "expected '}' to close block")?.span;
        Ok(Block { stmts, span: open.to(close) })
    }

    // ---- types

    fn type_ref(&mut self) -> Parse<TypeRef> {
        let start = self.token().span;
        let optional = self.accept(Tok::Opt);
        let mode = match self.tok() {
            Tok::View => Some(Mode::View),
            Tok::Mod => Some(Mode::Mod),
            Tok::Val => Some(Mode::Val),
            Tok::Own => Some(Mode::Own),
            Tok::Copy => Some(Mode::Copy),
            _ => None,
        };
        self.at += usize::from(mode.is_some());
        let name = self.type_name()?;
        let mut span = start.to(name.span);
        let mut args = Vec::new();
        if self.accept(Tok::LParen) {
            args = self.nested(|p| p.list(Tok::RParen, "argument list", "expected type", |p, _| p.type_arg()))?;
            span = span.to(self.previous_span());
        }
        Ok(TypeRef { optional, mode, name, args, span })
    }

    fn previous_span(&self) -> Span {
        self.at.checked_sub(1).and_then(|i| self.tokens.tokens.get(i)).map_or(Span::default(), |t| t.span)
    }

    /// An identifier and all further ones on its line.
    fn type_name(&mut self) -> Parse<Ident> {
        let Some(first) = self.token().name() else { return self.unexpected("expected type") };
        let mut ident = Ident { name: first, span: self.next().span };
        let mut text: Option<String> = None;
        while let Some(word) = self.token().name().filter(|_| !self.token().fresh_line) {
            let joined = text.get_or_insert_with(|| self.names.text(first).into());
            joined.push(' ');
            joined.push_str(self.names.text(word));
            ident.span = ident.span.to(self.next().span);
        }
        if let Some(text) = text {
            ident.name = self.names.intern(&text);
        }
        Ok(ident)
    }

    fn type_arg(&mut self) -> Parse<TypeArg> {
        let token = self.token();
        if self.at_label() {
            let name = self.ident("expected type")?;
            self.at += 1;
            return Ok(TypeArg::Value(name, Box::new(self.expr()?)));
        }
        if matches!(token.tok, Tok::Int | Tok::Float) {
            let message = "value generic arguments must be named (write 'cap: N', not a bare number)";
            return self.unexpected(message);
        }
        let ty = self.type_ref()?;
        if ty.is_reference() {
            let message = "references (view/mod) cannot be used as generic type arguments";
            self.note(Code::UnexpectedToken, token.span, message);
        }
        Ok(TypeArg::Type(ty))
    }
}
