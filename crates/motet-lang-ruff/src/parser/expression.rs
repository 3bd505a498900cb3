//! Expressions: precedence climbing over postfix chains.

use alloc::{boxed::Box, format, string::String, vec::Vec};

use motet_source::{Code, Span};

use super::{Failed, FuncContext, MAX_ELEMENTS, Parse, Parser};
use crate::{
    ast::{BinOp, Ctor, Entry, Expr, ExprKind, Func, Item, Piece, UnOp},
    symbol::{Sym, known},
    token::{Kw, Op, StrLit, StrPiece, Tok, Token},
};

/// Operator, binding strength, and the levels that it lowers to.
fn infix(op: Op) -> Option<(BinOp, u8, u16)> {
    Some(match op {
        Op::Pipe => (BinOp::Pipe, 1, 4),
        Op::Coalesce => (BinOp::Coalesce, 2, 3),
        Op::OrOr => (BinOp::Or, 3, 2),
        Op::AndAnd => (BinOp::And, 4, 2),
        Op::Eq => (BinOp::Eq, 5, 1),
        Op::Ne => (BinOp::Ne, 5, 1),
        Op::Lt => (BinOp::Lt, 6, 1),
        Op::Le => (BinOp::Le, 6, 1),
        Op::Gt => (BinOp::Gt, 6, 1),
        Op::Ge => (BinOp::Ge, 6, 1),
        Op::Plus => (BinOp::Add, 7, 1),
        Op::Minus => (BinOp::Sub, 7, 1),
        Op::Star => (BinOp::Mul, 8, 1),
        Op::Slash => (BinOp::Div, 8, 1),
        Op::Percent => (BinOp::Rem, 8, 1),
        _ => return None,
    })
}

fn tallest<'e>(exprs: impl Iterator<Item = &'e Expr>) -> u16 {
    exprs.map(|e| e.height).max().unwrap_or(0)
}

impl Parser<'_> {
    pub(super) fn expr(&mut self) -> Parse<Expr> {
        self.nested(|p| p.infix_expr(1))
    }

    fn infix_expr(&mut self, min: u8) -> Parse<Expr> {
        let start = self.span();
        let mut left = self.unary()?;
        loop {
            let Tok::Op(op) = self.tok() else { return Ok(left) };
            let Some((op, strength, weight)) = infix(op).filter(|i| i.1 >= min) else { return Ok(left) };
            self.advance();
            let right = self.infix_expr(strength + 1)?;
            let below = left.height.max(right.height);
            left = self.node(ExprKind::Binary(op, Box::new(left), Box::new(right)), start, below, weight)?;
        }
    }

    fn unary(&mut self) -> Parse<Expr> {
        let start = self.span();
        let op = match self.tok() {
            Tok::Op(Op::Minus) => UnOp::Neg,
            Tok::Op(Op::Not) => UnOp::Not,
            _ => return self.postfix(),
        };
        self.advance();
        let operand = self.nested(Self::unary)?;
        let below = operand.height;
        self.node(ExprKind::Unary(op, Box::new(operand)), start, below, 1)
    }

    pub(super) fn postfix(&mut self) -> Parse<Expr> {
        let start = self.span();
        let mut base = self.primary()?;
        loop {
            base = match self.tok() {
                Tok::Punct(b'(') => {
                    let args = self.args("function call arguments")?;
                    let below = base.height.max(tallest(args.iter().map(|a| &a.expr)));
                    self.node(ExprKind::Call(Box::new(base), args), start, below, 3)?
                }
                Tok::Op(Op::Dot) => {
                    self.advance();
                    let name = self.ident("Expected field or method name after '.'")?;
                    if self.at_punct(b'(') {
                        let args = self.args("method call arguments")?;
                        let below = base.height.max(tallest(args.iter().map(|a| &a.expr)));
                        self.node(ExprKind::Method(Box::new(base), name, args), start, below, 5)?
                    } else {
                        let below = base.height;
                        self.node(ExprKind::Field(Box::new(base), name), start, below, 2)?
                    }
                }
                Tok::Op(Op::OptDot) => {
                    self.advance();
                    let name = self.ident("Expected field name after '?.'")?;
                    let below = base.height;
                    self.node(ExprKind::OptField(Box::new(base), name), start, below, 4)?
                }
                Tok::Op(Op::Question) => {
                    self.advance();
                    let below = base.height;
                    self.node(ExprKind::Try(Box::new(base)), start, below, 5)?
                }
                Tok::Punct(b'[') => {
                    self.advance();
                    let index = self.bracketed(Self::expr)?;
                    self.expect(b']', "close", "index expression")?;
                    let below = base.height.max(index.height);
                    self.node(ExprKind::Index(Box::new(base), Box::new(index)), start, below, 2)?
                }
                Tok::Punct(b'{') => match base.kind {
                    ExprKind::Name(name) if name != known::SELF && self.at_struct_body() => {
                        self.struct_body(name, start)?
                    }
                    _ => return Ok(base),
                },
                _ => return Ok(base),
            };
        }
    }

    /// Whether the `{` after a bare name opens a struct literal.
    fn at_struct_body(&self) -> bool {
        match (self.tok_at(1), self.tok_at(2)) {
            (Tok::Ident(_), Tok::Punct(b':')) => true,
            // `name {}` before a block is an empty block itself, unless the expression goes on.
            (Tok::Punct(b'}'), next) if self.condition => match next {
                Tok::Punct(b'{') | Tok::Op(Op::Dot | Op::OptDot | Op::Question) => true,
                Tok::Op(op) => op != Op::Minus && infix(op).is_some(),
                _ => false,
            },
            (Tok::Punct(b'}'), _) => true,
            _ => false,
        }
    }

    fn struct_body(&mut self, name: Sym, start: Span) -> Parse<Expr> {
        self.advance();
        let mut fields = Vec::new();
        while !self.at_punct(b'}') {
            let field = self.ident("Expected field name in struct literal")?;
            if !self.eat_punct(b':') {
                return self.error_found("Expected ':' after field name in struct literal");
            }
            fields.push((field, self.bracketed(Self::expr)?));
            if !self.eat_punct(b',') {
                break;
            }
        }
        self.expect(b'}', "close", "struct literal")?;
        let below = tallest(fields.iter().map(|f| &f.1));
        self.node(ExprKind::Struct(name, fields), start, below, 3)
    }

    /// `( args )`.
    pub(super) fn args(&mut self, context: &str) -> Parse<Vec<Item>> {
        self.expect(b'(', "start", context)?;
        let mut args = Vec::new();
        while !self.at_punct(b')') {
            let spread = !self.core && self.eat_op(Op::Ellipsis);
            args.push(Item { expr: self.bracketed(Self::expr)?, spread });
            if !self.eat_punct(b',') {
                break;
            }
        }
        self.expect(b')', "close", context)?;
        Ok(args)
    }

    fn primary(&mut self) -> Parse<Expr> {
        let start = self.span();
        let kind = match self.tok() {
            Tok::Int(n) => ExprKind::Int(n),
            Tok::Float(x) => ExprKind::Float(x),
            Tok::Bool(b) => ExprKind::Bool(b),
            Tok::Keyword(Kw::Null) => ExprKind::Null,
            Tok::Keyword(Kw::SelfWord) => ExprKind::Name(known::SELF),
            Tok::Str(i) => return self.string(i, start),
            Tok::Ident(sym) => return self.name(sym, start),
            Tok::Punct(b'[') => return self.array(start),
            Tok::Punct(b'{') => return self.dict(start),
            Tok::Punct(b'(') => {
                self.advance();
                let inner = self.bracketed(Self::expr)?;
                self.expect(b')', "close", "parenthesized expression")?;
                return Ok(Expr { span: self.span_from(start), ..inner });
            }
            Tok::Keyword(Kw::Func | Kw::Async) => {
                let func = self.func_expr()?;
                return self.node(ExprKind::Func(Box::new(func)), start, 0, 2);
            }
            Tok::Keyword(Kw::Await) => {
                self.advance();
                if let Some(context) = self.functions.last_mut() {
                    context.awaits = true;
                }
                let operand = self.expr()?;
                let below = operand.height;
                return self.node(ExprKind::Await(Box::new(operand)), start, below, 1);
            }
            Tok::Keyword(Kw::Yield) => {
                self.advance();
                let operand = if self.starts_expr() { Some(Box::new(self.expr()?)) } else { None };
                let below = operand.as_ref().map_or(0, |o| o.height);
                return self.node(ExprKind::Yield(operand), start, below, 2);
            }
            _ => return self.error("Expected expression"),
        };
        self.advance();
        self.node(kind, start, 0, 1)
    }

    /// Whether the current token can begin an expression.
    fn starts_expr(&self) -> bool {
        match self.tok() {
            Tok::Int(_) | Tok::Float(_) | Tok::Bool(_) | Tok::Str(_) | Tok::Ident(_) => true,
            Tok::Punct(c) => matches!(c, b'(' | b'[' | b'{'),
            Tok::Op(op) => matches!(op, Op::Minus | Op::Not),
            Tok::Keyword(kw) => matches!(kw, Kw::Null | Kw::SelfWord | Kw::Func | Kw::Async | Kw::Await | Kw::Yield),
            Tok::Eof => false,
        }
    }

    fn name(&mut self, sym: Sym, start: Span) -> Parse<Expr> {
        self.advance();
        if self.at_op(Op::Path) {
            return self.tag(sym, start);
        }
        let ctor = match sym {
            known::OK => Ctor::Ok,
            known::ERR => Ctor::Err,
            known::SOME => Ctor::Some,
            known::NONE => return self.node(ExprKind::Ctor(Ctor::None, None), start, 0, 1),
            known::THROW if self.at_punct(b'(') => {
                let args = self.args("function call arguments")?;
                let below = tallest(args.iter().map(|a| &a.expr));
                return self.node(ExprKind::Throw(args), start, below, 2);
            }
            _ => return self.node(ExprKind::Name(sym), start, 0, 4),
        };
        self.payload(ctor, start)
    }

    /// The `(e)` after `Ok`, `Err` or `Some`.
    fn payload(&mut self, ctor: Ctor, start: Span) -> Parse<Expr> {
        if !self.eat_punct(b'(') {
            let message = format!("Expected '(' after '{}'", ctor.name());
            return self.error(message);
        }
        let value = self.bracketed(Self::expr)?;
        let context = format!("{} arguments", ctor.name());
        self.expect(b')', "close", &context)?;
        let below = value.height;
        self.node(ExprKind::Ctor(ctor, Some(Box::new(value))), start, below, 2)
    }

    fn tag(&mut self, family: Sym, start: Span) -> Parse<Expr> {
        self.advance();
        let variant = self.ident("Expected variant name after '::'")?;
        match (family, variant) {
            (known::RESULT, known::OK) => return self.payload(Ctor::Ok, start),
            (known::RESULT, known::ERR) => return self.payload(Ctor::Err, start),
            (known::OPTION, known::SOME) => return self.payload(Ctor::Some, start),
            (known::OPTION, known::NONE) => {
                if self.at_punct(b'(') && self.tok_at(1) == Tok::Punct(b')') {
                    self.advance();
                    self.advance();
                }
                return self.node(ExprKind::Ctor(Ctor::None, None), start, 0, 1);
            }
            _ => {}
        }
        let text = format!("{}::{}", self.names.text(family), self.names.text(variant));
        let args = if self.at_punct(b'(') { self.args("function call arguments")? } else { Vec::new() };
        let below = tallest(args.iter().map(|a| &a.expr));
        self.node(ExprKind::Tag(text, args), start, below, 2)
    }

    fn array(&mut self, start: Span) -> Parse<Expr> {
        self.advance();
        let mut items = Vec::new();
        while !self.at_punct(b']') {
            let spread = self.eat_op(Op::Ellipsis);
            items.push(Item { expr: self.bracketed(Self::expr)?, spread });
            if items.len() > MAX_ELEMENTS {
                return self.too_many(start, "Array");
            }
            if !self.eat_punct(b',') {
                break;
            }
        }
        self.expect(b']', "close", "array literal")?;
        let below = tallest(items.iter().map(|i| &i.expr));
        self.node(ExprKind::Array(items), start, below, 2)
    }

    fn dict(&mut self, start: Span) -> Parse<Expr> {
        self.advance();
        let mut entries = Vec::new();
        let mut below = 0;
        while !self.at_punct(b'}') {
            if self.eat_op(Op::Ellipsis) {
                let value = self.bracketed(Self::expr)?;
                below = value.height.max(below);
                entries.push(Entry::Spread(value));
            } else {
                let key = self.bracketed(Self::expr)?;
                if !self.eat_punct(b':') {
                    return self.error("Expected ':' in dictionary literal");
                }
                let value = self.bracketed(Self::expr)?;
                below = key.height.max(value.height).max(below);
                entries.push(Entry::Pair(key, value));
            }
            if entries.len() > MAX_ELEMENTS {
                return self.too_many(start, "Dictionary");
            }
            if !self.eat_punct(b',') {
                break;
            }
        }
        self.expect(b'}', "close", "dictionary literal")?;
        self.node(ExprKind::Dict(entries), start, below, 2)
    }

    fn too_many<T>(&mut self, start: Span, what: &str) -> Parse<T> {
        let message = format!("{what} literal exceeds maximum of {MAX_ELEMENTS} elements");
        self.error_at(Code::TooLarge, start, message)
    }

    fn func_expr(&mut self) -> Parse<Func> {
        let start = self.span();
        let is_async = self.eat_keyword(Kw::Async);
        if !self.eat_keyword(Kw::Func) {
            return self.error("Expected 'func' after 'async'");
        }
        let is_generator = self.eat_op(Op::Star);
        self.bracketed(|p| p.func_rest(start, None, is_async, is_generator))
    }

    /// Parameters and body.
    pub(super) fn func_rest(
        &mut self,
        start: Span,
        name: Option<Sym>,
        is_async: bool,
        is_generator: bool,
    ) -> Parse<Func> {
        self.expect(b'(', "start", "function parameter list")?;
        let mut params = Vec::new();
        while !self.at_punct(b')') {
            let span = self.span();
            let param = if self.at_keyword(Kw::SelfWord) && name.is_some() {
                self.advance();
                known::SELF
            } else {
                self.ident("Expected parameter name")?
            };
            self.optional_type()?;
            params.push((param, span));
            if !self.eat_punct(b',') {
                break;
            }
        }
        self.expect(b')', "close", "function parameter list")?;
        if self.eat_op(Op::Arrow) {
            self.type_name(false)?;
        }
        self.functions.push(FuncContext::default());
        let body = self.block("function body");
        let context = self.functions.pop().unwrap_or_default();
        let body = body?;
        let is_async = is_async || (context.awaits && !is_generator);
        Ok(Func { name, params, body, is_async, is_generator, span: self.span_from(start) })
    }

    fn string(&mut self, index: u32, start: Span) -> Parse<Expr> {
        let literal = self.strings.get_mut(index as usize).map(core::mem::take);
        match literal {
            Some(StrLit::Plain(text)) => {
                self.advance();
                self.node(ExprKind::Str(text), start, 0, 1)
            }
            Some(StrLit::Pieces(parts)) => {
                let mut pieces = Vec::with_capacity(parts.len());
                let mut below = 0;
                for part in parts {
                    pieces.push(match part {
                        StrPiece::Text(text) => Piece::Text(text),
                        StrPiece::Tokens(tokens) => {
                            let value = self.interpolated(tokens)?;
                            below = value.height.max(below);
                            Piece::Value(value)
                        }
                    });
                }
                self.advance();
                self.node(ExprKind::Interpolation(pieces), start, below, 1)
            }
            None => {
                self.advance();
                self.node(ExprKind::Str(String::new()), start, 0, 1)
            }
        }
    }

    /// Parses the tokens of one `${ … }`.
    fn interpolated(&mut self, tokens: Vec<Token>) -> Parse<Expr> {
        let outer = core::mem::replace(&mut self.tokens, tokens);
        let pos = core::mem::replace(&mut self.pos, 0);
        let result = self.bracketed(|p| {
            let value = p.expr()?;
            if p.tok() == Tok::Eof { Ok(value) } else { p.error("Invalid interpolated string expression") }
        });
        self.tokens = outer;
        self.pos = pos;
        result.map_err(|Failed| {
            self.advance();
            Failed
        })
    }
}

impl Default for StrLit {
    fn default() -> Self {
        StrLit::Plain(String::new())
    }
}
