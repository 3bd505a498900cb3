//! Terms: phrases, literals, calls, names, in the order of the reference.

use alloc::{vec, vec::Vec};

use motet_source::Span;

use super::{
    expr::{Piece, Read, Reader},
    scan::{Kind, Mark, UNCLOSED, begins},
};
use crate::{
    Phrase,
    ast::{Call, Expr, ExprKind, Ident},
    diagnose::What,
};

/// Collections that have a phrase.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Collection {
    List,
    Dictionary,
}

/// How collections begin. Only these words: an empty one.
const COLLECTIONS: [(&str, Collection); 4] = [
    ("make a list", Collection::List),
    ("make a mutable list", Collection::List),
    ("make a dictionary", Collection::Dictionary),
    ("make a mutable dictionary", Collection::Dictionary),
];

/// Phrases by the first letter of their spellings, as bits by their place in [`Phrase::ALL`].
const BY_LETTER: [u64; 26] = {
    assert!(Phrase::ALL.len() <= 64);
    let mut table = [0; 26];
    let mut number = 0;
    while number < Phrase::ALL.len() {
        let forms = Phrase::ALL[number].forms();
        let mut form = 0;
        while form < forms.len() {
            table[(forms[form].as_bytes()[0] - b'a') as usize] |= 1 << number;
            form += 1;
        }
        number += 1;
    }
    table
};

/// What stands for an operand in the spelling of a phrase.
const OPERAND: &str = "…";

/// Whether a text is a name: letters, digits and `_`, and no number or literal.
pub(super) fn is_name(text: &str) -> bool {
    is_word(text) && !matches!(word(text), ExprKind::Number(_) | ExprKind::Bool(_) | ExprKind::Nothing)
}

/// Whether a text is letters, digits and `_` only.
pub(super) fn is_word(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_alphanumeric() || c == '_')
}

/// What a word means.
fn word(text: &str) -> ExprKind<'_> {
    let is = |literal: &str| text.eq_ignore_ascii_case(literal);
    match text.as_bytes().first() {
        Some(b'0'..=b'9') => text.parse().map_or(ExprKind::Name(text), ExprKind::Number),
        Some(b't' | b'T') if is("true") => ExprKind::Bool(true),
        Some(b'f' | b'F') if is("false") => ExprKind::Bool(false),
        Some(b'n' | b'N') if text == "None" || is("null") || is("nothing") => ExprKind::Nothing,
        Some(b'n' | b'N') if is("nan") => ExprKind::Number(f64::NAN),
        Some(b'i' | b'I') if is("inf") || is("infinity") => ExprKind::Number(f64::INFINITY),
        _ => ExprKind::Name(text),
    }
}

/// Whether a text, up to the next comma or `and`, begins as a pair of a dictionary does.
pub(super) fn is_pair(text: &str) -> bool {
    pair(text).is_some_and(|(_, value)| value.is_some())
}

/// The key of a pair with its quotes, and where the value begins if it has one.
fn pair(text: &str) -> Option<(&str, Option<&str>)> {
    let start = text.trim_start();
    let end = 1 + start.strip_prefix('"')?.find('"')? + 1;
    let rest = start[end..].trim_start();
    let value = ["as ", "set to "].iter().find(|word| begins(rest.as_bytes(), word));
    Some((&start[..end], value.map(|word| &rest[word.len()..])))
}

/// The text after the start of a phrase's spelling, up to its first operand; `None` if it begins otherwise.
fn after_start(text: &str, form: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    for (at, &want) in form.as_bytes().iter().enumerate() {
        if want == OPERAND.as_bytes()[0] {
            return Some(at);
        }
        if !bytes.get(at)?.eq_ignore_ascii_case(&want) {
            return None;
        }
    }
    (bytes.len() == form.len()).then_some(form.len())
}

impl<'a> Reader<'a> {
    /// Reads a piece, without white space around it, that has no operators at its top level.
    pub fn term(&mut self, piece: Piece, depth: usize) -> Read<Expr<'a>> {
        let text = self.str(piece);
        let span = Span { start: piece.start, end: piece.end };
        if is_word(text) {
            return Ok(Expr { kind: word(text), span });
        }
        if let Some(expr) = self.phrase_term(piece, text, depth)? {
            return Ok(expr);
        }
        let bytes = text.as_bytes();
        let (first, last) = (bytes[0], bytes[bytes.len() - 1]);
        if text.len() >= 2 && first == last && matches!(first, b'"' | b'\'') {
            return Ok(Expr { kind: ExprKind::Text(&text[1..text.len() - 1]), span });
        }
        if begins(bytes, "list contains ") {
            return Err(
                self.problem(What::Fixed("Legacy 'List contains' is not supported. Use: Make a list of ..."), piece)
            );
        }
        if begins(bytes, "dictionary contains ") {
            return Err(self.problem(
                What::Fixed("Legacy 'Dictionary contains' is not supported. Use: Make a dictionary with ..."),
                piece,
            ));
        }
        if matches!(first, b'0'..=b'9' | b'+' | b'-' | b'.')
            && let Ok(number) = text.parse()
        {
            return Ok(Expr { kind: ExprKind::Number(number), span });
        }
        if let Some(kind) = self.call(piece, depth)? {
            return Ok(kind);
        }
        Err(self.problem(What::NoExpression, piece))
    }

    /// The calls and groups: `name with a, b`, `name(a, b)`, `(a)`.
    fn call(&mut self, piece: Piece, depth: usize) -> Read<Option<Expr<'a>>> {
        let span = Self::span(piece);
        if let Some((number, name)) = self.name_before_with(piece)
            && self.text[self.marks[number as usize].start as usize..].starts_with(" with ")
        {
            let start = self.marks[number as usize].end;
            let args = self.list(Piece { start, end: piece.end, marks: (number + 1, piece.marks.1) }, depth)?;
            return Ok(Some(Expr { kind: ExprKind::Call(Call { module: None, name, args }), span }));
        }
        let Some((number, group)) = self.top(piece).next() else { return Ok(None) };
        let round = |at: u32, sign: u8| self.text.as_bytes().get(at as usize) == Some(&sign);
        if group.kind != Kind::Group || group.end == UNCLOSED || group.end != piece.end {
            return Ok(None);
        }
        if !round(group.start, b'(') || !round(group.end - 1, b')') {
            return Ok(None);
        }
        let inside = Piece { start: group.start + 1, end: group.end - 1, marks: (number + 1, piece.marks.1) };
        let is_empty = self.str(inside).trim().is_empty();
        let before = self.trim(Piece { end: group.start, marks: (0, 0), ..piece });
        if before.start == before.end {
            if is_empty {
                return Err(self.problem(What::EmptyParentheses, piece));
            }
            return self.full(inside, depth + 1).map(Some);
        }
        let name = self.str(before);
        let (module, name) = match name.split_once("::") {
            Some((module, name)) => (Some(module), name),
            None => (None, name),
        };
        if !is_name(name) || module.is_some_and(|module| !is_name(module)) {
            return Ok(None);
        }
        let ident = |text: &'a str, start: u32| Ident { text, span: Span { start, end: start + text.len() as u32 } };
        let call = Call {
            module: module.map(|module| ident(module, before.start)),
            name: ident(name, before.end - name.len() as u32),
            args: if is_empty { Vec::new() } else { self.list(inside, depth)? },
        };
        Ok(Some(Expr { kind: ExprKind::Call(call), span }))
    }

    /// Expressions between top-level commas.
    fn list(&mut self, piece: Piece, depth: usize) -> Read<Vec<Expr<'a>>> {
        let parts = self.split(piece, |kind| kind == Kind::Comma);
        parts.into_iter().map(|(part, _)| self.full(part, depth + 1)).collect()
    }

    /// Everything that begins with words of its own, and the rejected literals in brackets.
    fn phrase_term(&mut self, piece: Piece, text: &'a str, depth: usize) -> Read<Option<Expr<'a>>> {
        let Some(&first) = text.as_bytes().first() else { return Ok(None) };
        match first {
            b'[' => {
                return Err(self.problem(
                    What::Fixed("Bracket list literals '[]' are not supported. Use: Make a list of ..."),
                    piece,
                ));
            }
            b'{' => {
                return Err(self.problem(
                    What::Fixed("Brace dictionary literals '{}' are not supported. Use: Make a dictionary with ..."),
                    piece,
                ));
            }
            b'm' | b'M' => {
                if let Some(found) = self.collection(piece, text, depth)? {
                    return Ok(Some(found));
                }
            }
            b'a'..=b'z' | b'A'..=b'Z' => {}
            _ => return Ok(None),
        }
        let mut candidates = BY_LETTER[(first.to_ascii_lowercase() - b'a') as usize];
        while candidates != 0 {
            let phrase = Phrase::ALL[candidates.trailing_zeros() as usize];
            candidates &= candidates - 1;
            if let Some(found) = self.phrase(phrase, piece, text, depth)? {
                return Ok(Some(found));
            }
        }
        if matches!(first, b'e' | b'E') { self.error_value(piece, text, depth) } else { Ok(None) }
    }

    /// The piece read as one phrase, if it has that form.
    fn phrase(&mut self, phrase: Phrase, piece: Piece, text: &str, depth: usize) -> Read<Option<Expr<'a>>> {
        for form in phrase.forms() {
            let Some(start) = after_start(text, form) else { continue };
            let Some(operands) = self.operands(piece, start, &form[start..]) else { continue };
            let operands = operands.into_iter().map(|operand| self.full(operand, depth + 1));
            let operands = operands.collect::<Read<Vec<_>>>()?;
            return Ok(Some(Expr { kind: ExprKind::Phrase(phrase, operands), span: Self::span(piece) }));
        }
        Ok(None)
    }

    /// The pieces that stand for the operands of a spelling; `None` if one of its small words is missing.
    fn operands(&self, piece: Piece, start: usize, form: &str) -> Option<Vec<Piece>> {
        let Some(form) = form.strip_prefix(OPERAND) else { return Some(Vec::new()) };
        let mut operands = vec![self.drop_marks_before(Piece { start: piece.start + start as u32, ..piece })];
        for word in form.split(OPERAND) {
            if word.is_empty() {
                break;
            }
            let last = operands.last_mut()?;
            let (number, mark) = self.find_word(*last, word)?;
            let rest =
                Piece { start: mark.start + word.len() as u32 - 1, end: last.end, marks: (number + 1, last.marks.1) };
            *last = Piece { end: mark.start, marks: (last.marks.0, number), ..*last };
            operands.push(self.drop_marks_before(rest));
        }
        Some(operands)
    }

    /// The first mark at the top level of a piece where the words of a phrase stand.
    fn find_word(&self, piece: Piece, word: &str) -> Option<(u32, Mark)> {
        let text = &self.text.as_bytes()[..piece.end as usize];
        let wanted = |kind| matches!(kind, Kind::With | Kind::Word | Kind::AndPart);
        self.top(piece).find(|(_, mark)| wanted(mark.kind) && begins(&text[mark.start as usize..], word))
    }

    /// The phrases whose `and` is not the operator, which are taken before it is looked for.
    pub fn response(&mut self, piece: Piece, depth: usize) -> Read<Option<Expr<'a>>> {
        let text = self.str(piece);
        for phrase in [Phrase::JsonStatusResponse, Phrase::ErrorResponse] {
            if let Some(found) = self.phrase(phrase, piece, text, depth)? {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    /// `error of type T with message m`.
    fn error_value(&mut self, piece: Piece, text: &'a str, depth: usize) -> Read<Option<Expr<'a>>> {
        const START: &str = "error of type ";
        if !begins(text.as_bytes(), START) {
            return Ok(None);
        }
        let rest = self.drop_marks_before(Piece { start: piece.start + START.len() as u32, ..piece });
        let Some((number, mark)) = self.find_word(rest, " with message ") else { return Ok(None) };
        let kind = self.str(Piece { end: mark.start, ..rest });
        let start = mark.start + " with message".len() as u32;
        let message = Piece { start, end: piece.end, marks: (number + 1, piece.marks.1) };
        let message = self.full(self.drop_marks_before(message), depth + 1)?;
        let kind = ExprKind::Error(unquoted(kind), alloc::boxed::Box::new(message));
        Ok(Some(Expr { kind, span: Self::span(piece) }))
    }

    /// The sort of collection that a piece begins with, perhaps after unary phrases.
    pub fn collection_start(&self, piece: Piece) -> Option<Collection> {
        let mut text = self.str(piece);
        'strip: loop {
            let first = text.as_bytes().first()?.to_ascii_lowercase();
            if first == b'm'
                && let Some((sort, _)) = collection_words(text)
            {
                return Some(sort);
            }
            if !first.is_ascii_lowercase() {
                return None;
            }
            let mut candidates = BY_LETTER[(first - b'a') as usize];
            while candidates != 0 {
                let phrase = Phrase::ALL[candidates.trailing_zeros() as usize];
                candidates &= candidates - 1;
                for form in phrase.forms() {
                    if phrase.operands() == 1
                        && let Some(start) = after_start(text, form)
                    {
                        text = text[start..].trim_start();
                        continue 'strip;
                    }
                }
            }
            return None;
        }
    }

    /// `Make a list of …`, `Make a dictionary with …`.
    fn collection(&mut self, piece: Piece, text: &str, depth: usize) -> Read<Option<Expr<'a>>> {
        let Some((sort, start)) = collection_words(text) else { return Ok(None) };
        let inside = self.drop_marks_before(Piece { start: piece.start + start as u32, ..piece });
        let parts = self.split(inside, |kind| matches!(kind, Kind::Comma | Kind::And));
        // Nothing between commas is no item.
        let parts = parts.into_iter().map(|(part, _)| self.trim(part)).filter(|part| part.start < part.end);
        let parts: Vec<Piece> = parts.collect();
        let kind = match sort {
            Collection::List => {
                let items = parts.into_iter().map(|part| self.full(part, depth + 1));
                ExprKind::List(items.collect::<Read<_>>()?)
            }
            Collection::Dictionary => {
                let pairs = parts.into_iter().map(|part| self.pair(part, depth));
                ExprKind::Dictionary(pairs.collect::<Read<_>>()?)
            }
        };
        Ok(Some(Expr { kind, span: Self::span(piece) }))
    }

    fn pair(&mut self, piece: Piece, depth: usize) -> Read<(Ident<'a>, Expr<'a>)> {
        let text = self.str(piece);
        let wrong = |message| Err(self.problem(What::Fixed(message), piece));
        match pair(text) {
            Some((key, Some(value))) => {
                let start = piece.end - value.len() as u32;
                let value = self.full(self.drop_marks_before(Piece { start, ..piece }), depth + 1)?;
                let span = Span { start: piece.start, end: piece.start + key.len() as u32 };
                Ok((Ident { text: &key[1..key.len() - 1], span }, value))
            }
            None if text.contains(" as ") || text.contains(" set to ") => {
                wrong("Expected quoted key in dictionary literal")
            }
            Some((_, None)) | None => wrong("Expected 'as' in dictionary literal item"),
        }
    }
}

/// The sort of collection that a text begins with, and where its parts begin.
fn collection_words(text: &str) -> Option<(Collection, usize)> {
    let bytes = text.as_bytes();
    let (words, sort) = COLLECTIONS.iter().find(|(words, _)| begins(bytes, words))?;
    let link = if *sort == Collection::List { " of" } else { " with" };
    let rest = &bytes[words.len()..];
    if rest.is_empty() {
        return Some((*sort, text.len()));
    }
    let after = words.len() + link.len();
    let whole = begins(rest, link) && bytes.get(after).is_none_or(|&b| b == b' ');
    whole.then_some((*sort, after))
}

/// A text without blanks and quotes around it.
pub(super) fn unquoted(text: &str) -> &str {
    let text = text.trim();
    let quoted = |quote| text.strip_prefix(quote).and_then(|rest: &str| rest.strip_suffix(quote));
    quoted('"').or_else(|| quoted('\'')).unwrap_or(text)
}
