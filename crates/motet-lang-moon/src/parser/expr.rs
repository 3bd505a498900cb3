//! Expressions, by precedence climbing.

use alloc::{boxed::Box, vec::Vec};

use motet_source::Span;

use super::{Parse, Parser};
use crate::{
    ast::{BinOp, Block, Expr, ExprKind, Ident, If, Key, MAX_HEIGHT, Sequence, Stmt, StructLit, UnOp},
    lexer::Tok,
    names::Name,
};

/// Binding strength of an infix operator, loosest 1.
fn infix(tok: Tok) -> Option<(BinOp, u8)> {
    Some(match tok {
        Tok::OrOr => (BinOp::Or, 1),
        Tok::AndAnd => (BinOp::And, 2),
        Tok::EqEq => (BinOp::Eq, 3),
        Tok::NotEq => (BinOp::Ne, 3),
        Tok::Less => (BinOp::Lt, 4),
        Tok::LessEq => (BinOp::Le, 4),
        Tok::Greater => (BinOp::Gt, 4),
        Tok::GreaterEq => (BinOp::Ge, 4),
        Tok::Plus => (BinOp::Add, 5),
        Tok::Minus => (BinOp::Sub, 5),
        Tok::Star => (BinOp::Mul, 6),
        Tok::Slash => (BinOp::Div, 6),
        Tok::Percent => (BinOp::Mod, 6),
        _ => return None,
    })
}

impl Parser<'_> {
    pub(super) fn expr(&mut self) -> Parse<Expr> {
        self.nested(|p| {
            let left = p.unary()?;
            p.infix_from(left, 1)
        })
    }

    /// An expression at the start of a statement: an `if` chain without a last `else` ends there.
    pub(super) fn statement_expr(&mut self) -> Parse<Expr> {
        if self.core || self.tok() != Tok::If {
            return self.expr();
        }
        self.nested(|p| {
            let chain = p.if_expr()?;
            if lacks_else(&chain) {
                return Ok(chain);
            }
            let left = p.postfix_from(chain)?;
            p.infix_from(left, 1)
        })
    }

    fn infix_from(&mut self, mut left: Expr, least: u8) -> Parse<Expr> {
        while let Some((op, strength)) = infix(self.tok()).filter(|&(_, s)| s >= least) {
            self.at += 1;
            let operand = self.unary()?;
            // At most five levels of strength remain, so this recursion is bounded.
            let right = self.infix_from(operand, strength + 1)?;
            let span = left.span.to(right.span);
            let below = left.height.max(right.height);
            left = self.node(ExprKind::Binary(op, Box::new(left), Box::new(right)), span, below, 1)?;
        }
        Ok(left)
    }

    /// A node over parts of height at most `below`.
    fn node(&self, kind: ExprKind, span: Span, below: u16, weight: u16) -> Parse<Expr> {
        let height = below + weight;
        if height > MAX_HEIGHT { self.too_deep(span) } else { Ok(Expr { kind, span, height }) }
    }

    fn unary(&mut self) -> Parse<Expr> {
        let token = self.token();
        let op = match token.tok {
            Tok::Minus => UnOp::Neg,
            Tok::Bang => UnOp::Not,
            _ => {
                let primary = self.primary()?;
                return self.postfix_from(primary);
            }
        };
        self.at += 1;
        let operand = self.nested(Self::unary)?;
        let (span, below) = (token.span.to(operand.span), operand.height);
        self.node(ExprKind::Unary(op, Box::new(operand)), span, below, 3)
    }

    fn postfix_from(&mut self, mut base: Expr) -> Parse<Expr> {
        loop {
            match self.tok() {
                Tok::LParen => {
                    self.at += 1;
                    let (args, close) = self.exprs(Tok::RParen, "expected ')'")?;
                    let span = base.span.to(close);
                    let below = tallest(&args).max(base.height);
                    base = self.node(ExprKind::Call(Box::new(base), args), span, below, 3)?;
                }
                Tok::LBracket => {
                    self.at += 1;
                    let index = self.expr()?;
                    let span = base.span.to(self.expect(Tok::RBracket, "expected ']'")?.span);
                    let below = index.height.max(base.height);
                    base = self.node(ExprKind::Index(Box::new(base), Box::new(index)), span, below, 3)?;
                }
                Tok::Dot => {
                    self.at += 1;
                    let field = self.ident("expected field name after '.'")?;
                    let span = base.span.to(field.span);
                    if let (Tok::Hash, ExprKind::Ident(name)) = (self.tok(), &base.kind) {
                        let module = Ident { name: *name, span: base.span };
                        base = self.struct_literal(Some(module), field, span)?;
                        continue;
                    }
                    let below = base.height;
                    base = self.node(ExprKind::Field(Box::new(base), field), span, below, 3)?;
                }
                _ => return Ok(base),
            }
        }
    }

    /// Expressions separated by commas, up to and with `close`.
    fn exprs(&mut self, close: Tok, message: &str) -> Parse<(Vec<Expr>, Span)> {
        let mut list = Vec::new();
        while self.tok() != close {
            list.push(self.expr()?);
            if !self.accept(Tok::Comma) {
                break;
            }
        }
        let end = self.expect(close, message)?.span;
        Ok((list, end))
    }

    fn primary(&mut self) -> Parse<Expr> {
        let token = self.token();
        let index = token.data as usize;
        let kind = match token.tok {
            Tok::Int => ExprKind::Int(self.tokens.ints.get(index).copied().unwrap_or(0)),
            Tok::Float => ExprKind::Float(self.tokens.floats.get(index).copied().unwrap_or(0.0)),
            Tok::Str => ExprKind::Str(token.data),
            Tok::True => ExprKind::Bool(true),
            Tok::False => ExprKind::Bool(false),
            Tok::Ident if self.is_keyword(Name(token.data)) => {
                return self.unexpected("unexpected token in expression");
            }
            Tok::Ident => {
                self.at += 1;
                let name = Ident { name: Name(token.data), span: token.span };
                if !self.core && self.tok() == Tok::Hash {
                    return self.struct_literal(None, name, token.span);
                }
                return Ok(Expr { kind: ExprKind::Ident(name.name), span: token.span, height: 1 });
            }
            Tok::LParen => {
                self.at += 1;
                let inner = self.expr()?;
                let span = token.span.to(self.expect(Tok::RParen, "expected ')'")?.span);
                let below = inner.height;
                return self.node(ExprKind::Group(Box::new(inner)), span, below, 3);
            }
            Tok::LBrace => return self.block_expr(),
            Tok::If => return self.if_expr(),
            Tok::Fn => {
                self.at += 1;
                let lambda = self.signature_and_body(token.span, "expected '(' after 'fn'")?;
                let (span, below) = (lambda.span, block_height(&lambda.body));
                return self.node(ExprKind::Lambda(Box::new(lambda)), span, below, 3);
            }
            Tok::LBracket => {
                self.at += 1;
                let (elements, close) = self.exprs(Tok::RBracket, "expected ']'")?;
                let below = tallest(&elements);
                return self.node(ExprKind::Array(elements), token.span.to(close), below, 3);
            }
            Tok::Hash => return self.object(),
            _ => return self.unexpected("unexpected token in expression"),
        };
        self.at += 1;
        Ok(Expr { kind, span: token.span, height: 1 })
    }

    fn block_expr(&mut self) -> Parse<Expr> {
        let block = self.block()?;
        let (span, below) = (block.span, block_height(&block));
        self.node(ExprKind::Block(Box::new(block)), span, below, 3)
    }

    /// An `if` chain, without recursion over its links.
    fn if_expr(&mut self) -> Parse<Expr> {
        let mut links: Vec<(Span, Expr, Block)> = Vec::new();
        let mut last = None;
        loop {
            let start = self.next().span;
            let cond = self.expr()?;
            let then = self.block()?;
            links.push((start, cond, then));
            if self.tok() != Tok::Else {
                if self.core {
                    return self.unexpected("expected 'else'");
                }
                break;
            }
            self.at += 1;
            match self.tok() {
                Tok::If => {}
                Tok::LBrace => {
                    last = Some(self.block_expr()?);
                    break;
                }
                _ => return self.unexpected("expected 'if' or '{' after 'else'"),
            }
        }
        let mut innermost = true;
        while let Some((start, cond, then)) = links.pop() {
            let end = last.as_ref().map_or(then.span, |e: &Expr| e.span);
            let own = cond.height.max(block_height(&then)).saturating_add(2);
            let below = last.as_ref().map_or(0, |e: &Expr| e.height).max(own);
            let link = If { cond, then, otherwise: last.take() };
            let weight = if innermost { 3 } else { 1 };
            innermost = false;
            last = Some(self.node(ExprKind::If(Box::new(link)), start.to(end), below, weight)?);
        }
        match last {
            Some(chain) => Ok(chain),
            None => self.unexpected("unexpected token in expression"),
        }
    }

    fn object(&mut self) -> Parse<Expr> {
        let start = self.next().span;
        self.expect(Tok::LBrace, "expected '{' after '#'")?;
        let mut entries = Vec::new();
        let mut below = 0;
        while self.tok() != Tok::RBrace {
            let token = self.token();
            let key = match token.tok {
                Tok::Ident => Key::Ident(Name(token.data)),
                Tok::Str => Key::Str(token.data),
                _ => return self.unexpected("expected object key (identifier or string)"),
            };
            self.at += 1;
            self.expect(Tok::Colon, "expected ':' after key")?;
            let value = self.expr()?;
            below = below.max(value.height);
            entries.push((key, token.span, value));
            if !self.accept(Tok::Comma) {
                break;
            }
        }
        let close = self.expect(Tok::RBrace, "expected '}'")?.span;
        self.node(ExprKind::Object(entries), start.to(close), below, 3)
    }

    /// From the `#` on.
    fn struct_literal(&mut self, module: Option<Ident>, name: Ident, start: Span) -> Parse<Expr> {
        self.at += 1;
        self.expect(Tok::LBrace, "expected '{' after '#'")?;
        let mut fields = Vec::new();
        let mut below = 0;
        while self.tok() != Tok::RBrace {
            let field = self.ident("expected field name")?;
            self.expect(Tok::Colon, "expected ':' after field name")?;
            let value = self.expr()?;
            below = below.max(value.height);
            fields.push((field, value));
            if !self.accept(Tok::Comma) {
                break;
            }
        }
        let close = self.expect(Tok::RBrace, "expected '}'")?.span;
        let literal = StructLit { module, name, fields };
        self.node(ExprKind::StructLit(Box::new(literal)), start.to(close), below, 3)
    }
}

fn tallest(exprs: &[Expr]) -> u16 {
    exprs.iter().map(|e| e.height).max().unwrap_or(0)
}

fn lacks_else(chain: &Expr) -> bool {
    let mut e = chain;
    while let ExprKind::If(link) = &e.kind {
        match &link.otherwise {
            Some(next) => e = next,
            None => return true,
        }
    }
    false
}

fn block_height(block: &Block) -> u16 {
    sequence_height(&block.body)
}

/// Height of the tallest expression in a sequence; loop bodies count as nested blocks.
fn sequence_height(seq: &Sequence) -> u16 {
    let tail = seq.tail.as_ref().map_or(0, |e| e.height);
    seq.stmts.iter().map(stmt_height).max().unwrap_or(0).max(tail)
}

fn stmt_height(stmt: &Stmt) -> u16 {
    match stmt {
        Stmt::Let { value, .. } | Stmt::Expr { value, .. } => value.height,
        Stmt::Assign { target, value, .. } => target.height.max(value.height),
        Stmt::Return { value, .. } => value.as_ref().map_or(0, |e| e.height),
        Stmt::While { cond, body, .. } => cond.height.max(block_height(body)).saturating_add(3),
        Stmt::For(f) => {
            let to = f.to.as_ref().map_or(0, |t| t.0.height);
            f.source.height.max(to).max(block_height(&f.body)).saturating_add(3)
        }
        Stmt::Fn(_) | Stmt::Break(_) | Stmt::Continue(_) | Stmt::Struct(_) | Stmt::Import(_) => 0,
    }
}
