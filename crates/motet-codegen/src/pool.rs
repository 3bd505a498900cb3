//! The constant pool and the layout table while they grow.
//!
//! Invariant: an entry occurs once; positions follow first use, so that equal
//! modules have equal pools.

use alloc::{
    collections::{BTreeMap, BTreeSet},
    string::{String, ToString},
    vec::Vec,
};

use motet_bytecode as bc;
use motet_ir as ir;

#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Int(i64),
    Float(u64),
    Str(String),
    Selector(String),
}

/// Constants and layouts of one module.
#[derive(Default)]
pub struct Pool {
    keys: BTreeMap<Key, bc::ConstIdx>,
    /// The constants in order of first use.
    pub constants: Vec<bc::Const>,
    layout_keys: BTreeMap<(u32, Vec<String>), bc::LayoutIdx>,
    /// The layouts in order of first use.
    pub layouts: Vec<bc::Layout>,
}

impl Pool {
    fn intern(&mut self, key: Key, constant: impl FnOnce() -> bc::Const) -> bc::ConstIdx {
        let next = bc::ConstIdx(u32::try_from(self.constants.len()).unwrap_or(u32::MAX));
        let constants = &mut self.constants;
        *self.keys.entry(key).or_insert_with(|| {
            constants.push(constant());
            next
        })
    }

    /// An integer constant.
    pub fn int(&mut self, value: i64) -> bc::ConstIdx {
        self.intern(Key::Int(value), || bc::Const::Int(value))
    }

    /// A float constant; told apart by bits.
    pub fn float(&mut self, value: f64) -> bc::ConstIdx {
        self.intern(Key::Float(value.to_bits()), || bc::Const::Float(value))
    }

    /// A string constant.
    pub fn str(&mut self, value: &str) -> bc::ConstIdx {
        self.intern(Key::Str(value.to_string()), || bc::Const::Str(value.to_string()))
    }

    /// A selector constant.
    pub fn selector(&mut self, value: &str) -> bc::ConstIdx {
        self.intern(Key::Selector(value.to_string()), || bc::Const::Selector(value.to_string()))
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
