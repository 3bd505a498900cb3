//! Interned names.
//!
//! Invariant: equal texts have equal symbols within one [`Interner`]; the
//! names in [`known`] have fixed symbols in every interner.

use alloc::{string::String, vec::Vec};
use core::{
    fmt,
    hash::{BuildHasherDefault, Hasher},
};

use hashbrown::{HashMap, HashSet, HashTable};

/// An interned name. Its debug form is its number between two marks that no
/// escaped string contains, so that dumps can put the text there.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Sym(pub u32);

pub(crate) const MARK_START: char = '\u{e000}';
pub(crate) const MARK_END: char = '\u{e001}';

impl fmt::Debug for Sym {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{MARK_START}{}{MARK_END}", self.0)
    }
}

/// A fast, non-cryptographic hash for symbols and short names.
#[derive(Clone, Copy, Default)]
pub struct NameHasher(u64);

const MIX: u64 = 0x9E37_79B9_7F4A_7C15;

impl Hasher for NameHasher {
    fn finish(&self) -> u64 {
        self.0 ^ (self.0 >> 29)
    }

    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let word = chunk.iter().fold(0u64, |w, &b| (w << 8) | u64::from(b));
            self.write_u64(word ^ ((chunk.len() as u64) << 60));
        }
    }

    fn write_u32(&mut self, n: u32) {
        self.write_u64(u64::from(n));
    }

    fn write_u64(&mut self, n: u64) {
        self.0 = (self.0.rotate_left(23) ^ n).wrapping_mul(MIX);
    }
}

/// Hash state for tables keyed by symbols or names.
pub type NameState = BuildHasherDefault<NameHasher>;
/// A table keyed by symbols or names.
pub type NameMap<K, V> = HashMap<K, V, NameState>;
/// A set of symbols or names.
pub type NameSet<K> = HashSet<K, NameState>;

macro_rules! known {
    ($($name:ident $text:literal;)*) => {
        /// Symbols that the parser or the lowering gives a meaning to.
        #[allow(missing_docs)]
        pub mod known {
            use super::Sym;
            #[allow(non_camel_case_types, clippy::upper_case_acronyms)]
            enum Index { $($name),* }
            $(pub const $name: Sym = Sym(Index::$name as u32);)*
            pub(super) const TEXTS: &[&str] = &[$($text),*];
        }
    };
}

known! {
    SELF "self";
    UNDERSCORE "_";
    OK "Ok";
    ERR "Err";
    SOME "Some";
    NONE "None";
    THROW "throw";
    RESULT "Result";
    OPTION "Option";
    RANGE "range";
}

/// Table of interned names.
#[derive(Clone)]
pub struct Interner {
    text: String,
    spans: Vec<(u32, u32)>,
    table: HashTable<u32>,
}

impl Default for Interner {
    fn default() -> Self {
        let mut interner = Self { text: String::new(), spans: Vec::new(), table: HashTable::new() };
        for text in known::TEXTS {
            interner.intern(text);
        }
        interner
    }
}

fn hash(text: &str) -> u64 {
    let mut hasher = NameHasher::default();
    hasher.write(text.as_bytes());
    hasher.finish()
}

impl Interner {
    /// The symbol of `text`.
    pub fn intern(&mut self, text: &str) -> Sym {
        let Self { text: all, spans, table } = self;
        let at = |spans: &[(u32, u32)], all: &str, i: u32| -> bool {
            let (start, end) = spans[i as usize];
            &all.as_bytes()[start as usize..end as usize] == text.as_bytes()
        };
        let h = hash(text);
        if let Some(&i) = table.find(h, |&i| at(spans, all, i)) {
            return Sym(i);
        }
        let i = spans.len() as u32;
        let start = all.len() as u32;
        all.push_str(text);
        spans.push((start, all.len() as u32));
        table.insert_unique(h, i, |&j| {
            let (start, end) = spans[j as usize];
            hash(&all[start as usize..end as usize])
        });
        Sym(i)
    }

    /// The text of a symbol of this interner.
    #[must_use]
    pub fn text(&self, sym: Sym) -> &str {
        let (start, end) = self.spans.get(sym.0 as usize).copied().unwrap_or((0, 0));
        &self.text[start as usize..end as usize]
    }
}
