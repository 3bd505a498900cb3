//! The tagged value: a tag word and a payload word, 16 bytes.
//!
//! Invariant: a value with a heap tag carries the address of a live cell of
//! exactly that kind. Only [`crate::Heap`] makes such values.

/// Kind of a value. Immediate kinds come first; everything from `Str` on is a heap cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(usize)]
pub enum Tag {
    /// 64-bit signed integer.
    Int = 0,
    /// IEEE binary64.
    Float = 1,
    /// The value `nil`.
    Nil = 2,
    /// `true` (payload 1) or `false` (payload 0).
    Bool = 3,
    /// "No value yet"; never reaches a guest.
    Unset = 4,
    /// A function without captures; payload is a [`crate::FuncId`].
    Func = 5,
    /// A native function; payload is a [`crate::NativeId`].
    Native = 6,
    /// Text.
    Str = 7,
    /// List.
    List = 8,
    /// Map.
    Map = 9,
    /// Record: struct or variant.
    Record = 10,
    /// Function with captured cells.
    Closure = 11,
    /// Mutable cell of a variable captured by reference.
    Cell = 12,
    /// Anything a language or host adds: sets, promises, fibers…
    Foreign = 13,
}

impl Tag {
    /// Whether values of this kind live in the heap.
    #[must_use]
    pub fn is_heap(self) -> bool {
        self >= Tag::Str
    }
}

/// Any value. Copying it copies a handle to heap cells, never their content.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct Value {
    tag: Tag,
    bits: u64,
}

impl Value {
    /// `nil`.
    pub const NIL: Value = Value { tag: Tag::Nil, bits: 0 };
    /// `true`.
    pub const TRUE: Value = Value { tag: Tag::Bool, bits: 1 };
    /// `false`.
    pub const FALSE: Value = Value { tag: Tag::Bool, bits: 0 };
    /// "No value yet".
    pub const UNSET: Value = Value { tag: Tag::Unset, bits: 0 };

    /// An integer.
    #[inline(always)]
    #[must_use]
    pub const fn int(v: i64) -> Self {
        Self { tag: Tag::Int, bits: v as u64 }
    }

    /// A float.
    #[inline(always)]
    #[must_use]
    pub const fn float(v: f64) -> Self {
        Self { tag: Tag::Float, bits: v.to_bits() }
    }

    /// A boolean.
    #[inline(always)]
    #[must_use]
    pub const fn bool(v: bool) -> Self {
        Self { tag: Tag::Bool, bits: v as u64 }
    }

    /// A function without captures.
    #[inline(always)]
    #[must_use]
    pub const fn func(id: crate::FuncId) -> Self {
        Self { tag: Tag::Func, bits: id.0 as u64 }
    }

    /// A native function.
    #[inline(always)]
    #[must_use]
    pub const fn native(id: crate::NativeId) -> Self {
        Self { tag: Tag::Native, bits: id.0 as u64 }
    }

    /// A heap value. Only the heap calls this, with the address of a live cell.
    #[inline(always)]
    pub(crate) fn heap(tag: Tag, address: usize) -> Self {
        debug_assert!(tag.is_heap());
        Self { tag, bits: address as u64 }
    }

    /// The value of these two words.
    ///
    /// # Safety
    /// They are those of a value.
    #[inline(always)]
    #[must_use]
    #[allow(unsafe_code)]
    pub const unsafe fn from_parts(tag: Tag, bits: u64) -> Self {
        Self { tag, bits }
    }

    /// Its kind.
    #[inline(always)]
    #[must_use]
    pub const fn tag(self) -> Tag {
        self.tag
    }

    /// The payload word.
    #[inline(always)]
    #[must_use]
    pub const fn bits(self) -> u64 {
        self.bits
    }

    /// The integer, if it is one.
    #[inline(always)]
    #[must_use]
    pub fn as_int(self) -> Option<i64> {
        (self.tag == Tag::Int).then_some(self.bits as i64)
    }

    /// The float, if it is one.
    #[inline(always)]
    #[must_use]
    pub fn as_float(self) -> Option<f64> {
        (self.tag == Tag::Float).then_some(f64::from_bits(self.bits))
    }

    /// The boolean, if it is one.
    #[inline(always)]
    #[must_use]
    pub fn as_bool(self) -> Option<bool> {
        (self.tag == Tag::Bool).then_some(self.bits != 0)
    }

    /// The function id, if it is a function without captures.
    #[inline(always)]
    #[must_use]
    pub fn as_func(self) -> Option<crate::FuncId> {
        (self.tag == Tag::Func).then_some(crate::FuncId(self.bits as u32))
    }

    /// The native function id, if it is one.
    #[inline(always)]
    #[must_use]
    pub fn as_native(self) -> Option<crate::NativeId> {
        (self.tag == Tag::Native).then_some(crate::NativeId(self.bits as u32))
    }

    /// Whether it is `nil`.
    #[inline(always)]
    #[must_use]
    pub fn is_nil(self) -> bool {
        self.tag == Tag::Nil
    }

    /// Whether it is "no value yet".
    #[inline(always)]
    #[must_use]
    pub fn is_unset(self) -> bool {
        self.tag == Tag::Unset
    }

    /// Whether it can be called.
    #[inline(always)]
    #[must_use]
    pub fn is_callable(self) -> bool {
        matches!(self.tag, Tag::Func | Tag::Native | Tag::Closure)
    }

    /// Whether both are the same immediate value or the same heap cell. Strings are compared by
    /// cell, floats by bits; see [`crate::ops::same`] for the guest's view.
    #[inline(always)]
    #[must_use]
    pub fn is_identical(self, other: Value) -> bool {
        self.tag == other.tag && self.bits == other.bits
    }
}

impl core::fmt::Debug for Value {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self.tag {
            Tag::Int => write!(f, "{}", self.bits as i64),
            Tag::Float => write!(f, "{:?}", f64::from_bits(self.bits)),
            Tag::Nil => f.write_str("nil"),
            Tag::Bool => write!(f, "{}", self.bits != 0),
            Tag::Unset => f.write_str("unset"),
            tag => write!(f, "{tag:?}@{:x}", self.bits),
        }
    }
}
