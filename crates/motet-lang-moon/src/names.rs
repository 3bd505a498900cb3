//! Interned names of one compilation.
//!
//! Invariants: equal texts have equal [`Name`]s; the words of [`Name::FIXED`]
//! are interned first, so that their numbers are constants.

use alloc::{boxed::Box, vec::Vec};

use hashbrown::HashTable;

macro_rules! fixed {
    ($($ident:ident $text:literal,)*) => {
        /// An interned identifier.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct Name(pub u32);

        #[allow(non_camel_case_types, clippy::upper_case_acronyms)]
        enum Fixed { $($ident,)* }

        impl Name {
            $(#[doc = concat!("The word `", $text, "`.")]
            pub const $ident: Name = Name(Fixed::$ident as u32);)*

            /// Words with constant numbers, in the order of those numbers.
            pub const FIXED: &'static [&'static str] = &[$($text),*];
        }
    };
}

fixed! {
    WHILE "while", FOR "for", BREAK "break", CONTINUE "continue", STRUCT "struct", IMPORT "import",
    IN "in", AS "as", NIL "nil",
    INT "Int", BOOL "Bool", STRING "String", UNIT "Unit", FLOAT "Float", ARRAY "Array", OBJECT "Object",
    T "T",
}

/// The six words that are keywords only where no declaration claims them; names `0..SOFT_WORDS`.
pub const SOFT_WORDS: usize = 6;

/// The interner.
#[derive(Debug)]
pub struct Names {
    texts: Vec<Box<str>>,
    index: HashTable<u32>,
}

impl Default for Names {
    fn default() -> Self {
        let mut names = Self { texts: Vec::new(), index: HashTable::new() };
        for text in Name::FIXED {
            names.intern(text);
        }
        names
    }
}

impl Names {
    /// The name of `text`.
    pub fn intern(&mut self, text: &str) -> Name {
        let texts = &mut self.texts;
        let hash = hash(text.as_bytes());
        if let Some(&i) = self.index.find(hash, |&i| texts.get(i as usize).is_some_and(|t| **t == *text)) {
            return Name(i);
        }
        let i = texts.len() as u32;
        texts.push(Box::from(text));
        self.index.insert_unique(hash, i, |&i| texts.get(i as usize).map_or(0, |t| self::hash(t.as_bytes())));
        Name(i)
    }

    /// The name of `text`, if it was interned before.
    #[must_use]
    pub fn find(&self, text: &str) -> Option<Name> {
        let same = |&i: &u32| self.texts.get(i as usize).is_some_and(|t| **t == *text);
        self.index.find(hash(text.as_bytes()), same).map(|&i| Name(i))
    }

    /// Its text.
    #[must_use]
    pub fn text(&self, name: Name) -> &str {
        self.texts.get(name.0 as usize).map_or("", |t| t)
    }
}

/// Multiplicative hash over eight bytes at a time; names are short and not adversarial beyond
/// what one compilation may cost, and the final mix spreads to the bits that the table uses.
fn hash(bytes: &[u8]) -> u64 {
    const K: u64 = 0x9E37_79B9_7F4A_7C15;
    let mut h = bytes.len() as u64;
    let mut rest = bytes;
    while let Some((chunk, tail)) = rest.split_first_chunk::<8>() {
        h = (h.rotate_left(5) ^ u64::from_le_bytes(*chunk)).wrapping_mul(K);
        rest = tail;
    }
    let mut last = 0u64;
    for &b in rest {
        last = last << 8 | u64::from(b);
    }
    h = (h.rotate_left(5) ^ last).wrapping_mul(K);
    h ^ h >> 32
}
