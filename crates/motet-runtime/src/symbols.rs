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
        let hash = u64::from(hash_bytes(name.as_bytes()));
        if let Some(&i) = self.index.find(spread(hash), |&i| &*names[i as usize] == name) {
            return Symbol(i);
        }
        let i = names.len() as u32;
        names.push(Shared::from(name));
        self.index.insert_unique(spread(hash), i, |&i| spread(u64::from(hash_bytes(names[i as usize].as_bytes()))));
        Symbol(i)
    }

    /// The symbol of `name`, if it was interned before.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<Symbol> {
        let hash = u64::from(hash_bytes(name.as_bytes()));
        self.index.find(spread(hash), |&i| &*self.names[i as usize] == name).map(|&i| Symbol(i))
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

/// The table takes its control bits from the top of the hash.
pub(crate) fn spread(hash: u64) -> u64 {
    hash | (hash << 32)
}
