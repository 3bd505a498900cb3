//! Classes of SOM, one per file.

use alloc::vec::Vec;

use motet_source::{Code, FileId, Span};

use super::{Parsed, Parser};
use crate::ast::{Body, Ident, Method};
use crate::lexer::{Kind, Surface, lex};

/// A class of SOM.
#[derive(Clone, Debug, PartialEq)]
pub struct SomClass<'a> {
    /// Its name.
    pub name: Ident<'a>,
    /// Its superclass: `Object` if none is named; `nil` for none at all.
    pub superclass: Option<Ident<'a>>,
    /// Fields and methods of its instances.
    pub instance: Side<'a>,
    /// Those of the class itself.
    pub class: Side<'a>,
}

/// Fields and methods.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Side<'a> {
    /// Names of the fields.
    pub fields: Vec<Ident<'a>>,
    /// Methods in order.
    pub methods: Vec<Method<'a>>,
}

/// Parses a file of SOM; more classes may follow the first.
///
/// # Errors
/// The first thing that does not fit.
pub fn parse_class(text: &str, file: FileId) -> Parsed<Vec<SomClass<'_>>> {
    let tokens = lex(text, 0, text.len(), file, Surface::Som)?;
    let mut parser = Parser::new(text, &tokens, file, Surface::Som);
    let mut classes = Vec::from([parser.class()?]);
    while *parser.peek() != Kind::Eof {
        classes.push(parser.class()?);
    }
    Ok(classes)
}

impl<'a> Parser<'_, 'a> {
    fn class(&mut self) -> Parsed<SomClass<'a>> {
        let name = self.ident()?;
        self.expect(&Kind::Binary("="))?;
        let superclass = if let Kind::Ident(_) = self.peek() { Some(self.ident()?) } else { None };
        self.expect(&Kind::LeftParen)?;
        let instance = self.side()?;
        let class = if self.take(&Kind::Separator) { self.side()? } else { Side::default() };
        self.expect(&Kind::RightParen)?;
        Ok(SomClass { name, superclass, instance, class })
    }

    fn side(&mut self) -> Parsed<Side<'a>> {
        let mut side = Side { fields: self.temporaries(&[])?, methods: Vec::new() };
        while !matches!(self.peek(), Kind::Separator | Kind::RightParen | Kind::Eof) {
            side.methods.push(self.method()?);
        }
        Ok(side)
    }

    fn method(&mut self) -> Parsed<Method<'a>> {
        let start = self.span().start as usize;
        // `= = ( … )`: the pattern's operator may be the sign itself.
        let (selector, params) = self.pattern()?;
        self.expect(&Kind::Binary("="))?;
        let (mut primitive, mut body) = (false, Body::default());
        if *self.peek() == Kind::Ident("primitive") {
            self.bump();
            primitive = true;
        } else {
            self.expect(&Kind::LeftParen)?;
            let temporaries = self.temporaries(&params)?;
            let statements = self.statements(&Kind::RightParen)?;
            self.expect(&Kind::RightParen)?;
            body = Body { temporaries, statements };
        }
        let end = self.end();
        if self.text.len() > u32::MAX as usize {
            return self.fail(Code::TooLarge, self.span(), "the file is too large");
        }
        Ok(Method { selector, params, primitive, body, source: &self.text[start..end], span: Span::new(start, end) })
    }
}
