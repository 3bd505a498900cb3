//! Bytes for snapshots and for what native code tells the front end: numbers, texts, lists.
//!
//! Invariants: the form depends neither on the machine's word size nor on its byte order; reading allocates no more than
//! the bytes themselves pay for, and never panics.

use alloc::{
    string::{String, ToString},
    vec::Vec,
};

/// Writes.
#[derive(Debug, Default)]
pub(crate) struct Writer {
    bytes: Vec<u8>,
}

/// The bytes do not have the form that the reader expects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Malformed;

impl Writer {
    pub(crate) fn finish(self) -> Vec<u8> {
        self.bytes
    }

    pub(crate) fn byte(&mut self, byte: u8) {
        self.bytes.push(byte);
    }

    /// Seven bits a byte, the lowest first.
    pub(crate) fn number(&mut self, n: u64) {
        let mut n = n;
        while n >= 0x80 {
            self.bytes.push(n as u8 | 0x80);
            n >>= 7;
        }
        self.bytes.push(n as u8);
    }

    pub(crate) fn length(&mut self, n: usize) {
        self.number(n as u64);
    }

    /// A signed number: small ones of either sign are short.
    pub(crate) fn signed(&mut self, n: i64) {
        self.number((n << 1 ^ n >> 63) as u64);
    }

    pub(crate) fn fixed64(&mut self, n: u64) {
        self.bytes.extend_from_slice(&n.to_le_bytes());
    }

    pub(crate) fn bytes(&mut self, bytes: &[u8]) {
        self.length(bytes.len());
        self.bytes.extend_from_slice(bytes);
    }

    pub(crate) fn text(&mut self, text: &str) {
        self.bytes(text.as_bytes());
    }

    pub(crate) fn flag(&mut self, flag: bool) {
        self.byte(u8::from(flag));
    }

    pub(crate) fn maybe(&mut self, text: Option<&str>) {
        self.flag(text.is_some());
        if let Some(text) = text {
            self.text(text);
        }
    }

    /// Everything that another one wrote.
    pub(crate) fn append(&mut self, other: Writer) {
        self.bytes.extend_from_slice(&other.bytes);
    }

    pub(crate) fn texts<T: AsRef<str>>(&mut self, texts: impl ExactSizeIterator<Item = T>) {
        self.length(texts.len());
        texts.for_each(|text| self.text(text.as_ref()));
    }
}

/// Reads what a [`Writer`] wrote.
#[derive(Clone, Debug)]
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// Whether nothing is left.
    pub(crate) fn is_done(&self) -> bool {
        self.rest.is_empty()
    }

    pub(crate) fn byte(&mut self) -> Result<u8, Malformed> {
        let (&first, rest) = self.rest.split_first().ok_or(Malformed)?;
        self.rest = rest;
        Ok(first)
    }

    pub(crate) fn number(&mut self) -> Result<u64, Malformed> {
        let mut n = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            let bits = u64::from(byte & 0x7f);
            if shift == 63 && bits > 1 {
                return Err(Malformed);
            }
            n |= bits << shift;
            if byte < 0x80 {
                return Ok(n);
            }
        }
        Err(Malformed)
    }

    /// A number of things of which each takes at least a byte.
    pub(crate) fn length(&mut self) -> Result<usize, Malformed> {
        let n = usize::try_from(self.number()?).map_err(|_| Malformed)?;
        if n <= self.rest.len() { Ok(n) } else { Err(Malformed) }
    }

    /// A number below `end`.
    pub(crate) fn index(&mut self, end: usize) -> Result<usize, Malformed> {
        let n = usize::try_from(self.number()?).map_err(|_| Malformed)?;
        if n < end { Ok(n) } else { Err(Malformed) }
    }

    pub(crate) fn number32(&mut self) -> Result<u32, Malformed> {
        u32::try_from(self.number()?).map_err(|_| Malformed)
    }

    pub(crate) fn signed(&mut self) -> Result<i64, Malformed> {
        let n = self.number()?;
        Ok((n >> 1) as i64 ^ -((n & 1) as i64))
    }

    pub(crate) fn fixed64(&mut self) -> Result<u64, Malformed> {
        let (first, rest) = self.rest.split_first_chunk::<8>().ok_or(Malformed)?;
        self.rest = rest;
        Ok(u64::from_le_bytes(*first))
    }

    pub(crate) fn bytes(&mut self) -> Result<&'a [u8], Malformed> {
        let length = self.length()?;
        let (first, rest) = self.rest.split_at(length);
        self.rest = rest;
        Ok(first)
    }

    pub(crate) fn text(&mut self) -> Result<&'a str, Malformed> {
        core::str::from_utf8(self.bytes()?).map_err(|_| Malformed)
    }

    pub(crate) fn flag(&mut self) -> Result<bool, Malformed> {
        match self.byte()? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(Malformed),
        }
    }

    pub(crate) fn maybe(&mut self) -> Result<Option<&'a str>, Malformed> {
        if self.flag()? { self.text().map(Some) } else { Ok(None) }
    }

    pub(crate) fn texts(&mut self) -> Result<Vec<String>, Malformed> {
        (0..self.length()?).map(|_| self.text().map(ToString::to_string)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_read_again() {
        let mut w = Writer::default();
        for n in [0, 1, 127, 128, 1 << 32, u64::MAX] {
            w.number(n);
        }
        for n in [0, -1, 1, i64::MIN, i64::MAX] {
            w.signed(n);
        }
        w.maybe(Some("é"));
        w.maybe(None);
        w.texts(["a", ""].iter());
        let bytes = w.finish();
        let mut r = Reader::new(&bytes);
        for n in [0, 1, 127, 128, 1 << 32, u64::MAX] {
            assert_eq!(r.number(), Ok(n));
        }
        for n in [0, -1, 1, i64::MIN, i64::MAX] {
            assert_eq!(r.signed(), Ok(n));
        }
        assert_eq!((r.maybe(), r.maybe()), (Ok(Some("é")), Ok(None)));
        assert_eq!(r.texts(), Ok(alloc::vec!["a".to_string(), String::new()]));
        assert!(r.is_done());
    }

    #[test]
    fn lengths_beyond_the_bytes_are_refused() {
        let check = |bytes: &[u8]| assert_eq!(Reader::new(bytes).bytes(), Err(Malformed), "{bytes:?}");
        check(&[]);
        check(&[5, 1, 2]);
        check(&[0xff; 12]);
        check(&[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2]);
    }
}
