//! Line starts of a text, so that an offset becomes a line and a column in
//! logarithmic time.

use alloc::{vec, vec::Vec};

/// A position for people: both counted from 1, the column in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LineCol {
    /// Line, from 1.
    pub line: u32,
    /// Column in bytes, from 1.
    pub col: u32,
}

/// Where each line of a text begins.
#[derive(Clone, Debug)]
pub struct LineIndex {
    starts: Vec<u32>,
    len: u32,
}

impl LineIndex {
    /// Scans `text` once.
    #[must_use]
    pub fn new(text: &str) -> Self {
        let mut starts = vec![0];
        for (i, b) in text.bytes().enumerate() {
            if b == b'\n' {
                starts.push(u32::try_from(i + 1).unwrap_or(u32::MAX));
            }
        }
        Self { starts, len: u32::try_from(text.len()).unwrap_or(u32::MAX) }
    }

    /// Line and column of a byte offset; offsets past the end are clamped to it.
    #[must_use]
    pub fn line_col(&self, offset: u32) -> LineCol {
        let offset = offset.min(self.len);
        let line = self.starts.partition_point(|&s| s <= offset).max(1);
        let start = self.starts.get(line - 1).copied().unwrap_or(0);
        LineCol { line: line as u32, col: offset - start + 1 }
    }

    /// Byte range of line `line` (from 1) without its `\n`, if it exists.
    #[must_use]
    pub fn line_range(&self, line: u32) -> Option<core::ops::Range<usize>> {
        let i = (line as usize).checked_sub(1)?;
        let start = *self.starts.get(i)? as usize;
        let end = match self.starts.get(i + 1) {
            Some(&next) => next as usize - 1,
            None => self.len as usize,
        };
        Some(start..end)
    }

    /// Number of lines (a final line without `\n` counts, also when empty).
    #[must_use]
    pub fn line_count(&self) -> usize {
        self.starts.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_lines_and_columns() {
        let index = LineIndex::new("ab\n\ncd");
        let at = |o| {
            let p = index.line_col(o);
            (p.line, p.col)
        };
        assert_eq!([at(0), at(2), at(3), at(4), at(6), at(99)], [(1, 1), (1, 3), (2, 1), (3, 1), (3, 3), (3, 3)]);
        assert_eq!(index.line_range(2), Some(3..3));
        assert_eq!(index.line_range(3), Some(4..6));
        assert_eq!(index.line_range(4), None);
    }
}
