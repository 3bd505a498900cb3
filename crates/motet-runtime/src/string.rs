//! String cells: short texts inline, longer ones as a view of a shared,
//! growable buffer.
//!
//! Invariants: bytes `0..len` of a view are valid UTF-8 and never change; a
//! buffer only grows. Appending to a view that ends exactly at the buffer's end extends
//! the buffer in place, so building a text by n appends is linear in its
//! length; the older, shorter views stay valid.

use alloc::{rc::Rc, vec::Vec};
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

    fn from_text(text: Text) -> Self {
        Self { text, hash: Cell::new(0), chars: Cell::new(0) }
    }

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
                // SAFETY: exclusive use of the heap (see above): nobody holds a reference into the buffer.
                let bytes = unsafe { &mut *buffer.bytes.get() };
                let before = bytes.capacity();
                if bytes.len() == *len {
                    bytes.extend_from_slice(tail);
                    let grown = bytes.capacity() - before;
                    return (Self::from_text(Text::View(buffer.clone(), *len + tail.len())), grown);
                }
                let mut joined = Vec::with_capacity((*len + tail.len()) * 2);
                joined.extend_from_slice(&bytes[..*len]);
                joined.extend_from_slice(tail);
                let grown = joined.capacity();
                (Self::from_text(view(joined)), grown)
            }
        }
    }

    pub(crate) fn extra_bytes(&self) -> usize {
        match &self.text {
            Text::Inline(..) => 0,
            // SAFETY: a read of the capacity while nobody mutates (single-threaded, heap borrowed).
            Text::View(buffer, _) => unsafe { (&*buffer.bytes.get()).capacity() / Rc::strong_count(buffer) },
        }
    }

    pub(crate) fn hash(&self) -> u32 {
        if self.hash.get() == 0 {
            self.hash.set(hash_bytes(self.as_str().as_bytes()));
        }
        self.hash.get()
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

fn inline(a: &[u8], b: &[u8]) -> Option<Text> {
    let len = a.len() + b.len();
    if len > INLINE {
        return None;
    }
    let mut bytes = [0; INLINE];
    bytes[..a.len()].copy_from_slice(a);
    bytes[a.len()..len].copy_from_slice(b);
    Some(Text::Inline(len as u8, bytes))
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
    let mut h = bytes.len() as u64 ^ K;
    let mut chunks = bytes.chunks_exact(8);
    for c in &mut chunks {
        let mut word = [0; 8];
        word.copy_from_slice(c);
        h = (h.rotate_left(5) ^ u64::from_le_bytes(word)).wrapping_mul(K);
    }
    let mut last = [0; 8];
    last[..chunks.remainder().len()].copy_from_slice(chunks.remainder());
    h = (h.rotate_left(5) ^ u64::from_le_bytes(last)).wrapping_mul(K);
    mix(h)
}

/// Avalanche of a 64-bit value to a non-zero 32-bit hash.
pub(crate) fn mix(mut h: u64) -> u32 {
    h ^= h >> 32;
    h = h.wrapping_mul(0xd6e8_feb8_6659_fd93);
    h ^= h >> 32;
    (h as u32).max(1)
}

/// Byte offset of character number `n` in `s`; the length of `s` if it has fewer characters.
#[must_use]
pub fn find_char_boundary(s: &str, n: usize) -> usize {
    s.char_indices().nth(n).map_or(s.len(), |(i, _)| i)
}
