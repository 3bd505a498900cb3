//! The constant pool and the layout table while they grow.
//!
//! Invariant: an entry occurs once; positions follow first use, so that equal
//! modules have equal pools.

use alloc::{
    collections::{BTreeMap, BTreeSet},
    string::{String, ToString},
    vec::Vec,
};

use hashbrown::HashTable;
use motet_bytecode as bc;
use motet_ir as ir;

/// Constants and layouts of one module.
#[derive(Default)]
pub struct Pool {
    /// Positions in `constants`, by [`hash`].
    known: HashTable<u32>,
    /// The constants in order of first use.
    pub constants: Vec<bc::Const>,
    layout_keys: BTreeMap<(u32, Vec<String>), bc::LayoutIdx>,
    /// The layouts in order of first use.
    pub layouts: Vec<bc::Layout>,
}

/// A constant that is looked for, without a text of its own.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Key<'a> {
    Int(i64),
    /// Told apart by bits.
    Float(u64),
    Str(&'a str),
    Selector(&'a str),
}

impl<'a> Key<'a> {
    /// Of the constants that the pool makes.
    fn of(constant: &'a bc::Const) -> Option<Self> {
        match constant {
            bc::Const::Int(value) => Some(Key::Int(*value)),
            bc::Const::Float(value) => Some(Key::Float(value.to_bits())),
            bc::Const::Str(text) => Some(Key::Str(text)),
            bc::Const::Selector(text) => Some(Key::Selector(text)),
            bc::Const::Nil | bc::Const::Bool(_) | bc::Const::Func(_) => None,
        }
    }

    fn constant(self) -> bc::Const {
        match self {
            Key::Int(value) => bc::Const::Int(value),
            Key::Float(bits) => bc::Const::Float(f64::from_bits(bits)),
            Key::Str(text) => bc::Const::Str(text.to_string()),
            Key::Selector(text) => bc::Const::Selector(text.to_string()),
        }
    }

    /// Spreads well over 64 bits. Nothing depends on its value but speed: positions follow first use.
    fn hash(self) -> u64 {
        const MIX: u64 = 0x9E37_79B9_7F4A_7C15;
        let mix = |hash: u64, word: u64| (hash.rotate_left(23) ^ word).wrapping_mul(MIX);
        let (kind, text) = match self {
            Key::Int(value) => return mix(mix(0, value as u64), value as u64 >> 32),
            Key::Float(bits) => return mix(mix(1, bits), bits >> 32),
            Key::Str(text) => (2, text),
            Key::Selector(text) => (3, text),
        };
        let mut hash = mix(kind, text.len() as u64);
        for chunk in text.as_bytes().chunks(8) {
            let word = chunk.iter().fold(0, |word, &byte| word << 8 | u64::from(byte));
            hash = mix(hash, word);
        }
        hash ^ hash >> 29
    }
}

impl Pool {
    fn intern(&mut self, key: Key<'_>) -> bc::ConstIdx {
        let Self { known, constants, .. } = self;
        let of = |position: u32| constants.get(position as usize).and_then(Key::of);
        let hash = key.hash();
        if let Some(&position) = known.find(hash, |&position| of(position) == Some(key)) {
            return bc::ConstIdx(position);
        }
        let position = u32::try_from(constants.len()).unwrap_or(u32::MAX);
        known.insert_unique(hash, position, |&position| of(position).map_or(0, Key::hash));
        constants.push(key.constant());
        bc::ConstIdx(position)
    }

    /// An integer constant.
    pub fn int(&mut self, value: i64) -> bc::ConstIdx {
        self.intern(Key::Int(value))
    }

    /// A float constant; told apart by bits.
    pub fn float(&mut self, value: f64) -> bc::ConstIdx {
        self.intern(Key::Float(value.to_bits()))
    }

    /// A string constant.
    pub fn str(&mut self, value: &str) -> bc::ConstIdx {
        self.intern(Key::Str(value))
    }

    /// A selector constant.
    pub fn selector(&mut self, value: &str) -> bc::ConstIdx {
        self.intern(Key::Selector(value))
    }

    /// The layout of records with these fields.
    pub fn layout(&mut self, module: &ir::Module, class: ir::ClassIdx, names: Vec<String>) -> bc::LayoutIdx {
        if let Some(&known) = self.layout_keys.get(&(class.0, names.clone())) {
            return known;
        }
        let index = bc::LayoutIdx(u32::try_from(self.layouts.len()).unwrap_or(u32::MAX));
        let canonical = module.classes.get(class.index()).is_some_and(|c| same_names(&c.fields, &names));
        self.layout_keys.insert((class.0, names.clone()), index);
        self.layouts.push(bc::Layout { class: bc::ClassIdx(class.0), names, canonical });
        index
    }
}

fn same_names(fields: &[ir::Field], names: &[String]) -> bool {
    let declared: BTreeSet<&str> = fields.iter().map(|f| f.name.as_str()).collect();
    let given: BTreeSet<&str> = names.iter().map(String::as_str).collect();
    fields.len() == names.len() && declared == given
}
