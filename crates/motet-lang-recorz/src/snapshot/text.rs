//! Images as text, for serial lines: `recorz-snapshot-begin <byte count>`, lines `recorz-snapshot-data <hex of up to 32
//! bytes>`, `recorz-snapshot-end`.

use alloc::{
    string::{String, ToString},
    vec::Vec,
};
use core::fmt::Write as _;

const BEGIN: &str = "recorz-snapshot-begin ";
const DATA: &str = "recorz-snapshot-data ";
const END: &str = "recorz-snapshot-end";
/// Bytes of a line.
const LINE: usize = 32;

/// The lines of an image, each with its line break.
#[must_use]
pub fn lines(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len() * 2 + (bytes.len() / LINE + 3) * 24);
    write_lines(bytes, &mut |line| {
        out.push_str(line);
        out.push('\n');
    });
    out
}

/// Hands the lines of an image to `line` one by one, without line breaks: for devices with little memory.
pub fn write_lines(bytes: &[u8], line: &mut dyn FnMut(&str)) {
    let mut text = String::new();
    let _ = write!(text, "{BEGIN}{}", bytes.len());
    line(&text);
    for part in bytes.chunks(LINE) {
        text.clear();
        text.push_str(DATA);
        for byte in part {
            let _ = write!(text, "{byte:02x}");
        }
        line(&text);
    }
    line(END);
}

/// Reads an image line by line; other lines around and between are passed over.
#[derive(Debug, Default)]
pub struct Parser {
    expected: Option<usize>,
    bytes: Vec<u8>,
}

impl Parser {
    /// Takes a line; the image when it was the last one of it.
    ///
    /// # Errors
    /// `snapshot size mismatch` and the like; the next image may follow.
    pub fn line(&mut self, line: &str) -> Result<Option<Vec<u8>>, String> {
        let line = line.trim();
        if let Some(count) = line.strip_prefix(BEGIN) {
            self.bytes.clear();
            self.expected = count.trim().parse().ok();
            return match self.expected {
                Some(_) => Ok(None),
                None => Err("snapshot size mismatch".to_string()),
            };
        }
        let Some(expected) = self.expected else { return Ok(None) };
        if let Some(hex) = line.strip_prefix(DATA) {
            let hex = hex.trim().as_bytes();
            let (pairs, odd) = hex.as_chunks::<2>();
            if !odd.is_empty() || self.bytes.len() + pairs.len() > expected {
                self.expected = None;
                return Err("snapshot size mismatch".to_string());
            }
            for pair in pairs {
                let digit = |c: u8| char::from(c).to_digit(16);
                let (Some(high), Some(low)) = (digit(pair[0]), digit(pair[1])) else {
                    self.expected = None;
                    return Err("snapshot data is not hexadecimal".to_string());
                };
                self.bytes.push((high << 4 | low) as u8);
            }
            return Ok(None);
        }
        if line != END {
            return Ok(None);
        }
        self.expected = None;
        let bytes = core::mem::take(&mut self.bytes);
        if bytes.len() == expected { Ok(Some(bytes)) } else { Err("snapshot size mismatch".to_string()) }
    }
}

/// The first image in a text.
///
/// # Errors
/// As [`Parser::line`]; also when there is none.
pub fn parse(text: &str) -> Result<Vec<u8>, String> {
    let mut parser = Parser::default();
    for line in text.lines() {
        if let Some(image) = parser.line(line)? {
            return Ok(image);
        }
    }
    Err("snapshot magic mismatch".to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_survives_as_text() {
        for size in [0, 1, 31, 32, 33, 100] {
            let bytes: Vec<u8> = (0..size).map(|n| (n * 7) as u8).collect();
            let text = alloc::format!("boot\n{}done\n", lines(&bytes));
            assert_eq!(parse(&text), Ok(bytes));
            assert!(text.lines().all(|l| l.len() <= DATA.len() + 64));
        }
        assert_eq!(lines(&[1, 0xab]), "recorz-snapshot-begin 2\nrecorz-snapshot-data 01ab\nrecorz-snapshot-end\n");
    }

    #[test]
    fn damaged_text_is_refused() {
        let cases = [
            ("recorz-snapshot-begin 2\nrecorz-snapshot-data 01\nrecorz-snapshot-end", "snapshot size mismatch"),
            ("recorz-snapshot-begin 1\nrecorz-snapshot-data 0101\nrecorz-snapshot-end", "snapshot size mismatch"),
            ("recorz-snapshot-begin 1\nrecorz-snapshot-data 0\nrecorz-snapshot-end", "snapshot size mismatch"),
            (
                "recorz-snapshot-begin 1\nrecorz-snapshot-data zz\nrecorz-snapshot-end",
                "snapshot data is not hexadecimal",
            ),
            ("recorz-snapshot-begin x", "snapshot size mismatch"),
            ("recorz-snapshot-data 01\nrecorz-snapshot-end", "snapshot magic mismatch"),
        ];
        for (text, expected) in cases {
            assert_eq!(parse(text), Err(expected.to_string()), "{text}");
        }
    }
}
