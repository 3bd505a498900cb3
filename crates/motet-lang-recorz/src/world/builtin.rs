//! The classes with which a world is born, as a dialect lists them, and the dialect of Recorz.

use alloc::vec::Vec;

use motet_runtime::{NativeDef, Runtime, Tag, Value};

use super::{ClassNo, Dialect};
use crate::classes::{Builtin, CLASSES};

/// A built-in class.
#[derive(Clone, Copy, Debug)]
pub struct ClassRow {
    /// Its name.
    pub name: &'static str,
    /// Name of its superclass; empty for a root.
    pub superclass: &'static str,
    /// Instance variables that it adds.
    pub instance_variables: &'static [&'static str],
    /// The global that holds its one instance; empty if the class's name is a global itself.
    pub instance: &'static str,
}

/// Recorz.
pub static RECORZ: Dialect = Dialect { name: "recorz", classes: recorz_classes, natives: recorz_natives, class_of };

/// Classes with one instance, and the globals that hold it.
const INSTANCES: &[(Builtin, &str)] = &[
    (Builtin::ProcessorScheduler, "Processor"),
    (Builtin::SystemDictionary, "Smalltalk"),
    (Builtin::Transcript, "Transcript"),
    (Builtin::Display, "Display"),
    (Builtin::KernelInstaller, "KernelInstaller"),
    (Builtin::Workspace, "Workspace"),
    (Builtin::TestRunner, "TestRunner"),
];

fn recorz_classes() -> Vec<ClassRow> {
    let instance = |at: usize| INSTANCES.iter().find(|(class, _)| class.number() == at).map_or("", |(_, name)| name);
    let rows = CLASSES.iter().enumerate();
    rows.map(|(at, class)| ClassRow {
        name: class.name,
        superclass: class.superclass.map_or("", |s| s.row().name),
        instance_variables: class.variables,
        instance: instance(at),
    })
    .collect()
}

fn recorz_natives() -> &'static [NativeDef] {
    crate::natives::ALL
}

impl Builtin {
    /// Its number in every world of Recorz.
    #[must_use]
    pub const fn class(self) -> ClassNo {
        ClassNo(self.number() as u32 * 2)
    }
}

/// Kinds of foreign objects of Recorz, as inline caches and [`class_of`] tell them apart; 0 is any other.
pub mod kind {
    /// A mutable text.
    pub const STRING: u32 = 1;
    /// Bytes.
    pub const BYTE_ARRAY: u32 = 2;
    /// An integer above the core's.
    pub const LARGE_POSITIVE: u32 = 3;
    /// An integer below the core's.
    pub const LARGE_NEGATIVE: u32 = 4;
}

/// SmallIntegers have 62 bits.
const SMALL: i64 = 1 << 61;

fn class_of(rt: &Runtime, v: Value) -> ClassNo {
    let class = match v.tag() {
        Tag::Int => match v.as_int().unwrap_or(0) {
            n if (-SMALL..SMALL).contains(&n) => Builtin::SmallInteger,
            n if n > 0 => Builtin::LargePositiveInteger,
            _ => Builtin::LargeNegativeInteger,
        },
        Tag::Float => Builtin::Float,
        Tag::Nil | Tag::Unset => Builtin::UndefinedObject,
        Tag::Bool if v.as_bool() == Some(true) => Builtin::True,
        Tag::Bool => Builtin::False,
        Tag::Func | Tag::Native | Tag::Closure => Builtin::BlockClosure,
        Tag::Str => Builtin::Symbol,
        Tag::List => Builtin::Array,
        Tag::Foreign => match rt.heap.foreign_ref(v).map_or(0, motet_runtime::Foreign::kind) {
            kind::STRING => Builtin::String,
            kind::BYTE_ARRAY => Builtin::ByteArray,
            kind::LARGE_POSITIVE => Builtin::LargePositiveInteger,
            kind::LARGE_NEGATIVE => Builtin::LargeNegativeInteger,
            _ => Builtin::Object,
        },
        Tag::Map | Tag::Record | Tag::Cell => Builtin::Object,
    };
    class.class()
}
