//! One pass over the text of an expression that finds everything at which it
//! can be split: operator words, commas, brackets, and the small words inside
//! phrases.
//!
//! Invariants: marks are in the order of the text; a group's inside is the
//! marks between it and its `next`; nothing inside double quotes is marked.

use alloc::vec::Vec;

use crate::ast::BinOp;

/// At what a text can be split.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Or,
    And,
    /// The `and` before `status` and `message` in the phrases for responses.
    AndPart,
    Compare(BinOp),
    Add(BinOp),
    Mul(BinOp),
    Comma,
    /// ` with `.
    With,
    /// Another small word of a phrase.
    Word,
    /// A pair of brackets.
    Group,
}

/// A place at which a text can be split.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mark {
    /// Its first byte: the blank before a word, the opening bracket.
    pub start: u32,
    /// Just past its last byte, which is the blank after an operator; [`UNCLOSED`] for a bracket without its end.
    pub end: u32,
    /// The number of the next mark that is not inside this one.
    pub next: u32,
    /// What it is.
    pub kind: Kind,
}

/// The end of a group that has none.
pub(super) const UNCLOSED: u32 = u32::MAX;

/// The spellings that begin with one letter or sign, longer ones first.
fn operators(first: u8) -> &'static [(&'static str, Kind)] {
    use BinOp::{Add, Div, Eq, Ge, Gt, Le, Lt, Mul, Ne, Sub};
    use Kind::Compare;
    match first {
        b'o' => &[("or", Kind::Or)],
        b'O' => &[("Or", Kind::Or)],
        b'a' => &[("and", Kind::And)],
        b'A' => &[("And", Kind::And)],
        b'i' => &[
            ("is greater than or equal to", Compare(Ge)),
            ("is less than or equal to", Compare(Le)),
            ("is not equal to", Compare(Ne)),
            ("is greater than", Compare(Gt)),
            ("is less than", Compare(Lt)),
            ("is equal to", Compare(Eq)),
            ("is at least", Compare(Ge)),
            ("is at most", Compare(Le)),
            ("is not", Compare(Ne)),
            ("is", Compare(Eq)),
        ],
        b'I' => &[
            ("Is Greater Than Or Equal To", Compare(Ge)),
            ("Is Less Than Or Equal To", Compare(Le)),
            ("Is Not Equal To", Compare(Ne)),
            ("Is Greater Than", Compare(Gt)),
            ("Is Less Than", Compare(Lt)),
            ("Is Equal To", Compare(Eq)),
            ("Is At Least", Compare(Ge)),
            ("Is At Most", Compare(Le)),
            ("Is Not", Compare(Ne)),
            ("Is", Compare(Eq)),
        ],
        b'g' => &[("greater or equal", Compare(Ge)), ("greater than", Compare(Gt))],
        b'G' => &[("Greater Or Equal", Compare(Ge)), ("Greater Than", Compare(Gt))],
        b'l' => &[("less or equal", Compare(Le)), ("less than", Compare(Lt))],
        b'L' => &[("Less Or Equal", Compare(Le)), ("Less Than", Compare(Lt))],
        b'n' => &[("not equals", Compare(Ne))],
        b'N' => &[("Not Equals", Compare(Ne))],
        b'e' => &[("equals", Compare(Eq))],
        b'E' => &[("Equals", Compare(Eq))],
        b'>' => &[(">=", Compare(Ge)), (">", Compare(Gt))],
        b'<' => &[("<=", Compare(Le)), ("<", Compare(Lt))],
        b'=' => &[("==", Compare(Eq)), ("=", Compare(Eq))],
        b'!' => &[("!=", Compare(Ne))],
        b'p' => &[("plus", Kind::Add(Add))],
        b'm' => &[("minus", Kind::Add(Sub))],
        b'+' => &[("+", Kind::Add(Add))],
        b'-' => &[("-", Kind::Add(Sub))],
        b't' => &[("times", Kind::Mul(Mul))],
        b'd' => &[("divided by", Kind::Mul(Div))],
        b'*' => &[("*", Kind::Mul(Mul))],
        b'/' => &[("/", Kind::Mul(Div))],
        _ => &[],
    }
}

/// Which comparison is taken for the operator where there are several: the order in which the reference lists them.
pub(super) fn rank(op: BinOp) -> usize {
    match op {
        BinOp::Ge => 0,
        BinOp::Le => 1,
        BinOp::Ne => 2,
        BinOp::Eq => 3,
        BinOp::Gt => 4,
        BinOp::Lt => 5,
        BinOp::Add | BinOp::Sub | BinOp::Mul | BinOp::Div => 6,
    }
}

/// The small word of a phrase that a text begins with, and its length.
fn small_word(rest: &[u8]) -> Option<(Kind, usize)> {
    let words: &[&str] = match rest.first()?.to_ascii_lowercase() {
        b'w' => &["with"],
        b'b' => &["by"],
        b'i' => &["in", "into"],
        b'f' => &["from"],
        b't' => &["to"],
        b'a' => &["at"],
        _ => return None,
    };
    let word = words.iter().find(|word| begins(rest, word) && rest.get(word.len()) == Some(&b' '))?;
    Some((if word.len() == 4 && word.starts_with('w') { Kind::With } else { Kind::Word }, word.len()))
}

/// Whether a text begins with a word, in whatever case.
pub(super) fn begins(text: &[u8], word: &str) -> bool {
    text.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word.as_bytes()))
}

/// Where bytes stand in a text, in whatever case.
fn position(text: &[u8], word: &str) -> Option<usize> {
    text.windows(word.len()).position(|part| part.eq_ignore_ascii_case(word.as_bytes()))
}

/// Marks for the bytes from `start` to `end` of a text; `open` is working space.
pub(super) fn scan(text: &str, start: usize, end: usize, marks: &mut Vec<Mark>, open: &mut Vec<u32>) {
    let bytes = &text.as_bytes()[..end];
    marks.clear();
    open.clear();
    // How many brackets were closed without having been opened: until they are made good nothing is at the top level.
    let mut below = 0_usize;
    // Where the first phrase for a response begins, once that matters.
    let mut response: Option<Option<usize>> = None;
    let mut at = start;
    let push = |marks: &mut Vec<Mark>, start: usize, end: usize, kind| {
        let next = marks.len() as u32 + 1;
        marks.push(Mark { start: start as u32, end: end as u32, next, kind });
    };
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'"' => match bytes[at + 1..].iter().position(|&b| b == b'"') {
                Some(length) => at += length + 1,
                None => break,
            },
            b'(' | b'[' | b'{' if below > 0 => below -= 1,
            b'(' | b'[' | b'{' => {
                open.push(marks.len() as u32);
                push(marks, at, UNCLOSED as usize, Kind::Group);
            }
            b')' | b']' | b'}' => match open.pop() {
                Some(group) => {
                    let next = marks.len() as u32;
                    let group = &mut marks[group as usize];
                    group.end = at as u32 + 1;
                    group.next = next;
                }
                None => below += 1,
            },
            _ if below > 0 => {}
            b',' => push(marks, at, at + 1, Kind::Comma),
            b' ' => {
                let rest = &bytes[at + 1..];
                let Some(&first) = rest.first() else { break };
                let found = operators(first)
                    .iter()
                    .find(|(word, _)| rest.get(word.len()) == Some(&b' ') && rest.starts_with(word.as_bytes()));
                if let Some(&(word, mut kind)) = found {
                    let after = at + word.len() + 2;
                    let part = &bytes[after..];
                    if kind == Kind::And && (begins(part, "status ") || begins(part, "message ")) {
                        let first = *response.get_or_insert_with(|| position(&bytes[start..], "response with "));
                        if first.is_some_and(|first| start + first < at) {
                            kind = Kind::AndPart;
                        }
                    }
                    push(marks, at, after, kind);
                    at = after;
                    continue;
                }
                if let Some((kind, length)) = small_word(rest) {
                    // Its blank may be the one before an operator.
                    push(marks, at, at + length + 1, kind);
                    at += length;
                }
            }
            _ => {}
        }
        at += 1;
    }
    let count = marks.len() as u32;
    for &group in open.iter() {
        marks[group as usize].next = count;
    }
}
