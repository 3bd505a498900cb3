//! The levels of operators: an expression is split at the loosest operator
//! first, and what is left over is a [term](super::term).
//!
//! Invariants: no two readings of the same piece fail twice (failures are
//! kept); a line's work is bounded; a piece never cuts a pair of brackets.

use alloc::{boxed::Box, collections::BTreeMap, vec::Vec};

use motet_source::Span;

use super::scan::{self, Kind, Mark};
use crate::{
    ast::{BinOp, Call, Expr, ExprKind, Ident, MAX_HEIGHT},
    diagnose::{Problem, What},
};

/// Steps of work for any expression, and more for each byte of it.
const WORK: usize = 100_000;
const WORK_PER_BYTE: usize = 32;

/// A part of the text with the marks in it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Piece {
    pub start: u32,
    pub end: u32,
    /// The first mark, and just past the last one.
    pub marks: (u32, u32),
}

/// What a piece has at its top level.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Shape {
    pub or: bool,
    pub and: bool,
    pub and_part: bool,
    pub compare: bool,
    pub add: bool,
    pub mul: bool,
    pub with: bool,
}

/// Reads expressions.
pub(super) struct Reader<'a> {
    pub text: &'a str,
    pub marks: Vec<Mark>,
    open: Vec<u32>,
    /// Pieces that are no expressions, of the expression that is being read.
    failed: BTreeMap<(u32, u32), Problem>,
    /// What may still be done for this expression.
    work: usize,
    /// How many readings of expressions and terms are under way, one within the other.
    nesting: usize,
}

/// Most of them: about half as many pairs of parentheses. A level takes kilobytes of the native stack.
const MAX_READINGS: usize = 256;

/// A result of reading.
pub(super) type Read<T> = Result<T, Problem>;

impl<'a> Reader<'a> {
    pub fn new(text: &'a str) -> Self {
        Self { text, marks: Vec::new(), open: Vec::new(), failed: BTreeMap::new(), work: 0, nesting: 0 }
    }

    /// Where a part of the text begins.
    pub fn offset(&self, part: &str) -> usize {
        part.as_ptr() as usize - self.text.as_ptr() as usize
    }

    /// Finds the marks of a part of the text. The piece is good until the next call.
    pub fn piece(&mut self, part: &str) -> Piece {
        let part = part.trim();
        let start = self.offset(part);
        let end = start + part.len();
        scan::scan(self.text, start, end, &mut self.marks, &mut self.open);
        self.failed.clear();
        self.work = WORK + WORK_PER_BYTE * part.len();
        self.nesting = 0;
        Piece { start: start as u32, end: end as u32, marks: (0, self.marks.len() as u32) }
    }

    /// Reads a part of the text as an expression.
    pub fn expression(&mut self, part: &str) -> Read<Expr<'a>> {
        let piece = self.piece(part);
        self.full(piece, 0)
    }

    /// Reads expressions between top-level commas and `and`s.
    pub fn arguments(&mut self, part: &str) -> Read<Vec<Expr<'a>>> {
        let piece = self.piece(part);
        if self.str(piece).trim().is_empty() {
            return Ok(Vec::new());
        }
        let pieces = self.split_at(piece, |mark| self.ends_argument(mark));
        pieces.into_iter().map(|(piece, _)| self.full(piece, 1)).collect()
    }

    /// Whether a mark stands between arguments after `with`: a comma or `and`, while `And` is always the operator.
    fn ends_argument(&self, mark: Mark) -> bool {
        match mark.kind {
            Kind::Comma => true,
            Kind::And => self.text.as_bytes().get(mark.start as usize + 1) == Some(&b'a'),
            _ => false,
        }
    }

    /// The text of a piece.
    pub fn str(&self, piece: Piece) -> &'a str {
        &self.text[piece.start as usize..piece.end as usize]
    }

    pub fn problem(&self, what: What, piece: Piece) -> Problem {
        Problem { what, start: piece.start, end: piece.end }
    }

    pub fn span(piece: Piece) -> Span {
        Span { start: piece.start, end: piece.end }
    }

    /// The piece without white space around it, and without operators that need that white space.
    pub fn trim(&self, piece: Piece) -> Piece {
        let text = self.str(piece);
        let rest = text.trim_start();
        let start = piece.end - rest.len() as u32;
        let end = start + rest.trim_end().len() as u32;
        let (mut first, mut last) = piece.marks;
        let cut = |number: u32, is_cut: fn(Mark, u32) -> bool, at: u32| {
            self.marks.get(number as usize).is_some_and(|&mark| mark.kind != Kind::Group && is_cut(mark, at))
        };
        if start > piece.start && first < last && cut(first, |mark, at| mark.start < at, start) {
            first += 1;
        }
        if end < piece.end && first < last && cut(last - 1, |mark, at| mark.end > at, end) {
            last -= 1;
        }
        Piece { start, end, marks: (first, last) }
    }

    /// The same, which must not be empty.
    pub fn trim_some(&self, piece: Piece) -> Read<Piece> {
        let trimmed = self.trim(piece);
        if trimmed.start == trimmed.end { Err(self.problem(What::Empty, trimmed)) } else { Ok(trimmed) }
    }

    /// Marks at the top level of a piece, with their numbers.
    pub fn top(&self, piece: Piece) -> impl Iterator<Item = (u32, Mark)> + '_ {
        let mut at = piece.marks.0;
        core::iter::from_fn(move || {
            let mark = (at < piece.marks.1).then(|| self.marks.get(at as usize).copied())??;
            let number = at;
            at = mark.next;
            Some((number, mark))
        })
    }

    /// The parts between the marks that are wanted, each with the mark before it.
    pub fn split(&self, piece: Piece, wanted: impl Fn(Kind) -> bool) -> Vec<(Piece, Option<Kind>)> {
        self.split_at(piece, |mark| wanted(mark.kind))
    }

    pub fn split_at(&self, piece: Piece, wanted: impl Fn(Mark) -> bool) -> Vec<(Piece, Option<Kind>)> {
        let mut pieces = Vec::new();
        let (mut start, mut first, mut before) = (piece.start, piece.marks.0, None);
        for (number, mark) in self.top(piece) {
            if wanted(mark) {
                pieces.push((Piece { start, end: mark.start, marks: (first, number) }, before));
                (start, first, before) = (mark.end, number + 1, Some(mark.kind));
            }
        }
        pieces.push((Piece { start, end: piece.end, marks: (first, piece.marks.1) }, before));
        pieces
    }

    /// What is at the top level of a piece.
    pub fn shape(&mut self, piece: Piece) -> Read<Shape> {
        let mut shape = Shape::default();
        let mut steps = 1;
        for (_, mark) in self.top(piece) {
            steps += 1;
            match mark.kind {
                Kind::Or => shape.or = true,
                Kind::And => shape.and = true,
                Kind::AndPart => shape.and_part = true,
                Kind::Compare(_) => shape.compare = true,
                Kind::Add(_) => shape.add = true,
                Kind::Mul(_) => shape.mul = true,
                Kind::With => shape.with = true,
                Kind::Comma | Kind::Word | Kind::Group => {}
            }
        }
        match self.work.checked_sub(steps) {
            Some(rest) => self.work = rest,
            None => return Err(self.problem(What::TooComplex, piece)),
        }
        Ok(shape)
    }

    /// Fails for a tree that would be too high.
    pub fn check_height(&self, piece: Piece, height: usize) -> Read<()> {
        if height < MAX_HEIGHT { Ok(()) } else { Err(self.problem(What::TooDeep, piece)) }
    }

    /// Reads something within what is being read.
    fn nested<T>(&mut self, piece: Piece, read: impl FnOnce(&mut Self) -> Read<T>) -> Read<T> {
        if self.nesting >= MAX_READINGS {
            return Err(self.problem(What::TooDeep, piece));
        }
        self.nesting += 1;
        let result = read(self);
        self.nesting -= 1;
        result
    }

    /// Reads a full expression.
    pub fn full(&mut self, piece: Piece, depth: usize) -> Read<Expr<'a>> {
        let piece = self.trim_some(piece)?;
        self.check_height(piece, depth)?;
        if !self.failed.is_empty()
            && let Some(problem) = self.failed.get(&(piece.start, piece.end))
        {
            return Err(*problem);
        }
        let result = self.nested(piece, |reader| reader.disjunction(piece, depth));
        if let Err(problem) = &result
            && !problem.what.is_fatal()
        {
            self.failed.insert((piece.start, piece.end), *problem);
        }
        result
    }

    fn disjunction(&mut self, piece: Piece, depth: usize) -> Read<Expr<'a>> {
        let shape = self.shape(piece)?;
        if let Some(call) = self.call_to_end(piece, shape, depth)? {
            return Ok(call);
        }
        if shape.and_part
            && let Some(response) = self.response(piece, depth)?
        {
            return Ok(response);
        }
        if !shape.or {
            return self.conjunction(piece, shape, depth);
        }
        let operands = self.split(piece, |kind| kind == Kind::Or);
        self.fold(
            piece,
            operands,
            depth,
            |_, a, b| ExprKind::Or(a, b),
            |reader, operand, depth| {
                let operand = reader.trim_some(operand)?;
                let shape = reader.shape(operand)?;
                match reader.call_to_end(operand, shape, depth)? {
                    Some(call) => Ok(call),
                    None => reader.conjunction(operand, shape, depth),
                }
            },
        )
    }

    /// Joins operands from left to right.
    fn fold(
        &mut self,
        piece: Piece,
        operands: Vec<(Piece, Option<Kind>)>,
        depth: usize,
        join: impl Fn(Option<Kind>, Box<Expr<'a>>, Box<Expr<'a>>) -> ExprKind<'a>,
        mut read: impl FnMut(&mut Self, Piece, usize) -> Read<Expr<'a>>,
    ) -> Read<Expr<'a>> {
        let count = operands.len();
        self.check_height(piece, depth + count - 1)?;
        let mut whole: Option<Expr<'a>> = None;
        for (number, (operand, before)) in operands.into_iter().enumerate() {
            // The leftmost two are the deepest.
            let right = read(self, operand, depth + (count - number).min(count - 1))?;
            whole = Some(match whole {
                None => right,
                Some(left) => {
                    let span = left.span.to(right.span);
                    Expr { kind: join(before, Box::new(left), Box::new(right)), span }
                }
            });
        }
        whole.ok_or_else(|| self.problem(What::Empty, piece))
    }

    /// `name with a, b and c` at the start, which takes everything to the end; unless an argument does not parse.
    fn call_to_end(&mut self, piece: Piece, shape: Shape, depth: usize) -> Read<Option<Expr<'a>>> {
        if !shape.with {
            return Ok(None);
        }
        let Some((number, name)) = self.name_before_with(piece) else { return Ok(None) };
        let with = self.marks[number as usize];
        let rest = Piece { start: with.end, end: piece.end, marks: (number + 1, piece.marks.1) };
        let mut args = Vec::new();
        for (arg, _) in self.split_at(rest, |mark| self.ends_argument(mark)) {
            match self.full(arg, depth + 1) {
                Ok(arg) => args.push(arg),
                Err(problem) if problem.what.is_fatal() => return Err(problem),
                Err(_) => return Ok(None),
            }
        }
        let kind = ExprKind::Call(Call { module: None, name, args });
        Ok(Some(Expr { kind, span: Self::span(piece) }))
    }

    /// The name that a piece begins with, if `with` follows it: the number of that mark, and the name.
    pub fn name_before_with(&self, piece: Piece) -> Option<(u32, Ident<'a>)> {
        let (number, mark) = self.top(piece).next()?;
        if mark.kind != Kind::With {
            return None;
        }
        let name = self.trim(Piece { end: mark.start, ..piece });
        let text = self.str(name);
        super::term::is_name(text).then_some((number, Ident { text, span: Self::span(name) }))
    }

    fn conjunction(&mut self, piece: Piece, shape: Shape, depth: usize) -> Read<Expr<'a>> {
        if !shape.and {
            return self.negation(piece, shape, depth);
        }
        let operands = match self.collection_start(piece) {
            Some(super::term::Collection::List) if !shape.compare => return self.negation(piece, shape, depth),
            Some(super::term::Collection::Dictionary) => {
                let end = piece.end as usize;
                let text = self.text;
                let is_pair = |mark: Mark| super::term::is_pair(&text[mark.end as usize..end]);
                self.split_at(piece, |mark| mark.kind == Kind::And && !is_pair(mark))
            }
            _ => self.split(piece, |kind| kind == Kind::And),
        };
        self.fold(
            piece,
            operands,
            depth,
            |_, a, b| ExprKind::And(a, b),
            |reader, operand, depth| {
                let operand = reader.trim_some(operand)?;
                let shape = reader.shape(operand)?;
                reader.negation(operand, shape, depth)
            },
        )
    }

    fn negation(&mut self, piece: Piece, shape: Shape, depth: usize) -> Read<Expr<'a>> {
        let mut rest = piece;
        let mut starts = Vec::new();
        while self.str(rest).starts_with("not ") || self.str(rest).starts_with("Not ") {
            starts.push(rest.start);
            rest = self.trim_some(Piece { start: rest.start + 4, ..rest })?;
            self.check_height(piece, depth + starts.len())?;
        }
        let mut expr = self.comparison(self.drop_marks_before(rest), shape, depth + starts.len())?;
        for start in starts.into_iter().rev() {
            let span = Span { start, end: expr.span.end };
            expr = Expr { kind: ExprKind::Not(Box::new(expr)), span };
        }
        Ok(expr)
    }

    /// The piece without the marks that stand before its start.
    pub fn drop_marks_before(&self, piece: Piece) -> Piece {
        let first = self.top(piece).find(|(_, mark)| mark.start >= piece.start).map_or(piece.marks.1, |m| m.0);
        Piece { marks: (first, piece.marks.1), ..piece }
    }

    fn comparison(&mut self, piece: Piece, shape: Shape, depth: usize) -> Read<Expr<'a>> {
        if !shape.compare {
            return self.sum(piece, shape, depth);
        }
        let mut found: Option<(usize, u32, Mark, BinOp)> = None;
        let mut count = 0;
        for (number, mark) in self.top(piece) {
            if let Kind::Compare(op) = mark.kind {
                count += 1;
                if found.is_none_or(|f| scan::rank(op) < f.0) {
                    found = Some((scan::rank(op), number, mark, op));
                }
            }
        }
        let Some((_, number, mark, op)) = found else { return self.sum(piece, shape, depth) };
        let left = Piece { end: mark.start, marks: (piece.marks.0, number), ..piece };
        let right = Piece { start: mark.end, marks: (number + 1, piece.marks.1), ..piece };
        if count > 1 {
            let compares = |piece| self.top(piece).any(|(_, m)| matches!(m.kind, Kind::Compare(_)));
            let wrong = if compares(left) { left } else { right };
            return Err(self.problem(What::NoExpression, self.trim_some(wrong)?));
        }
        let left = self.sum(left, shape, depth + 1)?;
        let right = self.sum(right, shape, depth + 1)?;
        let span = left.span.to(right.span);
        Ok(Expr { kind: ExprKind::Binary(op, Box::new(left), Box::new(right)), span })
    }

    fn sum(&mut self, piece: Piece, shape: Shape, depth: usize) -> Read<Expr<'a>> {
        if !shape.add {
            return self.product(piece, shape, depth);
        }
        let operands = self.split(piece, |kind| matches!(kind, Kind::Add(_)));
        self.fold(piece, operands, depth, join_binary, |reader, operand, depth| reader.product(operand, shape, depth))
    }

    fn product(&mut self, piece: Piece, shape: Shape, depth: usize) -> Read<Expr<'a>> {
        if !shape.mul {
            return self.postfix(piece, depth);
        }
        let operands = self.split(piece, |kind| matches!(kind, Kind::Mul(_)));
        self.fold(piece, operands, depth, join_binary, |reader, operand, depth| reader.postfix(operand, depth))
    }

    fn postfix(&mut self, piece: Piece, depth: usize) -> Read<Expr<'a>> {
        let piece = self.trim_some(piece)?;
        self.check_height(piece, depth)?;
        let bytes = self.text.as_bytes();
        if bytes[piece.end as usize - 1] != b']' {
            return self.nested(piece, |reader| reader.term(piece, depth));
        }
        // From the last pair of brackets to the first that nothing but brackets follows.
        let groups: Vec<(u32, Mark)> = self.top(piece).filter(|(_, mark)| mark.kind == Kind::Group).collect();
        let mut base = piece;
        let mut indexes = Vec::new();
        for &(number, group) in groups.iter().rev() {
            let rest = self.trim(Piece { end: group.start, marks: (piece.marks.0, number), ..piece });
            if group.end != base.end || bytes[group.start as usize] != b'[' || rest.start == rest.end {
                break;
            }
            indexes.push(Piece { start: group.start + 1, end: group.end - 1, marks: (number + 1, group.next) });
            base = rest;
        }
        let count = indexes.len();
        self.check_height(piece, depth + count)?;
        let mut expr = self.nested(base, |reader| reader.term(base, depth + count))?;
        for (number, index) in indexes.into_iter().rev().enumerate() {
            let span = Span { start: piece.start, end: index.end + 1 };
            let index = self.full(index, depth + count - number)?;
            expr = Expr { kind: ExprKind::Index(Box::new(expr), Box::new(index)), span };
        }
        Ok(expr)
    }
}

fn join_binary<'a>(before: Option<Kind>, a: Box<Expr<'a>>, b: Box<Expr<'a>>) -> ExprKind<'a> {
    let op = match before {
        Some(Kind::Add(op) | Kind::Mul(op) | Kind::Compare(op)) => op,
        _ => BinOp::Add,
    };
    ExprKind::Binary(op, a, b)
}
