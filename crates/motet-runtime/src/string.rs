//! String cells: short texts inline, longer ones as a view of a shared,
//! growable buffer.
//!
//! Invariants: bytes `0..len` of a view are valid UTF-8 and never change; a
//! buffer only grows. Appending to a view that ends exactly at the buffer's end extends
//! the buffer in place, so building a text by n appends is linear in its
//! length; the older, shorter views stay valid.

use alloc::{boxed::Box, rc::Rc, string::String, vec::Vec};
use core::cell::{Cell, UnsafeCell};

/// Longest text kept inline, in bytes.
pub(crate) const INLINE: usize = 22;

pub(crate) struct Buffer {
    bytes: UnsafeCell<Vec<u8>>,
}

pub(crate) enum Text {
    Inline(u8, [u8; INLINE]),
    View(Rc<Buffer>, usize),
}

/// Payload of a string cell.
pub(crate) struct Str {
    pub(crate) text: Text,
    /// 0: not computed yet.
    hash: Cell<u32>,
    /// Number of characters plus one; 0: not counted yet.
    chars: Cell<u32>,
}

#[allow(unsafe_code)]
impl Str {
    #[inline]
    pub(crate) fn new(s: &str) -> Self {
        Self::from_text(match inline(s.as_bytes(), &[]) {
            Some(text) => text,
            None => view(s.as_bytes().to_vec()),
        })
    }

    pub(crate) fn from_vec(bytes: Vec<u8>) -> Self {
        debug_assert!(core::str::from_utf8(&bytes).is_ok());
        Self::from_text(match inline(&bytes, &[]) {
            Some(text) => text,
            None => view(bytes),
        })
    }

    /// The decimal form of an integer.
    pub(crate) fn decimal(n: i64) -> Self {
        Self::new(decimal(n, &mut [0; DECIMAL]))
    }

    #[inline(always)]
    fn from_text(text: Text) -> Self {
        Self { text, hash: Cell::new(0), chars: Cell::new(0) }
    }

    #[inline(always)]
    pub(crate) fn as_str(&self) -> &str {
        let bytes = match &self.text {
            Text::Inline(len, bytes) => &bytes[..*len as usize],
            // SAFETY: the buffer is mutated only in `append`, which holds no reference to it across
            // the mutation, and whose caller holds the heap exclusively, so that no `&str` obtained
            // through a shared heap is alive. `len` never exceeds the buffer's length.
            Text::View(buffer, len) => unsafe { (&*buffer.bytes.get()).get_unchecked(..*len) },
        };
        // SAFETY: constructors take valid UTF-8 and `append` joins valid texts.
        unsafe { core::str::from_utf8_unchecked(bytes) }
    }

    /// [`Str::append`] where the view ends where its buffer does: the buffer, its length, and how much it grew. See
    /// [`Str::view`].
    #[inline(always)]
    pub(crate) fn extend(&self, tail: &[u8]) -> Option<(Rc<Buffer>, usize, usize)> {
        let Text::View(buffer, len) = &self.text else { return None };
        // SAFETY: as for `append`: nobody holds a reference into the buffer.
        let bytes = unsafe { &mut *buffer.bytes.get() };
        if bytes.len() != *len {
            return None;
        }
        let before = bytes.capacity();
        match tail {
            [byte] => bytes.push(*byte),
            _ => bytes.extend_from_slice(tail),
        }
        Some((buffer.clone(), bytes.len(), bytes.capacity() - before))
    }

    /// The first `len` bytes of a buffer.
    #[inline(always)]
    pub(crate) fn view(buffer: Rc<Buffer>, len: usize) -> Self {
        Self::from_text(Text::View(buffer, len))
    }

    /// The text with `tail` after it; shares the buffer when this view ends where the buffer does.
    /// The caller holds the heap exclusively, and `tail` does not borrow from the heap.
    pub(crate) fn append(&self, tail: &[u8]) -> (Self, usize) {
        match &self.text {
            Text::Inline(len, bytes) => {
                let head = &bytes[..*len as usize];
                if let Some(text) = inline(head, tail) {
                    return (Self::from_text(text), 0);
                }
                let mut joined = Vec::with_capacity((head.len() + tail.len()).max(64));
                joined.extend_from_slice(head);
                joined.extend_from_slice(tail);
                let grown = joined.capacity();
                (Self::from_text(view(joined)), grown)
            }
            Text::View(buffer, len) => {
                if let Some((buffer, len, grown)) = self.extend(tail) {
                    return (Self::view(buffer, len), grown);
                }
                // SAFETY: exclusive use of the heap (see above): nobody holds a reference into the buffer.
                let bytes = unsafe { &*buffer.bytes.get() };
                let mut joined = Vec::with_capacity((*len + tail.len()) * 2);
                joined.extend_from_slice(&bytes[..*len]);
                joined.extend_from_slice(tail);
                let grown = joined.capacity();
                (Self::from_text(view(joined)), grown)
            }
        }
    }

    /// Whether the texts are equal.
    #[inline(always)]
    pub(crate) fn same(&self, other: &Str) -> bool {
        match (&self.text, &other.text) {
            // Bytes behind the text are zero.
            (Text::Inline(n, a), Text::Inline(m, b)) => n == m && a == b,
            (Text::View(_, n), Text::View(_, m)) if n != m => false,
            // Longer texts are never kept inline.
            (Text::Inline(..), Text::View(..)) | (Text::View(..), Text::Inline(..)) => false,
            _ => self.as_str() == other.as_str(),
        }
    }

    pub(crate) fn extra_bytes(&self) -> usize {
        match &self.text {
            Text::Inline(..) => 0,
            // SAFETY: a read of the capacity while nobody mutates (single-threaded, heap borrowed).
            Text::View(buffer, _) => unsafe { (&*buffer.bytes.get()).capacity() / Rc::strong_count(buffer) },
        }
    }

    #[inline(always)]
    pub(crate) fn hash(&self) -> u32 {
        match self.hash.get() {
            0 => self.compute_hash(),
            hash => hash,
        }
    }

    #[inline(never)]
    fn compute_hash(&self) -> u32 {
        let hash = hash_bytes(self.as_str().as_bytes());
        self.hash.set(hash);
        hash
    }

    /// Number of Unicode scalar values.
    pub(crate) fn char_count(&self) -> usize {
        if self.chars.get() == 0 {
            let n = self.as_str().chars().count();
            self.chars.set(u32::try_from(n).map_or(0, |n| n.saturating_add(1)));
            return n;
        }
        self.chars.get() as usize - 1
    }
}

#[inline(always)]
fn inline(a: &[u8], b: &[u8]) -> Option<Text> {
    let len = a.len() + b.len();
    if len > INLINE {
        return None;
    }
    let mut bytes = [0; INLINE];
    copy_short(&mut bytes, a);
    copy_short(&mut bytes[a.len()..], b);
    Some(Text::Inline(len as u8, bytes))
}

/// Copies a text of at most [`INLINE`] bytes to the start of `to`: by pieces of fixed size, which may overlap.
#[inline(always)]
fn copy_short(to: &mut [u8], from: &[u8]) {
    let len = from.len();
    if let (Some(head), Some(tail)) = (from.first_chunk::<8>(), from.last_chunk::<8>()) {
        if let Some(middle) = from.get(8..16) {
            to[8..16].copy_from_slice(middle);
        }
        to[len - 8..len].copy_from_slice(tail);
        to[..8].copy_from_slice(head);
    } else if let (Some(head), Some(tail)) = (from.first_chunk::<4>(), from.last_chunk::<4>()) {
        to[len - 4..len].copy_from_slice(tail);
        to[..4].copy_from_slice(head);
    } else {
        for (to, from) in to.iter_mut().zip(from) {
            *to = *from;
        }
    }
}

fn view(bytes: Vec<u8>) -> Text {
    let len = bytes.len();
    Text::View(Rc::new(Buffer { bytes: UnsafeCell::new(bytes) }), len)
}

/// Hash of a byte string: a multiply-rotate mix of 8-byte words with a final avalanche; the same
/// on every platform, never 0.
#[must_use]
pub fn hash_bytes(bytes: &[u8]) -> u32 {
    const K: u64 = 0x9e37_79b9_7f4a_7c15;
    let word = |at: usize| bytes[at..].first_chunk().map_or(0, |c| u64::from_le_bytes(*c));
    let half = |at: usize| bytes[at..].first_chunk().map_or(0, |c| u64::from(u32::from_le_bytes(*c)));
    let len = bytes.len();
    let mut h = len as u64 ^ K;
    let mut at = 0;
    while at + 8 < len {
        h = (h.rotate_left(5) ^ word(at)).wrapping_mul(K);
        at += 8;
    }
    // The rest, by reads that may overlap.
    let last = match len {
        8.. => word(len - 8),
        4..8 => half(0) | half(len - 4) << 32,
        1..4 => u64::from(bytes[0]) | u64::from(bytes[len / 2]) << 8 | u64::from(bytes[len - 1]) << 16,
        0 => 0,
    };
    h = (h.rotate_left(5) ^ last).wrapping_mul(K);
    mix(h)
}

/// Avalanche of a 64-bit value to a non-zero 32-bit hash.
pub(crate) fn mix(mut h: u64) -> u32 {
    h ^= h >> 32;
    h = h.wrapping_mul(0xd6e8_feb8_6659_fd93);
    h ^= h >> 32;
    (h as u32).max(1)
}

/// Longest decimal form of a 64-bit integer, in bytes.
const DECIMAL: usize = 20;

/// Decimal digits of `n`, with a minus sign if it is negative, at the end of `buffer`.
fn decimal(n: i64, buffer: &mut [u8; DECIMAL]) -> &str {
    let (mut rest, mut at) = (n.unsigned_abs(), DECIMAL);
    loop {
        at -= 1;
        buffer[at] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    if n < 0 {
        at -= 1;
        buffer[at] = b'-';
    }
    core::str::from_utf8(&buffer[at..]).unwrap_or_default()
}

/// Appends an integer in decimal digits.
pub fn push_decimal(out: &mut String, n: i64) {
    out.push_str(decimal(n, &mut [0; DECIMAL]));
}

/// Byte offset of the first `part` in `whole`. One byte is looked for without the set-up that a longer part needs.
#[must_use]
pub fn find(whole: &str, part: &str) -> Option<usize> {
    match part.as_bytes() {
        &[byte] => whole.find(char::from(byte)),
        _ => whole.find(part),
    }
}

/// The pieces of `whole` between occurrences of `part`, which is not empty.
pub fn split<'a>(whole: &'a str, part: &'a str) -> Box<dyn Iterator<Item = &'a str> + 'a> {
    match part.as_bytes() {
        &[byte] => Box::new(whole.split(char::from(byte))),
        _ => Box::new(whole.split(part)),
    }
}

/// Byte offset of character number `n` in `s`; the length of `s` if it has fewer characters.
#[must_use]
pub fn find_char_boundary(s: &str, n: usize) -> usize {
    s.char_indices().nth(n).map_or(s.len(), |(i, _)| i)
}
