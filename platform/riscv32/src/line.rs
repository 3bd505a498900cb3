//! The line editor of a serial terminal.
//!
//! Invariant: what [`Editor::feed`] hands out is valid text without control characters other than tab; whatever else
//! arrives is answered with a message and the line is begun anew.

use alloc::string::String;
use alloc::vec::Vec;

/// Most bytes of a line.
pub const LONGEST: usize = 4096;

/// What became of a byte.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// More is needed.
    More,
    /// A whole line, without its end.
    Line(String),
    /// Ctrl-C: the line, and what it continues, is given up.
    Cancelled,
    /// Ctrl-D on an empty line.
    End,
    /// The line is given up, for this reason.
    Refused(&'static str),
}

/// A line that is being typed.
#[derive(Debug, Default)]
pub struct Editor {
    bytes: Vec<u8>,
    /// The last byte ended a line with a carriage return: a line feed that follows belongs to it.
    returned: bool,
    /// The rest of the line is ignored.
    overlong: bool,
    /// How many bytes of an escape sequence, such as an arrow key's, were seen.
    escape: u8,
}

impl Editor {
    /// Takes a byte; `echo` is called with what the terminal is to show.
    pub fn feed(&mut self, byte: u8, echo: &mut dyn FnMut(&[u8])) -> Event {
        let after_return = core::mem::take(&mut self.returned);
        if self.escape > 0 {
            // ESC [ parameters letter, or ESC letter.
            self.escape = match (self.escape, byte) {
                (1, b'[' | b'O') => 2,
                (2, 0x20..=0x3f) => 2,
                _ => 0,
            };
            return Event::More;
        }
        match byte {
            b'\n' if after_return => Event::More,
            b'\r' | b'\n' => {
                self.returned = byte == b'\r';
                echo(b"\r\n");
                self.finish()
            }
            0x03 => {
                self.clear();
                echo(b"^C\r\n");
                Event::Cancelled
            }
            0x04 if self.bytes.is_empty() && !self.overlong => {
                echo(b"\r\n");
                Event::End
            }
            0x08 | 0x7f => {
                self.erase(echo);
                Event::More
            }
            // Ctrl-U: the line so far.
            0x15 => {
                while !self.bytes.is_empty() {
                    self.erase(echo);
                }
                Event::More
            }
            0x1b => {
                self.escape = 1;
                Event::More
            }
            b'\t' | 0x20..=0x7e | 0x80..=0xff => {
                if self.bytes.len() < LONGEST {
                    self.bytes.push(byte);
                    echo(&[byte]);
                } else {
                    self.overlong = true;
                }
                Event::More
            }
            // Other control characters mean nothing here; the terminal hears that.
            _ => {
                echo(b"\x07");
                Event::More
            }
        }
    }

    /// Whether nothing was typed yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    fn finish(&mut self) -> Event {
        let overlong = self.overlong;
        let bytes = core::mem::take(&mut self.bytes);
        self.clear();
        if overlong {
            return Event::Refused("line too long (4096 bytes at most); nothing was run");
        }
        match String::from_utf8(bytes) {
            Ok(line) => Event::Line(line),
            Err(_) => Event::Refused("the line is not valid UTF-8; nothing was run"),
        }
    }

    fn clear(&mut self) {
        self.bytes.clear();
        self.overlong = false;
    }

    /// Removes the last character, which may be several bytes.
    fn erase(&mut self, echo: &mut dyn FnMut(&[u8])) {
        self.overlong = false;
        while let Some(byte) = self.bytes.pop() {
            if byte & 0xc0 != 0x80 {
                echo(b"\x08 \x08");
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;
    use alloc::vec;

    /// The events that are not [`Event::More`].
    fn check(input: &[u8], expected: &[Event]) {
        let mut editor = Editor::default();
        let events: Vec<Event> =
            input.iter().map(|&b| editor.feed(b, &mut |_| {})).filter(|e| *e != Event::More).collect();
        assert_eq!(events, expected, "{input:?}");
    }

    fn line(text: &str) -> Event {
        Event::Line(text.to_string())
    }

    #[test]
    fn lines_end_with_any_customary_end() {
        check(b"a\rb\nc\r\n\nd", &[line("a"), line("b"), line("c"), line("")]);
    }

    #[test]
    fn characters_are_erased_whole() {
        check("ä\u{7f}b\u{8}c\r".as_bytes(), &[line("c")]);
        check(b"\x7f\x7fx\r", &[line("x")]);
        check(b"abc\x15d\r", &[line("d")]);
    }

    #[test]
    fn arrow_keys_and_other_control_characters_leave_no_trace() {
        check(b"a\x1b[A\x1b[1;5C\x1bOPb\x01\r", &[line("ab")]);
    }

    #[test]
    fn a_line_can_be_given_up_and_input_can_end() {
        check(b"abc\x03d\r", &[Event::Cancelled, line("d")]);
        check(b"\x04", &[Event::End]);
        check(b"a\x04\r", &[line("a")]);
    }

    #[test]
    fn lines_that_cannot_be_taken_are_refused_and_the_next_one_is_fine() {
        let mut long = vec![b'x'; LONGEST + 1];
        long.extend(b"\rok\r");
        check(&long, &[Event::Refused("line too long (4096 bytes at most); nothing was run"), line("ok")]);
        let bad = Event::Refused("the line is not valid UTF-8; nothing was run");
        check(b"\xff\xfe\rok\r", &[bad, line("ok")]);
    }
}
