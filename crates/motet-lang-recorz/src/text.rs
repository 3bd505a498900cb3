//! Strings as Recorz has them: mutable sequences of Unicode code points, read and written by position in constant time.
//!
//! Invariant: a text is in its narrow form exactly as long as nobody has stored a character beyond ASCII in it; equal
//! texts may differ in form.

use alloc::{borrow::Cow, boxed::Box, string::String, vec::Vec};
use core::{any::Any, cmp::Ordering};

use motet_runtime::{Foreign, Tracer, hash_bytes};

use crate::world::kind;

/// A string.
#[derive(Clone, Debug)]
pub struct Text(Form);

#[derive(Clone, Debug)]
enum Form {
    /// One byte per character, all below 128.
    Ascii(Vec<u8>),
    Wide(Vec<char>),
}

impl Default for Text {
    fn default() -> Self {
        Text(Form::Ascii(Vec::new()))
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        if text.is_ascii() {
            Text(Form::Ascii(text.as_bytes().to_vec()))
        } else {
            Text(Form::Wide(text.chars().collect()))
        }
    }
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        if text.is_ascii() { Text(Form::Ascii(text.into_bytes())) } else { Text::from(text.as_str()) }
    }
}

impl From<Vec<char>> for Text {
    fn from(chars: Vec<char>) -> Self {
        if chars.iter().all(char::is_ascii) {
            Text(Form::Ascii(chars.into_iter().map(|c| c as u8).collect()))
        } else {
            Text(Form::Wide(chars))
        }
    }
}

impl FromIterator<char> for Text {
    fn from_iter<I: IntoIterator<Item = char>>(chars: I) -> Self {
        let mut text = Text::default();
        for c in chars {
            text.push(c);
        }
        text
    }
}

impl Text {
    /// A text of `len` equal characters.
    #[must_use]
    pub fn filled(c: char, len: usize) -> Self {
        if c.is_ascii() { Text(Form::Ascii(alloc::vec![c as u8; len])) } else { Text(Form::Wide(alloc::vec![c; len])) }
    }

    /// An empty text with room for `len` narrow characters.
    #[must_use]
    pub fn with_capacity(len: usize) -> Self {
        Text(Form::Ascii(Vec::with_capacity(len)))
    }

    /// Number of characters.
    #[inline]
    #[must_use]
    pub fn len(&self) -> usize {
        match &self.0 {
            Form::Ascii(bytes) => bytes.len(),
            Form::Wide(chars) => chars.len(),
        }
    }

    /// Whether it has none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The character at a position, from 0.
    #[inline]
    #[must_use]
    pub fn get(&self, at: usize) -> Option<char> {
        match &self.0 {
            Form::Ascii(bytes) => bytes.get(at).map(|&b| char::from(b)),
            Form::Wide(chars) => chars.get(at).copied(),
        }
    }

    fn widen(&mut self) -> &mut Vec<char> {
        if let Form::Ascii(bytes) = &self.0 {
            self.0 = Form::Wide(bytes.iter().map(|&b| char::from(b)).collect());
        }
        match &mut self.0 {
            Form::Wide(chars) => chars,
            Form::Ascii(_) => unreachable!("just widened"),
        }
    }

    /// Replaces a character; false when there is none at the position.
    pub fn set(&mut self, at: usize, c: char) -> bool {
        if at >= self.len() {
            return false;
        }
        match &mut self.0 {
            Form::Ascii(bytes) if c.is_ascii() => bytes[at] = c as u8,
            _ => self.widen()[at] = c,
        }
        true
    }

    /// Appends a character.
    #[inline]
    pub fn push(&mut self, c: char) {
        match &mut self.0 {
            Form::Ascii(bytes) if c.is_ascii() => bytes.push(c as u8),
            _ => self.widen().push(c),
        }
    }

    /// Appends a text.
    pub fn push_str(&mut self, text: &str) {
        match &mut self.0 {
            Form::Ascii(bytes) if text.is_ascii() => bytes.extend_from_slice(text.as_bytes()),
            _ => self.widen().extend(text.chars()),
        }
    }

    /// Appends a text.
    pub fn push_text(&mut self, other: &Text) {
        match (&mut self.0, &other.0) {
            (Form::Ascii(bytes), Form::Ascii(more)) => bytes.extend_from_slice(more),
            (_, Form::Ascii(more)) => self.widen().extend(more.iter().map(|&b| char::from(b))),
            (_, Form::Wide(more)) => self.widen().extend_from_slice(more),
        }
    }

    /// Cuts it to `len` characters.
    pub fn truncate(&mut self, len: usize) {
        match &mut self.0 {
            Form::Ascii(bytes) => bytes.truncate(len),
            Form::Wide(chars) => chars.truncate(len),
        }
    }

    /// The characters from `from` to before `to`, which lie within it.
    #[must_use]
    pub fn slice(&self, from: usize, to: usize) -> Text {
        match &self.0 {
            Form::Ascii(bytes) => Text(Form::Ascii(bytes[from..to].to_vec())),
            Form::Wide(chars) => Text::from(chars[from..to].to_vec()),
        }
    }

    /// The characters in order.
    pub fn chars(&self) -> Box<dyn DoubleEndedIterator<Item = char> + '_> {
        match &self.0 {
            Form::Ascii(bytes) => Box::new(bytes.iter().map(|&b| char::from(b))),
            Form::Wide(chars) => Box::new(chars.iter().copied()),
        }
    }

    /// Position of a character from `from` on.
    #[must_use]
    pub fn find(&self, c: char, from: usize) -> Option<usize> {
        match &self.0 {
            Form::Ascii(bytes) => {
                let byte = u8::try_from(c).ok().filter(u8::is_ascii)?;
                bytes.get(from..)?.iter().position(|&b| b == byte).map(|at| at + from)
            }
            Form::Wide(chars) => chars.get(from..)?.iter().position(|&x| x == c).map(|at| at + from),
        }
    }

    /// The text in UTF-8, borrowed if it is narrow.
    #[must_use]
    pub fn as_utf8(&self) -> Cow<'_, str> {
        match &self.0 {
            // Narrow texts are ASCII.
            Form::Ascii(bytes) => Cow::Borrowed(core::str::from_utf8(bytes).unwrap_or_default()),
            Form::Wide(chars) => Cow::Owned(chars.iter().collect()),
        }
    }

    /// Hash by characters, the same in both forms.
    #[must_use]
    pub fn hash(&self) -> u32 {
        match &self.0 {
            Form::Ascii(bytes) => hash_bytes(bytes),
            Form::Wide(_) => hash_bytes(self.as_utf8().as_bytes()),
        }
    }
}

impl PartialEq for Text {
    fn eq(&self, other: &Text) -> bool {
        match (&self.0, &other.0) {
            (Form::Ascii(a), Form::Ascii(b)) => a == b,
            (Form::Wide(a), Form::Wide(b)) => a == b,
            _ => self.len() == other.len() && self.chars().eq(other.chars()),
        }
    }
}

impl Eq for Text {}

impl PartialOrd for Text {
    fn partial_cmp(&self, other: &Text) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Text {
    fn cmp(&self, other: &Text) -> Ordering {
        match (&self.0, &other.0) {
            (Form::Ascii(a), Form::Ascii(b)) => a.cmp(b),
            _ => self.chars().cmp(other.chars()),
        }
    }
}

impl Foreign for Text {
    fn trace(&self, _tracer: &mut Tracer<'_>) {}

    fn extra_bytes(&self) -> usize {
        size_of::<Text>()
            + match &self.0 {
                Form::Ascii(bytes) => bytes.capacity(),
                Form::Wide(chars) => chars.capacity() * size_of::<char>(),
            }
    }

    fn copy(&self) -> Option<Box<dyn Foreign>> {
        Some(Box::new(self.clone()))
    }

    fn kind(&self) -> u32 {
        kind::STRING
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn as_any_mut(&mut self) -> &mut dyn Any {
        self
    }
}

/// A byte array.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bytes(pub Vec<u8>);

impl Foreign for Bytes {
    fn trace(&self, _tracer: &mut Tracer<'_>) {}

    fn extra_bytes(&self) -> usize {
        size_of::<Bytes>() + self.0.capacity()
    }

    fn copy(&self) -> Option<Box<dyn Foreign>> {
        Some(Box::new(self.clone()))
    }

    fn kind(&self) -> u32 {
        kind::BYTE_ARRAY
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn as_any_mut(&mut self) -> &mut dyn Any {
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_keeps_its_characters_whatever_its_form() {
        let mut text = Text::from("abc");
        assert!(text.set(1, 'é') && !text.set(3, 'x'));
        assert_eq!((text.as_utf8(), text.len(), text.get(1)), ("aéc".into(), 3, Some('é')));
        assert!(text.set(1, 'b'));
        assert_eq!(text, Text::from("abc"));
        assert_eq!(text.hash(), Text::from("abc").hash());
        text.push_text(&Text::from("ß"));
        assert_eq!(text.slice(3, 4), Text::from("ß"));
        assert!(Text::from("b") > Text::from("abc") && Text::from("a") < Text::from("é"));
    }
}
