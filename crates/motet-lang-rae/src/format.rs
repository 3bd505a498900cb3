//! Rae source in its customary layout: two blanks per level, one statement a
//! line, lists of one line with `, `, lists of several lines without commas,
//! line feeds, a final newline.
//!
//! The formatter works on tokens and on what the parser says about them
//! ([`crate::parser::marks`]). It keeps comments, line breaks within
//! expressions, which items share a line, and single blank lines; what stands
//! between `# raefmt: off` and `# raefmt: on` it copies.
//!
//! Invariants: the result has the same syntax tree; formatting it again
//! changes nothing; time is linear in the size of the text.

use alloc::{borrow::Cow, string::String, vec, vec::Vec};

use motet_source::{Diagnostic, FileId, Span};

use crate::{
    lexer,
    names::Names,
    parser::{self, mark},
    token::{Tok, Token},
};

/// Formats a file. Wrong line ends and a missing final newline are put right.
///
/// # Errors
/// Everything that is wrong with its tokens and syntax, or that the result has too many lines; never empty.
pub fn format(text: &str, file: FileId) -> Result<String, Vec<Diagnostic>> {
    let mut names = Names::default();
    let lexed = lexer::lex_any_lines(text, file, &mut names)?;
    let marks = parser::marks(&lexed, file, &mut names)?;
    let mut pieces: Vec<Piece> = Vec::with_capacity(lexed.tokens.len());
    let mut comma = None;
    for (&token, &mark) in lexed.tokens.iter().zip(&marks) {
        if mark & mark::SEPARATOR == 0 {
            pieces.push(Piece { token, mark, comma: comma.take() });
        } else {
            comma = Some(token.span.start);
        }
    }
    let broken = broken(text, &pieces);
    let mut printer = Printer {
        text,
        comments: &lexed.comments,
        broken: &broken,
        out: String::with_capacity(text.len() + text.len() / 8),
        levels: vec![Level { content: 0, close: 0, broken: true, fresh: true, lead: true }],
        line_indent: 0,
        end: 0,
        copied: false,
        holes: 0,
    };
    printer.all(&pieces);
    let out = printer.out;
    // A file that cannot be used is no replacement for one.
    if out.lines().count() > lexer::MAX_LINES { Err(too_long(&out, file)) } else { Ok(out) }
}

fn too_long(out: &str, file: FileId) -> Vec<Diagnostic> {
    let mut problems = lexer::lex(out, file, &mut Names::default()).err().unwrap_or_default();
    for problem in &mut problems {
        problem.span = Span::default();
    }
    problems
}

/// A token with its mark.
#[derive(Clone, Copy)]
struct Piece {
    token: Token,
    mark: u8,
    /// Where the separator in front of it stands.
    comma: Option<u32>,
}

impl Piece {
    fn is(self, mark: u8) -> bool {
        self.mark & mark != 0
    }

    fn opens(self) -> bool {
        matches!(self.token.tok, Tok::LParen | Tok::LBracket | Tok::LBrace)
    }

    fn closes(self) -> bool {
        matches!(self.token.tok, Tok::RParen | Tok::RBracket | Tok::RBrace)
    }

    /// Whether a line break in front of the token says nothing, so that it is left out.
    fn joins(self) -> bool {
        match self.token.tok {
            Tok::LBrace | Tok::Else | Tok::Comma | Tok::Colon | Tok::StringMid | Tok::StringEnd => true,
            Tok::LParen => self.is(mark::LIST),
            Tok::LBracket => !self.is(mark::LIST),
            Tok::Inc | Tok::Dec => !self.is(mark::PREFIX),
            _ => false,
        }
    }

    /// The same for a line break behind the token.
    fn joins_next(self) -> bool {
        match self.token.tok {
            Tok::LParen | Tok::LBracket | Tok::LBrace | Tok::Dot | Tok::Colon | Tok::Else => true,
            Tok::StringStart | Tok::StringMid => true,
            Tok::Minus | Tok::Inc | Tok::Dec => self.is(mark::PREFIX),
            _ => false,
        }
    }
}

/// A bracket while its partner is looked for.
struct Open {
    at: usize,
    list: bool,
    block: bool,
    /// Whether a line ends anywhere inside.
    lines: bool,
    stmts: usize,
}

/// Which brackets have their content on lines of its own, by index of the piece: lists of which a line break
/// separates two items or the first from the bracket, blocks of several lines or statements.
fn broken(text: &str, pieces: &[Piece]) -> Vec<bool> {
    let mut broken = vec![false; pieces.len()];
    let mut open: Vec<Open> = Vec::new();
    let mut end = 0;
    for (i, piece) in pieces.iter().enumerate() {
        let gap = slice(text, end, piece.token.span.start);
        end = piece.token.span.end;
        let lines = gap.contains(['\n', '\r']);
        if let Some(top) = open.last_mut() {
            top.lines |= lines;
            top.stmts += usize::from(piece.is(mark::STMT));
            // In front of a closing bracket only a comment needs its line break.
            let at_item = piece.is(mark::ITEM) || (piece.closes() && gap.contains('#'));
            let splits = (top.list && lines && at_item) || (top.block && (top.lines || top.stmts > 1));
            if splits && let Some(broken) = broken.get_mut(top.at) {
                *broken = true;
            }
        }
        if piece.opens() {
            let list = piece.is(mark::LIST);
            let block = !list && piece.token.tok == Tok::LBrace;
            open.push(Open { at: i, list, block, lines: false, stmts: 0 });
        } else if piece.closes()
            && let Some(closed) = open.pop()
        {
            let lines = closed.lines || broken.get(closed.at).is_some_and(|b| *b);
            if let Some(around) = open.last_mut() {
                around.lines |= lines;
            }
            // Empty braces stay together.
            if closed.at + 1 == i
                && !gap.contains('#')
                && let Some(broken) = broken.get_mut(closed.at)
            {
                *broken = false;
            }
        }
    }
    broken
}

fn slice(text: &str, start: u32, end: u32) -> &str {
    text.get(start as usize..end as usize).unwrap_or("")
}

/// Whether there is a blank line.
fn has_blank_line(gap: &str) -> bool {
    let mut breaks = 0;
    let mut bytes = gap.bytes().peekable();
    while let Some(b) = bytes.next() {
        match b {
            b'\r' if bytes.peek() == Some(&b'\n') => {}
            b'\n' | b'\r' => breaks += 1,
            b',' => breaks = 0,
            _ => {}
        }
        if breaks > 1 {
            return true;
        }
    }
    false
}

/// The text with line feeds only.
fn line_feeds(text: &str) -> Cow<'_, str> {
    if text.contains('\r') { Cow::Owned(text.replace("\r\n", "\n").replace('\r', "\n")) } else { Cow::Borrowed(text) }
}

/// An open bracket, or the file.
struct Level {
    /// Indentation of its items or statements.
    content: usize,
    /// Indentation of its closing bracket.
    close: usize,
    /// Whether the content has lines of its own.
    broken: bool,
    /// Whether no token of the content has been written.
    fresh: bool,
    /// The same for lines: comments count as well.
    lead: bool,
}

/// What stands between two tokens.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Between {
    Nothing,
    Blank,
    /// A new line with this indentation.
    Line(usize),
}

struct Printer<'a> {
    text: &'a str,
    /// Those that are still to be written.
    comments: &'a [Span],
    broken: &'a [bool],
    out: String,
    levels: Vec<Level>,
    /// Indentation of the present line.
    line_indent: usize,
    /// End of what has been written, in the source.
    end: u32,
    /// Whether the last that was written is a copied part.
    copied: bool,
    /// Open interpolations.
    holes: usize,
}

impl Printer<'_> {
    fn all(&mut self, pieces: &[Piece]) {
        let mut previous: Option<Piece> = None;
        let mut i = 0;
        while let Some(&piece) = pieces.get(i) {
            let start = piece.token.span.start;
            let (between, comma) = self.between(previous, piece);
            let between = if self.copied { self.after_copy(between, piece) } else { between };
            if comma && !self.copied {
                self.out.push(',');
            }
            let rest = self.content() + usize::from(piece.token.tok != Tok::Else);
            let forced = self.comments_before(start, between, rest);
            if self.end > start {
                // A part was copied.
                while let Some(&copied) = pieces.get(i).filter(|p| p.token.span.start < self.end) {
                    self.track(i, copied, self.content());
                    previous = Some(copied);
                    i += 1;
                }
                continue;
            }
            if piece.token.tok == Tok::Eof {
                break;
            }
            self.separate(forced.unwrap_or(between), start);
            self.copied = false;
            self.out.push_str(slice(self.text, start, piece.token.span.end));
            self.end = piece.token.span.end;
            self.track(i, piece, self.line_indent);
            previous = Some(piece);
            i += 1;
        }
        let end = self.out.trim_end_matches(['\n', ' ']).len();
        self.out.truncate(end);
        if end > 0 {
            self.out.push('\n');
        }
    }

    fn content(&self) -> usize {
        self.levels.last().map_or(0, |l| l.content)
    }

    /// What follows a copied part begins a line; a comma that was not copied has one of its own.
    fn after_copy(&mut self, between: Between, piece: Piece) -> Between {
        let indent = match between {
            Between::Line(indent) => indent,
            Between::Nothing | Between::Blank => self.content() + 1,
        };
        if let Some(comma) = piece.comma.filter(|at| *at >= self.end) {
            self.separate(Between::Line(indent), comma);
            self.out.push(',');
            self.end = comma + 1;
        }
        Between::Line(indent)
    }

    /// Follows the brackets; `indent` is that of the line.
    fn track(&mut self, at: usize, piece: Piece, indent: usize) {
        if piece.closes() {
            self.levels.pop();
        }
        if let Some(top) = self.levels.last_mut() {
            (top.fresh, top.lead) = (false, false);
        }
        match piece.token.tok {
            Tok::StringStart => self.holes += 1,
            Tok::StringEnd => self.holes = self.holes.saturating_sub(1),
            _ => {}
        }
        if piece.opens() {
            let broken = self.broken.get(at).is_some_and(|b| *b);
            let content = if broken { indent + 1 } else { self.content() };
            self.levels.push(Level { content, close: indent, broken, fresh: true, lead: true });
        }
    }

    /// What belongs in front of a token, comments aside, and whether a comma does.
    fn between(&self, previous: Option<Piece>, piece: Piece) -> (Between, bool) {
        let Some((previous, level)) = previous.zip(self.levels.last()) else { return (Between::Line(0), false) };
        if piece.token.tok == Tok::Eof {
            return (Between::Line(0), false);
        }
        let spaced = if spaced(previous, piece) { Between::Blank } else { Between::Nothing };
        if piece.closes() {
            return (if level.broken { Between::Line(level.close) } else { spaced }, false);
        }
        let new_line = slice(self.text, self.end, piece.token.span.start).contains(['\n', '\r']);
        if piece.is(mark::ITEM) && !level.fresh {
            let own_line = level.broken && new_line;
            let comma = !own_line || continues(previous, piece);
            return (if own_line { Between::Line(level.content) } else { Between::Blank }, comma);
        }
        if piece.mark & (mark::ITEM | mark::STMT) != 0 {
            return (if level.broken { Between::Line(level.content) } else { spaced }, false);
        }
        let keeps = new_line && self.holes == 0 && !piece.joins() && !previous.joins_next();
        (if keeps { Between::Line(level.content + 1) } else { spaced }, false)
    }

    /// Writes the comments in front of a token; says how the token then follows, if the comments decide that.
    /// `rest` is the indentation of a line in the middle of something.
    fn comments_before(&mut self, start: u32, between: Between, rest: usize) -> Option<Between> {
        let indent = match between {
            // Comments in front of a closing bracket belong to what it closes.
            Between::Line(indent) => indent.max(self.content()),
            Between::Nothing | Between::Blank => rest,
        };
        let mut forced = None;
        while let Some((&comment, later)) = self.comments.split_first().filter(|(c, _)| c.start < start) {
            self.comments = later;
            let gap = slice(self.text, self.end, comment.start);
            let body = slice(self.text, comment.start, comment.end);
            let own_line = self.out.is_empty() || gap.contains(['\n', '\r']);
            if own_line {
                self.separate(Between::Line(indent), comment.start);
                if let Some(top) = self.levels.last_mut() {
                    top.lead = false;
                }
            } else if !self.out.ends_with(['(', '[', ' ', '\n']) {
                self.out.push(' ');
            }
            (self.end, self.copied) = (comment.end, false);
            if own_line && directive(body) == Some("off") {
                self.copy(comment);
                if self.end > start {
                    return None;
                }
            } else {
                self.out.push_str(line_feeds(body).trim_end());
            }
            let block = body.starts_with("#[");
            let next = self.comments.first().map_or(start, |c| c.start.min(start));
            let line_ends = !block || slice(self.text, self.end, next).contains(['\n', '\r']);
            forced = match between {
                Between::Line(_) => Some(between),
                Between::Nothing | Between::Blank if line_ends => Some(Between::Line(indent)),
                Between::Nothing | Between::Blank => Some(Between::Blank),
            };
        }
        forced
    }

    /// Copies from an `off` comment to the end of the next `on` comment, or to the end of the file.
    fn copy(&mut self, off: Span) {
        let on = self.comments.iter().position(|c| directive(slice(self.text, c.start, c.end)) == Some("on"));
        let (end, rest) = match on.and_then(|i| self.comments.split_at_checked(i)) {
            Some((_, [on, rest @ ..])) => (on.end, rest),
            _ => (self.text.len() as u32, &[][..]),
        };
        self.comments = rest;
        self.out.push_str(&line_feeds(slice(self.text, off.start, end)));
        (self.end, self.copied) = (end, true);
    }

    /// Writes what stands between; `start` is where what follows begins in the source.
    fn separate(&mut self, between: Between, start: u32) {
        match between {
            Between::Nothing => {}
            Between::Blank => self.out.push(' '),
            Between::Line(indent) => {
                let first = self.levels.last().is_some_and(|l| l.lead);
                let closing = matches!(self.text.as_bytes().get(start as usize), Some(b')' | b']' | b'}'));
                let blank = has_blank_line(slice(self.text, self.end, start)) && !first && !closing;
                if !self.out.is_empty() {
                    self.out.push_str(if blank { "\n\n" } else { "\n" });
                }
                self.out.push_str(&"  ".repeat(indent));
                self.line_indent = indent;
            }
        }
    }
}

/// The word of a `# raefmt: word` comment.
fn directive(comment: &str) -> Option<&str> {
    Some(comment.strip_prefix('#')?.trim().strip_prefix("raefmt:")?.trim())
}

/// Whether a comma is needed between two items although a line ends there: without it the second would go on with
/// the first.
fn continues(previous: Piece, piece: Piece) -> bool {
    match piece.token.tok {
        Tok::Minus | Tok::LParen | Tok::LBracket | Tok::Inc | Tok::Dec => true,
        Tok::LBrace => matches!(previous.token.tok, Tok::Ident | Tok::RParen),
        _ => false,
    }
}

/// Whether a blank stands between two tokens of a line.
fn spaced(previous: Piece, piece: Piece) -> bool {
    use Tok::{
        Colon, Comma, Dec, Dot, Extern, Inc, LBrace, LBracket, LParen, Minus, RBrace, RBracket, RParen, StringEnd,
        StringMid, StringStart,
    };
    if piece.is(mark::PATH) {
        return piece.token.span.start > previous.token.span.end;
    }
    let prefix = previous.is(mark::PREFIX);
    match (previous.token.tok, piece.token.tok) {
        (LParen | LBracket | Dot | StringStart | StringMid, _) => false,
        (_, RParen | RBracket | Comma | Colon | Dot | StringMid | StringEnd) => false,
        (LBrace, RBrace) => false,
        // Two signs would be one.
        (Minus, next) if prefix => matches!(next, Minus | Dec),
        (Inc | Dec, _) if prefix => false,
        (_, Inc | Dec) => piece.is(mark::PREFIX),
        (Extern, LParen) => false,
        (_, LParen) => !piece.is(mark::LIST),
        (_, LBracket) => piece.is(mark::LIST),
        _ => true,
    }
}
