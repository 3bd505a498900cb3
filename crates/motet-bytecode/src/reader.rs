//! Reading bytes that nobody vouches for.
//!
//! Invariants: every read proves that the bytes are there; a count is proven
//! against the bytes that remain before anything is allocated for it; numbers
//! have one encoding only.

use alloc::string::String;
use core::fmt;

use crate::encode::section;

/// Why bytes are not a module.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DecodeError {
    /// What is wrong.
    pub kind: DecodeErrorKind,
    /// Number of the section that it concerns.
    pub section: Option<u8>,
    /// Byte offset in the unpacked section, if it is inside of one that can be read; else in the file.
    pub offset: usize,
}

/// What is wrong with a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DecodeErrorKind {
    /// It does not start with `POHC`.
    NotBytecode,
    /// This reader does not know its format version.
    UnsupportedVersion(u32),
    /// Flags of the header are set that have no meaning.
    UnknownFlag(u32),
    /// The file ends too early, in its head or in a section.
    CutShort {
        /// Bytes that the head or the section needs.
        expected: usize,
        /// Bytes of it that are there.
        actual: usize,
    },
    /// The content hash of the head or of a section is another.
    HashMismatch,
    /// A section is compressed in a way that this reader does not know.
    UnknownCoding,
    /// A section says that it unpacks to more than [`crate::MAX_RATIO`] times its stored size.
    Bomb {
        /// Bytes to be unpacked.
        size: usize,
        /// Bytes that are stored.
        stored: usize,
    },
    /// A compressed section cannot be unpacked to what it says.
    BadCompression,
    /// The signature is of a sort that this reader does not know.
    UnknownSignature,
    /// The content of a section ends too early.
    Truncated,
    /// A size exceeds the limits.
    TooLarge,
    /// A count is higher than the bytes that remain allow.
    CountTooLarge,
    /// A number is too large or not in its shortest form.
    BadNumber,
    /// A text is not UTF-8.
    BadText,
    /// A tag has no meaning.
    BadTag,
    /// Sections are missing, repeated or out of order, or the header contradicts the table.
    BadSections,
    /// A section that this reader does not know and may not skip.
    UnknownSection,
    /// Bytes are left over after the content of a section or of the file.
    TrailingBytes,
}

impl DecodeError {
    /// What somebody who has such a file can do; empty if there is nothing better than to ask its author.
    #[must_use]
    pub fn help(&self) -> &'static str {
        match self.kind {
            DecodeErrorKind::NotBytecode => {
                "`motet build FILE` makes a .pbc file from a source file; source files run as they are"
            }
            DecodeErrorKind::UnsupportedVersion(version) if version < crate::OLDEST_VERSION => {
                "build the file again from its source: `motet build FILE`"
            }
            DecodeErrorKind::UnsupportedVersion(_)
            | DecodeErrorKind::UnknownFlag(_)
            | DecodeErrorKind::UnknownCoding
            | DecodeErrorKind::UnknownSignature
            | DecodeErrorKind::UnknownSection => {
                "use a newer Motet, or build the file again from its source with this one"
            }
            DecodeErrorKind::CutShort { .. } => "copy or download the file again; it was not transferred to its end",
            DecodeErrorKind::HashMismatch | DecodeErrorKind::BadCompression => {
                "the file was damaged or changed after it was built: get it again, or build it again from its source"
            }
            DecodeErrorKind::Bomb { .. } => "no file that `motet build` makes is like this; do not trust its origin",
            DecodeErrorKind::TooLarge => "split the program, or load it with higher limits",
            DecodeErrorKind::Truncated
            | DecodeErrorKind::CountTooLarge
            | DecodeErrorKind::BadNumber
            | DecodeErrorKind::BadText
            | DecodeErrorKind::BadTag
            | DecodeErrorKind::BadSections
            | DecodeErrorKind::TrailingBytes => "the hashes are right, so the tool that wrote the file has a defect",
        }
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = Place(self.section);
        let text = match self.kind {
            DecodeErrorKind::NotBytecode => {
                return f.write_str("this is not a .pbc file: it does not begin with `POHC`");
            }
            DecodeErrorKind::UnsupportedVersion(version) => {
                let age = if version < crate::OLDEST_VERSION { "an older" } else { "a newer" };
                return write!(
                    f,
                    "the file was made by {age} Motet: it has format version {version}, this program reads versions {} to {}",
                    crate::OLDEST_VERSION,
                    crate::FORMAT_VERSION
                );
            }
            DecodeErrorKind::UnknownFlag(flags) => {
                return write!(f, "the header asks for features that this program does not know (flags {flags:#x})");
            }
            DecodeErrorKind::CutShort { expected, actual } => {
                return write!(f, "the file is cut short: {place} needs {expected} bytes, {actual} are there");
            }
            DecodeErrorKind::HashMismatch => {
                return write!(f, "the content hash of {place} does not match: the file is damaged");
            }
            DecodeErrorKind::UnknownCoding => {
                return write!(f, "{place} is compressed in a way that this program does not know");
            }
            DecodeErrorKind::Bomb { size, stored } => {
                return write!(
                    f,
                    "decompression bomb: {place} holds {stored} bytes and says that they unpack to {size}, more than {} \
                     times as many",
                    crate::MAX_RATIO
                );
            }
            DecodeErrorKind::BadCompression => {
                return write!(f, "{place} is compressed, and does not unpack to what the file says");
            }
            DecodeErrorKind::UnknownSignature => "the file is signed in a way that this program does not know",
            DecodeErrorKind::BadSections if self.section.is_some() => {
                return write!(f, "sections are missing, repeated or out of order, at {place}");
            }
            DecodeErrorKind::UnknownSection => {
                let id = self.section.unwrap_or(0);
                return write!(f, "the file has a section of the unknown number {id}, which cannot be skipped");
            }
            DecodeErrorKind::Truncated => "the content ends too early",
            DecodeErrorKind::TooLarge => "a size exceeds the limits",
            DecodeErrorKind::CountTooLarge => "a count is higher than the bytes that remain allow",
            DecodeErrorKind::BadNumber => "a malformed number",
            DecodeErrorKind::BadText => "a text that is not UTF-8",
            DecodeErrorKind::BadTag => "a tag without meaning",
            DecodeErrorKind::BadSections => "sections are missing, repeated or out of order",
            DecodeErrorKind::TrailingBytes => "bytes are left over",
        };
        match self.section {
            Some(_) => write!(f, "{text} (at byte {} of {place})", self.offset),
            None => write!(f, "{text} (at byte {})", self.offset),
        }
    }
}

/// The part of a file with this number, in words.
struct Place(Option<u8>);

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            None => f.write_str("the head of the file"),
            Some(id) if section::name(id) == "unknown" => write!(f, "the section {id}"),
            Some(id) => write!(f, "the section `{}`", section::name(id)),
        }
    }
}

impl core::error::Error for DecodeError {}

/// A cursor over bytes.
pub struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    /// Offset of `bytes` in the file; 0 in sections.
    base: usize,
    section: Option<u8>,
}

type Result<T> = core::result::Result<T, DecodeError>;

impl<'a> Reader<'a> {
    /// Reads `bytes`, which are at `base` of the file.
    pub fn new(bytes: &'a [u8], base: usize) -> Self {
        Reader { bytes, at: 0, base, section: None }
    }

    /// Reads the unpacked content of a section.
    pub fn of_section(bytes: &'a [u8], id: u8) -> Self {
        Reader { bytes, at: 0, base: 0, section: Some(id) }
    }

    /// An error at the current position.
    pub fn error(&self, kind: DecodeErrorKind) -> DecodeError {
        self.error_at(kind, self.offset())
    }

    fn error_at(&self, kind: DecodeErrorKind, offset: usize) -> DecodeError {
        DecodeError { kind, section: self.section, offset }
    }

    /// Offset in the file, or in the section.
    pub fn offset(&self) -> usize {
        self.base + self.at
    }

    /// Bytes that remain.
    pub fn remaining(&self) -> usize {
        self.bytes.len() - self.at
    }

    /// The next `len` bytes.
    pub fn bytes(&mut self, len: usize) -> Result<&'a [u8]> {
        let end = self.at.checked_add(len).ok_or_else(|| self.error(DecodeErrorKind::Truncated))?;
        let found = self.bytes.get(self.at..end).ok_or_else(|| self.error(DecodeErrorKind::Truncated))?;
        self.at = end;
        Ok(found)
    }

    /// One byte.
    pub fn u8(&mut self) -> Result<u8> {
        self.bytes(1).map(|b| b.first().copied().unwrap_or(0))
    }

    /// Four bytes, little-endian.
    pub fn fixed_u32(&mut self) -> Result<u32> {
        Ok(self.bytes(4)?.iter().rev().fold(0, |acc, &b| acc << 8 | u32::from(b)))
    }

    /// Eight bytes, little-endian.
    pub fn fixed_u64(&mut self) -> Result<u64> {
        Ok(self.bytes(8)?.iter().rev().fold(0, |acc, &b| acc << 8 | u64::from(b)))
    }

    /// An unsigned LEB128 number in its shortest form.
    pub fn u64(&mut self) -> Result<u64> {
        let start = self.at;
        let mut value = 0u64;
        for shift in (0..64).step_by(7) {
            let byte = self.u8()?;
            let bits = u64::from(byte & 0x7f);
            if shift == 63 && bits > 1 {
                break;
            }
            value |= bits << shift;
            if byte & 0x80 == 0 {
                if byte == 0 && shift > 0 {
                    break;
                }
                return Ok(value);
            }
        }
        Err(self.error_at(DecodeErrorKind::BadNumber, self.base + start))
    }

    /// An unsigned LEB128 number below 2^32.
    pub fn u32(&mut self) -> Result<u32> {
        let offset = self.offset();
        u32::try_from(self.u64()?).map_err(|_| self.error_at(DecodeErrorKind::BadNumber, offset))
    }

    /// An unsigned LEB128 number below 2^16.
    pub fn u16(&mut self) -> Result<u16> {
        let offset = self.offset();
        u16::try_from(self.u64()?).map_err(|_| self.error_at(DecodeErrorKind::BadNumber, offset))
    }

    /// A signed number: zigzag, LEB128.
    pub fn i64(&mut self) -> Result<i64> {
        self.u64().map(|n| (n >> 1) as i64 ^ -((n & 1) as i64))
    }

    /// A boolean: 0 or 1.
    pub fn bool(&mut self) -> Result<bool> {
        let offset = self.offset();
        match self.u8()? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(self.error_at(DecodeErrorKind::BadTag, offset)),
        }
    }

    /// A count of things that take at least `least` bytes each, at most `limit`.
    pub fn count(&mut self, least: usize, limit: usize) -> Result<usize> {
        let offset = self.offset();
        let count = self.u64()?;
        let fail = |kind| Err(self.error_at(kind, offset));
        if count > (self.remaining() / least.max(1)) as u64 {
            return fail(DecodeErrorKind::CountTooLarge);
        }
        if count > limit as u64 {
            return fail(DecodeErrorKind::TooLarge);
        }
        Ok(count as usize)
    }

    /// A text of at most `limit` bytes: length, UTF-8.
    pub fn text(&mut self, limit: usize) -> Result<String> {
        let len = self.count(1, limit)?;
        let offset = self.offset();
        let bytes = self.bytes(len)?;
        let text = core::str::from_utf8(bytes).map_err(|_| self.error_at(DecodeErrorKind::BadText, offset))?;
        Ok(String::from(text))
    }

    /// Nothing may be left.
    pub fn finish(&self) -> Result<()> {
        if self.remaining() == 0 { Ok(()) } else { Err(self.error(DecodeErrorKind::TrailingBytes)) }
    }
}
