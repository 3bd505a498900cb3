//! Directives and declarations.

use alloc::{boxed::Box, format, string::String, vec::Vec};

use motet_source::{Code, Span};

use super::{Parse, Parser, mark};
use crate::{
    ast::{Binding, Decl, Directive, DirectiveKind, EnumDecl, Field, FuncDecl, Ident, Param, TypeDecl, TypeRef, Unit},
    token::{Tok, Token},
};

const TOP_LEVEL: &str = "expected 'type', 'enum' or 'func'";

impl Parser<'_> {
    pub(super) fn unit(&mut self) -> Unit {
        let mut unit = Unit::default();
        while let Some(kind) = self.directive_kind() {
            self.mark(mark::STMT);
            match self.directive(kind) {
                Ok(directive) => unit.directives.push(directive),
                Err(_) => self.skip_to_declaration(),
            }
        }
        while self.tok() != Tok::Eof {
            let start = self.at;
            self.mark(mark::STMT);
            match self.declaration() {
                Ok(decl) => unit.decls.push(decl),
                Err(_) => {
                    self.depth = 0;
                    self.at = self.at.max(start + 1);
                    self.skip_to_declaration();
                }
            }
        }
        unit
    }

    /// To the next token that begins a declaration at the start of a line. Bindings also stand in bodies, where they
    /// are indented; nothing tells them apart there, so only the unmistakable words count.
    fn skip_to_declaration(&mut self) {
        loop {
            let token = self.token();
            match token.tok {
                Tok::Eof => return,
                Tok::Func | Tok::Type | Tok::Enum | Tok::Extern | Tok::Pub | Tok::Priv | Tok::Import | Tok::Export
                    if token.fresh_line =>
                {
                    return;
                }
                _ => self.at += 1,
            }
        }
    }

    fn word_is(&self, token: Token, text: &str) -> bool {
        token.name().is_some_and(|name| self.names.text(name) == text)
    }

    fn directive_kind(&self) -> Option<DirectiveKind> {
        let token = self.token();
        match token.tok {
            Tok::Import => Some(DirectiveKind::Import),
            Tok::Export => Some(DirectiveKind::Export),
            Tok::Ident if self.word_is(token, "open") => Some(DirectiveKind::Open),
            Tok::Ident if self.word_is(token, "cheader") => Some(DirectiveKind::CHeader),
            _ => None,
        }
    }

    fn directive(&mut self, kind: DirectiveKind) -> Parse<Directive> {
        let start = self.next().span;
        let bare = matches!(kind, DirectiveKind::Import | DirectiveKind::Open);
        let path = match self.tok() {
            Tok::Str => {
                let index = self.next().data as usize;
                self.names.intern(self.tokens.strings.get(index).map_or("", |s| s))
            }
            _ if bare => self.bare_path()?,
            _ => return self.unexpected("expected string"),
        };
        let mut span = start.to(self.previous_span());
        let alias =
            if bare && self.accept(Tok::As) { Some(self.ident("expected identifier after 'as'")?) } else { None };
        span = alias.map_or(span, |a| span.to(a.span));
        Ok(Directive { kind, path, alias, span })
    }

    /// Path pieces without blanks between them.
    fn bare_path(&mut self) -> Parse<crate::names::Name> {
        let mut text = String::new();
        let mut end = self.token().span.start;
        while self.token().span.start == end {
            let token = self.token();
            self.mark(mark::PATH);
            match token.tok {
                Tok::Slash => text.push('/'),
                Tok::Dot => text.push('.'),
                Tok::Minus => text.push('-'),
                Tok::Dec => text.push_str("--"),
                Tok::Plus => text.push('+'),
                Tok::Inc => text.push_str("++"),
                Tok::Int => text.push_str(&format!("{}", self.int_of(token))),
                _ if Self::is_word(token) => {
                    let word = self.any_word();
                    text.push_str(self.names.text(word.name));
                    end = word.span.end;
                    continue;
                }
                _ => break,
            }
            end = token.span.end;
            self.at += 1;
        }
        if text.is_empty() { self.unexpected("expected module path") } else { Ok(self.names.intern(&text)) }
    }

    fn declaration(&mut self) -> Parse<Decl> {
        let token = self.token();
        match token.tok {
            Tok::Type => Ok(Decl::Type(self.type_declaration()?)),
            Tok::Enum => Ok(Decl::Enum(self.enum_declaration()?)),
            Tok::Func | Tok::Extern => Ok(Decl::Func(Box::new(self.function()?))),
            Tok::Let | Tok::Var | Tok::Const => {
                let binding: Binding = self.binding()?;
                Ok(Decl::Global(binding))
            }
            Tok::Pub | Tok::Priv => {
                let word = token.tok.keyword_text().unwrap_or("");
                let message = match self.ahead(1).tok {
                    Tok::Func | Tok::Extern => format!(
                        "Function property '{word}' cannot be defined before function. It must be put into the \
                         properties section after the function parameters like this: 'func name() {word}'"
                    ),
                    Tok::Type => format!(
                        "Type property '{word}' cannot be defined before type. It must be put into the properties \
                         section like this: 'type Name: {word}'"
                    ),
                    _ => return self.unexpected(TOP_LEVEL),
                };
                self.note(Code::UnexpectedToken, token.span, message);
                self.at += 1;
                self.declaration()
            }
            _ => self.unexpected(TOP_LEVEL),
        }
    }

    fn type_declaration(&mut self) -> Parse<TypeDecl> {
        let start = self.next().span;
        let name = self.ident("expected type name")?;
        let mut type_params = Vec::new();
        if self.accept(Tok::LParen) {
            type_params = self.list(Tok::RParen, "parameter list", "expected ')' after type parameters", |p, _| {
                let name = p.ident("expected type parameter name")?;
                p.expect(Tok::Colon, "expected ':' after type parameter name")?;
                p.expect(Tok::Type, "expected 'type'")?;
                Ok(name)
            })?;
        }
        let mut props = Vec::new();
        if self.accept(Tok::Colon) {
            while matches!(self.tok(), Tok::Ident | Tok::Pub | Tok::Priv) {
                props.push(self.any_word());
            }
        } else if let Some(word) = matches!(self.tok(), Tok::Pub | Tok::Priv).then(|| self.any_word()) {
            let word_text = self.names.text(word.name);
            let message = format!(
                "type property '{word_text}' must go in the properties section after a colon, as 'type Name: \
                 {word_text}'. Note that types are always cross-file visible, so '{word_text}' on a type has no \
                 effect."
            );
            self.note(Code::UnexpectedToken, word.span, message);
        }
        self.expect(Tok::LBrace, "expected '{' to start type")?;
        let fields = self.list(Tok::RBrace, "type fields", "expected '}' to close type", |p, _| p.field())?;
        let span = start.to(self.previous_span());
        Ok(TypeDecl { name, type_params, props, fields, span })
    }

    fn field(&mut self) -> Parse<Field> {
        let name = self.ident("expected field name")?;
        self.expect(Tok::Colon, "expected ':' after field name")?;
        let ty = self.type_ref()?;
        let default = if self.accept(Tok::Assign) || self.accept(Tok::Is) { Some(self.expr()?) } else { None };
        Ok(Field { name, ty, default })
    }

    fn enum_declaration(&mut self) -> Parse<EnumDecl> {
        let start = self.next().span;
        let name = self.ident("expected enum name")?;
        self.expect(Tok::LBrace, "expected '{' to start enum")?;
        let members = self.list(Tok::RBrace, "enum variants", "expected '}' to close enum", |p, _| {
            if Self::is_word(p.token()) { Ok(p.any_word()) } else { p.unexpected("expected enum member name") }
        })?;
        let span = start.to(self.previous_span());
        Ok(EnumDecl { name, members, span })
    }

    fn function(&mut self) -> Parse<FuncDecl> {
        let start = self.token().span;
        let is_extern = self.accept(Tok::Extern);
        self.expect(Tok::Func, TOP_LEVEL)?;
        let name = self.ident("expected function name")?;
        self.expect(Tok::LParen, "expected '(' after function name")?;
        let mut func = FuncDecl {
            name,
            type_params: Vec::new(),
            params: Vec::new(),
            is_extern,
            symbol: None,
            modifiers: Vec::new(),
            results: Vec::new(),
            body: None,
            span: start,
        };
        let params = self.list(Tok::RParen, "parameter list", "expected ')' after parameters", |p, _| p.parameter())?;
        for parameter in params {
            match parameter {
                Parameter::Type(name) => {
                    if !func.params.is_empty() {
                        let message = "type parameters (`T: type`) must come before value parameters";
                        self.note(Code::UnexpectedToken, name.span, message);
                    }
                    func.type_params.push(name);
                }
                Parameter::Value(param) => func.params.push(param),
            }
        }
        self.modifiers(&mut func)?;
        if self.accept(Tok::Ret) {
            func.results = self.results()?;
        }
        func.span = start.to(self.previous_span());
        if self.tok() == Tok::LBrace {
            if func.is_extern {
                self.note(Code::UnexpectedToken, self.token().span, "extern functions cannot have a body");
            }
            func.body = Some(self.block()?);
        } else if !func.is_extern {
            return self.unexpected("expected '{' to start block");
        }
        Ok(func)
    }

    fn parameter(&mut self) -> Parse<Parameter> {
        let name = self.ident("expected parameter name")?;
        self.expect(Tok::Colon, "expected ':' after parameter name")?;
        if self.accept(Tok::Type) {
            return Ok(Parameter::Type(name));
        }
        Ok(Parameter::Value(Param { name, ty: self.type_ref()? }))
    }

    fn modifiers(&mut self, func: &mut FuncDecl) -> Parse<()> {
        self.accept(Tok::Colon);
        loop {
            match self.tok() {
                Tok::Extern => {
                    self.at += 1;
                    func.is_extern = true;
                    if self.accept(Tok::LParen) {
                        func.symbol = Some(self.expect(Tok::Str, "expected string")?.data);
                        self.expect(Tok::RParen, "expected ')' after arguments")?;
                    }
                }
                // The next directive after a native without result is no modifier of it.
                Tok::Ident if self.token().fresh_line && self.directive_kind().is_some() => break,
                Tok::Ident | Tok::Pub | Tok::Priv | Tok::Spawn => {
                    let word = self.any_word();
                    func.modifiers.push(word);
                }
                _ => break,
            }
        }
        self.accept(Tok::Colon);
        Ok(())
    }

    fn results(&mut self) -> Parse<Vec<(Option<Ident>, TypeRef)>> {
        let mut results = Vec::new();
        loop {
            let mut label = None;
            if self.at_label() {
                label = Some(self.ident("expected type")?);
                self.at += 1;
            }
            results.push((label, self.type_ref()?));
            if self.tok() == Tok::Comma {
                let comma: Span = self.next().span;
                if self.tok() != Tok::LBrace {
                    continue;
                }
                self.note(Code::UnexpectedToken, comma, "trailing comma not allowed in return type list");
            }
            if !self.at_label() {
                return Ok(results);
            }
        }
    }
}

enum Parameter {
    Type(Ident),
    Value(Param),
}
