//! Interned names of one compilation.
//!
//! Invariant: equal texts have equal [`Name`]s.

use alloc::{boxed::Box, collections::BTreeMap, vec::Vec};

/// An interned identifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Name(pub u32);

/// The interner.
#[derive(Debug, Default)]
pub struct Names {
    texts: Vec<Box<str>>,
    index: BTreeMap<Box<str>, Name>,
}

impl Names {
    /// The name of `text`.
    pub fn intern(&mut self, text: &str) -> Name {
        if let Some(&name) = self.index.get(text) {
            return name;
        }
        let name = Name(self.texts.len() as u32);
        self.texts.push(text.into());
        self.index.insert(text.into(), name);
        name
    }

    /// The name of `text`, if it was interned before.
    #[must_use]
    pub fn find(&self, text: &str) -> Option<Name> {
        self.index.get(text).copied()
    }

    /// Its text.
    #[must_use]
    pub fn text(&self, name: Name) -> &str {
        self.texts.get(name.0 as usize).map_or("", |t| t)
    }
}
