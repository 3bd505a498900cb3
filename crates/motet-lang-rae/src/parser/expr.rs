//! Expressions, by precedence climbing.

use alloc::{boxed::Box, format, vec::Vec};

use motet_source::{Code, Span};

use super::{Parse, Parser, mark};
use crate::{
    ast::{Arg, BinOp, Expr, ExprKind, Ident, LiteralBody, MAX_HEIGHT, MatchExpr, Piece, TypeRef, UnOp},
    names::Name,
    token::{Tok, Token},
};

/// Binding strength of the bit operators, which do not mix.
const BITS: u8 = 7;

/// Binding strength of an infix operator, loosest 1.
fn infix(tok: Tok) -> Option<(BinOp, u8)> {
    Some(match tok {
        Tok::Or => (BinOp::Or, 1),
        Tok::And => (BinOp::And, 2),
        Tok::Is => (BinOp::Is, 3),
        Tok::Less => (BinOp::Lt, 4),
        Tok::Greater => (BinOp::Gt, 4),
        Tok::LessEq => (BinOp::Le, 4),
        Tok::GreaterEq => (BinOp::Ge, 4),
        Tok::Plus => (BinOp::Add, 5),
        Tok::Minus => (BinOp::Sub, 5),
        Tok::Star => (BinOp::Mul, 6),
        Tok::Slash => (BinOp::Div, 6),
        Tok::Percent => (BinOp::Rem, 6),
        Tok::BitAnd => (BinOp::BitAnd, BITS),
        Tok::BitOr => (BinOp::BitOr, BITS),
        Tok::BitXor => (BinOp::BitXor, BITS),
        Tok::Shl => (BinOp::Shl, BITS),
        Tok::Shr => (BinOp::Shr, BITS),
        _ => return None,
    })
}

fn prefix(tok: Tok) -> Option<UnOp> {
    Some(match tok {
        Tok::Minus => UnOp::Neg,
        Tok::Not => UnOp::Not,
        Tok::BitNot => UnOp::BitNot,
        Tok::Spawn => UnOp::Spawn,
        Tok::View => UnOp::View,
        Tok::Mod => UnOp::Mod,
        Tok::Own => UnOp::Own,
        Tok::Inc => UnOp::Inc,
        Tok::Dec => UnOp::Dec,
        _ => return None,
    })
}

impl Parser<'_> {
    pub(super) fn expr(&mut self) -> Parse<Expr> {
        self.nested(|p| {
            let left = p.cast()?;
            p.infix_from(left, 1)
        })
    }

    fn infix_from(&mut self, mut left: Expr, least: u8) -> Parse<Expr> {
        let mut bits: Option<BinOp> = None;
        while let Some((mut op, strength)) = infix(self.tok()).filter(|&(_, s)| s >= least) {
            let sign = self.next().span;
            if op == BinOp::Is {
                if self.accept(Tok::Not) {
                    op = BinOp::IsNot;
                }
                self.check_some();
            }
            let operand = self.cast()?;
            // At most seven levels of strength remain, so this recursion is bounded.
            let right = self.infix_from(operand, strength + 1)?;
            if strength == BITS && bits.replace(op).is_some_and(|b| b != op) {
                let message = "mixing different bitwise operators requires parentheses (e.g. `(a bitand b) bitor c`)";
                self.note(Code::UnexpectedToken, sign, message);
            }
            let below = left.height.max(right.height);
            left = self.node(ExprKind::Binary(op, Box::new(left), Box::new(right)), sign, below, 1)?;
            if strength != BITS {
                bits = None;
            }
        }
        Ok(left)
    }

    fn check_some(&mut self) {
        let token = self.token();
        if token.name().is_some_and(|n| self.names.text(n) == "some") {
            let message = "'some' is not a Rae keyword; write 'is not none' to test for a value, or 'is none' for its \
                           absence";
            self.note(Code::UnexpectedToken, token.span, message);
        }
    }

    /// A node over parts of height at most `below`.
    fn node(&mut self, kind: ExprKind, span: Span, below: u16, weight: u16) -> Parse<Expr> {
        let height = below.saturating_add(weight);
        if height > MAX_HEIGHT { self.too_deep(span) } else { Ok(Expr { kind, span, height }) }
    }

    fn cast(&mut self) -> Parse<Expr> {
        let mut value = self.unary()?;
        while self.accept(Tok::As) {
            let ty = self.type_ref()?;
            let (span, below) = (value.span, value.height);
            value = self.node(ExprKind::Cast(Box::new(value), Box::new(ty)), span, below, 1)?;
        }
        Ok(value)
    }

    fn unary(&mut self) -> Parse<Expr> {
        let token = self.token();
        let Some(op) = prefix(token.tok) else { return self.postfix() };
        self.mark(mark::PREFIX);
        self.at += 1;
        if matches!(self.tok(), Tok::RParen | Tok::RBrace | Tok::RBracket | Tok::Comma | Tok::Eof) {
            return self.unexpected("expected expression after unary operator");
        }
        let operand = self.nested(Self::unary)?;
        let below = operand.height;
        self.node(ExprKind::Unary(op, Box::new(operand)), token.span, below, 3)
    }

    fn postfix(&mut self) -> Parse<Expr> {
        let mut base = self.primary()?;
        loop {
            let token = self.token();
            base = match token.tok {
                Tok::LParen => self.call(base)?,
                Tok::Dot => self.member(base)?,
                Tok::LBracket => {
                    self.at += 1;
                    let index = self.expr()?;
                    let close = self.expect(Tok::RBracket, "expected ']' after index")?.span;
                    let below = base.height.max(index.height.saturating_add(2));
                    self.node(ExprKind::Index(Box::new(base), Box::new(index)), close, below, 1)?
                }
                Tok::Inc | Tok::Dec => {
                    self.at += 1;
                    let op = if token.tok == Tok::Inc { UnOp::Inc } else { UnOp::Dec };
                    let (span, below) = (base.span, base.height);
                    self.node(ExprKind::Postfix(op, Box::new(base)), span, below, 1)?
                }
                _ => return Ok(base),
            };
        }
    }

    fn call(&mut self, callee: Expr) -> Parse<Expr> {
        if matches!(callee.kind, ExprKind::Call(..)) {
            let message = "double-paren generic call `foo(T)(args)` is no longer supported — write `foo(T, args)`";
            self.note(Code::UnexpectedToken, self.token().span, message);
        }
        self.at += 1;
        let (args, below) = self.args()?;
        let (span, below) = (callee.span, below.max(callee.height));
        self.node(ExprKind::Call(Box::new(callee), args), span, below, 1)
    }

    fn member(&mut self, base: Expr) -> Parse<Expr> {
        self.at += 1;
        if !Self::is_word(self.token()) {
            return self.unexpected("expected member name after '.'");
        }
        let name = self.any_word();
        if self.tok() != Tok::LParen {
            let (span, below) = (base.span, base.height);
            return self.node(ExprKind::Field(Box::new(base), name), span, below, 1);
        }
        let open = self.next().span;
        let (args, below) = self.args()?;
        let below = below.max(base.height);
        self.node(ExprKind::Method(Box::new(base), name, args), open, below, 1)
    }

    /// Arguments behind `(`, with the `)`, and the height that they add.
    fn args(&mut self) -> Parse<(Vec<Arg>, u16)> {
        let args = self.list(Tok::RParen, "argument list", "expected ')' after arguments", |p, i| p.arg(i))?;
        let below = args.iter().map(|a| a.value.height).max().map_or(0, |h| h.saturating_add(2));
        Ok((args, below))
    }

    fn arg(&mut self, index: usize) -> Parse<Arg> {
        let named = self.ahead(1).tok == Tok::Colon;
        let name = if named && (self.tok() == Tok::Ident || (index > 0 && self.tok() == Tok::Val)) {
            let name = self.any_word();
            self.at += 1;
            Some(name)
        } else if index > 0 {
            let token = self.token();
            match token.tok.keyword_text().filter(|_| named) {
                Some(word) => {
                    self.note(Code::UnexpectedToken, token.span, format!("'{word}' is a reserved keyword"));
                    self.at += 2;
                }
                None => {
                    let message = "expected argument name (subsequent arguments must be named)";
                    self.note(Code::UnexpectedToken, token.span, message);
                    self.note(Code::UnexpectedToken, token.span, "expected ':' after argument name");
                }
            }
            None
        } else {
            None
        };
        Ok(Arg { name, value: self.expr()? })
    }

    pub(super) fn int_of(&self, token: Token) -> i64 {
        self.tokens.ints.get(token.data as usize).copied().unwrap_or(0)
    }

    fn primary(&mut self) -> Parse<Expr> {
        let token = self.token();
        let kind = match token.tok {
            Tok::Int => ExprKind::Int(self.int_of(token)),
            Tok::Float => ExprKind::Float(self.tokens.floats.get(token.data as usize).copied().unwrap_or(0.0)),
            Tok::Str | Tok::RawString => ExprKind::Str(token.data),
            Tok::Char => ExprKind::Char(token.data),
            Tok::True => ExprKind::Bool(true),
            Tok::False => ExprKind::Bool(false),
            Tok::None => ExprKind::None,
            Tok::StringStart => return self.interpolated(),
            Tok::Ident => {
                if self.at_typed_literal() {
                    let ty = self.type_ref()?;
                    return self.literal(Some(ty), token.span);
                }
                ExprKind::Ident(Name(token.data))
            }
            Tok::LParen => {
                self.at += 1;
                let inner = self.expr()?;
                self.expect(Tok::RParen, "expected ')' after expression")?;
                let below = inner.height;
                return self.node(ExprKind::Group(Box::new(inner)), token.span, below, 3);
            }
            Tok::LBrace => return self.literal(None, token.span),
            Tok::LBracket => {
                self.at += 1;
                let message = "expected ']' after list literal";
                let items = self.list(Tok::RBracket, "list literal", message, |p, _| p.expr())?;
                let below = tallest(items.iter());
                return self.node(ExprKind::List(items), token.span, below, 3);
            }
            Tok::Match => return self.match_expr(),
            _ => return self.unexpected("unexpected token in expression"),
        };
        self.at += 1;
        Ok(Expr { kind, span: token.span, height: 1 })
    }

    /// Whether `Name {` or `Name(types) {` stands here, the name beginning with an upper-case letter.
    fn at_typed_literal(&self) -> bool {
        let upper =
            |t: Token| t.name().is_some_and(|n| self.names.text(n).starts_with(|c: char| c.is_ascii_uppercase()));
        if !upper(self.token()) {
            return false;
        }
        match self.ahead(1).tok {
            Tok::LBrace => true,
            // A call of a function with such a name has something else than types in its parentheses.
            Tok::LParen if upper(self.ahead(2)) || self.ahead(2).tok == Tok::Opt => {
                self.closing_parenthesis(1).is_some_and(|n| self.ahead(n + 1).tok == Tok::LBrace)
            }
            _ => false,
        }
    }

    /// How far ahead the partner of the `(` at `open` is, if nothing but a type stands between. Looks at no more
    /// tokens than a type of ordinary size has, so that nested calls stay cheap.
    fn closing_parenthesis(&self, open: usize) -> Option<usize> {
        const MOST: usize = 256;
        let mut depth = 0usize;
        for n in open..open + MOST {
            match self.ahead(n).tok {
                Tok::LParen => depth += 1,
                Tok::RParen if depth == 1 => return Some(n),
                Tok::RParen => depth -= 1,
                Tok::LBrace | Tok::RBrace | Tok::Eof => return None,
                _ => {}
            }
        }
        None
    }

    /// `{ … }` as a value; `start` is where problems with it are shown.
    fn literal(&mut self, ty: Option<TypeRef>, start: Span) -> Parse<Expr> {
        self.expect(Tok::LBrace, "expected '{' to start block")?;
        let keyed = self.at_label() || (self.tok() == Tok::Str && self.ahead(1).tok == Tok::Colon);
        let (body, below) = if self.accept(Tok::RBrace) {
            (LiteralBody::Empty, 0)
        } else if keyed {
            let message = "expected '}' to close object literal";
            let fields = self.list(Tok::RBrace, "object literal", message, |p, _| p.literal_field())?;
            let below = tallest(fields.iter().map(|f| &f.1));
            (LiteralBody::Fields(fields), below)
        } else {
            let message = "expected '}' to close collection literal";
            let items = self.list(Tok::RBrace, "collection literal", message, |p, _| p.expr())?;
            let below = tallest(items.iter());
            (LiteralBody::Elements(items), below)
        };
        self.node(ExprKind::Literal(ty.map(Box::new), body), start, below, 3)
    }

    fn literal_field(&mut self) -> Parse<(Ident, Expr)> {
        let token = self.token();
        let name = if token.tok == Tok::Str {
            self.at += 1;
            let text = self.tokens.strings.get(token.data as usize).map_or("", |s| s);
            Ident { name: self.names.intern(text), span: token.span }
        } else {
            self.ident("expected field name")?
        };
        self.expect(Tok::Colon, "expected ':' after field name")?;
        Ok((name, self.expr()?))
    }

    fn interpolated(&mut self) -> Parse<Expr> {
        let first = self.next();
        let mut pieces = Vec::from([Piece::Text(first.data)]);
        let mut below = 0;
        loop {
            let value = self.expr()?;
            below = below.max(value.height);
            pieces.push(Piece::Expr(value));
            let token = self.token();
            match token.tok {
                Tok::StringMid | Tok::StringEnd => {
                    self.at += 1;
                    pieces.push(Piece::Text(token.data));
                }
                Tok::Eof => return self.unexpected("expected string continuation"),
                _ => return self.unexpected("expected '}' in interpolated string"),
            }
            if token.tok == Tok::StringEnd {
                return self.node(ExprKind::Interpolated(pieces), first.span, below, 3);
            }
        }
    }

    fn match_expr(&mut self) -> Parse<Expr> {
        let start = self.next().span;
        let subject = self.expr()?;
        self.mark(mark::LIST);
        self.expect(Tok::LBrace, "expected '{' to start block")?;
        let mut arms: Vec<(Expr, Expr)> = Vec::new();
        let mut otherwise: Option<Expr> = None;
        while !self.accept(Tok::RBrace) {
            let token = self.token();
            self.mark(mark::ITEM);
            match token.tok {
                Tok::Case => {
                    self.at += 1;
                    if self.token().name().is_some_and(|n| self.names.text(n) == "_") {
                        let message = "use 'default' instead of '_' in match expressions";
                        self.note(Code::UnexpectedToken, self.token().span, message);
                    }
                    let pattern = self.expr()?;
                    self.expect(Tok::Arrow, "expected '=>' after match pattern")?;
                    arms.push((pattern, self.expr()?));
                }
                Tok::Default => {
                    self.at += 1;
                    if otherwise.is_some() {
                        self.note(Code::UnexpectedToken, token.span, "match already has a default arm");
                    }
                    self.expect(Tok::Arrow, "expected '=>' after match pattern")?;
                    otherwise = Some(self.expr()?);
                }
                _ => return self.unexpected("expected 'case', 'default' or '}' in match"),
            }
            if self.tok() == Tok::Comma {
                self.mark(mark::SEPARATOR);
                self.at += 1;
            }
        }
        if arms.is_empty() && otherwise.is_none() {
            self.note(Code::UnexpectedToken, start, "match must have at least one case");
        }
        let parts = arms.iter().flat_map(|(p, v)| [p, v]).chain(&otherwise).chain([&subject]);
        // Arms lower to a chain of conditionals.
        let weight = u16::try_from(arms.len()).unwrap_or(u16::MAX).saturating_add(3);
        let below = tallest(parts);
        self.node(ExprKind::Match(Box::new(MatchExpr { subject, arms, otherwise })), start, below, weight)
    }
}

fn tallest<'a>(exprs: impl Iterator<Item = &'a Expr>) -> u16 {
    exprs.map(|e| e.height).max().unwrap_or(0)
}
