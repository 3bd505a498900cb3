//! The type lattice of portable code: `Never` below everything, everything
//! below `Any`. A value of static type `Any` may be of any run-time kind, and
//! a typed value may stand where `Any` is wanted without conversion.

use crate::ClassIdx;

/// Static type of a local, parameter, result, field, global or stack slot.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Type {
    /// Of calls that do not return.
    Never,
    /// Anything.
    #[default]
    Any,
    /// The one value `nil`.
    Nil,
    /// `true` or `false`.
    Bool,
    /// 64-bit signed integer.
    Int,
    /// IEEE 754 binary64.
    Float,
    /// Immutable UTF-8 text.
    Str,
    /// Growable list of any values.
    List,
    /// Insertion-ordered map.
    Map,
    /// Record of exactly this class, in the class's own field layout.
    Record(ClassIdx),
    /// Anything callable.
    Func,
}

impl Type {
    /// Whether a value of type `self` may stand where `want` is demanded.
    #[must_use]
    pub fn fits(self, want: Type) -> bool {
        self == want || self == Type::Never || want == Type::Any
    }

    /// The least type that both fit.
    #[must_use]
    pub fn join(self, other: Type) -> Type {
        if self.fits(other) {
            other
        } else if other.fits(self) {
            self
        } else {
            Type::Any
        }
    }
}

/// What an operand-stack slot holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StackType {
    /// A guest value of the type.
    Value(Type),
    /// The state of an `iter.start` … `iter.next` loop; not a guest value, can only be popped.
    Iter,
}

impl StackType {
    /// The guest type, unless it is iteration state.
    #[must_use]
    pub fn value(self) -> Option<Type> {
        match self {
            StackType::Value(ty) => Some(ty),
            StackType::Iter => None,
        }
    }

    /// The least slot type that both fit, if there is one.
    #[must_use]
    pub fn join(self, other: StackType) -> Option<StackType> {
        match (self, other) {
            (StackType::Value(a), StackType::Value(b)) => Some(StackType::Value(a.join(b))),
            (StackType::Iter, StackType::Iter) => Some(StackType::Iter),
            (StackType::Value(_), StackType::Iter) | (StackType::Iter, StackType::Value(_)) => None,
        }
    }
}
