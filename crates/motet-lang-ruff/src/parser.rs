//! Tokens to syntax tree: the cursor, errors and recovery. The grammar is in
//! the submodules.
//!
//! Invariants: every loop consumes a token or leaves; recursion is bounded by
//! [`MAX_EXPR_NESTING`] and [`MAX_BLOCK_NESTING`]; errors carry `RUFPARSE001`
//! in [`Diagnostic::kind`], and the first one is the first problem in the text.

mod expression;
mod pattern;
mod statement;

use alloc::{
    format,
    string::{String, ToString},
    vec::Vec,
};

use motet_source::{Code, Diagnostic, FileId, Span};

use crate::{
    ast::{Block, Expr, ExprKind, Program},
    symbol::{Interner, NameSet, Sym},
    token::{Kw, Lexed, Op, StrLit, Tok, Token},
};

/// Deepest nesting of expressions.
pub const MAX_EXPR_NESTING: u32 = 256;
/// Deepest nesting of blocks.
pub const MAX_BLOCK_NESTING: u32 = 128;
/// Most elements of an array or dictionary literal.
pub const MAX_ELEMENTS: usize = 4_096;
/// Greatest [`Expr::height`].
pub const MAX_HEIGHT: u16 = 1_000;
/// Reported errors per file; the rest is dropped.
const MAX_ERRORS: usize = 50;

const HELP: &str = "Fix the parse error and rerun Ruff.";

/// An error that was already recorded; the parser looks for the next statement.
struct Failed;

type Parse<T> = Result<T, Failed>;

/// Parses one file. The tree is whole only if there are no diagnostics.
/// With `core`, Motet's extensions (argument spread, full patterns) are errors.
#[must_use]
pub fn parse(lexed: Lexed, file: FileId, names: &mut Interner, core: bool) -> (Program, Vec<Diagnostic>) {
    let mut parser = Parser {
        tokens: lexed.tokens,
        pos: 0,
        strings: lexed.strings,
        file,
        names,
        core,
        errors: Vec::new(),
        expr_depth: 0,
        block_depth: 0,
        functions: Vec::new(),
        condition: false,
        program: Program::default(),
    };
    let stmts = parser.statements(false);
    parser.program.stmts = stmts;
    (parser.program, parser.errors)
}

/// What is known of a function while its body is parsed.
#[derive(Default)]
struct FuncContext {
    awaits: bool,
}

struct Parser<'a> {
    tokens: Vec<Token>,
    pos: usize,
    strings: Vec<StrLit>,
    file: FileId,
    names: &'a mut Interner,
    core: bool,
    errors: Vec<Diagnostic>,
    expr_depth: u32,
    block_depth: u32,
    functions: Vec<FuncContext>,
    /// Inside the head of `if`, `while`, `for` or `match`, outside any bracket: `name { }` is a
    /// name and an empty block there.
    condition: bool,
    program: Program,
}

impl Parser<'_> {
    // ---- cursor

    fn tok(&self) -> Tok {
        self.tokens.get(self.pos).map_or(Tok::Eof, |t| t.tok)
    }

    fn tok_at(&self, ahead: usize) -> Tok {
        self.tokens.get(self.pos + ahead).map_or(Tok::Eof, |t| t.tok)
    }

    fn span(&self) -> Span {
        self.tokens.get(self.pos).or(self.tokens.last()).map_or(Span::default(), |t| t.span)
    }

    /// Span of the token before the current one.
    fn previous(&self) -> Span {
        self.pos.checked_sub(1).and_then(|i| self.tokens.get(i)).map_or(Span::default(), |t| t.span)
    }

    fn advance(&mut self) {
        if self.pos + 1 < self.tokens.len() {
            self.pos += 1;
        }
    }

    fn at_punct(&self, c: u8) -> bool {
        self.tok() == Tok::Punct(c)
    }

    fn at_op(&self, op: Op) -> bool {
        self.tok() == Tok::Op(op)
    }

    fn at_keyword(&self, kw: Kw) -> bool {
        self.tok() == Tok::Keyword(kw)
    }

    fn eat_punct(&mut self, c: u8) -> bool {
        let found = self.at_punct(c);
        if found {
            self.advance();
        }
        found
    }

    fn eat_op(&mut self, op: Op) -> bool {
        let found = self.at_op(op);
        if found {
            self.advance();
        }
        found
    }

    fn eat_keyword(&mut self, kw: Kw) -> bool {
        let found = self.at_keyword(kw);
        if found {
            self.advance();
        }
        found
    }

    fn at_assign(&self) -> bool {
        self.at_op(Op::Colonq) || self.at_op(Op::Assign)
    }

    fn span_from(&self, start: Span) -> Span {
        start.to(self.previous())
    }

    // ---- errors

    fn found(&self) -> String {
        self.tok().debug(self.names, &self.strings)
    }

    fn error_at<T>(&mut self, code: Code, span: Span, message: impl Into<String>) -> Parse<T> {
        if self.errors.len() < MAX_ERRORS {
            let d = Diagnostic::error(code, self.file, span, message);
            self.errors.push(d.with_kind("RUFPARSE001").with_help(HELP));
        }
        Err(Failed)
    }

    /// An error at the current token.
    fn error<T>(&mut self, message: impl Into<String>) -> Parse<T> {
        let span = self.span();
        self.error_at(Code::UnexpectedToken, span, message)
    }

    /// An error at the current token that also says what was found.
    fn error_found<T>(&mut self, expected: &str) -> Parse<T> {
        let message = format!("{expected} but found {}", self.found());
        self.error(message)
    }

    fn expect(&mut self, c: u8, role: &str, context: &str) -> Parse<()> {
        if self.eat_punct(c) {
            return Ok(());
        }
        let message = format!("Expected '{}' to {role} {context}", c as char);
        self.error_found(&message)
    }

    fn ident(&mut self, message: &str) -> Parse<Sym> {
        match self.tok() {
            Tok::Ident(sym) => {
                self.advance();
                Ok(sym)
            }
            _ => self.error(message),
        }
    }

    /// Skips to where a statement may begin.
    fn synchronise(&mut self) {
        loop {
            match self.tok() {
                Tok::Eof | Tok::Punct(b'}') => return,
                Tok::Punct(b';') => {
                    self.advance();
                    return;
                }
                Tok::Keyword(kw) if statement::starts_statement(kw) => return,
                _ => self.advance(),
            }
        }
    }

    // ---- statement lists

    /// Statements up to the end of the text, or up to `}` inside a block.
    fn statements(&mut self, in_block: bool) -> Vec<crate::ast::Stmt> {
        let mut stmts = Vec::new();
        loop {
            match self.tok() {
                Tok::Eof => return stmts,
                Tok::Punct(b';') => self.advance(),
                Tok::Punct(b'}') if in_block => return stmts,
                _ => {
                    let before = self.pos;
                    match self.statement() {
                        Ok(stmt) => stmts.push(stmt),
                        Err(Failed) => {
                            self.synchronise();
                            if self.pos == before || (!in_block && self.at_punct(b'}')) {
                                self.advance();
                            }
                        }
                    }
                }
            }
        }
    }

    fn block(&mut self, context: &str) -> Parse<Block> {
        let start = self.span();
        self.expect(b'{', "start", context)?;
        if self.block_depth >= MAX_BLOCK_NESTING {
            let message = format!("Block nesting exceeds maximum depth of {MAX_BLOCK_NESTING}");
            return self.error_at(Code::TooDeep, start, message);
        }
        self.block_depth += 1;
        let condition = core::mem::replace(&mut self.condition, false);
        let stmts = self.statements(true);
        self.condition = condition;
        self.block_depth -= 1;
        self.expect(b'}', "close", context)?;
        Ok(Block { stmts, span: self.span_from(start) })
    }

    // ---- nodes

    /// A node over parts of the given heights; `weight` bounds the levels that it lowers to.
    fn node(&mut self, kind: ExprKind, start: Span, below: u16, weight: u16) -> Parse<Expr> {
        let span = self.span_from(start);
        let height = below.saturating_add(weight);
        if height > MAX_HEIGHT {
            let message = format!("Expression exceeds maximum depth of {MAX_HEIGHT} operations");
            return self.error_at(Code::TooDeep, start, message);
        }
        Ok(Expr { kind, span, height })
    }

    /// Runs `parse` one expression level deeper.
    fn nested<T>(&mut self, parse: impl FnOnce(&mut Self) -> Parse<T>) -> Parse<T> {
        if self.expr_depth >= MAX_EXPR_NESTING {
            let span = self.span();
            let message = format!("Expression nesting exceeds maximum depth of {MAX_EXPR_NESTING}");
            return self.error_at(Code::TooDeep, span, message);
        }
        self.expr_depth += 1;
        let result = parse(self);
        self.expr_depth -= 1;
        result
    }

    /// Runs `parse` where struct literals are recognised again.
    fn bracketed<T>(&mut self, parse: impl FnOnce(&mut Self) -> Parse<T>) -> Parse<T> {
        let condition = core::mem::replace(&mut self.condition, false);
        let result = parse(self);
        self.condition = condition;
        result
    }

    fn plain_string(&mut self, message: &str) -> Parse<String> {
        let Tok::Str(i) = self.tok() else { return self.error(message) };
        let text = match self.strings.get_mut(i as usize) {
            Some(StrLit::Plain(text)) => core::mem::take(text),
            Some(StrLit::Pieces(_)) | None => return self.error(message),
        };
        self.advance();
        Ok(text)
    }

    fn name_text(&self, sym: Sym) -> String {
        self.names.text(sym).to_string()
    }

    /// Notes that a name is assigned without declaration.
    fn note_assigned(&mut self, sym: Sym) {
        if !self.functions.is_empty() {
            self.program.assigned_in_functions.insert(sym);
        }
    }
}

/// The first name of a list that repeats an earlier one.
pub(crate) fn repeated_name(names: &[(Sym, Span)]) -> Option<(Sym, Span)> {
    let mut seen = NameSet::default();
    names.iter().copied().find(|&(sym, _)| !seen.insert(sym))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{lexer, render_ruff};

    /// The first diagnostic as `line:column: message`, or `ok`.
    fn check(input: &str, core: bool, expected: &str) {
        let mut names = Interner::default();
        let mut sources = motet_source::Sources::default();
        let file = sources.add("t.ruff", input);
        let lexed = lexer::lex(input, file, &mut names);
        assert!(lexed.errors.is_empty(), "for {input:?}");
        let (_, errors) = parse(lexed, file, &mut names, core);
        let shown = errors.first().map_or("ok".to_string(), |d| {
            let text = render_ruff(d, &sources);
            let place = text.lines().nth(1).and_then(|l| l.split_once("t.ruff:")).map_or("", |p| p.1);
            format!("{place}: {}", d.message)
        });
        assert_eq!(shown, expected, "for {input:?}");
    }

    #[test]
    fn the_first_syntax_error_names_place_and_cause() {
        for (input, expected) in [
            ("print(1", "1:8: Expected ')' to close function call arguments but found Eof"),
            ("x.m(1", "1:6: Expected ')' to close method call arguments but found Eof"),
            ("a[1", "1:4: Expected ']' to close index expression but found Eof"),
            ("P { x: 1", "1:9: Expected '}' to close struct literal but found Eof"),
            ("func f( { }", "1:9: Expected parameter name"),
            ("func f() 5", "1:10: Expected '{' to start function body but found Int(5)"),
            ("if x { } else 5", "1:15: Expected '{' to start else block but found Int(5)"),
            ("for x in y 5", "1:12: Expected '{' to start for loop body but found Int(5)"),
            ("loop 5", "1:6: Expected '{' to start loop body but found Int(5)"),
            ("try 5", "1:5: Expected '{' to start try block but found Int(5)"),
            ("match x { case a: 5 }", "1:19: Expected '{' to start match case block but found Int(5)"),
            ("\"a${}b\"", "1:5: Expected expression"),
            ("\"a${1 2}b\"", "1:7: Invalid interpolated string expression"),
            ("let x: array := 1", "1:8: Expected type annotation but found Identifier(\"array\")"),
            ("else { }", "1:1: Invalid statement"),
            ("x := 1\ny := )", "2:6: Expected expression"),
            ("né := )", "1:7: Expected expression"),
        ] {
            check(input, false, expected);
        }
    }

    #[test]
    fn extensions_are_errors_in_the_core_language() {
        for (input, expected) in [
            ("f(...x)", "1:3: Expected expression"),
            ("match x { case 5: { } }", "1:16: Invalid statement"),
            ("match x { case Ok([a]): { } }", "1:16: Invalid statement"),
            ("match x { case a if b: { } }", "1:16: Invalid statement"),
            ("match x { case Ok(a): { } case N::T(b): { } case c: { } }", "ok"),
        ] {
            check(input, true, expected);
        }
    }

    #[test]
    fn liberal_forms_parse() {
        for input in [
            "if a { } else { }",
            "while go { }",
            "for x in xs { }",
            "match Color::Red { case Color::Red: { } }",
            "x := [a && b, N::T(1), c ?? d]",
            "f(...a, b, ...c,)",
            "if P {} == p { x := 1 }",
        ] {
            check(input, false, "ok");
        }
    }
}
