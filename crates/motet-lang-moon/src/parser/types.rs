//! Types as written.

use alloc::{boxed::Box, vec::Vec};

use super::{Parse, Parser};
use crate::{
    ast::{Ident, TypeExpr, TypeKind},
    lexer::Tok,
};

impl Parser<'_> {
    pub(super) fn ty(&mut self) -> Parse<TypeExpr> {
        let mut ty = self.nested(Self::type_atom)?;
        while !self.core && self.tok() == Tok::Question {
            let span = ty.span.to(self.next().span);
            // `T??` is `T?`: repeated marks add no level.
            ty = match ty.kind {
                TypeKind::Optional(inner) => TypeExpr { kind: TypeKind::Optional(inner), span },
                kind => TypeExpr { kind: TypeKind::Optional(Box::new(TypeExpr { kind, span: ty.span })), span },
            };
        }
        Ok(ty)
    }

    fn type_atom(&mut self) -> Parse<TypeExpr> {
        if !self.core && matches!(self.tok(), Tok::Fn | Tok::LParen) {
            return self.bracketed_type();
        }
        let mut name = self.ident("expected type name")?;
        let mut span = name.span;
        let mut module = None;
        if !self.core && self.accept(Tok::Dot) {
            module = Some(Ident { ..name });
            name = self.ident("expected type name")?;
            span = span.to(name.span);
        }
        let mut args = Vec::new();
        if self.accept(Tok::Less) {
            if self.tok() == Tok::Greater {
                return self.unexpected("expected type argument");
            }
            loop {
                args.push(self.ty()?);
                if !self.accept(Tok::Comma) {
                    break;
                }
            }
            span = span.to(self.expect(Tok::Greater, "expected '>' to close type arguments")?.span);
        }
        Ok(TypeExpr { kind: TypeKind::Named { module, name, args }, span })
    }

    /// A function type, or a type in parentheses.
    fn bracketed_type(&mut self) -> Parse<TypeExpr> {
        let start = self.token().span;
        let is_fn = self.accept(Tok::Fn);
        self.expect(Tok::LParen, "expected '(' after 'fn'")?;
        let mut params = Vec::new();
        while self.tok() != Tok::RParen {
            params.push(self.ty()?);
            if !self.accept(Tok::Comma) {
                break;
            }
        }
        let close = self.expect(Tok::RParen, "expected ')' after parameters")?.span;
        if self.accept(Tok::Arrow) {
            let result = Box::new(self.ty()?);
            let span = start.to(result.span);
            return Ok(TypeExpr { kind: TypeKind::Func { params, result }, span });
        }
        match params.pop() {
            Some(only) if !is_fn && params.is_empty() => Ok(TypeExpr { kind: only.kind, span: start.to(close) }),
            _ => self.unexpected("expected '->' after parameters"),
        }
    }
}
