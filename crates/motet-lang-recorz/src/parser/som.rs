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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ast::{Expr, ExprKind, Literal};
    use alloc::{format, string::String};

    /// An expression with all its brackets.
    fn shown(expr: &Expr<'_>) -> String {
        match &expr.kind {
            ExprKind::Name(name) => (*name).into(),
            ExprKind::Literal(Literal::Int(n)) => format!("{n}"),
            ExprKind::Literal(Literal::Float(x)) => format!("{x:?}"),
            ExprKind::Literal(Literal::Str(text)) => format!("{text:?}"),
            ExprKind::Literal(Literal::Symbol(name)) => format!("#{name}"),
            ExprKind::Literal(Literal::Array(items)) => format!("#{}", items.len()),
            ExprKind::Literal(Literal::Large(negative, _, digits)) => {
                format!("{}{digits}", if *negative { "-" } else { "" })
            }
            ExprKind::Assign(name, value) => format!("{} := {}", name.text, shown(value)),
            ExprKind::Send(receiver, message) => {
                let args: String = message.args.iter().map(|a| format!(" {}", shown(a))).collect();
                format!("({} {}{args})", shown(receiver), message.selector)
            }
            ExprKind::Block(block) => {
                let params: String = block.params.iter().map(|p| format!(":{} ", p.text)).collect();
                let body: String = block.body.statements.iter().map(|s| format!("{}.", shown(&s.value))).collect();
                format!("[{params}{body}]")
            }
            other => format!("{other:?}"),
        }
    }

    fn check(expr: &str, expected: &str) {
        let text = format!("A = ( run = ( {expr} ) )");
        let got = match parse_class(&text, FileId(0)) {
            Ok(classes) => classes[0].instance.methods[0].body.statements.iter().map(|s| shown(&s.value)).collect(),
            Err(error) => error.message,
        };
        assert_eq!(got, expected, "{expr}");
    }

    #[test]
    fn expressions_have_the_shape_of_the_grammar() {
        let cases = [
            ("1 + 2 * 3", "((1 + 2) * 3)"),
            ("a foo bar: b baz + 1 qux: c", "((a foo) bar:qux: ((b baz) + 1) c)"),
            ("x := y := 3 - 4", "x := y := (3 - 4)"),
            ("3*-4", "(3 * -4)"),
            ("0.5 - -0.5", "(0.5 - -0.5)"),
            ("3-4", "(3 - 4)"),
            ("- 5", "-5"),
            ("a --> b", "(a --> b)"),
            ("a || b && c", "((a || b) && c)"),
            ("a | b", "(a | b)"),
            ("a >>> 3 // 2 <> 4 ~= 5", "((((a >>> 3) // 2) <> 4) ~= 5)"),
            ("a , b @ c % d & e", "((((a , b) @ c) % d) & e)"),
            ("#at:put:", "#at:put:"),
            ("#+ foo", "(#+ foo)"),
            ("#'two words'", "#two words"),
            ("#(1 -2 3.5 'x' #y #z: #(1) #+)", "#8"),
            ("[:a :b | a + b]", "[:a :b (a + b).]"),
            ("[:a]", "[:a ]"),
            ("[]", "[]"),
            ("(a b) c", "((a b) c)"),
            ("'it\\'s \\t\\\\'", "\"it's \\t\\\\\""),
            ("'two\nlines'", "\"two\\nlines\""),
            ("123456789012345678901234567890", "123456789012345678901234567890"),
            ("-123456789012345678901234567890", "-123456789012345678901234567890"),
            ("-9223372036854775808", "-9223372036854775808"),
            ("super foo", "(super foo)"),
            ("primitive foo: größe", "(primitive foo: größe)"),
            ("a. b.", "ab"),
        ];
        for (expr, expected) in cases {
            check(expr, expected);
        }
    }

    #[test]
    fn errors_say_what_does_not_fit() {
        let cases = [
            ("a foo; bar", "SOM has no cascades"),
            ("a foo: 1; bar", "SOM has no cascades"),
            ("^ 1. 2", "Expected RPAREN, found INTEGER"),
            ("[ :a :b :c | a ]", "a block takes at most two arguments"),
            ("'a\\x'", "unknown escape sequence"),
            ("'open", "Unterminated string literal"),
            ("\"open", "Unterminated comment"),
            ("$a", "Unexpected character '$'"),
            ("#(a)", "Unexpected token IDENT"),
            ("#[1]", "Unexpected character '#'"),
            ("{1}", "Unexpected character '{'"),
            ("self := 1", "cannot assign to 'self'"),
            ("[ :super | 1 ]", "cannot assign to 'super'"),
            ("(1 + 2", "Expected RPAREN, found EOF"),
            ("1 +", "Unexpected token RPAREN"),
            ("16r1F", "(16 r1F)"),
        ];
        for (expr, expected) in cases {
            check(expr, expected);
        }
    }

    #[test]
    fn classes_have_two_sides_of_fields_and_methods() {
        let text = "\"A class\" Foo = Bar (\n| a b |\n= other = ( ^ true )\n- x = primitive\nat: i put: v = ( | t | t := v )\n\
                    primitive = ()\n--------\n| c |\nnew = primitive\n)";
        let classes = parse_class(text, FileId(0)).unwrap();
        let class = &classes[0];
        assert_eq!((class.name.text, class.superclass.map(|s| s.text)), ("Foo", Some("Bar")));
        let names = |side: &Side<'_>| side.fields.iter().map(|f| String::from(f.text)).collect::<Vec<_>>();
        assert_eq!(
            (names(&class.instance), names(&class.class)),
            (["a".into(), "b".into()].into(), ["c".into()].into())
        );
        let methods = |side: &Side<'_>| {
            side.methods.iter().map(|m| format!("{} {}", m.selector, m.primitive)).collect::<Vec<_>>().join(", ")
        };
        assert_eq!(methods(&class.instance), "= false, - true, at:put: false, primitive false");
        assert_eq!(methods(&class.class), "new true");
    }

    #[test]
    fn wrong_classes_are_refused() {
        let cases = [
            ("", "Expected IDENT, found EOF"),
            ("Foo", "Expected BINARY, found EOF"),
            ("Foo = (", "Expected RPAREN, found EOF"),
            ("Foo = ( | a a | )", "duplicate variable 'a'"),
            ("Foo = ( run )", "Expected BINARY, found RPAREN"),
            ("Foo = ( run = 5 )", "Expected LPAREN, found INTEGER"),
            ("Foo = () x", "Expected BINARY, found EOF"),
        ];
        for (text, expected) in cases {
            let error = parse_class(text, FileId(0)).err().map(|e| e.message);
            assert_eq!(error.as_deref(), Some(expected), "{text}");
        }
    }
}
