//! Operand types: one newtype per role, so that an index into one table can
//! not be used with another.
//!
//! Invariant: every operand is little-endian, of fixed width, at most four
//! bytes; `to_raw` and `from_raw` are inverse to each other.

use crate::Type;

/// What an operand means, for printing, parsing and checking.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OperandKind {
    /// [`LocalIdx`]
    Local,
    /// [`CaptureIdx`]
    Capture,
    /// [`ConstIdx`]
    Const,
    /// [`FuncIdx`]
    Func,
    /// [`GlobalIdx`]
    Global,
    /// [`ClassIdx`]
    Class,
    /// [`LayoutIdx`]
    Layout,
    /// [`NativeIdx`]
    Native,
    /// [`Label`]
    Label,
    /// [`Count`]
    Count,
    /// [`Slot`]
    Slot,
    /// [`Imm`]
    Imm,
    /// [`Kind`]
    Kind,
}

impl OperandKind {
    /// Word used in the reference table.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            OperandKind::Local => "local:u16",
            OperandKind::Capture => "capture:u16",
            OperandKind::Const => "const:u32",
            OperandKind::Func => "function:u32",
            OperandKind::Global => "global:u32",
            OperandKind::Class => "class:u32",
            OperandKind::Layout => "layout:u32",
            OperandKind::Native => "native:u32",
            OperandKind::Label => "label:u32",
            OperandKind::Count => "count:u16",
            OperandKind::Slot => "slot:u16",
            OperandKind::Imm => "int:i32",
            OperandKind::Kind => "kind:u8",
        }
    }
}

/// A value that can stand behind an opcode.
pub trait Operand: Copy {
    /// Its role.
    const KIND: OperandKind;
    /// Its width in code, in bytes (1, 2 or 4).
    const SIZE: usize;
    /// Its bits, zero-extended.
    fn to_raw(self) -> u32;
    /// The value of these bits, unless no value has them.
    fn from_raw(raw: u32) -> Option<Self>;
}

macro_rules! operands {
    ($($(#[$doc:meta])* $name:ident($inner:ty) $kind:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(pub $inner);

        impl $name {
            /// As an index into the table.
            #[must_use]
            pub fn index(self) -> usize {
                self.0 as usize
            }
        }

        impl Operand for $name {
            const KIND: OperandKind = OperandKind::$kind;
            const SIZE: usize = core::mem::size_of::<$inner>();

            fn to_raw(self) -> u32 {
                u32::from(self.0)
            }

            fn from_raw(raw: u32) -> Option<Self> {
                <$inner>::try_from(raw).ok().map($name)
            }
        }
    )*};
}

operands! {
    /// Position in [`crate::Function::locals`]; parameters come first.
    LocalIdx(u16) Local;
    /// Position in [`crate::Function::captures`].
    CaptureIdx(u16) Capture;
    /// Position in [`crate::Module::constants`].
    ConstIdx(u32) Const;
    /// Position in [`crate::Module::functions`].
    FuncIdx(u32) Func;
    /// Position in [`crate::Module::globals`].
    GlobalIdx(u32) Global;
    /// Position in [`crate::Module::classes`].
    ClassIdx(u32) Class;
    /// Position in [`crate::Module::layouts`].
    LayoutIdx(u32) Layout;
    /// Position in [`crate::Module::natives`].
    NativeIdx(u32) Native;
    /// Byte offset of an instruction within the function's code.
    Label(u32) Label;
    /// Number of operand-stack values (or pairs) that the op takes; depth for `pick`.
    Count(u16) Count;
    /// Field number in a class's declared fields.
    Slot(u16) Slot;
}

/// A small integer in the code itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Imm(pub i32);

impl Operand for Imm {
    const KIND: OperandKind = OperandKind::Imm;
    const SIZE: usize = 4;

    fn to_raw(self) -> u32 {
        self.0 as u32
    }

    fn from_raw(raw: u32) -> Option<Self> {
        Some(Imm(raw as i32))
    }
}

macro_rules! kinds {
    ($($name:ident $number:literal $word:literal $ty:ident;)*) => {
        /// A run-time kind that `cast` proves and `is_type` asks for.
        /// Records have ops of their own, which name the class.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[allow(missing_docs)]
        pub enum Kind { $($name = $number,)* }

        impl Kind {
            /// Every kind.
            pub const ALL: &'static [Kind] = &[$(Kind::$name),*];

            /// The word for it in assembly text.
            #[must_use]
            pub fn word(self) -> &'static str {
                match self { $(Kind::$name => $word,)* }
            }

            /// The static type of values of this kind.
            #[must_use]
            pub fn ty(self) -> Type {
                match self { $(Kind::$name => Type::$ty,)* }
            }
        }

        impl Operand for Kind {
            const KIND: OperandKind = OperandKind::Kind;
            const SIZE: usize = 1;

            fn to_raw(self) -> u32 {
                self as u32
            }

            fn from_raw(raw: u32) -> Option<Self> {
                match raw { $($number => Some(Kind::$name),)* _ => None }
            }
        }
    };
}

kinds! {
    Nil 1 "nil" Nil;
    Bool 2 "bool" Bool;
    Int 3 "int" Int;
    Float 4 "float" Float;
    Str 5 "str" Str;
    List 6 "list" List;
    Map 7 "map" Map;
    Func 8 "func" Func;
}
