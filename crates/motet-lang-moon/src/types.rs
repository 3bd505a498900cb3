//! Moon's types, interned: equal types have equal [`Ty`]s.

use alloc::{collections::BTreeMap, string::String, vec::Vec};

use crate::names::{Name, Names};

/// An interned type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ty(pub u32);

/// What a type is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs)]
pub enum Kind {
    Int,
    Bool,
    String,
    Unit,
    Float,
    /// Of the name `nil` alone.
    Nil,
    /// Of expressions that do not finish.
    Never,
    /// Any type at all: parameters of some builtins; never the type of an expression.
    Anything,
    Array(Ty),
    Object(Ty),
    Optional(Ty),
    Func(Vec<Ty>, Ty),
    /// Number of the struct in the program.
    Struct(u32, Name),
    /// A type parameter: a number unique in the program, and its name.
    Param(u32, Name),
}

impl Ty {
    /// `Int`.
    pub const INT: Ty = Ty(0);
    /// `Bool`.
    pub const BOOL: Ty = Ty(1);
    /// `String`.
    pub const STRING: Ty = Ty(2);
    /// `Unit`.
    pub const UNIT: Ty = Ty(3);
    /// `Float`.
    pub const FLOAT: Ty = Ty(4);
    /// `Nil`.
    pub const NIL: Ty = Ty(5);
    /// `Never`.
    pub const NEVER: Ty = Ty(6);
    /// Anything.
    pub const ANYTHING: Ty = Ty(7);
}

/// The table of types.
#[derive(Debug)]
pub struct Types {
    kinds: Vec<Kind>,
    index: BTreeMap<Kind, Ty>,
}

impl Default for Types {
    fn default() -> Self {
        let mut types = Self { kinds: Vec::new(), index: BTreeMap::new() };
        for kind in
            [Kind::Int, Kind::Bool, Kind::String, Kind::Unit, Kind::Float, Kind::Nil, Kind::Never, Kind::Anything]
        {
            types.intern(kind);
        }
        types
    }
}

impl Types {
    /// The type of this kind.
    pub fn intern(&mut self, kind: Kind) -> Ty {
        if let Some(&ty) = self.index.get(&kind) {
            return ty;
        }
        let ty = Ty(self.kinds.len() as u32);
        self.kinds.push(kind.clone());
        self.index.insert(kind, ty);
        ty
    }

    /// What the type is.
    #[must_use]
    pub fn kind(&self, ty: Ty) -> &Kind {
        self.kinds.get(ty.0 as usize).unwrap_or(&Kind::Never)
    }

    /// `Array<element>`.
    pub fn array(&mut self, element: Ty) -> Ty {
        self.intern(Kind::Array(element))
    }

    /// `Object<value>`.
    pub fn object(&mut self, value: Ty) -> Ty {
        self.intern(Kind::Object(value))
    }

    /// `inner?`; `T??` is `T?`, and `Nil?` is `Nil`.
    pub fn optional(&mut self, inner: Ty) -> Ty {
        match self.kind(inner) {
            Kind::Optional(_) | Kind::Nil => inner,
            _ => self.intern(Kind::Optional(inner)),
        }
    }

    /// Whether a value of type `got` may stand where `want` is demanded.
    #[must_use]
    pub fn compatible(&self, want: Ty, got: Ty) -> bool {
        if want == got || got == Ty::NEVER || want == Ty::ANYTHING {
            return true;
        }
        match self.kind(want) {
            Kind::Optional(inner) => got == Ty::NIL || *inner == got,
            _ => false,
        }
    }

    /// The common type of two alternatives.
    pub fn join(&mut self, a: Ty, b: Ty) -> Option<Ty> {
        if a == b || b == Ty::NEVER {
            return Some(a);
        }
        if a == Ty::NEVER {
            return Some(b);
        }
        if a == Ty::NIL {
            return Some(self.optional(b));
        }
        if b == Ty::NIL {
            return Some(self.optional(a));
        }
        if self.compatible(a, b) {
            return Some(a);
        }
        self.compatible(b, a).then_some(b)
    }

    /// The text in messages. Does not recurse: nesting is bounded by the program's length only.
    #[must_use]
    pub fn show(&self, ty: Ty, names: &Names) -> String {
        enum Part {
            Type(Ty),
            Text(&'static str),
        }
        let mut out = String::new();
        let mut todo = alloc::vec![Part::Type(ty)];
        while let Some(part) = todo.pop() {
            let ty = match part {
                Part::Text(text) => {
                    out.push_str(text);
                    continue;
                }
                Part::Type(ty) => ty,
            };
            match self.kind(ty) {
                Kind::Int => out.push_str("Int"),
                Kind::Bool => out.push_str("Bool"),
                Kind::String => out.push_str("String"),
                Kind::Unit => out.push_str("Unit"),
                Kind::Float => out.push_str("Float"),
                Kind::Nil => out.push_str("Nil"),
                Kind::Never => out.push_str("Never"),
                Kind::Anything => out.push_str("any"),
                Kind::Struct(_, name) | Kind::Param(_, name) => out.push_str(names.text(*name)),
                Kind::Array(t) => todo.extend([Part::Text(">"), Part::Type(*t), Part::Text("Array<")]),
                Kind::Object(t) => todo.extend([Part::Text(">"), Part::Type(*t), Part::Text("Object<")]),
                Kind::Optional(t) if matches!(self.kind(*t), Kind::Func(..)) => {
                    todo.extend([Part::Text(")?"), Part::Type(*t), Part::Text("(")]);
                }
                Kind::Optional(t) => todo.extend([Part::Text("?"), Part::Type(*t)]),
                Kind::Func(params, result) => {
                    todo.extend([Part::Type(*result), Part::Text(") -> ")]);
                    for (i, p) in params.iter().enumerate().rev() {
                        todo.push(Part::Type(*p));
                        if i > 0 {
                            todo.push(Part::Text(", "));
                        }
                    }
                    todo.push(Part::Text("("));
                }
            }
        }
        out
    }
}
