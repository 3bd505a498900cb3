//! Statements.

use alloc::{boxed::Box, format, vec::Vec};

use motet_source::{Code, Span};

use super::{Parse, Parser, mark};
use crate::{
    ast::{
        Binding, BindingKind, Block, Cond, Expr, ExprKind, Ident, If, LiteralBody, Loop, LoopHead, LoopInit, Match,
        Stmt, StmtKind, TypeRef,
    },
    token::Tok,
};

impl Parser<'_> {
    pub(super) fn statement(&mut self) -> Parse<Stmt> {
        let token = self.token();
        let kind = match token.tok {
            Tok::Let => self.let_statement()?,
            Tok::Var | Tok::Const => StmtKind::Binding(self.binding()?),
            Tok::Ret => self.ret()?,
            Tok::If => self.if_statement()?,
            Tok::Loop | Tok::ParallelLoop => self.loop_statement()?,
            Tok::Break => {
                self.at += 1;
                StmtKind::Break
            }
            Tok::Continue => {
                self.at += 1;
                StmtKind::Continue
            }
            Tok::Match => StmtKind::Match(self.match_statement()?),
            Tok::Defer => {
                self.at += 1;
                StmtKind::Defer(self.block()?)
            }
            Tok::TaskScope => {
                self.at += 1;
                StmtKind::TaskScope(self.block()?)
            }
            Tok::Ident if self.at_early_binding() => StmtKind::Binding(self.binding()?),
            _ => return self.expr_statement(),
        };
        Ok(Stmt { kind, span: token.span })
    }

    /// `def name: …`, the early spelling of `var name: …`.
    fn at_early_binding(&self) -> bool {
        self.token().name().is_some_and(|n| self.names.text(n) == "def")
            && self.ahead(1).tok == Tok::Ident
            && self.ahead(2).tok == Tok::Colon
    }

    fn expr_statement(&mut self) -> Parse<Stmt> {
        let target = self.expr()?;
        let token = self.token();
        if token.tok == Tok::Arrow {
            let message = "rebinding an alias is illegal. '=>' is only for 'let' bindings.";
            return self.fail(Code::InvalidTarget, token.span, message);
        }
        if !self.accept(Tok::Assign) {
            let span = target.span;
            return Ok(Stmt { kind: StmtKind::Expr(target), span });
        }
        let value = self.expr()?;
        Ok(Stmt { kind: StmtKind::Assign(target, value), span: token.span })
    }

    /// A binding at its keyword, at the top of a file or in a block.
    pub(super) fn binding(&mut self) -> Parse<Binding> {
        let token = self.next();
        let kind = match token.tok {
            Tok::Let => BindingKind::Let,
            Tok::Const => BindingKind::Const,
            _ => BindingKind::Var,
        };
        let name = self.ident("expected identifier after binding keyword")?;
        let ty = if self.accept(Tok::Colon) { Some(self.type_ref()?) } else { None };
        self.binding_rest(kind, name, ty, token.span)
    }

    /// `=` or `=>` with the value, and the rules about which of them, and where types stand.
    fn binding_rest(&mut self, kind: BindingKind, name: Ident, ty: Option<TypeRef>, span: Span) -> Parse<Binding> {
        let alias = ty.as_ref().is_some_and(TypeRef::is_reference);
        let sign = self.token();
        if !matches!(sign.tok, Tok::Assign | Tok::Arrow) {
            if alias {
                let message = "alias bindings (view/mod) must be explicitly initialized";
                self.note(Code::UnexpectedToken, span, message);
            } else if kind == BindingKind::Const {
                self.note(Code::UnexpectedToken, span, "'const' requires an initializer");
            } else if ty.is_none() {
                let message =
                    format!("'{}' without a type annotation needs an initializer to infer the type", kind.text());
                self.note(Code::CannotInfer, span, message);
            }
            return Ok(Binding { kind, name, ty, value: None, sign: span, span });
        }
        self.at += 1;
        let arrow = sign.tok == Tok::Arrow;
        match kind {
            BindingKind::Const if arrow => {
                let message = "'const' is a value, not an alias binding; use '='";
                self.note(Code::UnexpectedToken, sign.span, message);
            }
            BindingKind::Var if arrow && alias => {
                let message = "aliases are bind-once; declare with 'let', not 'var'";
                self.note(Code::UnexpectedToken, sign.span, message);
            }
            BindingKind::Let | BindingKind::Var | BindingKind::Const => self.check_sign(arrow, alias, sign.span),
        }
        let value = self.expr()?;
        if kind == BindingKind::Let && ty.is_some() {
            self.check_untyped_literal(&value);
        }
        Ok(Binding { kind, name, ty, value: Some(value), sign: sign.span, span })
    }

    /// References are bound by `=>`, everything else by `=`.
    fn check_sign(&mut self, arrow: bool, alias: bool, sign: Span) {
        if arrow && !alias {
            let message = "'=>' is only legal when the target type is mod T or view T";
            self.note(Code::UnexpectedToken, sign, message);
        } else if alias && !arrow {
            self.note(Code::UnexpectedToken, sign, "use '=>' for alias bindings (view/mod)");
        }
    }

    fn check_untyped_literal(&mut self, value: &Expr) {
        let ExprKind::Literal(Some(_), body) = &value.kind else { return };
        if !matches!(body, LiteralBody::Empty) {
            let message = "with 'let', the binding's type must be written on the left-hand side only. Remove the type \
                           name from the RHS.";
            self.note(Code::UnexpectedToken, value.span, message);
        }
    }

    fn let_statement(&mut self) -> Parse<StmtKind> {
        let span = self.next().span;
        let name = self.ident("expected identifier after binding keyword")?;
        let ty = if self.accept(Tok::Colon) { Some(self.type_ref()?) } else { None };
        match ty {
            Some(label) if self.tok() == Tok::Comma => self.destructuring(name, label.name),
            ty => Ok(StmtKind::Binding(self.binding_rest(BindingKind::Let, name, ty, span)?)),
        }
    }

    /// From the comma after the first binding on.
    fn destructuring(&mut self, name: Ident, label: Ident) -> Parse<StmtKind> {
        let mut bindings = Vec::from([(name, label)]);
        while self.accept(Tok::Comma) {
            if self.tok() != Tok::Let {
                break;
            }
            self.at += 1;
            let name = self.ident("expected identifier after binding keyword")?;
            self.expect(Tok::Colon, "expected ':' after binding name")?;
            bindings.push((name, self.type_name()?));
        }
        if bindings.len() < 2 {
            let message = "destructuring assignments require at least two bindings";
            return self.unexpected(message);
        }
        self.expect(Tok::Assign, "expected '=' after bindings")?;
        let value = self.expr()?;
        if !matches!(value.ungroup().kind, ExprKind::Call(..) | ExprKind::Method(..)) {
            let message = "destructuring assignments require a call expression on the right-hand side";
            self.note(Code::UnexpectedToken, value.span, message);
        }
        Ok(StmtKind::Destructure(bindings, value))
    }

    fn ret(&mut self) -> Parse<StmtKind> {
        self.at += 1;
        let mut values = Vec::new();
        if self.token().fresh_line || matches!(self.tok(), Tok::RBrace | Tok::Eof) {
            return Ok(StmtKind::Ret(values));
        }
        loop {
            let mut label = None;
            if self.at_label() {
                label = Some(self.ident("expected identifier after binding keyword")?);
                self.at += 1;
            }
            let value = self.expr()?;
            if matches!(value.kind, ExprKind::Literal(None, _)) {
                let message = "structural literals in 'ret' must be explicitly typed (e.g. 'ret Color { ... }').";
                self.note(Code::UnexpectedToken, value.span, message);
            }
            values.push((label, value));
            if !self.accept(Tok::Comma) {
                return Ok(StmtKind::Ret(values));
            }
        }
    }

    fn if_statement(&mut self) -> Parse<StmtKind> {
        let mut arms = Vec::new();
        let mut otherwise = None;
        loop {
            self.at += 1;
            let cond = self.condition()?;
            let narrowing = matches!(cond, Cond::Let(_));
            arms.push((cond, self.block()?));
            if !self.accept(Tok::Else) {
                break;
            }
            if self.tok() != Tok::If || narrowing {
                otherwise = Some(self.block()?);
                break;
            }
        }
        Ok(StmtKind::If(If { arms, otherwise }))
    }

    fn condition(&mut self) -> Parse<Cond> {
        if self.tok() != Tok::Let {
            return Ok(Cond::Expr(self.expr()?));
        }
        let span = self.next().span;
        let name = self.ident("expected identifier after binding keyword")?;
        let ty = if self.accept(Tok::Colon) { Some(self.type_ref()?) } else { None };
        let sign = self.token();
        if !matches!(sign.tok, Tok::Assign | Tok::Arrow) {
            return self.unexpected("expected '=' or '=>' after 'if let' binding");
        }
        self.at += 1;
        match &ty {
            Some(ty) => self.check_sign(sign.tok == Tok::Arrow, ty.is_reference(), sign.span),
            None => {
                let message = "'if let' needs the binding's type: 'view T'/'mod T' with '=>', or 'T' with '=' (spec \
                               4.2)";
                self.note(Code::CannotInfer, span, message);
            }
        }
        let value = Some(self.expr()?);
        Ok(Cond::Let(Binding { kind: BindingKind::Let, name, ty, value, sign: sign.span, span }))
    }

    fn loop_statement(&mut self) -> Parse<StmtKind> {
        let parallel = self.next().tok == Tok::ParallelLoop;
        let head = self.loop_head()?;
        let body = self.block()?;
        Ok(StmtKind::Loop(Loop { parallel, head, body }))
    }

    fn loop_head(&mut self) -> Parse<LoopHead> {
        let span = self.token().span;
        let declared = self.accept(Tok::Let);
        if declared || self.at_label() || (self.tok() == Tok::Ident && self.ahead(1).tok == Tok::In) {
            let name = self.ident("expected identifier after binding keyword")?;
            let ty = if self.accept(Tok::Colon) { Some(self.type_ref()?) } else { None };
            if self.accept(Tok::In) {
                return Ok(LoopHead::Each(name, ty, self.expr()?));
            }
            // A loop variable is assignable, whatever word introduces it.
            let binding = self.binding_rest(BindingKind::Let, name, ty, span)?;
            return self.count_rest(LoopInit::Binding(binding));
        }
        let first = self.expr()?;
        if self.tok() == Tok::Comma { self.count_rest(LoopInit::Expr(first)) } else { Ok(LoopHead::While(first)) }
    }

    fn count_rest(&mut self, init: LoopInit) -> Parse<LoopHead> {
        self.expect(Tok::Comma, "expected ',' after loop init")?;
        let cond = self.expr()?;
        self.expect(Tok::Comma, "expected ',' after loop condition")?;
        let step = self.expr()?;
        Ok(LoopHead::Count(Box::new(init), cond, step))
    }

    fn match_statement(&mut self) -> Parse<Match> {
        let start = self.next().span;
        let subject = self.expr()?;
        self.expect(Tok::LBrace, "expected '{' to start block")?;
        let mut arms: Vec<(Vec<Expr>, Block)> = Vec::new();
        let mut otherwise: Option<(Span, Block)> = None;
        loop {
            let token = self.token();
            if token.tok != Tok::RBrace {
                self.mark(mark::STMT);
            }
            match token.tok {
                Tok::RBrace => break,
                Tok::Case => {
                    self.at += 1;
                    let mut patterns = Vec::from([self.expr()?]);
                    while self.accept(Tok::Comma) {
                        patterns.push(self.expr()?);
                    }
                    arms.push((patterns, self.block()?));
                }
                Tok::Default => {
                    self.at += 1;
                    if otherwise.is_some() {
                        self.note(Code::UnexpectedToken, token.span, "match already has a default arm");
                    }
                    otherwise = Some((token.span, self.block()?));
                }
                _ => return self.unexpected("expected 'case', 'default' or '}' in match"),
            }
        }
        self.at += 1;
        if arms.is_empty() && otherwise.is_none() {
            self.note(Code::UnexpectedToken, start, "match must have at least one case");
        }
        Ok(Match { subject, arms, otherwise })
    }
}
