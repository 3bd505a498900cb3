//! Literals, with their signs, and literal arrays.

use alloc::{borrow::Cow, vec::Vec};

use motet_source::{Code, Diagnostic};

use super::{Parsed, Parser};
use crate::ast::Literal;
use crate::lexer::{Kind, Surface};

impl<'a> Parser<'_, 'a> {
    /// A literal where an operand is expected, if one stands here.
    pub(super) fn literal(&mut self) -> Parsed<Option<Literal<'a>>> {
        let literal = match self.peek() {
            Kind::Binary("-") => {
                // Only a number directly behind belongs to the sign.
                let (sign, next) = (self.span(), self.peek_at(1));
                let Kind::Number(number) = next else { return Ok(None) };
                let adjacent = self.tokens[self.at + 1].span.start == sign.end;
                if !adjacent && self.surface == Surface::Recorz {
                    return Ok(None);
                }
                self.bump();
                negated(number.clone())
            }
            Kind::Number(number) => number.clone(),
            Kind::Str(text) => Literal::Str(text.clone()),
            Kind::Symbol(text) => Literal::Symbol(text.clone()),
            Kind::Char(c) => Literal::Char(*c),
            Kind::ArrayStart => return self.array().map(Some),
            Kind::BytesStart => return self.bytes().map(Some),
            _ => return Ok(None),
        };
        self.bump();
        Ok(Some(literal))
    }

    /// `#( … )`, or `( … )` within one.
    fn array(&mut self) -> Parsed<Literal<'a>> {
        let span = self.span();
        self.nested(span, |parser| {
            parser.bump();
            let mut items = Vec::new();
            while !parser.take(&Kind::RightParen) {
                items.push(parser.array_item()?);
            }
            Ok(Literal::Array(items))
        })
    }

    fn array_item(&mut self) -> Parsed<Literal<'a>> {
        if let Some(literal) = self.literal()? {
            return Ok(literal);
        }
        if self.surface == Surface::Som {
            return self.unexpected();
        }
        let symbol = |text: &'a str| Literal::Symbol(Cow::Borrowed(text));
        let literal = match self.peek() {
            Kind::Ident("nil") => Literal::Nil,
            Kind::Ident("true") => Literal::Bool(true),
            Kind::Ident("false") => Literal::Bool(false),
            Kind::Ident(name) => symbol(name),
            Kind::Keyword(_) => {
                // `at:put:` is one symbol.
                let start = self.bump().span;
                let mut end = start.end;
                while let Kind::Keyword(_) = self.peek()
                    && self.span().start == end
                {
                    end = self.bump().span.end;
                }
                return Ok(symbol(&self.text[start.start as usize..end as usize]));
            }
            Kind::Binary(text) => symbol(text),
            Kind::Pipe => symbol("|"),
            Kind::LeftParen => return self.array(),
            Kind::LeftBracket => return self.bytes(),
            _ => return self.unexpected(),
        };
        self.bump();
        Ok(literal)
    }

    /// `#[ … ]`.
    fn bytes(&mut self) -> Parsed<Literal<'a>> {
        self.bump();
        let mut bytes = Vec::new();
        loop {
            match self.peek() {
                Kind::RightBracket => {
                    self.bump();
                    return Ok(Literal::Bytes(bytes));
                }
                Kind::Number(Literal::Int(value)) if *value < 256 => bytes.push(*value as u8),
                Kind::Number(_) => {
                    let error = Diagnostic::error(Code::InvalidNumber, self.file, self.span(), "not a byte");
                    return Err(error.with_help("bytes are integers from 0 to 255"));
                }
                _ => return self.unexpected(),
            }
            self.bump();
        }
    }
}

/// The literal with a minus sign in front.
fn negated(literal: Literal<'_>) -> Literal<'_> {
    match literal {
        Literal::Int(value) => Literal::Int(-value),
        Literal::Float(value) => Literal::Float(-value),
        // The smallest integer has no positive counterpart.
        Literal::Large(_, base, digits) if i128::from_str_radix(digits, base) == Ok(1 << 63) => Literal::Int(i64::MIN),
        Literal::Large(_, base, digits) => Literal::Large(true, base, digits),
        Literal::Scaled(digits, point, scale) => Literal::Scaled(alloc::format!("-{digits}"), point, scale),
        other => other,
    }
}
