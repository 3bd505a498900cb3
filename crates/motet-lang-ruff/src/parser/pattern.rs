//! Destructuring patterns and the patterns of `case`.
//!
//! A bare name standing alone as a `case` pattern matches its own text (as
//! upstream); inside another pattern it is a binding. `_` matches anything in
//! both places, and `Ok`, `Err`, `Some`, `None` are always constructors.

use alloc::{
    format,
    string::{String, ToString},
    vec,
    vec::Vec,
};

use super::{Parse, Parser};
use crate::{
    ast::{CasePattern, Ctor, Pattern},
    symbol::{Sym, known},
    token::{Kw, Op, Tok},
};

fn ctor(sym: Sym) -> Option<Ctor> {
    match sym {
        known::OK => Some(Ctor::Ok),
        known::ERR => Some(Ctor::Err),
        known::SOME => Some(Ctor::Some),
        known::NONE => Some(Ctor::None),
        _ => None,
    }
}

impl Parser<'_> {
    /// A destructuring pattern.
    pub(super) fn pattern(&mut self) -> Parse<Pattern> {
        self.nested(Self::pattern_inner)
    }

    fn pattern_inner(&mut self) -> Parse<Pattern> {
        let span = self.span();
        match self.tok() {
            Tok::Ident(known::UNDERSCORE) => {
                self.advance();
                Ok(Pattern::Skip)
            }
            Tok::Ident(sym) => {
                self.advance();
                Ok(Pattern::Name(sym, span))
            }
            Tok::Punct(b'[') => {
                self.advance();
                let mut items = Vec::new();
                let mut rest = None;
                while !self.at_punct(b']') {
                    if self.eat_op(Op::Ellipsis) {
                        rest = Some(self.ident("Expected identifier after '...' in array pattern")?);
                        self.eat_punct(b',');
                        break;
                    }
                    items.push(self.pattern()?);
                    // The comma before the rest may be left out.
                    if !self.eat_punct(b',') && !self.at_op(Op::Ellipsis) {
                        break;
                    }
                }
                self.expect(b']', "close", "array pattern")?;
                Ok(Pattern::Array(items, rest))
            }
            Tok::Punct(b'{') => {
                self.advance();
                let mut keys = Vec::new();
                let mut rest = None;
                while !self.at_punct(b'}') {
                    if self.eat_op(Op::Ellipsis) {
                        rest = Some(self.ident("Expected identifier after '...' in dict pattern")?);
                        self.eat_punct(b',');
                        break;
                    }
                    keys.push(self.ident("Expected identifier in dict pattern")?);
                    if !self.eat_punct(b',') && !self.at_op(Op::Ellipsis) {
                        break;
                    }
                }
                self.expect(b'}', "close", "dict pattern")?;
                Ok(Pattern::Dict(keys, rest))
            }
            _ => self.error("Expected pattern in declaration"),
        }
    }

    /// The pattern of a `case`, alternatives included.
    pub(super) fn case_pattern(&mut self) -> Parse<CasePattern> {
        if self.core {
            return self.core_case_pattern();
        }
        let first = self.nested(|p| p.case_alternative(true))?;
        if !self.at_op(Op::Or) {
            return Ok(first);
        }
        let mut alternatives = vec![first];
        while self.eat_op(Op::Or) {
            alternatives.push(self.nested(|p| p.case_alternative(true))?);
        }
        Ok(CasePattern::Alternatives(alternatives))
    }

    /// `IDENT [ "::" IDENT ] [ "(" IDENT ")" ]` and nothing else.
    fn core_case_pattern(&mut self) -> Parse<CasePattern> {
        let Tok::Ident(sym) = self.tok() else { return self.error("Invalid statement") };
        let args = if self.tok_at(1) == Tok::Op(Op::Path) { 3 } else { 1 };
        let plain = matches!(
            (self.tok_at(args), self.tok_at(args + 1), self.tok_at(args + 2)),
            (Tok::Punct(b'('), Tok::Ident(_), Tok::Punct(b')')) | (Tok::Punct(b':'), _, _)
        );
        if !plain {
            return self.error("Invalid statement");
        }
        if sym == known::UNDERSCORE && args == 1 {
            self.advance();
            return Ok(CasePattern::Text("_".to_string()));
        }
        self.case_alternative(true)
    }

    fn nested_pattern(&mut self) -> Parse<CasePattern> {
        let first = self.nested(|p| p.case_alternative(false))?;
        if !self.at_op(Op::Or) {
            return Ok(first);
        }
        let mut alternatives = vec![first];
        while self.eat_op(Op::Or) {
            alternatives.push(self.nested(|p| p.case_alternative(false))?);
        }
        Ok(CasePattern::Alternatives(alternatives))
    }

    fn case_alternative(&mut self, outermost: bool) -> Parse<CasePattern> {
        let pattern = match self.tok() {
            Tok::Ident(sym) => return self.named_pattern(sym, outermost),
            Tok::Int(n) => CasePattern::Int(n),
            Tok::Float(x) => CasePattern::Float(x),
            Tok::Bool(b) => CasePattern::Bool(b),
            Tok::Keyword(Kw::Null) => CasePattern::Null,
            Tok::Str(_) => return Ok(CasePattern::Text(self.plain_string("Invalid statement")?)),
            Tok::Op(Op::Minus) => {
                self.advance();
                match self.tok() {
                    Tok::Int(n) => CasePattern::Int(-n),
                    Tok::Float(x) => CasePattern::Float(-x),
                    _ => return self.error("Invalid statement"),
                }
            }
            Tok::Punct(b'[') => return self.array_pattern(),
            Tok::Punct(b'{') => return self.dict_pattern(),
            _ => return self.error("Invalid statement"),
        };
        self.advance();
        Ok(pattern)
    }

    fn named_pattern(&mut self, sym: Sym, outermost: bool) -> Parse<CasePattern> {
        self.advance();
        if self.eat_op(Op::Path) {
            let variant = self.ident("Invalid statement")?;
            let text = format!("{}::{}", self.names.text(sym), self.names.text(variant));
            let payload = self.payload_patterns()?;
            let plain = matches!(sym, known::RESULT | known::OPTION);
            return Ok(match ctor(variant).filter(|_| plain) {
                Some(ctor) => CasePattern::Ctor(ctor, text, payload),
                None => CasePattern::Tag(text, payload),
            });
        }
        let text = self.name_text(sym);
        if let Some(ctor) = ctor(sym) {
            return Ok(CasePattern::Ctor(ctor, text, self.payload_patterns()?));
        }
        if self.at_punct(b'(') {
            // A payload demands a constructor; no value has this tag.
            return Ok(CasePattern::Tag(text, self.payload_patterns()?));
        }
        Ok(match (sym, outermost) {
            (known::UNDERSCORE, _) => CasePattern::Any,
            (_, true) => CasePattern::Text(text),
            (_, false) => CasePattern::Bind(sym),
        })
    }

    fn payload_patterns(&mut self) -> Parse<Option<Vec<CasePattern>>> {
        if !self.eat_punct(b'(') {
            return Ok(None);
        }
        let mut patterns = Vec::new();
        while !self.at_punct(b')') {
            patterns.push(self.nested_pattern()?);
            if !self.eat_punct(b',') {
                break;
            }
        }
        self.expect(b')', "close", "match case pattern")?;
        Ok(Some(patterns))
    }

    /// `...` with or without a name.
    fn rest_name(&mut self) -> Option<Sym> {
        match self.tok() {
            Tok::Ident(sym) => {
                self.advance();
                (sym != known::UNDERSCORE).then_some(sym)
            }
            _ => None,
        }
    }

    fn array_pattern(&mut self) -> Parse<CasePattern> {
        self.advance();
        let mut items = Vec::new();
        let mut rest = None;
        while !self.at_punct(b']') {
            if self.eat_op(Op::Ellipsis) {
                rest = Some(self.rest_name());
                self.eat_punct(b',');
                break;
            }
            items.push(self.nested_pattern()?);
            if !self.eat_punct(b',') {
                break;
            }
        }
        self.expect(b']', "close", "array pattern")?;
        Ok(CasePattern::Array(items, rest))
    }

    fn dict_pattern(&mut self) -> Parse<CasePattern> {
        self.advance();
        let mut entries: Vec<(String, CasePattern)> = Vec::new();
        let mut rest = None;
        while !self.at_punct(b'}') {
            if self.eat_op(Op::Ellipsis) {
                rest = Some(self.rest_name());
                self.eat_punct(b',');
                break;
            }
            let (key, shorthand) = match self.tok() {
                Tok::Str(_) => (self.plain_string("Invalid statement")?, None),
                Tok::Ident(sym) => {
                    self.advance();
                    (self.name_text(sym), Some(sym))
                }
                _ => return self.error("Invalid statement"),
            };
            let pattern = match (self.eat_punct(b':'), shorthand) {
                (true, _) => self.nested_pattern()?,
                (false, Some(sym)) => CasePattern::Bind(sym),
                (false, None) => return self.error_found("Expected ':' after key in dict pattern"),
            };
            entries.push((key, pattern));
            if !self.eat_punct(b',') {
                break;
            }
        }
        self.expect(b'}', "close", "dict pattern")?;
        Ok(CasePattern::Dict(entries, rest))
    }
}
