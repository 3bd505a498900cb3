//! Reading bytes that nobody vouches for.
//!
//! Invariants: every read proves that the bytes are there; a count is proven
//! against the bytes that remain before anything is allocated for it; numbers
//! have one encoding only.

use alloc::string::String;
use core::fmt;

/// Why bytes are not a module.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DecodeError {
    /// What is wrong.
    pub kind: DecodeErrorKind,
    /// Byte offset in the file.
    pub offset: usize,
}

/// What is wrong with a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DecodeErrorKind {
    /// It does not start with `POHC`.
    NotBytecode,
    /// Its format version is newer than this reader, or was never released.
    UnsupportedVersion(u32),
    /// It is compressed, which this reader does not support.
    CompressionUnsupported,
    /// It is signed, which this reader does not support.
    SignatureUnsupported,
    /// A flag of the header is set that has no meaning.
    UnknownFlag,
    /// It ends too early.
    Truncated,
    /// Its content hash is another.
    HashMismatch,
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
    /// Sections are missing, repeated or out of order.
    BadSections,
    /// A section that this reader does not know and may not skip.
    UnknownSection,
    /// Bytes are left over after the content of a section or of the file.
    TrailingBytes,
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self.kind {
            DecodeErrorKind::NotBytecode => "this is not a .pbc file",
            DecodeErrorKind::UnsupportedVersion(version) => {
                return write!(
                    f,
                    "the file has format version {version}; this program reads versions 1 to {}: \
                     use a newer Motet, or compile the source again",
                    crate::FORMAT_VERSION
                );
            }
            DecodeErrorKind::CompressionUnsupported => "compressed files are unsupported: build without compression",
            DecodeErrorKind::SignatureUnsupported => "signed files are unsupported: build without a signature",
            DecodeErrorKind::UnknownFlag => "the header has an unknown flag",
            DecodeErrorKind::Truncated => "the file ends too early",
            DecodeErrorKind::HashMismatch => "the content hash does not match: the file is damaged",
            DecodeErrorKind::TooLarge => "a size exceeds the limits",
            DecodeErrorKind::CountTooLarge => "a count is higher than the rest of the file allows",
            DecodeErrorKind::BadNumber => "a malformed number",
            DecodeErrorKind::BadText => "a text that is not UTF-8",
            DecodeErrorKind::BadTag => "a tag without meaning",
            DecodeErrorKind::BadSections => "sections are missing, repeated or out of order",
            DecodeErrorKind::UnknownSection => "an unknown section that cannot be skipped",
            DecodeErrorKind::TrailingBytes => "bytes are left over",
        };
        write!(f, "{text} (at byte {})", self.offset)
    }
}

impl core::error::Error for DecodeError {}

/// A cursor over bytes.
pub struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    /// Offset of `bytes` in the file.
    base: usize,
}

type Result<T> = core::result::Result<T, DecodeError>;

impl<'a> Reader<'a> {
    /// Reads `bytes`, which are at `base` of the file.
    pub fn new(bytes: &'a [u8], base: usize) -> Self {
        Reader { bytes, at: 0, base }
    }

    /// An error at the current position.
    pub fn error(&self, kind: DecodeErrorKind) -> DecodeError {
        DecodeError { kind, offset: self.base + self.at }
    }

    /// Offset in the file.
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
        Err(DecodeError { kind: DecodeErrorKind::BadNumber, offset: self.base + start })
    }

    /// An unsigned LEB128 number below 2^32.
    pub fn u32(&mut self) -> Result<u32> {
        let offset = self.offset();
        u32::try_from(self.u64()?).map_err(|_| DecodeError { kind: DecodeErrorKind::BadNumber, offset })
    }

    /// An unsigned LEB128 number below 2^16.
    pub fn u16(&mut self) -> Result<u16> {
        let offset = self.offset();
        u16::try_from(self.u64()?).map_err(|_| DecodeError { kind: DecodeErrorKind::BadNumber, offset })
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
            _ => Err(DecodeError { kind: DecodeErrorKind::BadTag, offset }),
        }
    }

    /// A count of things that take at least `least` bytes each, at most `limit`.
    pub fn count(&mut self, least: usize, limit: usize) -> Result<usize> {
        let offset = self.offset();
        let count = self.u64()?;
        let fail = |kind| Err(DecodeError { kind, offset });
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
        let text = core::str::from_utf8(bytes).map_err(|_| DecodeError { kind: DecodeErrorKind::BadText, offset })?;
        Ok(String::from(text))
    }

    /// Nothing may be left.
    pub fn finish(&self) -> Result<()> {
        if self.remaining() == 0 { Ok(()) } else { Err(self.error(DecodeErrorKind::TrailingBytes)) }
    }
}
