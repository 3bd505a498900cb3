//! Interned names: field names, selectors, global names.

use alloc::vec::Vec;

use hashbrown::HashTable;

use crate::{Shared, string::hash_bytes};

/// An interned name of one isolate; equal names have equal symbols.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Symbol(pub u32);

/// The interner.
#[derive(Default)]
pub struct Symbols {
    names: Vec<Shared<str>>,
    index: HashTable<u32>,
}

impl Symbols {
    /// The symbol of `name`, interning it if it is new.
    pub fn intern(&mut self, name: &str) -> Symbol {
        let names = &mut self.names;
        let hash = name_hash(name);
        if let Some(&i) = self.index.find(hash, |&i| &*names[i as usize] == name) {
            return Symbol(i);
        }
        let i = names.len() as u32;
        names.push(Shared::from(name));
        self.index.insert_unique(hash, i, |&i| name_hash(&names[i as usize]));
        Symbol(i)
    }

    /// The symbol of `name`, if it was interned before.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<Symbol> {
        self.index.find(name_hash(name), |&i| &*self.names[i as usize] == name).map(|&i| Symbol(i))
    }

    /// The name of a symbol of this interner; `"?"` for a foreign one.
    #[must_use]
    pub fn name(&self, symbol: Symbol) -> &str {
        self.names.get(symbol.0 as usize).map_or("?", |n| n)
    }

    /// The shared name of a symbol of this interner.
    #[must_use]
    pub fn shared_name(&self, symbol: Symbol) -> Shared<str> {
        self.names.get(symbol.0 as usize).cloned().unwrap_or_else(|| Shared::from("?"))
    }
}

/// Hash of a name for tables, which take their control bits from its top.
pub(crate) fn name_hash(name: &str) -> u64 {
    let hash = u64::from(hash_bytes(name.as_bytes()));
    hash | (hash << 32)
}
