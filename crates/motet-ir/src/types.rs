//! Indices and the type lattice.

macro_rules! index {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(pub u32);

        impl $name {
            /// As an index into the table.
            #[must_use]
            pub fn index(self) -> usize {
                self.0 as usize
            }
        }
    )*};
}

index! {
    /// Position in [`crate::Module::functions`].
    FuncIdx;
    /// Position in [`crate::Module::globals`].
    GlobalIdx;
    /// Position in [`crate::Module::classes`].
    ClassIdx;
    /// Position in [`crate::Module::natives`].
    NativeIdx;
    /// Position in [`crate::Function::locals`]; parameters come first.
    LocalIdx;
    /// Position in [`crate::Function::captures`].
    CaptureIdx;
    /// A loop, unique within its function.
    Label;
}

/// Static type of an expression, local, parameter or result.
///
/// The order is: `Never` below everything, everything below `Any`. A value of
/// static type `Any` may be of any run-time kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Type {
    /// Of expressions that do not finish (return, break, raise…).
    Never,
    /// Anything.
    Any,
    /// The one value `nil`; also the value of statements.
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
    /// Anything callable: function, closure, native function.
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
